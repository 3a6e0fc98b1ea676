"""Stretches of a city's own work, step after step: what keeps them as they are, and their work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from polku.path.facts import Document, Text
from polku.path.model import Path, Step
from polku.redesign import rules, surgery
from polku.redesign.evidence import Evidence
from polku.redesign.prototype import Prototype
from polku.redesign.sums import sum_varied, varies_apart
from polku.simulate.scenario import Law, Origin, StepNumbers, Varied

_AUTOMATIC = ("service", "script", "rule")


def steps_of(path: Path, ids: Sequence[str]) -> list[Step]:
    """The steps of these ids; KeyError for an id that is none."""
    found = []
    for id in ids:
        if (step := surgery.step_of(path, id)) is None:
            raise KeyError(id)
        found.append(step)
    return found


def numbers_of(on: Prototype, id: str) -> StepNumbers:
    """The numbers of a step; empty ones where the scenario has none."""
    return on.scenario.steps.get(id, StepNumbers())


def kept_whole(on: Prototype, ids: Sequence[str]) -> str | None:
    """Why another way around, or in the place of, a line of the city's own steps cannot be made."""
    path = on.path
    if not ids:
        return "names no step; name the steps of one line in their order"
    if (missing := rules.missing(path, ids)) is not None:
        return missing
    if len(set(ids)) < len(ids) or not surgery.follow(path, ids):
        return f"{', '.join(ids)} do not stand in one line, each directly after the one before"
    for step in steps_of(path, ids):
        if step.holds_nodes:
            return f"{rules.told(step)} holds further steps; name these"
        if path.by_customer(step):
            return f"{rules.told(step)} is the customer's own work"
        if step.kind in _AUTOMATIC:
            return f"{rules.told(step)} is done automatically"
        if (reason := rules.keeps(step)) is not None:
            return reason
        if (reason := _apart(path, step)) is not None:
            return reason
        if step.facts.contact is not None or any(d.role == "asked" for d in step.facts.documents):
            return f"customer and city meet in {rules.told(step)}"
        numbers = numbers_of(on, step.id)
        if step.facts.delay in ("customer", "statement") or (
            numbers.delay is not None and numbers.delay.kind in ("customer", "statement")
        ):
            return f"{rules.told(step)} waits for somebody else's answer"
    return _unlike(on, ids)


def _apart(path: Path, step: Step) -> str | None:
    for other in path.steps:
        if other.id != step.id and (said := rules.separated(path, (step.id, other.id))) is not None:
            return said
    return None


def _unlike(on: Prototype, ids: Sequence[str]) -> str | None:
    """What in the numbers of several steps one step cannot hold."""
    work: Varied[Law] | None = None
    events: dict[str, str] = {}
    for id in ids:
        n = numbers_of(on, id)
        if n.by_person:
            return f"{id} has durations of single people, which cannot be added"
        if varies_apart(work, n.work):
            return f"the works of {', '.join(ids)} vary by different attributes"
        work = sum_varied(work, n.work)
        if n.event is not None:
            events.setdefault(n.event, id)
    if any(i in on.scenario.steps for i in ids):
        if work is None:
            return f"{', '.join(ids)} has no work that could be less"
        if all(numbers_of(on, i).pool is None for i in ids):
            return f"{', '.join(ids)} has no pool: nobody is there to do it another way"
    if len(events) > 1:
        return f"{' and '.join(events.values())} are different events of a matter"
    return None


def work_of(on: Prototype, ids: Sequence[str]) -> Varied[Law] | None:
    """The law of the work of all these steps together."""
    work: Varied[Law] | None = None
    for id in ids:
        work = sum_varied(work, numbers_of(on, id).work)
    return work


def one_for(on: Prototype, ids: Sequence[str], work: Varied[Law] | None, note: str) -> StepNumbers:
    """Numbers of one step of the staff of a line, which has the draws of the line's first step."""
    all_ = [numbers_of(on, i) for i in ids]
    return StepNumbers(
        work=work,
        pool=next((n.pool for n in all_ if n.pool is not None), None),
        calendar=next((n.calendar for n in all_ if n.calendar is not None), None),
        priority=min(n.priority for n in all_),
        role=all_[0].role or ids[0],
        event=next((n.event for n in all_ if n.event is not None), None),
        origin=Origin("assumed", note=note),
    )


def documents_of_all(steps: Sequence[Step]) -> tuple[Document, ...]:
    """Documents that steps make and use together; what they make for each other is made only."""
    every = [d for s in steps for d in s.facts.documents]
    made = {d.key for d in every if d.role != "used"}
    found: dict[str, Document] = {}
    for document in every:
        if document.role != "used" or document.key not in made:
            found.setdefault(document.key, document)
    return tuple(found.values())


def data_of_all(steps: Sequence[Step]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of data that steps read and write together."""
    writes = tuple(dict.fromkeys(d for s in steps for d in s.writes))
    reads = tuple(dict.fromkeys(d for s in steps for d in s.reads if d not in writes))
    return reads, writes


def stretches(seen: Evidence) -> list[tuple[str, ...]]:
    """Single steps of the city that may get another way, and whole lines of them."""
    path, found = seen.on.path, []
    inside: set[str] = set()
    for step in path.steps:
        line: tuple[str, ...] = ()
        at: Step | None = step
        while at is not None and at.id not in line and kept_whole(seen.on, (*line, at.id)) is None:
            line = (*line, at.id)
            follows = surgery.next_of(path, at.id)
            at = follows if isinstance(follows, Step) else None
        if line:
            found.append(line[:1])
        if len(line) > 1 and line[0] not in inside:
            found.append(line)
            inside.update(line)
    return found


def days_in(seen: Evidence, ids: Sequence[str]) -> float:
    """Days per matter that pass before and in these steps."""
    return sum(seen.step(i).days for i in ids)


def named(names: Text, fi: str, sv: str, en: str) -> Text:
    """A name made of another, which stands for {name}."""
    return Text(
        fi.replace("{name}", names.fi or ""), sv.replace("{name}", names.sv or ""),
        en.replace("{name}", names.en or ""),
    )  # fmt: skip


def with_numbers(on: Prototype, **steps: StepNumbers) -> Prototype:
    """The prototype with the numbers of these steps changed or added."""
    return on.with_scenario(replace(on.scenario, steps={**on.scenario.steps, **steps}))
