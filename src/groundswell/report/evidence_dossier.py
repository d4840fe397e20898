"""The dossier of a record: one HTML file that says what was asked of it, what it answers, and what that rests on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundswell.files import write_bytes
from groundswell.report import plots
from groundswell.report.evidence_contents import contents
from groundswell.report.page import environment

NAME = "evidence.html"
"""File name of an evidence dossier inside its folder."""


def write_evidence_dossier(out: Path, told: Mapping[str, Any], manifest: Mapping[str, Any]) -> Path:
    """Write the dossier of a record as one self-contained HTML file.

    The file loads nothing from anywhere, needs no script, follows the reader's light or dark theme, reads on a phone
    and prints. The same input gives the same bytes. Texts of the record are escaped and made harmless (`harmless`).

    Parameters
    ----------
    out : folder; made if missing.
    told : content of evidence.json, format 2 (`groundswell.inquiry.telling`).
    manifest : content of manifest.json.

    Returns
    -------
    Path of the file written.

    Raises
    ------
    OutputError : the folder cannot be written to, or the content is of another format.

    Known limits
    ------------
    Without the `plots` extra each plot is replaced by a table of the same numbers.
    """
    path = Path(out) / NAME
    write_bytes(path, render(told, manifest).encode())
    return path


def render(told: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """The dossier as HTML text; parameters and errors as for `write_evidence_dossier`."""
    shown = contents(told, manifest, draw=plots.available())
    return environment().get_template("evidence.html.j2").render(shown)
