"""How turnout decays after a peak: half-lives over many episodes, with crowds of roughly known or unknown size.

Each city, campaign or wave is one episode. Persistence has two parts, each with its own estimator: how often people
take part (`fit_decay_of_counts`, from the days of events) and how many do when they do (`fit_decay`, from sizes).
A record that stops while an episode continues is not its end: days after the record's end are not days without events.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field
from scipy import optimize, special, stats

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Check, Estimate
from groundswell.estimators.statistics.diagnostics import finite_vector, numbers
from groundswell.estimators.waves.decay_fit import DecayFit
from groundswell.estimators.waves.episodes import Array
from groundswell.settings import Settings

_IMPUTATIONS = 20  # Rubin's rules: with 40% missing the interval is 1% wider than with infinitely many
_BURN, _THIN = 30, 4  # sweeps of data augmentation; the start is forgotten within a few where most sizes are known
NODES = 9  # of the Gauss-Hermite quadrature over rates, set about each episode's own mode


class _Panel(NamedTuple):
    group: NDArray[np.int64]  # episode of each value, 0..E-1
    t: Array  # time since the episode's mean time
    spread: Array  # per episode, sum of t²
    many: Array  # values per episode


def _panel(group: NDArray[np.int64], times: Array) -> _Panel:
    count = np.bincount(group).astype(float)
    t = times - (np.bincount(group, times) / count)[group]
    return _Panel(group, t, np.bincount(group, t * t).astype(float), count)


def _lines(panel: _Panel, y: Array) -> tuple[Array, Array, Array]:
    """Mean and slope per episode, and the residuals of all values."""
    mean = np.bincount(panel.group, y) / panel.many
    slope = np.bincount(panel.group, panel.t * y) / np.where(panel.spread > 0, panel.spread, 1.0)
    slope = np.where(panel.spread > 0, slope, 0.0)
    return mean, slope, y - mean[panel.group] - slope[panel.group] * panel.t


def _truncated(mean: Array, sd: float, low: Array, high: Array, rng: np.random.Generator) -> Array:
    """Normal draws kept between low and high, by inversion in the tail that is better resolved."""
    a, b = (low - mean) / sd, (high - mean) / sd
    flip = a > 0
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    fa, fb = special.ndtr(a), special.ndtr(b)
    u = fa + rng.random(mean.size) * (fb - fa)
    z = special.ndtri(np.clip(u, 1e-300, 1 - 1e-16))
    z = np.clip(z, a, b)
    return np.where(np.isfinite(mean), mean + sd * np.where(flip, -z, z), mean)


def _pool(slope: Array, variance: Array, design: Array) -> tuple[Array, Array, float]:
    """Random-effects meta-regression (Paule-Mandel, Knapp-Hartung): coefficients, covariance, between-variance."""
    free = slope.size - design.shape[1]

    def solve(tau2: float) -> tuple[Array, Array, float]:
        w = 1 / (variance + tau2)
        inverse = np.asarray(np.linalg.pinv(design.T @ (w[:, None] * design)), dtype=np.float64)
        beta = inverse @ (design.T @ (w * slope))
        return beta, inverse, float(w @ (slope - design @ beta) ** 2)

    tau2 = 0.0
    if free > 0 and solve(0.0)[2] > free:
        top = float(np.var(slope)) + 1e-12
        while solve(top)[2] > free:
            top *= 2
        tau2 = float(optimize.bisect(lambda v: solve(v)[2] - free, 0.0, top, xtol=1e-12))  # pyright: ignore[reportArgumentType]
    beta, inverse, q = solve(tau2)
    return np.asarray(beta), inverse * max(1.0, q / free if free > 0 else 1.0), tau2


@final
class DecaySettings(Settings):
    """Options of `fit_decay`."""

    missing_ratio: float = Field(
        1.0,
        gt=0,
        description="ratio of crowds of unknown size to the sizes that the line predicts; 1: missing at random",
    )
    sensitivity: tuple[float, ...] = Field((), description="other missing ratios to report the pooled rate for")
    unit: str = Field("day", description="of time")
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of the intervals")
    seed: int = 0


def fit_decay(
    low: ArrayLike,
    high: ArrayLike,
    times: ArrayLike,
    episode: ArrayLike,
    settings: DecaySettings | None = None,
    *,
    covariates: Mapping[str, Mapping[object, float]] | None = None,
    **options: Any,
) -> DecayFit:
    """How fast sizes fall after a peak, pooled over episodes, when sizes are ranges, rounded, or missing.

    In episode e the log size at time t is ``y = a_e - r_e t + ε``, ``r_e = μ + γ·z_e + u_e``, ε ~ N(0, σ²),
    u ~ N(0, τ²), and only ``log low <= y <= log high`` is known (nothing, where a size is missing). Sizes are drawn
    within their ranges by data augmentation, lines are fitted by least squares with a common σ, rates are pooled by
    random effects (Paule-Mandel, Knapp-Hartung t interval), and the imputations are joined by Rubin's rules.

    Parameters
    ----------
    low, high : shape (n,), people, 0 < low <= high; NaN for both where a size is missing (see `heaped_range`).
    times : shape (n,), in `unit`; only values from the peak on should be given.
    episode : shape (n,), labels. Episodes with fewer than two times or two known sizes are left out and counted.
    covariates : name -> (episode label -> value): what may change the rate, such as earlier organisation.
    settings, options : see `DecaySettings`. Unreported crowds are likely smaller, but that moves the rate only if sizes
        go missing more often later or earlier.

    Returns
    -------
    `DecayFit`. Its checks: no curvature on average (a bend of the log size), and residuals that are uncorrelated
    from one time to the next within an episode.

    Raises
    ------
    EstimationError : ranges that are not positive; fewer than 2 usable episodes, or none with three sizes.

    Known limits: conditional on people coming out at all; days on which nobody did are in `fit_decay_of_counts`.
    Source: Rubin (1987), Multiple Imputation; Tanner & Wong (1987), JASA 82:528-540; Knapp & Hartung (2003),
    Statistics in Medicine 22:2693-2710; Paule & Mandel (1982), J. Res. NBS 87:377-385.
    """
    o = DecaySettings.of(settings, options)
    lo, hi = numbers(low, "low"), numbers(high, "high")
    t = finite_vector(times, "times", at_least=4)
    labels = np.asarray(episode)
    if not lo.shape == hi.shape == t.shape == labels.shape:
        raise EstimationError(
            f"{lo.size} low, {hi.size} high, {t.size} times, {labels.size} labels", expected="equal numbers"
        )
    known = np.isfinite(lo) & np.isfinite(hi)
    if (np.isfinite(lo) != np.isfinite(hi)).any() or (lo[known] <= 0).any() or (hi[known] < lo[known]).any():
        raise EstimationError("a range that is open, not positive, or has low above high", expected="0 < low <= high")
    names, group = np.unique(labels, return_inverse=True)
    usable, excluded = [], {"fewer than two known sizes": 0, "all at one time": 0}
    for e in range(names.size):
        rows = (group == e) & known
        if rows.sum() < 2:
            excluded["fewer than two known sizes"] += 1
        elif np.ptp(t[rows]) == 0:
            excluded["all at one time"] += 1
        else:
            usable.append(e)
    keep = np.isin(group, usable)
    missing = float(1 - known[keep].mean()) if keep.any() else 0.0
    if len(usable) < 2:
        raise EstimationError(
            f"{len(usable)} episodes with sizes at two times",
            expected="at least 2",
        )
    group = np.searchsorted(np.array(usable), group[keep])
    names, lo, hi, t, known = names[usable], lo[keep], hi[keep], t[keep], known[keep]
    design, columns = _covariates(covariates, names)
    free = known.sum() - 2 * names.size
    if free < 1:
        raise EstimationError("no episode with three known sizes", expected="at least one", why="it gives the scatter")

    def run(ratio: float, name: str) -> _Joined:
        rng = np.random.default_rng(derive_seed(o.seed, "decay", name))
        # sizes missing at random are uninformative about the line, so they need not be imputed
        use = known if ratio == 1 else np.ones(known.size, bool)
        panel = _panel(group[use], t[use])
        return _augment(panel, np.log(lo[use]), np.log(hi[use]), known[use], design, math.log(ratio), rng)

    joined = run(o.missing_ratio, "main")
    value, error, free_t = joined.beta, joined.error, joined.free
    quantile = stats.t.ppf(0.5 + o.level / 2, free_t)
    p = 2 * stats.t.sf(np.abs(value) / error, free_t)
    effects = {
        name: Estimate(
            float(value[k + 1]), float(value[k + 1] - quantile[k + 1] * error[k + 1]),
            float(value[k + 1] + quantile[k + 1] * error[k + 1]), float(p[k + 1]), names.size,
            "random-effects meta-regression of rates of decay", f"per {o.unit} and unit of {name}", True,
            {"episodes": int(names.size)}, o.level,
        )
        for k, name in enumerate(columns)
    }  # fmt: skip
    used = known if o.missing_ratio == 1 else np.ones(known.size, bool)
    centres = np.bincount(group[used], t[used]) / np.bincount(group[used])
    other = [
        {"missing_ratio": r, "rate": float(got.beta[0]), "low": float(got.beta[0] - q * got.error[0]),
         "high": float(got.beta[0] + q * got.error[0])}
        for r in o.sensitivity
        for got in [run(r, f"ratio {r}")]
        for q in [stats.t.ppf(0.5 + o.level / 2, got.free[0])]
    ]  # fmt: skip
    return DecayFit(
        what="sizes",
        rate=float(value[0]),
        low=float(value[0] - quantile[0] * error[0]),
        high=float(value[0] + quantile[0] * error[0]),
        p=float(p[0]),
        between=math.sqrt(joined.between),
        effects=effects,
        episodes=int(names.size),
        values=int(known.size),
        missing=missing,
        excluded={k: v for k, v in excluded.items() if v},
        unit=o.unit,
        checks=joined.checks,
        method="log-linear decay by episode, sizes imputed within their ranges, pooled by random effects",
        curve=_size_curve(joined.panel, joined.panel.t + centres[joined.panel.group], joined),
        sensitivity=tuple(other),
        level=o.level,
    )


def _covariates(given: Mapping[str, Mapping[object, float]] | None, names: NDArray) -> tuple[Array, list[str]]:
    columns = list(given or {})
    design = [np.ones(len(names))]
    for column in columns:
        assert given is not None
        lost = [n for n in names.tolist() if n not in given[column]]
        if lost:
            raise EstimationError(f"covariate {column} lacks {lost[:3]}", expected="a value for every episode")
        x = finite_vector([given[column][n] for n in names.tolist()], f"covariate {column}")
        if np.ptp(x) == 0:
            raise EstimationError(f"covariate {column} does not vary", expected="episodes that differ")
        design.append(x - x.mean())  # so that the first coefficient is the mean rate
    if len(names) < len(columns) + 3 and columns:
        raise EstimationError(
            f"{len(names)} episodes for {len(columns)} covariates", expected="at least 2 more than that"
        )
    return np.column_stack(design), columns


class _Joined(NamedTuple):
    beta: Array
    error: Array
    free: Array
    between: float
    checks: tuple[Check, ...]
    sizes: Array  # mean of the imputed log sizes
    panel: _Panel


def _augment(
    panel: _Panel, low: Array, high: Array, known: NDArray, design: Array, shift: float,
    rng: np.random.Generator,
) -> _Joined:  # fmt: skip
    """Data augmentation, the analysis of each imputation, and Rubin's rules."""
    exact = known & (high - low < 1e-12)
    loose = known & ~exact
    y = np.where(known, 0.5 * (low + high), 0.0)
    start = _panel(panel.group[known], panel.t[known])
    mean, slope, _ = _lines(start, y[known])
    mean = mean - slope * (np.bincount(panel.group[known], panel.t[known]) / start.many)
    y[~known] = (mean[panel.group] + slope[panel.group] * panel.t)[~known] + shift
    certain = exact.all()
    total = 1 if certain else _BURN + _THIN * _IMPUTATIONS
    free = max(1.0, float(y.size - 2 * panel.many.size))
    parts, sizes = [], np.zeros_like(y)
    tau2, mu = 0.0, np.full(slope.size, slope.mean())
    hat = np.linalg.pinv(design)
    spread_of_mean = design @ np.linalg.cholesky(np.linalg.pinv(design.T @ design) + 1e-12 * np.eye(design.shape[1]))
    for sweep in range(total):
        if not certain:
            centre = np.where(known, y, y - shift)  # the line is that of sizes as they would have been reported
            mean, slope, left = _lines(panel, centre)
            sigma2 = float(left @ left) / float(rng.chisquare(free))
            # rates are shrunk towards each other as far as they are alike, so that short episodes borrow from long ones
            precision = np.where(panel.spread > 0, panel.spread, 0.0) / sigma2
            prior = 1 / max(tau2, 1e-6)
            middle = (precision * slope + prior * mu) / (precision + prior)
            rate = middle + rng.standard_normal(slope.size) / np.sqrt(precision + prior)
            fitted = design @ (hat @ rate)  # rates may differ with the covariates, here as in the analysis
            loose_rates = max(1, rate.size - design.shape[1])
            tau2 = float(((rate - fitted) ** 2).sum() + 1e-6) / float(rng.chisquare(loose_rates))
            mu = fitted + math.sqrt(tau2) * (spread_of_mean @ rng.standard_normal(design.shape[1]))
            level_e = mean + rng.standard_normal(mean.size) * np.sqrt(sigma2 / panel.many)
            line = level_e[panel.group] + rate[panel.group] * panel.t
            sd = math.sqrt(sigma2)
            y[loose] = _truncated(line[loose], sd, low[loose], high[loose], rng)
            blank = ~known
            y[blank] = line[blank] + shift + sd * rng.standard_normal(int(blank.sum()))
        if certain or (sweep >= _BURN and (sweep - _BURN) % _THIN == 0):
            _, slope, left = _lines(panel, y)
            variance = float(left @ left) / free / panel.spread
            beta, covariance, between = _pool(-slope, variance, design)
            parts.append((beta, np.diag(covariance), between, _bend(panel, y), _memory(panel, left)))
            sizes += y
    m = len(parts)
    betas = np.array([x[0] for x in parts])
    within = np.mean([x[1] for x in parts], axis=0)
    across = betas.var(axis=0, ddof=1) * (1 + 1 / m) if m > 1 else np.zeros(betas.shape[1])
    base = max(1.0, float(panel.many.size - design.shape[1]))
    lost = np.clip(across / np.maximum(within + across, 1e-300), 1e-9, 1.0)
    rubin = (m - 1) / lost**2 if m > 1 else np.full(lost.size, np.inf)
    seen = (base + 1) / (base + 3) * base * (1 - lost)
    df = np.maximum(1.0, 1 / (1 / rubin + 1 / np.maximum(seen, 1e-9)))
    bend = _rubin_p([x[3] for x in parts], base)
    memory = _rubin_p([x[4] for x in parts], base)
    return _Joined(
        betas.mean(axis=0), np.sqrt(within + across), df if m > 1 else np.full(lost.size, base),
        float(np.mean([x[2] for x in parts])),
        (Check("decay without a bend", bend[0], bend[1], "mean quadratic term over episodes, t", 0.01),
         Check("residuals of one episode unrelated", memory[0], memory[1], "products of neighbours in time, t", 0.01)),
        sizes / m,
        panel,
    )  # fmt: skip


def _bend(panel: _Panel, y: Array) -> tuple[float, float]:
    """Pooled quadratic term, and its variance by episode: sum over episodes of q·y, q orthogonal to mean and line."""
    square = panel.t**2
    _, _, q = _lines(panel, square)
    _, _, left = _lines(panel, y)
    by = np.bincount(panel.group, q * left)
    weight = float((q * q).sum())
    if weight < 1e-9:
        return 0.0, 1.0
    value = float(by.sum()) / weight
    return value, float(((by - value * np.bincount(panel.group, q * q)) ** 2).sum()) / weight**2 + 1e-12


def _memory(panel: _Panel, left: Array) -> tuple[float, float]:
    """Mean product of neighbouring residuals over its value for independent ones, given two fitted parameters."""
    order = np.lexsort((panel.t, panel.group))
    g, t, e = panel.group[order], panel.t[order], left[order]
    same = (g[1:] == g[:-1]) & (panel.many[g[1:]] >= 4)
    if not same.any():
        return 0.0, 1.0
    sigma2 = float(left @ left) / max(1.0, left.size - 2 * panel.many.size)
    a, b = np.flatnonzero(same), np.flatnonzero(same) + 1
    expected = -sigma2 * (1 / panel.many[g[a]] + t[a] * t[b] / panel.spread[g[a]])
    by = np.bincount(g[a], e[a] * e[b] - expected, minlength=panel.many.size)
    used = np.bincount(g[a], minlength=panel.many.size) > 0
    by = by[used] / max(sigma2, 1e-300)
    return float(by.sum() / a.size), float((by**2).sum()) / a.size**2 + 1e-12


def _rubin_p(parts: Sequence[tuple[float, float]], df: float) -> tuple[float, float]:
    value = float(np.mean([v for v, _ in parts]))
    across = float(np.var([v for v, _ in parts], ddof=1)) * (1 + 1 / len(parts)) if len(parts) > 1 else 0.0
    error = math.sqrt(float(np.mean([s for _, s in parts])) + across)
    return value, float(2 * stats.t.sf(abs(value) / error, df))


def _size_curve(panel: _Panel, t: Array, joined: _Joined) -> dict[str, object]:
    """Mean log size by time, relative to each episode's own mean level at time zero, and the fitted line."""
    mean, slope, _ = _lines(panel, joined.sizes)
    centre = np.bincount(panel.group, t) / panel.many
    zero = mean - slope * centre
    relative = joined.sizes - zero[panel.group]
    times = np.unique(t)
    return {
        "time": times.tolist(),
        "relative_log_size": [float(relative[t == x].mean()) for x in times],
        "episodes": [int(np.unique(panel.group[t == x]).size) for x in times],
        "line": (-joined.beta[0] * times).tolist(),
    }
