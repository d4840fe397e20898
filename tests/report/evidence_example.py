"""An invented evidence.json with every part, every status, missing numbers and hostile texts; run it to see the page.

python tests/report/evidence_example.py FOLDER
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

KINDS = ("protest", "violence", "repression")
HOSTILE = '=HYPERLINK("http://evil.example","x")<script>alert(1)</script>'
TURNED = "Val\u202eparaiso"  # a character that turns the direction of writing


def _pair(source: str, target: str, value: float, verdict: str, status: str) -> dict[str, Any]:
    return {
        "place": None,
        "question": "excitation",
        "source": source,
        "target": target,
        "status": status,
        "verdict": verdict,
        "branching_ratio": {"value": value, "low": max(0.0, value - 0.11), "high": value + 0.13, "level": 0.95},
        "time_scale": {"half_life": 1.2 if value else None, "low": 0.4, "high": None, "unit": "week"},
        "against_no_excitation": {"likelihood_ratio": 31.5, "p": 0.0002, "adjusted_p": 0.0021 if value else 1.0},
        "goodness_of_fit": {"passed": verdict != "refused", "checks": []},
        "placebos": {"shifted": {"p": 0.6, "passed": True}},
        "sensitivity": {"low": value / 2, "high": value * 1.5},
        "answer": f"About {source} and {target}.",
    }


def _fit() -> dict[str, Any]:
    dates = [f"20{10 + i // 4:02d}-{3 * (i % 4) + 1:02d}-04" for i in range(24)]
    wave = {kind: [2 + math.sin(i / 3 + k) for i in range(24)] for k, kind in enumerate(KINDS)}
    grid = [(i + 0.5) / 10 for i in range(10)]
    ratios = [[0.4, 0.02, 0.0], [0.0, 0.2, 0.7], [0.05, 0.0, 0.1]]
    return {
        "place": None,
        "kinds": list(KINDS),
        "unit": "week",
        "events": {"protest": 1200, "violence": 300, "repression": 410},
        "passed": True,
        "reasons": [],
        "against_no_excitation": {"likelihood_ratio": 88.2, "p": 0.0002, "method": "simulated"},
        "spectral_radius": 0.44,
        "triggered": {"protest": 0.4, "violence": 0.2, "repression": 0.5},
        "checks": [
            {"of": kind, "name": "uniform residuals", "statistic": 0.02, "p": 0.5, "passed": True} for kind in KINDS
        ],
        "placebos": [
            {"name": "sources moved by years", "p": 0.7, "passed": True, "answer": "Nothing.",
             "statistics": [88.2, 1.0, 2.0, 0.0]},
            {"name": "time run backwards", "p": 0.2, "passed": True, "answer": "Not so.", "statistics": [88.2, 80.0]},
        ],
        "direction": "Violence comes before repression.",
        "sensitivity": {
            "answer": "It does not depend on the choices made.",
            "variants": [
                {"name": f"{n} pieces a year", "passed": n < 8, "branching": ratios, "p": 0.001} for n in (2, 8)
            ],
        },
        "predictive": {"answer": "The record is like those the fit predicts."},
        "quantiles": {"expected": grid, **{kind: [min(1.0, g + 0.02) for g in grid] for kind in KINDS}},
        "residual_process": {
            "dates": dates, "band": 1.36, "path": {kind: [math.sin(i) for i in range(24)] for kind in KINDS},
        },
        "course": {
            "dates": dates, "counts": wave, "mean": wave, "baseline": wave, "breaks": {"protest": ["2013-04-04"]},
        },
    }  # fmt: skip


def _response(group: str, status: str, effect: float | None, acts: int) -> dict[str, Any]:
    lags = list(range(-12, 27))
    curve = [None if lag == -12 else 0.3 * math.exp(-lag / 9) * (lag > 0) for lag in lags]
    return {
        "question": "after-violence",
        "after": "violence",
        "of": "protest",
        "group": group,
        "unit": "week",
        "window": "1-12",
        "status": status,
        "reason": "",
        "answer": f"An answer on {group}.",
        "effect": effect,
        "effect_low": -0.2,
        "effect_high": 0.9,
        "p": 0.04,
        "adjusted_p": 0.08,
        "n_acts": acts,
        "pre_trend": {"p": 0.4, "passed": True} if acts > 5 else None,
        "in_place": None,
        "placebo": {"sets": 999, "quantiles": [(i - 100) / 250 for i in range(201)]},
        "lags": lags,
        "curve": curve,
        "low": [None if v is None else v - 0.3 for v in curve],
        "high": [None if v is None else v + 0.3 for v in curve],
    }


def content() -> dict[str, Any]:
    """The content of an evidence.json."""
    fit = _fit()
    waves = {
        "question": "waves", "kind": "protest", "unit": "week", "status": "found", "answer": "In waves.",
        "spectrum": {
            "unit": "month", "frequency": [0.01 * i for i in range(40)], "power": [1 / (1 + i) for i in range(40)],
            "red": [0.9 / (1 + i) for i in range(40)], "band": [3 / (1 + i) for i in range(40)], "period": 20.0,
            "period_low": 16.0, "period_high": 25.0, "ratio": 3.2, "p": 0.03, "persistence": 0.6, "white": 0.2,
            "checks": [{"name": "whiteness", "p": 0.5, "passed": True}],
        },
        "spectrum_refused": "",
        "decay": {
            "rate": 0.3, "low": 0.2, "high": 0.4, "episodes": 14, "between": 0.1,
            "checks": [{"name": "course", "p": 0.3, "passed": True}],
            "curve": {"time": [0, 1, 2, 3], "events": [40, 30, 20, 15], "expected": [41, 29, 21, 14],
                      "watched": [14, 14, 14, 14]},
        },
        "decay_refused": "",
        "growth": None,
        "growth_refused": "too few episodes",
    }  # fmt: skip
    spread = {
        "question": "spread", "first": "2013-06-01", "days": 30, "status": "not found", "answer": "Did not spread.",
        "places": 80, "onsets": 61, "contagion": 0.2, "low": 0.0, "high": 0.6, "p": 0.3, "share": 0.1, "share_low": 0.0,
        "share_high": 0.3, "reach": None, "reach_low": None, "reach_high": None, "p_map": 0.2, "bootstrap": 99,
        "checks": [{"name": "days", "p": 0.5, "passed": True}],
        "curve": {"day": [0, 1, 2], "onsets": [3, 9, 4], "expected": [4.0, 8.0, 4.0],
                  "expected_from_others": [0.0, 1.0, 1.0]},
    }  # fmt: skip
    asked = {
        "excitation": ("found", "Do events trigger further events?"),
        "after-violence": ("no verdict", "What follows an act of violence?"),
        "waves": ("found", "Does protest come in waves?"),
        "spread": ("not found", "Does protest spread?"),
        "after-repression": ("not asked", "What follows repression?"),
    }
    questions = [
        {
            "question": name,
            "asks": asks,
            "status": status,
            "answer": f"The answer to {name}.",
            "notes": [f"A note on {TURNED}."],
            "methods": ["The mean is Σ_j n_jk Σ_{s<t} w_k(t−s), as it was done."],
            "limits": ["What it cannot show."],
            **({"fits": [fit]} if name == "excitation" else {}),
        }
        for name, (status, asks) in asked.items()
    ]
    return {
        "format": 2,
        "title": "An invented record",
        "answers": [
            {k: q[k] for k in ("question", "asks", "status", "answer")} | {"decides": "A second source of the same."}
            for q in questions
        ],
        "records": [
            {
                "file": "invented.csv", "codebook": "csv", "recognised": True, "title": "Invented",
                "citation": "Nobody (2020). Nothing. doi:10.1234/none", "rows": 1912, "events": 1910, "rejected": 2,
                "rejected_by_reason": [
                    {"reason": "impossible date", "rows": 1, "first_row": 7, "column": "date", "value": HOSTILE},
                    {"reason": "no kind", "rows": 1, "first_row": 9, "column": None, "value": None},
                ],
                "gaps": [{"first": "2011-01-01", "last": "2011-03-01", "days": 60}],
                "sentences": ["It has 1,912 rows."], "notes": [f"A place is called {TURNED}."],
                "tables": {
                    "by_month": [
                        {"month": f"20{10 + i // 12}-{i % 12 + 1:02}-01", "kind": kind, "events": 3 + i % 5}
                        for i in range(30) for kind in KINDS
                    ],
                    "by_place": [{"level": "place", "place": HOSTILE, "events": 900, "first": "2010-01-01",
                                  "last": "2012-06-01"},
                                 {"level": "place", "place": TURNED, "events": 9, "first": None, "last": None}],
                    "map": [{"latitude": -33.0, "longitude": -71.6, "events": 40, "places": 1, "name": HOSTILE}],
                },
            }
        ],
        "settings": {"questions": list(asked), "depth": "quick", "seed": 3, "notes": ["Counted by week."]},
        "pairs": [
            _pair("protest", "protest", 0.41, "excites", "found"),
            _pair("violence", "repression", 0.72, "excites", "found")
            | {"among_events": {"value": 1.2, "low": 0.61, "high": 2.1}},
            _pair("repression", "protest", 0.0, "none", "not found"),
            _pair("violence", "protest", 0.05, "refused", "no verdict"),
        ],
        "responses": [
            _response("all acts", "no verdict", 0.31, 22),
            _response("10 or more dead", "found", 0.5, 9),
            _response("below 10 dead", "no verdict", None, 2),
        ],
        "waves": [waves],
        "spread": [spread],
        "questions": questions,
        "series": [
            {"place": "all", "unit": "week", "periods": 310, "per_point": 13, "dates": fit["course"]["dates"],
             "counts": fit["course"]["counts"], "events": fit["events"]},
            {"place": HOSTILE, "unit": "week", "periods": 310, "per_point": 13, "dates": fit["course"]["dates"],
             "counts": fit["course"]["counts"], "events": fit["events"]},
        ],
        "repeats": [
            {"question": "excitation", "place": None, "source": "protest", "target": "protest",
             "estimate": "branching ratio", "value": 0.41, "low": 0.3, "high": 0.54, "status": "found",
             "without_value": 0.2, "without_low": None, "without_high": None, "without_status": None,
             "events_set_aside": 40},
        ],
        "references": ["Hawkes, A. G. (1971). Spectra. doi:10.1093/biomet/58.1.83"],
    }  # fmt: skip


def manifest() -> dict[str, Any]:
    """The manifest that goes with it."""
    return {
        "format": 1,
        "version": "0.1.0",
        "seed": 3,
        "input": [{"file": "invented.csv", "sha256": "ab" * 32, "codebook": "csv"}],
        "settings": {"unit": "week"},
    }


if __name__ == "__main__":
    from groundswell.report.evidence_dossier import render

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evidence.html").write_text(render(content(), manifest()), encoding="utf-8")
    (folder / "evidence.json").write_text(json.dumps(content(), indent=1), encoding="utf-8")
