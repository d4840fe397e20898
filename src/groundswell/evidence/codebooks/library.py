"""Finds the codebooks: every file beside this one that states a `CODEBOOK` is one, with no list to edit."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from groundswell.errors import RecordError
from groundswell.evidence import codebooks as package
from groundswell.evidence.codebooks._base import Codebook


def codebooks() -> dict[str, Codebook]:
    """All built-in codebooks by name, in alphabetical order."""
    found: dict[str, Codebook] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
        if module.startswith("_") or module == "library":
            continue
        book = getattr(importlib.import_module(f"{package.__name__}.{module}"), "CODEBOOK", None)
        if book is not None:
            found[book.name] = book
    return dict(sorted(found.items()))


def codebook(name: str | Path | Codebook) -> Codebook:
    """The codebook of that name, or the one that a mapping file (TOML) states.

    Raises
    ------
    RecordError : there is no such codebook, or no such file; the message lists the names that are known.
    """
    if isinstance(name, Codebook):
        return name
    known = codebooks()
    if str(name) in known:
        return known[str(name)]
    path = Path(name)
    if path.suffix.lower() == ".toml":
        from groundswell.evidence.codebooks.mapping import read_mapping

        return read_mapping(path)
    raise RecordError(
        f"codebook {str(name)!r}",
        expected=f"one of {', '.join(known)}, or the path of a mapping file that ends in .toml",
        instead='read_events(path, "csv")  # for a file that already has the columns of the schema',
    )
