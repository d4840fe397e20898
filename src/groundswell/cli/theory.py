"""The command that lists theories and shows one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from groundswell.cli._shared import new_table, open_console

if TYPE_CHECKING:
    from rich.table import Table

    from groundswell.theory import Theory


def theories(
    name: Annotated[str | None, typer.Argument(help="A theory by name, or the path of a .py file.")] = None,
    odd: Annotated[
        bool, typer.Option("--odd", help="Print only the ODD text (Grimm et al. 2020), in Markdown.")
    ] = False,
) -> None:
    """List the theories, or show one: its parameters with support, prior and source, and its ODD text."""
    from groundswell.theory.registry import load_theory
    from groundswell.theory.registry import theories as all_theories

    if name is None:
        table = new_table("theory", "title", "parameters", "accounts")
        for known, theory in all_theories().items():
            table.add_row(known, theory.title, str(len(theory.params)), ", ".join(theory.accounts) or "-")
        open_console().print(table)
        return
    from groundswell.theory.odd import odd_text

    theory = load_theory(name)
    if not odd:
        console = open_console()
        console.print(f"{theory.name}: {theory.title}", highlight=False, markup=False)
        console.print(f"source: {theory.source}", highlight=False, markup=False)
        console.print(_parameter_table(theory))
        for account, stated in theory.accounts.items():
            console.print(f"account {account}: {stated.meaning}", highlight=False, markup=False)
        print()
    print(odd_text(theory))


def _parameter_table(theory: type[Theory]) -> Table:
    table = new_table("parameter", "default", "support", "prior", "unit", "meaning", "source")
    for name, param in theory.params.items():
        table.add_row(
            name, f"{param.default:g}", param.support, param.belief.describe(), param.unit, param.meaning, param.source
        )
    return table
