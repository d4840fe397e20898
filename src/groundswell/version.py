"""The version of the package and its release date."""

__version__ = "0.1.0"
RELEASED = "2026-11-30"
