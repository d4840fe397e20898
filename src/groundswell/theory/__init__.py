"""How a theory is stated. Everything that the file of a theory needs is imported from here."""

from groundswell.theory.declare import Theory
from groundswell.theory.distributions import (
    Bernoulli,
    Beta,
    Fixed,
    Listed,
    LogNormal,
    Normal,
    Ranked,
    Uniform,
    WholeUniform,
)
from groundswell.theory.flow import Flow
from groundswell.theory.functions import clip, exp, floor, log, logistic, positive, power, sqrt
from groundswell.theory.parts import (
    NO_SOURCE,
    Account,
    Exactly,
    Layer,
    Observable,
    Param,
    Presence,
    Regional,
    Setting,
    Share,
    Shock,
    Society,
    State,
    Stream,
    Tally,
    Trait,
)
from groundswell.theory.process import Process

__all__ = [
    "NO_SOURCE", "Account", "Bernoulli", "Beta", "Exactly", "Fixed", "Flow", "Layer", "Listed", "LogNormal",
    "Normal", "Observable", "Param", "Presence", "Process", "Ranked", "Regional", "Setting", "Share", "Shock",
    "Society", "State", "Stream", "Tally", "Theory", "Trait", "Uniform", "WholeUniform", "clip", "exp", "floor",
    "log", "logistic", "positive", "power", "sqrt",
]  # fmt: skip
