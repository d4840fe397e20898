"""How many countries of NAVCO 3.0 lie inside what `deed` can make, with each of the terms that they ask for.

    python benchmarks/navco_cloud.py [--draws 3000] [--people 500]      (with GROUNDSWELL_DATA)

Protest, violence and repression by week, 1993 to 2010, of every country with ten of each, beside records simulated from
the theory's wide prior and a reporting effort that the kinds share; a country is outside where at most one simulated
record in a hundred lies as far from the others (`groundswell.calibrate.cloud.distance`).
"""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from groundswell.calibrate.cloud import distance
from groundswell.calibrate.fit import FitSettings, blocks_of, kinship
from groundswell.calibrate.observed import of_arrays
from groundswell.calibrate.posterior import rows_of
from groundswell.calibrate.reference import ReferenceTable
from groundswell.calibrate.reporting import Effort, Reported, Reporting, default_reported
from groundswell.records.series import series
from groundswell.registers.deed.navco import pre_jump_events
from groundswell.theories.deed import Deed
from groundswell.theory import Fixed, Uniform
from groundswell.theory.distributions import Distribution

REPORTING = Reporting(
    series={
        "turnout": default_reported("counts", "share of people"),
        "violence": default_reported("events", "acts per week"),
        "repression_level": Reported.of(default_reported("counts", "0..1"), {"flow": Uniform(0, 1)}),
    },
    effort=Effort(),
)
KINDS = {"turnout": "protest", "violence": "violence", "repression_level": "repression"}
BEFORE: dict[str, Distribution] = {"mu": Uniform(0, 0.6), "campaign_sd": Fixed(0.0), "prompt": Fixed(0.0)}
PRIORS: dict[str, dict[str, Distribution]] = {
    "as before: mu up to .6 a week, no slow state, repression a week later": BEFORE,
    "mu that reaches the records' rates": {k: v for k, v in BEFORE.items() if k != "mu"},
    "and repression in the act's own week": {"campaign_sd": Fixed(0.0)},
    "and a slow state of violence": {},
}
OUT = 0.01


def records() -> dict[str, Any]:
    """Weekly counts by country, all of one length."""
    events = pre_jump_events().filter(pl.col("date") >= date(1993, 1, 1))
    found = {}
    for country in sorted(events["country"].drop_nulls().unique()):
        rows = events.filter(pl.col("country") == country)
        counts = series(rows, list(KINDS.values()), "week", start=date(1993, 1, 4), end=date(2010, 12, 26)).counts
        if (counts.sum(axis=0) >= 10).all():
            numbers = {name: counts[:, k].astype(float) for k, name in enumerate(KINDS)}
            found[country] = of_arrays(numbers, "week", country)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=3000)
    parser.add_argument("--people", type=int, default=500)
    asked = parser.parse_args()
    countries = records()
    any_of_them = next(iter(countries.values()))
    population = dict(Deed.setting.population) | {"people": asked.people}
    settings = FitSettings(draws=asked.draws, before=52, threads=2)
    for words, priors in PRIORS.items():
        kin = kinship(Deed, any_of_them, population, reporting=REPORTING, settings=settings, priors=priors)
        table, blocks = ReferenceTable(kin.draws), blocks_of(kin, asked.draws)
        table.extend(blocks, threads=2)
        rows = rows_of(table, kin, blocks)
        once = rows.copy == rows.draw % (int(rows.copy.max()) + 1)
        varies = np.ptp(rows.summaries[once], axis=0) > 0
        names = tuple(n for n, v in zip(rows.names, varies, strict=True) if v)
        inside, out = [], {}
        for country, observed in countries.items():
            own = kin.summaries({n: observed.series[n][None] for n in kin.draws.observables})[0][0]
            place = distance(rows.summaries[once][:, varies], own[varies], names, rows.block[once])
            inside += [country] if place.p > OUT else []
            for row in place.outside[:3]:
                out[row["summary"]] = out.get(row["summary"], 0) + 1
        print(f"{words}: {len(inside)} of {len(countries)} countries inside ({', '.join(inside) or 'none'})")
        most = sorted(out.items(), key=lambda x: -x[1])[:6]
        print("  most often outside by: " + "; ".join(f"{name} ({n})" for name, n in most), flush=True)


if __name__ == "__main__":
    main()
