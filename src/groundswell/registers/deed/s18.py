"""S18: people learn their power in struggle."""

from groundswell.claims.claim import Claim, Prediction

CLAIM = Claim(
    id="S18",
    account="substitution",
    text="People learn their power in struggle: taking part raises later readiness, even after defeat.",
    term="efficacy learned by acting, kept without concessions (power, tau_power)",
    estimand="later efficacy and participation of those who took part, against alike persons who did not",
    prediction=Prediction(
        "log ratio of turnout, weeks 13 to 52 after twelve weeks of mass action that win nothing, where acting is learned and where it is not",
        "log ratio",
        "above",
        lambda runs, account: runs.log_ratio(
            account, "mass days:unheard", "mass days:unheard:learned", "turnout", 13, 52
        ),
    ),
    untested=("the record is ELSOC, which does not ship; set GROUNDSWELL_DATA"),
    notes=("Substitution has the term on, at strengths for which no source was found; catalysis has it off.",),
)
