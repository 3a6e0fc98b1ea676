"""The numbers of the paths that ship: one module for each, and the bricks they are made of."""
