"""The points of a design as two linked pictures: parallel coordinates, and a response surface over two factors.

The page holds both as they are first shown; `templates/design.js` lets a reader choose the outcome, the two factors
and ranges along every axis, by pointer or keyboard, and describes in words what is in range.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from groundswell.report.figures import PageTable
from groundswell.report.numbers import number, plain

if TYPE_CHECKING:
    import polars as pl

WIDTH, HEIGHT, PAD = 640, 260, 46  # pixels; PAD is left of the surface
MOST = 512  # largest number of points drawn, chosen evenly if there are more
TILES = (24, 14)  # of the surface, horizontally and vertically
SMOOTH = 0.12  # standard deviation of the surface's Gaussian weights, as a share of a factor's range
NEAR = 0.1  # smallest sum of weights where the surface is shown: one point 2.1 standard deviations away
_CELLS = 5  # rows and columns of the surface's table

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DesignView:
    """The parts of a design shown on a page; `data` is read by the script."""

    name: str
    title: str
    parallel: Markup
    surface: Markup | None
    table: PageTable | None
    over: str
    data: Markup
    left_out: int


def design_view(
    points: pl.DataFrame, factors: Sequence[str], outcomes: Sequence[str], name: str, title: str
) -> DesignView | None:
    """The two pictures of a design; None if no point is left. A single factor has no surface.

    Parameters
    ----------
    points : a row for each point, with float columns for factors and outcomes; rows without any outcome are left out.
    outcomes : the first is shown initially; a point where it is missing has no line and no circle.
    name : identity in the page, unique.
    """
    import polars as pl

    columns = [*factors, *outcomes]
    whole = points.select(pl.col(name).cast(pl.Float64) for name in columns)
    whole = whole.with_columns(pl.when(pl.col(x).is_finite()).then(pl.col(x)).alias(x) for x in columns)
    whole = whole.drop_nulls(factors).filter(pl.any_horizontal(pl.col(x).is_not_null() for x in outcomes))
    if whole[outcomes[0]].is_null().all():
        return None
    some = whole.gather_every(max(1, -(-whole.height // MOST)))
    rounded = [[None if x is None else float(f"{x:.6g}") for x in row] for row in some.iter_rows()]
    given = {"factors": list(factors), "outcomes": list(outcomes), "rows": rounded}
    pair = (factors[0], factors[1]) if len(factors) > 1 else None
    return DesignView(
        name,
        title,
        parallel=_parallel(some, factors, outcomes[0]),
        surface=None if pair is None else _surface_drawing(some, *pair, outcomes[0]),
        table=None if pair is None else _table(some, *pair, outcomes[0]),
        over="" if pair is None else f"{outcomes[0]} over {pair[0]} (across) and {pair[1]} (up); darker means more.",
        data=Markup(json.dumps(given, ensure_ascii=True).replace("<", "\\u003c")),
        left_out=points.height - whole.height,
    )


def scaled(values: Floats) -> Floats:
    """Values scaled to [0, 1], from the smallest to the largest; NaN stays."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return (values - low) / ((high - low) or 1.0)


def surface(x: Floats, y: Floats, z: Floats) -> Floats:
    """The mean of z near each tile by Gaussian weights: float64[TILES[1], TILES[0]], NaN where no point is near.

    Parameters
    ----------
    x, y : positions of the points in [0, 1]. z : their outcomes; NaN where one is missing.
    """
    known = np.isfinite(z)
    x, y, z = x[known], y[known], z[known]
    across = (np.arange(TILES[0]) + 0.5) / TILES[0]
    up = (np.arange(TILES[1]) + 0.5) / TILES[1]
    away = (across[None, :, None] - x) ** 2 + (up[:, None, None] - y) ** 2
    weights = np.exp(-away / (2 * SMOOTH**2))
    total = weights.sum(axis=2)
    return np.where(total >= NEAR, (weights * z).sum(axis=2) / np.maximum(total, 1e-300), np.nan)


def _described(row: dict[str, float | None]) -> Markup:
    """The tooltip of a point."""
    return escape(", ".join(f"{name} {value:.4g}" for name, value in row.items() if value is not None))


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    of = f' class="{kind}"' if kind else ""
    return f'<text{of} x="{x:.1f}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'


def _parallel(points: pl.DataFrame, factors: Sequence[str], outcome: str) -> Markup:
    """Parallel coordinates: an axis for each factor and one for the outcome; darker lines mean larger outcomes."""
    names = [*factors, outcome]
    places = {name: scaled(points[name].to_numpy()) for name in names}
    step = (WIDTH - 100) / max(len(names) - 1, 1)
    words = f"{points.height} points as lines through {', '.join(factors)} and {outcome}"
    parts = [f'<svg class="parallel" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}">']
    for k, row in enumerate(points.select(names).iter_rows(named=True)):
        at = [np.nan_to_num(places[n][k]) for n in names]
        line = " ".join(f"{50 + j * step:.1f},{24 + 200 * (1 - y):.1f}" for j, y in enumerate(at))
        opacity = 0.0 if np.isnan(places[outcome][k]) else 0.08 + 0.72 * places[outcome][k]
        shown = f"<title>{_described(row)}</title>"
        parts.append(f'<polyline class="point" points="{line}" stroke-opacity="{opacity:.2f}">{shown}</polyline>')
    for j, name in enumerate(names):
        x, values = 50 + j * step, points[name].drop_nulls().to_numpy()
        parts.append(f'<line class="ruler" x1="{x:.1f}" x2="{x:.1f}" y1="24" y2="224"/>')
        for y, text, kind in (
            (14, f"{values.max():.3g}", "high"),
            (238, f"{values.min():.3g}", "low"),
            (254, name, ""),
        ):
            parts.append(_text(x, y, text, "middle", kind))
    return Markup("".join(parts) + "</svg>")


def _surface_drawing(points: pl.DataFrame, first: str, second: str, outcome: str) -> Markup:
    """The points over two factors, and the mean of nearby points as shading."""
    ends = {name: points[name].to_numpy() for name in (first, second, outcome)}
    x, y, z = (scaled(v) for v in ends.values())
    found = surface(x, y, z)
    words = f"{outcome} over {first} (across) and {second} (up), from {plain(np.nanmin(ends[outcome]))} to "
    words += f"{plain(np.nanmax(ends[outcome]))}; darker means more"
    parts = [f'<svg class="surface" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}">']
    wide, high = (WIDTH - PAD - 12) / TILES[0], (HEIGHT - 44) / TILES[1]
    for r in range(TILES[1]):
        for c in range(TILES[0]):
            opacity = 0.0 if math.isnan(found[r, c]) else 0.06 + 0.74 * found[r, c]
            at = f'x="{PAD + c * wide:.1f}" y="{12 + (TILES[1] - 1 - r) * high:.1f}"'
            parts.append(
                f'<rect class="tile" {at} width="{wide:.1f}" height="{high:.1f}" fill-opacity="{opacity:.2f}"/>'
            )
    for k, row in enumerate(points.select(first, second, outcome).iter_rows(named=True)):
        at = f'cx="{PAD + (WIDTH - PAD - 12) * x[k]:.1f}" cy="{12 + (HEIGHT - 44) * (1 - y[k]):.1f}"'
        parts.append(
            f'<circle class="point" {at} r="5" fill-opacity="{0.0 if np.isnan(z[k]) else 0.12 + 0.88 * z[k]:.2f}">'
            f"<title>{_described(row)}</title></circle>"
        )
    parts += [
        _text(PAD, HEIGHT - 8, f"{ends[first].min():.3g}", "start", "x-low"),
        _text(WIDTH - 8, HEIGHT - 8, f"{ends[first].max():.3g}", "end", "x-high"),
        _text(WIDTH // 2, HEIGHT - 8, first, "middle", "x-name"),
        _text(PAD, 9, f"↑ {second}", "start", "y-name"),
        _text(PAD - 6, HEIGHT - 34, f"{ends[second].min():.3g}", "end", "y-low"),
        _text(PAD - 6, 20, f"{ends[second].max():.3g}", "end", "y-high"),
    ]
    return Markup("".join(parts) + "</svg>")


def _table(points: pl.DataFrame, first: str, second: str, outcome: str) -> PageTable:
    """The surface in numbers: five columns and five rows of tiles."""
    x, y, z = (points[name].to_numpy() for name in (first, second, outcome))
    found = surface(scaled(x), scaled(y), z)
    columns = [round((TILES[0] - 1) * k / (_CELLS - 1)) for k in range(_CELLS)]
    rows = [round((TILES[1] - 1) * k / (_CELLS - 1)) for k in range(_CELLS)]

    def at(values: Floats, tile: int, of: int) -> str:
        return plain(values.min() + (values.max() - values.min()) * (tile + 0.5) / of)

    return PageTable(
        f"Mean {outcome} of the points nearby: {first} across, {second} down.",
        (f"{second} \\ {first}", *(at(x, c, TILES[0]) for c in columns)),
        tuple(
            (at(y, r, TILES[1]), *(number(found[r, c]) if np.isfinite(found[r, c]) else "–" for c in columns))
            for r in reversed(rows)
        ),
    )


__all__ = ["DesignView", "design_view", "scaled", "surface"]
