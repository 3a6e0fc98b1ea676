"""What changed the figure: a difference of the mean lead time taken apart."""

from __future__ import annotations

from polku.measure.comparison import Part
from polku.measure.contrasts import Pair


def decompose(pair: Pair) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """Parts."""
    return (), ()
