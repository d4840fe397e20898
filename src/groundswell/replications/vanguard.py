"""Bueno de Mesquita 2010: multiple equilibria, and a vanguard that is present where it is not needed."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Intervention, Pulse, World
from groundswell.population.population import well_mixed
from groundswell.replications.replication import Course, Figure, Found, Measured, Replication, Target
from groundswell.theories.vanguard import Vanguard
from groundswell.theory.analytic.vanguard import VanguardSociety

_ABSTRACT = "Bueno de Mesquita 2010, abstract"
_DERIVED = "computed from the game as stated here"
_CHECK = "A check, since it follows from the rule: where the public never takes part, violence moves nobody."
_PEOPLE, _PLAYS, _SEED = 1000, 1500, 1
_SOCIETY = VanguardSociety(**{name: Vanguard.params[name].default for name in VanguardSociety.__dataclass_fields__})

TARGETS = (
    Target("finite_cutoffs", "Share of signals with two participatory equilibria or none, besides the one in which "
    "nobody takes part",
           value=1.0, certainty="R", source="Bueno de Mesquita 2011 (working paper), abstract"),
    Target("structure_participatory", "Sign of the effect of the cost of taking part on mobilisation, where the public "
           "plays the participatory equilibrium", value=-1.0, certainty="R", source=_ABSTRACT),
    Target("structure_other", "Largest effect of the cost of taking part on mobilisation, where it does not", value=0.0,
           certainty="R", source=_ABSTRACT, resolution=1e-9, note=_CHECK),
    Target("selection", "Share of societies with an active vanguard that are coordinated on the participatory "
           "equilibrium", value=1.0, certainty="R", source=_ABSTRACT, resolution=0.02, note=_CHECK),
    Target("correlation", "Correlation of vanguard effort and mobilisation over societies is positive (1 yes, 0 no)",
           value=1.0, certainty="R", source=_ABSTRACT,
           note="The size depends on parameters that are this project's choice."),
    Target("efficacy", "Mean effect of having a vanguard on mobilisation, from twins without one", value=0.0,
           tolerance=1e-3, certainty="C", source=_DERIVED,
           note="The public foresees effort and filters it out of what violence reveals."),
    Target("spark", "Sign of the effect of violence that nobody foresaw on mobilisation, in coordinated societies",
           value=1.0, certainty="R", source=_ABSTRACT),
    Target("success", "Probability that the regime falls in a coordinated society: closed form minus simulation",
           value=0.0, tolerance=0.005, resolution=0.06, certainty="C", source=_DERIVED),
    Target("effort", "Effort of the vanguard, relative to its best response when the effort is foreseen", value=1.0,
           tolerance=2e-3, certainty="C", source=_DERIVED),
    Target("size", "Size of the correlation of vanguard effort and mobilisation", certainty="R", source=_ABSTRACT,
           expect="not attainable", reason="The paper proves signs and prints no numbers. Ours: the correlation over "
           "societies of which half are coordinated, at this project's parameters."),
)  # fmt: skip


def _play(*interventions: Intervention, **params: float) -> dict[str, np.ndarray]:
    """Plays of the game, each its own society: one number a play, by observable."""
    history = simulate(Vanguard, well_mixed(_PEOPLE), [World(_SEED, params, interventions)], _PLAYS, threads=1)
    return {name: history[name][1:, 0] for name in Vanguard.observables}


def _sign(change: np.ndarray) -> Found:
    """The sign of a mean of independent plays, if its 95% interval excludes 0; otherwise 0."""
    found = Found.mean(change)
    return Found(float(np.sign(found.low)) if np.sign(found.low) == np.sign(found.high) else 0.0)


def _fisher(x: np.ndarray, y: np.ndarray) -> Found:
    """A correlation with its 95% interval (Fisher's z)."""
    r = float(np.corrcoef(x, y)[0, 1])
    half = float(stats.norm.ppf(0.975)) / math.sqrt(x.size - 3)
    return Found(r, math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half))


def measure(threads: int | None = None) -> Measured:
    """Play the game in many societies, with and without a vanguard, at a higher cost, and with unforeseen violence."""
    plain, without = _play(), _play(vanguard=0.0)
    coordinated = plain["participatory"] == 1
    active = plain["vanguard_effort"] > 0
    all_in, none_in = _play(coordinated=1.0), _play(coordinated=0.0)
    dear_in, dear_out = (_play(coordinated=x, cost=0.5)["mobilisation"] for x in (1.0, 0.0))
    struck = _play(*(Pulse("surprise", 1.0, t) for t in range(1, _PLAYS + 1)))
    sparked = (struck["mobilisation"] - plain["mobilisation"])[coordinated]
    falls = Found.share(int(all_in["regime_change"].sum()), _PLAYS)
    exact = _SOCIETY.success()
    signals = np.linspace(_SOCIETY.least_signal - 2, _SOCIETY.least_signal + 4, 61)
    cutoffs = [_SOCIETY.cutoffs(float(w)) for w in signals]
    correlation = _fisher(plain["vanguard_effort"], plain["mobilisation"])
    effort = float(plain["vanguard_effort"].max())
    return Measured(
        {
            "finite_cutoffs": Found(float(np.mean([len(found) in (0, 2) for found in cutoffs]))),
            "structure_participatory": _sign(dear_in - all_in["mobilisation"]),
            "structure_other": Found(float(np.abs(dear_out - none_in["mobilisation"]).max())),
            "selection": Found.share(int((active & coordinated).sum()), int(active.sum())),
            "correlation": correlation.exceeds(0.0),
            "efficacy": Found.mean(plain["mobilisation"] - without["mobilisation"]),
            "spark": _sign(sparked),
            "success": Found(exact - falls.value, exact - falls.high, exact - falls.low),
            "effort": Found(effort / _SOCIETY.best_effort(effort)),
            "size": correlation,
        },
        figures=(_cutoff_figure(signals, cutoffs), _selection_figure(plain, without, coordinated)),
        seeds={"plays": _SEED},
    )


def _cutoff_figure(signals: np.ndarray, cutoffs: list[tuple[float, ...]]) -> Figure:
    some = [k for k, found in enumerate(cutoffs) if found]
    at = [float(signals[k]) for k in some]
    return Figure(
        "cutoffs",
        "Who takes part, by what violence reveals",
        "Equilibrium cutoffs in what a person feels. Left of the rule nobody takes part; right of it there are two "
        "finite cutoffs, of which the lower is stable, and still the equilibrium in which nobody does.",
        x="violence minus the effort that is foreseen",
        y="feeling from which people take part",
        curves=(
            Course("participatory", at, [cutoffs[k][0] for k in some]),
            Course("unstable", at, [cutoffs[k][1] for k in some]),
        ),
        marks=((_SOCIETY.least_signal, "least signal"),),
    )


def _selection_figure(plain: dict[str, np.ndarray], without: dict[str, np.ndarray], coordinated: np.ndarray) -> Figure:
    """Violence and mobilisation over societies, and the same societies without a vanguard."""

    def points(name: str, plays: dict[str, np.ndarray], of: np.ndarray) -> Course:
        first = np.flatnonzero(of)[:120]
        return Course(
            name, plays["violence_level"][first].tolist(), plays["mobilisation"][first].tolist(), mark="points"
        )  # fmt: skip

    return Figure(
        "selection",
        "Violence accompanies mobilisation but does not cause it",
        "Societies, 120 of each kind. Where the public is coordinated, more violence accompanies more mobilisation; "
        "the same societies without a vanguard are less violent and equally mobilised.",
        x="violence",
        y="share of people who take part",
        curves=(
            points("coordinated", plain, coordinated),
            points("coordinated, without a vanguard", without, coordinated),
            points("not coordinated", plain, ~coordinated),
        ),
    )


REPLICATION = Replication(
    "vanguard", "Bueno de Mesquita 2010", theories=("vanguard",), targets=TARGETS, measure=measure
)
