"""The figures of the page that describes a record: drawn here as SVG, so that the page needs no extra.

Every mark has its number as a title, for pointers and screen readers; the numbers of every figure are also in a table.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup, escape

from groundswell.outlines import box_around, within

_WIDTH, _HEIGHT = 720, 220
_NARROW = 460  # so that its text can be read on a phone
_LEFT, _BOTTOM, _TOP = 52, 26, 8
_COLOURS = ("account-1", "account-2", "account-3", "account-4", "supported", "contradicted", "muted")
_MOST_SERIES = len(_COLOURS)


def over_time(
    rows: Sequence[Mapping[str, Any]], title: str, unit: str = "month"
) -> tuple[Markup, Markup, list[tuple[str, str]], str]:
    """Counts by month or day, stacked by kind: picture, phone picture, legend as (kind, colour), meaning of a bar.

    Parameters
    ----------
    rows : `month` (or `day`), `kind`, `events`; the kinds beyond the six most frequent are drawn as one.
    """
    rows = [{**row, "month": _day(row[unit])} for row in rows]
    totals: dict[str, int] = {}
    for row in rows:
        totals[row["kind"]] = totals.get(row["kind"], 0) + row["events"]
    ranked = sorted(totals, key=lambda kind: (-totals[kind], kind))
    shown = ranked if len(ranked) <= _MOST_SERIES else [*ranked[: _MOST_SERIES - 1], "all others"]
    months = sorted({row["month"] for row in rows})
    at = {month: i for i, month in enumerate(months)}
    step = max(1, math.ceil(len(months) / 180))  # bars of several months if there would be too many to see
    bars = [dict.fromkeys(shown, 0) for _ in range(math.ceil(len(months) / step))]
    for row in rows:
        kind = row["kind"] if row["kind"] in shown else "all others"
        bars[at[row["month"]] // step][kind] += row["events"]
    colour = dict(zip(shown, _COLOURS, strict=False))
    most = max((sum(bar.values()) for bar in bars), default=1) or 1
    labels = [f"{months[i * step]:{'%b %Y' if unit == 'month' else '%d %b %Y'}}" for i in range(len(bars))]
    what = f"a {unit}" if step == 1 else f"in {step} {unit}s"
    ticks = _ticks_of_years(months, step) if unit == "month" else _ticks_of_days(months, step)
    title = f"{title} ({what})"
    picture = _columns(bars, labels, colour, most, title, ticks)
    fewer = ticks[:: math.ceil(len(ticks) / 6)] if ticks else ticks
    narrow = _columns(bars, labels, colour, most, title, fewer, _NARROW)
    last = len(months) - step * (len(bars) - 1)
    says = "" if step == 1 else f"Each bar is {step} {unit}s" + ("." if last == step else f", and the last {last}.")
    return picture, narrow, [(kind, colour[kind]) for kind in shown], says


def _day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def columns(rows: Sequence[Mapping[str, Any]], label: str, title: str) -> Markup:
    """One column for each row, with its `label` below and its `events` as the height."""
    bars = [{"events": row["events"]} for row in rows]
    names = [str(row[label]) for row in rows]
    most = max((row["events"] for row in rows), default=1) or 1
    every = max(1, math.ceil(len(names) / 16))
    short = [name[:3] if len(name) > 4 and len(names) < 10 else name for name in names]
    ticks = [(i, short[i]) for i in range(0, len(names), every)]
    return _columns(bars, names, {"events": _COLOURS[0]}, most, title, ticks, _NARROW)


def _columns(
    bars: Sequence[Mapping[str, int]],
    labels: Sequence[str],
    colour: Mapping[str, str],
    most: int,
    title: str,
    ticks: Sequence[tuple[int, str]],
    width: int = _WIDTH,
) -> Markup:
    wide = (width - _LEFT - 4) / max(len(bars), 1)
    tall = _HEIGHT - _BOTTOM - _TOP
    parts = []
    for value in _round_steps(most):
        y = _TOP + tall * (1 - value / most)
        parts.append(f'<line x1="{_LEFT}" x2="{width}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--grid)"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="var(--muted)">{value:,}</text>')
    for i, bar in enumerate(bars):
        base = _TOP + tall
        for kind, count in bar.items():
            if count:
                height = tall * count / most
                base -= height
                says = escape(f"{labels[i]}: {count:,} {kind}")
                parts.append(
                    f'<rect x="{_LEFT + i * wide:.2f}" y="{base:.2f}" width="{max(wide * 0.88, 0.6):.2f}" '
                    f'height="{height:.2f}" fill="var(--{colour[kind]})"><title>{says}</title></rect>'
                )
    for i, name in ticks:
        x = _LEFT + (i + 0.44) * wide
        at = f'x="{x:.1f}" y="{_HEIGHT - 8}"'
        parts.append(f'<text {at} text-anchor="middle" fill="var(--muted)">{escape(name)}</text>')
    return _svg(width, _HEIGHT, title, parts)


def _ticks_of_days(days: Sequence[Any], step: int) -> list[tuple[int, str]]:
    """Labels at Mondays, few enough to be legible."""
    mondays = [(i // step, f"{day:%d %b}") for i, day in enumerate(days) if day.weekday() == 0]
    return (mondays or [(0, f"{days[0]:%d %b}")])[:: max(1, math.ceil(len(mondays) / 8))]


def _ticks_of_years(months: Sequence[Any], step: int) -> list[tuple[int, str]]:
    """Labels at Januaries, few enough to be legible; months for a short record."""
    januaries = [(i // step, f"{month:%Y}") for i, month in enumerate(months) if month.month == 1]
    if len(januaries) < 2:
        every = max(1, math.ceil(len(months) / 8))
        return [(i // step, f"{months[i]:%b %y}") for i in range(0, len(months), every)]
    every = max(1, math.ceil(len(januaries) / 12))
    return januaries[::every]


def lying_bars(rows: Sequence[Mapping[str, Any]], label: str, title: str) -> Markup:
    """One horizontal bar for each row, with its name to the left and its number to the right."""
    rows = list(rows)
    line, left, width = 24, 170, _NARROW
    most = max((row["events"] for row in rows), default=1) or 1
    parts = []
    for i, row in enumerate(rows):
        y, wide = i * line, (width - left - 64) * row["events"] / most
        name = str(row[label])
        short = name if len(name) <= 22 else name[:21].rstrip(" ,;") + "…"
        parts.append(f'<text x="{left - 8}" y="{y + 16}" text-anchor="end" fill="currentColor">{escape(short)}</text>')
        parts.append(
            f'<rect x="{left}" y="{y + 3}" width="{max(wide, 1):.1f}" height="{line - 7}" fill="var(--{_COLOURS[0]})">'
            f"<title>{escape(name)}: {row['events']:,}</title></rect>"
        )
        parts.append(f'<text x="{left + wide + 6:.1f}" y="{y + 16}" fill="var(--muted)">{row["events"]:,}</text>')
    return _svg(width, max(line * len(rows), line), title, parts)


# -- the map -----------------------------------------------------------------------------------------------------------


def world_map(rows: Sequence[Mapping[str, Any]], title: str) -> Markup:
    """Places as circles whose area is the number of events, over coarse outlines of land and borders.

    The projection gives north-south and east-west distances the same scale in the middle of the map.

    Parameters
    ----------
    rows : `latitude`, `longitude`, `events`, `places`, `name`.
    """
    box = box_around([r["longitude"] for r in rows], [r["latitude"] for r in rows])
    scale = min(_WIDTH / ((box.east - box.west) * box.narrow), 460 / (box.north - box.south))
    wide, tall = (box.east - box.west) * box.narrow * scale, (box.north - box.south) * scale

    def point(longitude: float, latitude: float) -> tuple[float, float]:
        return (longitude - box.west) * box.narrow * scale, (box.north - latitude) * scale

    parts = [f'<rect width="{wide:.0f}" height="{tall:.0f}" fill="var(--wash)"/>']
    land, borders = within(box)
    rings = "".join(_path(ring, point, closed=True) for ring in land)
    lines = "".join(_path(line, point, closed=False) for line in borders)
    parts.append(f'<path d="{rings}" fill="var(--paper)" stroke="var(--faint)" stroke-width="0.8"/>')
    parts.append(f'<path d="{lines}" fill="none" stroke="var(--faint)" stroke-width="0.6" stroke-dasharray="3 2"/>')
    most = max(r["events"] for r in rows)
    largest = min(20.0, max(4.0, 160 / math.sqrt(len(rows))))
    for r in sorted(rows, key=lambda r: -r["events"]):
        x, y = point(r["longitude"], r["latitude"])
        radius = max(1.6, largest * math.sqrt(r["events"] / most))
        name = str(r["name"] or "a place without a name") + (f" and {r['places'] - 1} more" if r["places"] > 1 else "")
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="var(--account-1)" fill-opacity="0.45" '
            f'stroke="var(--account-1)" stroke-width="0.7"><title>{escape(name)}: {r["events"]:,}</title></circle>'
        )
    return _svg(round(wide), round(tall), title, parts, clip=True)


def _path(line: Sequence[tuple[float, float]], point: Any, *, closed: bool) -> str:
    drawn = [point(*p) for p in line]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in drawn) + ("Z" if closed else "")


# -- parts -------------------------------------------------------------------------------------------------------------


def _svg(wide: int, tall: int, title: str, parts: Sequence[str], *, clip: bool = False) -> Markup:
    hidden = ' style="overflow:hidden"' if clip else ""
    return Markup(
        f'<svg class="plot" viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}" role="img" font-size="12"'
        f'{hidden} aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )


def _round_steps(most: int) -> list[int]:
    """A few round numbers from 0 up to the largest."""
    raw = max(most / 4, 1)
    power = 10 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw)
    return [int(step * k) for k in range(int(most // step) + 1)]
