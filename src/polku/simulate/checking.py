"""Whether a scenario fits its path: every mismatch by name, before anything is run.

Findings have the form of a path's (`polku.path.checking.findings`), with codes of their own (S…).
An **error** stops a simulation or makes its figures meaningless, a **warning** makes them doubtful,
**advice** should be looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from polku.errors import ConditionError, PolkuError
from polku.log.mapping import nearest
from polku.path.checking.findings import SEVERITIES, Element, Finding, Severity
from polku.path.conditions import parse
from polku.path.model import Event, Gateway, Path, Step
from polku.simulate.clocks import moments
from polku.simulate.engine.compile import seconds_of
from polku.simulate.file.problems import TOLERANCE, problems
from polku.simulate.load import Load, horizon, loads, open_hours
from polku.simulate.scenario import EventNumbers, Scenario, StepNumbers

FULL = 0.95
"""Utilisation from which on a pool is said to be nearly full."""

RULES: Mapping[str, tuple[Severity, str, str]] = MappingProxyType(
    {
        "S101": ("error", "the scenario contradicts itself", "correct that place"),
        "S102": (
            "warning",
            "the scenario is for another path",
            "choose the scenario of this path, or set its path",
        ),
        "S103": (
            "warning",
            "the path has changed since",
            "look whether the numbers still hold, and set path_hash anew",
        ),
        "S201": ("error", "numbers for a step that is not in the path", "correct the id"),
        "S202": ("error", "numbers for an event that is not in the path", "correct the id"),
        "S203": ("error", "chances at a gateway that is not in the path", "correct the id"),
        "S204": (
            "error",
            "chances for a flow that does not leave the gateway",
            "name each flow that leaves it",
        ),
        "S205": (
            "error",
            "chances leave out a flow",
            "give each flow that leaves the gateway its chance",
        ),
        "S206": (
            "error",
            "chances at a gateway do not add up",
            "correct them so that they add up to 1",
        ),
        "S207": ("error", "a pool's lane is not in the path", "correct the id"),
        "S208": (
            "error",
            "the same person as at a step that has none",
            "name an earlier step with a pool",
        ),
        "S209": ("error", "an outcome for what is no end", "name an end event"),
        "S210": (
            "warning",
            "numbers that are never used",
            "leave them out, or correct the element",
        ),
        "S301": (
            "error",
            "a step without numbers",
            "give it work (0 where it takes no time) or a delay",
        ),
        "S302": ("error", "staff without a duration", "say how long the work lasts"),
        "S303": (
            "advice",
            "work without staff",
            "name the pool that does it, if somebody has to be free",
        ),
        "S304": (
            "error",
            "a gateway with neither chances nor conditions",
            "give the chance of each flow in branching",
        ),
        "S305": (
            "error",
            "a condition asks for what the scenario does not know",
            "add it to the attributes",
        ),
        "S306": ("error", "an event without a time", "say in events when it happens (after)"),
        "S307": (
            "error",
            "a repeated step without its number",
            "say how often: again for a loop, times for the others",
        ),
        "S309": (
            "error",
            "separate duties, and only one person",
            "add a person to the pool",
        ),
        "S308": ("error", "matters go round without an end", "give a way out a chance above 0"),
        "S401": (
            "error",
            "a calendar that never opens in the scenario's days",
            "give it hours, or look at holidays and closures",
        ),
        "S402": (
            "error",
            "a meeting without a date in the scenario's days",
            "give it dates, or look at first and except",
        ),
        "S403": ("advice", "people who never work", "take them into a pool, or leave them out"),
        "S404": ("advice", "a pool without work", "give it a step, or leave it out"),
        "S405": ("advice", "a calendar or meeting that nobody uses", "leave it out"),
        "S501": (
            "error",
            "an element that cannot be simulated",
            "draw it with gateways, timers and messages",
        ),
        "S502": (
            "warning",
            "an element that is simulated more simply",
            "look whether that is near enough",
        ),
        "S601": (
            "error",
            "a pool that can never keep up",
            "add people or hours, or take work away",
        ),
        "S602": (
            "warning",
            "a pool that is nearly full",
            "expect very long waits; look at its hours",
        ),
        "S603": ("advice", "the load could not be worked out", "mend what is said above first"),
    }
)
"""Code → severity, what it means, and what to do."""


def check_scenario(path: Path, scenario: Scenario) -> tuple[Finding, ...]:
    """What does not fit between a path and a scenario, errors first, then by code and line.

    >>> from polku.simulate.scenario import Arrivals, Kind
    >>> from polku.path.model import Step
    >>> path = Path("permit", nodes=(Step("decide", "Decide"),))
    >>> for f in check_scenario(path, Scenario("permit", {"any": Kind(Arrivals(per_year=9))})):
    ...     print(f.code, f.element, f.found)
    S301 decide has neither work nor a delay
    """
    found = [*_Check(path, scenario).all()]
    rank = {s: k for k, s in enumerate(SEVERITIES)}
    return tuple(sorted(found, key=lambda f: (rank[f.severity], f.code, f.line or 0)))


def answers(scenario: Scenario, finding: Finding) -> bool:
    """Whether a scenario gives what a finding about the path misses: the chances of flows."""
    ids = {e.id for e in finding.elements}
    chances = {f for b in scenario.branching.values() for c in b.flows.all() for f in c}
    return finding.code == "P202" and bool(ids) and ids <= {*chances, *scenario.branching}


def rules_text() -> str:
    """The catalogue of these findings as Markdown."""
    rows = ["| code | severity | what it means | what to do |", "|---|---|---|---|"]
    rows += [f"| `{c}` | {s} | {m} | {d} |" for c, (s, m, d) in sorted(RULES.items())]
    return "\n".join(rows) + "\n"


@dataclass(frozen=True)
class _Check:
    path: Path
    scenario: Scenario

    def all(self) -> Iterator[Finding]:
        wrong = problems(self.scenario)
        for text in wrong:
            yield self.say("S101", None, text)
        yield from self.whose()
        yield from self.names()
        yield from self.unsupported()
        if wrong:
            yield self.say("S603", None, "the load of staff is not worked out: see S101")
            return
        early = [
            *self.steps(), *self.gateways(), *self.events(), *self.conditions(),
            *self.times(), *self.unused(),
        ]  # fmt: skip
        yield from early
        yield from self.load()

    def say(
        self, code: str, ids: str | Iterable[str] | None, found: str, mend: str | None = None
    ) -> Finding:
        """A finding about elements of the path (ids that are none of it are told as they are)."""
        severity, _, usual = RULES[code]
        every = (ids,) if isinstance(ids, str) else tuple(ids or ())
        elements = tuple(Element(i, self.name_of.get(i, ""), self.path.line(i)) for i in every)
        return Finding(code, severity, elements, found, mend or usual)

    @cached_property
    def name_of(self) -> dict[str, str]:
        every = [*self.path.nodes, *self.path.flows, *self.path.lanes]
        return {e.id: e.name for e in every}

    @cached_property
    def known(self) -> set[str]:
        """Names that conditions may ask for."""
        return {*self.scenario.attributes, "kind"}

    def whose(self) -> Iterator[Finding]:
        s, p = self.scenario, self.path
        if s.path != p.id:
            yield self.say("S102", None, f"is for the path {s.path!r}, this is {p.id!r}")
        elif s.path_hash is not None and s.path_hash != p.hash:
            yield self.say("S103", None, "was made for an earlier state of this path (path_hash)")

    def names(self) -> Iterator[Finding]:
        s, p = self.scenario, self.path
        steps = {n.id for n in p.steps}
        events = {n.id for n in p.events}
        ways = {n.id for n in p.nodes if len(p.out(n.id)) > 1}
        lanes = {lane.id for lane in p.lanes}
        for code, section, given, there in (
            ("S201", "steps", s.steps, steps), ("S202", "events", s.events, events),
        ):  # fmt: skip
            for id in given:
                if id not in there:
                    hint = _hint(id, there)
                    yield self.say(code, id, f"{section}.{id} is not in the path; {hint}")
        for id, branching in s.branching.items():
            if not p.has(id):
                gateways = {g.id for g in p.gateways}
                hint = _hint(id, gateways)
                yield self.say("S203", id, f"branching.{id} is not in the path; {hint}")
                continue
            if id not in ways:
                yield self.say("S210", id, "has chances, but one way out only")
                continue
            yield from self.flows_of(id, list(branching.flows.all()))
        for name, pool in s.pools.items():
            if pool.lane is not None and pool.lane not in lanes:
                hint = _hint(pool.lane, lanes)
                yield self.say("S207", pool.lane, f"pools.{name}.lane is not in the path; {hint}")
        for id, step in s.steps.items():
            other = step.same_person_as
            if other is None:
                continue
            if other not in steps:
                hint = _hint(other, steps)
                yield self.say("S208", id, f"same_person_as {other!r}: not in the path; {hint}")
            elif s.steps.get(other, StepNumbers()).pool is None:
                yield self.say("S208", id, f"same_person_as {other!r}: nobody does that step")
        ends = {e.id for e in p.events if e.position == "end"}
        for id in s.outcomes:
            if id not in ends:
                hint = _hint(id, ends)
                yield self.say("S209", id, f"outcomes.{id} is no end event; {hint}")

    def flows_of(self, id: str, every: list[Mapping[str, float]]) -> Iterator[Finding]:
        """Chances at one gateway (or step with several ways out)."""
        node = self.path.node(id)
        out = {f.id for f in self.path.out(id)}
        if isinstance(node, Gateway) and node.kind in ("parallel", "event"):
            yield self.say("S210", id, f"has chances, but is a {node.kind} gateway")
            return
        unknown = sorted({f for chances in every for f in chances} - out)
        for flow in unknown:
            yield self.say("S204", id, f"chances for {flow!r}; {_hint(flow, out)}")
        if unknown or (isinstance(node, Gateway) and node.kind == "inclusive"):
            return
        for chances in every:
            missing = sorted(out - chances.keys())
            total = math.fsum(chances.values())
            if len(missing) > 1:
                shown = ", ".join(missing)
                yield self.say("S205", id, f"no chance for {shown}")
            elif total > 1 + TOLERANCE or (not missing and total < 1 - TOLERANCE):
                yield self.say("S206", id, f"the chances add up to {total:.10g}, not to 1")
            else:
                continue
            return

    def unsupported(self) -> Iterator[Finding]:
        for node in self.path.nodes:
            if isinstance(node, Gateway) and node.kind == "complex":
                yield self.say("S501", node.id, "is a complex gateway")
            elif isinstance(node, Step) and node.on_event:
                yield self.say("S501", node.id, "is an event sub-process")
            elif isinstance(node, Event) and node.trigger in ("compensate", "cancel"):
                yield self.say("S501", node.id, f"is an event that {node.trigger}s")
            elif isinstance(node, Event) and node.position == "start" and node.within is None:
                if node.trigger in ("signal", "conditional", "multiple"):
                    yield self.say(
                        "S502", node.id,
                        f"is a start by {node.trigger}; matters come as the arrivals say",
                    )  # fmt: skip
            elif isinstance(node, Event) and node.trigger == "multiple":
                yield self.say("S502", node.id, "waits for several things; it is one time here")
        starts = [e for e in self.path.events if e.position == "start" and e.within is None]
        if len(starts) > 1:
            plain = [e for e in starts if e.trigger == "none"]
            first = (plain or starts)[0]
            yield self.say(
                "S502", [e.id for e in starts if e is not first],
                f"other starts than {first.id!r}: all matters begin there",
            )  # fmt: skip

    def steps(self) -> Iterator[Finding]:
        inside = {n.within for n in self.path.nodes}
        for step in self.path.steps:
            numbers = self.scenario.steps.get(step.id)
            yield from self.repeated(step, numbers)
            if step.holds_nodes and step.id in inside:
                if numbers is not None and (numbers.work is not None or numbers.pool is not None):
                    yield self.say("S210", step.id, "is a sub-process; work belongs to its steps")
                continue
            works = numbers is not None and (numbers.work is not None or bool(numbers.by_person))
            if numbers is not None and numbers.pool is not None:
                pool = self.scenario.pools[numbers.pool]
                if numbers.work is None and not set(pool.members) <= numbers.by_person.keys():
                    yield self.say("S302", step.id, f"is done by {numbers.pool!r}, but has no work")
                yield from self.separate(step, numbers)
                continue
            if self.path.by_customer(step):
                continue
            waits = numbers is not None and (
                numbers.delay is not None
                or numbers.meeting is not None
                or numbers.batch is not None
            )
            if not works and not waits:
                yield self.say("S301", step.id, "has neither work nor a delay")
                continue
            contact = step.facts.contact
            alone = step.kind in ("service", "script", "rule", "receive") or (
                contact is not None and contact.by == "customer"
            )
            if works and not waits and numbers is not None and not alone:
                laws = list(numbers.work.all()) if numbers.work is not None else []
                if any(law.name != "fixed" or law.values != (0.0,) for law in laws):
                    yield self.say(
                        "S303", step.id, "has work, but no pool: it never waits for staff"
                    )

    def separate(self, step: Step, numbers: StepNumbers) -> Iterator[Finding]:
        """Where another person must do a step, and there is none."""
        pools = self.scenario.pools
        own = set(pools[str(numbers.pool)].members)
        for id in step.facts.separate_from:
            other = self.scenario.steps.get(id)
            if other is None or other.pool not in pools or len(own) > 1:
                continue
            if own == set(pools[str(other.pool)].members):
                yield self.say(
                    "S309", step.id,
                    f"must be done by another person than {id}, and pool {numbers.pool!r} has one",
                )  # fmt: skip

    def repeated(self, step: Step, numbers: StepNumbers | None) -> Iterator[Finding]:
        if step.repeat is None:
            if numbers is not None and (numbers.again is not None or numbers.times is not None):
                yield self.say("S210", step.id, "is done once; again and times count for nothing")
            return
        if step.repeat.kind == "loop":
            if numbers is None or numbers.again is None:
                yield from self.answered(step.id, step.repeat.condition, "S307", "loop")
            return
        text = (step.repeat.times or "").strip()
        if (numbers is None or numbers.times is None) and not text.isdigit():
            yield from self.answered(step.id, text or None, "S307", "times")

    def answered(self, id: str, text: str | None, code: str, what: str) -> Iterator[Finding]:
        """Whether an expression of the path can be answered from the attributes."""
        said = "how often it goes round" if what == "loop" else "how often it is done"
        if not text:
            yield self.say(code, id, f"neither path nor scenario says {said}")
            return
        missing = self.missing(text)
        if missing:
            yield self.say(code, id, f"{said} depends on {_list(missing)}, not an attribute here")

    def missing(self, text: str) -> list[str]:
        """Names in an expression that the scenario does not know."""
        try:
            return [n for n in parse(text).names if n not in self.known]
        except ConditionError:
            return [text]

    def gateways(self) -> Iterator[Finding]:
        for node in self.path.nodes:
            flows = self.path.out(node.id)
            if len(flows) < 2 or node.id in self.scenario.branching:
                continue
            if isinstance(node, Gateway) and node.kind not in ("exclusive", "inclusive"):
                continue
            default = node.default if isinstance(node, Gateway | Step) else None
            asked = [f for f in flows if f.condition and f.id != default]
            chances = [f for f in flows if f.probability is not None]
            if not isinstance(node, Gateway) and not asked:
                continue
            names = [n for f in asked for n in self.missing(str(f.condition))]
            if names and not chances:
                unknown = sorted(dict.fromkeys(names))
                near = _hint(unknown[0], self.known)
                yield self.say(
                    "S305", node.id, f"its conditions ask for {_list(unknown)}, which the scenario "
                    f"does not know; {near}",
                    "add it to the attributes, or give the chance of each flow in branching",
                )  # fmt: skip
            elif not asked and not chances:
                yield self.say("S304", node.id, "neither chances nor conditions say which way")

    def events(self) -> Iterator[Finding]:
        for event in self.path.events:
            numbers = self.scenario.events.get(event.id)
            waits = event.position == "catch" and event.trigger not in ("none", "link")
            timed = event.position == "boundary" and event.trigger not in ("error", "escalation")
            if not waits and not timed:
                if numbers is not None and event.trigger != "none":
                    yield self.say("S210", event.id, "never waits; its numbers count for nothing")
                continue
            if (numbers or EventNumbers()).after is not None:
                continue
            if event.timer is None:
                what = event.trigger
                yield self.say("S306", event.id, f"waits for a {what}, but not how long")
            elif event.timer.kind != "date":
                value = event.timer.value.rpartition("/")[2]
                if seconds_of(value) is None:
                    yield self.say("S306", event.id, f"its time {value!r} is not a duration")

    def conditions(self) -> Iterator[Finding]:
        for i, priority in enumerate(self.scenario.priorities):
            if priority.condition is None:
                continue
            for name in self.missing(priority.condition):
                yield self.say(
                    "S305", None, f"priorities[{i}].condition asks for {name!r}, which is no "
                    f"attribute; {_hint(name, self.known)}",
                )  # fmt: skip

    def times(self) -> Iterator[Finding]:
        s = self.scenario
        first, last = horizon(s)
        days = f"{s.start} to {s.end}"
        for name in s.calendars:
            if open_hours(s, name) <= 0:
                yield self.say("S401", None, f"calendars.{name} is never open from {days}")
        for name, meeting in s.meetings.items():
            try:
                when = moments(meeting, name, s.zone, s.start, first, last)[1]
            except PolkuError as e:
                yield self.say("S402", None, str(e))
                continue
            if not ((when >= first) & (when < last)).any():
                yield self.say("S402", None, f"meetings.{name} does not meet from {days}")

    def unused(self) -> Iterator[Finding]:
        s = self.scenario
        steps = [n for id, n in s.steps.items() if self.path.has(id)]
        pools = {n.pool for n in steps}
        for name in s.pools:
            if name not in pools:
                yield self.say("S404", None, f"pools.{name} does no step")
        members = {m for p in s.pools.values() for m in p.members}
        idle = [name for name in s.people if name not in members]
        if idle:
            yield self.say("S403", None, f"in no pool: {_list(idle)}")
        used = {p.calendar for p in s.people.values()} | {n.calendar for n in steps}
        used |= {n.delay.calendar for n in steps if n.delay is not None}
        used |= {e.calendar for e in s.events.values()}
        used |= {k.arrivals.calendar for k in s.kinds.values()}
        met = {n.meeting for n in steps} | {n.batch.meeting for n in steps if n.batch is not None}
        idle = [f"calendars.{n}" for n in s.calendars if n not in used]
        idle += [f"meetings.{n}" for n in s.meetings if n not in met]
        if idle:
            yield self.say("S405", None, f"used by nobody: {_list(idle)}")

    def load(self) -> Iterator[Finding]:
        try:
            found = loads(self.path, self.scenario)
        except ArithmeticError:
            yield self.say("S308", None, "matters come back more often than they leave")
            return
        except (PolkuError, KeyError, StopIteration) as e:
            yield self.say("S603", None, f"the load of staff could not be worked out: {e}")
            return
        for one in found:
            if one.utilisation > 1:
                yield self.say("S601", self.lanes(one), _overload(one, self.units(one)))
            elif one.utilisation > FULL:
                unit = self.units(one)
                yield self.say(
                    "S602", self.lanes(one),
                    f"{unit} will be busy {one.utilisation:.0%} of its hours{_estimate(one)}",
                )  # fmt: skip

    def lanes(self, one: Load) -> tuple[str, ...]:
        """The lanes that pools belong to: their own, else that of their steps."""
        found = []
        for name in one.pools:
            own = self.scenario.pools[name].lane
            if own is not None:
                found.append(own)
                continue
            lanes = {
                self.path.lane_of(self.path.node(id))
                for id, n in self.scenario.steps.items()
                if n.pool == name and self.path.has(id)
            }
            found += [lane.id for lane in lanes if lane is not None]
        return tuple(sorted(dict.fromkeys(found)))

    def units(self, one: Load) -> str:
        names = _list(list(one.pools))
        return f"pool {names}" if len(one.pools) == 1 else f"pools {names}, which share people,"


def _overload(one: Load, unit: str) -> str:
    people = "1 person" if one.people == 1 else f"{one.people:,} people"
    if math.isinf(one.utilisation):
        return f"{unit} gets {one.work:,.0f} hours of work, and nobody is ever there"
    more = "1 more person" if one.more == 1 else f"{one.more:,} more people"
    return (
        f"{unit} gets {one.work:,.0f} hours of work for the {one.hours:,.0f} hours of {people}: "
        f"utilisation {one.utilisation:.2f}; waiting would grow without an end; {more} like "
        f"these would be needed{_estimate(one)}"
    )


def _estimate(one: Load) -> str:
    return f" (an estimate: {'; '.join(one.estimated)})" if one.estimated else ""


def _hint(name: str, known: Iterable[str]) -> str:
    names = list(known)
    return nearest(name, names) if names else "the path has none"


def _list(names: list[str]) -> str:
    shown = ", ".join(repr(n) for n in names[:6])
    return shown + (f" and {len(names) - 6:,} more" if names[6:] else "")
