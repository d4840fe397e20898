"""Writes a mapping file to fill in, from the columns of a table and the values of the one that looks like its kinds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from groundswell.records.codebooks._table import read_table

# What columns are likely to be called, in the languages in which records of protest are kept, most telling first
_NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("date", (r"^(event[ _]?)?date$", r"start.?date|date.?start|date.?begin", r"^(datum|fecha|data|jour|tag|day|when)$",
              r"date|datum|fecha")),
    ("date_end", (r"end.?date|date.?end", r"^(until|fin|ende)$")),
    ("kind", (r"^(kind|event.?type)$", r"^(type|forme?|tipo|art|category|tactic|what)$", r"type|categor")),
    ("size", (r"^(size|participants?|turnout|crowd|manifestants|teilnehmer|participantes|people)$", r"particip|crowd")),
    ("size_low", (r"(size|estimate).*(low|min)",)),
    ("size_high", (r"(size|estimate).*(high|max)",)),
    ("place", (r"^(place|city|town|locality|ville|lieu|ort|stadt|ciudad|lugar|where)$", r"city|location")),
    ("country", (r"^(country|land|pays|pa[ií]s|nation)$", r"country")),
    ("latitude", (r"^lat(itude)?$",)),
    ("longitude", (r"^(lon|lng|long|longitude)$",)),
    ("fatalities", (r"fatal|deaths?$|^dead$|killed|^morts$|^muertos$|^tote$",)),
    ("source", (r"^(source|quelle|fuente)s?$",)),
    ("id", (r"^(id|event.?id)$",)),
)  # fmt: skip
_KINDS: tuple[tuple[str, str], ...] = (
    ("strike", r"strike|stoppage|gr[eè]ve|streik|huelga|walk.?out"),
    ("violence", r"riot|violen|attack|battle|clash|[eé]meute|krawall|bomb|assault|disturb"),
    ("repression", r"arrest|repress|police|dispers|crackdown|detain|curfew"),
    ("concession", r"concession|reform|resign|agreement|negotiat"),
    ("protest", r"protest|march|demo|rally|manifest|sit.?in|vigil|petition|boycott|kundgebung|marcha|picket"),
)
_MOST_VALUES = 30


def template(path: Path) -> str:
    """A mapping file for this table: guesses that can be read back at once where a date and a kind are among them.

    Columns that were not placed are listed; the values of the column of kinds are listed with what they look like, and
    those that look like nothing are "other". A guess is no more than that: whoever knows the record looks it over.
    """
    table = read_table(path)
    names = [name for name in table.columns if name != "row (of the record)"]
    placed = _placed(names)
    if "size" in placed:
        placed = {field: name for field, name in placed.items() if field not in ("size_low", "size_high")}
    lines = [
        f"# How {path.name} is read. Every guess below was made from the names of its columns: look each over.",
        f"title = {_quoted(path.name.split('.')[0])}",
        "# day_first = true      # if 3/4/2011 is 3 April",
        '# duplicates = "drop"    # set exact duplicates aside',
        "",
        "[columns]",
        *(f"{field} = {_quoted(name)}" for field, name in placed.items()),
    ]
    if "date" not in placed:
        lines.append('# date = "..."          # needed: the column that holds the date')
    left = [name for name in names if name not in placed.values()]
    if left:
        lines.append(f"# not placed: {', '.join(_quoted(name) for name in left)}")
    if "kind" not in placed:
        lines += [
            "",
            "[constants]",
            '# kind = "protest"   # needed: here, if all rows are of one kind, or as a column above',
        ]
        return "\n".join(lines) + "\n"
    values = table.frame[placed["kind"]].drop_nulls().str.to_lowercase().value_counts(sort=True, name="rows")
    lines += ["", "[kinds]               # each value of the column of kinds, in lower case; how many rows have it"]
    for value, rows in values.sort("rows", placed["kind"], descending=[True, False]).head(_MOST_VALUES).iter_rows():
        lines.append(f"{_quoted(value)} = {_quoted(_kind(value))}  # {rows:,}")
    if values.height > _MOST_VALUES:
        lines.append(f'"*" = "other"           # {values.height - _MOST_VALUES} further values')
    return "\n".join(lines) + "\n"


def _placed(names: Sequence[str]) -> dict[str, str]:
    """The column for each field of the schema: the first free one that has the most telling of its names."""
    placed: dict[str, str] = {}
    for field, patterns in _NAMES:
        for pattern in patterns:
            hits = [name for name in names if name not in placed.values() and re.search(pattern, name.strip().lower())]
            if hits:
                placed[field] = hits[0]
                break
    return placed


def _kind(value: str) -> str:
    return next((kind for kind, words in _KINDS if re.search(words, value)), "other")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
