"""S2: an act triggers repression, and repression breeds the next act."""

from dataclasses import replace

from groundswell.claims.claim import Channel, Claim, Curve, Prediction
from groundswell.registers.deed.navco import repression_follows_violence

CLAIM = Claim(
    id="S2",
    account="substitution",
    text="An act triggers repression, also on those who took no part; repression breeds the next act.",
    term="repression gains rho_V per act and frightens all (iota); the rate of acts rises with repression (b)",
    estimand="repression, weeks 0 to 8 after an act; excitation of repression by violence and of violence by repression",
    prediction=Prediction(
        "change in repression, weeks 0 to 8, caused by one act",
        "0..1",
        "above",
        lambda runs, account: runs.difference(account, "act", "quiet", "repression_level", 0, 8),
    ),
    closed=(
        Channel(
            "repression of acts: effect of the act on turnout, weeks 1 to 12",
            "share of people",
            lambda runs, account: (
                runs.difference(account, "act", "quiet", "turnout", 1, 12)
                - runs.difference(account, "act:repression", "quiet:repression", "turnout", 1, 12)
            ),
        ),
        Channel(
            "backlash: effect of the act on later acts, weeks 1 to 26",
            "acts per week",
            lambda runs, account: (
                runs.difference(account, "act", "quiet", "violence", 1, 26)
                - runs.difference(account, "act:backlash", "quiet:backlash", "violence", 1, 26)
            ),
        ),
    ),
    curve=Curve(
        "Repression after one act",
        "change in repression",
        lambda runs, account: runs.curve(account, "act", "quiet", "repression_level"),
    ),
    tests=(
        replace(repression_follows_violence("violence", "repression"), part="violence triggers repression"),
        replace(repression_follows_violence("repression", "violence"), part="repression triggers violence"),
    ),
    conjunction=True,
    untested="the cases of the package hold no dated repression; the record is NAVCO 3.0, which does not ship",
    references=("LaFree, Dugan & Korte (2009), Criminology 47, 17-45.", "Dugan & Chenoweth (2012), ASR 77, 597-624."),
)
