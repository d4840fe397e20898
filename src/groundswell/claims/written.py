"""Claims that a study states about its own records, for any theory, turned into an ordinary register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.claims.claim import SHARED, Claim, RecordTest, Scenario
from groundswell.claims.fitted import FittedTest
from groundswell.claims.likeness import Unlike, summaries_of, unlike
from groundswell.claims.material import AbsentError, StudyRecord, read_record, steps_of, words_of
from groundswell.claims.register import Register, RegisterRuns, Simulation, Source
from groundswell.claims.repeated import copies, refuse_circular
from groundswell.claims.seen import seen_as
from groundswell.claims.selection import change_around, choose_periods, lived_again
from groundswell.claims.written_fits import fitted_test
from groundswell.draws import derive_seed
from groundswell.engine.worlds import Pulse, check_worlds
from groundswell.errors import GroundswellError, StudyError, nearest
from groundswell.estimators.core import Estimate
from groundswell.estimators.named import NamedEstimator, named_estimator
from groundswell.experiment.arms import Arm
from groundswell.experiment.asked import accounts_of
from groundswell.experiment.schema import RecordClaim, ScenarioTable, SelectedTable
from groundswell.experiment.study import Study
from groundswell.records.series import Series
from groundswell.settings import Settings

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class WrittenScenario(Scenario):
    """A scenario of a study file: besides accounts and arm, what happens to the record.

    `no_effect` is a kind whose acts have no effect; `selected` dates the acts of one kind by the trend of another.
    """

    no_effect: str | None = None
    selected: SelectedTable | None = None
    shuffled: bool = False


@dataclass(frozen=True)
class _Prepared:
    """A claim with its estimator and its record."""

    name: str
    stated: RecordClaim
    estimator: NamedEstimator
    settings: Settings
    record: StudyRecord
    felt: Series  # the acts of the record that are shocks, whichever claim uses them
    steps: int  # of the theory in one period
    first: int  # step of the record's first period
    study: Study = field(repr=False)

    @property
    def simulation(self) -> str:
        return f"record {self.record.name}"

    @property
    def length(self) -> int:
        return self.first - 1 + len(self.record.series) * self.steps


def written_register(study: Study) -> Register:
    """The claims of a study's [claims.NAME] tables that name a record, as a register.

    Raises
    ------
    StudyError : an unknown estimator, a setting that it does not have, kinds that [observe] lacks, a scenario that does
        not suit the estimator, an arm that does not suit the record.
    RecordError : a record that cannot be read, or lacks a kind.
    """
    claims: list[Claim] = []
    felt: dict[str, Series] = {}
    arms: dict[str, dict[str, Arm]] = {}
    lengths: dict[str, int] = {}
    sources: dict[str, Source] = {}
    held: dict[str, Series] = {}
    for name, stated in study.claims.items():
        place = f"{study.origin}, table [claims.{name}]"
        try:
            estimator = named_estimator(stated.estimator)
            settings = estimator.settings.of(None, stated.settings)
        except GroundswellError as error:
            raise error.at(place, StudyError) from error
        kinds = estimator.needs(settings)
        for kind in kinds:
            if kind not in study.observe:
                raise StudyError(
                    f"{place} needs {kind!r} in a simulated record",
                    expected=f"[observe] {kind} = ..., in addition to {', '.join(study.observe) or 'none'}",
                    instead=nearest(kind, study.observe),
                )
        if stated.fit is not None:
            try:
                test, read = fitted_test(study, name, stated, estimator, settings)
            except AbsentError as error:
                claims.append(_claim(name, stated, estimator, settings, (), sides={}, untested=_absent(error)))
            else:
                claims.append(_claim(name, stated, estimator, settings, (test,), sides={}))
                sources |= read
            continue
        stated = _with_tide(stated, estimator, settings, study)
        sides = {
            side: tuple(_scenario(s, k, side, estimator, settings, study, place) for k, s in enumerate(given, start=1))
            for side, given in (("asserting", stated.asserting), ("denying", stated.denying))
        }
        names = [s.name for s in (*sides["asserting"], *sides["denying"])]
        if len(set(names)) < len(names):
            twice = next(x for x in names if names.count(x) > 1)
            raise StudyError(
                f"{place} has two scenarios named {twice!r}",
                expected="scenarios whose names differ, on both sides",
                instead=f'name = "{twice}, second"',
            )
        try:
            record = read_record(study, stated.record, kinds)
        except AbsentError as error:
            claims.append(_claim(name, stated, estimator, settings, (), sides, _absent(error)))
            continue
        held[stated.record] = record.series
        refuse_circular(place, study.accounts, stated.record, record.series)
        steps = steps_of(study, stated.record, record.series)
        if stated.record not in felt:  # one simulation serves all claims of a record, so it includes all its acts
            shocks = [kind for kind, observed in study.observe.items() if observed.shock is not None]
            felt[stated.record] = read_record(study, stated.record, kinds, shocks).series
        prepared = _Prepared(
            name, stated, estimator, settings, record, felt[stated.record], steps, study.adjudication.settle + 1, study
        )
        mine = arms.setdefault(prepared.simulation, {})
        for scenario, table in zip(
            (*sides["asserting"], *sides["denying"]), (*stated.asserting, *stated.denying), strict=True
        ):
            arm = _arm(prepared, scenario, table, place)
            if mine.setdefault(scenario.arm, arm) != arm:
                raise StudyError(
                    f"{place} has another arm {scenario.arm!r} than a claim before it",
                    expected="arms that are the same",
                )
        lengths[prepared.simulation] = prepared.length
        sources[stated.record] = record.source
        claims.append(_claim(name, stated, estimator, settings, (_test(prepared, sides),), sides))
    again = copies(held)
    return Register(
        study.name,
        claims=tuple(_once(claim, again) for claim in claims),
        simulations=tuple(Simulation(name, of, lengths[name]) for name, of in arms.items()),
        records=sources,
    )


def _once(claim: Claim, again: Mapping[str, str]) -> Claim:
    """The claim, with a note if its record holds the events of another."""
    twice = [test.record for test in claim.tests if test.record in again]
    notes = [f"The record {x} holds the same events as {again[x]}: their evidence counts once." for x in twice]
    return replace(claim, notes=(*claim.notes, *notes))


_TIDE_WINDOW = 4  # periods; the default of `selected` is for long records, this suits any that an estimator can use


def _with_tide(stated: RecordClaim, estimator: NamedEstimator, settings: Settings, study: Study) -> RecordClaim:
    """The claim, tested also against the tide without effect if it is of an effect and names no selection."""
    acts, outcome = (
        None if role is None else str(getattr(settings, role)) for role in (estimator.acts, estimator.outcome)
    )
    trend = {"above": "rising", "below": "falling"}.get(stated.expects)
    faced = any(s.selected is not None for s in (*stated.asserting, *stated.denying))
    before = getattr(settings, "lag", 0) < 0  # the outcome comes first, so it is not an effect of the acts
    if not stated.tide or faced or before or trend is None or acts is None or outcome is None or acts == outcome:
        return stated
    if study.observe[acts].shock is None or study.observe[outcome].of is None:
        return stated
    rival = ScenarioTable.model_validate(
        {"no_effect": True, "selected": {"trend": trend, "window": _TIDE_WINDOW}, "name": f"the {trend} tide alone"}
    )
    return stated.model_copy(update={"denying": (*stated.denying, rival)})


def _absent(error: AbsentError) -> str:
    return f"{error.given}; {error.expected}"


def _claim(
    name: str,
    stated: RecordClaim,
    estimator: NamedEstimator,
    settings: Settings,
    tests: tuple[RecordTest | FittedTest, ...],
    sides: Mapping[str, tuple[WrittenScenario, ...]],
    untested: str = "",
) -> Claim:
    making = {a for scenario in sides.get("asserting", ()) for a in scenario.accounts}
    return Claim(
        id=name,
        account=stated.account or (next(iter(making)) if len(making) == 1 else SHARED),
        text=stated.text,
        term=", ".join(dict.fromkeys(c for s in stated.denying for c in s.closed)) or "as the scenarios say",
        estimand=f"{estimator.words} ({words_of(settings)})",
        tests=tests,
        untested=untested,
        notes=stated.notes,
    )


# -- scenarios ---------------------------------------------------------------------------------------------------------


def _scenario(
    table: ScenarioTable,
    k: int,
    side: str,
    estimator: NamedEstimator,
    settings: Settings,
    study: Study,
    place: str,
) -> WrittenScenario:
    place = f"{place}, {side} {k}"

    def kind_of(role: str | None, given: str | None, key: str) -> str:
        if given is not None:
            return given
        if role is None:
            raise StudyError(
                f"{place} has {key}, and the estimator {estimator.name} names no kind for it",
                expected=f"the kind to be named: {key} = ...",
                instead="shuffled = true  # or closed = [...], params = {...}, an arm, another account",
            )
        return str(getattr(settings, role))

    no_effect = None
    if table.no_effect:
        no_effect = kind_of(estimator.acts, table.no_effect if isinstance(table.no_effect, str) else None, "no_effect")
    selected = None
    if table.selected is not None:
        kind = kind_of(estimator.acts, table.selected.kind, "selected")
        by = kind_of(estimator.outcome, table.selected.by, "selected")
        selected = table.selected.model_copy(update={"kind": kind, "by": by})
        if kind not in study.observe or (study.observe[kind].shock is None and no_effect != kind):
            raise StudyError(
                f"{place} dates {kind} by a trend",
                expected=f"[observe] {kind} = {{ shock = ... }}, or no_effect = true",
                why="acts at other dates must take effect there, not at the theory's own dates",
            )
    accounts = accounts_of(table, study.accounts)
    return WrittenScenario(
        table.name or _name(table, accounts, study, no_effect, selected),
        accounts, _arm_name(table, no_effect, selected), "", no_effect, selected, table.shuffled,
    )  # fmt: skip


def _name(
    table: ScenarioTable,
    accounts: tuple[str, ...],
    study: Study,
    no_effect: str | None,
    selected: SelectedTable | None,
) -> str:
    parts = [" or ".join(accounts) if len(study.accounts) > 1 else "the theory"]
    parts += [f"arm {table.arm}"] if table.arm else []
    parts += [f"{key} = {value:.12g}" for key, value in table.params.items()]
    parts += [f"without {key}" for key in table.closed]
    if selected:
        parts.append(f"{selected.kind} where {selected.by} is {selected.trend}")
        usual = SelectedTable(trend=selected.trend)
        parts[-1] += f" over {selected.window} periods" if selected.window != usual.window else ""
        parts[-1] += f" by odds of {selected.odds:.12g}" if selected.odds != usual.odds else ""
    parts += [f"no effect of {no_effect}"] if no_effect else []
    parts += ["in a random order"] if table.shuffled else []
    return ", ".join(parts)


def _arm_name(table: ScenarioTable, no_effect: str | None, selected: SelectedTable | None) -> str:
    held = {**table.params, **dict.fromkeys(table.closed, 0.0)}
    quiet = sorted({x for x in (no_effect, selected.kind if selected else None) if x})
    parts = [table.arm or "as it is", *(f"{k} = {held[k]:.12g}" for k in sorted(held)), *(f"no {x}" for x in quiet)]
    return ", ".join(parts)


def _arm(prepared: _Prepared, scenario: WrittenScenario, table: ScenarioTable, place: str) -> Arm:
    """The arm of a scenario: acts at the record's dates are shocks, unless they have no effect or other dates."""
    study = prepared.study
    base = study.arms[table.arm] if table.arm else Arm("")
    quiet = {scenario.no_effect, scenario.selected.kind if scenario.selected else None}
    pulses = [
        pulse
        for kind, observed in study.observe.items()
        if observed.shock is not None and kind in prepared.felt.kinds and kind not in quiet
        for pulse in _pulses(prepared, kind, prepared.felt.of(kind) > 0)
    ]
    params = {**base.params, **table.params, **dict.fromkeys(table.closed, 0.0)}
    arm = Arm(scenario.arm, {k: float(v) for k, v in params.items()}, (*base.interventions, *pulses))
    try:
        check_worlds(study.theory, [arm.world(study.params, 0)], prepared.length)
    except GroundswellError as error:
        raise error.at(place, StudyError) from error
    return arm


def _pulses(prepared: _Prepared, kind: str, at: NDArray[np.bool_]) -> list[Pulse]:
    observed = prepared.study.observe[kind]
    return [
        Pulse(str(observed.shock), observed.amount, prepared.first + int(t) * prepared.steps)
        for t in np.flatnonzero(at)
    ]


# -- the test ----------------------------------------------------------------------------------------------------------


def _test(prepared: _Prepared, sides: Mapping[str, tuple[WrittenScenario, ...]]) -> RecordTest:
    stated = prepared.stated
    seen = {kind: prepared.study.observe[kind] for kind in prepared.record.series.kinds}
    observed = {kind: table.people is not None for kind, table in seen.items() if table.of is not None}

    def unlike_of(runs: RegisterRuns) -> dict[str, list[Unlike]]:
        own = summaries_of(prepared.record.series, observed)
        names = [s.name for s in (*sides["asserting"], *sides["denying"])]
        return {name: unlike(own, runs.memo.get(("seen", prepared.name, name), ())) for name in names}

    def observe(seed: int) -> Estimate:
        return prepared.estimator.apply(prepared.record.series, prepared.settings, seed)

    def simulate(runs: RegisterRuns, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
        assert isinstance(scenario, WrittenScenario)
        _differ(prepared, sides, runs)
        made = _simulated(prepared, runs, account, draw, scenario, rng)
        runs.memo.setdefault(("seen", prepared.name, scenario.name), []).append(summaries_of(made, observed))
        return prepared.estimator.apply(made, prepared.settings, int(rng.integers(2**31)))

    return RecordTest(
        record=stated.record,
        title=f"{prepared.name}: {prepared.estimator.words}",
        citation=prepared.record.source.citation,
        estimator=f"{prepared.estimator.name} ({words_of(prepared.settings)})",
        says=stated.expects,
        observe=observe,
        simulate=simulate,
        asserting=sides["asserting"],
        denying=sides["denying"],
        draws=stated.draws,
        margin=stated.margin,
        refuses_turned=True,
        unlike=unlike_of,
    )


def _differ(prepared: _Prepared, sides: Mapping[str, tuple[WrittenScenario, ...]], runs: RegisterRuns) -> None:
    """Check once that no denying scenario gives exactly the histories of the asserting one."""
    key = ("differ", prepared.name)
    if key in runs.memo:
        return
    runs.memo[key] = True
    ensemble = runs.of[prepared.simulation]
    observed = [x for x in (prepared.study.observe[k].of for k in prepared.record.series.kinds) if x is not None]
    columns = [ensemble.observables.index(x) for x in dict.fromkeys(observed)]
    yes = sides["asserting"][0]
    for no in sides["denying"]:
        alike = len(yes.accounts) == len(no.accounts) and (yes.selected, yes.shuffled) == (no.selected, no.shuffled)
        if not alike or _replaced(prepared, yes) != _replaced(prepared, no):
            continue
        if all(
            np.array_equal(
                ensemble.arm(a, yes.arm)[..., columns],
                ensemble.arm(b, no.arm)[..., columns],
                equal_nan=True,
            )
            for a, b in zip(yes.accounts, no.accounts, strict=True)
        ):
            raise StudyError(
                f"what is asserted under {yes.name!r} equals what is denied under {no.name!r} in every draw",
                expected="scenarios whose simulated records differ",
                why="a claim that predicts the same as its own negation cannot be tested",
            )


def _replaced(prepared: _Prepared, scenario: WrittenScenario) -> str | None:
    """The kind of the theory's own acts that a scenario moves to other dates."""
    kind = scenario.no_effect
    return kind if kind is not None and prepared.study.observe[kind].shock is None else None


def _simulated(
    prepared: _Prepared,
    runs: RegisterRuns,
    account: str,
    draw: int,
    scenario: WrittenScenario,
    rng: np.random.Generator,
) -> Series:
    """A record like the real one, from one draw under a scenario."""
    study, like = prepared.study, prepared.record.series
    values = runs.of[prepared.simulation].arm(account, scenario.arm)
    people = runs.of[prepared.simulation].design.population.people
    history = values[draw]
    acts: dict[str, Ints] = {k: like.of(k) for k in like.kinds if study.observe[k].shock is not None}
    if scenario.selected is not None:
        dated, again = _dated(prepared, runs, account, scenario)
        acts[str(scenario.selected.kind)] = dated[draw]
        history = history if again is None else again[draw]
    elif (kind := _replaced(prepared, scenario)) is not None:  # the theory's own acts, as another draw had them
        other = (draw + 1) % values.shape[0]
        path = {str(study.observe[kind].of): _path(prepared, runs, values[other], str(study.observe[kind].of))}
        alone = Series(like.start, like.unit, (kind,), like.of(kind)[:, None], watched=like.watched)
        acts[kind] = seen_as(alone, {kind: study.observe[kind]}, path, {}, rng, people).of(kind)
    named = {str(study.observe[k].of) for k in like.kinds if k not in acts}
    paths = {name: _path(prepared, runs, history, name) for name in named}
    made = seen_as(like, study.observe, paths, acts, rng, people)
    if not scenario.shuffled:
        return made
    return _shuffled(made, rng)


def _shuffled(made: Series, rng: np.random.Generator) -> Series:
    """The watched periods of a record in random order; its gaps and its coverage stay in place."""
    order = np.arange(len(made))
    order[made.watched] = rng.permutation(order[made.watched])
    return replace(made, counts=made.counts[order], sizes=None if made.sizes is None else made.sizes[order])


def _path(
    prepared: _Prepared, runs: RegisterRuns, history: NDArray[np.float64], observable: str
) -> NDArray[np.float64]:
    """An observable by period of the record, shape (T, steps per period)."""
    column = runs.of[prepared.simulation].observables.index(observable)
    return history[prepared.first :, column].reshape(len(prepared.record.series), prepared.steps)


def _dated(
    prepared: _Prepared, runs: RegisterRuns, account: str, scenario: WrittenScenario
) -> tuple[list[Ints], NDArray[np.float64] | None]:
    """Dates that follow a trend, for every draw, and the histories with acts at them (None: acts have no effect)."""
    key: tuple[Any, ...] = ("dated", prepared.name, account, scenario)
    if key not in runs.memo:
        chosen = scenario.selected
        assert chosen is not None
        study, like = prepared.study, prepared.record.series
        kind, by = str(chosen.kind), str(chosen.by)
        ensemble = runs.of[prepared.simulation]
        first = ensemble.arm(account, scenario.arm)
        acts = int(((prepared.felt if kind in prepared.felt.kinds else like).of(kind) > 0).sum())
        flags = []
        for draw in range(ensemble.design.draws):
            rng = np.random.default_rng(derive_seed(study.seed, "dates", prepared.name, scenario.name, account, draw))
            level = _path(prepared, runs, first[draw], str(study.observe[by].of)).mean(1)
            change = change_around(level, chosen.window, chosen.window)
            change[~like.watched] = np.nan  # an act in an unwatched period is not part of the record
            flags.append(choose_periods(change, acts, chosen.trend == "rising", rng, chosen.odds))
        again = None
        if scenario.no_effect != kind:
            again = lived_again(ensemble, account, scenario.arm, [_pulses(prepared, kind, x) for x in flags])
        runs.memo[key] = [x.astype(np.int64) for x in flags], again
    return runs.memo[key]
