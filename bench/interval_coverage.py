"""Bias and coverage of the estimators where the truth is known, over thousands of runs.

    python bench/interval_coverage.py                  all cells, half an hour on one processor
    python bench/interval_coverage.py --runs 100 --turning-runs 100 -o other.json   a quick look
    python bench/interval_coverage.py --tables         rewrite the docs' tables from the JSON

The matters come from `tests/measure/truth.py`. It goes through all cells in five passes and writes
the result after each, so a bench that is stopped leaves what it has; the same seeds give the same
numbers on every machine.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "measure"))

from truth import (  # noqa: E402
    HORIZON,
    OPEN_SHARES,
    STEADY,
    TURNING,
    Estimator,
    Score,
    as_if_closed,
    by_kind,
    closed_only,
    figures,
    relative,
    study,
    truth,
    window_for,
)

RESULTS = ROOT / "bench" / "results" / "coverage.json"
DOCS = ROOT / "docs" / "explanation" / "open-matters.md"
WORLDS = {"steady": STEADY, "turning": TURNING}
NAIVE: dict[str, Estimator] = {
    "closed only": closed_only,
    "as if closed": as_if_closed,
    "other short cuts": relative,
}
ESTIMATORS: dict[str, Estimator] = {"polku": figures, "polku by kind": by_kind, **NAIVE}
NAMES = (
    "lead_time p50", "lead_time p80", "lead_time p90", "on_time", "promise_kept", "units_met",
    "first_time_right", "withdrawn", "mean time", "waiting p50",
)  # fmt: skip
LEAST_REACHED = 0.95
PASSES = 5


def plan(runs: int, turning: int, naive: int) -> list[tuple[str, int, float, str, int]]:
    """The cells: world, matters, open share, estimator, runs."""
    cells = [("steady", n, o, "polku", runs) for n in (2000, 400) for o in OPEN_SHARES]
    cells += [
        ("turning", n, o, name, turning)
        for n in (2000, 400)
        for o in OPEN_SHARES[1:]
        for name in ("polku by kind", "polku")
        if n == 2000 or name == "polku by kind"
    ]
    cells += [("steady", 2000, o, name, naive) for o in OPEN_SHARES[1:] for name in NAIVE]
    return sorted(cells, key=lambda c: (c[1] == 400, c[0] == "turning"))


def rows_of(
    world: str, n: int, open_share: float, estimator: str, scores: dict[str, Score],
    true: dict[str, float],
) -> list[dict[str, Any]]:  # fmt: skip
    """The rows of one cell, one per figure."""
    return [
        {
            "world": world, "n": n, "open": open_share, "estimator": estimator, "figure": figure,
            **{
                k: round(v, 4) if isinstance(v, float) else v
                for k, v in score.result(true[figure]).items()
            },
        }
        for figure, score in scores.items()
    ]  # fmt: skip


def tables(result: dict[str, Any]) -> str:
    """The tables of the docs, as Markdown."""
    rows = result["rows"]
    lines = [
        f"Truth: {', '.join(f'{k} {v:.3f}' for k, v in result['truth']['steady'].items())} "
        f"(times in days; units_met, first_time_right, withdrawn and mean time within "
        f"{HORIZON:.0f} days). "
        f"Measured on {result['machine']}.",
        "",
        "**Polku, steady mix of kinds**: coverage of the 95 % interval in per cent, and bias in "
        "per cent of the truth ± its Monte-Carlo error.",
        "",
        *_table(rows, "steady", ["polku"]),
        "",
        "**Polku, the mix of kinds turns**: stratified by kind, and plain (which warns).",
        "",
        *_table(rows, "turning", ["polku by kind", "polku"]),
        "",
        "**What is often done instead**, steady mix.",
        "",
        *_table(rows, "steady", list(NAIVE)),
    ]
    return "\n".join(lines)


def _table(rows: list[dict[str, Any]], world: str, estimators: list[str]) -> list[str]:
    out = [
        "| figures | matters | open | runs | " + " | ".join(NAMES) + " |",
        "|" + "---|" * (4 + len(NAMES)),
    ]
    for estimator in estimators:
        keys = sorted({(r["n"], r["open"]) for r in rows
                       if r["world"] == world and r["estimator"] == estimator})  # fmt: skip
        for n, share in keys:
            mine = {
                r["figure"]: r for r in rows
                if (r["world"], r["estimator"], r["n"], r["open"]) == (world, estimator, n, share)
            }  # fmt: skip
            runs = max(r["runs"] for r in mine.values())
            cells = [_cell(mine.get(name)) for name in NAMES]
            out.append(f"| {estimator} | {n} | {share:.0%} | {runs} | {' | '.join(cells)} |")
    return out


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    if row["unreached"] > (1 - LEAST_REACHED) * row["runs"]:
        return f"not reached in {row['unreached'] / row['runs']:.0%}"
    return f"{row['coverage']:.1f}; {row['bias']:+.2f} ± {row['bias_error']:.2f}"


def write_tables(result: dict[str, Any], docs: Path) -> None:
    """Put the tables between the two marks of the page."""
    begin, end = "<!-- coverage: begin -->\n", "\n<!-- coverage: end -->"
    text = docs.read_text(encoding="utf-8")
    head, rest = text.split(begin, 1)
    _, tail = rest.split(end, 1)
    docs.write_text(head + begin + tables(result) + end + tail, encoding="utf-8")


def main() -> None:
    """Run the cells, write JSON and tables, say how far it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--turning-runs", type=int, default=2_000)
    parser.add_argument("--naive-runs", type=int, default=1_000)
    parser.add_argument("-o", type=Path, default=RESULTS)
    parser.add_argument("--tables", action="store_true", help="only rewrite the tables")
    args = parser.parse_args()
    if args.tables:
        write_tables(json.loads(args.o.read_text(encoding="utf-8")), DOCS)
        return
    import numpy

    true = {name: truth(world) for name, world in WORLDS.items()}
    result: dict[str, Any] = {
        "format": "polku.coverage/1",
        "machine": f"{platform.machine()}, Python {platform.python_version()}, "
        f"numpy {numpy.__version__}",
        "truth": {n: {k: round(v, 6) for k, v in t.items()} for n, t in true.items()},
        "windows_days": {
            name: {str(o): round(window_for(world, o), 2) for o in OPEN_SHARES[1:]}
            for name, world in WORLDS.items()
        },
        "rows": [],
    }
    begun = time.perf_counter()
    cells = plan(args.runs, args.turning_runs, args.naive_runs)
    scores: list[dict[str, dict[str, Score]]] = [{name: {}} for *_, name, _ in cells]
    args.o.parent.mkdir(parents=True, exist_ok=True)
    for k in range(PASSES):
        for (world, n, share, name, runs), score in zip(cells, scores, strict=True):
            some = range(runs * k // PASSES, runs * (k + 1) // PASSES)
            study(WORLDS[world], n, share, some, {name: ESTIMATORS[name]}, true[world], score)
        result["rows"] = [
            row
            for (world, n, share, name, _), score in zip(cells, scores, strict=True)
            for row in rows_of(world, n, share, name, score[name], true[world])
        ]
        args.o.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(f"{time.perf_counter() - begun:7.0f} s  pass {k + 1} of {PASSES}", flush=True)
    if args.o.resolve() == RESULTS:
        write_tables(result, DOCS)


if __name__ == "__main__":
    main()
