"""Epstein's civil violence, Model I: rebellion against a central authority, with people and cops moving on a torus."""

from groundswell.theory import Observable, Param, Process, Setting, Society, Stream, Trait, Uniform
from groundswell.theory.compiled import below, compiled, exp, uniform
from groundswell.theory.lattice import (
    Torus,
    board,
    count,
    count_clear,
    euclidean,
    fetch,
    find,
    find_clear,
    holds,
    prefetch,
    put,
    take,
    vision,
)

PAPER = "Epstein 2002, Table 2, run 2"
AHEAD = 64  # number of upcoming turns whose people are prefetched from memory


class Epstein(Process):
    """Rebel where grievance exceeds the risk of arrest; the more rebels there are per cop, the lower that risk."""

    title = "Civil violence, Model I: rebellion against a central authority"
    source = (
        "Epstein, J. M. (2002). Modeling civil violence: An agent-based computational approach. Proceedings of the "
        "National Academy of Sciences 99 (suppl. 3), 7243-7250."
    )
    references = (
        source,
        "Wilensky, U. (2004). NetLogo Rebellion model. Center for Connected Learning, Northwestern University.",
        "Lemos, C., Lopes, R. J. & Coelho, H. (2015). Analysis of the decision rule in Epstein's agent-based model of "
        "civil violence. World Conference on Complex Systems, Marrakesh.",
        "Thron, C. & Jackson, E. Practicality of agent-based modeling of civil violence: an assessment.",
    )
    time_step = "period: every person and cop has one turn"
    equations = (
        "Grievance G = H (1 - L). Risk of arrest P = 1 - exp(-k [C/A]) with C cops and A rebels within vision v, oneself "
        "counted as a rebel; net risk N = R P. Each period everyone has one turn, in a new random order: move to a random "
        "empty site within v (rule M), and there, a person: active if and only if G - N > T (rule A); a cop: arrest a "
        "random active person within v* (rule C), for a term from U(0, J_max), spent off the torus."
    )
    deviations = (
        "`reading` selects how [C/A] is read: C/A itself as printed (0), which does not produce the paper's outbursts; "
        "its whole part (1), as in NetLogo's Rebellion; or the nearest whole number, with halves rounded to even (2), as in Mesa.",
        "The paper does not say where those who leave jail return: here, at an empty site anywhere, in their own turn, which "
        "they then use.",
        "A term of J ends at one's turn in the period that is J, rounded up, after the arrest: no term ends before "
        "the next period.",
        "Densities are those at the start; when cops are withdrawn, the last to arrive leave first, and new ones enter empty "
        "sites anywhere.",
    )
    limits = (
        "With the rule as printed hardly anybody rebels: three rebels per cop still face P = 0.54.",
        "Waits between outbursts are a third to a half as long as those published, and far too regular, with either reading that "
        "produce outbursts.",
        "Vision is Euclidean (a radius of 7 covers 148 sites); a vision of more than half the torus is refused.",
    )
    space = "grid"
    makes_arrays = False
    setting = Setting(steps=500, population={"network": "grid", "rows": 40, "columns": 40}, params={"reading": 1})
    fixed = ("density", "vision", "cop_vision")

    hardship = Trait(Uniform(0, 1), meaning="perceived hardship H", source="Epstein 2002, The Agent Specification")
    risk_aversion = Trait(Uniform(0, 1), meaning="risk aversion R", source="Epstein 2002, The Agent Specification")

    density = Param(0.7, "[0, 1]", unit="people per site", meaning="people at the start", source=PAPER)
    cop_density = Param(0.04, "[0, 1]", unit="cops per site", meaning="cops", source=PAPER)
    cop_drift = Param(0.0, "[-1, 1]", unit="cops per site and period", meaning="increase or withdrawal of cops in every period", source="Epstein 2002, Fig. 11")
    vision = Param(7.0, "[1, 1000]", unit="sites", meaning="how far people see and move, v", source=PAPER)
    cop_vision = Param(7.0, "[1, 1000]", unit="sites", meaning="how far cops see and move, v*", source=PAPER)
    legitimacy = Param(0.82, "[0, 1]", meaning="perceived legitimacy of the regime, L", source=PAPER)
    legitimacy_drift = Param(0.0, "[-1, 1]", unit="per period", meaning="rise or fall of legitimacy in every period", source="Epstein 2002, Fig. 9")
    threshold = Param(0.1, "any", meaning="threshold by which grievance must exceed net risk, T", source=PAPER)
    k = Param(2.3, "> 0", meaning="constant of the risk of arrest: P = 0.9 at C = A = 1", source=PAPER)
    jail_term = Param(30.0, "> 0", unit="periods", meaning="longest jail term, J_max; 1e12 or more is forever", source=PAPER)
    moving = Param(1.0, "[0, 1]", meaning="1: people move (rule M); 0: only cops do (run 1)", source="Epstein 2002, Table 2")
    reading = Param(0.0, "[0, 2]", meaning="of C/A in the risk of arrest: 0 as printed, 1 its whole part, 2 the nearest whole number; anything between stands for the nearest of these", source="0: Epstein 2002; 1: NetLogo Rebellion; 2: Mesa")

    active = Society(unit="people", meaning="rebelling")
    jailed = Society(unit="people", meaning="in jail")
    quiet = Society(unit="people", meaning="at large and quiet")
    cops = Society(unit="cops", meaning="on the torus")
    arrests = Society(unit="people", meaning="arrested in the period")
    legitimacy_now = Society(initial="legitimacy", meaning="L in the period")
    legitimacy_fallen = Society(meaning="the sum of drifts of legitimacy so far")
    cops_gone = Society(unit="cops per site", meaning="the sum of drifts of cop density so far")
    roster = Society(unit="people and cops", meaning="everyone who has ever been present: all of them are in the draw for turns")
    free_grievance = Society(meaning="the sum of hardship of those at large")
    free_aversion = Society(meaning="the sum of risk aversion of those at large")
    tension_now = Society(meaning="mean grievance, times the share who are quiet, over mean risk aversion, of those at large")

    turn = Stream(meaning="whose turn is next")
    place = Stream(meaning="where people and cops are placed")
    where = Stream(meaning="which empty site one moves to")
    whom = Stream(meaning="which active person a cop arrests")
    sentence = Stream(meaning="the length of a jail term")

    rebels = Observable("society.active", unit="people", meaning="active")
    in_jail = Observable("society.jailed", unit="people", meaning="jailed")
    quiescent = Observable("society.quiet", unit="people", meaning="at large and quiet")
    arrested = Observable("society.arrests", unit="people", meaning="arrested in the period")
    police = Observable("society.cops", unit="cops", meaning="cops")
    perceived_legitimacy = Observable("society.legitimacy_now", meaning="legitimacy, L")
    tension = Observable("society.tension_now", meaning="index of tension, G B / R")

    def arrays(population, p):
        import numpy as np

        rows, columns = population.grid
        torus = Torus(rows, columns, int(max(p.vision, p.cop_vision)))
        person = [("hardship", "f8"), ("risk_aversion", "f8"), ("row", "i4"), ("column", "i4"), ("jailed_until", "i4"), ("active", "i4")]
        return {
            "person": np.zeros(population.people, person).view(np.recarray),  # people first, then cops: 32 bytes each
            "occupied": board(torus), "rebelling": board(torus), "guarded": board(torus),  # sites with anyone, a rebel, a cop
            "sight": vision(euclidean(p.vision), torus.reach), "cop_sight": vision(euclidean(p.cop_vision), torus.reach),
            "order": np.arange(population.people, dtype=np.int32),
            "chosen": np.zeros(AHEAD, np.int64), "ways": np.zeros(AHEAD),
            "who": np.arange(population.people, dtype=np.int32),  # the person at a site; kept only where it rebels
        }

    def start(people, society, p, luck, grid):
        torus = Torus(grid.rows, grid.columns, int(max(p.vision, p.cop_vision)))
        agents = round(p.density * people.who.size)
        society.cops = min(round(p.cop_density * people.who.size), people.who.size - agents)
        society.roster = agents + society.cops
        for i in range(int(society.roster)):  # each at a site drawn from those still empty
            j = i + below(luck.place, i, people.who.size - i)
            people.who[i], people.who[j] = people.who[j], people.who[i]
            settle(torus, people, i, people.who[i], i >= agents)
        for i in range(agents):
            me = people.person[i]
            me.hardship, me.risk_aversion = people.hardship[i], people.risk_aversion[i]
            society.free_grievance += me.hardship
            society.free_aversion += me.risk_aversion
        tell(society, p, agents, 0, 0)

    def step(people, society, p, luck, grid):
        torus = Torus(grid.rows, grid.columns, int(max(p.vision, p.cop_vision)))
        agents = round(p.density * people.who.size)
        jailed, active, arrests = int(society.jailed), int(society.active), 0
        society.legitimacy_fallen += p.legitimacy_drift
        society.cops_gone += p.cop_drift
        society.legitimacy_now = min(max(p.legitimacy + society.legitimacy_fallen, 0.0), 1.0)
        deploy(torus, people, society, p, luck, agents)
        roster, cops = int(society.roster), int(society.cops)
        for turn in range(roster):
            if turn % AHEAD == 0:
                draw_turns(people, luck, turn, min(turn + AHEAD, roster), roster)
            i = people.order[turn]
            me = people.person[i]
            if i >= agents:
                if i < agents + cops:
                    move(torus, people, people.cop_sight, people.ways[turn % AHEAD], i, True)
                    caught = arrest(torus, people, luck, i)
                    if caught >= 0:
                        term = uniform(luck.sentence, caught) * p.jail_term
                        people.person[caught].jailed_until = int(min(society.step + max(-((-term) // 1.0), 1.0), 2147483647.0))
                        society.free_grievance -= people.person[caught].hardship
                        society.free_aversion -= people.person[caught].risk_aversion
                        active, jailed, arrests = active - 1, jailed + 1, arrests + 1
                continue
            if me.jailed_until > 0:
                if society.step < me.jailed_until:  # otherwise there is room: people and cops do not outnumber sites
                    continue
                come_back(torus, people, luck, i, False)
                society.free_grievance += me.hardship
                society.free_aversion += me.risk_aversion
                jailed -= 1
            was = me.active
            if was:
                take(torus, people.rebelling, me.row, me.column)
            if p.moving > 0.0:
                move(torus, people, people.sight, people.ways[turn % AHEAD], i, False)
            me.active = rises(people, p, me.hardship * (1.0 - society.legitimacy_now), me.risk_aversion, me.row, me.column)
            if me.active:
                put(torus, people.rebelling, me.row, me.column)
                people.who[me.row * torus.columns + me.column] = i
            active += me.active - was
        society.arrests = arrests
        tell(society, p, agents, active, jailed)


@compiled
def rises(people, p, grievance, risk_aversion, row, column):
    """Rule A, at the person's own site; 1 or 0."""
    if grievance <= p.threshold:
        return 0  # risk is never negative, so there is no need to look around
    cops = count(people.guarded, people.sight, row, column)
    others = count(people.rebelling, people.sight, row, column)
    ratio = cops / (1 + others)
    if p.reading >= 1.5:
        ratio = float(round(ratio))
    elif p.reading >= 0.5:
        ratio = ratio // 1.0
    return 1 if grievance - risk_aversion * (1.0 - exp(-p.k * ratio)) > p.threshold else 0


@compiled
def move(torus, people, sees, way, i, cop):
    """Rule M: move to an empty site drawn from those within vision; stay if there is none."""
    me = people.person[i]
    free = count_clear(people.occupied, sees, me.row, me.column)
    if free == 0:
        return
    row, column = find_clear(torus, people.occupied, sees, me.row, me.column, int(way * free))
    take(torus, people.occupied, me.row, me.column)
    put(torus, people.occupied, row, column)
    if cop:
        take(torus, people.guarded, me.row, me.column)
        put(torus, people.guarded, row, column)
    me.row, me.column = row, column


@compiled
def arrest(torus, people, luck, i):
    """Rule C: the person arrested, who leaves the torus; -1 where no one in sight is active."""
    me = people.person[i]
    suspects = count(people.rebelling, people.cop_sight, me.row, me.column)
    if suspects == 0:
        return -1
    row, column = find(torus, people.rebelling, people.cop_sight, me.row, me.column, below(luck.whom, i, suspects))
    caught = people.who[row * torus.columns + column]
    take(torus, people.occupied, row, column)
    take(torus, people.rebelling, row, column)
    people.person[caught].active = 0
    return caught


@compiled
def settle(torus, people, i, site, cop):
    """Put someone on an empty site."""
    me = people.person[i]
    me.row, me.column, me.jailed_until = site // torus.columns, site % torus.columns, 0
    put(torus, people.occupied, me.row, me.column)
    if cop:
        put(torus, people.guarded, me.row, me.column)


@compiled
def come_back(torus, people, luck, i, cop):
    """Put someone on an empty site drawn from all: there is one."""
    draw = 0
    while True:
        site = below(luck.place, i, people.who.size, draw)
        if not holds(torus, people.occupied, site // torus.columns, site % torus.columns):
            settle(torus, people, i, site, cop)
            return
        draw += 1


@compiled
def deploy(torus, people, society, p, luck, agents):
    """Adjust the number of cops to their current density, as far as there is room."""
    share = min(max(p.cop_density + society.cops_gone, 0.0), 1.0)
    wanted = min(round(share * people.who.size), people.who.size - agents)
    while society.cops > wanted:
        society.cops -= 1
        me = people.person[agents + int(society.cops)]
        take(torus, people.occupied, me.row, me.column)
        take(torus, people.guarded, me.row, me.column)
    while society.cops < wanted:
        come_back(torus, people, luck, agents + int(society.cops), True)
        society.cops += 1
    society.roster = max(society.roster, agents + society.cops)


@compiled
def draw_turns(people, luck, first, last, roster):
    """Draw who has the next turns from those left, and prefetch their data from memory."""
    order, chosen = people.order, people.chosen
    for k in range(last - first):
        chosen[k] = first + k + below(luck.turn, first + k, roster - first - k)
    for k in range(last - first):
        order[first + k], order[chosen[k]] = order[chosen[k]], order[first + k]
        prefetch(people.person, order[first + k])
    for k in range(last - first):
        people.ways[k] = uniform(luck.where, order[first + k])
    for k in range(last - first):
        me = people.person[order[first + k]]
        fetch(people.occupied, me.row, me.column)
        fetch(people.rebelling, me.row, me.column)
        fetch(people.guarded, me.row, me.column)


@compiled
def tell(society, p, agents, active, jailed):
    """The recorded numbers of the period."""
    free = agents - jailed
    society.active, society.jailed, society.quiet = active, jailed, free - active
    society.tension_now = 0.0
    if free > 0 and society.free_aversion > 0.0:
        grievance = max(society.free_grievance, 0.0) * (1.0 - society.legitimacy_now)  # sums of differences: off by rounding
        society.tension_now = grievance / society.free_aversion * (free - active) / free
