"""What is explored: a theory by name or file, or the theory of a study at the study's setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from groundswell.errors import StudyError
from groundswell.experiment.setting import scaled, setting_of
from groundswell.experiment.study import built_in_studies, load_study
from groundswell.explorer.bundle import Bundle, make_bundle
from groundswell.explorer.server import Explorer
from groundswell.explorer.shelf import Shelf
from groundswell.theory import Setting, Theory
from groundswell.theory.registry import load_theory, theories


@dataclass(frozen=True)
class Subject:
    """A theory, and the setting at which it is shown first.

    Parameters
    ----------
    theory, setting : what is shown; `setting.params` holds what differs from the defaults.
    folder : where a relative path in the population begins.
    """

    theory: type[Theory]
    setting: Setting
    folder: Path = field(default_factory=Path)

    def bundle(self, seed: int = 1) -> Bundle:
        """What the page needs."""
        return make_bundle(self.theory, setting=self.setting, seed=seed, folder=self.folder)

    def explorer(self, seed: int = 1) -> Explorer:
        """What answers a page that is served."""
        return Explorer(self.theory, setting=self.setting, seed=seed, folder=self.folder)


def subject_of(
    what: str | Path | type[Theory],
    *,
    people: int | None = None,
    network: str | None = None,
    steps: int | None = None,
    params: Mapping[str, float] | None = None,
) -> Subject:
    """What is to be explored.

    Parameters
    ----------
    what : a theory, its name, the path of a .py file, the name of a built-in study, or the path of a .toml file.
    people, network : another size or kind of network, as for `groundswell simulate`; not for a study.
    steps, params : what differs from the setting.

    Raises
    ------
    TheoryError, StudyError : there is no such theory or study, or it does not go with the rest.
    """
    given = dict(params or {})
    if isinstance(what, type):
        theory = what
        setting = scaled(theory, people=people, network=network)
    elif _is_study(str(what)):
        if people is not None or network is not None:
            raise StudyError(
                "people or a network beside a study", expected="none", why="the study's table [population] states them"
            )
        study = load_study(what)
        theory = study.theory
        table = {k: v for k, v in study.population.model_dump().items() if v is not None}
        folder = study.folder
        setting = Setting(study.steps if steps is None else steps, table, {**study.params, **given})
        theory.parameters(setting.params)
        return Subject(theory, setting, folder)
    else:
        theory = load_theory(what)
        setting = scaled(theory, people=people, network=network)
    setting = Setting(setting.steps if steps is None else steps, setting.population, {**setting.params, **given})
    theory.parameters(setting.params)
    return Subject(theory, setting)


def _is_study(what: str) -> bool:
    return what.lower().endswith(".toml") or (what in built_in_studies() and what not in theories())


def shelf_of(subject: Subject | None, seed: int = 1) -> Shelf:
    """The theories that ship, and the subject among them, first and as it was asked for."""
    known = dict(theories())
    shelf = Shelf(known, lambda theory: Subject(theory, setting_of(theory)).explorer(seed))
    if subject is not None:
        known[subject.theory.name] = subject.theory
        shelf.ready[subject.theory.name] = subject.explorer(seed)
    return shelf


__all__ = ["Subject", "shelf_of", "subject_of"]
