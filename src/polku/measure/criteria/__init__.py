"""The built-in criteria, a module for each principle."""
