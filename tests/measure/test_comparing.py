"""Two sides compared: differences, guards, verdicts and refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from made import DAY, made, three

from polku.errors import ComparisonError
from polku.measure.comparing import compare, compare_at, compare_by
from polku.measure.comparison import Comparison
from polku.measure.facts_file import save_facts
from polku.measure.measuring import measure
from polku.measure.subjects import compare_files

KNOWN = three()


def town(
    n: int, seed: int, *, factor: float = 1.0, slow: float = 0.5, rate: float = 2.0, days: int = 300
):
    """A town with quick and slow matters; `slow` is the share of these."""
    rng = np.random.default_rng(seed)
    kind = rng.random(n) < slow
    lead = factor * np.where(kind, 40.0, 12.0) * np.exp(0.5 * rng.standard_normal(n))
    return made(
        lead,
        rng.random(n) * days,
        days + 20,
        kind=np.where(kind, "plot", "event"),
        segments={"town": np.where(rng.random(n) < 0.5, "A", "B")},
        rate=rate,
        seed=seed,
    )


def test_a_gain_is_seen_in_time_counts_and_promises():
    c = compare(town(900, 1), town(900, 2, factor=0.7, rate=1.5), known=KNOWN, draws=300)
    for id, statistic in (("lead_time", "rmst"), ("lead_time", "p80"), ("lead_time", "log_rank"),
                          ("handovers", "mean_within_h"), ("on_time", "share")):  # fmt: skip
        assert c.row(id, statistic).verdict == "better", (id, statistic)
    row = c.row("handovers", "mean_within_h")
    assert row.low < row.difference < row.high < 0
    assert row.standardised.covers == 1.0
    assert row.p_holm >= row.p


def test_a_mix_shift_that_looks_like_a_gain_is_none_once_standardised():
    c = compare(town(1500, 3, slow=0.7), town(1500, 4, slow=0.4), known=KNOWN, draws=300)
    row = c.row("lead_time", "rmst")
    assert row.high < 0, "the plain difference calls it better"
    assert row.standardised.low < 0 < row.standardised.high
    assert row.verdict == "no_difference_shown"
    assert row.says.startswith("no difference shown (could have shown ≥ ")
    assert c.row("lead_time", "log_rank").verdict == "no_difference_shown"
    assert c.row("on_time", "share").verdict == "no_difference_shown"


def test_what_has_no_kind_is_compared_plainly_and_says_so():
    rng = np.random.default_rng(5)
    a, b = (made(rng.exponential(20, 300), rng.random(300) * 200, 220) for _ in range(2))
    c = compare(a, b, known=KNOWN, draws=300)
    assert c.row("lead_time", "rmst").basis == "plain"
    assert any("not standardised" in g for g in c.guards)


def test_two_periods_of_one_log_see_the_first_as_it_stood_at_the_change():
    facts = town(3000, 6, days=600)
    c = compare_at(facts, "2024-10-27", known=KNOWN, months=False, draws=300)
    assert c.kind == "periods"
    assert c.straddling["matters"] > 0
    assert c.before.open == c.straddling["matters"]
    assert c.before.matters + c.after.matters == 3000
    for r in c.rows:
        assert r.verdict == "no_difference_shown", (r.id, r.statistic)


def test_leaving_the_straddling_matters_out_would_have_flattered_the_first_period():
    facts = town(4000, 7, days=300)
    change = datetime(2024, 4, 1, tzinfo=UTC)
    cut = int(change.timestamp() * 1e6)
    row = compare_at(facts, change, known=KNOWN, months=False, draws=300).row("lead_time", "rmst")
    assert row.standardised.low < 0 < row.standardised.high
    arrival, lead = (facts.matters[c].to_numpy() for c in ("arrival", "elapsed"))
    only_closed = lead[arrival + lead < cut]
    restricted = np.minimum(only_closed, row.horizon_days * DAY).mean() / DAY
    assert restricted < row.before - 1.0


def test_only_calendar_months_that_both_sides_have_are_kept():
    a, b = town(1500, 8, days=360), town(700, 9, days=150)
    c = compare(a, b, known=KNOWN, draws=100)
    assert c.before.left_out > 500
    assert c.after.left_out == 0
    assert any(g.startswith("same calendar months only (January, February") for g in c.guards)
    assert compare(a, b, known=KNOWN, months=False, draws=100).before.left_out == 0


def test_a_change_that_the_control_shares_is_no_effect():
    c = compare(
        town(1500, 10), town(1500, 11, factor=0.8),
        control=(town(1500, 12), town(1500, 13, factor=0.8)), known=KNOWN, draws=100,
    )  # fmt: skip
    row = c.row("lead_time", "rmst")
    assert row.standardised.high < 0
    assert row.basis == "control"
    assert row.control.low < 0 < row.control.high
    assert row.verdict == "no_difference_shown"


def test_towns_are_compared_each_with_the_others():
    facts = town(2000, 14)
    c = compare_by(facts, "town", known=KNOWN, draws=100)
    assert {r.by.segment for r in c.rows} == {"A", "B"}
    first = {r.by.segment: r for r in c.rows if r.statistic == "rmst"}
    assert first["A"].difference == pytest.approx(-first["B"].difference)
    with pytest.raises(ComparisonError, match="did you mean 'town'"):
        compare_by(facts, "twon", known=KNOWN)


def test_another_definition_is_refused_and_what_differs_is_named():
    a, b = town(200, 15), town(200, 16)
    texts = {"[closed]": '{"rule":"status"}', "unit": "days"}
    a = replace(a, definitions={"lead_time": texts})
    b = replace(
        b, hashes={**b.hashes, "lead_time": "1" * 16},
        definitions={"lead_time": {**texts, "[closed]": '{"rule":"end_time"}'}},
    )  # fmt: skip
    c = compare(a, b, known=KNOWN, draws=100)
    row = c.row("lead_time")
    assert row.verdict == "refused"
    assert row.says == (
        'refused: another definition ([closed]: {"rule":"status"} before, '
        '{"rule":"end_time"} after)'
    )
    assert row.difference is None
    assert c.row("handovers").verdict == "no_difference_shown"


def test_what_one_side_cannot_measure_is_not_measurable():
    a, b = town(200, 17), town(200, 18)
    b = replace(b, missing={"on_time": "the matters have no due ([cases] due)"})
    row = compare(a, b, known=KNOWN, draws=100).row("on_time")
    assert row.verdict == "not_measurable"
    assert row.says == "not measurable (after: the matters have no due ([cases] due))"


def test_measurements_alone_give_differences_and_say_what_needs_facts():
    a, b = measure(town(900, 19), known=KNOWN), measure(town(900, 20, factor=0.6), known=KNOWN)
    c = compare(a, b)
    row = c.row("lead_time", "p50")
    assert row.verdict == "better"
    assert row.difference == pytest.approx(row.after - row.before)
    assert "facts" in c.guards[0]
    assert c.row("handovers").says.startswith("refused: another horizon")
    with pytest.raises(ComparisonError, match="one side is a measurement"):
        compare(a, town(10, 21))


def test_bad_dates_and_empty_sides_are_refused_in_one_line():
    facts = town(100, 22)
    for at, found in (("soon", "is no date"), ("2001-01-01", "before"), ("2031-01-01", "from")):
        with pytest.raises(ComparisonError, match=found) as e:
            compare_at(facts, at, known=KNOWN)
        assert "\n" not in str(e.value)
    with pytest.raises(ComparisonError, match="no matters"):
        compare(town(0, 1), facts, known=KNOWN)


def test_a_comparison_comes_back_from_its_json(tmp_path):
    c = compare(town(300, 23), town(300, 24), known=KNOWN, draws=100)
    path = tmp_path / "c.json"
    path.write_text(c.dumps())
    assert Comparison.load(path) == c
    assert c.dumps() == compare(town(300, 23), town(300, 24), known=KNOWN, draws=100).dumps()
    path.write_text('{"format": "polku.comparison/7"}')
    with pytest.raises(ComparisonError, match="comparison/7"):
        Comparison.load(path)


def test_quantiles_stand_in_a_common_mix_too():
    c = compare(town(1500, 3, slow=0.7), town(1500, 4, slow=0.4), known=KNOWN, draws=100)
    for name in ("p50", "p80", "p90"):
        row = c.row("lead_time", name)
        assert row.high < 0 or name == "p90"
        assert row.standardised.low < 0 < row.standardised.high
        assert row.verdict == "no_difference_shown"


def test_files_are_compared_by_their_paths(tmp_path):
    a, b = (str(save_facts(town(200, s), tmp_path / f"{s}.parquet")) for s in (31, 32))
    figures = []
    for seed in (31, 32):
        path = tmp_path / f"{seed}.json"
        path.write_text(measure(town(200, seed), known=KNOWN).dumps())
        figures.append(str(path))
    assert compare_files([a, b]).kind == "logs"
    assert compare_files([a, b], control=[b, a]).kind == "logs"
    assert compare_files([a], at="2024-05-01", control=[b]).kind == "periods"
    assert compare_files([a], by="town").kind == "segments"
    assert compare_files(figures).kind == "measurements"
    for paths, options, found in (
        ([a], {}, "1 logs"), ([a, b], {"at": "2024-05-01"}, "2 logs"),
        (figures[:1], {"at": "2024-05-01"}, "needs the matters"),
        ([a], {"at": "2024-05-01", "by": "town"}, "choose one"),
        ([a], {"at": "2024-05-01", "control": [a, b]}, "one log"),
        ([a], {"by": "town", "control": [a, b]}, "not with --by"),
    ):  # fmt: skip
        with pytest.raises(ComparisonError, match=found):
            compare_files(paths, **options)
