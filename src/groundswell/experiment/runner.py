"""Runs a study from its file to its manifest, and verifies what an earlier run wrote by running it again."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import json
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

import groundswell
from groundswell.draws import derive_seed
from groundswell.engine.worlds import available_memory, require_memory
from groundswell.errors import MemoryRefusedError, OutputError, StudyError
from groundswell.experiment.ensemble import Ensemble, Progress, check_design, run_ensemble
from groundswell.experiment.store import Store, differences
from groundswell.experiment.study import Study, load_study, parse_study, theory_sha256
from groundswell.experiment.sweep import sweep
from groundswell.experiment.tables import read_ensemble, tables
from groundswell.files import file_sha256
from groundswell.population.population import Population
from groundswell.results import plain

FORMAT = 1  # of the manifest
_NUMBERS = ("numpy", "scipy", "numba", "llvmlite", "polars")  # what the numbers and the bytes of tables depend on
_SIMULATED = ("draws.py", "theory", "theories", "population", "engine", "calibrate/priors.py", "experiment")
_BYTES_PER_PERSON = 64  # least that any theory's batch of one world takes beyond the network: a dozen traits and states

Adjudicate = Callable[..., dict[str, Any]]
WriteDossier = Callable[[Path, dict[str, Any], Study, dict[str, Any]], Path]


def versions() -> dict[str, str]:
    """The versions that results depend on: the package, Python, the machine's kind, and the numerical libraries."""
    found = {name: importlib.metadata.version(name) for name in _NUMBERS}
    return {
        "groundswell": groundswell.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        **found,
    }


def code_sha256(parts: Sequence[str] = (".",)) -> str:
    """SHA-256 over the source of some parts of the package, by default of all of it."""
    root = Path(__file__).parent.parent
    told = hashlib.sha256()
    for name in parts:
        place = root / name
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            told.update(f"{path.relative_to(root).as_posix()}\n".encode())
            told.update(path.read_bytes())
    return told.hexdigest()


def run_study(
    study: Study,
    out: str | Path,
    *,
    threads: int | None = None,
    fresh: bool = False,
    progress: Progress | None = None,
    command: Sequence[str] = (),
    data: Mapping[str, str] | None = None,
    adjudicate: Adjudicate | None = None,
    write_dossier: WriteDossier | None = None,
) -> Ensemble:
    """Simulate a study, adjudicate its claims, and write tables, verdicts, dossier and manifest.

    A run that was killed resumes from its finished parts, and gives the same bytes as one that was not. A finished
    ensemble is not simulated again: its tables are read, and the claims are adjudicated anew.

    Parameters
    ----------
    study : from `load_study`.
    out : the output folder, created if it is not there.
    threads : over people; by default the study's, or the cores at hand. Results do not depend on it.
    fresh : discard what an earlier run left in the folder.
    progress : called with (stage, done, total).
    command : what was typed, for the manifest.
    data : SHA-256 of records by name; the manifest states those of the records that the verdicts name.
    adjudicate, write_dossier : what reads the ensemble; by default those of the package, named below.

    Returns
    -------
    Ensemble : with failed runs as rows with a reason.

    Raises
    ------
    OutputError : before anything is simulated, when the folder cannot be written to, or holds other results.
    StudyError, TheoryError, PopulationError, MemoryRefusedError : before anything is simulated.
    """
    threads = threads or study.table.threads
    told = {"study": study.configuration(), "versions": versions(), "source code": code_sha256(_SIMULATED)}
    with Store(out, told, fresh=fresh) as store:
        population = build_population(study, threads)
        design = study.design(population)
        check_design(design)
        adjudicate = adjudicate or _entry_point("groundswell.claims.adjudicate", "adjudicate")
        write_dossier = write_dossier or _entry_point("groundswell.report.dossier", "write_dossier")

        written = store.tables()
        if written:
            ensemble = read_ensemble(design, store.folder / "tables")
        else:
            ensemble = run_ensemble(design, threads=threads, store=store, progress=progress)
            frames = tables(ensemble)
            if study.sweep is not None:
                frames["sweep"] = run_sweep(study, population, threads=threads, progress=progress)
            for name, frame in frames.items():
                written[name] = store.write_table(name, frame)
            store.finish(written)
        (store.folder / "manifest.json").unlink(missing_ok=True)  # no manifest vouches for verdicts of another run

        verdicts = dict(adjudicate(study, ensemble, threads=threads, progress=progress))
        for name, frame in dict(verdicts.pop("tables", {})).items():
            written[name] = store.write_table(name, frame)
        store.remove_tables_but(written)
        verdicts_sha256 = store.write_json("verdicts.json", verdicts)
        manifest = plain(
            {
                "format": FORMAT,
                "name": study.name,
                "title": study.title,
                "seed": study.seed,
                "version": groundswell.__version__,
                "versions": versions(),
                "code": code_sha256(),
                "digest": store.digest,
                "configuration": store.configuration,
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
                "tables": dict(sorted(written.items())),
                "verdicts": verdicts_sha256,
                "command": list(command),
            }
        )
        page = write_dossier(store.folder, verdicts, study, manifest)
        if page is not None and page.is_file():  # the page cannot hold its own hash, so the manifest names it last
            manifest["dossier"] = file_sha256(page)
        store.write_json("manifest.json", manifest)
    return ensemble


def run_sweep(
    study: Study, population: Population, *, threads: int | None = None, progress: Progress | None = None
) -> pl.DataFrame:
    """The sweep that a study states, in the form of `groundswell.experiment.sweep.sweep`.

    With people of their own, worlds build their populations from the study's table; otherwise all share the study's.
    """
    stated = study.sweep
    if stated is None:
        raise StudyError(f"{study.origin} has no table [sweep]", expected="what is to be swept")
    own = stated.table.people == "own" and study.population.path is None
    return sweep(
        study.theory,
        study.population if own else population,
        stated.over,
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
            instead="fewer people or ties",
        ) from error


def _entry_point(module: str, name: str) -> Callable[..., Any]:
    """What stands above this layer is found by name when a study is run, and imported nowhere in it."""
    return getattr(importlib.import_module(module), name)


def _data_of(verdicts: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, str | None]:
    """SHA-256 of each record that the verdicts name, or of all that are known where they name none."""
    named = verdicts.get("data")
    if named is None:
        return dict(known)
    return {str(x["name"]): x.get("sha256") or known.get(str(x["name"])) for x in named}


# -- verification ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verification:
    """What running a study again showed.

    Parameters
    ----------
    equal : for each table, and for verdicts.json, whether the file in the folder equals the one made again.
    altered : files in the folder that are missing, or no longer those of the manifest.
    notes : versions, code or data that are not those of the manifest, in sentences.
    """

    equal: Mapping[str, bool]
    altered: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def verified(self) -> bool:
        """Every file was made again byte for byte."""
        return bool(self.equal) and all(self.equal.values()) and not self.altered


def verify(
    out: str | Path,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
    data: Mapping[str, str] | None = None,
    adjudicate: Adjudicate | None = None,
) -> Verification:
    """Run the study of a manifest again, in a folder of its own, and compare tables and verdicts byte for byte.

    Parameters
    ----------
    out : the folder of a finished run; nothing in it is written to.
    threads, progress, data, adjudicate : as for `run_study`.

    Raises
    ------
    OutputError : there is no manifest, or it cannot be read.
    GroundswellError : the study of the manifest can no longer be run.
    """
    out = Path(out)
    manifest = _read_manifest(out)
    origin, text, folder = (manifest["study"][key] for key in ("origin", "text", "folder"))
    study = parse_study(text, origin=origin, folder=Path(folder))
    notes = _changed(manifest, study)
    names = {f"{name}.parquet": out / "tables" / f"{name}.parquet" for name in manifest["tables"]}
    names["verdicts.json"] = out / "verdicts.json"
    stated = {**{f"{n}.parquet": sha for n, sha in manifest["tables"].items()}, "verdicts.json": manifest["verdicts"]}
    found = {name: file_sha256(path) if path.is_file() else None for name, path in names.items()}
    with tempfile.TemporaryDirectory(prefix="groundswell-verify-") as temporary:
        again = Path(temporary) / "out"
        run_study(
            study,
            again,
            threads=threads,
            progress=progress,
            data=data,
            adjudicate=adjudicate,
            write_dossier=_no_dossier,
        )
        made = _read_manifest(again)
    remade = {**{f"{n}.parquet": sha for n, sha in made["tables"].items()}, "verdicts.json": made["verdicts"]}
    for name in sorted({*manifest["data"], *made["data"]}):
        if manifest["data"].get(name) != made["data"].get(name):
            notes.append(f"The record {name} is not the one that the manifest names.")
    page = out / "dossier.html"
    if "dossier" in manifest:  # drawn from the verdicts and not compared as drawn again: fonts differ between machines
        stated["dossier.html"] = remade["dossier.html"] = manifest["dossier"]
        found["dossier.html"] = file_sha256(page) if page.is_file() else None
    everything = dict.fromkeys([*stated, *remade])
    return Verification(
        equal={name: found.get(name) is not None and found.get(name) == remade.get(name) for name in everything},
        altered=tuple(name for name in stated if found[name] != stated[name]),
        notes=tuple(notes),
    )


def _read_manifest(out: Path) -> dict[str, Any]:
    path = out / "manifest.json"
    expected = "the folder of a run that was finished"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise OutputError(f"there is no {path}", expected=expected) from error
    except (OSError, ValueError) as error:
        raise OutputError(f"{path} cannot be read ({error})", expected=expected) from error
    needed = {"format", "study", "tables", "verdicts", "data", "versions", "configuration", "code"}
    if not isinstance(manifest, dict) or not needed <= manifest.keys() or manifest["format"] != FORMAT:
        raise OutputError(f"{path} is no manifest of this version", expected=f"a manifest of format {FORMAT}")
    return manifest


def _changed(manifest: Mapping[str, Any], study: Study) -> list[str]:
    """What has changed since the manifest was written, in sentences."""
    notes = []
    now = versions()
    for name, then in manifest["versions"].items():
        if now.get(name) != then:
            notes.append(f"The manifest was written with {name} {then}; this is {now.get(name, 'without it')}.")
    if manifest["code"] != code_sha256():
        notes.append("The source of groundswell differs from the one that wrote the manifest.")
    differ = differences(plain(study.configuration()), manifest["configuration"]["study"])
    if differ:
        notes.append(f"The study is no longer what it was: {', '.join(differ)}.")
    return notes


def _no_dossier(out: Path, verdicts: dict[str, Any], study: Study, manifest: dict[str, Any]) -> Path:
    """A verification compares numbers; the dossier shows them."""
    return out


def type_command() -> list[str]:
    """The command line as it was typed, without the folder of the program."""
    program = Path(sys.argv[0]).name
    return ["groundswell" if program == "__main__.py" else program, *sys.argv[1:]]


__all__ = [
    "Verification",
    "build_population",
    "load_study",
    "run_study",
    "run_sweep",
    "type_command",
    "verify",
    "versions",
]
