"""Random theories on random ties, with random interventions, batches and threads: every engine gives the same bytes.

Two theories in every run; `GROUNDSWELL_FUZZ=200` makes as many, by hand. A theory that slips (a chance above one, a
division by zero) fails in both engines alike, with the same line.
"""

from __future__ import annotations

import os
import random

import networkx as nx
import numpy as np
import pytest

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Cap, Pulse, Seed, Set, World
from groundswell.population.population import tied, well_mixed
from groundswell.population.read import from_networkx
from groundswell.theory.registry import load_theory

COUNT = int(os.environ.get("GROUNDSWELL_FUZZ", "2"))
HEAD = """from groundswell.theory import (
    Bernoulli, Exactly, Normal, Observable, Param, Share, Shock, Society, State, Tally, Theory, Trait, Uniform,
    clip, exp, floor, log, logistic, positive, sqrt,
)


class Made(Theory):
    '''Made at random.'''

    order = "{order}"
    u, v = Trait(Uniform(-1, 1)), Trait(Normal(0.2, 1.0))
    s, r = State(bool, initial=Share(0.3)), State(bool, initial=Exactly(3))
    x, y = State(float, initial=Uniform(0, 1)), State(float, initial="a")
    m = Society("a")
    k = Shock()
    {tally}
    a, b = Param(0.4, "[-2, 2]"), Param(1.5, "[0, 3]")
    shows, shown = Observable("people.s"), Observable("people.r")
    mean_x, mean_y, macro = Observable("people.x"), Observable("people.y"), Observable("society.m")

    def society(society, people, p, luck):
        society.m = {society}

    def person(me, seen, society, people, p, luck{argument}):
"""


class Maker:
    """Writes expressions, each within a depth; draws have their own names."""

    def __init__(self, seed: int) -> None:
        self.rng, self.draws = random.Random(seed), 0
        self.turns = self.rng.choice(["together", "together", "random", "drawn"])

    def number(self, depth: int) -> str:
        pick = self.rng.choice
        if depth == 0:
            return pick(
                ["me.x", "me.y", "me.u", "me.v", "p.a", "p.b", "society.m", "society.k", "people.s", "people.x", "0.5",
                 "2", "seen.mean.x", "seen.share.s", "seen.count.r", "seen.weighted.s", "seen.weighted.y", "seen.sum.x",
                 "seen.mean.u", "seen.weight", "seen.degree", "me.degree", "society.step", self.draw("uniform")]
            )  # fmt: skip
        one, two = (self.number(depth - 1) for _ in range(2))
        return pick(
            [f"({one} + {two})", f"({one} - {two})", f"({one} * {two})", f"({one} / (1 + abs({two})))",
             f"({one} / {two})", f"min({one}, {two})", f"logistic({one})", f"clip({one}, -1, {two})", f"sqrt({one})",
             f"exp(min({one}, 3))", f"log(1 + abs({one}))", f"floor({one})", f"({one}) ** 2", f"abs({one})",
             f"({one} if {self.truth(depth - 1)} else {two})"]
        )  # fmt: skip

    def truth(self, depth: int) -> str:
        pick = self.rng.choice
        if depth == 0:
            return pick(["me.s", "me.r", "me.x > 0.5", "seen.count.s > 0", "me.u < 0", "society.k > 0"])
        one, two = (self.truth(depth - 1) for _ in range(2))
        chance = f'luck.chance("{self.name()}", clip({self.number(depth - 1)}, 0, 1))'
        return pick([f"({one} and {two})", f"({one} or {two})", f"not {one}", chance,
                     f"{self.number(depth - 1)} >= {self.number(depth - 1)}"])  # fmt: skip

    def name(self) -> str:
        self.draws += 1
        return f"draw {self.draws}"

    def draw(self, kind: str) -> str:
        return f'luck.{kind}("{self.name()}")'

    def theory(self) -> str:
        tally = self.turns != "drawn"
        lines = [f"me.x = clip({self.number(2)}, -5, 5)", f"w = {self.number(2)}", f"if {self.truth(2)}:"]
        lines += [f"    me.s = {self.truth(2)}", f"    w = {self.number(1)}", "else:", f"    me.r = {self.truth(2)}"]
        lines += ["me.y = clip(0.5 * me.y + w, -9, 9)"] + (["tally.t = w"] if tally else [])
        society = 'clip(society.m + people.x - 0.1 * luck.normal("m") + society.k + 0 * p.a + 0 * p.b, -3, 3)'
        head = HEAD.format(
            order=self.turns, society=society, tally="t = Tally()" if tally else "", argument=", tally" if tally else ""
        )
        return head + "".join(f"        {line}\n" for line in lines)


def population(rng):
    people = rng.randrange(1, 40)
    if rng.random() < 0.2:
        return well_mixed(max(people, 3))
    made = nx.gnm_random_graph(
        max(people, 3), rng.randrange(0, 90), seed=rng.randrange(99), directed=rng.random() < 0.5
    )
    if rng.random() < 0.5:
        nx.set_edge_attributes(made, {e: rng.choice([0.0, 0.5, 2.25]) for e in made.edges}, "weight")
    return tied(from_networkx(made).network)


def worlds(rng):
    acts = [Set("a", rng.uniform(-2, 2), start=2), Pulse("k", 1.5, at=rng.randrange(1, 4)), Seed("s", 0.5, at=3),
            Cap("m", 0.2, start=1, end=3), Set("b", 0.0, start=1, end=2)]  # fmt: skip
    return [
        World(rng.getrandbits(64), {"a": rng.uniform(-2, 2)}, tuple(rng.sample(acts, rng.randrange(len(acts)))))
        for _ in range(rng.choice([1, 3, 9]))
    ]


@pytest.mark.parametrize("seed", range(COUNT))
def test_random_theories_agree_to_the_bit(seed, tmp_path):
    maker = Maker(seed)
    path = tmp_path / "made.py"
    path.write_text(maker.theory())
    theory = load_theory(path)
    moved = 0.0
    for _ in range(4):
        people, lives = population(maker.rng), worlds(maker.rng)
        oracle = simulate_reference(theory, people, lives, 3, totals=("s", "y"))
        for batch, threads in ((maker.rng.randrange(1, 12), 1), (len(lives), 3)):
            ours = simulate(theory, people, lives, 3, totals=("s", "y"), batch=batch, threads=threads)
            assert ours.failed == oracle.failed, path.read_text()
            assert np.array_equal(ours.values, oracle.values, equal_nan=True), path.read_text()
            for name in ("s", "y"):
                assert np.array_equal(ours.totals[name], oracle.totals[name], equal_nan=True), path.read_text()
        moved += float(np.nanmax(np.abs(np.diff(oracle.values, axis=0)), initial=0.0))
    assert moved > 0 or oracle.failed, "nothing happens: the comparison would be empty"
