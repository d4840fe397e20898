"""Excitation over many places: known truths, many places without any, and one place as by itself."""

from __future__ import annotations

import json

import numpy as np
import pytest

from groundswell.errors import EstimationError
from groundswell.evidence.excitation.baseline import Baseline
from groundswell.evidence.excitation.discrete import fit_excitation, simulate_excitation
from groundswell.evidence.excitation.panel import fit_panel

QUIET = Baseline(breaks=())


def panel(seed, places=5, T=260, mean=0.3, cv=0.5, level=4.0):
    """Weekly counts of one kind, by place, and the true branching ratios."""
    rng = np.random.default_rng([seed, 77])
    n = rng.gamma(1 / cv**2, mean * cv**2, places) if cv else np.full(places, mean)
    n = np.minimum(n, 0.9)
    made = {
        f"place {i}": simulate_excitation(
            np.full((T, 1), level), [[n[i]]], half_life=1.5, dispersion=0.1, seed=seed * 100 + i
        )
        for i in range(places)
    }
    return made, n


def test_one_place_is_as_by_itself():
    y = simulate_excitation(np.full((400, 2), 4.0), [[0.4, 0.3], [0.0, 0.2]], half_life=1.5, seed=3)
    alone = fit_excitation(y, interval="wald", baseline=QUIET)
    made = fit_panel({"here": y}, baseline=QUIET)
    np.testing.assert_allclose(made.branching, alone.branching, atol=0.01)
    np.testing.assert_allclose(made.high, alone.high, atol=0.04)
    np.testing.assert_allclose(made.half_life, alone.half_life, rtol=0.05)
    assert made.p == pytest.approx(alone.p, abs=0.02)
    assert made.pooled == 1


def test_order_and_threads_do_not_matter():
    counts, _ = panel(1)
    first = fit_panel(counts, baseline=QUIET, threads=1)
    second = fit_panel(dict(reversed(counts.items())), baseline=QUIET, threads=3)
    assert json.dumps(first.to_dict()) == json.dumps(second.to_dict())


def test_bad_input_is_refused_and_small_places_are_left_out():
    counts, _ = panel(2, places=3)
    counts["small"] = np.ones((30, 1))
    counts["silent"] = np.zeros((200, 1))
    made = fit_panel(counts, baseline=QUIET)
    assert len(made.places) == 5
    assert {p.name: p.reason for p in made.places if p.reason} == {
        "small": "30 steps",
        "silent": "0 events of 'kind 0'",
    }
    for wrong, settings in [
        ({}, {}),
        ({"a": np.ones((30, 1))}, {}),
        ({**counts, "b": np.ones((200, 2))}, {}),
        ({**counts, "b": np.full((200, 1), 0.5)}, {}),
        ({**counts, "b": ["x"] * 100}, {}),
        (counts, {"pooling": "some"}),
        (counts, {"interval": "hdi"}),
        (counts, {"family": "normal"}),
        (counts, {"step": "year"}),
        (counts, {"level": 2.0}),
        (counts, {"threads": 0}),
        (counts, {"coverage": {"place 1": np.ones(260)}}),
    ]:
        with pytest.raises(EstimationError):
            fit_panel(wrong, baseline=QUIET, **settings)
