"""Criteria of this principle."""
