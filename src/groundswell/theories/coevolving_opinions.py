"""Holme and Newman's model: people adopt the opinions of friends, or look for friends who share theirs."""

import numpy as np

from groundswell.theory import Observable, Param, Process, Setting, Society, Stream
from groundswell.theory.compiled import below, chance, compiled


class CoevolvingOpinions(Process):
    """Keep one's opinion and change a friend, or keep the friend and adopt the friend's opinion."""

    title = "Opinions and ties that change each other"
    source = (
        "Holme, P. & Newman, M. E. J. (2006). Nonequilibrium phase transition in the coevolution of networks and "
        "opinions. Physical Review E 74, 056108."
    )
    references = (source,)
    time_step = "as many events as there are people"
    equations = """
event: a person is drawn, and one of that person's ties
with probability f the other end of the tie moves to a person drawn from those with the same opinion;
otherwise the person adopts the opinion at the other end. A person without ties does nothing.
The number of ties never changes. With f = 0 ties stay and every component of the network comes to agree; with f = 1
opinions stay, and in the end every tie connects two people with the same opinion.
"""
    deviations = (
        "A tie is not moved to oneself; two ties between the same people are allowed, but "
        "rare in the source's limit of many people.",
        "Ties come from the population instead of being drawn as pairs of people.",
    )
    limits = ("At rest nothing changes any more; the recorded values then depend on the world's initial state and luck.",)
    space = "network"
    setting = Setting(steps=400, population={"network": "erdos_renyi", "people": 3200, "mean_degree": 4.0})
    fixed = ("sharing",)
    shown = ("opinion",)

    rewiring = Param(0.458, "[0, 1]", unit="probability", meaning="that a tie moves, not an opinion (f)", source="no source")
    sharing = Param(10, ">= 1", unit="people", meaning="per opinion at the start, on average", source="Holme & Newman 2006", whole=True)

    discord = Society(unit="share of ties", meaning="between people of different opinions")
    largest = Society(unit="share of people", meaning="who hold the most common opinion")
    held = Society(unit="opinions", meaning="held by at least one person")

    first = Stream(meaning="opinion at the start")
    who = Stream(meaning="which person is drawn")
    whom = Stream(meaning="which of the person's ties")
    move = Stream(meaning="whether the tie moves or the opinion")
    where = Stream(meaning="to which person of the same opinion the tie moves")

    discordant = Observable("society.discord", unit="share of ties", meaning="ties between people of different opinions")
    most_held = Observable("society.largest", unit="share of people", meaning="hold the most common opinion")
    opinions = Observable("society.held", unit="opinions", meaning="held by at least one person")

    def arrays(population, p):
        network = population.network
        person = np.repeat(np.arange(population.people), np.diff(network.indptr))
        once = network.indices > person
        ends = np.column_stack([person[once], network.indices[once]]).astype(np.int32)
        kinds = max(1, round(population.people / p.sharing))
        return {
            "ends": ends,  # of each tie
            "next": np.full(ends.shape, -1, np.int32),  # the same person's next half-tie: 2 tie + side
            "before": np.full(ends.shape, -1, np.int32),
            "head": np.full(population.people, -1, np.int32),
            "degree": np.zeros(population.people, np.int32),
            "opinion": np.zeros(population.people, np.int32),
            "holders": np.zeros(kinds, np.int32),
        }

    def start(people, society, luck):
        for tie in range(people.ends.shape[0]):
            attach(people, tie, 0, people.ends[tie, 0])
            attach(people, tie, 1, people.ends[tie, 1])
        for i in range(people.opinion.size):
            people.opinion[i] = below(luck.first, i, people.holders.size)
            people.holders[people.opinion[i]] += 1
        measure(people, society)

    def step(people, society, p, luck):
        n = people.opinion.size
        for event in range(n):
            i = below(luck.who, event, n)
            if people.degree[i] == 0:
                continue
            half = people.head[i]
            for _ in range(below(luck.whom, event, people.degree[i])):
                half = people.next[half // 2, half % 2]
            tie, side = half // 2, half % 2
            j = people.ends[tie, 1 - side]
            mine = people.opinion[i]
            if chance(luck.move, event, p.rewiring):
                others = people.holders[mine] - 1
                if others > 0:
                    detach(people, tie, 1 - side, j)
                    attach(people, tie, 1 - side, holder(people, mine, i, below(luck.where, event, others)))
            elif people.opinion[j] != mine:
                people.holders[mine] -= 1
                people.opinion[i] = people.opinion[j]
                people.holders[people.opinion[j]] += 1
        measure(people, society)


@compiled
def attach(people, tie, side, person):
    """Attach one end of a tie to a person."""
    after = people.head[person]
    people.ends[tie, side] = person
    people.next[tie, side] = after
    people.before[tie, side] = -1
    if after >= 0:
        people.before[after // 2, after % 2] = 2 * tie + side
    people.head[person] = 2 * tie + side
    people.degree[person] += 1


@compiled
def detach(people, tie, side, person):
    """Detach one end of a tie from a person."""
    before, after = people.before[tie, side], people.next[tie, side]
    if before >= 0:
        people.next[before // 2, before % 2] = after
    else:
        people.head[person] = after
    if after >= 0:
        people.before[after // 2, after % 2] = before
    people.degree[person] -= 1


@compiled
def holder(people, opinion, besides, k):
    """The k-th person among those who hold an opinion, with one of them left out."""
    seen = 0
    for j in range(people.opinion.size):
        if people.opinion[j] == opinion and j != besides:
            if seen == k:
                return j
            seen += 1
    return besides


@compiled
def measure(people, society):
    """The values recorded for a step."""
    apart = 0
    for tie in range(people.ends.shape[0]):
        if people.opinion[people.ends[tie, 0]] != people.opinion[people.ends[tie, 1]]:
            apart += 1
    most, held = 0, 0
    for kind in range(people.holders.size):
        most = max(most, people.holders[kind])
        if people.holders[kind] > 0:
            held += 1
    society.discord = apart / max(people.ends.shape[0], 1)
    society.largest = most / people.opinion.size
    society.held = held
