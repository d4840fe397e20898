"""Whether the scenarios of a test lie on the sides where its claim puts them, to detect a wrong sign or swapped arms.

A claim says where its estimate lies, and its first asserting and first denying scenarios are its own. An estimate that
lies further to the claim's side must then be likelier where the claim holds. If simulated records show the opposite
in most pairs (one record of each), the statement is wrong: the expected sign, or the side to which a scenario belongs.
Judged by such scenarios, a true claim would be contradicted by any record that shows too little.

The share of pairs in which the asserting record lies further to the claim's side is Mann and Whitney's U / (m n). Its
standard error is sqrt((m + n + 1) / (12 m n)) where the sides are alike.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from groundswell.claims.claim import Direction

Floats = NDArray[np.float64]
TURNED = 3.0
"""Standard errors below one half at which that share shows swapped sides; by chance this happens one time in 700."""
_LEAST = 6  # records on each side


def turned(says: Direction, asserting: Floats, denying: Floats) -> str:
    """What is swapped in a test, as a clause; empty if nothing is.

    Parameters
    ----------
    says : only "above" and "below" have a side.
    asserting, denying : estimates from records of the claim's own scenarios; not finite where missing.
    """
    sign = {"above": 1.0, "below": -1.0}.get(says, 0.0)
    yes, no = (sign * x[np.isfinite(x)] for x in (asserting, denying))
    if not sign or min(yes.size, no.size) < _LEAST:
        return ""
    pairs = yes[:, None] - no
    share = float((pairs > 0).mean() + 0.5 * (pairs == 0).mean())
    if share > 0.5 - TURNED * math.sqrt((yes.size + no.size + 1) / (12 * yes.size * no.size)):
        return ""
    if (no > 0).mean() > 0.5:
        return swapped(says, yes, no)
    return wrong_sign(says, yes)


def swapped(says: Direction, yes: Floats, no: Floats) -> str:
    """The denying scenario lies where the claim puts its estimate."""
    return (
        f"records in which it does not hold lie {says} 0 in {(no > 0).mean():.0%} of draws, and records in which it "
        f"holds in {(yes > 0).mean():.0%}: asserting and denying are swapped"
    )


def wrong_sign(says: Direction, yes: Floats) -> str:
    """The asserting scenario lies opposite to where the claim puts its estimate."""
    return (
        f"records in which it holds lie {says} 0 in {(yes > 0).mean():.0%} of draws: the sign is wrong, of what it "
        "expects or of a parameter"
    )


__all__ = ["TURNED", "turned"]
