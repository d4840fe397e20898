"""Axelrod's dissemination of culture, ported: the file that docs/porting-a-model.md arrives at."""

import numpy as np

from groundswell import Observable, Param, Process, Setting, Society, Stream, World, simulate
from groundswell.population.population import on_grid
from groundswell.theory.compiled import below, chance, compiled


class Culture(Process):
    """The more two neighbours have in common, the likelier one is to adopt another trait from the other."""

    source = "Axelrod, R. (1997). The dissemination of culture. Journal of Conflict Resolution 41, 203-226."
    time_step = "ten events per site"
    space = "grid"
    setting = Setting(steps=300, population={"network": "grid", "rows": 10, "columns": 10})
    fixed = ("features",)

    features = Param(5, "[1, 100]", meaning="of a culture, a whole number")
    traits = Param(10, "[1, 1000]", meaning="that a feature can have, a whole number")
    error = Param(0.0, "[0, 1]", unit="probability", meaning="that an active site adopts a random trait")

    regions = Society(meaning="of adjoining sites with one culture")
    cultural_regions = Observable("society.regions", unit="regions")

    begins = Stream("traits at the start")
    site = Stream("which site is active")
    neighbour = Stream("which neighbour it meets")
    interact = Stream("whether they interact")
    feature = Stream("what is adopted")
    errs = Stream("whether a new trait appears, on which feature, and which")

    def arrays(population, p):
        rows, columns = population.grid
        near = np.zeros((rows * columns, 4), np.int32)
        neighbours = np.zeros(rows * columns, np.int32)
        for i in range(rows * columns):
            row, column = divmod(i, columns)
            for r, c in ((row - 1, column), (row, column + 1), (row + 1, column), (row, column - 1)):
                if 0 <= r < rows and 0 <= c < columns:  # the territory has edges
                    near[i, neighbours[i]] = r * columns + c
                    neighbours[i] += 1
        culture = np.zeros((rows * columns, int(p.features)), np.int32)
        queue = np.zeros(rows * columns, np.int32)
        return {"culture": culture, "near": near, "neighbours": neighbours, "queue": queue}

    def start(people, society, p, luck):
        sites, features = people.culture.shape
        for i in range(sites):
            for f in range(features):
                people.culture[i, f] = below(luck.begins, i, int(p.traits), f)
        society.regions = count_regions(people)

    def step(people, society, p, luck):
        sites, features = people.culture.shape
        for event in range(10 * sites):
            i = below(luck.site, event, sites)
            if people.neighbours[i] > 0:
                j = people.near[i, below(luck.neighbour, event, people.neighbours[i])]
                alike = in_common(people, i, j)
                if alike < features and chance(luck.interact, event, alike / features):
                    f = differing(people, i, j, below(luck.feature, event, features - alike))
                    people.culture[i, f] = people.culture[j, f]
            if chance(luck.errs, event, p.error):
                people.culture[i, below(luck.errs, event, features, 1)] = below(luck.errs, event, int(p.traits), 2)
        society.regions = count_regions(people)


@compiled
def in_common(people, i, j):
    """The number of features on which two sites have the same trait."""
    alike = 0
    for f in range(people.culture.shape[1]):
        alike += people.culture[i, f] == people.culture[j, f]
    return alike


@compiled
def differing(people, i, j, skip):
    """A feature on which two sites differ, after so many others."""
    for f in range(people.culture.shape[1]):
        if people.culture[i, f] != people.culture[j, f]:
            if skip == 0:
                return f
            skip -= 1
    return -1


@compiled
def count_regions(people):
    """The number of regions, each of which is walked through once from its first site."""
    sites, features = people.culture.shape
    reached = np.zeros(sites, np.bool_)
    regions = 0
    for first in range(sites):
        if reached[first]:
            continue
        regions += 1
        reached[first] = True
        people.queue[0] = first
        asked, known = 0, 1
        while asked < known:
            i = people.queue[asked]
            asked += 1
            for k in range(people.neighbours[i]):
                j = people.near[i, k]
                if not reached[j] and in_common(people, i, j) == features:
                    reached[j] = True
                    people.queue[known] = j
                    known += 1
    return regions


if __name__ == "__main__":
    for traits in (5, 10, 15):
        worlds = [World(seed, {"traits": traits}) for seed in range(10)]
        end = simulate(Culture, on_grid(10, 10), worlds, steps=300)["cultural_regions"][-1]
        print(f"{traits:2} traits: {end.mean():4.1f} regions on average, from {end.min():.0f} to {end.max():.0f}")
