"""Executors by name: processes on this machine, the workers of a Dask scheduler, MPI ranks."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundswell.errors import StudyError

if TYPE_CHECKING:
    from groundswell.experiment.slurm import Submission

ExecutorName = Annotated[
    str | None,
    typer.Option(
        "--executor",
        help="What runs the simulations: processes, processes:4, dask:ADDRESS, or mpi. Results do not depend on it.",
    ),
]
SlurmOption = Annotated[
    list[str] | None, typer.Option(metavar="OPTION", help="An option of sbatch; may be repeated: --time=01:00:00.")
]
KINDS = "processes, processes:4, dask:ADDRESS (such as dask:tcp://127.0.0.1:8786), or mpi"


@contextlib.contextmanager
def executor_named(text: str | None) -> Iterator[Executor | None]:
    """The executor with this name, closed at the end; None if no name is given.

    Raises
    ------
    StudyError : an unknown name, or a package or scheduler that is not there.
    """
    kind, _, value = (text or "").partition(":")
    if text is None:
        yield None
    elif kind == "processes":
        if value and (not value.isdigit() or int(value) < 1):
            raise StudyError(f"--executor {text}", expected=KINDS)
        context = multiprocessing.get_context("spawn")  # threads and compiled code do not survive a fork
        with _safe_path(), ProcessPoolExecutor(int(value) if value else None, mp_context=context) as pool:
            yield pool
    elif kind == "dask" and value:
        yield from _dask(value, text)
    elif text == "mpi":
        try:
            from mpi4py.futures import MPIPoolExecutor  # pyright: ignore[reportMissingImports]
        except ImportError as error:
            raise StudyError(
                f"--executor {text}, without mpi4py",
                expected="mpi4py in this environment",
                instead="pip install mpi4py",
            ) from error
        with MPIPoolExecutor() as pool:
            yield pool
    else:
        raise StudyError(f"--executor {text}", expected=KINDS)


@contextlib.contextmanager
def _safe_path() -> Iterator[None]:
    """Keep processes that start meanwhile from running modules in the current folder."""
    name = "PYTHONSAFEPATH"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _dask(address: str, text: str) -> Iterator[Executor]:
    try:
        from distributed import Client  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise StudyError(
            f"--executor {text}, without Dask", expected="Dask in this environment", instead="pip install distributed"
        ) from error
    try:
        client = Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise StudyError(f"--executor {text}: {error}", expected="the address of a Dask scheduler that runs") from error
    with client:
        yield client.get_executor(pure=False)


def print_submission(done: Submission, folder: Path, gather: str) -> None:
    """Say what was submitted, and what to do when it is done."""
    from groundswell.experiment.shards import FOLDER

    if done.job is None:
        print(f"all {done.of} shards are finished; gather them: {gather}")
        return
    print(f"job {done.job}: {len(done.shards)} of {done.of} shards; logs in {folder / FOLDER}")
    print(f"when they are done: {gather}; to submit the remaining shards, submit again")


def typed_again(context: typer.Context, without: Sequence[str] = ()) -> list[str]:
    """The arguments of the running command, without some of its options."""
    words = [str(context.info_name)]
    for param in context.command.params:
        value = context.params.get(str(param.name))
        if param.name in without or value is None or value is False or value == param.default or value == ():
            continue
        if param.param_type_name == "argument":
            words.append(str(value))
        elif value is True:
            words.append(param.opts[0])
        else:
            words += [
                w for x in (value if isinstance(value, list | tuple) else [value]) for w in (param.opts[0], str(x))
            ]
    return words
