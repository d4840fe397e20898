"""The claims of a study, checked as the file is read: every name exists in the study, and every negation differs."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from groundswell.calibrate.priors import prior_of
from groundswell.engine.worlds import Intervention, Pulse, Set
from groundswell.errors import StudyError
from groundswell.experiment.arms import Arm
from groundswell.experiment.schema import (
    FitTable,
    ObserveTable,
    RecordClaim,
    RecordTable,
    ScenarioTable,
    StatedClaim,
    read_table,
)
from groundswell.experiment.sweep_tables import checked_params
from groundswell.settings import require_known
from groundswell.theory import Account, Fixed, Theory
from groundswell.theory.distributions import Distribution


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


def checked_fit(
    table: FitTable,
    records: Mapping[str, RecordTable],
    observe: Mapping[str, ObserveTable],
    accounts: Mapping[str, Account | None],
    place: str,
) -> FitTable:
    """Check that everything a fit names is in the study."""
    _known("record", table.records(), records, place, "[records.NAME]")
    if not table.records():
        raise StudyError(f"{place} names no record", expected="at least one of [records.NAME]")
    _known("account", table.accounts or (), accounts, place, "accounts")
    if table.timed is not None:
        _known("kind", (table.timed.acts, table.timed.by), observe, place, "[observe]")
    return table


def check_claim(
    theory: type[Theory],
    claim: RecordClaim,
    records: Mapping[str, RecordTable],
    observe: Mapping[str, ObserveTable],
    accounts: Mapping[str, Account | None],
    arms: Mapping[str, Arm],
    params: Mapping[str, float],
    place: str,
) -> None:
    """Check that everything a claim names is in the study, and that it can be denied."""
    _known("record", (claim.record,), records, place, "[records.NAME]")
    resolved: dict[str, list[Any]] = {"asserting": [], "denying": []}
    for side in resolved:
        for k, scenario in enumerate(getattr(claim, side), start=1):
            at = f"{place}, {side} {k}"
            _check_scenario(theory, scenario, observe, accounts, arms, at)
            base = arms[scenario.arm] if scenario.arm is not None else Arm("")
            held = {**base.params, **scenario.params, **dict.fromkeys(scenario.closed, 0.0)}
            among = [accounts[name] for name in accounts_of(scenario, accounts)]
            worlds = _worlds(theory, among, replace(base, params=held), params)
            content = (worlds, scenario.model_dump(include={"no_effect", "selected", "shuffled"}))
            if side == "denying" and content in resolved["asserting"]:
                raise StudyError(
                    f"{at} is the same as asserting {resolved['asserting'].index(content) + 1}",
                    expected="scenarios that differ in a parameter, an intervention or the record",
                    why="a claim that predicts the same as its own negation cannot be tested",
                )
            resolved[side].append(content)


def _worlds(
    theory: type[Theory], accounts: Sequence[Account | None], arm: Arm, params: Mapping[str, float]
) -> tuple[list[dict[str, Distribution]], list[Intervention]]:
    """What an arm simulates: under each account every parameter as drawn or held, and the interventions that have an
    effect. Arms for which this is equal give the same worlds, whatever their names."""
    held = {name: Fixed(float(value)) for name, value in {**params, **arm.params}.items()}
    drawn = [
        {name: held.get(name) or prior_of(theory, account, name) for name in theory.params} for account in accounts
    ]
    done = [
        one
        for one in arm.interventions
        if not (isinstance(one, Pulse) and one.amount == 0)
        and not (isinstance(one, Set) and all(each.get(one.param) == Fixed(float(one.value)) for each in drawn))
    ]
    return drawn, done


def accounts_of(scenario: ScenarioTable, accounts: Mapping[str, Account | None]) -> tuple[str, ...]:
    """The accounts under which a scenario is simulated."""
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
    checked_params(theory, {**scenario.params, **dict.fromkeys(scenario.closed, 0.0)}, place)


def checked_statement(
    theory: type[Theory],
    given: Any,
    effects: Mapping[str, tuple[str, str]],
    arms: Mapping[str, Arm],
    accounts: Mapping[str, Account | None],
    params: Mapping[str, float],
    steps: int,
    place: str,
) -> StatedClaim:
    """A claim on the study's own twins, checked: everything it names is in the study, and its twins differ."""
    claim = read_table(StatedClaim, given, place)
    for key, word, known in (("effect", claim.effect, effects), ("observable", claim.observable, theory.observables)):
        if word not in known:
            near = difflib.get_close_matches(word, known, n=1)
            raise StudyError(
                f"{place} has {key} = {word!r}",
                expected=f"one of {', '.join(known)}" if known else f"an {key}, and there is none: add [effects]",
                instead=f"did you mean {near[0]!r}?" if near else None,
            )
    arm, against = effects[claim.effect]
    among = list(accounts.values())
    if _worlds(theory, among, arms[arm], params) == _worlds(theory, among, arms[against], params):
        both = f"{arm!r} on both sides" if arm == against else f"{arm!r} and {against!r}, which are alike"
        raise StudyError(
            f"{place} is about the effect {claim.effect!r}, of {both}",
            expected="arms that differ in a parameter or an intervention",
            why="such twins are equal in every draw, so the claim and its negation predict the same",
        )
    first, last = claim.steps(steps)
    if not first <= last <= steps:
        raise StudyError(
            f"{place} is about steps {first} to {last}", expected=f"steps in order, in 0..{steps}, those of the study"
        )
    return claim
