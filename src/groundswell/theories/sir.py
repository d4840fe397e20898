"""The SIR epidemic on ties: contagion of a state that people leave for good."""

from groundswell.theory import Observable, Param, Setting, Share, State, Theory, exp


class Sir(Theory):
    """Catch an activity from active neighbours, and leave it for good."""

    title = "SIR: contagion that is left for good"
    source = "Kermack, W. O. & McKendrick, A. G. (1927). A contribution to the mathematical theory of epidemics. Proceedings of the Royal Society A 115, 700-721."
    references = (
        source,
        "Newman, M. E. J. (2002). Spread of epidemic disease on networks. Physical Review E 66, 016128.",
    )
    time_step = "interval in which a tie passes the activity on with probability 1 - exp(-contagion)"
    equations = """
open   -> active   with probability 1 - exp(-b m), m being the number of active neighbours
active -> retired  with probability 1 - exp(-d); with d so large that this is 1, everyone is active for one step
Where everyone sees everyone, log(share never reached) = -R0 (share reached), R0 = b (N - 1) / (1 - exp(-d)).
"""
    deviations = (
        "Steps are discrete and all people change at once. The final size where everyone sees everyone is that of "
        "continuous time, since a person's chance to stay out depends only on the person-steps of activity (tested).",
    )
    limits = ("Where everyone sees everyone, give b divided by the number of others.",)
    setting = Setting(steps=400, population={"network": "erdos_renyi", "people": 10_000, "mean_degree": 10.0})

    active = State(bool, initial=Share("start"), meaning="active")
    retired = State(bool, initial=False, meaning="was active, and is no longer")

    start = Param(0.001, "[0, 1]", unit="share of people", meaning="active at the start", source="this project's choice")
    contagion = Param(0.02, ">= 0", unit="per tie and step", meaning="rate along a tie (b)", source="this project's choice: 2 d / mean degree")
    retiring = Param(0.1, ">= 0", unit="per step", meaning="rate of leaving the activity (d)", source="this project's choice: steps that are short compared with it")

    prevalence = Observable("people.active", unit="share of people", meaning="active")
    retirement = Observable("people.retired", unit="share of people", meaning="active before, and no longer")

    def person(me, seen, p, luck):
        caught = luck.chance("catch", 1.0 - exp(-p.contagion * seen.count.active))
        leaves = luck.chance("leave", 1.0 - exp(-p.retiring))
        joins = caught and not me.active and not me.retired
        me.retired = me.retired or (me.active and leaves)
        me.active = joins or (me.active and not leaves)
