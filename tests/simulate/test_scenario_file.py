"""The scenario's file: what is written is read again, and every bad input is said in one line."""

from __future__ import annotations

import copy
import json
from datetime import date, timedelta

import jsonschema
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from polku.errors import ScenarioError
from polku.schemas import schema
from polku.simulate.file import (
    document,
    dumps,
    from_json,
    problems,
    read_scenario,
    save_scenario,
    to_json,
)
from polku.simulate.scenario import (
    DELAY_KINDS,
    HOWS,
    UNITS,
    WEEKDAYS,
    Arrivals,
    Attribute,
    Batch,
    Branching,
    Calendar,
    Delay,
    EventNumbers,
    Kind,
    Law,
    Meeting,
    Origin,
    Person,
    Pool,
    Priority,
    Remark,
    Scenario,
    StepNumbers,
    Varied,
    always,
    fixed,
)

VALIDATOR = jsonschema.Draft202012Validator(schema("scenario"))

# Generated scenarios

names = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(
    lambda s: s.strip()
)
amounts = st.floats(0, 1e3, allow_subnormal=False)
above_0 = st.floats(1e-3, 1e3)
chance = st.floats(0, 0.99)
units = st.sampled_from(list(UNITS))
origins = st.builds(
    Origin,
    st.sampled_from(HOWS),
    st.none() | st.integers(0, 10**9),
    st.none() | st.text(max_size=9),
).filter(lambda o: o.note is None or o.note.isprintable())


def plain_laws(unit):
    some = st.lists(amounts, min_size=1, max_size=4)
    return st.one_of(
        st.builds(fixed, amounts, unit),
        st.builds(lambda v, u: Law("empirical", tuple(v), unit=u), some, unit),
        st.builds(
            lambda v, u: Law("quantiles", (*sorted(v), 2e6), tuple(
                k / len(v) for k in range(len(v) + 1)), unit=u), some, unit),
        st.builds(lambda s, u, h: Law("expon", scale=s, unit=u, high=h), above_0, unit,
                  st.none() | st.just(1e5)),
        st.builds(lambda a, s, u: Law("lognorm", shapes=(a,), scale=s, unit=u), above_0, above_0, unit),
    )  # fmt: skip


def laws(unit):
    one = plain_laws(unit)
    mixed = st.builds(
        lambda parts, u: Law(
            "mixture", parts=tuple(p for p, _ in parts), chances=tuple(w for _, w in parts), unit=u
        ),
        st.lists(st.tuples(one, above_0), min_size=1, max_size=3), unit,
    )  # fmt: skip
    return one | mixed


time_laws, number_laws = laws(units), laws(st.none())


@st.composite
def shares(draw, keys):
    parts = draw(st.lists(st.integers(1, 9), min_size=len(keys), max_size=len(keys)))
    return {k: p / sum(parts) for k, p in zip(keys, parts, strict=True)}


def varied(values, by):
    rounds = st.lists(values, min_size=1, max_size=3).map(tuple)
    cases = {name: found for name, found in by.items() if found}
    if not cases:
        return st.builds(Varied, rounds)
    return st.builds(Varied, rounds) | st.sampled_from(sorted(cases)).flatmap(
        lambda name: st.builds(
            Varied, rounds, st.just(name),
            st.dictionaries(st.sampled_from(cases[name]), rounds, min_size=1, max_size=2),
        )
    )  # fmt: skip


def arrivals(calendars):
    def weights(n):
        return st.just(()) | st.lists(above_0, min_size=n, max_size=n).map(tuple)

    between = st.builds(lambda s, u: Law("expon", scale=s, unit=u), above_0, units)
    return st.one_of(
        st.builds(Arrivals, per_year=above_0, months=weights(12), weekdays=weights(7),
                  hours=weights(24), origin=origins),
        st.builds(Arrivals, between=between, calendar=st.none() | st.sampled_from(calendars),
                  origin=origins),
        st.builds(Arrivals, between=between, calendar=st.sampled_from(calendars), origin=origins,
                  moved=st.booleans()),
        st.builds(Arrivals, at=st.lists(st.integers(0, 10**15), min_size=1, max_size=4)
                  .map(sorted).map(tuple), origin=origins),
    )  # fmt: skip


@st.composite
def scenarios(draw):
    def some(strategy, most=2, least=0, keys=names):
        return draw(st.dictionaries(keys, strategy, min_size=least, max_size=most))

    hours = st.dictionaries(
        st.sampled_from(WEEKDAYS),
        st.sampled_from([("08:00-16:00",), ("08:00-12:00", "13:00-17:30"), ("22:00-06:00",)]),
        min_size=1, max_size=7,
    )  # fmt: skip
    closures = st.sampled_from([(), ("2025-07-01/2025-07-14", "2025-12-24")])
    zones = st.none() | st.sampled_from(["Europe/Helsinki", "UTC"])
    calendars = some(
        st.builds(Calendar, hours, st.sampled_from(["", "FI", "DE-BY"]), closures, zones, origins),
        least=1,
    )
    calendar = st.none() | st.sampled_from(sorted(calendars))
    meetings = some(
        st.builds(Meeting, weekday=st.sampled_from(WEEKDAYS), at=st.sampled_from(["14:00", "9:15"]),
                  cut_off_days=st.floats(0, 14), except_=closures, origin=origins)
        | st.builds(Meeting, dates=st.sets(st.dates(date(2025, 1, 1), date(2026, 1, 1)), min_size=1,
                                           max_size=3).map(sorted).map(tuple), origin=origins),
        least=1,
    )  # fmt: skip
    meeting = st.sampled_from(sorted(meetings))
    people = some(st.builds(Person, calendar, st.integers(1, 4), amounts, origins), 3, 1)
    order = st.sampled_from([("fifo", 0.0), ("priority", 0.0), ("due", 0.0), ("ageing", 2.5)])
    pools = {
        name: Pool(tuple(members), *draw(order), draw(st.none() | names), draw(origins))
        for name, members in some(
            st.lists(st.sampled_from(sorted(people)), min_size=1, unique=True), least=1
        ).items()
    }
    kinds = some(
        st.builds(Kind, arrivals(sorted(calendars)), st.none() | above_0), least=1,
        keys=names.filter(lambda n: n != "kind"),
    )  # fmt: skip
    by = {"kind": sorted(kinds)}
    attributes = {}
    for name in draw(st.lists(st.sampled_from(["size", "public", "visitors"]), unique=True)):
        if name == "size":
            attribute = Attribute(
                choices=draw(varied(shares(("s", "l")), by)), origin=draw(origins)
            )
            values = ["s", "l"]
        elif name == "public":
            attribute = Attribute(chance=draw(varied(chance, by)), origin=draw(origins))
            values = ["true", "false"]
        else:
            attribute = Attribute(law=draw(varied(number_laws, by)), origin=draw(origins))
            values = []
        attributes[name] = attribute
        by = {**by, name: values}
    delay = st.builds(Delay, varied(time_laws, by), st.sampled_from(DELAY_KINDS), calendar, origins)
    scale = st.sampled_from([(), ((2, 1.5),), ((1, 1.0), (4, 0.5))])
    batch = st.one_of(
        st.builds(
            Batch, size=st.integers(1, 9), together=st.booleans(), scale=scale, origin=origins
        ),
        st.builds(Batch, meeting=meeting, origin=origins),
        st.builds(Batch, max_wait=st.builds(fixed, above_0, units), scale=scale, origin=origins),
    )
    pool = draw(st.sampled_from(sorted(pools)))
    by_person = st.dictionaries(st.sampled_from(sorted(pools[pool].members)), time_laws, max_size=2)
    step = st.one_of(
        st.builds(StepNumbers, work=varied(time_laws, by), pool=st.just(pool), by_person=by_person,
                  delay=st.none() | delay, batch=st.none() | batch, priority=st.integers(-2, 2),
                  role=st.none() | names, origin=origins),
        st.builds(StepNumbers, work=varied(time_laws, by), calendar=calendar,
                  meeting=st.none() | meeting, again=varied(chance, by),
                  times=st.none() | varied(number_laws, by), channels=shares(("desk", "web")),
                  event=st.none() | st.just("contact_made"), origin=origins),
    )  # fmt: skip
    event = st.builds(
        EventNumbers, st.none() | varied(time_laws, by), st.none() | varied(chance, by),
        st.sampled_from(DELAY_KINDS), calendar, origins,
    )  # fmt: skip
    flows = varied(shares(("rounds", "by", "Flow_1")), by)
    start = draw(st.dates(date(2000, 1, 1), date(2050, 1, 1)))
    conditions = st.none() | st.sampled_from(['kind == "a"', "visitors > 20 or not(public)"])
    return Scenario(
        path=draw(names), kinds=kinds, name=draw(st.text("añ🙂 ", max_size=5)),
        note=draw(st.none() | st.just("")), path_hash=draw(st.none() | names),
        zone=draw(st.sampled_from(["UTC", "Europe/Helsinki"])), start=start,
        end=start + timedelta(days=draw(st.integers(31, 900))),
        warm_up_days=draw(st.floats(0, 30)), attributes=attributes,
        branching=some(st.builds(Branching, flows, origins)), steps=some(step), events=some(event),
        pools=pools, people=people, calendars=calendars, meetings=meetings,
        priorities=tuple(
            Priority(k, draw(conditions) if k else None, draw(origins))
            for k in range(draw(st.integers(0, 2)))
        ),
        outcomes=some(st.sampled_from(["decided", "rejected"])),
        mapping=draw(st.sampled_from([{}, {"clock": {"stop": ["ask"], "resume": ["answer"]}}])),
        remarks=tuple(draw(st.lists(st.builds(Remark, st.text(max_size=3), names), max_size=2))),
    )  # fmt: skip


@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(scenarios())
def test_what_is_written_is_read_again_and_holds_to_the_schema(scenario):
    if twice := [p for p in problems(scenario) if "several have no condition" not in p]:
        raise AssertionError(twice)
    if problems(scenario):
        return
    text = dumps(scenario)
    again = from_json(json.loads(text))
    assert again == scenario
    assert list(again.attributes) == list(scenario.attributes)
    assert dumps(again) == text
    VALIDATOR.validate(json.loads(text))


# One scenario, read and written


def permit():
    week = dict.fromkeys(WEEKDAYS[:5], ("08:00-16:00",))
    hours = Law("lognorm", shapes=(0.8,), scale=2.5, unit="hours")
    small = Varied(({"s": 0.5, "l": 0.5},), "kind", {"big": ({"s": 0.0, "l": 1.0},)})
    statement = Law("quantiles", (1, 3, 9), (0, 0.5, 1), unit="days")
    mixed = Law("mixture", chances=(0.3, 0.7), parts=(fixed(1, "days"), statement), unit="days")
    return Scenario(
        "permit",
        {
            "usual": Kind(
                Arrivals(per_year=500, months=(1,) * 12, origin=Origin("measured", 500)), 30
            ),
            "big": Kind(Arrivals(between=Law("expon", scale=2.5, unit="days"), calendar="office")),
        },
        attributes={"size": Attribute(choices=small)},
        branching={"which": Branching(always({"Flow_1": 0.3, "Flow_2": 0.7}))},
        steps={
            "decide": StepNumbers(
                work=Varied((hours, fixed(30))), pool="desk", by_person={"anna": fixed(20)},
                delay=Delay(always(mixed), "statement", "office"),
                batch=Batch(4, fixed(2, "days"), "board", scale=((1, 1.0), (4, 0.5))),
                channels={"desk": 0.25, "web": 0.75}, event="decision_made",
            ),
            "wait": StepNumbers(
                work=always(fixed(1, "days")), calendar="office", meeting="board",
                again=always(0.2), times=always(fixed(2, None)),
            ),
        },
        events={"answer": EventNumbers(always(fixed(5, "days")), always(0.9), "customer")},
        pools={"desk": Pool(("anna", "bo"))},
        people={"anna": Person("office"), "bo": Person("office", 2, 33.5)},
        calendars={"office": Calendar(week, "FI", ("2025-07-01/2025-07-14",))},
        meetings={"board": Meeting(first=date(2025, 1, 7), weeks=2)},
        priorities=(Priority(0, 'size == "l"'), Priority(1)),
        outcomes={"end": "decided"},
        mapping={"clock": {"stop": ["ask"]}},
        remarks=(Remark("steps.ask", "was merged"),),
    )  # fmt: skip


def test_a_file_reads_well():
    text = dumps(permit())
    for line in (
        '  "decide": {',
        '{"law": "lognorm", "shapes": [0.8], "scale": 2.5, "unit": "hours"},',
        '{"law": "fixed", "value": 30, "unit": "minutes"}',
        '"points": [[0, 1], [0.5, 3], [1, 9]]',
        '"branching": {"which": {"flows": {"Flow_1": 0.3, "Flow_2": 0.7}, "origin": "typed"}},',
        '"origin": "measured (500)"',
        '"choices": {"by": "kind", "cases": {"big": {"s": 0, "l": 1}},',
    ):
        assert line in text, line
    assert "zone" not in text
    assert "null" not in text
    assert text.endswith("}\n")


def test_saving_and_reading_give_the_same_and_the_same_bytes(tmp_path):
    file = tmp_path / "s.json"
    save_scenario(permit(), file)
    first = file.read_bytes()
    assert read_scenario(file) == permit()
    save_scenario(read_scenario(str(file)), file)
    assert file.read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == ["s.json"]


def test_a_scenario_that_contradicts_itself_is_not_written_over_a_good_one(tmp_path):
    file = tmp_path / "s.json"
    save_scenario(permit(), file)
    with pytest.raises(ScenarioError, match=r"s\.json: is not written: kinds: is empty"):
        save_scenario(Scenario("permit", {}), file)
    assert read_scenario(file) == permit()


def test_a_folder_is_no_place_for_a_file(tmp_path):
    with pytest.raises(ScenarioError, match="is a folder"):
        save_scenario(permit(), tmp_path)


def test_a_law_says_its_origin_in_words_or_in_parts():
    data = to_json(permit())
    data["people"]["anna"]["origin"] = {"how": "measured", "n": 3, "note": "2024"}
    assert from_json(data).people["anna"].origin == Origin("measured", 3, "2024")
    assert to_json(from_json(data))["people"]["anna"]["origin"] == "measured (3): 2024"


# Bad input: (what to set where, what is said)

GONE = object()


def at(data, path):
    *above, last = path
    for key in above:
        data = data[key]
    return data, last


def changed(path, value):
    data = copy.deepcopy(to_json(permit()))
    inner, last = at(data, path)
    if value is GONE:
        del inner[last]
    else:
        inner[last] = value
    return data


DECIDE = ("steps", "decide")
OFFICE = ("calendars", "office")
USUAL = ("kinds", "usual", "arrivals")
BIG = ("kinds", "big", "arrivals")

FORM = [
    (("format",), GONE, 'is no scenario: it has no format; add "format": "polku.scenario/1"'),
    (("format",), "polku.scenario/2", "the format polku.scenario/2; this version reads"),
    (("format",), "polku.log/1", 'has the format "polku.log/1"'),
    (("format",), 3, "has the format 3"),
    (("path",), GONE, "has no 'path'; add the id of the path's process"),
    (("path",), 7, "path: is 7; write a text in quotes"),
    (("path",), " ", "path: is empty"),
    (("stpes",), {}, "unknown key \"stpes\"; did you mean 'steps'?"),
    (("kinds",), [], "kinds: is a list; write names and values in { }"),
    (("kinds", ""), {}, "kinds: has an empty name"),
    (("kinds", "usual"), 3, "kinds.usual: is 3; write a kind of matter as an object"),
    (("start",), "2025-02-30", 'start: is "2025-02-30"; write a day of the calendar'),
    (("start",), "20250101", 'start: is "20250101"; write a day'),
    (("warm_up_days",), True, "warm_up_days: is true; write a number"),
    (("warm_up_days",), 10**400, "warm_up_days: is a number without end"),
    (("zone",), None, "zone: is null; write a text in quotes"),
    ((*DECIDE, "origin"), GONE, "steps.decide: has no 'origin'; add where it comes from"),
    (
        (*DECIDE, "orgin"),
        "typed",
        "steps.decide: has an unknown key \"orgin\"; did you mean 'origin'?",
    ),
    ((*DECIDE, "origin"), "guessed", 'steps.decide.origin: begins with "guessed"'),
    ((*DECIDE, "origin"), "Measured!", 'steps.decide.origin: is "Measured!"; write it as in'),
    ((*DECIDE, "origin"), {"how": "assumd"}, "did you mean 'assumed'?"),
    ((*DECIDE, "origin"), {"how": "measured", "n": -1}, "origin.n: is -1"),
    ((*DECIDE, "origin"), 5, "steps.decide.origin: is 5"),
    ((*DECIDE, "work"), 30, "steps.decide.work: is 30; write a law, as in"),
    ((*DECIDE, "work"), {}, "steps.decide.work: has no 'law'"),
    (
        (*DECIDE, "work"),
        {"law": "lognormal"},
        "steps.decide.work.law: \"lognormal\" is not known; did you mean 'lognorm'?",
    ),
    ((*DECIDE, "work"), {"law": "poisson"}, 'steps.decide.work.law: "poisson" is not known'),
    ((*DECIDE, "work"), {"law": "fixed"}, "steps.decide.work: has no 'value'"),
    (
        (*DECIDE, "work"),
        {"law": "fixed", "value": "x"},
        'steps.decide.work.value: is "x"; write a number',
    ),
    ((*DECIDE, "work"), {"law": "fixed", "value": 3, "unit": "hour"}, "did you mean 'hours'?"),
    ((*DECIDE, "work"), {"law": "fixed", "value": 3, "scale": 2}, 'unknown key "scale"'),
    ((*DECIDE, "work"), {"law": "empirical", "values": 3}, "work.values: is 3; write a list"),
    ((*DECIDE, "work"), {"law": "empirical", "values": [1, None]}, "work.values[1]: is null"),
    ((*DECIDE, "work"), {"law": "quantiles", "points": [3]}, "points[0]: is 3; write a pair"),
    ((*DECIDE, "work"), {"law": "mixture", "parts": [{"law": {}}]}, "parts[0]: has no 'weight'"),
    ((*DECIDE, "work"), {"rounds": []}, "steps.decide.work.rounds: is empty"),
    ((*DECIDE, "work"), {"by": "kind", "cases": {}}, "has no 'otherwise'"),
    ((*DECIDE, "batch", "size"), 2.5, "batch.size: is 2.5; write a whole number"),
    ((*DECIDE, "batch", "scale"), [[1]], "scale[0]: is a list; write a pair"),
    ((*DECIDE, "batch", "together"), 1, "batch.together: is 1; write true or false"),
    (
        (*DECIDE, "delay", "kind"),
        "costumer",
        "delay.kind: is \"costumer\"; did you mean 'customer'?",
    ),
    ((*DECIDE, "delay", "origin"), GONE, "steps.decide.delay: has no 'origin'"),
    ((*OFFICE, "hours", "mo"), [], "has an unknown weekday \"mo\"; did you mean 'mon'?"),
    ((*OFFICE, "hours"), GONE, "calendars.office: has no 'hours'"),
    (("pools", "desk", "order"), "lifo", "pools.desk.order: is \"lifo\"; did you mean 'fifo'?"),
    (("pools", "desk", "order"), 4, "pools.desk.order: is 4; write 'fifo'"),
    (("priorities", 0, "level"), GONE, "priorities[0]: has no 'level'"),
    (("mapping",), [1], "mapping: is a list"),
    (("mapping", "clock"), {"stop": None}, "mapping.clock.stop: is null"),
    (("remarks",), [{"place": "x"}], "remarks[0]: has no 'text'"),
]

SENSE = [
    (("end",), "2025-01-01", "end: is 2025-01-01, not after the start (2025-01-01)"),
    (("end",), "2325-01-01", "end: lies 300 years after the start"),
    (("start",), "1776-07-04", "end: lies 249 years after the start"),
    (("warm_up_days",), -1, "warm_up_days: is -1"),
    (("warm_up_days",), 400, "nothing is left"),
    (("zone",), "Europe/Helsinky", "zone: 'Europe/Helsinky' is not known"),
    (("kinds",), {}, "kinds: is empty, nobody arrives"),
    (
        ("kinds", "usual", "promise_days"),
        0,
        "kinds.usual.promise_days: is 0; write a number above 0",
    ),
    ((*USUAL, "per_year"), GONE, "kinds.usual.arrivals: says none of them; give one of per_year"),
    ((*USUAL, "at"), [1, 2], "says per_year and at; give one of"),
    ((*USUAL, "per_year"), 0, "per_year: is 0; write a number above 0"),
    ((*USUAL, "months"), [1, 2], "months: has 2 weights; write 12"),
    ((*USUAL, "hours"), [0] * 24, "hours: all weights are 0"),
    ((*USUAL, "weekdays"), [1, 1, 1, 1, 1, 1, -1], "weekdays: has a negative weight"),
    ((*BIG, "months"), [1] * 12, "months: weights belong to per_year only"),
    (
        (*BIG, "calendar"),
        "ofice",
        "calendar 'ofice' is not in the scenario; did you mean 'office'?",
    ),
    ((*BIG, "between"), {"law": "fixed", "value": 0, "unit": "days"}, "between: is always 0"),
    ((*USUAL, "moved"), True, "moved: belongs to a calendar"),
    ((*USUAL, "calendar"), "office", "arrivals.calendar: belongs to between only"),
    (("kinds", "usual", "arrivals"), {"at": [5, 2], "origin": "typed"}, "at: are not in order"),
    (("attributes", "kind"), {"chance": 0.2, "origin": "typed"}, "is the kind of the matter"),
    (("attributes", "size", "chance"), 0.2, "attributes.size: says choices and chance"),
    (
        ("attributes", "size", "choices"),
        {"s": 0.5, "l": 0.4},
        "choices: the chances add up to 0.9, not to 1",
    ),
    (
        ("attributes", "size", "choices"),
        {"s": 1.5, "l": -0.5},
        "choices.s: is 1.5; a chance lies between",
    ),
    (("attributes", "size", "choices"), {}, "attributes.size.choices: is empty"),
    (
        ("attributes", "size", "choices", "cases"),
        {"bigg": {"s": 1}},
        "kind never has this value; did you mean 'big'?",
    ),
    (("attributes", "size", "choices", "by"), "sizes", "attribute 'sizes' is not known here"),
    (("attributes", "size", "choices", "by"), "size", "it stands later: move it up"),
    (("branching", "which", "flows"), {}, "branching.which.flows: is empty"),
    (("branching", "which", "flows", "Flow_1"), 1.2, "flows.Flow_1: is 1.2; a chance lies"),
    (("branching", "which", "flows"), {"Flow_1": 0}, "all chances are 0"),
    (
        (*DECIDE, "pool"),
        "dsk",
        "steps.decide.pool: pool 'dsk' is not in the scenario; did you mean 'desk'?",
    ),
    ((*DECIDE, "calendar"), "office", "steps.decide: has a pool and a calendar"),
    ((*DECIDE, "meeting"), "board", "steps.decide: has a meeting and a batch"),
    (
        (*DECIDE, "by_person", "ana"),
        {"law": "fixed", "value": 3, "unit": "days"},
        "did you mean 'anna'?",
    ),
    ((*DECIDE, "event"), "decided", "steps.decide.event: 'decided' is not known"),
    ((*DECIDE, "channels", "web"), 0.5, "channels: the chances add up to 0.75, not to 1"),
    ((*DECIDE, "same_person_as"), "decide", "is the step itself"),
    (("steps", "wait", "same_person_as"), "decide", "has no pool from which the person comes"),
    (
        ("steps", "wait", "by_person"),
        {"bo": {"law": "fixed", "value": 3, "unit": "days"}},
        "but no pool",
    ),
    (("steps", "wait", "again"), 1, "steps.wait.again: is 1, so that it never ends"),
    (("steps", "wait", "meeting"), "bord", "did you mean 'board'?"),
    (
        ("steps", "wait", "times"),
        {"law": "fixed", "value": 2, "unit": "days"},
        "but is a plain number",
    ),
    (("steps", "wait", "times"), {"law": "fixed", "value": -2}, "is never negative"),
    ((*DECIDE, "work"), {"law": "fixed", "value": 3}, 'steps.decide.work: has no unit; add "unit"'),
    (
        (*DECIDE, "work"),
        {"law": "fixed", "value": -3, "unit": "days"},
        "gives -3; a time is never negative",
    ),
    (
        (*DECIDE, "work"),
        {"law": "norm", "loc": 9, "unit": "days"},
        'a time is never negative: add "low": 0',
    ),
    (
        (*DECIDE, "work"),
        {"law": "fixed", "value": 4e9, "unit": "weeks"},
        "more than a hundred years",
    ),
    ((*DECIDE, "work"), {"law": "gamma", "unit": "days"}, "gamma has 1 shape (a), here are 0"),
    (
        (*DECIDE, "work"),
        {"law": "gamma", "shapes": [-1], "unit": "days"},
        "cannot have the shapes -1",
    ),
    (
        (*DECIDE, "work"),
        {"law": "expon", "scale": 0, "unit": "days"},
        "scale is 0; it must be above 0",
    ),
    (
        (*DECIDE, "work"),
        {"law": "expon", "low": 3, "high": 2, "unit": "days"},
        "turn low and high round",
    ),
    (
        (*DECIDE, "work"),
        {"law": "uniform", "low": 3, "high": 4, "unit": "days"},
        "gives nothing between",
    ),
    ((*DECIDE, "work"), {"law": "empirical", "values": [], "unit": "days"}, "has no values"),
    ((*DECIDE, "work"), {"law": "quantiles", "points": [[0, 1]], "unit": "days"}, "has 1 points"),
    (
        (*DECIDE, "work"),
        {"law": "quantiles", "points": [[0, 1], [0.9, 3]], "unit": "days"},
        "runs from chance 0 to 0.9",
    ),
    (
        (*DECIDE, "work"),
        {"law": "quantiles", "points": [[0, 4], [1, 3]], "unit": "days"},
        "put the points in order",
    ),
    ((*DECIDE, "work"), {"law": "mixture", "parts": []}, "has 0 parts"),
    ((*DECIDE, "delay", "law", "parts", 0, "weight"), -1, "parts[0]: weight is -1"),
    ((*DECIDE, "work", "rounds", 1, "value"), -1, "steps.decide.work.rounds[1]: gives -1"),
    ((*DECIDE, "delay", "law", "parts", 0, "law", "value"), -1, "law.parts[0].law: gives -1"),
    ((*DECIDE, "batch", "size"), 0, "batch.size: is 0; write 1 or more"),
    ((*DECIDE, "batch"), {"origin": "typed"}, "steps.decide.batch: never goes to work"),
    (
        (*DECIDE, "batch", "max_wait"),
        {"law": "expon", "unit": "days"},
        "max_wait: is no fixed time",
    ),
    (
        (*DECIDE, "batch", "scale"),
        [[4, 1], [2, 1]],
        "scale[1]: 2 members; write them from 1 upwards",
    ),
    (("events", "answer", "happens"), 1.1, "events.answer.happens: is 1.1"),
    (("pools", "desk", "members"), [], "by_person.anna: is not in the pool 'desk'"),
    (
        ("pools", "desk", "members"),
        ["anna", "ann"],
        "members[1]: person 'ann' is not in the scenario",
    ),
    (("pools", "desk", "members"), ["anna", "anna"], "members: 'anna' stands twice"),
    (("pools", "desk", "order"), "ageing", "pools.desk: ages, but ageing_days is not given"),
    (("pools", "desk", "ageing_days"), 3, 'belongs to the order "ageing" only'),
    (("people", "bo", "at_once"), 0, "people.bo.at_once: is 0; write 1 or more"),
    (("people", "bo", "cost_per_hour"), -3, "people.bo.cost_per_hour: is -3"),
    (("people", "bo", "calendar"), "offic", "did you mean 'office'?"),
    ((*OFFICE, "hours"), {}, "calendars.office: has no hours, nothing is ever done"),
    (
        (*OFFICE, "hours"),
        {"mon": ["8-16"]},
        "hours.mon[0]: '8-16' is no interval; write '08:00-16:00'",
    ),
    ((*OFFICE, "hours"), {"mon": ["08:00-24:30"]}, "'08:00-24:30' is no interval"),
    ((*OFFICE, "holidays"), "XX", "holidays: 'XX' is not known"),
    ((*OFFICE, "closures"), ["2025-13-01"], "closures[0]: '2025-13-01' is no day or interval"),
    ((*OFFICE, "closures"), ["2025-07-14/2025-07-01"], "ends before it begins; turn it round"),
    ((*OFFICE, "zone"), "Mars/Olympus", "calendars.office.zone: 'Mars/Olympus' is not known"),
    (("meetings", "board", "at"), "25:00", "meetings.board.at: '25:00' is no time of day"),
    (("meetings", "board", "weeks"), 0, "meetings.board.weeks: is 0"),
    (("meetings", "board", "first"), GONE, "but from when is not said"),
    (("meetings", "board", "first"), "2025-01-08", "2025-01-08 is a wed, the meeting a tue"),
    (("meetings", "board", "dates"), ["2025-02-01", "2025-01-01"], "dates: are not in order"),
    (("meetings", "board", "cut_off_days"), -1, "cut_off_days: is -1"),
    (("meetings", "board", "except"), ["July"], "except[0]: 'July' is no day or interval"),
    (("priorities", 0, "level"), -1, "priorities[0].level: is -1"),
    (
        ("priorities", 0, "condition"),
        "size >",
        "priorities[0].condition: condition 'size >': column",
    ),
    (("priorities", 0, "condition"), '"l"', "priorities[0].condition: gives no yes or no"),
    (("priorities", 0, "condition"), GONE, "only one class can be that of all others"),
    (("outcomes", "end"), "decide", "outcomes.end: 'decide' is not known; did you mean 'decided'?"),
    (("mapping", "clok"), {}, "mapping: unknown section [clok]"),
]


@pytest.mark.parametrize(("path", "value", "said"), FORM + SENSE)
def test_bad_input_is_said_in_one_line_with_its_place(path, value, said):
    with pytest.raises(ScenarioError) as e:
        from_json(changed(path, value), "s.json: ")
    assert said in str(e.value)
    assert str(e.value).startswith("s.json: ")
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    ("path", "value"),
    [(p, v) for p, v, said in FORM if "number without end" not in said and "lognormal" not in said
     and "poisson" not in said and "null; leave" not in said and "mapping.clock" not in said
     and "calendar" not in said],
)  # fmt: skip
def test_the_schema_refuses_what_the_reader_refuses_for_its_form(path, value):
    assert not VALIDATOR.is_valid(changed(path, value))


def test_several_faults_are_counted():
    data = changed(("people", "bo", "at_once"), 0)
    data["people"]["anna"]["at_once"] = 0
    with pytest.raises(ScenarioError, match=r"people\.anna\.at_once: is 0.*\(and 1 more\)"):
        from_json(data)


# Bad files


def told(tmp_path, content):
    file = tmp_path / "s.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ScenarioError) as e:
        read_scenario(file)
    assert "\n" not in str(e.value)
    assert str(e.value).startswith(f"{file}: ")
    return str(e.value)


def test_a_file_that_is_not_there_or_a_folder(tmp_path):
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_scenario(tmp_path / "none.json")
    with pytest.raises(ScenarioError, match="is a folder"):
        read_scenario(tmp_path)


def test_a_file_that_is_no_json(tmp_path):
    assert "is not JSON: line 2, column 9" in told(tmp_path, '{\n "path" "x"}')
    assert "is not JSON" in told(tmp_path, "")
    assert "is no JSON object" in told(tmp_path, "[1]")


def test_a_file_in_another_encoding(tmp_path):
    assert "is not UTF-8 at byte 10" in told(tmp_path, '{"path": "ä"}'.encode("latin-1"))
    assert "is not UTF-8" in told(tmp_path, '{"path": "ä"}'.encode("utf-16"))


def test_a_mark_of_utf_8_at_the_begin_is_no_fault(tmp_path):
    file = tmp_path / "s.json"
    file.write_bytes(b"\xef\xbb\xbf" + dumps(permit()).encode())
    assert read_scenario(file) == permit()


def test_numbers_that_are_none(tmp_path):
    for word in ("NaN", "Infinity", "-Infinity"):
        assert f"{word} is no number" in told(tmp_path, f'{{"path": {word}}}')
    assert "write a plain number" in told(tmp_path, '{"path": ' + "1" * 5_000 + "}")
    text = dumps(permit()).replace('"per_year": 500', '"per_year": 1e999')
    assert "kinds.usual.arrivals.per_year: is a number without end" in told(tmp_path, text)


def test_a_key_that_stands_twice_is_said_with_its_lines(tmp_path):
    text = '{\n "steps": {},\n "path": "x",\n "steps": {}\n}'
    assert 'the key "steps" stands twice in one object (it stands in line 2, 4)' in told(
        tmp_path, text
    )


def test_half_a_letter_is_refused(tmp_path):
    assert "holds half a letter" in told(tmp_path, r'{"path": "\ud800"}')


def test_a_file_that_is_nested_too_deep(tmp_path):
    assert "brackets more than 40 deep" in told(tmp_path, '{"a": ' + "[" * 60 + "]" * 60 + "}")
    deep = "[" * 200_000 + "]" * 200_000
    assert "brackets more than 40 deep" in told(tmp_path, '{"a": ' + deep + "}")


def test_a_file_that_is_too_large_or_too_full(tmp_path, monkeypatch):
    monkeypatch.setattr(document, "MAX_BYTES", 1024 * 1024)
    assert "is larger than 1 MiB" in told(tmp_path, b" " * (1024 * 1024 + 1))
    monkeypatch.setattr(document, "MAX_VALUES", 100)
    assert "holds more than 100 values" in told(tmp_path, '{"a": [' + "1," * 200 + "1]}")


def test_a_file_of_prosimos_says_that_its_path_is_needed(data):
    with pytest.raises(
        ScenarioError, match=r"parameter file of Prosimos.*read_prosimos\(file, path\)"
    ):
        read_scenario(data / "prosimos" / "timer_with_task.json")
