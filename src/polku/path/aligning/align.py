"""Alignments: the least that a sequence of steps and the ways of a net differ in.

Cost 1 for each event that the net has no place for ("extra") and for each visible transition that
the sequence lacks ("skipped"); silent transitions and agreement cost nothing, so costs are whole
numbers. r4pm finds the cost; that is unique. Of several alignments of that cost r4pm takes another
in every run, so where a sequence deviates is told from the first one in the order of `_Search`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from uuid import NAMESPACE_OID, uuid5

from polku.path.aligning.ahead import Ahead, Outlook
from polku.path.aligning.markings import Transition
from polku.path.aligning.petri import END, Net

MOST_STATES = 200_000
"""States that r4pm may visit for one sequence."""
MOST_TRIES = 20_000
"""States that may be tried to tell where one sequence deviates."""
MOST_TABLED = 400
"""Markings of a net up to which what is yet to come is worked out for all of them at once."""

TOO_MANY_STATES = "the search went beyond its limit of {most} states"
NO_END = "the path cannot be gone through to an end; polku check tells where"


@dataclass(frozen=True, slots=True)
class Move:
    """One step of an alignment.

    `kind`: "done" (in both), "skipped" (only in the path) or "extra" (only in the sequence);
    `element`: the step of the path, for "extra" ""; `position`: index in the sequence, None where
    skipped; `after`: the step done last, "" = none yet; `passed`: the element of the path from
    which the step was entered, or for "extra" the step done last; "" = none yet.
    """

    kind: Literal["done", "skipped", "extra"]
    element: str
    position: int | None
    after: str
    passed: str


@dataclass(frozen=True, slots=True)
class Alignment:
    """How well a sequence goes along a net.

    `cost`: deviations, None = undecided `because`; `worst`: what the sequence would cost if it
    agreed in nothing, events and the shortest way together; `moves`: None where the cost is known
    but telling where would take too long.
    """

    cost: int | None
    worst: int | None
    moves: tuple[Move, ...] | None = None
    because: str = ""

    @property
    def fitness(self) -> float | None:
        """1 − cost ÷ worst; 1 where there was nothing to deviate from."""
        if self.cost is None or self.worst is None:
            return None
        return 1 - self.cost / self.worst if self.worst else 1.0


def align(
    net: Net,
    sequences: Sequence[tuple[str, ...]],
    *,
    beginnings: bool = False,
    most_states: int = MOST_STATES,
    most_tries: int = MOST_TRIES,
) -> list[Alignment]:
    """Align distinct sequences of labels with a net, one `Alignment` for each.

    `beginnings`: the sequences have not ended: what would come yet costs nothing.
    A sequence is undecided beyond `most_states`, where the net is, and where instances that the
    net has one after the other may have run mixed.

    >>> from polku.path.build import start
    >>> from polku.path.aligning.petri import to_net
    >>> net = to_net(start("Stall").step("Apply").step("Decide").path())
    >>> [a.cost for a in align(net, [("step-1", "step-2"), ("step-1", "call")])]
    [0, 2]
    """
    if not sequences:
        return []
    if net.undecided:
        why = "; ".join(f"{u.element}: {u.because}" for u in net.undecided)
        return [Alignment(None, None, None, why)] * len(sequences)
    search = _Search(net, beginnings, most_tries)
    costs = _costs(net, sequences, search if beginnings else None, most_states)
    too_many = TOO_MANY_STATES.format(most=most_states)
    shortest = costs[()]
    if shortest == too_many:
        shortest = _first(search.cost(()), shortest)
    if isinstance(shortest, str):
        return [Alignment(None, None, None, shortest)] * len(sequences)
    out = []
    for sequence in sequences:
        cost = costs[sequence]
        if cost == too_many:
            cost = _first(search.cost(sequence), cost)
        worst = len(sequence) + shortest
        if isinstance(cost, str):
            out.append(Alignment(None, worst, None, cost))
        elif cost and (why := _mixed(net, sequence)):
            out.append(Alignment(None, worst, None, why))
        else:
            out.append(Alignment(cost, worst, search.moves(sequence, cost) if cost else ()))
    return out


def _first(known: int | None, other: int | str) -> int | str:
    return other if known is None else known


def _mixed(net: Net, sequence: Sequence[str]) -> str:
    for step, labels in net.interleaved.items():
        if any(sequence.count(label) > 1 for label in labels):
            return f"{step}: its instances may have run at once, mixed in a way that is not tried"
    return ""


def _costs(
    net: Net,
    sequences: Sequence[tuple[str, ...]],
    beginnings: _Search | None,
    most_states: int,
) -> dict[tuple[str, ...], int | str]:
    """Cost of each sequence and of the empty one; a text says why there is none.

    Giving tokens up takes r4pm many states, so what `beginnings` finds by itself it is not asked.
    """
    if beginnings is None:
        return costs_of(r4pm_net(net), sequences, most_states)
    out: dict[tuple[str, ...], int | str] = {(): 0}
    for sequence in sequences:
        if (cost := beginnings.cost(sequence)) is not None:
            out[sequence] = cost
    ended = {s: (*s, END) for s in sequences if s not in out}
    found = costs_of(r4pm_net(net.prefixes()), list(ended.values()), most_states) if ended else {}
    return out | {s: found[e] for s, e in ended.items()}


def r4pm_net(net: Net) -> Any:
    """The net in the form of r4pm: a dictionary with places and transitions by UUID."""

    def name(kind: str, text: object) -> str:
        return str(uuid5(NAMESPACE_OID, f"{kind} {text}"))

    arcs = []
    for k, t in enumerate(net.transitions):
        for kind, places in (("PlaceTransition", t.pre), ("TransitionPlace", t.post)):
            for place in dict.fromkeys(places):
                ends = [name("place", place), name("transition", k)]
                nodes = ends if kind == "PlaceTransition" else ends[::-1]
                arcs.append(
                    {"from_to": {"type": kind, "nodes": nodes}, "weight": places.count(place)}
                )
    return {
        "places": {i: {"id": i} for i in (name("place", p) for p in net.places)},
        "transitions": {
            i: {"id": i, "label": t.label}
            for i, t in ((name("transition", k), t) for k, t in enumerate(net.transitions))
        },
        "arcs": arcs,
        "initial_marking": {
            name("place", p): net.initial.count(p) for p in dict.fromkeys(net.initial)
        },
        "final_markings": [{}],
    }


def costs_of(
    net: Any, sequences: Sequence[tuple[str, ...]], most_states: int = MOST_STATES
) -> dict[tuple[str, ...], int | str]:
    """Cost of each sequence and of the empty one on a net of r4pm's form.

    Returns, for a sequence without a cost, why in words.
    """
    import r4pm
    from r4pm.bindings import log_to_activity_projection
    from r4pm.bindings.conformance.case_centric import alignments

    options: Any = {
        "cost_fn": {
            "log_move_cost": 1, "model_move_cost": 1, "silent_move_cost": 0, "sync_move_cost": 0,
        },
        "max_states": most_states,
    }  # fmt: skip
    found: dict[tuple[str, ...], int | str] = {}
    try:
        found[()] = int(alignments.align_empty_trace(net, options)["cost"])
    except TypeError as e:  # r4pm gives every failure this type
        found[()] = _reason(str(e), most_states)
        if found[()] == NO_END:
            return found | dict.fromkeys(sequences, NO_END)
    rows = [s for s in dict.fromkeys(sequences) if s]
    if not rows:
        return found
    log = r4pm.import_item_from_df("EventLog", _frame(rows))
    projection = log_to_activity_projection(log)
    try:
        for one in alignments.align_variants(net, projection, options):
            result = one["result"]
            key = tuple(one["activities"])
            if "Ok" in result:
                found[key] = int(result["Ok"]["cost"])
            else:
                found[key] = _reason(str(result), most_states)
    finally:
        r4pm.remove_item(projection)
        r4pm.remove_item(log)
    return found


def _reason(text: str, most_states: int) -> str:
    if "LimitReached" in text:
        return TOO_MANY_STATES.format(most=most_states)
    if "Unreachable" in text:
        return NO_END
    return f"the alignment failed: {' '.join(text.split())}"


def _frame(rows: Sequence[tuple[str, ...]]) -> Any:
    import polars as pl

    lengths = [len(s) for s in rows]
    return pl.DataFrame(
        {
            "case:concept:name": [f"{k:09d}" for k, n in enumerate(lengths) for _ in range(n)],
            "concept:name": [label for s in rows for label in s],
            "time:timestamp": pl.Series(
                [i for n in lengths for i in range(n)], dtype=pl.Int64
            ).cast(pl.Datetime("us", "UTC")),
        }
    )


@dataclass(frozen=True, slots=True)
class _Next:
    """What may follow a marking: (number of the transition, marking after it)."""

    visible: tuple[tuple[int, tuple[int, ...]], ...]
    silent: tuple[tuple[int, tuple[int, ...]], ...]


@dataclass(slots=True)
class _Frame:
    """A state on the way, and what is still to be tried from it."""

    at: int
    marking: tuple[int, ...]
    left: int
    options: Iterator[tuple[int, int, tuple[int, ...], int]]


class _TooManyError(Exception):
    """More states than allowed would be tried."""


class _Search:
    """The first alignment of a known cost, in depth first.

    The order makes it canonical: from each state the agreement comes first, then silent
    transitions, then the extra event, then skipped steps; transitions in the order of the net.
    """

    def __init__(self, net: Net, beginnings: bool, most: int) -> None:
        self._net, self._beginnings, self._most = net, beginnings, most
        number = {p: k for k, p in enumerate(net.places)}
        self._pre = [tuple(number[p] for p in t.pre) for t in net.transitions]
        self._post = [tuple(number[p] for p in t.post) for t in net.transitions]
        self._start = tuple(sorted(number[p] for p in net.initial))
        self._labels = net.labels
        self._known: dict[tuple[int, ...], _Next] = {}

    @cached_property
    def _of_place(self) -> dict[int, list[int]]:
        """Place → transitions whose first place it is."""
        found: dict[int, list[int]] = {}
        for k, pre in enumerate(self._pre):
            found.setdefault(pre[0], []).append(k)
        return found

    def _next(self, marking: tuple[int, ...]) -> _Next:
        if marking not in self._known:
            visible: list[tuple[int, tuple[int, ...]]] = []
            silent: list[tuple[int, tuple[int, ...]]] = []
            for k in sorted({k for p in marking for k in self._of_place.get(p, ())}):
                rest = list(marking)
                try:
                    for place in self._pre[k]:
                        rest.remove(place)
                except ValueError:
                    continue
                then = (k, tuple(sorted([*rest, *self._post[k]])))
                (silent if self._label(k) is None else visible).append(then)
            self._known[marking] = _Next(tuple(visible), tuple(silent))
        return self._known[marking]

    def _label(self, transition: int) -> str | None:
        return self._net.transitions[transition].label

    def cost(self, sequence: tuple[str, ...]) -> int | None:
        """The least cost of a sequence; None where more states than allowed would be tried."""
        if self._table is not None:
            return int(self._table.ahead(sequence)[0])
        try:
            most = len(sequence) + len(self._net.transitions)  # no end is further in practice
            for cost in range(self._least(sequence)(0, self._start), most + 1):
                if self._first(sequence, cost) is not None:
                    return cost
        except _TooManyError:
            pass
        return None

    def moves(self, sequence: tuple[str, ...], cost: int) -> tuple[Move, ...] | None:
        """The alignment of this cost; None where more states than allowed would be tried."""
        try:
            return self._first(sequence, cost)
        except _TooManyError:
            return None

    def _first(self, sequence: tuple[str, ...], cost: int) -> tuple[Move, ...] | None:
        """The first alignment of at most this cost; None where there is none."""
        least = self._least(sequence)
        best: dict[tuple[int, tuple[int, ...]], int] = {}
        stack = [self._frame(sequence, 0, self._start, cost)]
        taken: list[tuple[int, int]] = []  # (transition or -1, position or -1)
        while stack:
            frame = stack[-1]
            done = frame.at == len(sequence) and (self._beginnings or not frame.marking)
            if done:
                return self._told(taken)
            for transition, at, marking, left in frame.options:
                if left < least(at, marking) or best.get((at, marking), -1) >= left:
                    continue
                if len(best) >= self._most:
                    raise _TooManyError
                best[at, marking] = left
                taken.append((transition, frame.at if at > frame.at else -1))
                stack.append(self._frame(sequence, at, marking, left))
                break
            else:
                stack.pop()
                if taken:
                    taken.pop()
        return None

    def _least(self, sequence: tuple[str, ...]) -> Callable[[int, tuple[int, ...]], int]:
        """What the rest will cost from a state: exactly where the net is small, else at least."""
        if self._table is not None:
            number = self._table.number
            ahead = [self._table.ahead(sequence[k:]) for k in range(len(sequence) + 1)]
            return lambda at, marking: int(ahead[at][number[marking]])
        return self._outlook.least(sequence)

    @cached_property
    def _outlook(self) -> Outlook:
        labels = [t.label for t in self._net.transitions]
        return Outlook(self._pre, self._post, labels, self._beginnings)

    @cached_property
    def _table(self) -> Ahead | None:
        """All markings with the costs between them; None where there are too many."""
        number, order = {self._start: 0}, [self._start]
        edges: list[tuple[int, int, str | None]] = []
        for marking in order:
            follows = self._next(marking)
            for k, then in (*follows.visible, *follows.silent):
                if then not in number:
                    if len(order) >= MOST_TABLED:
                        return None
                    number[then] = len(order)
                    order.append(then)
                edges.append((number[marking], number[then], self._label(k)))
        return Ahead(number, edges, None if self._beginnings else number.get(()))

    def _frame(
        self, sequence: tuple[str, ...], at: int, marking: tuple[int, ...], left: int
    ) -> _Frame:
        return _Frame(at, marking, left, self._options(sequence, at, marking, left))

    def _options(
        self, sequence: tuple[str, ...], at: int, marking: tuple[int, ...], left: int
    ) -> Iterator[tuple[int, int, tuple[int, ...], int]]:
        if at < len(sequence) and sequence[at] not in self._labels:
            yield -1, at + 1, marking, left - 1  # whatever else comes, this is extra
            return
        follows = self._next(marking)
        if at < len(sequence):
            for k, then in follows.visible:
                if self._label(k) == sequence[at]:
                    yield k, at + 1, then, left
        for k, then in follows.silent:
            yield k, at, then, left
        if left:
            if at < len(sequence):
                yield -1, at + 1, marking, left - 1
            for k, then in follows.visible:
                yield k, at, then, left - 1

    def _told(self, taken: Sequence[tuple[int, int]]) -> tuple[Move, ...]:
        out, last = [], ""
        for transition, position in taken:
            if transition < 0:
                out.append(Move("extra", "", position, last, last))
                continue
            t: Transition = self._net.transitions[transition]
            if t.label is not None:
                came_from = self._net.origin.get(t.via or t.pre[0], "")
                kind: Literal["done", "skipped"] = "done" if position >= 0 else "skipped"
                where = position if position >= 0 else None
                out.append(Move(kind, t.element, where, last, came_from))
                last = t.element if kind == "done" else last
        return tuple(out)
