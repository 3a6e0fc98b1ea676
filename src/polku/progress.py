"""A progress bar on a terminal for anything that takes a while; nothing when piped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[float | None, str], None]
"""Called with the share done (0–1, null = not known) and what is being done."""


def _silent(share: float | None, what: str) -> None:  # noqa: ARG001
    return None


@contextmanager
def working(what: str) -> Iterator[Progress]:
    """Show that something is being done, on stderr, if that is a terminal.

    >>> with working("reading") as progress:
    ...     progress(0.5, "reading part 2")
    """
    if not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    with Bar(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(what, total=None)

        def show(share: float | None, text: str) -> None:
            bar.update(
                task,
                description=text,
                total=None if share is None else 1.0,
                completed=0.0 if share is None else share,
            )

        yield show
