"""Drawings inside a page that follow its colours and are the same every time.

A plot is stated in Vega-Lite, the grammar behind Altair, and vl-convert draws it (the `plots` extra). It is stated as
plain data: through Altair's own classes a dossier of 25 claims took 18 s, of which 13 s were checks of what never
changes. Colours are written as the light theme's values; the dossier's style sheet maps each of them to the theme in
use, so a plot needs no second drawing for the dark theme.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import json
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, Literal
from xml.etree import ElementTree

from markupsafe import Markup

from groundswell.errors import OutputError, install
from groundswell.text import cleaned

COLOURS = {
    # the accounts: one lightness and one chroma (OKLCH 0.50, 0.10), so that neither stands out; blue and ochre stay
    # apart under all common colour deficiencies
    "account-1": "#1b6a95",
    "account-2": "#8b551c",
    "account-3": "#75528e",
    "account-4": "#5c6b21",
    "record": "#1c2126",
    "muted": "#5b646d",
    "faint": "#98a0a8",
    "grid": "#e4e7ea",
    "supported": "#2a7449",
    "contradicted": "#9d3d59",
    "undetermined": "#7a828a",
}
"""Colours of the light theme by role; the style sheet names each of them again, in both themes."""

WIDTH = 340  # the narrowest phone in use shows 360 pixels: a plot is never scaled down, so its text stays readable

Spec = dict[str, Any]
"""A chart, or a part of one, in Vega-Lite."""

_GRAMMAR = "5.20"  # the newest version of Vega-Lite that every release of vl-convert that we accept can draw
_CONFIG = {
    "aria": False,  # the page describes each plot as a whole; a screen reader is not read every mark
    "background": "transparent",
    "font": "Liberation Sans, Arial, Helvetica, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "gridColor": COLOURS["grid"],
        "labelColor": COLOURS["muted"],
        "labelFontSize": 11,
        "tickColor": COLOURS["faint"],
        "tickSize": 4,
    },
}


def page_svg(spec: Spec, name: str, more: Mapping[str, str] | None = None) -> Markup:
    """Draw a picture into a page; ids carry its name, since the drawing library counts them up across drawings.

    A picture that cannot be drawn becomes a note with the reason, so that one failed plot does not lose the page.
    """
    try:
        return Markup(tidy_svg(draw({**spec, "config": _CONFIG}, "svg").decode(), name, more))
    except OutputError as error:
        return Markup('<p class="note">{}</p>').format(f"This plot could not be drawn: {error.given}.")


# -- the child process that draws --------------------------------------------------------------------------------------

Form = Literal["svg", "png", "pdf"]

_CHILD = """
import base64, json, sys
import vl_convert
for line in sys.stdin:
    asked = json.loads(line)
    convert = getattr(vl_convert, "vegalite_to_" + asked["form"])
    try:
        made = convert(asked["spec"], vl_version=asked["grammar"], **asked["more"])
        made = made.encode() if isinstance(made, str) else made
        answer = {"made": base64.b64encode(made).decode()}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"[:300]}
    print(json.dumps(answer), flush=True)
"""
_MOST_SECONDS = 60.0  # a plot takes some hundredths of a second, and the first one two seconds


class _Pen:
    """A separate process that draws: the drawing library reserves much memory, and aborts if it gets none.

    It starts with the first plot and ends with the main program. After two failures in a row it is not started again.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._failed = 0
        self._lock = threading.Lock()

    def draw(self, spec: Spec, form: Form, **more: Any) -> bytes:
        with self._lock:
            if self._failed >= 2:
                raise _not_drawn("the program that draws ended twice")
            answer = self._ask({"spec": spec, "form": form, "grammar": _GRAMMAR, "more": more})
        if "error" in answer:
            raise _not_drawn(answer["error"])
        return base64.b64decode(answer["made"])

    def _ask(self, asked: dict[str, Any]) -> dict[str, str]:
        process = self._process
        if process is None or process.poll() is not None:
            process = self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _CHILD],  # -P: no imports from the current folder
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                start_new_session=True,  # Ctrl-C in a terminal ends the run, which then ends this one
            )
            atexit.register(_end, process)
        assert process.stdin is not None
        assert process.stdout is not None
        watch = threading.Timer(_MOST_SECONDS, process.kill)
        watch.start()
        try:
            process.stdin.write(json.dumps(asked, allow_nan=False) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = ""
        finally:
            watch.cancel()
        if not line:
            code = process.wait()
            self._process = None
            self._failed += 1
            ended = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
            raise _not_drawn(f"the program that draws {ended}")
        self._failed = 0
        return json.loads(line)


def _end(process: subprocess.Popen[str]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    process.wait()


def _not_drawn(reason: str) -> OutputError:
    return OutputError(reason, expected="a plot that can be drawn", instead="more memory, or a file without the plot")


_PEN = _Pen()


def available() -> bool:
    """Whether the part of the `plots` extra that draws is installed."""
    return find_spec("vl_convert") is not None


def draw(spec: Spec, form: Form, **more: Any) -> bytes:
    """Draw a specification in Vega-Lite, in a separate process, as the bytes of a file.

    Parameters
    ----------
    spec : complete, with its data.
    form : "svg", "png" or "pdf".
    more : further arguments of the drawing library, such as `scale`.

    Raises
    ------
    OutputError : the `plots` extra is missing, or the plot cannot be drawn.
    """
    if not available():
        raise OutputError(
            "a plot without the part of the package that draws",
            expected="the extra 'plots'",
            instead=install("plots"),
        )
    return _PEN.draw(cleaned(spec), form, **more)


# -- drawings inside a page --------------------------------------------------------------------------------------------

_NUMERIC = frozenset({"d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "viewBox"})
_IMPLIED = frozenset({"version", "role", "pointer-events", "font-family"})
_LONG = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")


def tidy_svg(svg: str, name: str, more: Mapping[str, str] | None = None) -> str:
    """Make a drawing fit to stand inside a page.

    Ids are renamed to the figure's own in the order in which they appear, coordinates are rounded to a hundredth of a
    pixel, namespaces that HTML implies are left out, and the size adapts to the column.

    Parameters
    ----------
    svg : a well-formed SVG document.
    name : unique name of the figure in the page.
    more : attributes of the drawing as a whole.

    Raises
    ------
    xml.etree.ElementTree.ParseError : the drawing is not well-formed.
    """
    root = ElementTree.fromstring(svg)
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    renamed = {given: f"{name}-{place}" for place, given in enumerate(ids)}
    for parent in list(root.iter()):
        for child in list(parent):
            if _drops(child):
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        kept = {}
        for key, value in element.attrib.items():
            if key in _IMPLIED or key.startswith(("aria-", "{")):
                continue
            if key == "id":
                value = renamed[value]
            elif value.startswith("url(#"):
                value = f"url(#{renamed[value[5:-1]]})"
            elif key in _NUMERIC:
                value = _LONG.sub(_rounded, value)
            kept[key] = value
        element.attrib.clear()
        element.attrib.update(kept)
    root.set("class", "plot")
    for key, value in (more or {}).items():
        root.set(key, value)
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    return ElementTree.tostring(root, encoding="unicode")


def _drops(element: ElementTree.Element) -> bool:
    """Whether an element shows nothing: the empty frames that the drawing library puts around each group."""
    frame = element.attrib.get("class") in ("background", "foreground")
    return frame and not {"fill", "stroke"} & {key for key, value in element.attrib.items() if value != "none"}


def _rounded(found: re.Match[str]) -> str:
    text = f"{float(found[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
