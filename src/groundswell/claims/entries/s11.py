"""S11: many languages, regions and long distances slow the spread."""

from groundswell.claims.claim import Claim, Prediction

CLAIM = Claim(
    id="S11",
    account="substitution",
    text="Many languages, regions and long distances slow the spread.",
    term="ties that leave the community (mix), and legibility of the act by community",
    estimand="time to spread against mixing of communities",
    prediction=Prediction(
        "log ratio of turnout, weeks 1 to 12 after an act, legible in one community and in all",
        "log ratio",
        "below",
        lambda runs, account: runs.log_ratio(account, "act:one community", "act:all communities", "turnout", 1, 12),
    ),
    untested="the spread of 2020 by city and day needs a model of distance that is not built yet",
)
