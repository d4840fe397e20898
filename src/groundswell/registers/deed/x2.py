"""X2: struggle comes in waves."""

import numpy as np

from groundswell.claims.claim import Claim, Prediction
from groundswell.registers.deed.designs import ACT, EPSILON
from groundswell.registers.deed.waves import waves_of_strikes

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
            np.log(
                runs.series(account, "organised", "turnout")[:, ACT + 1 : ACT + 105].reshape(-1, 8, 13).mean(2)
                + EPSILON
            ),
            axis=1,
        ),
    ),
    tests=waves_of_strikes(),
    notes=(
        "Red noise is the null, so a society that ebbs and returns irregularly passes as red noise: the claim says that "
        "struggle returns, not that it keeps time.",
    ),
)
