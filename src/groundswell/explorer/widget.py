"""The page as a widget: in Jupyter, marimo and VS Code (the `notebook` extra)."""

from __future__ import annotations

import sys
from typing import Any

from groundswell.errors import OutputError, install
from groundswell.explorer.bundle import Bundle
from groundswell.explorer.page import module, style


def in_notebook() -> bool:
    """Whether this is a kernel of a notebook that shows widgets."""
    shell = sys.modules.get("IPython")
    if shell is not None:
        running = shell.get_ipython()
        if running is not None and type(running).__name__ == "ZMQInteractiveShell":
            return True
    marimo = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())


def widget(bundle: Bundle) -> Any:
    """A widget of a theory's page.

    Its `params` (a value for each parameter) and `seed` follow the sliders, and setting `params` moves them.

    Raises
    ------
    OutputError : without the package anywidget.
    """
    try:
        import anywidget  # pyright: ignore[reportMissingImports]
        import traitlets  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise OutputError(
            "the widget needs anywidget, which is not installed",
            expected="the extra notebook",
            instead=install("notebook"),
        ) from error

    class Explore(anywidget.AnyWidget):  # pyright: ignore[reportUntypedBaseClass]
        """The page of one theory."""

        _esm = module()
        _css = style()
        bundle = traitlets.Unicode().tag(sync=True)
        params = traitlets.Dict().tag(sync=True)
        seed = traitlets.Int(1).tag(sync=True)

    values = {p["name"]: p["value"] for p in bundle.meta["params"]}
    return Explore(bundle=bundle.to_json(), params=values, seed=int(bundle.meta["seed"]))


__all__ = ["in_notebook", "widget"]
