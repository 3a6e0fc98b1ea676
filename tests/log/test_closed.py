"""The closed rule: applied, and guessed as a person would write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from polku.errors import MappingError
from polku.log.build import build_frames
from polku.log.guess import guess
from polku.log.mapping import Closed, Columns, Mapping, Outcome
from polku.log.raw import RawTable
from polku.log.read import read

DAY0 = datetime(2024, 1, 1, 8, tzinfo=UTC)
BASIC = Columns(case="case", activity="activity", time="time")


def rows(*entries: tuple[str, str, float], **more: list) -> pl.DataFrame:
    """(case, activity, days)."""
    return pl.DataFrame(
        {
            "case": [e[0] for e in entries],
            "activity": [e[1] for e in entries],
            "time": [DAY0 + timedelta(days=e[2]) for e in entries],
            **more,
        },
        schema_overrides={"time": pl.Datetime("us", "UTC")},
    )


def ends(frame: pl.DataFrame, closed: Closed, **more: object) -> dict[str, tuple]:
    """case → (closed, days to the end)."""
    cases = build_frames(frame, Mapping(columns=BASIC, closed=closed, **more)).cases
    days = (pl.col("end") - DAY0).dt.total_seconds() / 86400
    return {c: (k, d) for c, k, d in cases.select("case_id", "closed", days).rows()}


LOG = rows(("A", "x", 0), ("A", "z", 2), ("B", "x", 0), ("B", "y", 9), ("C", "z", 1), ("C", "x", 3))


def test_without_a_rule_nobody_knows_what_has_ended() -> None:
    assert ends(LOG, Closed()) == dict.fromkeys("ABC", (None, None))


def test_an_end_activity_ends_a_matter_only_as_its_last_event() -> None:
    found = ends(LOG, Closed(rule="end_activities", activities=("z",)))
    assert found == {"A": (True, 2.0), "B": (False, None), "C": (False, None)}


def test_an_end_activity_may_have_to_be_followed_by_silence() -> None:
    for silence, closed in ((6.0, True), (8.0, False)):
        rule = Closed(rule="end_activities", activities=("z",), silence_days=silence)
        assert ends(LOG, rule)["A"][0] is closed


def test_a_status_tells_and_an_end_column_dates_it() -> None:
    day = DAY0 + timedelta(days=5)
    frame = LOG.with_columns(
        status=pl.Series(["G", "G", "O", "O", "G", "G"]),
        ended=pl.Series([day, day, day, day, None, None], dtype=pl.Datetime("us", "UTC")),
    )
    rule = Closed(rule="status", column="status", values=("G",), end="ended")
    assert ends(frame, rule) == {"A": (True, 5.0), "B": (False, None), "C": (True, 3.0)}
    rule = Closed(rule="status", column="status", open_values=("O",))
    assert ends(frame, rule) == {"A": (True, 2.0), "B": (False, None), "C": (True, 3.0)}


def test_an_end_time_in_the_future_is_no_end_yet_and_one_before_arrival_is_mended() -> None:
    days = {"A": 40, "B": -3, "C": 2}
    frame = LOG.with_columns(ended=pl.Series([DAY0 + timedelta(days=days[c]) for c in LOG["case"]]))
    mapping = Mapping(columns=BASIC, closed=Closed(rule="end_time", column="ended"))
    made = build_frames(frame, mapping)
    found = dict(made.cases.select("case_id", "closed").rows())
    assert found == {"A": False, "B": True, "C": True}
    counted = {i.code: i.count for i in made.issues}
    assert counted == {"end_before_arrival": 1, "event_after_end": 1}


def test_a_column_of_true_and_false_tells() -> None:
    frame = LOG.with_columns(closed=pl.Series(["true", "true", "false", "false", None, None]))
    found = ends(frame, Closed(rule="column", column="closed"))
    assert [found[c][0] for c in "ABC"] == [True, False, None]


def test_the_way_of_ending_comes_from_a_column_or_the_latest_telling_activity() -> None:
    closed = Closed(rule="status", column="status", values=("done",))
    frame = LOG.with_columns(
        status=pl.Series(["done"] * 6), how=pl.Series(["ok", "ok", "no", "no", "?", "?"])
    )
    by_column = Outcome(column="how", decided=("ok",), rejected=("no",))
    by_activity = Outcome(decided=("z",), withdrawn=("x",))
    for rule, expected in (
        (by_column, {"A": "decided", "B": "rejected", "C": "other"}),
        (by_activity, {"A": "decided", "B": "withdrawn", "C": "withdrawn"}),
    ):
        mapping = Mapping(columns=BASIC, closed=closed, outcome=rule)
        cases = build_frames(frame, mapping).cases
        assert dict(cases.select("case_id", "outcome").rows()) == expected


@pytest.mark.parametrize(
    "closed",
    [Closed(rule="status"), Closed(rule="end_activities"), Closed(rule="end_time")],
)
def test_a_rule_without_its_parts_is_refused(closed: Closed) -> None:
    with pytest.raises(MappingError, match=r"\[closed\]"):
        build_frames(LOG, Mapping(columns=BASIC, closed=closed))


STATED = {
    # the register has a status: G = gesloten (closed), O = open, T = one more that is not closed;
    # its endDate is the decision's: events go on after it, and open matters have one too
    "bpic15/BPIC15_1.xes.gz": (Closed(rule="status", column="case:caseStatus", values=("G",)), 696),
    "bpic15/BPIC15_2.xes.gz": (Closed(rule="status", column="case:caseStatus", values=("G",)), 753),
    # enddate is filled when the permit case ended; enddate_planned and deadline are plans
    "receipt/receipt.xes.gz": (Closed(rule="end_time", column="case:enddate"), 1329),
    "receipt/receipt.csv.gz": (Closed(rule="end_time", column="case:enddate"), 1329),
    # every application is approved, cancelled or rejected, and nothing ever follows
    "loan-application/LoanApp_simplified_train.csv.gz": (
        Closed(
            rule="end_activities",
            activities=("Approve application", "Cancel application", "Reject application"),
        ),
        1000,
    ),
    "loan-application/LoanApp_simplified_test.csv.gz": (
        Closed(
            rule="end_activities",
            activities=("Approve application", "Cancel application", "Reject application"),
        ),
        1000,
    ),
    # the makers put "End" behind the orders; six never got one
    "production/Production.xes.gz": (Closed(rule="end_activities", activities=("End",)), 219),
    "production/production.csv.gz": (Closed(rule="end_activities", activities=("End",)), 219),
    # a purchase ends with its payment; those that fell silent after an analysis may have been
    # turned down, but the log does not say so: they stay open, and the assumption names them
    "purchasing/PurchasingExample.csv.gz": (
        Closed(rule="end_activities", activities=("Pay Invoice",)),
        413,
    ),
    # only work items of loan applications: most applications end by a decision that leaves no work
    # item, so the last work item is no end ("W_Valideren aanvraag" would leave two thirds open)
    "bpic12w/BPI_Challenge_2012_W_Two_TS.xes.gz": (Closed(), 0),
    "bpic12w/BPIC_2012_W_train.csv.gz": (Closed(), 0),
    "bpic12w/BPIC_2012_W_test.csv.gz": (Closed(), 0),
    # half of the requests end with a notice of cancellation; how the others end varies
    "academic-credentials/AcademicCredentials_train.csv.gz": (Closed(), 0),
    "academic-credentials/AcademicCredentials_test.csv.gz": (Closed(), 0),
}


@pytest.mark.parametrize("name", STATED)
def test_the_guessed_closed_rule_is_the_one_a_person_would_write(data: Path, name: str) -> None:
    log = read(data / name)
    closed, ended = STATED[name]
    assert log.mapping.closed == closed
    assert int(log.cases["closed"].fill_null(False).sum()) == ended
    assert any(a.about == "closed" for a in log.source.assumptions)


def silent(*paths: str, days: float = 0.0) -> pl.DataFrame:
    """Forty matters a day apart whose activities follow the given paths in turn."""
    entries = []
    for i in range(40):
        for at, activity in enumerate(paths[i % len(paths)]):
            entries.append((f"{i:02}", activity, i + at * (1 + days)))
    return rows(*entries)


def guessed(frame: pl.DataFrame) -> Closed:
    return guess(RawTable(frame, (), "csv")).mapping.closed


def test_an_activity_that_is_last_in_fewer_than_four_fifths_is_no_end() -> None:
    assert guessed(silent("abz", "abz", "abz", "abzc")).rule == "unknown"


def test_an_end_that_is_now_and_then_followed_needs_silence() -> None:
    found = guessed(silent(*["abz"] * 7, "abza"))
    assert found.activities == ("z",)
    assert found.silence_days is not None


def test_an_end_activity_that_leaves_most_silent_matters_open_is_no_rule() -> None:
    assert guessed(silent("abz", "ab", "ab")).rule == "unknown"


def test_a_planned_end_is_no_end() -> None:
    frame = silent("ab")
    later = [DAY0 + timedelta(days=5)] * len(frame)
    assert guessed(frame.with_columns(end_date_planned=pl.Series(later))).rule != "end_time"


def test_an_end_date_that_lies_before_the_last_events_is_no_end() -> None:
    frame = silent("ab")
    frame = frame.with_columns(end_date=pl.col("time").min().over("case"))
    assert guessed(frame).rule != "end_time"


@pytest.mark.parametrize(
    ("values", "closed"),
    [
        (("Päättynyt", "Vireillä"), ("Päättynyt",)),
        (("avslutad", "pågående"), ("avslutad",)),
        (("afgehandeld", "in behandeling"), ("afgehandeld",)),
        (("G", "O"), ("G",)),
        (("closed", "open"), ("closed",)),
        (("X", "Y"), None),
        (("G", "H"), None),
    ],
)
def test_a_status_is_known_by_its_words(
    values: tuple[str, str], closed: tuple[str, ...] | None
) -> None:
    frame = silent("ab")
    status = pl.Series([values[int(c) % 2] for c in frame["case"]])
    found = guessed(frame.with_columns(status=status))
    assert (found.values if found.rule == "status" else None) == closed
