"""The verb `plan`: how many matters, and how many months, until a gain shows."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

from polku.errors import ComparisonError
from polku.log.eventlog import EventLog
from polku.measure.cohort import DAY, Cohort, Options
from polku.measure.facts import Facts
from polku.measure.measurement import Figure
from polku.measure.reading import facts as facts_of
from polku.measure.recurrent import default_horizon
from polku.measure.registry import Catalogue, catalogue

FORMAT = "polku.plan/1"
MONTH_DAYS = 365.25 / 12
LONGEST_YEARS = 50


@dataclass(frozen=True)
class Plan:
    """What it takes to show a gain in one figure.

    `value` ± `se` is the figure now, from `n_before` matters; `gain` in the same unit. `matters`
    have to arrive after the change, at `per_month`, and the last of them be followed for
    `lag_days`: in all `months`. `least`: the smallest gain that shows against this log however
    long one waits; `shown_after`: months → the smallest gain that shows by then.
    """

    id: str
    statistic: str
    unit: str
    value: float
    se: float
    n_before: int
    gain: float
    matters: int
    per_month: float
    lag_days: float
    months: float
    least: float
    shown_after: tuple[tuple[int, float | None], ...]
    power: float = 0.8
    alpha: float = 0.05
    note: str = ""

    @property
    def says(self) -> str:
        """The plan in one sentence."""
        return (
            f"A gain of {self.gain:.3g} {self.unit} in {self.id} ({self.statistic}, now "
            f"{self.value:.3g}) shows with {self.matters} matters after the change: about "
            f"{self.months:.1f} months at {self.per_month:.3g} a month and {self.lag_days:.0f} "
            "days to see the last ones through."
        )

    def text(self) -> str:
        """The plan for a terminal: the sentence, and what would show by when."""
        lines = [self.says, f"However long one waits, at least {self.least:.3g} {self.unit} shows."]
        for months, gain in self.shown_after:
            what = "nothing yet" if gain is None else f"a gain of {gain:.3g} {self.unit} or more"
            lines.append(f"  after {months:>2} months: {what}")
        return "\n".join([*lines, self.note] if self.note else lines)

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dictionary."""
        return {"format": FORMAT, **asdict(self), "says": self.says}


def parse_gain(text: str) -> tuple[str, str | None, float, bool]:
    """Read `CRITERION=X`, `CRITERION:STATISTIC=X` or `CRITERION=X%`.

    Returns id, statistic, gain and whether it is per cent of the figure. Raises `ComparisonError`
    for anything else.

    >>> parse_gain("lead_time:p80=10%")
    ('lead_time', 'p80', 10.0, True)
    """
    name, found, number = text.partition("=")
    number = number.strip()
    try:
        value = float(number.removesuffix("%").strip())
    except ValueError:
        value = math.nan
    if not found or not name.strip() or not math.isfinite(value):
        raise ComparisonError(
            f"--gain {text}: is no gain; write CRITERION=X, like lead_time=5 or on_time=10%"
        )
    id, _, statistic = name.strip().partition(":")
    return id, statistic or None, value, number.endswith("%")


def plan(
    log: EventLog | Facts,
    criterion: str,
    gain: float,
    *,
    statistic: str | None = None,
    per_cent: bool = False,
    power: float = 0.8,
    alpha: float = 0.05,
    known: Catalogue | None = None,
    seed: int = 0,
) -> Plan:
    """How many matters and months until a gain in a figure shows.

    `gain` > 0, in the figure's unit (or per cent of the figure), in its better direction;
    `statistic`: the criterion's first one unless named, here or as `criterion:statistic`.
    The log is what was before; afterwards matters arrive as often as now and vary as much, so the
    difference has the variance se² + n se² ÷ m, se from the figure's own influences; m is such
    that a gain shows in `power` of the times at two-sided `alpha`. Raises `ComparisonError` for a
    gain that cannot be, or that no number of matters could show against this log.
    """
    known = catalogue() if known is None else known
    criterion, _, named = criterion.partition(":")
    statistic = statistic or named or None
    chosen = known[criterion]
    facts = log if isinstance(log, Facts) else facts_of(log, known=known)
    if chosen.id in facts.missing or chosen.id not in facts.hashes:
        reason = facts.missing.get(chosen.id, "not among the facts")
        raise ComparisonError(f"--gain {criterion}: is not measurable in this log ({reason})")
    figure = _figure(facts, chosen.id, statistic, known, seed)
    value, se = figure.value, figure.se
    if value is None or not se:
        raise ComparisonError(
            f"--gain {criterion}: {figure.statistic} has no value with a standard error here "
            f"({figure.note or figure.status}); choose another statistic"
        )
    amount = _possible(figure, value, gain * value / 100 if per_cent else gain)
    z = NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(power)
    least = z * se
    if amount <= least:
        raise ComparisonError(
            f"--gain {criterion}={amount:.3g}: no number of further matters shows it, as this log "
            f"tells {figure.statistic} only to ± {1.96 * se:.3g} {figure.unit}; ask for more than "
            f"{least:.3g}"
        )
    matters = math.ceil(figure.n * se**2 / ((amount / z) ** 2 - se**2))
    rate = _per_month(facts) * figure.n / facts.n
    lag = _lag_days(facts, figure)
    months = matters / rate + lag / MONTH_DAYS
    if months > 12 * LONGEST_YEARS:
        raise ComparisonError(
            f"--gain {criterion}={amount:.3g}: would show only after {months / 12:.0f} years "
            f"({matters} matters at {rate:.3g} a month); ask for more"
        )
    shown = tuple((m, _shown(m, lag, rate, figure.n, se, z)) for m in (3, 6, 12, 24, 36))
    return Plan(
        figure.id, figure.statistic, figure.unit, value, se, figure.n, amount, matters, rate, lag,
        months, least, shown, power, alpha, figure.note,
    )  # fmt: skip


def _figure(
    facts: Facts, id: str, statistic: str | None, known: Catalogue, seed: int
) -> Figure:  # fmt: skip
    cohort = Cohort(facts, options=Options(seed=seed))
    found = [
        f
        for s in known[id].statistics
        for f in s.figures(known[id], facts.values[id], cohort)
        if f.by is None and not f.statistic.startswith("closed_")
    ]
    names = [f.statistic for f in found]
    for f in found:
        if statistic in (None, f.statistic):
            return f
    if not found:
        raise ComparisonError(f"--gain {id}: is measured by segment only; choose another criterion")
    raise ComparisonError(
        f"--gain {id}:{statistic}: there is no such statistic; choose {', '.join(names)}"
    )


def _possible(figure: Figure, value: float, gain: float) -> float:
    """The gain, or an error that says why it cannot be."""
    place = f"--gain {figure.id}={gain:.3g}"
    if gain <= 0:
        raise ComparisonError(f"{place}: a gain is above 0, in the better direction; give its size")
    if figure.direction == "lower" and gain > value:
        raise ComparisonError(
            f"{place}: cannot be, as {figure.statistic} is {value:.3g} {figure.unit} now; ask for "
            "less than that"
        )
    if figure.direction == "higher" and figure.unit == "share" and value + gain > 1:
        raise ComparisonError(
            f"{place}: cannot be, as the share is {value:.3g} now; ask for at most {1 - value:.3g}"
        )
    return gain


def _per_month(facts: Facts) -> float:
    """Arrivals a month, over the log's last year of arrivals (or all of it, where shorter)."""
    arrival = facts.matters["arrival"].to_numpy()
    last = int(arrival.max())
    span = min(last - int(arrival.min()), 365 * DAY)
    if span < 7 * DAY:
        raise ComparisonError(
            "plan: all matters arrived within a week, so the rate of arrival cannot be told; "
            "give a longer log"
        )
    recent = int((arrival > last - span).sum())
    return recent / (span / DAY / MONTH_DAYS)


def _lag_days(facts: Facts, figure: Figure) -> float:
    """How long the last matters have to be followed: to the horizon, or to the figure's time."""
    if figure.horizon_days is not None:
        return figure.horizon_days
    if figure.unit == "days" and figure.value is not None:
        return figure.high if figure.high is not None else figure.value
    elapsed, ended = facts.matters["elapsed"].to_numpy(), facts.matters["ended"].to_numpy()
    return default_horizon(elapsed, ended) / DAY


def _shown(months: int, lag: float, rate: float, n: int, se: float, z: float) -> float | None:
    seen = (months - lag / MONTH_DAYS) * rate
    return None if seen < 5 else z * math.sqrt(se**2 + n * se**2 / seen)
