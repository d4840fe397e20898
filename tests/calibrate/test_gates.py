"""Each gate lets a sound fit through, and stops one in which what it guards has been broken."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from groundswell.calibrate import gates
from groundswell.calibrate.cloud import distance
from groundswell.calibrate.mixture import Margins

NAMES = ("a", "b", "c", "d")
BLOCKS = np.arange(600) // 64


@pytest.fixture
def cloud(luck: np.random.Generator) -> np.ndarray:
    """Simulated summaries on a curved surface of two dimensions in a space of four, with a little noise."""
    t = luck.uniform(-1, 1, (600, 2))
    full = np.stack([t[:, 0], t[:, 1], t[:, 0] ** 2, t[:, 0] * t[:, 1]], axis=1)
    return full + 0.02 * luck.standard_normal(full.shape)


def test_a_record_of_the_cloud_is_inside(cloud: np.ndarray) -> None:
    inside = [gates.cloud(distance(cloud[np.arange(600) != i], cloud[i], NAMES, BLOCKS[:599])).passed for i in range(8)]
    assert all(inside)


def test_a_record_far_away_is_outside_and_says_in_what(cloud: np.ndarray) -> None:
    found = distance(cloud, np.array([0.0, 0.0, 5.0, 0.0]), NAMES, BLOCKS)
    gate = gates.cloud(found)
    assert not gate.passed
    assert found.outside[0]["summary"] == "c"
    assert "c 5" in gate.message


def test_a_record_off_the_surface_is_outside_though_no_summary_is_extreme(cloud: np.ndarray) -> None:
    found = distance(cloud, np.array([0.0, 0.0, 0.8, 0.0]), NAMES, BLOCKS)  # c is the square of a: it cannot be .8
    assert not found.outside
    assert found.neighbours < 0.005
    assert not gates.cloud(found).passed
    assert not gates.prediction(found).passed


def test_the_level_of_the_distance_is_what_it_says(luck: np.random.Generator) -> None:
    cloud = luck.standard_normal((250, 6))
    p = np.array(
        [distance(cloud, luck.standard_normal(6), tuple("abcdef"), np.arange(250) // 32).p for _ in range(200)]
    )
    share = (p < 0.1).mean()
    assert abs(share - 0.1) < 4 * np.sqrt(0.1 * 0.9 / 200)


def test_ranks_and_coverage_see_what_is_narrow_wide_or_shifted(luck: np.random.Generator) -> None:
    z = luck.standard_normal((500, 2))
    assert gates.ranks(norm.cdf(z), ("a", "b")).passed
    assert gates.coverage(norm.cdf(z), ("a", "b")).passed
    for broken in (norm.cdf(z / 0.7), norm.cdf(z / 1.5)):
        assert not gates.coverage(broken, ("a", "b")).passed
    gate = gates.ranks(norm.cdf(z + np.array([0.0, 0.3])), ("a", "b"))
    assert not gate.passed
    assert " b " in gate.message


@pytest.mark.parametrize(("draws", "targets"), [(341, 3), (3333, 14)])  # held out of 2,048 and of 20,000
def test_right_fits_are_refused_as_rarely_as_the_level_says_and_wrong_ones_are_seen(draws: int, targets: int) -> None:
    luck, names, tries = np.random.default_rng(5), [str(j) for j in range(targets)], 150

    def refused(of: np.ndarray) -> bool:
        return not (gates.ranks(of, names).passed and gates.coverage(of, names).passed)

    right = [luck.random((draws, targets)) for _ in range(tries)]
    size = float(np.mean([refused(pit) for pit in right]))
    assert size <= 4 * gates.LEVEL + 4 * np.sqrt(4 * gates.LEVEL / tries)  # two gates, at twice the nominal rate
    one_target = np.ones(targets)
    one_target[0] = 1.4  # the intervals of one target are too narrow: 76% for 90%
    narrow = [norm.cdf(norm.ppf(pit) * one_target) for pit in right[:40]]
    assert np.mean([refused(pit) for pit in narrow]) > 0.9


def test_what_is_significant_and_of_no_matter_passes_and_what_is_beyond_87_percent_does_not() -> None:
    u = (np.arange(20_000) + 0.5)[:, None] / 20_000

    def covers(share: float) -> gates.Gate:
        return gates.coverage(0.5 + (u - 0.5) * 0.9 / share, ("a",))

    assert covers(0.875).passed
    assert covers(0.925).passed
    assert not covers(0.865).passed
    assert not covers(0.935).passed


def test_the_local_gate_sees_a_fault_that_is_only_near_the_record(luck: np.random.Generator) -> None:
    u, away = luck.random((600, 1)), luck.random(600)
    assert gates.local(u, away, ("a",)).passed
    near = np.argsort(away)[:120]
    u[near] = u[near] ** 2
    assert not gates.local(u, away, ("a",)).passed
    assert gates.local(u, -away, ("a",)).passed


def test_agreement_sees_two_methods_that_differ_here(luck: np.random.Generator) -> None:
    def margins(mean: np.ndarray) -> Margins:
        return Margins(np.ones((*mean.shape, 1)), mean[..., None], np.full((*mean.shape, 1), 0.3))

    truth = luck.standard_normal((300, 2))
    elsewhere = gates.disagreement(margins(truth), margins(truth + 0.1 * luck.standard_normal(truth.shape)))
    assert gates.agreement(float(elsewhere[0]), elsewhere).passed
    apart = gates.disagreement(margins(truth[:1]), margins(truth[:1] + np.array([[0.0, 0.6]])))
    assert abs(apart[0] - 2) < 1e-9
    assert not gates.agreement(float(apart[0]), elsewhere).passed


def test_methods_that_differ_by_less_than_matters_agree(luck: np.random.Generator) -> None:
    elsewhere = np.abs(0.05 * luck.standard_normal(300))
    assert gates.agreement(0.4, elsewhere).passed
    assert not gates.agreement(0.5, elsewhere).passed
    assert not gates.agreement(0.5, elsewhere[:50]).passed  # of few draws, farther than all of them
    shift = gates.SHIFT
    assert abs(norm.cdf(1.645 - shift) - norm.cdf(-1.645 - shift) - 0.87) < 0.001


def test_a_steep_learning_curve_is_seen(luck: np.random.Generator) -> None:
    full = 0.5 + 0.3 * luck.standard_normal((300, 3))
    assert gates.budget(full - 0.02, full).passed
    assert not gates.budget(full - 0.25, full).passed
