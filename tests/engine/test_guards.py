"""What a rule must keep to: the world fails at the step and line where it does not, in both engines alike."""

from __future__ import annotations

import numpy as np
import pytest

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.generate import erdos_renyi
from groundswell.population.population import tied, well_mixed
from groundswell.theory import Observable, Param, Share, Society, State, Tally, Theory, floor

SPARSE = tied(erdos_renyi(300, 1.0, seed=3))  # some have no ties


class Slips(Theory):
    """Each parameter opens one slip; none is made where it is not executed."""

    s = State(bool, initial=Share(0.5))
    y = State(float, initial=1.0)
    z = State(float, initial=2.0)
    heat = Society(1.0)
    handed = Tally()
    chance = Param(0.5, "any")
    divide = Param(0.0, "any")
    grow = Param(1.0, "any")
    heated = Param(1.0, "any")
    hand = Param(1.0, "any")
    mean = Param(1.0, "any")
    o = Observable("people.s")
    h = Observable("society.heat")
    t = Observable("people.handed")

    def society(society, p, luck):
        society.heat = society.heat * p.heated + 0 * luck.poisson("rumours", p.mean)

    def person(me, seen, society, p, luck, tally):
        alone = seen.degree < 1
        if p.divide > 0 and society.step > 2:
            me.y = seen.count.s / seen.degree
        elif not alone and (seen.count.s / seen.degree > 0.5 or luck.chance("late", p.chance)):
            me.z = (2.0 if alone else 1 / seen.degree) + floor(me.z * 0)
        me.z *= p.grow
        me.s = luck.chance("early", p.chance if me.s else 0.5)
        tally.handed = 1e300 * p.hand


@pytest.mark.parametrize("turns", ["together", "random"])
def test_a_slip_fails_its_world_where_it_is_made(turns):
    theory = Slips if turns == "together" else InTurn
    worlds = [
        World(1),
        World(1, {"chance": 1.5}),
        World(1, {"chance": -0.1}),
        World(1, {"chance": 1 + 1e-12}),
        World(1, {"divide": 1.0}),
        World(1, {"grow": 1e200}),
        World(1, {"heated": 1e200}),
        World(1, {"hand": 1e100}),
        World(1, {"mean": -1.0}),
    ]
    for population in (SPARSE, well_mixed(260)):
        oracle = simulate_reference(theory, population, worlds, 4, totals=("z", "s"))
        for batch, threads in ((9, 1), (2, 2)):
            ours = simulate(theory, population, worlds, 4, totals=("z", "s"), batch=batch, threads=threads)
            assert ours.failed == oracle.failed
            assert np.array_equal(ours.values, oracle.values, equal_nan=True)
            for name in ("z", "s"):
                assert np.array_equal(ours.totals[name], oracle.totals[name], equal_nan=True)
        expected = {1: "no probability", 2: "no probability", 5: "me.z NaN", 6: "society.heat", 7: "tally.handed"}
        expected |= {8: "no finite mean"} | ({4: "divides by zero"} if population is SPARSE else {})
        assert {w for w, _, _ in ours.failed} == set(expected)
        for world, step, reason in ours.failed:
            assert expected[world] in reason
            assert f"{__file__}:" in reason
            assert np.isfinite(ours.values[:step, world]).all()
            assert np.isnan(ours.values[step:, world]).all()
        steps = {w: step for w, step, _ in ours.failed}
        assert (steps[1], steps[6], steps[7], steps[8]) == (1, 2, 1, 1)
        assert steps.get(4, 3) == 3


class InTurn(Theory):
    """The same, one after another."""

    order = "random"
    for _name in ("s", "y", "z", "heat", "handed", "chance", "divide", "grow", "heated", "hand", "mean", "o", "h", "t"):
        locals()[_name] = Slips.__dict__[_name]
    del _name
    person, society = Slips.__dict__["person"], Slips.__dict__["society"]


class Squares(Theory):
    """Whole numbers that outgrow 64 bits."""

    x = State(float)
    o = Observable("people.x")

    def person(me):
        k = 3
        k = k * k
        k = k * k
        k = k * k
        k = k * k
        k = k * k
        k = k * k
        me.x = k * 2


def test_whole_numbers_do_not_overflow():
    ours, oracle = (engine(Squares, well_mixed(3), [World(1)], 1)["o"] for engine in (simulate, simulate_reference))
    assert ours[1, 0] == oracle[1, 0] == 2 * 3.0**64
