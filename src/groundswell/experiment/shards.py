"""A study on more than one machine: its lanes are cut into shards, which are simulated anywhere and gathered.

A lane is one account and draw, lived through in every arm; lane k belongs to shard k mod n. Draws are addressed, so a
lane gives the same bytes wherever it is simulated, and a study gathered from shards equals one that ran in one piece.

A shard writes one file, ``OUT/shards/DIGEST-0003-of-0016.shard``, which names the configuration that it belongs to and
carries a checksum. It is replaced whole every few lanes, so a task that is killed loses little and resumes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from groundswell.errors import OutputError, StudyError
from groundswell.experiment.ensemble import Design, Progress, check_design, decoded_part, lanes_simulated
from groundswell.experiment.runner import Prepare, build_population, configuration_of
from groundswell.experiment.study import Study
from groundswell.experiment.study_file import parse_study
from groundswell.files import check_writable, write_bytes
from groundswell.output import Output, canonical, digest_of
from groundswell.results import plain

Lane = tuple[str, int]
"""An account and the number of a draw."""
Parts = dict[Lane, bytes]

FOLDER = "shards"
MOST_SHARDS = 100_000
_MAGIC = b"groundswell shard 1\n"
_NAME = re.compile(r"([0-9a-f]{16})-(\d+)-of-(\d+)\.shard")


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
        StudyError : the text is of another form, or there is no such shard.
        """
        found = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", text)
        if found is None:
            raise StudyError(f"the shard {text!r}", expected="a number and how many there are, such as 3/16")
        return cls(int(found[1]), int(found[2]))

    def lanes(self, lanes: Sequence[Lane]) -> list[Lane]:
        """The lanes of this shard: every `of`-th, so that slow accounts are spread over all shards."""
        return list(lanes[self.number - 1 :: self.of])

    def path(self, out: Path, digest: str) -> Path:
        """Where the shard's file lies."""
        width = len(str(self.of))
        return out / FOLDER / f"{digest[:16]}-{self.number:0{width}d}-of-{self.of}.shard"


def lanes_of(study: Study) -> list[Lane]:
    """All lanes of a study, draw by draw."""
    return [(account, draw) for draw in range(study.draws) for account in study.accounts]


def digest_of_study(study: Study) -> str:
    """The digest of all that a study's runs depend on; shards of another digest belong to another study or version."""
    return digest_of(json.loads(canonical(plain(configuration_of(study)))))


# -- the file of a shard -----------------------------------------------------------------------------------------------


def encode(digest: str, parts: Mapping[Lane, bytes]) -> bytes:
    """The bytes of a shard's file: a heading, the parts, and the SHA-256 of both."""
    index, body = [], b""
    for (account, draw), data in sorted(parts.items()):
        index.append([account, draw, len(data)])
        body += data
    heading = json.dumps({"digest": digest, "parts": index}).encode()
    whole = _MAGIC + struct.pack("<Q", len(heading)) + heading + body
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
    for account, draw, size in heading["parts"]:
        parts[account, int(draw)] = whole[at : at + size]
        at += size
    return heading["digest"], parts


# -- simulating --------------------------------------------------------------------------------------------------------


def run_shard(
    study: Study, shard: Shard, out: str | Path, *, threads: int | None = None, progress: Progress | None = None
) -> Path:
    """Simulate one shard of a study and write its file; lanes that the file already holds are not simulated again.

    Parameters
    ----------
    study : from `load_study`.
    shard : which one.
    out : the folder of the study's results, which all shards share.
    threads : over people. Results do not depend on it.

    Returns
    -------
    Path : of the shard's file.

    Raises
    ------
    OutputError : the folder cannot be written to, or another task is simulating this shard.
    GroundswellError : before anything is simulated, for a study that cannot be run.
    """
    out = Path(out)
    check_writable(out)
    digest = digest_of_study(study)
    path = shard.path(out, digest)
    with _held(path):
        parts: Parts = {}
        if path.exists():
            with contextlib.suppress(OutputError):  # a damaged file is simulated again
                parts = decode(path)[1]
        wanted = [lane for lane in shard.lanes(lanes_of(study)) if lane not in parts]
        if wanted or not path.exists():
            design = _design(study, threads)
            for some in lanes_simulated(design, wanted, threads=threads, progress=progress):
                parts |= some
                write_bytes(path, encode(digest, parts))
            if not wanted:
                write_bytes(path, encode(digest, parts))
    return path


def _design(study: Study, threads: int | None) -> Design:
    design = study.design(build_population(study, threads))
    check_design(design)
    return design


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """One task to a shard, where the file system knows locks."""
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
            f"another task is simulating {path.name}", expected="one task to a shard", instead="wait for it"
        ) from error
    except OSError:  # a shared folder without locks: two tasks do the same work, and write the same bytes
        return


# -- gathering ---------------------------------------------------------------------------------------------------------


def missing_shards(study: Study, out: str | Path) -> tuple[int, list[int]]:
    """How many shards the study was cut into in this folder (0: none begun), and the numbers of those not finished."""
    found = _found(study, Path(out))
    if not found:
        return 0, []
    (of,) = {shard.of for shard in found}
    lanes = lanes_of(study)
    left = []
    for number in range(1, of + 1):
        shard = Shard(number, of)
        path = found.get(shard)
        held: Parts = {}
        if path is not None:
            with contextlib.suppress(OutputError):
                held = decode(path)[1]
        if set(shard.lanes(lanes)) - set(held):
            left.append(number)
    return of, left


def _found(study: Study, out: Path) -> dict[Shard, Path]:
    """The files of this study's shards in a folder.

    Raises
    ------
    OutputError : files of several divisions, of which it cannot be shown that they belong together.
    """
    digest = digest_of_study(study)
    found = {}
    for path in sorted((out / FOLDER).glob("*.shard")):
        name = _NAME.fullmatch(path.name)
        if name is not None and name[1] == digest[:16]:
            found[Shard(int(name[2]), int(name[3]))] = path
    divisions = sorted({shard.of for shard in found})
    if len(divisions) > 1:
        raise OutputError(
            f"{out / FOLDER} holds shards of {' and of '.join(map(str, divisions))}",
            expected="one division of the study",
            instead="delete the files of the other, or name another folder",
        )
    return found


def gathered(study: Study, out: str | Path) -> Parts:
    """The parts of every lane of a study, from its shards.

    Raises
    ------
    OutputError : shards that are missing, not finished or damaged, or of another study or version; each is named.
    """
    out = Path(out)
    found = _found(study, out)
    if not found:
        others = list((out / FOLDER).glob("*.shard"))
        raise OutputError(
            f"{out / FOLDER} holds no shard of {study.origin}"
            + (f", but {len(others)} of another study, or of another version of this one" if others else ""),
            expected="the shards that were simulated with this study and this version",
            instead=f"groundswell run {study.origin} --shard 1/N --out {out}",
        )
    digest = digest_of_study(study)
    parts: Parts = {}
    for path in found.values():
        theirs, held = decode(path)
        if theirs != digest:
            raise OutputError(f"{path} belongs to another study", expected="shards of this study")
        parts |= held
    of, left = missing_shards(study, out)
    if left:
        some = ", ".join(map(str, left[:10])) + (f" and {len(left) - 10} more" if len(left) > 10 else "")
        raise OutputError(
            f"of {of} shards, {len(left)} are missing or not finished: {some}",
            expected="every shard",
            instead=f"groundswell run {study.origin} --shard {left[0]}/{of} --out {out}",
        )
    return parts


# -- what `run_study` does before it simulates -------------------------------------------------------------------------


def from_shards(out: str | Path) -> Prepare:
    """Take the parts from the shards in a folder."""

    def prepare(study: Study, design: Design, output: Output, progress: Progress | None) -> None:
        for (account, draw), data in gathered(study, out).items():
            output.write_bytes(output.part(account, draw), data)

    return prepare


def from_executor(executor: Executor, *, tasks: int = 64, threads: int = 1) -> Prepare:
    """Have an executor simulate the lanes that are left: processes, MPI, or the executor of a Dask client.

    Parameters
    ----------
    executor : of `concurrent.futures`; the study and its theory file must be found at the same path by every worker.
    tasks : the most tasks that the lanes are cut into; a worker that dies costs at most one.
    threads : of each worker.

    Raises
    ------
    OutputError : workers died; what was finished is kept, and the same command resumes.
    """

    def prepare(study: Study, design: Design, output: Output, progress: Progress | None) -> None:
        wanted = [lane for lane in lanes_of(study) if decoded_part(output.part(*lane), design) is None]
        cut = [wanted[k::tasks] for k in range(min(tasks, len(wanted)))]
        sent = {
            executor.submit(simulate_lanes, study.text, study.origin, str(study.folder), some, threads): some
            for some in cut
        }
        lost: list[str] = []
        done = len(lanes_of(study)) - len(wanted)
        for future in as_completed(sent):
            try:
                parts = future.result()
            except Exception as error:
                lost.append(f"{type(error).__name__}: {error}")
                continue
            for (account, draw), data in parts.items():
                output.write_bytes(output.part(account, draw), data)
            done += len(parts)
            if progress is not None:
                progress("simulating on workers", done, len(lanes_of(study)))
        if lost:
            raise OutputError(
                f"{len(lost)} of {len(sent)} tasks did not finish ({lost[0]})",
                expected="workers that live until their task is done",
                instead="run the same command again; what was finished is kept",
            )

    return prepare


def simulate_lanes(text: str, origin: str, folder: str, lanes: Sequence[Lane], threads: int | None = 1) -> Parts:
    """Simulate some lanes of a study from its text: what a worker runs."""
    study = parse_study(text, origin=origin, folder=Path(folder))
    parts: Parts = {}
    for some in lanes_simulated(_design(study, threads), [(a, int(d)) for a, d in lanes], threads=threads):
        parts |= some
    return parts


__all__ = [
    "Lane",
    "Shard",
    "from_executor",
    "from_shards",
    "gathered",
    "lanes_of",
    "missing_shards",
    "run_shard",
    "simulate_lanes",
]
