"""One target series of the model of excitation, prepared for its likelihood, and a fitted point of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate, special

from groundswell.estimators.excitation.baseline import BaselineDesign, Floats
from groundswell.estimators.excitation.discrete_kernels import FREE, adjustment, filtered_products, kernel_sums
from groundswell.estimators.excitation.group import MOST_EXPLAINED, Point

Family = Literal["poisson", "negative_binomial"]

_DECAYS = 24  # at which the adjustment is computed; a spline between them errs by 1e-5 of a log-likelihood
DISPERSION = (1e-6, 50.0)  # from indistinguishable from Poisson to a variance of 50 mean²


@dataclass(frozen=True)
class Basis:
    """The columns of a baseline as the likelihood uses them: X = F A, its rigid columns orthonormal up to a factor √T.

    Parameters
    ----------
    X : shape (T, p); rigid columns first, then the wiggles, with the rigid columns projected out of them.
    index, value, A : the same, by way of the local basis F of the design.
    rigid : the number of rigid columns.
    lead : steps at the start that are conditioned on.
    gram : X'X after the lead.
    """

    X: Floats
    index: NDArray[np.uint64]
    value: Floats
    A: Floats
    rigid: int
    lead: int
    gram: Floats


@dataclass(frozen=True)
class Adjustment:
    """What fitting the rigid columns costs self-excitation: ``1/2 log |M(n, decay)|``, subtracted from the likelihood.

    In terms of the *marginal* mean m (orthogonal to n, nearly), a rigid column x moves the conditional mean by
    ``m x - n (kernel * m x)``, so the information on it, M, falls as n rises, and the profile likelihood is biased
    against n. Subtracting 1/2 log |M| (Cox & Reid 1987; REML in the linear case) removes that bias. Here m and the
    weights are those of a smoothed record, which leaves an error of smaller order. M is quadratic in n; its
    coefficients are computed at a grid of decays and joined by a cubic spline.
    """

    grid: Floats  # (G,); log half-lives
    M0: Floats  # (r, r)
    mixed: Floats  # (4, G - 1, r, r)
    own: Floats
    at_none: float  # the value at n = 0, subtracted so that models with other columns are comparable

    def __call__(self, n: float, log_half_life: float) -> tuple[float, float, float]:
        """Value minus that at n = 0, and derivatives in n and log half-life."""
        value, in_n, in_h = adjustment(self.grid, self.M0, self.mixed, self.own, n, log_half_life)
        return value - self.at_none, in_n, in_h


@dataclass(frozen=True)
class CountTarget:
    """One target series with its sources and its baseline."""

    y: Floats  # (T,)
    S: Floats  # (T, J)
    start: Floats  # (J,); kernel sums before the first step
    basis: Basis
    above: Floats
    constant: float  # -sum log y!
    scale: Floats  # (J,); a unit step in n / scale is about one standard error
    b0: Floats  # (p,) to start from
    poisson: bool
    soft: float
    own: int  # the source that is the target itself; -1 in a placebo
    bounds: tuple[float, float]  # of the log half-life
    adjustment: Adjustment | None  # of the own source

    @property
    def sources(self) -> int:
        return self.S.shape[1]

    @property
    def widest(self) -> Floats:
        """The largest branching from each source that is considered."""
        events = MOST_EXPLAINED * float(self.y.mean())
        return np.array([events / float(self.S[:, j].mean()) for j in range(self.sources)])

    @property
    def wiggles(self) -> int:
        return self.X.shape[1] - self.rigid

    @property
    def X(self) -> Floats:  # noqa: N802 (a matrix)
        return self.basis.X

    @property
    def rigid(self) -> int:
        return self.basis.rigid

    @property
    def lead(self) -> int:
        return self.basis.lead


@dataclass(frozen=True)
class Parts:
    """Mean and derivatives of one target at a point."""

    base: Floats
    mean: Floats
    weight: Floats  # 1 / variance
    link: Floats
    z: Floats
    in_log_half_life: Floats


def early_mean(S: Floats, lead: int) -> Floats:
    return S[:lead].mean(axis=0)


def counts_above(used: Floats) -> Floats:
    """For i = 0, 1, ..., how many values exceed i."""
    return used.size - np.searchsorted(np.sort(used), np.arange(max(int(used.max()), 1)), side="right").astype(float)


def _orthonormaliser(X: Floats, lead: int) -> Floats:
    """V with X V orthonormal after the lead up to a factor √T; dependent columns are left out."""
    scale = np.maximum(np.abs(X).max(axis=0), 1e-300)
    _, singular, vt = np.linalg.svd(X[lead:] / scale, full_matrices=False)
    keep = singular > 1e-8 * singular[0]
    return (vt[keep].T / singular[keep]) * math.sqrt(X.shape[0] - lead) / scale[:, None]


def prepare_basis(design: BaselineDesign, lead: int) -> Basis:
    rigid, wiggles = design.rigid, design.wiggles
    V = _orthonormaliser(rigid, lead)
    Q = rigid @ V
    # given free coefficients of Q, taking Q out of the wiggles changes only the conditioning of the model
    taken = Q[lead:].T @ wiggles[lead:] / (rigid.shape[0] - lead)
    X = np.ascontiguousarray(np.hstack([Q, wiggles - Q @ taken]))
    Q_map = design.rigid_map @ V
    return Basis(
        X=X,
        index=design.index,
        value=design.value,
        A=np.ascontiguousarray(np.hstack([Q_map, design.wiggle_map - Q_map @ taken])),
        rigid=Q.shape[1],
        lead=lead,
        gram=X[lead:].T @ X[lead:],
    )


def _adjustment(basis: Basis, level: Floats, weight: Floats, bounds: tuple[float, float]) -> Adjustment:
    columns = np.ascontiguousarray(basis.X[:, : basis.rigid] * level[:, None])
    grid = np.linspace(bounds[0], bounds[1], _DECAYS)
    products = [filtered_products(columns, weight, basis.lead, 2.0 ** (-1 / math.exp(h))) for h in grid]
    mixed, own = (np.ascontiguousarray(interpolate.CubicSpline(grid, [p[i] for p in products]).c) for i in (0, 1))
    M0 = columns[basis.lead :].T @ (columns * weight[:, None])[basis.lead :]
    return Adjustment(grid, M0, mixed, own, adjustment(grid, M0, mixed, own, 0.0, grid[0])[0])


def prepare_target(
    y: Floats,
    S: Floats,
    basis: Basis,
    family: Family,
    inhibition: bool,
    own: int,
    bounds: tuple[float, float],
) -> CountTarget:
    """One prepared target: `own` is the source that is the target itself, or -1; `bounds` are those of the decay."""
    lead, X, rigid = basis.lead, basis.X, basis.rigid
    window = max(3, y.size // 40)
    sums = np.concatenate([[0.0], np.cumsum(np.pad(y, window, mode="edge"))])
    smooth = (sums[2 * window + 1 :] - sums[: -2 * window - 1]) / (2 * window + 1)
    start = early_mean(S, lead)
    z, _ = kernel_sums(S, start, 0.7)
    information = np.sum((z**2 / (smooth + 0.1)[:, None])[lead:], axis=0)
    used = y[lead:]
    level = np.maximum(smooth, 0.05 * float(y.mean()))
    excess = float(np.clip(np.sum((y - level) ** 2 - level) / np.sum(level**2), 0, 5))
    weight = 1 / (level * (1 + excess * level))
    return CountTarget(
        y=y,
        S=S,
        start=start,
        basis=basis,
        above=counts_above(used),
        constant=-float(special.gammaln(used + 1).sum()),
        scale=1 / np.sqrt(np.maximum(information, 1e-12)),
        b0=coefficients(basis, np.log(smooth + 0.1), np.repeat([1e-6, 10.0], [rigid, X.shape[1] - rigid])),
        poisson=family == "poisson",
        soft=0.1 * float(y.mean()) if inhibition else 0.0,
        own=own,
        bounds=bounds,
        adjustment=_adjustment(basis, level, weight, bounds) if own >= 0 else None,
    )


def coefficients(basis: Basis, eta: Floats, ridge: Floats) -> Floats:
    """Coefficients b with X b near eta, by least squares with a ridge."""
    A = basis.gram + np.diag(ridge)
    return np.asarray(np.linalg.solve(A, basis.X[basis.lead :].T @ eta[basis.lead :]), dtype=np.float64)


def mean_parts(t: CountTarget, point: Point, k: int = 0) -> Parts:
    n, spread, half = point.n[k], point.spread[k], math.exp(point.log_half_life)
    d = 2.0 ** (-1 / half)
    z, dz = kernel_sums(t.S, t.start, d)
    base = np.exp(np.clip(t.X @ point.b[k], -30, 30))
    u = base + z @ n
    if t.soft > 0:
        mean, link = t.soft * np.logaddexp(0, u / t.soft), special.expit(u / t.soft)
    else:
        mean, link = u, np.ones_like(u)
    mean = np.maximum(mean, 1e-13)
    return Parts(base, mean, 1 / (mean * (1 + spread * mean)), link, z, (dz @ n) * d * math.log(2) / half)


def prior_precision(t: CountTarget, point: Point, k: int) -> Floats:
    """Of the coefficients of the baseline, shape (p,)."""
    return np.where(np.arange(t.X.shape[1]) < t.rigid, FREE, point.stiffness[k])
