"""Plans are frozen and amended with a reason; verdicts become forecasts; which record would decide; many claims."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.claims.calls import RISES, SETTING, weekly, write_study

from groundswell import app
from groundswell.claims.decide import LONGER, Simulated, options_of, ranked
from groundswell.claims.plan import digest
from groundswell.claims.verdicts import ERROR, adjusted
from groundswell.claims.weighing import Sample, Scales
from groundswell.errors import StudyError
from groundswell.results import Result

STUDY = (
    SETTING
    + RISES
    + """asserting = [{ account = "draws_out" }]
denying = [{ account = "keeps_home" }, { closed = ["push"] }]
[adjudication]
draws = 12
"""
)


def written(folder: Path, push: float = 1.0, seed: int = 5) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "weekly.csv").write_text(weekly(push, seed, memory=0))
    return write_study(folder, STUDY)


def test_a_plan_is_frozen_checked_and_amended_with_a_reason(tmp_path: Path) -> None:
    study = written(tmp_path)
    plan = app.plan(study)
    path = tmp_path / "calls.plan.json"
    assert json.loads(path.read_text()) == plan
    assert plan["sha256"] == digest(plan)
    (reach,) = plan["reach"]
    assert reach["claim"] == "rises"
    assert reach["supported"] > 0.5
    text = (tmp_path / "calls.plan.md").read_text()
    for heading in ("# Study Information", "## Hypotheses", "## Inference criteria", "# Other"):
        assert heading in text
    assert app.plan(study) == plan, "nothing has changed"
    done = app.run(study, tmp_path / "out")
    assert done.manifest["plan"] == {"sha256": plan["sha256"], "amendments": []}

    write_study(tmp_path, STUDY.replace("draws = 12", "draws = 13"))
    with pytest.raises(StudyError, match="no longer fits"):
        app.run(study, tmp_path / "other")
    assert not (tmp_path / "other").exists(), "refused before anything is written"
    with pytest.raises(StudyError, match="expected a reason"):
        app.plan(study)
    amended = app.plan(study, because="one more draw")
    (amendment,) = amended["amendments"]
    assert (amendment["of"], amendment["because"]) == (plan["sha256"], "one more draw")
    assert "draws" in amendment["changed"]

    path.write_text(path.read_text().replace('"margin": 0.0', '"margin": 0.1'))
    with pytest.raises(StudyError, match="was edited"):
        app.run(study, tmp_path / "other")


def test_forecasts_are_scored_by_a_later_record(tmp_path: Path) -> None:
    """The forecast of a record with an effect does well on another with it, and badly on one without."""
    scores = {}
    app.run(written(tmp_path / "first"), tmp_path / "out")
    given = app.score(tmp_path / "out", forecast=tmp_path / "forecasts.json", issued="2001-02-03")
    (row,) = given["forecasts"]
    assert row["probability"] > 0.75
    assert sum(row["shares"].values()) == pytest.approx(1)
    for name, push in (("alike", 1.0), ("other", -0.6)):
        app.run(written(tmp_path / name, push, seed=8), tmp_path / f"out-{name}")
        found = app.score(tmp_path / "forecasts.json", tmp_path / f"out-{name}")
        assert found.issued == "2001-02-03"
        scores[name] = found.scores[0].score
    assert scores["alike"] > 0 > scores["other"]
    with pytest.raises(StudyError, match="cannot be read"):
        app.score(tmp_path / "nowhere")


def scenario(
    name: str, asserts: bool, middle: float, error: float, rng: np.random.Generator, n: int = 150
) -> Simulated:
    return Simulated(name, asserts, rng.normal(middle, np.hypot(0.1, error), n), np.full(n, error), n)


def test_a_longer_record_tells_more_until_it_decides() -> None:
    rng = np.random.default_rng(4)
    both = [scenario("effect", True, 1.2, 0.8, rng), scenario("none", False, 0.0, 0.8, rng)]
    rows = options_of("X", "r", "a record", "above", both, 100, 3.0)
    longer = [o for o in rows if o.kind in ("at hand", "longer")]
    assert [o.n for o in longer] == [100 * k for k in LONGER]
    assert not longer[0].enough
    assert longer[-1].enough
    content = [o.expected_weight for o in longer]
    assert content == sorted(content)
    best = ranked(rows)[0]
    assert best.enough
    assert best.n == min(o.n or 0 for o in rows if o.enough)
    alike = [scenario("a", True, 0.0, 0.8, rng), scenario("b", False, 0.0, 0.8, rng)]
    assert not any(o.enough for o in options_of("X", "r", "a record", "above", alike, 100, 3.0)), "nothing tells them"
    assert options_of("X", "r", "a record", "above", both[:1], 100, 3.0) == []


def verdict(word: str, weight: float) -> Any:
    return _Verdict(word, (SimpleNamespace(verdict=word, weight=weight),))


class _Verdict(Result):
    def __init__(self, verdict: str, tests: Any, **more: Any) -> None:
        self.verdict, self.tests, self.reason = verdict, tests, "so"


def test_many_verdicts_are_adjusted_for_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what is decided an expected 5% is wrong: one weight of 3 is not enough, and beside sure ones it may be."""

    def replace(v: Any, **new: Any) -> Any:
        return SimpleNamespace(**{**vars(v), **new})

    monkeypatch.setattr("groundswell.claims.verdicts.replace", replace)
    (alone,) = adjusted([verdict("supported", 3.5)])
    assert (alone.verdict, alone.holds) == ("supported", False)
    sure = [verdict("contradicted", 1e-4) for _ in range(6)]
    found = adjusted([*sure, verdict("supported", 3.5), verdict("balanced", 1.0)])
    assert all(v.holds for v in found[:7])
    assert not hasattr(found[7], "holds"), "nothing is decided"
    assert sum(v.error for v in found[:7]) / 7 <= ERROR
    assert not adjusted([*sure[:2], verdict("supported", 3.5)])[2].holds


def test_log_weights_of_a_whole_scenario_are_those_that_each_of_its_estimates_gets_alone():
    rng = np.random.default_rng(4)
    made = [
        Sample("a", True, rng.normal(1, 1, 30), 34),
        Sample("b", True, rng.normal(2, 0.3, 12), 12),
        Sample("c", False, rng.normal(0, 1, 25), 25),
        Sample("d", False, np.zeros(5), 6),
    ]
    scales = Scales(made)
    for k, sample in enumerate(made):
        log_w, errors = scales.own_log_weights(k)
        alone = [scales.weigh(float(v), (k, i)) for i, v in enumerate(sample.values)]
        assert log_w == pytest.approx([math.log(w.weight) for w in alone], rel=1e-9, abs=1e-9)
        assert errors == pytest.approx([w.error for w in alone], rel=1e-6)
