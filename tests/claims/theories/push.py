"""A theory of two parameters: calls bring people out for a while, or keep them at home."""

from groundswell.theory import Account, Fixed, Observable, Param, Shock, Society, State, Theory, Uniform


class Push(Theory):
    """Everyone turns out with one chance, which a call moves by a factor that fades.

    A step is a week. Momentum halves each week and is 1 in the week of a call; the chance to turn out
    is the base rate times 1 + push times momentum.
    """

    time_step = "week"
    call = Shock(unit="calls", meaning="calls to turn out this week")
    momentum = Society(unit="0..1", meaning="what is left of calls")
    turns_out = State(bool, initial=False, meaning="turns out this week")
    base = Param(0.05, "[0.001, 0.3]", Fixed(0.05), "probability", "turnout without a call", "invented")
    push = Param(0.0, "[-0.9, 3]", Uniform(-0.9, 3), "1", "change in turnout right after a call", "invented")
    turnout = Observable("people.turns_out", unit="share of people")

    draws_out = Account("A call brings people out.", {"push": Uniform(0.6, 1.4)})
    keeps_home = Account("A call keeps people at home.", {"push": Uniform(-0.7, -0.4)})

    def society(society, p):
        society.momentum = min(1.0, 0.5 * society.momentum + society.call)

    def person(me, society, p, luck):
        me.turns_out = luck.chance("turn out", p.base * (1 + p.push * society.momentum))
