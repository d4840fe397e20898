"""What studies and fits simulate, as work that can be divided into shards or handed to an executor."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundswell.calibrate.reference import Blocks, ReferenceDraws, ReferenceTable, tables_folder
from groundswell.claims.asked import asked_of
from groundswell.claims.runs import add_table, sources_of
from groundswell.experiment.ensemble import Design, Progress, check_design, decoded_part
from groundswell.experiment.runner import build_population, configuration_of
from groundswell.experiment.shards import DesignRuns, Parts, Piece, Work, digest_of_work, gathered, spread
from groundswell.experiment.study import Study
from groundswell.experiment.study_file import parse_study
from groundswell.manifest import code_sha256
from groundswell.output import Output, PartsFolder, canonical
from groundswell.results import plain

if TYPE_CHECKING:
    from groundswell.calibrate.fit import FitSettings
    from groundswell.calibrate.posterior import Kinship

RUNS = "runs"
"""The name of the source that the runs of a study are."""
_JUDGED = ("calibrate", "claims", "registers", "estimators", "records")


# -- studies -----------------------------------------------------------------------------------------------------------


def study_work(study: Study) -> Work:
    """The runs of a study, and what its adjudication simulates for the claims that it puts to records.

    Raises
    ------
    GroundswellError : a study that cannot be run.
    """

    def design() -> Design:
        return study.design(build_population(study))

    sources: dict[str, DesignRuns | Blocks] = {RUNS: DesignRuns(design, tuple(study.accounts), study.draws)}
    sources |= sources_of(asked_of(study), study)
    stated = tomllib.loads(study.text)
    stated.get("study", {}).pop("title", None)
    about = {"configuration": plain(configuration_of(study)), "stated": plain(stated), "sources": list(sources)}
    digest = digest_of_work(json.loads(canonical(plain(about))), {"judged": code_sha256(_JUDGED)})
    return Work(study.origin, digest, sources, f"groundswell run {study.origin}")


@dataclass(frozen=True)
class StudyRecipe:
    """A study, for a worker that finds its files at the same paths."""

    text: str
    origin: str
    folder: str

    def __call__(self) -> Work:
        """What the study simulates."""
        return study_work(parse_study(self.text, origin=self.origin, folder=Path(self.folder)))


@dataclass
class MadeElsewhere:
    """Puts what was simulated elsewhere into the output folder of a study, before the rest is simulated here.

    Parameters
    ----------
    executor : what simulates it; None takes it from shards in `folder`.
    """

    executor: Executor | None
    folder: str | Path | None = None
    tasks: int = 64
    threads: int = 1
    output: Output | None = field(default=None, repr=False)

    def __call__(self, study: Study, design: Design, output: Output, progress: Progress | None) -> None:
        """Prepare the output folder of a study.

        Raises
        ------
        OutputError : shards that are missing, damaged or foreign; workers that died.
        """
        self.output = output
        check_design(design)
        work = study_work(study)
        if self.executor is None:
            assert self.folder is not None
            _keep(work, output, gathered(work, self.folder))
            return
        wanted = _missing(work, design, output)
        spread(
            self.executor, StudyRecipe(study.text, study.origin, str(study.folder)), wanted,
            lambda parts: _keep(work, output, parts), tasks=self.tasks, threads=self.threads, progress=progress,
        )  # fmt: skip

    def store(self, source: str) -> PartsFolder:
        """Where the parts of an adjudication lie."""
        assert self.output is not None
        return self.output.parts_of(source)


def _missing(work: Work, design: Design, output: Output) -> list[Piece]:
    found: list[Piece] = []
    for name, source in work.sources.items():
        if isinstance(source, Blocks):
            found += _missing_blocks(name, source, tables_folder())
        elif name != RUNS:
            folder = output.parts_of(name)
            found += [(name, *lane) for lane in source.lanes() if not folder.part(*lane).is_file()]
        elif not output.tables():
            found += [(name, *lane) for lane in source.lanes() if decoded_part(output.part(*lane), design) is None]
    return found


def _keep(work: Work, output: Output, parts: Parts) -> None:
    finished = bool(output.tables())
    for (name, account, number), data in parts.items():
        source = work.sources[name]
        if isinstance(source, Blocks):
            ReferenceTable(source.draws, tables_folder()).take(number, data)
        elif name != RUNS:
            folder = output.parts_of(name)
            folder.write_bytes(folder.part(account, number), data)
        elif not finished:
            output.write_bytes(output.part(account, number), data)


# -- fits --------------------------------------------------------------------------------------------------------------


def _missing_blocks(name: str, source: Blocks, folder: Path | None) -> list[Piece]:
    return [(name, "", block) for block in ReferenceTable(source.draws, folder).lacking(source.count)]


def tables_recipe(models: Sequence[Kinship], settings: FitSettings, origin: str, command: str) -> TablesRecipe:
    """The reference tables of a fit: that of the first model, and those of the models that the record chooses among."""
    from groundswell.calibrate.choice import MOST_BLOCKS
    from groundswell.calibrate.fit import blocks_of

    found: dict[str, Any] = {}
    for k, kin in enumerate(models):
        count = blocks_of(kin, settings.draws)
        add_table(found, Blocks(kin.draws, min(count, MOST_BLOCKS) if k else count))
    return TablesRecipe(tuple((source.draws, source.count) for source in found.values()), origin, command)


@dataclass(frozen=True)
class TablesRecipe:
    """Reference tables, for a worker that finds the file of a theory at the same path."""

    tables: tuple[tuple[ReferenceDraws, int], ...]
    origin: str
    command: str

    def __call__(self) -> Work:
        """The blocks of all tables."""
        sources: dict[str, Any] = {}
        for draws, count in self.tables:
            add_table(sources, Blocks(draws, count))
        about = {name: source.count for name, source in sources.items()}
        return Work(self.origin, digest_of_work(about, {"drawn": code_sha256(("calibrate",))}), sources, self.command)

    def __hash__(self) -> int:
        return hash(self._names)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TablesRecipe) and self._names == other._names

    @property
    def _names(self) -> tuple[tuple[str, int], ...]:
        return tuple((draws.key, count) for draws, count in self.tables)


def fill_tables(
    recipe: TablesRecipe, executor: Executor, folder: Path, *, threads: int = 1, progress: Progress | None = None
) -> None:
    """Have an executor make the blocks that a fit lacks."""
    work = recipe()
    wanted = [p for name, source in work.sources.items() for p in _missing_blocks(name, _blocks(source), folder)]
    spread(executor, recipe, wanted, lambda parts: take_tables(work, parts, folder), threads=threads, progress=progress)


def take_tables(work: Work, parts: Mapping[Piece, bytes], folder: Path) -> None:
    """Put blocks that were made elsewhere where a fit looks for them."""
    for (name, _, block), data in parts.items():
        ReferenceTable(_blocks(work.sources[name]).draws, folder).take(block, data)


def _blocks(source: Any) -> Blocks:
    assert isinstance(source, Blocks)
    return source


__all__ = [
    "RUNS", "MadeElsewhere", "StudyRecipe", "TablesRecipe", "fill_tables", "study_work", "tables_recipe", "take_tables",
]  # fmt: skip
