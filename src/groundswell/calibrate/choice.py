"""Model choice: odds of accounts, of the wide prior, and of named rivals, by classifiers shown to be calibrated.

    P(account | s) by two classifiers over simulated records of all of them, equal numbers of each:
    multinomial logistic regression on summaries and their squares, and a network of one hidden layer

A classifier trained on simulated records of each model estimates the posterior probabilities of the models under equal
prior odds. This holds only for records like the simulated ones, so none is given outside the cloud of every model.
Probabilities are calibrated by one temperature on draws kept for this; their calibration is checked on others.

Source: Cranmer, Pavez & Louppe (2015), arXiv:1506.02169; Guo et al. (2017), arXiv:1706.04599, for the temperature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax, logsumexp

from groundswell.blas import one_thread
from groundswell.calibrate.cloud import distance
from groundswell.calibrate.fit import Fit, FitSettings, blocks_of
from groundswell.calibrate.gates import LEVEL
from groundswell.calibrate.observed import Observed
from groundswell.calibrate.posterior import Kinship, Rows, rows_of
from groundswell.calibrate.reference import BLOCK, Progress, ReferenceTable
from groundswell.calibrate.regression_abc import features
from groundswell.calibrate.scores import NormalScores
from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.results import Result

Floats = NDArray[np.float64]

WIDE = "wide prior"
MOST_DRAWS = 4096
"""Draws of each model from which a classifier learns; with more its accuracy gains little (FITTING: 1,536)."""
MOST_BLOCKS = MOST_DRAWS // BLOCK
FOLDS = 6
PENALTY, NETWORK_PENALTY, HIDDEN = 1.0, 3.0, 24
AGREE = 0.2
"""Largest allowed difference in probability between two classifiers; beyond it neither is shown."""
AGAIN = 3
"""Number of times a classifier is retrained, each without another part of the draws, for its Monte Carlo error."""
MISCALIBRATED = 0.05
"""Expected calibration error at or above which odds are refused."""


@dataclass(frozen=True)
class Odds(Result):
    """One model among those compared.

    Parameters
    ----------
    name : of the account or rival.
    probability : under equal prior odds, the mean of both classifiers; None where refused.
    log_odds, error : against the wide prior, and the Monte Carlo error over folds of the draws.
    logistic, network : the probability by each classifier.
    inside : share of the model's own records that lie as far from its cloud as the record does.
    """

    name: str
    probability: float | None
    log_odds: float | None
    error: float | None
    logistic: float | None
    network: float | None
    inside: float


@dataclass(frozen=True)
class Choice(Result):
    """Odds among models, with checks of their reliability.

    Parameters
    ----------
    odds : one for each model.
    accuracy, log_loss, chance : on held-out draws; `chance` is the log loss without any information.
    calibration_error : mean distance between stated and observed frequencies on held-out draws, over ten classes.
    calibration : stated and observed frequency by class of stated probability.
    refused : why no odds are given; empty where they are.
    """

    odds: tuple[Odds, ...]
    accuracy: float
    log_loss: float
    chance: float
    calibration_error: float
    calibration: tuple[Mapping[str, float], ...]
    refused: str

    derived = ("answer",)

    @property
    def answer(self) -> str:
        """The odds in one sentence, or why there are none."""
        if self.refused:
            return f"No odds are given: {self.refused}."
        best = max(self.odds, key=lambda o: o.probability or 0.0)
        rest = "; ".join(f"{o.name} {o.probability:.2g}" for o in self.odds if o is not best)
        return f"Under equal prior odds the record comes from {best.name} (probability {best.probability:.2g}; {rest})."

    def rows(self) -> list[dict[str, Any]]:
        """A row for each model."""
        return [o.to_dict() for o in self.odds]


Classifier = Callable[[Floats], Floats]
"""Log probabilities [rows, models] of scored summaries."""


@dataclass(frozen=True)
class Chooser:
    """The classifiers that choose among models for every record of one kind.

    Parameters
    ----------
    names : of the models.
    tables : their simulated records, which show whether a record lies within a model's cloud.
    varies, scores : the summaries in use, and their normal scores.
    classifiers : each trained on all draws; `again` holds those trained without one part of them.
    held, label : summaries of draws that no classifier has seen, and the model of each; `row` is its table row.
    calibration_error, classes, accuracy, log_loss : on these.
    """

    names: tuple[str, ...]
    tables: tuple[Rows, ...]
    varies: NDArray[np.bool_]
    scores: NormalScores
    classifiers: tuple[Classifier, ...]
    again: tuple[tuple[Classifier, ...], ...]
    held: Floats
    label: NDArray[np.int64]
    row: NDArray[np.int64]
    calibration_error: float
    classes: tuple[dict[str, float], ...]
    accuracy: float
    log_loss: float

    def _scored(self, found: Floats) -> Floats:
        return self.scores.forward(found[:, self.varies])

    @one_thread
    def log_p_each(self, found: Floats) -> Floats:
        """Log probabilities of the models for records by their summaries, [classifiers, records, models]."""
        x = self._scored(found)
        return np.stack([made(x) for made in self.classifiers])

    def log_p(self, found: Floats) -> Floats:
        """The mean of the classifiers, [records, models]."""
        each = self.log_p_each(found)
        return np.asarray(logsumexp(each, axis=0)) - np.log(len(each))

    @one_thread
    def log_p_again(self, found: Floats) -> Floats:
        """The same without one part of the draws, [parts, records, models]: their spread is the Monte Carlo error."""
        x = self._scored(found)
        each = np.stack([[made(x) for made in folds] for folds in self.again])
        return np.asarray(logsumexp(each, axis=0)) - np.log(len(self.again))

    @one_thread
    def inside(self, record: Floats) -> list[float]:
        """The share of each model's records that lie as far from its cloud as a record does."""
        return [_inside(rows, record) for rows in self.tables]

    def refused(self, inside: list[float]) -> str:
        """Why no odds are given for a record, from its place in each cloud; empty if they are given."""
        if max(inside) < LEVEL:
            return "the record lies outside the cloud of every model"
        if self.calibration_error > MISCALIBRATED:
            return (
                f"the classifiers are not calibrated on held-out draws ({self.calibration_error:.3f}); try more draws"
            )
        return ""

    def choice(self, record: Floats) -> Choice:
        """The odds for one record, by its summaries."""
        inside = self.inside(record)
        refused = self.refused(inside)
        x = self._scored(record[None])
        records = self.log_p_each(record[None])[:, 0]
        apart = float(np.abs(np.exp(records[0]) - np.exp(records[1])).max())
        if not refused and apart > AGREE:
            refused = f"two classifiers differ by {apart:.2f} in probability; try more draws"
        log_p = self.log_p(record[None])[0]
        each = [np.stack([made(x)[0] for made in folds]) for folds in self.again]
        spread = np.sqrt(np.mean([np.var(e - e[:, :1], axis=0, ddof=1) for e in each], axis=0) / AGAIN)
        odds = tuple(
            Odds(
                name,
                None if refused else float(np.exp(log_p[k])),
                None if refused else float(log_p[k] - log_p[0]),
                None if refused else float(spread[k]),
                None if refused else float(np.exp(records[0][k])),
                None if refused else float(np.exp(records[1][k])),
                inside[k],
            )
            for k, name in enumerate(self.names)
        )
        chance = float(np.log(len(self.names)))
        return Choice(odds, self.accuracy, self.log_loss, chance, self.calibration_error, self.classes, refused)


def choose(
    fitted: Fit,
    rivals: Mapping[str, Kinship],
    observed: Observed,
    settings: FitSettings,
    *,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Fit:
    """The fit with the odds among its accounts, the wide prior and rivals in `choice`."""
    models = {f"{WIDE} of {fitted.theory}": fitted.learnt.kin, **rivals}
    return replace(fitted, choice=choose_among(models, observed, settings, folder=folder, progress=progress))


@one_thread
def choose_among(
    models: Mapping[str, Kinship],
    observed: Observed,
    settings: FitSettings,
    *,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Choice:
    """Odds of models given a record; the others are compared with the first.

    Parameters
    ----------
    models : what each draws and how it is reported; two or more, of any theories with these observables.

    Raises
    ------
    EstimationError : one model, or models whose records have other summaries.
    """
    found, _ = next(iter(models.values())).summaries({n: observed.series[n][None] for n in observed.series})
    return chooser(models, settings, folder=folder, progress=progress).choice(found[0])


@one_thread
def chooser(
    models: Mapping[str, Kinship],
    settings: FitSettings,
    *,
    folder: Path | None = None,
    shipped: Path | None = None,
    progress: Progress | None = None,
) -> Chooser:
    """Classifiers among models, trained on draws of each; raises as `choose_among` does."""
    if len(models) < 2:
        raise EstimationError(f"a choice among {', '.join(models) or 'no models'}", expected="at least two")
    tables = []
    for kin in models.values():
        blocks = min(blocks_of(kin, settings.draws), MOST_BLOCKS)
        table = ReferenceTable(kin.draws, folder, shipped)
        table.extend(blocks, threads=settings.threads, progress=progress)
        tables.append(rows_of(table, kin, blocks))
    names = tables[0].names
    for name, rows in zip(models, tables, strict=True):
        if rows.names != names:
            raise EstimationError(f"records of {name} with other summaries", expected="the same observables and units")
    return _chooser(tuple(models), tables, settings.seed)


def _once(rows: Rows) -> Rows:
    return rows.where(rows.copy == rows.draw % (int(rows.copy.max()) + 1))


def _inside(rows: Rows, record: Floats) -> float:
    own = _once(rows)
    low, high = own.summaries.min(axis=0), own.summaries.max(axis=0)
    constant = high - low <= 1e-9 * np.maximum(np.abs(high), 1.0)
    if (np.abs(record - low)[constant] > 1e-6 * np.maximum(1.0, np.abs(low[constant]))).any():
        return 0.0
    names = tuple(n for n, c in zip(rows.names, constant, strict=True) if not c)
    return distance(own.summaries[:, ~constant], record[~constant], names, own.block).p


def _chooser(names: tuple[str, ...], tables: list[Rows], seed: int) -> Chooser:
    size = min(len(rows.draw) for rows in tables)
    summaries = np.concatenate([rows.summaries[:size] for rows in tables])
    label = np.repeat(np.arange(len(tables)), size)
    block = np.concatenate([rows.block[:size] for rows in tables])
    row = np.tile(np.arange(size), len(tables))
    part = block % FOLDS
    varies = np.ptp(summaries, axis=0) > 1e-9
    scores = NormalScores.of(summaries[:, varies])
    x = scores.forward(summaries[:, varies])
    test, warm = part == FOLDS - 1, part == FOLDS - 2
    rest = ~test & ~warm
    made, again = [], []
    for kind in (_logistic, _network):
        made.append(_tempered(kind(x[rest], label[rest], len(names), seed), x[warm], label[warm]))
        folds = []
        for k in range(AGAIN):
            few = rest & (part != k)
            folds.append(_tempered(kind(x[few], label[few], len(names), seed + k), x[warm], label[warm]))
        again.append(tuple(folds))
    both = np.mean([np.exp(one(x[test])) for one in made], axis=0)
    error, classes = _calibration(both, label[test])
    chosen = np.log(np.maximum(both[np.arange(len(both)), label[test]], 1e-300))
    accuracy = float((both.argmax(axis=1) == label[test]).mean())
    return Chooser(
        names, tuple(tables), varies, scores, tuple(made), tuple(again), summaries[test], label[test], row[test],
        error, classes, accuracy, float(-chosen.mean()),
    )  # fmt: skip


def _calibration(p: Floats, label: NDArray[np.int64]) -> tuple[float, tuple[dict[str, float], ...]]:
    """The expected calibration error over all stated probabilities, and the frequencies by tenths."""
    stated = p.ravel()
    came = (np.arange(p.shape[1]) == label[:, None]).ravel()
    tenth = np.minimum((stated * 10).astype(int), 9)
    rows, error = [], 0.0
    for k in range(10):
        there = tenth == k
        if not there.any():
            continue
        gap = float(stated[there].mean() - came[there].mean())
        error += abs(gap) * there.mean()
        rows.append(
            {"stated": float(stated[there].mean()), "observed": float(came[there].mean()), "share": float(there.mean())}
        )
    return float(error), tuple(rows)


def _tempered(classifier: Classifier, x: Floats, label: NDArray[np.int64]) -> Classifier:
    """The classifier at the temperature fitted on draws kept for this."""
    raw = classifier(x)
    rows = np.arange(len(x))

    def loss(log_t: float) -> float:
        return float(-log_softmax(raw / np.exp(log_t), axis=1)[rows, label].mean())

    best: Any = minimize_scalar(loss, bounds=(-1.5, 1.5), method="bounded")
    t = np.exp(best.x)
    return lambda given: log_softmax(classifier(given) / t, axis=1)


def _logistic(x: Floats, label: NDArray[np.int64], classes: int, seed: int) -> Classifier:
    """Multinomial logistic regression on summaries and their squares, with a ridge."""
    a = features(x)
    goal = np.eye(classes)[label]

    def objective(w: Floats) -> tuple[float, Floats]:
        w = w.reshape(a.shape[1], classes)
        log_p = log_softmax(a @ w, axis=1)
        weight = np.ones((a.shape[1], 1)) * PENALTY
        weight[0] = 1e-6
        value = -(goal * log_p).sum() + 0.5 * (weight * w**2).sum()
        return float(value) / len(x), ((a.T @ (np.exp(log_p) - goal) + weight * w) / len(x)).ravel()

    w = minimize(objective, np.zeros(a.shape[1] * classes), jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    w = w.reshape(a.shape[1], classes)
    return lambda given: log_softmax(features(given) @ w, axis=1)


def _network(x: Floats, label: NDArray[np.int64], classes: int, seed: int) -> Classifier:
    """A network of one hidden layer of tanh units, with a ridge."""
    luck = np.random.Generator(np.random.Philox(key=derive_seed(seed, "classifier")))
    shapes = ((x.shape[1], HIDDEN), (1, HIDDEN), (HIDDEN, classes), (1, classes))
    cuts = np.cumsum([a * b for a, b in shapes])[:-1]
    start = np.concatenate([(luck.standard_normal(s) / np.sqrt(s[0]) * (s[0] > 1)).ravel() for s in shapes])
    goal = np.eye(classes)[label]

    def unpack(w: Floats) -> list[Floats]:
        return [part.reshape(s) for part, s in zip(np.split(w, cuts), shapes, strict=True)]

    def objective(w: Floats) -> tuple[float, Floats]:
        w1, b1, w2, b2 = unpack(w)
        hidden = np.tanh(x @ w1 + b1)
        log_p = log_softmax(hidden @ w2 + b2, axis=1)
        value = -(goal * log_p).sum() + 0.5 * NETWORK_PENALTY * ((w1**2).sum() + (w2**2).sum())
        d = np.exp(log_p) - goal
        back = (d @ w2.T) * (1 - hidden**2)
        g = [x.T @ back + NETWORK_PENALTY * w1, back.sum(0), hidden.T @ d + NETWORK_PENALTY * w2, d.sum(0)]
        return float(value) / len(x), np.concatenate([p.ravel() for p in g]) / len(x)

    w1, b1, w2, b2 = unpack(minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 150}).x)
    return lambda given: log_softmax(np.tanh(given @ w1 + b1) @ w2 + b2, axis=1)


__all__ = ["AGREE", "WIDE", "Choice", "Chooser", "Odds", "choose", "choose_among", "chooser"]
