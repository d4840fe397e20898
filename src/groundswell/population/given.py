"""Checks of the arguments of network generators: whole numbers, real numbers, seeds and even numbers of neighbours."""

from __future__ import annotations

import numpy as np

from groundswell.errors import PopulationError
from groundswell.population.network import MOST_PEOPLE


def whole(name: str, value: object, least: int, most: int = MOST_PEOPLE, why: str | None = None) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not least <= value <= most:
        raise PopulationError(f"{name} = {value!r}", expected=f"a whole number in {least}..{most}", why=why)
    return int(value)


def real(name: str, value: object, least: float, most: float, why: str | None = None) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise PopulationError(f"{name} = {value!r}", expected="a number")
    if not least <= value <= most:  # also refuses NaN
        raise PopulationError(f"{name} = {value!r}", expected=f"a number in [{least:g}, {most:g}]", why=why)
    return float(value)


def seed_of(value: object) -> np.uint64:
    return np.uint64(whole("seed", value, 0, 2**64 - 1))


def even(name: str, value: object, people: int) -> int:
    neighbours = whole(name, value, 0, people - 1, why=f"there are {people} people")
    if neighbours % 2:
        raise PopulationError(
            f"{name} = {neighbours}",
            expected="an even number",
            why="half of them lie on either side",
            instead=f"{name}={neighbours - 1} or {neighbours + 1}",
        )
    return neighbours
