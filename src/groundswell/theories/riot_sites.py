"""Riots on sites: the epidemic model of the French riots of 2005 by Bonnasse-Gahot and others."""

import numpy as np

from groundswell.theory import LogNormal, Observable, Param, Process, Setting, Shock, Society, State, Stream, Trait
from groundswell.theory.compiled import compiled, exp, poisson

SUBSTEPS = 8  # per day; the method is of second order and errs by a few thousandths at a rate of one a day


class RiotSites(Process):
    """Rioting in one place draws in people at risk there and elsewhere, more so nearby, and ebbs by itself."""

    title = "Riots as an epidemic between places"
    source = (
        "Bonnasse-Gahot, L., Berestycki, H., Depuiset, M.-A., Gordon, M. B., Roche, S., Rodriguez, N. & Nadal, J.-P. "
        "(2018). Epidemiological modelling of the 2005 French riots: a spreading wave and the role of contagion. "
        "Scientific Reports 8, 107."
    )
    references = (source,)
    time_step = "day"
    equations = """
lambda_k' = -omega lambda_k + sigma_k Psi_k,   sigma_k' = -sigma_k Psi_k,   Psi_k = beta Lambda_k
Lambda_k  = (1 - far) sum_j W_kj lambda_j + far <lambda>,   W_kj ~ (1 + d_kj / d0)**-delta, summing to 1 over j
events of a day in k ~ Poisson(lambda_k)
"""
    deviations = (
        "The places are the sites of an invented torus with invented numbers of people at risk; the paper's are 853 "
        "municipalities with the number of young men without a diploma.",
        "Weights sum to 1, and what everyone hears equally (far) is a share of them, so that neither changes how fast "
        "rioting grows where all places riot equally; the paper fits several forms of weights.",
        "Psi is linear in what is seen; the paper also fits forms that saturate.",
        "Weights beyond `horizon` sites are left out.",
    )
    limits = (
        "The paper's fitted numbers could not be read; from memory, omega is .2 to .3 per day, and the other "
        "defaults are this project's choice.",
        "Each day of continuous time is divided into 8 steps (second order); nights, weekends and police are left out, as in the paper.",
        "Events do not feed back: expected rioting is deterministic, and counts are drawn around it.",
    )
    space = "grid"
    setting = Setting(steps=44, population={"network": "grid", "rows": 29, "columns": 29})
    fixed = ("at_risk", "spread", "outbreak", "d0", "delta", "horizon")

    size = Trait(LogNormal(0.0, "spread"), unit="of the median", meaning="people at risk in a place", source="this project's choice")
    active = State(float, initial=0.0, unit="events per day", meaning="expected rioting (lambda)")
    reservoir = State(float, initial=0.0, unit="events per day", meaning="what can still be drawn in (sigma)")
    events = State(float, initial=0.0, unit="events", meaning="events of the day")
    quiet = State(bool, initial=True, meaning="less than half of a place's potential has been drawn in so far")

    distance = Society(unit="sites", meaning="mean distance of rioting from where it began")
    trigger = Shock(unit="events per day", meaning="rioting set off by an outside event in the first place", harm=True)

    omega = Param(0.25, "> 0", unit="per day", meaning="rate at which rioting ebbs (omega)", source="Bonnasse-Gahot et al. 2018, .2 to .3 from memory")
    beta = Param(0.2, ">= 0", unit="per event", meaning="rate of drawing in by what is seen (beta)", source="this project's choice")
    at_risk = Param(2.5, "> 0", unit="events per day", meaning="potential of the median place (sigma at the start)", source="this project's choice")
    spread = Param(0.5, ">= 0", unit="of the logarithm", meaning="spread of sizes of places", source="this project's choice")
    d0 = Param(1.0, "> 0", unit="sites", meaning="distance at which weights begin to fall (d0)", source="this project's choice")
    delta = Param(3.0, ">= 0", unit="exponent", meaning="how fast weights fall with distance (delta)", source="this project's choice")
    far = Param(0.0, "[0, 1]", unit="share", meaning="part of what is seen that everyone hears equally, as from national media", source="this project's choice")
    horizon = Param(9.0, "[0, 100]", unit="sites", meaning="distance in rows and columns beyond which only media are seen", source="this project's choice")
    outbreak = Param(2.0, ">= 0", unit="events per day", meaning="rioting at the start, in the middle", source="this project's choice")

    count = Stream(meaning="number of events in a place and day")

    rioting = Observable("people.active", "events per day and place", "expected rioting (lambda)", harm=True)
    incidents = Observable("people.events", "events per day and place", "events of the day", harm=True)
    left = Observable("people.reservoir", "events per day and place", "what can still be drawn in (sigma)")
    untouched = Observable("people.quiet", "share of places", "less than half drawn in")
    spreading = Observable("society.distance", "sites", "mean distance of rioting from where it began")

    def arrays(population, p):
        rows, columns = population.grid
        far_up, far_left = (int(min(p.horizon, (n - 1) // 2)) for n in (rows, columns))
        up, left = np.mgrid[-far_up : far_up + 1, -far_left : far_left + 1]
        weights = (1.0 + np.hypot(up, left) / p.d0) ** -p.delta
        row, column = np.divmod(np.arange(rows * columns), columns)
        away = [np.minimum(np.abs(x - n // 2), n - np.abs(x - n // 2)) for x, n in ((row, rows), (column, columns))]
        made = {name: np.zeros(rows * columns) for name in ("sees", "next", "saw")}
        return {"weights": weights / weights.sum(), "away": np.hypot(*away), **made}

    def start(people, society, p, grid):
        for k in range(people.active.size):
            people.reservoir[k] = p.at_risk * people.size[k]
        people.active[(grid.rows // 2) * grid.columns + grid.columns // 2] = p.outbreak

    def step(people, society, p, luck, grid):
        dt = 1.0 / SUBSTEPS
        people.active[(grid.rows // 2) * grid.columns + grid.columns // 2] += society.trigger
        ebb, half_ebb = exp(-p.omega * dt), exp(-0.5 * p.omega * dt)
        for _ in range(SUBSTEPS):
            look(people.active, people.weights, p.far, grid.rows, grid.columns, people.saw)
            for k in range(people.active.size):
                drawn = people.reservoir[k] * (1.0 - exp(-p.beta * people.saw[k] * dt))
                people.next[k] = ebb * people.active[k] + half_ebb * drawn
            look(people.next, people.weights, p.far, grid.rows, grid.columns, people.sees)
            for k in range(people.active.size):
                seen = 0.5 * (people.saw[k] + people.sees[k])
                drawn = people.reservoir[k] * (1.0 - exp(-p.beta * seen * dt))
                people.reservoir[k] -= drawn
                people.active[k] = ebb * people.active[k] + half_ebb * drawn
        total = 0.0
        moment = 0.0
        for k in range(people.active.size):
            people.events[k] = poisson(luck.count, k, people.active[k])
            people.quiet[k] = people.reservoir[k] > 0.5 * p.at_risk * people.size[k]
            total += people.active[k]
            moment += people.active[k] * people.away[k]
        society.distance = moment / total if total > 0.0 else 0.0


@compiled
def look(active, weights, far, rows, columns, sees):
    """What is seen from each site on a torus: nearby sites by weight, and the mean of all."""
    mean = active.mean()
    up, left = weights.shape[0] // 2, weights.shape[1] // 2
    for row in range(rows):
        for column in range(columns):
            near = 0.0
            for i in range(weights.shape[0]):
                base = ((row + i - up) % rows) * columns
                for j in range(weights.shape[1]):
                    at = column + j - left
                    at += columns if at < 0 else (-columns if at >= columns else 0)
                    near += weights[i, j] * active[base + at]
            sees[row * columns + column] = (1.0 - far) * near + far * mean
