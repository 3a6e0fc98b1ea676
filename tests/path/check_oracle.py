"""A plain explorer of token games, written apart from the product: every order, counted tokens.

It knows steps, exclusive, parallel and inclusive gateways, none starts and ends, nothing else.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain, combinations

from polku.path.model import Gateway, Path

MOST = 20_000


def explore(path: Path) -> dict[str, bool] | None:
    """What is wrong with a path: keys stuck (an end cannot be reached), twice, dead.

    None beyond `MOST` states.
    """
    nodes = {n.id: n for n in path.nodes}
    begin = frozenset(
        Counter(f.id for n in path.nodes if not path.into(n.id) for f in path.out(n.id)).items()
    )
    ins = {n: [f.id for f in path.into(n)] for n in nodes}
    outs = {n: [f.id for f in path.out(n)] for n in nodes}
    reach = {n.id: _reach(path, n) for n in path.gateways if n.kind == "inclusive"}
    seen, todo, after = {begin}, [begin], {}
    fired, twice = {n for n in nodes if not ins[n]}, False
    while todo:
        state = todo.pop()
        tokens = dict(state)
        if any(n > 1 for n in tokens.values()):
            twice = True
            after[state] = None  # not followed
            continue
        found = []
        for id in nodes:
            for taken in _takes(nodes[id], ins[id], tokens, reach):
                for put in _puts(nodes[id], outs[id]):
                    fired.add(id)
                    new = Counter(tokens)
                    new.subtract(taken)
                    new.update(put or [f"end {id}"])
                    found.append(frozenset((k, v) for k, v in new.items() if v))
        after[state] = found
        for new in found:
            if new not in seen:
                seen.add(new)
                todo.append(new)
        if len(seen) > MOST:
            return None
    good = {s for s, then in after.items() if then is None or _over(s)}
    grown = True
    while grown:
        more = {s for s, then in after.items() if s not in good and any(t in good for t in then)}
        good |= more
        grown = bool(more)
    return {"stuck": len(good) < len(after), "twice": twice, "dead": len(fired) < len(nodes)}


def _over(state):
    return all(place.startswith("end ") for place, _ in state)


def _takes(node, ins, tokens, reach):
    there = [f for f in ins if tokens.get(f)]
    if isinstance(node, Gateway) and len(ins) > 1 and node.kind != "exclusive":
        if node.kind == "parallel":
            return [ins] if len(there) == len(ins) else []
        if not there:
            return []
        for place in tokens:
            to = reach[node.id].get(place, set())
            if to - set(there) and not to & set(there):
                return []
        return [there]
    return [[f] for f in there]


def _puts(node, outs):
    if not outs:
        return [[]]
    if isinstance(node, Gateway) and node.kind == "exclusive":
        return [[f] for f in outs]
    if isinstance(node, Gateway) and node.kind == "inclusive":
        return chain.from_iterable(combinations(outs, n) for n in range(1, len(outs) + 1))
    return [outs]


def _reach(path, gateway):
    """For each flow, the flows into a gateway that a walk from it meets first."""
    found = {}
    for flow in path.flows:
        met, seen, todo = set(), set(), [flow]
        while todo:
            at = todo.pop()
            if at.id in seen:
                continue
            seen.add(at.id)
            if at.target == gateway.id:
                met.add(at.id)
            else:
                todo.extend(path.out(at.target))
        found[flow.id] = met
    return found
