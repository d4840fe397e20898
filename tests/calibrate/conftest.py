"""Small fits that several tests look at: learnt once a session."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from groundswell.calibrate.fit import FitSettings, kinship
from groundswell.calibrate.methods import NetworkMethod
from groundswell.calibrate.observed import Observed, of_arrays
from groundswell.calibrate.posterior import Kinship, Learnt, learn
from groundswell.calibrate.reference import ReferenceTable
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.specification import PopulationSpecification
from groundswell.theories.sis import Sis

STEPS, BLOCKS = 60, 15
POPULATION = {"network": "erdos_renyi", "people": 200, "mean_degree": 8.0}
TRUTH = {"start": 0.2, "contagion": 0.03, "dropping": 0.15}
SETTINGS = FitSettings(
    draws=BLOCKS * 64, before=0, posterior=400, predicted=256, copies=1, method=NetworkMethod(size=2, epochs=60)
)


def sis_record(seed: int, params: dict[str, float] = TRUTH) -> Observed:
    """A record of the theory `sis`, made with its own population."""
    people = PopulationSpecification.model_validate(POPULATION).build(seed)
    histories = simulate(Sis, people, [World(seed, params)], STEPS)
    return of_arrays({"prevalence": histories["prevalence"][1:, 0]})


@pytest.fixture(scope="session")
def kin() -> Kinship:
    return kinship(Sis, sis_record(1), POPULATION, settings=SETTINGS)


@pytest.fixture(scope="session")
def table(kin: Kinship) -> ReferenceTable:
    made = ReferenceTable(kin.draws)
    made.extend(BLOCKS)
    return made


@pytest.fixture(scope="session")
def learnt(kin: Kinship, table: ReferenceTable) -> Learnt:
    return learn(table, kin, BLOCKS, method=SETTINGS.method)


@pytest.fixture(scope="session")
def record_of() -> Callable[..., Observed]:
    return sis_record


@pytest.fixture
def luck() -> np.random.Generator:
    return np.random.default_rng(20)
