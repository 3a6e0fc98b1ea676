"""Today's open matters as the start: each stands on the path where its events say.

`standing` cuts a log at a moment. Known is what had happened by then: completions, starts of work
that goes on, and, where a log has the column `enabled` (simulated logs have), what was due.
`polku.simulate.replaying` plays these along the path; what has passed of a delay or a work is taken
into account in what is left of it (`polku.simulate.engine.placing`).

What cannot be known is left open, and said in the simulated log's source (`Standing.assumptions`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from polku.errors import ScenarioError
from polku.log.source import Assumption
from polku.path.matching import matching
from polku.path.model import Path
from polku.simulate.arrivals import case_ids, describe
from polku.simulate.clocks import moment
from polku.simulate.engine.compile import Plan, plan
from polku.simulate.engine.draws import ASSUMPTION, keys, role_hash, uniforms
from polku.simulate.engine.program import (
    IN_NODE,
    KEPT,
    PARALLEL,
    PLACED,
    SEEN,
    SUB,
    Ints,
    Matters,
    Table,
)
from polku.simulate.replaying import Game, Stand, Token, play
from polku.simulate.scenario import Scenario

if TYPE_CHECKING:
    from polku.log.eventlog import EventLog

EXACTLY, ROUGHLY, AT_BEGINNING = "exactly", "roughly", "at the beginning"
_NONE_DONE = "none of its events is a step of the path"
_TOO_MANY = "too many ways would have to be tried"
_ENDLESS = "nothing of the path is left to do"


@dataclass(frozen=True)
class Open:
    """One open matter.

    `arrival`, `due` µs since 1970 UTC (`due` None: as its kind is promised); `kind` None: not known
    to the scenario; `values`: its attributes, as far as known; `tokens` as `PLACED`, none: it
    begins; `seen` as in `Stand`; `kept`: (node, person), the last one last; `how`: exactly, roughly
    or at the beginning, `because` why not exactly; `moves`: of the path that no event shows.
    """

    id: str
    arrival: int
    due: int | None
    kind: str | None
    values: Mapping[str, Any]
    tokens: tuple[tuple[int, ...], ...]
    seen: Mapping[int, int]
    kept: tuple[tuple[int, str], ...]
    how: str
    because: str = ""
    moves: int = 0

    @property
    def turn(self) -> tuple[bool, int, str]:
        """Its place among those that are put where they stand: work at hand, then who waits."""
        names = PLACED.names or ()
        since, begun = names.index("since"), names.index("begun")
        at_hand = [t[begun] for t in self.tokens if t[begun] >= 0]
        waits = [t[since] for t in self.tokens if t[since] >= 0]
        if at_hand:
            return False, min(at_hand), self.id
        return True, min(waits, default=self.arrival), self.id


@dataclass(frozen=True)
class Standing:
    """The open matters of a log at a moment, and where they stand on a path.

    `path_hash`: of the path; `at` µs since 1970 UTC; `open`: in the order in which they are put
    there; `over`: ids of matters that the log has as open and for which the path has nothing left
    to do (they are not simulated); `not_described`: activities that are no step, with their events.
    """

    path_hash: str
    at: int
    open: tuple[Open, ...]
    over: tuple[str, ...] = ()
    not_described: tuple[tuple[str, int], ...] = ()

    def __len__(self) -> int:
        return len(self.open)

    def count(self, how: str) -> int:
        """How many stand exactly, roughly, or at the beginning."""
        return sum(o.how == how for o in self.open)

    @property
    def reasons(self) -> dict[str, int]:
        """Why matters do not stand exactly: reason → matters, the most frequent first."""
        return dict(Counter(o.because for o in self.open if o.because).most_common())

    @property
    def first(self) -> int:
        """The first moment from which anything is known, µs."""
        names = PLACED.names or ()
        at = [names.index("since"), names.index("begun")]
        told = [t[k] for o in self.open for t in o.tokens for k in at if t[k] >= 0]
        return min([self.at, *told])

    def assumptions(self) -> tuple[Assumption, ...]:
        """What the start assumes, for the source of the simulated log."""
        n = len(self.open)
        out = [
            f"{n} matters are open at the start: {self.count(EXACTLY)} stand exactly where their "
            f"events say, {self.count(ROUGHLY)} roughly, {self.count(AT_BEGINNING)} begin anew",
            *(f"{times} of them: {why}" for why, times in self.reasons.items()),
        ]
        if self.over:
            out.append(f"{len(self.over)} open matters are not simulated: {_ENDLESS}")
        if n:
            out += [
                "work that had begun goes on first, by whoever of its pool is free, for what is "
                "left of a time longer than what has passed",
                "a delay lasts for what is left of a time longer than what has passed",
                "choices that no event shows are made anew, whatever has passed since: ways that "
                "take long are a little too rare among matters that wait",
                "an interruption that left no event is not known: its matter stands in the step "
                "that was interrupted",
            ]
        return tuple(Assumption("assumed", "open matters", text) for text in out)

    def to_json(self) -> dict[str, Any]:
        """As a document: counts and reasons."""
        return {
            "at": self.at, "open": len(self.open), "exactly": self.count(EXACTLY),
            "roughly": self.count(ROUGHLY), "at_the_beginning": self.count(AT_BEGINNING),
            "over": len(self.over), "reasons": self.reasons,
            "not_described": dict(self.not_described),
        }  # fmt: skip

    def before(self, made: Plan, new: Matters, *, seed: int, replication: int = 0) -> Matters:
        """These matters, and those that arrive after them.

        Raises `ScenarioError` where they stand on another path.
        """
        if made.path.hash != self.path_hash:
            raise ScenarioError(
                "standing: the matters stand on another path; call standing() for this one"
            )
        own = self._matters(made, seed, replication)
        n = len(self.open)
        told = case_ids(new).to_list()
        taken = {o.id for o in self.open}
        while any(name in taken for name in told):
            told = [f"new {name}" for name in told]
        rest = len(new.time)

        def both(name: str) -> Any:
            return np.concatenate([getattr(own, name), getattr(new, name)])

        def at(name: str) -> Ints:
            mine = getattr(own, name)
            return np.concatenate([mine, np.full(rest, mine[-1], np.int64)])

        return Matters(
            **{k: both(k) for k in ("time", "number", "stream", "codes", "holds", "numbers",
                                    "level", "due")},
            data={k: np.concatenate([v, new.data[k]]) for k, v in own.data.items()},
            ids=(*(o.id for o in self.open[:n]), *told),
            placed_at=at("placed_at"), placed=own.placed, seen_at=at("seen_at"), seen=own.seen,
            kept_at=at("kept_at"), kept=own.kept,
        )  # fmt: skip

    def _matters(self, made: Plan, seed: int, replication: int) -> Matters:
        s = made.scenario
        kinds = tuple(s.kinds)
        number = np.arange(len(self.open), dtype=np.int64)
        if not kinds:
            raise ScenarioError("scenario: kinds: there are none; give the kinds of matters")
        rate = np.array([k.arrivals.per_year or 1.0 for k in s.kinds.values()])
        u = uniforms(
            *keys(seed, replication), number.astype(np.uint32), np.zeros(len(number), np.uint32),
            role_hash("open matters"), 0, ASSUMPTION,
        )  # fmt: skip
        drawn = np.minimum(np.searchsorted(np.cumsum(rate) / rate.sum(), u), len(kinds) - 1)
        which = np.array(
            [kinds.index(o.kind) if o.kind in kinds else d
             for o, d in zip(self.open, drawn.tolist(), strict=True)], dtype=np.int32,
        )  # fmt: skip
        key = np.array([role_hash(f"open {kind}") for kind in kinds], np.uint32)[which]
        time = np.array([o.arrival for o in self.open], dtype=np.int64)
        known = {name: [o.values.get(name) for o in self.open] for name in s.attributes}
        found = describe(
            s, made.wanted, time, which, number, key, seed=seed, replication=replication,
            known=known,
        )  # fmt: skip
        promised = np.array([-1 if o.due is None else o.due for o in self.open], dtype=np.int64)
        people = {name: k for k, name in enumerate(s.people)}
        placed_at, placed = _rows([o.tokens for o in self.open], PLACED)
        seen_at, seen = _rows([_roles(o.seen, made.nodes) for o in self.open], SEEN)
        kept_at, kept = _rows(
            [
                [(int(made.nodes["kept"][n]), people[p]) for n, p in o.kept if p in people]
                for o in self.open
            ],
            KEPT,
        )
        return replace(
            found, due=np.where(promised >= 0, promised, found.due), placed_at=placed_at,
            placed=placed, seen_at=seen_at, seen=seen, kept_at=kept_at, kept=kept,
        )  # fmt: skip


def _rows(parts: Sequence[Sequence[tuple[int, ...]]], kind: np.dtype) -> tuple[Ints, Table]:
    at = np.concatenate([[0], np.cumsum([len(p) for p in parts])]).astype(np.int64)
    return at, np.array([row for part in parts for row in part], dtype=kind)


def _roles(seen: Mapping[int, int], nodes: Table) -> list[tuple[int, int]]:
    total: Counter[int] = Counter()
    for node, times in seen.items():
        role = nodes["role"][node] if node >= 0 else nodes["entry"][-1 - node]
        total[int(role)] += times
    return sorted(total.items())


def standing(log: EventLog, path: Path, scenario: Scenario, at: date | datetime) -> Standing:
    """Where the matters of a log that are open at a moment stand on a path.

    Parameters: `at`: a day (it begins in the scenario's zone) or moment; what came after it is
    ignored. Open are matters that arrived before and had not ended.

    A matter stands `exactly` where its events are a way of the path; `roughly` where they are not
    (it stands where the way that deviates least ends) or something is not followed exactly;
    `at the beginning` where no event of it is a step, though it has events.

    Raises `ScenarioError` where the log does not tell which matters have ended, and `PathError`,
    `ScenarioError` for what cannot be simulated.
    """
    if not log.has_closed_rule:
        raise ScenarioError(
            "standing: the log does not tell which matters have ended; give its mapping a [closed] "
            "rule"
        )
    made = plan(path, scenario)
    cut = moment(at, scenario.zone)
    return _Placing(log, made, cut).standing()


class _Placing:
    """A log on its way to where its matters stand."""

    def __init__(self, log: EventLog, made: Plan, cut: int) -> None:
        self.log, self.made, self.cut = log, made, cut
        activities = log.events["activity"].drop_nulls().unique().cast(pl.String).to_list()
        self.matched = matching(made.path, activities)
        index = made.making.control.index
        ids = {s.id for s in made.path.steps if not s.name and not s.holds_nodes}
        self.nodes_of = {  # (a step without a name goes by its id)
            a: tuple(index[s] for s in self.matched.candidates(a) or ((a,) if a in ids else ()))
            for a in activities
        }
        self.labels = frozenset(n for some in self.nodes_of.values() for n in some)
        self.game = Game(made)
        self.known: dict[Any, Stand | None] = {}

    def standing(self) -> Standing:
        cases = self.log.cases
        arrival = cases["arrival"].dt.epoch("us")
        end = cases["end"].dt.epoch("us").fill_null(np.iinfo(np.int64).max)
        is_open = (
            (arrival < self.cut)
            & (end >= self.cut)
            & ~(cases["closed"].fill_null(False) & cases["end"].is_null())
        )
        chosen = cases.filter(is_open)
        events = self._events(chosen)
        told = [a for a in self.made.scenario.attributes if a in chosen.columns]
        found, over = [], []
        for row in chosen.iter_rows(named=True):
            mine = events.get(row["case"], [])
            one = self._one(row, mine, {a: row[a] for a in told})
            if one is None:
                over.append(row["case_id"])
            else:
                found.append(one)
        found.sort(key=lambda o: o.turn)
        unknown = [
            (a, n)
            for a, n in self.log.events["activity"].cast(pl.String).value_counts().iter_rows()
            if a is not None and not self.nodes_of[a]
        ]
        return Standing(
            self.made.path.hash, self.cut, tuple(found), tuple(sorted(over)),
            tuple(sorted(unknown)),
        )  # fmt: skip

    def _events(self, chosen: pl.DataFrame) -> dict[int, list[dict[str, Any]]]:
        """Case → what was known of its events by then, in order."""
        e = self.log.events.join(chosen.select("case"), on="case", how="semi")
        enabled = "enabled" if e.schema.get("enabled") == pl.Datetime("us", "UTC") else None
        columns = {
            "case": pl.col("case"),
            "activity": pl.col("activity").cast(pl.String),
            "time": pl.col("time").dt.epoch("us"),
            "start": pl.col("start").dt.epoch("us"),
            "resource": pl.col("resource").cast(pl.String),
            "enabled": pl.col(enabled).dt.epoch("us") if enabled else pl.lit(None, pl.Int64),
        }
        e = e.select(expr.alias(name) for name, expr in columns.items())
        cut = self.cut
        e = e.filter(
            (pl.col("time") < cut)
            | (pl.col("start") < cut).fill_null(False)
            | (pl.col("enabled") < cut).fill_null(False)
        )
        out: dict[int, list[dict[str, Any]]] = {}
        for row in e.iter_rows(named=True):
            out.setdefault(row["case"], []).append(row)
        return out

    def _one(
        self, row: dict[str, Any], events: list[dict[str, Any]], values: dict[str, Any]
    ) -> Open | None:
        steps = [e for e in events if self.nodes_of.get(e["activity"])]
        done = [e for e in steps if e["time"] < self.cut]
        due = [e for e in steps if e["time"] >= self.cut]
        stand, because = self._stand(done, due)
        arrival = _micros(row["arrival"])
        assert arrival is not None
        kept: list[tuple[int, str]] = []
        for e in done:
            nodes = self.nodes_of[e["activity"]]
            if len(nodes) == 1 and e["resource"] and self.made.nodes["kept"][nodes[0]] >= 0:
                kept.append((nodes[0], e["resource"]))
        how = EXACTLY
        if stand is None:
            how = AT_BEGINNING
        elif because:
            how = ROUGHLY
        if events and not steps:
            how, because = AT_BEGINNING, _NONE_DONE
        if stand is not None and not stand.tokens:
            return None
        inside = set() if stand is None else {self.game.scope_of(t) for t in stand.tokens}
        tokens = () if stand is None else tuple(
            self._token(t, done, due, arrival, inside) for t in stand.tokens
        )  # fmt: skip
        return Open(
            row["case_id"], arrival, _micros(row["due"]), row["kind"], values, tokens,
            {} if stand is None else stand.seen, tuple(kept), how, because,
            0 if stand is None else stand.moves,
        )  # fmt: skip

    def _stand(
        self, done: list[dict[str, Any]], due: list[dict[str, Any]]
    ) -> tuple[Stand | None, str]:
        """Where events leave a matter, and why not exactly."""
        first = tuple(self.nodes_of[e["activity"]] for e in done)
        then = tuple(self.nodes_of[e["activity"]] for e in due)
        begun = tuple(e["start"] is not None and e["start"] < self.cut for e in due)
        found = self._played(first, then, begun)
        if found is None:
            if first:
                found = self._played(first[-1:], (), ())
            return found, f"{_TOO_MANY}; it stands behind its last step" if found else _TOO_MANY
        if found.deviations:
            return found, "its events are no way of the path; it stands where the nearest one ends"
        return found, self._not_followed(found)

    def _played(self, *known: Any) -> Stand | None:
        if known not in self.known:
            self.known[known] = play(self.game, *known, labels=self.labels)
        return self.known[known]

    def _not_followed(self, found: Stand) -> str:
        """What of a marking the engine does not take up exactly."""
        nodes = self.made.nodes
        inside = {self.game.scope_of(t) for t in found.tokens}
        for t in found.tokens:
            r = nodes[t.to] if t.where == IN_NODE else None
            if (
                r is not None
                and r["repeat"] == PARALLEL
                and r["does"] == SUB
                and (r["inner"] in inside)
            ):
                return "it is in a sub-process done several times at once; one of them goes on"
        return ""

    def _token(
        self, t: Token, done: list[dict[str, Any]], due: list[dict[str, Any]], arrival: int,
        inside: set[int],
    ) -> tuple[int, ...]:  # fmt: skip
        """A token as `PLACED`; `inside`: the scopes in which tokens stand."""
        r = self.made.nodes[t.to] if t.where == IN_NODE else None
        if r is not None and r["does"] == SUB and r["inner"] in inside:
            t = t._replace(due=1)
        since, begun = arrival, -1
        if t.since >= len(done):
            e = due[t.since - len(done)]
            since = -1 if e["enabled"] is None else e["enabled"]
            if e["start"] is not None and e["start"] < self.cut:
                begun = e["start"]
        elif t.since >= 0:
            since = done[t.since]["time"]
        elif t.since != -1:
            since = -1
        named = {"since": since, "begun": begun, "skip": t.skip, "to": t.to, "rounds": t.rounds,
                 "where": t.where, "due": t.due}  # fmt: skip
        return tuple(named[name] for name in PLACED.names or ())


def _micros(value: datetime | None) -> int | None:
    return None if value is None else int(pl.Series([value]).dt.epoch("us")[0])
