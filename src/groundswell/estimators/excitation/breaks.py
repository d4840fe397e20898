"""Level shifts of a series of counts, found in the record itself together with its excitation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from groundswell.estimators.excitation.baseline import BaselineDesign, Floats
from groundswell.estimators.excitation.discrete_likelihood import DiscreteGroup
from groundswell.estimators.excitation.discrete_scores import nuisance
from groundswell.estimators.excitation.discrete_target import (
    Basis,
    CountTarget,
    Family,
    coefficients,
    mean_parts,
    prepare_basis,
    prepare_target,
)
from groundswell.estimators.excitation.group import Point, fit_both
from groundswell.estimators.excitation.loop import Broken, find_breaks

_SAME = 3  # steps: two candidates as close as this count as one


def break_scores(t: CountTarget, point: Point) -> Floats:
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


def _moved(null: Point, before: CountTarget, now: CountTarget) -> Point:
    """A fit without excitation, as a starting point for other columns that span the earlier ones."""
    ridge = np.full(now.X.shape[1], 1e-9)
    return replace(null, b=[coefficients(now.basis, before.X @ null.b[0], ridge)])


def breaks_of_counts(
    y: Floats,
    S: Floats,
    design: BaselineDesign,
    basis: Basis,
    family: Family,
    inhibition: bool,
    own: int,
    bounds: tuple[float, float],
) -> Broken[DiscreteGroup]:
    """Level shifts of one target (see `find_breaks`); `basis` is that of `design`.

    The candidates are where a shift scores best without excitation, and, failing that, with it.
    """
    T, lead = y.size, basis.lead
    apart, price = max(13, T // 15), 3 * math.log(T)

    def made(of: Basis) -> DiscreteGroup:
        return DiscreteGroup([prepare_target(y, S, of, family, inhibition, own, bounds)])

    def propose(here: Broken[DiscreteGroup]) -> Iterator[int]:
        tried: list[int] = []
        for point in (here.fits.null, here.fits.full):
            scores = break_scores(here.target, point)
            scores[: max(apart, lead)] = 0
            scores[T - apart :] = 0
            for b in here.breaks:
                scores[max(0, int(b) - apart) : int(b) + apart] = 0
            at = int(np.argmax(scores))
            if scores[at] > price / 2 and not any(abs(at - other) <= _SAME for other in tried):
                tried.append(at)
                yield at

    def refit(here: Broken[DiscreteGroup], breaks: tuple[float, ...]) -> Broken[DiscreteGroup]:
        group = made(prepare_basis(design.shifted([int(b) for b in breaks]), lead))
        return Broken(breaks, group, fit_both(group, _moved(here.fits.null, here.target, group.targets[0])))

    group = made(basis)
    start = Broken((), group, fit_both(group, group.begin()))
    sources = group.targets[0].sources
    best = find_breaks(start, propose, refit, observations=T, parameters=sources + 1, first=True)
    return replace(best, breaks=tuple(sorted(best.breaks)))
