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
    untested=(
        "a test needs hero worship and own action for the same people or places over time, such as turnout by city before and after, together with how much each city idolised the actor; the record of December 2024 has stance by hour and a graph of who spread whose posts, whose users can be linked neither to stance nor to any action"
    ),
    notes=(
        "measure_reach in groundswell.estimators.attention.reach measures how few accounts were spread by how many others, compared with randomised graphs. Any graph of spreading shows concentration: it is no sign of hero worship, and the graph lacks all pairs that spread only once.",
    ),
)
