"""Names of persons stay out of stores; matters and keys can be forgotten."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from store_samples import DAY, UTC, small_log

from polku.errors import LogError
from polku.log.eventlog import EventLog
from polku.log.forget import forget
from polku.log.keyfile import key_path, read_key, write_key
from polku.log.mapping import Automatic, CaseColumns, Mapping
from polku.log.pseudonym import numbered, pseudonymised
from polku.log.store import open_store, read_index, write_store

NAMES = ["Aalto", "Berg", "Virtanen", "system", "Öhman"]


def named_log() -> EventLog:
    """Twelve matters; a second column with officials, a customer column, a system."""
    log = small_log([f"A-{i}" for i in range(12)])
    who = [NAMES[(i * 7) % 5] for i in range(36)]
    events = log.events.with_columns(
        pl.Series("resource", who, dtype=pl.Enum(sorted(NAMES))),
        pl.Series("approver", [w if i % 3 else "Niemi" for i, w in enumerate(who)]),
    )
    closed = [i % 2 == 0 for i in range(12)]
    end = [DAY * i if c else None for i, c in enumerate(closed)]
    cases = log.cases.with_columns(
        pl.Series("customer", [f"firm {i % 4}" for i in range(12)]),
        pl.Series("closed", closed),
        pl.Series("end", end, dtype=UTC),
    )
    mapping = Mapping(
        cases=CaseColumns(customer="customer"),
        automatic=Automatic(resources=("system",)),
        names={"Berg": {"fi": "Berg, toimisto"}, "ask": {"fi": "kysy"}},
    )
    return replace(log, events=events, cases=cases, mapping=mapping)


def test_officials_and_customers_get_pseudonyms_and_the_key_leads_back() -> None:
    log = named_log()
    found, key = pseudonymised(log)
    assert set(key.resource) == {"Aalto", "Berg", "Virtanen", "Öhman", "Niemi"}
    assert sorted(key.resource.values()) == ["R1", "R2", "R3", "R4", "R5"]
    assert set(key.customer.values()) == {"C1", "C2", "C3", "C4"}
    back = {p: n for n, p in key.resource.items()}
    for column in ("resource", "approver"):
        shown = found.events[column].cast(pl.String).replace(list(back), list(back.values()))
        assert shown.to_list() == log.events[column].cast(pl.String).to_list()
    assert found.events["resource"].dtype.categories.is_sorted()  # type: ignore[attr-defined]
    assert found.mapping.names == {"ask": {"fi": "kysy"}}
    assert any("5 officials" in a.text for a in found.source.assumptions)


def test_no_name_of_a_person_stands_in_any_file_of_the_store(tmp_path: Path) -> None:
    found, key = pseudonymised(named_log())
    path = write_store(found, tmp_path / "s", key=key)
    text = (path / "log.json").read_text()
    log = open_store(path)
    text += log.events.write_csv() + log.cases.write_csv()
    for name in ("Aalto", "Berg", "Virtanen", "Öhman", "Niemi", "firm"):
        assert name not in text
    assert "system" in text
    assert stat.S_IMODE(key_path(path).stat().st_mode) == 0o600
    assert read_key(path, read_index(path)["key"]) == key


def test_numbers_tell_neither_alphabet_nor_appearance_and_repeat() -> None:
    names = [f"name{i:02d}" for i in range(40)]
    given = numbered(names, "R")
    assert given == numbered(reversed(names), "R")
    ranked = sorted(names, key=lambda n: int(given[n][1:]))
    assert ranked != names
    assert ranked != names[::-1]


def test_columns_that_only_share_a_value_with_an_official_stay() -> None:
    log = named_log()
    note = ["Berg"] + ["a", "b", "c"] * 11 + ["d", "e"]
    log = replace(log, events=log.events.with_columns(pl.Series("note", note)))
    assert pseudonymised(log)[0].events["note"].to_list() == note


def test_a_key_of_another_store_is_refused_and_a_provisional_one_is_taken_up(
    tmp_path: Path,
) -> None:
    found, key = pseudonymised(named_log())
    path = write_store(found, tmp_path / "s", key=key)
    mark = read_index(path)["key"]
    write_key(path, key)
    key_path(path).unlink()
    assert read_key(path, mark) == key, "a kill between store and key loses nothing"
    key_path(path).write_text(replace(key, customer={}).text())
    with pytest.raises(LogError, match="key of another store"):
        read_key(path, mark)


def test_matters_that_ended_before_a_date_are_forgotten(tmp_path: Path) -> None:
    log = named_log()
    path = write_store(log, tmp_path / "s", parts=3)
    gone = forget(path, before="1970-01-06")
    assert (gone.matters, gone.events) == (3, 9)
    left = open_store(path, verify=True)
    keep = [i for i in range(12) if i not in (0, 2, 4)]
    assert left.cases["case_id"].to_list() == [log.cases["case_id"][i] for i in keep]
    assert left.cases["case"].to_list() == list(range(9))
    expected = log.events.filter(~pl.col("case").is_in([0, 2, 4]))
    assert_frame_equal(
        left.events.drop("case"), expected.drop("case"), categorical_as_str=True, check_dtypes=False
    )
    assert left.source.dropped["forgotten"] == 9
    assert "ended before 1970-01-06" in left.source.issues[-1].what


def test_a_customer_is_erased_from_store_and_key(tmp_path: Path) -> None:
    found, key = pseudonymised(named_log())
    path = write_store(found, tmp_path / "s", key=key)
    assert forget(path, customers=["firm 2"]).matters == 3
    left = read_key(path, read_index(path)["key"])
    assert left is not None
    assert "firm 2" not in left.customer
    assert len(left.customer) == 3
    pseudonym = key.customer["firm 2"]
    assert pseudonym not in open_store(path).cases["customer"].to_list()
    assert "A-" not in open_store(path).source.issues[-1].what
    assert forget(path, customers=[left.customer["firm 1"]]).matters == 3


def test_a_case_is_erased_and_an_unknown_one_changes_nothing(tmp_path: Path) -> None:
    path = write_store(named_log(), tmp_path / "s")
    assert forget(path, cases=["A-3", "A-4"]).matters == 2
    before = (path / "log.json").read_bytes()
    for wrong in ({"cases": ["A-3"]}, {"customers": ["firm 9"]}):
        with pytest.raises(LogError, match="nothing was removed"):
            forget(path, **wrong)  # type: ignore[arg-type]
    assert (path / "log.json").read_bytes() == before


def test_the_key_alone_can_be_deleted(tmp_path: Path) -> None:
    found, key = pseudonymised(named_log())
    path = write_store(found, tmp_path / "s", key=key)
    gone = forget(path, key=True)
    assert (gone.matters, gone.key) == (0, True)
    assert not key_path(path).exists()
    assert read_key(path, read_index(path)["key"]) is None
    assert open_store(path).n_matters == 12


def test_words_that_only_forgotten_matters_used_leave_the_dictionaries(tmp_path: Path) -> None:
    log = named_log()
    cases = log.events["case"].filter(log.events["resource"].cast(pl.String) == "Berg").unique()
    path = write_store(log, tmp_path / "s")
    forget(path, cases=log.cases["case_id"].gather(cases).to_list())
    assert "Berg" not in open_store(path).events["resource"].dtype.categories.to_list()  # type: ignore[attr-defined]


def test_a_key_in_which_nobody_is_left_is_no_file(tmp_path: Path) -> None:
    found, key = pseudonymised(named_log())
    path = write_store(found, tmp_path / "s", key=key)
    forget(path, cases=found.cases["case_id"].to_list())
    assert open_store(path).n_matters == 0
    assert not key_path(path).exists()
    assert read_index(path)["key"] is None
