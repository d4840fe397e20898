"""S13: approval of violence is graded by age and desperation."""

from groundswell.claims.claim import Claim, Prediction

CLAIM = Claim(
    id="S13",
    account="both",
    text="Approval of violence is graded by age and desperation; most see it as a problem.",
    term="approval rises with grievance, and with alignment, which is higher among the young",
    estimand="approval among the young less approval among all",
    prediction=Prediction(
        "approval among the young less approval among all, weeks 1 to 2 after an act",
        "share of people",
        "above",
        lambda runs, account: (
            runs.after(account, "act", "approving_young", 1, 2) - runs.after(account, "act", "approving", 1, 2)
        ),
    ),
    conjunction=True,
    untested=(
        "the record is ELSOC, which does not ship; the one poll at hand (December 2024: 41% of the under-30s approve, 17% of all) is the source of the theory's prior for the alignment of the young, so it cannot test the claim; a test needs approval of several acts by age and by hardship, which the poll does not give"
    ),
    notes=("The claim joins three parts, age, desperation and the majority; each needs its own test.",),
)
