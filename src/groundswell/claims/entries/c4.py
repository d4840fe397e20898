"""C4: an act moves people only where it is aligned with them."""

from groundswell.claims.claim import Claim, Prediction

CLAIM = Claim(
    id="C4",
    account="catalysis",
    text="An act moves people only where act and audience are aligned.",
    term="the sign of the response follows alignment a",
    estimand="response to an act against alignment; its sign boundary",
    prediction=Prediction(
        "log ratio of turnout, weeks 1 to 12 after an act, at mean alignment 0.6 and at -0.3",
        "log ratio",
        "above",
        lambda runs, account: runs.log_ratio(account, "act:aligned", "act:opposed", "turnout", 1, 12),
    ),
    untested="stance and action are not recorded for the same people: users of the December 2024 record cannot be joined to stance",
)
