"""Writes a mapping file to fill in, from the columns of a table and the values of those that may be its kinds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from groundswell.records.codebooks._dates import century_of, orders_of
from groundswell.records.codebooks._open import read_table
from groundswell.records.codebooks._style import DATE_ORDERS, languages, other_months
from groundswell.records.codebooks._table import FileLayout, Table
from groundswell.records.vocabulary import slip_for

# What columns are likely to be called, in the languages in which records of protest are kept, most informative first
_NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("date", (r"^(event[ _]?)?date$", r"start.?date|date.?start|date.?begin",
              r"^(datum|fecha|data|jour|tag|day|when|quand|wann|cuándo|cuando|quando)$", r"date|datum|fecha",
              r"^(?:year|année|annee|año|jahr|anno|ano)$")),
    ("date_end", (r"end.?date|date.?end", r"^(until|fin|ende)$")),
    ("kind", (r"^(kind|event.?type)$", r"^(type|forme?|tipo|art|category|tactic|what|quoi|was|qué|que)$",
              r"what.?happened|\btype\b|_type$|^type_|^categor|^catégor")),
    ("size", (r"^(size|participants?|turnout|crowd|manifestants|teilnehmer|participantes|people|how many|combien)$",
              r"particip|^crowd( |_)?size$|teilnehm|how.?many|^attend(ed|ance)$")),
    ("size_instead", (r"^(registered|expected|announced|angemeldet)$",)),
    ("size_low", (r"(size|estimate).*(low|min)",)),
    ("size_high", (r"(size|estimate).*(high|max)",)),
    ("place", (r"^(place|city|town|locality|ville|lieu|ort|stadt|ciudad|lugar|where|où|ou|dónde|wo)$",
               r"city|location|locali|town")),
    ("country", (r"^(country|land|pays|pa[ií]s|nation)$", r"country")),
    ("latitude", (r"^lat(itude)?$",)),
    ("longitude", (r"^(lon|lng|long|longitude)$",)),
    ("fatalities", (r"fatal|deaths?$|^dead$|killed|^morts$|^muertos$|^tote$",)),
    ("source", (r"^(source|quelle|fuente)s?$",)),
    ("id", (r"^(id|event.?id)$",)),
)  # fmt: skip
_COUNTS = r"^(events|count|counts|n|number|events?_count|nombre|anzahl|número|numero)$"
_YEARS = r"^(year|année|annee|año|jahr|anno|ano)$"
_MONTHS = r"^(month|mois|monat|mes|mês|mese)$"
_DAYS = r"^(day|jour|tag|día|dia|giorno)$"
_MOST_COUNTED = 400  # different numbers in a column of counts; one of codes or amounts has more
_MOST_VALUES = 40
_MOST_KINDS = 60  # different values that a column of kinds has; one of texts has more
_LARGE = 1 << 26  # bytes of a file of which only the first rows are looked at
_FIRST = 100_000  # or in a text 4 MiB
_SHOWN = 6  # values shown of each column that was not placed


def template(path: Path, layout: FileLayout | None = None) -> str:
    """A mapping file for this table, whose columns were placed by their names alone.

    The values of the column of kinds are listed as the record has them, with how many rows have each: what they mean is
    for the keeper of the record to state, so that no kind is guessed from part of a word. Columns that were not placed
    are listed with their most frequent values.
    """
    large = path.exists() and path.stat().st_size > _LARGE
    table = read_table(path, layout=layout, rows=_FIRST if large else None)
    names = [name for name in table.columns if name != "row (of the record)"]
    placed = _placed(names)
    if "size" in placed:
        placed = {field: name for field, name in placed.items() if field not in ("size_low", "size_high")}
    parts = _parts_of_date(names, placed.get("date", ""))
    used = {*placed.values(), *parts}
    counts = next((n for n in names if n not in used and re.search(_COUNTS, n.strip().lower())), None)
    lines = [
        f"# How {path.name} is read. The columns below were placed by their names: check each of them.",
        *(["# The file is large: the values below are those of its first rows."] if large else []),
        f"title = {_quoted(path.name.split('.')[0])}",
        *_about_dates(table, placed.get("date")),
        '# duplicates = "drop"    # set exact duplicates aside',
        *([f"count = {_quoted(counts)}          # how many events a row stands for"] if counts else []),
        "",
        "[columns]",
        *([f"date = [{', '.join(map(_quoted, parts))}]"] if parts else []),
        *(f"{field} = {_quoted(name)}" for field, name in placed.items() if field != "date" or not parts),
    ]
    if "date" not in placed and not parts:
        lines.append('# date = "..."          # needed: the column that holds the date')
    elif not parts and re.search(_YEARS, placed["date"].strip().lower()):
        lines.append("# rows of units by year (persons, campaigns, countries) are a panel: groundswell panel --help")
    lines += _left(table, [name for name in names if name not in used and name != counts])
    lines += _kinds(table, placed.get("kind"), [n for n in names if n not in used and _counts(table, n)])
    lines += [
        "",
        "# [window]                 # when somebody watched: weeks without events are then zeros, and others are not",
        '# span = ["2001-01-01", "2010-12-31"]',
    ]
    return "\n".join(lines) + "\n"


def _parts_of_date(names: Sequence[str], date: str) -> list[str]:
    """The columns of year, month and day, where no column has a whole date."""
    if date and not any(re.search(part, date.strip().lower()) for part in (_YEARS, _DAYS)):
        return []
    found = [
        next((name for name in names if re.search(part, name.strip().lower())), "") for part in (_YEARS, _MONTHS, _DAYS)
    ]
    return [name for name in found if name] if found[0] and found[1] else []


def _about_dates(table: Table, column: str | None) -> list[str]:
    """The lines on how dates are written, as far as the record shows it."""
    texts = table.frame[column] if column is not None else pl.Series([], dtype=pl.String)
    found = orders_of(texts)
    lines = []
    day, month, either = (found[name][0] for name in ("day first", "month first", "either"))
    if day or month or either:
        order = "dmy" if day > month else "mdy"
        decided = (day > 0) != (month > 0)
        undecided = 'or "mdy": nothing in the dates decides'
        why = f"{max(day, month):,} dates can be read only so" if decided else undecided
        lines.append(f'{"" if decided else "# "}date_order = "{order if decided else "dmy"}"     # {why}')
    else:
        lines.append(f'# date_order = "dmy"     # of dates such as 3/4/2011; one of {", ".join(DATE_ORDERS)}')
    words = texts.str.to_lowercase().str.extract(r"(\p{L}{3,10})", 1).drop_nulls().unique().to_list()
    foreign = other_months((languages()["en"],))
    codes = [foreign[word] for word in words if word in foreign]
    if codes:
        lines.append(f'language = "{max(sorted(set(codes)), key=codes.count)}"         # of its months and sizes')
    if (century := century_of(texts)) is not None:
        lines.append(f"century = {century}           # of years of two digits: {century} to {century + 99}")
    elif (texts.str.contains(r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{2}$").sum() or 0) > 0:
        lines.append("# century = 2000         # of years of two digits: 2000 to 2099")
    return lines


def _left(table: Table, names: Sequence[str]) -> list[str]:
    """Comments on the columns that were not placed, with their most frequent values."""
    lines = ["# not placed:"] if names else []
    for name in names[:30]:
        values = table.frame[name].drop_nulls()
        counted = values.value_counts(sort=True, name="rows").head(_SHOWN)
        shown = ", ".join(f"{_quoted(str(v)[:24])} ({n:,})" for v, n in counted.iter_rows())
        lines.append(
            f"#   {_quoted(name)}: {values.n_unique():,} values, such as {shown}" if shown else f"#   {_quoted(name)}"
        )
    if len(names) > 30:
        lines.append(f"#   and {len(names) - 30:,} more")
    return lines


def _counts(table: Table, name: str) -> bool:
    """Whether a column may count events: whole numbers of few different values, and not codes of 0 and 1 alone."""
    values = table.frame[name].drop_nulls().unique()
    if not 3 <= values.len() <= _MOST_COUNTED or not values.str.contains(r"^\d{1,4}(?:\.0+)?$").all():
        return False
    return bool((values.str.replace(r"\.0+$", "") == "0").any())


def _kinds(table: Table, column: str | None, counted: Sequence[str]) -> list[str]:
    if column is None:
        columns = ", ".join(_quoted(name) for name in counted[:12])
        return [
            "",
            "# What the rows are: one kind of event, or a kind in a column above, or counts of several kinds.",
            *(
                [f"# count = [{columns}]   # above the first [table]: columns that each count a kind"]
                if counted
                else []
            ),
            "[constants]",
            '# kind = "protest"',
        ]
    values = table.frame[column].drop_nulls().str.to_lowercase().value_counts(sort=True, name="rows")
    ordered = values.sort("rows", column, descending=[True, False])
    lines = [
        "",
        "[kinds]               # each value of the column of kinds, in lower case, and what to call it; how many rows",
    ]
    if ordered.height > _MOST_KINDS:
        lines[1] += f" (of {ordered.height:,} values: is {_quoted(column)} the column of kinds?)"
    listed = ordered.head(_MOST_VALUES)
    every = dict(ordered.iter_rows())
    for value, rows in listed.iter_rows():
        near = slip_for(value, every)
        slip = f"; a slip for {_quoted(near)}?" if near is not None else ""
        lines.append(f"{_quoted(value)} = {_quoted(value)}  # {rows:,}{slip}")
    if values.height > _MOST_VALUES:
        lines.append(f'"*" = "other"           # {values.height - _MOST_VALUES} further values')
    lines += [
        "",
        "[roles]               # the role of each kind: violence, mobilisation, repression, concession, coverage",
        "                      # or other; without a role, questions about violence and mobilisation ignore it",
        *(f'# {_quoted(value)} = "..."' for value, _ in listed.iter_rows() if value not in _KNOWN_ROLES),
    ]
    return lines


_KNOWN_ROLES = ("protest", "strike", "violence", "repression", "concession", "other")


def _placed(names: Sequence[str]) -> dict[str, str]:
    """The column for each field of the schema: the first free one that has the most informative of its names."""
    placed: dict[str, str] = {}
    taken: set[str] = set()
    lowered = [(name, name.strip().lower()) for name in names]
    for field, patterns in _NAMES:
        for pattern in patterns:
            hit = next((name for name, low in lowered if name not in taken and re.search(pattern, low)), None)
            if hit is not None:
                placed[field] = hit
                taken.add(hit)
                break
    return placed


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
