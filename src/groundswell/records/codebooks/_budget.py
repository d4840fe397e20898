"""Refuses, before the work, a file that would not fit into memory as events."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from groundswell.errors import MemoryRefusedError, RecordError
from groundswell.records.codebooks._open import head_of

if TYPE_CHECKING:
    from groundswell.records.codebooks._base import Codebook

VARIABLE = "GROUNDSWELL_MEMORY"
_LEAST = 2_000_000_000  # bytes that any file may take
_PER_BYTE = 2  # bytes of memory for each byte of a larger file
_FEW = 1_000_000  # rows that fit in any case: of a published layout some 1.2 GB
_BASE = 400_000_000  # the program, and the block of rows that is worked on
_COPIES = 3.2  # bytes at the peak for each byte of events, by `groundswell evidence`: measured, 2.9 to 3.6
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def refuse_too_large(book: Codebook, path: Path) -> None:
    """Estimate from the first rows of a file how much memory its events need, and refuse it if that is too much.

    Raises
    ------
    MemoryRefusedError : more than 2 GB, or for a file over 1 GB more than twice its size, or what the environment
        variable GROUNDSWELL_MEMORY allows (such as 8GB).
    """
    found = head_of(path, book.wanted(path), book.layout, _FEW)
    if found is None:
        return
    head, rows = found
    try:
        reading = book.read_from(head)
    except RecordError:  # which the whole file will show, or will not
        return
    held = reading.events.estimated_size() + reading.rejected.estimated_size() + reading.unread.estimated_size()
    if not book.rowwise:
        held += head.whole().frame.estimated_size()
    needed = _BASE + _COPIES * held / head.rows * rows
    allowed = _allowed(path)
    if needed > allowed:
        raise MemoryRefusedError(
            f"{path} has about {_rounded(rows):,} rows, which as events would take about {needed / 1e9:.1f} GB of "
            "memory",
            expected=f"at most {allowed / 1e9:.1f} GB",
            instead=f"groundswell data count {path} --unit week --out weekly.csv, which holds no rows; a part of the "
            f"file; or {VARIABLE}={max(needed * 1.2 / 1e9, 1):.0f}GB, to read it anyway",
        )


def _allowed(path: Path) -> float:
    stated = os.environ.get(VARIABLE, "").strip()
    if not stated:
        return max(_LEAST, _PER_BYTE * path.stat().st_size)
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?", stated.lower())
    if match is None:
        raise RecordError(f"{VARIABLE} = {stated!r}", expected="an amount of memory, such as 8GB")
    return float(match[1]) * _UNITS[match[2]]


def _rounded(rows: float) -> int:
    """To two figures, since it is an estimate."""
    digits = max(len(str(int(rows))) - 2, 0)
    return round(rows / 10**digits) * 10**digits
