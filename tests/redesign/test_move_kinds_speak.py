"""Every kind of move says what it does, needs, forbids and assumes."""

from __future__ import annotations

import math

import pytest

from polku.redesign.move import kinds
from polku.simulate.laws import check_law

KINDS = kinds()


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_says_itself_in_three_languages(name):
    kind = KINDS[name]
    assert not kind.title.missing
    assert kind.needs
    assert kind.forbids
    assert type(kind).__doc__


@pytest.mark.parametrize("name", KINDS)
def test_every_assumption_has_a_sentence_a_law_and_an_origin(name):
    for assumption in KINDS[name].assumptions:
        assert not assumption.what.missing
        for language in ("fi", "sv", "en"):
            assert "{value}" in (assumption.what.get(language) or "")
        check_law(assumption.law, assumption.id)
        assert math.isfinite(assumption.usual)
        assert math.isfinite(assumption.fails)
        assert assumption.origin.how
        assert assumption.origin.note


@pytest.mark.parametrize("name", KINDS)
def test_the_defaults_of_parameters_lie_within_their_bounds(name):
    for parameter in KINDS[name].parameters.values():
        assert parameter.what
        if parameter.choices:
            assert parameter.default in parameter.choices
        if parameter.low is not None:
            assert float(parameter.default) >= parameter.low
        if parameter.high is not None:
            assert float(parameter.default) <= parameter.high
