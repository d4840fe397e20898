"""Points of a design: the values of parameters and population keys at which a theory is run.

    x[i, j] = Q_j(u[i, j])

Factor j is a parameter of the theory, or a key of the population (``population.mean_degree``); Q_j is the quantile
function of its prior, of a range, or of a list of levels, and u comes from one of `METHODS`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.calibrate.priors import prior_of
from groundswell.draws import derive_seed
from groundswell.errors import StudyError, nearest
from groundswell.population.specification import PopulationSpecification
from groundswell.results import Result
from groundswell.settings import require_known
from groundswell.theory import Account, Theory
from groundswell.theory.distributions import Fixed

Floats = NDArray[np.float64]
Method = Literal["grid", "latin_hypercube", "sobol", "morris", "one_at_a_time", "table"]
METHODS: tuple[str, ...] = get_args(Method)
PREFIX = "population."
Given = None | Sequence[float] | Mapping[str, float]
"""The range of a factor: None for its prior, a list of levels, or a range ``{"from": 0.1, "to": 0.3}``."""

_MORRIS_LEVELS = 4  # of Morris's grid, with jumps of 2/3: each level is then equally likely (Morris 1991)


@dataclass(frozen=True)
class Factor:
    """One quantity that varies.

    Parameters
    ----------
    name : a parameter, or ``population.KEY``.
    quantile : float64[n] in [0, 1) -> float64[n], the values.
    words : its range in words.
    levels : the values, where they are listed.
    default : its value where it is fixed; None for a population key that the study leaves out.
    """

    name: str
    quantile: Callable[[Floats], Floats]
    words: str
    levels: tuple[float, ...] = ()
    default: float | None = None


@dataclass(frozen=True)
class Points(Result):
    """The points of one design.

    Parameters
    ----------
    factors : k of them, in the order of the columns.
    values : float64[n, k].
    places : float64[n, k] in [0, 1), where each value lies in the range of its factor; None for a grid or a table.
    method : see `METHODS`.
    seed : of the places.
    """

    factors: tuple[Factor, ...]
    values: Floats
    places: Floats | None
    method: str
    seed: int = 0

    derived = ("names",)
    left_out = ("factors", "places")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(factor.name for factor in self.factors)

    def __len__(self) -> int:
        return len(self.values)

    def mappings(self) -> list[dict[str, float]]:
        """Each point as a mapping from factor to value."""
        return [dict(zip(self.names, row, strict=True)) for row in self.values.tolist()]

    def to_frame(self) -> pl.DataFrame:
        """One row per point: `point`, then a column per factor."""
        columns: dict[str, Any] = {"point": np.arange(len(self))}
        return pl.DataFrame(columns | {name: self.values[:, j] for j, name in enumerate(self.names)})


def factor(
    theory: type[Theory],
    name: str,
    given: Given,
    *,
    population: PopulationSpecification | None = None,
    account: Account | None = None,
) -> Factor:
    """A factor from what a study states about it.

    Parameters
    ----------
    theory : whose parameters may vary.
    name : a parameter, or ``population.KEY`` with a key that takes a number.
    given : see `Given`.
    population : what the study states about its population.
    account : the account whose priors None refers to.

    Raises
    ------
    StudyError : an unknown name (with the nearest one), an empty or repeated list, a range that is empty, or a
        parameter without a prior where a range is needed.
    TheoryError : a level outside its support.
    """
    key = name.removeprefix(PREFIX)
    own = numeric_keys() if population is None else population.own_keys  # any other key would be ignored
    known = [*theory.params, *(PREFIX + k for k in numeric_keys() if k in own)]
    require_known(name, known, StudyError, f"the factor {name!r}")
    whole = numeric_keys()[key] is int if name.startswith(PREFIX) else theory.params[name].whole
    default = getattr(population, key, None) if name.startswith(PREFIX) else theory.params[name].default

    def checked(values: Floats) -> Floats:
        if not name.startswith(PREFIX):
            for value in np.unique(values[[values.argmin(), values.argmax()]]).tolist():
                theory.parameters({name: value})
        return values

    if given is None:
        if name.startswith(PREFIX):
            raise StudyError(
                f"the factor {name} without values", expected="levels or a range", instead=f"{name} = [..]"
            )
        prior = prior_of(theory, account, name)
        if isinstance(prior, Fixed) or prior.names():
            raise StudyError(
                f"the factor {name} without values",
                expected="levels or a range",
                why="the theory states no independent prior for it",
                instead=f'{{"{name}": {{"from": .., "to": ..}}}}',
            )
        return Factor(name, lambda u: checked(prior.quantile(u)), f"prior {prior.describe()}", default=default)
    if isinstance(given, Mapping):
        low, high = _range(name, given)
        if whole:
            count = int(high) - int(low) + 1
            return Factor(name, lambda u: np.floor(low + u * count), f"{low:g} to {high:g}", default=default)
        checked(np.array([low, high]))
        return Factor(name, lambda u: low + u * (high - low), f"{low:g} to {high:g}", default=default)
    levels = np.asarray(given).tolist()
    if not isinstance(levels, list):
        raise StudyError(f"the factor {name} = {given!r}", expected="a list of values, or a range")
    if not levels or len(set(levels)) < len(levels):
        raise StudyError(f"the factor {name} = {levels}", expected="at least one value, each once")
    if not all(isinstance(x, int | float) and math.isfinite(x) for x in levels):
        raise StudyError(f"the factor {name} = {levels}", expected="finite numbers")
    array = checked(np.array(levels, dtype=np.float64))
    words = ", ".join(f"{x:g}" for x in levels)
    return Factor(
        name,
        lambda u: array[np.minimum((u * array.size).astype(np.int64), array.size - 1)],
        words,
        tuple(array.tolist()),
        default,
    )


def varying(theory: type[Theory], account: Account | None = None) -> dict[str, Given]:
    """Every parameter with an independent prior, over that prior: the default factors of a theory.

    Raises
    ------
    StudyError : the theory states no such prior.
    """
    found: dict[str, Given] = {}
    for name in theory.params:
        prior = prior_of(theory, account, name)
        if not isinstance(prior, Fixed) and not prior.names():
            found[name] = None
    if not found:
        raise StudyError(
            f"theory {theory.name} states no prior that varies",
            expected="factors with what they range over",
            instead=f'over={{"{next(iter(theory.params), "NAME")}": {{"from": .., "to": ..}}}}',
        )
    return found


def numeric_keys() -> dict[str, type]:
    """The population keys that take one number, and whether it must be whole."""
    found: dict[str, type] = {}
    for key, info in PopulationSpecification.model_fields.items():
        text = str(info.annotation)
        if "list" in text or "str" in text or "bool" in text:
            continue
        found[key] = float if "float" in text else int
    return found


def _range(name: str, given: Mapping[str, float]) -> tuple[float, float]:
    if set(given) != {"from", "to"}:
        raise StudyError(f"the factor {name} = {dict(given)}", expected="a range with the keys from and to")
    low, high = given["from"], given["to"]
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x) for x in (low, high))
    if not numbers or low >= high:
        raise StudyError(f"the factor {name} from {low!r} to {high!r}", expected="two finite numbers, the lower first")
    return float(low), float(high)


# -- the methods -------------------------------------------------------------------------------------------------------


def points(factors: Sequence[Factor], method: str = "latin_hypercube", count: int = 64, *, seed: int = 0) -> Points:
    """Lay out the points of a design.

    Parameters
    ----------
    factors : at least one, each name once.
    method : "grid" (the product of all levels), "latin_hypercube", "sobol" (a scrambled Sobol' sequence), "morris"
        (trajectories that move one factor at a time), "one_at_a_time" (each factor at each of its levels, the others at
        their defaults). `table_points` lays out the user's own table.
    count : points of a hypercube; of a Sobol' sequence, a power of two; trajectories of Morris, k + 1 points each.
    seed : of the places; the same seed gives the same points.

    Raises
    ------
    StudyError : an unknown method, no factors, or a count that the method does not allow.

    Source: Morris (1991), Technometrics 33:161-174; Owen (1998), ACM TOMACS 8:71-102 (scrambling).
    """
    if not factors or len({f.name for f in factors}) < len(factors):
        raise StudyError(f"the factors {[f.name for f in factors]}", expected="at least one, each once")
    if method not in METHODS or method == "table":
        known = [name for name in METHODS if name != "table"]
        raise StudyError(
            f"the design {method!r}", expected=f"one of {', '.join(known)}", instead=nearest(method, known)
        )
    if method in ("grid", "one_at_a_time"):
        lacking = next((f for f in factors if not f.levels), None)
        if lacking is not None:
            raise StudyError(
                f"the factor {lacking.name} ranges over {lacking.words}",
                expected="a list of levels",
                why=f"the design {method!r} takes every level of every factor",
            )
        rows = _grid(factors) if method == "grid" else _one_at_a_time(factors)
        return Points(tuple(factors), rows, None, method, seed)
    if count < 2:
        raise StudyError(f"a design of {count} points", expected="at least two")
    u = _places(method, count, len(factors), derive_seed(seed, "points"))
    values = np.column_stack([f.quantile(u[:, j]) for j, f in enumerate(factors)])
    return Points(tuple(factors), values, u, method, seed)


def table_points(factors: Sequence[Factor], table: pl.DataFrame) -> Points:
    """The rows of the user's own table as points: a column for each factor, one point per row.

    Raises
    ------
    StudyError : a column is missing, or a cell is not a finite number.
    """
    columns = []
    for f in factors:
        if f.name not in table.columns:
            raise StudyError(
                f"a table of points without the column {f.name!r}",
                expected="a column for each factor",
                instead=nearest(f.name, table.columns),
            )
        values = table[f.name].cast(pl.Float64, strict=False).to_numpy()
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values))[0])
            raise StudyError(f"row {row + 1} of the points has {f.name} = {table[f.name][row]!r}", expected="a number")
        columns.append(values)
    if not table.height:
        raise StudyError("a table of no points", expected="at least one row")
    return Points(tuple(factors), np.column_stack(columns), None, "table")


def design(
    theory: type[Theory],
    over: Mapping[str, Given] | None = None,
    *,
    method: str = "latin_hypercube",
    count: int = 64,
    seed: int = 0,
    population: PopulationSpecification | None = None,
    rows: pl.DataFrame | Sequence[Mapping[str, float]] | None = None,
) -> Points:
    """The points of a design, for `groundswell.sweep` and `groundswell.sensitivity`.

    Parameters
    ----------
    theory : whose parameters vary.
    over : the range of each factor (`Given`); by default every parameter with a prior, over its prior. With `rows`,
        the columns are the factors.
    method, count, seed : see `points`; "table" takes `rows`.
    population : whose keys (``population.KEY``) may be factors too.
    rows : the points of a "table".

    Raises
    ------
    StudyError, TheoryError : see `factor`, `points` and `table_points`.

    >>> from groundswell import load_theory
    >>> len(design(load_theory("granovetter"), {"sd": {"from": 0.1, "to": 0.3}}, count=8))
    8
    """
    if (rows is None) != (method != "table"):
        raise StudyError(
            f"a design of method {method!r} {'with' if rows is not None else 'without'} rows",
            expected='rows for method = "table", and for no other',
        )
    if rows is not None:
        table = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(list(rows))
        named = {name: [float(x) for x in table[name].unique(maintain_order=True)] for name in table.columns}
        return table_points([factor(theory, name, v, population=population) for name, v in named.items()], table)
    given = varying(theory) if over is None else over
    return points(
        [factor(theory, name, x, population=population) for name, x in given.items()], method, count, seed=seed
    )


def _grid(factors: Sequence[Factor]) -> Floats:
    return np.array(list(itertools.product(*(f.levels for f in factors))), dtype=np.float64)


def _one_at_a_time(factors: Sequence[Factor]) -> Floats:
    held = []
    for f in factors:
        if f.default is None:
            raise StudyError(f"the factor {f.name} has no default", expected="a value in the table [population]")
        held.append(float(f.default))
    rows = [held]
    for j, f in enumerate(factors):
        rows += [[*held[:j], level, *held[j + 1 :]] for level in f.levels if level != held[j]]
    return np.array(rows, dtype=np.float64)


def _places(method: str, count: int, k: int, seed: int) -> Floats:
    from scipy.stats import qmc

    rng = np.random.default_rng(seed)
    if method == "latin_hypercube":
        return np.asarray(qmc.LatinHypercube(k, rng=rng).random(count))
    if method == "sobol":
        power = int(math.log2(count))
        if 2**power != count:
            raise StudyError(
                f"a Sobol' sequence of {count} points",
                expected="a power of two",
                instead=f"{2**power} or {2 ** (power + 1)}",
            )
        return np.asarray(qmc.Sobol(k, rng=rng).random_base2(power))
    jump = _MORRIS_LEVELS / (2 * (_MORRIS_LEVELS - 1))
    rows = []
    for _ in range(count):
        start = rng.integers(0, _MORRIS_LEVELS // 2, size=k) / (_MORRIS_LEVELS - 1)
        up = rng.random(k) < 0.5
        x = np.where(up, start, start + jump)
        rows.append(x.copy())
        for j in rng.permutation(k):
            x[j] += jump if up[j] else -jump
            rows.append(x.copy())
    return np.minimum(np.array(rows), 1.0 - 2.0**-53)


__all__ = [
    "METHODS",
    "PREFIX",
    "Factor",
    "Given",
    "Points",
    "design",
    "factor",
    "numeric_keys",
    "points",
    "table_points",
    "varying",
]
