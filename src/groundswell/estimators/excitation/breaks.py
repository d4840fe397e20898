"""Level shifts of a series of counts, found in the record itself beside its excitation."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from groundswell.estimators.excitation.baseline import Design, Floats
from groundswell.estimators.excitation.discrete_likelihood import fit_both
from groundswell.estimators.excitation.discrete_scores import Scores, nuisance
from groundswell.estimators.excitation.discrete_target import (
    Basis,
    Family,
    Point,
    Target,
    coefficients,
    mean_parts,
    prepare_basis,
    prepare_target,
)

_MOST_BREAKS = 4
_SAME = 3  # steps: two candidates as near as this are one


@dataclass(frozen=True)
class Broken:
    """One target with its level shifts, and its fits without and with excitation (see `fit_both`)."""

    breaks: tuple[int, ...]
    target: Target
    null: Point
    full: Point
    scores: list[Scores]


def break_scores(t: Target, point: Point) -> Floats:
    """Score statistic of a level shift at every step, given the fitted model; shape (T,)."""
    parts = mean_parts(t, point)
    D, information = nuisance(t, point, 0, parts)
    g = parts.base * parts.link
    w = parts.weight.copy()
    w[: t.lead] = 0

    def after(x: Floats) -> Floats:
        return np.cumsum(x[::-1], axis=0)[::-1]

    U = after((t.y - parts.mean) * w * g)
    own = after(g**2 * w)
    cross = after(D * (w * g)[:, None])
    left = own - np.einsum("ti,ti->t", cross @ np.linalg.inv(information), cross)
    return np.where(left > 1e-6 * np.maximum(own, 1e-12), U**2 / np.maximum(left, 1e-12), 0.0)


def _moved(null: Point, before: Target, now: Target) -> Point:
    """A fit without excitation, as a start with other columns that span those before."""
    ridge = np.full(now.X.shape[1], 1e-9)
    return replace(null, b=[coefficients(now.basis, before.X @ null.b[0], ridge)])


def find_breaks(
    y: Floats,
    S: Floats,
    design: Design,
    basis: Basis,
    family: Family,
    inhibition: bool,
    own: int,
    bounds: tuple[float, float],
) -> Broken:
    """Level shifts of one target, found one at a time.

    The candidates are where a shift scores best without excitation, and, failing that, beside it. A shift is accepted
    when it raises the likelihood of the model *with* excitation by more than 3/2 log T (the modified BIC of Zhang &
    Siegmund 2007, one shift): excitation is in both, so that bursts are not mistaken for shifts. It is accepted as well
    when it does so *without* excitation, and is by BIC a better account than excitation without the shift: where
    coverage jumps, all kinds jump, and the past of the others would explain each. `basis` is that of `design`.
    """
    T, lead = y.size, basis.lead
    apart = max(13, T // 15)
    price = 3 * math.log(T)
    target = prepare_target(y, S, basis, family, inhibition, own, bounds)
    best = Broken((), target, *fit_both([target], bounds))
    while len(best.breaks) < _MOST_BREAKS:
        accepted: Broken | None = None
        tried: list[int] = []
        for point in (best.null, best.full):
            scores = break_scores(best.target, point)
            scores[: max(apart, lead)] = 0
            scores[T - apart :] = 0
            for b in best.breaks:
                scores[max(0, b - apart) : b + apart] = 0
            at = int(np.argmax(scores))
            if scores[at] <= price / 2 or any(abs(at - other) <= _SAME for other in tried):
                continue
            tried.append(at)
            breaks = (*best.breaks, at)
            trial = prepare_target(y, S, prepare_basis(design.shifted(breaks), lead), family, inhibition, own, bounds)
            fits = fit_both([trial], bounds, start=_moved(best.null, best.target, trial))
            beside = 2 * (fits[1].log_likelihood - best.full.log_likelihood) > price
            alone = 2 * (fits[0].log_likelihood - best.null.log_likelihood) > price
            saved = (trial.sources + 1) * math.log(T)  # a branching ratio for each source, and the decay
            instead = 2 * (fits[0].log_likelihood - best.full.log_likelihood) > price - saved
            if beside or (alone and instead):
                accepted = Broken(breaks, trial, *fits)
                break
        if accepted is None:
            break
        best = accepted
    return replace(best, breaks=tuple(sorted(best.breaks)))
