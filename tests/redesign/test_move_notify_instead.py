"""A notification instead of a permit: what changes, what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from moves_tried import claimed, composes, does_what_it_says, made, run, seen, shipped, small

from polku.path.facts import Contact, Deadline, Document, Origin, Text
from polku.path.model import Flow, Gateway
from polku.paths import NAMES
from polku.redesign.move import apply, kind_of
from polku.redesign.surgery import insert, with_flows
from polku.simulate.laws import mean

KIND = kind_of("notify-instead")
USUAL = {"register": 0.2, "sample": 0.1, "inspection": 1.5}


@pytest.mark.parametrize("name", NAMES)
def test_on_the_shipped_paths_it_keeps_soundness_and_changes_what_it_claims(name):
    on = shipped(name)
    moves = made("notify-instead", on)
    assert bool(moves) == (name != "event-permit")  # where the decision is marked as fixed
    for move in moves:
        does_what_it_says(move, on)


@pytest.mark.parametrize("line", [("decide",), ("check", "look"), ("prepare", "decide")])
def test_on_a_built_path_it_keeps_soundness_and_changes_what_it_claims(line):
    on = small()
    after = does_what_it_says(KIND.at(*line), on)
    said = claimed(KIND.at(*line), on)
    assert ("renamed", line[-1]) in said
    assert (("merged", line[-1]) in said) == (len(line) > 1)
    assert after.path.node(f"{line[-1]}-inspect").facts.contact == Contact("city", ("site",))


def test_an_agency_whose_steps_all_fall_away_leaves():
    assert ("agency_left", "rescue") in claimed(KIND.at("look", "prepare"), small())


def test_what_the_line_made_the_registering_makes():
    permit = Document("permit", "made", Text("Lupa", "Tillstånd", "Permit"))
    on = small(facts={"prepare": {"documents": (permit,)},
                      "decide": {"documents": (Document("permit", "used"),)}})  # fmt: skip
    after = does_what_it_says(KIND.at("prepare", "decide"), on)
    assert after.path.node("decide").facts.documents == (permit,)


def test_a_promise_and_a_meeting_of_the_decision():
    on = small(facts={"decide": {"delay": "meeting"}}, numbers={"decide": {"meeting": "board"}})
    after = does_what_it_says(KIND.at("prepare", "decide"), on)
    assert after.scenario.steps["decide"].meeting is None


def test_works_and_the_sample_are_in_the_numbers():
    on = small()
    after = apply(KIND.at("prepare", "decide"), on, USUAL)
    both = sum(mean(on.scenario.steps[i].work.otherwise[0]) for i in ("prepare", "decide"))
    steps = after.scenario.steps
    assert mean(steps["decide"].work.otherwise[0]) == pytest.approx(0.2 * both, rel=1e-6)
    assert mean(steps["decide-inspect"].work.otherwise[0]) == pytest.approx(1.5 * both, rel=1e-6)
    assert after.scenario.branching["decide-drawn"].flows.otherwise[0] == {
        "decide-drawn--decide-inspect": 0.1, "decide-drawn--decide-seen": 0.9,
    }  # fmt: skip


def test_the_sample_does_not_hold_up_the_matter():
    on = small()
    after = apply(KIND.at("prepare", "decide"), on, USUAL | {"sample": 1.0})
    events = run(after, 50).log().events
    sent = dict(events.filter(activity="Send").select("case", "time").iter_rows())
    begun = dict(
        events.filter(activity="Inspect afterwards: Decide").select("case", "time").iter_rows()
    )
    assert len(begun) == len(sent) == 50
    assert any(sent[c] < begun[c] for c in sent)


def test_the_person_of_a_step_that_falls_away_is_the_one_who_registers():
    on = small(numbers={"send": {"same_person_as": "prepare"}})
    after = does_what_it_says(KIND.at("prepare", "decide"), on)
    assert after.scenario.steps["send"].same_person_as == "decide"


def looped():
    on = small()
    path = insert(on.path, on.path.into("check")[0].id, Gateway("again"))
    path = insert(path, path.out("decide")[0].id, Gateway("enough", default="on"))
    path = with_flows(path, [Flow("back", "enough", "again", condition="more")])
    return on.with_path(path)


LAW = {"deadlines": (Deadline("P9D", origin=Origin(basis="Act 1 §")),)}
REFUSED = [
    (("deside",), {}, {}, "there is no step 'deside'"),
    ((), {}, {}, "names no step"),
    (("check", "decide"), {}, {}, "do not stand in one line"),
    (("decide",), {"decide": {"fixed": "Building Act"}}, {}, "Building Act"),
    (("decide",), {"decide": LAW}, {}, "stands on law: Act 1 §"),
    (("decide",), {"decide": {"delay": "hearing"}}, {}, "holds a hearing"),
    (("decide",), {"decide": {"separate_from": ("prepare",)}}, {}, "different people"),
    (("decide",), {"send": {"separate_from": ("decide",)}}, {}, "different people"),
    (("decide",), {"decide": {"contact": Contact("city", ("visit",))}}, {}, "customer and city"),
    (("look",), {"look": {"delay": "statement"}}, {}, "waits for somebody else's answer"),
    (("decide",), {}, {"send": {"event": "appeal_filed"}}, "an appeal ('Send' (send)) depends"),
    (("decide",), {}, {"decide": {"pool": None}}, "has no pool"),
]


@pytest.mark.parametrize(
    ("line", "facts", "numbers", "reason"), REFUSED,
    ids=[f"{k}: {r[-1]}" for k, r in enumerate(REFUSED)],
)  # fmt: skip
def test_it_refuses_with_the_reason(line, facts, numbers, reason):
    assert reason in (KIND.refuses(KIND.at(*line), small(facts=facts, numbers=numbers)) or "")


def test_it_refuses_in_a_loop():
    assert "stands in a loop" in KIND.refuses(KIND.at("decide"), looped())
    assert KIND.refuses(KIND.at("send"), looped()) is None


def test_it_refuses_where_an_appeal_is_claimed_on_the_shipped_path():
    on = shipped("event-permit")
    nodes = [on.path.node(i) for i in ("prepare-decision", "decide", "handle-claim")]
    on = on.with_path(on.path.with_nodes(
        replace(n, facts=replace(n.facts, fixed=None, separate_from=())) for n in nodes
    ))  # fmt: skip
    move = KIND.at("decide")
    assert "an appeal" in KIND.refuses(move, on)


def test_it_is_looked_for_at_decisions_and_lines_of_checks():
    on = small(numbers={"decide": {"event": "decision_made"}})
    found = [m.at for m in KIND.find(seen(on))]
    assert ("decide",) in found
    assert ("check",) not in found
    assert max(map(len, found)) == 6


def test_it_goes_together_with_other_moves():
    on = small()
    triage = kind_of("triage").at("check", condition='size == "small"')
    move = KIND.at("prepare", "decide")
    composes(triage, move, on)
    composes(move, triage, on)
    composes(move, KIND.at("look"), on)
