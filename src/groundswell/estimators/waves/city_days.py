"""The protests of 2020 as a panel of cities and days: where, when, how large, by which source.

The panel of city-days has no positions. One of its sources publishes positions and populations of the cities that it
lists, and another goes back to 2017, which shows where people had protested about the same issue before.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.errors import RecordError

Array = NDArray[np.float64]

# Postal abbreviations, as the panel writes states; the file of positions writes them out.
_POSTAL = """
Alabama=AL Alaska=AK Arizona=AZ Arkansas=AR California=CA Colorado=CO Connecticut=CT Delaware=DE Florida=FL Georgia=GA
Hawaii=HI Idaho=ID Illinois=IL Indiana=IN Iowa=IA Kansas=KS Kentucky=KY Louisiana=LA Maine=ME Maryland=MD
Massachusetts=MA Michigan=MI Minnesota=MN Mississippi=MS Missouri=MO Montana=MT Nebraska=NE Nevada=NV New_Hampshire=NH
New_Jersey=NJ New_Mexico=NM New_York=NY North_Carolina=NC North_Dakota=ND Ohio=OH Oklahoma=OK Oregon=OR Pennsylvania=PA
Rhode_Island=RI South_Carolina=SC South_Dakota=SD Tennessee=TN Texas=TX Utah=UT Vermont=VT Virginia=VA Washington=WA
West_Virginia=WV Wisconsin=WI Wyoming=WY District_of_Columbia=DC Washington_D.C.=DC Puerto_Rico=PR
"""
STATES: dict[str, str] = {pair.partition("=")[0]: pair.partition("=")[2] for pair in _POSTAL.split()}


@dataclass(frozen=True)
class CityDays:
    """A panel of places by day.

    Parameters
    ----------
    start : the first day.
    places : shape (P,), names as the record spells them.
    events : int64, shape (P, T); events of a place and day (0: none reported).
    sizes : float64, shape (P, T); people, NaN where there was an event of unknown size or none.
    sources : names of the sources, and `by_source` bool of shape (S, P, T): which of them report that day.
    """

    start: date
    places: tuple[str, ...]
    events: NDArray[np.int64]
    sizes: Array
    sources: tuple[str, ...]
    by_source: NDArray[np.bool_]

    def dates(self) -> list[date]:
        return [self.start + timedelta(days=k) for k in range(self.events.shape[1])]

    def onset(self, source: str | None = None) -> Array:
        """First day with an event at each place, shape (P,), NaN for none; by one source, or by any."""
        if source is not None and source not in self.sources:
            raise RecordError(f"source {source!r}", expected=f"one of {', '.join(self.sources)}")
        seen = self.events > 0 if source is None else self.by_source[self.sources.index(source)]
        return np.where(seen.any(axis=1), seen.argmax(axis=1).astype(float), np.nan)

    def agreement(self) -> dict[str, object]:
        """How far sources agree: days per source, and the share of the days of one that another also has.

        Also the number of city-days that no source reports, by Chao's lower bound from those that one or two sources
        report (a lower bound, since sources are taken as independent and all city-days as equally visible).
        """
        n = self.by_source.sum(axis=(1, 2))
        both = np.einsum("apt,bpt->ab", self.by_source.astype(float), self.by_source.astype(float))
        share = both / np.maximum(n[:, None], 1)
        times = self.by_source.sum(axis=0)
        one, two = int((times == 1).sum()), int((times == 2).sum())
        return {
            "days": dict(zip(self.sources, n.tolist(), strict=True)),
            "also_in": {
                a: {b: float(share[i, j]) for j, b in enumerate(self.sources) if i != j}
                for i, a in enumerate(self.sources)
            },
            "by_one_source": one,
            "by_two_sources": two,
            "reported": int((times > 0).sum()),
            "unseen_at_least": float(one * (one - 1) / (2 * (two + 1))),
            "last_day": {
                s: (self.start + timedelta(days=int(np.flatnonzero(self.by_source[k].any(axis=0))[-1]))).isoformat()
                for k, s in enumerate(self.sources)
                if self.by_source[k].any()
            },
        }


def city_days(events: pl.DataFrame) -> CityDays:
    """The panel of an events frame whose rows are city-days (codebook `blm_2020`).

    The number of events is read from `detail` ("events 3"; 1 where it states none), sources from `source`, split at
    commas.

    Raises
    ------
    RecordError : no event with a place.
    """
    rows = events.filter(pl.col("kind") == "protest", pl.col("place").is_not_null())
    if rows.height == 0:
        raise RecordError("no protest with a place", expected="city-days")
    places = sorted(rows["place"].unique().to_list())
    index = {name: k for k, name in enumerate(places)}
    days = rows["date"].to_list()
    start = min(days)
    span = (max(days) - start).days + 1
    names = sorted({s for text in rows["source"].drop_nulls().to_list() for s in text.split(", ")})
    counts = np.zeros((len(places), span), np.int64)
    sizes = np.full((len(places), span), np.nan)
    by_source = np.zeros((len(names), len(places), span), bool)
    columns = rows.select("place", "date", "detail", "source", "size_low", "size_high")
    for place, day, detail, source, low, high in columns.iter_rows():
        p, t = index[place], (day - start).days
        found = re.fullmatch(r"events (\d+)", detail or "")
        counts[p, t] += int(found[1]) if found else 1
        known = [x for x in (low, high) if x is not None]
        if known:
            sizes[p, t] = np.nansum([sizes[p, t], float(np.mean(known))])
        for s in (source or "").split(", "):
            if s in names:
                by_source[names.index(s), p, t] = True
    return CityDays(start, tuple(places), counts, sizes, tuple(names), by_source)


def _table(path: str | Path) -> list[dict[str, str]]:
    path = Path(path)
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def read_positions(path: str | Path) -> dict[str, tuple[float, float, float]]:
    """Positions and populations of the cities that one source of 2020 lists.

    Parameters
    ----------
    path : a table with the columns `cities`, `state`, `lat`, `lon` and a population (`TOTPOP` or `pop2019`).

    Returns
    -------
    "City, ST" -> (latitude, longitude, population); NaN where the population is not stated. Cities of an
    unknown state, or without a position, are left out.

    Raises
    ------
    RecordError : when columns are missing.
    """
    rows = _table(path)
    wanted = {"cities", "state", "lat", "lon"}
    if not rows or not wanted <= set(rows[0]):
        raise RecordError(f"{path}", expected=f"a table with the columns {', '.join(sorted(wanted))}")
    found = {}
    for row in rows:
        state = STATES.get((row["state"] or "").strip().replace(" ", "_"))
        try:
            where = float(row["lat"]), float(row["lon"])
        except (TypeError, ValueError):
            continue
        people = (row.get("TOTPOP") or row.get("pop2019") or "").replace(",", "").strip()
        if state and abs(where[0]) <= 90 and abs(where[1]) <= 180:
            found[f"{row['cities'].strip()}, {state}"] = (*where, float(people) if people.isdigit() else float("nan"))
    return found


def earlier_protests(path: str | Path, before: date) -> Mapping[str, int]:
    """Protests by city before a day, from a table with the columns `date` (ISO) and `city_st`.

    Rows whose date cannot be read are left out.
    """
    rows = _table(path)
    if not rows or not {"date", "city_st"} <= set(rows[0]):
        raise RecordError(f"{path}", expected="a table with the columns date and city_st")
    counts: dict[str, int] = {}
    for row in rows:
        try:
            day = date.fromisoformat((row["date"] or "")[:10])
        except ValueError:
            continue
        if day < before:
            counts[row["city_st"]] = counts.get(row["city_st"], 0) + 1
    return counts
