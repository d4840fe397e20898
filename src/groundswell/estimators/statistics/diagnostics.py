"""Checks of a fitted model: residuals, their distribution, their memory, and calibration.

A check is a small record with a statistic and a p-value. An estimator that fails its checks gives no verdict, so
each check here is itself checked in the tests: it must fail on a model broken in the way that it is meant to detect.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Check


def numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """The values as float64 of any shape, NaN where unknown.

    Raises
    ------
    EstimationError : something is not a number, or rows are of unequal length.
    """
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise EstimationError(f"{name} holds something that is not a number", expected="numbers") from None


def finite_vector(values: ArrayLike, name: str, *, at_least: int = 1) -> NDArray[np.float64]:
    """The values as a float64 vector, or an error that says which one is not finite.

    Raises
    ------
    EstimationError : when not one-dimensional, shorter than ``at_least``, or not finite.
    """
    array = numbers(values, name)
    if array.ndim != 1:
        raise EstimationError(f"{name} has shape {array.shape}", expected="one dimension")
    if array.size < at_least:
        raise EstimationError(f"{name} has {array.size} values", expected=f"at least {at_least}")
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        raise EstimationError(
            f"{name}[{bad[0]}] is {array[bad[0]]}",
            expected="finite numbers",
            why="a missing value is not a zero",
            instead="remove or impute it first, and report that you did",
        )
    return array


def count_cdf(counts: NDArray[np.float64], mean: NDArray[np.float64], dispersion: float) -> NDArray[np.float64]:
    """P(Y <= counts) for a Poisson (dispersion 0) or negative binomial of variance mean + dispersion mean²."""
    if dispersion <= 0:
        return np.where(counts < 0, 0.0, special.pdtr(np.maximum(counts, 0), mean))
    size = 1.0 / dispersion
    share = 1.0 / (1.0 + dispersion * mean)
    return np.where(counts < 0, 0.0, special.betainc(size, np.maximum(counts, 0) + 1.0, share))


def randomised_quantiles(
    counts: ArrayLike, mean: ArrayLike, dispersion: float = 0.0, seed: int = 0
) -> NDArray[np.float64]:
    """Randomised probability-integral transform of counts: uniform on (0, 1) when the model is right.

    ``u_t = F(y_t - 1) + v_t [F(y_t) - F(y_t - 1)]`` with v_t uniform; ``scipy.stats.norm.ppf(u)`` is the randomised
    quantile residual.

    Parameters
    ----------
    counts, mean : shape (T,); observed counts (0, 1, ...) and the model's conditional means (> 0).
    dispersion : negative-binomial dispersion, variance = mean + dispersion mean²; 0 is Poisson.
    seed : of the randomisation.

    Returns
    -------
    float64 of shape (T,), strictly inside (0, 1).

    Known limits: parameters fitted to the same counts make the residuals a little too uniform, so tests on them are
    conservative. Source: Dunn & Smyth (1996), J. Comput. Graph. Stat. 5:236-244.
    """
    y, mu = finite_vector(counts, "counts"), finite_vector(mean, "mean")
    if y.shape != mu.shape:
        raise EstimationError(f"{y.size} counts and {mu.size} means", expected="equal numbers")
    low, high = count_cdf(y - 1, mu, dispersion), count_cdf(y, mu, dispersion)
    v = np.random.default_rng(derive_seed(seed, "randomised quantiles")).uniform(size=y.size)
    return np.clip(low + v * (high - low), 1e-12, 1 - 1e-12)


def uniformity(u: ArrayLike, level: float = 0.05) -> Check:
    """Kolmogorov-Smirnov test of values against the uniform distribution on (0, 1)."""
    result = stats.kstest(finite_vector(u, "u", at_least=5), "uniform")
    return Check("uniform residuals", float(result.statistic), float(result.pvalue), "Kolmogorov-Smirnov", level)


def autocorrelation(values: ArrayLike, lags: int) -> NDArray[np.float64]:
    """Sample autocorrelations at lags 1..lags; shape (lags,)."""
    x = finite_vector(values, "values", at_least=lags + 2)
    x = x - x.mean()
    total = float(x @ x)
    if total <= 0:
        raise EstimationError("all values are equal", expected="values that vary")
    return np.array([float(x[lag:] @ x[:-lag]) / total for lag in range(1, lags + 1)])


def ljung_box(
    residuals: ArrayLike,
    lags: int | None = None,
    fitted: int = 0,
    expected: ArrayLike | None = None,
    level: float = 0.05,
) -> Check:
    """Whether residuals are autocorrelated: ``Q = T (T + 2) sum_l (r_l - e_l)² / (T - l)``, chi-square with lags -
    fitted df.

    Parameters
    ----------
    residuals : shape (T,).
    lags : number of lags; by default min(20, T // 5).
    fitted : number of parameters of the memory fitted to the same series.
    expected : shape (lags,); autocorrelations e that a correct model would leave, because regressors were fitted to the
        same series; by default 0.

    Source: Ljung & Box (1978), Biometrika 65:297-303.
    """
    x = finite_vector(residuals, "residuals", at_least=10)
    lags = lags or max(3, min(20, x.size // 5))
    r = autocorrelation(x, lags)
    if expected is not None:
        r = r - finite_vector(expected, "expected", at_least=lags)[:lags]
    q = float(x.size * (x.size + 2) * np.sum(r**2 / (x.size - np.arange(1, lags + 1))))
    p = float(stats.chi2.sf(q, max(1, lags - fitted)))
    return Check("residuals without memory", q, p, f"Ljung-Box, {lags} lags", level)


def dispersion(
    counts: ArrayLike, mean: ArrayLike, dispersion: float = 0.0, fitted: int = 0, level: float = 0.05
) -> Check:
    """Whether the spread of counts agrees with the model: Pearson's ``sum (y - mu)²/V / (T - fitted)``, two-sided.

    Its variance uses the fourth moment of the count distribution, so it holds for small means: per observation
    ``2 + 6 dispersion + 1/V``.
    """
    y, mu = finite_vector(counts, "counts"), finite_vector(mean, "mean")
    variance = mu + dispersion * mu**2
    free = max(1, y.size - fitted)
    ratio = float(np.sum((y - mu) ** 2 / variance) / free)
    error = float(np.sqrt(np.sum(2.0 + 6.0 * dispersion + 1.0 / np.maximum(variance, 1e-12))) / free)
    z = (ratio - 1.0) / error
    return Check("dispersion", ratio, float(2 * stats.norm.sf(abs(z))), "Pearson ratio, moment z", level)


def rank_uniformity(ranks: ArrayLike, draws: int, bins: int | None = None, level: float = 0.001) -> Check:
    """Simulation-based calibration: ranks of the truth among posterior draws are uniform on 0..draws.

    Parameters
    ----------
    ranks : shape (N,), integers 0..draws; for each simulated record, how many posterior draws lie below the truth.
    draws : draws per posterior.
    bins : of the chi-square; by default about N/10, at most 20, and never more than draws + 1.
    level : significance level; small by default, since a calibration check is made once per test run.

    Source: Talts, Betancourt, Simpson, Vehtari & Gelman (2018), arXiv:1804.06788.
    """
    r = finite_vector(ranks, "ranks", at_least=20)
    if (r < 0).any() or (r > draws).any() or (r != np.round(r)).any():
        raise EstimationError("ranks outside 0..draws", expected=f"integers from 0 to {draws}")
    bins = min(bins or max(4, min(20, r.size // 10)), draws + 1)
    edges = np.linspace(0, draws + 1, bins + 1)
    observed = np.histogram(r, bins=edges)[0]
    width = np.diff(np.ceil(edges))  # integers per bin
    expected = r.size * width / width.sum()
    chi2 = float(np.sum((observed - expected) ** 2 / expected))
    return Check("rank uniformity", chi2, float(stats.chi2.sf(chi2, bins - 1)), f"chi-square, {bins} bins", level)


def coverage(low: ArrayLike, high: ArrayLike, truth: ArrayLike | float, nominal: float, level: float = 0.001) -> Check:
    """Whether intervals cover the truth as often as they claim; exact binomial test. The statistic is the share."""
    lo, hi = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    inside = (lo <= truth) & (truth <= hi)
    p = float(stats.binomtest(int(inside.sum()), inside.size, nominal).pvalue)
    return Check("coverage", float(inside.mean()), p, f"binomial, nominal {nominal:g}, N = {inside.size}", level)
