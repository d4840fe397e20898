"""Lang and De Sterck's flow and its twin of single people: exact paths, the limit of many people, interventions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Pulse, Set, World
from groundswell.population.generate import erdos_renyi
from groundswell.population.population import tied, well_mixed
from groundswell.theories.lang_de_sterck import LangDeSterck
from groundswell.theories.lang_de_sterck_people import LangDeSterckPeople
from groundswell.theory.analytic.regimes import police_equilibria, revolution_path

SOCIETY = well_mixed(1)
STABLE = {"alpha": 0.2, "beta": 0.4, "c1": 0.1, "c2": 0.9}
META = {"alpha": 0.2, "beta": 0.4, "c1": 0.3, "c2": 0.7}
UNSTABLE = {"alpha": 0.2, "beta": 0.4, "c1": 0.5, "c2": 0.5}
FAILED = {"alpha": 0.4, "beta": 0.2, "c1": 0.3, "c2": 0.7}


def path(theory, population, steps, *interventions, seed=0, **params):
    return simulate(theory, population, [World(seed, params, interventions)], steps, threads=1)["turnout"][:, 0]


@given(
    st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.floats(0.05, 1.0), st.floats(0.05, 1.0), st.floats(0.02, 0.98)
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_the_flow_follows_the_exact_path(alpha, beta, c1, c2, start):
    middle = c1 / (c1 + c2)
    assume(min(abs(start - alpha), abs(start - beta), abs(middle - alpha), abs(middle - beta)) > 0.01)
    params = {"alpha": alpha, "beta": beta, "c1": c1, "c2": c2, "start": start}
    found = path(LangDeSterck, SOCIETY, 20, **params)
    exact = revolution_path(np.arange(21), start, alpha, beta, c1, c2)
    # a step is met within one substep of a hundred, in which the share moves by less than .01 (c1 + c2)
    assert np.abs(found - exact).max() < 0.02 * (c1 + c2)


@pytest.mark.parametrize(("params", "end"), [(STABLE, 0.0), (META, 0.3), (UNSTABLE, 1.0)])
def test_the_same_shock_ends_in_three_ways(params, end):
    assert path(LangDeSterck, SOCIETY, 60, start=0.25, **params)[-1] == pytest.approx(end, abs=1e-6)
    assert path(LangDeSterck, SOCIETY, 60, start=0.19, **params)[-1] == pytest.approx(0.0, abs=1e-6)
    assert path(LangDeSterck, SOCIETY, 90, start=0.41, **params)[-1] == pytest.approx(1.0, abs=1e-3)


def test_a_failed_state_keeps_what_it_is_given():
    assert (path(LangDeSterck, SOCIETY, 30, start=0.3, **FAILED) == 0.3).all()


@pytest.mark.parametrize("params", [STABLE, META, UNSTABLE])
def test_ramps_have_the_fates_of_steps(params):
    """A deviation: width > 0 replaces the paper's steps. On either side of an unstable equilibrium, fates part."""
    ramp = params | {"width": 0.02}
    found = police_equilibria(**ramp)
    for unstable in (e.share for e in found if not e.stable):
        below, above = (path(LangDeSterck, SOCIETY, 400, start=unstable + d, **ramp)[-1] for d in (-1e-3, 1e-3))
        assert below == pytest.approx(max(e.share for e in found if e.stable and e.share < unstable), abs=1e-6)
        assert above == pytest.approx(min(e.share for e in found if e.stable and e.share > unstable), abs=1e-6)


def test_new_media_turn_a_stable_police_state_into_one_that_is_not():
    """Lowering alpha beneath c while a revolution is small but seen: it lasts instead of dying out."""
    before = path(LangDeSterck, SOCIETY, 40, start=0.35, **(META | {"alpha": 0.32}))
    after = path(LangDeSterck, SOCIETY, 40, Set("alpha", 0.2, 1), start=0.35, **(META | {"alpha": 0.32}))
    assert before[-1] < 1e-6
    assert after[-1] == pytest.approx(0.3, abs=1e-6)


def test_a_spark_moves_only_what_follows_it_and_lasts_only_where_it_is_seen():
    quiet = path(LangDeSterck, SOCIETY, 40, start=0.0, **UNSTABLE)
    weak, strong = (path(LangDeSterck, SOCIETY, 40, Pulse("spark", x, 10), start=0.0, **UNSTABLE) for x in (0.1, 1.0))
    assert (quiet == 0).all()
    assert (weak[:10] == 0).all()
    assert 0 < weak[10] < 0.2
    assert weak[-1] < 1e-6
    assert (strong[:10] == 0).all()
    assert strong[-1] > 0.999


@pytest.mark.parametrize("params", [{}, STABLE | {"width": 0.1}, FAILED | {"start": 0.3}])
def test_flow_and_people_agree_with_the_reference_to_the_last_bit(params):
    worlds = [World(seed, params, (Pulse("spark", 0.3, 4), Set("alpha", 0.15, 6))) for seed in (0, 1)]
    fast = simulate(LangDeSterck, SOCIETY, worlds, 12, threads=1).values
    assert (fast == simulate_reference(LangDeSterck, SOCIETY, worlds, 12).values).all()
    people = {k: v for k, v in params.items() if k not in ("width", "start")} | {"start": 60}
    worlds = [World(seed, people, (Set("alpha", 0.15, 6),)) for seed in (0, 1)]
    fast = simulate(LangDeSterckPeople, well_mixed(200), worlds, 12, threads=1).values
    assert (fast == simulate_reference(LangDeSterckPeople, well_mixed(200), worlds, 12).values).all()


def test_many_people_become_the_flow_at_the_order_of_one_over_the_square_root_of_their_number():
    """Towards the meta-stable equilibrium no step is crossed, so a step of the chain is exact for infinitely many."""
    exact = revolution_path(np.arange(13), 0.25, **META)
    distances = []
    sizes = [1_000, 10_000, 100_000]
    for people in sizes:
        worlds = [World(seed, META | {"start": people // 4}) for seed in range(30)]
        turnout = simulate(LangDeSterckPeople, well_mixed(people), worlds, 12, threads=1)["turnout"]
        distance = (turnout - exact[:, None])[1:]
        bias = distance[-1].mean() / (distance[-1].std(ddof=1) / math.sqrt(len(worlds)))
        assert abs(bias) < 5
        distances.append(math.sqrt((distance**2).mean()))
        # at the equilibrium the share of independent people has the variance c (1 - c) / N, up to its estimate's error
        assert distances[-1] < 1.3 * math.sqrt(0.3 * 0.7 / people)
    slope = np.polyfit(np.log(sizes), np.log(distances), 1)[0]
    assert abs(slope + 0.5) < 0.1


def test_a_million_people_follow_the_flow_into_victory():
    params = {"alpha": 0.2, "beta": 0.4, "c1": 0.1, "c2": 0.02, "start": 300_000}
    found = path(LangDeSterckPeople, well_mixed(1_000_000), 30, **params)
    exact = revolution_path(np.arange(31), 0.3, 0.2, 0.4, 0.1, 0.02)
    # beta is crossed within a step: police who are overwhelmed at its middle still remove until its end
    assert np.abs(found - exact).max() < 0.02 * 0.5 + 5 * 0.5 / 1000


def test_the_twin_on_a_network_sees_neighbours_not_the_whole():
    """Where nobody sees anyone, nobody joins: only the police's exponential decay is left."""
    people = 20_000
    network = erdos_renyi(people, 1e-9, seed=1)
    apart = tied(network)
    params = UNSTABLE | {"start": people // 4}
    found = path(LangDeSterckPeople, apart, 8, **params)
    expected = 0.25 * np.exp(-0.5 * np.arange(9))
    assert (np.abs(found - expected)[1:] < 5 * np.sqrt(expected[1:] / people)).all()
    assert path(LangDeSterckPeople, well_mixed(people), 8, **params)[-1] > 0.9
