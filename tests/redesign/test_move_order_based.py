"""An officer instead of a meeting: what changes, what is refused."""

from __future__ import annotations

import pytest
from moves_tried import composes, does_what_it_says, made, run, seen, shipped, small

from polku.path.facts import Contact, Text
from polku.redesign.move import apply, kind_of
from polku.redesign.surgery import with_message
from polku.simulate.scenario import Batch, fixed

KIND = kind_of("order-based")
BOARD = {"meeting": "board"}


def meets(facts=None, lanes=None, **numbers):
    return small(
        facts={"decide": {"delay": "meeting"} | (facts or {})}, lanes=lanes,
        numbers={"decide": BOARD | numbers},
    )  # fmt: skip


def test_on_the_shipped_paths_it_keeps_soundness_and_changes_what_it_claims():
    on = shipped("plot-to-premises")
    (move,) = made("order-based", on, meeting=9.0)
    assert move.at == ("decide-extension",)
    assert move.with_["pool"] == "lessor"
    after = does_what_it_says(move, on)
    assert after.path.node("decide-extension").lane == "lessor"


def test_where_the_law_has_a_board_decide_the_meeting_stays():
    on = shipped("plot-to-premises")
    for id in ("decide-reservation", "decide-lease"):
        assert "the city's rules name" in KIND.refuses(KIND.at(id, pool="lessor"), on)


def test_on_a_built_path_the_step_waits_no_longer_and_some_still_go_to_the_meeting():
    on = meets()
    after = does_what_it_says(KIND.at("decide"), on)
    officer, meeting = (after.scenario.steps[i] for i in ("decide", "decide-meeting"))
    assert (officer.pool, officer.meeting) == ("desk", None)
    assert (meeting.meeting, meeting.role) == ("board", "decide")
    assert after.path.node("decide").facts.delay is None
    assert after.path.node("decide-meeting").facts.delay == "meeting"


def test_a_batch_is_taken_apart():
    on = small(numbers={"decide": {"batch": Batch(size=5, max_wait=fixed(9.0, "days"))}})
    after = does_what_it_says(KIND.at("decide"), on)
    assert after.scenario.steps["decide"].batch is None
    assert after.scenario.steps["decide-meeting"].batch == on.scenario.steps["decide"].batch


def test_another_unit_may_do_it_and_the_step_goes_there():
    on = meets(pool=None)
    after = does_what_it_says(KIND.at("decide", pool="safety"), on)
    assert after.path.node("decide").lane == "lane-safety"
    assert set(KIND.touches(KIND.at("decide", pool="safety"), on)) == {"city", "rescue"}


def test_a_contact_stays_a_contact_in_both_ways():
    words = Text("Käy luonamme.", "Besök oss.", "Visit us.")
    on = meets({"contact": Contact("city", ("visit",)), "text": words})
    on = on.with_path(with_message(on.path, "decide", "city"))
    does_what_it_says(KIND.at("decide"), on)


def test_the_work_alone_and_the_share_that_meets_are_in_the_numbers():
    on = meets()
    after = apply(KIND.at("decide"), on, {"alone": 1.5, "meets": 0.2})
    assert after.scenario.steps["decide"].work.otherwise[0].scale == pytest.approx(45.0)
    assert after.scenario.branching["decide-where"].flows.otherwise[0] == {
        "decide-where--other": 0.2, "decide-where--usual": 0.8,
    }  # fmt: skip


def test_matters_are_done_sooner_than_with_the_meeting():
    on = meets()
    after = apply(KIND.at("decide"), on, {"alone": 1.0, "meets": 0.0})
    assert (run(after).trace.ended < run(on).trace.ended).mean() > 0.9


REFUSED = [
    (KIND.at("deside"), meets, "there is no step 'deside'"),
    (KIND.at("check", "decide"), meets, "is about one step"),
    (KIND.at("check"), meets, "waits for no meeting and no batch"),
    (KIND.at("decide"), lambda: meets({"fixed": "Local Government Act"}), "Local Government Act"),
    (KIND.at("decide"), lambda: meets({"delay": "hearing"}), "holds a hearing"),
    (KIND.at("decide"), lambda: meets(pool=None), "has no pool"),
    (KIND.at("decide", pool="desc"), meets, "the scenario has no pool 'desc'"),
    (KIND.at("decide"), lambda: meets(work=None), "has no work"),
    (
        KIND.at("decide", pool="safety"),
        lambda: meets({"contact": Contact("city", ("visit",))}),
        "the customer meets its unit there",
    ),
    (
        KIND.at("decide", pool="safety"),
        lambda: meets({"separate_from": ("look",)}),
        "and safety is one person",
    ),
]


@pytest.mark.parametrize(("move", "on", "reason"), REFUSED, ids=[r for *_, r in REFUSED])
def test_it_refuses_with_the_reason(move, on, reason):
    assert reason in (KIND.refuses(move, on()) or "")


def test_it_is_looked_for_where_a_meeting_or_batch_is_waited_for():
    (move,) = KIND.find(seen(meets(), meeting=7.0))
    assert (move.at, move.hint) == (("decide",), 7.0)
    (move,) = KIND.find(seen(meets(pool=None), meeting=7.0))
    assert move.with_["pool"] == "desk"  # of the step before


def test_it_goes_together_with_other_moves():
    on = meets()
    triage = kind_of("triage").at("prepare", condition='size == "small"')
    composes(triage, KIND.at("decide"), on)
    composes(KIND.at("decide"), triage, on)
