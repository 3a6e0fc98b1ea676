"""How often each flow was taken, told from how often each step was done: what goes in comes out.

Every node gives an equation: what comes into an exclusive gateway leaves it on one of its ways, a
parallel one gives the same on all, a step takes in what was begun and gives what was done. Steps
are counted; equations with one unknown flow left are solved until none is. What stays unknown (ways
out of inclusive gateways that meet again without a step) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from polku.path.model import Event, Flow, Gateway, Node, Path, Step
from polku.simulate.scenario import Scenario


@dataclass(frozen=True, slots=True)
class _Equation:
    """The sum of flows `plus` less the sum of flows `minus` is `amount`."""

    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()
    amount: float = 0.0


def counted_shares(
    path: Path, begun: Mapping[str, int], done: Mapping[str, int], matters: int
) -> dict[str, float]:
    """Share of the times that each flow was taken when its source was left, by flow id.

    `begun`, `done`: how often each step was begun and done, in `matters` matters that have all
    ended, so that nothing is under way. Flows that cannot be told are missing.
    """
    equations = [e for node in path.nodes for e in _equations(path, node, begun, done, matters)]
    count: dict[str, float] = {}
    solved = True
    while solved:
        solved = False
        for e in equations:
            unknown = [f for f in (*e.plus, *e.minus) if f not in count]
            if len(unknown) == 1:
                rest = e.amount - sum(count.get(f, 0.0) for f in e.plus)
                rest += sum(count.get(f, 0.0) for f in e.minus)
                count[unknown[0]] = max(0.0, rest if unknown[0] in e.plus else -rest)
                solved = True
    return _shares(path, count)


def _equations(
    path: Path, node: Node, begun: Mapping[str, int], done: Mapping[str, int], matters: int
) -> Iterator[_Equation]:
    into = tuple(f.id for f in path.into(node.id))
    out = tuple(f.id for f in path.out(node.id))
    choosing = any(f.condition for f in path.out(node.id))
    match node:
        case Gateway(kind="exclusive" | "event"):
            yield _Equation(into, out)
        case Gateway(kind="parallel"):
            first = (*into, *out)[:1]
            yield from (_Equation(first, (f,)) for f in (*into, *out)[1:])
        case Gateway():
            if len(out) == len(into) == 1:
                yield _Equation(into, out)
        case Event(position="start"):
            if [e for e in path.events if _begins(e, node.within)] != [node]:
                return
            if node.within is None:
                yield from (_Equation((f,), amount=matters) for f in out)
            elif not getattr(path.node(node.within), "repeat", None):
                around = tuple(f.id for f in path.into(node.within))
                yield from (_Equation(around, (f,)) for f in out if around)
        case Event(position="boundary"):
            pass
        case Event():
            if into:
                yield from (_Equation(into, (f,)) for f in out)
        case Step():
            counted = not node.holds_nodes and node.repeat is None
            if counted and into:
                yield _Equation(into, amount=begun.get(node.id, 0))
            if counted and not choosing:
                yield from (_Equation((f,), amount=done.get(node.id, 0)) for f in out)
            if not counted and not choosing and into and not path.boundary(node.id):
                yield from (_Equation(into, (f,)) for f in out)


def _begins(event: Event, within: str | None) -> bool:
    return event.position == "start" and event.within == within


def _shares(path: Path, count: Mapping[str, float]) -> dict[str, float]:
    shares: dict[str, float] = {}
    for node in path.nodes:
        flows = path.out(node.id)
        if len(flows) == 1 or (flows and _all_at_once(path, node)):
            shares |= {f.id: 1.0 for f in flows}
            continue
        known = [f for f in flows if f.id in count]
        left = _left(path, node, flows, count)
        if left:
            shares |= {f.id: min(count[f.id] / left, 1.0) for f in known}
    return shares


def _all_at_once(path: Path, node: Node) -> bool:
    if isinstance(node, Gateway):
        return node.kind == "parallel"
    return not any(f.condition for f in path.out(node.id))


def _left(
    path: Path, node: Node, flows: tuple[Flow, ...], count: Mapping[str, float]
) -> float | None:
    """How often a node was left, None where it cannot be told."""
    if not isinstance(node, Gateway):
        return None
    if node.kind in ("exclusive", "event"):
        return sum(count[f.id] for f in flows) if all(f.id in count for f in flows) else None
    into = path.into(node.id)
    return count.get(into[0].id) if len(into) == 1 else None


def certain_shares(path: Path) -> dict[str, float]:
    """The flows that are always taken when their source is left."""
    return _shares(path, {})


def given_shares(path: Path, scenario: Scenario) -> dict[str, float]:
    """Shares at exclusive gateways where the scenario gives the same chances to every matter."""
    shares: dict[str, float] = {}
    for id, branching in scenario.branching.items():
        node = path.node(id) if path.has(id) else None
        options = list(branching.flows.all())
        if not isinstance(node, Gateway) or node.kind != "exclusive":
            continue
        total = sum(options[0].values())
        if total > 0 and all(o == options[0] for o in options):
            shares |= {f: chance / total for f, chance in options[0].items()}
    return shares
