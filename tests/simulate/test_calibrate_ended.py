"""What calibration makes of closing time, of logs of ended matters, and of loops without an end."""

from __future__ import annotations

import numpy as np

from polku.measure.work_clock import WorkClock
from polku.path.model import Event, Flow, Gateway, Path, Step
from polku.simulate.calibrating.branching import _ways_out
from polku.simulate.calibrating.closing import closing, together
from polku.simulate.calibrating.hours import clock_of
from polku.simulate.calibrating.unended import unended
from polku.simulate.scenario import Branching, Calendar, always

HOUR = 3_600_000_000
DAY = 24 * HOUR


def office() -> WorkClock:
    hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-16:00",))
    clock = clock_of(Calendar(hours), "UTC", 0, 400 * DAY)
    assert clock is not None
    return clock


def begun(clock: WorkClock, n: int = 2_000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    day = rng.integers(0, 200, n)
    start = clock.opens[day] + (rng.uniform(0, 8, n) * HOUR).astype(np.int64)
    return start, (rng.exponential(1.5, n) * HOUR).astype(np.int64)


def paused(clock: WorkClock, start: np.ndarray, work: np.ndarray) -> np.ndarray:
    end = np.empty_like(start)
    for i, (at, left) in enumerate(zip(start.tolist(), work.tolist(), strict=True)):
        k = int(np.searchsorted(clock.opens, at, side="right")) - 1
        while at + left > clock.closes[k]:
            left -= int(clock.closes[k]) - at
            k += 1
            at = int(clock.opens[k])
        end[i] = at + left
    return end


def test_who_ends_work_after_closing_time_is_told_from_who_pauses() -> None:
    clock = office()
    start, work = begun(clock)
    assert closing(clock, start, start + work).finishes
    assert not closing(clock, start, paused(clock, start, work)).finishes


def test_a_pool_with_few_works_at_closing_time_does_as_all_do() -> None:
    clock = office()
    start, work = begun(clock)
    many, few = closing(clock, start, start + work), closing(clock, start[:5], start[:5] + HOUR)
    assert not few.finishes
    assert "too few" in few.note
    known = together([many, few])
    assert known[0] == many
    assert known[1].finishes
    assert "over all pools" in known[1].note


def test_what_a_log_of_ended_matters_lacks_is_made_up_for() -> None:
    rng = np.random.default_rng(1)
    arrival = np.sort(rng.uniform(0, 100, 20_000) * DAY).astype(np.int64)
    took = (rng.exponential(15, 20_000) * DAY).astype(np.int64)
    seen = arrival + took <= 100 * DAY
    found = unended(arrival[seen], (arrival + took)[seen], 100 * DAY)
    assert seen.sum() < 0.87 * 20_000
    assert abs(found.arrivals.sum() / 20_000 - 1) < 0.03
    mean = float((took[seen] * found.ways).sum() / found.ways.sum())
    assert took[seen].mean() < 0.85 * took.mean()
    assert abs(mean / took.mean() - 1) < 0.06


def test_where_all_were_followed_to_the_end_nothing_is_made_up() -> None:
    arrival = np.arange(100, dtype=np.int64) * HOUR
    took = (np.arange(100, dtype=np.int64) * 37 % 50 + 1) * HOUR
    found = unended(arrival, arrival + took, 1_000 * HOUR)
    np.testing.assert_allclose(found.arrivals, 1)
    np.testing.assert_allclose(found.ways, 1)


def test_a_loop_that_no_matter_was_seen_to_leave_is_found() -> None:
    path = Path(
        "p",
        nodes=(
            Event("in", "", "start"), Gateway("back", ""), Step("work", "Work"),
            Gateway("again", ""), Event("out", "", "end"),
        ),
        flows=(
            Flow("a", "in", "back"), Flow("b", "back", "work"), Flow("c", "work", "again"),
            Flow("round", "again", "back"), Flow("leave", "again", "out"),
        ),
    )  # fmt: skip

    def chances(leave: float) -> dict[str, Branching]:
        return {"again": Branching(always({"round": 1 - leave, "leave": leave}))}

    assert _ways_out(path, chances(0.0)) == ["again"]
    assert _ways_out(path, chances(0.1)) == []
