"""Blocks of a line: a step alone, or a check with the choice behind it; and their new order.

A block has one way in and one way on. Three forms are known: a step; a check whose failing ends the
matter (step, gateway, and the failing way to an end); a check whose failing goes back to itself (a
joining gateway, step, gateway, and a line back to the join).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from polku.path.model import Flow, Gateway, Path, Step
from polku.redesign import claiming, surgery
from polku.redesign.move import Claim

LEAST_SHARE = 0.005
"""Differences of shares below it are no change of a branch (`polku diff`)."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block: `entry` and `on` are its ends.

    `step`: the step or check; `entry`: id of the node to which the way in leads; `on`: id of the
    flow that leads on; `gateway`, `failing`: of a check, the choice and the flow of its failing;
    `mending`: steps on the way back of a check that is done again; `form`: "step", "ends", "again".
    """

    step: str
    entry: str
    on: str
    form: Literal["step", "ends", "again"] = "step"
    gateway: str | None = None
    failing: str | None = None
    mending: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[str, ...]:
        """Steps that go where the block goes."""
        return (self.step, *self.mending)


def block_of(path: Path, id: str) -> Block | None:
    """The block of a step; None where it does not stand in one of the three forms."""
    step = surgery.step_of(path, id)
    if step is None or not surgery.in_line(path, id):
        return None
    (out,) = path.out(id)
    gateway = path.node(out.target)
    ways = path.out(gateway.id)
    if not isinstance(gateway, Gateway) or len(ways) == 1:
        return Block(id, id, out.id)
    if gateway.kind != "exclusive" or len(ways) != 2 or len(path.into(gateway.id)) != 1:
        return None
    if sum(f.condition is not None for f in ways) == 2:
        return None  # two questions, of which neither is the contrary of the other
    for failing, on in (ways, ways[::-1]):
        mending = _back(path, failing, path.into(id)[0].source)
        if mending is not None:
            join = path.into(id)[0].source
            return Block(id, join, on.id, "again", gateway.id, failing.id, mending)
    end = _main_end(path)
    leads = [end in _reach(path, f.target) for f in ways]
    if step.within is not None or leads[0] == leads[1]:
        return None  # both ways go on, or the end is only that of a sub-process
    failing, on = ways if leads[1] else ways[::-1]
    if id in _reach(path, failing.target):
        return None
    return Block(id, id, on.id, "ends", gateway.id, failing.id)


@lru_cache(maxsize=32)
def _main_end(path: Path) -> str | None:
    """The end to which the most steps lead."""
    ends = [n.id for n in path.inside(None) if not path.out(n.id)]
    steps = Counter(
        n for s in path.steps if s.within is None for n in _reach(path, s.id) if n in ends
    )
    return max(ends, key=lambda e: (steps[e], e), default=None)


def _reach(path: Path, id: str) -> set[str]:
    found, queue = {id}, [id]
    while queue:
        for flow in path.out(queue.pop()):
            if flow.target not in found:
                found.add(flow.target)
                queue.append(flow.target)
    return found


def _back(path: Path, failing: Flow, join: str) -> tuple[str, ...] | None:
    """Steps on a line from a failing flow to the joining gateway before the check."""
    node = path.node(join)
    if not isinstance(node, Gateway) or node.kind != "exclusive":
        return None
    if len(path.into(join)) != 2 or len(path.out(join)) != 1:
        return None
    steps, flow = [], failing
    while flow.target != join:
        if not surgery.in_line(path, flow.target):
            return None
        steps.append(flow.target)
        (flow,) = path.out(flow.target)
    return claiming.inner(path, steps)


def chain(path: Path, id: str, *, back: bool) -> list[Block]:
    """Blocks that stand in one line after (`back`: before) the block of a step, the nearest first.

    Empty where the step stands in no block.
    """
    here, found = block_of(path, id), list[Block]()
    seen = {id}
    while here is not None:
        other = _before(path, here) if back else _starting_at(path, path.flow(here.on))
        within = path.node(id).within
        if other is None or other.step in seen or path.node(other.step).within != within:
            break
        found.append(other)
        seen.add(other.step)
        here = other
    return found


def _ways_in(path: Path, block: Block) -> list[Flow]:
    """Flows into a block from outside."""
    inside = {block.step, block.gateway, *block.mending}
    return [f for f in path.into(block.entry) if f.source not in inside
            and not _mends(path, block, f)]  # fmt: skip


def _mends(path: Path, block: Block, flow: Flow) -> bool:
    """Whether a flow is the end of a block's own way back."""
    if block.form != "again" or block.failing is None:
        return False
    at = path.flow(block.failing)
    while at.id != flow.id:
        if at.target == block.entry:
            return False
        (at,) = path.out(at.target)
    return True


def _before(path: Path, block: Block) -> Block | None:
    flows = _ways_in(path, block)
    if len(flows) != 1:
        return None
    node = path.node(flows[0].source)
    if isinstance(node, Gateway):  # the choice behind a check
        into = path.into(node.id)
        node = path.node(into[0].source) if len(into) == 1 else node
    other = block_of(path, node.id) if isinstance(node, Step) else None
    return other if other is not None and other.on == flows[0].id else None


def _starting_at(path: Path, way: Flow) -> Block | None:
    """The block into which a flow leads from outside."""
    id = way.target
    node = path.node(id)
    if isinstance(node, Gateway):  # the join of a check that is done again
        follows = surgery.next_of(path, id)
        node = follows if isinstance(follows, Step) else node
    other = block_of(path, node.id) if isinstance(node, Step) else None
    if other is None or other.entry != id or _ways_in(path, other) != [way]:
        return None
    return other


def reordered(path: Path, old: Sequence[Block], new: Sequence[Block]) -> Path:
    """The path with a line of blocks in another order; no node changes, flows only lead on."""
    (into,) = _ways_in(path, old[0])
    leaves = path.flow(old[-1].on).target
    changed = [replace(into, target=new[0].entry)]
    for a, b in pairwise(new):
        changed.append(replace(path.flow(a.on), target=b.entry))
    changed.append(replace(path.flow(new[-1].on), target=leaves))
    return surgery.with_flows(path, changed)


def too_late(path: Path, old: Sequence[Block], new: Sequence[Block]) -> str | None:
    """The check that would be last in the new order, with nothing behind it that it spares."""
    last = new[-1]
    if last.form != "ends" or last.failing is None or last.step == old[-1].step:
        return None
    left, ended = (
        sum(isinstance(path.node(n), Step) for n in _reach(path, path.flow(f).target))
        for f in (old[-1].on, last.failing)
    )
    return last.step if left <= ended else None


def claims(path: Path, old: Sequence[Block], new: Sequence[Block]) -> frozenset[Claim]:
    """What a difference says of blocks in another order."""
    place = {b.step: k for k, b in enumerate(old)}
    turned = {
        (a, b)
        for k, one in enumerate(new) for two in new[k + 1 :] if place[one.step] > place[two.step]
        for a in claiming.inner(path, one.steps) for b in claiming.inner(path, two.steps)
    }  # fmt: skip
    found = claiming.turned(path, turned)
    found |= claiming.looped(path, _loops(path, old, new))
    return frozenset(found | _branches(path, old, new))


def _loops(
    path: Path, old: Sequence[Block], new: Sequence[Block]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Ways back around the whole line begin and end at other steps of it."""
    first = claiming.inner(path, [old[0].step])[0], claiming.inner(path, [new[0].step])[0]
    last = claiming.inner(path, [old[-1].step])[-1], claiming.inner(path, [new[-1].step])[-1]
    block_of = {s: b.step for b in old for s in claiming.inner(path, b.steps)}
    found = {}
    for a, b in claiming.ways_back(path):
        own = a in block_of and block_of[a] == block_of.get(b)
        if own and next(x for x in old if x.step == block_of[a]).form == "again":
            continue
        pair = (last[1] if a == last[0] else a, first[1] if b == first[0] else b)
        found[a, b] = pair
    return found


def _branches(path: Path, old: Sequence[Block], new: Sequence[Block]) -> set[Claim]:
    """Steps that are no longer done in every matter, or now are, because others end it before."""
    order = claiming.side(path).order
    whole = order.mandatory(claiming.inner(path, [old[0].step])[0])
    share = {b.step: (_share(path, old, k), _share(path, new, new.index(b)))
             for k, b in enumerate(old)}  # fmt: skip
    ended = {
        b.step: (
            any(x.form == "ends" for x in old[: old.index(b)]),
            any(x.form == "ends" for x in new[: new.index(b)]),
        )
        for b in old
    }
    found: set[Claim] = set()
    above = False
    for block in new:
        was, now = (whole and not e for e in ended[block.step])
        steps = claiming.inner(path, [block.step])
        a, b = share[block.step]
        moved = a is not None and b is not None and abs(a - b) > LEAST_SHARE
        for id in steps:
            if was != now:
                if order.mandatory(id) == was:
                    found.add(Claim("optional" if was else "mandatory", id))
            elif moved and not above:
                found.add(Claim("branch", id))
                above = True
        above = above or moved
    return found


def _share(path: Path, blocks: Sequence[Block], k: int) -> float | None:
    """Share of the matters on the line that come as far as one of its blocks."""
    share = 1.0
    for block in blocks[:k]:
        if block.form == "ends":
            p = path.flow(block.on).probability
            if p is None:
                return None
            share *= p
    return share
