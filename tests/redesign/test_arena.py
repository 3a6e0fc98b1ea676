"""The arena: what looks give, that they are the same however they are taken, what fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import shortening
from shortening import SHARE

from polku.errors import RedesignError
from polku.path.build import start
from polku.path.facts import Text
from polku.redesign.arena import Arena, Look
from polku.redesign.candidate import Candidate
from polku.redesign.figures import figures
from polku.redesign.move import Assumption, Move, move_kind
from polku.redesign.prototype import Prototype
from polku.redesign.realising import drawn, realise
from polku.redesign.setting import LONGEST_WATCH, PILOT, WEEK, Setting, setting_for
from polku.simulate.clocks import DAY
from polku.simulate.run import Window, replicate
from polku.simulate.scenario import (
    ASSUMED,
    Arrivals,
    Calendar,
    Kind,
    Law,
    Person,
    Pool,
    Scenario,
    StepNumbers,
    always,
)

shortening.forget()  # other tests ask for all kinds


@pytest.fixture(autouse=True, scope="module")
def own_kinds() -> Iterator[None]:
    """The kinds of moves of these tests, known only while they run."""
    for kind in (shortening.Shorten, shortening.Starve):
        move_kind(kind)
    yield
    shortening.forget()


def small() -> Prototype:
    """Two steps, each with a desk of its own."""
    path = start("Small").step("Ask", unit="Desk").step("Decide", unit="Board").path()
    hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-16:00",))
    work = always(Law("expon", scale=4.0, unit="hours"))
    scenario = Scenario(
        "path", {"one": Kind(Arrivals(per_year=300.0), promise_days=5.0)},
        calendars={"office": Calendar(hours)},
        people={"Ann": Person("office"), "Bo": Person("office")},
        pools={"desk": Pool(("Ann",)), "board": Pool(("Bo",))},
        steps={"step-1": StepNumbers(work, "desk"), "step-2": StepNumbers(work, "board")},
    )  # fmt: skip
    return Prototype(path, scenario, "current")


def shortened(of: Prototype, *steps: str, kind: str = "shorten-in-a-test") -> Candidate:
    shared = (SHARE,) if kind.startswith("shorten") else ()
    return Candidate(of, tuple(Move(kind, (s,), assumptions=shared) for s in steps))


def looks(of: Prototype, count: int = 3) -> list[Look]:
    drawn_by_people = replace(small(), name="people")
    candidates = [
        Candidate(of, drawn="current"), shortened(of, "step-1"), shortened(of, "step-1", "step-2"),
        Candidate(drawn_by_people, drawn="people"),
        shortened(of, "step-2", kind="starve-in-a-test"),
    ]  # fmt: skip
    fails = frozenset({("shorten-in-a-test(step-1)", "share")})
    found = [Look(c, r) for r in range(count) for c in candidates]
    return [*found, Look(candidates[1], 0, fails)]


def test_looks_are_the_same_to_the_bit_for_any_number_of_jobs_and_in_any_order() -> None:
    of = small()
    asked = looks(of)
    with Arena(of, jobs=1) as arena:
        alone = arena.look(asked)
        backwards = arena.look(asked[::-1])[::-1]
        failures = arena.failures
    with Arena(of, jobs=2) as arena:
        together = arena.look(asked)
        assert arena.failures == failures
    assert alone.tobytes() == backwards.tobytes() == together.tobytes()


def test_a_look_is_the_figures_of_a_run_that_is_made_from_scratch() -> None:
    of = small()
    candidate = shortened(of, "step-1")
    with Arena(of, jobs=1, seed=7) as arena:
        arena.look(looks(of))
        for replication in (1, 10_004):
            found = arena.look([Look(candidate, replication)])[0]
            from polku.simulate.engine.compile import plan

            prototype = realise(candidate, 7, replication)
            run = replicate(
                plan(prototype.path, prototype.scenario), seed=7, replication=replication,
                matters=None, window=Window(arena.setting.since, arena.setting.until),
            )  # fmt: skip
            assert found.tobytes() == figures(run, arena.axes, arena.setting).tobytes()


def test_a_candidate_that_cannot_be_simulated_gives_nan_and_a_reason() -> None:
    of = small()
    starved = shortened(of, "step-2", kind="starve-in-a-test")
    gone = shortened(of, "step-9")
    with Arena(of, jobs=1) as arena:
        found = arena.look([Look(starved, 0), Look(Candidate(of), 0), Look(gone, 0)])
        assert np.isnan(found[[0, 2]]).all()
        assert np.isfinite(found[1]).any()
        assert set(arena.failures) == {starved.key, gone.key}
        assert "has no members" in arena.failures[starved.key]
        assert arena.failures[gone.key] == f"{gone.key}: the step is not there; name another"


def test_moves_meet_the_same_customers_so_differences_are_exact() -> None:
    of = small()
    with Arena(of, jobs=1) as arena:
        k = [a.key for a in arena.axes].index("lead_time.p50")
        both = arena.look(
            [Look(c, r) for r in range(12) for c in (Candidate(of), shortened(of, "step-1"))]
        )[:, k]
    before, after = both[0::2], both[1::2]
    assert (after < before).all()
    assert (before - after).std() < 0.8 * np.hypot(before.std(), after.std())


def test_no_looks_give_no_rows() -> None:
    with Arena(small(), jobs=1) as arena:
        assert arena.look([]).shape == (0, len(arena.axes))


def test_a_move_meets_the_same_value_in_every_candidate_and_another_in_every_replication() -> None:
    of = small()
    one, other = shortened(of, "step-1").moves[0], shortened(of, "step-2").moves[0]
    values = [drawn(one, 1, r)["share"] for r in range(500)]
    assert len(set(values)) == 500
    assert 0.4 <= min(values) < 0.41
    assert 0.59 < max(values) <= 0.6
    assert values[3] == drawn(one, 1, 3)["share"] != drawn(other, 1, 3)["share"]
    assert values[3] != drawn(one, 2, 3)["share"]
    assert drawn(one, 1, 3, {(one.key, "share")}) == {"share": 1.0}
    assert abs(np.mean(values) - one.usual["share"]) < 0.01


def test_a_value_is_in_the_unit_of_its_law() -> None:
    hours = Assumption("time", Text(en="{value}"), Law("uniform", loc=2.0, scale=2.0, unit="hours"),
                       9.0, ASSUMED)  # fmt: skip
    part = Law("uniform", loc=2.0, scale=2.0, unit="hours")
    mixed = replace(hours, law=Law("mixture", parts=(part, part), chances=(1.0, 1.0), unit="hours"))
    for assumption in (hours, mixed):
        move = Move("shorten-in-a-test", ("step-1",), assumptions=(assumption,))
        assert all(2.0 <= drawn(move, 1, r)["time"] <= 4.0 for r in range(50))
        assert abs(move.usual["time"] - 3.0) < 1e-9


def test_a_move_that_is_refused_after_others_tells_why() -> None:
    with pytest.raises(RedesignError, match=r"shorten-in-a-test\(step-7\): the step is not there"):
        realise(shortened(small(), "step-1", "step-7"), 1, 0)


def test_the_setting_counts_the_scenarios_days_and_watches_each_matter_long_enough() -> None:
    of = small()
    found = setting_for(of)
    assert (found.counted_to - found.counted_from) / DAY == 365
    assert (found.counted_from - found.since) % WEEK == 0 < found.counted_from - found.since
    assert found.horizon == 63 * DAY  # 60 days in whole weeks
    assert found.watched == found.horizon
    assert found.horizon_days == 63.0
    assert PILOT == 9_999


def test_a_long_promise_and_a_slow_path_are_watched_to_their_end() -> None:
    of = small()
    kinds = {"one": replace(of.scenario.kinds["one"], promise_days=500.0)}
    slow = of.with_scenario(replace(of.scenario, kinds=kinds))
    found = setting_for(slow)
    assert found.horizon == 63 * DAY
    assert found.watched == 500 * DAY
    years = always(Law("uniform", loc=2.0 * 365, scale=365.0, unit="days"))
    steps = {**of.scenario.steps, "step-2": StepNumbers(years)}
    slower = of.with_scenario(replace(of.scenario, steps=steps))
    found = setting_for(slower)
    assert found.horizon == 365 * DAY
    assert 3 * 364 * DAY < found.watched <= LONGEST_WATCH + WEEK
    with Arena(slower, jobs=1) as arena:
        values = arena.look([Look(Candidate(slower), 0)])[0]
    told = dict(zip([a.key for a in arena.axes], values.tolist(), strict=True))
    assert 2.3 * 365 < told["lead_time.p50"] < 2.7 * 365


def test_the_horizon_and_the_warm_up_may_be_given() -> None:
    of = small()
    of = of.with_scenario(replace(of.scenario, warm_up_days=10.0))
    found = setting_for(of, 30.0)
    assert found.counted_from - found.since == 10 * DAY
    assert found.horizon == 30 * DAY
    assert isinstance(found, Setting)
    with pytest.raises(RedesignError, match="horizon: is 0 days"):
        setting_for(of, 0.0)


def test_a_quantile_beyond_what_is_watched_is_infinite() -> None:
    of = small()
    never = {
        **of.scenario.steps,
        "step-2": StepNumbers(always(Law("fixed", (5000.0,), unit="days"))),
    }
    stuck = Candidate(of.with_scenario(replace(of.scenario, steps=never)), drawn="people")
    with Arena(of, jobs=1) as arena:
        values = arena.look([Look(stuck, 0)])[0]
    told = dict(zip([a.key for a in arena.axes], values.tolist(), strict=True))
    assert told["lead_time.p50"] == told["predictability.p90_over_p50"] == np.inf
    assert told["on_time.share"] == 0.0


def test_the_run_of_a_look_can_be_told_as_a_log() -> None:
    of = small()
    candidate = shortened(of, "step-1")
    with Arena(of, jobs=1) as arena:
        found = arena.look([Look(candidate, 2)])[0]
        run = arena.run(Look(candidate, 2))
        assert found.tobytes() == figures(run, arena.axes, arena.setting).tobytes()
        assert run.log().n_matters > 300
