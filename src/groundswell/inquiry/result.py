"""An inquiry: what was asked of which record, and what was found. Dumped once, it is evidence.json.

Format 2:

| key | content |
|---|---|
| `format` | 2 |
| `title` | of the page |
| `answers` | one row per question, findings first: `question`, `asks`, `status`, `answer`, `decides` |
| `records` | one row per file: rows, events, span, gaps, jumps of coverage, rejected rows by reason, accuracy, \
sentences, and the `tables` of its description |
| `settings` | questions, depth, seed, kinds, unit, by, places, asked; `notes` on what was chosen or left out |
| `pairs` | one row per place and ordered pair of kinds: `branching` with `low` and `high`, `half_life`, `p`, \
`no_excitation`, `goodness_of_fit`, `placebos`, `over_baselines`, `status`, `answer` |
| `responses` | one row per kind of act and kind of response: `effect`, `curve`, `p_placebo`, `pre_trend`, `answer` |
| `waves`, `spread` | one row per series, and per kind |
| `changes` | one row per kind, of a change at a date or against other places: `effect`, `p`, `checks`, `answer` |
| `questions` | one row per question: its `fits`, `methods`, `limits`, `notes` |
| `series` | per place and kind, means over equal stretches of time, few enough to be drawn; all of it is in Parquet |
| `repeats` | one row per estimate, with and without what may be repeated, if `--repeats compare` requested it |
| `references` | works used, each once |

`status` is "found", "not found", "no verdict" or "not asked". A number that is not finite is null.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from groundswell.charts import Chart
from groundswell.inquiry.deciding import would_decide
from groundswell.inquiry.finding import Finding
from groundswell.inquiry.manner import Manner, binned
from groundswell.inquiry.material import Material
from groundswell.inquiry.questions import Question
from groundswell.inquiry.record_rows import RecordRow
from groundswell.inquiry.rows import (
    ChangeRow,
    InquirySettings,
    PairRow,
    QuestionRow,
    RepeatRow,
    ResponseRow,
    SeriesRow,
    SpreadRow,
    Status,
    WavesRow,
)
from groundswell.output import Keeper, Kept
from groundswell.records.series import Series
from groundswell.results import Result, plain

FORMAT = 2
_ORDER: Mapping[Status, int] = {"found": 0, "not found": 1, "no verdict": 2, "not asked": 3}


@dataclass(frozen=True)
class AnswerRow(Result):
    """The answer to one question, in words, and what would decide it, or could still overturn it."""

    question: str
    asks: str
    status: Status
    answer: str
    decides: str = ""


@dataclass(frozen=True)
class Inquiry(Kept, Result):
    """What was asked of a record, and what was found; its fields are the keys of evidence.json (see the module).

    Parameters
    ----------
    unanswered : questions that an interruption left without an answer.
    folder : where tables, page and manifest lie.
    """

    left_out: ClassVar[tuple[str, ...]] = ("unanswered", "folder", "keeper")

    format: int
    title: str
    answers: tuple[AnswerRow, ...]
    records: tuple[RecordRow, ...]
    settings: InquirySettings
    pairs: tuple[PairRow, ...]
    responses: tuple[ResponseRow, ...]
    waves: tuple[WavesRow, ...]
    spread: tuple[SpreadRow, ...]
    changes: tuple[ChangeRow, ...]
    questions: tuple[QuestionRow, ...]
    series: tuple[SeriesRow, ...]
    references: tuple[str, ...]
    repeats: tuple[RepeatRow, ...] = ()
    unanswered: tuple[str, ...] = ()
    folder: Path = Path()
    keeper: Keeper | None = field(default=None, repr=False)

    def rows(self) -> list[dict[str, Any]]:
        """One row per estimate: the question, what acts on what, the number with its interval, and its status."""
        return list(self._estimates())

    def _estimates(self) -> Iterator[dict[str, Any]]:
        for row in self.pairs:
            of = row.pair
            yield _estimate(row, row.place, of.source, of.target, "branching ratio", of.branching, of.low, of.high)
        for row in self.responses:
            number = (row.effect, row.effect_low, row.effect_high)
            yield _estimate(row, None, row.after, row.of, f"log ratio, {row.when}", *number)
        for row in self.changes:
            number = (row.effect, row.effect_low, row.effect_high)
            yield _estimate(row, row.place, None, row.of, f"log ratio, {row.when}", *number)
        for row in self.waves:
            fitted = row.decay
            number = (None, None, None) if fitted is None else (fitted.rate, fitted.low, fitted.high)
            yield _estimate(row, None, row.kind, row.kind, f"decay per {row.unit}", *number)
        for row in self.spread:
            number = (row.fit.contagion, row.fit.low, row.fit.high)
            yield _estimate(row, None, row.kind, row.kind, "first events triggered by one", *number)

    def charts(self) -> list[Chart]:
        """The course of each kind over time, and the branching ratios with their intervals."""
        found = []
        course = [
            {"x": day, "y": value, "panel": kind}
            for row in self.series
            if row.place == "all"
            for kind, values in row.counts.items()
            for day, value in zip(row.dates, values.tolist(), strict=True)
        ]
        if course:
            frame = pl.DataFrame(course).with_columns(pl.col("x").str.to_date())
            unit = self.series[0].unit
            found.append(Chart("lines", frame, f"{self.title}: events over time", "", f"events per {unit}"))
        rows = [row for row in self.rows() if row["estimate"] == "branching ratio" and row["value"] is not None]
        if rows:
            frame = pl.DataFrame(
                [
                    {
                        "y": f"{row['source']} → {row['target']}" + (f", {row['place']}" if row["place"] else ""),
                        "x": row["value"],
                        "low": row["low"],
                        "high": row["high"],
                        "series": row["status"],
                    }
                    for row in rows
                ]
            )
            found.append(
                Chart("intervals", frame, "Events triggered per event", "further events per event, with 95% interval")
            )
        return found

    def _repr_html_(self) -> str:
        """What a notebook shows: each question with its answer, then the estimates."""
        from html import escape

        words = "".join(
            f"<dt><strong>{escape(row.asks)}</strong> ({row.status})</dt><dd>{escape(row.answer)}</dd>"
            for row in self.answers
        )
        estimates = self.to_frame()
        table = estimates._repr_html_() if estimates.width else ""
        return f"<h3>{escape(self.title)}</h3><dl>{words}</dl>{table}"


def compared(kept: Sequence[Mapping[str, Any]], without: Sequence[Mapping[str, Any]]) -> tuple[RepeatRow, ...]:
    """The estimates of two inquiries side by side: of all events, and of those without what may be repeated."""
    keys = ("question", "place", "source", "target", "estimate")
    other = {tuple(row[key] for key in keys): row for row in without}
    found: list[RepeatRow] = []
    for row in kept if without else ():
        again = other.get(tuple(row[key] for key in keys), {})
        numbers: dict[str, Any] = {name: row[name] for name in (*keys, "value", "low", "high", "status")}
        fewer: dict[str, Any] = {f"without_{name}": again.get(name) for name in ("value", "low", "high", "status")}
        found.append(RepeatRow(**numbers, **fewer, events_set_aside=without[0]["events_set_aside"]))
    return tuple(found)


def _estimate(
    row: PairRow | ResponseRow | ChangeRow | WavesRow | SpreadRow,
    place: str | None,
    source: str | None,
    target: str,
    what: str,
    value: float | None,
    low: float | None,
    high: float | None,
) -> dict[str, Any]:
    return {
        "question": row.question,
        "place": place,
        "source": source,
        "target": target,
        "estimate": what,
        "value": plain(value),
        "low": plain(low),
        "high": plain(high),
        "status": row.status,
        "answer": row.answer,
    }


def inquiry_of(
    title: str,
    records: Sequence[RecordRow],
    findings: Sequence[Finding],
    material: Material | None,
    questions: Sequence[Question],
    manner: Manner,
) -> Inquiry:
    """All that is known so far, as an inquiry; what was found comes first among the answers."""
    references = dict.fromkeys(text for finding in findings for text in finding.references)
    citations = dict.fromkeys(record.citation for record in records if record.citation)

    def of(part: str) -> tuple[Any, ...]:
        return tuple(replace(row, question=f.question.name) for f in findings for row in getattr(f, part))

    return Inquiry(
        format=FORMAT,
        title=title,
        answers=tuple(
            AnswerRow(f.question.name, f.question.asks, f.status, f.answer, would_decide(f, material))
            for f in sorted(findings, key=lambda f: _ORDER[f.status])
        ),
        records=tuple(records),
        settings=_settings(material, questions, manner),
        pairs=of("pairs"),
        responses=of("responses"),
        waves=of("waves"),
        spread=of("spread"),
        changes=of("changes"),
        questions=tuple(_question(finding) for finding in findings),
        series=() if material is None else tuple(series_rows(material)),
        references=(*citations, *references),
    )


def _question(f: Finding) -> QuestionRow:
    """What is on the page besides the rows of the parts."""
    asked = f.question
    return QuestionRow(asked.name, asked.asks, f.status, f.answer, f.fits, f.methods, f.limits, f.references, f.notes)


def _settings(material: Material | None, questions: Sequence[Question], manner: Manner) -> InquirySettings:
    stated = InquirySettings(tuple(question.name for question in questions), manner.depth, manner.seed)
    if material is None:
        return stated
    return replace(
        stated,
        kinds=material.kinds,
        unit=material.unit,
        by=material.by or "none",
        places=tuple(material.places),
        asked=tuple(material.asked),
        notes=tuple(material.notes),
    )


def series_rows(material: Material) -> list[SeriesRow]:
    """The series as they are drawn: of the whole, and of the places counted separately."""
    rows = [_series_row(material.whole, "all")]
    rows += [_series_row(material.series_of(place), place) for place in material.places]
    return rows


def _series_row(counted: Series, place: str) -> SeriesRow:
    first, mean = binned(counted.counts)
    dates = counted.dates()
    width = int(first[1] - first[0]) if first.size > 1 else len(counted)
    return SeriesRow(
        place=place,
        unit=counted.unit,
        periods=len(counted),
        per_point=width,
        dates=[str(dates[int(at)]) for at in first],
        counts={kind: mean[:, i].round(6) for i, kind in enumerate(counted.kinds)},
        events={kind: int(total) for kind, total in zip(counted.kinds, counted.counts.sum(axis=0), strict=True)},
    )


def series_frame(material: Material) -> pl.DataFrame:
    """All series whole, one row per place and period."""
    frames = [material.whole.to_frame().with_columns(place=pl.lit(None, pl.String))]
    frames += [material.series_of(place).to_frame().with_columns(place=pl.lit(place)) for place in material.places]
    return pl.concat(frames, how="diagonal").select("place", pl.exclude("place"))
