"""What must hold in every run: sentences about all that does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from fair_clocks import FOREVER, Clock, clock, is_open, meetings, worked
from made_scenarios import Pair

from polku.path.model import Gateway, Step
from polku.simulate.engine.program import DONE, INTERRUPTED
from polku.simulate.run import Run
from polku.simulate.scenario import UNITS, Batch, StepNumbers, Varied

KEPT = 8
"""People of a step that are remembered for separation of duties."""


class Seen:
    """A run, row by row, with what the scenario says about each row."""

    def __init__(self, pair: Pair, run: Run) -> None:
        self.pair, self.run, self.scenario = pair, run, pair.scenario
        self.who, self.trace = run.matters, run.trace
        self.ids, self.names = run.program.node_ids, run.program.person_names
        self.rows = [dict(zip(run.trace.rows.dtype.names, r, strict=True))
                     for r in run.trace.rows.tolist()]  # fmt: skip
        self.of_matter: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for r in self.rows:
            r["id"] = self.ids[r["node"]]
            r["name"] = self.names[r["person"]] if r["person"] >= 0 else None
            self.of_matter[r["matter"]].append(r)
        gates = [g for g in pair.path.gateways if isinstance(g, Gateway) and g.kind == "event"]
        self.apart: dict[str, set[str]] = defaultdict(set)
        for step in pair.path.steps:  # each of the two must be apart from the other
            for other in step.facts.separate_from:
                self.apart[step.id].add(other)
                self.apart[other].add(step.id)
        self.awaited = {f.target for g in gates for f in pair.path.out(g.id)}

    def numbers(self, row: dict[str, Any]) -> StepNumbers:
        return self.scenario.steps[row["id"]]

    def step(self, row: dict[str, Any]) -> Step:
        step = self.pair.path.node(row["id"])
        assert isinstance(step, Step)
        return step

    def fixed(self, varied: Varied[Any] | None, row: dict[str, Any]) -> float | None:
        """µs of the law of a row where it is fixed."""
        if varied is None:
            return 0.0
        rounds = varied.otherwise
        if varied.by is not None:
            rounds = varied.cases.get(self.who.data[varied.by][row["matter"]], rounds)
        law = rounds[min(row["occurrence"], len(rounds) - 1)]
        return law.values[0] * UNITS[law.unit] if law.name == "fixed" else None

    @cached_property
    def clocks(self) -> dict[str | None, Clock]:
        s = self.scenario
        return {None: clock(None, s.zone)} | {
            name: clock(c, s.zone) for name, c in s.calendars.items()
        }

    @cached_property
    def duty(self) -> dict[str, Clock]:
        return {name: self.clocks[p.calendar] for name, p in self.scenario.people.items()}

    @cached_property
    def boards(self) -> dict[str, list[tuple[int, int]]]:
        s = self.scenario
        return {k: meetings(m, s.zone, s.start) for k, m in s.meetings.items()}

    @cached_property
    def batches(self) -> list[list[dict[str, Any]]]:
        """What went to work together; in order of coming, which decides who is the first."""
        found = defaultdict(list)
        for r in self.rows:
            if r["released"] >= 0 and self.numbers(r).batch is not None:
                found[r["node"], r["released"]].append(r)
        return [sorted(b, key=lambda r: (r["delayed"], r["start"])) for b in found.values()]

    @cached_property
    def torn(self) -> set[int]:
        """Nodes of batches of which something was taken away."""
        return {r["node"] for r in self.rows if r["state"] == INTERRUPTED}


def broken(pair: Pair, run: Run) -> Iterator[str]:
    """Sentences about all that does not hold."""
    seen = Seen(pair, run)
    for row in seen.rows:
        yield from _times(seen, row)
        yield from _work(seen, row)
    for batch in seen.batches:
        yield from _batch(seen, batch)
    yield from _matters(seen)
    yield from _people(seen)


def _times(seen: Seen, r: dict[str, Any]) -> Iterator[str]:
    """Times are in order, and each wait is as long as its law, meeting or batch says."""
    numbers, node = seen.numbers(r), r["id"]
    times = [r[n] for n in ("enabled", "delayed", "released", "start", "end")]
    known = [x for x in times if x >= 0]
    if known != sorted(known) or (r["state"] == DONE and len(known) < 5):
        yield f"{node}: times are not in order: {times}"
    delay = seen.fixed(numbers.delay.law if numbers.delay else None, r)
    if r["delayed"] >= 0 and delay is not None and node not in seen.awaited:
        calendar = seen.clocks[numbers.delay.calendar if numbers.delay else None]
        spent = worked(calendar, r["enabled"], r["delayed"])
        if abs(spent - delay) > 1:
            yield f"{node}: a delay of {spent} µs, the law says {delay}"
    if r["released"] < 0 or (numbers.batch is not None and numbers.meeting is not None):
        return  # (the meeting's own moment is not told)
    ready = r["delayed"]
    if numbers.meeting is not None:
        cuts = [(cut, at) for cut, at in seen.boards[numbers.meeting] if cut >= ready]
        first = max(ready, cuts[0][1])
        if r["released"] != first:
            yield f"{node}: released at {r['released']}, its meeting is at {first}"
    elif numbers.batch is None and r["released"] > ready:
        yield f"{node}: released {r['released'] - ready} µs after its delay"


def _work(seen: Seen, r: dict[str, Any]) -> Iterator[str]:
    """Work is done by who may do it, on duty, and lasts as drawn."""
    numbers, node, batch = seen.numbers(r), r["id"], seen.numbers(r).batch
    if r["start"] < 0:
        return
    if (r["name"] is None) != (numbers.pool is None):
        yield f"{node}: done by {r['name']}, its pool is {numbers.pool}"
        return
    fixed = None if r["name"] in numbers.by_person else seen.fixed(numbers.work, r)
    alone = batch is None or not (batch.scale or batch.together)  # (else the law of the first)
    if fixed is not None and alone and abs(r["work"] - fixed) > 1:
        yield f"{node}: {r['work']} µs of work, the law says {fixed}"
    calendar = seen.clocks[numbers.calendar]
    if r["name"] is not None:
        calendar = seen.duty[r["name"]]
        if r["name"] not in seen.scenario.pools[numbers.pool or ""].members:
            yield f"{node}: done by one who is not in its pool"
    if batch is None and not is_open(calendar, r["start"]):
        yield f"{node}: starts off duty"
    spent = worked(calendar, r["start"], r["end"])
    if r["state"] == DONE and abs(spent - r["work"]) > 1:
        yield f"{node}: {spent} µs of work, drawn were {r['work']}"
    if r["state"] == DONE and r["work"] >= 1 and not is_open(calendar, r["end"] - 1):
        yield f"{node}: ends off duty"


def _batch(seen: Seen, members: list[dict[str, Any]]) -> Iterator[str]:
    """A batch is full, or its oldest has waited long enough, or its meeting is now."""
    node, numbers = members[0]["id"], seen.numbers(members[0])
    batch, now = numbers.batch, members[0]["released"]
    assert batch is not None
    count = len(members)
    if batch.meeting is not None:
        cuts = {at: cut for cut, at in seen.boards[batch.meeting]}
        if now not in cuts:
            yield f"{node}: a batch is released, and no meeting is held"
        elif numbers.meeting is None and any(r["delayed"] > cuts[now] for r in members):
            yield f"{node}: in a batch after the cut-off"
        return
    if numbers.meeting is None and batch.max_wait is not None:
        longest = round(batch.max_wait.values[0] * UNITS[batch.max_wait.unit or ""])
        waited = now - min(r["delayed"] for r in members)
        if waited > longest:
            yield f"{node}: a batch waited for {waited} µs, at most are {longest}"
        full = batch.size is not None and count % batch.size == 0
        if waited < longest and not full and members[0]["node"] not in seen.torn:
            yield f"{node}: {count} of {batch.size} go after {waited} µs"
    if batch.size is not None and count == batch.size:
        yield from _together(node, batch, members)


def _together(node: str, batch: Batch, members: list[dict[str, Any]]) -> Iterator[str]:
    """The members of one batch are worked on at the same time, or one after another."""
    if any(r["state"] != DONE for r in members):
        return
    if len({r["person"] for r in members}) > 1:
        yield f"{node}: a batch has several people"
    if batch.together and len({(r["start"], r["end"], r["work"]) for r in members}) > 1:
        yield f"{node}: a batch together has several times"
    line = sorted((r["start"], r["end"]) for r in members)
    ends = [end for _, end in line]
    if not batch.together and any(a[0] != b for a, b in zip(line[1:], ends, strict=False)):
        yield f"{node}: members of a batch are not one after another"


def _matters(seen: Seen) -> Iterator[str]:
    """Every matter that came has ended or is open, and its duties are separate."""
    t, who = seen.trace, seen.who
    for m, own in seen.of_matter.items():
        open_ = [r for r in own if r["state"] not in (DONE, INTERRUPTED)]
        if t.ended[m] >= 0 and (open_ or max(r["end"] for r in own) > t.ended[m]):
            yield f"matter {m} has ended and work goes on"
        if min(r["enabled"] for r in own) < who.time[m]:
            yield f"matter {m} has work before it came"
        begun = sorted((r for r in own if r["start"] >= 0), key=lambda r: r["start"])
        for r in own:
            yield from _persons(seen, r, begun)
    arrived = int(np.sum(who.time < t.until)) if len(who.time) else 0
    ended = int(np.sum(t.ended >= 0))
    if t.arrived not in (arrived, len(who.time)):
        yield f"{t.arrived} have arrived of {arrived}"
    if seen.run.trace.until >= FOREVER and ended != t.arrived:
        yield f"{t.arrived} came and {ended} went"
    ends = np.where(t.ended >= 0, t.ended, t.until)[: t.arrived]
    stay = int(np.sum(ends - np.maximum(who.time[: t.arrived], t.since)))
    if stay != t.area:
        yield f"the time of all matters is {stay}, the area {t.area}"


def _persons(
    seen: Seen, r: dict[str, Any], begun: list[dict[str, Any]]
) -> Iterator[str]:  # fmt: skip
    """Duties that are separate or go together in a matter."""
    if r["start"] < 0:
        return
    for other in seen.apart[r["id"]]:
        before = [x for x in begun if x["id"] == other and x["start"] < r["start"]]
        if r["name"] in [x["name"] for x in before[-KEPT:]]:
            yield f"{r['id']}: done by the person of {other}"
    same = seen.numbers(r).same_person_as
    if same is not None:
        before = [x for x in begun if x["id"] == same and x["start"] < r["released"]]
        if before and before[-1]["start"] != begun[-1]["start"]:
            latest = {x["name"] for x in before if x["start"] == before[-1]["start"]}
            if r["name"] not in latest:
                yield f"{r['id']}: not done by the person of {same}"


def _people(seen: Seen) -> Iterator[str]:
    """Nobody who may do it is idle while work waits; who waits is taken in the pool's order."""
    busy: dict[str, list[tuple[int, int]]] = defaultdict(list)
    waits: dict[str, list[tuple[int, int, dict[str, Any]]]] = defaultdict(list)
    until = seen.trace.until
    groups = [[r] for r in seen.rows if r["released"] >= 0 and seen.numbers(r).batch is None]
    for group in groups + seen.batches:
        r, numbers = group[0], seen.numbers(group[0])
        if numbers.pool is None:
            continue
        batch = numbers.batch
        known = batch is None or len(group) in (1, batch.size)
        if not known or (batch and r["node"] in seen.torn):
            return  # which of them were one batch, and how long it lasted, is not told
        begins = [x["start"] for x in group if x["start"] >= 0]
        ends = [x["end"] if x["end"] >= 0 else until for x in group if x["start"] >= 0]
        if begins:
            busy[r["name"]].append((min(begins), max(ends)))
        end = min(begins) if begins else r["end"] if r["end"] >= 0 else until
        waits[numbers.pool].append((r["released"], end, r))
    yield from _load(seen, busy)
    for pool, lines in waits.items():
        for member in seen.scenario.pools[pool].members:
            for released, start, r in lines:
                if (
                    start > released
                    and _may(seen, r, member)
                    and _idle(seen.duty[member], busy[member],
                              seen.scenario.people[member].at_once, released, start)
                ):  # fmt: skip
                    yield f"{r['id']}: waits while {member} is free"
        plain = [x for x in lines if _free(seen, x[2])]
        yield from _order(seen, pool, plain)


def _load(seen: Seen, busy: dict[str, list[tuple[int, int]]]) -> Iterator[str]:
    """Nobody works on more at a time than they can."""
    for name, spans in busy.items():
        most = seen.scenario.people[name].at_once
        for start, end in spans:
            if end > start and sum(a <= start < b for a, b in spans) > most:
                yield f"{name}: works on more than {most} at a time"


def _free(seen: Seen, r: dict[str, Any]) -> bool:
    """Whether any of the pool may do it."""
    return not seen.apart[r["id"]] and seen.numbers(r).same_person_as is None


def _may(seen: Seen, r: dict[str, Any], member: str) -> bool:
    """Whether a member may do it, for all that is known of the matter."""
    if seen.numbers(r).same_person_as is not None:
        return bool(r["start"] >= 0 and r["name"] == member)
    others = seen.apart[r["id"]]
    own = seen.of_matter[r["matter"]]
    return not any(x["id"] in others and x["name"] == member for x in own)


def _order(
    seen: Seen, pool: str, lines: list[tuple[int, int, dict[str, Any]]]
) -> Iterator[str]:  # fmt: skip
    order = seen.scenario.pools[pool].order
    for _, start, r in lines:
        if r["start"] < 0:
            continue
        for released, end, other in lines:
            if released < start < end and _key(seen, pool, other) < _key(seen, pool, r):
                yield f"{r['id']}: taken before {other['id']} ({order})"


def _key(seen: Seen, pool: str, r: dict[str, Any]) -> tuple[int, ...]:
    level = int(seen.who.level[r["matter"]]) + seen.numbers(r).priority
    due = int(seen.who.due[r["matter"]])
    ageing = round(seen.scenario.pools[pool].ageing_days * 8.64e10)
    return {
        "fifo": (r["released"],),
        "priority": (level, r["released"]),
        "due": (due if due >= 0 else FOREVER, r["released"]),
        "ageing": (level * ageing + r["released"],),
    }[seen.scenario.pools[pool].order]


def _idle(duty: Clock, busy: list[tuple[int, int]], at_once: int, begin: int, end: int) -> bool:
    """Whether a person is on duty and free at any time between two moments."""
    edges = {begin, *(x for span in busy for x in span if begin < x < end)}
    edges |= {x for x in duty[0] if begin < x < end}
    edges |= {x for x in duty[1] if begin < x < end}
    return any(is_open(duty, a) and sum(x <= a < y for x, y in busy) < at_once for a in edges)


idle = _idle
