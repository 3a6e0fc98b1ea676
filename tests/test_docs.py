"""The documents are true: their commands run, their links lead somewhere, their pages are current.

In a page that is executed, ```console blocks hold commands after "$ " and lines that must appear in
their output ("…" stands for anything); ```python blocks run as one program; a block with
`file=NAME` in its head is written to that file first.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
EXECUTED = [
    p for p in PAGES if "<!-- executed -->" in p.read_text(encoding="utf-8").splitlines()[:3]
]
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.M | re.S)


def commands(block: str) -> list[tuple[str, list[str]]]:
    out: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            out.append((line[2:], []))
        elif out and out[-1][0].endswith("\\"):
            out[-1] = (out[-1][0] + "\n" + line, [])
        elif line.strip() and out:
            out[-1][1].append(line)
    return out


def appears(expected: str, output: str) -> bool:
    parts = [re.escape(" ".join(p.split())) for p in expected.split("…")]
    pattern = ".*".join(parts)
    return any(re.search(pattern, " ".join(line.split())) for line in output.splitlines())


@pytest.mark.parametrize("page", EXECUTED, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_page_does_what_it_says(page, tmp_path):
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DOCS": str(ROOT / "docs"),
        "COLUMNS": "120",
        "PYTHONPATH": str(tmp_path),
    }
    text = page.read_text(encoding="utf-8")
    ran = 0
    for language, head, block in FENCE.findall(text):
        if name := re.search(r"file=(\S+)", head):
            target = tmp_path / name[1]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block, encoding="utf-8")
        elif language == "python":
            subprocess.run([sys.executable, "-c", block], cwd=tmp_path, env=env, check=True)
            ran += 1
        elif language == "console":
            for command, expected in commands(block):
                done = subprocess.run(
                    ["bash", "-c", command], cwd=tmp_path, env=env, capture_output=True, text=True
                )
                output = done.stdout + done.stderr
                assert done.returncode == 0, f"{command}\n{output}"
                for line in expected:
                    assert appears(line, output), f"{command}: {line!r} is not in\n{output}"
                ran += 1
    assert ran, f"{page.name} says it is executed but holds nothing to run"


def test_the_tutorial_and_the_guide_to_criteria_are_executed():
    names = {p.name for p in EXECUTED}
    assert {"tutorial.md", "add-a-criterion.md"} <= names


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_generated_pages_are_current():
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "write_reference.py"), "--check"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
