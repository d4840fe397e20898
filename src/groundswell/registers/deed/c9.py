"""C9: does hope mobilise or delegate?"""

from groundswell.claims.claim import Claim, Prediction

CLAIM = Claim(
    id="C9",
    account="catalysis",
    text="Hope mobilises rather than delegates (left open by its author).",
    term="the share h of the aligned response that becomes hope",
    estimand="the boundary in alignment and hope share; the share itself",
    prediction=Prediction(
        "log ratio of turnout, weeks 1 to 26 after an act, if all of the aligned response is hope and if none is",
        "log ratio",
        "above",
        lambda runs, account: (
            runs.log_ratio(account, "act:all hope", "quiet:all hope", "turnout", 1, 26)
            - runs.log_ratio(account, "act:all delegation", "quiet:all delegation", "turnout", 1, 26)
        ),
    ),
    untested="the record is ELSOC, which does not ship; turnout, violence, approval and organisation series cannot identify h (with eta its correlation is -0.97 in the information of the mean field); a test needs direct measures of hope and of delegation",
)
