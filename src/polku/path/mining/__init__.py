"""From ways to a path: the Inductive Miner, process trees, quality."""
