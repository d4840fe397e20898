"""S5: the fallen official is replaced, the structure stays."""

from groundswell.claims.claim import Claim, Prediction
from groundswell.registers.deed.attempts import change_after_success

CLAIM = Claim(
    id="S5",
    account="substitution",
    text="The fallen official is replaced and the structure stays: violence wins no change of regime.",
    term="no concession term from violence (k_V = 0)",
    estimand="change of institutions after successful against failed attempts on leaders",
    prediction=Prediction(
        "change in the chance of at least one concession in 52 weeks, caused by one act",
        "probability",
        "none",
        lambda runs, account: (
            (runs.after(account, "act", "concessions", 0, 52) > 0).astype(float)
            - (runs.after(account, "quiet", "concessions", 0, 52) > 0)
        ),
    ),
    tests=(change_after_success("autocrats"), change_after_success("democrats")),
    conjunction=True,
    untested="the record is Jones & Olken's, which does not ship; set GROUNDSWELL_DATA",
    references=("Jones & Olken (2009), AEJ: Macroeconomics 1, 55-87.",),
    notes=(
        "The claim denies an effect: an estimate off zero speaks against it, one within 0.10 of zero for it.",
        "The record contains attempts on national leaders; the claim is about officials in general.",
        "Attempts on autocrats that succeeded took place in smaller countries than those that failed, so the published estimate "
        "(0.131, standard error 0.055) is given no verdict here. Within weapon and number of attempts they are balanced.",
        "A contradiction must also stand against a hidden cause that favours success where change was coming (odds of "
        "1.5). Permutations, balance beforehand, placebos and the strength of hidden cause that would explain an effect "
        "away: compare_attempts in groundswell.estimators.attempts.comparison.",
    ),
)
