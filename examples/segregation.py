"""Schelling's segregation as the public comparison of frameworks declares it: people move until enough are alike."""

import numpy as np

from groundswell import Observable, Param, Process, Society, Stream
from groundswell.theory.compiled import below, compiled


class Segregation(Process):
    """Move to an empty site, drawn at random, while fewer than `least` of those around are of one's own group."""

    agents, least = Param(1000, whole=True), Param(3, whole=True)
    content, where = Society(), Stream()
    happy = Observable("society.content")

    def arrays(population, p):
        n, m = int(p.agents), population.people  # `held`: by which group; its last site is that of those without one
        return {"site": np.full(n, m), "group": np.arange(n) % 2, "mood": np.zeros(n, bool), "held": np.full(m + 1, -1)}

    def start(people, luck):
        for i in range(people.site.size):
            move(people, luck.where, i)

    def step(people, society, p, luck, ties):
        for i in range(people.site.size):
            near = ties.indices[ties.indptr[people.site[i]] : ties.indptr[people.site[i] + 1]]
            people.mood[i] = (people.held[near] == people.group[i]).sum() >= p.least
            if not people.mood[i]:
                move(people, luck.where, i)
        society.content = people.mood.mean()


@compiled
def move(people, where, i):
    k, to = 1, below(where, i, people.held.size - 1)
    while people.held[to] >= 0:
        k, to = k + 1, below(where, i, people.held.size - 1, k)
    people.held[people.site[i]], people.held[to], people.site[i] = -1, people.group[i], to


if __name__ == "__main__":
    from groundswell import PopulationSpecification, World, simulate

    people = PopulationSpecification(network="moore", rows=50, columns=50, torus=False).build(seed=1)
    course = simulate(Segregation, people, [World(k) for k in range(20)], steps=1000, until="happy >= 1")
    print(f"everyone is happy after {min(course.stopped)} to {max(course.stopped)} steps, in 20 worlds")
