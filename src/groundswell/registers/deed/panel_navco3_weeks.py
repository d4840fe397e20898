"""Weeks of NAVCO 3.0 under correlated hidden tides: in how many countries one kind of event triggers another.

    violence, repression and protest of a country and week ~ counts about exp(m_k + x_k) + sum_j n_jk S_j
    x    a tide for each kind, with correlated innovations, so that a swing shared by the kinds does not count as excitation
    S_j  the memory of past events of kind j

The estimate is the share of countries in which n_jk is found (p below 5%), less those 5%. Branching ratios cannot be
negative, so these records can show whether violence triggers protest (C3), but not whether it keeps people at home (S3).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy import stats

from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate
from groundswell.estimators.excitation.panel import workers
from groundswell.estimators.excitation.panel_tide import TideOfPlace, tides_of_places
from groundswell.records.series import series
from groundswell.registers.deed.navco import pre_jump_events
from groundswell.registers.deed.plans import Answer, PanelPlan, Stated

_RECORD = "navco3"
_KINDS = ("violence", "repression", "protest")
_FEWEST, _SHORTEST = 10, 60  # events of each kind, and weeks, below which no tide can be fitted
_NOMINAL = 0.05
_SHARES = (0.2, 0.8)  # range of the share of countries in which a link that the claim asserts is detectable: no source
_METHOD = "share of countries, exact binomial interval"


@functools.cache
def _tides() -> list[TideOfPlace]:
    """Every country with enough events, fitted with its own tides; takes two minutes on one core."""
    events = pre_jump_events()
    places = []
    for country in sorted(events["country"].drop_nulls().unique()):
        counts = series(events.filter(pl.col("country") == country), list(_KINDS), "week").counts.astype(float)
        if len(counts) >= _SHORTEST and (counts.sum(axis=0) >= _FEWEST).all():
            places.append((country, counts, range(len(_KINDS)), None))
    with workers(None) as each:
        return tides_of_places(places, _KINDS, "week", 0.95, 1, each)


def _share(pairs: Sequence[tuple[str, str]], every: bool) -> Answer:
    """The share of countries in which one pair, or every pair, is found, less what chance would show."""
    found = _tides()
    at = [(_KINDS.index(a), _KINDS.index(b)) for a, b in pairs]
    n = len(found)
    if n < 2:
        raise EstimationError(f"{n} countries with enough events of each kind", expected="two or more")
    shows = np.array([[tide.p[j, k] < _NOMINAL for j, k in at] for tide in found])
    by_chance = _NOMINAL ** len(at) if every else 1 - (1 - _NOMINAL) ** len(at)
    k = int((shows.all(axis=1) if every else shows.any(axis=1)).sum())
    low, high = (float(x) for x in stats.binomtest(k, n).proportion_ci(method="exact"))
    p = float(stats.binomtest(k, n, by_chance, alternative="greater").pvalue)
    speaking = sum(not tide.reason for tide in found)
    checks: dict[str, object] = {
        "standard_error": (high - low) / 3.92, "clusters": n, "degrees_of_freedom": n - 1, "scale": 1.0,
    }  # fmt: skip
    passed = speaking > n / 2
    estimate = Estimate(
        k / n - by_chance, low - by_chance, high - by_chance, p, n, _METHOD, "share of countries", passed, checks
    )
    shown = {
        "countries in which it shows": k, "countries whose fit passes": speaking, "more than half of the fits pass": passed,
    }  # fmt: skip
    return Answer(estimate, {}, shown)


def _plan(claim: str, what: str, pairs: Sequence[tuple[str, str]], accounts: tuple[str, ...], every: bool) -> PanelPlan:
    return PanelPlan(
        claim, _RECORD, f"{what} beyond correlated tides, all countries, 1991-2010, by week",
        "share of countries in which it shows at 5%, minus the share expected by chance",
        "discrete-time Hawkes model of three kinds, a hidden tide for each with correlated innovations, by country", "above",
        functools.partial(_share, pairs, every), Stated(*_SHARES),
        "a swing that the kinds share, which is in the model: the tides", accounts=accounts,
    )  # fmt: skip


PLANS = (
    _plan("S2", "Repression triggered by violence", [("violence", "repression")], ("substitution",), False),
    _plan("S2", "Violence triggered by repression", [("repression", "violence")], ("substitution",), False),
    _plan(
        "S12", "Violence of opposition and state, each way,",
        [("violence", "repression"), ("repression", "violence")], ("substitution",), True,
    ),
    _plan("C3", "Protest triggered by violence", [("violence", "protest")], ("catalysis",), False),
    _plan(
        "X1", "Protest triggered by violence, or violence by protest,",
        [("violence", "protest"), ("protest", "violence")], ("substitution", "catalysis"), False,
    ),
)  # fmt: skip
