"""Simulation of counts that excite each other: the model of `discrete` with known parameters."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.excitation.baseline import Floats
from groundswell.estimators.excitation.discrete_target import DISPERSION


def simulated_series(
    base: Floats,
    n: Floats,
    half_life: Floats,
    spread: Floats,
    head: Floats,
    z0: Floats,
    copies: int,
    rng: np.random.Generator,
    soft: Floats | None = None,
) -> Floats:
    """Series of shape (copies, T, K) given their first rows and the kernel sums before them, z0[j, k]."""
    T, K = base.shape
    d = 2.0 ** (-1 / np.where(np.isfinite(half_life), half_life, 1.0))
    y = np.empty((copies, T, K))
    z = np.broadcast_to(z0, (copies, K, K)).copy()  # [copy, source, target]
    for t in range(T):
        if t > 0:
            z = d * z + (1 - d) * y[:, t - 1, :, None]
        if t < head.shape[0]:
            y[:, t] = head[t]
            continue
        mean = base[t] + np.einsum("cjk,jk->ck", z, n)
        if soft is not None:
            mean = soft * np.logaddexp(0, mean / soft)
        mean = np.clip(mean, 1e-12, 1e9)
        for k in range(K):
            m = mean[:, k]
            if spread[k] > 2 * DISPERSION[0]:
                m = rng.gamma(1 / spread[k], spread[k] * m)
            y[:, t, k] = rng.poisson(m)
    return y


def simulate_excitation(
    baseline: ArrayLike,
    branching: ArrayLike,
    *,
    half_life: ArrayLike = 2.0,
    dispersion: ArrayLike = 0.0,
    inhibition: bool = False,
    seed: int = 0,
) -> NDArray[np.int64]:
    """Simulate counts from the model of `discrete`, with known parameters.

    Parameters
    ----------
    baseline : shape (T,) or (T, K); mean without excitation, from 0.
    branching : shape (K, K), [source, target], from 0 (any sign with ``inhibition``), spectral radius below 1.
    half_life : steps, one number or one per target.
    dispersion : one number or one per target; 0 is Poisson.
    inhibition : pass the sum through ``s log(1 + exp(u / s))``, s a tenth of the mean baseline.
    seed : of the simulation.

    Returns
    -------
    int64 of shape (T, K). The history before the first step is the stationary mean of the first baseline.

    Raises
    ------
    EstimationError : on shapes that do not fit, negative values, or a process that explodes.
    """
    base = np.array(baseline, dtype=np.float64)
    base = base[:, None] if base.ndim == 1 else base
    n = np.atleast_2d(np.array(branching, dtype=np.float64))
    K = base.shape[1] if base.ndim == 2 else -1
    if base.ndim != 2 or base.shape[0] < 2 or n.shape != (K, K):
        raise EstimationError(f"baseline {base.shape}, branching {n.shape}", expected="(T, K) and (K, K)")
    try:
        half = np.broadcast_to(np.asarray(half_life, dtype=np.float64), (K,))
        spread = np.broadcast_to(np.asarray(dispersion, dtype=np.float64), (K,))
    except ValueError:
        raise EstimationError("half_life or dispersion of the wrong length", expected=f"one number, or {K}") from None
    for name, values in (("baseline", base), ("branching", np.abs(n) if inhibition else n), ("dispersion", spread)):
        if not np.isfinite(values).all() or (values < 0).any():
            raise EstimationError(f"{name} holds a negative or missing value", expected="finite numbers from 0")
    if not np.isfinite(half).all() or (half <= 0).any():
        raise EstimationError("a half-life is not positive", expected="steps above 0")
    radius = float(np.abs(np.linalg.eigvals(np.maximum(n, 0))).max())
    if radius >= 1:
        raise EstimationError(
            f"branching with spectral radius {radius:.3g}", expected="below 1", why="the process would explode"
        )
    stationary = np.maximum(np.linalg.solve(np.eye(K) - n.T, base[0]), 0)
    z0 = np.repeat(stationary[:, None], K, axis=1)
    rng = np.random.default_rng(derive_seed(seed, "simulate excitation"))
    soft = 0.1 * base.mean(axis=0) if inhibition else None
    return simulated_series(base, n, half, spread, np.empty((0, K)), z0, 1, rng, soft)[0].astype(np.int64)
