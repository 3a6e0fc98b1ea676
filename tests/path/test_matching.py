from __future__ import annotations

from polku.path.build import start
from polku.path.facts import Facts, Text
from polku.path.matching import matching
from polku.path.model import Step


def test_a_step_is_known_by_its_name_in_any_language_and_any_case():
    facts = Facts(names=Text(fi="Päätös", sv="Beslut"))
    path = start("Stall").step("Apply").step("Decision", facts=facts).path()
    found = matching(path, ["APPLY", "päätös", "beslut  ", "decision"])
    assert set(found.step_of.values()) == {"step-1", "step-2"}
    assert found.activities_of["step-2"] == ("beslut  ", "decision", "päätös")
    assert not found.unmatched_steps
    assert not found.unmatched_activities


def test_a_step_with_activities_of_its_own_is_not_known_by_its_name():
    path = start("Stall").step("Apply", facts=Facts(activities=("T01", "T02"))).path()
    found = matching(path, ["T01", "t02", "Apply"])
    assert dict(found.step_of) == {"T01": "step-1", "t02": "step-1"}
    assert found.unmatched_activities == ("Apply",)


def test_letter_by_letter_goes_before_alike():
    path = (
        start("Stall")
        .step("One", facts=Facts(activities=("t01",)))
        .step("Two", facts=Facts(activities=("T01",)))
        .path()
    )
    found = matching(path, ["T01", "t01", "T01 "])
    assert dict(found.step_of) == {"T01": "step-2", "t01": "step-1"}
    assert found.ambiguous["T01 "] == ("step-1", "step-2")


def test_what_could_be_two_steps_is_told_and_not_guessed():
    path = start("Stall").step("Inspect").step("Decide").step("Inspect").path()
    found = matching(path, ["Inspect", "Decide"])
    assert dict(found.ambiguous) == {"Inspect": ("step-1", "step-3")}
    assert found.candidates("Inspect") == ("step-1", "step-3")
    assert found.candidates("Decide") == ("step-2",)
    assert found.candidates("Call") == ()
    assert not found.unmatched_steps


def test_a_sub_process_is_matched_by_what_it_holds():
    path = start("Stall").step("Statements", kind="sub-process", id="sub").path()
    path = path.with_nodes([Step("inner", "Ask", within="sub")])
    found = matching(path, ["Statements", "Ask"])
    assert dict(found.step_of) == {"Ask": "inner"}
    assert found.unmatched_activities == ("Statements",)
    assert found.unmatched_steps == ()
