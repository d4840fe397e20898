"""Walks once over the bytes of a delimited file: where each row starts, how many fields it has, what repeats."""

from __future__ import annotations

import csv
import io
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray

_CHUNK = 1 << 23
_FIRST_ROWS = 1 << 16
_PAIRS = 1 << 16  # rows that are compared before the pages of the file are released
_START, _PLAIN, _QUOTED, _CLOSED = 0, 1, 2, 3  # at the start of a field; in a plain one; in a quoted one; after it
_MODE, _ROWS, _IRREGULAR, _BEGIN, _AT = 0, 2, 3, 4, 5  # places in the state that a walk hands on to the next
_NO_QUOTE = 256  # no byte has this value
_SPACE, _BYTE, _HALF = np.uint64(32), np.uint64(8), np.uint64(32)
_BETWEEN = np.uint64(1 << 8)  # what stands between cells is distinguished from what stands in them
_EMPTY, _ODD = np.uint64(14695981039346656037), np.uint64(0x9E3779B97F4A7C15)  # the golden ratio, in 64 bits


@dataclass(frozen=True)
class Survey:
    """What a walk over the bytes of a file found; a row is a record of RFC 4180, the header among them.

    offsets : int64 [R], where each row begins.
    fields : int32 [R], how many fields it has; a blank line has one.
    hashes : uint64 [R], a hash of its cells, without the spaces and quotation marks around them.
    irregular : where the first quotation mark that RFC 4180 does not allow stands; -1 if there is none.
    unclosed : whether a quotation mark is open at the end of the file; the row that opens it is not among the rows.
    last : where the row that an open quotation mark leaves unfinished begins.
    """

    offsets: NDArray[np.int64]
    fields: NDArray[np.int32]
    hashes: NDArray[np.uint64]
    irregular: int
    unclosed: bool
    last: int
    rows: int
    """How many rows there are, even where their places were not kept."""


def survey(path: Path, delimiter: str, *, quoted: bool = True, keep: bool = True) -> Survey:
    """Walk over a UTF-8 file once, in pieces of 8 MiB; a row costs 20 bytes of memory, or none without `keep`."""
    gone = 0
    state, hashing = _before()
    offsets = np.empty(_FIRST_ROWS, np.int64)
    fields = np.empty(_FIRST_ROWS, np.int32)
    hashes = np.empty(_FIRST_ROWS, np.uint64)
    quote = ord('"') if quoted else _NO_QUOTE
    space = np.empty(_CHUNK, np.uint8)
    with path.open("rb") as file:
        if file.read(3) != b"\xef\xbb\xbf":  # a byte-order mark is no part of the first row
            file.seek(0)
        state[_AT] = state[_BEGIN] = file.tell()
        while read := file.readinto(space.data):
            buffer, done = space[:read], 0
            while True:
                done = walk(buffer, done, ord(delimiter), quote, state, hashing, offsets, fields, hashes)
                if done == buffer.size:
                    break
                if keep:
                    offsets, fields, hashes = _longer(offsets), _longer(fields), _longer(hashes)
                else:
                    gone, state[_ROWS] = gone + offsets.size, 0
    unclosed = bool(state[_MODE] == _QUOTED)
    if state[_AT] > state[_BEGIN] and not unclosed:  # a last line without an end of line: give it one
        if state[_ROWS] == offsets.size:
            offsets, fields, hashes = _longer(offsets), _longer(fields), _longer(hashes)
        end = np.array([ord("\n")], np.uint8)
        walk(end, 0, ord(delimiter), quote, state, hashing, offsets, fields, hashes)
    rows = int(state[_ROWS])
    kept = rows if keep else 0
    where, begin = int(state[_IRREGULAR]), int(state[_BEGIN])
    return Survey(offsets[:kept], fields[:kept], hashes[:kept], where, unclosed, begin, gone + rows)


def pieces(path: Path, delimiter: str, *, quoted: bool = True) -> Iterator[tuple[bytes, Survey]]:
    """The bytes of a file in pieces of whole rows, of some 8 MiB each, with the survey of each piece by itself."""
    quote = ord('"') if quoted else _NO_QUOTE
    rest = b""
    with path.open("rb") as file:
        if file.read(3) != b"\xef\xbb\xbf":
            file.seek(0)
        while True:
            piece = file.read(_CHUNK)
            data = rest + piece
            if not piece and data and not data.endswith(b"\n"):
                data += b"\n"
            if not data:
                return
            state, hashing = _before()
            most = data.count(b"\n")
            offsets, fields, hashes = np.empty(most, np.int64), np.empty(most, np.int32), np.empty(most, np.uint64)
            buffer = np.frombuffer(data, np.uint8)
            walk(buffer, 0, ord(delimiter), quote, state, hashing, offsets, fields, hashes)
            rows, end = int(state[_ROWS]), int(state[_BEGIN])
            found = (offsets[:rows], fields[:rows], hashes[:rows], int(state[_IRREGULAR]))
            yield data[:end], Survey(*found, unclosed=False, last=end, rows=rows)
            rest = data[end:]
            if not piece:
                return


def _before() -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """The state of a walk before its first byte."""
    return np.array([_START, 0, 0, -1, 0, 0, -1, 0], np.int64), np.array([_EMPTY, 0], np.uint64)


def _longer(of: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([of, np.empty_like(of)])


@numba.njit(cache=True, nogil=True)
def mixed(value, word):
    """The hash `value` with eight more bytes; the shift brings down the high bits, which a product leaves high."""
    value = (value ^ word) * _ODD
    return value ^ (value >> _HALF)


@numba.njit(cache=True, nogil=True)
def hashed(value, word, held, byte):
    """The hash with one more byte: `word` gathers them until it holds eight."""
    word = (word << _BYTE) | byte
    if held == 7:
        return mixed(value, word), np.uint64(0), 0
    return value, word, held + 1


@numba.njit(cache=True, nogil=True)
def walk(buffer, done, delimiter, quote, state, hashing, offsets, fields, hashes):
    """Walk over `buffer` from `done`; returns where it stopped, which is short of the end where the arrays are full."""
    mode, count, rows, irregular, begin = state[0], state[1], state[2], state[3], state[4]
    before = state[5] - done  # where in the file the buffer begins
    spaces = state[6]  # not yet hashed, since they may end the cell; -1 before its first character
    value, word, held = hashing[0], hashing[1], state[7]  # `word` has the last `held` bytes, up to eight
    special = np.zeros(257, np.bool_)
    special[10] = special[13] = special[32] = special[delimiter] = special[quote] = True
    position = done
    while position < buffer.size:
        if spaces == 0 and _START < mode < _CLOSED:  # bytes inside a cell, as most are
            while position < buffer.size and not special[buffer[position]]:
                value, word, held = hashed(value, word, held, np.uint64(buffer[position]))
                position += 1
            if position == buffer.size:
                break
        byte = buffer[position]
        if mode != _QUOTED and byte == 10 and rows == offsets.size:
            break
        position += 1
        if byte == 13:
            continue
        if mode == _QUOTED:
            if byte == quote:
                mode = _CLOSED
                continue
        elif mode == _CLOSED and byte == quote:
            mode = _QUOTED  # a doubled quotation mark stands for one
        elif byte == delimiter or byte == 10:
            value = mixed(mixed(value, word), _BETWEEN | np.uint64(held))
            count += 1
            mode, spaces, word, held = _START, -1, np.uint64(0), 0
            if byte == 10:
                offsets[rows], fields[rows], hashes[rows] = begin, count, value
                rows += 1
                count, begin, value = 0, before + position, _EMPTY
            continue
        elif byte == quote and mode == _START:
            mode = _QUOTED
            continue
        else:
            if (byte == quote or mode == _CLOSED) and irregular < 0:
                irregular = before + position - 1
            mode = _PLAIN
        if byte == 32:
            spaces += spaces >= 0
            continue
        for _ in range(spaces):
            value, word, held = hashed(value, word, held, _SPACE)
        spaces = 0
        value, word, held = hashed(value, word, held, np.uint64(byte))
    state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7] = (
        mode,
        count,
        rows,
        irregular,
        begin,
        before + position,
        spaces,
        held,
    )
    hashing[0], hashing[1] = value, word
    return position


def repeats(
    path: Path, found: Survey, first: int, delimiter: str, *, quoted: bool = True
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows that have the same cells as an earlier one, and for each the first that has; counted from `first` on.

    Rows with equal hashes are compared, so that a collision cannot merge two rows: by their bytes, and where these
    differ (by a quotation mark or a space), by their cells.
    """
    hashes = found.hashes[first:]
    many = np.flatnonzero(pl.Series(hashes).is_duplicated().to_numpy())
    _, earliest, group = np.unique(hashes[many], return_index=True, return_inverse=True)
    of = many[earliest[group]]
    again = many != of
    many, of = many[again], of[again]
    if many.size == 0:
        return many, of
    offsets = np.append(found.offsets[first:], path.stat().st_size)
    same = _same_bytes(path, offsets, many, of)
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    with path.open("rb") as file:

        def cells(row: int) -> list[str]:
            file.seek(int(offsets[row]))
            text = file.read(int(offsets[row + 1] - offsets[row])).rstrip(b"\r\n").decode("utf-8").replace("\r", "")
            parsed = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting), [])
            return [cell.strip(" ") for cell in parsed]

        for i in np.flatnonzero(~same).tolist():
            same[i] = cells(int(many[i])) == cells(int(of[i]))
    return many[same], of[same]


def _same_bytes(
    path: Path, offsets: NDArray[np.int64], one: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether rows have the same bytes, but for their ends of line; the pages of the file are released on the way."""
    same = np.empty(one.size, np.bool_)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as pages:
        data = np.frombuffer(pages, np.uint8)
        for at in range(0, one.size, _PAIRS):
            compare(data, offsets, one[at : at + _PAIRS], other[at : at + _PAIRS], same[at : at + _PAIRS])
            if hasattr(pages, "madvise"):
                pages.madvise(mmap.MADV_DONTNEED)
        del data  # the map cannot be closed under it
    return same


@numba.njit(cache=True, nogil=True)
def compare(data, offsets, one, other, same):
    """Whether the bytes of each pair of rows are the same, without the ends of line; into `same`."""
    for i in range(one.size):
        a, a_end = offsets[one[i]], offsets[one[i] + 1]
        b, b_end = offsets[other[i]], offsets[other[i] + 1]
        while a_end > a and (data[a_end - 1] == 10 or data[a_end - 1] == 13):
            a_end -= 1
        while b_end > b and (data[b_end - 1] == 10 or data[b_end - 1] == 13):
            b_end -= 1
        equal = a_end - a == b_end - b
        while equal and a < a_end:
            equal = data[a] == data[b]
            a += 1
            b += 1
        same[i] = equal
