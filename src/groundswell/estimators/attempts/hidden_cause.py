"""How strong a cause that nobody recorded would have to be to explain away what followed success."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from groundswell.estimators.attempts.columns import SUCCESS, Attempts
from groundswell.estimators.statistics.regression import Regression
from groundswell.results import Result

Floats = NDArray[np.float64]

_MOST_ODDS = 20.0  # a hidden cause that makes success twenty times as likely is not hidden


@dataclass(frozen=True)
class HiddenCause(Result):
    """How strong a hidden cause of both success and outcome would have to be.

    Parameters
    ----------
    robustness : share of the remaining variance of success, and of the outcome, that it must explain to bring the
        estimate to zero (Cinelli & Hazlett 2020); 0 to 1.
    robustness_significance : the same, to make the interval include zero; 0 where it does already.
    strongest_control : the control that explains most of success, and the shares it explains of success and outcome.
    odds : how many times as likely a hidden cause may make success before the exact test of "outcome above its
        middle" is no longer significant (Rosenbaum's gamma); 1 where chance alone suffices, None where the test does
        not apply.
    """

    robustness: float
    robustness_significance: float
    strongest_control: tuple[str, float, float] | None
    odds: float | None


def hidden_cause(fit: Regression, a: Attempts, level: float) -> HiddenCause:
    """With f = |t| / sqrt(df), a confounder of partial R² equal to ``(sqrt(f⁴ + 4 f²) - f²) / 2`` removes the estimate.

    f is that of the robust error. For the interval, f is reduced by the critical value.
    """
    free = a.y.size - len(fit.names)
    t = abs(float(fit.coefficients[fit.names.index(SUCCESS)])) / max(fit.standard_error(SUCCESS), 1e-300)
    f = t / math.sqrt(free)
    critical = float(stats.t.ppf(0.5 + level / 2, fit.free)) / math.sqrt(free)
    return HiddenCause(
        _robustness(f), _robustness(max(f - critical, 0.0)), _strongest(a.y, a.hit, a.terms),
        _hidden_odds(a.y, a.hit, a.stratum, 1 - level),
    )  # fmt: skip


def _robustness(f: float) -> float:
    return float((math.sqrt(f**4 + 4 * f**2) - f**2) / 2)


def _strongest(y: Floats, hit: NDArray[np.bool_], terms: Mapping[str, Floats]) -> tuple[str, float, float] | None:
    """The control with the largest partial R² with success, and its partial R² with the outcome given success."""
    best: tuple[str, float, float] | None = None
    for name in terms:
        others = [v for k, v in terms.items() if k != name]
        with_success = _partial(hit.astype(float), terms[name], others)
        if best is None or with_success > best[1]:
            best = (name, with_success, _partial(y, terms[name], [*others, hit.astype(float)]))
    return best


def _partial(target: Floats, added: Floats, others: Sequence[Floats]) -> float:
    X = np.column_stack([np.ones(target.size), *others])
    left_t = target - X @ np.linalg.lstsq(X, target, rcond=None)[0]
    left_a = added - X @ np.linalg.lstsq(X, added, rcond=None)[0]
    size = float(left_a @ left_a) * float(left_t @ left_t)
    return float(left_a @ left_t) ** 2 / size if size > 1e-12 else 0.0


def _hidden_odds(y: Floats, hit: NDArray[np.bool_], stratum: NDArray[np.int64], alpha: float) -> float | None:
    """The odds of a hidden cause at which the exact test of "outcome beyond its median" reaches ``alpha / 2``.

    Had a hidden cause made success up to g times as likely (odds) where the outcome was to be high, the number of
    successes with a high outcome is at most extended hypergeometric with odds g in each stratum (Rosenbaum 2002).
    """
    up = y[hit].mean() >= y[~hit].mean()
    y = y if up else -y
    high = y > np.median(y) if (y > np.median(y)).any() else y >= np.median(y)  # most have the highest value
    if high.all():
        return None
    observed = int((high & hit).sum())
    parts = []
    for b in range(int(stratum.max()) + 1):
        at = stratum == b
        n, k, h = int(at.sum()), int(hit[at].sum()), int(high[at].sum())
        if k and h:
            parts.append((n, k, h))

    def tail(odds: float) -> float:
        chances, least = np.ones(1), 0
        for n, k, h in parts:
            support = np.arange(max(0, k + h - n), min(k, h) + 1)
            chances = np.convolve(chances, stats.nchypergeom_fisher.pmf(support, n, h, k, odds))
            least += int(support[0])
        return float(chances[max(0, observed - least) :].sum())

    if tail(1.0) > alpha / 2:
        return 1.0
    low, far = 1.0, _MOST_ODDS
    if tail(far) <= alpha / 2:
        return far
    for _ in range(40):
        middle = math.sqrt(low * far)
        low, far = (middle, far) if tail(middle) <= alpha / 2 else (low, middle)
    return low
