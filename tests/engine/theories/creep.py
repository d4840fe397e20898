"""A float that nobody observes creeps until a bool flips, though no bool changed in between."""

from groundswell.theory import Observable, State, Theory, Trait, Uniform


class Creep(Theory):
    """Patience runs out without anything being seen to happen."""

    patience = Trait(Uniform(0, 1))
    waited = State(float)
    gone = State(bool)
    share_gone = Observable("people.gone")

    def person(me, seen):
        me.waited += 0.1
        me.gone = me.waited > me.patience - 0.2 * seen.share.gone
