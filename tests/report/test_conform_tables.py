"""A log held against a path, on a terminal."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from rich.console import Console

from polku.path.conform import Conformance, Extra, Fit, Group, Leaving, Skipped
from polku.report.conform_tables import conform_table

FIT = Fit(40, 30, 8, 2, 0.75, 0.598, 0.859, 0.912)
FOUND = Conformance(
    path={"id": "p", "name": "Stall", "hash": "0" * 64},
    strict=False,
    open=3,
    whole=FIT,
    groups=(Group("town", "N", FIT), Group("town", "S", None)),
    skipped=(Skipped("b", "[red]Decide", 6, 7, 0.158),),
    extra=(Extra("Call", "", "", 2, 2, 0.053), Extra("Wait", "b", "Decide", 1, 1, 0.026)),
    leaving=(Leaving("", "", 2, 0.053), Leaving("x", "Ready?", 6, 0.158)),
    not_recorded={"c": "Pay"},
    not_described={"Call": 3},
    unclear={"ask": ("a", "c")},
    undecided={"the search went beyond its limit": 2},
    not_told=1,
    facts=pl.DataFrame(),
)


def printed(found: Conformance, width: int = 120) -> str:
    console = Console(width=width, record=True, force_terminal=False)
    with console.capture() as held:
        console.print(conform_table(found))
    return held.get().replace("\u00a0", " ")


def test_the_answer_comes_first_with_its_interval():
    first = printed(FOUND).splitlines()[0]
    assert first.startswith("Stall: 75 % of 40 matters go this way (60 % to 86 %)")
    assert "mean fitness 91 %" in first


def test_undecided_and_open_matters_are_told():
    text = printed(FOUND)
    assert "2 are undecided (and count as not fitting)" in text
    assert "3 are open and judged on what they did so far" in text
    assert "Undecided (2 matters): the search went beyond its limit." in text
    unknown = printed(replace(FOUND, open=None))
    assert "does not tell which have ended" in unknown


def test_what_was_skipped_extra_and_where_is_told_as_the_log_has_it():
    text = printed(FOUND)
    assert "[red]Decide" in text
    assert "(at the start)" in text
    assert "Ready?" in text
    assert "hidden" in text
    assert "Not recorded in this log, so not counted as skipped: Pay." in text


def test_long_tables_say_how_many_rows_they_leave_out():
    many = replace(FOUND, skipped=FOUND.skipped * 20)
    assert "and 8 more" in printed(many)


def test_no_matters_and_a_narrow_terminal():
    nothing = Fit(0, 0, 0, 0, None, None, None, None)
    empty = replace(FOUND, whole=nothing, groups=(), skipped=(), extra=(), leaving=())
    assert printed(empty).startswith("Stall: no matters")
    assert max(len(line) for line in printed(FOUND, 60).splitlines()) <= 60
