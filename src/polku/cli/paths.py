"""Commands about what should happen: paths checked, compared, drawn, found in logs, held to."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from polku.cli import arguments
from polku.cli.arguments import DONE, NO, Add, console, say, service_path, write
from polku.errors import PathError

if TYPE_CHECKING:
    from polku.path import model
    from polku.report.path_drawing import Note


def _check(args: argparse.Namespace) -> int:
    from polku.path.check import check
    from polku.report.path_tables import check_table

    path = service_path(args.path, args.process)
    found = check(path)
    if args.scenario:
        from dataclasses import replace

        from polku.cli.simulation import scenario_of
        from polku.simulate.checking import answers, check_scenario

        path, scenario = scenario_of(args.scenario, path)
        told = [f for f in found.findings if not answers(scenario, f)]
        found = replace(found, findings=(*told, *check_scenario(path, scenario)))
    console().print(check_table(found))
    if args.json:
        write(args.json, found.dumps())
    return DONE if found.ok else NO


def _diff(args: argparse.Namespace) -> int:
    from polku.path.diff import diff
    from polku.report.diff_tables import diff_table

    found = diff(service_path(args.before, args.process), service_path(args.after, args.process))
    console().print(diff_table(found, args.language))
    if args.json:
        write(args.json, found.dumps())
    return DONE


def _draw(args: argparse.Namespace) -> int:
    path = service_path(args.path, args.process)
    suffix = Path(args.output).suffix.lower()
    if suffix == ".md":
        from polku.path.plain import plain_text

        write(args.output, plain_text(path, args.language))
    elif suffix == ".bpmn":
        from polku.path.layout import lay_out
        from polku.path.write import save

        save(lay_out(path), args.output)
    elif suffix == ".svg":
        from polku.report.path_drawing import draw_path

        notes = _notes(path, args) if args.log else None
        write(args.output, draw_path(path, args.language, args.theme, notes))
    else:
        raise PathError(
            f"-o {args.output}: its ending says what to draw: .svg (a service blueprint), .md (the "
            "customer's steps) or .bpmn (the file with a drawing)"
        )
    say(f"Written: {args.output}")
    return DONE


def _notes(path: model.Path, args: argparse.Namespace) -> dict[str, Note]:
    """Where practice leaves the path."""
    from polku.cli.logs import read_log
    from polku.path.conform import conform, leaves
    from polku.report.path_drawing import Note

    found = leaves(conform(read_log(args.log, args), path))
    return {id: Note(r.text, r.level) for id, r in found.items()}


def _discover(args: argparse.Namespace) -> int:
    from polku.cli.logs import read_log
    from polku.path.discover import discover
    from polku.path.write import save
    from polku.progress import working

    if Path(args.output).suffix.lower() != ".bpmn":
        raise PathError(f"-o {args.output}: a path is written as .bpmn; name such a file")
    log = read_log(args.log, args)
    if args.path:
        from polku.path.enrich import enrich
        from polku.report.path_tables import enriched_table

        told = enrich(service_path(args.path, args.process), log)
        console().print(enriched_table(told))
        save(told.path, args.output)
        say(f"The path with measured probabilities stands in {args.output}.")
        return DONE
    with working("discovering"):
        found = discover(log, args.noise, args.share, args.how).aligned(log)
        save(found.path, args.output)
    console().print("\n".join(found.quality_lines))
    say(f"The path stands in {args.output}; polku draw shows it.")
    return DONE


def _conform(args: argparse.Namespace) -> int:
    from polku.cli.logs import read_log
    from polku.path.conform import conform
    from polku.progress import working
    from polku.report.conform_tables import conform_table

    path, log = service_path(args.path, args.process), read_log(args.log, args)
    with working("aligning"):
        found = conform(log, path, tuple(args.by), strict=args.strict)
    console().print(conform_table(found))
    if args.facts:
        from polku.log.atomic import replacing

        with replacing(Path(args.facts)) as draft:
            found.facts.write_parquet(draft)
    if args.json:
        write(args.json, found.dumps())
    if args.at_least is not None and found.share_fitting < args.at_least:
        return NO
    return DONE


def add_commands(add: Add) -> None:
    """Add these commands to the command line."""

    def with_process(sub: argparse.ArgumentParser) -> argparse.ArgumentParser:
        sub.add_argument(
            "--process", metavar="ID", help="which process of the file, where it has several"
        )
        return sub

    def with_path(sub: argparse.ArgumentParser) -> argparse.ArgumentParser:
        sub.add_argument("path", type=arguments.place, metavar="PATH", help=arguments.PATH)
        return with_process(sub)

    def with_language(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--language", choices=["fi", "sv", "en"], default="en")

    s = with_path(
        add(
            "check",
            _check,
            "say whether a path is whole, executable, sound and fit to publish",
            "polku check path.bpmn --json findings.json",
        )
    )
    s.add_argument("--scenario", metavar="S", help="also whether these numbers fit the path")
    s.add_argument("--json", metavar="OUT.json", help="write the findings as JSON")

    s = add(
        "diff",
        _diff,
        "say by agency what changes from one path version to another",
        "polku diff current.bpmn prototype.bpmn --language fi",
    )
    s.add_argument("before", type=arguments.place, metavar="BEFORE", help=arguments.PATH)
    s.add_argument("after", type=arguments.place, metavar="AFTER", help=arguments.PATH)
    with_process(s)
    with_language(s)
    s.add_argument("--json", metavar="OUT.json", help="write the changes as JSON")

    s = with_path(
        add(
            "draw",
            _draw,
            "draw a path as a service blueprint, list its steps, or lay out its file",
            "polku draw path.bpmn -o path.svg",
        )
    )
    with_language(s)
    s.add_argument("--theme", choices=["auto", "light", "dark"], default="auto")
    s.add_argument("--log", metavar="LOG", help="also show where the matters of this log leave it")
    s.add_argument("--mapping", metavar="M.toml", help="how to read the log (default: guessed)")
    arguments.with_output(s, ".svg, .md (the customer's steps) or .bpmn (with a drawing)")

    s = arguments.with_log(
        add(
            "discover",
            _discover,
            "find the path that a log's matters take",
            "polku discover permits.csv --noise 0.2 -o path.bpmn",
        )
    )
    s.add_argument(
        "--noise",
        type=arguments.fraction,
        default=0.0,
        help="leave out what is rarer than this share of its strongest alternative (default 0)",
    )
    s.add_argument(
        "--share", type=arguments.share, help="only the busiest ways, for this share of the matters"
    )
    s.add_argument(
        "--how",
        choices=["auto", "variants", "graph"],
        default="auto",
        help="from the ways (fits surely) or from the directly-follows graph (default auto)",
    )
    s.add_argument(
        "--path",
        type=arguments.place,
        metavar="PATH",
        help="instead measure this path: probabilities, missing steps",
    )
    with_process(s)
    arguments.with_output(s, "the .bpmn file")

    s = with_path(
        arguments.with_log(
            add(
                "conform",
                _conform,
                "say how far the matters of a log go along a path, and where they leave it",
                "polku conform permits.csv path.bpmn --at-least 0.9",
            )
        )
    )
    arguments.with_by(s)
    s.add_argument(
        "--at-least",
        type=arguments.share,
        metavar="SHARE",
        help="exit 1 where fewer of the matters fit (undecided ones do not)",
    )
    s.add_argument(
        "--strict", action="store_true", help="steps that the log never shows count as skipped"
    )
    s.add_argument("--json", metavar="OUT.json", help="write the result as JSON")
    s.add_argument("--facts", metavar="OUT.parquet", help="one row for each matter")
