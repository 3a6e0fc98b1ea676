"""Two measurements compared by their figures alone."""

from __future__ import annotations

from dataclasses import replace

from polku.measure.comparison import Comparison, Row, SideSummary
from polku.measure.contrasts import row_of
from polku.measure.measurement import Figure, Measurement
from polku.measure.verdicts import finished


def compare_measurements(before: Measurement, after: Measurement) -> Comparison:
    """The differences of two measurements, each figure with its interval, on its hash.

    Without facts there is no common horizon, no standardisation, no log-rank test: said in
    `guards`. Figures within different horizons are refused.
    """
    rows: list[Row] = []
    second = {f.key: f for f in after.criteria}
    for f in before.criteria:
        g = second.get(f.key)
        if g is None or (f.statistic.startswith(("closed_", "p")) and f.unit == "p"):
            continue
        rows.append(_row_of_figures(f, g))
    sides = [
        SideSummary(name, m.log.matters, m.log.open, m.log.first, m.log.last)
        for name, m in (("before", before), ("after", after))
    ]
    guards = (
        "from measurements alone: not standardised over kind and channel, months not matched, no "
        "log-rank test, no common horizon; for these compare logs, stores or facts",
    )
    return Comparison("measurements", sides[0], sides[1], finished(rows, 0.95), guards)


def _row_of_figures(f: Figure, g: Figure) -> Row:
    row = replace(row_of(f, g, 0.95), by=f.by)
    refusal = ""
    if f.hash != g.hash:
        refusal = f"refused: another definition (hash {f.hash} before, {g.hash} after)"
    elif f.horizon_days != g.horizon_days and (f.statistic, f.unit) != ("share", "share"):
        refusal = (
            f"refused: another horizon ({f.horizon_days} days before, {g.horizon_days} after); "
            "compare facts, or agree on one"
        )
    if refusal:
        return replace(
            row, difference=None, low=None, high=None, se=None, p=None, detectable=None,
            basis="", verdict="refused", says=refusal,
        )  # fmt: skip
    return row
