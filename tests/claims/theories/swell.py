"""A theory of two parameters: calls move turnout, and so does a tide that nobody calls."""

from groundswell.theory import Account, Fixed, Observable, Param, Shock, Society, State, Theory, Uniform, exp


class Swell(Theory):
    """Everyone turns out with one chance, which a call moves by a factor that fades, and a tide by another.

    A step is a week. Momentum halves each week and is 1 in the week of a call; the tide keeps 9 parts in 10 of itself
    and has a variance of 1. The chance to turn out is base (1 + push momentum) exp(swell tide), at most 1.
    """

    time_step = "week"
    call = Shock(unit="calls", meaning="calls to turn out this week")
    momentum = Society(unit="0..1", meaning="what is left of calls")
    tide = Society(unit="sd", meaning="mood of which calls know nothing")
    turns_out = State(bool, initial=False, meaning="turns out this week")
    base = Param(0.05, "[0.001, 0.3]", Fixed(0.05), "probability", "turnout without a call", "invented")
    push = Param(0.0, "[-0.9, 3]", Uniform(-0.9, 3), "1", "change in turnout right after a call", "invented")
    swell = Param(0.0, "[0, 2]", Fixed(0.0), "1", "log change in turnout per sd of the tide", "invented")
    turnout = Observable("people.turns_out", unit="share of people")

    draws_out = Account("A call brings people out.", {"push": Uniform(0.6, 1.4)})
    keeps_home = Account("A call keeps people at home.", {"push": Uniform(-0.7, -0.4)})

    def society(society, p, luck):
        society.momentum = min(1.0, 0.5 * society.momentum + society.call)
        society.tide = 0.9 * society.tide + 0.4358898943540674 * luck.normal("tide")

    def person(me, society, p, luck):
        chance = p.base * (1 + p.push * society.momentum) * exp(p.swell * society.tide)
        me.turns_out = luck.chance("turn out", min(1.0, chance))
