"""A study: one TOML file that names theory, population, arms, effects, sweep, records and claims, read and resolved."""

from __future__ import annotations

import difflib
import hashlib
import inspect
import json
import math
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from groundswell.draws import derive_seed
from groundswell.engine.worlds import check_worlds
from groundswell.errors import GroundswellError, PopulationError, StudyError, TheoryError
from groundswell.experiment.arms import Arm, arm_table, begins, parse_intervention
from groundswell.experiment.ensemble import Design
from groundswell.experiment.points import Points, design
from groundswell.experiment.schema import (
    TABLES,
    AdjudicationTable,
    ArmTable,
    DesignTable,
    FitTable,
    Name,
    ObserveTable,
    RecordClaim,
    RecordTable,
    ScenarioTable,
    StatedClaim,
    StudyTable,
    SweepTable,
    read_table,
)
from groundswell.files import check_regular
from groundswell.population.population import Population
from groundswell.population.specification import PopulationSpecification
from groundswell.settings import nearest, require_known
from groundswell.theory import Account, Theory

PRIOR = "prior"  # the account of a theory that states none: its own priors


@dataclass(frozen=True)
class Sweep:
    """A sweep, read and checked: the values of each parameter, and the rest as in `SweepTable`."""

    over: Mapping[str, tuple[float, ...]]
    arms: tuple[str, ...]
    table: SweepTable
    points: Points | None = None

    def plain(self) -> dict[str, Any]:
        """As plain types, for a configuration."""
        return {
            "over": {name: list(values) for name, values in self.over.items()},
            "arms": list(self.arms),
            "worlds": self.table.worlds,
            "summary": self.table.summary,
            "people": self.table.people,
            **({} if self.points is None else self.table.model_dump(include={"method", "over", "points", "rows"})),
        }


@dataclass(frozen=True, eq=False)
class Study:
    """A study, read and checked.

    Parameters
    ----------
    text : the file as it was read.
    origin : the path of the file, or the name of the built-in study.
    folder : where relative paths in the file begin.
    table, adjudication : the tables [study] and [adjudication].
    records, observe : the study's records by name, and how the theory is seen in them, by kind of event.
    fits : of the theory to the study's records, by name.
    claims : the claims that are put to the study's records, by name.
    stated : the claims without a record, which are judged on the study's own twins, by name.
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

    >>> load_study("threshold").arms["wide"].params
    {'sd': 0.13}
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
    check_regular(path, StudyError, "a study file")
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
        words = str(error)
        raise StudyError(f"{origin} is not TOML: {words[:1].lower()}{words[1:]}", expected="a study file") from error
    for key in given:
        _refuse_old(key, given, origin)
        if key not in TABLES:
            near = difflib.get_close_matches(key, TABLES, n=1)
            raise StudyError(
                f"{origin}: [{key}]",
                expected="the tables " + ", ".join(f"[{t}]" for t in TABLES),
                instead=f"did you mean [{near[0]}]?" if near else None,
            )
        if not isinstance(given[key], dict):
            raise StudyError(f"{origin}: {key} = {given[key]!r}", expected=f"a table [{key}]")
    needed = "at least [study], [population] and [arms.NAME]"
    for key in ("study", "arms"):
        if key not in given:
            raise StudyError(f"{origin} has no table [{key}]", expected=needed)

    table = read_table(StudyTable, given["study"], f"{origin}, table [study]")
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
    accounts = _accounts(theory, table.accounts, origin)
    records = {
        name: read_table(RecordTable, of, f"{origin}, table [records.{name}]")
        for name, of in given.get("records", {}).items()
    }
    observe = {kind: _observed(theory, kind, of, origin) for kind, of in given.get("observe", {}).items()}
    fits = {
        name: _fit(read_table(FitTable, of, at := f"{origin}, table [fits.{name}]"), records, observe, accounts, at)
        for name, of in given.get("fits", {}).items()
    }
    claims: dict[str, RecordClaim] = {}
    stated: dict[str, StatedClaim] = {}
    for name, of in given.get("claims", {}).items():
        place = f"{origin}, table [claims.{name}]"
        if not isinstance(of, Mapping):
            raise StudyError(f"{place} is {of!r}", expected="a table with text, and a record or an effect")
        read_table(_Named, {"name": name}, f"{origin}, table [claims]")
        if {"record", "fit", "estimator", "asserting", "denying"} & of.keys():
            claims[name] = read_table(RecordClaim, of, place)
            if (fit := claims[name].fit) is not None:
                _known("fit", (fit,), fits, place, "[fits.NAME]")
                continue
            _check_claim(theory, claims[name], records, observe, accounts, arms, place)
        else:
            stated[name] = _stated(theory, of, effects, table.steps, place)
    return Study(
        text=text,
        origin=origin,
        folder=folder,
        table=table,
        theory=theory,
        population=population,
        accounts=accounts,
        params=params,
        arms=arms,
        effects=effects,
        totals=_totals(theory, table.totals, origin),
        adjudication=read_table(AdjudicationTable, given.get("adjudication", {}), f"{origin}, table [adjudication]"),
        records=records,
        observe=observe,
        fits=fits,
        claims=claims,
        stated=stated,
        sweep=_swept(theory, given, arms, params, table, population, origin),
    )


# -- the parts of a file -----------------------------------------------------------------------------------------------


class _Named(BaseModel):
    """The name of a claim."""

    name: Name


def _refuse_old(key: str, given: Mapping[str, Any], origin: str) -> None:
    """Refuse the keys of earlier versions, with the lines to write now."""
    if key == "evidence":
        table = given[key] if isinstance(given[key], dict) else {}
        wanted = [x for of in ("cases", "records") for x in (table[of] if isinstance(table.get(of), list) else [])]
        raise StudyError(
            f"{origin}: [evidence]",
            expected="[records.NAME] for each record, and [adjudication] for what a register may use",
            why="[evidence] was replaced",
            instead="under [adjudication], write records = " + (json.dumps(wanted) if wanted else '"all"'),
        )
    if key != "claims" or not isinstance(given[key], dict):
        return
    old = {k: given[key][k] for k in ("test", "people", "draws") if not isinstance(given[key].get(k, {}), dict)}
    if old:
        first = next(iter(old))
        lines = " and ".join(f"{k} = {json.dumps(v)}" for k, v in old.items())
        raise StudyError(
            f"{origin}, table [claims] has the key {first!r}",
            expected="a table [claims.NAME] for each claim",
            why="how claims are tested moved to [adjudication]",
            instead=f"under [adjudication], write {lines}",
        )
    stated = given[key].get("stated")
    if isinstance(stated, dict) and stated and all(isinstance(x, dict) for x in stated.values()):
        names = ", ".join(f"[claims.{name}]" for name in stated)
        raise StudyError(
            f"{origin}, table [claims.stated]",
            expected="a table [claims.NAME] for each claim",
            why="a claim without a record is now a stated claim",
            instead=f"write {names}",
        )


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
    table = read_table(ArmTable, given, place)
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


def _observed(theory: type[Theory], kind: str, given: Any, origin: str) -> ObserveTable:
    place = f"{origin}, table [observe], key {kind}"
    table = read_table(ObserveTable, {"of": given} if isinstance(given, str) else given, place)
    for key, word, known in (("of", table.of, theory.observables), ("shock", table.shock, theory.shocks)):
        if word is not None and word not in known:
            raise StudyError(
                f"{place} names the {'observable' if key == 'of' else 'shock'} {word!r}",
                expected=f"of theory {theory.name}: {', '.join(known) or 'it has none'}",
                instead=nearest(word, known),
            )
    return table


def _known(what: str, names: Sequence[str], known: Collection[str], place: str, table: str) -> None:
    """Refuse a name that the study does not have."""
    for name in names:
        require_known(
            name,
            known,
            StudyError,
            f"{place} names the {what} {name!r}",
            f"one of this study's {table}: ",
            none="there is none",
        )


def _fit(
    table: FitTable,
    records: Mapping[str, RecordTable],
    observe: Mapping[str, ObserveTable],
    accounts: Mapping[str, Account | None],
    place: str,
) -> FitTable:
    """See that a fit names what the study has."""
    _known("record", table.records(), records, place, "[records.NAME]")
    if not table.records():
        raise StudyError(f"{place} names no record", expected="at least one of [records.NAME]")
    _known("account", table.accounts or (), accounts, place, "accounts")
    if table.timed is not None:
        _known("kind", (table.timed.acts, table.timed.by), observe, place, "[observe]")
    return table


def _check_claim(
    theory: type[Theory],
    claim: RecordClaim,
    records: Mapping[str, RecordTable],
    observe: Mapping[str, ObserveTable],
    accounts: Mapping[str, Account | None],
    arms: Mapping[str, Arm],
    place: str,
) -> None:
    """See that a claim names what the study has, and that it can be denied."""
    _known("record", (claim.record,), records, place, "[records.NAME]")
    resolved: dict[str, list[Any]] = {"asserting": [], "denying": []}
    for side in resolved:
        for k, scenario in enumerate(getattr(claim, side), start=1):
            at = f"{place}, {side} {k}"
            _check_scenario(theory, scenario, observe, accounts, arms, at)
            content = scenario.model_dump(exclude={"name"})
            content["account"] = accounts_of(scenario, accounts)
            if side == "denying" and content in resolved["asserting"]:
                raise StudyError(
                    f"{at} is the same as asserting {resolved['asserting'].index(content) + 1}",
                    expected="scenarios that differ",
                    why="a claim that predicts the same as its own negation cannot be tested",
                )
            resolved[side].append(content)


def accounts_of(scenario: ScenarioTable, accounts: Mapping[str, Account | None]) -> tuple[str, ...]:
    """The accounts that a scenario is simulated under."""
    given = scenario.account
    return tuple(accounts) if given is None else (given,) if isinstance(given, str) else given


def _check_scenario(
    theory: type[Theory],
    scenario: ScenarioTable,
    observe: Mapping[str, ObserveTable],
    accounts: Mapping[str, Account | None],
    arms: Mapping[str, Arm],
    place: str,
) -> None:
    selected = scenario.selected
    kinds = [scenario.no_effect] if isinstance(scenario.no_effect, str) else []
    kinds += [] if selected is None else [k for k in (selected.kind, selected.by) if k is not None]
    for what, names, known in (
        ("account", accounts_of(scenario, accounts), accounts),
        ("arm", () if scenario.arm is None else (scenario.arm,), arms),
        ("parameter", (*scenario.params, *scenario.closed), theory.params),
        ("kind", kinds, observe),
    ):
        for name in names:
            require_known(name, known, StudyError, f"{place} names the {what} {name!r}", none="none: add [observe]")
    _params(theory, {**scenario.params, **dict.fromkeys(scenario.closed, 0.0)}, place)


def _stated(
    theory: type[Theory], given: Any, effects: Mapping[str, tuple[str, str]], steps: int, place: str
) -> StatedClaim:
    claim = read_table(StatedClaim, given, place)
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


def _swept(
    theory: type[Theory],
    given: Mapping[str, Any],
    arms: Mapping[str, Arm],
    params: Mapping[str, float],
    table: StudyTable,
    population: PopulationSpecification,
    origin: str,
) -> Sweep | None:
    """What the table [sweep] or [design] states, or None where there is neither."""
    if "sweep" in given and "design" in given:
        raise StudyError(f"{origin} has the tables [sweep] and [design]", expected="one of them")
    if "design" not in given:
        return _sweep(theory, given["sweep"], arms, params, table.steps, origin) if "sweep" in given else None
    stated = read_table(DesignTable, given["design"], f"{origin}, table [design]")
    names = tuple(arms) if stated.arms is None else tuple(dict.fromkeys(stated.arms))
    unknown = next((name for name in names if name not in arms), None)
    if unknown is not None or not names:
        raise StudyError(
            f"{origin}, table [design], key arms names {unknown!r}", expected=f"arms of this study: {', '.join(arms)}"
        )
    over = {name: None if of == "prior" else of for name, of in stated.over.items()}
    try:
        points = design(
            theory, over or None, method=stated.method, count=stated.points, seed=derive_seed(table.seed, "design"),
            population=population, rows=stated.rows,
        )  # fmt: skip
    except (StudyError, TheoryError) as error:
        raise StudyError(
            f"{origin}, table [design]: {error.given}", expected=error.expected, why=error.why, instead=error.instead
        ) from error
    set_by_arm = next(((a, n) for a in names for n in points.names if n in arms[a].params), None)
    if set_by_arm is not None:
        raise StudyError(
            f"{origin}, table [design] varies {set_by_arm[1]}, which the arm {set_by_arm[0]} sets",
            expected="arms that leave the factors alone",
        )
    return Sweep(dict.fromkeys(points.names, ()), names, stated, points)


def _sweep(
    theory: type[Theory], given: Any, arms: Mapping[str, Arm], params: Mapping[str, float], steps: int, origin: str
) -> Sweep:
    place = f"{origin}, table [sweep]"
    table = read_table(SweepTable, given, place)
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
