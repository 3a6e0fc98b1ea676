"""Make the demo logs: the paths that ship, simulated with their scenarios.

Every version of the three paths gives one log, current state and prototypes. The log that ships
with the event permit holds one change: until the end of 2024 matters go the current way, from
2025-01-01 that of the joint form. It is put together from two simulated worlds, which meet the
same customers: whoever came before the change is taken from the one world, all others from the
other, and who came before it goes the old way to the end. Both worlds run from well before to the
end of the log, so that in neither the units begin with empty desks.

    python scripts/make_demo_logs.py --out FOLDER [--seed 2025]   all logs, and how they are read
    python scripts/make_demo_logs.py --shipped                    write the log that ships anew
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from polku.log.build import hashes_of
from polku.log.eventlog import CASE_COLUMNS, EVENT_COLUMNS, EventLog
from polku.log.export import export
from polku.log.source import Assumption
from polku.paths import EVENT_PERMIT, load, scenario_file, shipped
from polku.simulate.file import read_scenario
from polku.simulate.run import simulate

SEED = 2025
FIRST, CHANGE, END = date(2024, 1, 1), date(2025, 1, 1), date(2025, 9, 1)
BEFORE = date(2023, 9, 1)
"""From here the two worlds run: their desks have filled when the log begins."""
TARGET = EVENT_PERMIT / "synthetic-log.csv.gz"
SPANS = {"plot-to-premises": (date(2022, 1, 1), date(2026, 1, 1))}
"""Paths that take longer than a year are simulated for longer."""
KEPT = ("data_key",)
OF_MATTER = ("nature", "organiser_size", "promise_days")
ZONE = ZoneInfo("Europe/Helsinki")


def simulated(
    name: str, version: str, since: date | None, until: date | None, seed: int
) -> EventLog:
    """One version of a path that ships, simulated; days as in `polku.simulate.run.simulate`."""
    scenario = read_scenario(scenario_file(name, version))
    return simulate(load(name, version), scenario, start=since, end=until, seed=seed).log


def changed(seed: int = SEED) -> EventLog:
    """The event permit with its change of 2025-01-01."""
    worlds = (
        (simulated("event-permit", "current", BEFORE, END, seed), FIRST, CHANGE),
        (simulated("event-permit", "prototype-joint-form", BEFORE, END, seed), CHANGE, END),
    )
    return united([arrived(log, since, until) for log, since, until in worlds])


def arrived(log: EventLog, since: date, until: date) -> EventLog:
    """The matters of a log that arrived on or after one day and before another."""
    cases = log.cases.filter(pl.col("arrival").is_between(_at(since), _at(until), closed="left"))
    return replace(log, cases=cases, events=log.events.join(cases, on="case", how="semi"))


def united(logs: list[EventLog]) -> EventLog:
    """One log of the matters of several, which have the same mapping and no matter in common."""
    first = logs[0]
    names = (*CASE_COLUMNS, *OF_MATTER)
    cases = pl.concat([_with_log(_texts(log.cases.select(names)), k) for k, log in enumerate(logs)])
    ids = cases["case_id"]
    order = pl.DataFrame({"hash": hashes_of(ids), "id": ids}).with_row_index("row")
    cases = cases[order.sort("hash", "id")["row"]].with_row_index("now")
    events = pl.concat(
        [
            _with_log(_texts(log.events.select(*EVENT_COLUMNS, *KEPT)), k)
            for k, log in enumerate(logs)
        ]
    )
    events = events.join(cases.select("log", "case", "now"), on=["log", "case"])
    events = events.sort("now", "time", "order").with_columns(case=pl.col("now"))
    cases = cases.with_columns(case=pl.col("now"))
    as_first = {n: t for n, t in first.events.schema.items() if n in ("contact", "kind")}
    made = _whole_seconds(events.select(*EVENT_COLUMNS, *KEPT)).with_columns(
        pl.col(n).cast(t) for n, t in as_first.items()
    )
    for name in ("activity", "agency", "unit", "resource", "channel"):
        known = made[name].drop_nulls().unique().sort().to_list()
        made = made.with_columns(pl.col(name).cast(pl.Enum(known)))
    told = tuple(
        Assumption(a.kind, a.about, a.text) for log in logs for a in log.source.assumptions
    )
    source = replace(
        first.source, rows_in=made.height, rows_out=made.height, issues=(), assumptions=told
    )
    outcome = first.cases.schema["outcome"]
    kind_apart = replace(first.mapping.cases, segments=OF_MATTER[:2])
    return replace(
        first,
        mapping=first.mapping.replacing(cases=kind_apart),
        events=made,
        cases=_whole_seconds(cases.select(names)).with_columns(pl.col("outcome").cast(outcome)),
        source=source,
        since=round(_at(FIRST).timestamp() * 1e6),
    )


def _at(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def _with_log(frame: pl.DataFrame, number: int) -> pl.DataFrame:
    return frame.with_columns(log=pl.lit(number, dtype=pl.UInt32))


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Categories as texts, so that tables of two logs can stand under each other."""
    return frame.with_columns(pl.col(pl.Enum).cast(pl.String))


def _whole_seconds(frame: pl.DataFrame) -> pl.DataFrame:
    """Times cut to whole seconds, as offices write them."""
    return frame.with_columns(pl.col(pl.Datetime).dt.truncate("1s"))


def write_all(folder: Path, seed: int = SEED) -> list[Path]:
    """Write the log of every version, and the log with the change; returns the files."""
    files: list[Path] = []
    for path in shipped():
        since, until = SPANS.get(path.name, (None, None))
        for version in path.versions:
            log = simulated(path.name, version, since, until, seed)
            files += export(log, folder / path.name / f"{version}.csv.gz")
    files += export(changed(seed), folder / "event-permit" / TARGET.name)
    return files


def main() -> None:
    """Write the logs."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--out", type=Path)
    options.add_argument("--shipped", action="store_true")
    options.add_argument("--seed", type=int, default=SEED)
    args = options.parse_args()
    if args.out is None and not args.shipped:
        options.error("give --out FOLDER or --shipped")
    if args.shipped:
        export(changed(args.seed), TARGET)
    if args.out is not None:
        write_all(args.out, args.seed)


if __name__ == "__main__":
    main()
