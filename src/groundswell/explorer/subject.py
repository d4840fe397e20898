"""What is explored: a theory by name or file, or the theory of a study at the study's setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from groundswell.errors import StudyError
from groundswell.experiment.setting import scaled, setting_of
from groundswell.experiment.study import Study
from groundswell.experiment.study_file import built_in_studies, load_study
from groundswell.explorer.beside import Beside, beside_fit, beside_record
from groundswell.explorer.bundle import Bundle, make_bundle
from groundswell.explorer.server import Explorer
from groundswell.explorer.shelf import Shelf
from groundswell.theory import Setting, Theory
from groundswell.theory.registry import load_theory, theories

MOST_PEOPLE = 1_000_000  # on a page: more than one per pixel, and a frame of 1 MB


@dataclass(frozen=True)
class Subject:
    """A theory and the setting at which it is first shown.

    Parameters
    ----------
    theory, setting : what is shown; `setting.params` holds what differs from the defaults.
    folder : where a relative path in the population begins.
    places : a CSV of coordinates; see `groundswell.explorer.places`.
    beside : a record that is drawn next to the histories.
    note : a note at the top of the page.
    """

    theory: type[Theory]
    setting: Setting
    folder: Path = field(default_factory=Path)
    places: Path | None = None
    beside: Beside | None = None
    note: str = ""

    def bundle(self, seed: int = 1) -> Bundle:
        """The bundle that the page needs."""
        return make_bundle(
            self.theory, setting=self.setting, seed=seed, folder=self.folder, places=self.places, beside=self.beside,
            note=self.note,
        )  # fmt: skip

    def explorer(self, seed: int = 1) -> Explorer:
        """The explorer that answers a served page."""
        return Explorer(
            self.theory, setting=self.setting, seed=seed, folder=self.folder, places=self.places, beside=self.beside,
            note=self.note,
        )  # fmt: skip


def subject_of(
    what: str | Path | type[Theory] | Study | None,
    *,
    people: int | None = None,
    network: str | None = None,
    steps: int | None = None,
    params: Mapping[str, float] | None = None,
    places: str | Path | None = None,
    record: Any = None,
    fit: Any = None,
    **options: Any,
) -> Subject:
    """The subject to explore.

    Parameters
    ----------
    what : a theory, its name or the path of its .py file; or a study, the name of a built-in one or the path of its
        .toml file. None: the theory of the fit.
    people, network : another size or kind of network, as for `groundswell simulate`; not for a study.
    steps, params : replacements for those of the setting.
    places : a CSV of coordinates of people or regions.
    record, options : a record to draw next to the histories, and how it is read and reported, as for
        `groundswell.fit`.
    fit : a fit, or its folder, whose record and posterior are shown, with its theory, people and steps.

    Raises
    ------
    TheoryError, StudyError : there is no such theory or study, or it conflicts with the other arguments.
    RecordError, EstimationError, OutputError : the record or fit cannot be shown.
    """
    found = _fitted(what, fit, people, network, params) if fit is not None else _stated(what, people, network, params)
    if options and record is None:
        raise StudyError(f"{min(options)} without a record", expected="a record that it applies to")
    if record is not None and fit is not None:
        raise StudyError("a record and a fit", expected="one of them", why="a fit already has its record")
    if record is not None:
        found = replace(found, beside=beside_record(found.theory, record, options))
    longest = found.beside.steps if found.beside is not None and fit is None else found.setting.steps
    setting = replace(found.setting, steps=longest if steps is None else steps)
    found.theory.parameters(setting.params)
    return _as_a_sample(replace(found, setting=setting, places=None if places is None else Path(places)))


def _as_a_sample(subject: Subject) -> Subject:
    """The subject, reduced to the largest size that a page draws; the page then says so."""
    table = subject.setting.population
    people = table.get("people") or 0
    if people <= MOST_PEOPLE:
        return subject
    setting = replace(subject.setting, population={**table, "people": MOST_PEOPLE})
    note = f"This is a sample of {MOST_PEOPLE:,} people, tied in the same way, instead of the {people:,} requested."
    return replace(subject, setting=setting, note=note)


def _fitted(
    what: Any, fit: Any, people: int | None, network: str | None, params: Mapping[str, float] | None
) -> Subject:
    """The theory of a fit, at the medians of its posterior."""
    if people is not None or network is not None:
        raise StudyError(
            "people or a network together with a fit", expected="none", why="the fit has its own population"
        )
    name, beside = beside_fit(fit)
    theory = what if isinstance(what, type) else load_theory(name if what is None else what)
    if theory.name != name:
        raise StudyError(f"theory {theory.name} and a fit of {name}", expected=f"{name}, or no theory with the fit")
    assert beside.setting is not None
    setting = replace(beside.setting, params={**beside.setting.params, **(params or {})})
    return Subject(theory, setting, beside=beside)


def _stated(what: Any, people: int | None, network: str | None, params: Mapping[str, float] | None) -> Subject:
    given = dict(params or {})
    if isinstance(what, Study) or (not isinstance(what, type) and _is_study(str(what))):
        if people is not None or network is not None:
            raise StudyError(
                "people or a network together with a study",
                expected="none",
                why="the study's table [population] states them",
            )
        study = what if isinstance(what, Study) else load_study(what)
        table = {k: v for k, v in study.population.model_dump().items() if v is not None}
        return Subject(study.theory, Setting(study.steps, table, {**study.params, **given}), study.folder)
    theory = what if isinstance(what, type) else load_theory(what)
    setting = scaled(theory, people=people, network=network)
    return Subject(theory, replace(setting, params={**setting.params, **given}))


def _is_study(what: str) -> bool:
    return what.lower().endswith(".toml") or (what in built_in_studies() and what not in theories())


def shelf_of(subject: Subject | None, seed: int = 1) -> Shelf:
    """The theories that ship, with the subject first, at the requested setting."""
    known = dict(theories())
    shelf = Shelf(known, lambda theory: Subject(theory, setting_of(theory)).explorer(seed))
    if subject is not None:
        known[subject.theory.name] = subject.theory
        shelf.ready[subject.theory.name] = subject.explorer(seed)
    return shelf


__all__ = ["Subject", "shelf_of", "subject_of"]
