"""Ordered pairs of kinds as rows, in words, and as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from groundswell.estimators.excitation.examination_verdict import PairVerdict
from groundswell.inquiry.rows import PairRow, Span, Status
from groundswell.inquiry.wording import capital, interval, listed, many, one, p_words, span
from groundswell.records.accuracy import Accuracy

_MOST_NAMED = 4  # pairs in a sentence
TELLS_LITTLE = 0.5
"""An interval that reaches half an event per event says nothing; as in `examination`."""
_NOTHING = 1e-9  # a branching ratio on its bound, where the search stopped
_STATUS: dict[str, Status] = {
    "excites": "found",
    "inhibits": "found",
    "none": "not found",
    "undetermined": "no verdict",
    "refused": "no verdict",
}


def pair_row(pair: PairVerdict, place: str | None) -> PairRow:
    """One ordered pair as a row, with its answer in the words of the page."""
    bare = {name: 0.0 for name in ("branching", "low", "high") if abs(getattr(pair, name)) < _NOTHING}
    return PairRow(place, _STATUS[pair.verdict], replace(pair, **bare), pair_answer(pair))


def pair_answer(pair: PairVerdict) -> str:
    """One sentence on one ordered pair."""
    of = f"{'further ' if pair.source == pair.target else ''}{many(pair.target)}"
    words = f"{interval(pair.low, pair.high, pair.level)}; {p_words(pair.adjusted_p)}"
    if pair.verdict == "refused":
        return f"The record cannot tell whether {one(pair.source)} triggers {of}: {listed(pair.reasons)}."
    if pair.verdict == "undetermined":
        return (
            f"The record cannot tell whether {one(pair.source)} triggers {of}: anything up to {pair.high:.2f} is "
            "compatible with it."
        )
    if pair.verdict == "none":
        return f"It was not found that {one(pair.source)} triggers {of}: {pair.branching:.2f} ({words})."
    when = span(pair.half_life, pair.unit)
    verb = "triggers" if pair.verdict == "excites" else "prevents"
    return f"{capital(one(pair.source))} {verb} {abs(pair.branching):.2f} {of} ({words}){', ' + when if when else ''}."


def under_accuracy(pairs: Sequence[PairRow], accuracy: Accuracy) -> list[PairRow]:
    """The pairs with `among_events`: the ratio implied among events, where precision or recall are known.

    A pair that was not found among rows becomes one that the record cannot tell if, among events, half an event per
    event
    is compatible with it.
    """
    rows: list[PairRow] = []
    for row in pairs:
        pair = row.pair
        ends = (pair.branching, pair.low, pair.high)
        corrected = accuracy.branching(*ends) if all(math.isfinite(x) for x in ends) else None
        if corrected is None:
            rows.append(row)
            continue
        row = replace(row, among_events=Span(*corrected))
        said = f"{corrected[0]:.2f} ({corrected[1]:.2f} to {corrected[2]:.2f})"
        if row.status == "found":
            row = replace(row, answer=f"{row.answer} Among events, given what the record misses and invents: {said}.")
        elif pair.verdict == "undetermined" or (row.status == "not found" and corrected[2] >= TELLS_LITTLE):
            row = replace(
                row,
                status="no verdict",
                pair=replace(pair, verdict="undetermined"),
                answer=f"The record cannot tell whether {one(pair.source)} triggers {many(pair.target)}: given what it "
                f"misses and invents, anything up to {corrected[2]:.2f} is compatible with it.",
            )
        rows.append(row)
    return rows


def _most(row: PairRow) -> float:
    """The largest ratio that is compatible with the record: among events, where that is known, else among its rows."""
    return row.pair.high if row.among_events is None else row.among_events.high


def conclude(pairs: Sequence[PairRow], reasons: Sequence[str]) -> tuple[Status, str]:
    """Status and answer of all pairs together: "not found" only where every pair could tell, as in `summary`."""
    if all(row.pair.verdict == "refused" for row in pairs):
        why = reasons or list(dict.fromkeys(reason for row in pairs for reason in row.pair.reasons))
        return "no verdict", f"The record cannot tell whether events trigger further events: {listed(why[:2])}."
    words: list[str] = []
    shown: list[str] = []
    lost = [row for row in pairs if row.pair.verdict == "refused"]
    undetermined = [row for row in pairs if row.pair.verdict == "undetermined"]
    found = sorted((row for row in pairs if row.status == "found"), key=_strength)
    rest = [row for row in pairs if row.status == "not found"]
    if lost:
        by_reason: dict[str, list[str]] = {}
        for row in lost:
            by_reason.setdefault(row.pair.reasons[0], []).append(row.arrow)
        words += [f"The record cannot tell about {listed(names)}: {reason}." for reason, names in by_reason.items()]
    if undetermined:
        high = max(_most(row) for row in undetermined)
        bound = f": up to {high:.2f} events per event are compatible with it" if math.isfinite(high) else ""
        words.append(
            f"The record {'also ' if lost else ''}cannot tell about "
            f"{listed([row.arrow for row in undetermined])}{bound}."
        )
    shown += [row.answer for row in found[:3]]
    if len(found) > 3:
        more = [f"{row.arrow} ({row.pair.branching:.2f})" for row in found[3:]]
        shown.append(f"Also found: {listed(more)}.")
    if rest:
        high = max(_most(row) for row in rest)
        names = [row.arrow for row in rest]
        if len(names) > _MOST_NAMED:  # those that are asked for most are named
            asked = [row for row in rest if row.pair.source != row.pair.target]
            between = [row.arrow for row in asked if row.pair.target in ("protest", "strike")]
            among = f", {listed(between)} among them" if between else ""
            shown.append(f"Not distinguished from chance: {len(names)} other pairs{among} (each at most {high:.2f}).")
        else:
            shown.append(f"Not distinguished from chance: {listed(names)} (each at most {high:.2f}).")
    status: Status = "found" if found else "not found" if rest and not lost and not undetermined else "no verdict"
    # the badge's own finding leads the answer
    return status, " ".join([*words, *shown] if status == "no verdict" else [*shown, *words])


def _strength(row: PairRow) -> tuple[bool, float, float]:
    """The effect of one kind on another comes first: it is what is asked about."""
    return row.pair.source == row.pair.target, row.pair.adjusted_p, -abs(row.pair.branching)


def pair_frame(pairs: Sequence[PairRow]) -> pl.DataFrame:
    """The pairs as a table, one row each, single values only."""
    rows = []
    for row in pairs:
        pair, corrected = row.pair, row.among_events
        among = {} if corrected is None else {f"{name}_among_events": x for name, x in vars(corrected).items()}
        rows.append(
            {
                "place": row.place,
                "source": pair.source,
                "target": pair.target,
                "branching": _finite(pair.branching),
                "low": _finite(pair.low),
                "high": _finite(pair.high),
                **among,
                "half_life": _finite(pair.half_life),
                "unit": pair.unit,
                "p": _finite(pair.p),
                "adjusted_p": _finite(pair.adjusted_p),
                "fits": all(check.passed for check in pair.goodness),
                "status": row.status,
                "answer": row.answer,
            }
        )
    return pl.DataFrame(rows, schema_overrides={"place": pl.String})


def _finite(x: float) -> float:
    """A number, or NaN instead of an infinite one."""
    return x if math.isfinite(x) else math.nan
