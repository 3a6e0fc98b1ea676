"""The content of the paths that ship: one module for each path, and what they are built from."""
