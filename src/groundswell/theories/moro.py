"""Moro's violent revolutions: citizens, an armed organisation and the police on a grid."""

from groundswell.theory import Observable, Param, Process, Setting, Society, Stream
from groundswell.theory.compiled import below, chance, compiled, exp, uniform
from groundswell.theory.lattice import Torus, board, count, count_clear, euclidean, find, find_clear, put, take, vision

FIGURE = "Moro 2016, Figure 1"
CHOICE = "this project's choice: the paper's value could not be obtained"
EPSTEIN = "Epstein 2002, Table 2, run 2, from which the paper's citizens derive; the paper's own value could not be obtained"


class Moro(Process):
    """A riot that outnumbers the police where it stands draws in an armed organisation, which wins or is destroyed."""

    title = "Violent political revolutions"
    source = (
        "Moro, A. (2016). Understanding the dynamics of violent political revolutions in an agent-based framework. PLoS "
        "ONE 11, e0154175."
    )
    references = (
        source,
        "Epstein, J. M. (2002). Modeling civil violence: an agent-based computational approach. PNAS 99 (suppl. 3), "
        "7243-7250.",
    )
    time_step = "period, in which everyone acts once, in random order"
    equations = (
        "All move to a random empty site within vision; there, A active citizens and C policemen are seen. A citizen is "
        "active iff H (1 - L) - R P > T, with P = 1 - exp(-k floor(C/(1 + A))). A member of the organisation is active iff "
        "A > n C and C > 0, and then fells one random policeman within vision with probability r. A policeman fells one "
        "random active member within vision with probability p; where he sees none, he arrests one random active citizen, "
        "for up to j_max periods."
    )
    deviations = (
        "The paper's abstract, introduction and outcomes could be read, but not its equations and table of parameters: "
        "rules and values beyond n, p, r and the three outcomes are this project's reading (tested: the rules as stated).",
        "n is read as the ratio of active citizens to policemen in sight above which the organisation comes out; p and r, "
        "the paper's precision parameters, as the probabilities that a policeman and a member hit their target.",
        "Citizens follow Epstein's rule with the ratio rounded down, since otherwise there are hardly any riots.",
        "Those who leave jail return to an empty site within vision of their arrest, and wait while there is none.",
    )
    limits = (
        "Which outcome is reached depends on how many members and policemen there are as well as on p and r.",
        "The paper's phase of minor riots before the revolution lasts only a few periods here.",
        "Violence is a rate between two sides: there are no persons, methods or lasting effects on grievance.",
    )
    space = "grid"
    setting = Setting(steps=300, population={"network": "grid", "rows": 40, "columns": 40})
    fixed = ("citizens", "members", "police", "sight")

    n = Param(1.2, ">= 0", unit="active citizens per policeman", meaning="riot size above which the organisation is active", source=FIGURE)
    p = Param(0.4, "[0, 1]", meaning="precision of the police", source=FIGURE)
    r = Param(0.3, "[0, 1]", meaning="precision of the organisation", source=FIGURE)
    citizens = Param(0.7, "[0, 1]", unit="share of sites", meaning="citizens", source=EPSTEIN)
    members = Param(0.055, "[0, 1]", unit="share of sites", meaning="members of the organisation at the start", source=CHOICE + "; at this one the three outcomes of Figure 1 occur")
    police = Param(0.04, "[0, 1]", unit="share of sites", meaning="policemen at the start", source=EPSTEIN)
    sight = Param(7.0, "[1, 1000]", unit="sites", meaning="vision of everyone, and how far they move", source=EPSTEIN)
    legitimacy = Param(0.82, "[0, 1]", meaning="L, legitimacy of the government", source=EPSTEIN)
    threshold = Param(0.1, "any", meaning="threshold T by which grievance must exceed net risk", source=EPSTEIN)
    k = Param(2.3, ">= 0", meaning="arrest constant", source=EPSTEIN)
    j_max = Param(30.0, ">= 0", unit="periods", meaning="longest time in jail", source=EPSTEIN)

    rioters = Society(unit="citizens", meaning="active")
    captives = Society(unit="citizens", meaning="in jail")
    armed = Society(unit="members", meaning="of the organisation who are alive")
    officers = Society(unit="policemen", meaning="alive")
    felled = Society(unit="people per period", meaning="deaths on both sides")

    places = Stream(meaning="initial positions")
    hard = Stream(meaning="hardship")
    averse = Stream(meaning="risk aversion")
    turn = Stream(meaning="order of acting")
    moves = Stream(meaning="site that one moves to")
    aims = Stream(meaning="target of a shot or an arrest")
    hits = Stream(meaning="whether a shot hits")
    terms = Stream(meaning="time in jail")
    returns = Stream(meaning="site to which a released citizen returns")

    active = Observable("society.rioters", unit="citizens", meaning="active citizens", harm=True)
    jailed = Observable("society.captives", unit="citizens", meaning="citizens in jail")
    revolutionaries = Observable("society.armed", unit="members", meaning="revolutionaries")
    policemen = Observable("society.officers", unit="policemen", meaning="policemen")
    killed = Observable("society.felled", unit="people per period", meaning="deaths on both sides", harm=True)

    def arrays(population, p):
        import numpy as np

        from groundswell.errors import TheoryError

        rows, columns = population.grid
        sites = population.people
        everyone = sum(round(share * sites) for share in (p.citizens, p.members, p.police))
        if everyone > sites:
            raise TheoryError(f"{everyone} people on {sites} sites", expected="citizens + members + police of at most 1")
        empty = board(Torus(rows, columns, int(p.sight)))
        person = [("hardship", "f8"), ("aversion", "f8"), ("term", "f8"), ("row", "i8"), ("column", "i8"), ("here", "i8"), ("active", "i8")]
        return {
            "person": np.zeros(everyone, person).view(np.recarray),  # citizens, then members, then policemen
            "occupied": empty, "riot": empty.copy(), "arms": empty.copy(), "order": empty.copy(),  # sites: all, active, police
            "sees": vision(euclidean(p.sight), int(p.sight)),
            "at": np.full((rows, columns), -1),  # who is on a site
            "turns": np.arange(sites),
        }  # fmt: skip

    def start(people, society, p, luck, grid):
        torus = Torus(grid.rows, grid.columns, int(p.sight))
        shuffle(people.turns, luck.places)  # of sites
        society.armed, society.officers = round(p.members * people.turns.size), round(p.police * people.turns.size)
        for i in range(people.person.size):
            me = people.person[i]
            me.hardship, me.aversion = uniform(luck.hard, i), uniform(luck.averse, i)
            stand(i, people.turns[i] // grid.columns, people.turns[i] % grid.columns, people, torus)
        for i in range(people.person.size - int(society.officers), people.person.size):
            put(torus, people.order, people.person[i].row, people.person[i].column)

    def step(people, society, p, luck, grid):
        torus = Torus(grid.rows, grid.columns, int(p.sight))
        everyone = people.person.size
        member = round(p.citizens * grid.rows * grid.columns)
        policeman = member + round(p.members * grid.rows * grid.columns)
        society.felled = 0.0
        turns = people.turns[:everyone]
        for i in range(everyone):
            turns[i] = i
        shuffle(turns, luck.turn)
        for i in turns:
            me = people.person[i]
            if me.here == 0:
                continue
            sites = people.order if i >= policeman else people.arms if i >= member else people.riot
            move(i, sites, people, luck, torus)
            rebels, police = count(people.riot, people.sees, me.row, me.column), count(people.order, people.sees, me.row, me.column)
            if i >= policeman:
                put(torus, people.order, me.row, me.column)
                if count(people.arms, people.sees, me.row, me.column) > 0:
                    society.armed -= shoot(i, p.p, people.arms, people, society, luck, torus)
                elif rebels > 0:
                    arrest(i, rebels, p, people, society, luck, torus)
            elif i >= member:
                me.active = police > 0 and rebels > p.n * police
                if me.active:
                    put(torus, people.arms, me.row, me.column)
                    society.officers -= shoot(i, p.r, people.order, people, society, luck, torus)
            else:
                risk = me.aversion * (1.0 - exp(-p.k * (police // (1 + rebels))))
                me.active = me.hardship * (1.0 - p.legitimacy) - risk > p.threshold
                if me.active:
                    put(torus, people.riot, me.row, me.column)
        society.rioters = 0.0
        for i in range(member):
            me = people.person[i]
            if me.here == 0:
                me.term -= 1.0
                if me.term <= 0.0:
                    release(i, people, society, luck, torus)
            society.rioters += me.active


@compiled
def shuffle(items, stream):
    """Put items into a random order."""
    for last in range(items.size - 1, 0, -1):
        other = below(stream, last, last + 1)
        items[last], items[other] = items[other], items[last]


@compiled
def stand(i, row, column, people, torus):
    """Put someone on a site."""
    me = people.person[i]
    me.row, me.column, me.here = row, column, 1
    put(torus, people.occupied, row, column)
    people.at[row, column] = i


@compiled
def go(i, sites, people, torus):
    """Remove someone from a site, and from the set of sites that shows their kind."""
    me = people.person[i]
    me.here = 0
    take(torus, people.occupied, me.row, me.column)
    take(torus, sites, me.row, me.column)


@compiled
def move(i, sites, people, luck, torus):
    """Move to a random empty site within vision, if there is one."""
    me = people.person[i]
    free = count_clear(people.occupied, people.sees, me.row, me.column)
    row, column = me.row, me.column
    if free > 0:
        row, column = find_clear(torus, people.occupied, people.sees, row, column, below(luck.moves, i, free))
    go(i, sites, people, torus)
    stand(i, row, column, people, torus)


@compiled
def shoot(i, precision, sites, people, society, luck, torus):
    """Shoot at one of those seen, who is felled unless the shot misses; return how many were."""
    me = people.person[i]
    if not chance(luck.hits, i, precision):
        return 0
    nth = below(luck.aims, i, count(sites, people.sees, me.row, me.column))
    row, column = find(torus, sites, people.sees, me.row, me.column, nth)
    go(people.at[row, column], sites, people, torus)
    people.person[people.at[row, column]].active = 0
    society.felled += 1.0
    return 1


@compiled
def arrest(i, rebels, p, people, society, luck, torus):
    """Send one of the active citizens seen to jail."""
    me = people.person[i]
    row, column = find(torus, people.riot, people.sees, me.row, me.column, below(luck.aims, i, rebels))
    caught = people.at[row, column]
    go(caught, people.riot, people, torus)
    people.person[caught].active = 0
    people.person[caught].term = p.j_max * (1.0 - uniform(luck.terms, caught))
    society.captives += 1.0


@compiled
def release(i, people, society, luck, torus):
    """Return to an empty site within vision of the arrest; while there is none, stay in jail."""
    me = people.person[i]
    free = count_clear(people.occupied, people.sees, me.row, me.column)
    if free == 0:
        me.term = 1.0
        return
    row, column = find_clear(torus, people.occupied, people.sees, me.row, me.column, below(luck.returns, i, free))
    me.term = 0.0
    stand(i, row, column, people, torus)
    society.captives -= 1.0
