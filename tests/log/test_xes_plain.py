"""The fast XES reader: what it takes, the strict reader takes too, to the same table."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polku.log.readers import blocks, xes_plain
from polku.log.readers.registry import read_raw
from polku.log.readers.xes_part import IrregularError
from polku.log.readers.xes_plain import Plain, read_plain
from polku.log.readers.xes_strict import read_strict

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0">'
VALUES = {
    "string": ["", "a > b", "&amp;&lt;&#228;", "ä", "a\tb\r\nc\nd", "/>", "007", "x" * 30],
    "id": ["1", "b"],
    "date": [
        "2024-01-01T10:00:00+02:00", "2024-07-01 10:00:00.123+03:00", "2024-02-29T00:00:00Z",
        "2024-02-30T00:00:00Z", "2024-01-01T10:00:00", "1.2.2024", "",
    ],
    "int": ["1", "-7", "007", "9223372036854775808", "1.0", ""],
    "float": ["1.5", "-2", "1e5", "NaN", "1,5"],
    "boolean": ["true", "false", "1", "yes"],
}  # fmt: skip
KEYS = {
    "concept:name": "string", "time:timestamp": "date", "k&amp;": "string", "n": "int",
    "f": "float", "b": "boolean", "i": "id", "case:x": "string",
}  # fmt: skip
SPOILT = [
    b'"', b"<", b">", b"&", b"/", b" ", b"\n", b"\r", b"\0", b"\xff", b'"">', b"&#1;", b"&x;",
    b"<event>", b"</event>", b"<trace>", b"</trace>", b"<!-- c -->", b"\xef\xbf\xbe", b"text",
    b'<string key="a" value="b"><int key="c" value="1"/></string>', b"<event/>", b"</log>",
]  # fmt: skip


def log(body: str) -> bytes:
    return f"{HEAD}{body}</log>".encode()


def event(*attributes: str) -> str:
    return f"<event>{''.join(attributes)}</event>"


def attribute(key: str, value: str, kind: str = "string") -> str:
    return f'<{kind} key="{key}" value="{value}"/>'


def plain(path: Path, data: bytes) -> Plain:
    path.write_bytes(data)
    return read_plain(path, hashlib.sha256())


def agree(path: Path, fast: Plain) -> bool:
    strict = read_strict(path)
    columns = sorted(strict.rows.columns)
    assert strict.issues == ()
    assert sorted(fast.rows.columns) == columns
    assert fast.rows.select(columns).schema == strict.rows.select(columns).schema
    assert fast.sizes.to_list() == strict.sizes
    return fast.rows.select(columns).equals(strict.rows.select(columns))


@st.composite
def logs(draw: st.DrawFn) -> bytes:
    space = draw(st.sampled_from(["", "\n", "\r\n\t"]))

    def attributes(most: int) -> str:
        keys = draw(st.lists(st.sampled_from(sorted(KEYS)), max_size=most, unique=True))
        return space.join(
            attribute(k, draw(st.sampled_from(VALUES[KEYS[k]])), KEYS[k]) for k in keys
        )

    def trace() -> str:
        events = [event(space, attributes(4)) for _ in range(draw(st.integers(0, 3)))]
        return f"<trace>{attributes(3)}{space}{space.join(events)}{attributes(1)}</trace>"

    data = log(space.join(trace() for _ in range(draw(st.integers(1, 4)))))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.sampled_from(SPOILT)) + data[at + draw(st.integers(0, 2)) :]
    return data


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=logs(), part=st.sampled_from([300, 1 << 20]))
def test_what_it_takes_the_strict_reader_takes_alike(
    tmp_path: Path, data: bytes, part: int
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(xes_plain, "PART", part)
        patched.setattr(blocks, "BLOCK", 450)
        try:
            fast = plain(tmp_path / "log.xes", data)
        except (IrregularError, blocks.RefusedError):
            return
    assert agree(tmp_path / "log.xes", fast)


@pytest.mark.parametrize("name", ["receipt/receipt.xes.gz", "production/Production.xes.gz"])
def test_both_readers_agree_on_published_logs(data: Path, name: str) -> None:
    assert agree(data / name, read_plain(data / name, hashlib.sha256()))


@pytest.mark.parametrize("space", ["", "\n", "\r\n  "])
def test_every_plain_value_is_taken(tmp_path: Path, space: str) -> None:
    good = {kind: values[:3] for kind, values in VALUES.items()} | {"string": VALUES["string"]}
    events = [
        event(
            *(space + attribute(kind, v, kind) for kind, vs in good.items() for v in vs[i : i + 1])
        )
        for i in range(8)
    ]
    body = f"{space}<trace>{space.join(events)}{space}</trace>{space}<trace></trace>"
    fast = plain(tmp_path / "log.xes", log(body))
    assert fast.sizes.to_list() == [8, 0]
    assert agree(tmp_path / "log.xes", fast)
    assert fast.rows["string"].to_list() == [
        "", "a > b", "&<ä", "ä", "a b c d", "/>", "007", "x" * 30,
    ]  # fmt: skip
    assert fast.rows["int"].to_list() == [1, -7, 7, *[None] * 5]


NAMED = attribute("concept:name", "a")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (f"<trace>{event(NAMED)}</trace>text", "the end"),
        (f"<trace>text{event(NAMED)}</trace>", "text"),
        (f"<trace>{event(NAMED)}", "not closed"),
        (f"<trace>{event(NAMED)}</trace>{event(NAMED)}", "nested"),
        (f"<trace><trace>{event(NAMED)}</trace></trace>", "nested"),
        (f"<trace>{event(event(NAMED))}</trace>", "nested"),
        (f"<trace></trace>{NAMED}<trace>{event(NAMED)}</trace>", "outside traces"),
        (f"<trace>{event(NAMED, NAMED)}</trace>", "twice"),
        (f"<trace>{event(NAMED, NAMED.replace('/>', ' />'))}</trace>", "twice"),
        (f"<trace>{event(NAMED)}{event(attribute('concept:name', '1', 'int'))}</trace>", "types"),
        (f"<trace>{event(attribute('case:a', 'b'))}</trace>", "case:"),
        (f'<trace>{event(NAMED)}<event""></event></trace>', "quote too many|event"),
        (f'<trace>{event(NAMED[:-1])}/">"</trace>', "attributes|quote|string"),
        (f"<trace>{event(attribute('a', 'b<c'))}</trace>", "< or >"),
        (f"<trace>{event(NAMED)}<!-- <event> --></trace>", "<!--"),
        (f"<trace>{event(attribute('a', '&b;'))}</trace>", "no character"),
        (f"<trace>{event(attribute('a', '&#xFFFF;'))}</trace>", "no character"),
        (f"<trace>{event(attribute('a', chr(0xFFFE)))}</trace>", "XML forbids"),
        (f"<trace>{event(attribute('a', chr(7)))}</trace>", "control"),
        (f"<trace>{event(attribute('a' + chr(9), 'b'))}</trace>", "within a tag"),
        (f"<trace>{event(NAMED[:-1])}\r></trace>", "string"),
        (f"<trace>{event(attribute('a', 'b' * (1 << 20) + 'c'))}</trace>", "long"),
        *(
            (f"<trace>{event(attribute('a', value, kind))}</trace>", "a time of|no " + kind)
            for kind, value in [
                ("date", "2024-02-30T00:00:00Z"), ("date", "2024-01-01T10:00:00"), ("date", ""),
                ("int", "1.5"), ("int", "9223372036854775808"), ("float", "x"), ("boolean", "?"),
            ]
        ),
    ],
)  # fmt: skip
def test_the_irregular_is_left_to_the_strict_reader(tmp_path: Path, body: str, why: str) -> None:
    with pytest.raises(IrregularError, match=why):
        plain(tmp_path / "log.xes", log(body))


@pytest.mark.parametrize("head", ["<log><event></event>", "<log><a", "<x:log>", '<log a="" a="">'])
def test_a_beginning_that_is_none_is_left_to_the_strict_reader(tmp_path: Path, head: str) -> None:
    with pytest.raises(IrregularError, match="beginning"):
        plain(tmp_path / "log.xes", f"{head}<trace>{event(NAMED)}</trace></log>".encode())


def test_an_event_that_never_ends_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xes_plain, "PART", 100)
    monkeypatch.setattr(blocks, "BLOCK", 100)
    with pytest.raises(IrregularError, match="very large event"):
        plain(tmp_path / "log.xes", log(f"<trace>{event(NAMED * 50)}</trace>"))


def test_the_hash_is_of_the_whole_file_whoever_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 512)
    time = attribute("time:timestamp", "2024-01-01T10:00:00Z", "date")
    trace = f"<trace>{attribute('concept:name', 'A')}{event(NAMED, time) * 99}</trace>"
    path = tmp_path / "log.xes"
    for comment in ("", "<!-- strictly -->"):
        data = log(comment.join(["<trace></trace>", trace]))
        path.write_bytes(data)
        assert read_raw(path).files[0].sha256 == hashlib.sha256(data).hexdigest()


def test_r4pm_finds_the_same_in_a_plain_log(tmp_path: Path) -> None:
    r4pm = pytest.importorskip("r4pm")
    time = attribute("time:timestamp", "2024-01-01T10:00:00.5+02:00", "date")
    number, truth = attribute("n", "7", "int"), attribute("b", "true", "boolean")
    body = f"<trace>{NAMED}{event(NAMED, time, number)}{event(time, truth)}</trace>"
    fast = plain(tmp_path / "log.xes", log(body * 2)).rows
    theirs, _ = r4pm.df.import_xes(str(tmp_path / "log.xes"))
    theirs = theirs.with_columns(pl.col("time:timestamp").dt.replace_time_zone("UTC"))
    assert theirs.select(fast.columns).equals(fast)
