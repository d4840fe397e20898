"""How turnout decays after a peak: half-lives over many episodes, with crowds whose sizes are known roughly, if at all.

Each city, campaign or wave is one episode. What lasts has two parts, and each has its own estimator: how often people
take part (`fit_decay_of_counts`, from the days of events) and how many do when they do (`fit_decay`, from sizes).
A record that stops while an episode goes on is not an end: days after the record's end are not days without events.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Check, Estimate
from groundswell.estimators.statistics.diagnostics import finite_vector, numbers
from groundswell.results import Result

Array = NDArray[np.float64]

_IMPUTATIONS = 20  # Rubin's rules: with 40% missing the interval is 1% wider than with infinitely many
_BURN, _THIN = 30, 4  # sweeps of data augmentation; a sweep forgets within a few where most sizes are known
_NODES = 9  # of the Gauss-Hermite quadrature over rates, set about each episode's own mode


# --- sizes as they are known ----------------------------------------------------------------------------------------


def heaped_range(sizes: ArrayLike, *, widest: float = 0.5) -> tuple[Array, Array]:
    """The range that a rounded size stands for: half a unit of its last non-zero digit to either side.

    300 stands for 250 to 350, 1,000 for 500 to 1,500, 1,250 for 1,245 to 1,255: crowds are told in round numbers, and
    the rounder the number, the less it tells.

    Parameters
    ----------
    sizes : shape (n,), people; >= 1, or NaN where unknown.
    widest : most that the range may reach to either side, as a share of the size, in (0, 1).

    Returns
    -------
    (low, high), float64 of shape (n,); NaN where the size is.
    """
    x = numbers(sizes, "sizes")
    if not 0 < widest < 1:
        raise EstimationError(f"widest {widest}", expected="a share between 0 and 1")
    known = np.isfinite(x)
    if (x[known] < 1).any() or np.isinf(x).any():
        raise EstimationError("a size below 1, or infinite", expected="people, 1 or more, or NaN")
    whole = np.where(known, np.round(x), 1.0)
    step = np.ones_like(whole)
    for power in range(1, 9):
        step = np.where(whole % 10**power == 0, 10.0**power, step)
    half = np.minimum(0.5 * step, widest * whole)
    return np.where(known, whole - half, np.nan), np.where(known, whole + half, np.nan)


# --- episodes -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Episode:
    """A rise, peak and ebb found in a series: indices of its first, highest and last period.

    `censored` says that it had not ebbed when the record ended.
    """

    start: int
    peak: int
    end: int
    censored: bool


def episodes(values: ArrayLike, *, above: float = 3.0, ebb: float = 0.2, quiet: int = 2) -> tuple[Episode, ...]:
    """The episodes of a series, by a stated rule.

    An episode is a stretch above a share `ebb` of its peak, whose peak is at least `above` times the typical level
    (the median of the positive values and zeros alike, or one event if that is larger). It ends with `quiet` periods
    in a row below that share. The highest peak is taken first, then the highest of what is left.

    Parameters
    ----------
    values : shape (n,), >= 0; counts or sizes.
    above : how far a peak must exceed the median; > 1.
    ebb : share of the peak below which it has ebbed, in (0, 1).
    quiet : periods in a row that must lie below for the episode to be over; >= 1.

    Returns
    -------
    tuple of `Episode`, by time.

    Known limits: every such rule is a choice; `episode_sensitivity` tells how results change with it.
    """
    y = finite_vector(values, "values", at_least=3)
    if (y < 0).any() or above <= 1 or not 0 < ebb < 1 or quiet < 1:
        raise EstimationError(
            f"values from {y.min():g}, above {above}, ebb {ebb}, quiet {quiet}",
            expected="values >= 0, above > 1, ebb in (0, 1), quiet >= 1",
        )
    floor = above * max(float(np.median(y)), 1.0 if np.all(y == np.round(y)) else 1e-12)
    free = np.ones(y.size, bool)
    found = []
    while True:
        left = np.where(free, y, -1.0)
        peak = int(left.argmax())
        if left[peak] < floor:
            break
        low = y < ebb * y[peak]
        end, censored = _walk(low, peak, 1, quiet, free)
        start, _ = _walk(low, peak, -1, quiet, free)
        free[start : end + 1] = False
        found.append(Episode(start, peak, end, censored))
    return tuple(sorted(found, key=lambda e: e.peak))


def _walk(low: NDArray[np.bool_], peak: int, step: int, quiet: int, free: NDArray[np.bool_]) -> tuple[int, bool]:
    """The last period of the episode in one direction, and whether the record ended first."""
    last, run, i = peak, 0, peak + step
    while 0 <= i < low.size and free[i]:
        if low[i]:
            run += 1
            if run == quiet:
                return last, False
        else:
            last, run = i, 0
        i += step
    return last, not 0 <= i < low.size


def episode_sensitivity(
    values: ArrayLike, aboves: Sequence[float] = (2.0, 3.0, 5.0), ebbs: Sequence[float] = (0.1, 0.2, 0.4)
) -> list[dict[str, object]]:
    """How many episodes there are, how long they last and how many are censored, under each rule of a grid."""
    rows = []
    for above in aboves:
        for ebb in ebbs:
            found = episodes(values, above=above, ebb=ebb)
            rows.append(
                {
                    "above": above,
                    "ebb": ebb,
                    "episodes": len(found),
                    "median_length": float(np.median([e.end - e.start + 1 for e in found])) if found else None,
                    "censored": sum(e.censored for e in found),
                }
            )
    return rows


# --- results --------------------------------------------------------------------------------------------------------


class HalfLife(NamedTuple):
    """A half-life with its interval, in periods; infinite where decay is not certain."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class DecayFit(Result):
    """Decay pooled over episodes.

    Parameters
    ----------
    what : "sizes" or "counts".
    rate, low, high : mean rate of decay per period over episodes (log units; negative: growth).
    p : of no decay on average, two-sided.
    between : standard deviation of the rates between episodes.
    effects : covariate -> `Estimate` of its effect on the rate, per unit (negative: lasts longer).
    episodes, values : how many were used.
    missing : share of the values whose size was not known and was imputed.
    excluded : episodes left out, by reason.
    curve : typical course after the peak, for a plot.
    sensitivity : the pooled rate under other assumptions.
    course : "exponential", or "power", whose rate is per unit of log(1 + time), its half-life counted from the peak.
    log_likelihood : of the counts given their totals; None for sizes.
    """

    what: str
    rate: float
    low: float
    high: float
    p: float
    between: float
    effects: Mapping[str, Estimate]
    episodes: int
    values: int
    missing: float
    excluded: Mapping[str, int]
    unit: str
    checks: tuple[Check, ...]
    method: str
    curve: Mapping[str, object] = field(default_factory=dict)
    sensitivity: tuple[Mapping[str, object], ...] = ()
    course: str = "exponential"
    log_likelihood: float | None = None
    level: float = 0.95

    derived = ("half_life", "answer", "passed")

    @property
    def half_life(self) -> HalfLife:
        """Half-life at the mean rate, with low and high; infinite where decay is not certain."""

        def half(rate: float) -> float:
            if rate <= 0.01:  # a power law this flat has not halved in any record
                return math.inf if rate <= 0 or self.course == "power" else math.log(2) / rate
            return 2 ** (1 / rate) - 1 if self.course == "power" else math.log(2) / rate

        low, value, high = (half(r) for r in (self.high, self.rate, self.low))
        return HalfLife(value, low, high)

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(c.passed for c in self.checks)

    @property
    def answer(self) -> str:
        """One plain sentence, honest first."""
        mid, low, high = self.half_life
        noun = "sizes" if self.what == "sizes" else "events"
        failed = ", ".join(c.name for c in self.checks if not c.passed)
        if failed:
            return (
                f"No verdict: one rate of decay does not describe {noun} in these {self.episodes} episodes ({failed}); "
                f"the pooled rate would have been {self.rate:.2g} per {self.unit}."
            )
        if self.low > 0:
            until = f"{high:.2g}" if math.isfinite(high) else "no end"
            return (
                f"Over {self.episodes} episodes {noun} halved in about {mid:.2g} {self.unit}s ({low:.2g} to {until}) "
                f"after the peak; rates differ between episodes by {self.between:.2g} per {self.unit} (sd)."
            )
        if self.high < 0:
            return f"Over {self.episodes} episodes {noun} grew after the peak, by {-self.rate:.2g} per {self.unit}."
        return (
            f"Whether {noun} decayed over these {self.episodes} episodes cannot be told: the rate is {self.rate:.2g} "
            f"({self.low:.2g} to {self.high:.2g}) per {self.unit}."
        )

    def estimate(self) -> Estimate:
        """The pooled rate as an `Estimate`, for claims."""
        return Estimate(
            self.rate, self.low, self.high, self.p, self.episodes, self.method, f"per {self.unit}", self.passed,
            {c.name: c.to_dict() for c in self.checks} | {"between": self.between, "missing": self.missing}, self.level,
        )  # fmt: skip


# --- sizes ----------------------------------------------------------------------------------------------------------


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
    """Per episode mean, slope, and the residuals of all values."""
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


def fit_decay(
    low: ArrayLike,
    high: ArrayLike,
    times: ArrayLike,
    episode: ArrayLike,
    *,
    covariates: Mapping[str, Mapping[object, float]] | None = None,
    missing_ratio: float = 1.0,
    unit: str = "day",
    sensitivity: Sequence[float] = (),
    level: float = 0.95,
    seed: int = 0,
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
    missing_ratio : how large crowds of unknown size are, relative to what the line expects; 1 is "missing at random".
        Unreported crowds are likely smaller, but that moves the rate only if sizes go missing more often later or
        sooner.
    sensitivity : other missing ratios to report the pooled rate for.

    Returns
    -------
    `DecayFit`. Its checks: no curvature on average (a bend of the log size), and residuals that do not go together
    from one time to the next within an episode.

    Raises
    ------
    EstimationError : ranges that are not positive; fewer than 2 usable episodes, or none with three sizes.

    Known limits: conditional on people coming out at all; days on which nobody did are in `fit_decay_of_counts`.
    Use `half_life` in the same place instead for one series of exact sizes.
    Source: Rubin (1987), Multiple Imputation; Tanner & Wong (1987), JASA 82:528-540; Knapp & Hartung (2003),
    Statistics in Medicine 22:2693-2710; Paule & Mandel (1982), J. Res. NBS 87:377-385.
    """
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
    if missing_ratio <= 0:
        raise EstimationError(f"missing_ratio {missing_ratio}", expected="a number above 0")
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
            instead="half_life, for one series",
        )
    group = np.searchsorted(np.array(usable), group[keep])
    names, lo, hi, t, known = names[usable], lo[keep], hi[keep], t[keep], known[keep]
    design, columns = _covariates(covariates, names)
    free = known.sum() - 2 * names.size
    if free < 1:
        raise EstimationError("no episode with three known sizes", expected="at least one", why="it gives the scatter")

    def run(ratio: float, name: str) -> _Joined:
        rng = np.random.default_rng(derive_seed(seed, "decay", name))
        # what is missing at random tells nothing of the line, so it need not be imputed
        use = known if ratio == 1 else np.ones(known.size, bool)
        panel = _panel(group[use], t[use])
        return _augment(panel, np.log(lo[use]), np.log(hi[use]), known[use], design, math.log(ratio), rng)

    joined = run(missing_ratio, "main")
    value, error, free_t = joined.beta, joined.error, joined.free
    quantile = stats.t.ppf(0.5 + level / 2, free_t)
    p = 2 * stats.t.sf(np.abs(value) / error, free_t)
    effects = {
        name: Estimate(
            float(value[k + 1]), float(value[k + 1] - quantile[k + 1] * error[k + 1]),
            float(value[k + 1] + quantile[k + 1] * error[k + 1]), float(p[k + 1]), names.size,
            "random-effects meta-regression of rates of decay", f"per {unit} and unit of {name}", True,
            {"episodes": int(names.size)}, level,
        )
        for k, name in enumerate(columns)
    }  # fmt: skip
    used = known if missing_ratio == 1 else np.ones(known.size, bool)
    centres = np.bincount(group[used], t[used]) / np.bincount(group[used])
    other = [
        {"missing_ratio": r, "rate": float(got.beta[0]), "low": float(got.beta[0] - q * got.error[0]),
         "high": float(got.beta[0] + q * got.error[0])}
        for r in sensitivity
        for got in [run(r, f"ratio {r}")]
        for q in [stats.t.ppf(0.5 + level / 2, got.free[0])]
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
        unit=unit,
        checks=joined.checks,
        method="log-linear decay by episode, sizes imputed within their ranges, pooled by random effects",
        curve=_size_curve(joined.panel, joined.panel.t + centres[joined.panel.group], joined),
        sensitivity=tuple(other),
        level=level,
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
            # rates are drawn towards each other as far as they are alike, so that short episodes borrow from long
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
    """Mean product of neighbouring residuals over what two fitted parameters make of independent ones."""
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


# --- counts ---------------------------------------------------------------------------------------------------------


def fit_decay_of_counts(
    counts: ArrayLike,
    *,
    watched: ArrayLike | None = None,
    phase: ArrayLike | None = None,
    covariates: Mapping[str, ArrayLike] | None = None,
    course: Literal["exponential", "power"] = "exponential",
    unit: str = "day",
    level: float = 0.95,
    seed: int = 0,
) -> DecayFit:
    """How fast events thin out after an episode's start, pooled over episodes, with the record's end as censoring.

    In episode e the expected events at time t are ``exp(a_e - r_e t + w_phase(t))`` while it is watched. Given their
    number n_e, their times have ``p_e(t) = exp(-r_e t + w) / Σ_s exp(-r_e s + w)``, so a_e drops out; rates differ as
    ``r_e = μ + γ·z_e + N(0, τ²)`` and are integrated out (adaptive Gauss-Hermite). Maximum likelihood; the interval
    comes from the sandwich of scores by episode, so that events of one episode need not be independent.

    Parameters
    ----------
    counts : shape (E, T): events of episode e at time t since its peak. Episodes without events, or with all events
        possible at one time only, are left out and counted.
    watched : shape (E, T), bool; False where the record does not reach (after its end, or a source that had stopped).
    phase : shape (E, T), integers such as the day of the week; their levels are estimated. None for none.
    covariates : name -> shape (E,).
    course : "exponential", or "power" for ``(1 + t)^-r``: fast at first, then slower and slower. The one with the
        larger `log_likelihood` describes the record better.

    Returns
    -------
    `DecayFit`. Its check: observed counts by time against fitted ones, episodes resampled by sign (max over times).

    Raises
    ------
    EstimationError : fewer than 3 usable episodes, negative or fractional counts, shapes that do not agree.

    Known limits: an exponential course; many records lose coverage as attention ebbs, which no estimator can tell from
    ebbing: give `watched` by source, and compare sources.
    """
    y = numbers(counts, "counts")
    if y.ndim != 2 or not np.isfinite(y).all() or (y < 0).any() or (y != np.round(y)).any():
        raise EstimationError(f"counts of shape {y.shape}", expected="whole numbers >= 0 of shape (episodes, times)")
    seen = np.ones(y.shape, bool) if watched is None else np.asarray(watched, dtype=bool)
    if seen.shape != y.shape or (y[~seen] > 0).any():
        raise EstimationError("watched does not fit", expected="the shape of counts, True wherever there are events")
    kinds = np.zeros(y.shape, np.int64)
    if phase is not None:
        given = np.asarray(phase)
        if given.shape != y.shape:
            raise EstimationError(f"phase of shape {given.shape}", expected=f"the shape of counts, {y.shape}")
        kinds = np.unique(given, return_inverse=True)[1].reshape(y.shape)
    total = y.sum(axis=1)
    some, room = total > 0, seen.sum(axis=1) >= 2
    use = some & room
    excluded = {"without events": int((~some).sum()), "watched at fewer than two times": int((some & ~room).sum())}
    if use.sum() < 3:
        raise EstimationError(f"{int(use.sum())} episodes with events", expected="at least 3")
    columns = list(covariates or {})
    z = np.column_stack(
        [finite_vector(covariates[c], f"covariate {c}") for c in columns] if covariates else [np.zeros(y.shape[0])]
    )
    if z.shape[0] != y.shape[0]:
        raise EstimationError(f"covariates of {z.shape[0]} episodes", expected=f"{y.shape[0]} values each")
    y, seen, kinds, z, total = y[use], seen[use], kinds[use], z[use], total[use]
    z = z - z.mean(axis=0)
    if columns and (np.ptp(z, axis=0) == 0).any():
        raise EstimationError("a covariate does not vary", expected="episodes that differ")
    if course not in ("exponential", "power"):
        raise EstimationError(f"course {course!r}", expected="'exponential' or 'power'")
    clock = np.arange(y.shape[1], dtype=float)
    model = _CountModel(
        y, seen, kinds, z[:, : len(columns)], total, clock if course == "exponential" else np.log1p(clock)
    )
    v, information, scores = model.fit()
    bread = np.linalg.pinv(information)
    e = total.size
    sandwich = bread @ (scores.T @ scores) @ bread * (e / max(1, e - v.size))
    error = np.sqrt(np.maximum(np.diag(sandwich), 1e-300))
    quantile = float(stats.t.ppf(0.5 + level / 2, max(1, e - v.size)))
    p = 2 * stats.t.sf(np.abs(v) / error, max(1, e - v.size))
    effects = {
        c: Estimate(
            float(v[1 + k]), float(v[1 + k] - quantile * error[1 + k]), float(v[1 + k] + quantile * error[1 + k]),
            float(p[1 + k]), e, "effect on the rate of decay, sandwich errors by episode",
            f"per {unit} and unit of {c}", True, {"episodes": e}, level,
        )
        for k, c in enumerate(columns)
    }  # fmt: skip
    fitted = model.expected(v)
    return DecayFit(
        what="counts",
        rate=float(v[0]),
        low=float(v[0] - quantile * error[0]),
        high=float(v[0] + quantile * error[0]),
        p=float(p[0]),
        between=math.exp(float(v[-1])),
        effects=effects,
        episodes=e,
        values=int(total.sum()),
        missing=0.0,
        excluded={k: x for k, x in excluded.items() if x},
        unit=unit,
        course=course,
        log_likelihood=float(model.scores(v)[0].sum()),
        checks=(_course_check(y, fitted, seed),),
        method="times of events after the start, conditional on their number; random rates, sandwich by episode",
        curve={
            "time": list(range(y.shape[1])),
            "events": y.sum(axis=0).tolist(),
            "expected": fitted.sum(axis=0).tolist(),
            "watched": seen.sum(axis=0).tolist(),
        },
        level=level,
    )


class _CountModel:
    """Likelihood of the times of events given their number; rates are integrated out on nodes set by each episode."""

    def __init__(self, y: Array, seen: NDArray, kinds: NDArray, z: Array, total: Array, time: Array) -> None:
        self.y, self.seen, self.z, self.total = y, seen, z, total
        self.time = time
        self.kinds = int(kinds.max()) + 1
        self.mark = np.zeros((*y.shape, 0))
        if self.kinds > 1:
            self.mark = np.stack([(kinds == k) & seen for k in range(1, self.kinds)], axis=2).astype(float)
        self.sum_t = y @ self.time
        self.sum_k = np.einsum("et,etk->ek", y, self.mark)
        node, weight = np.polynomial.hermite_e.hermegauss(_NODES)
        self.node, self.log_weight = np.asarray(node), np.log(weight / weight.sum())
        self.centre, self.scale = np.zeros(total.size), np.ones(total.size)

    def _split(self, v: Array) -> tuple[Array, Array, float]:
        c = self.z.shape[1]
        return v[0] + self.z @ v[1 : 1 + c], v[1 + c : -1], math.exp(v[-1])

    def _course(self, rate: Array, w: Array) -> tuple[Array, Array]:
        """Log normaliser and shares by time, for rates of shape (E, ...)."""
        base = np.where(self.seen, self.mark @ w, -np.inf)
        base = base.reshape(base.shape[0], *([1] * (rate.ndim - 1)), base.shape[1])
        power = base - rate[..., None] * self.time
        top = power.max(axis=-1, keepdims=True)
        share = np.exp(power - top)
        total = share.sum(axis=-1, keepdims=True)
        return (top + np.log(total))[..., 0], share / total

    def aim(self, v: Array) -> None:
        """Set the nodes of every episode about the mode of its rate, by Newton's method."""
        mean, w, tau = self._split(v)
        rate = mean + tau * self.centre
        bend = np.ones(rate.size)
        for _ in range(30):
            _, share = self._course(rate, w)
            first = share @ self.time
            second = share @ self.time**2 - first**2
            slope = -self.sum_t + self.total * first - (rate - mean) / tau**2
            bend = self.total * second + 1 / tau**2
            step = np.clip(slope / bend, -0.5, 0.5)
            rate = rate + step
            if np.abs(step).max() < 1e-8:
                break
        self.centre, self.scale = (rate - mean) / tau, 1 / (tau * np.sqrt(bend))

    def _terms(self, v: Array) -> tuple[Array, Array, Array, Array]:
        """Log-likelihood by episode; on the nodes: posterior weights, shares by time, rates apart from their mean."""
        mean, w, tau = self._split(v)
        apart = self.centre[:, None] + self.scale[:, None] * self.node  # in units of tau, so that nodes follow the mean
        rate = mean[:, None] + tau * apart
        log_z, share = self._course(rate, w)
        log_l = -rate * self.sum_t[:, None] + (self.sum_k @ w)[:, None] - self.total[:, None] * log_z
        log_l += self.log_weight + 0.5 * self.node**2 - 0.5 * apart**2 + np.log(self.scale)[:, None]
        top = log_l.max(axis=1, keepdims=True)
        each = top[:, 0] + np.log(np.exp(log_l - top).sum(axis=1))
        return each, np.exp(log_l - each[:, None]), share, apart

    def scores(self, v: Array) -> tuple[Array, Array]:
        """Log-likelihood of each episode, and its gradient, shape (E, parameters)."""
        tau = self._split(v)[2]
        each, post, share, apart = self._terms(v)
        by_rate = post * (-self.sum_t[:, None] + self.total[:, None] * (share @ self.time))
        d_mu = by_rate.sum(axis=1)
        d_tau = tau * (by_rate * apart).sum(axis=1)
        mixed = np.einsum("eq,eqt->et", post, share)
        d_w = self.sum_k - self.total[:, None] * np.einsum("et,etk->ek", mixed, self.mark)
        return each, np.column_stack([d_mu, d_mu[:, None] * self.z, d_w, d_tau])

    def fit(self) -> tuple[Array, Array, Array]:
        """Maximum, observed information (by differences of the gradient), and scores by episode."""
        size = 2 + self.z.shape[1] + self.kinds - 1
        last = np.eye(size)[-1]

        def loss(v: Array) -> tuple[float, Array]:
            each, g = self.scores(v)
            # a weak prior on log tau keeps it from running to minus infinity where rates do not differ
            return -float(each.sum()) + (v[-1] + 3) ** 2 / 32, -g.sum(axis=0) + last * (v[-1] + 3) / 16

        v = np.zeros(size)
        v[-1] = math.log(0.1)
        bounds = [(-5.0, 5.0)] + [(None, None)] * (size - 2) + [(-6.0, 2.0)]
        for _ in range(12):  # nodes follow the estimate until it stands still
            self.aim(v)
            before = v
            v = np.asarray(optimize.minimize(loss, v, jac=True, method="L-BFGS-B", bounds=bounds,
                                             options={"maxiter": 100, "ftol": 1e-11, "gtol": 1e-6}).x)  # fmt: skip
            if np.abs(v - before).max() < 1e-4:
                break
        information = np.empty((size, size))
        for k in range(size):
            step = np.eye(size)[k] * 1e-4
            information[k] = (loss(v + step)[1] - loss(v - step)[1]) / 2e-4
        return v, 0.5 * (information + information.T), self.scores(v)[1]

    def expected(self, v: Array) -> Array:
        """Expected counts given the totals, shape (E, T)."""
        _, post, share, _ = self._terms(v)
        return self.total[:, None] * np.einsum("eq,eqt->et", post, share)


def _course_check(y: Array, fitted: Array, seed: int) -> Check:
    """Largest departure of the summed course from the fitted one, against episodes with their signs drawn at random."""
    gap = y - fitted
    scale = np.sqrt((gap**2).sum(axis=0)) + 1e-12
    many = fitted.sum(axis=0) >= 5
    if not many.any():
        return Check("course as expected", 0.0, 1.0, "too few events to tell")
    observed = float(np.max(np.abs(gap.sum(axis=0) / scale)[many]))
    signs = np.random.default_rng(derive_seed(seed, "course")).choice([-1.0, 1.0], (499, y.shape[0]))
    null = np.max(np.abs(signs @ gap / scale)[:, many], axis=1)
    p = float((np.sum(null >= observed) + 1) / 500)
    return Check("course as expected", observed, p, "largest standardised gap, random signs of episodes", 0.01)
