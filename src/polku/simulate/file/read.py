"""The scenario from its file, format "polku.scenario/1" (schema: `polku.schemas` "scenario").

Every key is known or refused with the nearest name, every entry that holds numbers says where they
come from (`origin`), and what contradicts itself is refused (`polku.simulate.file.problems`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from polku.errors import ScenarioError
from polku.log.mapping import nearest
from polku.simulate.file.document import read_json
from polku.simulate.file.origins import EXAMPLE, read_origin
from polku.simulate.file.problems import problems
from polku.simulate.file.table import (
    Table,
    day,
    free_text,
    many,
    named,
    number,
    one_of,
    refuse,
    text,
    told,
    under,
    whole,
    yes_or_no,
)
from polku.simulate.file.values import (
    chances,
    law,
    numbers,
    varied_chances,
    varied_law,
    varied_number,
)
from polku.simulate.scenario import (
    DELAY_KINDS,
    ORDERS,
    WEEKDAYS,
    Arrivals,
    Attribute,
    Batch,
    Branching,
    Calendar,
    Delay,
    EventNumbers,
    Kind,
    Meeting,
    Origin,
    Person,
    Pool,
    Priority,
    Remark,
    Scenario,
    StepNumbers,
)

FORMAT = "polku.scenario/1"
PROSIMOS_KEYS = frozenset({"resource_profiles", "task_resource_distribution", "resource_calendars"})
"""Keys by which a parameter file of Prosimos is known."""
_FORMAT = re.compile(r"polku\.scenario/(\d{1,6})")

texts = many(text)


def read_scenario(file: str | PathLike[str]) -> Scenario:
    """The scenario in a file.

    Raises `ScenarioError`, in one line with the file and the place in it, for a file that is no
    JSON (see `polku.simulate.file.document.read_json`), is of another or a newer format, has
    unknown or missing keys, or contradicts itself.
    """
    found = read_json(Path(file))
    return from_json(found, f"{file}: ")


def from_json(data: Mapping[str, Any], place: str = "") -> Scenario:
    """The scenario in a JSON object; `place` stands before every message ("s.json: ").

    Raises `ScenarioError` as `read_scenario`.

    >>> s = from_json({"format": "polku.scenario/1", "path": "permit", "kinds": {
    ...     "any": {"arrivals": {"per_year": 500, "origin": "typed"}}}})
    >>> s.kinds["any"].arrivals.per_year
    500.0
    """
    scenario = _scenario(data, place)
    found = problems(scenario)
    if found:
        more = f" (and {len(found) - 1:,} more)" if found[1:] else ""
        raise ScenarioError(f"{place}{found[0]}{more}")
    return scenario


def _format(data: Mapping[str, Any], place: str) -> None:
    found = data.get("format") if isinstance(data, dict) else None
    if found == FORMAT:
        return
    if found is None:
        if isinstance(data, dict) and len(PROSIMOS_KEYS & data.keys()) >= 2:
            refuse(
                place,
                "is a parameter file of Prosimos; it says nothing of the path, so read it together "
                "with its BPMN file: read_prosimos(file, path)",
            )
        refuse(place, f'is no scenario: it has no format; add "format": "{FORMAT}"')
    newer = _FORMAT.fullmatch(found) if isinstance(found, str) else None
    if newer and int(newer[1]) > 1:
        refuse(place, f"has the format {found}; this version reads {FORMAT}: install a newer Polku")
    refuse(place, f'has the format {told(found)}; this version reads "{FORMAT}"')


def _scenario(data: Mapping[str, Any], place: str) -> Scenario:
    _format(data, place)
    t = Table(data, place, "a scenario")
    t.known.add("format")
    base = Scenario("", {})
    start = t.optional("start", day, base.start)
    end = t.optional("end", day, base.end)
    out = Scenario(
        path=t.required("path", text, "the id of the path's process"),
        kinds=t.required("kinds", named(_kind), 'the kinds of matters: "kinds": {"permit": {…}}'),
        name=t.optional("name", free_text, ""),
        note=t.optional("note", free_text, None),
        path_hash=t.optional("path_hash", text, None),
        zone=t.optional("zone", text, base.zone),
        currency=t.optional("currency", text, base.currency),
        start=start,
        end=end,
        warm_up_days=t.optional("warm_up_days", number, 0.0),
        attributes=t.optional("attributes", named(_attribute), {}),
        branching=t.optional("branching", named(_branching), {}),
        steps=t.optional("steps", named(_step), {}),
        events=t.optional("events", named(_event), {}),
        pools=t.optional("pools", named(_pool), {}),
        people=t.optional("people", named(_person), {}),
        calendars=t.optional("calendars", named(_calendar), {}),
        meetings=t.optional("meetings", named(_meeting), {}),
        priorities=t.optional("priorities", many(_priority), ()),
        outcomes=t.optional("outcomes", named(text), {}),
        mapping=t.optional("mapping", _mapping, {}),
        remarks=t.optional("remarks", many(_remark), ()),
    )
    t.done()
    return out


def _origin(t: Table) -> Origin:
    return t.required("origin", read_origin, f"where it comes from: {EXAMPLE}")


def _kind(value: Any, place: str) -> Kind:
    t = Table(value, place, "a kind of matter")
    arrivals = t.required("arrivals", _arrivals, '"arrivals": {"per_year": 500, "origin": …}')
    promise = t.optional("promise_days", number, None)
    t.done()
    return Kind(arrivals, promise)


def _arrivals(value: Any, place: str) -> Arrivals:
    t = Table(value, place, "arrivals")
    out = Arrivals(
        per_year=t.optional("per_year", number, None),
        months=t.optional("months", numbers, ()),
        weekdays=t.optional("weekdays", numbers, ()),
        hours=t.optional("hours", numbers, ()),
        between=t.optional("between", law, None),
        calendar=t.optional("calendar", text, None),
        moved=t.optional("moved", yes_or_no, False),
        at=t.optional("at", many(whole), ()),
        origin=_origin(t),
    )
    t.done()
    return out


def _attribute(value: Any, place: str) -> Attribute:
    t = Table(value, place, "an attribute")
    out = Attribute(
        choices=t.optional("choices", varied_chances, None),
        chance=t.optional("chance", varied_number, None),
        law=t.optional("law", varied_law, None),
        origin=_origin(t),
    )
    t.done()
    return out


def _branching(value: Any, place: str) -> Branching:
    t = Table(value, place, "a gateway's chances")
    flows = t.required("flows", varied_chances, '"flows": {"Flow_1": 0.3, "Flow_2": 0.7}')
    out = Branching(flows, _origin(t))
    t.done()
    return out


def _step(value: Any, place: str) -> StepNumbers:
    t = Table(value, place, "a step's numbers")
    out = StepNumbers(
        work=t.optional("work", varied_law, None),
        pool=t.optional("pool", text, None),
        calendar=t.optional("calendar", text, None),
        by_person=t.optional("by_person", named(law), {}),
        delay=t.optional("delay", _delay, None),
        meeting=t.optional("meeting", text, None),
        batch=t.optional("batch", _batch, None),
        again=t.optional("again", varied_number, None),
        times=t.optional("times", varied_law, None),
        priority=t.optional("priority", whole, 0),
        same_person_as=t.optional("same_person_as", text, None),
        role=t.optional("role", text, None),
        event=t.optional("event", text, None),
        channels=t.optional("channels", chances, {}),
        origin=_origin(t),
    )
    t.done()
    return out


def _delay(value: Any, place: str) -> Delay:
    t = Table(value, place, "a delay")
    out = Delay(
        law=t.required("law", varied_law, '"law": {"law": "fixed", "value": 14, "unit": "days"}'),
        kind=t.optional("kind", one_of(DELAY_KINDS), "other"),
        calendar=t.optional("calendar", text, None),
        origin=_origin(t),
    )
    t.done()
    return out


def _batch(value: Any, place: str) -> Batch:
    t = Table(value, place, "a batch")
    out = Batch(
        size=t.optional("size", whole, None),
        max_wait=t.optional("max_wait", law, None),
        meeting=t.optional("meeting", text, None),
        together=t.optional("together", yes_or_no, True),
        scale=t.optional("scale", many(_scale), ()),
        origin=_origin(t),
    )
    t.done()
    return out


def _scale(value: Any, place: str) -> tuple[int, float]:
    if not isinstance(value, list) or len(value) != 2:
        refuse(place, f"is {told(value)}; write a pair [members, factor], as in [4, 0.5]")
    return whole(value[0], f"{place}[0]"), number(value[1], f"{place}[1]")


def _event(value: Any, place: str) -> EventNumbers:
    t = Table(value, place, "an event's numbers")
    out = EventNumbers(
        after=t.optional("after", varied_law, None),
        happens=t.optional("happens", varied_number, None),
        kind=t.optional("kind", one_of(DELAY_KINDS), "other"),
        calendar=t.optional("calendar", text, None),
        origin=_origin(t),
    )
    t.done()
    return out


def _pool(value: Any, place: str) -> Pool:
    t = Table(value, place, "a pool of people")
    out = Pool(
        members=t.required("members", texts, 'its people: "members": ["anna", "bo"]'),
        order=t.optional("order", one_of(ORDERS), "fifo"),
        ageing_days=t.optional("ageing_days", number, 0.0),
        lane=t.optional("lane", text, None),
        origin=_origin(t),
    )
    t.done()
    return out


def _person(value: Any, place: str) -> Person:
    t = Table(value, place, "a person")
    out = Person(
        calendar=t.optional("calendar", text, None),
        at_once=t.optional("at_once", whole, 1),
        finishes=t.optional("finishes", yes_or_no, False),
        cost_per_hour=t.optional("cost_per_hour", number, 0.0),
        origin=_origin(t),
    )
    t.done()
    return out


def _calendar(value: Any, place: str) -> Calendar:
    t = Table(value, place, "a calendar")
    out = Calendar(
        hours=t.required("hours", _hours, '"hours": {"mon": ["08:00-16:00"]}'),
        holidays=t.optional("holidays", free_text, ""),
        closures=t.optional("closures", texts, ()),
        zone=t.optional("zone", text, None),
        origin=_origin(t),
    )
    t.done()
    return out


def _hours(value: Any, place: str) -> Mapping[str, tuple[str, ...]]:
    found = named(texts)(value, place)
    for weekday in found:
        if weekday not in WEEKDAYS:
            refuse(place, f"has an unknown weekday {told(weekday)}; {nearest(weekday, WEEKDAYS)}")
    return found


def _meeting(value: Any, place: str) -> Meeting:
    t = Table(value, place, "a meeting")
    out = Meeting(
        weekday=t.optional("weekday", one_of(WEEKDAYS), "tue"),
        at=t.optional("at", text, "14:00"),
        weeks=t.optional("weeks", whole, 1),
        first=t.optional("first", day, None),
        dates=t.optional("dates", many(day), ()),
        cut_off_days=t.optional("cut_off_days", number, 0.0),
        except_=t.optional("except", texts, ()),
        origin=_origin(t),
    )
    t.done()
    return out


def _priority(value: Any, place: str) -> Priority:
    t = Table(value, place, "a class of priority")
    out = Priority(
        level=t.required("level", whole, 'its class: "level": 0 (0 goes first)'),
        condition=t.optional("condition", text, None),
        origin=_origin(t),
    )
    t.done()
    return out


def _remark(value: Any, place: str) -> Remark:
    t = Table(value, place, "a remark")
    out = Remark(
        t.required("place", free_text, '"place": "steps.decide"'),
        t.required("text", free_text, 'the sentence: "text": "…"'),
    )
    t.done()
    return out


def _mapping(value: Any, place: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = Table(value, place, "sections of a mapping").value
    for section, content in found.items():
        _no_null(content, under(place, section))
    return found


def _no_null(value: Any, place: str) -> None:
    if value is None:
        refuse(place, "is null; leave the key out")
    if isinstance(value, dict):
        for key, inner in value.items():
            _no_null(inner, under(place, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            _no_null(inner, under(place, i))
