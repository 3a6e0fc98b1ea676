"""Readers of the formats that event logs come in."""
