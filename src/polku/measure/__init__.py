"""How good it was: facts, criteria, estimators with intervals, comparison."""
