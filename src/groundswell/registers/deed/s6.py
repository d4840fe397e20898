"""S6: banning speech and association hinders organising."""

from groundswell.claims.claim import Claim, Prediction

CLAIM = Claim(
    id="S6",
    account="substitution",
    text="Banning speech and association hinders organising.",
    term="repression lowers contact, visibility and joining (q_c, q_o)",
    estimand="growth of organisation against repression",
    prediction=Prediction(
        "organisation after a year of repression, less what it would be if speech and association stayed free",
        "share of people",
        "below",
        lambda runs, account: runs.difference(account, "banned", "banned:free speech", "organisation", 40, 52),
    ),
    untested="the records are NAVCO 2.0, laws against associations and V-Dem, which do not ship; the cases count no members",
    notes=("Union membership by year before and after the association law of March 1906 would test it.",),
)
