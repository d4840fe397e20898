"""S11: many languages, regions and long distances slow the spread."""

from groundswell.claims.claim import Claim, Prediction
from groundswell.registers.deed.waves import spread_of_2020

CLAIM = Claim(
    id="S11",
    account="substitution",
    text="Many languages, regions and long distances slow the spread.",
    term="ties that leave the community (mix), and legibility of the act by community",
    estimand="time to spread against mixing of communities",
    prediction=Prediction(
        "change of log turnout caused by an act, of either sign, weeks 1 to 12: legible in one community less in all",
        "log ratio",
        "below",
        lambda runs, account: (
            abs(runs.log_ratio(account, "act:one community", "quiet", "turnout", 1, 12))
            - abs(runs.log_ratio(account, "act:all communities", "quiet", "turnout", 1, 12))
        ),
    ),
    tests=(spread_of_2020(),),
    untested="the record, first protests of 2020 by city and day, does not ship",
    notes=(
        "The theory has communities but no distances, so the record is compared with maps simulated from the model of spread with and without contagion, not with either account.",
        "Contagion that ignores distance cannot be distinguished from news that everyone hears on the same day; and the record "
        "names only places that had a protest, so it says when, not whether.",
        "This is one country in which most people share one language, so the record says nothing about many languages.",
    ),
)
