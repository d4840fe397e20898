"""The voter model: opinions copied from neighbours, one person after another."""

from groundswell.theory import Observable, Param, Setting, Share, State, Theory


class Voter(Theory):
    """Adopt the opinion of a neighbour chosen at random."""

    title = "Voter model"
    source = (
        "Holley, R. A. & Liggett, T. M. (1975). Ergodic theorems for weakly interacting infinite systems and the voter "
        "model. Annals of Probability 3, 643-663."
    )
    references = (
        source,
        "Vazquez, F. & Eguiluz, V. M. (2008). Analytical solution of the voter model on uncorrelated networks. New "
        "Journal of Physics 10, 063011.",
    )
    time_step = "as many acts as there are people"
    equations = """
The next to act is drawn from all people, and takes the opinion of one of the neighbours, drawn uniformly: for, with the
probability that a neighbour is for. The mean share of those who are for, over worlds, never changes where ties are
alike; from an even split, N people who all see each other agree after N ln 2 steps on average.
"""
    deviations = ("A person without neighbours keeps the same opinion.",)
    limits = ("Everybody is equally open to everybody: no one is stubborn, and neither opinion is better.",)
    setting = Setting(steps=300, population={"network": "erdos_renyi", "people": 1000, "mean_degree": 8.0})
    order = "drawn"

    favours = State(bool, initial=Share("start"), meaning="is for it")

    start = Param(0.5, "[0, 1]", unit="share of people", meaning="for it at the start", source="Vazquez & Eguiluz 2008")

    support = Observable("people.favours", unit="share of people", meaning="for it")

    def person(me, seen, luck):
        if seen.degree > 0:
            me.favours = luck.chance("copy", seen.share.favours)
