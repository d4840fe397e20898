"""What a study asks: its register, if it has one, and the claims that it states itself, checked beforehand."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundswell.claims.claim import SHARED, Claim, Scenario
from groundswell.claims.fitted import FittedTest
from groundswell.claims.register import Register, Simulation, load_register, registers
from groundswell.claims.written import written_register
from groundswell.engine.worlds import check_worlds
from groundswell.errors import GroundswellError, StudyError, nearest
from groundswell.experiment.study import Study
from groundswell.experiment.study_file import parse_study
from groundswell.population.specification import PopulationSpecification
from groundswell.records.cases.library import cases
from groundswell.records.registry import data_set, data_sets, list_data
from groundswell.settings import require_known
from groundswell.theory import Account
from groundswell.theory.registry import theories


@dataclass(frozen=True)
class Asked:
    """One register, and those of its claims that the study tests."""

    register: Register
    claims: Mapping[str, Claim]
    simulations: tuple[Simulation, ...]

    def accounts(self, study: Study) -> dict[str, Account | None]:
        """The accounts that are simulated: the register's, or else the study's."""
        if not self.register.accounts:
            return dict(study.accounts)
        return {name: study.theory.accounts[name] for name in self.register.accounts}

    def population(self, study: Study) -> PopulationSpecification:
        """The people of a simulated record, where a simulation does not state its own."""
        people = self.people(study)
        if self.register.population is not None:
            return self.register.population(people or 2000)
        if people is None or people == study.population.people:
            return study.population
        return PopulationSpecification.model_validate(
            study.population.model_dump(exclude_none=True) | {"people": people}
        )

    def people(self, study: Study) -> int | None:
        """The number of people in a simulated record: from the study, the register, or the study's population."""
        return study.adjudication.people or self.register.people or study.population.people


def asked_of(study: Study) -> tuple[Asked, ...]:
    """The claims that a study tests on records, register by register; its own claims come last.

    Raises
    ------
    StudyError : an unknown claim or register; a register about another theory or accounts; a scenario with an unknown
        account or arm; a test of an unknown record; a claim whose estimator or record cannot be used.
    RecordError : a record of the study cannot be read, or lacks the kinds that a claim needs.
    """
    list_data()  # refuses a GROUNDSWELL_DATA that is no folder, which would leave every record untested
    stated = study.adjudication
    for name in () if stated.records == "all" else stated.records:
        if name not in cases() and name not in study.records:
            data_set(name)
    found = []
    plugged = _plugged(study)
    if plugged is not None:
        found.append(plugged)
    if study.claims:
        found.append(written_register(study))
    known = {claim.id: register.name for register in reversed(found) for claim in register.claims}
    for name in () if stated.test == "all" else stated.test:
        if name not in known:
            raise StudyError(
                f"the study tests the claim {name!r}",
                expected='"all" or ids among ' + ", ".join(known) if known else "a register, or [claims.NAME]",
                instead=nearest(name, known),
            )
    asked = []
    seen: dict[str, str] = {}
    for register in found:
        claims = register.chosen(stated.test)
        simulations = register.simulated(study) if claims else ()
        _check_arms(register, simulations, study)
        for claim in claims.values():
            if claim.id in seen:
                raise StudyError(
                    f"the claim {claim.id!r} appears in both {seen[claim.id]} and {register.name}",
                    expected="each id once",
                )
            seen[claim.id] = register.name
            _check(register, claim, simulations, study)
        if claims:
            asked.append(Asked(register, claims, simulations))
    return tuple(asked)


def only_records(study: Study, names: Sequence[str]) -> Study:
    """The study reduced to the claims that the given records bear on, tested on those records alone, unperturbed.

    Raises
    ------
    StudyError : no test of the study's register uses a record of that name.
    """
    register = _plugged(study)
    tests = [] if register is None else [(c.id, t) for c in register.claims for t in c.tests]
    known = sorted({name for _, t in tests for name in (*t.data, *t.record.split(" + "))})
    for name in names:
        if name not in known:
            raise StudyError(
                f"no claim is tested on the record {name!r}",
                expected="one of " + ", ".join(known) if known else "a study with a register of claims",
                instead=nearest(name, known),
            )
    asking = [(claim, t) for claim, t in tests if {*t.data, *t.record.split(" + ")} & set(names)]
    records = sorted({name for _, t in asking for name in (*t.data, *t.record.split(" + "))})
    claims = list(dict.fromkeys(claim for claim, _ in asking))
    only = {"test": claims, "records": records, "asks": sorted(set(names)), "robust": "none"}
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in only.items())
    head, table, rest = study.text.partition("[adjudication]")
    own, *others = re.split(r"(?m)^(?=\[)", rest, maxsplit=1) if table else ("\n",)
    own = re.sub(rf"(?m)^({'|'.join(only)})\s*=.*\n?", "", own)
    text = f"{head.rstrip()}\n\n[adjudication]\n{lines}{own}{''.join(others)}"
    return parse_study(text, origin=study.origin, folder=study.folder)


def _plugged(study: Study) -> Register | None:
    """The register that the study names, or the one that has the theory's name."""
    given = study.adjudication.register_name
    place = f"{study.origin}, table [adjudication], key register"
    if given is None:
        return load_register(study.theory.name) if study.theory.name in registers() else None
    try:
        register = load_register(str(study.folder / given) if given.endswith(".py") else given)
    except StudyError as error:
        raise error.at(place, StudyError) from error
    if register.theory is not None and register.theory != study.theory.name:
        known = theories()
        raise StudyError(
            f"{place}: the register {register.name!r} is about the theory {register.theory!r}"
            + ("" if register.theory in known else ", which is unknown")
            + f", and the study is of {study.theory.name!r}",
            expected="a register about the study's theory",
            instead=None if register.theory in known else nearest(register.theory, [study.theory.name, *known]),
        )
    missing = [name for name in register.accounts if name not in study.theory.accounts]
    if missing:
        raise StudyError(
            f"{place}: the register {register.name!r} is about the account {missing[0]!r}",
            expected=f"an account of theory {study.theory.name}: {', '.join(study.theory.accounts) or 'it has none'}",
            instead=nearest(missing[0], study.theory.accounts),
        )
    return register


def _check_arms(register: Register, simulations: tuple[Simulation, ...], study: Study) -> None:
    """Check that the theory has the parameters, shocks and states that the arms of simulations name."""
    for of in simulations:
        for name, arm in of.arms.items():
            try:
                check_worlds(study.theory, [arm.world(study.params, 0)], of.steps)
            except GroundswellError as error:
                place = f"register {register.name!r}, simulation {of.name!r}, arm {name!r}"
                raise error.at(place, StudyError) from error


def _check(register: Register, claim: Claim, simulations: tuple[Simulation, ...], study: Study) -> None:
    """Check that the records, accounts and arms named by the tests of a claim exist."""
    arms = {arm for simulation in simulations for arm in simulation.arms}
    accounts = set(register.accounts or study.accounts)
    known = sorted({*cases(), *data_sets(), *register.records})
    place = f"register {register.name!r}, claim {claim.id}"
    makers = register.accounts or tuple(study.theory.accounts)
    if makers:
        given = f"{place} is made by the account {claim.account!r}"
        require_known(claim.account, (*makers, SHARED), StudyError, given)
    for test in claim.tests:
        for name in (*test.record.split(" + "), *test.data):
            require_known(name, known, StudyError, f"{place} names the record {name!r}")
        if isinstance(test, FittedTest):
            continue
        if not test.asserting or not test.denying:
            raise StudyError(
                f"{place} has scenarios on one side only", expected="at least one that asserts and one that denies it"
            )
        for yes, no in itertools.product(test.asserting, test.denying):
            if yes == no or (type(yes) is Scenario and _alike(yes, no, simulations)):
                twice = f"the scenario {yes.name!r} both asserts and denies it"
                raise StudyError(
                    f"{place}: {twice if yes == no else f'the scenarios {yes.name!r} and {no.name!r} are alike'}",
                    expected="scenarios that differ",
                    why="a claim that predicts the same as its own negation cannot be tested",
                )
        named = [s.name for s in (*test.asserting, *test.denying)]
        if len(set(named)) < len(named):
            raise StudyError(
                f"{place} has two scenarios named {next(x for x in named if named.count(x) > 1)!r}",
                expected="scenarios whose names differ, on both sides",
                why="scenarios are looked up by name",
            )
        for what, names, among in (
            ("account", [a for s in (*test.asserting, *test.denying) for a in s.accounts], accounts),
            ("arm", [s.arm for s in (*test.asserting, *test.denying)], arms),
        ):
            for name in names:
                given = f"{place} names the {what} {name!r}"
                require_known(name, sorted(among), StudyError, given, none="none: it states no simulations")


def _alike(yes: Scenario, no: Scenario, simulations: tuple[Simulation, ...]) -> bool:
    """Whether two scenarios differ only in their names: same accounts and twist, and arms that do the same."""
    if (yes.accounts, yes.twist) != (no.accounts, no.twist):
        return False
    arms = [(of.arms[yes.arm], of.arms[no.arm]) for of in simulations if {yes.arm, no.arm} <= of.arms.keys()]
    return bool(arms) and all((a.params, a.interventions) == (b.params, b.interventions) for a, b in arms)
