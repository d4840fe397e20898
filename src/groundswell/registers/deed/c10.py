"""C10: a variety of tactics strengthens a movement."""

from groundswell.claims.claim import Claim

CLAIM = Claim(
    id="C10",
    account="catalysis",
    text="A variety of tactics strengthens a movement.",
    term="those with a high barrier find a tactic that costs less (variety)",
    estimand="growth of turnout against diversity of tactics, with and without violent ones",
    untested=("the record is NAVCO 3.0, which does not ship; set GROUNDSWELL_DATA"),
)
