"""Lohmann's informational cascade: costly protest that tells the public what individuals know about the regime."""

from groundswell.theory import Observable, Param, Setting, Society, State, Theory, Trait, Uniform, clip, log, logistic


class Lohmann(Theory):
    """Protest while it informs others; learn from turnout, after allowing for those who would have come anyway.

    Whether the regime is malign is hidden. Everyone has lived under it and has one experience that speaks for or against
    it, and a position: how sure the person must be that it is malign to want it gone. Those whom one experience can sway are the
    moderates, and their turnout is informative; those who want it gone whatever they have experienced are the extremists, and
    their turnout is not. The public knows how many of each to expect, and updates its belief by Bayes' rule on the
    turnout of the week, which is reported with an error. Once everyone knows, there is nothing left to signal.
    """

    title = "Informational cascades: the Monday demonstrations"
    source = (
        "Lohmann, S. (1994). The dynamics of informational cascades: the Monday demonstrations in Leipzig, East Germany, "
        "1989-91. World Politics 47, 42-101."
    )
    references = (
        source,
        "Lohmann, S. (1993). A signaling model of informative and manipulative political action. American Political "
        "Science Review 87, 319-333.",
    )
    time_step = "week"
    equations = """
B        = the public's log odds that the regime is malign;  s_i = +k or -k, k = log(q / (1 - q)): i's experience, which
           is bad with probability q under a malign regime and 1 - q under a benign one
i comes  when  B + s_i >= position_i  and  cost_i < G,  G = stake 4 b (1 - b), b = logistic(B): the information left to convey
X, M     = G F(B - k) and G [F(B + k) - F(B - k)]: extremists and moderates at the current belief;  F is the distribution
           of positions, logistic
turnout  = X + q M under a malign regime, X + (1 - q) M under a benign one, as anyone who knows F expects
B       <- B + (told - X - M / 2)(2 q - 1) M / v: Bayes' rule for a turnout reported with an error of variance
           v = [error (X + M / 2) + least]^2
falls    once F(B) >= tipping: enough people want it gone given what everyone knows
"""
    deviations = (
        "The article argues in words and points to the signalling models of 1993 for the mathematics: this formalisation is "
        "this project's, one step short of theirs: people weigh what a protest can tell, not how likely it is to be decisive.",
        "The public allows for the error with which turnout is reported; without it, a single week of a large population "
        "would reveal the regime (tested).",
        "People have one kind of experience, which does not change; the article's five cycles concerned different questions.",
    )
    limits = (
        "The public knows the distribution of positions and costs, and everyone sees the same reported turnout.",
        "Repression is only a higher cost for all.",
        "Positions and costs are drawn once: in a population of a few thousand the few who come first are an unusual group, "
        "whose turnout is misread in the same direction each week.",
    )
    setting = Setting(steps=60, population={"network": "well_mixed", "people": 10_000})

    place = Trait(Uniform(0.0, 1.0), unit="share of people", meaning="share of people who more readily want it gone")
    cost = Trait(Uniform(0.0, 1.0), unit="value of a first signal", meaning="cost of coming for this person")
    fate = Trait(Uniform(0.0, 1.0), unit="", meaning="luck of one's experience of the regime")
    bad = State(bool, initial=False, meaning="has had a bad experience of the regime")
    acts = State(bool, initial=False, meaning="comes to the demonstration")

    malign = Param(1.0, "[0, 1]", unit="0 or 1", meaning="whether the regime is malign")
    quality = Param(0.7, "(0.5, 1)", unit="probability", meaning="that an experience is truthful (q)")
    prior = Param(-4.0, "any", unit="log odds", meaning="the public's initial belief that the regime is malign")
    middle = Param(0.0, "any", unit="log odds", meaning="the middle position")
    spread = Param(1.5, "> 0", unit="log odds", meaning="scale of the logistic distribution of positions")
    stake = Param(1.0, "> 0", unit="", meaning="worth of signalling when nothing is known")
    repression = Param(0.0, ">= 0", unit="value of a first signal", meaning="added to everyone's cost")
    error = Param(
        0.3, "> 0", unit="share of turnout", meaning="with which turnout is reported (standard deviation)",
        source="this project's choice: estimates of one Leipzig Monday differ by up to a third",
    )  # fmt: skip
    least = Param(1e-4, "> 0", unit="share of people", meaning="remaining error when nobody is expected")
    tipping = Param(0.5, "(0, 1)", unit="share of people", meaning="who must want the regime gone for it to fall")
    fixed = ("prior",)

    belief = Society("prior", unit="log odds", meaning="the public's, that the regime is malign (B)")
    extremists = Society(unit="share of people", meaning="expected to come whatever the regime is (X)")
    moderates = Society(unit="share of people", meaning="who come if their experience is bad (M)")
    reward = Society(unit="value of a first signal", meaning="value of the information left to convey (G)")
    fallen = Society(unit="0 or 1", meaning="the regime has fallen")

    turnout = Observable("people.acts", "share of people", "people at the demonstration")
    known = Observable("society.belief", "log odds", "the public's belief that the regime is malign")
    informative = Observable("society.moderates", "share of people", "moderates, whose turnout is informative")
    certain = Observable("society.extremists", "share of people", "extremists, whose turnout is not informative")
    fall = Observable("society.fallen", "0 or 1", "the regime has fallen")

    def society(society, people, p, luck):
        news = log(p.quality / (1.0 - p.quality))
        if society.step > 1:  # last week's turnout is reported
            expected = society.extremists + 0.5 * society.moderates
            sd = p.error * expected + p.least
            told = people.acts + sd * luck.normal("told turnout")
            society.belief += (told - expected) * (2.0 * p.quality - 1.0) * society.moderates / (sd * sd)
            society.belief = clip(society.belief, -30.0, 30.0)
        convinced = logistic((society.belief - p.middle) / p.spread)
        if convinced >= p.tipping:
            society.fallen = 1.0
        believed = logistic(society.belief)
        society.reward = clip(p.stake * 4.0 * believed * (1.0 - believed) - p.repression, 0.0, 1.0)
        society.extremists = society.reward * logistic((society.belief - news - p.middle) / p.spread)
        society.moderates = society.reward * logistic((society.belief + news - p.middle) / p.spread) - society.extremists

    def person(me, society, p):
        news = log(p.quality / (1.0 - p.quality))
        me.bad = me.fate < (p.quality if p.malign > 0.5 else 1.0 - p.quality)
        swayed = society.belief + (news if me.bad else -news)
        me.acts = me.cost < society.reward and me.place < logistic((swayed - p.middle) / p.spread)
