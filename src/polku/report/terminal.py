"""How tables look on a terminal: plain text of a log, one box, and two forms by width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from polku.report.map_text import drawable

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.table import Table
    from rich.text import Text

NARROW, WIDE = 110, 160
"""columns from which remarks are printed, and from which the full tables are"""


@dataclass(frozen=True)
class ByWidth:
    """One thing to print: `full` from 160 columns on, `short` from 110, else `narrow`."""

    narrow: RenderableType
    short: RenderableType
    full: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        wide = options.max_width
        yield self.full if wide >= WIDE else self.short if wide >= NARROW else self.narrow


def text(words: str, style: str = "") -> Text:
    """Words of a log as they stand: neither markup nor commands to the terminal."""
    from rich.text import Text

    return Text(drawable(words), style=style)


_WHOLE = ("criterion", "value", "before", "after", "difference", "95 % interval", "matters", "open")
"""columns whose cells are not broken over lines"""
_LEAST = {"statistic": 12, "remarks": 20, "says": 16}
"""columns that keep a width, by their title"""


def table(title: str, heads: tuple[str, ...], right: tuple[int, ...] = ()) -> Table:
    """An empty table; the columns numbered `right` are set to the right."""
    from rich import box
    from rich.table import Table

    made = Table(
        title=text(title) if title else None,
        title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, show_edge=False,
    )  # fmt: skip
    for k, head in enumerate(heads):
        made.add_column(
            head,
            justify="right" if k in right else "left",
            overflow="fold",
            no_wrap=head in _WHOLE,
            min_width=_LEAST.get(head),
        )
    return made
