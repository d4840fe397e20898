"""The file of a study: TOML, read table by table into a `Study`; errors are reported with their place."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from groundswell.engine.worlds import check_worlds
from groundswell.errors import GroundswellError, PopulationError, StudyError, nearest
from groundswell.experiment.arms import Arm, begins, parse_intervention
from groundswell.experiment.asked import check_claim, checked_fit, checked_statement
from groundswell.experiment.schema import (
    TABLES,
    AdjudicationTable,
    ArmTable,
    FitTable,
    Name,
    ObserveTable,
    RecordClaim,
    RecordTable,
    StatedClaim,
    StudyTable,
    read_table,
)
from groundswell.experiment.study import PRIOR, Study
from groundswell.experiment.sweep_tables import checked_params, swept
from groundswell.files import check_regular, nearest_file
from groundswell.population.specification import PopulationSpecification
from groundswell.settings import require_known
from groundswell.text import parse_toml
from groundswell.theory import Account, Theory


def built_in_studies() -> list[str]:
    """The names of the studies that ship with the package, in alphabetical order."""
    folder = files("groundswell.studies")
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def load_study(name_or_path: str | Path) -> Study:
    """Read and check a study.

    Parameters
    ----------
    name_or_path : the name of a built-in study, or the path of a study file (which ends in .toml or includes a folder).

    Raises
    ------
    StudyError : no such study; not TOML; a table or key that is unknown, missing or has an invalid value.
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
            instead=nearest_file(path),
        ) from error
    except UnicodeDecodeError as error:
        raise StudyError(f"{given} is not UTF-8 text", expected="a TOML file") from error
    except OSError as error:
        raise StudyError(f"{given} cannot be read ({error.strerror})", expected="a TOML file") from error
    stated = _tables(text, given)
    _check_code(stated, given, path.parent)
    return _study(stated, text, given, path.parent)


def _check_code(stated: Mapping[str, Any], origin: str, folder: Path) -> None:
    """Refuse a study file that would execute Python outside its own folder, where its author never put it."""
    for table, key in (("study", "theory"), ("adjudication", "register")):
        held = stated.get(table)
        named = held.get(key) if isinstance(held, dict) else None
        if not isinstance(named, str) or not named.endswith(".py") or "\0" in named:
            continue
        if not (folder / named).resolve().is_relative_to(folder.resolve()):
            raise StudyError(
                f"{origin}, table [{table}], key {key}: {named} lies outside the folder of the study",
                expected="a file in that folder or below it",
                why="a study that somebody sent must not execute other files of this machine",
                instead=f"copy the file, and write {key} = {Path(named).name!r}".replace("'", '"'),
            )


def parse_study(text: str, *, origin: str, folder: Path) -> Study:
    """The study that a TOML text states; `origin` names it in errors, and relative paths start from `folder`."""
    return _study(_tables(text, origin), text, origin, folder)


def _tables(text: str, origin: str) -> dict[str, Any]:
    try:
        return parse_toml(text)
    except tomllib.TOMLDecodeError as error:
        words = str(error)
        raise StudyError(f"{origin} is not TOML: {words[:1].lower()}{words[1:]}", expected="a study file") from error


def _study(given: Mapping[str, Any], text: str, origin: str, folder: Path) -> Study:
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
        raise error.at(f"{origin}, table [population]", StudyError) from error
    params = checked_params(theory, given.get("params", {}), f"{origin}, table [params]")
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
        name: checked_fit(
            read_table(FitTable, of, at := f"{origin}, table [fits.{name}]"), records, observe, accounts, at
        )
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
                require_known(
                    fit, fits, StudyError, f"{place} names the fit {fit!r}", "one of this study's [fits.NAME]: ",
                    none="there is none",
                )  # fmt: skip
                continue
            check_claim(theory, claims[name], records, observe, accounts, arms, params, place)
        else:
            stated[name] = checked_statement(theory, of, effects, arms, accounts, params, table.steps, place)
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
        sweep=swept(theory, given, arms, params, table, population, origin),
    )


# -- the parts of a file -----------------------------------------------------------------------------------------------


class _Named(BaseModel):
    """The name of a claim."""

    name: Name


def _refuse_old(key: str, given: Mapping[str, Any], origin: str) -> None:
    """Refuse the keys of earlier versions, and give the lines to write instead."""
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


def _theory(given: str, origin: str, folder: Path) -> type[Theory]:
    from groundswell.theory.registry import load_theory

    try:
        return load_theory(str(folder / given) if given.endswith(".py") else given)
    except GroundswellError as error:
        raise error.at(f"{origin}, table [study], key theory", StudyError) from error


def _arm(theory: type[Theory], name: str, given: Any, params: Mapping[str, float], steps: int, origin: str) -> Arm:
    place = f"{origin}, table [arms.{name}]"
    table = read_table(ArmTable, given, place)
    arm = Arm(
        name,
        checked_params(theory, table.params, f"{place}, key params"),
        tuple(parse_intervention(x, f"{place}, intervention {k}") for k, x in enumerate(table.interventions, start=1)),
    )
    try:
        check_worlds(theory, [arm.world(params, 0)], steps)
    except GroundswellError as error:
        raise error.at(place, StudyError) from error
    for k, intervention in enumerate(arm.interventions, start=1):
        if begins(intervention) > steps:
            raise StudyError(
                f"{place}, intervention {k} begins at step {begins(intervention)}",
                expected=f"a step in 1..{steps}",
                why=f"the study has {steps} steps, so it would never happen",
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
