"""Coarse outlines of land and borders, which ship with the package, and the part that a map shows."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

Line = list[tuple[float, float]]
"""Points as (longitude, latitude), in degrees."""


@dataclass(frozen=True)
class Box:
    """What a map shows, in degrees; `narrow` is the ratio of a degree of longitude to one of latitude at its centre."""

    west: float
    south: float
    east: float
    north: float
    narrow: float


def box_around(longitudes: Sequence[float], latitudes: Sequence[float]) -> Box:
    """A box that holds all places, with a margin.

    North-south and east-west distances have equal scale at its centre.
    """
    south, north = min(latitudes), max(latitudes)
    west, east = min(longitudes), max(longitudes)
    narrow = max(math.cos(math.radians((south + north) / 2)), 0.2)
    pad = max((north - south) * 0.12, (east - west) * 0.12 * narrow, 1.5)  # outlines show nothing below a degree
    south, north = max(south - pad, -90), min(north + pad, 90)
    west, east = max(west - pad / narrow, -180), min(east + pad / narrow, 180)
    return Box(west, south, east, north, narrow)


def within(box: Box) -> tuple[list[Line], list[Line]]:
    """The rings of land and lines of borders that intersect a box."""
    land, borders = outlines()
    return [ring for ring in land if _meets(ring, box)], [line for line in borders if _meets(line, box)]


@functools.cache
def outlines() -> tuple[list[Line], list[Line]]:
    """Rings of land and lines of borders, in degrees: Natural Earth's, in the public domain."""
    stated = json.loads(files("groundswell").joinpath("outlines.json").read_text(encoding="utf-8"))
    arcs = []
    for deltas in stated["arcs"]:
        x = y = 0
        line = []
        for dx, dy in zip(deltas[::2], deltas[1::2], strict=True):
            x, y = x + dx, y + dy
            line.append((x / 10, y / 10))
        arcs.append(line)
    land = []
    for ring in stated["land"]:
        whole = _unwrapped([p for arc in ring for p in (arcs[arc] if arc >= 0 else arcs[~arc][::-1])])
        land.append(whole)
        if max(p[0] for p in whole) > 180:  # the same land on the other side of the map
            land.append([(x - 360, y) for x, y in whole])
    return land, [arcs[i] for i in stated["borders"]]


def _unwrapped(ring: Line) -> Line:
    """A ring without jumps from 180 to -180 degrees: what lies beyond is more than 180."""
    found, turn, before = [], 0.0, ring[0][0]
    for x, y in ring:
        turn += 360 if x - before < -180 else -360 if x - before > 180 else 0
        before = x
        found.append((x + turn, y))
    if found[0] != found[-1]:  # the ring goes around the pole, along the edge of the map
        return ring
    return [(x + 360, y) for x, y in found] if min(p[0] for p in found) < -180 else found


def _meets(line: Line, box: Box) -> bool:
    return (
        min(p[0] for p in line) <= box.east + 1
        and max(p[0] for p in line) >= box.west - 1
        and min(p[1] for p in line) <= box.north + 1
        and max(p[1] for p in line) >= box.south - 1
    )


__all__ = ["Box", "box_around", "outlines", "within"]
