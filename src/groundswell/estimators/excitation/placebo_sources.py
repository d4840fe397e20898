"""Sources that cannot have acted, together with those that can: does a fit that has its own past still find them?

A series that excites itself is more clustered than its baseline says, so any slow series added to it seems to
excite it. Here the kinds' own past stays in the model, and the question is only what the further sources add.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from groundswell.draws import derive_seed
from groundswell.estimators.excitation.baseline import Baseline, Floats, checked_coverage, design, half_life_bounds
from groundswell.estimators.excitation.discrete_likelihood import DiscreteGroup
from groundswell.estimators.excitation.discrete_scores import decay_grid, score_covariance
from groundswell.estimators.excitation.discrete_target import CountTarget, prepare_basis, prepare_target
from groundswell.estimators.excitation.group import fit_both
from groundswell.estimators.excitation.intensity import NULL_DRAWS, climb
from groundswell.estimators.excitation.options import ExcitationSettings
from groundswell.estimators.excitation.outcome import ExcitationFit
from groundswell.estimators.excitation.scores import null_statistics

_START = 0.02  # branching of a further source, to start from


@dataclass(frozen=True)
class FurtherSources:
    """What further sources add to a fit.

    Parameters
    ----------
    branching : shape (M, K), [further source, target].
    likelihood_ratio, p : of all of them together against none, everything else re-fitted.
    pair_p : shape (M, K); of each alone.
    """

    branching: Floats
    likelihood_ratio: float
    p: float
    pair_p: Floats


def prepared_targets(
    y: Floats, record: ExcitationFit, settings: ExcitationSettings, more: Floats | None = None
) -> list[CountTarget]:
    """The problems, one per kind, that a fit solved.

    ``more``, shape (T, M), holds further sources; they come after the kinds themselves.
    """
    T = y.shape[0]
    baseline = settings.baseline if isinstance(settings.baseline, Baseline) else Baseline()
    columns = design(T, record.step, baseline, checked_coverage(settings.coverage, T), [])
    bounds = half_life_bounds((None, None), T, record.step)
    bases = {found: prepare_basis(columns.shifted(found), record.lead) for found in set(record.breaks)}
    S = y if more is None else np.ascontiguousarray(np.hstack([y, more]))
    return [
        prepare_target(y[:, k], S, bases[record.breaks[k]], record.family, record.inhibition, k, bounds)
        for k in range(y.shape[1])
    ]


def further_sources(y: Floats, more: Floats, record: ExcitationFit, settings: ExcitationSettings) -> FurtherSources:
    """Fit the record's model with further sources, and compare it with itself without them.

    The likelihood ratio is compared with the largest chi-bar-square over decays, as in `fit_excitation`; where the own
    past of a kind determines the decay, that is conservative.
    """
    K, M = y.shape[1], more.shape[1]
    targets = prepared_targets(y, record, settings, more)
    grid = decay_grid(targets[0].bounds)
    rng = np.random.default_rng(derive_seed(settings.seed, "further sources"))
    branching, pair_p = np.zeros((M, K)), np.ones((M, K))
    ratio, reference = 0.0, np.zeros(NULL_DRAWS)
    for k, t in enumerate(targets):
        group = DiscreteGroup([t])
        none = {group.at(0, K + m): 0.0 for m in range(M)}
        fits = fit_both(group, group.begin())
        alone, full = fit_both(group, group.begin(), none, fits).full, fits.full
        start = replace(alone, n=[np.concatenate([alone.n[0][:K], np.full(M, _START)])])
        for begin in (start, alone):
            point = climb(group, begin)
            full = point if point.log_likelihood > full.log_likelihood else full
        branching[:, k] = full.n[0][K:]
        ratio += max(0.0, 2 * (full.log_likelihood - alone.log_likelihood))
        covariance = score_covariance(t, alone, 0, range(K, K + M), grid)
        reference += null_statistics(covariance, record.inhibition, rng).max(axis=1)
        for m in range(M):
            held = {key: value for key, value in none.items() if key != group.at(0, K + m)}
            gain = 0.0
            for begin in (replace(start, n=[np.where(np.arange(K + M) == K + m, start.n[0], alone.n[0])]), full):
                point = climb(group, begin, held)
                gain = max(gain, 2 * (point.log_likelihood - alone.log_likelihood))
            covariance = score_covariance(t, alone, 0, [K + m], grid)
            simulated = null_statistics(covariance, record.inhibition, rng).max(axis=1)
            pair_p[m, k] = (1 + np.sum(simulated >= gain)) / (NULL_DRAWS + 1)
    p = float((1 + np.sum(reference >= ratio)) / (NULL_DRAWS + 1))
    return FurtherSources(branching, ratio, p, pair_p)
