"""Where the elements of a path stand on a sheet."""
