"""Simulations on more than one machine: they are cut into shards, which are simulated anywhere and gathered.

What a study, an adjudication or a fit simulates is a set of pieces: an account and draw in every arm, or a block of a
reference table. Piece k belongs to shard k mod n. Draws are addressed, so a piece gives the same bytes wherever it is
simulated, and the gathered result equals that of a single run.

A shard writes one file, ``OUT/shards/DIGEST-0003-of-0016.shard``, which names the work to which it belongs and has a
checksum. It is replaced as a whole every few pieces, so a killed task loses little and resumes.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from groundswell.errors import OutputError, StudyError
from groundswell.experiment.ensemble import Design, Progress, check_design, lanes_simulated
from groundswell.files import check_writable, write_bytes
from groundswell.output import digest_of

Lane = tuple[str, int]
"""An account and the number of a draw; for a reference table no account, and the number of a block."""
Piece = tuple[str, str, int]
"""The name of a source, and one of its lanes."""
Parts = dict[Piece, bytes]

FOLDER = "shards"
MOST_SHARDS = 100_000
_MAGIC = b"groundswell shard 2\n"
_NAME = re.compile(r"([0-9a-f]{16})-(\d+)-of-(\d+)\.shard")


class PieceSource(Protocol):
    """Simulations of one kind, lane by lane."""

    def lanes(self) -> Sequence[Lane]:
        """All lanes, in order."""
        ...

    def made(
        self, lanes: Sequence[Lane], threads: int | None, progress: Progress | None
    ) -> Iterator[Mapping[Lane, bytes]]:
        """Some lanes, encoded, as they finish. A lane gives the same bytes whichever others are simulated with it."""
        ...


@dataclass(frozen=True)
class DesignRuns:
    """The runs of a design: an account and a draw in every arm. What the design needs is built on first use."""

    design: Callable[[], Design]
    accounts: tuple[str, ...]
    draws: int

    def lanes(self) -> Sequence[Lane]:
        """Draw by draw."""
        return [(account, draw) for draw in range(self.draws) for account in self.accounts]

    def made(
        self, lanes: Sequence[Lane], threads: int | None, progress: Progress | None
    ) -> Iterator[Mapping[Lane, bytes]]:
        """Encoded parts of an ensemble."""
        design = self.design()
        check_design(design)
        yield from lanes_simulated(design, lanes, threads=threads, progress=progress)


@dataclass(frozen=True)
class Work:
    """Everything that is simulated for one result.

    Parameters
    ----------
    origin : the study or fit, as messages name it.
    digest : of everything that the pieces depend on; shards of another digest belong to other work or another version.
    sources : by name.
    command : the command that simulates a shard, to which ``--shard 3/16 --out OUT`` is added.
    """

    origin: str
    digest: str
    sources: Mapping[str, PieceSource]
    command: str

    def pieces(self) -> list[Piece]:
        """All pieces, source by source."""
        return [(name, *lane) for name, source in self.sources.items() for lane in source.lanes()]

    def made(
        self, pieces: Sequence[Piece], *, threads: int | None = None, progress: Progress | None = None
    ) -> Iterator[Parts]:
        """Some pieces, encoded, as they finish."""
        for name in dict.fromkeys(name for name, _, _ in pieces):
            lanes = [(account, number) for own, account, number in pieces if own == name]
            for some in self.sources[name].made(lanes, threads, progress):
                yield {(name, *lane): data for lane, data in some.items()}


@dataclass(frozen=True)
class Shard:
    """One of `of` shards, counted from 1.

    Raises
    ------
    StudyError : no such shard.
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.of <= MOST_SHARDS or not 1 <= self.number <= self.of:
            raise StudyError(
                f"shard {self.number} of {self.of}", expected=f"a number from 1 to n, of at most {MOST_SHARDS:,} shards"
            )

    @classmethod
    def parse(cls, text: str) -> Shard:
        """A shard from ``3/16``.

        Raises
        ------
        StudyError : the text has another form, or there is no such shard.
        """
        found = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", text)
        if found is None:
            raise StudyError(f"the shard {text!r}", expected="a number and how many there are, such as 3/16")
        return cls(int(found[1]), int(found[2]))

    def own(self, pieces: Sequence[Piece]) -> list[Piece]:
        """The pieces of this shard: every `of`-th, so that slow accounts and sources are spread over all shards."""
        return list(pieces[self.number - 1 :: self.of])

    def path(self, out: Path, digest: str) -> Path:
        """The path of the shard's file."""
        width = len(str(self.of))
        return out / FOLDER / f"{digest[:16]}-{self.number:0{width}d}-of-{self.of}.shard"


# -- the file of a shard -----------------------------------------------------------------------------------------------


def encode(digest: str, parts: Mapping[Piece, bytes]) -> bytes:
    """The bytes of a shard's file: a header, the parts, and the SHA-256 of both."""
    index, body = [], []
    for piece, data in sorted(parts.items()):
        index.append([*piece, len(data)])
        body.append(data)
    heading = json.dumps({"digest": digest, "parts": index}).encode()
    whole = _MAGIC + struct.pack("<Q", len(heading)) + heading + b"".join(body)
    return whole + hashlib.sha256(whole).digest()


def decode(path: Path) -> tuple[str, Parts]:
    """The digest and the parts of a shard's file.

    Raises
    ------
    OutputError : the file cannot be read, is cut short, or was changed.
    """
    expected = "the file of a shard, whole"
    instead = f"delete it and simulate the shard again: {path.name}"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OutputError(f"{path} cannot be read ({error.strerror})", expected=expected, instead=instead) from error
    whole, checksum = data[:-32], data[-32:]
    if not data.startswith(_MAGIC) or hashlib.sha256(whole).digest() != checksum:
        raise OutputError(f"{path} is damaged", expected=expected, instead=instead)
    at = len(_MAGIC)
    (length,) = struct.unpack_from("<Q", whole, at)
    at += 8
    heading = json.loads(whole[at : at + length])
    at += length
    parts: Parts = {}
    for name, account, number, size in heading["parts"]:
        parts[name, account, int(number)] = whole[at : at + size]
        at += size
    return heading["digest"], parts


# -- making ------------------------------------------------------------------------------------------------------------


def run_shard(
    work: Work, shard: Shard, out: str | Path, *, threads: int | None = None, progress: Progress | None = None
) -> Path:
    """Simulate one shard of some work and write its file; pieces that the file already holds are not simulated again.

    Parameters
    ----------
    work : of a study or a fit (`groundswell.app.shards`).
    shard : which one.
    out : the folder of the results, which all shards share.
    threads : over people. Results do not depend on it.

    Returns
    -------
    Path : of the shard's file.

    Raises
    ------
    OutputError : the folder cannot be written to, or another task is simulating this shard.
    GroundswellError : for work that cannot be done, before anything is simulated.
    """
    out = Path(out)
    check_writable(out)
    path = shard.path(out, work.digest)
    with _held(path):
        parts: Parts = {}
        if path.exists():
            with contextlib.suppress(OutputError):  # a damaged shard is simulated again
                parts = decode(path)[1]
        wanted = [piece for piece in shard.own(work.pieces()) if piece not in parts]
        for some in work.made(wanted, threads=threads, progress=progress):
            parts |= some
            write_bytes(path, encode(work.digest, parts))
        if not path.exists():  # more shards than pieces
            write_bytes(path, encode(work.digest, parts))
    return path


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """Allow one task per shard, where the file system supports locks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_suffix(".lock")
    with lock.open("w") as file:
        _lock(file, path)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                lock.unlink()


def _lock(file: IO[str], path: Path) -> None:
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise OutputError(
            f"another task is simulating {path.name}", expected="one task per shard", instead="wait for it"
        ) from error
    except OSError:  # a shared folder without locks: two tasks do the same work, and write the same bytes
        return


# -- gathering ---------------------------------------------------------------------------------------------------------


def missing_shards(work: Work, out: str | Path) -> tuple[int, list[int]]:
    """The number of shards into which the work was cut in this folder (0: not begun), and the unfinished ones."""
    found = _found(work, Path(out))
    if not found:
        return 0, []
    (of,) = {shard.of for shard in found}
    pieces = work.pieces()
    left = []
    for number in range(1, of + 1):
        shard = Shard(number, of)
        path = found.get(shard)
        held: Parts = {}
        if path is not None:
            with contextlib.suppress(OutputError):
                held = decode(path)[1]
        if set(shard.own(pieces)) - set(held) or path is None:
            left.append(number)
    return of, left


def _found(work: Work, out: Path) -> dict[Shard, Path]:
    """The files of this work's shards in a folder.

    Raises
    ------
    OutputError : files of several divisions, which may not belong together.
    """
    found = {}
    for path in sorted((out / FOLDER).glob("*.shard")):
        name = _NAME.fullmatch(path.name)
        if name is not None and name[1] == work.digest[:16]:
            found[Shard(int(name[2]), int(name[3]))] = path
    divisions = sorted({shard.of for shard in found})
    if len(divisions) > 1:
        raise OutputError(
            f"{out / FOLDER} holds shards of {' and of '.join(map(str, divisions))}",
            expected="one division of the work",
            instead="delete the files of the other, or name another folder",
        )
    return found


def gathered(work: Work, out: str | Path) -> Parts:
    """All pieces of some work, from its shards.

    Raises
    ------
    OutputError : shards that are missing, unfinished or damaged, or from other work or another version; each is named.
    """
    out = Path(out)
    found = _found(work, out)
    if not found:
        others = list((out / FOLDER).glob("*.shard"))
        raise OutputError(
            f"{out / FOLDER} holds no shard of {work.origin}"
            + (f", but {len(others)} of other work, or of another version of this work" if others else ""),
            expected="the shards that were simulated from the same input and with this version",
            instead=f"{work.command} --shard 1/N --out {out}",
        )
    parts: Parts = {}
    for path in found.values():
        theirs, held = decode(path)
        if theirs != work.digest:
            raise OutputError(f"{path} belongs to other work", expected=f"shards of {work.origin}")
        parts |= held
    of, left = missing_shards(work, out)
    if left:
        some = ", ".join(map(str, left[:10])) + (f" and {len(left) - 10} more" if len(left) > 10 else "")
        raise OutputError(
            f"of {of} shards, {len(left)} are missing or not finished: {some}",
            expected="every shard",
            instead=f"{work.command} --shard {left[0]}/{of} --out {out}",
        )
    return parts


# -- executors ---------------------------------------------------------------------------------------------------------

Recipe = Callable[[], Work]
"""From this, which can be pickled and compared, a worker constructs the work."""
Keep = Callable[[Parts], None]


def spread(
    executor: Executor,
    recipe: Recipe,
    wanted: Sequence[Piece],
    keep: Keep,
    *,
    tasks: int = 64,
    threads: int = 1,
    progress: Progress | None = None,
) -> None:
    """Have an executor simulate pieces: processes, MPI, or the executor of a Dask client.

    Parameters
    ----------
    executor : of `concurrent.futures`; files that the recipe names must be found at the same path by every worker.
    wanted : the pieces that are left.
    keep : called with pieces as they finish.
    tasks : the most tasks into which the pieces are cut; a worker that dies costs at most one.
    threads : of each worker.

    Raises
    ------
    OutputError : workers died; finished pieces are kept, and the same command resumes.
    """
    cut = [list(wanted[k::tasks]) for k in range(min(tasks, len(wanted)))]
    sent = [executor.submit(made, recipe, some, threads) for some in cut]
    lost: list[str] = []
    done = 0
    for future in as_completed(sent):
        try:
            parts = future.result()
        except Exception as error:
            lost.append(f"{type(error).__name__}: {error}")
            continue
        keep(parts)
        done += len(parts)
        if progress is not None:
            progress("simulating on workers", done, len(wanted))
    if lost:
        raise OutputError(
            f"{len(lost)} of {len(sent)} tasks did not finish ({lost[0]})",
            expected="workers that live until their task is done",
            instead="run the same command again; what was finished is kept",
        )


def made(recipe: Recipe, pieces: Sequence[Piece], threads: int | None = 1) -> Parts:
    """Some pieces, as run by a worker; its next task reuses what the recipe constructed."""
    parts: Parts = {}
    for some in _prepared(recipe).made([(str(a), str(b), int(c)) for a, b, c in pieces], threads=threads):
        parts |= some
    return parts


@functools.lru_cache(maxsize=1)
def _prepared(recipe: Recipe) -> Work:
    return recipe()


def digest_of_work(about: object, code: Mapping[str, str]) -> str:
    """The digest of some work, from everything it depends on and the code that simulates it."""
    return digest_of({"about": about, "code": dict(code)})


__all__ = [
    "DesignRuns",
    "Keep",
    "Lane",
    "Parts",
    "Piece",
    "PieceSource",
    "Recipe",
    "Shard",
    "Work",
    "digest_of_work",
    "gathered",
    "made",
    "missing_shards",
    "run_shard",
    "spread",
]  # fmt: skip
