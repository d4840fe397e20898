"""Fits of a theory to a record, and what a record could reveal."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from groundswell.app.progress import Progress, Say, shown
from groundswell.files import check_writable
from groundswell.manifest import manifest_of
from groundswell.output import Output

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from groundswell.app.shards import TablesRecipe
    from groundswell.calibrate.asked import FitRequest
    from groundswell.calibrate.fit import Fit, FitSettings
    from groundswell.calibrate.identify import Identification
    from groundswell.calibrate.observed import Observed
    from groundswell.calibrate.posterior import Kinship
    from groundswell.calibrate.summaries import Own
    from groundswell.experiment.shards import Work
    from groundswell.theory import Theory


def fit(
    theory: str | Path | type[Theory],
    record: Any,
    out: str | Path | None = None,
    *,
    summaries: Own | None = None,
    tables: str | Path | Literal["cache"] | None = "cache",
    progress: Progress | None = None,
    say: Say | None = None,
    fresh: bool = False,
    csv: bool = False,
    rivals: Sequence[str] = (),
    moments: bool = False,
    executor: Executor | None = None,
    gather: bool = False,
    **options: Any,
) -> Fit:
    """Fit a theory of any form to a record: a posterior that passed its gates, or the reason why there is none.

    Parameters
    ----------
    theory : a name, the path of a .py file, or a class.
    record : a CSV of dated numbers, a file of events (with `codebook`), the name of a data set, or numbers by
        observable (a mapping, a frame, an `Observed`). A column named like an observable is that observable, unscaled.
    out : the folder of fit.json, posterior.parquet, bands.parquet and fit.html; None writes nothing.
    summaries : your own function: from one record, float64[periods] by observable, to numbers by name.
    tables : where reference tables are kept to be extended and reused; "cache" is the cache folder, None keeps none.
    progress : called with (stage, done, total).
    say : called with what the fit will take, before it begins.
    fresh : discard what an earlier fit left in the folder, whatever it was about.
    csv : write every table as CSV too.
    rivals : models besides accounts among which the record chooses: another theory with these observables, by name or
        file, or a tide that times acts: `tide:SHOCK:ACTS:BY` (no effect) or `tide:SHOCK:ACTS:BY:effect`.
    moments : whether also to give the point whose simulated moments match the record's.
    executor : of `concurrent.futures`, whose workers make the draws; results do not depend on it.
    gather : take the draws from the shards in `out/shards` (`fit_work`), and refuse where any is missing.
    options : see `groundswell.calibrate.asked.Asked`: `observe`, `reporting`, `people`, `network`, `accounts`,
        `estimands`, `priors`, `fixed`, `draws`, `seed`, `threads`, `before`, `every` and others.

    Returns
    -------
    Fit : `passed`, `answer`, `parameters`, `estimands`, `checks`, `posterior()`, `as_account()`.

    Raises
    ------
    GroundswellError : before anything is simulated, for a record or option that cannot be used, in one sentence.

    Example
    -------
    >>> import groundswell
    >>> fitted = groundswell.fit("sis", "prevalence.csv", people=2000)  # doctest: +SKIP
    >>> fitted.parameters["contagion"].low  # doctest: +SKIP
    """
    from groundswell.app.shards import fill_tables, take_tables
    from groundswell.calibrate.choice import choose
    from groundswell.calibrate.fit import cost, fit_observed
    from groundswell.calibrate.moments import match_moments
    from groundswell.calibrate.reference import tables_folder
    from groundswell.errors import EstimationError
    from groundswell.experiment.shards import gathered
    from groundswell.report.fit_page import render_fit

    question = _Question.of(theory, record, summaries, rivals, options)
    stated, asked, observed, population = question.theory, question.asked, question.observed, question.population
    kin, models, settings = question.kin, question.models, question.settings
    kept = tables_folder(tables)
    keeper = None
    if kept is None and (executor is not None or gather):  # blocks that come from elsewhere need a place
        keeper = tempfile.TemporaryDirectory(prefix="groundswell-tables-")
        kept = Path(keeper.name)
    folder = None if out is None else Path(out)
    if folder is not None:
        check_writable(folder)
    if say is not None:
        say(_cost_in_words(cost(kin, settings.draws, _people(population, stated)), kin.draws.steps))

    bars = shown(progress)
    if gather and kept is not None:
        work = question.recipe()()
        if folder is None:
            raise EstimationError("gather=True without out", expected="the folder of the shards")
        take_tables(work, gathered(work, folder), kept)

    def made() -> Fit:
        if executor is not None and kept is not None:
            fill_tables(question.recipe(), executor, kept, progress=bars)
        found = fit_observed(kin, observed, settings, folder=kept, progress=bars)
        if moments:
            point = match_moments(found.learnt, observed, settings.seed, threads=settings.threads)
            found = dataclasses.replace(found, moments=point)
        return choose(found, models, observed, settings, folder=kept, progress=bars) if models else found

    if folder is None:
        return made()
    about = {"kin": kin.key, "accounts": list(asked.accounts), "record": _digest_of_series(observed.series)}
    about |= {k: x for k, x in (("rivals", list(rivals)), ("moments", moments)) if x}
    with Output(folder, about, kind="fit", fresh=fresh, csv=csv) as output:
        found = made()
        content = found.to_dict()
        output.write_json("fit.json", content)
        if found.passed:
            output.write_table("posterior", found.posterior(), folder=".")
        output.write_table("bands", found.bands, folder=".")
        output.write_text("fit.html", render_fit(content, found.bands, stated.title))
        title = f"{stated.name} fitted to {observed.source}"
        output.commit(manifest_of("fit", title=title, seed=settings.seed, about=about))
    return dataclasses.replace(found, folder=folder)


def fit_work(theory: str | Path | type[Theory], record: Any, *, rivals: Sequence[str] = (), **options: Any) -> Work:
    """The draws of a fit, to be divided into shards (`groundswell.experiment.shards`); arguments as for `fit`."""
    return _Question.of(theory, record, None, rivals, options).recipe()()


@dataclass(frozen=True)
class _Question:
    """What a fit is asked: the record, what it is fitted by, and the models that it chooses among."""

    theory: type[Theory]
    asked: FitRequest
    observed: Observed
    population: Mapping[str, Any]
    kin: Kinship
    models: Mapping[str, Kinship]
    settings: FitSettings

    @classmethod
    def of(
        cls,
        theory: str | Path | type[Theory],
        record: Any,
        summaries: Own | None,
        rivals: Sequence[str],
        options: Mapping[str, Any],
    ) -> _Question:
        """Read and check everything that can be checked before anything is simulated."""
        from groundswell.calibrate.asked import FitRequest, kin_of, observed_of
        from groundswell.calibrate.fit import FitSettings
        from groundswell.calibrate.methods import method_of

        stated = _theory(theory)
        asked = FitRequest.of(None, options)
        if "threads" not in options:
            asked = FitRequest.of(asked, {"threads": _cores()})
        observed = observed_of(stated, record, asked)
        population = _population(stated, asked)
        kin = kin_of(stated, observed, population, asked, own=summaries)
        models = {a: kin_of(stated, observed, population, asked, own=summaries, account=a) for a in asked.accounts}
        models |= {text: _rival(text, kin, observed, asked, summaries) for text in rivals}
        settings = FitSettings(**{name: getattr(asked, name) for name in FitSettings.model_fields})
        method_of(settings.method)
        kin.summaries({name: observed.series[name][None] for name in kin.draws.observables})  # refuses one too short
        return cls(stated, asked, observed, population, kin, models, settings)

    def recipe(self) -> TablesRecipe:
        """The draws that it takes."""
        from groundswell.app.shards import tables_recipe

        name = self.theory.name
        command = f"groundswell fit {name} {self.observed.source}"
        return tables_recipe([self.kin, *self.models.values()], self.settings, f"the fit of {name}", command)


def identify(
    theory: str | Path | type[Theory],
    out: str | Path | None = None,
    *,
    observe: Sequence[str] = (),
    record_like: Any = None,
    periods: int | None = None,
    tables: str | Path | Literal["cache"] | None = "cache",
    progress: Progress | None = None,
    say: Say | None = None,
    fresh: bool = False,
    csv: bool = False,
    **options: Any,
) -> Identification:
    """What records of one kind and length can reveal about a theory: information for each parameter and estimand.

    Parameters
    ----------
    theory : a name, the path of a .py file, or a class.
    out : the folder of identification.json and its tables; None writes nothing.
    observe : observables that the record would contain; by default all that the record has, or the theory's first two.
    record_like : a record whose columns, length, grain and unwatched periods are taken; none of its numbers is used.
    periods : its length, where there is no such record; by default the steps of the theory's setting.
    tables, progress, say, fresh, csv, options : as for `fit`.

    Returns
    -------
    Identification : a row for each target, by three estimators, at three lengths; pairs that are not distinguished.
    """
    import numpy as np

    from groundswell.calibrate.asked import FitRequest, kin_of, observed_of
    from groundswell.calibrate.fit import FitSettings, cost
    from groundswell.calibrate.identify import identify_kin
    from groundswell.calibrate.observed import Observed
    from groundswell.calibrate.reference import tables_folder
    from groundswell.experiment.setting import setting_of

    stated = _theory(theory)
    asked = FitRequest.of(None, options)
    if "threads" not in options:
        asked = FitRequest.of(asked, {"threads": _cores()})
    if record_like is not None:
        observed = observed_of(stated, record_like, asked)
    else:
        names = list(observe) or list(stated.observables)[:2]
        length = periods or setting_of(stated).steps
        observed = Observed(
            {name: np.zeros(length) for name in names},
            np.ones(length, dtype=np.bool_),
            None,
            tuple(range(length)),
            source=f"{length} periods",
        )
    population = _population(stated, asked)
    kin = kin_of(stated, observed, population, asked)
    settings = FitSettings(**{name: getattr(asked, name) for name in FitSettings.model_fields})
    folder = None if out is None else Path(out)
    kin.summaries({name: np.zeros((1, len(observed))) for name in kin.draws.observables})  # refuses one too short
    if say is not None:
        say(_cost_in_words(cost(kin, settings.draws, _people(population, stated)), kin.draws.steps))
    if folder is None:
        return identify_kin(kin, settings, folder=tables_folder(tables), progress=shown(progress))
    with Output(folder, {"kin": kin.key}, kind="identification", fresh=fresh, csv=csv) as output:
        found = identify_kin(kin, settings, folder=tables_folder(tables), progress=shown(progress))
        output.write_json("identification.json", found.to_dict())
        output.write_table("identification", found.to_frame(), folder=".")
        title = f"What {observed.source} can reveal about {stated.name}"
        output.commit(manifest_of("identification", title=title, seed=settings.seed, about={"kin": kin.key}))
    return dataclasses.replace(found, folder=folder)


def _rival(text: str, kin: Kinship, observed: Observed, asked: FitRequest, own: Own | None) -> Kinship:
    """A rival that a user names: a tide, or another theory."""
    from groundswell.calibrate.asked import FitRequest, kin_of
    from groundswell.calibrate.timed import TimedActs, timed
    from groundswell.errors import EstimationError

    head, *parts = text.split(":")
    if head != "tide":
        theory = _theory(text)
        plain = FitRequest.of(asked, {"priors": (), "fixed": {}, "estimands": (), "account": "prior"})
        return kin_of(theory, observed, _population(theory, plain), plain, own=own)
    if len(parts) not in (3, 4) or (len(parts) == 4 and parts[3] != "effect"):
        raise EstimationError(f"the rival {text!r}", expected="tide:SHOCK:ACTS:BY, with :effect where acts have one")
    return timed(kin, TimedActs(parts[0], parts[1], parts[2], effect=len(parts) == 4))


def _theory(given: str | Path | type[Theory]) -> type[Theory]:
    from groundswell.theory.registry import load_theory

    return given if isinstance(given, type) else load_theory(given)


def _population(theory: type[Theory], asked: Any) -> Mapping[str, Any]:
    """The table [population] of each world; a theory without people has none."""
    from groundswell.experiment.setting import scaled

    if not theory.peopled:
        scaled(theory, people=asked.people, network=asked.network)  # refuses people of a theory that has none
        return {"network": "well_mixed", "people": 1}
    return dict(scaled(theory, people=asked.people, network=asked.network).population)


def _people(population: Mapping[str, Any], theory: type[Theory]) -> int:
    if not theory.peopled:
        return 1
    return int(population.get("people") or population.get("rows", 1) * population.get("columns", 1))


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cost_in_words(cost: Mapping[str, int], steps: int) -> str:
    return (
        f"{cost['draws']:,} draws of {steps:,} steps: {cost['worlds']:,} worlds and {cost['person_steps']:.2g} "
        f"person-steps; the table takes {cost['table_bytes'] / 1e6:,.0f} MB at most, and memory about "
        f"{300 + 3e-6 * cost['table_bytes']:,.0f} MB."
    )


def _digest_of_series(series: Mapping[str, Any]) -> str:
    import hashlib

    import numpy as np

    digest = hashlib.sha256()
    for name, values in series.items():
        digest.update(name.encode() + np.ascontiguousarray(values, float).tobytes())
    return digest.hexdigest()
