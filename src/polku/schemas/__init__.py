"""Published JSON Schemas of the documents that Polku writes and reads."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
"""Where the schemas stand; `polku-1.xsd` among them, of Polku's facts in a BPMN file."""

NAMES = (
    "measurement", "comparison", "inspection", "check", "conform", "diff", "scenario", "fidelity",
    "front",
    "choice", "prediction", "kept",
)  # fmt: skip


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a document, by name (see `NAMES`).

    Raises `KeyError` for a name that is none of these.

    >>> schema("comparison")["properties"]["format"]["const"]
    'polku.comparison/1'
    """
    if name not in NAMES:
        raise KeyError(f"no schema {name!r}; known are {', '.join(NAMES)}")
    text = files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
