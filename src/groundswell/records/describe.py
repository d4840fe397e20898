"""What is in a record, before it is asked anything: counts by month, kind, place and role; what is odd or missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import polars as pl

from groundswell.charts import Chart
from groundswell.records.accuracy import Accuracy
from groundswell.records.check import Report, check_reading
from groundswell.records.nesting import chain_of, distinguished, within
from groundswell.records.oddities import silent_places
from groundswell.records.schema import Reading, counts_of, kinds_of_role, roles
from groundswell.results import Result

_RECENT_WEEKS = 8
_MOST_POINTS = 400
"""Places on the map; where there are more, those near each other are drawn as one."""
_SIZES = (("under 10", 0, 10), ("10 to 99", 10, 100), ("100 to 999", 100, 1e3), ("1,000 to 9,999", 1e3, 1e4),
          ("10,000 to 99,999", 1e4, 1e5), ("100,000 or more", 1e5, float("inf")))  # fmt: skip
_DEAD = (("none", 0, 1), ("1", 1, 2), ("2 to 9", 2, 10), ("10 to 99", 10, 100), ("100 or more", 100, float("inf")))
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MOST_SHOWN = 60
"""Rows of a table that a page shows."""
_MOST_DAYS = 180  # of a record that is drawn by day
_MOST_DRAWN = 7  # kinds with their own colour
_MOST_REJECTED = 10  # rows shown of each reason; the table of all is next to the page


@dataclass(frozen=True)
class Description(Result):
    """What is in a record.

    Parameters
    ----------
    name : of the record, as readers know it: the name of its file, or its title.
    report : what `check_reading` found.
    citation : of the data set; empty for a user's own record.
    tables : tidy frames by name: `by_month` (month, kind, events), `by_day` of short records, `by_kind`, `by_role`,
        `by_place` (level, place, within, events, first, last), `by_weekday`, `by_day_of_month`, `by_hour`, `sizes`,
        `dead`, `map` (latitude, longitude, events, places, name), `recent` (the last weeks compared with the year
        before), `rejected`, `unread`, `silent`, `names` (probably of one place).
    """

    left_out = ("tables",)
    derived = ("answer",)

    name: str
    report: Report
    citation: str
    tables: Mapping[str, pl.DataFrame]

    @property
    def answer(self) -> str:
        """The first sentences: what the record is."""
        return " ".join(self.report.sentences()[:2])

    def sentences(self) -> list[str]:
        """All findings on the record, one to a sentence."""
        return [*self.report.sentences(), *self._where(), *self._last_weeks(), *self._silent(), *self._set_aside()]

    def _where(self) -> list[str]:
        """How many events have no coordinates, and are on no map."""
        events, mapped = (int(self.tables[name]["events"].sum()) for name in ("by_kind", "map"))
        if mapped == events:
            return []
        if mapped == 0:
            return ["No event has coordinates, so there is no map."]
        return [f"{(events - mapped) / events:.1%} of the events have no coordinates, and are not on the map."]

    def rows(self) -> Sequence[Mapping[str, Any]]:
        return self.tables["by_kind"].to_dicts()

    def brief(self) -> dict[str, list[dict[str, Any]]]:
        """The tables as rows, short enough to be part of another page."""
        whole = ("map", "by_day")  # which are drawn
        tables = {name: frame if name in whole else frame.head(_MOST_SHOWN) for name, frame in self.tables.items()}
        month = self.tables["by_month"]
        if month.height:
            ranked = (
                month.group_by("kind").agg(pl.col("events").sum()).sort(["events", "kind"], descending=[True, False])
            )
            first = ranked["kind"].head(_MOST_DRAWN).to_list()
            kind = pl.when(pl.col("kind").is_in(first)).then("kind").otherwise(pl.lit("all others"))
            by = month.group_by("month", kind=kind).agg(pl.col("events").sum()).sort("month", "kind")
            tables["by_month"] = month if ranked.height <= _MOST_DRAWN else by
        return {name: frame.to_dicts() for name, frame in tables.items() if frame.height}

    def charts(self) -> Sequence[Chart]:
        """Events by month and kind, by kind, by place, and on the map."""
        month = self.tables["by_month"].select(x="month", y="events", series="kind")
        kinds = self.tables["by_kind"].select(x="events", y="kind")
        place = self.tables["by_place"].head(15).select(x="events", y="place")
        found = [
            Chart("lines", month, f"{self.name}: events by month", "", "events a month"),
            Chart("bars", kinds, f"{self.name}: events by kind", "events", ""),
        ]
        if place.height:
            found.append(Chart("bars", place, f"{self.name}: busiest places", "events", ""))
        return [*found, *([self.map()] if self.tables["map"].height else [])]

    def map(self) -> Chart:
        """The places with coordinates, as longitude and latitude; empty where no event has any."""
        frame = self.tables["map"].select(x="longitude", y="latitude", events="events", name="name")
        return Chart("points", frame, f"{self.name}: where", "degrees east", "degrees north")

    def _last_weeks(self) -> list[str]:
        recent = self.tables["recent"]
        if recent.height == 0:
            return []
        now, before = int(recent["events"].sum()), int(recent["year_before"].sum())
        return [
            f"In the last {recent.height} whole weeks, to {recent['week'].max() + timedelta(days=6)}, there are "  # type: ignore[operator]
            f"{now:,} events, against {before:,} in the same weeks of the year before"
            + (": the last weeks may not be complete yet." if now < 0.5 * before else ".")
            + self._to_come()
        ]

    def _to_come(self) -> str:
        """How many events the last weeks will hold once all reports are in, where the delay is known."""
        recent = self.tables["recent"]
        if "expected" not in recent.columns:
            return ""
        total, low, high = (int(recent[name].sum()) for name in ("expected", "low", "high"))
        return f" Once all reports are in, there will be about {total:,} (week by week, {low:,} to {high:,})."

    def _silent(self) -> list[str]:
        silent = self.tables["silent"]
        if silent.height == 0:
            return []
        worst = silent.sort("days", descending=True).row(0, named=True)
        return [
            f"{silent.height} of the busiest places fall silent for longer than chance would leave, most of all "
            f"{worst['place']}: {worst['days']:,} days from {worst['first']}. If nobody watched there, "
            f'[window] not_collected = [{{ from = "{worst["first"]}", to = "{worst["last"]}", '
            f'place = "{worst["place"]}" }}] says so.'
        ]

    def _set_aside(self) -> list[str]:
        out, rows = self.report.rejected_rows, self.report.rows
        if not out or not rows:
            return []
        by_year = self.tables["rejected_by_year"]
        say = f"{out / rows:.1%} of the rows were set aside: an answer could change by about as much"
        if by_year.height > 1:
            worst = by_year.sort("share", descending=True).row(0, named=True)
            if worst["share"] > 2 * out / rows and worst["rejected"] >= 5:
                say += f"; in {worst['year']} it is {worst['share']:.0%}, so the count for that year is too low"
        return [say + "."]


def describe_reading(
    reading: Reading, path: str | Path, *, title: str = "", citation: str = "", report: Report | None = None
) -> Description:
    """Describe a record that was read already; see `Description`."""
    report = report or check_reading(path, reading)
    events = reading.events.with_columns(_n=counts_of(reading.events))
    crowds = events.select("kind", "size_low", "size_high", "_n").filter(
        pl.col("kind").is_in(kinds_of_role(events, "mobilisation"))
    )
    people = pl.mean_horizontal("size_low", "size_high")
    tables = {
        "by_month": _by_time(events, "month"),
        "by_day": _by_time(events, "day"),
        "by_kind": _by_kind(events, people),
        "by_role": events.select("role", "_n")
        .group_by("role")
        .agg(events=pl.col("_n").sum())
        .sort("events", descending=True),
        "by_place": _by_place(events),
        "by_weekday": _calendar(events, pl.col("date").dt.weekday(), dict(enumerate(_WEEKDAYS, start=1)), "weekday"),
        "by_day_of_month": _calendar(events, pl.col("date").dt.day(), None, "day"),
        "by_hour": _calendar(events, pl.col("hour"), None, "hour").drop_nulls("hour"),
        "sizes": _binned(crowds, people, _SIZES),
        "dead": _binned(events, pl.col("fatalities").cast(pl.Float64), _DEAD),
        "map": _map(events),
        "recent": _nowcast(_recent(events), reading.accuracy, events),
        "silent": _silent(events, reading),
        "names": pl.DataFrame(
            [(p.rare, p.rare_events, p.common, p.common_events, p.why, p.line) for p in report.names],
            schema={
                "name": pl.String,
                "events": pl.Int64,
                "likely": pl.String,
                "events_of_it": pl.Int64,
                "why": pl.String,
                "alias": pl.String,
            },
            orient="row",
        ),
        "misplaced": pl.DataFrame(
            [vars(event) for event in report.misplaced],
            schema={
                "row": pl.Int64,
                "place": pl.String,
                "latitude": pl.Float64,
                "longitude": pl.Float64,
                "km": pl.Float64,
                "slip": pl.String,
            },
        ),
        "rejected": _examples(reading, reading.rejected),
        "unread": _examples(reading, reading.unread),
        "rejected_by_year": _rejected_by_year(reading, events),
    }
    own = Path(path).name
    return Description(f"{own} ({title})" if title and title != own else own, report, citation, tables)


def _by_time(events: pl.DataFrame, unit: Literal["month", "day"]) -> pl.DataFrame:
    """Events by month and kind; by day, where the record is so short that months say little."""
    fine = ["day"] if unit == "day" else ["day", "week", "month"]
    every = {"month": "1mo", "day": "1d"}[unit]
    dated = events.select("date", "kind", "precision", "_n").filter(pl.col("precision").is_in(fine))
    counted = dated.group_by(pl.col("date").dt.truncate(every).alias(unit), "kind").agg(events=pl.col("_n").sum())
    first, last = cast("date | None", counted[unit].min()), cast("date | None", counted[unit].max())
    if first is None or last is None or (unit == "day" and (last - first).days > _MOST_DAYS):
        return counted.clear()
    steps = pl.DataFrame({unit: pl.date_range(first, last, every, eager=True)})
    kinds = pl.DataFrame({"kind": counted["kind"].unique().sort()})
    few = steps.height * kinds.height <= 200_000
    grid = steps.join(kinds, how="cross") if few else counted.select(unit, "kind")
    return grid.join(counted, on=[unit, "kind"], how="left").fill_null(0).sort(unit, "kind")


def _by_kind(events: pl.DataFrame, people: pl.Expr) -> pl.DataFrame:
    role = roles(events)
    total = max(int(events["_n"].sum()), 1)
    asked = events.select("kind", "date", "fatalities", "_n", _people=people)
    found = asked.group_by("kind").agg(
        events=pl.col("_n").sum(),
        first=pl.col("date").min(),
        last=pl.col("date").max(),
        size_known=pl.col("_people").is_not_null().mean(),
        median_size=pl.col("_people").median(),
        dead=pl.col("fatalities").sum(),
        dead_known=pl.col("fatalities").is_not_null().mean(),
    )
    return (
        found.with_columns(
            role=pl.col("kind").replace_strict(role, default="other", return_dtype=pl.String),
            share=pl.col("events") / total,
        )
        .select("kind", "role", "events", "share", "first", "last", "size_known", "median_size", "dead", "dead_known")
        .sort(["events", "kind"], descending=[True, False])
    )


def _by_place(events: pl.DataFrame) -> pl.DataFrame:
    """Places of every level, the smallest first, each within those that hold it."""
    schema = {"level": pl.String, "place": pl.String, "within": pl.String, "events": pl.Int64, "first": pl.Date,
              "last": pl.Date}  # fmt: skip
    parts = [pl.DataFrame(schema=schema)]
    chain = chain_of(events)
    if not chain:
        return parts[0]
    placed = events.select(*chain, "date", "_n").group_by(chain)
    distinct = placed.agg(pl.col("date").min(), pl.col("_n").sum(), _last=pl.col("date").max(), _rows=pl.len())
    empty = (pl.lit(None, kind).alias(name) for name, kind in events.schema.items() if name not in distinct.columns)
    distinct = distinct.with_columns(*empty).select(*events.columns, "_last", "_rows")
    for level in chain:
        apart, _ = distinguished(distinct, level)
        apart = apart.filter(pl.col(level).is_not_null())
        above = [name for name in within(events, level) if name != "region"]
        counted = apart.group_by(place=pl.col(level)).agg(
            events=pl.col("_n").sum(), first=pl.col("date").min(), last=pl.col("_last").max()
        )
        for name in above:  # most places lie in only one other; otherwise, take the one that has most of their events
            most = (
                apart.group_by(level, name)
                .agg(pl.col("_rows").sum())
                .sort("_rows", name, descending=[True, False])
                .unique(level, keep="first", maintain_order=True)
            )
            counted = counted.join(most.select(place=level, **{f"_{name}": name}), on="place", how="left")
        holders = pl.concat_str([f"_{name}" for name in above], separator=", ", ignore_nulls=True)
        counted = counted.with_columns(within=holders if above else pl.lit(None, pl.String))
        counted = counted.sort(["events", "place"], descending=[True, False]).with_columns(level=pl.lit(level))
        parts.append(counted.select(pl.col(name).cast(kind) for name, kind in schema.items()))
    return pl.concat(parts)


def _calendar(events: pl.DataFrame, of: pl.Expr, names: Mapping[int, str] | None, label: str) -> pl.DataFrame:
    exact = events.select("date", "hour", "precision", "_n").filter(pl.col("precision") == "day")
    counted = exact.group_by(of.cast(pl.Int64).alias(label)).agg(events=pl.col("_n").sum()).sort(label)
    if names:
        counted = counted.with_columns(pl.col(label).replace_strict(names, return_dtype=pl.String))
    return counted


def _binned(events: pl.DataFrame, of: pl.Expr, bins: Sequence[tuple[str, float, float]]) -> pl.DataFrame:
    known = events.select("_n", _v=of)
    rows = [
        {"figure": name, "events": int(known.filter((pl.col("_v") >= a) & (pl.col("_v") < b))["_n"].sum() or 0)}
        for name, a, b in bins
    ]
    rows.append({"figure": "not known", "events": int(known.filter(pl.col("_v").is_null())["_n"].sum() or 0)})
    return pl.DataFrame(rows, schema={"figure": pl.String, "events": pl.Int64})


def _map(events: pl.DataFrame) -> pl.DataFrame:
    """Places with coordinates; where there are very many, those within one cell of a grid together."""
    placed = events.select("latitude", "longitude", "place", "country", "_n").filter(pl.col("latitude").is_not_null())
    own = [pl.col("latitude").alias("_a"), pl.col("longitude").alias("_b")]
    points = placed.select("latitude", "longitude").unique()
    if points.height > _MOST_POINTS:
        cell = max(_span(placed["latitude"]), _span(placed["longitude"]) / 2, 1e-6) / 40
        while points.select((pl.col("latitude", "longitude") / cell).round()).unique().height > _MOST_POINTS:
            cell *= 1.5
        own = [(pl.col("latitude") / cell).round().alias("_a"), (pl.col("longitude") / cell).round().alias("_b")]
    return (
        placed.group_by(own)
        .agg(
            latitude=(pl.col("latitude") * pl.col("_n")).sum() / pl.col("_n").sum(),
            longitude=(pl.col("longitude") * pl.col("_n")).sum() / pl.col("_n").sum(),
            events=pl.col("_n").sum(),
            places=pl.col("place").n_unique(),
            name=pl.coalesce("place", "country").mode().sort().first(),
        )
        .drop("_a", "_b")
        .sort(["events", "latitude", "longitude"], descending=[True, False, False])
    )


def _span(column: pl.Series) -> float:
    return float(column.max()) - float(column.min())  # type: ignore[arg-type]


def _recent(events: pl.DataFrame) -> pl.DataFrame:
    """The last whole weeks, with the same weeks of the year before."""
    exact = events.select("date", "precision", "_n").filter(pl.col("precision").is_in(["day", "week"]))
    schema = {"week": pl.Date, "events": pl.Int64, "year_before": pl.Int64}
    if exact.height == 0:
        return pl.DataFrame(schema=schema)
    last = cast(date, exact["date"].max())
    monday = last - timedelta(days=last.weekday())
    if last.weekday() < 6 and exact["precision"].eq("day").any():
        monday -= timedelta(days=7)
    first = cast(date, exact["date"].min())
    if (monday - first).days < 371 + 7 * _RECENT_WEEKS:
        return pl.DataFrame(schema=schema)
    counted = dict(exact.group_by(pl.col("date").dt.truncate("1w")).agg(pl.col("_n").sum()).iter_rows())
    weeks = [monday - timedelta(days=7 * k) for k in range(_RECENT_WEEKS - 1, -1, -1)]
    rows = [(w, int(counted.get(w, 0)), int(counted.get(w - timedelta(days=364), 0))) for w in weeks]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _nowcast(recent: pl.DataFrame, accuracy: Accuracy, events: pl.DataFrame) -> pl.DataFrame:
    """The last weeks with the events that they will hold, of which so far only a known share is reported.

    Given n events seen and the share s reported by now, the number still to come is negative binomial with parameters n
    + 1 and s (flat prior on it); `low` and `high` are the ends of a 95% interval of the total.
    """
    if not accuracy.reported or recent.height == 0:
        return recent
    from scipy.stats import nbinom

    last = cast(date, events["date"].max())
    seen = recent["events"].to_numpy()
    share = np.array(
        [np.mean([accuracy.share_after((last - week).days - day) for day in range(7)]) for week in recent["week"]]
    )
    come = [nbinom.ppf(q, seen + 1, share) for q in (0.025, 0.975)]
    return recent.with_columns(
        reported=pl.Series(share),
        expected=pl.Series(np.round(seen + (seen + 1) * (1 - share) / share).astype(np.int64)),
        low=pl.Series((seen + come[0]).astype(np.int64)),
        high=pl.Series((seen + come[1]).astype(np.int64)),
    )


def _silent(events: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    column = "country" if events["country"].drop_nulls().n_unique() > 1 else "place"
    schema = {"place": pl.String, "events": pl.Int64, "first": pl.Date, "last": pl.Date, "days": pl.Int64}
    rows = silent_places(events, column, reading.window) if events[column].drop_nulls().n_unique() > 1 else []
    return pl.DataFrame(rows, schema=schema)


def _examples(reading: Reading, cells: pl.DataFrame) -> pl.DataFrame:
    """The first rows with each reason, and the number of all rows with it."""
    total = cells.group_by("reason").agg(rows=pl.len())
    firsts = cells.sort("row").group_by("reason", maintain_order=True).head(_MOST_REJECTED)
    return (
        firsts.join(total, on="reason", how="left")
        .with_columns(line=pl.col("row") + reading.header_lines)
        .select("reason", "rows", "row", "line", "column", pl.col("value").str.slice(0, 120))
        .sort(["rows", "reason", "row"], descending=[True, False, False])
    )


def _rejected_by_year(reading: Reading, events: pl.DataFrame) -> pl.DataFrame:
    """How many rows of each year were rejected, as far as a rejected row lies between rows of one year."""
    schema = {"year": pl.Int64, "rejected": pl.Int64, "kept": pl.Int64, "share": pl.Float64}
    if reading.rejected.height == 0 or events.height == 0:
        return pl.DataFrame(schema=schema)
    known = events.select("row", year=pl.col("date").dt.year().cast(pl.Int64)).unique("row").sort("row")
    near = reading.rejected.select("row").sort("row").join_asof(known, on="row", strategy="backward")
    after = reading.rejected.select("row").sort("row").join_asof(known, on="row", strategy="forward")
    same = near.with_columns(other=after["year"]).filter(pl.col("year") == pl.col("other"))
    out = same.group_by("year").agg(rejected=pl.len().cast(pl.Int64))
    kept = known.group_by("year").agg(kept=pl.len().cast(pl.Int64))
    found = kept.join(out, on="year", how="inner").with_columns(
        share=pl.col("rejected") / (pl.col("rejected") + pl.col("kept"))
    )
    return found.select(list(schema)).sort("year")
