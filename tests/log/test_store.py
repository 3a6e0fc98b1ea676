"""The store: what is written comes back, whole, or the old one stays."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import assert_same, small_log

from polku.errors import LogError
from polku.log.store import is_store, open_store, write_store


@pytest.mark.parametrize("parts", [1, 7, 64])
def test_a_log_comes_back_the_same_from_any_number_of_parts(tmp_path: Path, parts: int) -> None:
    log = small_log([f"A-{i}" for i in range(200)])
    write_store(log, tmp_path / "s", parts=parts)
    assert_same(open_store(tmp_path / "s", verify=True), log)
    assert len(list((tmp_path / "s" / "events").iterdir())) == parts


@settings(max_examples=20, deadline=None)
@given(
    ids=st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=5), max_size=20),
    parts=st.integers(1, 9),
)
def test_any_case_id_survives(
    tmp_path_factory: pytest.TempPathFactory, ids: list[str], parts: int
) -> None:
    path = tmp_path_factory.mktemp("stores") / "s"
    log = small_log([*ids, "NA", "", "007"])
    assert_same(open_store(write_store(log, path, parts=parts)), log)


def test_an_empty_log_can_be_stored(tmp_path: Path) -> None:
    log = small_log([])
    assert_same(open_store(write_store(log, tmp_path / "s", parts=3)), log)


def test_the_same_log_gives_the_same_bytes(tmp_path: Path) -> None:
    log = small_log([f"A-{i}" for i in range(50)])
    for name in ("a", "b"):
        write_store(log, tmp_path / name, parts=2)
    files = sorted(f.relative_to(tmp_path / "a") for f in (tmp_path / "a").rglob("*.*"))
    assert len(files) == 5
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_only_the_wanted_columns_are_read(tmp_path: Path) -> None:
    log = small_log(["a", "b"])
    write_store(log, tmp_path / "s")
    found = open_store(tmp_path / "s", ["time", "case"], case_columns=["case", "closed"])
    assert found.events.columns == ["case", "time"]
    assert found.cases.columns == ["case", "closed"]
    with pytest.raises(LogError, match=r"no column 'activty'; did you mean 'activity'\?"):
        open_store(tmp_path / "s", ["activty"])


def test_writing_again_replaces_the_old_store_and_leaves_no_other_file(tmp_path: Path) -> None:
    write_store(small_log([f"A-{i}" for i in range(30)]), tmp_path / "s", parts=5)
    second = small_log(["x", "y"])
    write_store(second, tmp_path / "s")
    assert_same(open_store(tmp_path / "s", verify=True), second)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["s"]
    assert len([f for f in (tmp_path / "s").rglob("*") if f.is_file()]) == 3


def test_a_folder_that_is_no_store_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "precious.txt").write_text("x")
    with pytest.raises(LogError, match="is no store; choose another name"):
        write_store(small_log(["a"]), tmp_path / "s")
    assert [f.name for f in (tmp_path / "s").iterdir()] == ["precious.txt"]


def test_a_newer_format_is_refused_in_one_line(tmp_path: Path) -> None:
    path = write_store(small_log(["a"]), tmp_path / "s")
    document = json.loads((path / "log.json").read_text())
    (path / "log.json").write_text(json.dumps({**document, "format": "polku.store/2"}))
    with pytest.raises(LogError, match=r"'polku.store/2' is not known.*update Polku") as error:
        open_store(path)
    assert "\n" not in str(error.value)


def test_a_missing_or_changed_part_is_named(tmp_path: Path) -> None:
    path = write_store(small_log(["a", "b"]), tmp_path / "s")
    part = next((path / "events").iterdir())
    whole = part.read_bytes()
    part.write_bytes(whole[:-1])
    with pytest.raises(LogError, match=r"events/part-0000-.*bytes"):
        open_store(path)
    part.write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])
    with pytest.raises(LogError, match="was changed after it was written"):
        open_store(path, verify=True)
    part.unlink()
    with pytest.raises(LogError, match="is missing; import the log again"):
        open_store(path)


def test_a_folder_without_an_index_or_with_a_broken_one_is_refused(tmp_path: Path) -> None:
    assert not is_store(tmp_path)
    with pytest.raises(LogError, match="is no store"):
        open_store(tmp_path)
    (tmp_path / "log.json").write_text("{")
    with pytest.raises(LogError, match="is damaged"):
        open_store(tmp_path)


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a test script in its own process, with this folder importable."""
    prefix = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
    return subprocess.run(
        [sys.executable, "-c", prefix + textwrap.dedent(code), *arguments],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("moment", ["write_part", "write_index", "commit"])
def test_a_kill_while_writing_leaves_the_old_store_whole(tmp_path: Path, moment: str) -> None:
    old = small_log(["a", "b", "c"])
    path = write_store(old, tmp_path / "s")
    result = run(
        """
        import os, signal, sys
        from store_samples import small_log
        from polku.log import atomic, store
        moment = sys.argv[2]
        real = getattr(store, moment)
        calls = []
        def killed(*a):
            if moment == "commit":  # the parts are moved in, the index is not
                flush = atomic._flush
                atomic._flush = lambda p: (
                    os.kill(os.getpid(), signal.SIGKILL) if p == a[1] / "events" else flush(p)
                )
            elif calls:
                os.kill(os.getpid(), signal.SIGKILL)
            calls.append(1)
            out = real(*a)
            if moment == "write_index":
                os.kill(os.getpid(), signal.SIGKILL)
            return out
        setattr(store, moment, killed)
        store.write_store(small_log([str(i) for i in range(50)]), sys.argv[1], parts=4)
        """,
        str(path), moment,
    )  # fmt: skip
    assert result.returncode == -signal.SIGKILL, result.stderr
    assert_same(open_store(path, verify=True), old)
    new = small_log(["z"])
    write_store(new, path)
    assert_same(open_store(path, verify=True), new)
    assert [f.name for f in tmp_path.iterdir()] == ["s"], "the dead process's folder is removed"
    assert len([f for f in path.rglob("*") if f.is_file()]) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
def test_a_full_disk_is_one_line_and_leaves_the_old_store_whole(tmp_path: Path) -> None:
    old = small_log(["a", "b", "c"])
    path = write_store(old, tmp_path / "s")
    result = run(
        """
        import resource, sys
        from store_samples import small_log
        from polku.errors import LogError
        from polku.log.store import write_store
        log = small_log([str(i) for i in range(20_000)])
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        try:
            write_store(log, sys.argv[1])
        except LogError as e:
            sys.stdout.write(str(e))
        """,
        str(path),
    )
    assert result.stderr == ""
    assert result.stdout.startswith(f"{path}: the disk is full; free some space")
    assert "\n" not in result.stdout
    assert_same(open_store(path, verify=True), old)
    assert [f.name for f in tmp_path.iterdir()] == ["s"]


def test_a_living_import_keeps_its_folder_when_another_one_starts(tmp_path: Path) -> None:
    from polku.log.atomic import drafting

    with drafting(tmp_path / "s") as draft:
        write_store(small_log(["a"]), tmp_path / "s")
        assert draft.is_dir()
    assert not draft.exists()
    assert os.listdir(tmp_path) == ["s"]
