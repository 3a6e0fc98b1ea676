"""Write a seeded synthetic event log of any size: several agencies, contacts, open matters.

    python bench/generate.py --events 1000000 -o bench/out/log-1m.parquet

The form follows from the suffix: .parquet, .csv or .xes. Rows are made and written in blocks of
matters, so fifty million events need no more memory than one million. A matter has about nine
events; matters that have not ended when observation ends stay open, with the events they have.
"""

from __future__ import annotations

import argparse
import sys
import time as clock
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

DAY = 86_400_000_000
HOUR = DAY // 24
BEGIN = 1_640_995_200_000_000  # 2022-01-01 UTC
YEARS = 3
EVENTS_PER_MATTER = 10 / 1.1
BLOCK = 55_000  # matters
AGENCIES = (
    "Business services", "Building control", "Environment", "Rescue", "Street and traffic",
    "Real estate", "Museum", "Food safety",
)  # fmt: skip
CHANNELS = ("counter", "e-mail", "online", "phone")

# activity, agency, who starts the contact, mean days of waiting, mean hours of work
ACTIVITIES: tuple[tuple[str, int, str | None, float, float], ...] = (
    ("Ask for advice", 0, "customer", 0.1, 0.6),
    ("Give advice", 0, "city", 1.5, 0.8),
    ("Submit application", 1, "customer", 5.0, 1.0),
    ("Register", 1, None, 0.6, 0.2),
    ("Acknowledge receipt", 1, "city", 0.1, 0.1),
    ("Check completeness", 1, None, 3.0, 1.2),
    ("Request supplement", 1, "city", 1.0, 0.4),
    ("Receive supplement", 1, "customer", 9.0, 0.3),
    ("Assign handler", 1, None, 2.0, 0.2),
    ("Request statements", 1, None, 1.0, 0.5),
    ("Give environment statement", 2, None, 1.5, 60.0),
    ("Give rescue statement", 3, None, 1.5, 80.0),
    ("Give traffic statement", 4, None, 1.5, 100.0),
    ("Give land statement", 5, None, 1.5, 70.0),
    ("Give museum statement", 6, None, 1.5, 120.0),
    ("Give food statement", 7, None, 1.5, 40.0),
    ("Negotiate", 1, "city", 4.0, 1.5),
    ("Visit the site", 4, "city", 6.0, 3.0),
    ("Measure noise", 2, None, 5.0, 4.0),
    ("Reserve street area", 4, None, 3.0, 0.7),
    ("Draft lease", 5, None, 6.0, 5.0),
    ("Sign lease", 5, "customer", 7.0, 0.5),
    ("Draft decision", 1, None, 5.0, 4.0),
    ("Review decision", 1, None, 2.0, 1.0),
    ("Correct draft", 1, None, 1.0, 1.5),
    ("Decide", 1, None, 3.0, 0.5),
    ("Notify decision", 1, "city", 0.8, 0.2),
    ("Withdraw", 1, "customer", 12.0, 0.1),
    ("Invoice", 0, None, 4.0, 0.2),
    ("Inspect", 3, "city", 8.0, 3.0),
)  # fmt: skip
NUMBER = {a[0]: i for i, a in enumerate(ACTIVITIES)}
STATEMENTS = np.arange(10, 16)


@dataclass(frozen=True)
class Templates:
    """Ways through the agencies: `steps` holds them end to end, `first` and `length` cut them."""

    steps: np.ndarray
    first: np.ndarray
    length: np.ndarray
    withdrawn: np.ndarray


def make_templates(rng: np.random.Generator, count: int = 3000) -> Templates:
    """Draw `count` ways through the agencies."""
    ways: list[list[int]] = []
    withdrawn = []
    for _ in range(count):
        way: list[str] = []
        if rng.random() < 0.35:
            way += ["Ask for advice", "Give advice"]
        way += ["Submit application", "Register"]
        if rng.random() < 0.3:
            way.append("Acknowledge receipt")
        way.append("Check completeness")
        gives_up = rng.random() < 0.06
        while rng.random() < 0.22:
            way += ["Request supplement", "Receive supplement"]
        if rng.random() < 0.3:
            way.append("Assign handler")
        numbers = [NUMBER[w] for w in way]
        if gives_up:
            numbers.append(NUMBER["Withdraw"])
        else:
            asked = rng.choice(STATEMENTS, size=min(rng.poisson(0.9), 6), replace=False)
            if asked.size:
                numbers += [NUMBER["Request statements"], *(int(a) for a in asked)]
            optional = (
                ("Negotiate", 0.1), ("Visit the site", 0.08), ("Measure noise", 0.04),
                ("Reserve street area", 0.1), ("Draft lease", 0.06), ("Sign lease", 0.06),
            )  # fmt: skip
            numbers += [NUMBER[name] for name, p in optional if rng.random() < p]
            numbers += [NUMBER["Draft decision"]]
            while rng.random() < 0.15:
                numbers += [NUMBER["Review decision"], NUMBER["Correct draft"]]
            numbers += [NUMBER["Decide"], NUMBER["Notify decision"]]
            numbers += [NUMBER[name] for name, p in (("Invoice", 0.5), ("Inspect", 0.1))
                        if rng.random() < p]  # fmt: skip
        ways.append(numbers)
        withdrawn.append(gives_up)
    length = np.array([len(w) for w in ways])
    first = np.concatenate([[0], np.cumsum(length)[:-1]])
    return Templates(np.concatenate([np.array(w) for w in ways]), first, length,
                     np.array(withdrawn))  # fmt: skip


def blocks(events: int, seed: int = 1) -> Iterator[pl.DataFrame]:
    """Yield blocks of event rows, each sorted by time, about `events` rows together.

    Columns: case, activity, agency, unit, resource, channel, contact, start, time (UTC
    microseconds), kind, district, status, outcome (the last four constant within a case).
    """
    rng = np.random.default_rng(seed)
    templates = make_templates(rng)
    matters = max(1, round(events / EVENTS_PER_MATTER))
    weight = rng.pareto(0.9, size=templates.length.size) + 0.02
    weight /= weight.sum()
    # The mean length moves towards what gives the wanted number of events.
    tilt = 0.0
    for _ in range(60):
        w = weight * np.exp(tilt * templates.length)
        w /= w.sum()
        tilt += 0.02 * (EVENTS_PER_MATTER * 1.01 - float(w @ templates.length))
    done = 0
    while done < matters:
        n = min(BLOCK, matters - done)
        yield _block(np.random.default_rng((seed, done)), templates, w, done, n, matters)
        done += n


def _block(
    rng: np.random.Generator, t: Templates, weight: np.ndarray, done: int, n: int, matters: int
) -> pl.DataFrame:
    until = BEGIN + YEARS * 365 * DAY
    way = rng.choice(t.length.size, size=n, p=weight)
    length = t.length[way]
    ends = np.cumsum(length)
    total = int(ends[-1])
    owner = np.repeat(np.arange(n), length)
    begin = ends - length
    position = np.arange(total) - begin[owner]
    activity = t.steps[t.first[way][owner] + position]
    # Matters come in order of arrival over the blocks, as agencies' systems number them.
    share = (done + np.sort(rng.random(n)) * n) / matters
    arrival = BEGIN + (share * YEARS * 365 * DAY).astype(np.int64)
    pace = rng.lognormal(0.7, 0.6, size=n)
    mean_wait = np.array([a[3] for a in ACTIVITIES])[activity]
    mean_work = np.array([a[4] for a in ACTIVITIES])[activity]
    wait = (rng.exponential(1.0, total) * mean_wait * pace[owner] * DAY).astype(np.int64)
    work = (rng.exponential(1.0, total) * mean_work * HOUR).astype(np.int64)
    wait[begin] = 0
    # Statements run side by side: only the waiting moves the others on.
    step = wait + np.where((activity >= 10) & (activity <= 15), 0, work)
    before = np.cumsum(step) - step
    start = arrival[owner] + before - before[begin][owner] + wait
    start -= start % 1000  # milliseconds, so that every form holds the same instants
    end = start + work - work % 1000
    agency = np.array([a[1] for a in ACTIVITIES])[activity]
    home = rng.integers(0, 3, size=n)[owner]
    unit = agency * 3 + np.where(rng.random(total) < 0.93, home, rng.integers(0, 3, total))
    usual = rng.integers(0, 25, size=n)[owner]
    resource = agency * 25 + np.where(rng.random(total) < 0.6, usual, rng.integers(0, 25, total))
    contact = np.array([{None: 0, "customer": 1, "city": 2}[a[2]] for a in ACTIVITIES])[activity]
    channel = np.where(contact > 0, 1 + (usual + (rng.random(total) < 0.2)) % 4, 0)
    latest = np.maximum.reduceat(end, begin)
    closed = latest <= until
    outcome = np.where(closed, np.where(t.withdrawn[way], 2, 1), 0)
    kind = 1 + (rng.random(n) < 0.4) + (rng.random(n) < 0.2)
    district = 1 + rng.integers(0, 7, size=n)
    seen = end <= until

    def named(codes: np.ndarray, names: list[str]) -> pl.Series:
        return pl.Series(codes[seen].astype(np.uint32)).cat.to(pl.Enum(names))

    frame = pl.DataFrame(
        {
            "case": pl.Series(done + 1 + owner[seen]),
            "activity": named(activity, [a[0] for a in ACTIVITIES]),
            "agency": named(agency, list(AGENCIES)),
            "unit": named(unit, [f"{AGENCIES[u // 3]} {u % 3 + 1}" for u in range(24)]),
            "resource": named(resource, [f"person{r:03d}" for r in range(200)]),
            "channel": named(channel, ["-", *CHANNELS]),
            "contact": named(contact, ["none", "customer", "city"]),
            "start": pl.Series(start[seen]).cast(pl.Datetime("us", "UTC")),
            "time": pl.Series(end[seen]).cast(pl.Datetime("us", "UTC")),
            "kind": named(kind[owner], ["-", "event", "plot", "premises"]),
            "district": named(district[owner], ["-", *(f"D{d}" for d in range(1, 8))]),
            "status": named(closed[owner].astype(np.int64), ["open", "closed"]),
            "outcome": named(outcome[owner], ["-", "decided", "withdrawn"]),
        }
    )
    case = pl.format("M-{}", pl.col("case").cast(pl.String).str.zfill(8)).alias("case")
    blank = [pl.when(pl.col(c) != "-").then(pl.col(c)).alias(c) for c in ("channel", "outcome")]
    return frame.with_columns(case, *blank).sort("time", "case", maintain_order=True)


def write(path: Path, events: int, seed: int = 1) -> tuple[int, int]:
    """Write the log in the form its suffix names; returns (events, matters) written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    counts = {".parquet": _parquet, ".csv": _csv, ".xes": _xes}
    if path.suffix not in counts:
        raise SystemExit(f"{path}: write .parquet, .csv or .xes")
    return counts[path.suffix](path, events, seed)


def _parquet(path: Path, events: int, seed: int) -> tuple[int, int]:
    import pyarrow.parquet as pq

    writer, rows, cases = None, 0, 0
    for block in blocks(events, seed):
        table = block.with_columns(pl.col(pl.Enum).cast(pl.String)).to_arrow()
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
        rows, cases = rows + block.height, cases + block["case"].n_unique()
    if writer:
        writer.close()
    return rows, cases


def _csv(path: Path, events: int, seed: int) -> tuple[int, int]:
    rows, cases = 0, 0
    with path.open("wb") as file:
        for block in blocks(events, seed):
            block.write_csv(
                file, include_header=rows == 0, datetime_format="%Y-%m-%dT%H:%M:%S%.3fZ"
            )
            rows, cases = rows + block.height, cases + block["case"].n_unique()
    return rows, cases


def _xes(path: Path, events: int, seed: int) -> tuple[int, int]:
    rows, cases = 0, 0

    def text(key: str, column: str) -> pl.Expr:
        value = pl.col(column).cast(pl.String)
        return pl.when(pl.col(column).is_not_null()).then(
            pl.format('<string key="{}" value="{}"/>', pl.lit(key), value)
        ).otherwise(pl.lit(""))  # fmt: skip

    def date(key: str, column: str) -> pl.Expr:
        value = pl.col(column).dt.strftime("%Y-%m-%dT%H:%M:%S%.3f+00:00")
        return pl.format('<date key="{}" value="{}"/>', pl.lit(key), value)

    event = pl.concat_str(
        pl.lit("<event>"), text("concept:name", "activity"), text("org:resource", "resource"),
        text("org:group", "unit"), text("agency", "agency"), text("channel", "channel"),
        text("contact", "contact"), date("start", "start"), date("time:timestamp", "time"),
        pl.lit("</event>\n"),
    )  # fmt: skip
    head = pl.concat_str(
        pl.lit("<trace>"), text("concept:name", "case"), text("kind", "kind"),
        text("district", "district"), text("status", "status"), text("outcome", "outcome"),
        pl.lit("\n"),
    )  # fmt: skip
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0">\n')
        for block in blocks(events, seed):
            lines = block.with_columns(event.alias("event"), head.alias("head"))
            traces = lines.group_by("case", maintain_order=True).agg(
                pl.col("head").first(), pl.col("event").str.join("")
            )
            file.write(
                traces.select(pl.concat_str("head", "event", pl.lit("</trace>\n")).str.join(""))
                .item()
            )  # fmt: skip
            rows, cases = rows + block.height, cases + traces.height
        file.write("</log>\n")
    return rows, cases


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args(arguments)
    began = clock.perf_counter()
    rows, cases = write(given.output, given.events, given.seed)
    size = given.output.stat().st_size / 1e6
    took = clock.perf_counter() - began
    print(
        f"{given.output}: {rows:,} events, {cases:,} matters, {size:,.0f} MB, {took:.1f} s",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
