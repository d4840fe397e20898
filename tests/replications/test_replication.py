"""Targets, estimates and verdicts: every verdict can come out, and a wrong number is not reproduced."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from groundswell.errors import ReplicationError
from groundswell.replications.replication import (
    CERTAINTY,
    VERDICTS,
    Course,
    Figure,
    Found,
    Measured,
    Missing,
    Replication,
    Target,
)


def target(value: float | None = 12.2, tolerance: float = 0.05, **settings: Any) -> Target:
    settings = {"certainty": "M", "source": "Granovetter 1978, Figure 2", **settings}
    return Target("critical_sd", "It tips at this spread", value, tolerance, **settings)


def replication(*targets: Target, measured: Any = None, **settings: Any) -> Replication:
    settings = {"theories": ("granovetter",), **settings}
    return Replication(
        "example", "Example 1978", targets=targets or (target(),), measure=lambda threads=None: measured, **settings
    )


# -- verdicts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (Found(12.22), "reproduced"),
        (Found(12.15), "reproduced"),
        (Found(12.25), "reproduced"),
        (Found(12.26), "not reproduced"),
        (Found(12.14), "not reproduced"),
        (Found(12.4, 12.2, 12.6), "reproduced"),  # the interval meets the number
        (Found(12.6, 12.3, 12.9), "not reproduced"),
        (Found(12.2, 11.0, 13.4), "too few runs to tell"),
        (Found(14.0, 12.0, 16.0), "too few runs to tell"),
        (Found(30.0, 20.0, 40.0), "not reproduced"),  # wide, and still off
        (Missing("no record"), "not attainable"),
        (None, "failed"),
    ],
)
def test_every_verdict_comes_out(found: Found | Missing | None, verdict: str) -> None:
    assert target().verdict(found) == verdict
    assert verdict in VERDICTS


def test_the_resolution_decides_how_wide_an_interval_may_be() -> None:
    found = Found(12.2, 11.9, 12.5)
    assert target().verdict(found) == "reproduced"  # a tenth of 12.2 by default
    assert target(resolution=0.5).verdict(found) == "too few runs to tell"
    assert target(value=0.1, tolerance=1).widest == 2


@given(
    value=st.floats(-1e6, 1e6),
    tolerance=st.floats(0, 1e3),
    width=st.floats(0, 1e3),
    beyond=st.floats(1e-3, 1e3),
    above=st.booleans(),
)
def test_a_wrong_number_is_never_reproduced(value, tolerance, width, beyond, above) -> None:
    """An interval that starts anywhere beyond what the paper's number leaves open does not pass, however narrow."""
    near = tolerance + beyond
    low = value + near if above else value - near - width
    verdict = target(value, tolerance, resolution=1e9).verdict(Found(low, low, low + width))
    assert verdict == "not reproduced"


@given(value=st.floats(-1e6, 1e6), tolerance=st.floats(0, 1e3), part=st.floats(-0.999, 0.999))
def test_a_number_within_the_tolerance_is_reproduced(value, tolerance, part) -> None:
    assert target(value, tolerance).verdict(Found(value + part * tolerance)) == "reproduced"


def test_what_is_declared_unattainable_must_be_missed() -> None:
    declared = target(expect="not attainable", reason="The rule as printed does not rebel.")
    missed, met = Found(20.0), Found(12.2)
    assert declared.verdict(missed) == "not attainable"
    assert declared.as_declared(missed)
    assert declared.verdict(met) == "reproduced"
    assert not declared.as_declared(met)


def test_a_failure_that_was_declared_must_come_out() -> None:
    declared = target(expect="not reproduced", reason="Ours is higher.")
    assert declared.as_declared(Found(20.0))
    assert not declared.as_declared(Found(12.2))
    assert not declared.as_declared(Found(14.0, 12.0, 16.0))  # too few runs are no finding
    assert not declared.as_declared(None)


def test_without_the_papers_number_ours_is_compared_with_nothing() -> None:
    open_ = target(value=None, tolerance=0, expect="not attainable", reason="The paper prints no number.")
    assert open_.verdict(Found(3.0)) == "not attainable"
    assert open_.as_declared(Found(3.0))


def test_a_record_that_is_not_at_hand_is_no_mismatch() -> None:
    assert target(needs="the record").as_declared(Missing("not on this machine"))
    assert target(needs="the record").verdict(Missing("not on this machine")) == "not attainable"


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"value": math.nan}, "finite"),
        ({"value": "12"}, None),
        ({"value": "twelve"}, "finite"),
        ({"tolerance": -0.1}, "0 or more"),
        ({"tolerance": math.inf}, "finite"),
        ({"resolution": 0.0}, "positive"),
        ({"certainty": "Mh"}, "one of R, R2, C, M"),
        ({"source": " "}, "source"),
        ({"table": 21}, "a row, 1 to 20"),
        ({"expect": "fine"}, "one of reproduced"),
        ({"value": None}, "nothing to compare"),
        ({"expect": "not reproduced"}, "a reason exactly where"),
        ({"reason": "just so"}, "a reason exactly where"),
    ],
)
def test_targets_that_make_no_sense_are_refused(settings: dict[str, Any], says: str | None) -> None:
    if says is None:
        assert target(**settings).value == 12.0
        return
    with pytest.raises(ReplicationError, match=says):
        target(**settings)


def test_names_are_identifiers() -> None:
    for name in ("Critical", "critical sd", "class", ""):
        with pytest.raises(ReplicationError, match="identifier"):
            Target(name, "It tips", 1.0, certainty="C", source="here")


@pytest.mark.parametrize("numbers", [(math.nan,), (1.0, 2.0, 3.0), (1.0, 0.0, 0.5), (1.0, 0.0), (1.0, 0.0, math.inf)])
def test_estimates_that_make_no_sense_are_refused(numbers: tuple[float, ...]) -> None:
    with pytest.raises(ReplicationError):
        Found(*numbers)


def test_a_share_has_its_exact_interval() -> None:
    assert Found.share(0, 20).low == 0
    assert Found.share(20, 20).low == pytest.approx(0.025 ** (1 / 20))  # all of n: the low end solves p^n = 0.025
    found = Found.share(7, 20)
    assert stats.binom.sf(6, 20, found.low) == pytest.approx(0.025)
    assert stats.binom.cdf(7, 20, found.high) == pytest.approx(0.025)
    with pytest.raises(ReplicationError, match="found <= of"):
        Found.share(3, 2)


def test_a_mean_has_its_t_interval() -> None:
    values = np.random.default_rng(1).normal(size=12)
    known = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    found = Found.mean(values)
    assert (found.low, found.high) == pytest.approx((known.low, known.high))
    with pytest.raises(ReplicationError, match="two runs"):
        Found.mean([1.0])


def test_what_exceeds_a_bound_is_told_as_far_as_the_interval_goes() -> None:
    assert Found(0.3, 0.2, 0.4).exceeds(0.1) == Found(1.0)
    assert Found(0.3, 0.2, 0.4).exceeds(0.25) == Found(1.0, 0.0, 1.0)
    assert Found(0.3, 0.2, 0.4).exceeds(0.4) == Found(0.0)


def test_curves_and_figures_that_cannot_be_drawn_are_refused() -> None:
    curve = Course("ours", [1, 2], [3, 4])
    assert curve.y == (3.0, 4.0)

    def figure(**settings: Any) -> Figure:
        return Figure(settings.pop("name", "fig"), "Title", "Caption", x="x", y="y", **{"curves": (curve,), **settings})

    figure(x_kind="log", marks=((1, "here"),))
    refused = [
        lambda: Course("ours", [1, 2], [3]),
        lambda: Course("ours", [], []),
        lambda: Course("ours", [1], [math.nan]),
        lambda: Course("ours", [1], [1], low=[0]),
        lambda: Course("ours", [1], [1], mark="pie"),  # type: ignore[arg-type]
        lambda: figure(name="A figure"),
        lambda: figure(curves=()),
        lambda: figure(curves=(curve, curve)),
        lambda: figure(x_kind="log", marks=((0, "here"),)),
        lambda: figure(y_kind="cubic"),
    ]
    for make in refused:
        with pytest.raises(ReplicationError):
            make()


def test_replications_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ReplicationError, match="without targets"):
        Replication("example", "", theories=("x",), targets=(), measure=lambda: None)  # type: ignore[arg-type]
    with pytest.raises(ReplicationError, match="each name once"):
        replication(target(), target())
    with pytest.raises(ReplicationError, match="tuple"):
        replication(theories="granovetter")
    with pytest.raises(ReplicationError, match="reference"):
        replication(theories=())


# -- a measurement is that of the targets -----------------------------------------------------------------------------


def test_a_target_without_estimate_and_an_estimate_without_target_are_refused() -> None:
    example = replication(target())
    assert example.check(Measured({"critical_sd": Found(1.0)})).estimates["critical_sd"].value == 1.0  # type: ignore[union-attr]
    with pytest.raises(ReplicationError, match="has no estimate"):
        example.check(Measured({}))
    with pytest.raises(ReplicationError, match="has no target"):
        example.check(Measured({"critical_sd": Found(1.0), "other": Found(1.0)}))
    with pytest.raises(ReplicationError, match="a Measured"):
        example.check({"critical_sd": 1.0})
    with pytest.raises(ReplicationError, match="an Estimate"):
        Measured({"critical_sd": 1.0})  # type: ignore[dict-item]


def test_only_what_needs_something_may_be_missing() -> None:
    gone = Measured({"critical_sd": Missing("no record")})
    with pytest.raises(ReplicationError, match="says what it needs"):
        replication(target()).check(gone)
    assert replication(target(needs="the record")).check(gone) is gone


def test_every_certainty_is_explained() -> None:
    assert set(CERTAINTY) == {"R", "R2", "C", "M"}
    assert all(CERTAINTY.values())
