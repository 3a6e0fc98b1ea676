"""Which column plays which role: by the format, then by name and content together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import polars as pl

from polku.log.attributes import PREFIX
from polku.log.eventlog import EVENT_KINDS
from polku.log.mapping import Guess
from polku.log.raw import RawTable
from polku.log.vocabulary import EVENT_WORDS, XES_NAMES, plain

_DATE = r"^\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{8}T?\d*)"
_TRANSITIONS = frozenset({
    "start", "complete", "schedule", "suspend", "resume", "assign", "reassign", "withdraw",
    "assign_start", "autoskip", "manualskip", "ate_abort", "pi_abort", "unknown",
})  # fmt: skip
_ENDS = ("end", "complet", "finish", "loppu", "paatty", "slut", "eind", "ende", "fin")
SAMPLES = 3


@dataclass(frozen=True)
class Table:
    """Rows of some whole matters (a sample or all), with the case column known."""

    rows: pl.DataFrame
    case: str

    def varies(self, column: str) -> float | None:
        """Share of the matters with several rows in which the column's value changes."""
        spread = (
            self.rows.select(self.case, column)
            .group_by(self.case)
            .agg(pl.len().alias("n"), (pl.col(column).n_unique() > 1).alias("changes"))
            .filter(pl.col("n") > 1)
        )
        return float(spread["changes"].mean() or 0.0) if spread.height else None  # type: ignore[arg-type]


def samples(column: pl.Series) -> tuple[str, ...]:
    """The three smallest distinct values, as text."""
    return tuple(str(v) for v in column.drop_nulls().unique().sort().head(SAMPLES).to_list())


def is_time(column: pl.Series) -> bool:
    """Whether a column holds dates or times (or text that looks like them)."""
    if column.dtype in (pl.Datetime, pl.Date):
        return True
    return column.dtype == pl.String and share_of_dates(column) >= 0.95


def share_of_dates(column: pl.Series) -> float:
    """The share of texts, of those that are not blank, that begin with a date; 0 for none."""
    known = column.drop_nulls()
    known = known.filter(known.str.strip_chars() != "")
    return float(known.str.contains(_DATE).mean() or 0.0)  # type: ignore[arg-type]


def is_epoch(column: pl.Series) -> bool:
    """Whether a column holds numbers of seconds (or milli-, micro-, nanoseconds) since 1970."""
    number = column.cast(pl.Float64, strict=False) if column.dtype != pl.Boolean else column
    low = number.min()
    return column.null_count() == number.null_count() and isinstance(low, float) and low > 1e8


def named(columns: Iterable[str], words: Iterable[str]) -> list[str]:
    """The columns whose plain name is one of the words: best word first, then by name."""
    rank = {w: i for i, w in reversed(list(enumerate(words)))}
    found = [(rank[plain(c)], c) for c in columns if plain(c) in rank]
    return [c for _, c in sorted(found)]


def guess_case(raw: RawTable) -> tuple[str, Guess] | None:
    """The column of the case id: the format's, else by name, else the likeliest by content."""
    rows = raw.rows
    if "case" in raw.roles:
        return raw.roles["case"], _by_format(raw, "case")
    columns = [c for c in rows.columns if not c.startswith("@")]
    by_name = named(columns, EVENT_WORDS["case"])
    recurring = [c for c in by_name if rows[c].n_unique() < len(rows)]
    # every case may have one event only; but a plain "id" that never recurs is the event's
    for column in recurring or [c for c in by_name if plain(c) != "id"]:
        ground = f"its name; {rows[column].n_unique():,} different values in {len(rows):,} rows"
        return column, Guess("columns.case", column, ground, samples(rows[column]))
    return _case_by_content(rows, columns)


def _case_by_content(rows: pl.DataFrame, columns: list[str]) -> tuple[str, Guess] | None:
    """Without a telling name: of the columns whose values recur the one with the most values."""
    found = []
    for column in columns:
        values = rows[column]
        if values.dtype not in (pl.String, pl.Int64, pl.Int32) or is_time(values):
            continue
        n = values.n_unique()
        if values.null_count() == 0 and 5 <= n <= len(rows) // 2:
            found.append((-n, column))
    if not found:
        return None
    n, column = min(found)
    ground = f"no name tells; of the columns that recur it has the most values ({-n:,})"
    return column, Guess("columns.case", column, ground, samples(rows[column]))


def _by_format(raw: RawTable, role: str) -> Guess:
    column = raw.roles[role]
    xes = XES_NAMES.get(role) == column
    ground = "its name in the XES standard" if xes else f"the format ({raw.format}) says so"
    return Guess(f"columns.{role}", column, ground, samples(raw.rows[column]))


def guess_roles(raw: RawTable, table: Table) -> tuple[dict[str, str], list[Guess]]:
    """role → column for the roles of `[columns]` other than the case, with their grounds."""
    found: dict[str, str] = {"case": table.case}
    guesses: list[Guess] = []
    for role, column in raw.roles.items():
        if role != "case" and role in EVENT_WORDS and column in raw.rows.columns:
            found[role] = column
            guesses.append(_by_format(raw, role))
    free = [
        c for c in table.rows.columns if not c.startswith(("@", PREFIX)) and c not in found.values()
    ]
    _times(table, free, found, guesses)
    checks: dict[str, Callable[[Table, str], str]] = {
        "lifecycle": _is_lifecycle, "activity": _is_activity, "kind": _is_kind,
        "contact": _is_contact, "order": _is_order, "agency": _is_words, "unit": _is_words,
        "resource": _is_words, "channel": _is_channel, "instance": _is_instance,
        "data_key": _is_words, "fee": _is_number,
    }  # fmt: skip
    for role, check in checks.items():
        if role in found or (role == "order" and raw.ordered):
            continue
        for column in named((c for c in free if c not in found.values()), EVENT_WORDS[role]):
            ground = check(table, column)
            if ground:
                found[role] = column
                guesses.append(
                    Guess(f"columns.{role}", column, f"its name; {ground}",
                          samples(table.rows[column]))
                )  # fmt: skip
                break
    if "activity" not in found:
        _activity_by_content(table, free, found, guesses)
    return found, guesses


def _times(table: Table, free: list[str], found: dict[str, str], guesses: list[Guess]) -> None:
    """Completion and start: columns of times that change within matters."""
    if "time" in found:
        return
    words = (*EVENT_WORDS["time"], *EVENT_WORDS["start"])
    times = [c for c in free if is_time(table.rows[c]) and _moves(table, c)]
    if not times:
        times = [c for c in named(free, words) if is_epoch(table.rows[c]) and _moves(table, c)]
    if not times:
        times = [c for c in named(free, words) if is_time(table.rows[c])]
    starts = named(times, EVENT_WORDS["start"])
    ends = [c for c in named(times, EVENT_WORDS["time"]) if c not in starts]
    if starts:  # beside a start, a column named an end says more than a plain "time"
        ends.sort(key=lambda c: not any(w in plain(c) for w in _ENDS))
    if not ends and not starts:
        starts, ends = _by_order(table, times)
    if not ends and starts:
        starts, ends = [], starts
    for role, columns in (("time", ends), ("start", starts)):
        if columns:
            found[role] = columns[0]
            by_name = plain(columns[0]) in words
            ground = ("its name and its values" if by_name else "its values") + (
                ": times that change within a case"
            )
            guesses.append(
                Guess(f"columns.{role}", columns[0], ground, samples(table.rows[columns[0]]))
            )


def _moves(table: Table, column: str) -> bool:
    share = table.varies(column)
    return share is None or share > 0.0


def _by_order(table: Table, times: list[str]) -> tuple[list[str], list[str]]:
    """Times without a telling name: of two the one that is never later is the start."""
    filled = sorted(times, key=lambda c: (table.rows[c].null_count(), c))[:2]
    if len(filled) < 2:
        return [], filled
    first, second = (table.rows[c].cast(pl.String) for c in filled)
    if bool((first <= second).all()) and bool((first < second).any()):
        return [filled[0]], [filled[1]]
    if bool((second <= first).all()) and bool((second < first).any()):
        return [filled[1]], [filled[0]]
    return [], filled[:1]


def _distinct(table: Table, column: str) -> int:
    return table.rows[column].drop_nulls().n_unique()


def _is_words(table: Table, column: str) -> str:
    n = _distinct(table, column)
    return f"{n:,} different values" if n and not is_time(table.rows[column]) else ""


def _is_activity(table: Table, column: str) -> str:
    n, rows = _distinct(table, column), len(table.rows)
    if not n or is_time(table.rows[column]) or (n > 0.5 * rows and rows > 50):
        return ""
    return f"{n:,} different values in {rows:,} rows"


def _is_lifecycle(table: Table, column: str) -> str:
    values = table.rows[column].drop_nulls().cast(pl.String).str.to_lowercase()
    share = values.is_in(list(_TRANSITIONS)).mean()
    return "its values are lifecycle transitions" if share and float(share) >= 0.8 else ""  # type: ignore[arg-type]


def _is_kind(table: Table, column: str) -> str:
    share = table.rows[column].drop_nulls().cast(pl.String).is_in(list(EVENT_KINDS)).mean()
    return "its values are kinds of event" if share and float(share) >= 0.9 else ""  # type: ignore[arg-type]


def _is_contact(table: Table, column: str) -> str:
    words = {"none", "customer", "city", "asiakas", "kaupunki", "kund", "stad", "ei", "-", ""}
    values = set(
        table.rows[column].drop_nulls().cast(pl.String).str.to_lowercase().unique().to_list()
    )
    if values and values <= words and len(values - {"none", "ei", "-", ""}):
        return "its values say who starts a contact"
    return ""


def _is_order(table: Table, column: str) -> str:
    """Whole numbers that differ within a case and go up with time would also be wanted, but
    day-granular logs are just those that need the column: so distinctness must do."""
    numbers = table.rows[column].cast(pl.Int64, strict=False)
    if numbers.null_count() or not len(numbers):
        return ""
    pairs = table.rows.select(pl.col(table.case), numbers.alias("@n")).n_unique()
    return "whole numbers, different within each case" if pairs == len(numbers) else ""


def _is_channel(table: Table, column: str) -> str:
    share = table.varies(column)
    n = _distinct(table, column)
    if n and n <= 50 and (share is None or share > 0):
        return f"{n:,} different values that change within cases"
    return ""


def _is_instance(table: Table, column: str) -> str:
    return "" if is_time(table.rows[column]) else "ids of step instances"


def _is_number(table: Table, column: str) -> str:
    values = table.rows[column]
    numbers = values.cast(pl.Float64, strict=False)
    if numbers.null_count() == values.null_count() < len(values):
        return "its values are numbers"
    return ""


def _activity_by_content(
    table: Table, free: list[str], found: dict[str, str], guesses: list[Guess]
) -> None:
    """Without a telling name: words that change in the most cases and recur in the log."""
    best: list[tuple[float, str]] = []
    for column in free:
        values = table.rows[column]
        if column in found.values() or values.dtype != pl.String or is_time(values):
            continue
        n = values.n_unique()
        if not 2 <= n <= max(20, len(values) // 5) or is_epoch(values):
            continue
        best.append((-(table.varies(column) or 0.0), column))
    if best:
        share, column = min(best)
        found["activity"] = column
        ground = f"its values recur and change within {-share:.0%} of the cases"
        guesses.append(Guess("columns.activity", column, ground, samples(table.rows[column])))
