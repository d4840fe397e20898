"""The command that lists theories and shows one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from groundswell.cli._shared import THEORIES, new_table, open_console
from groundswell.text import clean

if TYPE_CHECKING:
    from rich.table import Table

    from groundswell.theory import Theory


def theories(
    name: Annotated[
        str | None,
        typer.Argument(help="A theory by name, or the path of a .py file.", autocompletion=THEORIES),
    ] = None,
    odd: Annotated[
        bool, typer.Option("--odd", help="Print only the ODD text (Grimm et al. 2020), in Markdown.")
    ] = False,
) -> None:
    """List the theories, or show one: its parameters with support, prior and source, and its ODD text.

    In the list, form is how a theory is stated (rule: for one person; flow: differential equations; process: a form of
    its own), and replicated names the published numbers that `groundswell replicate` measures.

    Example: groundswell theories granovetter
    """
    from groundswell.theory.registry import load_theory
    from groundswell.theory.registry import theories as all_theories

    if name is None:
        replicated = _replicated()
        table = new_table("theory", "title", "paper", "form", "parameters", "replicated")
        for known, theory in all_theories().items():
            form = theory.form + ("" if theory.order == "together" else ", one after another")
            row = (known, theory.title, paper(theory.source), form, str(len(theory.params)))
            table.add_row(*row, ", ".join(replicated.get(known, ())) or "-")
        open_console().print(table)
        return
    from groundswell.theory.odd import odd_text

    theory = load_theory(name)
    if not odd:
        console = open_console()
        console.print(f"{theory.name}: {theory.title}", highlight=False, markup=False)
        console.print(f"source: {theory.source}", highlight=False, markup=False)
        form = theory.form + ("" if theory.order == "together" else f", people act one after another ({theory.order})")
        console.print(f"form: {form}", highlight=False, markup=False)
        console.print(f"run it: groundswell simulate {name}", highlight=False, markup=False)
        console.print(_parameter_table(theory))
        for account, stated in theory.accounts.items():
            console.print(f"account {account}: {stated.meaning}", highlight=False, markup=False)
        print()
    print(clean(odd_text(theory)))


def paper(source: str) -> str:
    """A source in short: "Granovetter 1978", "Lang & De Sterck 2014", "Biggs et al. 2005"; "-" without a year."""
    cited = re.match(r"(.*?)\((\d{4})\)", source)
    if cited is None:
        return "-"
    families = re.findall(r"([^,&]+), (?:[A-Z]\.[ -]?)+", cited[1])
    names = [name.strip() for name in families] or [cited[1].strip(" ,.")]
    who = f"{names[0]} et al." if len(names) > 2 or " et al" in cited[1] else " & ".join(names)
    return f"{who} {cited[2]}"


def _replicated() -> dict[str, list[str]]:
    """The replications of each theory by name, read off their files: loading them would cost seconds."""
    import ast
    from importlib.resources import files

    found: dict[str, list[str]] = {}
    for file in sorted(files("groundswell.replications").iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".py"):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "theories" and isinstance(node.value, ast.Tuple):
                for theory in ast.literal_eval(node.value):
                    found.setdefault(theory, []).append(file.name.removesuffix(".py"))
    return found


def _parameter_table(theory: type[Theory]) -> Table:
    table = new_table("parameter", "default", "support", "prior", "unit", "meaning", "source")
    for name, param in theory.params.items():
        table.add_row(
            name, f"{param.default:g}", param.support, param.belief.describe(), param.unit, param.meaning, param.source
        )
    return table
