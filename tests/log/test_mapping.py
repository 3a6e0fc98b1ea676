"""A mapping file that does not fit itself is refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from polku.errors import MappingError
from polku.log.mapping import Closed, Mapping, Window, from_dict
from polku.log.read import read
from polku.log.window import window_micros


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
