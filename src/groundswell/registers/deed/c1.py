"""C1: grievance is wide but private; each thinks the others content."""

from groundswell.claims.claim import Claim, Curve, Prediction

CLAIM = Claim(
    id="C1",
    account="both",
    text="Grievance is wide but private: each thinks the others content.",
    term="pluralistic ignorance: belief follows visible dissent, not private grievance",
    estimand="perceived less true discontent",
    prediction=Prediction(
        "perceived less true discontent in a quiet society",
        "share of people",
        "below",
        lambda runs, account: (
            runs.series(account, "quiet", "perceived") - runs.series(account, "quiet", "true_discontent")
        )[:, -1],
    ),
    curve=Curve(
        "Believed dissent after one act",
        "change in share of people",
        lambda runs, account: runs.curve(account, "act", "quiet", "perceived"),
    ),
    untested=(
        "the available shares (Sparkman et al. 2022) are of attitudes to climate policy and of beliefs about those attitudes; in the theory, belief is about visible dissent, and its prior rests on that very survey. A test needs a survey that asks the same people about their own discontent and about how many others they think are discontented"
    ),
)
