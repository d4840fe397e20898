"""A study file: theory, population, arms, effects, evidence and claims in one TOML file, checked before it runs."""

from __future__ import annotations

import difflib
import hashlib
import inspect
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from groundswell.draws import derive_seed
from groundswell.engine.worlds import check_worlds
from groundswell.errors import GroundswellError, PopulationError, StudyError
from groundswell.experiment.arms import Arm, arm_table, begins, parse_intervention
from groundswell.experiment.ensemble import Design
from groundswell.population.population import Population
from groundswell.population.specification import PopulationSpecification
from groundswell.theory import Account, Theory

_STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)
_MOST_STEPS = 1_000_000
PRIOR = "prior"  # the account of a theory that states none: its own priors

_Table = TypeVar("_Table", bound=BaseModel)
_Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=60)]


class StudyTable(BaseModel):
    """[study]: what is simulated, and how much of it.

    Parameters
    ----------
    name : letters, digits and underscores; the output folder is named after it.
    title : one line, for the dossier.
    theory : the name of a registered theory, or a path to a .py file, relative to the study file.
    seed : in 0..2**63 - 1; all luck, parameters and the population follow from it.
    steps : of every world, >= 1.
    draws : parameter sets of each account, >= 1.
    accounts : the accounts to compare; by default all of the theory's.
    totals : states to be summed per person; by default the bool states that the theory observes.
    threads : by default the cores at hand; results do not depend on it.
    """

    model_config = _STRICT

    name: _Name
    title: Annotated[str, Field(min_length=1, max_length=300)]
    theory: Annotated[str, Field(min_length=1)]
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    steps: Annotated[int, Field(ge=1, le=_MOST_STEPS)] = 300
    draws: Annotated[int, Field(ge=1, le=1_000_000)] = 24
    accounts: list[str] | None = None
    totals: list[str] | None = None
    threads: Annotated[int, Field(ge=1, le=4096)] | None = None


class ArmTable(BaseModel):
    """[arms.NAME]: parameters and interventions; see `groundswell.experiment.arms` for the form of an intervention."""

    model_config = _STRICT

    params: dict[str, Any] = {}
    interventions: list[Any] = []


class EvidenceTable(BaseModel):
    """[evidence]: which shipped cases and which records of this machine are used.

    Parameters
    ----------
    cases : "all", or names.
    records : "auto" for every record that is found on this machine, or names.
    """

    model_config = _STRICT

    cases: Literal["all"] | list[str] = "all"
    records: Literal["auto"] | list[str] = "auto"


class ClaimsTable(BaseModel):
    """[claims]: which claims are put to the test, and the societies that are simulated for their power.

    A simulated record is as long as the record that it stands beside.

    Parameters
    ----------
    test : "all", or identifiers such as ["S3", "C7"].
    people : of a simulated record.
    draws : simulated records of each account.
    """

    model_config = _STRICT

    test: Literal["all"] | list[str] = "all"
    people: Annotated[int, Field(ge=2)] = 2000
    draws: Annotated[int, Field(ge=1)] = 32


_TABLES = ("study", "population", "params", "arms", "effects", "evidence", "claims")


@dataclass(frozen=True, eq=False)
class Study:
    """A study, read and checked.

    Parameters
    ----------
    text : the file as it was read.
    origin : the path of the file, or the name of the built-in study.
    folder : where relative paths in the file begin.
    table, evidence, claims : the tables of the file.
    theory, population : the theory and what the population is to be.
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
    evidence: EvidenceTable
    claims: ClaimsTable

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
        """What is to be simulated, on a population that was built as the study states."""
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
        """All that the simulated ensemble depends on in the study, as plain types; titles and claims are not in it."""
        told = {
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
        if self.population.path is not None:
            told["population"]["sha256"] = _file_digest(self.folder / self.population.path)
        return told


def theory_sha256(theory: type[Theory]) -> str:
    """SHA-256 of the file that states a theory."""
    return _file_digest(Path(inspect.getfile(theory)))


def _file_digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise StudyError(f"{path} cannot be read ({error.strerror})", expected="a file that the study names") from error


def built_in_studies() -> list[str]:
    """The names of the studies that ship with the package, in alphabetical order."""
    folder = files("groundswell.studies")
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def load_study(name_or_path: str | Path) -> Study:
    """Read and check a study.

    Parameters
    ----------
    name_or_path : the name of a built-in study, or the path of a study file (which ends in .toml, or has a folder).

    Raises
    ------
    StudyError : no such study; not TOML; a table or key that is unknown, missing, or has a value that makes no sense.
        The message names the file, the table and the key, and what is allowed.

    >>> load_study("deed").arms["act"].interventions
    (Pulse(shock='act', amount=1.0, at=80),)
    """
    given = str(name_or_path)
    path = Path(name_or_path)
    if path.suffix.lower() != ".toml" and len(path.parts) <= 1:
        known = built_in_studies()
        if given in known:
            text = files("groundswell.studies").joinpath(f"{given}.toml").read_text(encoding="utf-8")
            return parse_study(text, origin=given, folder=Path())
        near = difflib.get_close_matches(given, known, n=1, cutoff=0.5)
        raise StudyError(
            f"no built-in study is called {given!r}",
            expected=f"one of {', '.join(known)}, or the path of a study file that ends in .toml",
            instead=f"did you mean {near[0]!r}?" if near else None,
        )
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise StudyError(
            f"there is no study file {given}",
            expected=f"a file, or one of the built-in studies: {', '.join(built_in_studies())}",
        ) from error
    except UnicodeDecodeError as error:
        raise StudyError(f"{given} is not UTF-8 text", expected="a TOML file") from error
    except OSError as error:
        raise StudyError(f"{given} cannot be read ({error.strerror})", expected="a TOML file") from error
    return parse_study(text, origin=given, folder=path.parent)


def parse_study(text: str, *, origin: str, folder: Path) -> Study:
    """The study that a TOML text states; `origin` names it in errors, and relative paths begin in `folder`."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = str(error)
        raise StudyError(f"{origin} is not TOML: {told[:1].lower()}{told[1:]}", expected="a study file") from error
    for key in given:
        if key not in _TABLES:
            near = difflib.get_close_matches(key, _TABLES, n=1)
            raise StudyError(
                f"{origin}: [{key}]",
                expected="the tables " + ", ".join(f"[{t}]" for t in _TABLES),
                instead=f"did you mean [{near[0]}]?" if near else None,
            )
        if not isinstance(given[key], dict):
            raise StudyError(f"{origin}: {key} = {given[key]!r}", expected=f"a table [{key}]")
    for key in ("study", "population", "arms"):
        if key not in given:
            needed = "at least [study], [population] and [arms.NAME]"
            raise StudyError(f"{origin} has no table [{key}]", expected=needed)

    table = _table(StudyTable, given["study"], origin, "study")
    theory = _theory(table.theory, origin, folder)
    try:
        population = PopulationSpecification.model_validate(given["population"])
    except PopulationError as error:
        raise _placed(f"{origin}, table [population]", error) from error
    params = _params(theory, given.get("params", {}), f"{origin}, table [params]")
    arms = {name: _arm(theory, name, of, params, table.steps, origin) for name, of in given["arms"].items()}
    if not arms:
        raise StudyError(f"{origin}: [arms] is empty", expected="at least one [arms.NAME]")
    return Study(
        text=text,
        origin=origin,
        folder=folder,
        table=table,
        theory=theory,
        population=population,
        accounts=_accounts(theory, table.accounts, origin),
        params=params,
        arms=arms,
        effects=_effects(given.get("effects", {}), arms, origin),
        totals=_totals(theory, table.totals, origin),
        evidence=_table(EvidenceTable, given.get("evidence", {}), origin, "evidence"),
        claims=_table(ClaimsTable, given.get("claims", {}), origin, "claims"),
    )


# -- the parts of a file -----------------------------------------------------------------------------------------------


def _table(kind: type[_Table], given: Any, origin: str, name: str) -> _Table:
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise _told(error, origin, name, kind) from None


def _told(error: ValidationError, origin: str, name: str, kind: type[BaseModel]) -> StudyError:
    """The first thing that is wrong, as one sentence. An unknown key is told before all else: it explains the rest."""
    found = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")[0]
    allowed = ", ".join(kind.model_fields)
    place = f"{origin}, table [{name}]"
    key = str(found["loc"][0]) if found["loc"] else ""
    if found["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, kind.model_fields, n=1)
        return StudyError(
            f"{place} has the unknown key {key!r}",
            expected=f"one of {allowed}",
            instead=f"did you mean {near[0]!r}?" if near else None,
        )
    if found["type"] == "missing":
        return StudyError(f"{place} has no key {key!r}", expected=f"all that it needs of {allowed}")
    if key and isinstance(kind.model_fields[key].default, str):  # a word or a list of names
        word = kind.model_fields[key].default
        return StudyError(f"{place} has {key} = {found['input']!r}", expected=f'"{word}" or a list of names')
    message = found["msg"].removeprefix("Input should be ").replace("Value error, ", "")
    return StudyError(f"{place} has {key} = {found['input']!r}", expected=message[:1].lower() + message[1:])


def _placed(place: str, error: GroundswellError) -> StudyError:
    """The same error with its place in the file."""
    return StudyError(f"{place}: {error.given}", expected=error.expected, why=error.why, instead=error.instead)


def _theory(given: str, origin: str, folder: Path) -> type[Theory]:
    from groundswell.theory.registry import load_theory

    try:
        return load_theory(str(folder / given) if given.endswith(".py") else given)
    except GroundswellError as error:
        raise _placed(f"{origin}, table [study], key theory", error) from error


def _params(theory: type[Theory], given: Mapping[str, Any], place: str) -> dict[str, float]:
    try:
        values = theory.parameters(given)
    except GroundswellError as error:
        raise _placed(place, error) from error
    return {name: values[name] for name in given}


def _arm(theory: type[Theory], name: str, given: Any, params: Mapping[str, float], steps: int, origin: str) -> Arm:
    place = f"{origin}, table [arms.{name}]"
    if not isinstance(given, Mapping):
        raise StudyError(f"{place} is {given!r}", expected=f"a table with {' and '.join(ArmTable.model_fields)}")
    table = _table(ArmTable, given, origin, f"arms.{name}")
    arm = Arm(
        name,
        _params(theory, table.params, f"{place}, key params"),
        tuple(parse_intervention(x, f"{place}, intervention {k}") for k, x in enumerate(table.interventions, start=1)),
    )
    try:
        check_worlds(theory, [arm.world(params, 0)], steps)
    except GroundswellError as error:
        raise _placed(place, error) from error
    for k, intervention in enumerate(arm.interventions, start=1):
        if begins(intervention) > steps:
            raise StudyError(
                f"{place}, intervention {k} begins at step {begins(intervention)}",
                expected=f"a step in 1..{steps}",
                why=f"the study has {steps} steps, so that it would never happen",
            )
    return arm


def _accounts(theory: type[Theory], given: Sequence[str] | None, origin: str) -> dict[str, Account | None]:
    place = f"{origin}, table [study], key accounts"
    if given is None:
        return dict(theory.accounts) or {PRIOR: None}
    known = [*theory.accounts, PRIOR]
    for name in given:
        if name not in known:
            expected = f"accounts of theory {theory.name}: {', '.join(known)}"
            raise StudyError(f"{place} names {name!r}", expected=expected)
    if not given or len(set(given)) < len(given):
        raise StudyError(f"{place} = {list(given)}", expected="at least one account, each once")
    return {name: theory.accounts.get(name) for name in given}


def _effects(given: Mapping[str, Any], arms: Mapping[str, Arm], origin: str) -> dict[str, tuple[str, str]]:
    effects = {}
    for name, twins in given.items():
        place = f"{origin}, table [effects], key {name}"
        if not isinstance(twins, list) or len(twins) != 2 or not all(isinstance(x, str) for x in twins):
            raise StudyError(f"{place} = {twins!r}", expected='two arms, such as ["act", "quiet"]')
        for arm in twins:
            if arm not in arms:
                near = difflib.get_close_matches(arm, arms, n=1)
                raise StudyError(
                    f"{place} names the arm {arm!r}",
                    expected=f"arms of this study: {', '.join(arms)}",
                    instead=f"did you mean {near[0]!r}?" if near else None,
                )
        effects[name] = (twins[0], twins[1])
    return effects


def _totals(theory: type[Theory], given: Sequence[str] | None, origin: str) -> tuple[str, ...]:
    if given is None:
        observed = {observable.of for observable in theory.observables.values()}
        return tuple(s for s, state in theory.states.items() if state.kind is bool and f"people.{s}" in observed)
    for name in given:
        if name not in theory.states:
            raise StudyError(
                f"{origin}, table [study], key totals names {name!r}",
                expected=f"states of theory {theory.name}: {', '.join(theory.states)}",
            )
    return tuple(dict.fromkeys(given))
