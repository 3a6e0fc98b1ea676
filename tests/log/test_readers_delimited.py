"""Delimited tables, good and bad."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polku.errors import LogError
from polku.log.raw import PLACE, RawTable
from polku.log.readers import blocks, delimited
from polku.log.readers.registry import read_raw

Read = Callable[..., RawTable]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def run(content: bytes | str, name: str = "log.csv", **options: Any) -> RawTable:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_raw(path, **options)

    return run


def rows(raw: RawTable) -> list[tuple[Any, ...]]:
    return raw.rows.drop(PLACE).rows()


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("receipt/receipt.csv.gz", 8577),
        ("bpic12w/BPIC_2012_W_train.csv.gz", 16338),
        ("bpic12w/BPIC_2012_W_test.csv.gz", 18568),
        ("loan-application/LoanApp_simplified_train.csv.gz", 7544),
        ("academic-credentials/AcademicCredentials_test.csv.gz", 1788),
        ("production/production.csv.gz", 4687),
        ("purchasing/PurchasingExample.csv.gz", 9119),
    ],
)
def test_the_published_counts_come_out(data: Path, name: str, count: int) -> None:
    raw = read_raw(data / name)
    assert raw.rows.height == raw.files[0].rows == count
    assert set(raw.rows.drop(PLACE).dtypes) == {pl.String()}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]
)
def test_delimiter_and_encoding_are_found_out(read: Read, delimiter: str, encoding: str) -> None:
    lines = [["asia", "vaihe", "hinta"], ["ä1", 'sanoi "öö"', "2.5"], ["å2", "x", "3.0"]]
    text = "\r\n".join(delimiter.join('"' + c.replace('"', '""') + '"' for c in r) for r in lines)
    raw = read(text.encode(encoding))
    assert raw.rows.columns == ["asia", "vaihe", "hinta", PLACE]
    assert rows(raw) == [tuple(r) for r in lines[1:]]


def test_decimal_commas_do_not_pass_for_delimiters(read: Read) -> None:
    raw = read("case;fee;share\n1;2,5;0,1\n2;3,25;0,2\n")
    assert rows(raw) == [("1", "2,5", "0,1"), ("2", "3,25", "0,2")]


def test_ids_stay_as_they_are_written(read: Read) -> None:
    raw = read('case,activity\n007,a\nNA,b\n"",c\nnull,d\n,e\n 1e5 ,f\n')
    assert raw.rows["case"].to_list() == ["007", "NA", "", "null", None, " 1e5 "]


def test_a_wrong_delimiter_is_told_with_the_right_one(read: Read) -> None:
    with pytest.raises(LogError, match=r"only one column, 'a;b', .*with the delimiter semicolon"):
        read("a;b\n1;2\n", delimiter=",")
    with pytest.raises(LogError, match="only one column, 'a'"):
        read("a\n1\n")


@pytest.mark.parametrize(("line", "found"), [("x,y", 2), ("x", 1), ("x,y,z,w", 4), ("x,,,,", 5)])
def test_a_ragged_row_is_named_with_its_number(read: Read, line: str, found: int) -> None:
    text = "a,b,c\n" + "1,2,3\n" * 50 + line + "\n" + "1,2,3\n" * 50
    with pytest.raises(LogError, match=f"row 51: found {found} fields, expected 3"):
        read(text)
    with pytest.raises(LogError, match=f"row 51: found {found} fields, expected 3"):
        read(text.replace("1,2,3\n", '1,"2,2",3\n'))


def test_too_few_and_too_many_fields_do_not_cancel_out(read: Read) -> None:
    with pytest.raises(LogError, match="row 2: found 2 fields"):
        read("a,b,c\n1,2,3\n1,2\n1,2,3,4\n")


def test_an_unclosed_quote_is_named_with_the_row_where_it_opens(read: Read) -> None:
    for text in ('a,b\n1,2\n3,"4\n5,6\n', 'a,b\n1,2\n3,"4\n' + "5,6\n" * 1000):
        with pytest.raises(LogError, match=r"row 2: a quote opens and is never closed \('\"4'"):
            read(text)
    with pytest.raises(LogError, match="row 2: after a closing quote stands '8'"):
        read('a,b\n1,2\n3,"4\n5,6\n7,"8\n')


def test_an_unclosed_quote_in_a_large_file_stops_early(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "BATCH", 1 << 16)
    monkeypatch.setattr(delimited, "MAX_RECORD", 1 << 16)
    with pytest.raises(LogError, match="row 1: a quote opens and is never closed"):
        read('a,b\n1,"2\n' + "5,6\n" * 500_000)


def test_a_stray_quote_is_named_and_can_be_read_without_quoting(read: Read) -> None:
    text = 'a,b\n1,5" pipe\n2,x\n'
    with pytest.raises(LogError, match="row 1: a quote stands inside a field without quotes"):
        read(text)
    assert rows(read(text, quote="")) == [("1", '5" pipe'), ("2", "x")]


def test_line_ends_within_quotes_belong_to_the_field(read: Read) -> None:
    raw = read('a,b\n1,"x\ny, ""z"""\n3,4')
    assert rows(raw) == [("1", 'x\ny, "z"'), ("3", "4")]


def test_blank_lines_are_no_rows(read: Read) -> None:
    assert rows(read("\n\na,b\n1,2\n\n3,4\n\n\n")) == [("1", "2"), ("3", "4")]
    assert rows(read("a,b\r1,2\r3,4\r")) == [("1", "2"), ("3", "4")]
    assert rows(read("sep=;\na;b\n1;2\n")) == [("1", "2")]


def test_nul_bytes_are_named_with_their_place(read: Read) -> None:
    with pytest.raises(LogError, match="NUL byte at byte 8"):
        read(b"a,b\n1,x\0y\n")


def test_a_million_columns_are_refused(read: Read) -> None:
    with pytest.raises(LogError, match="1,000,000 columns, more than 10,000"):
        read(",".join(f"c{i}" for i in range(1_000_000)) + "\n1\n")


def test_a_column_name_given_twice_is_refused_and_an_empty_one_gets_its_number(read: Read) -> None:
    with pytest.raises(LogError, match=r"'a' stands twice in the header \(columns 1, 3\)"):
        read("a,b,a\n1,2,3\n")
    assert read("a,,c\n1,2,3\n").rows.columns[:3] == ["a", "column 2", "c"]


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_refused(read: Read, content: str) -> None:
    with pytest.raises(LogError, match="is empty"):
        read(content)


def test_a_header_without_rows_is_refused(read: Read) -> None:
    with pytest.raises(LogError, match="a header and no rows"):
        read("a,b\n")


def test_mixed_encodings_are_named_with_the_byte(read: Read) -> None:
    with pytest.raises(LogError, match=r"byte 10 \(0xe4\) is not utf-8"):
        read("a,b\nä,1\n".encode() + b"\xe4,2\n")
    with pytest.raises(LogError, match="is not utf-8"):
        read("a,b\nä,1\n".encode("cp1252"), encoding="utf-8")


def test_the_last_character_may_be_foreign_or_cut_off(read: Read) -> None:
    raw = read(b"a,b\n1,\xe4")
    assert rows(raw) == [("1", "ä")]
    assert raw.files[0].format == "csv (cp1252, comma ',')"
    with pytest.raises(LogError, match="ends within a character, truncated"):
        read("a,b\nä,ä".encode()[:-1])
    with pytest.raises(LogError, match="ends within a character, truncated"):
        read("a,b\n1,2".encode("utf-16")[:-1])


def test_a_truncated_or_damaged_gzip_file_is_refused(read: Read) -> None:
    zipped = gzip.compress(b"a,b\n" + b"1,2\n" * 1000)
    with pytest.raises(LogError, match="truncated"):
        read(zipped[:-9], "log.csv.gz")
    with pytest.raises(LogError, match="damaged"):
        read(zipped[:-6] + b"\1" + zipped[-5:], "log.csv.gz")
    assert read(zipped + zipped, "log.csv.gz").rows.height == 2001


def test_an_unknown_option_names_the_nearest(read: Read) -> None:
    with pytest.raises(LogError, match="did you mean 'delimiter'"):
        read("a,b\n1,2\n", delimeter=";")


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("a,b\n" + "1,2\n" * 200_000)
    batches = delimited.open_batches(path, batch=100_000)
    next(batches)
    with path.open("a") as file:
        file.write("3,4\n")
    with pytest.raises(LogError, match="changed while it was read"):
        list(batches)


def test_batches_hold_every_row_once_in_order(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("a,b\n" + "".join(f'{i},"x\n{i}"\n' for i in range(50_000)))
    parts = list(delimited.open_batches(path, batch=100_000))
    assert len(parts) > 2
    whole = pl.concat(parts)
    assert whole["a"].to_list() == [str(i) for i in range(50_000)]
    assert whole[PLACE].to_list() == list(range(1, 50_001))
    assert whole.equals(read_raw(path).rows)


def test_a_mapping_that_stands_beside_the_file_comes_with_it(read: Read, tmp_path: Path) -> None:
    (tmp_path / "log.mapping.toml").write_text('[columns]\ncase = "a"\n')
    raw = read("a,b\n1,2\n")
    assert raw.mapping is not None
    assert raw.mapping.columns.case == "a"


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    table=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=20),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    batch=st.sampled_from([1, 7, 50, 1 << 20]),
)
def test_what_python_writes_as_csv_is_read_back_exactly(
    tmp_path: Path, table: list[tuple[str, str, str]], delimiter: str, end: str, batch: int
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["case", "activity", "note"])
    writer.writerows(table)
    path = tmp_path / "log.csv"
    path.write_bytes(out.getvalue().encode())
    # blocks of a few bytes cut characters, quotes and line ends in every possible place
    with patch.object(blocks, "BLOCK", batch), patch.object(delimited, "SAMPLE", batch):
        parts = list(delimited.open_batches(path, delimiter=delimiter, batch=batch))
    assert pl.concat(parts).drop(PLACE).rows() == table
