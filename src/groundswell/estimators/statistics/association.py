"""Small-sample tools for the claims: each returns one `Estimate`, with an interval, a p-value and its checks.

The records that bear on a claim are often a dozen numbers. So differences are judged by permutation (exact where
feasible), ranges between sources are propagated rather than averaged away, and an estimate that its data cannot
support says so (``passed`` is False and the check that failed is named).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, islice, permutations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate
from groundswell.estimators.statistics.diagnostics import finite_vector

EXACT_ARRANGEMENTS = 200_000  # enumerated in well under a second; above, seeded Monte Carlo
MONTE_CARLO = 20_000  # standard error of a p-value of 0.05: 0.0015


def _generator(seed: int, *labels: str | int) -> np.random.Generator:
    return np.random.default_rng(derive_seed(seed, *labels))


def _check_level(level: float) -> float:
    if not 0.5 <= level < 1:
        raise EstimationError(f"level {level}", expected="a coverage from 0.5 up to, not including, 1")
    return level


# --- difference of two groups ---------------------------------------------------------------------------------------


def permutation_difference(
    values: ArrayLike,
    groups: Sequence[object] | NDArray,
    *,
    order: Literal["any", "time"] = "any",
    unit: str = "",
    level: float = 0.95,
    seed: int = 0,
    draws: int = MONTE_CARLO,
) -> Estimate:
    """The difference of two group means, judged by how labels could have fallen.

    ``d = mean(values | second group) - mean(values | first group)``; groups in sorted order, so False before True.
    p is the share of arrangements with ``|d*| >= |d|`` (observed one included). The interval holds the shifts s that
    the same test, applied to values with s subtracted from the second group, does not reject at ``1 - level``.

    Parameters
    ----------
    values : shape (n,), any unit.
    groups : n labels of two kinds.
    order : "any": values are exchangeable, and every arrangement of the labels counts. "time": values are in the
        order of time and may be autocorrelated; only arrangements that keep that order count, the labels shifted round,
        forwards and backwards (2 n of them), so that it takes 11 values for a p-value below 0.05.
    draws : of the Monte Carlo, used when there are more than 200,000 arrangements.

    Returns
    -------
    `Estimate`; ``passed`` is False when even the most extreme arrangement could not reach ``p < 1 - level``.

    Raises
    ------
    EstimationError : unless there are exactly two kinds of label and as many labels as values.

    Known limits: tests equality of distributions, and of means only if spreads are alike; the interval assumes a
    shift. With "time", values are taken as stationary, and as the same forwards and backwards.
    Source: Ernst (2004), Statistical Science 19:676-685; Besag & Clifford (1989), Biometrika 76:633-642 (moves that
    keep dependence).
    """
    v = finite_vector(values, "values", at_least=3)
    labels = np.asarray(groups)
    _check_level(level)
    if labels.shape != v.shape:
        raise EstimationError(f"{v.size} values and {labels.size} labels", expected="one label for each value")
    kinds = np.unique(labels)
    if kinds.size != 2:
        raise EstimationError(f"{kinds.size} kinds of label", expected="exactly two")
    second = labels == kinds[1]
    n, k = v.size, int(second.sum())
    if order not in ("any", "time"):
        raise EstimationError(f"order {order!r}", expected="'any' or 'time'")
    arrangements = math.comb(n, k) if order == "any" else 2 * n
    exact = arrangements <= EXACT_ARRANGEMENTS or order == "time"
    rng = _generator(seed, "permutation difference")
    per_chunk = max(1, 4_000_000 // n)  # index blocks of at most 32 MB
    if order == "time":
        shift = (np.arange(n)[:, None] + np.arange(n)) % n
        turned = np.concatenate([second[shift], second[::-1][shift]])
        blocks = iter([np.array([np.flatnonzero(row) for row in turned])])
    elif exact:
        every = combinations(range(n), k)
        blocks = (np.array(list(islice(every, per_chunk))) for _ in range(-(-arrangements // per_chunk)))
    else:
        sizes = [min(per_chunk, draws - done) for done in range(0, draws, per_chunk)]
        blocks = (rng.random((size, n)).argpartition(k - 1, axis=1)[:, :k] for size in sizes)
    inside_v, inside_g = [], []
    marks = second.astype(float)
    for rows in blocks:
        inside_v.append(v[rows].sum(axis=1))
        inside_g.append(marks[rows].sum(axis=1))

    def contrast(inside: list[NDArray], total: float) -> NDArray:
        sums = np.concatenate(inside)
        return sums / k - (total - sums) / (n - k)

    observed = float(v[second].mean() - v[~second].mean())
    effect, slope = contrast(inside_v, v.sum()), contrast(inside_g, marks.sum())
    slack = 1e-9 * (np.abs(v).max() + 1e-300)

    def p_at(shift: float) -> float:
        hits = int(np.sum(np.abs(effect - shift * slope) >= abs(observed - shift) - slack))
        return hits / arrangements if exact else (hits + 1) / (draws + 1)

    alpha = 1 - level
    reach = float(v.max() - v.min()) * 4 + 1e-12
    low = _boundary(lambda s: p_at(s) > alpha, observed, observed - reach)
    high = _boundary(lambda s: p_at(s) > alpha, observed, observed + reach)
    smallest = 1 / arrangements if exact else 1 / (draws + 1)
    return Estimate(
        observed,
        low,
        high,
        p_at(0.0),
        n,
        "difference of means, "
        + ("labels shifted in time" if order == "time" else f"{'exact' if exact else 'Monte Carlo'} permutation test")
        + ", interval by inversion",
        unit,
        smallest < alpha,
        {
            "groups": [str(x) for x in kinds],
            "n_first": n - k,
            "n_second": k,
            "arrangements": arrangements,
            "smallest_possible_p": smallest,
        },
        level,
    )


def _boundary(inside, start: float, far: float) -> float:
    """The point between an inside start and a far point where inside ends; infinite when it does not."""
    if inside(far):
        return math.copysign(math.inf, far - start)
    near = start
    for _ in range(60):
        middle = 0.5 * (near + far)
        near, far = (middle, far) if inside(middle) else (near, middle)
    return 0.5 * (near + far)


# --- rank association -----------------------------------------------------------------------------------------------


def rank_association(
    x: ArrayLike,
    y: ArrayLike,
    *,
    method: Literal["spearman", "kendall"] = "spearman",
    level: float = 0.95,
    seed: int = 0,
    draws: int = MONTE_CARLO,
) -> Estimate:
    """Rank correlation of two series, with a permutation p-value and a bootstrap interval.

    Spearman: Pearson correlation of mid-ranks. Kendall: tau-b. p is two-sided over all orders of y (exact to n = 8,
    else ``draws`` seeded ones). The interval is the percentile bootstrap over pairs.

    Parameters
    ----------
    x, y : shape (n,), n >= 4, neither constant.

    Returns
    -------
    `Estimate` on [-1, 1]; ``passed`` is False when n < 6, where a percentile bootstrap is uninformative.

    Known limits: pairs are taken as exchangeable; in time series with trends, neither p nor interval is valid
    (difference or detrend first). Source: Kendall & Gibbons (1990), Rank Correlation Methods.
    """
    a, b = finite_vector(x, "x", at_least=4), finite_vector(y, "y", at_least=4)
    _check_level(level)
    if a.size != b.size:
        raise EstimationError(f"{a.size} values of x and {b.size} of y", expected="pairs")
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        raise EstimationError("one of the series is constant", expected="values that vary")
    if method not in ("spearman", "kendall"):
        raise EstimationError(f"method {method!r}", expected="'spearman' or 'kendall'")
    n = a.size

    def statistic(first: NDArray, second: NDArray) -> NDArray:
        """Along the last axis, for many pairs of series at once."""
        if method == "spearman":
            ra, rb = stats.rankdata(first, axis=-1), stats.rankdata(second, axis=-1)
            ra = ra - ra.mean(axis=-1, keepdims=True)
            rb = rb - rb.mean(axis=-1, keepdims=True)
            top = (ra * rb).sum(axis=-1)
            bottom = np.sqrt((ra**2).sum(axis=-1) * (rb**2).sum(axis=-1))
        else:
            i, j = np.triu_indices(n, 1)
            da, db = np.sign(first[..., i] - first[..., j]), np.sign(second[..., i] - second[..., j])
            top = (da * db).sum(axis=-1)
            bottom = np.sqrt((da**2).sum(axis=-1) * (db**2).sum(axis=-1))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), np.nan)

    observed = float(statistic(a, b))
    exact = n <= 8  # 8! = 40,320 orders
    rng = _generator(seed, "rank association")
    orders = np.array(list(permutations(range(n)))) if exact else rng.random((draws, n)).argsort(axis=1)
    chunk = max(1, 4_000_000 // (n * n))  # keeps Kendall's pairs of one chunk below 32 MB
    null = np.concatenate(
        [
            statistic(np.broadcast_to(a, part.shape), b[part])
            for part in np.array_split(orders, max(1, -(-len(orders) // chunk)))
        ]
    )
    hits = int(np.sum(np.abs(null) >= abs(observed) - 1e-12))
    p = hits / len(orders) if exact else (hits + 1) / (draws + 1)
    picks = rng.integers(0, n, (4000, n))
    boot = np.concatenate([statistic(a[part], b[part]) for part in np.array_split(picks, max(1, -(-4000 // chunk)))])
    boot = boot[np.isfinite(boot)]
    tail = (1 - level) / 2
    low, high = np.quantile(boot, [tail, 1 - tail])
    return Estimate(
        observed,
        float(low),
        float(high),
        p,
        n,
        f"{method} rank correlation, {'exact' if exact else 'Monte Carlo'} permutation p, percentile bootstrap",
        "correlation",
        n >= 6,
        {"bootstrap_samples": int(boot.size), "enough_pairs": n >= 6},
        level,
    )


# --- decay and growth -----------------------------------------------------------------------------------------------


_MEMORIES = (*np.linspace(0.0, 0.9, 10).tolist(), 0.95, 1.0)  # per mean step; 1 is a random walk
_PLAUSIBLE = 1.92  # half the 95% point of chi-square with one degree of freedom


def _lines_with_memory(middle: NDArray, logs: NDArray, t: NDArray) -> list[tuple[float, NDArray, NDArray]]:
    """(memory, slopes, standard errors) of lines through many series, for each memory that ``middle`` allows."""
    n, free = t.size, t.size - 2
    X = np.column_stack([np.ones(n), t - t.mean()])
    apart = np.abs(t[:, None] - t[None, :]) / float(np.diff(t).mean())
    since = (t - t[0]) / float(np.diff(t).mean())
    found, likelihoods = [], []
    for memory in _MEMORIES:
        S = np.minimum(since[:, None], since[None, :]) + 1e3 if memory == 1 else np.where(
            apart > 0, memory ** np.where(apart > 0, apart, 1.0), 1.0
        )  # fmt: skip
        L = np.linalg.cholesky(S + 1e-10 * np.eye(n))
        W = np.linalg.solve(L, X)
        A = np.linalg.inv(W.T @ W)

        def fit(y: NDArray, L=L, W=W, A=A) -> tuple[NDArray, NDArray]:
            z = np.linalg.solve(L, y.T)
            b = A @ (W.T @ z)
            return b[1], np.maximum(((z - W @ b) ** 2).sum(axis=0) / free, 1e-300)

        scale = float(fit(middle[None, :])[1][0])
        likelihoods.append(
            -float(np.log(np.diag(L)).sum()) + 0.5 * math.log(np.linalg.det(A)) - free / 2 * math.log(scale)
        )
        slope, variance = fit(logs)
        found.append((memory, slope, np.sqrt(variance * A[1, 1])))
    return [f for f, likelihood in zip(found, likelihoods, strict=True) if likelihood >= max(likelihoods) - _PLAUSIBLE]


def growth_rate(
    values_low: ArrayLike,
    values_high: ArrayLike,
    times: ArrayLike,
    *,
    unit: str = "per step",
    level: float = 0.95,
    seed: int = 0,
    draws: int = MONTE_CARLO,
) -> Estimate:
    """Exponential growth of a quantity whose sources give a low and a high figure.

    ``log y = a + g t``. Each draw picks every log value uniformly in its range and adds the Student t error of the
    slope of that draw; value is the median, low and high the quantiles. A series without growth may drift: residuals
    may be autocorrelated (``rho^|t - s|``, up to a random walk at rho = 1), and p and interval are the widest over each
    rho whose restricted likelihood lies within 1.92 of the largest, by generalised least squares.

    Parameters
    ----------
    values_low, values_high : shape (n,), n >= 3, 0 < low <= high.
    times : shape (n,), increasing; the unit of g is one over theirs.

    Returns
    -------
    `Estimate`; p is twice the smaller tail of draws on either side of zero; checks hold the share of the variance that
    comes from the ranges. ``passed`` is False when the residuals curve (p < 0.05 at the mid figures).

    Known limits: ranges of different dates are taken as independent, which they are not where one source is low
    throughout; that leaves the slope unbiased but the interval a little too wide. Half a dozen values can hardly
    distinguish growth from a random walk; the wide interval shows it.
    """
    low_y = finite_vector(values_low, "values_low", at_least=3)
    high_y = finite_vector(values_high, "values_high", at_least=3)
    t = finite_vector(times, "times", at_least=3)
    _check_level(level)
    if not low_y.size == high_y.size == t.size:
        raise EstimationError(f"{low_y.size} low, {high_y.size} high, {t.size} times", expected="equal numbers")
    if (low_y <= 0).any() or (high_y < low_y).any():
        raise EstimationError("a range is not positive, or its low exceeds its high", expected="0 < low <= high")
    if (np.diff(t) <= 0).any():
        raise EstimationError("times do not increase", expected="increasing times")
    rng = _generator(seed, "growth rate")
    logs = np.log(low_y) + rng.random((draws, t.size)) * np.log(high_y / low_y)
    centred = t - t.mean()
    spread = float(centred @ centred)
    slopes = (logs @ centred) / spread
    free = t.size - 2
    noise = rng.standard_t(free, draws)
    middle = 0.5 * (np.log(low_y) + np.log(high_y))
    tail = (1 - level) / 2
    low, high, p, allowed = math.inf, -math.inf, 0.0, []
    for memory, slope, error in _lines_with_memory(middle, logs, t):
        total = slope + error * noise
        below = (int(np.sum(total <= 0)) + 1) / (draws + 1)
        above = (int(np.sum(total >= 0)) + 1) / (draws + 1)
        ends = np.quantile(total, [tail, 1 - tail])
        low, high = min(low, float(ends[0])), max(high, float(ends[1]))
        p = max(p, min(1.0, 2 * min(below, above)))
        allowed.append(memory)
    residual = logs - logs.mean(axis=1, keepdims=True) - slopes[:, None] * centred
    total = slopes + np.sqrt((residual**2).sum(axis=1) / free / spread) * noise
    value = float(np.median(total))
    curvature_p = None
    if t.size >= 4:
        design = np.column_stack([np.ones_like(t), centred, centred**2])
        coefficient, *_ = np.linalg.lstsq(design, middle, rcond=None)
        left = middle - design @ coefficient
        scale = math.sqrt(max(float(left @ left), 1e-300) / (t.size - 3) * np.linalg.inv(design.T @ design)[2, 2])
        curvature_p = float(2 * stats.t.sf(abs(coefficient[2]) / scale, t.size - 3))
        if float(left @ left) < 1e-18 and abs(coefficient[2]) < 1e-9:
            curvature_p = 1.0
    return Estimate(
        value,
        min(low, value),
        max(high, value),
        p,
        t.size,
        "log-linear regression, ranges drawn uniformly in the logarithm, Student t error added, the widest over every "
        "memory of the residuals that the record allows",
        unit,
        curvature_p is None or curvature_p >= 0.05,
        {
            "variance_share_of_ranges": float(slopes.var() / max(total.var(), 1e-300)),
            "doubling_time": math.log(2) / value if value > 0 else None,
            "curvature_p": curvature_p,
            "regression_free": free,
            "memory_allowed": [min(allowed), max(allowed)],
        },
        level,
    )


# --- shares ---------------------------------------------------------------------------------------------------------


# --- waves ----------------------------------------------------------------------------------------------------------


# --- concessions ----------------------------------------------------------------------------------------------------


def _poisson_line(x: NDArray, y: NDArray, offset: NDArray) -> tuple[NDArray, NDArray]:
    """Poisson regression of y on (1, x) with a log offset; x may be (m, n), many at once. Slopes (m,), means (m, n)."""
    x = np.atleast_2d(x)
    centre = x.mean(axis=1, keepdims=True)
    scale = np.maximum(x.std(axis=1, keepdims=True), 1e-300)
    z = (x - centre) / scale
    a = np.full(z.shape[0], math.log(max(y.sum(), 1e-300) / np.exp(offset).sum()))
    b = np.zeros(z.shape[0])
    mean = np.exp(a[:, None] + b[:, None] * z + offset)
    for _ in range(40):
        score_a, score_b = (y - mean).sum(1), ((y - mean) * z).sum(1)
        aa, ab, bb = mean.sum(1), (mean * z).sum(1), (mean * z**2).sum(1)
        det = np.maximum(aa * bb - ab**2, 1e-300)
        step_a = (bb * score_a - ab * score_b) / det
        step_b = (aa * score_b - ab * score_a) / det
        a, b = a + np.clip(step_a, -2, 2), np.clip(b + np.clip(step_b, -2, 2), -25, 25)
        mean = np.exp(np.clip(a[:, None] + b[:, None] * z + offset, -700, 50))
        if max(np.abs(step_a).max(), np.abs(step_b).max()) < 1e-9:
            break
    return b / scale[:, 0], mean


def concession_slope(
    turnout: ArrayLike,
    concessions: ArrayLike,
    *,
    exposure: ArrayLike | None = None,
    level: float = 0.95,
    seed: int = 0,
    draws: int = MONTE_CARLO,
) -> Estimate:
    """How concessions rise with turnout: the slope of a Poisson regression on the logarithm of turnout.

    ``E[concessions] = exposure exp(a + b log turnout)``: b = 1 means in proportion, b = 0 no relation.

    Parameters
    ----------
    turnout : shape (n,), positive, n >= 6.
    concessions : shape (n,), counts (0/1 is fine).
    exposure : shape (n,), positive, such as the length of the period; by default 1.

    Returns
    -------
    `Estimate` of b; p by permutation of turnout over the periods (two-sided); the interval is b ± t √(dispersion /
    information), with Pearson dispersion not below 1 and n - 2 df. ``passed`` is False with fewer than 5 concessions.

    Raises
    ------
    EstimationError : when turnout is not positive or constant, or there are no concessions.

    Known limits: an association only; concessions may also depend on what turnout depends on. Periods are taken as
    exchangeable.
    """
    t, c = finite_vector(turnout, "turnout", at_least=6), finite_vector(concessions, "concessions", at_least=6)
    _check_level(level)
    if t.size != c.size:
        raise EstimationError(f"{t.size} turnouts and {c.size} counts of concessions", expected="equal numbers")
    if (t <= 0).any():
        raise EstimationError("a turnout is not positive", expected="positive turnout", why="its logarithm is taken")
    if (c < 0).any() or (c != np.round(c)).any():
        raise EstimationError("concessions are not counts", expected="0, 1, 2 ...")
    if c.sum() == 0 or np.ptp(t) == 0:
        raise EstimationError("no concessions, or a constant turnout", expected="both varying")
    weight = np.ones_like(t) if exposure is None else finite_vector(exposure, "exposure")
    if weight.size != t.size or (weight <= 0).any():
        raise EstimationError("exposure does not fit", expected=f"{t.size} positive numbers")
    x, offset = np.log(t), np.log(weight)
    slopes, means = _poisson_line(x, c, offset)
    slope, mean = float(slopes[0]), means[0]
    weighted = float(mean @ x) / float(mean.sum())
    information = float(mean @ (x - weighted) ** 2)
    free = t.size - 2
    spread = max(1.0, float(np.sum((c - mean) ** 2 / mean)) / free)
    error = math.sqrt(spread / max(information, 1e-300))
    quantile = float(stats.t.ppf(0.5 + level / 2, free))
    order = _generator(seed, "concession slope").random((draws, t.size)).argsort(axis=1)
    null, _ = _poisson_line(x[order], c, offset)
    hits = int(np.sum(np.abs(null) >= abs(slope) - 1e-9))
    return Estimate(
        slope,
        slope - quantile * error,
        slope + quantile * error,
        (hits + 1) / (draws + 1),
        t.size,
        "Poisson regression on log turnout, permutation p, quasi-Poisson Student t interval",
        "per unit of log turnout",
        bool(c.sum() >= 5),
        {"concessions": float(c.sum()), "dispersion": spread, "standard_error": error},
        level,
    )
