"""Studies: run one, or gather it from shards that were simulated elsewhere."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundswell.app.progress import Progress, shown
from groundswell.errors import RecordError, StudyError
from groundswell.files import file_sha256, is_file
from groundswell.manifest import typed_command
from groundswell.output import open_folder
from groundswell.text import parse_toml

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from groundswell.app.shards import MadeElsewhere
    from groundswell.experiment.explain import Explanation
    from groundswell.experiment.runner import StudyRun
    from groundswell.experiment.study import Study


def run(
    study: str | Path | Study,
    out: str | Path | None = None,
    *,
    threads: int | None = None,
    fresh: bool = False,
    csv: bool = False,
    progress: Progress | None = None,
    executor: Executor | None = None,
    play: bool = False,
) -> StudyRun:
    """Run a study: simulate its arms, adjudicate its claims, and write tables, verdicts, dossier and manifest.

    Parameters
    ----------
    study : a study file, the name of a built-in study, or a study from `load_study`.
    out : the folder of the results, from which an interrupted run resumes; None keeps them as long as the result object
        exists, and `save(folder)` copies them.
    threads : over people; by default the study's, or the available cores. Results do not depend on it.
    fresh : discard what an earlier run left in the folder.
    csv : write every table as CSV too.
    progress : called with (stage, done, total).
    executor : of `concurrent.futures` (processes, MPI, a Dask client's), which simulates the study's lanes, the arms
        that claims are judged by and the draws of its fits; results do not depend on it.
    play : embed the page of the theory in the dossier, where its reader can play with it.

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
    from groundswell.app.shards import MadeElsewhere

    prepare = None if executor is None else MadeElsewhere(executor)
    return _run(study, out, prepare, threads=threads, fresh=fresh, csv=csv, progress=progress, play=play)


def gather(
    study: str | Path | Study,
    out: str | Path,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
    play: bool = False,
) -> StudyRun:
    """Gather a study from the shards that were simulated into a folder, and adjudicate and write it as `run` does.

    Parameters
    ----------
    study : as for `run`.
    out : the folder that the shards were written to; every file equals that of a run in one piece, byte for byte.
    threads, progress, play : as for `run`.

    Raises
    ------
    OutputError : shards that are missing, not finished, damaged or of another study; each is named.
    """
    from groundswell.app.shards import MadeElsewhere, study_work
    from groundswell.experiment.shards import gathered
    from groundswell.experiment.study import Study
    from groundswell.experiment.study_file import load_study

    stated = study if isinstance(study, Study) else load_study(study)
    gathered(study_work(stated), out)  # refused before the folder is touched
    return _run(stated, out, MadeElsewhere(None, out), threads=threads, progress=progress, play=play)


def explain(study: str | Path | Study, *, threads: int | None = None) -> Explanation:
    """Explain what running a study will take, before it runs: kernels, memory, expected time, and what bounds it.

    The population is built, and a few steps are simulated to measure the time; nothing is written.

    Parameters
    ----------
    study, threads : as for `run`.

    Raises
    ------
    GroundswellError : for a study that cannot be run; where memory is too small, it names what would fit.

    Example
    -------
    >>> import groundswell
    >>> print(groundswell.explain("threshold").answer)  # doctest: +SKIP
    """
    from groundswell.experiment.explain import explain_study
    from groundswell.experiment.study import Study
    from groundswell.experiment.study_file import load_study

    return explain_study(study if isinstance(study, Study) else load_study(study), threads=threads)


def plan(
    study: str | Path | Study,
    out: str | Path | None = None,
    *,
    because: str = "",
    threads: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Freeze what a study will ask, with thresholds and reachability, before its records are read.

    Parameters
    ----------
    study : as for `run`.
    out : the file of the plan, next to which the text of a preregistration is written; by default next to the study
        file (NAME.plan.json, which `run` finds), or in the current folder.
    because : the reason for amending an existing plan.
    threads, progress : as for `run`.

    Raises
    ------
    GroundswellError : a study that cannot be run; an existing plan that has changed, without a reason.
    """
    from groundswell.claims.plan import make_plan, preregistration, read_plan
    from groundswell.experiment.study import Study
    from groundswell.experiment.study_file import load_study
    from groundswell.files import write_bytes, write_json
    from groundswell.text import clean

    stated = study if isinstance(study, Study) else load_study(study)
    path = Path(out) if out is not None else plan_path(stated)
    before = read_plan(path) if path.exists() else None
    found = make_plan(stated, before, because, threads=threads, progress=progress)
    write_json(path, found)
    write_bytes(path.with_suffix(".md"), clean(preregistration(found)).encode())
    return found


def plan_path(study: Study) -> Path:
    """Where the plan of a study is looked for."""
    from groundswell.claims.plan import SUFFIX

    return study.folder / f"{Path(study.origin).stem}{SUFFIX}"


def _planned(study: Study) -> dict[str, Any] | None:
    """What the manifest states of the study's plan, which must fit it; None where there is no plan."""
    from groundswell.claims.plan import check_plan, read_plan

    path = plan_path(study)
    if not path.is_file():
        return None
    found = read_plan(path)
    check_plan(study, found, path)
    return {"sha256": found["sha256"], "amendments": found["amendments"]}


def score(
    given: str | Path, later: str | Path | None = None, *, forecast: str | Path | None = None, issued: str = ""
) -> Any:
    """Restate the verdicts of a run as dated forecasts, or score forecasts against a later run.

    Parameters
    ----------
    given : the folder of a run, or a file of forecasts.
    later : the folder of a later run that puts the same claims to a later record.
    forecast : the file that forecasts are written to.
    issued : their date; by default today.

    Returns
    -------
    The forecasts (a mapping), or with `later` their `Scores`.
    """
    from datetime import date

    from groundswell.claims.forecast import forecasts_of, score_forecasts
    from groundswell.files import write_json

    made = _json(Path(given) / "verdicts.json" if Path(given).is_dir() else Path(given))
    found = made if "forecasts" in made else forecasts_of(made, issued or date.today().isoformat())
    if forecast is not None:
        write_json(Path(forecast), found)
    return found if later is None else score_forecasts(found, _json(Path(later) / "verdicts.json"))


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StudyError(
            f"{path} cannot be read ({error})", expected="the folder of a run, or a file of forecasts"
        ) from error
    if not isinstance(found, dict):
        raise StudyError(f"{path} holds no verdicts", expected="the folder of a run, or a file of forecasts")
    return found


def _run(
    study: str | Path | Study,
    out: str | Path | None,
    prepare: MadeElsewhere | None,
    *,
    threads: int | None,
    progress: Progress | None,
    fresh: bool = False,
    csv: bool = False,
    play: bool = False,
) -> StudyRun:
    from groundswell.app.explorer import inset_of
    from groundswell.claims.adjudicate import adjudicate
    from groundswell.claims.asked import asked_of
    from groundswell.experiment.runner import run_study
    from groundswell.experiment.study import Study
    from groundswell.experiment.study_file import load_study
    from groundswell.report.dossier import page

    stated = study if isinstance(study, Study) else load_study(study)
    asked_of(stated)  # a register, claim or record that cannot be used is refused before anything is written
    planned = _planned(stated)
    folder, keeper = open_folder(out)

    def dossier(*args: Any, **settings: Any) -> Any:
        """The page, with that of the theory in it; the latter is compiled only once there is something to show."""
        return page(*args, **settings, play=inset_of(stated) if play else None)

    done = run_study(
        stated,
        folder,
        adjudicate=functools.partial(adjudicate, store=None if prepare is None else prepare.store),
        page=dossier,
        threads=threads,
        fresh=fresh,
        csv=csv,
        progress=shown(progress),
        about={"command": typed_command(), "study_code": code_named(stated.text, stated.folder)}
        | ({} if planned is None else {"plan": planned}),
        data=data_sha256(),
        prepare=prepare,
    )
    return dataclasses.replace(done, keeper=keeper)


def data_sha256() -> dict[str, str]:
    """SHA-256 of the shipped cases and of the records on this machine, each of the bytes before any compression."""
    from groundswell.records.cases.library import case_sha256, cases
    from groundswell.records.registry import data_sets, held_sha256

    found = {name: case_sha256(name) for name in cases()}
    for name in data_sets():
        with contextlib.suppress(RecordError):  # not on this machine, so no verdict can rest on it
            found[name] = held_sha256(name)
    return found


def code_named(text: str, folder: Path) -> dict[str, str | None]:
    """The Python files that a study names anywhere in it, with their SHA-256; None where there is no such file."""

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
            yield from texts(inner)

    try:
        stated = parse_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"the study of the manifest is not TOML: {error}", expected="a study file") from error
    named = sorted({name for name in texts(stated) if name.strip().lower().endswith(".py")})
    return {name: file_sha256(folder / name) if is_file(folder / name) else None for name in named}
