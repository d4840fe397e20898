"""Idioms that no native editor would sign, which once stood all over the project, stay out of its prose."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BANNED = {
    r"\btold (apart|from)\b": "distinguished (from)",
    r"\b(can|could|cannot) be told\b(?! (that|to|of|by)\b)": "determined, identified, detected",
    r"\btell(s|ing)? apart\b": "distinguish",
    r"\b(is|are|to be) had\b(?! by\b)": "exists, is available",
    r"\bdraws? of (its|their) own luck\b": "independent draws",
    r"\bnobody but\b": "only",
    r"\bin so far as\b": "insofar as",
    r"\bthe same as of\b": "the same as for",
    r"\bheld equal\b": "held constant",
    r"\buntold\b": "undetermined, unreported",
    r"\b(drawn|computed|compiled|written|dealt|dealt out) anew\b": "redrawn, recomputed, reshuffled",
    r"\bspeaks? to (a|the|this|that|no) (claim|part|question)\b": "bears on",
    r"\b(what|What) (came|comes|became|becomes) of\b": "the outcome of, what happens to",
    r"\bto speak of\b": "hardly any",
    r"\bnear by\b": "nearby",
    r"\bconditioned upon\b": "conditioned on",
    r"\bevents? brings? (further|other|more)\b": "triggers",
    r"\banew\b": "again, rebuilt, refitted",
    r"\bbeside (the|an?|its?|this|that|those|them|ours|each)\b": "next to, besides, compared with",
    r"\bby turns\b": "in turn",
    r"\bon the disk\b": "on disk",
    r"\bof like history\b": "with a similar history",
    r"\bpass(es)? unseen\b": "go undetected",
    r"\bcan tell of\b": "can reveal about",
    r"\bplacebos? (spoke|speaks?|(is|are) quiet)\b": "shows (no) effect",
    r"\bown part in\b": "own participation in",
    r"\b(row|number|task|run|bit|points?|worlds?) to an? (person|shard|folder|row|point|case)\b": "per",
    r"\bscenario makes such\b": "produces such",
    r"\bstands? twice\b": "appears twice",
    r"\b(was|were) asked for\b": "was requested",
    r"\bparted from (the|what)\b": "diverged from",
}


def _prose() -> Iterator[tuple[str, str]]:
    """(place, text) of every comment and string of the package, and of every page of documentation."""
    for path in sorted((ROOT / "src").rglob("*.py")):
        if "theories" in path.parts:
            continue  # their words are those of their sources
        text = path.read_text(encoding="utf-8")
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in (tokenize.STRING, tokenize.COMMENT):
                yield f"{path.relative_to(ROOT)}:{token.start[0]}", token.string
    for path in sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def prose() -> list[tuple[str, str]]:
    return list(_prose())


@pytest.mark.parametrize("idiom", BANNED)
def test_banned_idioms_stay_out(prose: list[tuple[str, str]], idiom: str) -> None:
    said = [f"{place}: {match.group()!r}, not {BANNED[idiom]!r}"
             for place, text in prose for match in re.finditer(idiom, text)]  # fmt: skip
    assert not said, "\n".join(said)
