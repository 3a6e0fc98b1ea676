"""Make the small CSV of the tutorial: synthetic event permits as an office would send them.

Semicolons, day.month.year without a zone, its own column names: nothing is prepared for Polku.

    python scripts/make_tutorial_log.py [--out docs/permits.csv]
"""

from __future__ import annotations

import argparse
import csv
import io
from datetime import datetime
from pathlib import Path

from make_event_permit_log import World, table

TARGET = Path(__file__).parents[1] / "docs" / "permits.csv"
FIRST, UNTIL = "2024-01-01", "2024-09-01"
EVERY = 3  # one matter in so many

COLUMNS = {
    "Case": "matter",
    "Type of event": "kind_of_event",
    "Status": "status",
    "Promised by": "promised_by",
    "Step": "activity",
    "Agency": "agency",
    "Unit": "unit",
    "Officer": "official",
    "Channel": "channel",
    "Started": "start",
    "Finished": "end",
}


def _local(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%d.%m.%Y %H:%M:%S")


def tutorial(text: str) -> str:
    """The CSV text: some months of the synthetic log, rows that had happened by their end."""
    rows = list(csv.DictReader(io.StringIO(text)))
    arrivals: dict[str, str] = {}
    for row in rows:
        arrivals.setdefault(row["matter"], row["start"])
    later = {row["matter"] for row in rows if row["end"] >= UNTIL}
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        number = int(row["matter"].rsplit("-", 1)[1])
        if not FIRST <= arrivals[row["matter"]] < UNTIL or row["end"] >= UNTIL or number % EVERY:
            continue
        if row["matter"] in later:
            row["status"] = "in progress"
        row["start"], row["end"] = _local(row["start"]), _local(row["end"])
        row["promised_by"] = datetime.fromisoformat(row["promised_by"]).strftime("%d.%m.%Y")
        writer.writerow([row[name] for name in COLUMNS.values()])
    return out.getvalue()


def main() -> None:
    """Write the CSV."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--out", type=Path, default=TARGET)
    args = options.parse_args()
    args.out.write_bytes(tutorial(table(World(2025))).encode())


if __name__ == "__main__":
    main()
