"""Better, worse, or no difference shown: verdicts after Holm over the criteria."""

from __future__ import annotations

from dataclasses import replace

from polku.measure.comparison import Row, Verdict
from polku.measure.contrasts import detectable
from polku.measure.measurement import Segment
from polku.measure.testing import holm

ALPHA = 0.05


def finished(rows: list[Row], confidence: float) -> tuple[Row, ...]:
    """Verdicts, after Holm over the criteria (and segments).

    Each criterion enters with its first statistic that has a p; its further statistics are
    corrected for as many criteria (Bonferroni).
    """
    first: dict[tuple[str, Segment | None], int] = {}
    for i, r in enumerate(rows):
        if r.p is not None and r.verdict != "refused":
            first.setdefault((r.id, r.by), i)
    tests = max(len(first), 1)
    adjusted: list[float | None] = [None if r.p is None else min(1.0, r.p * tests) for r in rows]
    places = list(first.values())
    for place, p in zip(places, holm([rows[i].p for i in places]), strict=True):
        adjusted[place] = p
    signs = {(r.id, r.by): _shown_difference(r) for r in rows if r.statistic == "rmst"}
    out = []
    for r, p in zip(rows, adjusted, strict=True):
        if r.says:  # refused, or not measurable, with its reason
            out.append(r)
            continue
        value = signs.get((r.id, r.by)) if r.statistic == "log_rank" else _shown_difference(r)
        least = r.detectable
        if least is not None:
            least *= detectable(1.0, confidence, tests) / detectable(1.0, confidence)
        verdict, says = _verdict(r, value, p, least)
        out.append(replace(r, p_holm=p, detectable=least, verdict=verdict, says=says))
    return tuple(out)


def _shown_difference(row: Row) -> float | None:
    if row.basis == "control" and row.control is not None:
        return row.control.value
    if row.basis == "standardised" and row.standardised is not None:
        return row.standardised.value
    return row.difference


def _verdict(
    row: Row, value: float | None, p: float | None, least: float | None
) -> tuple[Verdict, str]:
    if p is None or value is None:
        return "not_measurable", f"not measurable ({row.note or 'no standard error'})"
    if p < ALPHA and value != 0:
        if row.direction == "none":
            return "different", "different"
        good = (value < 0) == (row.direction == "lower")
        return ("better", "better") if good else ("worse", "worse")
    if least is None:
        return "no_difference_shown", "no difference shown"
    return "no_difference_shown", (
        f"no difference shown (could have shown ≥ {least:.3g} {row.unit})"
    )
