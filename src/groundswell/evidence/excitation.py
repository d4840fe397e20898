"""Self- and cross-excitation of counts: does an event bring further events, beyond what baseline and coverage explain?

Counts ``y[t, k]`` of kind k in step t (a day or a week) have the conditional mean

    mean[t, k] = exp(baseline_k(t)) + sum_j branching[j, k] sum_{s < t} w_k(t - s) y[s, j]

with the geometric kernel ``w_k(l) = (1 - d_k) d_k^(l-1)``, ``sum_l w_k(l) = 1``, ``d_k = 2^(-1 / half_life_k)``: a
discrete Hawkes process (Hawkes 1971; in discrete time the integer-valued GARCH of Ferland, Latour & Oraichi 2006).
``branching[j, k]`` is the number of events of kind k that one event of kind j brings about: **rows are sources,
columns are targets**. Events of the same step never excite each other: the order of violence and repression within a
step is unknown, so such effects are left to the residual dispersion by design.

A series that merely grows, swings with the season, or is suddenly covered five times better looks contagious to a model
with a constant baseline. Here the baseline holds a spline trend, annual harmonics, weekdays, an optional coverage
covariate, and level shifts found in the record itself; the p-value accounts for the boundary and for the decay, which
no data can identify without excitation; and a fit that fails its checks is refused a verdict.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numba as nb
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import interpolate, optimize, special, stats

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.evidence.diagnostics import Check, dispersion, ljung_box, plain, randomised_quantiles, uniformity

Step = Literal["day", "week"]
Family = Literal["poisson", "negative_binomial"]
Floats = NDArray[np.float64]

STEPS_PER_YEAR = {"day": 365.25, "week": 365.25 / 7}
_DISPERSION = (1e-6, 50.0)  # from indistinguishable from Poisson to a variance of 50 mean²
_SHORTEST = 0.25  # steps; w(1) = 0.94, so the next step takes nearly all
_NULL_DRAWS = 4000  # simulated null statistics; standard error of a p-value of 0.05: 0.0034
_GRID = 16  # decays scanned; neighbours differ by a factor below 1.5 and their scores correlate above 0.97
_MOST_BREAKS = 4
_LARGEST_COUNT = 1_000_000
_MOST_EXPLAINED = 1.5  # bound of branching: no source brings about more than 1.5 times all events of the target
_FREE = 0.01  # prior precision of free coefficients: sd 10 in a logarithm, so that an empty stretch has a maximum
_STIFFNESS = (1e-2, 1e6)  # of the trend: wiggles in the logarithm from sd 10 to sd 0.001
_MOST_PIECES = 40
_MOST_SCORING = 30  # steps of Fisher scoring; three or four are usual


@dataclass(frozen=True)
class Baseline:
    """What the mean would be without excitation, on the logarithm: trend + season + weekdays + coverage + breaks.

    Parameters
    ----------
    df_per_year : pieces of the cubic spline per year; at least 4, at most 40 in all and one per 10 steps. This is the
        finest trend that the model can see; how wiggly the trend is, within that, is estimated by marginal likelihood
        together with the excitation. The default, 4, resolves swings of half a year.
    harmonics : pairs of sine and cosine of the year; by default 2 with two years of record or more, else 0.
    weekdays : six weekday effects; by default with daily steps.
    breaks : "auto" to search for level shifts (at most 4 per kind), or the steps at which they occur, or ().
    """

    df_per_year: float = 4.0
    harmonics: int | None = None
    weekdays: bool | None = None
    breaks: Literal["auto"] | tuple[int, ...] = "auto"


@dataclass(frozen=True)
class ExcitationFit:
    """A fitted model of excitation, with what it may be trusted for.

    Parameters
    ----------
    kinds : names, K of them.
    branching, low, high : shape (K, K), [source, target]; events brought about per event, and the interval.
    pair_p : shape (K, K); p-value of each entry being zero, the others free.
    half_life : shape (K,), steps, of the kernel into each target; NaN where nothing excites it.
    half_life_low, half_life_high : shape (K,); NaN where not computed.
    dispersion : shape (K,); variance = mean + dispersion mean².
    triggered : shape (K,); share of the events of a kind that the model attributes to earlier events.
    spectral_radius : of the branching matrix; below 1 the process dies out without its baseline.
    log_likelihood, log_likelihood_null : with and without excitation; likewise aic, bic.
    likelihood_ratio, p, p_method : no excitation at all against the fit.
    checks : goodness of fit, by kind; `passed` when none fails at 5% shared among all.
    baseline_mean, mean : shape (T, K); the first ``lead`` steps are conditioned upon.
    notes : settings that were adapted, and why.
    """

    kinds: tuple[str, ...]
    step: Step
    n_steps: int
    lead: int
    family: Family
    decay: str
    inhibition: bool
    branching: Floats
    low: Floats
    high: Floats
    interval: str
    level: float
    pair_p: Floats
    half_life: Floats
    half_life_low: Floats
    half_life_high: Floats
    dispersion: Floats
    triggered: Floats
    spectral_radius: float
    log_likelihood: float
    log_likelihood_null: float
    aic: float
    bic: float
    aic_null: float
    bic_null: float
    likelihood_ratio: float
    p: float
    p_method: str
    trend_df: Floats
    breaks: tuple[tuple[int, ...], ...]
    checks: dict[str, tuple[Check, ...]]
    passed: bool
    baseline_mean: Floats
    mean: Floats
    bias: Floats | None
    notes: tuple[str, ...]

    @property
    def excited(self) -> bool:
        """Excitation was found (p < 0.05) by a model that fits."""
        return self.passed and self.p < 0.05

    @property
    def answer(self) -> str:
        """One sentence."""
        if not self.passed:
            kind, check = min(
                ((kind, c) for kind, found in self.checks.items() for c in found), key=lambda pair: pair[1].p
            )
            return f"No verdict: the model does not fit the record ({check.name} of {kind!r}, p = {check.p:.2g})."
        if self.p >= 0.05:
            top = np.nanmax(self.high) if np.isfinite(self.high).any() else math.nan
            bound = "" if math.isnan(top) else f"; no branching ratio above {top:.2f} is compatible with the record"
            return f"No excitation beyond the baseline was found (p = {self.p:.2g}){bound}."
        source, target = np.unravel_index(
            int(np.argmin(np.where(self.branching != 0, self.pair_p, 2.0))), self.low.shape
        )
        n, low, high = (float(a[source, target]) for a in (self.branching, self.low, self.high))
        span = "" if math.isnan(low) else f" ({self.level:.0%} interval {low:.2f} to {high:.2f})"
        verb = "brings" if n > 0 else "takes away"
        return (
            f"Excitation was found (p = {self.p:.2g}): most clearly, one event of {self.kinds[source]!r} {verb} "
            f"{abs(n):.2f} of {self.kinds[target]!r}{span}, half of them within "
            f"{self.half_life[target]:.1f} {self.step}s."
        )

    def to_dict(self) -> dict[str, object]:
        """As plain types for JSON, without the series of means."""
        left_out = ("baseline_mean", "mean", "checks")
        result = {k: plain(v) for k, v in self.__dict__.items() if k not in left_out}
        result["checks"] = {kind: [c.to_dict() for c in found] for kind, found in self.checks.items()}
        result["excited"], result["answer"] = self.excited, self.answer
        return result


# --- likelihood -----------------------------------------------------------------------------------------------------


@nb.njit(cache=True, nogil=True)
def _weighted_gram(X, w, first):
    """X' diag(w) X over rows from first on. Written out: threaded BLAS costs more than it saves at this size."""
    T, p = X.shape
    out = np.zeros((p, p))
    for t in range(first, T):
        for i in range(p):
            a = w[t] * X[t, i]
            if a != 0.0:
                for j in range(i + 1):
                    out[i, j] += a * X[t, j]
    for i in range(p):
        for j in range(i):
            out[j, i] = out[i, j]
    return out


@nb.njit(cache=True, nogil=True)
def _times(X, b):
    """X b."""
    T, p = X.shape
    out = np.zeros(T)
    for t in range(T):
        total = 0.0
        for i in range(p):
            total += X[t, i] * b[i]
        out[t] = total
    return out


@nb.njit(cache=True, nogil=True)
def _transposed_times(X, v, first):
    """X' v over rows from first on."""
    T, p = X.shape
    out = np.zeros(p)
    for t in range(first, T):
        for i in range(p):
            out[i] += X[t, i] * v[t]
    return out


@nb.njit(cache=True, nogil=True)
def _leverage(X, rigid, inverse, first):
    """x' inverse x of every row, over the columns from rigid on."""
    T = X.shape[0]
    w = inverse.shape[0]
    out = np.zeros(T)
    part = np.empty(w)
    for t in range(first, T):
        part[:] = 0.0
        for i in range(w):
            a = X[t, rigid + i]
            for j in range(w):  # rows of a symmetric matrix: contiguous
                part[j] += a * inverse[i, j]
        for i in range(w):
            out[t] += part[i] * X[t, rigid + i]
    return out


@nb.njit(cache=True, nogil=True)
def _marginal(X, rigid, y, z, dz, lead, b, n, log_half_life, spread, stiffness, above, soft, grad):
    """Marginal log-likelihood of (n, log half-life, log dispersion, log stiffness), without log y!, and its gradient.

    The first ``rigid`` columns of X have free coefficients; those of the others, the wiggles of the trend, are normal
    with variance 1 / stiffness and are integrated out (Laplace):

        max_b [ sum_t log P(y_t | mean_t) - stiffness/2 |b_w|² ] - 1/2 log |I_ww / stiffness + 1|

    The maximum is found by Fisher scoring from ``b`` and left in it. Kernel sums z and their derivative in the decay dz
    have shape (T, J). ``above[i]`` counts steps with y > i, which turns the gamma functions of the negative binomial
    into ``sum_i above[i] log(1 + dispersion i)``, exact for any dispersion; spread 0 is Poisson.
    """
    T, p = X.shape
    J = z.shape[1]
    half = math.exp(log_half_life)
    slope = math.exp(-math.log(2.0) / half) * math.log(2.0) / half  # of the decay in log half-life
    excess = np.zeros(T)
    in_h = np.zeros(T)
    for t in range(lead, T):
        for j in range(J):
            excess[t] += n[j] * z[t, j]
            in_h[t] += n[j] * dz[t, j] * slope
    base, mean, link, bend, weight = np.zeros(T), np.ones(T), np.ones(T), np.zeros(T), np.zeros(T)
    score = np.zeros(T)
    prior = np.zeros(p)
    prior[:rigid] = _FREE
    prior[rigid:] = stiffness
    value = -1e300
    trial = b.copy()
    step = np.zeros(p)
    information = np.eye(p)
    for _ in range(_MOST_SCORING):
        total = -0.5 * np.sum(prior * trial * trial)
        eta = _times(X, trial)
        for t in range(lead, T):
            base[t] = math.exp(min(30.0, max(-30.0, eta[t])))
            u = base[t] + excess[t]
            if soft > 0.0:
                v = u / soft
                if v > 30.0:
                    mean[t], link[t], bend[t] = u, 1.0, 0.0
                else:
                    e = math.exp(max(v, -30.0))
                    mean[t], link[t] = soft * math.log1p(e), e / (1.0 + e)
                    bend[t] = link[t] * (1.0 - link[t]) / soft
            else:
                mean[t] = u
            m = max(mean[t], 1e-13)
            mean[t] = m
            if spread > 0.0:
                total += y[t] * math.log(m) - (y[t] + 1.0 / spread) * math.log1p(spread * m)
            else:
                total += y[t] * math.log(m) - m
            weight[t] = 1.0 / (m * (1.0 + spread * m))
            score[t] = (y[t] - m) * weight[t] * link[t]
        if total < value - 1e-9:  # too far: halve the step
            step *= 0.5
            if np.max(np.abs(step)) < 1e-10:
                break
            trial = b + step
            continue
        value = total
        b[:] = trial
        information = _weighted_gram(X, base * base * link * link * weight, lead)
        for i in range(p):
            information[i, i] += prior[i]
        uphill = _transposed_times(X, score * base, lead) - prior * b
        step = np.linalg.solve(information, uphill)
        if np.sum(uphill * step) < 1e-7:  # twice the likelihood still to be gained
            break
        widest = np.max(np.abs(_times(X, step)))
        if widest > 3.0:
            step *= 3.0 / widest
        trial = b + step
    # the state above belongs to the last trial; within tolerance that is b
    square = base * base * link * link * weight
    w = p - rigid
    inner = np.ascontiguousarray(information[rigid:, rigid:])
    inner_inverse = np.linalg.inv(inner) if w > 0 else np.zeros((0, 0))
    leverage = _leverage(X, rigid, inner_inverse, lead)
    log_det = np.linalg.slogdet(inner)[1] - w * math.log(stiffness) if w > 0 else 0.0
    in_u = np.zeros(T)  # derivative of base² link² weight in the sum u
    for t in range(lead, T):
        falling = -(1.0 + 2.0 * spread * mean[t]) * weight[t] * weight[t] * link[t]
        in_u[t] = base[t] * base[t] * (2.0 * link[t] * bend[t] * weight[t] + link[t] * link[t] * falling)
    # how log_det moves through b, whose own derivatives are -information^-1 (...): implicit functions
    through_b = np.linalg.solve(information, _transposed_times(X, 0.5 * leverage * (2.0 * square + in_u * base), lead))
    along = _times(X, through_b) * base * link * link * weight
    grad[:] = 0.0
    for t in range(lead, T):
        common = score[t] - 0.5 * leverage[t] * in_u[t] + along[t]
        for j in range(J):
            grad[j] += common * z[t, j]
        grad[J] += common * in_h[t]
        if spread > 0.0:
            m, rest = mean[t], 1.0 + spread * mean[t]
            grad[J + 1] += math.log1p(spread * m) / spread - (spread * y[t] + 1.0) * m / rest
            grad[J + 1] += 0.5 * leverage[t] * square[t] * spread * m / rest
    if spread > 0.0:
        for i in range(1, above.shape[0]):
            value += above[i] * math.log1p(spread * i)
            grad[J + 1] += above[i] * spread * i / (1.0 + spread * i)
    if w > 0:
        grad[J + 2] = 0.5 * w - 0.5 * stiffness * np.sum(b[rigid:] ** 2) - 0.5 * stiffness * np.trace(inner_inverse)
        grad[J + 2] += np.sum(prior * b * through_b)
    return value - 0.5 * log_det


@nb.njit(cache=True, nogil=True)
def _kernel_sums(S, start, d):
    """z[t] = d z[t-1] + (1-d) S[t-1] from z[0] = start, and its derivative in d; both of shape (T, J)."""
    T, J = S.shape
    z, dz = np.empty((T, J)), np.zeros((T, J))
    z[0] = start
    for t in range(1, T):
        for j in range(J):
            dz[t, j] = z[t - 1, j] + d * dz[t - 1, j] - S[t - 1, j]
            z[t, j] = d * z[t - 1, j] + (1.0 - d) * S[t - 1, j]
    return z, dz


@nb.njit(cache=True, nogil=True)
def _adjustment(columns, w, lead, n, log_half_life):
    """What fitting the rigid columns costs self-excitation: ``1/2 log |M(n)|`` and its derivatives in n, log half-life.

    In terms of the *marginal* mean m (orthogonal to n, nearly), a rigid column x moves the conditional mean by
    ``m x - n (kernel * m x)``, so the information on it, M, falls as n rises, and the profile likelihood is biased
    against n. Subtracting 1/2 log |M| (Cox & Reid 1987; REML in the linear case) takes that bias away. Here m and the
    weights w are those of a smoothed record, which leaves an error of smaller order; columns hold m x.
    """
    T, r = columns.shape
    half = math.exp(log_half_life)
    d = math.exp(-math.log(2.0) / half)
    slope = d * math.log(2.0) / half
    f, df, move = columns[0].copy(), np.zeros(r), np.zeros(r)
    M, in_n, in_h = np.zeros((r, r)), np.zeros((r, r)), np.zeros((r, r))
    for t in range(1, T):
        for i in range(r):
            df[i] = f[i] + d * df[i] - columns[t - 1, i]
            f[i] = d * f[i] + (1.0 - d) * columns[t - 1, i]
            move[i] = columns[t, i] - n * f[i]
        if t < lead:
            continue
        for i in range(r):
            a = w[t] * move[i]
            for j in range(r):
                M[i, j] += a * move[j]
                in_n[i, j] += a * f[j]
                in_h[i, j] += a * df[j]
    inverse = np.linalg.inv(M)
    in_n_total, in_h_total = 0.0, 0.0
    for i in range(r):
        for j in range(r):
            in_n_total -= inverse[i, j] * in_n[j, i]
            in_h_total -= inverse[i, j] * in_h[j, i]
    return 0.5 * np.linalg.slogdet(M)[1], in_n_total, n * slope * in_h_total


@dataclass(frozen=True)
class _Target:
    """One target series with its sources and its baseline."""

    y: Floats  # (T,)
    S: Floats  # (T, J)
    start: Floats  # (J,); kernel sums before the first step
    X: Floats  # (T, p)
    rigid: int  # columns with free coefficients; the others are wiggles with a prior
    lead: int
    above: Floats
    constant: float  # -sum log y!
    scale: Floats  # (J,); a unit step in n / scale is about one standard error
    b0: Floats  # (p,) to start from
    poisson: bool
    soft: float
    own: int  # the source that is the target itself; -1 in a placebo
    columns: Floats  # (T, r); marginal mean times rigid columns, see `_adjustment`
    weight: Floats  # (T,)
    unadjusted: float  # the adjustment at n = 0, taken off so that models with other columns compare

    @property
    def sources(self) -> int:
        return self.S.shape[1]


@dataclass(frozen=True)
class _Point:
    """A fitted point of a problem; lists run over its targets."""

    b: list[Floats]
    n: list[Floats]
    log_half_life: float
    spread: list[float]
    stiffness: list[float]
    log_likelihood: float


def _history(S: Floats, lead: int) -> Floats:
    return S[:lead].mean(axis=0)


def _orthonormal(X: Floats, lead: int) -> Floats:
    """Columns that span X, orthonormal after the lead but for a factor √T; dependent columns are left out."""
    X = X / np.maximum(np.abs(X).max(axis=0), 1e-300)
    _, singular, vt = np.linalg.svd(X[lead:], full_matrices=False)
    keep = singular > 1e-8 * singular[0]
    return X @ (vt[keep].T / singular[keep]) * math.sqrt(X.shape[0] - lead)


def _above(used: Floats) -> Floats:
    """For i = 0, 1, ..., how many values exceed i."""
    return used.size - np.searchsorted(np.sort(used), np.arange(max(int(used.max()), 1)), side="right").astype(float)


def _prepare(
    y: Floats, S: Floats, rigid: Floats, wiggles: Floats, lead: int, family: Family, inhibition: bool, own: int
) -> _Target:
    Q = _orthonormal(rigid, lead)
    # given free coefficients of Q, taking Q out of the wiggles changes the model in nothing but its conditioning
    clean = wiggles - Q @ (Q[lead:].T @ wiggles[lead:]) / (y.size - lead)
    X = np.ascontiguousarray(np.hstack([Q, clean]))
    window = max(3, y.size // 40)
    smooth = np.convolve(np.pad(y, window, mode="edge"), np.ones(2 * window + 1) / (2 * window + 1), "valid")
    target = np.log(smooth + 0.1)
    A = X[lead:].T @ X[lead:]
    A[np.diag_indices_from(A)] += np.concatenate([np.full(Q.shape[1], 1e-6), np.full(clean.shape[1], 10.0)])
    start = _history(S, lead)
    z, _ = _kernel_sums(S, start, 0.7)
    information = np.sum((z**2 / (smooth + 0.1)[:, None])[lead:], axis=0)
    used = y[lead:]
    level = np.maximum(smooth, 0.05 * float(y.mean()))
    excess = float(np.clip(np.sum((y - level) ** 2 - level) / np.sum(level**2), 0, 5))
    weight = 1 / (level * (1 + excess * level))
    shapes = rigid - rigid[lead:].mean(axis=0)
    shapes = shapes[:, np.abs(shapes).max(axis=0) > 1e-9]
    columns = np.ascontiguousarray(_orthonormal(shapes, lead) * level[:, None]) if shapes.size else shapes
    unadjusted = _adjustment(columns, weight, lead, 0.0, 0.0)[0] if columns.shape[1] else 0.0
    return _Target(
        y=y,
        S=S,
        start=start,
        X=X,
        rigid=Q.shape[1],
        lead=lead,
        above=_above(used),
        constant=-float(special.gammaln(used + 1).sum()),
        scale=1 / np.sqrt(np.maximum(information, 1e-12)),
        b0=np.asarray(np.linalg.solve(A, X[lead:].T @ target[lead:]), dtype=np.float64),
        poisson=family == "poisson",
        soft=0.1 * float(y.mean()) if inhibition else 0.0,
        own=own,
        columns=columns,
        weight=weight,
        unadjusted=unadjusted,
    )


def _maximise(
    targets: Sequence[_Target],
    bounds: tuple[float, float],
    *,
    start: _Point,
    fixed: dict[tuple[int, int], float] | None = None,
    fix_decay: bool = False,
    no_excitation: bool = False,
) -> _Point:
    """Maximum adjusted marginal likelihood of targets that share one decay; some entries of n may be held fixed.

    ``fixed[(k, j)]`` is the value at which source j of target k is held. The few outer parameters are found by SLSQP
    with the likelihood's gradient (which takes the expected for the observed information in the small derivative of b);
    it needs half the evaluations of L-BFGS-B here, and starts no threads.
    """
    fixed = fixed or {}
    x0: list[float] = []
    limits: list[tuple[float, float]] = []
    spread_scale = [5.0 / math.sqrt(t.y.size) for t in targets]  # about one standard error of a log dispersion
    for k, target in enumerate(targets):
        for j in range(target.sources):
            widest = _MOST_EXPLAINED * float(target.y.mean()) / float(target.S[:, j].mean())
            lowest = -widest if target.soft > 0 else 0.0
            n = min(max(float(start.n[k][j]), lowest), widest)
            if no_excitation or (k, j) in fixed:
                n = 0.0 if no_excitation else fixed[(k, j)]
                limits.append((n / target.scale[j], n / target.scale[j]))
            else:
                limits.append((lowest / target.scale[j], widest / target.scale[j]))
            x0.append(n / target.scale[j])
        edge = (math.log(_DISPERSION[0]) / spread_scale[k], math.log(_DISPERSION[1]) / spread_scale[k])
        x0.append(min(max(math.log(max(start.spread[k], 1e-300)) / spread_scale[k], edge[0]), edge[1]))
        limits.append((x0[-1], x0[-1]) if target.poisson else edge)
        edge = (math.log(_STIFFNESS[0]), math.log(_STIFFNESS[1]))
        x0.append(min(max(math.log(start.stiffness[k]), edge[0]), edge[1]))
        limits.append((x0[-1], x0[-1]) if target.rigid == target.X.shape[1] else edge)
    x0.append(min(max(start.log_half_life, bounds[0]), bounds[1]))
    limits.append((x0[-1], x0[-1]) if fix_decay or no_excitation else bounds)
    b = [values.copy() for values in start.b]
    grads = [np.empty(t.sources + 3) for t in targets]
    sums: dict[float, list[tuple[Floats, Floats]]] = {}
    best_value, best_x, best_b = -math.inf, np.array(x0), [v.copy() for v in b]

    def negative(x: Floats) -> tuple[float, Floats]:
        nonlocal best_value
        h = float(x[-1])
        if h not in sums:
            sums.clear()
            sums[h] = [_kernel_sums(t.S, t.start, 2.0 ** (-1 / math.exp(h))) for t in targets]
        out = np.zeros(x.size)
        value, at = 0.0, 0
        for k, t in enumerate(targets):
            J = t.sources
            b[k][:] = best_b[k]  # a wild trial must not leave its coefficients to the next
            spread = 0.0 if t.poisson else math.exp(x[at + J] * spread_scale[k])
            stiffness = math.exp(x[at + J + 1])
            z, dz = sums[h][k]
            n, g = x[at : at + J] * t.scale, grads[k]
            value += _marginal(t.X, t.rigid, t.y, z, dz, t.lead, b[k], n, h, spread, stiffness, t.above, t.soft, g)
            out[at : at + J] = g[:J] * t.scale
            out[at + J] = 0.0 if t.poisson else g[J + 1] * spread_scale[k]
            out[at + J + 1] = g[J + 2]
            out[-1] += g[J]
            if t.own >= 0 and t.columns.shape[1]:
                taken, in_n, in_h = _adjustment(t.columns, t.weight, t.lead, n[t.own], h)
                value -= taken - t.unadjusted
                out[at + t.own] -= in_n * t.scale[t.own]
                out[-1] -= in_h
            at += J + 2
        if value > best_value:
            best_value = value
            best_x[:] = x
            for kept, now in zip(best_b, b, strict=True):
                kept[:] = now
        return -value, -out

    if any(low < high for low, high in limits):
        options = {"maxiter": 200, "ftol": 1e-6}
        optimize.minimize(negative, np.array(x0), jac=True, method="SLSQP", bounds=limits, options=options)
    else:
        negative(np.array(x0))
    at = 0
    n_found, spread_found, stiffness_found = [], [], []
    for k, t in enumerate(targets):
        n_found.append(best_x[at : at + t.sources] * t.scale)
        spread_found.append(0.0 if t.poisson else math.exp(best_x[at + t.sources] * spread_scale[k]))
        stiffness_found.append(math.exp(best_x[at + t.sources + 1]))
        at += t.sources + 2
    value = best_value + sum(t.constant for t in targets)
    return _Point(best_b, n_found, float(best_x[-1]), spread_found, stiffness_found, value)


@dataclass(frozen=True)
class _Parts:
    """Mean and derivatives of one target at a point."""

    base: Floats
    mean: Floats
    weight: Floats  # 1 / variance
    link: Floats
    z: Floats
    in_log_half_life: Floats


def _parts(t: _Target, b: Floats, n: Floats, log_half_life: float, spread: float) -> _Parts:
    half = math.exp(log_half_life)
    d = 2.0 ** (-1 / half)
    z, dz = _kernel_sums(t.S, t.start, d)
    base = np.exp(np.clip(t.X @ b, -30, 30))
    u = base + z @ n
    if t.soft > 0:
        mean, link = t.soft * np.logaddexp(0, u / t.soft), special.expit(u / t.soft)
    else:
        mean, link = u, np.ones_like(u)
    mean = np.maximum(mean, 1e-13)
    return _Parts(base, mean, 1 / (mean * (1 + spread * mean)), link, z, (dz @ n) * d * math.log(2) / half)


def _grid(bounds: tuple[float, float]) -> Floats:
    return np.linspace(bounds[0], bounds[1], _GRID)


def _nuisance(t: _Target, point: _Point, k: int, parts: _Parts, without: Sequence[int] = ()) -> tuple[Floats, Floats]:
    """Derivatives D of the mean in baseline, active sources and decay, and their information with the prior."""
    columns = [parts.base[:, None] * t.X]
    active = [j for j in range(t.sources) if abs(point.n[k][j]) > 1e-6 and j not in without]
    if active:
        columns += [parts.z[:, active], parts.in_log_half_life[:, None]]
    D = np.ascontiguousarray(np.hstack(columns) * parts.link[:, None])
    information = _weighted_gram(D, parts.weight, t.lead)
    p = t.X.shape[1]
    information[range(p), range(p)] += np.where(np.arange(p) < t.rigid, _FREE, point.stiffness[k])
    information[np.diag_indices_from(information)] *= 1 + 1e-9
    information[np.diag_indices_from(information)] += 1e-12
    return D, information


def _score_covariance(t: _Target, point: _Point, k: int, sources: Sequence[int], grid: Floats) -> Floats:
    """Joint covariance of the efficient scores of sources at each decay of a grid, where these sources are absent.

    Shape (G, m, G, m).
    """
    parts = _parts(t, point.b[k], point.n[k], point.log_half_life, point.spread[k])
    lead = t.lead
    D, information = _nuisance(t, point, k, parts, sources)
    S, start = np.ascontiguousarray(t.S[:, sources]), t.start[sources]
    z = np.stack([_kernel_sums(S, start, 2.0 ** (-1 / math.exp(h)))[0] for h in grid], axis=1)
    z = (z * parts.link[:, None, None])[lead:].reshape(t.y.size - lead, -1)
    weighted = z * parts.weight[lead:, None]
    cross = D[lead:].T @ weighted
    covariance = z.T @ weighted - cross.T @ np.linalg.solve(information, cross)
    shape = (grid.size, len(sources))
    return covariance.reshape(*shape, *shape)


def _cone(U: Floats, information: Floats, signed: bool) -> Floats:
    """max over n (>= 0 unless signed) of 2 U'n - n' I n, along the last axis; information has shape (..., m, m)."""
    m = U.shape[-1]
    if m == 1:
        top = U[..., 0] if signed else np.maximum(U[..., 0], 0)
        return top**2 / np.maximum(information[..., 0, 0], 1e-12)
    if signed:
        ridge = 1e-9 * np.trace(information, axis1=-2, axis2=-1)[..., None, None] * np.eye(m)
        return np.einsum("...i,...i->...", U, np.linalg.solve(information + ridge, U[..., None])[..., 0])
    n = np.zeros_like(U)
    diagonal = np.maximum(np.einsum("...ii->...i", information), 1e-12)
    for _ in range(60):  # coordinate ascent on a concave quadratic; stops when nothing moves
        moved = 0.0
        for i in range(m):
            new = np.maximum(
                0.0, n[..., i] + (U[..., i] - np.einsum("...j,...j->...", information[..., i, :], n)) / diagonal[..., i]
            )
            moved = max(moved, float(np.max(np.abs(new - n[..., i]) * np.sqrt(diagonal[..., i]))))
            n[..., i] = new
        if moved < 1e-3:
            break
    return 2 * np.einsum("...i,...i->...", U, n) - np.einsum("...i,...ij,...j->...", n, information, n)


def _null_statistics(covariance: Floats, signed: bool, rng: np.random.Generator) -> Floats:
    """Simulated likelihood ratios under no excitation, at each decay of the grid; shape (draws, G)."""
    G, m = covariance.shape[:2]
    flat = covariance.reshape(G * m, G * m)
    values, vectors = np.linalg.eigh(flat)
    root = vectors * np.sqrt(np.maximum(values, 0))
    U = (rng.standard_normal((_NULL_DRAWS, G * m)) @ root.T).reshape(_NULL_DRAWS, G, m)
    information = np.stack([covariance[g, :, g, :] for g in range(G)])
    return _cone(U, np.broadcast_to(information, (_NULL_DRAWS, G, m, m)), signed)


# --- baseline -------------------------------------------------------------------------------------------------------


def _design(T: int, step: Step, baseline: Baseline, coverage: Floats | None, notes: list[str]) -> tuple[Floats, Floats]:
    """Rigid columns (line, season, weekdays, coverage) and wiggles (the spline's departure from a line).

    Wiggles are those of a P-spline (Eilers & Marx 1996): cubic B-splines with second differences of coefficients as
    independent normals, scaled so that stiffness 1 means a departure of mean square 1 in the logarithm.
    """
    t = np.arange(T)
    year = STEPS_PER_YEAR[step]
    harmonics = baseline.harmonics
    if harmonics is None:
        harmonics = 2 if 2 * year <= T else 0
        if harmonics == 0:
            notes.append("no season: the record is shorter than two years")
    weekdays = step == "day" if baseline.weekdays is None else baseline.weekdays
    if weekdays and step != "day":
        raise EstimationError("weekday effects in a weekly series", expected="weekdays=False, or step='day'")
    columns = [np.ones(T), t / T - 0.5]
    for i in range(1, harmonics + 1):
        columns += [np.cos(2 * np.pi * i * t / year), np.sin(2 * np.pi * i * t / year)]
    if weekdays:
        columns += [(t % 7 == day).astype(float) for day in range(1, 7)]
    if coverage is not None:
        columns.append((coverage - coverage.mean()) / (coverage.std() or 1.0))
    wanted = max(4, round(baseline.df_per_year * T / year))
    pieces = max(4, min(wanted, T // 10, _MOST_PIECES))
    if pieces < wanted:
        notes.append(f"trend of {pieces} pieces instead of {wanted}")
    inner = np.linspace(0, T - 1, pieces + 1)
    knots = np.concatenate([[inner[0]] * 3, inner, [inner[-1]] * 3])
    spline = interpolate.BSpline.design_matrix(t.astype(float), knots, 3).toarray()
    differences = np.diff(np.eye(spline.shape[1]), 2, axis=0)
    wiggles = spline @ differences.T @ np.linalg.inv(differences @ differences.T)
    line = np.column_stack([np.ones(T), t / T - 0.5])
    wiggles = wiggles - line @ np.linalg.lstsq(line, wiggles, rcond=None)[0]
    return np.column_stack(columns), wiggles / math.sqrt(float(np.mean(np.sum(wiggles**2, axis=1))))


def _steps(T: int, breaks: Sequence[int]) -> Floats:
    return np.column_stack([(np.arange(T) >= b).astype(float) for b in breaks]) if breaks else np.empty((T, 0))


def _break_scores(t: _Target, point: _Point) -> Floats:
    """Score statistic of a level shift at every step, given the fitted model; shape (T,)."""
    parts = _parts(t, point.b[0], point.n[0], point.log_half_life, point.spread[0])
    D, information = _nuisance(t, point, 0, parts)
    g = parts.base * parts.link
    w = parts.weight.copy()
    w[: t.lead] = 0

    def after(x: Floats) -> Floats:
        return np.cumsum(x[::-1], axis=0)[::-1]

    U = after((t.y - parts.mean) * w * g)
    own = after(g**2 * w)
    cross = after(D * (w * g)[:, None])
    left = own - np.einsum("ti,ti->t", cross, np.linalg.solve(information, cross.T).T)
    return np.where(left > 1e-6 * np.maximum(own, 1e-12), U**2 / np.maximum(left, 1e-12), 0.0)


def _find_breaks(
    y: Floats,
    S: Floats,
    rigid: Floats,
    wiggles: Floats,
    lead: int,
    family: Family,
    inhibition: bool,
    own: int,
    bounds: tuple[float, float],
) -> tuple[int, ...]:
    """Level shifts of one target, found one at a time.

    A shift is accepted when it raises the likelihood of the model *with* excitation by more than 3/2 log T (the
    modified BIC of Zhang & Siegmund 2007, one shift), or when a shift without excitation beats excitation without the
    shift by BIC. Excitation is in both, so that bursts are not mistaken for shifts.
    """
    T = y.size
    apart = max(13, T // 15)
    price = 3 * math.log(T)
    found: list[int] = []
    while len(found) < _MOST_BREAKS:
        target = _prepare(y, S, np.column_stack([rigid, _steps(T, found)]), wiggles, lead, family, inhibition, own)
        null, full = _fit_both([target], bounds)
        candidates = set()
        for point in (full, null):
            scores = _break_scores(target, point)
            scores[: max(apart, lead)] = 0
            scores[T - apart :] = 0
            for b in found:
                scores[max(0, b - apart) : b + apart] = 0
            best = int(np.argmax(scores))
            if scores[best] > price / 2:
                candidates.add(best)
        accepted: tuple[float, int] | None = None
        for at in sorted(candidates):
            trial = _prepare(
                y, S, np.column_stack([rigid, _steps(T, [*found, at])]), wiggles, lead, family, inhibition, own
            )
            _, full_at = _fit_both([trial], bounds)
            if 2 * (full_at.log_likelihood - full.log_likelihood) > price and (
                accepted is None or full_at.log_likelihood > accepted[0]
            ):
                accepted = (full_at.log_likelihood, at)
        if accepted is None:
            break
        found.append(accepted[1])
    return tuple(sorted(found))


# --- fitting --------------------------------------------------------------------------------------------------------


def _initial(targets: Sequence[_Target], log_half_life: float) -> _Point:
    m = len(targets)
    zeros = [np.zeros(t.sources) for t in targets]
    return _Point([t.b0 for t in targets], zeros, log_half_life, [0.05] * m, [10.0] * m, math.nan)


def _expected_memory(t: _Target, point: _Point, k: int, lags: int) -> Floats:
    """Autocorrelations that residuals have merely because baseline and excitation were fitted to them; shape (lags,).

    Residuals of a fit are (1 - H) noise, H the weighted hat matrix, so at lag l they correlate by
    ``- sum_t H[t, t-l] / (T - trace H)``: for a flexible trend enough to fail a correct model.
    """
    parts = _parts(t, point.b[k], point.n[k], point.log_half_life, point.spread[k])
    D, information = _nuisance(t, point, k, parts)
    scale = np.sqrt(np.diag(information))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    keep = values > 1e-10
    F = (D * np.sqrt(parts.weight)[:, None])[t.lead :] @ (vectors[:, keep] / np.sqrt(values[keep]) / scale[:, None])
    rest = F.shape[0] - float(np.sum(F**2))
    return np.array([-float(np.sum(F[lag:] * F[:-lag])) / rest for lag in range(1, lags + 1)])


def _trend_df(t: _Target, point: _Point, k: int, parts: _Parts) -> float:
    """Effective degrees of freedom of the wiggles: trace of (I + prior)⁻¹ I over them."""
    D = (parts.base * parts.link)[:, None] * t.X
    information = _weighted_gram(np.ascontiguousarray(D), parts.weight, t.lead)
    prior = np.where(np.arange(len(information)) < t.rigid, _FREE, point.stiffness[k])
    share = np.linalg.solve(information + np.diag(prior), information)
    return float(np.trace(share[t.rigid :, t.rigid :]))


def _marginal_score(t: _Target, point: _Point, k: int, log_half_life: float) -> Floats:
    """Derivative of the adjusted likelihood in n, at a point without excitation; shape (J,)."""
    z, dz = _kernel_sums(t.S, t.start, 2.0 ** (-1 / math.exp(log_half_life)))
    grad = np.empty(t.sources + 3)
    b, n, spread, stiffness = point.b[k].copy(), np.zeros(t.sources), point.spread[k], point.stiffness[k]
    _marginal(t.X, t.rigid, t.y, z, dz, t.lead, b, n, log_half_life, spread, stiffness, t.above, t.soft, grad)
    if t.own >= 0 and t.columns.shape[1]:
        grad[t.own] -= _adjustment(t.columns, t.weight, t.lead, 0.0, log_half_life)[1]
    return grad[: t.sources]


def _fit_both(
    targets: Sequence[_Target], bounds: tuple[float, float], fixed: dict[tuple[int, int], float] | None = None
) -> tuple[_Point, _Point]:
    """The fit without any excitation, and the fit with it, from two starts of the decay."""
    null = _maximise(targets, bounds, start=_initial(targets, 0.5 * sum(bounds)), no_excitation=True)
    grid = _grid(bounds)
    gain = np.zeros(grid.size)
    guesses = []
    for k, t in enumerate(targets):
        covariance = _score_covariance(t, null, k, range(t.sources), grid)
        information = np.stack([covariance[g, :, g, :] for g in range(grid.size)])
        U = np.stack([_marginal_score(t, null, k, float(h)) for h in grid])
        gain += _cone(U, information, t.soft > 0)
        one_step = U / np.maximum(np.einsum("gii->gi", information), 1e-12)
        guesses.append(np.clip(one_step, -0.5 if t.soft > 0 else 0.02, 0.6) / max(1, t.sources))
    first = int(np.argmax(gain))
    middle = grid.size // 2
    second = first + middle if first < middle else first - middle
    best = null
    for g in (first, second):
        start = replace(null, n=[guess[g] for guess in guesses], log_half_life=float(grid[g]))
        point = _maximise(targets, bounds, start=start, fixed=fixed)
        if point.log_likelihood > best.log_likelihood:
            best = point
    return null, best


def _refit_without(
    targets: Sequence[_Target], bounds: tuple[float, float], full: _Point, k: int, j: int, null: _Point
) -> _Point:
    """The fit with one entry held at zero, from the full fit and from none."""
    point = _maximise(targets, bounds, start=full, fixed={(k, j): 0.0})
    return point if point.log_likelihood >= null.log_likelihood else null


def _profile(
    targets: Sequence[_Target], bounds: tuple[float, float], full: _Point, k: int, j: int, error: float, level: float
) -> tuple[float, float]:
    """Where twice the fall of the profile likelihood reaches the chi-square quantile; the lower end stops at 0."""
    limit = math.sqrt(float(stats.chi2.ppf(level, 1)))
    centre = float(full.n[k][j])
    signed = targets[k].soft > 0
    ends = []
    for side in (-1.0, 1.0):
        if side < 0 and centre <= 0 and not signed:
            ends.append(0.0)
            continue
        start = full

        def root(value: float) -> float:
            nonlocal start
            point = _maximise(targets, bounds, start=start, fixed={(k, j): value})
            if point.log_likelihood > start.log_likelihood - 20:
                start = point
            return math.sqrt(max(0.0, 2 * (full.log_likelihood - point.log_likelihood))) - limit

        near, near_value = centre, -limit
        step = max(limit * error, 1e-3)
        far, far_value = centre, near_value
        for _ in range(30):
            far = far + side * step
            if side < 0 and not signed:
                far = max(far, 0.0)
            far_value = root(far)
            if far_value > 0 or (far == 0.0 and not signed) or abs(far) > 15:
                break
            near, near_value = far, far_value
            step *= 1.3
        if far_value <= 0:
            ends.append(0.0 if side < 0 and not signed else side * math.inf)
            continue
        for _ in range(8):  # the signed root is nearly linear, so regula falsi (Illinois) needs two or three
            share = near_value / (near_value - far_value)
            middle = near + min(max(share, 0.05), 0.95) * (far - near)
            value = root(middle)
            if abs(value) < 0.02 or abs(far - near) < 1e-3:
                near = far = middle
                break
            if value > 0:
                far, far_value, near_value = middle, value, near_value * 0.7
            else:
                near, near_value, far_value = middle, value, far_value * 0.7
        ends.append(0.5 * (near + far))
    return ends[0], ends[1]


def _wald_errors(t: _Target, point: _Point, k: int) -> Floats:
    """Standard errors of n from the expected information of baseline, n and decay; shape (J,)."""
    parts = _parts(t, point.b[k], point.n[k], point.log_half_life, point.spread[k])
    D, information = _nuisance(t, point, k, parts, range(t.sources))
    columns = [parts.z]
    if np.abs(point.n[k]).max(initial=0) > 1e-6:
        columns.append(parts.in_log_half_life[:, None])
    E = np.hstack(columns) * parts.link[:, None]
    weighted = (E * parts.weight[:, None])[t.lead :]
    cross = D[t.lead :].T @ weighted
    left = E[t.lead :].T @ weighted - cross.T @ np.linalg.solve(information, cross)
    return np.sqrt(np.maximum(np.diag(np.linalg.pinv(left, hermitian=True))[: t.sources], 0))


def _counts(counts: ArrayLike, kinds: Sequence[str] | None) -> tuple[Floats, tuple[str, ...]]:
    try:
        y = np.array(counts, dtype=np.float64)
    except (TypeError, ValueError):
        raise EstimationError("counts hold something that is not a number", expected="counts 0, 1, 2 ...") from None
    if y.ndim == 1:
        y = y[:, None]
    if y.ndim != 2 or y.shape[1] < 1:
        raise EstimationError(f"counts of shape {y.shape}", expected="(T,) or (T, K)")
    if y.shape[0] < 60:
        raise EstimationError(
            f"{y.shape[0]} steps", expected="at least 60", why="baseline and excitation cannot be told apart in fewer"
        )
    bad = np.argwhere(~np.isfinite(y) | (y < 0) | (y != np.round(y)))
    if bad.size:
        t, k = bad[0]
        raise EstimationError(f"counts[{t}, {k}] is {y[t, k]:g}", expected="whole numbers from 0")
    if y.max() > _LARGEST_COUNT:
        raise EstimationError(f"a count of {y.max():g}", expected="at most a million", why="sizes are not counts")
    names = tuple(str(k) for k in kinds) if kinds is not None else tuple(f"kind {k}" for k in range(y.shape[1]))
    if len(names) != y.shape[1] or len(set(names)) != len(names):
        raise EstimationError(f"{len(names)} names {names}", expected=f"{y.shape[1]} distinct names")
    for k, name in enumerate(names):
        if y[:, k].sum() < 10:
            raise EstimationError(f"{int(y[:, k].sum())} events of {name!r}", expected="at least 10 of each kind")
    return y, names


def _half_life_bounds(half_life: tuple[float | None, float | None], T: int, step: Step) -> tuple[float, float]:
    """Log bounds of the half-life. Excitation slower than a quarter of a year and trend are the same thing."""
    low = _SHORTEST if half_life[0] is None else float(half_life[0])
    high = min(STEPS_PER_YEAR[step] / 4, T / 8) if half_life[1] is None else float(half_life[1])
    if not (math.isfinite(low) and math.isfinite(high) and 0 < low < high):
        raise EstimationError(f"half-lives from {low:g} to {high:g} steps", expected="0 < low < high, finite")
    return math.log(low), math.log(high)


def fit_excitation(
    counts: ArrayLike,
    *,
    kinds: Sequence[str] | None = None,
    step: Step = "week",
    baseline: Baseline | None = None,
    coverage: ArrayLike | None = None,
    family: Family = "negative_binomial",
    decay: Literal["per_target", "shared"] = "per_target",
    half_life: tuple[float | None, float | None] = (None, None),
    inhibition: bool = False,
    interval: Literal["profile", "wald", "bootstrap", "none"] = "profile",
    level: float = 0.95,
    bootstrap: int = 0,
    seed: int = 0,
) -> ExcitationFit:
    """Fit the model of excitation to counts by maximum likelihood, with intervals, tests and checks.

    Parameters
    ----------
    counts : shape (T,) or (T, K), whole numbers from 0; at least 60 steps and 10 events of each kind.
    kinds : K names.
    step : length of a step, "day" or "week"; sets season and weekdays.
    baseline : see `Baseline`.
    coverage : shape (T,), such as the logarithm of all events reported in the step (of any kind); its coefficient is
        estimated. Give it whenever it is known: it is the main confounder.
    family : of the counts given their mean; the dispersion of the negative binomial is estimated, per kind.
    decay : one half-life per target, or one for all.
    half_life : bounds in steps; by default 0.25 to a quarter of a trend piece.
    inhibition : allow negative branching. The mean is then ``s log(1 + exp(u / s))`` of the sum u above, with s a
        tenth of the mean count: the identity where u is well above s, positive everywhere.
    interval : "profile" likelihood (all else re-fitted, decay included); at the boundary n >= 0 the lower end is 0 and
        the interval is conservative. "wald": from the information, cut at 0. "bootstrap": parametric, basic
        (bias-reversing) percentile, cut at 0. "none".
    bootstrap : simulated series B. With B > 0 the p-value is ``(1 + hits) / (B + 1)`` from B series simulated without
        excitation and re-fitted (breaks kept).
    seed : of everything simulated, and of the residuals.

    Returns
    -------
    `ExcitationFit`. With ``bootstrap=0`` the p-value is asymptotic: the likelihood ratio is compared with the largest
    chi-bar-square over a grid of decays, simulated from the estimated joint distribution of the efficient scores
    (n >= 0 lies on the boundary, and the decay does not exist without excitation). Pair p-values take the decay as free
    for the pair alone, which makes them conservative.

    Raises
    ------
    EstimationError : on counts, names, bounds or settings that cannot be used.

    Known limits: excitation slower than the trend cannot be seen, and a trend faster than its spline looks like
    excitation (see `select_baseline`); a flexible baseline biases branching down by about (columns / T). A common cause
    that flickers within weeks is not told from contagion by any model of this kind.
    Use `event_study` instead when the question is what a few dated acts did.

    Source: Hawkes (1971), Biometrika 58:83-90; Davies (1987), Biometrika 74:33-43 (decay not identified under the
    null); Self & Liang (1987), JASA 82:605-610 (boundary).

    >>> y = simulate_excitation(np.full((520, 1), 2.0), [[0.4]], half_life=2.0, seed=1)
    >>> fit_excitation(y, kinds=["protest"]).answer  # doctest: +SKIP
    """
    y, names = _counts(counts, kinds)
    if step not in STEPS_PER_YEAR:
        raise EstimationError(f"step {step!r}", expected="'day' or 'week'")
    if family not in ("poisson", "negative_binomial"):
        raise EstimationError(f"family {family!r}", expected="'poisson' or 'negative_binomial'")
    if decay not in ("per_target", "shared"):
        raise EstimationError(f"decay {decay!r}", expected="'per_target' or 'shared'")
    if interval not in ("profile", "wald", "bootstrap", "none"):
        raise EstimationError(f"interval {interval!r}", expected="'profile', 'wald', 'bootstrap' or 'none'")
    if interval == "bootstrap" and bootstrap < 100:
        raise EstimationError(f"bootstrap = {bootstrap}", expected="at least 100 for an interval")
    if not 0.5 <= level < 1 or bootstrap < 0:
        raise EstimationError(f"level {level}, bootstrap {bootstrap}", expected="0.5 <= level < 1, bootstrap >= 0")
    settings = baseline or Baseline()
    return _fit(
        y, y, names, step, settings, coverage, family, decay, half_life, inhibition, interval, level, bootstrap, seed
    )


def _fit(
    y: Floats,
    S: Floats,
    names: tuple[str, ...],
    step: Step,
    settings: Baseline,
    coverage: ArrayLike | None,
    family: Family,
    decay: str,
    half_life: tuple[float | None, float | None],
    inhibition: bool,
    interval: str,
    level: float,
    bootstrap: int,
    seed: int,
    breaks: tuple[tuple[int, ...], ...] | None = None,
) -> ExcitationFit:
    """Targets y on sources S (the same, but for placebos)."""
    T, K = y.shape
    notes: list[str] = []
    if isinstance(settings.breaks, str) and settings.breaks != "auto":
        raise EstimationError(f"breaks {settings.breaks!r}", expected="'auto', or a tuple of steps")
    if settings.df_per_year <= 0 or (settings.harmonics or 0) < 0:
        raise EstimationError(f"{settings}", expected="df_per_year > 0 and harmonics >= 0")
    cover = None
    if coverage is not None:
        cover = np.asarray(coverage, dtype=np.float64)
        if cover.shape != (T,) or not np.isfinite(cover).all():
            raise EstimationError(
                f"coverage of shape {cover.shape}",
                expected=f"{T} finite numbers",
                instead="np.log1p(total events per step)",
            )
    rigid, wiggles = _design(T, step, settings, cover, notes)
    lead = min(10, T // 20)
    bounds = _half_life_bounds(half_life, T, step)
    if breaks is not None:
        shifts = breaks
    elif isinstance(settings.breaks, str):
        shifts = tuple(
            _find_breaks(y[:, k], S, rigid, wiggles, lead, family, inhibition, k if S is y else -1, bounds)
            for k in range(K)
        )
    else:
        given = tuple(sorted(int(b) for b in settings.breaks))
        if any(not 0 < b < T for b in given):
            raise EstimationError(f"breaks {given}", expected=f"steps from 1 to {T - 1}")
        shifts = (given,) * K
    targets = [
        _prepare(
            y[:, k],
            S,
            np.column_stack([rigid, _steps(T, shifts[k])]),
            wiggles,
            lead,
            family,
            inhibition,
            k if S is y else -1,
        )
        for k in range(K)
    ]
    groups = [list(range(K))] if decay == "shared" else [[k] for k in range(K)]
    rng = np.random.default_rng(derive_seed(seed, "null statistics"))
    grid = _grid(bounds)
    n = np.zeros((K, K))
    shape = (K, K)
    low, high, pair_p = np.full(shape, np.nan), np.full(shape, np.nan), np.ones(shape)
    half, half_low, half_high = (np.full(K, np.nan) for _ in range(3))
    spread, loglik, loglik_null, ratio = np.zeros(K), 0.0, 0.0, 0.0
    base, mean, base_null = np.empty((T, K)), np.empty((T, K)), np.empty((T, K))
    spread_null = np.zeros(K)
    trend_df = np.zeros(K)
    memory: list[Floats] = []  # in the order of kinds, as groups are
    lags = min(20, (T - lead) // 5)
    null_total = np.zeros(_NULL_DRAWS)
    for members in groups:
        inside = [targets[k] for k in members]
        null, full = _fit_both(inside, bounds)
        loglik, loglik_null = loglik + full.log_likelihood, loglik_null + null.log_likelihood
        ratio += max(0.0, 2 * (full.log_likelihood - null.log_likelihood))
        reference = np.zeros((_NULL_DRAWS, grid.size))
        for i, k in enumerate(members):
            t = inside[i]
            n[:, k], spread[k], spread_null[k] = full.n[i], full.spread[i], null.spread[i]
            parts = _parts(t, full.b[i], full.n[i], full.log_half_life, full.spread[i])
            base[:, k], mean[:, k] = parts.base, parts.mean
            base_null[:, k] = _parts(t, null.b[i], null.n[i], null.log_half_life, null.spread[i]).mean
            trend_df[k] = _trend_df(t, full, i, parts)
            memory.append(_expected_memory(t, full, i, lags))
            if np.abs(full.n[i]).max() > 1e-6:
                half[k] = math.exp(full.log_half_life)
            covariance = _score_covariance(t, null, i, range(t.sources), grid)
            reference += _null_statistics(covariance, inhibition, rng)
        null_total += reference.max(axis=1)
        for i, k in enumerate(members):
            t = inside[i]
            errors = _wald_errors(t, full, i)
            for j in range(t.sources):
                if (abs(n[j, k]) > 1e-8 or inhibition) and K > 1:
                    without = _refit_without(inside, bounds, full, i, j, null)
                    gain = max(0.0, 2 * (full.log_likelihood - without.log_likelihood))
                    covariance = _score_covariance(t, without, i, [j], grid)
                    simulated = _null_statistics(covariance, inhibition, rng).max(axis=1)
                    pair_p[j, k] = (1 + np.sum(simulated >= gain)) / (_NULL_DRAWS + 1)
                if interval == "profile":
                    low[j, k], high[j, k] = _profile(inside, bounds, full, i, j, errors[j], level)
                elif interval == "wald":
                    reach = float(stats.norm.ppf(0.5 + level / 2)) * errors[j]
                    low[j, k] = n[j, k] - reach if inhibition else max(0.0, n[j, k] - reach)
                    high[j, k] = n[j, k] + reach
        if interval == "profile" and np.isfinite(half[members[0]]):
            falls = []
            coarse = grid[::2]
            for h in coarse:
                point = _maximise(inside, bounds, start=replace(full, log_half_life=float(h)), fix_decay=True)
                falls.append(2 * (full.log_likelihood - point.log_likelihood))
            ends = _crossings(coarse, np.array(falls), full.log_half_life, float(stats.chi2.ppf(level, 1)))
            for k in members:
                half_low[k], half_high[k] = math.exp(ends[0]), math.exp(ends[1])
    p = float((1 + np.sum(null_total >= ratio)) / (_NULL_DRAWS + 1))
    if K == 1:
        pair_p[:] = p
    p_method = "largest chi-bar-square over decays (boundary, decay not identified), simulated"
    observations = (T - lead) * K
    extra = 0 if family == "poisson" else K
    k_null = sum(t.rigid + 1 for t in targets) + extra  # the 1 is the stiffness
    k_full = k_null + K * K + len(groups)
    radius = float(np.abs(np.linalg.eigvals(n)).max())
    bias = None
    if bootstrap:
        again = _Again(targets, groups, bounds, y[:lead], S is y)
        p, method = _bootstrap_p(again, base_null, spread_null, ratio, bootstrap, seed, inhibition)
        p_method = method
        if K == 1:
            pair_p[:] = p
        if interval == "bootstrap":
            if radius >= 1:
                notes.append("no bootstrap interval: the fitted process explodes (spectral radius at least 1)")
            else:
                bias, low, high = _bootstrap_interval(again, base, n, half, spread, bootstrap, seed, level, inhibition)
    checks: dict[str, tuple[Check, ...]] = {}
    share = 0.05 / (3 * K)
    for k, name in enumerate(names):
        seen, expected = y[lead:, k], mean[lead:, k]
        u = randomised_quantiles(seen, expected, spread[k] if spread[k] > 2 * _DISPERSION[0] else 0.0, seed + k)
        own = 2 if np.isfinite(half[k]) else 0  # decay and branching: the memory that was fitted
        checks[name] = (
            uniformity(u, share),
            ljung_box(stats.norm.ppf(u), lags, fitted=own, expected=memory[k], level=share),
            dispersion(seen, expected, spread[k], fitted=targets[k].rigid + round(trend_df[k]) + own, level=share),
        )
    excited_part = 1 - base[lead:].sum(axis=0) / np.maximum(mean[lead:].sum(axis=0), 1e-300)
    return ExcitationFit(
        kinds=names,
        step=step,
        n_steps=T,
        lead=lead,
        family=family,
        decay=decay,
        inhibition=inhibition,
        branching=n,
        low=low,
        high=high,
        interval=interval,
        level=level,
        pair_p=pair_p,
        half_life=half,
        half_life_low=half_low,
        half_life_high=half_high,
        dispersion=spread,
        triggered=excited_part,
        spectral_radius=radius,
        log_likelihood=loglik,
        log_likelihood_null=loglik_null,
        aic=2 * k_full - 2 * loglik,
        bic=math.log(observations) * k_full - 2 * loglik,
        aic_null=2 * k_null - 2 * loglik_null,
        bic_null=math.log(observations) * k_null - 2 * loglik_null,
        likelihood_ratio=ratio,
        p=p,
        p_method=p_method,
        trend_df=trend_df,
        breaks=shifts,
        checks=checks,
        passed=all(c.passed for found in checks.values() for c in found),
        baseline_mean=base,
        mean=mean,
        bias=bias,
        notes=tuple(notes),
    )


def _crossings(grid: Floats, falls: Floats, centre: float, limit: float) -> tuple[float, float]:
    """Where a profile on a grid rises above the limit on either side of its minimum, by linear interpolation."""
    left, right = grid[0], grid[-1]
    xs = np.append(grid, centre)
    order = np.argsort(xs)
    xs, fs = xs[order], np.append(falls, 0.0)[order]
    at = int(np.searchsorted(xs, centre))
    for i in range(at, 0, -1):
        if fs[i - 1] > limit >= fs[i]:
            left = xs[i] + (limit - fs[i]) / (fs[i - 1] - fs[i]) * (xs[i - 1] - xs[i])
            break
    for i in range(at, xs.size - 1):
        if fs[i + 1] > limit >= fs[i]:
            right = xs[i] + (limit - fs[i]) / (fs[i + 1] - fs[i]) * (xs[i + 1] - xs[i])
            break
    return float(left), float(right)


# --- simulation -----------------------------------------------------------------------------------------------------


def _simulate(
    base: Floats,
    n: Floats,
    half_life: Floats,
    spread: Floats,
    head: Floats,
    z0: Floats,
    copies: int,
    rng: np.random.Generator,
    soft: Floats | None = None,
) -> Floats:
    """Series of shape (copies, T, K) given their first rows and the kernel sums before them, z0[j, k]."""
    T, K = base.shape
    d = 2.0 ** (-1 / np.where(np.isfinite(half_life), half_life, 1.0))
    y = np.empty((copies, T, K))
    z = np.broadcast_to(z0, (copies, K, K)).copy()  # [copy, source, target]
    for t in range(T):
        if t > 0:
            z = d * z + (1 - d) * y[:, t - 1, :, None]
        if t < head.shape[0]:
            y[:, t] = head[t]
            continue
        mean = base[t] + np.einsum("cjk,jk->ck", z, n)
        if soft is not None:
            mean = soft * np.logaddexp(0, mean / soft)
        mean = np.clip(mean, 1e-12, 1e9)
        for k in range(K):
            m = mean[:, k]
            if spread[k] > 2 * _DISPERSION[0]:
                m = rng.gamma(1 / spread[k], spread[k] * m)
            y[:, t, k] = rng.poisson(m)
    return y


def simulate_excitation(
    baseline: ArrayLike,
    branching: ArrayLike,
    *,
    half_life: ArrayLike = 2.0,
    dispersion: ArrayLike = 0.0,
    inhibition: bool = False,
    seed: int = 0,
) -> NDArray[np.int64]:
    """Counts from the model of this module, for a known truth.

    Parameters
    ----------
    baseline : shape (T,) or (T, K); mean without excitation, from 0.
    branching : shape (K, K), [source, target], from 0 (any sign with ``inhibition``), spectral radius below 1.
    half_life : steps, one number or one per target.
    dispersion : one number or one per target; 0 is Poisson.
    inhibition : pass the sum through ``s log(1 + exp(u / s))``, s a tenth of the mean baseline.
    seed : of the simulation.

    Returns
    -------
    int64 of shape (T, K). The history before the first step is the stationary mean of the first baseline.

    Raises
    ------
    EstimationError : on shapes that do not fit, negative values, or a process that explodes.
    """
    base = np.array(baseline, dtype=np.float64)
    base = base[:, None] if base.ndim == 1 else base
    n = np.atleast_2d(np.array(branching, dtype=np.float64))
    K = base.shape[1] if base.ndim == 2 else -1
    if base.ndim != 2 or base.shape[0] < 2 or n.shape != (K, K):
        raise EstimationError(f"baseline {base.shape}, branching {n.shape}", expected="(T, K) and (K, K)")
    try:
        half = np.broadcast_to(np.asarray(half_life, dtype=np.float64), (K,))
        spread = np.broadcast_to(np.asarray(dispersion, dtype=np.float64), (K,))
    except ValueError:
        raise EstimationError("half_life or dispersion of the wrong length", expected=f"one number, or {K}") from None
    for name, values in (("baseline", base), ("branching", np.abs(n) if inhibition else n), ("dispersion", spread)):
        if not np.isfinite(values).all() or (values < 0).any():
            raise EstimationError(f"{name} holds a negative or missing value", expected="finite numbers from 0")
    if not np.isfinite(half).all() or (half <= 0).any():
        raise EstimationError("a half-life is not positive", expected="steps above 0")
    radius = float(np.abs(np.linalg.eigvals(np.maximum(n, 0))).max())
    if radius >= 1:
        raise EstimationError(
            f"branching with spectral radius {radius:.3g}", expected="below 1", why="the process would explode"
        )
    stationary = np.maximum(np.linalg.solve(np.eye(K) - n.T, base[0]), 0)
    z0 = np.repeat(stationary[:, None], K, axis=1)
    rng = np.random.default_rng(derive_seed(seed, "simulate excitation"))
    soft = 0.1 * base.mean(axis=0) if inhibition else None
    return _simulate(base, n, half, spread, np.empty((0, K)), z0, 1, rng, soft)[0].astype(np.int64)


@dataclass(frozen=True)
class _Again:
    """What is needed to fit simulated series as the record was fitted."""

    targets: list[_Target]
    groups: list[list[int]]
    bounds: tuple[float, float]
    head: Floats
    own: bool  # sources are the targets themselves

    def refit(self, y: Floats) -> tuple[float, Floats]:
        """Likelihood ratio and branching of one simulated series (T, K)."""
        ratio, n = 0.0, np.zeros((y.shape[1], y.shape[1]))
        for members in self.groups:
            inside = []
            for k in members:
                t = self.targets[k]
                S = y if self.own else t.S
                above = _above(y[t.lead :, k])
                inside.append(replace(t, y=np.ascontiguousarray(y[:, k]), S=S, above=above, start=_history(S, t.lead)))
            null, full = _fit_both(inside, self.bounds)
            ratio += max(0.0, 2 * (full.log_likelihood - null.log_likelihood))
            for i, k in enumerate(members):
                n[:, k] = full.n[i]
        return ratio, n


def _soft(again: _Again, inhibition: bool) -> Floats | None:
    return np.array([t.soft for t in again.targets]) if inhibition else None


def _bootstrap_p(
    again: _Again, base: Floats, spread: Floats, ratio: float, B: int, seed: int, inhibition: bool
) -> tuple[float, str]:
    K = base.shape[1]
    rng = np.random.default_rng(derive_seed(seed, "bootstrap without excitation"))
    z0 = np.zeros((K, K))
    series = _simulate(base, np.zeros((K, K)), np.ones(K), spread, again.head, z0, B, rng)
    hits = sum(again.refit(np.ascontiguousarray(y))[0] >= ratio for y in series)
    return (1 + hits) / (B + 1), f"parametric bootstrap, {B} series without excitation"


def _bootstrap_interval(
    again: _Again,
    base: Floats,
    n: Floats,
    half: Floats,
    spread: Floats,
    B: int,
    seed: int,
    level: float,
    inhibition: bool,
) -> tuple[Floats, Floats, Floats]:
    """Mean bias, and the basic interval 2n - quantiles of n*, cut at 0 without inhibition."""
    K = base.shape[1]
    rng = np.random.default_rng(derive_seed(seed, "bootstrap with excitation"))
    z0 = np.repeat(again.targets[0].start[:, None], K, axis=1)
    series = _simulate(base, n, half, spread, again.head, z0, B, rng, _soft(again, inhibition))
    fitted = np.stack([again.refit(np.ascontiguousarray(y))[1] for y in series])
    tail = (1 - level) / 2
    upper, lower = np.quantile(fitted, [1 - tail, tail], axis=0)
    low, high = 2 * n - upper, 2 * n - lower
    if not inhibition:
        low, high = np.maximum(low, 0), np.maximum(high, 0)
    return fitted.mean(axis=0) - n, low, high


# --- sensitivity and placebos ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BaselineChoice:
    """Fits under several baselines.

    Parameters
    ----------
    best : the fit with the smallest criterion among those that fit (among all, where none does).
    settings : of each fit; `table` has one row per setting, in the same order.
    span : shape (K, K); largest minus smallest branching over the settings.
    robust : every setting whose checks pass gives the same answer to "is there excitation?".
    """

    best: ExcitationFit
    best_setting: Baseline
    settings: tuple[Baseline, ...]
    table: tuple[dict[str, object], ...]
    span: Floats
    robust: bool
    criterion: str

    @property
    def answer(self) -> str:
        """One sentence."""
        word = "does not depend" if self.robust else "depends"
        return (
            f"Whether excitation is found {word} on the baseline; over {len(self.settings)} baselines the branching "
            f"ratios vary by up to {self.span.max():.2f}."
        )

    def to_dict(self) -> dict[str, object]:
        return {
            "best": self.best.to_dict(),
            "table": [plain(row) for row in self.table],
            "span": plain(self.span),
            "robust": self.robust,
            "criterion": self.criterion,
            "answer": self.answer,
        }


def select_baseline(
    counts: ArrayLike,
    *,
    settings: Sequence[Baseline] | None = None,
    criterion: Literal["bic", "aic"] = "bic",
    kinds: Sequence[str] | None = None,
    step: Step = "week",
    coverage: ArrayLike | None = None,
    family: Family = "negative_binomial",
    interval: Literal["profile", "wald", "none"] = "profile",
    seed: int = 0,
) -> BaselineChoice:
    """Fit under several baselines, choose one by AIC or BIC, and report how far branching depends on the choice.

    Parameters
    ----------
    settings : baselines to compare; by default 1, 2, 4 and 8 trend pieces per year, and 4 without season.
    criterion : smallest wins, among fits whose checks pass. Likelihoods are marginal over the wiggles of the trend.
    interval : computed for the best fit only.

    Returns
    -------
    `BaselineChoice`.
    """
    choices = tuple(
        settings or (*(Baseline(df_per_year=d) for d in (1.0, 2.0, 4.0, 8.0)), Baseline(df_per_year=4.0, harmonics=0))
    )
    if criterion not in ("aic", "bic"):
        raise EstimationError(f"criterion {criterion!r}", expected="'aic' or 'bic'")
    fits = [
        fit_excitation(
            counts, kinds=kinds, step=step, baseline=b, coverage=coverage, family=family, interval="none", seed=seed
        )
        for b in choices
    ]
    rows: list[dict[str, object]] = [
        {
            "df_per_year": b.df_per_year,
            "harmonics": b.harmonics,
            "trend_df": f.trend_df,
            "breaks": f.breaks,
            "aic": f.aic,
            "bic": f.bic,
            "p": f.p,
            "branching": f.branching,
            "spectral_radius": f.spectral_radius,
            "passed": f.passed,
        }
        for b, f in zip(choices, fits, strict=True)
    ]
    fitting = [i for i, f in enumerate(fits) if f.passed]
    at = min(fitting or range(len(fits)), key=lambda i: getattr(fits[i], criterion))
    best = fits[at]
    if interval != "none":
        best = fit_excitation(
            counts,
            kinds=kinds,
            step=step,
            baseline=choices[at],
            coverage=coverage,
            family=family,
            interval=interval,
            seed=seed,
        )
    branching = np.stack([f.branching for f in fits])
    answers = {fits[i].p < 0.05 for i in fitting}
    return BaselineChoice(
        best, choices[at], choices, tuple(rows), np.ptp(branching, axis=0), len(answers) == 1, criterion
    )


@dataclass(frozen=True)
class Placebo:
    """A fit to what cannot show the effect, beside the fit that could.

    Parameters
    ----------
    name : which placebo.
    p : of finding as much as was found in the placebo, where nothing should be.
    passed : the placebo found nothing (see the function that made it).
    branching : of the placebo fits, shape (fits, K, K).
    statistics : likelihood ratios: of the record first, then of each placebo fit.
    """

    name: str
    p: float
    passed: bool
    branching: Floats
    statistics: Floats
    answer: str

    def to_dict(self) -> dict[str, object]:
        return {k: plain(v) for k, v in self.__dict__.items()}


def shifted(
    counts: ArrayLike,
    *,
    fits: int = 5,
    kinds: Sequence[str] | None = None,
    step: Step = "week",
    baseline: Baseline | None = None,
    coverage: ArrayLike | None = None,
    family: Family = "negative_binomial",
    seed: int = 0,
) -> Placebo:
    """Let the sources be the same series moved by a long time, in a circle: no excitation can be left.

    Parameters
    ----------
    fits : placebo fits, with shifts spread evenly from a fifth to four fifths of the record.

    Returns
    -------
    `Placebo`; p is the smallest p-value of the fits times their number, and `passed` means p >= 0.05. The level shifts
    found with the true sources are kept. A failure says that the baseline leaves slow swings to the excitation terms.
    """
    y, names = _counts(counts, kinds)
    if fits < 1:
        raise EstimationError(f"{fits} fits", expected="at least one")
    settings = baseline or Baseline()
    record = fit_excitation(
        y, kinds=names, step=step, baseline=settings, coverage=coverage, family=family, interval="none", seed=seed
    )
    T = y.shape[0]
    found = []
    for shift in np.linspace(0.2, 0.8, fits) * T if fits > 1 else [T / 2]:
        S = np.ascontiguousarray(np.roll(y, int(shift), axis=0))
        limits = (None, None)
        found.append(
            _fit(
                y,
                S,
                names,
                step,
                settings,
                coverage,
                family,
                "per_target",
                (None, None),
                False,
                "none",
                0.95,
                0,
                seed,
                record.breaks,
            )
        )
    p = min(1.0, fits * min(f.p for f in found))
    passed = p >= 0.05
    return Placebo(
        "shifted",
        p,
        passed,
        np.stack([f.branching for f in found]),
        np.array([record.likelihood_ratio, *(f.likelihood_ratio for f in found)]),
        f"Sources moved by a long time {'excite nothing' if passed else 'still seem to excite'} (p = {p:.2g}).",
    )


def reversed_time(
    counts: ArrayLike,
    *,
    kinds: Sequence[str] | None = None,
    step: Step = "week",
    baseline: Baseline | None = None,
    coverage: ArrayLike | None = None,
    family: Family = "negative_binomial",
    seed: int = 0,
) -> Placebo:
    """Run the record backwards: what leads forwards should not also lead backwards.

    Returns
    -------
    `Placebo`. For every pair of different kinds with excitation found forwards (pair p < 0.05), p looks at the same
    ordered pair in reversed time: the smallest pair p times their number, at most 1; `passed` means p >= 0.05. The
    branching of the reversed fit is [source, target] in reversed time. A failure says that a common cause moves both
    kinds, or that each excites the other: the record does not tell who leads.

    Raises
    ------
    EstimationError : for one kind; self-excitation looks the same in both directions of time.

    Known limits: coverage and breaks are reversed with the record; reversed excitation is only approximately of the
    model's form.
    """
    y, names = _counts(counts, kinds)
    T, K = y.shape
    if K < 2:
        raise EstimationError(
            "one kind", expected="two or more", why="self-excitation looks the same in both directions of time"
        )
    settings = baseline or Baseline()
    record = fit_excitation(
        y, kinds=names, step=step, baseline=settings, coverage=coverage, family=family, interval="none", seed=seed
    )
    back = np.ascontiguousarray(y[::-1])
    cover = None if coverage is None else np.asarray(coverage, dtype=np.float64)[::-1]
    mirrored = tuple(tuple(sorted(T - b for b in found)) for found in record.breaks)
    limits = (None, None)
    other = _fit(
        back, back, names, step, settings, cover, family, "per_target", limits, False, "none", 0.95, 0, seed, mirrored
    )
    pairs = [(j, k) for j in range(K) for k in range(K) if j != k and record.pair_p[j, k] < 0.05]
    p = min([1.0, *(len(pairs) * float(other.pair_p[pair]) for pair in pairs)])
    if not pairs:
        answer = "No kind was found to lead another, forwards."
    else:
        told = ", ".join(f"{names[j]!r} before {names[k]!r}" for j, k in pairs)
        answer = (
            f"What leads forwards ({told}) {'does not lead' if p >= 0.05 else 'also leads'} backwards (p = {p:.2g})."
        )
    statistics = np.array([record.likelihood_ratio, other.likelihood_ratio])
    return Placebo("reversed time", p, p >= 0.05, other.branching[None], statistics, answer)
