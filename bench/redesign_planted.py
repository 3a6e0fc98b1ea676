"""Whether the search finds what is hidden, and names no wrong winner: five kinds, forty seeds.

    python bench/redesign_planted.py [SEEDS]

In each of 40 × 5 searches a move that is known to be far better is hidden among more than fifty
(`planted.py`). A search has 5 seconds on one core. It has *found* it if the best candidate makes
the planted move and, by replications that the search has not seen, its score is not more than
`INDIFFERENT` below that of the planted move alone; it names a *wrong winner* if one is named whose
score lies by more than that below the planted move alone, or below another on the front. Then the
coverage of the paired 95 % intervals (20 fresh replications, as a final report takes them) against
a long run with another seed (plain t with 20 replications; where differences are very skew, as of a
median in a nearly full queue, it covers less).
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from machine import describe
from planted import AXES, KINDS, PLANTED, Case, case
from planted_moves import merge, move, tweak
from polku.redesign.arena import FINAL, Arena, Look
from polku.redesign.candidate import Candidate
from polku.redesign.found import Found
from polku.redesign.move import Move
from polku.redesign.paired import difference, mean_of
from polku.redesign.racing import INDIFFERENT
from polku.redesign.scoring import scales, scores
from polku.redesign.search import search
from polku.redesign.terms import Terms

Floats = npt.NDArray[np.float64]
RESULT = Path(__file__).parent / "results" / "redesign_planted.json"
SEEDS, BUDGET = 40, 5.0
FRESH, INTERVAL, LONG = 30, 20, 2_000
"""Replications that judge a search, those of an interval, and those of the truth."""
WEIGHTS = {a.key: 1.0 for a in AXES}
TERMS = Terms(on=tuple(a.key for a in AXES), weights=WEIGHTS, depth=4)


def candidate(of: Case, *moves: Move) -> Candidate:
    """A candidate of a case; without moves the current state."""
    return Candidate(of.current, moves, "search" if moves else "current")


def look(arena: Arena, candidates: list[Candidate], n: int, since: int = FINAL) -> Floats:
    """Values [candidates, n, axes] of n replications."""
    looks = [Look(c, since + r) for c in candidates for r in range(n)]
    return arena.look(looks).reshape(len(candidates), n, len(AXES))


def searched(kind: str, seed: int, budget: float | None = BUDGET,
             rounds: int | None = None) -> tuple[Case, Arena, Found]:  # fmt: skip
    """One search for the planted move of a kind."""
    of = case(kind, seed)
    arena = Arena(of.current, axes=AXES, seed=seed, jobs=1)
    now = candidate(of)
    found = search(arena, now, of.moves, [], TERMS, budget=budget, rounds=rounds, seed=seed)
    return of, arena, found


def judged(of: Case, arena: Arena, found: Found) -> dict[str, Any]:
    """Whether it was found, and whether a wrong winner was named, by fresh replications."""
    now, planted = candidate(of), candidate(of, of.planted)
    rivals = {key: found.of(key).candidate for key in (*found.front[:4], found.best)}
    others = [c for key, c in rivals.items() if key not in (now.key, planted.key)]
    values = look(arena, [now, planted, *others], FRESH)
    scale = scales(AXES, values[0])
    score = scores(AXES, WEIGHTS, scale, values, values[0][None])
    truth = dict(zip([now.key, planted.key, *(c.key for c in others)],
                     score.mean(axis=1).tolist(), strict=True))  # fmt: skip
    best = found.best
    makes = of.planted.key in {m.key for m in found.of(best).candidate.moves}
    is_found = makes and truth[best] >= truth[planted.key] - INDIFFERENT
    wrong = found.winner is not None and any(
        truth[found.winner] < t - INDIFFERENT for t in truth.values()
    )
    return {
        "found": is_found, "named": found.winner is not None, "wrong": wrong,
        "score": truth[best], "planted_score": truth[planted.key],
    }  # fmt: skip


def probes(of: Case) -> list[Candidate]:
    """Candidates whose intervals are held against the truth."""
    return [candidate(of), candidate(of, of.planted), candidate(of, tweak("register", 0.85, 0.95)),
            candidate(of, move("planted-wait", "check", days=2.0)),
            candidate(of, merge("register", "check", 0.9, 1.2))]  # fmt: skip


def truths(kind: str) -> Floats:
    """True differences to the current state [probes, axes], by a long run with another seed."""
    of = case(kind, 0)
    arena = Arena(of.current, axes=AXES, seed=1_000_003, jobs=1)
    values = look(arena, probes(of), LONG)
    out: Floats = (values[1:] - values[0]).mean(axis=1)
    return out


def covered(of: Case, arena: Arena, truth: Floats) -> list[bool]:
    """For each probe and axis with any spread whether the interval holds the truth."""
    values = look(arena, probes(of), INTERVAL)
    out = []
    for p in range(1, len(values)):
        for k in range(len(AXES)):
            m = mean_of(difference(values[p][:, k], values[0][:, k]))
            if m.low is not None and m.high is not None and m.sd:
                out.append(bool(m.low <= truth[p - 1, k] <= m.high))
    return out


def one(kind: str, seed: int, truth: Floats) -> dict[str, Any]:
    """Everything about one kind and seed."""
    begun = time.perf_counter()
    of, arena, found = searched(kind, seed)
    spent = time.perf_counter() - begun
    inside = covered(of, arena, truth)
    e = found.effort
    return {
        "kind": kind, "seed": seed, **judged(of, arena, found), "seconds": spent,
        "candidates": e.candidates, "looks": e.looks, "rounds": e.rounds, "best": found.best,
        "winner": found.winner, "intervals": len(inside), "covered": sum(inside),
    }  # fmt: skip


def warm() -> None:
    """Let everything be compiled before a clock runs."""
    searched(KINDS[0], 0, budget=None, rounds=2)


def main(seeds: int = SEEDS) -> None:
    with ProcessPoolExecutor(2, get_context("spawn"), warm) as pool:
        truth = dict(zip(KINDS, pool.map(truths, KINDS), strict=True))
        tasks = [pool.submit(one, kind, s, truth[kind])
                 for s in range(1, seeds + 1) for kind in KINDS]  # fmt: skip
        rows = []
        for t in tasks:
            rows.append(t.result())
            r = rows[-1]
            print(r["kind"], r["seed"], "found" if r["found"] else "NOT FOUND",
                  "WRONG" if r["wrong"] else r["named"], file=sys.stderr)  # fmt: skip
    total = len(rows)
    by_kind = {
        kind: {
            "moves": len(case(kind, 1).moves), "planted": PLANTED[kind].key,
            "found": sum(r["found"] for r in rows if r["kind"] == kind),
            "named": sum(r["named"] for r in rows if r["kind"] == kind),
            "wrong": sum(r["wrong"] for r in rows if r["kind"] == kind),
            "coverage": sum(r["covered"] for r in rows if r["kind"] == kind)
            / sum(r["intervals"] for r in rows if r["kind"] == kind),
        }
        for kind in KINDS
    }  # fmt: skip
    results = {
        "searches": total, "found": sum(r["found"] for r in rows),
        "winner_named": sum(r["named"] for r in rows), "wrong": sum(r["wrong"] for r in rows),
        "seconds_median": float(np.median([r["seconds"] for r in rows])),
        "seconds_most": max(r["seconds"] for r in rows),
        "looks_median": float(np.median([r["looks"] for r in rows])),
        "candidates_median": float(np.median([r["candidates"] for r in rows])),
        "intervals": sum(r["intervals"] for r in rows),
        "coverage": sum(r["covered"] for r in rows) / sum(r["intervals"] for r in rows),
        "by_kind": by_kind,
        "not_found": [r for r in rows if not r["found"] or r["wrong"]],
    }  # fmt: skip
    print(json.dumps(results, indent=1))
    if seeds == SEEDS:
        document = {"machine": describe(), "results": results}
        RESULT.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
