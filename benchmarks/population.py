"""Time and memory of generating networks, beside networkx in the same run.

    python benchmarks/population.py [--people 10000000] [--mean-degree 10] [--repeats 3] [--json FILE]

Each measurement runs in a separate process, so that its peak resident memory is its own; kernels are compiled on a
small network before the clock starts. networkx's `fast_gnp_random_graph` is the yardstick, at a size that it can do;
what is compared is ties per second. The least of the repeats is stated, with the greatest beside it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

NETWORKX_PEOPLE = 200_000  # a million ties at mean degree 10, in some 280 MB of Python objects


def generator(name: str, mean_degree: int) -> Callable[[int], int]:
    """A function that generates a network of so many people, and returns its ties."""
    if name == "networkx":
        import networkx

        return lambda people: networkx.fast_gnp_random_graph(
            people, mean_degree / (people - 1), seed=1
        ).number_of_edges()

    from groundswell.population import generate

    def ours(people: int) -> int:
        if name == "planted_partition":
            return generate.planted_partition(people, mean_degree, 10, 0.1, seed=1)[0].ties
        if name == "configuration":
            degrees = generate.power_law_degrees(people, 2.5, mean_degree // 2, 1000, seed=1)
            return generate.configuration(degrees, seed=1).ties
        arguments: dict[str, dict[str, Any]] = {
            "erdos_renyi": {"people": people, "mean_degree": mean_degree},
            "barabasi_albert": {"people": people, "ties_per_newcomer": mean_degree // 2},
            "watts_strogatz": {"people": people, "neighbours": mean_degree // 2 * 2, "rewiring": 0.1},
            "moore": {"rows": 1000, "columns": people // 1000},
        }
        return getattr(generate, name)(**arguments[name], seed=1).ties

    return ours


def measure(name: str, people: int, mean_degree: int, answer: Any) -> None:
    """Generate once, and send back ties, seconds and peak resident megabytes."""
    run = generator(name, mean_degree)
    run(5000)
    begin = time.perf_counter()
    ties = run(people)
    seconds = time.perf_counter() - begin
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    answer.send((ties, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--people", type=int, default=10_000_000)
    options.add_argument("--mean-degree", type=int, default=10)
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--json", help="also write the numbers to this file")
    asked = options.parse_args()

    fresh = multiprocessing.get_context("spawn")
    rows = []
    names = [
        "networkx",
        "erdos_renyi",
        "planted_partition",
        "barabasi_albert",
        "watts_strogatz",
        "moore",
        "configuration",
    ]
    print(
        f"{'network':<18} {'people':>11} {'ties':>11} {'seconds':>8} {'(worst)':>8} {'peak MB':>8} {'ties/s':>11} ratio"
    )
    for name in names:
        people = min(asked.people, NETWORKX_PEOPLE) if name == "networkx" else asked.people
        runs = []
        for _ in range(asked.repeats):
            here, there = fresh.Pipe(duplex=False)
            process = fresh.Process(target=measure, args=(name, people, asked.mean_degree, there))
            process.start()
            there.close()
            runs.append(here.recv())
            process.join()
        ties, seconds, peak = min(runs, key=lambda run: run[1])
        row = {
            "network": name,
            "people": people,
            "ties": ties,
            "seconds": seconds,
            "worst_seconds": max(run[1] for run in runs),
            "peak_megabytes": peak,
            "ties_per_second": ties / seconds,
        }
        rows.append(row)
        row["ratio_to_networkx"] = row["ties_per_second"] / rows[0]["ties_per_second"]
        print(
            f"{name:<18} {people:>11,} {ties:>11,} {seconds:>8.2f} {row['worst_seconds']:>8.2f} {peak:>8.0f} "
            f"{row['ties_per_second']:>11,.0f} {row['ratio_to_networkx']:.1f}",
            flush=True,
        )
    if asked.json:
        with open(asked.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
