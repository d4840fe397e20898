"""Which events of a record count as acts: a selector, and the grid of places and steps that they fall on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.errors import EstimationError, RecordError, nearest
from groundswell.estimators.response.settings import GridSettings
from groundswell.records.schema import ROLE_OF, SCHEMA, counts_of, kinds_of_role
from groundswell.records.series import _EVERY, _GRAIN, _floor, _periods_between
from groundswell.records.window import Window

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Acts:
    """Which events are acts: all given conditions must hold.

    Parameters
    ----------
    kind : one kind of event, or several.
    actor, target : one category, or several; None is any.
    detail : text that `detail` contains (ignoring case), or several texts, one of which it must contain; None is any.
    size_at_least : people, the geometric middle of the range (or the end that is known); events of unknown size are
        then not acts.
    largest : the share of the events (of those that meet the other conditions and have a size) that are acts, the
        largest first; on (0, 1]. 0.01 with ``kind="protest"`` is a mass day.
    fatalities_at_least : people killed; events of unknown number are then not acts.
    deadliest : the same as `largest`, by people killed.
    places : countries or places; None is any.
    start, end : first and last day, both included.

    Example
    -------
    >>> crackdown = Acts("repression", fatalities_at_least=10)
    """

    kind: str | tuple[str, ...]
    actor: str | tuple[str, ...] | None = None
    target: str | tuple[str, ...] | None = None
    detail: str | tuple[str, ...] | None = None
    size_at_least: float | None = None
    largest: float | None = None
    fatalities_at_least: float | None = None
    deadliest: float | None = None
    places: tuple[str, ...] | None = None
    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if not _several(self.kind) or not all(isinstance(k, str) and k.strip() for k in _several(self.kind) or ()):
            raise EstimationError(
                f"acts of kind {self.kind!r}", expected="one or more kinds, in the record's own words"
            )
        for name in ("largest", "deadliest"):
            share = getattr(self, name)
            if share is not None and not 0 < share <= 1:
                raise EstimationError(f"{name} = {share}", expected="a share above 0, up to 1")

    @classmethod
    def read(cls, given: Acts | str | Mapping[str, object]) -> Acts:
        """A selector from a kind, or from a table of a study file.

        Raises
        ------
        EstimationError : for a key that is not a condition.
        """
        if isinstance(given, Acts):
            return given
        if isinstance(given, str):
            return cls(given)
        known = [f.name for f in fields(cls)]
        strange = [k for k in given if k not in known]
        if strange or "kind" not in given:
            raise EstimationError(
                f"acts with the keys {', '.join(given)}", expected=f"kind, and any of {', '.join(known[1:])}"
            )
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})  # type: ignore[arg-type]

    def of(self, events: pl.DataFrame) -> pl.DataFrame:
        """The events that are acts, with the column `act_size`: people for protest and strike, dead for others."""
        found = events.filter(pl.col("kind").is_in(_several(self.kind) or ()))
        for name in ("actor", "target"):
            wanted = _several(getattr(self, name))
            if wanted is not None:
                found = found.filter(pl.col(name).is_in(wanted))
        parts = _several(self.detail)
        if parts is not None:
            holds = [pl.col("detail").str.to_lowercase().str.contains(p.lower(), literal=True) for p in parts]
            found = found.filter(pl.any_horizontal(holds))
        if self.places is not None:
            found = found.filter(pl.col("country").is_in(self.places) | pl.col("place").is_in(self.places))
        if self.start is not None:
            found = found.filter(pl.col("date") >= self.start)
        if self.end is not None:
            found = found.filter(pl.col("date") <= self.end)
        found = found.with_columns(_people=people(), _dead=pl.col("fatalities").cast(pl.Float64))
        for column, least, share in (
            ("_people", self.size_at_least, self.largest),
            ("_dead", self.fatalities_at_least, self.deadliest),
        ):
            if least is not None:
                found = found.filter(pl.col(column) >= least)
            if share is not None:
                cut = found[column].drop_nulls()
                if cut.len() == 0:
                    return found.clear().with_columns(act_size=pl.lit(None, pl.Float64))
                found = found.filter(pl.col(column) >= cut.quantile(1 - share, "higher"))
        crowd = pl.col("kind").is_in(kinds_of_role(events, "mobilisation"))
        return found.with_columns(act_size=pl.when(crowd).then("_people").otherwise("_dead")).drop("_people", "_dead")

    @property
    def words(self) -> str:
        """The conditions, in words."""
        details = [" or ".join(_several(self.kind) or ())]
        details += [f"{n} {' or '.join(v)}" for n in ("actor", "target") if (v := _several(getattr(self, n)))]
        if self.detail:
            details.append("detail " + " or ".join(_several(self.detail) or ()))
        if self.size_at_least is not None:
            details.append(f"of at least {self.size_at_least:,.0f} people")
        if self.largest is not None:
            details.append(f"the largest {self.largest:.1%}")
        if self.fatalities_at_least is not None:
            details.append(f"with at least {self.fatalities_at_least:,.0f} dead")
        if self.deadliest is not None:
            details.append(f"the deadliest {self.deadliest:.1%}")
        return ", ".join(details)


def _several(value: str | tuple[str, ...] | None) -> tuple[str, ...] | None:
    return (value,) if isinstance(value, str) else value


def people() -> pl.Expr:
    """People taking part: the geometric middle of a range, or the end that is known."""
    low, high = pl.col("size_low").cast(pl.Float64), pl.col("size_high").cast(pl.Float64)
    middle = (low.clip(1).log() + high.clip(1).log()) / 2
    return pl.when(low.is_not_null() & high.is_not_null()).then(middle.exp()).otherwise(pl.coalesce(low, high))


@dataclass(frozen=True)
class ActAt:
    """Acts of one group in one step of one place, as one act. `size` is that of the largest."""

    place: int
    step: int
    type: str
    size: float | None
    labels: Mapping[str, str]
    events: int


@dataclass(frozen=True)
class ActGrid:
    """Outcomes by place and step, with the acts.

    Parameters
    ----------
    start, unit : first day of the first step; its length.
    places : names of the P rows.
    y : shape (P, T); events, or people, NaN outside the time that the place was watched, or where sizes are unknown.
    acts : in the order of place and step.
    left_out : sentences about what was left out, with counts.
    """

    start: date
    unit: str
    places: tuple[str, ...]
    y: Floats
    acts: tuple[ActAt, ...]
    steps: tuple[date, ...]
    left_out: tuple[str, ...]


def grid_of(events: pl.DataFrame, acts: Mapping[str, Acts], o: GridSettings, window: Window | None = None) -> ActGrid:
    """Count the outcome by place and step, without the events that are acts, and place the acts on the same grid.

    By default, a place is a country where the record has several, or else a place where it has several. The record is
    watched from `start` to `end`, or else from its first event to its last, in whole periods. With `watched` "place", a
    place is watched from its first event of any kind on (the default, except where a place is a "place"); with
    "record", throughout. Either way a place that falls silent is watched to the end of the record: its zeros count.
    Steps outside ``window`` are NaN.

    Raises
    ------
    RecordError : without the columns of the schema, without events, or for unknown places and kinds.
    EstimationError : acts of a kind that the record does not have, or `across` a column that it lacks.
    """
    _check(events, acts, o)
    across = o.across or _across(events)
    left_out: list[str] = []
    events, (start, end) = _placed(events, across, o, left_out)
    first, last = _floor(start, o.unit), _floor(end, o.unit)
    dates = _periods_between(first, last, o.unit)
    at = {d: t for t, d in enumerate(dates)}
    chosen = _chosen(events, acts, left_out)
    rest = events.filter(~pl.col("_event").is_in(chosen["_event"].implode())).filter(pl.col("kind").is_in(o.kinds))
    counted = rest.filter(people().is_not_null()) if o.measure == "people" else rest
    totals = counted.group_by("_where").agg(len=counts_of(counted).sum())
    kept = sorted(totals.filter(pl.col("len") >= o.fewest)["_where"])
    dropped = events["_where"].n_unique() - len(kept)
    if dropped:
        lost = chosen.filter(~pl.col("_where").is_in(kept)).height
        left_out.append(f"{dropped} places with fewer than {o.fewest} events of the outcome, with their {lost} acts")
    if not kept:
        raise RecordError(
            f"no place with {o.fewest} events of kind {' or '.join(o.kinds)} apart from the acts",
            expected="at least one",
        )
    row = {p: i for i, p in enumerate(kept)}
    value, unseen = (people().sum().clip(1.0), np.nan) if o.measure == "people" else (counts_of(rest).sum(), 0.0)
    y = np.full((len(kept), len(dates)), unseen)
    cells = counted.filter(pl.col("_where").is_in(kept)).group_by("_where", "_step").agg(v=value.cast(pl.Float64))
    for p, d, v in cells.select("_where", "_step", "v").iter_rows():
        y[row[p], at[d]] = v
    if (o.watched or ("record" if across == "place" else "place")) == "place" and o.measure == "events":
        begun = events.filter(pl.col("_where").is_in(kept)).group_by("_where").agg(a=pl.col("_step").min())
        for p, a in begun.iter_rows():
            y[row[p], : at[a]] = np.nan
    if window is not None:
        ends = [*dates[1:], _periods_between(first, last + timedelta(days=32), o.unit)[len(dates)]]
        for p in kept:
            y[row[p], ~window.watched(dates, ends, None if across == "record" else p)] = np.nan
    return ActGrid(first, o.unit, tuple(kept), y, _acts_at(chosen, row, at), tuple(dates), tuple(left_out))


def _check(events: pl.DataFrame, acts: Mapping[str, Acts], o: GridSettings) -> None:
    """Refuse a frame of another schema, and kinds that it does not have."""
    needed = ("date", "kind", "country", "place")
    missing = [c for c in needed if c not in events.columns]
    if missing:
        raise RecordError(
            f"a frame without the column {', '.join(missing)}", expected=f"events with {', '.join(needed)}"
        )
    known = events["kind"].drop_nulls().unique().sort().to_list()
    for kind in (k for which in acts.values() for k in _several(which.kind) or ()):
        if kind not in known and kind not in ROLE_OF:
            raise EstimationError(
                f"acts of kind {kind!r}", expected=f"one or more of {', '.join(known)}", instead=nearest(kind, known)
            )
    strange = [k for k in o.kinds if k not in known and k not in ROLE_OF]
    if strange or not o.kinds:
        raise RecordError(
            f"the outcome {list(o.kinds)}",
            expected=f"one or more of {', '.join(known)}",
            instead=nearest(strange[0], known) if strange else None,
        )


def _across(events: pl.DataFrame) -> str:
    several = {c: events[c].n_unique() > 1 for c in ("country", "place")}
    return "country" if several["country"] else "place" if several["place"] else "record"


def _placed(
    events: pl.DataFrame, across: str, o: GridSettings, left_out: list[str]
) -> tuple[pl.DataFrame, tuple[date, date]]:
    """The events that lie on the grid, with their place `_where` and step `_step`; first and last day of the record."""
    events = events.with_columns([pl.lit(None, SCHEMA[c]).alias(c) for c in SCHEMA if c not in events.columns])
    if o.start is not None:
        events = events.filter(pl.col("date") >= o.start)
    if o.end is not None:
        events = events.filter(pl.col("date") <= o.end)
    if events.height == 0:
        raise RecordError("no events", expected="events to study")
    bounds = (o.start or events["date"].min(), o.end or events["date"].max())
    events = events.with_columns(_event=pl.int_range(pl.len()))
    grain = events["precision"].fill_null("day").replace_strict(_GRAIN, default=0, return_dtype=pl.Int64)
    coarse = grain > _GRAIN[o.unit]
    if coarse.any():
        left_out.append(f"{int(coarse.sum())} events dated more coarsely than to the {o.unit}")
        events = events.filter(~coarse)
    if across not in (*events.columns, "record"):
        raise EstimationError(f"across = {across!r}", expected="country, place, record or a column of places")
    name = {"place": pl.coalesce("place", "country"), "record": pl.lit("record")}.get(across, pl.col(across))
    events = events.with_columns(_where=name)
    nowhere = events["_where"].null_count()
    if nowhere:
        left_out.append(f"{nowhere} events without a {across}")
        events = events.filter(pl.col("_where").is_not_null())
    if o.places is not None:
        known = set(events["_where"].unique())
        unknown = [p for p in o.places if p not in known]
        if unknown:
            raise RecordError(f"place {unknown[0]!r}", expected=f"one of the record's, such as {sorted(known)[:10]}")
        events = events.filter(pl.col("_where").is_in(list(o.places)))
    if events.height == 0:
        raise RecordError("no events", expected="events to study")
    return events.with_columns(_step=pl.col("date").dt.truncate(_EVERY[o.unit])), bounds  # type: ignore[return-value]


def _chosen(events: pl.DataFrame, acts: Mapping[str, Acts], left_out: list[str]) -> pl.DataFrame:
    """The events that are acts, each once, with the name `_type` of the first description that it meets."""
    found = [which.of(events).with_columns(_type=pl.lit(label)) for label, which in acts.items()]
    chosen = pl.concat(found) if found else events.clear()
    twice = chosen.height - chosen["_event"].n_unique()
    if twice:
        left_out.append(f"{twice} events meet several descriptions of acts; the first counts")
        chosen = chosen.unique("_event", keep="first", maintain_order=True)
    return chosen


def _acts_at(chosen: pl.DataFrame, row: Mapping[str, int], at: Mapping[date, int]) -> tuple[ActAt, ...]:
    """Acts by place and step; those of one step are one act, which has the labels of the largest."""
    labelled = chosen.filter(pl.col("_where").is_in(list(row))).sort(
        "_where", "_step", "act_size", "_event", nulls_last=True
    )
    cells = labelled.group_by("_where", "_step", maintain_order=True).agg(
        size=pl.col("act_size").max(),
        n=pl.len(),
        **{c: pl.col(c).sort_by("act_size", descending=True, nulls_last=True).first() for c in ("_type", *_LABELS)},
    )
    return tuple(
        ActAt(
            row[r["_where"]], at[r["_step"]], r["_type"], r["size"], {c: r[c] or "unknown" for c in _LABELS},
            int(r["n"]),
        )
        for r in cells.iter_rows(named=True)
    )  # fmt: skip


_LABELS = ("kind", "actor", "target", "detail", "country")
