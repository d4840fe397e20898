"""How often verdicts are wrong, over whole sets of simulated records: one record for every test, all of one world.

    python benchmarks/verdict_errors.py OUT [--json FILE] [--threshold 3]

OUT is the folder of a finished run (`groundswell run deed`), whose tables hold every simulated estimate. A set is one
draw of one account in one kind of world: each test's estimate of that draw is judged as if it were the record's, with
that draw left out of the densities, claims are combined and adjusted for their number as in a run, and each verdict is
compared with the side that the record was made on. The worlds are

    account   the account's own world: a claim that it makes is true, one that it denies is false
    denied    every claim is false: no effect, shuffled dates, a hidden cause
    tide      acts follow the tide of protest, wherever a test has such a scenario; elsewhere the account's own world

A test on a panel has 200 simulated records, others `[adjudication] draws`; sets beyond these lack them. Finished sets
are kept in FILE, so that a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from groundswell.claims.ruling import WEIGHT
from groundswell.claims.verdicts import ERROR
from groundswell.claims.weighing import Sample, Scales

WORLDS = ("account", "denied", "tide")


def tests_of(verdicts: dict[str, Any], table: pl.DataFrame) -> list[dict[str, Any]]:
    """Every test that was weighed: its densities, and the estimates by (scenario, account, draw)."""
    found = []
    for verdict in verdicts["verdicts"]:
        for test in verdict["tests"]:
            scenarios = (test.get("power") or {}).get("scenarios") or []
            if not scenarios:
                continue
            own = table.filter((pl.col("claim") == verdict["claim"]) & (pl.col("record") == test["record"]))
            by_p = own["value"].null_count() == own.height
            samples, place = [], {}
            for k, scenario in enumerate(scenarios):
                rows = own.filter(pl.col("scenario") == scenario["name"])
                values = []
                for row in rows.iter_rows(named=True):
                    v = row["p"] if by_p else row["value"]
                    if v is None or not math.isfinite(v):
                        continue
                    place[scenario["name"], row["account"], row["draw"]] = (k, len(values), float(v), row["outcome"])
                    values.append(float(v))
                samples.append(Sample(scenario["name"], scenario["side"] == "asserting", np.array(values), rows.height))
            found.append(
                {"claim": verdict["claim"], "scales": Scales(samples), "place": place,
                 "sides": {s["name"]: s["side"] == "asserting" for s in scenarios}}
            )  # fmt: skip
    return found


def judged(test: dict[str, Any], at: tuple[str, str, int], threshold: float) -> tuple[str, float] | None:
    """The word and the weight of one simulated record."""
    if at not in test["place"]:
        return None
    k, i, v, outcome = test["place"][at]
    weighed = test["scales"].weigh(v, (k, i))
    if not weighed.fitting:
        return "model misfits", weighed.weight
    if outcome == "supports" and weighed.above(threshold):
        return "supported", weighed.weight
    if outcome != "supports" and weighed.below(1 / threshold):
        return "contradicted", weighed.weight
    return "balanced", weighed.weight


def _scenarios(test: dict[str, Any], world: str) -> list[tuple[str, bool]]:
    """The scenarios of a test that a world may be, the first of which the account has being the one."""
    sides = list(test["sides"].items())
    tide = [(name, side) for name, side in sides if "follow" in name or "tide" in name]
    own = [(name, side) for name, side in sides if (name, side) not in tide]
    if world == "tide":
        return [*tide, *own]
    return own if world == "account" else [(name, side) for name, side in own if not side]


def one_set(tests: list[dict[str, Any]], world: str, account: str, draw: int, threshold: float) -> dict[str, Any]:
    """The verdicts of one set, adjusted for their number, with what is true."""
    claims: dict[str, list[tuple[str, float, bool]]] = defaultdict(list)
    for test in tests:
        for name, side in _scenarios(test, world):
            got = judged(test, (name, account, draw), threshold)
            if got is not None:
                claims[test["claim"]].append((*got, side))
                break
    decided, judged_claims = [], 0
    for rows in claims.values():
        judged_claims += 1
        words = {word for word, _, _ in rows if word in ("supported", "contradicted")}
        if len(words) != 1:
            continue
        word = words.pop()
        sure = max(w if word == "supported" else 1 / max(w, 1e-12) for x, w, _ in rows if x == word)
        truth = next(side for x, _, side in rows if x == word)
        decided.append((1 / (1 + sure), (word == "supported") != truth))
    decided.sort()
    kept, total = 0, 0.0
    for n, (error, _) in enumerate(decided, start=1):
        total += error
        if total / n <= ERROR:
            kept = n
    wrong = sum(bad for _, bad in decided[:kept])
    return {"world": world, "account": account, "draw": draw, "claims": judged_claims, "decided": kept, "wrong": wrong,
            "decided alone": len(decided), "wrong alone": sum(bad for _, bad in decided)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("out", type=Path)
    parser.add_argument("--json", type=Path, default=Path("verdict_errors.jsonl"))
    parser.add_argument("--threshold", type=float, default=WEIGHT)
    asked = parser.parse_args()
    verdicts = json.loads((asked.out / "verdicts.json").read_text())
    tests = tests_of(verdicts, pl.read_parquet(asked.out / "tables" / "simulated_estimates.parquet"))
    keys = sorted({(account, draw) for test in tests for _, account, draw in test["place"]})
    lines = asked.json.read_text().splitlines() if asked.json.exists() else []
    rows = [json.loads(line) for line in lines]
    done = {(r["world"], r["account"], r["draw"]) for r in rows}
    with asked.json.open("a") as file:
        for world in WORLDS:
            for account, draw in keys:
                if (world, account, draw) in done:
                    continue
                row = one_set(tests, world, account, draw, asked.threshold)
                rows.append(row)
                file.write(json.dumps(row) + "\n")
                file.flush()
    for world in WORLDS:
        for account in sorted({r["account"] for r in rows}):
            own = [r for r in rows if (r["world"], r["account"]) == (world, account) and r["claims"]]
            if not own:
                continue
            decided, wrong = (sum(r[k] for r in own) for k in ("decided", "wrong"))
            alone, wrong_alone = (sum(r[k] for r in own) for k in ("decided alone", "wrong alone"))
            share = np.mean([r["decided"] - r["wrong"] >= 8 for r in own])
            print(
                f"{world:8} {account:14} {len(own):4} sets: {decided / len(own):.1f} of "
                f"{np.mean([r['claims'] for r in own]):.1f} claims decided, {wrong / max(decided, 1):.1%} wrongly "
                f"(alone {alone / len(own):.1f}, {wrong_alone / max(alone, 1):.1%}); 8 rightly in {share:.0%} of sets"
            )


if __name__ == "__main__":
    main()
