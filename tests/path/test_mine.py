from __future__ import annotations

import random
from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from path.logs import PUBLIC, public, ward
from path.trees import block_tree, walked
from polku.path.mining import mine as mining
from polku.path.mining.mine import mine, mined
from polku.path.mining.mine_follows import mine_follows
from polku.path.mining.tree import parse, reduced, text
from polku.path.mining.tree_language import Automaton, language
from polku.path.ways import ways

WAYS = st.dictionaries(
    st.lists(st.sampled_from("abcdef"), max_size=8).map(tuple),
    st.integers(1, 9),
    min_size=1,
    max_size=10,
).map(lambda d: list(d.items()))


def outside(tree, found):
    process = Automaton(tree)
    return [way for way, _ in found if not process.accepts(way)]


@given(WAYS)
@settings(max_examples=600, deadline=None)
def test_without_noise_every_way_of_a_made_log_is_allowed(found):
    tree = mine(found)
    assert outside(tree, found) == []
    assert set(tree.activities) == {a for way, _ in found for a in way}
    assert reduced(tree) == tree


@pytest.mark.parametrize("name", PUBLIC)
def test_without_noise_every_way_of_a_public_log_is_allowed(name, data):
    every = ways(public(name, data))
    found = list(zip(every.sequences, every.counts, strict=True))
    assert outside(mine(found), found) == []


@pytest.mark.parametrize("seed", range(4))
def test_without_noise_every_way_of_a_long_tailed_log_is_allowed(seed):
    found = ward(seed)
    assert outside(mine(found), found) == []


@given(WAYS, st.randoms(use_true_random=False), st.sampled_from([0.0, 0.2, 0.6]))
@settings(deadline=None)
def test_the_order_of_the_ways_changes_nothing(found, rng, noise):
    mixed = list(found)
    rng.shuffle(mixed)
    assert mine(mixed, noise) == mine(found, noise)
    assert mine_follows(mixed, noise) == mine_follows(found, noise)


@given(WAYS, st.floats(0, 1))
@settings(deadline=None)
def test_any_noise_gives_a_tree_of_activities_of_the_log(found, noise):
    names = {a for way, _ in found for a in way}
    for tree in (mine(found, noise), mine_follows(found, noise)):
        assert set(tree.activities) <= names
        leaves = text(tree).count("'") // 2
        assert leaves == len(tree.activities), "an activity stands twice"


@pytest.mark.parametrize("noise", [-0.1, 1.1, float("nan")])
def test_noise_out_of_its_range_is_refused(noise):
    with pytest.raises(ValueError, match="from 0 to 1"):
        mine([("ab", 1)], noise)
    with pytest.raises(ValueError, match="from 0 to 1"):
        mine_follows([("ab", 1)], noise)


TEXTBOOK = {
    "nothing": ([""], "tau"),
    "one": (["a"], "'a'"),
    "one or nothing": (["a", ""], "X(tau, 'a')"),
    "one, again": (["a", "aa"], "*('a', tau)"),
    "sequence": (["abc"], "->('a', 'b', 'c')"),
    "choice": (["a", "b"], "X('a', 'b')"),
    "parallel": (["ab", "ba"], "+('a', 'b')"),
    "three parallel": (["".join(p) for p in permutations("abc")], "+('a', 'b', 'c')"),
    "skipped": (["ac", "abc"], "->('a', X(tau, 'b'), 'c')"),
    # L1 to L7 of van der Aalst, "Process mining" (2016), chapter 6
    "L1": (["abcd", "acbd", "aed"], "->('a', X(+('b', 'c'), 'e'), 'd')"),
    "L2": (
        ["abcd", "acbd", "abcefbcd", "acbefbcd", "abcefcbd", "acbefcbd"],
        "->('a', *(+('b', 'c'), ->('e', 'f')), 'd')",
    ),
    "L3": (
        ["abcdefbdceg", "abdceg", "abcdefbcdefbdceg"],
        "->('a', *(->('b', +('c', 'd'), 'e'), 'f'), 'g')",
    ),
    "L4": (["acd", "bcd", "ace", "bce"], "->(X('a', 'b'), 'c', X('d', 'e'))"),
    "L7": (["ac", "abc", "abbc", "abbbbc"], "->('a', *(tau, 'b'), 'c')"),
    "loop": (["ab", "abcab", "abcabcab"], "*(->('a', 'b'), 'c')"),
    "two ways round": (["ab", "abcab", "abdab"], "*(->('a', 'b'), X('c', 'd'))"),
    "again without a sign": (["ab", "abab"], "*(->('a', 'b'), tau)"),
    "skipped together": (["abcd", "ad"], "->('a', X(tau, ->('b', 'c')), 'd')"),
    "in any order": (["ab", "ba", "aab"], "+(*('a', tau), 'b')"),
}


@pytest.mark.parametrize("name", TEXTBOOK)
def test_textbook_logs_give_the_tree_that_one_expects(name):
    found, expected = TEXTBOOK[name]
    assert text(mine([(w, 1) for w in found])) == text(parse(expected))


@pytest.mark.parametrize("seed", range(120))
def test_block_trees_are_found_again_from_logs_that_show_all_followings(seed):
    rng = random.Random(seed)
    names = list("abcdefgh")[: rng.randint(2, 8)]
    rng.shuffle(names)
    tree = block_tree(rng, names)
    found = [(w, 1) for w in sorted(set(walked(tree, rng, 4_000)))]
    expected = reduced(tree)
    assert mine(found) == expected
    assert mine_follows(found) == expected


def test_a_rare_branch_keeps_its_place():
    """The way to x is rare for c, but there is no other to x; what follows e is rare for both."""
    found = [("abcde", 95), ("abcxyde", 4), ("eabcd", 1)]
    assert text(mine(found, 0.2)) == "->('a', 'b', 'c', X(tau, ->('x', 'y')), 'd', 'e')"


def test_noise_leaves_out_rare_orders():
    found = [("abcd", 96), ("acbd", 1), ("abdc", 2), ("badc", 1)]
    assert text(mine(found, 0.2)) == "->('a', 'b', 'c', 'd')"
    assert outside(mine(found), found) == []


def test_noise_leaves_out_rare_repeats_and_rare_nothing():
    assert text(mine([("a", 95), ("aa", 3), ("", 2)], 0.1)) == "'a'"
    assert text(mine([("a", 95), ("aa", 3), ("", 2)])) == "*(tau, 'a')"


def test_deep_nesting_ends_in_any_order_and_still_allows_every_way():
    way = [f"a{k:03}" for k in range(300)]
    rng = random.Random(5)
    found = [(tuple(way), 1)]
    for _ in range(12):
        rng.shuffle(way)
        found.append((tuple(way), 1))
    assert outside(mine(found), found) == []


@given(WAYS)
@settings(max_examples=100, deadline=None)
def test_a_graph_gives_a_tree_that_allows_every_following_that_occurs(found):
    """No guarantee for whole ways, but each activity follows another somewhere as in the log."""
    tree = mine_follows(found)
    pairs = {p for way, _ in found for p in pairwise(way)}
    allowed: set[tuple[str, str]] = set()
    process = Automaton(tree)
    open_, seen = [process.start], set()
    while open_ and len(seen) < 3_000:
        state = open_.pop()
        if state in seen:
            continue
        seen.add(state)
        for a in process.enabled(state):
            after = process.after(state, a)
            allowed |= {(a, b) for b in process.enabled(after)}
            open_.append(after)
    if len(seen) < 3_000:
        assert pairs <= allowed


def test_the_language_of_a_discovered_tree_is_not_larger_than_needed_for_a_plain_log():
    found = [("abc", 3), ("acb", 2)]
    assert set(language(mine(found), 5)) == {tuple("abc"), tuple("acb")}


# -- very many activities


def wild(activities, matters, events=20, seed=7):
    rng = random.Random(seed)
    return [
        (tuple(f"a{rng.randrange(activities)}" for _ in range(events)), 1) for _ in range(matters)
    ]


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_a_wild_log_is_mined_with_little_work(monkeypatch, noise):
    spent = []
    search = mining.find_cut

    def counted(graph):
        spent.append(graph.nodes.bit_count() ** 2)
        return search(graph)

    monkeypatch.setattr(mining, "find_cut", counted)
    found = wild(600, 200)
    got = mined(found, noise, effort=20_000_000)
    assert sum(spent) < 60_000_000  # with all the effort there is it is ten times that
    assert got.passed_over
    assert set(got.tree.activities) == {a for way, _ in found for a in way}
    if not noise:
        assert outside(got.tree, found) == []


def test_among_too_many_activities_none_is_looked_for_beside_the_rest(monkeypatch):
    found = [(tuple("abc"), 1), (tuple("cab"), 1), (tuple("bca"), 1), (tuple("aabbcc"), 1)]
    whole = mined(found)
    monkeypatch.setattr(mining, "WIDEST", 1)
    less = mined(found)
    assert (whole.passed_over, less.passed_over) == (0, 1)
    assert outside(less.tree, found) == []


@given(WAYS, st.integers(0, 400))
@settings(deadline=None)
def test_with_any_effort_every_way_is_allowed(found, effort):
    assert outside(mined(found, effort=effort).tree, found) == []
