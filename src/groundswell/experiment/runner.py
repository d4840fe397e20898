"""Runs a study: simulates its arms, has its claims adjudicated and its page written, and puts everything in a folder.

The code that adjudicates and the code that writes the page are in higher layers and are passed in; `groundswell.app`
composes them.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl

from groundswell.charts import Chart
from groundswell.draws import derive_seed
from groundswell.engine.worlds import available_memory, require_memory
from groundswell.errors import MemoryRefusedError, StudyError
from groundswell.experiment.description import describe
from groundswell.experiment.ensemble import Design, Ensemble, Progress, check_design, run_ensemble
from groundswell.experiment.study import Study, theory_sha256
from groundswell.experiment.sweep import sweep
from groundswell.experiment.tables import read_ensemble, tables
from groundswell.manifest import code_sha256, manifest_of, versions
from groundswell.output import Keeper, Kept, Output
from groundswell.population.population import Population
from groundswell.population.specification import PopulationSpecification
from groundswell.results import Result

_SIMULATED = ("draws.py", "theory", "theories", "population", "engine", "calibrate/priors.py", "experiment")
_BYTES_PER_PERSON = (
    64  # the least that a batch of one world takes beyond the network in any theory: a dozen traits and states
)

Adjudicate = Callable[..., Any]
"""(study, ensemble, threads, progress) to `Verdicts`, or to the content of verdicts.json with frames under "tables"."""
Page = Callable[[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any], Path], str | None]
"""(verdicts, study as `describe` gives it, manifest, folder that holds `tables`) to the dossier as HTML, or to None."""

Prepare = Callable[[Study, Design, Output, Progress | None], None]
"""Puts parts of a study and its adjudication into its output folder, so that only the rest is simulated here."""


@dataclass(frozen=True)
class StudyRun(Kept, Result):
    """The results of running a study: its runs and the verdicts on its claims.

    Parameters
    ----------
    name, title, seed : of the study.
    answer : the verdicts in one or two sentences; empty where the study has no claims.
    verdicts : the content of verdicts.json.
    failed : runs that failed, of `runs`.
    ensemble : the simulated runs, with failed ones as rows with a reason.
    manifest : the content of manifest.json.
    folder : where tables, verdicts, dossier and manifest are.
    """

    left_out: ClassVar[tuple[str, ...]] = ("ensemble", "manifest", "folder", "keeper")

    name: str
    title: str
    seed: int
    answer: str
    verdicts: Mapping[str, Any]
    runs: int
    failed: int
    ensemble: Ensemble = field(repr=False)
    manifest: Mapping[str, Any] = field(repr=False)
    folder: Path = Path()
    keeper: Keeper | None = field(default=None, repr=False)

    def rows(self) -> list[dict[str, Any]]:
        """One row per claim: its account, verdict and reason; then one per claim about the study's own twins.

        `mean`, `low` and `high` are the estimate of a claim that one record was asked about, and the mean effect of a
        claim about the twins.
        """
        register = [
            {key: row.get(key) for key in ("claim", "account", "text", "verdict", "reason")} | _estimated(row)
            for row in self.verdicts.get("verdicts") or ()
        ]
        stated = [
            {key: row.get(key) for key in ("claim", "account", "text", "verdict", "reason", "mean", "low", "high")}
            for row in self.verdicts.get("stated") or ()
        ]
        return [*register, *stated]

    def charts(self) -> list[Chart]:
        """For each observable, its mean over draws by account and arm, with the range of 90% of draws."""
        found = []
        for name in self.ensemble.observables:
            rows = []
            for account in self.ensemble.design.accounts:
                for arm in self.ensemble.design.arms:
                    series = self.ensemble.series(account, arm, name)
                    kept = series[np.isfinite(series).all(axis=1)]
                    if not len(kept):
                        continue
                    low, high = np.quantile(kept, [0.05, 0.95], axis=0)
                    steps = np.unique(
                        np.linspace(0, series.shape[1] - 1, min(series.shape[1], 400)).round().astype(int)
                    )
                    label = arm if len(self.ensemble.design.accounts) == 1 else f"{account}: {arm}"
                    mean = kept.mean(axis=0)
                    rows += [
                        {
                            "x": int(t),
                            "y": float(mean[t]),
                            "low": float(low[t]),
                            "high": float(high[t]),
                            "series": label,
                        }
                        for t in steps
                    ]
            if rows:
                unit = self.ensemble.design.theory.observables[name].unit
                found.append(
                    Chart("lines", pl.DataFrame(rows), name, "step", unit, "Line: mean over draws; band: 90% of draws.")
                )
        return found

    def _repr_html_(self) -> str:
        """What a notebook shows: the answer, and the claims with their verdicts."""
        head = f"<h3>{html.escape(self.title)}</h3><p><strong>{html.escape(self.answer)}</strong></p>"
        frame = self.to_frame()
        return head + (frame._repr_html_() if frame.width else "")


def run_study(
    study: Study,
    out: str | Path,
    *,
    adjudicate: Adjudicate,
    page: Page,
    threads: int | None = None,
    fresh: bool = False,
    csv: bool = False,
    progress: Progress | None = None,
    about: Mapping[str, Any] | None = None,
    data: Mapping[str, str] | None = None,
    prepare: Prepare | None = None,
) -> StudyRun:
    """Simulate a study, adjudicate its claims, and write tables, verdicts, dossier and manifest.

    A killed run resumes from its finished parts and gives the same bytes as one that was not killed. A finished
    ensemble is not simulated again: its tables are read, and the claims are adjudicated again.

    Parameters
    ----------
    study : from `load_study`.
    out : the output folder, created if it does not exist.
    adjudicate, page : functions that judge the claims and write the page.
    threads : over people; by default the study's, or the available cores. Results do not depend on it.
    fresh : discard what an earlier run left in the folder.
    csv : write every table as CSV too.
    progress : called with (stage, done, total).
    about : what else the manifest states, such as the command that was typed.
    data : SHA-256 of records by name; the manifest states those that the verdicts name.
    prepare : puts parts that were simulated elsewhere into the folder (`groundswell.experiment.shards`).

    Returns
    -------
    StudyRun : with failed runs as rows with a reason.

    Raises
    ------
    OutputError : before anything is simulated, when the folder cannot be written to, or holds other results.
    StudyError, TheoryError, PopulationError, MemoryRefusedError : before anything is simulated.
    """
    threads = threads or study.table.threads
    with Output(out, configuration_of(study), kind="study", fresh=fresh, csv=csv) as output:
        population = build_population(study, threads)
        design = study.design(population)
        check_design(design)
        if prepare is not None:
            prepare(study, design, output, progress)
        ensemble = _ensemble(study, design, output, threads, progress)
        judged = adjudicate(study, ensemble, threads=threads, progress=progress)
        verdicts = dict(judged) if isinstance(judged, Mapping) else {**judged.to_dict(), "tables": judged.tables}
        for name, frame in dict(verdicts.pop("tables", {})).items():
            output.write_table(name, frame)
        output.write_json("verdicts.json", verdicts)
        manifest = manifest_of(
            "study",
            title=study.title,
            seed=study.seed,
            about={
                "name": study.name,
                "digest": output.digest,
                "configuration": output.configuration,
                "study": {"origin": study.origin, "folder": str(study.folder.resolve()), "text": study.text},
                "theory": {"name": study.theory.name, "sha256": theory_sha256(study.theory)},
                "population": {
                    "people": population.people,
                    "ties": 0 if population.network is None else population.network.ties,
                    "sha256": population.digest(),
                },
                "runs": {
                    "done": len(design.accounts) * design.draws * len(design.arms) - len(ensemble.failed),
                    "failed": len(ensemble.failed),
                },
                "data": _data_of(verdicts, data or {}),
                **(about or {}),
            },
        )
        shown = page(verdicts, describe(study), {**manifest, "files": dict(sorted(output.files.items()))}, output.next)
        if shown is not None:
            output.write_text("dossier.html", shown)
        output.commit(manifest)
    return StudyRun(
        name=study.name,
        title=study.title,
        seed=study.seed,
        answer=str(verdicts.get("answer") or ""),
        verdicts=verdicts,
        runs=len(design.accounts) * design.draws * len(design.arms),
        failed=len(ensemble.failed),
        ensemble=ensemble,
        manifest=manifest,
        folder=Path(out),
    )


def configuration_of(study: Study) -> dict[str, Any]:
    """Everything that decides whether two runs match: the study, the versions and the simulating code."""
    return {"study": study.configuration(), "versions": versions(), "source code": code_sha256(_SIMULATED)}


def _ensemble(study: Study, design: Design, output: Output, threads: int | None, progress: Progress | None) -> Ensemble:
    """The runs of a study: read if they were finished earlier, otherwise simulated and written."""
    finished = output.tables()
    if finished:
        return read_ensemble(design, output.reuse(finished))
    ensemble = run_ensemble(design, threads=threads, store=output, progress=progress)
    frames = tables(ensemble)
    if study.sweep is not None:
        frames["sweep"] = run_sweep(study, design.population, threads=threads, progress=progress)
    output.finish({name: output.write_table(name, frame) for name, frame in frames.items()})
    return ensemble


def run_sweep(
    study: Study, population: Population, *, threads: int | None = None, progress: Progress | None = None
) -> pl.DataFrame:
    """Run the sweep that a study states, with the result of `groundswell.experiment.sweep.sweep`.

    With `people = "own"`, worlds build their own populations from the study's table; otherwise all share the study's.
    """
    stated = study.sweep
    if stated is None:
        raise StudyError(f"{study.origin} has no table [sweep]", expected="what is to be swept")
    own = stated.table.people == "own" and study.population.path is None
    return sweep(
        study.theory,
        study.population if own else population,
        stated.over if stated.points is None else stated.points,
        study.steps,
        worlds=stated.table.worlds,
        seed=derive_seed(study.seed, "sweep"),
        params=study.params,
        arms={name: study.arms[name] for name in stated.arms},
        summary=stated.table.summary,
        population_seed=None if stated.table.people == "own" else study.population_seed,
        threads=threads,
        progress=progress,
    )


def build_population(study: Study, threads: int | None = None) -> Population:
    """The population of a study, refused before it is built when it would not fit in memory."""
    free = available_memory()
    asked = study.population
    people = asked.people or (asked.rows or 0) * (asked.columns or 0)
    try:
        require_memory(people * _BYTES_PER_PERSON, f"a population of {people:,} people")
        return asked.build(study.population_seed, folder=study.folder, threads=threads, memory_limit=free)
    except MemoryRefusedError as error:
        raise MemoryRefusedError(
            f"{study.origin}, table [population]: {error.given}",
            expected=error.expected,
            why=error.why,
            instead="fewer people or ties" + _that_fit(asked, study.folder, free),
        ) from error


def _that_fit(asked: PopulationSpecification, folder: Path, free: int) -> str:
    """How many people with as many ties each would fit, in words; nothing where the number of people is not stated."""
    if asked.people is None or asked.degrees is not None or asked.sizes is not None:
        return ""
    needed = max(asked.estimate_peak_bytes(folder=folder), asked.people * _BYTES_PER_PERSON)
    return f": at most about {int(asked.people * free / needed):,} people with as many ties each"


def _data_of(verdicts: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, str | None]:
    """SHA-256 of each record that the verdicts name, or of all known records if they name none."""
    named = verdicts.get("data")
    if named is None:
        return dict(known)
    return {str(x["name"]): x.get("sha256") or known.get(str(x["name"])) for x in named}


def _estimated(row: Mapping[str, Any]) -> dict[str, Any]:
    """The estimate of a claim that was tested once, with its interval; None of them otherwise."""
    tests = row.get("tests") or ()
    estimate = (tests[0].get("estimate") or {}) if len(tests) == 1 else {}
    return {name: estimate.get(key) for name, key in (("mean", "value"), ("low", "low"), ("high", "high"))}
