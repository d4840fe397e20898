"""How far an estimator can be trusted: the same estimator on many made records whose truth is known.

A `Trial` makes a record and estimates from it; `run` repeats it, each repeat with its own seed, so that results
are the same in any order and on any number of processes. What is asked of the results:

- `recovery`: is the estimate the truth, on average?
- `interval_coverage`: do intervals hold the truth as often as they say, and are the misses on both sides?
- `false_positive_rate`: how often is something found where nothing is?
- `power_curve`: how often is something found where it is, by size?
- `simulation_based_calibration`: is the truth where the posterior (or the confidence distribution) says, all along it?

Each is itself checked: `broken` makes the posterior too narrow or shifted, and `detectable` says how narrow it may be
before this check, at this number of repeats, finds out.
"""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Check
from groundswell.estimators.statistics.diagnostics import finite_vector, rank_uniformity
from groundswell.results import Result

Floats = NDArray[np.float64]

MOST_FALSE = 0.06  # of all rows of an estimator together, at a nominal 5%
_DOUBT = 0.01  # a row's rate is too high when the nominal one would give as much in fewer than 1% of tables
_CLIP = 1e-6  # a truth further out counts as five standard deviations away
_RANKS = 63  # posterior ranks 0..63, so that bins of 4, 8 and 16 divide them


def wilson(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a share k/n."""
    low, high = stats.binomtest(k, n).proportion_ci(level, method="wilson")
    return float(low), float(high)


# --- trials ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What an estimator said of one record.

    Parameters
    ----------
    value, low, high : estimate and interval; NaN where there is none.
    p : of no effect; NaN where there is none.
    passed : its own checks; a verdict was given.
    cdf : of the confidence distribution: from a value of the truth to (0, 1).
    draws : of the posterior, instead of ``cdf``.
    others : further p-values, by name.
    """

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    p: float = math.nan
    passed: bool = True
    cdf: Callable[[float], float] | None = None
    draws: Floats | None = None
    others: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Trial:
    """A record whose truth is known, and an estimator of it.

    Parameters
    ----------
    name : part of every seed, so two trials of one name make the same records.
    simulate : from a generator to (record, truth); the truth is a number, NaN where the question has none.
    estimate : from (record, seed) to an `Outcome`; an `EstimationError` counts as refused.
    """

    name: str
    simulate: Callable[[np.random.Generator], tuple[Any, float]]
    estimate: Callable[[Any, int], Outcome]


@dataclass(frozen=True)
class Repeat(Result):
    """One repeat of a trial; ``u`` is where the truth lies in the confidence distribution, NaN where there is none."""

    repeat: int
    truth: float
    value: float
    low: float
    high: float
    p: float
    passed: bool
    u: float
    refused: str = ""
    others: Mapping[str, float] = field(default_factory=dict)


def attempt(trial: Trial, repeat: int, seed: int) -> Repeat:
    """One repeat; a function of (trial's name, repeat, seed) alone."""
    rng = np.random.default_rng(derive_seed(seed, trial.name, repeat))
    record, truth = trial.simulate(rng)
    try:
        o = trial.estimate(record, derive_seed(seed, trial.name, repeat, "estimate") % 2**31)
    except EstimationError as error:
        nothing = math.nan
        return Repeat(repeat, float(truth), nothing, nothing, nothing, nothing, False, nothing, str(error.given))
    u = math.nan
    if o.draws is not None and math.isfinite(truth):
        below, same = int(np.sum(o.draws < truth)), int(np.sum(o.draws == truth))
        u = float((below + rng.uniform() * (same + 1)) / (o.draws.size + 1))
    elif o.cdf is not None and math.isfinite(truth):
        u = float(o.cdf(truth))
    return Repeat(repeat, float(truth), o.value, o.low, o.high, o.p, bool(o.passed), u, "", dict(o.others))


_SHARED: dict[str, tuple[Trial, int]] = {}  # inherited by forked workers: trials hold functions that cannot be sent


def _attempt_shared(job: tuple[str, int]) -> Repeat:
    trial, seed = _SHARED[job[0]]
    return attempt(trial, job[1], seed)


def run_all(
    trials: Mapping[str, tuple[Trial, int]],
    *,
    seed: int = 0,
    processes: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, list[Repeat]]:
    """Repeat trials, on several processes where asked.

    Parameters
    ----------
    trials : by key, the trial and its number of repeats.
    seed : results are a function of it, the trials' names and the repeats; not of ``processes``.
    processes : forked workers; 1 runs here.
    progress : called with ("calibration", done, total).

    Returns
    -------
    By key, the results in the order of the repeats.
    """
    jobs = [(key, i) for key, (_, repeats) in trials.items() for i in range(repeats)]
    found: dict[str, list[Repeat]] = {key: [] for key in trials}
    _SHARED.update({key: (trial, seed) for key, (trial, _) in trials.items()})
    try:
        if processes <= 1 or "fork" not in multiprocessing.get_all_start_methods():
            for done, job in enumerate(jobs):
                found[job[0]].append(_attempt_shared(job))
                if progress:
                    progress("calibration", done + 1, len(jobs))
        else:
            with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("fork")) as pool:
                for done, (job, result) in enumerate(
                    zip(jobs, pool.map(_attempt_shared, jobs, chunksize=4), strict=True)
                ):
                    found[job[0]].append(result)
                    if progress:
                        progress("calibration", done + 1, len(jobs))
    finally:
        for key in trials:
            _SHARED.pop(key, None)
    return found


def run(trial: Trial, repeats: int, *, seed: int = 0, processes: int = 1) -> list[Repeat]:
    """Repeat one trial; see `run_all`."""
    return run_all({trial.name: (trial, repeats)}, seed=seed, processes=processes)[trial.name]


# --- what is asked of the results -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Assessment(Result):
    """One row of the table: what was asked of an estimator, what came out, and whether it will do.

    Parameters
    ----------
    question : "recovery", "coverage", "false positives", "power" or "calibration".
    value, low, high : a share with Wilson's interval; in recovery the mean error with its own.
    expected : what it should be: 0 for a mean error, the nominal level for a share; NaN for power.
    n : repeats that count; refused : repeats that the estimator refused.
    passed : see the function that made the row.
    details : further numbers.
    """

    question: str
    value: float
    low: float
    high: float
    expected: float
    n: int
    refused: int
    passed: bool
    details: Mapping[str, object] = field(default_factory=dict)


def recovery(results: Sequence[Repeat], *, allowed: float = 0.0) -> Assessment:
    """The mean error of the estimate; passed when it is within five standard errors of 0, or within ``allowed``.

    Details: root of the mean squared error, its share that is bias, and the mean of the truth.
    """
    used = [r for r in results if math.isfinite(r.value) and math.isfinite(r.truth)]
    if len(used) < 2:
        return _nothing("recovery", results, 0.0)
    error = np.array([r.value - r.truth for r in used])
    bias, spread = float(error.mean()), float(error.std(ddof=1) / math.sqrt(error.size))
    rmse = float(np.sqrt(np.mean(error**2)))
    details = {"rmse": rmse, "standard_error": spread, "truth": float(np.mean([r.truth for r in used]))}
    passed = abs(bias) < max(5 * spread, allowed)
    low, high = bias - 1.96 * spread, bias + 1.96 * spread
    return Assessment("recovery", bias, low, high, 0.0, len(used), _refused(results), passed, details)


def interval_coverage(results: Sequence[Repeat], nominal: float = 0.95, *, least: float | None = None) -> Assessment:
    """How often intervals hold the truth; passed unless the nominal share makes so few improbable (binomial, 0.1%).

    More than nominal is conservative, and passes. Details: misses on either side, and the mean width.

    Parameters
    ----------
    least : share to test against instead of the nominal one, for estimators that own up to less.
    """
    used = [r for r in results if math.isfinite(r.truth) and not (math.isnan(r.low) or math.isnan(r.high))]
    if not used:
        return _nothing("coverage", results, nominal)
    above = sum(r.truth > r.high for r in used)
    below = sum(r.truth < r.low for r in used)
    hits, n = len(used) - above - below, len(used)
    low, high = wilson(hits, n)
    p = float(stats.binomtest(hits, n, nominal if least is None else least, alternative="less").pvalue)
    finite = [r.high - r.low for r in used if math.isfinite(r.high - r.low)]
    details = {
        "truth_above_interval": above / n,
        "truth_below_interval": below / n,
        "width": float(np.mean(finite)) if finite else math.nan,
        "p": p,
    }
    return Assessment("coverage", hits / n, low, high, nominal, n, _refused(results), p >= 0.001, details)


def false_positive_rate(
    results: Sequence[Repeat],
    *,
    level: float = 0.05,
    most: float | None = None,
    verdicts: bool = False,
    which: str | None = None,
) -> Assessment:
    """How often p is below the level where there is no effect; passed unless ``most`` makes so many improbable.

    Parameters
    ----------
    level : nominal; most : what is allowed, by default as much. A row fails above the 99% point, 31 of 400.
    verdicts : count only what the estimator's own checks let pass, as a reader would see it.
    which : one of the other p-values, instead of the main one.
    """

    def p_of(r: Repeat) -> float:
        return r.p if which is None else r.others.get(which, math.nan)

    used = [r for r in results if math.isfinite(p_of(r))]
    if not used:
        return _nothing("false positives", results, level)
    hits = sum(p_of(r) < level and (r.passed or not verdicts) for r in used)
    low, high = wilson(hits, len(used))
    most = level if most is None else most
    p = float(stats.binomtest(hits, len(used), most, alternative="greater").pvalue)
    details = {"checks_failed": sum(not r.passed for r in used) / len(used), "allowed": most, "p": p}
    rate = hits / len(used)
    return Assessment("false positives", rate, low, high, level, len(used), _refused(results), p >= _DOUBT, details)


def power(
    results: Sequence[Repeat], *, level: float = 0.05, verdicts: bool = False, which: str | None = None
) -> Assessment:
    """How often p is below the level where there is an effect. There is no right value, so it always passes."""
    found = false_positive_rate(results, level=level, most=1.0, verdicts=verdicts, which=which)
    details = {"checks_failed": found.details.get("checks_failed", math.nan)}
    return Assessment("power", found.value, found.low, found.high, math.nan, found.n, found.refused, True, details)


def power_curve(
    by_size: Mapping[float, Sequence[Repeat]], *, level: float = 0.05
) -> tuple[tuple[float, Assessment], ...]:
    """Power at each size of the effect, rising."""
    return tuple((float(size), power(by_size[size], level=level)) for size in sorted(by_size))


def _refused(results: Sequence[Repeat]) -> int:
    return sum(bool(r.refused) for r in results)


def _nothing(question: str, results: Sequence[Repeat], expected: float) -> Assessment:
    nan = math.nan
    return Assessment(question, nan, nan, nan, expected, 0, _refused(results), False, {"reason": "no repeat counts"})


# --- calibration all along the posterior ------------------------------------------------------------------------------


def normal_cdf(value: float, low: float, high: float, level: float = 0.95) -> Callable[[float], float]:
    """The confidence distribution of an estimate with an interval: normal, with its own spread on either side.

    An end at infinity, or at the estimate itself (a boundary), leaves that side without spread, all at one end.
    """
    z = float(stats.norm.ppf(0.5 + level / 2))

    def cdf(truth: float) -> float:
        reach = (value - low if truth < value else high - value) / z
        if reach <= 0:
            return 0.0 if truth < value else 1.0 if truth > value else 0.5
        return float(special.ndtr((truth - value) / reach)) if math.isfinite(reach) else 0.5

    return cdf


def simulation_based_calibration(u: ArrayLike, *, level: float = 0.001) -> Check:
    """Is the truth where the posterior says, as often as it says, all along it?

    Parameters
    ----------
    u : shape (N,); for each made record, the posterior's (or the confidence distribution's) probability below the
        truth. Uniform if it is right.
    level : of passing; small, since one such check is made of many estimators.

    Returns
    -------
    The worst of three tests, its p-value tripled: chi-square of ranks in equal bins (shape), Kolmogorov-Smirnov
    (shift), and the sum of squared normal scores (too narrow, too wide; the most informative one in small tables).

    Source: Talts, Betancourt, Simpson, Vehtari & Gelman (2018), arXiv:1804.06788; for confidence distributions, the
    same reasoning with the truth fixed or drawn. Squared scores: Cook, Gelman & Rubin (2006), J. Comput. Graph. Stat.
    15:675-692.
    """
    values = finite_vector(u, "u", at_least=20)
    if (values < 0).any() or (values > 1).any():
        raise EstimationError("u outside 0 to 1", expected="probabilities")
    n = values.size
    ranks = np.minimum(np.floor(values * (_RANKS + 1)), _RANKS)
    bins = 16 if n >= 320 else 8 if n >= 80 else 4
    shape = rank_uniformity(ranks, _RANKS, bins=bins)
    distance = float(np.max(np.abs(np.sort(values) - (np.arange(n) + 0.5) / n))) + 0.5 / n
    shift = float(stats.kstwo.sf(distance, n))
    width = float(stats.chi2.cdf(np.sum(special.ndtri(np.clip(values, _CLIP, 1 - _CLIP)) ** 2), n))
    p = min(1.0, 3 * min(shape.p, shift, 2 * min(width, 1 - width)))
    method = f"ranks in {bins} bins, Kolmogorov-Smirnov, squared scores; N = {n}"
    return Check("calibration", distance, p, method, level)


def broken(u: ArrayLike, *, width: float = 1.0, shift: float = 0.0) -> Floats:
    """What u would have been, had the posterior been ``width`` times as wide and moved by ``shift`` of its sds.

    Exact for normal posteriors: ``Phi((Phi^-1(u) - shift) / width)``.
    """
    z = special.ndtri(np.clip(finite_vector(u, "u"), 1e-9, 1 - 1e-9))
    return np.asarray(special.ndtr((z - shift) / width))


def detectable(
    n: int, *, level: float = 0.001, power: float = 0.95, repeats: int = 200, seed: int = 0
) -> dict[str, float]:
    """How broken a posterior must be for this check to find out, at this number of records.

    Returns
    -------
    ``width``: the widest posterior, below the right width, that is rejected in at least ``power`` of repeats; and
    ``shift``: the least shift, in standard deviations. 0 and infinity where none is.
    """
    rng = np.random.default_rng(derive_seed(seed, "detectable", n))
    right = rng.uniform(size=(repeats, n))

    def caught(width: float, shift: float) -> bool:
        hits = sum(
            not simulation_based_calibration(broken(u, width=width, shift=shift), level=level).passed for u in right
        )
        return hits >= power * repeats

    def first(grid: Floats, test: Callable[[float], bool]) -> float | None:
        """The first value of a grid, from mild to gross, that is caught; by halving, since worse is caught sooner."""
        low, high = 0, grid.size
        while low < high:
            middle = (low + high) // 2
            if test(float(grid[middle])):
                high = middle
            else:
                low = middle + 1
        return round(float(grid[low]), 2) if low < grid.size else None

    width = first(np.arange(0.95, 0.0, -0.05), lambda w: caught(w, 0.0))
    shift = first(np.arange(0.05, 1.55, 0.05), lambda s: caught(1.0, s))
    return {"width": 0.0 if width is None else width, "shift": math.inf if shift is None else shift}


def calibration(results: Sequence[Repeat], *, level: float = 0.001) -> Assessment:
    """`simulation_based_calibration` of results, with the proof that the same check at the same N finds faults out.

    The row's value is the mean of u, which should be 0.5; details hold the check, the histogram in eighths, and whether
    a posterior 0.6 times as wide, or moved by half a standard deviation, would have been rejected.
    """
    u = np.array([r.u for r in results if math.isfinite(r.u)])
    if u.size < 20:
        return _nothing("calibration", results, 0.5)
    check = simulation_based_calibration(u, level=level)
    details = {
        "p": check.p,
        "statistic": check.statistic,
        "method": check.method,
        "eighths": (np.histogram(u, bins=8, range=(0, 1))[0] / u.size).round(3).tolist(),
        "too_narrow_caught": not simulation_based_calibration(broken(u, width=0.6), level=level).passed,
        "shift_caught": not simulation_based_calibration(broken(u, shift=0.5), level=level).passed,
    }
    error = 1.96 / math.sqrt(12 * u.size)
    mean = float(u.mean())
    return Assessment(
        "calibration", mean, mean - error, mean + error, 0.5, u.size, _refused(results), check.passed, details
    )


# --- worlds without contagion -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Made:
    """A made record: counts (T, K), the step, and the logarithm of coverage where an analyst would have it."""

    counts: NDArray[np.int64]
    step: str
    coverage: Floats | None = None


@dataclass(frozen=True)
class World:
    """A way in which series look contagious, and are not.

    Parameters
    ----------
    name : of the world; why : what makes it hard.
    mean : from (generator, T, K, step) to the means (T, K) and the coverage to be given (T,), or None.
    dispersion : of the counts; variance = mean + dispersion mean².
    steps : where the world makes sense.
    answerable : False where no estimator of this kind could know better; such rows are shown, and judge nobody.
    """

    name: str
    why: str
    mean: Callable[[np.random.Generator, int, int, str], tuple[Floats, Floats | None]]
    dispersion: float = 0.0
    steps: tuple[str, ...] = ("week", "day")
    answerable: bool = True

    def make(self, rng: np.random.Generator, T: int, K: int = 1, step: str = "week") -> Made:
        """A record of T steps of K kinds."""
        mean, coverage = self.mean(rng, T, K, step)
        if self.dispersion > 0:
            mean = rng.gamma(1 / self.dispersion, self.dispersion * mean)
        return Made(rng.poisson(mean), step, coverage)


_LEVELS = np.array([3.0, 2.0, 1.5, 1.0])  # events per step of the first, second ... kind
_PER_YEAR = {"week": 365.25 / 7, "day": 365.25}


def _levels(T: int, K: int, step: str) -> Floats:
    level = _LEVELS[np.arange(K) % _LEVELS.size] * (1.0 if step == "week" else 0.5)
    return np.tile(level, (T, 1))


def _flicker(rng: np.random.Generator, T: int, step: str) -> Floats:
    """An autoregression with a memory of weeks and a standard deviation of 0.67 in the logarithm."""
    phi = 0.8 if step == "week" else 0.8 ** (1 / 7)
    noise = 0.4 * math.sqrt((1 - phi**2) / (1 - 0.8**2)) * rng.normal(size=T)
    x = np.zeros(T)
    for t in range(1, T):
        x[t] = phi * x[t - 1] + noise[t]
    return x


def _stationary(rng: np.random.Generator, T: int, K: int, step: str) -> tuple[Floats, None]:
    return _levels(T, K, step), None


def _growth(rng: np.random.Generator, T: int, K: int, step: str) -> tuple[Floats, None]:
    rise = np.exp(math.log(12) * (np.arange(T) / T - 0.75))
    return _levels(T, K, step) * rise[:, None], None


def _season(rng: np.random.Generator, T: int, K: int, step: str) -> tuple[Floats, None]:
    turn = 2 * np.pi * np.arange(T) / _PER_YEAR[step] + rng.uniform(0, 2 * np.pi)
    return _levels(T, K, step) * np.exp(0.8 * np.cos(turn))[:, None], None


def _jump(rng: np.random.Generator, T: int, K: int, step: str) -> tuple[Floats, None]:
    later = np.arange(T) >= rng.uniform(0.25, 0.75) * T
    return _levels(T, K, step) * np.where(later, 2.0, 0.4)[:, None], None


def _flicker_given(rng: np.random.Generator, T: int, K: int, step: str) -> tuple[Floats, Floats]:
    x = _flicker(rng, T, step)
    return _levels(T, K, step) * np.exp(x)[:, None], x


def _flicker_unseen(rng: np.random.Generator, T: int, K: int, step: str) -> tuple[Floats, None]:
    return _flicker_given(rng, T, K, step)[0], None


def _weekdays(rng: np.random.Generator, T: int, K: int, step: str) -> tuple[Floats, None]:
    shape = np.array([1.0, 1.0, 1.1, 1.2, 1.4, 2.0, 0.5])
    return _levels(T, K, step) * shape[np.arange(T) % 7][:, None], None


def _holidays(rng: np.random.Generator, T: int, K: int, step: str) -> tuple[Floats, None]:
    """A fortnight at the end of every year at 0.3 of the usual, and three weeks in summer at 0.6."""
    within = (np.arange(T) / _PER_YEAR[step]) % 1.0
    dip = np.where(within > 1 - 2 / 52.18, 0.3, np.where(np.abs(within - 0.6) < 1.5 / 52.18, 0.6, 1.0))
    return _levels(T, K, step) * dip[:, None], None


def _slow(rng: np.random.Generator, T: int, K: int, step: str) -> tuple[Floats, None]:
    """A cause common to all kinds with swings of one to six years."""
    years = np.arange(T) / _PER_YEAR[step]
    x = np.zeros(T)
    for _ in range(4):
        x += 0.35 * math.sqrt(2) * np.cos(2 * np.pi * (years / rng.uniform(1.0, 6.0) + rng.uniform()))
    return _levels(T, K, step) * np.exp(x)[:, None], None


WORLDS: dict[str, World] = {
    w.name: w
    for w in (
        World("stationary", "nothing at all happens", _stationary),
        World("overdispersed", "counts of variance mean + mean²", _stationary, dispersion=1.0),
        World("growth x12", "twelve times as many events at the end", _growth),
        World("seasonal", "five times as many in the high season as in the low", _season),
        World("coverage jump x5", "reporting becomes five times better on one day", _jump),
        World("slow common cause", "one cause moves all kinds over years", _slow),
        World("holiday dips", "few events around the turn of the year and in summer", _holidays),
        World("weekdays", "four times as many events on some days of the week", _weekdays, steps=("day",)),
        World("flickering coverage, given", "reporting swings over weeks, and is known", _flicker_given),
        World(
            "flickering coverage, not given", "reporting swings over weeks, unknown", _flicker_unseen, answerable=False
        ),
    )
}
"""Null worlds by name."""

LENGTHS = {"week": (520, 1040), "day": (2000,)}
"""Lengths of made records: ten and twenty years of weeks, five and a half years of days."""
