"""Make the small CSV of the tutorial: simulated event permits as an office would send them.

Semicolons, day.month.year without a zone, its own column names: nothing is prepared for Polku.

    python scripts/make_tutorial_log.py [--out docs/permits.csv]
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from polku.log.eventlog import EventLog
from polku.log.read import read
from polku.paths import EVENT_PERMIT

TARGET = Path(__file__).parents[1] / "docs" / "permits.csv"
ZONE = "Europe/Helsinki"
UNTIL = datetime(2024, 9, 1, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
EVERY = 11  # one matter in so many


def tutorial(log: EventLog) -> str:
    """The CSV text: some months of the log that ships, steps that had happened by their end."""
    before = pl.col("time") < UNTIL
    number = pl.col("case_id").str.extract(r"(\d+)$").cast(pl.UInt32)
    cases = log.cases.filter(pl.col("arrival") < UNTIL, number % EVERY == 0)
    over = (pl.col("end") < UNTIL) & pl.col("closed")
    status = pl.when(over).then(pl.col("outcome").cast(pl.String)).otherwise(pl.lit("in progress"))
    cases = cases.select("case", "case_id", "arrival", "due", status=status, of="kind")
    rows = log.events.filter(before).join(cases, on="case").sort("arrival", "case_id", "order")

    def local(name: str, form: str = "%d.%m.%Y %H:%M:%S") -> pl.Expr:
        return pl.col(name).dt.convert_time_zone(ZONE).dt.strftime(form)

    table = rows.select(
        pl.col("case_id").alias("Case"),
        pl.col("of").alias("Type of event"),
        pl.col("status").alias("Status"),
        local("due", "%d.%m.%Y").alias("Promised by"),
        pl.col("activity").cast(pl.String).alias("Step"),
        pl.col("agency").cast(pl.String).alias("Agency"),
        pl.col("unit").cast(pl.String).alias("Unit"),
        pl.col("resource").cast(pl.String).alias("Officer"),
        pl.col("channel").cast(pl.String).alias("Channel"),
        local("start").alias("Started"),
        local("time").alias("Finished"),
    )
    return table.write_csv(separator=";", line_terminator="\r\n")


def main() -> None:
    """Write the CSV."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--out", type=Path, default=TARGET)
    args = options.parse_args()
    args.out.write_bytes(tutorial(read(EVENT_PERMIT / "synthetic-log.csv.gz")).encode())


if __name__ == "__main__":
    main()
