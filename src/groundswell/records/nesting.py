"""Places within places: a town in a state in a country. Places of the same name in different larger places are
distinct."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from groundswell.records.schema import SCHEMA
from groundswell.records.window import Window

_ABOVE = ("region",)  # columns of regions of the world, which hold countries


def chain_of(events: pl.DataFrame) -> tuple[str, ...]:
    """The columns of places that a record uses, the smallest first; the country holds all but regions of the world.

    The order of further columns is that in which a codebook or mapping names them. A column that only repeats `place`
    is left out.
    """
    own = [name for name in events.columns[len(SCHEMA) :] if not name.startswith("_")]
    below = [name for name in own if name not in _ABOVE]
    chain = ["place", *below, "country", *(name for name in own if name in _ABOVE)]
    used = [name for name in chain if name in events.columns and events[name].null_count() < events.height]
    if len(used) > 1 and used[0] == "place" and events["place"].equals(events[used[1]], check_names=False):
        used.pop(1)
    return tuple(used)


def within(events: pl.DataFrame, column: str) -> tuple[str, ...]:
    """The columns of the places that hold those of this column, the smallest first."""
    chain = chain_of(events)
    if column in chain:
        return chain[chain.index(column) + 1 :]
    return within(events, "place") if column in events.columns[len(SCHEMA) :] else ()


def distinguished(events: pl.DataFrame, column: str) -> tuple[pl.DataFrame, dict[str, str]]:
    """The events with each name in `column` that stands for several places split up: "Springfield, Ohio".

    Returns
    -------
    The events, and for each new name the one that the record has.
    """
    above = [name for name in within(events, column) if name not in _ABOVE]
    new: dict[str, str] = {}
    for parent in above:
        pairs = events.select(column, parent).drop_nulls().unique()
        several = pairs.filter(pl.col(column).is_duplicated())
        if several.height == 0:
            continue
        names = several.select(column, parent, _label=pl.concat_str(column, pl.lit(", "), parent)).sort("_label")
        new |= {label: new.get(name, name) for name, _, label in names.iter_rows()}
        joined = events.join(names, on=[column, parent], how="left", maintain_order="left")
        events = joined.with_columns(pl.coalesce("_label", column).alias(column)).drop("_label")
    return events, {label: name for label, name in new.items() if label != name}


def held_by(events: pl.DataFrame, column: str, places: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """For each place of a column, the places that hold it."""
    above = list(within(events, column))
    if not above:
        return dict.fromkeys(places, ())
    own = events.select(column, *above).filter(pl.col(column).is_in(list(places)))
    found = own.group_by(column).agg(pl.col(name).drop_nulls().unique().sort() for name in above)
    return {row[0]: tuple(name for names in row[1:] for name in names) for row in found.iter_rows()}


def window_of_places(window: Window, holders: Mapping[str, Sequence[str]], named: Mapping[str, str]) -> Window:
    """The window with its statements on a place extended to all places in it, and to all that share a name.

    Parameters
    ----------
    holders : see `held_by`.
    named : the record's own name of places that were distinguished; see `distinguished`.
    """
    if not window.named:
        return window
    stretches, added = list(window.not_collected), dict(window.added)
    for place, above in holders.items():
        names = {*above, named.get(place, place)} - {place}
        stretches += [replace(x, place=place) for x in window.not_collected if x.place in names]
        days = [day for name, day in window.added.items() if name in names or name == place]
        if days:
            added[place] = max(days)
    return replace(window, not_collected=tuple(dict.fromkeys(stretches)), added=added)
