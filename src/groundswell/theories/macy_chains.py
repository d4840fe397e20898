"""Macy's chains of cooperation: thresholds that are learned, and the chain reactions that they allow."""

from groundswell.theory import Normal, Observable, Param, Setting, State, Theory, Trait, clip, logistic, positive


class MacyChains(Theory):
    """Take part with a probability that rises with participation, above a threshold that outcomes move.

    Whoever is rewarded for taking part, or punished for staying away, will need less company next time; whoever is
    punished for taking part, or rewarded for staying away, will need more. Choices that depend on those of others cluster.
    """

    name = "macy_chains"
    title = "Chains of cooperation: threshold effects in collective action"
    source = (
        "Macy, M. W. (1991). Chains of cooperation: threshold effects in collective action. American Sociological Review "
        "56, 730-747."
    )
    references = (source,)
    time_step = "round"
    equations = """
P_i  = 1 / (1 + exp(M (T_i - pi))): probability of taking part (V_i = 1); pi is the share who took part last time   (1)
C_i  = V_i R_i, with R_i the resources of i in units of the mean                                                    (2)
L    = 1 / (1 + exp(10 (1/2 - pi))) - (1 - X) / 2                                                                   (3)
S_i  = L N^J I_i - C_i                                                                                              (4)
O_i  = E_i (2 S_i - S_i') / (3 S_max), held to [-1, 1]; S_i' is from the round before                            (5)
T_i <- T_i - |O| (1 - (1 - T_i)^(1 / |O|))  took part and O > 0, or stayed away and O < 0                           (6)
T_i <- T_i + |O| (1 - T_i^(1 / |O|))        otherwise;  T_i = 1 at first
S_max is the larger of |S| for a sole contributor and for a sole abstainer.
"""
    deviations = (
        "The equations are as a third party's program transcribes them; the paper was not read.",
        "Resources, interest and learning rates are normal and held within their bounds; the paper shifts resources so that "
        "the poorest has none, and its spreads of interest and learning are not known.",
        "On a network, people see the participation of those they are tied to; without one, that of everyone else (tested).",
    )
    limits = (
        "The level of the good depends on how many take part, not on what they contribute (as transcribed).",
    )
    setting = Setting(steps=500, population={"network": "well_mixed", "people": 100})

    resources = Trait(Normal(1.0, "resource_sd"), unit="mean resources", meaning="what one could contribute (R)")
    interest = Trait(Normal(1.0, "interest_sd"), unit="mean interest", meaning="worth of the good to this person (I)")
    rate = Trait(Normal("learning", "learning_sd"), unit="", meaning="strength of learning (E)")
    threshold = State(float, initial=1.0, unit="share of people", meaning="participation that is sufficient (T)")
    acts = State(bool, initial=False, meaning="takes part (V)")
    before = State(float, initial=0.0, unit="resources", meaning="the outcome of the previous round (S')")

    choice = Param(
        5.0, ">= 0", unit="", meaning="how sharply choices depend on the threshold (M)",
        source="5 in two third-party programs; not checked against the paper",
    )  # fmt: skip
    slope = Param(10.0, "> 0", unit="", meaning="of the production function", source="Macy 1991, eq. 3, as transcribed")
    balance = Param(
        0.0, "[-1, 1]", unit="", meaning="X: 1 a good, -1 a bad to be averted, 0 both",
        source="Macy 1991, p. 737, as transcribed",
    )  # fmt: skip
    jointness = Param(
        0.5, "[0, 1]", unit="", meaning="jointness of supply (J)", source="Macy 1991, p. 738, as transcribed: 0.25 and 0.5"
    )
    learning = Param(0.5, "(0, 1]", unit="", meaning="mean strength of learning", source="0.5 in a third party's program")
    learning_sd = Param(0.15, ">= 0", unit="", meaning="spread of the strength of learning", source="0.15 in a third party's program")
    interest_sd = Param(0.15, ">= 0", unit="mean interest", meaning="spread", source="0.15 in a third party's program")
    group = Param(0.0, ">= 0", unit="people", meaning="size of the group (N); 0: the person and everyone the person sees")
    resource_sd = Param(0.35, ">= 0", unit="mean resources", meaning="spread of resources", source="this project's choice")

    participation = Observable("people.acts", "share of people", "people who take part (pi)")
    thresholds = Observable("people.threshold", "share of people", "mean threshold (T)")

    def person(me, seen, people, society, p, luck):
        n = p.group if p.group > 0.0 else me.degree + 1.0
        if society.step > 1:  # learn from the previous round, then choose
            mine = positive(me.resources)
            stake = positive(me.interest) * n**p.jointness
            low = (1.0 - p.balance) / 2.0
            level = logistic(p.slope * (people.acts - 0.5)) - low
            alone = (logistic(p.slope * (1.0 / n - 0.5)) - low) * stake - mine
            carried = (logistic(p.slope * (1.0 - 1.0 / n - 0.5)) - low) * stake
            share = level * stake - (mine if me.acts else 0.0)
            most = max(abs(alone), abs(carried), 1e-9)
            outcome = clip(clip(me.rate, 0.0, 1.0) * (2.0 * share - me.before) / (3.0 * most), -1.0, 1.0)
            me.before = share
            size = max(abs(outcome), 1e-9)
            if me.acts == (outcome >= 0.0):
                me.threshold -= size * (1.0 - (1.0 - me.threshold) ** (1.0 / size))
            else:
                me.threshold += size * (1.0 - me.threshold ** (1.0 / size))
        me.acts = luck.chance("takes part", logistic(p.choice * (seen.share.acts - me.threshold)))
