"""A theory of districts along a coast: a wave that travels from the first to the last, or news that reaches all."""

from groundswell.theory import Account, Fixed, Observable, Param, Society, State, Theory, Uniform

DISTRICTS = 36


class Wave(Theory):
    """People act on the day when the wave passes their district, or on any day alike.

    A step is a day. The front moves `speed` districts a day; with no speed, news from the centre brings people out
    everywhere with the same small chance.
    """

    time_step = "day"
    front = Society(unit="districts", meaning="how far the wave has come")
    acts = State(bool, initial=False, meaning="acts today")
    district = State(float, initial=-1.0, meaning="where a person lives")
    speed = Param(0.0, "[0, 9]", Uniform(0.0, 3.0), "districts per day", "speed of the wave", "invented")
    chance = Param(0.01, "[0, 1]", Fixed(0.01), "probability", "of acting on a day without a wave", "invented")

    for k in range(DISTRICTS):
        locals()[f"district_{k}"] = Observable("people.acts", "share of people", where=("district", k))

    travels = Account("A wave travels.", {"speed": Uniform(0.9, 1.5)})
    everywhere = Account("Everyone hears at once.", {"speed": Fixed(0.0)})

    def society(society, p):
        society.front = society.front + p.speed

    def person(me, society, p, luck):
        me.district = me.region
        behind = society.front - me.region
        passing = p.speed > 0 and behind >= 0 and behind < 3
        me.acts = luck.chance("act", 0.5 if passing else p.chance * (p.speed <= 0))
