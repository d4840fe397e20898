"""What the pages of this package share: reading templates, and showing numbers and texts in them."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from importlib.resources import files

import jinja2
from markupsafe import Markup

from groundswell.report import numbers
from groundswell.report.bibliography import linked
from groundswell.text import clean, hash_of


def environment() -> jinja2.Environment:
    """Templates with their filters. Everything shown is escaped, and an undefined name is an error."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("groundswell.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_clean,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        number=numbers.number,
        share=numbers.share,
        probability=numbers.probability,
        weight=numbers.weight,
        linked=linked,
        capitalize_first=lambda text: text[:1].upper() + text[1:],
        sentence=_sentence,
        subscripts=_subscripts,
    )
    made.globals["estimate"] = numbers.estimate
    made.globals["percent"] = numbers.percent_change
    made.globals["figures_script"] = figures_script()
    made.globals["design_script"] = design_script()
    made.globals["policy"] = _policy
    made.tests["estimable"] = lambda value: numbers.finite(value) is not None
    return made


class Verbatim:
    """A text that enters a page byte for byte, such as a script whose hash is in the page's policy."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __html__(self) -> str:
        return self.text


@functools.cache
def figures_script() -> Markup:
    """The script that makes the plots of a page interactive: hover, hide, zoom."""
    return Markup((files("groundswell.report") / "templates" / "figures.js").read_text(encoding="utf-8"))


@functools.cache
def design_script() -> Markup:
    """The script that makes the pictures of a design interactive: ranges, outcome, factors."""
    return Markup((files("groundswell.report") / "templates" / "design.js").read_text(encoding="utf-8"))


def _policy(play: Mapping[str, str] | None = None, design: bool = False) -> Markup:
    """The scripts that may run in a page: its own, by their hashes, and the explorer's if the page holds one."""
    own = [hash_of(str(figures_script())), *([hash_of(str(design_script()))] if design else [])]
    return Markup(" ".join(own if play is None else [*own, str(play["policy"])]))


def _clean(value: object) -> object:
    """The text without escape codes and marks that change the direction of writing, since it may come from anyone."""
    return type(value)(clean(value)) if isinstance(value, str) else value


def _sentence(text: str) -> str:
    """The text as a sentence: it starts with a capital letter and ends with a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if not text or text[-1] in ".!?…" else ".")


_SUBSCRIPT = re.compile(r"([A-Za-zΣ])_(?:\{([^}]+)\}|([A-Za-z]{1,2})\b)")


def _subscripts(text: str) -> Markup:
    """The text, escaped, with subscripts of formulas (n_jk, Σ_{s<t}) set as subscripts."""
    return Markup(_SUBSCRIPT.sub(r"\1<sub>\2\3</sub>", str(Markup.escape(text))))
