"""Schelling's bounded-neighbourhood model: two groups, their tolerance, and tipping."""

from groundswell.theory import Bernoulli, Observable, Param, Setting, State, Tally, Theory, Trait, Uniform


class Schelling(Theory):
    """Stay in the neighbourhood while the ratio of the other group's members to one's own is within one's tolerance.

    Each member of a group tolerates a different ratio; ordered from the most tolerant, the schedule is a straight line from
    the ratio that the most tolerant person accepts down to zero.
    """

    title = "Neighbourhood tipping of two groups"
    source = "Schelling, T. C. (1971). Dynamic models of segregation. Journal of Mathematical Sociology 1, 143-186."
    references = (
        source,
        "Schelling, T. C. (1978). Micromotives and Macrobehavior. Norton, chapter 4.",
        "Haw, D. J. & Hogan, S. J. (2018). A dynamical systems model of unorganized segregation. Journal of "
        "Mathematical Sociology 42, 113-127.",
    )
    time_step = "round of moves"
    equations = """
R_i = A (1 - rank_i): the ratio of others to one's own that person i tolerates; rank_i is i's place in the group, 0 for the
      most tolerant, and A is what that person tolerates (the median tolerates A / 2)
i lives in the neighbourhood when  others / own <= R_i  and rank_i < limit.
At rest, with w and b the shares of the two groups inside:  others <= A own (1 - own share), a parabola for each group.
"""
    deviations = (
        "People reconsider their place at random, each with probability `pace` per round, using the numbers of the round "
        "before; the paper says that people move one after another and gives no speeds. The states of rest are the same "
        "(tested).",
        "Tolerance and group are sampled; the paper's exact schedule of 100 and 50 people is given as a population with "
        "listed traits (tested).",
        "An empty neighbourhood offends nobody, so anyone may enter it; the paper leaves the ratio 0 / 0 open.",
    )
    limits = (
        "One neighbourhood: those who leave go nowhere, and nobody minds how many live there in all.",
        "Which group takes over an unstable mixture depends on the speeds of moving, which the paper does not give.",
    )
    setting = Setting(steps=60, population={"network": "well_mixed", "people": 150})

    minority = Trait(Bernoulli("minority_share"), unit="0 or 1", meaning="belongs to the smaller group")
    rank = Trait(Uniform(0.0, 1.0), unit="share of own group", meaning="share of one's group that is more tolerant")
    inside = State(bool, initial=False, meaning="lives in the neighbourhood")
    majority_inside = Tally(unit="share of people", meaning="of the larger group, and inside")
    minority_inside = Tally(unit="share of people", meaning="of the smaller group, and inside")

    minority_share = Param(
        1 / 3, "[0, 1]", unit="share of people", meaning="size of the smaller group: 50 beside 100",
        source="Schelling 1971: 100 and 50 in a third party's account of the example; not checked against the paper",
    )  # fmt: skip
    most_majority = Param(
        2.0, "> 0", unit="others per member of the own group", meaning="ratio that the most tolerant of the larger group accept",
        source="Schelling 1971: a ratio of two to one, as transcribed by a third party",
    )  # fmt: skip
    most_minority = Param(
        2.0, "> 0", unit="others per member of the own group", meaning="ratio that the most tolerant of the smaller group accept",
        source="Schelling 1971: a ratio of two to one, as transcribed by a third party",
    )  # fmt: skip
    limit_majority = Param(1.0, "[0, 1]", unit="share of group", meaning="most of the larger group who may enter")
    limit_minority = Param(1.0, "[0, 1]", unit="share of group", meaning="most of the smaller group who may enter")
    start_majority = Param(1.0, "[0, 1]", unit="share of group", meaning="of the larger group inside at first")
    start_minority = Param(0.1, "[0, 1]", unit="share of group", meaning="of the smaller group inside at first")
    pace = Param(
        0.5, "(0, 1]", unit="probability in a round", meaning="that a person reconsiders the place",
        source="this project's choice",
    )  # fmt: skip
    fixed = ("start_majority", "start_minority")

    larger = Observable("people.majority_inside", "share of people", "larger group's members inside")
    smaller = Observable("people.minority_inside", "share of people", "smaller group's members inside")
    occupied = Observable("people.inside", "share of people", "people inside")

    def person(me, people, society, p, luck, tally):
        fewer = me.minority > 0.5
        own = people.minority_inside if fewer else people.majority_inside
        others = people.majority_inside if fewer else people.minority_inside
        tolerance = (p.most_minority if fewer else p.most_majority) * (1.0 - me.rank)
        if society.step <= 1:  # the initial neighbourhood: the most tolerant live there
            me.inside = me.rank < (p.start_minority if fewer else p.start_majority)
        elif luck.chance("moves", p.pace):
            may = me.rank < (p.limit_minority if fewer else p.limit_majority)
            me.inside = may and others <= tolerance * own
        tally.majority_inside = 1.0 if me.inside and not fewer else 0.0
        tally.minority_inside = 1.0 if me.inside and fewer else 0.0
