"""The page that describes a record: what it holds, when and where it was watched, anomalies, and rows set aside."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from groundswell.drawing import COLOURS
from groundswell.files import check_writable, write_bytes, write_json
from groundswell.report import description_figures as figures
from groundswell.report.page import environment

_MOST_ROWS = 60
"""Largest number of rows of a table on the page; the CSV file has all of them."""
_FOLDED = 16
"""Number of rows above which a table is folded."""
_TITLES = {
    "by_month": "Events by month and kind",
    "by_day": "Events by day and kind",
    "by_kind": "Kinds",
    "by_role": "Roles",
    "by_place": "Places",
    "by_weekday": "Day of the week",
    "by_day_of_month": "Day of the month",
    "by_hour": "Hour of the day",
    "sizes": "People taking part, in events of mobilisation",
    "dead": "People killed",
    "map": "Places on the map",
    "recent": "The last weeks compared with the year before",
    "silent": "Places that fall silent",
    "names": "Names that may refer to one place",
    "misplaced": "Events far from where their place has its others",
    "rejected": "Rows that were set aside",
    "unread": "Figures that could not be read, in rows that were kept",
    "rejected_by_year": "Rows set aside by year",
}


def render(description: Any, version: str) -> str:
    """The page as HTML text, from a `groundswell.records.describe.Description`."""
    return environment().get_template("description.html.j2").render(contents(description) | {"version": version})


def contents(description: Any) -> dict[str, Any]:
    """The values of the template: sentences, notes, figures and tables."""
    tables = {name: frame.to_dicts() for name, frame in description.tables.items() if frame.height}
    sentences = description.sentences()
    return {
        "name": description.name,
        "citation": description.citation,
        "answer": description.answer,
        "sentences": sentences[2:],
        "notes": description.report.notes,
        "colours": COLOURS,
        **parts(description.name, tables),
    }


def parts(name: str, tables: Mapping[str, Sequence[Mapping[str, Any]]], prefix: str = "") -> dict[str, Any]:
    """The figures and tables of a description; `prefix` keeps links distinct if one page shows several.

    Parameters
    ----------
    tables : rows by name, as of `groundswell.records.describe.Description.tables`; dates may be texts.
    """
    drawn = _figures(name, {table: rows for table, rows in tables.items() if rows})
    listed = [_table(table, tables[table]) for table in _TITLES if tables.get(table)]
    folder = f"description/{prefix}" if prefix else "tables/"
    return {
        "figures": [figure | {"anchor": prefix + figure["name"]} for figure in drawn],
        "tables": [
            table | {"anchor": prefix + table["name"], "file": f"{folder}{table['name']}.csv"} for table in listed
        ],
    }


def prefix_of(at: int) -> str:
    """The prefix of the table names of the file at this index, if a page describes several files."""
    return f"{at + 1}-"


def write(folder: Path, description: Any, version: str) -> Path:
    """Write `description.html`, `description.json` and a CSV of every table into a folder; the path of the page.

    Raises
    ------
    OutputError : the folder cannot be written to.
    """
    check_writable(folder)
    tables = folder / "tables"
    check_writable(tables)
    for name, frame in description.tables.items():
        write_bytes(tables / f"{name}.csv", csv_of(frame))
    write_json(folder / "description.json", description.to_dict() | {"sentences": description.sentences()})
    page = folder / "description.html"
    write_bytes(page, render(description, version).encode())
    return page


def csv_of(frame: Any) -> bytes:
    """A table as CSV, without any text that a spreadsheet would run as a formula."""
    rows = [list(frame.columns), *([_harmless(value) for value in row] for row in frame.iter_rows())]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _harmless(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return "" if value is None else value


def _figures(name: str, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """The figures of the page, in its order: title, picture, legend, caption and the table of the same numbers."""
    found = []
    time = "day" if "by_day" in tables else "month"
    if f"by_{time}" in tables:
        title = f"Events of {name} by {time} and kind"
        picture, narrow, legend, bars = figures.over_time(tables[f"by_{time}"], title, time)
        says = "Stacked by kind." if len(legend) > 1 else f"All are of one kind: {legend[0][0]}."
        says += f" {bars}" if bars else ""
        found.append(_figure(f"by_{time}", picture, says, legend) | {"narrow": narrow})
    if "map" in tables:
        many = "1 place" if len(tables["map"]) == 1 else f"{len(tables['map']):,} places"
        says = f"{many}; the area of a circle is the number of events. Outlines: Natural Earth, coarse."
        found.append(_figure("map", figures.world_map(tables["map"], f"Where the events of {name} are"), says))
    for table, label, caption in (
        ("by_kind", "kind", "The kinds in the record's own words."),
        ("by_role", "role", "The roles of the kinds in a question."),
        ("by_place", "place", "The busiest places."),
    ):
        if len(tables.get(table, ())) > 1:
            rows = [row for row in tables[table] if row.get("level") == tables[table][0].get("level")][:15]
            found.append(_figure(table, figures.lying_bars(rows, label, _TITLES[table]), caption))
            found += _wider_places(tables[table]) if table == "by_place" else []
    for table in ("sizes", "dead"):
        if any(row["events"] for row in tables.get(table, ()) if row["figure"] != "not known"):
            picture = figures.lying_bars(tables[table], "figure", _TITLES[table])
            found.append(_figure(table, picture, "Events by figure; unknown values are shown as well."))
    for table, label, caption in (
        ("by_weekday", "weekday", "Of events dated to the day."),
        (
            "by_day_of_month",
            "day",
            "A column that stands out may be a day that was recorded instead of an unknown one.",
        ),
        ("by_hour", "hour", "Of events with a time of day."),
    ):
        if len(tables.get(table, ())) > 1:
            picture = figures.columns(tables[table], label, _TITLES[table])
            found.append(_figure(table, picture, caption))
    return found


def _wider_places(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The busiest places on each level above the first, such as countries, that has several."""
    found, of_level = [], dict[str, list[Mapping[str, Any]]]()
    for row in rows:
        of_level.setdefault(row["level"], []).append(row)
    for level, those in list(of_level.items())[1:]:
        if len(those) > 1:
            picture = figures.lying_bars(those[:15], "place", f"{_TITLES['by_place']}: {level}")
            figure = _figure("by_place", picture, f"The busiest of {len(those):,}.")
            found.append(figure | {"title": f"{_TITLES['by_place']}: {level}", "mark": f"-{len(found) + 2}"})
    return found[-2:]


def _figure(name: str, picture: Any, caption: str, legend: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    return {
        "name": name,
        "title": _TITLES[name],
        "picture": picture,
        "caption": caption,
        "legend": legend,
        "narrow": None,
        "mark": "",
        "broad": name in ("by_month", "by_day", "map"),
    }


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    head = list(rows[0])
    numeric = {
        column for column in head if any(isinstance(row[column], int | float) for row in rows) and column != "row"
    }
    return {
        "name": name,
        "title": _TITLES[name],
        "head": [column.replace("_", " ") for column in head],
        "figures": [column in numeric for column in head],
        "rows": [[_shown(column, row[column]) for column in head] for row in rows[:_MOST_ROWS]],
        "long": len(rows) > _FOLDED,
        "more": f"{len(rows) - _MOST_ROWS:,}" if len(rows) > _MOST_ROWS else "",
    }


def _shown(column: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float) and value < 0:
        return "−" + _shown(column, -value)
    if isinstance(value, float):
        if column in ("share", "size_known", "dead_known"):
            return f"{value:.1%}"
        return f"{value:.4f}".rstrip("0").rstrip(".") if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value}" if column in ("row", "line", "year", "hour") else f"{value:,}"
    return str(value)
