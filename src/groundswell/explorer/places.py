"""Where people or regions are: a table of coordinates, drawn in the page over outlines of land and borders."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.errors import PopulationError
from groundswell.outlines import box_around, within
from groundswell.population.population import Population

_OF = ("person", "region")
_COORDINATES = ("longitude", "latitude")


@dataclass(frozen=True)
class Places:
    """Coordinates of people, or of the regions that they live in.

    Parameters
    ----------
    of : "person" or "region".
    longitude, latitude : degrees, float64[people or regions].
    source : for messages and the caption.
    """

    of: str
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    source: str

    def drawn(self) -> tuple[dict[str, Any], bytes]:
        """The map in [0, 1] x [0, 1], and each position on it (x, y; float32).

        Outlines are lists of whole numbers, x, y, x, y, ..., in thousandths.
        """
        box = box_around(self.longitude.tolist(), self.latitude.tolist())
        wide, tall = (box.east - box.west) * box.narrow, box.north - box.south
        side = max(wide, tall)
        left, top = (side - wide) / 2, (side - tall) / 2

        def place(longitude: Any, latitude: Any) -> tuple[Any, Any]:
            return (left + (longitude - box.west) * box.narrow) / side, (top + box.north - latitude) / side

        def flat(line: list[tuple[float, float]]) -> list[int]:
            return [round(1000 * v) for point in line for v in place(*point)]

        land, borders = within(box)
        x, y = place(self.longitude, self.latitude)
        meta = {
            "of": self.of,
            "source": self.source,
            "land": [flat(ring) for ring in land],
            "borders": [flat(line) for line in borders],
        }
        return meta, np.stack([x, y], axis=1).astype("<f4").tobytes()


def places_of(population: Population, path: str | Path | None) -> Places | None:
    """Where the people of a population are: from a file, or from their traits longitude and latitude, or unknown.

    Parameters
    ----------
    path : CSV with the columns person (a label, or a number from 0) or region (a number from 0), longitude, latitude.

    Raises
    ------
    PopulationError : the file cannot be read, leaves someone out, names someone twice or someone unknown, or holds an
        invalid coordinate.
    """
    if path is not None:
        return _read(population, Path(path))
    x, y = (population.traits.get(name) for name in _COORDINATES)
    if x is None or y is None or not _on_globe(x, y):
        return None
    return Places("person", x, y, "the people's own coordinates")


def _on_globe(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    return bool((np.abs(x) <= 180).all() and (np.abs(y) <= 90).all())


def _read(population: Population, path: Path) -> Places:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PopulationError(f"the places {path} cannot be read", expected="a CSV file") from error
    of = next((name for name in _OF if rows and name in rows[0]), None)
    if of is None or not set(_COORDINATES) <= set(rows[0]):
        raise PopulationError(
            f"the places {path}, with the columns {', '.join(rows[0]) if rows else '(none)'}",
            expected="person or region, longitude, latitude",
        )
    count = population.people if of == "person" else population.regions
    found = np.full((2, count), np.nan)
    for number, row in enumerate(rows, start=2):
        where = f"{path}, line {number}"
        who = _who(population, of, row[of], count, where)
        if not np.isnan(found[0, who]):
            raise PopulationError(f"{where}: {of} {row[of]} a second time", expected="one line for each")
        found[:, who] = [_degrees(row, name, where) for name in _COORDINATES]
    missing = np.flatnonzero(np.isnan(found[0]))
    if missing.size:
        raise PopulationError(
            f"{path} places {count - missing.size:,} of {count:,} {'people' if of == 'person' else 'regions'}",
            expected="one line for each",
            instead=f"a line for {of} {missing[0]} too",
        )
    return Places(of, found[0], found[1], path.name)


def _who(population: Population, of: str, text: str | None, count: int, where: str) -> int:
    """The number of a person or region."""
    text = (text or "").strip()
    labels: Mapping[str, int] = {}
    if of == "person" and population.labels is not None:
        labels = {str(label): i for i, label in enumerate(population.labels)}
    if text in labels:
        return labels[text]
    if not labels and text.isdigit() and int(text) < count:
        return int(text)
    raise PopulationError(
        f"{where}: {of} {text!r}", expected="the label of a person" if labels else f"a number from 0 to {count - 1}"
    )


def _degrees(row: Mapping[str, str], name: str, where: str) -> float:
    most = 180.0 if name == "longitude" else 90.0
    try:
        value = float(row[name])
    except (TypeError, ValueError):
        value = math.nan
    if not abs(value) <= most:
        raise PopulationError(f"{where}: {name} {row[name]!r}", expected=f"degrees from -{most:g} to {most:g}")
    return value


__all__ = ["Places", "places_of"]
