"""Oliver, Marwell and Teixeira's critical mass: unequal interest and resources, and the shape of the production function."""

import numpy as np

from groundswell.theory import LogNormal, Observable, Param, Process, Setting, Society, State, Stream, Trait
from groundswell.theory.compiled import compiled, power, uniform


class CriticalMass(Process):
    """Contribute, one after another, whatever pays for oneself given what the others have contributed so far."""

    title = "Critical mass in collective action"
    source = (
        "Oliver, P., Marwell, G. & Teixeira, R. (1985). A theory of the critical mass I. Interdependence, group "
        "heterogeneity, and the production of collective action. American Journal of Sociology 91, 522-556."
    )
    references = (
        source,
        "Oliver, P. & Marwell, G. (1988). The paradox of group size in collective action: a theory of the critical mass II. "
        "American Sociological Review 53, 1-8.",
    )
    time_step = "round in which everyone decides once"
    equations = """
G_i(r) = v_i [P((R + r) / Z) - P(R / Z)] - c r: what contributing r gains person i when R has been contributed so far
P(x)   = x^e up to x = 1: accelerating for e > 1, linear for e = 1, decelerating for e < 1
Z      = needed N^(1 - J): contributions that provide the good in full; with jointness J = 1 a larger group needs no more
r_i    = the r in [0, i's remaining resources] with the largest G_i(r), and 0 where none is above 0
"""
    deviations = (
        "A power function stands for the paper's accelerating and decelerating curves, which the paper only draws.",
        "Rounds continue until nobody gives more: people who found it too early to give may give later. In the first round "
        "the decisions are the paper's (tested); with an accelerating function the order does not affect the end (tested).",
        "Interest and resources are log-normal and independent; the papers try several distributions.",
    )
    limits = (
        "People consider what has been given, not whom their own gift might move: the strategic gaming that the paper "
        "describes is not modelled.",
        "Ties and organisers, the subject of the third paper, are not modelled: everyone sees the sum.",
    )
    setting = Setting(steps=20, population={"network": "well_mixed", "people": 100})

    interest = Trait(LogNormal("log_interest", "log_interest_sd"), "resources", "worth of full provision to the person (v)")
    resources = Trait(LogNormal("log_resources", "log_resources_sd"), "resources", "what the person could contribute")
    gives = State(float, initial=0.0, unit="resources", meaning="contributed so far (r)")
    contributes = State(bool, initial=False, meaning="has contributed")

    exponent = Param(0.5, "> 0", unit="", meaning="of the production function (e): 2 accelerates, 1/2 decelerates")
    cost = Param(1.0, "> 0", unit="value of one resource", meaning="of contributing one resource (c)")
    needed = Param(1.0, "> 0", unit="resources", meaning="contributions for full provision, at N = 1")
    jointness = Param(0.0, "[0, 1]", unit="", meaning="jointness of supply (J): with 1, the cost is the same for any number of people")
    given = Param(0.0, "[0, 1]", unit="share of Z", meaning="contributed before anyone decides")
    first = Param(1.0, "[-1, 1]", unit="", meaning="1 most interested first, -1 least interested first, 0 a new order each round")
    log_interest = Param(4.0, "any", unit="log resources", meaning="mean of the logarithm of interest")
    log_interest_sd = Param(1.0, ">= 0", unit="log resources", meaning="spread of the logarithm of interest")
    log_resources = Param(0.0, "any", unit="log resources", meaning="mean of the logarithm of resources")
    log_resources_sd = Param(0.0, ">= 0", unit="log resources", meaning="spread of the logarithm of resources")
    fixed = ("given",)

    total = Society(unit="resources", meaning="contributed so far (R)")
    contributions = Society(unit="share of Z", meaning="contributed so far, R / Z")
    provision = Society(unit="share of full provision", meaning="level of the good, P(R / Z)")
    turn = Stream(meaning="the order in which people decide")

    provided = Observable("society.provision", "share of full provision", "level of the good")
    contributed = Observable("society.contributions", "share of what full provision takes", "contributions")
    contributors = Observable("people.contributes", "share of people", "people who contribute")

    def start(people, society, p):
        society.contributions = p.given
        society.total = p.given * full(p.needed, p.jointness, people.gives.size)
        society.provision = produced(p.given, p.exponent)

    def step(people, society, p, luck):
        n = people.gives.size
        z = full(p.needed, p.jointness, n)
        keys = -p.first * people.interest
        if p.first == 0.0:
            for i in range(n):
                keys[i] = uniform(luck.turn, i)
        for i in np.argsort(keys, kind="mergesort"):
            left = min(people.resources[i] - people.gives[i], z - society.total)
            gift = contribution(people.interest[i], left, society.total, z, p.exponent, p.cost)
            people.gives[i] += gift
            society.total += gift
            if gift > 0.0:
                people.contributes[i] = True
        society.contributions = society.total / z
        society.provision = produced(society.contributions, p.exponent)


@compiled
def full(needed, jointness, people):
    """Z: contributions that provide the good in full."""
    return needed * power(float(people), 1.0 - jointness)


@compiled
def produced(x, exponent):
    """P: the level of the good that a share x of Z provides."""
    return power(min(x, 1.0), exponent)


@compiled
def contribution(interest, left, total, z, exponent, cost):
    """The gift with the largest gain: all or nothing unless returns diminish, else the amount at which they equal the cost."""
    if left <= 0.0:
        return 0.0
    if exponent < 1.0:
        wanted = power(interest * exponent / (cost * z), 1.0 / (1.0 - exponent)) * z
        return min(max(wanted - total, 0.0), left)
    gain = interest * (produced((total + left) / z, exponent) - produced(total / z, exponent)) - cost * left
    return left if gain > 0.0 else 0.0
