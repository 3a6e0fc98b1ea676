"""From a path to a net, and the ways of a log along it."""
