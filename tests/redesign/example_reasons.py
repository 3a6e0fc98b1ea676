"""Reasons for a choice from the example front, for tests."""

from __future__ import annotations

from datetime import date

from polku.redesign.reasons import Reasons

REASONS = """
format = "polku.reasons/1"
date = 2026-05-03
from = 2026-09-01
who = ["Anna Aalto, path owner", "Bo Berg, head of rescue services"]
reasons = ["The organiser deals with one desk.", "The gain needs no new staff"]
note = "To be looked at again in autumn 2027"

[weights]
"lead_time.p50" = 3
"contact_points.mean_within_h" = 2

[rejected]
search-2 = "The rescue department cannot answer for a statement by default."
"""


def example_reasons(**more: object) -> Reasons:
    given = {
        "reasons": ("The organiser deals with one desk.", "The gain needs no new staff."),
        "who": ("Anna Aalto, path owner", "Bo Berg, head of rescue services"),
        "date": date(2026, 5, 3),
        "applies_from": date(2026, 9, 1),
    }
    return Reasons(**{**given, **more})
