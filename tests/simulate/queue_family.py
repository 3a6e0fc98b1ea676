"""The family of queues that the engine is held against, with the lengths of their runs.

How many matters are needed follows from the asymptotic variance of the mean wait, for M/M/1
ρ (2 + 5 ρ - 4 ρ² + ρ³) / (1 - ρ)⁴ (Daley 1968, The serial correlation coefficients of waiting
times in a stationary single server queue): relative to the squared mean 39 at a load of 0.6, 123
at 0.8, 443 at 0.9 and 1683 at 0.95. A half-width of 1 % at 99.9 % takes 109,000 times that, 183
million matters at 0.95; with controls about a tenth. Constant works halve it, so that M/D/1 stands
for 0.95. In all some 65 million steps.
"""

from __future__ import annotations

import math

from queue_theory import Claim, Queue, Station, erlang_c, expon, gamma

from polku.simulate.scenario import fixed

KLEINROCK = "Kleinrock 1975, Queueing Systems 1"
ERLANG = "Erlang C, Kleinrock 1975, § 3.5"
POLLACZEK = "Pollaczek-Khinchine, Kleinrock 1975, § 5.6"
COBHAM = "Cobham 1954, Priority assignment in waiting line problems"
JACKSON = "Jackson 1957, Networks of waiting lines"
INFINITE = "M/G/∞, Kleinrock 1975, § 3.4"


def mm1(
    load: float, claims: tuple[Claim, ...], runs: int, matters: int, cut: int, **more: object
) -> Queue:
    """M/M/1."""
    return Queue(
        f"M/M/1 at {load}",
        load,
        1 / load,
        (Station(expon(1.0)),),
        claims,
        runs,
        matters,
        cut,
        **more,
    )  # type: ignore[arg-type]


def wait_1(load: float) -> Claim:
    return Claim("wait", load / (1 - load), f"{KLEINROCK}, § 3.2")


def mmc(
    servers: int,
    load: float,
    figures: tuple[str, ...],
    runs: int,
    matters: int,
    cut: int,
    **more: object,
) -> Queue:
    """M/M/c."""
    chance = erlang_c(servers, load * servers)
    wait = chance / (servers * (1 - load))
    truth = {"wait": wait, "sojourn": wait + 1, "waits": chance, "queue": wait * servers * load}
    claims = tuple(Claim(f, truth[f], ERLANG) for f in figures)  # type: ignore[arg-type]
    return Queue(
        f"M/M/{servers} at {load}",
        load,
        1 / (load * servers),
        (Station(expon(1.0), servers),),
        claims,
        runs,
        matters,
        cut,
        **more,
    )  # type: ignore[arg-type]


def mg1(
    name: str, law, scv: float, load: float, runs: int, matters: int, cut: int, **more: object
) -> Queue:
    """M/G/1 with works of mean one and this squared coefficient of variation."""
    wait = load * (1 + scv) / (2 * (1 - load))
    return Queue(
        f"{name} at {load}",
        load,
        1 / load,
        (Station(law),),
        (Claim("wait", wait, POLLACZEK),),
        runs,
        matters,
        cut,
        **more,
    )


def cobham(load: float, urgent: float, runs: int, matters: int, cut: int, **more: object) -> Queue:
    """Two classes, not preemptive, exponential works of the same mean."""
    first = load * urgent
    claims = (
        Claim("wait", load / (1 - first), COBHAM, level=0),
        Claim("wait", load / ((1 - first) * (1 - load)), COBHAM, level=1),
    )
    return Queue(
        f"two classes at {load}",
        load,
        1 / load,
        (Station(expon(1.0), 1, "priority"),),
        claims,
        runs,
        matters,
        cut,
        urgent=urgent,
        **more,
    )


def tandem(loads: tuple[float, float], runs: int, matters: int, cut: int, **more: object) -> Queue:
    """Two M/M/1 one after another."""
    works = [loads[0], loads[1]]
    stations = tuple(Station(expon(w / loads[0]), mean=w / loads[0]) for w in works)
    gap = 1 / loads[0]
    claims = tuple(
        Claim("sojourn", w / loads[0] / (1 - w), JACKSON, station=k) for k, w in enumerate(works)
    )
    return Queue(
        f"tandem at {loads[0]} and {loads[1]}",
        max(loads),
        gap,
        stations,
        claims,
        runs,
        matters,
        cut,
        **more,
    )


FAMILY = (
    mm1(
        0.3, (Claim("sojourn", 1 / 0.7, KLEINROCK), Claim("idle", 0.7, KLEINROCK)), 40, 25_000, 500
    ),
    mm1(
        0.6,
        (
            wait_1(0.6),
            Claim("over", 0.6 * math.exp(-0.8), KLEINROCK, over=2.0),
            Claim("work", 1.0, "mean"),
            Claim("gap", 1 / 0.6, "mean"),
        ),
        40,
        220_000,
        1_000,
    ),
    mm1(0.8, (wait_1(0.8),), 80, 35_000, 2_000, controlled=True),
    mm1(0.9, (wait_1(0.9),), 10, 700_000, 10_000, batches=40, controlled=True),
    mmc(2, 0.6, ("sojourn", "waits"), 40, 70_000, 1_000),
    mmc(5, 0.8, ("wait", "queue"), 80, 55_000, 2_000, controlled=True),
    mmc(3, 0.9, ("wait",), 12, 700_000, 10_000, batches=40, controlled=True),
    mg1("M/G/1, scv 2", gamma(0.5), 2.0, 0.6, 80, 30_000, 2_000, controlled=True),
    mg1("M/G/1, scv 0.5", gamma(2.0), 0.5, 0.8, 80, 30_000, 2_000, controlled=True),
    mg1("M/D/1", fixed(1.0), 0.0, 0.3, 40, 40_000, 500),
    mg1("M/D/1", fixed(1.0), 0.0, 0.8, 80, 30_000, 2_000, controlled=True),
    mg1("M/D/1", fixed(1.0), 0.0, 0.95, 20, 700_000, 20_000, batches=20, controlled=True),
    cobham(0.8, 0.5, 80, 50_000, 2000, controlled=True),
    tandem((0.6, 0.8), 80, 40_000, 2000, controlled=True),
    Queue(
        "M/M/∞",
        1.0,
        1.0,
        (Station(expon(1.0), None),),
        (
            Claim("number", 1.0, INFINITE),
            Claim("idle", math.exp(-1), INFINITE),
            Claim("sojourn", 1.0, INFINITE),
        ),
        40,
        30_000,
        500,
    ),
    Queue(
        "two visits to one server at 0.6",
        0.6,
        2 / 0.6,
        (Station(expon(1.0)), Station(expon(1.0), same=True)),
        tuple(Claim("sojourn", 2.5, JACKSON, station=k) for k in range(2)),
        80,
        30_000,
        2_000,
        controlled=True,
    ),
    Queue(
        "M/M/∞ in office hours",
        1.0,
        7.0,
        (Station(expon(600.0), None, mean=600.0),),
        (Claim("sojourn", 600 * 4.2, INFINITE + ", times 168/40"),),
        40,
        10_000,
        0,
        office=True,
    ),
    Queue(
        "M/M/1 in office hours at 0.3",
        0.3,
        400.0,
        (Station(expon(120.0), mean=120.0),),
        (Claim("sojourn", 120 / 0.7 * 4.2, KLEINROCK + ", times 168/40"),),
        100,
        9_000,
        200,
        office=True,
    ),
)
