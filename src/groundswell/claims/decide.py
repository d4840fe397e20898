"""Which record would decide an open claim: those available, longer ones or new designs, by weight of evidence.

Every simulated estimate of a test is judged as if it were the record's. Over equal numbers of records simulated where
the claim holds and where it does not, this gives

    expected weight   mean of log w where it holds, of -log w where it does not, in nats (Good 1950); below 0 misleads
    decided, wrong    share that a weight of 3 would decide, and the share of those that would be decided wrongly

A record k times as long has the same spread between draws of the theory and 1/k of the sampling variance:

    x_i(k) = m + (x_i - m) sqrt((b + e / k) / (b + e)),   e the mean squared standard error, b the rest of the variance

A trial stands for a design in which the act is as good as random (attempts that succeeded and failed, staggered bans,
waves of one panel before and after): the difference of N units with and N without it, whose standard error is
s sqrt(2 / N), s the spread of the record's own units, with no selection among the rivals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundswell.claims.claim import Direction
from groundswell.claims.weighing import SURE, Sample, Scales
from groundswell.results import Result

Floats = NDArray[np.float64]

LONGER = (1, 2, 4, 10, 30)
"""Lengths that are tried, in multiples of the available record."""
ENOUGH, SAFE = 0.8, 0.05
"""A record would decide if at least four in five of its kind are decided, at most one in twenty of those wrongly."""


@dataclass(frozen=True)
class Option(Result):
    """One record that could be used.

    Parameters
    ----------
    claim, record, title : of the test that it could replace.
    kind : at hand, longer, or trial.
    size : in words: as it is, 4 times as long, 40 units with and 40 without.
    n : observations of the available estimate times its relative length, or units of a trial; None if not counted.
    expected_weight, error : in nats, with its Monte Carlo standard error.
    decided, wrong : shares.
    enough : whether it would decide.
    """

    claim: str
    record: str
    title: str
    kind: str
    size: str
    n: int | None
    expected_weight: float
    error: float
    decided: float
    wrong: float
    enough: bool


@dataclass(frozen=True)
class Simulated:
    """The simulated estimates of one scenario.

    values, errors : float64[records], finite; an error is NaN where the estimate has no interval.
    n : number of records, including those without an estimate.
    """

    name: str
    asserts: bool
    values: Floats
    errors: Floats
    n: int


def options_of(
    claim: str, record: str, title: str, says: Direction, scenarios: Sequence[Simulated], n: int | None, weight: float
) -> list[Option]:
    """Records like the available one, longer ones, and trials, with what each would show; none if none scales."""
    usable = [s for s in scenarios if s.values.size >= 4]
    if not any(s.asserts for s in usable) or all(s.asserts for s in usable):
        return []
    errors = np.concatenate([s.errors for s in usable])
    can_scale = says != "p" and np.isfinite(errors).mean() > 0.5
    found = []
    for k in LONGER if can_scale else LONGER[:1]:
        size = "as it is" if k == 1 else f"{k} times as long"
        made = [Sample(s.name, s.asserts, _longer(s, k), s.n) for s in usable]
        kind = "at hand" if k == 1 else "longer"
        found.append(_option(claim, record, title, kind, size, None if n is None else n * k, made, weight))
    if can_scale and n is not None and n > 1 and says in ("above", "below"):
        own = [s for s in usable if s.asserts][:1] + [s for s in usable if not s.asserts][:1]
        unit = float(np.nanmedian(errors)) * math.sqrt(n)  # the spread of one unit of the record
        for units in (20, 80, 320, 1280):
            error = unit * math.sqrt(2 / units)
            made = [Sample(s.name, s.asserts, _with_error(s, error), s.n) for s in own]
            size = f"{units} units with the act and {units} without"
            found.append(_option(claim, record, title, "trial", size, 2 * units, made, weight))
    return found


def _between(s: Simulated) -> tuple[float, float, float]:
    """The middle of a scenario's estimates, their variance between draws, and their sampling variance."""
    known = s.errors[np.isfinite(s.errors)]
    sampling = float(np.mean(known**2)) if known.size else 0.0
    total = float(s.values.var(ddof=1))
    return float(s.values.mean()), max(total - sampling, 0.05 * total), min(sampling, 0.95 * total)


def _longer(s: Simulated, k: float) -> Floats:
    middle, between, sampling = _between(s)
    if between + sampling == 0:
        return s.values
    return middle + (s.values - middle) * math.sqrt((between + sampling / k) / (between + sampling))


def _with_error(s: Simulated, error: float) -> Floats:
    middle, between, sampling = _between(s)
    if between + sampling == 0:
        return s.values
    return middle + (s.values - middle) * math.sqrt((between + error**2) / (between + sampling))


def _option(
    claim: str, record: str, title: str, kind: str, size: str, n: int | None, samples: Sequence[Sample], weight: float
) -> Option:
    scales = Scales(samples)
    weights: dict[bool, list[Floats]] = {True: [], False: []}
    n_decided = n_wrong = 0
    for k, sample in enumerate(scales.samples):
        log_w, errors = scales.own_log_weights(k)
        weights[sample.asserts].append(log_w if sample.asserts else -log_w)
        yes = int((log_w - SURE * errors >= math.log(weight)).sum())
        no = int((log_w + SURE * errors <= -math.log(weight)).sum())
        n_decided += yes + no
        n_wrong += no if sample.asserts else yes
    sides = [np.concatenate(weights[side]) for side in (True, False)]
    expected = float(np.mean([side.mean() for side in sides]))
    error = math.sqrt(sum(float(side.var(ddof=1)) / side.size for side in sides)) / 2
    share, bad = n_decided / sum(side.size for side in sides), n_wrong / max(n_decided, 1)
    return Option(claim, record, title, kind, size, n, expected, error, share, bad, share >= ENOUGH and bad <= SAFE)


def ranked(options: Sequence[Option]) -> tuple[Option, ...]:
    """The options of one claim: first those that would decide, by size, then the others by expected weight.

    Available records come last: they were already tested, and left the claim open.
    """

    def order(o: Option) -> tuple[bool, bool, float, str]:
        return o.kind == "at hand", not o.enough, (o.n or 0) if o.enough else -o.expected_weight, o.size

    return tuple(sorted(options, key=order))


def in_words(option: Option) -> str:
    """What a record (the first of a claim's ranked list) would show, as a sentence without its full stop."""
    size = option.size + ("" if option.n is None else f", N = {option.n:,}")
    expected = round(option.expected_weight, 1) + 0.0  # no negative zero
    details = f"{expected:.1f} nats expected, {option.decided:.0%} decided, {option.wrong:.0%} wrongly"
    begun = (
        f"To decide {option.claim}:"
        if option.enough
        else f"Nothing tried would decide {option.claim}; most would be learned from"
    )
    return f"{begun} {option.title}, {size} ({option.kind}; {details})"


__all__ = ["Option", "Simulated", "in_words", "options_of", "ranked"]
