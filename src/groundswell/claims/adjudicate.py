"""Adjudication: what each account predicts, what the record says, whether the record could have told, and the verdict.

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
import polars as pl

import groundswell
from groundswell.claims.claim import Claim, Outcome, RecordTest, Scenario, as_claimed, classify
from groundswell.claims.register import chosen
from groundswell.claims.stated import STATED_LIMIT, STATED_METHOD, judge_stated, stated_answer, stated_table
from groundswell.claims.wording import ACCOUNTS, answer, limits, method
from groundswell.draws import derive_seed
from groundswell.errors import EstimationError, RecordError, StudyError
from groundswell.estimators.core import Estimate
from groundswell.experiment.ensemble import Design, Ensemble, Progress, run_ensemble
from groundswell.experiment.study import Study
from groundswell.population.specification import PopulationSpecification
from groundswell.records.cases.library import case_sha256, cases, load_case
from groundswell.records.registry import data_set, find_data, held_sha256
from groundswell.registers.deed import designs
from groundswell.registers.deed.designs import Runs

WEIGHT = 3.0  # "positive" evidence on the scale of Kass & Raftery (1995)
POWER = 0.8  # the usual demand on a test whose silence is to count
EXPECTED = 0.1  # a class of outcome below this under both scenarios is one that the model does not account for
_CLASSES: tuple[Outcome, ...] = ("supports", "against", "silent")
REFERENCES = (
    "Kass, R. & Raftery, A. (1995). Bayes factors. Journal of the American Statistical Association 90, 773-795.",
    "Bueno de Mesquita, E. (2010). Regime change and revolutionary entrepreneurs. APSR 104, 446-466.",
)


def simulate_runs(study: Study, *, threads: int | None = None, progress: Progress | None = None) -> Runs:
    """Simulate what the claims are judged by: twins, records of 18 years and records of 41 years, for both accounts."""
    people, draws = study.claims.people, study.claims.draws
    specification = PopulationSpecification(
        people=people, network="planted_partition", mean_degree=10, communities=4, mix=0.1
    )
    seed = derive_seed(study.table.seed, "claims")
    population = specification.build(derive_seed(seed, "population"))
    theory = study.theory
    accounts = {name: theory.accounts[name] for name in ACCOUNTS}

    def run(name: str, arms: Mapping[str, Any], steps: int) -> Ensemble:
        design = Design(
            theory=theory, population=population, population_seed=derive_seed(seed, "traits"), steps=steps,
            accounts=accounts, arms=arms, draws=draws, seed=derive_seed(seed, name), params=study.params,
        )  # fmt: skip

        def told(stage: str, done: int, total: int) -> None:
            if progress is not None:
                progress(f"{name}: {stage}", done, total)

        return run_ensemble(design, threads=threads, progress=told)

    settle = designs.SETTLE
    return Runs(
        twins=run("twins for the claims", designs.twin_arms(), designs.STEPS),
        russia=run("records of 18 years", designs.russia_arms(), settle + designs.RUSSIA_YEARS * designs.YEAR),
        long=run("records of 41 years", designs.long_arms(), settle + designs.LONG_YEARS * designs.YEAR),
    )


def adjudicate(
    study: Study, ensemble: Ensemble | None = None, *, threads: int | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Adjudicate the claims that a study asks for; return the content of verdicts.json, and the tables under "tables".

    Parameters
    ----------
    study : its seed, overrides and [claims] table are used. The claims of the register are asked of a theory with the
        two accounts; those that the study states, of any.
    ensemble : the study's own ensemble, for the claims that it states; those of the register have designs of their own.

    Raises
    ------
    StudyError : for an unknown claim, or stated claims without the ensemble.
    """
    if study.stated and ensemble is None:
        raise StudyError("claims that the study states", expected="the study's own ensemble to judge them by")
    stated = [] if ensemble is None else judge_stated(study, ensemble)
    asked = chosen(study.claims.test) if set(ACCOUNTS) <= set(study.theory.accounts) else {}
    runs = simulate_runs(study, threads=threads, progress=progress) if asked else None
    verdicts: list[dict[str, Any]] = []
    simulated: list[dict[str, Any]] = []
    for k, claim in enumerate(asked.values()):
        if progress is not None:
            progress("claims", k, len(asked))
        assert runs is not None
        verdicts.append(_judge(claim, runs, study, simulated))
    if progress is not None:
        progress("claims", len(asked), len(asked))
    counts = {
        v: sum(x["verdict"] == v for x in verdicts) for v in ("supported", "contradicted", "undetermined", "not tested")
    }
    used = {r for v in verdicts for t in v["tests"] for r in t["record"].split(" + ")}
    return {
        "format": 1,
        "study": study.table.name,
        "title": study.table.title,
        "seed": study.table.seed,
        "version": groundswell.__version__,
        "answer": " ".join(
            [*([answer(verdicts, counts)] if verdicts else []), *([stated_answer(stated)] if stated else [])]
        )
        or None,
        "verdicts": verdicts,
        "counts": counts,
        "stated": stated,
        "limits": [
            *study.theory.limits,
            *(limits(study) if verdicts else []),
            *([STATED_LIMIT] if stated else []),
        ],
        "no_source": [
            {"parameter": n, "meaning": p.meaning} for n, p in study.theory.params.items() if p.source == "no source"
        ],
        "method": [*(method(study, WEIGHT) if verdicts else []), *([STATED_METHOD] if stated else [])],
        "references": [*study.theory.references, *(REFERENCES if verdicts else ())],
        "data": _data(used),
        "tables": {
            "verdicts": _verdict_table(verdicts),
            "simulated_estimates": pl.DataFrame(simulated, schema=_SIMULATED_SCHEMA),
            **({"stated_claims": stated_table(stated)} if stated else {}),
        },
    }


# -- one claim -------------------------------------------------------------------------------------------------------


def _judge(claim: Claim, runs: Runs, study: Study, simulated: list[dict[str, Any]]) -> dict[str, Any]:
    tests, refused = [], []
    for test in claim.tests:
        missing = _missing(test, study)
        if missing:
            refused.append(missing)
        else:
            tests.append(_test(claim, test, runs, study, simulated))
    verdict, reason = _combine(claim, tests, refused)
    return {
        "claim": claim.id,
        "account": claim.account,
        "text": claim.text,
        "term": claim.term,
        "estimand": claim.estimand,
        "verdict": verdict,
        "reason": reason,
        "predictions": {a: _prediction(claim, runs, a) for a in ACCOUNTS},
        "closed": [
            {"channel": c.name, "account": a, "unit": c.unit, **_spread(c.compute(runs, a))}
            for c in claim.closed
            for a in ACCOUNTS
        ],
        "curves": _curves(claim, runs),
        "tests": tests,
        "notes": list(claim.notes),
        "references": list(claim.references),
    }


def _missing(test: RecordTest, study: Study) -> str:
    """Why a test cannot be run here, or nothing."""
    wanted = study.evidence.records
    known = [r for r in test.record.split(" + ") if r in cases()]
    if study.evidence.cases != "all" and any(c not in study.evidence.cases for c in known):
        return f"the study leaves out the case {', '.join(c for c in known if c not in study.evidence.cases)}"
    for name in test.data:
        if wanted != "auto" and name not in wanted:
            return f"the study leaves out the record {name}"
        try:
            find_data(name)
        except RecordError:
            return f"the record {name} is not on this machine (set GROUNDSWELL_DATA)"
    return ""


def _combine(claim: Claim, tests: Sequence[Mapping[str, Any]], refused: Sequence[str]) -> tuple[str, str]:
    """The verdict of a claim from those of its tests.

    Tests that decide must agree. Where the tests are of parts that the claim joins by "and", one contradicted part
    contradicts the claim, and support needs every part.
    """
    if not tests:
        return "not tested", f"Not tested, because {claim.untested or '; '.join(dict.fromkeys(refused))}."
    said = [t["verdict"] for t in tests]
    decided = set(said) - {"undetermined"}
    if claim.conjunction and "contradicted" in decided:
        verdict = "contradicted"
    elif len(decided) == 1 and not (claim.conjunction and len(set(said)) > 1):
        verdict = decided.pop()
    else:
        verdict = "undetermined"
    if len(tests) == 1:
        return verdict, tests[0]["reason"] + "."
    return verdict, " ".join(f"{t['title']}: {t['verdict']}. {t['reason']}." for t in tests)


def _spread(values: np.ndarray) -> dict[str, Any]:
    good = values[np.isfinite(values)]
    if not good.size:
        return {"mean": None, "low": None, "high": None}
    low, high = np.quantile(good, [0.05, 0.95])
    return {"mean": float(good.mean()), "low": float(low), "high": float(high)}


def _prediction(claim: Claim, runs: Runs, account: str) -> dict[str, Any]:
    values = claim.prediction.compute(runs, account)
    return {
        "estimand": claim.prediction.estimand,
        "unit": claim.prediction.unit,
        **_spread(values),
        "share_as_claimed": _number(as_claimed(values, claim.prediction.says)),
        "n": int(np.isfinite(values).sum()),
    }


def _curves(claim: Claim, runs: Runs) -> list[dict[str, Any]]:
    if claim.curve is None:
        return []
    series = []
    for account in ACCOUNTS:
        values = claim.curve.compute(runs, account)
        values = values[np.isfinite(values).all(axis=1)]
        low, high = np.quantile(values, [0.05, 0.95], axis=0)
        weeks = range(claim.curve.first, claim.curve.first + values.shape[1])
        series.append(
            {
                "name": account,
                "x": list(weeks),
                "y": _round(values.mean(axis=0)),
                "low": _round(low),
                "high": _round(high),
            }
        )
    return [{"title": claim.curve.title, "x": claim.curve.x, "y": claim.curve.y, "series": series}]


def _round(values: np.ndarray) -> list[float]:
    return [_six(x) for x in values]


def _number(x: float | None) -> float | None:
    return None if x is None or not math.isfinite(x) else float(x)


# -- one test --------------------------------------------------------------------------------------------------------


def _test(claim: Claim, test: RecordTest, runs: Runs, study: Study, simulated: list[dict[str, Any]]) -> dict[str, Any]:
    seed = derive_seed(study.table.seed, "test", claim.id, test.record) % 2**31
    told = {
        "record": test.record, "title": test.title, "citation": test.citation, "estimator": test.estimator,
    }  # fmt: skip
    try:
        estimate = test.observe(seed)
    except EstimationError as error:
        return told | {
            "estimate": None, "outcome": "silent", "power": None, "weight": None, "verdict": "undetermined",
            "reason": f"The estimator cannot answer from this record: {error}", "data_needed": None,
            "simulated": {}, "curves": [],
        }  # fmt: skip
    outcome = classify(estimate, test.says, test.margin)
    sides: list[tuple[str, Scenario, _Expected]] = []
    values: dict[str, list[float]] = {}
    for side, scenarios in (("asserting", test.asserting), ("denying", test.denying)):
        for scenario in scenarios:
            got = _simulated(claim, test, scenario, runs, study)
            sides.append((side, scenario, _expected(test, got)))
            values[scenario.name] = [
                _six(x.value) for _, _, x in got if x and x.value is not None and math.isfinite(x.value)
            ]
            simulated.extend(_row(claim, test, scenario, account, draw, x) for account, draw, x in got)
    asserting = [e for side, _, e in sides if side == "asserting"]
    denying = [e for side, _, e in sides if side == "denying"]
    ruling = _rule(test, estimate, outcome, asserting, denying)
    return told | {
        "estimate": estimate.to_dict(),
        "outcome": outcome,
        "power": {
            "asserting": test.asserting[0].name,
            "denying": test.denying[0].name,
            "n": min(asserting[0].n, denying[0].n),
            **{c: {"asserting": asserting[0].share[c], "denying": denying[0].share[c]} for c in _CLASSES},
            "scenarios": [{"name": s.name, "side": side, "n": e.n, **e.share} for side, s, e in sides],
        },
        "weight": ruling.weight,
        "verdict": ruling.verdict,
        "reason": ruling.reason,
        "data_needed": _data_needed(test, asserting[0]),
        "simulated": values,
        "curves": [],
    }


@dataclass(frozen=True)
class _Expected:
    """How often each class of outcome is seen in the records simulated under one scenario."""

    n: int
    share: dict[str, float]
    z: tuple[float, ...]  # estimates in units of their standard error, in the direction of the claim

    def chance(self, outcome: Outcome) -> float:
        """The probability of a class, estimated so that what was never seen is not held impossible."""
        return (self.share[outcome] * self.n + 0.5) / (self.n + 1.5)


@dataclass(frozen=True)
class _Ruling:
    verdict: str
    weight: float
    reason: str


def _expected(test: RecordTest, got: Sequence[tuple[str, int, Estimate | None]]) -> _Expected:
    classes = ["silent" if x is None else classify(x, test.says, test.margin) for _, _, x in got]
    z = []
    for _, _, x in got:
        if x is None or x.value is None or x.low is None or x.high is None:
            continue
        if math.isfinite(x.value) and math.isfinite(x.high - x.low) and x.high > x.low:
            signed = abs(x.value) if test.says == "either" else -x.value if test.says == "below" else x.value
            z.append(signed / ((x.high - x.low) / 3.92))  # a 95% interval is 3.92 standard errors wide
    return _Expected(len(got), {c: classes.count(c) / len(got) for c in _CLASSES}, tuple(z))


def _simulated(
    claim: Claim, test: RecordTest, scenario: Scenario, runs: Runs, study: Study
) -> list[tuple[str, int, Estimate | None]]:
    """The estimator on records simulated under a scenario: (account, draw, estimate or None where it cannot answer)."""
    draws = min(study.claims.draws, test.draws or study.claims.draws)
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


def _rule(
    test: RecordTest, estimate: Estimate, outcome: Outcome, asserting: Sequence[_Expected], denying: Sequence[_Expected]
) -> _Ruling:
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
        return _Ruling("undetermined", weight, f"No verdict: the estimator's checks fail on this record ({failed})")
    if max(yes, no) < EXPECTED:
        doubt = "the model is in doubt here, not the claim"
        return _Ruling("undetermined", weight, f"{said}, which neither side expects ({odds}): {doubt}")
    if outcome == "supports" and weight >= WEIGHT:
        return _Ruling("supported", weight, f"{said}, and {odds}")
    # silence speaks only where the claim, if it held, would have been heard; and never against a claim of no effect
    heard = test.says != "none" and all(e.share["silent"] <= 1 - POWER for e in asserting)
    if weight <= 1 / WEIGHT and (outcome == "against" or (outcome == "silent" and heard)):
        return _Ruling("contradicted", weight, f"{said}, while {odds}")
    return _Ruling("undetermined", weight, f"{said}, but the record could not have told: {odds}")


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


def _data_needed(test: RecordTest, expected: _Expected) -> str | None:
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


# -- tables and texts ------------------------------------------------------------------------------------------------

_SIMULATED_SCHEMA = {
    "claim": pl.String, "record": pl.String, "scenario": pl.String, "account": pl.String, "draw": pl.Int64,
    "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "p": pl.Float64, "outcome": pl.String,
}  # fmt: skip


def _row(
    claim: Claim, test: RecordTest, scenario: Scenario, account: str, draw: int, x: Estimate | None
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "claim": claim.id, "record": test.record, "scenario": scenario.name, "account": account, "draw": draw,
    }  # fmt: skip
    if x is None:
        return row | {"value": None, "low": None, "high": None, "p": None, "outcome": "not estimable"}
    numbers = {k: _number(getattr(x, k)) for k in ("value", "low", "high", "p")}
    return row | numbers | {"outcome": classify(x, test.says, test.margin)}


_VERDICT_SCHEMA = {
    "claim": pl.String, "account": pl.String, "verdict": pl.String, "record": pl.String, "test_verdict": pl.String,
    "outcome": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "p": pl.Float64,
    "weight": pl.Float64, "reason": pl.String,
}  # fmt: skip


def _verdict_table(verdicts: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """One row per claim and record that was asked; one row for a claim that no record could be asked of."""
    rows = []
    for v in verdicts:
        head = {k: v[k] for k in ("claim", "account", "verdict")}
        if not v["tests"]:
            rows.append(head | {"reason": v["reason"]})
        for t in v["tests"]:
            numbers = {k: (t["estimate"] or {}).get(k) for k in ("value", "low", "high", "p")}
            told = {k: t[k] for k in ("record", "outcome", "weight", "reason")}
            rows.append(head | numbers | told | {"test_verdict": t["verdict"]})
    return pl.DataFrame(rows, schema=_VERDICT_SCHEMA)


def _data(used: set[str]) -> list[dict[str, Any]]:
    rows = []
    known = set(cases())
    for name in sorted(used):
        if name in known:
            told, sha256 = load_case(name), case_sha256(name)
        else:
            told, sha256 = data_set(name), held_sha256(name)
        rows.append({"name": name, "citation": told.citation, "licence": told.licence, "sha256": sha256})
    return rows
