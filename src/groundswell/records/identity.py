"""Finds and reports events and places that occur twice; merges them only on request."""

from __future__ import annotations

import difflib
import functools
import itertools
import math
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from groundswell.errors import nearest
from groundswell.records.schema import counts_of

if TYPE_CHECKING:
    from groundswell.records.codebooks._base import Codebook
    from groundswell.records.schema import Reading
    from groundswell.records.window import Window

_KM_PER_DEGREE = 111.2
_MOST_NAMES = 4_000  # names of places that are compared with each other
_MOST_IN_BLOCK = 500  # events of one day, kind and cell that are compared with those of another source
_SHORTEST, _SHORT = 5, 6  # letters of a name that is compared with others; below the second, strictly
_RARE = 20  # times as many events has the name of which a short one is thought a slip
_LIKE = 0.8  # likeness of two words above which they may be one
_RENAMED: tuple[tuple[str, ...], ...] = (
    ("Swaziland", "eSwatini"), ("Burma", "Myanmar"), ("Macedonia", "North Macedonia", "FYROM"),
    ("Czech Republic", "Czechia"), ("Cape Verde", "Cabo Verde"), ("Ivory Coast", "Côte d'Ivoire"),
    ("Turkey", "Türkiye"), ("Zaire", "Democratic Republic of Congo", "Democratic Republic of the Congo", "DR Congo",
    "Congo (Kinshasa)"), ("Upper Volta", "Burkina Faso"), ("Ceylon", "Sri Lanka"), ("Rhodesia", "Zimbabwe"),
    ("East Timor", "Timor-Leste"), ("Russia", "Russian Federation"), ("Syria", "Syrian Arab Republic"),
    ("Iran", "Islamic Republic of Iran"), ("South Korea", "Republic of Korea", "Korea, South"),
    ("North Korea", "DPRK", "Korea, North"), ("United States", "USA", "United States of America", "US"),
    ("United Kingdom", "UK", "Great Britain"), ("Laos", "Lao PDR"), ("Vietnam", "Viet Nam"),
    ("Bolivia", "Plurinational State of Bolivia"), ("Venezuela", "Bolivarian Republic of Venezuela"),
    ("Tanzania", "United Republic of Tanzania"), ("Moldova", "Republic of Moldova"),
    ("Palestine", "State of Palestine", "Palestinian Territories"), ("Gambia", "The Gambia"),
    ("Bahamas", "The Bahamas"), ("Dahomey", "Benin"), ("Siam", "Thailand"), ("Persia", "Iran"),
    ("Kampuchea", "Cambodia"), ("Holland", "Netherlands"), ("Kiev", "Kyiv"), ("Bombay", "Mumbai"),
    ("Calcutta", "Kolkata"), ("Madras", "Chennai"), ("Rangoon", "Yangon"), ("Peking", "Beijing"),
    ("Saigon", "Ho Chi Minh City"), ("Leningrad", "Saint Petersburg", "St. Petersburg"),
    ("Astana", "Nur-Sultan"), ("Constantinople", "Istanbul"),
)  # fmt: skip
"""Countries and cities that records name in two ways."""
_TWO = frozenset(
    frozenset(pair)
    for pair in (
        ("austria", "australia"), ("gambia", "zambia"), ("iceland", "ireland"), ("slovakia", "slovenia"),
        ("mauritania", "mauritius"), ("dominica", "dominican"), ("nigeria", "niger"), ("algeria", "nigeria"),
        ("liberia", "siberia"), ("guinea", "guyana"), ("somalia", "somaliland"), ("estonia", "eritrea"),
    )
)  # fmt: skip
"""Names of two countries that a letter or two distinguish."""


# -- places -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NamePair:
    """Two names that probably denote one place: `rare` is the less frequent."""

    common: str
    common_events: int
    rare: str
    rare_events: int
    why: str

    @property
    def how_sure(self) -> str:
        return "may be" if self.why == "a close spelling" else "are likely"

    @property
    def line(self) -> str:
        """The line of a mapping file that makes them one."""
        return f'"{_escaped(self.rare)}" = "{_escaped(self.common)}"'


def aliased(frame: pl.DataFrame, aliases: Mapping[str, str], columns: Sequence[str]) -> pl.DataFrame:
    """The frame with every name of a place that `aliases` lists replaced by what it is an alias of."""
    if not aliases:
        return frame
    known = {folded(name): to for name, to in aliases.items()}
    for column in columns:
        distinct = frame[column].drop_nulls().unique().to_list()
        found = {name: known[folded(name)] for name in distinct if folded(name) in known}
        if found:
            frame = frame.with_columns(pl.col(column).replace(found))
    return frame


def spelt_as(
    window: Window, frame: pl.DataFrame, aliases: Mapping[str, str], columns: Sequence[str]
) -> tuple[Window, list[str]]:
    """A window with its places as a record spells them, and a note on those that are not places of the record.

    Aliases hold for the window too, and names are compared without case, accents and punctuation. A place that the
    window lists under `places` may well have no event, and is not noted.
    """
    named = window.named
    if not named:
        return window, []
    spellings: dict[str, list[str]] = defaultdict(list)
    for column in columns:
        if column in frame.columns:
            distinct = frame.select(pl.col(column).cast(pl.String)).drop_nulls().unique()
            for name in sorted(aliased(distinct, aliases, (column,))[column].unique().to_list()):
                if name not in spellings[folded(name)]:
                    spellings[folded(name)].append(name)
    known = {folded(name): to for name, to in aliases.items()}
    now = {place: known.get(folded(place), place) for place in named}
    found = {place: tuple(spellings.get(folded(name), (name,))) for place, name in now.items()}
    listed = {folded(now[place]) for place in window.places}
    strange = [place for place, name in now.items() if folded(name) not in spellings and folded(name) not in listed]
    notes = []
    if strange:
        every = [name for names in spellings.values() for name in names]
        close = nearest(strange[0], every)
        notes.append(
            f"The window names {', '.join(repr(place) for place in strange)}, which the record does not name as a "
            f"place: what the window says about it has no effect{f' ({close})' if close else ''}."
        )
    return window.spelt(found), notes


def folded(name: str) -> str:
    """A name without case, accents, punctuation and doubled spaces, to compare names by.

    Vowel signs, as of Devanagari, and the marks of voiced kana are letters, and stay.

    >>> folded("Saint-Étienne ") == folded("saint etienne")
    True
    """
    bare = unicodedata.normalize("NFKD", name.strip().casefold())
    return " ".join("".join(map(_letter, bare)).split())


@functools.cache
def _letter(character: str) -> str:
    """A letter or figure itself, nothing for an accent, and a space for any other mark."""
    name = unicodedata.name(character, "")
    if name.startswith("COMBINING") and "KATAKANA" not in name:
        return ""
    return character if character.isalnum() or unicodedata.category(character)[0] == "M" else " "


def name_pairs(names: Mapping[str, int], most: int = 40) -> list[NamePair]:
    """Pairs of names that probably denote one place, the most frequent first.

    Names that differ in case, accents, hyphens or spaces alone; known old and new names; and close spellings.

    Parameters
    ----------
    names : how many events each has.
    most : pairs to return.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[folded(name)].append(name)
    found: list[NamePair] = []
    for group in groups.values():
        ranked = sorted(group, key=lambda n: (-names[n], n))
        found += [_pair(names, ranked[0], other, "the same letters") for other in ranked[1:]]
    first = {key: max(group, key=lambda n: (names[n], n)) for key, group in groups.items() if key}
    for group in _RENAMED:
        present = [first[folded(name)] for name in group if folded(name) in first]
        ranked = sorted(dict.fromkeys(present), key=lambda n: (-names[n], n))
        found += [_pair(names, ranked[0], other, "an older or other name") for other in ranked[1:]]
    known = {(pair.common, pair.rare) for pair in found}
    if len(first) <= _MOST_NAMES:
        for one, other in _alike(first):
            ranked = sorted((one, other), key=lambda n: (-names[n], n))
            short = min(len(one), len(other)) < _SHORT  # one letter makes another place, unless hardly any event has it
            rarer = names[ranked[0]] / (_RARE if short else 3)
            if (ranked[0], ranked[1]) not in known and names[ranked[1]] <= rarer:  # a slip is the rarer
                found.append(_pair(names, ranked[0], ranked[1], "a close spelling"))
    return sorted(found, key=lambda pair: (-pair.rare_events, pair.common, pair.rare))[:most]


def successors(events: pl.DataFrame, fewest: int = 10) -> list[NamePair]:
    """Pairs of countries of which one ends before the other begins, with the same towns: probably one, renamed."""
    own = events.select("country", "place", "date", _n=counts_of(events)).drop_nulls(["country", "place"])
    spans = own.group_by("country").agg(
        a=pl.col("date").min(), b=pl.col("date").max(), n=pl.col("_n").sum(), towns=pl.col("place").unique()
    )
    rows = [row for row in spans.sort("a").iter_rows(named=True) if row["n"] >= fewest]
    found = []
    for i, old in enumerate(rows[:300]):
        for new in rows[i + 1 : 300]:
            shared = set(old["towns"]) & set(new["towns"])
            if old["b"] < new["a"] and len(shared) >= 0.5 * min(len(old["towns"]), len(new["towns"])) > 0:
                names = {old["country"]: old["n"], new["country"]: new["n"]}
                common, rare = sorted(names, key=lambda n: (-names[n], n))
                found.append(_pair(names, common, rare, "one ends before the other begins, in the same towns"))
    return found


def _alike(first: Mapping[str, str]) -> list[tuple[str, str]]:
    """Close spellings, compared only where they share a beginning or an end and are of like length."""
    blocks: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key in first:
        if len(key) >= _SHORTEST:
            blocks["start", key[:3]].append(key)
            blocks["end", key[-3:]].append(key)
    words = {key: key.split() for key in first}
    figures = {key: "".join(filter(str.isdigit, key)) for key in first}  # the same in close names
    seen: set[tuple[str, str]] = set()
    found = []
    for block in blocks.values():
        block = sorted(block)[:300]
        for i, one in enumerate(block):
            for other in block[i + 1 :]:
                if figures[one] != figures[other] or abs(len(one) - len(other)) > 2 or (one, other) in seen:
                    continue
                seen.add((one, other))
                if _close(words[one], words[other]):
                    found.append((first[one], first[other]))
    return found


def _close(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two folded names differ in the spelling of one long word alone, once or repeated, and not in figures.

    In a short word, only a letter doubled or left single, and two neighbours exchanged, are slips.
    """
    differ = list(dict.fromkeys(pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]))
    if len(one) != len(other) or len(differ) != 1:
        return "".join(one) == "".join(other)
    a, b = differ[0]
    if frozenset((a, b)) in _TWO:
        return False
    if min(len(a), len(b)) < _SHORTEST or any(c.isdigit() for c in a + b):  # one letter makes another short name
        return False
    if len(one) == 1 and min(len(a), len(b)) < _SHORT and not _slip(a, b):
        return False
    match = difflib.SequenceMatcher(None, a, b, autojunk=False)
    return match.quick_ratio() >= _LIKE and match.ratio() >= _LIKE


def _slip(a: str, b: str) -> bool:
    """Whether two words differ by a letter that is doubled in one alone, or by two neighbours that changed places."""
    if [k for k, _ in itertools.groupby(a)] == [k for k, _ in itertools.groupby(b)]:
        return True
    differ = [i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y]
    return len(a) == len(b) and len(differ) == 2 and differ[1] == differ[0] + 1 and sorted(a) == sorted(b)


def _pair(names: Mapping[str, int], common: str, rare: str, why: str) -> NamePair:
    return NamePair(common, names[common], rare, names[rare], why)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def places_of(events: pl.DataFrame, column: str) -> dict[str, int]:
    """How many events each place of a column has."""
    counted = events.select(column, _n=counts_of(events)).group_by(column).agg(n=pl.col("_n").sum()).drop_nulls(column)
    return dict(counted.sort(["n", column], descending=[True, False]).iter_rows())


# -- events -----------------------------------------------------------------------------------------------------------


def repeated_ids(
    parts: Sequence[pl.DataFrame], policy: str, column: str
) -> tuple[list[pl.DataFrame], pl.DataFrame, int]:
    """Rows that share an identifier: the parts without the rows set aside by the policy, those rows, their number.

    Parameters
    ----------
    parts : frames with `row`, `id` and `stamp`, in the order of the rows of the file.
    policy : "keep" all; or "keep first", "keep last" or "keep newest" (by `stamp`) of each identifier.
    column : what the file calls the identifier.
    """
    from groundswell.records.codebooks._table import nothing_rejected, under_rejected

    keys = pl.concat([part.select("row", "id", "stamp") for part in parts]).filter(pl.col("id").is_not_null())
    twice = keys.filter(pl.col("id").hash().is_duplicated()).filter(pl.col("id").is_duplicated())  # numbers are faster
    if twice.height == 0:
        return list(parts), nothing_rejected(), 0
    repeated = twice.height - twice["id"].n_unique()
    if policy == "keep":
        return list(parts), nothing_rejected(), repeated
    stamp = pl.col("stamp").cast(pl.Float64, strict=False)
    order = [stamp.fill_null(-math.inf), pl.col("stamp").fill_null("")] if policy == "keep newest" else []
    ranked = twice.sort([*order, "row"], descending=False) if order else twice.sort("row")
    best = ranked.unique("id", keep="first" if policy == "keep first" else "last", maintain_order=True)
    out = twice.join(best.select("row"), on="row", how="anti").join(
        best.select("id", _of="row"), on="id", how="left", maintain_order="left"
    )
    value = pl.concat_str(pl.col("id"), pl.lit(" (row "), pl.col("_of").cast(pl.String), pl.lit(")"))
    says = pl.lit("the identifier of another row, which was kept")
    aside = under_rejected(out.sort("row").select("row", column=pl.lit(column), value=value, reason=says))
    left = [part.join(out.select("row"), on="row", how="anti", maintain_order="left") for part in parts]
    return left, aside, repeated


def without_repeats(readings: Sequence[Reading], books: Sequence[Codebook]) -> list[Reading]:
    """Several readings in which no identifier occurs twice, where the codebook keeps one event of each.

    The reading that comes last keeps it; in the earlier ones its row is rejected. Where the codebook keeps all (the
    default of a mapping file), nothing is set aside, and a note says how many identifiers two readings share.
    """
    found = list(readings)
    for i, book in enumerate(books):
        for j in range(i + 1, len(books)):
            if books[j].name != book.name:
                continue
            stated = found[i].own_ids.join(found[j].own_ids, on="own", how="semi")
            stated = stated.join(found[i].events.select("row"), on="row", how="semi")
            if stated.height == 0:
                continue
            if book.same_id == "keep":
                note = (
                    f"{stated['own'].n_unique():,} identifiers are also in another record; all their events are kept."
                )
                found[i] = replace(found[i], notes=(*found[i].notes, note))
                continue
            rows = stated["row"].unique().sort()
            aside = pl.DataFrame(
                {
                    "row": rows,
                    "column": pl.Series([None] * rows.len(), dtype=pl.String),
                    "value": pl.Series([None] * rows.len(), dtype=pl.String),
                    "reason": ["its identifier is in a record that was given later"] * rows.len(),
                }
            )
            found[i] = replace(
                found[i],
                events=found[i].events.filter(~pl.col("row").is_in(rows.implode())),
                rejected=pl.concat([found[i].rejected, aside]).sort("row"),
                repeated_ids=found[i].repeated_ids + rows.len(),
                notes=(*found[i].notes, f"{rows.len():,} events are also in a later record, which keeps them."),
            )
    return found


def without_copies(reading: Reading) -> Reading:
    """The reading without events whose row is an exact copy of an earlier one: their rows are rejected."""
    if reading.copies.height == 0:
        return reading
    again = reading.events.select("row").unique("row").join(reading.copies, on="row", how="inner").sort("row")
    says = pl.concat_str(pl.lit("row "), pl.col("of").cast(pl.String))
    return _aside(reading, again.select("row", value=says), "an exact copy of an earlier row")


def merged(readings: Sequence[Reading], names: Sequence[str], by: SameEvent | None = None) -> list[Reading]:
    """The readings, each without the events that an earlier one probably holds: their rows are rejected.

    What the kept event leaves open (size, dead, coordinates) is taken from the other. See `likely_same`.

    Parameters
    ----------
    names : of the records, for the reasons.
    """
    found = [without_copies(reading) for reading in readings]
    for j in range(1, len(found)):
        for i in range(j):
            pairs = likely_same(found[i].events, found[j].events, by)
            if pairs.height == 0:
                continue
            says = pl.format("row {} of {} (score {})", "first_row", pl.lit(names[i]), pl.col("score").round(2))
            out = pairs.select(row="second_row", value=says).unique("row", keep="first", maintain_order=True)
            found[i] = replace(found[i], events=_filled(found[i].events, found[j].events, pairs))
            found[j] = _aside(found[j], out, "likely the same event as one of another record, which keeps it", pairs)
    return found


_OPEN = ("size_low", "size_high", "fatalities", "latitude", "longitude", "actor", "target", "hour")


def _filled(kept: pl.DataFrame, other: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The kept events with what they leave open filled in from those that they are likely to be."""
    theirs = other.select(second_id="id", **{f".{name}": name for name in _OPEN})
    filled = kept.join(pairs.select(id="first_id", second_id="second_id"), on="id", how="left", maintain_order="left")
    filled = filled.join(theirs, on="second_id", how="left", maintain_order="left")
    groups = (("size_low", "size_high"), ("latitude", "longitude"))
    both = {name: pl.all_horizontal(pl.col(n).is_null() for n in group) for group in groups for name in group}
    return filled.with_columns(
        pl.when(both.get(name, pl.col(name).is_null())).then(f".{name}").otherwise(name).alias(name) for name in _OPEN
    ).select(kept.columns)


def _aside(reading: Reading, out: pl.DataFrame, reason: str, pairs: pl.DataFrame | None = None) -> Reading:
    """The reading without these events; a row of which none is left is rejected for this reason.

    Of a row with several events (a protest, and what the state did) only those that were paired are removed.
    """
    from groundswell.records.codebooks._table import under_rejected

    gone = out.select("row") if pairs is None else pairs.select(id="second_id")
    events = reading.events.join(gone, on=gone.columns[0], how="anti", maintain_order="left")
    lost = out.filter(~pl.col("row").is_in(events["row"].implode()))
    aside = under_rejected(lost.select("row", column=pl.lit("(whole row)"), value="value", reason=pl.lit(reason)))
    left = reading.rejected.join(aside.select("row"), on="row", how="anti", maintain_order="left")
    return replace(
        reading,
        events=events,
        rejected=pl.concat([left, aside]).sort("row", maintain_order=True),
        unread=reading.unread.join(aside.select("row"), on="row", how="anti", maintain_order="left"),
        notes=(*reading.notes, f"{reading.events.height - events.height:,} events were set aside: {reason}."),
    )


@dataclass(frozen=True)
class SameEvent:
    """How two sources' events are compared.

    Parameters
    ----------
    days : days between two reports of one event, at most.
    km : kilometres between their coordinates, at most; where either has none, the place must have the same name.
    kinds : whether their kinds must be the same.
    """

    days: int = 2
    km: float = 10.0
    kinds: bool = True


def likely_same(first: pl.DataFrame, second: pl.DataFrame, by: SameEvent | None = None) -> pl.DataFrame:
    """Pairs of events of two sources that are likely to be one event, each event in one pair at most.

    The score is (1 - days / (D + 1)) (1 - km / K), with D and K the most that `by` allows: 1 for the same day and spot.
    Pairs are taken in descending order of score, as in MELTT (Donnay et al. 2019, "Integrating Conflict Event Data",
    Journal of Conflict Resolution 63(5), 1337-1364), whose taxonomies of kinds are here the kinds themselves.

    Known limits: of one day, kind and place (or cell of the map as wide as `km`) only the first 500 events of each
    source are compared, so that crowded days cannot exhaust memory; beyond these, pairs are missed.

    Parameters
    ----------
    first, second : events under the schema.

    Returns
    -------
    DataFrame : (first_id, second_id, first_row, second_row, kind, date, days, km, score), best first.
    """
    by = by or SameEvent()
    columns = ["id", "row", "date", "kind", "place", "latitude", "longitude"]
    a = first.filter(pl.col("precision") == "day").select(columns)
    b = second.filter(pl.col("precision") == "day").select(columns)
    a, b = a.with_columns(_place=_folded(a["place"])), b.with_columns(_place=_folded(b["place"]))
    placed = pl.col("latitude").is_not_null() & pl.col("longitude").is_not_null()
    named = pl.col("_place").is_not_null()
    # those with coordinates meet in a cell of the map or an adjacent one; the others under the name of their place
    sides = [
        (_celled(a.filter(placed), by.km), _celled(b.filter(placed), by.km, beside=True), ["_lat", "_lon"]),
        (a.filter(named & ~placed), b.filter(named), ["_place"]),
        (a.filter(named & placed), b.filter(named & ~placed), ["_place"]),
    ]
    near: list[pl.DataFrame] = []
    for shift, (mine, other, where) in itertools.product(range(-by.days, by.days + 1), sides):
        keys = ["date", *(["kind"] if by.kinds else []), *where]
        shifted = other.with_columns(date=pl.col("date").dt.offset_by(f"{shift}d"), _days=pl.lit(abs(shift)))
        shifted = shifted.rename({name: f"b_{name}" for name in shifted.columns if name not in (*keys, "_days")})
        pairs = _head_of(mine, keys).join(_head_of(shifted, keys), on=keys, how="inner").with_columns(_km=kilometres())
        close = pl.col("_km").is_null() if where == ["_place"] else pl.col("_km") <= by.km
        near.append(pairs.filter(close).select("id", "row", "date", "kind", "b_id", "b_row", "_days", "_km"))
    found = pl.concat(near).with_columns(
        score=(1 - pl.col("_days") / (by.days + 1)) * (1 - pl.col("_km").fill_null(by.km / 2) / max(by.km, 1e-9))
    )
    taken_a, taken_b, rows = set(), set(), []
    for row in found.sort(["score", "row", "b_row"], descending=[True, False, False]).iter_rows(named=True):
        if row["row"] not in taken_a and row["b_row"] not in taken_b:
            taken_a.add(row["row"])
            taken_b.add(row["b_row"])
            rows.append((row["id"], row["b_id"], row["row"], row["b_row"], row["kind"], row["date"], row["_days"],
                         row["_km"], row["score"]))  # fmt: skip
    return pl.DataFrame(
        rows,
        schema={
            "first_id": pl.String, "second_id": pl.String, "first_row": pl.Int64, "second_row": pl.Int64,
            "kind": pl.String, "date": pl.Date, "days": pl.Int64, "km": pl.Float64, "score": pl.Float64,
        },
        orient="row",
    )  # fmt: skip


def not_compared(events: pl.DataFrame, by: SameEvent | None = None) -> int:
    """How many events `likely_same` leaves out, being beyond the first 500 of one day, kind and place."""
    by = by or SameEvent()
    exact = events.filter(pl.col("precision") == "day")
    placed = exact.filter(pl.col("latitude").is_not_null() & pl.col("longitude").is_not_null())
    named = exact.filter(pl.col("latitude").is_null() & pl.col("place").is_not_null())
    kind = ["kind"] if by.kinds else []
    left = 0
    for own, where in ((_celled(placed, by.km), ["_lat", "_lon"]), (named, ["place"])):
        left += own.height - _head_of(own, ["date", *kind, *where]).height
    return left


@dataclass(frozen=True)
class Capture:
    """How many events there are, from how many two sources hold and how many they share (Chapman 1951).

    Parameters
    ----------
    first, second, both : events of each source, and pairs that are likely to be one.
    total, low, high : estimate of all events, with its 95% interval; at least what was seen.
    share_first, share_second : share of all events that each source holds.
    """

    first: int
    second: int
    both: int
    total: float
    low: float
    high: float
    share_first: float
    share_second: float


def capture_recapture(first: int, second: int, both: int) -> Capture:
    """Chapman's estimate, N = (a + 1)(b + 1) / (m + 1) - 1, with the log-normal interval of the number not seen.

    It holds if a source's chance of seeing an event does not depend on the other's: two sources that read the same news
    share
    more events than chance, and N is then too small. Where one source holds all n events of the other, N is at most
    a / 0.025^(1/n), the exact binomial bound.

    Source: Chapman (1951), Univ. Calif. Publ. Statist. 1, 131-160; interval: Chao (1987), Biometrics 43, 783-791.
    """
    total = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    seen = first + second - both
    hidden = max(total - seen, 0.0)
    if hidden > 0:
        c = math.exp(1.96 * math.sqrt(math.log1p(variance / hidden**2)))
        low, high = seen + hidden / c, seen + hidden * c
    else:  # one source holds all of the other: of so many events it would miss none in one record of forty
        low = float(seen)
        high = seen / 0.025 ** (1 / both) if both else float(seen)
    total = max(total, float(seen))
    shares = (first / total, second / total) if total else (1.0, 1.0)
    return Capture(first, second, both, total, low, high, *shares)


def _head_of(events: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    return events.filter(pl.int_range(pl.len()).over(keys) < _MOST_IN_BLOCK) if events.height else events


def _celled(events: pl.DataFrame, km: float, *, beside: bool = False) -> pl.DataFrame:
    """The events with the cell of the map that each lies in, or each with that cell and all adjacent ones.

    Cells are at least `km` high and wide, so that two events no farther apart are in one cell or in neighbours.
    """
    high = min(max(km, 0.1) / _KM_PER_DEGREE * 1.001, 180.0)
    latitude = events["latitude"].to_numpy().astype(np.float64)
    longitude = events["longitude"].to_numpy().astype(np.float64)
    around = (-1, 0, 1) if beside else (0,)
    found = []
    for up in around:
        row = np.floor((latitude + 90) / high) + up
        # degrees of longitude within `km`, where the row and its neighbours are nearest to a pole
        farthest = np.minimum(np.maximum(np.abs((row - 1) * high - 90), np.abs((row + 2) * high - 90)), 90.0)
        ratio = np.sin(np.radians(high) / 2) / np.maximum(np.cos(np.radians(farthest)), 1e-12)
        wide = 2 * np.degrees(np.arcsin(np.minimum(ratio, 1.0))) * 1.001
        many = np.where(ratio >= 1, 1.0, np.maximum(np.floor(360 / wide), 1.0))
        column = np.floor((longitude + 180) / 360 * many)
        for right in around:
            found.append(
                events.with_columns(
                    _lat=pl.Series(row, dtype=pl.Float64).cast(pl.Int64),
                    _lon=pl.Series(np.mod(column + right, many), dtype=pl.Float64).cast(pl.Int64),
                )
            )
    return pl.concat(found).unique(["row", "id", "_lat", "_lon"], keep="first", maintain_order=True)


def _folded(names: pl.Series) -> pl.Series:
    distinct = names.drop_nulls().unique().to_list()
    return names.replace_strict({name: folded(name) for name in distinct}, default=None, return_dtype=pl.String)


def kilometres() -> pl.Expr:
    """Great-circle distance, on a sphere, between (latitude, longitude) and (b_latitude, b_longitude)."""
    lat, other = pl.col("latitude").radians(), pl.col("b_latitude").radians()
    half = ((other - lat) / 2).sin().pow(2) + lat.cos() * other.cos() * (
        (pl.col("b_longitude").radians() - pl.col("longitude").radians()) / 2
    ).sin().pow(2)
    return 2 * half.clip(0, 1).sqrt().arcsin() * (180 / math.pi) * _KM_PER_DEGREE
