from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from path.trees import any_trees, meaning
from polku.errors import PathError
from polku.path.mining.tree import (
    TAU,
    activity,
    exclusive,
    indented,
    nullable,
    parallel,
    parse,
    reduced,
    text,
    walk,
)
from polku.path.mining.tree_language import Automaton, accepts, language


@given(any_trees())
@settings(deadline=None)
def test_the_text_of_a_tree_is_read_back_as_the_same_tree(tree):
    assert parse(text(tree)) == tree
    assert parse(indented(tree, 12)) == tree


@given(st.text(max_size=8).filter(lambda t: "\ud800" not in t))
@settings(deadline=None)
def test_any_name_survives_its_text(name):
    assert parse(text(activity(name))) == activity(name)


def test_alternatives_stand_in_the_order_of_the_alphabet_and_nothing_first():
    one = exclusive(activity("b"), TAU, parallel(activity("d"), activity("a")))
    assert text(one) == "X(tau, +('a', 'd'), 'b')"


@pytest.mark.parametrize(
    ("source", "place"),
    [("", "character 1"), ("X('a'", "character 6"), ("'a' 'b'", "character 5"),
     ("?", "character 1"), ("->()", "character 4"), ("'a", "character 1"),
     ("*('a')", "a loop has two"),
     ("*('a', 'b', 'c')", "a loop has two"), ("X" * 5, "character 2"),
     ("X(" * 500 + "tau" + ")" * 500, "deeper than 400")],
)  # fmt: skip
def test_a_text_that_is_no_tree_is_refused_with_its_place(source, place):
    with pytest.raises(PathError, match=place):
        parse(source)


@given(any_trees())
@settings(deadline=None)
def test_the_states_of_a_tree_allow_what_its_operators_mean(tree):
    assert set(language(tree, 4)) == meaning(tree, 4)
    assert nullable(tree) == (() in meaning(tree, 0))


@given(any_trees())
@settings(max_examples=400, deadline=None)
def test_a_reduced_tree_has_the_same_language_and_is_no_larger(tree):
    small = reduced(tree)
    assert set(language(small, 5)) == set(language(tree, 5))
    assert len(list(walk(small))) <= len(list(walk(tree)))
    assert reduced(small) == small


@given(any_trees(), st.lists(st.sampled_from("abcd"), max_size=5))
@settings(deadline=None)
def test_accepting_is_being_in_the_language(tree, way):
    assert accepts(tree, way) == (tuple(way) in meaning(tree, 5))


@given(any_trees())
@settings(deadline=None)
def test_no_state_is_a_dead_end(tree):
    process = Automaton(tree)
    open_, seen = [process.start], set()
    while open_ and len(seen) < 200:
        state = open_.pop()
        seen.add(state)
        able = process.enabled(state)
        assert able or process.may_end(state)
        assert process.n_enabled(state) == len(able)
        open_ += [s for a in able if (s := process.after(state, a)) not in seen]


@pytest.mark.parametrize(
    ("tree", "small"),
    [
        ("->('a', ->('b', tau))", "->('a', 'b')"),
        ("X(tau, X('a', tau))", "X(tau, 'a')"),
        ("X(tau, *('a', tau))", "*(tau, 'a')"),
        ("*(X(tau, 'a'), tau)", "*(tau, 'a')"),
        ("X(tau, *(tau, 'a'))", "*(tau, 'a')"),
        ("*(*('a', 'b'), 'c')", "*('a', X('b', 'c'))"),
        ("*(*('a', tau), tau)", "*('a', tau)"),
        ("*(tau, *('a', tau))", "*(tau, 'a')"),
        ("*(*(tau, 'a'), 'b')", "*(tau, X('a', 'b'))"),
        ("*(X('a', *('b', tau)), tau)", "*(X('a', 'b'), tau)"),
        ("+(tau, +('b', +('a', tau)))", "+('a', 'b')"),
        ("->(tau, tau)", "tau"),
        ("*(tau, tau)", "tau"),
        ("*(tau, ->(X(tau, 'a'), *(tau, 'b')))", "*(tau, X('a', 'b'))"),
    ],
)
def test_trees_become_smaller_in_known_ways(tree, small):
    assert text(reduced(parse(tree))) == small


def test_what_is_done_beside_much_else_needs_no_search():
    names = [f"a{k:02}" for k in range(60)]
    tree = parallel(*(exclusive(TAU, activity(n)) for n in names))
    assert accepts(tree, names[::-1])
    assert not accepts(tree, [*names, names[0]])
