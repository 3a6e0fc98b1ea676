"""Documents hold to their published schemas."""

from __future__ import annotations

import json

import jsonschema
import numpy as np
import pytest
from test_comparing import KNOWN, town

from polku.log.read import read
from polku.measure.comparing import compare, compare_at, compare_by
from polku.measure.measuring import measure
from polku.schemas import NAMES, schema


def check(name: str, text: str) -> None:
    jsonschema.Draft202012Validator(schema(name)).validate(json.loads(text))


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one(name):
    jsonschema.Draft202012Validator.check_schema(schema(name))


def test_comparisons_of_every_kind_hold_to_the_schema():
    a, b = town(300, 1), town(300, 2)
    m = measure(a, known=KNOWN), measure(b, known=KNOWN)
    for c in (
        compare(a, b, known=KNOWN, draws=50), compare(a, b, control=(b, a), known=KNOWN, draws=50),
        compare_at(a, "2024-06-01", known=KNOWN, draws=50), compare(*m),
        compare_by(a, "town", known=KNOWN, draws=50),
    ):  # fmt: skip
        check("comparison", c.dumps())


def test_measurements_hold_to_the_schema():
    check("measurement", measure(town(60, 3), by=("town",), period="month", known=KNOWN).dumps())
    check("measurement", measure(town(0, 3), known=KNOWN).dumps())


def test_a_real_log_holds_to_both(data):
    log = read(data / "receipt" / "receipt.xes.gz")
    check("measurement", measure(log).dumps())
    c = compare_at(log, "2011-05-01", draws=50)
    check("comparison", c.dumps())
    assert np.isclose(sum(p.days for p in c.parts), c.row("lead_time", "rmst").difference)


def test_a_wrong_document_is_found_out():
    document = json.loads(measure(town(60, 3), known=KNOWN).dumps())
    document["criteria"][0]["status"] = "fine"
    with pytest.raises(jsonschema.ValidationError):
        check("measurement", json.dumps(document))
