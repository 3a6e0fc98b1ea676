"""One measure: rows, traces, threads, partitions and forms of a log change no byte of it.

Only `log.source`, which tells where the rows came from, may differ.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from polku.cli import main
from polku.log.export import export
from polku.log.importing import import_files
from polku.log.mapping import Mapping
from polku.log.read import read
from polku.measure.measuring import measure
from polku.paths import EVENT_PERMIT

MAPPING = EVENT_PERMIT / "synthetic-log.csv.mapping.toml"


def measured(place: Path | str, mapping: Path | Mapping | None = None) -> str:
    document = measure(read(place, mapping)).to_json()
    del document["log"]["source"]
    return json.dumps(document, ensure_ascii=False)


def shuffled_traces(source: Path, target: Path) -> None:
    text = gzip.decompress(source.read_bytes()).decode()
    head, *_ = text.partition("<trace>")
    traces = re.findall(r"<trace>.*?</trace>", text, re.S)
    tail = text[text.rindex("</trace>") + len("</trace>") :]
    random.Random(5).shuffle(traces)
    target.write_text(head + "\n".join(traces) + tail, encoding="utf-8")


def shuffled_rows(source: Path, target: Path) -> None:
    rows = list(csv.reader(io.StringIO(gzip.decompress(source.read_bytes()).decode())))
    body = rows[1:]
    random.Random(6).shuffle(body)
    with target.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([rows[0], *body])


@pytest.mark.parametrize("name", ["receipt/receipt", "production/Production"])
def test_the_order_of_traces_changes_nothing(data, tmp_path, name):
    source = data / f"{name}.xes.gz"
    target = tmp_path / "shuffled.xes"
    shuffled_traces(source, target)
    assert measured(target) == measured(source)


@pytest.mark.parametrize(
    "name",
    [
        "bpic12w/BPIC_2012_W_train",
        "loan-application/LoanApp_simplified_train",
        "production/production",
        "purchasing/PurchasingExample",
        "receipt/receipt",
    ],
)
def test_the_order_of_rows_changes_nothing(data, tmp_path, name):
    source = data / f"{name}.csv.gz"
    target = tmp_path / "shuffled.csv"
    shuffled_rows(source, target)
    assert measured(target) == measured(source)


@pytest.mark.parametrize("name", ["receipt/receipt", "bpic12w/BPI_Challenge_2012_W_Two_TS"])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_export_measures_like_its_log(data, tmp_path, name, form):
    log = read(data / f"{name}.xes.gz")
    target = tmp_path / f"log.{form}"
    export(log, target)
    assert measured(target) == measured(data / f"{name}.xes.gz")


@pytest.mark.parametrize("partitions", [1, 7])
def test_a_store_measures_like_its_files(tmp_path, partitions):
    from polku.log.mapping import load

    source, mapping = EVENT_PERMIT / "synthetic-log.csv.gz", load(MAPPING)
    store = tmp_path / "log.store"
    import_files([source], store, mapping=mapping, keep_names=True, partitions=partitions)
    of_store, of_file = (json.loads(measured(*a)) for a in ((store,), (source, mapping)))
    for document in (of_store, of_file):  # they tell where the rows came from, too
        del document["log"]["assumptions"]
    assert of_store == of_file


def test_the_number_of_threads_changes_nothing(tmp_path):
    seen = set()
    for threads in ("1", "2", "4"):
        out = tmp_path / f"{threads}.json"
        subprocess.run(
            [
                sys.executable, "-m", "polku.cli", "measure",
                str(EVENT_PERMIT / "synthetic-log.csv.gz"),
                "--mapping", str(MAPPING), "--json", str(out),
            ],
            env={**os.environ, "POLARS_MAX_THREADS": threads, "OMP_NUM_THREADS": threads},
            check=True,
            capture_output=True,
        )  # fmt: skip
        seen.add(out.read_bytes())
    assert len(seen) == 1


def test_the_same_command_twice_writes_the_same_bytes(tmp_path):
    outs = [tmp_path / "a.json", tmp_path / "b.json"]
    for out in outs:
        command = ["measure", str(EVENT_PERMIT / "synthetic-log.csv.gz"), "--json", str(out)]
        assert main(command) == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()
