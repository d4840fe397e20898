"""Booleans, whole numbers and floats in one expression, as Python allows."""

from groundswell.theory import Observable, Share, State, Theory, Trait, Uniform


class MixedTypes(Theory):
    """Add up what an untidy author would write."""

    t = Trait(Uniform(-1, 1))
    a = State(bool, initial=Share(0.5))
    f = State(float, initial=0.5)
    mean_f = Observable("people.f")
    share_a = Observable("people.a")

    def person(me, luck):
        k = me.a
        if me.t > 0:
            k = 0.5
        z = me.a or me.t
        w = 1 if me.a else 0.5
        v = me.a if me.t > 0.2 else 0.3
        g: float = 2
        g -= 1
        if me.t > 0 > -g:
            g = 0.5
        me.f = k + z + w + v + me.a + me.a + (-me.a) + max(me.a, 0.5) + min(g, 3, +me.t) + (me.t - 0.5) ** 2
        me.f += (not me.a) * 2 - float(me.a) + bool(w) + 2**0.5 + (1 - me.t) ** -1.5
        me.a = bool(luck.uniform("a") - me.t)
