"""What a register holds is fetched; where it does not, the customer is asked as before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from holding import holds, refused, shipped

from polku.path.build import start
from polku.path.facts import Contact, Document, Facts
from polku.paths import NAMES
from polku.redesign.evidence import Evidence, StepSeen
from polku.redesign.move import apply, kind_of
from polku.redesign.prototype import Prototype
from polku.simulate.laws import mean
from polku.simulate.scenario import (
    Arrivals,
    Delay,
    Kind,
    Person,
    Pool,
    Scenario,
    StepNumbers,
    always,
    fixed,
)

KIND = kind_of("register-instead")
VALUES = {"availability": 0.9, "saved": 0.1, "minutes": 3.0}
CERTIFICATES = (
    "trade-register-extract", "credit-report", "pension-certificate", "vat-entry",
    "prepayment-entry", "tax-debt-certificate", "employer-entry",
)  # fmt: skip


def desk(*keys: str, used: str = "", marked: str | None = None) -> Prototype:
    """A customer sends papers (an hour, after ten days), the desk checks them (20 min)."""
    papers = tuple(Document(k) for k in keys)
    send = Facts(contact=Contact("customer", ("online",)), documents=papers, fixed=marked)
    check = Facts(documents=(Document(used, "used"),)) if used else Facts()
    path = (
        start("Stall")
        .step("Send", id="send", unit="Desk", kind="receive", facts=send)
        .step("Look", id="look", unit="Desk")
        .step("Check", id="check", unit="Desk", facts=check)
        .path()
    )
    waits = Delay(always(fixed(10.0, "days")), "customer")
    scenario = Scenario(
        "path",
        {"stall": Kind(Arrivals(per_year=500))},
        steps={
            "send": StepNumbers(work=always(fixed(60.0)), delay=waits),
            "look": StepNumbers(work=always(fixed(5.0)), pool="desk"),
            "check": StepNumbers(work=always(fixed(20.0)), pool="desk"),
        },
        pools={"desk": Pool(("ann",))},
        people={"ann": Person()},
        mapping={"burden": {"hours": {"Send": 2.0}}},
    )
    return Prototype(path, scenario)


def minutes(on: Prototype, step: str) -> float:
    return mean(on.scenario.steps[step].work.otherwise[0]) / 6e7


@pytest.mark.parametrize("name", NAMES)
def test_every_move_found_holds_on_its_path_and_all_of_them_together(name):
    on = shipped(name)
    seen = {s.id: StepSeen(1.0, 0.5, {"customer": 4.0}, 10) for s in on.path.steps}
    moves = list(KIND.find(Evidence(on, "log", 10, seen)))
    assert moves
    assert all(m.hint > 0 for m in moves)
    after = on
    for move in moves:
        holds(move, on, VALUES)
        after = holds(move, after)


def test_all_certificates_of_the_plot_path_are_found_together():
    on = shipped("plot-to-premises")
    seen = {"send-certificates": StepSeen(1.0, 2.0, {"customer": 9.0}, 10)}
    move = next(iter(KIND.find(Evidence(on, "log", 10, seen))))
    assert move.at == ("send-certificates", *CERTIFICATES)
    assert move.with_["only_asking"] is True
    assert move.hint > 7
    assert {c.change for c in KIND.claims(move, on)} == {"document_fetched"}
    after = holds(move, on, VALUES)
    assert after.path.node("send-certificates").facts.contact is not None
    for check, usual in (("check-vat", 3.0), ("check-credit", 3.0)):
        assert minutes(after, check) == pytest.approx(minutes(on, check) + usual)


def test_a_document_that_another_step_still_asks_is_asked_less():
    on = shipped("plot-to-premises")
    move = KIND.at("answer-search", "business-basics")
    holds(move, on)
    assert {(c.change, c.subject) for c in KIND.claims(move, on)} == {
        ("document_use_added", "answer-search"), ("document_asked_less", "business-basics"),
    }  # fmt: skip


def test_the_customers_time_falls_where_the_register_has_it():
    on = desk("vat-entry", "plan", used="vat-entry")
    after = holds(KIND.at("send", "vat-entry"), on, VALUES)
    after = apply(KIND.at("send", "vat-entry"), on, VALUES)
    assert minutes(after, "send") == pytest.approx(60 * (0.9 * 0.9 + 0.1))
    hours = after.scenario.mapping["burden"]["hours"]["Send"]
    assert hours == pytest.approx(2.0 * (0.9 * 0.9 + 0.1))
    assert after.scenario.steps["send"].delay == on.scenario.steps["send"].delay


def test_a_step_that_serves_for_nothing_else_takes_neither_time_nor_waiting():
    on = desk("vat-entry", used="vat-entry")
    after = apply(KIND.at("send", "vat-entry", only_asking=True), on, VALUES)
    assert minutes(after, "send") == pytest.approx(6.0)
    delay = after.scenario.steps["send"].delay
    assert mean(delay.law.otherwise[0]) == pytest.approx(8.64e10)
    assert delay.kind == "customer"
    holds(KIND.at("send", "vat-entry", only_asking=True), on)


def test_staff_that_uses_it_next_looks_it_up_else_the_next_of_the_unit():
    using = apply(KIND.at("send", "vat-entry"), desk("vat-entry", used="vat-entry"), VALUES)
    assert (minutes(using, "look"), minutes(using, "check")) == pytest.approx((5.0, 23.0))
    other = apply(KIND.at("send", "vat-entry"), desk("vat-entry"), VALUES)
    assert (minutes(other, "look"), minutes(other, "check")) == pytest.approx((8.0, 20.0))


def test_failed_claims_leave_the_customer_where_they_were():
    on = desk("vat-entry", used="vat-entry")
    for id in ("availability", "saved"):
        values = {**VALUES, id: 0.0}
        after = apply(KIND.at("send", "vat-entry"), on, values)
        assert minutes(after, "send") == pytest.approx(60.0)
    assert minutes(apply(KIND.at("send", "vat-entry"), on, VALUES), "send") < 60.0


def test_a_step_or_document_that_is_not_there_is_refused_with_the_nearest():
    on = desk("vat-entry", used="vat-entry")
    assert "there is no step 'sent' in the path; did you mean 'send'?" in refused(
        KIND.at("sent", "vat-entry"), on
    )
    said = refused(KIND.at("send", "vat-entri"), on)
    assert said == "'Send' (send) does not ask for 'vat-entri'; did you mean 'vat-entry'?"
    assert "names no document" in refused(KIND.at("send"), on)


def test_a_document_made_for_this_matter_is_refused_unless_a_register_is_named():
    on = desk("plan", used="plan")
    assert refused(KIND.at("send", "plan"), on) == (
        "'plan' is asked for nowhere else and is made for this matter; name the register that "
        "holds it (register)"
    )
    move = KIND.at("send", "plan", register="Register of plans")
    holds(move, on)
    assert "Register of plans" in (KIND.says(move, on).en or "")


def test_a_marked_step_goes_on_asking():
    said = refused(KIND.at("send", "vat-entry"), desk("vat-entry", marked="the law says so"))
    assert said == "'Send' (send) may not be moved, merged or dropped: the law says so"


def test_no_register_has_a_correction():
    said = refused(KIND.at("send-supplement", "event-basics"), shipped("event-permit"))
    assert "asks for a correction of 'event-basics', which no register has" in said


def test_a_step_that_asks_for_more_serves_not_only_for_this():
    said = refused(KIND.at("send", "vat-entry", only_asking=True), desk("vat-entry", "plan"))
    assert said == "'Send' (send) asks for 'plan' as well; it serves not only for this"


def test_without_staff_nobody_looks_it_up():
    on = desk("vat-entry")
    steps = {k: replace(n, pool=None) for k, n in on.scenario.steps.items()}
    said = refused(
        KIND.at("send", "vat-entry"), on.with_scenario(replace(on.scenario, steps=steps))
    )
    assert said == "nobody with staff works after 'Send' (send), who could look it up"


def test_once_and_register_follow_one_another():
    on = shipped("plot-to-premises")
    once = holds(kind_of("ask-once").at("business-basics"), on)
    holds(KIND.at("ask-for-plot", "business-basics", register="Business register"), once)
    channel = holds(kind_of("change-channel").at("send-certificates"), once)
    holds(KIND.at("send-certificates", *CERTIFICATES, only_asking=True), channel)
