"""What is told of the acts' own step: an effect that vanishes with it is said to."""

from types import SimpleNamespace

import pytest

from groundswell.estimators.core import Estimate
from groundswell.inquiry import after


def estimate(value, p):
    return Estimate(value, value - 0.1, value + 0.1, p, 40, "made", "log ratio", True, {"detectable": 0.2})


@pytest.mark.parametrize(("p", "told"), [(0.3, True), (0.01, False), (None, False)])
def test_an_effect_that_vanishes_with_the_own_step_says_so(p, told):
    group = SimpleNamespace(
        windows={"1-12": estimate(0.4, 0.01)}, found=True, lasted=4, n_acts=40, n_places=3,
        same_step=None if p is None else estimate(0.05, p),
    )  # fmt: skip
    answer = after._answer(SimpleNamespace(unit="week"), group, "protest", "an act of violence", "", 0.01)  # type: ignore[arg-type]
    assert ("held equal it is not beyond chance (+5%, p = 0.3)" in answer) is told
