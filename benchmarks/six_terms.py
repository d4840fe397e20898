"""Write docs/six_terms_table.md: what six terms of deed do to the three regimes of one act and to the separatrix.

    python benchmarks/six_terms.py             (about four CPU minutes, 100,000 people)
    python benchmarks/six_terms.py --others    docs/more_terms_table.md: the same of five terms of other authors, in a
                                               society of 20,000 and in one with hubs (three CPU minutes)

The six are the terms of S15 to S18, C10 and C11, which are off by default. Backfire: turnout in weeks 0 to 12 after
one act, as a share of that of the quiet twin. Flash: the highest turnout in these weeks, and that of the last thirty
of the two hundred that follow. Catalysis: turnout in those last thirty weeks, and in the quiet twin. Separatrix: the
share of people that must be organised at the start for turnout to stay up without any act, to the nearest fortieth.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Pulse, World
from groundswell.population.generate import barabasi_albert, erdos_renyi
from groundswell.population.population import Population, tied
from groundswell.theories.deed import Deed

DOCS = Path(__file__).parents[1] / "docs"
TABLE, MORE = DOCS / "six_terms_table.md", DOCS / "more_terms_table.md"
PEOPLE, ACT, LATE = 100_000, 60, 30
SOON = slice(ACT, ACT + 13)
QUIET = {"mu": 0.0, "mu_b": 0.0, "theta0": 7.7}  # no violence but the act
BACKFIRE = QUIET | {
    "alpha": 1.0, "tau_m": 1.5, "rho_v": 0.45, "iota": 1.0, "gamma0": 3.0, "phi": 1.5, "nu": 0.05, "eta": 0.25,
    "alignment": -0.1, "distance": 0.15, "hope_share": 0.15, "r_c": 0.05, "r_h": 0.0, "outlet": 0.2,
}  # fmt: skip
CATALYSIS = QUIET | {
    "alpha": 3.0, "rho_v": 0.05, "iota": 0.25, "gamma0": 0.25, "phi": 0.15, "nu": 0.65, "eta": 1.3, "alignment": 0.55,
    "hope_share": 0.85, "r_c": 1.75, "r_h": 1.75, "n_ab": 0.0, "n_ba": 0.0, "c_b": 0.0, "outlet": 0.6,
}  # fmt: skip
FLASH = CATALYSIS | {"r_c": 0.0, "r_h": 0.0}  # catalysis without conversation
CALM = QUIET | {"rho_x": 0.0, "theta0": 7.8}
STAYS = 0.1  # turnout that is up: the lower branch has less than .03 and the upper one more than .2
STEP = 1 / 40


def _middle(account: str) -> dict[str, float]:
    """The six terms at the middle of an account's prior."""
    priors = getattr(Deed, account).priors
    six = ("opening", "cooptation", "projects", "learned", "variety", "local", "nearness")
    return {name: float(priors[name].quantile(np.array([0.5]))[0]) for name in six}


TERMS: dict[str, tuple[str, Mapping[str, float]]] = {
    "none": ("without the six terms", {}),
    "opening": ("S15, `opening` 1", {"opening": 1.0}),
    "cooptation": ("S16, `cooptation` 0.3", {"cooptation": 0.3}),
    "projects": ("S17, `projects` 4", {"projects": 4.0}),
    "learned": ("S18, `learned` 0.0175", {"learned": 0.0175}),
    "variety": ("C10, `variety` 0.35", {"variety": 0.35}),
    "near": ("C11, `local` 1, `nearness` 0.175", {"local": 1.0, "nearness": 0.175}),
    "substitution": ("all that substitution has on", _middle("substitution")),
    "catalysis": ("all that catalysis has on", _middle("catalysis")),
}


OTHERS: dict[str, tuple[str, Mapping[str, float]]] = {
    "none": ("none of the five", {}),
    "revealing": ("`revealing` 10", {"revealing": 10.0}),
    "vanguard": ("`vanguard` 0.5", {"vanguard": 0.5}),
    "hubs": ("`hubs` 1", {"hubs": 1.0}),
    "periphery": ("`hubs` -1", {"hubs": -1.0}),
    "r_a": ("`r_a` 0.1", {"r_a": 0.1}),
    "defection": ("`defection` 0.5", {"defection": 0.5}),
}
"""Terms of other authors, off in both accounts; sizes in the range in which they move something."""
FEWER = 20_000


@dataclass(frozen=True)
class Regimes:
    """What one setting does; turnout as a share of people."""

    backfire: float
    flash_peak: float
    flash_end: float
    lasting: float
    lasting_quiet: float
    separatrix: float


@functools.cache
def society() -> Population:
    """A random network of mean degree ten."""
    return tied(erdos_renyi(PEOPLE, 10.0, seed=1))


@functools.cache
def _smaller(with_hubs: bool) -> Population:
    """A society of 20,000: a random network, or one grown by preferential attachment, both of mean degree ten."""
    return tied(barabasi_albert(FEWER, 5, seed=1) if with_hubs else erdos_renyi(FEWER, 10.0, seed=1))


def _twins(params: Mapping[str, float], weeks: int, people: Population | None = None) -> np.ndarray:
    """Turnout without the act and with it, shape (weeks + 1, 2)."""
    worlds = [World(1, dict(params), x) for x in ((), (Pulse("act", 1.0, ACT),))]
    return simulate(Deed, people or society(), worlds, weeks)["turnout"]


def _stays(params: Mapping[str, float], organised: float, people: Population | None = None) -> bool:
    worlds = [World(3, {**params, "prior_organisation": organised})]
    return bool(simulate(Deed, people or society(), worlds, 220)["turnout"][-20:].mean() > STAYS)


def separatrix(term: Mapping[str, float], people: Population | None = None) -> float:
    """The smallest share organised at the start, a multiple of 1/40 up to a half, with which turnout stays up, or 1."""
    low, high = 0, 20  # fortieths; found by halving
    if not _stays({**CALM, **term}, high * STEP, people):
        return 1.0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _stays({**CALM, **term}, middle * STEP, people) else (middle, high)
    return high * STEP


def regimes(term: Mapping[str, float], people: Population | None = None) -> Regimes:
    """All three regimes and the separatrix with a term on."""
    back = _twins({**BACKFIRE, **term}, ACT + 40, people)
    flash = _twins({**FLASH, **term}, ACT + 200, people)
    risen = _twins({**CATALYSIS, **term}, ACT + 200, people)
    return Regimes(
        backfire=float(back[SOON, 1].mean() / back[SOON, 0].mean()),
        flash_peak=float(flash[SOON, 1].max()),
        flash_end=float(flash[-LATE:, 1].mean()),
        lasting=float(risen[-LATE:, 1].mean()),
        lasting_quiet=float(risen[-LATE:, 0].mean()),
        separatrix=separatrix(term, people),
    )


def row(words: str, found: Regimes) -> str:
    """One row of a table."""
    end = "above 0.5" if found.separatrix > 0.5 else f"{found.separatrix:.3f}"
    return (
        f"| {words} | {found.backfire:.2f} | {found.flash_peak:.3f} | {found.flash_end:.4f} | "
        f"{found.lasting:.3f} | {found.lasting_quiet:.4f} | {end} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--others", action="store_true")
    others = parser.parse_args().others
    first = "network, and the term that is on" if others else "terms that are on"
    lines = [
        f"| {first} | backfire: act / quiet | flash: peak | flash: end | "
        "catalysis: end | catalysis: quiet | separatrix |",
        "|---|---|---|---|---|---|---|",
    ]
    if others:
        rows = [
            (f"{network}: {words}", term, _smaller(network == "hubs"))
            for network in ("random", "hubs")
            for words, term in OTHERS.values()
        ]
    else:
        rows = [(words, term, society()) for words, term in TERMS.values()]
    for words, term, people in rows:
        lines.append(row(words, regimes(term, people)))
        print(lines[-1], flush=True)
    (MORE if others else TABLE).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
