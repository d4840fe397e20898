"""Verdicts as dated forecasts of what the same estimator will show on a later record, and their scores.

    forecast   F = sum over scenarios of q_s p_s,   p_s the density of estimates simulated under scenario s
    q_s        P(C) shared among the scenarios that assert the claim, 1 - P(C) among those that deny it, in proportion
               to their densities at the estimate of the first record; for a fit, the probability of each model
    P(C)       w / (1 + w) from the weight w of the record, both answers being equally probable beforehand
    score      log F(v) - log F0(v),   v the later estimate, F0 the same scenarios in equal shares

A positive score: the verdict was informative beyond the scenarios alone (Good 1952, JRSS B 14, 107-114).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundswell.claims.weighing import Sample, Scales
from groundswell.errors import StudyError
from groundswell.results import Result

FORMAT = 1


@dataclass(frozen=True)
class ForecastScore(Result):
    """The score of one forecast on a later estimate."""

    claim: str
    record: str
    forecast: str
    probability: float
    later: float
    later_verdict: str
    score: float


@dataclass(frozen=True)
class ForecastScores(Result):
    """The scores of all forecasts that a later record could score; `unscored` names the others with the reason."""

    issued: str
    scores: tuple[ForecastScore, ...]
    unscored: tuple[str, ...]

    derived = ("answer",)

    @property
    def answer(self) -> str:
        """How well the forecasts did, in one sentence."""
        if not self.scores:
            return "No forecast could be scored."
        total = sum(s.score for s in self.scores)
        return (
            f"{len(self.scores)} forecasts of {self.issued} were scored: {total:+.2f} nats in all against scenarios in "
            f"equal shares ({sum(s.score > 0 for s in self.scores)} did better than those)."
        )

    def rows(self) -> list[dict[str, Any]]:
        """A row for each score."""
        return [s.to_dict() for s in self.scores]


def forecasts_of(verdicts: Mapping[str, Any], issued: str) -> dict[str, Any]:
    """The forecasts implied by verdicts, from the content of verdicts.json.

    Parameters
    ----------
    issued : the date, such as 2026-11-30.
    """
    rows = []
    for verdict in verdicts.get("verdicts") or ():
        for test in verdict["tests"]:
            shares = _shares(test)
            if not shares:
                continue
            p = _probability(test)
            rows.append(
                {
                    "claim": verdict["claim"], "record": test["record"], "estimator": test["estimator"],
                    "probability": p, "verdict": test["verdict"], "shares": shares,
                    "simulated": {name: test["simulated"][name] for name in shares},
                    "says": f"By {issued}: that {verdict['text'].rstrip('.')} holds with probability {p:.2f}; a later "
                    f"record like {test['record']} will show {_range(test, shares)} (90%).",
                }
            )  # fmt: skip
    if not rows:
        raise StudyError("verdicts without a test that was weighed", expected="a run with claims about records")
    return {"format": FORMAT, "issued": issued, "study": verdicts.get("study"), "forecasts": rows}


def _probability(test: Mapping[str, Any]) -> float:
    fitted = test.get("fitted")
    if fitted and fitted.get("probability") is not None:
        return float(fitted["probability"])
    weight = test.get("weight")
    return 0.5 if weight is None else float(weight) / (1 + float(weight))


def _shares(test: Mapping[str, Any]) -> dict[str, float]:
    """The share of the forecast that each scenario with simulated estimates has."""
    values = {name: x for name, x in (test.get("simulated") or {}).items() if len(x) > 1}
    estimate = (test.get("estimate") or {}).get("value")
    if not values or estimate is None:
        return {}
    fitted = test.get("fitted")
    if fitted:
        known = {r["name"]: r["probability"] for r in fitted["rivals"] if r["name"] in values}
        given = {name: p for name, p in known.items() if p is not None}
        return {n: p / sum(given.values()) for n, p in given.items()} if sum(given.values()) > 0 else {}
    sides = {s["name"]: s["side"] for s in (test.get("power") or {}).get("scenarios", ())}
    scales = _scales(values)
    density = {s.name: math.exp(scales.log_density(s, float(estimate))[0]) for s in scales.samples if s.name in sides}
    p = _probability(test)
    found = {}
    for side, whole in (("asserting", p), ("denying", 1 - p)):
        own = {name: d for name, d in density.items() if sides[name] == side}
        found |= {name: whole * d / sum(own.values()) for name, d in own.items()}
    total = sum(found.values())
    return {name: x / total for name, x in found.items()} if total > 0 else {}


def _scales(values: Mapping[str, Any]) -> Scales:
    return Scales([Sample(name, True, np.array(x, float), len(x)) for name, x in values.items()])


def _range(test: Mapping[str, Any], shares: Mapping[str, float]) -> str:
    """The 5% and 95% points of a forecast."""
    simulated = {name: np.array(test["simulated"][name], float) for name in shares}
    values = np.concatenate(list(simulated.values()))
    weight = np.concatenate([np.full(x.size, shares[name] / x.size) for name, x in simulated.items()])
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weight[order])
    low, high = (values[order][min(int(np.searchsorted(total, q)), values.size - 1)] for q in (0.05, 0.95))
    return f"{low:.3g} to {high:.3g}"


def score_forecasts(forecasts: Mapping[str, Any], later: Mapping[str, Any]) -> ForecastScores:
    """Score forecasts by the verdicts of a later run: the same claims and estimators, on later records.

    Raises
    ------
    StudyError : the file holds no forecasts; the later run asks none of the same claims.
    """
    if not isinstance(forecasts.get("forecasts"), list) or forecasts.get("format") != FORMAT:
        raise StudyError("a file without forecasts", expected="what `groundswell score FOLDER --forecast FILE` wrote")
    found = {(v["claim"], t["estimator"]): t for v in later.get("verdicts") or () for t in v["tests"]}
    scores, unscored = [], []
    for row in forecasts["forecasts"]:
        test = found.get((row["claim"], row["estimator"]))
        value = None if test is None else (test.get("estimate") or {}).get("value")
        if test is None or value is None or not math.isfinite(value):
            why = "the later run does not ask it" if test is None else "the later record gives no estimate"
            unscored.append(f"{row['claim']}, {row['record']}: {why}")
            continue
        scales = _scales(row["simulated"])
        log_p = {s.name: scales.log_density(s, float(value))[0] for s in scales.samples}
        words = sum(q * math.exp(log_p[name]) for name, q in row["shares"].items())
        equal = sum(math.exp(x) for x in log_p.values()) / len(log_p)
        score = math.log(max(words, 1e-300)) - math.log(max(equal, 1e-300))
        scores.append(
            ForecastScore(
                row["claim"], test["record"], row["says"], row["probability"], float(value), test["verdict"], score
            )
        )
    if not scores and not unscored:
        raise StudyError("no forecasts", expected="at least one")
    return ForecastScores(str(forecasts["issued"]), tuple(scores), tuple(unscored))


__all__ = ["ForecastScore", "ForecastScores", "forecasts_of", "score_forecasts"]
