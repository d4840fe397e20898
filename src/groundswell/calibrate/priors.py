"""Draws full parameter sets from a theory's priors, as one account departs from them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from groundswell.draws import derive_seed, stream_id, uniforms
from groundswell.errors import TheoryError
from groundswell.theory import Account, Theory
from groundswell.theory.distributions import Distribution

_JITTER, _ORDER = 0, 1  # steps of a parameter's stream: the place within a stratum, and the order of the strata


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
    account: str = "prior",
    stratified: bool = True,
    fixed: Mapping[str, float] | None = None,
    first: int = 0,
) -> list[dict[str, float]]:
    """Draw full parameter sets from the priors of one account.

        theta_j[i] = Q_j(u_j[i])
        u_j[i] = U(seed_account, stream_j, 0, i)                                                    (independent)
        u_j[i] = (rank among draws of U(seed_account, stream_j, 1, i) + U(.., 0, i)) / draws        (stratified)

    Stratified draws (a Latin hypercube) hold exactly one value of each parameter in each of `draws` slices of equal
    probability, so a mean over draws is more exact than over as many independent ones; each draw alone has the prior's
    distribution either way.

    Parameters
    ----------
    theory : whose parameters.
    draws : how many sets, >= 1.
    seed : of the study, in 0..2**64 - 1; the address of a draw is (derive_seed(seed, "prior", account), parameter,
        draw), so that adding a parameter to a theory leaves the draws of the others as they were.
    account : one of the theory's accounts, or any other word (such as "prior") for the theory's own priors.
    stratified : whether to stratify. Stratified draws depend on how many there are; independent ones do not.
    fixed : parameters that are not drawn, with their values.
    first : index of the first draw (independent draws only), to draw more of the same sequence.

    Returns
    -------
    list of dict : `draws` sets, each with every parameter of the theory.

    Raises
    ------
    TheoryError : no draws; an unknown parameter is fixed, or at a value outside its support; a prior gives a value
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
            why="strata are of all draws together",
        )
    fixed = dict(fixed or {})
    held = theory.parameters(fixed)
    values: dict[str, NDArray[np.float64]] = {}
    key = derive_seed(seed, "prior", account)
    for name in theory.params:
        if name in fixed:
            values[name] = np.full(draws, held[name])
            continue
        prior = prior_of(theory, theory.accounts.get(account), name)
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
                f"{first + outside[0]} of account {account}",
                expected=f"values in the support {theory.params[name].support}",
                instead="a prior that lies within the support",
            )
    return [{name: float(column[i]) for name, column in values.items()} for i in range(draws)]


def _places(key: int, name: str, draws: int, first: int, stratified: bool) -> NDArray[np.float64]:
    """Where in its prior each draw of one parameter lies, in [0, 1)."""
    stream = stream_id(f"prior:{name}")
    within = uniforms(key, stream, _JITTER, draws, first)
    if not stratified:
        return within
    stratum = np.argsort(np.argsort(uniforms(key, stream, _ORDER, draws), kind="stable"), kind="stable")
    return np.minimum((stratum + within) / draws, 1.0 - 2.0**-53)  # rounding may reach 1 in the last stratum
