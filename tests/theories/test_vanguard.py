"""The vanguard's game played: against its equilibria computed elsewhere, selection without efficacy, deviations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Pulse, Set, World
from groundswell.population.population import well_mixed
from groundswell.theories import vanguard
from groundswell.theories.vanguard import Vanguard
from groundswell.theory.analytic.vanguard import VanguardSociety

pytestmark = pytest.mark.long  # its kernels take seconds to compile

NAMES = tuple(VanguardSociety.__dataclass_fields__)
DEFAULTS = {name: Vanguard.params[name].default for name in NAMES}


def play(plays, *interventions, people=400, seed=0, **params):
    return simulate(Vanguard, well_mixed(people), [World(seed, params, interventions)], plays, threads=1)


@given(st.floats(-0.5, 0.5), st.floats(0.5, 1.5), st.floats(0.1, 0.6), st.floats(0.2, 0.8), st.floats(0, 2))
@settings(max_examples=12, deadline=None)
def test_cutoff_least_signal_and_incentive_are_those_computed_elsewhere(mean, own_sd, needed, cost, above):
    params = DEFAULTS | {"sentiment_mean": mean, "own_sd": own_sd, "needed": needed, "cost": cost}
    society = VanguardSociety(**params)
    p = np.zeros(1, [(name, float) for name in Vanguard.params]).view(np.recarray)  # as the engine hands it over
    for name, value in Vanguard.parameters(params).items():
        p[name] = value
    least = vanguard.least_signal(p[0])
    assert least == pytest.approx(society.least_signal, abs=1e-6)
    signal = society.least_signal + 0.01 + above
    assert vanguard.cutoff(p[0], signal) == pytest.approx(society.cutoffs(signal)[0], abs=1e-6)
    # 64 points of the midpoint rule
    assert vanguard.incentive(p[0], least) / 0.3 == pytest.approx(society.effort(), rel=2e-3)


def test_many_people_turn_out_as_the_equilibrium_says():
    """A deviation: people are finitely many. A play of a million, the distance of a binomial share."""
    history = play(4, people=1_000_000, coordinated=1.0)
    society = VanguardSociety(**DEFAULTS)
    for k in range(1, 5):
        theta, signal = history["discontent"][k, 0], history["violence_level"][k, 0] - history["vanguard_effort"][k, 0]
        share = society.turnout(theta, signal)
        assert abs(history["mobilisation"][k, 0] - share) <= 5 * math.sqrt(share * (1 - share) / 1e6)
    assert 0 < (history["mobilisation"][1:] > 0).mean() < 1


def test_a_vanguard_is_active_only_where_the_public_is_coordinated():
    history = play(200)
    effort, coordinated = history["vanguard_effort"][1:, 0], history["participatory"][1:, 0]
    assert (effort[coordinated == 0] == 0).all()
    assert (effort[coordinated == 1] > 0).all()
    assert (history["mobilisation"][1:, 0][coordinated == 0] == 0).all()
    # a deviation: the equilibrium is drawn play by play
    assert abs(coordinated.mean() - 0.5) < 5 * 0.5 / math.sqrt(200)


def test_violence_and_mobilisation_go_together_though_the_vanguard_changes_nothing():
    """Twins of the same societies, with and without a vanguard: mobilisation is the same, to the last person."""
    with_, without = (play(300, vanguard=x) for x in (1.0, 0.0))
    assert (without["vanguard_effort"] == 0).all()
    assert with_["violence_level"] - without["violence_level"] == pytest.approx(with_["vanguard_effort"])
    # the signal is filtered out of violence with rounding; a person at the very cutoff may change sides
    assert np.abs(with_["mobilisation"] - without["mobilisation"]).max() <= 1 / 400
    correlation = np.corrcoef(with_["vanguard_effort"][1:, 0], with_["mobilisation"][1:, 0])[0, 1]
    assert np.arctanh(correlation) * math.sqrt(297) > 5


def test_unforeseen_violence_brings_people_out_only_where_they_are_coordinated():
    """A deviation: a shock nobody foresaw. Nothing before it changes, and nothing after the society it strikes."""
    pulses = [Pulse("surprise", 1.0, t) for t in range(50, 100)]
    plain, struck = play(120), play(120, *pulses)
    coordinated = plain["participatory"][:, 0] == 1
    change = (struck["mobilisation"] - plain["mobilisation"])[:, 0]
    assert (change[:50] == 0).all()
    assert (change[100:] == 0).all()
    assert (change[~coordinated] == 0).all()
    assert (change[50:100] >= 0).all()
    assert (change > 0).sum() > 5
    assert Vanguard.shocks["surprise"].harm
    assert all(Vanguard.observables[x].harm for x in ("violence_level", "vanguard_effort"))


def test_structure_matters_in_one_equilibrium_and_not_in_the_other():
    for coordinated, matters in ((1.0, True), (0.0, False)):
        cheap, dear = (play(100, coordinated=coordinated, cost=c)["mobilisation"] for c in (0.3, 0.6))
        assert (cheap >= dear).all()
        assert bool((cheap > dear).any()) == matters


def test_agreement_with_the_reference_to_the_last_bit():
    worlds = [World(seed, {}, (Set("cost", 0.6, 4), Pulse("surprise", 1.0, 6))) for seed in (0, 1)]
    fast = simulate(Vanguard, well_mixed(50), worlds, 8, threads=1).values
    assert (fast == simulate_reference(Vanguard, well_mixed(50), worlds, 8).values).all()


def test_one_person_more_changes_nobody_else():
    """Shares of 100 and 101 people: the hundred decide as before, so the counts differ by at most one."""
    few, more = (play(60, people=n, coordinated=1.0)["mobilisation"][:, 0] * n for n in (100, 101))
    assert set(np.round(more - few)) <= {0.0, 1.0}
    assert (np.round(more - few) == 1).any()
