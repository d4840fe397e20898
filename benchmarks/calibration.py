"""How far each estimator of the house can be trusted: false positives, power, recovery, coverage, calibration.

    python benchmarks/calibration.py [--repeats 100] [--only NAME ...] [--processes 2] [--seed 1]
                                     [--json FILE] [--out FILE] [--list]

Every estimator is tried on simulated records whose truth is known: worlds without contagion that look contagious to a
careless eye, and worlds with an effect of known size. The table is a function of the seed and the repeats, not of the
number of processes. It ends with 1 where a row finds more than the 99% point of a nominal 5% (31 of 400), all rows of
an estimator together more than 6%, intervals hold the truth too seldom, or a posterior fails the same check which is
shown to catch broken ones. With `--json FILE` a run resumes: estimators that the file has already, for the same repeats
and seed, are not run again.
"""

# ruff: noqa: E402 (threads are set before NumPy is imported: each worker has one core)
from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import calibration_faults  # noqa: F401 (registers its rows)
from calibration_estimators import ESTIMATORS, Row
from trials import (
    MOST_FALSE,
    Assessment,
    Repeat,
    calibration,
    false_positive_rate,
    interval_coverage,
    power,
    recovery,
    run_all,
    wilson,
)

REPEATS = 100
_FEWEST = 8  # repeats of any row


def ask(question: str, results: Sequence[Repeat]) -> Assessment:
    """One question of the results of a row."""
    name, _, which = question.partition(":")
    if name == "false positives":
        return false_positive_rate(results, which=which or None)
    if name == "verdicts":
        return false_positive_rate(results, verdicts=True)
    if name == "power":
        return power(results, which=which or None)
    return {"recovery": recovery, "coverage": interval_coverage, "calibration": calibration}[name](results)


def measure(name: str, repeats: int, seed: int, processes: int) -> dict[str, object]:
    """All rows of one estimator."""
    try:
        rows: list[Row] = list(ESTIMATORS[name]())
        trials = {r.trial.name: (r.trial, max(_FEWEST, round(repeats * r.weight))) for r in rows}
        found = run_all(trials, seed=seed, processes=processes)
    except ImportError as error:
        return {"estimator": name, "missing": str(error), "rows": []}
    words = []
    for row in rows:
        results = found[row.trial.name]
        for question in row.questions:
            words.append(
                {"setting": row.setting, "asked": question, "judged": row.judged} | ask(question, results).to_dict()
            )
    return {"estimator": name, "rows": words, "pooled": pooled(words)}


def pooled(rows: Sequence[dict[str, object]]) -> dict[str, object] | None:
    """False positives of an estimator over all worlds that it is judged by."""
    judged = [r for r in rows if r["asked"] == "false positives" and r["judged"] and r["n"]]
    n = sum(int(r["n"]) for r in judged)  # type: ignore[call-overload]
    if not n:
        return None
    hits = sum(round(float(r["value"]) * int(r["n"])) for r in judged)  # type: ignore[arg-type, call-overload]
    low, high = wilson(hits, n)
    return {
        "value": hits / n,
        "low": low,
        "high": high,
        "n": n,
        "worlds": len(judged),
        "passed": hits / n <= MOST_FALSE,
    }


def wrong(table: Sequence[dict[str, object]]) -> list[str]:
    """Rows that an estimator is to blame for."""
    found = []
    for entry in table:
        total = entry.get("pooled")
        if isinstance(total, dict) and not total["passed"]:
            found.append(f"{entry['estimator']}: {total['value']:.1%} false positives over {total['worlds']} worlds")
        for row in entry["rows"]:  # type: ignore[attr-defined]
            if row["judged"] and not row["passed"]:
                found.append(f"{entry['estimator']}, {row['setting']}: {row['asked']} {_number(row)}")
    return found


# --- as Markdown ------------------------------------------------------------------------------------------------------


def _number(row: dict[str, object]) -> str:
    values = [row[k] for k in ("value", "low", "high")]
    if any(v is None for v in values):
        return "none"
    value, low, high = (float(v) for v in values)  # type: ignore[arg-type]
    if row["asked"] in ("recovery", "calibration"):
        return f"{value:+.3f} ({low:+.3f} to {high:+.3f})" if row["asked"] == "recovery" else f"{value:.3f}"
    return f"{value:.1%} ({low:.1%} to {high:.1%})"


def _expected(row: dict[str, object]) -> str:
    asked = str(row["asked"])
    if asked.startswith("false") or asked == "verdicts":
        return "at most 5%"
    if asked == "coverage":
        return "95%"
    return {"recovery": "0", "calibration": "0.5, uniform"}.get(asked, "")


def _remark(row: dict[str, object]) -> str:
    details = row["details"]
    assert isinstance(details, dict)
    asked = row["asked"]
    if asked == "recovery" and "rmse" in details:
        return f"rmse {details['rmse']:.3f}"
    if asked == "coverage" and "width" in details:
        return f"truth above {details['truth_above_interval']:.1%}, below {details['truth_below_interval']:.1%}"
    if asked == "calibration" and "p" in details:
        caught = [w for w, k in (("too narrow", "too_narrow_caught"), ("shifted", "shift_caught")) if details[k]]
        return f"p = {details['p']:.2g}; broken ones caught: {', '.join(caught) or 'none'}"
    if str(asked).startswith("false") and details.get("checks_failed"):
        return f"checks fail in {details['checks_failed']:.0%}"
    return ""


def markdown(table: Sequence[dict[str, object]], repeats: int, seed: int) -> str:
    """The tables, to be included in the documentation."""
    command = f"python benchmarks/calibration.py --repeats {repeats} --seed {seed}"
    lines = [
        f"Produced by `{command}`. Intervals are Wilson's at 95%. A row fails where 5% false positives, or 95% "
        "coverage, would give its count in fewer than 1 (coverage: 0.1) of 100 tables; all worlds together, above 6%.",
        "",
        "| Estimator | False positives, all worlds | Worlds | Records | |",
        "|---|---|---|---|---|",
    ]
    for entry in table:
        total = entry.get("pooled")
        if entry.get("missing"):
            lines.append(f"| {entry['estimator']} | not in the tree | | | |")
        elif isinstance(total, dict):
            share = f"{total['value']:.1%} ({total['low']:.1%} to {total['high']:.1%})"
            verdict = "" if total["passed"] else "**too many**"
            lines.append(f"| {entry['estimator']} | {share} | {total['worlds']} | {total['n']:,} | {verdict} |")
    for entry in table:
        rows = entry["rows"]
        if not rows:
            continue
        lines += ["", f"### {str(entry['estimator']).capitalize()}", ""]
        lines += ["| Made records | Asked | Found | Should be | N | |", "|---|---|---|---|---|---|"]
        for row in rows:  # type: ignore[attr-defined]
            remarks = [_remark(row)]
            if row["refused"]:
                remarks.append(f"{row['refused']} refused")
            if not row["judged"]:
                remarks.append("nobody could know")
            elif not row["passed"]:
                remarks.append("**fails**")
            words = "; ".join(r for r in remarks if r)
            lines.append(
                f"| {row['setting']} | {row['asked']} | {_number(row)} | {_expected(row)} | {row['n']} | {words} |"
            )
    return "\n".join(lines) + "\n"


def write(table: Sequence[dict[str, object]], given: argparse.Namespace) -> None:
    """The files asked for."""
    words = {"repeats": given.repeats, "seed": given.seed, "estimators": table}
    texts = {
        given.out: markdown(table, given.repeats, given.seed),
        given.json: json.dumps(words, indent=1, allow_nan=False) + "\n",
    }
    for path, text in texts.items():
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def held(given: argparse.Namespace) -> dict[str, dict[str, object]]:
    """The estimators that the JSON file has already, for the same repeats and seed, by name."""
    if given.fresh or given.json is None or not given.json.exists():
        return {}
    words = json.loads(given.json.read_text(encoding="utf-8"))
    if (words["repeats"], words["seed"]) != (given.repeats, given.seed):
        return {}
    return {entry["estimator"]: entry for entry in words["estimators"] if not entry.get("missing")}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the table; 1 where an estimator is to blame for a row."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--repeats", type=int, default=REPEATS, help=f"records of a row of weight 1 (default {REPEATS})"
    )
    parser.add_argument("--only", action="append", default=[], help="estimators whose name holds this; may be repeated")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--out", type=Path, help="Markdown file")
    parser.add_argument("--fresh", action="store_true", help="measure again what the JSON file has")
    parser.add_argument("--list", action="store_true", help="name the estimators, and do nothing")
    given = parser.parse_args(arguments)
    names = [n for n in ESTIMATORS if not given.only or any(o in n for o in given.only)]
    if given.list or not names:
        print("\n".join(ESTIMATORS))
        return 0 if names else 2
    kept = held(given)
    table = []
    for name in names:
        if name in kept:
            table.append(kept[name])
            print(f"{name}: as measured before", file=sys.stderr, flush=True)
            continue
        begin = time.perf_counter()
        table.append(measure(name, given.repeats, given.seed, given.processes))
        print(f"{name}: {time.perf_counter() - begin:.0f} s", file=sys.stderr, flush=True)
        left = [kept[n] for n in names[names.index(name) + 1 :] if n in kept]
        write([*table, *left], given)  # after each estimator: what was measured is not lost with what comes after it
    text = markdown(table, given.repeats, given.seed)
    print(text)
    blame = wrong(table)
    for line in blame:
        print(f"FAILS: {line}", file=sys.stderr)
    return 1 if blame else 0


if __name__ == "__main__":
    sys.exit(main())
