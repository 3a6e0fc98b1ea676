"""What Prosimos itself says on its own parameter files: mean cycle times with intervals.

    python bench/simulate_prosimos.py            all file pairs of the data folder, some minutes

Prosimos is installed into an environment of its own under bench/out/prosimos. What it finds goes
to bench/results/simulate_prosimos.json, against which `tests/simulate/test_prosimos_equal.py`
holds Polku. The files themselves are read where they lie and never copied, but for those with laws
that this version of Prosimos does not know: they are rewritten for the run (`known_laws`).
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import subprocess
import tempfile
import venv
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from scipy import stats

from machine import describe

HERE = Path(__file__).parent
OUT = HERE / "out"
RESULT = HERE / "results" / "simulate_prosimos.json"
VERSION = "2.1.0"
START = "2024-01-01T09:00:00.000000+00:00"
"""a Monday"""

_CONDITIONS = ("no", "one", "one_true", "all_true", "multiple_true", "all_false")

PAIRS: dict[str, tuple[str, str, int, int]] = {
    "and_example": ("and_example/AND_join.bpmn", "and_example/AND_join.json", 100, 2000),
    "timer_with_task": ("timer_with_task.bpmn", "timer_with_task.json", 20, 2),
    "1_task-batch": ("1_task-batch.bpmn", "1_task-batch.json", 8, 2),
    "or_xor_follow": ("test_and_or.bpmn", "test_or_xor_follow.json", 20, 4000),
    "or_not_xor_follow": ("test_and_or.bpmn", "test_or_not_xor_follow.json", 20, 4000),
    **{
        f"{gateway}_{condition}": (
            f"gateway_conditions/gateway_condition_{gateway}_model.bpmn",
            f"gateway_conditions/gateway_{condition}_condition.json",
            500,
            40,
        )
        for gateway in ("xor", "or")
        for condition in _CONDITIONS
    },
}
"""Name: the two files, cases in a run, runs."""


def peer(home: Path, *packages: str) -> Path:
    """The interpreter of an environment with these packages, made once."""
    interpreter = home / "bin" / "python"
    if not interpreter.exists():
        venv.create(home, with_pip=True)
        subprocess.run([interpreter, "-m", "pip", "install", "-q", *packages], check=True)
    return interpreter


def ask(interpreter: Path, task: str, order: dict[str, Any]) -> dict[str, Any]:
    """Let a peer do a task (`peer_simulate.py`); a peer that fails raises CalledProcessError."""
    command = [str(interpreter), str(HERE / "peer_simulate.py"), task]
    done = subprocess.run(
        command, input=json.dumps(order), capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def known_laws(document: Any) -> Any:
    """The same parameters in laws that Prosimos 2.1.0 knows.

    An exponnorm [K, loc, scale, low, high] becomes the normal law with the mean and the deviation
    that exponnorm has without its bounds, in the same bounds; the five numbers of a lognorm
    [s, loc, scale, low, high], of which 2.1.0 reads the first as the mean, become a uniform law
    between the same bounds. Both are said in the result's note.
    """
    if isinstance(document, list):
        return [known_laws(d) for d in document]
    if not isinstance(document, dict):
        return document
    name, numbers = document.get("distribution_name"), document.get("distribution_params", [])
    if name == "exponnorm" and len(numbers) == 5:
        k, loc, scale, low, high = (float(n["value"]) for n in numbers)
        mean, deviation = loc + k * scale, scale * math.sqrt(1 + k * k)
        values = [mean, deviation, low, high]
        new = {"distribution_name": "norm", "distribution_params": [{"value": v} for v in values]}
        return {**document, **new}
    if name == "lognorm" and len(numbers) == 5:
        bounds = [{"value": float(n["value"])} for n in numbers[3:]]
        return {**document, "distribution_name": "uniform", "distribution_params": bounds}
    return {k: known_laws(v) for k, v in document.items()}


def parameters(file: Path, folder: Path) -> tuple[Path, bool]:
    """The file, or where it has unknown laws its rewriting in a folder; whether rewritten."""
    given = json.loads(file.read_text(encoding="utf-8"))
    known = known_laws(given)
    if known == given:
        return file, False
    new = folder / file.name
    new.write_text(json.dumps(known), encoding="utf-8")
    return new, True


def gaps(arrivals: list[float] | None) -> list[Any] | None:
    """Moments of arrival (s since 1970) as the first, and [how many, gap] one after another.

    None where they differ from run to run.
    """
    if arrivals is None:
        return None
    runs: list[list[float]] = []
    for gap in (b - a for a, b in itertools.pairwise(arrivals)):
        if runs and runs[-1][1] == gap:
            runs[-1][0] += 1
        else:
            runs.append([1, gap])
    return [arrivals[0], runs]


def interval(means: list[float], level: float = 0.99) -> tuple[float, float, float]:
    """Mean of the runs' means, its standard error and the half-width of its t-interval."""
    error = stdev(means) / math.sqrt(len(means)) if len(means) > 1 else 0.0
    return fmean(means), error, error * float(stats.t.ppf((1 + level) / 2, len(means) - 1))


def main() -> None:
    data = HERE.resolve().parents[1] / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("POLKU_DATA", data)))
    parser.add_argument("--only", default="", help="names, separated by commas")
    parser.add_argument("--peer", type=Path, help="interpreter with prosimos")
    given = parser.parse_args()
    interpreter = given.peer or peer(OUT / "prosimos", f"prosimos=={VERSION}")
    wanted = [n for n in given.only.split(",") if n] or list(PAIRS)
    before = json.loads(RESULT.read_text()) if RESULT.exists() else {"pairs": {}}
    document: dict[str, Any] = {"machine": describe(), "start": START, "pairs": before["pairs"]}
    for name in wanted:
        bpmn, parameter_file, cases, runs = PAIRS[name]
        with tempfile.TemporaryDirectory() as folder:
            file, rewritten = parameters(given.data / "prosimos" / parameter_file, Path(folder))
            order = {
                "bpmn": str(given.data / "prosimos" / bpmn),
                "json": str(file),
                "cases": cases,
                "runs": runs,
                "seed": 1,
                "start": START,
            }
            found = ask(interpreter, "cycle", order)
        mean, error, half = interval(found["means"])
        document["versions"] = found["versions"]
        document["pairs"][name] = {
            "files": [bpmn, parameter_file],
            "laws_rewritten": rewritten,
            "cases": cases,
            "runs": runs,
            "mean_s": mean,
            "se_s": error,
            "half_99_s": half,
            "rows_a_run": found["rows"],
            "arrivals": gaps(found["arrivals"]),
        }
        print(f"{name:<24} {mean:14.4f} s ± {half:.4f}  ({runs} runs of {cases})", flush=True)
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
