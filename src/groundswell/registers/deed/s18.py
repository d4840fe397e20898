"""S18: people learn their power in struggle."""

from groundswell.claims.claim import Claim

CLAIM = Claim(
    id="S18",
    account="substitution",
    text="People learn their power in struggle: taking part raises later readiness, even after defeat.",
    term="efficacy learned by acting, kept without concessions (power, tau_power)",
    estimand="later efficacy and participation of those who took part, against alike persons who did not",
    untested=("the record is ELSOC, which does not ship; set GROUNDSWELL_DATA"),
)
