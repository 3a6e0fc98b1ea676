"""Cuts and seams leave a path that polku check finds nothing wrong with."""

from __future__ import annotations

import pytest

from polku.errors import RedesignError
from polku.path.build import start
from polku.path.check import check
from polku.path.diff import diff
from polku.path.facts import Text
from polku.path.model import Step
from polku.paths import NAMES, load
from polku.redesign import surgery


def line():
    return (
        start("Stall").step("Apply", unit="Desk").step("Check", unit="Desk")
        .step("Look", unit="Safety").step("Decide", unit="Desk").path()
    )  # fmt: skip


def errors(path):
    return [f for f in check(path).findings if f.severity == "error"]


def kinds(a, b):
    return {(c.kind, c.subject.id) for c in diff(a, b).changes}


def test_a_step_taken_out_leaves_the_way_whole():
    path = line()
    assert not errors(surgery.without(path, ["step-2"]))
    assert ("removed", "step-2") in kinds(path, surgery.without(path, ["step-2"]))


def test_what_does_not_stand_in_line_is_not_taken_out():
    path = load("event-permit")
    with pytest.raises(RedesignError, match="several ways"):
        surgery.without(path, ["supplement-needed"])


def test_a_new_step_stands_where_it_was_put():
    path = line()
    flow = path.into("step-3")[0].id
    more = surgery.insert(path, flow, Step("extra", "Extra", lane="lane-desk"))
    assert not errors(more)
    assert ("added", "extra") in kinds(path, more)


def test_a_step_moved_is_the_same_step_in_another_place():
    path = line()
    moved = surgery.move_to(path, "step-3", path.into("step-2")[0].id)
    assert [moved.out(i)[0].target for i in ("step-1", "step-3", "step-2")] == [
        "step-3", "step-2", "step-4",
    ]  # fmt: skip
    assert not errors(moved)
    assert {k for k, _ in kinds(path, moved)} == {"reordered"}


def test_a_step_moved_onto_its_own_flow_changes_nothing():
    path = line()
    for flow in (path.into("step-2")[0].id, path.out("step-2")[0].id):
        assert not diff(path, surgery.move_to(path, "step-2", flow)).changes


def test_lines_side_by_side_are_parallel_and_joined():
    path = line()
    forked = surgery.fork(path, [["step-2"], ["step-3"]])
    assert not errors(forked)
    assert {k for k, _ in kinds(path, forked)} == {"made_parallel"}


def test_a_way_around_a_line_is_a_choice_with_a_default():
    path = line()
    other = surgery.bypass(
        path, ["step-2", "step-3"], [Step("quick", "Quick look", lane="lane-desk")], "small",
        names=Text(en="Small?"), yes=Text(en="Yes"), no=Text(en="No"),
    )  # fmt: skip
    assert not errors(other)
    assert ("added", "quick") in kinds(path, other)


@pytest.mark.parametrize("name", NAMES)
def test_every_step_in_line_of_the_shipped_paths_can_be_taken_out_soundly(name):
    path = load(name)
    tried = 0
    for step in path.steps:
        if not step.holds_nodes and surgery.in_line(path, step.id):
            found = check(surgery.without(path, [step.id]), bound=2_000)
            assert not [f for f in found.findings if f.code in ("P103", "P104", "P106", "P301")]
            tried += 1
    assert tried > 10
