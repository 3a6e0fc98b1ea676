"""Activities that the mapping names and that the log does not have."""

from __future__ import annotations

from pathlib import Path

import pytest

from polku.errors import MappingError
from polku.log.importing import import_files
from polku.log.mapping import (
    Automatic,
    Burden,
    Clock,
    Closed,
    Columns,
    Contacts,
    Exceptions,
    Kinds,
    Mapping,
    Repeats,
    Waits,
)
from polku.log.read import read
from polku.log.store import open_store

COLUMNS = Columns(case="case", activity="activity", time="time")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    lines = ["case,activity,time"]
    lines += [f"c{i},{a},2024-03-{1 + i % 28:02d} 1{k}:00:00"
              for i in range(40) for k, a in enumerate(("Apply", "Decide"))]  # fmt: skip
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n")
    return tmp_path / "log.csv"


@pytest.mark.parametrize(
    ("section", "about"),
    [
        ({"contacts": Contacts(customer=("Aply",))}, "contacts"),
        ({"contacts": Contacts(channels={"Aply": "web"})}, "contacts"),
        ({"waits": Waits(statutory={"Aply": 14})}, "waits"),
        ({"repeats": Repeats(("Apply", "Aply"))}, "repeats"),
        ({"clock": Clock(stop=("Aply",))}, "clock"),
        ({"burden": Burden(hours={"Aply": 1.0, "decision_made": 2.0})}, "burden"),
        ({"kinds": Kinds({"decision_made": ("Decide",), "contact_made": ("Aply",)})}, "kinds"),
        ({"automatic": Automatic(("Aply",))}, "automatic"),
        ({"exceptions": Exceptions(("Aply",))}, "exceptions"),
        ({"closed": Closed("end_activities", activities=("Decide", "Aply"))}, "closed"),
    ],
)
def test_an_activity_without_events_is_told_with_the_nearest_name(
    log: Path, section: dict, about: str
) -> None:
    said = read(log, Mapping(columns=COLUMNS, **section)).source.assumptions
    (told,) = [a for a in said if "names what never occurs" in a.text]
    assert told.about == about
    assert "'Aply' (did you mean 'Apply'?)" in told.text
    assert "Decide" not in told.text


def test_a_log_without_any_activity_that_ends_a_matter_is_refused(
    log: Path, tmp_path: Path
) -> None:
    mapping = Mapping(columns=COLUMNS, closed=Closed("end_activities", activities=("Decid",)))
    with pytest.raises(MappingError, match=r"log.csv: \[closed\] activities: .*mean 'Decide'\?"):
        read(log, mapping)
    with pytest.raises(MappingError, match=r"none of 'Decid' occurs"):
        import_files([log], tmp_path / "s", mapping=mapping, partitions=2)
    assert not (tmp_path / "s").exists()


def test_an_import_in_ranges_tells_it_once(log: Path, tmp_path: Path) -> None:
    mapping = Mapping(columns=COLUMNS, repeats=Repeats(("Aply",)))
    import_files([log], tmp_path / "s", mapping=mapping, partitions=3)
    said = [a.text for a in open_store(tmp_path / "s").source.assumptions]
    assert sum("never occurs" in t for t in said) == 1


def test_a_log_that_is_linked_with_others_may_have_no_end(log: Path, tmp_path: Path) -> None:
    lines = [f"{line},p{i}" for i, line in enumerate(log.read_text().splitlines())]
    lines[0] = "case,activity,time,plot"
    log.write_text("\n".join(lines))
    other = tmp_path / "other.csv"
    other.write_text("\n".join(lines).replace("Decide", "Advise"))
    links = tmp_path / "links.toml"
    links.write_text('format = "polku.link/1"\n[[rule]]\nby = "shared"\ncolumn = "plot"\n')
    mapping = Mapping(columns=COLUMNS, closed=Closed("end_activities", activities=("Decide",)))
    made = import_files([log, other], tmp_path / "s", mapping=mapping, links=links)
    assert made.events == 160
