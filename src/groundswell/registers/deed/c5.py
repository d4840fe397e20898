"""C5: an actor from within the privileged class shifts how the act is read."""

from groundswell.claims.claim import Claim, Prediction

CLAIM = Claim(
    id="C5",
    account="catalysis",
    text="An actor from within the privileged class shifts how the act is read.",
    term="alignment shifts by privilege times the credit for betraying it (pi beta; sign open)",
    estimand="response to an act against the privilege of the actor",
    prediction=Prediction(
        "log ratio of turnout, weeks 1 to 12 after an act, by a privileged actor credited with betrayal (0.3) and by another",
        "log ratio",
        "above",
        lambda runs, account: runs.log_ratio(account, "act:privileged", "act", "turnout", 1, 12),
    ),
    untested=(
        "one act allows no comparison: a test needs stance after several acts that are alike in target and deed but by actors of different standing, or a survey experiment in which one audience knows an actor's standing and another does not; in the record of December 2024 the arrest made standing, name and face known in the same hour"
    ),
)
