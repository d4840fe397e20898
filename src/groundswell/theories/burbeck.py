"""The epidemiological model of riot growth of Burbeck, Raine and Stark."""

from groundswell.theory import Flow, Observable, Param, Setting, Shock, Society


class Burbeck(Flow):
    """A riot grows as rioters meet people who can still be drawn in, and ends as rioters withdraw."""

    title = "The dynamics of riot growth: an epidemiological approach"
    source = (
        "Burbeck, S. L., Raine, W. J. & Stark, M. J. A. (1978). The dynamics of riot growth: an epidemiological "
        "approach. Journal of Mathematical Sociology 6, 1-22."
    )
    references = (
        source,
        "Kermack, W. O. & McKendrick, A. G. (1927). A contribution to the mathematical theory of epidemics. Proceedings "
        "of the Royal Society A 115, 700-721.",
    )
    time_step = "hour"
    equations = """
S' = -k S I,   I' = k S I - w I,   joined' = k S I      (S + I + those who withdrew stays constant)
It grows where k S > w; the peak is I0 + S0 - (1 + log(k S0 / w)) w / k; in the end S solves
log(S / S0) = -(k / w)(S0 + I0 - S).
"""
    deviations = (
        "A trigger is a shock that makes people join for one step; the paper starts its riots with a number of rioters.",
    )
    limits = (
        "The paper's estimates for the three cities could not be read; the defaults are this project's choice.",
        "One well-mixed place: no geography, no police, no nights.",
    )
    setting = Setting(steps=120)

    outside = Society("susceptible", unit="people", meaning="can still be drawn in (S)")
    active = Society("rioters", unit="people", meaning="riot at the moment (I)")
    joined = Society(0.0, unit="people", meaning="have joined since the start")
    trigger = Shock(unit="rate per step", meaning="rate at which an outside event draws people in, for one step", harm=True)

    contagion = Param(0.0002, ">= 0", unit="per hour and person", meaning="rate of drawing in (k)", source="this project's choice")
    withdrawal = Param(0.1, "> 0", unit="per hour", meaning="rate of withdrawing (w)", source="this project's choice")
    susceptible = Param(2000, ">= 0", unit="people", meaning="can be drawn in at the start (S0)", source="this project's choice")
    rioters = Param(10, ">= 0", unit="people", meaning="riot at the start (I0)", source="this project's choice")

    activity = Observable("society.active", "people", "riot at the moment (I)", harm=True)
    reservoir = Observable("society.outside", "people", "can still be drawn in (S)")
    total = Observable("society.joined", "people", "have joined since the start", harm=True)

    def flow(society, p, rate):
        joining = (p.contagion * society.active + society.trigger) * society.outside
        rate.outside = -joining
        rate.active = joining - p.withdrawal * society.active
        rate.joined = joining
