"""Two claims about calls to turn out, put to the record that lies beside this file."""

from pathlib import Path

import numpy as np
import polars as pl

from groundswell.claims.claim import Claim, Prediction, RecordTest, Scenario
from groundswell.claims.register import Register, Simulation, Source
from groundswell.claims.seen import seen_as
from groundswell.engine.worlds import Pulse
from groundswell.estimators.named import named_estimator
from groundswell.experiment.arms import Arm
from groundswell.experiment.schema import ObserveTable
from groundswell.records.series import Series

TABLE = pl.read_csv(Path(__file__).with_name("record.csv"), try_parse_dates=True)
RECORD = Series(TABLE["week"][0], "week", ("call", "march"), TABLE.select("call", "march").to_numpy())
WEEKS = len(RECORD)
CALLS = tuple(Pulse("call", 1.0, int(t) + 1) for t in np.flatnonzero(RECORD.of("call")))
OBSERVE = {"march": ObserveTable(of="turnout", events=400.0), "call": ObserveTable(shock="call")}
DIFFERENCE = named_estimator("difference")
SETTINGS = DIFFERENCE.settings.of(None, {"acts": "call", "outcome": "march", "lag": 0})


def simulate(runs, account, draw, scenario, rng):
    path = runs.series("marches", account, scenario.arm, "turnout")[draw, 1:, None]
    made = seen_as(RECORD, OBSERVE, {"turnout": path}, {"call": RECORD.of("call")}, rng)
    return DIFFERENCE.apply(made, SETTINGS, int(rng.integers(2**31)))


class Moves:
    """What the two claims share; each says which way turnout moves, and under which account."""

    way: str
    own: str
    rival: str

    @classmethod
    def claim(cls) -> Claim:
        def change(runs, account):
            with_calls, without = (
                runs.series("marches", account, arm, "turnout")[:, 1:].mean(axis=1) for arm in ("calls", "silence")
            )
            return with_calls - without

        test = RecordTest(
            record="marches", title="Marches by week", citation="", estimator=DIFFERENCE.words, says=cls.way,
            observe=lambda seed: DIFFERENCE.apply(RECORD, SETTINGS, seed), simulate=simulate,
            asserting=(Scenario(cls.own, (cls.own,), "calls"),),
            denying=(Scenario(cls.rival, (cls.rival,), "calls"), Scenario("no effect", (cls.own,), "silence")),
        )  # fmt: skip
        return Claim(
            id=cls.__name__, account=cls.own, text=cls.__doc__ or "", term="push", estimand="turnout after a call",
            prediction=Prediction("mean turnout with calls, less without", "share of people", cls.way, change),
            tests=(test,),
        )  # fmt: skip


class Rises(Moves):
    """After a call more people march."""

    way, own, rival = "above", "draws_out", "keeps_home"


class Falls(Moves):
    """After a call fewer people march."""

    way, own, rival = "below", "keeps_home", "draws_out"


REGISTER = Register(
    "push",
    claims=(Rises.claim(), Falls.claim()),
    theory="push",
    accounts=("draws_out", "keeps_home"),
    simulations=(Simulation("marches", {"calls": Arm("calls", {}, CALLS), "silence": Arm("silence")}, WEEKS),),
    records={"marches": Source("Invented.")},
)
