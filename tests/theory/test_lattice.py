"""Sets of sites on a torus, against sets of Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.errors import TheoryError
from groundswell.theory.lattice import (
    Torus,
    board,
    count,
    count_clear,
    euclidean,
    find,
    find_clear,
    holds,
    moore,
    put,
    sites,
    take,
    vision,
    von_neumann,
)

SHAPES = {"euclidean": euclidean, "moore": moore, "von_neumann": von_neumann}


def near(shape, distance, dy, dx):
    """Whether a site dy rows and dx columns away is seen: from the definition, not from half-widths."""
    if dy == dx == 0:
        return False
    return {
        "euclidean": dy * dy + dx * dx <= distance * distance,
        "moore": max(abs(dy), abs(dx)) <= distance,
        "von_neumann": abs(dy) + abs(dx) <= int(distance),
    }[shape]


def seen_from(torus, shape, distance, row, column):
    far = range(-torus.reach, torus.reach + 1)
    places = [((row + dy) % torus.rows, (column + dx) % torus.columns)
              for dy in far for dx in far if near(shape, distance, dy, dx)]  # fmt: skip
    assert len(set(places)) == len(places)
    return set(places)


@given(st.data())
@settings(max_examples=24, deadline=None)
def test_a_board_is_a_set(data):
    """Any shape of vision and torus, from the smallest that vision allows: held, counted, found, and found clear."""
    reach = data.draw(st.sampled_from([1, 2, 7, 8, 9, 16, 20]))
    distance = data.draw(st.floats(1, reach))
    shape = data.draw(st.sampled_from(sorted(SHAPES)))
    extra = st.one_of(st.integers(0, 3), st.integers(0, 70))
    torus = Torus(2 * reach + 1 + data.draw(extra), 2 * reach + 1 + data.draw(extra), reach)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    held, sees, members = board(torus), vision(SHAPES[shape](distance), reach), set()
    for _ in range(data.draw(st.integers(0, 300))):
        row, column = int(rng.integers(torus.rows)), int(rng.integers(torus.columns))
        if rng.random() < 0.7:
            put(torus, held, row, column)
            members.add((row, column))
        else:
            take(torus, held, row, column)
            members.discard((row, column))
    for row, column in [(0, 0), (torus.rows - 1, torus.columns - 1), tuple(rng.integers(torus[:2]).tolist())]:
        assert holds(torus, held, row, column) == ((row, column) in members)
        seen = seen_from(torus, shape, distance, row, column)
        here = len(seen & members)
        assert sites(sees) == len(seen)
        assert count(held, sees, row, column) == here
        assert count_clear(held, sees, row, column) == len(seen) - here
        assert {find(torus, held, sees, row, column, n) for n in range(here)} == seen & members
        assert {find_clear(torus, held, sees, row, column, n) for n in range(len(seen) - here)} == seen - members
        assert find(torus, held, sees, row, column, here) == (-1, -1)


def test_taking_everything_leaves_nothing():
    torus = Torus(15, 33, 7)
    held = board(torus)
    for change in (put, take):
        for row in range(15):
            for column in range(33):
                change(torus, held, row, column)
                assert holds(torus, held, row, column) == (change is put)
    assert not held.any(), "no copy is left behind"


def test_the_visions_of_the_literature():
    assert sites(vision(euclidean(7.0), 7)) == 148
    assert sites(vision(euclidean(1.7), 1)) == sites(vision(moore(1), 1)) == 8
    assert sites(vision(von_neumann(1), 1)) == 4
    assert sites(vision(moore(3), 20)) == 48, "a vision may be narrower than the reach"


def test_a_torus_on_which_someone_would_see_a_site_twice_is_refused():
    board(Torus(15, 15, 7))
    for rows, columns in ((14, 15), (15, 14)):
        with pytest.raises(TheoryError, match="twice"):
            board(Torus(rows, columns, 7))
    with pytest.raises(TheoryError, match="within the reach"):
        vision(euclidean(7), 6)
    for nonsense in (0.5, 0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(TheoryError, match="distance"):
            euclidean(nonsense)
