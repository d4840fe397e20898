"""Attempts that succeeded against attempts that failed: a near-experiment, and everything it owes its reader.

Who attempts is no accident; whether an attempt succeeds often is. Where that holds, successes and failures differ by
nothing but success, and what follows them differs by its effect. `compare_attempts` estimates that difference and
then attacks it: do successes and failures look alike beforehand, had the outcome already been moving, would chance do
as much, how strong would a hidden cause have to be, and what was too small to be seen at all?
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.attempts.permutation import Arrangements, freeman_halton, permute, rank_sum
from groundswell.estimators.core import Check, Estimate
from groundswell.estimators.statistics.association import MONTE_CARLO
from groundswell.estimators.statistics.regression import Regression, least_squares
from groundswell.results import Result

Floats = NDArray[np.float64]

_FEWEST = 5  # successes, and failures; with fewer, one attempt decides
_FEW_CLUSTERS = 20  # below, clustered errors are too small (Cameron, Gelbach & Miller 2008)
_FEW_VALUES = 6  # an outcome of so few values is a table, and Fisher's exact test applies
_MOST_ODDS = 20.0  # a hidden cause that makes success twenty times as likely is not hidden


@dataclass(frozen=True)
class BalanceRow(Result):
    """One thing known before the attempts: its mean among successes and failures, and how far these are apart.

    ``standardised`` is the difference in units of the pooled standard deviation; p is that of Welch's t.
    """

    name: str
    success: float
    failure: float
    standardised: float
    p: float
    n: int


@dataclass(frozen=True)
class HiddenCause(Result):
    """How strong a hidden cause of both success and outcome would have to be.

    Parameters
    ----------
    robustness : share of the remaining variance of success, and of the outcome, that it must explain to bring the
        estimate to zero (Cinelli & Hazlett 2020); 0 to 1.
    robustness_significance : the same, to bring the interval to zero; 0 where it holds zero already.
    strongest_control : the control that explains most of success, and the shares it explains of success and outcome.
    odds : how many times as likely success may be made by a hidden cause before the exact test of "outcome above its
        middle" is no longer significant (Rosenbaum's gamma); 1 where chance alone suffices, None where the test does
        not apply.
    """

    robustness: float
    robustness_significance: float
    strongest_control: tuple[str, float, float] | None
    odds: float | None


@dataclass(frozen=True)
class AttemptsComparison(Result):
    """What followed success, less what followed failure.

    Parameters
    ----------
    effect : regression coefficient of success, with robust or clustered interval.
    difference : plain difference in means, Welch.
    permutation : the same coefficient judged by how success could have fallen within strata; its p leads.
    exact : outcome and success as a table (Fisher, Freeman-Halton) or by ranks; ignores controls and strata.
    balance, balance_test : what was known beforehand, row by row, and jointly.
    placebos : the same regression on outcomes from before the attempt, where success can have done nothing.
    subgroups, interaction : the effect by group, and whether groups differ.
    sensitivity : see `Sensitivity`.
    smallest_seen : the effect that would have been seen with 80% power.
    successes, failures : numbers used.
    excluded : numbers left out, by reason.
    passed : enough of both, clusters enough, balance and placebos in order.
    notes : settings that were adapted.
    """

    outcome: str
    effect: Estimate
    difference: Estimate
    permutation: Estimate
    exact: Check
    balance: tuple[BalanceRow, ...]
    balance_test: Check | None
    placebos: Mapping[str, Estimate]
    subgroups: Mapping[str, Estimate]
    interaction: Check | None
    sensitivity: HiddenCause
    smallest_seen: float
    successes: int
    failures: int
    excluded: Mapping[str, int]
    checks: Mapping[str, bool]
    notes: tuple[str, ...]

    derived = ("answer", "passed")

    @property
    def passed(self) -> bool:
        return all(self.checks.values())

    @property
    def _unlike(self) -> bool:
        return self.balance_test is not None and not self.balance_test.passed

    @property
    def answer(self) -> str:
        """One sentence, the honest part first."""
        e, p = self.effect, self.permutation.p
        n = f"{self.successes} successes, {self.failures} failures"
        if not self.passed:
            failed = "; ".join(name for name, held in self.checks.items() if not held)
            adjust = " Hold what differs fixed by controls or strata." if self._unlike else ""
            return f"No verdict: success and failure cannot be compared so (does not hold: {failed}; {n}).{adjust}"
        assert e.value is not None
        assert e.low is not None
        assert e.high is not None
        assert p is not None
        told = (
            f"{self.outcome} was {abs(e.value):.3g} {'higher' if e.value >= 0 else 'lower'} after success than after "
            f"failure ({e.level:.0%} interval {e.low:+.3g} to {e.high:+.3g}, permutation p = {p:.2g}, {n})"
        )
        if p >= 1 - e.level:
            spread = (
                f"; the exact test, of any difference at all, has p = {self.exact.p:.2g}" if self.exact.p < 0.05 else ""
            )
            return (
                f"No effect on the mean was found: {told}; one below {self.smallest_seen:.2g} would be seen less "
                f"than 80% of the time{spread}."
            )
        s = self.sensitivity
        return (
            f"{told[0].upper()}{told[1:]}; a hidden cause of {s.robustness:.0%} of the variance of both success and "
            "outcome would explain it away."
        )


def compare_attempts(
    frame: pl.DataFrame,
    *,
    success: str,
    outcome: str,
    controls: Sequence[str] = (),
    factors: Sequence[str] = (),
    cluster: str | None = None,
    strata: Sequence[str] = (),
    before: Sequence[str] = (),
    placebo: Sequence[str] = (),
    by: str | None = None,
    unit: str = "",
    level: float = 0.95,
    draws: int = MONTE_CARLO,
    seed: int = 0,
) -> AttemptsComparison:
    """What followed attempts that succeeded, against what followed those that failed.

    ``outcome = b success + controls + strata + error`` by least squares, errors robust to unequal spread or clusters;
    p by permutation of success within strata (all arrangements up to 200,000, else seeded draws).

    Parameters
    ----------
    frame : one row per attempt.
    success : column of booleans, or of 0 and 1.
    outcome : column of numbers, measured after the attempt (or a change from before to after).
    controls : columns held fixed; numbers enter as they are, texts and booleans as dummies.
    factors : controls whose numbers are codes, each of which becomes a dummy (a weapon, a year).
    cluster : column of labels within which errors may be correlated (a country).
    strata : columns within which success is as good as chance; it is permuted within them, and they enter as dummies.
    before : columns known before the attempt, for the balance table; numbers, booleans or texts. Those that are
        controls too are held fixed, and left out of the joint test.
    placebo : columns of outcomes from before the attempt, on which success can have had no effect.
    by : column of groups, for the effect within each and their difference.
    unit : of the outcome.
    draws, seed : of the permutations, where they are not all enumerated.

    Returns
    -------
    `AttemptsComparison`; ``passed`` is False with fewer than five successes or failures, fewer than 20 clusters, an
    imbalance beforehand or a placebo effect (each at 5%, placebos jointly by Holm).

    Raises
    ------
    EstimationError : a column is missing or is of the wrong kind, success never or always happens, or controls
        determine success.

    Known limits: the comparison is causal only if success is chance given strata and controls; balance in what is known
    says nothing of what is not. Effects of an attempt as such, whether it succeeds or not, cancel. Where an act has no
    failed counterpart, use `groundswell.estimators.response.responses.study_responses`.
    Source: Jones & Olken (2009), AEJ: Macroeconomics 1(2):55-87; Hansen & Bowers (2008), Statist. Sci. 23:219-236;
    Rosenbaum (2002), Observational Studies, ch. 4; Cinelli & Hazlett (2020), JRSS B 82:39-67.

    Example
    -------
    >>> import polars as pl
    >>> frame = pl.DataFrame({"hit": [1, 1, 1, 1, 1, 0, 0, 0, 0, 0], "after": [4., 5, 6, 5, 4, 1, 2, 3, 2, 1]})
    >>> found = compare_attempts(frame, success="hit", outcome="after")
    >>> round(found.effect.value, 9), round(found.permutation.p, 4)
    (3.0, 0.0079)
    """
    if not 0.5 <= level < 1:
        raise EstimationError(f"level {level}", expected="a coverage from 0.5 up to, not including, 1")
    wanted = [success, outcome, *controls, *factors, *strata, *before, *placebo, *(x for x in (cluster, by) if x)]
    missing = [name for name in dict.fromkeys(wanted) if name not in frame.columns]
    if missing:
        known = ", ".join(frame.columns)
        raise EstimationError(f"no column {', '.join(map(repr, missing))}", expected=f"one of {known}")
    clash = [name for name in (*controls, *factors, *strata, *before) if name in (success, outcome)]
    if clash:
        raise EstimationError(f"{clash[0]!r} is a control too", expected="columns other than success and outcome")
    used = list(dict.fromkeys([success, outcome, *controls, *factors, *strata, *(x for x in (cluster, by) if x)]))
    rows, excluded = _complete(frame, used)
    hit = _success(rows[success], success)
    y = _numbers(rows[outcome], outcome)
    notes: list[str] = []
    strata_terms, stratum = _strata(rows, strata)
    terms = _terms(rows, controls, factors) | strata_terms
    labels = None if cluster is None else rows[cluster].to_numpy()

    fit = _fit(y, hit, terms, labels)
    effect = fit.estimate(_NAME, unit=unit, level=level)
    arrangements = Arrangements(hit, stratum, draws, seed)
    permutation = _permutation(y, terms, arrangements, unit, level)
    still = sum(int(np.ptp(hit[stratum == b].astype(int)) == 0) for b in range(int(stratum.max()) + 1))
    if strata and still:
        notes.append(f"{still} strata hold only successes or only failures and say nothing")

    rows_before, joint = _balance(rows, hit, stratum, before, (*controls, *factors), draws, seed)
    placebos = {name: _placebo(frame, name, used, success, controls, factors, strata, cluster, level, draws, seed)
                for name in placebo}  # fmt: skip
    subgroups, interaction = _subgroups(rows, y, hit, terms, stratum, labels, by, unit, level, draws, seed)

    least = min((e.p for e in placebos.values() if e.p is not None), default=1.0)
    checks = {
        f"at least {_FEWEST} successes and failures": min(int(hit.sum()), int((~hit).sum())) >= _FEWEST,
        "some arrangement of success could be significant": arrangements.smallest_p < 1 - level,
    }
    if cluster is not None:
        checks[f"at least {_FEW_CLUSTERS} clusters"] = (fit.clusters or 0) >= _FEW_CLUSTERS
    if joint is not None:
        checks["successes and failures are alike beforehand"] = joint.passed
    if placebos:
        checks["no effect before the attempt"] = least * len(placebos) >= 0.05
    share = stats.t.ppf(0.5 + level / 2, fit.free) + stats.t.ppf(0.8, fit.free)
    return AttemptsComparison(
        outcome=outcome,
        effect=effect,
        difference=_welch(y, hit, unit, level),
        permutation=permutation,
        exact=_exact(y, hit),
        balance=rows_before,
        balance_test=joint,
        placebos=placebos,
        subgroups=subgroups,
        interaction=interaction,
        sensitivity=_sensitivity(fit, y, hit, terms, stratum, level),
        smallest_seen=float(share * fit.standard_error(_NAME)),
        successes=int(hit.sum()),
        failures=int((~hit).sum()),
        excluded=excluded,
        checks=checks,
        notes=tuple(notes),
    )


_NAME = "success"


# --- columns --------------------------------------------------------------------------------------------------------


def _complete(frame: pl.DataFrame, used: Sequence[str]) -> tuple[pl.DataFrame, dict[str, int]]:
    """Rows in which every column used is known; and how many were left out for the lack of each."""
    excluded: dict[str, int] = {}
    rows = frame
    for name in used:
        unknown = pl.col(name).is_null()
        if frame.schema[name].is_float():
            unknown = unknown | pl.col(name).is_nan()
        known = rows.filter(~unknown)
        if rows.height > known.height:
            excluded[f"{name} not known"] = rows.height - known.height
        rows = known
    if rows.height < 4:
        raise EstimationError(
            f"{rows.height} attempts with everything known", expected="at least 4",
            why="; ".join(f"{k}: {n}" for k, n in excluded.items()) or None,
        )  # fmt: skip
    return rows, excluded


def _success(column: pl.Series, name: str) -> NDArray[np.bool_]:
    kind = column.dtype
    values = set(column.unique().to_list())
    if not (kind == pl.Boolean or kind.is_numeric()) or not values <= {0, 1}:
        raise EstimationError(
            f"{name!r} holds {', '.join(map(str, sorted(map(str, values))[:4]))}", expected="booleans, or 0 and 1"
        )
    if len(values) < 2:
        raise EstimationError(
            f"in every attempt {name!r} is {bool(next(iter(values)))}",
            expected="attempts that succeeded and attempts that failed",
            why="there is nothing to compare with",
        )
    return column.cast(pl.Boolean).to_numpy().astype(bool)


def _numbers(column: pl.Series, name: str) -> Floats:
    if not (column.dtype == pl.Boolean or column.dtype.is_numeric()):
        raise EstimationError(f"{name!r} holds {column.dtype}", expected="numbers or booleans")
    values = column.cast(pl.Float64).to_numpy()
    if not np.isfinite(values).all():
        raise EstimationError(f"{name!r} holds a number that is not finite", expected="finite numbers")
    return values


def _terms(rows: pl.DataFrame, controls: Sequence[str], factors: Sequence[str]) -> dict[str, Floats]:
    """Columns of the regression: numbers as they are, and a dummy for all values but the first of anything else."""
    terms: dict[str, Floats] = {}
    for name in (*controls, *factors):
        column = rows[name]
        if column.dtype.is_numeric() and name not in factors:
            terms[name] = _numbers(column, name)
        else:
            terms |= _dummies(column, name)
    return terms


def _dummies(column: pl.Series, name: str) -> dict[str, Floats]:
    texts = column.cast(pl.String).to_numpy()
    return {f"{name} = {value}": (texts == value).astype(float) for value in sorted(set(texts.tolist()))[1:]}


def _strata(rows: pl.DataFrame, strata: Sequence[str]) -> tuple[dict[str, Floats], NDArray[np.int64]]:
    if not strata:
        return {}, np.zeros(rows.height, dtype=np.int64)
    label = rows.select(pl.concat_str([pl.col(name).cast(pl.String) for name in strata], separator=" / ")).to_series()
    stratum = np.unique(label.to_numpy(), return_inverse=True)[1].astype(np.int64)
    return _dummies(label, " / ".join(strata)), stratum


# --- estimates ------------------------------------------------------------------------------------------------------


def _fit(y: Floats, hit: NDArray[np.bool_], terms: Mapping[str, Floats], labels: NDArray | None) -> Regression:
    """Success last, so that it, and not a control, is dropped where controls determine it."""
    fit = least_squares(y, {**terms, _NAME: hit.astype(float)}, clusters=labels)
    if _NAME in fit.dropped:
        raise EstimationError(
            "the controls determine success",
            expected="attempts alike in their controls of which some succeeded and some failed",
            instead="use fewer controls or strata",
        )
    return fit


def _matrix(terms: Mapping[str, Floats], n: int) -> Floats:
    return np.column_stack([np.ones(n), *terms.values()])


def _permutation(
    y: Floats, terms: Mapping[str, Floats], arrangements: Arrangements, unit: str, level: float
) -> Estimate:
    found = permute(y, _matrix(terms, y.size), arrangements)
    low, high = found.interval(level, 4 * float(np.ptp(y)) + 1e-12)
    how = "all arrangements" if arrangements.exact else f"{arrangements.draws} arrangements"
    return Estimate(
        found.observed, low, high, found.p_at(0.0), y.size,
        f"coefficient of success, permuted within strata ({how}), interval by inversion", unit,
        arrangements.smallest_p < 1 - level,
        {"ways": str(arrangements.ways), "exact": arrangements.exact, "smallest_possible_p": arrangements.smallest_p},
        level,
    )  # fmt: skip


def _welch(y: Floats, hit: NDArray[np.bool_], unit: str, level: float) -> Estimate:
    a, b = y[hit], y[~hit]
    value = float(a.mean() - b.mean())
    if min(a.size, b.size) < 2:
        return Estimate(value, None, None, None, y.size, "difference of means, no interval: one of a kind", unit, False)
    va, vb = a.var(ddof=1) / a.size, b.var(ddof=1) / b.size
    if va + vb == 0:
        return Estimate(value, value, value, float(value == 0), y.size, "difference of means, no spread", unit, False)
    free = (va + vb) ** 2 / (va**2 / (a.size - 1) + vb**2 / (b.size - 1))
    error = math.sqrt(va + vb)
    half = float(stats.t.ppf(0.5 + level / 2, free)) * error
    p = float(2 * stats.t.sf(abs(value) / error, free))
    means = {"after success": float(a.mean()), "after failure": float(b.mean())}
    method = "difference of means, Welch"
    return Estimate(value, value - half, value + half, p, y.size, method, unit, True, means, level)


def _exact(y: Floats, hit: NDArray[np.bool_]) -> Check:
    values, place = np.unique(y, return_inverse=True)
    if values.size == 1:
        return Check("outcome and success", 0.0, 1.0, "the outcome never varies")
    if values.size <= _FEW_VALUES:
        table = np.array([np.bincount(place[hit == side], minlength=values.size) for side in (False, True)])
        try:
            return Check("outcome and success", float(values.size), freeman_halton(table), "Fisher's exact test")
        except EstimationError:  # too many tables; ranks serve
            pass
    return Check("outcome and success", float(values.size), rank_sum(y, hit), "rank-sum test, normal limit")


def _placebo(
    frame: pl.DataFrame, name: str, used: Sequence[str], success: str, controls: Sequence[str], factors: Sequence[str],
    strata: Sequence[str], cluster: str | None, level: float, draws: int, seed: int,
) -> Estimate:  # fmt: skip
    """The same regression and the same permutations, of something that success cannot have changed."""
    rows, _ = _complete(frame, [*dict.fromkeys([*used, name])])
    hit, y = _success(rows[success], success), _numbers(rows[name], name)
    dummies, stratum = _strata(rows, strata)
    terms = _terms(rows, controls, factors) | dummies
    if np.ptp(y) == 0:
        raise EstimationError(f"the placebo outcome {name!r} never varies", expected="values that vary")
    fit = _fit(y, hit, terms, None if cluster is None else rows[cluster].to_numpy()).estimate(_NAME, level=level)
    p = permute(y, _matrix(terms, y.size), Arrangements(hit, stratum, draws, seed)).p_at(0.0)
    return Estimate(
        fit.value, fit.low, fit.high, p, fit.n, fit.method + "; p by permutation", "", fit.passed, fit.checks, level
    )


def _balance(
    rows: pl.DataFrame,
    hit: NDArray[np.bool_],
    stratum: NDArray[np.int64],
    before: Sequence[str],
    held: Sequence[str],
    draws: int,
    seed: int,
) -> tuple[tuple[BalanceRow, ...], Check | None]:
    """Row by row, and jointly: ``d² = m' V⁻ m``, m the covariates' sums over successes less their expectation.

    V is the covariance of m over the arrangements, so that correlated covariates do not count twice; p by permutation.
    What is not known is set to the mean of the known and marked by a column of its own.
    """
    if not before:
        return (), None
    found: list[BalanceRow] = []
    columns: list[Floats] = []
    for name in before:
        column = rows[name]
        parts = {name: _known(column)} if column.dtype == pl.Boolean or column.dtype.is_numeric() else {
            k: np.where(column.is_null().to_numpy(), np.nan, v)
            for k, v in _dummies(column.cast(pl.String).fill_null(""), name).items() if not k.endswith("= ")
        }  # fmt: skip
        for part, values in parts.items():
            known = np.isfinite(values)
            if known.sum() < 2 or np.ptp(values[known]) == 0:
                continue
            found.append(_balance_row(part, values[known], hit[known]))
            if name in held:
                continue
            columns.append(np.where(known, values, values[known].mean()))
            if not known.all():
                columns.append((~known).astype(float))
    if not found:
        raise EstimationError(f"{', '.join(before)} never vary", expected="columns that differ between attempts")
    if not columns:
        return tuple(found), None
    X = np.column_stack(columns)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    V = np.zeros((X.shape[1], X.shape[1]))
    for b in range(int(stratum.max()) + 1):
        at = stratum == b
        n, k = int(at.sum()), int(hit[at].sum())
        X[at] -= X[at].mean(axis=0)
        if n > 1:
            V += k * (n - k) / (n * (n - 1)) * X[at].T @ X[at]
    inverse = np.linalg.pinv(V, rcond=1e-8, hermitian=True)
    arrangements = Arrangements(hit, stratum, draws, seed)
    observed = X.T @ hit.astype(float)
    d2 = float(observed @ inverse @ observed)
    as_far = 0
    for marks in arrangements.blocks():
        m = marks.astype(float) @ X
        as_far += int((((m @ inverse) * m).sum(axis=1) >= d2 - 1e-9 * (1 + d2)).sum())
    return tuple(found), Check("alike beforehand", d2, arrangements.p(as_far), "omnibus, by permutation within strata")


def _known(column: pl.Series) -> Floats:
    values = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return np.where(np.isfinite(values), values, np.nan)


def _balance_row(name: str, values: Floats, hit: NDArray[np.bool_]) -> BalanceRow:
    a, b = values[hit], values[~hit]
    if min(a.size, b.size) < 2:
        return BalanceRow(name, _mean(a), _mean(b), math.nan, math.nan, values.size)
    spread = math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    p = 1.0 if spread == 0 else _welch(values, hit, "", 0.95).p
    apart = (a.mean() - b.mean()) / spread if spread > 0 else 0.0
    return BalanceRow(name, _mean(a), _mean(b), float(apart), 1.0 if p is None else p, values.size)


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else math.nan


def _subgroups(
    rows: pl.DataFrame, y: Floats, hit: NDArray[np.bool_], terms: Mapping[str, Floats], stratum: NDArray[np.int64],
    labels: NDArray | None, by: str | None, unit: str, level: float, draws: int, seed: int,
) -> tuple[dict[str, Estimate], Check | None]:  # fmt: skip
    """Success within each group, controls shared; and the Wald test that all groups have one effect."""
    if by is None:
        return {}, None
    texts = rows[by].cast(pl.String).to_numpy()
    groups = sorted(set(texts.tolist()))
    if len(groups) < 2:
        raise EstimationError(f"one group in {by!r}", expected="at least two")
    alone = [g for g in groups if np.ptp(hit[texts == g].astype(int)) == 0]
    if alone:
        raise EstimationError(
            f"in {by} = {alone[0]} every attempt had the same result",
            expected="successes and failures in every group",
            instead="merge the group with another",
        )
    # the group dummies stand before the controls, as in the published tables
    inside = {g: (texts == g).astype(float) for g in groups}
    effects = {f"{_NAME}, {by} = {g}": hit * at for g, at in inside.items()}
    bases = {f"{by} = {g}": inside[g] for g in groups[1:]}
    fit = least_squares(y, {**effects, **bases, **{k: v for k, v in terms.items() if k not in bases}}, clusters=labels)
    found: dict[str, Estimate] = {}
    for g, name in zip(groups, effects, strict=True):
        e = fit.estimate(name, unit=unit, level=level)
        at = texts == g
        own = {k: v[at] for k, v in terms.items()}
        dealt = Arrangements(hit[at], _renumbered(stratum[at]), draws, seed)
        p = permute(y[at], _matrix(own, int(at.sum())), dealt).p_at()
        counted = {"successes": int(hit[at].sum()), "failures": int((~hit[at]).sum()), "permutation_p": p}
        found[g] = Estimate(
            e.value, e.low, e.high, e.p, e.n, e.method, unit, e.passed, {**e.checks, **counted}, level
        )  # fmt: skip
    index = [fit.names.index(name) for name in effects]
    contrast = np.eye(len(index))[1:] - np.eye(len(index))[0]
    apart = contrast @ fit.coefficients[index]
    covariance = contrast @ fit.covariance[np.ix_(index, index)] @ contrast.T
    wald = float(apart @ np.linalg.pinv(covariance, hermitian=True) @ apart) / len(apart)
    p = float(stats.f.sf(wald, len(apart), fit.free))
    return found, Check("one effect in all groups", wald, p, f"Wald F, {len(apart)} and {fit.free} degrees of freedom")


def _renumbered(stratum: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.unique(stratum, return_inverse=True)[1].astype(np.int64)


# --- a hidden cause -------------------------------------------------------------------------------------------------


def _sensitivity(
    fit: Regression, y: Floats, hit: NDArray[np.bool_], terms: Mapping[str, Floats], stratum: NDArray[np.int64],
    level: float,
) -> HiddenCause:  # fmt: skip
    """With f = |t| / sqrt(df), a confounder of partial R² equal to ``(sqrt(f⁴ + 4 f²) - f²) / 2`` undoes the estimate.

    f is that of the robust error. For the interval, f is reduced by the critical value.
    """
    free = y.size - len(fit.names)
    t = abs(float(fit.coefficients[fit.names.index(_NAME)])) / max(fit.standard_error(_NAME), 1e-300)
    f = t / math.sqrt(free)
    critical = float(stats.t.ppf(0.5 + level / 2, fit.free)) / math.sqrt(free)
    return HiddenCause(
        _robustness(f), _robustness(max(f - critical, 0.0)), _strongest(y, hit, terms),
        _hidden_odds(y, hit, stratum, 1 - level),
    )  # fmt: skip


def _robustness(f: float) -> float:
    return float((math.sqrt(f**4 + 4 * f**2) - f**2) / 2)


def _strongest(y: Floats, hit: NDArray[np.bool_], terms: Mapping[str, Floats]) -> tuple[str, float, float] | None:
    """The control with the largest partial R² with success, and its partial R² with the outcome given success."""
    best: tuple[str, float, float] | None = None
    for name in terms:
        others = [v for k, v in terms.items() if k != name]
        with_success = _partial(hit.astype(float), terms[name], others)
        if best is None or with_success > best[1]:
            best = (name, with_success, _partial(y, terms[name], [*others, hit.astype(float)]))
    return best


def _partial(target: Floats, added: Floats, others: Sequence[Floats]) -> float:
    X = np.column_stack([np.ones(target.size), *others])
    left_t = target - X @ np.linalg.lstsq(X, target, rcond=None)[0]
    left_a = added - X @ np.linalg.lstsq(X, added, rcond=None)[0]
    size = float(left_a @ left_a) * float(left_t @ left_t)
    return float(left_a @ left_t) ** 2 / size if size > 1e-12 else 0.0


def _hidden_odds(y: Floats, hit: NDArray[np.bool_], stratum: NDArray[np.int64], alpha: float) -> float | None:
    """The odds of a hidden cause at which the exact test of "outcome beyond its median" reaches ``alpha / 2``.

    Had a hidden cause made success up to g times as likely (odds) where the outcome was to be high, the number of
    successes with a high outcome is at most extended hypergeometric with odds g in each stratum (Rosenbaum 2002).
    """
    up = y[hit].mean() >= y[~hit].mean()
    y = y if up else -y
    high = y > np.median(y) if (y > np.median(y)).any() else y >= np.median(y)  # most have the highest value
    if high.all():
        return None
    observed = int((high & hit).sum())
    parts = []
    for b in range(int(stratum.max()) + 1):
        at = stratum == b
        n, k, h = int(at.sum()), int(hit[at].sum()), int(high[at].sum())
        if k and h:
            parts.append((n, k, h))

    def tail(odds: float) -> float:
        chances, least = np.ones(1), 0
        for n, k, h in parts:
            support = np.arange(max(0, k + h - n), min(k, h) + 1)
            chances = np.convolve(chances, stats.nchypergeom_fisher.pmf(support, n, h, k, odds))
            least += int(support[0])
        return float(chances[max(0, observed - least) :].sum())

    if tail(1.0) > alpha / 2:
        return 1.0
    low, far = 1.0, _MOST_ODDS
    if tail(far) <= alpha / 2:
        return far
    for _ in range(40):
        middle = math.sqrt(low * far)
        low, far = (middle, far) if tail(middle) <= alpha / 2 else (low, middle)
    return low
