"""Time and memory of fitting excitation over many places, beside a plain generalised linear model in the same run.

    python benchmarks/panel.py [--small] [--threads 2] [--peers PYTHON] [--json FILE]

Row "panel": `fit_panel` on simulated daily counts of 3 kinds in 26 places over 8,000 days: each place with its own
trend, season, weekdays and a jump in coverage (five times as many events from some day on), negative binomial counts,
and excitation within and between kinds. Everything that is stated is timed: level shifts, half-lives, tests, checks,
pooled means with intervals. "truth" is the share of the nine true means that lie in their 95% intervals.

Row "plain": a Poisson regression of one kind in one place on the same columns (trend, season, weekdays, the true
jump) and the last 14 days of every kind, by statsmodels, which is what one would do without this package; it is given
for one of the 78 series and, times 78, for all. It finds neither jumps nor half-lives, takes trends of a fixed
flexibility, has no boundary at zero, and pools nothing. With --peers it runs under that interpreter (one with
statsmodels); without statsmodels it is left out, and said to be.

Each row runs in a separate process, so that its peak resident memory is its own; kernels are compiled on a small
panel before the clock starts.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

BRANCHING = np.array([[0.30, 0.10, 0.00], [0.10, 0.20, 0.00], [0.00, 0.10, 0.30]])
SPREAD = 0.5  # coefficient of variation between places
KINDS = ("violence", "repression", "protest")

PLAIN = """
import json, resource, sys, time
import numpy as np
import statsmodels.api as sm
held = np.load(sys.argv[1])
y, X = held["y"], held["X"]
begin = time.perf_counter()
fit = sm.GLM(y, X, family=sm.families.Poisson()).fit()
seconds = time.perf_counter() - begin
print(json.dumps({"seconds_one": seconds, "converged": bool(fit.converged), "columns": X.shape[1],
                  "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
"""


def simulated(places: int, days: int) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Counts of each place, and the day on which coverage jumps in it."""
    from groundswell.estimators.excitation.discrete import simulate_excitation

    day = np.arange(days)
    made, jumps = {}, {}
    for i in range(places):
        rng = np.random.default_rng([i, 26])
        level = np.array([0.3, 0.2, 0.5]) * np.exp(rng.normal(0, 0.3, 3))
        trend = np.exp(0.4 * np.sin(day[:, None] / 900 + rng.uniform(0, 6, 3)))
        season = np.exp(0.3 * np.cos(2 * np.pi * day / 365.25 + rng.uniform(0, 6)))
        week = np.where(day % 7 < 5, 1.1, 0.75)
        jumps[f"place {i:02}"] = int(days * rng.uniform(0.4, 0.8))
        base = level * trend * (season * week * np.where(day < jumps[f"place {i:02}"], 1, 5))[:, None]
        branching = BRANCHING * rng.gamma(1 / SPREAD**2, SPREAD**2, (3, 3))
        branching *= min(1.0, 0.85 / max(np.abs(np.linalg.eigvals(branching)).max(), 1e-9))
        made[f"place {i:02}"] = simulate_excitation(
            base, branching, half_life=[2.0, 4.0, 1.5], dispersion=[0.5, 0.3, 0.4], seed=i
        )
    return made, jumps


def megabytes(peak: float) -> float:
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6  # bytes there, kilobytes elsewhere


def panel(places: int, days: int, threads: int) -> dict[str, Any]:
    from groundswell.estimators.excitation.panel import fit_panel

    counts, jumps = simulated(places, days)
    fit_panel({name: y[:700] for name, y in list(counts.items())[:2]}, kinds=KINDS, step="day", threads=threads)
    begin, used = time.perf_counter(), time.process_time()
    fit = fit_panel(counts, kinds=KINDS, step="day", threads=threads)
    seconds, used = time.perf_counter() - begin, time.process_time() - used
    inside = (fit.low <= BRANCHING + 1e-9) & (fit.high >= BRANCHING)
    found = [min((abs(b - jumps[p.name]) for b in shifts), default=days) for p in fit.places for shifts in p.breaks]
    return {
        "name": "panel",
        "places": places,
        "days": days,
        "threads": threads,
        "seconds": seconds,
        "processor_seconds": used,
        "megabytes": megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss),
        "events": int(sum(y.sum() for y in counts.values())),
        "pooled": fit.pooled,
        "truth": float(inside.mean()),
        "jumps_found": float(np.mean(np.array(found) <= 30)),
        "branching": np.round(fit.branching, 3).tolist(),
        "answer": fit.answer,
    }


def plain(days: int, python: str) -> dict[str, Any] | None:
    """One of the 78 series under statsmodels; None where it is not installed."""
    from groundswell.estimators.excitation.baseline import Baseline, design

    counts, jumps = simulated(1, days)
    name, y = next(iter(counts.items()))
    columns = design(days, "day", Baseline(), None, []).shifted((jumps[name],))
    lags = [np.vstack([np.zeros((lag, 3)), y[:-lag]]) for lag in range(1, 15)]
    X = np.hstack([columns.rigid, columns.wiggles, *lags])
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "series.npz", y=y[:, 0], X=X)
        words = subprocess.run(
            [python, "-c", PLAIN, str(Path(folder) / "series.npz")], capture_output=True, text=True, check=False
        )
    if words.returncode:
        print(f"plain: left out ({(words.stderr.strip() or 'failed').splitlines()[-1]})")
        return None
    row = json.loads(words.stdout)
    return {"name": "plain", "days": days, **row, "megabytes": megabytes(row.pop("peak"))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a smoke test: 3 places, 900 days")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--peers", default=sys.executable, help="an interpreter with statsmodels")
    parser.add_argument("--json", help="a file for the rows")
    parser.add_argument("--serve", choices=["panel"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    places, days = (3, 900) if given.small else (26, 8000)
    if given.serve:
        print(json.dumps(panel(places, days, given.threads)))
        return
    again = [sys.executable, __file__, "--serve", "panel", "--threads", str(given.threads)]
    words = subprocess.run([*again, *(["--small"] if given.small else [])], capture_output=True, text=True, check=False)
    if words.returncode:
        sys.exit(words.stderr)
    row = json.loads(words.stdout)
    rows = [row]
    print(
        f"panel: {row['places']} places of {row['days']:,} days and 3 kinds, {row['events']:,} events: "
        f"{row['seconds']:.1f} s on {row['threads']} threads ({row['processor_seconds']:.1f} processor s), "
        f"{row['megabytes']:.0f} MB; {row['pooled']} places fit; {row['jumps_found']:.0%} of jumps found; "
        f"{row['truth']:.0%} of true means in their intervals"
    )
    other = plain(days, given.peers)
    if other is not None:
        rows.append(other)
        series = 3 * row["places"]
        print(
            f"plain: one series with {other['columns']} columns {other['seconds_one']:.2f} s, "
            f"{series} series {other['seconds_one'] * series:.1f} s, {other['megabytes']:.0f} MB"
        )
    if given.json:
        Path(given.json).write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
