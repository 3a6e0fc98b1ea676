"""A path as a labelled Petri net: what ways through it there are.

`docs/reference/path-to-net.md` holds the translation of every element with its reason. A visible
transition is a step done, under the labels by which a log knows it; everything else is silent.
A matter has gone through when no token is left, as BPMN 2.0 has it, so the final marking is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations

from polku.path.aligning.inclusive import resolve_pairs
from polku.path.aligning.markings import MOST_MARKINGS, Transition, Unfolded, ending_at_once, unfold
from polku.path.aligning.reduce import reduced
from polku.path.model import Event, Gateway, Node, Path, Step

END = " end"
"""The label behind all that a matter has done so far; no id of a step has a blank in it."""
MOST_BRANCHES = 8
"""More branches that may each be taken or not are not translated."""


@dataclass(frozen=True)
class Undecided:
    """An element whose ways cannot be told, and why."""

    element: str
    because: str


@dataclass(frozen=True)
class Net:
    """The net of a path; a matter starts with a token in each place of `initial` and ends empty.

    `undecided`: while there are any, no matter can be judged. `interleaved`: step → the labels in
    it, where several instances may run at once whose mixing the net does not have; `origin`:
    place → the element that a token there comes from.
    """

    transitions: tuple[Transition, ...]
    initial: tuple[str, ...]
    undecided: tuple[Undecided, ...] = ()
    interleaved: Mapping[str, frozenset[str]] = field(default_factory=dict)
    origin: Mapping[str, str] = field(default_factory=dict)

    @property
    def places(self) -> tuple[str, ...]:
        """All places, in the order in which they are first named."""
        named = [*self.initial, *(p for t in self.transitions for p in (*t.pre, *t.post))]
        return tuple(dict.fromkeys(named))

    @property
    def labels(self) -> frozenset[str]:
        """All labels."""
        return frozenset(t.label for t in self.transitions if t.label is not None)

    def prefixes(self) -> Net:
        """The net whose ways are all beginnings of this one's ways, each with `END` behind it.

        With `END` everything stops, and all tokens are given up silently, place after place.
        """
        on, places = "going on", self.places
        steps = [replace(t, pre=(*t.pre, on), post=(*t.post, on)) for t in self.transitions]
        giving_up = [f"giving up {k}" for k in range(len(places) + 1)]
        steps.append(Transition("", (on,), (giving_up[0],), END))
        for place, now, then in zip(places, giving_up, giving_up[1:], strict=False):
            steps.append(Transition("", (now, place), (now,)))
            steps.append(Transition("", (now,), (then,)))
        steps.append(Transition("", (giving_up[-1],), ()))
        return replace(self, transitions=tuple(steps), initial=(*self.initial, on))


def to_net(
    path: Path,
    labels: Mapping[str, tuple[str, ...]] | None = None,
    *,
    most: int = MOST_MARKINGS,
) -> Net:
    """Translate a path.

    `labels`: step id → the labels under which a log may hold it, none = it leaves no event (then
    it is silent); without `labels` each step has its own id. `most`: the largest number of
    markings to which a part is unfolded. Never raises for an element it cannot translate: that
    stands in `Net.undecided`.

    >>> from polku.path.build import start
    >>> net = to_net(start("Stall").step("Apply").step("Decide").path())
    >>> [t.label for t in net.transitions]
    ['step-1', 'step-2']
    """
    made = _Translation(path, labels, most)
    transitions = made.scope(None)
    initial = ["start of path"]
    waiting = [t.element for t in transitions if t.waits]
    if waiting and not made.undecided:
        found = unfold(transitions, tuple(initial), most)
        if found is None:
            for element in waiting:
                made.cannot(element, _TOO_MANY.format(most=most, what="join of branches"))
        else:
            transitions = _as_states(found, "", "path")
            initial = ["path/0"]
    transitions, more = _ending(transitions)
    origin = _origins(transitions)
    fewer, first = reduced(transitions, (*initial, *more))
    return Net(tuple(fewer), first, tuple(made.undecided), dict(made.interleaved), origin)


def _origins(transitions: list[Transition]) -> dict[str, str]:
    """Place → the element that a token there comes from; a step that begins is not yet passed."""
    found: dict[str, str] = {}
    begun: dict[str, str] = {}
    for t in transitions:
        for place in t.post:
            if t.label is None and t.pre and place.startswith(f"{t.element}/"):
                begun.setdefault(place, t.pre[0])
            elif t.element:
                found.setdefault(place, t.element)
    for place, before in begun.items():
        found[place] = found.get(before, "")
    return found


_TOO_MANY = (
    "the {what} needs all states of this part, and there are more than {most}; "
    "divide it into smaller sub-processes"
)


def _ending(transitions: list[Transition]) -> tuple[list[Transition], list[str]]:
    """The transitions of the whole path with its terminate ends, and further first places.

    Where tokens never multiply nothing else can run. Else all transitions need a token "running",
    which a terminate end takes; then what is left is drained.
    """
    if not any(t.ends for t in transitions):
        return transitions, []
    if all(len(t.post) <= 1 for t in transitions):
        return [replace(t, ends="") for t in transitions], []
    running, ended = "running", "terminated"
    places = dict.fromkeys(p for t in transitions for p in (*t.pre, *t.post))
    out = [
        replace(t, pre=(*t.pre, running), post=(ended,), ends="")
        if t.ends
        else replace(t, pre=(*t.pre, running), post=(*t.post, running))
        for t in transitions
    ]
    out += [Transition("", (place, ended), (ended,)) for place in places]
    out += [Transition("", (ended,), ()), Transition("", (running,), ())]
    return out, [running]


def _as_states(found: Unfolded, element: str, name: str) -> list[Transition]:
    """An unfolded part as a net with one place for each marking; the empty one is left out."""
    return [
        Transition(
            s.element or element,
            (f"{name}/{s.source}",),
            (f"{name}/{s.to}",) if found.markings[s.to] else (),
            s.label,
        )
        for s in found.steps
    ]


def _leaves_several(found: Unfolded) -> bool:
    """Whether one run through a part may leave more than one event."""
    reached = {s.to for s in found.steps if s.label is not None}
    while more := {s.to for s in found.steps if s.source in reached} - reached:
        reached |= more
    return any(s.source in reached for s in found.steps if s.label is not None)


class _Translation:
    """One path on its way to a net."""

    def __init__(self, path: Path, labels: Mapping[str, tuple[str, ...]] | None, most: int) -> None:
        self.path, self._labels, self.most = path, labels, most
        self.undecided: list[Undecided] = []
        self.interleaved: dict[str, frozenset[str]] = {}
        self._holders = {n.within for n in path.nodes if n.within is not None}
        self._links = self._link_targets()

    def cannot(self, element: str, because: str) -> None:
        """Note an element that cannot be translated."""
        self.undecided.append(Undecided(element, because))

    def _link_targets(self) -> dict[str, str]:
        """Throwing link event → the catching one of the same name and scope."""
        links = [e for e in self.path.events if e.trigger == "link"]
        found = {}
        for throw in (e for e in links if e.position == "throw"):
            same = [
                e.id
                for e in links
                if e.position == "catch" and (e.within, e.name) == (throw.within, throw.name)
            ]
            if len(same) == 1:
                found[throw.id] = same[0]
        return found

    # -- where tokens come from and go to

    def _into(self, node: Node) -> list[str]:
        places = [f.id for f in self.path.into(node.id)]
        if node.id in self._links.values():
            places.append(f"link {node.id}")
        return places

    def _before(self, node: Node, out: list[Transition]) -> str:
        """The place from which a node takes one token; several flows come together before it."""
        places = self._into(node)
        if len(places) == 1:
            return places[0]
        joined = f"before {node.id}"
        out += [Transition(node.id, (p,), (joined,)) for p in places]
        return joined

    def _after(self, node: Node, out: list[Transition]) -> tuple[str, ...]:
        """The places to which a step or an event gives tokens when it is done."""
        if node.id in self._links:
            return (f"link {self._links[node.id]}",)
        flows = self.path.out(node.id)
        default = getattr(node, "default", None)
        maybe = [f.id for f in flows if f.condition is not None and f.id != default]
        always = [f.id for f in flows if f.id not in maybe and f.id != default]
        if not isinstance(node, Step) or not maybe:
            return tuple(f.id for f in flows)
        place = f"after {node.id}"
        choices = self._subsets(node, maybe, least=0)
        for some in choices:
            taken = [*always, *some]
            if not some and default is not None:
                taken.append(default)
            if taken:
                out.append(Transition(node.id, (place,), tuple(taken)))
        return (place,)

    def _subsets(self, node: Node, places: list[str], least: int) -> list[tuple[str, ...]]:
        if len(places) > MOST_BRANCHES:
            self.cannot(
                node.id,
                f"{len(places)} branches may each be taken or not, and {MOST_BRANCHES} are the "
                "most; divide it",
            )
            return []
        sizes = range(least, len(places) + 1)
        return [some for size in sizes for some in combinations(places, size)]

    # -- scopes

    def scope(self, within: str | None) -> list[Transition]:
        """All transitions of the process or of a sub-process, its inclusive pairs resolved."""
        out: list[Transition] = []
        nodes = list(self.path.inside(within))
        self._start(within, nodes, out)
        for node in nodes:
            if isinstance(node, Step):
                self._step(node, out)
            elif isinstance(node, Gateway):
                self._gateway(node, out)
            else:
                self._event(node, out)
        return resolve_pairs(ending_at_once(out, self._takes_time), self.most)

    def _start(self, within: str | None, nodes: list[Node], out: list[Transition]) -> None:
        place = f"start of {within or 'path'}"
        starts = [n for n in nodes if isinstance(n, Event) and n.position == "start"]
        if starts:
            for event in starts:
                out.append(Transition(event.id, (place,), self._after(event, out)))
            return
        first = [
            n
            for n in nodes
            if not self._into(n)
            and not (isinstance(n, Event) and n.position == "boundary")
            and not (isinstance(n, Step) and n.on_event)
        ]
        if any(isinstance(n, Event) and n.trigger == "compensate" for n in nodes):
            self.cannot(
                first[0].id if first else (within or self.path.id),
                "it may be the start or only undo another step; draw a start event",
            )
        out.append(Transition(within or "", (place,), tuple(f"before {n.id}" for n in first)))

    # -- nodes

    def _gateway(self, node: Gateway, out: list[Transition]) -> None:
        outs = [f.id for f in self.path.out(node.id)]
        if node.kind == "complex":
            self.cannot(node.id, "when a complex gateway goes on is not written down in the file")
        elif node.kind == "parallel":
            ins = self._into(node) or [f"before {node.id}"]
            out.append(Transition(node.id, tuple(ins), tuple(outs)))
        elif node.kind == "inclusive":
            self._inclusive(node, outs, out)
        else:
            place = self._before(node, out)
            out += [Transition(node.id, (place,), (f,)) for f in outs]
            if not outs:
                out.append(Transition(node.id, (place,), ()))

    def _inclusive(self, node: Gateway, outs: list[str], out: list[Transition]) -> None:
        ins = self._into(node)
        if len(ins) > 1:
            place = f"joined {node.id}" if len(outs) > 1 else ""
            post = (place,) if place else tuple(outs)
            out.append(Transition(node.id, (), post, waits=tuple(ins)))
            if not place:
                return
        else:
            place = ins[0] if ins else f"before {node.id}"
        if len(outs) <= 1:
            out.append(Transition(node.id, (place,), tuple(outs)))
            return
        choice = tuple(f for f in outs if f != node.default)
        out.append(Transition(node.id, (place,), (), choose=choice))
        if node.default in outs and node.default is not None:
            out.append(Transition(node.id, (place,), (node.default,)))

    def _event(self, node: Event, out: list[Transition]) -> None:
        if node.trigger == "compensate" and node.position in ("throw", "end"):
            self.cannot(node.id, "it makes other steps be undone, which no flow shows")
        if node.position in ("start", "boundary"):
            return  # told by the scope, and by the step at whose boundary it stands
        if node.trigger == "link" and node.position == "throw" and node.id not in self._links:
            self.cannot(node.id, f"no one link {node.name!r} catches it; name both links alike")
        place = self._before(node, out)
        if node.position != "end":
            out.append(Transition(node.id, (place,), self._after(node, out)))
        elif node.trigger == "terminate":
            out.append(Transition(node.id, (place,), (), ends="terminate"))
        elif node.trigger in ("error", "cancel"):
            outside = "error" if node.within is not None else "terminate"
            out.append(Transition(node.id, (place,), (), ends=outside))  # type: ignore[arg-type]
        else:
            out.append(Transition(node.id, (place,), ()))

    def _visible(self, node: Step) -> tuple[str | None, ...]:
        found = (node.id,) if self._labels is None else self._labels.get(node.id, ())
        return found or (None,)

    def _step(self, node: Step, out: list[Transition]) -> None:
        if node.on_event:
            self.cannot(node.id, "an event sub-process may begin at any time, which no flow shows")
            return
        boundary = [e for e in self.path.boundary(node.id) if e.trigger != "compensate"]
        holds = node.id in self._holders
        if not boundary and node.repeat is None and not holds:
            before, after = self._before(node, out), self._after(node, out)
            out += [Transition(node.id, (before,), after, label) for label in self._visible(node)]
            return
        inside = self._inside(node) if holds else None
        if inside is None and holds:
            return
        self._run(node, inside, boundary, out)

    def _inside(self, node: Step) -> Unfolded | None:
        """All states of a sub-process."""
        known = len(self.undecided)
        transitions = self.scope(node.id)
        if len(self.undecided) > known:
            return None
        found = unfold(transitions, (f"start of {node.id}",), self.most)
        if found is None:
            self.cannot(node.id, _TOO_MANY.format(most=self.most, what="sub-process"))
            return None
        repeat = node.repeat
        if repeat is not None and repeat.kind == "parallel":
            labels = frozenset(s.label for s in found.steps if s.label is not None)
            if _leaves_several(found):
                self.interleaved[node.id] = labels
        return found

    def _stays(self, edges: list[tuple[str, str, str | None, str]]) -> bool:
        """Whether a matter may stay in a state, so that an event can come: not where all that
        follows are gateways and ends, which take no time."""
        return not edges or any(self._takes_time(element) for _, _, _, element in edges)

    def _takes_time(self, element: str) -> bool:
        node = self.path.node(element) if self.path.has(element) else None
        return isinstance(node, Step) or (
            isinstance(node, Event) and node.position in ("catch", "boundary")
        )

    def _run(
        self, node: Step, inside: Unfolded | None, boundary: list[Event], out: list[Transition]
    ) -> None:
        """A step that is under way: its states, its repetition and the events at its boundary."""
        spawning = [e for e in boundary if not e.interrupting]
        leaving = [e for e in boundary if e.interrupting]
        before, after = self._before(node, out), self._after(node, out)
        exits = {e.id: self._after(e, out) for e in boundary}
        catching = [e for e in leaving if e.trigger in ("error", "cancel")]
        gate, repeated = "again", node.repeat is not None
        if inside is None:
            edges = [("0", gate, label, node.id) for label in self._visible(node)]
        else:
            done = {k for k, m in enumerate(inside.markings) if not m}
            edges = [
                (str(s.source), "" if s.to < 0 else gate if s.to in done else str(s.to), s.label,
                 s.element)
                for s in inside.steps
            ]  # fmt: skip
            if any(not to for _, to, _, _ in edges) and not catching:
                self.cannot(node.id, "an error ends it that no event at its boundary catches")
        ends = {"", gate}
        states = list(dict.fromkeys(["0", *(s for e in edges for s in e[:2] if s not in ends)]))
        states += [gate] if repeated else []
        stays = {
            state
            for state in states
            if state != gate and self._stays([e for e in edges if e[0] == state])
        }
        first = gate if repeated and node.repeat and node.repeat.test_before else "0"
        for spawned in self._subsets(node, [e.id for e in spawning], least=0):
            place = {s: " ".join([f"{node.id}/{s}", *spawned]) for s in states}
            if not spawned:
                out.append(Transition(node.id, (before,), (place[first],)))
            for source, to, label, element in edges:
                if not to:
                    out += [
                        Transition(element, (place[source],), exits[e.id], label) for e in catching
                    ]
                elif to == gate and not repeated:
                    out.append(Transition(element, (place[source],), after, label))
                else:
                    out.append(Transition(element, (place[source],), (place[to],), label))
            if repeated:
                out.append(Transition(node.id, (place[gate],), (place["0"],)))
                out.append(Transition(node.id, (place[gate],), after))
            for state in (s for s in states if s in stays):
                out += [Transition(e.id, (place[state],), exits[e.id]) for e in leaving]
                for event in spawning:
                    if event.id in spawned:
                        continue
                    more = [e.id for e in spawning if e.id in (*spawned, event.id)]
                    then = " ".join([f"{node.id}/{state}", *more])
                    out.append(Transition(event.id, (place[state],), (then, *exits[event.id])))
