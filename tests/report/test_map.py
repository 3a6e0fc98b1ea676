"""The map: what it shows, that nothing lies on anything else, and that it is safe and the same."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measure.build import tiny
from polku.log.eventlog import EventLog
from polku.log.mapping import Mapping
from polku.log.read import read
from polku.report.map import draw_map
from polku.report.map_geometry import BOX_H, BOX_W, Sheet, columns_in, lay_out
from polku.report.map_grid import Grid, arrange
from polku.report.map_routes import route
from polku.report.walk import Walk, walk

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def receipt(data: Path) -> EventLog:
    return read(data / "receipt" / "receipt.xes.gz")


@pytest.fixture(scope="module")
def permits(data: Path) -> EventLog:
    return read(data / "bpic15" / "BPIC15_1.xes.gz")


def sheet_of(log: EventLog) -> tuple[Walk, Grid, Sheet]:
    shown = walk(log)
    grid = arrange(shown, columns_in(1680, False))
    return shown, grid, lay_out(shown, grid, route(shown, grid), [], top=44, agencies=False)


def walks(orders: list[str], **more: object) -> EventLog:
    rows = [
        {"case": f"m{i}", "activity": a, "time": float(k), **more}
        for i, order in enumerate(orders)
        for k, a in enumerate(order)
    ]
    return tiny(rows)


def test_the_map_of_a_log_is_a_picture_with_title_and_description(receipt: EventLog) -> None:
    root = ET.fromstring(draw_map(receipt))
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title") is not None
    description = root.find(f"{SVG}desc")
    assert description is not None
    assert "Confirmation of receipt" in (description.text or "")


def test_the_map_fetches_nothing_and_runs_nothing(receipt: EventLog) -> None:
    text = draw_map(receipt)
    assert "script" not in text
    assert "href" not in text
    assert set(re.findall(r"https?://[^\"' ]+", text)) == {"http://www.w3.org/2000/svg"}


def test_the_map_follows_the_readers_light_or_dark(receipt: EventLog) -> None:
    assert "prefers-color-scheme:dark" in draw_map(receipt)
    assert "prefers-color-scheme" not in draw_map(receipt, theme="light")
    assert "#14171e" in draw_map(receipt, theme="dark")


def test_the_same_log_gives_the_same_bytes(receipt: EventLog) -> None:
    assert draw_map(receipt) == draw_map(receipt)


def test_a_permit_log_of_398_activities_shows_few_enough_to_read(permits: EventLog) -> None:
    shown, _, sheet = sheet_of(permits)
    assert 12 <= len(shown.stops) <= 40
    assert sheet.width < 1800
    text = " ".join(re.findall(r">([^<]+)</text>", draw_map(permits)))
    assert "of 398 kinds of step" in text
    assert "would take more boxes than can be read" in text


def test_boxes_do_not_touch_each_other(permits: EventLog) -> None:
    _, _, sheet = sheet_of(permits)
    for i, (x, y) in enumerate(sheet.boxes):
        for u, v in sheet.boxes[:i]:
            assert abs(x - u) >= BOX_W or abs(y - v) >= BOX_H


def test_no_line_runs_over_a_box(permits: EventLog) -> None:
    _, _, sheet = sheet_of(permits)
    for line in sheet.lines:
        for x, y in points(line.path):
            inside = [
                (u, v)
                for u, v in sheet.boxes
                if u + 1 < x < u + BOX_W - 1 and v + 1 < y < v + BOX_H - 1
            ]
            assert not inside


def points(path: str) -> list[tuple[float, float]]:
    """Points along a path of M, C, L, Q and H."""
    out: list[tuple[float, float]] = []
    at = (0.0, 0.0)
    for letter, rest in re.findall(r"([MCLQHh])([^MCLQHh]*)", path):
        n = [float(v) for v in re.findall(r"-?[\d.]+", rest)]
        if letter in "ML":
            to = (n[0], n[1])
        elif letter == "H":
            to = (n[0], at[1])
        elif letter == "h":
            to = (at[0] + n[0], at[1])
        else:
            to = (n[-2], n[-1])
        if letter == "C":
            for k in range(1, 20):
                t = k / 20
                w = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
                xs, ys = (at[0], n[0], n[2], n[4]), (at[1], n[1], n[3], n[5])
                out.append(
                    (
                        sum(a * b for a, b in zip(w, xs, strict=True)),
                        sum(a * b for a, b in zip(w, ys, strict=True)),
                    )
                )
        elif letter != "M":
            out += [
                (at[0] + (to[0] - at[0]) * k / 20, at[1] + (to[1] - at[1]) * k / 20)
                for k in range(1, 20)
            ]
        at = to
    return out


def test_stops_stand_in_the_order_of_the_way() -> None:
    shown, grid, _ = sheet_of(walks(["abcd"] * 9 + ["abd"]))
    numbers = {s.activity: grid.number[i] for i, s in enumerate(shown.stops)}
    assert numbers == {"a": 1, "b": 2, "c": 3, "d": 4}


def test_a_move_that_few_matters_make_goes_back() -> None:
    log = walks(["abc"] * 9 + ["abcb"])
    shown = walk(log)
    back = [m for m in shown.moves if shown.stops[m.tail].activity == "c"]
    assert [m.matters for m in back] == [1]
    assert 'stroke-dasharray="6 3"' in draw_map(log)


def test_the_map_counts_matters_and_not_moves() -> None:
    shown = walk(walks(["ababab"]))
    assert {m.matters for m in shown.moves} == {1}
    assert {(shown.stops[m.tail].activity, m.times) for m in shown.moves} == {("a", 3), ("b", 2)}


def test_share_widens_what_is_shown() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    log = walks([letters[: 2 + i] for i in range(24)])
    counts = [len(walk(log, share, least_stops=1).stops) for share in (0.3, 0.6, 1.0)]
    assert counts == sorted(counts)
    assert counts[-1] == 25
    with pytest.raises(ValueError, match="share 0"):
        draw_map(log, 0)


def test_contacts_stand_in_the_customers_row_and_their_absence_is_said() -> None:
    with_contact = walks(["ab"] * 6, contact="customer", channel="phone")
    assert "6 by phone" in draw_map(with_contact)
    assert "does not mark which steps meet the customer" in draw_map(walks(["ab"] * 6))


def test_agencies_have_lanes_and_the_least_busy_units_are_grouped_and_counted() -> None:
    rows = [
        {"case": f"m{i}", "activity": f"step {u}", "unit": f"unit {u:02}", "agency": "Agency",
         "time": float(u)}
        for i in range(3)
        for u in range(14)
    ]  # fmt: skip
    shown = walk(tiny(rows), 1.0)
    assert len(shown.lanes) == 9
    assert [lane.unit for lane in shown.lanes if lane.others] == ["6 other units"]


def test_names_of_the_mapping_are_shown_and_equal_names_told_apart() -> None:
    names = {"A1": {"en": "Check"}, "A2": {"en": "Check"}}
    rows = [{"case": "m", "activity": a, "time": float(k)} for k, a in enumerate(["A1", "A2"])]
    labels = {s.label for s in walk(tiny(rows, mapping=Mapping(names=names))).stops}
    assert labels == {"Check (A1)", "Check (A2)"}


def test_a_control_character_in_a_name_leaves_the_drawing_well_formed() -> None:
    rows = [{"case": "m", "activity": "a\x1b[31m", "unit": "u\x01", "time": float(k)}
            for k in range(3)]  # fmt: skip
    assert ET.fromstring(draw_map(tiny(rows))).tag == f"{SVG}svg"


def test_text_from_the_log_cannot_become_markup() -> None:
    evil = "<script>alert(1)</script>"
    log = tiny([
        {"case": "m", "activity": evil, "unit": f'"{evil}', "channel": evil, "contact": "city",
         "time": float(k)}
        for k in range(3)
    ])  # fmt: skip
    text = draw_map(log)
    assert "<script" not in text
    ET.fromstring(text)


def test_an_empty_log_and_one_matter_are_drawn() -> None:
    empty = tiny([])
    assert "holds no step" in draw_map(empty)
    ET.fromstring(draw_map(empty))
    assert "The way of 1 matter" in draw_map(walks(["a"]))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text("abcdefgh", min_size=1, max_size=9), min_size=1, max_size=12))
def test_any_log_gives_a_well_formed_map_that_no_order_of_matters_changes(
    orders: list[str],
) -> None:
    log = walks(orders)
    text = draw_map(log, 1.0)
    ET.fromstring(text)
    shown, grid, sheet = sheet_of(log)
    assert len({(s.band, s.column, s.row) for s in grid.spots}) == len(shown.stops)
    for line in sheet.lines:
        for x, y in points(line.path):
            assert not any(
                u + 1 < x < u + BOX_W - 1 and v + 1 < y < v + BOX_H - 1 for u, v in sheet.boxes
            )
