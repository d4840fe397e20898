"""Priors of a theory's parameters, declared or derived from their support, and full parameter sets drawn from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from groundswell.draws import derive_seed, stream_id, uniforms
from groundswell.errors import TheoryError
from groundswell.settings import require_known
from groundswell.theory import Account, Beta, Fixed, LogNormal, Normal, Theory, Uniform
from groundswell.theory.distributions import Distribution, Value

_JITTER, _ORDER = 0, 1  # steps of a parameter's stream: the place within a stratum, and the order of the strata


@dataclass(frozen=True)
class LogUniform(Distribution):
    """A distribution whose logarithm is uniform, from low to high, 0 < low <= high; for scales."""

    low: Value
    high: Value

    def _quantile(self, u, *arguments):
        low, high = arguments
        if not 0 < low <= high:
            raise TheoryError(f"LogUniform({low}, {high})", expected="0 < low <= high")
        return np.exp(math.log(low) + (math.log(high) - math.log(low)) * u)


@dataclass(frozen=True)
class Empirical(Distribution):
    """The distribution of these sorted, equally likely values, linear between neighbours."""

    values: tuple[float, ...]

    def names(self):
        return ()

    def resolve(self, params):
        return self.values

    def quantile(self, u, params=None):
        return np.interp(u, np.linspace(0.0, 1.0, len(self.values)), self.values)

    def describe(self):
        low, middle, high = np.quantile(self.values, (0.05, 0.5, 0.95))
        return f"Empirical(median {middle:.3g}, 90% {low:.3g} to {high:.3g})"


@dataclass(frozen=True)
class FittedAccount(Account):
    """The posterior of a fit as an account: its priors are the margins, and `joint` keeps the draws together.

    Parameters
    ----------
    joint : posterior draws by parameter, float64[draws] each. `draw_parameters` takes whole rows of it, so that what
        the record says about combinations of parameters is not lost.
    fitted_to : the record that was fitted, by observable: the number of each period or step that was watched. A claim
        that is tested on these numbers again is circular (`groundswell.claims.repeated`).
    """

    joint: Mapping[str, NDArray[np.float64]] = None  # type: ignore[assignment]  # after fields without a default
    fitted_to: Mapping[str, Mapping[str, float]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.joint:
            raise TheoryError("a fitted account without draws", expected="posterior draws by parameter")


PRIORS = {
    "uniform": Uniform,
    "log_uniform": LogUniform,
    "normal": Normal,
    "log_normal": LogNormal,
    "beta": Beta,
    "fixed": Fixed,
}
"""Distributions by their names in a TOML file, as in `{log_uniform = [1, 100]}`."""


def parse_prior(given: object, where: str) -> Distribution:
    """A distribution from a number (fixed), a table `{uniform = [0, 1]}`, or a text `Uniform(0, 1)`.

    Raises
    ------
    TheoryError : another form, an unknown distribution, or the wrong number of arguments.
    """
    if isinstance(given, Distribution):
        return given
    if isinstance(given, int | float) and not isinstance(given, bool):
        return Fixed(float(given))
    if isinstance(given, str):
        given = _as_table(given)
    if not isinstance(given, Mapping) or len(given) != 1:
        raise TheoryError(
            f"{where} = {given!r}",
            expected="a number, or one distribution",
            instead=f"{where} = {{uniform = [0, 1]}}, or {where}=Uniform(0, 1) on the command line",
        )
    name, arguments = next(iter(given.items()))
    require_known(name, PRIORS, TheoryError, f"{where} has the distribution {name!r}")
    numbers = arguments if isinstance(arguments, list | tuple) else [arguments]
    wanted = 1 if name == "fixed" else 2
    if len(numbers) != wanted or not all(
        isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x) for x in numbers
    ):
        raise TheoryError(f"{where} = {given!r}", expected=f"{wanted} finite numbers for {name}")
    made = PRIORS[name](*(float(x) for x in numbers))
    made.quantile(np.array([0.5]))  # refuses arguments that make no distribution
    return made


def _as_table(text: str) -> object:
    """`Uniform(0, 1)` or `0.3` in the form that `parse_prior` takes from TOML."""
    try:
        return {"fixed": [float(text)]}
    except ValueError:
        pass
    name, bracket, rest = text.strip().partition("(")
    words = {cls.__name__.lower(): key for key, cls in PRIORS.items()} | {key: key for key in PRIORS}
    try:
        numbers = [float(x) for x in rest.rstrip().removesuffix(")").split(",")]
    except ValueError:
        return text
    return {words.get(name.strip().lower(), name.strip()): numbers} if bracket else text


def wide_prior(theory: type[Theory], parameter: str) -> Distribution:
    """The prior that a fit starts from: the declared one, or a default from the parameter's support.

    ===========================  ==================================================================================
    support                      default prior; d is the value of the theory's setting, else the parameter's default
    ===========================  ==================================================================================
    an interval                  uniform on it
    half a line, d off its end   a fifth of d to five times d: LogUniform for an end of 0, else uniform beyond the end
    any, d 0 or at an end        held at d: a term that is off (a drift of 0) or full stays so, having no scale to vary
    any                          Uniform(d - s, d + s), with s = max(|d|, 1)
    ===========================  ==================================================================================

    A parameter whose unit is "0 or 1" or "sites" is a switch or the shape of the world, and is held fixed.
    """
    param, support = theory.params[parameter], theory.supports[parameter]
    if param.prior is not None:
        return param.prior
    own = theory.setting.params if theory.setting is not None else {}
    default = float(own.get(parameter, param.default))
    if param.unit.startswith(("0 or 1", "sites")):
        return Fixed(default)
    low, high = support.low, support.high
    if default in (0.0, low, high):
        return Fixed(default)
    if math.isfinite(low) and math.isfinite(high):
        edge = 1e-6 * (high - low)
        return Uniform(low + edge * support.low_open, high - edge * support.high_open)
    if math.isinf(low) and math.isinf(high):
        scale = max(abs(default), 1.0)
        return Uniform(default - scale, default + scale)
    end = low if math.isfinite(low) else high
    gap = abs(default - end)
    if end == 0 and default > 0:
        return LogUniform(gap / 5, 5 * gap)
    far, near = end + np.sign(default - end) * 5 * gap, end + np.sign(default - end) * gap / 5
    return Uniform(float(min(near, far)), float(max(near, far)))


def prior_of(theory: type[Theory], account: Account | None, parameter: str) -> Distribution:
    """The prior of one parameter: the account's where it states one, or else the theory's own."""
    if account is not None and parameter in account.priors:
        return account.priors[parameter]
    return theory.params[parameter].belief


def draw_parameters(
    theory: type[Theory],
    draws: int,
    seed: int,
    *,
    account: str | Account = "prior",
    stratified: bool = True,
    fixed: Mapping[str, float] | None = None,
    first: int = 0,
    priors: Mapping[str, Distribution] | None = None,
) -> list[dict[str, float]]:
    """Draw full parameter sets from the priors of one account.

        theta_j[i] = Q_j(u_j[i])
        u_j[i] = U(seed_account, stream_j, 0, i)                                                    (independent)
        u_j[i] = (rank among draws of U(seed_account, stream_j, 1, i) + U(.., 0, i)) / draws        (stratified)

    Stratified draws (a Latin hypercube) hold exactly one value of each parameter in each of `draws` slices of equal
    probability, so a mean over draws is more precise than over as many independent ones; each draw by itself has the
    prior's distribution either way.

    Parameters
    ----------
    theory : whose parameters are drawn.
    draws : number of sets, >= 1.
    seed : of the study, in 0..2**64 - 1; the address of a draw is (derive_seed(seed, "prior", account), parameter,
        draw), so that adding a parameter to a theory leaves the draws of the others unchanged.
    account : one of the theory's accounts, or any other word (such as "prior") for the theory's own priors; or an
        account object. From a `FittedAccount`, whole posterior draws are taken, by the draw's address.
    stratified : whether to stratify. Stratified draws depend on their number; independent ones do not.
    fixed : parameters that are not drawn, with their values.
    first : index of the first draw (independent draws only), to draw more of the same sequence.
    priors : distributions that replace the theory's own where the account states none.

    Returns
    -------
    list of dict : `draws` sets, each with every parameter of the theory.

    Raises
    ------
    TheoryError : no draws; a fixed parameter is unknown, or its value lies outside its support; a prior gives a value
        outside the support of its parameter, or depends on another parameter.

    >>> from groundswell.theories.granovetter import Granovetter
    >>> len(draw_parameters(Granovetter, 3, seed=1))
    3
    """
    if draws < 1:
        raise TheoryError(f"{draws} draws from the priors of {theory.name}", expected="at least one")
    if stratified and first:
        raise TheoryError(
            f"stratified draws from number {first} on",
            expected="stratified draws from 0, or independent ones",
            why="strata cover all draws together",
        )
    fixed = dict(fixed or {})
    held = theory.parameters(fixed)
    values: dict[str, NDArray[np.float64]] = {}
    stated = account if isinstance(account, Account) else theory.accounts.get(account)
    key = derive_seed(seed, "prior", account if isinstance(account, str) else "fitted")
    joint = stated.joint if isinstance(stated, FittedAccount) else {}
    row = _rows(joint, key, draws, first)
    for name in theory.params:
        if name in fixed:
            values[name] = np.full(draws, held[name])
            continue
        if name in joint:
            values[name] = np.asarray(joint[name])[row]
            continue
        prior = (priors or {}).get(name) if stated is None or name not in stated.priors else None
        prior = prior_of(theory, stated, name) if prior is None else prior
        if prior.names():
            raise TheoryError(
                f"the prior {prior.describe()} of parameter {name} of theory {theory.name}",
                expected="a prior whose arguments are numbers",
                why="parameters are drawn independently of each other",
            )
        values[name] = prior.quantile(_places(key, name, draws, first, stratified))
        outside = [i for i, x in enumerate(values[name]) if not theory.supports[name].holds(float(x))]
        if outside:
            raise TheoryError(
                f"the prior {prior.describe()} of parameter {name} gave {values[name][outside[0]]:g} in draw "
                f"{first + outside[0]} of account {account if isinstance(account, str) else 'fitted'}",
                expected=f"values in the support {theory.params[name].support}",
                instead="a prior that lies within the support",
            )
    return [{name: float(column[i]) for name, column in values.items()} for i in range(draws)]


def _rows(joint: Mapping[str, NDArray[np.float64]], key: int, draws: int, first: int) -> NDArray[np.int64]:
    """The posterior draw that each parameter set takes."""
    held = len(next(iter(joint.values()))) if joint else 1
    return (uniforms(key, stream_id("prior:joint"), _JITTER, draws, first) * held).astype(np.int64)


def _places(key: int, name: str, draws: int, first: int, stratified: bool) -> NDArray[np.float64]:
    """The position of each draw of one parameter in its prior, in [0, 1)."""
    stream = stream_id(f"prior:{name}")
    within = uniforms(key, stream, _JITTER, draws, first)
    if not stratified:
        return within
    stratum = np.argsort(np.argsort(uniforms(key, stream, _ORDER, draws), kind="stable"), kind="stable")
    return np.minimum((stratum + within) / draws, 1.0 - 2.0**-53)  # rounding may give 1 in the last stratum
