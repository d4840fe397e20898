"""Epstein's second model of civil violence: two ethnic groups on a grid, and peacekeepers between them."""

from groundswell.theory import Observable, Param, Process, Setting, Society, Stream
from groundswell.theory.compiled import below, chance, compiled, exp, uniform
from groundswell.theory.lattice import (
    Torus,
    board,
    count,
    count_clear,
    euclidean,
    find,
    find_clear,
    holds,
    moore,
    put,
    take,
    vision,
)

PAPER = "Epstein 2002, Table 2"


class EpsteinGroups(Process):
    """Two groups live side by side; grievance against the other turns violent where the perceived risk of arrest is small."""

    title = "Civil violence, model II: inter-group violence"
    source = (
        "Epstein, J. M. (2002). Modeling civil violence: an agent-based computational approach. PNAS 99 (suppl. 3), "
        "7243-7250."
    )
    references = (source,)
    time_step = "period, in which everyone acts once, in random order"
    equations = (
        "Grievance G = H (1 - L); arrest risk P = 1 - exp(-k C/A), C cops and A >= 1 active people within vision, oneself "
        "counted among A; active iff G - R P > T. In random order: an agent moves to a random empty site within vision "
        "and decides; if active, one random member of the other group within vision dies. A cop moves and arrests one "
        "random active person within vision, of either group, for U(0, j_max) periods. Then each agent out of jail clones "
        "itself onto an empty neighbouring site with probability p, and whoever reaches an age drawn from U(0, 200) dies."
    )
    deviations = (
        "`reading` selects whether C/A is taken literally, rounded down or rounded: the paper prints the first; other "
        "implementations use the others.",
        "A released agent returns to an empty site within vision of the arrest, and waits while there is none: the paper "
        "does not say where to.",
        "A clone inherits group and hardship, and draws risk aversion and lifetime anew; it acts from the next period "
        "on. The paper says that ethnic identity and grievance are inherited.",
        "People, free and jailed together, never outnumber the sites.",
        "With `stops` = 1 a world stops changing once a group is extinct, since the paper's runs end there.",
    )
    limits = (
        "Run 8 of the paper, a stable but nasty regime under 4% cops, does not appear: one group dies out in nearly every world.",
        "Violence has one form, no memory and no organisation; victims are drawn at random. The model does not describe acts or "
        "of persons.",
    )
    space = "grid"
    setting = Setting(steps=400, population={"network": "grid", "rows": 40, "columns": 40})
    fixed = ("agent_density", "vision", "cop_vision", "share_green", "reading", "stops")

    legitimacy = Param(0.8, "[0, 1]", meaning="L, the perceived right of the other group to exist", source=PAPER + ", run 7")
    threshold = Param(0.1, "any", meaning="threshold T by which grievance must exceed net risk", source=PAPER)
    k = Param(2.3, ">= 0", meaning="arrest constant: P = .9 at one cop to one active person", source=PAPER)
    vision = Param(1.7, "[1, 1000]", unit="sites", meaning="radius within which agents see (1.7: 8 sites)", source=PAPER)
    cop_vision = Param(1.7, "[1, 1000]", unit="sites", meaning="radius within which cops see", source=PAPER)
    agent_density = Param(0.7, "[0, 1]", unit="share of sites", meaning="sites with an agent at the start", source=PAPER)
    share_green = Param(
        0.5, "[0, 1]", unit="share of agents", meaning="probability that an agent belongs to the second group",
        source="this project's choice: the paper's groups look similar in size",
    )  # fmt: skip
    cop_density = Param(0.0, "[0, 1]", unit="share of sites", meaning="cops at each time, as far as there is room", source=PAPER)
    j_max = Param(15.0, ">= 0", unit="periods", meaning="longest time in jail", source=PAPER)
    clone = Param(0.05, "[0, 1]", unit="per period", meaning="probability of cloning oneself", source=PAPER)
    max_age = Param(200.0, "> 0", unit="periods", meaning="longest life", source=PAPER)
    reading = Param(
        0.0, "[0, 2]", meaning="of C/A: 0 literal, 1 rounded down, 2 rounded, with halves to even",
        source="0: Epstein 2002; 1: NetLogo Rebellion; 2: Mesa's example of model I",
    )  # fmt: skip
    stops = Param(1.0, "[0, 1]", meaning="1: nothing happens once a group is extinct", source="Epstein 2002, on Figure 13")

    blue_people = Society(unit="people", meaning="first group, in and out of jail")
    green_people = Society(unit="people", meaning="second group, in and out of jail")
    violent_people = Society(unit="people", meaning="active agents")
    jailed_people = Society(unit="people", meaning="in jail")
    dead = Society(unit="people", meaning="died by violence in the period")
    cops_there = Society(unit="cops", meaning="cops on the grid")

    places = Stream(meaning="where agents and cops are at the start")
    born_as = Stream(meaning="group at the start")
    hard = Stream(meaning="hardship at the start")
    averse = Stream(meaning="risk aversion at birth")
    lifetime = Stream(meaning="age at death")
    turn = Stream(meaning="order of acting")
    moves = Stream(meaning="site that an agent moves to")
    patrols = Stream(meaning="site that a cop moves to")
    harmed = Stream(meaning="which member of the other group dies")
    arrests = Stream(meaning="whom a cop arrests")
    terms = Stream(meaning="time in jail")
    returns = Stream(meaning="site to which a released agent returns")
    clones = Stream(meaning="whether an agent clones itself")
    cradle = Stream(meaning="site of the clone")
    deployed = Stream(meaning="where new cops are placed")

    blue = Observable("society.blue_people", unit="people", meaning="first group")
    green = Observable("society.green_people", unit="people", meaning="second group")
    violent = Observable("society.violent_people", unit="people", meaning="active agents", harm=True)
    jailed = Observable("society.jailed_people", unit="people", meaning="in jail")
    killed = Observable("society.dead", unit="people per period", meaning="died by violence", harm=True)
    cops = Observable("society.cops_there", unit="cops", meaning="cops")

    def arrays(population, p):
        import numpy as np

        from groundswell.errors import TheoryError

        rows, columns = population.grid
        n = population.people
        if round(p.agent_density * n) + round(p.cop_density * n) > n:
            raise TheoryError(
                f"agent_density = {p.agent_density:g} and cop_density = {p.cop_density:g}",
                expected="at most 1 together, one to a site",
            )
        if p.reading % 1 or p.stops % 1:
            raise TheoryError(f"reading = {p.reading:g} and stops = {p.stops:g}", expected="0, 1 or 2, and 0 or 1")
        reach = int(max(p.vision, p.cop_vision))
        empty = board(Torus(rows, columns, reach))
        agent = [("hardship", "f8"), ("aversion", "f8"), ("age", "f8"), ("life", "f8"), ("term", "f8"),
                 ("row", "i8"), ("column", "i8"), ("group", "i8"), ("alive", "i8"), ("held", "i8"), ("active", "i8")]
        return {
            "agent": np.zeros(n, agent).view(np.recarray),  # places for agents, alive or not
            "cop": np.zeros(n, [("row", "i8"), ("column", "i8")]).view(np.recarray),
            "occupied": empty, "policed": empty.copy(), "rising": empty.copy(),  # sites with anyone, a cop, an active agent
            "groups": np.stack([empty, empty]),  # sites of each group
            "sees": vision(euclidean(p.vision), reach), "near": vision(moore(1), reach),
            "watches": vision(euclidean(p.cop_vision), reach),
            "at": np.full((rows, columns), -1),  # which agent is on a site
            "spare": np.arange(n)[::-1].copy(),  # free places; those of living agents come after them
            "turns": np.arange(2 * n),  # who acts in the period: agents below n, cops from n on
        }  # fmt: skip

    def start(people, society, p, luck, grid):
        torus = Torus(grid.rows, grid.columns, int(max(p.vision, p.cop_vision)))
        n = grid.rows * grid.columns
        shuffle(people.turns[:n], luck.places)  # of sites
        cops = round(p.cop_density * n)
        for j in range(cops):
            post(j, people.turns[j] // grid.columns, people.turns[j] % grid.columns, people, torus)
        society.cops_there = cops
        for i in range(round(p.agent_density * n)):
            me = people.agent[i]
            me.group = chance(luck.born_as, i, p.share_green)
            me.hardship = uniform(luck.hard, i)
            me.row, me.column = people.turns[cops + i] // grid.columns, people.turns[cops + i] % grid.columns
            live(i, people, society, p, luck, torus)

    def step(people, society, p, luck, grid):
        society.dead = 0.0
        if p.stops == 1.0 and min(society.blue_people, society.green_people) == 0.0:
            return
        torus = Torus(grid.rows, grid.columns, int(max(p.vision, p.cop_vision)))
        n = grid.rows * grid.columns
        deploy(round(p.cop_density * n), people, society, luck, torus)
        acting = 0
        for i in range(n + int(society.cops_there)):
            if i >= n or at_large(people.agent[i]):
                people.turns[acting] = i
                acting += 1
        turns = people.turns[:acting]
        shuffle(turns, luck.turn)
        for i in turns:
            if i >= n:
                patrol(i - n, people, society, p, luck, torus)
            elif at_large(people.agent[i]):
                move(i, people, luck, torus)
                decide(people.agent[i], people, p, torus)
                if people.agent[i].active:
                    harm(i, people, society, luck, torus)
        for i in range(n):
            me = people.agent[i]
            if me.held:
                me.term -= 1.0
                if me.term <= 0.0:
                    release(i, people, society, luck, torus)
        for i in turns:
            if i < n and at_large(people.agent[i]) and chance(luck.clones, i, p.clone):
                give_birth(i, people, society, p, luck, torus)
        society.violent_people = 0.0
        for i in range(n):
            me = people.agent[i]
            if me.alive:
                me.age += 1.0  # a clone born in this period counts this period as well
                if me.age > me.life:
                    leave(i, people, society, torus)
            society.violent_people += me.active


@compiled
def at_large(me):
    """Alive and not in jail."""
    return me.alive == 1 and me.held == 0


@compiled
def shuffle(items, stream):
    """Put items into a random order."""
    for last in range(items.size - 1, 0, -1):
        other = below(stream, last, last + 1)
        items[last], items[other] = items[other], items[last]


@compiled
def arrest_risk(cops, actives, k, reading):
    """P = 1 - exp(-k C/A), with the ratio read literally, rounded down, or rounded."""
    ratio = cops / actives
    if reading == 1.0:
        ratio = ratio // 1.0
    elif reading == 2.0:
        ratio = float(round(ratio))
    return 1.0 - exp(-k * ratio)


@compiled
def decide(me, people, p, torus):
    """Rule A: active iff G - R P > T, at the new site."""
    cops = count(people.policed, people.sees, me.row, me.column)
    actives = 1 + count(people.rising, people.sees, me.row, me.column)
    net_risk = me.aversion * arrest_risk(cops, actives, p.k, p.reading)
    me.active = me.hardship * (1.0 - p.legitimacy) - net_risk > p.threshold
    if me.active:
        put(torus, people.rising, me.row, me.column)


@compiled
def move(i, people, luck, torus):
    """Rule M: to a random empty site within vision, if there is one. An agent is not seen as active before it decides."""
    me = people.agent[i]
    take(torus, people.rising, me.row, me.column)
    free = count_clear(people.occupied, people.sees, me.row, me.column)
    if free > 0:
        row, column = find_clear(torus, people.occupied, people.sees, me.row, me.column, below(luck.moves, i, free))
        lift(me, people, torus)
        me.row, me.column = row, column
        settle(i, people, torus)


@compiled
def harm(i, people, society, luck, torus):
    """One random member of the other group within vision dies."""
    me = people.agent[i]
    others = people.groups[1 - me.group]
    seen = count(others, people.sees, me.row, me.column)
    if seen > 0:
        row, column = find(torus, others, people.sees, me.row, me.column, below(luck.harmed, i, seen))
        leave(people.at[row, column], people, society, torus)
        society.dead += 1.0


@compiled
def patrol(j, people, society, p, luck, torus):
    """Rules M and C of a cop: move, and arrest a random active person within vision, of either group."""
    cop = people.cop[j]
    free = count_clear(people.occupied, people.watches, cop.row, cop.column)
    if free > 0:
        row, column = find_clear(torus, people.occupied, people.watches, cop.row, cop.column, below(luck.patrols, j, free))
        withdraw(j, people, torus)
        post(j, row, column, people, torus)
    seen = count(people.rising, people.watches, cop.row, cop.column)
    if seen > 0:
        row, column = find(torus, people.rising, people.watches, cop.row, cop.column, below(luck.arrests, j, seen))
        i = people.at[row, column]
        me = people.agent[i]
        lift(me, people, torus)
        me.held, me.active, me.term = 1, 0, p.j_max * uniform(luck.terms, i)
        society.jailed_people += 1.0


@compiled
def release(i, people, society, luck, torus):
    """Return to an empty site within vision of the arrest; while there is none, stay in jail."""
    me = people.agent[i]
    free = count_clear(people.occupied, people.sees, me.row, me.column)
    if free > 0:
        me.row, me.column = find_clear(torus, people.occupied, people.sees, me.row, me.column, below(luck.returns, i, free))
        me.held = 0
        settle(i, people, torus)
        society.jailed_people -= 1.0


@compiled
def give_birth(i, people, society, p, luck, torus):
    """Place a clone on a random empty neighbouring site, if there is one."""
    me = people.agent[i]
    free = count_clear(people.occupied, people.near, me.row, me.column)
    places = people.spare.size - int(society.blue_people + society.green_people)
    if free > 0 and places > 0:
        child = people.agent[people.spare[places - 1]]
        child.row, child.column = find_clear(torus, people.occupied, people.near, me.row, me.column, below(luck.cradle, i, free))
        child.group, child.hardship = me.group, me.hardship
        live(people.spare[places - 1], people, society, p, luck, torus)


@compiled
def live(i, people, society, p, luck, torus):
    """Start a life, with its risk aversion and length."""
    me = people.agent[i]
    me.alive, me.held, me.active, me.age = 1, 0, 0, 0.0
    me.aversion = uniform(luck.averse, i)
    me.life = p.max_age * uniform(luck.lifetime, i)
    settle(i, people, torus)
    society.green_people += me.group
    society.blue_people += 1 - me.group


@compiled
def leave(i, people, society, torus):
    """End a life, on the grid or in jail, and free its place."""
    me = people.agent[i]
    if me.held:
        society.jailed_people -= 1.0
    else:
        lift(me, people, torus)
    people.spare[people.spare.size - int(society.blue_people + society.green_people)] = i
    me.alive, me.held, me.active = 0, 0, 0
    society.green_people -= me.group
    society.blue_people -= 1 - me.group


@compiled
def settle(i, people, torus):
    """Put an agent on its site."""
    me = people.agent[i]
    put(torus, people.occupied, me.row, me.column)
    put(torus, people.groups[me.group], me.row, me.column)
    people.at[me.row, me.column] = i


@compiled
def lift(me, people, torus):
    """Remove an agent from its site."""
    take(torus, people.occupied, me.row, me.column)
    take(torus, people.groups[me.group], me.row, me.column)
    take(torus, people.rising, me.row, me.column)


@compiled
def deploy(wanted, people, society, luck, torus):
    """Adjust the number of cops: new ones enter random empty sites; surplus ones leave, the last to arrive first."""
    n = torus.rows * torus.columns
    there, tries = int(society.cops_there), 0
    while there < wanted and tries < 64 * n:  # a full grid has no room for more
        site = below(luck.deployed, tries, n)
        tries += 1
        if not holds(torus, people.occupied, site // torus.columns, site % torus.columns):
            post(there, site // torus.columns, site % torus.columns, people, torus)
            there += 1
    while there > wanted:
        there -= 1
        withdraw(there, people, torus)
    society.cops_there = there


@compiled
def post(j, row, column, people, torus):
    """Put a cop on a site."""
    people.cop[j].row, people.cop[j].column = row, column
    put(torus, people.occupied, row, column)
    put(torus, people.policed, row, column)


@compiled
def withdraw(j, people, torus):
    """Remove a cop from its site."""
    take(torus, people.occupied, people.cop[j].row, people.cop[j].column)
    take(torus, people.policed, people.cop[j].row, people.cop[j].column)
