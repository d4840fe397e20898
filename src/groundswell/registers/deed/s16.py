"""S16: co-optation lowers turnout without winning the demands."""

from groundswell.claims.claim import Claim, Prediction

CLAIM = Claim(
    id="S16",
    account="substitution",
    text="Leaders who take a movement off the streets into institutions lower turnout without winning its demands.",
    term="a concession diverts a share of the members, and as much of the pressure (cooptation)",
    estimand="turnout after offers and elections, against concessions made",
    prediction=Prediction(
        "log ratio of turnout, weeks 13 to 52 after twelve weeks of mass action that win concessions, by co-optation",
        "log ratio",
        "below",
        lambda runs, account: runs.log_ratio(
            account, "mass days:heard", "mass days:heard:cooptation", "turnout", 13, 52
        ),
    ),
    untested="the records are NAVCO 2.0, Mass Mobilization and V-Dem, which do not ship; set GROUNDSWELL_DATA",
    notes=("Substitution has the term on, at strengths for which no source was found; catalysis has it off.",),
)
