"""Judgement of one claim: what each account predicts, what the record says, and whether it could have decided.

A test of a claim applies one estimator to the record and to records simulated under scenarios that assert the claim and
scenarios that deny it. The weight of evidence is the density of the record's estimate under the best asserting scenario
over that under the best denying one (`groundswell.claims.weighing`), with its Monte Carlo error.

Before the record is read, each simulated estimate is judged as if it were the record's, which shows which outcomes
could decide.

`groundswell.claims.ruling` defines the verdicts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from groundswell.claims.claim import SHARED, Claim, Outcome, RecordTest, Scenario, as_claimed, classify
from groundswell.claims.decide import Option, Simulated, options_of
from groundswell.claims.fitted import NEITHER, FittedTest, judge_fits
from groundswell.claims.pooled import pool_parts, pool_tests
from groundswell.claims.ruling import REACH, WEIGHT, Plan, Rows, rule
from groundswell.claims.verdicts import (
    DECIDED,
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
from groundswell.claims.weighing import SURE, statistic
from groundswell.draws import derive_seed
from groundswell.errors import EstimationError, RecordError, StudyError
from groundswell.estimators.core import Estimate
from groundswell.experiment.ensemble import Progress
from groundswell.experiment.study import Study
from groundswell.records.cases.library import cases
from groundswell.records.registry import find_data

CLASSES: tuple[Outcome, ...] = ("supports", "against", "silent")
_ENOUGH = 59  # if all draws are alike, at most 5% of all possible draws differ (95% confidence): 0.95**59 < 0.05


# -- one claim -------------------------------------------------------------------------------------------------------


def judge(
    claim: Claim,
    runs: Any,
    study: Study,
    accounts: Sequence[str],
    simulated: list[dict[str, Any]],
    *,
    memo: dict[Any, Any] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> ClaimVerdict:
    """Test one claim on its records.

    Parameters
    ----------
    runs : what the register made of its simulations.
    accounts : of the theory, for the predictions.
    simulated : one row for each estimate from a simulated record is appended.
    memo : keeps what fits have learnt for other claims about the same effect.
    threads, progress : of fits.

    Raises
    ------
    StudyError : the simulations lack something that the claim needs, or it predicts the same as its negation.
    """
    try:
        tests, refused, notes = [], [], []
        for test in claim.tests:
            missing = missing_record(test, study)
            if missing:
                refused.append(missing)
                continue
            try:
                if isinstance(test, FittedTest):
                    tests.append(_fitted(test, study, memo, threads, progress))
                    continue
                tests.append(_test(claim, test, runs, study, simulated, notes))
            except RecordError as error:
                refused.append(f"the record {test.record} cannot be used: {error.given} (expected: {error.expected})")
        verdict, reason = combine(claim, tests, refused)
        predictions = _predictions(claim, runs, accounts)
        return ClaimVerdict(
            claim=claim.id,
            account=claim.account,
            text=claim.text,
            term=claim.term,
            estimand=claim.estimand,
            verdict=verdict,
            reason=reason,
            predictions=predictions,
            closed=tuple(
                ChannelEffect(c.name, a, c.unit, *_spread(c.compute(runs, a))) for c in claim.closed for a in accounts
            ),
            curves=_curves(claim, runs, accounts),
            tests=tuple(tests),
            pooled=pool_parts(tests) if claim.conjunction else tuple(p for p in [pool_tests(tests)] if p),
            notes=(*_unexpected(claim, predictions), *notes, *claim.notes),
            references=claim.references,
        )
    except StudyError as error:
        raise error.at(f"claim {claim.id}", StudyError) from error


def missing_record(test: RecordTest | FittedTest, study: Study) -> str:
    """Why a test cannot be run here, or nothing."""
    wanted = study.adjudication.records
    asks, named = study.adjudication.asks, {*test.data, *test.record.split(" + ")}
    if asks != "all" and not named & set(asks):
        return f"the study does not use {', '.join(sorted(named))}"
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

    Tests that decide must agree, or the evidence is balanced. It is also balanced if a claim is contradicted only by
    silence, in a record in which the theory expects more, while the estimate of another sound test supports it. If
    the tests concern parts that the claim joins by "and", one contradicted part contradicts the claim, and support
    needs every part, including those without a record.
    """
    if not tests:
        return "not tested", f"Not tested, because {claim.untested or '; '.join(dict.fromkeys(refused))}."
    refused = [*refused, *(f"no record bears on this part: {part}" for part in claim.without_record)]
    groups = _parts(tests) if claim.conjunction else [list(tests)]
    said = [_word_of_part(group) for group in groups] if claim.conjunction else [t.verdict for t in tests]
    if not claim.conjunction and _only_by_size(tests):
        said = ["balanced"]
    decided = {word for word in said if word in DECIDED}
    if claim.conjunction and "contradicted" in decided:
        verdict = "contradicted"
    elif len(decided) == 1 and not (claim.conjunction and (refused or len(set(said)) > 1)):
        verdict = decided.pop()
    elif decided:
        verdict = "balanced"
    else:
        verdict = _open(said)
    details = [tests[0].reason + "."] if len(tests) + len(refused) == 1 else []
    details = details or [f"{t.title}: {t.verdict}. {t.reason}." for t in tests]
    if refused:
        details.append(f"Not tested: {'; '.join(dict.fromkeys(refused))}.")
    if any(_only_by_size(group) for group in groups):
        details.append("Only silence where more is expected contradicts the claim, and another record supports it.")
    return verdict, " ".join(details)


def _only_by_size(tests: Sequence[RecordVerdict]) -> bool:
    """Whether a claim is decided only by silence against it, while the estimate of another sound test supports it."""
    deciding = [t for t in tests if t.verdict in DECIDED]
    silent = bool(deciding) and all(t.verdict == "contradicted" and t.outcome == "silent" for t in deciding)
    return silent and any(t.outcome == "supports" and t.estimate is not None and t.estimate.passed for t in tests)


def _open(said: Sequence[str]) -> str:
    """The verdict of tests that decide nothing."""
    return next(word for word in ("balanced", "model misfits", "undecidable by design", "not tested") if word in said)


def _parts(tests: Sequence[RecordVerdict]) -> list[list[RecordVerdict]]:
    """The tests of each part of a conjunction; a test that names no part forms a part by itself."""
    groups: dict[str, list[RecordVerdict]] = {}
    for k, test in enumerate(tests):
        groups.setdefault(test.part or f"test {k}", []).append(test)
    return list(groups.values())


def _word_of_part(group: Sequence[RecordVerdict]) -> str:
    """The joint verdict of the tests of one part."""
    decided = {test.verdict for test in group if test.verdict in DECIDED}
    if len(decided) > 1 or _only_by_size(group):
        return "balanced"
    return decided.pop() if decided else _open([test.verdict for test in group])


def _spread(values: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """Mean, 5% point and 95% point of the finite draws."""
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


def _unexpected(claim: Claim, predictions: Mapping[str, Predicted]) -> tuple[str, ...]:
    """A note if the theory, under the account that makes a claim, does not predict it in most draws."""
    return tuple(
        f"Under {account}, which makes the claim, the theory puts the estimand where the claim does in {share:.0%} "
        "of draws only."
        for account, found in predictions.items()
        if claim.account in (account, SHARED) and (share := found.share_as_claimed) is not None and share < 0.5
    )


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


def _test(
    claim: Claim, test: RecordTest, runs: Any, study: Study, simulated: list[dict[str, Any]], notes: list[str]
) -> RecordVerdict:
    """The plan first: what simulated records would decide; then the record."""
    got = _got(claim, test, runs, study)
    for _, scenario, rows in got:
        simulated.extend(simulated_row(claim, test, scenario, account, draw, x) for account, draw, x in rows)
    plan = _plan(test, got)
    notes += [f"{test.title}: {plan.turned}."] if plan.turned else []
    about = (test.record, test.title, test.citation, test.estimator)
    try:
        estimate = test.observe(derive_seed(study.table.seed, "test", claim.id, test.record) % 2**31)
    except EstimationError as error:
        reason = f"The estimator cannot answer from this record: {error.given}; it needs {error.expected}"
        return RecordVerdict(
            *about, None, "silent", None, None, "not tested", reason, {}, reach=plan.reach, **_stated_plan(test)
        )
    outcome = classify(estimate, test.says, test.margin)
    weighed = plan.scales.weigh(statistic(estimate, test.says))
    ruling = rule(test, estimate, outcome, weighed, plan, None if test.unlike is None else test.unlike(runs))
    shares = [_shares(test, rows) for _, _, rows in got]
    power = Power(
        asserting=test.asserting[0].name,
        denying=test.denying[0].name,
        n=min(len(got[0][2]), len(got[len(test.asserting)][2])),
        **{c: {"asserting": shares[0][c], "denying": shares[len(test.asserting)][c]} for c in CLASSES},
        scenarios=tuple(
            ScenarioShares(s.name, side, len(rows), **share, fit=weighed.fits[s.name])
            for (side, s, rows), share in zip(got, shares, strict=True)
        ),
    )
    return RecordVerdict(
        *about,
        estimate,
        outcome,
        power,
        weighed.weight,
        ruling.verdict,
        ruling.reason,
        {s.name: [_six(x.value) for _, _, x in rows if x and x.value is not None and math.isfinite(x.value)]
         for _, s, rows in got},
        weight_error=weighed.error,
        reach=plan.reach,
        explained_by=ruling.explained_by,
        options=() if test.no_verdict or not estimate.passed else tuple(_options(claim, test, got, estimate.n)),
        **_stated_plan(test),
    )  # fmt: skip


def _options(claim: Claim, test: RecordTest, got: Sequence[tuple[str, Scenario, Rows]], n: int | None) -> list[Option]:
    """What records like this one, longer ones and trials would show."""
    scenarios = []
    for side, scenario, rows in got:
        pairs = [(statistic(x, test.says), _standard_error(x)) for _, _, x in rows]
        values = np.array(pairs, float).reshape(-1, 2)
        values = values[np.isfinite(values[:, 0])]
        scenarios.append(Simulated(scenario.name, side == "asserting", values[:, 0], values[:, 1], len(rows)))
    return options_of(claim.id, test.record, test.title, test.says, scenarios, n, WEIGHT)


def _standard_error(x: Estimate | None) -> float:
    if x is None or x.low is None or x.high is None or not math.isfinite(x.high - x.low):
        return math.nan
    return (x.high - x.low) / 3.92  # a 95% interval is 3.92 standard errors wide


def _got(claim: Claim, test: RecordTest, runs: Any, study: Study) -> list[tuple[str, Scenario, Rows]]:
    """The simulated records of every scenario, the asserting ones first."""
    return [
        (side, scenario, _simulated(claim, test, scenario, runs, study))
        for side, scenarios in (("asserting", test.asserting), ("denying", test.denying))
        for scenario in scenarios
    ]


def reach_of(claim: Claim, test: RecordTest, runs: Any, study: Study) -> dict[str, float]:
    """What a record could decide, from simulated records alone."""
    return _plan(test, _got(claim, test, runs, study)).reach


def _plan(test: RecordTest, got: Sequence[tuple[str, Scenario, Rows]]) -> Plan:
    """The plan of a test; if the test asks for it, its scenarios must lie on the sides on which the claim puts them."""
    plan = Plan.of(test, got)
    if plan.turned and test.refuses_turned:
        other = {"above": "below", "below": "above"}[test.says]
        raise StudyError(
            f"it expects an estimate {test.says} 0, and {plan.turned}",
            expected="records that lie further to the claim's side where it holds than where it does not",
            why="with this test, any record that shows too little would contradict a true claim",
            instead=f'expects = "{other}"  # or swap asserting and denying, or correct the sign of the parameter',
        )
    return plan


def _stated_plan(test: RecordTest) -> dict[str, Any]:
    return {"part": test.part, "estimand": test.estimand, "placebo": test.placebo}


def _fitted(
    test: FittedTest, study: Study, memo: dict[Any, Any] | None, threads: int | None, progress: Progress | None
) -> RecordVerdict:
    """A test by fits: the odds of the claim, and the verdict that follows."""
    found = judge_fits(test, study, WEIGHT, SURE, memo=memo, threads=threads, progress=progress)
    outcome = "silent" if found.estimate is None else classify(found.estimate, test.says, test.margin)
    about = (test.record, test.title, test.citation, test.estimator, found.estimate, outcome, None)
    rest: dict[str, Any] = {"reach": found.reach, "fitted": found.odds}
    if found.refused:
        outside = "outside the cloud" in found.refused
        reason = f"No odds are given: {found.refused}" + (f", so that {NEITHER} makes it" if outside else "")
        verdict = "model misfits" if outside else "not tested"
        return RecordVerdict(*about, None, verdict, reason, found.simulated, **rest)
    assert found.weight is not None
    assert found.error is not None
    assert found.odds.probability is not None
    best = max(found.odds.rivals, key=lambda r: r.probability or 0.0)
    explained = (
        f"best explained by {best.name} ({best.probability:.2g})"
        if best.probability is not None
        else "the best explanation is open, since two classifiers disagree"
    )
    odds = (
        f"the odds of the claim change by a factor of {found.weight:.3g} (Monte Carlo error: "
        f"{math.exp(found.error):.2g}), from a probability of {found.odds.prior:.2g} to {found.odds.probability:.2g}; "
        f"{explained}"
    )
    if found.failed:
        verdict = "not tested"
        reason = f"No verdict: the estimator's checks fail on this record ({', '.join(found.failed)})"
    elif max(found.reach.values()) < REACH:
        verdict = "undecidable by design"
        reason = (
            f"{found.reach['supported']:.0%} of simulated records in which the claim holds would support it, and "
            f"{found.reach['contradicted']:.0%} of the others would contradict it; {odds}"
        )
    else:
        log, margin = math.log(found.weight), SURE * found.error
        sure = log - margin >= math.log(WEIGHT), log + margin <= -math.log(WEIGHT)
        verdict = "supported" if sure[0] else "contradicted" if sure[1] else "balanced"
        reason = odds[:1].upper() + odds[1:]
    rest |= {"weight_error": found.error, "explained_by": found.explained_by}
    return RecordVerdict(*about, found.weight, verdict, reason, found.simulated, **rest)


def _simulated(
    claim: Claim, test: RecordTest, scenario: Scenario, runs: Any, study: Study
) -> list[tuple[str, int, Estimate | None]]:
    """The estimator on records simulated under a scenario: (account, draw, estimate or None where it cannot answer)."""
    draws = max(min(study.adjudication.draws, test.draws or study.adjudication.draws), test.at_least)
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


def _six(x: float) -> float:
    """Rounded to six significant digits, which are enough for a plot and keep the file small."""
    return float(f"{x:.6g}")


def _shares(test: RecordTest, rows: Rows) -> dict[str, float]:
    """The frequency of each class of outcome."""
    classes = ["silent" if x is None else classify(x, test.says, test.margin) for _, _, x in rows]
    return {c: classes.count(c) / len(rows) for c in CLASSES}
