"""S17: many separate projects win less than one common strategy."""

from groundswell.claims.claim import Claim, Prediction

CLAIM = Claim(
    id="S17",
    account="both",
    text="The same effort spread over many separate projects wins less than one common strategy.",
    term="pressure counts by project: (L / (n L*))^3 for n projects (projects)",
    estimand="concessions against the concentration of demands, total turnout held constant",
    prediction=Prediction(
        "change in concessions per week, weeks 1 to 26 after twelve weeks of mass action began, by one project in place of four",
        "per week",
        "above",
        lambda runs, account: runs.difference(
            account, "mass days:one project", "mass days:four projects", "concessions", 1, 26
        ),
    ),
    untested=("the record is Mass Mobilization in full, which does not ship; set GROUNDSWELL_DATA"),
    notes=(
        "How many projects a movement has is a circumstance, about which neither account says anything; pressure counts by project under both accounts, so both make the claim.",
    ),
)
