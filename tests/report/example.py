"""An example of what the adjudicator hands over: every verdict, missing values, long texts and markup in texts.

All numbers are invented; the title says so, so that no picture of it can be taken for a finding.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from groundswell.report.contents import VERDICTS

MARKUP = "<script>alert('x')</script> & <b>bold</b> \"quoted\""
NAVCO = (
    "Chenoweth, E., Pinckney, J. and Lewis, O. (2018). Days of rage: Introducing the NAVCO 3.0 dataset. "
    "Journal of Peace Research 55(4), 524-534. https://doi.org/10.1177/0022343318759411"
)
MASS = "Clark, D. and Regan, P. (2016). Mass Mobilization Protest Data. Harvard Dataverse. doi:10.7910/DVN/HTTWYL."
LEIPZIG = (
    "Lohmann, S. (1994). The Dynamics of Informational Cascades: The Monday Demonstrations in Leipzig, East Germany, "
    "1989-91. World Politics 47(1), 42-101."
)
JONES = (
    "Jones, B. F. and Olken, B. A. (2009). Hit or Miss? The Effect of Assassinations on Institutions and War. "
    "American Economic Journal: Macroeconomics 1(2), 55-87."
)

CLAIMS = {
    "S1": ("substitution", "Acts grow from desperation: high grievance where no sustained movement gives an outlet."),
    "S2": (
        "substitution",
        "An act triggers repression, also on those who took no part, and repression breeds the next act; this is the "
        "longest text of the register, there to see that a long claim wraps as it should in every place that shows it.",
    ),
    "S3": ("substitution", "The many become spectators."),
    "S4": ("substitution", "Excitement comes first, then disillusion below the starting level."),
    "S5": ("substitution", "The fallen official is replaced; the structure stays."),
    "S6": ("substitution", "Banning speech and association hinders organising."),
    "S7": ("substitution", "Mass strikes and protest are what wins concessions."),
    "S8": ("substitution", "Organisation accrues over struggles and outlives ebbs; without it turnout decays."),
    "S9": ("substitution", "Students start, workers' leverage decides."),
    "S10": ("substitution", "Outsiders far from those whom they address persuade nobody."),
    "S11": ("substitution", "Many languages, regions and long distances slow the spread."),
    "S12": ("substitution", "Violence of opposed camps feeds on itself."),
    "S13": ("substitution", "Approval of violence is graded by age and desperation; most see it as a problem."),
    "S14": ("substitution", "One-day turnout of millions without leadership does not last."),
    "C1": ("catalysis", "Grievance is wide but private: each thinks the others content."),
    "C2": ("catalysis", "Networks amplify the spectacle at once and globally."),
    "C3": ("catalysis", "The act breaks the look of invincibility and raises hope."),
    "C4": ("catalysis", "It mobilises only where act and audience are aligned."),
    "C5": ("catalysis", "An actor from within the privileged class shifts how the act is read."),
    "C6": ("catalysis", "Hero worship breeds delegation and apathy."),
    "C7": ("catalysis", "Acts open conversations from which collective strategy grows."),
    "C8": ("catalysis", "Decentralised self-organisation outlasts vanguards, which copy hierarchy."),
    "C9": ("catalysis", "Hope mobilises, or it delegates: which of the two is open."),
    "X1": ("both", "One process or two: the line between individual and collective action is superficial."),
    "X2": ("both", "Struggle comes in waves: movement, ebb and return."),
}
VERDICT = {
    **dict.fromkeys(("S8", "X2", "C1"), "supported"),
    **dict.fromkeys(("S5", "C2"), "contradicted"),
    **dict.fromkeys(("S2", "S3", "S4", "S7", "S12", "S14", "C3", "C4", "C7", "X1"), "balanced"),
}
RIVAL = {"substitution": "catalysis", "catalysis": "substitution", "both": "substitution"}


def _curve(draw: np.random.Generator, title: str) -> dict[str, Any]:
    weeks = list(range(-4, 53))
    series = []
    for name, sign in (("substitution", -1.0), ("catalysis", 1.0), ("catalysis, hope closed", 0.2)):
        y = [0.0 if week < 0 else sign * 0.03 * math.exp(-week / 18) * (1 - math.exp(-week / 2)) for week in weeks]
        wide = [0.002 if week < 0 else 0.012 for week in weeks]
        noise = draw.normal(0, 0.0005, len(weeks))
        series.append(
            {
                "name": name,
                "x": weeks,
                "y": [v + float(e) for v, e in zip(y, noise, strict=True)],
                "low": None if "closed" in name else [v - w for v, w in zip(y, wide, strict=True)],
                "high": None if "closed" in name else [v + w for v, w in zip(y, wide, strict=True)],
            }
        )
    series[0]["y"][30] = None
    series[1]["y"][31] = math.nan
    return {"title": title, "x": "weeks since the act", "y": "effect on turnout, share of people", "series": series}


def _test(draw: np.random.Generator, verdict: str, account: str, *, record: str, citation: str) -> dict[str, Any]:
    asserting = "catalysis" if account == "catalysis" else "substitution"
    apart = verdict in ("supported", "contradicted")
    centre = {"substitution": -0.4, "catalysis": 0.4} if apart else {"substitution": -0.05, "catalysis": 0.05}
    simulated = {name: [float(v) for v in draw.normal(at, 0.15, 200)] for name, at in centre.items()}
    simulated["catalysis"][3], simulated["catalysis"][4], simulated["substitution"][0] = math.nan, None, 9.0
    side = 1 if verdict == "supported" else -1 if verdict == "contradicted" else 0
    value = side * centre[asserting] + (0.06 if side else 0.02) + float(draw.normal(0, 0.03))
    sure = 0.86 if apart else 0.23
    return {
        "record": record,
        "title": {"navco3": "NAVCO 3.0, weekly", "mass": "Mass Mobilization", "leipzig": "Leipzig 1989"}.get(
            record, record
        ),
        "citation": citation,
        "estimator": "event study on the log of weekly turnout, weeks 1 to 12",
        "estimate": {
            "value": value,
            "low": value - 0.11,
            "high": value + 0.11,
            "p": 0.00012345 if apart else 0.4137,
            "n": 1234,
            "method": "Poisson regression with week effects; interval by block bootstrap (90%)",
            "unit": "log ratio",
            "passed": apart,
            "checks": {
                "residuals_uniform": {"statistic": 0.0312345, "p": 0.21987, "passed": True},
                "no_trend_before": {"statistic": 2.6123, "p": 0.0089, "passed": apart},
                "zero_weeks": 117,
                "share_missing": 0.034567,
                "enough_events": True,
            },
        },
        "outcome": "supports" if verdict == "supported" else "against" if verdict == "contradicted" else "silent",
        "power": {
            "asserting": asserting,
            "denying": RIVAL[asserting],
            "n": 200,
            "supports": {"asserting": sure, "denying": 0.035},
            "against": {"asserting": 0.04, "denying": sure - 0.02},
            "silent": {"asserting": 0.96 - sure, "denying": 0.985 - sure},
        },
        "weight": {"supported": 24.571, "contradicted": 1 / 17.3}.get(verdict, float(draw.lognormal(0, 0.5))),
        "verdict": verdict if apart else "balanced",
        "reason": "the estimate lies where one account puts it and the other does not."
        if apart
        else "Records of this size give a clear answer in fewer than one case in four, whichever account holds.",
        "simulated": simulated,
        "curves": [_curve(draw, "Turnout around the events")] if record == "leipzig" else [],
    }


def verdicts() -> dict[str, Any]:
    """The example: 25 claims, three supported, two contradicted, ten balanced and ten not tested."""
    draw = np.random.default_rng(7)
    entries: list[dict[str, Any]] = []
    for claim, (account, text) in CLAIMS.items():
        verdict = VERDICT.get(claim, "not tested")
        sign = -1 if account == "substitution" else 1
        entry: dict[str, Any] = {
            "claim": claim,
            "account": account,
            "text": text,
            "term": "participation cost of spectacle; delegation (gamma, gamma0)",
            "estimand": "turnout in weeks 1 to 12 after one act, against the twin without it",
            "verdict": verdict,
            "reason": {
                "supported": "The record lies where this account puts it, with good power.",
                "contradicted": "The record lies where the rival account puts it, with good power.",
                "balanced": "The record could not have told the accounts apart.",
                "not tested": "No available record bears on this claim.",
            }[verdict],
            "predictions": {
                name: {
                    "estimand": "turnout, weeks 1 to 12",
                    "unit": "percentage points",
                    "mean": sign * middle,
                    "low": sign * middle - 0.712345,
                    "high": sign * middle + 0.698765,
                    "share_as_claimed": share,
                    "n": 24,
                }
                for name, middle, share in (("substitution", 1.23456, 0.958333), ("catalysis", -0.81234, 0.25))
            },
            "closed": [
                {
                    "channel": "hope",
                    "account": "catalysis",
                    "mean": 0.0561,
                    "low": -0.21,
                    "high": 0.33,
                    "unit": "percentage points",
                },
                {
                    "channel": "delegation",
                    "account": "substitution",
                    "mean": -0.41,
                    "low": -0.9,
                    "high": 0.05,
                    "unit": "percentage points",
                },
            ],
            "tests": [],
            "curves": [_curve(draw, "Effect of one act on turnout")],
            "notes": ["The prior of the spectacle's cost has no source."],
            "references": [LEIPZIG],
        }
        if verdict != "not tested":
            entry["tests"].append(_test(draw, verdict, account, record="navco3", citation=NAVCO))
        if claim in ("S3", "C3", "S2"):
            entry["tests"].append(_test(draw, verdict, account, record="leipzig", citation=LEIPZIG))
        if claim == "S5":
            entry["tests"][0].update(record="jones_olken", title="Jones and Olken, attempts on leaders", citation=JONES)
        entries.append(entry)
    by_claim = {entry["claim"]: entry for entry in entries}
    # power under several scenarios, one of them neither account's own
    several = by_claim["S8"]["tests"][0]
    shares = {"asserting": {}, "denying": {}}
    for outcome in ("supports", "against", "silent"):
        for side in shares:
            shares[side][outcome] = several["power"][outcome][side]
    several["power"]["scenarios"] = [
        {"name": "substitution", "side": "asserting", "n": 200, **shares["asserting"]},
        {"name": "catalysis", "side": "denying", "n": 200, **shares["denying"]},
        {
            "name": "acts that follow the tide",
            "side": "denying",
            "n": 150,
            "supports": 0.0815,
            "against": 0.2,
            "silent": 0.7185,
        },
    ]
    several["simulated"]["acts that follow the tide"] = [float(v) for v in draw.normal(0.1, 0.15, 150)]
    # what may be missing, and what may be hostile
    by_claim["S12"]["tests"][0]["estimate"].update(value=None, low=math.nan, high=None, p=None, checks={})
    by_claim["S12"]["tests"][0].update(weight=None, power=None, simulated={})
    by_claim["S7"]["tests"][0].update(estimate=None, power=None, weight=None, simulated={})
    by_claim["S14"]["tests"][0]["estimate"].update(low=-5.0, high=8.0)
    by_claim["C4"]["tests"][0].update(
        title=MARKUP, citation=f"{MARKUP} (2020). https://example.org/page", reason=MARKUP
    )
    by_claim["C4"]["curves"][0].update(title=MARKUP, x=MARKUP)
    by_claim["C4"]["curves"][0]["series"][0]["name"] = "substitution " + MARKUP
    by_claim["C4"]["notes"] = [MARKUP]
    by_claim["C2"]["tests"].append(_test(draw, "balanced", "catalysis", record="mass", citation=MASS))
    by_claim["C9"].update(predictions={}, closed=[], curves=[], term=None, estimand=None, notes=[])
    by_claim["S10"]["predictions"]["catalysis"].update(mean=math.nan, low=None, high=None, share_as_claimed=None)
    entries.append(
        {"claim": "X3", "account": "both", "text": "An entry with nothing optional.", "verdict": "not tested"}
    )
    counts = {word: sum(entry["verdict"] == word for entry in entries) for word in VERDICTS}
    return {
        "format": 2,
        "study": "example",
        "title": "Example with invented numbers: does one act of violence raise collective action, or lower it?",
        "seed": 20240117,
        "version": "0.1.0",
        "answer": "Records of this size decide few of the invented claims.",
        "verdicts": entries,
        "counts": counts,
        "limits": [
            "The scale of the barrier is free: its prior is chosen so that a society without acts is mostly calm.",
            "Near the fold any push looks catalytic, and a late take-off may have happened anyway.",
        ],
        "no_source": [
            {"parameter": "alpha", "meaning": "attention gained per act"},
            {"parameter": "gamma", "meaning": "delegation by those aligned with the act"},
            {"parameter": "phi", "meaning": "disillusion gained from spectacle"},
        ],
        "method": [
            "Twins were run for 24 draws from each account's prior, 4,000 people and 300 weeks each.",
            "Each estimator read the record and 200 simulated records of the same size under each account.",
        ],
        "references": ["Granovetter, M. (1978). Threshold models of collective behavior. AJS 83, 1420-1443."],
        "data": [
            {
                "name": "NAVCO 3.0",
                "citation": NAVCO,
                "licence": "Harvard Dataverse terms; not redistributed",
                "sha256": "ab" * 32,
            },
            {"name": "Leipzig 1989", "citation": LEIPZIG, "licence": "facts; no copyright", "sha256": "cd" * 32},
            {"name": "Mass Mobilization", "citation": MASS, "licence": "CC0 1.0"},
        ],
    }


def manifest() -> dict[str, Any]:
    """A manifest as the runner writes it."""
    return {
        "study": "example",
        "seed": 20240117,
        "command": "groundswell run deed --out out/deed",
        "versions": {"groundswell": "0.1.0", "numpy": "2.4.6", "python": "3.11.9"},
        "data": {"navco3": "ab" * 32, "leipzig_1989": "cd" * 32},
        "tables": {"effects.parquet": "ef" * 32},
        "configuration": {"steps": 300, "arms": {"act": {"interventions": [{"pulse": "act", "at": 80}]}}},
    }


def write(folder: Path) -> Path:
    """Write the example's dossier into a folder."""
    from groundswell.report.dossier import page

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "dossier.html"
    path.write_text(page(verdicts(), None, manifest(), folder), encoding="utf-8")
    return path


if __name__ == "__main__":
    import sys

    print(write(Path(sys.argv[1])))
