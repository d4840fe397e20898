"""Steinert-Threlkeld and Steinert-Threlkeld's model of protest that repression can only shrink."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from groundswell.theory import Observable, Param, Process, Setting, Society, State, Stream, Trait, Uniform
from groundswell.theory.compiled import below, compiled, log, uniform

_LEAST = 1e-9  # a negligible weight, so that a protester can still be drawn when no others are left


@compiled
def thresholds_met(i, people, ties):
    """Whether the share of i's neighbours who protest, among those not removed, reaches i's threshold."""
    here = active = 0
    for e in range(ties.indptr[i], ties.indptr[i + 1]):
        j = ties.indices[e]
        here += not people.removed[j]
        active += people.acts[j]
    return here > 0 and active >= people.threshold[i] * here


@compiled
def repress(people, rate, luck, ties):
    """Remove a share of those who protest, preferring the well connected and the easily moved; return how many."""
    count, most_ties, highest = 0, 0, 0.0
    for i in range(people.acts.size):
        if people.acts[i]:
            count += 1
            most_ties = max(most_ties, ties.indptr[i + 1] - ties.indptr[i])
            highest = max(highest, people.threshold[i])
    wanted = int(rate * count)
    if wanted == 0:
        return 0
    # Drawing without replacement in proportion to weights w takes those with the largest log(u) / w.
    key = np.full(people.acts.size, -np.inf)
    for i in range(people.acts.size):
        if people.acts[i]:
            connected = (ties.indptr[i + 1] - ties.indptr[i]) / max(most_ties, 1)
            moved = 1.0 - people.threshold[i] / highest if highest > 0.0 else 0.0
            key[i] = log(1.0 - uniform(luck.taken, i)) / max(connected + moved, _LEAST)
    order = np.argsort(key)
    for k in range(wanted):
        who = order[order.size - 1 - k]
        people.acts[who] = False
        people.removed[who] = True
    return wanted


class SteinertThrelkeld(Process):
    """Join once enough neighbours protest; the state removes a share of those who do, and never provokes anyone."""

    title = "How social networks affect the repression-dissent puzzle"
    source = (
        "Steinert-Threlkeld, S. & Steinert-Threlkeld, Z. C. (2021). How social networks affect the repression-dissent "
        "puzzle. PLoS ONE 16, e0250784."
    )
    references = (source,)
    time_step = "round"
    equations = """
A person of the largest component and all neighbours protest; the state represses. Then, as long as anyone joins:
those whose share of protesting neighbours is below their threshold stop, the first protesters excepted;
those whose share is at or above it join;  threshold ~ Uniform(0, 1)
the state removes floor(rate * protesters), drawn in proportion to  degree / largest + 1 - threshold / highest
"""
    deviations = (
        "The paper's networks of given expected degrees are here those of `opinion_leader`; it keeps the largest component "
        "only, and here the first protesters belong to it.",
        "The weights of removal use the initial degrees (as in the paper's program); those removed leave the "
        "neighbourhoods of others.",
        "Those whose neighbours have all been removed stop, unless they are among the first protesters.",
    )
    limits = (
        "Repression acts on whoever is protesting, so a larger protest loses more people at the same rate.",
        "The rules are those of the program that the authors published with the paper, not of its text.",
    )
    setting = Setting(60, {"network": "opinion_leader", "people": 1000, "degree_exponent": 2.1})
    space = "network"

    threshold = Trait(Uniform(0.0, 1.0), unit="share of neighbours", meaning="share protesting at which the person joins")
    acts = State(bool, initial=False, meaning="protests")
    first = State(bool, initial=False, meaning="among the first protesters, who never stop")
    removed = State(bool, initial=False, meaning="removed by the state")

    rate = Param(
        0.05, "[0, 1]", unit="share of protesters", meaning="removed in a round",
        source="experiments published with the paper: 0 to .15",
    )  # fmt: skip

    start_size = Society(unit="people", meaning="first protesters")
    joined = Society(unit="people", meaning="joined in this round")
    arrests = Society(unit="people", meaning="removed in this round")
    begins = Stream("who begins")
    taken = Stream("who is removed")

    size = Observable("people.acts", "share of people", "protest")
    out = Observable("people.removed", "share of people", "removed so far", harm=True)
    began = Observable("society.start_size", "people", "first protesters")

    def arrays(population, p):
        network = population.network
        shape = (population.people, population.people)
        ties = csr_array((np.ones(network.indices.size, np.int8), network.indices, network.indptr), shape)
        component = connected_components(ties, directed=False)[1]
        return {
            "eligible": np.flatnonzero(component == np.bincount(component).argmax()),
            "changes": np.zeros(population.people, np.bool_),
        }

    def start(people, society, p, luck, ties):
        who = people.eligible[below(luck.begins, 0, people.eligible.size)]
        people.acts[who] = people.first[who] = True
        for e in range(ties.indptr[who], ties.indptr[who + 1]):
            people.acts[ties.indices[e]] = people.first[ties.indices[e]] = True
        society.start_size = 1.0 + ties.indptr[who + 1] - ties.indptr[who]
        society.joined = society.start_size
        society.arrests = repress(people, p.rate, luck, ties)

    def step(people, society, p, luck, ties):
        if society.joined == 0:
            society.arrests = 0
            return
        for i in range(people.acts.size):
            people.changes[i] = people.acts[i] and not people.first[i] and not thresholds_met(i, people, ties)
        for i in range(people.acts.size):
            if people.changes[i]:
                people.acts[i] = False
        joined = 0
        for i in range(people.acts.size):
            people.changes[i] = False
            if not people.acts[i] and not people.removed[i]:
                people.changes[i] = thresholds_met(i, people, ties)
                joined += people.changes[i]
        for i in range(people.acts.size):
            if people.changes[i]:
                people.acts[i] = True
        society.joined = joined
        society.arrests = repress(people, p.rate, luck, ties) if joined > 0 else 0.0
