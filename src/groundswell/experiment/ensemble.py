"""Ensembles: for each account and draw, one parameter set and one run seed, simulated once in every arm."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from groundswell.calibrate.priors import draw_parameters
from groundswell.draws import derive_seed
from groundswell.engine.simulate import BATCH, estimate_bytes, simulate
from groundswell.engine.worlds import Histories, World, available_memory, check_people, check_worlds, require_memory
from groundswell.errors import StudyError, TheoryError
from groundswell.experiment.arms import Arm
from groundswell.output import Output, PartsFolder
from groundswell.population.population import Population
from groundswell.settings import require_known
from groundswell.theory import Account, Theory

Floats = NDArray[np.float64]

Progress = Callable[[str, int, int], None]
"""Called with a stage in words, how much of it is done, and how much there is."""

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)  # of the quantiles over people
INTERVAL = (0.05, 0.95)  # of the 90% intervals over draws


@dataclass(frozen=True, eq=False)
class Design:
    """Everything that an ensemble depends on.

    Parameters
    ----------
    theory, population : what is simulated, on whom.
    population_seed : of the traits, in 0..2**64 - 1.
    steps : >= 1.
    accounts : by name; None stands for the theory's own priors.
    arms : by name, in the order of the runs.
    draws : parameter sets of each account, >= 1.
    seed : of parameters and luck, in 0..2**64 - 1.
    effects : name: (arm, against), the twins to compare.
    params : values that replace the prior in every draw of every account.
    totals : states that are summed per person over all steps, for `Ensemble.person_effect`.
    more_societies : further populations with the seeds of their traits; the draws of each account live in the first
        society and in these in turn, so that results do not depend on one network.
    """

    theory: type[Theory]
    population: Population
    population_seed: int
    steps: int
    accounts: Mapping[str, Account | None]
    arms: Mapping[str, Arm]
    draws: int
    seed: int
    effects: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    params: Mapping[str, float] = field(default_factory=dict)
    totals: tuple[str, ...] = ()
    more_societies: tuple[tuple[Population, int], ...] = ()

    @property
    def societies(self) -> tuple[tuple[Population, int], ...]:
        """All populations with the seeds of their traits; draw d uses number d modulo their count."""
        return ((self.population, self.population_seed), *self.more_societies)

    @property
    def runs(self) -> int:
        """How many worlds there are: accounts times draws times arms."""
        return len(self.accounts) * self.draws * len(self.arms)

    def drawn(self, account: str) -> tuple[dict[str, float], ...]:
        """The parameter sets of one account, one per draw."""
        stated = self.accounts[
            account
        ]  # an account that is not the theory's own, such as a fitted one, is used as given
        given = account if stated is None or stated is self.theory.accounts.get(account) else stated
        return tuple(draw_parameters(self.theory, self.draws, self.seed, account=given, fixed=self.params))

    def run_seed(self, account: str, draw: int) -> int:
        """The seed that the arms of one account and draw share."""
        return derive_seed(self.seed, "run", account, draw)


class Failure(NamedTuple):
    """One failed run and the reason; `step` is None when it never began."""

    account: str
    draw: int
    arm: str
    step: int | None
    reason: str


@dataclass(frozen=True, eq=False)
class PersonEffect:
    """How one effect is distributed over people: the twins' difference in steps spent in a state, person by person.

    Parameters
    ----------
    mean : shape (draws,), steps per person.
    quantiles : shape (draws, 5), steps, at the levels .05, .25, .5, .75 and .95 over people.
    more, less : shape (draws,), shares of people who spent more and fewer steps in the state because of the arm.

    A draw in which either twin failed is NaN.
    """

    mean: Floats
    quantiles: Floats
    more: Floats
    less: Floats

    @property
    def changed(self) -> Floats:
        """The share of people whose total differs at all, shape (draws,)."""
        return self.more + self.less


class Summary(NamedTuple):
    """A mean over draws with the 90% interval of the draws, per step; `draws` counts those that did not fail."""

    mean: Floats
    low: Floats
    high: Floats
    draws: int


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The results of an ensemble.

    Parameters
    ----------
    design : what was requested.
    drawn : account: one full parameter set per draw (arms may replace some).
    values : account: float64[draws, arms, steps + 1, observables], as recorded, failed runs included.
    failed : runs that failed, with the reason; they are kept and counted, and excluded from every summary.
    persons : (account, effect, state): how the effect is distributed over people.
    """

    design: Design
    drawn: Mapping[str, tuple[dict[str, float], ...]]
    values: Mapping[str, Floats]
    failed: tuple[Failure, ...]
    persons: Mapping[tuple[str, str, str], PersonEffect]

    @property
    def observables(self) -> tuple[str, ...]:
        return tuple(self.design.theory.observables)

    def parameters(self, account: str) -> tuple[dict[str, float], ...]:
        """The parameter sets of one account, one per draw."""
        return self.drawn[_known(account, self.drawn, "account")]

    def arm(self, account: str, arm: str) -> Floats:
        """One arm as recorded, failed runs included, float64[draws, steps + 1, observables]."""
        arms = list(self.design.arms)
        return self.values[_known(account, self.values, "account")][:, arms.index(_known(arm, arms, "arm"))]

    def series(self, account: str, arm: str, observable: str) -> Floats:
        """One observable in one arm, float64[draws, steps + 1]; the rows of failed runs are NaN."""
        o = self.observables.index(_known(observable, self.observables, "observable"))
        series = self.arm(account, arm)[:, :, o].copy()
        lost = [f.draw for f in self.failed if f.account == account and f.arm == arm]
        series[lost] = np.nan
        return series

    def effect(self, account: str, arm: str, against: str, observable: str) -> Floats:
        """The twins' difference, arm minus against, float64[draws, steps + 1]; NaN where either twin failed."""
        return self.series(account, arm, observable) - self.series(account, against, observable)

    def named_effect(self, account: str, effect: str, observable: str) -> Floats:
        """One of the design's effects, float64[draws, steps + 1]."""
        arm, against = self.design.effects[_known(effect, self.design.effects, "effect")]
        return self.effect(account, arm, against, observable)

    def person_effect(self, account: str, effect: str, state: str) -> PersonEffect:
        """How one of the design's effects is distributed over people, in steps spent in a state."""
        _known(account, self.values, "account")
        _known(effect, self.design.effects, "effect")
        _known(state, self.design.totals, "state that was totalled")
        return self.persons[account, effect, state]


def _known(name: str, choices: Iterable[str], what: str) -> str:
    require_known(name, list(choices), StudyError, f"{what} {name!r}", none="none: the study has none")
    return name


def summarise(series: Floats) -> Summary:
    """The mean and 90% interval over draws of float64[draws, steps + 1], leaving out rows that are NaN."""
    good = series[~np.isnan(series).any(axis=1)]
    if not len(good):
        nothing = np.full(series.shape[1], np.nan)
        return Summary(nothing, nothing.copy(), nothing.copy(), 0)
    low, high = np.quantile(good, INTERVAL, axis=0)
    return Summary(good.mean(axis=0), low, high, len(good))


# -- one part: one account and draw in every arm ----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Part:
    values: Floats  # [arms, steps + 1, observables]
    persons: Floats  # [effects, states, 8]: mean, quantiles, more, less
    failed: tuple[tuple[int, int | None, str], ...]  # arm, step, reason

    @property
    def never_began(self) -> list[int]:
        """Arms that failed before their first step; a part with no other arms is not worth keeping."""
        return [arm for arm, step, _ in self.failed if step is None]

    def encode(self) -> bytes:
        buffer = io.BytesIO()
        np.savez(buffer, values=self.values, persons=self.persons, failed=np.array(json.dumps(self.failed)))
        return buffer.getvalue()


def decoded_part(path: Path, design: Design) -> _Part | None:
    """A finished part, or None where there is none or it cannot be read (it is then simulated again)."""
    if not path.exists():
        return None
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as held:
            failed = tuple((int(a), s if s is None else int(s), str(r)) for a, s, r in json.loads(str(held["failed"])))
            part = _Part(held["values"], held["persons"], failed)
    except (OSError, ValueError, KeyError, BadZipFile, EOFError):
        return None
    expected = (len(design.arms), design.steps + 1, len(design.theory.observables))
    return part if part.values.shape == expected else None


def check_design(design: Design) -> None:
    """Check everything that can be checked before anything is simulated.

    Raises
    ------
    StudyError, TheoryError, PopulationError, MemoryRefusedError : saying what is wrong.
    """
    if design.steps < 1 or design.draws < 1:
        raise StudyError(f"{design.steps} steps and {design.draws} draws", expected="at least one of each")
    if not design.arms or not design.accounts:
        raise StudyError("a design without arms or accounts", expected="at least one of each")
    for name, (arm, against) in design.effects.items():
        for twin in (arm, against):
            if twin not in design.arms:
                raise StudyError(f"effect {name!r} compares the arm {twin!r}", expected=", ".join(design.arms))
    unknown = [x for x in design.totals if x not in design.theory.states]
    if unknown:
        raise StudyError(f"totals of {unknown[0]!r}", expected="states: " + ", ".join(design.theory.states))
    for population, _ in design.societies:
        check_people(design.theory, population)
    check_worlds(design.theory, [a.world(design.params, 0) for a in design.arms.values()], design.steps)
    batch_size(design)
    runs, held = design.runs, record_bytes(design)
    fit = int(design.draws * available_memory() / max(held, 1))
    instead = f"at most {fit:,} draws" if fit else "fewer steps or arms"
    require_memory(held, f"the record of {runs:,} runs", f"{instead}, or more memory")


def record_bytes(design: Design) -> int:
    """The memory that the record of all runs takes: arrays, effects, and the tables made of them."""
    return 4 * 8 * design.runs * (design.steps + 1) * len(design.theory.observables)


def batch_bytes(design: Design, worlds: int) -> int:
    """The memory that so many worlds side by side take, with the totals of all arms of a draw, held together."""
    chunk = max(worlds, len(design.arms))
    totals = 8 * len(design.totals) * design.population.people * (chunk + worlds)
    return estimate_bytes(design.theory, design.population, worlds) + totals


def batch_size(design: Design) -> int:
    """The most worlds side by side that fit in memory, at most `BATCH`; the results do not depend on it."""
    free = 0.8 * available_memory()  # the rest is for the record and for Python itself
    batch = BATCH
    while batch > 1 and batch_bytes(design, batch) > free:
        batch //= 2
    needed, people = batch_bytes(design, batch), design.population.people
    fit = int(people * available_memory() / max(needed, 1))
    require_memory(needed, f"a batch of {batch} worlds of {people:,} people", f"fewer people: at most about {fit:,}")
    return batch


def draws_together(design: Design, batch: int, chunk: int | None = None) -> int:
    """How many draws are simulated together, each in every arm."""
    return chunk or max(1, batch // len(design.arms))


def run_ensemble(
    design: Design,
    *,
    threads: int | None = None,
    store: Output | PartsFolder | None = None,
    progress: Progress | None = None,
    chunk: int | None = None,
    some_arms: bool = False,
) -> Ensemble:
    """Simulate every arm of every draw of every account.

    The arms of a draw share its parameters and its run seed, ``derive_seed(seed, "run", account, draw)``, and so every
    random draw: they are twins, and differ only in what their interventions caused.

    Parameters
    ----------
    design : what to simulate.
    threads : over people; None takes the available cores. The result does not depend on it.
    store : where finished parts are kept, so that a killed run resumes; None keeps nothing.
    progress : called with ("simulating", world-steps done, total world-steps).
    chunk : draws simulated together; None packs batches of up to 128 worlds. The result does not depend on it.
    some_arms : the arms are part of a larger design, so it is not an error if none of their runs can begin.

    Returns
    -------
    Ensemble : with failed runs as rows with a reason.

    Raises
    ------
    StudyError, TheoryError, PopulationError, MemoryRefusedError : before anything is simulated.
    TheoryError : when every run failed to begin, with the reason of the first.
    """
    check_design(design)
    drawn = {account: design.drawn(account) for account in design.accounts}
    parts: dict[tuple[str, int], _Part] = {}
    for account in design.accounts:
        for draw in range(design.draws):
            held = decoded_part(store.part(account, draw), design) if store is not None else None
            if held is not None:
                parts[account, draw] = held
    wanted = [(a, d) for a in design.accounts for d in range(design.draws) if (a, d) not in parts]
    for some in _simulated(design, wanted, drawn, threads, progress, chunk, len(parts)):
        for (account, draw), part in some.items():
            parts[account, draw] = part
            if store is not None and len(part.never_began) < len(design.arms):
                store.write_bytes(store.part(account, draw), part.encode())
    ensemble = _assemble(design, drawn, parts)
    failed, runs = ensemble.failed, len(design.accounts) * design.draws * len(design.arms)
    if not some_arms and len(failed) == runs and failed[0].step is None:
        raise TheoryError(
            f"every run failed before its first step; the first failed because {failed[0].reason}",
            expected="parameters and arms that at least one run can begin with",
        )
    return ensemble


def lanes_simulated(
    design: Design,
    lanes: Sequence[tuple[str, int]],
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Iterator[dict[tuple[str, int], bytes]]:
    """Simulate some lanes, each an account and a draw in every arm, and yield their encoded parts as they come.

    A lane gives the same bytes as in the whole ensemble, whichever others are simulated with it.
    """
    drawn = {account: design.drawn(account) for account in dict.fromkeys(account for account, _ in lanes)}
    for some in _simulated(design, lanes, drawn, threads, progress, None, 0):
        yield {lane: part.encode() for lane, part in some.items()}


def _simulated(
    design: Design,
    lanes: Sequence[tuple[str, int]],
    drawn: Mapping[str, tuple[dict[str, float], ...]],
    threads: int | None,
    progress: Progress | None,
    chunk: int | None,
    done: int,
) -> Iterator[dict[tuple[str, int], _Part]]:
    """Parts of some lanes, society by society, grouped into batches."""
    batch = batch_size(design)
    size = draws_together(design, batch, chunk)
    each = len(design.arms) * design.steps
    report = _Report(progress, done * each, (done + len(lanes)) * each)
    for number, (population, seed) in enumerate(design.societies):
        wanted = [lane for lane in lanes if lane[1] % len(design.societies) == number]
        own = replace(design, population=population, population_seed=seed)
        for i in range(0, len(wanted), size):
            yield dict(_simulate(own, wanted[i : i + size], drawn, threads, batch, report))


class _Report:
    """Adds up the world-steps done, for the caller's progress."""

    def __init__(self, progress: Progress | None, done: int, total: int) -> None:
        self.progress, self.done, self.total = progress, done, total
        self(0)

    def __call__(self, worlds: int) -> None:
        self.done += worlds
        if self.progress is not None:
            self.progress("simulating", self.done, self.total)


def _simulate(
    design: Design,
    lanes: Sequence[tuple[str, int]],
    drawn: Mapping[str, tuple[dict[str, float], ...]],
    threads: int | None,
    batch: int,
    report: _Report,
) -> list[tuple[tuple[str, int], _Part]]:
    """Some lanes of one society in every arm. A run that cannot begin fails alone, with its reason."""
    lived = functools.partial(
        simulate, design.theory, design.population, steps=design.steps, population_seed=design.population_seed,
        threads=threads, batch=batch, totals=design.totals, progress=report,
    )  # fmt: skip
    worlds = [
        arm.world(drawn[account][d], design.run_seed(account, d))
        for account, d in lanes
        for arm in design.arms.values()
    ]
    before = report.done
    try:
        histories = lived(worlds)
    except TheoryError as error:  # the parameters of one draw, such as more seeds than people
        if error.__cause__ is not None:  # the compiler's error, which every run would repeat
            raise
        report.done = before
        if len(lanes) > 1:
            return [x for lane in lanes for x in _simulate(design, [lane], drawn, threads, batch, report)]
        return [(lanes[0], _part(design, _world_by_world(design, worlds, lived, report), 0))]
    return [(lane, _part(design, histories, k * len(design.arms))) for k, lane in enumerate(lanes)]


def _world_by_world(
    design: Design, worlds: Sequence[World], lived: Callable[[Sequence[World]], Histories], report: _Report
) -> _Lives:
    """Simulate each world by itself where some cannot begin."""
    values = np.full((design.steps + 1, len(worlds), len(design.theory.observables)), np.nan)
    totals = {state: np.full((design.population.people, len(worlds)), np.nan) for state in design.totals}
    failed: list[tuple[int, int | None, str]] = []
    for w, world in enumerate(worlds):
        before = report.done
        try:
            one = lived([world])
        except TheoryError as error:
            report.done = before
            report(design.steps)
            failed.append((w, None, str(error)))
            continue
        values[:, w] = one.values[:, 0]
        for state in totals:
            totals[state][:, w] = one.totals[state][:, 0]
        failed += [(w, step, reason) for _, step, reason in one.failed]
    return _Lives(values, totals, tuple(failed))


class _Lives(NamedTuple):
    """What a part is made from: as in `Histories`; a run that never began has no step of failure."""

    values: Floats
    totals: Mapping[str, Floats]
    failed: tuple[tuple[int, int | None, str], ...]


def _part(design: Design, histories: Histories | _Lives, first: int) -> _Part:
    arms = list(design.arms)
    failed = tuple((w - first, step, reason) for w, step, reason in histories.failed if 0 <= w - first < len(arms))
    lost = {a for a, _, _ in failed}
    persons = np.full((len(design.effects), len(design.totals), len(LEVELS) + 3), np.nan)
    for e, (arm, against) in enumerate(design.effects.values()):
        a, b = arms.index(arm), arms.index(against)
        if a in lost or b in lost:
            continue
        for s, state in enumerate(design.totals):
            totals = histories.totals[state]
            change = totals[:, first + a] - totals[:, first + b]
            persons[e, s] = [change.mean(), *np.quantile(change, LEVELS), (change > 0).mean(), (change < 0).mean()]
    values = np.ascontiguousarray(histories.values[:, first : first + len(arms)].transpose(1, 0, 2))
    return _Part(values, persons, failed)


def _assemble(
    design: Design, drawn: Mapping[str, tuple[dict[str, float], ...]], parts: Mapping[tuple[str, int], _Part]
) -> Ensemble:
    values, persons, failed = {}, {}, []
    arms = list(design.arms)
    for account in design.accounts:
        mine = [parts[account, d] for d in range(design.draws)]
        values[account] = np.stack([part.values for part in mine])
        spread = np.stack([part.persons for part in mine])
        for e, effect in enumerate(design.effects):
            for s, state in enumerate(design.totals):
                persons[account, effect, state] = person_effect_of(spread[:, e, s])
        failed += [Failure(account, d, arms[a], s, r) for d, part in enumerate(mine) for a, s, r in part.failed]
    return Ensemble(design, drawn, values, tuple(failed), persons)


def person_effect_of(columns: Floats) -> PersonEffect:
    """From float64[draws, 8]: mean, five quantiles, more, less."""
    return PersonEffect(columns[:, 0], columns[:, 1 : 1 + len(LEVELS)], columns[:, -2], columns[:, -1])
