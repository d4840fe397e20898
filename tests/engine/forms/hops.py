"""A small process that uses everything a process may: states of both kinds, traits, arrays, society, draws, a grid."""

import numpy as np

from groundswell.theory import (
    Normal,
    Observable,
    Param,
    Process,
    Setting,
    Share,
    Shock,
    Society,
    State,
    Stream,
    Trait,
)
from groundswell.theory.compiled import below, bits, chance, compiled, exp, normal, poisson, uniform


@compiled
def east(grid, site):
    """The site to the right of a site, on a torus."""
    row = site // grid.columns
    return row * grid.columns + (site + 1) % grid.columns


class Hops(Process):
    """Frogs hop east, one after another, more often when it is loud; each hop is counted."""

    space = "grid"
    setting = Setting(steps=20, population={"network": "grid", "rows": 5, "columns": 7}, params={"start_share": 0.4})
    fixed = ("height",)

    frog = State(bool, initial=Share("start_share"))
    mood = State(float, initial=0.5)
    vigour = Trait(Normal("mean", 0.1))
    noise, hops, last = Society(0.2), Society(), Society()
    thunder = Shock(harm=True)
    hop, whom, gust, rain, coin = Stream("whether"), Stream("whom"), Stream("how hard"), Stream("how much"), Stream()

    start_share = Param(0.3, "[0, 1]")
    mean = Param(0.5, "any")
    height = Param(2.0, "> 0")
    rate = Param(0.5, "[0, 1]")

    frogs = Observable("people.frog")
    temper = Observable("people.mood")
    loudness = Observable("society.noise")
    jumped = Observable("society.hops")
    struck = Observable("society.thunder", harm=True)

    def arrays(population, p):
        return {"visits": np.zeros(population.people, np.int64), "table": np.full((2, 3), p.height)}

    def start(people, society, luck):
        society.last = float(below(luck.whom, 0, people.frog.size))
        people.visits[0] = 1

    def step(people, society, p, luck, grid):
        for turn in range(people.frog.size):
            i = below(luck.whom, turn, people.frog.size, 1)
            loud = society.noise + society.thunder
            if people.frog[i] and chance(luck.hop, turn, p.rate * exp(-loud) * people.vigour[i] + 0.3):
                j = east(grid, i)
                if not people.frog[j]:
                    people.frog[i], people.frog[j] = False, True
                    people.visits[j] += 1
                    society.hops += 1.0
            people.mood[i] += 0.01 * normal(luck.gust, turn) + 0.001 * poisson(luck.rain, turn, 2.0)
        society.noise = 0.5 * society.noise + 0.1 * uniform(luck.coin, 0) + 1e-9 * float(bits(luck.coin, 1)[0])
        society.last = people.table[1, 2] + people.visits.sum()
