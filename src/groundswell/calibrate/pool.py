"""A hierarchy over many records of one kind, from posteriors that were each learnt under the same prior.

    z_i ~ N(m, s**2) over records i,   p(m, s | records) ~ p(m) p(s) prod_i  int q_i(z) N(z; m, s) / N(z; 0, 1) dz

z is the normal score of one target. The prior under which each posterior was learnt is divided out, so that m and s are
of the records and not of the prior; each record's posterior is then what it is under the hierarchy, narrower and drawn
towards the rest. A record that lies outside the cloud belongs into none of it, and is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from groundswell.calibrate.fit import Fit
from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate
from groundswell.results import Result

Floats = NDArray[np.float64]

_M = np.linspace(-2.5, 2.5, 101)
_S = np.exp(np.linspace(np.log(0.05), np.log(1.5), 40))
"""The grid: m uniform, s with density proportional to exp(-s): half of it below .7, the prior's own spread being 1."""
_Z = np.linspace(-4.5, 4.5, 901)


@dataclass(frozen=True)
class Pooled(Result):
    """One target over many records.

    Parameters
    ----------
    target : its name.
    centre : the median of the target over records like these, with a 90% interval.
    spread : of normal scores over records, 0 where all are alike and 1 where they differ as the prior does.
    records : each record's estimate under the hierarchy, by name.
    """

    target: str
    centre: Estimate
    spread: Estimate
    records: Mapping[str, Estimate]

    def rows(self) -> list[dict[str, Any]]:
        """A row for each record."""
        return [{"record": name, **e.to_dict()} for name, e in self.records.items()]


def pool(fits: Mapping[str, Fit], target: str) -> Pooled:
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
            instead="leave it out, and say so",
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
    log_ratio = np.stack([_log_density(found, j) + _Z**2 / 2 for found in fits.values()])  # q / N(0, 1), but a constant
    log_normal = -0.5 * ((_Z - _M[:, None, None]) / _S[:, None]) ** 2 - np.log(_S)[:, None]  # [m, s, z]
    each = np.stack([np.asarray(logsumexp(log_normal + one, axis=2)) for one in log_ratio])  # [records, m, s]
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
        # of the rest, at each (m, s); then this record's own q / N(0, 1) once
        rest = np.exp(log_p - each[i] - logsumexp(log_p - each[i]))
        mixed = np.einsum("ms,msz->z", rest, np.exp(log_normal))
        density = mixed * np.exp(log_ratio[i] - log_ratio[i].max())
        records[name] = _estimate(_Z, density / density.sum(), value, len(fits), "under the hierarchy")
    return Pooled(target, centre, spread, records)


def _log_density(found: Fit, j: int) -> Floats:
    """The log posterior density of one informed target on the grid."""
    m = found.learnt.margins(found.used[None])
    e = (_Z[:, None] - m.means[0, j]) / m.sds[0, j]
    return np.asarray(logsumexp(np.log(m.weights[0, j]) - 0.5 * e**2 - np.log(m.sds[0, j]), axis=1))


def _estimate(grid: Floats, p: Floats, value: Any, n: int, method: str) -> Estimate:
    total = np.cumsum(p)
    low, middle, high = (
        value(float(grid[min(int(np.searchsorted(total, q)), len(grid) - 1)])) for q in (0.05, 0.5, 0.95)
    )
    return Estimate(value=middle, low=low, high=high, p=None, n=n, method=method, unit="", passed=True, level=0.9)


__all__ = ["Pooled", "pool"]
