"""Substitution: the flow settles at Lichbach's optimum, his propositions and Moore's in simulation, interventions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Set, World
from groundswell.population.population import well_mixed
from groundswell.theories.substitution import Substitution
from groundswell.theory.analytic.substitution import escalation_share, optimal_dissent


def run(steps, *interventions, **params):
    return simulate(Substitution, well_mixed(1), [World(0, params, interventions)], steps, threads=1)


def optimum(policy, repress_n, repress_v, accommodate_n, accommodate_v, elasticity=3.0, demand=0.5):
    return optimal_dissent(
        1 + repress_n * policy, 1 + repress_v * policy,
        1 + accommodate_n * (1 - policy), 1 + accommodate_v * (1 - policy), elasticity, demand,
    )  # fmt: skip


@given(st.floats(0, 1), st.floats(0, 9), st.floats(0, 9), st.floats(0, 4), st.floats(0, 4))
@settings(max_examples=30, deadline=None)
def test_the_flow_settles_at_the_optimum(policy, rho_n, rho_v, alpha_n, alpha_v):
    history = run(
        60, policy=policy, repress_nonviolent=rho_n, repress_violent=rho_v,
        accommodate_nonviolent=alpha_n, accommodate_violent=alpha_v,
    )  # fmt: skip
    acts = optimum(policy, rho_n, rho_v, alpha_n, alpha_v)
    assert history["nonviolence"][-1, 0] == pytest.approx(acts.nonviolent, rel=1e-9, abs=1e-9)
    assert history["violence"][-1, 0] == pytest.approx(acts.violent, rel=1e-9, abs=1e-9)
    assert (history["coercion"] == policy).all()


def ends(**params):
    history = run(60, **params)
    return history["nonviolence"][-1, 0], history["violence"][-1, 0]


def test_repressing_nonviolence_drives_dissent_into_violence():
    nonviolent, violent = ends(policy=1.0, repress_nonviolent=1.0)
    fewer, more = ends(policy=1.0, repress_nonviolent=3.0)
    assert fewer < nonviolent
    assert more > violent


def test_total_dissent_escalates_exactly_where_derived():
    """With nonviolence ten times as costly as violence, what follows hangs on accommodation alone."""
    fixed = {"policy": 0.5, "repress_violent": 0.0}
    for alpha, escalates in ((0.0, True), (200.0, False)):
        before, after = (
            sum(ends(**fixed, repress_nonviolent=rho, accommodate_nonviolent=alpha)) for rho in (18.0, 18.2)
        )
        acts = optimum(0.5, 18.0, 0.0, alpha, 0.0)
        assert (acts.share < escalation_share(10.0, 1.0, 3.0, 0.5)) == escalates
        assert (after > before) == escalates


def test_a_consistent_policy_lowers_dissent_and_moves_nobody_between_tactics():
    nonviolent, violent = ends(policy=1.0, repress_nonviolent=1.0, repress_violent=1.0)
    fewer, less = ends(policy=1.0, repress_nonviolent=3.0, repress_violent=3.0)
    assert fewer / nonviolent == pytest.approx(2**-0.5)
    assert less / violent == pytest.approx(2**-0.5)
    served, pleased = ends(policy=0.0, accommodate_nonviolent=3.0, accommodate_violent=3.0)
    alone, left = ends(policy=0.0, accommodate_nonviolent=0.0, accommodate_violent=0.0)
    assert served / alone == pytest.approx(4**-0.5)
    assert pleased / left == pytest.approx(4**-0.5)


def test_a_deviation_the_state_substitutes_what_met_dissent():
    """Moore 2000: repression gives way to accommodation, and accommodation to repression; with m = 0 neither moves."""
    for start in (0.0, 0.2, 0.8, 1.0):
        coercion = run(30, policy=start, answer=0.2)["coercion"][:, 0]
        assert (np.abs(np.diff(coercion)) > 0).all()
        assert np.sign(coercion[1] - coercion[0]) == np.sign(0.5 - start)
        assert coercion[-1] == pytest.approx(0.5, abs=0.01)
        assert (run(5, policy=start, answer=0.0)["coercion"] == start).all()


def test_without_dissent_the_state_keeps_its_policy():
    quiet = run(5, policy=0.9, answer=0.5, adjustment=0.0, start_nonviolent=0.0, start_violent=0.0)
    assert (quiet["coercion"] == 0.9).all()


def test_agreement_with_the_reference_to_the_last_bit_and_twins():
    worlds = [World(0, {"answer": 0.1, "policy": 0.8}, x) for x in ((), (Set("repress_nonviolent", 5.0, 6),))]
    fast = simulate(Substitution, well_mixed(1), worlds, 12, threads=1).values
    assert (fast == simulate_reference(Substitution, well_mixed(1), worlds, 12).values).all()
    assert (fast[:6, 0] == fast[:6, 1]).all()
    assert (fast[6:, 0] != fast[6:, 1]).all()


def test_violence_is_marked_as_harm():
    assert Substitution.observables["violence"].harm
    assert not Substitution.observables["nonviolence"].harm
