"""Parameter files of Prosimos (a simulator of business processes) as scenarios.

Everything that a scenario can say is taken over; whatever is not stands in `Scenario.remarks` with
its place in the file. What the parameters mean: `polku.simulate.file.prosimos_laws`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from os import PathLike
from pathlib import Path as File
from pathlib import PureWindowsPath
from typing import Any

from polku.errors import ScenarioError
from polku.log.mapping import nearest
from polku.path.model import Event, Gateway, Path, Step
from polku.simulate.file.document import read_json
from polku.simulate.file.problems import problems
from polku.simulate.file.prosimos_laws import Reading, is_older, prosimos_law, weekly_hours
from polku.simulate.file.prosimos_rules import (
    batch,
    condition,
    identifier,
    read_rules,
)
from polku.simulate.file.prosimos_way import FROM, Way
from polku.simulate.file.read import PROSIMOS_KEYS
from polku.simulate.file.table import told
from polku.simulate.scenario import (
    WEEKDAYS,
    Arrivals,
    Attribute,
    Batch,
    Calendar,
    EventNumbers,
    Kind,
    Law,
    Meeting,
    Person,
    Pool,
    Priority,
    Scenario,
    StepNumbers,
    always,
    fixed,
)

KIND = "matter"
"""Name of the one kind of matter."""
AT_ONCE = 1_000
"""Matters that arrive at once where the file says neither a time between them nor their number."""

_READ = {
    "resource_profiles", "resource_calendars", "task_resource_distribution",
    "arrival_time_distribution", "arrival_time_calendar", "gateway_branching_probabilities",
    "event_distribution", "batch_processing", "case_attributes", "prioritisation_rules",
    "branch_rules", "start_time", "total_cases",
}  # fmt: skip
_OF_NO_USE = {"process_model", "granule_size", "model_type"}
_LOST = {
    "event_attributes": "data that change on the way are not taken over",
    "global_attributes": "data shared by all matters are not taken over",
    "multitask": "working on several things at a time is not taken over; set at_once of people",
    "gateway_execution_limit": "there is no limit to the rounds of a loop here",
}


def read_prosimos(
    file: str | PathLike[str], path: Path | None, *, cases: int | None = None,
    start: date | None = None, older: bool | None = None,
) -> Scenario:  # fmt: skip
    """The scenario in a parameter file of Prosimos.

    Parameters: `path`, the path of the BPMN file that it was made for (None: tasks, gateways and
    flows are taken as they are, and cannot be simulated without their path); `cases`, how many
    matters arrive where they arrive at once (default: the file's `total_cases`, else 1,000);
    `start`, the first day (default: the file's `start_time`, else the first Monday of 2025);
    `older`, whether laws are given by SciPy's own parameters (default: found out).

    Raises `ScenarioError` where the file cannot be read, is none of Prosimos', names tasks,
    gateways or flows that are not in the path, or has a law, time or rule that cannot be read.
    """
    data = read_json(File(file))
    reading = Reading(f"{file}: ")
    if len(PROSIMOS_KEYS & data.keys()) < 2:
        keys = ", ".join(sorted(PROSIMOS_KEYS))
        raise ScenarioError(f"{file}: is no parameter file of Prosimos: it has no {keys}")
    if data.get("model_type") == "FUZZY":
        reading.refuse("model_type", "FUZZY: calendars by chance cannot be said here; discover "
                       "the parameters with CRISP calendars")  # fmt: skip
    reading.older = _older(data) if older is None else older
    if reading.older:
        reading.remark("", "laws are given by SciPy's own parameters, as in older files")
    scenario = _Reader(data, path, reading, cases, start).scenario()
    found = problems(scenario)
    if found:
        raise ScenarioError(f"{file}: read as a scenario: {found[0]}")
    return scenario


def conditioned(file: str | PathLike[str], path: Path) -> Path:
    """The path with the file's branch rules as conditions on its flows.

    For rules that `read_prosimos` cannot turn into chances: those by several attributes, or by one
    that is a number. Raises `ScenarioError` as `read_prosimos`.
    """
    data = read_json(File(file))
    reader = _Reader(data, path, Reading(f"{file}: "), None, None)
    reader.attributes()
    texts: dict[str, str] = {}
    way = Way(data, path, reader.reading, reader.names, reader.numeric)
    for _, probabilities in way.gateways():
        for flow, _, rules in probabilities:
            text = condition(rules, reader.names, reader.numeric) if rules is not None else None
            if text is not None:
                texts[flow] = text
    flows = tuple(replace(f, condition=texts.get(f.id, f.condition)) for f in path.flows)
    return replace(path, flows=flows)


def _older(data: Mapping[str, Any]) -> bool:
    entries = [data.get("arrival_time_distribution"), *_list(data.get("event_distribution"))]
    for task in _list(data.get("task_resource_distribution")):
        entries += _list(task.get("resources") if isinstance(task, dict) else None)
    return is_older(e for e in entries if isinstance(e, dict))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


class _Reader:
    """One file on its way to a scenario."""

    def __init__(
        self, data: Mapping[str, Any], path: Path | None, reading: Reading,
        cases: int | None, start: date | None,
    ) -> None:  # fmt: skip
        self.data, self.path, self.reading, self.cases = data, path, reading, cases
        self.start = start or self._start()
        self.end = _years_after(self.start, 1)
        self.names: dict[str, str] = {}
        self.numeric: set[str] = set()
        self.people: dict[str, Person] = {}
        self.people_of: dict[str, tuple[str, ...]] = {}
        self.calendar_names: dict[str, str] = {}

    def scenario(self) -> Scenario:
        """Everything put together."""
        data, r = self.data, self.reading
        total = data.get("total_cases")
        if total is not None:
            n = r.number(total, "total_cases")
            self.cases = self.cases or int(n)
            r.remark("total_cases", f"{n:g} matters are asked for: say so when simulating")
        calendars = self._calendars()
        self._people()
        attributes = self.attributes()
        steps, pools = self._steps()
        kinds = {KIND: Kind(self._arrivals(calendars, steps))}
        meetings = self._batches(steps)
        way = Way(data, self.path, r, self.names, self.numeric)
        branching = way.branching(attributes)
        priorities = self._priorities()
        if priorities:
            pools = {n: replace(p, order="priority") for n, p in pools.items()}
        for key in data:
            if key in _LOST and data[key]:
                r.remark(key, _LOST[key])
            elif key not in _READ and key not in _OF_NO_USE and key not in _LOST:
                r.remark(key, f"is not known; {nearest(key, _READ)}; not taken over")
        path = self.path
        model = PureWindowsPath(str(data.get("process_model") or "")).stem
        return Scenario(
            path=path.id if path is not None else model or "unknown",
            path_hash=path.hash if path is not None else None,
            name=path.name if path is not None else model,
            kinds=kinds,
            start=self.start,
            end=self.end,
            attributes=attributes,
            branching=branching,
            steps=steps,
            events=self._events(),
            pools=pools,
            people=self.people,
            calendars=calendars,
            meetings=meetings,
            priorities=priorities,
            remarks=r.told(),
        )

    def _start(self) -> date:
        text = self.data.get("start_time")
        if text is None:
            return date(2025, 1, 6)
        try:
            moment = datetime.fromisoformat(text)
        except (TypeError, ValueError):
            self.reading.refuse("start_time", f"is {told(text)}; write 2025-01-06T00:00:00Z")
        if moment.time() != datetime.min.time() or moment.utcoffset() not in (None, timedelta()):
            self.reading.remark("start_time", "only the day is taken over; it starts at 00:00 UTC")
        return moment.date()

    # Staff

    def _calendars(self) -> dict[str, Calendar]:
        r = self.reading
        out: dict[str, Calendar] = {}
        entries = r.get(self.data, "resource_calendars", "the file")
        for at, entry in r.items(entries, "resource_calendars"):
            id = str(r.get(entry, "id", at))
            periods = r.get(entry, "time_periods", at)
            hours = weekly_hours(periods, f"{at}.time_periods", r)
            if not hours:
                r.refuse(at, f"calendar {told(id)} has no hours; give it time_periods")
            name = str(entry.get("name") or id)
            self.calendar_names[id] = name if name not in out else id
            out[self.calendar_names[id]] = Calendar(hours, origin=FROM)
        return out

    def _people(self) -> None:
        r = self.reading
        found: dict[str, tuple[str, int, Person]] = {}
        profiles = r.get(self.data, "resource_profiles", "the file")
        for where, profile in r.items(profiles, "resource_profiles"):
            if profile.get("fixed_cost_fn") not in (None, "", "0", 0):
                r.remark(f"{where}.fixed_cost_fn", "costs of each use are not taken over")
            for at, entry in r.items(
                r.get(profile, "resource_list", where), f"{where}.resource_list"
            ):
                id = str(r.get(entry, "id", at))
                calendar = str(r.get(entry, "calendar", at))
                if calendar not in self.calendar_names:
                    r.refuse(
                        f"{at}.calendar",
                        f"{told(calendar)} is not there; {nearest(calendar, self.calendar_names)}",
                    )
                cost = r.number(entry.get("cost_per_hour", 0), f"{at}.cost_per_hour")
                amount = int(r.number(entry.get("amount", 1), f"{at}.amount"))
                if amount < 1:
                    r.remark(f"{at}.amount", f"{id}: nobody of this kind is there")
                person = Person(self.calendar_names[calendar], 1, cost, FROM)
                found[id] = (str(entry.get("name") or id), amount, person)
        same = Counter(name for name, _, _ in found.values())
        for id, (name, amount, person) in found.items():
            base = name if same[name] == 1 else id
            names = (base,) if amount == 1 else tuple(f"{base}_{i}" for i in range(amount))
            self.people_of[id] = names
            self.people |= dict.fromkeys(names, person)

    def _steps(self) -> tuple[dict[str, StepNumbers], dict[str, Pool]]:
        r = self.reading
        known = {s.id: s for s in self.path.steps} if self.path is not None else {}
        laws_of: dict[str, dict[str, Law]] = {}
        entries = r.get(self.data, "task_resource_distribution", "the file")
        for where, entry in r.items(entries, "task_resource_distribution"):
            task = str(r.get(entry, "task_id", where))
            if self.path is not None and task not in known:
                self._other_path(f"{where}.task_id", "task", task, known)
            laws = laws_of.setdefault(task, {})
            for at, item in r.items(r.get(entry, "resources", where), f"{where}.resources"):
                person = str(r.get(item, "resource_id", at))
                if person not in self.people_of:
                    r.refuse(
                        f"{at}.resource_id",
                        f"{told(person)} is not there; {nearest(person, self.people_of)}",
                    )
                law = prosimos_law(item, at, r)
                laws |= dict.fromkeys(self.people_of[person], law)
            if not laws:
                r.remark(where, f"{task} has nobody who does it")
        pools: dict[str, Pool] = {}
        name_of: dict[frozenset[str], str] = {}
        steps: dict[str, StepNumbers] = {}
        for task, laws in laws_of.items():
            if not laws:
                continue
            members = frozenset(laws)
            if members not in name_of:
                step = known.get(task)
                name = (step.name if step is not None else "") or task
                name_of[members] = name if name not in pools else task
                lane = self._lane(t for t, found in laws_of.items() if frozenset(found) == members)
                pools[name_of[members]] = Pool(tuple(laws), lane=lane, origin=FROM)
            common = Counter(laws.values()).most_common(1)[0][0]
            own = {person: law for person, law in laws.items() if law != common}
            steps[task] = replace(
                self._once(known.get(task)),
                work=always(common), pool=name_of[members], by_person=own,
            )  # fmt: skip
        return steps, pools

    def _once(self, step: Step | None) -> StepNumbers:
        """Numbers of a step that is drawn as repeated, which Prosimos does not look at."""
        if step is None or step.repeat is None:
            return StepNumbers(origin=FROM)
        self.reading.remark(
            "", "steps that are drawn as done several times are done once there, and so here"
        )
        if step.repeat.kind == "loop":
            return StepNumbers(again=always(0.0), origin=FROM)
        return StepNumbers(times=always(fixed(1, None)), origin=FROM)

    def _lane(self, tasks: Iterable[str]) -> str | None:
        """The lane in which all these tasks stand, if it is one."""
        if self.path is None:
            return None
        lanes = {self.path.lane_of(self.path.node(t)) for t in tasks}
        lane = lanes.pop()
        return lane.id if lane is not None and not lanes else None

    def _other_path(self, place: str, what: str, id: str, known: Iterable[str]) -> None:
        assert self.path is not None
        ids = [str(e.get("task_id")) for e in _list(self.data.get("task_resource_distribution"))
               if isinstance(e, dict)]  # fmt: skip
        if not any(self.path.has(i) for i in ids):
            model = PureWindowsPath(str(self.data.get("process_model") or "")).name
            belongs = f"it was made for {model}" if model else "it was made for another BPMN file"
            self.reading.refuse(
                place, f"no task of the file is in the path {self.path.id!r}: {belongs}"
            )
        self.reading.refuse(place, f"{what} {told(id)} is not in the path; {nearest(id, known)}")

    # Arrivals

    def _arrivals(
        self, calendars: dict[str, Calendar], steps: Mapping[str, StepNumbers]
    ) -> Arrivals:
        r = self.reading
        at = "arrival_time_distribution"
        law = prosimos_law(r.get(self.data, at, "the file"), at, r)
        hours: dict[str, tuple[str, ...]] = {}
        if "arrival_time_calendar" in self.data:
            periods = self.data["arrival_time_calendar"]
            hours = weekly_hours(periods, "arrival_time_calendar", r)
            if not hours:
                r.refuse("arrival_time_calendar", "has no hours; give it a period")
        else:
            hours = self._first_hours(calendars, steps)
            r.remark(
                "arrival_time_calendar",
                "is missing: arrivals come when the first steps' staff is there",
            )
        if law.name == "fixed" and law.values[0] == 0:
            n = self.cases or AT_ONCE
            r.remark(
                at, f"is 0: {n:,} matters arrive at once, when the arrival calendar first opens"
            )
            return Arrivals(at=(self._first_opening(hours),) * n, origin=FROM)
        if all(hours.get(d) == ("00:00-24:00",) for d in WEEKDAYS):
            return Arrivals(between=law, origin=FROM)
        name = "arrivals"
        while name in calendars:
            name += "_"
        calendars[name] = Calendar(hours, origin=FROM)
        if self.cases:
            self._lengthen(law, hours)
        return Arrivals(between=law, calendar=name, origin=FROM, moved=True)

    def _first_hours(
        self, calendars: Mapping[str, Calendar], steps: Mapping[str, StepNumbers]
    ) -> dict[str, tuple[str, ...]]:
        """When anybody works who does a step that can come first."""
        first = _first_steps(self.path) if self.path is not None else set(steps)
        periods = [
            {"from": day, "to": day, "beginTime": text[:5], "endTime": text[6:]}
            for step in steps.keys() & first
            for person in self.people
            if person in self._doers(step)
            for weekday, texts in calendars[self.people[person].calendar or ""].hours.items()
            for day in [_LONG[weekday]]
            for text in texts
        ]
        return weekly_hours(periods, "arrival_time_calendar", self.reading)

    def _doers(self, task: str) -> set[str]:
        return {
            name
            for entry in _list(self.data.get("task_resource_distribution"))
            if entry.get("task_id") == task
            for item in _list(entry.get("resources"))
            for name in self.people_of[str(item["resource_id"])]
        }

    def _first_opening(self, hours: Mapping[str, tuple[str, ...]]) -> int:
        """µs from the start of the first day to the first opening."""
        for k in range(8):
            texts = hours.get(WEEKDAYS[(self.start.weekday() + k) % 7])
            if texts:
                minutes = int(texts[0][:2]) * 60 + int(texts[0][3:5])
                return (k * 1440 + minutes) * 60_000_000
        return 0

    def _lengthen(self, law: Law, hours: Mapping[str, tuple[str, ...]]) -> None:
        """Let the scenario last until all asked for have arrived, a year at least."""
        if law.name == "fixed":
            seconds = law.values[0]
        else:
            seconds = law.high if law.high is not None else law.loc + law.scale
        weekly = sum(
            (int(t[6:8]) - int(t[:2])) * 60 + int(t[9:11]) - int(t[3:5])
            for texts in hours.values()
            for t in texts
        )
        days = (self.cases or 0) * seconds / 86_400 * 10_080 / max(weekly, 1)
        years = min(math.ceil(days / 365) + 1, 90) if days > 300 else 1
        self.end = _years_after(self.start, years)

    # The rest

    def _events(self) -> dict[str, EventNumbers]:
        r = self.reading
        events = {e.id: e for e in self.path.events} if self.path is not None else {}
        out: dict[str, EventNumbers] = {}
        for at, entry in r.items(self.data.get("event_distribution"), "event_distribution"):
            id = str(r.get(entry, "event_id", at))
            event = events.get(id)
            if self.path is not None and event is None:
                r.refuse(f"{at}.event_id", f"{told(id)} is not in the path; {nearest(id, events)}")
            if event is not None and event.position in ("start", "end"):
                r.remark(at, f"{id} is a {event.position} event, which takes no time")
                continue
            out[id] = EventNumbers(after=always(prosimos_law(entry, at, r)), origin=FROM)
        return out

    def attributes(self) -> dict[str, Attribute]:
        """The attributes of cases; their names are changed where a condition could not say them."""
        r = self.reading
        out: dict[str, Attribute] = {}
        for at, entry in r.items(self.data.get("case_attributes"), "case_attributes"):
            name = str(r.get(entry, "name", at))
            here = identifier(name, set(out))
            if here != name:
                r.remark(f"{at}.name", f"{told(name)} is called {here} here")
            self.names[name] = here
            values = r.get(entry, "values", at)
            kind = r.get(entry, "type", at)
            if kind == "continuous":
                self.numeric.add(name)
                law = prosimos_law(values, f"{at}.values", r, unit=None)
                out[here] = Attribute(law=always(law), origin=FROM)
            elif kind == "discrete":
                choices = {
                    str(r.get(v, "key", w)): r.number(r.get(v, "value", w), f"{w}.value")
                    for w, v in r.items(values, f"{at}.values")
                }
                out[here] = Attribute(choices=always(choices), origin=FROM)
            else:
                r.refuse(f"{at}.type", f"is {told(kind)}; write discrete or continuous")
        return out

    def _priorities(self) -> tuple[Priority, ...]:
        r = self.reading
        out: list[Priority] = []
        for at, entry in r.items(self.data.get("prioritisation_rules"), "prioritisation_rules"):
            level = int(r.number(r.get(entry, "priority_level", at), f"{at}.priority_level"))
            rules = read_rules(r.get(entry, "rules", at), f"{at}.rules", r)
            text = condition(rules, self.names, self.numeric)
            if text is None:
                r.remark(at, "cannot be said as a condition on the attributes; not taken over")
                continue
            if any(t.comparison not in ("=", "in") for group in rules for t in group):
                r.remark(at, "every comparison but in is an equality there; here it is as written")
            out.append(Priority(level, text, FROM))
        out.sort(key=lambda p: p.level)
        return (*out, Priority(out[-1].level + 1, None, FROM)) if out else ()

    def _batches(self, steps: dict[str, StepNumbers]) -> dict[str, Meeting]:
        r = self.reading
        meetings: dict[str, Meeting] = {}
        for at, entry in r.items(self.data.get("batch_processing"), "batch_processing"):
            task = str(r.get(entry, "task_id", at))
            if task not in steps:
                r.refuse(f"{at}.task_id", f"{told(task)} has no staff; {nearest(task, steps)}")
            found = batch(entry, at, r, self.start, self.end, FROM)
            if found is None:
                continue
            done: Batch = found[0]
            if found[1] is not None:
                meetings[f"batch of {task}"] = found[1]
                done = replace(done, meeting=f"batch of {task}")
            steps[task] = replace(steps[task], batch=done)
        return meetings


_LONG = {"mon": "MONDAY", "tue": "TUESDAY", "wed": "WEDNESDAY", "thu": "THURSDAY", "fri": "FRIDAY",
         "sat": "SATURDAY", "sun": "SUNDAY"}  # fmt: skip


def _years_after(day: date, years: int) -> date:
    """The same day some years later (1 March for 29 February)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _first_steps(path: Path) -> set[str]:
    """Steps that can come before any other."""
    found: set[str] = set()
    seen: set[str] = set()
    todo = [e.id for e in path.events if e.position == "start"]
    while todo:
        id = todo.pop()
        if id in seen:
            continue
        seen.add(id)
        node = path.node(id)
        if isinstance(node, Step):
            found.add(id)
        elif isinstance(node, Event | Gateway):
            todo += [f.target for f in path.out(id)]
    return found
