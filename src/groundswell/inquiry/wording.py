"""Kinds, times and numbers as answers state them."""

from __future__ import annotations

import math
from collections.abc import Sequence

_ONE = {
    "protest": "a protest",
    "strike": "a strike",
    "violence": "an act of violence",
    "repression": "an act of repression",
    "concession": "a concession",
    "other": "another event",
}
_MANY = {
    "protest": "protests",
    "strike": "strikes",
    "violence": "acts of violence",
    "repression": "acts of repression",
    "concession": "concessions",
    "other": "other events",
}


def one(kind: str) -> str:
    """One event of a kind: "a protest"."""
    return _ONE.get(kind, f"an event of {kind}")


def many(kind: str) -> str:
    """Events of a kind: "protests"."""
    return _MANY.get(kind, f"events of {kind}")


def capital(text: str) -> str:
    """The text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def listed(words: Sequence[str], joint: str = "and") -> str:
    """Words as a list in a sentence."""
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + f" {joint} {words[-1]}"


def p_words(p: float | None) -> str:
    """A p-value in words."""
    if p is None or p != p:
        return "no p-value"
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def interval(low: float | None, high: float | None, level: float = 0.95, digits: int = 2) -> str:
    """An interval in words."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return "no interval"
    return f"{level:.0%} interval {low:.{digits}f} to {high:.{digits}f}"


def span(half_life: float | None, unit: str) -> str:
    """When the events that one event triggers follow: in the next step, or half of it within so many."""
    if half_life is None or math.isnan(half_life):
        return ""
    if half_life < 0.5:
        return f"nearly all in the next {unit}"
    return f"half of them within {half_life:.1f} {unit}s"


def percent(log_ratio: float) -> str:
    """A log ratio as a change: "12% more"."""
    change = math.expm1(max(-20.0, min(20.0, log_ratio)))
    return f"{abs(change):.0%} {'more' if change >= 0 else 'fewer'}"
