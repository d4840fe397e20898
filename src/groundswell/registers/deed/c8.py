"""C8: decentralised organisation outlasts vanguards under repression."""

from groundswell.claims.claim import Claim, Prediction

CLAIM = Claim(
    id="C8",
    account="catalysis",
    text="Decentralised, self-organised action and mutual aid outlast vanguards, which copy hierarchy.",
    term="topology of organisation: a hub is struck as a whole, a mesh member by member, at the same expected loss",
    estimand="survival of organisation under repression, by topology",
    prediction=Prediction(
        "log ratio of organisation, 40 to 60 weeks into repression, of a mesh and of a hub",
        "log ratio",
        "above",
        lambda runs, account: runs.log_ratio(account, "mesh struck", "hub struck", "organisation", 40, 60),
    ),
    untested="the records are NAVCO 2.0 and 2.1, which do not ship; no case codes the topology of organisations and their survival",
    references=("Siegel (2011), Journal of Politics 73, 993-1010.",),
)
