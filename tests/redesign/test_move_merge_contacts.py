"""One desk meets the customer: what moves, what stays with its unit, and what it costs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from holding import changes, holds, refused, shipped

from polku.path.build import start
from polku.path.facts import Contact, Deadline, Document, Facts, Origin
from polku.path.model import Event, Lane, Path, Timer
from polku.path.read import read_path
from polku.path.write import save
from polku.paths import NAMES
from polku.redesign.evidence import Evidence, StepSeen
from polku.redesign.move import apply, apply_all, kind_of
from polku.redesign.moves.merge_contacts import desk_of
from polku.redesign.prototype import Prototype
from polku.simulate.laws import mean
from polku.simulate.scenario import (
    Arrivals,
    Kind,
    Person,
    Pool,
    Scenario,
    StepNumbers,
    always,
    fixed,
)

KIND = kind_of("merge-contacts")
TO_DESK = {"desk": "desk"}
NO_TIME = {"handling": 1.0, "passing-on": 0.0}


def contact(by: str, *keys: str, **more) -> Facts:
    papers = tuple(Document(k) for k in keys)
    return Facts(contact=Contact(by, ("online",)), documents=papers, **more)


def city(
    give: Facts | None = None, answer: Facts | None = None, visit: str = "send", **numbers
) -> Prototype:
    """A desk receives and answers; a unit of another agency receives, handles and answers."""
    line = start("Stall")
    line = line.step("Apply", id="apply", lane="desk", kind="receive",
                     facts=contact("customer", "basics"))  # fmt: skip
    line = line.step("Tell", id="tell", lane="desk", kind="send", facts=contact("city"))
    line = line.step("Give", id="give", lane="unit", kind="receive",
                     facts=give or contact("customer", "basics", "plan"))  # fmt: skip
    uses = Facts(documents=(Document("basics", "used"), Document("plan", "used")))
    line = line.step("Handle", id="handle", lane="unit", facts=uses)
    line = line.step("Answer", id="answer", lane="unit", kind=visit,
                     facts=answer or contact("city"))  # fmt: skip
    lanes = (Lane("a", "A"), Lane("desk", "Desk", "a", "unit"), Lane("b", "B"),
             Lane("unit", "Unit", "b", "unit"), Lane("near", "Near", "a", "unit"))  # fmt: skip
    path = replace(line.path(), lanes=lanes)
    scenario = Scenario(
        "path",
        {"stall": Kind(Arrivals(per_year=500))},
        steps={
            "apply": StepNumbers(work=always(fixed(60.0))),
            "tell": StepNumbers(work=always(fixed(10.0)), pool="desk"),
            "give": StepNumbers(work=always(fixed(60.0))),
            "handle": StepNumbers(work=always(fixed(30.0)), pool="unit"),
            "answer": StepNumbers(
                work=always(fixed(20.0)), pool="unit", by_person={"bo": fixed(5.0)}, **numbers
            ),
        },
        pools={"desk": Pool(("ann",), lane="desk"), "unit": Pool(("bo",), lane="unit")},
        people={"ann": Person(), "bo": Person()},
    )
    return Prototype(path, scenario)


def between_agencies(path: Path) -> int:
    """Flows from a step of one agency to a step of another."""
    lane = {s.id: path.agency_of(s) for s in path.steps}
    flows = [f for f in path.flows if f.source in lane and f.target in lane]
    return sum(lane[f.source] != lane[f.target] for f in flows)


@pytest.mark.parametrize("name", NAMES)
def test_every_move_found_holds_on_its_path_and_all_of_them_together(name):
    on = shipped(name)
    seen = {s.id: StepSeen(1.0, 0.5, {"contention": 2.0}, 10) for s in on.path.steps}
    found = list(KIND.find(Evidence(on, "log", 10, seen)))
    moves = [m for m in found if KIND.refuses(m, on) is None]
    assert moves
    assert len({m.with_["desk"] for m in found}) == 1
    after = on
    for move in moves:
        holds(move, on, {"handling": 1.0, "passing-on": 0.0}, {"handling": 2.0, "passing-on": 48.0})
        after = holds(move, after)


def test_units_whose_contacts_law_holds_are_found_and_refused_with_the_law():
    on = shipped("event-permit")
    found = KIND.find(Evidence(on, "log", 10, {}))
    reasons = {on.path.node(m.at[0]).lane: KIND.refuses(m, on) for m in found}
    assert "Pelastuslaki" in reasons["event-safety"]
    assert reasons["building-control"] is None


def test_both_contacts_of_a_unit_go_to_the_desk():
    on = city()
    move = KIND.at("give", "answer", **TO_DESK)
    after = holds(move, on, NO_TIME)
    assert {(c.change, c.subject) for c in KIND.claims(move, on)} == {
        ("moved", "give"), ("moved", "answer"), ("contact_moved", "give"),
        ("contact_moved", "answer"), ("contact_point_dropped", "unit"),
        ("document_asked_less", "basics"), ("document_received", "basics"),
        ("document_asked_elsewhere", "plan"), ("document_received", "plan"),
        ("document_times", "basics"),
    }  # fmt: skip
    assert KIND.touches(move, on) == ("a", "b")
    assert after.path.node("handle").lane == "unit"


def test_hand_overs_between_agencies_rise_and_nothing_hides_it():
    on = city()
    after = apply(KIND.at("give", "answer", **TO_DESK), on)
    assert between_agencies(on.path) == 1
    assert between_agencies(after.path) == 2


def test_the_answer_is_done_by_the_desk_and_takes_longer_there():
    on = city()
    for value in (1.0, 1.3):
        after = apply(
            KIND.at("give", "answer", **TO_DESK), on, {**NO_TIME, "handling": value}
        ).scenario
        answer = after.steps["answer"]
        assert answer.pool == "desk"
        assert answer.by_person == {}
        assert mean(answer.work.otherwise[0]) == pytest.approx(value * 20 * 6e7)
        assert after.steps["give"] == on.scenario.steps["give"]
        assert after.steps["handle"] == on.scenario.steps["handle"]


def test_what_the_desk_receives_comes_to_the_unit_later():
    on = city()
    move = KIND.at("give", "answer", **TO_DESK)
    for hours in (4.0, 8.0):
        after = apply(move, on, {**NO_TIME, "passing-on": hours})
        delay = after.scenario.steps["handle"].delay
        assert mean(delay.law.otherwise[0]) == pytest.approx(hours * 3.6e9)
        assert after.scenario.steps["answer"].delay is None
    given = replace(on.scenario.steps["handle"], delay=delay)
    later = on.with_scenario(on.scenario.with_steps(handle=given))
    after = apply(move, later, {**NO_TIME, "passing-on": 2.0}).scenario.steps["handle"].delay
    assert mean(after.law.otherwise[0]) == pytest.approx(10 * 3.6e9)


def test_the_desk_is_asked_to_take_over_and_the_unit_to_hand_over():
    on = city()
    asked = KIND.asks(KIND.at("give", "answer", **TO_DESK), on)
    assert asked["a"].en == "Desk meets the customer for others (Unit): Give and Answer."
    assert asked["b"].en == (
        "Hand over to the desk (Desk): Give and Answer; the handling stays with you."
    )


def test_within_an_agency_the_unit_changes_and_the_agency_is_the_same():
    on = city()
    near = [replace(s, lane="near") if s.lane == "unit" else s for s in on.path.nodes]
    on = on.with_path(replace(on.path, nodes=tuple(near)))
    holds(KIND.at("give", **TO_DESK), on)
    assert {(c.change, c.subject) for c in KIND.claims(KIND.at("give", **TO_DESK), on)} == {
        ("moved_unit", "give")
    }


def test_an_agency_that_only_received_has_nothing_left_to_do():
    on = shipped("event-permit")
    move = KIND.at("get-music-licence", desk="area-use")
    holds(move, on)
    assert ("agency_left", "music-rights") in {(c.change, c.subject) for c in KIND.claims(move, on)}


def test_a_desk_that_met_nobody_becomes_a_contact_point():
    on = city()
    pools = {**on.scenario.pools, "near": Pool(("ann",), lane="near")}
    on = on.with_scenario(replace(on.scenario, pools=pools))
    move = KIND.at("give", "answer", desk="near")
    holds(move, on)
    found = {(c.change, c.subject) for c in KIND.claims(move, on)}
    assert {("contact_point_added", "near"), ("contact_point_dropped", "unit")} <= found
    assert apply(move, on).scenario.steps["answer"].pool == "near"


def test_events_at_the_boundary_of_a_contact_move_along():
    on = city()
    late = Event("late", "Late", "boundary", "timer", Timer("duration", "P14D"),
                 attached_to="give", interrupting=False,
                 facts=contact("city", "excuse"))  # fmt: skip
    path = replace(on.path, nodes=(*on.path.nodes, late))
    move = KIND.at("give", "answer", **TO_DESK)
    claims = {(c.change, c.subject) for c in KIND.claims(move, on.with_path(path))}
    assert claims == changes(path, apply(move, on.with_path(path)).path)


def test_contacts_inside_a_sub_process_move_and_survive_the_file(tmp_path):
    on = shipped("starting-up")
    steps = ("ask-more", "send-more", "remind-more", "apply-for-benefit", "propose-benefit",
             "sign-benefit", "reject-benefit")  # fmt: skip
    after = holds(KIND.at(*steps, desk="business-advice"), on)
    save(after.path, tmp_path / "after.bpmn")
    again = read_path(tmp_path / "after.bpmn")
    assert again.hash == after.path.hash
    assert again.node("ask-more").lane == "business-advice"


def test_the_desk_is_the_unit_with_the_most_contacts_unless_it_is_named():
    on = shipped("plot-to-premises")
    assert desk_of(on) == "lessor"
    after = holds(KIND.at("ask-for-plot", "answer-plot-enquiry"), on)
    assert after.path.node("ask-for-plot").lane == "lessor"
    assert after.scenario.steps["answer-plot-enquiry"].pool == "lessor"
    assert desk_of(on, {"ask-for-plot": 9.0}) == "business-advice"


def test_a_step_that_is_not_there_is_refused_with_the_nearest():
    said = refused(KIND.at("giv", **TO_DESK), city())
    assert said == "there is no step 'giv' in the path; did you mean 'give'?"
    assert "names no step" in refused(KIND.at(**TO_DESK), city())


def test_a_desk_that_is_not_there_is_refused_with_the_nearest():
    said = refused(KIND.at("give", desk="dask"), city())
    assert said == "there is no unit 'dask' for a desk; did you mean 'desk'?"


def test_a_desk_without_a_pool_is_refused():
    said = refused(KIND.at("give", desk="near"), city())
    assert said == "the desk 'near' has no pool in the scenario; give it staff"
    on = city()
    bare = {k: replace(n, pool=None) for k, n in on.scenario.steps.items()}
    s = replace(on.scenario, pools={}, steps=bare)
    assert "no unit with contacts has a pool" in refused(KIND.at("give"), on.with_scenario(s))


def test_what_is_no_contact_or_at_the_desk_already_is_refused():
    assert refused(KIND.at("handle", **TO_DESK), city()).endswith("is no contact")
    said = refused(KIND.at("tell", **TO_DESK), city())
    assert said == "'Tell' (tell) stands in the lane of the desk already"


def test_marked_contacts_stay_with_their_unit():
    on = city(answer=contact("city", fixed="A licence of the state"))
    said = refused(KIND.at("give", "answer", **TO_DESK), on)
    assert said.endswith("may not be moved, merged or dropped: A licence of the state")


def test_a_receipt_that_law_gives_to_the_authority_stays_there():
    law = Deadline("P5D", "before", origin=Origin(basis="Act 1/1999 14 §"))
    on = city(give=contact("customer", deadlines=(law,)))
    assert refused(KIND.at("give", **TO_DESK), on) == (
        "'Give' (give) stands on law: Act 1/1999 14 §"
    )
    said = refused(KIND.at("file-start-up-notice", desk="business-advice"), shipped("starting-up"))
    assert "begins the statutory period of" in said
    assert said.endswith("at the authority itself")


def test_separated_duties_stay_apart():
    on = city(answer=contact("city", separate_from=("handle",)))
    said = refused(KIND.at("answer", **TO_DESK), on)
    assert said == "'Answer' (answer) and 'Handle' (handle) must be done by different people"
    other = city(give=contact("customer", separate_from=("answer",)))
    assert "must be done by different people" in refused(KIND.at("answer", **TO_DESK), other)


def test_an_answer_that_the_handler_gives_in_person_stays():
    said = refused(KIND.at("answer", **TO_DESK), city(same_person_as="handle"))
    assert said == "'Answer' (answer) is done by the person of handle, who is not at the desk"


def test_the_units_own_work_with_the_customer_stays():
    said = refused(KIND.at("answer", **TO_DESK), city(visit="user"))
    assert "no receipt and no answer" in said
    on = city(answer=Facts(contact=Contact("city", ("site",))))
    assert "is a look at a place" in refused(KIND.at("answer", **TO_DESK), on)


def test_a_customer_alone_and_a_step_in_no_lane_have_no_unit_to_leave():
    on = city()
    path = replace(on.path, lanes=(*on.path.lanes, Lane("own", "Customer", None, "customer")))
    alone = path.with_nodes([replace(path.node("give"), lane="own")])
    said = refused(KIND.at("give", **TO_DESK), on.with_path(alone))
    assert said.endswith("is done by the customer alone")
    nowhere = path.with_nodes([replace(path.node("give"), lane=None)])
    assert "stands in no lane" in refused(KIND.at("give", **TO_DESK), on.with_path(nowhere))


def test_an_agency_is_no_desk_for_units_and_names_tell_steps_apart():
    on = city()
    pools = {**on.scenario.pools, "a": Pool(("ann",), lane="a")}
    whole = on.with_scenario(replace(on.scenario, pools=pools))
    assert "is an agency" in refused(KIND.at("give", desk="a"), whole)
    same = on.path.with_nodes([replace(on.path.node("give"), name="Apply")])
    said = refused(KIND.at("give", **TO_DESK), on.with_path(same))
    assert "the desk has a step that is called as" in said


def test_it_follows_and_is_followed_by_other_moves():
    on = shipped("plot-to-premises")
    desk = KIND.at("apply-building-permit", "send-verdict", "notify-start", "approve-use",
                   desk="business-advice")  # fmt: skip
    once = kind_of("ask-once").at("business-basics")
    online = kind_of("change-channel").at("answer-plot-enquiry")
    hours = kind_of("add-hours").at("business-advice")
    after = on
    for move in (once, desk, online, hours):
        after = holds(move, after)
    before = on
    for move in (hours, online, desk, once):
        before = holds(move, before)
    assert after.path == before.path
    assert apply_all([once, desk, online, hours], on).scenario == after.scenario
