"""A search in a process of its own that is killed goes on without loss."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_search import BELONGS, MOVES, NOW, TERMS, arena, same

from polku.redesign.search import search
from polku.redesign.tried import FILE, Tried

CHILD = """
import sys, time
from pathlib import Path
from test_search import BELONGS, MOVES, NOW, TERMS, arena
from polku.redesign.search import search
from polku.redesign.tried import Tried
search(arena(before=lambda taken: time.sleep(0.2 if taken < 150 else 600)), NOW, MOVES, [], TERMS,
       rounds=12, tried=Tried.open(Path(sys.argv[1]), BELONGS, 4))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_search_that_is_killed_goes_on_without_loss(tmp_path, how):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        cwd=Path(__file__).parent, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    file = tmp_path / FILE
    try:
        while child.poll() is None:
            if file.exists() and file.read_bytes().count(b"\n") > 100:
                child.send_signal(how)
                child.wait(60)
            time.sleep(0.05)
    finally:
        child.kill()
    assert child.returncode != 0
    table = Tried.open(tmp_path, BELONGS, 4)
    assert table.kept >= 100
    found = search(arena(), NOW, MOVES, [], TERMS, rounds=12, tried=table)
    assert same(found, search(arena(), NOW, MOVES, [], TERMS, rounds=12))
