"""Points of a design: what a factor ranges over, how points are laid out, and population keys as factors."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import polars as pl
import pytest

from groundswell.errors import GroundswellError
from groundswell.experiment.points import factor, points, table_points
from groundswell.experiment.sweep import sweep
from groundswell.population.population import well_mixed
from groundswell.population.specification import PopulationSpecification
from groundswell.theories.deed import Deed
from groundswell.theories.granovetter import Granovetter
from groundswell.theories.watts import Watts

RANGE = {"from": 0.1, "to": 0.3}


def test_a_range_and_a_prior_are_filled_evenly() -> None:
    two = [factor(Granovetter, "sd", RANGE), factor(Granovetter, "mean", {"from": 0.2, "to": 0.4})]
    for method in ("latin_hypercube", "sobol"):
        made = points(two, method, 64, seed=3)
        assert made.values.shape == (64, 2)
        slices = np.floor((made.values[:, 0] - 0.1) / 0.2 * 64).astype(int)
        assert len(set(slices)) == 64  # one point in each of 64 slices, for both methods
    assert np.array_equal(points(two, "sobol", 64, seed=3).values, points(two, "sobol", 64, seed=3).values)
    name = next(n for n, p in Deed.params.items() if p.prior is not None)
    prior = factor(Deed, name, None)
    u = (np.arange(100) + 0.5) / 100
    assert np.array_equal(prior.quantile(u), Deed.params[name].belief.quantile(u))


def test_morris_moves_one_factor_at_a_time_by_two_thirds_of_its_range() -> None:
    three = [factor(Granovetter, name, RANGE) for name in ("sd", "mean")]
    made = points(three, "morris", 5, seed=1)
    assert len(made) == 5 * 3
    assert made.places is not None
    moves = np.diff(made.places.reshape(5, 3, 2), axis=1)
    assert (np.sum(moves != 0, axis=2) == 1).all()
    assert np.allclose(np.abs(moves).max(axis=2), 2 / 3, atol=1e-12)
    assert {tuple(m.argmax(axis=1)) for m in np.abs(moves)} <= {(0, 1), (1, 0)}


def test_one_at_a_time_holds_the_others_at_their_defaults() -> None:
    two = [factor(Granovetter, "sd", [0.1, 0.2]), factor(Granovetter, "mean", [0.3])]
    made = points(two, "one_at_a_time")
    sd, mean = (Granovetter.params[n].default for n in ("sd", "mean"))
    assert made.values.tolist() == [[sd, mean], [0.1, mean], [0.2, mean], [sd, 0.3]]


def test_a_key_of_the_population_varies_with_the_same_seed() -> None:
    asked = PopulationSpecification(network="erdos_renyi", people=200, mean_degree=4)
    found = sweep(Watts, asked, {"population.mean_degree": [2.0, 8.0], "population.people": [150, 200]}, 5, worlds=2)
    assert found.height == 4 * 2
    assert found["population.people"].to_list()[:4] == [150, 150, 200, 200]
    alone = sweep(Watts, asked.model_copy(update={"mean_degree": 8.0}), {"population.people": [200]}, 5, worlds=2)
    name = next(iter(Watts.observables))
    assert found.filter(point=3)[name].to_list() == alone[name].to_list()


def test_a_table_of_ones_own() -> None:
    table = pl.DataFrame({"sd": [0.1, 0.3], "note": ["a", "b"]})
    made = table_points([factor(Granovetter, "sd", RANGE)], table)
    found = sweep(Granovetter, well_mixed(100), made, 5, worlds=1)
    assert found["sd"].to_list() == [0.1, 0.3]
    assert made.to_frame().columns == ["point", "sd"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: factor(Granovetter, "sdd", RANGE), "did you mean 'sd'"),
        (lambda: factor(Granovetter, "population.meandegree", [1.0]), "did you mean 'population.mean_degree'"),
        (lambda: factor(Granovetter, "sd", {"from": 0.3, "to": 0.1}), "the lower first"),
        (lambda: factor(Granovetter, "sd", {"low": 0.3}), "the keys from and to"),
        (lambda: factor(Granovetter, "sd", {"from": -1.0, "to": 0.1}), "support"),
        (lambda: factor(Granovetter, "sd", [0.1, float("nan")]), "finite"),
        (lambda: factor(Granovetter, "population.people", None), "levels or a range"),
        (lambda: points([], "sobol"), "at least one"),
        (lambda: points([factor(Granovetter, "sd", RANGE)], "sobbol"), "did you mean 'sobol'"),
        (lambda: points([factor(Granovetter, "sd", RANGE)], "sobol", 48), "32 or 64"),
        (lambda: points([factor(Granovetter, "sd", RANGE)], "grid"), "a list of levels"),
        (lambda: table_points([factor(Granovetter, "sd", RANGE)], pl.DataFrame({"s": [1]})), "without the column 'sd'"),
        (lambda: table_points([factor(Granovetter, "sd", RANGE)], pl.DataFrame({"sd": ["x"]})), "row 1"),
        (lambda: sweep(Granovetter, well_mixed(9), {"population.people": [3]}, 2), "already built"),
        (
            lambda: sweep(Watts, PopulationSpecification(network="well_mixed", people=9), {"population.mix": [0.1]}, 2),
            "mix",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make: Any, words: str) -> None:
    with pytest.raises(GroundswellError, match=re.escape(words)):
        make()
