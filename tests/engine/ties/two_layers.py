"""A rule changes the ties of one layer, whatever becomes of those of another."""

from groundswell.theory import Layer, Observable, Share, State, Theory, clip


class TwoLayers(Theory):
    """Look along both layers and along all ties; change those of the family."""

    family = Layer(changes=True)
    online = Layer()
    on = State(bool, initial=Share(0.3))
    seen_in_all = State(float)
    a = Observable("people.on")
    b = Observable("people.seen_in_all")

    def person(me, seen, luck):
        x = seen.family.share.on + 0.1 * seen.online.count.on + 0.01 * seen.degree + seen.sum.on + me.degree
        me.seen_in_all = 0.5 * me.seen_in_all + x
        me.on = luck.chance("on", clip(0.1 + 0.3 * seen.share.on, 0, 1))

    def tie(me, other, tie, luck):
        if tie.exists:
            tie.exists = me.on == other.on or not luck.chance("break", 0.5)
            tie.weight = tie.weight * 0.9
        else:
            tie.exists = luck.chance("form", 0.3)
