"""The method of simulated moments: the point whose simulated summaries are nearest to the record's, with its error.

    theta^ = argmin (s - m(theta))' W (s - m(theta)),   W the inverse covariance of summaries at theta
    Var theta^ = (J' W J)^-1 (1 + 1/H),   J = dm/dtheta,   J-test: the minimum against chi2 of summaries less parameters

m and J come from a local linear regression of simulated summaries on parameters around the estimate, redrawn until
the estimate no longer moves. One record has one draw of s, so the covariance of s is the error of the record itself.
A point says less than a posterior; it is for users who need one, and is refused if the minimum shows that nothing fits.
It only matches summaries of a record; no observable is made larger or smaller for its own sake.

Source: McFadden (1989), Econometrica 57, 995-1026; Gourieroux, Monfort & Renault (1993) for the test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import chi2

from groundswell.blas import one_thread
from groundswell.calibrate.observed import Observed
from groundswell.calibrate.posterior import Learnt, predict
from groundswell.calibrate.regression_abc import features, ridge
from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate
from groundswell.results import Result

Floats = NDArray[np.float64]

ROUNDS, WORLDS = 3, 512
WIDTH, LEAST_WIDTH = 1.5, 0.05
"""Half-width of the local regression around the estimate, in posterior standard deviations. If narrower, the slopes
would be noise that passes for information; if wider, they would belong to another region."""
FEWEST_NATS = 0.1
"""Information below which a target is held at its prior's middle, since nothing would locate it."""
KEPT_VARIANCE = 1e-3


@dataclass(frozen=True)
class Moments(Result):
    """A point that matches a record's summaries.

    Parameters
    ----------
    estimates : by parameter, with 95% intervals; those that records of this kind do not identify are in `held`.
    held : parameters and nuisances that were held, with their values.
    statistic, degrees, p : of the test whether the theory can match the summaries at all.
    """

    estimates: Mapping[str, Estimate]
    held: Mapping[str, float]
    statistic: float
    degrees: int
    p: float

    derived = ("passed",)

    @property
    def passed(self) -> bool:
        """Whether the summaries can be matched."""
        return self.p >= 0.01

    def rows(self) -> list[dict[str, Any]]:
        """A row for each estimate."""
        return [{"name": name, **e.to_dict()} for name, e in self.estimates.items()]


@one_thread
def match_moments(learnt: Learnt, observed: Observed, seed: int = 1, *, threads: int = 1) -> Moments:
    """The point estimate for one record from what was learnt about its kind.

    Parameters
    ----------
    learnt : its table gives the starting point, and which parameters the record identifies.
    observed : the record.

    Raises
    ------
    EstimationError : records of this kind identify no parameter.
    """
    kin = learnt.kin
    drawn = (*kin.draws.free, *kin.reporting.nuisances())
    identified = [n for n in drawn if learnt.information[n] >= FEWEST_NATS]
    if not identified:
        raise EstimationError(
            "moments of a record that identifies no parameter",
            expected="information of at least 0.1 nats in one",
            instead="fit",
        )
    found, names = kin.summaries({n: observed.series[n][None] for n in kin.draws.observables})
    scored = learnt.scored(learnt.columns(found, names))
    z = np.zeros(len(kin.targets))
    place = [kin.targets.index(n) for n in identified]
    start = (features(scored) @ learnt.check.coefficients)[0]
    z[place] = np.clip([start[learnt.names.index(n)] for n in identified], -2.0, 2.0)
    luck = np.random.Generator(np.random.Philox(key=derive_seed(seed, "moments")))
    margins = learnt.margins(learnt.columns(found, names))
    mean_z = (margins.weights * margins.means).sum(axis=-1)[0]
    sd_z = np.sqrt((margins.weights * (margins.sds**2 + margins.means**2)).sum(axis=-1)[0] - mean_z**2)
    width = np.maximum(WIDTH * sd_z[[learnt.names.index(n) for n in identified]], LEAST_WIDTH)
    covariance: Floats = np.eye(len(identified))
    statistic, degrees = 0.0, 0
    for r in range(ROUNDS):
        near = np.tile(z, (WORLDS, 1))
        near[:, place] += width * luck.standard_normal((WORLDS, len(identified)))
        near = np.clip(near, -2.8, 2.8)
        values = learnt.of_targets.inverse(near)
        sets = {n: values[:, j] for j, n in enumerate(kin.targets)}
        simulated = predict(learnt, sets, derive_seed(seed, "moments", r), threads=threads)
        x = learnt.scored(learnt.columns(kin.summaries(simulated)[0], names))
        if len(x) < WORLDS:
            raise EstimationError("worlds near the estimate that failed", expected="observables that stay finite")
        offset = near[:, place] - z[place]
        design = np.concatenate([np.ones((WORLDS, 1)), offset, offset**2 - width**2], axis=1)
        slope = ridge(design, x, 1e-3)
        residual = x - design @ slope
        mean, jacobian = slope[0] - width**2 @ slope[1 + len(identified) :], slope[1 : 1 + len(identified)].T
        values_, vectors = np.linalg.eigh(np.cov(residual.T).reshape(len(mean), -1))
        kept = values_ > KEPT_VARIANCE
        white = vectors[:, kept] / np.sqrt(values_[kept])
        a, gap = white.T @ jacobian, white.T @ (scored[0] - mean)
        noise = kept.sum() / (WORLDS * offset.var(axis=0))  # what errors in the slopes add to their squares
        gram = a.T @ a
        gram = gram - np.diag(np.minimum(noise, 0.5 * np.diag(gram))) + 1e-6 * np.eye(len(identified))
        step = np.linalg.solve(gram, a.T @ gap)
        z[place] = np.clip(z[place] + np.clip(step, -2 * width, 2 * width), -2.8, 2.8)
        covariance = np.asarray(np.linalg.inv(gram), float)
        left = gap - a @ np.clip(step, -2 * width, 2 * width)
        statistic, degrees = float(left @ left), max(1, int(kept.sum()) - len(identified))
    return _moments(learnt, identified, place, z, covariance, (statistic, degrees))


def _moments(
    learnt: Learnt, identified: list[str], place: list[int], z: Floats, covariance: Floats, test: tuple[float, int]
) -> Moments:
    kin = learnt.kin
    error = np.sqrt(np.diag(covariance))
    centre = learnt.of_targets.inverse(z[None])[0]
    ends = []
    for sign in (-1.96, 1.96):
        moved = z.copy()
        moved[place] += sign * error
        ends.append(learnt.of_targets.inverse(moved[None])[0])
    estimates = {
        name: Estimate(
            value=float(centre[j]),
            low=float(ends[0][j]),
            high=float(ends[1][j]),
            p=None,
            n=kin.periods,
            method="simulated method of moments; interval from the curvature, in normal scores of the prior",
            unit=kin.draws.theory.params[name].unit if name in kin.draws.theory.params else "",
            passed=bool(abs(z[j]) < 2.75),
            checks={"prior_rank": float(ndtr(z[j]))},
        )
        for name, j in zip(identified, place, strict=True)
    }
    effects = {e.name for e in kin.draws.estimands}
    held = {n: float(centre[j]) for j, n in enumerate(kin.targets) if n not in identified and n not in effects}
    statistic, degrees = test
    return Moments(estimates, held, statistic, degrees, float(chi2.sf(statistic, degrees)))


__all__ = ["Moments", "match_moments"]
