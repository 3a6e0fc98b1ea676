"""Criteria of a log held against a published path: path_followed, described, and its contacts."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from build import tiny

from polku.errors import LogError, PathError
from polku.log.eventlog import EventLog
from polku.log.mapping import Mapping
from polku.measure.comparing import compare
from polku.measure.comparison import Comparison
from polku.measure.facts import Deviations
from polku.measure.facts_file import load_facts, save_facts
from polku.measure.measuring import measure
from polku.measure.proportion import wilson
from polku.measure.reading import facts
from polku.measure.registry import catalogue
from polku.path.build import start
from polku.path.facts import Contact, Facts
from polku.path.model import Path


def line(*names: str, **more: Facts) -> Path:
    grown = start("Stall")
    for name in names:
        grown = grown.step(name, facts=more.get(name, Facts()))
    return grown.path()


CONTACTS = {"A": Facts(contact=Contact("customer")), "C": Facts(contact=Contact("city"))}
PATH = line("A", "B", "C", **CONTACTS)


def log(words: dict[str, str], still_open: str = "", **more: object) -> EventLog:
    """Matters whose activities are letters; those named by letters in `still_open` are open."""
    rows = [
        {"case": case, "activity": a, "time": k, "unit": "U", "channel": "web"}
        for case, word in words.items()
        for k, a in enumerate(word)
    ]
    matters = {case: {"closed": case not in still_open} for case in words}
    return tiny(rows, matters, until=50, **more)  # type: ignore[arg-type]


SAMPLE = log({"p": "ABC", "q": "AC", "r": "ABC", "s": "AXBC", "t": "AB", "u": "B"}, "tu")


def test_without_a_path_nothing_is_held_against_one():
    found = measure(SAMPLE)
    for id in ("path_followed", "described"):
        assert found.figure(id).status == "not_measurable"
        assert "--path" in found.figure(id).note
    assert found.figure("contact_moments").status == "not_measurable"


def test_the_share_that_follows_the_path_has_wilsons_interval():
    figure = measure(SAMPLE, path=PATH).figure("path_followed", "share")
    expected = wilson(3, 6)  # p, r, and t, which is open and began rightly
    assert (figure.value, figure.low, figure.high) == (0.5, expected.low, expected.high)
    assert (figure.n, figure.open) == (6, 2)


def test_the_mean_fitness_stands_beside():
    figure = measure(SAMPLE, path=PATH).figure("path_followed", "mean_fitness")
    each = [1, 1 - 1 / 5, 1, 1 - 1 / 7, 1, 1 - 1 / 1]
    assert figure.value == math.fsum(each) / 6
    assert figure.low is not None
    assert figure.low < figure.value


def test_described_is_a_share_of_events():
    figure = measure(SAMPLE, path=PATH).figure("described")
    assert figure.value == 14 / 15
    assert figure.note == "14 of 15 events"
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < figure.value < figure.high


def test_all_described_has_no_interval():
    figure = measure(log({"p": "ABC", "q": "AC"}), path=PATH).figure("described")
    assert (figure.value, figure.low, figure.status) == (1.0, None, "not_reached")


def test_steps_that_the_log_never_shows_are_named():
    found = measure(log({"p": "AC", "q": "AC"}), path=PATH).figure("path_followed")
    assert found.value == 1.0
    assert found.note == "not recorded in this log: B"


def test_matters_that_cannot_be_judged_count_as_not_fitting_and_it_says_so(monkeypatch):
    def some(_):
        return Deviations(np.array([0, -1, 2, 0]), np.array([3, 0, 4, 3]))

    c = replace(catalogue()["path_followed"], fact=some)
    monkeypatch.setitem(catalogue()._criteria, "path_followed", c)
    found = measure(log({"p": "ABC", "q": "AC", "r": "A", "s": "B"}), path=PATH)
    share, fitness = (found.figure("path_followed", s) for s in ("share", "mean_fitness"))
    assert share.value == 0.5
    assert "1 of 4 matters could not be judged" in share.note
    assert fitness.value == (1 + 0.5 + 1) / 3
    assert (fitness.n, share.n) == (3, 4)


def test_a_log_without_a_closed_rule_cannot_tell_whether_the_path_was_followed():
    found = measure(log({"p": "ABC"}, closed=False), path=PATH)
    assert found.figure("path_followed").status == "not_measurable"
    assert found.figure("described").value == 1.0


def test_a_log_of_other_activities_is_refused():
    with pytest.raises(PathError, match="none of its steps is an activity of the log"):
        measure(log({"p": "XYZ"}), path=PATH)


def test_facts_that_were_read_without_the_path_are_refused():
    with pytest.raises(LogError, match="facts are read already"):
        measure(facts(SAMPLE), path=PATH)


def test_an_empty_log_has_no_figure():
    found = measure(log({}), path=PATH)
    assert found.figure("path_followed").status == "not_measurable"


def refused(compared: Comparison) -> set[str]:
    return {r.id for r in compared.rows if r.verdict == "refused"}


def test_another_path_is_another_measure():
    other = line("A", "B", "C", "D", **CONTACTS)
    mine, theirs = (facts(SAMPLE, path=p) for p in (PATH, other))
    for id in ("path_followed", "described"):
        assert mine.hashes[id] != theirs.hashes[id]
    assert mine.hashes["lead_time"] == theirs.hashes["lead_time"]
    compared = compare(mine, theirs)
    assert refused(compared) == {"path_followed", "described"}
    assert not refused(compare(mine, facts(SAMPLE, path=PATH)))


def test_the_drawing_is_no_part_of_the_measure():
    from polku.path.model import Diagram, Shape

    moved = replace(PATH, diagram=Diagram({"step-1": Shape(5, 5, 100, 80)}))
    assert facts(SAMPLE, path=moved).hashes == facts(SAMPLE, path=PATH).hashes


def test_the_path_tells_the_contacts_of_a_log_that_marks_none():
    known = facts(SAMPLE, path=PATH)
    assert {"contact_moments", "contact_points"}.isdisjoint(known.missing)
    row, _ = known.values["contact_moments"].clock.row, None
    at = known.values["contact_moments"].at
    marked = np.bincount(row if at is None else row[at], minlength=6).tolist()
    words = dict(zip(known.matters["case_id"], marked, strict=True))
    assert words == {"p": 2, "q": 2, "r": 2, "s": 2, "t": 1, "u": 0}
    notes = [a["text"] for a in known.log["assumptions"] if a["about"] == "contacts"]  # type: ignore[attr-defined]
    assert notes == ["contacts are those of the path Stall: A (customer), C (city)"]


def test_contacts_of_the_path_are_another_definition_than_those_of_the_log():
    assert facts(SAMPLE, path=PATH).hashes["contact_moments"] != facts(SAMPLE).hashes[
        "contact_moments"
    ]  # fmt: skip
    other = PATH.with_nodes([replace(PATH.node("step-2"), facts=Facts(contact=Contact("city")))])  # type: ignore[type-var]
    assert (
        facts(SAMPLE, path=other).hashes["contact_moments"]
        != facts(SAMPLE, path=PATH).hashes["contact_moments"]
    )


def test_marks_of_the_log_win_over_the_path():
    marked = SAMPLE.events.with_columns(
        contact=pl.lit("none").cast(SAMPLE.events.schema["contact"])
    )
    own = replace(SAMPLE, events=marked)
    assert facts(own, path=PATH).hashes["contact_moments"] == facts(own).hashes["contact_moments"]


def test_a_path_without_contacts_marks_none():
    assert "contact_moments" in facts(SAMPLE, path=line("A", "B", "C")).missing


def part(whole: EventLog, keep: list[int]) -> EventLog:
    """Some matters of a log, with the categories of the whole, as a partition of a store has."""
    code = pl.DataFrame({"case": keep, "new": range(len(keep))}, schema_overrides={
        "case": pl.UInt32, "new": pl.UInt32})  # fmt: skip
    events = whole.events.join(code, on="case", maintain_order="left").with_columns(
        case=pl.col("new")
    )
    cases = whole.cases[keep].with_columns(case=pl.Series(range(len(keep)), dtype=pl.UInt32))
    return replace(whole, events=events.drop("new").sort("case", "time", "order"), cases=cases)


@pytest.mark.parametrize("keep", [[0, 1], [2, 3, 4], [5], [1, 5]])
def test_facts_of_a_part_equal_those_of_the_whole(keep: list[int]):
    whole = facts(SAMPLE, path=PATH)
    some = facts(part(SAMPLE, keep), path=PATH)
    of_whole, of_part = whole.values["path_followed"], some.values["path_followed"]
    assert isinstance(of_whole, Deviations)
    assert isinstance(of_part, Deviations)
    assert of_part.cost.tolist() == of_whole.cost[keep].tolist()
    assert of_part.worst.tolist() == of_whole.worst[keep].tolist()
    assert some.hashes == whole.hashes


def test_facts_are_kept_in_a_file(tmp_path):
    known = facts(SAMPLE, path=PATH)
    save_facts(known, tmp_path / "f.parquet")
    save_facts(known, tmp_path / "f.xlsx")
    again = load_facts(tmp_path / "f.parquet")
    assert measure(again).dumps() == measure(SAMPLE, path=PATH).dumps()
    costs = pl.read_excel(tmp_path / "f.xlsx", sheet_name="matters")["path_followed"].to_list()
    assert sorted(costs) == [0, 0, 0, 1, 1, 1]


def test_segments_and_periods_are_held_against_the_path_too():
    words = {f"m{k:02}": "ABC" if k % 3 else "AC" for k in range(24)}
    rows = [
        {"case": c, "activity": a, "time": k} for c, w in words.items() for k, a in enumerate(w)
    ]
    many = tiny(rows, {c: {"town": "N" if k % 2 else "S"} for k, c in enumerate(words)}, until=50)
    found = measure(many, path=PATH, by=("town",), period="month")
    shares = {f.by.segment: f.value for f in found.criteria
              if f.id == "path_followed" and f.statistic == "share" and f.by}  # fmt: skip
    assert shares == {"N": 8 / 12, "S": 8 / 12}
    json.loads(found.dumps())


def test_a_mapping_is_only_changed_where_the_path_tells_contacts():
    assert facts(SAMPLE, path=line("A", "B", "C")).hashes["handovers"] == facts(SAMPLE).hashes[
        "handovers"
    ]  # fmt: skip
    assert Mapping().definition("contacts") == SAMPLE.mapping.definition("contacts")


def test_the_command_line_takes_a_path(tmp_path, capsys):
    from polku.cli import main
    from polku.path.write import write_path

    (tmp_path / "p.bpmn").write_bytes(write_path(PATH))
    rows = [f"m{k},{a},2025-01-{d + 1:02},{'yes' if a == 'C' else ''}"
            for k in range(6) for d, a in enumerate("ABC")]  # fmt: skip
    (tmp_path / "log.csv").write_text("case,activity,time,done\n" + "\n".join(rows) + "\n")
    asked = [str(tmp_path / "log.csv"), "--path", str(tmp_path / "p.bpmn")]
    assert main(["measure", *asked, "--json", str(tmp_path / "m.json")]) == 0
    told = json.loads((tmp_path / "m.json").read_text())["criteria"]
    shares = {f["id"]: f["value"] for f in told if f["statistic"] == "share"}
    assert shares["described"] == 1.0
    assert any(f["id"] == "contact_moments" and f["value"] is not None for f in told)
    assert main(["facts", *asked, "-o", str(tmp_path / "f.parquet")]) == 0
    assert "described" in load_facts(tmp_path / "f.parquet").values
    assert main(["measure", asked[0], "--path", str(tmp_path / "none.bpmn")]) == 2
    assert "none.bpmn" in capsys.readouterr().err
