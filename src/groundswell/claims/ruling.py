"""The verdict of one test, from an estimate and its weight of evidence, and which verdicts could be reached at all.

model misfits: no scenario produces such records ("neither account"), by the estimate or by other features of the record
    (`groundswell.claims.likeness`); or the estimate lies where the claim puts it, but scenarios that deny the claim
    account for it better.
undecidable by design: fewer than one in ten of the records simulated under the claim would support it, and fewer than
    one in ten of those simulated under its denial would contradict it.
supported: the interval lies where the claim puts it, and the weight is at least 3, beyond its Monte Carlo error.
contradicted: the interval does not lie there, and the weight is at most 1/3, again beyond that error; silence counts
    against a claim only if it claims an effect.
balanced: everything else.
not tested: no record is available, or the estimator's own checks fail on it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from groundswell.claims.claim import Outcome, RecordTest, Scenario, as_claimed, classify
from groundswell.claims.fitted import NEITHER
from groundswell.claims.likeness import JUMP, LEVEL, SILENCE, SURGES, Unlike
from groundswell.claims.sides import turned
from groundswell.claims.weighing import Sample, Scales, Weighed, statistic
from groundswell.estimators.core import Estimate

WEIGHT = 3.0  # "positive" evidence on the scale of Kass & Raftery (1995)
REACH = 0.1  # share of simulated records that must be decidable for the record to be asked at all

Rows = list[tuple[str, int, Estimate | None]]  # (account, draw, estimate or None where the estimator cannot answer)


@dataclass(frozen=True)
class Plan:
    """What is known before the record is read: the densities of the scenarios, and which outcomes could decide.

    `reach` holds the share of records simulated under the claim that would support it, and of those simulated under its
    denial that would contradict it. `side` is the share of records under the claim that lie on its side of zero.
    `turned` says what is swapped if records lie on each other's sides (`groundswell.claims.sides`).
    """

    scales: Scales
    reach: dict[str, float]
    side: float = 1.0
    turned: str = ""

    @classmethod
    def of(cls, test: RecordTest, got: Sequence[tuple[str, Scenario, Rows]]) -> Plan:
        """The plan of a test, from its simulated records."""
        numbers = [np.array([statistic(x, test.says) for _, _, x in rows]) for _, _, rows in got]
        scales = Scales(
            [
                Sample(s.name, side == "asserting", x[np.isfinite(x)], x.size)
                for (side, s, _), x in zip(got, numbers, strict=True)
            ]
        )
        reach = {}
        for word, side in (("supported", "asserting"), ("contradicted", "denying")):
            shares = [
                float(np.mean(_decided(test, scales, k, rows, numbers[k]) == word))
                for k, (of, _, rows) in enumerate(got)
                if of == side
            ]
            reach[word] = max(shares)
        wrong_way = turned(test.says, numbers[0], numbers[len(test.asserting)])
        return cls(scales, reach, as_claimed(numbers[0], test.says), wrong_way)

    @property
    def decidable(self) -> bool:
        return max(self.reach.values()) >= REACH


def _decided(test: RecordTest, scales: Scales, k: int, rows: Rows, numbers: np.ndarray) -> np.ndarray:
    """The verdict that each simulated record of a scenario would give if it were the real one."""
    words = []
    place = 0  # among the finite values
    for (_, _, x), v in zip(rows, numbers, strict=True):
        finite = bool(np.isfinite(v))
        own = (k, place) if finite else None
        place += finite
        if x is None or not x.passed:
            words.append("not tested")
            continue
        words.append(_word(test, classify(x, test.says, test.margin), scales.weigh(float(v), own)))
    return np.array(words)


def _word(test: RecordTest, outcome: Outcome, weighed: Weighed) -> str:
    """The verdict that follows from the class and weight of an estimate."""
    if not weighed.fitting:
        return "model misfits"
    if outcome == "supports":
        if weighed.above(WEIGHT):
            return "supported"
        return "model misfits" if weighed.below(1 / WEIGHT) else "balanced"
    if weighed.below(1 / WEIGHT) and (outcome == "against" or (test.says != "none" and test.size_known)):
        return "contradicted"
    return "balanced"


@dataclass(frozen=True)
class Ruling:
    """The verdict of one test, the reason, and the scenario that best accounts for the estimate."""

    verdict: str
    reason: str
    explained_by: str


def rule(
    test: RecordTest,
    estimate: Estimate,
    outcome: Outcome,
    weighed: Weighed,
    plan: Plan,
    unlike: Mapping[str, Sequence[Unlike]] | None = None,
) -> Ruling:
    """The verdict of one test, from its class and weight and from how the record differs from simulated ones."""
    said = {
        "supports": "The record's estimate lies where the claim puts it",
        "against": "The record's estimate lies opposite to the claim",
        "silent": "The record's estimate cannot be distinguished from no effect",
    }[outcome]
    best = weighed.asserting if weighed.weight >= 1 else weighed.denying
    best = best if weighed.fitting else NEITHER
    times = weighed.weight if weighed.weight >= 1 else 1 / weighed.weight
    odds = (
        f"it is {_times(times)} likelier under {weighed.asserting} than under {weighed.denying}"
        if weighed.weight >= 1
        else f"it is {_times(times)} likelier under {weighed.denying} than under {weighed.asserting}"
    ) + f" (Monte Carlo error: a factor of {math.exp(weighed.error):.2g})"
    if test.no_verdict:
        return Ruling("not tested", f"No verdict, since the estimand is not the claim's: {test.no_verdict}", best)
    if not estimate.passed:
        failed = ", ".join(_failed(estimate.checks)) or "a condition of the estimator"
        return Ruling("not tested", f"No verdict: the estimator's checks fail on this record ({failed})", best)
    if unlike and (ruling := _another_record(said, unlike)) is not None:
        return ruling
    if not weighed.fitting:
        return Ruling("model misfits", f"{said}, but no scenario produces such records: {NEITHER} explains it", NEITHER)
    if unlike and all(unlike.get(name) for name in weighed.fitting):
        return _unlike(said, weighed, unlike)
    if not plan.decidable:
        reach = plan.reach
        return Ruling(
            "undecidable by design",
            f"{reach['supported']:.0%} of records made under the claim would support it, and "
            f"{reach['contradicted']:.0%} of those made under its denial would contradict it, so the record could "
            f"not have decided; {said[:1].lower()}{said[1:]}, and {odds}",
            best,
        )
    if test.own_side and test.says in ("above", "below") and not plan.side >= 0.5:
        return Ruling(
            "undecidable by design",
            f"at the steps of this record only {plan.side:.0%} of records made under the claim lie on its side, so it "
            f"is no test of the claim; {said[:1].lower()}{said[1:]}",
            best,
        )
    word = _word(test, outcome, weighed)
    if word == "model misfits":
        return Ruling(word, f"{said}, but scenarios that deny the claim explain it better: {odds}", best)
    if word == "balanced":
        return Ruling(word, f"{said}, and the evidence is balanced: {odds}", best)
    return Ruling(word, f"{said}, and {odds}" if outcome != "silent" else f"{said}, while {odds}", best)


def _another_record(said: str, unlike: Mapping[str, Sequence[Unlike]]) -> Ruling | None:
    """No verdict where the record has gaps, a jump of coverage or another unit, whatever the scenario."""
    each = [{(x.kind, x.what): x for x in found} for found in unlike.values()]
    common = [x for key, x in each[0].items() if all(key in one for one in each)] if each else []
    for x in sorted(common, key=lambda x: x.what != SILENCE):
        if x.what == SILENCE:
            reason = (
                f"No verdict, since coverage is in doubt: {x.words}; if nobody watched, leave these cells empty. {said}"
            )
            return Ruling("not tested", reason, NEITHER)
        if x.what == JUMP:
            reason = f"{said}, but no scenario produces such a record: {x.words}, as if coverage had changed"
            return Ruling("model misfits", reason, NEITHER)
        if x.what == LEVEL:
            reason = (
                f"{said}, but no scenario produces such a record: {x.words}; compare its unit and periods with "
                f"[observe]"
            )
            return Ruling("model misfits", reason, NEITHER)
    return None


def _unlike(said: str, weighed: Weighed, unlike: Mapping[str, Sequence[Unlike]]) -> Ruling:
    """No verdict: records of the scenarios that account for the estimate differ from this one in other ways."""
    best = min(weighed.fitting, key=lambda name: len(unlike[name]))
    words = " and ".join(x.words for x in unlike[best])
    alike = [name for name in weighed.fits if not unlike.get(name)]
    if alike and all(x.what == SURGES for x in unlike[best]):
        reason = (
            f"{said}, but the scenarios that explain it do not surge in this way: {words}. Records under {alike[0]} "
            f"do, but "
            "not with this estimate, as if acts took place at other dates than those recorded"
        )
        return Ruling("model misfits", reason, f"{alike[0]}, {OTHER_DATES}")
    return Ruling("model misfits", f"{said}, but no scenario that explains it produces such a record: {words}", NEITHER)


OTHER_DATES = "acts at other dates than those recorded"
"""The rival for a record whose outcome surges, but not at the dates of its acts."""


def _times(x: float) -> str:
    return "more than 1,000 times" if x > 1000 else f"{x:.3g} times"


def _failed(checks: Mapping[str, object]) -> list[str]:
    """The names of the failed checks, at any depth."""
    return [
        name
        for name, x in checks.items()
        if x is False or (isinstance(x, Mapping) and (x.get("passed") is False or _failed(x)))
    ]
