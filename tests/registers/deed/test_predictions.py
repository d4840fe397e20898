"""Predictions of the theory, checked against the words of the claims that they are made for."""

from __future__ import annotations

import numpy as np
import pytest

from groundswell.claims.adjudicate import asked_of
from groundswell.claims.claim import SHARED, as_claimed
from groundswell.draws import derive_seed
from groundswell.experiment.ensemble import Design, run_ensemble
from groundswell.experiment.study_file import load_study
from groundswell.registers.deed.designs import ACT, BOTH, Runs, simulations
from groundswell.registers.deed.register import claims


@pytest.fixture(scope="module")
def runs() -> Runs:
    """The twins of the study deed as it is adjudicated, in the first of its societies."""
    study = load_study("deed")
    (asked,) = asked_of(study)
    seed = derive_seed(study.table.seed, "claims")
    twins, *_ = simulations()
    found = run_ensemble(
        Design(
            theory=study.theory, population=asked.population(study).build(derive_seed(seed, "population")),
            population_seed=derive_seed(seed, "traits"), steps=twins.steps, accounts=asked.accounts(study),
            arms=twins.arms, draws=study.adjudication.draws, seed=derive_seed(seed, twins.name), params=study.params,
        )
    )  # fmt: skip
    return Runs(found, found, found)


@pytest.mark.long
def test_the_account_that_makes_a_claim_predicts_it_in_two_draws_of_five(runs: Runs) -> None:
    """Rare events are as many in many twins; a prediction that runs against its claim, or never moves, fails."""
    low = {
        (name, account): share
        for name, claim in claims().items()
        if claim.prediction is not None
        for account in BOTH
        if claim.account in (account, SHARED)
        and (share := as_claimed(claim.prediction.compute(runs, account), claim.prediction.says)) < 0.4
    }
    assert not low


@pytest.mark.long
def test_mass_action_is_mass_action(runs: Runs) -> None:
    """On a mass day many are out, for a week; over twelve weeks they press, tire and join (fault A7)."""
    for account, least in (("substitution", 0.02), ("catalysis", 0.15)):
        series = {arm: runs.series(account, arm, "turnout").mean(axis=0) for arm in ("quiet", "mass day", "mass days")}
        assert np.array_equal(series["quiet"][:ACT], series["mass day"][:ACT])
        assert series["mass day"][ACT] > max(least, 3 * series["quiet"][ACT])
        assert series["mass day"][ACT + 3] < 0.5 * series["mass day"][ACT]
        assert series["mass days"][ACT : ACT + 12].mean() > 2 * least
        for observable in ("pressure_level", "organisation"):
            change = runs.after(account, "mass days", observable, 8, 12) - runs.after(
                account, "quiet", observable, 8, 12
            )
            assert change.mean() / (change.std(ddof=1) / np.sqrt(change.size)) > 3, (account, observable)


@pytest.mark.long
def test_a_term_that_an_account_has_off_predicts_nothing_under_it(runs: Runs) -> None:
    """S15, S16 and S18 under catalysis, C10 and C11 under substitution: twins with the term closed are the same."""
    for name, account in (("S16", "catalysis"), ("S18", "catalysis"), ("C10", "substitution"), ("C11", "substitution")):
        prediction = claims()[name].prediction
        assert prediction is not None
        assert not prediction.compute(runs, account).any(), name
