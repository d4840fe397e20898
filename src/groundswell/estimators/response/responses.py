"""What follows acts of a kind: more of the outcome or less, for how long, by type and size, and could it be chance?

Each act is compared with the forecast of its own series from the steps before it, and that miss with the misses at
dates of similar history at which no act fell. What is left is the act's effect, or the effect of whatever came with it
in the same step. Effects are differences of logarithms: 0.10 means about a tenth more. They are pooled with random
effects, since acts differ; chance is judged by acts placed at the comparison dates. Lag 0 is shown but belongs to no
window: within a step, what came first is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any, cast

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.response.acts import ActGrid, Acts, grid_of
from groundswell.estimators.response.counterfactual import Forecasts, forecasts
from groundswell.estimators.response.groups import (
    SPAN,
    ByLag,
    Compared,
    OtherLooks,
    differences,
    group_response,
    later_acts,
)
from groundswell.estimators.response.placebo import Matches, history, match, risk_set
from groundswell.estimators.response.settings import RecordSettings, ResponseSettings
from groundswell.estimators.response.study import FEWEST_ACTS, ResponseStudy
from groundswell.estimators.response.surprises import Cells, Floats, Surprises, adjust, placebo_draws, surprises_over
from groundswell.records.window import Window

_LEAD = 12  # steps before an act that the curve shows


def respond(
    y: ArrayLike,
    acts: Sequence[tuple[int, int]],
    settings: ResponseSettings | None = None,
    *,
    groups: Sequence[str] | None = None,
    sizes: Sequence[float | None] | None = None,
    places: Sequence[str] | None = None,
    dates: Sequence[date] | None = None,
    made: Forecasts | None = None,
    **options: Any,
) -> ResponseStudy:
    """What followed acts in series by place: effects against matched dates without an act, pooled.

    For act i at (p, t): ``effect_i = surprise(p, t) - mean_j surprise(p_j, t_j)``, a surprise being how far the series
    was from its own forecast over the window, in log ratio, and j the dates of the risk set nearest in history, with
    what is left of the difference in history removed by regression.

    Parameters
    ----------
    y : shape (P, T) or (T,); counts, or positive sizes with ``scale="log"``; NaN where not watched or unknown. The acts
        themselves must not be counted in it.
    acts : (place, step) of each act; several in one step are one act.
    groups, sizes : of each act, in the same order.
    places, dates : names of the places and dates of the steps.
    made : forecasts of y, if already available.
    settings, options : see `ResponseSettings`. Comparison dates follow the same rule of quiet as acts, and what
        follows an act includes the rest of its cluster.

    Returns
    -------
    `ResponseStudy`. The error of a mean counts windows that overlap, dates shared by acts, and shocks common to places,
    by the correlations found at dates without acts; the interval is the wider of that and of the spread among acts.
    p: the share of sets, each act placed at one of its own comparison dates, with a mean at least as far from 0; or,
    where that is larger, the p-value of the mean among the acts' own scatter.

    Raises
    ------
    EstimationError : on series, acts or windows that cannot be used, or when no act can be compared.

    Known limits: dates matched on the past cannot answer for acts timed by what was still to come; `explained_by` says
    how strong such timing would have to be. Comparison dates may have acts later on, so a lasting effect of frequent
    acts is understated; and where acts come at regular intervals, later windows are biased the other way (with a
    doubling for 12 weeks after acts 90 weeks apart, weeks 13 to 26 came out at -0.28 where no effect was simulated).
    Where acts come in the same step as what they are said to cause, `same_step` bounds what the order within the step
    could make of it. Use `groundswell.estimators.response.synthetic_control` for a few acts with untreated places to
    compare with.

    Source: Harvey (1989) for the forecasts; Abadie & Imbens (2011), JBES 29:1-11 (matching with bias correction);
    Hernan & Robins (2016), Am. J. Epidemiology 183:758-764 (comparison dates that do not look ahead); Conley (1999),
    J. Econometrics 92:1-45 (errors under dependence in time and space); Rosenbaum (2002), Observational Studies.
    """
    o = ResponseSettings.of(settings, options)
    windows = o.spans()
    for name, given in (("groups", groups), ("sizes", sizes)):
        if given is not None and len(given) != len(acts):
            raise EstimationError(f"{len(given)} {name} for {len(acts)} acts", expected="one for each act")
    made, placed, reasons = _prepared(y, acts, o, made)
    P, T = made.shape
    names = tuple(places) if places is not None else tuple(f"place {p + 1}" for p in range(P))
    labels = np.array([groups[i] if groups is not None else "" for i in placed], dtype=object)
    size = [sizes[i] if sizes is not None else None for i in placed]
    place = np.array([acts[i][0] for i in placed], dtype=np.int64)
    when = np.array([acts[i][1] for i in placed], dtype=np.int64)
    on = np.zeros((P, T), dtype=bool)
    if len(acts):
        on[tuple(np.array([(p, t) for p, t in acts]).T)] = True
    open_ = risk_set(made, on, o.before, o.quiet)
    free = np.argwhere(open_ & ~on)
    cells = Cells(
        np.concatenate([place, free[:, 0]]),
        np.concatenate([when, free[:, 1]]),
        place.size,
        np.zeros((place.size + free.shape[0], 3)),
        np.concatenate([np.zeros((P, 1)), np.cumsum(on, axis=1)], axis=1),
    )
    cells = replace(cells, path=history(made, cells.place, cells.step, o.before))
    last = next(iter(windows.values()))[1]
    matched = _matched(cells, o)
    alone = matched.counts == 0
    if alone.any():
        reasons["no dates of similar history without an act"] = int(alone.sum())
    lone = ~alone
    if not lone.any():
        details = "; ".join(f"{n} {r}" for r, n in reasons.items()) or "none was given"
        raise EstimationError(
            f"no act can be compared ({details})",
            expected="acts with enough watched steps before them, and dates of similar history without an act",
            instead="a smaller before or quiet, a longer record, or fit_excitation for acts that never pause",
        )
    draws = placebo_draws(matched, o.placebo, o.seed)
    shown = {name: surprises_over(made, cells, a, b) for name, (a, b) in windows.items()}
    adjusted = {name: adjust(w, cells, matched) for name, w in shown.items()}
    primary = next(iter(windows))
    lost = lone & ~np.isfinite(adjusted[primary].value)
    if lost.any():
        reasons["the record ends before its window does"] = int(lost.sum())
    usable = lone & ~lost
    extra = _extra(made, cells, matched, o, shown[primary]) if o.checks else None
    lags = np.arange(-_LEAD, o.after + 1)
    curve = _each(made, cells, matched, lags.tolist()) if o.curves else {}
    spans = _each(made, cells, matched, range(1, o.after - SPAN + 2), SPAN) if o.curves else {}
    study = Compared(cells, matched, shown, adjusted, extra, curve, spans, lags, draws, o, size, labels, names, dates)
    kinds = sorted({g for g in labels.tolist() if g})
    everything = np.ones(labels.size, dtype=bool)
    wanted = [("all acts", everything), *((g, labels == g) for g in kinds)]
    results = [r for name, which in wanted if (r := group_response(name, usable & which, study)) is not None]
    if not results:
        raise EstimationError("no act can be compared", expected="an act whose window the record covers")
    w0 = shown[primary]
    later = later_acts(cells, matched, last)
    notes = [
        f"an act is the first after {o.quiet} {o.step}s without one; on average {later[0]:.1f} more {o.step}s with "
        f"acts followed within {last} {o.step}s, and {later[1]:.1f} after comparison dates"
    ]
    return ResponseStudy(
        groups=tuple(results),
        differences=differences(study, usable, kinds),
        excluded=dict(reasons),
        calibration={
            "inside the 95% interval": w0.inside,
            "errors widened by": w0.widened,
            "dates": float(free.shape[0]),
        },
        question="acts",
        outcome="activity",
        unit=o.step,
        rule=f"first act after {o.quiet} {o.step}s without one",
        notes=tuple(notes),
        level=o.level,
        settings={
            "before": o.before, "after": o.after, "quiet": o.quiet, "matches": o.matches,
            "placebo": o.placebo, "seed": o.seed, "windows": {k: list(v) for k, v in windows.items()},
        },
    )  # fmt: skip


def _prepared(
    y: ArrayLike,
    acts: Sequence[tuple[int, int]],
    o: ResponseSettings,
    made: Forecasts | None,
) -> tuple[Forecasts, list[int], dict[str, int]]:
    """The forecasts, which acts can be studied, and how many cannot, by reason."""
    if made is None:
        shape = np.shape(y)
        if len(shape) not in (1, 2):
            raise EstimationError(f"series of shape {shape}", expected="shape (places, steps) or (steps,)")
        shape = (1, *shape) if len(shape) == 1 else shape
        near = np.zeros(shape, dtype=bool)
        for p, t in acts:
            if 0 <= p < shape[0] and 0 <= t < shape[1]:
                near[p, t : t + o.after + 1] = True
        made = forecasts(y, scale=o.scale, step=o.step, season=o.season, near_acts=near)
    P, T = made.shape
    for p, t in acts:
        if not (0 <= p < P and 0 <= t < T):
            raise EstimationError(f"an act at place {p}, step {t}", expected=f"a place below {P} and a step below {T}")
    on = np.zeros((P, T), dtype=bool)
    for p, t in acts:
        on[p, t] = True
    quiet_only = risk_set(made, np.zeros_like(on), o.before, 0)
    both = risk_set(made, on, o.before, o.quiet)
    placed, reasons, seen = [], {}, set()
    for i, (p, t) in enumerate(acts):
        reason = ""
        if (p, t) in seen:
            reason = "another act in the same step"
        elif not quiet_only[p, t]:
            reason = f"fewer than {o.before} {o.step}s watched before it, or nothing seen in them"
        elif not both[p, t]:
            reason = f"another act in the {o.quiet} {o.step}s before it"
        seen.add((p, t))
        if reason:
            reasons[reason] = reasons.get(reason, 0) + 1
        else:
            placed.append(i)
    return made, placed, reasons


def _matched(cells: Cells, o: ResponseSettings, where: str = "time", path: Floats | None = None) -> Matches:
    N = cells.acts
    path = cells.path if path is None else path
    first, last = next(iter(o.spans().values()))
    return match(
        cells.place[:N], cells.step[:N], path[:N], cells.place[N:], cells.step[N:], path[N:],
        matches=o.matches, apart=max(2, (last - first + 1) // 3), where=where,
    )  # fmt: skip


def _extra(made: Forecasts, cells: Cells, matched: Matches, o: ResponseSettings, w: Surprises) -> OtherLooks:
    in_place = _matched(cells, o, "place")
    own, _, _ = made.surprise(cells.place, cells.step, 0, 0)
    same_cells = replace(cells, path=np.column_stack([cells.path, np.nan_to_num(own)]))
    same = _matched(same_cells, o)
    first, last = next(iter(o.spans().values()))
    same_window = surprises_over(made, same_cells, first, last)
    near = o.before // 2
    early = []
    for a, b in ((-near, -1), (-o.before, -near - 1)):
        before = surprises_over(made, cells, a, b, a)
        early.append((before, adjust(before, cells, matched)))
    return OtherLooks(
        adjust(w, cells, in_place),
        placebo_draws(in_place, o.placebo, derive_seed(o.seed, "place")),
        adjust(same_window, same_cells, same),
        same_window,
        same_cells,
        placebo_draws(same, o.placebo, derive_seed(o.seed, "same step")),
        tuple(early),
    )


def _each(made: Forecasts, cells: Cells, matched: Matches, lags: Sequence[int], span: int = 1) -> ByLag:
    """Windows of ``span`` steps from each lag on."""
    result = {}
    for lag in lags:
        w = surprises_over(made, cells, lag, lag + span - 1, 0 if lag >= 0 else -_LEAD)
        result[lag] = (w, adjust(w, cells, matched))
    return result


# --- from a record ---------------------------------------------------------------------------------------------------


def study_responses(
    events: pl.DataFrame,
    acts: Acts | str | Mapping[str, Any],
    settings: RecordSettings | None = None,
    *,
    window: Window | None = None,
    **options: Any,
) -> ResponseStudy:
    """What follows acts of a kind in a record of events: more of the outcome or less, for how long, could it be chance?

    Parameters
    ----------
    events : a frame under the schema of `groundswell.records.schema`.
    acts : which events are acts: an `Acts`, a kind, a table of conditions, or several of these by name (types of act).
    window : when and where the record was watched; steps outside are not zeros.
    settings, options : see `RecordSettings`. Events that are acts are never counted as outcome. With `measure`
        "people", sizes are added up, where known, and logarithms compared. `by` makes groups of acts: "type" (the names
        of ``acts``, or what the record codes as detail), "size" (thirds of the acts' own size: people of protests and
        strikes, dead of others), "kind", "actor", "target", "detail" or "country". `across` is "country", "place" or
        "record" (all is one place). `watched` is "place" (default for countries): a place from its first event to the
        end of the record; or "record" (default for places): throughout the record.

    Returns
    -------
    `ResponseStudy`, see `respond`.

    Raises
    ------
    RecordError : a frame without the columns, no events of the outcome, unknown places or kinds.
    EstimationError : no acts, or none that can be compared; settings that cannot be used.

    Known limits: see `respond`. A record that watches more closely after an act will show more of everything: check
    whether ``in_place`` and other outcomes agree. Use `groundswell.estimators.response.interrupted` where coverage is
    known to change.

    Example
    -------
    >>> study = study_responses(reading.events, Acts("violence", fatalities_at_least=5))  # doctest: +SKIP
    >>> print(study.answer)  # doctest: +SKIP
    """
    o = RecordSettings.of(settings, options)
    selectors = _selectors(acts)
    grid = grid_of(events, selectors, o, window)
    conditions = "; ".join(f"{k}: {a.words}" if k else a.words for k, a in selectors.items())
    if not grid.acts:
        raise EstimationError(
            f"no event of the record is an act ({conditions})", expected="acts in the places studied",
            why="; ".join(grid.left_out) or None,
        )  # fmt: skip
    columns = [c for name in o.by for c in _groups(name, grid, several_types=len(selectors) > 1)]
    where = [(a.place, a.step) for a in grid.acts]
    sizes = [a.size for a in grid.acts]
    studies = [
        respond(grid.y, where, o.for_series(), groups=column, sizes=sizes, places=grid.places, dates=grid.steps)
        for column in columns or [None]
    ]
    phrase = " or ".join(o.kinds) + (" (people taking part)" if o.measure == "people" else "")
    return replace(
        studies[0],
        groups=(studies[0].overall, *(g for s in studies for g in s.groups[1:])),
        differences={k: v for s in studies for k, v in s.differences.items()},
        notes=studies[0].notes + grid.left_out,
        outcome=phrase,
        question=f"{phrase} after {conditions}",
    )


def _selectors(acts: Acts | str | Mapping[str, Any]) -> dict[str, Acts]:
    if isinstance(acts, Mapping) and "kind" not in acts:
        if not acts:
            raise EstimationError("no description of acts", expected="an Acts, a kind of event, or several by name")
        return {str(k): Acts.read(v) for k, v in acts.items()}
    return {"": Acts.read(cast("Acts | str", acts))}


def _groups(name: str, grid: ActGrid, *, several_types: bool) -> list[list[str]]:
    if name == "size":
        known = np.array([a.size for a in grid.acts if a.size is not None])
        if known.size < 2 * FEWEST_ACTS or np.unique(known).size < 2:
            return [["size unknown" if a.size is None else "size known" for a in grid.acts]]
        cuts = np.unique(np.quantile(known, [1 / 3, 2 / 3], method="higher"))
        words = [f"size below {cuts[0]:,.0f}"]
        words += [f"size {a:,.0f} to below {b:,.0f}" for a, b in pairwise(cuts)]
        words += [f"size {cuts[-1]:,.0f} or more"]
        return [
            [
                "size unknown" if a.size is None else words[int(np.searchsorted(cuts, a.size, "right"))]
                for a in grid.acts
            ]
        ]
    if name == "type":
        return [[a.type if several_types else a.labels["detail"] for a in grid.acts]]
    return [[a.labels[name] for a in grid.acts]]
