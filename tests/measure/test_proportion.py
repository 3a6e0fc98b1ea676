"""Wilson's interval and the net promoter score."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polku.measure.proportion import net_promoter, wilson


def test_wilson_equals_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    for k, n in ((0, 10), (1, 10), (8, 10), (10, 10), (263, 1000)):
        peer = stats.binomtest(k, n).proportion_ci(method="wilson")
        ours = wilson(k, n)
        assert (ours.low, ours.high) == pytest.approx((peer.low, peer.high), abs=1e-12)


@given(st.integers(1, 2000), st.data())
def test_wilson_is_symmetric_and_holds_the_share(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    a, b = wilson(k, n), wilson(n - k, n)
    assert a.low is not None
    assert b.high is not None
    assert a.low == pytest.approx(1 - b.high, abs=1e-12)
    assert 0 <= a.low <= k / n <= (a.high or 0) + 1e-12


def test_net_promoter_is_the_mean_of_minus_one_nought_and_one() -> None:
    scores = [1] * 60 + [0] * 20 + [-1] * 20
    mean = sum(scores) / 100
    se = (sum((s - mean) ** 2 for s in scores) / 100 / 100) ** 0.5
    e = net_promoter(60, 20, 100)
    assert e.value == pytest.approx(100 * mean)
    assert e.se == pytest.approx(100 * se)


def test_net_promoter_stays_between_its_ends() -> None:
    assert net_promoter(3, 0, 3).high == 100
    assert (net_promoter(2, 1, 3).low or 0) >= -100


def test_nobody_answered_is_not_reached() -> None:
    assert wilson(0, 0).status == "not_reached"
    assert net_promoter(0, 0, 0).status == "not_reached"
