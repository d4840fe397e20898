"""C10: a variety of tactics strengthens a movement."""

from groundswell.claims.claim import Claim, Prediction

CLAIM = Claim(
    id="C10",
    account="catalysis",
    text="A variety of tactics strengthens a movement.",
    term="those with a high barrier find a tactic that costs less (variety)",
    estimand="growth of turnout against diversity of tactics, with and without violent ones",
    prediction=Prediction(
        "log ratio of turnout, weeks 1 to 52 after organisation is seeded (30%), with cheaper tactics and without",
        "log ratio",
        "above",
        lambda runs, account: runs.log_ratio(account, "organised", "organised:variety", "turnout", 1, 52),
    ),
    untested=("the record is NAVCO 3.0, which does not ship; set GROUNDSWELL_DATA"),
    notes=("Catalysis has the term on, at strengths for which no source was found; substitution has it off.",),
)
