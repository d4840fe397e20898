"""What precision, recall and delay of a record do to what is estimated from it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

import groundswell
from groundswell.calibrate.reporting import Reported
from groundswell.errors import RecordError
from groundswell.estimators.excitation.examination_verdict import PairVerdict
from groundswell.inquiry.material import gather
from groundswell.inquiry.pairs import under_accuracy
from groundswell.inquiry.rows import PairRow
from groundswell.records.accuracy import Accuracy
from groundswell.records.events import read_events


def test_what_a_record_misses_and_invents_dilutes_a_branching_ratio_as_stated() -> None:
    """Of n = 0.3, seen with recall 0.6 and precision 0.8, a record keeps 0.3 * 0.48 (errors in variables)."""
    rng, steps, n, recall, precision = np.random.default_rng(5), 400_000, 0.3, 0.6, 0.8
    x = np.zeros(steps)
    base = rng.poisson(4.0, steps)
    for t in range(1, steps):  # each event brings events in the next step alone, so the variance is near Poisson's
        x[t] = base[t] + rng.poisson(n * x[t - 1])
    seen = rng.binomial(x.astype(int), recall)
    z = seen + rng.poisson(seen.mean() * (1 - precision) / precision, steps)
    past, now = z[:-1] - z.mean(), z[1:] - z.mean()
    slope = float(past @ now / (past @ past))
    error = float(np.sqrt(((now - slope * past) ** 2).mean() / (past @ past)))
    # this process is over-dispersed: Var(x) = E(x) / (1 - n^2), so the loss is a little smaller than r q
    ratio = 1 / (1 - n**2)
    kept = recall**2 * ratio / (recall**2 * ratio + recall * (1 - recall) + recall * (1 - precision) / precision)
    assert abs(slope - n * kept) < 5 * error
    accuracy = Accuracy((precision, precision), (recall, recall))
    value, low, high = accuracy.branching(slope, slope - 1.96 * error, slope + 1.96 * error) or (0.0, 0.0, 0.0)
    assert low < n < high
    assert abs(value - n) < 0.1 * n  # and the estimate itself was half of it
    assert slope < 0.6 * n


def test_a_change_is_seen_through_rows_that_are_no_events() -> None:
    """A ratio of 2, diluted by precision 0.8 in acts and outcomes, is put back where it was."""
    accuracy = Accuracy(precision=(0.8, 0.8))
    seen = np.log(1 + (2.0 - 1) * 0.64)
    value, _, _ = accuracy.log_ratio(seen, seen, seen) or (0.0, 0.0, 0.0)
    assert value == pytest.approx(np.log(2.0))
    assert Accuracy(recall=(0.5, 0.5)).log_ratio(seen, seen, seen) is None  # constant recall cancels


def test_what_is_not_found_is_no_verdict_where_the_record_misses_much() -> None:
    verdict = PairVerdict(
        "protest", "protest", 0.05, 0.0, 0.2, 0.95, 1.0, 0.5, 2.0, "week", 1.0, 0.4, 0.4, 0.0, 0.0, (), {}, 0.0, 0.1,
        "none", (),
    )  # fmt: skip
    row = PairRow(None, "not found", verdict, "")
    kept = under_accuracy([row], Accuracy(recall=(0.9, 0.9)))[0]
    lost = under_accuracy([row], Accuracy(recall=(0.3, 0.5)))[0]
    assert (kept.status, lost.status, lost.pair.verdict) == ("not found", "no verdict", "undetermined")
    assert lost.to_dict()["passed"] is False
    assert lost.among_events is not None
    assert lost.among_events.high == pytest.approx(0.2 / 0.3)
    assert under_accuracy([row], Accuracy())[0] == row


def test_days_that_are_not_whole_yet_are_in_no_series(tmp_path: Path) -> None:
    rows = [f"2020-{m:02}-{d:02},march" for m in range(1, 7) for d in range(1, 29)]
    (tmp_path / "a.csv").write_text("date,kind\n" + "\n".join(rows), encoding="utf-8")
    (tmp_path / "m.toml").write_text(
        'columns = { date = "date", kind = "kind" }\n[accuracy]\ndelay = 14\nrecall = [0.5, 0.7]\n', encoding="utf-8"
    )
    reading = read_events(tmp_path / "a.csv", tmp_path / "m.toml")
    material = gather([reading])
    assert material.whole.dates()[-1] == date(2020, 6, 14)
    assert any("2020-06-14 are left out" in note for note in material.notes)
    model = Reported.of(None, reading.accuracy.reporting())  # the prior of a reporting model
    assert (model.form, float(model.scale.quantile(np.array([0.5]))[0])) == ("events", pytest.approx(0.6))


def test_shares_reported_after_so_many_days_rise_to_one() -> None:
    accuracy = Accuracy.read({"reported": {"7": 0.5, "28": 1.0}}, "m.toml")
    assert accuracy.delay == 28
    assert [round(accuracy.share_after(day), 3) for day in (7, 14, 28, 90)] == [0.5, 0.667, 1.0, 1.0]


@pytest.mark.parametrize(
    "stated",
    [
        {"precision": 1.2},
        {"recall": [0.9, 0.1]},
        {"delay": -1},
        {"delay": True},
        {"reported": {"7": 0.5}},
        {"recal": 1},
    ],
)
def test_what_is_no_accuracy_is_refused(stated: dict) -> None:
    with pytest.raises(RecordError, match="accuracy"):
        Accuracy.read(stated, "m.toml")


def test_the_last_weeks_are_estimated_from_the_share_that_is_reported_by_now(tmp_path: Path) -> None:
    rows = [str(date.fromordinal(date(2019, 1, 7).toordinal() + d)) + ",march" for d in range(728)]
    (tmp_path / "a.csv").write_text("date,kind\n" + "\n".join(rows), encoding="utf-8")
    (tmp_path / "m.toml").write_text(
        'columns = { date = "date", kind = "kind" }\naccuracy.reported = { 14 = 0.5, 15 = 1.0 }\n', encoding="utf-8"
    )
    recent = groundswell.read(tmp_path / "a.csv", tmp_path / "m.toml").describe().tables["recent"]
    last, early = recent.row(-1, named=True), recent.row(0, named=True)
    assert (early["expected"], early["low"], early["high"]) == (7, 7, 7)  # two months on, all is reported
    share = sum(k * 0.5 / 14 for k in range(7)) / 7  # of the week that ends on the last day
    assert last["expected"] == round(7 + 8 * (1 - share) / share)
    assert last["low"] < last["expected"] < last["high"]
