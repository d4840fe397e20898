"""Gates: what must hold before a fit shows an interval. A fit that fails one says which, and shows none.

ranks        simulation-based calibration: posterior ranks of held-out draws are uniform
coverage     90% intervals of held-out draws contain the truth 90% of the time
local        ranks of the held-out draws most like the record are uniform
cloud        the record lies where the theory's own records lie
prediction   records simulated from the posterior look like the record
agreement    two methods that share only the table agree about this record as they do about simulated ones
budget       half the draws would give about as much information

Two of them (ranks, coverage) and the part of `agreement` that compares methods refuse departures that are both
significant and relevant. Significant: a correct fit would depart as far in `LEVEL` of cases, so that the seven together
refuse at most 3.5% of correct fits whatever the number of draws. Relevant: coverage of 90% intervals outside 87 to 93%.

Source: Talts et al. (2018), arXiv:1804.06788, for ranks; Linhart et al. (2023), arXiv:2306.03580, on why a local test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, kstest, norm

from groundswell.calibrate.cloud import Distance
from groundswell.calibrate.mixture import Margins
from groundswell.results import Result

Floats = NDArray[np.float64]

LEVEL = 0.005
"""A correct fit fails a gate on one record in two hundred."""
SLACK = 0.03
"""Irrelevant departures of coverage, and of the distribution of ranks: 87 to 93% for 90%."""
SHIFT = 0.42
"""Spreads by which a normal posterior must be off for its 90% interval to cover 87%."""
FLAT, FLAT_SHARE = 0.05, 0.20
"""Nats per target that the second half of the draws may still add: .05, or a fifth of what is known."""
NEAR_SHARE, LEAST_NEAR = 0.2, 60
_MORE_DRAWS = "; try more draws"


@dataclass(frozen=True)
class Gate(Result):
    """One gate.

    Parameters
    ----------
    name : see the module.
    passed : whether the fit goes through.
    statistic : what was measured.
    limit : what it was compared with.
    message : the finding in one sentence; if the gate failed, also what to do.
    """

    name: str
    passed: bool
    statistic: float
    limit: float
    message: str

    @property
    def wants_draws(self) -> bool:
        """Whether the gate failed, and more draws may let the fit through."""
        return not self.passed and self.message.endswith(_MORE_DRAWS)


def ranks(pit: Floats, targets: Sequence[str]) -> Gate:
    """Posterior ranks of held-out draws, [draws, targets], against uniformity: smallest p over targets, corrected."""
    tests = [kstest(np.clip(pit[:, j], 0, 1), "uniform") for j in range(pit.shape[1])]
    p = np.array([test.pvalue for test in tests])
    worst, corrected = int(p.argmin()), float(min(1.0, p.min() * len(p)))
    ok = corrected >= LEVEL or float(tests[worst].statistic) <= SLACK
    message = (
        f"the ranks of {len(pit)} held-out draws are uniform (smallest p {corrected:.2g}, corrected for {len(p)} "
        f"targets)"
        if ok
        else f"the ranks of held-out draws are not uniform for {targets[worst]} (p {corrected:.2g}){_MORE_DRAWS}"
    )
    return Gate("ranks", ok, corrected, LEVEL, message)


def coverage(pit: Floats, targets: Sequence[str], level: float = 0.9) -> Gate:
    """Coverage of central intervals over held-out draws, for each target and for all together.

    A fit is refused if coverage departs from nominal by more than `SLACK` and further than a correct fit's draws would.
    A gate that refused any significant departure would refuse every fit with enough draws to show one; a gate that
    required significance beyond the slack would pass 85% on a few hundred draws.
    """
    inside = np.abs(pit - 0.5) <= level / 2
    n, columns = inside.shape
    hits, found = inside.sum(axis=0), inside.mean(axis=0)
    p = 2 * np.minimum(binom.cdf(hits, n, level), binom.sf(hits - 1, n, level)) * (columns + 1)
    wrong = (p < LEVEL) & (np.abs(found - level) > SLACK)
    pooled = float(inside.mean())
    se = float(inside.mean(axis=1).std(ddof=1) / np.sqrt(n))
    p_pooled = 2 * norm.sf(abs(pooled - level) / max(se, 1e-9)) * (columns + 1)
    ok = not wrong.any() and not (p_pooled < LEVEL and abs(pooled - level) > SLACK)
    worst = int(np.where(wrong, p, p + 2).argmin()) if wrong.any() else int(p.argmin())
    message = f"{level:.0%} intervals of {n} held-out draws contain the truth in {pooled:.1%}"
    if not ok:
        message += f" ({targets[worst]}: {found[worst]:.1%}){_MORE_DRAWS}"
    return Gate("coverage", ok, pooled, level, message)


def local(pit: Floats, distances: Floats, targets: Sequence[str]) -> Gate:
    """Ranks of the held-out draws nearest to the record, by distance in whitened summaries."""
    count = min(len(pit), max(LEAST_NEAR, int(NEAR_SHARE * len(pit))))
    near = np.argsort(distances, kind="stable")[:count]
    gate = ranks(pit[near], targets)
    message = (
        f"the ranks of the {count} held-out draws most like the record are uniform (smallest p {gate.statistic:.2g})"
        if gate.passed
        else f"near this record the posterior is not calibrated: {gate.message}"
    )
    return Gate("local", gate.passed, gate.statistic, LEVEL, message)


def cloud(found: Distance) -> Gate:
    """Whether the record lies among simulated ones."""
    ok = found.p >= LEVEL
    named = ", ".join(
        f"{row['summary']} {row['record']:.3g} (simulated {row['low']:.3g} to {row['high']:.3g})"
        for row in found.outside[:3]
    )
    message = (
        f"the record lies among simulated ones ({found.p:.1%} of them lie as far out)"
        if ok
        else "the theory does not produce such records: none of its draws resembles this one"
        + (f"; outside lie {named}" if named else " in all summaries together")
        + "; try a wider prior, another reporting model, or another theory"
    )
    return Gate("cloud", ok, found.p, LEVEL, message)


def prediction(found: Distance) -> Gate:
    """Whether records simulated from the posterior look like the record."""
    ok = found.p >= LEVEL
    named = ", ".join(str(row["summary"]) for row in found.outside[:3])
    message = (
        f"records simulated from the posterior look like the record ({found.p:.1%} of them lie as far out)"
        if ok
        else "records simulated from the posterior do not look like the record"
        + (f" ({named})" if named else "")
        + ": the theory with this reporting model misfits, or too few draws lie near the record (try more draws, or "
        "a narrower prior)"
    )
    return Gate("prediction", ok, found.p, LEVEL, message)


def disagreement(one: Margins, other: Margins) -> Floats:
    """The distance between two methods' medians for each record, in wider spreads; the largest over targets."""

    def middle(m: Margins) -> tuple[Floats, Floats]:
        mean = (m.weights * m.means).sum(axis=-1)
        variance = (m.weights * (m.sds**2 + m.means**2)).sum(axis=-1) - mean**2
        return mean, np.sqrt(np.maximum(variance, 1e-12))

    (m1, s1), (m2, s2) = middle(one), middle(other)
    return (np.abs(m1 - m2) / np.maximum(s1, s2)).max(axis=1)


def agreement(here: float, elsewhere: Floats) -> Gate:
    """Whether two methods agree about the record as well as about held-out draws, or differ by less than `SHIFT`."""
    p = float((1 + (elsewhere >= here).sum()) / (1 + len(elsewhere)))
    ok = p > max(LEVEL, 1 / (1 + len(elsewhere))) or here < SHIFT  # with few draws: farther apart than in all of them
    message = (
        f"network and regression ABC agree (apart by {here:.2f} of the wider spread; p {p:.2g})"
        if ok
        else f"network and regression ABC disagree about this record by {here:.1f} spreads (p {p:.2g}){_MORE_DRAWS}"
    )
    return Gate("agreement", ok, here, float(np.quantile(elsewhere, 1 - LEVEL)), message)


def budget(half: Floats, full: Floats) -> Gate:
    """Whether the learning curve is flat: log scores of held-out draws over the prior, [draws, targets] each."""
    gain = full - half
    targets = gain.shape[1]
    mean = float(gain.mean())
    se = float(gain.mean(axis=1).std(ddof=1) / np.sqrt(len(gain)))
    limit = max(FLAT, FLAT_SHARE * float(full.mean()))
    ok = mean - 2 * se < limit
    message = f"the second half of the draws added {mean * targets:+.2f} nats in all to {full.mean() * targets:.2f}" + (
        "" if ok else "; the learning curve is not flat: use twice as many draws"
    )
    return Gate("budget", ok, mean, limit, message)


def failed(gates: Sequence[Gate]) -> list[Gate]:
    """Those that did not pass."""
    return [gate for gate in gates if not gate.passed]


__all__ = [
    "LEVEL", "Gate", "agreement", "budget", "cloud", "coverage", "disagreement", "failed", "local", "prediction",
    "ranks",
]  # fmt: skip
