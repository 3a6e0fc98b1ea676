"""Predictions held against measured logs, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from polku.redesign.axis_words import axis_name, said
from polku.redesign.explaining import axis_of
from polku.redesign.keeping import Calibration, Held, Kept, KeptRow
from polku.report import wording
from polku.report.terminal import table, text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_SIGNS = {"inside": "✓ inside", "outside": "✗ outside", "not reached": "? not reached",
          "not measurable": "– not measurable", "not comparable": "– not comparable"}  # fmt: skip
_WHY = 3
"""Figures that are named for one and the same reason."""


def held_tables(held: Held) -> Iterator[RenderableType]:
    """For each log its figures against the prediction, then the calibration over all."""
    for kept in held.kept:
        yield from kept_tables(kept)
    yield from calibration_tables(held.calibration)


def kept_tables(kept: Kept) -> Iterator[RenderableType]:
    """One log: what was predicted, what was measured, whether it fell inside."""
    yield text(_headline(kept), style="bold")
    shown = [r for r in kept.rows if r.outcome in ("inside", "outside", "not reached")]
    if shown:
        made = table("", ("figure", "predicted", "expected between", "measured", "95 % interval",
                          "outcome"), (1, 3))  # fmt: skip
        for r in sorted(shown, key=lambda r: r.outcome == "inside"):
            made.add_row(*(text(cell) for cell in _cells(r)))
        yield made
    yield from (text(line, style="dim") for line in _left_out(kept))
    yield from (text(f"! {caution}") for caution in kept.cautions)


def calibration_tables(c: Calibration) -> Iterator[RenderableType]:
    """How sure the advice was, over all logs and by criterion."""
    yield text("")
    yield text(c.says, style="bold")
    if c.logs > 1 and c.by_criterion:
        made = table("By criterion", ("criterion", "inside", "share", "95 % interval"), (1, 2))
        for h in c.by_criterion:
            interval = f"{wording.share(h.low)} to {wording.share(h.high)}"
            cells = (axis_name(axis_of(f"{h.criterion}.")), f"{h.inside} of {h.judged}",
                     wording.share(h.share), interval)  # fmt: skip
            made.add_row(*(text(cell) for cell in cells))
        yield made


def print_held(console: Console, held: Held) -> None:
    """Print all of it on a console."""
    for one in held_tables(held):
        console.print(one)


def _headline(kept: Kept) -> str:
    n = len(kept.judged)
    where = f"{kept.log}: " if kept.log else ""
    if not n:
        return f"{where}nothing that was predicted for {kept.option} can be compared."
    return (
        f"{where}{kept.inside} of {wording.plural(n, 'figure')} inside what was predicted for "
        f"{kept.option} ({kept.path})."
    )


def _cells(r: KeptRow) -> tuple[str, ...]:
    outcome = _SIGNS[r.outcome]
    if r.side:
        outcome += f" ({r.side} than predicted)"
    value = said(r.value, r.value_low, r.value_high, r.unit, interval=False)
    return (
        axis_name(axis_of(r.key)),
        said(r.predicted, r.low, r.high, r.unit, interval=False),
        _between(r.predicted, r.low, r.high, r.unit),
        value if r.value is not None else r.why,
        _between(r.value, r.value_low, r.value_high, r.unit),
        outcome,
    )


def _between(value: float | None, low: float | None, high: float | None, unit: str) -> str:
    """The interval alone, rounded as with its value."""
    whole = said(value, low, high, unit)
    return whole[whole.index("(") + 1 : -1] if "(" in whole else ""


def _left_out(kept: Kept) -> Iterator[str]:
    """What could not be compared, by reason."""
    reasons: dict[str, list[str]] = {}
    for r in kept.rows:
        if r.outcome in ("not measurable", "not comparable"):
            reasons.setdefault(f"{r.outcome}: {r.why}", []).append(axis_name(axis_of(r.key)))
    for why, names in reasons.items():
        more = f" and {len(names) - _WHY} more" if len(names) > _WHY else ""
        yield f"{'; '.join(names[:_WHY])}{more}: {why}"
