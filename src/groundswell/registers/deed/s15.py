"""S15: a wave that wins nothing and leaves no organisation opens room for the opposed camp."""

from groundswell.claims.claim import Channel, Claim, Prediction

CLAIM = Claim(
    id="S15",
    account="substitution",
    text="A wave that wins nothing and leaves no organisation behind opens room for the opposed camp.",
    term="the rate of camp B rises where pressure ebbs from its crest without concessions and with few members (opening)",
    estimand="violence of the opposed camp after waves that failed against waves that won, membership held",
    prediction=Prediction(
        "violence of camp B, weeks 13 to 52 after twelve weeks of mass action began in which nobody joins, won and not won",
        "acts per week",
        "above",
        lambda runs, account: runs.difference(account, "wave:failed", "wave:won", "counter_violence", 13, 52),
    ),
    closed=(
        Channel(
            "opening: violence of camp B where none of it wins, weeks 13 to 52",
            "acts per week",
            lambda runs, account: runs.difference(
                account, "wave:failed", "wave:failed:opening", "counter_violence", 13, 52
            ),
        ),
    ),
    untested="the records are NAVCO 3.0, Mass Mobilization in full and V-Dem, which do not ship; set GROUNDSWELL_DATA",
    notes=("Substitution has the term on, at strengths for which no source was found; catalysis has it off.",),
)
