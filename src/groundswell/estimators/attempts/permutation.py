"""What chance alone would do to a comparison of attempts: success reshuffled within strata, exactly where feasible.

Under the hypothesis that success changed nothing, every way in which the successes could have fallen among the
attempts of a stratum gives the same outcomes. Nothing is assumed about the outcomes, and clusters do not matter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice, product

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.statistics.association import EXACT_ARRANGEMENTS, MONTE_CARLO

_CELLS = 4_000_000  # of one block of arrangements: 4 MB of bits, 32 MB once they are numbers
_TABLES = 2_000_000  # enumerated within a few seconds


@dataclass(frozen=True)
class Arrangements:
    """All the ways, or seeded draws of the ways, in which the successes could have fallen within strata.

    Parameters
    ----------
    success : shape (n,), bool.
    strata : shape (n,), integers from 0; successes stay within their stratum.
    draws : of the Monte Carlo, used when there are more than 200,000 ways.
    seed : of the Monte Carlo.
    """

    success: NDArray[np.bool_]
    strata: NDArray[np.int64]
    draws: int = MONTE_CARLO
    seed: int = 0

    @property
    def ways(self) -> int:
        """How many ways there are."""
        sizes = np.bincount(self.strata)
        hits = np.bincount(self.strata, weights=self.success).astype(int)
        return math.prod(math.comb(int(n), int(k)) for n, k in zip(sizes, hits, strict=True))

    @property
    def exact(self) -> bool:
        return self.ways <= EXACT_ARRANGEMENTS

    @property
    def smallest_p(self) -> float:
        """The smallest p-value that the comparison could give."""
        return 1 / self.ways if self.exact else 1 / (self.draws + 1)

    def p(self, as_far: int) -> float:
        """The p-value where this many arrangements lie at least as far from zero as the one observed."""
        return as_far / self.ways if self.exact else (as_far + 1) / (self.draws + 1)

    def blocks(self) -> Iterator[NDArray[np.bool_]]:
        """Blocks of arrangements, each of shape (some, n)."""
        return self._every() if self.exact else self._drawn()

    def _members(self) -> list[tuple[NDArray[np.int64], int]]:
        places = [np.flatnonzero(self.strata == b) for b in range(int(self.strata.max()) + 1)]
        return [(at, int(self.success[at].sum())) for at in places]

    def _every(self) -> Iterator[NDArray[np.bool_]]:
        choices = [[at[list(c)] for c in combinations(range(at.size), k)] for at, k in self._members()]
        every = product(*choices)
        rows = max(1, _CELLS // self.success.size)
        while block := list(islice(every, rows)):
            marks = np.zeros((len(block), self.success.size), dtype=bool)
            for i, parts in enumerate(block):
                marks[i, np.concatenate(parts)] = True
            yield marks

    def _drawn(self) -> Iterator[NDArray[np.bool_]]:
        rng = np.random.default_rng(derive_seed(self.seed, "arrangements"))
        rows = max(1, _CELLS // self.success.size)
        for done in range(0, self.draws, rows):
            size = min(rows, self.draws - done)
            marks = np.zeros((size, self.success.size), dtype=bool)
            for at, k in self._members():
                if k == at.size:
                    marks[:, at] = True
                elif k:
                    chosen = rng.random((size, at.size)).argpartition(k - 1, axis=1)[:, :k]
                    marks[np.arange(size)[:, None], at[chosen]] = True
            yield marks


@dataclass(frozen=True)
class Permuted:
    """The coefficient of success under every arrangement, and under every shift of the outcome of successes.

    Under arrangement r and a true effect s the coefficient of the outcome without that effect is ``at_zero[r] - s
    slope[r]``, so tests of all shifts, and the interval, come from two vectors.
    """

    observed: float
    at_zero: NDArray[np.float64]
    slope: NDArray[np.float64]
    arrangements: Arrangements

    def p_at(self, shift: float = 0.0) -> float:
        """Two-sided p-value of the effect being ``shift``."""
        slack = 1e-9 * (abs(self.observed) + np.abs(self.at_zero).max() + 1e-300)
        away = np.abs(self.at_zero - shift * self.slope)
        return self.arrangements.p(int(np.sum(away >= abs(self.observed - shift) - slack)))

    def interval(self, level: float, reach: float) -> tuple[float, float]:
        """The shifts that are not rejected at ``1 - level``; infinite where none within ``reach`` is."""
        return self._edge(level, -reach), self._edge(level, reach)

    def _edge(self, level: float, way: float) -> float:
        if self.p_at(self.observed + way) > 1 - level:
            return math.copysign(math.inf, way)
        near, far = self.observed, self.observed + way
        for _ in range(50):
            middle = 0.5 * (near + far)
            near, far = (middle, far) if self.p_at(middle) > 1 - level else (near, middle)
        return 0.5 * (near + far)


def permute(outcome: NDArray[np.float64], controls: NDArray[np.float64], arrangements: Arrangements) -> Permuted:
    """The least-squares coefficient of success, controls held, under every arrangement of success.

    ``b(s) = s'My / s'Ms`` with M the residual maker of the controls (Frisch & Waugh 1933), so that one arrangement
    costs one row of a matrix product.

    Parameters
    ----------
    outcome : shape (n,).
    controls : shape (n, k), the constant among them.

    Raises
    ------
    EstimationError : where the controls determine success.
    """
    basis, triangle = np.linalg.qr(controls)
    held = np.abs(np.diag(triangle)) > 1e-9 * np.abs(triangle).max()
    basis = basis[:, held]
    success = arrangements.success.astype(float)
    left_y, left_s = outcome - basis @ (basis.T @ outcome), success - basis @ (basis.T @ success)
    size = float(left_s @ success)
    if size <= 1e-9 * success.sum():
        raise EstimationError(
            "the controls determine success", expected="attempts alike in their controls of which some failed"
        )
    tops, slopes = [], []
    for marks in arrangements.blocks():
        s = marks.astype(float)
        bottom = s.sum(axis=1) - ((s @ basis) ** 2).sum(axis=1)
        fine = bottom > 1e-9 * success.sum()  # where the controls determine an arrangement, it has no coefficient
        bottom = np.where(fine, bottom, 1.0)
        tops.append(np.where(fine, s @ left_y / bottom, 0.0))
        slopes.append(np.where(fine, s @ left_s / bottom, 0.0))
    return Permuted(float(left_y @ success) / size, np.concatenate(tops), np.concatenate(slopes), arrangements)


def freeman_halton(table: ArrayLike) -> float:
    """Exact two-sided p-value of "rows do not matter" in a table of two rows: Fisher's test, for any number of columns.

    The probability, given the margins, of all tables that are no more probable than the one observed. With two columns
    it is Fisher's exact test.

    Parameters
    ----------
    table : shape (2, k), counts.

    Raises
    ------
    EstimationError : not two rows of counts, an empty row, or too many tables to enumerate.

    Source: Freeman & Halton (1951), Biometrika 38:141-149.
    """
    counts = np.asarray(table)
    if counts.ndim != 2 or counts.shape[0] != 2 or not np.issubdtype(counts.dtype, np.integer) or (counts < 0).any():
        raise EstimationError(f"a table of shape {counts.shape}", expected="two rows of counts")
    columns = counts.sum(axis=0)
    counts, columns = counts[:, columns > 0], columns[columns > 0]
    first = int(counts[0].sum())
    if not 0 < first < columns.sum():
        raise EstimationError("a table with an empty row", expected="counts in both rows")
    if math.prod(int(c) + 1 for c in columns[:-1]) > _TABLES:
        raise EstimationError(
            f"a table with columns of {columns.tolist()}",
            expected="fewer values or fewer attempts",
            why="its exact distribution has too many tables",
            instead="use the permutation test of the means",
        )

    def weight(inside: NDArray, total: int) -> NDArray:
        return -special.gammaln(inside + 1.0) - special.gammaln(total - inside + 1.0)

    taken, logs = np.zeros(1, dtype=int), np.zeros(1)
    for column in columns[:-1].tolist():
        inside = np.arange(column + 1)
        taken = (taken[:, None] + inside[None, :]).ravel()
        logs = (logs[:, None] + weight(inside, column)[None, :]).ravel()
        logs, taken = logs[taken <= first], taken[taken <= first]
    rest, last = first - taken, int(columns[-1])
    fits = rest <= last
    logs = logs[fits] + weight(rest[fits], last)
    mine = float(sum(weight(np.array([a]), int(c))[0] for a, c in zip(counts[0], columns, strict=True)))
    chances = np.exp(logs - logs.max())
    return float(chances[logs <= mine + 1e-7].sum() / chances.sum())


def rank_sum(values: NDArray[np.float64], success: NDArray[np.bool_]) -> float:
    """Two-sided p-value of the rank-sum test (Wilcoxon 1945), by its normal limit, with ties and no correction."""
    ranks = stats.rankdata(values)
    n, k = values.size, int(success.sum())
    variance = k * (n - k) * float(ranks.var(ddof=1)) / n
    if variance <= 0:
        return 1.0
    z = (float(ranks[success].sum()) - k * (n + 1) / 2) / math.sqrt(variance)
    return float(2 * special.ndtr(-abs(z)))
