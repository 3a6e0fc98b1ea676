"""What replications say together, as tables for a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from polku.report import wording
from polku.report.terminal import table, text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from polku.path.model import Path
    from polku.simulate.scenario import Kind, Scenario
    from polku.simulate.study import Figure, Study

NEVER_FREE = 0.985
"""Utilisation from which on a pool is said not to keep up."""
BUSY = 0.85
"""Utilisation from which on a pool is said to be busy: waiting grows fast beyond it."""


def study_table(found: Study, path: Path, scenario: Scenario) -> RenderableType:
    """Lead times, open matters and every pool, with intervals over replications."""
    from rich.console import Group

    n = len(found.tallies)
    head = (
        f"{path.name or path.id}: {wording.plural(n, 'replication')}, seed {found.seed}"
        f"{f', {scenario.name}' if scenario.name else ''}"
    )
    parts: list[RenderableType] = [text(head, style="bold"), _figures(found)]
    if found.pools:
        parts.append(_pools(found, path, scenario))
    parts += [text(line) for line in _remarks(found, scenario)]
    return Group(*parts)


def scenario_table(scenario: Scenario, path: Path) -> RenderableType:
    """What a scenario says of each step, where it comes from, and what it cannot say."""
    from rich.console import Group

    from polku.simulate.laws import mean

    made = table("", ("step", "people", "work, hours", "delay, hours", "origin"), (2, 3))
    for step in path.steps:
        numbers = scenario.steps.get(step.id)
        if numbers is None:
            continue
        work = [mean(law) / _HOUR for law in numbers.work.otherwise] if numbers.work else []
        delay = [mean(x) / _HOUR for x in numbers.delay.law.otherwise] if numbers.delay else []
        made.add_row(
            text(step.name or step.id), text(numbers.pool or "–"), _means(work), _means(delay),
            text(_origin(numbers.origin.how, numbers.origin.n)),
        )  # fmt: skip
    kinds = [f"{name}: {_arrivals(kind)}" for name, kind in scenario.kinds.items()]
    remarks = [text(f"{r.place}: {r.text}") for r in scenario.remarks]
    head = text(f"{scenario.name or path.name or path.id}: " + "; ".join(kinds), style="bold")
    tail = [text(_assumed(scenario))]
    if remarks:
        tail = [text("What it cannot say:", style="bold"), *remarks, *tail]
    return Group(head, made, *tail)


_HOUR = 3.6e9


def _means(values: list[float]) -> str:
    """Means by round; the last holds for all later ones."""
    return ", ".join(wording.number(v) for v in values) or "–"


def _origin(how: str, n: int | None) -> str:
    return f"{how} ({wording.count(n)})" if n is not None else how


def _arrivals(kind: Kind) -> str:
    a = kind.arrivals
    if a.per_year is not None:
        return f"{wording.number(a.per_year)} matters a year"
    return "one after another" if a.between is not None else "at given moments"


def _figures(found: Study) -> Table:
    made = table("", ("figure", "value", "95 % interval", "unit"), (1, 2))
    for f in found.figures:
        made.add_row(f.name, _value(f), _interval(f), f.unit)
    return made


def _pools(found: Study, path: Path, scenario: Scenario) -> Table:
    heads = ("people who do it", "unit", "people", "utilisation", "95 % interval", "queue, mean",
             "waiting, hours")  # fmt: skip
    made = table("Who works", heads, (2, 3, 4, 5, 6))
    for name, used, queue, waiting in found.pools:
        pool = scenario.pools[name]
        lane = pool.lane and next((x.name for x in path.lanes if x.id == pool.lane), pool.lane)
        made.add_row(
            text(name),
            text(lane or "–"),
            str(len(pool.members)),
            _value(used),
            _interval(used),
            _value(queue),
            _value(waiting),
            style="bold" if used.value > BUSY else "",
        )
    return made


def _remarks(found: Study, scenario: Scenario) -> list[str]:
    out = []
    full = [name for name, used, *_ in found.pools if used.value > BUSY]
    if full:
        out.append(
            f"Over {BUSY:.0%} of their time: {', '.join(full)}. Waiting grows fast there; above "
            "100 % of work it would grow without an end."
        )
    over = [name for name, used, *_ in found.pools if used.value > NEVER_FREE]
    if over:
        out.append(
            f"{', '.join(over)} cannot keep up: work comes faster than it is done, so waiting "
            "grows for as long as the run lasts. polku check --scenario says how many more people "
            "are needed."
        )
    if any(t.arrived == 0 for t in found.tallies):
        out.append("In a replication no matter arrived after the warm-up.")
    unfinished = found.figure("unfinished at the end").value
    if unfinished > 0.1:
        out.append(
            f"Lead times are those of matters that ended; {wording.share(unfinished)} had not, and "
            "they are the long ones. polku measure counts open matters as open: simulate with -o."
        )
    if len(found.tallies) == 1:
        out.append("One replication has no intervals; add --replications 10.")
    if found.reached is False:
        out.append("The wished half-width was not reached; the scenario may not be stationary.")
    if found.warm_up_days:
        out.append(
            f"The first {wording.number(found.warm_up_days)} days are cut ({found.warm_up_how})."
        )
    out.append(
        "The books balance: matters in = ended + open, and the time they spent = the engine's own "
        "count (Little)."
        if found.balanced
        else "THE BOOKS DO NOT BALANCE: do not use these figures, and report this run."
    )
    assumed = _assumed(scenario)
    if assumed:
        out.append(assumed)
    return out


def _assumed(scenario: Scenario) -> str:
    """How many of the scenario's entries rest on what."""
    count: dict[str, int] = {}
    for section in (
        scenario.steps, scenario.events, scenario.branching, scenario.attributes, scenario.pools,
        scenario.people, scenario.calendars,
    ):  # fmt: skip
        for entry in section.values():
            count[entry.origin.how] = count.get(entry.origin.how, 0) + 1
    for kind in scenario.kinds.values():
        count[kind.arrivals.origin.how] = count.get(kind.arrivals.origin.how, 0) + 1
    told = wording.listed([f"{n} {how}" for how, n in sorted(count.items())])
    return f"Of the scenario's entries {told}." if told else ""


def _value(f: Figure) -> str:
    if not math.isfinite(f.value):
        return "–"
    return wording.share(f.value) if f.unit == "share" else wording.number(f.value)


def _interval(f: Figure) -> str:
    if f.low is None or f.high is None or not math.isfinite(f.value):
        return "–"
    if f.unit == "share":
        return f"{wording.share(max(f.low, 0))} – {wording.share(min(f.high, 1))}"
    return f"{wording.number(max(f.low, 0))} – {wording.number(f.high)}"
