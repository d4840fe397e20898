"""A posterior for every record of one kind at once: summaries of a reference table, trained methods, their results.

Targets are the free parameters, what the reporting model draws, and the estimands, each as its normal score under the
prior, so that "information gained" is comparable for all: mean log q(z | s) - log N(z) over held-out draws, in nats.
A target about which cross-validated regression on the summaries finds nothing is left at its prior and reported so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from groundswell.blas import one_thread
from groundswell.calibrate.cloud import Cloud
from groundswell.calibrate.gates import disagreement
from groundswell.calibrate.methods import METHODS, Method, Trained, method_of
from groundswell.calibrate.mixture import Margins, sample
from groundswell.calibrate.recalibrate import recalibrate
from groundswell.calibrate.reference import BLOCK, Progress, ReferenceDraws, ReferenceTable, simulate_block
from groundswell.calibrate.regression_abc import RegressionFit, features, ridge
from groundswell.calibrate.reporting import Reporting
from groundswell.calibrate.scores import NormalScores
from groundswell.calibrate.summaries import Kind, Own, of_user, own_key, printed, summarise
from groundswell.draws import derive_seed
from groundswell.errors import EstimationError

Floats = NDArray[np.float64]
Log = Callable[[str], None]

COPIES = 3
"""Reports of each simulated world; they cost almost nothing and help (FITTING: 2.10 nats against 1.89)."""
HELD_EVERY = 6
"""Every sixth block is held out for validation."""
RECALIBRATE_EVERY, RECALIBRATE_FIRST = 12, 2
"""Every twelfth block is kept for recalibration; none of these is held out."""
LEAST_DRAWS = 6 * BLOCK
COMPARED = 200
"""Held-out records at which two methods are compared, for a gate that refuses one record in 200."""
FEW_TARGETS = 10
"""Up to this many parameters and nuisances all go to the network; beyond it, only those that regression can inform."""
SCREEN_Z = 3.0


@dataclass(frozen=True)
class Kinship:
    """What records of one kind share, and what turns a table's draws into records.

    Parameters
    ----------
    draws : of the theory.
    reporting : how histories become records.
    watched : bool[periods].
    every : steps per period, over which observables are averaged.
    offsets : rows of a history at which the record may begin: 0 the state before the first step, 1 after it.
    own : a user's summaries, or None for the library.
    copies : reports of each world.
    also : further summaries besides the library's, such as a claim's estimate; `also_key` changes with them.
    """

    draws: ReferenceDraws
    reporting: Reporting
    watched: NDArray[np.bool_]
    every: int = 1
    offsets: tuple[int, ...] = (1,)
    own: Own | None = None
    copies: int = COPIES
    also: Own | None = None
    also_key: str = ""

    @property
    def periods(self) -> int:
        return len(self.watched)

    @property
    def reported(self) -> int:
        """How often each world is reported: where no luck enters the report, once for each place it may begin."""
        return self.copies if self.reporting.random else len(self.offsets)

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """What the summaries need to know of each series."""
        found = {}
        for name in self.draws.observables:
            if self.draws.recorded is not None and name == self.draws.recorded.name:
                found[name] = Kind(counts=True, harm=True)
                continue
            observable, form = self.draws.theory.observables[name], self.reporting.series[name].form
            unit = observable.unit
            small = form in ("exact", "noisy") and ("share" in unit or unit in ("0..1", "probability"))
            counts = form in ("counts", "events")
            found[name] = Kind(counts, small, observable.harm)
        return found

    @cached_property
    def key(self) -> str:
        """Of the summaries of a table."""
        content = [
            self.draws.key,
            repr(self.reporting),
            hashlib.sha256(self.watched.tobytes()).hexdigest(),
            self.every,
            self.offsets,
            own_key(self.own),
            self.copies,
            *([self.also_key] if self.also is not None else []),
        ]
        return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()[:16]

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of all targets: parameters, nuisances, estimands."""
        return (*self.draws.free, *self.reporting.nuisances(), *(e.name for e in self.draws.estimands))

    def reports(self, values: NDArray[np.float32], seed: int, copy: int) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """One report of each history [worlds, periods + 1, observables]: series by observable, and what was drawn."""
        drawn = self.reporting.draw(len(values), derive_seed(seed, "copy", copy))
        return self.report(values, drawn, seed, copy), drawn

    def report(
        self, values: NDArray[np.float32], drawn: Mapping[str, Floats], seed: int, copy: int
    ) -> dict[str, Floats]:
        """One report of each history, with given nuisances."""
        offset = self.offsets[copy % len(self.offsets)]
        span = self.periods * self.every
        cut = values[:, offset : offset + span].astype(float)
        cut = cut.reshape(len(values), self.periods, self.every, -1).mean(axis=2)
        histories = {name: np.ascontiguousarray(cut[:, :, o]) for o, name in enumerate(self.draws.observables)}
        return self.reporting.report(histories, drawn, derive_seed(seed, "copy", copy))

    def summaries(self, series: Mapping[str, Floats]) -> tuple[Floats, tuple[str, ...]]:
        """The summaries of records of this kind; recorded acts enter only through what other series do after them."""
        series = {name: printed(x) for name, x in series.items()}
        found, names = summarise(series, self.kinds, self.watched, self.own)
        if self.draws.recorded is not None and self.own is None:
            acts = self.draws.recorded.name
            kept = [j for j, name in enumerate(names) if not name.startswith(f"{acts}.") and name != f"{acts}>lone"]
            found, names = found[:, kept], tuple(names[j] for j in kept)
        if self.also is not None:
            more, called = of_user(self.also, {n: np.where(self.watched, x, np.nan) for n, x in series.items()})
            found, names = np.concatenate([found, more], axis=1), (*names, *called)
        return found, names


@dataclass(frozen=True)
class Rows:
    """A table as summaries and targets, with a row for each report of each world that did not fail."""

    summaries: Floats
    names: tuple[str, ...]
    targets: Floats
    draw: NDArray[np.int64]
    copy: NDArray[np.int64]
    failed: int

    @property
    def block(self) -> NDArray[np.int64]:
        return self.draw // BLOCK

    def where(self, rows: NDArray[np.bool_]) -> Rows:
        """Some of the rows."""
        return replace(
            self, summaries=self.summaries[rows], targets=self.targets[rows], draw=self.draw[rows], copy=self.copy[rows]
        )


def rows_of(table: ReferenceTable, kin: Kinship, blocks: int) -> Rows:
    """The rows of a table's first blocks; a block's rows are kept with it."""
    summaries, targets, draw, copy, failed = [], [], [], [], 0
    names: tuple[str, ...] = ()
    for b in range(blocks):
        kept = table.load(f"rows_{kin.key}_{b:05}")
        if kept is None or kin.own is not None:
            kept = _rows_of_block(table, kin, b)
            table.keep(f"rows_{kin.key}_{b:05}", kept)
        names = tuple(str(x) for x in kept["names"])
        summaries.append(kept["summaries"])
        targets.append(kept["targets"])
        draw.append(kept["draw"])
        copy.append(kept["copy"])
        failed += int(kept["failed"])
    joined = [np.concatenate(x) for x in (summaries, targets, draw, copy)]
    return Rows(joined[0], names, joined[1], joined[2], joined[3], failed)


def _rows_of_block(table: ReferenceTable, kin: Kinship, number: int) -> dict[str, np.ndarray]:
    block = table.block(number)
    fine = ~block.failed
    seed = derive_seed(kin.draws.seed, "fit report", number)
    parts: dict[str, list[np.ndarray]] = {"summaries": [], "targets": [], "draw": [], "copy": []}
    names: tuple[str, ...] = ()
    values = np.where(block.failed[:, None, None], 0, block.values)
    for c in range(kin.reported):
        series, drawn = kin.reports(values, seed, c)
        found, names = kin.summaries({name: x[fine] for name, x in series.items()}) if fine.any() else (None, names)
        if found is None:
            continue
        nuisances = (
            np.stack([drawn[n] for n in kin.reporting.nuisances()], axis=1) if drawn else np.zeros((len(fine), 0))
        )
        parts["summaries"].append(found)
        parts["targets"].append(np.concatenate([block.parameters, nuisances, block.effects], axis=1)[fine])
        parts["draw"].append(number * BLOCK + np.flatnonzero(fine))
        parts["copy"].append(np.full(int(fine.sum()), c))
    if not parts["draw"]:
        raise EstimationError(
            f"all {BLOCK} worlds of block {number} of theory {kin.draws.theory.name} failed",
            expected="observables that stay finite",
            instead="a narrower prior: --prior NAME=Uniform(LOW, HIGH)",
        )
    return {k: np.concatenate(v) for k, v in parts.items()} | {
        "names": np.array(names),
        "failed": np.array(int(block.failed.sum())),
    }


@dataclass(frozen=True)
class Learnt:
    """A posterior for all records of one kind.

    Parameters
    ----------
    kin : what the records share.
    blocks : of the table from which it was learnt.
    summaries : the names of the summaries in use; `dropped` have one value in all simulated records.
    of_summaries, of_targets : normal scores of these summaries, and of all targets.
    informed : bool[targets], those that the method infers; the others stay at their prior.
    method, trained : the method, and what it learnt about the informed targets.
    check : the regression ABC that serves as a cross-check.
    held : the held-out rows, one for each world.
    ranks, scores : of held-out draws, [draws, informed].
    half : log scores after half the draws, and `full` after all of them, from the same number of networks.
    simulated : summaries of training rows, one for each world, which form the cloud.
    """

    kin: Kinship
    blocks: int
    summaries: tuple[str, ...]
    dropped: Mapping[str, float]
    of_summaries: NormalScores
    of_targets: NormalScores
    informed: NDArray[np.bool_]
    method: str
    trained: Trained
    check: RegressionFit
    held: Rows
    ranks: Floats
    half: Floats
    full: Floats
    simulated: Rows
    table: ReferenceTable = field(repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the informed targets."""
        return tuple(n for n, x in zip(self.kin.targets, self.informed, strict=True) if x)

    @cached_property
    def information(self) -> dict[str, float]:
        """Nats gained over the prior for each target, over held-out draws; 0 for targets left at their prior."""
        gained = dict.fromkeys(self.kin.targets, 0.0)
        return gained | {n: max(0.0, float(x)) for n, x in zip(self.names, self.full.mean(axis=0), strict=True)}

    @cached_property
    def cloud(self) -> Cloud:
        """Simulated records, made ready for the place of any record among them."""
        return Cloud.of(self.simulated.summaries, self.summaries, self.simulated.block)

    @cached_property
    def apart(self) -> Floats:
        """By how much two methods disagree about each of some held-out records."""
        scored = self.scored(self.held.summaries[:COMPARED])
        return disagreement(self.trained.margins(scored), self.check.margins(scored))

    def columns(self, found: Floats, names: tuple[str, ...]) -> Floats:
        """The summaries in use, taken from all that were computed."""
        return found[:, [names.index(n) for n in self.summaries]]

    def scored(self, used: Floats) -> Floats:
        """The summaries in use, scored as the method expects them."""
        return self.of_summaries.forward(used)

    @one_thread
    def margins(self, used: Floats) -> Margins:
        """The marginal posteriors of the informed targets for each row of summaries in use."""
        return self.trained.margins(self.scored(used))

    def sample(self, used: Floats, count: int, seed: int) -> dict[str, Floats]:
        """Joint posterior draws for one record, by target; targets left at their prior are drawn from it."""
        luck = np.random.Generator(np.random.Philox(key=derive_seed(seed, "posterior prior")))
        z = luck.standard_normal((count, len(self.kin.targets)))
        if self.informed.any():
            z[:, self.informed] = self.trained.sample(
                self.scored(used.reshape(1, -1)), count, derive_seed(seed, "joint")
            )
        values = self.of_targets.inverse(z)
        params = self.kin.draws.theory.params
        for j, name in enumerate(self.kin.targets):
            if name in params and params[name].whole:
                values[:, j] = np.round(values[:, j])
        return {name: values[:, j] for j, name in enumerate(self.kin.targets)}


@one_thread
def learn(
    table: ReferenceTable,
    kin: Kinship,
    blocks: int,
    *,
    method: str | Method = "network",
    threads: int = 1,
    progress: Progress | None = None,
    curve: bool = True,
) -> Learnt:
    """Learn the posterior for records of one kind from a table that has been extended to `blocks`.

    Parameters
    ----------
    curve : whether to learn from half the draws too, which takes a third of the time. Without it, `half` is NaN and a
        fit fails its gate `budget`: this is for users who need the information but no posterior.

    Raises
    ------
    EstimationError : too few draws; every summary, or one of a user's, is constant; most worlds failed.
    """
    if blocks * BLOCK < LEAST_DRAWS:
        raise EstimationError(f"{blocks * BLOCK} draws", expected=f"at least {LEAST_DRAWS}", instead="--draws 2000")
    rows = rows_of(table, kin, blocks)
    if rows.failed > 0.2 * blocks * BLOCK:
        raise EstimationError(
            f"{rows.failed} of {blocks * BLOCK} worlds of theory {kin.draws.theory.name} failed",
            expected="observables that stay finite in nearly all draws",
            instead="a narrower prior: --prior NAME=Uniform(LOW, HIGH)",
        )
    used, dropped = _varying(rows, kin)
    rows = replace(rows, summaries=rows.summaries[:, [rows.names.index(n) for n in used]], names=used)
    held = rows.block % HELD_EVERY == HELD_EVERY - 1
    kept = rows.block % RECALIBRATE_EVERY == RECALIBRATE_FIRST
    copies = int(rows.copy.max()) + 1
    once = rows.copy == rows.draw % copies
    train, last, test = rows.where(~held & ~kept), rows.where(kept), rows.where(held & once)
    of_summaries, of_targets = NormalScores.of(train.summaries), NormalScores.of(train.targets)
    luck = np.random.Generator(np.random.Philox(key=derive_seed(kin.draws.seed, "ties")))
    z_train, z_last, z_test = (of_targets.forward(some.targets, luck) for some in (train, last, test))
    x_train, x_last, x_test = (of_summaries.forward(some.summaries) for some in (train, last, test))
    informed = _informed(x_train, z_train, x_test, z_test, len(kin.draws.estimands))
    z_train, z_last, z_test = z_train[:, informed], z_last[:, informed], z_test[:, informed]
    how = method_of(method)
    seed = derive_seed(kin.draws.seed, "method")
    if progress is not None:
        progress("learning", 0, 3)
    fewer = None
    if curve:
        half_rows = train.block < blocks // 2 if blocks > 3 else train.copy == 0
        fewer = how.train(x_train[half_rows], z_train[half_rows], train.block[half_rows], seed, threads=threads)
        fewer = recalibrate(fewer, x_last, z_last, last.draw)
    if progress is not None:
        progress("learning", 1, 3)
    trained = how.train(x_train, z_train, train.block, seed, threads=threads)
    trained = recalibrate(trained, x_last, z_last, last.draw)
    if progress is not None:
        progress("learning", 2, 3)
    prior = -0.5 * z_test**2 - 0.5 * np.log(2 * np.pi)
    found = trained.margins(x_test)
    half = np.full(z_test.shape, np.nan) if fewer is None else fewer.margins(x_test).log_density(z_test) - prior
    full, pit = found.log_density(z_test) - prior, found.distribution(z_test)
    check = RegressionFit.train(x_train, z_train)
    if progress is not None:
        progress("learning", 3, 3)
    name = method if isinstance(method, str) else how.name
    simulated = rows.where(~held & once)
    return Learnt(
        kin, blocks, used, dropped, of_summaries, of_targets, informed, name, trained, check, test, pit, half, full,
        simulated, table,
    )  # fmt: skip


def _varying(rows: Rows, kin: Kinship) -> tuple[tuple[str, ...], dict[str, float]]:
    """The summaries that vary over simulated records, and the values of those that do not."""
    low, high = rows.summaries.min(axis=0), rows.summaries.max(axis=0)
    constant = high - low <= 1e-9 * np.maximum(np.abs(high), 1.0)
    dropped = {n: float(v) for n, v, c in zip(rows.names, low, constant, strict=True) if c}
    if dropped and kin.own is not None:
        name, value = next(iter(dropped.items()))
        raise EstimationError(
            f"your summary {name!r} is {value:g} in every simulated record",
            expected="summaries that vary with what the theory draws",
            why="a constant says nothing about any parameter",
            instead="leave it out, or draw from a wider prior",
        )
    if constant.all():
        raise EstimationError(
            f"every simulated record of theory {kin.draws.theory.name} is the same",
            expected="draws that produce different records",
            instead="a parameter to be fitted: --prior NAME=Uniform(LOW, HIGH)",
        )
    return tuple(n for n, c in zip(rows.names, constant, strict=True) if not c), dropped


def _informed(x: Floats, z: Floats, x_test: Floats, z_test: Floats, estimands: int) -> NDArray[np.bool_]:
    """Which targets the method infers: all if they are few; otherwise those about which regression finds something."""
    count = z.shape[1]
    if count - estimands <= FEW_TARGETS:
        return np.ones(count, dtype=np.bool_)
    a, a_test = features(x), features(x_test)
    found = np.zeros(count, dtype=np.bool_)
    for goal, goal_test in ((z, z_test), ((z**2 - 1), (z_test**2 - 1))):
        predicted = a_test @ ridge(a, goal, penalty=10.0)
        spread = predicted.std(axis=0) * goal_test.std(axis=0)
        r = ((predicted - predicted.mean(0)) * (goal_test - goal_test.mean(0))).mean(0) / np.maximum(spread, 1e-12)
        found |= r * np.sqrt(len(z_test)) > SCREEN_Z
    found[count - estimands :] = True
    if not found.any():
        found[0] = True
    return found


def predict(learnt: Learnt, draws: Mapping[str, Floats], seed: int, *, threads: int = 1) -> dict[str, Floats]:
    """Records simulated from posterior draws: by observable, float64[draws, periods]; worlds that fail are left out."""
    from concurrent.futures import ThreadPoolExecutor

    kin = learnt.kin
    count = len(next(iter(draws.values())))
    fixed = {
        n: float(p.quantile(np.array([0.5]))[0]) for n, p in kin.draws.all_priors.items() if n not in kin.draws.free
    }
    starts = range(0, count, BLOCK)

    def one(start: int) -> dict[str, Floats]:
        rows = range(start, min(start + BLOCK, count))
        sets = [fixed | {n: float(draws[n][i]) for n in kin.draws.free} for i in rows]
        again = replace(kin.draws, seed=derive_seed(seed, "predict"))
        block = simulate_block(again, start // BLOCK, sets)
        nuisances = {n: draws[n][start : start + BLOCK] for n in kin.reporting.nuisances()}
        found = kin.report(block.values, nuisances, derive_seed(seed, "predict report", start), start // BLOCK)
        return {name: x[~block.failed] for name, x in found.items()}

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(one, starts))
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


__all__ = ["COPIES", "LEAST_DRAWS", "METHODS", "Kinship", "Learnt", "Rows", "learn", "predict", "rows_of", "sample"]
