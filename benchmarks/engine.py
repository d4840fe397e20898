"""Time and memory of simulating, beside what the hardware allows and a plain NumPy peer in the same run.

    python benchmarks/engine.py [--small] [--threads 2] [--repeats 3] [--json FILE]

Rows: the theory `deed` on a million people for 300 weeks; 64 pairs of twins of 10,000 people for 300 weeks; a cascade
of the theory `watts` through a million people. Each runs in a separate process, so that its peak resident memory is
its own; kernels are compiled on a small population before the clock starts, and building the population is not timed.
The least of the repeats is stated, with the greatest beside it.

The limit is measured on the same ties in the same process: the time to gather one byte for every tie end once, and to
make one draw for every person, each as often as the theory must (its seen states, its streams), and nothing else. The
first is bound by memory, the second by arithmetic; "of limit" is the time of the steps over their sum. Person-steps
count everyone at every step, whether or not a theory has to look at them.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba as nb
import numpy as np

from groundswell.draws import uniform


@nb.njit(nogil=True)
def gather(first, last, indptr, indices, states, counts):
    """Add up one byte for every tie end of the people first..last-1."""
    for i in range(first, last):
        total = 0
        for e in range(indptr[i], indptr[i + 1]):
            total += states[np.uint64(indices[e])]
        counts[i] = total


@nb.njit(nogil=True)
def draw(first, last, seed, step, out):
    """One draw for each of the people first..last-1."""
    for i in range(first, last):
        out[i] = uniform(seed, np.uint64(7), step, np.uint64(i))


def fastest(run: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """Seconds of the fastest and the slowest of several runs."""
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begin)
    return min(seconds), max(seconds)


def limit(population: Any, threads: int) -> tuple[float, float]:
    """Seconds to gather a byte for every tie end, and to make a draw for every person."""
    n, ties = population.people, population.network
    states = (np.arange(n) % 3 == 0).astype(np.uint8)
    counts, out = np.zeros(n, np.int32), np.zeros(n)
    edges = np.linspace(0, n, threads + 1).astype(int)
    ranges = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    with ThreadPoolExecutor(threads) as pool:

        def sweep(times: int = 1) -> None:
            list(
                pool.map(
                    lambda ab: [gather(*ab, ties.indptr, ties.indices, states, counts) for _ in range(times)], ranges
                )
            )

        def draws(times: int = 1) -> None:
            list(pool.map(lambda ab: [draw(*ab, np.uint64(1), np.uint64(2), out) for _ in range(times)], ranges))

        sweep()
        draws()
        assert np.array_equal(counts[:50], [states[ties.neighbours(i)].sum() for i in range(50)])
        times = 1 + 20_000_000 // n  # so that starting threads does not count
        return fastest(lambda: sweep(times), 3)[0] / times, fastest(lambda: draws(times), 3)[0] / times


def numpy_watts(population: Any, threshold: np.ndarray, active: np.ndarray) -> np.ndarray:
    """Watts's sweeps in plain NumPy, until nobody changes."""
    indptr, indices = population.network.indptr, population.network.indices
    degree = np.diff(indptr)
    while True:
        sums = np.concatenate([[0], np.cumsum(active[indices], dtype=np.int64)])
        count = sums[indptr[1:]] - sums[indptr[:-1]]
        new = active | ((count > 0) & (count / np.maximum(degree, 1) >= threshold))
        if (new == active).all():
            return active
        active = new


def measure(name: str, small: bool, threads: int, repeats: int, answer: Any) -> None:
    """Run one row, and send back what was measured."""
    from groundswell.engine.setup import draw_traits, initial_state
    from groundswell.engine.simulate import simulate
    from groundswell.engine.worlds import Pulse, World
    from groundswell.population.generate import erdos_renyi
    from groundswell.population.population import Population
    from groundswell.theories.deed import Deed
    from groundswell.theories.watts import Watts

    def tied(people: int, mean_degree: float) -> Population:
        ties = erdos_renyi(people, mean_degree, seed=1, threads=threads)
        return Population(people, ties, np.zeros(people, np.int32), 1)

    people = {"deed": 1_000_000, "twins": 10_000, "watts": 1_000_000}[name] // (50 if small else 1)
    steps = {"deed": 300, "twins": 300, "watts": 200}[name] // (10 if small and name != "watts" else 1)
    theory = Watts if name == "watts" else Deed
    if name == "twins":
        pairs = 8 if small else 64
        worlds = [World(k, {}, acts) for k in range(pairs) for acts in ((), (Pulse("act", 1.0, at=steps // 3),))]
    else:
        worlds = [World(1, {"seeds": people / 1000} if name == "watts" else {})]
    simulate(theory, tied(2000, 4.0), worlds, 2, threads=threads)  # compiles
    population = tied(people, 4.0 if name == "watts" else 10.0)
    last = []

    def run() -> None:
        last[:] = [simulate(theory, population, worlds, steps, threads=threads)]

    seconds, slowest = fastest(run, repeats)
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    start, _ = fastest(lambda: simulate(theory, population, worlds, 0, threads=threads), repeats)
    sweep, draws = limit(population, threads)
    assert population.network is not None
    row: dict[str, Any] = {
        "name": name,
        "people": people,
        "worlds": len(worlds),
        "steps": steps,
        "threads": threads,
        "seconds": seconds,
        "slowest": slowest,
        "seconds_of_start": start,  # traits and initial states
        "megabytes": megabytes,
        "person_steps_per_second": people * len(worlds) * steps / (seconds - start),
        "gathers_per_second": population.network.indices.size / sweep,
        "draws_per_second": people / draws,
    }
    rule = theory.rules["person"]
    seen = set().union(*(rule.reads.get(f"seen.{k}", set()) for k in ("share", "count", "mean")))
    rounds = steps
    if name == "watts":
        activity = last[0]["activity"][:, 0]
        params = theory.parameters(worlds[0].params)
        threshold = draw_traits(theory, population, params, 0)["threshold"]
        active = initial_state(theory, "active", people, params, 1) > 0
        ends: list[float] = []
        peer, _ = fastest(lambda: ends.append(numpy_watts(population, threshold, active).mean()), repeats)
        assert ends[0] == activity[-1], "the peer computes the same cascade"
        rounds = row["rounds"] = int((np.diff(activity) > 0).sum()) + 1
        row["numpy_seconds"] = peer
        row["times_numpy"] = peer / (seconds - start)
    # a neighbour is fetched once for all worlds of a batch; below 1 where only those who changed are looked at
    row["of_limit"] = (seconds - start) / (rounds * (len(seen) * sweep + len(worlds) * len(rule.streams) * draws))
    answer.send(row)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a smoke test: a fiftieth of the people, fewer steps")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=["deed", "twins", "watts"])
    parser.add_argument("--json", help="a file for the rows")
    given = parser.parse_args()
    rows = []
    print(f"{'':6} {'people':>9} {'worlds':>6} {'steps':>5} {'seconds':>15} {'of start':>8} {'MB':>6} ", end="")
    print(f"{'person-steps/s':>14} {'gathers/s':>9} {'draws/s':>9} {'of limit':>8} {'x NumPy':>8}")
    context = multiprocessing.get_context("spawn")
    for name in [given.only] if given.only else ["deed", "twins", "watts"]:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=measure, args=(name, given.small, given.threads, given.repeats, theirs))
        process.start()
        theirs.close()
        try:
            row = ours.recv()
        except EOFError:
            sys.exit(f"{name} failed")
        process.join()
        rows.append(row)
        seconds = f"{row['seconds']:.2f} to {row['slowest']:.2f}"
        numpy = f"{row['times_numpy']:8.1f}" if "times_numpy" in row else f"{'':8}"
        print(
            f"{name:6} {row['people']:9,} {row['worlds']:6} {row['steps']:5} {seconds:>15} "
            f"{row['seconds_of_start']:8.2f} {row['megabytes']:6.0f} "
            f"{row['person_steps_per_second']:14.2e} {row['gathers_per_second']:9.1e} {row['draws_per_second']:9.1e} "
            f"{row['of_limit']:8.2f} {numpy}"
        )
    if given.json:
        with open(given.json, "w") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
