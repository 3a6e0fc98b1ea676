"""The one form in which every log, real, simulated or live, is measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from polku.log.mapping import Mapping
from polku.log.source import Source

if TYPE_CHECKING:
    import polars as pl

CONTACT = ("none", "customer", "city")
"""Categories of the column `contact`: no contact, or who started it."""

OUTCOMES = ("decided", "withdrawn", "rejected", "expired", "other")
"""Ways in which a matter ends."""

EVENT_KINDS = (
    "path_started", "contact_made", "application_submitted", "case_opened",
    "supplement_requested", "supplement_received", "statement_requested", "statement_given",
    "handed_over", "suspended", "resumed", "decision_made", "decision_notified", "appeal_filed",
    "fee_invoiced", "inspection_done", "event_published", "premises_taken_into_use", "withdrawn",
    "path_completed", "correction_recorded",
)  # fmt: skip
"""Kinds of event that a mapping may give to an activity."""

EVENT_COLUMNS = (
    "case", "activity", "agency", "unit", "resource", "channel", "start", "time", "order",
    "contact", "kind",
)  # fmt: skip
CASE_COLUMNS = (
    "case", "case_id", "arrival", "end", "closed", "outcome", "due", "entry", "kind",
)  # fmt: skip


@dataclass(frozen=True)
class EventLog:
    """An immutable event log.

    `events`: one row per step instance, sorted by (case, time, order):
      case u32; activity, agency, unit, resource, channel: `Enum` with sorted categories, null =
      none; start `Datetime("us", "UTC")` (null where only the completion is known); time
      (completion) `Datetime("us", "UTC")`; order u32 (position at equal times); contact
      `Enum(CONTACT)` (all null where contacts are not marked); kind `Enum(EVENT_KINDS)`; further
      columns by their own names.
    `cases`: one row per matter, row i = case code i, in canonical order, which is
      (blake2b-64 of the id's UTF-8, id):
      case u32; case_id str; arrival, end, due, entry `Datetime("us", "UTC")`; closed bool;
      outcome `Enum(OUTCOMES)`; kind str (kind of matter); further attributes by their own names.
      `arrival` is the customer's first act (default: the first event's start or time); `end` is
      null for a matter that is open; `closed` is null for every matter where the log gives no
      closed rule; `entry` is when observation of this matter began, null = at its arrival.
    `since`, `until`: microseconds since 1970 UTC, the window of observation; `until` is the
      last moment in the log unless the mapping gives it; `since` null = from the beginning.
    `mapping`: the mapping that was applied; its parts are part of every criterion's hash.
    """

    events: pl.DataFrame
    cases: pl.DataFrame
    mapping: Mapping
    source: Source
    until: int
    since: int | None = None

    @property
    def n_matters(self) -> int:
        """Number of matters."""
        return self.cases.height

    @property
    def has_closed_rule(self) -> bool:
        """Whether the log tells which matters have ended."""
        return self.cases.height == 0 or self.cases["closed"].null_count() < self.cases.height

    def _repr_html_(self) -> str:
        # a notebook asks for this; the room above is found by its name (docs/decisions/0007)
        shown: str = import_module("polku.report.notebook").log_html(self)
        return shown

    @cached_property
    def kinds_present(self) -> frozenset[str]:
        """The kinds of event that are marked at least once."""
        return frozenset(self.events["kind"].unique().drop_nulls().cast(str).to_list())

    def assuming(self, *assumptions: object) -> EventLog:
        """The same log with further assumptions in its source."""
        return replace(self, source=self.source.with_assumptions(*assumptions))  # type: ignore[arg-type]
