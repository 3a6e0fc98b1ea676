"""The criteria's facts on small logs that one can count by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from build import DAY, HOUR, tiny
from test_suite import MAPPING, made

from polku.errors import LogError
from polku.log.eventlog import EventLog
from polku.log.mapping import (
    Automatic,
    Burden,
    CaseColumns,
    Closed,
    Contacts,
    Exceptions,
    Kinds,
    Mapping,
    Repeats,
    Survey,
)  # fmt: skip
from polku.measure.criteria.smoothness import channel_coverage
from polku.measure.facts import Answers, Causes, Marks, Promise, Times
from polku.measure.measuring import measure
from polku.measure.registry import catalogue
from polku.measure.steps import Steps

Row = dict[str, Any]
CLOSED = Closed(rule="column", column="closed")


def mapping(**parts: Any) -> Mapping:
    return Mapping(closed=CLOSED, **parts)


def counted(log: EventLog, id: str) -> dict[str, float]:
    """Number or amount of a criterion's marks in each matter that has any."""
    marks = catalogue()[id].fact(Steps(log))
    assert isinstance(marks, Marks)
    at = np.arange(log.events.height) if marks.at is None else marks.at
    amount = np.ones(len(at)) if marks.amount is None else marks.amount / marks.scale
    if marks.amount is None:
        amount = amount / marks.scale
    ids = log.cases["case_id"].to_list()
    out: dict[str, float] = {}
    for row, x in zip(marks.clock.row[at].tolist(), amount.tolist(), strict=True):
        out[ids[row]] = round(out.get(ids[row], 0) + x, 6)
    return out


def events(*rows: tuple[Any, ...], names: str = "case activity time") -> list[Row]:
    return [dict(zip(names.split(), row, strict=True)) for row in rows]


CONTACTS = events(
    ("a", "apply", 0, "Desk", "web", "customer"),
    ("a", "work", 1, "Desk", None, "none"),
    ("a", "ask", 2, "Desk", "e-mail", "city"),
    ("a", "answer", 3, "Desk", "e-mail", "customer"),
    ("a", "inspect", 4, "Rescue", None, "city"),
    ("a", "call", 5, "Rescue", "web", "customer"),
    ("b", "apply", 0, "Desk", "web", "customer"),
    names="case activity time unit channel contact",
)


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        ("contact_points", {"a": 2, "b": 1}),
        ("contact_places", {"a": 3, "b": 1}),
        ("contact_moments", {"a": 5, "b": 1}),
        ("contact_moments_customer", {"a": 3, "b": 1}),
        ("contact_moments_city", {"a": 2}),
        ("channel_switches", {"a": 2}),
        ("units", {"a": 2, "b": 1}),
        ("supplement_rounds", {"a": 2}),
    ],
)
def test_contacts_are_counted(id: str, expected: dict[str, float]) -> None:
    assert counted(tiny(CONTACTS, mapping=mapping()), id) == expected


def test_the_coverage_of_channels_counts_contacts_without_one() -> None:
    assert channel_coverage(Steps(tiny(CONTACTS))) == {"": 1, "e-mail": 2, "web": 3}


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("UVWU", {"unit_handovers": 3, "returns": 1}),
        ("UVUV", {"unit_handovers": 3, "returns": 2, "ping_pong": 2}),
        ("UUVV", {"unit_handovers": 1}),
        ("U-U", {}),
        ("U-V", {"unit_handovers": 1}),
    ],
)
def test_the_way_between_units_is_counted(way: str, expected: dict[str, int]) -> None:
    rows = [
        {"case": "a", "activity": "x", "time": k, "unit": None if u == "-" else u}
        for k, u in enumerate(way)
    ]
    log = tiny(rows, mapping=mapping())
    found = {id: counted(log, id).get("a", 0) for id in ("unit_handovers", "returns", "ping_pong")}
    assert {id: k for id, k in found.items() if k} == expected


def test_rework_is_at_once_by_the_same_or_by_another() -> None:
    rows = events(
        ("a", "x", 0, "R"), ("a", "x", 1, "Q"), ("a", "y", 2, "R"), ("a", "x", 3, "Q"),
        ("a", "z", 4, "R"), ("a", "x", 5, "R"), ("a", "z", 6, None), ("b", "x", 0, "R"),
        names="case activity time resource",
    )  # fmt: skip
    log = tiny(rows, mapping=mapping())
    assert counted(log, "rework_self") == {"a": 1}
    assert counted(log, "rework_repeat") == {"a": 1}
    assert counted(log, "rework_redo") == {"a": 1}
    declared = tiny(rows, mapping=mapping(repeats=Repeats(declared=("x",))))
    assert counted(declared, "rework_self") == counted(declared, "rework_redo") == {}


def test_a_round_of_supplements_ends_with_the_answer() -> None:
    ask, reply = {"kind": "supplement_requested"}, {"kind": "supplement_received"}
    rows = [
        {"case": "a", "activity": "ask", "time": 1, **ask},
        {"case": "a", "activity": "ask", "time": 2, **ask},
        {"case": "a", "activity": "answer", "time": 3, **reply},
        {"case": "a", "activity": "answer", "time": 4, **reply},
        {"case": "a", "activity": "ask", "time": 5, **ask},
        {"case": "b", "activity": "answer", "time": 1, **reply},
    ]
    assert counted(tiny(rows, mapping=mapping()), "supplement_rounds") == {"a": 1}
    requests = [r for r in rows if r["activity"] == "ask"]
    assert counted(tiny(requests, mapping=mapping()), "supplement_rounds") == {"a": 3}
    named = mapping(kinds=Kinds(of={"supplement_requested": ("ask",),
                                    "supplement_received": ("answer",)}))  # fmt: skip
    assert counted(tiny(requests, mapping=named), "supplement_rounds") == {}


def test_first_time_right_tells_what_came_first() -> None:
    rows = [
        {"case": "clean", "activity": "x", "time": 0, "unit": "U"},
        {"case": "clean", "activity": "x", "time": 9, "unit": "U"},
        {"case": "asked", "activity": "x", "time": 0, "unit": "U"},
        {"case": "asked", "activity": "ask", "time": 2, "unit": "U",
         "kind": "supplement_requested"},
        {"case": "asked", "activity": "x", "time": 9, "unit": "U"},
        {"case": "back", "activity": "x", "time": 0, "unit": "U"},
        {"case": "back", "activity": "x", "time": 1, "unit": "V"},
        {"case": "back", "activity": "x", "time": 4, "unit": "U"},
        {"case": "gone", "activity": "x", "time": 0, "unit": "U"},
        {"case": "gone", "activity": "x", "time": 5, "unit": "U"},
        {"case": "open", "activity": "x", "time": 0, "unit": "U"},
    ]  # fmt: skip
    log = tiny(
        rows, {"gone": {"outcome": "withdrawn"}, "open": {"closed": False}}, mapping=mapping()
    )
    fact = catalogue()["first_time_right"].fact(Steps(log))
    assert isinstance(fact, Causes)
    pairs = zip(fact.cause.tolist(), (fact.elapsed // HOUR).tolist(), strict=True)
    found = dict(zip(log.cases["case_id"], pairs, strict=True))
    assert found == {
        "clean": (1, 9), "asked": (2, 2), "back": (2, 4), "gone": (3, 5), "open": (0, 9),
    }  # fmt: skip


def test_the_first_response_is_a_persons_and_no_acknowledgement() -> None:
    rows = events(
        ("a", "apply", 0, "customer"), ("a", "receipt", 1, "city"), ("a", "robot", 2, "city"),
        ("a", "letter", 5, "city"), ("a", "letter", 6, "city"), ("b", "apply", 1, "customer"),
        ("b", "end", 8, "none"), names="case activity time contact",
    )  # fmt: skip
    log = tiny(
        rows,
        mapping=mapping(
            contacts=Contacts(acknowledgements=("receipt",)),
            automatic=Automatic(activities=("robot",)),
        ),
    )
    fact = catalogue()["first_response"].fact(Steps(log))
    assert isinstance(fact, Times)
    pairs = zip((fact.elapsed // HOUR).tolist(), fact.ended.tolist(), strict=True)
    found = dict(zip(log.cases["case_id"], pairs, strict=True))
    assert found == {"a": (5, True), "b": (7, False)}


def test_due_times_and_promises_run_from_the_arrival() -> None:
    rows = events(("a", "x", 5), ("a", "y", 9), ("b", "x", 1))
    matters = {"a": {"due": 29, "told": 2.5}, "b": {"told": None}}
    log = tiny(rows, matters, mapping=mapping(cases=CaseColumns(promise_days="told")))
    due, told = (catalogue()[id].fact(Steps(log)) for id in ("on_time", "promise_kept"))
    assert isinstance(due, Promise)
    assert isinstance(told, Promise)
    row = log.cases["case_id"].to_list().index("a")
    assert due.applies.tolist() == told.applies.tolist() == [i == row for i in range(2)]
    assert (due.within[row], told.within[row]) == (DAY, 5 * DAY // 2)


def test_a_promised_interval_is_not_kept_by_an_end_before_it() -> None:
    rows = events(("a", "x", 5), ("b", "x", 5), ("c", "x", 5))
    told = {"told": 5.0, "from": 2.0}
    ends = {"a": 24, "b": 72, "c": 150}
    matters = {k: {**told, "end": h} for k, h in ends.items()}
    for column, kept in ((None, 2 / 3), ("from", 1 / 3)):
        cases = CaseColumns(promise_days="told", promise_from_days=column)
        log = tiny(rows, matters, mapping=mapping(cases=cases))
        (figure,) = [f for f in measure(log).criteria if f.id == "promise_kept"]
        assert figure.value == pytest.approx(kept)


def test_work_is_counted_in_hours_and_the_customers_is_not_the_staffs() -> None:
    rows = [
        {"case": "a", "activity": "fill in", "start": 0, "time": 2, "contact": "customer"},
        {"case": "a", "activity": "check", "start": 1, "time": 4, "contact": "none"},
        {"case": "a", "activity": "timer", "start": 4, "time": 9, "contact": "none"},
    ]
    log = tiny(rows, mapping=mapping(automatic=Automatic(activities=("timer",))))
    assert counted(log, "work_hours") == {"a": 5}
    assert counted(log, "work_elapsed") == {"a": 4}
    assert counted(log, "staff_hours") == {"a": 3}


def test_the_burden_follows_the_standard_cost_model() -> None:
    rows = [
        {"case": "a", "activity": "apply", "time": 0, "kind": "application_submitted"},
        {"case": "a", "activity": "answer", "time": 24, "kind": "supplement_received"},
        {"case": "a", "activity": "end", "time": 48},
    ]
    burden = Burden(
        tariff=50.0, hours={"application_submitted": 8.0, "answer": 1.0}, usual_share=0.25,
        external={"apply": 120.0}, fees={"end": 90.5}, delay_eur_per_day=40.0,
    )  # fmt: skip
    log = tiny(rows, mapping=mapping(burden=burden))
    assert counted(log, "burden_eur") == {"a": 50 * 0.75 * 9 + 120}
    assert counted(log, "fees_eur") == {"a": 90.5}
    assert counted(log, "delay_cost_eur") == {"a": 80}


def test_the_same_key_asked_by_another_unit_is_repeated() -> None:
    rows = events(
        ("a", "ask", 0, "U", "plan"), ("a", "ask", 1, "U", "plan"), ("a", "ask", 2, "V", "plan"),
        ("a", "ask", 3, "V", "plan"), ("a", "ask", 4, "W", "plan"), ("a", "ask", 5, "W", "map"),
        ("b", "ask", 0, "V", "plan"), names="case activity time unit data_key",
    )  # fmt: skip
    assert counted(tiny(rows, mapping=mapping()), "repeated_data") == {"a": 2}


def test_one_event_may_ask_for_several_keys_each_of_which_may_be_repeated() -> None:
    rows = events(
        ("a", "ask", 0, "U", "plan; map"), ("a", "ask", 1, "U", "map"),
        ("a", "ask", 2, "V", "map;plan ; photo"), ("a", "ask", 3, "V", "plan"),
        ("a", "ask", 4, "W", "photo"), ("b", "ask", 0, "V", "plan; plan"),
        names="case activity time unit data_key",
    )  # fmt: skip
    assert counted(tiny(rows, mapping=mapping()), "repeated_data") == {"a": 3}


def test_flexible_is_otherwise_handled_and_not_sent_back() -> None:
    rows = [
        {"case": c, "activity": a, "time": t, "unit": u}
        for c, way in {"plain": "xU yV", "flexible": "xU eV", "back": "xU eV xU"}.items()
        for t, (a, u) in enumerate(way.split())
    ]
    log = tiny(rows, mapping=mapping(exceptions=Exceptions(activities=("e",))))
    fact = catalogue()["flexible"].fact(Steps(log))
    assert isinstance(fact, Causes)
    assert dict(zip(log.cases["case_id"], fact.cause.tolist(), strict=True)) == {
        "plain": 2, "flexible": 1, "back": 2,
    }  # fmt: skip


def test_answers_outside_their_scale_are_refused_in_one_line() -> None:
    rows = events(("a", "x", 0), ("b", "x", 0))
    good = tiny(rows, {"a": {"s": 4}, "b": {"s": None}}, mapping=mapping(survey=Survey(csat="s")))
    fact = catalogue()["csat"].fact(Steps(good))
    assert isinstance(fact, Answers)
    assert int(fact.applies.sum()) == 1
    for wrong in (6, "good", 2.5):
        bad = tiny(rows, {"a": {"s": wrong}, "b": {"s": None}}, mapping=good.mapping)
        with pytest.raises(LogError, match=r"matter 'a' has the answer .* from 1 to 5") as e:
            catalogue()["csat"].fact(Steps(bad))
        assert "\n" not in str(e.value)


def test_shares_of_causes_sum_to_one_and_explained_is_what_is_not_unexplained() -> None:
    rows, matters = made()
    found = measure(tiny(rows, matters, mapping=MAPPING, until=900))
    shares = {
        f.id: f.value
        for f in found.criteria
        if f.id.startswith("waiting_cause.") and f.statistic == "share_of_waiting"
    }
    assert len(shares) == 9
    assert sum(v or 0 for v in shares.values()) == pytest.approx(1)
    explained = found.figure("explained_waiting").value
    unexplained = shares["waiting_cause.unexplained"]
    assert explained is not None
    assert unexplained is not None
    assert explained == pytest.approx(1 - unexplained)


def test_predictability_is_the_ratio_within_kinds() -> None:
    rows, matters = [], {}
    for k in range(100):
        for kind, scale in (("short", 1), ("long", 50)):
            rows += events((f"{kind}{k}", "x", 0), (f"{kind}{k}", "y", scale * (k + 1)))
            matters[f"{kind}{k}"] = {"kind": kind}
    figure = measure(tiny(rows, matters, mapping=mapping())).figure("predictability")
    assert figure.value == pytest.approx(90 / 50)
    assert figure.low is not None
    assert figure.low < 1.8


def test_staff_hours_are_those_of_the_city() -> None:
    rows = [
        {"case": "a", "activity": "plan", "start": 0, "time": 8, "contact": "none"},
        {"case": "a", "activity": "apply", "start": 8, "time": 9, "contact": "customer",
         "agency": "A", "unit": "U"},
        {"case": "a", "activity": "meet", "start": 10, "time": 12, "contact": "customer",
         "agency": "A", "unit": "U", "resource": "anna"},
        {"case": "a", "activity": "decide", "start": 12, "time": 15, "contact": "none",
         "agency": "A", "unit": "U"},
    ]  # fmt: skip
    assert counted(tiny(rows), "staff_hours") == {"a": 2 + 3}
