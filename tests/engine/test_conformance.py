"""Every theory gives exactly the same numbers in every engine, batch, order of worlds and number of threads.

Four of the theories that ship, in every way of running them; the small theories beside this file exercise what those do
not. Every theory that ships is held against the reference in tests/theories/test_every_theory.py.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from groundswell.draws import stream_id, uniforms
from groundswell.engine.annealed import simulate_annealed
from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Cap, Pulse, Seed, Set, World
from groundswell.theory.registry import load_theory

STEPS = 6
SMALL = sorted((Path(__file__).parent / "theories").glob("*.py"))
SHIPPED = {name: load_theory(name) for name in ("deed", "granovetter", "kuran", "watts")}
THEORIES = {**SHIPPED, **{path.stem: load_theory(path) for path in SMALL}}


@pytest.fixture(params=THEORIES)
def theory(request):
    return THEORIES[request.param]


def shaping(theory):
    """The parameters that matter before the first step only: no intervention can set them."""
    return theory.before_the_start()


def from_prior(theory, seed, without=()):
    """A draw of the parameters from their priors."""
    drawn = {}
    for name, param in theory.params.items():
        u = uniforms(seed, stream_id(f"prior:{name}"), 0, 1)
        value = float(param.belief.quantile(u)[0])
        if name not in without and theory.supports[name].holds(value):
            drawn[name] = value
    return drawn


def interventions(theory):
    """One of every kind that the theory allows, several of some, some at once."""
    out = []
    free = [name for name in theory.params if name not in shaping(theory)]
    for k, name in enumerate(free[:6]):
        value = from_prior(theory, 1000 + k).get(name, theory.params[name].default)
        out.append(Set(name, value, start=1 + k, end=None if k % 2 else 4 + k))
    for name in free[:1]:  # listed in the wrong order, and overlapping
        low, high = (from_prior(theory, seed).get(name, theory.params[name].default) for seed in (31, 32))
        out += [Set(name, low, start=4, end=6), Set(name, high, start=2, end=4)]
    for name in theory.shocks:
        out += [Pulse(name, 2.0, at=2), Pulse(name, 0.5, at=2), Pulse(name, 1.0, at=5)]
    for name in theory.societies:
        out.append(Cap(name, 0.4, start=3, end=6))
    for name, state in theory.states.items():
        if state.kind is bool:
            out += [Seed(name, 0.15, at=3), Seed(name, 0.1, at=6)]
    return tuple(out)


def begins(act):
    return act.at if isinstance(act, Pulse | Seed) else act.start


def worlds(theory, steps=STEPS):
    """Eight worlds: defaults, prior draws and large seeds, with and without interventions, twins among them."""
    acts = tuple(act for act in interventions(theory) if begins(act) <= steps)
    fixed = shaping(theory)
    return [
        World(0),
        World(0, {}, acts),
        World(2**64 - 1, from_prior(theory, 1, fixed)),
        World(2**32, from_prior(theory, 2)),
        World(5, from_prior(theory, 3, fixed)),
        World(5, from_prior(theory, 3, fixed), acts),
        World(8, from_prior(theory, 4), acts[::-1]),
        World(9),
    ]


def same(a, b):
    assert np.array_equal(a.values, b.values, equal_nan=True)
    assert a.totals.keys() == b.totals.keys()
    for name, total in a.totals.items():
        assert np.array_equal(total, b.totals[name])
    assert a.failed == b.failed


@pytest.mark.parametrize("annealed", [False, True], ids=["network", "annealed"])
def test_the_compiled_engine_agrees_with_the_reference(theory, population, annealed):
    given = worlds(theory)
    totals = tuple(theory.states)
    oracle = simulate_reference(theory, population, given, STEPS, population_seed=3, totals=totals, annealed=annealed)
    assert not oracle.failed
    if oracle.observables:
        assert (oracle.values != oracle.values[0]).any(), "nothing happens: the comparison would be empty"
    for batch, threads in ((1, 2), (2, 1), (9, 2), (len(given), 1)):
        got = simulate(
            theory, population, given, STEPS,
            population_seed=3, totals=totals, annealed=annealed, threads=threads, batch=batch,
        )  # fmt: skip
        same(got, oracle)
    order = np.random.default_rng(1).permutation(len(given))
    got = simulate(theory, population, [given[k] for k in order], STEPS, population_seed=3, annealed=annealed, batch=4)
    assert np.array_equal(got.values, oracle.values[:, order], equal_nan=True)


def test_simulate_annealed_is_the_annealed_engine(theory, populations):
    for population in (populations["skewed"], populations["mixed"]):
        given = worlds(theory, 4)[3:6]
        ours = simulate_annealed(theory, population, given, 4, population_seed=3, threads=1)
        oracle = simulate_reference(theory, population, given, 4, population_seed=3, annealed=True)
        same(ours, oracle)


def test_more_worlds_than_lanes(theory, populations):
    """A batch wider than the kernel's staging buffer is worked through in pieces."""
    given = [World(seed) for seed in range(300)]
    wide = simulate(theory, populations["sparse"], given, 3, batch=300, threads=1)
    narrow = simulate(theory, populations["sparse"], given, 3, batch=50, threads=1)
    same(wide, narrow)


def test_a_prefix_of_steps_is_the_same_history(theory, populations):
    long = simulate(theory, populations["regions"], worlds(theory), STEPS, threads=1)
    short = simulate(theory, populations["regions"], worlds(theory, 4), 4, threads=1)
    assert np.array_equal(long.values[:5], short.values, equal_nan=True)
