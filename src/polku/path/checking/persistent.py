"""Which orders of parallel branches need not be tried: persistent sets of moves.

In a state, a set of moves is persistent when nothing that the others can do before takes part in
it: nobody else takes its tokens, hinders it, or is hindered by it. Then following it alone loses no
verdict (Godefroid 1996, LNCS 1032; `soundness` says what is kept and how). Four kinds are used:

- all moves that take one same token (or the tokens of one parallel join) and nothing more;
- all that can happen to a step, or to the process, in which nothing is left to go on;
- an inclusive join to which no other token can still come.

What ends a sub-process from outside empties it whatever happened inside, so the moves inside need
not wait for it. An inclusive join looks at tokens far away: where a token may come to it by several
flows, it decides with whom the join goes on, and is followed alone only when nobody can come to the
join before it: because all others must first pass a join that waits for this token.
"""

from __future__ import annotations

from functools import reduce
from operator import or_

from polku.path.checking.structure import closure
from polku.path.checking.tokens import AnyMove, Join, Move, Net, bits


class Persistent:
    """The persistent sets of a net's states."""

    def __init__(self, net: Net, by_place: dict[int, list[Move]]) -> None:
        self.net, self.by_place = net, by_place
        self.free = _free_moves(net)
        self.begins = reduce(or_, {*self.free, *net.hosts}, 0)
        """places at which moves begin; others, as the ends, need not be looked at"""
        self.joins = list(net.joins.values())
        self.forks = _forks(net) if self.joins else {}

    def of(self, state: int) -> list[AnyMove] | None:
        """A persistent set that holds something; the fewest moves; None where none is known."""
        best: list[AnyMove] | None = None
        for place in bits(state & self.begins):
            found = self._at(place, state)
            if not found or not self._clear_of_joins(state, found[0].need):
                continue
            if best is None or len(found) < len(best):
                best = [*found]
                if len(found) == 1:
                    return best
        for choices in self.joins:
            shorter = best is None or len(choices) < len(best)
            if shorter and choices[0].alone(state) and choices[0].can(state):
                best = [*choices]
        return best

    def _at(self, place: int, state: int) -> list[Move]:
        """The moves free of all others that a place begins."""
        moves = self.free.get(place)
        if moves is not None:
            return moves if moves[0].can(state) else []
        host = self.net.hosts.get(place)
        if host is None or not host.own or state & (host.inside | host.beside):
            return []
        return [m for m in self.by_place[place] if m.can(state)]

    def _clear_of_joins(self, state: int, need: int) -> bool:
        """Whether these tokens do not decide with whom an inclusive join goes on."""
        for place in bits(need):
            for above, rivals, guards in self.forks.get(place, ()):
                others = state & ~need
                if others & rivals or (others & above and others & guards):
                    return False
        return True


def _free_moves(net: Net) -> dict[int, list[Move]]:
    """Moves that take the same tokens and nothing else, by their first place."""
    needing: dict[int, list[Move]] = {}
    for move in net.moves:
        for place in bits(move.need):
            needing.setdefault(place, []).append(move)
    return {
        place: moves
        for place, moves in needing.items()
        if place == moves[0].need & -moves[0].need
        and all(
            m.need == moves[0].need == m.clear and not m.absent
            for p in bits(moves[0].need)
            for m in needing[p]
        )
    }


Fork = tuple[int, int, int]


def _forks(net: Net) -> dict[int, list[Fork]]:
    """For a place from which an inclusive join can be reached by several of its flows: all places
    above the join; those from which it can be reached past every join that waits for this place;
    and the flows by which those joins wait.
    """
    waiting = {
        n.id: net.reach(n)
        for n in net.path.gateways
        if n.kind in ("parallel", "inclusive", "complex") and _several(net.into[n.id])
    }
    known: dict[tuple[str, frozenset[str]], int] = {}
    out: dict[int, list[Fork]] = {}
    for choices in net.joins.values():
        join = choices[0]
        for place, reach in join.reach.items():
            if not _several(reach):
                continue
            by = {h: r[place] for h, r in waiting.items() if h != join.node and place in r}
            by = {h: flow for h, flow in by.items() if not _several(flow)}
            key = (join.node, frozenset(by))
            if key not in known:
                known[key] = _past(net, join, key[1])
            guards = reduce(or_, by.values(), 0)
            out.setdefault(place, []).append((join.above, known[key], guards))
    return out


def _past(net: Net, join: Join, stops: frozenset[str]) -> int:
    """Places from which a join can be reached without passing some gateways."""
    before = {n: [b for b in ids if b not in stops] for n, ids in net.graph.before.items()}
    found = join.into
    for id in closure([join.node], before):
        found |= net.around(id)
    return found


def _several(mask: int) -> bool:
    return bool(mask & (mask - 1))
