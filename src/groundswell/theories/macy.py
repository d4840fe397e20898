"""Macy's learning theory of critical mass: contributing is reinforced or punished by its outcome."""

from groundswell.theory import Normal, Observable, Param, Setting, State, Tally, Theory, Trait, clip, logistic, positive


class Macy(Theory):
    """Do more of what was rewarded and less of what was punished.

    Nobody calculates. Each contributes with a probability that is raised by a good outcome of contributing and by a bad
    outcome of not contributing. The group settles where few contribute, since contributors are punished most (the sink),
    and leaves it only when enough happen to contribute at once to be rewarded for it (stochastic collusion).
    """

    title = "Learning theory and the logic of critical mass"
    source = (
        "Macy, M. W. (1990). Learning theory and the logic of critical mass. American Sociological Review 55, 809-826."
    )
    references = (
        source,
        "Macy, M. W. (1991). Chains of cooperation: threshold effects in collective action. American Sociological Review "
        "56, 730-747.",
    )
    time_step = "round"
    equations = """
L      = 1 / (1 + exp(10 (1/2 - pi))) - (1 - X) / 2: level of the good; pi is the share of resources contributed
S_i    = L N^J I - (R_i / mean R) V_i: what i gets, less what i gave; V_i = 1 if i contributes
O_i    = E (2 S_i - S_i') / (3 S_max), held to [-1, 1]: the outcome, with S_i' from the round before; S_max is the larger of
         |S| of one who contributes alone and of one who alone does not
V_i    = 1 with probability p_i, which rises after V = 1 and O >= 0, or V = 0 and O < 0, and falls otherwise:
linear:      p <- p + |O| (1 - p)            or  p <- p - |O| p                       (Bush and Mosteller)
saturating:  p <- p + |O| (1 - p^(1 / |O|))  or  p <- p - |O| (1 - (1 - p)^(1 / |O|))
"""
    deviations = (
        "The level of the good, each person's share and the outcome are those of the 1991 paper, as a third party's program "
        "transcribes them; the 1990 paper was not read. Which of the two learning rules it uses is not known: the linear "
        "one is Bush and Mosteller's, the saturating one is how thresholds learn in the 1991 paper. Both are here, since "
        "their consequences differ: only the saturating one locks in (tested).",
        "Interest and the learning rate are the same for all (I = 1), and so are resources by default; the 1991 paper lets "
        "them vary. Where resources vary they are normal about 1 and held at 0 or above.",
    )
    limits = (
        "Free riders are rewarded for abstaining while others provide: people learn whatever happened to pay, so that a "
        "group that has left the sink keeps whatever split of givers and free riders it locked into.",
    )
    space = "well_mixed"
    setting = Setting(steps=500, population={"network": "well_mixed", "people": 100})

    resources = Trait(Normal(1.0, "resource_sd"), unit="mean resources", meaning="what one could contribute (R)")
    propensity = State(float, initial="initial", unit="probability", meaning="of contributing (p)")
    acts = State(bool, initial=False, meaning="contributes (V)")
    before = State(float, initial=0.0, unit="resources", meaning="the outcome of the previous round (S')")
    had = Tally(initial=1.0, unit="mean resources", meaning="resources (R)")
    gave = Tally(unit="mean resources", meaning="resources contributed (R V)")

    initial = Param(0.4, "[0, 1]", unit="probability", meaning="of contributing initially", source="this project's choice")
    learning = Param(
        1.0, "(0, 1]", unit="", meaning="strength of learning (E)",
        source="this project's choice: between 0 and 1 in Macy 1991, p. 740, as transcribed; 0.5 in a third party's program",
    )  # fmt: skip
    saturating = Param(
        1.0, "[0, 1]", unit="0 or 1", meaning="reading of the learning rule: 1 saturating, 0 linear",
        source="this project's choice; see the deviations",
    )  # fmt: skip
    slope = Param(10.0, "> 0", unit="", meaning="of the production function", source="Macy 1991, eq. 3, as transcribed")
    balance = Param(
        0.0, "[-1, 1]", unit="", meaning="X: 1 a good, -1 a bad to be averted, 0 both",
        source="Macy 1991, p. 737, as transcribed",
    )  # fmt: skip
    jointness = Param(
        0.5, "[0, 1]", unit="", meaning="jointness of supply (J): 1 where a larger group leaves nobody a smaller share",
        source="Macy 1991, p. 738, as transcribed: 0.25 and 0.5",
    )  # fmt: skip
    resource_sd = Param(0.0, ">= 0", unit="mean resources", meaning="spread of resources", source="this project's choice")

    contributing = Observable("people.acts", "share of people", "people who contribute")
    contribution = Observable("people.gave", "mean resources", "resources contributed (pi)")
    willingness = Observable("people.propensity", "probability", "mean probability of contributing")

    def person(me, people, society, p, luck, tally):
        n = me.degree + 1.0
        had = max(people.had, 1e-9)
        mine = positive(me.resources) / had
        stake = n ** p.jointness
        if society.step > 1:  # learn from the previous round, then choose
            low = (1.0 - p.balance) / 2.0
            level = logistic(p.slope * (people.gave / had - 0.5)) - low
            alone = (logistic(p.slope * (1.0 / n - 0.5)) - low) * stake - mine
            carried = (logistic(p.slope * (1.0 - 1.0 / n - 0.5)) - low) * stake
            share = level * stake - (mine if me.acts else 0.0)
            most = max(abs(alone), abs(carried), 1e-9)
            outcome = clip(p.learning * (2.0 * share - me.before) / (3.0 * most), -1.0, 1.0)
            me.before = share
            size = max(abs(outcome), 1e-9)
            steep = 1.0 / size if p.saturating > 0.5 else 1.0
            if me.acts == (outcome >= 0.0):
                me.propensity += size * (1.0 - me.propensity**steep)
            else:
                me.propensity -= size * (1.0 - (1.0 - me.propensity) ** steep)
        me.acts = luck.chance("contributes", me.propensity)
        tally.had = positive(me.resources)
        tally.gave = positive(me.resources) if me.acts else 0.0
