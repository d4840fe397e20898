"""Organisers: agreements against brute force, closed forms for equal people, and what ties and costs do."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Set, World
from groundswell.errors import GroundswellError
from groundswell.population.generate import barabasi_albert, ring
from groundswell.population.network import Network
from groundswell.population.population import tied, well_mixed
from groundswell.theories.organizers import Organizers


def on(network, interest=None, resources=None):
    traits = {name: x for name, x in (("interest", interest), ("resources", resources)) if x is not None}
    return tied(network, **traits)


def star(people):
    ends = np.r_[np.arange(1, people), np.zeros(people - 1)].astype(np.int32)
    return Network(np.r_[0, np.arange(people) + people - 1].astype(np.int64), ends)


def run(population, steps=1, seed=0, interventions=(), **params):
    return simulate(Organizers, population, [World(seed, params, interventions)], steps, threads=1, totals=("joins",))


def test_equal_people_bring_the_organizer_with_most_ties():
    """Everyone is worth recruiting and nobody refuses: T = (ties + 1) r of the best connected."""
    network = barabasi_albert(300, 3, seed=2)
    h = run(on(network, [50.0] * 300, [1.0] * 300), cost=0.1, cost_sd=0.0)
    assert h["contributed"][1, 0] == pytest.approx((network.degree.max() + 1) / 100)
    assert h["reach"][1, 0] == network.degree.max()
    assert h["members"][1, 0] * 300 == pytest.approx(network.degree.max() + 1)


def test_where_a_recruit_is_worth_less_than_the_cost_nobody_organises():
    h = run(on(star(30), [50.0] * 30, [1.0] * 30), cost=0.51, cost_sd=0.0)
    assert h.values[1, 0].tolist() == [0.0, 0.0, 0.0]


@given(
    st.lists(st.tuples(st.floats(0.1, 8), st.floats(0.1, 3)), min_size=2, max_size=8), st.floats(0, 0.6),
    st.floats(0.5, 6),
)  # fmt: skip
@settings(max_examples=50, deadline=None)
def test_an_agreement_is_the_largest_that_nobody_refuses(people, cost, needed):
    """A star, so that one person can organise more than one other: every subset of recruits is looked at."""
    interest, resources = np.array(people).T
    n = len(people)
    h = run(on(star(n), interest, resources), cost=cost, cost_sd=0.0, needed=needed)
    best = 0.0
    for i in range(n):
        others = range(1, n) if i == 0 else [0]
        worth = [j for j in others if interest[i] * resources[j] / needed > cost]
        agreed = 0.0
        for size in range(len(worth) + 1):
            for recruits in itertools.combinations(worth, size):
                total = resources[i] + sum(resources[j] for j in recruits)
                if all(interest[j] * total / needed >= resources[j] for j in recruits) and total >= agreed:
                    agreed, spent = total, cost * len(recruits)
        if interest[i] * agreed / needed > resources[i] + spent + 1e-12:
            best = max(best, agreed)
    assert h["contributed"][1, 0] == pytest.approx(best / needed, rel=1e-9)


def test_central_ties_bring_more_than_even_ones():
    """As many ties, drawn to few people or spread evenly: one can reach more."""
    for seed in range(5):
        central = on(barabasi_albert(200, 4, seed=seed))
        even = on(ring(200, 8))
        assert run(central, seed=seed)["contributed"][1, 0] > run(even, seed=seed)["contributed"][1, 0]


def test_agrees_with_the_reference_and_twins_share_the_past():
    population = on(barabasi_albert(60, 3, seed=1))
    worlds = [World(4), World(4, {}, (Set("cost", 2.0, start=3),))]
    h = simulate(Organizers, population, worlds, 5, threads=1)
    assert np.array_equal(h.values, simulate_reference(Organizers, population, worlds, 5).values)
    assert np.array_equal(h.values[:3, 0], h.values[:3, 1])
    assert (h["contributed"][3:, 1] < h["contributed"][3:, 0]).all()


def test_who_is_not_tied_to_the_organizer_changes_nothing():
    """One person richer, far from the best organiser: the agreement is the same."""
    network = barabasi_albert(200, 3, seed=5)
    interest, resources = np.full(200, 50.0), np.ones(200)
    calm = run(on(network, interest, resources), cost_sd=0.0)
    hub = int(np.argmax(network.degree))
    near = set(network.indices[network.indptr[hub] : network.indptr[hub + 1]]) | {hub}
    far = next(i for i in range(199, 0, -1) if i not in near)
    resources[far] = 1.5
    assert np.array_equal(run(on(network, interest, resources), cost_sd=0.0).totals["joins"], calm.totals["joins"])


def test_a_population_without_ties_is_refused():
    with pytest.raises(GroundswellError, match="network"):
        run(well_mixed(10))


def test_a_hundred_thousand_people():
    h = run(on(barabasi_albert(100_000, 3, seed=1)), needed=1000.0, log_interest=6.0)
    assert h["contributed"][1, 0] > 0
