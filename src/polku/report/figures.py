"""Figures of a measurement in words: value, interval, statistic, status."""

from __future__ import annotations

from polku.measure.measurement import Figure
from polku.report import wording
from polku.report.plain import plain

STATISTICS = {
    "p50": "half within",
    "p90_over_p50": "9 of 10 within, over half within",
    "p80": "8 of 10 within",
    "p90": "9 of 10 within",
    "closed_p50": "half of the ended matters: at most",
    "closed_p80": "8 of 10 ended matters: at most",
    "closed_p90": "9 of 10 ended matters: at most",
    "closed_mean": "average of the ended matters",
    "mean_within_h": "expected per matter",
    "share": "share of the matters",
    "mean": "average",
    "ratio": "ratio",
    "rmst": "mean time to the end",
    "rmst_gap": "mean time: difference from the rest",
    "rmst_gap_standardised": "mean time: difference from the rest, like for like",
    "mean_gap": "average: difference from the rest",
    "mean_gap_standardised": "average: difference from the rest, like for like",
    "mean_ratio": "average: times that of the rest",
    "median_ratio": "half within: times that of the rest",
    "share_gap": "share: difference from the rest",
    "share_gap_standardised": "share: difference from the rest, like for like",
    "smallest_gap": "smallest difference that could have been shown",
    "p": "p, not corrected",
    "p_holm": "p, corrected for the number of groups",
}
"""What a statistic says, in words; none of them needs a course in statistics."""
DIRECTIONS = {"lower": "lower is better", "higher": "higher is better", "none": ""}
_UNITS = ("days", "working days", "hours", "€", "EUR", "eur")
SHARES = ("share", "%", "S", "share of lead time", "share of matters")


def statistic_text(f: Figure) -> str:
    """What the statistic of a figure says, in words."""
    text = STATISTICS.get(f.statistic, f.statistic.replace("_", " "))
    if f.statistic == "mean_within_h":
        text = "expected"
    if f.statistic == "rmst" and f.horizon_days is not None:
        return f"{text} or to {wording.count(f.horizon_days)} days"
    if f.horizon_days is not None and f.statistic != "":
        text += f" within {wording.count(f.horizon_days)} days"
    return text


CAUSES = {
    "customer": "the customer's turn",
    "statement": "another agency's statement",
    "statutory": "a period set by law",
    "meeting": "the next meeting",
    "batching": "work done in batches",
    "contention": "the official was busy with another step",
    "prioritisation": "other matters came first",
    "off_duty": "outside working hours",
    "unexplained": "unexplained",
}
"""The causes of waiting in plain words."""


def short_statistic(f: Figure) -> str:
    """What the statistic of a figure says, in few words."""
    if f.statistic == "mean_within_h" and f.horizon_days is not None:
        return f"expected in {wording.count(f.horizon_days)} days"
    return STATISTICS.get(f.statistic, f.statistic.replace("_", " "))


def beside(f: Figure, shown: list[Figure]) -> bool:
    """Whether a figure is the plain distribution over ended matters beside an estimate."""
    return f.statistic.startswith("closed_") and any(
        g.id == f.id and not g.statistic.startswith("closed_") for g in shown
    )


def ended_text(same: list[Figure], short: bool = False) -> str:
    """The plain distribution over ended matters in half a sentence; `short` for a terminal."""
    words = {"closed_p50": "half", "closed_p80": "8 of 10", "closed_p90": "9 of 10"}
    told = [(words[f.statistic], f) for f in same if f.statistic in words and f.value is not None]
    if not told:
        return ""
    if short:
        return "ended: " + ", ".join(f"{w} ≤ {bare(f.value or 0.0, f.unit)}" for w, f in told)
    return "of the ended, " + ", ".join(
        f"{w} have {f'at most {bare(f.value, f.unit)}' if f.value else 'none'}" for w, f in told
    )


def amount(value: float, unit: str) -> str:
    """A value with its unit, rounded as people read it."""
    if unit == "working days":
        return f"{wording.number(value)}{wording.GAP}working days"
    if unit == "days":
        return wording.days(value) if value >= 0 else "−" + wording.days(-value)
    if unit in SHARES or unit.startswith("share"):
        return wording.share(value)
    if unit in ("€", "EUR", "eur"):
        return f"€{wording.GAP}{wording.count(value)}"
    if unit in ("ratio", ""):
        return wording.number(value)
    if unit == "hours":
        return f"{wording.number(value)}{wording.GAP}h"
    return f"{wording.number(value)}{wording.GAP}{unit}"


def bare(value: float, unit: str) -> str:
    """A value as `amount` tells it, but a count without its noun."""
    return amount(value, unit) if unit in (*_UNITS, *SHARES) else wording.number(value)


def signed(value: float, unit: str) -> str:
    """A difference with its sign: +3.1 days, −12 percentage points."""
    size = abs(value)
    text = bare(size, unit)
    if text.endswith("%"):
        text = f"{100 * size:.1f}{wording.GAP}points"
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return sign + text


def value_text(f: Figure) -> str:
    """The value of a figure, or why there is none."""
    if f.status == "hidden":
        return "hidden"
    if f.status == "not_measurable":
        return "not measurable"
    if f.value is None:
        return "not reached" if "days" in f.unit else "cannot be told"
    return amount(f.value, f.unit)


def interval_text(f: Figure) -> str:
    """The 95 % interval of a figure; a bound that was not reached says so."""
    if f.status in ("hidden", "not_measurable") or (f.low is None and f.high is None):
        return ""
    low = _bare(f.low, f) if f.low is not None else "?"
    high = amount(f.high, f.unit) if f.high is not None else "not reached"
    if f.unit not in _UNITS and f.unit not in SHARES and f.high is not None:
        high = wording.number(f.high)
    if f.low is not None and f.high is not None:
        same = amount(f.low, f.unit)
        if same == amount(f.high, f.unit):
            return f"about {same}" if same[0] not in "<>" else same
    return f"{low} to {high}"


def unitless_interval(f: Figure) -> str:
    """The 95 % interval without the unit where the value beside it bears the same."""
    text = interval_text(f)
    if f.value is None or f.low is None or f.high is None:
        return text
    unit = amount(f.value, f.unit).partition(wording.GAP)[2]
    return text.removesuffix(f"{wording.GAP}{unit}") if unit and unit != "%" else text


def _bare(value: float, f: Figure) -> str:
    """The lower bound without the unit where the upper bound bears the same."""
    text = amount(value, f.unit)
    if f.unit not in _UNITS and f.unit not in SHARES:
        return wording.number(value)
    if f.high is None:
        return text
    head, _, unit = text.partition(wording.GAP)
    other = amount(f.high, f.unit).partition(wording.GAP)
    return head if head not in ("<", ">", "") and other[2] == unit else text


def status_text(f: Figure) -> str:
    """The status of a figure and its target in words."""
    words = []
    if f.status == "not_reached":
        words.append("lies beyond what was observed")
    if f.status == "hidden":
        words.append("fewer than 5 matters")
    if f.target is not None:
        met = {True: "met", False: "not met", None: "not shown either way"}[f.target.met]
        words.append(f"target {amount(f.target.value, f.unit)}: {met}")
    if f.note:
        words.append(plain(f.note))
    return "; ".join(words)


_NAMES = {
    "lead_time_net": "lead time without the customer's turns",
    "lead_time_working": "lead time in working time",
    "rework_self": "rework, at once",
    "rework_repeat": "rework, later by the same person",
    "rework_redo": "rework, later by somebody else",
    "csat": "satisfaction",
    "ces": "ease",
    "nps": "would recommend",
    "contact_moments_customer": "contact moments begun by the customer",
    "contact_moments_city": "contact moments begun by the city",
}
"""Criteria whose id says little to those who did not choose it."""


def name_text(id: str) -> str:
    """A criterion's id as words: lead_time → lead time, equality_on_time.size → … by size."""
    head, _, column = id.partition(".")
    if head in _NAMES:
        return _NAMES[head]
    if head == "waiting_cause":
        return f"waiting: {CAUSES.get(column, column.replace('_', ' '))}"
    text = head.replace("_", " ").replace("handovers", "hand-overs").replace(" eur", " in €")
    return f"{text} by {column.replace('_', ' ')}" if column else text
