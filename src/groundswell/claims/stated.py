"""Claims that a study states itself, judged on its own twins; for a theory of any form.

    d[i]     = mean over the claim's steps of (arm - against) in draw i, twins that share people, parameters and luck
    interval = mean(d) -+ t(0.975, n - 1) sd(d) / sqrt(n), over the n draws that did not fail
    rise: mean > margin;   fall: mean < -margin;   none: -margin <= mean <= margin

Supported: the whole interval lies where the claim puts the mean. Contradicted: all of it lies elsewhere. Otherwise
undetermined, with the number of draws that would decide it. Draws that all give the same effect have no spread for an
interval: if nothing can vary between draws, one of them is enough; otherwise an effect of zero needs `ALIKE` draws,
since a rare effect may have been missed, and any other effect needs six (a sign test at 5%).

A verdict concerns the theory as it was run here, not the world: no record is used.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from groundswell.calibrate.priors import prior_of
from groundswell.engine.worlds import Seed
from groundswell.experiment.ensemble import Ensemble
from groundswell.experiment.schema import StatedClaim
from groundswell.experiment.study import Study
from groundswell.results import Result
from groundswell.theory import Fixed

ALIKE = 59  # if all draws are alike, at most 5% of all possible draws differ (95% confidence): 0.95**59 < 0.05
_SIGNS = 6  # all of six draws on one side: 2 * 0.5**6 < 0.05
_SAYS = {"rise": "a rise", "fall": "a fall", "none": "no effect"}

Row = dict[str, Any]


@dataclass(frozen=True)
class StatedVerdict(Result):
    """The verdict on one claim without a record, under one account.

    Parameters
    ----------
    arm, against : the twins of `effect`.
    start, until : steps over which the effect is averaged; `start` is "from" in JSON and in tables.
    n, excluded : draws, and those in which a twin failed.
    mean, low, high : the mean effect over draws, with its 95% interval.
    share_as_stated : share of draws that lie where the claim puts the mean.
    detectable : the mean effect that this many draws with this spread show with a power of 80%.
    draws_needed : draws needed to show the mean found here, if the claim is undetermined.
    values : by draw.
    """

    claim: str
    account: str
    text: str
    effect: str
    arm: str
    against: str
    observable: str
    unit: str
    harm: bool
    expects: str
    margin: float
    start: int
    until: int
    n: int
    excluded: int
    values: tuple[float, ...]
    mean: float | None
    low: float | None
    high: float | None
    share_as_stated: float | None
    detectable: float | None
    verdict: str
    reason: str
    draws_needed: int | None

    def to_dict(self) -> dict[str, Any]:
        """As plain types for JSON; the first step is called "from", as in a study."""
        return {"from" if key == "start" else key: value for key, value in super().to_dict().items()}


def judge_stated(study: Study, ensemble: Ensemble) -> list[StatedVerdict]:
    """Judge every claim that a study states, for each of its accounts.

    Parameters
    ----------
    study : with its claims in `study.stated`.
    ensemble : its own.

    Returns
    -------
    list of StatedVerdict : claim by claim, account by account.
    """
    return [
        _judge(name, claim, account, study, ensemble)
        for name, claim in study.stated.items()
        for account in ensemble.design.accounts
    ]


def _judge(name: str, claim: StatedClaim, account: str, study: Study, ensemble: Ensemble) -> StatedVerdict:
    first, last = claim.steps(study.steps)
    series = ensemble.named_effect(account, claim.effect, claim.observable)
    values = series[:, first : last + 1].mean(axis=1)
    good = values[np.isfinite(values)]
    observable = study.theory.observables[claim.observable]
    arm, against = study.effects[claim.effect]
    numbers = _numbers(good, claim)
    return StatedVerdict(
        claim=name, account=account, text=claim.text, effect=claim.effect, arm=arm, against=against,
        observable=claim.observable, unit=observable.unit, harm=observable.harm, expects=claim.expects,
        margin=claim.margin, start=first, until=last, n=int(good.size), excluded=int(values.size - good.size),
        values=tuple(float(x) for x in good), **numbers,
        **_rule(good, numbers, claim, _draws_vary(study, ensemble, account)),
    )  # fmt: skip


def _numbers(values: NDArray[np.float64], claim: StatedClaim) -> Row:
    n = values.size
    if n == 0:
        return dict.fromkeys(("mean", "low", "high", "share_as_stated", "detectable"))
    mean = float(values.mean())
    found: Row = {"mean": mean, "share_as_stated": float(np.mean([_holds(x, x, claim) for x in values]))}
    if np.ptp(values) == 0:
        return found | {"mean": float(values[0]), "low": float(values[0]), "high": float(values[0]), "detectable": None}
    error = float(values.std(ddof=1)) / math.sqrt(n)
    half = float(stats.t.ppf(0.975, n - 1)) * error
    return found | {
        "low": mean - half,
        "high": mean + half,
        "detectable": half + float(stats.t.ppf(0.8, n - 1)) * error,
    }


def _holds(low: float, high: float, claim: StatedClaim) -> bool:
    """Whether all of an interval lies where the claim puts the mean."""
    if claim.expects == "rise":
        return low > claim.margin
    if claim.expects == "fall":
        return high < -claim.margin
    return -claim.margin <= low and high <= claim.margin


def _fails(low: float, high: float, claim: StatedClaim) -> bool:
    """Whether all of an interval lies elsewhere."""
    if claim.expects == "rise":
        return high <= claim.margin
    if claim.expects == "fall":
        return low >= -claim.margin
    return low > claim.margin or high < -claim.margin


def _rule(values: NDArray[np.float64], numbers: Row, claim: StatedClaim, vary: bool) -> Row:
    n, low, high = values.size, numbers["low"], numbers["high"]

    def verdict(word: str, reason: str, needed: int | None = None) -> Row:
        return {"verdict": word, "reason": reason, "draws_needed": needed}

    if n == 0:
        return verdict("undetermined", "In every draw one of the twins failed")
    says = _SAYS[claim.expects] + (f" {_beyond(claim)}" if claim.margin else "")
    decided = (
        "supported" if _holds(low, high, claim) else "contradicted" if _fails(low, high, claim) else "undetermined"
    )
    if low == high:
        least = 1 if not vary else _SIGNS if values[0] != 0 else ALIKE
        if n < least:
            if n == 1:
                return verdict("undetermined", "One draw has no spread to judge by", 2)
            rare = 1 - 0.05 ** (1 / n)
            alike = f"All {n} draws gave the same effect; up to {rare:.0%} of all draws may give another"
            return verdict("undetermined", alike, least)
        alike = f"All {n} draws gave the same effect" if n > 1 else "The one draw gave this effect"
        why = "" if vary else ", and nothing varies between the draws of this study"
        return verdict(decided, f"{alike}{why}; the claim expects {says}")
    if decided == "supported":
        return verdict(decided, f"The whole interval of the mean effect lies where the claim expects it: {says}")
    if decided == "contradicted":
        return verdict(decided, f"The claim expects {says}, and no part of the interval of the mean effect lies there")
    needed = _needed(values, numbers["mean"], claim)
    reason = f"The interval of the mean effect lies partly where the claim expects {says}, and partly not"
    return verdict("undetermined", reason, needed)


def _beyond(claim: StatedClaim) -> str:
    return f"{'within' if claim.expects == 'none' else 'of more than'} {claim.margin:g}"


def _needed(values: NDArray[np.float64], mean: float, claim: StatedClaim) -> int | None:
    """Draws at which a mean effect of the size found here would be decided with a power of 80%."""
    edges = {"rise": [claim.margin], "fall": [-claim.margin], "none": [-claim.margin, claim.margin]}[claim.expects]
    distance = min(abs(mean - edge) for edge in edges)
    if distance == 0:
        return None
    needed = ((1.96 + 0.84) * float(values.std(ddof=1)) / distance) ** 2  # 5% two-sided, 80% power
    return max(values.size + 1, math.ceil(needed)) if needed < 1e9 else None


def _draws_vary(study: Study, ensemble: Ensemble, account: str) -> bool:
    """Whether anything can differ between the draws of an account: parameters, or luck in the steps."""
    theory, sets, held = study.theory, ensemble.parameters(account), ensemble.design.params
    believed = [prior_of(theory, ensemble.design.accounts[account], name) for name in theory.params if name not in held]
    drawn = any(not isinstance(prior, Fixed) for prior in believed) or any(values != sets[0] for values in sets)
    luck = bool(theory.streams) or any(x.startswith("initial:") for x in theory.initial_streams())
    seeds = any(isinstance(x, Seed) for arm in study.arms.values() for x in arm.interventions)
    in_turn = theory.order != "together"
    return drawn or luck or seeds or in_turn


def stated_answer(rows: Sequence[StatedVerdict]) -> str:
    """A paragraph that sums up the verdicts and says what they are about."""
    words = ("supported", "contradicted", "undetermined")
    counts = {word: sum(row.verdict == word for row in rows) for word in words}
    accounts = len({row.account for row in rows})
    claims = len({row.claim for row in rows})
    made = "the one claim" if claims == 1 else f"the {claims} claims"
    each = f" (each judged under {accounts} accounts)" if accounts > 1 else ""
    tally = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return (
        f"Of {made} that this study states about its own twins{each}: {tally}. They say how the theory behaved in "
        "this run, and nothing about the world: they were tested on no record."
    )


STATED_METHOD = (
    "Claims that the study states are judged on its own twins: two runs of one draw with the same people, parameters "
    "and random draws, which differ only in what the arms state. The effect is averaged over the claim's steps, and "
    "its mean over draws has a 95% interval (Student's t). Supported: the whole interval lies where the claim puts "
    "the mean; contradicted: none of it does; otherwise undetermined. Each is given with what this number of draws "
    "could show: the mean effect that this many draws with this spread would show in 80% of studies."
)
STATED_LIMIT = (
    "All draws share one population: the intervals of the stated claims do not include what another would show."
)

_SCHEMA = {
    "claim": pl.String, "account": pl.String, "effect": pl.String, "observable": pl.String, "expects": pl.String,
    "margin": pl.Float64, "from": pl.Int64, "until": pl.Int64, "n": pl.Int64, "excluded": pl.Int64, "mean": pl.Float64,
    "low": pl.Float64, "high": pl.Float64, "share_as_stated": pl.Float64, "detectable": pl.Float64,
    "draws_needed": pl.Int64, "verdict": pl.String, "reason": pl.String,
}  # fmt: skip


def stated_table(rows: Sequence[StatedVerdict]) -> pl.DataFrame:
    """One row for each claim and account."""
    return pl.DataFrame([{key: row.to_dict()[key] for key in _SCHEMA} for row in rows], schema=_SCHEMA)
