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
        "it needs hero worship and own action of the same people or places over time, such as turnout by city before and "
        "after, beside how much each city idolised; the record of December 2024 has stance by hour and a graph of who "
        "spread whom, whose users can be joined neither to stance nor to any action"
    ),
    notes=(
        "How few were spread by how many, beside randomised graphs, is measured by measure_reach in "
        "groundswell.estimators.attention.reach. Concentration is what any graph of spreading shows: it is no sign of hero "
        "worship, and the graph lacks all pairs that spread only once.",
    ),
)
