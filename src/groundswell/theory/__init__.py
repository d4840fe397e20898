"""How a theory is stated. Everything that the file of a theory needs is imported from here."""

from groundswell.theory.declare import (
    NO_SOURCE,
    Account,
    Exactly,
    Observable,
    Param,
    Regional,
    Setting,
    Share,
    Shock,
    Society,
    State,
    Stream,
    Tally,
    Theory,
    Trait,
)
from groundswell.theory.distributions import Bernoulli, Beta, Fixed, Listed, LogNormal, Normal, Ranked, Uniform
from groundswell.theory.flow import Flow
from groundswell.theory.functions import clip, exp, floor, log, logistic, positive, power, sqrt
from groundswell.theory.process import Process

__all__ = [
    "NO_SOURCE", "Account", "Bernoulli", "Beta", "Exactly", "Fixed", "Flow", "Listed", "LogNormal", "Normal",
    "Observable", "Param", "Process", "Ranked", "Regional", "Setting", "Share", "Shock", "Society", "State", "Stream",
    "Tally", "Theory", "Trait", "Uniform", "clip", "exp", "floor", "log", "logistic", "positive", "power", "sqrt",
]  # fmt: skip
