"""Statistics of efficient scores: their maximum over kernels without excitation, and the information that remains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from groundswell.estimators.excitation.discrete_kernels import cone_values
from groundswell.estimators.excitation.intensity import NULL_DRAWS, Floats


@dataclass(frozen=True)
class Scores:
    """Efficient scores of absent sources at each decay of a grid: their values (G, m) and covariance (G, m, G, m)."""

    value: Floats
    covariance: Floats


def cone(U: Floats, information: Floats, signed: bool) -> Floats:
    """max over n (>= 0 unless signed) of 2 U'n - n' I n; U has shape (N, G, m), information (G, m, m)."""
    m = U.shape[-1]
    if m == 1:
        top = U[..., 0] if signed else np.maximum(U[..., 0], 0)
        return top**2 / np.maximum(information[:, 0, 0], 1e-12)
    if signed:
        ridge = 1e-9 * np.trace(information, axis1=-2, axis2=-1)[:, None, None] * np.eye(m)
        inverse = np.linalg.inv(information + ridge)
        return np.einsum("ngi,gij,ngj->ng", U, inverse, U, optimize=True)
    return cone_values(np.ascontiguousarray(U), np.ascontiguousarray(information))


def null_statistics(covariance: Floats, signed: bool, rng: np.random.Generator) -> Floats:
    """Simulated likelihood ratios under no excitation, at each decay of the grid; shape (draws, G)."""
    G, m = covariance.shape[:2]
    flat = covariance.reshape(G * m, G * m)
    values, vectors = np.linalg.eigh(flat)
    root = vectors * np.sqrt(np.maximum(values, 0))
    U = (rng.standard_normal((NULL_DRAWS, G * m)) @ root.T).reshape(NULL_DRAWS, G, m)
    return cone(U, same_decay(covariance), signed)


def same_decay(covariance: Floats) -> Floats:
    """The covariance of scores at the same decay; shape (G, m, m)."""
    return np.ascontiguousarray(np.einsum("gigj->gij", covariance))


def left_over(E: Floats, weighted: Floats, D: Floats, information: Floats) -> Floats:
    """The information on some parameters after the others are fitted.

    Parameters
    ----------
    E, D : shapes (rows, m) and (rows, q); derivatives of the mean in the parameters, and in the others.
    weighted : E times the weight of each row.
    information : shape (q, q); of the others, with their prior.
    """
    cross = D.T @ weighted
    return E.T @ weighted - cross.T @ np.linalg.solve(information, cross)


def standard_errors(left: Floats, m: int) -> Floats:
    """The same for the first m parameters, from the information on them."""
    return np.sqrt(np.maximum(np.diag(np.linalg.pinv(left, hermitian=True))[:m], 0))


def hat_factor(D: Floats, information: Floats) -> Floats:
    """F with F F' the hat matrix of derivatives D (rows, q), each row times the root of its weight.

    Residuals of a fit are (1 - F F') noise, so at lag l they correlate by ``-sum_t (F F')[t, t-l]`` over the degrees of
    freedom that are left: for a flexible trend enough to fail a correct model.
    """
    scale = np.sqrt(np.diag(information))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    keep = values > 1e-10
    return D @ (vectors[:, keep] / np.sqrt(values[keep]) / scale[:, None])


def wiggle_df(information: Floats, prior: Floats, rigid: int) -> float:
    """Effective degrees of freedom of the wiggles (columns from ``rigid`` on): trace of (I + prior)⁻¹ I over them."""
    share = np.linalg.solve(information + np.diag(prior), information)
    return float(np.trace(share[rigid:, rigid:]))


def stabilised(information: Floats) -> Floats:
    """The same, with a diagonal that can be inverted."""
    information[np.diag_indices_from(information)] *= 1 + 1e-9
    information[np.diag_indices_from(information)] += 1e-12
    return information
