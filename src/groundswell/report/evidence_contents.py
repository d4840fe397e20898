"""Contents of an evidence dossier: evidence.json in the shape that the page shows.

Texts that come from a record are escaped when they are shown. Before that they are made harmless: characters that
control a terminal or change the direction of writing are removed, and a text that a spreadsheet would take for a
formula gets a leading apostrophe, so that a cell copied from the page runs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundswell.drawing import COLOURS
from groundswell.errors import OutputError
from groundswell.report import evidence_figures, reading
from groundswell.report.bibliography import linked
from groundswell.report.description_page import parts, prefix_of
from groundswell.report.figures import PageFigure
from groundswell.report.numbers import plain
from groundswell.text import clean

FORMAT = 2
"""The format of evidence.json that this version reads."""

STATUSES = {
    "found": "found",
    "not found": "not found",
    "no verdict": "the record cannot tell",
    "not asked": "not asked",
}
"""The words on the page for the status of an answer."""
DECIDES = {"found": "What could overturn it", "not found": "What would show a weaker effect"}
"""The label before the sentence on what would decide a question, if its answer leaves something else open."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 4000
_FEWEST_ACTS = 5  # groups with fewer are named, not shown: their intervals contain nearly everything
_MOST_FORESTS = 3  # pairs that are drawn place by place
_MOST_PLACES = 12  # places whose fits are shown in full; the others are only rows in tables


def harmless(value: Any) -> Any:
    """The value with all its texts made harmless to a terminal, a page and a spreadsheet; see the module.

    >>> harmless({"place": "=1+1"})
    {'place': "'=1+1"}
    """
    if isinstance(value, str):
        text = clean(value)
        text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
        return "'" + text if text.startswith(_FORMULA) else text
    if isinstance(value, Mapping):
        return {harmless(key): harmless(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [harmless(inner) for inner in value]
    return value


def contents(content: Mapping[str, Any], manifest: Mapping[str, Any], *, draw: bool) -> dict[str, Any]:
    """Turn evidence.json and its manifest into what the page shows.

    Parameters
    ----------
    content : content of evidence.json, format 2.
    manifest : content of manifest.json.
    draw : whether to draw plots, or to show their tables instead.

    Returns
    -------
    The values of the template, all of them defined.

    Raises
    ------
    OutputError : another format, or parts of the wrong shape.
    """
    if content.get("format") != FORMAT:
        raise OutputError(
            f"evidence of format {content.get('format')!r}",
            expected=f"format {FORMAT}",
            why="this version reads no other",
        )
    content = harmless(content)
    settings = {"notes": [], **reading.mapping(content.get("settings"), "settings")}
    questions = [_question(row, content, draw=draw) for row in reading.rows(content.get("questions"), "questions")]
    _once(questions)
    anchors = {question["name"]: question["anchor"] for question in questions}
    answers = [
        {
            "decides": "",
            **row,
            "anchor": anchors.get(str(row.get("question")), ""),
            "word": STATUSES.get(str(row.get("status")), ""),
            "label": DECIDES.get(str(row.get("status")), "What would decide it"),
        }
        for row in reading.rows(content.get("answers"), "answers")
    ]
    records = [
        {**row, "described": parts(str(row.get("file")), reading.mapping(row.get("tables"), "tables"), prefix_of(at))}
        for at, row in enumerate(reading.rows(content.get("records"), "records"))
    ]
    return {
        "title": str(content.get("title") or "Evidence"),
        "version": manifest.get("version"),
        "answers": answers,
        "none": not answers,
        "records": records,
        "settings": settings,
        "courses": _courses(content, draw=draw),
        "totals": _totals(content),
        "repeats": reading.rows(content.get("repeats"), "repeats"),
        "questions": questions,
        "words": STATUSES,
        "references": [
            linked(text) for text in sorted(reading.texts(content.get("references"), "references"), key=str.casefold)
        ],
        "cite": _cite(records, manifest),
        "manifest": _manifest(manifest),
        "colours": COLOURS,
        "drawn": draw,
    }


# -- the record -------------------------------------------------------------------------------------------------------


def _courses(content: Mapping[str, Any], *, draw: bool) -> list[PageFigure]:
    """The time course of every kind over the whole record, with the fitted baseline if that series was fitted."""
    whole = next((row for row in reading.rows(content.get("series"), "series") if row.get("place") == "all"), None)
    if whole is None:
        return []
    fits = [fit for row in reading.rows(content.get("questions"), "questions") for fit in row.get("fits") or ()]
    fitted = next((fit for fit in fits if fit.get("place") is None and "course" in fit), None)
    made = []
    for at, kind in enumerate(whole.get("counts") or {}):
        course = fitted["course"] if fitted and kind in fitted["course"]["counts"] else None
        made.append(evidence_figures.course_figure(f"course-{at}", whole, kind, course, draw=draw))
    return [figure for figure in made if figure is not None]


def _totals(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Events per place and kind, for the places counted separately."""
    return [row for row in reading.rows(content.get("series"), "series") if row.get("place") != "all"]


def _once(questions: Sequence[dict[str, Any]]) -> None:
    """Describe methods that several questions share only once, with the first that also has the limits."""
    content: list[dict[str, Any]] = []
    for question in questions:
        question["same_methods_as"] = next(
            (
                one
                for one in content
                if one["methods"] == question["methods"] and question["limits"] in ([], one["limits"])
            ),
            None,
        )
        if question["methods"] and question["same_methods_as"] is None and question["limits"]:
            content.append(question)


# -- one question -----------------------------------------------------------------------------------------------------


def _question(row: Mapping[str, Any], content: Mapping[str, Any], *, draw: bool) -> dict[str, Any]:
    name = str(row.get("question"))
    anchor = f"ask-{name}"
    own = {part: [r for r in content.get(part) or () if r.get("question") == name] for part in _PARTS}
    fits = [
        _fit(fit, [pair for pair in own["pairs"] if pair.get("place") == fit.get("place")], f"{anchor}-{at}", draw=draw)
        for at, fit in enumerate((row.get("fits") or ())[:_MOST_PLACES])
    ]
    return {
        "name": name,
        "anchor": anchor,
        "asks": str(row.get("asks") or name),
        "status": str(row.get("status")),
        "word": STATUSES.get(str(row.get("status")), ""),
        "answer": str(row.get("answer") or ""),
        "fits": fits,
        "responses": _responses(own["responses"], anchor, draw=draw),
        "changes": own["changes"],
        "waves": [_wave(wave, f"{anchor}-{at}", draw=draw) for at, wave in enumerate(own["waves"])],
        "spread": [
            {**each, "figures": [evidence_figures.spread_figure(f"{anchor}-{at}", each, draw=draw)]}
            for at, each in enumerate(own["spread"])
        ],
        "notes": reading.texts(row.get("notes"), "notes"),
        "limits": reading.texts(row.get("limits"), "limits"),
        "methods": reading.texts(row.get("methods"), "methods"),
    }


_PARTS = ("pairs", "responses", "waves", "spread", "changes")


def _fit(fit: Mapping[str, Any], pairs: Sequence[Mapping[str, Any]], anchor: str, *, draw: bool) -> dict[str, Any]:
    kinds = [str(kind) for kind in fit.get("kinds") or ()]
    sensitivity = reading.mapping(fit.get("sensitivity"), "sensitivity")
    places = reading.rows(fit.get("places"), "places")
    figures = [
        evidence_figures.pair_figure(f"{anchor}-pairs", pairs, str(fit.get("unit")), draw=draw),
        evidence_figures.sensitivity_figure(
            f"{anchor}-variants", pairs, reading.rows(sensitivity.get("variants"), "variants"), kinds, draw=draw
        ),
        evidence_figures.quantile_figure(f"{anchor}-residuals", fit.get("quantiles") or {}, kinds, draw=draw),
        evidence_figures.residual_figure(f"{anchor}-process", fit.get("residual_process") or {}, draw=draw),
    ]
    for at, placebo in enumerate(fit.get("placebos") or ()):
        statistics = list(placebo.get("statistics") or ())
        if len(statistics) > 1 and "backwards" not in str(placebo["name"]):  # self-excitation works backwards too
            figures.append(
                evidence_figures.placebo_figure(
                    f"{anchor}-placebo-{at}",
                    f"Placebo: {placebo['name']}",
                    statistics[0],
                    statistics[1:],
                    "statistic of the placebo",
                    draw=draw,
                )
            )
    by_strength = sorted(
        (pair for pair in pairs if pair.get("status") == "found"), key=lambda p: -(evidence_figures.ratio(p) or 0)
    )
    for at, pair in enumerate(by_strength[:_MOST_FORESTS] if places else ()):
        figures.append(evidence_figures.forest_figure(f"{anchor}-places-{at}", pair, places, kinds, draw=draw))
    return {
        "place": None,
        "checks": [],
        "placebos": [],
        "panel_placebos": [],
        "triggered": {},
        "direction": None,
        "predictive": {},
        "forecasts": None,
        **fit,
        "places": places,
        "anchor": anchor,
        "kinds": kinds,
        "pairs": pairs,
        "matrix": _matrix(kinds, pairs),
        "figures": [figure for figure in figures if figure is not None],
        "sensitivity": sensitivity,
    }


def _matrix(kinds: Sequence[str], pairs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Branching ratios as a square matrix, with sources in rows and targets in columns; `shade` from 0 to 1."""
    by_pair = {(pair["source"], pair["target"]): pair for pair in pairs}
    most = max((evidence_figures.ratio(pair) or 0.0 for pair in pairs), default=0.0) or 1.0
    rows = []
    for source in kinds:
        cells = []
        for target in kinds:
            pair = by_pair.get((source, target), {"status": "no verdict"})
            value = evidence_figures.ratio(pair)
            content = pair.get("status") in ("found", "not found")
            cells.append({**pair, "target": target, "shade": round((value or 0.0) / most, 3) if content else 0.0})
        rows.append({"source": source, "cells": cells})
    return rows


def _responses(rows: Sequence[Mapping[str, Any]], anchor: str, *, draw: bool) -> list[dict[str, Any]]:
    """One part for each kind of response: its rows, one for each group of acts, their curves and placebos."""
    parts: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        parts.setdefault(str(row.get("of")), []).append(row)
    made = []
    for at, (kind, own) in enumerate(parts.items()):
        shown = [row for row in own if row is own[0] or (row.get("n_acts") or 0) >= _FEWEST_ACTS]
        few = [f"{row['group']} ({row['n_acts']})" for row in own if row not in shown]
        figures = []
        placebo = own[0].get("placebo") or {}
        if (own[0].get("n_acts") or 0) >= _FEWEST_ACTS:
            title = f"{kind.capitalize()}, all acts"
            figures.append(evidence_figures.response_figure(f"{anchor}-curve-{at}", title, own[:1], draw=draw))
            others = [row for row in shown[1:] if row.get("status") != "no verdict"]
            if others:
                title = f"{kind.capitalize()}, by group of acts"
                figures.append(evidence_figures.response_figure(f"{anchor}-groups-{at}", title, others[:4], draw=draw))
            title = f"{kind.capitalize()}: could it be chance?"
            unit, name = "log ratio over the first window", f"{anchor}-chance-{at}"
            draws, sets = placebo.get("quantiles") or (), placebo.get("sets")
            figures.append(
                evidence_figures.placebo_figure(name, title, own[0].get("effect"), draws, unit, draw=draw, sets=sets)
            )
        drawn = [figure for figure in figures if figure is not None]
        made.append({"of": kind, "rows": shown, "few": few, "figures": drawn})
    return made


def _wave(row: Mapping[str, Any], anchor: str, *, draw: bool) -> dict[str, Any]:
    figures = [
        evidence_figures.spectrum_figure(f"{anchor}-spectrum", row, draw=draw),
        evidence_figures.ebb_figure(f"{anchor}-ebb", row, draw=draw),
    ]
    return {**row, "figures": [figure for figure in figures if figure is not None]}


# -- the rest ---------------------------------------------------------------------------------------------------------


def _cite(records: Sequence[Mapping[str, Any]], manifest: Mapping[str, Any]) -> list[str]:
    version = manifest.get("version")
    software = f"Groundswell{f' {version}' if version else ''}: a laboratory for theories of collective action."
    inputs = manifest.get("input") if isinstance(manifest.get("input"), list) else []
    files = "; ".join(f"{row.get('file')} (SHA-256 {str(row.get('sha256'))[:16]}…)" for row in inputs or ())
    texts = [software]
    texts += [str(record["citation"]) for record in records if record.get("citation")]
    if files:
        texts.append(f"Input: {files}; seed {manifest.get('seed')}.")
    return list(dict.fromkeys(texts))


def _manifest(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The manifest as rows: one for each single value, with the names of those above it."""
    rows: list[tuple[str, str]] = []

    def walk(name: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                walk(f"{name} {key}".strip(), inner)
        elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            for place, one in enumerate(value):
                walk(f"{name} {place + 1}", one)
        elif isinstance(value, list):
            rows.append((name, ", ".join(str(one) for one in value)))
        elif isinstance(value, float):
            rows.append((name, plain(value)))
        else:
            rows.append((name, "" if value is None else str(value)))

    walk("", harmless(manifest))
    return [(name.replace("_", " "), value) for name, value in rows]
