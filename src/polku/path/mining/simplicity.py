"""Simplicity: how few ways lead into and out of the nodes of a path."""

from __future__ import annotations

from polku.path.model import Path


def simplicity(path: Path, degree: float = 2.0) -> float:
    """The inverse arc degree of a path, above 0 to 1.

    1 / (1 + max(mean degree - `degree`, 0)), where the degree of a node is the number of flows
    that enter and leave it; 1 where nodes have two flows or fewer on average, as in a line. From
    Vázquez-Barreiros, Mucientes and Lama (2015), "ProDiGen: mining complete, precise and minimal
    structure process models with a genetic algorithm"; there for places and transitions of a
    Petri net, here for the events, steps and gateways of BPMN.

    >>> from polku.path.build import start
    >>> simplicity(start("Stall").step("Apply").path())
    1.0
    """
    if not path.nodes:
        return 1.0
    mean = 2 * len(path.flows) / len(path.nodes)
    return 1 / (1 + max(mean - degree, 0.0))
