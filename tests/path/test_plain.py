"""A path told to its customer: the order of the way, each thing once, in three languages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from examples import event_permit
from hypothesis import given, settings
from made_graphs import paths

from polku.path import plain_words
from polku.path.build import start
from polku.path.facts import LANGUAGES, Contact, Document, Facts, Text
from polku.path.plain import plain_steps, plain_text
from polku.paths import load, shipped


def titles(path, language="en", kind=None):
    return [s.title for s in plain_steps(path, language) if kind in (None, s.kind)]


def test_steps_come_in_the_order_of_the_way_and_are_numbered():
    told = [s for s in plain_steps(event_permit()) if s.kind == "step"]
    assert [s.title for s in told[:3]] == [
        "Plan the event",
        "Advise the organiser",
        "Receive the application",
    ]
    assert [s.number for s in told if s.level == 0] == ["1", "2", "3", "4", "5"]
    assert len({s.number for s in told}) == len(told)


def test_every_step_with_the_customer_is_told_once_and_all_others_are_summed_up():
    path = event_permit()
    told = plain_steps(path)
    for step in path.steps:
        if step.facts.contact is not None or path.by_customer(step):
            assert [s.id for s in told if s.kind == "step"].count(step.id) == 1
        else:
            assert sum(step.name in s.title for s in told if s.kind == "city") == 1


def test_a_step_says_with_whom_how_what_for_and_until_when():
    step = next(s for s in plain_steps(event_permit()) if s.id == "rescue-check")
    text = "\n".join(step.lines)
    assert "You deal with: Rescue department" in text
    assert "You get in touch: online or by e-mail" in text
    assert "You need: Rescue plan (basis: Pelastuslaki 379/2011 16 §)" in text
    assert "Deadline: at least 14\u00a0days before the event starts" in text
    assert "source: finlex.fi" in text
    assert "checked 2\u00a0March\u00a02026" in text


def test_a_document_is_named_once_at_its_first_asking():
    asks = Facts(
        contact=Contact("customer", ("online",)),
        documents=(Document("plan", "asked", Text(en="Plan")),),
    )
    path = start("Stall").step("Apply", facts=asks).step("Apply again", facts=asks).path()
    assert sum("Plan" in line for s in plain_steps(path) for line in s.lines) == 1


def test_loops_branches_and_parallel_ways_are_told_as_such():
    told = titles(event_permit())
    assert "If something is missing (incomplete)" in told
    assert "At the same time" in told
    assert "If: Granted? no" in told
    assert "The step ends early if: No answer in 14 days" in told
    assert any(t.startswith("After this the matter goes back") for t in told)


def test_a_loop_to_a_told_step_names_its_number():
    contact = Facts(contact=Contact("customer", ("online",)))
    path = start("Stall").step("Apply", facts=contact).step("Check", facts=contact).path()
    from polku.path.model import Flow, Gateway

    gate = Gateway("gate", "Complete?")
    flows = [f for f in path.flows if f.target != "end"]
    flows += [Flow("a", "step-2", "gate"), Flow("b", "gate", "step-1", "no")]
    flows += [Flow("c", "gate", "end", "yes")]
    turned = replace(path, nodes=(*path.nodes, gate), flows=tuple(flows))
    assert "Go back to step 1" in titles(turned, kind="again")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_is_whole_in_every_language(language):
    text = plain_text(event_permit(), language)
    first = {"fi": "# Tapahtuman lupapolku", "sv": "# Evenemangstillstånd", "en": "# Event permit"}
    assert text.startswith(first[language])
    assert "{}" not in text
    assert "None" not in text
    others = {"fi": ["You ", "Du "], "sv": ["You ", "Sinuun"], "en": ["Sinuun", "Du "]}
    assert not any(word in text for word in others[language])


def test_all_words_stand_in_three_languages_with_the_same_gaps():
    tables = [plain_words.WORDS, plain_words.CHANNELS, plain_words.DELAYS, plain_words.STATES]
    tables += list(plain_words.MOMENTS.values())
    for table in tables:
        for key, said in table.items():
            assert set(said) == set(LANGUAGES), key
            assert all(said.values()), key
            assert len({v.count("{}") for v in said.values()}) == 1, key


def test_durations_and_deadlines_bend_as_their_language_does():
    assert plain_words.duration("P1D", "fi") == "1\u00a0päivä"
    assert plain_words.duration("P2W", "sv") == "2\u00a0veckor"
    assert plain_words.duration("P1DT2H", "en") == "1\u00a0day and 2\u00a0hours"
    assert plain_words.deadline("P14D", "within", None, "fi") == "14\u00a0päivän kuluessa"
    assert plain_words.deadline("P30D", "before", "event-start", "fi") == (
        "viimeistään 30\u00a0päivää ennen tapahtuman alkua"
    )
    assert plain_words.deadline("P14D", "after", "notification", "sv") == (
        "inom 14\u00a0dagar från delfåendet"
    )
    assert plain_words.amount(1234.5, "EUR", "day", "fi") == "1\u00a0234,50\u00a0€ / päivä"
    assert plain_words.amount(600, "EUR", None, "en") == "€600"


def test_another_language_is_refused():
    with pytest.raises(ValueError, match="fi, sv or en"):
        plain_steps(event_permit(), "de")


@settings(max_examples=200, deadline=None)
@given(paths())
def test_any_path_can_be_told_and_names_no_step_twice(path):
    told = plain_steps(path, "fi")
    ids = [s.id for s in told if s.kind == "step"]
    assert len(ids) == len(set(ids))
    assert plain_steps(path, "fi") == told
    for step in path.steps:
        if path.by_customer(step) and not hidden(path, step):
            assert step.id in ids


def hidden(path, step):
    """Whether a step lies within one that is told as a whole."""
    return step.within is not None and not path.by_customer(path.node(step.within))


@pytest.mark.parametrize(
    ("name", "version"), [(s.name, version) for s in shipped() for version in s.versions]
)
def test_no_two_steps_have_one_number(name, version):
    numbers = [s.number for s in plain_steps(load(name, version), "en") if s.number]
    assert len(set(numbers)) == len(numbers)
