"""What is said of the acts' own step: an effect that vanishes with it is said to."""

from types import SimpleNamespace

import numpy as np
import pytest

from groundswell.estimators.core import Estimate
from groundswell.inquiry import after
from groundswell.inquiry.inquire import inquire
from groundswell.inquiry.manner import Manner
from groundswell.inquiry.material import gather
from groundswell.inquiry.questions import chosen


def estimate(value, p):
    return Estimate(value, value - 0.1, value + 0.1, p, 40, "made", "log ratio", True, {"detectable": 0.2})


@pytest.mark.parametrize(("p", "content"), [(0.3, True), (0.01, False), (None, False)])
def test_an_effect_that_vanishes_with_the_own_step_says_so(p, content):
    group = SimpleNamespace(
        windows={"1-12": estimate(0.4, 0.01)}, found=True, lasted=4, n_acts=40, n_places=3, explained_by=3.0,
        same_step=None if p is None else estimate(0.05, p),
    )  # fmt: skip
    answer = after._answer(SimpleNamespace(unit="week", rule="first"), group, "protest", "an act of violence", "", 0.01)  # type: ignore[arg-type]
    assert ("held constant, it is within chance (+5%, p = 0.3)" in answer) is content


def test_protest_that_stops_for_good_after_an_act_is_seen(records):
    """One act in each of eleven of thirteen countries, then nothing more there (E7): the record goes on elsewhere."""
    rng, rows = np.random.default_rng(4), []
    for c in range(13):
        at = int(rng.integers(60, 120)) if c < 11 else 10**6
        counts = np.zeros((170, 2), dtype=int)
        counts[: min(at, 169) + 1, 1] = rng.poisson(2.0, min(at, 169) + 1)
        if c < 11:
            counts[at, 0] = 1
        rows += records.from_counts(counts, ("violence", "protest"), country=f"C{c}")
    material = gather([records.reading(rows)])
    (found,) = inquire(material, chosen(["after-violence"]), Manner(seed=1))
    assert found.status == "found"
    (row,) = found.responses
    assert row.response.n_acts == 11
    assert row.effect is not None
    assert row.effect < np.log(0.05)
    first = found.answer.split(". ")[0]
    assert "fewer protests" in first
    assert "tide that the record does not show" in first


def test_what_was_found_leads_the_answer_and_what_cannot_be_told_follows():
    def row(of, status, answer):
        return SimpleNamespace(of=of, group="all acts", status=status, answer=answer, reason="too few", seen="",
                               when="", figures="", detectable=0.1)  # fmt: skip

    lost, found, none = (
        row("strike", "no verdict", "?"),
        row("protest", "found", "More."),
        row("other", "not found", "-"),
    )
    assert after.conclude([lost, found, none], "an act")[0] == "found"
    assert after.conclude([lost, found, none], "an act")[1].startswith("More. The record cannot tell")
    status, answer = after.conclude([none, lost], "an act")
    assert status == "no verdict"
    assert answer.startswith("The record cannot tell")
