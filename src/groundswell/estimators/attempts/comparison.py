"""Attempts that succeeded against attempts that failed: a natural experiment, and the checks that it needs.

Who makes an attempt is no accident; whether it succeeds often is. Where that holds, successes and failures differ only
in success, and what follows them differs by its effect. `compare_attempts` estimates that difference and then attacks
it: do successes and failures look alike beforehand, had the outcome already been moving, would chance do as much, how
strong would a hidden cause have to be, and which effects were too small to be detected?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.attempts.balance import BalanceRow, balance, welch
from groundswell.estimators.attempts.columns import SUCCESS, Attempts, AttemptSettings, attempts_of, complete, design_of
from groundswell.estimators.attempts.hidden_cause import HiddenCause, hidden_cause
from groundswell.estimators.attempts.permutation import Arrangements, freeman_halton, permute, rank_sum
from groundswell.estimators.core import Check, Estimate
from groundswell.estimators.statistics.regression import Regression, least_squares
from groundswell.results import Result

Floats = NDArray[np.float64]

_FEWEST = 5  # successes, and as many failures; with fewer, a single attempt decides
_FEW_CLUSTERS = 20  # below, clustered errors are too small (Cameron, Gelbach & Miller 2008)
_FEW_VALUES = 6  # an outcome with this few values is a table, and Fisher's exact test applies


@dataclass(frozen=True)
class AttemptsComparison(Result):
    """What followed success, minus what followed failure.

    Parameters
    ----------
    effect : regression coefficient of success, with robust or clustered interval.
    difference : plain difference in means, Welch.
    permutation : the same coefficient judged by how success could have fallen within strata; its p is the one reported.
    exact : outcome and success as a table (Fisher, Freeman-Halton) or by ranks; ignores controls and strata.
    balance, balance_test : what was known beforehand, row by row, and jointly.
    placebos : the same regression on outcomes from before the attempt, where success can have had no effect.
    subgroups, interaction : the effect by group, and whether groups differ.
    sensitivity : see `Sensitivity`.
    smallest_seen : the effect that would have been detected with 80% power.
    successes, failures : numbers used.
    excluded : numbers left out, by reason.
    passed : enough of both, enough clusters, and no failure of balance or placebos.
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
        """One sentence, caveats first."""
        e, p = self.effect, self.permutation.p
        n = f"{self.successes} successes, {self.failures} failures"
        if not self.passed:
            failed = "; ".join(name for name, held in self.checks.items() if not held)
            adjust = " Adjust for what differs with controls or strata." if self._unlike else ""
            return f"No verdict: success and failure cannot be compared in this way (failed: {failed}; {n}).{adjust}"
        assert e.value is not None
        assert e.low is not None
        assert e.high is not None
        assert p is not None
        words = (
            f"{self.outcome} was {abs(e.value):.3g} {'higher' if e.value >= 0 else 'lower'} after success than after "
            f"failure ({e.level:.0%} interval {e.low:+.3g} to {e.high:+.3g}, permutation p = {p:.2g}, {n})"
        )
        if p >= 1 - e.level:
            spread = (
                f"; the exact test, of any difference at all, has p = {self.exact.p:.2g}" if self.exact.p < 0.05 else ""
            )
            return (
                f"No effect on the mean was found: {words}; one below {self.smallest_seen:.2g} would be detected less "
                f"than 80% of the time{spread}."
            )
        s = self.sensitivity
        return (
            f"{words[0].upper()}{words[1:]}; a hidden cause of {s.robustness:.0%} of the variance of both success and "
            "outcome would explain it away."
        )


def compare_attempts(
    frame: pl.DataFrame, settings: AttemptSettings | None = None, **options: Any
) -> AttemptsComparison:
    """What followed attempts that succeeded, compared with what followed those that failed.

    ``outcome = b success + controls + strata + error`` by least squares, errors robust to unequal spread or clusters;
    p by permutation of success within strata (all arrangements up to 200,000, else seeded draws).

    Parameters
    ----------
    frame : one row per attempt.
    settings, options : see `AttemptSettings`. Success is permuted within `strata`, which also enter as dummies. Columns
        of `before` that are controls too are held fixed, and left out of the joint test.

    Returns
    -------
    `AttemptsComparison`; ``passed`` is False with fewer than five successes or failures, fewer than 20 clusters, an
    imbalance beforehand or a placebo effect (each at 5%, placebos jointly by Holm).

    Raises
    ------
    EstimationError : a column is missing or is of the wrong kind, success never or always happens, or controls
        determine success.

    Known limits: the comparison is causal only if success is random given strata and controls; balance in what is known
    says nothing about what is not. Effects of an attempt as such, whether it succeeds or not, cancel. Where an act has
    no failed counterpart, use `groundswell.estimators.response.responses.study_responses`.
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
    o = AttemptSettings.of(settings, options)
    o.check(frame)
    rows, excluded = complete(frame, o.used)
    a = attempts_of(rows, o, o.outcome)
    fit = _fit(a)
    arrangements = Arrangements(a.hit, a.stratum, o.draws, o.seed)
    notes: list[str] = []
    still = sum(int(np.ptp(a.hit[a.stratum == b].astype(int)) == 0) for b in range(int(a.stratum.max()) + 1))
    if o.strata and still:
        notes.append(f"{still} strata hold only successes or only failures and say nothing")
    rows_before, joint = balance(rows, a, o)
    placebos = {name: _placebo(frame, name, o) for name in o.placebo}
    subgroups, interaction = _subgroups(rows, a, o)

    least = min((e.p for e in placebos.values() if e.p is not None), default=1.0)
    checks = {
        f"at least {_FEWEST} successes and failures": min(a.successes, a.failures) >= _FEWEST,
        "some arrangement of success could be significant": arrangements.smallest_p < 1 - o.level,
    }
    if o.cluster is not None:
        checks[f"at least {_FEW_CLUSTERS} clusters"] = (fit.clusters or 0) >= _FEW_CLUSTERS
    if joint is not None:
        checks["successes and failures are alike beforehand"] = joint.passed
    if placebos:
        checks["no effect before the attempt"] = least * len(placebos) >= 0.05
    share = stats.t.ppf(0.5 + o.level / 2, fit.free) + stats.t.ppf(0.8, fit.free)
    return AttemptsComparison(
        outcome=o.outcome,
        effect=fit.estimate(SUCCESS, unit=o.unit, level=o.level),
        difference=welch(a.y, a.hit, o.unit, o.level),
        permutation=_permutation(a, arrangements, o),
        exact=_exact(a.y, a.hit),
        balance=rows_before,
        balance_test=joint,
        placebos=placebos,
        subgroups=subgroups,
        interaction=interaction,
        sensitivity=hidden_cause(fit, a, o.level),
        smallest_seen=float(share * fit.standard_error(SUCCESS)),
        successes=a.successes,
        failures=a.failures,
        excluded=excluded,
        checks=checks,
        notes=tuple(notes),
    )


# --- estimates ------------------------------------------------------------------------------------------------------


def _fit(a: Attempts) -> Regression:
    """Success last, so that it, and not a control, is dropped where controls determine it."""
    fit = least_squares(a.y, {**a.terms, SUCCESS: a.hit.astype(float)}, clusters=a.labels)
    if SUCCESS in fit.dropped:
        raise EstimationError(
            "the controls determine success",
            expected="attempts alike in their controls of which some succeeded and some failed",
            instead="use fewer controls or strata",
        )
    return fit


def _permutation(a: Attempts, arrangements: Arrangements, o: AttemptSettings) -> Estimate:
    found = permute(a.y, design_of(a.terms, a.y.size), arrangements)
    low, high = found.interval(o.level, 4 * float(np.ptp(a.y)) + 1e-12)
    how = "all arrangements" if arrangements.exact else f"{arrangements.draws} arrangements"
    return Estimate(
        found.observed, low, high, found.p_at(0.0), a.y.size,
        f"coefficient of success, permuted within strata ({how}), interval by inversion", o.unit,
        arrangements.smallest_p < 1 - o.level,
        {"ways": str(arrangements.ways), "exact": arrangements.exact, "smallest_possible_p": arrangements.smallest_p},
        o.level,
    )  # fmt: skip


def _exact(y: Floats, hit: NDArray[np.bool_]) -> Check:
    values, place = np.unique(y, return_inverse=True)
    if values.size == 1:
        return Check("outcome and success", 0.0, 1.0, "the outcome never varies")
    if values.size <= _FEW_VALUES:
        table = np.array([np.bincount(place[hit == side], minlength=values.size) for side in (False, True)])
        try:
            return Check("outcome and success", float(values.size), freeman_halton(table), "Fisher's exact test")
        except EstimationError:  # too many tables: use ranks
            pass
    return Check("outcome and success", float(values.size), rank_sum(y, hit), "rank-sum test, normal limit")


def _placebo(frame: pl.DataFrame, name: str, o: AttemptSettings) -> Estimate:
    """The same regression and the same permutations, of something that success cannot have changed."""
    rows, _ = complete(frame, [*dict.fromkeys([*o.used, name])])
    a = attempts_of(rows, o, name)
    if np.ptp(a.y) == 0:
        raise EstimationError(f"the placebo outcome {name!r} never varies", expected="values that vary")
    fit = _fit(a).estimate(SUCCESS, level=o.level)
    p = permute(a.y, design_of(a.terms, a.y.size), Arrangements(a.hit, a.stratum, o.draws, o.seed)).p_at(0.0)
    return replace(fit, p=p, method=fit.method + "; p by permutation", unit="")


def _subgroups(rows: pl.DataFrame, a: Attempts, o: AttemptSettings) -> tuple[dict[str, Estimate], Check | None]:
    """Success within each group, controls shared; and the Wald test that all groups have the same effect."""
    by, hit, terms = o.by, a.hit, a.terms
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
    effects = {f"{SUCCESS}, {by} = {g}": hit * at for g, at in inside.items()}
    bases = {f"{by} = {g}": inside[g] for g in groups[1:]}
    fit = least_squares(
        a.y, {**effects, **bases, **{k: v for k, v in terms.items() if k not in bases}}, clusters=a.labels
    )
    found: dict[str, Estimate] = {}
    for g, name in zip(groups, effects, strict=True):
        e = fit.estimate(name, unit=o.unit, level=o.level)
        at = texts == g
        own = {k: v[at] for k, v in terms.items()}
        dealt = Arrangements(hit[at], _renumbered(a.stratum[at]), o.draws, o.seed)
        p = permute(a.y[at], design_of(own, int(at.sum())), dealt).p_at()
        counted = {"successes": int(hit[at].sum()), "failures": int((~hit[at]).sum()), "permutation_p": p}
        found[g] = replace(e, checks={**e.checks, **counted})
    index = [fit.names.index(name) for name in effects]
    contrast = np.eye(len(index))[1:] - np.eye(len(index))[0]
    apart = contrast @ fit.coefficients[index]
    covariance = contrast @ fit.covariance[np.ix_(index, index)] @ contrast.T
    wald = float(apart @ np.linalg.pinv(covariance, hermitian=True) @ apart) / len(apart)
    p = float(stats.f.sf(wald, len(apart), fit.free))
    return found, Check("one effect in all groups", wald, p, f"Wald F, {len(apart)} and {fit.free} degrees of freedom")


def _renumbered(stratum: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.unique(stratum, return_inverse=True)[1].astype(np.int64)
