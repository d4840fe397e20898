"""C11: many small local acts spread and last more than one spectacular act."""

from groundswell.claims.claim import Claim

CLAIM = Claim(
    id="C11",
    account="catalysis",
    text="Many small, local, self-organised acts spread and last more than one spectacular act of a vanguard.",
    term="acts near by are legible everywhere and open talk whatever one thinks of them, at the same attention (local, nearness)",
    estimand="onsets near by after many small acts against after one spectacular act, attention held",
    untested=("the records are Chile by commune and day, which does not ship; set GROUNDSWELL_DATA"),
)
