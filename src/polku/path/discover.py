"""Discovery: the service path that a log's matters went, and how good a picture of them it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from polku.errors import LogError
from polku.log.eventlog import EventLog
from polku.path.mining.mine import mined
from polku.path.mining.mine_follows import mine_follows
from polku.path.mining.precision import precision
from polku.path.mining.simplicity import simplicity
from polku.path.mining.tree import Tree
from polku.path.mining.tree_language import Automaton
from polku.path.mining.tree_to_path import to_path
from polku.path.model import Path
from polku.path.ways import Ways, ways

How = Literal["variants", "graph"]

LARGEST = 30_000_000
"""Up to this size a log is mined by its ways: the events of its distinct ways times its activities.
A log of 1,170 ways, 52,000 events in them and 398 activities is just under it."""

_Kept = list[tuple[tuple[str, ...], int]]


@dataclass(frozen=True)
class Quality:
    """How good a picture of a log a path is.

    `fitness`: share of the log that the path explains, None where it was not worked out;
    `guaranteed`: it is 1 by the way in which the path was found; `matters`: in the log; `fitting`:
    of these, matters whose whole way the path allows; `precision`: escaping edges, with the
    fitting beginnings of ways (see `polku.path.mining.precision`); `simplicity`: inverse arc
    degree; `steps`, `gateways`, `flows`: counts of the path; `left_out`: activities of the log that
    the path does not have; `undecided`: matters whose alignment was not found.
    """

    fitness: float | None
    guaranteed: bool
    matters: int
    fitting: int
    precision: float
    simplicity: float
    steps: int
    gateways: int
    flows: int
    left_out: tuple[str, ...] = ()
    undecided: int = 0


@dataclass(frozen=True)
class Discovery:
    """A discovered path.

    `tree`: its process tree; `how`: from the ways of the log ("variants") or from its
    directly-follows graph ("graph"); `noise`, `share`: as asked for; `ways_kept` of `ways_all`
    distinct ways, with `matters_kept` matters, were looked at; `limits`: what the size of the log
    did to the path, in sentences.
    """

    path: Path
    tree: Tree
    how: How
    noise: float
    share: float | None
    ways_kept: int
    ways_all: int
    matters_kept: int
    quality: Quality = field(repr=False)
    limits: tuple[str, ...] = ()

    def aligned(self, log: EventLog) -> Discovery:
        """The same with the fitness of its matters, worked out by alignments where it is not sure.

        It is the mean over the matters of 1 − deviations ÷ the most there could be; matters that
        cannot be decided are left out and counted in `quality.undecided`.
        """
        if self.quality.guaranteed:
            return self
        from polku.path.conform import conform

        whole = conform(log, self.path).whole
        quality = replace(self.quality, fitness=whole.mean_fitness, undecided=whole.undecided)
        return replace(self, quality=quality)

    @property
    def quality_lines(self) -> tuple[str, ...]:
        """The quality in a few sentences."""
        q = self.quality
        lines = []
        if q.guaranteed:
            lines.append("Fitness 1, by construction: every way of the log is a way of the path")
        elif q.fitness is not None:
            beside = f"; {q.undecided:,} matters could not be decided" if q.undecided else ""
            lines.append(f"Fitness {q.fitness:.3f}, by alignments{beside}")
        share = q.fitting / q.matters if q.matters else 1.0
        lines += [
            f"{q.fitting:,} of {q.matters:,} matters ({share:.0%}) went a way that the path allows "
            "as it is",
            f"Precision {q.precision:.3f}: of what the path allows next, weighted by matters, that "
            "share was done (escaping edges)",
            f"Simplicity {q.simplicity:.3f} (inverse arc degree): {q.steps:,} steps, "
            f"{q.gateways:,} gateways, {q.flows:,} flows",
        ]
        if q.left_out:
            shown = ", ".join(q.left_out[:5]) + (" …" if len(q.left_out) > 5 else "")
            are = "activity of the log is" if len(q.left_out) == 1 else "activities of the log are"
            lines.append(f"{len(q.left_out):,} {are} not in the path: {shown}")
        return (*lines, *self.limits)


def discover(
    log: EventLog,
    noise: float = 0.0,
    share: float | None = None,
    how: Literal["auto", "variants", "graph"] = "auto",
) -> Discovery:
    """Discover the service path of a log with the Inductive Miner.

    `noise` 0 to 1: what is rarer than this share of its strongest alternative is left out where
    the log cannot be divided with it; `share` above 0 to 1: only the most frequent ways are looked
    at, as many as are needed for this share of the matters; `how`: from the ways ("variants"), with
    the guarantee that without `noise` and `share` the path allows every way of the log, or from
    the directly-follows graph ("graph"), faster and without that guarantee; "auto": from the ways
    up to the size `LARGEST`.

    Raises `ValueError` for a number out of its range, `LogError` for a log without events.
    """
    if not 0 <= noise <= 1:
        raise ValueError(f"noise is {noise}; it is a share from 0 to 1")
    if share is not None and not 0 < share <= 1:
        raise ValueError(f"share is {share}; it is a share above 0, at most 1")
    if how not in ("auto", "variants", "graph"):
        raise ValueError(f"how is {how!r}; it is auto, variants or graph")
    every = ways(log)
    if log.events.height == 0:
        raise LogError("the log has no events, so no path can be discovered; read one that has")
    all_ways = list(zip(every.sequences, every.counts, strict=True))
    kept = _kept(every, share)
    chosen: How = _chosen(kept) if how == "auto" else how
    tree, limits = _mined(kept, noise, chosen, asked=how != "auto")
    matters = sum(n for _, n in kept)
    process = Automaton(tree)
    notes = [*_notes(every, kept, noise, chosen), *limits]
    if unfinished := int(log.cases["closed"].eq(False).sum()):  # null: not known
        notes.append(
            f"{unfinished:,} of {every.matters:,} matters are open: their ways stop where the log "
            "stops, so the path can stop there too"
        )
    path = to_path(tree, log, of=all_ways, notes=notes, process=process)
    exact = chosen == "variants" and noise == 0 and len(kept) == len(every)
    return Discovery(
        path, tree, chosen, noise, share, len(kept), len(every), matters,
        _quality(path, tree, process, all_ways, exact), limits,
    )  # fmt: skip


def _kept(every: Ways, share: float | None) -> _Kept:
    """The most frequent ways until their matters are the share."""
    found: _Kept = []
    wanted, had = (1.0 if share is None else share) * every.matters, 0
    for way, n in zip(every.sequences, every.counts, strict=True):
        if had >= wanted:
            break
        found.append((way, n))
        had += n
    return found


def _size(kept: _Kept) -> tuple[int, int]:
    """The events of the ways, and their activities."""
    return sum(len(way) for way, _ in kept), len({a for way, _ in kept for a in way})


def _chosen(kept: _Kept) -> How:
    events, activities = _size(kept)
    return "variants" if events * activities <= LARGEST else "graph"


def _mined(kept: _Kept, noise: float, how: How, asked: bool) -> tuple[Tree, tuple[str, ...]]:
    """The tree, and what the size of the log did to it."""
    events, activities = _size(kept)
    if how == "graph":
        large = (
            f"The log is too large to be divided way by way ({events:,} events in its ways, "
            f"{activities:,} activities): only what directly follows what was looked at"
        )
        return mine_follows(kept, noise), () if asked else (large,)
    found = mined(kept, noise)
    n = found.passed_over
    wild = (
        f"The log has very many activities ({activities:,}): in {n:,} "
        f"{'place' if n == 1 else 'places'} of the path the search for what is done side by side "
        "was left off, so more may be allowed there than need be"
    )
    return found.tree, (wild,) if n else ()


def _notes(every: Ways, kept: _Kept, noise: float, how: How) -> list[str]:
    source = "its ways" if how == "variants" else "its directly-follows graph"
    notes = [
        f"Discovered by the Inductive Miner from {source}: {every.matters:,} matters, "
        f"{len(every):,} distinct ways"
    ]
    if noise:
        notes.append(f"Noise {noise:g}: what is rarer than that share of the usual was left out")
    if len(kept) < len(every):
        notes.append(
            f"Only the {len(kept):,} most frequent ways were looked at, those of "
            f"{sum(n for _, n in kept):,} of {every.matters:,} matters"
        )
    return notes


def _quality(path: Path, tree: Tree, process: Automaton, every: _Kept, exact: bool) -> Quality:
    found = precision(process, every)
    known = set(tree.activities)
    return Quality(
        fitness=1.0 if exact else None,
        guaranteed=exact,
        matters=sum(n for _, n in every),
        fitting=found.fitting,
        precision=found.value,
        simplicity=simplicity(path),
        steps=len(path.steps),
        gateways=len(path.gateways),
        flows=len(path.flows),
        left_out=tuple(sorted({a for way, _ in every for a in way} - known)),
    )
