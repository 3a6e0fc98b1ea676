"""A table of a report: what a reader sees in each cell, and the number behind it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Num:
    """A number with the text that shows it; a workbook keeps the number."""

    value: float | int | None
    text: str

    def __str__(self) -> str:
        return self.text


Cell = str | Num


@dataclass(frozen=True)
class Table:
    """Rows of cells under a head; `numbers` are the columns set to the right."""

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numbers: tuple[int, ...] = ()
    caption: str = ""
