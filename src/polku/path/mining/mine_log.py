"""Dividing a log along a cut, so that each part can be mined by itself.

A log is its distinct sequences with their counts. Without noise every event finds its place; what
does not fit a cut that was found in a filtered graph is left out as in Leemans et al. (2014).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import groupby

from polku.path.mining.mine_graph import Cut, Trace, members

Log = Mapping[Trace, int]


def divided(log: Log, cut: Cut) -> list[Counter[Trace]]:
    """The log of each group of a cut."""
    kind, groups = cut
    group_of = {a: k for k, group in enumerate(groups) for a in members(group)}
    parts: list[Counter[Trace]] = [Counter() for _ in groups]
    if kind == "exclusive":
        _exclusive(log, group_of, parts)
    elif kind == "sequence":
        _sequence(log, group_of, parts)
    elif kind == "parallel":
        for trace, n in log.items():
            for k, part in enumerate(parts):
                part[tuple(a for a in trace if group_of[a] == k)] += n
    else:
        _loop(log, group_of, parts)
    return parts


def _exclusive(log: Log, group_of: Mapping[int, int], parts: list[Counter[Trace]]) -> None:
    """A sequence belongs to the group of most of its events, the first of equal ones."""
    for trace, n in log.items():
        counts = Counter(group_of[a] for a in trace)
        best = min(counts, key=lambda k: (-counts[k], k))
        parts[best][tuple(a for a in trace if group_of[a] == best)] += n


def _sequence(log: Log, group_of: Mapping[int, int], parts: list[Counter[Trace]]) -> None:
    for trace, n in log.items():
        groups = [group_of[a] for a in trace]
        places = groups if groups == sorted(groups) else nearest(groups, len(parts))
        pieces: list[list[int]] = [[] for _ in parts]
        for a, group, place in zip(trace, groups, places, strict=True):
            if group == place:
                pieces[group].append(a)
        for part, piece in zip(parts, pieces, strict=True):
            part[tuple(piece)] += n


def nearest(groups: list[int], n: int) -> list[int]:
    """The ascending places for events that leave out the fewest; of equal ones the lowest."""
    cost = [0] * n
    came: list[list[int]] = []
    for group in groups:
        best, best_at = cost[0], 0
        row, now = [0] * n, [0] * n
        for k in range(n):
            if cost[k] < best:
                best, best_at = cost[k], k
            row[k], now[k] = best_at, best + (k != group)
        came.append(row)
        cost = now
    at = min(range(n), key=lambda k: (cost[k], k))
    places = []
    for row in reversed(came):
        places.append(at)
        at = row[at]
    return places[::-1]


def _loop(log: Log, group_of: Mapping[int, int], parts: list[Counter[Trace]]) -> None:
    """Runs of what is done and what is done again; a missing run of doing is an empty one."""
    for trace, n in log.items():
        last = 1  # any but 0: before the first run stands a run of doing
        for group, run in groupby(trace, key=group_of.__getitem__):
            if group and last:
                parts[0][()] += n
            parts[group][tuple(run)] += n
            last = group
        if last:
            parts[0][()] += n


def without(log: Log, activity: int) -> Counter[Trace]:
    """The log without one activity."""
    found: Counter[Trace] = Counter()
    for trace, n in log.items():
        found[tuple(a for a in trace if a != activity) if activity in trace else trace] += n
    return found


def only(log: Log, activity: int) -> Counter[Trace]:
    """The log of one activity alone."""
    found: Counter[Trace] = Counter()
    for trace, n in log.items():
        found[(activity,) * trace.count(activity)] += n
    return found


def once_each(log: Log) -> list[int]:
    """Activities that occur exactly once in every sequence, in order."""
    left: set[int] | None = None
    for trace in log:
        counts = Counter(trace)
        here = {a for a, n in counts.items() if n == 1}
        left = here if left is None else left & here
        if not left:
            return []
    return sorted(left or ())


def cut_up(log: Log, starts: int, ends: int | None) -> Counter[Trace]:
    """Sequences cut before every beginning, where `ends` is given only after an end."""
    found: Counter[Trace] = Counter()
    for trace, n in log.items():
        since = 0
        for k in range(1, len(trace)):
            if starts >> trace[k] & 1 and (ends is None or ends >> trace[k - 1] & 1):
                found[trace[since:k]] += n
                since = k
        found[trace[since:]] += n
    return found
