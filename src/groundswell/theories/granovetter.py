"""Granovetter's threshold model of collective behaviour."""

from groundswell.theory import Normal, Observable, Param, Setting, State, Theory, Trait


class Granovetter(Theory):
    """Act once the share of people who act reaches the person's own threshold."""

    title = "Threshold model of collective behaviour"
    source = "Granovetter, M. (1978). Threshold models of collective behavior. American Journal of Sociology 83, 1420-1443."
    references = (source,)
    time_step = "round of decisions"
    equations = "r(t+1) = F(r(t)): the share who act is the share whose threshold lies at or below the present share."
    deviations = (
        "Everyone sees everyone else, so a person compares with the share among the other N - 1 people; the paper's "
        "map r(t+1) = F(r(t)) is the limit of large N.",
    )
    limits = (
        "Thresholds are sampled: in a group of 100 the jump at sd = 12.2 is smeared over 11 to 16, because the sharp value "
        "is a property of the distribution function, not of finite samples.",
    )

    setting = Setting(steps=50, population={"network": "well_mixed", "people": 100})

    threshold = Trait(Normal("mean", "sd"), unit="share of people", meaning="share of others acting at which the person joins")
    acts = State(bool, initial=False, meaning="takes part")

    mean = Param(0.25, "any", unit="share", meaning="mean threshold", source="Granovetter 1978, Figure 2")
    sd = Param(0.122, ">= 0", unit="share", meaning="standard deviation of thresholds", source="Granovetter 1978, Figure 2")

    turnout = Observable("people.acts", unit="share of people", meaning="share who act")

    def person(me, seen):
        me.acts = seen.share.acts >= me.threshold
