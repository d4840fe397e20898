"""C6: hero worship breeds delegation and apathy."""

from groundswell.claims.claim import Channel, Claim, Prediction

CLAIM = Claim(
    id="C6",
    account="catalysis",
    text="Hero worship breeds delegation and apathy.",
    term="idolising delegation lowers own action ((1 - h) gamma a+)",
    estimand="turnout after an act with the delegation channel and without",
    prediction=Prediction(
        "log ratio of turnout, weeks 4 to 26 after an act, with idolising delegation and without",
        "log ratio",
        "below",
        lambda runs, account: runs.log_ratio(account, "act", "act:idolising", "turnout", 4, 26),
    ),
    closed=(
        Channel(
            "idolising: effect of the act on log turnout, weeks 4 to 26",
            "log ratio",
            lambda runs, account: (
                runs.log_ratio(account, "act", "quiet", "turnout", 4, 26)
                - runs.log_ratio(account, "act:idolising", "quiet:idolising", "turnout", 4, 26)
            ),
        ),
    ),
    untested="no record holds both hero worship and own action for the same people; concentration of retweets shows the first only",
)
