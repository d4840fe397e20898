"""What a fit of excitation must survive: other baselines, sources that cannot have acted, and time run backwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from groundswell.errors import EstimationError
from groundswell.evidence.excitation.discrete import (
    Baseline,
    ExcitationFit,
    Model,
    Step,
    checked_counts,
    fit_excitation,
    fit_sources,
)
from groundswell.evidence.excitation.discrete_likelihood import Family, Floats
from groundswell.evidence.statistics.diagnostics import plain


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
    p : of finding as much as was found in the placebo, where nothing should be.
    passed : the placebo found nothing (see the function that made it).
    branching : of the placebo fits, shape (fits, K, K).
    statistics : likelihood ratios: of the record first, then of each placebo fit.
    """

    name: str
    p: float
    passed: bool
    branching: Floats
    statistics: Floats
    answer: str

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
    seed: int = 0,
) -> Placebo:
    """Let the sources be the same series moved by a long time, in a circle: no excitation can be left.

    Parameters
    ----------
    fits : placebo fits, with shifts spread evenly from a fifth to four fifths of the record.

    Returns
    -------
    `Placebo`; p is the smallest p-value of the fits times their number, and `passed` means p >= 0.05. The level shifts
    found with the true sources are kept. A failure says that the baseline leaves slow swings to the excitation terms.
    """
    y, names = checked_counts(counts, kinds)
    if fits < 1:
        raise EstimationError(f"{fits} fits", expected="at least one")
    settings = baseline or Baseline()
    record = fit_excitation(
        y, kinds=names, step=step, baseline=settings, coverage=coverage, family=family, interval="none", seed=seed
    )
    T = y.shape[0]
    found = []
    for shift in np.linspace(0.2, 0.8, fits) * T if fits > 1 else [T / 2]:
        S = np.ascontiguousarray(np.roll(y, int(shift), axis=0))
        found.append(fit_sources(y, S, names, Model(step, settings, coverage, family, seed=seed), record.breaks))
    p = min(1.0, fits * min(f.p for f in found))
    passed = p >= 0.05
    return Placebo(
        "shifted",
        p,
        passed,
        np.stack([f.branching for f in found]),
        np.array([record.likelihood_ratio, *(f.likelihood_ratio for f in found)]),
        f"Sources moved by a long time {'excite nothing' if passed else 'still seem to excite'} (p = {p:.2g}).",
    )


def reversed_time(
    counts: ArrayLike,
    *,
    kinds: Sequence[str] | None = None,
    step: Step = "week",
    baseline: Baseline | None = None,
    coverage: ArrayLike | None = None,
    family: Family = "negative_binomial",
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
    record = fit_excitation(
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
    return Placebo("reversed time", p, p >= 0.05, other.branching[None], statistics, answer)
