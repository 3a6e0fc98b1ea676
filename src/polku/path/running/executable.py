"""A path as SpiffWorkflow wants to read it: made for one run, never stored.

The path's own file stays standard BPMN. What is different in here: times in quotes, a condition
for every probability, a message for all that waits, gateways where a step has several flows out,
starts and ends where they were left out, and a mark on every flow, so that a run can tell which it
took. Conditions and times are checked before (`polku.path.conditions`): nothing that a file holds
is ever run as code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from polku.errors import ConditionError, PathError
from polku.path.conditions import parse
from polku.path.file.facts_xml import is_duration
from polku.path.file.xml import BPMN, XSI
from polku.path.model import Event, Flow, Gateway, Path, Step, Timer

if TYPE_CHECKING:
    from lxml.etree import _Element

MARK = "--way"
"""Behind the id of a flow: the mark that is passed on it."""
_CAUGHT = {"message", "conditional"}
_REFUSED = {"compensate", "cancel", "multiple"}


@dataclass
class Executable:
    """The file for the runner, and what its names mean.

    `draws`: id of a gateway with probabilities → its flows, each with the variable to be drawn and
    the share below which it is taken; `decides`: ids of gateways that decide by conditions.
    """

    xml: bytes = b""
    draws: dict[str, dict[str, tuple[str, float, float]]] = field(default_factory=dict)
    decides: set[str] = field(default_factory=set)


def executable(path: Path) -> Executable:
    """Make the file that SpiffWorkflow runs.

    Raises `PathError`, naming the element, for what cannot be run: a gateway without conditions
    and probabilities, a timer without a time, a repetition without a number or condition, a
    condition in another language, an element that the runner does not know.

    >>> from polku.path.build import start
    >>> made = executable(start("Stall").step("Apply").path())
    >>> b"manualTask" in made.xml
    True
    """
    return _Maker(path).made()


class _Maker:
    """One path on its way to the runner."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.out = Executable()
        self.messages: list[str] = []
        self.signals: list[str] = []
        self.flows = 0
        self.one_of: set[str] = set()  # starts of which a matter takes one

    def made(self) -> Executable:
        from lxml import etree

        if not self.path.nodes:
            raise PathError(f"path {self.path.id!r} has no steps; there is nothing to run")
        root = etree.Element(f"{{{BPMN}}}definitions", nsmap={"bpmn": BPMN, "xsi": XSI})
        process = self._element(root, "process", self.path.id, isExecutable="true")
        self._inside(process, None)
        for name in self.messages:
            self._element(root, "message", f"{name}--message", name=name)
        for name in dict.fromkeys(self.signals):
            self._element(root, "signal", f"{name}--signal", name=name)
        self.out.xml = etree.tostring(root)
        return self.out

    def _element(self, holder: _Element, tag: str, id: str | None, **more: str) -> _Element:
        from lxml import etree

        made = etree.SubElement(holder, f"{{{BPMN}}}{tag}")
        if id is not None:
            made.set("id", id)
        for key, value in more.items():
            made.set(key, value)
        return made

    def _refuse(self, id: str, found: str) -> NoReturn:
        line = self.path.line(id)
        place = f"line {line:,}: " if line else ""
        raise PathError(f"{place}element {id!r}: {found}")

    # -- nodes

    def _inside(self, holder: _Element, within: str | None) -> None:
        """The nodes of the path, or of a sub-process, with their flows."""
        nodes = list(self.path.inside(within))
        starts = [n for n in nodes if isinstance(n, Event) and n.position == "start"]
        self.one_of.update(s.id for s in starts if len(starts) > 1)
        for node in nodes:
            if isinstance(node, Step):
                self._step(holder, node)
            elif isinstance(node, Gateway):
                self._gateway(holder, node)
            else:
                self._event(holder, node)
            self._flows_out(holder, node)
        self._begin(holder, within, starts)

    def _begin(self, holder: _Element, within: str | None, starts: list[Event]) -> None:
        """One start, as the runner wants it, where there are several or none."""
        ids = [s.id for s in starts]
        if len(ids) == 1:
            return
        outside = not ids
        if outside:
            ids = [
                n.id
                for n in self.path.inside(within)
                if not self.path.into(n.id)
                and not (isinstance(n, Event) and n.attached_to is not None)
                and not (isinstance(n, Step) and n.on_event)
            ]
        if not ids:
            self._refuse(within or self.path.id, "has no place to start; add a start event")
        id = within or self.path.id
        self._element(holder, "startEvent", f"{id}--start")
        if len(ids) == 1:
            self._flow(holder, f"{id}--start", ids[0])
            return
        gate = f"{id}--starts"
        if outside:
            self._element(holder, "parallelGateway", gate)
            conditions = [None] * len(ids)
        else:
            self._element(holder, "exclusiveGateway", gate)
            shares = dict.fromkeys(ids, 1 / len(ids))
            conditions = list(self._drawn(gate, shares, one=True).values())  # type: ignore[arg-type]
        self._flow(holder, f"{id}--start", gate)
        for target, condition in zip(ids, conditions, strict=True):
            self._flow(holder, gate, target, condition)

    def _step(self, holder: _Element, step: Step) -> None:
        if step.kind == "sub-process":
            if not any(self.path.inside(step.id)):
                made = self._element(holder, "manualTask", step.id)
            else:
                made = self._element(holder, "subProcess", step.id)
                if step.on_event:
                    made.set("triggeredByEvent", "true")
                self._inside(made, step.id)
        elif step.kind == "receive" or self._after_event_gateway(step.id):
            made = self._element(holder, "receiveTask", step.id, messageRef=self._message(step.id))
        else:
            made = self._element(holder, "manualTask", step.id)
        if step.repeat is not None:
            self._repeat(made, step)

    def _repeat(self, made: _Element, step: Step) -> None:
        repeat = step.repeat
        assert repeat is not None
        if repeat.kind == "loop":
            if repeat.condition is None and not (repeat.times or "").isdigit():
                self._refuse(step.id, "is a loop and does not say while what; add a condition")
            loop = self._element(made, "standardLoopCharacteristics", None)
            loop.set("testBefore", "true" if repeat.test_before else "false")
            if repeat.times is not None and repeat.times.isdigit():
                loop.set("loopMaximum", repeat.times)
            if repeat.condition is not None:
                self._checked(step.id, repeat.condition)
                self._expression(loop, "loopCondition", repeat.condition)
            return
        if repeat.times is None:
            self._refuse(step.id, "is done several times and does not say how many; add the number")
        many = self._element(made, "multiInstanceLoopCharacteristics", None)
        many.set("isSequential", "true" if repeat.kind == "sequential" else "false")
        self._checked(step.id, repeat.times)
        self._expression(many, "loopCardinality", repeat.times)

    def _gateway(self, holder: _Element, gateway: Gateway) -> None:
        tags = {"parallel": "parallelGateway", "exclusive": "exclusiveGateway",
                "inclusive": "inclusiveGateway", "event": "eventBasedGateway"}  # fmt: skip
        if gateway.kind not in tags:
            self._refuse(gateway.id, "is a complex gateway, which cannot be run; take simple ones")
        flows = self.path.out(gateway.id)
        if gateway.kind == "event":
            for flow in flows:
                target = self.path.node(flow.target)
                if not isinstance(target, Step) and not (
                    isinstance(target, Event) and target.position == "catch"
                ):
                    self._refuse(flow.id, "leads from a choice of events to something else than "
                                 "an event or a step that waits")  # fmt: skip
        self._element(holder, tags[gateway.kind], gateway.id)

    def _event(self, holder: _Element, event: Event) -> None:
        if event.trigger in _REFUSED:
            self._refuse(event.id, f"waits for or causes {event.trigger!r}, which cannot be run")
        position = event.position
        if event.id in self.one_of:
            self._element(holder, "intermediateThrowEvent", event.id)
        elif position == "start":
            made = self._element(holder, "startEvent", event.id)
            of = self.path.node(event.within) if event.within is not None else None
            if isinstance(of, Step) and of.on_event:
                self._definition(made, event)
        elif position == "end":
            made = self._element(holder, "endEvent", event.id)
            if event.trigger in ("terminate", "error", "escalation"):
                self._element(made, f"{event.trigger}EventDefinition", f"{event.id}--definition")
        elif position == "boundary":
            attached = event.attached_to or ""
            stays = "true" if event.interrupting else "false"
            made = self._element(
                holder, "boundaryEvent", event.id, attachedToRef=attached, cancelActivity=stays
            )
            if event.trigger == "none":
                self._refuse(event.id, "stands at a step and does not say what it waits for")
            self._definition(made, event)
        elif position == "catch" and event.trigger not in ("none", "link"):
            made = self._element(holder, "intermediateCatchEvent", event.id)
            self._definition(made, event)
        else:
            made = self._element(holder, "intermediateThrowEvent", event.id)
            if event.trigger in ("signal", "escalation"):
                self._definition(made, event)
        if event.trigger == "link" and position == "throw":
            self._linked(holder, event)

    def _linked(self, holder: _Element, event: Event) -> None:
        targets = [
            e for e in self.path.events
            if e.trigger == "link" and e.position == "catch" and e.name == event.name
        ]  # fmt: skip
        if len(targets) != 1:
            self._refuse(event.id, f"is a link {event.name!r} that {len(targets)} others answer")
        self._flow(holder, event.id, targets[0].id)

    def _definition(self, made: _Element, event: Event) -> None:
        """What an event waits for."""
        trigger = event.trigger
        holder = self.path.node(event.attached_to) if event.attached_to is not None else None
        alone = holder is not None and not (isinstance(holder, Step) and holder.holds_nodes)
        id = f"{event.id}--definition"
        if trigger in _CAUGHT or (trigger in ("error", "escalation") and alone):
            ref = self._message(event.id)
            self._element(made, "messageEventDefinition", id, messageRef=ref)
        elif trigger == "timer":
            timer = self._element(made, "timerEventDefinition", id)
            tag, text = self._time(event)
            self._expression(timer, tag, f'"{text}"')
        elif trigger == "signal":
            name = event.name or event.id
            self.signals.append(name)
            self._element(made, "signalEventDefinition", id, signalRef=f"{name}--signal")
        elif trigger in ("error", "escalation"):
            self._element(made, f"{trigger}EventDefinition", id)

    def _time(self, event: Event) -> tuple[str, str]:
        timer = event.timer
        if timer is None:
            self._refuse(event.id, "is a timer and does not say when; write ISO 8601, as in P14D")
        tags = {"duration": "timeDuration", "date": "timeDate", "cycle": "timeCycle"}
        if not _is_time(timer):
            self._refuse(
                event.id, f"{timer.value!r} is no {timer.kind} of ISO 8601; write it as in P14D"
            )
        again = event.position == "boundary" and not event.interrupting
        if timer.kind == "cycle" and not again:  # the first time ends the waiting
            return "timeDuration", timer.value.rpartition("/")[2]
        return tags[timer.kind], timer.value

    def _message(self, id: str) -> str:
        self.messages.append(id)
        return f"{id}--message"

    def _after_event_gateway(self, id: str) -> bool:
        nodes = (self.path.node(f.source) for f in self.path.into(id))
        return any(isinstance(n, Gateway) and n.kind == "event" for n in nodes)

    # -- flows

    def _flows_out(self, holder: _Element, node: Step | Event | Gateway) -> None:
        flows = self.path.out(node.id)
        source = node.id
        if isinstance(node, Gateway) and node.kind == "event":
            for flow in flows:  # what comes behind has to be the event itself
                self._flow(holder, node.id, flow.target)
            return
        ends = isinstance(node, Event) and node.position == "end"
        linked = isinstance(node, Event) and node.trigger == "link" and node.position == "throw"
        quiet = isinstance(node, Step) and node.on_event
        if not flows and not (ends or linked or quiet):
            self._element(holder, "endEvent", f"{node.id}--end")
            self._flow(holder, node.id, f"{node.id}--end")
            return
        kind = node.kind if isinstance(node, Gateway) else None
        if kind is None and len(flows) > 1:  # a step with several flows out is a gateway by itself
            told = any(f.condition is not None for f in flows)
            kind = "inclusive" if told else "parallel"
            source = f"{node.id}--split"
            self._element(holder, f"{kind}Gateway", source)
            self._flow(holder, node.id, source)
        default = None if isinstance(node, Event) else node.default
        conditions: dict[str, str | None] = dict.fromkeys((f.id for f in flows), None)
        if kind in ("exclusive", "inclusive") and len(flows) > 1:
            conditions |= self._conditions(source, flows, default, one=kind == "exclusive")
        for flow in flows:
            self._element(holder, "intermediateThrowEvent", f"{flow.id}{MARK}")
            bare = kind in ("exclusive", "inclusive") and conditions[flow.id] is None
            id = self._flow(holder, source, f"{flow.id}{MARK}", conditions[flow.id])
            if bare:
                at = next(e for e in holder if e.get("id") == source)
                at.set("default", id)
            self._flow(holder, f"{flow.id}{MARK}", flow.target)

    def _conditions(
        self, gateway: str, flows: Iterable[Flow], default: str | None, *, one: bool
    ) -> dict[str, str]:
        """Conditions of a gateway's flows, but for the default."""
        flows = tuple(flows)
        bare = [f.id for f in flows if f.condition is None and f.id != default]
        if not bare:
            for flow in flows:
                if flow.condition is not None:
                    self._checked(flow.id, flow.condition)
            self.out.decides.add(gateway)
            return {f.id: f.condition for f in flows if f.condition is not None and f.id != default}
        shares = {f.id: f.probability for f in flows}
        missing = [id for id, p in shares.items() if p is None]
        if missing:
            self._refuse(
                gateway,
                f"has neither condition nor probability on {', '.join(map(repr, missing))}; give "
                "every flow but the default a condition, or all of them a probability",
            )
        return self._drawn(gateway, {id: p or 0.0 for id, p in shares.items()}, one=one)

    def _drawn(self, gateway: str, shares: dict[str, float], *, one: bool) -> dict[str, str]:
        """Conditions over variables that are drawn: one for the gateway, or one for each flow."""
        name = self._variable(gateway)
        told, conditions = {}, {}
        low, total = 0.0, sum(shares.values())
        if total <= 0:
            self._refuse(gateway, "takes none of its flows; give them probabilities above 0")
        last = max((id for id in shares if shares[id] > 0), key=list(shares).index)
        for k, (flow, share) in enumerate(shares.items()):
            if one:
                high = 1.0 if flow == last else low + share / total
                told[flow] = (name, low, high)
                conditions[flow] = f"{name} >= {low!r} and {name} < {high!r}"
                low = high
            else:
                told[flow] = (f"{name}_{k}", 0.0, share)
                conditions[flow] = f"{name}_{k} < {share!r}"
        self.out.draws[gateway] = told
        return conditions

    def _variable(self, gateway: str) -> str:
        base = name = "draw_" + re.sub(r"\W", "_", gateway)
        taken = {v[0] for flows in self.out.draws.values() for v in flows.values()}
        count = 1
        while any(t == name or t.startswith(f"{name}_") for t in taken):
            count += 1
            name = f"{base}__{count}"
        return name

    def _flow(
        self, holder: _Element, source: str, target: str, condition: str | None = None
    ) -> str:
        self.flows += 1
        id = f"way--{self.flows}"
        made = self._element(holder, "sequenceFlow", id, sourceRef=source, targetRef=target)
        if condition is not None:
            self._expression(made, "conditionExpression", condition)
        return id

    def _expression(self, holder: _Element, tag: str, text: str) -> None:
        self._element(holder, tag, None).text = text

    def _checked(self, id: str, text: str) -> None:
        try:
            parse(text)
        except ConditionError as e:
            self._refuse(id, str(e))


_CYCLE = re.compile(r"R\d*/(.+)")


def _is_time(timer: Timer) -> bool:
    from datetime import datetime

    if timer.kind == "duration":
        return is_duration(timer.value)
    if timer.kind == "cycle":
        found = _CYCLE.fullmatch(timer.value)
        return found is not None and is_duration(found[1])
    try:
        datetime.fromisoformat(timer.value)
    except ValueError:
        return False
    return True
