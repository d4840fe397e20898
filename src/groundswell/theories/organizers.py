"""Marwell, Oliver and Prahl's organisers: who can bring whom together, at what cost, and through which ties."""

import numpy as np

from groundswell.theory import LogNormal, Observable, Param, Process, Setting, Society, State, Stream, Trait
from groundswell.theory.compiled import compiled, normal


class Organizers(Process):
    """Bring together the people one is tied to, as long as what each adds is worth the cost of recruiting.

    Nobody contributes alone. An organiser makes an agreement that binds all or none: each recruit contributes if the whole
    agreement is worth it. The group does what its best organiser can bring about.
    """

    title = "Social networks and collective action"
    source = (
        "Marwell, G., Oliver, P. & Prahl, R. (1988). Social networks and collective action: a theory of the critical mass "
        "III. American Journal of Sociology 94, 502-534."
    )
    references = (source,)
    time_step = "attempt, with new costs of recruiting"
    equations = """
T      = r_i + sum of r_j over the recruits of i: what an agreement between organiser i and the recruits yields
j gives  when  v_j T / Z >= r_j;  recruits who would refuse are left out, until nobody refuses
k_ij   = cost max(1 + cost_sd n_ij, 0), n_ij standard normal: what recruiting j costs i
i recruits j  when  v_i r_j / Z > k_ij, and organises  when  v_i T / Z > r_i + sum of k_ij
The group contributes what the organiser with the largest T brings together, or nothing.
"""
    deviations = (
        "The article was not read: this is its verbal account (agreements that bind all, one organiser, a cost for each tie) "
        "with a linear production function, which leaves each recruit's worth to the organiser independent of the others.",
        "Ties are those of the given population; the article draws them from a distribution of numbers of ties.",
    )
    limits = (
        "There is one organiser: the agreements of several organisers do not add up.",
        "People who would refuse cost nothing: the organiser never pays to ask someone who then declines.",
    )
    space = "network"
    setting = Setting(steps=20, population={"network": "barabasi_albert", "people": 400, "ties_per_newcomer": 4})

    interest = Trait(LogNormal("log_interest", "log_interest_sd"), "resources", "worth of full provision to the person (v)")
    resources = Trait(LogNormal("log_resources", "log_resources_sd"), "resources", "what the person could contribute (r)")
    joins = State(bool, initial=False, meaning="is part of the agreement")

    needed = Param(100.0, "> 0", unit="resources", meaning="contributions for full provision (Z)")
    cost = Param(0.3, ">= 0", unit="resources", meaning="mean cost of recruiting one person")
    cost_sd = Param(0.5, ">= 0", unit="share of the mean", meaning="spread of that cost over ties")
    log_interest = Param(3.5, "any", unit="log resources", meaning="mean of the logarithm of interest")
    log_interest_sd = Param(0.5, ">= 0", unit="log resources", meaning="spread of the logarithm of interest")
    log_resources = Param(0.0, "any", unit="log resources", meaning="mean of the logarithm of resources")
    log_resources_sd = Param(0.5, ">= 0", unit="log resources", meaning="spread of the logarithm of resources")

    brought = Society(unit="share of Z", meaning="contributions that the best organiser brings together")
    ties_of_organizer = Society(unit="ties", meaning="ties of the best organiser; 0 where nobody organises")
    price = Stream(meaning="cost of recruiting through a tie")

    contributed = Observable("society.brought", "share of what full provision takes", "contributions")
    reach = Observable("society.ties_of_organizer", "ties", "ties of the organiser")
    members = Observable("people.joins", "share of people", "people in the agreement")

    def step(people, society, p, luck, ties):
        recruited = np.zeros(ties.indices.size, np.bool_)  # by tie, in the order of ties.indices
        best, organizer = 0.0, -1
        for i in range(people.joins.size):
            total = agreement(i, recruited, people, p, luck.price, ties)
            if total > best:
                best, organizer = total, i
        people.joins[:] = False
        society.brought = best / p.needed
        society.ties_of_organizer = 0.0
        if organizer >= 0:
            society.ties_of_organizer = float(ties.indptr[organizer + 1] - ties.indptr[organizer])
            people.joins[organizer] = True
            for k in range(ties.indptr[organizer], ties.indptr[organizer + 1]):
                if recruited[k]:
                    people.joins[ties.indices[k]] = True


@compiled
def agreement(i, recruited, people, p, price, ties):
    """T: what organiser i and the recruits yield, 0 if it does not pay; marks the recruits among the ties of i."""
    total, spent = people.resources[i], 0.0
    for k in range(ties.indptr[i], ties.indptr[i + 1]):
        j = ties.indices[k]
        recruiting = recruiting_cost(p.cost, p.cost_sd, price, k)
        recruited[k] = people.interest[i] * people.resources[j] / p.needed > recruiting
        if recruited[k]:
            total += people.resources[j]
            spent += recruiting
    refused = True
    while refused:
        refused = False
        for k in range(ties.indptr[i], ties.indptr[i + 1]):
            j = ties.indices[k]
            if recruited[k] and people.interest[j] * total / p.needed < people.resources[j]:
                recruited[k] = False
                total -= people.resources[j]
                spent -= recruiting_cost(p.cost, p.cost_sd, price, k)
                refused = True
    return total if people.interest[i] * total / p.needed > people.resources[i] + spent else 0.0


@compiled
def recruiting_cost(mean, sd, price, tie):
    """The cost of recruiting through this tie in this attempt."""
    return mean * max(1.0 + sd * normal(price, tie), 0.0)
