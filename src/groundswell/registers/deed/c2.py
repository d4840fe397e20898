"""C2: networks amplify the spectacle at once and globally."""

import numpy as np

from groundswell.claims.claim import Channel, Claim, Curve, Prediction, RecordTest, Scenario
from groundswell.estimators.core import Estimate
from groundswell.estimators.statistics.levels import level_change
from groundswell.registers.deed.attention import POSTS, simulated_posts
from groundswell.registers.deed.designs import Runs
from groundswell.registers.deed.records import citation, column


def _jump(posts: np.ndarray) -> Estimate:
    """Change from the two days before the act to the day of the act and the next."""
    return level_change(posts[:2], posts[2:4])


def _simulate(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    return _jump(simulated_posts(runs, account, scenario.arm, draw, rng))


CLAIM = Claim(
    id="C2",
    account="catalysis",
    text="Networks amplify the spectacle at once and globally.",
    term="attention gained per act (alpha), its life (tau_M), and sight beyond ties (eps)",
    estimand="attention impulse and decay",
    prediction=Prediction(
        "spectacle summed over weeks 0 to 8 after one act, less that without",
        "0..1, mean per week",
        "above",
        lambda runs, account: runs.difference(account, "act", "quiet", "media", 0, 8),
    ),
    closed=(
        Channel(
            "amplification above alpha = 0.5: effect of the act on log turnout, weeks 1 to 12",
            "log ratio",
            lambda runs, account: (
                runs.log_ratio(account, "act", "quiet", "turnout", 1, 12)
                - runs.log_ratio(account, "act:amplification", "quiet:amplification", "turnout", 1, 12)
            ),
        ),
    ),
    curve=Curve(
        "Spectacle after one act",
        "change in spectacle",
        lambda runs, account: runs.curve(account, "act", "quiet", "media"),
    ),
    tests=(
        RecordTest(
            record=POSTS,
            title="Posts per day around a spectacular act, December 2024",
            citation=citation(POSTS),
            estimator="change in log posts per day, the day of the act and the next from the two days before",
            says="above",
            observe=lambda seed: _jump(column(POSTS, "posts")),
            simulate=_simulate,
            asserting=(Scenario("catalysis", ("catalysis",), "act"),),
            denying=(Scenario("substitution", ("substitution",), "act"),),
        ),
    ),
    notes=(
        "Both accounts expect a jump in attention; they differ in how much attention one act attracts relative to another, which one act on one platform cannot show.",
        "How attention spread and died out by hour has its own test, classify_response in "
        "groundswell.estimators.attention.response_classes. It is no test of this claim: the theory moves in weeks, and no "
        "account says which class follows.",
        "What would decide: the attention to several acts, some of them kept from the networks or late to reach them, "
        "or an outage of the networks after one.",
    ),
)
