"""Axelrod's dissemination of culture: similar people grow more similar, and dissimilar people stay apart."""

import numpy as np

from groundswell.theory import Observable, Param, Process, Setting, Society, Stream
from groundswell.theory.compiled import below, chance, compiled

# Offsets (rows, columns) to neighbours: the first 4 are the paper's basic neighbourhood, the first 8 and 12 its wider ones.
NEAR = (
    (-1, 0), (0, 1), (1, 0), (0, -1), (-1, -1), (-1, 1), (1, 1), (1, -1), (-2, 0), (0, 2), (2, 0), (0, -2),
)  # fmt: skip

EVENTS = 10  # in a step, for each site: recorded quantities are counted no more often than this


class Axelrod(Process):
    """The more two neighbours have in common, the likelier one is to adopt another trait from the other."""

    title = "Dissemination of culture"
    source = (
        "Axelrod, R. (1997). The dissemination of culture: a model with local convergence and global polarization. "
        "Journal of Conflict Resolution 41, 203-226."
    )
    references = (
        source,
        "Axtell, R., Axelrod, R., Epstein, J. M. & Cohen, M. D. (1996). Aligning simulation models: a case study and "
        "results. Computational and Mathematical Organization Theory 1, 123-141.",
        "Castellano, C., Marsili, M. & Vespignani, A. (2000). Nonequilibrium phase transition in a model for social "
        "influence. Physical Review Letters 85, 3536-3539.",
        "Klemm, K., Eguiluz, V. M., Toral, R. & San Miguel, M. (2003). Global culture: a noise-induced transition in finite "
        "systems. Physical Review E 67, 045101.",
    )
    time_step = "ten events per site"
    equations = """
culture of a site: F features, each with one of q traits, drawn uniformly at the start
event: a site and one of its neighbours are drawn;  s = share of features on which they have the same trait
with probability s, the site adopts the neighbour's trait on a feature drawn from those on which they differ
region: adjoining sites with the same culture;  zone: adjoining sites, each of which shares a trait with the next
Nothing can change once every zone is a single region.
"""
    deviations = (
        "A world that has come to rest is not simulated further; events that would change nothing are not drawn (tested).",
        "Regions use the same neighbourhood: with 8 or 12 neighbours, sites adjoin across a corner or over one site.",
    )
    limits = (
        "The number of regions at rest varies widely between runs of the same setting: a mean of ten runs is imprecise.",
        "Traits are never invented or miscopied; a small rate of errors merges the regions (Klemm "
        "and others 2003).",
    )
    space = "grid"
    setting = Setting(steps=200, population={"network": "grid", "rows": 10, "columns": 10})
    fixed = ("features", "traits", "neighbours", "torus")
    shown = ("traits",)

    features = Param(5, "[1, 100]", unit="features", meaning="of a culture (F), a whole number", source="Axelrod 1997")
    traits = Param(10, "[1, 30000]", unit="traits", meaning="a feature can have (q), a whole number", source="Axelrod 1997")
    neighbours = Param(4, "[4, 12]", unit="sites", meaning="neighbours of a site inside: 4, 8 or 12", source="Axelrod 1997")
    torus = Param(0, "[0, 1]", unit="0 or 1", meaning="1: opposite edges are joined", source="Axelrod 1997: they are not")

    regions = Society(unit="regions", meaning="of adjoining sites with one culture")
    zones = Society(unit="zones", meaning="of adjoining sites that have something in common")

    culture = Stream(meaning="traits at the start")
    site = Stream(meaning="which site is active")
    neighbour = Stream(meaning="which neighbour it meets")
    interact = Stream(meaning="whether they interact")
    feature = Stream(meaning="which of the features on which they differ is adopted")

    cultural_regions = Observable("society.regions", unit="regions", meaning="cultural regions")
    cultural_zones = Observable("society.zones", unit="zones", meaning="cultural zones")

    def arrays(population, p):
        rows, columns = population.grid
        sites = population.people
        row, column = np.divmod(np.arange(sites), columns)
        near = np.zeros((sites, int(p.neighbours)), np.int32)  # neighbours of a site: the leading entries of its row
        count = np.zeros(sites, np.int32)
        for down, right in NEAR[: int(p.neighbours)]:
            there = ((row + down) % rows) * columns + (column + right) % columns
            inside = (row + down >= 0) & (row + down < rows) & (column + right >= 0) & (column + right < columns)
            ties = np.flatnonzero(inside | (p.torus == 1.0))
            near[ties, count[ties]] = there[ties]
            count[ties] += 1
        return {
            "traits": np.zeros((sites, int(p.features)), np.int16),
            "near": near,
            "neighbours": count,
            "reached": np.zeros(sites, np.bool_),  # for `components`
            "queue": np.zeros(sites, np.int32),
        }

    def start(people, society, p, luck):
        sites, features = people.traits.shape
        for i in range(sites):
            for f in range(features):
                people.traits[i, f] = below(luck.culture, i, int(p.traits), f)
        society.regions = components(people, features)
        society.zones = components(people, 1)

    def step(people, society, luck):
        sites, features = people.traits.shape
        if society.regions == society.zones:
            return
        for event in range(EVENTS * sites):
            i = below(luck.site, event, sites)
            if people.neighbours[i] == 0:
                continue
            j = people.near[i, below(luck.neighbour, event, people.neighbours[i])]
            alike = in_common(people, i, j)
            if 0 < alike < features and chance(luck.interact, event, alike / features):
                taken = below(luck.feature, event, features - alike)
                for f in range(features):
                    if people.traits[i, f] != people.traits[j, f]:
                        if taken == 0:
                            people.traits[i, f] = people.traits[j, f]
                        taken -= 1
        society.regions = components(people, features)
        society.zones = components(people, 1)


@compiled
def in_common(people, i, j):
    """The number of features on which two sites have the same trait."""
    alike = 0
    for f in range(people.traits.shape[1]):
        alike += people.traits[i, f] == people.traits[j, f]
    return alike


@compiled
def components(people, least):
    """The number of connected sets of sites whose neighbours share at least the given number of features."""
    found = 0
    people.reached[:] = False
    for first in range(people.reached.size):
        if people.reached[first]:
            continue
        found += 1
        people.reached[first] = True
        people.queue[0] = first
        asked, known = 0, 1
        while asked < known:
            i = people.queue[asked]
            asked += 1
            for k in range(people.neighbours[i]):
                j = people.near[i, k]
                if not people.reached[j] and in_common(people, i, j) >= least:
                    people.reached[j] = True
                    people.queue[known] = j
                    known += 1
    return found
