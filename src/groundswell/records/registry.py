"""Data sets known to the project: where they are published, under which terms, where they are stored, whether they are
complete.

None of them ships with the package. A file is looked for in the folder named by the environment variable
`GROUNDSWELL_DATA`, and then in the cache folder, each with or without the folder of its data set, gzipped or not.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import os
import tomllib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import polars as pl

from groundswell.cache import cache_folder
from groundswell.errors import RecordError, install
from groundswell.records.codebooks.library import did_you_mean


@dataclass(frozen=True)
class DataFile:
    """One file as published. `sha256` is of its bytes before any compression; empty where it is not known."""

    name: str
    sha256: str = ""
    url: str = ""


@dataclass(frozen=True)
class DataSet:
    """One data set: what it is, its publisher's page, its terms and its files (the first is the one to read)."""

    name: str
    title: str
    citation: str
    page: str
    licence: str
    redistribution: bool
    codebook: str
    folder: str
    files: tuple[DataFile, ...]

    @property
    def can_download(self) -> bool:
        """Whether the licence lets a program fetch the files, and the project knows from where."""
        return bool(self.files) and all(file.url and file.sha256 for file in self.files)


def data_sets() -> dict[str, DataSet]:
    """All data sets by name."""
    return dict(_data_sets())


@functools.cache
def _data_sets() -> dict[str, DataSet]:
    text = files("groundswell.records.codebooks").joinpath("data_sets.toml").read_text(encoding="utf-8")
    found = {}
    for name, of in tomllib.loads(text).items():
        listed = tuple(DataFile(**file) for file in of.pop("files"))
        found[name] = DataSet(name=name, files=listed, **of)
    return found


def data_set(name: str) -> DataSet:
    """The data set of that name; a RecordError lists those that are known."""
    known = data_sets()
    if name not in known:
        near = did_you_mean(name, known)
        raise RecordError(
            f"data set {name!r}", expected=f"one of {', '.join(known)}", instead=near or "groundswell data list"
        )
    return known[name]


def _folders() -> Iterator[Path]:
    if named := os.environ.get("GROUNDSWELL_DATA"):
        folder = Path(named)
        if not folder.is_dir():
            raise RecordError(f"GROUNDSWELL_DATA={named}", expected="the path of a folder that exists")
        yield folder
    yield cache_folder()


def _find(of: DataSet, file: DataFile) -> Path | None:
    for folder in _folders():
        for place in (folder / of.folder, folder / of.name, folder):
            for name in (file.name, file.name + ".gz"):
                if (place / name).is_file():
                    return place / name
    return None


def find_data(name: str, file: str | None = None) -> Path:
    """Where a data set lies on this machine.

    Parameters
    ----------
    name : a data set that the registry knows.
    file : one of its files; by default the first of its files that is found.

    Returns
    -------
    Path : the file, which may be gzipped; `read_events` reads either.

    Raises
    ------
    RecordError : the name is not known, or the file is not there; the message says where to get it and where to put it.
    """
    of = data_set(name)
    wanted = of.files
    if file is not None:
        wanted = tuple(known for known in of.files if known.name in (file, file.removesuffix(".gz")))
        if not wanted:
            names = ", ".join(known.name for known in of.files) or "none: whoever exports its files names them"
            raise RecordError(f"file {file!r} of {name}", expected=f"one of {names}")
    for known in wanted:
        if path := _find(of, known):
            return path
    what = wanted[0].name if wanted else "your own export"
    raise RecordError(
        f"{name} is not on this machine",
        expected=f"{what} in the folder {of.folder!r} of GROUNDSWELL_DATA or of {cache_folder()}",
        instead=f"groundswell data get {name}" if of.can_download else f"get it from {of.page} and put it there",
    )


def get(name: str) -> list[Path]:
    """Fetch a data set from its publisher, where its licence lets a program do so; otherwise say where to get it.

    Files that are already there and complete are not fetched again. Downloads are checked against the registry, and a
    file that differs is refused.

    Returns
    -------
    list of Path : the files of the data set.

    Raises
    ------
    RecordError : automated download is not permitted or not known; the extra `data` is not installed; the download
        fails or differs from the registry.
    """
    of = data_set(name)
    if not of.can_download:
        raise RecordError(
            f"{name} cannot be fetched by a program ({of.licence})",
            expected=f"a copy that you get from {of.page}",
            instead=f"put {_names(of)} into {cache_folder() / of.folder}, or into {of.folder!r} under GROUNDSWELL_DATA",
        )
    paths = []
    for file in of.files:
        path = _find(of, file)
        if path is not None and _digests(path, file.sha256):
            paths.append(path)
            continue
        paths.append(_download(of, file))
    return paths


def _names(of: DataSet) -> str:
    if not of.files:
        return "your own export"
    return of.files[0].name + (f" (and {len(of.files) - 1} more files)" if len(of.files) > 1 else "")


def _download(of: DataSet, file: DataFile) -> Path:
    try:
        import pooch  # pyright: ignore[reportMissingImports]  # an extra, since a case needs no download
    except ImportError as error:
        raise RecordError(
            f"{of.name} needs a download, and pooch is not installed",
            expected="the extra 'data'",
            instead=install("data"),
        ) from error
    folder = cache_folder() / of.folder
    try:
        return Path(pooch.retrieve(file.url, known_hash=f"sha256:{file.sha256}", fname=file.name, path=folder))
    except ValueError as error:  # what pooch raises where the bytes are not those of the registry
        raise RecordError(
            f"{file.url} does not give the file of the registry",
            expected=f"bytes with the SHA-256 {file.sha256}",
            why="the publisher may have changed the file, or the download was cut off",
        ) from error
    except Exception as error:  # the network's many errors
        raise RecordError(
            f"{file.url} cannot be fetched ({type(error).__name__}: {error})", expected="a connection to the publisher"
        ) from error


def held_sha256(name: str) -> str:
    """SHA-256 of the file of a data set that `find_data` finds first, of its bytes before any compression."""
    data = find_data(name).read_bytes()
    return hashlib.sha256(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).hexdigest()


def _digests(path: Path, sha256: str) -> bool:
    """True if the file, as it lies or once unzipped, has this checksum."""
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() == sha256:
        return True
    if data[:2] != b"\x1f\x8b":
        return False
    try:
        return hashlib.sha256(gzip.decompress(data)).hexdigest() == sha256
    except (OSError, EOFError, zlib.error):
        return False


def list_data() -> pl.DataFrame:
    """One row per data set, with its terms, its codebook, and how many of its `files` are `found` on this machine."""
    rows = [
        {
            "name": of.name,
            "title": of.title,
            "licence": of.licence,
            "redistribution": of.redistribution,
            "download": of.can_download,
            "codebook": of.codebook or None,
            "page": of.page,
            "files": len(of.files),
            "found": sum(_find(of, file) is not None for file in of.files),
        }
        for of in data_sets().values()
    ]
    return pl.DataFrame(rows)


def check_data(name: str) -> pl.DataFrame:
    """One row per file of a data set: file, path, and status: whole, differs, missing, or present (no checksum known).

    Raises
    ------
    RecordError : the data set is not known.
    """
    of = data_set(name)
    rows = []
    for file in of.files:
        path = _find(of, file)
        if path is None:
            status = "missing"
        elif not file.sha256:
            status = "present"
        else:
            status = "whole" if _digests(path, file.sha256) else "differs"
        rows.append({"file": file.name, "path": None if path is None else str(path), "status": status})
    return pl.DataFrame(rows, schema={"file": pl.String, "path": pl.String, "status": pl.String})
