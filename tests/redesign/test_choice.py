"""A choice holds all that it was made on, and is retold from it."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest
from example_front import example_front
from example_reasons import example_reasons

from polku.errors import RedesignError
from polku.redesign.choice import Choice, choose, explain, explain_folder, read_choice
from polku.redesign.choice_markdown import markdown
from polku.redesign.front_file import dumps
from polku.redesign.plain_json import schema_of
from polku.schemas import schema

FRONT = example_front()


def test_a_choice_is_the_same_after_a_round_through_json(tmp_path):
    c = choose(FRONT, "search-1", example_reasons())
    (tmp_path / "choice.json").write_text(c.dumps(), encoding="utf-8")
    assert read_choice(tmp_path) == c


def test_a_choice_holds_to_its_published_schema():
    told = json.loads(choose(FRONT, "search-1", example_reasons()).dumps())
    jsonschema.Draft202012Validator(schema("choice")).validate(told)
    title = schema("choice")["title"]
    assert schema("choice") == json.loads(json.dumps(schema_of(Choice, title, "polku.choice/1")))


def test_a_choice_tells_what_it_was_made_on():
    c = choose(FRONT, "search-1", example_reasons())
    assert c.leads == c.chosen == "search-1"
    assert c.option("search-2").path_hash == FRONT.option("search-2").path_hash
    assert c.measure == FRONT.measure
    assert (c.seed, c.version) == (FRONT.seed, FRONT.version)
    assert {f.axis for f in c.worse} == {"flexible.share"}
    assert [k.name for k in c.not_kept] == ["no unit over 85%"]
    assert {i.id for i in c.answered} | {i.id for i in c.unanswered} == {
        i.id for i in FRONT.insights
    }
    assert "complaint-8" in {i.id for i in c.unanswered}


def test_every_option_that_was_not_chosen_has_a_reason_and_says_whose():
    why = {"search-2": "The rescue department cannot answer for it."}
    c = choose(FRONT, "search-1", example_reasons(rejected=why))
    by = {r.name: r for r in c.rejected}
    assert by.keys() == {"current", "search-2", "search-3", "one-stop-desk"}
    assert by["search-2"].given
    assert not by["search-3"].given
    assert "breaks the constraint" in by["search-3"].why


def test_an_option_that_is_not_there_suggests_the_nearest():
    with pytest.raises(RedesignError, match="did you mean 'search-1'"):
        choose(FRONT, "serch-1", example_reasons())


@pytest.mark.parametrize(
    ("reasons", "says"),
    [
        ({"weights": {"lead_tim.p50": 1.0}}, "no axis of the result; did you mean 'lead_time.p50'"),
        ({"weights": {"utilisation.mean@pool=area-use": 1.0}}, "no better side"),
        ({"rejected": {"search-9": "no"}}, "no option of the folder; did you mean 'search-"),
        ({"rejected": {"search-1": "no"}}, "is the option that is chosen"),
        ({"despite": ("no more staf",)}, "is no constraint; did you mean"),
        ({"despite": ("no more staff than today",)}, "keeps it; take it out"),
    ],
)
def test_reasons_that_do_not_fit_the_result_are_told_in_one_line(reasons, says):
    with pytest.raises(RedesignError, match=says) as told:
        choose(FRONT, "search-1", example_reasons(**reasons))
    assert "\n" not in str(told.value)


def test_what_breaks_a_constraint_is_chosen_only_by_name():
    with pytest.raises(RedesignError, match="breaks the constraint 'no segment gets worse"):
        choose(FRONT, "search-3", example_reasons())
    c = choose(FRONT, "search-3", example_reasons(despite=("no segment gets worse (size)",)))
    assert "which was accepted" in explain(c)
    assert c.fragile
    assert "Fragile: without" in explain(c)


def test_the_current_state_may_be_chosen():
    c = choose(FRONT, "current", example_reasons())
    assert "chose to keep the current state" in explain(c)
    assert c.leads == "search-1"
    assert not c.worse


def test_weights_of_peoples_own_may_speak_for_another_option():
    only = {"predictability.p90_over_p50": 1.0}
    c = choose(FRONT, "search-1", example_reasons(weights=only))
    assert c.weights_by == "people"
    assert c.leads == "search-2"
    assert "search-2 leads, not the chosen option" in explain(c)


def test_a_score_with_own_weights_is_the_weighted_gain():
    c = choose(FRONT, "search-1", example_reasons(weights={"on_time.share": 5.0}))
    change = FRONT.option("search-1").figure("on_time.share").change
    assert c.option("search-1").score == pytest.approx(100 * change)
    assert c.option("current").score == 0


def test_the_retelling_names_who_when_why_and_what_gets_worse():
    told = explain(choose(FRONT, "search-1", example_reasons(note="Again in 2027")))
    for words in (
        "on 2026-05-03", "Anna Aalto, path owner", "search-1 (“One contact point",
        "It applies from 2026-09-01", "The organiser deals with one desk.",
        "What gets worse: matters handled flexibly",
        "Not chosen: ", "Unanswered: ", "Note: Again in 2027.",
    ):  # fmt: skip
        assert words in told


def test_a_folder_without_a_choice_is_retold_from_its_front(tmp_path):
    (tmp_path / "front.json").write_text(dumps(FRONT), encoding="utf-8")
    told = explain_folder(tmp_path)
    assert "nothing is chosen yet" in told
    assert all(o.name in told for o in FRONT.options[1:])
    assert "The weights speak for search-1" in told


def test_a_choice_of_a_path_that_was_searched_again_says_so(tmp_path):
    old = choose(FRONT, "search-1", example_reasons())
    (tmp_path / "choice.json").write_text(old.dumps(), encoding="utf-8")
    (tmp_path / "front.json").write_text(dumps(FRONT), encoding="utf-8")
    assert explain_folder(tmp_path) == explain(old)
    options = [replace(o, path_hash="0" * 16) for o in FRONT.options]
    text = dumps(replace(FRONT, options=tuple(options)))
    (tmp_path / "front.json").write_text(text, encoding="utf-8")
    assert "searched again since" in explain_folder(tmp_path)


def test_a_file_that_is_no_choice_is_told_in_one_line(tmp_path):
    file = tmp_path / "choice.json"
    for text, says in (
        ("{", "is no JSON"), ('{"format": "polku.diff/1"}', "its format is 'polku.diff/1'"),
        ('{"format": "polku.choice/1"}', "path is missing"),
    ):  # fmt: skip
        file.write_text(text, encoding="utf-8")
        with pytest.raises(RedesignError, match=says):
            read_choice(tmp_path)


def test_the_record_in_markdown_keeps_its_tables_whole():
    why = {"search-2": "One | two\nlines"}
    lines = markdown(choose(FRONT, "search-1", example_reasons(rejected=why))).splitlines()
    rows = [n for n in lines if n.startswith("| ") and "search-2" in n]
    assert any("One \\| two lines" in n for n in rows)
    assert any("then leads" in n for n in lines)
