"""S16: co-optation lowers turnout without winning the demands."""

from groundswell.claims.claim import Claim

CLAIM = Claim(
    id="S16",
    account="substitution",
    text="Leaders who take a movement off the streets into institutions lower turnout without winning its demands.",
    term="a concession diverts a share of the members, and as much of the pressure (cooptation)",
    estimand="turnout after offers and elections, against concessions made",
    untested=("the records are NAVCO 2.0 and Mass Mobilization, which do not ship; set GROUNDSWELL_DATA"),
)
