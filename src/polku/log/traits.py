"""What is guessed of columns beyond their roles: types, none values, attributes of matters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from polku.log.attributes import PREFIX, case_name, find
from polku.log.mapping import Automatic, CaseColumns, Closed, Guess, NoneValues, Outcome, Survey
from polku.log.roles import Table, is_time, named, samples
from polku.log.source import Assumption
from polku.log.vocabulary import (
    CASE_WORDS,
    EVENT_WORDS,
    LATER,
    NONE_WORDS,
    OUTCOME_COLUMNS,
    OUTCOME_WORDS,
    PERSON,
    PLANNED,
    SURVEY_WORDS,
    SYSTEM_ACCOUNT,
    plain,
)

SEGMENT_VALUES = range(2, 31)
SEGMENT_MATTERS = 5
"""A segment is offered when two of its values have at least this many matters."""
CLEAR_NAME = 0.95
"""An activity is given a name for display when this share of its rows agree on it."""
_DEFAULT_MICROS = 14 * 3_600_000_000
_YEAR = 365 * 86_400_000_000
_LANGUAGES = ("fi", "sv", "en")


@dataclass
class Traits:
    """What was found so far; `guesses` in the order in which it was found."""

    guesses: list[Guess] = field(default_factory=list)
    assumptions: list[Assumption] = field(default_factory=list)

    def note(self, key: str, value: str, ground: str, found: Iterable[str] = ()) -> None:
        """Add one guess."""
        self.guesses.append(Guess(key, value, ground, tuple(found)))


def case_columns(table: Table, roles: dict[str, str]) -> list[str]:
    """Columns that are constant within every case, where some case has several rows."""
    taken = set(roles.values())
    given = [c for c in table.rows.columns if c.startswith(PREFIX) and c not in taken]
    free = [
        c
        for c in table.rows.columns
        if not c.startswith(("@", PREFIX)) and c not in taken and PREFIX + c not in given
    ]
    if not free:
        return sorted(given)
    constant = (
        table.rows.group_by(table.case)
        .agg(pl.len().alias("@n"), *(pl.col(c).n_unique() for c in free))
        .filter(pl.col("@n") > 1)
    )
    if not constant.height:
        return sorted(given)
    filled = [c for c in free if table.rows[c].null_count() < len(table.rows)]
    return sorted([*given, *(c for c in filled if constant[c].max() == 1)])


def none_values(table: Table, roles: dict[str, str], traits: Traits) -> NoneValues:
    """Values that mean "none" where they stand among others, and times that are a format's zero."""
    skip = {roles.get(r) for r in ("case", "activity", "time", "start", "lifecycle", "kind")}
    skip |= {roles.get("contact"), roles.get("instance"), roles.get("order")}
    columns: dict[str, tuple[str, ...]] = {}
    for name in sorted(table.rows.columns):
        if name in skip or name.startswith("@"):
            continue
        column = table.rows[name]
        if column.dtype == pl.String:
            found = _none_words(column)
        elif column.dtype == pl.Datetime:
            found = _default_times(column)
        else:
            continue
        if found:
            columns[name] = found
            count = int(column.cast(pl.String).is_in(list(found)).sum())
            ground = (
                "stand among other values"
                if column.dtype == pl.String
                else ("the zero of the calendar stands for a time that is not known")
            )
            shown = ", ".join(repr(v) for v in found)
            rows = f" in {count:,} rows" if column.dtype == pl.String else ""
            traits.note(f"none.columns.{name}", shown, f"{ground}{rows}", samples(column))
    units: tuple[str, ...] = ()
    if "unit" in roles:
        units = _systems(table.rows[roles["unit"]])
        if units:
            traits.note("none.units", ", ".join(units), "named like a system account", units[:3])
    return NoneValues(columns=columns, units=units)


def _none_words(column: pl.Series) -> tuple[str, ...]:
    values = column.drop_nulls().unique()
    found = sorted(v for v in values.to_list() if v.strip().lower() in NONE_WORDS and v)
    return tuple(found) if found and len(found) < len(values) else ()


def _default_times(column: pl.Series) -> tuple[str, ...]:
    """Times at 1970-01-01 (midnight of some zone) where the rest of the column is much later."""
    micros = column.dt.epoch("us")
    middle = micros.median()
    values = micros.drop_nulls().unique()
    zero = sorted(v for v in values.to_list() if abs(v) <= _DEFAULT_MICROS and v % 900_000_000 == 0)
    if not zero:
        return ()
    others = values.filter(~values.is_in(zero))
    low = others.min()
    if not others.len() or not isinstance(low, int) or low < _YEAR or middle is None:
        return ()
    moments = pl.Series(zero, dtype=pl.Int64).cast(pl.Datetime("us"))
    return tuple(moments.dt.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_list())


def _systems(column: pl.Series) -> tuple[str, ...]:
    values = column.drop_nulls().cast(pl.String).unique().to_list()
    return tuple(sorted(v for v in values if SYSTEM_ACCOUNT.fullmatch(v.strip().lower())))


def automatic(table: Table, roles: dict[str, str], traits: Traits) -> Automatic:
    """Resources that are machines, by their names."""
    if "resource" not in roles:
        return Automatic()
    found = _systems(table.rows[roles["resource"]])
    if found:
        traits.note(
            "automatic.resources", ", ".join(found), "named like a system account", found[:3]
        )
    return Automatic(resources=found)


def types(table: Table, roles: dict[str, str], traits: Traits) -> dict[str, str]:
    """Types of further columns where the format has text only."""
    rows = table.rows
    if any(d != pl.String for c, d in rows.schema.items() if not c.startswith("@")):
        return {}
    out: dict[str, str] = {}
    for name in sorted(rows.columns):
        if name.startswith("@") or name in roles.values():
            continue
        values = rows[name].drop_nulls()
        values = values.filter(values != "")
        kind = _type(values)
        if kind:
            out[name] = kind
            traits.note(f"types.{name}", kind, "all its values have that form", samples(values))
    return out


def _type(values: pl.Series) -> str:
    if not values.len():
        return ""
    if is_time(values):
        return "time"
    if values.str.to_lowercase().is_in(["true", "false"]).all():
        return "bool"
    if values.str.contains(r"^-?(0|[1-9]\d{0,17})$").all():
        return "int"
    return "float" if values.str.contains(r"^-?\d+[.,]\d+([eE][-+]?\d+)?$").all() else ""


def matter_columns(
    table: Table, constant: list[str], traits: Traits, taken: set[str | None]
) -> CaseColumns:
    """`[cases]`: due time, arrival, kind, customer, segments and further attributes."""
    one = table.rows.unique(table.case, keep="first", maintain_order=True)
    found: dict[str, str] = {}
    for role in ("due", "arrival", "kind", "customer", "promise_days", "promise_from_days"):
        for column in named(constant, CASE_WORDS[role]):
            ground = _fits(role, one[column])
            if ground and column not in found.values():
                found[role] = column
                traits.note(f"cases.{role}", column, f"its name; {ground}", samples(one[column]))
                break
    segments = []
    for column in constant:
        if column in taken or column in found.values():
            continue
        n = _segment(one[column])
        if n:
            segments.append(case_name(column))
            traits.note(
                "cases.segments", case_name(column), f"{n} different values among the matters",
                samples(one[column]),
            )  # fmt: skip
    others = [
        c for c in constant
        if not c.startswith(PREFIX) and c not in found.values() and case_name(c) not in segments
    ]  # fmt: skip
    return CaseColumns(**found, segments=tuple(segments), attributes=tuple(others))


def _fits(role: str, column: pl.Series) -> str:
    if role in ("due", "arrival"):
        return "times, one for each case" if is_time(column) else ""
    n = column.drop_nulls().n_unique()
    if role == "kind":
        return f"{n} different values" if 2 <= n <= 100 and n < len(column) else ""
    if role in ("promise_days", "promise_from_days"):
        numbers = column.cast(pl.Float64, strict=False)
        return "numbers" if numbers.null_count() == column.null_count() else ""
    return f"{n} different values" if n else ""


def _segment(column: pl.Series) -> int:
    """Number of values of a column that sorts matters into segments, 0 if it does not."""
    name = plain(column.name)
    if column.dtype not in (pl.String, pl.Boolean) or re.search("variant", name):
        return 0
    if PERSON.search(name) or LATER.search(name):
        return 0
    known = column.drop_nulls().cast(pl.String)
    known = known.filter(~known.str.to_lowercase().is_in(list(NONE_WORDS)))
    n = known.n_unique()
    if n not in SEGMENT_VALUES or is_time(known) or known.str.contains(r"^-?\d+[.,]\d+$").all():
        return 0
    sizes = known.value_counts()["count"].sort(descending=True).to_list()
    return n if sizes[1] >= min(SEGMENT_MATTERS, max(1, len(column) // 4)) else 0


def outcome(table: Table, constant: list[str], closed: Closed, traits: Traits) -> Outcome:
    """A column whose values say how matters ended, where most of them are known words.

    The status by which matters are `closed` may be that column: its closed values count then.
    """
    status = []
    if closed.rule == "status" and closed.column:
        status = [find(closed.column, table.rows.columns, "[closed] column")]
    for column in [*named(constant, OUTCOME_COLUMNS), *status]:
        text = table.rows[column].drop_nulls().cast(pl.String)
        if column in status:
            text = text.filter(text.is_in(list(closed.values)))
        values = sorted(text.unique().to_list())
        words = {
            way: tuple(v for v in values if plain(v) in known)
            for way, known in OUTCOME_WORDS.items()
        }
        known = [v for found in words.values() for v in found]
        if known and len(values) <= 30 and float(text.is_in(known).mean() or 0.0) >= 0.8:  # type: ignore[arg-type]
            shown = "; ".join(f"{way}: {', '.join(v)}" for way, v in words.items() if v)
            traits.note("outcome", f"{column} ({shown})", "its name and values", samples(text))
            return Outcome(column=column, **words)
    return Outcome()


def survey(table: Table, roles: dict[str, str], traits: Traits) -> Survey:
    """Columns of raw answers, by their names and the range of their values."""
    found: dict[str, str] = {}
    free = [c for c in table.rows.columns if not c.startswith("@") and c not in roles.values()]
    for question, (words, low, high) in SURVEY_WORDS.items():
        for column in named(free, words):
            text = table.rows[column].drop_nulls()
            answers = text.cast(pl.Float64, strict=False)
            fits = answers.is_between(low, high) & (answers == answers.round())
            if len(text) and fits.fill_null(False).all():
                found[question] = column
                ground = f"its name; whole numbers from {low} to {high}"
                traits.note(f"survey.{question}", column, ground, samples(text))
                break
    return Survey(**found)


def display_names(table: Table, roles: dict[str, str], traits: Traits) -> dict[str, dict[str, str]]:
    """Names of activities in other languages, from columns such as `activityNameEN`."""
    activity = roles.get("activity")
    out: dict[str, dict[str, str]] = {}
    if activity is None:
        return out
    for column in sorted(table.rows.columns):
        name = plain(column)
        language = name[-2:]
        if language not in _LANGUAGES or name[:-2] not in EVENT_WORDS["activity"]:
            continue
        pairs = (
            table.rows.select(pl.col(activity), pl.col(column))
            .drop_nulls()
            .group_by(activity, column)
            .len()
            .with_columns(share=pl.col("len") / pl.col("len").sum().over(activity))
        )
        clear = pairs.filter(pl.col("share") >= CLEAR_NAME).sort(activity)
        if clear.height < 0.8 * pairs[activity].n_unique() or not clear.height:
            continue
        for key, value in clear.select(activity, column).rows():
            out.setdefault(str(key), {})[language] = str(value)
        ground = f"{clear.height:,} of {pairs[activity].n_unique():,} activities have one {column}"
        traits.note("names", f"{language}: {column}", ground, samples(clear[column]))
    return out


def is_planned(column: str) -> bool:
    """Whether a column's name tells of a time that was meant, not of what happened."""
    return bool(PLANNED.search(plain(column)))
