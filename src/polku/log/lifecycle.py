"""Pairing of lifecycle rows (schedule, start, suspend, resume, complete) into step instances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.log.mapping import Lifecycle
from polku.log.words import over_words

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ATOMIC, SCHEDULE, START, SUSPEND, RESUME, COMPLETE, ABORT, IDLE = range(8)
"""Kinds of row. ATOMIC: an event by itself; IDLE: says who is to do it, not that it was done."""

_IDLE = frozenset({"assign", "reassign", "assign_schedule"})
_SKIPPED = frozenset({"withdraw", "autoskip", "manualskip"})


@dataclass(frozen=True)
class Pairs:
    """Step instances found among n rows; every array has one entry per instance.

    `row`: the row that carries the instance (its completion, or the unpaired row itself);
    `start_row`, `schedule_row`: rows of its start and scheduling, -1 = none; `suspended`: µs of
    suspension inside it. `unfinished`, `unstarted`, `aborted`, `idle`, `skipped`: numbers of rows
    that were a start without completion, a completion without start (in a matter that has some), an
    abort that ended a piece of work, an assignment, a skip of work that never began.
    """

    row: Ints
    start_row: Ints
    schedule_row: Ints
    suspended: Ints
    unfinished: int
    unstarted: int
    aborted: int
    idle: int
    skipped: int


def kinds_of_rows(column: pl.Series, words: Lifecycle) -> pl.Series:
    """Kind of each row by its transition (u8; unknown and missing words are ATOMIC)."""
    table = dict.fromkeys(_IDLE, IDLE)
    for kind, names in (
        (SCHEDULE, words.schedule), (START, words.start), (SUSPEND, words.suspend),
        (RESUME, words.resume), (COMPLETE, words.complete), (ABORT, words.abort),
    ):  # fmt: skip
        table |= {name.lower(): kind for name in names}
    return over_words(
        column,
        lambda texts: (
            texts.cast(pl.String)
            .str.to_lowercase()
            .replace_strict(table, default=ATOMIC, return_dtype=pl.UInt8)
        ),
    ).fill_null(ATOMIC)


def needs_pairing(kinds: pl.Series) -> bool:
    """Whether some rows are not events by themselves (a completion without others is one)."""
    return bool(set(kinds.unique().to_list()) - {ATOMIC, COMPLETE})


def tells_steps(kinds: pl.Series) -> bool:
    """Whether the rows tell of completed steps, not only of starts or assignments."""
    return bool(set(kinds.unique().to_list()) & {ATOMIC, COMPLETE, ABORT})


def fifo(group: Ints, opens: Bools, closes: Bools) -> tuple[Ints, Ints]:
    """First in, first out: the oldest open row of a group goes with the next closing one.

    `group` i64[n] ascending; rows of a group stand in the order of time. Returns positions of the
    opening and of the closing rows, pair by pair; rows without a partner are in neither.

    >>> import numpy as np
    >>> group = np.zeros(5, dtype=np.int64)
    >>> opens = np.array([False, True, True, False, False])
    >>> a, b = fifo(group, opens, ~opens)  # the first completion has no start
    >>> a.tolist(), b.tolist()
    ([1, 2], [3, 4])
    """
    at = np.flatnonzero(opens | closes)
    if not len(at):
        return at, at
    g = group[at]
    step = np.where(opens[at], 1, -1).astype(np.int64)
    new = np.ones(len(at), dtype=bool)
    new[1:] = g[1:] != g[:-1]
    rank = np.cumsum(new) - 1
    # each group's balance is shifted below all earlier ones, so one running minimum serves all
    base = -rank * np.int64(2 * len(at) + 2)
    total = np.cumsum(step)
    starts = np.flatnonzero(new)
    before = np.where(starts > 0, total[starts - 1], 0)
    balance = total - before[rank] + base
    low = np.minimum.accumulate(np.minimum(balance, base))
    previous = np.empty_like(low)
    previous[1:] = low[:-1]
    previous[new] = base[new]
    orphan = (step < 0) & (balance < previous)
    first, last = step > 0, (step < 0) & ~orphan
    # k-th opening with k-th remaining closing of the same group
    span = np.int64(len(at) + 1)
    first_key = rank[first] * span + _rank_within(rank[first])
    last_key = rank[last] * span + _rank_within(rank[last])
    _, in_first, in_last = np.intersect1d(
        first_key, last_key, assume_unique=True, return_indices=True
    )
    return at[first][in_first], at[last][in_last]


def _rank_within(group: Ints) -> Ints:
    new = np.ones(len(group), dtype=bool)
    new[1:] = group[1:] != group[:-1]
    first = np.maximum.accumulate(np.where(new, np.arange(len(group)), 0))
    return np.asarray(np.arange(len(group)) - first, dtype=np.int64)


def _codes(frame: pl.DataFrame, names: list[str]) -> Ints:
    """One ascending code per distinct combination, without regard to the rows' order."""
    return frame.select(pl.struct(names).rank("dense")).to_series().cast(pl.Int64).to_numpy()


def _match(table: pl.DataFrame, keys: list[str], opens: Bools, closes: Bools) -> tuple[Ints, Ints]:
    """Pair within equal `keys`, rows of `table` being in the order of (case, time)."""
    at = np.flatnonzero(opens | closes)
    if not len(at):
        return at, at
    code = _codes(table.select(keys)[at], keys)
    by = np.argsort(code, kind="stable")
    a, b = fifo(code[by], opens[at][by], closes[at][by])
    return at[by][a], at[by][b]


def pair(table: pl.DataFrame, kinds: pl.Series) -> Pairs:
    """Pair the rows of a log into step instances.

    `table`: rows sorted by (case, time, order) with the columns `@code` (case), `activity`,
    `resource`, `@instance`, `@transition` and `@micros` (i64); `kinds`: kind of each row, by
    `kinds_of_rows`.

    Starts go with completions first by the instance id where both have one, then first in, first
    out by (activity, resource), then by activity. A start without completion is work that began: it
    stays, as an instance at the moment of its start. Suspensions count inside the instance only.
    """
    kind = kinds.to_numpy()
    n = len(kind)
    start_of = np.full(n, -1, dtype=np.int64)
    used = np.zeros(n, dtype=bool)
    words = table["@transition"].is_in(list(_SKIPPED)).fill_null(False).to_numpy()
    skipped = (kind == ABORT) & words
    closing = (kind == COMPLETE) | (kind == ABORT)
    has_id = table["@instance"].is_not_null().to_numpy()
    for keys, mask in (
        (["@code", "activity", "@instance"], has_id),
        (["@code", "activity", "resource"], np.ones(n, dtype=bool)),
        (["@code", "activity"], np.ones(n, dtype=bool)),
    ):
        a, b = _match(
            table, keys, (kind == START) & ~used & mask, closing & ~used & ~skipped & mask
        )
        start_of[b] = a
        used[a] = used[b] = True
    dropped = (kind == IDLE) | (skipped & ~used) | np.isin(kind, (SCHEDULE, SUSPEND, RESUME))
    paired_start = np.zeros(n, dtype=bool)
    paired_start[start_of[start_of >= 0]] = True
    row = np.flatnonzero(~dropped & ~paired_start)
    micros = table["@micros"].to_numpy()
    code = table["@code"].to_numpy()
    with_starts = np.zeros(int(code.max()) + 1 if n else 0, dtype=bool)
    with_starts[code[kind == START]] = True
    return Pairs(
        row=row,
        start_row=start_of[row],
        schedule_row=_scheduled(table, kind, row, start_of),
        suspended=_suspended(table, kind, row, start_of, micros),
        unfinished=int(((kind == START) & ~paired_start).sum()),
        unstarted=int((closing & ~skipped & (start_of < 0) & with_starts[code]).sum()),
        aborted=int(((kind == ABORT) & (start_of >= 0)).sum()),
        idle=int((kind == IDLE).sum()),
        skipped=int((skipped & ~used).sum()),
    )


def _scheduled(table: pl.DataFrame, kind: Ints, row: Ints, start_of: Ints) -> Ints:
    """Row of the scheduling of each instance: first in, first out by activity."""
    out = np.full(len(table), -1, dtype=np.int64)
    if (kind == SCHEDULE).any():
        begins = np.zeros(len(table), dtype=bool)
        begins[np.where(start_of[row] >= 0, start_of[row], row)] = True
        a, b = _match(table, ["@code", "activity"], kind == SCHEDULE, begins)
        out[b] = a
    return out[np.where(start_of[row] >= 0, start_of[row], row)]


def _suspended(table: pl.DataFrame, kind: Ints, row: Ints, start_of: Ints, micros: Ints) -> Ints:
    """µs of suspension inside each instance."""
    total = np.zeros(len(row), dtype=np.int64)
    if not ((kind == SUSPEND).any() and (kind == RESUME).any()):
        return total
    a, b = _match(table, ["@code", "activity", "resource"], kind == SUSPEND, kind == RESUME)
    used = np.zeros(len(kind), dtype=bool)
    used[a] = used[b] = True
    c, d = _match(table, ["@code", "activity"], (kind == SUSPEND) & ~used, (kind == RESUME) & ~used)
    a, b = np.concatenate([a, c]), np.concatenate([b, d])
    timed = np.flatnonzero(start_of[row] >= 0)
    keys = ["@code", "activity"]
    steps = table.select(keys)[row[timed]].with_columns(
        pl.Series("at", micros[start_of[row[timed]]]),
        pl.Series("until", micros[row[timed]]),
        pl.Series("i", timed),
    )
    breaks = table.select(keys)[a].with_columns(
        pl.Series("at", micros[a]), pl.Series("to", micros[b])
    )
    joined = breaks.sort("at").join_asof(
        steps.sort("at", "i"), on="at", by=keys, strategy="backward", check_sortedness=False
    )
    inside = joined.filter(pl.col("i").is_not_null()).with_columns(
        length=(pl.min_horizontal("to", "until") - pl.col("at")).clip(lower_bound=0)
    )
    np.add.at(total, inside["i"].to_numpy(), inside["length"].to_numpy())
    return total
