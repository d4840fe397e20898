"""The pages of replications: one for each, and an index of all their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundswell.drawing import available
from groundswell.replications.pictures import chart_of
from groundswell.report.page import environment
from groundswell.report.replication_contents import checked, contents, index_contents

INDEX = "index.html"


def pages(content: Mapping[str, Any]) -> dict[str, str]:
    """One self-contained page for each replication, and an index, by the name of the file.

    Each page loads nothing from elsewhere, needs no script, follows the reader's light or dark theme, is readable on a
    phone and prints well. The same input gives the same bytes.

    Parameters
    ----------
    content : content of replications.json (`groundswell.replications.run.Replications`).

    Raises
    ------
    OutputError : the content is of another format.

    Known limits
    ------------
    Without the `plots` extra each figure is replaced by a table of the same numbers.
    """
    found = {f"{one['name']}.html": render(content, one["name"]) for one in checked(content)["replications"]}
    return {**found, INDEX: render_index(content)}


def render(content: Mapping[str, Any], name: str) -> str:
    """The page of one replication as HTML text."""
    shown = contents(content, name, draw=available())
    return environment().get_template("replication.html.j2").render(shown)


def render_index(content: Mapping[str, Any]) -> str:
    """The index as HTML text."""
    return environment().get_template("replications.html.j2").render(index_contents(content))


def write_figures(folder: Path, content: Mapping[str, Any]) -> list[Path]:
    """Write a picture of each theory as ``NAME.svg``: the figure of that name, or the first that runs the theory.

    Raises
    ------
    OutputError : the folder cannot be written to.
    """
    written = []
    for name in content["theories"]:
        figures = [f for one in checked(content)["replications"] if name in one["theories"] for f in one["figures"]]
        if figures:
            path = folder / f"{name}.svg"
            own = next((figure for figure in figures if name in figure["name"]), figures[0])
            chart_of(own).save(path)
            written.append(path)
    return written
