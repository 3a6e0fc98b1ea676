"""Import: the same store however large the file, whole or not at all."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from polku.errors import LogError, PolkuError
from polku.log import importing, stream
from polku.log.eventlog import EventLog
from polku.log.importing import import_files
from polku.log.keyfile import key_path
from polku.log.mapping import CaseColumns, Closed, Columns, Mapping, Outcome, Times
from polku.log.pseudonym import pseudonymised
from polku.log.read import read
from polku.log.spill import load, sample, spill
from polku.log.store import open_store

MAPPING = Mapping(
    columns=Columns(
        case="id", activity="step", time="done", start="begun", unit="desk", resource="who"
    ),
    cases=CaseColumns(kind="sort", customer="firm", segments=("area",)),
    closed=Closed(rule="status", column="state", values=("done",)),
    outcome=Outcome(column="result", decided=("yes",), withdrawn=("left",)),
    time=Times(zone="UTC"),
)


def table(matters: int = 300) -> pl.DataFrame:
    """Rows of a log as an agency exports it, in the order of time, with a few faults."""
    rows = []
    for m in range(matters):
        for k in range(2 + m % 5):
            hour = (m * 7 + k * 5) % 2000
            day, rest = divmod(hour, 24)
            done = f"2024-{1 + day // 28 % 12:02d}-{1 + day % 28:02d}T{rest:02d}:30:00Z"
            begun = done.replace(":30:00", ":10:00")
            if m % 97 == 3 and k == 1:
                begun = done.replace(":30:00", ":50:00")
            rows.append(
                {
                    "id": f"Å-{m:03d}" if m else "NA",
                    "step": ["ask", "check", "päätös", "tell"][(m + k) % 4],
                    "done": done if (m, k) != (50, 1) else "",
                    "begun": begun if m % 3 and (m, k) != (50, 1) else None,
                    "desk": f"desk {m % 4}",
                    "who": f"Person {(m * 3 + k) % 11}",
                    "second": f"Person {(m + k) % 5}",
                    "sort": ["event", "plot"][m % 2],
                    "firm": f"Firm {m % 40}",
                    "area": f"D{m % 6}",
                    "state": "done" if m % 5 else "open",
                    "result": ["yes", "left"][m % 7 == 0],
                    "note": None if k % 2 else f"n{k}",
                }
            )
    return pl.DataFrame(rows).sort("done", maintain_order=True)


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    """A CSV file of the table."""
    file = tmp_path / "permits.csv"
    table().write_csv(file)
    return file


def assert_same(found: EventLog, log: EventLog) -> None:
    """Equal in all that is measured, and in what was left out."""
    assert_frame_equal(found.events, log.events)
    assert_frame_equal(found.cases, log.cases)
    assert (found.until, found.since, found.mapping) == (log.until, log.since, log.mapping)
    assert sorted(found.source.issues, key=str) == sorted(log.source.issues, key=str)
    files = tuple(replace(f, format="csv") for f in log.source.files)  # read() says more of it
    if found.source.files[0].format == "csv":
        log = replace(log, source=replace(log.source, files=files))
    assert replace(found.source, issues=()) == replace(log.source, issues=())


@pytest.mark.parametrize("partitions", [1, 7, 64])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_ranges_give_what_reading_the_whole_gives(
    csv: Path, tmp_path: Path, partitions: int, form: str
) -> None:
    file = csv.with_suffix(f".{form}")
    if form == "parquet":
        table().write_parquet(file)
    log = read(file, MAPPING)
    assert log.source.issues
    store = import_files(
        [file], tmp_path / "s", mapping=MAPPING, partitions=partitions, keep_names=True
    ).store
    assert_same(open_store(store, verify=True), log)


@pytest.mark.parametrize("partitions", [None, 1, 7, 64])
def test_pseudonyms_do_not_depend_on_the_number_of_ranges(
    csv: Path, tmp_path: Path, partitions: int | None
) -> None:
    log, key = pseudonymised(read(csv, MAPPING))
    store = import_files([csv], tmp_path / "s", mapping=MAPPING, partitions=partitions).store
    assert_same(open_store(store), log)
    assert key_path(store).read_text() == key.text()
    assert "Person" not in open_store(store).events.write_csv()
    assert "Firm" not in open_store(store).cases.write_csv()


def test_the_end_of_the_log_counts_in_every_range(csv: Path, tmp_path: Path) -> None:
    silent = replace(
        MAPPING, closed=Closed("end_activities", activities=("tell", "ask"), silence_days=20)
    )
    log = read(csv, silent)
    assert 0 < log.cases["closed"].sum() < log.n_matters
    for partitions in (1, 7):
        import_files([csv], tmp_path / "s", mapping=silent, partitions=partitions, keep_names=True)
        assert_same(open_store(tmp_path / "s"), log)


@pytest.mark.parametrize("partitions", [1, 7])
@pytest.mark.parametrize(
    "name",
    [
        "receipt/receipt.csv.gz",
        "purchasing/PurchasingExample.csv.gz",
        "production/production.csv.gz",
    ],
)
def test_a_guessed_mapping_does_not_depend_on_the_number_of_ranges(
    data: Path, tmp_path: Path, name: str, partitions: int
) -> None:
    log = read(data / name)
    import_files([data / name], tmp_path / "s", partitions=partitions, keep_names=True)
    found = open_store(tmp_path / "s")
    assert_same(replace(found, mapping=replace(found.mapping, guesses=log.mapping.guesses)), log)


def test_a_sample_holds_the_same_whole_matters_from_any_number_of_ranges(tmp_path: Path) -> None:
    rows = table()
    found = []
    for partitions in (1, 5, 64):
        folder = tmp_path / str(partitions)
        folder.mkdir()
        spilled = spill(iter([rows[:400], rows[400:]]), "id", folder, partitions)
        assert sum(load(spilled, i).height for i in range(partitions)) == rows.height
        assert_frame_equal(sample(spilled, 10_000, 5), rows, check_row_order=False)
        found.append(sample(spilled, 200, 1000).sort("id", "done", "step"))
    assert_frame_equal(found[0], found[1])
    assert_frame_equal(found[0], found[2])
    assert 150 < found[0].height <= 200
    few = sample(spilled, 1000, 20)
    assert few["id"].n_unique() == 20
    assert set(few["id"]) <= set(found[0]["id"])
    sizes = rows.group_by("id").len()
    assert found[0].group_by("id").len().join(sizes, on=["id", "len"]).height == (
        found[0]["id"].n_unique()
    )


def test_an_import_says_what_it_made(csv: Path, tmp_path: Path) -> None:
    made = import_files([csv], tmp_path / "s", mapping=MAPPING, partitions=3)
    assert (made.matters, made.dropped) == (300, {"no_time": 1})
    assert str(made) == f"{tmp_path / 's'}: 300 matters, 1,199 events; left out: 1 no_time"


def test_progress_is_told(csv: Path, tmp_path: Path) -> None:
    seen: list[tuple[float | None, str]] = []
    import_files(
        [csv], tmp_path / "s", mapping=MAPPING, partitions=3,
        progress=lambda share, what: seen.append((share, what)),
    )  # fmt: skip
    assert any("building part 3 of 3" in what for _, what in seen)
    assert all(share is None or 0 <= share <= 1 for share, _ in seen)


def test_several_files_need_links_or_a_folder(csv: Path, tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"2 files are given and no rule .* give --link"):
        import_files([csv, csv], tmp_path / "s", mapping=MAPPING)
    with pytest.raises(LogError, match="no file to import"):
        import_files([], tmp_path / "s")


def test_a_wrong_mapping_leaves_the_old_store(csv: Path, tmp_path: Path) -> None:
    import_files([csv], tmp_path / "s", mapping=MAPPING)
    before = (tmp_path / "s" / "log.json").read_bytes()
    wrong = replace(MAPPING, columns=replace(MAPPING.columns, unit="dsk"))
    with pytest.raises(PolkuError, match=r"'dsk'.*did you mean 'desk'"):
        import_files([csv], tmp_path / "s", mapping=wrong, partitions=4)
    assert (tmp_path / "s" / "log.json").read_bytes() == before
    assert sorted(f.name for f in tmp_path.iterdir()) == ["permits.csv", "s", "s.key.json"]


def test_a_file_that_grows_while_it_is_imported_is_refused(
    csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = stream.spill

    def growing(batches: Iterator[pl.DataFrame], *rest: object) -> object:
        out = real(batches, *rest)  # type: ignore[arg-type]
        with csv.open("a") as more:
            more.write("late,ask,2024-05-01T10:00:00Z,,,,,,,,,,\n")
        return out

    monkeypatch.setattr(stream, "spill", growing)
    with pytest.raises(LogError, match=r"permits.csv: changed while it was read"):
        import_files([csv], tmp_path / "s", mapping=MAPPING, partitions=2)
    assert [f.name for f in tmp_path.iterdir()] == ["permits.csv"]


def _in_a_process(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    head = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
    return subprocess.run(
        [sys.executable, "-c", head + textwrap.dedent(code), *arguments],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("moment", ["spill", "build_frames", "write_part", "put_in_place"])
def test_a_kill_in_the_middle_leaves_the_old_store_and_the_next_import_tidies_up(
    csv: Path, tmp_path: Path, moment: str
) -> None:
    import_files([csv], tmp_path / "s", mapping=MAPPING)
    old = open_store(tmp_path / "s", verify=True)
    table(40).write_csv(tmp_path / "other.csv")
    result = _in_a_process(
        """
        import os, signal
        from test_importing import MAPPING
        from polku.log import stream
        from polku.log.importing import import_files
        setattr(stream, sys.argv[1], lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL))
        import_files([sys.argv[2]], sys.argv[3], mapping=MAPPING, partitions=3)
        """,
        moment, str(tmp_path / "other.csv"), str(tmp_path / "s"),
    )  # fmt: skip
    assert result.returncode == -signal.SIGKILL, result.stderr
    assert_same(open_store(tmp_path / "s", verify=True), old)
    assert len(list(tmp_path.glob(".s.draft-*"))) == 1
    import_files([tmp_path / "other.csv"], tmp_path / "s", mapping=MAPPING, partitions=3)
    assert open_store(tmp_path / "s", verify=True).n_matters == 40
    assert list(tmp_path.glob(".s*")) == []


def test_a_full_disk_is_one_line_and_leaves_the_old_store(csv: Path, tmp_path: Path) -> None:
    import_files([csv], tmp_path / "s", mapping=MAPPING)
    old = open_store(tmp_path / "s", verify=True)
    result = _in_a_process(
        """
        import resource
        from test_importing import MAPPING
        from polku.errors import LogError
        from polku.log.importing import import_files
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, 3_000))
        try:
            import_files([sys.argv[1]], sys.argv[2], mapping=MAPPING, partitions=2)
        except LogError as e:
            sys.stdout.write(str(e))
        """,
        str(csv), str(tmp_path / "s"),
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{tmp_path / 's'}: the disk is full; free some space")
    assert "\n" not in result.stdout
    assert_same(open_store(tmp_path / "s", verify=True), old)


def test_a_large_file_is_imported_in_ranges_by_itself(
    csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "IN_MEMORY", 10_000)
    monkeypatch.setattr(importing, "BYTES_PER_RANGE", 20_000)
    store = import_files([csv], tmp_path / "s", mapping=MAPPING).store
    assert len(list((store / "events").iterdir())) == -(-csv.stat().st_size // 20_000)
