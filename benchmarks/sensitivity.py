"""Sobol' indices by our surrogate and by SALib's plain estimator, of one theory in one run: widths of their intervals.

    python benchmarks/sensitivity.py [--theory granovetter] [--observable turnout]

Both look at the mean over the same worlds, with common random numbers. SALib's interval narrows with the square root of
its runs (its bootstrap half-width at N is scaled to ours), which gives the runs that it would need for our width.
"""

from __future__ import annotations

import argparse

import numpy as np
from SALib.analyze.sobol import analyze
from SALib.sample.sobol import sample

from groundswell import load_theory, sweep, well_mixed
from groundswell.experiment.points import factor, table_points
from groundswell.experiment.sensitivity import sensitivity


def main() -> None:
    """Print a line for each factor, and the ratio of runs."""
    import polars as pl

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=64, help="of the surrogate's design")
    parser.add_argument("--base", type=int, default=64, help="SALib's N: it runs N (factors + 2) points")
    parser.add_argument("--worlds", type=int, default=4)
    parser.add_argument("--people", type=int, default=500)
    given = parser.parse_args()
    theory, people = load_theory("sis"), well_mixed(given.people)
    low_high = {"contagion": (0.5 / given.people, 2.0 / given.people), "dropping": (0.1, 0.4), "start": (0.02, 0.3)}
    over = {name: {"from": a, "to": b} for name, (a, b) in low_high.items()}
    ours = sensitivity(theory, people, over, 20, "prevalence", count=given.points, worlds=given.worlds, seed=1)
    problem = {"num_vars": len(over), "names": list(over), "bounds": [list(x) for x in low_high.values()]}
    places = sample(problem, given.base, calc_second_order=False, seed=1)
    rows = pl.DataFrame({name: places[:, k] for k, name in enumerate(over)})
    points = table_points([factor(theory, name, x) for name, x in over.items()], rows)
    table = sweep(theory, people, points, 20, worlds=given.worlds, seed=1, population_seed=1)
    y = table.group_by("point", maintain_order=True).agg(pl.col("prevalence").mean())["prevalence"].to_numpy()
    theirs = analyze(problem, y, calc_second_order=False, seed=1)
    print(f"{'factor':12} {'total, ours':>22} {'total, SALib':>22}   runs: {given.points} and {len(places)} points")
    needed = []
    for index in ours.indices:
        k = list(over).index(index.factor)
        half, other = (index.total_high - index.total_low) / 2, float(theirs["ST_conf"][k])
        print(f"{index.factor:12} {index.total:10.3f} +- {half:.3f} {theirs['ST'][k]:13.3f} +- {other:.3f}")
        needed.append(len(places) * (other / max(half, 1e-9)) ** 2 / given.points)
    print(f"runs that SALib needs for our widths, over ours: median {np.median(needed):.1f}, least {min(needed):.1f}")


if __name__ == "__main__":
    main()
