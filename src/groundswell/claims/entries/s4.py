"""S4: excitement first, then disillusion below the starting level."""

import numpy as np

from groundswell.claims.attention import POSTS, simulated_posts
from groundswell.claims.claim import Channel, Claim, Curve, Prediction, RecordTest, Scenario
from groundswell.claims.designs import Runs
from groundswell.claims.records import citation, column
from groundswell.evidence.statistics.association import Estimate
from groundswell.evidence.statistics.levels import level_change


def _late(posts: np.ndarray) -> Estimate:
    """Change of the last three days of the record from the two days before the act."""
    return level_change(posts[:2], posts[-3:])


def _simulate(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    return _late(simulated_posts(runs, account, scenario.arm, draw, rng))


CLAIM = Claim(
    id="S4",
    account="substitution",
    text="Excitement comes first, then disillusion, below the starting level.",
    term="fast attention (tau_M) and slow disillusion (phi, tau_Z)",
    estimand="sign change of the response curve: above the start in weeks 0 to 4, below it later",
    prediction=Prediction(
        "log ratio of turnout, weeks 20 to 60, with one act and without",
        "log ratio",
        "below",
        lambda runs, account: runs.log_ratio(account, "act", "quiet", "turnout", 20, 60),
    ),
    closed=(
        Channel(
            "disillusion: effect of the act on log turnout, weeks 20 to 60",
            "log ratio",
            lambda runs, account: (
                runs.log_ratio(account, "act", "quiet", "turnout", 20, 60)
                - runs.log_ratio(account, "act:disillusion", "quiet:disillusion", "turnout", 20, 60)
            ),
        ),
    ),
    curve=Curve(
        "Talk after one act",
        "change in share of people",
        lambda runs, account: runs.curve(account, "act", "quiet", "talk"),
    ),
    tests=(
        RecordTest(
            record=POSTS,
            title="Posts per day after a spectacular act, December 2024",
            citation=citation(POSTS),
            estimator="change in log posts per day, days 7 to 9 after the act from the two days before it",
            says="below",
            observe=lambda seed: _late(column(POSTS, "posts")),
            simulate=_simulate,
            asserting=(Scenario("substitution", ("substitution",), "act"),),
            denying=(Scenario("catalysis", ("catalysis",), "act"),),
        ),
    ),
    notes=(
        "The record ends nine days after the act, follows attention rather than turnout, and holds a second event (the "
        "arrest on day five) that renewed attention; disillusion is a matter of weeks. It could not have shown this claim.",
    ),
)
