"""Why one step must come after another: documents, law, answers to questions, decisions.

A path writes most of it down as documents; what it does not, is taken cautiously: what answers a
question comes after it, nothing passes a decision, and the customer's own work keeps its place.
"""

from __future__ import annotations

from polku.path.model import Step
from polku.redesign import rules
from polku.redesign.prototype import Prototype
from polku.redesign.surgery import next_of

_ANSWERED = ("customer", "statement", "hearing")
DECIDES = "decision_made"
NOTIFIES = "decision_notified"


def event_of(on: Prototype, step: Step) -> str | None:
    """The kind of event that a step makes in logs, as the scenario has it."""
    numbers = on.scenario.steps.get(step.id)
    return numbers.event if numbers is not None else None


def answers(on: Prototype, later: Step, earlier: Step) -> str | None:
    """Why a step is the answer to the one directly before it; None where it is not."""
    follows = next_of(on.path, earlier.id)
    if follows is None or follows.id != later.id:
        return None
    if later.facts.delay in _ANSWERED:
        return f"{rules.told(later)} answers {rules.told(earlier)}"
    a, b = earlier.facts.contact, later.facts.contact
    if a is not None and b is not None and (a.by, b.by) == ("customer", "city"):
        return f"{rules.told(later)} answers {rules.told(earlier)}"
    here = on.path.lane_of(earlier) == on.path.lane_of(later)
    if here and a is not None and b is not None and (a.by, b.by) == ("city", "customer"):
        return f"in {rules.told(later)} the customer acts on what {rules.told(earlier)} tells"
    return None


def must_stay_after(on: Prototype, later: Step, earlier: Step) -> str | None:
    """Why a step that comes after another must go on doing so; None where nothing says so."""
    found = rules.must_follow(later, earlier) or answers(on, later, earlier)
    if found is not None:
        return found
    told = rules.told(earlier), rules.told(later)
    apart = rules.separated(on.path, (earlier.id, later.id))
    if apart is not None:
        return f"{apart}, and the second looks at what the first has done"
    for step in (earlier, later):
        if on.path.by_customer(step):
            return (
                f"{rules.told(step)} is the customer's own work, and the path does not say what "
                "others need of it"
            )
    kinds = event_of(on, earlier), event_of(on, later)
    if kinds[0] == DECIDES:
        return f"{told[1]} rests on the decision in {told[0]}"
    if kinds[1] == DECIDES:
        return f"{told[1]} decides on what {told[0]} has found"
    if kinds == (NOTIFIES, "fee_invoiced"):
        return f"{told[1]} invoices what {told[0]} notifies"
    return None
