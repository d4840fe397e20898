"""The dossier of a record: one HTML file with the questions asked, the answers, and their basis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundswell.drawing import available
from groundswell.report.evidence_contents import contents
from groundswell.report.page import environment


def render(content: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """The dossier of a record as one self-contained HTML file.

    It loads nothing from elsewhere, works without its script, follows the reader's light or dark theme, is readable on
    a phone and prints well. The same input gives the same bytes. Texts of the record are escaped and made harmless
    (`harmless`).

    Parameters
    ----------
    content : content of evidence.json, format 2 (`groundswell.inquiry.result`).
    manifest : content of manifest.json.

    Raises
    ------
    OutputError : the content is of another format.

    Known limits
    ------------
    Without the `plots` extra each plot is replaced by a table of the same numbers.
    """
    shown = contents(content, manifest, draw=available())
    return environment().get_template("evidence.html.j2").render(shown)
