"""People enter and leave, and ties form and break, by both ends' states."""

from groundswell.theory import Observable, Presence, Share, State, Theory, Uniform


class Change(Theory):
    """Ties change, people come and go."""

    here_now = Presence(initial=Share(0.7))
    mood = State(float, initial=Uniform(0, 1))
    on = State(bool, initial=Share(0.3))
    a = Observable("people.here_now")
    b = Observable("people.mood")
    c = Observable("people.on")

    def person(me, seen, luck):
        me.mood = 0.5 * me.mood + 0.5 * seen.mean.mood + 0.01 * seen.degree
        me.on = luck.chance("on", 0.1 + 0.5 * seen.share.on)
        me.here_now = not luck.chance("leave", 0.1)

    def newcomer(me, luck):
        me.here_now = luck.chance("enter", 0.2)
        me.mood = luck.uniform("mood")

    def tie(me, other, tie, luck):
        if tie.exists:
            tie.exists = me.here_now and other.here_now and not luck.chance("break", 0.2)
            tie.weight = tie.weight * 0.9
        else:
            tie.exists = me.on == other.on and luck.chance("form", 0.3)
            tie.weight = 1.0 + abs(me.mood - other.mood)
