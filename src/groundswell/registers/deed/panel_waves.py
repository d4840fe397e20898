"""Waves of protest in many countries (Mass Mobilization, 1990-2019): how many swing beyond red noise.

One country has thirty years, in which only a strong and regular wave is visible. The estimate is therefore the share of
countries whose strongest wave has p of 5% or less, less those 5%. Countries swing together, so their effective number is
smaller, by the design effect 1 + (n - 1) c, with c the mean squared correlation of two countries beyond that of independent
orders, since the powers of two Gaussian series at one frequency are correlated by their squared coherence.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Estimate
from groundswell.estimators.waves.spectrum import wave_spectrum
from groundswell.registers.deed.designs import Runs
from groundswell.registers.deed.plans import Answer, PanelPlan, record_table
from groundswell.registers.deed.records import reported

Floats = NDArray[np.float64]
_RECORD = "mass_mobilization_full"
_FIRST, _YEARS = 1990, 30  # the record ends in March 2020
_FEWEST, _EMPTY = 60, 10  # fewest protests of a country, and most years without any
_COUNTRIES = 20  # at least
_DRAWS = 99  # of red noise behind each p, so that p is a multiple of 1%
_NOMINAL = 0.05
_SHUFFLED = "negative control: the years of all countries in one shuffled order"


@functools.cache
def _countries() -> dict[str, Floats]:
    """Protests by year, shape (30,), of each country that is covered throughout and has enough protests."""
    rows = (
        record_table(_RECORD, ["country", "year", "protest"])
        .with_columns(pl.col("year", "protest").cast(pl.Float64).cast(pl.Int64))
        .filter(pl.col("year").is_between(_FIRST, _FIRST + _YEARS - 1))
    )
    watched = rows.group_by("country").agg(years=pl.col("year").n_unique()).filter(pl.col("years") == _YEARS)
    found = {}
    for (country,), group in rows.join(watched, on="country").filter(pl.col("protest") == 1).group_by("country"):
        counts = np.bincount(group["year"].to_numpy() - _FIRST, minlength=_YEARS).astype(np.float64)
        if _enough(counts):
            found[str(country)] = counts
    if len(found) < _COUNTRIES:
        raise EstimationError(
            f"{len(found)} countries of {_RECORD} with {_FEWEST} protests in {_YEARS} years",
            expected=f"{_COUNTRIES} or more, since the number is a share of countries",
        )
    return dict(sorted(found.items()))


def _enough(counts: Floats) -> bool:
    return bool(counts.sum() >= _FEWEST and (counts == 0).sum() <= _EMPTY)


def _swings(counts: Floats, seed: int) -> bool:
    """Whether the strongest wave of a yearly series has p of 5% or less, and red noise or a wave describes it."""
    found = wave_spectrum(counts, unit="year", draws=_DRAWS, seed=seed)
    return bool(found.passed and found.p <= _NOMINAL + 1e-9)


@functools.cache
def _share() -> Answer:
    made = _countries()
    order = np.random.default_rng(derive_seed(0, "waves", "order")).permutation(_YEARS)
    seeds = [derive_seed(0, "waves", name) % 2**31 for name in made]
    effect = design_effect(np.stack(list(made.values())))
    own = [_swings(counts, seed) for counts, seed in zip(made.values(), seeds, strict=True)]
    shuffled = [_swings(counts[order], seed) for counts, seed in zip(made.values(), seeds, strict=True)]
    shown = {"countries": len(own), "countries that swing": sum(own), "design effect": round(effect, 2)}
    return Answer(beyond_chance(own, effect), {_SHUFFLED: beyond_chance(shuffled, effect)}, shown)


def design_effect(counts: Floats) -> float:
    """The design effect by which countries that swing together count for fewer: 1 + (n - 1) c, at least 1.

    Parameters
    ----------
    counts : shape (countries, years).
    """
    rng = np.random.default_rng(derive_seed(0, "waves", "independent"))
    t = np.linspace(-1, 1, counts.shape[1])
    line = np.log(counts + 0.5)
    left = line - np.array([np.polyval(np.polyfit(t, row, 1), t) for row in line])

    def shared(values: Floats) -> float:
        return float(np.mean(np.asarray(np.corrcoef(values))[np.triu_indices(values.shape[0], 1)] ** 2))

    alone = np.mean([shared(rng.permuted(left, axis=1)) for _ in range(19)])
    return 1 + (counts.shape[0] - 1) * max(shared(left) - float(alone), 0.0)


def beyond_chance(swings: Iterable[bool], design_effect: float = 1.0) -> Estimate:
    """The share of countries that swing, less the 5% expected by chance, with an exact binomial interval.

    Source: Korn & Graubard (1998), Survey Methodology 24:193-201 (the interval, with n over the design effect).
    """
    shows = np.asarray(list(swings), dtype=np.float64)
    share, n = float(shows.mean()), shows.size / design_effect
    k = share * n
    low = float(stats.beta.ppf(0.025, k, n - k + 1)) if k > 0 else 0.0
    high = float(stats.beta.ppf(0.975, k + 1, n - k)) if k < n else 1.0
    above = float(stats.beta.cdf(_NOMINAL, k, n - k + 1)) if k > 0 else 1.0
    below = float(stats.beta.sf(_NOMINAL, k + 1, n - k)) if k < n else 1.0
    error = (high - low) / (2 * float(stats.norm.ppf(0.975)))
    checks = {"standard_error": error, "clusters": int(n), "degrees_of_freedom": int(n) - 1, "scale": 1.0}
    return Estimate(
        share - _NOMINAL, low - _NOMINAL, high - _NOMINAL, min(1.0, 2 * min(above, below)), shows.size,
        "share of countries, exact binomial interval at n over the design effect", "share of countries", True, checks,
    )  # fmt: skip


@dataclass(frozen=True)
class SwingingSocieties:
    """The share of simulated societies of thirty years that swing beyond red noise, less what chance would show.

    A society's protests are drawn around its yearly turnout (Poisson, with the error of a source that takes turnout for
    protests). Their total is that of one of the countries; societies with too few are left out, as countries are.
    """

    def correlation(self, runs: Runs, account: str, arm: str, rng: np.random.Generator) -> float:
        key = ("waves of societies", account, arm)
        if key not in runs.memo:
            runs.memo[key] = np.array(self._shows(runs, account, arm), dtype=np.float64)
        shows = runs.memo[key]
        if shows.size == 0:
            raise EstimationError("no simulated society with enough protests", expected="one or more")
        return float(rng.choice(shows, size=shows.size).mean() - _NOMINAL)

    def _shows(self, runs: Runs, account: str, arm: str) -> list[bool]:
        luck = np.random.default_rng(derive_seed(0, "waves", account, arm))
        totals = [float(counts.sum()) for counts in _countries().values()]
        shows = []
        for draw in range(runs.long.design.draws):
            turnout = reported(runs.yearly(account, arm, "turnout", draw, long=True)[:_YEARS], luck)
            counts = luck.poisson(luck.choice(totals) * turnout / turnout.sum()).astype(np.float64)
            if _enough(counts):
                shows.append(_swings(counts, draw))
        return shows


PLANS = (
    PanelPlan(
        "X2", _RECORD, "Protests by year, countries, 1990-2019: in how many they swing beyond red noise",
        "share of countries whose strongest wave is beyond red noise at 5%, minus the 5% expected by chance",
        "strongest wave of the detrended log series against red noise (AR(1) with white noise), by country; binomial "
        "interval, fewer countries where they swing together",
        "above", _share, SwingingSocieties(), _SHUFFLED, arm="organised", closed="organised:no fatigue",
    ),
)  # fmt: skip
