"""A mapping file that does not fit itself is refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from polku.errors import AgreedSetError, MappingError
from polku.log.link_rules import load_rules
from polku.log.mapping import Closed, Mapping, Window, from_dict, load
from polku.log.read import read
from polku.log.window import window_micros
from polku.measure.agreed import load_agreed


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"agencies": {"u": 3}}, r"\[agencies\]\.u: must be text, found 3"),
        ({"agencies": {"u": {"x": "y"}}}, r"\[agencies\]\.u: must be text"),
        ({"names": {"a": "b"}}, r"\[names\]\.a: must be a table, found 'b'"),
        ({"names": {"a": {"fi": 3}}}, r"\[names\]\.a\.fi: must be text, found 3"),
        ({"types": {"u": 3}}, r"\[types\]\.u: must be text, found 3"),
        ({"burden": {"tariff": float("nan")}}, "must be a finite number, found nan"),
        ({"burden": {"hours": {"a": float("inf")}}}, "must be a finite number, found inf"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(document: dict[str, object], said: str) -> None:
    with pytest.raises(MappingError, match=said):
        from_dict(document)


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    window = Window(since="2025-01-01", until="2024-01-01")
    with pytest.raises(MappingError, match="since 2025-01-01 is after until 2024-01-01"):
        window_micros(Mapping(window=window))


def test_a_status_column_that_is_not_there_is_refused_with_the_nearest_name(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.csv"
    lines = [f"c{i},a,2024-01-0{i},x" for i in range(1, 9)]
    file.write_text("\n".join(["case,activity,time,status", *lines]) + "\n")
    closed = Closed(rule="status", column="statuss", values=("x",))
    given = Mapping(closed=closed, given=frozenset({"closed"}))
    with pytest.raises(MappingError, match=r"\[closed\] column .*did you mean 'status'\?"):
        read(file, given)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"burden": {"tariff": -1}}, r"\[burden\] tariff: must not be negative, found -1"),
        ({"burden": {"hours": {"Apply": -2.5}}}, r"\[burden\] hours.Apply: must not be negative"),
        ({"burden": {"fees": {"Apply": -3}}}, r"\[burden\] fees.Apply: must not be negative"),
        ({"closed": {"silence_days": -5}}, r"\[closed\] silence_days: must not be negative"),
        ({"waits": {"statutory": {"a": -1}}}, r"\[waits\] statutory.a: must not be negative"),
        ({"burden": {"usual_share": 1.5}}, r"\[burden\] usual_share: .* from 0 to 1, found 1.5"),
        ({"burden": {"usual_share": -0.1}}, r"\[burden\] usual_share: must not be negative"),
    ],
)
def test_a_number_that_cannot_be_is_refused_with_its_place(document: dict, said: str) -> None:
    with pytest.raises(MappingError, match=said):
        from_dict(document)


def test_brackets_without_end_are_refused_in_one_line(tmp_path: Path) -> None:
    deep = tmp_path / "deep.toml"
    deep.write_text("a = " + "[" * 5000 + "]" * 5000)
    for read_file, error in ((load, MappingError), (load_rules, MappingError),
                             (load_agreed, AgreedSetError)):  # fmt: skip
        with pytest.raises(error, match=r"deep\.toml: has brackets nested too deep"):
            read_file(deep)
