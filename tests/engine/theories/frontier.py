"""Draws no luck and sees two states: the engine evaluates only people whose inputs changed."""

from groundswell.theory import Exactly, Observable, Param, Share, State, Theory, Trait, Uniform


class Frontier(Theory):
    """A cascade that can be followed by its own undoing: one state spreads, a second follows and blocks the first."""

    threshold = Trait(Uniform(0, "ceiling"))
    on = State(bool, initial=Exactly("seeds"))
    off = State(bool, initial=Share("blocked"))
    ceiling = Param(0.5, "[0, 1]", Uniform(0.2, 0.6))
    seeds = Param(6.0, ">= 0")
    blocked = Param(0.02, "[0, 1]", Uniform(0, 0.1))
    limit = Param(0.8, "[0, 1]", Uniform(0.6, 1))

    share_on = Observable("people.on")
    share_off = Observable("people.off")

    def person(me, seen, p):
        wants = seen.count.on > 0 and seen.share.on >= me.threshold
        me.on = (me.on or wants) and not me.off
        me.off = me.off or seen.share.on > p.limit
