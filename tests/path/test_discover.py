from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import polku.path.discover as discovering
from measure.build import tiny
from path.logs import PUBLIC, public
from path.trees import any_trees
from polku.errors import LogError
from polku.path.build import start
from polku.path.conform import conform
from polku.path.discover import discover
from polku.path.mining.precision import precision
from polku.path.mining.simplicity import simplicity
from polku.path.mining.tree import parse
from polku.path.mining.tree_language import Automaton
from polku.path.ways import ways


def log_of(*found, closed=True):
    rows = [
        {"case": f"{k}-{i}", "activity": a, "time": t}
        for k, (way, n) in enumerate(found)
        for i in range(n)
        for t, a in enumerate(way)
    ]
    matters = {f"{k}-{i}": {"closed": closed} for k, (_, n) in enumerate(found) for i in range(n)}
    return tiny(rows, matters)


# -- precision


def test_precision_is_what_one_counts_by_hand():
    # "" allows a (2 matters); a allows b and c, c is never done (2); ab allows nothing (2)
    assert precision(Automaton(parse("->('a', X('b', 'c'))")), [("ab", 2)]).value == 1 - 2 / 6
    assert precision(Automaton(parse("->('a', 'b')")), [("ab", 2)]).value == 1


def test_what_may_still_follow_a_whole_way_counts():
    # after a the loop allows a again, which nobody did
    assert precision(Automaton(parse("*('a', tau)")), [("a", 1)]).value == 0.5


def test_a_way_counts_until_it_leaves_what_is_allowed():
    found = precision(Automaton(parse("->('a', 'b', 'c')")), [("abc", 3), ("axc", 1), ("ab", 1)])
    assert (found.fitting, found.cut_short) == (3, 2)
    assert found.value == 1


@given(any_trees(), st.lists(st.tuples(st.text("abcd", max_size=5), st.integers(1, 3)), max_size=5))
@settings(deadline=None)
def test_precision_is_a_share(tree, found):
    told = precision(Automaton(tree), found)
    assert 0 <= told.value <= 1
    assert told.fitting + told.cut_short == sum(n for _, n in found)


@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=4), st.integers(1, 3)), min_size=1))
@settings(max_examples=50, deadline=None)
def test_allowing_more_is_never_more_precise(found):
    every = "*(tau, X('a', 'b', 'c', 'd'))"
    some = "*(tau, X('a', 'b', 'c'))"
    more, less = (precision(Automaton(parse(t)), found).value for t in (every, some))
    assert more <= less


def test_simplicity_is_one_for_a_line_and_falls_with_the_flows():
    assert simplicity(start("Stall").step("Apply").step("Decide").path()) == 1
    path = discover(log_of(("ab", 1), ("ba", 1), ("", 1), ("a", 1))).path
    nodes, flows = len(path.nodes), len(path.flows)
    assert simplicity(path) == 1 / (1 + max(2 * flows / nodes - 2, 0))


# -- the front door


@pytest.mark.parametrize("name", PUBLIC)
def test_without_noise_fitness_is_one_and_every_matter_fits(name, data):
    log = public(name, data)
    found = discover(log)
    quality = found.quality
    assert (found.how, quality.fitness, quality.guaranteed) == ("variants", 1.0, True)
    assert quality.fitting == quality.matters == log.n_matters
    assert quality.left_out == ()
    assert (quality.steps, quality.gateways, quality.flows) == (
        len(found.path.steps), len(found.path.gateways), len(found.path.flows),
    )  # fmt: skip
    assert found.path.version.state == "current"
    assert found.path.version.of == found.path.id


def test_the_receipt_log_with_noise_is_a_process_that_one_can_read(data):
    """Receipt, check and adjust, determine, send, stop advice, then one of two kinds of report."""
    log = public("receipt", data)
    found = discover(log, 0.2)
    whole = str(found.tree)
    main = [
        "'Confirmation of receipt'",
        "*('T02 Check confirmation of receipt', 'T03 Adjust confirmation of receipt')",
        "'T04 Determine confirmation of receipt'",
        "'T05 Print and send confirmation of receipt'",
        "'T06 Determine necessity of stop advice'",
        "'T10 Determine necessity to stop indication'",
        "'T11 Create document X request unlicensed'",
        "->('T16 Report reasons to hold request', *('T17 Check report Y to stop indication', "
        "'T18 Adjust report Y to stop indicition'), 'T19 Determine report Y to stop indication', "
        "'T20 Print report Y to stop indication')",
        "X(tau, 'T15 Print document X request unlicensed')",
    ]
    places = [whole.find(part) for part in main]
    assert -1 not in places
    assert places == sorted(places)
    assert found.quality.left_out == ()
    assert found.quality.precision > 0.7
    assert found.quality.fitness is None
    aligned = found.aligned(log).quality
    assert aligned.undecided == 0
    assert aligned.fitness == conform(log, found.path).whole.mean_fitness
    assert 0.8 < aligned.fitness < 1


def test_a_share_keeps_the_busiest_ways_and_tells_so():
    log = log_of(("ab", 6), ("ac", 3), ("ad", 1))
    found = discover(log, share=0.8)
    assert str(found.tree) == "->('a', X('b', 'c'))"
    assert (found.ways_kept, found.ways_all, found.matters_kept) == (2, 3, 9)
    assert found.quality.left_out == ("d",)
    assert found.quality.fitness is None
    assert any("2 most frequent ways" in n for n in found.path.facts.notes)
    assert any("1 activity of the log is not" in t for t in found.quality_lines)
    assert discover(log, share=1.0).quality.guaranteed


def test_large_logs_are_mined_by_their_graph_and_it_is_told(monkeypatch):
    log = log_of(("abc", 2), ("acb", 1))
    monkeypatch.setattr(discovering, "LARGEST", 17)
    found = discover(log)
    assert found.how == "graph"
    assert not found.quality.guaranteed
    assert "directly-follows graph" in found.path.facts.notes[0]
    assert any("(6 events in its ways, 3 activities)" in t for t in found.quality_lines)
    assert any("too large" in n for n in found.path.facts.notes)
    monkeypatch.setattr(discovering, "LARGEST", 18)
    assert discover(log).how == "variants"
    assert discover(log, how="graph").how == "graph"
    assert discover(log, how="graph").limits == ()


def test_a_log_of_too_many_activities_keeps_its_fitness_and_it_is_told(monkeypatch):
    monkeypatch.setattr("polku.path.mining.mine.WIDEST", 1)
    found = discover(log_of(("abc", 1), ("cab", 1), ("bca", 1), ("aabbcc", 1)))
    assert found.quality.guaranteed
    assert found.quality.fitting == 4
    assert any("very many activities (3): in 1 place of the path" in t for t in found.quality_lines)
    assert found.limits[0] in found.path.facts.notes


def test_open_matters_are_told():
    found = discover(log_of(("ab", 1), ("a", 2), closed=False))
    assert any("3 of 3 matters are open" in n for n in found.path.facts.notes)


def test_quality_is_told_in_sentences(data):
    lines = discover(public("LoanApp", data)).quality_lines
    assert lines[0].startswith("Fitness 1, by construction")
    assert "1,000 of 1,000 matters (100%)" in lines[1]
    assert all("  " not in line for line in lines)


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"noise": 2}, "noise is 2"),
        ({"noise": float("nan")}, "noise is nan"),
        ({"share": 0}, "share is 0"),
        ({"share": 1.5}, "share is 1.5"),
        ({"how": "magic"}, "how is 'magic'"),
    ],
)
def test_numbers_out_of_their_range_are_refused(more, found):
    with pytest.raises(ValueError, match=found):
        discover(log_of(("a", 1)), **more)


def test_a_log_without_events_is_refused():
    with pytest.raises(LogError, match="no events"):
        discover(tiny([], {"1": {}}))


def test_matters_without_events_are_a_way_too():
    found = discover(log_of(("a", 1), ("", 1)))
    assert str(found.tree) == "X(tau, 'a')"
    assert ways(log_of(("a", 1), ("", 1))).matters == found.quality.fitting == 2
