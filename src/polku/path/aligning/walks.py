"""How each matter of a log went along a path: one alignment for each distinct way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.errors import PathError
from polku.log.eventlog import EventLog
from polku.path.aligning.align import MOST_STATES, Alignment, align
from polku.path.aligning.petri import Net, to_net
from polku.path.matching import Matching, matching
from polku.path.model import Path
from polku.path.ways import Ways, ways


@dataclass(frozen=True, eq=False)
class Walks:
    """The alignments of a log's matters.

    `alignments`: of each distinct (way, whether it may go on), `way_of` the way's number in
    `ways`, `of_matter` i32[n] the alignment of each matter; `open` bool[n]: judged on what it has
    done so far; `not_recorded`: ids of steps that this log never shows.
    """

    ways: Ways
    matching: Matching
    net: Net
    alignments: tuple[Alignment, ...]
    way_of: tuple[int, ...]
    of_matter: npt.NDArray[np.int32]
    open: npt.NDArray[np.bool_]
    not_recorded: tuple[str, ...]

    @property
    def cost(self) -> npt.NDArray[np.int64]:
        """Deviations of each matter, i64[n]; -1 = undecided."""
        costs = [-1 if a.cost is None else a.cost for a in self.alignments]
        return np.array([*costs, 0], dtype=np.int64)[self.of_matter]

    @property
    def worst(self) -> npt.NDArray[np.int64]:
        """What each matter would cost if it agreed in nothing, i64[n]; 0 where undecided."""
        worsts = [a.worst or 0 if a.cost is not None else 0 for a in self.alignments]
        return np.array([*worsts, 0], dtype=np.int64)[self.of_matter]

    def activity(self, alignment: int, position: int) -> str:
        """The activity at a position of the way behind an alignment."""
        return self.ways.sequences[self.way_of[alignment]][position]


def activities_of(log: EventLog) -> list[str]:
    """The activities that a log can hold, sorted: a part of a log has those of the whole."""
    dtype = log.events.schema["activity"]
    if isinstance(dtype, pl.Enum):
        return sorted(dtype.categories.to_list())
    return sorted(log.events["activity"].cast(pl.String).unique().drop_nulls().to_list())


def labels_of(path: Path, found: Matching, strict: bool = False) -> dict[str, tuple[str, ...]]:
    """Step → its labels in a log whose activities were so matched.

    The label of an activity is `label_of` its candidates, so one that could be several steps is
    taken for whichever fits. A step that no activity could be has none; when `strict`, its own.
    """
    labels: dict[str, list[str]] = {}
    activities = (*found.step_of, *found.ambiguous)
    for steps in dict.fromkeys(found.candidates(a) for a in activities):
        for step in steps:
            labels.setdefault(step, []).append(label_of(steps))
    own = {s: (label_of((s,)),) for s in found.unmatched_steps} if strict else {}
    return {s.id: tuple(sorted(labels.get(s.id, own.get(s.id, ())))) for s in path.steps}


def label_of(steps: Sequence[str]) -> str:
    """The label of activities that are one of these steps."""
    return "\n".join(steps)


def walks(
    log: EventLog, path: Path, *, strict: bool = False, most_states: int = MOST_STATES
) -> Walks:
    """Align every matter of a log with a path.

    Matters that are open are judged on what they have done so far; where the log does not tell
    which have ended, all are taken as ended. `strict`: steps that the log never shows count as
    skipped instead of being taken for not recorded.
    Raises `PathError` when no activity of the log is a step of the path.
    """
    found = ways(log)
    known = activities_of(log)
    matched = matching(path, known)
    if log.events.height and not matched.step_of and not matched.ambiguous:
        raise PathError(
            f"path {path.id}: none of its steps is an activity of the log (which has "
            f"{', '.join(repr(a) for a in known[:3])} …); write the log's names as "
            "polku:activity into the path"
        )
    label = {a: label_of(matched.candidates(a)) or f"?{a}" for a in known}
    net = to_net(path, labels_of(path, matched, strict))
    is_open = (~log.cases["closed"].fill_null(True)).to_numpy()
    key = found.of_matter.astype(np.int64) * 2 + is_open
    kinds, of_matter = np.unique(key, return_inverse=True)
    alignments: list[Alignment] = [Alignment(None, None)] * len(kinds)
    for going_on in (False, True):
        mine = [k for k, kind in enumerate(kinds) if bool(kind % 2) == going_on]
        sequences = [tuple(label[a] for a in found.sequences[kinds[k] // 2]) for k in mine]
        distinct = list(dict.fromkeys(sequences))
        done = align(net, distinct, beginnings=going_on, most_states=most_states)
        of: Mapping[tuple[str, ...], Alignment] = dict(zip(distinct, done, strict=True))
        for k, sequence in zip(mine, sequences, strict=True):
            alignments[k] = of[sequence]
    return Walks(
        found,
        matched,
        net,
        tuple(alignments),
        tuple(int(kind) // 2 for kind in kinds),
        of_matter.astype(np.int32).reshape(-1),
        is_open,
        () if strict else matched.unmatched_steps,
    )


def described(log: EventLog, path: Path) -> npt.NDArray[np.bool_]:
    """Whether the step of each event is described in the path, bool[m]."""
    known = activities_of(log)
    found = matching(path, known)
    activities = log.events["activity"].cast(pl.String)
    return activities.is_in([a for a in known if found.candidates(a)]).fill_null(False).to_numpy()


def step_name(path: Path, id: str) -> str:
    """What an element is called: its name, else its id."""
    if not path.has(id):
        return id
    node = path.node(id)
    return node.name or node.facts.names.en or id
