"""The documentation: MyST pages, executed notebooks, and reference pages generated from the package itself."""

from __future__ import annotations

import inspect
import json
import re
import shutil
import sys
import textwrap
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import groundswell

HERE = Path(__file__).parent
GENERATED = HERE / "generated"

project = "Groundswell"
author = "The Groundswell developers"
project_copyright = "2026, The Groundswell developers"
version = release = groundswell.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
exclude_patterns = [
    "calibration_table.md",
    "fit_calibration_table.md",
    "layouts_table.md",
    "navco_fits_table.md",
    "replication_table.md",
    "six_identified_table.md",
    "six_terms_table.md",
    "_build",
    "**/.ipynb_checkpoints",
]
nitpicky = False
html_theme = "furo"
html_title = "Groundswell"
html_copy_source = False
html_show_sphinx = False
templates_path: list[str] = []

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath", "tasklist"]
myst_heading_anchors = 3
nb_execution_mode = "force"  # what is cached would outlive a change of the package
nb_execution_timeout = 600  # of one cell, on a machine with other work; the longest takes 20 seconds alone
nb_execution_raise_on_error = True
nb_merge_streams = True
suppress_warnings = ["mystnb.unknown_mime_type"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_type_aliases = {"ArrayLike": "ArrayLike"}  # what it stands for fills a page
autodoc_use_legacy_class_based = False


# -- docstrings: plain text with `names`, sections underlined by dashes, and tables of `name : meaning` --------------


def _inline(text: str) -> str:
    """Text as reStructuredText: what stands in backticks is literal, and nothing else is markup."""
    pieces = re.split(r"(``.+?``|`[^`]+`)", text)
    shown = []
    for piece in pieces:
        if piece.startswith("`") and len(piece) > 2:
            shown.append(f"``{piece.strip('`')}``\\ ")
        else:
            shown.append(re.sub(r"([\\*|_`])", r"\\\1", piece))
    return "".join(shown)


def _blocks(lines: list[str]) -> list[list[str]]:
    """Runs of lines between empty ones."""
    found: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [block for block in found if block]


def _literal(block: list[str]) -> list[str]:
    return ["::", "", *("    " + line for line in block), ""]


def _definitions(block: list[str]) -> list[str]:
    """`name : meaning`, with lines that go on indented, as a list; lines of another form as text."""
    shown: list[str] = []
    listing = False
    for line in block:
        if match := re.match(r"([\w., *\[\]]+?) : (.*)", line):
            if shown and not listing:
                shown.append("")
            shown.append(f"* **{_inline(match[1])}** – {_inline(match[2])}")
            listing = True
        elif listing and line[:1].isspace():
            shown.append("  " + _inline(line.strip()))
        else:
            if listing:
                shown.append("")
            shown.append(_inline(line.strip()))
            listing = False
    return [*shown, ""]


def rewrite(app: Any, what: str, name: str, of: Any, options: Any, lines: list[str]) -> None:
    """Rewrite a docstring of this project's form, in place, as reStructuredText that cannot warn."""
    shown: list[str] = []
    section = ""
    for block in _blocks(inspect.cleandoc("\n".join(lines)).splitlines()):
        if len(block) >= 2 and re.fullmatch(r" *-{3,} *", block[1]):
            section = block[0].strip()
            shown += [f".. rubric:: {section}", ""]
            block = block[2:]
            if not block:
                continue
        if block[0].lstrip().startswith((">>>", "|")) or all(line.startswith("    ") for line in block):
            shown += _literal(block)
        elif section in ("Parameters", "Attributes", "Raises", "Returns", "Yields"):
            shown += _definitions(block)
        else:
            text: list[str] = []
            for line in block:
                if line[:1].isspace():  # an indented line within a paragraph stands by itself
                    shown += [*text, *([""] if text else []), *_literal([line.strip()])]
                    text = []
                else:
                    text.append(_inline(line))
            shown += [*text, ""]
    lines[:] = shown


# -- generated pages -------------------------------------------------------------------------------------------------


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _named(entry: str) -> list[str]:
    """The full names of an entry of api.toml: `module:Name Name`, `module:*`, or one full name."""
    module, _, names = entry.partition(":")
    if not names:
        return [module]
    of = import_module(module)
    listed = getattr(of, "__all__", None) or [
        name
        for name, value in vars(of).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module and callable(value)
    ]
    return [f"{module}.{name}" for name in (listed if names == "*" else names.split())]


def write_reference() -> None:
    """The reference: one page for each task of api.toml."""
    pages = tomllib.loads((HERE / "api.toml").read_text(encoding="utf-8"))["page"]
    for page in pages:
        parts = [f"# {page['title']}\n\n{page['text']}\n"]
        for full in (name for entry in page["names"] for name in _named(entry)):
            module, _, name = full.rpartition(".")
            of = getattr(import_module(module), name)
            if not (inspect.isclass(of) or callable(of)):
                kind, option = "autodata", "\n   :no-value:"
            else:
                kind, option = ("autoclass", "\n   :members:") if inspect.isclass(of) else ("autofunction", "")
            parts.append(f"## {name}\n\n```{{eval-rst}}\n.. {kind}:: {full}{option}\n```\n")
        _write(GENERATED / "api" / f"{page['name']}.md", "\n".join(parts))
    listed = "\n".join(page["name"] for page in pages)
    _write(
        GENERATED / "api" / "index.md",
        "# Reference\n\nWhat the package offers to programs, by task. The names that most work needs can be imported "
        f"from `groundswell` itself.\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n",
    )


def _replicated() -> dict[str, str]:
    """The rows of each replication, by name, from the table that `make replications` wrote."""
    text = (HERE / "replication_table.md").read_text(encoding="utf-8").partition("\n## ")[0]
    sections = re.split(r"^### .* \(`(\w+)`\)$", text, flags=re.MULTILINE)
    return {name: rows.strip() for name, rows in zip(sections[1::2], sections[2::2], strict=True)}


def _identified(name: str) -> list[str]:
    """What records can reveal about a theory, from the file that `benchmarks/identified.py` wrote."""
    path = HERE / "identified.json"
    found = json.loads(path.read_text(encoding="utf-8")).get(name, {}) if path.exists() else {}
    if not found:
        return []
    if "refused" in found:
        return ["## What a record can reveal", f"Nothing was measured: {found['refused']}"]
    people = f" of {found['people']:,} people" if found["people"] else ""
    lengths = sorted({int(n) for row in found["rows"].values() for n in row["nats"]})
    full = str(lengths[-1])
    head = ["target", *(f"{n} steps" for n in lengths), "three estimators", "learned"]
    rows = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    rest = []
    for target, row in sorted(found["rows"].items(), key=lambda x: -x[1]["nats"][full][0]):
        if row["learned"][full] == "nothing" and len(found["rows"]) > 12:
            rest.append(target)
            continue
        curve = [f"{row['nats'][str(n)][0]:.2f}" for n in lengths]
        each = ", ".join(f"{x:.2f}" for x in row["nats"][full])
        rows.append("| " + " | ".join([f"`{target}`", *curve, each, row["learned"][full]]) + " |")
    shown = [
        "## What a record can reveal",
        f"Nats over the prior, from {found['record']}{people}, by length: an interval is about half as wide as the "
        "prior's at 0.7, and 0 is nothing. The column of three is of the network, regression ABC and regression, "
        f"judged on {found['held_out']:,} of {found['draws']:,} draws; numbers under 0.05 are within their error. "
        "`python benchmarks/identified.py` writes these tables; [](../../fitting.md) says what they mean.",
        "\n".join(rows),
    ]
    if rest:
        shown.append("Nothing is learned of " + ", ".join(f"`{target}`" for target in rest) + ".")
    if found["pairs"]:
        pairs = (f"`{p['first']}` and `{p['second']}` ({p['correlation']:+.2f})" for p in found["pairs"])
        shown.append("Equifinal, with the correlation of their posterior ranks: " + "; ".join(pairs) + ".")
    return shown


def write_theories() -> None:
    """One page for each theory: its picture, equations, limits and published numbers, then its ODD text."""
    from groundswell.replications.register import replications
    from groundswell.theory.odd import odd_text
    from groundswell.theory.registry import theories

    rows = _replicated()
    for name, theory in theories().items():
        title, _, odd = odd_text(theory).partition("\n\n")
        shown = [title]
        if (HERE / "images" / "theories" / f"{name}.svg").exists():
            shown.append(f"![What the paper shows, from our runs](../../images/theories/{name}.svg)")
        if theory.equations:
            lines = inspect.cleandoc(theory.equations).splitlines()
            shown.append(
                "```text\n" + "\n".join(textwrap.fill(x, 88, subsequent_indent="    ") for x in lines) + "\n```"
            )
        if theory.limits:
            shown += ["## Known limits", "\n".join(f"- {limit}" for limit in theory.limits)]
        tables = [rows[each] for each, one in replications().items() if name in one.theories and each in rows]
        if tables:
            shown += ["## Published numbers, and ours", *tables, "[](../../replications.md) says what a verdict means."]
        shown += _identified(name)
        shown += ["## The theory after the ODD protocol", re.sub(r"^(#+) ", r"#\1 ", odd, flags=re.MULTILINE)]
        _write(GENERATED / "theories" / f"{name}.md", "\n\n".join(shown))
    listed = "\n".join(theories())
    pictures = [name for name in theories() if (HERE / "images" / "theories" / f"{name}.svg").exists()]
    gallery = "\n".join(f"[![{name}](../../images/theories/{name}.svg){{width=31%}}]({name}.md)" for name in pictures)
    _write(
        GENERATED / "theories" / "index.md",
        "# The theories\n\nEach page shows what the paper of a theory shows, from our runs, and the published numbers "
        "beside ours; then the theory itself, under the headings of the ODD protocol (Grimm et al. 2020). Nothing on "
        "these pages is written by hand: they come from the theory's own file, so they cannot differ from what is run."
        f"\n\n{gallery}\n\n"
        f"```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n",
    )


def write_claims() -> None:
    """The register of claims, from the claims themselves."""
    from groundswell.claims.register import load_register

    shown = [
        "# The claims\n\nEvery claim of the register `deed`, as the program states it; "
        "[](../verdicts.md) says how they are "
        "judged. S stands for claims of the substitution account, C for those of the catalysis account, X for those of "
        "both.\n"
    ]
    for claim in load_register("deed").claims:
        shown += [
            f"## {claim.id}\n\n{claim.text}\n",
            f"- Account: {claim.account}\n- Term: {claim.term}\n- Estimand: {claim.estimand}",
        ]
        shown += [f"- Record: {test.title}. Estimator: {test.estimator}" for test in claim.tests]
        if claim.untested:
            shown.append(f"- {'Where that is not at hand' if claim.tests else 'Not tested'}: {claim.untested}")
        shown.append("")
    _write(GENERATED / "claims.md", "\n".join(shown))


def write_studies() -> None:
    """The built-in studies as they ship."""
    for path in sorted((Path(groundswell.__file__).parent / "studies").glob("*.toml")):
        _write(GENERATED / "studies" / path.name, path.read_text(encoding="utf-8"))


def generate(app: Any) -> None:
    """Write the generated pages afresh."""
    shutil.rmtree(GENERATED, ignore_errors=True)
    write_reference()
    write_theories()
    write_claims()
    write_studies()


def setup(app: Any) -> dict[str, Any]:
    """Called by Sphinx."""
    sys.path.insert(0, str(HERE.parent / "examples"))
    app.connect("builder-inited", generate, priority=1)
    app.connect("autodoc-process-docstring", rewrite)
    return {"parallel_read_safe": True}
