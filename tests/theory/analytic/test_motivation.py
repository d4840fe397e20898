"""Participation in cliques and trees against each other, and against enumeration."""

import itertools

import numpy as np
import pytest
from scipy import stats

from groundswell.errors import TheoryError
from groundswell.theory.analytic.motivation import group_participation, random_participation, tree_participation

SD = 0.3


def enumerated(edges, people, mean):
    """Each person's probability of taking part, over which number of neighbours would suffice for whom."""
    near = [[j for edge in edges for j in edge if i in edge and j != i] for i in range(people)]
    joins = [stats.norm.cdf((np.arange(len(n) + 1) / max(len(n), 1) - 1 + mean) / SD) for n in near]
    total = np.zeros(people)
    # who needs m neighbours: m in 0..degree, or degree + 1 for never
    for needs in itertools.product(*(range(len(n) + 2) for n in near)):
        chance = 1.0
        for i, m in enumerate(needs):
            steps = np.append(joins[i], 1.0)
            chance *= steps[m] - (steps[m - 1] if m else 0.0)
        acts = np.zeros(people, bool)
        for _ in range(people):
            acts = np.array([sum(acts[j] for j in near[i]) >= needs[i] for i in range(people)])
        total += chance * acts
    return total


@pytest.mark.parametrize("superior", [[-1], [-1, 0], [-1, 0, 0, 1], [-1, 0, 1, 2, 3], [-1, 0, 0, 0, 1, 1]])
@pytest.mark.parametrize("mean", [0.5, 0.8])
def test_trees_agree_with_enumeration(superior, mean):
    edges = [(s, i) for i, s in enumerate(superior) if s >= 0]
    assert np.allclose(tree_participation(superior, mean, SD), enumerated(edges, len(superior), mean), atol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_groups_agree_with_enumeration(size):
    of = group_participation(size, 0.6, SD)
    assert of.sum() == pytest.approx(1, abs=1e-12)
    everyone = enumerated(list(itertools.combinations(range(size), 2)), size, 0.6)
    assert of @ np.arange(size + 1) / size == pytest.approx(everyone.mean(), abs=1e-12)


def test_without_spread_all_or_nobody_take_part():
    assert group_participation(10, 1.01, 0.0)[10] == 1
    assert group_participation(10, 0.99, 0.0)[0] == 1
    assert random_participation([3, 3, 2, 0], 1.01, 0.0) == 1
    assert random_participation([0, 0], 0.5, 0.0) == 0


def test_pairs_matched_at_random_are_pairs():
    of = group_participation(2, 0.6, SD)
    assert random_participation([1] * 10, 0.6, SD) == pytest.approx(float(of @ [0, 0.5, 1]), abs=1e-12)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: group_participation(0, 0.5, SD),
        lambda: group_participation(3, float("nan"), SD),
        lambda: group_participation(3, 0.5, -1),
        lambda: tree_participation([0, 0], 0.5, SD),
        lambda: tree_participation([-1, 1], 0.5, SD),
        lambda: tree_participation([], 0.5, SD),
        lambda: random_participation([], 0.5, SD),
        lambda: random_participation([-1], 0.5, SD),
    ],
)
def test_what_is_no_group_or_tree_is_refused(wrong):
    with pytest.raises(TheoryError):
        wrong()
