"""The log-rank test of each group against the rest, against the plain one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.measure.rank import each_against_rest
from polku.measure.survival import log_rank


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 60), st.integers(2, 4), st.booleans(), st.booleans())
def test_it_equals_the_plain_log_rank_test(seed, n, groups, stratified, late):
    rng = np.random.default_rng(seed)
    elapsed = np.sort(rng.integers(1, 15, n))
    ended = rng.random(n) < 0.7
    group = rng.integers(-1, groups, n).astype(np.int32)
    strata = rng.integers(0, 2, n).astype(np.int32) if stratified else None
    entry = rng.integers(0, 5, n) if late else None
    found = each_against_rest(elapsed, ended, group, groups, strata, entry)
    m = group >= 0
    for s, p in enumerate(found):
        plain = log_rank(
            elapsed[m], ended[m], group[m] == s,
            None if strata is None else strata[m], None if entry is None else entry[m],
        )  # fmt: skip
        if plain.p is None or not plain.chi2:
            assert p is None or p == pytest.approx(1.0)
        else:
            assert p == pytest.approx(plain.p, rel=1e-6)
