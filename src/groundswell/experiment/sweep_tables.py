"""The tables [sweep] and [design] of a study: which parameters vary, and over which values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundswell.draws import derive_seed
from groundswell.errors import GroundswellError, StudyError, TheoryError
from groundswell.experiment.arms import Arm
from groundswell.experiment.points import Points, design
from groundswell.experiment.schema import (
    DesignTable,
    StudyTable,
    SweepTable,
    read_table,
)
from groundswell.population.specification import PopulationSpecification
from groundswell.theory import Theory


@dataclass(frozen=True)
class Sweep:
    """A sweep, read and checked: the values of each parameter, and the rest as in `SweepTable`."""

    over: Mapping[str, tuple[float, ...]]
    arms: tuple[str, ...]
    table: SweepTable
    points: Points | None = None

    def plain(self) -> dict[str, Any]:
        """As plain types, for a configuration."""
        return {
            "over": {name: list(values) for name, values in self.over.items()},
            "arms": list(self.arms),
            "worlds": self.table.worlds,
            "summary": self.table.summary,
            "people": self.table.people,
            **({} if self.points is None else self.table.model_dump(include={"method", "over", "points", "rows"})),
        }


def swept(
    theory: type[Theory],
    given: Mapping[str, Any],
    arms: Mapping[str, Arm],
    params: Mapping[str, float],
    table: StudyTable,
    population: PopulationSpecification,
    origin: str,
) -> Sweep | None:
    """The content of the table [sweep] or [design], or None where there is neither."""
    if "sweep" in given and "design" in given:
        raise StudyError(f"{origin} has the tables [sweep] and [design]", expected="one of them")
    if "design" not in given:
        return _sweep(theory, given["sweep"], arms, params, table.steps, origin) if "sweep" in given else None
    stated = read_table(DesignTable, given["design"], f"{origin}, table [design]")
    names = tuple(arms) if stated.arms is None else tuple(dict.fromkeys(stated.arms))
    unknown = next((name for name in names if name not in arms), None)
    if unknown is not None or not names:
        raise StudyError(
            f"{origin}, table [design], key arms names {unknown!r}", expected=f"arms of this study: {', '.join(arms)}"
        )
    over = {name: None if of == "prior" else of for name, of in stated.over.items()}
    try:
        points = design(
            theory, over or None, method=stated.method, count=stated.points, seed=derive_seed(table.seed, "design"),
            population=population, rows=stated.rows,
        )  # fmt: skip
    except (StudyError, TheoryError) as error:
        raise error.at(f"{origin}, table [design]", StudyError) from error
    set_by_arm = next(((a, n) for a in names for n in points.names if n in arms[a].params), None)
    if set_by_arm is not None:
        raise StudyError(
            f"{origin}, table [design] varies {set_by_arm[1]}, which the arm {set_by_arm[0]} sets",
            expected="arms that leave the factors alone",
        )
    return Sweep(dict.fromkeys(points.names, ()), names, stated, points)


def _sweep(
    theory: type[Theory], given: Any, arms: Mapping[str, Arm], params: Mapping[str, float], steps: int, origin: str
) -> Sweep:
    place = f"{origin}, table [sweep]"
    table = read_table(SweepTable, given, place)
    if not table.over:
        raise StudyError(
            f"{place} has an empty over", expected="such as over = { sd = { from = 0.1, to = 0.2, count = 11 } }"
        )
    names = tuple(arms) if table.arms is None else tuple(dict.fromkeys(table.arms))
    for name in names:
        if name not in arms:
            raise StudyError(f"{place}, key arms names {name!r}", expected=f"arms of this study: {', '.join(arms)}")
    if not names:
        raise StudyError(f"{place}, key arms = []", expected="at least one arm, or no such key for all of them")
    over = {name: _values(of, f"{place}, over.{name}") for name, of in table.over.items()}
    for name, values in over.items():
        for value in values:
            checked_params(theory, {name: value}, f"{place}, over.{name}")
        for arm in names:
            if name in arms[arm].params:
                raise StudyError(
                    f"{place} sweeps {name}, which the arm {arm} sets",
                    expected="arms that leave the swept parameters alone",
                    instead="name the arms to be swept: arms = [...]",
                )
    return Sweep(over, names, table)


def _values(given: Any, place: str) -> tuple[float, ...]:
    """The values of one swept parameter: as listed, or evenly spaced from one end to the other."""
    expected = "a list of numbers, each once, or { from = 0.1, to = 0.2, count = 11 }"

    def numbers(values: Sequence[Any]) -> bool:
        return all(isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x) for x in values)

    if isinstance(given, list) and given and numbers(given) and len(set(given)) == len(given):
        return tuple(float(x) for x in given)
    if isinstance(given, Mapping) and set(given) == {"from", "to", "count"} and numbers(list(given.values())):
        first, last, count = given["from"], given["to"], given["count"]
        if isinstance(count, int) and 2 <= count <= 100_000 and first != last:
            # rounded, so that 0.1 to 0.3 in three values gives exactly 0.2
            return tuple(float(f"{first + (last - first) * k / (count - 1):.12g}") for k in range(count))
    raise StudyError(f"{place} = {given!r}", expected=expected)


def checked_params(theory: type[Theory], given: Mapping[str, Any], place: str) -> dict[str, float]:
    try:
        values = theory.parameters(given)
    except GroundswellError as error:
        raise error.at(place, StudyError) from error
    return {name: values[name] for name in given}
