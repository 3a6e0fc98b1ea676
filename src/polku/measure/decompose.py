"""What changed the figure: a difference of the mean lead time taken apart.

The mean lead time within the common horizon changes because other kinds of matter came (mix), or
because the same kinds took another time. That time is work and waiting, and waiting has causes;
so the change within kinds is divided by what the matters spent it on. Weights are the mean of both
sides' shares (Kitagawa 1955), so the parts sum to the difference; what no part accounts for is
named as not told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polku.measure.cohort import DAY
from polku.measure.comparison import Part
from polku.measure.facts import Clock, Marks, Times
from polku.measure.pairs import Pair
from polku.measure.sides import LEAST_A_SIDE, Strata
from polku.measure.standardise import LEAST, CellFigures, Cells, Floats
from polku.measure.survival import kaplan_meier, rmst

_SPENT: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "arrivals and backlog",
        "waiting while whoever does the step is busy with other matters",
        ("waiting_cause.contention", "waiting_cause.prioritisation"),
    ),
    ("own work", "time in which somebody works on the matter", ("work_elapsed",)),
    (
        "calendars, meetings and batches",
        "waiting for working hours, meetings, batches and times that the law demands",
        (
            "waiting_cause.off_duty", "waiting_cause.meeting", "waiting_cause.batching",
            "waiting_cause.statutory",
        ),
    ),
    ("others' statements", "waiting for statements", ("waiting_cause.statement",)),
    ("customer's turn", "waiting for the customer", ("waiting_cause.customer",)),
)  # fmt: skip

NOT_TOLD = "not told"


@dataclass(frozen=True)
class _Within:
    """The change within kinds: the cells of both sides, those that can be used, their weights."""

    cells: tuple[Cells, Cells]
    usable: np.ndarray[tuple[int], np.dtype[np.bool_]]
    weights: Floats

    def change(self, first: CellFigures, second: CellFigures) -> float | None:
        """The weighted change of a figure within the kinds; null where a kind has none."""
        known = first.known & second.known
        if not known[self.usable].all():
            return None
        step = np.where(self.usable, second.value - first.value, 0.0)
        return float(self.weights @ np.where(self.usable, step, 0.0))


def decompose(pair: Pair) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """Take the difference of the mean lead time of two sides apart.

    Returns the parts, whose `micros` sum exactly to the difference of the means within the common
    horizon (row `lead_time`, `rmst`), and what cannot be told, each with the reason. No parts
    where the lead time itself cannot be compared.
    """
    sides = (pair.before, pair.after)
    hashes = {s.facts.hashes.get("lead_time") for s in sides}
    lacking = any("lead_time" not in s.facts.values for s in sides)
    if len(hashes) > 1 or lacking or min(s.n for s in sides) < LEAST_A_SIDE:
        return (), ("what changed the lead time: it cannot be compared",)
    means = []
    for side in sides:
        fact = side.facts.values["lead_time"]
        assert isinstance(fact, Times)
        elapsed, ended = fact.elapsed[side.all_rows], fact.ended[side.all_rows]
        entry = side.facts.matters["entry"].to_numpy()[side.all_rows]
        means.append(rmst(kaplan_meier(elapsed, ended, entry), pair.horizon).value)
    if means[0] is None or means[1] is None:
        return (), ("what changed the lead time: its mean is not reached",)
    total = round(means[1] - means[0])
    within = _within(pair)
    if within is None:
        return (), ("what changed the lead time: no kind has enough matters on both sides",)
    first, second = (c.rmst() for c in within.cells)
    inside = round(within.change(first, second) or 0.0)
    parts, cannot = _spent(pair, within)
    if pair.strata:
        mix = total - inside
        parts.insert(0, _part("mix", mix, "other kinds of matter, or channels, than before"))
    else:
        cannot.insert(0, "mix: neither kinds nor channels of matters are known")
    rest = total - sum(p.micros for p in parts)
    text = "waiting without a known cause, and what was still going on at the horizon"
    parts.append(_part(NOT_TOLD, rest, text))
    return tuple(parts), tuple(cannot)


def _part(name: str, micros: int, text: str) -> Part:
    return Part(name, micros, micros / DAY, text)


def _within(pair: Pair) -> _Within | None:
    """Cells in the finest way in which most of the matters can be used."""
    whole = Strata(
        "all", ("all",), *(np.zeros(s.facts.n, dtype=np.int32) for s in (pair.before, pair.after))
    )
    best: tuple[float, _Within] | None = None
    for way in (*pair.strata, whole):
        cells = pair.cells_of(way, pair.horizon)
        first, second = (c.rmst() for c in cells)
        usable = (first.n >= LEAST) & (second.n >= LEAST) & first.known & second.known
        if way is whole:
            usable = first.known & second.known
        weights = np.where(usable, (first.n / first.n.sum() + second.n / second.n.sum()) / 2, 0.0)
        cover = float(weights.sum())
        if (
            cover > 0
            and (best is None or cover > best[0] + 1e-9)
            and (way is not whole or not best)
        ):
            best = (cover, _Within(cells, usable, weights))
        if best is not None and best[0] >= 0.8:
            break
    return None if best is None else best[1]


def _spent(pair: Pair, within: _Within) -> tuple[list[Part], list[str]]:
    """What the change within kinds was spent on, as far as both sides tell."""
    facts = (pair.before.facts, pair.after.facts)
    parts: list[Part] = []
    lost: dict[str, dict[str, None]] = {}
    for name, text, ids in _SPENT:
        micros, told = 0, False
        why = lost.setdefault(name, {})
        for id in ids:
            reason = next((f.missing[id] for f in facts if id in f.missing), "")
            if reason or any(id not in f.values for f in facts):
                why.update(dict.fromkeys((reason or f"{id} is not among the facts").split("; ")))
                continue
            if facts[0].hashes.get(id) != facts[1].hashes.get(id):
                why[f"{id} is defined in another way on the other side"] = None
                continue
            marks = [f.values[id] for f in facts]
            first, second = marks
            assert isinstance(first, Marks)
            assert isinstance(second, Marks)
            change = within.change(
                within.cells[0].means(_until(first, pair.horizon)),
                within.cells[1].means(_until(second, pair.horizon)),
            )
            if change is None:
                why[f"{id} is not reached in some kinds"] = None
                continue
            told = True
            micros += round(change * first.scale)
        if told:
            parts.append(_part(name, micros, text))
    told_not: dict[str, list[str]] = {}  # parts that lack the same share a line
    for name, why in lost.items():
        if why:
            told_not.setdefault("; ".join(why), []).append(name)
    return parts, [f"{', '.join(names)}: {why}" for why, names in told_not.items()]


def _until(marks: Marks, horizon: int) -> Marks:
    """Spans of time that end at each mark, as far as they lie before the horizon.

    A wait that goes on at the horizon counts there with the part before it.
    """
    row, at = marks.clock.row, marks.clock.elapsed
    if marks.at is not None:
        row, at = row[marks.at], at[marks.at]
    amount = marks.amount if marks.amount is not None else np.zeros(len(at), dtype=np.int64)
    kept = at - amount < horizon
    row, at, amount = row[kept], at[kept], amount[kept]
    clock = Clock(row, np.minimum(at, horizon))
    return Marks(clock, None, amount - np.maximum(at - horizon, 0), marks.scale, marks.applies)
