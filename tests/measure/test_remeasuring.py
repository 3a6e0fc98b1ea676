"""A store under new definitions."""

from __future__ import annotations

import json

import pytest
from test_facts_file import log_of

from polku.errors import LogError, MappingError
from polku.log.mapping import Calendar, Closed, Contacts, Kinds, Lifecycle, Mapping
from polku.log.store import write_store
from polku.measure.measuring import measure
from polku.measure.remeasuring import KEPT, redefined, remeasure


@pytest.fixture
def store(tmp_path):
    return write_store(log_of(60), tmp_path / "permits.store")


def test_without_new_definitions_nothing_changes(store):
    found = remeasure(store)
    assert found.same
    assert found.before == found.after
    assert (store / KEPT).read_text() == found.after.dumps()
    assert remeasure(store).same


def test_new_contacts_give_another_hash_and_both_figures(store):
    new = Mapping(contacts=Contacts(customer=("a0", "a2", "a3")))
    found = remeasure(store, mapping=new)
    changed = {c.id: c for c in found.changed if c.statistic == "mean_within_h"}
    assert "contact_moments" in changed
    assert "lead_time" not in changed
    change = changed["contact_moments"]
    assert change.what == "[contacts]"
    assert change.before.hash != change.after.hash
    assert change.before.value > change.after.value
    assert json.loads(json.dumps(found.to_json()))["format"] == "polku.remeasurement/1"


def test_a_new_closed_rule_ends_other_matters(store):
    rule = Closed(rule="end_activities", activities=("a3",))
    found = remeasure(store, mapping=Mapping(closed=rule))
    assert found.before.log.open == 15
    assert found.after.log.open == 0
    assert found.after.figure("lead_time").hash != found.before.figure("lead_time").hash


def test_what_is_defined_anew_measures_as_if_imported_so():
    log = log_of(60)
    kinds = Kinds(of={"decision_made": ("a3",), "supplement_requested": ("a1",)})
    calendar = Calendar(hours={"mon": ("08:00-16:00",), "tue": ("08:00-16:00",)})
    new = redefined(log, Mapping(kinds=kinds, calendar=calendar))
    same = ["case", "activity", "unit", "agency", "resource", "start", "time", "contact"]
    assert new.events.select(same).equals(log.events.select(same))
    assert set(new.events["kind"].drop_nulls().to_list()) == {
        "decision_made", "supplement_requested"
    }  # fmt: skip
    assert measure(new).figure("lead_time_working").value is not None
    assert redefined(log, Mapping()) is log


def test_the_last_measurement_of_an_older_version_is_set_beside(store):
    remeasure(store)
    document = json.loads((store / KEPT).read_text())
    for f in document["criteria"]:
        if f["id"] == "handovers":
            f["hash"], f["value"] = "f" * 16, 9.0
    (store / KEPT).write_text(json.dumps(document))
    found = remeasure(store)
    assert {c.id for c in found.changed} == {"handovers"}
    assert found.changed[0].before.value == 9.0
    assert "another version" in found.changed[0].what


def test_what_only_an_import_can_apply_is_refused_in_one_line(store, tmp_path):
    with pytest.raises(MappingError, match=r"\[lifecycle\].*import the files again"):
        remeasure(store, mapping=Mapping(lifecycle=Lifecycle(start=("begin",))))
    with pytest.raises(MappingError, match="has not kept"):
        remeasure(store, mapping=Mapping(closed=Closed("status", "caseStatus", ("C",))))
    with pytest.raises(LogError):
        remeasure(tmp_path / "nothing")
