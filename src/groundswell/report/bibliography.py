"""Bibliography: exactly the works and records that a dossier used, each once, each with the claims that used it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from groundswell.report.reading import rows, texts

_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|\bdoi:\s*)?(10\.\d{4,9}/[^\s\"<>]+)", re.IGNORECASE)
_TRAILING = ".,;:)]}'"


@dataclass(frozen=True)
class Reference:
    """One work or data set: its text as given, its digital object identifier, and the claims that rest on it."""

    text: str
    doi: str
    claims: tuple[str, ...]

    @property
    def html(self) -> Markup:
        """The text, escaped, with its identifier as the only link."""
        return linked(self.text)


def doi_of(text: str) -> str:
    """The digital object identifier in a citation, in lower case; empty where there is none."""
    found = _DOI.search(text)
    return found.group(1).rstrip(_TRAILING).lower() if found else ""


def linked(text: str) -> Markup:
    """Escape a citation, and make its digital object identifier a link; no other address becomes one."""
    found = _DOI.search(text)
    if not found:
        return Markup.escape(text)
    name = found.group(1).rstrip(_TRAILING)
    start, end = found.start(1), found.start(1) + len(name)
    before = re.sub(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)$", "", text[:start], flags=re.IGNORECASE)
    return Markup('{}<a href="https://doi.org/{}" rel="noreferrer">doi:{}</a>{}').format(before, name, name, text[end:])


def _key(text: str) -> str:
    return doi_of(text) or re.sub(r"\W+", " ", text).strip().casefold()


def collect(verdicts: Mapping[str, Any]) -> list[Reference]:
    """Collect every citation of a dossier once.

    Two texts are one work where they carry the same digital object identifier, or differ only in case, spaces and
    punctuation; the longest text is kept.

    Parameters
    ----------
    verdicts : content of verdicts.json.

    Returns
    -------
    References in alphabetical order of their text, each with the claims that cite it in the order of the register;
    a work that belongs to the method or to the data as a whole carries no claim.
    """
    longest: dict[str, str] = {}
    used: dict[str, list[str]] = {}

    def add(text: Any, claim: str = "") -> None:
        text = " ".join(str(text).split()) if text else ""
        if not text:
            return
        key = _key(text)
        if len(text) > len(longest.get(key, "")):
            longest[key] = text
        cited = used.setdefault(key, [])
        if claim and claim not in cited:
            cited.append(claim)

    for entry in rows(verdicts.get("verdicts"), "verdicts"):
        claim = str(entry.get("claim", ""))
        for text in texts(entry.get("references"), "references"):
            add(text, claim)
        for test in rows(entry.get("tests"), "tests"):
            add(test.get("citation"), claim)
    for text in texts(verdicts.get("references"), "references"):
        add(text)
    for data in rows(verdicts.get("data"), "data"):
        add(data.get("citation"))
    found = [Reference(text, doi_of(text), tuple(used[key])) for key, text in longest.items()]
    return sorted(found, key=lambda reference: (reference.text.casefold(), reference.text))
