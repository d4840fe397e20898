"""Summaries: their values where they are known, gaps that count for nothing, a user's function and its faults."""

from __future__ import annotations

import numpy as np
import pytest

from groundswell.calibrate.scores import NormalScores
from groundswell.calibrate.summaries import Kind, own_key, printed, summarise
from groundswell.errors import EstimationError

KINDS = {"y": Kind(counts=True), "v": Kind(counts=True, harm=True)}


def of(series: dict[str, np.ndarray], watched: np.ndarray | None = None) -> dict[str, np.ndarray]:
    n = next(iter(series.values())).shape[1]
    found, names = summarise(series, KINDS, np.ones(n, bool) if watched is None else watched)
    assert np.isfinite(found).all()
    return dict(zip(names, found.T, strict=True))


def counts(luck: np.random.Generator, n: int = 120, rows: int = 40) -> dict[str, np.ndarray]:
    return {"y": luck.poisson(4.0, (rows, n)).astype(float), "v": luck.poisson(0.1, (rows, n)).astype(float)}


def test_what_is_known_comes_out(luck: np.random.Generator) -> None:
    series = counts(luck)
    found = of(series)
    assert np.allclose(np.exp(found["y.mean"]) - 0.5 / 120, series["y"].mean(axis=1))
    assert np.allclose(found["v.empty"], (series["v"] == 0).mean(axis=1))
    assert abs(found["y.memory1"].mean()) < 5 / np.sqrt(120 * 40) + 1 / 120
    assert abs(found["y.dispersion"].mean()) < 0.1  # Poisson: variance over mean is one
    wave = np.tile(20 + 10 * np.sin(np.arange(120) / 8), (40, 1))
    assert (of({"y": luck.poisson(wave).astype(float), "v": series["v"]})["y.memory4"] > 0.5).all()


def test_lone_events_show_what_follows_them(luck: np.random.Generator) -> None:
    series = counts(luck)
    after = of(series)["v>y.1_4"]
    raised = series["y"].copy()
    for row, column in zip(*np.nonzero(series["v"]), strict=True):
        raised[row, column + 1 : column + 5] += 8
    assert (of({"y": raised, "v": series["v"]})["v>y.1_4"] > after)[of(series)["v>lone"] > 0].all()


def test_what_was_not_watched_changes_nothing(luck: np.random.Generator) -> None:
    series = counts(luck)
    watched = np.ones(120, bool)
    watched[50:60] = False
    other = {name: x.copy() for name, x in series.items()}
    other["y"][:, 50:60] = 999.0
    a, b = of(series, watched), of(other, watched)
    assert all(np.array_equal(a[name], b[name]) for name in a)


def test_a_short_record_is_refused(luck: np.random.Generator) -> None:
    with pytest.raises(EstimationError, match="at least 12"):
        of(counts(luck, n=10))


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda record: {"mean": float("nan")}, "'mean' is nan"),
        (lambda record: {}, "none"),
        (lambda record: {"x": record["z"]}, "KeyError"),
        (lambda record: {"x": 1.0} if record["y"][0] > 3 else {"w": 1.0}, "the same for every record"),
    ],
)
def test_a_wrong_function_of_ones_own_is_refused(luck: np.random.Generator, function, says: str) -> None:
    with pytest.raises(EstimationError) as caught:
        summarise(counts(luck), KINDS, np.ones(120, bool), function)
    assert says in str(caught.value)


def test_a_changed_function_changes_the_key() -> None:
    assert own_key(lambda record: {"a": 1.0}) != own_key(lambda record: {"a": 2.0})


def test_normal_scores_invert_and_keep_atoms(luck: np.random.Generator) -> None:
    values = np.stack([luck.gamma(1.0, size=500), np.maximum(luck.standard_normal(500), 0.0)], axis=1)
    scores = NormalScores.of(values)
    z = scores.forward(values, np.random.default_rng(1))
    assert np.allclose(z.mean(axis=0), 0, atol=5 / np.sqrt(500))
    assert np.allclose(z.std(axis=0), 1, atol=0.1)
    assert np.allclose(scores.inverse(scores.forward(values))[:, 0], values[:, 0], rtol=1e-6, atol=1e-9)
    assert ((scores.inverse(z)[:, 1] == 0) != (values[:, 1] == 0)).sum() <= 2  # half a rank from the atom's end
    beyond = scores.beyond(np.array([[1e3, 5.0]]))
    assert (beyond > 10).all()


def test_histories_in_single_precision_and_printed_records_of_them_are_one() -> None:
    for people in (7, 100, 640, 1000, 30_000):
        shares = np.arange(people + 1) / people
        kept = printed(shares.astype(np.float32).astype(float))
        assert (kept == printed(shares)).all()
        other = kept != printed(np.array([float(f"{x:.6g}") for x in shares]))
        assert other.mean() < (0.03 if people == 640 else 0.001)  # shares with a seventh figure, 5
    odd = np.array([0.0, np.nan, np.inf, -1234567.0, 5e-324, -2.0 / 3])
    assert np.array_equal(printed(odd), [0.0, np.nan, np.inf, -1234600.0, 5e-324, -0.66667], equal_nan=True)
