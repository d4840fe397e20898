"""Schelling's dying seminar: attendance that depends on attendance."""

from groundswell.theory import Normal, Observable, Param, Setting, Share, State, Theory, Trait


class Seminar(Theory):
    """Come as long as enough others came last time.

    The map is Granovetter's; only the starting point differs. Starting from high attendance, it falls to the largest
    share that sustains itself, and dies out if the curve of satisfied people lies below the diagonal; if it crosses
    the diagonal three times, the crossing in the middle is the critical mass.
    """

    title = "The dying seminar"
    source = "Schelling, T. C. (1978). Micromotives and Macrobehavior. Norton, chapter 3."
    references = (
        source,
        "Schelling, T. C. (1973). Hockey helmets, concealed weapons, and daylight saving. Journal of Conflict Resolution "
        "17, 381-428.",
    )
    time_step = "meeting"
    equations = "a(t+1) = F(a(t)): people come if the share that came last time is enough for them; a(0) is the first meeting."
    deviations = (
        "Requirements are normally distributed; the book draws curves and names no distribution.",
        "People count themselves among those who came, so that a(t+1) = F(a(t)) holds exactly (tested).",
    )
    limits = (
        "Nobody minds a crowded room, and everyone expects last time's attendance.",
    )
    setting = Setting(steps=30, population={"network": "well_mixed", "people": 100})

    needs = Trait(Normal("mean", "sd"), unit="share of people", meaning="attendance that is enough for this person")
    comes = State(bool, initial=Share("first"), meaning="attends")

    mean = Param(0.7, "any", unit="share of people", meaning="mean requirement", source="this project's choice")
    sd = Param(0.2, ">= 0", unit="share of people", meaning="spread of requirements", source="this project's choice")
    first = Param(1.0, "[0, 1]", unit="share of people", meaning="attendance at the first meeting", source="Schelling 1978")

    attendance = Observable("people.comes", "share of people", "share who attend")

    def person(me, people):
        me.comes = people.comes >= me.needs
