"""The finding on a question: an answer in words, and the numbers that it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from groundswell.inquiry.fit_rows import FitRow
from groundswell.inquiry.questions import Question
from groundswell.inquiry.rows import ChangeRow, PairRow, ResponseRow, SpreadRow, Status, WavesRow
from groundswell.results import Result

if TYPE_CHECKING:
    import polars as pl


def summary(parts: Iterable[Status]) -> Status:
    """The badge of a question from those of its parts: "found" where something was found, and it leads the answer;
    "not found" only where every part could tell; otherwise "no verdict"."""
    states = set(parts)
    if "found" in states:
        return "found"
    return "not found" if states == {"not found"} else "no verdict"


@dataclass(frozen=True)
class Finding(Result):
    """The answer to one question.

    Parameters
    ----------
    question : what was asked.
    status : see `Status`.
    answer : one or two plain sentences; where the record cannot tell, they begin with "The record cannot tell" or say
        why the question was not asked.
    pairs : one row per place and ordered pair of kinds (excitation).
    fits : one row per fitted model, with its checks, placebos, sensitivity, and what its plots need.
    responses : one row per kind of act and kind of response, with its curve.
    waves, spread : one row per series, and per kind.
    changes : one row per kind, for a change at a date or against other places.
    methods, limits, references : of this question, those that apply.
    notes : settings that were adapted, and what was left out.
    tables : frames for Parquet, by name; not exported.
    """

    left_out = ("tables",)

    question: Question
    status: Status
    answer: str
    pairs: tuple[PairRow, ...] = ()
    fits: tuple[FitRow, ...] = ()
    responses: tuple[ResponseRow, ...] = ()
    waves: tuple[WavesRow, ...] = ()
    spread: tuple[SpreadRow, ...] = ()
    changes: tuple[ChangeRow, ...] = ()
    methods: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)


def not_asked(question: Question, because: str) -> Finding:
    """The finding of a question that the record cannot support."""
    return Finding(question, "not asked", f"Not asked: {because}.")
