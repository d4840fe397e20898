"""S8: organisation accrues over struggles, outlives ebbs, and turns crowds into a movement."""

import numpy as np

from groundswell.claims.claim import Channel, Claim, Prediction, RecordTest, Scenario
from groundswell.estimators.core import Estimate
from groundswell.estimators.statistics.levels import difference, persistence
from groundswell.registers.deed.designs import BOTH, Runs
from groundswell.registers.deed.records import citation, column, reported, russian_strikers
from groundswell.registers.deed.waves import lasting_where_organised

_METHOD = "difference of lag-one autocorrelations of detrended log yearly totals, bias-corrected; interval and p from simulated series of their lengths"


def _compare(organised: np.ndarray, unorganised: np.ndarray) -> Estimate:
    n = organised.size + unorganised.size
    return difference(persistence(organised), persistence(unorganised), n, _METHOD, "autocorrelation")


def _simulate(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    without = {"organised": "own acts"}.get(scenario.arm, "unorganised:no membership effect")
    return _compare(
        reported(runs.yearly(account, scenario.arm, "turnout", draw, long=True), rng),
        reported(runs.yearly(account, without, "turnout", draw), rng),
    )


CLAIM = Claim(
    id="S8",
    account="both",
    text="Organisation accrues over struggles, outlives ebbs, and turns one-day crowds into a movement; without it turnout decays.",
    term="members act more (b_m), tire less (kappa_f), recruit (r_n), and leave slowly (delta_m)",
    estimand="persistence of turnout against membership",
    prediction=Prediction(
        "log ratio of turnout, weeks 20 to 60 after a mass day, with organisation (30% of people) and without",
        "log ratio",
        "above",
        lambda runs, account: runs.log_ratio(account, "mass day:organised", "mass day", "turnout", 20, 60),
    ),
    closed=(
        Channel(
            "effects of membership: log turnout of an organised society, weeks 20 to 60",
            "log ratio",
            lambda runs, account: runs.log_ratio(
                account, "organised", "organised:no membership effect", "turnout", 20, 60
            ),
        ),
    ),
    tests=(
        RecordTest(
            record="us_major_stoppages_1970_2010 + russia_strikes_1895_1912",
            title="Workers in major stoppages, US 1970-2010 (unions), and strikers, Russia 1895-1912 (unions mostly banned)",
            citation=citation("us_major_stoppages_1970_2010") + " " + citation("russia_strikes_1895_1912"),
            estimator=_METHOD,
            says="above",
            observe=lambda seed: _compare(column("us_major_stoppages_1970_2010", "workers"), russian_strikers()),
            simulate=_simulate,
            asserting=(Scenario("either account", BOTH, "organised"),),
            denying=(Scenario("membership without effect", BOTH, "organised:no membership effect"),),
        ),
        lasting_where_organised(),
    ),
    notes=(
        "Two countries and centuries differ in more than organisation; the comparison is a weak one.",
        "In the cities of 2020, earlier protest stands for organisation but also for much else: a newspaper that had "
        "reported protest before may have gone on reporting it longer. That rival is among the scenarios. By a second "
        "source (the Crowd Counting Consortium, whose record ends sooner) the difference cannot be distinguished from none.",
    ),
    references=("Hodder et al. (2017), British Journal of Industrial Relations 55, 165-186.",),
)
