"""What all commands share: the parser, kinds of argument, and where results go."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from polku.errors import PathError, PolkuError

if TYPE_CHECKING:
    from rich.console import Console

    from polku.path.model import Path as ServicePath

Command = Callable[[argparse.Namespace], int]
Add = Callable[[str, Command, str, str], argparse.ArgumentParser]
"""Adds a command: its name, what it runs, its help and an example."""

DONE, NO, WRONG_INPUT = 0, 1, 2


class Parser(argparse.ArgumentParser):
    """Ends with exit 2 and one line for words that are off."""

    def error(self, message: str) -> NoReturn:
        """End with what was off."""
        self.exit(WRONG_INPUT, f"{self.prog}: {message}; see {self.prog} --help\n")


def seed(text: str) -> int:
    """A whole number."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 on")
    return int(text)


def place(text: str) -> str:
    """The name of a file, folder, store or database."""
    if not text.strip():
        raise argparse.ArgumentTypeError("its name is empty; name a file, a folder or a store")
    return text


def share(text: str) -> float:
    """A share above 0, at most 1."""
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share; write one like 0.8, at most 1")
    return share


def fraction(text: str) -> float:
    """A share from 0 to 1."""
    return 0.0 if text.strip() in ("0", "0.0") else share(text)


def steps(text: str) -> int:
    """A number of steps."""
    if not text.isdecimal() or int(text) < 2:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of steps; write one from 2 on")
    return int(text)


def console(stderr: bool = False) -> Console:
    """Where tables for people go."""
    from rich.console import Console

    asked = os.environ.get("COLUMNS", "")
    width = None if sys.stdout.isatty() else int(asked) if asked.isdecimal() else 120
    made = Console(stderr=stderr, width=width, highlight=False)
    setattr(made, "on_broken_pipe", _broken)  # noqa: B010 - rich would end with 1, which says "no"
    return made


def _broken() -> NoReturn:
    raise BrokenPipeError


def say(text: str) -> None:
    """A message on stderr."""
    sys.stderr.write(text.rstrip("\n") + "\n")


def write(path: str, text: str) -> None:
    """Write a document whole or not at all."""
    from polku.log.atomic import write_text

    write_text(Path(path), text)


def service_path(name: str, process: str | None = None) -> ServicePath:
    """The path of a BPMN file, or one that ships by its name, as event-permit/prototype-X."""
    from polku.path.read import read_path
    from polku.paths import NAMES, load

    path, _, version = name.partition("/")
    if path in NAMES and not Path(name).exists():
        if process is not None:
            raise PathError(f"{name}: a path that ships has one process; leave out --process")
        return load(path, version or "current")
    return read_path(name, process)


_TARGETS = ("output", "html", "json", "facts", "pdf", "xlsx", "write_mapping")
_SOURCES = (
    "log",
    "logs",
    "file",
    "files",
    "path",
    "before",
    "after",
    "scenario",
    "open_from",
    "mapping",
    "agreed",
    "link",
)


def refuse_odd_targets(args: argparse.Namespace) -> None:
    """Raise `PolkuError` where a result has no name, or would be written over what is read."""
    sources = set()
    for key in _SOURCES:
        value = getattr(args, key, None)
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, str) and Path(name).is_file():
                sources.add(Path(name).resolve())
    named: dict[Path, str] = {}
    for key in _TARGETS:
        target = getattr(args, key, None)
        if not isinstance(target, str):
            continue
        option = "-o" if key == "output" else "--" + key.replace("_", "-")
        if not target.strip():
            raise PolkuError(f"{option}: its name is empty; name a file")
        other = named.setdefault(Path(target).resolve(), option)
        if other != option:
            raise PolkuError(f"{option} {target}: is named for {other} too; name another file")
        own = args.command == "draw" and target.lower().endswith(".bpmn")
        if not own and Path(target).resolve() in sources:
            raise PolkuError(f"{option} {target}: is also what is read; name another file")


PATH = "a BPMN file, or the name of a path that ships, as in event-permit"
LOG = "a log: any readable file, a folder of them, a database URL or a store"


def with_log(sub: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """A log and its mapping."""
    sub.add_argument("log", type=place, metavar="LOG", help=LOG)
    sub.add_argument("--mapping", metavar="M.toml", help="how to read it (default: guessed)")
    return sub


def with_by(sub: argparse.ArgumentParser) -> None:
    """Segments."""
    sub.add_argument(
        "--by",
        action="append",
        default=[],
        metavar="COLUMN",
        help="also for each value of this matter column (may be repeated)",
    )


def with_path(sub: argparse.ArgumentParser) -> None:
    """The published path."""
    sub.add_argument(
        "--path",
        type=place,
        metavar="P.bpmn",
        help="the published path that the matters should follow; its steps tell the contacts of a "
        "log that marks none",
    )
    sub.add_argument("--process", metavar="ID", help="which process of that file, if several")


def with_seed(sub: argparse.ArgumentParser) -> None:
    """The seed of bootstraps."""
    sub.add_argument("--seed", type=seed, default=0, help="of bootstrap intervals (default 0)")


def with_agreed(sub: argparse.ArgumentParser) -> None:
    """An agreed set."""
    sub.add_argument("--agreed", metavar="A.toml", help="a city's agreed set of criteria")


def with_output(sub: argparse.ArgumentParser, what: str) -> None:
    """Where the result goes."""
    sub.add_argument("-o", "--output", required=True, metavar="OUT", help=what)
