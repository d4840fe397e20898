"""The command line: run and verify studies, read theories, find data, and ask a record of events what follows what.

Bad input is reported in one sentence on the error stream, with exit code 2; an unexpected error keeps its
traceback. What a command needs is imported inside it, so that `--help` costs nothing. One file for each group of
commands.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from groundswell import __version__
from groundswell.blas import VARIABLES
from groundswell.cli._shared import BAD_INPUT, SETTINGS, end_in_words, end_of_run, exit_code
from groundswell.cli.data import data_app
from groundswell.cli.explore import animate, explore, export
from groundswell.cli.fit import fit, identify
from groundswell.cli.panel import panel
from groundswell.cli.posts import posts
from groundswell.cli.record import evidence
from groundswell.cli.replicate import replicate
from groundswell.cli.sensitivity import sensitivity
from groundswell.cli.simulate import simulate
from groundswell.cli.study import explain, gather, plan, run, score, studies, submit, verify
from groundswell.cli.theory import theories
from groundswell.cli.trace import trace
from groundswell.errors import GroundswellError
from groundswell.text import clean


class _Commands(TyperGroup):
    """Commands that report bad input, and an end by a signal, in one sentence."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except GroundswellError as error:
            raise _stop(str(error)) from None
        except MemoryError as error:
            raise _stop(f"memory ran out ({error}); expected a run that fits. Instead: fewer people.") from None
        except SystemExit as error:  # typer ends a command in another way
            if isinstance(error.__context__, BrokenPipeError):  # whoever read the output has seen enough
                raise
            raise _stop(
                f"a file that was run called sys.exit({error.code!r}); expected one that defines what was requested."
            ) from None
        except KeyboardInterrupt:
            print(f"groundswell: {end_of_run()}; nothing half-written is left", file=sys.stderr)
            raise typer.Exit(exit_code()) from None


def _stop(sentence: str) -> typer.Exit:
    print(f"groundswell: {clean(sentence)}", file=sys.stderr)
    return typer.Exit(BAD_INPUT)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings=SETTINGS,
    help="A laboratory for theories of collective action.",
)
_GROUPS = (
    (run, explain, plan, score, gather, submit, studies, verify),
    (theories, simulate, trace, explore, export, animate, sensitivity),
    (evidence, panel, posts, fit, identify, replicate),
)
for _command in (command for group in _GROUPS for command in group):
    app.command()(_command)
app.add_typer(data_app, name="data")


def main() -> None:
    """The entry point of the command `groundswell`."""
    for name in VARIABLES:  # before numpy is loaded, which reads them once
        os.environ.setdefault(name, "1")
    end_in_words()
    app(prog_name="groundswell")


def _say_version(wanted: bool) -> None:
    if wanted:
        print(f"groundswell {__version__}")
        raise typer.Exit


@app.callback()
def _groundswell(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """A laboratory for theories of collective action: state one, run it, confront it with records, adjudicate."""


__all__: Sequence[str] = ("app", "data_app", "main")
