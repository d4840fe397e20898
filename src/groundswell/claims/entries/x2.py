"""X2: struggle comes in waves."""

import numpy as np

from groundswell.claims.claim import BOTH, Claim, Prediction, RecordTest, Scenario
from groundswell.claims.designs import ACT, EPSILON, Runs
from groundswell.claims.records import citation, column, reported, russian_strikers
from groundswell.evidence.statistics.association import Estimate, wave_test

_ESTIMATOR = "strongest wave of the detrended log series against red noise (AR(1)), by simulation"


def _simulate(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    series = runs.yearly(account, scenario.arm, "turnout", draw, long=scenario.arm.startswith("organised"))
    return wave_test(reported(series, rng), log=True, seed=int(rng.integers(2**31)), draws=400)


def _test(record: str, title: str, series: np.ndarray, arm: str, denied: str) -> RecordTest:
    return RecordTest(
        record=record,
        title=title,
        citation=citation(record),
        estimator=_ESTIMATOR,
        says="p",
        observe=lambda seed: wave_test(series, log=True, seed=seed),
        simulate=_simulate,
        asserting=(Scenario("either account", BOTH, arm),),
        denying=(Scenario("no fatigue", BOTH, denied),),
    )


CLAIM = Claim(
    id="X2",
    account="both",
    text="Struggle comes in waves: movement, ebb and return.",
    term="fatigue, memory and organisation",
    estimand="waves in yearly turnout beyond persistence",
    prediction=Prediction(
        "largest less smallest yearly log turnout after organisation is seeded, weeks 1 to 120",
        "log ratio",
        "above",
        lambda runs, account: np.ptp(
            np.log(runs.series(account, "organised", "turnout")[:, ACT + 1 : ACT + 105].reshape(-1, 8, 13).mean(2) + EPSILON),
            axis=1,
        ),
    ),
    tests=(
        _test("us_major_stoppages_1970_2010", "Workers in major stoppages, US 1970-2010",
              column("us_major_stoppages_1970_2010", "workers"), "organised", "organised:no fatigue"),
        _test("russia_strikes_1895_1912", "Strikers, Russia 1895-1912", russian_strikers(),
              "own acts", "unorganised:no fatigue"),
    ),
)  # fmt: skip
