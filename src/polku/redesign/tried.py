"""What was tried: every look of a search, kept in a file, so that a search can go on after a halt.

A look is a pure function of candidate and replication, and a search of its looks; so a search that
begins again with the looks of one that was halted walks the same way, and only takes new looks
where the other had come to.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from polku.errors import RedesignError

Floats = npt.NDArray[np.float64]
FILE = "tried.jsonl"
FORMAT = "polku.tried/1"


class Tried:
    """Values by candidate and replication, f8[axes] each; with a folder they are kept in a file.

    `failures`: by a candidate's key why it cannot be simulated; `cut_off`: lines at the end of the
    file that a kill had left half written (they are taken out, their looks are taken again);
    `kept`: looks that were in the file.
    """

    def __init__(self, axes: int) -> None:
        self.axes = axes
        self.failures: dict[str, str] = {}
        self.cut_off = 0
        self.kept = 0
        self._values: dict[str, dict[int, Floats]] = {}
        self._file: IO[str] | None = None

    @classmethod
    def open(cls, folder: Path, belongs: Mapping[str, str], axes: int) -> Tried:
        """The table of a folder: a new one, or the one that is there if it belongs to the same.

        Parameters: `belongs`, what all its looks depend on, by name (`belonging`). Raises
        `RedesignError` that says what differs, or where the file is none of this kind.
        """
        made = cls(axes)
        file = folder / FILE
        head = {"format": FORMAT, **belongs}
        if not file.exists() or not file.read_bytes().strip():
            folder.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(head) + "\n", encoding="utf-8")
        else:
            made._read(file, head)
        made._file = file.open("a", encoding="utf-8")
        return made

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __len__(self) -> int:
        return sum(len(r) for r in self._values.values())

    def has(self, key: str, replication: int) -> bool:
        """Whether a look is there."""
        return replication in self._values.get(key, ())

    def add(self, looks: Iterable[tuple[str, int, Floats]], failures: Mapping[str, str]) -> None:
        """Keep looks (key, replication, f8[axes]) and why candidates could not be simulated."""
        lines: list[dict[str, object]] = []
        for key, why in failures.items():
            if key not in self.failures:
                self.failures[key] = why
                lines.append({"c": key, "failed": why})
        for key, replication, values in looks:
            self._values.setdefault(key, {})[replication] = values
            lines.append({"c": key, "r": replication, "v": [_out(v) for v in values.tolist()]})
        if self._file is not None:
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            self._file.write(text)
            self._file.flush()

    def values(self, key: str, replications: int) -> Floats:
        """Values of the first replications of a candidate [replications, axes]; nan: not there."""
        out = np.full((replications, self.axes), np.nan)
        for r, values in self._values.get(key, {}).items():
            if r < replications:
                out[r] = values
        return out

    def _read(self, file: Path, head: Mapping[str, str]) -> None:
        data = file.read_bytes()
        whole = data.rfind(b"\n") + 1
        lines = data[:whole].split(b"\n")[:-1]
        if whole < len(data):
            self.cut_off = 1
            if not lines:
                raise RedesignError(f"{file}: its first line is cut off; delete the file")
            with file.open("r+b") as f:
                f.truncate(whole)
        for k, line in enumerate(lines):
            try:
                entry = json.loads(line.decode("utf-8"))
                if not isinstance(entry, dict):
                    raise ValueError
                if k == 0:
                    _same(file, entry, head)
                elif "failed" in entry:
                    self.failures[entry["c"]] = entry["failed"]
                else:
                    values = np.array([_in(v) for v in entry["v"]], dtype=np.float64)
                    if len(values) != self.axes:
                        raise ValueError
                    if type(entry["r"]) is not int or entry["r"] < 0:
                        raise ValueError
                    self._values.setdefault(entry["c"], {})[entry["r"]] = values
            except (ValueError, KeyError, TypeError):
                raise RedesignError(
                    f"{file}: line {k + 1} is no look of a search; delete the file to begin anew"
                ) from None
        self.kept = len(self)


def _same(file: Path, found: Mapping[str, Any], wanted: Mapping[str, str]) -> None:
    different = [k for k in {**wanted, **found} if found.get(k) != wanted.get(k)]
    if different:
        k = different[0]
        more = f" (and {', '.join(different[1:])})" if len(different) > 1 else ""
        raise RedesignError(
            f"{file}: belongs to a search with another {k}{more}: {_short(found.get(k))}, now "
            f"{_short(wanted.get(k))}; take another folder, or delete the file to begin anew"
        )


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "…"


def _out(value: float) -> float | str | None:
    """Exact in JSON: the shortest text that reads back the same, "inf", or null for nan."""
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")


def _in(value: float | str | None) -> float:
    return math.nan if value is None else float(value)


def digest(things: object) -> str:
    """SHA-256 (hex) of what frozen dataclasses say of themselves."""
    return hashlib.sha256(repr(things).encode()).hexdigest()


def belonging(
    seed: int, axes: Sequence[str], setting: object, path_hash: str, scenario_hash: str,
    others: Mapping[str, object],
) -> dict[str, str]:  # fmt: skip
    """What looks depend on, as the first line of the file has it.

    `others`: by name what else (terms, moves, prototypes of people), told by its `digest`.
    """
    from polku import __version__

    return {
        "version": __version__,
        "path": path_hash,
        "scenario": scenario_hash,
        "seed": str(seed),
        "axes": ", ".join(axes),
        "setting": str(setting),
        **{name: digest(thing) for name, thing in others.items()},
    }
