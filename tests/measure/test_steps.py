"""Steps: the predecessor that is not concurrent, and what is looked up in matters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from build import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.measure.steps import Steps

Row = dict[str, Any]


def brute_pred(steps: Steps) -> list[int]:
    order = steps.log.events["order"].to_list()
    key = [(int(e), int(s), o) for e, s, o in zip(steps.time, steps.start, order, strict=True)]
    out = []
    for i in range(steps.m):
        before = [
            j
            for j in range(steps.m)
            if steps.case[j] == steps.case[i] and key[j] < key[i] and key[j][0] <= key[i][1]
        ]
        out.append(max(before, key=lambda j: key[j]) if before else -1)
    return out


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    out = []
    for k in range(draw(st.integers(1, 12))):
        end = draw(st.integers(0, 6))
        start = draw(st.one_of(st.none(), st.integers(0, end)))
        out.append(
            {
                "case": draw(st.sampled_from("ab")), "activity": draw(st.sampled_from("xyz")),
                "unit": draw(st.sampled_from(["U", "V", "W", None])),
                "agency": draw(st.sampled_from(["A", "B", None])),
                "start": start, "time": end, "order": k,
            }
        )  # fmt: skip
    return out


@settings(max_examples=300, deadline=None)
@given(rows())
def test_the_predecessor_equals_brute_force_with_ties_zero_lengths_and_equal_ends(
    given_rows: list[Row],
) -> None:
    steps = Steps(tiny(given_rows))
    assert steps.pred.tolist() == brute_pred(steps)


@settings(max_examples=200, deadline=None)
@given(rows())
def test_hand_overs_equal_brute_force_and_are_never_to_oneself(given_rows: list[Row]) -> None:
    steps = Steps(tiny(given_rows))
    pred, unit = brute_pred(steps), steps.log.events["unit"].to_list()
    expected = []
    for i in range(steps.m):
        j = pred[i]
        while j >= 0 and unit[j] is None:
            j = pred[j]
        expected.append(unit[i] is not None and j >= 0 and unit[i] != unit[j])
    assert steps.handed_over("unit").tolist() == expected


@settings(max_examples=200, deadline=None)
@given(rows())
def test_returns_go_to_a_unit_that_had_finished_a_step(given_rows: list[Row]) -> None:
    from polku.measure.criteria.smoothness import returned

    steps = Steps(tiny(given_rows))
    unit = steps.log.events["unit"].to_list()
    order = steps.log.events["order"].to_list()
    key = [(int(e), int(s), o) for e, s, o in zip(steps.time, steps.start, order, strict=True)]
    handed = steps.handed_over("unit")
    expected = [
        bool(handed[i])
        and any(
            steps.case[j] == steps.case[i]
            and unit[j] == unit[i]
            and key[j] < key[i]
            and steps.time[j] <= steps.start[i]
            for j in range(steps.m)
            if j != i
        )
        for i in range(steps.m)
    ]
    assert returned(steps).tolist() == expected


def test_parallel_statements_are_no_hand_over() -> None:
    log = tiny(
        [
            {"case": "a", "activity": "ask", "unit": "Desk", "start": 0, "time": 1},
            {"case": "a", "activity": "state", "unit": "Rescue", "start": 1, "time": 5},
            {"case": "a", "activity": "state", "unit": "Traffic", "start": 1, "time": 4},
            {"case": "a", "activity": "decide", "unit": "Desk", "start": 6, "time": 7},
        ]
    )
    steps = Steps(log)
    # Desk hands over to both and the last to finish hands back; none goes between the two
    assert int(steps.handed_over("unit").sum()) == 3
    names = log.events["unit"].to_list()
    giver = steps.giver("unit")
    pairs = [(names[giver[i]], names[i]) for i in np.flatnonzero(steps.handed_over("unit"))]
    assert sorted(pairs) == [("Desk", "Rescue"), ("Desk", "Traffic"), ("Rescue", "Desk")]


def test_a_system_account_between_two_units_does_not_hide_the_hand_over() -> None:
    log = tiny(
        [
            {"case": "a", "activity": "x", "unit": "U", "time": 0},
            {"case": "a", "activity": "mail", "unit": None, "time": 1},
            {"case": "a", "activity": "y", "unit": "V", "time": 2},
            {"case": "a", "activity": "mail", "unit": None, "time": 3},
            {"case": "a", "activity": "z", "unit": "V", "time": 4},
        ]
    )
    assert Steps(log).handed_over("unit").tolist() == [False, False, True, False, False]


@settings(max_examples=100, deadline=None)
@given(rows())
def test_first_positions_equal_a_dictionary(given_rows: list[Row]) -> None:
    steps = Steps(tiny(given_rows))
    seen: dict[tuple[int, int], int] = {}
    expected = [
        seen.setdefault((int(c), int(a)), i)
        for i, (c, a) in enumerate(zip(steps.case, steps.codes("activity"), strict=True))
    ]
    assert steps.first_of("activity").tolist() == expected


def test_a_predecessor_far_back_is_found_as_one_near_by(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(11)
    rows = []
    for k in range(200):
        start = int(draw.integers(0, 40))
        end = start + int(draw.integers(0, 30))
        case = f"m{draw.integers(0, 4)}"
        rows.append({"case": case, "activity": "x", "start": start, "time": end, "order": k})
    expected = Steps(tiny(rows)).pred.tolist()
    monkeypatch.setattr("polku.measure.steps._NEAR", 0)
    assert Steps(tiny(rows)).pred.tolist() == expected
