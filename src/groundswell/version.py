"""The version of the package, and the day of its release."""

__version__ = "0.1.0"
RELEASED = "2026-11-30"
