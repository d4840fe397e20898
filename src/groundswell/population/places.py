"""People with positions: points drawn or read from a file, and ties between people who are near each other."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from groundswell.draws import stream_id, uniforms
from groundswell.errors import PopulationError
from groundswell.population.network import rows_of
from groundswell.population.population import Population
from groundswell.population.read import read_table


def geometric(
    points: NDArray[np.float64], reach: float, *, torus: bool = False, labels: tuple[str, ...] | None = None
) -> Population:
    """People at points, tied to all who are within reach: a random geometric graph, where the points are random.

    Parameters
    ----------
    points : float64 of shape (people, 2).
    reach : the largest distance of a tie, > 0, in the units of the points.
    torus : whether opposite edges of the unit square meet; the points must lie in it.
    labels : a name for each person; None: they have none.

    Raises
    ------
    PopulationError : points that are not finite or lie outside a torus; an invalid reach.

    Source: Dall & Christensen (2002), Physical Review E 66:016121. On the torus of the unit square the mean number of
    ties is (people - 1) pi reach**2, for reach up to 1/2.
    """
    from scipy.spatial import cKDTree  # type: ignore[attr-defined]

    points = np.ascontiguousarray(points, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points) or not np.isfinite(points).all():
        raise PopulationError(f"points of shape {points.shape}", expected="finite numbers of shape (people, 2)")
    if not (math.isfinite(reach) and reach > 0):
        raise PopulationError(f"reach = {reach!r}", expected="a distance > 0")
    if torus and (points.min() < 0 or points.max() >= 1 or reach > 0.5):
        raise PopulationError("points or a reach beyond the torus", expected="points in [0, 1), and a reach up to 0.5")
    pairs = cKDTree(points, boxsize=1.0 if torus else None).query_pairs(reach, output_type="ndarray")
    network = rows_of(len(points), pairs.astype(np.int64).reshape(-1, 2), None, False)
    return Population(len(points), network, np.zeros(len(points), np.int32), 1, labels=labels, points=points)


def random_points(people: int, seed: int) -> NDArray[np.float64]:
    """Points uniform on the unit square, float64 of shape (people, 2)."""
    if isinstance(people, bool) or not isinstance(people, int | np.integer) or people < 1:
        raise PopulationError(f"people = {people!r}", expected="a whole number from 1")
    return np.column_stack([uniforms(seed, stream_id(f"places:{axis}"), 0, people) for axis in "xy"])


def reach_for(mean_degree: float, people: int) -> float:
    """The reach at which random points on the torus have this many ties on average."""
    reach = math.sqrt(mean_degree / (math.pi * max(people - 1, 1)))
    if not 0 < reach <= 0.5:
        raise PopulationError(
            f"a mean degree of {mean_degree:g} of {people} people on a torus",
            expected=f"above 0 and at most {math.pi * max(people - 1, 1) / 4:.4g}, a reach of half the torus",
        )
    return reach


def read_points(path: str | Path) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Points from a file with the columns x, y and label (without labels, people are numbered), in order of the labels.

    Raises
    ------
    PopulationError : a missing column, a coordinate that is not a number, or a repeated label, with its line.
    """
    columns, lines = read_table(path)
    lacking = [name for name in ("x", "y") if name not in columns]
    if lacking:
        raise PopulationError(
            f"{path} has no column {lacking[0]!r}", expected=f"x, y and label; it has {', '.join(columns)}"
        )
    labels = columns.get("label", [str(k) for k in range(len(lines))])
    seen: dict[str, int] = {}
    points = np.empty((len(lines), 2))
    for k, line in enumerate(lines):
        if labels[k] in seen:
            raise PopulationError(f"{path}, line {line} repeats the label {labels[k]!r}", expected="one row per person")
        seen[labels[k]] = k
        for axis, name in enumerate("xy"):
            try:
                points[k, axis] = float(columns[name][k])
            except ValueError:
                points[k, axis] = math.nan
            if not math.isfinite(points[k, axis]):
                raise PopulationError(
                    f"{path}, line {line} has {name} = {columns[name][k]!r}", expected="a finite number"
                )
    whole = all(label.removeprefix("-").isdigit() for label in labels)
    order = sorted(range(len(labels)), key=lambda k: (int(labels[k]) if whole else 0, labels[k]))
    return points[order], tuple(labels[k] for k in order)


__all__ = ["geometric", "random_points", "reach_for", "read_points"]
