"""Finds the codebooks: every file in this folder that defines a `CODEBOOK` is one, with no list to edit."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable
from pathlib import Path

from groundswell.errors import RecordError
from groundswell.records import codebooks as package
from groundswell.records.codebooks._base import Codebook, listed
from groundswell.records.codebooks._open import columns_of
from groundswell.records.codebooks._sheet import other_sheets
from groundswell.records.codebooks._table import FileLayout


def codebooks() -> dict[str, Codebook]:
    """All built-in codebooks by name, in alphabetical order: modules, and mapping files that say `recognised_by`."""
    from groundswell.records.codebooks.mapping import read_mapping

    found: dict[str, Codebook] = {}
    for path in sorted(Path(folder) for folder in package.__path__):
        for file in sorted(path.glob("*.toml")):
            if file.stem not in ("data_sets", "languages"):
                found[file.stem] = read_mapping(file).configured(name=file.stem)
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
        from groundswell.records.codebooks.mapping import read_mapping

        return read_mapping(path, known)
    raise RecordError(
        f"codebook {str(name)!r}",
        expected=f"one of {', '.join(known)}, or the path of a mapping file that ends in .toml",
        instead=did_you_mean(str(name), known)
        or 'read_events(path, "csv")  # for a file that already has the columns of the schema',
    )


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The known names closest to a mistyped one, as a question; None where there is none."""
    near = difflib.get_close_matches(name.lower(), list(known), n=3, cutoff=0.6)
    return f"did you mean {' or '.join(near)}?" if near else None


def recognise(path: str | Path, layout: FileLayout | None = None) -> str:
    """The name of the one built-in codebook that knows a file by its columns.

    "csv", for a file with the schema's own columns `date` and `kind`, is taken only where no other fits.

    Raises
    ------
    RecordError : no codebook fits, or several do; the message says which were tried and how to write a mapping file.
    """
    path = Path(path)
    known = codebooks()
    columns = columns_of(path, layout=layout)
    last = ("csv", "counts")  # for any table with the right names or numbers, and so only where no other fits
    fits = [name for name, book in known.items() if name not in last and book.recognises(path, columns)]
    if len(fits) == 1:
        return fits[0]
    for name in last if not fits else ():
        if known[name].configured(layout=layout or FileLayout()).recognises(path, columns):
            return name
    if fits:
        raise RecordError(
            f"{path} fits several codebooks, {', '.join(fits)}",
            expected="a record that only one codebook knows by its columns",
            instead=f"--codebook {fits[0]}",
        )
    if others := other_sheets(path) if layout is None or layout.sheet is None else []:
        shown = ", ".join(repr(name) for name in others[:5])
        raise RecordError(
            f"{path} has columns that no codebook knows ({listed(columns, 12)}) in its first sheet",
            expected="a record in the sheet that is read",
            why=f"the workbook also holds {shown}",
            instead=f"--sheet {others[0]!r}; or groundswell data check {path}, which prints a mapping file to fill in",
        )
    raise RecordError(
        f"{path} has columns that no codebook knows ({listed(columns, 12)})",
        expected=f"the columns of one of {', '.join(name for name in known if name != 'csv')}, or a date and a kind",
        instead=f"write a mapping file: groundswell data check {path} > mapping.toml prints one to fill in; then name "
        "it with --codebook",
    )
