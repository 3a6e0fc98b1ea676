"""Which cases a link rule brings together: edges between cases, vectorised and order-free."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.log.link_rules import Rule

Ints = npt.NDArray[np.int64]

MOST_CANDIDATES = 8
"""With more cases than this in a window no single one can be meant."""
_DAY = 86_400


@dataclass(frozen=True)
class Nodes:
    """All cases of all logs: arrays of length n, in the order (log's name, case id's canonical).

    `log`: position of the log; `start`: arrival in whole seconds since 1970 UTC; `key`: "log:case
    id"; `ids`: case id.
    """

    log: Ints
    start: Ints
    key: pl.Series
    ids: pl.Series

    @property
    def n(self) -> int:
        """Number of cases."""
        return len(self.log)


@dataclass(frozen=True)
class Match:
    """What one rule found: edges (pairs of cases), cases it could not decide, dead references."""

    a: Ints
    b: Ints
    ambiguous: Ints
    having: Ints
    dangling: int = 0


def components(n: int, a: Ints, b: Ints, label: Ints | None = None) -> Ints:
    """Connected components: for each of n nodes the smallest node of its component.

    `label`: components so far, of the same form.

    >>> components(4, np.array([0, 2]), np.array([3, 3])).tolist()
    [0, 1, 0, 0]
    """
    label = np.arange(n, dtype=np.int64) if label is None else label.copy()
    while len(a):
        least = np.minimum(label[a], label[b])
        before = label.copy()
        # Roots hang themselves under the least root they meet; then paths are cut short.
        np.minimum.at(label, before[a], least)
        np.minimum.at(label, before[b], least)
        while True:
            short = label[label]
            if np.array_equal(short, label):
                break
            label = short
        keep = label[a] != label[b]
        a, b = a[keep], b[keep]
    return label


def by_reference(rule: Rule, marks: pl.DataFrame, nodes: Nodes, logs: list[str]) -> Match:
    """Edges from cases that hold the id of another case.

    `marks`: (node, value). A value that no case has is dangling; one that cases of several logs
    have is ambiguous.
    """
    cases = pl.DataFrame({"target": np.arange(nodes.n), "log": nodes.log, "value": nodes.ids})
    if rule.to is not None:
        cases = cases.filter(pl.col("log") == logs.index(rule.to))
    elif rule.origin is not None:
        cases = cases.filter(pl.col("log") != logs.index(rule.origin))
    found = marks.join(cases, on="value", how="left").filter(
        pl.col("target").is_null() | (pl.col("target") != pl.col("node"))
    )
    dangling = found["target"].null_count()
    found = found.drop_nulls("target")
    count = pl.len().over("node", "value")
    sure = found.filter(count == 1)
    unsure = found.filter(count > 1)["node"].unique().sort()
    edges = sure.select("node", "target").unique().sort("node", "target")
    return Match(
        edges["node"].to_numpy(), edges["target"].to_numpy(), unsure.to_numpy(),
        marks["node"].unique().sort().to_numpy(), dangling,
    )  # fmt: skip


def by_value(rule: Rule, marks: pl.DataFrame, nodes: Nodes, label: Ints) -> Match:
    """Edges between cases of different logs with the same value, within the rule's window.

    `marks`: (node, value); `label`: the matters that earlier rules made. A matter is linked with
    the one matter of another log that it can mean, and only if that one means it, too; whoever
    has several candidates is ambiguous. A chain that would bring two matters of one log together
    is ambiguous as a whole: a customer's unrelated matters stay apart.
    """
    held = marks.with_columns(
        pl.Series("log", nodes.log[marks["node"].to_numpy()]),
        pl.Series("comp", label[marks["node"].to_numpy()]),
        pl.Series("start", nodes.start[marks["node"].to_numpy()]),
        pl.col("value").rank("dense").cast(pl.Int64).alias("code"),
    )
    having = held["node"].unique().sort().to_numpy()
    if rule.several == "link":
        a, b = _chains(held, rule.days)
        return Match(a, b, np.empty(0, np.int64), having)
    home = pl.DataFrame({"comp": label, "log": nodes.log}).unique()
    edges, unsure = [], []
    for one, other in combinations(sorted(held["log"].unique().to_list()), 2):
        pairs, doubt = _mutual(held, home, rule.days, one, other)
        edges.append(pairs)
        unsure.append(doubt)
    pair = np.concatenate([*edges, np.empty((0, 2), np.int64)])
    doubt = np.concatenate([*unsure, np.empty(0, np.int64)])
    merged = components(nodes.n, pair[:, 0], pair[:, 1])
    bad = _clashing(home.with_columns(pl.Series("to", merged[home["comp"].to_numpy()])))
    lost = np.isin(merged[pair[:, 0]], bad)
    doubt = np.union1d(doubt, pair[lost].ravel())
    pair = pair[~lost]
    comp = label[having]
    ambiguous = having[np.isin(comp, np.setdiff1d(doubt, pair.ravel()))]
    return Match(pair[:, 0], pair[:, 1], ambiguous, having)


def _clashing(home: pl.DataFrame) -> Ints:
    """Merged matters (`to`) in which two different matters of one log meet."""
    twice = home.group_by("to", "log").agg(n=pl.len()).filter(pl.col("n") > 1)
    return twice["to"].unique().sort().to_numpy()


def _mutual(
    held: pl.DataFrame, home: pl.DataFrame, days: float | None, one: int, other: int
) -> tuple[npt.NDArray[np.int64], Ints]:
    """Pairs of matters of two logs that mean each other and nothing else; matters in doubt."""
    sides = []
    for log, away in ((one, other), (other, one)):
        taken = home.filter(pl.col("log") == away)["comp"]
        side = held.filter((pl.col("log") == log) & ~pl.col("comp").is_in(taken.implode()))
        sides.append(side.sort("code", "start", "comp"))
    there, far_there = _candidates(sides[0], sides[1], days)
    back, far_back = _candidates(sides[1], sides[0], days)
    sure, doubt = _single(there, far_there)
    sure_back, doubt_back = _single(back, far_back)
    both = sure.join(
        sure_back.select(comp="candidate", candidate="comp"), on=["comp", "candidate"]
    ).sort("comp", "candidate")
    pairs = both.select("comp", "candidate").to_numpy().astype(np.int64).reshape(-1, 2)
    alone = np.concatenate([sure["comp"].to_numpy(), sure_back["comp"].to_numpy()])
    left = np.setdiff1d(alone, pairs.ravel())
    return pairs, np.unique(np.concatenate([doubt, doubt_back, left]))


def _candidates(
    side: pl.DataFrame, other: pl.DataFrame, days: float | None
) -> tuple[pl.DataFrame, Ints]:
    """Pairs (comp, candidate) within the window, and matters with too many to look at."""
    if days is None:
        side = side.unique(["code", "comp"]).sort("code", "comp").with_columns(start=pl.lit(0))
        other = other.unique(["code", "comp"]).sort("code", "comp").with_columns(start=pl.lit(0))
    width = 0 if days is None else int(days * _DAY)
    starts = pl.concat([side["start"], other["start"]])
    if starts.is_empty():
        return pl.DataFrame(schema={"comp": pl.Int64, "candidate": pl.Int64}), np.empty(0, np.int64)
    low, high = int(starts.min()), int(starts.max())  # type: ignore[arg-type]
    width = min(width, high - low + 1)
    span = high - low + 2 * width + 2
    mine = side["code"].to_numpy() * span + (side["start"].to_numpy() - low)
    theirs = np.sort(other["code"].to_numpy() * span + (other["start"].to_numpy() - low))
    first = np.searchsorted(theirs, mine - width, "left")
    count = np.searchsorted(theirs, mine + width, "right") - first
    comp = side["comp"].to_numpy()
    few = (count > 0) & (count <= MOST_CANDIDATES)
    take = np.repeat(first[few], count[few]) + _ramp(count[few])
    # `other` is sorted by (code, start), so its rows stand as their keys do.
    pairs = pl.DataFrame(
        {"comp": np.repeat(comp[few], count[few]), "candidate": other["comp"].to_numpy()[take]},
        schema={"comp": pl.Int64, "candidate": pl.Int64},
    )
    return pairs.unique(), np.unique(comp[count > MOST_CANDIDATES])


def _ramp(count: Ints) -> Ints:
    """0 … c−1 for each c, one after the other."""
    total = int(count.sum())
    return np.arange(total) - np.repeat(np.cumsum(count) - count, count)


def _single(pairs: pl.DataFrame, far: Ints) -> tuple[pl.DataFrame, Ints]:
    """Matters with exactly one candidate, and those with several."""
    per = pairs.group_by("comp").agg(n=pl.len(), candidate=pl.col("candidate").min())
    crowd = pl.Series("comp", far, dtype=pl.Int64).implode()
    sure = per.filter((pl.col("n") == 1) & ~pl.col("comp").is_in(crowd))
    doubt = np.union1d(per.filter(pl.col("n") > 1)["comp"].to_numpy(), far)
    return sure, doubt


def _chains(held: pl.DataFrame, days: float | None) -> tuple[Ints, Ints]:
    """Neighbours in time with the same value, no further apart than the window."""
    rows = held.sort("code", "start", "node")
    code, start, node = (rows[c].to_numpy() for c in ("code", "start", "node"))
    near = code[1:] == code[:-1]
    if days is not None:
        near &= start[1:] - start[:-1] <= int(days * _DAY)
    return node[:-1][near].astype(np.int64), node[1:][near].astype(np.int64)
