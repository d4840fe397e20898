"""An output folder: one writer at a time, one configuration, and results that are replaced together or not at all.

    out/…                       the results: tables, JSON, a page, and manifest.json, which names the rest with hashes
    out/.groundswell/state.json what the folder contains, and which of its files are ours
    out/.groundswell/parts/     what a killed study resumes from: one part per account and draw
    out/.groundswell/next/      results being written; they replace the old ones when all are complete
    out/.groundswell/swap.json  which files are being replaced; if the run is killed, the next one finishes this

Studies, records and replications write through the same class, so a folder holds one kind of result, and a run killed
at any moment leaves either the old results or the new ones whole, never new tables with an old page.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Literal

from groundswell.crate import CRATE, crate_of
from groundswell.errors import OutputError, StudyError, TheoryError
from groundswell.files import PARTIAL, file_sha256, unwritable, write_bytes, write_frame, write_json
from groundswell.results import plain
from groundswell.text import harmless_frame

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["study", "record", "replication", "fit", "identification", "sensitivity"]
MANIFEST = "manifest.json"
FORMAT = 2
"""Format of manifest.json."""

_OURS = ".groundswell"
_PAGES = (
    "verdicts.json",
    "dossier.html",
    "evidence.json",
    "evidence.html",
    "replications.json",
    "index.html",
    "fit.json",
    "fit.html",
    "identification.json",
    CRATE,
    MANIFEST,
)
"""Result files that are never overwritten unless one of our runs wrote them."""


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


class PartsFolder:
    """Parts of simulations in their own folder, which is created when the first one is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def part(self, account: str, draw: int) -> Path:
        """The path of the part of one account and draw, finished or not."""
        return self.folder / f"{account}-{draw:06d}.npz"

    def write_bytes(self, path: Path, data: bytes) -> None:
        """Write a part whole or not at all."""
        write_bytes(path, data)


class Output:
    """One output folder, opened for one kind of result and one configuration; a context manager.

    Parameters
    ----------
    folder : created if necessary; files in it that are not ours are left alone.
    configuration : everything that decides whether results in the folder are of the same thing, as plain types.
    kind : of result.
    fresh : discard what an earlier run left, whatever its kind and configuration.
    csv : write every table as CSV too, with cells that a spreadsheet would execute made harmless.

    Raises
    ------
    OutputError : on entering, when the folder cannot be written to, holds other results (without `fresh`), or is
        being written to by another run; on `commit`, when someone else's file is in the way.
    """

    def __init__(
        self,
        folder: str | Path,
        configuration: Mapping[str, Any],
        *,
        kind: Kind = "study",
        fresh: bool = False,
        csv: bool = False,
    ) -> None:
        self.folder = Path(folder)
        self.configuration = json.loads(canonical(plain(configuration)))
        self.digest = digest_of(self.configuration)
        self.kind: Kind = kind
        self.fresh = fresh
        self.csv = csv
        self.files: dict[str, str] = {}
        """SHA-256 of each file written since the folder was opened, by its path in the folder."""
        self._lock: IO[str] | None = None
        self._made: list[Path] = []

    # -- opening and closing -------------------------------------------------------------------------------------
    def __enter__(self) -> Output:
        try:
            self._refuse_links()
            self._make_folders()
            self._take_lock()
            self._finish_swap()
            self._agree()
            for left in self._own.rglob(f".*{PARTIAL}"):
                left.unlink()
        except OSError as error:
            self._close(keep=False)
            raise unwritable(self.folder, error) from error
        except BaseException:
            self._close(keep=False)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        state = self._read_state()
        refused = kind is not None and issubclass(
            kind, StudyError | TheoryError
        )  # another study could not resume from them
        begun = not refused and (any(self._parts.rglob("*.npz")) or bool(self.tables()))
        if not begun:
            shutil.rmtree(self.next, ignore_errors=True)
        self._close(keep=kind is None or begun or bool(state.get("files")))

    @property
    def _own(self) -> Path:
        return self.folder / _OURS

    @property
    def _parts(self) -> Path:
        return self._own / "parts"

    @property
    def next(self) -> Path:
        """The folder that holds results until `commit` replaces the old ones with them."""
        return self._own / "next"

    @property
    def _state(self) -> Path:
        return self._own / "state.json"

    @property
    def _swap(self) -> Path:
        return self._own / "swap.json"

    def _refuse_links(self) -> None:
        """Refuse a folder of ours that is a symbolic link: whatever is written there would end up somewhere else."""
        folders = [self._own]
        if not self._own.is_symlink():
            folders += [Path(at) / name for at, names, _ in os.walk(self._own) for name in names]
        for folder in folders:
            if folder.is_symlink():
                raise OutputError(
                    f"{folder} is a symbolic link",
                    expected="a folder that this command made",
                    instead="write to another folder with --out",
                )

    def _check_inside(self, names: Any) -> list[str]:
        """Refuse file names outside the folder: swap.json or state.json could have been written by anyone."""
        root = self.folder.resolve()

        def inside(name: Any) -> bool:
            if not isinstance(name, str) or "\0" in name:
                return False
            path = Path(name)
            if path.is_absolute() or not path.parts or ".." in path.parts:
                return False
            return (self.folder / path).parent.resolve().is_relative_to(root)

        for name in names if isinstance(names, list) else [names]:
            if not isinstance(names, list) or not inside(name):
                raise OutputError(
                    f"{self._own} names {name!r} as a file of these results",
                    expected="files inside the folder",
                    instead="write to another folder with --out",
                )
        return names

    def _make_folders(self) -> None:
        for folder in (*reversed(self._parts.parents), self._parts):
            if not folder.exists():
                folder.mkdir()
                self._made.append(folder)

    def _take_lock(self) -> None:
        how = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)  # through a link it would be someone else's file
        self._lock = os.fdopen(os.open(self._own / "lock", how, 0o666), "r+")
        try:
            import fcntl
        except ImportError:  # a system without locks: nothing guards against two runs at once
            return
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._made.clear()  # what is there belongs to the other run
            raise OutputError(
                f"another run is writing to {self.folder}",
                expected="one run per folder",
                instead="wait for it, or write to another folder with --out",
            ) from error

    def _agree(self) -> None:
        """Check that the folder's content has this configuration, or clear it away if asked to."""
        if not self._state.exists():
            tables = sorted((self.folder / "tables").glob("*.parquet"))
            self._refuse_strangers([*tables, *(self.folder / name for name in _PAGES)])
        elif self.fresh:
            self._clear()
        else:
            self._compare()
            return
        self._write_state({}, [])

    def _refuse_strangers(self, paths: list[Path]) -> None:
        strange = [path for path in paths if path.exists() or path.is_symlink()]
        if strange:
            raise OutputError(
                f"{strange[0]} was not written by a run that began in this folder",
                expected="an empty folder, or one that this command began",
                instead="write to another folder with --out",
            )

    def _compare(self) -> None:
        state = self._read_state()
        theirs, kind = state.get("configuration"), state.get("kind", "study")
        if not isinstance(theirs, Mapping) or "digest" not in state:
            raise OutputError(
                f"{self._state} cannot be read",
                expected="the configuration of the run that began here",
                instead="add --fresh to start again",
            )
        if kind != self.kind:
            raise OutputError(
                f"{self.folder} holds the results of a {kind}",
                expected=f"a folder for the results of a {self.kind}",
                instead="write to another folder with --out",
            )
        if state["digest"] != self.digest:
            where = ", ".join(differences(self.configuration, theirs)[:6]) or "the form of the configuration"
            raise OutputError(
                f"{self.folder} holds results of another configuration, which differs in {where}",
                expected="results of this configuration to resume from",
                instead="add --fresh to discard them, or write to another folder with --out",
            )

    def _clear(self) -> None:
        state = self._read_state()
        for name in self._held(state):
            (self.folder / name).unlink(missing_ok=True)
        shutil.rmtree(self._parts)
        self._parts.mkdir()
        shutil.rmtree(self.next, ignore_errors=True)
        self._state.unlink(missing_ok=True)

    def _close(self, *, keep: bool) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        if not keep and self._made:
            shutil.rmtree(self._own, ignore_errors=True) if self._own in self._made else None
            for folder in reversed(self._made):
                with contextlib.suppress(OSError):  # not empty: it holds files that are not ours
                    folder.rmdir()
        self._made.clear()

    # -- writing -------------------------------------------------------------------------------------------------
    def write_bytes(self, path: Path, data: bytes) -> None:
        """Write a file whole or not at all, immediately and in its final place: parts of a running study."""
        write_bytes(path, data)

    def write_table(self, name: str, frame: pl.DataFrame, *, folder: str = "tables") -> str:
        """Write `FOLDER/NAME.parquet`, and NAME.csv if requested; return the SHA-256 of the first.

        Equal frames give equal bytes. A column of lists is left out of the CSV, which cannot represent it.
        """
        place = Path(folder) / f"{name}.parquet"
        if self.csv:
            self._write_csv(place.with_suffix(".csv").as_posix(), frame)
        return self._wrote(place.as_posix(), write_frame(self.next / place, frame))

    def _write_csv(self, name: str, frame: pl.DataFrame) -> None:
        nested = [column for column, kind in frame.schema.items() if kind.is_nested()]
        self.write_text(name, harmless_frame(frame.drop(nested)).write_csv())

    def write_json(self, name: str, value: Any) -> str:
        """Write `NAME` as JSON, numbers that are not finite as null, and return its SHA-256."""
        return self._wrote(name, write_json(self.next / name, value))

    def write_text(self, name: str, text: str) -> str:
        """Write `NAME` as text in UTF-8, and return its SHA-256."""
        data = text.encode()
        write_bytes(self.next / name, data)
        return self._wrote(name, hashlib.sha256(data).hexdigest())

    def copy(self, name: str, path: Path) -> str:
        """Write a copy of a file as `NAME`, and return its SHA-256."""
        data = path.read_bytes()
        write_bytes(self.next / name, data)
        return self._wrote(name, hashlib.sha256(data).hexdigest())

    def _wrote(self, name: str, sha256: str) -> str:
        self.files[name] = sha256
        return sha256

    def commit(self, manifest: Mapping[str, Any]) -> None:
        """Replace the earlier results with what was written, with a manifest that names every file.

        Parameters
        ----------
        manifest : see `groundswell.manifest.manifest_of`; `files` is added here.

        Raises
        ------
        OutputError : a file that is not ours is in the way; nothing is then replaced.
        """
        self.files.pop(CRATE, None)  # of a copied folder: it is rewritten unchanged
        self.write_json(CRATE, crate_of(manifest, self.files, self.next))
        write_json(self.next / MANIFEST, {**manifest, "files": dict(sorted(self.files.items()))})
        names = [*sorted(self.files), MANIFEST]
        state = self._read_state()
        before = self._held(state)
        self._check_inside(names)
        self._refuse_strangers([self.folder / name for name in names if name not in before])
        # the page and the manifest go first and come last: at no moment is an old page next to new tables
        order = sorted(names, key=lambda name: (name == MANIFEST, name.endswith(".html"), name))
        write_json(self._swap, {"take": order, "drop": [name for name in before if name not in names]})
        try:
            self._finish_swap()
        except OSError as error:  # the next run to open the folder finishes it
            raise unwritable(self.folder, error) from error
        self._write_state(state.get("tables", {}), names)
        for folder in self._parts.glob("*/"):
            shutil.rmtree(folder, ignore_errors=True)

    def _finish_swap(self) -> None:
        """Do what swap.json says, from wherever a killed run stopped."""
        try:
            swap = json.loads(self._swap.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        except (ValueError, RecursionError):
            swap = None
        if not isinstance(swap, dict) or not all(isinstance(swap.get(key), list) for key in ("take", "drop")):
            self._swap.unlink()  # it is written whole, so damage to it is not ours to repair
            return
        self._check_inside([*swap["take"], *swap["drop"]])
        for name in [n for n in swap["take"] if n == MANIFEST or n.endswith(".html")]:
            if (self.next / name).exists():
                (self.folder / name).unlink(missing_ok=True)
        for name in swap["drop"]:
            (self.folder / name).unlink(missing_ok=True)
        for name in swap["take"]:
            if (self.next / name).exists():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                (self.next / name).replace(self.folder / name)
        state = self._read_state()
        if state:
            self._put_state({**state, "files": swap["take"]})
        shutil.rmtree(self.next, ignore_errors=True)
        self._swap.unlink()

    # -- parts of a study, and its finished ensemble -------------------------------------------------------------
    def part(self, account: str, draw: int) -> Path:
        """The path of the part of one account and draw, finished or not."""
        return self._parts / f"{account}-{draw:06d}.npz"

    def parts_of(self, source: str) -> PartsFolder:
        """The parts of other simulations that these results need, kept until the results are complete."""
        return PartsFolder(self._parts / hashlib.sha256(source.encode()).hexdigest()[:16])

    def finish(self, tables: Mapping[str, str]) -> None:
        """Record which tables (name: SHA-256) make up the ensemble, and remove the parts they were made from."""
        self._write_state(tables, list(self._read_state().get("files", ())))
        for part in self._parts.glob("*.npz"):
            part.unlink()

    def tables(self) -> dict[str, str]:
        """The tables of the finished ensemble (name: SHA-256), or none if it is unfinished or they were changed."""
        tables = self._read_state().get("tables")
        try:
            self._check_inside([f"tables/{name}.parquet" for name in tables or ()])
            whole = all(file_sha256(self._find(name)) == sha256 for name, sha256 in tables.items())  # type: ignore[union-attr]
        except (OSError, AttributeError, TypeError, OutputError):
            return {}
        return dict(tables or {}) if whole else {}

    def reuse(self, tables: Mapping[str, str]) -> Path:
        """Copy the tables of the finished ensemble into the results being written; return their folder."""
        folder = self.next / "tables"
        folder.mkdir(parents=True, exist_ok=True)
        for name, sha256 in tables.items():
            found = self._find(name)
            if found.parent != folder:
                try:
                    os.link(found, folder / found.name)
                except OSError:
                    shutil.copyfile(found, folder / found.name)
            self._wrote(f"tables/{name}.parquet", sha256)
            if self.csv:
                import polars as pl

                self._write_csv(f"tables/{name}.csv", pl.read_parquet(folder / found.name))
        return folder

    def _find(self, table: str) -> Path:
        staged = self.next / "tables" / f"{table}.parquet"
        return staged if staged.exists() else self.folder / "tables" / f"{table}.parquet"

    def _held(self, state: Mapping[str, Any]) -> list[str]:
        """The results in the folder that are ours; before format 2 the state did not list them."""
        if "files" in state:
            return list(self._check_inside(state["files"]))
        tables = [f"tables/{path.name}" for path in sorted((self.folder / "tables").glob("*.parquet"))]
        return self._check_inside([*tables, *(name for name in _PAGES if (self.folder / name).exists())])

    # -- what the folder belongs to ------------------------------------------------------------------------------
    def _read_state(self) -> dict[str, Any]:
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return state if isinstance(state, dict) else {}

    def _write_state(self, tables: Mapping[str, str], files: list[str]) -> None:
        self._put_state(
            {
                "kind": self.kind,
                "digest": self.digest,
                "tables": dict(tables),
                "files": files,
                "configuration": self.configuration,
            }
        )

    def _put_state(self, state: Mapping[str, Any]) -> None:
        write_bytes(self._state, (json.dumps(state, indent=1, ensure_ascii=False) + "\n").encode())


class Keeper:
    """A temporary folder that lasts as long as this object."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="groundswell-"))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)


class Kept:
    """A mixin for results whose tables, page and manifest are in a folder.

    The result has the fields `folder` and `keeper`; `keeper` keeps the folder alive if it is temporary.
    """

    folder: Path
    keeper: Keeper | None

    def save(self, folder: str | Path) -> Path:
        """Copy tables, JSON, page and manifest to a folder, replacing results from an earlier call.

        Raises
        ------
        OutputError : the folder cannot be written to, or holds something of another kind.
        """
        manifest = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
        with Output(folder, {"saved": manifest["title"]}, kind=manifest["kind"]) as output:
            for name in manifest["files"]:
                output.copy(name, self.folder / name)
            output.commit(manifest)
        return Path(folder)


def open_folder(out: str | Path | None) -> tuple[Path, Keeper | None]:
    """The folder to write to; if none is given, a temporary one and the object that keeps it alive."""
    if out is not None:
        return Path(out), None
    keeper = Keeper()
    return keeper.folder / "out", keeper
