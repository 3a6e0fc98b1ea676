"""Documents: asked once, there when they are used, and made for somebody.

A document is known by its key. It comes in where a step asks, makes or fetches it, or writes a data
object of that key; it is used where a step uses it or reads such an object.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import reduce

from polku.path.checking.findings import Found, Subject, rule
from polku.path.checking.structure import closure
from polku.path.model import Event, Gateway, Node, Step

_COMES = ("asked", "made", "fetched")


def _keys(at: Subject, node: Node, roles: tuple[str, ...]) -> set[str]:
    """Keys of the documents that a node has in some of these roles."""
    found = {d.key for d in node.facts.documents if d.role in roles}
    if isinstance(node, Step):
        document = {d.id: d.document for d in at.path.data if d.document is not None}
        ids = [*(node.writes if "made" in roles else ()), *(node.reads if "used" in roles else ())]
        found |= {document[i] for i in ids if i in document}
    return found


def _nodes_of(at: Subject, *roles: str) -> dict[str, list[Node]]:
    """Nodes by the key of a document that they have in some of these roles."""
    found: defaultdict[str, list[Node]] = defaultdict(list)
    for node in at.path.nodes:
        for key in sorted(_keys(at, node, roles)):
            found[key].append(node)
    return found


def _before(at: Subject) -> dict[str, set[str]]:
    """For every node, those that can come before it, of the scopes around it too."""
    graph = at.structure
    before = {n: list(ids) for n, ids in graph.before.items()}
    for scope, begins in graph.begins.items():
        if scope is not None:
            inside = [n.id for n in at.path.inside(scope)]
            before[scope] = [*before[scope], *inside]
            for begin in begins:
                before[begin] = [*before[begin], *graph.before[scope]]
    return {n: closure(ids, before) for n, ids in before.items()}


@rule(
    "P601",
    "warning",
    "a document that is used and was never asked, made or fetched before",
    "ask, make or fetch it in a step before, or use the key under which it is known",
)
def orphan(at: Subject) -> Iterator[Found]:
    """What a step uses has come in on some way before it."""
    used, comes = _nodes_of(at, "used"), _nodes_of(at, *_COMES)
    before = _before(at) if used else {}
    for key, nodes in used.items():
        origins = {n.id for n in comes.get(key, ())}
        for node in nodes:
            if node.id not in origins and not origins & before[node.id]:
                when = "only after it or beside it" if origins else "nowhere"
                yield Found(node.id, f"uses {key!r}, which is asked, made or fetched {when}")


@rule(
    "P602",
    "advice",
    "a document that is missing on some way to where it is used",
    "ask, make or fetch it on every way there, or use it only where it is there",
)
def sometimes_missing(at: Subject) -> Iterator[Found]:
    """What a step uses has come in on every way to it."""
    used, comes = _nodes_of(at, "used"), _nodes_of(at, *_COMES)
    if not used:
        return
    there, before = always_there(at, brought(at)), _before(at)
    for key, nodes in used.items():
        origins = {n.id for n in comes.get(key, ())}
        for node in nodes:
            never = node.id in origins or not origins & before[node.id]
            if not never and key not in there[node.id]:
                yield Found(node.id, f"uses {key!r}, which does not come in on every way to it")


def brought(at: Subject) -> dict[str, frozenset[str]]:
    """The keys of the documents that come in at each node."""
    return {n.id: frozenset(_keys(at, n, _COMES)) for n in at.path.nodes}


def always_there(at: Subject, brings: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The keys that have come in on every way to a node (a greatest fixed point).

    `brings`: the keys that come in at each node. After a parallel join there is what any of its
    branches brought; elsewhere what all did.
    """
    graph, path = at.structure, at.path
    every = frozenset().union(*brings.values())
    begins = {b for found in graph.begins.values() for b in found}
    ends = {
        s: [n.id for n in path.inside(s) if n.id in graph.ends and n.id in graph.reached]
        for s in graph.scopes
        if s is not None
    }
    into = dict.fromkeys(brings, every)

    def after(id: str) -> frozenset[str]:
        inner = [into[e] | brings[e] for e in ends.get(id, ())]
        return into[id] | brings[id] | _shared(inner)

    def before(node: Node) -> frozenset[str]:
        if isinstance(node, Event) and node.attached_to in into:
            return into[node.attached_to]
        if node.id in begins:
            return into[node.within] if node.within is not None else frozenset()
        found = [after(b) for b in graph.before[node.id]]
        if isinstance(node, Gateway) and node.kind == "parallel":
            return frozenset().union(*found)
        return _shared(found)

    changed = True
    while changed:
        changed = False
        for node in path.nodes:
            found = before(node)
            if found != into[node.id]:
                into[node.id], changed = found, True
    return into


def _shared(sets: list[frozenset[str]]) -> frozenset[str]:
    """What is in all of some sets; nothing where there are none."""
    return reduce(frozenset.intersection, sets) if sets else frozenset()


@rule(
    "P603",
    "advice",
    "a document that is made and never used",
    "use it in a step, hand it to the customer in a contact, or do not make it",
)
def made_for_nobody(at: Subject) -> Iterator[Found]:
    """What is made is used by a step, or made in a contact and so handed over."""
    used = _nodes_of(at, "used")
    for key, nodes in _nodes_of(at, "made").items():
        if key not in used and all(n.facts.contact is None for n in nodes):
            yield Found(nodes[0].id, f"makes {key!r}, and no step uses it")
