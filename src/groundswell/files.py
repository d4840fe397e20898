"""Files written whole or not at all: tables, JSON and pages, with the same bytes for the same content."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundswell.errors import GroundswellError, OutputError, nearest
from groundswell.results import plain
from groundswell.text import escaped

if TYPE_CHECKING:
    import polars as pl

PARTIAL = ".partial"
"""Suffix of the temporary name under which a file is written before it is renamed."""
ROW_GROUP = 1 << 18  # rows per row group: fixed, so that the bytes of a table do not depend on how it was put together


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_file(path: Path) -> bool:
    """Whether a path is an existing file; an invalid or overlong name is not."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def unwritable(folder: Path, error: OSError) -> OutputError:
    """The error of a folder that cannot be written to."""
    return OutputError(
        f"results cannot be written to {folder} ({error.strerror or error})",
        expected="a folder that can be written to",
        instead="name another one",
    )


def nearest_file(path: Path) -> str | None:
    """The hint `did you mean 'X'?` for the file in the same folder whose name is closest to that of a missing file."""
    try:
        beside = [other.name for other in path.parent.iterdir() if other.is_file()]
    except (OSError, ValueError):
        return None
    return nearest(path.name, beside)


def check_regular(path: Path, error: type[GroundswellError], expected: str) -> None:
    """Refuse an existing path that is not a regular file, before it is opened: a pipe would wait forever.

    Raises
    ------
    GroundswellError : of the kind `error`, for a folder, a device, a pipe, a socket or an invalid name.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as refused:  # a name that is too long, or that holds a NUL
        raise error(f"{str(path)[:200]!r} cannot be opened ({refused})", expected=expected) from refused
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a device, a pipe or a socket"
        raise error(f"{path} is {kind}", expected=expected, instead="name a regular file")


def check_apart(out: str | Path, *inputs: Any) -> None:
    """Refuse to write to a file that is also read, under whatever name.

    Parameters
    ----------
    out : the file to write.
    inputs : what is read; anything that is not the path of an existing file is ignored.

    Raises
    ------
    OutputError : it is the same file as an input.
    """
    for given in inputs:
        if not isinstance(given, str | Path):
            continue
        try:
            same = Path(given).samefile(out)
        except (OSError, ValueError):  # one of them is not there
            continue
        if same:
            raise OutputError(f"{out} is {given}, which is read", expected="another file", instead="name another one")


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; its folder is created if necessary.

    Raises
    ------
    OutputError : it cannot be written, or the path is not a regular file; nothing half-written is left behind.
    """
    check_regular(path, OutputError, "a file that can be written")
    if not path.name:
        raise OutputError(f"{path} is a folder", expected="a file that can be written", instead="name a regular file")
    temporary = path.with_name(f".{path.name}{PARTIAL}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(
            missing_ok=True
        )  # left by a killed run, or a link or pipe in its place, which open would follow
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritable(path.parent, error) from error
        raise


def write_frame(path: Path, frame: pl.DataFrame) -> str:
    """Write a frame as Parquet and return its SHA-256; equal frames give equal bytes."""
    buffer = io.BytesIO()
    frame.rechunk().write_parquet(
        buffer, compression="zstd", compression_level=3, statistics=True, row_group_size=ROW_GROUP
    )
    data = buffer.getvalue()
    write_bytes(path, data)
    return hashlib.sha256(data).hexdigest()


def write_json(path: Path, value: Any) -> str:
    """Write plain types as JSON, numbers that are not finite as null, and return the SHA-256 of the file.

    Letters of every script stay; what a terminal would obey is escaped.
    """
    data = (escaped(json.dumps(plain(value), indent=1, ensure_ascii=False, allow_nan=False)) + "\n").encode()
    write_bytes(path, data)
    return hashlib.sha256(data).hexdigest()


def check_writable(folder: Path) -> None:
    """Refuse a folder that cannot be written to, before there is anything to write; nothing is left behind.

    Raises
    ------
    OutputError : the folder, or the nearest one above it that exists, is not a folder or may not be written to.
    """
    try:
        above = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        with tempfile.TemporaryFile(dir=above):
            pass
    except OSError as error:
        raise unwritable(folder, error) from error
