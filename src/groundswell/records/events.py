"""Reads a file of event records under the one schema, through a codebook."""

from __future__ import annotations

from pathlib import Path

from groundswell.records.codebooks._base import Codebook
from groundswell.records.codebooks.library import codebook as find
from groundswell.records.codebooks.library import recognise
from groundswell.records.schema import Reading


def read_events(path: str | Path, codebook: str | Path | Codebook | None = None) -> Reading:
    """Read a file of event records under the one schema, keeping aside, with its reason, every row that is malformed.

    Parameters
    ----------
    path : a .csv, .tsv or .txt file, any of them gzipped, or an .xlsx workbook (its first sheet). The encoding is
        UTF-8 or UTF-16, with or without a byte-order mark; lines that are neither are read as Windows-1252, which a
        note then says. The delimiter is found.
    codebook : the name of a built-in codebook (`groundswell.records.codebooks.library.codebooks`), "csv" for a file
        that has the schema's own columns, or the path of a mapping file (`groundswell.records.codebooks.mapping`).
        Without one, it is recognised from the columns.

    Returns
    -------
    Reading : `events`, `rejected`, `notes`; the rows of the file are all accounted for.

    Raises
    ------
    RecordError : the file is missing, empty, damaged or not of this data set; the codebook is not known; the dates
        are written in another order than they are read in, or in two orders.

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
    return find(recognise(path) if codebook is None else codebook).read(Path(path))
