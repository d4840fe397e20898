"""How fast pages are in Chromium: person-steps and frames a second, a slider's answer, the first picture.

    python benchmarks/page.py [--json FILE] [--pause SECONDS]

Chromium renders in software, as on a server without a display. Node, playwright-core and Chromium are installed as
`.ci/explorer` installs them. Each goal is the project's own; the load of the machine is printed with the table, because
all of this shares the machine's cores.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / ".ci"))

from explorer import tools  # noqa: E402
from groundswell.app import export_page  # noqa: E402

PAGES = {  # file: theory, people, steps
    "sis-100000": ("sis", 100_000, 1500),
    "sis-10000": ("sis", 10_000, 720),
    "deed-10000": ("deed", 10_000, 720),
    "granovetter-10000": ("granovetter", 10_000, 200),
}
STARTS = ("granovetter", "epstein", "deed")  # commands whose first picture is awaited


def report(found: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Rows of the table: what, measured, goal, whether it is reached."""
    rows: list[tuple[str, str, str, bool]] = []

    def row(what: str, value: float, unit: str, goal: float, *, least: bool) -> None:
        word = "at least" if least else "under"
        rows.append((what, f"{value:,.4g} {unit}", f"{word} {goal:g}", value >= goal if least else value < goal))

    for name, rate in found["rates"].items():
        goal = 5 if name.startswith("sis") else 2
        row(f"{name}: kernel in the page", rate / 1e6, "M person-steps/s", goal, least=True)
    drawn = found["frames"]
    row("sis-100000, simulating and playing: browser frames", drawn["browser"], "a second", 59, least=True)
    row("sis-100000, simulating and playing: different pictures", drawn["pictures"], "a second", 59, least=True)
    for name, milliseconds in found["sliders"].items():
        row(f"{name}: slider to the first picture of the new run", milliseconds, "ms", 200, least=False)
    for name, steps in found["steps"].items():
        row(f"{name}: exported page, simulating", steps, "steps/s", 60, least=True)
    for name, seconds in found["starts"].items():
        goal = 30 if name.endswith("cold") else 10
        row(f"explore {name}: first picture", seconds, "s", goal, least=False)
    return rows


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="also write what was measured to this file")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds to let the machine settle between parts")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        job: dict[str, Any] = {"chromium": tools(folder), "pages": {}, "starts": {}, "out": str(folder / "out.json")}
        for name, (theory, people, steps) in PAGES.items():
            export_page(theory, folder / f"{name}.html", people=people, steps=steps)
            job["pages"][name] = {"path": str(folder / f"{name}.html"), "people": people, "steps": steps}
        command = [sys.executable, "-m", "groundswell", "explore", "--no-browser"]
        cold = {"GROUNDSWELL_CACHE": str(folder / "cold"), "NUMBA_CACHE_DIR": str(folder / "cold-numba")}
        for theory in STARTS:  # the first has nothing compiled, the package's own kernels included
            if theory == STARTS[0]:
                job["starts"][f"{theory}, cold"] = {"command": [*command, theory], "env": cold}
            job["starts"][f"{theory}, warm"] = {"command": [*command, theory], "env": {}}
        job["pause"] = given.pause
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        time.sleep(given.pause)
        before = os.getloadavg()[0]
        script = ROOT / "web" / "test" / "speed.mjs"
        subprocess.run(["node", str(script), str(folder / "job.json")], check=True)
        found = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    rows = report(found)
    wide = max(len(row[0]) for row in rows)
    print(f"load {before:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} processors")
    for what, measured, goal, reached in rows:
        print(f"{what:{wide}}  {measured:>24}  {goal:<14} {'reached' if reached else 'MISSED'}")
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
