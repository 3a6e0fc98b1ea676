"""Linking: one matter out of several agencies' cases, never two people's or two matters in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.errors import LogError, MappingError
from polku.log.build import build
from polku.log.eventlog import EventLog
from polku.log.link import link, load_rules, rules_from_dict
from polku.log.link_match import components
from polku.log.mapping import (
    About,
    Calendar,
    CaseColumns,
    Closed,
    Columns,
    Contacts,
    Mapping,
    NoneValues,
    Window,
)
from polku.log.raw import RawTable
from polku.log.source import Issue

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
Row = tuple[str, str, float, str, dict[str, Any]]
MAPPING = Mapping(
    columns=Columns(case="c", activity="a", time="t", unit="u"),
    closed=Closed(rule="end_activities", activities=("end",)),
)


def _log(rows: Sequence[Row], mapping: Mapping = MAPPING) -> EventLog:
    """(case, activity, day, unit, further columns; `case:…` are the case's)."""
    data = [
        {"c": c, "a": a, "t": FIRST + timedelta(days=d), "u": u, **more}
        for c, a, d, u, more in rows
    ]
    frame = pl.DataFrame(data, infer_schema_length=None).with_columns(
        pl.col("t").dt.cast_time_unit("us")
    )
    return build(RawTable(frame, (), "test"), mapping)


def _case(name: str, day: float, **attributes: Any) -> list[Row]:
    more = {f"case:{k}": v for k, v in attributes.items()}
    return [(name, "apply", day, "desk", more), (name, "end", day + 5, "desk", more)]


def _rules(*rules: dict[str, Any], **more: Any) -> Any:
    return rules_from_dict({"format": "polku.link/1", "rule": list(rules), **more})


def _matters(log: EventLog) -> list[str]:
    return sorted(log.cases["case_refs"])


CUSTOMER = {"by": "customer", "column": "customer", "days": 30}
REFERENCE = {"by": "reference", "from": "plots", "column": "permit", "to": "permits"}


def test_a_reference_links_a_case_with_the_case_it_names() -> None:
    permits = _log(_case("1", 0) + _case("2", 1))
    plots = _log(_case("1", 3, permit="2") + _case("9", 3, permit="77"))
    out = link([("permits", permits), ("plots", plots)], _rules(REFERENCE))
    assert _matters(out) == ["permits:1", "permits:2; plots:1", "plots:9"]
    note = out.source.links[0]
    assert (note["links"], note["cases_linked"], note["dangling"]) == (1, 1, 1)
    assert note["unlinked"] == 1


def test_a_cell_may_refer_to_several_cases_and_links_are_transitive() -> None:
    permits = _log(_case("1", 0) + _case("2", 1))
    plots = _log(_case("5", 3, permit="1; 2"))
    out = link([("permits", permits), ("plots", plots)], _rules({**REFERENCE, "separator": ";"}))
    assert _matters(out) == ["permits:1; permits:2; plots:5"]


def test_one_link_file_serves_the_files_of_any_year() -> None:
    rules = _rules(REFERENCE, logs={"permits": "permits-*", "plots": "*plots"})
    logs = [
        ("permits-2025", _log(_case("1", 0))), ("2025 plots", _log(_case("7", 3, permit="1"))),
    ]  # fmt: skip
    assert _matters(link(logs, rules)) == ["permits:1; plots:7"]
    with pytest.raises(LogError, match="two logs are named 'permits'"):
        link([*logs, ("permits-2024", logs[0][1])], rules)


def test_a_reference_to_an_id_of_two_logs_is_ambiguous() -> None:
    a, b = _log(_case("1", 0)), _log(_case("1", 0))
    c = _log(_case("5", 3, ref="1"))
    rule = {"by": "reference", "from": "c", "column": "ref"}
    out = link([("a", a), ("b", b), ("c", c)], _rules(rule))
    assert out.n_matters == 3
    assert out.source.links[0]["ambiguous"] == 1
    assert "links nothing" in out.source.links[0]["warning"]


def test_cases_that_share_an_object_are_one_matter() -> None:
    permits = _log(
        _case("1", 0, plot="91-1") + _case("2", 0, plot="91-2") + _case("3", 0, plot="-")
    )
    plots = _log(_case("1", 90, lot="91-1") + _case("2", 90, lot="-"))
    rule = {"by": "shared", "columns": {"permits": "plot", "plots": "lot"}}
    out = link([("permits", permits), ("plots", plots)], _rules(rule))
    assert _matters(out) == ["permits:1; plots:1", "permits:2", "permits:3", "plots:2"]


def test_an_object_may_stand_at_the_events() -> None:
    a = _log([("1", "ask", 0, "x", {"document": "d1"}), ("1", "ask", 1, "x", {"document": "d2"})])
    b = _log([("7", "give", 3, "y", {"document": "d2"}), ("8", "give", 3, "y", {"document": "d3"})])
    out = link([("a", a), ("b", b)], _rules({"by": "shared", "column": "document"}))
    assert _matters(out) == ["a:1; b:7", "b:8"]


def test_an_object_of_two_cases_of_one_log_is_left_alone_unless_told() -> None:
    a = _log(_case("1", 0, plot="p") + _case("2", 400, plot="p"))
    b = _log(_case("1", 2, plot="p"))
    rule = {"by": "shared", "column": "plot"}
    out = link([("a", a), ("b", b)], _rules(rule))
    assert out.n_matters == 3
    assert out.source.links[0]["ambiguous"] == 3
    assert out.source.links[0]["ambiguous_rate"] == 1.0
    assert link([("a", a), ("b", b)], _rules({**rule, "several": "link"})).n_matters == 1
    near = link([("a", a), ("b", b)], _rules({**rule, "days": 30}))
    assert _matters(near) == ["a:1; b:1", "a:2"]


def test_a_customer_within_the_window_is_one_matter_and_outside_it_is_not() -> None:
    a = _log(_case("1", 0, customer="X") + _case("2", 0, customer="Y"))
    b = _log(_case("1", 30, customer="X") + _case("2", 30.1, customer="Y"))
    out = link([("a", a), ("b", b)], _rules(CUSTOMER))
    assert _matters(out) == ["a:1; b:1", "a:2", "b:2"]


def test_one_persons_unrelated_matters_stay_apart() -> None:
    a = _log(_case("1", 0, customer="X") + _case("2", 10, customer="X"))
    b = _log(_case("1", 5, customer="X"))
    out = link([("a", a), ("b", b)], _rules(CUSTOMER))
    assert out.n_matters == 3
    assert out.source.links[0]["ambiguous"] == 3


def test_a_chain_over_a_third_log_brings_no_two_matters_of_one_log_together() -> None:
    a = _log(_case("1", 0, customer="X") + _case("2", 80, customer="X"))
    b = _log(_case("1", 25, customer="X"))
    c = _log(_case("1", 52, customer="X"))
    out = link([("a", a), ("b", b), ("c", c)], _rules(CUSTOMER))
    assert out.n_matters == 4
    assert out.source.links[0]["ambiguous"] == 4


def test_a_matter_that_an_earlier_rule_completed_takes_no_further_case() -> None:
    a = _log(_case("1", 0, customer="X"))
    b = _log(_case("1", 3, customer="X", ref="1") + _case("2", 6, customer="X"))
    rule = {"by": "reference", "from": "b", "column": "ref", "to": "a"}
    out = link([("a", a), ("b", b)], _rules(rule, CUSTOMER))
    assert _matters(out) == ["a:1; b:1", "b:2"]
    assert [n["by"] for n in out.source.links] == ["reference", "customer"]


def test_a_matter_has_the_earliest_cases_id_and_keeps_its_cases_apart() -> None:
    a = _log([("1", "apply", 9, "desk", {}), ("1", "end", 20, "desk", {})])
    b = _log([("5", "ask", 2, "law", {"case:ref": "1"}), ("5", "end", 30, "law", {})])
    rule = {"by": "reference", "from": "b", "column": "ref", "to": "a"}
    out = link([("a", a), ("b", b)], _rules(rule))
    assert out.cases["case_id"].to_list() == ["b:5"]
    assert out.events["case_ref"].to_list() == ["b:5", "a:1", "a:1", "b:5"]
    assert out.events["agency"].to_list() == ["b", "a", "a", "b"]
    assert out.events["order"].to_list() == [0, 1, 2, 3]
    assert out.cases["arrival"].to_list() == [FIRST + timedelta(days=2)]
    assert out.cases["end"].to_list() == [FIRST + timedelta(days=30)]
    assert out.cases["linked_cases"].to_list() == [2]


def test_a_matter_is_open_while_one_of_its_cases_is() -> None:
    a = _log(_case("1", 0, customer="X"))
    b = _log([("1", "ask", 2, "law", {"case:customer": "X"})])
    out = link([("a", a), ("b", b)], _rules(CUSTOMER))
    assert out.cases["closed"].to_list() == [False]
    assert out.cases["end"].to_list() == [None]


def test_whether_a_matter_ended_is_not_known_where_one_log_does_not_tell() -> None:
    blind = replace(MAPPING, closed=Closed())
    a = _log(_case("1", 0, customer="X") + _case("2", 0, customer="Y"))
    b = _log(_case("1", 2, customer="X"), blind)
    out = link([("a", a), ("b", b)], _rules(CUSTOMER))
    closed = dict(out.cases.select("case_refs", "closed").iter_rows())
    assert closed == {"a:1; b:1": None, "a:2": True}
    assert any(a.kind == "cannot" and "b do not tell" in a.text for a in out.source.assumptions)


def test_names_that_two_logs_use_are_kept_apart_unless_told() -> None:
    a, b = _log(_case("1", 0, customer="X")), _log(_case("1", 2, customer="X"))
    out = link([("a", a), ("b", b)], _rules(CUSTOMER))
    assert out.events["activity"].unique().sort().cast(pl.String).to_list() == [
        "apply (a)", "apply (b)", "end (a)", "end (b)",
    ]  # fmt: skip
    assert out.events["unit"].n_unique() == 2
    same = link([("a", a), ("b", b)], _rules(CUSTOMER, same_names="same"))
    assert same.events["activity"].n_unique() == 2


def test_the_mapping_speaks_of_the_names_as_they_are_now() -> None:
    mapping = replace(
        MAPPING, contacts=Contacts(customer=("apply",)), none=NoneValues(units=("desk",)),
        names={"apply": {"fi": "hakemus"}},
    )  # fmt: skip
    a, b = _log(_case("1", 0, customer="X"), mapping), _log(_case("1", 2, customer="X"))
    out = link([("a", a), ("b", b)], _rules(CUSTOMER)).mapping
    assert out.contacts.customer == ("apply (a)",)
    assert out.names["apply (a)"] == {"fi": "hakemus (a)"}
    assert out.definition("closed") == MAPPING.definition("closed")
    assert '"a":' in out.definition("contacts")


def test_a_promise_for_part_of_the_way_is_none_for_the_whole() -> None:
    mapping = replace(MAPPING, cases=CaseColumns(promise_days="case:days", customer="case:who"))
    a = _log(_case("1", 0, who="X", days=30) + _case("2", 0, who="Y", days=30), mapping)
    b = _log(_case("1", 2, who="X"))
    b = replace(b, mapping=mapping)
    out = link([("a", a), ("b", b)], _rules({**CUSTOMER, "column": "who"}))
    promised = dict(out.cases.select("case_refs", "days").iter_rows())
    assert promised == {"a:1; b:1": None, "a:2": 30}
    due = dict(out.cases.select("case_refs", pl.col("due").is_null()).iter_rows())
    assert due == {"a:1; b:1": True, "a:2": False}
    assert out.mapping.cases.promise_days == "days"
    assert out.mapping.cases.customer == "who"


def test_a_note_on_one_log_stands_on_the_linked_log() -> None:
    made = replace(MAPPING, about=About(title="Made", note="synthetic"))
    logs = [("a", _log(_case("1", 0), made)), ("b", _log(_case("1", 2)))]
    out = link(logs, _rules({"by": "shared", "column": "case_id"}))
    assert (out.mapping.about.title, out.mapping.about.note) == ("Made", "synthetic")


def test_working_calendars_that_contradict_are_said_and_not_chosen() -> None:
    one = replace(MAPPING, calendar=Calendar(hours={"mon": ("08:00-16:00",)}))
    two = replace(MAPPING, calendar=Calendar(hours={"mon": ("09:00-15:00",)}))
    logs = [("a", _log(_case("1", 0), one)), ("b", _log(_case("1", 2), two))]
    rules = _rules({"by": "shared", "column": "case_id"})
    out = link(logs, rules)
    assert out.mapping.calendar == Calendar()
    assert any(a.about == "calendar" and a.kind == "cannot" for a in out.source.assumptions)
    agreed = link([logs[0], ("b", _log(_case("1", 2)))], rules)
    assert agreed.mapping.calendar == one.calendar


def test_logs_are_cut_where_a_mapping_says_that_observation_ended() -> None:
    told = replace(MAPPING, window=Window(until="2026-01-10"))
    a = _log(_case("1", 0, customer="X") + _case("2", 8, customer="Y"))
    b = _log(_case("1", 2, customer="X") + _case("2", 3, customer="Y"), told)
    a = replace(a, source=replace(a.source, rows_in=4, rows_out=4))
    out = link([("a", a), ("b", b)], _rules(CUSTOMER))
    assert out.until == b.until
    assert out.source.dropped == {"after_common_window": 1}
    closed = dict(out.cases.select("case_refs", "closed").iter_rows())
    assert closed == {"a:1; b:1": True, "a:2; b:2": False}
    assert out.events.height == a.events.height + b.events.height - 1


def test_without_such_a_word_the_logs_reach_to_the_last_of_them() -> None:
    a, b = _log(_case("1", 0, customer="X")), _log(_case("1", 2, customer="X"))
    out = link([("a", a), ("b", b)], _rules(CUSTOMER))
    assert out.until == b.until
    assert any(n.about == "window" and "a 2026-01-06" in n.text for n in out.source.assumptions)


def test_no_dropped_row_is_lost_from_the_counts() -> None:
    a, b = _log(_case("1", 0)), _log(_case("1", 2))
    a = replace(a, source=a.source.with_issues(Issue("unreadable_time", 2, "x", ("row 1",))))
    b = replace(b, source=b.source.with_issues(Issue("unreadable_time", 3, "x", ("row 9",))))
    out = link([("a", a), ("b", b)], _rules({"by": "shared", "column": "case_id"}))
    assert out.source.dropped == {"unreadable_time": 5}
    assert out.source.issues[0].places == ("a: row 1", "b: row 9")
    assert out.source.rows_in == 4


def test_an_empty_log_and_a_single_log_can_be_linked() -> None:
    full = _log(_case("1", 0, customer="X"))
    empty = replace(full, events=full.events.clear(), cases=full.cases.clear())
    out = link([("a", full), ("b", empty)], _rules(CUSTOMER))
    assert _matters(out) == ["a:1"]
    assert link([("b", empty)], _rules(CUSTOMER)).n_matters == 0
    assert _matters(link([("a", full)], _rules(CUSTOMER))) == ["a:1"]


def test_a_linked_log_can_be_linked_again() -> None:
    a, b = _log(_case("1", 0, customer="X")), _log(_case("1", 2, customer="X"))
    c = _log(_case("9", 9, customer="X"))
    once = link([("a", a), ("b", b)], _rules(CUSTOMER))
    twice = link([("ab", once), ("c", c)], _rules(CUSTOMER))
    assert twice.n_matters == 1
    assert _matters(twice) == ["ab:a:1; c:9"]
    assert sorted(twice.events["case_ref"].unique()) == ["ab:a:1", "ab:b:1", "c:9"]
    assert len(twice.source.links) == 2


def test_columns_of_one_name_and_two_types_become_text_and_that_is_said() -> None:
    a, b = _log(_case("1", 0, size=5)), _log(_case("1", 2, size="big"))
    out = link([("a", a), ("b", b)], _rules({"by": "shared", "column": "case_id"}))
    assert out.cases["size"].to_list() == ["5"]
    abouts = {n.about for n in out.source.assumptions}
    assert "cases.size" in abouts


def test_a_rule_that_would_make_one_matter_of_everything_is_refused() -> None:
    logs = [
        (name, _log([r for i in range(15) for r in _case(str(i), i, plot="0")])) for name in "ab"
    ]
    rule = {"by": "shared", "column": "plot", "several": "link", "name": "plot"}
    with pytest.raises(LogError, match=r"'plot' would put 30 of 30 cases \(100%\) into one"):
        link(logs, _rules(rule))
    assert link(logs, _rules({**rule, "ignore": ["0"]})).n_matters == 30
    assert link(logs, _rules(rule, largest_share=1)).n_matters == 1


def test_an_unknown_column_or_log_is_refused_with_the_nearest() -> None:
    logs = [("permits", _log(_case("1", 0, plot="p"))), ("plots", _log(_case("1", 0, plot="p")))]
    with pytest.raises(MappingError, match="no column 'plott'; did you mean 'plot'"):
        link(logs, _rules({"by": "shared", "column": "plott"}))
    with pytest.raises(MappingError, match="did you mean 'permits'"):
        link(logs, _rules({**REFERENCE, "to": "permit"}))
    with pytest.raises(LogError, match="two logs are named 'plots'"):
        link([logs[1], logs[1]], _rules({"by": "shared", "column": "plot"}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('format = "polku.link/9"', "is not known"),
        ('format = "polku.link/1"', r"no \[\[rule\]\]"),
        ('format = "polku.link/1"\nrules = 1', "did you mean 'rule'"),
        ('format = "polku.link/1"\n[[rule]]\nby = "shard"', "did you mean 'shared'"),
        ('format = "polku.link/1"\n[[rule]]\nby = "shared"', "give either column"),
        ('format = "polku.link/1"\n[[rule]]\nby = "shared"\ncolumns = {a = "x"}', "two logs"),
        ('format = "polku.link/1"\n[[rule]]\nby = "customer"\ncolumn = "c"', "needs days"),
        ('format = "polku.link/1"\n[[rule]]\nby = "customer"\ncolumn = "c"\ndays = "5"', "number"),
        ('format = "polku.link/1"\n[[rule]]\nby = "reference"\ncolumn = "c"', "needs 'from'"),
        ('format = "polku.link/1"\n[[rule]]\nby = "customer"\ncolum = "c"', "mean 'column'"),
        ('format = "polku.link/1"\nlargest_share = 2', "above 0"),
        ('format = "polku.link/1"\nsame_names = 2', "'apart' or 'same'"),
        ('format = "polku.link/1"\nlogs = 3\n[[rule]]\nby = "shared"', "a pattern"),
        ("format = ", "is not TOML"),
    ],
)
def test_a_wrong_link_file_is_refused_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "L.toml"
    path.write_text(text)
    with pytest.raises(MappingError, match=message) as e:
        load_rules(path)
    assert str(e.value).startswith(str(path))
    assert "\n" not in str(e.value)


def test_a_missing_link_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="check the path"):
        load_rules(tmp_path / "none.toml")


cases = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from("XYZ"), st.sampled_from(["p", "q", "r", None])),
    min_size=1,
    max_size=6,
)


def _made(rows: list[tuple[int, str, str | None]]) -> EventLog:
    return _log(
        [r for i, (d, x, p) in enumerate(rows) for r in _case(str(i), d, customer=x, plot=p)]
    )


@settings(max_examples=40, deadline=None)
@given(a=cases, b=cases, c=cases, order=st.permutations([0, 1, 2]))
def test_the_order_of_the_logs_changes_nothing(
    a: list[Any], b: list[Any], c: list[Any], order: list[int]
) -> None:
    logs = [(n, _made(rows)) for n, rows in (("a", a), ("b", b), ("c", c))]
    rules = _rules({"by": "shared", "column": "plot"}, CUSTOMER, largest_share=1)
    one = link(logs, rules)
    other = link([logs[i] for i in order], rules)
    assert one.events.equals(other.events)
    assert one.cases.equals(other.cases)
    assert (one.source, one.mapping, one.until) == (other.source, other.mapping, other.until)
    assert one.events.height == sum(log.events.height for _, log in logs)
    assert one.cases["linked_cases"].sum() == sum(log.n_matters for _, log in logs)


@settings(max_examples=60, deadline=None)
@given(a=cases, b=cases, c=cases, days=st.integers(0, 90))
def test_a_customer_rule_never_puts_two_cases_of_one_log_or_customer_together(
    a: list[Any], b: list[Any], c: list[Any], days: int
) -> None:
    logs = [(n, _made(rows)) for n, rows in (("a", a), ("b", b), ("c", c))]
    out = link(logs, _rules({**CUSTOMER, "days": days}, largest_share=1))
    for refs in out.cases["case_refs"]:
        names = [ref.split(":")[0] for ref in refs.split("; ")]
        assert len(names) == len(set(names))
    note = out.source.links[0]
    assert note["cases_with_value"] == (note["cases_linked"] + note["ambiguous"] + note["unlinked"])


def _by_hand(logs: dict[str, list[Any]], days: int) -> list[str]:
    """The customer rule said pair by pair."""
    all_cases = [
        (n, str(i), row[0], row[1]) for n, rows in logs.items() for i, row in enumerate(rows)
    ]

    def meant(x: Any, log: str) -> list[Any]:
        return [y for y in all_cases if y[0] == log and y[3] == x[3] and abs(y[2] - x[2]) <= days]

    group = {x: {x} for x in all_cases}
    for x in all_cases:
        for y in all_cases:
            if x[0] != y[0] and meant(x, y[0]) == [y] and meant(y, x[0]) == [x]:
                joined = group[x] | group[y]
                for z in joined:
                    group[z] = joined
    out = set()
    for x in all_cases:
        names = [z[0] for z in group[x]]
        members = group[x] if len(names) == len(set(names)) else {x}
        out.add("; ".join(sorted(f"{z[0]}:{z[1]}" for z in members)))
    return sorted(out)


@settings(max_examples=60, deadline=None)
@given(a=cases, b=cases, c=cases, days=st.integers(0, 90))
def test_the_customer_rule_is_what_it_says_pair_by_pair(
    a: list[Any], b: list[Any], c: list[Any], days: int
) -> None:
    rows = {"a": a, "b": b, "c": c}
    out = link(
        [(n, _made(r)) for n, r in rows.items()],
        _rules({**CUSTOMER, "days": days}, largest_share=1),
    )
    assert _matters(out) == _by_hand(rows, days)


@settings(max_examples=100, deadline=None)
@given(
    n=st.integers(1, 12),
    edges=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=20),
)
def test_components_are_those_of_a_plain_walk(n: int, edges: list[tuple[int, int]]) -> None:
    edges = [(a % n, b % n) for a, b in edges]
    plain = list(range(n))
    for _ in range(n):
        for a, b in edges:
            plain[a] = plain[b] = min(plain[a], plain[b])
    a, b = (np.array([e[i] for e in edges], dtype=np.int64) for i in (0, 1))
    assert components(n, a, b).tolist() == plain
