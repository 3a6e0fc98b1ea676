"""A scenario against its path: every mismatch is found and named, and load is worked out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from polku.path.checking.findings import SEVERITIES
from polku.path.model import Event, Flow, Gateway, Lane, Path, Repeat, Step, Timer
from polku.simulate.checking import RULES, check_scenario, rules_text
from polku.simulate.load import loads
from polku.simulate.scenario import (
    WEEKDAYS,
    Arrivals,
    Attribute,
    Batch,
    Branching,
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
    Varied,
    always,
    fixed,
)


def flows(*pairs):
    return tuple(Flow(f"{a}_{b}", a, b) for a, b in pairs)


def permit(**more):
    nodes = (
        Event("start", position="start"),
        Step("check", "Check", lane="unit"),
        Gateway("which", "Complete?"),
        Step("ask", "Ask", lane="unit"),
        Event("answer", "Answer", position="catch", trigger="message"),
        Step("decide", "Decide", lane="unit"),
        Event("end", position="end"),
    )
    ways = flows(
        ("start", "check"), ("check", "which"), ("which", "ask"), ("ask", "answer"),
        ("answer", "check"), ("which", "decide"), ("decide", "end"),
    )  # fmt: skip
    lanes = (Lane("unit", "Permits"),)
    return replace(Path("permit", nodes=nodes, flows=ways, lanes=lanes), **more)


def numbers(**more):
    hour = always(fixed(1, "hours"))
    week = dict.fromkeys(WEEKDAYS[:5], ("08:00-16:00",))
    found = Scenario(
        "permit",
        {"any": Kind(Arrivals(per_year=365.2425))},
        branching={"which": Branching(always({"which_ask": 0.2, "which_decide": 0.8}))},
        steps={
            "check": StepNumbers(work=hour, pool="desk"),
            "ask": StepNumbers(work=hour, pool="desk"),
            "decide": StepNumbers(work=always(fixed(2, "hours")), pool="board"),
        },
        events={"answer": EventNumbers(always(fixed(5, "days")))},
        pools={"desk": Pool(("anna",), lane="unit"), "board": Pool(("bo",))},
        people={"anna": Person("office"), "bo": Person("office")},
        calendars={"office": Calendar(week)},
    )
    return replace(found, **more)


def found(scenario, path=None):
    return {f.code: f for f in check_scenario(path or permit(), scenario)}


def without(mapping, *keys):
    return {k: v for k, v in mapping.items() if k not in keys}


BASE = numbers()
STEP = StepNumbers(work=always(fixed(1, "hours")))
CHANCES = {"which_ask": 0.2, "which_decide": 0.8}


def test_a_scenario_that_fits_gives_no_findings():
    assert check_scenario(permit(), numbers()) == ()


def branch(**chances):
    return {"branching": {"which": Branching(always(chances))}}


MISMATCHES = [
    ("S101", {"kinds": {}}, None, "kinds: is empty"),
    ("S102", {"path": "permt"}, None, "is for the path 'permt', this is 'permit'"),
    ("S103", {"path_hash": "0"}, None, "an earlier state of this path"),
    ("S201", {"steps": {**BASE.steps, "chekc": STEP}}, "chekc", "did you mean 'check'?"),
    ("S202", {"events": {**BASE.events, "answr": EventNumbers()}}, "answr", "mean 'answer'?"),
    ("S203", {"branching": {**BASE.branching, "whch": BASE.branching["which"]}}, "whch",
     "did you mean 'which'?"),
    ("S204", branch(which_ask=0.2, which_decid=0.8), "which", "did you mean 'which_decide'?"),
    ("S206", branch(which_ask=0.2, which_decide=0.7), "which", "add up to 0.9, not to 1"),
    ("S207", {"pools": {**BASE.pools, "desk": Pool(("anna",), lane="unti")}}, "unti", "'unit'"),
    ("S208", {"steps": {**BASE.steps, "ask": replace(BASE.steps["ask"], same_person_as="chek")}},
     "ask", "did you mean 'check'?"),
    ("S209", {"outcomes": {"ende": "decided"}}, "ende", "did you mean 'end'?"),
    ("S210", {"branching": {**BASE.branching, "check": Branching(always({"x": 1.0}))}}, "check",
     "one way out only"),
    ("S301", {"steps": without(BASE.steps, "ask")}, "ask", "has neither work nor a delay"),
    ("S302", {"steps": {**BASE.steps, "ask": StepNumbers(pool="desk")}}, "ask", "but has no work"),
    ("S303", {"steps": {**BASE.steps, "ask": STEP}}, "ask", "it never waits for staff"),
    ("S304", {"branching": {}}, "which", "neither chances nor conditions"),
    ("S305", {"priorities": (Priority(0, "kind == \"a\" and viistors > 3"),),
              "attributes": {"visitors": Attribute(law=always(fixed(3, None)))}}, None,
     "did you mean 'visitors'?"),
    ("S306", {"events": {}}, "answer", "waits for a message, but not how long"),
    ("S308", branch(which_ask=1.0, which_decide=0.0), None, "more often than they leave"),
    ("S401", {"calendars": {"office": Calendar({"mon": ("08:00-16:00",)},
                                               closures=("2024-12-01/2026-02-01",))}}, None,
     "calendars.office is never open from 2025-01-01 to 2026-01-01"),
    ("S402", {"meetings": {"board": Meeting(dates=(date(2030, 1, 1),))}}, None,
     "meetings.board does not meet"),
    ("S403", {"people": {**BASE.people, "cid": Person()}}, None, "in no pool: 'cid'"),
    ("S404", {"pools": {**BASE.pools, "idle": Pool(("bo",))}}, None, "pools.idle does no step"),
    ("S405", {"calendars": {**BASE.calendars, "spare": BASE.calendars["office"]}}, None,
     "used by nobody: 'calendars.spare'"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "change", "element", "said"), MISMATCHES)
def test_a_mismatch_is_found_by_name(code, change, element, said):
    assert code not in found(BASE)
    finding = found(replace(BASE, **change))[code]
    assert finding.element == element
    assert said in finding.found
    assert (finding.severity, finding.mend) in {(RULES[code][0], RULES[code][2])}
    assert "\n" not in finding.found


def test_chances_that_leave_out_two_flows_are_found_and_one_is_the_rest():
    path = permit()
    third = replace(path, flows=(*path.flows, Flow("which_end", "which", "end")))
    one = found(numbers(**branch(which_ask=0.2)), third)["S205"]
    assert "no chance for which_decide, which_end" in one.found
    assert found(numbers(**branch(which_ask=0.2))) == {}


def test_conditions_are_answered_by_attributes():
    path = permit()
    asked = replace(
        path, flows=tuple(replace(f, condition="visitors > 200") if f.id == "which_ask" else f
                          for f in path.flows),
        nodes=tuple(replace(n, default="which_decide") if n.id == "which" else n
                    for n in path.nodes),
    )  # fmt: skip
    bare = numbers(branching={})
    attributes = {"visitor": Attribute(law=always(fixed(3, None)))}
    one = found(replace(bare, attributes=attributes), asked)["S305"]
    assert "ask for 'visitors', which the scenario does not know" in one.found
    assert "did you mean 'visitor'?" in one.found
    law = always(Law("uniform", scale=300, unit=None))
    fits = replace(bare, attributes={"visitors": Attribute(law=law)})
    endless = found(fits, asked)
    assert set(endless) == {"S308"}  # those with more than 200 ask again for ever


def test_repeated_steps_need_their_number():
    def path(repeat):
        p = permit()
        return p.with_nodes([replace(p.node("ask"), repeat=repeat)])

    assert "how often it goes round" in found(BASE, path(Repeat("loop")))["S307"].found
    assert "depends on 'rounds'" in found(BASE, path(Repeat("loop", "rounds > 1")))["S307"].found
    assert "how often it is done" in found(BASE, path(Repeat("parallel")))["S307"].found
    assert found(BASE, path(Repeat("parallel", times="3"))) == {}
    ask = replace(BASE.steps["ask"], again=always(0.2))
    assert found(numbers(steps={**BASE.steps, "ask": ask}), path(Repeat("loop"))) == {}
    assert "S210" in found(numbers(steps={**BASE.steps, "ask": ask}))


def test_a_timer_that_states_its_time_needs_none():
    p = permit()
    event = replace(p.node("answer"), trigger="timer", timer=Timer("duration", "P5D"))
    assert found(numbers(events={}), p.with_nodes([event])) == {}
    event = replace(event, timer=Timer("duration", "${days}"))
    assert "is not a duration" in found(numbers(events={}), p.with_nodes([event]))["S306"].found


@pytest.mark.parametrize(
    ("node", "code", "said"),
    [
        (Gateway("g", kind="complex"), "S501", "is a complex gateway"),
        (Step("g", kind="sub-process", on_event=True), "S501", "is an event sub-process"),
        (Event("g", position="throw", trigger="compensate"), "S501", "that compensates"),
        (Event("g", position="start", trigger="signal"), "S502", "is a start by signal"),
        (Event("g", position="start"), "S502", "other starts than 'start'"),
    ],
)
def test_elements_that_cannot_be_simulated_are_named(node, code, said):
    p = permit()
    every = [f for f in check_scenario(replace(p, nodes=(*p.nodes, node)), BASE) if f.code == code]
    assert any(said in f.found and f.element == "g" for f in every)


def test_errors_come_first_and_every_code_is_in_the_catalogue():
    wrong = numbers(path="x", steps={}, events={}, pools={"idle": Pool(("anna",))}, branching={})
    every = check_scenario(permit(), wrong)
    ranks = [SEVERITIES.index(f.severity) for f in every]
    assert ranks == sorted(ranks)
    assert {f.code for f in every} <= RULES.keys()
    assert all(f"`{code}`" in rules_text() for code in RULES)


# Load: figures that are known


def load_of(scenario, path=None):
    return {one.pools: one for one in loads(path or permit(), scenario)}


def test_work_is_arrivals_times_visits_times_mean():
    # a matter is checked 1 / 0.8 times, asked 0.2 / 0.8 times; one matter a day; 261 days of 8 h
    desk = load_of(numbers())[("desk",)]
    assert desk.work == pytest.approx(365 * (1.25 + 0.25))
    assert desk.hours == pytest.approx(261 * 8)
    assert desk.utilisation == pytest.approx(365 * 1.5 / (261 * 8))
    assert desk.estimated == ()


def test_a_pool_that_can_never_keep_up_is_named_with_what_it_lacks():
    busy = numbers(kinds={"any": Kind(Arrivals(per_year=365.2425 * 10))})
    every = [f for f in check_scenario(permit(), busy) if f.code == "S601"]
    board, desk = sorted(every, key=lambda f: f.found)
    assert desk.element == "unit"
    assert "pool 'desk' gets 5,475 hours of work for the 2,088 hours of 1 person" in desk.found
    assert "utilisation 2.62" in desk.found
    assert "2 more people like these" in desk.found
    assert "utilisation 3.50" in board.found
    enough = replace(
        busy,
        pools={"desk": Pool(("anna", "a2", "a3")), "board": Pool(("bo", "b2", "b3", "b4"))},
        people=dict.fromkeys(("anna", "a2", "a3", "bo", "b2", "b3", "b4"), Person("office")),
    )
    assert "S601" not in found(enough)


def test_a_pool_that_is_nearly_full_is_warned_about():
    rate = 0.97 * 261 * 8 / 365 / 2
    busy = numbers(kinds={"any": Kind(Arrivals(per_year=365.2425 * rate))})
    assert "busy 97% of its hours" in found(busy)["S602"].found


def test_pools_that_could_keep_up_alone_but_not_together_are_found():
    shared = numbers(
        kinds={"any": Kind(Arrivals(per_year=365.2425 * 2.5))},
        pools={"desk": Pool(("anna",)), "board": Pool(("anna",))},
        people={"anna": Person("office")},
    )
    assert all(one.utilisation < 1 for names, one in load_of(shared).items() if len(names) == 1)
    one = found(shared)["S601"]
    assert "pools 'desk', 'board', which share people," in one.found
    assert "utilisation 1.53" in one.found


def test_chances_by_round_count_each_round():
    # asked with 0.5 the first time, never again: 1.5 checks, 0.5 asks
    rounds = Varied(
        ({"which_ask": 0.5, "which_decide": 0.5}, {"which_ask": 0.0, "which_decide": 1})
    )
    desk = load_of(numbers(branching={"which": Branching(rounds)}))[("desk",)]
    assert desk.work == pytest.approx(365 * 2.0)
    assert desk.estimated == ()


def test_work_by_round_counts_each_round():
    work = Varied((fixed(1, "hours"), fixed(0.5, "hours")))
    steps = {**BASE.steps, "check": replace(BASE.steps["check"], work=work)}
    desk = load_of(numbers(steps=steps))[("desk",)]
    assert desk.work == pytest.approx(365 * (1 + 0.25 * 0.5 + 0.25))


def test_flags_are_exact_and_numbers_are_drawn():
    by = Varied((CHANCES,), "public", {"true": ({"which_ask": 0.0, "which_decide": 1.0},)})
    flag = numbers(
        branching={"which": Branching(by)}, attributes={"public": Attribute(chance=always(0.25))}
    )
    desk = load_of(flag)[("desk",)]
    assert desk.work == pytest.approx(365 * (0.25 * 1 + 0.75 * 1.5))
    assert desk.estimated == ()


def test_branches_at_the_same_time_loops_and_instances_count():
    path = Path(
        "p",
        nodes=(
            Event("s", position="start"), Gateway("fork", kind="parallel"), Step("a"),
            Step("b", repeat=Repeat("loop")), Step("c", repeat=Repeat("parallel", times="3")),
            Gateway("join", kind="parallel"), Step("d"), Event("e", position="end"),
        ),
        flows=flows(("s", "fork"), ("fork", "a"), ("fork", "b"), ("fork", "c"), ("a", "join"),
                    ("b", "join"), ("c", "join"), ("join", "d"), ("d", "e")),
    )  # fmt: skip
    each = StepNumbers(work=always(fixed(1, "hours")), pool="one")
    steps = {"a": each, "b": replace(each, again=always(0.5)), "c": each, "d": each}
    s = Scenario(
        "p", {"k": Kind(Arrivals(at=(0, 1)))}, steps=steps, pools={"one": Pool(("x",))},
        people={"x": Person()},
    )  # fmt: skip
    (one,) = loads(path, s)
    assert one.work == pytest.approx(2 * (1 + 2 + 3 + 1))


def test_a_batch_done_together_costs_each_member_its_part():
    batch = Batch(4, scale=((4, 2.0),))
    steps = {**BASE.steps, "decide": replace(BASE.steps["decide"], batch=batch)}
    assert load_of(numbers(steps=steps))[("board",)].work == pytest.approx(365 * 2 * 2 / 4)


def test_inclusive_ways_and_boundary_events_are_said_to_be_estimates():
    path = permit()
    either = path.with_nodes([Gateway("which", "Complete?", kind="inclusive")])
    join = replace(
        either,
        nodes=(*either.nodes, Gateway("join", kind="inclusive")),
        flows=flows(("start", "check"), ("check", "which"), ("which", "ask"), ("which", "decide"),
                    ("ask", "join"), ("decide", "join"), ("join", "end")),
    )  # fmt: skip
    chances = {"which_ask": 0.5, "which_decide": 0.5}
    desk = load_of(numbers(branching={"which": Branching(always(chances))}), join)[("desk",)]
    # either, both, or one in proportion where none is drawn: 0.5 + 0.25 · 0.5
    assert desk.work == pytest.approx(365 * (1 + 0.625))
    assert desk.estimated == ("inclusive joins count by the mean number of branches",)


def test_chances_that_the_scenario_gives_are_not_missed_in_the_path():
    from polku.path.checking.findings import Element, Finding
    from polku.simulate.checking import answers
    from polku.simulate.scenario import Branching, Scenario, always

    missed = Finding("P202", "error", (Element("g", "", None),), "", "")
    given = Scenario("p", {}, branching={"g": Branching(always({"a": 0.4, "b": 0.6}))})
    assert answers(given, missed)
    assert not answers(Scenario("p", {}), missed)
