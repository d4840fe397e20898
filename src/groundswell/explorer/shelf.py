"""The theories that one `groundswell explore` can show, and the page that lists them."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from groundswell.explorer.page import style
from groundswell.explorer.server import Explorer
from groundswell.text import hash_of
from groundswell.theory import Theory

_INDEX = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src {hash}; base-uri 'none'">
<title>Theories · Groundswell</title>
<style>{style}</style>
</head>
<body>
<div class="gs"><div class="inside">
<header><p class="over">Groundswell</p><h1>Theories, moving</h1>
<p class="lead">Each runs in this browser, at the size and with the values of its source.</p></header>
<main><ul class="shelf">{items}</ul></main>
</div></div>
</body>
</html>
"""
_SHEET = (
    "body{margin:0} .gs .shelf{list-style:none;margin-top:1.75rem;display:grid;gap:1.25rem 2.5rem;"
    "grid-template-columns:repeat(auto-fill,minmax(min(100%,22rem),1fr))} .gs .shelf a{font-weight:600}"
    " .gs .shelf p{margin:.1rem 0 0}"
)


def index(theories: Mapping[str, type[Theory]], link: Callable[[str], str]) -> str:
    """A page that lists theories.

    Parameters
    ----------
    link : the address of a theory's page, by its name.
    """
    items = []
    for name, theory in sorted(theories.items(), key=lambda x: x[1].title):
        year = html.escape(theory.source.split("). ")[0] + ")" if "). " in theory.source else theory.source)
        first = html.escape((theory.__doc__ or "").strip().split("\n")[0])
        items.append(
            f'<li><a href="{html.escape(link(name))}">{html.escape(theory.title)}</a>'
            f'<p>{first}</p><p class="note">{year}</p></li>'
        )
    sheet = style() + _SHEET
    return _INDEX.format(hash=hash_of(sheet), style=sheet, items="\n".join(items))


@dataclass
class Shelf:
    """Theories by name; each is prepared when it is first requested.

    Parameters
    ----------
    theories : those listed.
    make : makes the explorer of a theory.
    ready : the explorers made so far, by name.
    """

    theories: Mapping[str, type[Theory]]
    make: Callable[[type[Theory]], Explorer]
    ready: dict[str, Explorer] = field(default_factory=dict)

    def explorer(self, name: str) -> Explorer | None:
        """The explorer of a theory on the shelf, or None.

        Raises
        ------
        GroundswellError : where the theory cannot be shown.
        """
        if name not in self.ready and name in self.theories:
            self.ready[name] = self.make(self.theories[name])
        return self.ready.get(name)

    def index(self, base: str) -> str:
        """The page that lists them."""
        return index(self.theories, lambda name: f"{base}{name}/")


__all__ = ["Shelf", "index"]
