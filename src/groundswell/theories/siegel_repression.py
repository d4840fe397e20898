"""Siegel's model of repression in social networks."""

import numpy as np

from groundswell.theory import Normal, Observable, Param, Process, Setting, Society, State, Stream, Trait
from groundswell.theory.compiled import below, chance


class SiegelRepression(Process):
    """Participation spreads along ties while the state removes participants, and removal angers or frightens others."""

    title = "When does repression work? Collective action in social networks"
    source = (
        "Siegel, D. A. (2011). When does repression work? Collective action in social networks. Journal of Politics 73, "
        "993-1010."
    )
    references = (
        source,
        "Siegel, D. A. (2009). Social networks and collective action. American Journal of Political Science 53, 122-138.",
        "Siegel, D. A. Of social networks and popular rebellion. Conference paper (an excerpt, p. 9, was read; undated).",
    )
    time_step = "period"
    equations = """
c_i(t+1) = lambda c_i(t) - (1 - lambda) (1 - lpr_i(t)),  c_i(0) = -1;  lpr_i is the share of i's ties who take part
i takes part at t+1 when  b_i + anger * r_i(t) + c_i(t+1) > 0  and i is not removed;  r_i is the share of i's ties removed
then the state removes up to `removals` participants for good: each time the best connected with probability
`efficiency`, or else one at random
"""
    deviations = (
        "Those removed stay among their neighbours' ties as people who do not take part: that is how removal also "
        "discourages, in the excerpt that was read.",
        "Removal is permanent and continues in every period; whether the paper's removal ends is not known.",
        "Anger (above 0) and fear (below 0) shift motivation by the share of ties removed; the paper has both, but its form "
        "could not be obtained.",
        "With no removals it is the theory `siegel` (tested).",
    )
    limits = (
        "The paper's text could not be obtained: base population, removal of up to 25 of 500, random or best-connected-first, "
        "are those of the conference paper; the other numbers are this project's choice.",
        "Whom the state knows of, and what repression costs it, are not in the model.",
    )
    setting = Setting(40, {"network": "village", "people": 500, "village_size": 10, "far": 0.005})
    space = "network"

    motivation = Trait(Normal("mean", "sd"), meaning="net internal motivation (b)")
    external = State(float, initial=-1.0, meaning="net external motivation (c), in [-1, 0]")
    acts = State(bool, initial=False, meaning="takes part")
    removed = State(bool, initial=False, meaning="removed by the state")

    mean = Param(0.7, "any", meaning="mean net internal motivation", source="this project's choice")
    sd = Param(0.25, ">= 0", meaning="spread of net internal motivation", source="this project's choice")
    persistence = Param(
        0.5, "[0, 1)", unit="share", meaning="share of external motivation that persists (lambda)", source="this project's choice"
    )
    removals = Param(
        5.0, ">= 0", unit="people", meaning="most participants removed in a period; the whole part counts",
        source="Siegel, conference paper, p. 9, varies it from 0 to 25 among 500",
    )  # fmt: skip
    efficiency = Param(
        0.0, "[0, 1]", meaning="probability that a removal takes the best connected participant instead of one at random",
        source="Siegel, conference paper, p. 9, has the extremes, 0 and 1",
    )  # fmt: skip
    anger = Param(
        0.0, "any", meaning="change of motivation when all of one's ties are removed; fear below 0",
        source="this project's choice",
    )  # fmt: skip

    arrests = Society(unit="people", meaning="participants removed in this period")
    aim = Stream("whether a removal is targeted")
    whom = Stream("which participant is removed")

    participation = Observable("people.acts", "share of people", "take part")
    out = Observable("people.removed", "share of people", "removed so far", harm=True)
    repression = Observable("society.arrests", "people", "removed in the period", harm=True)

    def arrays(population, p):
        degree = np.diff(population.network.indptr)
        return {
            "ranked": np.argsort(-degree, kind="stable"),
            "listed": np.zeros(population.people, np.int64),
            "joins": np.zeros(population.people, np.bool_),
        }

    def step(people, society, p, luck, ties):
        count = people.acts.size
        for i in range(count):
            first, last = ties.indptr[i], ties.indptr[i + 1]
            active = gone = 0
            for e in range(first, last):
                active += people.acts[ties.indices[e]]
                gone += people.removed[ties.indices[e]]
            share = active / (last - first) if last > first else 0.0
            lost = gone / (last - first) if last > first else 0.0
            people.external[i] = p.persistence * people.external[i] - (1.0 - p.persistence) * (1.0 - share)
            people.joins[i] = not people.removed[i] and people.motivation[i] + p.anger * lost + people.external[i] > 0.0
        left = 0
        for i in range(count):
            people.acts[i] = people.joins[i]
            if people.acts[i]:
                people.listed[left] = i
                left += 1
        taken, attempt, best = 0, 0, 0
        wanted = min(int(p.removals), left)
        while taken < wanted:
            if chance(luck.aim, attempt, p.efficiency):
                while not people.acts[people.ranked[best]]:
                    best += 1
                who = people.ranked[best]
            else:
                at = below(luck.whom, attempt, left)
                who = people.listed[at]
                left -= 1
                people.listed[at] = people.listed[left]
            attempt += 1
            if people.acts[who]:  # a listed participant may have been removed already, as the best connected
                people.acts[who] = False
                people.removed[who] = True
                taken += 1
        society.arrests = taken
