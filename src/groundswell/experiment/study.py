"""A study, read and checked: theory, population, arms, effects, sweep, records and claims."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundswell.draws import derive_seed
from groundswell.errors import StudyError
from groundswell.experiment.arms import Arm, arm_table
from groundswell.experiment.ensemble import Design
from groundswell.experiment.schema import (
    AdjudicationTable,
    FitTable,
    ObserveTable,
    RecordClaim,
    RecordTable,
    StatedClaim,
    StudyTable,
)
from groundswell.experiment.sweep_tables import Sweep
from groundswell.population.population import Population
from groundswell.population.specification import PopulationSpecification
from groundswell.theory import Account, Theory

PRIOR = "prior"  # the account of a theory that states none: its own priors


@dataclass(frozen=True, eq=False)
class Study:
    """A study, read and checked.

    Parameters
    ----------
    text : the file as it was read.
    origin : the path of the file, or the name of the built-in study.
    folder : the base of relative paths in the file.
    table, adjudication : the tables [study] and [adjudication].
    records, observe : the study's records by name, and how the theory appears in them, by kind of event.
    fits : of the theory to the study's records, by name.
    claims : the claims that are tested on the study's records, by name.
    stated : the claims without a record, which are judged on the study's own twins, by name.
    sweep : what is swept, or None.
    theory, population : the theory and the specification of the population.
    accounts, params, arms, effects, totals : as in `groundswell.experiment.ensemble.Design`.
    """

    text: str
    origin: str
    folder: Path
    table: StudyTable
    theory: type[Theory]
    population: PopulationSpecification
    accounts: Mapping[str, Account | None]
    params: Mapping[str, float]
    arms: Mapping[str, Arm]
    effects: Mapping[str, tuple[str, str]]
    totals: tuple[str, ...]
    adjudication: AdjudicationTable
    records: Mapping[str, RecordTable]
    observe: Mapping[str, ObserveTable]
    fits: Mapping[str, FitTable]
    claims: Mapping[str, RecordClaim]
    stated: Mapping[str, StatedClaim]
    sweep: Sweep | None

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def title(self) -> str:
        return self.table.title

    @property
    def seed(self) -> int:
        return self.table.seed

    @property
    def steps(self) -> int:
        return self.table.steps

    @property
    def draws(self) -> int:
        return self.table.draws

    @property
    def population_seed(self) -> int:
        """The seed of the network and of the traits, derived from the study's."""
        return derive_seed(self.seed, "population")

    def design(self, population: Population) -> Design:
        """The design to simulate, on a population that was built as the study states."""
        return Design(
            theory=self.theory,
            population=population,
            population_seed=self.population_seed,
            steps=self.steps,
            accounts=self.accounts,
            arms=self.arms,
            draws=self.draws,
            seed=self.seed,
            effects=self.effects,
            params=self.params,
            totals=self.totals,
        )

    def configuration(self) -> dict[str, Any]:
        """Everything in the study that the simulated ensemble depends on, as plain types; not titles and claims."""
        words = {
            "theory": {"name": self.theory.name, "sha256": theory_sha256(self.theory)},
            "population": self.population.model_dump(exclude_none=True),
            "seed": self.seed,
            "steps": self.steps,
            "draws": self.draws,
            "accounts": list(self.accounts),
            "params": dict(self.params),
            "arms": {name: arm_table(arm) for name, arm in self.arms.items()},
            "arm order": list(self.arms),
            "effects": [[name, *twins] for name, twins in self.effects.items()],
            "totals": list(self.totals),
        }
        if self.sweep is not None:
            words["sweep"] = self.sweep.plain()
        if self.population.path is not None:
            words["population"]["sha256"] = _file_digest(self.folder / self.population.path)
        return words


def theory_sha256(theory: type[Theory]) -> str:
    """SHA-256 of the file that states a theory."""
    return _file_digest(Path(inspect.getfile(theory)))


def _file_digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise StudyError(f"{path} cannot be read ({error.strerror})", expected="a file that the study names") from error
