"""A path told to its customer: numbered plain steps in the order of the way, in three languages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from polku.path.drawing.grid import Item, Link
from polku.path.drawing.layers import columns
from polku.path.facts import LANGUAGES, Deadline, Document, Facts, Fee, Language, Origin
from polku.path.model import Event, Flow, Gateway, Lane, Node, Path, Step
from polku.path.plain_words import (
    CHANNELS,
    DELAYS,
    STATES,
    amount,
    day,
    deadline,
    duration,
    listed,
    named,
    word,
)

Kind = Literal["step", "when", "city", "again", "end"]


@dataclass(frozen=True, slots=True)
class PlainStep:
    """One thing that is told.

    `kind`: a step of the customer's or with a contact; when it applies ("if …", "at the same
    time"); what the city does meanwhile; a way back; the end. `number` of a step, as in "4" or
    "4.1", else empty; `level`: how deep it stands below the conditions it depends on; `id`: the
    element told; `lines`: sentences on with whom, how, what is needed, deadlines and fees.
    """

    kind: Kind
    title: str
    level: int = 0
    number: str = ""
    lines: tuple[str, ...] = ()
    id: str | None = None


def plain_steps(path: Path, language: Language = "en") -> tuple[PlainStep, ...]:
    """Tell a path step by step as the customer meets it.

    Steps without the customer are summed up as what the city does; every document is named once,
    where it is first asked for. Raises `ValueError` for a language other than fi, sv and en.

    >>> from polku.path.build import start
    >>> from polku.path.facts import Contact, Facts
    >>> line = start("Stall").step("Apply", facts=Facts(contact=Contact("customer", ("online",))))
    >>> [(s.number, s.title) for s in plain_steps(line.step("Decide").path())][:2]
    [('1', 'Apply'), ('', 'The city does: Decide')]
    """
    if language not in LANGUAGES:
        raise ValueError(f"language {language!r}; a path is told in fi, sv or en")
    return _Teller(path, language).told()


def plain_text(path: Path, language: Language = "en") -> str:
    """The same as text, in the form of Markdown, with the path's name and version above."""
    steps = plain_steps(path, language)
    title = title_of(path, language)
    out = [f"# {title}", ""]
    if under := version_line(path, language):
        out += [under, ""]
    for step in steps:
        lead = "    " * step.level
        if step.kind == "step":
            out.append(f"{lead}{step.number}. **{step.title}**")
        elif step.kind == "when":
            out.append(f"{lead}- *{step.title}*")
        else:
            out.append(f"{lead}- {step.title}")
        out += [f"{lead}    - {line}" for line in step.lines]
    return "\n".join([*out, "", word("no advice", language)]) + "\n"


def title_of(path: Path, language: Language) -> str:
    """What a path is called: its name, else its pool's, else the process's id."""
    pool = path.city.name if path.city is not None else ""
    return path.facts.names.best(language) or path.name or pool or path.id


def version_line(path: Path, language: Language) -> str:
    """Which version of a path this is: Current state, version 1, valid from 1 January 2026."""
    version, parts = path.version, []
    if version.state:
        parts.append(named(STATES, version.state, language))
    if version.number:
        parts.append(word("version", language, version.number))
    if version.valid_from:
        parts.append(word("valid", language, day(version.valid_from, language)))
    under = ", ".join(parts)
    return under[:1].upper() + under[1:]


class _Teller:
    """A walk along the path that remembers what has been told."""

    def __init__(self, path: Path, language: Language) -> None:
        self.path, self.language = path, language
        self.out: list[PlainStep] = []
        self.number: dict[str, str] = {}
        self.above: list[tuple[int, str]] = []
        """level and number of the numbered steps around the one that is told"""
        self.below: Counter[str] = Counter()
        """how many steps have been told below each number"""
        self.seen: set[str] = set()
        self.documents: set[str] = set()
        self.city: list[Node] = []
        links = [Link(f.id, f.source, f.target) for f in path.flows]
        links += [  # a boundary event's way begins at its step
            Link(e.id, e.attached_to or "", e.id) for e in path.events if e.attached_to
        ]
        items = [Item(n.id, 0, 0) for n in path.nodes]
        self.column, self.back = columns(items, links)
        self.ahead: dict[str, list[str]] = defaultdict(list)
        for k in links:
            if k.id not in self.back:
                self.ahead[k.source].append(k.target)

    def told(self) -> tuple[PlainStep, ...]:
        self._inside(None, 0)
        self._flush(0)
        return tuple(self.out)

    def _inside(self, within: str | None, level: int) -> None:
        """Walk from the starts of the process, or of a sub-process; then what is left."""
        nodes = [n for n in self.path.inside(within) if not self._attached(n)]
        usual = [n for n in nodes if not (isinstance(n, Step) and n.on_event)]
        begins = [n for n in usual if not self.path.into(n.id)] or usual[:1]
        for k, node in enumerate(begins):
            if k and node.id not in self.seen and self._told_in([node.id]):
                name = self._name(node)
                if isinstance(node, Event) and name:
                    self._say("when", word("if", self.language, name), level)
            self._walk(node.id, level, frozenset())
        for node in usual:  # what no start leads to
            if node.id not in self.seen:
                self._walk(node.id, level, frozenset())
        for node in nodes:
            if isinstance(node, Step) and node.on_event and node.id not in self.seen:
                self._flush(level)
                self._step(node, level)

    def _attached(self, node: Node) -> bool:
        return isinstance(node, Event) and node.attached_to is not None

    # -- the walk

    def _walk(self, at: str | None, level: int, stops: frozenset[str]) -> None:
        while at is not None and at not in stops:
            if at in self.seen:
                self._flush(level)
                self._again(at, level)
                return
            self.seen.add(at)
            node = self.path.node(at)
            if isinstance(node, Step):
                self._step(node, level, stops)
            elif isinstance(node, Event):
                self._event(node, level)
            out = self.path.out(at)
            if len(out) > 1:
                at = self._parting(node, list(out), level, stops)
            else:
                at = out[0].target if out else None
        self._flush(level)

    def _step(self, step: Step, level: int, stops: frozenset[str] = frozenset()) -> None:
        self.seen.add(step.id)
        inner = step.holds_nodes and any(True for _ in self.path.inside(step.id))
        if not (self._matters(step) or (inner and self._told_in(self._all_inside(step.id)))):
            self.city.append(step)
        else:
            self._flush(level)
            self._say("step", self._name(step), level, self._lines(step), step.id)
            if inner:
                self._inside(step.id, level + 1)
                self._flush(level + 1)
        for event in self.path.boundary(step.id):
            self._boundary(event, level, stops)

    def _boundary(self, event: Event, level: int, stops: frozenset[str]) -> None:
        out = self.path.out(event.id)
        self.seen.add(event.id)
        if not out:
            return
        self._flush(level)
        key = "unless" if event.interrupting else "besides"
        name = self._name(event)
        if not name and event.timer is not None and event.timer.kind == "duration":
            name = duration(event.timer.value, self.language)
        self._say("when", word(key, self.language, name or event.id), level)
        for flow in out:
            self._walk(flow.target, level + 1, stops)

    def _event(self, event: Event, level: int) -> None:
        name = self._name(event)
        if event.position == "end":
            self._flush(level)
            said = (
                word("ends", self.language, name) if name else word("ends plainly", self.language)
            )
            self._say("end", said, level, (), event.id)
        elif event.position == "start" and name and event.within is None:
            self._say("city", word("begins", self.language, name), level, (), event.id)
        elif event.position == "catch" and (name or event.timer is not None):
            length = ""
            if event.timer is not None and event.timer.kind == "duration":
                length = duration(event.timer.value, self.language)
            said = ", ".join(dict.fromkeys(t for t in (name, length) if t))
            if said:
                self._flush(level)
                self._say("city", word("wait", self.language, said), level, (), event.id)

    def _parting(
        self, node: Node, flows: list[Flow], level: int, stops: frozenset[str]
    ) -> str | None:
        """Tell the ways that part here; returns where they meet again, or how the way goes on."""
        kind = node.kind if isinstance(node, Gateway) else "parallel"
        reach = {f.id: self._reach(f) for f in flows}
        if kind in ("parallel", "inclusive", "complex"):
            join = self._meeting(flows, reach)
            self._together(kind, flows, level, stops, join)
            return join
        loops = [f for f in flows if self._leads_back(f)]
        onward = [f for f in flows if f not in loops]
        for flow in loops:
            self._flush(level)
            self._say("when", self._when(flow, missing=True), level)
            self._walk(flow.target, level + 1, stops)
        if not onward:
            return None
        if len(onward) == 1:
            return onward[0].target
        join = self._meeting(onward, reach)
        if join is not None:
            self._flush(level)
            for flow in onward:
                if flow.target != join:
                    self._say("when", self._when(flow), level)
                    self._walk(flow.target, level + 1, stops | {join})
            return join
        main = max(onward, key=lambda f: (f.probability or 0.0, len(reach[f.id]), -flows.index(f)))
        self._flush(level)
        for flow in onward:
            if flow is not main:
                self._say("when", self._when(flow), level)
                self._walk(flow.target, level + 1, stops)
        self._say("when", self._when(main), level)
        return main.target

    def _together(
        self,
        kind: str,
        flows: list[Flow],
        level: int,
        stops: frozenset[str],
        join: str | None,
    ) -> None:
        """Ways that are gone at the same time: first the customer's, then what the city does."""
        ends = stops | {join} if join is not None else stops
        told = [f for f in flows if self._told_in([f.target], ends)]
        silent = [f for f in flows if f not in told]
        self._flush(level)
        key = "at once" if kind == "parallel" else "some"
        if told:
            self._say("when", word(key, self.language), level)
        for flow in told:
            if kind != "parallel" and self._flow_name(flow):
                self._say("when", self._when(flow), level + 1)
                self._walk(flow.target, level + 2, ends)
            else:
                self._walk(flow.target, level + 1, ends)
        for flow in silent:
            for id in self._until(flow.target, ends):
                node = self.path.node(id)
                self.seen.add(id)
                if isinstance(node, Step):
                    self.city.append(node)
        self._flush(level + 1 if told else level, "city meanwhile" if told else "city does")

    # -- the shape of the way

    def _until(self, start: str, stops: frozenset[str]) -> list[str]:
        """Nodes from a start on, without those where the walk stops, in the order of the way."""
        found: dict[str, None] = {}
        queue = [start]
        while queue:
            at = queue.pop(0)
            if at in found or at in stops:
                continue
            found[at] = None
            queue += self.ahead[at]
        return sorted(found, key=lambda id: self.column[id])

    def _reach(self, flow: Flow) -> set[str]:
        if flow.id in self.back:
            return set()
        return set(self._until(flow.target, frozenset()))

    def _meeting(self, flows: list[Flow], reach: dict[str, set[str]]) -> str | None:
        """The first node to which all of these ways lead."""
        common = set.intersection(*(reach[f.id] for f in flows))
        order = {n.id: k for k, n in enumerate(self.path.nodes)}
        return min(common, key=lambda id: (self.column[id], order[id]), default=None)

    def _leads_back(self, flow: Flow) -> bool:
        """Whether a way can only lead back to what came before (events at steps left out)."""
        if flow.id in self.back:
            return True
        found: set[str] = set()
        queue, backward = [flow.target], False
        while queue:
            at = queue.pop()
            if at in found:
                continue
            found.add(at)
            out = self.path.out(at)
            if not out:
                return False
            backward |= any(f.id in self.back for f in out)
            queue += [f.target for f in out if f.id not in self.back]
        return backward

    def _all_inside(self, step: str) -> list[str]:
        out = []
        for node in self.path.inside(step):
            out += [node.id, *self._all_inside(node.id)]
        return out

    def _told_in(self, ids: Iterable[str], stops: frozenset[str] = frozenset()) -> bool:
        """Whether anything from here on (or inside) concerns the customer."""
        every = {n for id in ids for n in self._until(id, stops)}
        every |= {i for n in every for i in self._all_inside(n)}
        return any(isinstance(n := self.path.node(i), Step) and self._matters(n) for i in every)

    def _matters(self, step: Step) -> bool:
        return step.facts.contact is not None or self.path.by_customer(step)

    # -- words

    def _say(
        self, kind: Kind, title: str, level: int, lines: tuple[str, ...] = (), id: str | None = None
    ) -> None:
        number = ""
        if kind == "step":
            while self.above and self.above[-1][0] >= level:
                self.above.pop()
            parent = self.above[-1][1] if self.above else ""
            self.below[parent] += 1
            number = f"{parent}.{self.below[parent]}".lstrip(".")
            self.above.append((level, number))
            if id is not None:
                self.number[id] = number
        self.out.append(PlainStep(kind, title, level, number, lines, id))

    def _flush(self, level: int, key: str = "city does") -> None:
        """Sum up what the city has done since, or does meanwhile."""
        if self.city:
            done = [
                word("doing", self.language, self._name(n), who) if (who := self._who(n)) else
                self._name(n)
                for n in self.city
            ]  # fmt: skip
            self.city = []
            said = word(key, self.language, listed(done, self.language))
            self._say("city", said, level)

    def _again(self, at: str, level: int) -> None:
        """Say where the way goes back to, or goes on with what is told already."""
        node = self.path.node(at)
        if isinstance(node, Event) and node.position == "end":
            self._event(node, level)
            return
        steps = [i for i in self._until(at, frozenset()) if isinstance(self.path.node(i), Step)]
        if not steps:
            return
        if steps[0] in self.number:
            self._say("again", word("again", self.language, self.number[steps[0]]), level, (), at)
        else:
            name = self._name(self.path.node(steps[0]))
            self._say("again", word("back", self.language, name), level, (), at)

    def _when(self, flow: Flow, missing: bool = False) -> str:
        name = self._flow_name(flow)
        if missing:
            said = word("missing", self.language)
            return f"{said} ({name})" if name else said
        source = self.path.node(flow.source)
        question = self._name(source) if isinstance(source, Gateway) else ""
        if not name and isinstance(target := self.path.node(flow.target), Event):
            name = self._name(target)
        text = " ".join(t for t in (question, name) if t)
        return word("if", self.language, text) if name else word("otherwise", self.language)

    def _flow_name(self, flow: Flow) -> str:
        return flow.facts.names.best(self.language) or flow.name

    def _name(self, node: Node) -> str:
        name = node.facts.names.best(self.language) or node.name
        return name or (word("unnamed", self.language) if isinstance(node, Step) else "")

    def _lane_name(self, lane: Lane) -> str:
        return lane.facts.names.best(self.language) or lane.name

    def _who(self, node: Node) -> str:
        """The unit and its agency."""
        unit, agency = self.path.unit_of(node), self.path.agency_of(node)
        if agency is None or agency.role == "customer":
            return ""
        names = [self._lane_name(n) for n in (unit, agency) if n is not None]
        return ", ".join(dict.fromkeys(n for n in names if n))

    def _lines(self, step: Step) -> tuple[str, ...]:
        facts, lang = step.facts, self.language
        out = []
        if text := facts.text.best(lang):
            out.append(text)
        if (who := self._who(step)) and not self.path.by_customer(step):
            out.append(word("with", lang, who))
        if facts.contact is not None and facts.contact.channels:
            how = [named(CHANNELS, c, lang) for c in facts.contact.channels]
            key = "you contact" if facts.contact.by == "customer" else "city contacts"
            out.append(word(key, lang, listed(how, lang, "or")))
        out += self._papers(facts)
        out += [self._due(d) for d in facts.deadlines]
        if facts.promise is not None:
            said = duration(facts.promise.duration, lang)
            out.append(word("promise", lang, said + self._from(facts.promise.origin)))
        out += [self._fee(f) for f in facts.fees]
        if facts.delay is not None and facts.delay != "customer":
            out.append(word("wait", lang, named(DELAYS, facts.delay, lang)))
        if step.repeat is not None:
            out.append(word("repeated", lang))
        return tuple(out)

    def _papers(self, facts: Facts) -> list[str]:
        asked = [d for d in facts.documents if d.role == "asked" and d.key not in self.documents]
        self.documents |= {d.key for d in asked}
        out = []
        if asked:
            names = listed([self._paper(d) for d in asked], self.language)
            out.append(word("needed", self.language, names))
        made = [self._paper(d) for d in facts.documents if d.role == "made"]
        if made and facts.contact is not None:
            out.append(word("you get", self.language, listed(made, self.language)))
        return out

    def _paper(self, document: Document) -> str:
        name = document.names.best(self.language) or document.key.replace("-", " ")
        return name + self._from(document.origin, basis_only=True)

    def _due(self, due: Deadline) -> str:
        said = due.text.best(self.language) or deadline(
            due.duration, due.counted, due.of, self.language
        )
        return word("deadline", self.language, said + self._from(due.origin))

    def _fee(self, fee: Fee) -> str:
        said = amount(fee.amount, fee.currency, fee.per, self.language)
        if text := fee.text.best(self.language):
            said = f"{said}, {text}"
        return word("fee", self.language, said + self._from(fee.origin))

    def _from(self, origin: Origin, basis_only: bool = False) -> str:
        """Where a fact comes from, in brackets."""
        parts = []
        if origin.basis:
            parts.append(word("basis", self.language, origin.basis))
        if not basis_only:
            if origin.source:
                parts.append(word("source", self.language, origin.source))
            if origin.checked is not None:
                parts.append(word("checked", self.language, day(origin.checked, self.language)))
        return f" ({'; '.join(parts)})" if parts else ""
