"""Lang and De Sterck's compartmental model of revolution under censorship and police."""

from groundswell.theory import Flow, Observable, Param, Setting, Shock, Society, clip


class LangDeSterck(Flow):
    """A revolution grows while it is large enough to be seen, and shrinks while it is small enough to be policed."""

    title = "Compartmental model of revolution: visibility and policing"
    source = (
        "Lang, J. C. & De Sterck, H. (2014). The Arab Spring: a simple compartmental model for the dynamics of a "
        "revolution. Mathematical Social Sciences 69, 12-21."
    )
    references = (source,)
    time_step = "unit of time of the rates"
    equations = """
r'   = c1 v(r) (1 - r) - c2 p(r) r
v(r) = 1 if r > alpha else 0: the revolution is visible;  p(r) = 1 if r < beta else 0: the police can cope
(width > 0: v rises and p falls along a ramp of that width centred at alpha and beta)
"""
    deviations = (
        "With width > 0 the two steps are straight ramps, the simplest rapid transitions; the paper treats a broad "
        "class of them. At width 0 they are the paper's steps.",
        "A shock, as an intervention, adds people from outside for one step; the paper changes the initial state instead.",
    )
    limits = (
        "At a jump the integration errs by about 1 / substeps in time; with width > 0 it is accurate.",
        "The paper's rates and thresholds for countries could not be read; the defaults are this project's choice.",
    )
    setting = Setting(steps=40)

    revolution = Society("start", unit="share of people", meaning="take part (r)")
    spark = Shock(unit="rate per step", meaning="rate at which outside events make people join, for one step")

    alpha = Param(0.10, "(0, 1)", unit="share of people", meaning="size at which it becomes visible (alpha)", source="this project's choice")
    beta = Param(0.30, "(0, 1)", unit="share of people", meaning="size that overwhelms the police (beta)", source="this project's choice")
    c1 = Param(0.5, "> 0", unit="per step", meaning="rate of joining what is visible (c1)", source="this project's choice")
    c2 = Param(0.5, "> 0", unit="per step", meaning="rate of being removed by police (c2)", source="this project's choice")
    width = Param(0.0, "[0, 1)", unit="share of people", meaning="width of the two transitions; 0: steps", source="Lang & De Sterck 2014: steps")
    start = Param(0.15, "[0, 1]", unit="share of people", meaning="take part at the start (r(0))", source="this project's choice")

    turnout = Observable("society.revolution", "share of people", "take part (r)")

    def flow(society, p, rate):
        r = society.revolution
        if p.width > 0.0:
            visible = clip((r - p.alpha) / p.width + 0.5, 0.0, 1.0)
            policed = clip((p.beta - r) / p.width + 0.5, 0.0, 1.0)
        else:
            visible = 1.0 if r > p.alpha else 0.0
            policed = 1.0 if r < p.beta else 0.0
        rate.revolution = (p.c1 * visible + society.spark) * (1.0 - r) - p.c2 * policed * r
