"""Checks a record before anything is estimated from it, and says in plain sentences what was found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl

from groundswell.records.accuracy import Accuracy
from groundswell.records.codebooks._dates import IMPOSSIBLE
from groundswell.records.events import read_events
from groundswell.records.identity import NamePair, name_pairs, places_of, successors
from groundswell.records.oddities import Gap, Heap, Misplaced, OddFigure, gaps, heaps, implausible, misplaced
from groundswell.records.schema import SCHEMA, Reading, held, kinds_of_role
from groundswell.records.window import Window
from groundswell.results import plain

if TYPE_CHECKING:
    from groundswell.records.codebooks._base import Codebook

JUMP = 3.0
"""A year is a jump of coverage when it holds more than this many times the median of its neighbours."""
NEIGHBOURS = 5
"""Years on each side that a year is compared with; five, so that two high years in a row do not hide each other."""
_MOST_EXAMPLES = 10
_MOST_NAMES = 3


@dataclass(frozen=True)
class Jump:
    """A year that holds more than `JUMP` times the median of its neighbours."""

    year: int
    count: int
    neighbours: float


@dataclass(frozen=True)
class Report:
    """What a record holds and what is wrong with it; see `check_record`.

    Parameters
    ----------
    rows, events, kinds : rows of the file, events read from it, and how many of each kind.
    first, last : the dates of the first and last event; None if there is none.
    gaps : stretches without events that are longer than chance would leave.
    jumps, drops : years that hold more than three times, or less than a third of, what the years around them hold.
    exact_duplicates : rows that repeat an earlier row.
    look_alikes : events that agree with an earlier one in day, place, kind, size and dead, in rows that differ.
    impossible_dates, future : rows rejected for their date, and events dated after today.
    crowds, missing_sizes : protests and strikes, and how many of these have no size.
    coarse_dates, without_coordinates, unread : events dated to the week or coarser; events without a latitude and
        longitude; cells set aside.
    accuracy : how well the record sees events, as stated.
    window, watched_zeros : when the record was watched, as declared; rows that state a count of 0.
    repeated_ids : rows that have the identifier of another row.
    heaps, figures : days that stand for "some day"; figures that no single event can have.
    names : pairs of names that probably denote one place.
    misplaced : events far from where their place has its others.
    rejected, examples : rows rejected by reason, and for each reason the first of them as "row 7 (line 8)".
    notes : what the reader did and found, such as encodings, time zones and the order of day and month.
    """

    path: Path
    codebook: str
    rows: int
    events: int
    kinds: Mapping[str, int]
    first: date | None
    last: date | None
    gaps: tuple[Gap, ...]
    exact_duplicates: int
    jumps: tuple[Jump, ...]
    impossible_dates: int
    crowds: int
    missing_sizes: int
    coarse_dates: int
    unread: int
    rejected: Mapping[str, int]
    notes: tuple[str, ...]
    drops: tuple[Jump, ...] = ()
    look_alikes: int = 0
    future: int = 0
    without_coordinates: int = 0
    examples: Mapping[str, str] = field(default_factory=dict)
    window: Window = field(default_factory=Window)
    watched_zeros: int = 0
    repeated_ids: int = 0
    heaps: tuple[Heap, ...] = ()
    figures: tuple[OddFigure, ...] = ()
    accuracy: Accuracy = field(default_factory=Accuracy)
    names: tuple[NamePair, ...] = ()
    misplaced: tuple[Misplaced, ...] = ()

    @property
    def rejected_rows(self) -> int:
        return sum(self.rejected.values())

    def to_dict(self) -> dict[str, Any]:
        """Plain types for JSON: the findings and the sentences that state them."""
        stated = plain(
            {
                name: getattr(self, name)
                for name in self.__dataclass_fields__
                if name not in ("path", "window", "accuracy")
            }
        )
        return {
            **{name: _plain_rows(value) for name, value in stated.items()},
            "path": self.path.name,
            "window": self.window.to_dict(),
            "accuracy": self.accuracy.to_dict(),
            "sentences": self.sentences(),
            "rejected_rows": self.rejected_rows,
        }

    def _not_collected(self) -> str:
        """The line that declares all gaps that were found."""
        listed = ", ".join(f'["{gap.first}", "{gap.last}"]' for gap in self.gaps[:_MOST_EXAMPLES])
        return f"not_collected = [{listed}]"

    def _odd(self) -> list[str]:
        """Sentences on what is declared, heaped, implausible or named twice."""
        say = [*self.window.sentences(), *self.accuracy.sentences()]
        if self.repeated_ids:
            say.append(f"Rows that have the identifier of another row: {self.repeated_ids:,}.")
        for heap in self.heaps:
            say.append(
                f"{heap.count:,} of {heap.of:,} events are dated {heap.words}, where an even spread would leave "
                f"{heap.expected:,.0f}: the day may stand for an unknown one"
                + (f" (defaulted_days = [{heap.value}] dates them to the month)." if heap.unit[0] == "d" else ".")
            )
        for figure in self.figures[:_MOST_EXAMPLES]:
            what = "dead" if figure.field == "fatalities" else "people"
            say.append(f"A figure that no single event can have: {figure.value:,.0f} {what}, in row {figure.row:,}.")
        if len(self.figures) > _MOST_EXAMPLES:
            say.append(f"And {len(self.figures) - _MOST_EXAMPLES:,} more such figures.")
        if self.misplaced:
            shown = "; ".join(event.words for event in self.misplaced[:_MOST_NAMES])
            more = f"; and {len(self.misplaced) - _MOST_NAMES:,} more" if len(self.misplaced) > _MOST_NAMES else ""
            say.append(f"Far from where their place has its other events: {shown}{more}.")
        for pair in self.names[:_MOST_NAMES]:
            say.append(
                f"{pair.rare!r} ({pair.rare_events:,}) and {pair.common!r} ({pair.common_events:,}) {pair.how_sure} "
                f"one place ({pair.why}): [aliases] {pair.line} counts them as one."
            )
        if len(self.names) > _MOST_NAMES:
            more = len(self.names) - _MOST_NAMES
            say.append(f"And {more:,} more pairs of names that may be one place, in the table of names.")
        return say

    def sentences(self) -> list[str]:
        """The report in plain language, one finding to a sentence."""
        say = [f"{self.path.name}, read as {self.codebook}, has {_n(self.rows, 'row')} and {_n(self.events, 'event')}."]
        if self.first is None or self.last is None:
            say.append("No row could be read as an event, so nothing can be estimated from it.")
        else:
            counted = [f"{count:,} of {kind}" for kind, count in self.kinds.items()]
            say.append(f"The events run from {self.first} to {self.last}: {', '.join(counted)}.")
        if self.rejected:
            reasons = [
                f"{count:,} for '{reason}'" + (f", first {self.examples[reason]}" if reason in self.examples else "")
                for reason, count in list(self.rejected.items())[:_MOST_EXAMPLES]
            ]
            if (more := len(self.rejected) - _MOST_EXAMPLES) > 0:
                rest = sum(list(self.rejected.values())[_MOST_EXAMPLES:])
                reasons.append(f"{rest:,} for {more:,} further reasons")
            say.append(f"Rejected: {_n(self.rejected_rows, 'row')}, {'; '.join(reasons)}.")
        else:
            say.append("No row was rejected.")
        if self.impossible_dates:
            impossible = _n(self.impossible_dates, "row")
            say.append(
                f"Of these, {impossible} had a date that does not exist, is outside the record or ends too early."
            )
        if self.unread:
            say.append(f"{_n(self.unread, 'figure')} could not be read: set aside, while the rest of the row was kept.")
        if self.exact_duplicates:
            share = self.exact_duplicates / self.rows
            say.append(f"Exact repeats of an earlier row: {self.exact_duplicates:,} ({share:.1%}).")
        if self.look_alikes:
            say.append(
                f"Events with the same day, place, kind, size and number of dead as an earlier one, in rows that "
                f"otherwise differ: "
                f"{self.look_alikes:,}. They may be one event reported twice."
            )
        if self.future:
            say.append(f"Dated after today: {_n(self.future, 'event')}. An event cannot lie in the future: check them.")
        if self.missing_sizes:
            share = self.missing_sizes / self.crowds
            of = f"is not known for {share:.1%}" if share < 1 else "is not known for any"
            say.append(f"The size {of} of the events of mobilisation.")
        if self.coarse_dates:
            say.append(f"Dated only to the week, month or year: {_n(self.coarse_dates, 'event')}.")
        if self.jumps:
            years = ", ".join(f"{jump.year} ({jump.count:,} against {jump.neighbours:,g})" for jump in self.jumps)
            say.append(
                f"Years with more than three times the events of the years around them: {years}. Coverage may have "
                "changed, so compare counts across them with care."
            )
        if self.drops:
            years = ", ".join(f"{drop.year} ({drop.count:,} against {drop.neighbours:,g})" for drop in self.drops)
            say.append(f"Years with less than a third of the events of the years around them: {years}.")
        if self.gaps:
            longest = max(self.gaps, key=lambda gap: gap.days)
            say.append(
                f"Gaps in time that are longer than chance would leave: {len(self.gaps)}; the longest is of "
                f"{longest.days:,} days, from {longest.first} to {longest.last}. They count as silence; if nobody "
                f"watched, say so in a mapping file: [window] {self._not_collected()}"
            )
        say += self._odd()
        return say


def check_record(path: str | Path, codebook: str | Path | Codebook | None = None) -> Report:
    """Read a record and report its rows, span, gaps, duplicates, jumps of coverage, missing sizes and rejections.

    A gap is reported where no event is dated for more than g days, with

        g = ln(N / 0.001) / (N / D)

    for N distinct days with events within D days: at a constant rate, one gap that long or longer would occur by
    chance in one record in a thousand. A jump is a year that holds more than three times the median of the (up to)
    five years on each side of it within the span of the record.

    Parameters
    ----------
    path, codebook : as for `groundswell.records.events.read_events`.

    Returns
    -------
    Report : the findings, with `sentences()` for a plain-language summary.

    Raises
    ------
    RecordError : the file cannot be read at all.

    Notes
    -----
    Known limits: the first and last year are often incomplete. A gap may be a change in coverage or a quiet time; the
    report cannot distinguish the two.
    """
    return check_reading(path, read_events(path, codebook))


def check_reading(path: str | Path, reading: Reading) -> Report:
    """The report of `check_record` for a record already read from this file."""
    events = reading.events
    rejected = reading.rejected.group_by("reason").len().sort(["len", "reason"], descending=[True, False])
    reasons = dict(zip(rejected["reason"].to_list(), rejected["len"].to_list(), strict=True))
    is_date = pl.col("reason").str.contains(IMPOSSIBLE, literal=True) | pl.col("reason").str.contains(
        "outside the span"
    )
    crowds = events.select("kind", "size_low", "size_high").filter(  # whose size counts people
        pl.col("kind").is_in(kinds_of_role(events, "mobilisation"))
    )
    return Report(
        path=Path(path),
        codebook=reading.codebook,
        rows=reading.rows,
        events=reading.count,
        kinds=held(events),
        first=cast("date | None", events["date"].min()),
        last=cast("date | None", events["date"].max()),
        gaps=gaps(events, reading.window),
        window=reading.window,
        accuracy=reading.accuracy,
        watched_zeros=reading.zeros.height,
        repeated_ids=reading.repeated_ids,
        heaps=heaps(events),
        figures=implausible(events),
        names=tuple(_names(events)),
        misplaced=misplaced(events),
        drops=_jumps(events, down=True),
        look_alikes=_look_alikes(events, reading.exact_duplicates),
        future=int((events["date"] > date.today()).sum()),
        without_coordinates=events["latitude"].null_count(),
        examples=_examples(reading),
        exact_duplicates=reading.exact_duplicates,
        jumps=_jumps(events),
        impossible_dates=reading.rejected.filter(is_date | pl.col("reason").str.contains("before it starts")).height,
        crowds=crowds.height,
        missing_sizes=crowds.filter(pl.col("size_low").is_null() & pl.col("size_high").is_null()).height,
        coarse_dates=int((events["precision"] != "day").sum()),
        unread=reading.unread.height,
        rejected=reasons,
        notes=reading.notes,
    )


def _names(events: pl.DataFrame) -> list[NamePair]:
    """Likely pairs of names, of countries first."""
    levels = ("country", "place", *events.columns[len(SCHEMA) :])
    found = {(p.common, p.rare): p for p in successors(events)}
    for level in levels:
        found |= {(p.common, p.rare): p for p in name_pairs(places_of(events, level))}
    return list(found.values())


def _plain_rows(value: Any) -> Any:
    """Lists of findings as mappings, and days as texts."""
    if isinstance(value, list):
        return [_plain_rows(x) for x in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain_rows(getattr(value, name)) for name in value.__dataclass_fields__}
    return str(value) if isinstance(value, date) else value


def _examples(reading: Reading) -> dict[str, str]:
    """The first row that was rejected for each reason, with its column and value."""
    firsts = reading.rejected.sort("row").unique("reason", keep="first", maintain_order=True)
    found = {}
    for row, column, value, reason in firsts.select("row", "column", "value", "reason").iter_rows():
        shown = "" if value is None else f", {column} {value[:40]!r}"
        found[reason] = reading.where(row) + shown
    return found


def _look_alikes(events: pl.DataFrame, exact: int) -> int:
    """Events of known place and size that match an earlier one in every counted field, without exact repeats.

    Events of one place and size also fall on one day by chance: none are reported unless there are more than that.
    """
    same = ["place", "country", "kind", "size_low", "size_high", "fatalities", "detail"]
    known = events.select("date", "precision", *same).filter(
        pl.col("place").is_not_null() & pl.col("size_low").is_not_null() & (pl.col("precision") == "day")
    )
    if known.height == 0:
        return 0
    texts = [name for name in same if known.schema[name] == pl.String]  # as numbers, which compare faster
    known = known.with_columns(pl.col(texts).cast(pl.Categorical).to_physical())
    alike = known.group_by(same).agg(rows=pl.len(), days=pl.col("date").n_unique())
    found = max(int((alike["rows"] - alike["days"]).sum()) - exact, 0)
    days = (cast(date, known["date"].max()) - cast(date, known["date"].min())).days + 1
    each = alike["rows"].to_numpy()
    chance = float((each - days * -np.expm1(each * np.log1p(-1 / days))).sum()) if days > 1 else 0.0
    return found if found > 2 * chance + 5 * math.sqrt(chance) else 0


def _jumps(events: pl.DataFrame, *, down: bool = False) -> tuple[Jump, ...]:
    if events.height == 0:
        return ()
    years = events["date"].dt.year().to_numpy()
    first = int(years.min())
    counts = np.bincount(years - first)
    found = []
    for i, count in enumerate(counts):
        around = np.concatenate([counts[max(0, i - NEIGHBOURS) : i], counts[i + 1 : i + 1 + NEIGHBOURS]])
        if around.size < 2:  # one other year is no yardstick
            continue
        median = float(np.median(around))
        # five standard errors of a Poisson count, so that a year of 4 among years of 1 is no jump
        beyond = abs(count - median) > 5.0 * math.sqrt(max(median, 1.0))
        inside = 0 < i < len(counts) - 1  # the first and last year are often only partly watched
        if beyond and (inside and JUMP * count < median if down else count > JUMP * median):
            found.append(Jump(first + i, int(count), median))
    return tuple(found)


def _n(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
