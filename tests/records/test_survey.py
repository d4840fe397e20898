"""The walk over bytes agrees with a plain reader on what a row is, finds copies, and tells irregular marks."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundswell.records.codebooks import _survey
from groundswell.records.codebooks._survey import repeats, survey

PIECES = st.lists(st.sampled_from(["a", "b c", " ", ",", '"', '""', "\n", "\r\n", ";", "é", "1,5", '"x"', '"y,\nz"']))


def slow(text: str, delimiter: str) -> tuple[list[tuple[int, int]], int, bool]:
    """The plain twin: (offset, fields) of each row, where the first irregular mark is, and whether one stays open."""
    data = text.encode()
    rows, begin, count, state, irregular = [], 0, 1, "start", -1
    for at, byte in enumerate(data):
        char = chr(byte)
        if char == "\r":
            continue
        if state == "quoted":
            state = "closed" if char == '"' else "quoted"
        elif state == "closed" and char == '"':
            state = "quoted"
        elif char == delimiter:
            count, state = count + 1, "start"
        elif char == "\n":
            rows.append((begin, count))
            begin, count, state = at + 1, 1, "start"
        elif char == '"' and state == "start":
            state = "quoted"
        else:
            if (char == '"' or state == "closed") and irregular < 0:
                irregular = at
            state = "plain"
    if begin < len(data) and state != "quoted":
        rows.append((begin, count))
    return rows, irregular, state == "quoted"


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=PIECES, delimiter=st.sampled_from(",;"))
def test_the_walk_agrees_with_its_plain_twin(tmp_path: Path, parts: list[str], delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("".join(parts).encode())
    found = survey(path, delimiter)
    rows, irregular, unclosed = slow("".join(parts), delimiter)
    assert list(zip(found.offsets.tolist(), found.fields.tolist(), strict=True)) == rows
    assert (found.irregular, found.unclosed) == (irregular, unclosed)
    if irregular < 0 and not unclosed:  # then the standard library sees the same rows
        text = "".join(parts).replace("\r", "")
        parsed = [len(row) or 1 for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
        assert found.fields.tolist() == parsed


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pieces_of_any_size_give_the_same_survey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'a,b\n1,"x\n""y"""\r\n\n  1 ," x "\nlast,')
    whole = survey(path, ",")
    monkeypatch.setattr(_survey, "_CHUNK", size)
    monkeypatch.setattr(_survey, "_FIRST_ROWS", 1)  # and the arrays grow on the way
    pieces = survey(path, ",")
    for name in ("offsets", "fields", "hashes"):
        assert np.array_equal(getattr(whole, name), getattr(pieces, name))
    assert whole.fields.tolist() == [2, 2, 1, 2, 2]


def test_copies_are_told_by_their_cells_and_not_by_their_hash(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('h,i\n1,x\n1, x\n"1",x\n1x,\n1,X\n1,x\r\n"1,x",\n')
    found = survey(path, ",")
    assert [part.tolist() for part in repeats(path, found, 1, ",")] == [[1, 2, 5], [0, 0, 0]]
    same = replace(found, hashes=found.hashes * 0)  # a hash that says nothing apart
    assert [part.tolist() for part in repeats(path, same, 1, ",")] == [[1, 2, 5], [0, 0, 0]]


def test_a_byte_order_mark_is_no_part_of_a_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\n1,2\n")
    assert survey(path, ",").offsets.tolist() == [3, 7]
