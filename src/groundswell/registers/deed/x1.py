"""X1: the line between individual and collective action is superficial."""

import numpy as np

from groundswell.claims.claim import Channel, Claim, Prediction, RecordTest, Scenario
from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate
from groundswell.estimators.statistics.association import rank_association
from groundswell.registers.deed.designs import BOTH, Runs
from groundswell.registers.deed.records import citation, reported, russian_acts, russian_strikers, thinned


def _associate(strikers: np.ndarray, acts: np.ndarray, seed: int, draws: int = 20_000) -> Estimate:
    """Rank correlation of year-to-year changes in acts and in log strikers."""
    changes = np.diff(acts)
    if np.ptp(changes) == 0:
        raise EstimationError("the number of acts does not change", expected="acts in some years and not in others")
    return rank_association(changes, np.diff(np.log(strikers)), seed=seed, draws=draws)


def _simulate(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    turnout = reported(runs.yearly(account, scenario.arm, "turnout", draw), rng)
    acts = thinned(np.round(runs.yearly(account, scenario.arm, "violence", draw) * 52), russian_acts().sum(), rng)
    if scenario.twist == "shuffled":
        acts = rng.permutation(acts)
    return _associate(turnout, acts, int(rng.integers(2**31)), draws=2000)


CLAIM = Claim(
    id="X1",
    account="both",
    text="Individual and collective action are one process: the line between them is superficial.",
    term="interaction: acts change turnout, turnout changes the rate of acts",
    estimand="association of acts and turnout in time, of either sign",
    prediction=Prediction(
        "log ratio of turnout, weeks 1 to 12 after an act and without it, of either sign",
        "log ratio",
        "either",
        lambda runs, account: runs.log_ratio(account, "act", "quiet", "turnout", 1, 12),
    ),
    closed=(
        Channel(
            "the other way: change in acts per week, weeks 1 to 26, caused by twelve weeks of mass action",
            "acts per week",
            lambda runs, account: runs.difference(account, "mass days", "quiet", "violence", 1, 26),
        ),
        Channel(
            "outlet: the part that works through the outlet that turnout and organisation give",
            "acts per week",
            lambda runs, account: (
                runs.difference(account, "mass days", "quiet", "violence", 1, 26)
                - runs.difference(account, "mass days:outlet", "quiet:outlet", "violence", 1, 26)
            ),
        ),
    ),
    tests=(
        RecordTest(
            record="russia_strikes_1895_1912 + russia_acts_1895_1912",
            title="Strikers and acts against the highest offices, Russia 1895-1912, by year",
            citation=citation("russia_strikes_1895_1912") + " " + citation("russia_acts_1895_1912"),
            estimator="Spearman correlation of changes in acts and in log strikers; permutation p",
            says="either",
            observe=lambda seed: _associate(russian_strikers(), russian_acts(), seed),
            simulate=_simulate,
            asserting=(Scenario("either account", BOTH, "own acts"),),
            denying=(Scenario("acts at random years", BOTH, "own acts", "shuffled"),),
        ),
    ),
    notes=("A common cause (a lost war, a crisis) would also make the two move together.",),
)
