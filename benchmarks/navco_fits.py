"""Every country of NAVCO 3.0 fitted from one table of `deed`: which lie outside what the theory makes, and in what.

    python benchmarks/navco_fits.py FOLDER [--draws N]      (with GROUNDSWELL_DATA)

Protest, violence and repression by week, 1993 to 2010, of every country with ten of each. FOLDER and the case
`deed_936` are those of benchmarks/fit_calibration.py: the table is drawn once for both, learnt once, and each country
is then fitted from it. Writes docs/navco_fits_table.md.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from fit_calibration import CASES, drawn, kin_of_case
from groundswell.calibrate.fit import Fit, FitSettings, blocks_of, fit_learnt
from groundswell.calibrate.pool import pool
from groundswell.calibrate.posterior import learn
from navco_cloud import KINDS, records

TABLE = Path(__file__).parents[1] / "docs" / "navco_fits_table.md"
EFFECT = "turnout after act 1 over 12"


def line(country: str, found: Fit, events: list[int]) -> str:
    """A row of the table."""
    failed = {gate.name: gate for gate in found.checks if not gate.passed}
    cloud = next(gate for gate in found.checks if gate.name == "cloud")
    outside = "; ".join(
        f"`{row['summary']}` {row['record']:.2g} ({row['low']:.2g} to {row['high']:.2g})" for row in found.outside[:3]
    )
    effect = found.estimands[EFFECT]
    shown = "not shown" if effect.median is None else f"{effect.median:.2f} ({effect.low:.2f} to {effect.high:.2f})"
    counts = ", ".join(f"{n:,}" for n in events)
    return f"| {country} | {counts} | {cloud.statistic:.3f} | {outside} | {', '.join(failed) or 'none'} | {shown} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, help="draws in place of the default budget")
    asked = parser.parse_args()
    countries = records()
    first = next(iter(countries.values()))
    kin = replace(kin_of_case(CASES["deed_936"]), watched=first.watched)
    blocks = blocks_of(kin, asked.draws)
    table, _ = drawn(kin, blocks, asked.folder)
    learnt = learn(table, kin, blocks)
    begun = time.process_time()
    fits = {name: fit_learnt(learnt, observed, FitSettings.of(None, {})) for name, observed in countries.items()}
    each = (time.process_time() - begun) / len(fits)
    lines = [
        "| country | " + ", ".join(KINDS.values()) + " | as far out | outside (99% of simulated) | gates failed "
        "| effect of one act, log ratio |",
        "|---|---|---|---|---|---|",
    ]
    for name, found in sorted(fits.items()):
        lines.append(line(name, found, [int(countries[name].series[n].sum()) for n in KINDS]))
    inside = [n for n, f in fits.items() if next(g for g in f.checks if g.name == "cloud").passed]
    passed = {n: f for n, f in fits.items() if f.passed}
    out = Counter(str(row["summary"]) for f in fits.values() for row in f.outside)
    lines += [
        "",
        f"{len(inside)} of {len(fits)} countries lie inside the cloud, and {len(passed)} pass every gate. From "
        f"{kin.draws.steps} weeks of {blocks * 64:,} draws; {each:.1f} CPU s a country, nearly all of it for records "
        "simulated from its posterior. Most often outside: "
        + ", ".join(f"`{name}` ({count})" for name, count in out.most_common(8))
        + ".",
    ]
    if len(passed) > 1:
        centre = pool(passed, EFFECT).centre
        lines[-1] += (
            f" Pooled over the {len(passed)} that pass, one act changes the log of turnout by {centre.value:.2f} "
            f"({centre.low:.2f} to {centre.high:.2f})."
        )
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
