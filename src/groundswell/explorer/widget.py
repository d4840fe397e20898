"""The page as a widget: in Jupyter, marimo and VS Code (the `notebook` extra)."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import Any

from groundswell.errors import OutputError, TheoryError, install
from groundswell.explorer.bundle import Bundle
from groundswell.explorer.page import module, style
from groundswell.settings import require_known


def in_notebook() -> bool:
    """Whether this is the kernel of a notebook that shows widgets."""
    shell = sys.modules.get("IPython")
    if shell is not None:
        running = shell.get_ipython()
        if running is not None and type(running).__name__ == "ZMQInteractiveShell":
            return True
    marimo = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())


def moved(values: Mapping[str, float], given: Mapping[str, Any]) -> dict[str, float]:
    """The values of all parameters, some of which are replaced.

    Raises
    ------
    TheoryError : a name that is not a parameter of the page, or a value that is not finite.
    """
    for name, value in given.items():
        require_known(name, values, TheoryError, f"the parameter {name!r}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise TheoryError(f"{name} = {value!r}", expected="a finite number")
    return {**values, **given}


def widget(bundle: Bundle) -> Any:
    """A widget that shows a theory's page.

    Its `params` (a value for each parameter) and `seed` follow the sliders, and setting `params` moves them; parameters
    that are not named keep their values.

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

    values = {p["name"]: p["value"] for p in bundle.meta["params"]}

    class Explore(anywidget.AnyWidget):  # pyright: ignore[reportUntypedBaseClass]
        """The page of one theory."""

        _esm = module()
        _css = style()
        bundle = traitlets.Unicode().tag(sync=True)
        params = traitlets.Dict().tag(sync=True)
        seed = traitlets.Int(1).tag(sync=True)

        @traitlets.validate("params")
        def _moved(self, proposal: Any) -> dict[str, float]:
            return moved({**values, **self.params}, proposal["value"])

    return Explore(bundle=bundle.to_json(), params=values, seed=int(bundle.meta["seed"]))


__all__ = ["in_notebook", "widget"]
