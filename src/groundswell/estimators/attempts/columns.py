"""The columns of a comparison of attempts: which they are, what must be known, and what is held fixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from groundswell.errors import EstimationError
from groundswell.estimators.statistics.association import MONTE_CARLO
from groundswell.settings import Settings, require_known

Floats = NDArray[np.float64]

SUCCESS = "success"  # the name of its term in the regression


@final
class AttemptSettings(Settings):
    """Columns and options of `compare_attempts`."""

    success: str = Field(description="column of booleans, or of 0 and 1")
    outcome: str = Field(description="column of numbers, measured after the attempt, or a change from before to after")
    controls: tuple[str, ...] = Field((), description="columns held fixed; texts and booleans enter as dummies")
    factors: tuple[str, ...] = Field((), description="controls whose numbers are codes, each of which becomes a dummy")
    cluster: str | None = Field(None, description="column of labels within which errors may be correlated")
    strata: tuple[str, ...] = Field((), description="columns within which success is as good as random")
    before: tuple[str, ...] = Field((), description="columns known before the attempt, for the balance table")
    placebo: tuple[str, ...] = Field((), description="columns of outcomes from before the attempt")
    by: str | None = Field(None, description="column of groups, for the effect within each and their difference")
    unit: str = Field("", description="of the outcome")
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of the intervals")
    draws: int = Field(MONTE_CARLO, ge=19, description="permutations drawn, where they are not all enumerated")
    seed: int = 0

    @property
    def held(self) -> tuple[str, ...]:
        """The columns that the regression holds fixed or adapts to, except success and outcome."""
        return (*self.controls, *self.factors, *self.strata)

    @property
    def used(self) -> list[str]:
        """The columns that must be known for an attempt."""
        return list(dict.fromkeys([self.success, self.outcome, *self.held, *(x for x in (self.cluster, self.by) if x)]))

    def check(self, frame: pl.DataFrame) -> None:
        """Raise EstimationError where a column is missing, or success or outcome is a control too."""
        for name in dict.fromkeys([*self.used, *self.before, *self.placebo]):
            require_known(name, frame.columns, EstimationError, f"no column {name!r}")
        clash = [name for name in (*self.held, *self.before) if name in (self.success, self.outcome)]
        if clash:
            raise EstimationError(f"{clash[0]!r} is a control too", expected="columns other than success and outcome")


@dataclass(frozen=True)
class Attempts:
    """The attempts for which everything used is known: outcome, success, controls, stratum and cluster."""

    y: Floats
    hit: NDArray[np.bool_]
    terms: Mapping[str, Floats]
    stratum: NDArray[np.int64]
    labels: NDArray | None

    @property
    def successes(self) -> int:
        return int(self.hit.sum())

    @property
    def failures(self) -> int:
        return int((~self.hit).sum())


def attempts_of(rows: pl.DataFrame, o: AttemptSettings, outcome: str) -> Attempts:
    hit, y = _success(rows[o.success], o.success), numbers_of(rows[outcome], outcome)
    dummies, stratum = _strata(rows, o.strata)
    labels = None if o.cluster is None else rows[o.cluster].to_numpy()
    return Attempts(y, hit, _terms(rows, o.controls, o.factors) | dummies, stratum, labels)


def complete(frame: pl.DataFrame, used: Sequence[str]) -> tuple[pl.DataFrame, dict[str, int]]:
    """Rows in which every column used is known; and how many were left out because each was missing."""
    excluded: dict[str, int] = {}
    rows = frame
    for name in used:
        unknown = pl.col(name).is_null()
        if frame.schema[name].is_float():
            unknown = unknown | pl.col(name).is_nan()
        known = rows.filter(~unknown)
        if rows.height > known.height:
            excluded[f"{name} not known"] = rows.height - known.height
        rows = known
    if rows.height < 4:
        raise EstimationError(
            f"{rows.height} attempts with everything known", expected="at least 4",
            why="; ".join(f"{k}: {n}" for k, n in excluded.items()) or None,
        )  # fmt: skip
    return rows, excluded


def _success(column: pl.Series, name: str) -> NDArray[np.bool_]:
    kind = column.dtype
    values = set(column.unique().to_list())
    if not (kind == pl.Boolean or kind.is_numeric()) or not values <= {0, 1}:
        raise EstimationError(
            f"{name!r} holds {', '.join(map(str, sorted(map(str, values))[:4]))}", expected="booleans, or 0 and 1"
        )
    if len(values) < 2:
        raise EstimationError(
            f"in every attempt {name!r} is {bool(next(iter(values)))}",
            expected="attempts that succeeded and attempts that failed",
            why="there is nothing to compare with",
        )
    return column.cast(pl.Boolean).to_numpy().astype(bool)


def numbers_of(column: pl.Series, name: str) -> Floats:
    if not (column.dtype == pl.Boolean or column.dtype.is_numeric()):
        raise EstimationError(f"{name!r} holds {column.dtype}", expected="numbers or booleans")
    values = column.cast(pl.Float64).to_numpy()
    if not np.isfinite(values).all():
        raise EstimationError(f"{name!r} holds a number that is not finite", expected="finite numbers")
    return values


def _terms(rows: pl.DataFrame, controls: Sequence[str], factors: Sequence[str]) -> dict[str, Floats]:
    """Columns of the regression: numbers as they are, and a dummy for all values but the first of anything else."""
    terms: dict[str, Floats] = {}
    for name in (*controls, *factors):
        column = rows[name]
        if column.dtype.is_numeric() and name not in factors:
            terms[name] = numbers_of(column, name)
        else:
            terms |= dummies(column, name)
    return terms


def dummies(column: pl.Series, name: str) -> dict[str, Floats]:
    texts = column.cast(pl.String).to_numpy()
    return {f"{name} = {value}": (texts == value).astype(float) for value in sorted(set(texts.tolist()))[1:]}


def _strata(rows: pl.DataFrame, strata: Sequence[str]) -> tuple[dict[str, Floats], NDArray[np.int64]]:
    if not strata:
        return {}, np.zeros(rows.height, dtype=np.int64)
    label = rows.select(pl.concat_str([pl.col(name).cast(pl.String) for name in strata], separator=" / ")).to_series()
    stratum = np.unique(label.to_numpy(), return_inverse=True)[1].astype(np.int64)
    return dummies(label, " / ".join(strata)), stratum


def design_of(terms: Mapping[str, Floats], n: int) -> Floats:
    return np.column_stack([np.ones(n), *terms.values()])
