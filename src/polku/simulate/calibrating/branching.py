"""How often each flow was taken at a gateway, by round where a log shows a difference."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from polku.path.model import Path
from polku.simulate.calibrating.instances import Instances
from polku.simulate.scenario import ASSUMED, Branching, Origin, Remark, Varied

FEWEST = 30
"""Passes of a round from which it may have chances of its own."""
_ROUNDS = 4
_DOUBT = 0.01
_FOLLOWED = 0.5
"""Share of matters that must have gone a way of the path, for passes to tell its chances."""


@dataclass(frozen=True)
class Branchings:
    """Chances at gateways; chances of boundary events (event id → chance, passes)."""

    gateways: Mapping[str, Branching]
    boundary: Mapping[str, tuple[int, int]]
    remarks: tuple[Remark, ...]


def branchings(path: Path, seen: Instances) -> Branchings:
    """Chances at every gateway with several ways on."""
    counts, passes = _counted(seen)
    followed = seen.fitting >= _FOLLOWED * len(seen.arrival)
    out: dict[str, Branching] = {}
    remarks = []
    for gateway in path.gateways:
        flows = [f.id for f in path.out(gateway.id)]
        if len(flows) < 2 or gateway.kind not in ("exclusive", "inclusive"):
            continue
        exclusive = gateway.kind == "exclusive"
        rounds = counts.get(gateway.id, {})
        n = round(sum(passes[gateway.id].values()))
        if not n:
            called = gateway.name or gateway.id
            even, known = _own(path, gateway.id, exclusive)
            out[gateway.id] = Branching(Varied((even,)), ASSUMED)
            remarks.append(
                Remark(
                    gateway.id,
                    f"no matter of the log came to gateway {called!r}, so its chances are "
                    + ("the path's own" if known else "assumed to be even"),
                )
            )
            continue
        own, known = _own(path, gateway.id, exclusive)
        if known and not followed:
            why = "the path's own, for fewer than half of the matters could be followed along it"
            out[gateway.id] = Branching(Varied((own,)), Origin("inferred", n, why))
            continue
        table = _table(flows, rounds, passes[gateway.id])
        note = f"by round up to {len(table)}" if len(table) > 1 else None
        out[gateway.id] = Branching(Varied(tuple(table)), Origin("measured", n, note))
    exclusives = {g.id for g in path.gateways if g.kind == "exclusive"}
    for node in _ways_out(path, out):
        even, known = _own(path, node, node in exclusives)
        out[node] = Branching(
            Varied((even,)), replace(ASSUMED, n=round(sum(passes[node].values())))
        )
        remarks.append(
            Remark(
                node,
                f"every matter seen at gateway {path.node(node).name or node!r} went round again, "
                "and none is seen to leave; so that simulated matters end, its chances are "
                + ("the path's own" if known else "assumed to be even"),
            )
        )
    boundary = {
        e.id: (
            round(sum(passes[e.id].values())),
            int((seen.step == seen.steps.index(e.attached_to)).sum()),
        )
        for e in path.events
        if e.attached_to is not None and e.attached_to in seen.steps
    }
    return Branchings(out, boundary, tuple(remarks))


def _own(path: Path, gateway: str, exclusive: bool) -> tuple[dict[str, float], bool]:
    """The path's own chances at a gateway, else even ones; and whether it has them."""
    told = {f.id: f.probability for f in path.out(gateway)}
    known = all(p is not None for p in told.values())
    even = 1 / len(told) if exclusive else 0.5
    return {f: (p or 0.0) if known else even for f, p in told.items()}, known


def _ways_out(path: Path, chances: Mapping[str, Branching]) -> list[str]:
    """Gateways in loops without a way out, which other chances would give one.

    A node leads on when an end can be reached from it over flows that are taken at all in the last
    round told. From each gateway that does not, but has a flow to a node that does, loops end.
    """
    sources: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for node in path.nodes:
        branching = chances.get(node.id)
        last = branching.flows.otherwise[-1] if branching is not None else None
        for f in path.out(node.id):
            sources[f.target].append((node.id, last is None or last[f.id] > 0))
    leads = {n.id for n in path.nodes if not path.out(n.id)}
    found: list[str] = []
    queue = sorted(leads)
    while True:
        blocked = []
        while queue:
            here = queue.pop()
            for source, taken in sources[here]:
                if source in leads:
                    continue
                if not taken:
                    blocked.append(source)
                    continue
                leads.add(source)
                queue.append(source)
        fresh = sorted({*blocked, *(s for n in leads for s, _ in sources[n])} - leads)
        fresh = [g for g in fresh if g in chances]
        if not fresh:
            return found
        found += fresh
        leads.update(fresh)
        queue += fresh


_Counts = dict[str, dict[int, dict[str, float]]]


def _counted(seen: Instances) -> tuple[_Counts, dict[str, dict[int, float]]]:
    """Gateway → round → flow → matters; gateway → round → passes."""
    counts: _Counts = defaultdict(lambda: defaultdict(lambda: defaultdict(float)))
    passes: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for way in seen.passes:
        at: Counter[str] = Counter()
        for choice in way.replay.choices:
            k = at[choice.node]
            at[choice.node] += 1
            passes[choice.node][k] += way.weight
            for flow in choice.flows:
                counts[choice.node][k][flow] += way.weight
    return counts, passes


def _table(
    flows: list[str], rounds: Mapping[int, Mapping[str, float]], passes: Mapping[int, float]
) -> list[dict[str, float]]:
    """Chances for rounds 1, 2, …; the last holds for all later ones."""
    out: list[dict[str, float]] = []
    k, last = 0, max(passes)
    while True:
        here = {f: rounds.get(k, {}).get(f, 0.0) for f in flows}
        after = range(k + 1, last + 1)
        later = {f: sum(rounds.get(j, {}).get(f, 0.0) for j in after) for f in flows}
        n_here, n_later = passes.get(k, 0.0), sum(passes.get(j, 0.0) for j in after)
        apart = (
            len(out) < _ROUNDS - 1
            and min(n_here, n_later) >= FEWEST
            and _differ(flows, here, n_here, later, n_later)
        )
        if not apart:
            total = {f: here[f] + later[f] for f in flows}
            out.append(_chances(flows, total, n_here + n_later))
            return out
        out.append(_chances(flows, here, n_here))
        k += 1


def _chances(flows: list[str], counts: Mapping[str, float], passes: float) -> dict[str, float]:
    return {f: counts[f] / passes for f in flows}


def _differ(
    flows: list[str], a: Mapping[str, float], n: float, b: Mapping[str, float], m: float
) -> bool:
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
