"""The verb `inspect`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import jsonschema

from polku.log.eventlog import EventLog
from polku.log.inspect import inspect
from polku.schemas import schema

NEEDS = [("lead_time", ("closed",)), ("handovers", ("closed", "agency"))]


def missing(log: EventLog, need: str) -> str:
    """Two needs, one of which these logs do not meet."""
    if need == "closed":
        return "" if log.has_closed_rule else "no closed rule"
    return "no column tells the agency" if log.events["agency"].n_unique() == 1 else ""


def test_an_inspection_tells_contents_grounds_and_what_is_missing(data: Path) -> None:
    found = inspect(data / "receipt/receipt.xes.gz", needs=NEEDS, missing=missing)
    assert found.contents["matters"] == 1434
    assert (found.contents["ended"], found.contents["open"]) == (1329, 105)
    assert found.contents["units"] == 9
    assert (found.first, found.last) == ("2010-10-02T07:20:39+00:00", "2012-01-23T14:42:54+00:00")
    assert found.measurable == ("lead_time",)
    assert found.missing == (("handovers", "no column tells the agency"),)
    for guess in found.mapping.guesses:
        assert guess.ground
        assert len(guess.samples) <= 3
    unit = next(g for g in found.mapping.guesses if g.key == "columns.unit")
    assert unit.samples == ("EMPTY", "Group 1", "Group 12")


def test_an_inspection_is_json_and_tables(data: Path) -> None:
    from rich.console import Console

    found = inspect(data / "bpic15/BPIC15_2.xes.gz", needs=NEEDS, missing=missing)
    document = json.loads(json.dumps(found.to_json()))
    jsonschema.validate(document, schema("inspection"))
    assert document["format"] == "polku.inspection/1"
    assert document["contents"]["activities"] == 410
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(found)
    shown = console.export_text()
    assert "[agencies]" in shown  # brackets are no markup
    assert "Not measurable" in shown
