"""Commands about what would happen: scenarios from logs, simulated logs, and how alike they are."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from polku.cli import arguments
from polku.cli.arguments import DONE, Add, console, say, service_path, write
from polku.errors import ScenarioError

if TYPE_CHECKING:
    from polku.path import model
    from polku.simulate.run import Run
    from polku.simulate.scenario import Scenario
    from polku.simulate.standing import Standing

SCENARIO = "a scenario (JSON), a parameter file of Prosimos, or the name of a path that ships"


def scenario_of(name: str, path: model.Path) -> tuple[model.Path, Scenario]:
    """The scenario of a file, or the one that ships with a path by its name."""
    from polku.paths import NAMES, scenario_file
    from polku.simulate.file.choose import scenario_for

    short, _, version = name.partition("/")
    if short in NAMES and not Path(name).exists():
        return scenario_for(scenario_file(short, version or "current"), path)
    return scenario_for(name, path)


def _simulate(args: argparse.Namespace) -> int:
    from polku.progress import working
    from polku.report.simulation_tables import study_table
    from polku.simulate.study import study

    path, scenario = scenario_of(args.scenario, service_path(args.path, args.process))
    _doubts(path, scenario)
    stands = _standing(args, path, scenario) if args.open_from else None
    out = _Out(args.output, args.replications) if args.output else None
    with working("simulating") as progress:

        def each(run: Run) -> None:
            progress(None, f"simulating: {run.replication + 1} replications done")
            if out is not None and run.replication < args.replications:
                out.keep(run)

        found = study(
            path,
            scenario,
            matters=args.matters,
            start=None if stands is not None else args.start,
            end=args.end,
            standing=stands,
            seed=args.seed,
            replications=args.replications,
            half_width=args.half_width,
            warm_up=args.warm_up,
            each=each,
        )
    if stands is not None:
        console().print("\n".join(a.text for a in stands.assumptions()), highlight=False)
    console().print(study_table(found, path, scenario))
    if args.json:
        import json

        write(args.json, json.dumps(found.to_json(), indent=1, ensure_ascii=False) + "\n")
    if args.html:
        from polku.report.simulation_page import simulation_page

        write(args.html, simulation_page(path, scenario, found, seed=args.seed, end=args.end,
                                         start=args.start, matters=args.matters))  # fmt: skip
        say(f"The report: {args.html}")
    if out is not None:
        out.put_in_place()
        say(f"Simulated: {out.told}")
    return DONE


def _doubts(path: model.Path, scenario: Scenario) -> None:
    """Say on stderr where the scenario was made for another path than this."""
    if scenario.path != path.id:
        say(f"The scenario was made for path {scenario.path}, this is {path.id}.")
    elif scenario.path_hash is not None and scenario.path_hash != path.hash:
        say("The path has changed since the scenario was made; polku check --scenario looks at it.")


def _standing(args: argparse.Namespace, path: model.Path, scenario: Scenario) -> Standing:
    """Where the open matters of a log stand on the first day."""
    from polku.cli.logs import read_log
    from polku.progress import working
    from polku.simulate.standing import standing

    if args.start is None:
        raise ScenarioError("--open-from: say on which day with --from")
    if args.html:
        raise ScenarioError("--open-from: the page of --html cannot begin with open matters yet")
    log = read_log(args.open_from, args)
    with working("finding where open matters stand"):
        return standing(log, path, scenario, args.start)


def _calibrate(args: argparse.Namespace) -> int:
    from polku.cli.logs import read_log
    from polku.progress import working
    from polku.report.simulation_tables import scenario_table
    from polku.simulate.calibrate import calibrate
    from polku.simulate.file.write import save_scenario

    if Path(args.output).suffix.lower() != ".json":
        raise ScenarioError(f"-o {args.output}: a scenario is written as .json; name such a file")
    log, path = read_log(args.log, args), service_path(args.path, args.process)
    with working("calibrating"):
        found = calibrate(log, path, zone=args.zone)
    save_scenario(found, args.output)
    console().print(scenario_table(found, path))
    say(
        f"The scenario: {args.output}. To look at it: polku check {args.path} --scenario "
        f"{args.output}"
    )
    return DONE


def _fidelity(args: argparse.Namespace) -> int:
    from polku.cli.logs import read_log
    from polku.progress import working
    from polku.report.fidelity_pictures import fidelity_report
    from polku.report.fidelity_tables import print_fidelity
    from polku.simulate.fidelity import fidelity

    path = service_path(args.path, args.process) if args.path else None
    real = read_log(args.log, args)
    with working("reading the simulated logs"):
        simulated = [read_log(name, args) for name in args.logs]
    with working("comparing"):
        found = fidelity(real, simulated, seed=args.seed, path=path)
    print_fidelity(console(), found)
    if args.json:
        write(args.json, found.dumps())
    if args.html:
        fidelity_report(found, Path(args.html))
        say(f"The report: {args.html}")
    return DONE


class _Out:
    """Where simulated logs go: one file or store, or one for each replication, numbered.

    All are written into a folder of their own first: an interrupted run leaves nothing.
    """

    def __init__(self, target: str, replications: int) -> None:
        from tempfile import TemporaryDirectory

        self.target, self.several = Path(target), replications > 1
        self.replications = replications
        suffix = self.target.suffix.lower()
        if suffix and suffix not in (".csv", ".xes", ".parquet", ".xlsx", ".sqlite", ".store"):
            raise ScenarioError(
                f"-o {target}: its ending says what is written: none or .store (a store), .csv, "
                ".xes, .parquet, .xlsx or .sqlite"
            )
        if not self.target.name or (suffix not in ("", ".store") and self.target.is_dir()):
            raise ScenarioError(f"-o {target}: is a folder; name a file or a new store")
        for k in range(replications):
            name = self._name(k)
            if suffix in ("", ".store") and self.target.with_name(name).exists():
                raise ScenarioError(f"-o {name}: exists already; remove it or name another")
        if not self.target.parent.is_dir():
            raise ScenarioError(f"-o {target}: there is no folder {self.target.parent}; make it")
        self._folder = TemporaryDirectory(prefix=".simulating-", dir=self.target.parent)

    @property
    def told(self) -> str:
        """What was written, in words."""
        last = self._name(self.replications - 1)
        return f"{self._name(0)} … {last}" if self.several else str(self.target)

    def _name(self, replication: int) -> str:
        if not self.several:
            return self.target.name
        return f"{self.target.stem}-{replication + 1:03d}{self.target.suffix}"

    def keep(self, run: Run) -> None:
        """Write the log of a run into the folder."""
        from polku.log.export import export
        from polku.log.store import write_store

        draft = Path(self._folder.name) / self._name(run.replication)
        if draft.suffix.lower() in ("", ".store"):
            write_store(run.log(), draft)
        else:
            export(run.log(), draft)

    def put_in_place(self) -> None:
        """Give all logs their place, once all are written."""
        import shutil

        for one in sorted(Path(self._folder.name).iterdir()):
            shutil.move(one, self.target.parent / one.name)
        self._folder.cleanup()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write it as 2026-01-31") from None


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number; write one from 1 on")
    return int(text)


def _warm_up(text: str) -> float | str:
    if text == "mser":
        return text
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 <= days < 36_500:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days, nor mser")
    return days


def add_commands(add: Add) -> None:
    """Add these commands to the command line."""
    s = arguments.with_log(
        add(
            "calibrate",
            _calibrate,
            "make the scenario with which a path moves as a log did",
            "polku calibrate permits.csv path.bpmn -o scenario.json",
        )
    )
    s.add_argument("path", type=arguments.place, metavar="PATH", help=arguments.PATH)
    s.add_argument("--process", metavar="ID", help="which process of the file, if several")
    s.add_argument("--zone", help="time zone of working hours (default: the log's, else guessed)")
    arguments.with_output(s, "the scenario (.json)")

    s = add(
        "simulate",
        _simulate,
        "say what would happen on a path with a scenario, with intervals, and write its log",
        "polku simulate path.bpmn scenario.json --from 2026-01-01 --to 2027-01-01 -o simulated.csv",
    )
    s.add_argument("path", type=arguments.place, metavar="PATH", help=arguments.PATH)
    s.add_argument("scenario", type=arguments.place, metavar="SCENARIO", help=SCENARIO)
    s.add_argument("--process", metavar="ID", help="which process of the file, if several")
    s.add_argument("--matters", type=_number, metavar="N", help="so many, each to its end")
    s.add_argument(
        "--from", dest="start", type=_day, metavar="DAY", help="first day (default: scenario's)"
    )
    s.add_argument("--to", dest="end", type=_day, metavar="DAY", help="the day after the last")
    s.add_argument(
        "--open-from",
        type=arguments.place,
        metavar="LOG",
        help="begin with the matters of this log that are open on the first day, where they stand",
    )
    s.add_argument("--mapping", metavar="M.toml", help="how to read that log (default: guessed)")
    s.add_argument("--seed", type=arguments.seed, default=1, help="of all draws (default 1)")
    s.add_argument(
        "--replications", type=_number, default=1, metavar="R", help="independent runs (default 1)"
    )
    s.add_argument(
        "--half-width",
        type=arguments.share,
        metavar="SHARE",
        help="add replications until the mean lead time is known within this share of itself",
    )
    s.add_argument(
        "--warm-up",
        type=_warm_up,
        metavar="DAYS",
        help="cut from the beginning of the figures: days, or mser (default: the scenario's)",
    )
    s.add_argument("--json", metavar="OUT.json", help="write the figures as JSON")
    s.add_argument("--html", metavar="OUT.html", help="write a page that shows the run")
    s.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="the simulated log: a store, .csv, .xes …; with several replications one each",
    )

    s = arguments.with_log(
        add(
            "fidelity",
            _fidelity,
            "say how near simulated logs come to a real one that they never saw",
            "polku fidelity test.csv simulated-001.store simulated-002.store --html fidelity.html",
        )
    )
    s.add_argument(
        "logs", nargs="+", type=arguments.place, metavar="SIMULATED", help="simulated logs"
    )
    arguments.with_path(s)
    s.add_argument("--seed", type=arguments.seed, default=1, help="of the halves (default 1)")
    s.add_argument("--json", metavar="OUT.json", help="write the result as JSON")
    s.add_argument("--html", metavar="OUT.html", help="write a page with pictures")
