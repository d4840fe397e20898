"""The simulations by which claims are judged: arms for predictions (twins) and for simulated records.

Twins run for `STEPS` weeks with one act at week `ACT`. Simulated records run as long as the record with which they are
compared: `russia` 18 years, `long` 41 years, after a year in which the model settles.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.claims.lazy import LazyEnsemble
from groundswell.claims.register import Simulation
from groundswell.engine.worlds import Intervention, Pulse, Seed, Set
from groundswell.experiment.arms import Arm

BOTH = ("substitution", "catalysis")
ACT = 60  # week of the act: the model has settled, and a year before it serves as the pre-period
STEPS = 180
SETTLE = 52
YEAR = 52
RUSSIA_YEARS, LONG_YEARS = 18, 41
# Weeks (counted from the first week of 1895, 52 to a year) of the seven acts of the case russia_acts_1895_1912.
RUSSIA_ACTS = tuple(
    SETTLE + 1 + round((year - 1895 + (month - 0.5) / 12) * YEAR)
    for year, month in ((1901, 2), (1902, 4), (1904, 6), (1904, 7), (1905, 2), (1906, 8), (1911, 9))
)
_MASS_WEEKS = 12
# The mean barrier in weeks of mass action, in place of about 7.6, so that people act, tire, join and are counted as they
# would: on one day 5% are out in the middle society of substitution and 29% in that of catalysis, over twelve weeks 17% and
# 44%. (People who are made to act for a week, by `Seed`, are seen by others, but press for nothing and do not tire.)
_MASS_BARRIER = 4.2
EPSILON = 1e-4  # share of people added before a logarithm: one person in ten thousand

_CLOSED: dict[str, dict[str, float]] = {
    "outlet": {"outlet": 1e6},
    "hope": {"eta": 0.0},
    "spectators": {"gamma0": 0.0},
    "idolising": {"gamma": 0.0},
    "disillusion": {"phi": 0.0},
    "repression": {"rho_v": 0.0},
    "conversation": {"r_c": 0.0, "r_h": 0.0},
    "rivalry": {"n_ab": 0.0, "n_ba": 0.0},
    "backlash": {"backlash": 0.0, "deterrence": 0.0},
    "amplification": {"alpha": 0.5},
}
_LEAVES_NOBODY = {"r_x": 0.0, "r_n": 0.0, "r_c": 0.0, "r_h": 0.0}  # a wave in which nobody joins an organisation
_PULSE = (Pulse("act", 1.0, ACT),)
_ORGANISED = (Seed("member", 0.35, SETTLE),)


def _arm(name: str, params: Mapping[str, float] | None = None, interventions: tuple[Intervention, ...] = ()) -> Arm:
    return Arm(name, dict(params or {}), interventions)


def twin_arms() -> dict[str, Arm]:
    """Arms of the twins: with and without the act, with each channel closed, and at other settings of one term."""
    arms = [_arm("quiet"), _arm("act", interventions=_PULSE)]
    for channel, params in _CLOSED.items():
        arms += [_arm(f"quiet:{channel}", params), _arm(f"act:{channel}", params, _PULSE)]
    organised = (Seed("member", 0.3, ACT),)
    mass_day = (Set("theta0", _MASS_BARRIER, ACT, ACT + 1),)
    mass_days = (Set("theta0", _MASS_BARRIER, ACT, ACT + _MASS_WEEKS),)
    struck = (Seed("member", 0.3, ACT - 10), *(Pulse("act", 2.0, ACT + k) for k in range(0, 40, 5)))
    arms += [
        _arm("organised", interventions=organised),
        _arm("act:organised", interventions=organised + _PULSE),
        _arm("organised:no membership effect", {"b_m": 0.0, "kappa_f": 0.0, "r_n": 0.0}, organised),
        _arm("mass day", interventions=mass_day),
        _arm("mass day:organised", interventions=organised + mass_day),
        _arm("mass days", interventions=mass_days),
        _arm("mass days:outlet", _CLOSED["outlet"], mass_days),
        _arm("banned", {"rho_x": 0.0, "tolerated": 0.0}, (*organised, Set("rho_v", 0.6, ACT), *struck[1:])),
        _arm("banned:free speech", {"rho_x": 0.0, "tolerated": 0.0, "q_o": 0.0, "q_c": 0.0},
             (*organised, Set("rho_v", 0.6, ACT), *struck[1:])),
        _arm("act:far", {"distance": 0.5}, _PULSE),
        _arm("act:near", {"distance": 0.0}, _PULSE),
        _arm("act:one community", {"legibility": 0.1}, _PULSE),
        _arm("act:all communities", {"legibility": 1.0}, _PULSE),
        _arm("act:aligned", {"alignment": 0.6}, _PULSE),
        _arm("act:opposed", {"alignment": -0.3}, _PULSE),
        _arm("act:privileged", {"privilege": 1.0, "betrayal": 0.3}, _PULSE),
        _arm("mesh struck", {"hub": 0.0, "rho_v": 0.5, "delta_r": 4.0}, struck),
        _arm("hub struck", {"hub": 1.0, "rho_v": 0.5, "delta_r": 4.0}, struck),
        _arm("act:all hope", {"hope_share": 1.0}, _PULSE),
        _arm("act:all delegation", {"hope_share": 0.0}, _PULSE),
        _arm("quiet:all hope", {"hope_share": 1.0}),
        _arm("quiet:all delegation", {"hope_share": 0.0}),
        _arm("acts", interventions=struck[1:]),
        _arm("wave:failed", {**_LEAVES_NOBODY, "k0": 0.0}, mass_days),
        _arm("wave:won", {**_LEAVES_NOBODY, "k0": 0.3}, mass_days),
        _arm("wave:failed:opening", {**_LEAVES_NOBODY, "k0": 0.0, "opening": 0.0}, mass_days),
        _arm("mass days:heard", {"k0": 0.3}, mass_days),
        _arm("mass days:heard:cooptation", {"k0": 0.3, "cooptation": 0.0}, mass_days),
        _arm("mass days:one project", {"projects": 1.0}, mass_days),
        _arm("mass days:four projects", {"projects": 4.0}, mass_days),
        _arm("mass days:unheard", {"k0": 0.0}, mass_days),
        _arm("mass days:unheard:learned", {"k0": 0.0, "learned": 0.0}, mass_days),
        _arm("organised:variety", {"variety": 0.0}, organised),
        _arm("act:one", {"legibility": 1.0, "local": 0.0}, _PULSE),
        _arm("act:many", {"legibility": 1.0, "local": 1.0}, _PULSE),
        _arm("act:many:nearness", {"legibility": 1.0, "local": 1.0, "nearness": 0.0}, _PULSE),
    ]  # fmt: skip
    return {a.name: a for a in arms}


def russia_arms() -> dict[str, Arm]:
    """Arms of simulated records of 18 years."""
    acts = tuple(Pulse("act", 1.0, week) for week in RUSSIA_ACTS)
    arms = [
        _arm("dated acts", interventions=acts),
        _arm("own acts"),
        _arm("no acts", {"mu": 0.0, "mu_b": 0.0}),
        _arm("own acts:no outlet", _CLOSED["outlet"]),
        _arm("own acts:no effect", {"alpha": 0.0, "rho_v": 0.0, "k_v": 0.0, "c_b": 0.0}),
        _arm("own acts:no rivalry", {**_CLOSED["rivalry"], **_CLOSED["backlash"], "rho_v": 0.0}),
        _arm("unorganised:no membership effect", {"b_m": 0.0, "kappa_f": 0.0, "r_n": 0.0}),
        _arm("unorganised:no fatigue", {"phi_f": 0.0}),
    ]
    return {a.name: a for a in arms}


def long_arms() -> dict[str, Arm]:
    """Arms of simulated records of 41 years in an organised society."""
    arms = [
        _arm("organised", interventions=_ORGANISED),
        _arm("organised:no membership effect", {"b_m": 0.0, "kappa_f": 0.0, "r_n": 0.0}, _ORGANISED),
        _arm("organised:no fatigue", {"phi_f": 0.0}, _ORGANISED),
    ]
    return {a.name: a for a in arms}


def simulations() -> tuple[Simulation, ...]:
    """Twins, records of 18 years and records of 41 years."""
    return (
        Simulation("twins for the claims", twin_arms(), STEPS),
        Simulation("records of 18 years", russia_arms(), SETTLE + RUSSIA_YEARS * YEAR),
        Simulation("records of 41 years", long_arms(), SETTLE + LONG_YEARS * YEAR),
    )


@dataclass(frozen=True)
class Runs:
    """The simulations of one adjudication, by design; `memo` keeps what several tests share."""

    twins: LazyEnsemble
    russia: LazyEnsemble
    long: LazyEnsemble
    memo: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, ensembles: Mapping[str, LazyEnsemble]) -> Runs:
        """Build it from the ensembles, by the names in `simulations`."""
        twins, russia, long = (ensembles[simulation.name] for simulation in simulations())
        return cls(twins, russia, long)

    def series(self, account: str, arm: str, observable: str) -> NDArray[np.float64]:
        """A series of the twins, shape (draws, STEPS + 1)."""
        return self.twins.series(account, arm, observable)

    def after(self, account: str, arm: str, observable: str, first: int, last: int) -> NDArray[np.float64]:
        """The mean of an observable over weeks `first`..`last` after the act, shape (draws,)."""
        return self.series(account, arm, observable)[:, ACT + first : ACT + last + 1].mean(axis=1)

    def difference(
        self, account: str, arm: str, against: str, observable: str, first: int, last: int
    ) -> NDArray[np.float64]:
        """The twins' difference in a mean over weeks after the act, shape (draws,)."""
        return self.after(account, arm, observable, first, last) - self.after(account, against, observable, first, last)

    def log_ratio(
        self, account: str, arm: str, against: str, observable: str, first: int, last: int
    ) -> NDArray[np.float64]:
        """The logarithm of the ratio of those means, shape (draws,)."""
        a, b = (self.after(account, x, observable, first, last) for x in (arm, against))
        return np.log((a + EPSILON) / (b + EPSILON))

    def curve(self, account: str, arm: str, against: str, observable: str) -> NDArray[np.float64]:
        """The twins' difference week by week from ten weeks before the act, shape (draws, weeks)."""
        return (self.series(account, arm, observable) - self.series(account, against, observable))[:, ACT - 10 :]

    def yearly(self, account: str, arm: str, observable: str, draw: int, long: bool = False) -> NDArray[np.float64]:
        """Yearly means of a simulated record, shape (years,)."""
        ensemble, years = (self.long, LONG_YEARS) if long else (self.russia, RUSSIA_YEARS)
        weeks = ensemble.series(account, arm, observable)[draw, SETTLE + 1 :]
        return weeks[: years * YEAR].reshape(years, YEAR).mean(axis=1)
