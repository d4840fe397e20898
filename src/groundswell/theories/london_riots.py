"""Davies, Fry, Wilson and Bishop's model of the London riots: contagion, travel and police."""

import numpy as np

from groundswell.theory import LogNormal, Observable, Param, Process, Setting, Society, State, Stream, Trait, Uniform
from groundswell.theory.compiled import compiled, exp, power, uniform


class LondonRiots(Process):
    """People join riots that they see, travel to nearby and attractive places, and avoid or encounter the police.

    A cell is home to residents and holds shops. Rioting is the number of rioters in a cell; no place, target or method of
    any real riot is represented.
    """

    title = "The London riots and their policing: contagion, travel, deterrence"
    source = (
        "Davies, T. P., Fry, H. M., Wilson, A. G. & Bishop, S. R. (2013). A mathematical model of the London riots and "
        "their policing. Scientific Reports 3, 1303."
    )
    references = (source,)
    time_step = "hour"
    equations = """
travel    W_ij = Z_j**alpha exp(-beta d_ij) exp(-Q_j / D_j),  D_j = sum_i I_i W_ij / sum_j W_ij     (rioters in j)
joining   each resident of i at rate eta rho_i**mu sum_j D_j exp(-beta d_ij) exp(-Q_j / D_j) / sum_j exp(-beta d_ij)
arrest    each rioter in j at rate tau (1 - exp(-Q_j / D_j));  each goes home at rate omega
police    Q_j <- Q_j + reaction (Q D_j / sum_j D_j - Q_j)
"""
    deviations = (
        "Cells, shops and deprivation are invented, on a torus; the paper uses those of London.",
        "Only the paper's abstract was read; its equations are stated here from memory of their parts: contagion, a "
        "retail model of travel, and deterrence and arrest by the ratio of police to rioters.",
        "Those who have gone home or were arrested do not come back.",
        "Police move at a rate towards each cell's share of rioting; the paper sends them from stations and with a delay.",
        "Cells farther than `horizon` apart do not see each other.",
    )
    limits = (
        "None of the paper's fitted numbers could be read; the defaults are this project's choice. What it says about the "
        "number of police needed in London cannot be obtained from invented cells.",
        "Residents, rioters and police are numbers in cells; a cell has at most 1,000 residents.",
    )
    space = "grid"
    setting = Setting(steps=96, population={"network": "grid", "rows": 15, "columns": 15})
    fixed = ("residents", "first", "beta", "horizon", "shop_spread")

    deprivation = Trait(Uniform(0.0, 1.0), unit="rank, 1 most", meaning="deprivation of a cell (rho)", source="this project's choice: a rank")
    shops = Trait(LogNormal(0.0, "shop_spread"), unit="of the median", meaning="floor space of shops in a cell (Z)", source="this project's choice")
    outside = State(float, initial="residents", unit="people", meaning="residents who have not rioted")
    riots = State(float, initial=0.0, unit="people", meaning="residents of the cell who riot, wherever they are (I)")
    here = State(float, initial=0.0, unit="people", meaning="rioters in the cell, wherever they live (D)")
    police = State(float, initial=0.0, unit="people", meaning="police in the cell (Q)")

    rioting = Society(unit="people", meaning="people who riot")
    joined = Society(unit="people", meaning="people who have rioted")
    arrested = Society(unit="people", meaning="people who were arrested")
    most_deprived = Society(unit="people", meaning="people who have rioted, from the most deprived fifth of cells")

    residents = Param(200, "[1, 1000]", unit="people", meaning="residents of a cell who could riot", source="this project's choice")
    first = Param(30, "[0, 1000]", unit="people", meaning="rioters at the start, from the cell in the middle", source="this project's choice")
    eta = Param(0.005, ">= 0", unit="per hour and rioter", meaning="rate of joining by rioters seen (eta)", source="this project's choice")
    mu = Param(2.0, ">= 0", unit="exponent", meaning="how joining rises with deprivation (mu)", source="this project's choice: half the rioters from the most deprived fifth")
    alpha = Param(0.5, ">= 0", unit="exponent", meaning="how shops attract (alpha)", source="this project's choice")
    beta = Param(0.5, ">= 0", unit="per cell", meaning="how distance deters (beta)", source="this project's choice")
    tau = Param(0.1, ">= 0", unit="per hour", meaning="rate at which police who are not outnumbered arrest (tau)", source="this project's choice")
    omega = Param(0.1, ">= 0", unit="per hour", meaning="rate of going home (omega)", source="this project's choice")
    force = Param(50, ">= 0", unit="people", meaning="police (Q)", source="this project's choice")
    reaction = Param(0.1, "[0, 1]", unit="per hour", meaning="how fast police move to where rioting is", source="this project's choice")
    shop_spread = Param(1.0, ">= 0", unit="of the logarithm", meaning="spread of floor space", source="this project's choice")
    horizon = Param(7.0, "[0, 50]", unit="cells", meaning="distance in rows and columns beyond which nothing is seen", source="this project's choice")

    joins = Stream(meaning="how many residents of a cell join in an hour")
    arrests = Stream(meaning="how many rioters of a cell are arrested in an hour")
    returns = Stream(meaning="how many rioters of a cell go home in an hour")

    rioters = Observable("society.rioting", "people", "people who riot", harm=True)
    total = Observable("society.joined", "people", "people who have rioted", harm=True)
    caught = Observable("society.arrested", "people", "people who were arrested")
    deprived = Observable("society.most_deprived", "people", "people who have rioted, from the most deprived fifth")

    def arrays(population, p):
        rows, columns = population.grid
        up, left = (int(min(p.horizon, (n - 1) // 2)) for n in (rows, columns))
        i, j = np.mgrid[-up : up + 1, -left : left + 1]
        made = {name: np.zeros(rows * columns) for name in ("calm", "pull", "spread")}
        return {"near": np.exp(-p.beta * np.hypot(i, j)), **made}

    def start(people, society, p, grid):
        middle = (grid.rows // 2) * grid.columns + grid.columns // 2
        people.riots[middle] = min(np.floor(p.first), np.floor(p.residents))
        for k in range(people.riots.size):
            people.outside[k] = np.floor(p.residents) - people.riots[k]
        travel(people, p, grid.rows, grid.columns)
        for k in range(people.riots.size):
            people.police[k] = p.force / people.riots.size
        society.rioting = people.riots[middle]
        society.joined = people.riots[middle]
        society.most_deprived = people.riots[middle] if people.deprivation[middle] > 0.8 else 0.0

    def step(people, society, p, luck, grid):
        rows, columns = grid.rows, grid.columns
        travel(people, p, rows, columns)
        total = people.here.sum()
        for j in range(people.here.size):
            goal = p.force * people.here[j] / total if total > 0.0 else p.force / people.here.size
            people.police[j] += p.reaction * (goal - people.police[j])
            people.calm[j] = exp(-people.police[j] / people.here[j]) if people.here[j] > 0.0 else 0.0
        if total == 0.0:
            return
        seen_near = people.near.sum()
        for k in range(people.riots.size):
            seen, there, caught = 0.0, 0.0, 0.0
            for a in range(people.near.shape[0]):
                row = start_of_row(k, a, people.near, rows, columns)
                for b in range(people.near.shape[1]):
                    j = row + wrapped(k % columns + b - people.near.shape[1] // 2, columns)
                    seen += people.near[a, b] * people.here[j] * people.calm[j]
                    goes = people.near[a, b] * people.pull[j]
                    there += goes
                    caught += goes * p.tau * (1.0 - people.calm[j])
            rate = p.eta * power(people.deprivation[k], p.mu) * seen / seen_near
            new = binomial(uniform(luck.joins, k), people.outside[k], 1.0 - exp(-rate))
            arrest = caught / there if there > 0.0 else 0.0
            stopped = binomial(uniform(luck.arrests, k), people.riots[k], 1.0 - exp(-arrest))
            home = binomial(uniform(luck.returns, k), people.riots[k] - stopped, 1.0 - exp(-p.omega))
            people.outside[k] -= new
            people.riots[k] += new - stopped - home
            society.rioting += new - stopped - home
            society.joined += new
            society.arrested += stopped
            society.most_deprived += new if people.deprivation[k] > 0.8 else 0.0


@compiled
def wrapped(place, size):
    """A position on a ring, from an index at most one round beyond it."""
    if place < 0:
        return place + size
    return place - size if place >= size else place


@compiled
def start_of_row(k, a, near, rows, columns):
    """The first cell of the grid row that is row a of the table of near cells, seen from cell k of a torus."""
    return wrapped(k // columns + a - near.shape[0] // 2, rows) * columns


@compiled
def travel(people, p, rows, columns):
    """Set `here`, where the rioters of all cells go, by `pull`: the shops of a cell and the police there."""
    for j in range(people.here.size):
        crowd = people.here[j]
        deterred = exp(-people.police[j] / crowd) if crowd > 0.0 else 1.0
        people.pull[j] = power(people.shops[j], p.alpha) * deterred
        people.spread[j] = 0.0
    for k in range(people.riots.size):
        if people.riots[k] > 0.0:
            total = 0.0
            for a in range(people.near.shape[0]):
                row = start_of_row(k, a, people.near, rows, columns)
                for b in range(people.near.shape[1]):
                    j = row + wrapped(k % columns + b - people.near.shape[1] // 2, columns)
                    total += people.near[a, b] * people.pull[j]
            if total > 0.0:
                for a in range(people.near.shape[0]):
                    row = start_of_row(k, a, people.near, rows, columns)
                    for b in range(people.near.shape[1]):
                        j = row + wrapped(k % columns + b - people.near.shape[1] // 2, columns)
                        people.spread[j] += people.riots[k] * people.near[a, b] * people.pull[j] / total
    for j in range(people.here.size):
        people.here[j] = people.spread[j]


@compiled
def binomial(u, number, probability):
    """A binomial count: the inverse distribution function at u, by summation (number <= 1000)."""
    if number <= 0.0 or probability <= 0.0:
        return 0.0
    if probability > 0.5:
        return number - binomial(1.0 - u, number, 1.0 - probability)
    odds = probability / (1.0 - probability)
    term = (1.0 - probability) ** number
    total = term
    k = 0.0
    while u > total and k < number:
        term *= odds * (number - k) / (k + 1.0)
        k += 1.0
        total += term
    return k
