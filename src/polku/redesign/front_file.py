"""`front.json`: the result of a search as a file (format `polku.front/1`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from polku.errors import RedesignError
from polku.redesign.front import FORMAT, Front
from polku.redesign.plain_json import build, plain

NAME = "front.json"
MOST_BYTES = 200_000_000


def to_json(front: Front) -> dict[str, Any]:
    """The result as a document."""
    return {"format": FORMAT, **plain(front)}


def dumps(front: Front) -> str:
    """The document as text."""
    return json.dumps(to_json(front), ensure_ascii=False, indent=1) + "\n"


def read_front(folder: str | Path) -> Front:
    """Read the result in a folder (or the file itself).

    Raises `RedesignError`, with the place, where there is none or it is not of this form.
    """
    file = Path(folder)
    if file.is_dir():
        file = file / NAME
    if not file.is_file():
        raise RedesignError(f"{folder}: holds no {NAME}; give a folder that polku redesign wrote")
    if file.stat().st_size > MOST_BYTES:
        raise RedesignError(f"{file}: is larger than {MOST_BYTES:,} bytes; this is no front")
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as e:
        raise RedesignError(f"{file}: is no JSON ({str(e)[:80]}); take the file as written") from e
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, dict) else type(data).__name__
        raise RedesignError(f"{file}: its format is {found!r}; this version reads {FORMAT}")
    return build(Front, {k: v for k, v in data.items() if k != "format"}, str(file))
