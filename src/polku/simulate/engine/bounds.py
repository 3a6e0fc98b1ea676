"""How large the numbers of a scenario may be."""

from __future__ import annotations

from polku.errors import ScenarioError
from polku.simulate.scenario import Scenario


def check_bounds(s: Scenario) -> None:
    """Raise `ScenarioError` for a number that no path of a city has, and the engine no room for."""
    numbers: list[tuple[str, float, float]] = [
        *((f"people.{n}.at_once", p.at_once, 10_000) for n, p in s.people.items()),
        *((f"pools.{n}.ageing_days", p.ageing_days, 36_500) for n, p in s.pools.items()),
        *((f"steps.{n}.priority", abs(x.priority), 1_000_000) for n, x in s.steps.items()),
        *((f"steps.{n}.batch.size", x.batch.size or 0, 1_000_000) for n, x in s.steps.items()
          if x.batch is not None),
        *((f"kinds.{n}.promise_days", k.promise_days or 0, 36_500) for n, k in s.kinds.items()),
        *(("priorities: level", abs(p.level), 1_000_000) for p in s.priorities),
    ]  # fmt: skip
    for place, found, most in numbers:
        if not found <= most:
            raise ScenarioError(f"scenario: {place}: is {found:g}; {most:,} at most")
    for name in s.attributes:
        if name.startswith(("polku:", "case:")):
            raise ScenarioError(
                f"scenario: attributes.{name}: names that begin with polku: or case: are the log's "
                "own; choose another"
            )
