"""A hierarchical model of many records of one kind, from posteriors that were each learnt under the same prior.

    z_i ~ N(m, s**2) over records i,   p(m, s | records) ~ p(m) p(s) prod_i  int q_i(z) N(z; m, s) / N(z; 0, 1) dz

z is the normal score of one target. The prior under which each posterior was learnt is divided out, so that m and s
describe the records and not the prior; under the hierarchy each record's posterior is narrower and drawn
towards the rest. A record outside the cloud of simulated records is rejected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from groundswell.calibrate.fit import Fit
from groundswell.calibrate.mixture import Margins
from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate
from groundswell.results import Result

Floats = NDArray[np.float64]

_M = np.linspace(-2.5, 2.5, 101)
_S = np.exp(np.linspace(np.log(0.05), np.log(1.5), 40))
"""The grid: m uniform, s with density proportional to exp(-s), half of it below .7; the prior's own spread is 1."""
_Z = np.linspace(-4.5, 4.5, 901)


@dataclass(frozen=True)
class PooledRecords(Result):
    """One target over many records.

    Parameters
    ----------
    target : its name.
    centre : the median of the target over records like these, with a 90% interval.
    spread : of normal scores over records: 0 if all are alike, 1 if they differ as much as the prior allows.
    records : each record's estimate under the hierarchy, by name.
    """

    target: str
    centre: Estimate
    spread: Estimate
    records: Mapping[str, Estimate]

    def rows(self) -> list[dict[str, Any]]:
        """A row for each record."""
        return [{"record": name, **e.to_dict()} for name, e in self.records.items()]


def pool(fits: Mapping[str, Fit], target: str) -> PooledRecords:
    """Pool one target over fits of records of one kind.

    Raises
    ------
    EstimationError : fewer than two fits, one that failed a gate, fits of several kinds, or an unknown target.
    """
    if len(fits) < 2:
        raise EstimationError(f"a hierarchy over {len(fits)} fits", expected="at least two")
    failed = [name for name, found in fits.items() if not found.passed]
    if failed:
        raise EstimationError(
            f"the fit of {failed[0]}, which failed a gate",
            expected="fits that passed",
            instead="leave it out, and report that you did",
        )
    learnt = next(iter(fits.values())).learnt
    if any(found.learnt is not learnt for found in fits.values()):
        raise EstimationError(
            "fits of several kinds", expected="fits from one table: groundswell.calibrate.fit.fit_all"
        )
    if target not in learnt.names:
        raise EstimationError(f"target {target!r}", expected="one that was inferred: " + ", ".join(learnt.names))
    j = learnt.names.index(target)
    column = learnt.kin.targets.index(target)
    margins = [learnt.margins(found.used[None]) for found in fits.values()]
    log_ratio = np.stack([_log_density(m, j) + _Z**2 / 2 for m in margins])  # q / N(0, 1), but a constant
    each = np.stack([_under(one) for one in log_ratio])  # [records, m, s]
    log_p = each.sum(axis=0) - _S + np.log(_S)  # the grid is even in log s
    p = np.exp(log_p - logsumexp(log_p))

    def value(z: float) -> float:
        row = np.zeros((1, len(learnt.kin.targets)))
        row[0, column] = z
        return float(learnt.of_targets.inverse(row)[0, column])

    centre = _estimate(_M, p.sum(axis=1), value, len(fits), "median over records like these")
    spread = _estimate(_S, p.sum(axis=0), float, len(fits), "spread of normal scores over records")
    records = {}
    for i, name in enumerate(fits):
        # from the rest, at each (m, s); then this record's own q / N(0, 1) once
        rest = np.exp(log_p - each[i] - logsumexp(log_p - each[i]))
        mixed = np.einsum("ms,msz->z", rest, np.exp(_log_normal()))
        density = mixed * np.exp(log_ratio[i] - log_ratio[i].max())
        records[name] = _estimate(_Z, density / density.sum(), value, len(fits), "under the hierarchy")
    return PooledRecords(target, centre, spread, records)


def _log_normal() -> Floats:
    return -0.5 * ((_Z - _M[:, None, None]) / _S[:, None]) ** 2 - np.log(_S)[:, None]  # [m, s, z]


def _under(log_ratio: Floats) -> Floats:
    """log int q(z) / N(z; 0, 1) N(z; m, s) dz on the grid of m and s, from log q + z**2 / 2 on that of z."""
    return np.asarray(logsumexp(_log_normal() + log_ratio, axis=2)) + np.log(_Z[1] - _Z[0])


def _log_density(m: Margins, j: int) -> Floats:
    """The log posterior density of one informed target on the grid, without its factor of 2 pi."""
    e = (_Z[:, None] - m.means[0, j]) / m.sds[0, j]
    return np.asarray(logsumexp(np.log(m.weights[0, j]) - 0.5 * e**2 - np.log(m.sds[0, j]), axis=1))


@dataclass(frozen=True)
class Evidence:
    """The evidence of one record under each model.

    Parameters
    ----------
    log_b : log marginal likelihood under each model, up to a shared constant.
    margins : the margins of the effect under each model that has one, and its index among the informed targets.
    """

    log_b: Mapping[str, float]
    margins: Mapping[str, tuple[Margins, int]]


@dataclass(frozen=True)
class PooledOdds(Result):
    """Odds of models and of a claim about the common effect, over records.

    Parameters
    ----------
    probability : of each model, all of them equally probable beforehand.
    claim : probability that the median effect over records like these lies where the claim puts it.
    under : that probability under each model.
    centre : for each model with an effect, the 5%, 50% and 95% points of its median over records, as normal scores.
    selected : expected share of records timed by the tide, if the most probable model has one.
    """

    probability: Mapping[str, float]
    claim: float
    under: Mapping[str, float]
    centre: Mapping[str, tuple[float, ...]]
    selected: float


_U = (np.arange(10) + 0.5) / 10
"""Grid of the share of records timed by the tide, with a uniform prior."""


def pool_odds(
    records: Mapping[str, Evidence], holds: Mapping[str, Floats], null: str, none_holds: bool
) -> tuple[PooledOdds, dict[str, PooledOdds]]:
    """Pool the odds of models over records, and again leaving out each record in turn.

    Parameters
    ----------
    records : by name.
    holds : for each model with an effect, whether the claim holds where the median of the effect is at each point of
        the grid (`claim_grid`), float64[grid].
    null : the model without an effect: the tide without effect.
    none_holds : whether the claim holds under it.

    Returns
    -------
    (of all records, of all but one by its name)
    """
    logs: dict[str, list[Floats]] = {model: [] for model in holds}
    nulls = np.array([e.log_b[null] for e in records.values()])
    for e in records.values():
        for model in holds:
            margins, j = e.margins[model]
            log_l = e.log_b[model] + _under(_log_density(margins, j) + _Z**2 / 2) - np.log(2 * np.pi) / 2
            timed = np.log(_U) + e.log_b[null]
            logs[model].append(np.logaddexp(np.log1p(-_U) + log_l[..., None], timed))  # [m, s, u]
    prior = -_S + np.log(_S)  # the grid is even in log s
    prior = prior - logsumexp(prior) - np.log(len(_M)) - np.log(len(_U))

    def of(chosen: list[int]) -> PooledOdds:
        log_z, claim, share = {null: float(nulls[chosen].sum())}, {null: float(none_holds)}, {null: 1.0}
        centre: dict[str, tuple[float, ...]] = {}
        for model, each in logs.items():
            total = np.sum([each[i] for i in chosen], axis=0) + prior[:, None]
            log_z[model] = float(np.asarray(logsumexp(total)))
            p = np.exp(total - log_z[model])
            at = p.sum(axis=(1, 2))
            claim[model] = float((at * holds[model]).sum())
            centre[model] = tuple(
                float(_M[min(int(np.searchsorted(np.cumsum(at), q)), len(_M) - 1)]) for q in (0.05, 0.5, 0.95)
            )
            share[model] = float((p.sum(axis=(0, 1)) * _U).sum())
        names = list(log_z)
        p = np.exp(np.array(list(log_z.values())) - logsumexp(list(log_z.values())))
        best = names[int(p.argmax())]
        held = float(sum(p[k] * claim[name] for k, name in enumerate(names)))
        return PooledOdds(dict(zip(names, (float(x) for x in p), strict=True)), held, claim, centre, share[best])

    everyone = list(range(len(records)))
    without = {name: of([k for k in everyone if k != i]) for i, name in enumerate(records)} if len(records) > 1 else {}
    return of(everyone), without


def claim_grid() -> Floats:
    """The normal scores at which `holds` of `pool_odds` is evaluated."""
    return _M.copy()


def _estimate(grid: Floats, p: Floats, value: Any, n: int, method: str) -> Estimate:
    total = np.cumsum(p)
    low, middle, high = (
        value(float(grid[min(int(np.searchsorted(total, q)), len(grid) - 1)])) for q in (0.05, 0.5, 0.95)
    )
    return Estimate(value=middle, low=low, high=high, p=None, n=n, method=method, unit="", passed=True, level=0.9)


__all__ = ["Evidence", "PooledOdds", "PooledRecords", "claim_grid", "pool", "pool_odds"]
