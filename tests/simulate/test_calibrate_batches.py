"""Batches come back from a simulated log, and are not seen where there are none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from polku.path.build import start
from polku.simulate.calibrate import calibrate
from polku.simulate.run import simulate
from polku.simulate.scenario import (
    Arrivals,
    Batch,
    Kind,
    Law,
    Person,
    Pool,
    Scenario,
    StepNumbers,
    always,
    fixed,
)


def known(batch: Batch | None) -> tuple:
    path = start("Batches").step("Sort").step("Scan").path()
    sort, scan = (s.id for s in path.steps)
    work = always(Law("gamma", shapes=(4.0,), scale=5.0))
    people = {"ann": Person(), "bo": Person()}
    scenario = Scenario(
        path.id,
        {"matter": Kind(Arrivals(per_year=6_000))},
        people=people,
        pools={"sorters": Pool(("ann",)), "scanners": Pool(("bo",))},
        steps={
            sort: StepNumbers(work=work, pool="sorters"),
            scan: StepNumbers(work=work, pool="scanners", batch=batch),
        },
    )
    return path, scenario, sort, scan


@pytest.mark.parametrize(
    ("batch", "found"),
    [
        (Batch(size=4), 4),
        (Batch(max_wait=fixed(6, "hours")), None),
        (None, "none"),
    ],
)
def test_batches_come_back_and_only_where_they_are(batch, found):
    path, scenario, sort, scan = known(batch)
    log = simulate(path, scenario, matters=800, seed=3).log
    made = calibrate(log, path)
    assert made.steps[sort].batch is None
    if found == "none":
        assert made.steps[scan].batch is None
        return
    assert made.steps[scan].batch is not None
    assert made.steps[scan].batch.size == found
    if found is None:
        assert made.steps[scan].batch.max_wait.values[0] == pytest.approx(6, rel=0.1)
    assert any("done together" in r.text for r in made.remarks)
    again = simulate(path, replace(made), matters=400, seed=4).log
    assert again.events.height == 800
