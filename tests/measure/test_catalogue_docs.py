"""The published catalogue is the one in code."""

from __future__ import annotations

from pathlib import Path

from polku.measure.catalogue_docs import document, main
from polku.measure.registry import BUILT_IN, Catalogue, catalogue

PAGE = Path(__file__).resolve().parents[2] / "docs" / "criteria.md"


def built_in() -> Catalogue:
    chosen = Catalogue()
    for c in catalogue():
        if c.fact.__module__ in BUILT_IN:
            chosen.add(c)
    return chosen


def test_the_page_of_criteria_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == document(built_in()), (
        "write it anew: python -m polku.measure.catalogue_docs docs/criteria.md"
    )


def test_the_page_names_every_criterion(tmp_path: Path) -> None:
    assert main([str(tmp_path / "criteria.md")]) == 0
    text = (tmp_path / "criteria.md").read_text(encoding="utf-8")
    assert all(f"`{c.id}" in text for c in catalogue())


ROWS = """contact_points contact_places contact_moments contact_moments_customer
contact_moments_city agencies units handovers unit_handovers returns ping_pong channel_switches
flexible lead_time lead_time_net lead_time_working first_response on_time work_hours work_elapsed
waiting waiting_cause.customer waiting_cause.statement waiting_cause.statutory
waiting_cause.meeting waiting_cause.batching waiting_cause.contention
waiting_cause.prioritisation waiting_cause.off_duty waiting_cause.unexplained first_time_right
supplement_rounds rework_self rework_repeat rework_redo withdrawn predictability promise_kept
path_followed described explained_waiting equality_lead_time equality_on_time
equality_supplements burden_eur fees_eur delay_cost_eur repeated_data csat ces nps
staff_experience staff_hours"""


def test_the_catalogue_has_every_row_of_the_reference() -> None:
    rows = ROWS.split()
    assert {c.id for c in built_in()} >= set(rows)
