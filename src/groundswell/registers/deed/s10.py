"""S10: outsiders far from those they address persuade nobody."""

from groundswell.claims.claim import Claim, Prediction

CLAIM = Claim(
    id="S10",
    account="substitution",
    text="Outsiders far from those they address persuade nobody.",
    term="influence falls with the social distance delta of actor and audience",
    estimand="response to an act against the distance of actor and audience",
    prediction=Prediction(
        "log ratio of turnout, weeks 1 to 12 after an act, at distance 0.5 and at distance 0",
        "log ratio",
        "below",
        lambda runs, account: runs.log_ratio(account, "act:far", "act:near", "turnout", 1, 12),
    ),
    untested="the record is ELSOC, which does not ship; the movement of 1874 is qualitative",
)
