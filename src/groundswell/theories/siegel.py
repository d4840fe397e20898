"""Siegel's model of collective action in social networks."""

from groundswell.theory import Normal, Observable, Param, Setting, State, Theory, Trait


class Siegel(Theory):
    """Take part as long as one's own motivation outweighs the discouraging inaction of the people one is tied to."""

    title = "Social networks and collective action"
    source = "Siegel, D. A. (2009). Social networks and collective action. American Journal of Political Science 53, 122-138."
    references = (source,)
    time_step = "period"
    equations = """
c_i(t+1) = lambda c_i(t) - (1 - lambda) (1 - lpr_i(t)),  c_i(0) = -1;  lpr_i is the share of i's ties who take part
i takes part at t+1 when  b_i + c_i(t+1) > 0,  b_i ~ Normal(mean, sd)
"""
    deviations = (
        "Everyone starts from c = -1, where nobody takes part, so that those with b > 1 move first; the paper's initial state "
        "could not be obtained.",
        "All people decide at once. From this start external motivation never falls and nobody who takes part stops, so "
        "the end is the same in any order, and the same for any lambda below 1 (tested).",
        "A person without ties sees a participation of 0.",
    )
    limits = (
        "The paper's text could not be obtained: the equation is taken from this project's notes, and the numbers are "
        "this project's choice. Its networks are the populations watts_strogatz, village, opinion_leader, hierarchy.",
        "Nothing pulls back those who take part: the model says how far participation spreads, not how it ends.",
    )
    setting = Setting(200, {"network": "watts_strogatz", "people": 1000, "neighbours": 10, "rewiring": 0.1})

    motivation = Trait(Normal("mean", "sd"), meaning="net internal motivation (b)")
    external = State(float, initial=-1.0, meaning="net external motivation (c), in [-1, 0]")
    acts = State(bool, initial=False, meaning="takes part")

    mean = Param(0.6, "any", meaning="mean net internal motivation", source="this project's choice")
    sd = Param(0.25, ">= 0", meaning="spread of net internal motivation", source="this project's choice")
    persistence = Param(
        0.5, "[0, 1)", unit="share", meaning="share of external motivation that persists (lambda)", source="this project's choice"
    )

    participation = Observable("people.acts", "share of people", "take part")
    pressure = Observable("people.external", "", "mean net external motivation")

    def person(me, seen, p):
        me.external = p.persistence * me.external - (1.0 - p.persistence) * (1.0 - seen.share.acts)
        me.acts = me.motivation + me.external > 0.0
