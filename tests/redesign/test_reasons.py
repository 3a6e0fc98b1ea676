"""Reasons are read as people write them, and wrong ones are told in one line."""

from __future__ import annotations

from datetime import date

import pytest
from example_reasons import REASONS

from polku.errors import RedesignError
from polku.redesign.reasons import read_reasons


def read(tmp_path, text):
    file = tmp_path / "reasons.toml"
    file.write_text(text, encoding="utf-8")
    return read_reasons(file)


def test_reasons_are_read_as_they_are_written(tmp_path):
    r = read(tmp_path, REASONS)
    assert r.date == date(2026, 5, 3)
    assert r.applies_from == date(2026, 9, 1)
    assert r.who == ("Anna Aalto, path owner", "Bo Berg, head of rescue services")
    assert len(r.reasons) == 2
    assert r.weights == {"lead_time.p50": 3.0, "contact_points.mean_within_h": 2.0}
    assert r.rejected.keys() == {"search-2"}
    assert r.note == "To be looked at again in autumn 2027"


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ('format = "polku.reasons/1"', 'format = "polku.reasons/2"', r"polku\.reasons/2.*write"),
        ('format = "polku.reasons/1"', "", r"None.*write format"),
        ("note =", "notes =", r"unknown key 'notes'.*did you mean 'note'"),
        ("date = 2026-05-03", "", r"no date of the decision"),
        ("date = 2026-05-03", 'date = "3.5.2026"', r"date is 3\.5\.2026.*without quotes"),
        ("date = 2026-05-03", "date = 2026-05-03T10:00:00", r"is no date"),
        ("from = 2026-09-01", "from = 2026-03-01", r"before the decision"),
        ("who = [", "who = [] #", r"names nobody"),
        ("reasons = [", "reasons = [] #", r"gives no reasons"),
        ("reasons = [", 'reasons = "because" #', r"must be a list of texts"),
        ('"lead_time.p50" = 3', '"lead_time.p50" = -3', r"is -3; it must be 0 or more"),
        ('"lead_time.p50" = 3', '"lead_time.p50" = "much"', r"must be a number, found 'much'"),
        ('"lead_time.p50" = 3', '"lead_time.p50" = nan', r"must be a number"),
        ('"lead_time.p50" = 3', "lead_time.p50 = 3", r"put the name in quotes"),
        ("= 3\n", "= 0\n", None),
        ('= "The rescue', '= "" #', r"gives no reason"),
    ],
)
def test_wrong_reasons_are_told_in_one_line(tmp_path, was, now, says):
    assert was in REASONS
    text = REASONS.replace(was, now)
    if says is None:
        assert read(tmp_path, text).weights["lead_time.p50"] == 0
        return
    with pytest.raises(RedesignError, match=says) as told:
        read(tmp_path, text)
    assert "\n" not in str(told.value)
    assert "reasons.toml" in str(told.value)


def test_weights_that_are_all_nothing_are_refused(tmp_path):
    with pytest.raises(RedesignError, match="all 0"):
        read(tmp_path, REASONS.replace("= 3\n", "= 0\n").replace("= 2\n", "= 0\n"))


def test_a_file_that_is_no_toml_says_where(tmp_path):
    with pytest.raises(RedesignError, match="line 2"):
        read(tmp_path, 'format = "polku.reasons/1"\nreasons because\n')
