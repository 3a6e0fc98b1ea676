"""Commands about what happened: event logs, their figures, maps and reports."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from polku.cli import arguments
from polku.cli.arguments import DONE, Add, console, say, service_path, write
from polku.errors import PolkuError

if TYPE_CHECKING:
    from polku.log.eventlog import EventLog
    from polku.log.mapping import Mapping
    from polku.measure.agreed import AgreedSet
    from polku.path.model import Path as ServicePath


def mapping_of(args: argparse.Namespace) -> Mapping | None:
    """The mapping that is named, None where it is to be guessed."""
    from polku.log.mapping import load

    return load(args.mapping) if getattr(args, "mapping", None) else None


def read_log(path: str, args: argparse.Namespace) -> EventLog:
    """A log, read as its mapping says."""
    from polku.log.read import read
    from polku.progress import working

    with working(f"reading {Path(path).name}"):
        return read(path, mapping_of(args))


def _agreed(args: argparse.Namespace) -> AgreedSet | None:
    from polku.measure.agreed import load_agreed

    return load_agreed(args.agreed) if getattr(args, "agreed", None) else None


def _path(args: argparse.Namespace) -> ServicePath | None:
    return service_path(args.path, args.process) if args.path else None


def _inspect(args: argparse.Namespace) -> int:
    if args.diary:
        from polku.log.readers.diary import write_diary

        write_diary(args.diary)
        say(f"An empty contact diary stands in {args.diary}.")
        return DONE
    if not args.file:
        raise PolkuError("names no file; give one, or --diary OUT.xlsx")
    from polku.log.inspect import inspect
    from polku.measure.registry import catalogue, missing
    from polku.progress import working
    from polku.report.tables import inspection_table

    needs = [(c.id, c.needs) for c in catalogue()]
    with working(f"reading {Path(args.file).name}"):
        found = inspect(args.file, mapping_of(args), needs=needs, missing=missing)
    console().print(inspection_table(found))
    if args.write_mapping:
        write(args.write_mapping, found.mapping.to_toml())
        say(
            f"The mapping stands in {args.write_mapping}; change what is wrong and give it back "
            "with --mapping."
        )
    if args.json:
        import json

        write(args.json, json.dumps(found.to_json(), ensure_ascii=False, indent=1) + "\n")
    return DONE


def _import(args: argparse.Namespace) -> int:
    from polku.log.importing import import_files
    from polku.progress import working

    with working("importing") as progress:
        imported = import_files(
            args.files,
            args.output,
            mapping=mapping_of(args),
            links=args.link,
            keep_names=args.keep_names,
            progress=progress,
        )
    say(str(imported))
    return DONE


def _export(args: argparse.Namespace) -> int:
    from polku.log.export import export

    written = export(read_log(args.log, args), args.output, warn=say)
    say("Written: " + ", ".join(str(p) for p in written))
    return DONE


def _facts(args: argparse.Namespace) -> int:
    from polku.measure.facts_file import save_facts
    from polku.measure.reading import facts

    path = _path(args)
    save_facts(facts(read_log(args.log, args), segments=tuple(args.by), path=path), args.output)
    say(f"The facts of each matter stand in {args.output}.")
    return DONE


def _measure(args: argparse.Namespace) -> int:
    from polku.measure.measuring import measure
    from polku.progress import working
    from polku.report.tables import measurement_table

    agreed, path = _agreed(args), _path(args)
    log = read_log(args.log, args)
    with working("measuring"):
        found = measure(
            log,
            agreed=agreed,
            by=tuple(args.by),
            period=args.period,
            path=path,
            seed=args.seed,
        )
    console().print(measurement_table(found))
    if args.json:
        write(args.json, found.dumps())
    return DONE


def _compare(args: argparse.Namespace) -> int:
    from polku.cli.prototypes import compare_predictions, is_prediction
    from polku.measure.subjects import compare_files
    from polku.progress import working
    from polku.report.tables import comparison_table

    if any(map(is_prediction, args.logs)):
        return compare_predictions(args)
    with working("comparing"):
        found = compare_files(
            args.logs,
            at=args.at,
            by=args.by,
            control=args.control,
            mapping=mapping_of(args),
            agreed=_agreed(args),
            seed=args.seed,
        )
    console().print(comparison_table(found))
    if args.json:
        write(args.json, found.dumps())
    return DONE


def _remeasure(args: argparse.Namespace) -> int:
    from polku.measure.remeasuring import remeasure
    from polku.report.tables import remeasurement_table

    console().print(remeasurement_table(remeasure(args.store, mapping=mapping_of(args))))
    return DONE


def _plan(args: argparse.Namespace) -> int:
    from polku.measure.planning import parse_gain, plan

    id, statistic, gain, per_cent = parse_gain(args.gain)
    found = plan(read_log(args.log, args), id, gain, statistic=statistic, per_cent=per_cent)
    console().print(found.says)
    return DONE


def _map(args: argparse.Namespace) -> int:
    from polku.report.map import draw_map

    write(args.output, draw_map(read_log(args.log, args), share=args.share, most_steps=args.steps))
    say(f"The map stands in {args.output}.")
    return DONE


def _report(args: argparse.Namespace) -> int:
    from polku.progress import working
    from polku.report.html import check_targets, report

    check_targets(args.output, args.pdf, args.xlsx)
    log = read_log(args.log, args)
    with working("writing the report"):
        report(
            log,
            args.output,
            agreed=_agreed(args),
            by=tuple(args.by),
            pdf=args.pdf,
            xlsx=args.xlsx,
        )
    say("Written: " + ", ".join(str(p) for p in (args.output, args.pdf, args.xlsx) if p))
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
    say(str(gone))
    return DONE


def _demo(args: argparse.Namespace) -> int:
    from polku.demo import demo

    demo(Path(args.out), args.log, console())
    return DONE


def add_commands(add: Add) -> None:
    """Add these commands to the command line."""
    s = add(
        "inspect",
        _inspect,
        "say what is in a file, how it would be read and what is missing",
        "polku inspect permits.csv --write-mapping permits.toml",
    )
    s.add_argument("file", type=arguments.place, nargs="?", metavar="FILE", help=arguments.LOG)
    s.add_argument("--mapping", metavar="M.toml", help="try this mapping instead of the guess")
    s.add_argument("--write-mapping", metavar="OUT.toml", help="write the mapping to this file")
    s.add_argument("--diary", metavar="OUT.xlsx", help="write an empty contact diary (.xlsx, .csv)")
    s.add_argument("--json", metavar="OUT.json", help="write what was found as JSON")

    s = add(
        "import",
        _import,
        "make one store out of one or several agencies' files",
        "polku import permits.csv statements.xlsx --link links.toml -o permits.store",
    )
    s.add_argument("files", type=arguments.place, nargs="+", metavar="FILE")
    s.add_argument("--mapping", metavar="M.toml", help="how to read them (default: guessed)")
    s.add_argument("--link", metavar="L.toml", help="how cases of several files are one matter")
    s.add_argument("--keep-names", action="store_true", help="do not pseudonymise persons")
    arguments.with_output(s, "the store (a folder)")

    s = arguments.with_log(
        add(
            "export",
            _export,
            "write a log as .xes .csv .parquet .xlsx .ocel.json .sqlite",
            "polku export permits.store -o permits.xes",
        )
    )
    arguments.with_output(s, "the file; its ending says the form")

    s = arguments.with_log(
        add(
            "facts",
            _facts,
            "open the matters behind every figure",
            "polku facts permits.store -o facts.xlsx",
        )
    )
    arguments.with_path(s)
    arguments.with_by(s)
    arguments.with_output(s, "a .parquet or .xlsx file")

    s = arguments.with_log(
        add(
            "measure",
            _measure,
            "measure a log by every criterion that it allows",
            "polku measure permits.csv --by channel --json measurement.json",
        )
    )
    arguments.with_path(s)
    arguments.with_by(s)
    arguments.with_agreed(s)
    arguments.with_seed(s)
    s.add_argument(
        "--period",
        choices=["week", "month", "quarter", "year"],
        help="also for each arrival cohort",
    )
    s.add_argument("--json", metavar="OUT.json", help="write the measurement as JSON")

    s = add(
        "compare",
        _compare,
        "compare two logs, two periods of one, or its segments",
        "polku compare permits.store --at 2025-01-01",
    )
    s.add_argument(
        "logs",
        type=arguments.place,
        nargs="+",
        metavar="LOG",
        help="BEFORE AFTER, or one LOG with --at or --by; logs, stores, facts or measurement JSON; "
        "or PREDICTION LOG (of polku choose; may be repeated): was it kept?",
    )
    s.add_argument("--at", metavar="DATE", help="matters that arrived before and from this date")
    s.add_argument("--by", metavar="COLUMN", help="each value of this matter column with the rest")
    s.add_argument(
        "--control",
        type=arguments.place,
        nargs="+",
        metavar="LOG",
        help="a path or town without the change: difference in differences",
    )
    s.add_argument("--mapping", metavar="M.toml", help="how to read the logs (default: guessed)")
    arguments.with_agreed(s)
    arguments.with_seed(s)
    s.add_argument("--json", metavar="OUT.json", help="write the comparison as JSON")

    s = add(
        "remeasure",
        _remeasure,
        "bring a store under today's definitions and show both",
        "polku remeasure permits.store",
    )
    s.add_argument("store", type=arguments.place, metavar="STORE")
    s.add_argument("--mapping", metavar="M.toml", help="new definitions")

    s = arguments.with_log(
        add(
            "plan",
            _plan,
            "say how many matters and months it takes to show a gain",
            "polku plan permits.store --gain lead_time=5",
        )
    )
    s.add_argument("--gain", required=True, metavar="CRITERION=X", help="a gain, in its unit")

    s = arguments.with_log(
        add(
            "map",
            _map,
            "draw the path across units as an SVG",
            "polku map permits.csv --share 0.8 -o map.svg",
        )
    )
    s.add_argument(
        "--share",
        type=arguments.share,
        default=0.8,
        help="level of detail: share of the events to show (default 0.8)",
    )
    s.add_argument(
        "--steps",
        type=arguments.steps,
        default=40,
        help="at most so many kinds of step (default 40)",
    )
    arguments.with_output(s, "the .svg file")

    s = arguments.with_log(
        add(
            "report",
            _report,
            "write one HTML file that tells it all",
            "polku report permits.csv -o report.html --xlsx report.xlsx",
        )
    )
    arguments.with_by(s)
    arguments.with_agreed(s)
    s.add_argument("--pdf", metavar="OUT.pdf", help="also as PDF (needs the extra pdf)")
    s.add_argument("--xlsx", metavar="OUT.xlsx", help="also every table as a workbook")
    arguments.with_output(s, "the .html file")

    s = add(
        "forget",
        _forget,
        "erase old matters, single cases or the key of names from a store",
        "polku forget permits.store --before 2020-01-01",
    )
    s.add_argument("store", type=arguments.place, metavar="STORE")
    s.add_argument("--before", metavar="DATE", help="matters that ended before this date")
    s.add_argument("--case", action="append", default=[], metavar="ID", help="this matter")
    s.add_argument(
        "--customer", action="append", default=[], metavar="NAME", help="this customer's matters"
    )
    s.add_argument("--key", action="store_true", help="the key from pseudonyms to names")

    s = add(
        "demo",
        _demo,
        "measure a synthetic log before and after a change, or your own log",
        "polku demo --out demo",
    )
    s.add_argument(
        "--log", type=arguments.place, metavar="LOG", help="your log instead of the synthetic one"
    )
    s.add_argument("--out", default="demo", metavar="FOLDER", help="where to write (default demo)")
