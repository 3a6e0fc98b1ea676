"""What all tests share: where the public logs are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of the public logs: `POLKU_DATA`, else `../shared/data` from the project's root.

    They may not be passed on with the project, so a clone without them skips; a `POLKU_DATA` that
    points nowhere is a mistake and fails.
    """
    named = os.environ.get("POLKU_DATA")
    folder = Path(named) if named else ROOT / ".." / "shared" / "data"
    if (folder / "receipt" / "receipt.xes.gz").is_file():
        return folder.resolve()
    if named:
        pytest.fail(f"POLKU_DATA is {named!r}, where no receipt/receipt.xes.gz stands")
    pytest.skip(f"the public logs are not at {folder}; fetch them and set POLKU_DATA")
