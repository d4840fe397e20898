"""Responses to acts: what was put in is found, what is not there is not, and a tide is no effect."""

from __future__ import annotations

import dataclasses
import json
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from scipy import stats

from groundswell.errors import EstimationError, RecordError
from groundswell.estimators.response.acts import Acts
from groundswell.estimators.response.counterfactual import forecasts
from groundswell.estimators.response.responses import respond, study_responses

PLACES, T = 6, 364
WEEKS = np.arange(T)
REPEATS = 24


def base(kind: str, rng: np.random.Generator) -> np.ndarray:
    """Expected counts without acts."""
    if kind == "trend":
        mean = 3 * np.exp(2.0 * WEEKS / T) * np.ones((PLACES, 1))
    elif kind == "season":
        mean = 6 * np.exp(0.6 * np.cos(2 * np.pi * WEEKS / 52.18)) * np.ones((PLACES, 1))
    elif kind == "coverage jump":
        mean = np.where(rng.integers(120, 280) > WEEKS, 3.0, 12.0) * np.ones((PLACES, 1))
    else:
        level = np.zeros((PLACES, T))
        for t in range(1, T):
            level[:, t] = 0.93 * level[:, t - 1] + rng.normal(0, 0.25, PLACES)
        mean = 4 * np.exp(level)
    return mean * np.exp(rng.normal(0, 0.3, (PLACES, 1)))


def counts(mean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.poisson(mean * rng.gamma(5, 0.2, mean.shape)).astype(float)


def record(kind: str, seed: int, *, effect: float = 0.0, weeks: int = 8, rate: float = 1 / 100, tide: float = 0.0):
    """(counts, acts): acts fall at random, or by the rise of the last four weeks against the twelve before them."""
    rng = np.random.default_rng([seed, len(kind)])
    mean = base(kind, rng)
    y = counts(mean, rng)
    chance = np.full(y.shape, rate)
    if tide:
        rise = np.zeros(y.shape)
        for t in range(20, T):
            rise[:, t] = np.log((y[:, t - 4 : t].sum(1) + 0.5) / 4) - np.log((y[:, t - 16 : t - 4].sum(1) + 0.5) / 12)
        chance = rate * np.exp(tide * (rise - rise.mean()) / rise.std())
    acts = np.argwhere(rng.random(y.shape) < chance)
    for p, t in acts:
        y[p, t + 1 : t + 1 + weeks] = counts(mean[p, t + 1 : t + 1 + weeks] * np.exp(effect), rng)
    return y, [(int(p), int(t)) for p, t in acts]


def studies(kind: str, **settings):
    """The first window of every record; their forecasts are made together, which is faster and changes nothing."""
    fast = {"curves": False, "checks": False, "placebo": 99, "windows": {"1-8": (1, 8)}}
    records = [record(kind, seed, **settings) for seed in range(REPEATS)]
    near = np.zeros((REPEATS * PLACES, T), bool)
    for i, (_, acts) in enumerate(records):
        for p, t in acts:
            near[i * PLACES + p, t : t + 27] = True
    made = forecasts(np.concatenate([y for y, _ in records]), near_acts=near)
    for seed, (y, acts) in enumerate(records):
        own = made.of(np.arange(seed * PLACES, (seed + 1) * PLACES))
        yield respond(y, acts, made=own, seed=seed, **fast).overall.primary


@pytest.mark.long
def test_nothing_is_found_where_nothing_is_nor_after_acts_that_follow_the_tide_seen_so_far():
    hits = 0
    for kind in ("trend", "season", "coverage jump", "tide"):
        found = list(studies(kind))
        hits += sum(e.p <= 0.05 for e in found)
        value = np.array([e.value for e in found])
        assert abs(value.mean()) < 5 * value.std(ddof=1) / np.sqrt(REPEATS)
    timed = list(studies("trend", tide=1.5))
    hits += sum(e.p <= 0.05 for e in timed + list(studies("tide", tide=1.5)))
    assert hits <= stats.binom.ppf(0.99, 6 * REPEATS, 0.05)  # 14 of 144: twice as many would be known
    # proof that it is the matching that does it: the bare forecasts are led astray by the trend
    bare = np.array([e.checks["unmatched"] for e in timed])
    assert bare.mean() > 5 * bare.std(ddof=1) / np.sqrt(REPEATS)


@pytest.mark.parametrize("kind", ["season", "tide"])
def test_thirty_per_cent_less_for_eight_weeks_is_recovered_covered_and_seen(kind):
    effect = np.log(0.7)
    found = list(studies(kind, effect=effect, rate=1 / 150))
    value = np.array([e.checks["undiluted"] for e in found])
    assert abs(value.mean() - effect) < 5 * value.std(ddof=1) / np.sqrt(REPEATS)
    inside = sum(e.low <= effect <= e.high for e in found)
    assert inside > 0.9 * REPEATS
    # proof that this can fail: intervals half as wide do not cover
    width = [(e.high - e.low) / 4 for e in found]
    halved = sum(abs(e.value - effect) <= w for e, w in zip(found, width, strict=True))
    assert halved < inside
    if kind == "season":
        assert np.mean([e.p <= 0.05 for e in found]) > 0.6


@pytest.fixture(scope="module")
def whole():
    y, acts = record("season", 3, effect=np.log(0.6), rate=1 / 60)
    groups = ["north" if p < 3 else "south" for p, _ in acts]
    return respond(y, acts, groups=groups, sizes=[float(i) for i in range(len(acts))], placebo=199, seed=4)


def test_the_curve_shows_when_and_how_long(whole):
    g = whole.overall
    assert g.lags[0] == -12
    assert g.lags[-1] == 26
    during, before, later = (g.curve[(g.lags >= a) & (g.lags <= b)] for a, b in ((1, 8), (-12, -1), (14, 26)))
    assert during.mean() == pytest.approx(np.log(0.6), abs=0.2)
    assert abs(before.mean()) < 0.15
    assert abs(later.mean()) < 0.2
    assert 4 <= g.lasted <= 12
    inside = (g.low <= 0) & (g.high >= 0)
    assert inside[g.lags < 0].mean() > 0.7
    assert not inside[(g.lags >= 1) & (g.lags <= 8)].all()
    assert whole.passed
    assert "less activity" in whole.answer


def test_windows_groups_and_checks_are_told(whole):
    assert [g.name for g in whole.groups] == ["all acts", "north", "south"]
    assert list(whole.overall.windows) == ["1-12", "1-4", "13-26"]
    assert set(whole.differences) == {"south less north"}
    assert whole.differences["south less north"].p > 0.01
    e = whole.overall.windows["1-4"]
    assert e.p <= 0.05
    assert e.checks["next_low"] < e.low
    assert whole.overall.same_step.value < 0
    assert whole.overall.explained_by is None or whole.overall.explained_by > 1
    assert 0.85 < whole.calibration["inside the 95% interval"] <= 1
    assert sum(g.n_acts for g in whole.groups[1:]) == whole.overall.n_acts
    assert "another act in the 12 weeks before it" in whole.excluded


def test_results_are_plain_and_repeatable(whole):
    content = json.loads(json.dumps(whole.to_dict()))
    group = content["groups"][0]
    assert len(group["lags"]) == len(group["curve"]) == len(group["low"]) == len(group["unmatched"])
    assert len(group["placebo"]) == 199
    assert {"place", "date", "effect", "error", "expected"} <= set(group["acts"][0])
    assert content["answer"] == whole.answer
    y, acts = record("season", 3, effect=np.log(0.6), rate=1 / 60)
    a, b = (respond(y, acts, curves=False, placebo=99, seed=4).to_dict() for _ in range(2))
    assert a == b


def test_no_verdict_comes_first():
    rng = np.random.default_rng(9)
    y = counts(base("season", rng), rng)
    few_acts = respond(y, [(0, 100), (2, 200)], curves=False, placebo=99)
    assert few_acts.answer.startswith("No verdict: 2 acts")
    assert not few_acts.passed
    early = y.copy()
    acts = [(p, t) for p in range(PLACES) for t in (120, 200, 280)]
    for p, t in acts:
        early[p, t - 26 : t - 13] = np.round(3 * early[p, t - 26 : t - 13])
    off = respond(early, acts, curves=False, placebo=99)
    assert off.overall.pre_trend is None or not off.overall.pre_trend.passed or off.overall.n_acts < len(acts)
    check = dataclasses.replace(off.overall.pre_trend, p=0.01)
    refused = dataclasses.replace(off, groups=(dataclasses.replace(off.overall, pre_trend=check),))
    assert refused.answer.startswith("No verdict: the series was already off course")


def test_no_effect_is_told_with_what_could_have_been_seen():
    y, acts = record("season", 5)
    answer = respond(y, acts, curves=False, placebo=99).answer
    assert answer.startswith("No effect was found")
    assert "four of five such records" in answer


def test_a_group_that_differs_is_told_apart():
    y, acts = record("season", 8, rate=1 / 60)
    rng = np.random.default_rng(8)
    for p, t in acts:
        if p < 3:
            y[p, t + 1 : t + 13] = counts(2.5 * np.full((1, y[p, t + 1 : t + 13].size), y[p].mean()), rng)[0]
    groups = ["strong" if p < 3 else "none" for p, _ in acts]
    study = respond(y, acts, groups=groups, curves=False, checks=False, placebo=199)
    difference = study.differences["strong less none"]
    assert difference.p < 0.05
    assert difference.low > 0


def events() -> pl.DataFrame:
    """Six countries by week, with attacks that halve protest for eight weeks."""
    y, acts = record("season", 11, effect=np.log(0.5), rate=1 / 80)
    first = date(2001, 1, 1)
    rows = [
        (first + timedelta(weeks=t, days=i % 7), f"country {p}", "protest", None)
        for p in range(PLACES)
        for t in range(T)
        for i in range(int(y[p, t]))
    ]
    rows += [(first + timedelta(weeks=t), f"country {p}", "violence", i % 40 + 1) for i, (p, t) in enumerate(acts)]
    frame = pl.DataFrame(
        rows, schema={"date": pl.Date, "country": pl.String, "kind": pl.String, "fatalities": pl.Int64}, orient="row"
    )
    return frame.with_columns(place=pl.lit(None, pl.String), precision=pl.lit("day"))


def test_a_record_is_studied_by_size():
    frame = events()
    study = study_responses(frame, acts=Acts("violence"), by=("size",), curves=False, placebo=199)
    assert study.overall.primary.value < 0
    assert study.overall.primary.p <= 0.05
    sizes = [g.name for g in study.groups[1:]]
    assert len(sizes) == 3
    assert all(name.startswith("size") for name in sizes)
    assert study.overall.acts[0].place.startswith("country")
    assert isinstance(study.overall.acts[0].date, date)
    two = {"few dead": {"kind": "violence", "fatalities_at_least": 1}, "none": Acts("violence", deadliest=0.2)}
    types = study_responses(frame, acts=two, by=("type",), curves=False, placebo=99)
    assert "few dead" in {g.name for g in types.groups}
    assert any("several descriptions" in note for note in types.notes)


@pytest.mark.parametrize(
    "settings",
    [
        {"acts": Acts("strike")},
        {"acts": Acts("violence"), "by": ("colour",)},
        {"acts": Acts("violence"), "unit": "year"},
        {"acts": Acts("violence"), "windows": {"now": (0, 4)}},
        {"acts": Acts("violence"), "before": 2},
        {"acts": {}},
    ],
)
def test_bad_requests_are_refused(settings):
    with pytest.raises(EstimationError):
        study_responses(events(), **settings)


def test_bad_acts_and_records_are_refused():
    y = np.ones((2, 200))
    with pytest.raises(EstimationError):
        respond(y, [(0, 500)])
    with pytest.raises(EstimationError):
        respond(y, [(0, 3)])
    with pytest.raises(EstimationError):
        respond(np.ones((2, 2, 2)), [(0, 1)])
    with pytest.raises(EstimationError):
        respond([["a"] * 100], [(0, 50)])
    with pytest.raises(EstimationError):
        respond(y, [(0, 100)], groups=["a", "b"])
    with pytest.raises(RecordError):
        study_responses(events().head(0), acts=Acts("violence"))
