"""What a network refuses, and what it says of itself."""

import pickle

import numpy as np
import pytest

from groundswell.errors import PopulationError
from groundswell.population.network import Network


def network(indptr, indices, **more):
    return Network(np.array(indptr, dtype=np.int64), np.array(indices, dtype=np.int32), **more)


def path_of_four():
    return network([0, 1, 3, 5, 6], [1, 0, 2, 1, 3, 2])


def test_a_network_tells_its_people_ties_and_degrees():
    path = path_of_four().check()
    assert (path.people, path.ties, path.mean_degree) == (4, 3, 1.5)
    assert path.degree.tolist() == [1, 2, 2, 1]
    assert path.degree.dtype == np.int32
    assert path.neighbours(1).tolist() == [0, 2]
    assert path.memory_bytes() == 5 * 8 + 6 * 4


def test_people_without_ties_are_people():
    alone = network([0, 0, 0, 0], []).check()
    assert (alone.people, alone.ties, alone.degree.tolist()) == (3, 0, [0, 0, 0])


@pytest.mark.parametrize(
    ("indptr", "indices", "found"),
    [
        ([0, 1, 3, 5, 6], [1, 0, 2, 1, 3, 1], "person 2: the tie to 3 is missing"),
        ([0, 2, 4, 5, 5], [1, 2, 0, 2, 0], None),  # an odd number of indices
        ([0, 1, 3, 5, 6], [1, 2, 0, 1, 3, 2], "person 1: neighbour 0 is out of ascending order"),
        ([0, 2, 4], [1, 1, 0, 0], "person 0: the tie to 1 appears twice"),
        ([0, 2, 3, 4], [0, 0, 2, 1], None),
        ([0, 1, 2], [1, 2], "person 1: neighbour 2 does not exist"),
        ([0, 1, 2], [-1, 0], "person 0: neighbour -1 does not exist"),
        ([0, 3, 1, 4], [1, 2, 0, 0], "person 1: the row ends before it begins"),
    ],
)
def test_check_names_the_person_and_the_fault(indptr, indices, found):
    with pytest.raises(PopulationError, match=found):
        network(indptr, indices).check()


def test_a_self_loop_is_sound_only_where_allowed_and_stands_twice():
    with pytest.raises(PopulationError, match="person 0: "):
        network([0, 2], [0, 0]).check()
    assert network([0, 2], [0, 0], simple=False).check().ties == 1
    with pytest.raises(PopulationError, match="half a self-loop"):
        network([0, 2, 4], [0, 1, 0, 1], simple=False).check()


def test_ties_that_point_one_way_are_found_even_where_degrees_agree():
    # 0 -> 1 -> 2 -> 0: every row has one entry, and every person is named once.
    with pytest.raises(PopulationError, match="missing from that neighbour's row"):
        network([0, 1, 2, 3, 4], [1, 2, 3, 0]).check()


@pytest.mark.parametrize(
    ("indptr", "indices"),
    [
        (np.array([0, 1, 2], dtype=np.int32), np.array([1, 0], dtype=np.int32)),
        (np.array([0, 1, 2]), np.array([1, 0])),
        (np.array([[0, 1, 2]]), np.array([1, 0], dtype=np.int32)),
        ([0, 1, 2], np.array([1, 0], dtype=np.int32)),
        (np.array([0]), np.array([], dtype=np.int32)),
        (np.array([0, 1, 4]), np.array([1, 0], dtype=np.int32)),
        (np.array([1, 1, 2]), np.array([1, 0], dtype=np.int32)),
    ],
)
def test_arrays_of_another_type_or_shape_are_refused(indptr, indices):
    with pytest.raises(PopulationError):
        Network(indptr, indices)


def test_the_digest_follows_the_ties_and_nothing_else():
    assert path_of_four().digest() == path_of_four().digest()
    # Same bytes in the two arrays together, different ties.
    assert path_of_four().digest() != network([0, 1, 2, 4, 6], [2, 3, 0, 3, 1, 2]).digest()
    assert network([0, 0], []).digest() != network([0, 0, 0], []).digest()
    assert pickle.loads(pickle.dumps(path_of_four())).digest() == path_of_four().digest()
