"""The verb conform: what fits, what was skipped or extra, where matters leave the path."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path as File

import jsonschema
import pytest
from ways_of import node, path

sys.path.insert(0, str(File(__file__).parents[1] / "measure"))
from build import tiny

from polku.errors import LogError, PathError
from polku.log.eventlog import EventLog
from polku.log.read import read
from polku.path.conform import Remark, conform, leaves
from polku.path.facts import Facts
from polku.path.read import read_path
from polku.schemas import schema
from polku.shares import wilson_interval

LINE = path("s > A > B > C > e")


def log(words: dict[str, str], still_open: str = "", **columns: dict[str, str]) -> EventLog:
    rows = [{"case": c, "activity": a, "time": k} for c, w in words.items()
            for k, a in enumerate(w)]  # fmt: skip
    matters = {
        c: {"closed": c not in still_open, **{name: of[c] for name, of in columns.items()}}
        for c in words
    }
    return tiny(rows, matters, until=99)


SAMPLE = log({"p": "ABC", "q": "AC", "r": "ABC", "s": "AXBC", "t": "AB", "u": "B"}, "tu")


def test_matters_fit_or_deviate():
    found = conform(SAMPLE, LINE)
    assert (found.whole.fitting, found.whole.deviating, found.whole.undecided) == (3, 3, 0)
    assert found.share_fitting == 0.5
    assert (found.whole.low, found.whole.high) == wilson_interval(3, 6)
    assert found.open == 2
    facts = {r["case_id"]: r for r in found.facts.iter_rows(named=True)}
    assert {c: r["cost"] for c, r in facts.items()} == {
        "p": 0, "q": 1, "r": 0, "s": 1, "t": 0, "u": 1,
    }  # fmt: skip
    assert facts["q"]["skipped"] == ["B"]
    assert facts["s"]["extra"] == ["X"]
    assert facts["s"]["left_at"] == "A"
    assert facts["t"]["open"]
    assert facts["p"]["left_at"] is None


def test_what_was_skipped_and_what_was_extra_is_counted_in_matters():
    found = conform(log({"p": "AXXBC", "q": "AC", "r": "AC"}), LINE)
    assert [(s.step, s.matters, s.times, s.share) for s in found.skipped] == [("B", 2, 2, 2 / 3)]
    assert [(e.activity, e.after, e.matters, e.times) for e in found.extra] == [("X", "A", 1, 2)]
    assert [(p.at, p.matters) for p in found.leaving] == [("A", 3)]


def test_a_choice_that_leads_nowhere_is_where_the_matter_leaves():
    p = path("s > A > x > B > D > e; x > C > D")
    found = conform(log({"p": "AD", "q": "ABD", "r": "ACD"}), p)
    assert [(place.at, place.matters) for place in found.leaving] == [("x", 1)]


def test_a_step_that_the_log_never_shows_is_not_recorded_unless_strict():
    short = log({"p": "AC", "q": "AC"})
    found = conform(short, LINE)
    assert found.share_fitting == 1
    assert found.not_recorded == {"B": "B"}
    strict = conform(short, LINE, strict=True)
    assert strict.share_fitting == 0
    assert strict.not_recorded == {}
    assert [(s.step, s.matters) for s in strict.skipped] == [("B", 2)]


def test_activities_that_are_no_step_are_extra_and_named():
    found = conform(log({"p": "AXXBC", "q": "ABC"}), LINE)
    assert found.not_described == {"X": 2}


def test_an_activity_that_could_be_several_steps_is_taken_for_whichever_fits():
    p = path("s > A > B > C > e").with_nodes(
        [replace(LINE.node(i), facts=Facts(activities=("call",))) for i in "AC"]  # type: ignore[type-var]
    )
    rows = [{"case": c, "activity": a, "time": k} for c, w in
            {"p": ("call", "B", "call"), "q": ("call", "B")}.items()
            for k, a in enumerate(w)]  # fmt: skip
    found = conform(tiny(rows), p)
    assert found.unclear == {"call": ("A", "C")}
    assert found.facts["cost"].sort().to_list() == [0, 1]


def test_segments_are_judged_each_for_itself_and_small_ones_hidden():
    words = {f"m{k:02}": "ABC" if k % 2 else "AC" for k in range(23)}
    town = {c: "N" if k < 10 else "S" if k < 20 else "W" for k, c in enumerate(words)}
    found = conform(log(words, town=town), LINE, by=("town",))
    shown = {g.segment: g.fit for g in found.groups}
    assert shown["W"] is None
    assert shown["N"] is None  # else W could be worked out
    assert shown["S"] is not None
    assert shown["S"].share == 0.5


def test_an_unknown_column_is_named():
    with pytest.raises(LogError, match="--by twon: the matters have no such column"):
        conform(SAMPLE, LINE, by=("twon",))


def test_a_log_of_other_activities_is_refused():
    with pytest.raises(PathError, match="none of its steps is an activity of the log"):
        conform(log({"p": "XYZ"}), LINE)


def test_an_empty_log_has_no_share():
    found = conform(log({}), LINE)
    assert found.whole.share is None
    assert found.share_fitting == 0
    check(found.dumps())


def test_matters_of_a_path_that_cannot_be_translated_are_undecided_and_say_why():
    found = conform(log({"p": "AB", "q": "A"}), path("s > A > c > B > e; c > C > e2"))
    assert found.whole.undecided == 2
    assert found.share_fitting == 0
    assert found.share_undecided == 1
    assert list(found.undecided.values()) == [2]
    assert "complex gateway" in next(iter(found.undecided))
    assert found.whole.mean_fitness is None
    check(found.dumps())


def test_a_matter_without_events_skipped_everything():
    found = conform(
        tiny([{"case": "p", "activity": a, "time": k} for k, a in enumerate("ABC")], {"q": {}}),
        LINE,
    )
    assert found.facts.sort("case_id")["cost"].to_list() == [0, 3]


def test_a_log_without_a_closed_rule_takes_all_as_ended_and_says_so():
    rows = [{"case": "p", "activity": a, "time": k} for k, a in enumerate("AB")]
    found = conform(tiny([*rows, {"case": "q", "activity": "C", "time": 1}], closed=False), LINE)
    assert found.open is None
    assert found.whole.fitting == 0


def check(text: str) -> None:
    jsonschema.Draft202012Validator(schema("conform")).validate(json.loads(text))


def test_the_document_holds_to_its_schema_and_is_the_same_each_time():
    for by in ((), ("kind",)):
        for strict in (False, True):
            found = conform(SAMPLE, LINE, by=by, strict=strict)
            check(found.dumps())
            assert conform(SAMPLE, LINE, by=by, strict=strict).dumps() == found.dumps()


def test_the_order_of_rows_and_the_file_changes_nothing():
    words = {f"m{k}": w for k, w in enumerate(["ABC", "ACB", "BAC", "AXC", "C", ""])}
    backwards = dict(reversed(words.items()))
    assert conform(log(words), LINE).dumps() == conform(log(backwards), LINE).dumps()


def test_remarks_for_the_drawing():
    found = leaves(conform(SAMPLE, LINE))
    assert found["B"] == Remark("skipped in 1 matter (17 %)", 3)
    assert "then X, which is not in the path here, in 1 matter (17 %)" in found["A"].text
    assert all(0 <= r.level <= 4 for r in found.values())
    assert leaves(conform(log({"p": "AC"}), LINE)) == {
        "B": Remark("not recorded in this log", 0)
    }  # fmt: skip


def test_matters_that_a_path_with_everything_lets_through():
    p = path("s > A > i > o1 > B > o2 > e; o1 > C > o2; b > D > e2",
             node("i", trigger="timer"), node("b", attached_to="A", trigger="message"))  # fmt: skip
    found = conform(log({"p": "ACB", "q": "AB", "r": "D", "s": "ABD"}), p)
    assert found.facts.sort("case_id")["cost"].to_list() == [0, 0, 0, 1]


# -- real pairs; the matters named here were followed by hand, from element to element of the file


def test_the_loan_log_goes_along_its_path(data):
    found = conform(
        read(data / "loan-application" / "LoanApp_simplified_test.csv.gz"),
        read_path(data / "loan-application" / "LoanApp_simplified.bpmn"),
    )
    assert (found.whole.matters, found.whole.fitting) == (1000, 1000)


def test_requests_of_students_leave_their_path_at_known_places(data):
    folder = data / "academic-credentials"
    found = conform(
        read(folder / "AcademicCredentials_test.csv.gz"),
        read_path(folder / "AcademicCredentials.bpmn"),
    )
    assert (found.whole.matters, found.whole.fitting) == (398, 337)
    facts = {r["case_id"]: r for r in found.facts.iter_rows(named=True)}
    # only "Radicar": "Traer informacion" must come before and something after it, or "Validar
    # solicitud" alone is the shortest way of all
    assert (facts["117806"]["cost"], facts["117806"]["worst"]) == (2, 2)
    # "Notificacion" leads to the end; "Cancelar solicitud" came after it
    assert facts["121206"]["cost"] == 1
    assert facts["121206"]["extra"] == ["Cancelar Solicitud"]
    # "Notificacion" came first and not after "Cancelar"
    assert facts["116402"]["cost"] == 2
    # "Homologacion" came before all else; "Validar solicitud" may lead to the end
    assert (facts["120351"]["cost"], facts["120351"]["worst"]) == (1, 5)
    # "Radicar", "Traer" in the wrong order before "Validar", with which a way may begin
    assert facts["129254"]["cost"] == 2
    for fits in ("124702", "125714", "115309", "111453", "120751", "126513"):
        assert facts[fits]["cost"] == 0
    check(found.dumps())


def test_loan_work_items_lack_the_branch_that_their_mined_path_wants(data):
    found = conform(
        read(data / "bpic12w" / "BPIC_2012_W_test.csv.gz"),
        read_path(data / "bpic12w" / "BPIC_2012_W.bpmn"),
    )
    assert found.whole.fitting == 15
    most = found.skipped[0]
    assert (most.name, most.matters) == ("W_Beoordelen fraude", 2941)
    facts = {r["case_id"]: r for r in found.facts.iter_rows(named=True)}
    # the first gateway is a parallel one: "W_Beoordelen fraude" must be done beside all else
    assert (facts["204287"]["cost"], facts["204287"]["worst"]) == (1, 4)
    assert facts["204287"]["left_at"] == found.leaving[0].at
    assert found.leaving[0].at.startswith("node_835e")
    for fits in ("200991", "211447", "209721"):
        assert facts[fits]["cost"] == 0
