"""The record test of S3 and C3: what it finds in simulated societies, and how acts are timed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from groundswell.claims.claim import Scenario, classify
from groundswell.registers.deed.designs import Runs
from groundswell.registers.deed.responses import _change, _lone, _timed, protest_after_violence


def runs(effect: float) -> Runs:
    """Sixteen societies of 18 years and a few acts each, after which turnout is changed for twelve weeks."""
    rng = np.random.default_rng(1)
    violence = np.zeros((16, 1000))
    turnout = np.full((16, 1000), 0.03) * np.exp(rng.normal(0, 0.2, (16, 1)))
    for k in range(16):
        for t in range(100, 900, 60):
            week = t + int(rng.integers(40))
            violence[k, week] = 1.0
            turnout[k, week + 1 : week + 13] *= np.exp(effect)
    table = {"violence": violence, "turnout": turnout}
    russia = SimpleNamespace(series=lambda account, arm, observable: table[observable])
    return cast(Runs, SimpleNamespace(memo={}, russia=russia))


@pytest.mark.parametrize(("effect", "says"), [(-0.6, "below"), (0.6, "above")])
def test_an_effect_is_found_on_its_side(effect, says):
    test, simulated = protest_after_violence(says), runs(effect)
    rng = np.random.default_rng(0)
    got = [test.simulate(simulated, "x", draw, Scenario("own", ("x",), "own acts"), rng) for draw in range(4)]
    assert [classify(e, says) for e in got] == ["supports"] * 4
    assert np.mean([e.value for e in got]) == pytest.approx(effect, abs=0.15)
    again = test.simulate(simulated, "x", 0, Scenario("own", ("x",), "own acts"), rng)
    assert again is got[0]  # made once for both claims


def test_acts_timed_by_what_was_seen_show_nothing_and_by_what_was_to_come_show_something():
    test, simulated = protest_after_violence("above"), runs(0.0)
    rng = np.random.default_rng(0)
    names = {s.twist: s for s in test.denying}
    seen = [test.simulate(simulated, "x", d, names["selected by rising turnout so far"], rng) for d in range(16)]
    assert sum(classify(e, "above") == "supports" for e in seen) < 2 * 0.05 * 16
    to_come = [test.simulate(simulated, "x", d, names["selected by rising turnout"], rng) for d in range(8)]
    value = np.array([e.value for e in to_come])
    assert value.mean() > 5 * value.std(ddof=1) / np.sqrt(8)


def test_timing_reads_the_weeks_that_it_names():
    y = np.ones(200)
    y[100:] = 10.0
    ahead, so_far = _change(y, -12, 0, 13), _change(y, -16, -4, 0)
    assert int(ahead.argmax()) == 100
    assert int(so_far.argmax()) == 104
    rng = np.random.default_rng(1)
    weeks = _timed(y, 5, "selected by rising turnout", rng)
    assert np.diff(np.sort(weeks)).min() > 12
    assert weeks.size == 5


def test_lone_acts_come_after_a_quiet_quarter():
    acts = np.zeros(100)
    acts[[5, 10, 40, 52, 65]] = 1
    assert _lone(acts) == 3  # the first, the one after thirty weeks, and the one after thirteen


def test_the_record_is_studied_where_it_is(shared_data, monkeypatch):
    monkeypatch.setenv("GROUNDSWELL_DATA", str(shared_data))
    e = protest_after_violence("above").observe(0)
    assert e.n > 100
    assert e.passed
    assert e.low < e.value < e.high
    assert {"undiluted", "with the week of the act held constant", "on course before the acts"} <= set(e.checks)
