"""The check of a path: each fault gives its code, and a good path gives none."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import jsonschema
import pytest
from check_sample import CHECKED, TODAY, WORDS, add, change, drop, facts, good

from polku.path.build import start
from polku.path.check import check
from polku.path.checking.findings import catalogue_text, findings_lines, rule, rules
from polku.path.checking.form import no_start
from polku.path.facts import Contact, Deadline, Document, Fee, Origin, Text, Unit, Version
from polku.path.model import Event, Flow, Gateway, Lane, MessageFlow, Pool, Repeat, Step, Timer
from polku.path.read import processes, read_path
from polku.path.write import write_path
from polku.schemas import schema

NAMED = facts(good(), "look").node("look").facts
TASK = {"kind": "user", "lane": "unit", "facts": NAMED}
SPLIT = (
    Gateway("S", lane="unit", default="g3"),
    Step("one", "One", **TASK),
    Step("two", "Two", **TASK),
    Flow("g2", "S", "one", condition="urgent"),
    Flow("g3", "S", "two"),
)
TIMER = Event("late", "", "boundary", "timer", Timer("duration", "P3D"), "decide", lane="unit")


def before_end(*more, first: str):
    """The good path with more elements between its last step and its end."""
    return add(change(good(), "f8", target=first), *more)


def gateway(kind="exclusive", join="exclusive", **fields):
    split = replace(SPLIT[0], kind=kind, **fields)
    return before_end(
        split,
        *SPLIT[1:],
        Gateway("J", "", join, "unit"),
        Flow("j1", "one", "J"),
        Flow("j2", "two", "J"),
        Flow("j3", "J", "end"),
        first="S",
    )


def event_gateway():
    first = Event("paid", "", "catch", "timer", Timer("duration", "P1D"), lane="unit")
    wait = replace(first, id="waited", timer=Timer("date", "2026-07-01T12:00:00+03:00"))
    return before_end(
        Gateway("S", "", "event", "unit"),
        first,
        wait,
        Flow("e1", "S", "paid"),
        Flow("e2", "S", "waited"),
        Gateway("J", lane="unit"),
        Flow("e3", "paid", "J"),
        Flow("e4", "waited", "J"),
        Flow("e5", "J", "end"),
        first="S",
    )


def held(*inside):
    """The good path with a sub-process around nodes."""
    return before_end(
        Step("sub", "Sub", "sub-process", "unit", facts=NAMED),
        Flow("s1", "sub", "end"),
        *inside,
        first="sub",
    )


def test_a_good_path_gives_no_finding():
    report = check(good(), today=TODAY)
    assert report.findings == ()
    assert report.ok
    assert report.soundness.verdict == "sound"
    assert report.soundness.states > 5


@pytest.mark.parametrize(
    "path",
    [
        gateway(),
        gateway("parallel", "parallel", default=None),
        gateway("inclusive", "inclusive"),
        event_gateway(),
        add(good(), TIMER, Event("end2", "", "end", lane="unit"), Flow("t", "late", "end2")),
        held(
            Event("in", "", "start", within="sub"),
            Step("do", "Do", within="sub", facts=NAMED),
            Event("out", "", "end", within="sub"),
            Flow("i1", "in", "do", within="sub"),
            Flow("i2", "do", "out", within="sub"),
        ),
        change(good(), "look", repeat=Repeat("parallel", times="3")),
        change(good(), "look", repeat=Repeat("loop", condition="missing > 0")),
    ],
)
def test_other_good_forms_give_none_either(path):
    assert check(path, today=TODAY).findings == ()


OLD = replace(CHECKED, checked=date(2025, 5, 1))
CASES = {
    "P101": drop(good(), "start", "f1"),
    "P102": drop(good(), "end", "f8"),
    "P103": add(good(), Step("lone", "Lone", **TASK), Flow("x", "lone", "tell")),
    "P104": add(
        change(gateway(), "two"), Step("off", "Off", **TASK), Flow("x", "S", "off", condition="x")
    ),
    "P105": add(
        gateway(),
        Gateway("L", lane="unit"),
        Step("r", "R", **TASK),
        Gateway("M", lane="unit", default="l3"),
        Flow("l1", "S", "L", condition="x"),
        Flow("l2", "L", "r"),
        Flow("l3", "r", "L"),
    ),
    "P106": add(good(), Flow("x", "tell", "nowhere")),
    "P107": add(gateway(), Flow("x", "S", "start", condition="x > 1")),
    "P108": add(good(), Flow("x", "end", "end2"), Event("end2", "", "end", lane="unit")),
    "P109": add(
        good(),
        TIMER,
        Flow("t", "late", "end2"),
        Event("end2", "", "end", lane="unit"),
        Flow("x", "which", "late", condition="late"),
    ),
    "P110": add(
        good(),
        replace(TIMER, attached_to="nobody"),
        Flow("t", "late", "end2"),
        Event("end2", "", "end", lane="unit"),
    ),
    "P111": add(
        drop(event_gateway(), "e1", "paid", "e3"),
        Step("do", "Do", **TASK),
        Flow("e1", "S", "do"),
        Flow("e3", "do", "J"),
    ),
    "P112": change(good(), "which", default="f1"),
    "P113": add(
        good(),
        Step("sub", "Sub", "sub-process", "unit", on_event=True, facts=NAMED),
        Event("in", "", "start", within="sub"),
        Event("out", "", "end", within="sub"),
        Flow("i", "in", "out", within="sub"),
    ),
    "P114": before_end(
        Event("go", "there", "throw", "link", lane="unit"), Flow("l", "go", "end"), first="go"
    ),
    "P115": replace(good(), messages=(*good().messages, MessageFlow("m1", "customer", "apply"))),
    "P116": before_end(Gateway("idle", lane="unit"), Flow("x", "idle", "end"), first="idle"),
    "P201": replace(good(), executable=False),
    "P202": change(gateway(), "g2", condition=None),
    "P203": change(change(gateway(), "S", default=None), "g3", condition="not urgent"),
    "P204": change(good(), "f3", condition="${visitors > 200}"),
    "P205": change(event_gateway(), "paid", timer=Timer("duration", "two days")),
    "P206": change(good(), "look", kind="receive"),
    "P207": change(good(), "look", repeat=Repeat("parallel")),
    "P208": before_end(
        Event("back", "", "throw", "compensate", lane="unit"),
        Flow("x", "back", "end"),
        first="back",
    ),
    "P301": gateway(join="parallel"),
    "P302": gateway("parallel", default=None),
    "P400": start("Bare", version=Version(), city=None).step("Do").path(),
    "P401": change(good(), "look", lane="agency"),
    "P402": change(good(), "other", parent="nowhere"),
    "P403": change(good(), "other", unit=Unit(date(2026, 2, 1), date(2026, 12, 1), ("gone",))),
    "P404": change(good(), "other", unit=Unit(None, date(2026, 2, 1), ("unit",))),
    "P405": change(good(), "tell", name="decide"),
    "P410": facts(good(), "tell", contact=Contact("city")),
    "P411": add(good(), MessageFlow("m3", "customer", "look")),
    "P412": drop(good(), "m2"),
    "P413": change(good(), "m2", source="customer", target="tell"),
    "P414": add(
        change(good(), "other", role="customer", parent=None), MessageFlow("m3", "customer", "look")
    ),
    "P501": facts(
        good(),
        "decide",
        deadlines=(Deadline("P1D", text=WORDS, origin=replace(CHECKED, basis=None)),),
    ),
    "P502": facts(
        good(), "apply", fees=(Fee(6, text=WORDS, origin=replace(CHECKED, source=None)),)
    ),
    "P503": facts(good(), "apply", fees=(Fee(6, text=WORDS, origin=OLD),)),
    "P504": facts(good(), "look", names=Text("katso", None, "look")),
    "P505": facts(good(), "tell", text=Text()),
    "P506": facts(good(), "decide", delay="weather"),
    "P507": facts(good(), "decide", separate_from=("decide",)),
    "P508": replace(good(), version=Version("stall")),
    "P509": facts(
        good(),
        "decide",
        deadlines=(Deadline("P1D", text=WORDS, origin=replace(CHECKED, strength="C")),),
    ),
    "P510": change(
        change(gateway(default=None), "g2", condition=None, probability=0.5), "g3", probability=0.4
    ),
    "P511": facts(change(good(), "look", name=""), "look", names=Text()),
    "P601": facts(good(), "decide", documents=(Document("map", "used", WORDS),)),
    "P602": facts(
        facts(good(), "look", documents=(Document("map", "fetched", WORDS),)),
        "decide",
        documents=(Document("map", "used"),),
    ),
    "P603": facts(good(), "look", documents=(Document("note", "made", WORDS),)),
}
CASES["P414"] = facts(CASES["P414"], "look", contact=Contact("customer", ("phone",)), text=WORDS)
CASES["P105"] = drop(CASES["P105"], "M")
ALSO = {"P101": {"P103"}, "P114": {"P208"}, "P102": {"P104"}, "P511": {"P504"}}
"""What cannot be told apart: a beginning nobody reaches, an end that is none, no words at all."""


@pytest.mark.parametrize("code", CASES)
def test_each_fault_gives_exactly_its_code(code):
    report = check(CASES[code], today=TODAY)
    assert set(report.codes) - ALSO.get(code, set()) == {code}, findings_lines(report)
    assert report.soundness.verdict == "sound" or not report.ok
    for finding in report.findings:
        assert finding.found
        assert finding.mend


def test_every_rule_has_a_case_here_or_in_the_tests_of_soundness():
    elsewhere = {"P303", "P304", "P305", "P420"}
    assert {r.code for r in rules()} == set(CASES) | elsewhere


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("P413", facts(good(), "apply", contact=Contact("city", ("online",)))),
        ("P111", drop(event_gateway(), "e2", "e4", "waited")),
        ("P205", change(event_gateway(), "paid", timer=None)),
        ("P205", change(event_gateway(), "paid", timer=Timer("cycle", "3 times"))),
        ("P207", change(good(), "look", repeat=Repeat("loop"))),
        ("P204", change(good(), "f3", condition="visitors + 1")),
        ("P112", change(change(gateway(), "g3", condition="x"), "S", default="g3")),
        ("P403", change(good(), "other", unit=Unit(date(2027, 1, 1), date(2026, 12, 1)))),
        ("P412", replace(good(), parties=(), messages=())),
        (
            "P503",
            facts(
                good(),
                "apply",
                fees=(Fee(6, text=WORDS, origin=replace(CHECKED, checked=date(2027, 1, 1))),),
            ),
        ),
        ("P507", facts(good(), "decide", separate_from=("nobody",))),
        (
            "P601",
            facts(
                good(),
                "apply",
                documents=(Document("plan", "asked", WORDS), Document("permit", "used")),
            ),
        ),
    ],
)
def test_other_forms_of_a_fault_give_its_code_too(code, path):
    found = set(check(path, today=TODAY).codes) - {"P116"}  # a gateway is left with one flow
    assert found == {code}


def test_a_cycle_of_a_timer_may_have_a_beginning():
    for value in ("R/P1D", "R3/PT2H", "R2/2026-01-01T00:00:00Z/P1D"):
        path = change(event_gateway(), "paid", timer=Timer("cycle", value))
        assert check(path, today=TODAY).ok


def test_findings_name_element_line_fault_and_mending():
    report = check(read_path(write_path(CASES["P204"])), today=TODAY)
    (finding,) = report.findings
    assert finding.element == "f3"
    assert finding.line == read_path(write_path(CASES["P204"])).line("f3")
    row = findings_lines(report)[0]
    assert row.startswith(f"error P204: f3, line {finding.line}: condition '${{visitors > 200}}'")
    assert "column 1" in row
    assert findings_lines(report)[-1] == "1 error"


def test_many_findings_of_one_code_are_told_as_one():
    line = start("Many", facts=good().facts, version=good().version, city=good().city)
    for k in range(12):
        line = line.step(f"Step {k}", unit="Unit")
    report = check(line.path(), today=TODAY)
    (names,) = [f for f in report.findings if f.code == "P504"]
    assert len(names.elements) == 13  # twelve steps and the lane
    assert "13 times" in names.found


def test_a_foreign_drawing_is_not_told_all_that_it_lacks_of_polku():
    line = start("Foreign", version=Version(), city=None, executable=False)
    for k in range(80):
        line = line.step(f"Step {k}")
    assert check(line.path()).codes == ("P201", "P400")


def test_a_drawing_that_is_not_to_be_run_is_only_warned():
    report = check(replace(CASES["P202"], executable=False), today=TODAY)
    assert report.ok
    assert report.codes == ("P201", "P202")


def test_unknown_facts_are_named_with_their_line():
    text = write_path(good()).decode()
    text = text.replace("<polku:contact", '<polku:mood how="glad"/><polku:contact', 1)
    (finding,) = check(read_path(text.encode()), today=TODAY).findings
    assert finding.code == "P420"
    assert finding.element == "apply"
    assert "<polku:mood>" in finding.found


def test_the_report_holds_to_its_schema():
    validator = jsonschema.Draft202012Validator(schema("check"))
    for path in (good(), *CASES.values()):
        report = check(path, today=TODAY)
        document = json.loads(report.dumps())
        validator.validate(document)
        assert document["ok"] == report.ok
        assert sum(document["counts"].values()) == len(document["findings"])
    read = read_path(write_path(CASES["P301"]))
    validator.validate(json.loads(check(read, today=TODAY).dumps()))


def test_the_catalogue_tells_every_code_once():
    text = catalogue_text()
    for one in rules():
        assert text.count(f"`{one.code}`") == 1
        assert one.mend
        assert one.look.__doc__


def test_a_code_is_registered_once():
    with pytest.raises(ValueError, match="registered twice"):
        rule("P101", "error", "", "")(no_start)


def test_all_reference_models_are_checked_without_an_exception(data):
    files = sorted((data / "bpmn").glob("*.bpmn"))
    assert len(files) == 21
    for file in files:
        for choice in processes(file):
            report = check(read_path(file, choice.id), today=TODAY)
            assert report.soundness.verdict != "not_decided"
            assert len(report.findings) < 25, findings_lines(report)


def test_a_document_of_one_parallel_branch_is_there_after_the_join():
    both = gateway("parallel", "parallel", default=None)
    path = facts(both, "one", documents=(Document("map", "fetched", WORDS),))
    path = add(
        change(path, "j3", target="file"),
        Flow("j4", "file", "end"),
        Step(
            "file",
            "File",
            "user",
            "unit",
            facts=replace(NAMED, documents=(Document("map", "used"),)),
        ),
    )
    path = change(path, "g2", condition=None)
    assert check(path, today=TODAY).findings == ()
    assert check(facts(path, "two", documents=(Document("map", "used"),)), today=TODAY).codes == (
        "P601",
    )


def test_the_customers_lane_is_no_unit_and_needs_none():
    path = replace(
        good(), lanes=(*good().lanes, Lane("own", "Customer", role="customer", facts=NAMED))
    )
    path = change(path, "look", lane="own")
    assert check(path, today=TODAY).findings == ()


def test_an_origin_without_anything_lacks_all_of_it():
    path = facts(good(), "decide", deadlines=(Deadline("P1D", text=WORDS, origin=Origin()),))
    (finding,) = check(path, today=TODAY).findings
    assert finding.found == "the deadline P1D lacks basis, source, strength, checked"


def test_the_pool_of_a_party_that_is_no_customer_asks_for_no_contact():
    police = Pool("police", "Police", NAMED)
    path = replace(good(), parties=(*good().parties, police))
    path = add(change(path, "look", kind="send"), MessageFlow("m3", "look", "police"))
    assert check(path, today=TODAY).findings == ()
