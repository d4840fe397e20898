"""Panels: rows of units (persons, campaigns, countries) by wave, with outcomes, exposures and weights."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import polars as pl
import pydantic
from numpy.typing import NDArray

from groundswell.charts import Chart
from groundswell.errors import RecordError, nearest
from groundswell.results import Result
from groundswell.settings import Settings, require_known

if TYPE_CHECKING:
    from groundswell.records.codebooks._style import Style
    from groundswell.records.codebooks._table import FileLayout

UNIT, WAVE, WEIGHT, CLUSTER = "unit", "wave", "weight", "cluster"
ONCE = "once"
"""The wave of units that were observed only once."""
_SHOWN = 10
_ROW, _ONCE = "the number of the row", "the only wave"
_WORDS_OF_NOTHING = frozenset({"", ".", "na", "n/a", "nan", "null", "none"})
_KEPT_WHERE_REPEATED = {"keep first": "first", "keep last": "last"}


class PanelMapping(Settings):
    """The table `[panel]` of a mapping file: the role of each column of a record.

    Example
    -------
    >>> PanelMapping(unit="id", wave="year", outcomes=("marched",), exposures=("talked",)).columns
    ('id', 'year', 'marched', 'talked')
    """

    error: ClassVar = RecordError

    unit: str | None = pydantic.Field(
        default=None, description="the column that identifies a unit; left out where every row is one"
    )
    wave: str | None = pydantic.Field(
        default=None, description="the column of waves; left out where every unit was seen once"
    )
    outcomes: tuple[str, ...] = pydantic.Field(default=(), description="columns of outcomes")
    exposures: tuple[str, ...] = pydantic.Field(default=(), description="columns of exposures")
    covariates: tuple[str, ...] = pydantic.Field(default=(), description="columns of further covariates")
    weight: str | None = pydantic.Field(default=None, description="a column of weights, none negative")
    cluster: str | None = pydantic.Field(default=None, description="a column of clusters, such as the region")
    waves: tuple[str, ...] = pydantic.Field(default=(), description="the waves in their order, as the record has them")
    missing: tuple[str, ...] = pydantic.Field(default=(), description="values that mean 'no answer', such as -999")
    repeats: str = pydantic.Field(
        default="refuse", pattern="^(refuse|keep first|keep last)$", description="units that occur twice in a wave"
    )

    @pydantic.field_validator("missing", "waves", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        return tuple(str(x) for x in value) if isinstance(value, list | tuple) else value

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the mapping names."""
        named = (self.unit, self.wave, *self.outcomes, *self.exposures, *self.covariates, self.weight, self.cluster)
        return tuple(name for name in named if name is not None)


@dataclass(frozen=True)
class WaveRow:
    """One wave: how many units it has, and how they relate to those of the waves before.

    Parameters
    ----------
    wave : as the record has it.
    units : units in this wave.
    entered, left, returned : units that are in no earlier wave; that were in the wave before and are not in this one;
        and that are in an earlier wave, but not in the one before.
    retained : share of the units of the first wave that are in this one.
    """

    wave: str
    units: int
    entered: int
    left: int
    returned: int
    retained: float


@dataclass(frozen=True)
class Attrition:
    """How units that later leave differ from those that stay, in the first wave.

    `difference` is (mean of leavers - mean of stayers) / standard deviation of all, over the units of the first wave;
    `z` is the same difference over its standard error.
    """

    variable: str
    leavers: int
    stayers: int
    difference: float
    z: float


@dataclass(frozen=True)
class PanelDescription(Result):
    """What a panel holds and what is odd about it; `answer` says it in sentences."""

    derived = ("answer",)

    name: str
    units: int
    waves: tuple[WaveRow, ...]
    complete: int
    gaps: int
    once: int
    repeats: int
    rows_without_unit: int
    unread: int
    known: Mapping[str, float]
    attrition: tuple[Attrition, ...]

    def rows(self) -> Sequence[Mapping[str, Any]]:
        return [{name: getattr(row, name) for name in WaveRow.__dataclass_fields__} for row in self.waves]

    def charts(self) -> Sequence[Chart]:
        frame = pl.DataFrame({"x": [row.wave for row in self.waves], "y": [row.units for row in self.waves]})
        return (Chart("bars", frame, f"Units of {self.name} by wave", "wave", "units"),)

    def sentences(self) -> list[str]:
        """The description in plain language, one finding to a sentence."""
        many = len(self.waves)
        say = [
            f"{self.name} has {self.units:,} units in {many} waves; {self.complete:,} are in every wave, "
            f"{self.once:,} in one only."
            if many > 1
            else f"{self.name} has {self.units:,} units, each seen once."
        ]
        if self.gaps:
            say.append(f"{self.gaps:,} units leave and return, so a wave in between is missing.")
        if self.repeats:
            say.append(f"{self.repeats:,} rows repeat a unit within a wave, and were set aside.")
        if self.rows_without_unit:
            say.append(f"{self.rows_without_unit:,} rows name no unit or no wave, and were set aside.")
        if self.unread:
            say.append(f"{self.unread:,} values are not numbers, and were set aside.")
        if many > 1:
            last = self.waves[-1]
            say.append(f"Of the units of the first wave, {last.retained:.0%} are in the last.")
        low = {name: share for name, share in self.known.items() if share < 0.9}
        if low:
            say.append("Not always known: " + ", ".join(f"{name} ({share:.0%})" for name, share in low.items()) + ".")
        differ = [row for row in self.attrition if abs(row.z) > 3]  # 3: some twenty variables may be compared
        if differ:
            shown = ", ".join(f"{row.variable} ({row.difference:+.2f} sd)" for row in differ)
            say.append(f"Those who leave differ in the first wave from those who stay: {shown}.")
        return say

    @property
    def answer(self) -> str:
        return " ".join(self.sentences())


@dataclass(frozen=True)
class Panel(Result):
    """Rows of units by wave.

    Parameters
    ----------
    name : of the record.
    frame : one row per unit and wave, sorted by both: `unit` and `wave` (String), the variables (Float64, null where
        not known), and where they are mapped `weight` (Float64) and `cluster` (String).
    waves : in their order.
    outcomes, exposures, covariates : the names of the variables.
    rejected : rows that were set aside, as (row, column, value, reason).
    unread : values that are not numbers in rows that were kept, as (row, column, value, reason).
    """

    left_out = ("frame", "rejected", "unread")
    derived = ("answer",)

    name: str
    frame: pl.DataFrame
    waves: tuple[str, ...]
    outcomes: tuple[str, ...]
    exposures: tuple[str, ...]
    covariates: tuple[str, ...]
    rejected: pl.DataFrame
    unread: pl.DataFrame

    @property
    def units(self) -> list[str]:
        """The units, in the order of the rows of `matrix`."""
        return self.frame[UNIT].unique(maintain_order=True).to_list()

    @property
    def variables(self) -> tuple[str, ...]:
        return (*self.outcomes, *self.exposures, *self.covariates)

    @property
    def answer(self) -> str:
        return self.describe().answer

    def to_frame(self) -> pl.DataFrame:
        """The rows of the panel."""
        return self.frame

    def charts(self) -> Sequence[Chart]:
        return self.describe().charts()

    def require(self, *variables: str) -> None:
        """Raise RecordError, with the nearest match, where the panel lacks one of these variables."""
        for name in variables:
            require_known(name, self.variables, RecordError, f"the variable {name!r}")

    def matrix(self, variable: str) -> NDArray[np.float64]:
        """A variable (or `weight`) as float64, shape [units, waves], NaN where it is not known.

        Raises
        ------
        RecordError : the panel has no such variable.
        """
        if variable != WEIGHT or WEIGHT not in self.frame.columns:
            self.require(variable)
        units = {unit: i for i, unit in enumerate(self.units)}
        waves = {wave: i for i, wave in enumerate(self.waves)}
        found = np.full((len(units), len(waves)), np.nan)
        at = self.frame[UNIT].replace_strict(units, return_dtype=pl.Int64).to_numpy()
        when = self.frame[WAVE].replace_strict(waves, return_dtype=pl.Int64).to_numpy()
        found[at, when] = self.frame[variable].cast(pl.Float64).fill_null(np.nan).to_numpy()
        return found

    def lagged(self, variables: Sequence[str] | None = None) -> pl.DataFrame:
        """The rows, with each variable also as it was one wave earlier (`<name>_before`), null where the wave before
        is missing: a gap is never bridged."""
        order = {wave: i for i, wave in enumerate(self.waves)}
        rows = self.frame.with_columns(_at=pl.col(WAVE).replace_strict(order, return_dtype=pl.Int64))
        chosen = list(self.variables if variables is None else variables)
        before = rows.select(UNIT, _at=pl.col("_at") + 1, **{f"{name}_before": pl.col(name) for name in chosen})
        return rows.join(before, on=[UNIT, "_at"], how="left", maintain_order="left").drop("_at")

    def describe(self) -> PanelDescription:
        """Waves, gaps, repeats, missing values and attrition."""
        present = np.zeros((len(self.units), len(self.waves)), dtype=np.bool_)
        units = {unit: i for i, unit in enumerate(self.units)}
        waves = {wave: i for i, wave in enumerate(self.waves)}
        for unit, wave in self.frame.select(UNIT, WAVE).iter_rows():
            present[units[unit], waves[wave]] = True
        reasons = self.rejected["reason"].to_list()
        repeats = sum(reason.startswith("repeats") for reason in reasons)
        return PanelDescription(
            name=self.name,
            units=len(units),
            waves=_waves(self.waves, present),
            complete=int(present.all(axis=1).sum()),
            gaps=int(_has_gap(present).sum()),
            once=int((present.sum(axis=1) == 1).sum()),
            repeats=repeats,
            rows_without_unit=len(reasons) - repeats,
            unread=self.unread.height,
            known={name: 1 - self.frame[name].null_count() / self.frame.height for name in self.variables},
            attrition=self._attrition(present),
        )

    def _attrition(self, present: NDArray[np.bool_]) -> tuple[Attrition, ...]:
        found = []
        leaves = present[:, 0] & ~present[:, -1]
        stays = present[:, 0] & present[:, -1]
        for name in self.variables if len(self.waves) > 1 else ():
            value = self.matrix(name)[:, 0]
            a, b = value[leaves & np.isfinite(value)], value[stays & np.isfinite(value)]
            if min(a.size, b.size) < 2:
                continue
            sd, error = np.std(np.r_[a, b]), np.sqrt(a.var(ddof=1) / a.size + b.var(ddof=1) / b.size)
            if sd == 0 or error == 0:
                continue
            gap = float(a.mean() - b.mean())
            found.append(Attrition(name, a.size, b.size, gap / float(sd), gap / float(error)))
        return tuple(found)


def read_panel(
    path: str | Path, mapping: PanelMapping | str | Path | Mapping[str, Any] | None = None, **options: Any
) -> Panel:
    """Read rows of units by wave.

    Parameters
    ----------
    path : a file of any form that `read_events` reads.
    mapping : a `PanelMapping`, a mapping file (TOML) with a table `[panel]`, or the same as a dictionary.
    options : the fields of `PanelMapping`, which replace those of `mapping`.

    Returns
    -------
    Panel : every row of the file is in `frame` or in `rejected`.

    Raises
    ------
    RecordError : the file cannot be read; a column is not there; a unit occurs twice in a wave and `repeats` is
        "refuse"; a weight is negative.

    Example
    -------
    >>> read_panel("waves.csv", unit="id", wave="year", outcomes=["marched"])  # doctest: +SKIP
    """
    from groundswell.records.codebooks._open import read_table
    from groundswell.records.codebooks._table import Wanted

    of = _mapping(mapping, options)
    layout, style = _written(mapping)
    table = read_table(Path(path), Wanted(set(of.columns)), layout=layout)
    for column in of.columns:
        if column not in table.columns:
            raise RecordError(
                f"{path} has no column {column!r}",
                expected="columns of the file: " + ", ".join(table.columns[:30]),
                instead=nearest(column, table.columns),
            )
    return panel_of(table.frame, of, name=Path(path).name, malformed=table.malformed, style=style)


def panel_of(
    frame: pl.DataFrame,
    mapping: PanelMapping,
    *,
    name: str = "the panel",
    malformed: pl.DataFrame | None = None,
    style: Style | None = None,
) -> Panel:
    """A panel from a frame in memory, of texts or numbers, with one row per unit and wave; see `read_panel`.

    `style` says how its texts write numbers: the decimal and the separator of thousands.
    """
    if "row" not in frame.columns:
        frame = frame.with_row_index("row", offset=1).with_columns(pl.col("row").cast(pl.Int64))
    frame = frame.with_columns(pl.exclude("row").cast(pl.String).str.strip_chars())
    if mapping.unit is None:
        frame, mapping = frame.with_columns(pl.col("row").cast(pl.String).alias(_ROW)), _with(mapping, unit=_ROW)
    if mapping.wave is None:
        frame, mapping = frame.with_columns(pl.lit(ONCE).alias(_ONCE)), _with(mapping, wave=_ONCE)
    assert mapping.unit is not None
    assert mapping.wave is not None
    nothing = pl.any_horizontal(
        pl.col(column).is_null() | pl.col(column).str.to_lowercase().is_in(_WORDS_OF_NOTHING)
        for column in (mapping.unit, mapping.wave)
    )
    out = frame.filter(nothing)
    rejected = [_cells(out, mapping.unit, "names no unit or no wave")]
    frame = frame.filter(~nothing)
    if frame.height == 0:
        raise RecordError(f"{name} has no row with a unit and a wave", expected="at least one row")
    keys = [mapping.unit, mapping.wave]
    keep = _KEPT_WHERE_REPEATED.get(mapping.repeats, "first")
    first = pl.struct(keys).is_first_distinct() if keep == "first" else pl.struct(keys).is_last_distinct()
    again = frame.filter(~first)
    if again.height and mapping.repeats == "refuse":
        row = again.row(0, named=True)
        raise RecordError(
            f"{name} has {again.height:,} rows that repeat a unit within a wave, the first of them row {row['row']:,} "
            f"({mapping.unit} {row[mapping.unit]!r}, {mapping.wave} {row[mapping.wave]!r})",
            expected="each unit once in a wave",
            instead='repeats = "keep first" (or "keep last")',
        )
    rejected.append(_cells(again, mapping.unit, "repeats a unit within its wave"))
    frame = frame.filter(first)
    waves = _order(frame[mapping.wave].unique().to_list(), mapping.waves)
    columns, unread = _numbers(frame, mapping, style)
    rank = {wave: i for i, wave in enumerate(waves)}
    made = (
        frame.select("row", pl.col(mapping.unit).alias(UNIT), pl.col(mapping.wave).alias(WAVE))
        .with_columns(columns)
        .with_columns(_at=pl.col(WAVE).replace_strict(rank, return_dtype=pl.Int64))
        .sort(UNIT, "_at")
        .drop("_at", "row")
    )
    rows = [] if malformed is None else [malformed]
    return Panel(
        name=name,
        frame=made,
        waves=waves,
        outcomes=mapping.outcomes,
        exposures=mapping.exposures,
        covariates=mapping.covariates,
        rejected=pl.concat([*rows, *rejected]).sort("row"),
        unread=unread,
    )


def panels() -> list[str]:
    """The names of the published panels whose columns are mapped; `load_panel` reads them."""
    found = files("groundswell.records.panels").iterdir()
    return sorted(place.name.removesuffix(".toml") for place in found if place.name.endswith(".toml"))


def load_panel(name: str, **options: Any) -> Panel:
    """A published panel by name, from the files on this machine.

    Parameters
    ----------
    name : a data set of the registry with a mapping in `groundswell.records.panels`.
    options : the fields of `PanelMapping`, which replace those of the mapping.

    Raises
    ------
    RecordError : there is no such panel, or its file is not on this machine; the message says where it belongs.
    """
    from groundswell.records.registry import find_data

    require_known(name, panels(), RecordError, f"the panel {name!r}")
    path = find_data(name)
    stated = tomllib.loads(files("groundswell.records.panels").joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    found = read_panel(path, stated["panel"], **options)
    return replace(found, name=name)


def _with(mapping: PanelMapping, **columns: str) -> PanelMapping:
    return mapping.model_copy(update=columns)


def _mapping(mapping: PanelMapping | str | Path | Mapping[str, Any] | None, options: Mapping[str, Any]) -> PanelMapping:
    if isinstance(mapping, str | Path):
        from groundswell.records.codebooks.mapping import read_toml

        stated = read_toml(Path(mapping))
        if not isinstance(stated.get("panel"), Mapping):
            raise RecordError(
                f"{mapping} has no table [panel]",
                expected="the columns of units and waves",
                instead='[panel]  unit = "id"  wave = "year"  outcomes = ["marched"]',
            )
        mapping = PanelMapping.of(None, stated["panel"])
    elif isinstance(mapping, Mapping):
        mapping = PanelMapping.of(None, mapping)
    if mapping is None and not options:
        raise RecordError("no mapping of columns", expected='unit="...", wave="...", outcomes=[...]')
    of = PanelMapping.of(mapping, options)
    names = [*of.outcomes, *of.exposures, *of.covariates]
    if len(set(names)) < len(names) or {UNIT, WAVE, WEIGHT, CLUSTER} & set(names):
        raise RecordError(
            f"the variables {', '.join(names)}", expected="each once, and none named unit, wave, weight or cluster"
        )
    return of


def _written(mapping: object) -> tuple[FileLayout, Style]:
    """The layout of the file and the style of its numbers, as a mapping file states them next to its table [panel]."""
    from groundswell.records.codebooks.mapping import layout_and_style, read_toml

    path = Path(mapping) if isinstance(mapping, str | Path) else None
    return layout_and_style({} if path is None else read_toml(path), str(path))


def _read_numbers(text: pl.Series, style: Style | None) -> pl.Series:
    """Numbers with the separators that are stated."""
    if style is not None and style.thousands is not None:
        separators = f"[{re.escape(style.thousands)}]"
        grouped = rf"^[-+]?\d{{1,3}}(?:{separators}\d{{3}})+(?:\D\d*)?$"
        bare = text.str.replace_all(separators, "")
        text = bare.zip_with(text.str.contains(grouped).fill_null(False), text)
    if style is not None and style.decimal == ",":
        text = text.str.replace(r"^([-+]?\d*),(\d+)$", "${1}.$2")
    return text.cast(pl.Float64, strict=False)


def _numbers(frame: pl.DataFrame, mapping: PanelMapping, style: Style | None) -> tuple[list[pl.Series], pl.DataFrame]:
    """The variables as numbers, and the cells that are not."""
    nothing = _WORDS_OF_NOTHING | {value.strip().lower() for value in mapping.missing}
    codes = pl.Series(sorted(nothing), dtype=pl.String).cast(pl.Float64, strict=False).drop_nulls()
    codes = codes.filter(codes.is_finite())
    columns, unread = [], []
    wanted = {name: name for name in (*mapping.outcomes, *mapping.exposures, *mapping.covariates)}
    if mapping.weight is not None:
        wanted[WEIGHT] = mapping.weight
    for name, column in wanted.items():
        text = frame[column]
        text = text.set(text.str.to_lowercase().is_in(nothing), None)
        number = _read_numbers(text, style)
        coded = number.is_in(codes.implode()).fill_null(False)  # -999.0 is -999
        text, number = text.set(coded, None), number.set(coded, None)
        number = number.set(~number.is_finite(), None)
        lowered = text.str.to_lowercase()
        number = number.fill_null(lowered.replace_strict(_YES_NO, default=None, return_dtype=pl.Float64))
        bad = frame.filter(number.is_null() & text.is_not_null())
        unread.append(_cells(bad, column, "not a number"))
        columns.append(number.alias(name))
        if text.len() == bad.height + text.null_count() and bad.height:
            raise RecordError(
                f"the column {column!r} holds no number (the first value is {bad[column][0]!r})",
                expected="numbers, or yes and no",
            )
    if mapping.weight is not None and (negative := (columns[-1] < 0).fill_null(False)).any():
        row = int(frame["row"].filter(negative)[0])
        raise RecordError(f"a negative weight in row {row:,}", expected="weights of 0 or more")
    if mapping.cluster is not None:
        columns.append(frame[mapping.cluster].alias(CLUSTER))
    return columns, pl.concat([*unread, _cells(frame.head(0), str(mapping.unit), "")]).sort("row")


_YES_NO = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}


def _cells(frame: pl.DataFrame, column: str, reason: str) -> pl.DataFrame:
    return frame.select(
        pl.col("row").cast(pl.Int64), column=pl.lit(column), value=pl.col(column), reason=pl.lit(reason)
    )


def _order(found: Collection[str], stated: Sequence[str]) -> tuple[str, ...]:
    """The waves in the order stated, or else by the numbers in them."""
    if stated:
        strange = sorted(set(found) - set(stated))
        if strange:
            raise RecordError(
                f"the wave {strange[0]!r}, which `waves` does not list", expected=f"one of {', '.join(stated)}"
            )
        return tuple(wave for wave in stated if wave in set(found))

    def key(wave: str) -> list[tuple[int, float, str]]:
        parts = re.findall(r"\d+(?:\.\d+)?|\D+", wave)
        return [(0, float(part), "") if part[0].isdigit() else (1, 0.0, part.lower()) for part in parts]

    return tuple(sorted(found, key=key))


def _has_gap(present: NDArray[np.bool_]) -> NDArray[np.bool_]:
    before = np.maximum.accumulate(present, axis=1)
    after = np.maximum.accumulate(present[:, ::-1], axis=1)[:, ::-1]
    return np.asarray((~present & before & after).any(axis=1), dtype=np.bool_)


def _waves(names: Sequence[str], present: NDArray[np.bool_]) -> tuple[WaveRow, ...]:
    rows = []
    ever = np.zeros(present.shape[0], dtype=np.bool_)
    for i, name in enumerate(names):
        here = present[:, i]
        last = present[:, i - 1] if i else np.zeros_like(here)
        rows.append(
            WaveRow(
                wave=name,
                units=int(here.sum()),
                entered=int((here & ~ever).sum()),
                left=int((last & ~here).sum()),
                returned=int((here & ever & ~last).sum()),
                retained=float((here & present[:, 0]).sum() / max(present[:, 0].sum(), 1)),
            )
        )
        ever |= here
    return tuple(rows)
