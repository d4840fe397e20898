"""Ranks of MPI (`pip install mpi4py`, and an MPI library on the machine), for a command that mpiexec started."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from groundswell.errors import OutputError, StudyError


class MPIRanks:
    """The processes that mpiexec started.

    Every wait polls, so that signals are handled: mpiexec ends all ranks when one is lost.

    Raises
    ------
    StudyError : there is no mpi4py, or no MPI that it can use.
    """

    def __init__(self) -> None:
        try:
            from mpi4py import MPI  # pyright: ignore[reportMissingImports]
        except (ImportError, RuntimeError) as error:
            raise StudyError(
                f"--across, without MPI ({error})",
                expected="mpi4py in this environment, and an MPI library on this machine",
                instead="pip install mpi4py, and mpiexec -n 4 groundswell simulate THEORY --across",
            ) from error
        self._mpi: Any = MPI
        self._world: Any = MPI.COMM_WORLD.Dup()
        self.rank, self.size, self.swaps = int(self._world.rank), int(self._world.size), 0

    def swap(self, messages: Sequence[bytes]) -> list[bytes]:
        """As `groundswell.engine.ranks.Ranks.swap`."""
        self.swaps += 1
        sizes, theirs = np.array([len(x) for x in messages], np.int64), np.empty(self.size, np.int64)
        try:
            self._wait([self._world.Ialltoall(sizes, theirs)])
            found = [bytearray(int(n)) for n in theirs]
            found[self.rank][:] = messages[self.rank]
            others = [r for r in range(self.size) if r != self.rank]
            # in pieces, since MPI's counts have 32 bits
            waiting = [
                self._world.Irecv([memoryview(found[r])[a : a + _PIECE], self._mpi.BYTE], r)
                for r in others for a in range(0, len(found[r]), _PIECE)
            ]  # fmt: skip
            waiting += [
                self._world.Isend([memoryview(messages[r])[a : a + _PIECE], self._mpi.BYTE], r)
                for r in others for a in range(0, len(messages[r]), _PIECE)
            ]  # fmt: skip
            self._wait(waiting)
        except self._mpi.Exception as error:
            raise OutputError(
                f"a rank was lost ({error})", expected=f"{self.size} ranks to the end", instead="the same command again"
            ) from error
        return [bytes(x) for x in found]

    def _wait(self, waiting: list[Any]) -> None:
        while not self._mpi.Request.Testall(waiting):
            time.sleep(0)  # lets others run where there are more ranks than cores

    def abort(self) -> None:
        """End all ranks: this one cannot continue."""
        self._world.Abort(1)


_PIECE = 1 << 30

__all__ = ["MPIRanks"]
