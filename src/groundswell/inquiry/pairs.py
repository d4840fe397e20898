"""Ordered pairs of kinds as rows, in words, and as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import polars as pl

from groundswell.estimators.excitation.examination_verdict import PairVerdict
from groundswell.inquiry.finding import Row, Status
from groundswell.inquiry.wording import capital, interval, listed, many, one, span, told_p
from groundswell.records.accuracy import Accuracy

_MOST_NAMED = 4  # pairs in a sentence
TELLS_LITTLE = 0.5
"""An interval that reaches an event for every two tells nothing; as in `examination`."""
_NOTHING = 1e-9  # a branching ratio on its bound, where the search stopped
_STATUS: dict[str, Status] = {
    "excites": "found",
    "inhibits": "found",
    "none": "not found",
    "untold": "no verdict",
    "refused": "no verdict",
}


def pair_row(pair: PairVerdict, place: str | None) -> Row:
    """One ordered pair as a row, with its answer in the words of the page."""
    told = pair.to_dict()
    ratio = cast(dict, told["branching_ratio"])
    for name in ("value", "low", "high"):
        if ratio[name] is not None and abs(ratio[name]) < _NOTHING:
            ratio[name] = 0.0
    return {"place": place, "status": _STATUS[pair.verdict], **told, "answer": pair_answer(pair)}


def pair_answer(pair: PairVerdict) -> str:
    """One sentence on one ordered pair."""
    of = f"{'further ' if pair.source == pair.target else ''}{many(pair.target)}"
    told = f"{interval(pair.low, pair.high, pair.level)}; {told_p(pair.adjusted_p)}"
    if pair.verdict == "refused":
        return f"The record cannot tell whether {one(pair.source)} brings {of}: {listed(pair.reasons)}."
    if pair.verdict == "untold":
        return (
            f"The record cannot tell whether {one(pair.source)} brings {of}: anything up to {pair.high:.2f} is "
            "compatible with it."
        )
    if pair.verdict == "none":
        return f"It was not found that {one(pair.source)} brings {of}: {pair.branching:.2f} ({told})."
    when = span(pair.half_life, pair.unit)
    verb = "brings" if pair.verdict == "excites" else "takes away"
    return f"{capital(one(pair.source))} {verb} {abs(pair.branching):.2f} {of} ({told}){', ' + when if when else ''}."


def under_accuracy(pairs: Sequence[Row], accuracy: Accuracy) -> list[Row]:
    """The pairs with `among_events`: the ratio as it may be among events, where precision or recall are known.

    A pair that was not found among rows is one that the record cannot tell if, among events, half an event per event
    is compatible with it.
    """
    rows: list[Row] = []
    for pair in pairs:
        told = {name: _number(pair, "branching_ratio", name) for name in ("value", "low", "high")}
        corrected = accuracy.branching(*told.values()) if all(math.isfinite(x) for x in told.values()) else None
        if corrected is None:
            rows.append(pair)
            continue
        row = {**pair, "among_events": dict(zip(("value", "low", "high"), corrected, strict=True))}
        said = f"{corrected[0]:.2f} ({corrected[1]:.2f} to {corrected[2]:.2f})"
        if pair["status"] == "found":
            row["answer"] = f"{pair['answer']} Among events, given what the record misses and invents: {said}."
        elif pair["status"] == "not found" and corrected[2] >= TELLS_LITTLE:
            of = many(str(pair["target"]))
            row |= {
                "status": "no verdict",
                "verdict": "untold",
                "answer": f"The record cannot tell whether {one(str(pair['source']))} brings {of}: given what it "
                f"misses and invents, anything up to {corrected[2]:.2f} is compatible with it.",
            }
        rows.append(row)
    return rows


def conclude(pairs: Sequence[Row], reasons: Sequence[str]) -> tuple[Status, str]:
    """Status and answer of all pairs together: "not found" only where every pair could tell, as in `summary`."""
    if all(pair["verdict"] == "refused" for pair in pairs):
        why = reasons or list(dict.fromkeys(str(reason) for pair in pairs for reason in cast(list, pair["reasons"])))
        return "no verdict", f"The record cannot tell whether events bring further events: {listed(why[:2])}."
    told: list[str] = []
    shown: list[str] = []
    lost = [pair for pair in pairs if pair["verdict"] == "refused"]
    untold = [pair for pair in pairs if pair["verdict"] == "untold"]
    found = sorted((pair for pair in pairs if pair["status"] == "found"), key=_strength)
    rest = [pair for pair in pairs if pair["status"] == "not found"]
    if lost:
        by_reason: dict[str, list[str]] = {}
        for pair in lost:
            by_reason.setdefault(str(cast(list, pair["reasons"])[0]), []).append(_arrow(pair))
        told += [f"The record cannot tell {listed(names)}: {reason}." for reason, names in by_reason.items()]
    if untold:
        high = max(_number(pair, "branching_ratio", "high") for pair in untold)
        bound = f": up to {high:.2f} events per event are compatible with it" if math.isfinite(high) else ""
        told.append(f"The record {'also ' if lost else ''}cannot tell {listed([_arrow(p) for p in untold])}{bound}.")
    shown += [str(pair["answer"]) for pair in found[:3]]
    if len(found) > 3:
        more = [f"{_arrow(pair)} ({_number(pair, 'branching_ratio', 'value'):.2f})" for pair in found[3:]]
        shown.append(f"Also found: {listed(more)}.")
    if rest:
        high = max(_number(pair, "branching_ratio", "high") for pair in rest)
        names = [_arrow(pair) for pair in rest]
        if len(names) > _MOST_NAMED:  # those that are asked for most are named
            between = [_arrow(p) for p in rest if p["source"] != p["target"] and p["target"] in ("protest", "strike")]
            among = f", {listed(between)} among them" if between else ""
            shown.append(f"Not told from chance: {len(names)} other pairs{among} (each at most {high:.2f}).")
        else:
            shown.append(f"Not told from chance: {listed(names)} (each at most {high:.2f}).")
    status: Status = "found" if found else "not found" if rest and not lost and not untold else "no verdict"
    # the badge's own finding leads the answer
    return status, " ".join([*told, *shown] if status == "no verdict" else [*shown, *told])


def _strength(pair: Row) -> tuple[bool, float, float]:
    """What one kind brings of another comes first: it is what is asked about."""
    own = pair["source"] == pair["target"]
    return own, _number(pair, "against_no_excitation", "adjusted_p"), -abs(_number(pair, "branching_ratio", "value"))


def _number(pair: Row, part: str, name: str) -> float:
    value = cast(dict, pair[part])[name]
    return math.nan if value is None else float(value)


def _arrow(pair: Row) -> str:
    return f"{pair['source']} → {pair['target']}"


def pair_frame(pairs: Sequence[Row]) -> pl.DataFrame:
    """The pairs as a table, one row each, single values only."""
    rows = []
    for pair in pairs:
        rows.append(
            {
                "place": pair["place"],
                "source": pair["source"],
                "target": pair["target"],
                "branching": _number(pair, "branching_ratio", "value"),
                "low": _number(pair, "branching_ratio", "low"),
                "high": _number(pair, "branching_ratio", "high"),
                **{f"{name}_among_events": x for name, x in cast(dict, pair.get("among_events", {})).items()},
                "half_life": _number(pair, "time_scale", "half_life"),
                "unit": cast(dict, pair["time_scale"])["unit"],
                "p": _number(pair, "against_no_excitation", "p"),
                "adjusted_p": _number(pair, "against_no_excitation", "adjusted_p"),
                "fits": cast(dict, pair["goodness_of_fit"])["passed"],
                "status": pair["status"],
                "answer": pair["answer"],
            }
        )
    return pl.DataFrame(rows, schema_overrides={"place": pl.String})
