"""A picture as data: one of four shapes over a tidy frame, which the report, a notebook and the explorer can draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from groundswell.chart_data import DASHES, ChartData, Guide, Look, Mark, Shape
from groundswell.drawing import COLOURS, WIDTH, Spec, available, draw, page_svg
from groundswell.errors import OutputError
from groundswell.files import write_bytes, write_json
from groundswell.vegalite import View

if TYPE_CHECKING:
    from markupsafe import Markup

_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_ENDINGS = (".svg", ".png", ".pdf", ".json")
_CONFIG: Spec = {
    "background": "white",
    "font": "Liberation Sans, Arial, Helvetica, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "gridColor": COLOURS["grid"],
        "labelColor": COLOURS["muted"],
        "titleColor": COLOURS["record"],
        "titleFontWeight": "normal",
        "labelLimit": 260,
    },
    "legend": {"labelColor": COLOURS["record"], "labelLimit": 320, "orient": "top", "title": None, "columns": 3},
    "title": {"anchor": "start", "fontSize": 14, "subtitleColor": COLOURS["muted"], "offset": 12},
}


@final
@dataclass(frozen=True)
class Chart(ChartData):
    """One picture, which can be drawn, saved and shown; its parameters are those of `ChartData`."""

    @property
    def spec(self) -> Spec:
        """The picture in Vega-Lite, whole and with its data, as plain types."""
        title: Spec = {"text": self.title}
        if self.caption:
            title["subtitle"] = _broken(self.caption)
        return {"$schema": _SCHEMA, "title": title, "config": _CONFIG, **View(self).body(460)}

    def drawn(self, name: str, width: int = WIDTH, height: int | None = None) -> Markup:
        """The picture for a page that names its axes and series itself; it may be as narrow as a phone.

        Parameters
        ----------
        name : unique name of the picture in the page. width, height : in pixels.
        """
        return page_svg(View(self, width).body(width, height), name, self._span())

    def _span(self) -> dict[str, str]:
        """The first and last x of its lines: a page's script uses them to convert pixels to x."""
        lined = [name for name in self.series if self.mark_of(name) in ("line", "steps")]
        if not lined or self.shape == "intervals" or not self.numbers("x", lined):
            return {}
        ends = self.numbers("x", lined)
        time = {"data-time": ""} if self.frame.schema["x"].is_temporal() else {}
        return {"data-x": f"{min(ends):.10g},{max(ends):.10g}"} | time

    # -- as pictures ---------------------------------------------------------------------------------------------
    def svg(self) -> str:
        """The picture as the text of an SVG file, drawn in a separate process.

        Raises
        ------
        OutputError : the `plots` extra is missing, or the picture cannot be drawn.
        """
        return draw(self.spec, "svg").decode()

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file: .svg, .png, .pdf, or .json for its Vega-Lite.

        Raises
        ------
        OutputError : an unknown file ending; the `plots` extra is missing; the picture cannot be drawn or written.
        """
        path = check_picture(path)
        match path.suffix.lower():
            case ".json":
                write_json(path, self.spec)
            case ".png":
                write_bytes(path, draw(self.spec, "png", scale=2))
            case ".pdf":
                write_bytes(path, draw(self.spec, "pdf"))
            case _:
                write_bytes(path, self.svg().encode())
        return path

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """What a notebook shows: the specification, which it may draw itself, and the picture where it can be drawn."""
        found: dict[str, Any] = {
            "text/plain": f"{self.title}. {self.caption}".strip(),
            "application/vnd.vegalite.v5+json": self.spec,
        }
        if available():
            found["image/svg+xml"] = self.svg()
        return found


def check_picture(path: str | Path) -> Path:
    """The path of a picture, checked early: it is refused if no picture could be written there.

    Raises
    ------
    OutputError : a file ending that cannot be written, or the `plots` extra is missing.
    """
    path = Path(path)
    if path.suffix.lower() not in _ENDINGS:
        raise OutputError(f"a plot called {path}", expected="a name that ends in .svg, .png, .pdf or .json")
    if path.suffix.lower() != ".json" and not available():
        draw({}, "svg")  # says what to install
    return path


def histogram(values: Sequence[float], low: float, high: float, bins: int) -> tuple[list[float], list[float]]:
    """The centres of equal bins, and the share of values in each; values beyond count in the outermost."""
    step = (high - low) / bins
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, max(0, int((value - low) / step)))] += 1
    return [low + (k + 0.5) * step for k in range(bins)], [count / len(values) for count in counts]


def _broken(text: str, width: int = 90) -> list[str]:
    """A text broken into lines, which the drawing library does not do."""
    import textwrap

    return textwrap.wrap(text, width)


__all__ = ["DASHES", "Chart", "Guide", "Look", "Mark", "Shape", "check_picture", "histogram"]
