"""S7: mass strikes and protest are what wins concessions."""

import numpy as np
import polars as pl

from groundswell.claims.claim import Channel, Claim, Prediction, RecordTest, Scenario
from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate
from groundswell.estimators.statistics.association import concession_slope
from groundswell.registers.deed.designs import BOTH, SETTLE, Runs
from groundswell.registers.deed.mobilisation import accommodation_by_size
from groundswell.registers.deed.records import case, citation, column, reported

_QUARTER = 13  # weeks


def _observe(seed: int) -> Estimate:
    quarters = case("russia_quarters_1905_1907").frame["start"]
    given = case("russia_concessions_1905_1907").frame.filter(pl.col("direction") == "concession")["quarter_start"]
    concessions = np.array([(given == q).sum() for q in quarters], float)
    return concession_slope(column("russia_quarters_1905_1907", "total"), concessions, seed=seed)


def _simulate(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    weeks = slice(SETTLE + 1, SETTLE + 1 + 12 * _QUARTER)
    turnout = runs.long.series(account, scenario.arm, "turnout")[draw, weeks].reshape(12, _QUARTER).mean(axis=1)
    given = runs.long.series(account, scenario.arm, "concessions")[draw, weeks].reshape(12, _QUARTER).sum(axis=1)
    if scenario.twist == "shuffled":
        given = rng.permutation(given)
    if given.sum() == 0:
        raise EstimationError("no concession in the simulated record", expected="at least one")
    return concession_slope(reported(turnout, rng), given, seed=int(rng.integers(2**31)), draws=2000)


CLAIM = Claim(
    id="S7",
    account="both",
    text="Mass strikes and protest are what wins concessions.",
    term="concession hazard in turnout weighted by leverage: k0 (L/L*)^3 / (1 + (L/L*)^3)",
    estimand="concession hazard against turnout",
    prediction=Prediction(
        "change in concessions per week, weeks 1 to 26, caused by twelve weeks of mass action",
        "per week",
        "above",
        lambda runs, account: runs.difference(account, "mass days", "quiet", "concessions", 1, 26),
    ),
    closed=(
        Channel(
            "concessions to pressure",
            "per week",
            lambda runs, account: runs.difference(account, "mass days", "mass days:unheard", "concessions", 1, 26),
        ),
    ),
    tests=(
        RecordTest(
            record="russia_quarters_1905_1907 + russia_concessions_1905_1907",
            title="Strikers and concessions by quarter, Russia 1905-1907",
            citation=citation("russia_quarters_1905_1907") + " " + citation("russia_concessions_1905_1907"),
            estimator="Poisson regression of concessions per quarter on log strikers; permutation p",
            says="above",
            observe=_observe,
            simulate=_simulate,
            asserting=(Scenario("either account", BOTH, "organised"),),
            denying=(Scenario("concessions at random times", BOTH, "organised", "shuffled"),),
        ),
        accommodation_by_size(),
    ),
    notes=(
        "Twelve quarters of one revolution; both series peak in the autumn of 1905, and concessions may themselves "
        "raise turnout. Acts of violence were frequent in the same quarters and are not held constant.",
    ),
)
