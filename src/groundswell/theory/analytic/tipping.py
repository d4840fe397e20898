"""Mixtures at rest of two groups with straight tolerance schedules (Schelling's bounded neighbourhood)."""

from __future__ import annotations

import numpy as np

from groundswell.errors import TheoryError


def mixtures(majority_most: float, minority_most: float, ratio: float) -> tuple[tuple[float, float, bool], ...]:
    """All mixtures at rest, as shares of the two groups inside and whether the mixture is stable.

    With w and b the shares inside, the least tolerant inside are just content where ``b = A k w (1 - w)`` and
    ``w = (B / k) b (1 - b)``. Eliminating w leaves ``1 = A B (1 - b)(1 - (B / k) b (1 - b))``, a cubic in b. A mixture
    is stable where the matrix of the responses of (w, b) to each other has both eigenvalues below 1; they are real,
    since each group responds to the other with the same sign.

    Parameters
    ----------
    majority_most, minority_most : > 0, A and B: others per member of their own group that the most tolerant accept.
    ratio : > 0, k: size of the larger group for each of the smaller.

    Raises
    ------
    TheoryError : a number that is not positive.

    >>> [(round(w, 3), round(b, 3), stable) for w, b, stable in mixtures(5.0, 5.0, 1.0) if stable]
    [(0.8, 0.8, True)]
    """
    for name, x in (("majority_most", majority_most), ("minority_most", minority_most), ("ratio", ratio)):
        if not (np.isfinite(x) and x > 0):
            raise TheoryError(f"{name} = {x}", expected="a number above 0")
    b = np.polynomial.Polynomial([0.0, 1.0])
    w = (minority_most / ratio) * b * (1 - b)
    cubic = majority_most * minority_most * (1 - b) * (1 - w) - 1
    found = []
    for root in cubic.roots():
        inside = root.real
        if abs(root.imag) > 1e-9 or not 0 < inside < 1 or not 0 < w(inside) < 1:
            continue
        other = float(w(inside))
        responses = np.array(
            [
                [(1 - other) / other, -1 / (majority_most * ratio * other)],
                [-ratio / (minority_most * inside), (1 - inside) / inside],
            ]
        )
        stable = bool(np.linalg.eigvals(responses).real.max() < 1)
        found.append((other, float(inside), stable))
    return tuple(sorted(found))
