"""Fits that a study states in TOML: the records and models of a claim about an effect (`groundswell.claims.fitted`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from groundswell.calibrate.asked import reporting_of
from groundswell.calibrate.estimand import parse_estimand
from groundswell.calibrate.fit import FitSettings, kinship
from groundswell.calibrate.observed import Observed
from groundswell.calibrate.posterior import Kinship
from groundswell.calibrate.priors import LogUniform
from groundswell.calibrate.reporting import Form, Reported, Reporting
from groundswell.calibrate.timed import RecordedActs, TimedActs, timed
from groundswell.claims.fitted import NEITHER, TIDE, TIDE_EFFECT, FittedRecord, FittedTest, numbers_of
from groundswell.claims.material import StudyRecord, read_record, steps_of, words_of
from groundswell.claims.register import Source
from groundswell.claims.repeated import copies, refuse_circular
from groundswell.draws import derive_seed
from groundswell.engine.worlds import Pulse
from groundswell.errors import EstimationError, StudyError
from groundswell.estimators.core import Estimate
from groundswell.estimators.named import NamedEstimator
from groundswell.experiment.schema import FitTable, ObserveTable, RecordClaim
from groundswell.experiment.study import PRIOR, Study
from groundswell.records.series import Series
from groundswell.settings import Settings
from groundswell.theory import Fixed, Uniform
from groundswell.theory.distributions import Distribution

Floats = NDArray[np.float64]
THEORY = "the theory"
_LOWEST, _HIGHEST = 3e-4, 0.3
"""Range of the mean share of people who act for a record of unknown scale ("matched")."""


def fitted_test(
    study: Study, name: str, stated: RecordClaim, estimator: NamedEstimator, settings: Settings
) -> tuple[FittedTest, dict[str, Source]]:
    """The test of a claim that names a fit, and the sources of its records.

    Raises
    ------
    StudyError : the effect is on an observable that no kind shows; two kinds show one observable.
    RecordError : a record that cannot be read, or lacks a kind (`AbsentError` where it is not on this machine).
    """
    table = study.fits[str(stated.fit)]
    place = f"{study.origin}, table [fits.{stated.fit}]"
    kinds = list(dict.fromkeys([*_kinds(study, table, place), *estimator.needs(settings)]))
    records = {one: read_record(study, one, kinds) for one in table.records()}
    again = copies({one: record.series for one, record in records.items()})
    for one, record in records.items():
        refuse_circular(place, study.accounts, one, record.series)
    effect = parse_estimand(table.effect, study.theory, _steps(study, table, records))
    seed = derive_seed(study.seed, "fit") % 2**63
    own = FitSettings.of(None, {"draws": table.draws, "copies": 1, "seed": seed, "method": table.method})

    def prepare(asked: Study) -> Mapping[str, FittedRecord]:
        found = {
            one: _record(asked, table, record, kinds, estimator, settings, stated, own)
            for one, record in records.items()
        }
        return found | {
            x: replace(found[x], left_out=f"it holds the same events as {first}, which count once")
            for x, first in again.items()
        }

    test = FittedTest(
        record=" + ".join(records),
        title=f"{name}: {estimator.words}, and the fits of {', '.join(records)}",
        citation=" ".join(dict.fromkeys(r.source.citation for r in records.values())),
        estimator=f"{estimator.name} ({words_of(settings)}), and fits of {study.theory.name}",
        says=stated.expects,
        effect=effect.name,
        prepare=prepare,
        settings=own,
        margin=stated.margin,
    )
    return test, {one: record.source for one, record in records.items()}


def _steps(study: Study, table: FitTable, records: Mapping[str, StudyRecord]) -> int:
    first = table.records()[0]
    return len(records[first].series) * steps_of(study, first, records[first].series)


def _kinds(study: Study, table: FitTable, place: str) -> list[str]:
    """The kinds that a fit uses: those of observables, and the acts whose effect is in question."""
    observable, _, arm = table.effect.partition(":")
    shown = [kind for kind, seen in study.observe.items() if seen.of == observable.strip()]
    if not shown:
        raise StudyError(
            f"{place} is about the effect on {observable.strip()!r}",
            expected=f'a kind that shows it: [observe] KIND = {{ of = "{observable.strip()}" }}',
        )
    shock = arm.partition("=")[0].strip()
    acts = [kind for kind, seen in study.observe.items() if seen.shock == shock]
    found = [*shown, *acts, *((table.timed.acts, table.timed.by) if table.timed is not None else ())]
    names = [study.observe[kind].of for kind in dict.fromkeys(found) if study.observe[kind].of is not None]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise StudyError(f"{place} sees {twice[0]!r} as two kinds", expected="one kind for each observable of a fit")
    return list(dict.fromkeys(found))


def _record(
    study: Study,
    table: FitTable,
    record: StudyRecord,
    kinds: list[str],
    estimator: NamedEstimator,
    settings: Settings,
    stated: RecordClaim,
    own: FitSettings,
) -> FittedRecord:
    """One record with its models."""
    like = record.series
    steps = steps_of(study, record.name, like)
    settle = study.adjudication.settle
    named = {kind: str(study.observe[kind].of) for kind in kinds if study.observe[kind].of is not None}
    shocks = [kind for kind in kinds if study.observe[kind].shock is not None]
    values = {name: _numbers(like, kind, study.observe[kind]) for kind, name in named.items()}
    observed = Observed(values, like.watched, like.unit, tuple(range(len(like))), source=record.name)
    given = reporting_of(table.reporting) if table.reporting in ("exact", "noisy", "counts", "events", None) else (
        reporting_of(str(study.folder / str(table.reporting)))
    )  # fmt: skip
    people = study.population.people or 1
    model = _reporting(given, {named[k]: (study.observe[k], values[named[k]]) for k in named}, people, steps)
    effect = parse_estimand(table.effect, study.theory, len(like) * steps)
    options = FitSettings.of(own, {"before": settle, "every": steps})
    population = study.population.model_dump(exclude_none=True)
    first = [settle + 1 + steps * t for t in range(len(like))]
    pulses = tuple(
        Pulse(str(study.observe[kind].shock), study.observe[kind].amount, first[t])
        for kind in shocks[1:]
        for t in np.flatnonzero(like.of(kind) > 0)
    )

    def kin(account: str) -> Kinship:
        made = kinship(
            study.theory, observed, population, reporting=model, settings=options, account=account,
            fixed=study.params, estimands=(effect,), pulses=pulses,
        )  # fmt: skip
        if shocks:
            acts = study.observe[shocks[0]]
            at = tuple(first[t] for t in np.flatnonzero(like.of(shocks[0]) > 0))
            open_ = tuple(first[t] for t in np.flatnonzero(like.watched))
            recorded = RecordedActs(shocks[0], str(acts.shock), acts.amount, at, open_)
            shown = Reported(form="noisy", scale=Fixed(float(steps)), shared=False)
            made = replace(
                made,
                draws=replace(made.draws, observables=(*made.draws.observables, shocks[0]), recorded=recorded),
                reporting=Reporting(
                    series={**made.reporting.series, shocks[0]: shown},
                    effort=made.reporting.effort,
                    coverage=made.reporting.coverage,
                ),
            )
        # the first period is the first step of the theory, never the state before it
        return replace(made, offsets=(1,), also=also, also_key=f"{estimator.name} {settings!r} {study.seed}")

    kinds_of = {name: kind for kind, name in named.items()} | ({shocks[0]: shocks[0]} if shocks else {})

    def estimated(series: Series) -> Estimate | None:
        try:
            return estimator.apply(series, settings, derive_seed(study.seed, "estimate", stated.text) % 2**31)
        except EstimationError:
            return None

    def also(reported: Mapping[str, Floats]) -> dict[str, float]:
        counts = like.counts.copy()
        sizes = None if like.sizes is None else like.sizes.copy()
        for name, kind in kinds_of.items():
            x = np.nan_to_num(reported[name])
            if study.observe[kind].people is not None and sizes is not None:
                sizes[:, like.kinds.index(kind)] = x
            else:
                counts[:, like.kinds.index(kind)] = np.round(x).astype(np.int64)
        made = Series(like.start, like.unit, like.kinds, counts, sizes, like.coverage, like.place, watched=like.watched)
        return numbers_of(estimated(made), stated.expects)

    accounts = table.accounts or tuple(study.accounts)
    models = {THEORY if a == PRIOR else a: kin(a) for a in accounts}
    if PRIOR not in accounts:
        models[NEITHER] = kin(PRIOR)
    tide = _tide(study, table, shocks, observable=effect.observable)
    if tide is not None:
        wide = kin(PRIOR)
        models |= {TIDE: timed(wide, tide), TIDE_EFFECT: timed(wide, replace(tide, effect=True))}
    shown = dict(observed.series)
    if shocks:
        shown[shocks[0]] = (like.of(shocks[0]) > 0).astype(float)
    return FittedRecord(replace(observed, series=shown), models, estimated(like))


def _tide(study: Study, table: FitTable, shocks: list[str], observable: str) -> TimedActs | None:
    """How acts would follow the tide; None if no acts are named."""
    if table.timed is not None:
        acts, by = study.observe[table.timed.acts], study.observe[table.timed.by]
        shock = table.effect.partition(":")[2].partition("=")[0].strip()
        recorded = table.timed.acts in shocks[:1]
        return TimedActs(
            shock, table.timed.acts if recorded else str(acts.of), str(by.of), off=dict(table.timed.off),
            amount=acts.amount if recorded else 1.0,
        )  # fmt: skip
    if shocks:
        acts = study.observe[shocks[0]]
        return TimedActs(str(acts.shock), shocks[0], observable, amount=acts.amount)
    return None


def _numbers(like: Series, kind: str, seen: ObserveTable) -> Floats:
    """The numbers of one kind by period: people or events; NaN where it was not watched."""
    k = like.kinds.index(kind)
    use_sizes = seen.people is not None and like.sizes is not None
    x = like.sizes[:, k] if use_sizes and like.sizes is not None else like.counts[:, k].astype(float)
    return np.where(like.watched, x, np.nan)


def _reporting(
    given: Reporting | Form | None, seen: Mapping[str, tuple[ObserveTable, Floats]], people: int, steps: int
) -> Reporting | Form:
    """The reporting model: as stated, or derived from [observe] for each kind."""
    if given is not None:
        return given
    return Reporting(series={name: _reported(table, x, people, steps) for name, (table, x) in seen.items()})


def _reported(seen: ObserveTable, x: Floats, people: int, steps: int) -> Reported:
    low, high = seen.reported()

    def scale(factor: float) -> Distribution:
        return Fixed(factor * low) if low == high else Uniform(factor * low, factor * high)

    stated = seen.people if seen.people is not None else seen.events
    mean = max(float(np.nanmean(x)), 0.1)
    matched = LogUniform(mean / _HIGHEST, mean / _LOWEST)
    if seen.people is not None:
        noise = Fixed(seen.error)
        return Reported(form="noisy", scale=matched if stated == "matched" else scale(float(stated or 1)), noise=noise)
    if stated == "people":
        whole = low == high == 1.0
        return Reported(form="noisy" if whole else "counts", scale=scale(float(people * steps)))
    if stated is None:
        return Reported(form="events" if steps == 1 else "counts", scale=scale(float(steps)))
    return Reported(form="counts", scale=matched if stated == "matched" else scale(float(stated)))


__all__ = ["fitted_test"]
