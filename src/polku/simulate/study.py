"""Replications: as many as it takes, each with its figures, and intervals over them.

Replications are independent given the seed, so the mean of a figure over them has a t-interval.
With a wished half-width, replications are added until the interval is that narrow (sequential
stopping, Law 2015, 9.4.1); the first `LEAST` always run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from os import cpu_count
from typing import TYPE_CHECKING, Any

import numpy as np

from polku.errors import ScenarioError
from polku.path.model import Path
from polku.simulate.run import Run, Window, replicate, window
from polku.simulate.scenario import Scenario
from polku.simulate.tally import DAY, Tally, tally

if TYPE_CHECKING:
    from polku.simulate.standing import Standing

LEAST = 5
"""Replications before a half-width is judged."""
MOST = 1_000
"""Replications after which a wished half-width is given up."""


@dataclass(frozen=True)
class Figure:
    """A figure over replications: mean with its t-interval (None with one replication)."""

    name: str
    unit: str
    value: float
    low: float | None
    high: float | None
    n: int

    @property
    def half_width(self) -> float | None:
        """Half the width of the interval."""
        return None if self.high is None else self.high - self.value


@dataclass(frozen=True)
class Study:
    """What replications say together.

    `tallies`: one for each replication; `reached`: whether the wished half-width was reached (None:
    none was wished); `warm_up_days`: what was cut at the beginning, `warm_up_how` why.
    """

    path: str
    seed: int
    tallies: tuple[Tally, ...]
    figures: tuple[Figure, ...]
    pools: tuple[tuple[str, Figure, Figure, Figure], ...]
    warm_up_days: float
    warm_up_how: str
    reached: bool | None = None

    @property
    def balanced(self) -> bool:
        """Whether the books of every replication balance (`Tally.balanced`)."""
        return all(t.balanced for t in self.tallies)

    def figure(self, name: str) -> Figure:
        """A figure by its name."""
        return next(f for f in self.figures if f.name == name)

    def to_json(self) -> dict[str, Any]:
        """As a document."""

        def told(f: Figure) -> dict[str, Any]:
            return {"name": f.name, "unit": f.unit, "value": _plain(f.value), "low": _plain(f.low),
                    "high": _plain(f.high), "n": f.n}  # fmt: skip

        return {
            "format": "polku.study/1", "path": self.path, "seed": self.seed,
            "replications": len(self.tallies), "balanced": self.balanced,
            "half_width_reached": self.reached, "warm_up_days": self.warm_up_days,
            "warm_up_how": self.warm_up_how, "figures": [told(f) for f in self.figures],
            "pools": [
                {"pool": name, "utilisation": told(u), "queue": told(q), "waiting": told(w)}
                for name, u, q, w in self.pools
            ],
        }  # fmt: skip


def _plain(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def study(
    path: Path,
    scenario: Scenario,
    *,
    matters: int | None = None,
    start: date | datetime | None = None,
    end: date | datetime | None = None,
    seed: int = 1,
    replications: int = 10,
    half_width: float | None = None,
    figure: str = "lead time, mean",
    warm_up: float | str | None = None,
    threads: int | None = None,
    each: Callable[[Run], None] | None = None,
    standing: Standing | None = None,
) -> Study:
    """Run replications and say what they say together.

    Parameters: as in `simulate`; `half_width`: wished relative half-width of the interval of
    `figure` (0.05: ± 5 %): replications are added, from `replications` on, until it is reached or
    `MOST` have run; `warm_up`: days, or "mser" (MSER-5 on the lead times of the first replication),
    default the scenario's; `each`: called with every run in order, to keep its log; the runs
    themselves are not kept. The number of threads changes no figure.

    Raises `ScenarioError` for what cannot be simulated.
    """
    from polku.simulate.engine.compile import plan

    if replications < 1:
        raise ScenarioError(f"simulate: replications is {replications}; it must be 1 or more")
    made = plan(path, scenario)
    when = window(scenario, matters, start, end, standing)
    cut, days, how = _warm_up(warm_up, scenario, when)
    tallies: list[Tally] = []
    most = MOST if half_width is not None else replications
    least = max(LEAST, replications) if half_width is not None else replications
    workers = min(threads or cpu_count() or 1, most)

    def one(k: int) -> Run:
        return replicate(
            made, seed=seed, replication=k, matters=matters, window=when, standing=standing
        )

    reached = None if half_width is None else False
    with ThreadPoolExecutor(max(1, workers)) as pool:
        for run in _ahead(pool, one, most, workers):
            if not tallies and warm_up == "mser":
                cut, days, how = _mser_cut(run)
            tallies.append(tally(run, cut))
            if each is not None:
                each(run)
            if half_width is not None and len(tallies) >= least:
                known = {f.name: f for f in _figures(tallies)}
                if figure not in known:
                    raise ScenarioError(
                        f"simulate: figure {figure!r} is not known; use one of {', '.join(known)}"
                    )
                f = known[figure]
                if f.half_width is not None and f.half_width <= half_width * abs(f.value):
                    reached = True
                    break
    return Study(
        path.id, seed, tuple(tallies), _figures(tallies), _pool_figures(tallies), days, how, reached
    )


def _ahead(
    pool: ThreadPoolExecutor, one: Callable[[int], Run], most: int, workers: int
) -> Iterator[Run]:
    """Runs in the order of their numbers, no more at a time than there are workers."""
    numbers = iter(range(most))
    waiting = [pool.submit(one, k) for k in islice(numbers, workers)]
    try:
        while waiting:
            run = waiting.pop(0).result()
            waiting += [pool.submit(one, k) for k in islice(numbers, 1)]
            yield run
    finally:
        for left in waiting:
            left.cancel()


def _warm_up(
    warm_up: float | str | None, scenario: Scenario, when: Window
) -> tuple[int | None, float, str]:
    if warm_up == "mser":
        return None, 0.0, "MSER-5"
    if isinstance(warm_up, str):
        raise ScenarioError(f"simulate: warm-up {warm_up!r} is not known; give days, or mser")
    days = scenario.warm_up_days if warm_up is None else float(warm_up)
    if days < 0:
        raise ScenarioError(f"simulate: warm-up is {days:g} days; it must be 0 or more")
    if days * DAY >= when.until - when.since:
        raise ScenarioError(
            f"simulate: a warm-up of {days:g} days leaves nothing of the run; give fewer days or a "
            "later end"
        )
    how = "the scenario's" if warm_up is None else "as asked"
    return when.since + round(days * DAY), days, how if days else "nothing is cut"


def _mser_cut(run: Run) -> tuple[int, float, str]:
    t = run.trace
    ended = t.ended[: t.arrived]
    arrival = run.matters.time[: t.arrived]
    lead = (ended - arrival)[ended >= 0].astype(float)
    cut = mser5(lead)
    if cut is None:
        return t.since, 0.0, "MSER-5 found no stationary part in the first replication"
    moment = int(arrival[ended >= 0][cut]) if cut else t.since
    return moment, (moment - t.since) / DAY, "MSER-5 on the lead times of the first replication"


def mser5(series: np.ndarray[Any, np.dtype[np.float64]]) -> int | None:
    """How much to cut from the beginning of a series (White 1997, MSER with batches of 5).

    Returns the number of values before the cut, a multiple of 5; None where the best cut lies in
    the second half, which says that the series is too short to tell.

    >>> mser5(np.concatenate([np.linspace(9, 1, 50), np.ones(450)]))
    50
    """
    batches = len(series) // 5
    if batches < 4:
        return None
    means = series[: 5 * batches].reshape(-1, 5).mean(axis=1)
    left = np.arange(batches, 0, -1, dtype=float)
    total = np.cumsum(means[::-1])[::-1]
    squares = np.cumsum((means**2)[::-1])[::-1]
    spread = np.maximum(squares - total**2 / left, 0.0) / left**2
    best = int(np.argmin(spread[: batches - 2]))
    return None if best > batches // 2 else 5 * best


def interval(name: str, unit: str, values: list[float], level: float = 0.95) -> Figure:
    """The mean of independent values with its t-interval."""
    known = [v for v in values if math.isfinite(v)]
    n = len(known)
    if not n:
        return Figure(name, unit, math.nan, None, None, 0)
    middle = math.fsum(known) / n
    if n == 1:
        return Figure(name, unit, middle, None, None, 1)
    from scipy.special import stdtrit

    deviation = math.sqrt(math.fsum((v - middle) ** 2 for v in known) / (n - 1))
    half = float(stdtrit(n - 1, 0.5 + level / 2)) * deviation / math.sqrt(n)
    return Figure(name, unit, middle, middle - half, middle + half, n)


def _figures(tallies: list[Tally]) -> tuple[Figure, ...]:
    asked: list[tuple[str, str, Callable[[Tally], float]]] = [
        ("lead time, mean", "days", lambda t: t.mean_lead),
        ("lead time, median", "days", lambda t: t.lead(0.5)),
        ("lead time, 8 of 10 within", "days", lambda t: t.lead(0.8)),
        ("lead time, 9 of 10 within", "days", lambda t: t.lead(0.9)),
        ("matters that arrived", "", lambda t: float(t.arrived)),
        ("arrivals a day", "", lambda t: t.per_day),
        ("open at a time, mean", "matters", lambda t: t.in_system),
        ("unfinished at the end", "share", lambda t: t.unfinished),
    ]
    return tuple(interval(n, u, [f(t) for t in tallies]) for n, u, f in asked)


def _pool_figures(tallies: list[Tally]) -> tuple[tuple[str, Figure, Figure, Figure], ...]:
    out = []
    for k, pool in enumerate(tallies[0].pools if tallies else ()):
        of = [t.pools[k] for t in tallies]
        out.append(
            (
                pool.name,
                interval("utilisation", "share",
                         [math.nan if p.utilisation is None else p.utilisation for p in of]),
                interval("queue, mean", "works", [p.queue for p in of]),
                interval("waiting for people, mean", "hours", [p.waiting_hours for p in of]),
            )
        )  # fmt: skip
    return tuple(out)
