"""How a simulated history becomes a record: observables, reported as events of some kind by a reporting model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from groundswell.errors import EstimationError, StudyError
from groundswell.experiment.schema import ObserveTable
from groundswell.records.series import Series
from groundswell.settings import require_known

Floats = NDArray[np.float64]


def seen_as(
    like: Series,
    observe: Mapping[str, ObserveTable],
    paths: Mapping[str, Floats],
    acts: Mapping[str, NDArray[np.int64]],
    rng: np.random.Generator,
    people: int = 1,
) -> Series:
    """A record of a simulated history, with the window, unit, gaps and coverage of a given record.

    With v_t the mean of an observable over the steps of period t, and s the share reported:
    identity: events ~ Poisson(s sum of v over the steps), or for whole numbers each with chance s; events = "people":
    the same for the number of people, N v;
    events = c: events ~ Poisson(s c v_t);  people = c: sizes = s c v_t exp(error N(0, 1)).
    "matched" chooses c so that the mean over the watched periods equals the record's.

    Parameters
    ----------
    like : the record.
    observe : by kind.
    paths : of each observable that `observe` names, shape (T, steps per period).
    people : N, in the simulated society.
    acts : events of the kinds that are shocks or whose dates a scenario sets, shape (T,).

    Raises
    ------
    StudyError : a kind of the record that `observe` lacks, or an observable that `paths` lacks.
    EstimationError : an observable is negative or not finite, or nothing happens in a history that is to be matched.
    """
    counts = np.zeros(like.counts.shape, np.int64)
    sizes = None if like.sizes is None else np.full(like.sizes.shape, np.nan)
    for k, kind in enumerate(like.kinds):
        if kind in acts:
            counts[:, k] = acts[kind]
            continue
        require_known(kind, observe, StudyError, f"the record's kind {kind!r}", "one that is observed: ")
        table = observe[kind]
        require_known(str(table.of), paths, StudyError, f"{kind} is seen of the observable {str(table.of)!r}")
        share = float(rng.uniform(*table.reported()))
        path = paths[str(table.of)]
        if not np.isfinite(path).all() or path.min() < 0:
            raise EstimationError(f"{table.of} that is negative or not finite", expected="numbers >= 0")
        if table.people is not None:
            people_of = None if like.sizes is None else like.sizes[like.watched, k]
            size = _scale(table.people, path[like.watched], people_of, kind) * path.mean(1)
            if sizes is None:
                sizes = np.full(counts.shape, np.nan)
            reported = 1.0 if table.people == "matched" else share
            sizes[:, k] = reported * size * np.exp(rng.normal(0, table.error, size.size))
            counts[:, k] = np.maximum(like.counts[:, k], 1)
        elif table.events is not None and table.events != "people":
            events_of = like.counts[like.watched, k].astype(float)
            events = _scale(table.events, path[like.watched], events_of, kind) * path.mean(1)
            counts[:, k] = rng.poisson(events if table.events == "matched" else share * events)
        else:
            total = path.sum(axis=1) * (people if table.events == "people" else 1)
            nearest = np.round(total)
            whole = np.allclose(total, nearest, rtol=0, atol=1e-6)
            counts[:, k] = rng.binomial(nearest.astype(np.int64), share) if whole else rng.poisson(share * total)
    return Series(like.start, like.unit, like.kinds, counts, sizes, like.coverage, like.place, watched=like.watched)


def _scale(stated: float | str, path: Floats, record: Floats | None, kind: str) -> float:
    if stated != "matched":
        return float(stated)
    mean = float(path.mean()) if path.size else 0.0
    known = None if record is None else record[np.isfinite(record)]
    if mean <= 0 or known is None or not known.size:
        raise EstimationError(f"no {kind} in a history that is to match the record", expected="some")
    return float(known.mean()) / mean
