"""C3: an act breaks the look of invincibility and raises hope."""

from groundswell.claims.claim import Channel, Claim, Curve, Prediction
from groundswell.registers.deed.fits import turnout_after_an_act
from groundswell.registers.deed.responses import protest_after_violence
from groundswell.registers.deed.russia import growth_after_acts

CLAIM = Claim(
    id="C3",
    account="catalysis",
    text="An act breaks the look of invincibility and raises hope: after it more take part.",
    term="efficacy gained by aligned people (h eta a+ S)",
    estimand="turnout, weeks 1 to 12 after an act, through the hope channel",
    prediction=Prediction(
        "log ratio of turnout, weeks 1 to 12, with one act and without",
        "log ratio",
        "above",
        lambda runs, account: runs.log_ratio(account, "act", "quiet", "turnout", 1, 12),
    ),
    closed=(
        Channel(
            "hope: effect of the act on log turnout, weeks 1 to 12",
            "log ratio",
            lambda runs, account: (
                runs.log_ratio(account, "act", "quiet", "turnout", 1, 12)
                - runs.log_ratio(account, "act:hope", "quiet:hope", "turnout", 1, 12)
            ),
        ),
    ),
    curve=Curve(
        "Turnout after one act, hope channel closed",
        "change in share of people",
        lambda runs, account: runs.curve(account, "act:hope", "quiet:hope", "turnout"),
    ),
    tests=(growth_after_acts("above"), protest_after_violence("above"), *turnout_after_an_act("above")),
    notes=(
        "The test is of the net effect on turnout; hope itself is not recorded. S3 reads the estimate the other way.",
    ),
)
