"""The dossier of a study: one HTML file that says, claim by claim, what the records can and cannot show."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundswell.drawing import available
from groundswell.report.contents import contents
from groundswell.report.page import Verbatim, environment
from groundswell.report.simulated import Tables, read_tables


def page(
    verdicts: Mapping[str, Any],
    study: Mapping[str, Any] | None,
    manifest: Mapping[str, Any],
    folder: Path,
    play: Mapping[str, str] | None = None,
) -> str:
    """The dossier of a study as one self-contained HTML file.

    It loads nothing from elsewhere, works without its script (which makes plots interactive), follows the reader's
    light or dark theme, is readable on a phone and prints one claim per page. The same input gives the same bytes. A
    number is shown rounded; the `value` attribute of its `data` element holds it in full.

    Parameters
    ----------
    verdicts : content of verdicts.json, format 1; every optional key may be missing, and a missing number is shown
        as "not estimable".
    study : as `groundswell.experiment.description.describe` returns it; None is accepted.
    manifest : content of manifest.json.
    folder : its simulation `tables` are shown.
    play : the page of the theory, which opens within the dossier (see `groundswell.explorer.page.inset`).

    Raises
    ------
    OutputError : the verdicts cannot be read (see `contents.contents`).

    Known limits
    ------------
    Without the `plots` extra each plot is replaced by a table of the same numbers.
    """
    return render(verdicts, study, manifest, read_tables(folder), play)


def render(
    verdicts: Mapping[str, Any],
    study: Mapping[str, Any] | None,
    manifest: Mapping[str, Any],
    tables: Tables | None = None,
    play: Mapping[str, str] | None = None,
) -> str:
    """The dossier as HTML text; parameters and errors as for `page`, with the tables of the simulation."""
    shown = contents(verdicts, study, manifest, draw=available(), tables=tables)
    return environment().get_template("dossier.html.j2").render(shown, play=_verbatim(play))


def _verbatim(play: Mapping[str, str] | None) -> dict[str, Any] | None:
    """The explorer's texts are marked safe, except the note and what the policy admits, which are escaped."""
    if play is None:
        return None
    return {name: text if name in ("note", "policy") else Verbatim(text) for name, text in play.items()}
