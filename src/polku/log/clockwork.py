"""What the stamps of a log tell of its clock: zone, and how many know the day only."""

from __future__ import annotations

import polars as pl

from polku.log.source import Assumption

ZONES = ("Europe/Helsinki", "Europe/Stockholm", "Europe/London")
"""Zones that are tried; each stands for the others with the same clock."""
SAID = 0.2
"""Share of day-granular stamps from which the log says what that forbids."""
_SURE = 0.02
_FEWEST = 20
"""Stamps at midnight below which nothing is made of them."""


def midnight_share(moments: pl.Series, zone: str) -> float:
    """Share of moments (UTC) that are midnight in a zone.

    >>> from datetime import datetime, UTC
    >>> midnight_share(pl.Series([datetime(2024, 6, 30, 21, tzinfo=UTC)]), "Europe/Helsinki")
    1.0
    """
    known = moments.drop_nulls()
    if not known.len():
        return 0.0
    local = known.dt.convert_time_zone(zone)
    return float((local.dt.truncate("1d") == local).mean() or 0.0)  # type: ignore[arg-type]


def guess_zone(moments: pl.Series) -> tuple[str | None, float]:
    """The zone in which most stamps are midnight, and their share; no zone where none stands out.

    The share is then that of UTC.
    """
    utc = midnight_share(moments, "UTC")
    shares = [(midnight_share(moments, z), z) for z in ZONES]
    best = max(share for share, _ in shares)
    if best < utc + _SURE or best * moments.len() < _FEWEST:
        return None, utc
    return next(z for share, z in shares if share == best), best


def day_granular(share: float, stamps: int, zone: str | None) -> Assumption | None:
    """What a share of `stamps` that knows the day only forbids, in plain words."""
    if share < SAID or share * stamps < _FEWEST:
        return None
    where = f" ({zone})" if zone else ""
    return Assumption(
        "cannot",
        "time",
        f"{share:.0%} of the time stamps lie at midnight{where}: of these events only the day is "
        "known. So this log cannot tell waiting shorter than a day, the order of steps within a "
        "day, hours of work, or the working-time lead time to the hour; figures in days hold "
        "to about one day",
    )
