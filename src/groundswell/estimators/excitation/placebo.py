"""What a fit of excitation must survive: other baselines, sources that cannot have acted, and time run backwards.

`shifted` and `swapped` take sources that cannot have acted (the record itself moved by years; the record of another
place) and must find nothing. `reversed_time` must not find a leader backwards. `shuffled` keeps every total and draws
the kinds anew, so that a link between kinds has to be stronger than what common bursts of everything would give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import signal

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.excitation.discrete import (
    Baseline,
    ExcitationFit,
    Model,
    Step,
    checked_counts,
    fit_excitation,
    fit_sources,
)
from groundswell.estimators.excitation.discrete_target import Family, Floats
from groundswell.estimators.excitation.placebo_sources import further_sources
from groundswell.results import plain

_KERNELS = (0.5, 1.0, 2.0, 4.0, 8.0)  # half-lives in steps; the decay is free in the record and in every shuffle
_CHUNK = 4_000_000  # numbers held at once: 32 MB


@dataclass(frozen=True)
class BaselineChoice:
    """Fits under several baselines.

    Parameters
    ----------
    best : the fit with the smallest criterion among those that fit (among all, where none does).
    settings : of each fit; `table` has one row per setting, in the same order.
    span : shape (K, K); largest minus smallest branching over the settings.
    robust : every setting whose checks pass gives the same answer to "is there excitation?".
    """

    best: ExcitationFit
    best_setting: Baseline
    settings: tuple[Baseline, ...]
    table: tuple[dict[str, object], ...]
    span: Floats
    robust: bool
    criterion: str

    @property
    def answer(self) -> str:
        """One sentence."""
        word = "does not depend" if self.robust else "depends"
        return (
            f"Whether excitation is found {word} on the baseline; over {len(self.settings)} baselines the branching "
            f"ratios vary by up to {self.span.max():.2f}."
        )

    def to_dict(self) -> dict[str, object]:
        return {
            "best": self.best.to_dict(),
            "table": [plain(row) for row in self.table],
            "span": plain(self.span),
            "robust": self.robust,
            "criterion": self.criterion,
            "answer": self.answer,
        }


def select_baseline(
    counts: ArrayLike,
    *,
    settings: Sequence[Baseline] | None = None,
    criterion: Literal["bic", "aic"] = "bic",
    kinds: Sequence[str] | None = None,
    step: Step = "week",
    coverage: ArrayLike | None = None,
    family: Family = "negative_binomial",
    interval: Literal["profile", "wald", "none"] = "profile",
    seed: int = 0,
) -> BaselineChoice:
    """Fit under several baselines, choose one by AIC or BIC, and report how far branching depends on the choice.

    Parameters
    ----------
    settings : baselines to compare; by default 1, 2, 4 and 8 trend pieces per year, and 4 without season.
    criterion : smallest wins, among fits whose checks pass. Likelihoods are marginal over the wiggles of the trend.
    interval : computed for the best fit only.

    Returns
    -------
    `BaselineChoice`.
    """
    choices = tuple(
        settings or (*(Baseline(df_per_year=d) for d in (1.0, 2.0, 4.0, 8.0)), Baseline(df_per_year=4.0, harmonics=0))
    )
    if criterion not in ("aic", "bic"):
        raise EstimationError(f"criterion {criterion!r}", expected="'aic' or 'bic'")
    fits = [
        fit_excitation(
            counts, kinds=kinds, step=step, baseline=b, coverage=coverage, family=family, interval="none", seed=seed
        )
        for b in choices
    ]
    rows: list[dict[str, object]] = [
        {
            "df_per_year": b.df_per_year,
            "harmonics": b.harmonics,
            "trend_df": f.trend_df,
            "breaks": f.breaks,
            "aic": f.aic,
            "bic": f.bic,
            "p": f.p,
            "branching": f.branching,
            "spectral_radius": f.spectral_radius,
            "passed": f.passed,
        }
        for b, f in zip(choices, fits, strict=True)
    ]
    fitting = [i for i, f in enumerate(fits) if f.passed]
    at = min(fitting or range(len(fits)), key=lambda i: getattr(fits[i], criterion))
    best = fits[at]
    if interval != "none":
        best = fit_excitation(
            counts,
            kinds=kinds,
            step=step,
            baseline=choices[at],
            coverage=coverage,
            family=family,
            interval=interval,
            seed=seed,
        )
    branching = np.stack([f.branching for f in fits])
    answers = {fits[i].p < 0.05 for i in fitting}
    return BaselineChoice(
        best, choices[at], choices, tuple(rows), np.ptp(branching, axis=0), len(answers) == 1, criterion
    )


@dataclass(frozen=True)
class Placebo:
    """A fit to what cannot show the effect, beside the fit that could.

    Parameters
    ----------
    name : which placebo.
    p : of the placebo's test; the function that made it says of what.
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

    def to_dict(self) -> dict[str, object]:
        return {k: plain(v) for k, v in self.__dict__.items()}


def shifted(
    counts: ArrayLike,
    *,
    fits: int = 5,
    kinds: Sequence[str] | None = None,
    step: Step = "week",
    baseline: Baseline | None = None,
    coverage: ArrayLike | None = None,
    family: Family = "negative_binomial",
    record: ExcitationFit | None = None,
    seed: int = 0,
) -> Placebo:
    """Add the same series moved by a long time, in a circle, as sources: they cannot have excited anything.

    Parameters
    ----------
    fits : placebo fits, with shifts spread evenly from a fifth to four fifths of the record.
    record : the fit to the same counts with the same settings, where there is one already.

    Returns
    -------
    `Placebo`; p is the smallest p-value of the fits times their number, and `passed` means p >= 0.05. The level shifts
    found with the true sources are kept, and so is the record's own past: beside it the moved series are further
    sources, since a contagious series without its past would seem to be excited by anything slow. A failure says that
    the baseline leaves slow swings to the excitation terms.
    """
    y, names = checked_counts(counts, kinds)
    if fits < 1:
        raise EstimationError(f"{fits} fits", expected="at least one")
    settings = baseline or Baseline()
    record = record or fit_excitation(
        y, kinds=names, step=step, baseline=settings, coverage=coverage, family=family, interval="none", seed=seed
    )
    T = y.shape[0]
    found = []
    for shift in np.linspace(0.2, 0.8, fits) * T if fits > 1 else [T / 2]:
        moved = np.roll(y, int(shift), axis=0)
        found.append(further_sources(y, moved, record, settings, coverage, seed))
    p = min(1.0, fits * min(f.p for f in found))
    passed = p >= 0.05
    return Placebo(
        "shifted",
        p,
        passed,
        np.stack([f.branching for f in found]),
        np.array([record.likelihood_ratio, *(f.likelihood_ratio for f in found)]),
        f"Sources moved by a long time {'excite nothing' if passed else 'still seem to excite'} (p = {p:.2g}).",
        np.minimum(1.0, fits * np.min([f.pair_p for f in found], axis=0)),
    )


def reversed_time(
    counts: ArrayLike,
    *,
    kinds: Sequence[str] | None = None,
    step: Step = "week",
    baseline: Baseline | None = None,
    coverage: ArrayLike | None = None,
    family: Family = "negative_binomial",
    record: ExcitationFit | None = None,
    seed: int = 0,
) -> Placebo:
    """Run the record backwards: what leads forwards should not also lead backwards.

    Returns
    -------
    `Placebo`. For every pair of different kinds with excitation found forwards (pair p < 0.05), p looks at the same
    ordered pair in reversed time: the smallest pair p times their number, at most 1; `passed` means p >= 0.05. The
    branching of the reversed fit is [source, target] in reversed time. A failure says that a common cause moves both
    kinds, or that each excites the other: the record does not tell who leads.

    Raises
    ------
    EstimationError : for one kind; self-excitation looks the same in both directions of time.

    Known limits: coverage and breaks are reversed with the record; reversed excitation is only approximately of the
    model's form.
    """
    y, names = checked_counts(counts, kinds)
    T, K = y.shape
    if K < 2:
        raise EstimationError(
            "one kind", expected="two or more", why="self-excitation looks the same in both directions of time"
        )
    settings = baseline or Baseline()
    record = record or fit_excitation(
        y, kinds=names, step=step, baseline=settings, coverage=coverage, family=family, interval="none", seed=seed
    )
    back = np.ascontiguousarray(y[::-1])
    cover = None if coverage is None else np.asarray(coverage, dtype=np.float64)[::-1]
    mirrored = tuple(tuple(sorted(T - b for b in found)) for found in record.breaks)
    other = fit_sources(back, back, names, Model(step, settings, cover, family, seed=seed), mirrored)
    pairs = [(j, k) for j in range(K) for k in range(K) if j != k and record.pair_p[j, k] < 0.05]
    p = min([1.0, *(len(pairs) * float(other.pair_p[pair]) for pair in pairs)])
    if not pairs:
        answer = "No kind was found to lead another, forwards."
    else:
        told = ", ".join(f"{names[j]!r} before {names[k]!r}" for j, k in pairs)
        answer = (
            f"What leads forwards ({told}) {'does not lead' if p >= 0.05 else 'also leads'} backwards (p = {p:.2g})."
        )
    statistics = np.array([record.likelihood_ratio, other.likelihood_ratio])
    return Placebo("reversed time", p, p >= 0.05, other.branching[None], statistics, answer, other.pair_p)


def swapped(
    counts: ArrayLike,
    others: Mapping[str, ArrayLike],
    *,
    fits: int = 5,
    kinds: Sequence[str] | None = None,
    step: Step = "week",
    baseline: Baseline | None = None,
    coverage: ArrayLike | None = None,
    family: Family = "negative_binomial",
    record: ExcitationFit | None = None,
    seed: int = 0,
) -> Placebo:
    """Add the same kinds of events in another place as sources, beside the record's own past.

    Parameters
    ----------
    others : other places, each of shape (T', K), the same kinds in the same order. With T' = T the dates are kept, so
        that a cause common to both places shows; a shorter or longer record is repeated or cut.
    fits : places drawn, at most.
    record : the fit to the same counts with the same settings, where there is one already.

    Returns
    -------
    `Placebo`; p is the smallest p-value of the fits times their number, and `passed` means p >= 0.05. A failure says
    that a cause common to the places moves both, or that events travel between them: excitation within one place is
    then not told from either.

    Raises
    ------
    EstimationError : where no other place has at least 10 events of each kind, or the kinds differ in number.
    """
    y, names = checked_counts(counts, kinds)
    T, K = y.shape
    if fits < 1:
        raise EstimationError(f"{fits} fits", expected="at least one")
    sources: dict[str, Floats] = {}
    for place in sorted(others):
        values = np.asarray(others[place], dtype=np.float64)
        values = values[:, None] if values.ndim == 1 else values
        if values.ndim != 2 or values.shape[1] != K:
            raise EstimationError(f"counts of {place!r} of shape {values.shape}", expected=f"(T, {K}), the same kinds")
        moved = values[np.arange(T) % values.shape[0]]
        if np.isfinite(moved).all() and (moved.sum(axis=0) >= 10).all():
            sources[place] = np.ascontiguousarray(moved)
    if not sources:
        raise EstimationError(
            f"{len(others)} other places", expected="one with at least 10 events of each kind", why="nothing to swap"
        )
    rng = np.random.default_rng(derive_seed(seed, "places swapped"))
    chosen = sorted(rng.permutation(list(sources))[:fits].tolist())
    settings = baseline or Baseline()
    record = record or fit_excitation(
        y, kinds=names, step=step, baseline=settings, coverage=coverage, family=family, interval="none", seed=seed
    )
    found = [further_sources(y, sources[place], record, settings, coverage, seed) for place in chosen]
    p = min(1.0, len(found) * min(f.p for f in found))
    strongest = chosen[int(np.argmin([f.p for f in found]))]
    told = f"{len(found)} other place{'s' if len(found) > 1 else ''}"
    return Placebo(
        "swapped",
        p,
        p >= 0.05,
        np.stack([f.branching for f in found]),
        np.array([record.likelihood_ratio, *(f.likelihood_ratio for f in found)]),
        f"Events in {told} excite nothing here (p = {p:.2g})."
        if p >= 0.05
        else f"Events elsewhere ({strongest!r}) seem to excite as well (p = {p:.2g}).",
        np.minimum(1.0, len(found) * np.min([f.pair_p for f in found], axis=0)),
    )


# --- placebos that need no fit ----------------------------------------------------------------------------------------


def course(y: Floats, record: ExcitationFit) -> tuple[Floats, Floats]:
    """The fitted baseline, scaled to the total of the counts, and their standard deviation about it.

    Both of shape (T - lead, K). The spread is the moment estimate, so excitation is part of what is left.
    """
    seen, base = y[record.lead :], np.maximum(record.baseline_mean[record.lead :], 1e-9)
    mean = np.maximum(base * (seen.sum(axis=0) / base.sum(axis=0)), 1e-9)
    excess = np.maximum(((seen - mean) ** 2 - mean).sum(axis=0) / (mean**2).sum(axis=0), 0.0)
    return mean, np.sqrt(mean + excess * mean**2)


def shuffle_kinds(y: Floats, block: int, copies: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Kinds drawn anew among the events of each block: totals per step, and per block and kind, are kept.

    Returns
    -------
    int64 of shape (copies, T, K); every arrangement of the labels within a block is equally likely.
    """
    T, K = y.shape
    n_blocks = -(-T // block)
    whole = np.zeros((n_blocks * block, K), dtype=np.int64)
    whole[:T] = y
    cut = whole.reshape(n_blocks, block, K)
    left = np.broadcast_to(cut.sum(axis=1), (copies, n_blocks, K)).copy()
    out = np.empty((copies, n_blocks, block, K), dtype=np.int64)
    for s in range(block):
        need = np.broadcast_to(cut[:, s].sum(axis=-1), (copies, n_blocks)).copy()
        for k in range(K):
            drawn = rng.hypergeometric(left[..., k], left[..., k + 1 :].sum(axis=-1), need) if k < K - 1 else need
            out[:, :, s, k] = drawn
            left[..., k] -= drawn
            need = need - drawn
    return out.reshape(copies, n_blocks * block, K)[:, :T]


def _past(x: Floats, half_life: float, axis: int) -> Floats:
    """Geometric mean over earlier steps, the step itself left out."""
    d = 2.0 ** (-1 / half_life)
    return np.asarray(signal.lfilter([0.0, 1 - d], [1.0, -d], x, axis=axis))


def lead_statistics(x: Floats) -> Floats:
    """How strongly each kind leads each, the others given: largest t over half-lives; shape (..., K, K).

    ``x``, shape (..., T, K), is regressed on its own geometric means over the past, all kinds at once.
    """
    n = x.shape[-2]
    best = np.full((*x.shape[:-2], x.shape[-1], x.shape[-1]), -np.inf)
    centred = x - x.mean(axis=-2, keepdims=True)
    for half in _KERNELS:
        z = _past(x, half, -2)
        z = z - z.mean(axis=-2, keepdims=True)
        gram = np.einsum("...tj,...tk->...jk", z, z) + 1e-9 * n * np.eye(x.shape[-1])
        cross = np.einsum("...tj,...tk->...jk", z, centred)
        inverse = np.linalg.inv(gram)
        slope = inverse @ cross
        rest = np.einsum("...tk,...tk->...k", centred, centred) - np.einsum("...jk,...jk->...k", slope, cross)
        variance = np.maximum(rest, 1e-12)[..., None, :] / n * np.einsum("...jj->...j", inverse)[..., :, None]
        best = np.maximum(best, slope / np.sqrt(variance))
    return best


def shuffled(
    counts: ArrayLike,
    *,
    block: int | None = None,
    draws: int = 999,
    kinds: Sequence[str] | None = None,
    step: Step = "week",
    baseline: Baseline | None = None,
    coverage: ArrayLike | None = None,
    family: Family = "negative_binomial",
    record: ExcitationFit | None = None,
    seed: int = 0,
) -> Placebo:
    """Draw the kinds of events anew within short blocks: a link between kinds must exceed what totals alone give.

    The totals of every step, and of every kind in every block, stay; which kind came first within a block is lost. For
    every pair the statistic is that of a regression of each kind (as departures from its baseline) on the past of all
    kinds, the largest over half-lives of 0.5 to 8 steps, in the record and in each shuffle.

    Parameters
    ----------
    block : steps; by default 4 weeks or 14 days.
    draws : shuffles.
    record : the fit to the same counts with the same settings, where there is one already.

    Returns
    -------
    `Placebo`. ``pair_p`` is the share of shuffles at least as strong as the record (so **small** p-values speak for the
    record). p is the largest of them among pairs of different kinds found in the record (pair p < 0.05), 0 if there is
    none; `passed` means p < 0.05. A failure says that the link is no stronger than common bursts of all kinds would
    make it. ``branching`` is empty, ``statistics`` holds the record's and then the largest of each shuffle.

    Raises
    ------
    EstimationError : for one kind, whose labels cannot be shuffled.

    Known limits: surviving is necessary, not sufficient. Kinds that come in clumps of their own lose them in shuffles,
    whatever excites what, so the test then refutes nothing; what it does refute is a cause common to all kinds. Kinds
    that excite themselves and each other alike are such a case too: labels do not matter there. Excitation slower than
    a block is only partly destroyed, which makes the test conservative.
    """
    y, names = checked_counts(counts, kinds)
    T, K = y.shape
    if K < 2:
        raise EstimationError("one kind", expected="two or more", why="there are no labels to shuffle")
    block = block or (4 if step == "week" else 14)
    if block < 2 or draws < 19:
        raise EstimationError(
            f"block {block}, draws {draws}", expected="a block of at least 2 steps, at least 19 draws"
        )
    record = record or fit_excitation(
        y,
        kinds=names,
        step=step,
        baseline=baseline or Baseline(),
        coverage=coverage,
        family=family,
        interval="none",
        seed=seed,
    )
    mean, deviation = course(y, record)
    own = lead_statistics((y[record.lead :] - mean) / deviation)
    rng = np.random.default_rng(derive_seed(seed, "kinds shuffled"))
    hits, largest, done = np.zeros((K, K)), [], 0
    while done < draws:
        copies = min(draws - done, max(1, _CHUNK // (T * K)))
        moved = shuffle_kinds(y, block, copies, rng)[:, record.lead :]
        found = lead_statistics((moved - mean) / deviation)
        hits += (found >= own).sum(axis=0)
        largest.append(np.where(np.eye(K, dtype=bool), -np.inf, found).max(axis=(1, 2)))
        done += copies
    pair_p = (1 + hits) / (draws + 1)
    pairs = [(j, k) for j in range(K) for k in range(K) if j != k and record.pair_p[j, k] < 0.05]
    p = max([0.0, *(float(pair_p[pair]) for pair in pairs)])
    if not pairs:
        answer = "No kind was found to excite another."
    elif p < 0.05:
        answer = f"The links between kinds are stronger than with kinds drawn anew (p = {p:.2g} or less)."
    else:
        weak = [f"{names[j]!r} to {names[k]!r}" for j, k in pairs if pair_p[j, k] >= 0.05]
        answer = f"Kinds drawn anew give links as strong ({', '.join(weak)}; p = {p:.2g})."
    top = float(np.where(np.eye(K, dtype=bool), -np.inf, own).max())
    return Placebo("shuffled", p, p < 0.05, np.empty((0, K, K)), np.concatenate([[top], *largest]), answer, pair_p)


@dataclass(frozen=True)
class Direction:
    """Which of two kinds comes first, in pairs.

    Parameters
    ----------
    lead : shape (K, K), antisymmetric; [j, k] > 0 where j comes before k, in standard deviations of the null.
    pair_p : shape (K, K), symmetric; two-sided, of a record that looks the same in both directions of time.
    """

    kinds: tuple[str, ...]
    lead: Floats
    pair_p: Floats

    @property
    def answer(self) -> str:
        """One sentence."""
        pairs = [
            (j, k) for j in range(len(self.kinds)) for k in range(len(self.kinds)) if self.lead[j, k] > 0 and j != k
        ]
        told = [
            f"{self.kinds[j]!r} comes before {self.kinds[k]!r} (p = {self.pair_p[j, k]:.2g})"
            for j, k in pairs
            if self.pair_p[j, k] < 0.05
        ]
        return f"{', and '.join(told)}." if told else "The record looks the same in both directions of time."

    def to_dict(self) -> dict[str, object]:
        return {**{k: plain(v) for k, v in self.__dict__.items()}, "answer": self.answer}


def direction_of_time(
    counts: ArrayLike,
    *,
    half_life: float = 2.0,
    draws: int = 1999,
    kinds: Sequence[str] | None = None,
    step: Step = "week",
    baseline: Baseline | None = None,
    coverage: ArrayLike | None = None,
    family: Family = "negative_binomial",
    record: ExcitationFit | None = None,
    seed: int = 0,
) -> Direction:
    """Does the record tell the arrow of time: does one kind come before another more than the other way round?

    With x the counts as departures from their baseline, ``sum_t x_k(t) w(x_j)(t) - x_j(t) w(x_k)(t)``, w a geometric
    mean over the past, is cut into blocks; a record that is the same in both directions (such as one moved by a common
    cause) leaves the sign of every block to chance, so signs are drawn anew.

    Parameters
    ----------
    half_life : of w, steps.
    draws : of signs.

    Returns
    -------
    `Direction`. Kinds that excite each other equally have no direction either: nothing found is no proof against
    excitation.

    Raises
    ------
    EstimationError : for one kind.
    """
    y, names = checked_counts(counts, kinds)
    K = y.shape[1]
    if K < 2:
        raise EstimationError(
            "one kind", expected="two or more", why="self-excitation looks the same in both directions of time"
        )
    record = record or fit_excitation(
        y,
        kinds=names,
        step=step,
        baseline=baseline or Baseline(),
        coverage=coverage,
        family=family,
        interval="none",
        seed=seed,
    )
    mean, deviation = course(y, record)
    x = (y[record.lead :] - mean) / deviation
    z = _past(x, half_life, 0)
    n = x.shape[0]
    length = int(min(max(13, round(6 * half_life)), max(2, n // 8)))
    blocks = n // length
    rows = blocks * length
    gain = np.einsum("tj,tk->tjk", z, x)
    gain = (gain - gain.transpose(0, 2, 1))[n - rows :].reshape(blocks, length, K, K).sum(axis=1)
    scale = np.sqrt(np.maximum((gain**2).sum(axis=0), 1e-300))
    lead = gain.sum(axis=0) / scale
    rng = np.random.default_rng(derive_seed(seed, "signs of blocks"))
    signs = rng.choice([-1.0, 1.0], size=(draws, blocks))
    null = np.abs(np.einsum("db,bjk->djk", signs, gain)) / scale
    pair_p = (1 + (null >= np.abs(lead) - 1e-9).sum(axis=0)) / (draws + 1)
    np.fill_diagonal(pair_p, 1.0)
    np.fill_diagonal(lead, 0.0)
    return Direction(names, lead, pair_p)
