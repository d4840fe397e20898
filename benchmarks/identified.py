"""What records can reveal about every theory that ships: docs/identified.json, shown on each theory's page.

    python benchmarks/identified.py [--only NAME ...] [--again]

`groundswell identify` with these settings: the theory's first two observables, exactly as they were, over its own
steps (at most 60) in its own population (at most 400 people), 1,024 draws from its wide prior,
one network. A record that is longer,
or of more people, can reveal more; one that was reported, less. A theory that is in the file already is not run again
without `--again`.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import groundswell
from groundswell.app.fits import _people as people_in
from groundswell.calibrate.methods import NetworkMethod
from groundswell.errors import GroundswellError
from groundswell.experiment.setting import scaled, setting_of
from groundswell.theory import Theory
from groundswell.theory.registry import theories

FILE = Path(__file__).parents[1] / "docs" / "identified.json"
DRAWS, PEOPLE, PERIODS = 1024, 400, 60
ESTIMATORS = ("network", "abc", "regression")


def identified(theory: type[Theory]) -> dict[str, Any]:
    """The rows and pairs of one theory, or the sentence that says why there are none."""
    setting = setting_of(theory)
    population = dict(setting.population)
    fewer = theory.peopled and people_in(population, theory) > PEOPLE
    periods = min(setting.steps, PERIODS)
    try:
        found = groundswell.identify(
            theory, periods=periods, draws=DRAWS, people=PEOPLE if fewer else None, tables=None, threads=1,
            method=NetworkMethod(size=1, epochs=80),
        )  # fmt: skip
    except GroundswellError as error:
        return {"refused": str(error).splitlines()[0]}
    people = dict(scaled(theory, people=PEOPLE).population) if fewer else population
    rows: dict[str, dict[str, Any]] = {}
    for r in found.targets:
        row = rows.setdefault(str(r["name"]), {"kind": r["kind"], "nats": {}, "learned": {}})
        row["nats"][str(r["periods"])] = [round(float(r[k]), 2) for k in ESTIMATORS]
        row["learned"][str(r["periods"])] = r["learned"]
    return {
        "record": found.record,
        "people": people_in(people, theory) if theory.peopled else None,
        "periods": periods,
        "draws": found.draws,
        "held_out": found.held_out,
        "rows": rows,
        "pairs": [{**p, "correlation": round(float(p["correlation"]), 2)} for p in found.pairs],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(theories()), help="these theories")
    parser.add_argument("--again", action="store_true", help="run theories that the file has already")
    asked = parser.parse_args()
    known: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    for name, theory in theories().items():
        if (asked.only and name not in asked.only) or (name in known and not asked.again):
            continue
        begun = time.process_time()
        known[name] = identified(theory)
        FILE.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n", encoding="utf-8")
        print(f"{name}: {time.process_time() - begun:.0f} CPU s; {known[name].get('refused', '')}", flush=True)


if __name__ == "__main__":
    main()
