"""A study file: theory, population, arms, effects, sweep, evidence and claims in one TOML file, checked beforehand."""

from __future__ import annotations

import difflib
import hashlib
import inspect
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from groundswell.draws import derive_seed
from groundswell.engine.worlds import check_worlds
from groundswell.errors import GroundswellError, PopulationError, StudyError
from groundswell.experiment.arms import Arm, arm_table, begins, parse_intervention
from groundswell.experiment.ensemble import Design
from groundswell.experiment.sweep import check_summary
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


class StatedClaim(BaseModel):
    """[claims.stated.NAME]: a claim of the study's own, judged on its own twins (`groundswell.claims.stated`).

    Parameters
    ----------
    text : the claim in one sentence.
    effect : one of the study's effects, and so a pair of twins.
    observable : of the theory.
    expects : where the claim puts the mean effect: "rise" above `margin`, "fall" below -`margin`, "none" within it.
    from, until : steps over which the effect is averaged, both included; "end" is the last step.
    margin : the smallest effect that matters, in the observable's unit, >= 0.
    """

    model_config = _STRICT

    text: Annotated[str, Field(min_length=1, max_length=500)]
    effect: str
    observable: str
    expects: Literal["rise", "fall", "none"]
    start: Annotated[int, Field(ge=0)] | Literal["end"] = Field("end", alias="from")
    until: Annotated[int, Field(ge=0)] | Literal["end"] = "end"
    margin: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0

    def steps(self, last: int) -> tuple[int, int]:
        """The first and the last step over which the effect is averaged, in a study of `last` steps."""
        return last if self.start == "end" else self.start, last if self.until == "end" else self.until


class ClaimsTable(BaseModel):
    """[claims]: which claims of the register are put to the test, and those that the study states itself.

    A simulated record is as long as the record that it stands beside.

    Parameters
    ----------
    test : "all", or identifiers such as ["S3", "C7"]. Theories with the register's two accounts only.
    people : of a simulated record.
    draws : simulated records of each account.
    stated : claims on the study's own twins by name, for any theory.
    """

    model_config = _STRICT

    test: Literal["all"] | list[str] = "all"
    people: Annotated[int, Field(ge=2)] = 2000
    draws: Annotated[int, Field(ge=1)] = 32
    stated: dict[_Name, Any] = {}


class SweepTable(BaseModel):
    """[sweep]: the study's arms at every combination of some parameters' values (`groundswell.experiment.sweep`).

    Parameters
    ----------
    over : parameter: a list of values, or {from, to, count} for values at even distances.
    worlds : at each point and in each arm.
    summary : "last", "maximum", { mean_of_last = steps } or { time_to_reach = level }, of every observable.
    arms : by default all arms of the study.
    people : "own": each world has its own, the same at every point; "shared": all have those of the study.
    """

    model_config = _STRICT

    over: dict[str, Any]
    worlds: Annotated[int, Field(ge=1, le=100_000)] = 20
    summary: Any = "last"
    arms: list[str] | None = None
    people: Literal["own", "shared"] = "own"

    @field_validator("summary")
    @classmethod
    def _known(cls, given: Any) -> Any:
        try:
            check_summary(given)
        except StudyError as error:
            raise ValueError(error.expected) from None
        return given


@dataclass(frozen=True)
class Sweep:
    """A sweep, read and checked: the values of each parameter, and the rest as in `SweepTable`."""

    over: Mapping[str, tuple[float, ...]]
    arms: tuple[str, ...]
    table: SweepTable

    def told(self) -> dict[str, Any]:
        """As plain types, for a configuration."""
        return {
            "over": {name: list(values) for name, values in self.over.items()},
            "arms": list(self.arms),
            "worlds": self.table.worlds,
            "summary": self.table.summary,
            "people": self.table.people,
        }


_TABLES = ("study", "population", "params", "arms", "effects", "sweep", "evidence", "claims")
REGISTER_ACCOUNTS = ("substitution", "catalysis")  # the accounts that the claims of the register are about


@dataclass(frozen=True, eq=False)
class Study:
    """A study, read and checked.

    Parameters
    ----------
    text : the file as it was read.
    origin : the path of the file, or the name of the built-in study.
    folder : where relative paths in the file begin.
    table, evidence, claims : the tables of the file.
    stated : the claims that the study states itself, by name.
    sweep : what is swept, or None.
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
        if self.sweep is not None:
            told["sweep"] = self.sweep.told()
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
    needed = "at least [study], [population] and [arms.NAME]"
    for key in ("study", "arms"):
        if key not in given:
            raise StudyError(f"{origin} has no table [{key}]", expected=needed)

    table = _table(StudyTable, given["study"], origin, "study")
    theory = _theory(table.theory, origin, folder)
    if "population" not in given and theory.peopled:
        raise StudyError(f"{origin} has no table [population]", expected=needed)
    try:
        people = given.get("population", {"network": "well_mixed", "people": 1})  # a flow has none
        population = PopulationSpecification.model_validate(people)
    except PopulationError as error:
        raise _placed(f"{origin}, table [population]", error) from error
    params = _params(theory, given.get("params", {}), f"{origin}, table [params]")
    arms = {name: _arm(theory, name, of, params, table.steps, origin) for name, of in given["arms"].items()}
    if not arms:
        raise StudyError(f"{origin}: [arms] is empty", expected="at least one [arms.NAME]")
    effects = _effects(given.get("effects", {}), arms, origin)
    claims = _claims(theory, given.get("claims", {}), origin)
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
        effects=effects,
        totals=_totals(theory, table.totals, origin),
        evidence=_table(EvidenceTable, given.get("evidence", {}), origin, "evidence"),
        claims=claims,
        stated={name: _stated(theory, name, of, effects, table.steps, origin) for name, of in claims.stated.items()},
        sweep=_sweep(theory, given["sweep"], arms, params, table.steps, origin) if "sweep" in given else None,
    )


# -- the parts of a file -----------------------------------------------------------------------------------------------


def _table(kind: type[_Table], given: Any, origin: str, name: str) -> _Table:
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise _told(error, origin, name, kind) from None


def _told(error: ValidationError, origin: str, name: str, kind: type[BaseModel]) -> StudyError:
    """The first thing that is wrong, as one sentence. An unknown key is told before all else: it explains the rest."""
    errors = error.errors()
    found = sorted(errors, key=lambda e: e["type"] != "extra_forbidden")[0]
    fields = {field.alias or name: field for name, field in kind.model_fields.items()}
    allowed = ", ".join(fields)
    place = f"{origin}, table [{name}]"
    key = str(found["loc"][0]) if found["loc"] else ""
    if found["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, fields, n=1)
        return StudyError(
            f"{place} has the unknown key {key!r}",
            expected=f"one of {allowed}",
            instead=f"did you mean {near[0]!r}?" if near else None,
        )
    if found["type"] == "missing":
        return StudyError(f"{place} has no key {key!r}", expected=f"all that it needs of {allowed}")
    choices = get_args(fields[key].annotation) if key else ()
    if any(get_origin(choice) is list for choice in choices) and fields[key].default is not None:
        word = fields[key].default
        return StudyError(f"{place} has {key} = {found['input']!r}", expected=f'"{word}" or a list of names')
    said = [
        e["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
        for e in errors
        if e["loc"][:1] == (key,)
    ]
    message = " or ".join(dict.fromkeys(said))
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


def _claims(theory: type[Theory], given: Mapping[str, Any], origin: str) -> ClaimsTable:
    table = _table(ClaimsTable, given, origin, "claims")
    asked = [key for key in ("test", "people", "draws") if key in given]
    if asked and not set(REGISTER_ACCOUNTS) <= set(theory.accounts):
        raise StudyError(
            f"{origin}, table [claims] has the key {asked[0]!r}, and the study is of theory {theory.name}",
            expected="a theory with the accounts " + " and ".join(REGISTER_ACCOUNTS) + ", such as deed",
            why="the claims of the register are about these two accounts",
            instead="state claims of the study's own as [claims.stated.NAME]",
        )
    return table


def _stated(
    theory: type[Theory], name: str, given: Any, effects: Mapping[str, tuple[str, str]], steps: int, origin: str
) -> StatedClaim:
    place = f"{origin}, table [claims.stated.{name}]"
    if not isinstance(given, Mapping):
        raise StudyError(f"{place} is {given!r}", expected="a table with text, effect, observable and expects")
    claim = _table(StatedClaim, given, origin, f"claims.stated.{name}")
    for key, word, known in (("effect", claim.effect, effects), ("observable", claim.observable, theory.observables)):
        if word not in known:
            near = difflib.get_close_matches(word, known, n=1)
            raise StudyError(
                f"{place} has {key} = {word!r}",
                expected=f"one of {', '.join(known)}" if known else f"an {key}, and there is none: add [effects]",
                instead=f"did you mean {near[0]!r}?" if near else None,
            )
    first, last = claim.steps(steps)
    if not first <= last <= steps:
        raise StudyError(
            f"{place} is about steps {first} to {last}", expected=f"steps in order, in 0..{steps}, those of the study"
        )
    return claim


def _sweep(
    theory: type[Theory], given: Any, arms: Mapping[str, Arm], params: Mapping[str, float], steps: int, origin: str
) -> Sweep:
    table = _table(SweepTable, given, origin, "sweep")
    place = f"{origin}, table [sweep]"
    if not table.over:
        raise StudyError(
            f"{place} has an empty over", expected="such as over = { sd = { from = 0.1, to = 0.2, count = 11 } }"
        )
    names = tuple(arms) if table.arms is None else tuple(dict.fromkeys(table.arms))
    for name in names:
        if name not in arms:
            raise StudyError(f"{place}, key arms names {name!r}", expected=f"arms of this study: {', '.join(arms)}")
    if not names:
        raise StudyError(f"{place}, key arms = []", expected="at least one arm, or no such key for all of them")
    over = {name: _values(of, f"{place}, over.{name}") for name, of in table.over.items()}
    for name, values in over.items():
        for value in values:
            _params(theory, {name: value}, f"{place}, over.{name}")
        for arm in names:
            if name in arms[arm].params:
                raise StudyError(
                    f"{place} sweeps {name}, which the arm {arm} sets",
                    expected="arms that leave the swept parameters alone",
                    instead="name the arms to be swept: arms = [...]",
                )
    return Sweep(over, names, table)


def _values(given: Any, place: str) -> tuple[float, ...]:
    """The values of one swept parameter: as listed, or at even distances from one end to the other."""
    expected = "a list of numbers, each once, or { from = 0.1, to = 0.2, count = 11 }"

    def numbers(values: Sequence[Any]) -> bool:
        return all(isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x) for x in values)

    if isinstance(given, list) and given and numbers(given) and len(set(given)) == len(given):
        return tuple(float(x) for x in given)
    if isinstance(given, Mapping) and set(given) == {"from", "to", "count"} and numbers(list(given.values())):
        first, last, count = given["from"], given["to"], given["count"]
        if isinstance(count, int) and 2 <= count <= 100_000 and first != last:
            # rounded, so that 0.1 to 0.3 in three gives 0.2 and not 0.2 with a tail
            return tuple(float(f"{first + (last - first) * k / (count - 1):.12g}") for k in range(count))
    raise StudyError(f"{place} = {given!r}", expected=expected)


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
