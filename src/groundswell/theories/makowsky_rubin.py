"""Makowsky and Rubin's model of centralised power, network range and hidden opposition."""

from groundswell.theory import Normal, Observable, Param, Setting, State, Tally, Theory, Trait


class MakowskyRubin(Theory):
    """Speak out once private opposition outweighs the sanction, which falls with the dissent within one's range."""

    title = "Centralised institutions, social network technology, and revolution"
    source = (
        "Makowsky, M. D. & Rubin, J. (2013). An agent-based model of centralized institutions, social network technology, "
        "and revolution. PLoS ONE 8, e80380."
    )
    references = (
        source,
        "Makowsky, M. D. & Rubin, J. (2012). An agent-based model of centralized institutions, social network technology, "
        "and revolution. Working paper, SSRN 1947076 (abstract).",
        "Kuran, T. (1989). Sparks and prairie fires: a theory of unanticipated political revolution. Public Choice 61, 41-74.",
    )
    time_step = "round of expression"
    equations = """
o_i(t+1) = 1 when  x_i + shock > centralization * (1 - s_i(t)),  else 0;  x_i ~ Normal(mean, sd)
s_i is the share of those within i's network range who oppose openly; x_i + shock > 0 is private opposition
falsification = share who oppose in private but not in public;  change = open opposition after a shock minus before it
"""
    deviations = (
        "A restatement: the abstracts of both versions were read, not the equations. Expression is for or against, "
        "sanctions are linear in the dissent one sees, and centralisation is the sanction on a lone dissenter.",
        "There is one authority. Local authorities, and institutions that follow what is expressed, are not modelled: change "
        "means that of open opposition.",
        "The network range is the radius of a Moore neighbourhood; on any other network there is no range.",
    )
    limits = (
        "Falsification falls with range only where preferences or shocks are strong enough: where hardly anyone would act "
        "first, a wider range hides the few, and falsification rises a little (tested).",
    )
    setting = Setting(60, {"network": "moore", "rows": 40, "columns": 40, "radius": 3})

    preference = Trait(Normal("mean", "sd"), meaning="private opposition to the order (x); support below 0")
    opposes = State(bool, initial=False, meaning="opposes in public")
    private = Tally(unit="share of people", meaning="opposes in private")
    hidden = Tally(unit="share of people", meaning="opposes in private but not in public")

    mean = Param(0.5, "any", meaning="mean private opposition", source="this project's choice")
    sd = Param(0.25, ">= 0", meaning="spread of private opposition", source="this project's choice")
    centralization = Param(1.0, ">= 0", meaning="sanction on a lone dissenter", source="this project's choice")
    shock = Param(0.0, "any", meaning="shift of everyone's private opposition", source="this project's choice")

    opposition = Observable("people.opposes", "share of people", "open opposition")
    private_opposition = Observable("people.private", "share of people", "private opposition")
    falsification = Observable("people.hidden", "share of people", "privately opposed but silent")

    def person(me, seen, p, tally):
        now = me.preference + p.shock
        me.opposes = now > p.centralization * (1.0 - seen.share.opposes)
        tally.private = 1.0 if now > 0.0 else 0.0
        tally.hidden = 1.0 if now > 0.0 and not me.opposes else 0.0
