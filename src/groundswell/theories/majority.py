"""The majority-vote model with noise: side with most of one's neighbours, except occasionally."""

from groundswell.theory import Observable, Param, Setting, Share, State, Theory


class Majority(Theory):
    """Side with the majority of one's neighbours, and with the minority with a small probability."""

    title = "Majority vote with noise"
    source = (
        "de Oliveira, M. J. (1992). Isotropic majority-vote model on a square lattice. Journal of Statistical Physics "
        "66, 273-281."
    )
    references = (source,)
    time_step = "as many acts as there are people"
    equations = """
The next to act is drawn from all people, and takes the majority opinion of the neighbours with probability 1 - q,
the minority opinion with probability q; in a tie, either with probability 1/2.
Below a critical q one opinion prevails, and above it neither does: q_c = 0.075 on the square lattice.
"""
    deviations = ("A person without neighbours is for or against with probability 1/2.",)
    limits = ("Near the critical noise a finite population occasionally changes sides.",)
    setting = Setting(steps=300, population={"network": "moore", "rows": 40, "columns": 40})
    order = "drawn"

    favours = State(bool, initial=Share("start"), meaning="is for it")

    start = Param(1.0, "[0, 1]", unit="share of people", meaning="for it at the start", source="this project's choice: unanimity, which noise wears down")
    noise = Param(0.05, "[0, 0.5]", unit="probability", meaning="siding with the minority (q)", source="de Oliveira 1992, which varies it")

    support = Observable("people.favours", unit="share of people", meaning="for it")

    def person(me, seen, p, luck):
        u = luck.uniform("side")
        twice = 2.0 * seen.count.favours
        if twice > seen.degree:
            me.favours = u >= p.noise
        elif twice < seen.degree:
            me.favours = u < p.noise
        else:
            me.favours = u < 0.5
