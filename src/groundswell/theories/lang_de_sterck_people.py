"""The individual-based twin of Lang and De Sterck's model: a linear threshold model with police."""

from groundswell.theory import Exactly, Observable, Param, Setting, State, Theory, exp


class LangDeSterckPeople(Theory):
    """Join once enough visible people take part; be removed while the movement is small enough to be policed."""

    title = "Linear threshold model of revolution: visibility and policing, person by person"
    source = (
        "Lang, J. C. & De Sterck, H. (2016). A hierarchy of linear threshold models for the spread of political "
        "revolutions on social networks. European Journal of Applied Mathematics 27, 426-456."
    )
    references = (
        "Lang, J. C. & De Sterck, H. (2014). The Arab Spring: a simple compartmental model for the dynamics of a "
        "revolution. Mathematical Social Sciences 69, 12-21.",
        source,
    )
    time_step = "unit of time of the rates"
    equations = """
A person outside joins at rate c1 while the share of those seen who take part exceeds alpha;
a person inside is removed at rate c2 while the share of all who take part lies below beta.
In a step: with probability 1 - exp(-(c1 v + c2 p)) a person's state is redrawn: it is then to take part with probability
c1 v / (c1 v + c2 p): the exact chances of the two-state chain with v and p held for the step.
"""
    deviations = (
        "The paper's rules for single people could not be read: these are the flow's two terms taken person by person, "
        "so that the well-mixed limit of many people is the flow of 2014 (theory lang_de_sterck).",
        "All people act at once in each step, and what they see stays fixed for the step; a threshold crossed within a step is "
        "noticed at its end.",
    )
    limits = ("A small population can leave an equilibrium by chance; the flow never does.",)
    setting = Setting(steps=40, population={"network": "well_mixed", "people": 10_000}, params={"start": 1500})

    acts = State(bool, initial=Exactly("start"), meaning="takes part")

    alpha = Param(0.10, "(0, 1)", unit="share of those seen", meaning="size at which it becomes visible (alpha)", source="this project's choice")
    beta = Param(0.30, "(0, 1)", unit="share of people", meaning="size that overwhelms the police (beta)", source="this project's choice")
    c1 = Param(0.5, "> 0", unit="per step", meaning="rate of joining what is visible (c1)", source="this project's choice")
    c2 = Param(0.5, "> 0", unit="per step", meaning="rate of being removed by police (c2)", source="this project's choice")
    start = Param(15, ">= 0", unit="people", meaning="take part at the start", source="this project's choice")

    turnout = Observable("people.acts", "share of people", "take part (r)")

    def person(me, seen, people, p, luck):
        joining = p.c1 if seen.share.acts > p.alpha else 0.0
        removal = p.c2 if people.acts < p.beta else 0.0
        if luck.chance("anew", 1.0 - exp(-joining - removal)):
            me.acts = luck.chance("acts", joining / (joining + removal))
