"""Verdicts as results: typed, frozen, written once to JSON and to tables, and read by the dossier."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import polars as pl

from groundswell.claims.claim import Claim, Outcome, RecordTest, Scenario, classify
from groundswell.claims.decide import Option
from groundswell.claims.fitted import FittedOdds
from groundswell.claims.pooled import PooledTests
from groundswell.claims.stated import StatedVerdict
from groundswell.estimators.core import Estimate
from groundswell.results import Result

FORMAT = 2
"""Of verdicts.json."""
DECIDED = ("supported", "contradicted")
"""The verdicts that decide a claim."""
WORDS = (*DECIDED, "balanced", "undecidable by design", "model misfits", "not tested")
"""The verdicts, in the order of every table."""


@dataclass(frozen=True)
class Predicted(Result):
    """What one account predicts for a claim's estimand: mean over draws, with the 5% and 95% points.

    `share_as_claimed` is the share of the `n` valid draws in which the estimand lies where the claim puts it.
    """

    estimand: str
    unit: str
    mean: float | None
    low: float | None
    high: float | None
    share_as_claimed: float | None
    n: int


@dataclass(frozen=True)
class ChannelEffect(Result):
    """The effect through one channel under one account: mean over draws, with the 5% and 95% points."""

    channel: str
    account: str
    unit: str
    mean: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class CurveLine(Result):
    """One account's mean effect by step, with the 5% and 95% points over draws."""

    name: str
    x: tuple[int, ...]
    y: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class CurveShown(Result):
    """An effect curve of the theory, one line for each account."""

    title: str
    x: str
    y: str
    series: tuple[CurveLine, ...]


@dataclass(frozen=True)
class ScenarioShares(Result):
    """The frequency of each class of outcome in the n records simulated under one scenario.

    `fit` is the two-sided p-value of the record's estimate among those of the scenario.
    """

    name: str
    side: str
    n: int
    supports: float
    against: float
    silent: float
    fit: float


@dataclass(frozen=True)
class Power(Result):
    """The frequency of each class of outcome under the claim's own scenarios, and under all of them."""

    asserting: str
    denying: str
    n: int
    supports: Mapping[str, float]
    against: Mapping[str, float]
    silent: Mapping[str, float]
    scenarios: tuple[ScenarioShares, ...]


@dataclass(frozen=True)
class RecordVerdict(Result):
    """What one record says about a claim.

    Parameters
    ----------
    record, title, citation, estimator : the test, in words.
    estimate : of the record; None where the estimator cannot answer from it.
    outcome : the class of the estimate.
    power, simulated : classes and values of the simulated records, by scenario.
    weight, weight_error : of the evidence, and the Monte Carlo standard error of its logarithm.
    reach : before the record is read, the share of records simulated under the claim that would support it, and the
        share of those simulated under its denial that would contradict it.
    explained_by : the scenario that accounts for the estimate best; "neither account" if none produces such records.
    fitted : odds of claim, accounts and rivals, where the test is by fits.
    options : records that could replace this one, and what they would show.
    verdict, reason : on the claim, by this record alone.
    part, estimand, placebo : of the test's plan.
    q : false discovery rate at which the estimate would be called nonzero, among all tests (Benjamini & Hochberg).
    """

    record: str
    title: str
    citation: str
    estimator: str
    estimate: Estimate | None
    outcome: Outcome
    power: Power | None
    weight: float | None
    verdict: str
    reason: str
    simulated: Mapping[str, Sequence[float]]
    curves: tuple[CurveShown, ...] = ()
    weight_error: float | None = None
    reach: Mapping[str, float] = field(default_factory=dict)
    explained_by: str | None = None
    part: str = ""
    estimand: str = ""
    placebo: str = ""
    q: float | None = None
    fitted: FittedOdds | None = None
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Again(Result):
    """A claim judged again under a change that should not matter.

    `verdict` is None if the change cannot be made, and `why` gives the reason; `weight` is that of the surest test.
    """

    change: str
    verdict: str | None
    weight: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Robustness(Result):
    """Whether a verdict withstands changes that should not matter.

    `word` is "robust" (the same verdict under every change that could be made), "fragile" (the opposite verdict under
    one, or a different one under at least half of them) or "shifted" (anything else); None if no change was possible.
    """

    word: str | None
    again: tuple[Again, ...]


@dataclass(frozen=True)
class ClaimVerdict(Result):
    """The verdict on one claim, with its full basis.

    `error` is the probability that the verdict is wrong, both answers being equally probable beforehand; None if
    nothing is decided. `holds` says whether the verdict holds among all claims tested (`adjusted`).
    `robustness` is None if the study did not ask for it.
    """

    claim: str
    account: str
    text: str
    term: str
    estimand: str
    verdict: str
    reason: str
    predictions: Mapping[str, Predicted]
    closed: tuple[ChannelEffect, ...]
    curves: tuple[CurveShown, ...]
    tests: tuple[RecordVerdict, ...]
    notes: tuple[str, ...]
    references: tuple[str, ...]
    pooled: tuple[PooledTests, ...] = ()
    error: float | None = None
    holds: bool | None = None
    robustness: Robustness | None = None

    derived: ClassVar[tuple[str, ...]] = ()


@dataclass(frozen=True)
class Verdicts(Result):
    """The verdicts of a study: the content of verdicts.json, and the tables behind it.

    Parameters
    ----------
    verdicts : on the claims that were tested on records.
    stated : on the claims that were judged on the study's own twins, one for each account.
    counts : of `verdicts`, by word.
    no_source : parameters without a source.
    data : the records that were read, with citation, licence and SHA-256.
    would_decide : for every open claim, a ranked list of records that could be used.
    tables : by name.
    """

    format: int
    study: str
    title: str
    seed: int
    version: str
    answer: str | None
    verdicts: tuple[ClaimVerdict, ...]
    counts: Mapping[str, int]
    stated: tuple[StatedVerdict, ...]
    limits: tuple[str, ...]
    no_source: tuple[Mapping[str, str], ...]
    method: tuple[str, ...]
    references: tuple[str, ...]
    data: tuple[Mapping[str, Any], ...]
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    would_decide: tuple[Option, ...] = ()

    left_out = ("tables",)

    def of(self, claim: str) -> ClaimVerdict:
        """The verdict on one claim, by its id."""
        return next(v for v in self.verdicts if v.claim == claim)

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """One row for each claim and record that was used; one row for a claim without a usable record."""
        rows = []
        for v in self.verdicts:
            head = {"claim": v.claim, "account": v.account, "verdict": v.verdict}
            if not v.tests:
                rows.append(head | {"reason": v.reason})
            for t in v.tests:
                numbers = {k: None if t.estimate is None else getattr(t.estimate, k) for k in _NUMBERS}
                words = {
                    "record": t.record,
                    "outcome": t.outcome,
                    "weight": t.weight,
                    "weight_error": t.weight_error,
                    "reason": t.reason,
                }
                words |= {
                    "reach_supported": t.reach.get("supported"),
                    "reach_contradicted": t.reach.get("contradicted"),
                }
                words |= {"explained_by": t.explained_by, "q": t.q, "n": None if t.estimate is None else t.estimate.n}
                rows.append(head | numbers | words | {"test_verdict": t.verdict})
        return rows

    def to_frame(self) -> pl.DataFrame:
        """The table `rows`, with its columns in a fixed order."""
        return pl.DataFrame(list(self.rows()), schema=_VERDICT_SCHEMA)


ERROR = 0.05
"""Largest expected share of wrong verdicts among those that decide, over all claims of a study."""


def adjusted(verdicts: Sequence[ClaimVerdict]) -> list[ClaimVerdict]:
    """The verdicts, each with its error and whether it holds among all of them, however many claims are tested.

    With equal prior odds, a weight w in favour is wrong with probability 1 / (1 + w). From the surest on, verdicts
    hold while the mean of these stays within `ERROR`: an expected 5% at most of those that hold are wrong (Bayesian
    false discovery rate: Muller, Parmigiani & Rice 2007, Bayesian Statistics 8, 349-370).
    """
    decided = {i: error for i, v in enumerate(verdicts) if (error := _error(v)) is not None}
    kept, total = set(), 0.0
    for n, i in enumerate(sorted(decided, key=lambda i: (decided[i], i)), start=1):
        total += decided[i]
        if total / n <= ERROR:
            kept.add(i)
    return [replace(v, error=decided[i], holds=i in kept) if i in decided else v for i, v in enumerate(verdicts)]


def _error(v: ClaimVerdict) -> float | None:
    """The probability that a verdict is wrong, by the surest of the tests that decide it."""
    if v.verdict not in DECIDED:
        return None
    weights = [t.weight for t in v.tests if t.verdict == v.verdict and t.weight is not None]
    sure = [w if v.verdict == "supported" else 1 / max(w, 1e-12) for w in weights]
    return 1 / (1 + max(sure)) if sure else 0.5


def count(verdicts: Sequence[ClaimVerdict]) -> dict[str, int]:
    """The number of verdicts by word."""
    return {word: sum(v.verdict == word for v in verdicts) for word in WORDS}


# -- tables ------------------------------------------------------------------------------------------------------------

_NUMBERS = ("value", "low", "high", "p")
_VERDICT_SCHEMA = {
    "claim": pl.String, "account": pl.String, "verdict": pl.String, "record": pl.String, "test_verdict": pl.String,
    "outcome": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "p": pl.Float64,
    "weight": pl.Float64, "weight_error": pl.Float64, "reach_supported": pl.Float64, "reach_contradicted": pl.Float64,
    "explained_by": pl.String, "reason": pl.String, "q": pl.Float64, "n": pl.Int64,
}  # fmt: skip
SIMULATED_SCHEMA = {
    "claim": pl.String, "record": pl.String, "scenario": pl.String, "account": pl.String, "draw": pl.Int64,
    "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "p": pl.Float64, "outcome": pl.String,
}  # fmt: skip


def simulated_row(
    claim: Claim, test: RecordTest, scenario: Scenario, account: str, draw: int, x: Estimate | None
) -> dict[str, Any]:
    """The row of one estimate from one simulated record."""
    row: dict[str, Any] = {
        "claim": claim.id, "record": test.record, "scenario": scenario.name, "account": account, "draw": draw,
    }  # fmt: skip
    if x is None:
        return row | {"value": None, "low": None, "high": None, "p": None, "outcome": "not estimable"}
    numbers = {k: y if y is not None and math.isfinite(y) else None for k in _NUMBERS for y in [getattr(x, k)]}
    return row | numbers | {"outcome": classify(x, test.says, test.margin)}
