"""A TOML document as people write it: what is wrong with the file is said in one line."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from polku.errors import PolkuError


def read_toml(path: Path, error: type[PolkuError]) -> dict[str, Any]:
    """The document in a TOML file, before anything is known of its keys.

    Raises `error` when the file cannot be opened, is no UTF-8 or no TOML (with the line), or is
    nested deeper than any document that Polku knows.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise error(f"{path}: cannot be read ({e.strerror}); check the path") from e
    except UnicodeDecodeError as e:
        raise error(f"{path}: is not UTF-8 at byte {e.start}; save it as UTF-8") from e
    except tomllib.TOMLDecodeError as e:
        raise error(f"{path}: is not TOML: {e}; correct that line") from e
    except RecursionError as e:
        raise error(
            f"{path}: has brackets nested too deep to read; write lists and tables as in the docs"
        ) from e
