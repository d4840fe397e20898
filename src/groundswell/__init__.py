"""Groundswell: a laboratory for theories of collective action."""

__version__ = "0.1.0"
