"""How near simulated logs are to a real one, in words and as tables of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polku.report import wording
from polku.report.figures import STATISTICS, amount, bare, name_text
from polku.report.table import Num, Table

if TYPE_CHECKING:
    from polku.simulate.fidelity import Distance, Fidelity
    from polku.simulate.floor import Estimated
    from polku.simulate.held import Held

NAMES = {
    "ngd": "what follows what",
    "aedd": "when, over the calendar",
    "cedd": "when, over the day",
    "redd": "when, since the matter began",
    "ctdd": "how long",
    "ngd_shares": "what follows what, by share",
    "cedd_week": "when, over the week as a circle",
    "ctdd_minutes": "how long, to the minute",
}
"""What a distance is about."""

MARKS = {
    "ngd": "NGD", "aedd": "AEDD", "cedd": "CEDD", "redd": "REDD", "ctdd": "CTDD",
    "ngd_shares": "NGD, shares", "cedd_week": "CEDD, week", "ctdd_minutes": "CTDD, minutes",
}  # fmt: skip
"""What a distance is called where it is published; the variants by their own marks."""

VERDICTS = {
    "holds": "holds",
    "too_low": "simulated too low",
    "too_high": "simulated too high",
    "no_interval": "no interval",
    "not_reached": "cannot be told",
    "not_measurable": "not measurable",
}


def headline(f: Fidelity) -> str:
    """The answer in one sentence or two."""
    holds, judged = f.held()
    parts = []
    ratios = [d.ratio for d in f.distances if d.published and d.ratio is not None]
    if ratios:
        near = sum(r.low is not None and r.low <= 1.25 for r in ratios)
        worst = max(r.value for r in ratios)
        parts.append(
            f"Of the {len(ratios)} published distances {near} may be within 1.25 times the noise "
            f"floor; the furthest is {wording.number(worst)} times as far as another real log "
            "would be."
            if any(r.low is not None for r in ratios)
            else f"The furthest of {len(ratios)} published distances is {wording.number(worst)} "
            "times as far as another real log would be."
        )
    if judged:
        parts.append(
            f"The simulation holds {holds} of {wording.plural(judged, 'criterion', 'criteria')} "
            f"({wording.share(holds / judged)})."
        )
    return " ".join(parts) or "There is no ground for a verdict; see the notes."


def subject(f: Fidelity) -> str:
    """What was held against what."""
    made = [s.matters for s in f.simulated]
    least, most = min(made), max(made)
    of = wording.count(least) if least == most else f"{least:,} to {most:,}"
    each = "with" if len(made) == 1 else "each with"
    return (
        f"{wording.plural(len(made), 'simulated log')} ({each} {of} matters) against a real log of "
        f"{wording.plural(f.real.matters, 'matter')}, {f.real.first[:10]} to {f.real.last[:10]}."
    )


def distance_table(f: Fidelity) -> Table:
    """The distances with floor and ratio, the published ones first."""
    return Table(
        name="distances",
        head=("distance", "about", "simulated", "95 % interval", "at half", "floor",
              "95 % interval", "times the floor", "95 % interval"),
        rows=tuple(
            (
                MARKS[d.name],
                NAMES[d.name],
                Num(d.mean.value, _told(d.mean.value, d)),
                _interval(d.mean, d),
                Num(d.simulated, _told(d.simulated, d)),
                Num(None if d.floor is None else d.floor.value,
                    _told(None if d.floor is None else d.floor.value, d)),
                _interval(d.floor, d),
                Num(None if d.ratio is None else d.ratio.value,
                    "" if d.ratio is None else wording.number(d.ratio.value)),
                _interval(d.ratio, None),
            )
            for d in f.distances
        ),
        numbers=(2, 4, 5, 7),
    )  # fmt: skip


def _told(value: float | None, d: Distance | None) -> str:
    if value is None:
        return ""
    if d is not None and d.unit == "share":
        return f"{value:.3f}"
    return wording.number(value) + (f"{wording.GAP}h" if d is not None else "")


def _interval(e: Estimated | None, d: Distance | None) -> str:
    if e is None or e.low is None or e.high is None:
        return ""
    return f"{_told(e.low, d).removesuffix(f'{wording.GAP}h')} to {_told(e.high, d)}"


def criteria_table(f: Fidelity) -> Table:
    """Every figure that could be judged, those first that the simulation does not hold."""
    judged = [c for c in f.criteria if c.verdict != "not_measurable"]
    order = ("too_low", "too_high", "not_reached", "no_interval", "holds")
    return Table(
        name="criteria",
        head=("criterion", "statistic", "real", "simulated", "one more log: 95 %", "verdict"),
        rows=tuple(
            (
                name_text(c.id),
                STATISTICS.get(c.statistic, c.statistic.replace("_", " ")),
                Num(c.real, "" if c.real is None else amount(c.real, c.unit)),
                Num(c.mean, "" if c.mean is None else amount(c.mean, c.unit)),
                _bounds(c),
                VERDICTS[c.verdict] + (f": {c.note}" if c.note else ""),
            )
            for c in sorted(judged, key=lambda c: order.index(c.verdict))
        ),
        numbers=(2, 3),
    )


def _bounds(c: Held) -> str:
    if c.low is None or c.high is None:
        return ""
    low, high = (("−" if v < 0 else "") + bare(abs(v), c.unit) for v in (c.low, c.high))
    head, gap, unit = low.partition(wording.GAP)
    same = gap and high.partition(wording.GAP)[2] == unit and not head.startswith("<")
    return low if low == high else f"{head if same else low} to {high}"


def not_measurable(f: Fidelity) -> Table:
    """The criteria that one of the logs cannot give, with what is missing."""
    return Table(
        name="not_measurable",
        head=("criterion", "what is missing"),
        rows=tuple(
            (name_text(c.id), c.note)
            for c in f.criteria
            if c.verdict == "not_measurable" and (c.first or c.statistic)
        ),
    )
