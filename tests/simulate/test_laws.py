"""Laws: what the engine draws is the law, tails, means, atoms and cuts included."""

from __future__ import annotations

import math
import subprocess
import sys

import numba
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose as near
from scipy import integrate, stats

from polku.errors import ScenarioError
from polku.simulate.engine.draws import (
    FIXED,
    KNOTS,
    LINES,
    PARTS,
    SAMPLE,
    TABLE,
    draw,
    knots,
    uniforms,
)
from polku.simulate.laws import LONGEST, check_law, mean, pack, quantile, table
from polku.simulate.scenario import UNITS, Law, fixed


def calm(examples: int) -> settings:
    """The same examples each time, on a busy machine too."""
    slow = [HealthCheck.too_slow]
    return settings(
        max_examples=examples, deadline=None, derandomize=True, suppress_health_check=slow
    )


def law(name: str, *shapes: float, **more: object) -> Law:
    return Law(name, shapes=tuple(shapes), **{"unit": None, **more})


CONTINUOUS = [
    law("expon", scale=2.0), law("lognorm", 0.5), law("lognorm", 2.0, scale=3.0),
    law("norm", loc=10, scale=2), law("gamma", 2.3), law("gamma", 0.3), law("gamma", 50.0),
    law("erlang", 3), law("weibull_min", 0.6), law("weibull_min", 3.0),
    law("triang", 0.2, loc=3, scale=4), law("triang", 0.0), law("triang", 1.0),
    law("beta", 2.0, 5.0), law("beta", 0.5, 0.5), law("pareto", 2.5), law("pareto", 1.5),
    law("fisk", 3.0), law("invgauss", 1.2), law("gengamma", 1.5, 0.7), law("logistic", loc=20),
    law("gumbel_r"), law("rayleigh"), law("exponweib", 2.0, 1.5), law("genextreme", -0.1),
    law("t", 5.0, loc=3), law("burr12", 3.0, 2.0), law("ncx2", 3.0, 1.0), law("uniform", loc=2),
]  # fmt: skip
CUT = [
    law("expon", scale=5.0, low=1.0, high=6.0), law("norm", loc=1, scale=2, low=0.0),
    law("norm", low=8.0), law("norm", high=-7.0), law("gamma", 0.7, high=2.0),
    law("lognorm", 1.5, low=0.5), law("beta", 2.0, 3.0, low=0.9), law("pareto", 0.8, high=50.0),
    law("triang", 0.5, low=0.25), law("uniform", scale=10, low=4), law("invgauss", 1.0, low=1.0),
]  # fmt: skip


def told(x: Law) -> str:
    ends = "" if x.low is None and x.high is None else f" in {x.low} … {x.high}"
    return f"{x.name}{x.shapes}{ends}"


@numba.njit
def _drawn(u, kind, at, values):
    out = np.empty(len(u))
    for i in range(len(u)):
        out[i] = draw(0, u[i], kind, at, values)
    return out


def drawn(x: Law, u: np.ndarray) -> np.ndarray:
    return _drawn(u, *pack([x]))


TAIL = np.exp2(-np.linspace(1, 40, 20_000))
U = np.concatenate([TAIL, 1 - TAIL, np.linspace(0.001, 0.999, 20_000)])


@pytest.mark.parametrize("x", CONTINUOUS, ids=told)
def test_a_quantile_is_that_of_scipy(x):
    its = getattr(stats, x.name)(*x.shapes, loc=x.loc, scale=x.scale)
    u = np.array([1e-12, 1e-6, 0.01, 0.3, 0.5, 0.8, 0.999])
    assert quantile(x, u) == pytest.approx(its.ppf(u), rel=1e-8, abs=1e-12)
    assert mean(x) == pytest.approx(its.mean(), rel=1e-8)


@pytest.mark.parametrize("x", CONTINUOUS + CUT, ids=told)
def test_a_table_is_near_the_law_far_into_both_tails(x):
    exact = quantile(x, U)
    spread = np.subtract(*quantile(x, np.array([0.75, 0.25])))
    error = np.abs(drawn(x, U) - exact) / np.maximum(np.abs(exact), spread)
    assert error.max() < 4e-4


@pytest.mark.parametrize("x", CONTINUOUS + CUT, ids=told)
def test_the_mean_and_variance_of_a_table_are_those_of_the_law(x):
    kind, values = table(x)
    if kind == LINES:
        assert x.name == "uniform"
        return
    p, halves = knots(), values.reshape(2, KNOTS)
    assert sum(np.trapezoid(half, p) for half in halves) == pytest.approx(mean(x), rel=1e-5)
    fine = np.exp2(-np.arange(1.0, 53.0, 2.0**-9))[::-1]
    both = [np.trapezoid((drawn(x, u) - mean(x)) ** 2, fine) for u in (fine, 1 - fine)]
    true = [np.trapezoid((quantile(x, u) - mean(x)) ** 2, fine) for u in (fine, 1 - fine)]
    assert sum(both) == pytest.approx(sum(true), rel=5e-4)


@pytest.mark.parametrize("x", CONTINUOUS + CUT, ids=told)
def test_a_million_draws_follow_the_law(x):
    values = np.sort(drawn(x, uniforms(11, 0, np.arange(1_000_000), 1, 2, 0, 2)))
    its = getattr(stats, x.name)(*x.shapes, loc=x.loc, scale=x.scale)
    at = values[::50]
    a = 0.0 if x.low is None else its.cdf(x.low)
    sa, sb = (1.0 if x.low is None else its.sf(x.low)), (0.0 if x.high is None else its.sf(x.high))
    below = (its.cdf(at) - a) / ((1.0 if x.high is None else its.cdf(x.high)) - a)
    if x.low is not None and a > 0.5:
        below = (sa - its.sf(at)) / (sa - sb)
    far = np.abs(below - (np.arange(0, 1_000_000, 50) + 0.5) / 1_000_000).max()
    assert far < 2.3e-3  # a true sample of that size is farther once in 20,000 times


@pytest.mark.parametrize("x", CUT, ids=told)
def test_a_cut_law_stays_between_its_ends_with_nothing_piled_up_there(x):
    values = quantile(x, U)
    low, high = (-math.inf if x.low is None else x.low), (math.inf if x.high is None else x.high)
    assert low <= values.min()
    assert values.max() <= high
    middle = quantile(x, np.linspace(0.01, 0.99, 99))
    assert len(np.unique(middle)) == 99


@pytest.mark.parametrize("x", [c for c in CUT if c.name not in ("uniform", "pareto")], ids=told)
def test_the_mean_of_a_cut_law_is_the_integral_over_its_density(x):
    its = getattr(stats, x.name)(*x.shapes, loc=x.loc, scale=x.scale)
    low = max(its.support()[0], -math.inf if x.low is None else x.low)
    high = min(its.support()[1], math.inf if x.high is None else x.high)
    ends = float(quantile(x, np.array([1e-15]))[0]), float(quantile(x, np.array([1 - 1e-15]))[0])
    a, b = (low if math.isfinite(low) else ends[0]), (high if math.isfinite(high) else ends[1])
    marks = quantile(x, np.array([0.01, 0.5, 0.99, 0.99999]))
    mass = its.sf(low) - its.sf(high) if low > 0 else its.cdf(high) - its.cdf(low)
    whole, _ = integrate.quad(lambda v: v * its.pdf(v), a, b, points=marks, limit=500)
    assert mean(x) == pytest.approx(whole / mass, rel=1e-6)


def test_a_mean_that_is_not_finite_is_told():
    assert mean(law("pareto", 0.9)) == math.inf
    assert mean(law("pareto", 0.9, low=3.0)) == math.inf
    assert mean(law("pareto", 0.9, high=30.0)) < 30


MIXED = law("mixture", parts=(fixed(0, None), law("expon", scale=4.0)), chances=(0.3, 0.7))
U_FINE = (np.arange(1_000_000) * 2 + 1) / 2_000_000


def test_an_atom_of_a_mixture_is_kept_exactly():
    assert (drawn(MIXED, U_FINE) == 0).sum() == 300_000
    assert (quantile(MIXED, U_FINE) == 0).sum() == 300_000
    assert mean(MIXED) == pytest.approx(2.8)
    inner = (U_FINE[300_000:] - 0.3) / 0.7
    near(drawn(MIXED, U_FINE)[300_000:], -4 * np.log1p(-inner), rtol=1e-4)


def test_all_kinds_of_parts_lie_in_one_table():
    lines = law("quantiles", values=(1, 2, 2, 9), chances=(0, 0.25, 0.5, 1))
    sample = law("empirical", values=(5, 3, 4))
    inner = law("mixture", parts=(sample, lines), chances=(3, 1))
    x = law(
        "mixture", parts=(MIXED, inner, law("uniform"), law("gamma", 2.0)), chances=(1, 1, 1, 0)
    )
    kind, values = table(x)
    assert kind == PARTS
    assert values[0] == 5
    assert values[1:6] == pytest.approx([0.1, 1 / 3, 7 / 12, 2 / 3, 1])
    assert values[11:16].tolist() == [FIXED, TABLE, SAMPLE, LINES, LINES]
    near(drawn(x, U_FINE), quantile(x, U_FINE), rtol=1e-4, atol=1e-6)
    assert drawn(x, U_FINE).mean() == pytest.approx(mean(x), rel=1e-5)


def test_a_mixture_that_is_cut_cuts_and_weighs_its_parts():
    x = Law(
        "mixture", parts=(fixed(0, "hours"), Law("uniform", scale=100, unit="minutes")),
        chances=(0.5, 0.5), unit="hours", low=0.5, high=1.0,
    )  # fmt: skip
    values = quantile(x, U_FINE) / UNITS["minutes"]
    assert values.min() == pytest.approx(30, abs=1e-3)
    assert values.max() == pytest.approx(60, abs=1e-3)
    y = law("mixture", parts=(fixed(1, None), law("uniform", scale=10)), chances=(1, 1), high=5.0)
    assert (drawn(y, U_FINE) == 1).mean() == pytest.approx(2 / 3, abs=1e-6)


def test_a_time_of_a_mixture_may_be_cut_at_zero_as_a_whole():
    parts = (Law("norm", loc=1), fixed(3))
    with pytest.raises(ScenarioError, match="below 0"):
        check_law(Law("mixture", parts=parts, chances=(1, 1)), "work")
    check_law(Law("mixture", parts=parts, chances=(1, 1), low=0.0), "work")


def test_a_sample_is_drawn_from_exactly():
    x = Law("empirical", (5, 1, 3, 3), unit="days")
    assert table(x)[0] == SAMPLE
    got = drawn(x, U_FINE) / UNITS["days"]
    assert np.unique(got, return_counts=True)[1].tolist() == [250_000, 500_000, 250_000]
    assert (got == quantile(x, U_FINE) / UNITS["days"]).all()
    assert drawn(x, np.array([1 - 2.0**-53]))[0] == 5 * UNITS["days"]
    assert mean(x) == 3 * UNITS["days"]


def test_a_sample_that_is_cut_keeps_what_lies_between():
    x = law("empirical", values=(5, 1, 3, 8), low=2.0, high=5.0)
    assert table(x)[1].tolist() == [3, 5]


def test_quantiles_keep_atoms_and_leaps():
    x = law("quantiles", values=(0, 1, 1, 2, 7, 9), chances=(0, 0.2, 0.5, 0.6, 0.6, 1))
    got = drawn(x, U_FINE)
    assert (got == quantile(x, U_FINE)).all()
    assert ((got > 1 - 1e-9) & (got < 1 + 1e-9)).mean() == pytest.approx(0.3, abs=1e-5)
    assert not ((got > 2) & (got < 7)).any()
    assert mean(x) == pytest.approx(0.1 + 0.3 + 0.15 + 3.2)
    assert got.mean() == pytest.approx(mean(x), rel=1e-6)


@calm(100)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1e6)), min_size=2, max_size=9),
    st.floats(0, 1e6), st.floats(0, 1e6),
)  # fmt: skip
def test_quantiles_that_are_cut_are_the_quantiles_given_that_they_lie_between(points, a, b):
    chances, values = (sorted(x) for x in zip(*points, strict=True))
    chances[0], chances[-1] = 0.0, 1.0
    low, high = min(a, b), max(a, b)
    whole = law("quantiles", values=tuple(values), chances=tuple(chances))
    cut = law("quantiles", values=tuple(values), chances=tuple(chances), low=low, high=high)
    u = (np.arange(20_000) * 2 + 1) / 40_000
    kept = quantile(whole, u)
    kept = kept[(kept >= low) & (kept <= high)]
    if len(kept) < 200:
        return
    got = quantile(cut, u)
    assert low <= got.min()
    assert got.max() <= high
    assert (np.diff(got) >= 0).all()
    assert got.mean() == pytest.approx(kept.mean(), rel=0.02, abs=0.02 * (values[-1] - values[0]))


@calm(60)
@given(
    st.sampled_from([("expon", 0), ("lognorm", 1), ("gamma", 1), ("weibull_min", 1), ("fisk", 1),
                     ("pareto", 1), ("beta", 2), ("uniform", 0)]),
    st.lists(st.floats(0.2, 8), min_size=2, max_size=2), st.floats(0.1, 100),
    st.sampled_from([None, 0.05, 0.4]), st.sampled_from([None, 0.6, 0.99]),
)  # fmt: skip
def test_what_is_drawn_ascends_with_the_number_and_stays_between_the_ends(form, s, scale, a, b):
    name, n = form
    shapes = tuple(s[:n])
    its = getattr(stats, name)(*shapes, scale=scale)
    low, high = (None if p is None else float(its.ppf(p)) for p in (a, b))
    x = law(name, *shapes, scale=scale, low=low, high=high)
    u = np.sort(U)
    for got in (quantile(x, u), drawn(x, u)):
        assert (np.diff(got) >= -1e-12 * np.abs(got[1:])).all()
        assert low is None or got.min() >= low * (1 - 1e-12)
        assert high is None or got.max() <= high * (1 + 1e-12)


@pytest.mark.parametrize("unit", UNITS)
def test_times_are_told_in_microseconds(unit):
    x = Law("gamma", shapes=(2.0,), scale=3.0, unit=unit)
    assert mean(x) == pytest.approx(6 * UNITS[unit])
    near(quantile(x, U), quantile(law("gamma", 2.0, scale=3.0), U) * UNITS[unit], rtol=1e-12)
    assert table(fixed(2.5, unit))[1].tolist() == [2.5 * UNITS[unit]]


def test_a_time_beyond_all_horizons_stays_a_whole_number_of_microseconds():
    x = Law("pareto", shapes=(0.4,), unit="weeks")
    assert drawn(x, np.array([1 - 2.0**-53]))[0] == LONGEST
    assert quantile(x, [1 - 2.0**-53])[0] == LONGEST


def test_laws_packed_together_are_drawn_as_alone():
    every = [fixed(3, None), CONTINUOUS[0], MIXED, law("empirical", values=(1, 2)), CONTINUOUS[6]]
    kind, at, values = pack(every)
    assert kind.tolist() == [FIXED, TABLE, PARTS, SAMPLE, TABLE]
    for i, x in enumerate(every):
        for u in (0.1, 0.25, 0.77, 1e-13):
            assert draw(i, u, kind, at, values) == drawn(x, np.array([u]))[0]
    assert [len(a) for a in pack([])] == [0, 1, 0]


def test_the_same_law_has_one_table_that_nobody_can_change():
    a, b = (table(Law("lognorm", shapes=(0.7,), scale=3.25)) for _ in range(2))
    assert a[1] is b[1]
    with pytest.raises(ValueError, match="read-only"):
        a[1][0] = 1


WRONG = {
    "law 'lognorn' is not known; did you mean 'lognorm'?": Law("lognorn", shapes=(1.0,)),
    "law 'quantile' is not known; did you mean 'quantiles'?": Law("quantile"),
    "unit 'hour' is not known; did you mean 'hours'?": fixed(1, "hour"),
    "lognorm has 0 shapes; it takes 1 (s), in order": Law("lognorm"),
    "expon has 1 shapes; it takes 0, in order": Law("expon", shapes=(1.0,)),
    "expon has scale 0; write one above 0": Law("expon", scale=0.0),
    "gamma cannot have the shapes -1; see scipy.stats.gamma": Law("gamma", shapes=(-1.0,)),
    "invgauss cannot have the shapes -1; see scipy.stats": Law("invgauss", shapes=(-1.0,)),
    "expon has a number that is not finite": Law("expon", scale=math.nan),
    "fixed has a number that is not finite": fixed(math.inf),
    "norm can give a time below 0; cut it with low: 0": Law("norm", loc=50.0),
    "lognorm can give a time below 0 (-3 hours)": Law("lognorm", (), shapes=(1.0,), loc=-3.0,
                                                      unit="hours"),
    "fixed can give a time below 0 (-1 minutes)": fixed(-1),
    "fixed has 2 values; write one": Law("fixed", (1, 2)),
    "empirical has no values; write the sample": Law("empirical"),
    "empirical gives nothing within its bound 5; widen": Law("empirical", (1, 2), low=5.0),
    "expon gives nothing within its bound 5 and 4; widen": Law("expon", low=5.0, high=4.0),
    "uniform gives nothing within": Law("uniform", low=2.0),
    "norm gives nothing within its bound 60": Law("norm", low=60.0),
    "quantiles has 2 values at 1 chances": Law("quantiles", (1, 2), (0,)),
    "quantiles runs from chance 0 to 0.9": Law("quantiles", (1, 2), (0, 0.9)),
    "quantiles: value 1 follows 2; put them in order": Law("quantiles", (2, 1), (0, 1)),
    "quantiles: chance 0.2 follows 0.5": Law("quantiles", (1, 2, 3, 4), (0, 0.5, 0.2, 1)),
    "mixture has 0 parts and 0 weights": Law("mixture"),
    "mixture has the weights -1, 2; none may be": Law("mixture", (), (-1, 2), (fixed(1), fixed(2))),
    "mixture has the weights 0; none may be": Law("mixture", (), (0,), (fixed(1),)),
    "part 2: expon has scale -1": Law("mixture", (), (1, 1), (fixed(1), Law("expon", scale=-1))),
    "parts with and without a unit": Law("mixture", (), (1, 1), (fixed(1), fixed(1, None))),
    "mixture is cut in unit None": Law("mixture", (), (1,), (fixed(1),), low=0.0, unit=None),
    "pareto has no finite value at the chance 0.9": Law("pareto", shapes=(0.01,)),
}  # fmt: skip


@pytest.mark.parametrize("words", WRONG)
def test_a_law_that_cannot_be_drawn_from_is_refused_in_one_line(words):
    for ask in (table, mean, lambda x: quantile(x, [0.5])):
        with pytest.raises(ScenarioError):
            ask(WRONG[words])
    with pytest.raises(ScenarioError) as found:
        check_law(WRONG[words], "steps.check.work")
    assert str(found.value).startswith("steps.check.work: ")
    assert words in str(found.value)
    assert "\n" not in str(found.value)


def test_a_plain_number_may_be_negative():
    check_law(law("norm"), "attributes.noise")
    check_law(fixed(-3, None), "attributes.noise")


def test_usual_laws_do_without_scipy_stats():
    code = (
        "import sys; from polku.simulate.laws import Law, table\n"
        "for name, shapes in [('expon', ()), ('lognorm', (1.0,)), ('gamma', (2.0,)),\n"
        "    ('norm', ()), ('uniform', ()), ('weibull_min', (2.0,)), ('triang', (0.5,)),\n"
        "    ('beta', (2.0, 3.0)), ('pareto', (2.0,)), ('fisk', (2.0,))]:\n"
        "    table(Law(name, shapes=shapes, low=0.5, high=0.9 if name != 'pareto' else 9.0))\n"
        "assert 'scipy.stats' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
