"""How often each flow was taken at a gateway, by round where a log shows a difference."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from polku.path.model import Path
from polku.simulate.calibrating.instances import Instances
from polku.simulate.scenario import ASSUMED, Branching, Origin, Remark, Varied

FEWEST = 30
"""Passes of a round from which it may have chances of its own."""
_ROUNDS = 4
_DOUBT = 0.01


@dataclass(frozen=True)
class Branchings:
    """Chances at gateways; chances of boundary events (event id → chance, passes)."""

    gateways: Mapping[str, Branching]
    boundary: Mapping[str, tuple[int, int]]
    remarks: tuple[Remark, ...]


def branchings(path: Path, seen: Instances) -> Branchings:
    """Chances at every gateway with several ways on."""
    counts, passes = _counted(seen)
    out: dict[str, Branching] = {}
    remarks = []
    for gateway in path.gateways:
        flows = [f.id for f in path.out(gateway.id)]
        if len(flows) < 2 or gateway.kind not in ("exclusive", "inclusive"):
            continue
        exclusive = gateway.kind == "exclusive"
        rounds = counts.get(gateway.id, {})
        n = sum(passes[gateway.id].values())
        name = gateway.name or gateway.id
        if not n:
            told = {f.id: f.probability for f in path.out(gateway.id)}
            known = all(p is not None for p in told.values())
            even = {
                f: (p or 0.0) if known else (1 / len(flows) if exclusive else 0.5)
                for f, p in told.items()
            }
            out[gateway.id] = Branching(Varied((even,)), ASSUMED)
            remarks.append(
                Remark(
                    gateway.id,
                    f"no matter of the log came to gateway {name!r}, so its chances are "
                    + ("the path's own" if known else "assumed to be even"),
                )
            )
            continue
        table = _table(flows, rounds, passes[gateway.id])
        note = f"by round up to {len(table)}" if len(table) > 1 else None
        out[gateway.id] = Branching(Varied(tuple(table)), Origin("measured", n, note))
    boundary = {
        e.id: (
            sum(passes[e.id].values()),
            int((seen.step == seen.steps.index(e.attached_to)).sum()),
        )
        for e in path.events
        if e.attached_to is not None and e.attached_to in seen.steps
    }
    return Branchings(out, boundary, tuple(remarks))


_Counts = dict[str, dict[int, Counter[str]]]


def _counted(seen: Instances) -> tuple[_Counts, dict[str, Counter[int]]]:
    """Gateway → round → flow → matters; gateway → round → passes."""
    counts: _Counts = defaultdict(lambda: defaultdict(Counter))
    passes: dict[str, Counter[int]] = defaultdict(Counter)
    for way in seen.passes:
        at: Counter[str] = Counter()
        for choice in way.replay.choices:
            k = at[choice.node]
            at[choice.node] += 1
            passes[choice.node][k] += way.matters
            for flow in choice.flows:
                counts[choice.node][k][flow] += way.matters
    return counts, passes


def _table(
    flows: list[str], rounds: Mapping[int, Counter[str]], passes: Counter[int]
) -> list[dict[str, float]]:
    """Chances for rounds 1, 2, …; the last holds for all later ones."""
    out: list[dict[str, float]] = []
    k, last = 0, max(passes)
    while True:
        here, later = Counter(rounds.get(k, {})), Counter[str]()
        for j in range(k + 1, last + 1):
            later.update(rounds.get(j, {}))
        n_here, n_later = passes[k], sum(passes[j] for j in range(k + 1, last + 1))
        apart = (
            len(out) < _ROUNDS - 1
            and min(n_here, n_later) >= FEWEST
            and _differ(flows, here, n_here, later, n_later)
        )
        if not apart:
            total = here + later
            out.append(_chances(flows, total, n_here + n_later))
            return out
        out.append(_chances(flows, here, n_here))
        k += 1


def _chances(flows: list[str], counts: Counter[str], passes: int) -> dict[str, float]:
    return {f: counts[f] / passes for f in flows}


def _differ(flows: list[str], a: Counter[str], n: int, b: Counter[str], m: int) -> bool:
    """Whether two rounds differ beyond chance (Pearson's chi squared)."""
    from scipy.stats import chi2

    statistic, free = 0.0, 0
    for f in flows:
        both = (a[f] + b[f]) / (n + m)
        if not 0 < both < 1:
            continue
        free += 1
        statistic += (a[f] - n * both) ** 2 / (n * both) + (b[f] - m * both) ** 2 / (m * both)
    return free > 1 and float(chi2.sf(statistic, free - 1)) < _DOUBT
