"""Compares fits with pyABC and sbi on the same two models: time, coverage and information in one table.

    python benchmarks/fitting.py [--small] [--json FILE]

The models are a linear Gaussian one, of which the posterior is known exactly, and the theory `sis` on 500 people. Each
method gets the same draws (pyABC draws its own, as many) and the same summaries, and is judged on the same held-out
records:
coverage of 90% intervals, mean log score over the prior in nats, and CPU seconds. pyABC is run once for each record, of
which it therefore gets fewer; a package that is not installed is left out, and said to be.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from groundswell.calibrate.fit import FitSettings, kinship
from groundswell.calibrate.methods import NetworkMethod, RegressionMethod, SbiMethod
from groundswell.calibrate.observed import of_arrays
from groundswell.calibrate.posterior import rows_of
from groundswell.calibrate.reference import BLOCK, ReferenceTable
from groundswell.calibrate.scores import NormalScores
from groundswell.errors import GroundswellError
from groundswell.theories.sis import Sis

NOISE = 0.5
Case = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Scored summaries and targets to learn from, their blocks, and summaries and targets held out."""


def gaussian(draws: int, held: int) -> tuple[Case, Callable[[np.ndarray, np.random.Generator], np.ndarray]]:
    """Two targets seen with noise: the posterior is N(s / (1 + NOISE**2), NOISE**2 / (1 + NOISE**2))."""

    def simulate(z: np.ndarray, luck: np.random.Generator) -> np.ndarray:
        return z + NOISE * luck.standard_normal(z.shape)

    luck = np.random.default_rng(1)
    z, z_held = luck.standard_normal((draws, 2)), luck.standard_normal((held, 2))
    return (simulate(z, luck), z, np.arange(draws) // BLOCK, simulate(z_held, luck), z_held), simulate


def sis(draws: int, held: int) -> Case:
    """The theory `sis` over 150 steps, three parameters."""
    record = of_arrays({"prevalence": np.zeros(150)})
    population = {"network": "erdos_renyi", "people": 500, "mean_degree": 10.0}
    kin = kinship(Sis, record, population, settings=FitSettings(draws=draws, before=0, copies=1))
    blocks = -(-(draws + held) // BLOCK)
    table = ReferenceTable(kin.draws)
    table.extend(blocks)
    rows = rows_of(table, kin, blocks)
    first = (rows.copy == 0) & (rows.draw < draws)
    last = (rows.copy == 0) & (rows.draw >= draws)
    x, z = NormalScores.of(rows.summaries[first]), NormalScores.of(rows.targets[first])
    return (
        x.forward(rows.summaries[first]),
        z.forward(rows.targets[first]),
        rows.block[first],
        x.forward(rows.summaries[last])[:held],
        z.forward(rows.targets[last])[:held],
    )


def judged(method: Any, case: Case) -> dict[str, float]:
    """CPU seconds, coverage and information of a method that learns."""
    x, z, blocks, x_held, z_held = case
    begun = time.process_time()
    trained = method.train(x, z, blocks, 1, threads=1)
    learning = time.process_time() - begun
    begun = time.process_time()
    margins = trained.margins(x_held)
    each = (time.process_time() - begun) / len(x_held)
    rank = margins.distribution(z_held)
    gained = margins.log_density(z_held) + 0.5 * z_held**2 + 0.5 * np.log(2 * np.pi)
    return {
        "learning_s": learning,
        "record_s": each,
        "coverage": float((np.abs(rank - 0.5) <= 0.45).mean()),
        "nats": float(gained.sum(axis=1).mean()),
        "records": len(x_held),
    }


def by_pyabc(
    simulate: Callable[[np.ndarray, np.random.Generator], np.ndarray], case: Case, few: int
) -> dict[str, float]:
    """Sequential Monte Carlo ABC by pyABC, once for each of a few records of the Gaussian model."""
    import pyabc  # type: ignore[import-not-found]
    import scipy.stats

    from groundswell.calibrate.mixture import Margins

    _, z, _, x_held, z_held = case
    luck = np.random.default_rng(2)

    def model(p: dict[str, float]) -> dict[str, float]:
        s = simulate(np.array([[p["a"], p["b"]]]), luck)[0]
        return {"a": float(s[0]), "b": float(s[1])}

    prior = pyabc.Distribution(a=scipy.stats.norm(0, 1), b=scipy.stats.norm(0, 1))
    inside, gained, begun = [], [], time.process_time()
    for row, truth in zip(x_held[:few], z_held[:few], strict=True):
        abc = pyabc.ABCSMC(model, prior, pyabc.PNormDistance(2), population_size=200, sampler=pyabc.SingleCoreSampler())
        abc.new("sqlite://", {"a": float(row[0]), "b": float(row[1])})
        history = abc.run(max_total_nr_simulations=len(z))
        frame, weight = history.get_distribution()
        means = frame[["a", "b"]].to_numpy().T[None]
        sd = means.std(axis=2, keepdims=True) * len(weight) ** -0.2
        m = Margins(np.broadcast_to(weight, means.shape), means, np.broadcast_to(sd, means.shape))
        inside.append(np.abs(m.distribution(truth[None]) - 0.5) <= 0.45)
        gained.append((m.log_density(truth[None]) + 0.5 * truth**2 + 0.5 * np.log(2 * np.pi)).sum())
    return {
        "learning_s": 0.0,
        "record_s": (time.process_time() - begun) / few,
        "coverage": float(np.mean(inside)),
        "nats": float(np.mean(gained)),
        "records": few,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="fewer draws")
    parser.add_argument("--json", type=Path, help="also write the table to this file")
    given = parser.parse_args()
    draws, held = (1024, 256) if given.small else (8192, 1024)
    toy, simulate = gaussian(draws, held)
    cases = {"gaussian": toy, "sis": sis(draws, held)}
    rows: list[dict[str, Any]] = []
    for model, case in cases.items():
        for method in (NetworkMethod(), RegressionMethod(), SbiMethod()):
            try:
                rows.append({"model": model, "method": method.name, "draws": draws, **judged(method, case)})
            except GroundswellError as error:
                print(f"{model}: {method.name} was left out: {error.given}")
    try:
        rows.append(
            {
                "model": "gaussian",
                "method": "pyABC",
                "draws": draws,
                **by_pyabc(simulate, toy, 4 if given.small else 20),
            }
        )
    except ImportError:
        print("gaussian: pyABC was left out: it is not installed")
    exact = -0.5 * np.log(NOISE**2 / (1 + NOISE**2)) * 2
    print(f"exact information of the Gaussian model: {exact:.3f} nats")
    print(f"{'model':10} {'method':10} {'draws':>6} {'learning s':>11} {'a record s':>11} {'coverage':>9} {'nats':>6}")
    for r in rows:
        print(
            f"{r['model']:10} {r['method']:10} {r['draws']:6d} {r['learning_s']:11.1f} {r['record_s']:11.4f} "
            f"{r['coverage']:9.3f} {r['nats']:6.2f}"
        )
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
