"""XES files, good and bad."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polku.errors import LogError
from polku.log.mapping import Columns, Mapping
from polku.log.raw import ORDER, RawTable
from polku.log.readers import blocks, xes, xes_plain
from polku.log.readers.registry import read_raw

TIME = "2024-01-01T10:00:00+02:00"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0">\n'
GLOBAL = (
    '<global scope="trace"><date key="enddate" value="1970-01-01T00:00:00Z"/></global>'
    '<global scope="event"><string key="org:group" value="UNKNOWN"/></global>'
)


def event(name: str | None = "a", time: str | None = TIME, more: str = "") -> str:
    return (
        "<event>"
        + (f'<string key="concept:name" value="{name}"/>' if name is not None else "")
        + (f'<date key="time:timestamp" value="{time}"/>' if time is not None else "")
        + more
        + "</event>"
    )


def trace(name: str | None, *events: str, more: str = "") -> str:
    named = f'<string key="concept:name" value="{name}"/>' if name is not None else ""
    return f"<trace>{named}{more}{''.join(events)}</trace>"


def xes_bytes(*traces: str, head: str = HEAD, tail: str = "</log>") -> bytes:
    return (head + "".join(traces) + tail).encode()


Read = Callable[..., RawTable]


@pytest.fixture(params=["in one part", "in small parts"])
def read(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Reads bytes as a file, in one part or in many of a few events."""
    if request.param == "in small parts":
        monkeypatch.setattr(blocks, "BLOCK", 512)
        monkeypatch.setattr(xes_plain, "PART", 300)

    def run(data: bytes, name: str = "log.xes", mapping: Mapping | None = None) -> RawTable:
        path = tmp_path / name
        path.write_bytes(data)
        return read_raw(path, mapping=mapping)

    return run


def issues(raw: RawTable) -> dict[str, int]:
    return {i.code: i.count for i in raw.issues}


@pytest.mark.parametrize(
    ("name", "cases", "events"),
    [
        ("receipt/receipt.xes.gz", 1434, 8577),
        ("bpic15/BPIC15_1.xes.gz", 1199, 52217),
        ("bpic15/BPIC15_2.xes.gz", 832, 44354),
        ("bpic12w/BPI_Challenge_2012_W_Two_TS.xes.gz", 8616, 2 * 59302),
        ("production/Production.xes.gz", 225, 2 * 4953),
    ],
)
def test_the_published_counts_come_out(data: Path, name: str, cases: int, events: int) -> None:
    raw = read_raw(data / name)
    assert raw.rows.height == raw.files[0].rows == events
    assert raw.rows[raw.roles["case"]].n_unique() == cases
    assert raw.ordered
    assert raw.issues == ()
    assert raw.rows["time:timestamp"].dtype == pl.Datetime("us", "UTC")


def test_fast_and_strict_reading_agree(data: Path, tmp_path: Path) -> None:
    plain = gzip.decompress((data / "receipt/receipt.xes.gz").read_bytes())
    fast = read_raw(data / "receipt/receipt.xes.gz")
    path = tmp_path / "receipt.xes"
    path.write_bytes(plain.replace(b"<trace>", b"<trace><!-- a comment -->", 1))
    strict = read_raw(path)
    assert fast.rows.equals(strict.rows)


def test_defaults_of_global_attributes_are_not_filled_in(read: Read) -> None:
    raw = read(xes_bytes(GLOBAL, trace("A", event()), trace("B", event())))
    assert "org:group" not in raw.rows.columns
    assert "case:enddate" not in raw.rows.columns


def test_the_order_within_the_trace_is_kept(read: Read) -> None:
    raw = read(xes_bytes(trace("A", event("x"), event("y")), trace("B", event("z"))))
    assert raw.rows[ORDER].to_list() == [0, 1, 0]
    assert raw.rows["concept:name"].to_list() == ["x", "y", "z"]


@pytest.mark.parametrize("name", ["log.xes", "log.xes.gz"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_refused(read: Read, name: str, share: float) -> None:
    whole = xes_bytes(*(trace(f"{i:x}", event(f"{i * i}")) for i in range(200)))
    whole = gzip.compress(whole) if name.endswith("gz") else whole
    with pytest.raises(LogError, match="truncated"):
        read(whole[: int(len(whole) * share)], name)


def test_a_file_that_ends_after_a_whole_trace_is_refused_too(read: Read) -> None:
    with pytest.raises(LogError, match="after 1 whole traces"):
        read(xes_bytes(trace("A", event()), tail=""))


def test_damaged_gzip_data_is_refused(read: Read) -> None:
    data = bytearray(gzip.compress(xes_bytes(*(trace(f"{i}", event()) for i in range(99)))))
    data[-6] ^= 255
    with pytest.raises(LogError, match="damaged"):
        read(bytes(data), "log.xes.gz")


def test_bytes_that_are_not_utf8_are_named(read: Read) -> None:
    with pytest.raises(LogError, match=r"byte 1\d\d \(0xe4\) is not utf-8.*declare the encoding"):
        read(xes_bytes(trace("@", event())).replace(b"@", b"\xe4"))


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16", "windows-1252"])
def test_a_declared_encoding_is_followed(read: Read, encoding: str) -> None:
    text = xes_bytes(trace("ä", event("öö"))).decode().replace("UTF-8", encoding)
    raw = read(text.encode(encoding))
    assert raw.rows["case:concept:name"].to_list() == ["ä"]
    assert raw.rows["concept:name"].to_list() == ["öö"]


@pytest.mark.parametrize(
    "entity",
    [
        '<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">',
        '<!ENTITY a SYSTEM "file:///etc/hostname">',
        '<!ENTITY % a SYSTEM "http://localhost:9/x.dtd"> %a;',
    ],
)
def test_entities_are_refused_unread(read: Read, entity: str) -> None:
    head = HEAD.replace("<log", f"<!DOCTYPE log [{entity}]><log")
    with pytest.raises(LogError, match="document type or entities"):
        read(xes_bytes(trace("&a;", event()), head=head))


def test_a_document_type_behind_a_comment_is_refused_too(read: Read) -> None:
    head = HEAD.replace("<log", '<!-- <trace> --><!DOCTYPE log [<!ENTITY a "b">]><log')
    with pytest.raises(LogError, match="document type or entities"):
        read(xes_bytes(trace("&a;", event()), head=head))


def test_an_undefined_entity_is_named_with_its_line(read: Read) -> None:
    with pytest.raises(LogError, match=r"line 3.*undefined entity"):
        read(xes_bytes(trace("&a;", event())))


def test_traces_without_names_are_refused_unless_the_mapping_names_another_column(
    read: Read,
) -> None:
    number = '<string key="nr" value="{}"/>'
    data = xes_bytes(
        trace(None, event(), more=number.format(1)), trace(None, event(), more=number.format(2))
    )
    with pytest.raises(LogError, match=r"its traces have no names.*\[columns\] case"):
        read(data)
    raw = read(data, mapping=Mapping(columns=Columns(case="case:nr")))
    assert raw.rows["case:nr"].to_list() == ["1", "2"]


def test_some_traces_without_a_name_keep_their_rows_with_none(read: Read) -> None:
    raw = read(xes_bytes(trace("A", event()), trace(None, event())))
    assert raw.rows["case:concept:name"].to_list() == ["A", None]


def test_a_log_without_times_or_activities_or_events_is_refused(read: Read) -> None:
    with pytest.raises(LogError, match="events have no times"):
        read(xes_bytes(trace("A", event(time=None))))
    with pytest.raises(LogError, match="events have no activity"):
        read(xes_bytes(trace("A", event(name=None))))
    for empty in (xes_bytes(), xes_bytes(trace("A"))):
        with pytest.raises(LogError, match="has no events"):
            read(empty)


def test_unreadable_times_are_counted_with_their_place(read: Read) -> None:
    good = [trace(f"{i}", event()) for i in range(99)]
    raw = read(xes_bytes(*good, trace("B", event(), event(time="gibberish"))))
    assert issues(raw) == {"unreadable_time": 1}
    assert raw.issues[0].places == ("trace 'B', event 2: time:timestamp 'gibberish'",)
    assert raw.rows.height == 101
    assert raw.rows["time:timestamp"].null_count() == 1
    with pytest.raises(LogError, match=r"2 times cannot be read \(trace 'B', event 1"):
        read(xes_bytes(*good[:10], trace("B", event(time="x"), event(time="2024-13-01T00:00:00Z"))))


def test_a_time_that_looks_right_and_is_none_is_counted(read: Read) -> None:
    good = [trace(f"{i}", event()) for i in range(99)]
    raw = read(xes_bytes(*good, trace("B", event(time="2024-02-30T10:00:00Z"))))
    assert issues(raw) == {"unreadable_time": 1}
    assert raw.rows["time:timestamp"].null_count() == 1


def test_times_without_an_offset_wait_for_the_mapping(read: Read) -> None:
    raw = read(xes_bytes(trace("A", event(time="2024-01-01T10:00:00"))))
    assert raw.rows["time:timestamp"].to_list() == ["2024-01-01T10:00:00"]


def test_unreadable_numbers_are_missing_and_counted_never_zero(read: Read) -> None:
    raw = read(
        xes_bytes(trace("A", event(more='<int key="fee" value="3.5"/>'),
                        event(more='<int key="fee" value="7"/>')))
    )  # fmt: skip
    assert raw.rows["fee"].to_list() == [None, 7]
    assert issues(raw) == {"unreadable_number": 1}


def test_empty_traces_and_repeated_names_and_stray_events_are_counted(read: Read) -> None:
    raw = read(xes_bytes(trace("A", event("x")), trace("E"), trace("A", event("y"))))
    assert issues(raw) == {"trace_without_events": 1, "trace_name_repeated": 1}
    assert raw.rows["case:concept:name"].to_list() == ["A", "A"]
    raw = read(xes_bytes(trace("A", event("x")), event("out")))
    assert issues(raw) == {"event_outside_trace": 1}
    assert raw.rows["concept:name"].to_list() == ["x"]


def test_attributes_within_attributes_and_lists_survive(read: Read) -> None:
    inner = (
        '<string key="k" value="v"><string key="in" value="n"/></string><list key="L"><values>'
        '<string key="a" value="1"/><string key="b" value="ä"/></values></list>'
        '<container key="C"><int key="z" value="3"/></container>'
    )
    raw = read(xes_bytes(trace("A", event(more=inner))))
    row = raw.rows.row(0, named=True)
    assert (row["k"], row["k.in"], row["L"], row["C.z"]) == ("v", "n", '["1", "ä"]', 3)


def test_one_key_with_two_types_stays_text_as_written(read: Read) -> None:
    raw = read(
        xes_bytes(trace("A", event(more='<int key="k" value="1"/>'),
                        event(more='<string key="k" value="zz"/>')))
    )  # fmt: skip
    assert raw.rows["k"].to_list() == ["1", "zz"]


def test_ids_stay_as_they_are_written(read: Read) -> None:
    raw = read(xes_bytes(*(trace(n, event()) for n in ("007", "NA", "", "&lt;a&gt;"))))
    assert raw.rows["case:concept:name"].to_list() == ["007", "NA", "", "<a>"]
    raw = read(xes_bytes('<trace><int key="concept:name" value="7"/>' + event() + "</trace>"))
    assert raw.rows["case:concept:name"].to_list() == ["7"]


def test_other_xml_is_no_log(read: Read) -> None:
    with pytest.raises(LogError, match="begins with <html>"):
        read(b"<?xml version='1.0'?><html></html>")
    with pytest.raises(LogError, match="not well-formed"):
        read(xes_bytes(trace("A", event()) + "</event>"))


def test_a_case_of_many_events_reads_and_elements_too_deep_do_not(read: Read) -> None:
    raw = read(xes_bytes(trace("A", *[event()] * 20_000)))
    assert raw.rows[ORDER].max() == 19_999
    deep = '<string key="a" value="b">' * 99 + "</string>" * 99
    with pytest.raises(LogError, match="more than 32 deep"):
        read(xes_bytes(trace("A", event(more=deep))))


def test_a_file_that_grows_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.xes"
    path.write_bytes(xes_bytes(trace("A", event())))
    read_plain = xes.read_plain

    def slow(place: Path, digest: object) -> object:
        found = read_plain(place, digest)
        path.write_bytes(path.read_bytes() + b"\n")
        return found

    monkeypatch.setattr(xes, "read_plain", slow)
    with pytest.raises(LogError, match="changed while it was read"):
        read_raw(path)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=6)
CHARACTERS = TEXT.map(lambda t: t.replace("\ufffe", "").replace("\uffff", ""))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(traces=st.lists(st.tuples(CHARACTERS, st.lists(CHARACTERS, max_size=4)), min_size=1))
def test_texts_come_back_exactly_from_both_readers(
    tmp_path: Path, traces: list[tuple[str, list[str]]]
) -> None:
    written = [
        trace(escape(name, {'"': "&quot;"}), *(event(escape(e, {'"': "&quot;"})) for e in events))
        for name, events in traces
    ]
    expected = [(name, e) for name, events in traces for e in events]
    if not expected:
        return
    path = tmp_path / "log.xes"
    for comment in ("", "<!-- read this strictly -->"):
        path.write_bytes(xes_bytes(*written, comment))
        raw = read_raw(path)
        assert raw.rows.select("case:concept:name", "concept:name").rows() == expected


def test_a_key_given_twice_in_one_element_is_counted_with_its_place(read: Read) -> None:
    twice = '<string key="concept:name" value="b"/>'
    raw = read(xes_bytes(trace("A", event(), event(more=twice)), trace("B", event(), more=(
        '<string key="x" value="1"/><string key="x" value="2"/>'))))  # fmt: skip
    (issue,) = [i for i in raw.issues if i.code == "repeated_attribute"]
    assert (issue.count, issue.dropped) == (2, False)
    assert issue.places == (
        "trace number 1, event 2: 'concept:name'",
        "trace number 2: 'x'",
    )
    assert raw.rows["concept:name"].to_list() == ["a", "a", "a"]
    assert raw.rows["case:x"].to_list() == [None, None, "1"]


def test_a_plain_log_still_goes_the_fast_way(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xes, "read_strict", None)
    more = '<string key="empty" value=""/><boolean key="b" value="true"/>'
    raw = read(xes_bytes(trace("A", event(), event(more=more), more=more), trace("B", event())))
    assert raw.rows.height == 3


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("\x01", r"line 4, column \d+, in trace number 1, event 1: holds .* U\+0001"),
        ("\x1f", r"U\+001F, which XML forbids; remove it"),
        ("&#1;", r"line 4, .*event 1: names a character that XML forbids"),
        ("&#x1F;", r"line 4, .*event 1: names a character that XML forbids"),
    ],
)
def test_a_character_that_xml_forbids_is_refused_with_its_place(
    read: Read, wrong: str, said: str
) -> None:
    with pytest.raises(LogError, match=said):
        read(xes_bytes(trace("A", "\n" + event(f"a{wrong}b"), event())))
