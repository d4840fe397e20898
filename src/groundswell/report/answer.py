"""The answer of a dossier in one plain paragraph, made from the counts and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

VERDICTS: tuple[str, ...] = (
    "supported",
    "contradicted",
    "balanced",
    "undecidable by design",
    "model misfits",
    "not tested",
)
"""The verdicts, in the order in which every table of the dossier shows them."""

_OPEN = ("balanced", "undecidable by design", "model misfits")

SHARED = "both"
"""Account of a claim that both accounts make."""

_WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def tally(entries: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Count verdicts by account.

    Parameters
    ----------
    entries : claims, each with "account" and "verdict" (one of `VERDICTS`).

    Returns
    -------
    Count by account (the two founding ones first, shared claims last) and verdict; every verdict has an entry.
    """
    accounts = list(dict.fromkeys(str(entry["account"]) for entry in entries))
    first = [name for name in ("substitution", "catalysis") if name in accounts]
    rest = [name for name in accounts if name not in first and name != SHARED]
    last = [SHARED] if SHARED in accounts else []
    counts = {account: dict.fromkeys(VERDICTS, 0) for account in (*first, *rest, *last)}
    for entry in entries:
        counts[str(entry["account"])][str(entry["verdict"])] += 1
    return counts


def answer(entries: Sequence[Mapping[str, Any]]) -> str:
    """Say what the verdicts amount to, with the same sentence for every account.

    Parameters
    ----------
    entries : claims, each with "account" and "verdict".

    Returns
    -------
    One paragraph. It takes no side: each account's sentence has the same form, and open claims are called open.
    """
    counts = tally(entries)
    total = {verdict: sum(row[verdict] for row in counts.values()) for verdict in VERDICTS}
    tested = len(entries) - total["not tested"]
    if not entries:
        return "This study put no claim to any record."
    if not tested:
        return (
            f"None of the {_word(len(entries))} claims was put to a record, so nothing can be said for or against them."
        )
    claims = "claim" if len(entries) == 1 else "claims"
    sentences = [
        f"Of {_word(len(entries))} {claims}, {_word(tested)} {_was(tested)} put to at least one record of real events: "
        f"{_of(total)}."
    ]
    for account, row in counts.items():
        made = sum(row.values())
        put = made - row["not tested"]
        makes = "Both accounts share" if account == SHARED else f"{account.capitalize()} makes"
        if put:
            sentences.append(f"{makes} {_word(made)}, of which {_word(put)} {_was(put)} tested: {_of(row)}.")
        else:
            sentences.append(f"{makes} {_word(made)}, of which none was tested.")
    sentences.append(_balance(counts, total, tested))
    return " ".join(sentences)


def _balance(counts: Mapping[str, Mapping[str, int]], total: Mapping[str, int], tested: int) -> str:
    rivals = [name for name in counts if name != SHARED]
    decided = total["supported"] + total["contradicted"]
    if not decided:
        return "These records decide none of the claims; they leave the accounts as far apart as they were."
    left_open = sum(total[word] for word in _OPEN)
    if left_open:
        share = "Most" if 2 * left_open > tested else "Some"
        left = (
            f"{share} of the tested claims stay open, which is not a finding against them: those records could not "
            "have told the accounts apart, or are unlike any that the theory makes"
        )
    else:
        left = "No tested claim is left open"
    if len(rivals) < 2:
        return left + "."
    nets = {name: counts[name]["supported"] - counts[name]["contradicted"] for name in rivals}
    if len(set(nets.values())) == 1:
        return f"{left}; on the claims that were decided, the accounts stand level."
    return f"{left}; the decided claims are listed below and do not add up to a score of one account over the other."


def _of(row: Mapping[str, int]) -> str:
    return (
        f"{_word(row['supported'])} supported, {_word(row['contradicted'])} contradicted and "
        f"{_word(sum(row[word] for word in _OPEN))} open"
    )


def _word(count: int) -> str:
    return _WORDS[count] if count < len(_WORDS) else str(count)


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
