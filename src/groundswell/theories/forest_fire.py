"""Biggs's strike waves: the forest-fire model of Drossel and Schwabl in the language of strikes."""

from groundswell.theory import Observable, Param, Process, Setting, Share, Shock, Society, State, Stream
from groundswell.theory.compiled import below, compiled


class ForestFire(Process):
    """A strike brings out every worker it reaches through mobilisable neighbours, and leaves them exhausted."""

    title = "Strikes as forest fires"
    source = (
        "Biggs, M. (2005). Strikes as forest fires: Chicago and Paris in the late nineteenth century. American Journal "
        "of Sociology 110, 1684-1714."
    )
    references = (
        source,
        "Drossel, B. & Schwabl, F. (1992). Self-organized critical forest-fire model. Physical Review Letters 69, "
        "1629-1632.",
        "Drossel, B., Clar, S. & Schwabl, F. (1993). Exact results for the one-dimensional self-organized critical "
        "forest-fire model. Physical Review Letters 71, 3739-3742.",
        "Grassberger, P. (2002). Critical behaviour of the Drossel-Schwabl forest fire model. New Journal of Physics 4, 17.",
    )
    time_step = "call to strike"
    equations = (
        "p / f times: a site chosen at random becomes mobilisable. Then a site chosen at random calls a strike: if it is "
        "mobilisable, it and all mobilisable sites connected to it (4 neighbours each) strike, and are no longer mobilisable."
    )
    deviations = (
        "Biggs's own simulations could not be obtained: the rules are those of Drossel and Schwabl, whom he follows, in the "
        "limit in which a strike is over before anything else happens.",
        "Time counts calls to strike: growth (p) and ignition (f) enter only through their ratio, a whole number.",
        "A step is one call, whether or not it meets a mobilisable site; a call that meets none is a strike of size 0.",
    )
    limits = (
        "No true power law: the exponent drifts with the ratio (Grassberger 2002), over the ranges that records span.",
        "Campolieti and Ramos (2023) find mixtures of lognormals to fit whole samples of strikes; a straight tail does not "
        "distinguish this model from others.",
        "The largest strikes must be far smaller than the grid: at a ratio of 1,000 they reach 50,000 sites.",
    )
    space = "grid"
    setting = Setting(steps=2000, population={"network": "grid", "rows": 512, "columns": 512}, params={"ratio": 500})
    fixed = ("start_share",)

    mobilisable = State(bool, initial=Share("start_share"), meaning="would join a strike that reaches it")

    ratio = Param(
        1000.0, ">= 1", unit="sites per call", meaning="attempts to mobilise for each call to strike, p / f; its whole part",
        source="this project's choice: strikes over three decades of size",
    )  # fmt: skip
    start_share = Param(
        0.4, "[0, 1]", unit="share of sites", meaning="mobilisable at the start",
        source="this project's choice: close to the steady state",
    )  # fmt: skip

    calls = Shock(unit="calls", meaning="calls to strike beyond the step's own, each at a site chosen at random")

    struck = Society(unit="sites", meaning="strikers of the step")
    grown = Society(unit="sites", meaning="sites that became mobilisable in the step")
    share = Society(unit="share of sites", meaning="already mobilisable among those drawn to become so: an estimate of the density")

    where = Stream(meaning="which site may become mobilisable")
    caller = Stream(meaning="which site calls a strike")

    strikers = Observable("society.struck", unit="sites", meaning="strikers")
    growth = Observable("society.grown", unit="sites", meaning="newly mobilisable")
    density = Observable("society.share", unit="share of sites", meaning="mobilisable, estimated from those drawn to become so")

    def arrays(population):
        import numpy as np

        return {"queue": np.zeros(population.people, np.int32)}  # sites on strike whose neighbours are still to be visited

    def start(people, society):
        society.share = people.mobilisable.sum() / people.mobilisable.size

    def step(people, society, p, luck, grid):
        sites = people.mobilisable.size
        society.grown = 0.0
        for attempt in range(int(p.ratio)):
            site = below(luck.where, attempt, sites)
            if not people.mobilisable[site]:
                people.mobilisable[site] = True
                society.grown += 1.0
        society.share = 1.0 - society.grown / int(p.ratio)
        society.struck = 0.0
        for call in range(1 + int(society.calls)):
            society.struck += strike(below(luck.caller, call, sites), people, grid)


@compiled
def strike(first, people, grid):
    """Bring out the site and all sites connected to it through mobilisable neighbours; return how many strike."""
    if not people.mobilisable[first]:
        return 0
    people.mobilisable[first] = False
    people.queue[0] = first
    size = 1
    asked = 0
    while asked < size:
        site = people.queue[asked]
        asked += 1
        row, column = site // grid.columns, site % grid.columns
        for side in range(4):
            near = (
                row * grid.columns + (column + 1) % grid.columns if side == 0
                else row * grid.columns + (column - 1) % grid.columns if side == 1
                else (row + 1) % grid.rows * grid.columns + column if side == 2
                else (row - 1) % grid.rows * grid.columns + column
            )  # fmt: skip
            if people.mobilisable[near]:
                people.mobilisable[near] = False
                people.queue[size] = near
                size += 1
    return size
