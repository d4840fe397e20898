"""An examination gives the verdicts that survive, and refuses the others; each of its parts fails where it should."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.discrete import Baseline, fit_excitation, simulate_excitation
from groundswell.estimators.excitation.examination import Examination, examine
from groundswell.estimators.excitation.examination_predictive import (
    correlations,
    largest_burst,
    longest_quiet,
    predict,
    residual_process,
    two_sided,
    variance_to_mean,
)
from groundswell.estimators.excitation.examination_sensitivity import pieces, profiles, sensitivity
from groundswell.estimators.excitation.examination_verdict import holm
from trials import WORLDS

T = 312  # six years of weeks
PLAIN = Baseline(breaks=())
FLAT = Baseline(df_per_year=0.1, harmonics=0, breaks=())


def near(hits, share, n):
    return abs(hits - share * n) < 5 * math.sqrt(n * share * (1 - share))


@cache
def led() -> np.ndarray:
    """'attack' brings 'protest', each in half of its events a week later; nothing else."""
    return simulate_excitation(np.full((T, 2), 4.0), [[0.0, 0.6], [0.0, 0.0]], half_life=1.0, seed=3)


@cache
def examined() -> Examination:
    return examine(led(), kinds=["attack", "protest"], baseline=PLAIN, seed=1)


@cache
def moved_together() -> Examination:
    """A common cause that flickers within weeks moves both kinds; neither brings about anything."""
    rng = np.random.default_rng(14)
    cause = np.zeros(T)
    for i in range(1, T):
        cause[i] = 0.8 * cause[i - 1] + 0.5 * rng.normal()
    return examine(rng.poisson(4 * np.exp(np.column_stack([cause, cause]))), kinds=["a", "b"], baseline=PLAIN, seed=1)


# --- verdicts -------------------------------------------------------------------------------------------------------


def test_what_excites_what_is_told_pair_by_pair():
    e = examined()
    assert e.passed
    pair = e.pair("attack", "protest")
    assert pair.verdict == "excites"
    assert pair.low < 0.6 < pair.high
    assert pair.delta_aic < 0
    assert pair.delta_bic < 0
    assert pair.placebos.keys() == {"shifted", "reversed time", "shuffled"}
    assert all(survived for _, survived in pair.placebos.values())
    assert e.pair("protest", "attack").verdict == "none"
    assert e.direction is not None
    assert "'attack' comes before 'protest'" in e.direction.answer
    assert e.answer.startswith("One event of 'attack' triggers 0.")
    with pytest.raises(EstimationError, match="'attack'"):
        e.pair("attack", "strike")


def test_the_json_holds_all_that_a_dossier_needs():
    content = json.loads(json.dumps(examined().to_dict(), allow_nan=False))
    assert len(content["pairs"]) == 4
    for pair in content["pairs"]:
        assert set(pair["branching_ratio"]) == {"value", "low", "high", "level"}
        assert set(pair["time_scale"]) == {"half_life", "low", "high", "unit"}
        assert set(pair["against_no_excitation"]) >= {"likelihood_ratio", "p", "delta_aic", "delta_bic"}
        assert pair["goodness_of_fit"]["passed"] in (True, False)
        assert all({"statistic", "p", "passed"} <= set(check) for check in pair["goodness_of_fit"]["checks"])
        assert "shifted" in pair["placebos"]
        assert pair["answer"].endswith(".")
    assert len(content["profiles"]) == 4
    assert content["answer"].endswith(".")


def test_a_common_cause_gets_no_verdict():
    e = moved_together()
    assert e.fit.p < 0.05  # the model alone is taken in
    assert {p.verdict for p in e.pairs} == {"refused"}
    assert not e.passed
    assert e.answer.startswith("No verdict: ")
    reasons = " ".join(e.reasons)
    assert "in reversed time as well" in reasons
    assert "redrawn" in reasons
    assert "may alone explain why" in " ".join(e.pair("a", "a").reasons)


def test_a_thin_record_is_called_thin_and_a_rich_one_is_not():
    thin = examine(np.random.default_rng(2).poisson(0.3, 90), baseline=PLAIN)
    assert thin.fit.p >= 0.05
    assert thin.pairs[0].verdict == "undetermined"
    assert not thin.passed
    assert thin.answer.startswith("No verdict: the record is too thin")
    flat = Baseline(df_per_year=0.1, harmonics=0, breaks=())
    rich = examine(np.random.default_rng(5).poisson(5.0, 900), baseline=flat)
    assert rich.pairs[0].verdict == "none"
    assert rich.passed
    assert rich.answer.startswith("No excitation")


def test_a_model_that_does_not_fit_is_refused_first():
    rng = np.random.default_rng(10)
    wild = rng.poisson(np.where(np.arange(T) % 2 == 0, 2.0, 9.0))  # every other week is a busy one
    e = examine(wild, baseline=PLAIN)
    assert e.pairs[0].verdict == "refused"
    assert "does not fit" in e.answer
    assert e.answer.startswith("No verdict: ")


def test_what_depends_on_the_baseline_is_refused():
    weeks = np.arange(T)
    y = np.random.default_rng(5).poisson(6 * np.exp(1.2 * np.sin(2 * np.pi * weeks / 70.0)))
    stiff = fit_excitation(y, baseline=FLAT, interval="wald")
    assert stiff.p < 0.05
    tested = sensitivity(y, stiff, baseline=FLAT)
    assert not tested.robust
    assert "depends" in tested.answer
    assert "with trend of" in tested.contradiction(0, 0)
    assert examine(y, baseline=FLAT).pairs[0].verdict == "refused"


def test_a_fit_made_before_is_used_and_one_of_another_record_is_not():
    fit = fit_excitation(led(), kinds=["attack", "protest"], baseline=PLAIN, seed=1)
    again = examine(led(), fit=fit, baseline=PLAIN, seed=1)
    assert again.fit is fit
    assert json.dumps(again.to_dict()) == json.dumps(examined().to_dict())
    with pytest.raises(EstimationError, match="a fit of"):
        examine(led()[:200], fit=fit, baseline=PLAIN)
    with pytest.raises(EstimationError, match="depth"):
        examine(led(), depth="deep")  # type: ignore[arg-type]


def test_progress_is_told_and_other_places_are_swapped_in():
    rng = np.random.default_rng(8)
    content: list[str] = []
    y = simulate_excitation(np.full(T, 4.0), [[0.5]], half_life=1.0, seed=12)
    e = examine(
        y,
        kinds=["protest"],
        baseline=PLAIN,
        places={"elsewhere": rng.poisson(3, 400), "near": rng.poisson(2, T), "empty": np.zeros(T)},
        progress=lambda stage, done, total: content.append(stage),
    )
    assert list(dict.fromkeys(content)) == [
        "fit",
        "goodness of fit",
        "placebos",
        "sensitivity",
        "predictive",
        "profile",
    ]
    assert e.pairs[0].placebos["swapped"][1]
    assert e.pairs[0].verdict == "excites"
    assert e.direction is None


def test_holm_is_that_of_its_definition():
    p = np.array([[0.01, 0.04], [0.03, 0.5]])
    adjusted = holm(p)
    np.testing.assert_allclose(adjusted, [[0.04, 0.09], [0.09, 0.5]])
    assert (adjusted >= p).all()


# --- predictive checks ----------------------------------------------------------------------------------------------


def test_what_is_told_of_a_record_is_that_of_plain_loops():
    rng = np.random.default_rng(1)
    y = rng.poisson(0.7, (4, 90)).astype(float)
    for i in range(4):
        quiet = longest = 0
        for value in y[i]:
            quiet = quiet + 1 if value == 0 else 0
            longest = max(longest, quiet)
        assert longest_quiet(y)[i] == longest
        assert largest_burst(y, 4)[i] == max(y[i, t : t + 4].sum() for t in range(87))
        years = [part.var(ddof=1) / part.mean() for part in (y[i, :45], y[i, 45:])]
        np.testing.assert_allclose(variance_to_mean(y, 45)[i], years)
    a, b = y[:2] - 1, y[2:] - 2
    found = correlations(a, b, range(-2, 3))
    for i in range(2):
        x, z = a[i] - a[i].mean(), b[i] - b[i].mean()
        for at, lag in enumerate(range(-2, 3)):
            total = sum(x[t] * z[t + lag] for t in range(90) if 0 <= t + lag < 90)
            assert found[i, at] == pytest.approx(total / math.sqrt((x @ x) * (z @ z)))


def test_predictive_p_values_hold_their_level_and_see_what_is_far():
    rng = np.random.default_rng(2)
    simulated = rng.normal(size=(400, 3))
    p = np.array([two_sided(rng.normal(size=3), simulated) for _ in range(400)])
    assert near((p < 0.1).sum(), 0.1, 400)
    assert two_sided(np.array([0.0, 5.0, 0.0]), simulated) < 0.01
    assert two_sided(np.array(-4.5), simulated[:, 0]) == pytest.approx(2 / 401)
    assert two_sided(np.array(0.0), np.zeros(50)) == 1.0


def test_a_right_model_predicts_the_record_and_a_wrong_one_does_not():
    assert examined().predictions.passed
    assert len(examined().predictions.checks) == 2 * 8 + 1
    rng = np.random.default_rng(6)
    busy = np.repeat(rng.uniform(size=T // 12) < 0.5, 12)  # quarters of nothing at all, quarters of much
    y = np.where(busy, rng.poisson(3.0, busy.size), 0)
    fit = fit_excitation(y, family="poisson", baseline=FLAT, interval="none")
    even = np.full((y.size, 1), y.mean())
    calm = predict(y, replace(fit, branching=np.zeros((1, 1)), baseline_mean=even, mean=even), draws=400)
    assert not calm.passed
    assert "unlike" in calm.answer
    quiet = next(c for c in calm.checks if c.name == "longest quiet")
    assert quiet.observed > quiet.high
    assert quiet.p < 0.01
    explodes = predict(y, replace(fit, spectral_radius=1.2))
    assert not explodes.passed
    assert "explodes" in explodes.answer


def test_predictions_of_a_right_model_seldom_fail():
    failed = 0
    for seed in range(25):
        y = simulate_excitation(np.full(150, 3.0), [[0.3]], half_life=1.0, dispersion=0.1, seed=seed)
        fit = fit_excitation(y, baseline=PLAIN, interval="none")
        failed += fit.spectral_radius < 1 and not predict(y, fit, draws=400, seed=seed).passed
    assert failed <= 0.05 * 25 + 5 * math.sqrt(25 * 0.05 * 0.95)


def test_the_residual_process_is_a_bridge_and_sees_a_drift():
    e = examined()
    assert e.residuals.passed
    np.testing.assert_allclose(e.residuals.path[-1], 0.0, atol=1e-9)
    assert e.residuals.band == pytest.approx(1.358, abs=1e-3)
    bad = residual_process(led(), replace(e.fit, mean=e.fit.mean * np.linspace(0.6, 1.4, T)[:, None]))
    assert not bad.passed
    # the law of a right model with known mean is Kolmogorov's
    rng = np.random.default_rng(3)
    known = replace(e.fit, mean=np.full((T, 2), 4.0), dispersion=np.zeros(2))
    p = [residual_process(rng.poisson(4.0, (T, 2)), known).checks["attack"].p for _ in range(200)]
    assert stats.kstest(p, "uniform").pvalue > 1e-4


# --- sensitivity and profile ----------------------------------------------------------------------------------------


def test_the_variants_change_one_choice_each():
    tested = examined().sensitivity
    names = [v.name for v in tested.variants]
    assert names[0] == "as fitted"
    assert sum("trend of" in name for name in names) >= 3
    assert "no coverage" not in names
    assert (tested.highest >= tested.lowest).all()
    weeks = {df: pieces(Baseline(df_per_year=df), T, "week") for df in (1.0, 4.0, 12.0)}
    assert weeks == {1.0: 6, 4.0: 24, 12.0: 31}  # one piece per ten steps at most
    effort = np.random.default_rng(4).normal(size=T)
    effort -= effort.mean()
    y = np.random.default_rng(5).poisson(4 * np.exp(0.6 * effort))
    fit = fit_excitation(y, coverage=effort, baseline=PLAIN, interval="none")
    with_cover = sensitivity(y, fit, coverage=effort, baseline=PLAIN, flexibilities=(4.0,))
    assert [v.name for v in with_cover.variants] == ["as fitted", "no coverage"]
    assert [v.coverage for v in with_cover.variants] == [True, False]


def test_holidays_are_not_taken_for_excitation():
    refused = found = 0
    for seed in range(6):
        y = WORLDS["holiday dips"].make(np.random.default_rng([seed, 77]), 2000, 1, "day").counts
        fit = fit_excitation(y, step="day", baseline=PLAIN, interval="none")
        found += fit.p < 0.05  # two harmonics cannot follow a fortnight
        tested = sensitivity(y, fit, baseline=PLAIN, flexibilities=())
        refused += fit.p < 0.05 and not tested.pair_robust[0, 0] and "holidays" in tested.contradiction(0, 0)
    assert found >= 2
    assert refused > found / 2


def test_days_are_also_fitted_by_weeks():
    days = 7 * 65
    y = simulate_excitation(np.full(days, 2.0), [[0.5]], half_life=2.0, seed=2)
    fit = fit_excitation(y, step="day", baseline=PLAIN, interval="none")
    tested = sensitivity(y, fit, baseline=PLAIN, flexibilities=())
    assert [v.name for v in tested.variants] == ["as fitted", "by weeks"]
    assert [v.step for v in tested.variants] == ["day", "week"]
    short = sensitivity(y[:300], fit_excitation(y[:300], step="day", baseline=PLAIN, interval="none"), baseline=PLAIN)
    assert "not by weeks" in " ".join(short.notes)


def test_the_profile_is_lowest_at_the_estimate_and_crosses_where_the_interval_ends():
    y = led()
    fit = fit_excitation(y, baseline=PLAIN)
    for found in profiles(y, fit, baseline=PLAIN, points=15):
        j, k = fit.kinds.index(found.source), fit.kinds.index(found.target)
        assert found.best == pytest.approx(fit.branching[j, k], abs=5e-3)
        assert found.fall.min() == 0.0
        assert found.grid[int(np.argmin(found.fall))] == pytest.approx(found.best, abs=1e-9)
        assert found.grid[0] == 0.0
        above = found.grid >= found.best
        if found.fall[above].max() > found.limit:
            crossing = np.interp(found.limit, found.fall[above], found.grid[above])
            step = float(np.diff(found.grid).max())
            assert abs(crossing - fit.high[j, k]) < step
        at_none = float(found.fall[0])
        assert at_none == pytest.approx(fit.pair_ratio[j, k], abs=0.05)
    with pytest.raises(EstimationError, match="shared"):
        profiles(y, fit_excitation(y, decay="shared", baseline=PLAIN, interval="none"), baseline=PLAIN)
