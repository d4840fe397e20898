"""S13: approval of violence is graded by age and desperation."""

import numpy as np

from groundswell.claims.claim import Claim, Prediction, RecordTest, Scenario
from groundswell.estimators.core import Estimate
from groundswell.estimators.statistics.association import difference_of_shares
from groundswell.registers.deed.designs import BOTH, Runs
from groundswell.registers.deed.records import case, citation

_YOUNG_SHARE = 0.15  # of registered voters under 30: an assumption, since the poll's tables are not at hand


def _published(name: str) -> float:
    frame = case("published_shares").frame
    return float(frame.filter(frame["name"] == name)["low"][0])


def _compare(young: float, everyone: float) -> Estimate:
    n = int(_published("respondents"))
    n_young = round(_YOUNG_SHARE * n)
    return difference_of_shares(round(young * n_young), n_young, round(everyone * n), n, subset=True)


def _simulate(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    n = int(_published("respondents"))
    n_young = round(_YOUNG_SHARE * n)
    everyone = runs.after(account, scenario.arm, "approving", 1, 2)[draw]
    young = (
        everyone
        if scenario.twist == "no gradient"
        else runs.after(account, scenario.arm, "approving_young", 1, 2)[draw]
    )
    others = (everyone - _YOUNG_SHARE * young) / (1 - _YOUNG_SHARE)
    of_young = rng.binomial(n_young, float(np.clip(young, 0, 1)))
    of_others = rng.binomial(n - n_young, float(np.clip(others, 0, 1)))
    return _compare(of_young / n_young, (of_young + of_others) / n)


CLAIM = Claim(
    id="S13",
    account="both",
    text="Approval of violence is graded by age and desperation; most see it as a problem.",
    term="approval rises with grievance, and with alignment, which is higher among the young",
    estimand="approval among the young less approval among all",
    prediction=Prediction(
        "approval among the young less approval among all, weeks 1 to 2 after an act",
        "share of people",
        "above",
        lambda runs, account: (
            runs.after(account, "act", "approving_young", 1, 2) - runs.after(account, "act", "approving", 1, 2)
        ),
    ),
    tests=(
        RecordTest(
            record="published_shares",
            title="Approval of the act of December 2024, under 30 and all",
            citation=citation("published_shares"),
            estimator="difference of two shares, one group within the other; Newcombe interval",
            says="above",
            observe=lambda seed: _compare(_published("approve_under_30") / 100, _published("approve_all") / 100),
            simulate=_simulate,
            asserting=(Scenario("either account", BOTH, "act"),),
            denying=(Scenario("no gradient by age", BOTH, "act", "no gradient"),),
        ),
    ),
    notes=(
        "One poll after one act; the share for all voters and the number under 30 (taken as 15% of 1,000) come from "
        "reports, not from the poll's tables. The gradient by desperation is not tested.",
    ),
)
