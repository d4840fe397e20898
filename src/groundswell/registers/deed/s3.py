"""S3: the many become spectators."""

from groundswell.claims.claim import Channel, Claim, Curve, Prediction
from groundswell.registers.deed.fits import turnout_after_an_act
from groundswell.registers.deed.responses import protest_after_violence
from groundswell.registers.deed.russia import growth_after_acts

CLAIM = Claim(
    id="S3",
    account="substitution",
    text="The many become spectators: after a spectacular act fewer take part.",
    term="delegation, whatever one thinks of the act (gamma0), lowers participation",
    estimand="turnout, weeks 1 to 12 after an act, against the same weeks without it",
    prediction=Prediction(
        "log ratio of turnout, weeks 1 to 12, with one act and without",
        "log ratio",
        "below",
        lambda runs, account: runs.log_ratio(account, "act", "quiet", "turnout", 1, 12),
    ),
    closed=(
        Channel(
            "spectators: effect of the act on log turnout, weeks 1 to 12",
            "log ratio",
            lambda runs, account: (
                runs.log_ratio(account, "act", "quiet", "turnout", 1, 12)
                - runs.log_ratio(account, "act:spectators", "quiet:spectators", "turnout", 1, 12)
            ),
        ),
    ),
    curve=Curve(
        "Turnout after one act",
        "change in share of people",
        lambda runs, account: runs.curve(account, "act", "quiet", "turnout"),
    ),
    tests=(growth_after_acts("below"), protest_after_violence("below"), *turnout_after_an_act("below")),
    notes=("The test is of the net effect on turnout; C3 reads the same estimate the other way.",),
)
