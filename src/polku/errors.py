"""The errors that a user can mend: each says the place, what was found and what to do."""

from __future__ import annotations


class PolkuError(Exception):
    """A mistake in the input; its text is one line: place, what was found, what to do."""


class LogError(PolkuError):
    """An event log, table, store or database that cannot be read as it is."""


class MappingError(PolkuError):
    """A mapping file that does not fit itself or the log."""


class CriterionError(PolkuError):
    """A criterion that is registered twice, unknown, or gives facts of the wrong form."""


class AgreedSetError(PolkuError):
    """A city's agreed set of criteria that does not fit the catalogue."""


class ComparisonError(PolkuError):
    """Two measurements that cannot be compared at all."""


class MissingExtraError(PolkuError):
    """A command whose optional packages are not installed."""


class PathError(PolkuError):
    """A path (a BPMN file) that cannot be read, chosen or used as it is."""


class ConditionError(PathError):
    """A condition at a gateway that is not in Polku's language, or that the data cannot answer."""


class ScenarioError(PolkuError):
    """A scenario that cannot be read, does not fit its path, or cannot be simulated as it is."""


class RedesignError(PolkuError):
    """A move, a constraint, a budget or a choice that does not fit the path or itself."""
