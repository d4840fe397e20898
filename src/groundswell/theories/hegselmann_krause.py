"""Hegselmann and Krause's model: everybody adopts the mean of the opinions near their own."""

from groundswell.theory import Observable, Param, Setting, State, Theory, Uniform


class HegselmannKrause(Theory):
    """Adopt the mean of all opinions within reach of one's own, including one's own."""

    title = "Bounded confidence in means"
    source = (
        "Hegselmann, R. & Krause, U. (2002). Opinion dynamics and bounded confidence: models, analysis and simulation. "
        "Journal of Artificial Societies and Social Simulation 5(3), 2."
    )
    references = (
        source,
        "Lorenz, J. (2007). Continuous opinion dynamics under bounded confidence: a survey. International Journal of "
        "Modern Physics C 18, 1819-1838.",
    )
    time_step = "one revision of everybody's opinion"
    equations = """
x_i(t + 1) = mean of x_j(t) over all j with |x_j(t) - x_i(t)| <= e, i among them
Opinions keep their order, and come to rest after finitely many steps; opinions that differ then lie more than e apart.
With e = 1 everybody holds the mean after one step.
"""
    deviations = ("On a network, only the opinions of people whom a person sees count, besides the person's own.",)
    limits = ("All revise at once; with everybody seeing everybody, a step takes time proportional to N squared.",)
    setting = Setting(steps=15, population={"network": "well_mixed", "people": 625})

    opinion = State(float, initial=Uniform(0, 1), meaning="opinion (x)")

    confidence = Param(0.2, "[0, 1]", unit="opinion", meaning="difference up to which an opinion counts (e)", source="this project's choice")

    mean_opinion = Observable("people.opinion", unit="opinion", meaning="mean opinion")
    spread = Observable("people.opinion", unit="opinion", meaning="standard deviation of opinions", kind="spread")

    def person(me, seen, other, p):
        heard = seen.count(abs(other.opinion - me.opinion) <= p.confidence)
        near = seen.mean(other.opinion, where=abs(other.opinion - me.opinion) <= p.confidence)
        me.opinion = (me.opinion + heard * near) / (heard + 1)
