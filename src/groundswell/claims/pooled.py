"""Several records of one claim: their estimates in one unit, and what they say together.

The estimates of a claim have different units. Each is divided by what its own simulated records show where the claim
holds, v_i = estimate_i / median of the simulated estimates, so that 1 is the effect as claimed and 0 is none:

    v_i ~ N(m_i, se_i**2),   m_i ~ N(m, s**2)

s**2 by DerSimonian & Laird (1986), the interval of m by Hartung & Knapp (2001) for three or more records, else normal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from groundswell.estimators.response.pooled import random_effects, reference_quantile
from groundswell.results import Result

if TYPE_CHECKING:
    from groundswell.claims.verdicts import ClaimVerdict, RecordVerdict

_LEAST = 1.0  # standard errors: a test whose claim predicts less than this says nothing on the common scale
_LEVEL = 0.05


@dataclass(frozen=True)
class PooledRow(Result):
    """One record: its estimate as a share of the claimed effect, with a 95% interval, and its weight."""

    record: str
    title: str
    share: float
    low: float
    high: float
    weight: float


@dataclass(frozen=True)
class PooledTests(Result):
    """What the records of one claim say together.

    Parameters
    ----------
    share, low, high : the effect as a share of the claimed effect (0: none, 1: as claimed), with its 95% interval.
    between : standard deviation of the share between records.
    p_alike : p-value for the hypothesis that all records have the same share (Cochran's Q).
    records : one row each.
    says : the result in one sentence, with any disagreement.
    """

    share: float
    low: float
    high: float
    between: float
    p_alike: float
    records: tuple[PooledRow, ...]
    says: str


def pool_tests(tests: Sequence[RecordVerdict]) -> PooledTests | None:
    """Pool the tests of one claim that give a verdict; None for fewer than two of them on one scale.

    A test counts if its checks hold, it has an interval, and the claim predicts at least one standard error there.
    """
    rows = []
    for test in tests:
        e = test.estimate
        if test.verdict == "not tested" or e is None or e.value is None or e.low is None or e.high is None:
            continue
        typical = _typical(test)
        error = (e.high - e.low) / (2 * float(stats.norm.ppf(0.5 + e.level / 2)))
        if not (math.isfinite(error) and error > 0 and math.isfinite(typical)) or abs(typical) < _LEAST * error:
            continue
        rows.append((test, e.value / typical, error / abs(typical)))
    if len(rows) < 2:
        return None
    v, se = np.array([r[1] for r in rows]), np.array([r[2] for r in rows])
    centre, variance, spread = random_effects(v, se**2)
    mean, between = float(centre), float(variance)
    k = len(rows)
    half = float(reference_quantile(k, 0.95)) * float(spread)
    w = 1 / (se**2 + between)
    fixed = 1 / se**2
    p = float(stats.chi2.sf(float(fixed @ (v - fixed @ v / fixed.sum()) ** 2), k - 1))
    weights = w / w.sum()
    made = tuple(
        PooledRow(t.record, t.title, float(x), float(x - 1.96 * s), float(x + 1.96 * s), float(u))
        for (t, x, s), u in zip(rows, weights, strict=True)
    )
    answer = (
        f"Over {k} records the effect is {mean:.2f} times the claimed one (0 is none; 95% interval "
        f"{mean - half:.2f} to {mean + half:.2f})."
    )
    if p < _LEVEL:
        most, least = max(made, key=lambda r: r.share), min(made, key=lambda r: r.share)
        answer += (
            f" The records disagree (p = {p:.2g}): {most.title} has {most.share:.2f}, {least.title} {least.share:.2f}; "
            "they differ in place, in time and in what is measured."
        )
    return PooledTests(mean, mean - half, mean + half, math.sqrt(between), p, made, answer)


def pool_parts(tests: Sequence[RecordVerdict]) -> tuple[PooledTests, ...]:
    """The pool of each part of a conjunction that several records bear on."""
    parts = dict.fromkeys(test.part for test in tests if test.part)
    pools = (pool_tests([test for test in tests if test.part == part]) for part in parts)
    return tuple(found for found in pools if found is not None)


def _typical(test: RecordVerdict) -> float:
    """The median of the estimates simulated under the claim's own scenario; NaN where there are none."""
    if test.power is None:
        return math.nan
    values = test.simulated.get(test.power.asserting, ())
    return float(np.median(values)) if len(values) else math.nan


def with_false_discovery(verdicts: Sequence[ClaimVerdict]) -> list[ClaimVerdict]:
    """The verdicts, each test with its q-value among all tests that have a p-value (Benjamini & Hochberg 1995)."""
    places = [
        (i, j, t.estimate.p)
        for i, v in enumerate(verdicts)
        for j, t in enumerate(v.tests)
        if t.estimate is not None and t.estimate.p is not None and math.isfinite(t.estimate.p)
    ]
    if not places:
        return list(verdicts)
    q = stats.false_discovery_control([p for *_, p in places])
    found = {(i, j): float(x) for (i, j, _), x in zip(places, q, strict=True)}
    return [
        replace(v, tests=tuple(replace(t, q=found.get((i, j))) for j, t in enumerate(v.tests)))
        for i, v in enumerate(verdicts)
    ]
