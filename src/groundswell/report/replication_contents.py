"""What the pages and the table of replications show, read from what `groundswell replicate` reports."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from groundswell.drawing import COLOURS
from groundswell.errors import OutputError
from groundswell.replications.pictures import chart_of
from groundswell.report import reading
from groundswell.report.figures import PageFigure, figure
from groundswell.report.numbers import plain, span_decimals

FORMAT = 1
"""The format of reported replications that this version reads."""

Row = Mapping[str, Any]

_WORDS = {
    "reproduced": ("is reproduced", "are reproduced"),
    "not reproduced": ("is not reproduced", "are not reproduced"),
    "too few runs to tell": ("has too few runs to tell", "have too few runs to tell"),
    "not attainable": ("is not attainable", "are not attainable"),
    "failed": ("could not be measured", "could not be measured"),
}


def checked(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The reported replications, refused if they have another format."""
    if content.get("format") != FORMAT:
        raise OutputError(
            f"replications of format {content.get('format')!r}",
            expected=f"format {FORMAT}",
            why="this version reads no other",
        )
    reading.rows(content.get("replications"), "replications")
    return content


def contents(content: Mapping[str, Any], name: str, *, draw: bool) -> dict[str, Any]:
    """What the page of one replication shows: the values of the template, all of them defined."""
    found = next(one for one in checked(content)["replications"] if one["name"] == name)
    return {
        **_shared(content),
        "one": found,
        "summary": summary([found]),
        "rows": [shown(row) for row in found["rows"]],
        "plots": [replication_figure(f, draw=draw) for f in found["figures"]],
        "failures": failures([found]),
        "theories": {each: content["theories"][each] for each in found["theories"]},
        "codes": {code: content["certainty"][code] for code in content["certainty"] if _uses(found["rows"], code)},
    }


def replication_figure(content: Row, *, draw: bool) -> PageFigure:
    """A figure of a replication, drawn for phone and desktop, with its description and its numbers."""
    chart = chart_of(content)
    made = figure(f"figure-{content['name']}", chart, draw=draw, wide=chart)
    marks = "; ".join(f"{label} ({plain(x)})" for x, label in content["marks"])
    return replace(made, caption=f"{made.caption} Vertical: {marks}.".strip()) if marks else made


def index_contents(content: Mapping[str, Any]) -> dict[str, Any]:
    """What the index shows: every target of every replication, and the counts."""
    all_of = checked(content)["replications"]
    return {
        **_shared(content),
        "replications": [
            {**one, "counts": counts(one["rows"]), "rows": [shown(row) for row in one["rows"]]} for one in all_of
        ],
        "summary": summary(all_of),
        "counts": content["counts"],
        "failures": failures(all_of),
        "codes": content["certainty"],
    }


def _shared(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"version": content["version"], "colours": COLOURS, "verdict_words": content["verdicts"]}


def shown(row: Row) -> dict[str, Any]:
    """The row with its tolerance as text, and the number of decimals with which both numbers are shown.

    The published number keeps its digits; ours is shown to the digit that decides the verdict.
    """
    value, tolerance = row["published"]["value"], row["published"]["tolerance"]
    content = format(Decimal(f"{tolerance:.3g}").normalize(), "f") if tolerance else ""
    # Half a last digit ends one place after it: 0.0790 ± 0.00005.
    printed = 0 if value is None else max(_decimals(f"{value:.10f}"), _decimals(content) - 1)
    decides = max(0, -math.floor(math.log10(tolerance))) if tolerance else printed
    ours, digits = row["ours"], None
    if ours is not None:
        digits = span_decimals(ours["low"], ours["high"])
        if digits is None:
            digits = max(decides, _decimals(plain(ours["value"]).replace("\u2212", "-")))
    return {**row, "tolerance": content, "printed_decimals": printed, "decimals": digits}


def _decimals(text: str) -> int:
    """Digits after the point, without zeros at the end."""
    return len(text.partition(".")[2].rstrip("0"))


def _uses(rows: Sequence[Row], code: str) -> bool:
    return any(row["certainty"] == code for row in rows)


def counts(rows: Sequence[Row]) -> dict[str, int]:
    """The number of rows with each verdict."""
    found = dict.fromkeys(_WORDS, 0)
    for row in rows:
        found[row["verdict"]] += 1
    return found


def summary(replications: Sequence[Row]) -> str:
    """The results in one sentence of counts only."""
    rows = [row for one in replications for row in one["rows"]]
    found = {verdict: count for verdict, count in counts(rows).items() if count}
    stopped = [one["title"] for one in replications if one["error"] and not one["rows"]]
    broken = f" Could not be loaded: {', '.join(stopped)}." if stopped else ""
    if not rows:
        return "Nothing was measured." + broken
    content = [f"{count} {_WORDS[verdict][count != 1]}" for verdict, count in found.items()]
    listed = content[0] if len(content) == 1 else f"{', '.join(content[:-1])} and {content[-1]}"
    parts = [f"Of {_numbers(len(rows))}, {listed}."]
    printed = [row for row in rows if row["certainty"] != "C"]
    if len(printed) < len(rows):
        met = sum(row["verdict"] == "reproduced" for row in printed)
        parts.append(
            f"The literature states {len(printed)} of them, in figures or in words, of which {met} "
            f"{_WORDS['reproduced'][met != 1]}; the others were computed for this project (C)."
        )
    if unexpected := sum(not row["as_declared"] for row in rows):
        was = "verdict is not the one that was" if unexpected == 1 else "verdicts are not those that were"
        parts.append(f"{unexpected} {was} declared.")
    return " ".join(parts) + broken


def _numbers(count: int) -> str:
    return "1 number" if count == 1 else f"{count} numbers"


def failures(replications: Sequence[Row]) -> list[dict[str, Any]]:
    """Every row that was not reproduced, with its replication, for the note on what did not replicate and why."""
    found = [
        {**shown(row), "name": one["name"], "title": one["title"]}
        for one in replications
        for row in one["rows"]
        if row["verdict"] != "reproduced"
    ]
    return sorted(found, key=lambda row: (list(_WORDS).index(row["verdict"]), row["name"]))
