"""Francisco's predator-prey model of coercion and protest."""

from groundswell.theory import Flow, Observable, Param, Setting, Society


class PredatorPrey(Flow):
    """Dissent grows and is cut down by coercion; coercion feeds on dissent and dies away without it."""

    title = "Predator and prey: coercion and protest"
    source = (
        "Francisco, R. A. (1995). The relationship between coercion and protest: an empirical evaluation in three "
        "coercive states. Journal of Conflict Resolution 39, 263-282."
    )
    references = (
        source,
        "Francisco, R. A. (1996). Coercion and protest: an empirical test in two democratic states. American Journal of "
        "Political Science 40, 1179-1204.",
    )
    time_step = "unit of time of the rates"
    equations = """
D' = a D - b D R - e D**2,   R' = -c R + d D R
With e = 0: equilibrium at D = c/d, R = a/b; H = d D - c log D + b R - a log R stays constant; small cycles take
2 pi / sqrt(a c). With e > 0: damped, to D = c/d, R = (a - e c/d)/b.
"""
    deviations = (
        "The paper uses two forms of the predator-prey model, and its estimated cycles are damped; its second form "
        "could not be read. Dissent that limits itself (e) is this project's way of obtaining a damped form; e = 0 is the plain one.",
    )
    limits = (
        "With e = 0 no cycle attracts a history: the initial size persists forever, and any "
        "disturbance persists. Neither form can show an effect of coercion on the mean of dissent, which is c / d.",
        "The paper's estimates could not be read, and reproducing them needs its event records.",
    )
    setting = Setting(steps=60)

    dissent = Society("start_dissent", unit="level", meaning="dissident activity (D)")
    coercion = Society("start_coercion", unit="level", meaning="coercion by the state (R)")

    a = Param(0.5, "> 0", unit="per step", meaning="growth of dissent without coercion", source="this project's choice")
    b = Param(0.5, "> 0", unit="per step and level", meaning="dissent removed by coercion", source="this project's choice")
    c = Param(0.5, "> 0", unit="per step", meaning="decay of coercion without dissent", source="this project's choice")
    d = Param(0.5, "> 0", unit="per step and level", meaning="coercion caused by dissent", source="this project's choice")
    e = Param(0.0, ">= 0", unit="per step and level", meaning="dissent that limits itself; 0: the plain form", source="this project's choice")
    start_dissent = Param(2.0, "> 0", unit="level", meaning="dissent at the start", source="this project's choice")
    start_coercion = Param(1.0, "> 0", unit="level", meaning="coercion at the start", source="this project's choice")

    protest = Observable("society.dissent", "level", "dissident activity (D)")
    repression = Observable("society.coercion", "level", "coercion by the state (R)", harm=True)

    def flow(society, p, rate):
        D = society.dissent
        R = society.coercion
        rate.dissent = p.a * D - p.b * D * R - p.e * D**2
        rate.coercion = p.d * D * R - p.c * R
