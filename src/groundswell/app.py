"""What users call: run a study, ask a record, replicate a paper, verify a folder. The only file that composes.

Each function returns a result with attributes, `to_frame()`, `to_dict()`, `plot()` and `save(folder)`. The command line
parses, calls these and prints. They are importable from the package itself: `groundswell.run("study.toml")`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from groundswell.errors import EstimationError, RecordError, StudyError
from groundswell.files import check_writable, file_sha256
from groundswell.manifest import Verification, altered_files, changes, manifest_of, read_manifest, typed_command
from groundswell.output import Output, differences, open_folder
from groundswell.results import plain
from groundswell.settings import nearest

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from datetime import datetime

    from groundswell.calibrate.fit import Fit
    from groundswell.calibrate.identify import Identification
    from groundswell.calibrate.summaries import Own
    from groundswell.estimators.panel.fixed_effects import PanelRegression
    from groundswell.estimators.panel.imputation import Imputed
    from groundswell.experiment.points import Given
    from groundswell.experiment.runner import Prepare, StudyRun
    from groundswell.experiment.sensitivity import Sensitivity
    from groundswell.experiment.study import Study
    from groundswell.inquiry.finding import Finding
    from groundswell.inquiry.material import Material
    from groundswell.inquiry.posts import PostsAnswer
    from groundswell.inquiry.questions import Question
    from groundswell.inquiry.result import Inquiry
    from groundswell.records.codebooks._base import Codebook
    from groundswell.records.panel import Panel
    from groundswell.records.schema import Reading
    from groundswell.replications.run import Replications
    from groundswell.theory import Theory

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""
Say = Callable[[str], None]
"""Called with a sentence on the record as soon as it is known."""


class Interrupted(KeyboardInterrupt):
    """An inquiry was interrupted; `result` holds what was answered, and it was written where a folder was named."""

    def __init__(self, result: Inquiry) -> None:
        super().__init__(f"{len(result.unanswered)} questions were not answered")
        self.result = result


# -- studies -----------------------------------------------------------------------------------------------------------


def run(
    study: str | Path | Study,
    out: str | Path | None = None,
    *,
    threads: int | None = None,
    fresh: bool = False,
    csv: bool = False,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> StudyRun:
    """Run a study: simulate its arms, adjudicate its claims, and write tables, verdicts, dossier and manifest.

    Parameters
    ----------
    study : a study file, the name of a built-in study, or a study from `load_study`.
    out : the folder of the results, from which an interrupted run resumes; None keeps them as long as the result
        lives, and `save(folder)` copies them.
    threads : over people; by default the study's, or the cores at hand. Results do not depend on it.
    fresh : discard what an earlier run left in the folder.
    csv : write every table as CSV too.
    progress : called with (stage, done, total).
    executor : of `concurrent.futures` (processes, MPI, a Dask client's), which simulates the study's lanes; results do
        not depend on it.

    Raises
    ------
    OutputError : before anything is simulated, when the folder cannot be written to, or holds other results.
    GroundswellError : before anything is simulated, for a study that cannot be run.

    Example
    -------
    >>> import groundswell
    >>> result = groundswell.run("study.toml", out="out/study")  # doctest: +SKIP
    >>> result.to_frame()  # doctest: +SKIP
    """
    from groundswell.experiment.shards import from_executor

    prepare = None if executor is None else from_executor(executor)
    return _run(study, out, prepare, threads=threads, fresh=fresh, csv=csv, progress=progress)


def gather(
    study: str | Path | Study,
    out: str | Path,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> StudyRun:
    """Gather a study from the shards that were simulated into a folder, and adjudicate and write it as `run` does.

    Parameters
    ----------
    study : as for `run`.
    out : the folder that the shards were written to; every file equals that of a run in one piece, byte for byte.
    threads, progress : as for `run`.

    Raises
    ------
    OutputError : shards that are missing, not finished, damaged or of another study; each is named.
    """
    from groundswell.experiment.shards import from_shards, gathered
    from groundswell.experiment.study import Study, load_study

    stated = study if isinstance(study, Study) else load_study(study)
    gathered(stated, out)  # refused before the folder is touched
    return _run(stated, out, from_shards(out), threads=threads, progress=progress)


def _run(
    study: str | Path | Study,
    out: str | Path | None,
    prepare: Prepare | None,
    *,
    threads: int | None,
    progress: Progress | None,
    fresh: bool = False,
    csv: bool = False,
) -> StudyRun:
    from groundswell.claims.adjudicate import adjudicate
    from groundswell.claims.asked import asked_of
    from groundswell.experiment.runner import run_study
    from groundswell.experiment.study import Study, load_study
    from groundswell.report.dossier import page

    stated = study if isinstance(study, Study) else load_study(study)
    asked_of(stated)  # a register, claim or record that cannot be used is refused before anything is written
    folder, keeper = open_folder(out)
    done = run_study(
        stated,
        folder,
        adjudicate=adjudicate,
        page=page,
        threads=threads,
        fresh=fresh,
        csv=csv,
        progress=progress,
        about={"command": typed_command(), "study_code": _code_named(stated.text, stated.folder)},
        data=_data_sha256(),
        prepare=prepare,
    )
    return dataclasses.replace(done, keeper=keeper)


def _data_sha256() -> dict[str, str]:
    """SHA-256 of the shipped cases and of the records on this machine, each of the bytes before any compression."""
    from groundswell.records.cases.library import case_sha256, cases
    from groundswell.records.registry import data_sets, held_sha256

    found = {name: case_sha256(name) for name in cases()}
    for name in data_sets():
        with contextlib.suppress(RecordError):  # not on this machine, so no verdict can rest on it
            found[name] = held_sha256(name)
    return found


def _code_named(text: str, folder: Path) -> dict[str, str | None]:
    """The files of Python that a study names, wherever in it, with their SHA-256; None where there is no such file."""

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
            yield from texts(inner)

    try:
        stated = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"the study of the manifest is not TOML: {error}", expected="a study file") from error
    named = sorted({name for name in texts(stated) if name.strip().lower().endswith(".py")})
    return {name: file_sha256(folder / name) if (folder / name).is_file() else None for name in named}


# -- records -----------------------------------------------------------------------------------------------------------


def ask(
    files: str | Path | Sequence[str | Path],
    out: str | Path | None = None,
    *,
    codebook: str | Sequence[str] | None = None,
    questions: Sequence[str] | None = None,
    progress: Progress | None = None,
    say: Say | None = None,
    fresh: bool = False,
    csv: bool = False,
    **options: Any,
) -> Inquiry:
    """Ask a record of events what follows what, and write an evidence dossier: answers, checks, plots and tables.

    Parameters
    ----------
    files : one record of events or several, which are asked together.
    out : the folder of the results; None keeps them as long as the result lives, and `save(folder)` copies them.
    codebook : a built-in codebook, or the path of a mapping file (.toml); one for all files, or one for each. Without
        it, the codebook is recognised from the columns.
    questions : see `groundswell.inquiry.questions.QUESTIONS`; ("check",) fits nothing; by default all.
    progress : called with (stage, done, total).
    say : called with what is wrong with the record, sentence by sentence, before any model is fitted.
    fresh : discard what an earlier call left in the folder, whatever it was about.
    csv : write every table as CSV too.
    options : `kinds`, `unit`, `places`, `by`, `at`, `treated`, `depth` and `seed`; see
        `groundswell.inquiry.settings.Asked`.

    Raises
    ------
    RecordError, EstimationError, OutputError : for what cannot be read, asked or written, in one sentence.
    Interrupted : Ctrl-C; what was answered is written, and carried by the error.

    Example
    -------
    >>> import groundswell
    >>> groundswell.ask("events.csv", questions=["waves"]).answers  # doctest: +SKIP
    """
    from groundswell.inquiry.questions import chosen
    from groundswell.inquiry.settings import Asked
    from groundswell.records.events import prepared
    from groundswell.records.identity import without_repeats

    paths = [Path(file) for file in ([files] if isinstance(files, str | Path) else files)]
    if not paths:
        raise RecordError("no file of a record", expected="at least one")
    say = say or (lambda sentence: None)
    asked = Asked.of(None, options)
    wanted = tuple(q for q in chosen(questions) if questions or not q.dated or asked.at)
    names = _codebooks(paths, [codebook] if isinstance(codebook, str) else codebook, say)
    folder, keeper = open_folder(out)
    check_writable(folder)
    _refuse_twice(paths)
    written = {name: getattr(asked, name) for name in ("date_order", "language") if getattr(asked, name) is not None}
    books: list[Codebook] = [
        prepared(path, name, start=asked.start, end=asked.end, **written)
        for path, name in zip(paths, names, strict=True)
    ]
    readings = without_repeats([book.read(path) for path, book in zip(paths, books, strict=True)], books)
    about = {"files": [str(path.resolve()) for path in paths], "codebooks": [_book(name) for name in names]}
    with Output(folder, about, kind="record", fresh=fresh, csv=csv) as output:
        session = _Session(output, paths, names, books, readings, asked, wanted, recognised=codebook is None)
        for record in session.records:
            for sentence in record["sentences"]:
                say(sentence)
        found = session.answer(say, progress)
    found = dataclasses.replace(found, folder=folder, keeper=keeper)
    if found.unanswered:
        raise Interrupted(found)
    return found


def _refuse_twice(paths: Sequence[Path]) -> None:
    """Refuse the same file given twice, whatever its names: each of its events would count twice."""
    from groundswell.records.codebooks._table import refuse_special

    seen: dict[str, Path] = {}
    for path in paths if len(paths) > 1 else ():
        refuse_special(path)
        first = seen.setdefault(file_sha256(path), path)
        if first is not path:
            raise RecordError(
                f"{path} and {first} hold the same bytes",
                expected="each record once",
                why="every event in it would count twice",
                instead=f"groundswell evidence {first}",
            )


class _Session:
    """One inquiry while it is under way: what was read, asked and written."""

    def __init__(
        self,
        output: Output,
        paths: Sequence[Path],
        names: Sequence[str],
        books: Sequence[Codebook],
        readings: Sequence[Reading],
        asked: Any,
        questions: Sequence[Question],
        *,
        recognised: bool,
    ) -> None:
        from groundswell.inquiry.result import record_row

        self.output, self.readings, self.asked, self.questions = output, readings, asked, questions
        self.records = [
            record_row(path, reading, book, recognised=recognised)
            for path, reading, book in zip(paths, readings, books, strict=True)
        ]
        self._input = [
            {"file": path.name, "sha256": file_sha256(path), "codebook": _book(name, short=True)}
            | ({"mapping_sha256": file_sha256(Path(name))} if name.endswith(".toml") else {})
            for path, name in zip(paths, names, strict=True)
        ]

    def answer(self, say: Say, progress: Progress | None) -> Inquiry:
        """Put the questions one after the other, and write what was answered, also where an interruption ends it."""
        from groundswell.inquiry.dated import check_date
        from groundswell.inquiry.inquire import inquire
        from groundswell.inquiry.manner import Manner
        from groundswell.inquiry.material import gather
        from groundswell.inquiry.result import series_frame

        if not any(reading.events.height for reading in self.readings):
            self._write_reading()
            self._finish(None, [])
            raise self._nothing()
        asked = self.asked
        material = gather(
            self.readings,
            kinds=list(asked.kinds) if asked.kinds else None,
            unit=asked.unit,
            places=list(asked.places),
            by=asked.by,
        )
        check_date(material, asked.at, asked.treated)
        self._write_reading()
        for note in material.notes:
            say(note)
        self.output.write_table("series", series_frame(material), folder=".")
        findings: list[Finding] = []
        manner = Manner(asked.depth, asked.seed, asked.at, asked.treated, progress or (lambda stage, done, total: None))
        try:
            for finding in inquire(material, self.questions, manner):
                findings.append(finding)
                for name, frame in finding.tables.items():
                    self.output.write_table(name, frame, folder=".")
        except KeyboardInterrupt:
            left = tuple(question.name for question in self.questions[len(findings) :])
            return dataclasses.replace(self._finish(material, findings), unanswered=left)
        return self._finish(material, findings)

    def _nothing(self) -> RecordError:
        rejected = self.records[0]["rejected_by_reason"]
        reason = rejected[0]["reason"] if rejected else "the file is empty"
        return RecordError(
            f"no row of {self.records[0]['file']} could be read as an event ({reason})",
            expected="at least one event",
            instead=f"look into {self.output.folder / 'rejected.parquet'}; another codebook may fit (--codebook)",
        )

    def _write_reading(self) -> None:
        """Write events, rejected rows and cells that could not be read: all that the files hold."""
        import polars as pl

        for name in ("events", "rejected", "unread"):
            frames = [getattr(reading, name) for reading in self.readings]
            if len(frames) > 1:
                frames = [
                    frame.with_columns(file=pl.lit(record["file"]))
                    for frame, record in zip(frames, self.records, strict=True)
                ]
            self.output.write_table(name, pl.concat(frames, how="diagonal"), folder=".")

    def _finish(self, material: Material | None, findings: Sequence[Finding]) -> Inquiry:
        from groundswell.inquiry.manner import Manner
        from groundswell.inquiry.result import inquiry_of
        from groundswell.report.evidence_dossier import render

        manner = Manner(self.asked.depth, self.asked.seed)
        found = inquiry_of(self._title(material), self.records, findings, material, self.questions, manner)
        content = found.to_dict()
        self.output.write_json("evidence.json", content)
        manifest = manifest_of(
            "record",
            title=found.title,
            seed=self.asked.seed,
            about={
                "input": self._input,
                "settings": found.settings,
                "asked": {**self.asked.model_dump(), "questions": [question.name for question in self.questions]},
            },
        )
        self.output.write_text("evidence.html", render(content, {**manifest, "sha256": dict(self.output.files)}))
        self.output.commit(manifest)
        return found

    def _title(self, material: Material | None) -> str:
        # a file with the schema's own columns has no name but its own
        titles = dict.fromkeys(str(row["file"] if row["codebook"] == "csv" else row["title"]) for row in self.records)
        what = " and ".join(titles)
        return what + (f": {', '.join(material.asked)}" if material is not None and material.asked else "")


def _book(name: str, *, short: bool = False) -> str:
    if not name.endswith(".toml"):
        return name
    return Path(name).name if short else str(Path(name).resolve())


def _codebooks(files: Sequence[Path], given: Sequence[str] | None, say: Say) -> list[str]:
    """One codebook for each file: as given, or recognised from the columns, which is said."""
    from groundswell.records.codebooks.library import recognise

    if given:
        if len(given) not in (1, len(files)):
            raise RecordError(f"{len(given)} codebooks for {len(files)} files", expected="one for all, or one for each")
        return [str(name) for name in given] * (len(files) if len(given) == 1 else 1)
    names = []
    for file in files:
        names.append(recognise(file))
        say(f"{file} was recognised as {names[-1]} by its columns.")
    return names


# -- fits --------------------------------------------------------------------------------------------------------------


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
    **options: Any,
) -> Fit:
    """Fit a theory of any form to a record: a posterior that passed its gates, or the reason why there is none.

    Parameters
    ----------
    theory : a name, the path of a .py file, or a class.
    record : a CSV of dated numbers, a file of events (with `codebook`), the name of a data set, or numbers by
        observable (a mapping, a frame, an `Observed`). A column named like an observable is that observable, unscaled.
    out : the folder of fit.json, posterior.parquet, bands.parquet and fit.html; None writes nothing.
    summaries : your own: of one record, by observable float64[periods], numbers by name.
    tables : where reference tables are kept to be extended and reused; "cache" is the cache folder, None keeps none.
    progress : called with (stage, done, total).
    say : called with what the fit will take, before it begins.
    fresh : discard what an earlier fit left in the folder, whatever it was about.
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
    from groundswell.calibrate.asked import Asked, kin_of, observed_of
    from groundswell.calibrate.choice import choose
    from groundswell.calibrate.fit import FitSettings, cost, fit_observed
    from groundswell.calibrate.methods import method_of
    from groundswell.report.fit_page import render_fit

    stated = _theory(theory)
    asked = Asked.of(None, options)
    if "threads" not in options:
        asked = Asked.of(asked, {"threads": _cores()})
    observed = observed_of(stated, record, asked)
    population = _population(stated, asked)
    kin = kin_of(stated, observed, population, asked, own=summaries)
    for account in asked.accounts:
        kin_of(stated, observed, population, asked, own=summaries, account=account)  # refuses one that is unknown
    settings = FitSettings(**{name: getattr(asked, name) for name in FitSettings.model_fields})
    method_of(settings.method)
    kin.summaries({name: observed.series[name][None] for name in kin.draws.observables})  # refuses a record too short
    kept = _tables(tables)
    folder = None if out is None else Path(out)
    if folder is not None:
        check_writable(folder)
    if say is not None:
        say(_cost_in_words(cost(kin, settings.draws, _people(population, stated)), kin.draws.steps))

    def made() -> Fit:
        found = fit_observed(kin, observed, settings, folder=kept, progress=progress)
        if not asked.accounts:
            return found
        rivals = {a: kin_of(stated, observed, population, asked, own=summaries, account=a) for a in asked.accounts}
        return choose(found, rivals, observed, settings, folder=kept, progress=progress)

    if folder is None:
        return made()
    about = {"kin": kin.key, "accounts": list(asked.accounts), "record": _digest_of_series(observed.series)}
    with Output(folder, about, kind="fit", fresh=fresh) as output:
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
    **options: Any,
) -> Identification:
    """What records of one kind and length can ever tell of a theory: information for each parameter and estimand.

    Parameters
    ----------
    theory : a name, the path of a .py file, or a class.
    out : the folder of identification.json and its tables; None writes nothing.
    observe : observables that the record would hold; by default all that the record has, or the theory's first two.
    record_like : a record whose columns, length, grain and unwatched periods are taken; no number of it is used.
    periods : its length, where there is no such record; by default the steps of the theory's setting.
    tables, progress, say, fresh, options : as for `fit`.

    Returns
    -------
    Identification : a row for each target, by three estimators, at three lengths; pairs that are not told apart.
    """
    import numpy as np

    from groundswell.calibrate.asked import Asked, kin_of, observed_of
    from groundswell.calibrate.fit import FitSettings, cost
    from groundswell.calibrate.identify import identify_kin
    from groundswell.calibrate.observed import Observed
    from groundswell.experiment.setting import setting_of

    stated = _theory(theory)
    asked = Asked.of(None, options)
    if "threads" not in options:
        asked = Asked.of(asked, {"threads": _cores()})
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
    if say is not None:
        say(_cost_in_words(cost(kin, settings.draws, _people(population, stated)), kin.draws.steps))
    if folder is None:
        return identify_kin(kin, settings, folder=_tables(tables), progress=progress)
    with Output(folder, {"kin": kin.key}, kind="identification", fresh=fresh) as output:
        found = identify_kin(kin, settings, folder=_tables(tables), progress=progress)
        output.write_json("identification.json", found.to_dict())
        output.write_table("identification", found.to_frame(), folder=".")
        title = f"What {observed.source} can tell of {stated.name}"
        output.commit(manifest_of("identification", title=title, seed=settings.seed, about={"kin": kin.key}))
    return dataclasses.replace(found, folder=folder)


def _theory(given: str | Path | type[Theory]) -> type[Theory]:
    from groundswell.theory.registry import load_theory

    return given if isinstance(given, type) else load_theory(given)


def _population(theory: type[Theory], asked: Any) -> Mapping[str, Any]:
    """The table [population] of each world; a flow has none."""
    from groundswell.experiment.setting import scaled

    if theory.form == "flow":
        scaled(theory, people=asked.people, network=asked.network)  # refuses people of a theory that has none
        return {"network": "well_mixed", "people": 1}
    return dict(scaled(theory, people=asked.people, network=asked.network).population)


def _people(population: Mapping[str, Any], theory: type[Theory]) -> int:
    if theory.form == "flow":
        return 1
    return int(population.get("people") or population.get("rows", 1) * population.get("columns", 1))


def _tables(given: str | Path | None) -> Path | None:
    """Where reference tables are kept; none where the cache cannot be written to."""
    from groundswell.errors import OutputError
    from groundswell.records.registry import cache_folder

    if given != "cache":
        return None if given is None else Path(given)
    folder = cache_folder() / "tables"
    try:
        check_writable(folder)
    except OutputError:
        return None
    return folder


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


# -- posts -------------------------------------------------------------------------------------------------------------


def ask_posts(
    posts: str | Path | None,
    shocks: Mapping[str, datetime],
    *,
    edges: str | Path | None = None,
    depth: str = "quick",
    seed: int = 0,
) -> PostsAnswer:
    """What followed dated shocks in posts by hour, and how concentrated reach is in a graph of who spread whom.

    Parameters
    ----------
    posts, edges : files; see `groundswell.estimators.attention.spectacle`. Either may be None.
    shocks : moment (UTC) of each by name, dated from outside the record.
    depth : "quick" or "full".
    seed : of everything drawn.

    Raises
    ------
    RecordError, EstimationError : a file that cannot be read, a shock outside the record, or nothing to ask.
    """
    from groundswell.estimators.attention.spectacle import read_posts, read_retweets
    from groundswell.inquiry.posts import ask_posts as ask_of

    if depth not in ("quick", "full"):
        raise EstimationError(f"depth {depth!r}", expected="quick or full")
    return ask_of(
        None if posts is None else read_posts(posts),
        shocks,
        None if edges is None else read_retweets(edges),
        depth="full" if depth == "full" else "quick",
        seed=seed,
    )


# -- panels ------------------------------------------------------------------------------------------------------------


def read_panel(record: str | Path, *, mapping: str | Path | None = None, **options: Any) -> Panel:
    """Read rows of units by wave: a published panel by name, or a file with a mapping of its columns.

    Parameters
    ----------
    record : a name of `groundswell.records.panel.panels`, or the path of a file.
    mapping : a TOML file with a table [panel].
    options : the fields of `groundswell.records.panel.PanelMapping`, in place of those of the mapping.

    Raises
    ------
    RecordError : there is no such record, or it cannot be read.
    """
    from groundswell.records.panel import load_panel, panels
    from groundswell.records.panel import read_panel as read

    known = panels()
    if mapping is None and str(record) in known:
        return load_panel(str(record), **options)
    if not Path(record).exists():
        raise RecordError(
            f"the panel {str(record)!r}",
            expected="a file, or one of " + ", ".join(known),
            instead=nearest(str(record), known),
        )
    return read(record, mapping, **options)


def ask_panel(
    panel: Panel | str | Path,
    outcome: str,
    exposure: str,
    *,
    adoption: bool = False,
    above: float = 0.0,
    counts: bool = False,
    lag: int = 1,
    controls: Sequence[str] = (),
    seed: int = 0,
) -> PanelRegression | Imputed:
    """What an exposure goes with in an outcome, holding units and waves, or what its adoption changed.

    Parameters
    ----------
    panel : from `read_panel`, or its name.
    outcome, exposure, controls : variables of the panel.
    adoption : the exposure is adopted once and for all, at different waves, once it is above `above`.
    counts : the outcome is a count.
    lag : waves between exposure and outcome, where it is not an adoption.
    seed : of the bootstrap.

    Raises
    ------
    EstimationError : a variable that is not there, or a panel that cannot carry the question.
    """
    from groundswell.estimators.panel.fixed_effects import fixed_effects
    from groundswell.estimators.panel.imputation import imputed_effects

    of = read_panel(panel) if isinstance(panel, str | Path) else panel
    family = "poisson" if counts else "linear"
    if adoption:
        return imputed_effects(of, outcome, exposure, family=family, above=above, seed=seed)
    return fixed_effects(of, outcome, exposure, family=family, lag=lag, controls=tuple(controls))


# -- replications ------------------------------------------------------------------------------------------------------


def replicate(
    names: str | Sequence[str] | None = None,
    out: str | Path | None = None,
    *,
    threads: int | None = None,
    csv: bool = False,
    progress: Progress | None = None,
) -> Replications:
    """Reproduce the numbers that the papers of the models published, and write a page for each with the paper's plot.

    Parameters
    ----------
    names : a replication, or several; None runs all.
    out : the folder of the pages; None keeps them as long as the result lives.
    threads : over people. Results do not depend on it.
    csv : write the table of targets as CSV too.
    progress : called with (stage, done, total).

    Raises
    ------
    ReplicationError : there is no such replication.
    OutputError : before anything is measured, when the folder cannot be written to, or holds other results.
    """
    from groundswell.replications.register import chosen, find
    from groundswell.replications.run import collect, not_loaded
    from groundswell.replications.run import replicate as measure
    from groundswell.report.replication_page import pages

    found, broken = find()
    asked = chosen([names] if isinstance(names, str) else list(names or ()), sorted({*found, *broken}))
    folder, keeper = open_folder(out)
    with Output(folder, {}, kind="replication", csv=csv) as output:
        results = []
        for done, name in enumerate(asked):
            if progress is not None:
                progress("replications", done, len(asked))
            results.append(measure(found[name], threads) if name in found else not_loaded(name, broken[name]))
        if progress is not None:
            progress("replications", len(asked), len(asked))
        collected = collect(results)
        content = collected.to_dict()
        output.write_json("replications.json", content)
        output.write_table("replications", collected.to_frame(), folder=".")
        for file, text in pages(content).items():
            output.write_text(file, text)
        output.commit(manifest_of("replication", title="Replications", seed=None, about={"replications": asked}))
    return dataclasses.replace(collected, folder=folder, keeper=keeper)


# -- sensitivity -------------------------------------------------------------------------------------------------------


def sensitivity(
    target: str | Path | Study | type[Theory],
    observable: str,
    over: Mapping[str, Given] | None = None,
    out: str | Path | None = None,
    *,
    arm: str | None = None,
    against: str | None = None,
    people: int | None = None,
    network: str | None = None,
    steps: int | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Sensitivity:
    """Attribute the variation of an observable, or of an effect on it, to the factors that vary.

    Parameters
    ----------
    target : a theory, which runs at its own setting, or a study, whose population, parameters and arms are used.
    observable : whose series is summarised.
    over : factor: what it ranges over (`groundswell.experiment.points.Given`), such as ``{"sd": {"from": 0.1, "to":
        0.3}, "population.mean_degree": [4, 8]}``; by default every parameter with a prior, over its prior.
    out : the folder of the results; None writes nothing.
    arm, against : arms of the study: the one that is run, and the twin whose summary is taken off.
    people, network, steps : in place of those of the setting or the study.
    progress : called with (stage, done, total).
    options : `method`, `count`, `worlds`, `summary`, `seed`, `params` and `threads` of
        `groundswell.experiment.sensitivity.sensitivity`.

    Raises
    ------
    GroundswellError : for an unknown name, a factor that cannot vary, or a folder that holds something else.
    """
    from groundswell.experiment.arms import Arm
    from groundswell.experiment.points import varying
    from groundswell.experiment.sensitivity import sensitivity as analyse
    from groundswell.experiment.setting import scaled
    from groundswell.experiment.study import Study, built_in_studies, load_study
    from groundswell.population.population import well_mixed
    from groundswell.population.specification import PopulationSpecification
    from groundswell.theory.registry import load_theory

    arms: Mapping[str, Arm] = {}
    is_study = isinstance(target, Study) or str(target).endswith(".toml")
    if is_study or (isinstance(target, str) and arm is not None and target in built_in_studies()):
        study = target if isinstance(target, Study) else load_study(str(target))
        theory, asked, params, arms = study.theory, study.population, dict(study.params), study.arms
        length, options = study.steps, {"seed": study.seed, **options}
        if people is not None:
            asked = PopulationSpecification(**{**asked.model_dump(exclude_none=True), "people": people})
    else:
        theory = target if isinstance(target, type) else load_theory(str(target))
        setting = scaled(theory, people=people, network=network)
        asked = PopulationSpecification(**setting.population) if theory.peopled else well_mixed(1)
        params, length = dict(setting.params), setting.steps
    unknown = next((name for name in (arm, against) if name is not None and name not in arms), None)
    if unknown is not None:
        raise StudyError(
            f"the arm {unknown!r}",
            expected="an arm of the study: " + (", ".join(arms) or "a theory has none, name a study file"),
            instead=nearest(unknown, arms),
        )
    over = varying(theory) if over is None else over
    held = {k: v for k, v in {**params, **options.pop("params", {})}.items() if k not in over}
    folder = None if out is None else Path(out)
    if folder is not None:
        check_writable(folder)
    found = analyse(
        theory, asked, over, steps or length, observable, arm=arms.get(arm or ""), against=arms.get(against or ""),
        params=held, progress=progress, **options,
    )  # fmt: skip
    if folder is not None:
        about = {"theory": theory.name, "observable": observable, "arm": arm, "against": against}
        with Output(folder, about, kind="sensitivity") as output:
            output.write_table("runs", found.table)
            output.write_table("indices", found.to_frame())
            output.write_json("sensitivity.json", found.to_dict())
            title = f"What {found.outcome} of {theory.name} depends on"
            output.commit(manifest_of("sensitivity", title=title, seed=options.get("seed", 0), about=about))
    return found


# -- verification ------------------------------------------------------------------------------------------------------


def verify(
    folder: str | Path, *, trust: bool = False, threads: int | None = None, progress: Progress | None = None
) -> Verification:
    """Compare a folder of results with its manifest, make the results again, and compare them byte for byte.

    Hashes are compared before anything is run. A study that names files of Python is run again only with `trust`,
    since those files can do whatever you can; without it, the answer says what was not checked.

    Parameters
    ----------
    folder : of a finished run, inquiry or replication; nothing in it is written to.
    trust : run the files of Python that the study names.
    threads, progress : as for `run`.

    Raises
    ------
    OutputError : there is no manifest, or it cannot be read.
    GroundswellError : the results of the manifest can no longer be made.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    kind = manifest["kind"]
    altered = altered_files(folder, manifest)
    notes = changes(manifest)
    again = {"study": _study_again, "record": _record_again, "replication": _replications_again}.get(kind)
    if again is None:
        unchecked = (f"A {kind} is not made again; only its hashes were compared.",)
        return Verification(folder, kind, altered=altered, unchecked=unchecked, notes=tuple(notes))
    with tempfile.TemporaryDirectory(prefix="groundswell-verify-") as temporary:
        made, unchecked = again(folder, manifest, Path(temporary) / "out", trust, threads, progress, notes)
    # pages are drawn from the results and are not compared as drawn again: fonts differ between machines
    compared = {name: sha for name, sha in manifest["files"].items() if not name.endswith(".html")}
    names = dict.fromkeys([*compared, *(name for name in made if not name.endswith(".html"))]) if made else ()
    held = {name: file_sha256(folder / name) if (folder / name).is_file() else None for name in names}
    return Verification(
        folder,
        kind,
        made_again={name: held[name] is not None and held[name] == made.get(name) for name in names},
        altered=altered,
        unchecked=tuple(unchecked),
        notes=tuple(notes),
    )


def _has_csv(manifest: Mapping[str, Any]) -> bool:
    return any(name.endswith(".csv") for name in manifest["files"])


_Made = tuple[Mapping[str, str], list[str]]


def _study_again(
    folder: Path,
    manifest: Mapping[str, Any],
    out: Path,
    trust: bool,
    threads: int | None,
    progress: Progress | None,
    notes: list[str],
) -> _Made:
    """Run the study of a manifest again; the hashes of what it gave, and what was not checked."""
    from groundswell.claims.adjudicate import adjudicate
    from groundswell.experiment.runner import run_study
    from groundswell.experiment.study import parse_study

    text, origin = manifest["study"]["text"], manifest["study"]["origin"]
    base = Path(manifest["study"]["folder"])
    code = _code_named(text, base)
    for name, sha256 in code.items():
        if sha256 is None:
            return {}, [f"{name}, which the study names, is not in {base}; the study was not run again."]
        if sha256 != manifest.get("study_code", {}).get(name):
            return {}, [f"{name} is not the file that the manifest names; it was not run, nor was the study."]
    if code and not trust:
        named = ", ".join(code)
        return {}, [
            f"The study was not run again, since it would execute {named}: add --trust if you trust its author."
        ]
    study = parse_study(text, origin=origin, folder=base)
    done = run_study(
        study,
        out,
        adjudicate=adjudicate,
        page=lambda *_: None,
        threads=threads,
        progress=progress,
        data=_data_sha256(),
        csv=_has_csv(manifest),
    )
    changed = differences(plain(study.configuration()), manifest["configuration"]["study"])
    if changed:
        notes.append(f"The study is no longer what it was: {', '.join(changed)}.")
    then, now = manifest["data"], done.manifest["data"]
    notes += [
        f"The record {name} is not the one that the manifest names."
        for name in sorted({*then, *now})
        if then.get(name) != now.get(name)
    ]
    return read_manifest(out)["files"], []


def _record_again(
    folder: Path,
    manifest: Mapping[str, Any],
    out: Path,
    trust: bool,
    threads: int | None,
    progress: Progress | None,
    notes: list[str],
) -> _Made:
    """Ask the record of a manifest again, where its files are still where they were."""
    import json

    try:
        where = json.loads((folder / ".groundswell" / "state.json").read_text(encoding="utf-8"))["configuration"]
        files, books = list(where["files"]), list(where["codebooks"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}, ["Where the record lies is not known in this folder; it was not asked again."]
    for file, stated in zip(files, manifest["input"], strict=True):
        if not Path(file).is_file() or file_sha256(Path(file)) != stated["sha256"]:
            return {}, [f"{stated['file']} is no longer where it was, or has changed; it was not asked again."]
    options = dict(manifest["asked"])
    questions = options.pop("questions") or ["check"]
    ask(files, out, codebook=books, questions=questions, progress=progress, csv=_has_csv(manifest), **options)
    return read_manifest(out)["files"], []


def _replications_again(
    folder: Path,
    manifest: Mapping[str, Any],
    out: Path,
    trust: bool,
    threads: int | None,
    progress: Progress | None,
    notes: list[str],
) -> _Made:
    """Measure the replications of a manifest again."""
    replicate(manifest["replications"], out, threads=threads, csv=_has_csv(manifest), progress=progress)
    return read_manifest(out)["files"], []


# -- what moves --------------------------------------------------------------------------------------------------------


def explore(
    what: str | Path | type[Theory] | None = None,
    *,
    people: int | None = None,
    network: str | None = None,
    steps: int | None = None,
    params: Mapping[str, float] | None = None,
    seed: int = 1,
    port: int = 0,
    ready: Callable[[str], Any] | None = None,
) -> Any:
    """Show a theory moving: in a notebook a widget, elsewhere a page on loopback, until interrupted.

    Parameters
    ----------
    what : a theory, its name or .py file, or a study by name or path; None lists the theories that ship.
    people, network, steps, params, seed : what differs from the setting; as for `groundswell simulate`.
    port : of this machine; 0 takes a free one.
    ready : called with the address; by default it is printed and opened in a browser.

    Returns
    -------
    In a notebook the widget, whose `params` are those of the sliders; elsewhere None, once interrupted.

    Raises
    ------
    GroundswellError : before anything is shown.
    """
    from groundswell.explorer.subject import shelf_of, subject_of

    subject = None
    if what is not None:
        subject = subject_of(what, people=people, network=network, steps=steps, params=params)
    elif people is not None or network is not None or steps is not None or params:
        raise StudyError("people, a network, steps or parameters without a theory", expected="a theory that has them")
    if ready is None and subject is not None:
        from groundswell.explorer.widget import in_notebook, widget

        if in_notebook():
            return widget(subject.bundle(seed))
    from groundswell.explorer.server import serve

    serve(shelf_of(subject, seed), subject.theory.name if subject else "", port, ready=ready or _open_page)
    return None


def _open_page(address: str) -> None:
    import webbrowser

    print(f"exploring at {address}  (Ctrl-C ends it)", flush=True)
    webbrowser.open(address)


def export_page(
    what: str | Path | type[Theory],
    out: str | Path,
    *,
    people: int | None = None,
    network: str | None = None,
    steps: int | None = None,
    params: Mapping[str, float] | None = None,
    seed: int = 1,
) -> int:
    """Write the page of a theory as one file that needs no server and no network; its size in bytes is returned.

    Parameters
    ----------
    what, people, network, steps, params, seed : as for `explore`.
    out : the file to write.

    Raises
    ------
    GroundswellError : before anything is written.
    """
    from groundswell.explorer.page import page
    from groundswell.explorer.recorded import shown_without_server
    from groundswell.explorer.subject import subject_of
    from groundswell.files import write_bytes

    subject = subject_of(what, people=people, network=network, steps=steps, params=params)
    data = page(shown_without_server(subject, subject.bundle(seed), seed)).encode()
    write_bytes(Path(out), data)
    return len(data)


def animate(
    what: str | Path | type[Theory],
    out: str | Path,
    *,
    people: int | None = None,
    network: str | None = None,
    steps: int | None = None,
    params: Mapping[str, float] | None = None,
    seed: int = 1,
    view: str | None = None,
    size: int = 480,
    seconds: float = 10.0,
) -> None:
    """Write one world of a theory as a picture that moves: .gif or .svg, or .mp4 where ffmpeg is installed.

    Parameters
    ----------
    what, people, network, steps, params, seed : as for `explore`.
    view : a state or trait by which people are coloured; by default the first of the page.
    size : pixels of a side.
    seconds : how long the whole of it lasts.

    Raises
    ------
    GroundswellError : before anything is written.
    """
    from groundswell.explorer.animation import animation
    from groundswell.explorer.subject import subject_of
    from groundswell.files import write_bytes

    subject = subject_of(what, people=people, network=network, steps=steps, params=params)
    kind = Path(out).suffix.lower().removeprefix(".")
    write_bytes(Path(out), animation(subject, kind, seed=seed, view=view, size=size, seconds=seconds))


__all__ = [
    "Interrupted", "animate", "ask", "ask_panel", "ask_posts", "explore", "export_page", "gather", "read_panel",
    "replicate", "run", "sensitivity", "verify",
]  # fmt: skip
