"""Numbers as shown: rounded for the reader, in full for the machine, and never invented."""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup

MISSING = Markup('<span class="missing">not estimable</span>')
_MINUS, _THIN = "\u2212", "\u202f"
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_DIGITS = 3  # as many as an estimate from hundreds of draws supports


def finite(value: Any) -> float | None:
    """The number as a float, or None if it is not a number (None, NaN, text, a truth value)."""
    if value is None or isinstance(value, (str, bytes, bool)):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def plain(value: float, decimals: int | None = None) -> str:
    """Write a number with three significant digits, or with the decimals given.

    Parameters
    ----------
    value : finite number.
    decimals : digits after the point; None chooses them from the size of the number.

    Returns
    -------
    Text with a true minus sign and thin spaces between thousands.
    """
    size = abs(value)
    exponent = math.floor(math.log10(size)) if size > 0 else 0
    if size > 0 and (exponent < -4 or exponent >= 9):
        mantissa, _, power = f"{value:.1e}".partition("e")
        return f"{mantissa.replace('-', _MINUS)} × 10{str(int(power)).translate(_SUPERSCRIPT)}"
    if decimals is None:
        decimals = 0 if float(value).is_integer() else max(0, _DIGITS - 1 - exponent)
    text = f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    whole, point, rest = text.partition(".")
    whole = whole.replace(",", "") if size < 10_000 else whole.replace(",", _THIN)
    return (whole + point + rest).replace("-", _MINUS)


def _data(value: float, text: str) -> Markup:
    return Markup('<data value="{}">{}</data>').format(repr(float(value)), text)


def number(value: Any, decimals: int | None = None) -> Markup:
    """The number as HTML: shown rounded, with the full number in the `value` attribute."""
    found = finite(value)
    if found is None:
        given = _infinite(value)
        return MISSING if given is None else _data(given, "∞" if given > 0 else _MINUS + "∞")
    return _data(found, plain(found, decimals))


def _infinite(value: Any) -> float | None:
    if isinstance(value, float) and math.isinf(value):
        return value
    return None


def share(value: Any) -> Markup:
    """A share from 0 to 1 as a percentage, as HTML."""
    found = finite(value)
    if found is None:
        return MISSING
    percent = 100 * found
    # 99.7% must not read as certainty, nor 0.3% as impossibility
    decimals = 1 if 0 < percent < 1 or 99 < percent < 100 else 0
    return _data(found, plain(percent, decimals) + "%")


def span_decimals(low: Any, high: Any) -> int | None:
    """Digits after the point that show an interval's width to two significant digits; None without an interval."""
    bottom, top = finite(low), finite(high)
    if bottom is None or top is None or top <= bottom:
        return None
    return min(6, max(0, 1 - math.floor(math.log10(top - bottom))))


def estimate(value: Any, low: Any, high: Any) -> Markup:
    """An estimate with its interval, to the digits that the interval supports, as HTML."""
    if finite(value) is None and finite(low) is None and finite(high) is None:
        return MISSING
    decimals = span_decimals(low, high)
    middle = number(value, decimals)
    if finite(low) is None and finite(high) is None:
        return middle + Markup(' <span class="interval">(no interval)</span>')
    return Markup('{} <span class="interval">({} to {})</span>').format(
        middle, number(low, decimals), number(high, decimals)
    )


def percent_change(value: Any, low: Any, high: Any) -> Markup:
    """A log ratio with its interval, as a change in per cent, as HTML."""

    def part(given: Any) -> Markup:
        found = finite(given)
        if found is None:
            return MISSING
        change = math.expm1(min(found, 50.0))
        text = f"{'+' if change > 0 else ''}{plain(100 * change, 0)}" if change < 10 else f"{plain(change + 1, 0)}-fold"
        return _data(found, text)

    if finite(value) is None:
        return MISSING
    if finite(low) is None or finite(high) is None:
        return part(value) + Markup(' <span class="interval">(no interval)</span>')
    return Markup('{} <span class="interval">({} to {})</span>').format(part(value), part(low), part(high))


def probability(value: Any) -> Markup:
    """A p-value as HTML, with a floor of 0.001."""
    found = finite(value)
    if found is None:
        return MISSING
    return _data(found, "< 0.001" if found < 0.001 else plain(found, 3))


def weight(value: Any) -> Markup:
    """A weight of evidence as HTML: how many times likelier the outcome is where the claim holds, or where it fails."""
    found = finite(value)
    if found is None or found <= 0:
        return number(value)
    odds, side = (found, "for") if found >= 1 else (1 / found, "against")
    return _data(found, f"{plain(odds, 0 if odds >= 100 else 1 if odds >= 10 else 2)} to 1 {side}")
