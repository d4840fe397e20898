"""S14: one-day turnout of millions without leadership does not last."""

import numpy as np

from groundswell.claims.claim import Channel, Claim, Curve, Prediction, RecordTest, Scenario
from groundswell.estimators.core import Estimate
from groundswell.estimators.statistics.association import growth_rate
from groundswell.registers.deed.designs import ACT, EPSILON, Runs
from groundswell.registers.deed.records import citation, column
from groundswell.registers.deed.waves import decay_in_2020

_MASS_DAY = 3  # row of 9 October 1989, the first demonstration of tens of thousands that was not suppressed
_WEEKS = 5
_RANGE = 0.15  # sources of one Monday differ by up to about 30%


def _observe(seed: int) -> Estimate:
    low, high = (column("leipzig_1989", x)[_MASS_DAY:] for x in ("low", "high"))
    return growth_rate(low, high, np.arange(_WEEKS, dtype=float), unit="per week", seed=seed)


def _simulate(runs: Runs, account: str, draw: int, scenario: Scenario, rng: np.random.Generator) -> Estimate:
    turnout = runs.series(account, scenario.arm, "turnout")[draw, ACT : ACT + _WEEKS] + EPSILON
    middle = turnout * np.exp(rng.normal(0, _RANGE / 2, _WEEKS))
    return growth_rate(
        middle * (1 - _RANGE), middle * (1 + _RANGE), np.arange(_WEEKS, dtype=float),
        unit="per week", seed=int(rng.integers(2**31)), draws=2000,
    )  # fmt: skip


def _left(runs: Runs, account: str, arm: str) -> np.ndarray:
    """The log share of a mass day's turnout that remains after 8 to 16 weeks."""
    day, later = (runs.after(account, arm, "turnout", *weeks) + EPSILON for weeks in ((0, 0), (8, 16)))
    return np.log(later / day)


CLAIM = Claim(
    id="S14",
    account="substitution",
    text="One-day turnout of millions without leadership does not last.",
    term="turnout decays where membership is low",
    estimand="growth or decay of turnout in the weeks after a mass day, with little organisation",
    prediction=Prediction(
        "log ratio of turnout, weeks 8 to 16 after a mass day, and on it",
        "log ratio",
        "below",
        lambda runs, account: _left(runs, account, "mass day"),
        negation=lambda runs, account: _left(runs, account, "mass day:organised"),
    ),
    closed=(
        Channel(
            "organisation: log turnout 8 to 16 weeks after a mass day, with 30% organised and without",
            "log ratio",
            lambda runs, account: runs.log_ratio(account, "mass day:organised", "mass day", "turnout", 8, 16),
        ),
    ),
    curve=Curve(
        "Turnout after a mass day",
        "change in share of people",
        lambda runs, account: runs.curve(account, "mass day", "quiet", "turnout"),
        x="weeks since the mass day",
    ),
    tests=(
        RecordTest(
            record="leipzig_1989",
            title="Monday demonstrations in Leipzig from 9 October to 6 November 1989",
            citation=citation("leipzig_1989"),
            estimator="exponential growth per week over five Mondays, ranges of the sources propagated",
            says="below",
            observe=_observe,
            simulate=_simulate,
            asserting=(Scenario("substitution", ("substitution",), "mass day"),),
            denying=(Scenario("catalysis", ("catalysis",), "mass day"),),
        ),
        decay_in_2020(),
    ),
    notes=(
        "Leipzig had churches and citizens' groups, so it is disputed how far it lacked organisation; the state "
        "stopped repressing on 9 October, which the simulated mass day does not copy.",
        "In Leipzig the crowd grew sevenfold in four weeks after a day on which the state gave way; the theory has no such "
        "surrender (on a mass day there everybody's barrier is lower for one week), so neither account expects the growth, "
        "and the record decides nothing between them.",
        "In 2020 the protests of a city lasted for weeks, and those sizes that were reported fell slowly; where small protests "
        "went unreported as attention ebbed, the fall was faster than it looks. Days without any protest are not in the "
        "sizes: the number of days with protest fell several times faster.",
        "Of the mass day of June 2025 only one published total is known, with no series after it: not tested.",
    ),
)
