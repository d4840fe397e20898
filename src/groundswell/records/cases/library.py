"""Loads the cases: every TOML file in this folder is a case."""

from __future__ import annotations

import hashlib
import io
import itertools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

import polars as pl

from groundswell.errors import RecordError

Confidence = Literal["printed", "sources differ", "compiled"]
CONFIDENCES: tuple[str, ...] = ("printed", "sources differ", "compiled")
_TYPES = {"integer": pl.Int64, "number": pl.Float64, "date": pl.Date, "text": pl.String}
_KEYS = {"title", "citation", "licence", "unit", "confidence", "note", "columns", "checks", "table"}


@dataclass(frozen=True)
class CaseCheck:
    """One arithmetic identity of a case: what it says, the figure that the source prints, the figure found."""

    says: str
    printed: float | str
    found: float | str
    holds: bool


@dataclass(frozen=True)
class Column:
    """A column of a case: its type, its unit and what it means."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True)
class Case:
    """A small real record that ships inside the package.

    Parameters
    ----------
    name, title, citation, licence : what it is, where its figures are from, and why it may be shipped.
    unit : what one row is.
    confidence : "printed" (as one source prints it), "sources differ" (low and high figures), or "compiled" (put
        together from standard works for this project, to be checked against them).
    note : what a user must know.
    columns : the columns with their meaning.
    frame : the record.
    """

    name: str
    title: str
    citation: str
    licence: str
    unit: str
    confidence: Confidence
    note: str
    columns: tuple[Column, ...]
    frame: pl.DataFrame
    checks: tuple[Mapping[str, Any], ...]

    def check(self) -> tuple[CaseCheck, ...]:
        """Execute every arithmetic check that the case states; none of them raises, each says whether it holds."""
        return tuple(_execute(self, stated) for stated in self.checks)


def cases() -> list[str]:
    """The names of the cases that ship with the package, in alphabetical order."""
    return sorted(file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml"))


def load_case(name: str) -> Case:
    """Load a case by name.

    Raises
    ------
    RecordError : no case has this name; the message lists those that are known.

    Example
    -------
    >>> case = load_case("leipzig_1989")
    >>> case.frame["high"].max()
    500000
    >>> all(check.holds for check in case.check())
    True
    """
    known = cases()
    if name not in known:
        raise RecordError(f"case {name!r}", expected=f"one of {', '.join(known)}")
    return parse_case(name, (_folder() / f"{name}.toml").read_text(encoding="utf-8"))


def case_sha256(name: str) -> str:
    """SHA-256 of the file of a shipped case."""
    return hashlib.sha256(_folder().joinpath(f"{name}.toml").read_bytes()).hexdigest()


def parse_case(name: str, text: str) -> Case:
    """Read a case from TOML text; for `load_case`, and for a user's own case in the same form.

    Raises
    ------
    RecordError : the text is not TOML, lacks a part, or its table does not fit its columns.
    """
    try:
        stated = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecordError(f"case {name!r} is not TOML ({error})", expected="the form of a case") from error
    missing, strange = sorted(_KEYS - stated.keys()), sorted(stated.keys() - _KEYS)
    if missing or strange:
        raise RecordError(
            f"case {name!r} lacks {missing} and has {strange} besides", expected=f"the keys {', '.join(sorted(_KEYS))}"
        )
    if stated["confidence"] not in CONFIDENCES:
        raise RecordError(f"case {name!r}: confidence", expected=f"one of {', '.join(CONFIDENCES)}")
    columns = tuple(Column(column, of["type"], of["meaning"]) for column, of in stated["columns"].items())
    return Case(
        name=name,
        title=stated["title"],
        citation=stated["citation"],
        licence=stated["licence"],
        unit=stated["unit"],
        confidence=stated["confidence"],
        note=stated["note"],
        columns=columns,
        frame=_frame(name, stated["table"], columns),
        checks=tuple(stated["checks"]),
    )


def _folder():
    return files("groundswell.records.cases")


def _frame(name: str, table: str, columns: tuple[Column, ...]) -> pl.DataFrame:
    lines = "\n".join(",".join(_fields(line)) for line in table.strip().splitlines())
    try:
        raw = pl.read_csv(io.StringIO(lines), infer_schema=False, raise_if_empty=True)
        frame = raw.select(pl.col(c.name).replace("", None).cast(_TYPES[c.type]) for c in columns)
    except (pl.exceptions.PolarsError, KeyError) as error:
        raise RecordError(
            f"case {name!r}: its table does not fit its columns ({error})", expected="values of the stated types"
        ) from error
    if raw.columns != [column.name for column in columns]:
        raise RecordError(f"case {name!r}: a table of {raw.columns}", expected=f"{[c.name for c in columns]}")
    return frame


def _fields(line: str) -> list[str]:
    """The fields of a row, which are set apart by | so that texts may hold commas."""
    return ['"' + field.strip().replace('"', '""') + '"' for field in line.split("|")]


def fingerprint(frame: pl.DataFrame) -> str:
    """The first 16 digits of the SHA-256 of a frame's values, so that an error in any cell shows, text included."""
    cells = (f"{cell:.6f}" if isinstance(cell, float) else str(cell) for row in frame.rows() for cell in row)
    return hashlib.sha256("|".join(cells).encode("utf-8")).hexdigest()[:16]


def _execute(case: Case, stated: Mapping[str, Any]) -> CaseCheck:
    """One check of a case. Its key `rule` says what is computed:

    total : the sum of `column` times `scale`, over the rows in which `where.column` lies from `where.from` to
        `where.to`, or is one of `where.is`, rounded to `decimals`, equals `equals`.
    mean : the same with the mean.
    adds : in every row, the columns `parts` sum to the column `whole`.
    order : in every row, the columns `ascending` do not decrease, where they are known.
    rows : the number of rows.
    fingerprint : the fingerprint of the whole table.
    """
    frame, rule, says = case.frame, stated["rule"], stated["says"]
    if rule == "fingerprint":
        found = fingerprint(frame)
        return CaseCheck(says, stated["equals"], found, found == stated["equals"])
    if rule == "rows":
        return CaseCheck(says, stated["equals"], frame.height, frame.height == stated["equals"])
    if rule == "adds":
        rows = frame.filter(pl.sum_horizontal(stated["parts"]) != pl.col(stated["whole"])).height
        return CaseCheck(says, 0, rows, rows == 0)
    if rule == "order":
        names = stated["ascending"]
        wrong = [pl.col(a) > pl.col(b) for a, b in itertools.pairwise(names)]
        rows = frame.filter(pl.any_horizontal(wrong)).height
        return CaseCheck(says, 0, rows, rows == 0)
    if rule in ("total", "mean"):
        if where := stated.get("where"):
            column = pl.col(where["column"])
            frame = frame.filter(
                column.is_in(where["is"]) if "is" in where else column.is_between(where["from"], where["to"])
            )
        value = frame[stated["column"]].cast(pl.Float64)
        amount = (value.sum() if rule == "total" else value.mean()) or 0.0
        found = round(float(amount) * stated.get("scale", 1), stated.get("decimals", 0))  # type: ignore[arg-type]
        return CaseCheck(says, stated["equals"], found, abs(found - stated["equals"]) < 1e-9)
    raise RecordError(
        f"case {case.name!r}: the rule {rule!r}", expected="total, mean, adds, order, rows or fingerprint"
    )
