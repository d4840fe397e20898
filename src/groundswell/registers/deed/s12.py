"""S12: the violence of opposed camps feeds on itself."""

from groundswell.claims.claim import Channel, Claim, Curve, Prediction
from groundswell.registers.deed.navco import camps_excite

CLAIM = Claim(
    id="S12",
    account="substitution",
    text="The violence of opposed camps feeds on itself.",
    term="cross-excitation between camps (n_AB, n_BA)",
    estimand="off-diagonal excitation between camps, with an interval",
    prediction=Prediction(
        "change in the other camp's violence, weeks 1 to 52, caused by sixteen acts in forty weeks",
        "acts per week",
        "above",
        lambda runs, account: runs.difference(account, "acts", "quiet", "counter_violence", 1, 52),
    ),
    closed=(
        Channel(
            "rivalry: effect of the act on the other camp's violence, weeks 1 to 26",
            "acts per week",
            lambda runs, account: (
                runs.difference(account, "act", "quiet", "counter_violence", 1, 26)
                - runs.difference(account, "act:rivalry", "quiet:rivalry", "counter_violence", 1, 26)
            ),
        ),
    ),
    curve=Curve(
        "Violence of the other camp after one act",
        "change in acts per week",
        lambda runs, account: runs.curve(account, "act", "quiet", "counter_violence"),
    ),
    tests=(camps_excite(),),
    untested="the cases hold no violence of two camps; the record is NAVCO 3.0, which does not ship",
)
