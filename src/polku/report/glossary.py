"""The words of a report, explained to people who are no statisticians."""

from __future__ import annotations

WORDS: tuple[tuple[str, str], ...] = (
    (
        "Matter",
        "One customer's walk from the first contact to the end, through all units and agencies.",
    ),
    (
        "Step",
        "One piece of work recorded for a matter, with the unit that did it, as far as the log "
        "names it.",
    ),
    (
        "Lead time",
        "From the customer's first act to the matter's end, in calendar days, however it ended.",
    ),
    (
        "Half within, 8 of 10 within",
        "The number of days by which that share of the matters had ended. An average would be "
        "drawn up by a few very long matters; these are not.",
    ),
    (
        "95 % interval",
        "The figure would come out a little different with other matters. In 19 of 20 such logs "
        "the true value lies inside the interval. A wide one means: few matters.",
    ),
    (
        "Open matter",
        "A matter that had not ended on the last day watched. It counts for as long as it was "
        "watched. Leaving open matters out, or taking their last step for their end, makes the "
        "way look shorter than it is.",
    ),
    (
        "Not reached",
        "So many matters are still open that the log cannot show the figure yet. It is longer "
        "than what was watched.",
    ),
    (
        "Expected within so many days of arrival",
        "How many times something happens to a matter in that time, on average. Matters that "
        "could be watched only for a part of it count for that part.",
    ),
    (
        "Hand-over",
        "A step by another unit than the step before it. Work that goes on side by side is no "
        "hand-over, and a unit hands nothing over to itself.",
    ),
    (
        "Return",
        "The matter comes back to a unit that had already done its part.",
    ),
    (
        "Ping pong",
        "The matter goes from one unit to another for a single step and straight back again.",
    ),
    (
        "Waiting",
        "The time from the end of one step to the start of the next. Where steps have only one "
        "time, it is the time between recorded steps: work and waiting cannot be told apart.",
    ),
    (
        "Overdue",
        "The day by which the customer was to have the answer lies before the last day watched.",
    ),
    (
        "Cohort",
        "Matters that arrived in the same time. Late cohorts have had less time to end; the "
        "figures allow for it, and their intervals are wider.",
    ),
    (
        "Mark (hash)",
        "A short fingerprint of a definition. Two figures may be compared only when their marks "
        "are the same.",
    ),
)
