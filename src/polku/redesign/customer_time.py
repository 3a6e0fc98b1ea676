"""The customer's own time in a contact: work that nobody of the city does, and its burden."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from polku.path.model import Path, Step
from polku.redesign.prototype import Prototype
from polku.redesign.scaling import mixed_work


def activity(step: Step) -> str:
    """The name under which logs (and a mapping's burden) know a step."""
    return step.facts.activities[0] if step.facts.activities else step.name or step.id


def is_customers(on: Prototype, step: str) -> bool:
    """Whether a step's work is the customer's own time: it has work and no pool."""
    numbers = on.scenario.steps.get(step)
    return numbers is not None and numbers.pool is None and numbers.work is not None


def eased(on: Prototype, step: Step, factors: Iterable[tuple[float, float]]) -> Prototype:
    """The prototype in which the customer's time in a step takes a factor, by chance.

    `factors`: (chance, factor) pairs whose chances are 1 together. The step's work is scaled where
    it is the customer's own; hours that the mapping's burden counts for the step's activity are
    scaled by the mean factor, unless another step has the same activity.
    """
    pairs = tuple(factors)
    s = on.scenario
    if is_customers(on, step.id):
        s = s.with_steps(**{step.id: mixed_work(s.steps[step.id], pairs)})
    burden = s.mapping.get("burden", {})
    name = activity(step)
    if name in burden.get("hours", {}) and _only(on.path, name):
        mean = sum(c * f for c, f in pairs)
        hours = {**burden["hours"], name: burden["hours"][name] * mean}
        s = replace(s, mapping={**s.mapping, "burden": {**burden, "hours": hours}})
    return on.with_scenario(s)


def _only(path: Path, name: str) -> bool:
    return sum(activity(s) == name for s in path.steps) == 1
