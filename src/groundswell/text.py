"""Texts from other people's files, made safe to show in a terminal, a page or a spreadsheet."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

_ESCAPES = re.compile(
    r"""
    (?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?  # CSI: colours, cursor, clearing
    # OSC and DCS: titles, links, the clipboard
    | (?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])(?:(?!\x1b\\)[^\x07\x9c])*(?:\x07|\x9c|\x1b\\|$)
    | \x1b[ -/]*[0-~]?  # any other escape
    """,
    re.VERBOSE,
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]")
_FORMULA = r"^[\s\x00]*[=+\-@\t\r＝＋－＠]"
_NUMBER = r"^\s*[-+]?\d[\d.,]*(?:[eE][-+]?\d+)?\s*(?:[-–]\s*\d[\d.,]*)?\s*$"


def clean(text: str) -> str:
    """A text without terminal escape codes, control characters, and marks that change the direction of writing.

    Line ends and tabs stay, as do letters of every script, which need no such marks to be shown in their direction.

    >>> clean("a" + chr(27) + "[31mred" + chr(0x202E) + "b")
    'aredb'
    """
    return _CONTROL.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n")))


def cleaned(value: Any) -> Any:
    """Plain data with every text, including keys, made `clean`."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {cleaned(key): cleaned(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(inner) for inner in value]
    return value


def escaped(text: str) -> str:
    r"""A JSON text that says the same without control characters and marks of direction: each is written as \\uXXXX.

    >>> escaped('"a' + chr(0x202E) + 'b"')
    '"a\\\\u202eb"'
    """
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text. TOML promises whole numbers of 64 bits, and Python reads longer ones too.

    Raises
    ------
    tomllib.TOMLDecodeError : the text is not TOML, or holds a whole number with more than 64 bits.
    """
    import tomllib

    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as error:  # more digits than Python converts
        raise tomllib.TOMLDecodeError(str(error)) from error
    _check_integers(given, tomllib.TOMLDecodeError)
    return given


def _check_integers(value: Any, error: type[ValueError]) -> None:
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise error(f"A whole number has {value.bit_length()} bits; TOML promises 64")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_integers(inner, error)


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: one that begins like a formula gets an apostrophe before it.

    Plain numbers and ranges ("-5", "+3.2", "-5-10") stay as they are.

    >>> harmless("=1+1"), harmless("-5"), harmless("march")
    ("'=1+1", '-5', 'march')
    """
    return "'" + text if re.match(_FORMULA, text) and not re.match(_NUMBER, text) else text


def harmless_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every text and column name made `harmless`, as written to CSV."""
    import polars as pl

    text = pl.col(pl.String)
    safe = pl.when(text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)).then(pl.lit("'") + text).otherwise(text)
    return frame.with_columns(safe.name.keep()).rename({name: harmless(name) for name in frame.columns})


def hash_of(text: str) -> str:
    """A text's hash in the form that a content security policy uses."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
