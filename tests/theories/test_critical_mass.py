"""Critical mass: decisions one after another, orders, start-up, and the size of the group, against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Set, World
from groundswell.population.population import well_mixed
from groundswell.theories.critical_mass import CriticalMass
from groundswell.theory.analytic.contributions import critical_contribution, decelerating, somebody_starts

MOST, LEAST, RANDOM = 1.0, -1.0, 0.0


def listed(interest, resources=None):
    return well_mixed(len(interest), interest=interest, resources=resources or [1.0] * len(interest))


def run(population, steps=3, seed=0, population_seed=0, **params):
    return simulate(
        CriticalMass, population, [World(seed, params)], steps, population_seed=population_seed, threads=1,
        totals=("gives",),
    )  # fmt: skip


def best_gift(interest, left, total, z, exponent, cost):
    """The gift with the largest gain, by looking at all of them."""
    gifts = np.linspace(0.0, left, 4001)
    gains = interest * (np.minimum((total + gifts) / z, 1) ** exponent - (total / z) ** exponent) - cost * gifts
    return gifts[np.argmax(gains)] if gains.max() > 1e-12 else 0.0


@given(
    st.lists(st.tuples(st.floats(0.5, 30), st.floats(0.2, 2)), min_size=1, max_size=6),
    st.sampled_from([0.4, 0.7, 1.5, 2.5]), st.sampled_from([MOST, LEAST]), st.floats(0.5, 2),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_the_first_round_is_the_papers_sequence(people, exponent, first, cost):
    interest, resources = [x[0] for x in people], [x[1] for x in people]
    z = 2.0 * len(people)
    h = run(listed(interest, resources), 1, exponent=exponent, first=first, cost=cost, needed=2.0)
    total = 0.0
    for i in sorted(range(len(people)), key=lambda i: -first * interest[i]):
        total += best_gift(interest[i], min(resources[i], z - total), total, z, exponent, cost)
    if exponent < 1:
        assert h["contributed"][1, 0] == pytest.approx(total / z, abs=1e-3 * len(people))
    else:
        assert h["contributed"][1, 0] == pytest.approx(total / z, abs=1e-9)


@pytest.mark.parametrize("first", [MOST, LEAST])
def test_many_people_with_a_decelerating_function_give_what_the_closed_form_says(first):
    """Interest is in units of what the good costs, so that only the shape of its distribution matters."""
    people = 100_000
    expected = decelerating(lambda u: np.exp(4 + special.ndtri(u)) / 100, 0.5, 1.0, most_interested_first=first == MOST)
    h = run(well_mixed(people), exponent=0.5, first=first, log_interest=4 + math.log(people / 100))
    # Sampled interest moves a rank by sqrt(s (1 - s) / N); dX/ds is of the order 1 here.
    assert abs(h["contributed"][1, 0] - expected) < 5 * 2 * 0.5 / math.sqrt(people)
    assert h["contributed"][-1, 0] - h["contributed"][1, 0] < 0.001, "later rounds add next to nothing"


@given(st.lists(st.floats(1, 60), min_size=2, max_size=20))
@settings(max_examples=30, deadline=None)
def test_with_a_decelerating_function_the_least_interested_first_never_give_less(interest):
    most, least = (run(listed(interest), 1, exponent=0.5, first=x)["contributed"][1, 0] for x in (MOST, LEAST))
    assert least >= most - 1e-12


@given(st.lists(st.floats(1, 2000), min_size=2, max_size=20), st.floats(1.2, 3), st.floats(0, 0.4))
@settings(max_examples=30, deadline=None)
def test_with_an_accelerating_function_the_order_does_not_matter_in_the_end(interest, exponent, given_):
    params = {"exponent": exponent, "given": given_, "needed": 2.0}
    ends = [run(listed(interest), 25, first=x, **params) for x in (MOST, LEAST, RANDOM)]
    for other in ends[1:]:
        assert np.array_equal(ends[0].totals["gives"][:, 0] > 0, other.totals["gives"][:, 0] > 0)
        assert other["contributed"][-1, 0] == pytest.approx(ends[0]["contributed"][-1, 0], abs=1e-12)


@pytest.mark.parametrize("exponent", [1.5, 2.0, 3.0])
def test_equal_people_explode_from_the_critical_mass_on_and_not_below(exponent):
    people = 100
    critical = critical_contribution(1.5, exponent, 1 / people)
    group = listed([1.5 * people] * people)
    below, above = (run(group, exponent=exponent, given=critical + x) for x in (-0.001, 0.001))
    assert below["contributors"][-1, 0] == 0
    assert above["contributed"][-1, 0] == pytest.approx(1.0)


@pytest.mark.parametrize(("people", "jointness"), [(10, 1.0), (200, 1.0), (10, 0.0), (200, 0.0)])
def test_jointness_decides_what_the_size_of_a_group_does(people, jointness):
    """A linear function: whoever's interest exceeds what the good costs gives, so somebody does with 1 - F^N."""
    groups, needed = 150, 20.0
    expected = somebody_starts(people, needed * people ** (1 - jointness), 1.0, 1.0)
    params = {"exponent": 1.0, "jointness": jointness, "needed": needed, "log_interest": 1.0}
    got = [run(well_mixed(people), 1, population_seed=k, **params)["contributed"][-1, 0] > 0 for k in range(groups)]
    error = math.sqrt(expected * (1 - expected) / groups)
    assert abs(np.mean(got) - expected) < 5 * error + 1e-9


def test_agrees_with_the_reference_in_every_order():
    worlds = [World(k, {"first": first, "exponent": e}, (Set("cost", 0.4, start=2, end=4),))
              for k, (first, e) in enumerate((f, e) for f in (MOST, LEAST, RANDOM) for e in (0.5, 2.0))]  # fmt: skip
    args = (CriticalMass, well_mixed(30), worlds, 5)
    assert np.array_equal(simulate(*args, threads=1).values, simulate_reference(*args).values)


def test_twins_share_everything_until_the_cost_falls():
    worlds = [World(1), World(1, {}, (Set("cost", 0.01, start=3),))]
    h = simulate(CriticalMass, well_mixed(100), worlds, 6, threads=1)
    assert np.array_equal(h.values[:3, 0], h.values[:3, 1])
    assert h["contributed"][3, 1] > h["contributed"][3, 0]


def test_one_person_still_uninterested_changes_nothing_and_one_more_gift_only_moves_those_after():
    interest = [90.0, 60.0, 30.0, 20.0, 10.0]
    calm = run(listed(interest), 1, exponent=0.5, needed=0.8)
    little = run(listed([*interest[:-1], 11.0]), 1, exponent=0.5, needed=0.8)
    assert np.array_equal(calm.totals["gives"], little.totals["gives"])
    richer = run(listed(interest, [1.0, 2.0, 1.0, 1.0, 1.0]), 1, exponent=0.5, needed=0.8).totals["gives"][:, 0]
    assert richer[0] == calm.totals["gives"][0, 0]


def test_a_million_people_decide_in_a_round():
    h = run(well_mixed(1_000_000), 1, exponent=0.5, log_interest=4 + math.log(10_000))
    assert 0.2 < h["contributed"][1, 0] < 0.35
