"""The figures by which prototypes are told where nobody names others."""

from __future__ import annotations

from collections.abc import Iterator

from polku.path.model import Path
from polku.redesign.axes import Axis, Direction
from polku.redesign.prototype import Prototype
from polku.simulate.scenario import Scenario

MEAN, SHARE = "mean_within_h", "share"
DAYS, COUNT, HUNDREDTH, EURO, HOURS = 0.25, 0.05, 0.005, 1.0, 0.05
"""Floors: a quarter of a day, one happening in twenty matters, half a percentage point, …"""

_PLAIN = (
    ("contact_points", MEAN, COUNT),
    ("contact_moments", MEAN, COUNT),
    ("contact_moments_customer", MEAN, COUNT),
    ("agencies", MEAN, COUNT),
    ("handovers", MEAN, COUNT),
    ("unit_handovers", MEAN, COUNT),
    ("returns", MEAN, COUNT),
    ("supplement_rounds", MEAN, COUNT),
    ("flexible", SHARE, HUNDREDTH),
    ("lead_time", "p50", DAYS),
    ("lead_time", "p80", DAYS),
    ("lead_time", "p90", DAYS),
    ("on_time", SHARE, HUNDREDTH),
    ("predictability", "p90_over_p50", 0.05),
    ("first_time_right", SHARE, HUNDREDTH),
    ("withdrawn", SHARE, HUNDREDTH),
    ("staff_hours", MEAN, HOURS),
    ("burden_eur", MEAN, EURO),
    ("delay_cost_eur", MEAN, EURO),
    ("repeated_data", MEAN, COUNT),
)
MOST_SEGMENTS = 20
"""A column with more values is no segment here."""

FRONT_DEFAULT = (
    "contact_points.mean_within_h",
    "agencies.mean_within_h",
    "handovers.mean_within_h",
    "supplement_rounds.mean_within_h",
    "lead_time.p50",
    "lead_time.p90",
    "on_time.share",
    "predictability.p90_over_p50",
    "first_time_right.share",
    "equality_lead_time.worst_ratio",
    "staff_hours.mean_within_h",
    "burden_eur.mean_within_h",
)
"""Keys of the axes by which the front is told by default, those that can be told for the path; the
equality of every segment column stands under its own key, `equality_lead_time.worst_ratio@…`."""


def axes_for(current: Prototype) -> tuple[Axis, ...]:
    """All figures that can be told of a current state, with units and directions of the catalogue.

    Those of `polku.measure` under its own ids and statistics; of each segment column the largest
    ratio of medians of the lead time between a segment and the rest (`worst_ratio`), and for each
    segment the median lead time and the share on time; staff hours of each unit; the share of their
    time on duty that the people of each pool work (`utilisation`).
    """
    return tuple(_axes(current))


def front_default(axes: tuple[Axis, ...]) -> tuple[str, ...]:
    """The keys of `FRONT_DEFAULT` that are among some axes."""
    wanted = {key: k for k, key in enumerate(FRONT_DEFAULT)}
    found = []
    for axis in axes:
        of = f"{axis.id}.{axis.statistic}"
        if of in wanted and (axis.column is None or axis.statistic == "worst_ratio"):
            found.append((wanted[of], axis.key))
    return tuple(key for _, key in sorted(found, key=lambda pair: pair[0]))


def _axes(current: Prototype) -> Iterator[Axis]:
    from polku.measure.registry import catalogue
    from polku.redesign.figures import prepare, tellable

    known = catalogue()
    path, s = current.path, current.scenario
    told = tellable(prepare(current))
    for id, statistic, floor in _PLAIN:
        if id in told:
            c = known[id]
            yield Axis(id, statistic, c.unit, c.direction, floor=floor)
    segments = segments_of(s)
    for column in segments:
        yield Axis("equality_lead_time", "worst_ratio", "ratio", "lower", column, "*", floor=0.02)
    for column, values in segments.items():
        for value in values:
            yield Axis("lead_time", "p50", "days", "lower", column, value, floor=DAYS)
            if "on_time" in told:
                yield Axis("on_time", SHARE, "share", "higher", column, value, floor=HUNDREDTH)
    none: Direction = "none"
    hours = known["staff_hours"]
    for unit in unit_names(path) if "staff_hours" in told else ():
        yield Axis("staff_hours", MEAN, hours.unit, none, "unit", unit, floor=HOURS)
    for pool in s.pools:
        yield Axis("utilisation", "mean", "share", none, "pool", pool, floor=HUNDREDTH)


def unit_names(path: Path) -> tuple[str, ...]:
    """Names of the units (as logs tell them) in which steps stand, in order of the steps."""
    from polku.redesign.figures import unit_name

    return tuple(dict.fromkeys(n for s in path.steps if (n := unit_name(path, s)) is not None))


def segments_of(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """The segment columns of a scenario's mapping, and the values that occur in each.

    Columns of one value, or of more than `MOST_SEGMENTS`, tell nothing apart.
    """
    from polku.redesign.figures import mapping_of

    out = {}
    for name in mapping_of(scenario).cases.segments:
        column = name.removeprefix("case:")
        values = _values(scenario, column)
        if 1 < len(values) <= MOST_SEGMENTS:
            out[column] = values
    return out


def _values(scenario: Scenario, column: str) -> tuple[str, ...]:
    if column == "kind":
        return tuple(scenario.kinds)
    attribute = scenario.attributes.get(column)
    if attribute is None:
        return ()
    if attribute.choices is not None:
        return tuple(dict.fromkeys(v for option in attribute.choices.all() for v in option))
    return ("true", "false") if attribute.chance is not None else ()
