"""What the commands share: progress bars, tables, exit codes."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundswell.text import clean

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from groundswell.experiment.ensemble import Progress

BAD_INPUT, NOT_EQUAL = 2, 1  # exit codes; a run that a signal ends exits with 128 + its number, as shells have it
SETTINGS = {"help_option_names": ["-h", "--help"]}

Threads = Annotated[
    int | None,
    typer.Option(min=1, help="Number of threads; by default all available cores. Results do not depend on it."),
]

Csv = Annotated[bool, typer.Option("--csv", help="Also write every table as CSV.")]

_ended_by: list[int] = []


def end_in_words() -> None:
    """Make signals that end a program act like Ctrl-C: what was finished is kept, and a message says so."""

    def end(number: int, _: object) -> None:
        _ended_by.append(number)
        raise KeyboardInterrupt

    def lost(what: Any, words: Any = sys.unraisablehook) -> None:
        # raised inside a callback, of the compiler for example, where it is dropped: it is sent once more
        if isinstance(what.exc_value, KeyboardInterrupt):
            timer = threading.Timer(0.3, os.kill, (os.getpid(), _ended_by[-1] if _ended_by else signal.SIGINT))
            timer.daemon = True
            timer.start()
        elif not _ended_by:  # what was interrupted half-made may fail again when it is thrown away
            words(what)

    sys.unraisablehook = lost
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):  # nohup has SIGHUP ignored
            signal.signal(number, end)


def exit_code() -> int:
    """The exit code of a command that was interrupted."""
    return 128 + (_ended_by[-1] if _ended_by else signal.SIGINT)


def end_of_run() -> str:
    """How a command was interrupted, in words."""
    by = _ended_by[-1] if _ended_by else signal.SIGINT
    return "interrupted" if by == signal.SIGINT else f"ended by {signal.Signals(by).name}"


def complete(folder: str, ending: str) -> Callable[[str], list[str]]:
    """What a shell completes a name to: the files of a folder of the package, which are listed and not loaded."""

    def names(incomplete: str) -> list[str]:
        place = Path(__file__).parent.parent / folder
        found = (path.stem for path in sorted(place.glob(f"*{ending}")) if not path.stem.startswith("_"))
        return [name for name in found if name.startswith(incomplete)]

    return names


THEORIES = complete("theories", ".py")
"""What a shell completes the name of a theory to."""


@contextlib.contextmanager
def resumable(command: str) -> Iterator[None]:
    """Say, when a run is interrupted, that nothing that was finished is lost."""
    try:
        yield
    except KeyboardInterrupt:
        kept = "what was finished is kept, and the same command resumes it"
        print(f"\n{end_of_run()}; {kept}: {command}", file=sys.stderr)
        raise typer.Exit(exit_code()) from None


@contextlib.contextmanager
def bars() -> Iterator[Progress]:
    """Progress bars on the error stream, one for each stage; none where that is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda stage, done, total: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, Any] = {}

        def progress(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield progress


class Pace:
    """Passes progress on, and notes how many world-steps of a study were simulated in how many seconds."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.done, self.seconds = progress, 0, 0.0
        self._begun: tuple[float, int] | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        self.progress(stage, done, total)
        if stage != "simulating":
            return
        now = time.perf_counter()
        self._begun = (now, done) if self._begun is None else self._begun  # the first call is before the first step
        self.done, self.seconds = done - self._begun[1], now - self._begun[0]


def open_console() -> Console:
    from rich.console import Console

    class _Clean(Console):
        """A console that passes on no escape codes of a text, which may come from anyone's record or study."""

        def print(self, *objects: Any, **settings: Any) -> None:
            super().print(*(clean(x) if isinstance(x, str) else x for x in objects), **settings)

    # Where the output is not a terminal, lines are as long as they need to be, so that a pipe gets whole ones.
    return _Clean(width=None if sys.stdout.isatty() else 240)


def new_table(*columns: str, title: str | None = None) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    class _Plain(Table):
        """A table whose cells are text, never markup: a record may hold square brackets."""

        def add_row(self, *cells: Any, **settings: Any) -> None:
            super().add_row(*(Text(clean(c)) if isinstance(c, str) else c for c in cells), **settings)

    table = _Plain(title=title or None, box=box.SIMPLE, show_edge=False, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def lasted(seconds: float) -> str:
    """A time in words: 12 seconds, 3 min 20 s."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} seconds"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {whole % 60} s"


def number(x: float) -> str:
    return "not estimable" if x != x else f"{x:.3g}"


def say(sentence: str, style: str | None = None) -> None:
    """Print a sentence whole, without markup."""
    open_console().print(sentence, style=style, highlight=False, markup=False, soft_wrap=True)


def check_writable(folder: Path) -> None:
    from groundswell.files import check_writable

    check_writable(folder)
