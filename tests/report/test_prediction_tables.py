"""What was kept of a prediction reads well on a terminal of 80 columns."""

from __future__ import annotations

from polku.redesign.keeping import Held, Kept, KeptRow, calibration
from polku.report.prediction_tables import print_held


def row(key, id, unit, direction, outcome, value, side="", why=""):
    return KeptRow(key, id, unit, direction, outcome, side, 35.0, 33.0, 37.0, value,
                   None if value is None else value - 1, None if value is None else value + 1,
                   600, why)  # fmt: skip


def told(rows, cautions=(), logs=1):
    from io import StringIO

    from rich.console import Console

    kept = tuple(
        Kept("event-permit", "search-1", f"year-{k}.csv", 600, 612.0, 1.02, 180.0, "2027-01-01",
             "2027-12-31", rows, cautions)
        for k in range(logs)
    )  # fmt: skip
    out = StringIO()
    print_held(Console(file=out, width=100), Held(kept, calibration(kept)))
    return out.getvalue()


INSIDE = row("lead_time.p50", "lead_time", "days", "lower", "inside", 34.2)
OUTSIDE = row("lead_time.p90", "lead_time", "days", "lower", "outside", 41.0, "worse")
REFUSED = row("on_time.share", "on_time", "share", "higher", "not comparable", None,
              why="another definition: [due] of the mapping differs")  # fmt: skip


def test_figures_outside_come_first_and_say_to_which_side():
    text = " ".join(told((INSIDE, OUTSIDE, REFUSED), ("The log holds 600 matters.",)).split())
    assert "year-0.csv: 1 of 2 figures inside what was predicted for search-1" in text
    assert text.index("lead time, 9 of 10") < text.index("lead time, half")
    assert "worse" in text
    assert "matters on time: not comparable: another definition" in text
    assert "! The log holds 600 matters." in text
    assert "too few to tell" in text


def test_a_log_of_which_nothing_can_be_compared_says_so():
    text = told((REFUSED,))
    assert "nothing that was predicted for search-1 can be compared" in text
    assert "Nothing could be compared" in text


def test_several_logs_are_told_by_criterion():
    text = told((INSIDE, OUTSIDE), logs=12)
    assert "By criterion" in text
    assert "12 of 24" in text
