"""Pieces of a BPMN tree: made, put in the order of the schema, and set as the model says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from polku.path.facts import Facts
from polku.path.file import facts_xml as fx
from polku.path.file.vocabulary import RANK, TIME_TAG, TRIGGER_TAG, TRIGGERS
from polku.path.file.xml import BPMN, POLKU, XSI, local, space
from polku.path.model import Event, Repeat

if TYPE_CHECKING:
    from lxml.etree import _Element

_REPEATS = ("standardLoopCharacteristics", "multiInstanceLoopCharacteristics")


class Parts:
    """Makes pieces and remembers them, so that only they are indented."""

    def __init__(self) -> None:
        self.made: list[_Element] = []

    def make(self, tag: str, **attributes: str) -> _Element:
        """An element of BPMN that stands nowhere yet."""
        from lxml import etree

        element = etree.Element(f"{{{BPMN}}}{tag}", nsmap={"bpmn": BPMN})
        for key, value in attributes.items():
            element.set(key, value)
        self.made.append(element)
        return element

    def insert(self, holder: _Element, element: _Element) -> None:
        """Put an element among its brothers where the schema wants it."""
        rank, place = RANK.get(local(element), 99), len(holder)
        while place and _rank(holder[place - 1]) > rank:
            place -= 1
        holder.insert(place, element)

    def _holder(self, element: _Element) -> _Element:
        found = element.find(f"{{{BPMN}}}extensionElements")
        if found is None:
            found = self.make("extensionElements")
            self.insert(element, found)
        return found

    def _tidy(self, element: _Element) -> None:
        """Take out extension elements that hold nothing any more."""
        found = element.find(f"{{{BPMN}}}extensionElements")
        if found is not None and len(found) == 0 and not (found.text or "").strip():
            element.remove(found)

    def facts(self, element: _Element, facts: Facts) -> None:
        """Say these facts in an element's extension elements, in place of those it has."""
        for old in [c for c in fx.extensions(element) if local(c) in fx.OWN]:
            if (parent := old.getparent()) is not None:
                parent.remove(old)
        for made in fx.facts_elements(facts):
            self._holder(element).append(made)
            self.made.append(made)
        self._tidy(element)

    def extension(self, element: _Element, name: str, made: _Element | None) -> None:
        """Set or take out one extension element of Polku's."""
        if (old := fx.one(element, name)) is not None and (parent := old.getparent()) is not None:
            parent.remove(old)
        if made is not None:
            self._holder(element).insert(0, made)
            self.made.append(made)
        self._tidy(element)

    def expression(self, holder: _Element, tag: str, text: str | None) -> None:
        """Set or take out a formal expression."""
        found = holder.find(f"{{{BPMN}}}{tag}")
        if text is None:
            if found is not None:
                holder.remove(found)
            return
        if found is None:
            found = self.make(tag)
            found.set(f"{{{XSI}}}type", "bpmn:tFormalExpression")
            self.insert(holder, found)
        found.text = text

    def repeat(self, element: _Element, repeat: Repeat | None) -> None:
        """Set or take out the loop or multi-instance mark of a step."""
        for child in list(element):
            if space(child) == BPMN and local(child) in _REPEATS:
                element.remove(child)
        if repeat is None:
            return
        if repeat.kind == "loop":
            made = self.make("standardLoopCharacteristics")
            made.set("testBefore", "true" if repeat.test_before else "false")
            if repeat.times is not None:
                made.set("loopMaximum", repeat.times)
            self.expression(made, "loopCondition", repeat.condition)
        else:
            made = self.make("multiInstanceLoopCharacteristics")
            made.set("isSequential", "true" if repeat.kind == "sequential" else "false")
            self.expression(made, "loopCardinality", repeat.times)
        self.insert(element, made)

    def event(self, element: _Element, old: Event | None, event: Event) -> None:
        """Set what an event waits for, and the step at whose boundary it stands."""
        if event.attached_to != (old.attached_to if old else None):
            element.set("attachedToRef", event.attached_to or "")
        if event.interrupting != (old.interrupting if old else True):
            key = "cancelActivity" if event.position == "boundary" else "isInterrupting"
            element.set(key, "true" if event.interrupting else "false")
        was = (old.trigger, old.timer) if old else ("none", None)
        if was == (event.trigger, event.timer):
            return
        found = [c for c in element if space(c) == BPMN and local(c) in TRIGGERS]
        if event.trigger == "multiple":
            return  # only kept, never made
        if len(found) == 1 and TRIGGERS[local(found[0])] == event.trigger:
            definition = found[0]
        else:
            for gone in found:
                element.remove(gone)
            if event.trigger == "none":
                return
            definition = self.make(TRIGGER_TAG[event.trigger], id=f"{event.id}-definition")
            self.insert(element, definition)
        for gone in [c for c in definition if local(c) in TIME_TAG.values()]:
            definition.remove(gone)
        if event.timer is not None:
            self.expression(definition, TIME_TAG[event.timer.kind], event.timer.value)

    def associations(self, step: _Element, tag: str, id: str, data: Iterable[str]) -> None:
        """Lead data into a step or out of it."""
        end = "sourceRef" if tag == "dataInputAssociation" else "targetRef"
        wanted = list(data)
        for child in step.findall(f"{{{BPMN}}}{tag}"):
            there = [(r.text or "").strip() for r in child.findall(f"{{{BPMN}}}{end}")]
            if len(there) == 1 and there[0] in wanted:
                wanted.remove(there[0])
            else:
                step.remove(child)
        for one in wanted:
            made = self.make(tag, id=f"{id}-{'reads' if end == 'sourceRef' else 'writes'}-{one}")
            ref = self.make(end)
            ref.text = one
            made.append(ref)
            if end == "sourceRef":  # the schema wants a target inside the step
                target = self.make("targetRef")
                target.text = self._inlet(step, id)
                made.append(target)
            self.insert(step, made)

    def _inlet(self, step: _Element, id: str) -> str:
        inlet = f"{id}-inlet"
        if not any(p.get("id") == inlet for p in step.findall(f"{{{BPMN}}}property")):
            self.insert(step, self.make("property", id=inlet, name="__targetRef_placeholder"))
        return inlet

    def indent(self, root: _Element) -> None:
        """Indent what was made, as its brothers are; leave everything else as it stands."""
        for element in self.made:
            parent = element.getparent()
            if parent is None or root is element:
                continue
            depth = sum(1 for _ in element.iterancestors())
            _indent_one(element, parent, depth)


def _rank(brother: _Element) -> int:
    return RANK.get(local(brother), 99) if isinstance(brother.tag, str) else -1


def _indent_one(element: _Element, parent: _Element, depth: int) -> None:
    """Put an element on a line of its own."""
    own, outer = "\n" + "  " * depth, "\n" + "  " * (depth - 1)
    before = element.getprevious()
    if before is None:
        if not (parent.text or "").strip():
            parent.text = own
    elif not (before.tail or "").strip():
        before.tail = own
    if not (element.tail or "").strip():
        element.tail = own if element.getnext() is not None else outer
    for child in element:
        if space(child) == POLKU:
            _indent_one(child, element, depth + 1)
