"""Changes by itself, seeing nobody: a person's own state is an input too."""

from groundswell.theory import Observable, Share, State, Theory


class Blink(Theory):
    """Alternate forever."""

    lit = State(bool, initial=Share(0.3))
    share_lit = Observable("people.lit")

    def person(me):
        me.lit = not me.lit
