"""The dossier of a study: one HTML file that says, claim by claim, what the records tell and what they cannot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundswell.files import write_bytes
from groundswell.report import plots
from groundswell.report.contents import contents
from groundswell.report.page import environment
from groundswell.report.simulated import Tables, read_tables

NAME = "dossier.html"
"""File name of a dossier inside a study's output folder."""


def write_dossier(out: Path, verdicts: Mapping[str, Any], study: Any, manifest: Mapping[str, Any]) -> Path:
    """Write the dossier of a study as one self-contained HTML file.

    The file loads nothing from anywhere, needs no script, follows the reader's light or dark theme, reads on a
    phone and prints one claim to a page. The same input gives the same bytes. A number is shown rounded; the `value`
    attribute of its `data` element holds it whole.

    Parameters
    ----------
    out : folder of the study's results, whose tables are shown; made if missing.
    verdicts : content of verdicts.json, format 1; every optional key may be missing, and a missing number is shown
        as "not estimable".
    study : the study, for its title where the verdicts carry none; None is accepted.
    manifest : content of manifest.json.

    Returns
    -------
    Path of the file written.

    Raises
    ------
    OutputError : the folder cannot be written to, or the verdicts cannot be read (see `contents.contents`).

    Known limits
    ------------
    Without the `plots` extra each plot is replaced by a table of the same numbers.

    Example
    -------
    >>> from pathlib import Path
    >>> import tempfile
    >>> claim = {"claim": "S3", "account": "substitution", "text": "The many become spectators.",
    ...          "verdict": "not tested", "reason": "No record speaks to it."}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_dossier(Path(folder), {"verdicts": [claim]}, None, {"seed": 1}).name
    'dossier.html'
    """
    text = render(verdicts, study, manifest, read_tables(Path(out)))
    path = Path(out) / NAME
    write_bytes(path, text.encode())
    return path


def render(verdicts: Mapping[str, Any], study: Any, manifest: Mapping[str, Any], tables: Tables | None = None) -> str:
    """The dossier as HTML text; parameters and errors as for `write_dossier`, and the tables of the simulation."""
    shown = contents(verdicts, study, manifest, draw=plots.available(), tables=tables)
    return environment().get_template("dossier.html.j2").render(shown)
