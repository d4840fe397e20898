"""Populations: parts that must fit together, and the digest that tells them apart."""

import math
import pickle

import numpy as np
import pytest

from groundswell.errors import PopulationError
from groundswell.population.generate import ring
from groundswell.population.population import Population, well_mixed


def population(people=4, network=None, region=None, regions=2, traits=None):
    region = np.array([0, 1, 1, 0], dtype=np.int32) if region is None else region
    return Population(people, network, region, regions, {} if traits is None else traits)


def test_a_population_holds_its_parts():
    made = population(network=ring(4, 2), traits={"threshold": np.array([0.1, 0.2, 0.3, 0.4])})
    assert made.memory_bytes() == 5 * 8 + 8 * 4 + 4 * 4 + 4 * 8
    assert well_mixed(7).memory_bytes() == 7 * 4
    assert well_mixed(7).network is None


def test_traits_given_are_copied_as_a_mapping():
    given = {"threshold": np.zeros(4)}
    made = population(traits=given)
    given["grievance"] = np.zeros(4)
    assert list(made.traits) == ["threshold"]


def test_the_digest_sees_every_part_and_not_the_order_of_traits():
    a, b = np.arange(4.0), np.ones(4)
    plain = population().digest()
    others = [
        population(network=ring(4, 2)),
        population(regions=3),
        population(region=np.array([0, 1, 0, 1], dtype=np.int32)),
        population(traits={"a": a}),
        population(traits={"b": a}),
        population(traits={"a": a, "b": b}),
        population(traits={"a": b, "b": a}),
    ]
    assert len({plain, *(other.digest() for other in others)}) == 8
    assert population(traits={"a": a, "b": b}).digest() == population(traits={"b": b, "a": a}).digest()
    copy = pickle.loads(pickle.dumps(others[5]))
    assert copy.digest() == others[5].digest()


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ({"people": 0}, "people = 0"),
        ({"people": 4.0}, "people = 4.0"),
        ({"regions": 0}, "regions = 0"),
        ({"regions": 1}, "person 1 lives in region 1"),
        ({"region": np.array([0, 1, -1, 0], dtype=np.int32)}, "person 2 lives in region -1"),
        ({"region": np.array([0, 1, 1, 0])}, "region is int64"),
        ({"region": np.array([0, 1], dtype=np.int32)}, "shape \\(2,\\)"),
        ({"region": [0, 1, 1, 0]}, "region is list"),
        ({"network": ring(5, 2)}, "a network of 5 people in a population of 4"),
        ({"traits": {"anger": np.array([0, 1, math.nan, 0])}}, "trait 'anger' of person 2 is nan"),
        ({"traits": {"anger": np.array([0, 1, 0, -math.inf])}}, "trait 'anger' of person 3 is -inf"),
        ({"traits": {"anger": np.zeros(3)}}, "trait 'anger' is float64 of shape"),
        ({"traits": {"anger": np.zeros(4, dtype=np.float32)}}, "trait 'anger' is float32"),
    ],
)
def test_parts_that_do_not_fit_are_refused(parts, found):
    with pytest.raises(PopulationError, match=found):
        population(**parts)


@pytest.mark.parametrize("people", [0, -1, 2**31, 1.5, True])
def test_well_mixed_takes_a_number_of_people(people):
    with pytest.raises(PopulationError, match="people = "):
        well_mixed(people)
