"""Whether struggle comes in waves: the spectrum of a record against red noise, and what persists between waves.

A series that merely persists (this month like the last) rises and falls for long stretches too, and its periodogram is
largest at long periods. So a wave is a peak that red noise with the same persistence, and with the white noise of
counting on top, would seldom show anywhere in the whole band that was searched. What is known to vary without
any struggle (a trend, the season, coverage) is removed first, in the record as in the simulations.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field
from scipy import stats
from scipy.signal import find_peaks
from scipy.signal.windows import dpss

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Check, Checked, Estimate
from groundswell.estimators.statistics.diagnostics import finite_vector, ljung_box
from groundswell.results import Result
from groundswell.settings import Settings

Array = NDArray[np.float64]

_PERSISTENCE = np.concatenate([np.linspace(0.0, 0.9, 19), [0.93, 0.95, 0.97, 0.98, 0.99]])
_WHITE = np.array([0.0, 0.1, 0.25, 0.5, 0.75, 0.9])  # share of the variance that has no memory
_GRID = np.array([(phi, white) for phi in _PERSISTENCE for white in (_WHITE if phi > 0 else _WHITE[:1])])


@dataclass(frozen=True)
class Wave(Result):
    """One wave of a record: from a trough over a peak to the next trough (indices of the series)."""

    start: int
    peak: int
    end: int
    height: float  # of the peak, in the units of the smoothed series (log, if logs were taken)


@dataclass(frozen=True)
class Spectrum(Checked):
    """The wave spectrum of one record, as `wave_spectrum` found it.

    Parameters
    ----------
    n : periods used; `unit` is their name.
    frequency, power : shape (F,); cycles per period, and variance per unit of frequency.
    red, band : shape (F,): the fitted red noise, and the power that red noise exceeds anywhere in the band with
        probability 1 - level.
    period, period_low, period_high : of the highest peak over red noise, in periods; low and high are its resolution.
    ratio : of power to red noise there.
    p : probability that red noise shows as high a ratio anywhere in the band.
    persistence, white : of the red noise: lag-one autocorrelation, and share of the variance without memory.
    waves : the waves found by the rule of `find_waves`.
    intervals : periods between their peaks.
    interval_cv : standard deviation over mean of the intervals; 1 for peaks at random (Poisson), 0 for a clock.
    p_poisson : of intervals this regular or irregular, if peaks fell at random but not closer than the rule permits.
    p_regular : of intervals this regular, if the series were red noise under the same rule.
    ratchet : what a wave leaves behind: rise from the trough before it to the trough after it, per unit of its height
        over the trough before (regression over waves; trends are left in); `ratchet_low`, `ratchet_high` its interval
        and `p_ratchet` its p-value (two-sided), both against red noise with the same trend, in which a high wave is
        also followed by a higher trough. None with fewer than four waves between troughs.
    trough_change : mean change from the trough before a wave to the trough after it, trend included.
    checks : whether red noise, with or without the wave, describes the series.
    """

    n: int
    unit: str
    frequency: tuple[float, ...]
    power: tuple[float, ...]
    red: tuple[float, ...]
    band: tuple[float, ...]
    period: float
    period_low: float
    period_high: float
    ratio: float
    p: float
    persistence: float
    white: float
    waves: tuple[Wave, ...]
    intervals: tuple[int, ...]
    interval_cv: float | None
    p_poisson: float | None
    p_regular: float | None
    trough_change: float | None
    ratchet: float | None
    ratchet_low: float | None
    ratchet_high: float | None
    p_ratchet: float | None
    checks: tuple[Check, ...]
    draws: int
    sensitivity: Mapping[str, object] = field(default_factory=dict)
    level: float = 0.95

    derived = ("answer", "passed")

    @property
    def answer(self) -> str:
        """One plain sentence, caveats first."""
        if self.failing:
            return f"No verdict: neither red noise nor a wave describes these {self.n} {self.unit}s ({self.failing})."
        if self.p >= 1 - self.level:
            return (
                f"This series of {self.n} {self.unit}s rises and falls no more regularly than red noise of the same "
                f"persistence (p = {self.p:.2g} over all periods); its {len(self.waves)} swings are what "
                "persistence alone produces."
            )
        return (
            f"This series of {self.n} {self.unit}s has a wave of about {self.period:.1f} {self.unit}s "
            f"({self.period_low:.1f} to {self.period_high:.1f}) that red noise of the same persistence would show with "
            f"probability {self.p:.2g} in the whole band."
        )

    def estimate(self) -> Estimate:
        """The strongest period with the p-value over the band, as an `Estimate`, for claims."""
        return Estimate(
            self.period, self.period_low, self.period_high, self.p, self.n,
            "largest ratio of the multitaper spectrum to fitted red noise over the band, by simulation, one-sided p",
            f"{self.unit}s", self.passed,
            {c.name: c.to_dict() for c in self.checks} | {"persistence": self.persistence}, self.level,
        )  # fmt: skip


def _tapered(x: Array, tapers: Array) -> Array:
    """Multitaper power of series along the last axis, at the Fourier frequencies."""
    return np.mean([np.abs(np.fft.rfft(x * taper, axis=-1)) ** 2 for taper in tapers], axis=0)


def _shapes(frequency: Array, grid: Array) -> Array:
    """Spectra of unit variance, shape (G, F): AR(1) with a share of white noise."""
    phi, white = grid[:, :1], grid[:, 1:]
    ar = (1 - phi**2) / (1 + phi**2 - 2 * phi * np.cos(2 * np.pi * frequency))
    return (1 - white) * ar + white


def _fit_red(power: Array, shapes: Array) -> tuple[NDArray[np.int64], Array]:
    """Whittle's fit for spectra along the last axis: index into the grid, and the scale."""
    scale = power @ (1 / shapes).T / power.shape[-1]
    loss = np.log(scale) + np.log(shapes).mean(axis=1)
    best = loss.argmin(axis=-1)
    return best, np.take_along_axis(scale, best[..., None], axis=-1)[..., 0]


def _red_noise(rng: np.random.Generator, draws: int, n: int, phi: float, white: float) -> Array:
    shocks = rng.standard_normal((draws, n))
    red = np.empty_like(shocks)
    red[:, 0] = shocks[:, 0]
    step = math.sqrt(1 - phi**2)
    for i in range(1, n):
        red[:, i] = phi * red[:, i - 1] + step * shocks[:, i]
    return math.sqrt(1 - white) * red + (math.sqrt(white) * rng.standard_normal((draws, n)) if white > 0 else 0.0)


def _design(n: int, trend: int, season: int | None, covariates: Sequence[Array]) -> Array:
    """What is removed first: polynomial trend, the season as means by phase, covariates. Orthonormal columns."""
    t = np.linspace(-1, 1, n)
    columns = [np.polynomial.legendre.legval(t, np.eye(trend + 1)[k]) for k in range(trend + 1)]
    if season:
        phase = np.arange(n) % season
        columns += [(phase == k).astype(float) - 1 / season for k in range(season - 1)]
    columns += list(covariates)
    return np.linalg.qr(np.column_stack(columns))[0]


def find_waves(values: ArrayLike, *, smooth: int = 1, distance: int = 2, prominence: float = 0.5) -> tuple[Wave, ...]:
    """The waves of a series by an explicit rule: peaks of a moving mean that stand out, with the troughs on either
    side.

    Parameters
    ----------
    values : shape (n,); take logarithms or remove trends beforehand, if needed.
    smooth : length of the moving mean, in periods (1: none).
    distance : least number of periods between two peaks.
    prominence : how far a peak must stand above the higher of the two adjacent troughs, in standard deviations of
        the smoothed series.

    Returns
    -------
    tuple of `Wave`, by time. The ends of the record count as troughs.
    """
    y = finite_vector(values, "values", at_least=4)
    if smooth < 1 or distance < 1 or prominence < 0:
        raise EstimationError(
            f"smooth {smooth}, distance {distance}, prominence {prominence}", expected="smooth, distance >= 1; >= 0"
        )
    line = _smoothed(y, smooth)
    padded = np.concatenate([[line.min()], line, [line.min()]])
    peaks = find_peaks(padded, distance=distance, prominence=max(prominence * float(line.std()), 1e-12))[0] - 1
    edges = [int(line[: peaks[0] + 1].argmin())] if peaks.size else []
    edges += [int(a + line[a : b + 1].argmin()) for a, b in pairwise(peaks)]
    if peaks.size:
        edges.append(int(peaks[-1] + line[peaks[-1] :].argmin()))
    return tuple(Wave(edges[k], int(p), edges[k + 1], float(line[p])) for k, p in enumerate(peaks))


def _smoothed(y: Array, smooth: int) -> Array:
    if smooth == 1:
        return y
    weight = np.ones(smooth)
    return np.convolve(y, weight, mode="same") / np.convolve(np.ones(y.size), weight, mode="same")


def _interval_cv(waves: Sequence[Wave]) -> float:
    gaps = np.diff([w.peak for w in waves])
    return float(gaps.std(ddof=1) / gaps.mean()) if gaps.size >= 2 else math.nan


def _trough_changes(line: Array, waves: Sequence[Wave]) -> tuple[Array, Array]:
    """Rise from the trough before a wave to that after it, and its height above the former, for whole waves."""
    inner = [w for w in waves if w.start > 0 and w.end < line.size - 1]
    rise = np.array([line[w.end] - line[w.start] for w in inner])
    return rise, np.array([line[w.peak] - line[w.start] for w in inner])


def _ratchet(line: Array, waves: Sequence[Wave]) -> float:
    rise, height = _trough_changes(line, waves)
    if rise.size < 4 or np.ptp(height) < 1e-12:
        return math.nan
    height = height - height.mean()
    return float(height @ rise / (height @ height))


@final
class SpectrumSettings(Settings):
    """Options of `wave_spectrum`."""

    unit: str = Field("period", description="name of a period")
    log: bool = Field(True, description="take logarithms")
    trend: int = Field(1, ge=0, description="degree of the polynomial removed (0: the mean only)")
    season: int | None = Field(None, ge=2, description="periods in a year, whose means by phase are removed")
    longest: float = Field(0.5, gt=0, le=1, description="longest period of the band as a share of the record")
    shortest: float = Field(2.0, ge=2, description="shortest period of the band, in periods")
    tapers: int | None = Field(None, ge=1, description="by default 1 below 40 values, 2 below 120, else 3")
    smooth: int | None = Field(None, ge=1, description="moving mean before waves are found; by default about n/60")
    prominence: float = Field(0.5, ge=0, description="of a wave, in standard deviations")
    level: float = Field(0.95, ge=0.5, lt=1, description="coverage of the intervals")
    draws: int = Field(999, ge=99, description="red-noise series")
    seed: int = 0


def wave_spectrum(
    values: ArrayLike,
    settings: SpectrumSettings | None = None,
    *,
    covariates: Mapping[str, ArrayLike] | None = None,
    **options: Any,
) -> Spectrum:
    """Whether a record has waves beyond red noise, how regular they are, and what organisation they leave behind.

    The series (its logarithm, ``log(y + half the smallest positive value)`` where there are zeros) minus trend, season
    and covariates has the multitaper spectrum I(f). Red noise ``S(f) = s² [(1-w) (1-φ²)/(1+φ²-2φ cos 2πf) + w]`` is
    fitted by Whittle's likelihood. Statistic: ``max_f I(f)/S(f)`` over the band. p: the share of red-noise series, with
    the same terms removed and each refitted, with as large a statistic; they are simulated with the φ and w that
    reproduce, on average, the estimates found (an estimate from few values is too low).

    Parameters
    ----------
    values : shape (n,), n >= 16, evenly spaced, >= 0 if `log`.
    covariates : name -> shape (n,); removed by regression (such as log coverage).
    settings, options : see `SpectrumSettings`. The longest period of the band is a share of the record, since one swing
        in the whole record is no recurrence.

    Returns
    -------
    `Spectrum`.

    Raises
    ------
    EstimationError : fewer than 16 values, negative values with `log`, or a series without variation.

    Known limits: red noise is the null, so a system that oscillates irregularly may well pass as red noise. With 18
    years only strong, regular waves can be detected. A step in coverage that is not a covariate looks like a long wave.
    Use `groundswell.estimators.waves.decay` instead when there is one wave, and its ebb is the question.
    Source: Thomson (1982), Proc. IEEE 70:1055-1096; Allen & Smith (1996), J. Climate 9:3373-3404; Whittle (1953),
    Arkiv för Matematik 2:423-434.
    """
    y = finite_vector(values, "values", at_least=16)
    o = SpectrumSettings.of(settings, options)
    if o.log:
        if (y < 0).any() or not (y > 0).any():
            raise EstimationError("values below 0, or none above", expected="values >= 0", instead="use log=False")
        y = np.log(y + (0.5 * y[y > 0].min() if (y == 0).any() else 0.0))
    n = y.size
    extra = []
    for name, column in (covariates or {}).items():
        c = finite_vector(column, f"covariate {name}")
        if c.size != n or np.ptp(c) == 0:
            raise EstimationError(f"covariate {name} with {c.size} values", expected=f"{n} values that vary")
        extra.append((c - c.mean()) / c.std())
    if o.season is not None and n < 3 * o.season:
        raise EstimationError(f"a season of {o.season} in {n} values", expected="at least 3 years of 2 or more periods")
    basis = _design(n, o.trend, o.season, extra)
    if basis.shape[1] > n // 2:
        raise EstimationError(f"{basis.shape[1]} terms removed from {n} values", expected="at most half as many")

    def clean(x: Array) -> Array:
        return x - (x @ basis) @ basis.T

    x = clean(y)
    if float(x.std()) < 1e-9 * max(1.0, float(np.abs(y).max())):
        raise EstimationError("nothing varies once trend and season are removed", expected="a series that varies")
    count = o.tapers or (1 if n < 40 else 2 if n < 120 else 3)
    windows = np.atleast_2d(np.asarray(dpss(n, (count + 1) / 2, Kmax=count), dtype=np.float64))
    every = np.asarray(np.fft.rfftfreq(n), dtype=np.float64)
    fit = every > 0
    if o.season:  # the season's own frequencies were removed, so they are uninformative
        fit &= np.abs(every * o.season - np.round(every * o.season)) > 0.5 * o.season / n
    inside = (every >= 1 / (o.longest * n) - 1e-12) & (every <= 1 / o.shortest + 1e-12) & fit
    if inside.sum() < 3:
        raise EstimationError("fewer than 3 frequencies in the band", expected="a longer series or a wider band")
    shapes = _shapes(every[fit], _GRID)
    band = inside[fit]

    def test(series: Array) -> tuple[Array, NDArray[np.int64], NDArray[np.int64], Array, Array]:
        power = _tapered(series, windows)[..., fit]
        best, scale = _fit_red(power, shapes)
        ratio = np.where(band, power / (scale[..., None] * shapes[best]), -1.0)
        return ratio.max(axis=-1), ratio.argmax(axis=-1), best, scale, power

    observed, where, best, scale, power = test(x)
    rng = np.random.default_rng(derive_seed(o.seed, "wave spectrum"))
    phi, white = _corrected(int(best), n, clean, test, np.random.default_rng(derive_seed(o.seed, "red noise")))
    null_series = clean(_red_noise(rng, o.draws, n, phi, white))
    null = test(null_series)[0]
    p = float((np.sum(null >= observed - 1e-12) + 1) / (o.draws + 1))
    frequency = every[fit]
    peak = float(frequency[int(where)])
    half = (count + 1) / 2 / n if count > 1 else 0.5 / n
    red = float(scale) * shapes[int(best)]

    width = o.smooth or max(1, round(n / 60))
    gap = max(2, width)
    waves = find_waves(x, smooth=width, distance=gap, prominence=o.prominence)
    few = null_series[: min(o.draws, 399)]
    null_waves = [find_waves(s, smooth=width, distance=gap, prominence=o.prominence) for s in few]
    cv = _interval_cv(waves)
    p_regular = p_poisson = None
    if math.isfinite(cv):
        null_cv = np.array([c for w in null_waves if math.isfinite(c := _interval_cv(w))])
        p_regular = float((np.sum(null_cv <= cv) + 1) / (null_cv.size + 1))
        p_poisson = _poisson_intervals(np.diff([w.peak for w in waves]), gap, rng)
    change = ratchet = low = high = p_ratchet = None
    drift = y - x  # trend, season and covariates, kept for what a wave leaves behind
    if o.season:
        drift = drift - (drift @ (s := _design(n, 0, o.season, ())[:, 1:])) @ s.T
    whole = _smoothed(x + drift, width)
    changes = _trough_changes(whole, waves)[0]
    if changes.size >= 2:
        change = float(changes.mean())
    found = _ratchet(whole, waves)
    if math.isfinite(found):
        scale = float(x.std()) / np.maximum(few.std(axis=1), 1e-12)
        other = [_ratchet(_smoothed(s * c + drift, width), w) for s, c, w in zip(few, scale, null_waves, strict=True)]
        other = np.array([o for o in other if math.isfinite(o)])
        if other.size >= 99:
            middle = float(np.median(other))
            ratchet = found - middle  # above what red noise shows
            p_ratchet = float((np.sum(np.abs(other - middle) >= abs(ratchet)) + 1) / (other.size + 1))
            reach = float(np.quantile(np.abs(other - middle), o.level))
            low, high = ratchet - reach, ratchet + reach
    return Spectrum(
        n=n,
        unit=o.unit,
        frequency=tuple(frequency.tolist()),
        power=tuple(power.tolist()),
        red=tuple(red.tolist()),
        band=tuple((red * float(np.quantile(null, o.level))).tolist()),
        period=1 / peak,
        period_low=1 / (peak + half),
        period_high=1 / (peak - half) if peak > half else math.inf,
        ratio=float(observed),
        p=p,
        persistence=phi,
        white=white,
        waves=waves,
        intervals=tuple(int(g) for g in np.diff([w.peak for w in waves])),
        interval_cv=cv if math.isfinite(cv) else None,
        p_poisson=p_poisson,
        p_regular=p_regular,
        trough_change=change,
        ratchet=ratchet,
        ratchet_low=low,
        ratchet_high=high,
        p_ratchet=p_ratchet,
        checks=_checks(x, phi, white, peak, o.season),
        draws=o.draws,
        sensitivity={"trend": o.trend, "smooth": width, "prominence": o.prominence, "tapers": count},
        level=o.level,
    )


def _corrected(best: int, n: int, clean, test, rng: np.random.Generator) -> tuple[float, float]:
    """The φ that, with the w found, gives simulated estimates with the mean persistence that was found.

    Persistence is measured as φ (1 - w), the lag-one autocorrelation: φ and w alone are poorly distinguished.
    """
    phi, white = (float(v) for v in _GRID[best])
    wanted = phi * (1 - white)

    def mean(at: float) -> float:
        found = test(clean(_red_noise(np.random.default_rng(int(base)), 200, n, at, white)))[2]
        return float(np.mean(_GRID[found, 0] * (1 - _GRID[found, 1])))

    base = rng.integers(2**31)
    low, high = phi, 0.995
    if mean(low) >= wanted - 0.01:
        return phi, white
    if mean(high) <= wanted:
        return high, white
    for _ in range(7):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if mean(middle) < wanted else (low, middle)
    return 0.5 * (low + high), white


def _poisson_intervals(gaps: NDArray[np.int64], least: int, rng: np.random.Generator) -> float:
    """Two-sided p of the spread of intervals, if they were `least` plus a geometric wait with the observed mean."""
    mean = max(float(gaps.mean()) - least, 1e-9)
    drawn = least + rng.geometric(1 / (1 + mean), (4999, gaps.size)) - 1
    spread = drawn.std(axis=1, ddof=1) / drawn.mean(axis=1)
    seen = float(gaps.std(ddof=1) / gaps.mean())
    below, above = (np.sum(spread <= seen) + 1) / 5000, (np.sum(spread >= seen) + 1) / 5000
    return float(min(1.0, 2 * min(below, above)))


def _checks(x: Array, phi: float, white: float, peak: float, season: int | None) -> tuple[Check, ...]:
    """Whether the residuals from red noise and one wave have no memory."""
    n = x.size
    t = np.arange(n)
    wave = np.column_stack([np.cos(2 * np.pi * peak * t), np.sin(2 * np.pi * peak * t)])
    left = x - wave @ np.linalg.lstsq(wave, x, rcond=None)[0]
    # innovations of AR(1) plus white noise, by the Kalman filter, with φ fitted to what the wave leaves
    rest = _innovations(left, *_fit_left(left))
    lags = max(3, min(20, n // 5))
    if season:
        lags = min(lags, season - 1)
    memory = ljung_box(rest, lags=lags, fitted=min(2, lags - 1), level=0.01)
    size = float(stats.kurtosis(rest, fisher=True))
    largest = float(np.max(np.abs(rest)) / max(float(rest.std()), 1e-300))
    p = float(min(1.0, 2 * n * stats.norm.sf(largest)))
    return (
        memory,
        Check("no outlying value", largest, p, f"largest residual, Bonferroni; kurtosis {size:.1f}", 0.001),
    )


def _innovations(x: Array, phi: float, white: float) -> Array:
    """Standardised one-step errors of AR(1) plus white noise (unit variance up to scale)."""
    out = np.empty(x.size)
    mean, var = 0.0, 1 - white
    for i, value in enumerate(x):
        total = var + white
        out[i] = (value - mean) / math.sqrt(total)
        gain = var / total
        mean, var = phi * (mean + gain * (value - mean)), phi**2 * var * (1 - gain) + (1 - white) * (1 - phi**2)
    return out


def _fit_left(x: Array) -> tuple[float, float]:
    power = np.abs(np.fft.rfft(x)[1:]) ** 2
    best, _ = _fit_red(power, _shapes(np.asarray(np.fft.rfftfreq(x.size)[1:], dtype=np.float64), _GRID))
    phi, white = _GRID[int(best)]
    return float(phi), float(white)
