"""Run one task in a process of its own, and say how long it took and how much memory it had.

The last line that the process prints is JSON: what it wants to tell, "seconds" among it; the peak
of its resident memory and its processor time are added here, from the operating system's count.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from statistics import median
from typing import Any


def run(command: list[str], *, environment: dict[str, str] | None = None) -> dict[str, Any]:
    """Run a command; returns its JSON with "whole_seconds" and "peak_mb" added."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
    )
    assert process.stdout is not None
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    took = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}")
    lines = [line for line in text.splitlines() if line.startswith("{")]
    told: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return {
        **told,
        "whole_seconds": took,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1024,
    }


def repeated(command: list[str], times: int) -> dict[str, Any]:
    """Run a command several times: medians of every number, all whole times beside."""
    return medians([run(command) for _ in range(times)])


def medians(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians of every number that runs told, all whole times beside."""
    out: dict[str, Any] = {"runs": [round(r["whole_seconds"], 3) for r in runs]}
    for key, value in runs[0].items():
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        out[key] = median(r[key] for r in runs) if numeric else value
    return out


def python(script: str, *arguments: str | Path) -> list[str]:
    """The command that runs a script of this folder with the interpreter of this process."""
    import sys

    return [sys.executable, str(Path(__file__).with_name(script)), *map(str, arguments)]
