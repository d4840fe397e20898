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
    untested=(
        "a test needs the response of at least two audiences whose alignment with the act was measured before it, such as regions or groups surveyed beforehand, with their turnout or posts afterwards; the record of December 2024 has stance by hour and by target, but stance is read off the very posts that are the response, users cannot be linked to stance, and turnout is not recorded, so alignment and response are one and the same there"
    ),
    notes=(
        "The record can show how stance differed by target (the accused, the victim, the company), how it moved at the act and the arrest, and how wrong its machine-made labels would have to be to undo that: stance_change in "
        "groundswell.estimators.attention.stance. Before the arrest, a stance towards the accused is not yet a stance towards anybody.",
    ),
)
