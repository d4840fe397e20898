"""What an inquiry says about each file that it read; dumped to evidence.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundswell.records.accuracy import Accuracy
from groundswell.records.codebooks._base import Codebook
from groundswell.records.describe import Description
from groundswell.records.oddities import Gap
from groundswell.records.schema import Reading

_MOST_EXAMPLES = 12  # reasons for rejection that are listed, each with its first row; all are in Parquet


@dataclass(frozen=True)
class RejectedRows:
    """Rows that were rejected for one reason, and the first of them."""

    reason: str
    rows: int
    first_row: int
    column: str | None
    value: str | None


@dataclass(frozen=True)
class JumpOfYear:
    """A year that holds far more than the years around it."""

    year: int
    events: int
    neighbours: float


@dataclass(frozen=True)
class RecordRow:
    """What one file holds, and what is wrong with it.

    Parameters
    ----------
    rows, events, rejected, unread : of the file; events read; rows rejected; cells set aside in rows that were kept.
    recognised : whether the codebook was recognised from the file, and not named.
    kinds : how many events there are of each kind.
    crowds, missing_sizes : protests and strikes, and how many of these have no size.
    tables : of its description, as rows by name.
    """

    file: str
    name: str
    codebook: str
    recognised: bool
    title: str
    citation: str
    rows: int
    events: int
    kinds: Mapping[str, int]
    first: str | None
    last: str | None
    rejected: int
    rejected_by_reason: Sequence[RejectedRows]
    unread: int
    exact_duplicates: int
    missing_sizes: int
    crowds: int
    coarse_dates: int
    gaps: Sequence[Gap]
    jumps: Sequence[JumpOfYear]
    accuracy: Accuracy
    sentences: Sequence[str]
    notes: Sequence[str]
    tables: Mapping[str, Sequence[Mapping[str, Any]]]


def record_row(description: Description, reading: Reading, book: Codebook, recognised: bool) -> RecordRow:
    """What one file holds, and what is wrong with it."""
    report = description.report
    reasons = []
    for (reason,), part in reading.rejected.group_by("reason", maintain_order=True):
        first = part.sort("row").row(0, named=True)
        reasons.append(RejectedRows(str(reason), part.height, first["row"], first["column"], first["value"]))
    reasons.sort(key=lambda row: (-row.rows, row.first_row))
    return RecordRow(
        file=report.path.name,
        name=description.name,
        codebook=reading.codebook,
        recognised=recognised,
        title=book.title,
        citation=book.citation,
        rows=reading.rows,
        events=reading.events.height,
        kinds=dict(report.kinds),
        first=str(report.first) if report.first else None,
        last=str(report.last) if report.last else None,
        rejected=reading.rejected.height,
        rejected_by_reason=reasons[:_MOST_EXAMPLES],
        unread=reading.unread.height,
        exact_duplicates=reading.exact_duplicates,
        missing_sizes=report.missing_sizes,
        crowds=report.crowds,
        coarse_dates=report.coarse_dates,
        gaps=report.gaps,
        jumps=[JumpOfYear(jump.year, jump.count, jump.neighbours) for jump in report.jumps],
        accuracy=reading.accuracy,
        sentences=description.sentences(),
        notes=reading.notes,
        tables=description.brief(),
    )
