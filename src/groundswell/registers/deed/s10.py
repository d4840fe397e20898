"""S10: outsiders far from those they address persuade nobody."""

from groundswell.claims.claim import Claim, Prediction

CLAIM = Claim(
    id="S10",
    account="substitution",
    text="Outsiders far from those they address persuade nobody.",
    term="influence falls with the social distance delta of actor and audience",
    estimand="response to an act against the distance of actor and audience",
    prediction=Prediction(
        "approval of the act, weeks 1 to 2 after it, at distance 0.5 less at distance 0",
        "share of people",
        "below",
        lambda runs, account: runs.difference(account, "act:far", "act:near", "approving", 1, 2),
    ),
    untested="the record is ELSOC, which does not ship; the movement of 1874 is qualitative",
)
