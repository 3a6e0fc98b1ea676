"""The verb `fidelity`: does a simulation resemble the log that it never saw?"""

from __future__ import annotations

import json
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polku.errors import LogError
from polku.log.eventlog import EventLog
from polku.log.words import present
from polku.simulate import distances as apart
from polku.simulate import floor as floors
from polku.simulate.distances import NAMES, PUBLISHED, Profile
from polku.simulate.floor import Estimated
from polku.simulate.held import Held, held, of_mean
from polku.simulate.same_terms import in_terms_of
from polku.simulate.seen import Seen, see

if TYPE_CHECKING:
    from polku.measure.registry import Catalogue
    from polku.path.model import Path as ServicePath

FORMAT = "polku.fidelity/1"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Side:
    """One log: its matters and steps, first and last moment (ISO 8601 UTC)."""

    matters: int
    steps: int
    first: str
    last: str


@dataclass(frozen=True)
class Distance:
    """One distance between the real log and the simulated ones.

    `values`: of each whole simulated log to the whole real log (the published figure is their
    mean); `mean` with its t-interval over the simulated logs, cut at 0. The rest is at the size of
    half the real log: `floor` between disjoint halves of it with the interval of what is expected,
    `pair_low` … `pair_high` hold 95 % of the single pairs; `simulated` from simulated matters to a
    half; `ratio` of the two with its interval. Null where there is no ground for it: `notes` of the
    whole say why. In `unit` ("hours" or "share").
    """

    name: str
    unit: str
    published: bool
    values: tuple[float, ...]
    mean: Estimated
    floor: Estimated | None
    pair_low: float | None
    pair_high: float | None
    simulated: float | None
    ratio: Estimated | None


@dataclass(frozen=True)
class Fidelity:
    """How near simulated logs are to a real one.

    `halves`: matters on each side of floor and ratio (0: no floor); `splits`: random pairs of
    halves; `zone`: of weekdays and hours; `starts`: whether starts of steps were used;
    `criteria`: the verdicts; `seen`: what the pictures show; `notes`: what these figures rest on.
    """

    real: Side
    simulated: tuple[Side, ...]
    distances: tuple[Distance, ...]
    criteria: tuple[Held, ...]
    seen: Seen
    notes: tuple[str, ...]
    zone: str
    starts: bool
    halves: int
    splits: int
    seed: int
    confidence: float = 0.95

    def distance(self, name: str) -> Distance:
        """One distance by its name; `KeyError` for a name that is none of `NAMES`."""
        for d in self.distances:
            if d.name == name:
                return d
        raise KeyError(name)

    def held(self, *, first: bool = True) -> tuple[int, int]:
        """Criteria whose real figure the simulation holds, and those that could be judged.

        `first`: count each criterion by its first statistic, else count every figure.
        """
        judged = [
            c for c in self.criteria
            if c.verdict in ("holds", "too_low", "too_high") and (c.first or not first)
        ]  # fmt: skip
        return sum(c.verdict == "holds" for c in judged), len(judged)

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dictionary in the published form `polku.fidelity/1`."""
        holds, judged = self.held()
        return {
            "format": FORMAT,
            "real": asdict(self.real),
            "simulated": [asdict(s) for s in self.simulated],
            "zone": self.zone,
            "starts": self.starts,
            "halves": self.halves,
            "splits": self.splits,
            "seed": self.seed,
            "confidence": self.confidence,
            "distances": [asdict(d) for d in self.distances],
            "holds": holds,
            "judged": judged,
            "criteria": [asdict(c) for c in self.criteria],
            "notes": list(self.notes),
            "seen": asdict(self.seen),
        }

    def dumps(self) -> str:
        """The JSON document as text; the same fidelity gives the same bytes."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, data: AnyMapping[str, Any]) -> Fidelity:
        """The fidelity that `to_json` wrote; `LogError` when the document has another format."""
        if data.get("format") != FORMAT:
            raise LogError(
                f"fidelity: format {data.get('format')!r} is not known; this version reads {FORMAT}"
            )
        return cls(
            real=Side(**data["real"]),
            simulated=tuple(Side(**s) for s in data["simulated"]),
            distances=tuple(_distance_from(d) for d in data["distances"]),
            criteria=tuple(Held(**c) for c in data["criteria"]),
            seen=Seen.from_json(data["seen"]),
            notes=tuple(data["notes"]),
            **{k: data[k] for k in ("zone", "starts", "halves", "splits", "seed", "confidence")},
        )

    @classmethod
    def load(cls, path: str | Path) -> Fidelity:
        """Read a fidelity's JSON file; `LogError` when it is none."""
        try:
            return cls.from_json(json.loads(Path(path).read_text(encoding="utf-8")))
        except (json.JSONDecodeError, UnicodeDecodeError, TypeError, KeyError) as e:
            raise LogError(f"{path}: is no fidelity ({e}); write it anew") from e


def _distance_from(data: AnyMapping[str, Any]) -> Distance:
    given = dict(data)
    given["values"] = tuple(given["values"])
    for name in ("mean", "floor", "ratio"):
        if given[name] is not None:
            given[name] = Estimated(**given[name])
    return Distance(**given)


def fidelity(
    real: EventLog,
    simulated: Sequence[EventLog],
    *,
    splits: int = floors.SPLITS,
    seed: int = 1,
    confidence: float = 0.95,
    zone: str | None = None,
    known: Catalogue | None = None,
    path: ServicePath | None = None,
) -> Fidelity:
    """Hold simulated logs against a real log that the simulation was not made from.

    `real`: the test log; `simulated`: logs of the same length, one for each replication; `splits`:
    random pairs of halves for the noise floor, drawn by `seed`; `zone`: of weekdays and hours
    (default: the real log's, for all); `known`: criteria to judge (default: the whole catalogue;
    an empty one leaves them out); `path`: the published path, see `measure`.
    Raises `LogError` for no simulated log, or a log without events.

    >>> from polku.log.read import read
    >>> fidelity(read("test.csv"), [read("s1.csv"), read("s2.csv")]).held()  # doctest: +SKIP
    (31, 38)
    """
    simulated = tuple(simulated)
    _check(real, simulated)
    zone = zone or apart.zone_of(real)
    every = (real, *simulated)
    starts = all(apart.has_starts(log) for log in every)
    names = apart.activities(*every)
    shortest = [apart.shortest_cycle(log, starts=starts) for log in every]

    def profiled(log: EventLog, shortest: int) -> Profile:
        return apart.profile(log, names, zone=zone, starts=starts, shortest=shortest)

    profiles = [profiled(log, shortest[0]) for log in every]
    values = []
    for log, made, least in zip(simulated, profiles[1:], shortest[1:], strict=True):
        a, b = profiles[0], made
        if least < shortest[0]:  # bins of cycle times begin at the shortest of both
            a, b = profiled(real, least), profiled(log, least)
        values.append({name: apart.between(name, a, b) for name in NAMES})
    halves = floors.half_size(profiles[0].n, [p.n for p in profiles[1:]])
    near: dict[str, floors.Nearness] = {}
    if profiles[0].n >= floors.FEWEST_MATTERS:
        near = floors.nearness(
            profiles[0], profiles[1:], splits=splits, seed=seed, confidence=confidence
        )
    else:
        halves = 0
    found = tuple(
        _distance(name, [v[name] for v in values], near.get(name), confidence) for name in NAMES
    )
    return Fidelity(
        real=_side(real),
        simulated=tuple(_side(log) for log in simulated),
        distances=found,
        criteria=_criteria(real, simulated, known, path, confidence),
        seen=see(profiles[0], profiles[1:], names),
        notes=_notes(every, profiles, starts=starts, halves=halves, near=near),
        zone=zone,
        starts=starts,
        halves=halves,
        splits=max(splits, len(simulated)) if near else 0,
        seed=seed,
        confidence=confidence,
    )


def _check(real: EventLog, simulated: Sequence[EventLog]) -> None:
    if not simulated:
        raise LogError("fidelity: no simulated log is given; give at least one, better ten")
    if not real.events.height:
        raise LogError("fidelity: the real log has no events; give the log that was kept apart")
    for k, log in enumerate(simulated, 1):
        if not log.events.height:
            raise LogError(
                f"fidelity: simulated log {k} has no events; simulate as many matters as the real "
                "log has"
            )


def _distance(
    name: str, values: list[float], near: floors.Nearness | None, confidence: float
) -> Distance:
    low, high = of_mean(values, confidence) if len(values) > 1 else (None, None)
    return Distance(
        name=name,
        unit="share" if name.startswith("ngd") else "hours",
        published=name in PUBLISHED,
        values=tuple(values),
        mean=Estimated(sum(values) / len(values), None if low is None else max(low, 0.0), high),
        floor=near.floor if near else None,
        pair_low=near.pair_low if near else None,
        pair_high=near.pair_high if near else None,
        simulated=near.simulated if near else None,
        ratio=near.ratio if near else None,
    )


def _criteria(
    real: EventLog,
    simulated: Sequence[EventLog],
    known: Catalogue | None,
    path: ServicePath | None,
    confidence: float,
) -> tuple[Held, ...]:
    """All logs measured alike: the real log's mapping and horizon."""
    from polku.measure.measuring import measure

    ours = measure(real, known=known, path=path)
    horizon = ours.log.horizon_days
    theirs = [
        measure(in_terms_of(log, real), known=known, path=path, horizon_days=horizon)
        for log in simulated
    ]
    return held(ours, theirs, confidence=confidence)


def _side(log: EventLog) -> Side:
    first = log.events["time"].dt.epoch("us").min()
    starts = log.events["start"].dt.epoch("us").min()
    moments = [int(m) for m in (first, starts) if isinstance(m, int)]
    last = log.events["time"].dt.epoch("us").max()
    return Side(
        matters=log.events["case"].n_unique(),
        steps=log.events.height,
        first=_moment(min(moments)),
        last=_moment(int(last) if isinstance(last, int) else 0),
    )


def _moment(micros: int) -> str:
    return (_EPOCH + timedelta(microseconds=micros)).isoformat()


def _notes(
    every: Sequence[EventLog],
    profiles: Sequence[Profile],
    *,
    starts: bool,
    halves: int,
    near: AnyMapping[str, floors.Nearness],
) -> tuple[str, ...]:
    """What the figures rest on, a line each."""
    real, simulated = profiles[0], profiles[1:]
    out = []
    if halves:
        out.append(
            f"Floor and ratio are of {halves:,} matters against {halves:,}: distances shrink as "
            "logs grow, so only equal sizes compare. The distances themselves are of whole logs."
        )
    else:
        out.append(
            f"The real log has {real.n} matters: too few to be halved, so there is no noise floor."
        )
    if len(simulated) == 1:
        out.append(
            "One simulated log: its chance cannot be told from its error, so there is no interval "
            "and no verdict on the criteria; simulate ten replications."
        )
    if halves and real.n < floors.FEWEST_FOR_INTERVALS:
        out.append(
            f"The real log has {real.n} matters, fewer than {floors.FEWEST_FOR_INTERVALS}: floor "
            "and ratio stand without intervals."
        )
    if nought := [name.upper() for name, n in near.items() if n.floor.value == 0]:
        out.append(f"The floor of {', '.join(nought)} is 0, so there is no ratio to it.")
    out += _about_starts(every, starts=starts)
    unequal = [k for k, p in enumerate(simulated, 1) if not 0.9 <= p.n / real.n <= 1.1]
    if unequal:
        which = ", ".join(str(k) for k in unequal[:10]) + (" …" if unequal[10:] else "")
        out.append(
            f"Simulated log {which}: not as many matters as the real log's {real.n:,}; NGD counts "
            "the difference as distance, NGD of shares does not."
        )
    known, made = _present(every[:1]), _present(every[1:])
    strange, lost = sorted(made - known), sorted(known - made)
    for names, where in ((strange, "only in simulated logs"), (lost, "only in the real log")):
        if names:
            told = ", ".join(names[:8]) + (" …" if names[8:] else "")
            out.append(f"Activities {where}: {told}.")
    if unended := _open(every[0]):
        out.append(
            f"{unended} of the real log's matters are open; REDD and CTDD take them as ended with "
            "their last event, the criteria do not."
        )
    return tuple(out)


def _present(logs: Sequence[EventLog]) -> set[str]:
    return {name for log in logs for name in present(log.events["activity"])}


def _about_starts(every: Sequence[EventLog], *, starts: bool) -> list[str]:
    if starts:
        return []
    without = [
        "the real log" if k == 0 else f"simulated log {k}"
        for k, log in enumerate(every)
        if not apart.has_starts(log)
    ]
    told = ", ".join(without[:5]) + (" …" if without[5:] else "")
    return [f"No starts in {told}: all distances are of completions only."]


def _open(log: EventLog) -> int:
    return int((~log.cases["closed"]).sum()) if log.has_closed_rule else 0
