"""Rules in which everyone is looked at in every step, beside hand-written C on the same ties in the same run.

    python benchmarks/sweeps.py [--people 1000000] [--steps 20] [--threads 1] [--repeats 3]
        [--worlds 128] [--json FILE]

Rows: a threshold rule (C with states in bytes, and in bits), a cascade in which nobody stops (C that follows those who
begin), a logit rule with one draw (C with the same Philox draws), the logit rule on directed, weighted ties (C
likewise), and the logit rule in `--worlds` worlds of a hundredth of the people (C with 64 worlds to a line of memory,
probabilities tabulated, the same draws). Every row ends with as many active people as its peer, or
fails. Seconds are those of the steps: the time of a run of no steps is taken off. Needs a C compiler (`CC`, by default
cc). `times_c` is our time over that of C; `times_plain` is the time on weighted, directed ties over that on plain ones.
"""

# ruff: noqa: N805

from __future__ import annotations

import argparse
import ctypes
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from groundswell.draws import stream_id
from groundswell.engine.setup import draw_traits, initial_state
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.generate import erdos_renyi
from groundswell.population.network import Network
from groundswell.population.population import Population, tied
from groundswell.theory import Normal, Observable, Share, State, Theory, Trait, Uniform, logistic

A, B = -2.0, 3.5
SEED = 7


class Sweep(Theory):
    """Act while the share around reaches one's threshold."""

    threshold = Trait(Uniform(0.0, 1.0))
    acts = State(bool, initial=Share(0.5))
    active = Observable("people.acts")

    def person(me, seen):
        me.acts = seen.count.acts >= me.threshold * max(seen.degree, 1)


class Cascade(Theory):
    """Act from the moment at which the share around reaches one's threshold."""

    threshold = Trait(Normal(0.15, 0.05))
    acts = State(bool, initial=Share(0.003))
    active = Observable("people.acts")

    def person(me, seen):
        me.acts = me.acts or seen.count.acts >= me.threshold * seen.degree


class Logit(Theory):
    """Act by chance, the likelier the more act around."""

    acts = State(bool, initial=Share(0.5))
    active = Observable("people.acts")

    def person(me, seen, luck):
        me.acts = luck.chance("act", logistic(-2.0 + 3.5 * seen.share.acts))


class Weighted(Theory):
    """The same, by the weights of one's ties."""

    acts = State(bool, initial=Share(0.5))
    active = Observable("people.acts")

    def person(me, seen, luck):
        me.acts = luck.chance("act", logistic(-2.0 + 3.5 * seen.weighted.acts))


def compiled(folder: str) -> ctypes.CDLL:
    """The peers, as a library."""
    source, target = Path(__file__).with_name("sweeps.c"), str(Path(folder) / "sweeps.so")
    command = [os.environ.get("CC", "cc"), "-O3", "-march=native", "-fopenmp", "-shared", "-fPIC"]
    subprocess.run([*command, "-o", target, str(source), "-lm"], check=True)
    library = ctypes.CDLL(target)
    for name in ("threshold", "bits", "frontier", "logit", "ensemble"):
        getattr(library, name).restype = ctypes.c_int64
    return library


def least(run: Callable[[], Any], repeats: int) -> float:
    """The least seconds of some runs."""
    found = []
    for _ in range(repeats):
        begun = time.perf_counter()
        run()
        found.append(time.perf_counter() - begun)
    return min(found)


def heavy(plain: Network) -> Network:
    """As many ties to each person, directed and weighted."""
    rng = np.random.default_rng(1)
    return Network(plain.indptr, plain.indices, directed=True, weights=rng.uniform(0.1, 2.0, plain.indices.size))


def measured(
    theory: type[Theory], population: Population, given: argparse.Namespace, many: int = 1
) -> tuple[float, int]:
    """Our seconds for the steps, and how many act in the end, in all worlds together."""
    worlds = [World(SEED + k) for k in range(many)]
    ends: list[float] = []

    def run(steps: int) -> None:
        history = simulate(theory, population, worlds, steps, threads=given.threads)
        ends.append(history["active"][-1].sum())

    run(1)  # compiles
    whole = least(lambda: run(given.steps), given.repeats)
    active = round(ends[-1] * population.people)
    return whole - least(lambda: run(0), given.repeats), active


def peer(run: Callable[[Any], int], start: np.ndarray, given: argparse.Namespace) -> tuple[float, int]:
    """The seconds of C, and how many act in the end."""
    ends: list[int] = []
    seconds = least(lambda: ends.append(run(start.copy())), given.repeats)
    return seconds, ends[-1]


def ensemble(c: ctypes.CDLL, given: argparse.Namespace, stream: ctypes.c_uint32) -> dict[str, Any]:
    """The row of many worlds side by side."""
    people, groups = given.people // 100, given.worlds // 64
    population = tied(erdos_renyi(people, 10.0, seed=1))
    ties = population.network
    assert ties is not None
    seeds = np.array([SEED + k for k in range(64 * groups)], np.uint64)
    start = np.array([initial_state(Logit, "acts", people, {}, int(seed)) for seed in seeds])
    start = np.ascontiguousarray(start.reshape(groups, 64, people).swapaxes(1, 2).astype(np.uint8))

    def run(states: np.ndarray) -> int:
        found = [ctypes.c_void_p(x.ctypes.data) for x in (ties.indptr, ties.indices, seeds, states)]
        a, b, n, many = ctypes.c_double(A), ctypes.c_double(B), ctypes.c_int64(people), ctypes.c_int64(groups)
        return c.ensemble(n, *found[:2], a, b, found[2], stream, found[3], given.steps, many)

    seconds, active = measured(Logit, population, given, 64 * groups)
    of_c, active_in_c = peer(run, start, given)
    if abs(active - active_in_c) > 2:
        sys.exit(f"ensemble: {active} active people, {active_in_c} in C")
    row = {"name": "ensemble, C Philox", "seconds": seconds, "c_seconds": of_c, "times_c": seconds / of_c}
    return row | {"person_steps_per_second": people * 64 * groups * given.steps / seconds}


def main() -> None:
    """Measure every row and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("people", 1_000_000), ("steps", 20), ("threads", 1), ("repeats", 3), ("worlds", 128)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(given.threads)
    plain = tied(erdos_renyi(given.people, 10.0, seed=1))
    assert plain.network is not None
    weighted = tied(heavy(plain.network))
    n, stream = ctypes.c_int64(given.people), ctypes.c_uint32(stream_id("act"))

    def at(array: np.ndarray) -> ctypes.c_void_p:
        return ctypes.c_void_p(array.ctypes.data)

    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        c = compiled(folder)
        theta = draw_traits(Sweep, plain, {}, 0)["threshold"]
        ties = (at(plain.network.indptr), at(plain.network.indices))
        peers: dict[str, tuple[type[Theory], Population, Callable[[np.ndarray], int]]] = {
            "threshold, C bytes": (Sweep, plain, lambda s: c.threshold(n, *ties, at(theta), at(s), given.steps)),
            "threshold, C bits": (Sweep, plain, lambda s: c.bits(n, *ties, at(theta), at(s), given.steps)),
        }

        resolve = draw_traits(Cascade, plain, {}, 0)["threshold"]
        peers["cascade, C frontier"] = (
            Cascade, plain, lambda s: c.frontier(n, *ties, at(resolve), at(s), given.steps)
        )  # fmt: skip

        def logit(weights: ctypes.c_void_p | None) -> Callable[[np.ndarray], int]:
            a, b, seed = ctypes.c_double(A), ctypes.c_double(B), ctypes.c_uint64(SEED)
            return lambda s: c.logit(n, *ties, weights, a, b, seed, stream, at(s), given.steps)

        assert weighted.network is not None
        assert weighted.network.weights is not None
        peers["logit, C Philox"] = (Logit, plain, logit(None))
        peers["logit by weight, C Philox"] = (Weighted, weighted, logit(at(weighted.network.weights)))
        for name, (theory, population, run) in peers.items():
            start = initial_state(theory, "acts", given.people, {}, SEED).astype(np.uint8)
            seconds, active = measured(theory, population, given)
            of_c, active_in_c = peer(run, start, given)
            if abs(active - active_in_c) > 2:  # libm's exp may differ in its last digit, and a draw fall between
                sys.exit(f"{name}: {active} active people, {active_in_c} in C")
            rows.append({"name": name, "seconds": seconds, "c_seconds": of_c, "times_c": seconds / of_c})
            rows[-1] |= {"ties_per_second": plain.network.indices.size * given.steps / seconds}
        rows[-1]["times_plain"] = rows[-1]["seconds"] / rows[-2]["seconds"]
        rows.append(ensemble(c, given, stream))
    for row in rows:
        print(", ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()))
    if given.json:
        given.json.write_text(json.dumps({**vars(given), "json": None, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
