"""Burbeck's flow: what is conserved, final size and peak, the trigger, interventions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Pulse, Set, World
from groundswell.population.population import well_mixed
from groundswell.theories.burbeck import Burbeck
from groundswell.theory.analytic.epidemics import riot_final_size, riot_peak


def run(steps, *interventions, **params):
    return simulate(Burbeck, well_mixed(1), [World(0, params, interventions)], steps, threads=1)


@given(st.floats(0.0, 0.003), st.floats(0.05, 1.0), st.floats(1.0, 100.0))
@settings(max_examples=30, deadline=None)
def test_nobody_is_lost_and_the_end_is_the_final_size(contagion, withdrawal, rioters):
    steps = 2000
    history = run(steps, contagion=contagion, withdrawal=withdrawal, rioters=rioters, susceptible=1000)
    assert history["reservoir"][:, 0] + history["total"][:, 0] == pytest.approx(np.full(steps + 1, 1000.0))
    assert (history["activity"] >= 0).all()
    final = riot_final_size(contagion, withdrawal, 1000, rioters)
    still = history["activity"][-1, 0]  # near the threshold a riot is not over by then
    assert history["total"][-1, 0] == pytest.approx(final, abs=1e-6 + 1e3 * still, rel=1e-7)


def test_the_peak():
    history = run(400, contagion=0.0002, withdrawal=0.1, rioters=10, susceptible=2000)
    exact = riot_peak(0.0002, 0.1, 2000, 10)
    # recorded by the hour, so up to half an hour beside the peak, where its relative bend is below .04 an hour squared
    assert exact * (1 - 0.04 / 8) < history["activity"].max() <= exact * (1 + 1e-9)


def test_a_riot_grows_only_above_the_threshold():
    below, above = (run(1, contagion=c, withdrawal=0.1, susceptible=1000)["activity"][:, 0] for c in (9e-5, 11e-5))
    assert below[1] < below[0]
    assert above[1] > above[0]


def test_a_deviation_a_trigger_draws_in_a_known_share_and_changes_nothing_before():
    quiet = run(20, rioters=0)
    sparked = run(20, Pulse("trigger", 0.05, 5), rioters=0, contagion=0.0)
    assert (quiet["activity"] == 0).all()
    assert (sparked["activity"][:5] == 0).all()
    assert sparked["reservoir"][5, 0] == pytest.approx(2000 * np.exp(-0.05))
    assert Burbeck.shocks["trigger"].harm


def test_agreement_with_the_reference_to_the_last_bit_and_twins():
    worlds = [World(0, {}, x) for x in ((), (Pulse("trigger", 0.05, 3), Set("withdrawal", 0.5, 6)))]
    fast = simulate(Burbeck, well_mixed(1), worlds, 12, threads=1).values
    assert (fast == simulate_reference(Burbeck, well_mixed(1), worlds, 12).values).all()
    assert (fast[:3, 0] == fast[:3, 1]).all()
    assert (fast[3:, 0] != fast[3:, 1]).any(axis=1).all()
