"""Deffuant's model: two people who meet move towards each other, if their opinions are close enough."""

from groundswell.theory import Observable, Param, Setting, State, Theory, Uniform


class Deffuant(Theory):
    """Two people who meet move closer if their opinions differ by less than a threshold."""

    title = "Bounded confidence in pairs"
    source = (
        "Deffuant, G., Neau, D., Amblard, F. & Weisbuch, G. (2000). Mixing beliefs among interacting agents. Advances "
        "in Complex Systems 3, 87-98."
    )
    references = (
        source,
        "Lorenz, J. (2007). Continuous opinion dynamics under bounded confidence: a survey. International Journal of "
        "Modern Physics C 18, 1819-1838.",
    )
    time_step = "as many meetings as there are people"
    equations = """
x_i <- x_i + m (x_j - x_i),  x_j <- x_j + m (x_i - x_j)   where |x_i - x_j| < d, for two people drawn uniformly
The mean opinion never changes. Where all are within d of one another, a meeting takes 4 m (1 - m) / (N - 1) off the
variance on average. At rest, differing opinions lie at least d apart.
"""
    limits = ("Opinions only ever converge: nobody is driven away, and no new opinions arise.",)
    setting = Setting(steps=60, population={"network": "well_mixed", "people": 1000})
    order = "drawn"

    opinion = State(float, initial=Uniform(0, 1), meaning="opinion (x)")

    threshold = Param(0.2, "[0, 1]", unit="opinion", meaning="difference below which two people influence each other (d)", source="Deffuant et al. 2000: its second figure")
    movement = Param(0.5, "[0, 0.5]", unit="share of the difference", meaning="by which each moves (m)", source="Deffuant et al. 2000")

    mean_opinion = Observable("people.opinion", unit="opinion", meaning="mean opinion")
    spread = Observable("people.opinion", unit="opinion", meaning="standard deviation of opinions", kind="spread")

    def meet(me, other, p):
        apart = other.opinion - me.opinion
        if abs(apart) < p.threshold:
            me.opinion += p.movement * apart
            other.opinion -= p.movement * apart
