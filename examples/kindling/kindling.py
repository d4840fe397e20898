"""A theory of one's own for a record of one's own: `groundswell run examples/kindling/kindling.toml`."""

from groundswell.theory import Account, Observable, Param, Shock, Society, State, Theory, Uniform


class Kindling(Theory):
    """Marches bring about marches, and an act of violence may bring about more of them, or keep people at home.

    A step is a week, and a person a group that may march once in it. All march with one chance: some would anyway, some
    because others did last week, and after an act more of them do, or fewer.
    """

    time_step = "week"
    act = Shock(unit="acts", meaning="acts of violence this week", harm=True)
    act_now = Society(unit="0 or 1", meaning="an act happened this week")
    after_act = Society(unit="0 or 1", meaning="an act happened last week")
    marches = State(bool, initial=False, meaning="marches this week")

    anyway = Param(
        0.01, "[0, 0.1]", Uniform(0.007, 0.015), "probability", "marching that nothing brings about", "invented"
    )
    contagion = Param(
        0.4, "[0, 0.9]", Uniform(0.2, 0.6), "marches per march", "marches that a march brings about", "invented"
    )
    spark = Param(0.0, "[-0.1, 0.1]", Uniform(-0.007, 0.012), "probability", "marching that an act adds", "invented")

    incites = Account("An act of violence brings people out.", {"spark": Uniform(0.005, 0.012)})
    deters = Account("An act of violence keeps people at home.", {"spark": Uniform(-0.007, -0.004)})

    turnout = Observable("people.marches", "share of groups", "groups that march")

    def society(society):
        society.after_act = society.act_now
        society.act_now = min(1.0, society.act)

    def person(me, people, society, p, luck):
        chance = p.anyway + p.contagion * people.marches + p.spark * society.after_act
        me.marches = luck.chance("march", max(chance, 0.0))
