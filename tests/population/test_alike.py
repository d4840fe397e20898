"""Populations that differ in what should not matter: everything that should stay does."""

import numpy as np
import pytest

from groundswell.errors import PopulationError
from groundswell.population.alike import reconnected, relabelled
from groundswell.population.dated import DatedTies
from groundswell.population.dress import dressed
from groundswell.population.generate import erdos_renyi, planted_partition
from groundswell.population.population import Population, layered, on_grid, tied, well_mixed


def _society(people: int = 240, **dress: object) -> Population:
    network, region = planted_partition(people, 6.0, 3, 0.2, seed=1)
    made = dressed(network, 5, **dress) if dress else network  # type: ignore[arg-type]
    traits = {"age": np.arange(people, dtype=float)}
    return Population(people, made, region, 3, traits=traits, labels=tuple(f"p{i}" for i in range(people)))


def _ties(population: Population) -> dict[tuple[int, int], float]:
    network = population.network
    assert network is not None
    rows = np.repeat(np.arange(network.people), np.diff(network.indptr))
    weights = np.ones(rows.size) if network.weights is None else network.weights
    return {(int(a), int(b)): float(w) for a, b, w in zip(rows, network.indices, weights, strict=True)}


@pytest.mark.parametrize("dress", [{}, {"directed": True, "weights": (0.5, 2.0)}])
def test_people_in_another_order_are_the_same_society(dress: dict[str, object]) -> None:
    given = _society(**dress)
    made = relabelled(given, 7)
    assert made.labels != given.labels
    of = {label: i for i, label in enumerate(made.labels or ())}
    new = np.array([of[label] for label in given.labels or ()])
    assert np.array_equal(made.traits["age"][new], given.traits["age"])
    assert np.array_equal(made.region[new], given.region)
    assert _ties(made) == {(int(new[a]), int(new[b])): w for (a, b), w in _ties(given).items()}
    assert made.digest() == relabelled(given, 7).digest() != relabelled(given, 8).digest()


@pytest.mark.parametrize("dress", [{}, {"directed": True, "weights": (0.5, 2.0)}])
def test_other_ties_leave_each_person_as_many_to_each_region(dress: dict[str, object]) -> None:
    given = _society(**dress)
    made = reconnected(given, 7)
    before, after = _ties(given), _ties(made)
    assert len(before) == len(after)
    assert len(before.keys() & after.keys()) < 0.25 * len(before)  # inside a community of 80 some come back by chance
    assert sorted(before.values()) == sorted(after.values())

    def counts(ties: dict[tuple[int, int], float], end: int) -> np.ndarray:
        table = np.zeros((given.people, 3), int)
        for tie in ties:
            table[tie[end], given.region[tie[1 - end]]] += 1
        return table

    for end in (0, 1):
        assert np.array_equal(counts(before, end), counts(after, end))
    assert made.digest() == reconnected(given, 7).digest() != reconnected(given, 8).digest()


def test_what_cannot_be_changed_is_refused() -> None:
    two = layered(home=erdos_renyi(40, 4.0, seed=1), work=erdos_renyi(40, 3.0, seed=2))
    for given in (well_mixed(20), two):
        with pytest.raises(PopulationError, match="to be reconnected"):
            reconnected(given, 1)
    dated = DatedTies(20, np.array([[0, 1], [2, 3]]), np.array([1, 1]), np.array([5, 5]))
    for given in (on_grid(4, 5), layered(home=erdos_renyi(20, 4.0, seed=1), work=dated)):
        with pytest.raises(PopulationError, match="whose numbers say nothing"):
            relabelled(given, 1)
    assert relabelled(two, 1).layers["home"].ties == two.layers["home"].ties
    assert relabelled(well_mixed(20), 1).network is None
    assert reconnected(tied(erdos_renyi(40, 4.0, seed=2)), 1).regions == 1
