"""A frozen plan: what a study will ask of each record, and what would decide it, hashed before the record is read.

The `stated` part follows from the study, its registers and its theory alone, so a run can compare it without
simulating; `reach` is simulated. The hash covers both and all amendments. An amendment names what changed, and why.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundswell.calibrate.reference import Progress
from groundswell.claims.asked import asked_of
from groundswell.claims.claim import RecordTest
from groundswell.claims.fitted import FittedTest, judge_fits
from groundswell.claims.judge import missing_record, reach_of
from groundswell.claims.ruling import REACH, WEIGHT
from groundswell.claims.runs import simulate_runs
from groundswell.claims.verdicts import ERROR
from groundswell.claims.weighing import FITS, SURE
from groundswell.errors import StudyError
from groundswell.experiment.study import Study, theory_sha256

FORMAT = 1
SUFFIX = ".plan.json"


def stated(study: Study) -> dict[str, Any]:
    """What a study will compute, and with which thresholds, without simulating anything."""
    tests, records = [], {}
    for asked in asked_of(study):
        for claim in asked.claims.values():
            rows = [_test(test) | {"not at hand": missing_record(test, study)} for test in claim.tests]
            held = [test for test, row in zip(claim.tests, rows, strict=True) if not row["not at hand"]]
            named = {name for test in held for name in (*test.record.split(" + "), *test.data)} - records.keys()
            records |= {name: asked.register.sha256_of(name) for name in sorted(named)}
            tests.append(
                {"claim": claim.id, "text": claim.text, "account": claim.account, "estimand": claim.estimand,
                 "conjunction": claim.conjunction, "untested": claim.untested, "tests": rows}
            )  # fmt: skip
    return {
        "study": {"name": study.name, "title": study.title, "seed": study.seed,
                  "sha256": hashlib.sha256(study.text.encode()).hexdigest()},
        "theory": {"name": study.theory.name, "sha256": theory_sha256(study.theory)},
        "draws": study.adjudication.draws,
        "thresholds": {
            "weight that supports": WEIGHT, "weight that contradicts": 1 / WEIGHT,
            "standard errors by which it must clear them": SURE, "least share that could be decided": REACH,
            "p below which a scenario does not fit": FITS, "expected share of wrong verdicts": ERROR,
        },
        "records": records,
        "claims": tests,
    }  # fmt: skip


def _test(test: RecordTest | FittedTest) -> dict[str, Any]:
    row: dict[str, Any] = {
        "record": test.record, "title": test.title, "estimator": test.estimator, "says": test.says,
        "margin": test.margin,
    }  # fmt: skip
    if isinstance(test, FittedTest):
        return row | {"effect": test.effect, "draws": test.settings.draws, "method": str(test.settings.method)}
    return row | {"asserting": [s.name for s in test.asserting], "denying": [s.name for s in test.denying]}


def make_plan(
    study: Study, before: Mapping[str, Any] | None = None, because: str = "", *, threads: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The plan of a study, with what each record could decide.

    Parameters
    ----------
    before : the plan that it amends.
    because : the reason; required if the `stated` part has changed.

    Raises
    ------
    StudyError : a change without a reason.
    """
    now = stated(study)
    amendments = list((before or {}).get("amendments", ()))
    if before is not None:
        changed = differing(before["stated"], now)
        if not changed:
            return dict(before)
        if not because.strip():
            raise StudyError(
                f"the plan of {study.name} has changed in {', '.join(changed)}",
                expected="a reason, which the amendment will state",
                instead='--because "..."',
            )
        amendments.append({"of": before["sha256"], "because": because.strip(), "changed": changed})
    reach = []
    learnt: dict[Any, Any] = {}
    for asked in asked_of(study):
        runs = simulate_runs(asked, study, threads=threads, progress=progress)
        for claim in asked.claims.values():
            for test in claim.tests:
                if missing_record(test, study):
                    continue
                if isinstance(test, FittedTest):
                    found = judge_fits(test, study, WEIGHT, SURE, memo=learnt, threads=threads, progress=progress).reach
                else:
                    found = reach_of(claim, test, runs, study)
                reach.append({"claim": claim.id, "record": test.record, "title": test.title, **found})
    content = {"format": FORMAT, "stated": now, "reach": reach, "amendments": amendments}
    return content | {"sha256": digest(content)}


def digest(plan: Mapping[str, Any]) -> str:
    """SHA-256 of a plan, excluding the hash itself."""
    content = {key: value for key, value in plan.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def differing(one: Any, other: Any, place: str = "") -> list[str]:
    """The places in which two plans differ."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        keys = dict.fromkeys([*one, *other])
        return [d for k in keys for d in differing(one.get(k), other.get(k), f"{place}.{k}" if place else str(k))]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [d for i, (a, b) in enumerate(zip(one, other, strict=True)) for d in differing(a, b, f"{place}[{i}]")]
    return [] if one == other else [place]


def read_plan(path: Path) -> dict[str, Any]:
    """A plan from its file.

    Raises
    ------
    StudyError : it cannot be read, is not a plan, or was edited: its hash does not match its content.
    """
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
        whole = plan["format"] == FORMAT and {"stated", "reach", "amendments"} <= plan.keys()
        sha256 = plan["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StudyError(f"{path} is no plan ({error})", expected="a file that `groundswell plan` wrote") from error
    if not whole or digest(plan) != sha256:
        raise StudyError(
            f"the plan {path} was edited: its hash is not that of its content",
            expected="the file as `groundswell plan` wrote it",
            instead="restore it, or remove it and make a new plan",
        )
    return plan


def check_plan(study: Study, plan: Mapping[str, Any], path: Path) -> None:
    """Refuse a study that differs from its plan.

    Raises
    ------
    StudyError : the message lists the differences.
    """
    changed = differing(plan["stated"], json.loads(json.dumps(stated(study))))
    if changed:
        raise StudyError(
            f"the plan {path} no longer fits the study {study.name}: {', '.join(changed[:5])} differ",
            expected="a study as it was planned, or an amendment of the plan",
            why="a plan must be made before its study is run",
            instead='groundswell plan STUDY --because "why"',
        )


def preregistration(plan: Mapping[str, Any]) -> str:
    """The plan under the headings of an OSF preregistration, in Markdown."""
    of, limits = plan["stated"], plan["stated"]["thresholds"]
    reach = {(r["claim"], r["title"]): r for r in plan["reach"]}
    hypotheses, sources, models = [], [], []
    for claim in of["claims"]:
        name = claim["claim"]
        hypotheses.append(f"- **{name}** ({claim['account']}): {claim['text']} Estimand: {claim['estimand']}.")
        for test in claim["tests"]:
            away = test["not at hand"]
            sources.append(f"- {name}: {test['record']}" + (f" ({away})" if away else ""))
            models.append(f"- {name}, {test['title']}: {_model(test, reach.get((name, test['title'])))}")
    criteria = [f"- {name}: {value:.3g}" for name, value in limits.items()]
    changes = [
        f"- after {a['of'][:12]}: {a['because']} (changed: {', '.join(a['changed'])})" for a in plan["amendments"]
    ]
    about = (f"Theory {of['theory']['name']}, SHA-256 {of['theory']['sha256']}.", f"Plan {plan['sha256']}.")
    design = f"{of['draws']} simulated records of each account and scenario, seed {of['study']['seed']}."
    held = [f"- {name}: SHA-256 {sha256 or 'not known'}" for name, sha256 in of["records"].items()]
    parts = (
        ("Study Information", ()),
        ("Title", (of["study"]["title"],)),
        ("Description", about),
        ("Hypotheses", hypotheses),
        ("Design Plan", ()),
        ("Study type", ("Observational: records that exist are compared with simulated ones.",)),
        (
            "Blinding",
            (
                "No blinding. The reach of each test is simulated, and no estimate of a record goes into the plan; a "
                "hash cannot show that nobody looked at the records before.",
            ),
        ),
        ("Study design", (design,)),
        ("Randomization", ("None by this study.",)),
        ("Sampling Plan", ()),
        ("Existing data", ("The records exist before the plan.",)),
        ("Explanation of existing data", held or ("No record is at hand.",)),
        ("Data collection procedures", sources),
        ("Sample size", ("That of the records.",)),
        ("Sample size rationale", ("What records of this size could decide is stated with each test.",)),
        ("Stopping rule", ("None: each record is asked once.",)),
        ("Variables", ()),
        ("Manipulated variables", ("None in the records; in simulated records, the arms of each scenario.",)),
        ("Measured variables", ("The series that each estimator names.",)),
        ("Analysis Plan", ()),
        ("Statistical models", models),
        ("Inference criteria", criteria),
        ("Data exclusion", ("Periods that were not watched; rows that the codebook rejects are counted.",)),
        ("Exploratory analysis", ("What is not listed here is exploratory, and gives no verdict of this plan.",)),
        ("Missing data", ("Unwatched periods are missing in simulated records as in real ones.",)),
        ("Other", changes or ("No amendments.",)),
    )
    big = {"Study Information", "Design Plan", "Sampling Plan", "Variables", "Analysis Plan", "Other"}
    text = ""
    for name, lines in parts:
        text += f"{'#' if name in big else '##'} {name}\n\n" + ("\n".join(lines) + "\n\n" if lines else "")
    return text


def _model(test: Mapping[str, Any], could: Mapping[str, Any] | None) -> str:
    """One test in words."""
    if "asserting" in test:
        yes, no = "; ".join(test["asserting"]), "; ".join(test["denying"])
        rivals = f"Scenarios in which the claim holds: {yes}. In which it does not: {no}."
    else:
        rivals = f"Fits of every account, of neither and of the tide; the effect is {test['effect']}."
    if could is not None:
        rivals += (
            f" Reach: {could['supported']:.0%} of simulated records would support a true claim, "
            f"{could['contradicted']:.0%} would contradict a false one."
        )
    return f"{test['estimator']}; {test['says']}. {rivals}"


__all__ = ["SUFFIX", "check_plan", "differing", "digest", "make_plan", "preregistration", "read_plan", "stated"]
