"""Placebos that need no fit: kinds redrawn among events, and the arrow of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import signal

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.excitation.baseline import Floats
from groundswell.estimators.excitation.options import ExcitationSettings
from groundswell.estimators.excitation.outcome import ExcitationFit
from groundswell.estimators.excitation.placebo import SAME_BACKWARDS, Placebo, Tested
from groundswell.results import Result

_KERNELS = (0.5, 1.0, 2.0, 4.0, 8.0)  # half-lives in steps; the decay is free in the record and in every shuffle
_CHUNK = 4_000_000  # numbers held at once: 32 MB


def course(y: Floats, record: ExcitationFit) -> tuple[Floats, Floats]:
    """The fitted baseline, scaled to the total of the counts, and their standard deviation about it.

    Both of shape (T - lead, K). The spread is the moment estimate, so excitation is part of the residual.
    """
    seen, base = y[record.lead :], np.maximum(record.baseline_mean[record.lead :], 1e-9)
    mean = np.maximum(base * (seen.sum(axis=0) / base.sum(axis=0)), 1e-9)
    excess = np.maximum(((seen - mean) ** 2 - mean).sum(axis=0) / (mean**2).sum(axis=0), 0.0)
    return mean, np.sqrt(mean + excess * mean**2)


def shuffle_kinds(y: Floats, block: int, copies: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Kinds redrawn among the events of each block: totals per step, and per block and kind, are kept.

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
    """Geometric mean over earlier steps, without the step itself."""
    d = 2.0 ** (-1 / half_life)
    return np.asarray(signal.lfilter([0.0, 1 - d], [1.0, -d], x, axis=axis))


def lead_statistics(x: Floats) -> Floats:
    """How strongly each kind leads each other kind, given the rest: largest t over half-lives; shape (..., K, K).

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
    settings: ExcitationSettings | None = None,
    *,
    block: int | None = None,
    draws: int = 999,
    kinds: Sequence[str] | None = None,
    record: ExcitationFit | None = None,
    **options: Any,
) -> Placebo:
    """Redraw the kinds of events within short blocks: a link between kinds must exceed what totals alone produce.

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

    Known limits: surviving is necessary, not sufficient. Kinds that come in their own clusters lose them in shuffles,
    whatever excites what, so the test then refutes nothing; what it does refute is a cause common to all kinds. Kinds
    that excite themselves and each other alike are such a case too: labels do not matter there. Excitation slower than
    a block is only partly destroyed, which makes the test conservative.
    """
    if draws < 19 or (block is not None and block < 2):
        raise EstimationError(
            f"block {block}, draws {draws}", expected="a block of at least 2 steps, at least 19 draws"
        )
    why = "there are no labels to shuffle"
    tested = Tested.of(counts, settings, options, kinds=kinds, record=record, single=why)
    y, lead = tested.y, tested.fit.lead
    T, K = y.shape
    block = block or (4 if tested.settings.step == "week" else 14)
    mean, deviation = course(y, tested.fit)
    own = lead_statistics((y[lead:] - mean) / deviation)
    rng = np.random.default_rng(derive_seed(tested.settings.seed, "kinds shuffled"))
    hits, largest, done = np.zeros((K, K)), [], 0
    while done < draws:
        copies = min(draws - done, max(1, _CHUNK // (T * K)))
        moved = shuffle_kinds(y, block, copies, rng)[:, lead:]
        found = lead_statistics((moved - mean) / deviation)
        hits += (found >= own).sum(axis=0)
        largest.append(np.where(np.eye(K, dtype=bool), -np.inf, found).max(axis=(1, 2)))
        done += copies
    pair_p = (1 + hits) / (draws + 1)
    pairs = tested.found
    p = max([0.0, *(float(pair_p[pair]) for pair in pairs)])
    if not pairs:
        answer = "No kind was found to excite another."
    elif p < 0.05:
        answer = f"The links between kinds are stronger than with kinds redrawn (p = {p:.2g} or less)."
    else:
        weak = [f"{tested.fit.kinds[j]!r} to {tested.fit.kinds[k]!r}" for j, k in pairs if pair_p[j, k] >= 0.05]
        answer = f"Redrawn kinds give links as strong ({', '.join(weak)}; p = {p:.2g})."
    top = float(np.where(np.eye(K, dtype=bool), -np.inf, own).max())
    return Placebo("shuffled", p, p < 0.05, np.empty((0, K, K)), np.concatenate([[top], *largest]), answer, pair_p)


@dataclass(frozen=True)
class Direction(Result):
    """Which of two kinds comes first, in pairs.

    Parameters
    ----------
    lead : shape (K, K), antisymmetric; [j, k] > 0 where j comes before k, in standard deviations of the null.
    pair_p : shape (K, K), symmetric; two-sided, of a record that looks the same in both directions of time.
    """

    kinds: tuple[str, ...]
    lead: Floats
    pair_p: Floats

    derived = ("answer",)

    @property
    def answer(self) -> str:
        """One sentence."""
        pairs = [
            (j, k) for j in range(len(self.kinds)) for k in range(len(self.kinds)) if self.lead[j, k] > 0 and j != k
        ]
        words = [
            f"{self.kinds[j]!r} comes before {self.kinds[k]!r} (p = {self.pair_p[j, k]:.2g})"
            for j, k in pairs
            if self.pair_p[j, k] < 0.05
        ]
        return f"{', and '.join(words)}." if words else "The record looks the same in both directions of time."


def direction_of_time(
    counts: ArrayLike,
    settings: ExcitationSettings | None = None,
    *,
    half_life: float = 2.0,
    draws: int = 1999,
    kinds: Sequence[str] | None = None,
    record: ExcitationFit | None = None,
    **options: Any,
) -> Direction:
    """Does the record show the arrow of time: does one kind come before another more than the other way around?

    With x the counts as departures from their baseline, ``sum_t x_k(t) w(x_j)(t) - x_j(t) w(x_k)(t)``, w a geometric
    mean over the past, is cut into blocks; a record that is the same in both directions (such as one moved by a common
    cause) leaves the sign of every block to chance, so signs are redrawn.

    Parameters
    ----------
    half_life : of w, steps.
    draws : of signs.

    Returns
    -------
    `Direction`. Kinds that excite each other equally have no direction either: finding nothing is no evidence against
    excitation.

    Raises
    ------
    EstimationError : for one kind.
    """
    tested = Tested.of(counts, settings, options, kinds=kinds, record=record, single=SAME_BACKWARDS)
    y, K = tested.y, tested.y.shape[1]
    mean, deviation = course(y, tested.fit)
    x = (y[tested.fit.lead :] - mean) / deviation
    z = _past(x, half_life, 0)
    n = x.shape[0]
    length = int(min(max(13, round(6 * half_life)), max(2, n // 8)))
    blocks = n // length
    rows = blocks * length
    gain = np.einsum("tj,tk->tjk", z, x)
    gain = (gain - gain.transpose(0, 2, 1))[n - rows :].reshape(blocks, length, K, K).sum(axis=1)
    scale = np.sqrt(np.maximum((gain**2).sum(axis=0), 1e-300))
    lead = gain.sum(axis=0) / scale
    rng = np.random.default_rng(derive_seed(tested.settings.seed, "signs of blocks"))
    signs = rng.choice([-1.0, 1.0], size=(draws, blocks))
    null = np.abs(np.einsum("db,bjk->djk", signs, gain)) / scale
    pair_p = (1 + (null >= np.abs(lead) - 1e-9).sum(axis=0)) / (draws + 1)
    np.fill_diagonal(pair_p, 1.0)
    np.fill_diagonal(lead, 0.0)
    return Direction(tested.fit.kinds, lead, pair_p)
