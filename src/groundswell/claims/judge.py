"""Judges one claim: what each account predicts, what the record says, and whether the record could have told.

A test of a claim applies one estimator to the record and to records simulated under a scenario that asserts the claim
and one that denies it. Each result is put in one of three classes: it *supports* the claim (the interval lies where
the claim puts it), speaks *against* it, or is *silent*. The weight of evidence is how much more probable the class
that was observed is where the claim holds than where it does not:

    weight = P(class | asserting) / P(class | denying), each estimated by (k + 1/2) / (n + 3/2) from n records.

Supported needs an estimate that supports and a weight of at least 3 against *every* denying scenario (among them, for
claims of an effect, acts that follow the tide without effect: Bueno de Mesquita 2010). Contradicted needs an estimate
that does not support and a weight of at most 1/3 for *every* asserting scenario; silence counts only at a power of 80%.
A class that neither side expects (below 10% in both) decides nothing, since then the model, not the claim, is in
doubt. Where an estimator's checks fail on the record there is no verdict.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundswell.claims.claim import Claim, Outcome, RecordTest, Scenario, as_claimed, classify
from groundswell.claims.verdicts import (
    ChannelEffect,
    ClaimVerdict,
    CurveLine,
    CurveShown,
    Power,
    Predicted,
    RecordVerdict,
    ScenarioShares,
    simulated_row,
)
from groundswell.draws import derive_seed
from groundswell.errors import EstimationError, RecordError, StudyError
from groundswell.estimators.core import Estimate
from groundswell.experiment.study import Study
from groundswell.records.cases.library import cases
from groundswell.records.registry import find_data

WEIGHT = 3.0  # "positive" evidence on the scale of Kass & Raftery (1995)
POWER = 0.8  # the usual demand on a test whose silence is to count
EXPECTED = 0.1  # a class of outcome below this under both scenarios is one that the model does not account for
CLASSES: tuple[Outcome, ...] = ("supports", "against", "silent")
_ENOUGH = 8  # draws from which a prediction that is zero in all of them is one of nothing


# -- one claim -------------------------------------------------------------------------------------------------------


def judge(
    claim: Claim, runs: Any, study: Study, accounts: Sequence[str], simulated: list[dict[str, Any]]
) -> ClaimVerdict:
    """Put one claim to its records.

    Parameters
    ----------
    runs : what the register made of its simulations.
    accounts : of the theory, for the predictions.
    simulated : one row for each estimate from a simulated record is appended.

    Raises
    ------
    StudyError : the claim asks the simulations for what they do not have, or predicts the same as its negation.
    """
    try:
        tests, refused = [], []
        for test in claim.tests:
            missing = missing_record(test, study)
            if missing:
                refused.append(missing)
            else:
                tests.append(_test(claim, test, runs, study, simulated))
        verdict, reason = combine(claim, tests, refused)
        return ClaimVerdict(
            claim=claim.id,
            account=claim.account,
            text=claim.text,
            term=claim.term,
            estimand=claim.estimand,
            verdict=verdict,
            reason=reason,
            predictions=_predictions(claim, runs, accounts),
            closed=tuple(
                ChannelEffect(c.name, a, c.unit, *_spread(c.compute(runs, a))) for c in claim.closed for a in accounts
            ),
            curves=_curves(claim, runs, accounts),
            tests=tuple(tests),
            notes=claim.notes,
            references=claim.references,
        )
    except StudyError as error:
        raise StudyError(
            f"claim {claim.id}: {error.given}", expected=error.expected, why=error.why, instead=error.instead
        ) from error


def missing_record(test: RecordTest, study: Study) -> str:
    """Why a test cannot be run here, or nothing."""
    wanted = study.adjudication.records
    known = [r for r in test.record.split(" + ") if r in cases()]
    if wanted != "all" and any(c not in wanted for c in known):
        return f"the study leaves out the case {', '.join(c for c in known if c not in wanted)}"
    for name in test.data:
        if wanted != "all" and name not in wanted:
            return f"the study leaves out the record {name}"
        try:
            find_data(name)
        except RecordError:
            return f"the record {name} is not on this machine (set GROUNDSWELL_DATA)"
    return ""


def combine(claim: Claim, tests: Sequence[RecordVerdict], refused: Sequence[str]) -> tuple[str, str]:
    """The verdict of a claim from those of its tests.

    Tests that decide must agree. Where the tests are of parts that the claim joins by "and", one contradicted part
    contradicts the claim, and support needs every part.
    """
    if not tests:
        return "not tested", f"Not tested, because {claim.untested or '; '.join(dict.fromkeys(refused))}."
    said = [t.verdict for t in tests]
    decided = set(said) - {"undetermined"}
    if claim.conjunction and "contradicted" in decided:
        verdict = "contradicted"
    elif len(decided) == 1 and not (claim.conjunction and len(set(said)) > 1):
        verdict = decided.pop()
    else:
        verdict = "undetermined"
    if len(tests) == 1:
        return verdict, tests[0].reason + "."
    return verdict, " ".join(f"{t.title}: {t.verdict}. {t.reason}." for t in tests)


def _spread(values: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """Mean, 5% and 95% point of the draws that are finite."""
    good = values[np.isfinite(values)]
    if not good.size:
        return None, None, None
    low, high = np.quantile(good, [0.05, 0.95])
    return float(good.mean()), float(low), float(high)


def _predictions(claim: Claim, runs: Any, accounts: Sequence[str]) -> dict[str, Predicted]:
    asked = claim.prediction
    if asked is None:
        return {}
    values = {account: asked.compute(runs, account) for account in accounts}
    if asked.says != "none" and sum(x.size for x in values.values()) >= _ENOUGH:
        negated = {
            a: np.zeros_like(x) if asked.negation is None else asked.negation(runs, a) for a, x in values.items()
        }
        if all(np.array_equal(values[a], negated[a], equal_nan=True) for a in values):
            raise StudyError(
                f"the prediction ({asked.estimand}) equals its own negation in every draw",
                expected="a prediction that differs from it in some draw",
                why="a claim that predicts nothing cannot be judged",
            )
    return {
        a: Predicted(
            asked.estimand, asked.unit, *_spread(x), _number(as_claimed(x, asked.says)), int(np.isfinite(x).sum())
        )
        for a, x in values.items()
    }


def _curves(claim: Claim, runs: Any, accounts: Sequence[str]) -> tuple[CurveShown, ...]:
    if claim.curve is None:
        return ()
    series = []
    for account in accounts:
        values = claim.curve.compute(runs, account)
        values = values[np.isfinite(values).all(axis=1)]
        if not len(values):
            continue
        low, high = np.quantile(values, [0.05, 0.95], axis=0)
        steps = tuple(range(claim.curve.first, claim.curve.first + values.shape[1]))
        series.append(CurveLine(account, steps, _round(values.mean(axis=0)), _round(low), _round(high)))
    return (CurveShown(claim.curve.title, claim.curve.x, claim.curve.y, tuple(series)),)


def _round(values: np.ndarray) -> tuple[float, ...]:
    return tuple(_six(x) for x in values)


def _number(x: float | None) -> float | None:
    return None if x is None or not math.isfinite(x) else float(x)


# -- one test --------------------------------------------------------------------------------------------------------


def _test(claim: Claim, test: RecordTest, runs: Any, study: Study, simulated: list[dict[str, Any]]) -> RecordVerdict:
    seed = derive_seed(study.table.seed, "test", claim.id, test.record) % 2**31
    about = (test.record, test.title, test.citation, test.estimator)
    try:
        estimate = test.observe(seed)
    except EstimationError as error:
        reason = f"The estimator cannot answer from this record: {error}"
        return RecordVerdict(*about, None, "silent", None, None, "undetermined", reason, None, {})
    outcome = classify(estimate, test.says, test.margin)
    sides: list[tuple[str, Scenario, Expected]] = []
    values: dict[str, list[float]] = {}
    for side, scenarios in (("asserting", test.asserting), ("denying", test.denying)):
        for scenario in scenarios:
            got = _simulated(claim, test, scenario, runs, study)
            sides.append((side, scenario, expected(test, got)))
            values[scenario.name] = [
                _six(x.value) for _, _, x in got if x and x.value is not None and math.isfinite(x.value)
            ]
            simulated.extend(simulated_row(claim, test, scenario, account, draw, x) for account, draw, x in got)
    asserting = [e for side, _, e in sides if side == "asserting"]
    denying = [e for side, _, e in sides if side == "denying"]
    ruling = rule(test, estimate, outcome, asserting, denying)
    power = Power(
        asserting=test.asserting[0].name,
        denying=test.denying[0].name,
        n=min(asserting[0].n, denying[0].n),
        **{c: {"asserting": asserting[0].share[c], "denying": denying[0].share[c]} for c in CLASSES},
        scenarios=tuple(ScenarioShares(s.name, side, e.n, **e.share) for side, s, e in sides),
    )
    needed = _data_needed(test, asserting[0])
    return RecordVerdict(*about, estimate, outcome, power, ruling.weight, ruling.verdict, ruling.reason, needed, values)


@dataclass(frozen=True)
class Expected:
    """How often each class of outcome is seen in the records simulated under one scenario."""

    n: int
    share: dict[str, float]
    z: tuple[float, ...]  # estimates in units of their standard error, in the direction of the claim

    def chance(self, outcome: Outcome) -> float:
        """The probability of a class, estimated so that what was never seen is not held impossible."""
        return (self.share[outcome] * self.n + 0.5) / (self.n + 1.5)


@dataclass(frozen=True)
class Ruling:
    verdict: str
    weight: float
    reason: str


def expected(test: RecordTest, got: Sequence[tuple[str, int, Estimate | None]]) -> Expected:
    classes = ["silent" if x is None else classify(x, test.says, test.margin) for _, _, x in got]
    z = []
    for _, _, x in got:
        if x is None or x.value is None or x.low is None or x.high is None:
            continue
        if math.isfinite(x.value) and math.isfinite(x.high - x.low) and x.high > x.low:
            signed = abs(x.value) if test.says == "either" else -x.value if test.says == "below" else x.value
            z.append(signed / ((x.high - x.low) / 3.92))  # a 95% interval is 3.92 standard errors wide
    return Expected(len(got), {c: classes.count(c) / len(got) for c in CLASSES}, tuple(z))


def _simulated(
    claim: Claim, test: RecordTest, scenario: Scenario, runs: Any, study: Study
) -> list[tuple[str, int, Estimate | None]]:
    """The estimator on records simulated under a scenario: (account, draw, estimate or None where it cannot answer)."""
    draws = min(study.adjudication.draws, test.draws or study.adjudication.draws)
    out: list[tuple[str, int, Estimate | None]] = []
    for account in scenario.accounts:
        for draw in range(draws):
            rng = np.random.default_rng(
                derive_seed(study.table.seed, claim.id, test.record, scenario.name, account, draw)
            )
            try:
                out.append((account, draw, test.simulate(runs, account, draw, scenario, rng)))
            except EstimationError:
                out.append((account, draw, None))
    return out


def rule(
    test: RecordTest, estimate: Estimate, outcome: Outcome, asserting: Sequence[Expected], denying: Sequence[Expected]
) -> Ruling:
    """The verdict of one test: support stands against every denying scenario, contradiction against every asserting."""
    said = {
        "supports": "The record's estimate lies where the claim puts it",
        "against": "The record's estimate lies opposite to the claim",
        "silent": "The record's estimate cannot be told from no effect",
    }[outcome]
    if outcome == "supports":
        a = 0
        d = max(range(len(denying)), key=lambda k: denying[k].chance(outcome))
    else:
        d = 0
        a = max(range(len(asserting)), key=lambda k: asserting[k].chance(outcome))
    yes, no = asserting[a].chance(outcome), denying[d].chance(outcome)
    weight = yes / no
    odds = (
        f"{asserting[a].share[outcome]:.0%} of simulated records do so under {test.asserting[a].name}, "
        f"{denying[d].share[outcome]:.0%} under {test.denying[d].name}"
    )
    if not estimate.passed:
        failed = ", ".join(_failed(estimate.checks)) or "a condition of the estimator"
        return Ruling("undetermined", weight, f"No verdict: the estimator's checks fail on this record ({failed})")
    if max(yes, no) < EXPECTED:
        doubt = "the model is in doubt here, not the claim"
        return Ruling("undetermined", weight, f"{said}, which neither side expects ({odds}): {doubt}")
    if outcome == "supports" and weight >= WEIGHT:
        return Ruling("supported", weight, f"{said}, and {odds}")
    # silence speaks only where the claim, if it held, would have been heard; and never against a claim of no effect
    heard = test.says != "none" and all(e.share["silent"] <= 1 - POWER for e in asserting)
    if weight <= 1 / WEIGHT and (outcome == "against" or (outcome == "silent" and heard)):
        return Ruling("contradicted", weight, f"{said}, while {odds}")
    return Ruling("undetermined", weight, f"{said}, but the record could not have told: {odds}")


def _six(x: float) -> float:
    """Six figures are enough for a plot, and keep the file small."""
    return float(f"{x:.6g}")


def _failed(checks: Mapping[str, object]) -> list[str]:
    """The names of the checks that say they failed, at any depth."""
    return [
        name
        for name, x in checks.items()
        if x is False or (isinstance(x, Mapping) and (x.get("passed") is False or _failed(x)))
    ]


def _data_needed(test: RecordTest, expected: Expected) -> str | None:
    """How much longer a record would need to be for 80% power, if errors shrink with the root of its length."""
    if expected.share["supports"] >= 0.8:
        return None
    if test.says in ("p", "none") or not expected.z:
        return "more records of this kind; the estimator gives no standard error to scale"
    typical = float(np.median(expected.z))
    if typical <= 0:
        return "no length would do: where the claim holds, this estimator typically points the other way or nowhere"
    factor = ((1.96 + 0.84) / typical) ** 2  # 5% two-sided, 80% power
    if factor <= 1:
        return "more of the same would add little: where power is lacking, the prior leaves the effect small"
    return f"a record about {factor:.1f} times as long" if factor < 1000 else "more than 1,000 times as long a record"
