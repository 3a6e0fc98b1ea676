"""The verb `redesign`: from a current state to a front of better prototypes."""

from __future__ import annotations

from polku.redesign.front import Front
from polku.redesign.prototype import Prototype
from polku.redesign.terms import Terms


def redesign(
    current: Prototype, *, terms: Terms | None = None, seed: int = 1, budget: float | None = None
) -> Front:
    """Search for prototypes that are better than the current state."""
    raise NotImplementedError
