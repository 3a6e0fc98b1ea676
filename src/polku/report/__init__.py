"""Telling it: maps, charts, reports and tables."""
