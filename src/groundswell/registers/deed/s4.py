"""S4: excitement first, then disillusion below the starting level."""

import numpy as np

from groundswell.claims.claim import Channel, Claim, Curve, Prediction, RecordTest, Scenario
from groundswell.estimators.core import Estimate
from groundswell.estimators.statistics.levels import level_change
from groundswell.records.registry import data_set
from groundswell.registers.deed.attention import DAYS, HOURLY, LONG_DAYS, POSTS, posts_of_days, simulated_posts
from groundswell.registers.deed.designs import Runs
from groundswell.registers.deed.records import citation, column


def _test(record: str, title: str, cited: str, days: int, last: int, observe, data: tuple[str, ...] = ()) -> RecordTest:
    """Change from the two days before the act to the last days of a record of posts."""

    def late(posts: np.ndarray) -> Estimate:
        return level_change(posts[:2], posts[-last:])

    def simulate(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
        return late(simulated_posts(runs, account, scenario.arm, draw, rng, days))

    return RecordTest(
        record=record,
        title=title,
        citation=cited,
        estimator=f"change in log posts per day, the last {last} days of the record from the two days before the act",
        says="below",
        observe=lambda seed: late(observe()),
        simulate=simulate,
        asserting=(Scenario("substitution", ("substitution",), "act"),),
        denying=(Scenario("catalysis", ("catalysis",), "act"),),
        data=data,
    )


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
        _test(
            POSTS,
            "Posts per day after a spectacular act, December 2024, nine days",
            citation(POSTS),
            DAYS,
            3,
            lambda: column(POSTS, "posts"),
        ),
        _test(
            HOURLY,
            "Posts per day after a spectacular act, December 2024, 24 days",
            data_set(HOURLY).citation,
            LONG_DAYS,
            7,
            posts_of_days,
            (HOURLY,),
        ),
    ),
    notes=(
        "The records end nine and 24 days after the act, follow attention rather than turnout, and hold a second event "
        "(the arrest on day five) that renewed attention; disillusion is a matter of weeks to months. In the model "
        "attention falls below its start only by chance or where acts were frequent before, so these records could "
        "hardly have shown the claim.",
        "Disillusion of those who still post would show as a falling share in favour: stance_change in "
        "groundswell.estimators.attention.stance measures it on the same record. Shares are of posts, not of people: those "
        "who turned away and fell silent have left them, so a share that holds does not contradict the claim.",
        "What would decide: turnout or membership by week, for half a year around several acts.",
    ),
)
