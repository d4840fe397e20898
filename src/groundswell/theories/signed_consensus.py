"""Altafini's model: opinions move towards those of friends, and away from those of foes."""

from groundswell.theory import Observable, Param, Setting, State, Theory, Uniform


class SignedConsensus(Theory):
    """Move towards the opinions of friends, and towards the opposite of the opinions of foes."""

    title = "Consensus and camps on signed ties"
    source = (
        "Altafini, C. (2013). Consensus problems on networks with antagonistic interactions. IEEE Transactions on "
        "Automatic Control 58, 935-946."
    )
    references = (source,)
    time_step = "interval in which an opinion moves by `rate` times the sum over ties"
    equations = """
x_i(t + 1) = x_i(t) + r sum_j |a_ij| (sign(a_ij) x_j(t) - x_i(t))
Signs are balanced where people fall into two camps, with friends inside and foes between. On connected, undirected
and balanced ties, with r times the largest sum of |a_ij| below 1, opinions tend to s_i c with s_i the camp (1 or -1)
and c the mean of s_j x_j(0): consensus inside each camp, and its opposite in the other. Without balance all opinions tend to 0.
"""
    deviations = ("Steps are discrete, as in Euler's method for the source's equation in time.",)
    limits = ("Who is friend and who is foe never changes.",)
    space = "network"
    setting = Setting(
        steps=400,
        population={
            "network": "planted_partition", "people": 200, "mean_degree": 10.0, "communities": 2, "mix": 0.2,
            "negative": "between",
        },
    )  # fmt: skip

    opinion = State(float, initial=Uniform(-1, 1), meaning="opinion; 0 is neutral")

    rate = Param(0.02, "[0, 1]", unit="per tie and step", meaning="rate at which an opinion moves (r)", source="this project's choice")

    mean_opinion = Observable("people.opinion", unit="opinion", meaning="mean opinion")
    spread = Observable("people.opinion", unit="opinion", meaning="standard deviation of opinions", kind="spread")

    def person(me, seen, tie, p):
        strength = seen.sum(1.0 if tie.weight > 0 else -1.0)
        me.opinion += p.rate * (seen.sum.opinion - strength * me.opinion)
