"""The whole of a redesign on built cases: what is fragile, what is refused, what is written."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest
from built_moves import Harms, Holds, RestsOnItsClaim, only
from small_year import year

from polku.errors import RedesignError
from polku.path.check import check
from polku.path.facts import Version
from polku.redesign.folder import read_option
from polku.redesign.front_file import dumps, read_front, to_json
from polku.redesign.redesigning import redesign
from polku.redesign.terms import Constraint, Terms
from polku.schemas import schema

QUICK = {"jobs": 1, "rounds": 6, "replications": 12}
LEAD = Terms(weights={"lead_time.p50": 1.0}, depth=1)


def option(front, move):
    return next(o for o in front.options if [r.kind for r in o.ladder] == [move])


def test_a_gain_that_rests_on_a_false_claim_is_shown_as_fragile():
    with only(RestsOnItsClaim, Holds):
        front = redesign(year(), terms=LEAD, **QUICK).front
    bold, safe = option(front, "bold"), option(front, "safe")
    assert bold.score > safe.score > 0
    (claim,) = bold.assumptions
    assert claim.fragile
    assert claim.carries > 1
    assert claim.gain_fails_low is None or claim.gain_fails_low <= 0
    (training,) = safe.assumptions
    assert not training.fragile
    assert abs(training.carries) < 0.5


def test_a_move_that_helps_most_and_harms_a_segment_is_refused_under_the_constraint():
    with only(Harms, Holds):
        free = redesign(year(), terms=LEAD, **QUICK).front
        terms = Terms(
            weights={"lead_time.p50": 1.0}, depth=1, constraints=(Constraint("no_segment_worse"),)
        )
        bound = redesign(year(), terms=terms, **QUICK).front
    assert free.recommended == option(free, "harmful").name
    assert bound.recommended == option(bound, "safe").name
    told = [o for o in bound.options if [r.kind for r in o.ladder] == ["harmful"]]
    assert not any(o.on_front for o in told)
    for o in told:
        (kept,) = o.constraints
        assert kept.verdict == "broken"
        assert "big" in kept.why


def test_what_breaks_a_constraint_is_named_among_the_refused():
    with only(Harms, Holds):
        terms = Terms(
            weights={"lead_time.p50": 1.0}, depth=1, constraints=(Constraint("no_segment_worse"),)
        )
        front = redesign(year(), terms=terms, **QUICK).front
    names = {r.kind for o in front.options for r in o.ladder}
    refused = {r.move: r.why for r in front.refused}
    assert "harmful" in names or any("harmful" in m and "big" in w for m, w in refused.items())


def test_the_result_is_the_same_for_any_number_of_processes_and_after_an_interruption(tmp_path):
    with only(Harms, Holds):
        one = redesign(year(), terms=LEAD, **QUICK).front
        again = redesign(year(), terms=LEAD, **QUICK).front
        redesign(year(), terms=LEAD, **{**QUICK, "rounds": 2}, folder=tmp_path / "r")
        resumed = redesign(year(), terms=LEAD, **QUICK, folder=tmp_path / "r").front

    def same(front):
        data = to_json(front)
        data["effort"]["seconds"] = 0
        return data

    assert same(one) == same(again)
    assert same(resumed) == same(one)


def test_the_folder_holds_every_option_as_files_and_reads_back(tmp_path):
    with only(RestsOnItsClaim, Holds):
        made = redesign(year(), people=[], terms=LEAD, **QUICK, folder=tmp_path / "r")
    front = read_front(tmp_path / "r")
    assert front == read_front(tmp_path / "r" / "front.json")
    assert dumps(front) == (tmp_path / "r" / "front.json").read_text(encoding="utf-8")
    jsonschema.validate(json.loads(dumps(front)), schema("front"))
    for o in front.options:
        read = read_option(tmp_path / "r", front, o.name)
        assert read.path.hash == o.path_hash
        assert check(read.path).ok
        if o.drawn == "search":
            assert read.path.version.state == "prototype"
            assert any("supplier" in r.text or "one day" in r.text for r in read.scenario.remarks)
    assert len(made.prototypes) == len(front.options)


def test_another_search_in_the_same_folder_is_refused_with_what_differs(tmp_path):
    with only(Holds):
        redesign(year(), terms=LEAD, **QUICK, folder=tmp_path / "r")
        with pytest.raises(RedesignError, match="scenario"):
            redesign(year(work=200.0), terms=LEAD, **QUICK, folder=tmp_path / "r")


def test_a_front_that_was_changed_by_hand_is_refused_with_its_place(tmp_path):
    with only(Holds):
        redesign(year(), terms=LEAD, **QUICK, folder=tmp_path / "r")
    file = tmp_path / "r" / "front.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    data["options"][0]["chance"] = "sure"
    file.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(RedesignError, match=r"options\[0\].chance: must be a number"):
        read_front(tmp_path / "r")


@pytest.mark.parametrize("name", ["", "current", "search-1", "../out", ".hidden"])
def test_a_prototype_with_a_name_that_is_not_its_own_is_refused(name):
    with only(Holds), pytest.raises(RedesignError, match="name"):
        redesign(year(), people=[replace(year(), name=name)], **QUICK)


def test_a_prototype_of_another_path_is_refused():
    other = year()
    other = replace(other, name="theirs", path=replace(other.path, version=Version(of="market")))
    with only(Holds), pytest.raises(RedesignError, match="is a version of market"):
        redesign(year(), people=[other], **QUICK)


def test_a_folder_of_somebody_else_is_refused_and_left_as_it_is(tmp_path):
    mine = tmp_path / "mine"
    (mine / "prototypes").mkdir(parents=True)
    (mine / "prototypes" / "notes.txt").write_text("three years of work", encoding="utf-8")
    with only(Holds):
        with pytest.raises(RedesignError, match="nothing of yours is written over"):
            redesign(year(), **QUICK, folder=mine)
        made = redesign(year(), **QUICK)
    with pytest.raises(RedesignError, match="name a new folder"):
        made.save(mine)
    assert (mine / "prototypes" / "notes.txt").read_text(encoding="utf-8") == "three years of work"
    assert [f.name for f in mine.iterdir()] == ["prototypes"]


def test_too_few_replications_are_refused():
    with only(Holds), pytest.raises(RedesignError, match="5 or more"):
        redesign(year(), **{**QUICK, "replications": 4})
