"""Open the gallery of every theory's page in Chromium, with the network off, and compare its bytes with the engines'.

Opened too are a page with a record, one with a map, one of a theory that fails, and a dossier that holds a page.
Node, playwright-core and axe-core are for this check only: they are fetched into a temporary folder. The front end is
built again, too, and compared with the files that are committed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "explorer"))

from page_oracle import Case, described, differences, truth  # noqa: E402

from groundswell.app import export_page, gallery, run  # noqa: E402
from groundswell.engine.page import compile_page  # noqa: E402
from groundswell.engine.worlds import Cap, Intervention, Pulse, Seed, Set  # noqa: E402
from groundswell.errors import TheoryError  # noqa: E402
from groundswell.experiment.setting import setting_of  # noqa: E402
from groundswell.explorer.page import page  # noqa: E402
from groundswell.explorer.server import Explorer, open_server  # noqa: E402
from groundswell.explorer.shelf import Shelf  # noqa: E402
from groundswell.explorer.subject import subject_of  # noqa: E402
from groundswell.theory import Theory  # noqa: E402
from groundswell.theory.registry import theories  # noqa: E402

TOOLS = ("playwright-core@1.56.1", "axe-core@4.11.0")
SHOWN = ("granovetter", "epstein", "deed")
HASH = {"deed": "twin=pulse:act:1:100&step=140", "epstein": "step=40", "granovetter": "step=12&person=3"}
FEW = 20  # steps of a case
FAILS = '''"""A theory that divides by zero once everyone acts."""

from groundswell import Observable, Param, Share, State, Theory
from groundswell.theory import Setting


class Fails(Theory):
    """Join others who act; the share who do not is divided by."""

    setting = Setting(30, {"network": "well_mixed", "people": 200})
    acts = State(bool, initial=Share("start"))
    mood = State(float, initial=0.0)
    start = Param(0.1, "[0, 1]")
    pull = Param(1.0, ">= 0")
    turnout = Observable("people.acts")

    def person(me, seen, people, p, luck):
        me.mood = p.pull / (1.0 - people.acts)
        me.acts = me.acts or luck.chance("join", min(p.pull * seen.share.acts, 1.0))
'''
PLACES = "region,longitude,latitude\n0,36.8,-1.3\n1,39.7,-4.1\n2,34.8,-0.1\n3,35.3,0.5\n"


def cases_of(theory: type[Theory]) -> list[Case]:
    """The theory at its setting, with other luck, and with every kind of intervention that it takes."""
    steps = min(setting_of(theory).steps, FEW)
    changes: list[Intervention] = [Pulse(name, 1.0, 3) for name in theory.shocks]
    early = theory.before_the_start()
    for name, param in theory.params.items():
        if name not in early and theory.supports[name].holds(0.9 * param.default) and param.default:
            changes.append(Set(name, 0.9 * param.default, 2, 6))
            break
    changes += [Cap(name, 1e6, 4) for name in list(theory.societies)[:1]]
    changes += [Seed(name, 0.2, 5) for name, s in theory.states.items() if s.kind is bool][:1]
    fitting = tuple(x for x in changes if getattr(x, "at", getattr(x, "start", 1)) < steps)
    return [Case(steps), Case(steps, seed=7), Case(steps, interventions=fitting)]


def tools(folder: Path) -> str:
    """Install what the browser check needs; the path of Chromium."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        sys.exit("explorer check: Node and npm are not installed (Debian: apt-get install nodejs npm).")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-q", "-y", "chromium"]):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        chromium = shutil.which("chromium") or sys.exit("explorer check: apt-get installed no Chromium.")
    (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    npm = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", *TOOLS]
    subprocess.run(npm, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return chromium


def rebuilt(folder: Path) -> list[str]:
    """What a fresh build of web/ makes otherwise than it is committed."""
    web = folder / "web"
    shutil.copytree(ROOT / "web", web, ignore=shutil.ignore_patterns("node_modules"))
    quiet = {"cwd": web, "check": True, "stdout": subprocess.DEVNULL}
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], **quiet)
    out = folder / "static"
    subprocess.run(["npx", "tsc", "--noEmit"], **quiet)
    subprocess.run(["npx", "vite", "build", "--outDir", str(out), "--logLevel", "error"], **quiet)
    kept = ROOT / "src" / "groundswell" / "explorer" / "static"
    names = {p.name for p in out.iterdir()} | {p.name for p in kept.iterdir()}
    same = [n for n in names if (out / n).is_file() and (kept / n).is_file()]
    wrong = sorted(names - set(same))
    return wrong + sorted(n for n in same if (out / n).read_bytes() != (kept / n).read_bytes())


def main() -> None:
    """Run everything; the last lines say what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, help="a folder in which to keep the pictures taken")
    parser.add_argument("--only", nargs="*", help="theories; by default all")
    given = parser.parse_args()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        chromium = tools(folder)
        wrong += [f"web/ builds another {name}; build it and commit it" for name in rebuilt(folder)]
        known = {n: t for n, t in theories().items() if not given.only or n in {*given.only, *SHOWN}}
        job: dict = {
            "chromium": chromium,
            "theories": {},
            "shown": SHOWN,
            "hash": HASH,
            "out": str(folder / "out.json"),
        }
        pages = gallery(folder / "gallery", known)
        job["gallery"] = str(folder / "gallery" / "index.html")
        truths, inexact, recorded = {}, [], []
        for name, theory in known.items():
            try:
                exact = compile_page(theory).exact
            except TheoryError:  # its page holds recorded histories: it is opened and moved, with nothing to compare
                exact, cases = True, []
                recorded.append(name)
            else:
                cases = cases_of(theory)
            truths[name] = [truth(theory, case) for case in cases]
            if not exact:
                inexact.append(name)
            job["theories"][name] = {
                "page": str(pages[name]),
                "cases": [described(theory, case) for case in cases],
                "moves": theory.form != "flow",
            }
        job["recorded"] = str(pages[recorded[0]]) if recorded else ""
        large = subject_of("deed", people=10_000)
        size = len(page(large.bundle()))
        if size > 1_000_000:
            wrong.append(f"the page of deed at 10,000 people takes {size:,} bytes")
        sis = folder / "large.html"
        sis.write_text(page(subject_of("sis", people=100_000, steps=200).bundle()), encoding="utf-8")
        job["large"] = str(sis)
        (folder / "fails.py").write_text(FAILS, encoding="utf-8")
        (folder / "places.csv").write_text(PLACES, encoding="utf-8")
        weeks = "".join(f"{t},{20 + 3 * t}\n" for t in range(30))
        (folder / "reports.csv").write_text("step,reports\n" + weeks, encoding="utf-8")
        job |= {x: str(folder / f"{x}.html") for x in ("fails", "map", "record")}
        export_page(folder / "fails.py", job["fails"])
        export_page("deed", job["map"], places=folder / "places.csv", steps=40)
        export_page(
            "sis", job["record"], people=500, record=folder / "reports.csv", observe=["prevalence=reports"],
            reporting="counts",
        )  # fmt: skip
        run("threshold", folder / "threshold", play=True)
        job["dossier"] = str(folder / "threshold" / "dossier.html")
        if given.pictures:
            given.pictures.mkdir(parents=True, exist_ok=True)
            job["pictures"] = str(given.pictures.resolve())
        shelf = Shelf({"epstein": known["epstein"]}, Explorer)
        server, address = open_server(shelf)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        job["served"] = f"{address}epstein/"
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        subprocess.run(["node", str(ROOT / "web" / "test" / "browser.mjs"), str(folder / "job.json")], check=True)
        server.shutdown()
        done = json.loads((folder / "out.json").read_text(encoding="utf-8"))
        wrong += done["wrong"]
        equal = 0
        for name, runs in truths.items():
            apart = differences(done["found"][name], runs) if name in done["found"] else ["was not opened"]
            equal += not apart
            if apart and name in inexact:
                print(f"{name}, whose page says that last digits may differ: {apart[0]}")
            else:
                wrong += [f"{name}: {x}" for x in apart]
        print(f"{equal} of {len(truths)} theories: no byte differs; not promised: {', '.join(inexact) or 'none'}")
        print(f"recorded, for no page can run them: {', '.join(recorded) or 'none'}")
        print(f"the page of deed at 10,000 people: {size / 1e6:.2f} MB")
    if wrong:
        sys.exit("explorer check failed:\n" + "\n".join(f"  {one}" for one in wrong))
    print("explorer check passed")


if __name__ == "__main__":
    main()
