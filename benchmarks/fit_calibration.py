"""Whether fits can be believed: calibration, information and gates of `deed` at three lengths and of six theories.

    python benchmarks/fit_calibration.py FOLDER [--only NAME ...] [--draws N] [--records N] [--list]

Each case draws its table at the default budget, learns, and judges the posterior on draws that it has not seen: the
ranks' least p over targets, coverage of 90% intervals over all targets and of the worst, information over the prior.
Then records of fresh draws are fitted one by one: in how many each gate refuses a sound record. The three lengths of
`deed` are one table, cut.

FOLDER keeps tables and results, so that a run that was stopped goes on, and a case that is done is not run again. Each
case runs in a process of its own, whose largest memory is written beside it; CPU seconds are added up over runs. The
table goes to docs/fit_calibration_table.md, by all results in FOLDER.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import kstest

from groundswell.calibrate.asked import FitRequest, kin_of
from groundswell.calibrate.fit import FitSettings, blocks_of, fit_learnt
from groundswell.calibrate.observed import Observed
from groundswell.calibrate.posterior import Kinship, Learnt, learn
from groundswell.calibrate.reference import BLOCK, ReferenceTable, simulate_block
from groundswell.draws import derive_seed
from groundswell.experiment.setting import scaled, setting_of
from groundswell.theory.registry import load_theory
from navco_cloud import KINDS, REPORTING

TABLE = Path(__file__).parents[1] / "docs" / "fit_calibration_table.md"
CHUNK = 8  # blocks between two notes of the CPU seconds spent
DEED = {"reporting": REPORTING, "people": 250, "before": 52, "estimands": ["turnout:act=1:12"]}


@dataclass(frozen=True)
class Case:
    """What is fitted: a theory, series, periods, options of `groundswell.fit`, and how many fresh records.

    `cut` : periods that are kept of a table of `periods`.
    """

    theory: str
    words: str
    observe: tuple[str, ...]
    periods: int
    options: Mapping[str, Any] = field(default_factory=dict)
    records: int = 64
    cut: int | None = None


CASES = {
    "granovetter": Case("granovetter", "rule, all see all", ("turnout",), 50),
    "sis": Case("sis", "rule on a network", ("prevalence",), 200, {"people": 1000}),
    "lang_de_sterck": Case("lang_de_sterck", "flow", ("turnout",), 40, {"before": 0}),
    "predator_prey": Case(
        "predator_prey", "flow, counts of reports", ("protest", "repression"), 60, {"reporting": "counts"}
    ),
    "burbeck": Case("burbeck", "flow", ("activity",), 60, {"before": 0}),
    "siegel_repression": Case("siegel_repression", "process", ("participation", "repression"), 40),
    "deed_260": Case("deed", "rule, counts of reports", tuple(KINDS), 936, DEED, 8, 260),
    "deed_520": Case("deed", "rule, counts of reports", tuple(KINDS), 936, DEED, 8, 520),
    "deed_936": Case("deed", "rule, counts of reports", tuple(KINDS), 936, DEED, 8),
}  # fmt: skip


def kin_of_case(case: Case) -> Kinship:
    """What is drawn for a case."""
    theory = load_theory(case.theory)
    asked = FitRequest.of(None, dict(case.options))
    population: Mapping[str, Any] = {"network": "well_mixed", "people": 1}
    if theory.peopled:
        population = dict(scaled(theory, people=asked.people).population)
    return kin_of(theory, _empty(case.observe, case.periods), population, asked)


def _empty(names: tuple[str, ...], periods: int) -> Observed:
    return Observed(
        {n: np.zeros(periods) for n in names}, np.ones(periods, dtype=np.bool_), None, tuple(range(periods))
    )


def drawn(kin: Kinship, blocks: int, folder: Path) -> tuple[ReferenceTable, float]:
    """The table of a case with so many blocks, and the CPU seconds that it took over all runs."""
    table = ReferenceTable(kin.draws, folder / "tables")
    assert table.folder is not None
    note = table.folder / "cpu.json"
    spent = json.loads(note.read_text()) if note.exists() else 0.0
    for last in range(CHUNK, blocks + CHUNK, CHUNK):
        begun = time.process_time()
        table.extend(min(last, blocks))
        spent += time.process_time() - begun
        note.write_text(json.dumps(spent))
    return table, spent


def fresh_records(kin: Kinship, first: int, count: int) -> list[Observed]:
    """Records of draws beyond the table, one of each draw, with six figures, as a file would have them."""
    found: list[Observed] = []
    number = first
    while len(found) < count:
        block = simulate_block(replace(kin.draws, estimands=()), number)
        seed = derive_seed(kin.draws.seed, "fresh", number)
        each = [kin.reports(block.values, seed, c)[0] for c in range(kin.reported)]
        for w in np.flatnonzero(~block.failed)[: count - len(found)]:
            series = {
                name: np.array([float(f"{v:.6g}") for v in x[w]]) for name, x in each[int(w) % kin.reported].items()
            }
            found.append(Observed(series, kin.watched, None, tuple(range(kin.periods)), source=f"draw {w}"))
        number += 1
    return found


def judged(learnt: Learnt) -> dict[str, Any]:
    """What held-out draws say of a posterior."""
    ranks, names = learnt.ranks, learnt.names
    inside = np.abs(ranks - 0.5) <= 0.45
    worst = int(np.abs(inside.mean(axis=0) - 0.9).argmax())
    p = min(1.0, min(kstest(r, "uniform").pvalue for r in ranks.T) * len(names))
    return {
        "held_out": len(ranks),
        "targets": len(names),
        "ranks_p": float(p),
        "coverage": float(inside.mean()),
        "coverage_se": float(inside.mean(axis=1).std(ddof=1) / np.sqrt(len(ranks))),
        "worst": names[worst],
        "worst_coverage": float(inside.mean(axis=0)[worst]),
        "nats": float(learnt.full.mean(axis=0).sum()),
        "nats_half": float(learnt.half.mean(axis=0).sum()),
        "information": {n: float(x) for n, x in zip(names, learnt.full.mean(axis=0), strict=True)},
        "half": {n: float(x) for n, x in zip(names, learnt.half.mean(axis=0), strict=True)},
    }


def run(name: str, folder: Path, draws: int | None, count: int | None) -> None:
    """One case, to FOLDER/NAME.json."""
    case = CASES[name]
    kin = kin_of_case(case)
    blocks = blocks_of(kin, draws)
    table, drawing = drawn(kin, blocks, folder)
    if case.cut is not None:
        kin = replace(kin, watched=kin.watched[: case.cut])
    begun = time.process_time()
    learnt = learn(table, kin, blocks)
    learning = time.process_time() - begun
    own = {"case": name, "draws": blocks * BLOCK, "periods": kin.periods, "drawing_s": drawing, "learning_s": learning}
    own |= judged(learnt)
    refused: dict[str, int] = {}
    any_refused, begun = 0, time.process_time()
    records = fresh_records(kin, blocks, count or case.records)
    for observed in records:
        found = fit_learnt(learnt, observed, FitSettings.of(None, {}))
        for gate in found.checks:
            refused[gate.name] = refused.get(gate.name, 0) + (not gate.passed)
        any_refused += not found.passed
    own |= {
        "records": len(records),
        "record_s": (time.process_time() - begun) / len(records),
        "refused": refused,
        "any_refused": any_refused,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    (folder / f"{name}.json").write_text(json.dumps(own, indent=1) + "\n")
    print(json.dumps({k: v for k, v in own.items() if k not in ("information", "half")}), flush=True)


def write_table(folder: Path) -> None:
    """docs/fit_calibration_table.md, of all results in the folder."""
    lines = [
        "| theory | record | draws | ranks: least p | coverage of 90% (worst target) | information, nats "
        "| sound records refused | drawing, learning, s | memory, MB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, case in CASES.items():
        path = folder / f"{name}.json"
        if not path.exists():
            continue
        own = json.loads(path.read_text())
        theory = load_theory(case.theory)
        people = case.options.get("people") or setting_of(theory).population.get("people") if theory.peopled else None
        form = case.words + (f", {people:,} people" if people else "")
        gates = ", ".join(f"{gate} {count}" for gate, count in own["refused"].items() if count)
        lines.append(
            f"| `{case.theory}` ({form}) | {', '.join(f'`{o}`' for o in case.observe)} over {own['periods']} "
            f"| {own['draws']:,} | {own['ranks_p']:.2g} over {own['targets']} targets "
            f"| {own['coverage']:.1%} ({own['worst_coverage']:.1%}, `{own['worst']}`) | {own['nats']:.2f} "
            f"| {own['any_refused']} of {own['records']}{f' ({gates})' if gates else ''} "
            f"| {own['drawing_s']:.0f}, {own['learning_s']:.0f} | {own['memory_mb']:.0f} |"
        )
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _done(name: str, folder: Path, draws: int | None) -> bool:
    path = folder / f"{name}.json"
    blocks = blocks_of(kin_of_case(CASES[name]), draws)
    return path.exists() and json.loads(path.read_text())["draws"] >= blocks * BLOCK


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="+", choices=CASES, help="these cases")
    parser.add_argument("--draws", type=int, help="draws in place of the default budget")
    parser.add_argument("--records", type=int, help="fresh records in place of the case's own number")
    parser.add_argument("--list", action="store_true", help="print the cases and end")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.list:
        print("\n".join(f"{name}: {c.theory} over {c.cut or c.periods}" for name, c in CASES.items()))
        return
    asked.folder.mkdir(parents=True, exist_ok=True)
    for name in asked.only or CASES:
        if _done(name, asked.folder, asked.draws):
            continue
        if asked.here:
            run(name, asked.folder, asked.draws, asked.records)
            continue
        more = ["--draws", str(asked.draws)] if asked.draws else []
        more += ["--records", str(asked.records)] if asked.records else []
        subprocess.run([sys.executable, __file__, str(asked.folder), "--only", name, "--here", *more], check=True)
    if not asked.here:
        write_table(asked.folder)


if __name__ == "__main__":
    main()
