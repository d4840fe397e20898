"""Reads a file of event records under the one schema, through a codebook."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from groundswell.errors import RecordError
from groundswell.records.codebooks._base import Codebook
from groundswell.records.codebooks.library import codebook as find
from groundswell.records.codebooks.library import recognise
from groundswell.records.codebooks.mapping import configured
from groundswell.records.schema import Reading


def read_events(
    path: str | Path,
    codebook: str | Path | Codebook | None = None,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    **options: Any,
) -> Reading:
    """Read a file of event records under the one schema, setting aside, with its reason, every malformed row.

    Parameters
    ----------
    path : delimited text (its delimiter is found), Parquet, JSON or JSON lines, any of them gzipped; a workbook (.xlsx,
        .xls, .ods), a Stata file, or an SPSS file (with the extra `formats`). The encoding of text is UTF-8 or UTF-16,
        with or without a byte-order mark; lines that are neither are read as Windows-1252, as a note then states.
    codebook : the name of a built-in codebook (`groundswell.records.codebooks.library.codebooks`), "csv" for a file
        that has the schema's own columns, or the path of a mapping file (`groundswell.records.codebooks.mapping`).
        Without one, it is recognised from the columns.
    start, end : the days between which the record is read; events outside are rejected.
    options : what a mapping file says besides its columns, such as `date_order="dmy"`, `language="fr"`, `sheet=2`,
        `window={"span": [...]}`; see `groundswell.records.codebooks.mapping.Conventions`.

    Returns
    -------
    Reading : `events`, `rejected`, `notes`; every row of the file is accounted for.

    Raises
    ------
    RecordError : the file is missing, empty, damaged or not of this data set; the codebook is not known; the dates are
        not in the order in which they are read, or are in two orders.
    MemoryRefusedError : as events, the file would take more than 2 GB, or than twice its size where that is more;
        `GROUNDSWELL_MEMORY` (such as 8GB) sets another limit. `groundswell.count_events` counts such a file.

    Notes
    -----
    Known limits: an event of several days is one event, dated by its first day. Numbers of dead that are ranges keep
    the low figure. The order of events within a day is not known.

    Example
    -------
    >>> reading = read_events("mm_master.csv.gz", "mass_mobilization")  # doctest: +SKIP
    >>> reading.events.group_by("kind").len()  # doctest: +SKIP
    >>> print(*reading.notes, sep="\\n")  # doctest: +SKIP
    """
    return prepared(path, codebook, start=start, end=end, **options).read(Path(path))


def prepared(
    path: str | Path,
    codebook: str | Path | Codebook | None = None,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    **options: Any,
) -> Codebook:
    """The codebook by which a file is read, with the requested window and conventions; see `read_events`."""
    if codebook is None:
        codebook = recognise(path, configured(find("csv"), options).layout)
    start, end = _day(start, "start"), _day(end, "end")
    book = configured(find(codebook), options)
    if start is not None or end is not None:
        book = book.configured(window=book.window.narrowed(start, end))
    return book


def _day(stated: date | str | None, name: str) -> date | None:
    """A day that may be written as a text."""
    if not isinstance(stated, str):
        return stated
    try:
        return date.fromisoformat(stated)
    except ValueError as error:
        raise RecordError(f"{name} = {stated!r}", expected="a day, such as 2011-01-31") from error
