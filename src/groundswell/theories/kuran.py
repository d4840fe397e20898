"""Kuran's model of preference falsification and unanticipated revolution."""

from groundswell.theory import Normal, Observable, Param, Setting, State, Tally, Theory, Trait


class Kuran(Theory):
    """Oppose in public once public opposition is large enough to make it worth voicing one's private view.

    Everyone gains reputation from siding with the many and integrity from saying what they think. With payoffs linear
    in the size S of the opposition, person i opposes in public exactly when S reaches a threshold that falls with
    private opposition x_i and, for the privately opposed, with the weight of integrity.
    """

    title = "Preference falsification and unanticipated revolution"
    source = (
        "Kuran, T. (1991). Now out of never: the element of surprise in the East European revolution of 1989. "
        "World Politics 44, 7-48."
    )
    references = (
        "Kuran, T. (1989). Sparks and prairie fires: a theory of unanticipated political revolution. "
        "Public Choice 61, 41-74.",
        source,
    )
    time_step = "round of decisions"
    equations = """
S(t+1) = share of people whose threshold lies at or below S(t) + e,  S(0) = 0;  e is the easing of repression
T_i    = 1/2 - (w_i / 2)(2 x_i - 1): opposing at S gives reputation S and supporting gives 1 - S, and integrity adds
         w_i x_i and w_i (1 - x_i). So T_i < 1/2 exactly when x_i > 1/2: the person is privately opposed.
"""
    deviations = (
        "The paper states thresholds; linear payoffs (equations) are one way to derive them, and they matter only in "
        "that a threshold below 1/2 is read as private opposition.",
        "All people decide at once instead of one after another; starting from nobody, both end at the smallest share "
        "that sustains itself (tested).",
        "The easing of repression is a shift of all thresholds; the paper describes it in words.",
    )
    limits = (
        "The paper gives no distribution of thresholds; the default is this project's, and the paper's point is that "
        "what follows depends on its details. Give measured or listed thresholds as a trait of the population.",
        "Private preferences never change; with fixed thresholds public opposition falls only if repression returns.",
    )

    setting = Setting(steps=50, population={"network": "well_mixed", "people": 1000})

    threshold = Trait(
        Normal("mean", "sd"), unit="share of people", meaning="public opposition at which the person joins it (T)"
    )
    opposes = State(bool, initial=False, meaning="opposes the regime in public")
    private = Tally(unit="share of people", meaning="privately opposed")
    hidden = Tally(unit="share of people", meaning="privately opposed, and supporting the regime in public")

    mean = Param(0.40, "any", unit="share of people", meaning="mean threshold")
    sd = Param(0.20, ">= 0", unit="share of people", meaning="spread of thresholds")
    easing = Param(0.0, "any", unit="share of people", meaning="easing of repression: how far all thresholds fall (e)")

    opposition = Observable("people.opposes", "share of people", "public opposition (S)")
    private_opposition = Observable("people.private", "share of people", "privately opposed")
    falsification = Observable("people.hidden", "share of people", "privately opposed, and silent")

    def person(me, people, p, tally):
        me.opposes = people.opposes >= me.threshold - p.easing
        privately = me.threshold < 0.5
        tally.private = 1.0 if privately else 0.0
        tally.hidden = 1.0 if privately and not me.opposes else 0.0
