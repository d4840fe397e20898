"""What a fit of excitation must survive: other baselines, sources that cannot have acted, and time run backwards.

`shifted` and `swapped` take sources that cannot have acted (the record itself shifted by years; the record of another
place) and must find nothing. `reversed_time` must not find a leader backwards. `shuffled` keeps every total and redraws
the kinds, so that a link between kinds has to be stronger than what common bursts of everything would give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.excitation.baseline import Baseline, Floats
from groundswell.estimators.excitation.counts import FEWEST_EVENTS, checked_counts
from groundswell.estimators.excitation.discrete import fit_excitation, fit_sources
from groundswell.estimators.excitation.options import ExcitationSettings
from groundswell.estimators.excitation.outcome import ExcitationFit
from groundswell.estimators.excitation.placebo_sources import FurtherSources, further_sources
from groundswell.results import Result


@dataclass(frozen=True)
class Placebo(Result):
    """A fit to data that cannot show the effect, compared with the fit that could.

    Parameters
    ----------
    name : which placebo.
    p : of the placebo's test; the function that made it says what is tested.
    passed : the record survives the placebo.
    branching : of the placebo fits, shape (fits, K, K).
    statistics : likelihood ratios: of the record first, then of each placebo fit.
    pair_p : shape (K, K), [source, target]; the same test for each pair alone.
    """

    name: str
    p: float
    passed: bool
    branching: Floats
    statistics: Floats
    answer: str
    pair_p: Floats


@dataclass(frozen=True)
class Tested:
    """A record that is tested by placebos: its counts (T, K), how it is fitted, and its fit."""

    y: Floats
    settings: ExcitationSettings
    fit: ExcitationFit

    @classmethod
    def of(
        cls,
        counts: ArrayLike,
        settings: ExcitationSettings | None,
        options: Mapping[str, Any],
        *,
        kinds: Sequence[str] | None,
        record: ExcitationFit | None,
        single: str = "",
    ) -> Tested:
        """The checked record; fitted if ``record`` is not already its fit.

        Raises
        ------
        EstimationError : on counts or settings that cannot be used; for one kind, where ``single`` gives the reason.
        """
        y, names = checked_counts(counts, kinds)
        if single and y.shape[1] < 2:
            raise EstimationError("one kind", expected="two or more", why=single)
        chosen = ExcitationSettings.of(settings, {**options, "interval": "none"})
        if not isinstance(chosen.baseline, Baseline):
            chosen = chosen.model_copy(update={"baseline": Baseline()})
        return cls(y, chosen, record or fit_excitation(y, chosen, kinds=names))

    @property
    def found(self) -> list[tuple[int, int]]:
        """Pairs of different kinds with excitation found."""
        K = self.y.shape[1]
        return [(j, k) for j in range(K) for k in range(K) if j != k and self.fit.pair_p[j, k] < 0.05]

    def beside(self, sources: Sequence[Floats], fits: int) -> list[FurtherSources]:
        """What each of the further sources adds to the record's own past."""
        if fits < 1:
            raise EstimationError(f"{fits} fits", expected="at least one")
        return [further_sources(self.y, more, self.fit, self.settings) for more in sources]


def _nothing_found(name: str, tested: Tested, found: Sequence[FurtherSources], passed: str, failed: str) -> Placebo:
    """The placebo of sources that cannot have acted: the smallest p-value times their number; ``{p}`` in the words."""
    p = min(1.0, len(found) * min(f.p for f in found))
    return Placebo(
        name,
        p,
        p >= 0.05,
        np.stack([f.branching for f in found]),
        np.array([tested.fit.likelihood_ratio, *(f.likelihood_ratio for f in found)]),
        (passed if p >= 0.05 else failed) + f" (p = {p:.2g}).",
        np.minimum(1.0, len(found) * np.min([f.pair_p for f in found], axis=0)),
    )


def shifted(
    counts: ArrayLike,
    settings: ExcitationSettings | None = None,
    *,
    fits: int = 5,
    kinds: Sequence[str] | None = None,
    record: ExcitationFit | None = None,
    **options: Any,
) -> Placebo:
    """Add the same series, shifted circularly by a long time, as sources: they cannot have excited anything.

    Parameters
    ----------
    fits : placebo fits, with shifts spread evenly from a fifth to four fifths of the record.
    record : the fit to the same counts with the same settings, where there is one already.

    Returns
    -------
    `Placebo`; p is the smallest p-value of the fits times their number, and `passed` means p >= 0.05. The level shifts
    found with the true sources are kept, and so is the record's own past: the shifted series are further
    sources next to it, since a contagious series without its past would seem to be excited by anything slow. A failure
    says that the baseline leaves slow swings to the excitation terms.
    """
    tested = Tested.of(counts, settings, options, kinds=kinds, record=record)
    T = tested.y.shape[0]
    shifts = np.linspace(0.2, 0.8, fits) * T if fits > 1 else [T / 2]
    found = tested.beside([np.roll(tested.y, int(shift), axis=0) for shift in shifts], fits)
    words = "Sources shifted by a long time excite nothing", "Sources shifted by a long time still seem to excite"
    return _nothing_found("shifted", tested, found, *words)


SAME_BACKWARDS = "self-excitation looks the same in both directions of time"


def reversed_time(
    counts: ArrayLike,
    settings: ExcitationSettings | None = None,
    *,
    kinds: Sequence[str] | None = None,
    record: ExcitationFit | None = None,
    **options: Any,
) -> Placebo:
    """Run the record backwards: what leads forwards should not also lead backwards in time.

    Returns
    -------
    `Placebo`. For every pair of different kinds with excitation found forwards (pair p < 0.05), p looks at the same
    ordered pair in reversed time: the smallest pair p times their number, at most 1; `passed` means p >= 0.05. The
    branching of the reversed fit is [source, target] in reversed time. A failure says that a common cause moves both
    kinds, or that each excites the other: the record does not show which leads.

    Raises
    ------
    EstimationError : for one kind; self-excitation looks the same in both directions of time.

    Known limits: coverage and breaks are reversed with the record; reversed excitation is only approximately of the
    model's form.
    """
    tested = Tested.of(counts, settings, options, kinds=kinds, record=record, single=SAME_BACKWARDS)
    y, fit, pairs = tested.y, tested.fit, tested.found
    back = np.ascontiguousarray(y[::-1])
    cover = tested.settings.coverage
    cover = None if cover is None else np.asarray(cover, dtype=np.float64)[::-1]
    mirrored = tuple(tuple(sorted(y.shape[0] - b for b in found)) for found in fit.breaks)
    other = fit_sources(back, back, fit.kinds, tested.settings.model_copy(update={"coverage": cover}), mirrored)
    p = min([1.0, *(len(pairs) * float(other.pair_p[pair]) for pair in pairs)])
    if not pairs:
        answer = "No kind was found to lead another, forwards."
    else:
        details = ", ".join(f"{fit.kinds[j]!r} before {fit.kinds[k]!r}" for j, k in pairs)
        answer = (
            f"What leads forwards ({details}) {'does not lead' if p >= 0.05 else 'also leads'} backwards (p = {p:.2g})."
        )
    statistics = np.array([fit.likelihood_ratio, other.likelihood_ratio])
    return Placebo("reversed time", p, p >= 0.05, other.branching[None], statistics, answer, other.pair_p)


def swapped(
    counts: ArrayLike,
    others: Mapping[str, ArrayLike],
    settings: ExcitationSettings | None = None,
    *,
    fits: int = 5,
    kinds: Sequence[str] | None = None,
    record: ExcitationFit | None = None,
    **options: Any,
) -> Placebo:
    """Add the same kinds of events in another place as sources, in addition to the record's own past.

    Parameters
    ----------
    others : other places, each of shape (T', K), the same kinds in the same order. With T' = T the dates are kept, so
        that a cause common to both places shows; a shorter or longer record is repeated or cut.
    fits : the largest number of places drawn.
    record : the fit to the same counts with the same settings, where there is one already.

    Returns
    -------
    `Placebo`; p is the smallest p-value of the fits times their number, and `passed` means p >= 0.05. A failure says
    that a cause common to the places moves both, or that events travel between them: excitation within one place then
    cannot be distinguished from either.

    Raises
    ------
    EstimationError : where no other place has at least 10 events of each kind, or the kinds differ in number.
    """
    y, names = checked_counts(counts, kinds)
    T, K = y.shape
    sources: dict[str, Floats] = {}
    for place in sorted(others):
        values = np.asarray(others[place], dtype=np.float64)
        values = values[:, None] if values.ndim == 1 else values
        if values.ndim != 2 or values.shape[1] != K:
            raise EstimationError(f"counts of {place!r} of shape {values.shape}", expected=f"(T, {K}), the same kinds")
        moved = values[np.arange(T) % values.shape[0]]
        if np.isfinite(moved).all() and (moved.sum(axis=0) >= FEWEST_EVENTS).all():
            sources[place] = np.ascontiguousarray(moved)
    if not sources:
        raise EstimationError(
            f"{len(others)} other places", expected="one with at least 10 events of each kind", why="nothing to swap"
        )
    tested = Tested.of(y, settings, options, kinds=names, record=record)
    rng = np.random.default_rng(derive_seed(tested.settings.seed, "places swapped"))
    chosen = sorted(rng.permutation(list(sources))[:fits].tolist())
    found = tested.beside([sources[place] for place in chosen], fits)
    strongest = chosen[int(np.argmin([f.p for f in found]))]
    details = f"{len(found)} other place{'s' if len(found) > 1 else ''}"
    words = f"Events in {details} excite nothing here", f"Events elsewhere ({strongest!r}) seem to excite as well"
    return _nothing_found("swapped", tested, found, *words)
