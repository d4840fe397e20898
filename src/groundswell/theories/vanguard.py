"""Bueno de Mesquita's model of revolutionary vanguards: violence as a signal of discontent."""

import math

from groundswell.theory import Observable, Param, Process, Setting, Shock, Society, State, Stream
from groundswell.theory.compiled import chance, compiled, exp, normal, normal_probability, normal_quantile

POINTS = 64  # points of the midpoint rule for the vanguard's incentive; its integrand is smooth
HALVINGS = 60  # steps of a bisection: 1e-18 of its interval
SEARCHES = 90  # steps of a golden-section search: 1e-18 of its interval
FAR = 9.0  # standard deviations that matter


class Vanguard(Process):
    """The public takes part where violence signals widespread discontent; a vanguard is violent only where it does.

    One step is one society: sentiment is drawn, the vanguard chooses its effort, violence is seen by all, everyone
    decides, and the regime falls or not. Violence is one aggregate level, a signal rather than an instrument: no act, target
    or actor is represented.
    """

    title = "Regime change and revolutionary entrepreneurs"
    source = (
        "Bueno de Mesquita, E. (2010). Regime change and revolutionary entrepreneurs. American Political Science Review "
        "104, 446-466."
    )
    references = (
        source,
        "Bueno de Mesquita, E. (2011). Regime change with one-sided limit dominance. Working paper, University of Chicago.",
    )
    time_step = "play of the game, in its own society"
    equations = """
sentiment theta ~ N(m, s_t**2), theta_i = theta + e_i, e_i ~ N(0, s_e**2);  violence v = theta + t + n, n ~ N(0, s_n**2)
the public foresees effort t and learns w = v - t;  taking part costs k and yields gamma theta_i if the regime falls,
which it does when a share T takes part
cutoff x(w): the lower solution of  gamma x Phi(sqrt(h) (E[theta | x, w] - x + s_e z)) = k,  z = Phi^-1(1 - T),
h = 1/s_t**2 + 1/s_e**2 + 1/s_n**2;  it exists for w >= w*; take part iff w >= w* and theta_i >= x(w), or never
effort t = (d P(the regime falls) / d v) / kappa where the public plays the cutoff, and 0 where it never takes part
"""
    deviations = (
        "Only the paper's abstract and the author's summaries were read; the model is stated here from memory: "
        "normal distributions, a stake gamma theta_i that only those who took part enjoy, effort that costs kappa t**2 / 2.",
        "Which equilibrium a society plays is drawn at the start of each play (coordinated); the paper leaves it open.",
        "There are finitely many people; the paper has a continuum.",
        "A shock adds violence that nobody foresaw, as a twin of the same society.",
    )
    limits = (
        "The paper prints no numbers: the defaults are this project's choice, and its claims are signs.",
        "The public knows the vanguard's incentives and filters its effort out. Where it did not, effort would mislead.",
        "Effort satisfies the first-order condition; that nothing else is better was checked numerically, for kappa of "
        ".05 to 1 at the other defaults.",
    )
    space = "well_mixed"
    setting = Setting(steps=200, population={"network": "well_mixed", "people": 1000})

    takes_part = State(bool, initial=False, meaning="takes part in the uprising")

    sentiment = Society(unit="standard deviations", meaning="discontent with the regime (theta)")
    effort = Society(unit="level", meaning="the vanguard's effort (t)")
    violence = Society(unit="level", meaning="violence that is seen (v)")
    coordinated_play = Society(unit="0 or 1", meaning="the public plays the participatory equilibrium")
    fall = Society(unit="0 or 1", meaning="the regime falls")
    surprise = Shock(unit="level", meaning="violence that nobody foresaw", harm=True)

    sentiment_mean = Param(0.0, "any", unit="standard deviations", meaning="mean of sentiment (m)", source="this project's choice")
    sentiment_sd = Param(1.0, "> 0", unit="standard deviations", meaning="spread of sentiment over societies (s_t)", source="this project's choice")
    own_sd = Param(1.0, "> 0", unit="standard deviations", meaning="spread of feelings within a society (s_e)", source="this project's choice")
    noise_sd = Param(1.0, "> 0", unit="level", meaning="spread of violence besides sentiment and effort (s_n)", source="this project's choice")
    needed = Param(0.3, "(0, 1)", unit="share of people", meaning="turnout at which the regime falls (T)", source="this project's choice")
    stake = Param(1.0, "> 0", unit="gain per feeling", meaning="part of the gain that only those who took part enjoy (gamma)", source="this project's choice")
    cost = Param(0.4, "> 0", unit="gain", meaning="cost of taking part (k)", source="this project's choice")
    effort_cost = Param(0.3, "> 0", unit="gain per squared level", meaning="cost of effort (kappa)", source="this project's choice")
    coordinated = Param(0.5, "[0, 1]", unit="probability", meaning="that a society plays the participatory equilibrium", source="this project's choice")
    vanguard = Param(1.0, "[0, 1]", unit="of its effort", meaning="0: there is no vanguard, and the public knows it", source="this project's choice")

    society_draw = Stream(meaning="sentiment of a society")
    equilibrium_draw = Stream(meaning="which equilibrium a society plays")
    noise_draw = Stream(meaning="violence besides sentiment and effort")
    own_draw = Stream(meaning="what each person feels besides the society's sentiment")

    mobilisation = Observable("people.takes_part", "share of people", "take part in the uprising")
    violence_level = Observable("society.violence", "level", "violence that is seen (v)", harm=True)
    vanguard_effort = Observable("society.effort", "level", "the vanguard's effort (t)", harm=True)
    participatory = Observable("society.coordinated_play", "0 or 1", "the public plays the participatory equilibrium")
    regime_change = Observable("society.fall", "0 or 1", "the regime falls")
    discontent = Observable("society.sentiment", "standard deviations", "discontent with the regime (theta)")

    def step(people, society, p, luck):
        society.sentiment = p.sentiment_mean + p.sentiment_sd * normal(luck.society_draw, 0)
        plays = chance(luck.equilibrium_draw, 0, p.coordinated)
        society.coordinated_play = 1.0 if plays else 0.0
        least = least_signal(p) if plays else 0.0
        society.effort = p.vanguard * incentive(p, least) / p.effort_cost if plays else 0.0
        noise = p.noise_sd * normal(luck.noise_draw, 0)
        society.violence = society.sentiment + society.effort + noise + society.surprise
        signal = society.violence - society.effort
        rises = plays and signal >= least
        lowest = cutoff(p, signal) if rises else 0.0
        share = 0
        for i in range(people.takes_part.size):
            feels = society.sentiment + p.own_sd * normal(luck.own_draw, i)
            people.takes_part[i] = rises and feels >= lowest
            share += people.takes_part[i]
        society.fall = 1.0 if share >= p.needed * people.takes_part.size else 0.0


@compiled
def density(x):
    """The standard normal density."""
    return exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


@compiled
def precisions(p):
    """1 / variance of sentiment, own feelings and noise, and their sum."""
    t, e, n = 1.0 / p.sentiment_sd**2, 1.0 / p.own_sd**2, 1.0 / p.noise_sd**2
    return t, e, n, t + e + n


@compiled
def margin(p):
    """How far sentiment may lie below the cutoff for the regime still to fall: s_e z."""
    return p.own_sd * normal_quantile(1.0 - p.needed)


@compiled
def lies(p, x, signal):
    """By how much sentiment is expected to exceed the level at which the regime falls, in units of its spread."""
    t, e, n, h = precisions(p)
    return math.sqrt(h) * ((t * p.sentiment_mean + e * x + n * signal) / h - x + margin(p))


@compiled
def gain(p, x, signal):
    """What the person at the cutoff x expects to gain from taking part."""
    return p.stake * x * normal_probability(lies(p, x, signal))


@compiled
def peak(p, signal):
    """The cutoff with the largest gain; the gain rises up to it and falls after it."""
    t, _e, n, h = precisions(p)
    low, high = 0.0, max((h * margin(p) + t * p.sentiment_mean + n * signal) / (t + n), 0.0) + FAR * math.sqrt(h) / (t + n)
    golden = (math.sqrt(5.0) - 1.0) / 2.0
    for _ in range(SEARCHES):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if gain(p, left, signal) < gain(p, right, signal):
            low = left
        else:
            high = right
    return (low + high) / 2.0


@compiled
def cutoff(p, signal):
    """The lower equilibrium cutoff for a signal of at least `least_signal`."""
    low, high = 0.0, peak(p, signal)
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        if gain(p, middle, signal) < p.cost:
            low = middle
        else:
            high = middle
    return high


@compiled
def least_signal(p):
    """The signal w* below which nobody can be expected to take part."""
    low, high, width = p.sentiment_mean, p.sentiment_mean, p.sentiment_sd + p.noise_sd
    while gain(p, peak(p, low), low) > p.cost:
        low, width = low - width, 2.0 * width
    while gain(p, peak(p, high), high) < p.cost:
        high, width = high + width, 2.0 * width
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        if gain(p, peak(p, middle), middle) < p.cost:
            low = middle
        else:
            high = middle
    return high


@compiled
def incentive(p, least):
    """What one more unit of unforeseen violence adds to the probability that the regime falls.

    f(w*) Phi(a(w*)) for the plays that it raises above w*, and the integral of f(s) phi(a(s)) (-x'(s)) sqrt(t + n) over
    the others, whose cutoff it lowers; f is the density of the signal and a(s) how far sentiment is expected to exceed
    what the cutoff needs. The slope of the cutoff is that of an implicit function, infinite at w*: s = w* + y**2.
    """
    t, _e, n, h = precisions(p)
    spread, sharp = math.sqrt(p.sentiment_sd**2 + p.noise_sd**2), math.sqrt(t + n)
    top = p.sentiment_mean + FAR * spread - least
    total = density((least - p.sentiment_mean) / spread) / spread
    total *= normal_probability(sharp * ((t * p.sentiment_mean + n * least) / (t + n) - cutoff(p, least) + margin(p)))
    if top <= 0.0:
        return total
    reach = math.sqrt(top)
    for k in range(POINTS):
        y = reach * (k + 0.5) / POINTS
        s = least + y * y
        x = cutoff(p, s)
        at = lies(p, x, s)
        slope = x * density(at) * n / math.sqrt(h)
        slope /= normal_probability(at) - x * density(at) * (t + n) / math.sqrt(h)
        enough = sharp * ((t * p.sentiment_mean + n * s) / (t + n) - x + margin(p))
        total += density((s - p.sentiment_mean) / spread) / spread * density(enough) * sharp * slope * 2.0 * y * reach / POINTS
    return total
