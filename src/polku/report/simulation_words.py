"""The sentences and tables of the page about a simulation."""

from __future__ import annotations

import math

from polku.path.model import Path
from polku.report import wording
from polku.report.simulation_content import Observed, StepWaits, day_of, never_begun
from polku.report.table import Num, Table
from polku.simulate.scenario import Scenario
from polku.simulate.study import Figure, Study

DAY, HOUR = 86_400_000_000, 3_600_000_000
CAUSES = {
    "customer": "the customer's turn",
    "statement": "another agency's statement",
    "statutory": "a period set by law",
    "hearing": "a hearing of others",
    "meeting": "the next meeting of a board",
    "other": "another delay",
    "batching": "work done in batches",
    "off_duty": "outside working hours: nobody on duty",
    "contention": "all were busy with earlier work",
    "prioritisation": "later work was taken first",
}
"""The ten causes of waiting in plain words."""
FOR = {
    "customer": "for the customer",
    "statement": "for another agency's statement",
    "statutory": "for a period set by law to pass",
    "hearing": "for a hearing",
    "meeting": "for the next meeting of a board",
    "other": "for another delay",
    "batching": "for the rest of a batch",
    "off_duty": "for working hours, as nobody is on duty",
    "contention": "behind earlier work",
    "prioritisation": "behind later work that is taken first",
}
"""What is waited for, in a sentence."""
PEOPLE = ("off_duty", "contention", "prioritisation")
"""Causes that lie with the people who do the work."""
FULL = 0.98
"""Utilisation of a week from which on its people have no hour to spare."""
SMALL = 0.1
"""Share of unfinished matters up to which lead times are nearly right."""
BUSY = 0.85
"""Utilisation from which on waiting grows fast."""


def sentences(
    path: Path, scenario: Scenario, study: Study, causes: dict[str, int], seen: Observed
) -> list[tuple[str, str]]:
    """Five plain sentences from the figures, each with its name."""
    return [
        ("How long", _how_long(study)),
        ("How sure", _how_sure(study)),
        ("Where the waiting comes from", _where(causes)),
        ("Which people are the bottleneck", _who(path, scenario, study, seen)),
        ("What is assumed", _assumed(scenario)),
    ]


def _how_long(study: Study) -> str:
    mean, half = study.figure("lead time, mean"), study.figure("lead time, median")
    most, left = study.figure("lead time, 9 of 10 within"), study.figure("unfinished at the end")
    if not math.isfinite(mean.value):
        return "No matter had ended by the end of the run, so nothing can be said."
    text = (
        f"A matter that ends takes {wording.days(mean.value)} on average; half take "
        f"{wording.days(half.value)} or less, 9 of 10 take {wording.days(most.value)} or less."
    )
    if left.value > 0:
        text += (
            f" {wording.share(left.value)} of the matters were still open at the end of the run "
            f"and do not count, so the truth is {'a little ' if left.value < SMALL else ''}longer."
        )
    return text


def _how_sure(study: Study) -> str:
    mean, n = study.figure("lead time, mean"), len(study.tallies)
    if mean.half_width is None or not math.isfinite(mean.value):
        return (
            "One replication shows one year by chance, without an interval; "
            "run it with --replications 10 or more."
        )
    part = mean.half_width / mean.value if mean.value else 0.0
    text = (
        f"Over {n} replications the mean lies between {wording.days(mean.low or 0.0)} and "
        f"{wording.days(mean.high or 0.0)} (95 % interval, ±{wording.GAP}{wording.share(part)})."
    )
    return f"{text} That is chance alone: wrong numbers in the scenario are not in it."


def _where(causes: dict[str, int]) -> str:
    total = sum(causes.values())
    if not total:
        return "No work waited."
    first, *more = [(c, v / total) for c, v in causes.items() if v]
    text = f"{wording.share(first[1])} of all waiting before steps is {FOR[first[0]]}"
    others = [f"{wording.share(v)} is {FOR[c]}" for c, v in more[:2]]
    text += f", then {wording.listed(others)}" if others else ""
    people = sum(causes[c] for c in PEOPLE) / total
    return f"{text}. All waiting for people together makes {wording.share(people)}."


def _who(path: Path, scenario: Scenario, study: Study, seen: Observed) -> str:
    known = [p for p in study.pools if math.isfinite(p[1].value)]
    if not known:
        return "No step has people who must be free, so nobody is a bottleneck."
    name, used, queue, _ = max(known, key=lambda p: p[2].value)
    if not queue.value:
        return "No work waits for people, so nobody is a bottleneck."
    text = (
        f"Most work waits for {_named(path, scenario, name)}: "
        f"{wording.number(queue.value)} at a time on average. They work "
        f"{wording.share(used.value)} of their hours{_range(used)}"
    )
    full = _full_weeks(seen, name)
    if full:
        text += f", and all of them in {full}"
    elif used.value <= BUSY:
        text += f"; waiting grows fast above {wording.share(BUSY)}"
    slow = max(known, key=lambda p: p[3].value)
    if slow[0] == name:
        return f"{text}. Each work waits longest there too, {_hours(slow[3])} on average."
    return (
        f"{text}. Each work waits longest for {_named(path, scenario, slow[0])}: "
        f"{_hours(slow[3])} on average."
    )


def _named(path: Path, scenario: Scenario, pool: str) -> str:
    people = len(scenario.pools[pool].members)
    return f"{_unit(path, scenario, pool)} ({wording.plural(people, 'person', 'people')})"


def _full_weeks(seen: Observed, pool: str) -> str:
    """The weeks in which a pool has no free hour, in words."""
    used = next(p.used.mean for p in seen.pools if p.name == pool)
    full = [k for k, v in enumerate(used.tolist()) if v >= FULL]
    if not full:
        return ""
    a = day_of(int(seen.weeks[full[0]]), seen.zone)
    b = day_of(int(seen.weeks[full[-1] + 1]) - 1, seen.zone)
    text = wording.plural(len(full), "week")
    if len(full) == 1:
        return f"{text}, from {a.day} {a:%B}"
    return f"{text} between {a.day} {a:%B} and {b.day} {b:%B}"


def _hours(f: Figure) -> str:
    return wording.days(f.value / 24)


def _range(f: Figure) -> str:
    if f.low is None or f.high is None:
        return ""
    return f" ({wording.share(max(f.low, 0.0))} to {wording.share(f.high)})"


def _unit(path: Path, scenario: Scenario, pool: str) -> str:
    lane = scenario.pools[pool].lane
    found = next((x for x in path.lanes if x.id == lane), None)
    return (found.facts.names.best("en") or found.name) if found is not None else pool


def origins(scenario: Scenario) -> dict[str, int]:
    """How many entries of a scenario are measured, inferred, assumed or typed."""
    count: dict[str, int] = {}
    sections = (
        scenario.steps, scenario.events, scenario.branching, scenario.attributes, scenario.pools,
        scenario.people, scenario.calendars, scenario.meetings,
    )  # fmt: skip
    each = [entry.origin.how for section in sections for entry in section.values()]
    each += [kind.arrivals.origin.how for kind in scenario.kinds.values()]
    each += [p.origin.how for p in scenario.priorities]
    for how in each:
        count[how] = count.get(how, 0) + 1
    return count


def _assumed(scenario: Scenario) -> str:
    count = origins(scenario)
    total = sum(count.values())
    assumed, measured = count.get("assumed", 0), count.get("measured", 0)
    text = (
        f"Of the scenario's {wording.plural(total, 'entry', 'entries')} {assumed} "
        f"({wording.share(assumed / max(total, 1))}) are assumed and {measured} "
        f"({wording.share(measured / max(total, 1))}) measured"
    )
    rest = [f"{n} {how}" for how, n in sorted(count.items()) if how not in ("assumed", "measured")]
    text += f", {wording.listed(rest)}." if rest else "."
    if assumed > total / 2:
        text += " Read the figures as what follows from the assumptions, not as a finding."
    return text


def figure_table(study: Study) -> Table:
    """The figures with their intervals."""
    rows = [(f.name, _value(f), _interval(f), f.unit) for f in study.figures]
    return Table("figures", ("figure", "value", "95 % interval", "unit"), tuple(rows), (1, 2))


def pool_table(path: Path, scenario: Scenario, study: Study) -> Table:
    """Every pool with its figures, the busiest first."""
    order = sorted(study.pools, key=lambda p: -(p[1].value if math.isfinite(p[1].value) else -1))
    rows = tuple(
        (
            name, _unit(path, scenario, name), Num(n := len(scenario.pools[name].members), str(n)),
            _value(used), _interval(used), _value(queue), _interval(queue), _value(wait),
        )
        for name, used, queue, wait in order
    )  # fmt: skip
    heads = ("people who do it", "unit", "people", "utilisation", "95 % interval", "queue, mean",
             "95 % interval", "waiting, hours")  # fmt: skip
    return Table("pools", heads, rows, (2, 3, 4, 5, 6, 7))


def cause_table(causes: dict[str, int], matters: int) -> Table:
    """All ten causes: days of waiting for each matter, share."""
    total = sum(causes.values()) or 1
    rows = tuple(
        (CAUSES[c], Num(v / DAY / max(matters, 1), _days(v / max(matters, 1))),
         Num(v / total, wording.share(v / total)))
        for c, v in causes.items()
    )  # fmt: skip
    return Table("causes", ("waits for", "for each matter", "share"), rows, (1, 2))


def step_table(path: Path, waits: list[StepWaits], matters: int) -> Table:
    """Every step that waits: how often, how long, why."""
    total = sum(w.total for w in waits) or 1
    rows = []
    for w in waits:
        if not w.total:
            continue
        cause, most = max(w.causes.items(), key=lambda item: item[1])
        people = sum(w.causes[c] for c in PEOPLE)
        rows.append(
            (
                step_name(path, w.id),
                Num(w.works / matters, wording.number(w.works / max(matters, 1))),
                Num(w.total / w.works / DAY, _days(w.total / w.works)),
                Num(people / w.works / DAY, _days(people / w.works)),
                Num(w.total / total, wording.share(w.total / total)),
                f"{CAUSES[cause]} ({wording.share(most / w.total)})",
            )
        )
    heads = ("step", "times a matter", "waits each time", "of it for people", "of all waiting",
             "mostly for")  # fmt: skip
    return Table("steps that wait", heads, tuple(rows), (1, 2, 3, 4))


def step_name(path: Path, id: str) -> str:
    """A step's name in English, or the best there is."""
    if not path.has(id):
        return id
    node = path.node(id)
    return node.facts.names.best("en") or node.name or id


def check_table(path: Path, study: Study, seen: Observed) -> Table:
    """The laws that every run must keep, and what was found."""
    n = len(study.tallies)
    tallies = study.tallies
    arrived = sum(t.arrived for t in tallies)
    ended, left = sum(t.ended for t in tallies), sum(t.open for t in tallies)
    waited = sum(sum(row) for row in seen.waits.micros.tolist())
    used = [f.value for _, f, *_ in study.pools if math.isfinite(f.value)]
    over = sum(v > 1 for v in used)
    left_share = study.figure("unfinished at the end")
    stuck = [f"{step_name(path, id)} ({n} wait)" for id, n in never_begun(seen.first).items()]
    return Table(
        "checks",
        ("check", "must hold", "found"),
        (
            (
                "Little's law",
                "time that matters spent, summed one by one = the engine's own count of open "
                "matters over time, to the microsecond",
                f"holds in all of {wording.plural(n, 'replication')}" if study.balanced
                else "DOES NOT HOLD: do not use these figures",
            ),
            (
                "Flow conservation",
                "arrived = ended + open",
                f"{wording.count(arrived)} = {wording.count(ended)} + {wording.count(left)}",
            ),
            (
                "Unfinished share",
                "small, or lead times look too short",
                f"{wording.share(left_share.value)}{_range(left_share)}",
            ),
            (
                "Utilisation",
                "none above 100 % of the hours on duty",
                f"{wording.share(min(used))} to {wording.share(max(used))}"
                + (f"; {over} above" if over else "")
                if used
                else "nobody works in this scenario",
            ),
            (
                "Nothing is stuck",
                "work that waits for people is begun some day",
                f"NEVER BEGUN in the first replication: {wording.listed(stuck)}; look at who may "
                "do it" if stuck else "every step with a queue was begun",
            ),
            (
                "Waiting",
                "the causes add up to start − due of every work, to the microsecond",
                f"{waited:,} µs in {wording.plural(seen.looked, 'replication')}",
            ),
        ),
    )  # fmt: skip


def notes(study: Study, seen: Observed, scenario: Scenario) -> list[str]:
    """What the page rests on, line by line."""
    out = []
    if study.warm_up_days:
        days = wording.number(study.warm_up_days)
        out.append(
            f"The first {days} days are warm-up and count in no figure ({study.warm_up_how}); "
            "a dotted line marks their end in the pictures."
        )
    else:
        out.append("Nothing is cut at the beginning: the run starts without open matters.")
    if study.reached is False:
        out.append("The wished half-width was not reached; the scenario may not be stationary.")
    if seen.looked < len(study.tallies):
        out.append(
            f"Pictures over time and the waiting rest on the first {seen.looked} of "
            f"{len(study.tallies)} replications; the figures on all."
        )
    if scenario.note:
        out.append(scenario.note)
    out += [f"{r.place}: {r.text}" for r in scenario.remarks[:20]]
    out.append(f"Days and hours: {scenario.zone}. Seed {study.seed}.")
    return out


def _days(micros: float) -> str:
    return wording.days(micros / DAY) if micros else "–"


def _value(f: Figure) -> Num:
    if not math.isfinite(f.value):
        return Num(None, "–")
    text = wording.share(f.value) if f.unit == "share" else wording.number(f.value)
    return Num(f.value, text)


def _interval(f: Figure) -> str:
    if f.low is None or f.high is None or not math.isfinite(f.value):
        return "–"
    if f.unit == "share":
        return f"{wording.share(max(f.low, 0))} – {wording.share(f.high)}"
    return f"{wording.number(f.low)} – {wording.number(f.high)}"
