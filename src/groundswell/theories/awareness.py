"""Awareness and contagion on two layers: a warning spreads by talk, and what it warns of spreads by contact."""

from groundswell.theory import Layer, Observable, Param, Setting, Share, State, Theory, power


class Awareness(Theory):
    """Hear of an infection from people one talks to, catch it from people one meets, and be careful once aware."""

    title = "Awareness and contagion on two layers"
    source = (
        "Granell, C., Gomez, S. & Arenas, A. (2013). Dynamical interplay between awareness and epidemic spreading in "
        "multiplex networks. Physical Review Letters 111, 128701."
    )
    references = (
        source,
        "Granell, C., Gomez, S. & Arenas, A. (2014). Competing spreading processes on multiplex networks: awareness and "
        "epidemics. Physical Review E 90, 012808.",
    )
    time_step = "interval in which a tie transmits with a given probability"
    equations = """
unaware -> aware     with probability 1 - (1 - l)^a, a being the number of aware people talked to
aware   -> unaware   with probability d
healthy -> infected  with probability 1 - (1 - b)^m, m being the number of infected people met; g b where aware
infected -> healthy  with probability u;  whoever is infected is aware
Awareness changes first, and determines the risk in the same step. With l = 0 and g = 1 this is the SIS epidemic.
"""
    limits = ("Aware people are careful at once, and both layers connect the same people.",)
    space = "network"
    setting = Setting(
        steps=200,
        population={
            "network": "layers",
            "layers": {
                "talk": {"network": "barabasi_albert", "people": 1000, "ties_per_newcomer": 4},
                "contact": {"network": "erdos_renyi", "people": 1000, "mean_degree": 8.0},
            },
        },
    )

    talk = Layer(meaning="who tells whom")
    contact = Layer(meaning="who meets whom")
    aware = State(bool, initial=Share("start"), meaning="knows of it")
    infected = State(bool, initial=Share("start"), meaning="has caught it")

    start = Param(0.02, "[0, 1]", unit="share of people", meaning="infected at the start; equally many are aware", source="this project's choice")
    telling = Param(0.15, "[0, 1)", unit="per tie and step", meaning="that an aware person informs an unaware one (l)", source="this project's choice")
    forgetting = Param(0.6, "[0, 1]", unit="per step", meaning="that an aware person forgets (d)", source="this project's choice")
    contagion = Param(0.08, "[0, 1)", unit="per tie and step", meaning="of an unaware person by an infected one (b)", source="this project's choice")
    caution = Param(0.0, "[0, 1]", unit="share of the risk", meaning="that remains for aware people (g)", source="Granell et al. 2013: aware people are immune")
    recovery = Param(0.4, "[0, 1]", unit="per step", meaning="that an infected person recovers (u)", source="this project's choice")

    prevalence = Observable("people.infected", unit="share of people", meaning="infected")
    awareness = Observable("people.aware", unit="share of people", meaning="aware")

    def person(me, seen, p, luck):
        heard = luck.chance("hear", 1.0 - power(1.0 - p.telling, seen.talk.count.aware))
        forgot = luck.chance("forget", p.forgetting)
        knows = not forgot if me.aware else heard
        risk = p.contagion * p.caution if knows else p.contagion
        caught = luck.chance("catch", 1.0 - power(1.0 - risk, seen.contact.count.infected))
        recovered = luck.chance("recover", p.recovery)
        me.infected = not recovered if me.infected else caught
        me.aware = knows or me.infected
