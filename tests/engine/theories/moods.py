"""Exercises what the theories that ship do not: normal draws, means of neighbours, powers, elif, a region's means."""

from groundswell.theory import (
    Bernoulli,
    Observable,
    Param,
    Regional,
    Share,
    Shock,
    Society,
    State,
    Tally,
    Theory,
    Trait,
    Uniform,
    clip,
    exp,
    floor,
    log,
    logistic,
    positive,
    sqrt,
)

HALF = 0.5  # a number of the file, which a rule may use


class Moods(Theory):
    """Anger spreads along ties, cools, and is heard by the region and by society."""

    temper = Trait(Uniform(-1, 1))
    young = Trait(Bernoulli("youth"))

    angry = State(bool, initial=Share("seed"))
    loud = State(bool, initial=True)
    anger = State(float, initial="start")
    idle = State(float, initial=0.25)  # never written: a state that stays

    shout = Shock(harm=True)
    heat = Society(initial="start")
    rumours = Society()
    calls = Society()
    tension = Regional(initial=0.1)
    hush = Regional()
    weight = Tally(initial=0.5)
    extra = Tally()

    seed = Param(0.2, "[0, 1]", Uniform(0, 1))
    start = Param(0.3, ">= 0", Uniform(0, 1))
    youth = Param(0.4, "[0, 1]")
    gain = Param(1.5, "[0, 4]", Uniform(0, 3))
    cooling = Param(0.7, "(0, 1]", Uniform(0.1, 1))

    share_angry = Observable("people.angry")
    share_loud = Observable("people.loud")
    mean_anger = Observable("people.anger")
    mean_weight = Observable("people.weight")
    mean_extra = Observable("people.extra")
    mean_idle = Observable("people.idle")
    temperature = Observable("society.heat")
    found = Observable("society.rumours")
    called = Observable("society.calls")
    shouted = Observable("society.shout")

    def society(society, people, p, luck):
        society.rumours = luck.poisson("rumours", 3 * people.angry + society.shout)
        society.calls += luck.poisson("calls", 700.0 * people.loud)
        noise = 0.01 * luck.normal("noise")
        if society.step > 2 and people.weight > 0.2:
            society.heat = p.cooling * society.heat + people.anger + noise
        elif luck.uniform("coin") < 0.5:
            society.heat -= society.heat / 4
        else:
            society.heat = max(0.0, society.heat - 0.01, noise)

    def region(here, society, people, p, luck):
        surprise = 1.0 if luck.chance("surprise", 0.3) else 0.0
        here.tension += (people.anger**2 + people.angry - here.tension) / 3 + surprise * 0.1 * here.index
        here.hush = HALF if society.heat > 1 else 0.0

    def person(me, seen, here, society, people, p, luck, tally):
        z = luck.normal("mood")
        near = seen.mean.anger + seen.mean.idle
        crowd = seen.count.angry / (1 + seen.degree)
        pull = (near - me.anger) ** 3 + (crowd - HALF) ** 2 - here.hush
        if me.young > 0 and z > 1:
            step = 0.3
            me.loud = True
        elif me.temper < -0.5 or seen.share.loud > 0.9:
            step = -0.1 * me.degree
            me.loud = not me.loud
        else:
            step = 0.05 * z
        me.anger = clip(me.anger + step + 0.1 * pull + 0.01 * here.tension * me.region, 0, 5)
        me.anger *= p.cooling if society.rumours > 2 else 1
        likely = logistic(p.gain * (me.anger - 1) + sqrt(people.loud) - log(1 + floor(society.heat)))
        me.angry = luck.chance("angry", likely) or (me.angry and luck.uniform("stay") < exp(-me.anger))
        tally.weight = abs(z) * me.anger**1.5 if me.angry else positive(-z)
        if me.loud:
            tally.extra = me.degree
