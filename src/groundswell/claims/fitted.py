"""Verdicts from fits: odds of a claim about an effect, of the accounts, and of neither.

The theory is fitted to the record under every account and under named rivals:

    neither account       the theory's wide prior, outside both accounts
    tide without effect   acts come when the outcome is about to move, and have no effect
    tide with effect      the same, but acts have the effect that the theory gives them

A record is described by summaries s of its series and by the claim's own estimate v, which is computed in the same way
on every simulated record. So s and v are used once, and together:

    P(m | s, v)       of every model m, equally probable beforehand, by calibrated classifiers
    P(C | s, v, m)    of the claim, the share of the effect's posterior under m that lies where the claim puts it
    P(C | s, v)     = sum over m of P(m | s, v) P(C | s, v, m)
    weight          = odds of C after the record / odds of C before it

Held-out draws are judged as if they were the record: this shows beforehand what could be decided, and how often a
verdict would be wrong. Several records of one kind share a common effect, and each may be timed by the
tide (`groundswell.calibrate.pool`); the weight of a record is the factor that the pooled weight loses without it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from groundswell.calibrate.choice import AGREE, Chooser, chooser
from groundswell.calibrate.fit import FitSettings, blocks_of
from groundswell.calibrate.observed import Observed
from groundswell.calibrate.pool import Evidence, PooledOdds, claim_grid, pool_odds
from groundswell.calibrate.posterior import Kinship, Learnt, learn
from groundswell.calibrate.reference import Progress, ReferenceTable, tables_folder
from groundswell.claims.claim import Direction
from groundswell.estimators.core import Estimate
from groundswell.results import Result

if TYPE_CHECKING:
    from groundswell.experiment.study import Study

Floats = NDArray[np.float64]

NEITHER, TIDE, TIDE_EFFECT = "neither account", "tide without effect", "tide with effect"
NEAREST = 200
"""Number of simulated records of each rival, those most like the record, whose estimates are shown next to its own."""
ESTIMATE, WIDTH, ESTIMABLE = "claim.estimate", "claim.width", "claim.estimable"
"""The numbers by which a claim's estimate joins the summaries."""


@dataclass(frozen=True)
class FittedRecord:
    """One record with its models.

    Parameters
    ----------
    observed : the record.
    models : what each model draws and how it is reported: the accounts, then the rivals.
    estimate : the claim's estimate from the record; None where the estimator cannot answer.
    left_out : why it is not counted (for example, it holds the same events as another record), or nothing.
    """

    observed: Observed
    models: Mapping[str, Kinship]
    estimate: Estimate | None
    left_out: str = ""


@dataclass(frozen=True)
class FittedTest:
    """A test of a claim about an effect by fits.

    Parameters
    ----------
    record, title, citation, estimator, data : as of a `RecordTest`.
    says, margin : where the claim puts the effect.
    effect : the name of the estimand among the targets of every model that has one.
    prepare : reads the records of a study.
    settings : of the fits, given a study's seed.
    tables : a folder of reference tables that ship with the test, or None.
    """

    record: str
    title: str
    citation: str
    estimator: str
    says: Direction
    effect: str
    prepare: Callable[[Study], Mapping[str, FittedRecord]]
    settings: FitSettings
    margin: float = 0.0
    data: tuple[str, ...] = ()
    tables: Path | None = None


@dataclass(frozen=True)
class Rival(Result):
    """One model of the records.

    Parameters
    ----------
    name : of the account or rival.
    probability : after the records, all models being equally probable beforehand; None if it is refused, or if the
        classifiers disagree about the models although they agree about the claim.
    error : Monte Carlo standard error of the log of its odds.
    claim : probability of the claim under it.
    low, median, high : of the effect under it, with a central 90% interval.
    inside : share of its own records that lie as far from its cloud as the record; the smallest share over records.
    """

    name: str
    probability: float | None
    error: float | None
    claim: float | None
    low: float | None
    median: float | None
    high: float | None
    inside: float


@dataclass(frozen=True)
class RecordWeight(Result):
    """What one of several records adds: the factor that the claim's odds lose without it, or why it is left out."""

    record: str
    weight: float | None
    estimate: float | None
    excluded: str


@dataclass(frozen=True)
class FittedOdds(Result):
    """What fits say about a claim.

    Parameters
    ----------
    prior, probability : of the claim, before and after the records.
    rivals : the models.
    records : the weight of each record, where there are several.
    selected : expected share of the records that are timed by the tide, where there are several.
    judged, decided, wrong : number of simulated records, the share of them that would be decided, and the share of
        those that would be decided wrongly.
    calibration_error, accuracy : of the classifiers on held-out draws.
    draws : from each model.
    """

    prior: float
    probability: float | None
    rivals: tuple[Rival, ...]
    records: tuple[RecordWeight, ...]
    selected: float | None
    judged: int
    decided: float
    wrong: float
    calibration_error: float
    accuracy: float
    draws: int


@dataclass(frozen=True)
class Judgement:
    """The outcome of a fitted test, for `groundswell.claims.judge`.

    weight, error : of the claim, and the Monte Carlo standard error of its logarithm; None where refused.
    refused : why there is no weight.
    reach : as of a `RecordVerdict`.
    simulated : estimates of simulated records by model.
    """

    odds: FittedOdds
    estimate: Estimate | None
    weight: float | None
    error: float | None
    refused: str
    reach: dict[str, float]
    explained_by: str | None
    simulated: Mapping[str, list[float]]
    failed: tuple[str, ...] = ()


def numbers_of(estimate: Estimate | None, says: Direction) -> dict[str, float]:
    """An estimate as summaries: its value, half the width of its interval, and whether there is one."""
    value = None if estimate is None else estimate.value
    if estimate is None or value is None or not math.isfinite(value):
        return {ESTIMATE: 0.0, WIDTH: 0.0, ESTIMABLE: 0.0}
    low, high = estimate.low, estimate.high
    width = 0.0 if low is None or high is None else (high - low) / 2
    return {ESTIMATE: float(value), WIDTH: float(width) if math.isfinite(width) else 0.0, ESTIMABLE: 1.0}


# -- one model ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Model:
    """A model of one kind of record; `learnt` is None for the tide without effect."""

    name: str
    learnt: Learnt | None
    effect: str
    says: Direction
    margin: float

    def _ends(self) -> tuple[float, float]:
        """The normal scores of the effect at the claim's margins, below and above."""
        assert self.learnt is not None
        values = self.values
        return (
            float(ndtri(np.clip(np.mean(values < -self.margin), 1e-9, 1 - 1e-9))),
            float(ndtri(np.clip(np.mean(values <= self.margin), 1e-9, 1 - 1e-9))),
        )

    @property
    def values(self) -> Floats:
        """The effect in the draws of the prior."""
        assert self.learnt is not None
        return self.learnt.simulated.targets[:, self.learnt.kin.targets.index(self.effect)]

    def true(self, effects: Floats) -> NDArray[np.bool_]:
        """Whether the claim holds at each of the effects."""
        above, below = effects > self.margin, effects < -self.margin
        return {"above": above, "below": below, "either": above | below, "none": ~above & ~below}[self.says]

    @property
    def prior(self) -> float:
        """The probability of the claim before the record."""
        return float(self.says == "none") if self.learnt is None else float(self.true(self.values).mean())

    def claim(self, summaries: Floats, names: tuple[str, ...]) -> Floats:
        """The probability of the claim for each record, from all summaries."""
        if self.learnt is None:
            return np.full(len(summaries), float(self.says == "none"))
        below, above = self._ends()
        margins = self.learnt.margins(self.learnt.columns(summaries, names))
        j = self.learnt.names.index(self.effect)

        def share(z: float) -> Floats:
            return margins.distribution(np.full((len(summaries), margins.means.shape[1]), z))[:, j]

        over, under = 1 - share(above), share(below)
        found = {"above": over, "below": under, "either": over + under, "none": 1 - over - under}[self.says]
        least = 0.5 / (len(self.values) + 1)  # no draw of so many would be half a one
        return np.clip(found, least, 1 - least)

    def effects(self, z: Floats) -> Floats:
        """The effect at normal scores."""
        assert self.learnt is not None
        rows = np.zeros((len(z), len(self.learnt.kin.targets)))
        column = self.learnt.kin.targets.index(self.effect)
        rows[:, column] = z
        return self.learnt.of_targets.inverse(rows)[:, column]

    def interval(self, summaries: Floats, names: tuple[str, ...]) -> tuple[float, ...]:
        """The 5%, 50% and 95% points of the effect for one record."""
        if self.learnt is None:
            return 0.0, 0.0, 0.0
        margins = self.learnt.margins(self.learnt.columns(summaries, names))
        j = self.learnt.names.index(self.effect)
        u = np.full((3, 1), 0.5) * np.ones(margins.means.shape[1])
        u[:, j] = (0.05, 0.5, 0.95)
        z = replace(
            margins, **{k: np.repeat(getattr(margins, k), 3, axis=0) for k in ("weights", "means", "sds")}
        ).quantile(u)[:, j]
        return tuple(float(x) for x in self.effects(z))


@dataclass(frozen=True)
class _Kind:
    """What was learnt about one kind of record: the models, the classifiers, and the judgements of held-out draws."""

    names: tuple[str, ...]
    models: tuple[_Model, ...]
    chooser: Chooser
    draws: int
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def prior(self) -> float:
        return float(np.mean([model.prior for model in self.models]))

    def claim(self, summaries: Floats) -> tuple[Floats, Floats, Floats]:
        """Probabilities of the claim, P(C | s, v, m) [records, models], and the error of the log odds of the claim."""
        each = np.stack([model.claim(summaries, self.names) for model in self.models], axis=1)
        p = np.exp(self.chooser.log_p(summaries))
        found = (p / p.sum(axis=1, keepdims=True) * each).sum(axis=1)
        again = np.exp(self.chooser.log_p_again(summaries))
        parts = (again / again.sum(axis=2, keepdims=True) * each).sum(axis=2)
        spread = _logit(parts).std(axis=0, ddof=1) / math.sqrt(len(parts))
        # the share under a model as if it rested on the tenth of its draws that are most like the record
        near = max(0.1 * self.draws, 1.0)
        sampling = np.sqrt((p**2 * each * (1 - each)).sum(axis=1) / near) / (found * (1 - found))
        return found, each, np.sqrt(spread**2 + sampling**2)

    def apart(self, summaries: Floats, each: Floats) -> float:
        """How far the classifiers differ in the probability of the claim."""
        p = np.exp(self.chooser.log_p_each(summaries))
        return float(np.ptp((p * each).sum(axis=2)))

    def judged(self, threshold: float, sure: float) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Held-out draws as if each were the record: 1 supported, -1 contradicted, 0 neither; and whether C is true."""
        key = f"judged {threshold}"
        if key not in self.memo:
            held = self.chooser.held
            found, _, error = self.claim(held)
            log_weight = _logit(found) - _logit(np.array(self.prior))
            word = np.where(
                log_weight - sure * error >= math.log(threshold),
                1,
                np.where(log_weight + sure * error <= -math.log(threshold), -1, 0),
            )
            truth = np.zeros(len(held), bool)
            for k, model in enumerate(self.models):
                own = self.chooser.label == k
                if model.learnt is None:
                    truth[own] = model.says == "none"
                    continue
                column = model.learnt.kin.targets.index(model.effect)
                truth[own] = model.true(self.chooser.tables[k].targets[self.chooser.row[own], column])
            self.memo[key] = word, truth
        return self.memo[key]


def _logit(p: Floats) -> Floats:
    p = np.clip(p, 1e-9, 1 - 1e-9)
    return np.log(p) - np.log1p(-p)


def _learnt(
    test: FittedTest,
    models: Mapping[str, Kinship],
    settings: FitSettings,
    folder: Path | None,
    progress: Progress | None,
    memo: dict[Any, Any],
) -> _Kind:
    """Learn one kind of record; `memo` keeps the result for other claims about the same effect."""
    key = ("fits", test.effect, repr(settings.draws), str(settings.method), *(kin.key for kin in models.values()))
    if key not in memo:
        learnt: dict[str, Learnt] = {}
        for name, kin in models.items():
            if test.effect in kin.targets:
                table = ReferenceTable(kin.draws, folder, test.tables)
                blocks = blocks_of(kin, settings.draws)
                table.extend(blocks, threads=settings.threads, progress=progress)
                learnt[name] = learn(table, kin, blocks, method=settings.method, threads=settings.threads)
        memo[key] = learnt, chooser(models, settings, folder=folder, shipped=test.tables, progress=progress)
    learnt, chosen = memo[key]
    found = [_Model(name, learnt.get(name), test.effect, test.says, test.margin) for name in models]
    return _Kind(chosen.tables[0].names, tuple(found), chosen, settings.draws or len(chosen.tables[0].draw))


def shipped_tables(test: FittedTest, study: Study) -> list[ReferenceTable]:
    """The reference tables that ship with a test."""
    if test.tables is None:
        return []
    draws = {kin.draws.key: kin.draws for record in test.prepare(study).values() for kin in record.models.values()}
    tables = [ReferenceTable(one, None, test.tables) for one in draws.values()]
    return [table for table in tables if table.from_shipped]


# -- a test ------------------------------------------------------------------------------------------------------------


def judge_fits(
    test: FittedTest,
    study: Study,
    threshold: float,
    sure: float,
    *,
    memo: dict[Any, Any] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Judgement:
    """Test a claim on its records by fits.

    Parameters
    ----------
    threshold, sure : the weight that decides, and by how many standard errors its logarithm must clear it.
    memo : keeps what was learnt, for further claims about the same effect.
    threads, progress : of the draws; no result depends on them.

    Raises
    ------
    GroundswellError : a record is too short, or a model cannot simulate one.
    """
    settings = test.settings if threads is None else FitSettings.of(test.settings, {"threads": threads})
    records = test.prepare(study)
    folder = tables_folder()
    kinds: dict[tuple[str, ...], _Kind] = {}
    of: dict[str, tuple[_Kind, Floats, list[float], str]] = {}
    for name, record in records.items():
        key = tuple(kin.key for kin in record.models.values())
        if key not in kinds:
            kinds[key] = _learnt(test, record.models, settings, folder, progress, {} if memo is None else memo)
        kind = kinds[key]
        first = next(iter(record.models.values()))
        summaries, _ = first.summaries({n: record.observed.series[n][None] for n in first.draws.observables})
        inside = kind.chooser.inside(summaries[0])
        refused = kind.chooser.refused(inside)
        apart = kind.apart(summaries, kind.claim(summaries)[1])
        if not refused and apart > AGREE:
            refused = f"two classifiers differ by {apart:.2f} in the probability of the claim; try more draws"
        if record.estimate is None:
            refused = refused or "the estimator cannot answer from it"
        refused = record.left_out or refused
        of[name] = kind, summaries, inside, refused
    used = {name: x for name, x in of.items() if not x[3]}
    reach, judged, decided, wrong = _reach(kinds.values(), threshold, sure)
    some = next(iter(of.values()))[0]
    about = {
        "prior": some.prior, "judged": judged, "decided": decided, "wrong": wrong, "draws": some.draws,
        "calibration_error": max(k.chooser.calibration_error for k in kinds.values()),
        "accuracy": min(k.chooser.accuracy for k in kinds.values()),
    }  # fmt: skip
    simulated = _simulated(*next(iter(used.values() or of.values()))[:2])
    if not used:
        reasons = "; ".join(dict.fromkeys(x[3] for x in of.values()))
        rivals = tuple(
            Rival(m.name, None, None, None, None, None, None, min(x[2][k] for x in of.values()))
            for k, m in enumerate(some.models)
        )
        weights = tuple(RecordWeight(n, None, _value(records[n]), of[n][3]) for n in of) if len(of) > 1 else ()
        odds = FittedOdds(probability=None, rivals=rivals, records=weights, selected=None, **about)
        only = next(iter(records.values())).estimate if len(records) == 1 else None
        return Judgement(odds, only, None, None, reasons, reach, None, simulated)
    if len(records) == 1:
        (name,) = used
        kind, summaries, inside, _ = used[name]
        found, each, error = kind.claim(summaries)
        choice = kind.chooser.choice(summaries[0])
        rivals = tuple(
            _rival(m.name, o.probability, o.error, float(each[0, k]), m.interval(summaries, kind.names), o.inside)
            for k, (m, o) in enumerate(zip(kind.models, choice.odds, strict=True))
        )
        probability, estimate, weights, selected = float(found[0]), records[name].estimate, (), None
        monte_carlo = float(error[0])
    else:
        rivals, probability, estimate, weights, selected, monte_carlo = _pooled(test, records, of, used)
    odds = FittedOdds(probability=probability, rivals=rivals, records=weights, selected=selected, **about)
    weight = math.exp(float(_logit(np.array(probability)) - _logit(np.array(about["prior"]))))
    best = max(rivals, key=lambda r: r.probability or 0.0)
    failed = () if estimate is None or estimate.passed else tuple(k for k, x in estimate.checks.items() if x is False)
    explained = None if best.probability is None else best.name
    return Judgement(odds, estimate, weight, monte_carlo, "", reach, explained, simulated, failed)


def _rival(
    name: str,
    probability: float | None,
    error: float | None,
    claim: float,
    effect: tuple[float, ...],
    inside: float,
) -> Rival:
    low, median, high = effect
    return Rival(name, probability, error, claim, low, median, high, inside)


def _value(record: FittedRecord) -> float | None:
    return None if record.estimate is None else record.estimate.value


def _reach(kinds: Any, threshold: float, sure: float) -> tuple[dict[str, float], int, float, float]:
    """What one record could decide, before it is read: its reach, and numbers judged, decided and decided wrongly."""
    words, truths = (np.concatenate(x) for x in zip(*(k.judged(threshold, sure) for k in kinds), strict=True))
    decided = words != 0
    wrong = (words == 1) & ~truths | (words == -1) & truths

    def share(of: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
        return float(of[among].mean()) if among.any() else 0.0

    reach = {"supported": share(words == 1, truths), "contradicted": share(words == -1, ~truths)}
    return reach, len(words), float(decided.mean()), share(wrong, decided)


def _simulated(kind: _Kind, summaries: Floats) -> dict[str, list[float]]:
    """Estimates of the simulated records of each model that are most like the record in all but the estimate."""
    names = kind.names
    like = [j for j, n in enumerate(names) if n not in (ESTIMATE, WIDTH, ESTIMABLE)]
    found = {}
    for model, rows in zip(kind.models, kind.chooser.tables, strict=True):
        spread = rows.summaries[:, like].std(axis=0)
        far = (((rows.summaries - summaries)[:, like] / np.where(spread > 0, spread, np.inf)) ** 2).sum(axis=1)
        near = np.argsort(far, kind="stable")[: min(NEAREST, len(far) // 4)]
        near = near[rows.summaries[near, names.index(ESTIMABLE)] > 0]
        found[model.name] = [float(f"{x:.6g}") for x in rows.summaries[near, names.index(ESTIMATE)]]
    return found


def _pooled(
    test: FittedTest, records: Mapping[str, FittedRecord], of: Mapping[str, Any], used: Mapping[str, Any]
) -> tuple[tuple[Rival, ...], float, Estimate, tuple[RecordWeight, ...], float, float]:
    """All records together: a common effect, and separate selection for each record."""
    evidence: dict[str, Evidence] = {}
    errors = []
    first: _Kind = next(iter(used.values()))[0]
    for name, (kind, summaries, _, _) in used.items():
        log_p = kind.chooser.log_p(summaries)[0]
        again = kind.chooser.log_p_again(summaries)[:, 0]
        errors.append((again - again.mean(axis=1, keepdims=True)).std(axis=0, ddof=1) / math.sqrt(len(again)))
        margins = {}
        for model in kind.models:
            if model.learnt is not None:
                columns = model.learnt.columns(summaries, kind.names)
                margins[model.name] = model.learnt.margins(columns), model.learnt.names.index(model.effect)
        evidence[name] = Evidence({m.name: float(x) for m, x in zip(kind.models, log_p, strict=True)}, margins)
    null = next(m.name for m in first.models if m.learnt is None)
    effects = {m.name: m.effects(claim_grid()) for m in first.models if m.learnt is not None}
    holds = {m.name: m.true(effects[m.name]).astype(float) for m in first.models if m.learnt is not None}
    total, without = pool_odds(evidence, holds, null, test.says == "none")
    prior = float(_logit(np.array(first.prior)))

    def log_weight(odds: PooledOdds) -> float:
        return float(_logit(np.array(odds.claim))) - prior

    weights = tuple(
        RecordWeight(name, None, _value(records[name]), of[name][3])
        if name not in used
        else RecordWeight(
            name, math.exp(log_weight(total) - (log_weight(without[name]) if without else 0.0)),
            _value(records[name]), "",
        )
        for name in records
    )  # fmt: skip
    error = np.sqrt((np.array(errors) ** 2).sum(axis=0))
    rivals = tuple(
        _rival(
            m.name, total.probability[m.name], float(error[k]), total.under[m.name],
            (0.0,) * 3 if m.learnt is None else tuple(float(x) for x in m.effects(np.array(total.centre[m.name]))),
            min(x[2][k] for x in used.values()),
        )
        for k, m in enumerate(first.models)
    )  # fmt: skip
    best = max((r for r in rivals if r.name != null), key=lambda r: r.probability or 0.0)
    estimate = Estimate(
        value=best.median, low=best.low, high=best.high, p=None, n=len(used),
        method=f"median effect over records, under {best.name}", unit="effect", passed=True, level=0.9,
    )  # fmt: skip
    parts = [
        total.probability[m.name] * error[k] * (total.under[m.name] - total.claim) for k, m in enumerate(first.models)
    ]
    spread = math.sqrt(sum(x**2 for x in parts)) / max(total.claim * (1 - total.claim), 1e-9)
    return rivals, total.claim, estimate, weights, total.selected, float(spread)


__all__ = [
    "NEITHER", "TIDE", "TIDE_EFFECT", "FittedOdds", "FittedRecord", "FittedTest", "Judgement", "RecordWeight", "Rival",
    "judge_fits", "numbers_of",
]  # fmt: skip
