"""Variants and edges against plain Python."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from build import HOUR, tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.measure import variants as module
from polku.measure.edges import (
    directly_follows,
    follow_counts,
    hand_over_edges,
    matrix,
    terminals,
)
from polku.measure.steps import Steps
from polku.measure.variants import sequence, variant_table, variants

Row = dict[str, Any]


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    out: list[Row] = []
    for c in range(draw(st.integers(1, 6))):
        t = 0
        for _ in range(draw(st.integers(1, 5))):
            length = draw(st.integers(0, 2))
            out.append(
                {
                    "case": f"c{c}", "activity": draw(st.sampled_from("xyz")),
                    "unit": draw(st.sampled_from(["U", "V", None])), "order": len(out),
                    "start": t, "time": t + length,
                }
            )  # fmt: skip
            t += draw(st.integers(0, 3))
    return out


def ways(steps: Steps, column: str = "activity") -> list[list[str | None]]:
    values = steps.log.events[column].to_list()
    return [values[a:b] for a, b in zip(steps.offsets[:-1], steps.offsets[1:], strict=True)]


@settings(max_examples=150, deadline=None)
@given(rows())
def test_variants_equal_a_count_of_sequences(given_rows: list[Row]) -> None:
    steps = Steps(tiny(given_rows))
    found = variants(steps)
    ours = {sequence(steps, found, k): int(found.count[k]) for k in range(len(found))}
    assert ours == Counter(tuple(w) for w in ways(steps))
    assert (np.diff(found.count) <= 0).all()
    for c, way in enumerate(ways(steps)):
        assert sequence(steps, found, int(found.of_matter[c])) == tuple(way)


@settings(max_examples=150, deadline=None)
@given(rows())
def test_edges_equal_a_count_of_pairs(given_rows: list[Row]) -> None:
    steps = Steps(tiny(given_rows))
    for column in ("activity", "unit"):
        pairs = Counter(
            (a, b)
            for w in ways(steps, column)
            for a, b in pairwise(w)
            if a is not None and b is not None
        )
        edges = directly_follows(steps, column)
        assert follow_counts(steps, column).equals(edges.select("source", "target", "count"))
        counts = edges.select("source", "target", "count")
        assert {(a, b): k for a, b, k in counts.iter_rows()} == pairs
        assert (edges["matters"] <= edges["count"]).all()
        assert (edges["gap_p50"] <= edges["gap_p80"]).all()
        assert (edges["gap_p80"] <= edges["gap_p90"]).all()
    handed = hand_over_edges(steps, "unit")
    assert handed["count"].sum() == int(steps.handed_over("unit").sum())
    assert (handed["source"] != handed["target"]).all()


def test_equal_hashes_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps(
        tiny([{"case": c, "activity": a, "time": 0} for c, a in ("ax", "by", "cx", "dx")])
    )
    calls = []

    def poor(steps: Steps, codes: Any, salt: int) -> Any:
        calls.append(salt)
        good = original(steps, codes, salt)
        return np.zeros_like(good) if salt < 2 else good

    original = module._digests
    monkeypatch.setattr(module, "_digests", poor)
    assert variants(steps).count.tolist() == [3, 1]
    assert calls == [0, 1, 2]


def test_tables_tell_shares_gaps_open_matters_and_where_matters_stand() -> None:
    log = tiny(
        [
            {"case": "a", "activity": "x", "start": 0, "time": 1},
            {"case": "a", "activity": "y", "start": 4, "time": 5},
            {"case": "b", "activity": "x", "start": 0, "time": 1},
            {"case": "b", "activity": "y", "start": 2, "time": 5},
            {"case": "c", "activity": "x", "start": 0, "time": 1},
        ],
        {"b": {"closed": False}, "c": {"closed": False}},
    )
    steps = Steps(log)
    edge = directly_follows(steps).row(0, named=True)
    assert edge == {
        "source": "x", "target": "y", "count": 2, "matters": 2, "open_share": 0.5,
        "gap_p50": HOUR, "gap_p80": 3 * HOUR, "gap_p90": 3 * HOUR,
    }  # fmt: skip
    assert matrix(directly_follows(steps))[1].tolist() == [[0, 2], [0, 0]]
    assert terminals(steps).rows() == [("x", 3, 0, 1), ("y", 0, 1, 1)]
    table = variant_table(steps, top=1)
    assert table.select("matters", "open", "steps").row(0) == (2, 1, 2)
    assert table["share"][0] == pytest.approx(2 / 3)
    assert table["activities"].to_list() == [["x", "y"]]


def test_an_empty_log_has_no_variants_and_no_edges() -> None:
    steps = Steps(tiny([]))
    assert len(variants(steps)) == 0
    assert variant_table(steps).height == directly_follows(steps).height == 0
    assert hand_over_edges(steps, "unit").height == terminals(steps).height == 0
