"""How a path is run step by step."""
