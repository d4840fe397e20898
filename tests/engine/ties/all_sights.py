"""Summaries of every kind, along layers, by type, by weight and by what lies near."""

from groundswell.theory import Bernoulli, Layer, Observable, Param, Share, State, Theory, Trait, Uniform


class AllSights(Theory):
    """Everything that can be seen."""

    family = Layer()
    online = Layer()
    age = Trait(Uniform(0, 1))
    kind = Trait(Bernoulli(0.4))
    on = State(bool, initial=Share(0.4))
    mood = State(float, initial=Uniform(0, 1))
    saw = State(float)
    eps = Param(0.3, "[0, 1]")
    a = Observable("people.on")
    b = Observable("people.mood")
    c = Observable("people.saw")

    def person(me, seen, other, tie, p, luck):
        me.saw = seen.family.share.on + 2 * seen.online.weighted.mood + 3 * seen.family.degree + 5 * seen.online.weight
        me.saw += 7 * seen.count(other.on, where=other.kind == me.kind) + 11 * seen.share(
            other.on, where=other.kind > 0
        )
        me.saw += 13 * seen.spread(other.mood) + 17 * seen.least(other.mood) + 19 * seen.most(other.mood + other.age)
        me.saw += 23 * seen.online.sum(other.on or other.mood > 0.5, where=tie.weight > 0.5) + 29 * seen.mean.age
        me.saw += 31 * seen.weighted(other.mood, where=other.on) + 37 * seen.mean(
            abs(other.mood - me.mood), where=abs(other.mood - me.mood) < p.eps
        )
        me.mood = 0.5 * me.mood + 0.5 * seen.mean(other.mood, where=abs(other.mood - me.mood) < p.eps)
        me.on = luck.chance("on", 0.2 + 0.6 * seen.family.share.on)
