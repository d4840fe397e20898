"""Sensitivity: indices against known answers, intervals that cover, a surrogate that is refused where it fails."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import qmc

from groundswell.engine.worlds import Pulse
from groundswell.errors import GroundswellError
from groundswell.experiment import sensitivity as module
from groundswell.experiment.arms import Arm
from groundswell.experiment.points import Factor, Points, points
from groundswell.experiment.sensitivity import Index, sensitivity
from groundswell.experiment.surrogate import fit_surrogate
from groundswell.population.population import well_mixed
from groundswell.population.specification import PopulationSpecification
from groundswell.theories.deed import Deed
from groundswell.theories.granovetter import Granovetter

Floats = NDArray[np.float64]

FIRST = np.array([0.3139, 0.4424, 0.0])  # of Ishigami & Homma's function with a = 7, b = 0.1, in closed form
TOTAL = np.array([0.5576, 0.4424, 0.2437])
FACTORS = tuple(Factor(name, lambda u: u, "0 to 1") for name in "abc")


def ishigami(u: Floats) -> Floats:
    x = np.pi * (2 * u - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def place(n: int, k: int, seed: int) -> Floats:
    return np.asarray(qmc.Sobol(k, rng=np.random.default_rng(seed)).random(n))


def indices(u: Floats, y: Floats) -> tuple[list[Index], float]:
    found, explained = module._sobol(Points(FACTORS, u, u, "sobol"), y, np.ones(len(u), np.bool_))
    return sorted(found, key=lambda index: index.factor), explained


def test_a_smooth_function_is_known_from_64_points() -> None:
    surrogate = fit_surrogate(place(64, 3, 1), ishigami(place(64, 3, 1)))
    first, total, shapley = surrogate.shares()
    assert np.abs(first - FIRST).max() < 0.002
    assert np.abs(total - TOTAL).max() < 0.002
    assert shapley.sum() == pytest.approx(1.0)
    assert (first <= shapley + 1e-12).all()
    assert (shapley <= total + 1e-12).all()
    fresh = place(256, 3, 2)
    missed = np.mean((surrogate(fresh) - ishigami(fresh)) ** 2) / np.var(ishigami(fresh))
    assert missed < 0.01


def test_intervals_cover_under_luck_and_narrowed_ones_do_not() -> None:
    """Of 10 designs with 6 indices, a 95% interval misses 3; more than 7 would be 2.4 standard errors too many."""
    missed, missed_narrowed = 0, 0
    for seed in range(10):
        u = place(64, 3, seed)
        y = ishigami(u)[:, None] + 2.0 * np.random.default_rng(seed).normal(size=(64, 8))
        for j, index in enumerate(indices(u, y)[0]):
            for true, given in ((FIRST[j], index.first), (TOTAL[j], index.total)):
                of_first = given is index.first
                low = index.first_low if of_first else index.total_low
                high = index.first_high if of_first else index.total_high
                assert given is not None
                assert low is not None
                assert high is not None
                missed += not low - 1e-9 <= true <= high + 1e-9
                missed_narrowed += not given - (given - low) / 10 <= true <= given + (high - given) / 10
    assert missed <= 7
    assert missed_narrowed > 7


def test_luck_alone_is_explained_by_nothing() -> None:
    u = place(64, 3, 5)
    explained = [fit_surrogate(u, np.random.default_rng(seed).normal(size=64)).q2 for seed in range(20)]
    assert max(explained) < module.EXPLAINED
    assert np.median(explained) < 0.1


def test_morris_is_exact_for_a_plane_and_sees_interaction() -> None:
    made = points(FACTORS, "morris", 6, seed=2)
    assert made.places is not None
    everything = np.ones(len(made), np.bool_)

    def effects(f: Callable[[Floats], Floats]) -> dict[str, Index]:
        assert made.places is not None
        return {i.factor: i for i in module._morris(made, f(made.places)[:, None], everything)[0]}

    plane = effects(lambda u: 3 * u[:, 0] - 2 * u[:, 1])
    assert [plane[n].mean_effect for n in "abc"] == pytest.approx([3.0, 2.0, 0.0], abs=1e-9)
    assert [plane[n].spread for n in "abc"] == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)
    bent = effects(lambda u: u[:, 0] * u[:, 2])
    assert (bent["a"].spread or 0) > 0.1
    assert bent["b"].mean_effect == 0


def test_a_theory_from_its_ranges_to_an_answer() -> None:
    over = {"mean": {"from": 0.2, "to": 0.5}, "sd": {"from": 0.15, "to": 0.25}}
    found = sensitivity(Granovetter, well_mixed(400), over, 30, "turnout", count=32, worlds=3, seed=4)
    assert found.runs == 32 * 3
    assert found.indices[0].factor == "mean"
    assert found.to_frame().height == 2
    assert found.charts()[0].frame.height == 4
    again = sensitivity(Granovetter, well_mixed(400), over, 30, "turnout", count=32, worlds=3, seed=4, threads=2)
    assert again.to_dict() == found.to_dict()


def test_an_effect_is_the_twins_difference() -> None:
    """An act draws coverage that its twin does not have, at every point."""
    act = Arm("act", {}, (Pulse("act", 1.0, 5),))
    people = PopulationSpecification(network="erdos_renyi", people=100, mean_degree=6).build(1)
    found = sensitivity(
        Deed, people, {"eta": {"from": 0.1, "to": 2.0}}, 8, "media", arm=act, against=Arm("quiet"),
        count=16, worlds=1,
    )  # fmt: skip
    table = found.table.filter(world=0)
    gain = table.filter(arm="arm")["media"] - table.filter(arm="against")["media"]
    assert gain.min() > 0  # type: ignore[operator]
    assert "arm less twin" in found.outcome


def test_a_jump_that_the_surrogate_misses_gives_no_verdict() -> None:
    u = place(32, 3, 1)
    y = ((np.floor(u[:, 0] * 16) + np.floor(u[:, 1] * 16)) % 2)[:, None]
    _, explained = indices(u, y)
    assert explained < module.EXPLAINED


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"observable": "turnuot"}, "did you mean 'turnout'"),
        ({"method": "sobl"}, "did you mean 'sobol'"),
        ({"over": {}}, "at least one"),
        ({"count": 8}, "at least 16"),
    ],
)
def test_what_makes_no_sense_is_refused(more: dict, words: str) -> None:
    given = {"over": {"sd": {"from": 0.1, "to": 0.3}}, "observable": "turnout", **more}
    with pytest.raises(GroundswellError, match=re.escape(words)):
        sensitivity(Granovetter, well_mixed(50), steps=3, worlds=1, population_seed=1, **given)


def test_luck_that_all_points_share_is_not_taken_off_twice() -> None:
    """Of a variance of .5 between points and 1 between worlds, two thirds are luck, however few the worlds."""
    rng = np.random.default_rng(3)
    shares = []
    for seed in range(300):
        u = np.random.default_rng(seed).normal(size=64) * np.sqrt(0.5)
        within, between = module._luck(u[:, None] + rng.normal(size=(1, 2)))
        shares.append((within, between))
    within, between = np.array(shares).T
    assert abs(within.mean() - 1.0) < 4 * within.std() / np.sqrt(300)
    assert abs(between.mean() - 0.5) < 4 * between.std() / np.sqrt(300)


def test_an_outcome_that_does_not_vary_is_said_not_to() -> None:
    found = sensitivity(Granovetter, well_mixed(50), {"sd": {"from": 0.1, "to": 0.2}}, 1, "turnout", count=16, worlds=2,
                        params={"mean": 5.0}, seed=1)  # fmt: skip
    assert "does not vary" in found.answer
