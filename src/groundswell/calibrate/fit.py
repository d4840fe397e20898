"""The fit of a theory to a record: posterior, information gained, gates; and the one function that makes it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import pydantic
from numpy.typing import NDArray

from groundswell.blas import one_thread
from groundswell.calibrate import gates
from groundswell.calibrate.cloud import Distance, distance, whitened
from groundswell.calibrate.estimand import Estimand
from groundswell.calibrate.gates import Gate
from groundswell.calibrate.observed import Observed, check_grain
from groundswell.calibrate.posterior import COPIES, LEAST_DRAWS, Kinship, Learnt, learn, predict
from groundswell.calibrate.priors import Empirical, FittedAccount
from groundswell.calibrate.reference import BLOCK, Progress, ReferenceDraws, ReferenceTable
from groundswell.calibrate.reporting import Form, Reporting, default_reported
from groundswell.calibrate.scale import OTHER_PEOPLE, scale_of
from groundswell.calibrate.summaries import Own
from groundswell.charts import Chart
from groundswell.draws import derive_seed
from groundswell.errors import EstimationError, install
from groundswell.results import Result
from groundswell.settings import Settings
from groundswell.theory import Account, Fixed, Theory
from groundswell.theory.distributions import Distribution

Floats = NDArray[np.float64]

LEVEL = 0.9
STRONG = 0.7
"""Posterior correlation at or above which two targets count as indistinguishable."""
FEWEST_DRAWS, MOST_DRAWS, DRAWS_EACH = 2000, 20_000, 500


class FitSettings(Settings):
    """The options of a fit."""

    draws: int | None = pydantic.Field(
        None,
        ge=LEAST_DRAWS,
        description="draws from the prior; by default 500 per free parameter, within 2,000 to 20,000",
    )
    seed: int = pydantic.Field(1, ge=0, lt=2**63, description="determines all draws, luck and people")
    threads: int = pydantic.Field(1, ge=1, description="no result depends on it")
    before: int | None = pydantic.Field(None, ge=0, description="steps simulated before the record begins")
    every: int = pydantic.Field(1, ge=1, description="steps per period of the record")
    pairs: int = pydantic.Field(2, ge=1, description="pairs of twins per draw and estimand")
    copies: int = pydantic.Field(COPIES, ge=1, le=10, description="reports of each simulated world")
    posterior: int = pydantic.Field(2000, ge=200, description="posterior draws that are written")
    predicted: int = pydantic.Field(
        256, ge=200, description="records simulated from the posterior, for a gate that can refuse one in 200"
    )
    method: Any = pydantic.Field("network", description="a method by name, or an object of that form")


@dataclass(frozen=True)
class Margin(Result):
    """What a fit says about one target.

    Parameters
    ----------
    name, unit, meaning : of the target.
    median, low, high : of the posterior, with a central 90% interval; None where a gate failed.
    information : nats that records of this kind add to the prior, on average over held-out draws.
    gained : nats that this record added; None where a gate failed.
    prior_median, prior_low, prior_high : the same points of the prior.
    """

    name: str
    median: float | None
    low: float | None
    high: float | None
    information: float
    gained: float | None
    prior_median: float
    prior_low: float
    prior_high: float
    unit: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class Fit(Result):
    """The fit of a theory to a record.

    Parameters
    ----------
    theory, record, account : the theory, the record it was fitted to, and the prior.
    estimands, parameters, reporting : margins by name; effects first.
    checks : the gates, in order.
    outside : summaries in which the record lies outside what the theory produces, the rarest first.
    alike : pairs of targets that the record cannot distinguish, with their posterior correlation.
    budget : draws, worlds, person-steps, and the number held out.
    scale : a note on the number of people; it opens the answer if the record visibly has another number.
    prior : the prior of each drawn quantity by name; held parameters with their value.
    draws : joint posterior draws by target; empty where a gate failed.
    bands : the record and the posterior predictions, a row for each period and series.
    learnt : the posterior for all records of this kind, and `used` the summaries of this one.
    choice : odds among accounts and rivals, if requested.
    moments : the point estimate by simulated moments, if requested.
    folder : where the fit was written.
    """

    theory: str
    record: str
    account: str
    estimands: Mapping[str, Margin]
    parameters: Mapping[str, Margin]
    reporting: Mapping[str, Margin]
    checks: tuple[Gate, ...]
    outside: tuple[Mapping[str, Any], ...]
    alike: tuple[Mapping[str, Any], ...]
    budget: Mapping[str, Any]
    prior: Mapping[str, str]
    draws: Mapping[str, Floats] = field(repr=False)
    bands: pl.DataFrame = field(repr=False)
    learnt: Learnt = field(repr=False)
    used: Floats = field(repr=False)
    scale: str = ""
    choice: Result | None = None
    moments: Result | None = None
    folder: Path | None = None

    derived = ("passed", "answer", "simulated")
    left_out = ("draws", "bands", "learnt", "used", "folder")

    @property
    def passed(self) -> bool:
        """Whether the fit passed every gate."""
        return all(gate.passed for gate in self.checks)

    @property
    def answer(self) -> str:
        """The outcome, in one sentence; a failed gate first."""
        other = f"{self.scale}. " if self.scale.startswith(OTHER_PEOPLE) else ""
        if bad := gates.failed(self.checks):
            return f"No interval is shown: {bad[0].message}. {other}".rstrip()
        return other + self._found()

    def _found(self) -> str:
        asked = {**self.estimands, **self.parameters}
        best = sorted(asked.values(), key=lambda m: -m.information)
        if not best or best[0].information < 0.02:
            return f"The record fits {self.theory}, but says nothing about its parameters beyond the prior."
        shown = "; ".join(
            f"{m.name} {m.median:.3g} ({m.low:.3g} to {m.high:.3g})" for m in best[:3] if m.information >= 0.02
        )
        total = sum(m.information for m in asked.values())
        return f"The record fits {self.theory}, and carries {total:.1f} nats of information about it: {shown}."

    @property
    def simulated(self) -> dict[str, Any]:
        """How records like this one are simulated, as plain types, for the explorer.

        `first` is the step at which the record's first period begins, `every` the steps to a period, `held` the
        parameters that were not drawn, and `pulses` the acts that every world shares.
        """
        kin = self.learnt.kin
        held = {name: float(prior.value) for name, prior in kin.draws.all_priors.items() if isinstance(prior, Fixed)}  # type: ignore[arg-type]
        return {
            "population": {name: value for name, value in kin.draws.population.items() if value is not None},
            "steps": kin.draws.before + kin.draws.steps,
            "first": kin.draws.before + kin.offsets[0],
            "every": kin.every,
            "held": held,
            "reporting": kin.reporting.to_dict(),
            "pulses": [{"kind": type(x).__name__.lower(), **dataclasses.asdict(x)} for x in kin.draws.pulses],
        }

    def margins(self) -> dict[str, Margin]:
        """All margins by name, estimands first."""
        return {**self.estimands, **self.parameters, **self.reporting}

    def rows(self) -> list[dict[str, Any]]:
        """A row for each target."""
        groups = (("estimand", self.estimands), ("parameter", self.parameters), ("reporting", self.reporting))
        return [{"kind": kind, **margin.to_dict()} for kind, group in groups for margin in group.values()]

    def posterior(self) -> pl.DataFrame:
        """Joint posterior draws, with a row for each draw and a column for each target.

        Raises
        ------
        EstimationError : a gate failed.
        """
        if not self.passed:
            raise EstimationError(
                f"the posterior of a fit that failed the gate {gates.failed(self.checks)[0].name}",
                expected="a fit that passed",
                why=gates.failed(self.checks)[0].message,
            )
        return pl.DataFrame(dict(self.draws))

    def as_account(self, meaning: str | None = None) -> FittedAccount:
        """The fit as an account of the theory: its margins as priors, its draws kept together."""
        frame = self.posterior()
        chosen = {name: frame[name].to_numpy() for name in self.learnt.kin.draws.free}
        priors: dict[str, Distribution] = {
            name: Empirical(tuple(float(x) for x in np.sort(values))) for name, values in chosen.items()
        }
        kept = self.learnt.kin.draws
        priors |= {name: prior for name, prior in kept.all_priors.items() if name not in priors}
        seen = self.bands.filter(pl.col("series") == "record").drop_nulls("y")
        numbers = {name: dict(of.select("x", "y").iter_rows()) for (name,), of in seen.group_by("panel")}
        return FittedAccount(meaning or f"{self.theory} as fitted to {self.record}", priors, chosen, numbers)

    def to_inference_data(self) -> Any:
        """The draws as ArviZ InferenceData (extra `bayes`).

        Raises
        ------
        EstimationError : ArviZ is not installed, or a gate failed.
        """
        try:
            import arviz  # pyright: ignore[reportMissingImports]
        except ImportError as error:
            raise EstimationError(
                "InferenceData without ArviZ", expected="the extra 'bayes'", instead=install("bayes")
            ) from error
        frame = self.posterior()
        return arviz.from_dict({name: frame[name].to_numpy()[None] for name in frame.columns})

    def charts(self) -> list[Chart]:
        """Prior and posterior; the record within its predictive bands; summaries within what is simulated."""
        shown = [m for m in self.margins().values() if m.median is not None]
        found = []
        if shown:
            rows = []
            for m in shown:
                assert m.median is not None
                assert m.low is not None
                assert m.high is not None
                width = (m.prior_high - m.prior_low) or 1.0
                for series, values in (
                    ("prior", (m.prior_median, m.prior_low, m.prior_high)),
                    ("posterior", (m.median, m.low, m.high)),
                ):
                    x, low, high = ((v - m.prior_low) / width for v in values)
                    rows.append({"y": m.name, "x": x, "low": low, "high": high, "series": series})
            found.append(
                Chart(
                    "intervals",
                    pl.DataFrame(rows),
                    "Prior and posterior",
                    x="share of the prior's 90% interval",
                    caption="Medians and 90% intervals; 0 and 1 are the ends of the prior's.",
                )
            )
        found.append(
            Chart(
                "lines",
                self.bands,
                "The record, and what the posterior predicts",
                x="period",
                caption="Bands hold 90% of the records simulated from the posterior, period by period.",
            )
        )
        return found


def reporting_for(theory: type[Theory], observed: Observed, given: Reporting | Form | None) -> Reporting:
    """The reporting model of a record: as given, or else exact for numbers and counts for events.

    Raises
    ------
    EstimationError : the model reports an observable that the record lacks, or leaves one out.
    """
    names = tuple(observed.series)
    if given is None or isinstance(given, str):
        form: Form = given or ("counts" if observed.events else "exact")
        return Reporting(series={n: default_reported(form, theory.observables[n].unit) for n in names})
    if set(given.series) != set(names):
        raise EstimationError(
            f"a reporting model of {', '.join(given.series)} for a record of {', '.join(names)}",
            expected="the same observables in both",
        )
    return given


def kinship(
    theory: type[Theory],
    observed: Observed,
    population: Mapping[str, Any],
    *,
    reporting: Reporting | Form | None = None,
    settings: FitSettings,
    account: str | Account = "prior",
    priors: Mapping[str, Distribution] | None = None,
    fixed: Mapping[str, float] | None = None,
    estimands: Sequence[Estimand] = (),
    pulses: Sequence[Any] = (),
    own: Own | None = None,
) -> Kinship:
    """What is drawn, and how it becomes a record like the given one.

    Raises
    ------
    GroundswellError : an unknown observable or account; a record of another grain; no parameter to fit.
    """
    unknown = [name for name in observed.series if name not in theory.observables]
    if unknown:
        raise EstimationError(
            f"theory {theory.name} has no observable {unknown[0]!r}", expected="one of " + ", ".join(theory.observables)
        )
    if isinstance(account, str) and account != "prior" and account not in theory.accounts:
        raise EstimationError(
            f"account {account!r} of theory {theory.name}",
            expected="one of " + ", ".join(("prior", *theory.accounts)),
        )
    check_grain(theory, observed.unit, settings.every)
    model = reporting_for(theory, observed, reporting)
    before, offsets = settings.before or 0, (1,)
    if settings.before is None and observed.first is not None:
        before, offsets = (0, (0,)) if observed.first == 0 else (observed.first - 1, (1,))
    elif before == 0:
        offsets = (0, 1)
    draws = ReferenceDraws(
        theory,
        population,
        tuple(observed.series),
        len(observed) * settings.every,
        before,
        account,
        dict(priors or {}),
        dict(fixed or {}),
        tuple(estimands),
        settings.pairs,
        tuple(pulses),
        settings.seed,
    )
    if not draws.free:
        raise EstimationError(
            f"theory {theory.name} with every parameter held",
            expected="at least one parameter with a prior",
            instead=f"--prior '{next(iter(theory.params), 'NAME')}=Uniform(LOW, HIGH)'",
        )
    return Kinship(draws, model, observed.watched, settings.every, offsets, own, settings.copies)


def default_draws(kin: Kinship) -> int:
    """500 draws per free parameter or nuisance, within 2,000 to 20,000; three times as many without people (cheap)."""
    free = len(kin.draws.free) + len(kin.reporting.nuisances())
    sharp = 1 if kin.draws.theory.peopled else 3
    return int(np.clip(DRAWS_EACH * free * sharp, FEWEST_DRAWS * sharp, MOST_DRAWS))


def blocks_of(kin: Kinship, draws: int | None) -> int:
    """The number of blocks that hold this many draws."""
    return -(-(draws or default_draws(kin)) // BLOCK)


def cost(kin: Kinship, draws: int | None, people: int) -> dict[str, int]:
    """What a fit will cost, to be announced beforehand: draws, worlds, person-steps, and bytes of its table."""
    count = blocks_of(kin, draws) * BLOCK
    own = kin.draws
    twins = 2 * own.pairs * len(own.estimands)
    steps = own.before + own.steps
    effect = sum(2 * own.pairs * (e.at + e.over) for e in own.estimands)
    return {
        "draws": count,
        "worlds": count * (1 + twins),
        "person_steps": count * max(people, 1) * (steps + effect),
        "table_bytes": count * (4 * (own.steps + 1) * len(own.observables) + 8 * (len(own.free) + len(own.estimands))),
    }


def fit_observed(
    kin: Kinship,
    observed: Observed,
    settings: FitSettings,
    *,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Fit a theory to one record: draw, learn, then look at the record.

    Parameters
    ----------
    kin : of the record, from `kinship`.
    observed : the record.
    folder : where reference tables are kept; None keeps none.
    progress : called with (stage, done, of).
    """
    table = ReferenceTable(kin.draws, folder)
    blocks = blocks_of(kin, settings.draws)
    table.extend(blocks, threads=settings.threads, progress=progress)
    learnt = learn(table, kin, blocks, method=settings.method, threads=settings.threads, progress=progress)
    return fit_learnt(learnt, observed, settings)


def fit_all(learnt: Learnt, records: Mapping[str, Observed], settings: FitSettings) -> dict[str, Fit]:
    """Fit many records of one kind (countries, cities), learning only once."""
    return {name: fit_learnt(learnt, observed, settings) for name, observed in records.items()}


@one_thread
def fit_learnt(learnt: Learnt, observed: Observed, settings: FitSettings) -> Fit:
    """Fit one record with what was learnt about its kind.

    Raises
    ------
    EstimationError : the record is of another kind: its periods, or which of them were watched, differ.
    """
    kin = learnt.kin
    if not np.array_equal(observed.watched, kin.watched) or set(observed.series) != set(kin.draws.observables):
        raise EstimationError(
            f"a record of {len(observed)} periods, {int(observed.watched.sum())} of them watched",
            expected=f"the kind that was learnt: {kin.periods} periods, the same {int(kin.watched.sum())} watched",
        )
    found, names = kin.summaries({n: observed.series[n][None] for n in kin.draws.observables})
    used = learnt.columns(found, names)[0]
    place = learnt.cloud.distance(used)
    place = _with_constant(place, learnt, found[0], names)
    draws = learnt.sample(used, settings.posterior, derive_seed(settings.seed, "posterior"))
    some = {n: x[: settings.predicted] for n, x in draws.items()}
    predicted = predict(learnt, some, settings.seed, threads=settings.threads)
    again, _ = kin.summaries(predicted)
    again = learnt.columns(again, names)
    spread = np.arange(len(again)) % 8
    look = distance(again, used, learnt.summaries, spread)
    checks = _gates(learnt, used, place, look)
    ok = all(gate.passed for gate in checks)
    groups = _margins(learnt, used, draws, ok)
    return Fit(
        kin.draws.theory.name,
        observed.source,
        kin.draws.account if isinstance(kin.draws.account, str) else kin.draws.account.meaning,
        *groups,
        checks,
        place.outside,
        _alike(learnt, draws) if ok else (),
        _budget(learnt),
        {n: p.describe() for n, p in kin.draws.all_priors.items()}
        | {n: p.describe() for n, p in kin.reporting.nuisances().items()},
        draws if ok else {},
        _bands(observed, predicted if ok else None),
        learnt,
        used,
        scale_of(learnt, observed),
    )


def _with_constant(place: Distance, learnt: Learnt, found: Floats, names: tuple[str, ...]) -> Distance:
    """Summaries that have one value in all simulated records: a record with another value lies outside in any case."""
    rows = [
        {"summary": n, "record": float(found[names.index(n)]), "low": value, "high": value, "share": 0.0}
        for n, value in learnt.dropped.items()
        if abs(found[names.index(n)] - value) > 1e-6 * max(1.0, abs(value))
    ]
    return replace(place, p=0.0, outside=(*rows, *place.outside)) if rows else place


def _gates(learnt: Learnt, used: Floats, place: Distance, look: Distance) -> tuple[Gate, ...]:
    names = learnt.names
    centre, turn = whitened(learnt.of_summaries.beyond(learnt.simulated.summaries))
    own = (learnt.of_summaries.beyond(used[None]) - centre) @ turn
    others = (learnt.of_summaries.beyond(learnt.held.summaries) - centre) @ turn
    away = ((others - own) ** 2).sum(axis=1)
    here_scored = learnt.scored(used[None])
    here = gates.disagreement(learnt.trained.margins(here_scored), learnt.check.margins(here_scored))[0]
    return (
        gates.cloud(place),
        gates.ranks(learnt.ranks, names),
        gates.coverage(learnt.ranks, names, LEVEL),
        gates.local(learnt.ranks, away, names),
        gates.agreement(float(here), learnt.apart),
        gates.budget(learnt.half, learnt.full),
        gates.prediction(look),
    )


def _margins(
    learnt: Learnt, used: Floats, draws: Mapping[str, Floats], shown: bool
) -> tuple[dict[str, Margin], dict[str, Margin], dict[str, Margin]]:
    kin = learnt.kin
    theory = kin.draws.theory
    edges = ((1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2)
    prior = np.quantile(learnt.simulated.targets, edges, axis=0)
    gained = dict.fromkeys(kin.targets, 0.0)
    gained |= dict(zip(learnt.names, learnt.margins(used[None]).gained()[0], strict=True))
    groups: tuple[dict[str, Margin], dict[str, Margin], dict[str, Margin]] = ({}, {}, {})
    effects = {e.name: e for e in kin.draws.estimands}
    for j, name in enumerate(kin.targets):
        group = 0 if name in effects else 1 if name in theory.params else 2
        param = theory.params.get(name)
        unit, meaning = (param.unit, param.meaning) if param is not None else ("", "")
        if group == 2:
            meaning = kin.reporting.meaning(name)
        if name in effects:
            own = theory.observables[effects[name].observable]
            log = own.of.startswith("people.")
            unit = "log ratio" if log else own.unit
            meaning = f"effect on {effects[name].observable}" + (f": {own.meaning}" if own.meaning else "")
        low, median, high = np.quantile(draws[name], edges)
        groups[group][name] = Margin(
            name,
            float(median) if shown else None,
            float(low) if shown else None,
            float(high) if shown else None,
            learnt.information[name],
            float(gained[name]) if shown else None,
            float(prior[1, j]),
            float(prior[0, j]),
            float(prior[2, j]),
            unit,
            meaning,
        )
    return groups


def _alike(learnt: Learnt, draws: Mapping[str, Floats]) -> tuple[dict[str, Any], ...]:
    """Pairs of informed targets whose posterior draws move together."""
    names = learnt.names
    if len(names) < 2:
        return ()
    ranked = np.stack([np.argsort(np.argsort(draws[n], kind="stable")) for n in names])
    r = np.atleast_2d(np.corrcoef(ranked))
    pairs = [
        {"first": a, "second": names[j], "correlation": float(r[i, j])}
        for i, a in enumerate(names)
        for j in range(i + 1, len(names))
        if abs(r[i, j]) >= STRONG
    ]
    return tuple(sorted(pairs, key=lambda row: -abs(row["correlation"])))


def _budget(learnt: Learnt) -> dict[str, Any]:
    kin = learnt.kin
    return {
        "draws": learnt.blocks * BLOCK,
        "failed": learnt.held.failed,
        "held_out": len(learnt.held.draw),
        "reports": kin.reported,
        "steps": kin.draws.before + kin.draws.steps,
        "summaries": len(learnt.summaries),
        "targets": len(learnt.names),
        "left_at_prior": [n for n in kin.targets if n not in learnt.names],
        "method": learnt.method,
        "seed": kin.draws.seed,
        "population": dict(kin.draws.population),
        "table": kin.draws.key,
    }


def _bands(observed: Observed, predicted: Mapping[str, Floats] | None) -> pl.DataFrame:
    """The record, and the 5%, 50% and 95% points of the predictions, as rows of a line chart."""
    rows: list[dict[str, Any]] = []
    for name, x in observed.series.items():
        bands = None if predicted is None else np.quantile(predicted[name], (0.05, 0.5, 0.95), axis=0)
        for t, when in enumerate(observed.dates):
            value = float(x[t]) if np.isfinite(x[t]) else None
            rows.append({"panel": name, "series": "record", "x": str(when), "y": value, "low": None, "high": None})
            if bands is not None:
                low, middle, high = (float(v) for v in bands[:, t])
                rows.append(
                    {"panel": name, "series": "predicted", "x": str(when), "y": middle, "low": low, "high": high}
                )
    schema = {
        "panel": pl.String,
        "series": pl.String,
        "x": pl.String,
        "y": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema)


Chosen = Literal["prior"]

__all__ = [
    "Fit", "FitSettings", "Margin", "blocks_of", "cost", "default_draws", "fit_all", "fit_learnt", "fit_observed",
    "kinship", "reporting_for",
]  # fmt: skip
