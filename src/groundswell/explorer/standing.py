"""People's positions in a picture: on their grid, on a circle, on a map, or in one disc, region by region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.explorer.places import Places
from groundswell.population.population import Population

Floats = NDArray[np.float64]
_GOLDEN = np.pi * (3 - np.sqrt(5))
_FEW = 1500  # most places that are kept apart from one another, pair by pair
WATER, LAND, OUTLINE = range(3)


@dataclass(frozen=True)
class Standing:
    """Positions in [0, 1] x [0, 1], y downwards.

    Parameters
    ----------
    x, y : position of each person.
    radius : of a person's disc.
    land, borders : lines of a map, each of shape (points, 2); a ring of land ends where it starts.
    """

    x: Floats
    y: Floats
    radius: float
    land: tuple[Floats, ...] = ()
    borders: tuple[Floats, ...] = ()

    def ground(self, size: int) -> NDArray[np.uint8]:
        """The background behind people, pixel by pixel: WATER, LAND or OUTLINE. Without a map there is only water."""
        out = np.full((size, size), WATER, np.uint8)
        for ring in self.land:
            out[_inside(ring * size, size)] = LAND
        for line, closed in [*((r, True) for r in self.land), *((b, False) for b in self.borders)]:
            ends = np.vstack([line, line[:1]]) if closed else line
            for a, b in zip(ends[:-1] * size, ends[1:] * size, strict=True):
                k = np.linspace(0.0, 1.0, 1 + int(np.abs(b - a).max()))[:, None]
                px, py = (a + k * (b - a)).astype(int).T
                seen = (px >= 0) & (px < size) & (py >= 0) & (py < size)
                out[py[seen], px[seen]] = OUTLINE
        return out


def _inside(ring: Floats, size: int) -> NDArray[np.bool_]:
    """The pixels whose centres lie within a ring: those with an odd number of its edges to their left."""
    out = np.zeros((size, size), bool)
    middle = np.arange(size) + 0.5
    for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        rows = np.flatnonzero((middle > min(y0, y1)) & (middle <= max(y0, y1)))
        at = x0 + (middle[rows] - y0) * (x1 - x0) / (y1 - y0 or 1.0)
        out[rows] ^= middle > at[:, None]
    return out


def standing(population: Population, table: Mapping[str, Any], places: Places | None = None) -> Standing:
    """The positions of a population's people.

    Parameters
    ----------
    table : the population's table, as in a study.
    places : where they live, if known; they are then drawn on a map.
    """
    n = population.people
    if places is not None:
        return _on_map(population, places)
    rows, columns = population.grid or (table.get("rows", 0), table.get("columns", 0))
    if rows and rows * columns == n:
        side, i = max(rows, columns), np.arange(n)
        x, y = (i % columns + 0.5 + (side - columns) / 2) / side, (i // columns + 0.5 + (side - rows) / 2) / side
        return Standing(x, y, 0.5 / side)
    if table.get("network") in ("watts_strogatz", "ring"):
        deep = max(1, min(24, round((n / 12) ** 0.5)))
        angle = np.arange(n) / n * 2 * np.pi - np.pi / 2
        out = 0.3 + 0.185 * (np.arange(n) % deep) / max(1, deep - 1) if deep > 1 else np.full(n, 0.485)
        return Standing(0.5 + out * np.cos(angle), 0.5 + out * np.sin(angle), min(0.02, 0.3 / n**0.5))
    order, x, y = np.argsort(population.region, kind="stable"), np.empty(n), np.empty(n)
    x[order], y[order] = _disc(n, 0.5, 0.5, 0.485)
    return Standing(x, y, min(0.02, 0.36 / n**0.5))


def _disc(n: int, x: float, y: float, radius: float) -> tuple[Floats, Floats]:
    """This many points, spread evenly over a disc."""
    k = np.arange(n)
    out, angle = radius * np.sqrt((k + 0.5) / n), k * _GOLDEN
    return x + out * np.cos(angle), y + out * np.sin(angle)


def _on_map(population: Population, places: Places) -> Standing:
    """People where they live; those of one place fill a disc that touches no other, as in web/src/layout.ts."""
    lines, packed = places.drawn()
    at = np.frombuffer(packed, "<f4").reshape(-1, 2).astype(float)
    own = at[population.region] if places.of == "region" else at
    spots, of, count = np.unique(own.round(4), axis=0, return_inverse=True, return_counts=True)
    unit, root = np.sqrt(0.12 / population.people), np.sqrt(count)
    if spots.shape[0] < _FEW:
        for i in range(spots.shape[0] - 1):
            apart = np.hypot(*(spots[i + 1 :] - spots[i]).T) / (root[i] + root[i + 1 :])
            unit = min(unit, float(np.maximum(apart, 0.004 / np.maximum(root[i], root[i + 1 :])).min()))
    x, y = np.empty(population.people), np.empty(population.people)
    for k, (left, top) in enumerate(spots):
        members = np.flatnonzero(of.ravel() == k)
        wide = 0.96 * unit * root[k] if members.size > 1 else 0.0
        x[members], y[members] = _disc(members.size, left, top, wide)
    land, borders = (tuple(np.reshape(line, (-1, 2)) / 1000 for line in lines[name]) for name in ("land", "borders"))
    return Standing(x, y, max(0.0016, min(0.012, 0.45 * unit)), land, borders)


__all__ = ["LAND", "OUTLINE", "WATER", "Standing", "standing"]
