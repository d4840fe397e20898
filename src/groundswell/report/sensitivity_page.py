"""The page of a sensitivity analysis: what the outcome depends on, its course over each factor, and every point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from groundswell.report.page import environment

if TYPE_CHECKING:
    import polars as pl

_WIDTH, _HEIGHT, _PAD = 640, 260, 46
_MOST = 512  # points that are drawn: an even choice of more


def render_sensitivity(content: Mapping[str, Any], points: pl.DataFrame, title: str) -> str:
    """The page, self-contained, without scripts; a point under the pointer says what it is.

    Parameters
    ----------
    content : a sensitivity analysis as plain types.
    points : a row for each point without a failed run: its factors, and `outcome`.
    title : of the theory.
    """
    some = points.gather_every(max(1, -(-points.height // _MOST)))
    factors = [index["factor"] for index in content["indices"]]
    shares = content["method"] == "sobol"
    rows = [dict(index, bar=_bar(index, content["indices"], shares)) for index in content["indices"]]
    figures = [(f"{content['outcome']} by {name}", _scatter(some, name, None)) for name in factors[:6]]
    if len(factors) > 1:
        text = f"{content['outcome']} over {factors[0]} (across) and {factors[1]} (up): the darker, the more"
        figures.insert(0, (text, _scatter(some, factors[0], factors[1])))
        figures.append(("Every point, as a line through its factors: the darker, the more", _parallel(some, factors)))
    page = environment().get_template("sensitivity.html.j2")
    return page.render(found=content, title=title, rows=rows, figures=figures, shares=shares)


def _bar(index: Mapping[str, Any], every: Sequence[Mapping[str, Any]], shares: bool) -> Markup:
    """An estimate with its interval: of the total index, or of the mean effect beside the largest."""
    name = "total" if shares else "mean_effect"
    value, low, high = (index[f"{name}{x}"] for x in ("", "_low", "_high"))
    if value is None:
        return Markup("")
    most = 1.0 if shares else max(x["mean_effect_high"] or 0.0 for x in every) or 1.0
    a, b, m = (4 + 192 * min(max(x / most, 0.0), 1.0) for x in (low, high, value))
    return Markup(
        '<svg width="200" height="18" role="img" aria-label="estimate and interval">'
        '<line class="prior" x1="4" x2="196" y1="9" y2="9"/>'
        f'<line class="posterior" x1="{a:.1f}" x2="{max(b, a + 1):.1f}" y1="9" y2="9"/>'
        f'<circle class="posterior" cx="{m:.1f}" cy="9" r="4"/></svg>'
    )


def _scaled(values: Sequence[float]) -> tuple[list[float], float, float]:
    """Values as places in [0, 1], and the two ends."""
    low, high = min(values), max(values)
    return [(x - low) / ((high - low) or 1.0) for x in values], low, high


def _described(row: Mapping[str, Any]) -> Markup:
    """What a point is, under the pointer."""
    return escape(", ".join(f"{name} {value:.4g}" for name, value in row.items()))


def _ends(low: float, high: float, across: bool) -> str:
    """The two ends of an axis."""
    if across:
        return f'<text x="{_PAD}" y="{_HEIGHT - 8}">{low:.3g}</text>' + (
            f'<text x="{_WIDTH - 8}" y="{_HEIGHT - 8}" text-anchor="end">{high:.3g}</text>'
        )
    return f'<text x="{_PAD - 6}" y="{_HEIGHT - 26}" text-anchor="end">{low:.3g}</text>' + (
        f'<text x="{_PAD - 6}" y="18" text-anchor="end">{high:.3g}</text>'
    )


def _scatter(points: pl.DataFrame, first: str, second: str | None) -> Markup:
    """The outcome over a factor; or, of two factors, over both, as shade."""
    x, low, high = _scaled(points[first].to_list())
    y, bottom, top = _scaled(points[second or "outcome"].to_list())
    shade, _, _ = _scaled(points["outcome"].to_list())
    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="points of the design">']
    for k, row in enumerate(points.iter_rows(named=True)):
        across = _PAD + (_WIDTH - _PAD - 12) * x[k]
        up = 12 + (_HEIGHT - 44) * (1 - y[k])
        opacity = 0.12 + 0.88 * shade[k] if second else 0.6
        parts.append(
            f'<circle class="point" cx="{across:.1f}" cy="{up:.1f}" r="{7 if second else 4}" '
            f'fill-opacity="{opacity:.2f}"><title>{_described(row)}</title></circle>'
        )
    parts.append(_ends(low, high, True) + _ends(bottom, top, False))
    parts.append(f'<text x="{_WIDTH // 2}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(first)}</text></svg>')
    return Markup("".join(parts))


def _parallel(points: pl.DataFrame, factors: Sequence[str]) -> Markup:
    """Parallel coordinates: an axis for each factor and one for the outcome."""
    names = [*factors, "outcome"]
    places = {name: _scaled(points[name].to_list()) for name in names}
    step = (_WIDTH - 100) / max(len(names) - 1, 1)
    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="parallel coordinates">']
    for k, row in enumerate(points.iter_rows(named=True)):
        line = " ".join(f"{50 + j * step:.1f},{24 + 200 * (1 - places[n][0][k]):.1f}" for j, n in enumerate(names))
        opacity = 0.08 + 0.72 * places["outcome"][0][k]
        shown = f"<title>{_described(row)}</title>"
        parts.append(f'<polyline class="point" points="{line}" stroke-opacity="{opacity:.2f}">{shown}</polyline>')
    for j, name in enumerate(names):
        x = 50 + j * step
        _, low, high = places[name]
        parts.append(f'<line class="prior" x1="{x:.1f}" x2="{x:.1f}" y1="24" y2="224"/>')
        parts += [
            f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{escape(text)}</text>'
            for y, text in ((14, f"{high:.3g}"), (238, f"{low:.3g}"), (254, name))
        ]
    return Markup("".join(parts) + "</svg>")


__all__ = ["render_sensitivity"]
