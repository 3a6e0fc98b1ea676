"""The command line is a contract: exits, streams, one line for each mistake."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from polku.cli import main, parser
from polku.errors import LogError
from polku.log.export import export
from polku.log.read import read
from polku.paths import EVENT_PERMIT

LOG = str(EVENT_PERMIT / "synthetic-log.csv.gz")
MAPPING = str(EVENT_PERMIT / "synthetic-log.csv.mapping.toml")


def commands():
    actions = [a for a in parser()._actions if getattr(a, "choices", None)]
    return sorted(actions[0].choices)


def run(*args, **env):
    return subprocess.run(
        [sys.executable, "-m", "polku.cli", *args],
        capture_output=True,
        text=True,
        env={**os.environ, **env},
    )


@pytest.mark.parametrize("command", commands())
def test_every_command_helps_with_an_example(command, capsys):
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert f"Example: polku {command}" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["measure", "nowhere.csv"], "nowhere.csv"),
        (["measure", LOG, "--mapping", "nowhere.toml"], "nowhere.toml"),
        (["measure", LOG, "--agreed", "nowhere.toml"], "nowhere.toml"),
        (["measure", LOG, "--by", "colour"], "colour"),
        (["compare", LOG], "BEFORE and AFTER"),
        (["compare", LOG, "--at", "yesterday"], "yesterday"),
        (["compare", LOG, "--at", "2025-01-01", "--by", "nature"], "choose one"),
        (["plan", LOG, "--gain", "lead_time"], "CRITERION=X"),
        (["plan", LOG, "--gain", "lead_tme=3"], "lead_time"),
        (["export", LOG, "-o", "x.docx"], "x.docx"),
        (["facts", LOG, "-o", "x.docx"], "x.docx"),
        (["inspect"], "--diary"),
        (["import", LOG, LOG, "-o", "x.store"], "--link"),
        (["forget", "nowhere.store", "--key"], "nowhere.store"),
        (["remeasure", "nowhere.store"], "nowhere.store"),
        (["report", LOG, "-o", "/nowhere/at/all/report.html"], "/nowhere"),
        (["check", "nowhere.bpmn"], "nowhere.bpmn"),
        (["check", LOG], "synthetic-log.csv.gz: line 1: "),
        (["check", "event-permit/prototype-x"], "has no version 'prototype-x'; it has current"),
        (["diff", "event-permit", "nowhere.bpmn"], "nowhere.bpmn"),
        (["draw", "event-permit", "-o", "x.png"], ".svg (a service blueprint)"),
        (["conform", LOG, "starting-up"], "none of its steps is an activity of the log"),
        (["conform", LOG, "event-permit", "--by", "colour"], "colour"),
        (["measure", LOG, "--path", "nowhere.bpmn"], "nowhere.bpmn"),
        (["discover", "nowhere.csv", "-o", "x.bpmn"], "nowhere.csv"),
        (["discover", LOG, "-o", "x.svg"], "-o x.svg: a path is written as .bpmn"),
        (["check", "event-permit", "--json", ""], "--json: its name is empty"),
        (["check", "event-permit", "--process", "p"], "leave out --process"),
    ],
)
def test_a_wrong_input_ends_in_one_line_and_exit_2(args, part, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if args[0] == "report" and os.geteuid() == 0:
        (tmp_path / "file").write_text("x")
        args = [*args[:-1], str(tmp_path / "file" / "report.html")]
        part = "file"
    assert main(args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith(f"polku {args[0]}: ")
    assert part in err
    assert "Traceback" not in err


def test_a_wrong_option_ends_in_exit_2():
    done = run("measure", LOG, "--perod", "month")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["measure", LOG, "--seed", "-1"], "'-1' is no whole number from 0 on"),
        (["map", LOG, "--share", "0", "-o", "map.svg"], "'0' is no share"),
        (["map", LOG, "--share", "nan", "-o", "map.svg"], "'nan' is no share"),
        (["map", LOG, "--share", "80%", "-o", "map.svg"], "'80%' is no share"),
    ],
)
def test_an_option_out_of_range_ends_in_one_line_and_exit_2(args, part, capsys):
    with pytest.raises(SystemExit) as end:
        main(args)
    assert end.value.code == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert part in err


@pytest.mark.parametrize("name", ["facts.xlsx", "facts.parquet"])
def test_facts_that_cannot_be_written_end_in_one_line(name, capsys, tmp_path):
    (tmp_path / "file").write_text("x")
    assert main(["facts", LOG, "--mapping", MAPPING, "-o", str(tmp_path / "file" / name)]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert f"{name}: cannot be written" in err


def test_an_empty_diary_is_measured_without_a_word(tmp_path, capsys):
    diary = str(tmp_path / "diary.csv")
    assert main(["inspect", "--diary", diary]) == 0
    assert main(["measure", diary]) == 0
    assert "0 matters" in capsys.readouterr().out


def test_forgetting_nothing_in_particular_is_refused(capsys):
    assert main(["forget", "p.store"]) == 2
    assert "nothing is named to forget" in capsys.readouterr().err


def test_nothing_but_tables_goes_to_stdout_and_no_bar_when_piped(tmp_path):
    done = run("measure", LOG, "--mapping", MAPPING, "--json", str(tmp_path / "m.json"))
    assert done.returncode == 0
    assert "lead" in done.stdout
    assert done.stderr == ""
    assert json.loads((tmp_path / "m.json").read_text())["format"] == "polku.measurement/1"


def test_a_closed_pipe_is_no_error():
    done = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" -m polku.cli measure "{LOG}" | head -1'],
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr


def test_the_whole_circle_of_commands_works_on_a_store(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["import", LOG, "--mapping", MAPPING, "-o", "p.store"]) == 0
    assert "1,527 matters" in capsys.readouterr().err
    shutil.copy(LOG, "bare.csv.gz")  # without the mapping beside it
    for command in (
        ["measure", "p.store", "--period", "quarter"],
        ["facts", "p.store", "-o", "f.parquet"],
        ["facts", "p.store", "-o", "f.xlsx"],
        ["export", "p.store", "-o", "p.xes"],
        ["compare", "p.store", "--at", "2025-01-01", "--json", "c.json"],
        ["compare", "f.parquet", "--by", "organiser_size"],
        ["plan", "p.store", "--gain", "on_time=20%"],
        ["remeasure", "p.store"],
        ["map", "p.store", "-o", "map.svg"],
        ["inspect", "bare.csv.gz", "--write-mapping", "guess.toml", "--json", "i.json"],
        ["inspect", "--diary", "diary.xlsx"],
        ["forget", "p.store", "--before", "2024-03-01"],
        ["measure", "p.store"],
    ):
        assert main(command) == 0, command
    assert json.loads((tmp_path / "c.json").read_text())["format"] == "polku.comparison/1"
    assert (tmp_path / "map.svg").read_text().startswith("<svg")
    assert (tmp_path / "guess.toml").read_text().startswith("#")


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        (
            ["-o", "r.pdf"],
            "r.pdf: the report is an HTML file; end its name in .html, and add",
        ),
        (["-o", "r.html", "--pdf", "x.html"], "x.html: --pdf writes a PDF; end its name in .pdf"),
        (["-o", "r.html", "--xlsx", "x.txt"], "x.txt: --xlsx writes a workbook"),
        (["-o", "r.html", "--xlsx", "file/x.xlsx"], "cannot be written (Not a directory)"),
        (["-o", "new/r.html", "--xlsx", "folder.xlsx"], "folder.xlsx: is a folder"),
    ],
)
def test_a_report_writes_nothing_where_one_of_its_files_cannot_be(
    targets, said, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder.xlsx").mkdir()
    assert main(["report", LOG, *targets]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert said in err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.xlsx"]


@pytest.mark.parametrize(
    "args",
    [["measure", ""], ["compare", "", " "], ["forget", "", "--key"], ["import", "", "-o", "s"]],
)
def test_an_empty_name_is_not_the_current_folder(args, capsys):
    with pytest.raises(SystemExit) as end:
        main(args)
    assert end.value.code == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "its name is empty" in err
    with pytest.raises(LogError, match="the name of the log is empty"):
        read("")


def test_an_export_to_csv_tells_of_cells_that_look_like_formulas(tmp_path, capsys):
    (tmp_path / "log.csv").write_text(
        "case,activity,time,note,sum\n"
        "c1,=1+1,2024-01-01 10:00:00,@x,-5\nc1,b,2024-01-02 10:00:00,+y,-6\n"
    )
    given = ["export", str(tmp_path / "log.csv"), "-o"]
    assert main([*given, str(tmp_path / "out.csv")]) == 0
    first, *rest = capsys.readouterr().err.splitlines()
    assert "out.csv: 3 cells begin with = + - or @" in first
    assert len(rest) == 1
    assert "# 3 cells begin with" in (tmp_path / "out.csv.mapping.toml").read_text()
    assert read(tmp_path / "out.csv").events["activity"].to_list() == ["=1+1", "b"]
    assert main([*given, str(tmp_path / "out.xlsx")]) == 0
    assert "begin with" not in capsys.readouterr().err


def test_a_check_says_no_with_exit_1_and_yes_with_exit_0(capsys, tmp_path):
    assert main(["check", "event-permit", "--json", str(tmp_path / "found.json")]) == 0
    assert json.loads((tmp_path / "found.json").read_text())["format"] == "polku.check/1"
    bad = tmp_path / "bad.bpmn"
    text = (EVENT_PERMIT / "current.bpmn").read_text(encoding="utf-8")
    bad.write_text(text.replace("bpmn:startEvent", "bpmn:task", 2), encoding="utf-8")
    assert main(["check", str(bad)]) == 1
    assert "P101" in capsys.readouterr().out


def few_matters(file: Path) -> str:
    """The shortest matters of the current state, which are aligned soon."""
    log = read(LOG)
    steps = log.events.group_by("case").len()
    old = pl.col("closed") & (pl.col("arrival").dt.year() < 2025)
    cases = log.cases.filter(old).join(steps, on="case").sort("len", "case_id").head(40)
    cases = cases.drop("len").sort("case").with_row_index("now")
    events = log.events.join(cases.select("case", "now"), on="case").sort("now", "time", "order")
    cases, events = (f.with_columns(case="now").drop("now") for f in (cases, events))
    export(replace(log, cases=cases, events=events), file)
    return str(file)


def test_a_path_goes_from_a_log_to_a_drawing_and_back_to_the_log(capsys, tmp_path):
    path, json_file = str(tmp_path / "path.bpmn"), tmp_path / "conform.json"
    few = few_matters(tmp_path / "few.csv")
    assert main(["discover", few, "-o", path]) == 0
    assert "Fitness 1, by construction" in capsys.readouterr().out
    asked = ["conform", few, path, "--json", str(json_file)]
    assert main([*asked, "--at-least", "1"]) == 0
    assert json.loads(json_file.read_text())["share"] == 1.0
    assert main(["conform", few, "event-permit", "--at-least", "0.9"]) == 0
    assert main(["conform", few, "event-permit/prototype-joint-form", "--at-least", "0.9"]) == 1
    for name in ("path.svg", "path.md", "again.bpmn"):
        assert main(["draw", path, "-o", str(tmp_path / name)]) == 0
        assert (tmp_path / name).stat().st_size > 1000
    told = ["draw", "event-permit/prototype-joint-form", "--log", few]
    assert main([*told, "-o", str(tmp_path / "told.svg")]) == 0
    assert main([*told[:2], "-o", str(tmp_path / "plain.svg")]) == 0
    drawn, plain = ((tmp_path / f"{n}.svg").read_bytes() for n in ("told", "plain"))
    assert drawn != plain
    enriched = ["discover", few, "--path", "event-permit"]
    assert main([*enriched, "-o", str(tmp_path / "measured.bpmn")]) == 0
    assert "How often the steps happen" in capsys.readouterr().out


def test_the_changes_of_a_prototype_are_told_and_written(capsys, tmp_path):
    out = tmp_path / "diff.json"
    asked = ["diff", "event-permit", "event-permit/prototype-joint-form", "--json", str(out)]
    for language in ("fi", "sv", "en"):
        assert main([*asked, "--language", language]) == 0
    assert json.loads(out.read_text())["format"] == "polku.diff/1"
    assert capsys.readouterr().out.count("\n") > 30


def test_what_is_read_is_never_written_over(capsys, tmp_path):
    log, path = tmp_path / "log.csv", tmp_path / "path.bpmn"
    log.write_text("case,activity,time\na,x,2024-01-01T10:00:00Z\n", encoding="utf-8")
    path.write_bytes((EVENT_PERMIT / "current.bpmn").read_bytes())
    before = log.read_bytes(), path.read_bytes()
    for args in (
        ["measure", str(log), "--json", str(log)], ["check", str(path), "--json", str(path)],
        ["export", str(log), "-o", str(tmp_path / "." / "log.csv")],
        ["diff", "event-permit", str(path), "--json", str(path)],
        ["conform", str(log), str(path), "--facts", str(log)],
    ):  # fmt: skip
        assert main(args) == 2
        assert "is also what is read" in capsys.readouterr().err
    assert before == (log.read_bytes(), path.read_bytes())


def test_a_reader_that_goes_away_is_no_no():
    command = f'"{sys.executable}" -m polku.cli check event-permit | true; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(["bash", "-c", command], capture_output=True, env={**os.environ})
    assert done.returncode == 0
    assert run("check", "event-permit", COLUMNS="x").returncode == 0
