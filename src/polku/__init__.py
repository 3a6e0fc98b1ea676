"""Polku: measure, compare and improve the way of a business through a city's agencies."""

__version__ = "0.1.0"
