"""A process tree as a service path: BPMN with lanes, contacts and measured probabilities."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from polku.log.eventlog import EventLog
from polku.path.facts import Facts, Text, Version
from polku.path.mining.slugs import Ids, slug
from polku.path.mining.told import Place, Told, display_names, told
from polku.path.mining.tree import Tree, reduced
from polku.path.mining.tree_graph import Drawing, drawn
from polku.path.mining.tree_language import Automaton
from polku.path.mining.tree_replay import replay
from polku.path.model import (
    Event,
    Flow,
    Gateway,
    GatewayKind,
    Lane,
    MessageFlow,
    Node,
    Path,
    Pool,
    Role,
    Step,
)
from polku.path.ways import ways

NO_UNIT_NAMED = "Unit not named in the log"
CLEAR = 0.9
"""Where one unit does at least this share of a step, no note says that others do it too."""

_GATEWAYS: dict[str, GatewayKind] = {
    "choice": "exclusive", "merge": "exclusive", "fork": "parallel", "join": "parallel",
}  # fmt: skip


def to_path(
    tree: Tree,
    log: EventLog,
    *,
    id: str | None = None,
    name: str | None = None,
    of: Sequence[tuple[Sequence[str], int]] | None = None,
    notes: Sequence[str] = (),
    process: Automaton | None = None,
) -> Path:
    """The service path of a process tree whose activities are those of a log.

    `id`: of the process and short name of the path (default: made of the name); `name`: default
    the title in the log's mapping; `of`: the ways, with their matters, by which the probabilities
    at choices are measured (default: all ways of the log); `notes`: told with the path;
    `process`: the states of the tree, where they are needed elsewhere too.
    """
    if of is None:
        every = ways(log)
        of = list(zip(every.sequences, every.counts, strict=True))
    name = " ".join((name or log.mapping.about.title or "Discovered path").split())
    id = id or slug(name, "path")
    tree = reduced(tree)
    counted = replay(tree, of, process)
    if counted is not None and counted.fitting < counted.all:
        notes = [
            *notes,
            f"{counted.all - counted.fitting:,} of {counted.all:,} matters went ways that the "
            "path does not allow as they are; at choices they are counted where they come nearest",
        ]
    return _Maker(drawn(tree, counted), log, id).path(name, notes)


@dataclass
class _Lanes:
    """The lanes of a log and the lane of every activity."""

    lanes: list[Lane]
    of: dict[str, str]


class _Maker:
    def __init__(self, drawing: Drawing, log: EventLog, id: str) -> None:
        self.drawing, self.log, self.id = drawing, log, id
        self.ids = Ids(id, "start", "end", "city", "customer")
        self.told = told(log)
        numbers = sorted(
            (n.name, k) for k, n in drawing.nodes.items() if n.kind == "step"
        )  # ids by the alphabet, so that they do not hang on the shape of the tree
        self.id_of = {number: self.ids.give(slug(name)) for name, number in numbers}
        for kind in ("choice", "merge", "fork", "join"):
            found = [k for k, n in drawing.nodes.items() if n.kind == kind]
            for count, number in enumerate(found, 1):
                self.id_of[number] = self.ids.give(f"{kind}-{count}")
        for number, node in drawing.nodes.items():
            if node.kind in ("start", "end"):
                self.id_of[number] = node.kind

    def path(self, name: str, notes: Sequence[str]) -> Path:
        flows, defaults = self._flows()
        lanes = self._lanes()
        lane_of = self._lane_of_nodes(lanes)
        nodes = [self._node(number, lane_of.get(number), defaults) for number in self.drawing.nodes]
        messages = self._messages(nodes)
        customer = (Pool("customer", "Customer"),) if messages else ()
        return Path(
            id=self.id,
            name=name,
            version=Version(of=self.id, state="current"),
            facts=Facts(notes=tuple(" ".join(n.split()) for n in notes)),
            city=Pool("city", "City"),
            parties=customer,
            lanes=tuple(lanes.lanes),
            nodes=tuple(nodes),
            flows=flows,
            messages=messages,
        )

    # -- nodes and flows

    def _node(self, number: int, lane: str | None, defaults: dict[int, str]) -> Node:
        node, id = self.drawing.nodes[number], self.id_of[number]
        if node.kind == "start" or node.kind == "end":
            return Event(id, "", node.kind, lane=lane)
        if node.kind != "step":
            return Gateway(id, "", _GATEWAYS[node.kind], lane, default=defaults.get(number))
        names = display_names(self.log, node.name)
        here = self.told.get(node.name)
        shown = names.best() or " ".join(_clean(node.name).split())
        return Step(id, shown, lane=lane, facts=self._facts(node.name, names, here))

    def _facts(self, name: str, names: Text, here: Told | None) -> Facts:
        facts = Facts(names=names, activities=(_clean(name).strip(),))
        if here is None:
            return facts
        notes = []
        if (place := here.place) is not None and place[1] < CLEAR:
            named = sum(n for p, n in here.places if p != (None, None))
            notes.append(
                f"{_place_name(place[0])} did {place[1]:.0%} of the {here.times:,} instances of "
                f"this step; {_others(here, place[0])}"
                + (f"{here.times - named:,} name no unit" if named < here.times else "")
            )
        if (met := here.contact) is not None:
            contact, share = met
            if share > 0.5:
                facts = replace(facts, contact=contact)
            if share < 1:
                notes.append(f"{share:.0%} of the {here.times:,} instances were contacts")
        notes = [n.removesuffix("; ") for n in notes]
        return replace(facts, notes=tuple(notes))

    def _flows(self) -> tuple[tuple[Flow, ...], dict[int, str]]:
        flows, defaults = [], {}
        flow_of = {id(arc): f"flow-{k}" for k, arc in enumerate(self.drawing.arcs, 1)}
        for given in flow_of.values():
            self.ids.give(given)
        chances: dict[int, tuple[float, int | None]] = {}
        for number, node in self.drawing.nodes.items():
            if node.kind != "choice":
                continue
            out = self.drawing.out(number)
            total = sum(arc.passes or 0 for arc in out)
            usual = max(out, key=lambda arc: arc.passes or 0)  # the first of equal ones
            defaults[number] = flow_of[id(usual)]
            for arc in out:
                if total and node.matters:
                    chances[id(arc)] = (arc.passes or 0) / total, node.matters
                else:
                    chances[id(arc)] = 1 / len(out), None
        for arc in self.drawing.arcs:
            probability, measured = chances.get(id(arc), (None, None))
            flows.append(
                Flow(
                    flow_of[id(arc)], self.id_of[arc.source], self.id_of[arc.target],
                    probability=probability, measured=measured,
                )
            )  # fmt: skip
        return tuple(flows), defaults

    def _messages(self, nodes: list[Node]) -> tuple[MessageFlow, ...]:
        found = []
        for node in nodes:
            contact = node.facts.contact
            if contact is None:
                continue
            ends = ("customer", node.id) if contact.by == "customer" else (node.id, "customer")
            found.append(MessageFlow(self.ids.give(f"message-{node.id}"), *ends))
        return tuple(found)

    # -- lanes

    def _lanes(self) -> _Lanes:
        """Agencies with their units inside; units alone, or agencies alone, as agencies."""
        steps = [n.name for n in self.drawing.nodes.values() if n.kind == "step"]
        none: Place = (None, None)
        place_of = {
            name: here.place[0] if (here := self.told.get(name)) and here.place else none
            for name in steps
        }
        both = any(a for a, _ in place_of.values()) and any(u for _, u in place_of.values())
        lanes: dict[Place, Lane] = {}
        of = {}
        with_units = {agency for agency, unit in place_of.values() if agency and unit}
        for place in sorted(set(place_of.values()), key=_lane_order):
            agency, unit = place
            if both and agency and (unit or agency in with_units):
                outer = self._lane(lanes, (agency, None), agency)
                self._lane(lanes, place if unit else (agency, ""), unit, "unit", outer.id)
            else:
                self._lane(lanes, place, agency or unit)
        for name, place in place_of.items():
            agency, unit = place
            inner = (agency, "")
            of[name] = (lanes[inner] if unit is None and inner in lanes else lanes[place]).id
        return _Lanes(list(lanes.values()), of)

    def _lane(
        self,
        lanes: dict[Place, Lane],
        place: Place,
        name: str | None,
        role: Role = "agency",
        parent: str | None = None,
    ) -> Lane:
        if place not in lanes:
            names = display_names(self.log, name) if name else Text()
            shown = names.best() or " ".join(_clean(name or NO_UNIT_NAMED).split())
            id = self.ids.give(f"lane-{slug(name or 'no-unit', 'unit')}")
            lanes[place] = Lane(id, shown, parent, role, facts=Facts(names=names))
        return lanes[place]

    def _lane_of_nodes(self, lanes: _Lanes) -> dict[int, str]:
        """A gateway that divides stands with the step before it, one that joins with the next."""
        nodes = self.drawing.nodes
        after: dict[int, list[int]] = {n: [] for n in nodes}
        before: dict[int, list[int]] = {n: [] for n in nodes}
        for arc in self.drawing.arcs:
            after[arc.source].append(arc.target)
            before[arc.target].append(arc.source)

        def nearest(number: int, ways: tuple[dict[int, list[int]], ...]) -> str | None:
            for way in ways:
                seen, row = {number}, [number]
                while row:
                    for at in row:
                        if nodes[at].kind == "step":
                            return lanes.of[nodes[at].name]
                    row = [n for at in row for n in way[at]]
                    row = [n for n in dict.fromkeys(row) if n not in seen]
                    seen.update(row)
            return None

        found = {}
        for number, node in nodes.items():
            backward = node.kind in ("choice", "fork", "end")
            ways = (before, after) if backward else (after, before)
            if (lane := nearest(number, ways)) is not None:
                found[number] = lane
        return found


def _lane_order(place: Place) -> tuple[bool, str, bool, str]:
    agency, unit = place
    return agency is None and unit is None, agency or unit or "", unit is None, unit or ""


def _place_name(place: Place) -> str:
    return ", ".join(p for p in place if p)


def _others(here: Told, place: Place) -> str:
    """Up to three other units with their times, as the beginning of a list."""
    others = [(p, n) for p, n in here.places if p not in (place, (None, None))]
    text = "".join(f"{_place_name(p)} {n:,}; " for p, n in others[:3])
    return text + (f"{len(others) - 3} more units; " if len(others) > 3 else "")


_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _clean(name: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NOT_IN_XML.sub("", name)
