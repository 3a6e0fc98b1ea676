"""A random number is a function of what it is for: right, even, and independent of all others."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from polku.simulate.engine import draws
from polku.simulate.engine.draws import (
    OCCURRENCES,
    draw,
    keys,
    knots,
    philox,
    role_hash,
    uniform,
    uniforms,
)  # fmt: skip

ONES = 0xFFFFFFFF
PI = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)
WORD = st.integers(0, ONES)
TOO_RARE = 1e-6
"""Seeds are fixed, so a test either always holds or never; a true generator fails this seldom."""


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((ONES,) * 4, (ONES,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (PI, (0xA4093822, 0x299F31D0), "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)
def test_philox_gives_the_known_answers(counter, key, words):
    assert " ".join(f"{int(w):08x}" for w in philox(*counter, *key)) == words


@settings(deadline=None, derandomize=True)
@given(WORD, WORD, WORD, WORD, WORD, st.integers(0, OCCURRENCES - 1), st.integers(1, 12))
def test_one_number_and_many_have_the_same_bits(k0, k1, number, stream, role, turn, purpose):
    many = uniforms(k0, k1, [number, number ^ 1], stream, role, turn, purpose)
    assert many[0] == uniform(k0, k1, number, stream, role, turn, purpose)
    assert many[1] == uniform(k0, k1, number ^ 1, stream, role, turn, purpose)


@settings(deadline=None, derandomize=True)
@given(WORD, WORD, WORD)
def test_a_number_and_its_rest_are_inside_the_unit_interval_and_exact(k0, number, role):
    u = uniform(k0, 5, number, 0, role, 0, 1)
    assert 0 < u < 1
    assert (u * 2**53) % 2 == 1
    assert 1 - (1 - u) == u


def test_arguments_are_stretched_to_one_shape():
    out = uniforms(1, 2, np.arange(6).reshape(2, 3), np.uint32(7), [8, 9, 10], 0, 2)
    assert out.shape == (2, 3)
    assert out[1, 2] == uniform(1, 2, 5, 7, 10, 0, 2)
    assert uniforms(1, 2, np.zeros(0, np.int64), 0, 0, 0, 1).shape == (0,)
    assert uniforms(1, 2, 3, 4, 5, 6, 7).shape == ()


def test_numbers_beyond_32_bits_go_round():
    assert uniform(1, 2, 2**32 + 3, 4, 5, 6, 7) == uniform(1, 2, 3, 4, 5, 6, 7)
    assert uniforms(1, 2, [-1], 4, 5, 6, 7)[0] == uniform(1, 2, ONES, 4, 5, 6, 7)


@pytest.mark.parametrize(("turn", "purpose"), [(OCCURRENCES, 1), (-1, 1), (0, 256), (0, -1)])
def test_what_has_no_number_of_its_own_is_refused(turn, purpose):
    with pytest.raises(ValueError, match="is not in 0 …"):
        uniforms(1, 2, 3, 4, 5, [turn], purpose)


def test_purposes_differ():
    names = (
        "BRANCH WORK DELAY AGAIN TIMES HAPPENS ARRIVAL ATTRIBUTE CHANNEL PERSON EVENT ASSUMPTION"
    )
    assert [getattr(draws, n) for n in names.split()] == list(range(1, 13))


def test_names_key_by_a_known_hash():
    assert role_hash("") == 0x1271CF25
    assert role_hash("Prüfen") != role_hash("Prufen")


@settings(deadline=None, derandomize=True)
@given(st.integers(-(2**70), 2**70), st.integers(0, 2**40))
def test_every_seed_and_replication_has_a_key_of_its_own(seed, replication):
    key = keys(seed, replication)
    assert all(0 <= k <= ONES for k in key)
    others = [(seed + 2**32, replication), (seed, replication + 1), (seed - 1, replication)]
    assert key not in {keys(*o) for o in others}


N = np.arange(200_000)
NEIGHBOURS = {
    "numbers": uniforms(1, 0, N, 77, 88, 0, 2),
    "streams": uniforms(1, 0, 3, N, 88, 0, 2),
    "roles": uniforms(1, 0, 3, 77, N, 0, 2),
    "occurrences": uniforms(1, 0, 3, 77, 88, N, 2),
    "another purpose": uniforms(1, 0, N, 77, 88, 0, 3),
    "another occurrence": uniforms(1, 0, N, 77, 88, 1, 2),
    "another role": uniforms(1, 0, N, 77, 89, 0, 2),
    "another kind": uniforms(1, 0, N, 78, 88, 0, 2),
    "another replication": uniforms(1, 1, N, 77, 88, 0, 2),
    "another seed": uniforms(2, 0, N, 77, 88, 0, 2),
}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_neighbouring_counters_give_even_numbers(name):
    u = NEIGHBOURS[name]
    assert stats.chisquare(np.bincount((u * 1000).astype(int), minlength=1000)).pvalue > TOO_RARE
    assert stats.kstest(u, "uniform").pvalue > TOO_RARE
    low = (u * 2**40 % 1 * 64).astype(int)  # the last bits too
    assert stats.chisquare(np.bincount(low, minlength=64)).pvalue > TOO_RARE


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_number_tells_nothing_of_the_next(name):
    u = NEIGHBOURS[name]
    pairs, _, _ = np.histogram2d(u[:-1:2], u[1::2], bins=24, range=[[0, 1], [0, 1]])
    assert stats.chisquare(pairs.ravel()).pvalue > TOO_RARE


@pytest.mark.parametrize("pair", combinations([*list(NEIGHBOURS)[4:], "numbers"], 2), ids=str)
def test_draws_for_different_things_tell_nothing_of_each_other(pair):
    a, b = (NEIGHBOURS[name] for name in pair)
    assert stats.pearsonr(a, b).pvalue > TOO_RARE
    cells, _, _ = np.histogram2d(a, b, bins=24, range=[[0, 1], [0, 1]])
    assert stats.chisquare(cells.ravel()).pvalue > TOO_RARE


def test_the_knots_of_a_table_reach_from_the_least_number_to_a_half():
    p = knots()
    assert p[0] == 2.0**-53
    assert p[-1] == p[-2] == 0.5
    assert (np.diff(p[:-1]) > 0).all()
    assert (np.diff(p[:-1]) / p[:-2] <= 1 / 16).all()


def test_a_table_gives_its_own_knots_and_goes_straight_between_them():
    p = knots()
    values = np.concatenate([p, 2 - p])
    packed = np.array([1], np.int8), np.array([0, len(values)]), values
    for x in [*p, *np.random.default_rng(1).random(1000) / 2]:
        if x < 0.5:
            assert draw(0, x, *packed) == pytest.approx(x, rel=1e-14)
        if 1 - (1 - x) == x:
            assert draw(0, 1 - x, *packed) == pytest.approx(2 - x, rel=1e-14)
    assert draw(0, 0.0, *packed) == p[0]
    assert draw(0, 1.0, *packed) == 2 - p[0]
