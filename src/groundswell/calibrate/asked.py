"""The options of a fit, validated once and applied to a theory and a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pydantic

from groundswell.calibrate.estimand import Estimand, default_estimands, parse_estimand
from groundswell.calibrate.fit import FitSettings, kinship, reporting_for
from groundswell.calibrate.observed import Observed, check_grain, of_arrays, parse_observe, read_observed
from groundswell.calibrate.posterior import Kinship
from groundswell.calibrate.priors import parse_prior
from groundswell.calibrate.reporting import Form, Reporting, load_reporting
from groundswell.calibrate.summaries import Own
from groundswell.errors import EstimationError, nearest
from groundswell.settings import require_known
from groundswell.theory import Account, Theory
from groundswell.theory.distributions import Distribution

FORMS = ("exact", "noisy", "counts", "events")


class FitRequest(FitSettings):
    """The options of `groundswell.fit`: those of the fit, of reading the record, and of setting up the theory."""

    observe: Mapping[str, str] | Sequence[str] = pydantic.Field(
        (), description="column, or kind of event, by observable: NAME=COLUMN"
    )
    reporting: Any = pydantic.Field(
        None, description="how histories become the record: exact, noisy, counts, events, a TOML file, or a Reporting"
    )
    people: int | None = pydantic.Field(None, ge=1, description="people of each world; by default the theory's setting")
    network: str | None = pydantic.Field(None, description="kind of network; by default the theory's setting")
    account: Any = pydantic.Field("prior", description="account from whose prior the parameters are drawn")
    accounts: Sequence[str] = pydantic.Field((), description="accounts among which the record chooses")
    estimands: Sequence[Any] | None = pydantic.Field(
        None, description="effects: OBSERVABLE:ARM=AMOUNT[:STEPS]; by default of each shock on what people do"
    )
    priors: Mapping[str, Any] | Sequence[str] = pydantic.Field((), description="priors that replace the theory's")
    fixed: Mapping[str, float] = pydantic.Field({}, description="parameters held fixed")
    codebook: str | None = pydantic.Field(None, description="codebook of a record of events")
    unit: str | None = pydantic.Field(None, description="day, week, month, quarter or year")
    place: str | None = pydantic.Field(None, description="place of a record of events")
    start: date | None = pydantic.Field(None, description="first day on which the record was watched")
    end: date | None = pydantic.Field(None, description="last day on which the record was watched")
    pulses: Sequence[Any] = pydantic.Field((), description="interventions in every world: recorded acts")


def observed_of(theory: type[Theory], record: Any, asked: FitRequest) -> Observed:
    """The record as a fit uses it: read from a file or data set, or built from numbers by observable."""
    if isinstance(record, Observed):
        return record
    if isinstance(record, Mapping):
        unknown = [name for name in record if name not in theory.observables]
        if unknown:
            raise EstimationError(
                f"theory {theory.name} has no observable {unknown[0]!r}",
                expected="one of " + ", ".join(theory.observables),
                instead=nearest(str(unknown[0]), theory.observables),
            )
        return of_arrays(record, asked.unit)
    if hasattr(record, "columns") and hasattr(record, "to_dict"):
        names = [n for n in theory.observables if n in record.columns]
        return of_arrays({n: record[n].to_numpy() for n in names}, asked.unit, "a data frame")
    observe = asked.observe if isinstance(asked.observe, Mapping) else parse_observe(asked.observe, theory)
    return read_observed(
        record,
        theory,
        observe,
        codebook=asked.codebook,
        unit=asked.unit,
        place=asked.place,
        start=asked.start,
        end=asked.end,
    )


def priors_of(theory: type[Theory], given: Mapping[str, Any] | Sequence[str]) -> dict[str, Distribution]:
    """Priors by parameter, from a mapping or from texts `NAME=Uniform(0, 1)`.

    Raises
    ------
    EstimationError : an unknown parameter, or a text of another form.
    """
    if not isinstance(given, Mapping):
        parts = [text.partition("=") for text in given]
        bad = [name for name, equals, _ in parts if not equals]
        if bad:
            raise EstimationError(f"--prior {bad[0]}", expected="NAME=Uniform(LOW, HIGH)")
        given = {name.strip(): text for name, _, text in parts}
    known_parameters(theory, given)
    return {name: parse_prior(value, name) for name, value in given.items()}


def known_parameters(theory: type[Theory], names: Mapping[str, Any]) -> None:
    """Refuse names that are not parameters of the theory."""
    for name in names:
        require_known(name, theory.params, EstimationError, f"theory {theory.name} has no parameter {name!r}")


def reporting_of(given: Any) -> Reporting | Form | None:
    """A reporting model, one of the forms, or the content of a TOML file."""
    if given is None or isinstance(given, Reporting) or given in FORMS:
        return given
    if isinstance(given, Mapping):
        return Reporting.of(None, given)
    if isinstance(given, Path) or str(given).endswith(".toml"):
        return load_reporting(given)
    raise EstimationError(
        f"the reporting model {given!r}",
        expected="one of " + ", ".join(FORMS) + ", or a TOML file",
        instead=nearest(str(given), FORMS),
    )


def kin_of(
    theory: type[Theory],
    observed: Observed,
    population: Mapping[str, Any],
    asked: FitRequest,
    *,
    own: Own | None = None,
    account: str | Account | None = None,
) -> Kinship:
    """What is drawn, and how it becomes records like the given one."""
    known_parameters(theory, asked.fixed)
    check_grain(theory, observed.unit, asked.every)
    steps = len(observed) * asked.every
    if asked.estimands is None:
        estimands = default_estimands(theory, tuple(observed.series), steps)
    else:
        estimands = tuple(e if isinstance(e, Estimand) else parse_estimand(e, theory, steps) for e in asked.estimands)
    options = {name: getattr(asked, name) for name in FitSettings.model_fields}
    return kinship(
        theory,
        observed,
        population,
        reporting=reporting_for(theory, observed, reporting_of(asked.reporting)),
        settings=FitSettings(**options),
        account=asked.account if account is None else account,
        priors=priors_of(theory, asked.priors),
        fixed=asked.fixed,
        estimands=estimands,
        pulses=asked.pulses,
        own=own,
    )


__all__ = ["FORMS", "FitRequest", "kin_of", "known_parameters", "observed_of", "priors_of", "reporting_of"]
