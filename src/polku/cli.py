"""The command line: one thin command per verb; it holds no logic of its own."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from polku import __version__
from polku.errors import PolkuError

if TYPE_CHECKING:
    from rich.console import Console

    from polku.log.eventlog import EventLog
    from polku.log.mapping import Mapping
    from polku.measure.agreed import AgreedSet
    from polku.path.model import Path as ServicePath

Command = Callable[[argparse.Namespace], int]

DONE, NO, WRONG_INPUT = 0, 1, 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_INPUT, f"{self.prog}: {message}; see {self.prog} --help\n")


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 on")
    return int(text)


def _place(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("its name is empty; name a file, a folder or a store")
    return text


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share; write one like 0.8, at most 1")
    return share


def _steps(text: str) -> int:
    if not text.isdecimal() or int(text) < 2:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of steps; write one from 2 on")
    return int(text)


def _console(stderr: bool = False) -> Console:
    from rich.console import Console

    width = None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "120"))
    return Console(stderr=stderr, width=width, highlight=False)


def _say(text: str) -> None:
    sys.stderr.write(text.rstrip("\n") + "\n")


def _mapping(args: argparse.Namespace) -> Mapping | None:
    from polku.log.mapping import load

    return load(args.mapping) if getattr(args, "mapping", None) else None


def _log(path: str, args: argparse.Namespace) -> EventLog:
    from polku.log.read import read
    from polku.progress import working

    with working(f"reading {Path(path).name}"):
        return read(path, _mapping(args))


def _agreed(args: argparse.Namespace) -> AgreedSet | None:
    from polku.measure.agreed import load_agreed

    return load_agreed(args.agreed) if getattr(args, "agreed", None) else None


def _path(args: argparse.Namespace) -> ServicePath | None:
    from polku.path.read import read_path

    return read_path(args.path, args.process) if args.path else None


def _write(path: str, text: str) -> None:
    """Write a document whole or not at all."""
    from polku.log.atomic import write_text

    write_text(Path(path), text)


def _inspect(args: argparse.Namespace) -> int:
    if args.diary:
        from polku.log.readers.diary import write_diary

        write_diary(args.diary)
        _say(f"An empty contact diary stands in {args.diary}.")
        return DONE
    if not args.file:
        raise PolkuError("names no file; give one, or --diary OUT.xlsx")
    from polku.log.inspect import inspect
    from polku.measure.registry import catalogue, missing
    from polku.progress import working
    from polku.report.tables import inspection_table

    needs = [(c.id, c.needs) for c in catalogue()]
    with working(f"reading {Path(args.file).name}"):
        found = inspect(args.file, _mapping(args), needs=needs, missing=missing)
    _console().print(inspection_table(found))
    if args.write_mapping:
        _write(args.write_mapping, found.mapping.to_toml())
        _say(
            f"The mapping stands in {args.write_mapping}; change what is wrong and give it back "
            "with --mapping."
        )
    if args.json:
        import json

        _write(args.json, json.dumps(found.to_json(), ensure_ascii=False, indent=1) + "\n")
    return DONE


def _import(args: argparse.Namespace) -> int:
    from polku.log.importing import import_files
    from polku.progress import working

    with working("importing") as progress:
        imported = import_files(
            args.files,
            args.output,
            mapping=_mapping(args),
            links=args.link,
            keep_names=args.keep_names,
            progress=progress,
        )
    _say(str(imported))
    return DONE


def _export(args: argparse.Namespace) -> int:
    from polku.log.export import export

    written = export(_log(args.log, args), args.output, warn=_say)
    _say("Written: " + ", ".join(str(p) for p in written))
    return DONE


def _facts(args: argparse.Namespace) -> int:
    from polku.measure.facts_file import save_facts
    from polku.measure.reading import facts

    path = _path(args)
    save_facts(facts(_log(args.log, args), segments=tuple(args.by), path=path), args.output)
    _say(f"The facts of each matter stand in {args.output}.")
    return DONE


def _measure(args: argparse.Namespace) -> int:
    from polku.measure.measuring import measure
    from polku.progress import working
    from polku.report.tables import measurement_table

    agreed, path = _agreed(args), _path(args)
    log = _log(args.log, args)
    with working("measuring"):
        found = measure(
            log,
            agreed=agreed,
            by=tuple(args.by),
            period=args.period,
            path=path,
            seed=args.seed,
        )
    _console().print(measurement_table(found))
    if args.json:
        _write(args.json, found.dumps())
    return DONE


def _compare(args: argparse.Namespace) -> int:
    from polku.measure.subjects import compare_files
    from polku.progress import working
    from polku.report.tables import comparison_table

    with working("comparing"):
        found = compare_files(
            args.logs,
            at=args.at,
            by=args.by,
            control=args.control,
            mapping=_mapping(args),
            agreed=_agreed(args),
            seed=args.seed,
        )
    _console().print(comparison_table(found))
    if args.json:
        _write(args.json, found.dumps())
    return DONE


def _remeasure(args: argparse.Namespace) -> int:
    from polku.measure.remeasuring import remeasure
    from polku.report.tables import remeasurement_table

    _console().print(remeasurement_table(remeasure(args.store, mapping=_mapping(args))))
    return DONE


def _plan(args: argparse.Namespace) -> int:
    from polku.measure.planning import parse_gain, plan

    id, statistic, gain, per_cent = parse_gain(args.gain)
    found = plan(_log(args.log, args), id, gain, statistic=statistic, per_cent=per_cent)
    _console().print(found.says)
    return DONE


def _map(args: argparse.Namespace) -> int:
    from polku.report.map import draw_map

    _write(args.output, draw_map(_log(args.log, args), share=args.share, most_steps=args.steps))
    _say(f"The map stands in {args.output}.")
    return DONE


def _report(args: argparse.Namespace) -> int:
    from polku.progress import working
    from polku.report.html import check_targets, report

    check_targets(args.output, args.pdf, args.xlsx)
    log = _log(args.log, args)
    with working("writing the report"):
        report(
            log,
            args.output,
            agreed=_agreed(args),
            by=tuple(args.by),
            pdf=args.pdf,
            xlsx=args.xlsx,
        )
    _say("Written: " + ", ".join(str(p) for p in (args.output, args.pdf, args.xlsx) if p))
    return DONE


def _forget(args: argparse.Namespace) -> int:
    from polku.log.forget import forget

    gone = forget(
        args.store,
        before=args.before,
        cases=tuple(args.case),
        customers=tuple(args.customer),
        key=args.key,
    )
    _say(str(gone))
    return DONE


def _demo(args: argparse.Namespace) -> int:
    from polku.demo import demo

    demo(Path(args.out), args.log, _console())
    return DONE


_LOG = "a log: any readable file, a folder of them, a database URL or a store"
_EXAMPLES = {
    "inspect": "polku inspect permits.csv --write-mapping permits.toml",
    "import": "polku import permits.csv statements.xlsx --link links.toml -o permits.store",
    "export": "polku export permits.store -o permits.xes",
    "facts": "polku facts permits.store -o facts.xlsx",
    "measure": "polku measure permits.csv --by channel --json measurement.json",
    "compare": "polku compare permits.store --at 2025-01-01",
    "remeasure": "polku remeasure permits.store",
    "plan": "polku plan permits.store --gain lead_time=5",
    "map": "polku map permits.csv --share 0.8 -o map.svg",
    "report": "polku report permits.csv -o report.html --xlsx report.xlsx",
    "forget": "polku forget permits.store --before 2020-01-01",
    "demo": "polku demo --out demo",
}


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = _Parser(
        prog="polku",
        description="Measure, compare and improve the way of a business through a city's agencies.",
        epilog="Begin with: polku inspect FILE, then polku report FILE -o report.html",
    )
    top.add_argument("--version", action="version", version=f"polku {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    def add(name: str, run: Command, help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name,
            help=help,
            description=help[0].upper() + help[1:] + ".",
            epilog=f"Example: {_EXAMPLES[name]}",
        )
        sub.set_defaults(run=run)
        return sub

    def with_log(sub: argparse.ArgumentParser) -> argparse.ArgumentParser:
        sub.add_argument("log", type=_place, metavar="LOG", help=_LOG)
        sub.add_argument("--mapping", metavar="M.toml", help="how to read it (default: guessed)")
        return sub

    def with_by(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--by",
            action="append",
            default=[],
            metavar="COLUMN",
            help="also for each value of this matter column (may be repeated)",
        )

    def with_seed(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--seed", type=_seed, default=0, help="of bootstrap intervals (default 0)")

    def with_agreed(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--agreed", metavar="A.toml", help="a city's agreed set of criteria")

    def with_path(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--path",
            metavar="P.bpmn",
            help="the published path that the matters should follow; its steps tell the contacts "
            "of a log that marks none",
        )
        sub.add_argument("--process", metavar="ID", help="which process of that file, if several")

    def with_output(sub: argparse.ArgumentParser, what: str) -> None:
        sub.add_argument("-o", "--output", required=True, metavar="OUT", help=what)

    s = add("inspect", _inspect, "say what is in a file, how it would be read and what is missing")
    s.add_argument("file", type=_place, nargs="?", metavar="FILE", help=_LOG)
    s.add_argument("--mapping", metavar="M.toml", help="try this mapping instead of the guess")
    s.add_argument("--write-mapping", metavar="OUT.toml", help="write the mapping to this file")
    s.add_argument("--diary", metavar="OUT.xlsx", help="write an empty contact diary (.xlsx, .csv)")
    s.add_argument("--json", metavar="OUT.json", help="write what was found as JSON")

    s = add("import", _import, "make one store out of one or several agencies' files")
    s.add_argument("files", type=_place, nargs="+", metavar="FILE")
    s.add_argument("--mapping", metavar="M.toml", help="how to read them (default: guessed)")
    s.add_argument("--link", metavar="L.toml", help="how cases of several files are one matter")
    s.add_argument("--keep-names", action="store_true", help="do not pseudonymise persons")
    with_output(s, "the store (a folder)")

    s = with_log(
        add("export", _export, "write a log as .xes .csv .parquet .xlsx .ocel.json .sqlite")
    )
    with_output(s, "the file; its ending says the form")

    s = with_log(add("facts", _facts, "open the matters behind every figure"))
    with_by(s)
    with_path(s)
    with_output(s, "a .parquet or .xlsx file")

    s = with_log(add("measure", _measure, "measure a log by every criterion that it allows"))
    with_path(s)
    with_by(s)
    with_agreed(s)
    with_seed(s)
    s.add_argument(
        "--period",
        choices=["week", "month", "quarter", "year"],
        help="also for each arrival cohort",
    )
    s.add_argument("--json", metavar="OUT.json", help="write the measurement as JSON")

    s = add("compare", _compare, "compare two logs, two periods of one, or its segments")
    s.add_argument(
        "logs",
        type=_place,
        nargs="+",
        metavar="LOG",
        help="BEFORE AFTER, or one LOG with --at or --by; logs, stores, facts or measurement JSON",
    )
    s.add_argument("--at", metavar="DATE", help="matters that arrived before and from this date")
    s.add_argument("--by", metavar="COLUMN", help="each value of this matter column with the rest")
    s.add_argument(
        "--control",
        type=_place,
        nargs="+",
        metavar="LOG",
        help="a path or town without the change: difference in differences",
    )
    s.add_argument("--mapping", metavar="M.toml", help="how to read the logs (default: guessed)")
    with_agreed(s)
    with_seed(s)
    s.add_argument("--json", metavar="OUT.json", help="write the comparison as JSON")

    s = add("remeasure", _remeasure, "bring a store under today's definitions and show both")
    s.add_argument("store", type=_place, metavar="STORE")
    s.add_argument("--mapping", metavar="M.toml", help="new definitions")

    s = with_log(add("plan", _plan, "say how many matters and months it takes to show a gain"))
    s.add_argument("--gain", required=True, metavar="CRITERION=X", help="a gain, in its unit")

    s = with_log(add("map", _map, "draw the path across units as an SVG"))
    s.add_argument(
        "--share",
        type=_share,
        default=0.8,
        help="level of detail: share of the events to show (default 0.8)",
    )
    s.add_argument(
        "--steps", type=_steps, default=40, help="at most so many kinds of step (default 40)"
    )
    with_output(s, "the .svg file")

    s = with_log(add("report", _report, "write one HTML file that tells it all"))
    with_by(s)
    with_agreed(s)
    s.add_argument("--pdf", metavar="OUT.pdf", help="also as PDF (needs the extra pdf)")
    s.add_argument("--xlsx", metavar="OUT.xlsx", help="also every table as a workbook")
    with_output(s, "the .html file")

    s = add("forget", _forget, "erase old matters, single cases or the key of names from a store")
    s.add_argument("store", type=_place, metavar="STORE")
    s.add_argument("--before", metavar="DATE", help="matters that ended before this date")
    s.add_argument("--case", action="append", default=[], metavar="ID", help="this matter")
    s.add_argument(
        "--customer", action="append", default=[], metavar="NAME", help="this customer's matters"
    )
    s.add_argument("--key", action="store_true", help="the key from pseudonyms to names")

    s = add("demo", _demo, "measure a synthetic log before and after a change, or your own log")
    s.add_argument(
        "--log", type=_place, metavar="LOG", help="your log instead of the synthetic one"
    )
    s.add_argument("--out", default="demo", metavar="FOLDER", help="where to write (default demo)")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command: 0 done, 1 the answer is "no", 2 the input is wrong."""
    args: Any = parser().parse_args(argv)
    if not args.command:
        parser().print_help()
        return DONE
    try:
        code: int = args.run(args)
    except PolkuError as e:
        _say(f"polku {args.command}: {' '.join(str(e).split())}")
        return WRONG_INPUT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as e:
        place = e.filename or ""
        _say(
            f"polku {args.command}: {place}: {e.strerror or e}; check the path, the rights and "
            "the free space"
        )
        return WRONG_INPUT
    except KeyboardInterrupt:
        _say(f"polku {args.command}: stopped; nothing was left half written")
        return 130
    return code


def _exit() -> NoReturn:
    sys.exit(main())


if __name__ == "__main__":
    _exit()
