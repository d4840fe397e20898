"""Two who meet both change; the other catches what one has."""

from groundswell.theory import Observable, Param, Share, State, Theory, Uniform


class Pairs(Theory):
    """Meet."""

    order = "drawn"
    mood = State(float, initial=Uniform(0, 1))
    on = State(bool, initial=Share(0.3))
    eps = Param(0.3, "[0, 1]")
    b = Observable("people.mood")
    c = Observable("people.on")

    def meet(me, other, tie, p, luck, people):
        if abs(me.mood - other.mood) < p.eps:
            d = 0.3 * (other.mood - me.mood) * tie.weight * 0.5
            me.mood += d
            other.mood -= d
        other.on = other.on or (me.on and luck.chance("pass", 0.3 * people.on))
