"""Who arrives, and what they are: the matters of one run, the same whatever the path.

Each kind of matter is one stream of arrivals (`polku.simulate.streams`). A matter's number within
its kind, and the hash of the kind's name, key all its draws, so adding a kind, an attribute or a
step changes nobody else's arrival or attributes: two paths meet the same customers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.errors import ScenarioError
from polku.log.mapping import nearest
from polku.simulate import deciding
from polku.simulate.clocks import DAY, instant
from polku.simulate.deciding import Column
from polku.simulate.engine.draws import ATTRIBUTE, keys, role_hash, uniforms
from polku.simulate.engine.program import Floats, Ints, Matters
from polku.simulate.laws import check_law, quantile
from polku.simulate.scenario import Attribute, Law, Scenario, Varied
from polku.simulate.streams import MOST, Stream, stream

KIND = "kind"
"""The name by which conditions and variations ask for the kind of a matter."""
_SUM = 1e-6
"""By how much chances may miss 1 (they are divided by their sum)."""


@dataclass(frozen=True)
class Wanted:
    """What the engine asks of each matter.

    `by`: attributes (or "kind") that numbers vary by, with the values that have a code: the first
    gets 1, and so on, all others 0; `conditions`: whether they hold; `numbers`: expressions that
    give a number of instances. The columns of `Matters` stand in the same order.
    """

    by: tuple[tuple[str, tuple[str, ...]], ...] = ()
    conditions: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


@dataclass
class _Drawn:
    """What is known of the matters so far: each column, and those with few values as codes."""

    n: int
    columns: dict[str, Column] = field(default_factory=dict)
    coded: dict[str, tuple[npt.NDArray[np.int32], tuple[str, ...]]] = field(default_factory=dict)

    def add_coded(self, name: str, codes: npt.NDArray[np.int32], values: tuple[str, ...]) -> None:
        """Add a column of texts."""
        self.coded[name] = (codes, values)
        self.columns[name] = np.array([*values, ""], dtype=object)[codes]

    def overlay(self, name: str, known: Sequence[Any]) -> None:
        """Put the values that are known in the place of those drawn."""
        if name in self.coded:
            own, values = self.coded[name]
            place = {value: k for k, value in enumerate(values)}
            told = [None if v is None else str(v) for v in known]
            codes = [
                o if v is None else place.setdefault(v, len(place))
                for o, v in zip(own.tolist(), told, strict=True)
            ]
            self.add_coded(name, np.array(codes, dtype=np.int32), tuple(place))
            return
        column = self.columns[name].copy()
        for k, value in enumerate(known):
            if value is not None:
                column[k] = value
        self.columns[name] = column


def arrive(
    scenario: Scenario,
    wanted: Wanted = Wanted(),
    *,
    seed: int,
    replication: int = 0,
    matters: int | None = None,
    since: int | None = None,
    until: int | None = None,
) -> Matters:
    """Draw who arrives in one run.

    Parameters: `matters`, how many arrive at most, the first of all kinds in order of time;
    `since`, `until` µs since 1970 UTC: arrivals at or after the one and before the other (default:
    the scenario's first day, and where no `matters` is given the end of its last).

    Returns `Matters` sorted by (time, kind in the scenario's order, number). `level` is the class
    of the first of the scenario's priorities whose condition holds (else their number, so that
    whom no rule names goes last); `due` is the arrival and the promised days of 24 hours; `ids` are
    left to `case_ids`.

    Raises `ScenarioError` for arrivals, attributes or names that do not work out, and
    `ConditionError` for a condition that the data cannot answer.
    """
    if since is None:
        since = instant(scenario.start, scenario.zone)
    if until is None and matters is None:
        until = instant(scenario.end, scenario.zone)
    streams = [
        stream(scenario, kind, seed=seed, replication=replication, since=since)
        for kind in scenario.kinds
    ]
    time, which, number = _first(streams, matters, since, until)
    key = np.array([s.key for s in streams], dtype=np.uint32)[which]
    return describe(scenario, wanted, time, which, number, key, seed=seed, replication=replication)


def describe(
    scenario: Scenario, wanted: Wanted, time: Ints, which: npt.NDArray[np.int32], number: Ints,
    key: npt.NDArray[np.uint32], *, seed: int, replication: int = 0,
    known: Mapping[str, Sequence[Any]] | None = None,
) -> Matters:  # fmt: skip
    """What matters are that arrive at a time: their attributes, and what follows from them.

    Parameters: `time` i8[M] µs; `which` i4[M]: place of the kind in the scenario; `number`, `key`:
    by which they are drawn; `known`: attribute → value of each matter, None where it is drawn.
    """
    drawn = _Drawn(len(time))
    drawn.add_coded(KIND, which, tuple(scenario.kinds))
    k0, k1 = keys(seed, replication)
    for name, attribute in scenario.attributes.items():
        place = f"scenario: attributes {name!r}"
        if name == KIND:
            raise ScenarioError(f"{place}: is the kind of the matter already; choose another name")
        role = role_hash(name)
        u = uniforms(k0, k1, number.astype(np.uint32), key, role, 0, ATTRIBUTE)
        _attribute(drawn, name, attribute, u, place)
        if known is not None and name in known:
            drawn.overlay(name, known[name])
    columns, n = drawn.columns, drawn.n
    promised = [k.promise_days for k in scenario.kinds.values()]
    within = np.array([-1 if d is None else round(d * DAY) for d in promised], dtype=np.int64)
    due = np.where(within[which] >= 0, time + within[which], -1)
    return Matters(
        time=time,
        number=number,
        stream=key,
        codes=_stacked([codes(drawn, *by) for by in wanted.by], n, np.int32),
        holds=_stacked(
            [deciding.holds(text, columns, n) for text in wanted.conditions], n, np.bool_
        ),
        numbers=_stacked(
            [deciding.numbers(text, columns, n) for text in wanted.numbers], n, np.int64
        ),
        level=_levels(scenario, columns, n),
        due=due,
        data=columns,
    )


def case_ids(matters: Matters) -> pl.Series:
    """The case id of each matter: those given, else its kind and its number from 1.

    They are made when a log is told, for most runs need none.
    """
    if len(matters.ids) == len(matters.time):
        return pl.Series("case_id", matters.ids, dtype=pl.String)
    kind = pl.Series(matters.data[KIND], dtype=pl.String)
    number = pl.Series(matters.number + 1).cast(pl.String).str.zfill(6)
    return pl.select(pl.concat_str([kind, pl.lit("-"), number]).alias("case_id")).to_series()


def _first(
    streams: list[Stream], matters: int | None, since: int, until: int | None
) -> tuple[Ints, npt.NDArray[np.int32], Ints]:
    """Time, place of the kind and own number of those who arrive, in order."""
    if matters is not None and matters < 0:
        raise ScenarioError(f"matters: is {matters}; give a number from 0")
    if not streams or matters == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int64)
    counts = [_usual(s, streams, matters, since, until) for s in streams]
    times = [s.first(c) for s, c in zip(streams, counts, strict=True)]
    while True:
        more = [
            k
            for k, t in enumerate(times)
            if len(t) == counts[k] and (until is None or t[-1] < until)
        ]
        frontier = min((int(times[k][-1]) for k in more), default=None)
        if frontier is None:
            break
        if matters is not None and sum(int(t.searchsorted(frontier)) for t in times) >= matters:
            break
        for k in more:
            if times[k][-1] <= frontier + (frontier - since) // 8:
                counts[k] *= 2
                if counts[k] > 2 * MOST:
                    raise ScenarioError(
                        f"scenario: kinds {streams[k].kind!r}: arrivals: more than {MOST:,} would "
                        "arrive; end the run earlier or give a lower rate"
                    )
                times[k] = streams[k].first(counts[k])
    time = np.concatenate(times)
    which = np.repeat(np.arange(len(times), dtype=np.int32), [len(t) for t in times])
    number = np.concatenate([s.numbered(len(t)) for s, t in zip(streams, times, strict=True)])
    if until is not None:
        kept = time < until
        time, which, number = time[kept], which[kept], number[kept]
    if len(streams) > 1:  # stable: at the same moment in the order of the kinds and numbers
        order = np.argsort(time, kind="stable")
        time, which, number = time[order], which[order], number[order]
    if matters is not None:
        if len(time) < matters and until is None:
            raise ScenarioError(
                f"scenario: kinds: only {len(time):,} matters arrive, {matters:,} are asked for; "
                "ask for fewer or give a rate of arrivals"
            )
        time, which, number = time[:matters], which[:matters], number[:matters]
    if len(time) > MOST:
        raise ScenarioError(
            f"scenario: kinds: more than {MOST:,} matters would arrive; end the run earlier"
        )
    return time, which, number.astype(np.int64)


def _usual(
    one: Stream, streams: list[Stream], matters: int | None, since: int, until: int | None
) -> int:
    """How many of a stream to draw at first: a little more than are likely to be needed."""
    if one.numbers is not None:
        return len(one.numbers) + 1
    usual = float("inf")
    if until is not None:
        usual = one.rate * max(until - since, 0)
    if matters is not None:
        usual = min(usual, matters * one.rate / (sum(s.rate for s in streams) or 1.0))
    return min(int(usual + 5 * usual**0.5) + 16, MOST)


def _attribute(drawn: _Drawn, name: str, attribute: Attribute, u: Floats, place: str) -> None:
    given = [w for w in ("choices", "chance", "law") if getattr(attribute, w) is not None]
    if len(given) != 1:
        found = " and ".join(given) + " are given" if given else "nothing is given"
        raise ScenarioError(f"{place}: {found}; give one of choices, chance, law")
    if attribute.choices is not None:
        _choices(drawn, name, attribute.choices, u, place)
    elif attribute.chance is not None:
        p = np.empty(drawn.n)
        for rows, chance in _cases(drawn, attribute.chance, place):
            if not 0 <= chance <= 1:
                raise ScenarioError(f"{place}: chance is {chance:g}; give a number from 0 to 1")
            p[rows] = chance
        drawn.columns[name] = u < p
    elif attribute.law is not None:
        out = np.empty(drawn.n)
        for rows, law in _cases(drawn, attribute.law, place):
            _check_number(law, place)
            out[rows] = quantile(law, u[rows])
        drawn.columns[name] = out


def _check_number(law: Law, place: str) -> None:
    check_law(law, f"{place}: law")
    if law.unit is not None:
        raise ScenarioError(
            f"{place}: law: has the unit {law.unit!r}, an attribute is a plain number; leave it out"
        )


def _choices(
    drawn: _Drawn, name: str, choices: Varied[Mapping[str, float]], u: Floats, place: str
) -> None:
    values = tuple(dict.fromkeys(value for option in choices.all() for value in option))
    at = {value: k for k, value in enumerate(values)}
    out = np.empty(drawn.n, dtype=np.int32)
    for rows, option in _cases(drawn, choices, place):
        chances = np.array(list(option.values()), dtype=np.float64)
        if not len(chances) or not np.isfinite(chances).all() or (chances < 0).any():
            raise ScenarioError(f"{place}: choices: chances must be 0 or more for each value")
        total = float(chances.sum())
        if abs(total - 1) > _SUM:
            raise ScenarioError(
                f"{place}: choices: the chances add up to {total:.6g}; make them add up to 1"
            )
        steps = np.cumsum(chances) / total
        steps[np.flatnonzero(chances)[-1] :] = 1.0
        table = np.array([at[value] for value in option], dtype=np.int32)
        out[rows] = table[np.searchsorted(steps, u[rows], side="right")]
    drawn.add_coded(name, out, values)


def _cases(drawn: _Drawn, varied: Varied[Any], place: str) -> list[tuple[Any, Any]]:
    """Rows (a slice or their places) and the value that holds for them, of the first round."""
    if not varied.otherwise and not varied.cases:
        raise ScenarioError(f"{place}: no value is given; give one")
    if varied.by is None or not varied.cases:
        return [(slice(None), varied.otherwise[0])]
    if varied.by not in drawn.columns:
        raise ScenarioError(
            f"{place}: varies by {varied.by!r}, which does not stand before it; "
            f"{nearest(varied.by, drawn.columns)}"
        )
    code = codes(drawn, varied.by, tuple(varied.cases))
    out = []
    for k, rounds in enumerate([varied.otherwise, *varied.cases.values()]):
        rows = np.flatnonzero(code == k)
        if not len(rows) and rounds:
            continue
        if not rounds and len(rows):
            raise ScenarioError(
                f"{place}: gives no value for {drawn.columns[varied.by][rows[0]]!r} of "
                f"{varied.by!r}; give one, or one for all others"
            )
        if rounds:
            out.append((rows, rounds[0]))
    return out


def codes(drawn: _Drawn, name: str, values: tuple[str, ...]) -> npt.NDArray[np.int32]:
    """1 + the place of each matter's value among `values`, 0 for none of them; i32[n].

    Truth is written "true" and "false", a number as a number. Raises `ScenarioError` for an
    attribute that is not there, or a value that a number cannot be.
    """
    if name in drawn.coded:
        own, known = drawn.coded[name]
        at = {value: k + 1 for k, value in enumerate(values)}
        table = np.array([at.get(value, 0) for value in known] or [0], dtype=np.int32)
        return table[own]
    if name not in drawn.columns:
        raise ScenarioError(
            f"scenario: attributes: {name!r} is not there, and numbers vary by it; "
            f"{nearest(name, drawn.columns)}"
        )
    column = drawn.columns[name]
    out = np.zeros(drawn.n, dtype=np.int32)
    for k, value in enumerate(values):
        out[column == _typed(value, column.dtype.kind == "b", name)] = k + 1
    return out


def _typed(value: str, truth: bool, name: str) -> bool | float:
    if truth:
        found = {"true": True, "false": False}.get(value.strip().lower())
        if found is not None:
            return found
        raise ScenarioError(
            f"scenario: attributes {name!r}: is true or false, and numbers vary by its value "
            f"{value!r}; write 'true' or 'false'"
        )
    try:
        return float(value)
    except ValueError as e:
        raise ScenarioError(
            f"scenario: attributes {name!r}: is a number, and numbers vary by its value {value!r}; "
            "write a number"
        ) from e


def _levels(scenario: Scenario, columns: dict[str, Column], n: int) -> npt.NDArray[np.int32]:
    level = np.full(n, len(scenario.priorities), dtype=np.int32)
    left = np.ones(n, dtype=np.bool_)
    for rule in scenario.priorities:
        if rule.condition is None:
            level[left] = rule.level
            break
        found = left & deciding.holds(rule.condition, columns, n)
        level[found] = rule.level
        left &= ~found
    return level


def _stacked(columns: list[Any], n: int, kind: type) -> Any:
    if not columns:
        return np.zeros((n, 0), dtype=kind)
    return np.ascontiguousarray(np.stack(columns, axis=1), dtype=kind)
