"""What the engine runs: a path and a scenario turned into arrays, and what comes out of a run.

`Program` says how matters move, whatever their number; `Matters` who arrives; `Trace` what
happened. Times are µs (i64) since 1970 UTC. Kernels read the arrays alone, never the objects.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Table: TypeAlias = npt.NDArray[Any]
"""A structured array."""

# What a node does
PASS, WORK, CATCH, RACE, SUB, END, TERMINATE, THROW = range(8)
"""PASS: gateway, none event; WORK: a step; CATCH: waits for a time; RACE: event-based gateway;
SUB: sub-process; END; TERMINATE: ends its scope; THROW: error or escalation, ends its scope and
leaves through the boundary event that catches it."""

NO_JOIN, AND_JOIN, OR_JOIN = range(3)
ALL, EXCLUSIVE, INCLUSIVE = range(3)
"""How a node lets tokens out: on all flows, on one, on each that holds (at least one)."""

ONCE, LOOP, PARALLEL, SEQUENTIAL = range(4)
"""How often a step is done."""

NODE = np.dtype(
    [
        ("does", "i1"), ("join", "i1"), ("split", "i1"), ("repeat", "i1"),
        ("together", "i1"),      # a batch is one work
        ("test_before", "i1"),
        ("logged", "i1"),        # leaves rows in the trace
        ("keeps", "i1"),         # its person is remembered (separation of duties, same person)
        ("scope", "i4"),         # scope it stands in
        ("place", "i4"),         # its token count within the scope, -1: never holds a token
        ("role", "i4"),          # index of its role: occurrences are counted per (matter, role)
        ("turns", "i4"),         # index that counts how often a way out of it was chosen
        ("entry", "i4"),         # of a step done several times: index that counts its beginnings
        ("out_at", "i4"), ("out_to", "i4"),  # its flows: out[out_at:out_to]
        ("in_at", "i4"), ("in_to", "i4"),
        ("default", "i4"),       # flow taken when no other holds, -1: none
        ("chances", "i4"),       # choice of chances (index in `choices`), -1: conditions decide
        ("work", "i4"),          # choice of the law of work, -1: none
        ("delay", "i4"),         # choice of the law of delay (CATCH: time until it happens)
        ("delay_clock", "i4"),   # clock in which the delay counts, -1: around the clock
        ("work_clock", "i4"),    # the same for the work of a step without pool
        ("pool", "i4"),          # -1: nobody has to be free
        ("person_laws", "i4"),   # row of `person_law`, -1: the same law for everybody
        ("meeting", "i4"),       # -1: none
        ("batch_size", "i4"),    # 0: no batching by size
        ("batch_meeting", "i4"),
        ("batch_wait", "i8"),    # µs, -1: no limit
        ("scale_at", "i4"), ("scale_to", "i4"),  # scale of a batch by its size
        ("again", "i4"),         # choice of the chance of another round
        ("again_condition", "i4"),
        ("times", "i4"),         # choice of the law of the number of instances
        ("times_column", "i4"),  # column of `Matters.numbers`, -1: none
        ("times_fixed", "i4"),   # -1: not fixed
        ("boundary_at", "i4"), ("boundary_to", "i4"),  # boundary events at it
        ("inner", "i4"),         # SUB: its scope
        ("catches", "i4"),       # THROW: boundary node that catches it, -1: none
        ("level", "i4"),         # added to the matter's priority
        ("same_as", "i4"),       # column of kept persons whose person must do it, -1: none
        ("kept", "i4"),          # column in which its person is kept
        ("apart_at", "i4"), ("apart_to", "i4"),  # columns whose persons must not do it
        ("whole", "i1"),         # TERMINATE: the path as a whole (an error that nothing catches)
        ("or_join", "i4"),       # index of the OR-join, -1
        ("outcome", "i4"),       # END: code of the outcome
        ("at", "i8"),            # CATCH at a date: µs, else -1
        ("interrupts", "i1"),    # boundary event: ends the step
        ("happens", "i4"),       # choice of the chance that it happens, -1: always
        ("host", "i4"),          # boundary event: the step, else -1
        ("rounds", "i4"),        # cycle timers: how often at most, 1 otherwise
    ],
    align=True,
)  # fmt: skip

FLOW = np.dtype(
    [("target", "i4"), ("place", "i4"), ("condition", "i4"), ("source", "i4"), ("bit", "i4")],
    align=True,
)
"""`place`: token count where it leads into a join, -1: the token passes; `condition`: column of
`Matters.holds`, -1: none; `bit`: its number among the flows into its OR-join."""

SCOPE = np.dtype(
    [
        ("node", "i4"), ("start_at", "i4"), ("start_to", "i4"), ("or_at", "i4"), ("or_to", "i4"),
    ],
    align=True,
)  # fmt: skip
"""`node`: the sub-process, -1 for the path; start nodes `starts[start_at:start_to]`; OR-joins
`or_nodes[or_at:or_to]`."""

CHOICE = np.dtype(
    [("base", "i4"), ("attribute", "i4"), ("codes", "i4"), ("rounds", "i4"), ("width", "i4")],
    align=True,
)
"""A value that may vary by attribute and round: index = base + (code · rounds + round) · width,
with code 0 = otherwise; the values are laws' numbers (`law_of`) or chances (`chance`)."""

PERSON = np.dtype(
    [
        ("calendar", "i4"),
        ("at_once", "i4"),
        ("finishes", "i4"),  # work begun goes on after closing time
        ("pool_at", "i4"),
        ("pool_to", "i4"),
        ("own_pool", "i4"),
    ],
    align=True,
)
POOL = np.dtype(
    [("order", "i1"), ("member_at", "i4"), ("member_to", "i4"), ("ageing", "i8"), ("clock", "i4")],
    align=True,
)
"""`clock`: the clock that is open when any member is on duty, -1 always."""


ON_FLOW, IN_NODE, OUT_OF = range(3)
"""Where a token is put: on a flow; in a node, which it enters; behind one, which it leaves."""

PLACED = np.dtype(
    [
        ("since", "i8"),   # µs: since when it stands there, -1: not known
        ("begun", "i8"),   # µs: start of the work on it, -1: not begun
        ("skip", "u8"),    # bits: flows that were decided, or boundary events that happened
        ("to", "i4"),      # the flow's or node's number
        ("rounds", "i4"),  # of a step done several times: instances that are over
        ("where", "i1"),
        ("due", "i1"),     # of a step done several times: instances known to be due
    ],
    align=True,
)  # fmt: skip
"""A token of a matter that is open at the start."""

SEEN = np.dtype([("role", "i4"), ("count", "i4")], align=True)
"""How often a role has occurred in a matter before the start."""

KEPT = np.dtype([("column", "i4"), ("person", "i4")], align=True)
"""Whom a matter that is open at the start remembers (column of kept persons)."""


ProgramArrays = namedtuple(
    "ProgramArrays",
    [
        "nodes", "flows", "scopes", "choices", "people", "pools", "out", "into", "starts",
        "or_nodes", "boundary", "apart", "scale", "law_of", "chance", "law_kind", "law_at",
        "law_values", "clock_at", "opens", "closes", "before", "changes_time", "changes_clock",
        "changes_open", "meeting_at", "meeting_cut", "meeting_time", "members", "pools_of",
        "people_of_at", "people_of", "person_law", "reach", "role_hash",
    ],
)  # fmt: skip
"""The arrays of a `Program`, as the kernel takes them."""

MattersArrays = namedtuple(
    "MattersArrays",
    [
        "time", "number", "stream", "codes", "holds", "numbers", "level", "due", "placed_at",
        "placed", "seen_at", "seen", "kept_at", "kept",
    ],
)  # fmt: skip
"""The arrays of `Matters`, as the kernel takes them."""


@dataclass(frozen=True)
class Program:
    """How matters move. Arrays as named above; `clock_*`: CSR of opening intervals per clock.

    `law_kind` i1[L], `law_at` i8[L + 1], `law_values` f8: see `polku.simulate.engine.draws`.
    `clock_at` i8[C + 1]; `opens`, `closes`, `before` i8: opening intervals of all clocks (µs) and
    the working µs before each, within its clock. `changes_time` i8, `changes_clock` i4,
    `changes_open` i1: openings and closings of the staff's calendars in order of time.
    `meeting_at` i8[M + 1]; `meeting_cut`, `meeting_time` i8: last moment to be ready, and moment.
    `reach` u8[or_joins, places]: bits of the join's flows that a token at a place can reach.
    `person_law` i4[rows, people]: law of a person at a step, -1: the step's. `members`, `pools_of`,
    `people_of`: people of a pool, pools of a person, people of a clock.
    """

    nodes: Table
    flows: Table
    scopes: Table
    choices: Table
    people: Table
    pools: Table
    out: npt.NDArray[np.int32]
    into: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int32]
    or_nodes: npt.NDArray[np.int32]
    boundary: npt.NDArray[np.int32]
    apart: npt.NDArray[np.int32]
    scale: Floats  # [k, 2]: members, factor
    law_of: npt.NDArray[np.int32]
    chance: Floats
    law_kind: npt.NDArray[np.int8]
    law_at: Ints
    law_values: Floats
    clock_at: Ints
    opens: Ints
    closes: Ints
    before: Ints
    changes_time: Ints
    changes_clock: npt.NDArray[np.int32]
    changes_open: npt.NDArray[np.int8]
    meeting_at: Ints
    meeting_cut: Ints
    meeting_time: Ints
    members: npt.NDArray[np.int32]
    pools_of: npt.NDArray[np.int32]
    people_of_at: Ints
    people_of: npt.NDArray[np.int32]
    person_law: npt.NDArray[np.int32]
    reach: npt.NDArray[np.uint64]
    role_hash: npt.NDArray[np.uint32]
    n_kept: int
    n_roles: int
    n_places: int
    node_ids: tuple[str, ...]
    person_names: tuple[str, ...]
    pool_names: tuple[str, ...]
    outcomes: tuple[str, ...]
    horizon: tuple[int, int]
    """first and last moment that the clocks know, µs"""

    def arrays(self) -> ProgramArrays:
        """The arrays alone."""
        return ProgramArrays(*(getattr(self, name) for name in ProgramArrays._fields))


@dataclass(frozen=True)
class Matters:
    """Who arrives, in order of arrival; row i is matter i.

    `time` i8[M] µs; `number` i8[M]: the matter's own number within its kind, which with `stream`
    (u32, hash of the kind's name) keys its draws; `codes` i4[M, A]: for each attribute that
    anything varies by, the code of its value (0: none of the values named); `holds` bool[M, C]:
    whether each condition of the path (and of the priorities) holds; `numbers` i8[M, K]: numbers
    of instances; `level` i4[M]: class of priority; `due` i8[M]: promised end, µs (-1: none);
    `data`: attribute values, column by column, for the log; `ids`: case ids, where
    they are not made of kind and number (`polku.simulate.arrivals.case_ids`).
    `placed_at` i8[M + 1], `placed` `PLACED`: for matters that are open at the start, the tokens
    they hold (they begin at `time`, but are moved at `since`, in the order of the rows); all
    others start at the start event. `seen_at`, `seen` `SEEN`, `kept_at`, `kept` `KEPT`: how often
    their roles have occurred, and who did what.
    """

    time: Ints
    number: Ints
    stream: npt.NDArray[np.uint32]
    codes: npt.NDArray[np.int32]
    holds: npt.NDArray[np.bool_]
    numbers: Ints
    level: npt.NDArray[np.int32]
    due: Ints
    data: dict[str, npt.NDArray[Any]]
    ids: tuple[str, ...] = ()
    placed_at: Ints | None = None
    placed: Table | None = None
    seen_at: Ints | None = None
    seen: Table | None = None
    kept_at: Ints | None = None
    kept: Table | None = None

    def arrays(self) -> MattersArrays:
        """The arrays alone; no matter is placed where nothing says so."""
        given = {name: getattr(self, name) for name in MattersArrays._fields}
        for name, kind in (("placed", PLACED), ("seen", SEEN), ("kept", KEPT)):
            if given[name] is None:
                given[f"{name}_at"] = np.zeros(len(self.time) + 1, np.int64)
                given[name] = np.zeros(0, kind)
        return MattersArrays(**given)


# How a row of the trace ended
DONE, INTERRUPTED, WAITING, WORKING = range(4)
"""WAITING, WORKING: at the end of the run."""

ROW = np.dtype(
    [
        ("enabled", "i8"),   # the token came
        ("delayed", "i8"),   # the typed delay was over
        ("released", "i8"),  # meeting or batch let it go: from now on it waits for people
        ("start", "i8"), ("end", "i8"),  # work; the same for a pure delay; -1: not yet
        ("matter", "i4"), ("node", "i4"), ("person", "i4"), ("occurrence", "i4"),
        ("state", "i1"),
        ("work", "f8"),  # µs of work drawn
    ],
    align=True,
)  # fmt: skip


@dataclass(frozen=True)
class Trace:
    """What happened in one run.

    `rows`: one `ROW` for each instance of a step (in order of their end, those not ended last);
    `ended` i8[M]: end of each matter, -1: open; `outcome` i4[M]: code, -1: none; `area` : ∫ number
    of open matters dt in µs from `since` to `until`; `busy` i8[people]: µs of work begun by each
    person, off-duty time not counted; `until`: end of the run.
    """

    rows: Table
    ended: Ints
    outcome: npt.NDArray[np.int32]
    area: int
    since: int
    until: int
    arrived: int
