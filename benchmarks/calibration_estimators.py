"""The estimators of the house, each tried on simulated records by one small function: its adapter.

An adapter returns `Row`s: a trial, how many repeats it needs relative to the others, and the questions asked of the
results. To add an estimator, write one function under `@estimator("its name")`. Worlds are those of
`trials`; where an estimator needs more than one series, its worlds are made
here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundswell.estimators.core import Estimate
from trials import LENGTHS, WORLDS, Made, Outcome, Trial, normal_cdf

Rng = np.random.Generator


@dataclass(frozen=True)
class Row:
    """Trial and what is asked of it.

    Parameters
    ----------
    setting : the made records, in words.
    trial : see `Trial`.
    questions : among "false positives", "verdicts" (false positives that pass the estimator's own checks), "power",
        "recovery", "coverage", "calibration", and "false positives:NAME" for another p-value.
    weight : repeats, relative to the usual number.
    judged : False where no estimator could know better; such rows are shown, and judge nobody.
    """

    setting: str
    trial: Trial
    questions: tuple[str, ...]
    weight: float = 1.0
    judged: bool = True


ESTIMATORS: dict[str, Callable[[], Iterator[Row]]] = {}


def estimator(name: str) -> Callable[[Callable[[], Iterator[Row]]], Callable[[], Iterator[Row]]]:
    """Register an adapter."""

    def add(rows: Callable[[], Iterator[Row]]) -> Callable[[], Iterator[Row]]:
        ESTIMATORS[name] = rows
        return rows

    return add


def outcome(e: Estimate, passed: bool | None = None, *, cdf: bool = False) -> Outcome:
    """An `Estimate` as an `Outcome`; with ``cdf``, its interval as a confidence distribution."""
    value, low, high, p = (math.nan if v is None else float(v) for v in (e.value, e.low, e.high, e.p))
    details = normal_cdf(value, low, high, e.level) if cdf and math.isfinite(high - low) else None
    return Outcome(value, low, high, p, e.passed if passed is None else passed, details)


def a_seed(rng: Rng) -> int:
    return int(rng.integers(2**31))


def nulls(
    name: str,
    estimate: Callable[[Any, int], Outcome],
    *,
    make: Callable[[Made, Rng], Any] = lambda made, rng: made,
    kinds: int = 1,
    weight: float = 1.0,
    lengths: dict[str, tuple[int, ...]] | None = None,
    worlds: Sequence[str] = tuple(WORLDS),
    questions: tuple[str, ...] = ("false positives", "verdicts"),
    known: Sequence[str] = (),
) -> Iterator[Row]:
    """A row for each world and length; worlds in ``known`` are answerable for this estimator, whatever they say."""
    for step, sizes in (lengths or LENGTHS).items():
        for T in sizes:
            for key in worlds:
                world = WORLDS[key]
                if step not in world.steps:
                    continue

                def simulate(rng: Rng, world=world, T=T, step=step) -> tuple[Any, float]:
                    return make(world.make(rng, T, kinds, step), rng), math.nan

                setting = f"{key}, {T:,} {step}s"
                trial = Trial(f"{name}: {setting}", simulate, estimate)
                yield Row(setting, trial, questions, weight, world.answerable or key in known)


# --- excitation in discrete time ------------------------------------------------------------------------------------


def _excitation(made: Made, seed: int) -> Outcome:
    from groundswell.estimators.excitation.discrete import fit_excitation

    fit = fit_excitation(
        made.counts,
        step=made.step,  # type: ignore[arg-type]
        coverage=made.coverage,
        interval="none",
        seed=seed,
    )
    others = {"cross": float(fit.pair_p[0, 1])} if made.counts.shape[1] > 1 else {}
    return Outcome(p=fit.p, passed=fit.passed, others=others)


def _excitation_with_interval(y: np.ndarray, seed: int) -> Outcome:
    from groundswell.estimators.excitation.discrete import fit_excitation

    fit = fit_excitation(y, interval="profile", seed=seed)
    n, low, high = (float(a[0, 0]) for a in (fit.branching, fit.low, fit.high))
    return Outcome(n, low, high, fit.p, fit.passed, normal_cdf(n, low, high, fit.level))


def _contagious(T: int, n: float | None) -> Callable[[Rng], tuple[np.ndarray, float]]:
    """T weeks of one kind with a season, dispersion 0.1 and half-life 1.5; n is drawn from 0.1 .. 0.6 where None."""

    def simulate(rng: Rng) -> tuple[np.ndarray, float]:
        from groundswell.estimators.excitation.discrete import simulate_excitation

        truth = float(rng.uniform(0.1, 0.6)) if n is None else n
        weeks = np.arange(T)
        base = 3.0 * np.exp(0.4 * np.cos(2 * np.pi * weeks / 52.18 + rng.uniform(0, 6)))
        y = simulate_excitation(base, [[truth]], half_life=1.5, dispersion=0.1, seed=a_seed(rng))
        return y, truth

    return simulate


def _autoregression(rng: Rng, T: int, memory: float, sd: float) -> np.ndarray:
    x = np.zeros(T)
    x[0] = sd * rng.normal()
    for t in range(1, T):
        x[t] = memory * x[t - 1] + math.sqrt(1 - memory**2) * sd * rng.normal()
    return x


def _ebb(rng: Rng, height: float, days: float) -> Made:
    """Reporting starts, jumps, and ebbs; nothing excites anything (fault E1)."""
    t = np.arange(1411)
    rate = 1 + 4 * (t >= 550) + np.where(t >= 730, height * np.exp(-(t - 730) / days), 0.0)
    return Made(rng.poisson(rate)[:, None], "day")


def _sparse(rng: Rng, empty: float, mean: float) -> Made:
    """Independent weeks, most of them empty (fault E3)."""
    return Made(((rng.uniform(size=520) > empty) * rng.poisson(mean, 520))[:, None], "week")


def _tide(rng: Rng, memory: float, sd: float, spread: float = 0.0) -> Made:
    rate = 5 * np.exp(_autoregression(rng, 520, memory, sd) - sd**2 / 2)
    if spread:
        rate = rate * rng.gamma(1 / spread, spread, 520)
    return Made(rng.poisson(rate)[:, None], "week")


def _gap(rng: Rng, missing: int, declared: bool) -> Made:
    """Weeks that were never collected, as zeros (to be refused) or as NaN (fault E2)."""
    y = rng.poisson(5.0, (520, 1)).astype(float)
    at = int(rng.integers(60, 460 - missing))
    y[at : at + missing] = math.nan if declared else 0
    return Made(y, "week")  # type: ignore[arg-type]


_TIDES: dict[str, Callable[[Rng], Made]] = {
    "coverage jumps twice and ebbs fast, 1,411 days": lambda rng: _ebb(rng, 8.0, 100.0),
    "coverage jumps twice and ebbs slowly, 1,411 days": lambda rng: _ebb(rng, 14.0, 250.0),
    "nine in ten weeks empty": lambda rng: _sparse(rng, 0.9, 3.0),
    "19 in 20 weeks empty": lambda rng: _sparse(rng, 0.95, 6.0),
    "tide of memory .8": lambda rng: _tide(rng, 0.8, 0.5),
    "tide of memory .9": lambda rng: _tide(rng, 0.9, 0.5),
    "tide of memory .98": lambda rng: _tide(rng, 0.98, 0.6),
    "tide of memory .9, over-dispersed": lambda rng: _tide(rng, 0.9, 0.5, 0.2),
    "8 weeks never collected, as zeros": lambda rng: _gap(rng, 8, False),
    "26 weeks never collected, as zeros": lambda rng: _gap(rng, 26, False),
    "26 weeks never collected, as NaN": lambda rng: _gap(rng, 26, True),
}


def _excited(half: float, tide: bool) -> Callable[[Rng], tuple[Made, float]]:
    """520 weeks of mean 5 with n = 0.4, under a tide of memory .95 or none."""

    def simulate(rng: Rng) -> tuple[Made, float]:
        from groundswell.estimators.excitation.discrete import simulate_excitation

        rate = np.exp(_autoregression(rng, 520, 0.95, 0.4) - 0.08) if tide else np.ones(520)
        return Made(simulate_excitation(3 * rate, [[0.4]], half_life=half, seed=a_seed(rng)), "week"), 0.4

    return simulate


@estimator("excitation, one kind")
def excitation_one() -> Iterator[Row]:
    yield from nulls("excitation, one kind", _excitation)
    for name, made in _TIDES.items():
        trial = Trial(f"excitation, one kind: {name}", lambda rng, made=made: (made(rng), math.nan), _excitation)
        yield Row(name, trial, ("false positives", "verdicts"))
    for half in (1.0, 2.0):
        for tide in (False, True):
            trial = Trial(f"excitation, power {half} {tide}", _excited(half, tide), _excitation)
            under = "under a tide" if tide else "without one"
            yield Row(f"n = 0.4, half-life {half:g}, 520 weeks of mean 5, {under}", trial, ("power",), 0.5)
    for T in (156, 260, 520, 1040):
        trial = Trial(f"excitation, known n, {T}", _contagious(T, None), _excitation_with_interval)
        yield Row(f"n from 0.1 to 0.6, {T:,} weeks", trial, ("recovery", "coverage", "calibration"), 2.0)
    for n in (0.1, 0.2, 0.3, 0.4, 0.5):
        trial = Trial(f"excitation, power {n}", _contagious(520, n), lambda y, seed: _excitation(Made(y, "week"), seed))
        yield Row(f"n = {n}, 520 weeks", trial, ("power",), 0.5)


@estimator("excitation, two kinds")
def excitation_two() -> Iterator[Row]:
    questions = ("false positives", "false positives:cross", "verdicts")
    yield from nulls("excitation, two kinds", _excitation, kinds=2, weight=0.3, questions=questions)
    for memory, sd in ((0.9, 0.5), (0.98, 0.6)):

        def shared(rng: Rng, memory=memory, sd=sd) -> tuple[Made, float]:
            x = np.exp(_autoregression(rng, 520, memory, sd))
            return Made(np.column_stack([rng.poisson(5 * x), rng.poisson(3 * x)]), "week"), math.nan

        trial = Trial(f"excitation, two kinds: a shared tide of memory {memory}", shared, _excitation)
        yield Row(f"a shared tide of memory {memory}", trial, questions, 0.3)
    for n in (0.2, 0.4):

        def simulate(rng: Rng, n=n) -> tuple[Made, float]:
            from groundswell.estimators.excitation.discrete import simulate_excitation

            y = simulate_excitation(
                np.full((520, 2), 3.0), [[0.0, n], [0.0, 0.0]], half_life=1.5, dispersion=0.1, seed=a_seed(rng)
            )
            return Made(y, "week"), n

        trial = Trial(f"excitation, two kinds, power {n}", simulate, _excitation)
        yield Row(f"0 to 1: n = {n}, 520 weeks", trial, ("power", "power:cross"), 0.3)


@estimator("examination")
def examination() -> Iterator[Row]:
    """What a reader is stated: p is 0 where some verdict says that one of the two kinds excites the other."""

    def estimate(made: Made, seed: int) -> Outcome:
        from groundswell.estimators.excitation.examination import examine

        e = examine(made.counts, step=made.step, coverage=made.coverage, seed=seed)  # type: ignore[arg-type]
        cross = any(p.verdict == "excites" for p in e.pairs if p.source != p.target)
        own = any(p.verdict == "excites" for p in e.pairs if p.source == p.target)
        return Outcome(p=0.0 if cross else 1.0, passed=e.passed, others={"itself": 0.0 if own else 1.0})

    questions = ("false positives", "false positives:itself")
    worlds = ("stationary", "growth x12", "slow common cause", "flickering coverage, not given")
    yield from nulls(
        "examination", estimate, kinds=2, weight=0.1, lengths={"week": (520,)}, worlds=worlds, questions=questions
    )

    def led(rng: Rng) -> tuple[Made, float]:
        from groundswell.estimators.excitation.discrete import simulate_excitation

        y = simulate_excitation(np.full((520, 2), 3.0), [[0.0, 0.4], [0.0, 0.0]], half_life=1.5, seed=a_seed(rng))
        return Made(y, "week"), 0.4

    yield Row("0 to 1: n = 0.4, 520 weeks", Trial("examination: led", led, estimate), ("power",), 0.1)


@estimator("excitation, panel of places")
def panel() -> Iterator[Row]:
    def estimate(record: dict[str, np.ndarray], seed: int) -> Outcome:
        from groundswell.estimators.excitation.panel import fit_panel

        fit = fit_panel(record, threads=1, seed=seed)
        n, low, high = (float(a[0, 0]) for a in (fit.branching, fit.low, fit.high))
        return Outcome(n, low, high, float(fit.p), fit.passed, normal_cdf(n, low, high, fit.level))

    def null(world: str) -> Callable[[Rng], tuple[dict[str, np.ndarray], float]]:
        return lambda rng: ({f"p{i}": WORLDS[world].make(rng, 260).counts for i in range(6)}, math.nan)

    for world in ("stationary", "overdispersed", "growth x12", "seasonal", "coverage jump x5", "slow common cause"):
        trial = Trial(f"panel: {world}", null(world), estimate)
        yield Row(f"{world}, 6 places, 260 weeks", trial, ("false positives", "verdicts"), 0.4)

    def known(rng: Rng) -> tuple[dict[str, np.ndarray], float]:
        from groundswell.estimators.excitation.discrete import simulate_excitation

        own = np.clip(rng.normal(0.35, 0.1, 8), 0.0, 0.9)
        return {
            f"p{i}": simulate_excitation(np.full(260, 3.0), [[n]], half_life=1.5, dispersion=0.1, seed=a_seed(rng))
            for i, n in enumerate(own)
        }, 0.35

    trial = Trial("panel: known", known, estimate)
    yield Row("n = 0.35 ± 0.1, 8 places, 260 weeks", trial, ("recovery", "coverage", "calibration"), 0.6)


# --- excitation in continuous time ----------------------------------------------------------------------------------


@estimator("excitation, continuous time")
def continuous() -> Iterator[Row]:
    def fit(record: tuple[np.ndarray, float, Any], seed: int, interval: str) -> Any:
        from groundswell.estimators.excitation.continuous import fit_hawkes

        times, end, coverage = record
        return fit_hawkes(times, start=0.0, end=end, coverage=coverage, interval=interval, seed=seed)  # type: ignore[arg-type]

    def estimate(record: Any, seed: int) -> Outcome:
        found = fit(record, seed, "none")
        return Outcome(p=found.p, passed=found.passed)

    def at_moments(made: Made, rng: Rng) -> tuple[np.ndarray, float, Any]:
        days = np.repeat(np.arange(made.counts.shape[0]), made.counts[:, 0])
        times = np.sort(days + rng.uniform(size=days.size))
        coverage = None if made.coverage is None else (np.arange(made.counts.shape[0], dtype=float), made.coverage)
        return times, float(made.counts.shape[0]), coverage

    worlds = [key for key in WORLDS if key != "overdispersed"]  # clumps within a day are excitation, in continuous time
    name = "continuous time"
    yield from nulls(name, estimate, make=at_moments, weight=0.4, lengths={"day": (1000,)}, worlds=worlds)

    def with_interval(record: Any, seed: int) -> Outcome:
        found = fit(record, seed, "profile")
        n, low, high = (float(a[0, 0]) for a in (found.branching, found.low, found.high))
        return Outcome(n, low, high, found.p, found.passed, normal_cdf(n, low, high, found.level))

    def known(rng: Rng) -> tuple[tuple[np.ndarray, float, None], float]:
        from groundswell.estimators.excitation.continuous_simulation import simulate_hawkes

        n = float(rng.uniform(0.1, 0.6))
        record = simulate_hawkes([0.5], [[n]], end=1000.0, half_life=1.0, burn=30.0, seed=a_seed(rng))
        return (record.times, 1000.0, None), n

    trial = Trial("continuous: known", known, with_interval)
    yield Row("n from 0.1 to 0.6, 1,000 days", trial, ("recovery", "coverage", "calibration"), 0.6)


# --- responses to acts ------------------------------------------------------------------------------------------------


def _with_acts(made: Made, rng: Rng) -> tuple[np.ndarray, list[int]]:
    T = made.counts.shape[0]
    return made.counts[:, 0].astype(float), sorted(rng.choice(np.arange(30, T - 30), 8, replace=False).tolist())


@estimator("responses in one series")
def responses_in_one_series() -> Iterator[Row]:
    def estimate(record: tuple[np.ndarray, list[int]], seed: int) -> Outcome:
        from groundswell.estimators.response.responses import respond

        acts = [(0, act) for act in record[1]]
        found = respond(record[0], acts, placebo=299, curves=False, seed=seed)
        return outcome(found.overall.primary, found.passed, cdf=True)

    given = ("flickering coverage, not given",)  # acts at random dates: whatever else moves the series, p is right
    worlds = [key for key in WORLDS if key != "flickering coverage, given"]
    lengths = {"week": (520, 1040)}
    yield from nulls("one series", estimate, make=_with_acts, lengths=lengths, worlds=worlds, weight=0.6, known=given)

    def known(rng: Rng) -> tuple[tuple[np.ndarray, list[int]], float]:
        mean = np.full(520, 4.0)
        acts = (np.arange(40, 500, 60) + rng.integers(0, 15, 8)).tolist()
        for act in acts:
            mean[act + 1 : act + 13] *= math.exp(0.4)
        return (rng.poisson(rng.gamma(5.0, mean / 5.0)).astype(float), acts), 0.4

    trial = Trial("one series: known", known, estimate)
    yield Row("+0.4 after 8 acts, 520 weeks", trial, ("recovery", "coverage", "calibration", "power"))


@estimator("responses across places")
def responses() -> Iterator[Row]:
    def estimate(record: tuple[np.ndarray, list[tuple[int, int]]], seed: int) -> Outcome:
        from groundswell.estimators.response.responses import respond

        found = respond(record[0], record[1], placebo=299, curves=False, seed=seed)
        return outcome(found.overall.primary, found.passed, cdf=True)

    def places(world: str) -> Callable[[Rng], tuple[Any, float]]:
        def simulate(rng: Rng) -> tuple[Any, float]:
            y = WORLDS[world].make(rng, 364, 4).counts.T if world == "slow common cause" else None
            if y is None:
                y = np.stack([WORLDS[world].make(rng, 364).counts[:, 0] for _ in range(8)])
            P, T = y.shape
            acts = [(int(rng.integers(P)), int(rng.integers(60, T - 30))) for _ in range(24)]
            return (y.astype(float), acts), math.nan

        return simulate

    for world in ("stationary", "overdispersed", "growth x12", "seasonal", "coverage jump x5", "slow common cause"):
        trial = Trial(f"responses: {world}", places(world), estimate)
        yield Row(f"{world}, 8 places, 364 weeks", trial, ("false positives", "verdicts"), 0.5)

    def known(rng: Rng) -> tuple[Any, float]:
        mean = np.tile(rng.gamma(4.0, 1.0, 8)[:, None], (1, 364))
        acts = []
        for place in range(8):
            for start in (70, 190, 300):
                step = start + int(rng.integers(0, 20))
                acts.append((place, step))
                mean[place, step + 1 : step + 13] *= math.exp(0.4)
        return (rng.poisson(rng.gamma(5.0, mean / 5.0)).astype(float), acts), 0.4

    trial = Trial("responses: known", known, estimate)
    yield Row("+0.4 after 24 acts, 8 places", trial, ("recovery", "coverage", "calibration", "power"), 0.6)


@estimator("interrupted series")
def interrupted() -> Iterator[Row]:
    def estimate(record: tuple[np.ndarray, int, Any], seed: int) -> Outcome:
        from groundswell.estimators.response.interrupted import interrupted_series

        y, at, coverage = record
        found = interrupted_series(y, at, coverage=None if coverage is None else np.exp(coverage))
        return outcome(found.effect, cdf=True)

    def at_a_date(made: Made, rng: Rng) -> tuple[np.ndarray, int, Any]:
        T = made.counts.shape[0]
        return made.counts[:, 0].astype(float), int(rng.integers(T // 3, 2 * T // 3)), made.coverage

    worlds = [key for key in WORLDS if key != "coverage jump x5"]
    lengths = {"week": (520,)}
    given = ("flickering coverage, not given",)
    yield from nulls("interrupted", estimate, make=at_a_date, lengths=lengths, worlds=worlds, weight=0.6, known=given)

    def known(rng: Rng) -> tuple[tuple[np.ndarray, int, None], float]:
        mean = np.full(312, 6.0)
        mean[157:] *= math.exp(0.3)
        return (rng.poisson(rng.gamma(5.0, mean / 5.0)).astype(float), 156, None), 0.3

    trial = Trial("interrupted: known", known, estimate)
    yield Row("level +0.3, 312 weeks", trial, ("recovery", "coverage", "calibration", "power"))


@estimator("attempts")
def attempts() -> Iterator[Row]:
    def estimate(frame: Any, seed: int) -> Outcome:
        from groundswell.estimators.attempts.comparison import compare_attempts

        found = compare_attempts(
            frame, success="success", outcome="after", controls=("before",), cluster="country", draws=999, seed=seed
        )
        p = found.permutation.p
        others = {"permutation": math.nan if p is None else float(p)}
        o = outcome(found.effect, cdf=True)
        return Outcome(o.value, o.low, o.high, o.p, o.passed, o.cdf, None, others)

    def simulate(effect: float, heavy: bool) -> Callable[[Rng], tuple[Any, float]]:
        def make(rng: Rng) -> tuple[Any, float]:
            import polars as pl

            n = 120
            country = rng.integers(0, 40, n)
            before = rng.normal(size=40)[country] + rng.normal(size=n)
            noise = rng.standard_t(3, n) if heavy else rng.normal(size=n)
            success = rng.uniform(size=n) < 0.35
            after = 0.5 * before + effect * success + noise
            return pl.DataFrame({"success": success, "before": before, "after": after, "country": country}), effect

        return make

    questions = ("false positives", "false positives:permutation")
    for heavy in (False, True):
        words = "heavy tails" if heavy else "normal"
        trial = Trial(f"attempts: null {words}", simulate(0.0, heavy), estimate)
        yield Row(f"no effect, {words}, 120 attempts", trial, questions)
    trial = Trial("attempts: known", simulate(0.5, False), estimate)
    yield Row("+0.5 sd, 120 attempts", trial, ("recovery", "coverage", "calibration", "power"))


# --- waves ------------------------------------------------------------------------------------------------------------


@estimator("decay pooled over episodes")
def decays() -> Iterator[Row]:
    def of_sizes(record: Any, seed: int) -> Outcome:
        from groundswell.estimators.waves.decay import fit_decay

        found = fit_decay(*record, seed=seed)
        passed = all(c.passed for c in found.checks)
        cdf = normal_cdf(found.rate, found.low, found.high, found.level)
        return Outcome(found.rate, found.low, found.high, found.p, passed, cdf)

    def of_counts(record: np.ndarray, seed: int) -> Outcome:
        from groundswell.estimators.waves.decay_counts import fit_decay_of_counts

        found = fit_decay_of_counts(record, seed=seed)
        passed = all(c.passed for c in found.checks)
        cdf = normal_cdf(found.rate, found.low, found.high, found.level)
        return Outcome(found.rate, found.low, found.high, found.p, passed, cdf)

    def sizes(rate: float) -> Callable[[Rng], tuple[Any, float]]:
        def make(rng: Rng) -> tuple[Any, float]:
            from groundswell.estimators.waves.episodes import heaped_range

            episode = np.repeat(np.arange(10), 8)
            times = np.tile(np.arange(8.0), 10)
            own = rate + 0.05 * rng.normal(size=10)
            logs = np.repeat(rng.normal(7, 1, 10), 8) - own[episode] * times + 0.4 * rng.normal(size=80)
            people = np.maximum(np.exp(logs), 1.0)
            unit = 10.0 ** np.floor(np.log10(people))
            low, high = heaped_range(np.maximum(np.round(people / unit) * unit, 1.0))
            lost = rng.uniform(size=80) < 0.15
            return (np.where(lost, np.nan, low), np.where(lost, np.nan, high), times, episode), rate

        return make

    def counts(rate: float) -> Callable[[Rng], tuple[np.ndarray, float]]:
        def make(rng: Rng) -> tuple[np.ndarray, float]:
            own = rate + 0.03 * rng.normal(size=12)
            mean = rng.gamma(3.0, 2.0, 12)[:, None] * np.exp(-own[:, None] * np.arange(21))
            return rng.poisson(mean), rate

        return make

    for words, estimate, make, rate in (("sizes", of_sizes, sizes, 0.25), ("counts", of_counts, counts, 0.12)):
        trial = Trial(f"decay of {words}: null", make(0.0), estimate)
        yield Row(f"{words}, no decay on average", trial, ("false positives", "verdicts"), 0.6)
        trial = Trial(f"decay of {words}: known", make(rate), estimate)
        yield Row(f"{words}, rate {rate}", trial, ("recovery", "coverage", "calibration", "power"), 0.6)


@estimator("growth rate of ranges")
def growth_rates() -> Iterator[Row]:
    def estimate(record: Any, seed: int) -> Outcome:
        from groundswell.estimators.statistics.association import growth_rate

        return outcome(growth_rate(*record, seed=seed, draws=2000), cdf=True)

    def simulate(rate: float) -> Callable[[Rng], tuple[Any, float]]:
        def make(rng: Rng) -> tuple[Any, float]:
            times = np.arange(10.0)
            y = np.exp(4 + rate * times + 0.3 * rng.normal(size=10))
            return (y * rng.uniform(0.7, 1.0, 10), y * rng.uniform(1.0, 1.4, 10), times), rate

        return make

    yield Row("no growth, 10 ranges", Trial("growth: null", simulate(0.0), estimate), ("false positives",))
    trial = Trial("growth: known", simulate(0.2), estimate)
    yield Row("rate 0.2, 10 ranges", trial, ("recovery", "coverage", "calibration", "power"))


def _red(rng: Rng, n: int) -> np.ndarray:
    phi = rng.uniform(0.0, 0.8)
    x = np.zeros(n + 50)
    for t in range(1, n + 50):
        x[t] = phi * x[t - 1] + rng.normal()
    return x[50:]


def _wave(rng: Rng, n: int) -> np.ndarray:
    """An autoregression that returns every eight steps."""
    r, turn = 0.9, 2 * math.pi / 8
    x = np.zeros(n + 50)
    for t in range(2, n + 50):
        x[t] = 2 * r * math.cos(turn) * x[t - 1] - r**2 * x[t - 2] + rng.normal()
    return x[50:]


@estimator("waves beyond red noise")
def waves() -> Iterator[Row]:
    def estimate(y: np.ndarray, seed: int) -> Outcome:
        from groundswell.estimators.waves.spectrum import wave_spectrum

        found = wave_spectrum(y, log=False, draws=199, seed=seed)
        return Outcome(p=found.p, passed=all(c.passed for c in found.checks))

    for n in (20, 60):
        trial = Trial(f"spectrum: red {n}", lambda rng, n=n: (_red(rng, n), math.nan), estimate)
        yield Row(f"spectrum, red noise, {n} years", trial, ("false positives", "verdicts"), 0.6)
    trial = Trial("spectrum: wave", lambda rng: (_wave(rng, 60), math.nan), estimate)
    yield Row("spectrum, a return every 8 years, 60 years", trial, ("power",), 0.4)


@estimator("spread over places")
def spread() -> Iterator[Row]:
    def estimate(record: Any, seed: int) -> Outcome:
        from groundswell.estimators.waves.diffusion import fit_spread

        onset, latitude, longitude = record
        found = fit_spread(onset, latitude, longitude, days=20, bootstrap=39, interval=False, seed=seed)
        return Outcome(found.contagion, p=found.p, passed=all(c.passed for c in found.checks))

    def simulate(contagion: float) -> Callable[[Rng], tuple[Any, float]]:
        def make(rng: Rng) -> tuple[Any, float]:
            from groundswell.estimators.waves.simulated_spread import simulate_spread

            latitude, longitude = rng.uniform(35, 42, 90), rng.uniform(-95, -85, 90)
            likeness = 0.5 * np.sin(latitude) + 0.5 * np.cos(longitude)
            level = -4.0 + 0.8 * np.exp(-((np.arange(20) - 5) ** 2) / 8)
            onset = simulate_spread(
                latitude, longitude, 20, level=level, susceptibility=likeness, contagion=contagion, seed=a_seed(rng)
            )
            return (onset, latitude, longitude), contagion

        return make

    for contagion, question in ((0.0, "false positives"), (1.5, "power")):
        trial = Trial(f"spread: {contagion}", simulate(contagion), estimate)
        yield Row(f"contagion {contagion}, 90 places, 20 days", trial, (question,), 0.3)


# --- attention --------------------------------------------------------------------------------------------------------

_CLASSES = {
    "exogenous subcritical": lambda d: np.where(d >= 0, (np.maximum(d, 0) + 1.0) ** -1.4, 0.0),
    "exogenous critical": lambda d: np.where(d >= 0, (np.maximum(d, 0) + 1.0) ** -0.6, 0.0),
    "exponential": lambda d: np.where(d >= 0, np.exp(-np.maximum(d, 0) / 12.0), 0.0),
}


@estimator("classes of attention")
def attention() -> Iterator[Row]:
    """p is 0 where a class is named that is not the true one."""

    def simulate(which: str | None) -> Callable[[Rng], tuple[Any, float]]:
        def make(rng: Rng) -> tuple[Any, float]:
            hours = np.arange(360)
            shape = 0.0 if which is None else _CLASSES[which](hours - 96.0)
            mean = np.exp(0.4 * np.cos(2 * np.pi * hours / 24)) * (15 + 300 * shape)
            return (rng.poisson(rng.gamma(20.0, mean / 20.0)), which), math.nan

        return make

    def estimate(record: Any, seed: int) -> Outcome:
        from groundswell.estimators.attention.response_classes import classify_response

        y, truth = record
        shock = classify_response(y, {"shock": 96}, power_draws=4, seed=seed).shocks[0]
        wrong = shock.named is not None and shock.named != truth
        p = shock.p_none if truth is None else 0.0 if wrong else 1.0
        return Outcome(p=p, others={"right": 0.0 if shock.named == truth else 1.0})

    trial = Trial("attention: none", simulate(None), estimate)
    yield Row("no response, 360 hours", trial, ("false positives",), 0.2)
    for which in _CLASSES:
        trial = Trial(f"attention: {which}", simulate(which), estimate)
        yield Row(f"{which}: another class named", trial, ("false positives", "power:right"), 0.1)
