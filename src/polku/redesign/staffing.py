"""What moves of staff have in common: the names of units, bounds of hours, waits for people."""

from __future__ import annotations

from polku.path.facts import Text
from polku.redesign.evidence import Evidence
from polku.redesign.move import Move, MoveKind
from polku.redesign.prototype import Prototype
from polku.redesign.saying import listed, say
from polku.redesign.staff import steps_of_pool
from polku.redesign.surgery import names_of


def unit_text(on: Prototype, lanes: tuple[str, ...], pool: str) -> Text:
    """The units of a pool by their names, with the pool's own where several share a unit."""
    names = listed(names_of(on.path, lane) for lane in lanes) if lanes else Text(pool, pool, pool)
    beside = [p for p in on.scenario.pools.values() if p.lane is not None and p.lane in lanes]
    if len(beside) < 2:
        return names
    return say(Text("{u} ({p})", "{u} ({p})", "{u} ({p})"), u=names, p=pool)


def wrong_hours(kind: MoveKind, move: Move) -> str | None:
    """That the hours a week of a move lie outside the kind's bounds."""
    given, hours = kind.parameters["hours_per_week"], float(move.with_["hours_per_week"])
    low, high = given.low or 0.0, given.high or 0.0
    if low <= hours <= high:
        return None
    return f"hours_per_week is {hours:g}; give {low:g} to {high:g}"


def staff_waits(seen: Evidence, pool: str, *causes: str) -> float:
    """Days per matter that matters wait for a pool by some causes (default: for its people)."""
    told = causes or ("contention", "prioritisation")
    return sum(
        seen.step(id).times * sum(seen.step(id).waiting_days.get(c, 0.0) for c in told)
        for id in steps_of_pool(seen.on.scenario, pool)
    )
