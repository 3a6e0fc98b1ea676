"""Exports: another tool can read them, and Polku reads back what it wrote."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import get_args

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from store_samples import UTC, small_log

from polku.errors import LogError
from polku.log.build import CATEGORICAL, encode
from polku.log.eventlog import CONTACT, EVENT_KINDS, OUTCOMES, EventLog
from polku.log.export import export, sidecar_path
from polku.log.mapping import (
    CaseColumns,
    Closed,
    Contacts,
    Mapping,
    NoneValues,
    PartName,
    Times,
    Window,
)
from polku.log.read import read

FLAT = [".csv", ".csv.gz", ".xes", ".xes.gz", ".parquet", ".xlsx"]
OBJECTS = [".ocel.json", ".sqlite"]


def tidy(log: EventLog) -> EventLog:
    """The log with the categories that it uses, as building gives them."""
    words = log.events.with_columns(pl.col(CATEGORICAL).cast(pl.String))
    return replace(log, events=encode(words))


def rich_log() -> EventLog:
    """A log with everything: starts, contacts, kinds, ends, typed columns, odd texts."""
    log = small_log(
        ["007", "NA", "å <&> \"q\", 'x'", "a;b,c", "1e5", *(f"A-{i}" for i in range(20))]
    )
    n, m = log.events.height, log.n_matters
    odd = ["x", "tab\there", "line\nbreak", 'quote"', "ä&<b>", "=1+1", "007", "true", "1.0"]
    micros = log.events["time"].dt.epoch("us")
    closed = pl.Series("closed", [i % 3 != 0 for i in range(m)])
    ends = log.events.group_by("case", maintain_order=True).last()["time"]
    channels = ["phone" if i % 4 else None for i in range(n)]
    starts = [t - 3_600_000_001 if i % 3 else None for i, t in enumerate(micros)]
    kinds = [EVENT_KINDS[i % 9] if i % 2 else None for i in range(n)]
    events = log.events.with_columns(
        pl.Series("agency", ["Rescue"] * n, dtype=pl.Enum(["Rescue"])),
        pl.Series("channel", channels, dtype=pl.Enum(["phone"])),
        pl.Series("start", starts, dtype=UTC),
        pl.Series("contact", [CONTACT[i % 3] for i in range(n)], dtype=pl.Enum(CONTACT)),
        pl.Series("kind", kinds, dtype=pl.Enum(EVENT_KINDS)),
        pl.Series("note", [odd[i % 9] if i % 5 else None for i in range(n)], dtype=pl.String),
        pl.Series("cost", [i / 7 for i in range(n)]),
        pl.Series("paid", [bool(i % 2) if i % 5 else None for i in range(n)]),
        pl.Series("seen", [1_600_000_000_123_456 + i for i in range(n)], dtype=UTC),
    )
    events = events.select(*log.events.columns[:11], *sorted(events.columns[11:]))
    cases = log.cases.with_columns(
        closed,
        pl.Series("end", [e if c else None for e, c in zip(ends, closed, strict=True)], dtype=UTC),
        pl.Series(
            "outcome", [OUTCOMES[i % 5] if c else None for i, c in enumerate(closed)],
            dtype=pl.Enum(OUTCOMES),
        ),
        pl.Series("arrival", [1_000_000 * i - 7_200_000_000 for i in range(m)], dtype=UTC),
        pl.Series("due", [10**15 + i if i % 2 else None for i in range(m)], dtype=UTC),
        pl.Series("kind", ["event" if i % 2 else None for i in range(m)], dtype=pl.String),
        pl.Series("case:kind", [f"k{i % 3}" for i in range(m)]),
        pl.Series("fee total", [i * 100 for i in range(m)]),
    )  # fmt: skip
    cases = cases.select(*log.cases.columns[:9], *sorted(cases.columns[9:]))
    until = max(int(micros.max()), 0) + 5  # type: ignore[arg-type]
    mapping = Mapping(
        cases=CaseColumns(segments=("district", "case:kind")),
        closed=Closed(rule="status", column="state", values=("done",)),
        contacts=Contacts(customer=("ask",), acknowledgements=("receipt",)),
        none=NoneValues(values=("0", "-"), units=("batch",)),
        time=Times(zone="Europe/Helsinki", formats=("%d.%m.%Y",), day_granular_share=0.25),
        window=Window(since="1970-01-01"),
    )
    log = replace(log, events=events, cases=cases, mapping=mapping)
    return tidy(replace(log, since=-7_200_000_000, until=until))


def assert_same_log(log: EventLog, found: EventLog) -> None:
    """Equal in frames, window and every definition that enters a hash."""
    for mine, other in ((log.events, found.events), (log.cases, found.cases)):
        added = [c for c in other.columns if c.startswith(("ocel:", "object:"))]
        assert_frame_equal(mine, other.drop(c for c in added if c not in mine.columns))
    assert (log.since, log.until) == (found.since, found.until)
    for part in get_args(PartName):
        assert log.mapping.definition(part) == found.mapping.definition(part), part
    assert replace(found.source, files=log.source.files) == log.source
    assert not found.mapping.provenance


@pytest.mark.parametrize("suffix", [*FLAT, *OBJECTS])
def test_an_export_reads_back_exactly(tmp_path: Path, suffix: str) -> None:
    log = rich_log()
    file, beside = export(log, tmp_path / f"log{suffix}")
    assert beside == sidecar_path(file)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([file.name, beside.name])
    assert_same_log(log, read(file))


@pytest.mark.parametrize("suffix", [*FLAT, *OBJECTS])
def test_the_same_log_exports_to_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    log = rich_log()
    a = export(log, tmp_path / f"a{suffix}")
    b = export(log, tmp_path / f"b{suffix}")
    for one, other in zip(a, b, strict=True):
        assert one.read_bytes() == other.read_bytes()


LOGS = [
    "receipt/receipt.xes.gz",
    "bpic15/BPIC15_1.xes.gz",
    "production/Production.xes.gz",
    "purchasing/PurchasingExample.csv.gz",
    "academic-credentials/AcademicCredentials_train.csv.gz",
    "ocel/ocel20_example.jsonocel",
]


@pytest.mark.parametrize("name", LOGS)
def test_a_real_log_is_the_same_as_xes_and_as_csv(tmp_path: Path, data: Path, name: str) -> None:
    log = read(data / name)
    for suffix in (".xes", ".csv"):
        assert_same_log(log, read(export(log, tmp_path / f"log{suffix}")[0]))


texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=8
).filter(lambda t: t.strip() == t)
finite = st.floats(allow_nan=False, allow_infinity=False)


def test_an_export_that_was_changed_is_a_log_of_its_own(tmp_path: Path) -> None:
    log = tidy(small_log(["a", "b"]))
    file, _ = export(log, tmp_path / "log.csv")
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:-1]))
    found = read(file)
    assert found.source.rows_in == 5
    assert found.source.dropped == {}
    assert found.source != log.source


MEASURED = [
    "receipt/receipt.xes.gz",
    "production/Production.xes.gz",
    "ocel/ocel20_example.jsonocel",
]


@pytest.mark.parametrize("name", MEASURED)
def test_a_log_measures_the_same_from_every_form(tmp_path: Path, data: Path, name: str) -> None:
    from polku.measure.measuring import measure

    def measured(file: Path) -> str:
        document = measure(read(file)).to_json()
        document["log"].pop("source")
        return json.dumps(document)

    expected = measured(data / name)
    for suffix in (*FLAT, *OBJECTS):
        assert measured(export(read(data / name), tmp_path / f"log{suffix}")[0]) == expected, suffix


@settings(max_examples=25, deadline=None)
@given(
    ids=st.lists(texts, min_size=1, max_size=6, unique=True),
    notes=st.lists(st.none() | texts, min_size=18, max_size=18),
    costs=st.lists(st.none() | finite, min_size=18, max_size=18),
)
def test_any_text_and_number_survives_xes_and_csv(
    tmp_path_factory: pytest.TempPathFactory,
    ids: list[str],
    notes: list[str | None],
    costs: list[float | None],
) -> None:
    log = tidy(small_log(ids))
    n = log.events.height
    notes, costs = [*notes[: n - 1], "x"], [*costs[: n - 1], 1.5]
    log = replace(
        log,
        events=log.events.with_columns(pl.Series("note", notes), pl.Series("cost", costs)).select(
            *log.events.columns[:11], *sorted(log.events.columns[11:])
        ),
        cases=log.cases.with_columns(pl.lit(None, pl.Boolean).alias("closed")),
    )
    folder = tmp_path_factory.mktemp("export")
    for suffix in (".csv", ".xes"):
        assert_same_log(log, read(export(log, folder / f"log{suffix}")[0]))


def test_an_xes_export_pairs_starts_with_completions(tmp_path: Path) -> None:
    log = rich_log()
    text = export(log, tmp_path / "log.xes")[0].read_text()
    starts = log.events.height - log.events["start"].null_count()
    assert text.count('key="lifecycle:transition" value="start"') == starts
    assert text.count('key="lifecycle:transition" value="complete"') == log.events.height
    assert text.count('<int key="order"') == starts + log.events.height


def test_ocel_has_the_types_of_the_case_model(tmp_path: Path) -> None:
    log = rich_log()
    document = json.loads(export(log, tmp_path / "log.ocel.json")[0].read_text())
    types = Counter(o["type"] for o in document["objects"])
    assert types["matter"] == log.n_matters
    contacts = (log.events["contact"].cast(str) != "none").sum()
    assert types["contact"] == contacts
    assert {"unit", "party", "decision", "statement_request", "supplement_request"} >= set(
        types
    ) - {"matter", "contact"}
    assert {t["name"] for t in document["objectTypes"]} == set(types)
    ids = {o["id"] for o in document["objects"]}
    related = {r["objectId"] for e in document["events"] for r in e["relationships"]}
    assert related <= ids
    base = sqlite3.connect(export(log, tmp_path / "log.sqlite")[0])
    counts = dict(base.execute("select ocel_type, count(*) from object group by 1"))
    base.close()
    assert counts == dict(types)


def test_an_unknown_suffix_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"log.docx: an export ends in one of .*\.xes"):
        export(small_log(["a"]), tmp_path / "log.docx")


def test_a_character_that_xml_lacks_is_named_and_leaves_no_file(tmp_path: Path) -> None:
    log = small_log(["a"])
    log = replace(log, events=log.events.with_columns(note=pl.lit("bell\x07")))
    with pytest.raises(LogError, match=r"'note' holds 'bell.x07', which XML cannot"):
        export(log, tmp_path / "log.xes")
    assert list(tmp_path.iterdir()) == []
    export(log, tmp_path / "log.csv")


def test_a_log_too_long_for_a_sheet_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polku.log.export.EXCEL_ROWS", 5)
    with pytest.raises(LogError, match="6 events do not fit a sheet"):
        export(small_log(["a", "b"]), tmp_path / "log.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_old_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, _ = export(small_log(["a"]), tmp_path / "log.csv")
    before = file.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_csv", full)
    with pytest.raises(LogError, match=r"log.csv: the disk is full"):
        export(small_log(["b"]), file)
    assert file.read_bytes() == before


def test_a_log_without_ends_or_people_can_be_exported(tmp_path: Path) -> None:
    log = tidy(small_log(["a", "b"]))
    bare = log.events.with_columns(
        pl.lit(None, pl.Enum([])).alias("unit"), pl.lit(None, pl.Enum([])).alias("resource")
    )
    bare = bare.select(*log.events.columns[:11])
    log = replace(
        log, events=bare, cases=log.cases.with_columns(pl.lit(None, pl.Boolean).alias("closed"))
    )
    for suffix in (*FLAT, *OBJECTS):
        assert_same_log(log, read(export(log, tmp_path / f"log{suffix}")[0]))
