"""The one exception tree. Every error says what was given, what was expected, why, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

_E = TypeVar("_E", bound="GroundswellError")
LONGEST = 480
"""Characters of an error's text. A longer one loses the middle of its longest part; the parts themselves stay whole."""


class GroundswellError(Exception):
    """Bad input, explained in one clear sentence; the command line prints it and exits with code 2.

    Parameters
    ----------
    given : what was passed, with its place (file, line, row, column) where there is one.
    expected : what would have been accepted.
    why : the reason, when it is not plain from `expected`.
    instead : what to write or do instead, ready to paste.
    """

    def __init__(self, given: str, *, expected: str, why: str | None = None, instead: str | None = None) -> None:
        self.given, self.expected, self.why, self.instead = given, expected, why, instead
        super().__init__(_sentence(given, expected, why, instead))

    def at(self, place: str, kind: type[_E]) -> _E:
        """The same error as another kind, with the place where it arose put before what was given."""
        return kind(f"{place}: {self.given}", expected=self.expected, why=self.why, instead=self.instead)

    def __reduce__(self):  # default pickling loses keyword-only arguments
        return (_rebuild, (type(self), self.given, self.expected, self.why, self.instead))


def _sentence(given: str, expected: str, why: str | None, instead: str | None) -> str:
    """The parts as one text; parts are shortened, the longest first, until the text is no longer than `LONGEST`."""
    parts = {"given": given, "expected": expected, "why": why or "", "instead": instead or ""}
    while (over := len(_joined(**parts)) - LONGEST) > 0:
        name = max(parts, key=lambda part: len(parts[part]) * (0.5 if part == "instead" else 1))
        shorter = _shortened(parts[name], max(len(parts[name]) - over, 60))
        if len(shorter) >= len(parts[name]):
            break
        parts[name] = shorter
    return _joined(**parts)


def _joined(given: str, expected: str, why: str, instead: str) -> str:
    because = f", because {why}" if why else ""
    return f"{given}; expected {expected}{because}." + (f" Instead: {instead}" if instead else "")


def _shortened(text: str, length: int) -> str:
    """A list shortened to its first items and the number of the others; any other text without its middle."""
    items = text.split(", ")
    if len(items) > 8:
        kept = len(items) - 1
        while kept > 2 and len(", ".join(items[:kept])) + 14 > length:
            kept -= 1
        return ", ".join(items[:kept]) + f" and {len(items) - kept} more"
    ends = max((length - 3) // 2, 10)
    return text if len(text) <= 2 * ends + 3 else f"{text[:ends]} … {text[-ends:]}"


def _rebuild(kind: type[GroundswellError], given: str, expected: str, why: str | None, instead: str | None):
    return kind(given, expected=expected, why=why, instead=instead)


class TheoryError(GroundswellError):
    """A theory is declared wrongly, or a parameter lies outside its support."""


class RuleError(TheoryError):
    """A rule uses something that is not allowed; the error gives the rule's file and line."""


class PopulationError(GroundswellError):
    """A population or network cannot be built as asked."""


class MemoryRefusedError(GroundswellError):
    """The run would not fit in memory, and was refused before it started."""


class StudyError(GroundswellError):
    """A study file is missing, malformed or inconsistent."""


class RecordError(GroundswellError):
    """A record of events cannot be read, or holds nothing that can be used."""


class EstimationError(GroundswellError):
    """An estimator was given a series from which it cannot give an answer."""


class ReplicationError(GroundswellError):
    """A replication is stated wrongly, or its measurement does not match its targets."""


class OutputError(GroundswellError):
    """Results cannot be written, or what was written cannot be verified."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The hint `did you mean 'X'?` for the known name closest to `name`; None where none is close."""
    import difflib  # only where something is wrong: not at every start

    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else None


def install(extra: str) -> str:
    """How to install an extra of the package, which comes from its repository and not from a registry."""
    return f"pip install '.[{extra}]' in the folder of groundswell"
