"""Data quality by agency, and the one question that would help its figures most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polku.log.eventlog import EventLog
from polku.measure.steps import Steps
from polku.measure.waiting import waits
from polku.report import wording
from polku.report.doubts import ends_of_open
from polku.report.names import labels

STALE = 180.0
"""days without a step after which it is doubtful that a matter is open"""


@dataclass(frozen=True)
class Quality:
    """What one agency's part of a log holds; shares of its steps, 0 to 1.

    `resource` counts the city's steps only; `midnight`: completion stamps at
    local midnight, that is a date without a time of day.
    """

    agency: str
    steps: int
    matters: int
    unit: float
    resource: float
    start: float
    channel: float
    midnight: float
    question: str
    why: str


def quality(steps: Steps, unrecorded: float = 0.0) -> tuple[Quality, ...]:
    """One row for each agency; for a log without agencies one for the whole log.

    `unrecorded`: share of the recorded time that lies after matters' last steps.
    """
    log = steps.log
    if not steps.m:
        return ()
    codes = steps.codes("agency")
    names = labels(steps, "agency")
    zone = log.mapping.time.zone or log.mapping.calendar.zone or "UTC"
    local = log.events["time"].dt.convert_time_zone(zone)
    midnight = (
        ((local.dt.hour().cast(int) == 0) & (local.dt.minute() == 0) & (local.dt.second() == 0))
        .fill_null(False)
        .to_numpy()
    )
    last = np.maximum(steps.offsets[1:] - 1, 0)
    opened = np.flatnonzero(~steps.ended) if log.has_closed_rule else np.zeros(0, dtype=np.int64)
    idle = (log.until - steps.time[last[opened]]) / wording.DAY
    by_customer = (log.events["contact"].cast(str) == "customer").fill_null(False).to_numpy()
    causeless = _causeless(steps)
    out = []
    for code in sorted({int(c) for c in np.unique(codes)}):
        mine = codes == code
        name = names[code] if code >= 0 else "Steps without a named agency"
        if (codes < 0).all():
            name = "The whole log"
        row = {
            "unit": float((steps.codes("unit")[mine] >= 0).mean()),
            "resource": _share(steps.codes("resource")[mine & ~by_customer] >= 0),
            "start": float(steps.has_start[mine].mean()),
            "channel": float((steps.codes("channel")[mine] >= 0).mean()),
            "midnight": float(midnight[mine].mean()),
        }
        here = codes[last[opened]] == code
        row["open"] = float(here.sum())
        row["idle"] = float(np.median(idle[here])) if here.any() else 0.0
        nameless = code < 0 and not (codes < 0).all()
        question, why = _question(log, nameless, row, unrecorded, causeless.get(code))
        out.append(
            Quality(
                agency=name,
                steps=int(mine.sum()),
                matters=len(np.unique(steps.case[mine])),
                question=question,
                why=why,
                **{k: v for k, v in row.items() if k not in ("open", "idle")},
            )
        )
    return tuple(sorted(out, key=lambda q: (-q.steps, q.agency)))


def _question(
    log: EventLog,
    nameless: bool,
    row: dict[str, float],
    unrecorded: float,
    causeless: tuple[str, float] | None,
) -> tuple[str, str]:
    """The one question to that agency's IT, by what would open most figures."""
    contacts_known = bool(log.events["contact"].null_count() < log.events.height)
    due_known = bool(log.cases["due"].null_count() < log.cases.height)
    if nameless:
        return (
            "Which agency and unit did these steps? Please fill the field in the export.",
            "Steps without an agency count in no hand-over.",
        )
    if not log.has_closed_rule:
        return (
            "Which field tells that a matter has ended, and on what day? Please add it to the "
            "export, empty for open matters.",
            "Without it nobody can say how long a matter takes.",
        )
    if row["open"] >= 20 and row["idle"] > STALE:
        filled = ends_of_open(log)
        ends = f"; {filled[1]:,} open ones have a day in “{filled[0]}”" if filled else ""
        return (
            f"{wording.count(row['open'])} matters stand as open, half of them without a step for "
            f"{wording.days(row['idle'])} or longer{ends}. Are they really open, or is their end "
            "not recorded?",
            "If they have ended, the lead times are much shorter than they look here.",
        )
    if unrecorded > 0.5:
        return (
            "What is done between the last step in the export and the end of the matter, and by "
            "which unit? Please add those steps.",
            f"{wording.share(unrecorded)} of all recorded time lies there, and no step tells why.",
        )
    if row["midnight"] > 0.2:
        return (
            "Your system knows only the date of many steps. Can the export give the time of day "
            "as well?",
            f"{wording.share(row['midnight'])} of the stamps stand at midnight, so waits under a "
            "day and the order of steps within a day are not known.",
        )
    if row["unit"] < 0.9:
        return (
            "Which unit did each step? The field is empty for "
            f"{wording.share(1 - row['unit'])} of the steps.",
            "Hand-overs and units are counted too low.",
        )
    if not contacts_known:
        return (
            "Which of these steps are contacts with the customer, who began each, and through "
            "which channel?",
            "Without it nobody can count the contact points of a business.",
        )
    if row["start"] < 0.5:
        return (
            "When was each step begun? The export gives only when it was done.",
            "Without it work and waiting cannot be told apart.",
        )
    if not due_known:
        return (
            "By which day was the customer told to expect the decision?",
            "Without it nobody can say whether promises are kept.",
        )
    if row["resource"] < 0.9:
        return (
            "Who did each step (a number instead of the name is enough)? The field is empty for "
            f"{wording.share(1 - row['resource'])} of the steps.",
            "Repeated work by the same or another person cannot be told apart.",
        )
    if log.events["kind"].null_count() == log.events.height:
        return (
            "When did you ask the customer for a supplement, and when did it come?",
            "It parts the waiting for the customer from the waiting for the city.",
        )
    if causeless is not None and causeless[1] > 0.1:
        step, part = causeless
        return (
            f"What holds a matter up before “{step}”? Does your system know the reason (a missing "
            "document, a meeting, somebody absent), and can the export give it?",
            f"{wording.share(part)} of the waiting before this agency's steps has no cause in the "
            "log, most of it before that step.",
        )
    return (
        "Which work on these matters is done outside this system (calls, meetings, e-mail), and "
        "could it be recorded?",
        "The log has what the figures need; what it never saw cannot be measured.",
    )


def _causeless(steps: Steps) -> dict[int, tuple[str, float]]:
    """Agency code → the step before which most waiting has no cause, and the share without one.

    The share is of all waiting before the agency's steps, 0 to 1.
    """
    found = waits(steps)
    names = labels(steps, "activity")
    at, amount = found.parts["unexplained"]
    lost = np.zeros(len(found.step), dtype=np.int64)
    lost[at] = amount
    known = found.step >= 0
    agency, activity = (steps.codes(c)[found.step[known]] for c in ("agency", "activity"))
    lost, whole = lost[known], found.length[known]
    out = {}
    for code in np.unique(agency).tolist():
        mine = agency == code
        by_step = np.bincount(activity[mine], weights=lost[mine], minlength=len(names))
        part = float(lost[mine].sum() / whole[mine].sum())
        out[code] = (names[int(by_step.argmax())], part)
    return out


def _share(values: npt.NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else 1.0
