"""The command that asks a panel: what an exposure goes with, or what an adoption changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from groundswell.cli._shared import new_table, open_console


def panel(
    record: Annotated[str, typer.Argument(help="A published panel by name, or a file of rows of units by wave.")],
    outcome: Annotated[str | None, typer.Option(help="The variable that may have changed.")] = None,
    exposure: Annotated[str | None, typer.Option(help="The variable that may have changed it.")] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="A mapping file (.toml) with a table [panel]; not needed for a published panel.")
    ] = None,
    adoption: Annotated[
        bool, typer.Option("--adoption", help="The exposure is adopted once and for all, at different waves.")
    ] = False,
    above: Annotated[float, typer.Option(help="A unit has adopted once the exposure is above this.")] = 0.0,
    counts: Annotated[bool, typer.Option("--counts", help="The outcome is a count (a log link).")] = False,
    lag: Annotated[int, typer.Option(min=0, max=20, help="Waves between exposure and outcome.")] = 1,
    control: Annotated[list[str] | None, typer.Option(help="A further variable; may be repeated.")] = None,
    end: Annotated[
        list[str] | None,
        typer.Option(
            help="A rival end: the outcome and this variable each mark the wave in which a unit ends; may be repeated."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything drawn at random.")] = 0,
) -> None:
    """Describe a panel, and estimate what an exposure is associated with, given units and waves, with placebos.

    Example: groundswell panel elsoc_chile --outcome c07_02 --exposure c14_01
    """
    from groundswell import app

    console = open_console()
    read = app.read_panel(record, mapping=mapping)
    console.print(read.answer, highlight=False, markup=False)
    if outcome is None or exposure is None:
        table = new_table("variable", "role")
        for role in ("outcomes", "exposures", "covariates"):
            for name in getattr(read, role):
                table.add_row(name, role.removesuffix("s"))
        console.print(table)
        print("name two of them to ask: --outcome NAME --exposure NAME")
        return
    found = app.ask_panel(
        read, outcome, exposure, adoption=adoption, above=above, counts=counts, lag=lag, controls=tuple(control or ()),
        ends=tuple(end or ()), seed=seed,
    )  # fmt: skip
    table = new_table(*found.to_frame().columns)
    for row in found.to_frame().iter_rows():
        table.add_row(*(f"{x:.4g}" if isinstance(x, float) else str(x) for x in row))
    console.print(table)
    console.print(found.answer, highlight=False, markup=False)


__all__: Sequence[str] = ("panel",)
