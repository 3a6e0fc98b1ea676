"""The command line: one thin command per verb; it holds no logic of its own."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

from polku import __version__
from polku.cli import logs, paths, prototypes, simulation
from polku.cli.arguments import DONE, WRONG_INPUT, Command, Parser, refuse_odd_targets, say
from polku.errors import PolkuError


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = Parser(
        prog="polku",
        description="Measure, compare and improve the way of a business through a city's agencies.",
        epilog="Begin with: polku inspect FILE, then polku report FILE -o report.html",
    )
    top.add_argument("--version", action="version", version=f"polku {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)

    def add(name: str, run: Command, help: str, example: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name,
            help=help,
            description=help[0].upper() + help[1:] + ".",
            epilog=f"Example: {example}",
        )
        sub.set_defaults(run=run)
        return sub

    logs.add_commands(add)
    paths.add_commands(add)
    simulation.add_commands(add)
    prototypes.add_commands(add)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command: 0 done, 1 the answer is "no", 2 the input is wrong."""
    args: Any = parser().parse_args(argv)
    if not args.command:
        parser().print_help()
        return DONE
    try:
        refuse_odd_targets(args)
        code: int = args.run(args)
    except PolkuError as e:
        say(f"polku {args.command}: {' '.join(str(e).split())}")
        return WRONG_INPUT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as e:
        place = " ".join(str(e.filename or "a file").split())
        say(
            f"polku {args.command}: {place}: {e.strerror or e}; check the path, the rights and "
            "the free space"
        )
        return WRONG_INPUT
    except KeyboardInterrupt:
        say(f"polku {args.command}: stopped; nothing was left half written")
        return 130
    return code
