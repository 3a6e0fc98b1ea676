"""Fans and bands of a path's drawing: many ways stand in groups, and a long way is cut well."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from polku.path.drawing.grid import Item, Link
from polku.path.drawing.layers import columns
from polku.report.path_bands import WIDEST, cuts, widths
from polku.report.path_fans import folded


def fan(ways: int, steps: int = 2) -> tuple[list[Item], list[Link]]:
    """A gateway with so many ways of so many steps that meet again."""
    items = [Item("split", 30, 30, point=True), Item("join", 30, 30, point=True)]
    links = []
    for w in range(ways):
        ids = ["split", *(f"{w}.{k}" for k in range(steps)), "join"]
        items += [Item(id, 184, 90) for id in ids[1:-1]]
        links += [Link(f"{w}:{k}", a, b) for k, (a, b) in enumerate(pairwise(ids))]
    return items, links


def test_no_column_of_a_folded_fan_holds_more_ways_than_asked():
    items, links = fan(14)
    column, _ = columns(folded(items, links, 4, together=True), links)
    held = Counter(column.values())
    assert max(held.values()) <= 4
    assert column["join"] == max(column.values())


def test_the_steps_of_a_folded_way_stay_in_neighbouring_columns():
    items, links = fan(9, 3)
    column, _ = columns(folded(items, links, 3, together=False), links)
    for w in range(9):
        assert [column[f"{w}.{k}"] - column[f"{w}.0"] for k in range(3)] == [0, 1, 2]


def test_a_narrow_fan_is_left_as_it_is():
    items, links = fan(3)
    assert folded(items, links, 3, together=True) == items


def test_a_fan_within_a_way_of_a_fan_is_folded_too():
    items, links = fan(8, 1)
    inner, inner_links = fan(8, 1)
    items += [Item(f"in {i.id}", i.width, i.height) for i in inner]
    links += [Link(f"in {k.id}", f"in {k.source}", f"in {k.target}") for k in inner_links]
    links += [Link("to", "split", "in split"), Link("from", "in join", "join")]
    column, _ = columns(folded(items, links, 4, together=True), links)
    assert max(Counter(column.values()).values()) <= 4


def test_a_way_is_not_cut_within_a_fan_where_it_can_be_cut_before_it():
    items, links = fan(10, 3)
    before = [Item(f"b{k}", 184, 90) for k in range(12)]
    links += [Link(f"b{k}", f"b{k}", f"b{k + 1}") for k in range(11)] + [
        Link("b11", "b11", "split")
    ]
    every = [*before, *items]
    column, _ = columns(every, links)
    wide = widths(every, column)
    found = cuts(wide, links, column, sum(wide) / 2)
    inside = range(column["split"] + 1, column["join"] + 1)
    assert not any(first in inside for first, _ in found[1:])
    assert all(sum(wide[a:b]) <= WIDEST for a, b in found)
    assert [a for a, _ in found[1:]] == [b for _, b in found[:-1]]
