"""C11: many small local acts spread and last more than one spectacular act."""

from groundswell.claims.claim import Channel, Claim, Prediction

CLAIM = Claim(
    id="C11",
    account="catalysis",
    text="Many small, local, self-organised acts spread and last more than one spectacular act of a vanguard.",
    term="acts nearby are legible everywhere and open talk whatever one thinks of them, at the same attention (local, nearness)",
    estimand="onsets nearby after many small acts against after one spectacular act, attention held constant",
    prediction=Prediction(
        "log ratio of turnout, weeks 1 to 12, after many small acts nearby and after one, at equal attention",
        "log ratio",
        "above",
        lambda runs, account: runs.log_ratio(account, "act:many", "act:one", "turnout", 1, 12),
    ),
    closed=(
        Channel(
            "nearness: log turnout after many small acts, weeks 1 to 12",
            "log ratio",
            lambda runs, account: runs.log_ratio(account, "act:many", "act:many:nearness", "turnout", 1, 12),
        ),
    ),
    untested=("the records are Chile by commune and day, which does not ship; set GROUNDSWELL_DATA"),
    notes=("Catalysis has the term on, at strengths for which no source was found; substitution has it off.",),
)
