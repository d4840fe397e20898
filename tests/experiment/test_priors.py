"""Draws from priors: addressed, within their supports, with the prior's distribution."""

from __future__ import annotations

import numpy as np
import pytest

from groundswell.calibrate.priors import draw_parameters, prior_of
from groundswell.errors import TheoryError
from groundswell.theories.deed import Deed
from groundswell.theory import Account, Normal, Observable, Param, State, Theory, Uniform


class Two(Theory):
    """Two parameters, an account and nothing else."""

    on = State(bool, initial=False)
    a = Param(0.5, "[0, 1]", Uniform(0, 1))
    b = Param(0.0, "any", Normal(2, 3))
    c = Param(4.0)
    high = Account("a is high", {"a": Uniform(0.5, 1)})
    share = Observable("people.on")

    def person(me):
        me.on = me.on


def column(draws: list[dict[str, float]], name: str) -> np.ndarray:
    return np.array([x[name] for x in draws])


def test_every_parameter_of_every_draw_lies_in_its_support() -> None:
    for account in (*Deed.accounts, "prior"):
        for values in draw_parameters(Deed, 40, 1, account=account):
            assert values.keys() == Deed.params.keys()
            assert all(Deed.supports[name].holds(x) for name, x in values.items())


@pytest.mark.parametrize("stratified", [True, False])
def test_draws_have_the_distribution_of_the_prior(stratified: bool) -> None:
    n = 4000
    draws = draw_parameters(Two, n, 5, stratified=stratified)
    for name, mean, sd in (("a", 0.5, 12**-0.5), ("b", 2.0, 3.0)):
        x = column(draws, name)
        # independent draws have the larger standard error, so it bounds both
        assert abs(x.mean() - mean) / (sd / n**0.5) < 5
        kurtosis = 1.8 if name == "a" else 3.0
        assert abs(x.var() - sd**2) / (sd**2 * ((kurtosis - 1) / n) ** 0.5) < 5
    a, b = column(draws, "a"), column(draws, "b")
    assert abs(np.corrcoef(a, b)[0, 1]) * n**0.5 < 5
    assert set(column(draws, "c")) == {4.0}


def test_stratified_draws_hold_one_value_in_each_stratum() -> None:
    a = column(draw_parameters(Two, 50, 2), "a")
    assert sorted(np.floor(a * 50)) == list(range(50))
    independent = column(draw_parameters(Two, 50, 2, stratified=False), "a")
    assert sorted(np.floor(independent * 50)) != list(range(50))


def test_independent_draws_do_not_depend_on_how_many_there_are() -> None:
    ten = draw_parameters(Two, 10, 2, stratified=False)
    assert draw_parameters(Two, 4, 2, stratified=False) == ten[:4]
    assert draw_parameters(Two, 6, 2, stratified=False, first=4) == ten[4:]


def test_draws_depend_on_seed_account_and_name_only() -> None:
    assert draw_parameters(Two, 8, 2) == draw_parameters(Two, 8, 2)
    assert draw_parameters(Two, 8, 2) != draw_parameters(Two, 8, 3)
    by_account = draw_parameters(Two, 8, 2, account="high")
    assert (column(by_account, "a") >= 0.5).all()
    assert not np.array_equal(column(by_account, "b"), column(draw_parameters(Two, 8, 2), "b"))
    fixed = draw_parameters(Two, 8, 2, fixed={"a": 0.25})
    assert set(column(fixed, "a")) == {0.25}
    assert np.array_equal(column(fixed, "b"), column(draw_parameters(Two, 8, 2), "b"))


def test_the_prior_of_an_account_stands_before_that_of_the_theory() -> None:
    assert prior_of(Two, Two.accounts["high"], "a") == Uniform(0.5, 1)
    assert prior_of(Two, Two.accounts["high"], "b") == Normal(2, 3)
    assert prior_of(Two, None, "a") == Uniform(0, 1)


def test_a_prior_that_leaves_its_support_is_refused() -> None:
    class Wide(Theory):
        """A prior that is wider than its parameter's support."""

        on = State(bool, initial=False)
        a = Param(0.5, "[0, 1]", Normal(0.5, 1))
        share = Observable("people.on")

        def person(me):
            me.on = me.on

    with pytest.raises(TheoryError, match=r"prior Normal\(0.5, 1\) of parameter a gave .* in the support \[0, 1\]"):
        draw_parameters(Wide, 50, 1)


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"draws": 0}, "0 draws"),
        ({"draws": 5, "fixed": {"aa": 1.0}}, "'aa'"),
        ({"draws": 5, "fixed": {"a": 2.0}}, "given 2.0"),
        ({"draws": 5, "fixed": {"a": float("nan")}}, "given nan"),
        ({"draws": 5, "first": 3}, "stratified"),
    ],
)
def test_wrong_requests_are_refused(settings: dict, found: str) -> None:
    with pytest.raises(TheoryError, match=found):
        draw_parameters(Two, seed=1, **settings)
