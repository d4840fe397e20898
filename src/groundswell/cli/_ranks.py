"""Commands that mpiexec starts on several ranks: only one of them prints, and if one is lost, none keeps running."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from groundswell.cli._shared import BAD_INPUT, exit_code
from groundswell.errors import GroundswellError

if TYPE_CHECKING:
    from groundswell.experiment.setting import Divided

_FIRST = 2.0  # seconds that the other ranks give the first one to say what all of them would say


def over_ranks(keep: Path | None, every: float, work: Callable[[Divided], Any]) -> Any:
    """Run some work on every rank; what it returns on the first rank, and None on the others.

    Raises
    ------
    StudyError : there is no MPI.
    typer.Exit : a rank was lost, or the work cannot be done; reported in one sentence, by one rank.
    """
    from groundswell.engine.mpi import MPIRanks
    from groundswell.experiment.setting import Divided

    ranks = MPIRanks()
    said = None if keep is None else keep / "said"
    if said is not None and ranks.rank == 0:
        said.unlink(missing_ok=True)
    try:
        found = work(Divided(ranks, keep, every))
    except GroundswellError as error:
        if ranks.rank:
            time.sleep(_FIRST)
        _say(ranks.rank, said, str(error))
        if ranks.swaps:  # the others wait for this rank
            ranks.abort()
        raise typer.Exit(BAD_INPUT) from None
    except KeyboardInterrupt:
        kept = "nothing was kept (--keep FOLDER)" if keep is None else f"what was kept is in {keep}"
        _say(
            ranks.rank, said, f"a rank was lost, or the run was ended; {kept}, and the same command resumes from there"
        )
        sys.stderr.flush()
        os._exit(exit_code())  # MPI would wait for the rank that is lost
    return found if ranks.rank == 0 else None


def _say(rank: int, said: Path | None, sentence: str) -> None:
    """Print a sentence once: by the first rank, or by whichever can mark that it has been said."""
    if said is None:
        first = rank == 0
    else:
        first = False
        with contextlib.suppress(OSError):
            said.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(said, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            first = True
    if first:
        print(f"groundswell: {sentence}", file=sys.stderr)


__all__ = ["over_ranks"]
