"""The answer follows from the counts and favours no account."""

from __future__ import annotations

import itertools

from groundswell.report.answer import VERDICTS, answer, tally

FOUR = ("supported", "contradicted", "balanced", "not tested")


def _entries(**counts):
    return [
        {"account": account, "verdict": verdict}
        for account, row in counts.items()
        for verdict, count in zip(FOUR, row, strict=True)
        for _ in range(count)
    ]


def test_tally_counts_every_verdict():
    entries = _entries(both=(0, 1, 0, 0), catalysis=(1, 0, 2, 3), substitution=(2, 0, 0, 1))
    counts = tally(entries)
    assert list(counts) == ["substitution", "catalysis", "both"]
    assert [[row[word] for word in FOUR] for row in counts.values()] == [[2, 0, 0, 1], [1, 0, 2, 3], [0, 1, 0, 0]]
    assert all(set(row) == set(VERDICTS) for row in counts.values())


def test_exchanging_the_accounts_exchanges_only_their_names():
    for row, other in itertools.product([(1, 0, 2, 3), (0, 2, 1, 0), (3, 0, 0, 0)], repeat=2):
        said = answer(_entries(substitution=row, catalysis=other))
        exchanged = answer(_entries(substitution=other, catalysis=row))
        first = said.split(". ")
        second = exchanged.split(". ")
        assert first[0] == second[0]
        assert first[1].replace("Substitution", "A") == second[2].replace("Catalysis", "A")
        assert first[2].replace("Catalysis", "A") == second[1].replace("Substitution", "A")
        assert first[3:] == second[3:]


def test_open_claims_are_called_open():
    said = answer(_entries(substitution=(0, 0, 3, 0), catalysis=(0, 0, 2, 0)))
    assert "decide none of the claims" in said
    said = answer(_entries(substitution=(1, 0, 3, 0), catalysis=(0, 0, 2, 0)))
    assert "not a finding against them" in said


def test_untested_and_empty():
    assert "put no claim" in answer([])
    assert "nothing can be said" in answer(_entries(substitution=(0, 0, 0, 2)))
