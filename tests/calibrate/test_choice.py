"""Model choice and identifiability on a theory of two parameters, of which a record tells one and never the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from groundswell.calibrate.choice import WIDE, choose_among
from groundswell.calibrate.fit import FitSettings, kinship
from groundswell.calibrate.identify import identify_kin
from groundswell.calibrate.methods import NetworkMethod
from groundswell.calibrate.observed import Observed, of_arrays
from groundswell.calibrate.posterior import Kinship
from groundswell.calibrate.reference import simulate_block
from groundswell.calibrate.reporting import Reported, Reporting, tide
from groundswell.calibrate.timed import TimedActs, timed
from groundswell.errors import EstimationError
from groundswell.theory import Account, Fixed, Flow, Observable, Param, Shock, Society, Uniform, floor

STEPS = 40
SETTINGS = FitSettings(draws=576, method=NetworkMethod(size=2, epochs=30))


class Decline(Flow):
    """What is there declines at a rate that is the sum of two parameters; a third does nothing."""

    substeps = 4
    level = Society(1.0)
    first = Param(0.1, ">= 0", Uniform(0.0, 0.2))
    second = Param(0.1, ">= 0", Uniform(0.0, 0.2))
    idle = Param(0.5, "[0, 1]", Uniform(0.0, 1.0))
    slow = Account("it declines slowly", {"first": Uniform(0.0, 0.05), "second": Uniform(0.0, 0.05)})
    fast = Account("it declines fast", {"first": Uniform(0.15, 0.2), "second": Uniform(0.15, 0.2)})
    shown = Observable("society.level")

    def flow(society, p, rate):
        rate.level = -(p.first + p.second) * society.level


def observed(rate: float) -> Observed:
    return of_arrays({"shown": np.exp(-rate * np.arange(1, STEPS + 1))})


def kin(account: str = "prior") -> Kinship:
    given = FitSettings(draws=576, before=0)
    return kinship(Decline, observed(0.1), {"network": "well_mixed", "people": 1}, settings=given, account=account)


@pytest.fixture(scope="module")
def models() -> dict[str, Kinship]:
    return {WIDE: kin(), "slow": kin("slow"), "fast": kin("fast")}


def test_the_account_of_a_record_is_found_and_its_rival_is_not(models: dict[str, Kinship]) -> None:
    for rate, name, other in ((0.05, "slow", "fast"), (0.35, "fast", "slow")):
        found = choose_among(models, observed(rate), SETTINGS)
        p = {o.name: o.probability for o in found.odds}
        assert not found.refused
        assert p[name] > 0.7  # the wide prior makes such records too, an eighth as often
        assert p[other] < 0.02
        assert abs(sum(p.values()) - 1) < 1e-6  # type: ignore[arg-type]
        assert found.calibration_error < 0.05
        assert found.log_loss < 0.6 * found.chance
        errors = [o.error for o in found.odds if o.name == name]
        assert errors[0] is not None
        assert errors[0] < 0.5


def test_what_no_account_makes_gets_no_odds(models: dict[str, Kinship]) -> None:
    wave = of_arrays({"shown": 1 + np.sin(np.arange(STEPS))})
    found = choose_among(models, wave, SETTINGS)
    assert "outside" in found.refused
    assert all(o.probability is None for o in found.odds)
    assert found.answer.startswith("No odds are given")


def test_one_model_is_no_choice(models: dict[str, Kinship]) -> None:
    with pytest.raises(EstimationError, match="at least two"):
        choose_among({WIDE: models[WIDE]}, observed(0.1), SETTINGS)


def test_what_a_record_never_tells_is_said_and_so_is_what_it_cannot_tell_apart(models: dict[str, Kinship]) -> None:
    found = identify_kin(models[WIDE], SETTINGS)
    full = {str(r["name"]): r for r in found.of_full_length()}
    assert full["idle"]["learned"] == "nothing"
    for name in ("first", "second"):
        assert full[name]["learned"] != "nothing"
        assert all(full[name][k] > 0.05 for k in ("network", "abc", "regression"))
    (pair,) = found.pairs
    assert {pair["first"], pair["second"]} == {"first", "second"}
    assert pair["correlation"] < -0.5
    assert {r["periods"] for r in found.targets} == {20, 40}  # ten are too few to be summarised
    assert "idle" in found.answer
    assert found.to_frame().height == 6


# -- rivals in which acts follow the tide ------------------------------------------------------------------------------


class Swing(Flow):
    """Turnout swings about a level, is pushed by acts where they have an effect, and decays back."""

    substeps = 4
    out = Society(0.1)
    pushed = Society(0.0)
    act = Shock(harm=True)
    effect = Param(0.2, ">= 0", Uniform(0.0, 0.4))
    pace = Param(0.3, "> 0", Uniform(0.2, 0.4))
    turnout = Observable("society.out", "level")
    violence = Observable("society.pushed", "acts", harm=True)

    def flow(society, p, rate):
        phase = society.step - 20.0 * floor(society.step / 20.0)
        rate.out = 0.1 - society.out + 0.5 * p.pace * (1.0 if phase < 10.0 else 0.0) + p.effect * society.act
        rate.pushed = 0.0


def swing() -> Kinship:
    observed = of_arrays({"turnout": np.full(60, 0.2), "violence": np.zeros(60)})
    model = Reporting(series={"turnout": Reported(), "violence": Reported(form="events", scale=Fixed(1.0))})
    given = FitSettings(draws=384, before=0)
    return kinship(Swing, observed, {"network": "well_mixed", "people": 1}, reporting=model, settings=given)


def test_acts_follow_the_tide_and_only_those_with_effect_move_turnout() -> None:
    rival = TimedActs("act", "violence", "turnout", strength=Fixed(1.5), rate=Fixed(0.3), span=4)
    none = simulate_block(timed(swing(), rival).draws, 0)
    some = simulate_block(timed(swing(), replace(rival, effect=True)).draws, 0)
    free = simulate_block(swing().draws, 0)
    turnout, acts = (none.values[:, :, o].astype(float) for o in (0, 1))
    assert np.array_equal(none.values[:, :, 0], free.values[:, :, 0])  # without an effect, nothing moves
    assert np.array_equal(acts, some.values[:, :, 1])  # the same acts
    ahead = tide(turnout, 4)
    assert ahead[acts > 0].mean() > 0.5  # they come before rises
    assert abs(acts.mean() - 0.3) < 5 * np.sqrt(0.3 / acts.size) + 0.01
    assert (some.values[:, :, 0] - none.values[:, :, 0]).mean() > 0
    assert (some.values[:, :, 0] >= none.values[:, :, 0] - 1e-6).all()


def test_a_rival_of_unknown_names_is_refused() -> None:
    for rival, says in (
        (TimedActs("akt", "violence", "turnout"), "did you mean 'act'"),
        (TimedActs("act", "violence", "turnot"), "did you mean 'turnout'"),
        (TimedActs("act", "violence", "turnout", off={"mu": 0.0}), "no parameter 'mu'"),
    ):
        with pytest.raises(EstimationError) as caught:
            timed(swing(), rival)
        assert says in str(caught.value)
