"""S17: many separate projects win less than one common strategy."""

from groundswell.claims.claim import Claim

CLAIM = Claim(
    id="S17",
    account="substitution",
    text="The same effort spread over many separate projects wins less than one common strategy.",
    term="pressure counts by project: (L / (n L*))^3 for n projects (projects)",
    estimand="concessions against the concentration of demands, total turnout held",
    untested=("the record is Mass Mobilization in full, which does not ship; set GROUNDSWELL_DATA"),
)
