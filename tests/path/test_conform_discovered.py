"""Paths that were discovered, and paths that ship, held against logs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from logs import ward
from test_discover import log_of

from polku.log.read import read
from polku.path.aligning.petri import to_net
from polku.path.conform import conform
from polku.path.discover import discover
from polku.path.read import read_path
from polku.path.write import write_path
from polku.paths import EVENT_PERMIT, load, shipped

LOGS = [
    "receipt/receipt.xes.gz",
    "loan-application/LoanApp_simplified_train.csv.gz",
    "academic-credentials/AcademicCredentials_train.csv.gz",
    "purchasing/PurchasingExample.csv.gz",
    "production/Production.xes.gz",
    "bpic12w/BPI_Challenge_2012_W_Two_TS.xes.gz",
]


@pytest.mark.parametrize("name", LOGS)
def test_every_way_goes_along_the_path_that_was_discovered_without_noise(name, data):
    log = read(data / name)
    found = conform(log, read_path(write_path(discover(log).path)))
    assert found.whole.deviating == 0
    assert found.whole.undecided == 0
    assert not found.not_described


@pytest.mark.parametrize("seed", [1, 2])
def test_the_ways_of_a_ward_go_along_their_path_too(seed):
    found = conform(log := log_of(*ward(seed)), discover(log).path)
    assert (found.whole.deviating, found.whole.undecided) == (0, 0)


def test_with_noise_what_was_left_out_deviates(data):
    log = read(data / "receipt" / "receipt.xes.gz")
    found = conform(log, discover(log, noise=0.2).path)
    assert 0 < found.whole.deviating < found.whole.matters
    assert found.whole.undecided == 0
    assert found.skipped or found.extra


def test_short_matters_of_both_halves_of_the_synthetic_log_are_decided_on_the_event_permit_path():
    log = read(EVENT_PERMIT / "synthetic-log.csv.gz")
    steps = log.events.group_by("case").len()
    cases = log.cases.join(steps, on="case").sort("len", "case_id").head(60)
    events = log.events.join(cases, on="case", how="semi")
    log = replace(log, cases=cases.drop("len").sort("case"), events=events)
    found = conform(log, load("event-permit"))
    assert found.whole.undecided == 0
    assert found.not_told == 0
    assert found.open > 0
    assert 0 < found.whole.fitting < found.whole.matters  # the joint form is another path


@pytest.mark.parametrize(
    ("name", "version"), [(s.name, version) for s in shipped() for version in s.versions]
)
def test_a_path_that_ships_is_translated_whole(name, version):
    net = to_net(load(name, version))
    assert not net.undecided
    assert len(net.transitions) < 200
