"""S1: acts grow from desperation, where no sustained movement gives an outlet."""

import numpy as np

from groundswell.claims.claim import Channel, Claim, Prediction, RecordTest, Scenario
from groundswell.estimators.core import Estimate
from groundswell.estimators.statistics.association import permutation_difference
from groundswell.registers.deed.designs import Runs
from groundswell.registers.deed.records import citation, reported, russian_acts, russian_strikers, thinned


def _compare(strikers: np.ndarray, acts: np.ndarray, seed: int) -> Estimate:
    """Log strikers of the year before, in years with an act minus years without."""
    return permutation_difference(np.log(strikers[:-1]), acts[1:] > 0, order="time", unit="log ratio", seed=seed)


def _simulate(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    turnout = reported(runs.yearly(account, scenario.arm, "turnout", draw), rng)
    acts = np.round(runs.yearly(account, scenario.arm, "violence", draw) * 52)
    return _compare(turnout, thinned(acts, russian_acts().sum(), rng), int(rng.integers(2**31)))


CLAIM = Claim(
    id="S1",
    account="substitution",
    text="Acts of individual violence grow from desperation: from high grievance where no sustained movement gives an outlet.",
    term="the rate of acts rises with grievance and falls with organisation and turnout: mu <(g - g*)+> (1 - O)",
    estimand="rate of acts against organisation and turnout, grievance held",
    prediction=Prediction(
        "change in the weekly rate of acts, weeks 1 to 52, when organisation is seeded (30% of people) at week 0",
        "acts per week",
        "below",
        lambda runs, account: runs.difference(account, "organised", "quiet", "violence", 1, 52),
    ),
    closed=(
        Channel(
            "outlet",
            "acts per week",
            lambda runs, account: runs.difference(account, "quiet", "quiet:outlet", "violence", 1, 52),
        ),
    ),
    tests=(
        RecordTest(
            record="russia_strikes_1895_1912 + russia_acts_1895_1912",
            title="Strikers and acts against the highest offices, Russia 1895-1912, by year",
            citation=citation("russia_strikes_1895_1912") + " " + citation("russia_acts_1895_1912"),
            estimator="log strikers of the year before, years with an act minus years without; p from labels shifted in time",
            says="below",
            observe=lambda seed: _compare(russian_strikers(), russian_acts(), seed),
            simulate=_simulate,
            asserting=(Scenario("substitution", ("substitution",), "own acts"),),
            denying=(Scenario("no outlet", ("substitution",), "own acts:no outlet"),),
        ),
    ),
    notes=("Strikers stand in for a sustained movement; grievance is not recorded and cannot be held.",),
)
