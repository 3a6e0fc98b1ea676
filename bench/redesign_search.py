"""How long a search takes on the shipped event path, and what common random numbers save in it.

    python bench/redesign_search.py [SECONDS]

From the current state without hints, on two cores: seconds until 200 candidates were tried, and
whether the front stands still: its candidates after 60 seconds against those after three quarters
of the rounds. Then for the best of the front the saving of common random numbers: replications that
independent runs would take for intervals as short. Counts of compiled functions before and after
the search show that nothing is compiled between candidates.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from machine import describe
from polku.paths import load, scenario_file
from polku.redesign.arena import FINAL, Arena, Look
from polku.redesign.candidate import Candidate
from polku.redesign.evidence_from_run import evidence_from_simulation
from polku.redesign.finding import find_moves
from polku.redesign.found import Found
from polku.redesign.prototype import Prototype
from polku.redesign.search import search
from polku.redesign.terms import Terms
from polku.redesign.tried import Tried
from polku.simulate.engine import compiled
from polku.simulate.file.read import read_scenario

RESULT = Path(__file__).parent / "results" / "redesign_search.json"
PATH, WANTED, SECONDS, JOBS, FRESH = "event-permit", 200, 60.0, 2, 30
OPTIMOS = (
    "Optimos (López-Pintado et al. 2021) reports 76 to 549 minutes for about 10,000 simulations of "
    "a model. Comparable is only how many looks a minute takes. Not comparable: other paths, logs, "
    "machines; Optimos changes how many people there are and when they work and never the path, "
    "looks at two criteria (cost and time), and compares single runs without common random numbers "
    "or intervals, where this search rewrites the path, looks at all criteria of the front, and "
    "says how sure its front is."
)


def compiled_files() -> int:
    """Compiled functions that are kept."""
    return len(list(compiled.FOLDER.rglob("*.nbc")))


def members(found: Found) -> set[str]:
    """The front of a search."""
    return set(found.front)


def saving(arena: Arena, now: Candidate, found: Found) -> dict[str, float]:
    """By axis: variance of the difference with other customers over that with the same."""
    best = found.of(found.best).candidate
    looks = [Look(c, FINAL + r) for c in (now, best) for r in range(FRESH)]
    a, b = arena.look(looks).reshape(2, FRESH, -1)
    out = {}
    for key in found.on:
        k = [x.key for x in arena.axes].index(key)
        d = b[:, k] - a[:, k]
        if np.isfinite(d).all() and d.std() > 0:
            out[key] = float((a[:, k].var(ddof=1) + b[:, k].var(ddof=1)) / d.var(ddof=1))
    return out


def measured(seconds: float) -> dict[str, Any]:
    """One search and what it did."""
    current = Prototype(load(PATH), read_scenario(scenario_file(PATH)), "current")
    now = Candidate(current, (), "current")
    begun = time.perf_counter()
    at_wanted: list[float] = []
    with Arena(current, jobs=JOBS) as arena:
        moves, refused = find_moves(evidence_from_simulation(current), Terms())
        prepared = time.perf_counter() - begun
        before = compiled_files()
        table = Tried(len(arena.axes))
        tries = time.perf_counter()

        def say(_: float | None, text: str) -> None:
            tried = int(text.split(", ")[1].split()[0])
            if tried >= WANTED and not at_wanted:
                at_wanted.append(time.perf_counter() - tries)

        found = search(arena, now, moves, [], Terms(), budget=seconds, progress=say, tried=table)
        after = compiled_files()
        rounds = found.effort.rounds
        again = search(arena, now, moves, [], Terms(), rounds=max(1, 3 * rounds // 4), tried=table)
        saved = saving(arena, now, found)
    e = found.effort
    both, either = members(found) & members(again), members(found) | members(again)
    return {
        "moves": len(moves),
        "moves_refused": len(refused),
        "axes": len(found.axes),
        "axes_of_front": len(found.on),
        "seconds_before": prepared,
        "candidates": e.candidates,
        "looks": e.looks,
        "looks_per_second": e.looks / e.seconds,
        "rounds": rounds,
        "seconds": e.seconds,
        "seconds_to_200_candidates": at_wanted[0] if at_wanted else None,
        "stopped": e.stopped,
        "undecided": e.undecided,
        "front": len(found.front),
        "front_after_three_quarters": len(again.front),
        "front_shared": len(both) / len(either),
        "best": found.best,
        "best_after_three_quarters": again.best,
        "best_score": found.of(found.best).score,
        "compiled_between": after - before,
        "replications_saved_by_common_customers": saved,
        "optimos": OPTIMOS,
    }


def main(seconds: float = SECONDS) -> None:
    results = measured(seconds)
    print(json.dumps(results, indent=1, ensure_ascii=False))
    if seconds == SECONDS:
        document = {"machine": describe(), "results": results}
        RESULT.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
