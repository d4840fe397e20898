"""Where results lie: finished parts, tables and texts, each written whole or not at all, tied to one configuration.

    out/tables/NAME.parquet     tidy tables, in one order, whatever the number of threads
    out/verdicts.json, dossier.html, manifest.json
    out/.groundswell/           what a killed run resumes from: the configuration, and one part per account and draw

A file is written under a temporary name, flushed to the disk and renamed, so that a run killed at any moment leaves
whole files only; what a kill leaves of a temporary file is removed when the folder is opened again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Container, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from groundswell.errors import OutputError
from groundswell.files import PARTIAL, file_sha256, unwritable, write_bytes, write_frame, write_json
from groundswell.results import plain

if TYPE_CHECKING:
    import polars as pl

_STATE = ".groundswell"
_FILES = ("verdicts.json", "dossier.html", "manifest.json")  # beside the tables, what --fresh removes; no more


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: one text for one value. A number that is not finite is refused."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest_of(value: Any) -> str:
    """SHA-256 of the canonical JSON of plain types, in hexadecimal."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any], place: str = "") -> list[str]:
    """The keys, in dotted form, at which two configurations differ."""
    found = []
    for key in sorted({*ours, *theirs}):
        a, b, where = ours.get(key), theirs.get(key), f"{place}{key}"
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            found += differences(a, b, f"{where}.")
        elif a != b:
            found.append(where)
    return found


class Store:
    """One output folder, opened for one configuration; a context manager.

    Parameters
    ----------
    folder : created when it is not there; other files in it are left alone.
    configuration : all that the results depend on, as plain types.
    fresh : remove what an earlier run left, whatever its configuration.

    Raises
    ------
    OutputError : on entering, when the folder cannot be written to, holds the results of another configuration
        (without `fresh`), or is being written to by another run.
    """

    def __init__(self, folder: str | Path, configuration: Mapping[str, Any], *, fresh: bool = False) -> None:
        self.folder = Path(folder)
        self.configuration = json.loads(canonical(plain(configuration)))
        self.digest = digest_of(self.configuration)
        self.fresh = fresh
        self._lock: IO[str] | None = None
        self._made: list[Path] = []

    # -- opening and closing -------------------------------------------------------------------------------------
    def __enter__(self) -> Store:
        try:
            self._make_folders()
            self._take_lock()
            self._agree()
            for left in self.folder.rglob(f"*{PARTIAL}"):
                left.unlink()
        except OSError as error:
            self._close(keep=False)
            raise unwritable(self.folder, error) from error
        except BaseException:
            self._close(keep=False)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self._close(keep=kind is None or any(self._parts.glob("*.npz")) or bool(self.tables()))

    @property
    def _parts(self) -> Path:
        return self.folder / _STATE / "parts"

    @property
    def _state(self) -> Path:
        return self.folder / _STATE / "state.json"

    def _make_folders(self) -> None:
        for folder in (*reversed(self._parts.parents), self._parts):
            if not folder.exists():
                folder.mkdir()
                self._made.append(folder)

    def _take_lock(self) -> None:
        path = self.folder / _STATE / "lock"
        self._lock = path.open("w")
        try:
            import fcntl
        except ImportError:  # a system without them; then nothing guards against two runs at once
            return
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._made.clear()  # what is there belongs to the other run
            raise OutputError(
                f"another run is writing to {self.folder}",
                expected="one run to a folder",
                instead="wait for it, or write to another folder with --out",
            ) from error

    def _clear(self) -> None:
        for name in _FILES:
            (self.folder / name).unlink(missing_ok=True)
        if (self.folder / "tables").is_dir():
            for table in (self.folder / "tables").glob("*.parquet"):
                table.unlink()
        for part in self._parts.glob("*"):
            part.unlink()
        self._state.unlink(missing_ok=True)

    def _agree(self) -> None:
        """See that what lies in the folder is of this configuration, or clear it away where that was asked for."""
        if not self._state.exists():
            tables = sorted((self.folder / "tables").glob("*.parquet"))
            strange = [path for path in (*tables, *(self.folder / name for name in _FILES)) if path.exists()]
            if strange:
                raise OutputError(
                    f"{strange[0]} was not written by a run that began in this folder",
                    expected="an empty folder, or one that this study began",
                    instead="write to another folder with --out",
                )
        elif self.fresh:
            self._clear()
        else:
            self._compare()
            return
        self._write_state({})

    def _compare(self) -> None:
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
            theirs, digest = state["configuration"], state["digest"]
        except (ValueError, KeyError, TypeError) as error:
            raise OutputError(
                f"{self._state} cannot be read",
                expected="the configuration of the run that began here",
                instead="add --fresh to begin anew",
            ) from error
        if digest != self.digest:
            told = ", ".join(differences(self.configuration, theirs)[:6]) or "the form of the configuration"
            raise OutputError(
                f"{self.folder} holds results of another configuration, which differs in {told}",
                expected="results of this configuration to resume from",
                instead="add --fresh to discard them, or write to another folder with --out",
            )

    def _close(self, *, keep: bool) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        if not keep and self._made:
            shutil.rmtree(self._parts.parent, ignore_errors=True) if self._parts.parent in self._made else None
            for folder in reversed(self._made):
                try:
                    folder.rmdir()
                except OSError:  # not empty: it holds what is not ours
                    continue
        self._made.clear()

    # -- writing -------------------------------------------------------------------------------------------------
    def write_bytes(self, path: Path, data: bytes) -> None:
        """Write a file whole or not at all."""
        write_bytes(path, data)

    def write_table(self, name: str, frame: pl.DataFrame) -> str:
        """Write `tables/NAME.parquet` and return its SHA-256; equal frames give equal bytes."""
        return write_frame(self.folder / "tables" / f"{name}.parquet", frame)

    def write_json(self, name: str, value: Any) -> str:
        """Write `NAME` in the folder as JSON, numbers that are not finite as null, and return its SHA-256."""
        return write_json(self.folder / name, value)

    # -- parts ---------------------------------------------------------------------------------------------------
    def part(self, account: str, draw: int) -> Path:
        """Where the part of one account and draw lies, finished or not."""
        return self._parts / f"{account}-{draw:06d}.npz"

    def finish(self, tables: Mapping[str, str]) -> None:
        """Say which tables (name: SHA-256) the ensemble consists of, and remove the parts they were made of."""
        self._write_state(tables)
        for part in self._parts.glob("*.npz"):
            part.unlink()

    def remove_tables_but(self, names: Container[str]) -> None:
        """Remove the tables of an earlier adjudication that this one did not write."""
        for table in (self.folder / "tables").glob("*.parquet"):
            if table.stem not in names:
                table.unlink()

    def tables(self) -> dict[str, str]:
        """The tables of the finished ensemble (name: SHA-256), or none when it is not finished or they were changed."""
        try:
            tables = json.loads(self._state.read_text(encoding="utf-8"))["tables"]
            whole = all(file_sha256(self.folder / "tables" / f"{n}.parquet") == digest for n, digest in tables.items())
        except (OSError, ValueError, KeyError, AttributeError):
            return {}
        return tables if whole else {}

    def _write_state(self, tables: Mapping[str, str]) -> None:
        state = {"digest": self.digest, "tables": dict(tables), "configuration": self.configuration}
        self.write_bytes(self._state, (json.dumps(state, indent=1, ensure_ascii=False) + "\n").encode())
