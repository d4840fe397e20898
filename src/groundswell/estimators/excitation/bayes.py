"""Full Bayesian fits of excitation, for one place or many: all uncertainty as draws (the extra `bayes`).

The model is that of `discrete`. For place p and kind k the record informs branching n[p, j, k], decay, dispersion and
stiffness of the trend through the marginal likelihood: the coefficients of trend, season, weekdays, coverage and
level shifts are integrated out (by Laplace's method, with small error for counts). A few numbers remain for each
place and kind, and NUTS samples them with the exact gradient of that likelihood; with the coefficients among the
unknowns, sampling took minutes and the chains did not agree. With several places branching ratios vary over them,

    n[p, j, k] = mu[j, k] exp(tau[j, k] e[p, j, k] - tau[j, k]² / 2),   e ~ N(0, 1)

(with inhibition: mu + tau e). Kinds share no unknowns, so each is sampled separately. Only the steps of level shifts
are fixed, at those that maximum likelihood finds. Sampling is NUTS (Hoffman & Gelman 2014) in NumPyro.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.core import Check
from groundswell.estimators.excitation.baseline import (
    STEPS_PER_YEAR,
    Floats,
    checked_coverage,
    design,
    half_life_bounds,
)
from groundswell.estimators.excitation.bayes_checks import BayesRecord, evaluated, flattened, predictive_checks
from groundswell.estimators.excitation.bayes_outcome import BayesianExcitation, extra
from groundswell.estimators.excitation.counts import checked_counts
from groundswell.estimators.excitation.discrete import fit_excitation
from groundswell.estimators.excitation.discrete_target import CountTarget, prepare_basis, prepare_target
from groundswell.estimators.excitation.options import BayesSettings, Priors

_MOST_R_HAT = 1.02  # split R-hat; Vehtari et al. (2021) require 1.01 for four long chains, whose own error is smaller
_FEWEST_EFFECTIVE = 200  # draws: error of a posterior mean a fourteenth of the posterior's spread
_MOST_DIVERGENT = 0.01  # share of draws
_EVIDENCE_DRAWS = 4000  # of importance sampling
_FEWEST_WEIGHTS = 400  # effective, of these: error of a log evidence about 0.05


# --- the record -----------------------------------------------------------------------------------------------------


def _records(
    places: Mapping[str, Floats], settings: BayesSettings, coverage: Mapping[str, ArrayLike], middle: float,
    notes: list[str],
) -> list[BayesRecord]:  # fmt: skip
    """One record for each kind; `middle` is the log half-life at which the first coefficients are found."""
    K = next(iter(places.values())).shape[1]
    targets: list[list[CountTarget]] = [[] for _ in range(K)]
    bounds = half_life_bounds(settings.half_life, min(y.shape[0] for y in places.values()), settings.step)
    for name, y in places.items():
        words: list[str] = []
        cover = checked_coverage(coverage.get(name), y.shape[0])
        columns = design(y.shape[0], settings.step, settings.baseline, cover, words)
        same = {field: getattr(settings, field) for field in ("step", "baseline", "family", "inhibition", "half_life")}
        shifts = fit_excitation(y, coverage=cover, interval="none", **same).breaks
        lead = min(10, y.shape[0] // 20)
        for k in range(K):
            basis = prepare_basis(columns.shifted(shifts[k]) if shifts[k] else columns, lead)
            targets[k].append(prepare_target(y[:, k], y, basis, settings.family, settings.inhibition, k, bounds))
        notes += [f"{name}: {text}" if len(places) > 1 else text for text in words]
    records = []
    for of in targets:
        x = np.array([0.1] * K + [min(max(middle, bounds[0]), bounds[1]), math.log(0.1), math.log(10.0)])
        records.append(BayesRecord(tuple(of), tuple(evaluated(t, t.b0, x)[2] for t in of), bounds))
    return records


# --- the model ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Setting:
    """What the model of one kind needs besides its record."""

    pooling: str  # "none" for one place
    poisson: bool
    inhibition: bool
    middle: float  # log half-life, steps; median of the prior
    priors: Priors


def _log_likelihood(record: BayesRecord) -> Any:
    """The record's marginal likelihood as a function that JAX can differentiate; theta has shape (P, J + 3)."""
    jax, jnp = extra("jax"), extra("jax.numpy")

    P, width = len(record.targets), record.sources + 3

    def both(theta: Any) -> tuple[Floats, Floats]:
        x = np.asarray(theta, dtype=np.float64)
        found = [evaluated(t, b, x[p]) for p, (t, b) in enumerate(zip(record.targets, record.start, strict=True))]
        return np.float64(sum(f[0] for f in found)), np.stack([f[1] for f in found])  # type: ignore[return-value]

    shapes = (jax.ShapeDtypeStruct((), jnp.float64), jax.ShapeDtypeStruct((P, width), jnp.float64))

    @jax.custom_vjp
    def value(theta: Any) -> Any:
        return jax.pure_callback(both, shapes, theta, vmap_method="sequential")[0]

    def forward(theta: Any) -> tuple[Any, Any]:
        return jax.pure_callback(both, shapes, theta, vmap_method="sequential")

    def backward(gradient: Any, over: Any) -> tuple[Any]:
        return (over * gradient,)

    value.defvjp(forward, backward)
    return value


def _model(record: BayesRecord, setting: _Setting, excited: bool) -> Any:
    """The generative model of one kind, in NumPyro."""
    jnp, numpyro, dist = extra("jax.numpy"), extra("numpyro"), extra("numpyro.distributions")

    P, J, priors = len(record.targets), record.sources, setting.priors
    likelihood = _log_likelihood(record)

    def branching() -> Any:
        prior = dist.Normal(0, priors.branching) if setting.inhibition else dist.HalfNormal(priors.branching)
        if setting.pooling == "none":
            return numpyro.sample("n", prior.expand([P, J]))
        mu = numpyro.sample("mu", prior.expand([J]))
        if setting.pooling == "complete":
            return numpyro.deterministic("n", jnp.broadcast_to(mu, (P, J)))
        tau = numpyro.sample("tau", dist.HalfNormal(priors.between).expand([J]))
        e = numpyro.sample("e", dist.Normal(0, 1).expand([P, J]))
        return numpyro.deterministic("n", mu + tau * e if setting.inhibition else mu * jnp.exp(tau * e - tau**2 / 2))

    def model() -> None:
        n, h = jnp.zeros((P, J)), jnp.full((P,), setting.middle)
        if excited:
            n = branching()
            low, high = record.bounds
            prior = dist.TruncatedNormal(setting.middle, priors.half_life[1], low=low, high=high)
            h = jnp.broadcast_to(
                numpyro.sample("log_half_life", prior.expand([P if setting.pooling == "none" else 1])), (P,)
            )
        spread = jnp.ones(P)
        if not setting.poisson:
            spread = numpyro.sample("dispersion", dist.HalfNormal(priors.dispersion).expand([P]))
        trend = numpyro.sample("trend", dist.HalfNormal(priors.trend).expand([P]))
        theta = jnp.column_stack([n, h, jnp.log(spread), -2 * jnp.log(trend)])
        numpyro.factor("record", likelihood(theta))

    return model


# --- fitting --------------------------------------------------------------------------------------------------------


def fit_excitation_bayes(
    counts: ArrayLike | Mapping[str, ArrayLike],
    settings: BayesSettings | None = None,
    *,
    kinds: Sequence[str] | None = None,
    **options: Any,
) -> BayesianExcitation:
    """Sample the posterior of the model of excitation, over one place or many.

    Parameters
    ----------
    counts : shape (T,) or (T, K), or one such array by name of place; whole numbers from 0.
    settings : `BayesSettings`; or its fields as keywords.
    kinds, step, baseline, coverage, family, inhibition, half_life : as for `fit_excitation`; coverage by place if
        counts are.
    pooling : of branching ratios over places; "none" fits each place on its own, decay included.
    priors : see `Priors`.
    compare : compute Bayes factors against no excitation, where places are not pooled.
    noticeable : the branching ratio above which excitation is said to matter.
    chains, warmup, samples : of NUTS, per chain; chains run one after another.

    Returns
    -------
    `BayesianExcitation`. The same input and seed give the same draws with the same versions of JAX and NumPyro on the
    same kind of machine.

    Raises
    ------
    EstimationError : counts, names or settings that cannot be used; the extra is not installed.

    Known limits: steps of level shifts are fixed at their best values, so the intervals omit their uncertainty. A
    slow excitation (half-lives of months) and a wiggly trend explain the same record; how much each explains depends on
    the priors of the half-life and the trend, so vary them. Use `fit_excitation` or `fit_panel` for a quick answer;
    their intervals agree with these where the record is informative.

    Source: Hawkes (1971), Biometrika 58:83-90; Rasmussen (2013), Methodol. Comput. Appl. Probab. 15:623-642; Rue,
    Martino & Chopin (2009), J. R. Stat. Soc. B 71:319-392 (Laplace for latent Gaussian models); Gelman, Meng & Stern
    (1996), Stat. Sinica 6:733-760 (predictive checks).

    >>> from groundswell.estimators.excitation.discrete import simulate_excitation
    >>> y = simulate_excitation(np.full((300, 1), 3.0), [[0.4]], half_life=1.0, seed=1)
    >>> fit_excitation_bayes(y, kinds=["protest"]).answer  # doctest: +SKIP
    """
    chosen = BayesSettings.of(settings, options)
    extra("jax")
    extra("numpyro")
    coverage, seed = chosen.coverage, chosen.seed
    given = counts if isinstance(counts, Mapping) else {"record": counts}
    if not given:
        raise EstimationError("no place", expected="counts of at least one place")
    places: dict[str, Floats] = {}
    names: tuple[str, ...] = ()
    for name, of in given.items():
        places[str(name)], names = checked_counts(of, kinds)
    if len({y.shape[1] for y in places.values()}) > 1:
        raise EstimationError("places with different numbers of kinds", expected="the same kinds in every place")
    cover = coverage if isinstance(coverage, Mapping) else {} if coverage is None else {"record": coverage}
    if set(cover) - set(given):
        raise EstimationError(
            f"coverage of {sorted(set(cover) - set(given))}", expected="coverage by the names of the places, as counts"
        )
    notes: list[str] = []
    middle = math.log(chosen.priors.half_life[0] * STEPS_PER_YEAR[chosen.step] / 365.25)
    records = _records(places, chosen, cover, middle, notes)
    shared = chosen.pooling != "none" and len(places) > 1
    setting = _Setting(
        chosen.pooling if shared else "none", chosen.family == "poisson", chosen.inhibition, middle, chosen.priors
    )
    found: list[dict[str, Floats]] = []
    divergent, factors = [], []
    with _double_precision():
        for kind, record in zip(names, records, strict=True):
            sizes, own = (chosen.chains, chosen.warmup, chosen.samples), derive_seed(seed, "bayes", kind)
            drawn, diverging = _sample(record, setting, True, sizes, own)
            found.append(drawn)
            divergent.append(diverging)
            factor = math.nan
            if chosen.compare and not shared and len(places) == 1:
                none, _ = _sample(record, setting, False, (1, 300, 500), derive_seed(seed, "bayes without", kind))
                factor = _evidence(record, setting, drawn, seed) - _evidence(record, setting, none, seed)
            factors.append(factor)
    r_hat, effective = _convergence(found)
    share = float(np.mean(divergent))
    sampled = r_hat <= _MOST_R_HAT and effective >= _FEWEST_EFFECTIVE and share <= _MOST_DIVERGENT
    draws = {
        "n": np.stack([of["n"] for of in found], axis=-1),
        "half_life": np.stack([np.exp(of["log_half_life"]) for of in found], axis=-1),
        **{
            x: np.stack([of[x] for of in found], axis=-1) for x in ("dispersion", "trend", "mu", "tau") if x in found[0]
        },
    }
    checks = predictive_checks(records, draws, places, names, seed)
    return _summary(
        draws, names, tuple(places), chosen, setting.pooling, np.array(factors), (r_hat, effective, share), sampled,
        checks, tuple(notes),
    )  # fmt: skip


@contextlib.contextmanager
def _double_precision() -> Iterator[None]:
    """Double precision in every thread, callbacks included (JAX's own context manager leaves those out)."""
    jax = extra("jax")

    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", before)


def _sample(
    record: BayesRecord, setting: _Setting, excited: bool, sizes: tuple[int, int, int], seed: int
) -> tuple[dict[str, Floats], float]:
    """Draws by name, shape (chains, draws, ...), and the share of divergent transitions."""
    jax, infer = extra("jax"), extra("numpyro.infer")

    chains, warmup, samples = sizes
    kernel = infer.NUTS(
        _model(record, setting, excited),
        target_accept_prob=0.9,
        dense_mass=setting.pooling == "none" and len(record.targets) == 1,
        init_strategy=infer.init_to_median,
    )
    chain = infer.MCMC(
        kernel, num_warmup=warmup, num_samples=samples, num_chains=chains, chain_method="sequential", progress_bar=False
    )
    chain.run(jax.random.PRNGKey(seed % 2**31), extra_fields=("diverging",))
    drawn = {k: np.asarray(v, dtype=np.float64) for k, v in chain.get_samples(group_by_chain=True).items()}
    return drawn, float(np.asarray(chain.get_extra_fields()["diverging"]).mean())


def _summary(
    draws: Mapping[str, Floats],
    kinds: tuple[str, ...],
    places: tuple[str, ...],
    settings: BayesSettings,
    pooling: str,
    factors: Floats,
    chain: tuple[float, float, float],
    sampled: bool,
    checks: Mapping[str, tuple[Check, ...]],
    notes: tuple[str, ...],
) -> BayesianExcitation:
    flat, level = flattened(draws), settings.level
    K = len(kinds)
    centre = flat.get("mu", flat["n"][:, 0])
    tau = flat.get("tau", np.full((1, K, K), np.nan))
    half = flat["half_life"][:, 0]

    def interval(values: Floats) -> tuple[Floats, Floats]:
        low, high = np.percentile(values, [50 * (1 - level), 100 - 50 * (1 - level)], axis=0)
        return low, high

    low, high = interval(centre)
    half_low, half_high = interval(half)
    tau_low, tau_high = interval(tau)
    place_low, place_high = interval(flat["n"])
    return BayesianExcitation(
        kinds=kinds,
        places=places,
        step=settings.step,
        family=settings.family,
        pooling=pooling,
        level=level,
        priors=settings.priors,
        branching=centre.mean(axis=0),
        low=low,
        high=high,
        above=(centre > settings.noticeable).mean(axis=0),
        noticeable=settings.noticeable,
        half_life=np.median(half, axis=0),
        half_life_low=half_low,
        half_life_high=half_high,
        between=tau.mean(axis=0),
        between_low=tau_low,
        between_high=tau_high,
        place_branching=flat["n"].mean(axis=0),
        place_low=place_low,
        place_high=place_high,
        log_bayes_factor=factors,
        draws=draws,
        r_hat=chain[0],
        effective=chain[1],
        divergent=chain[2],
        checks=checks,
        sampled=sampled,
        passed=sampled and all(c.passed for found in checks.values() for c in found),
        notes=notes,
    )


def _convergence(found: Sequence[Mapping[str, Floats]]) -> tuple[float, float]:
    """The worst split R-hat and the smallest effective sample of all sampled parameters."""
    diagnostics = extra("numpyro.diagnostics")

    r_hat, effective = 1.0, math.inf
    for drawn in found:
        for name, values in drawn.items():
            if name == "e":
                continue
            each = values.reshape(*values.shape[:2], -1)
            if name in ("dispersion", "trend", "n", "mu", "tau"):
                each = np.log(np.maximum(each, 1e-8)) if (each > 0).all() else each
            r_hat = max(r_hat, float(np.max(diagnostics.split_gelman_rubin(each))))
            effective = min(effective, float(np.min(diagnostics.effective_sample_size(each))))
    return r_hat, effective


def _evidence(record: BayesRecord, setting: _Setting, drawn: Mapping[str, Floats], seed: int) -> float:
    """Log evidence of one place's model, by importance sampling from a t distribution fitted to posterior draws."""
    t, start, J, priors = record.targets[0], record.start[0], record.sources, setting.priors
    excited = "n" in drawn
    flat = flattened(drawn)
    columns: list[Floats] = []
    if excited:
        n = flat["n"][:, 0]
        columns += [*(n if setting.inhibition else np.log(n)).T, flat["log_half_life"][:, 0]]
    if not setting.poisson:
        columns.append(np.log(flat["dispersion"][:, 0]))
    columns.append(np.log(flat["trend"][:, 0]))
    u = np.column_stack(columns)
    t_law: Any = stats.multivariate_t  # its stub takes the matrix for a number
    proposal = t_law(u.mean(axis=0), 1.3 * np.atleast_2d(np.cov(u.T)), df=5)
    rng = np.random.default_rng(derive_seed(seed, "evidence", int(excited), t.own))
    drawn_u = np.reshape(proposal.rvs(_EVIDENCE_DRAWS, random_state=rng), (_EVIDENCE_DRAWS, u.shape[1]))
    log_weights = np.full(_EVIDENCE_DRAWS, -np.inf)
    low, high = record.bounds
    kept = stats.norm.cdf([low, high], setting.middle, priors.half_life[1])
    for i, v in enumerate(drawn_u):
        x = np.concatenate([np.zeros(J), [setting.middle, 0.0, -2 * v[-1]]])
        prior = stats.halfnorm.logpdf(math.exp(v[-1]), scale=priors.trend) + v[-1]
        at = 0
        if excited:
            x[:J] = v[:J] if setting.inhibition else np.exp(v[:J])
            x[J] = v[J]
            if not low < v[J] < high:
                continue
            if setting.inhibition:
                prior += stats.norm.logpdf(v[:J], scale=priors.branching).sum()
            else:
                prior += (stats.halfnorm.logpdf(x[:J], scale=priors.branching) + v[:J]).sum()
            prior += stats.norm.logpdf(v[J], setting.middle, priors.half_life[1]) - math.log(kept[1] - kept[0])
            at = J + 1
        if not setting.poisson:
            x[J + 1] = v[at]
            prior += stats.halfnorm.logpdf(math.exp(v[at]), scale=priors.dispersion) + v[at]
        log_weights[i] = evaluated(t, start, x)[0] + prior
    log_weights -= proposal.logpdf(drawn_u)
    total = float(special.logsumexp(log_weights))  # type: ignore[arg-type]
    weights = np.exp(log_weights - total)
    if 1 / np.sum(weights**2) < _FEWEST_WEIGHTS:
        return math.nan
    return float(total - math.log(_EVIDENCE_DRAWS))
