"""The page of a sensitivity analysis: what the outcome depends on, its course over each factor, and every point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from groundswell.report.design_figures import HEIGHT, PAD, WIDTH, design_view, scaled
from groundswell.report.page import environment

if TYPE_CHECKING:
    import polars as pl

_MOST = 512  # largest number of points drawn, chosen evenly if there are more
_SINGLE = 6  # largest number of factors over which the outcome is drawn


def render_sensitivity(content: Mapping[str, Any], points: pl.DataFrame, title: str) -> str:
    """The page, self-contained; points have tooltips, and ranges are chosen by pointer or keyboard.

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
    figures = [(f"{content['outcome']} by {name}", _scatter(some, name)) for name in factors[:_SINGLE]]
    view = design_view(points, factors, ["outcome"], "points-design", "The points of the design")
    page = environment().get_template("sensitivity.html.j2")
    return page.render(found=content, title=title, rows=rows, figures=figures, shares=shares, view=view)


def _bar(index: Mapping[str, Any], every: Sequence[Mapping[str, Any]], shares: bool) -> Markup:
    """An estimate with its interval: the total index, or the mean effect relative to the largest."""
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


def _scatter(points: pl.DataFrame, factor: str) -> Markup:
    """The outcome over a factor."""
    x, y = (scaled(points[name].to_numpy()) for name in (factor, "outcome"))
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="the outcome over {escape(factor)}">']
    for k, row in enumerate(points.iter_rows(named=True)):
        at = f'cx="{PAD + (WIDTH - PAD - 12) * x[k]:.1f}" cy="{12 + (HEIGHT - 44) * (1 - y[k]):.1f}"'
        words = escape(", ".join(f"{name} {value:.4g}" for name, value in row.items()))
        parts.append(f'<circle class="point" {at} r="4" fill-opacity="0.60"><title>{words}</title></circle>')
    ends = [(points[name].min(), points[name].max()) for name in (factor, "outcome")]
    for text, place, up, anchor in (
        (f"{ends[0][0]:.3g}", PAD, HEIGHT - 8, "start"), (f"{ends[0][1]:.3g}", WIDTH - 8, HEIGHT - 8, "end"),
        (f"{ends[1][0]:.3g}", PAD - 6, HEIGHT - 26, "end"), (f"{ends[1][1]:.3g}", PAD - 6, 18, "end"),
        (factor, WIDTH // 2, HEIGHT - 8, "middle"),
    ):  # fmt: skip
        parts.append(f'<text x="{place}" y="{up}" text-anchor="{anchor}">{escape(text)}</text>')
    return Markup("".join(parts) + "</svg>")


__all__ = ["render_sensitivity"]
