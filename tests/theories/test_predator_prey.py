"""Francisco's flow: closed orbits and their period, damping with the further term, Volterra's law, interventions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Cap, Set, World
from groundswell.population.population import well_mixed
from groundswell.theories.predator_prey import PredatorPrey
from groundswell.theory.analytic.predator_prey import extremes, invariant, period, rest_point

RATES = {"a": 0.5, "b": 0.4, "c": 0.3, "d": 0.6}


def run(steps, *interventions, **params):
    return simulate(PredatorPrey, well_mixed(1), [World(0, params, interventions)], steps, threads=1)


@given(st.floats(0.1, 0.8), st.floats(0.1, 0.8), st.floats(0.1, 0.8), st.floats(0.1, 0.8), st.floats(0.3, 3.0))
@settings(max_examples=30, deadline=None)
def test_the_invariant_is_kept(a, b, c, d, start):
    history = run(60, a=a, b=b, c=c, d=d, start_dissent=start * c / d, start_coercion=a / b)
    height = invariant(history["protest"][:, 0], history["repression"][:, 0], a, b, c, d)
    # Runge-Kutta 4 at a hundredth of a step errs by about (rate / 100)**4 of the levels; rates here stay below 20
    assert np.ptp(height) < 1e-5 * (1 + np.abs(height).max())


def test_the_cycle_has_the_period_and_the_extremes_of_the_formula():
    start = (1.5, 0.7)
    time = period(*start, **RATES)
    scaled = {k: v * time / 24 for k, v in RATES.items()}  # one cycle in 24 steps, and no other change
    history = run(48, **scaled, start_dissent=start[0], start_coercion=start[1])
    levels = history.values[:, 0]
    assert levels[24] == pytest.approx(levels[0], rel=1e-6)
    assert levels[48] == pytest.approx(levels[0], rel=1e-6)
    (low, high), (weak, strong) = extremes(*start, **RATES)
    assert low <= levels[:, 0].min() < 1.1 * low
    assert 0.95 * high < levels[:, 0].max() <= high
    assert weak <= levels[:, 1].min() < 1.1 * weak
    assert 0.95 * strong < levels[:, 1].max() <= strong


def test_more_effective_coercion_lowers_coercion_and_not_dissent():
    """Volterra's law of averages: over whole cycles the means are c / d and a / b."""
    for b in (0.4, 0.8):
        rates = RATES | {"b": b}
        time = period(1.5, 0.7, **rates)
        scaled = {k: v * time / 2000 for k, v in rates.items()}
        history = run(2000, **scaled, start_dissent=1.5, start_coercion=0.7)
        means = history.values[1:, 0].mean(axis=0)
        assert means == pytest.approx(rest_point(**rates), rel=1e-6)


def test_a_deviation_dissent_that_limits_itself_damps_the_cycle():
    history = run(800, **RATES, e=0.05, start_dissent=1.5, start_coercion=0.7)
    rest, stronger = 0.3 / 0.6, (0.5 - 0.05 * 0.3 / 0.6) / 0.4
    assert history.values[-1, 0] == pytest.approx([rest, stronger], rel=1e-3)
    away = np.abs(history["protest"][:, 0] - rest)
    assert away[:50].max() > 3 * away[100:150].max() > 9 * away[200:250].max()  # by exp(-.0125 t)


def test_agreement_with_the_reference_to_the_last_bit():
    worlds = [World(0, RATES | {"e": e}, (Set("b", 0.8, 5), Cap("coercion", 1.0, 8, 12))) for e in (0.0, 0.1)]
    fast = simulate(PredatorPrey, well_mixed(1), worlds, 15, threads=1)
    assert (fast.values == simulate_reference(PredatorPrey, well_mixed(1), worlds, 15).values).all()
    assert (fast["repression"][8:12] <= 1.0).all()


def test_twins_part_only_from_the_intervention_on():
    plain, changed = run(30, **RATES), run(30, Set("b", 0.8, 10, 12), **RATES)
    assert (plain.values[:10] == changed.values[:10]).all()
    assert (plain.values[10:] != changed.values[10:]).all()
