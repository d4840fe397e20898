"""The content of evidence.json: what was asked, of which record, and what it came to; the page shows nothing else.

Format 2:

| key | content |
|---|---|
| `format` | 2 |
| `title` | of the page |
| `answers` | one row per question, what cannot be told first: `question`, `asks`, `status`, `answer` |
| `records` | one row per file: rows, events, span, gaps, jumps of coverage, rejected rows by reason, sentences |
| `settings` | kinds, unit, places, by, depth, seed, questions; `notes` on what was chosen or left out |
| `pairs` | one row per place and ordered pair of kinds: `branching` with `low` and `high`, `half_life`, `p`, \
`no_excitation`, `goodness_of_fit`, `placebos`, `over_baselines`, `status`, `answer` |
| `responses` | one row per kind of act and kind of response: `effect`, `curve`, `p_placebo`, `pre_trend`, `answer` |
| `waves`, `spread` | one row per series, and per kind |
| `questions` | one row per question: its `fits`, `methods`, `limits`, `notes` |
| `series` | per place and kind, means over equal stretches of time, few enough to be drawn; all of it is in Parquet |
| `references` | works used, each once |

`status` is "found", "not found", "no verdict" or "not asked". A number that is not finite is null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from groundswell.inquiry.finding import Finding, Status
from groundswell.inquiry.manner import Manner, binned
from groundswell.inquiry.material import Material
from groundswell.inquiry.questions import Question
from groundswell.records.check import check_reading
from groundswell.records.codebooks._base import Codebook
from groundswell.records.schema import Reading
from groundswell.records.series import Series
from groundswell.results import plain

FORMAT = 2
_ORDER: Mapping[Status, int] = {"no verdict": 0, "found": 1, "not found": 2, "not asked": 3}
_MOST_EXAMPLES = 12  # reasons for rejection that are listed, each with its first row; all are in Parquet


def tell(
    title: str,
    records: Sequence[Mapping[str, Any]],
    findings: Sequence[Finding],
    material: Material | None,
    questions: Sequence[Question],
    manner: Manner,
) -> dict[str, Any]:
    """All that is known so far, as plain types; see the table above."""
    rows = [finding.to_dict() for finding in findings]
    answers = [
        {"question": f.question.name, "asks": f.question.asks, "status": f.status, "answer": f.answer}
        for f in sorted(findings, key=lambda f: _ORDER[f.status])
    ]
    references = dict.fromkeys(text for finding in findings for text in finding.references)
    citations = dict.fromkeys(str(record["citation"]) for record in records if record["citation"])
    told: dict[str, Any] = {
        "format": FORMAT,
        "title": title,
        "answers": answers,
        "records": [dict(record) for record in records],
        "settings": _settings(material, questions, manner),
    }
    for part in ("pairs", "responses", "waves", "spread"):
        told[part] = [row | {"question": f.question.name} for f in findings for row in map(dict, getattr(f, part))]
    told["questions"] = [
        {k: v for k, v in row.items() if k not in ("pairs", "responses", "waves", "spread")} for row in rows
    ]
    told["series"] = [] if material is None else series_rows(material)
    told["references"] = [*citations, *references]
    return dict(plain(told))  # type: ignore[call-overload]


def _settings(material: Material | None, questions: Sequence[Question], manner: Manner) -> dict[str, Any]:
    stated: dict[str, Any] = {
        "questions": [question.name for question in questions],
        "depth": manner.depth,
        "seed": manner.seed,
    }
    if material is not None:
        stated |= {
            "kinds": list(material.kinds),
            "unit": material.unit,
            "by": material.by or "none",
            "places": list(material.places),
            "asked": list(material.asked),
            "notes": list(material.notes),
        }
    return stated


def record_row(path: Path, reading: Reading, book: Codebook, recognised: bool) -> dict[str, Any]:
    """What one file holds, and what is wrong with it."""
    report = check_reading(path, reading)
    reasons = []
    for (reason,), part in reading.rejected.group_by("reason", maintain_order=True):
        first = part.sort("row").row(0, named=True)
        reasons.append(
            {
                "reason": reason,
                "rows": part.height,
                "first_row": first["row"],
                "column": first["column"],
                "value": first["value"],
            }
        )
    reasons.sort(key=lambda row: (-row["rows"], row["first_row"]))
    return {
        "file": path.name,
        "codebook": reading.codebook,
        "recognised": recognised,
        "title": book.title,
        "citation": book.citation,
        "rows": reading.rows,
        "events": reading.events.height,
        "kinds": dict(report.kinds),
        "first": str(report.first) if report.first else None,
        "last": str(report.last) if report.last else None,
        "rejected": reading.rejected.height,
        "rejected_by_reason": reasons[:_MOST_EXAMPLES],
        "unread": reading.unread.height,
        "exact_duplicates": reading.exact_duplicates,
        "missing_sizes": report.missing_sizes,
        "crowds": report.crowds,
        "coarse_dates": report.coarse_dates,
        "gaps": [{"first": str(gap.first), "last": str(gap.last), "days": gap.days} for gap in report.gaps],
        "jumps": [{"year": j.year, "events": j.count, "neighbours": j.neighbours} for j in report.jumps],
        "sentences": report.sentences(),
        "notes": list(reading.notes),
    }


def series_rows(material: Material) -> list[dict[str, Any]]:
    """The series as they are drawn: of the whole, and of the places counted apart."""
    rows = [_series_row(material.whole, "all")]
    rows += [_series_row(material.series_of(place), place) for place in material.places]
    return rows


def _series_row(counted: Series, place: str) -> dict[str, Any]:
    first, mean = binned(counted.counts)
    dates = counted.dates()
    width = int(first[1] - first[0]) if first.size > 1 else len(counted)
    return {
        "place": place,
        "unit": counted.unit,
        "periods": len(counted),
        "per_point": width,
        "dates": [str(dates[int(at)]) for at in first],
        "counts": {kind: mean[:, i].round(6) for i, kind in enumerate(counted.kinds)},
        "events": {kind: int(total) for kind, total in zip(counted.kinds, counted.counts.sum(axis=0), strict=True)},
    }


def series_frame(material: Material) -> pl.DataFrame:
    """All series whole, one row per place and period."""
    frames = [material.whole.to_frame().with_columns(place=pl.lit(None, pl.String))]
    frames += [material.series_of(place).to_frame().with_columns(place=pl.lit(place)) for place in material.places]
    return pl.concat(frames, how="diagonal").select("place", pl.exclude("place"))
