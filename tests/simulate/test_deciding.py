"""Conditions over columns give what the condition gives row by row, errors included."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polku.errors import ConditionError, ScenarioError
from polku.path.conditions import parse
from polku.simulate.deciding import holds, numbers

WORDS = ["outdoor", "big event", ""]
SOME: dict[str, st.SearchStrategy[Any]] = {
    "truth": st.booleans(),
    "whole": st.sampled_from([-2, -1, 0, 1, 2, 3, 7]),
    "number": st.sampled_from([-1.5, -0.0, 0.0, 0.1, 0.2, 0.3, 2.0, 1e308, float("inf")]),
    "vast": st.sampled_from([2**53, 2**53 + 1, 2**62, -(2**62), 3]),
    "text": st.sampled_from(WORDS),
    "mixed": st.sampled_from([None, True, 1, 1.0, "outdoor", date(2025, 1, 1), 2**70]),
    "odd": st.sampled_from([float("nan"), 1.0, 2.0]),
}
KINDS = {
    "truth": np.bool_, "whole": np.int64, "number": np.float64, "vast": np.int64, "text": object,
    "mixed": object, "odd": np.float64,
}  # fmt: skip

constants = st.sampled_from(
    ["true", "false", "null", "0", "1", "2", "3", "0.1", "2.0", "1e308", "9007199254740993",
     '"outdoor"', '"big event"', '""'],
)  # fmt: skip
leaves = st.one_of(constants, st.sampled_from(sorted(SOME)))


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    ops = ["+", "-", "*", "/", "==", "!=", "<", "<=", ">", ">=", "and", "or"]
    return st.one_of(
        st.tuples(pair, st.sampled_from(ops)).map(lambda t: f"({t[0][0]}) {t[1]} ({t[0][1]})"),
        inner.map(lambda a: f"not ({a})"),
        inner.map(lambda a: f"-({a})"),
        st.tuples(inner, st.lists(inner, max_size=3), st.booleans()).map(
            lambda t: f"({t[0]}) {'not in' if t[2] else 'in'} [{', '.join(t[1])}]"
        ),
    )


expressions = st.recursive(leaves, grown, max_leaves=6)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, np.ndarray]:
    n = draw(st.integers(0, 5))
    out = {}
    for name, values in SOME.items():
        column = np.empty(n, dtype=KINDS[name])
        column[:] = draw(st.lists(values, min_size=n, max_size=n))
        out[name] = column
    return out


def by_row(text: str, columns: dict[str, np.ndarray], n: int) -> list[bool] | str:
    condition = parse(text)
    parts = {name: columns[name].tolist() for name in columns}
    try:
        return [condition.holds({k: v[i] for k, v in parts.items()}) for i in range(n)]
    except ConditionError as e:
        return str(e)


@given(expressions, tables())
def test_a_condition_over_columns_equals_the_condition_row_by_row(
    text: str, columns: dict[str, np.ndarray]
) -> None:
    n = len(columns["truth"])
    expected = by_row(text, columns, n)
    try:
        found: list[bool] | str = holds(text, columns, n).tolist()
    except ConditionError as e:
        found = str(e)
    if isinstance(expected, str) and "has no value; there are" in expected:
        return
    assert found == expected


@given(expressions, tables())
def test_a_number_over_columns_equals_the_value_row_by_row(
    text: str, columns: dict[str, np.ndarray]
) -> None:
    n = len(columns["truth"])
    parts = {name: columns[name].tolist() for name in columns}
    expected: list[int] | None = []
    try:
        for i in range(n):
            value = parse(text).evaluate({k: v[i] for k, v in parts.items()})
            whole = type(value) in (int, float) and value == value // 1 and 0 <= value <= 1_000_000
            expected = [*expected, int(value)] if whole and expected is not None else None
    except ConditionError:
        expected = None
    try:
        found: list[int] | None = numbers(text, columns, n).tolist()
    except (ConditionError, ScenarioError):
        found = None
    assert found == expected


def test_and_and_or_ask_their_later_parts_only_where_the_earlier_leave_it_open() -> None:
    columns = {"days": np.array([0, 2, 4])}
    assert holds("days != 0 and 10 / days > 3", columns, 3).tolist() == [False, True, False]
    assert holds("days == 0 or 10 / days > 3", columns, 3).tolist() == [True, True, False]
    with pytest.raises(ConditionError, match="divides by 0"):
        holds("10 / days > 3", columns, 3)


def test_a_name_without_data_is_named_with_the_nearest() -> None:
    with pytest.raises(ScenarioError, match=r"'vistors' .* did you mean 'visitors'\?"):
        holds("vistors > 1", {"visitors": np.array([1.0])}, 1)


def test_a_condition_without_names_holds_for_all_or_none() -> None:
    assert holds("1 < 2", {}, 3).tolist() == [True] * 3
    assert numbers("2 * 3", {}, 2).tolist() == [6, 6]


@pytest.mark.parametrize("text", ["0.5", "-1", '"two"', "true", "1000001"])
def test_a_number_of_instances_must_be_whole(text: str) -> None:
    with pytest.raises(ScenarioError, match="must be whole"):
        numbers(text, {}, 1)
