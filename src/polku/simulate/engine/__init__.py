"""The engine: a path and a scenario as plain arrays, and one state machine that runs them."""
