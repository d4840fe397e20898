"""One world over several processes: each rank holds a range of people, and sends the others only what changed.

A rank keeps the rows of ties of its own people, with their states and what they see. Of others it keeps the states that
its own people see. After each step it sends to every other rank those of its people whom that rank sees and who have
changed, with sums over its people. Draws are addressed by person, and sums are made within blocks of people and then
over blocks in order, so that the bytes are those of one process, for any number of ranks.

It supports rules of people who act together and see others through counts, shares and means (`check_divisible`).
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
import time
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from groundswell.engine.batch import Batch, Threads
from groundswell.engine.compiled import BLOCK
from groundswell.engine.layout import layout
from groundswell.errors import OutputError, TheoryError
from groundswell.files import check_writable, write_bytes, write_json
from groundswell.theory import Theory

if TYPE_CHECKING:
    from groundswell.population.population import Population


class Ranks(Protocol):
    """Processes that work together; this hides the difference between MPI and anything else."""

    rank: int
    size: int

    def swap(self, messages: Sequence[bytes]) -> list[bytes]:
        """Send one message to each rank, and receive one from each.

        Raises
        ------
        OutputError : a rank was lost.
        """
        ...


def check_divisible(theory: type[Theory], population: Population | None = None) -> None:
    """Refuse theories whose people cannot be divided over ranks.

    Raises
    ------
    TheoryError : naming what another rank would have to know.
    """
    why = ""
    if not theory.rules or "person" not in theory.rules or theory.order != "together":
        why = "its people do not all act together by one rule"
    elif layout(theory).along:
        why = "it looks along ties for more than counts, shares and means of states"
    elif layout(theory).regional_people:
        why = "its regions see the means of their people"
    elif population is None:
        return
    elif population.layers or population.dated is not None:
        why = "its ties have layers or dates"
    elif population.network is None and layout(theory).seen_floats:
        why = "everyone sees the mean over everyone"
    elif population.network is not None and population.network.weights is not None:
        why = "its ties have weights"
    if why:
        raise TheoryError(
            f"theory {theory.name} over several ranks: {why}",
            expected="people who act together and see counts, shares or means of states along plain ties",
            instead="run it in one process",
        )


def range_of(people: int, rank: int, size: int) -> tuple[int, int]:
    """The people of a rank: whole blocks, as many as any other rank has, or one more."""
    blocks = (people + BLOCK - 1) // BLOCK
    return min(people, blocks * rank // size * BLOCK), min(people, blocks * (rank + 1) // size * BLOCK)


class Across(Threads):
    """The work of one rank, used instead of `Threads`: ranges of its own people, and what the others must know.

    Parameters
    ----------
    people : of the whole population.
    threads : of this rank.
    keep : where progress is saved, so that a run that lost a rank can resume; None saves nothing.
    every : seconds between saves.
    about : what is being run.
    """

    def __init__(
        self, ranks: Ranks, people: int, threads: int, *, keep: Path | None = None, every: float = 60.0, about: str = ""
    ) -> None:
        super().__init__(threads)
        self.ranks, self.people, self.every = ranks, people, every
        self.ranges = [range_of(people, r, ranks.size) for r in range(ranks.size)]
        self.own = self.ranges[ranks.rank]
        self.blocks = [(-(-a // BLOCK), -(-b // BLOCK)) for a, b in self.ranges]
        self.keep = None if keep is None else _Kept(Path(keep), about, ranks)
        self.sent: list[int] = []  # bytes of who has changed that this rank sent, by step
        self.summed = 0  # bytes of sums and flags that this rank sent
        self._began = time.monotonic()

    # -- whose people ------------------------------------------------------------------------------------------------

    def begin(self, batch: Batch) -> None:
        """Agree on who sees whom: each rank tells the others which of their people its own people see."""
        ranges = self.ranges
        seen = np.zeros(self.people, np.bool_)
        if batch.network is not None:
            seen[batch.network.indices] = True
        self.ghosts = [np.flatnonzero(seen[a:b]).astype(np.int64) + a for a, b in ranges]
        self.ghosts[self.ranks.rank] = np.empty(0, np.int64)
        del seen
        named = [(ghosts - a).astype(np.int32).tobytes() for ghosts, (a, _) in zip(self.ghosts, ranges, strict=True)]
        received = self.ranks.swap(named)
        self.shown = [np.frombuffer(x, np.int32).astype(np.int64) + self.own[0] for x in received]
        lay = batch.lay
        self.bool_rows = [lay.bools[s] for s in lay.seen_bools]
        self.float_rows = [lay.floats[s] for s in lay.seen_floats]
        self.last = [self._floats(batch, ids) for ids in self.shown]

    def _floats(self, batch: Batch, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        return batch.floats[self.float_rows][:, ids].transpose(1, 0, 2).copy()

    def over(self, n: int, function: Callable[[int, int], None]) -> None:
        """Run a function over the people, or the blocks, of this rank."""
        first, last = self.own if n == self.people else self.blocks[self.ranks.rank]
        if last > first:
            super().over(last - first, lambda a, b: function(first + a, first + b))

    def _everyone(self, array: NDArray[Any]) -> list[NDArray[Any]]:
        """The arrays of all ranks, in their order."""
        self.summed += array.nbytes * (self.ranks.size - 1)
        return [np.frombuffer(x, array.dtype) for x in self.ranks.swap([array.tobytes()] * self.ranks.size)]

    # -- what all must know ------------------------------------------------------------------------------------------

    def any(self, marks: NDArray[Any]) -> bool:
        """Whether anyone is marked on any rank."""
        mine = np.array([marks[self.own[0] : self.own[1]].any()])
        return any(bool(x[0]) for x in self._everyone(mine))

    def added(self, whole: NDArray[np.int64]) -> NDArray[np.int64]:
        """Whole numbers, added over ranks."""
        return np.stack(self._everyone(whole)).sum(axis=0, dtype=np.int64).reshape(whole.shape)

    def joined(self, parts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of blocks, each from the rank that made it."""
        if not parts.size:
            return parts
        first, last = self.blocks[self.ranks.rank]
        for (a, b), theirs in zip(self.blocks, self._everyone(parts[first:last]), strict=True):
            parts[a:b] = theirs.reshape(b - a, *parts.shape[1:])
        return parts

    def share(self, batch: Batch) -> None:
        """Tell the other ranks which of the people they see have changed in the step, and learn the same from them."""
        messages = [batch.bad.tobytes()] * self.ranks.size
        for r, ids in enumerate(self.shown):
            if ids.size:
                messages[r] = batch.bad.tobytes() + self._changes(batch, r, ids)
        mine = sum(len(x) for r, x in enumerate(messages) if r != self.ranks.rank)
        self.sent.append(mine)
        for r, message in enumerate(self.ranks.swap(messages)):
            if r == self.ranks.rank:
                continue
            bad = np.frombuffer(message, np.uint8, batch.bad.size)
            np.maximum(batch.bad, bad.reshape(batch.bad.shape), out=batch.bad)
            if self.ghosts[r].size:
                self._learn(batch, self.ghosts[r], message[batch.bad.size :])

    def _changes(self, batch: Batch, r: int, ids: NDArray[np.int64]) -> bytes:
        """Which of some people have changed, as positions or as one bit each, whichever is shorter; then how."""
        changed = batch.flags[ids] != 0 if self.bool_rows else np.zeros(ids.size, np.bool_)
        if self.float_rows:
            now = self._floats(batch, ids)
            changed |= (now.view(np.int64) != self.last[r].view(np.int64)).any(axis=(1, 2))
            self.last[r] = now
        places = np.flatnonzero(changed).astype(np.int32)
        head = b"\0" + places.tobytes() if 32 * places.size < ids.size else b"\1" + np.packbits(changed).tobytes()
        who = ids[places]
        bits = batch.bools[self.bool_rows][:, who].transpose(1, 0, 2)
        body = b"" if bits[:1].size == 1 else np.packbits(bits).tobytes()  # a single boolean changes only by flipping
        floats = self.last[r][places].tobytes() if self.float_rows else b""
        return len(places).to_bytes(4, "little") + head + body + floats

    def _learn(self, batch: Batch, ids: NDArray[np.int64], message: bytes) -> None:
        count, at = int.from_bytes(message[:4], "little"), 5
        if message[4]:
            size = -(-ids.size // 8)
            where = np.flatnonzero(np.unpackbits(np.frombuffer(message, np.uint8, size, at), count=ids.size))
        else:
            size = 4 * count
            where = np.frombuffer(message[at : at + size], np.int32)
        at += size
        who, worlds = ids[where], batch.bools.shape[2]
        rows = len(self.bool_rows)
        if rows and count:
            old = batch.bools[self.bool_rows][:, who].transpose(1, 0, 2)
            if rows * worlds == 1:
                new = 1 - old
            else:
                length = -(-count * rows * worlds // 8)
                bits = np.unpackbits(np.frombuffer(message, np.uint8, length, at), count=count * rows * worlds)
                new, at = bits.reshape(old.shape), at + length
            for k, row in enumerate(self.bool_rows):
                batch.deltas[k, who] = new[:, k].astype(np.int8) - old[:, k].astype(np.int8)
                batch.bools[row, who] = new[:, k]
            batch.flags[who] = 1
        if self.float_rows and count:
            floats = np.frombuffer(message[at:], np.float64, count * len(self.float_rows) * worlds)
            for k, row in enumerate(self.float_rows):
                batch.floats[row, who] = floats.reshape(count, len(self.float_rows), worlds)[:, k]

    # -- a run that lost a rank goes on -----------------------------------------------------------------------------

    def resumed(self, batch: Batch, values: NDArray[np.float64]) -> int:
        """Restore what was saved, if anything was; return the number of steps done."""
        if self.keep is None:
            return 0
        done = self.keep.load(batch, values, self.own)
        if done:
            for r, theirs in enumerate(self.ranks.swap([self._all(batch, ids) for ids in self.shown])):
                if r != self.ranks.rank and self.ghosts[r].size:
                    self._take_all(batch, self.ghosts[r], theirs)
            self.last = [self._floats(batch, ids) for ids in self.shown]
            batch.fresh = True
            batch.dirty[:] = 1
        return done

    def _all(self, batch: Batch, ids: NDArray[np.int64]) -> bytes:
        return batch.bools[self.bool_rows][:, ids].tobytes() + batch.floats[self.float_rows][:, ids].tobytes()

    def _take_all(self, batch: Batch, ids: NDArray[np.int64], message: bytes) -> None:
        shape = (len(self.bool_rows), ids.size, batch.bools.shape[2])
        size = int(np.prod(shape))
        for row, new in zip(self.bool_rows, np.frombuffer(message, np.uint8, size).reshape(shape), strict=True):
            batch.bools[row, ids] = new
        floats = np.frombuffer(message[size:], np.float64) if self.float_rows else np.empty(0)
        for row, new in zip(self.float_rows, floats.reshape(-1, *shape[1:]), strict=True):
            batch.floats[row, ids] = new

    def after(self, batch: Batch, values: NDArray[np.float64], t: int) -> None:
        """Save progress when it is time to: the first rank's clock decides."""
        if self.keep is None:
            return
        late = np.array([time.monotonic() - self._began >= self.every or t == len(values) - 1])
        if self._everyone(late)[0][0]:
            self.keep.save(batch, values, t, self.own)
            self._began = time.monotonic()


class _Kept:
    """Where a run over ranks saves its last step: a file for each range of people, and one that names them."""

    def __init__(self, folder: Path, about: str, ranks: Ranks) -> None:
        check_writable(folder)
        self.folder, self.ranks = folder, ranks
        self.digest = hashlib.sha256(about.encode()).hexdigest()

    def load(self, batch: Batch, values: NDArray[np.float64], own: tuple[int, int]) -> int:
        path = self.folder / "done.json"
        if not path.is_file():
            return 0
        expected = "what the same command saved, undamaged"
        try:
            stated = json.loads(path.read_text(encoding="utf-8"))
            if stated["digest"] != self.digest:
                raise OutputError(
                    f"{self.folder} holds what another run saved", expected=expected, instead="name another folder"
                )
            for name, (a, b) in stated["files"].items():
                low, high = max(a, own[0]), min(b, own[1])
                if low >= high and name != next(iter(stated["files"])):
                    continue
                with np.load(io.BytesIO((self.folder / name).read_bytes()), allow_pickle=False) as held:
                    if low < high:
                        batch.bools[:, low:high] = held["bools"][:, low - a : high - a]
                        batch.floats[:, low:high] = held["floats"][:, low - a : high - a]
                    for array, key in ((batch.table, "table"), (batch.here, "here"), (batch.totals, "totals")):
                        array[:] = held[key]
                    values[: stated["step"] + 1] = held["values"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise OutputError(
                f"{self.folder} is damaged ({error})", expected=expected, instead="delete it to start again"
            ) from error
        batch.step = int(stated["step"])
        return batch.step

    def save(self, batch: Batch, values: NDArray[np.float64], t: int, own: tuple[int, int]) -> None:
        name = f"step-{t}-people-{own[0]}.npz"
        buffer = io.BytesIO()
        np.savez(
            buffer, bools=batch.bools[:, own[0] : own[1]], floats=batch.floats[:, own[0] : own[1]], table=batch.table,
            here=batch.here, totals=batch.totals, values=values[: t + 1],
        )  # fmt: skip
        write_bytes(self.folder / name, buffer.getvalue())
        received = self.ranks.swap([json.dumps([name, own]).encode()] * self.ranks.size)
        if self.ranks.rank == 0:
            files = dict(json.loads(x) for x in received)
            write_json(self.folder / "done.json", {"digest": self.digest, "step": t, "files": files})
            for path in self.folder.glob("step-*-people-*.npz"):
                if path.name not in files:
                    path.unlink()


class Together:
    """Ranks that are threads of one process: for tests, and to see what ranks would exchange.

    One of them computes at a time, since threads share what processes do not.
    """

    def __init__(self, size: int) -> None:
        self.size, self.barrier, self.turn = size, threading.Barrier(size), threading.Lock()
        self.boxes: list[list[bytes]] = [[] for _ in range(size)]

    def run(self, work: Callable[[Ranks], Any]) -> list[Any]:
        """Run some work on every rank, and return what each returns."""
        with ThreadPoolExecutor(self.size) as pool:
            return list(pool.map(lambda r: self._guarded(work, r), range(self.size)))

    def _guarded(self, work: Callable[[Ranks], Any], rank: int) -> Any:
        try:
            with self.turn:
                return work(_One(self, rank))
        except BaseException:
            self.barrier.abort()
            raise

    def meet(self) -> None:
        """Let the others compute until all have come here."""
        self.turn.release()
        try:
            self.barrier.wait()
        finally:
            self.turn.acquire()


class _One:
    """One rank of `Together`."""

    def __init__(self, all_: Together, rank: int) -> None:
        self.all, self.rank, self.size = all_, rank, all_.size

    def swap(self, messages: Sequence[bytes]) -> list[bytes]:
        """As `Ranks.swap`."""
        self.all.boxes[self.rank] = list(messages)
        self.all.meet()
        found = [box[self.rank] for box in self.all.boxes]
        self.all.meet()
        return found


__all__ = ["Across", "Ranks", "Together", "check_divisible", "range_of"]
