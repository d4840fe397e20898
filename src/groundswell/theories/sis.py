"""The SIS epidemic on ties: contagion of a state that is lost and can be caught again."""

from groundswell.theory import Observable, Param, Setting, Share, State, Theory, exp


class Sis(Theory):
    """Catch an activity from active neighbours, drop it again, and remain open to it."""

    title = "SIS: contagion that is lost and caught again"
    source = (
        "Pastor-Satorras, R., Castellano, C., Van Mieghem, P. & Vespignani, A. (2015). Epidemic processes in complex "
        "networks. Reviews of Modern Physics 87, 925-979."
    )
    references = (source,)
    time_step = "interval in which a tie passes the activity on with probability 1 - exp(-contagion)"
    equations = """
inactive -> active    with probability 1 - exp(-b m), m being the number of active neighbours
active   -> inactive  with probability 1 - exp(-d)
With b and d small, this is the continuous-time process with rates b along a tie and d, with a step as the unit of time.
"""
    deviations = (
        "Steps are discrete and all people change at once; the limit of small b and d is the continuous "
        "process, with an error of their order (tested).",
    )
    limits = (
        "In a finite population the activity dies out in the end; what is called endemic is a state that lasts long.",
        "Where everyone sees everyone, give b divided by the number of others.",
    )
    setting = Setting(steps=400, population={"network": "erdos_renyi", "people": 10_000, "mean_degree": 10.0})

    active = State(bool, initial=Share("start"), meaning="active")

    start = Param(0.05, "[0, 1]", unit="share of people", meaning="active at the start", source="this project's choice")
    contagion = Param(0.02, ">= 0", unit="per tie and step", meaning="rate along a tie (b)", source="this project's choice: 2 d / mean degree")
    dropping = Param(0.1, ">= 0", unit="per step", meaning="rate of dropping the activity (d)", source="this project's choice: steps that are short compared with it")

    prevalence = Observable("people.active", unit="share of people", meaning="active")

    def person(me, seen, p, luck):
        caught = luck.chance("catch", 1.0 - exp(-p.contagion * seen.count.active))
        dropped = luck.chance("drop", 1.0 - exp(-p.dropping))
        me.active = not dropped if me.active else caught
