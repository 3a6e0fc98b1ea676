"""Commands about what could be better: prototypes tried, searched for, chosen and explained."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from polku.cli import arguments
from polku.cli.arguments import DONE, Add, console, say, service_path, write
from polku.cli.simulation import SCENARIO, scenario_of
from polku.errors import RedesignError

if TYPE_CHECKING:
    from polku.redesign.prototype import Prototype
    from polku.redesign.terms import Terms


def _prototype(path_name: str, scenario_name: str | None, name: str) -> Prototype:
    """A prototype from a path and a scenario; a shipped one brings its own scenario."""
    from polku.redesign.prototype import Prototype

    path = service_path(path_name)
    given, scenario = scenario_of(scenario_name or path_name, path)
    return Prototype(given, scenario, name, given.version.answers)


def _drawn(text: str) -> tuple[str, str | None, str]:
    """PATH, SCENARIO and a name out of what --prototype was given."""
    path, _, scenario = text.partition("::")
    if not scenario and Path(path).suffix:
        beside = Path(path).with_suffix(".scenario.json")
        if not beside.is_file():
            raise RedesignError(
                f"--prototype {text}: say its scenario, as in path.bpmn::scenario.json"
            )
        scenario = str(beside)
    stem = Path(path).stem if Path(path).suffix else path.rpartition("/")[2]
    return path, scenario or None, stem


def _people(args: argparse.Namespace, terms: Terms) -> list[Prototype]:
    """Prototypes drawn by people, from the command line and from the terms."""
    from dataclasses import replace

    out = [_prototype(*_drawn(text)) for text in args.prototype]
    for d in terms.drawings:
        made = _prototype(d.path, d.scenario or None, d.name)
        out.append(replace(made, answers=d.answers or made.answers))
    names = [p.name for p in out]
    for name in names:
        if names.count(name) > 1:
            raise RedesignError(f"prototype {name!r}: is given twice; give one another name")
    return out


def _redesign(args: argparse.Namespace) -> int:
    from dataclasses import replace

    from polku.cli.logs import read_log
    from polku.measure.agreed import load_agreed
    from polku.progress import working
    from polku.redesign.default_axes import axes_for
    from polku.redesign.redesigning import redesign
    from polku.redesign.terms import Terms
    from polku.redesign.terms_file import read_terms
    from polku.report.redesign_page import redesign_page
    from polku.report.redesign_tables import front_table

    folder = Path(args.output)
    if folder.suffix or folder.is_file():
        raise RedesignError(f"-o {args.output}: is where a folder is made; name one")
    current = replace(
        _prototype(args.path, args.scenario, "current"),
        answers=(),
    )
    terms = read_terms(args.moves, current, axes_for(current)) if args.moves else Terms()
    log = read_log(args.log, args) if args.log else None
    people = _people(args, terms)
    with working("looking for moves") as progress:
        found = redesign(
            current,
            log=log,
            people=people,
            terms=terms,
            agreed=load_agreed(args.agreed) if args.agreed else None,
            budget=args.budget,
            rounds=args.rounds,
            replications=args.replications,
            seed=args.seed,
            folder=folder,
            jobs=args.jobs,
            progress=progress,
        )
    console().print(front_table(found.front))
    write(str(folder / "report.html"), redesign_page(found.front))
    say(
        f"The report: {folder / 'report.html'}. To choose: polku choose {folder} NAME --reasons "
        "R.toml"
    )
    return DONE


def _choose(args: argparse.Namespace) -> int:
    from polku.redesign.choice import choose
    from polku.redesign.explaining import explain
    from polku.redesign.folder import read_option
    from polku.redesign.front_file import read_front
    from polku.redesign.reasons import read_reasons
    from polku.report.choice_files import write_choice

    folder = Path(args.folder)
    front = read_front(folder)
    made = choose(front, args.prototype, read_reasons(args.reasons))
    current = read_option(folder, front, "current")
    chosen = read_option(folder, front, made.chosen)
    written = write_choice(folder, front, current, chosen, made, pdf=not args.no_pdf)
    console().print(explain(made), highlight=False, markup=False)
    say(written)
    return DONE


def _explain(args: argparse.Namespace) -> int:
    from polku.redesign.choice import read_choice
    from polku.redesign.explaining import explain
    from polku.redesign.front_file import read_front
    from polku.report.redesign_tables import front_table, option_table

    folder = Path(args.folder)
    front = read_front(folder)
    if args.option:
        console().print(option_table(front, args.option))
        return DONE
    choice = folder / "choice.json"
    told = explain(read_choice(choice)) if choice.is_file() else explain(front)
    console().print(told, highlight=False, markup=False)
    if not choice.is_file():
        console().print(front_table(front))
    return DONE


def is_prediction(name: str) -> bool:
    """Whether a file, or the folder of a result, holds a prediction."""
    from polku.redesign.prediction import FORMAT, NAME

    file = Path(name)
    if file.is_dir():
        return (file / NAME).is_file()
    if file.suffix.lower() != ".json" or not file.is_file():
        return False
    with file.open("rb") as opened:
        return f'"format": "{FORMAT}"'.encode() in opened.read(200)


def compare_predictions(args: argparse.Namespace) -> int:
    """PREDICTION LOG [PREDICTION LOG …]: what was promised, held against what was measured."""
    from polku.cli.logs import mapping_of
    from polku.measure.subjects import open_subject
    from polku.progress import working
    from polku.redesign.keeping import hold
    from polku.redesign.prediction import read_prediction
    from polku.report.prediction_tables import held_tables

    if args.at or args.by or args.control or args.agreed:
        raise RedesignError("compare: a prediction goes without --at, --by, --control and --agreed")
    if len(args.logs) % 2 or not all(map(is_prediction, args.logs[::2])):
        raise RedesignError(
            "compare: give PREDICTION LOG, and again PREDICTION LOG for every further path"
        )
    for name in args.logs[1::2]:
        if is_prediction(name):
            raise RedesignError(f"compare: {name} is a prediction; give the log after each one")
    mapping = mapping_of(args)
    with working("measuring what became of the predictions"):
        held = hold(
            (read_prediction(p), open_subject(log, mapping), Path(log).name)
            for p, log in zip(args.logs[::2], args.logs[1::2], strict=True)
        )
    for one in held_tables(held):
        console().print(one)
    if args.json:
        write(args.json, held.dumps())
    return DONE


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e7:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds; write one like 60")
    return seconds


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 9_999:
        raise argparse.ArgumentTypeError(f"{text!r} is no number; write one from 1 to 9,999")
    return int(text)


def add_commands(add: Add) -> None:
    """Add these commands to the command line."""
    s = add(
        "redesign",
        _redesign,
        "search for prototypes better than the current state, and say what each asks of whom",
        "polku redesign event-permit event-permit --moves moves.toml --budget 60 -o redesign",
    )
    s.add_argument("path", type=arguments.place, metavar="PATH", help=arguments.PATH)
    s.add_argument("scenario", type=arguments.place, metavar="SCENARIO", help=SCENARIO)
    s.add_argument(
        "--log",
        type=arguments.place,
        metavar="LOG",
        help="look for moves where this log shows delay (default: a simulated year)",
    )
    s.add_argument("--mapping", metavar="M.toml", help="how to read that log (default: guessed)")
    s.add_argument("--moves", metavar="M.toml", help="what is allowed, forbidden and wanted")
    arguments.with_agreed(s)
    s.add_argument(
        "--prototype",
        action="append",
        default=[],
        metavar="PATH[::SCENARIO]",
        help="a prototype drawn by people, to be tried alike (may be repeated); the name of one "
        "that ships brings its scenario, a file X.bpmn takes X.scenario.json beside it",
    )
    s.add_argument(
        "--budget",
        type=_seconds,
        metavar="SECONDS",
        help="stop looking after so long, at the end of a round (default: when nothing changes)",
    )
    s.add_argument("--rounds", type=_count, metavar="N", help="stop after so many rounds")
    s.add_argument(
        "--replications",
        type=_count,
        default=20,
        metavar="R",
        help="fresh ones, from which the figures of the result come; 5 or more (default 20)",
    )
    s.add_argument("--seed", type=arguments.seed, default=1, help="of all draws (default 1)")
    s.add_argument(
        "--jobs", type=_count, metavar="N", help="processes (default: one per processor)"
    )
    arguments.with_output(s, "a folder for the result; an interrupted search in it goes on")

    s = add(
        "choose",
        _choose,
        "write down which prototype was chosen, why and by whom, and a page for each agency",
        "polku choose redesign search-1 --reasons reasons.toml",
    )
    s.add_argument("folder", type=arguments.place, metavar="FOLDER", help="of polku redesign")
    s.add_argument("prototype", metavar="PROTOTYPE", help="the name of an option, as in search-1")
    s.add_argument("--reasons", required=True, metavar="R.toml", help="reasons, who, date, weights")
    s.add_argument("--no-pdf", action="store_true", help="write the agencies' pages as HTML only")

    s = add(
        "explain",
        _explain,
        "retell what was found and chosen in a folder",
        "polku explain redesign",
    )
    s.add_argument("folder", type=arguments.place, metavar="FOLDER", help="of polku redesign")
    s.add_argument("--option", metavar="NAME", help="one option: its ladder, agencies, assumptions")
