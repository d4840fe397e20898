"""How long work says how far it has got."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""
Say = Callable[[str], None]
"""Called with a sentence on the record as soon as it is known."""
