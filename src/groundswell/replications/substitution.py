"""Lichbach 1987 and Moore 1998, 2000: how repressing one tactic affects the other, and dissent the state."""

from __future__ import annotations

import math

import numpy as np

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.population import well_mixed
from groundswell.replications.replication import Course, Figure, Found, Measured, Missing, Replication, Target
from groundswell.theories.substitution import Substitution
from groundswell.theory.analytic.substitution import escalation_share, optimal_dissent

_SIGMA, _EPSILON = 3.0, 0.5
_LICHBACH = "Lichbach 1987, abstract"
_DERIVED = "follows from the equations; the paper states the sign"
_CHECK = "A check: the functional form was chosen so that this holds (sigma > epsilon)."
_STEP = 1e-3  # relative change of a cost for a finite difference
_CASES = 60
_SEED = 1

TARGETS = (
    Target("less_nonviolence", "Share of settings in which repressing nonviolence lowers nonviolence", value=1.0,
           certainty="R", source=_LICHBACH + ", proposition 1", note=_CHECK),
    Target("more_violence", "Share of settings in which repressing nonviolence raises violence", value=1.0,
           certainty="R", source=_LICHBACH + ", proposition 1", note=_CHECK),
    Target("balance", "Share of settings in which accommodation decides, as derived, whether repressing nonviolence "
           "raises all dissent", value=1.0, certainty="C", source=_DERIVED + " (proposition 2)"),
    Target("both_signs", "Number of signs that the effect of repression on all dissent takes", value=2.0,
           certainty="R", source=_LICHBACH + ", propositions 2 and 3"),
    Target("consistent_repression", "Elasticity of all dissent with respect to the cost of both tactics: -epsilon",
           value=-_EPSILON, tolerance=1e-3, certainty="C", source=_DERIVED + " (proposition 3)"),
    Target("consistent_accommodation", "Elasticity of all dissent with respect to the gain of both tactics: "
           "epsilon - 1", value=_EPSILON - 1, tolerance=1e-3, certainty="C", source=_DERIVED + " (proposition 3)"),
    Target("state_substitutes", "Share of starts from which the policy that met with dissent gives way to the other",
           value=1.0, certainty="R", source="Moore 2000, abstract",
           note="A check, since it is the rule itself: the paper's finding is that states act in this way."),
    Target("peru", "Lags and coefficients of the responses in Peru and Sri Lanka, 1955-91", certainty="R",
           source="Moore 2000, abstract", expect="not attainable",
           reason="The abstract names the cases; the estimates could not be read, and reproducing them needs the "
           "events."),
)  # fmt: skip


def _ends(settings: list[dict[str, float]]) -> np.ndarray:
    """Nonviolent and violent acts at rest: shape (settings, 2)."""
    worlds = [World(_SEED, {"policy": 1.0, **params}) for params in settings]
    return simulate(Substitution, well_mixed(1), worlds, 60).values[-1, :, :2]


def _settings() -> list[dict[str, float]]:
    """Invented policies: nonviolence up to 30 times as costly as in peace, violence up to 3 times."""
    draw = np.random.default_rng(_SEED)
    return [
        {
            "policy": 0.5,
            "repress_nonviolent": 2 * float(draw.uniform(0.2, 30)),
            "repress_violent": 2 * float(draw.uniform(0.0, 2)),
            "accommodate_nonviolent": 2 * float(draw.uniform(0.0, 30)),
        }
        for _ in range(_CASES)
    ]


def _cost(params: dict[str, float]) -> tuple[float, float, float, float]:
    """Costs and gains under a policy of one half."""
    return (
        1 + params["repress_nonviolent"] / 2,
        1 + params["repress_violent"] / 2,
        1 + params["accommodate_nonviolent"] / 2,
        1.0,
    )


def _raised(params: dict[str, float]) -> dict[str, float]:
    """The same with nonviolence more costly by a step."""
    return params | {"repress_nonviolent": 2 * (_cost(params)[0] * (1 + _STEP) - 1)}


def _elasticity(**names: float) -> float:
    """The elasticity of all dissent with respect to what the named parameters raise, under one policy only."""
    low, high = _ends([dict(names), {k: v if k == "policy" else (1 + v) * (1 + _STEP) - 1 for k, v in names.items()}])
    return float(math.log(high.sum() / low.sum()) / math.log1p(_STEP))


def measure(threads: int | None = None) -> Measured:
    """Settle under many policies, and under each with nonviolence a little more costly."""
    settings = _settings()
    before, after = _ends(settings), _ends([_raised(params) for params in settings])
    change = np.log(after) - np.log(before)
    total = np.log(after.sum(axis=1)) - np.log(before.sum(axis=1))
    derived = []
    for params in settings:
        costs = _cost(params)
        share = optimal_dissent(*costs, _SIGMA, _EPSILON).share
        derived.append(share < escalation_share(costs[0], costs[1], _SIGMA, _EPSILON))
    starts = [x for x in np.linspace(0.0, 1.0, 21) if x != 0.5]
    policies = simulate(
        Substitution, well_mixed(1), [World(_SEED, {"policy": x, "answer": 0.2}) for x in starts], 10
    )["coercion"]  # fmt: skip
    toward = np.sign(policies[-1] - policies[0]) == np.sign(0.5 - np.array(starts))
    return Measured(
        {
            "less_nonviolence": Found(float((change[:, 0] < 0).mean())),
            "more_violence": Found(float((change[:, 1] > 0).mean())),
            "balance": Found(float(((total > 0) == np.array(derived)).mean())),
            "both_signs": Found(float(len(set(np.sign(total))))),
            "consistent_repression": Found(_elasticity(policy=1.0, repress_nonviolent=1.0, repress_violent=1.0)),
            "consistent_accommodation": Found(
                _elasticity(policy=0.0, accommodate_nonviolent=1.0, accommodate_violent=1.0)
            ),
            "state_substitutes": Found(float(toward.mean())),
            "peru": Missing(TARGETS[-1].reason),
        },
        figures=(_figure(0.0, "unaccommodated"), _figure(60.0, "accommodated")),
        seeds={"settings": _SEED},
    )


def _figure(accommodation: float, name: str) -> Figure:
    repression = np.linspace(0.0, 40.0, 21)
    params = [
        {
            "policy": 0.5,
            "repress_nonviolent": float(x),
            "repress_violent": 0.0,
            "accommodate_nonviolent": accommodation,
        }
        for x in repression
    ]
    costs = [1 + float(x) / 2 for x in repression]
    exact = [optimal_dissent(*_cost(p), _SIGMA, _EPSILON) for p in params]
    simulated = _ends(params)
    curves = [
        Course("nonviolent", costs, [acts.nonviolent for acts in exact]),
        Course("violent", costs, [acts.violent for acts in exact]),
        Course("all", costs, [acts.total for acts in exact]),
        Course("all, simulated", costs, simulated.sum(axis=1).tolist(), mark="points"),
    ]
    return Figure(
        name,
        f"Repression of nonviolence that is {name}",
        "Dissent at rest as nonviolence grows more costly and violence does not: closed form (lines) and simulation. "
        + ("All dissent rises." if accommodation == 0 else "All dissent falls, then rises again."),
        x="cost of a nonviolent act, relative to a violent one",
        y="acts a period",
        curves=tuple(curves),
    )


REPLICATION = Replication(
    "substitution", "Lichbach 1987; Moore 1998, 2000", theories=("substitution",), targets=TARGETS, measure=measure
)
