"""C1: grievance is wide but private; each thinks the others content."""

import numpy as np

from groundswell.claims.claim import Claim, Curve, Prediction, RecordTest, Scenario
from groundswell.estimators.core import Estimate
from groundswell.registers.deed.designs import BOTH, Runs
from groundswell.registers.deed.records import case, citation

_METHOD = "perceived less true share; the interval spans the published ranges of both"


def _gap(perceived: tuple[float, float], true: tuple[float, float]) -> Estimate:
    low, high = perceived[0] - true[1], perceived[1] - true[0]
    return Estimate((low + high) / 2, low, high, None, 2, _METHOD, "share of people", passed=True)


def _observe(seed: int) -> Estimate:
    frame = case("published_shares").frame

    def published(name: str) -> tuple[float, float]:
        low, high = frame.filter(frame["name"] == name).select("low", "high").row(0)
        return float(low) / 100, float(high) / 100

    return _gap(published("perceived_support"), published("true_support"))


def _simulate(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    true = runs.series(account, scenario.arm, "true_discontent")[draw, -1]
    perceived = true if scenario.twist == "informed" else runs.series(account, scenario.arm, "perceived")[draw, -1]
    true, perceived = (x + rng.normal(0, 0.02) for x in (true, perceived))
    return _gap((perceived - 0.03, perceived + 0.03), (true - 0.07, true + 0.07))  # widths as published


CLAIM = Claim(
    id="C1",
    account="both",
    text="Grievance is wide but private: each thinks the others content.",
    term="pluralistic ignorance: belief follows visible dissent, not private grievance",
    estimand="perceived less true discontent",
    prediction=Prediction(
        "perceived less true discontent in a quiet society",
        "share of people",
        "below",
        lambda runs, account: (
            runs.series(account, "quiet", "perceived") - runs.series(account, "quiet", "true_discontent")
        )[:, -1],
    ),
    curve=Curve(
        "Believed dissent after one act",
        "change in share of people",
        lambda runs, account: runs.curve(account, "act", "quiet", "perceived"),
    ),
    tests=(
        RecordTest(
            record="published_shares",
            title="True and perceived support of climate policies, US 2021 (Sparkman et al. 2022)",
            citation=citation("published_shares"),
            estimator=_METHOD,
            says="below",
            observe=_observe,
            simulate=_simulate,
            asserting=(Scenario("either account", BOTH, "quiet"),),
            denying=(Scenario("people informed of one another", BOTH, "quiet", "informed"),),
        ),
    ),
    notes=("The record is of attitudes to climate policy: it gives the scale of the gap, not discontent itself.",),
)
