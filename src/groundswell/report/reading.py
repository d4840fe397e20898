"""Reading plain verdicts: missing optional parts become empty; a part of the wrong shape is an error, never dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundswell.errors import OutputError


def mapping(value: Any, name: str) -> Mapping[str, Any]:
    """The mapping, empty if there is none.

    Raises
    ------
    OutputError : something other than a mapping was given under this name.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise OutputError(f"'{name}' of the verdicts is {type(value).__name__}", expected="a table of keys and values")
    return value


def rows(value: Any, name: str) -> list[Mapping[str, Any]]:
    """The list of mappings, empty if there is none.

    Raises
    ------
    OutputError : something other than a list of mappings was given under this name.
    """
    if value is None:
        return []
    if isinstance(value, (str, Mapping)) or not isinstance(value, Sequence):
        raise OutputError(f"'{name}' of the verdicts is {type(value).__name__}", expected="a list")
    return [mapping(row, name) for row in value]


def texts(value: Any, name: str) -> list[str]:
    """The list of texts, empty if there is none; a single text counts as a list of one.

    Raises
    ------
    OutputError : something other than texts was given under this name.
    """
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Sequence) or not all(isinstance(text, str) for text in value):
        raise OutputError(f"'{name}' of the verdicts is {type(value).__name__}", expected="a list of texts")
    return list(value)
