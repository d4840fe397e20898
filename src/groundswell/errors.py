"""The one exception tree. Every error says what was given, what was expected, why, and what to write instead."""

from __future__ import annotations


class GroundswellError(Exception):
    """Bad input, told in one clear sentence; the command line prints it and exits with code 2.

    Parameters
    ----------
    given : what was passed, with its place (file, line, row, column) where there is one.
    expected : what would have been accepted.
    why : the reason, when it is not plain from `expected`.
    instead : what to write or do instead, ready to paste.
    """

    def __init__(self, given: str, *, expected: str, why: str | None = None, instead: str | None = None) -> None:
        self.given, self.expected, self.why, self.instead = given, expected, why, instead
        text = f"{given}; expected {expected}"
        if why:
            text += f", because {why}"
        text += "."
        if instead:
            text += f" Instead: {instead}"
        super().__init__(text)

    def __reduce__(self):  # keyword-only arguments do not survive the default pickling
        return (_rebuild, (type(self), self.given, self.expected, self.why, self.instead))


def _rebuild(kind: type[GroundswellError], given: str, expected: str, why: str | None, instead: str | None):
    return kind(given, expected=expected, why=why, instead=instead)


class TheoryError(GroundswellError):
    """A theory is declared wrongly, or a parameter lies outside its support."""


class RuleError(TheoryError):
    """A rule uses something that it may not; carries the file and line of the rule."""


class PopulationError(GroundswellError):
    """A population or network cannot be built as asked."""


class MemoryRefusedError(GroundswellError):
    """The run would not fit in memory, and was refused before it started."""


class StudyError(GroundswellError):
    """A study file is missing, malformed or inconsistent."""


class RecordError(GroundswellError):
    """A record of events cannot be read, or holds nothing that can be used."""


class EstimationError(GroundswellError):
    """An estimator was given a series that it cannot answer from."""


class ReplicationError(GroundswellError):
    """A replication is stated wrongly, or its measurement is not of its targets."""


class OutputError(GroundswellError):
    """Results cannot be written, or what was written cannot be verified."""


def install(extra: str) -> str:
    """How to install an extra of the package, which comes from its repository and not from a registry."""
    return f"pip install '.[{extra}]' in the folder of groundswell"
