"""Evidence for and against a fit under a hidden tide: other choices, time run backwards, and simulated records."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from groundswell.draws import derive_seed
from groundswell.estimators.excitation.baseline import Floats
from groundswell.estimators.excitation.examination_predictive import Predictions, compared
from groundswell.estimators.excitation.examination_sensitivity import (
    ChoicesSensitivity,
    Profile,
    Progress,
    contradicted,
    variant_of,
)
from groundswell.estimators.excitation.intensity import climb
from groundswell.estimators.excitation.options import ExcitationSettings, Tide
from groundswell.estimators.excitation.outcome import ExcitationFit
from groundswell.estimators.excitation.placebo import Placebo
from groundswell.estimators.excitation.tide_fit import INTERVAL_DEGREES, UnderTide, fit_under_tide

_LEVEL = 0.05
_SHARP = 6  # pairs of harmonics


def backwards(y: Floats, seen: NDArray[np.bool_], found: ExcitationFit, asked: ExcitationSettings) -> Placebo:
    """The record in reversed time: a link that leads as strongly there is due to a common cause.

    Returns
    -------
    `Placebo`; p of a pair is 1 where it leads less in reversed time than in the record.
    """
    cover = None if asked.coverage is None else np.asarray(asked.coverage, dtype=np.float64)[::-1]
    back = [np.ascontiguousarray(of[::-1]) for of in (y, seen)]
    other = fit_under_tide(*back, found.kinds, _bare(asked, coverage=cover)).fit  # type: ignore[arg-type]
    weaker = other.pair_ratio < found.pair_ratio
    pair_p = np.where(weaker, 1.0, other.pair_p)
    pairs = [
        (j, k)
        for j in range(len(found.kinds))
        for k in range(len(found.kinds))
        if j != k and found.pair_p[j, k] < _LEVEL and pair_p[j, k] < _LEVEL
    ]
    p = min((float(pair_p[pair]) for pair in pairs), default=1.0)
    answer = (
        "No link leads as strongly with time run backwards."
        if not pairs
        else "Some links lead as strongly with time run backwards, as under a common cause."
    )
    return Placebo("reversed time", p, not pairs, other.branching[None], np.array([other.p]), answer, pair_p)


def choices(
    y: Floats,
    seen: NDArray[np.bool_],
    found: ExcitationFit,
    asked: ExcitationSettings,
    progress: Progress | None,
    again: bool = True,
) -> ChoicesSensitivity:
    """The fit repeated (or not) with each choice changed: no jumps, a sharper season, no coverage."""
    variants = [variant_of("as fitted", found, asked.coverage is not None)]
    if not again:
        why = "not fitted again with other choices, since nothing was found"
        return ChoicesSensitivity(found.kinds, tuple(variants), True, np.ones_like(found.branching, dtype=bool), (why,))
    tide = asked.baseline if isinstance(asked.baseline, Tide) else Tide.of()
    jobs: list[tuple[str, dict[str, object]]] = []
    if any(found.breaks):
        jobs.append(("no level shifts", {"baseline": tide.model_copy(update={"breaks": ()})}))
    if tide.harmonics is None and found.n_steps * (7 if found.step == "week" else 1) >= 3 * 365:
        jobs.append(("a sharper season", {"baseline": tide.model_copy(update={"harmonics": _SHARP})}))
    if asked.coverage is not None:
        jobs.append(("no coverage", {"coverage": None}))
    for done, (name, changed) in enumerate(jobs):
        if progress:
            progress("sensitivity", done, len(jobs))
        other = _bare(asked, **changed)
        variants.append(variant_of(name, fit_under_tide(y, seen, found.kinds, other).fit, other.coverage is not None))
    return ChoicesSensitivity(found.kinds, tuple(variants), *contradicted(variants), ())


def _bare(asked: ExcitationSettings, **changed: object) -> ExcitationSettings:
    """The same, without intervals and bootstrap."""
    return asked.model_copy(update={**changed, "interval": "none", "bootstrap": 0})


def simulated(y: Floats, under: UnderTide, draws: int, seed: int, progress: Progress | None) -> Predictions:
    """The record compared with records simulated from the fit, at the steps that were watched."""
    fit, model = under.fit, under.model
    both = model.seen.all(axis=1)
    if fit.spectral_radius >= 1:
        return Predictions((), math.nan, False, 0, ("the fitted process explodes (spectral radius at least 1)",))
    rng = np.random.default_rng(derive_seed(seed, "predicted records under the tide"))
    level = np.broadcast_to(y[both].mean(axis=0), y[both].shape)
    spread = np.broadcast_to(np.maximum(y[both].std(axis=0), 1e-9), y[both].shape)

    def more(copies: int) -> Floats:
        return np.stack(model.simulations(under.full.theta, copies, rng))[:, both]

    return compared(y[both], level, spread, fit, more, draws, progress)


def likelihoods(under: UnderTide, points: int) -> tuple[Profile, ...]:
    """The profile likelihood of each branching ratio that may be there (p below 20%), and of a lone kind's own."""
    fit, model = under.fit, under.model
    out = []
    K = len(fit.kinds)
    cut = float(stats.chi2.ppf(fit.level, INTERVAL_DEGREES))
    for j in range(K):
        for k in range(K):
            if K > 1 and fit.pair_p[j, k] >= 0.2:
                continue
            i, n = model.names.pair(j, k), float(fit.branching[j, k])
            top = float(fit.high[j, k]) if math.isfinite(fit.high[j, k]) else n + 0.5
            grid = np.unique(np.append(np.linspace(0, max(1.3 * top, 0.1), points), n))
            fall, half = np.empty(grid.size), np.empty(grid.size)
            order = np.argsort(np.abs(grid - n))
            for at in order:
                point = climb(model, under.full, {i: float(grid[at])}, 40)
                fall[at] = max(0.0, 2 * (under.full.log_likelihood - point.log_likelihood))
                half[at] = math.exp(point.theta[model.names.half_life.start + k])
            out.append(Profile(fit.kinds[j], fit.kinds[k], grid, fall, half, n, cut, fit.level))
    return tuple(out)
