"""What a rational opposition does with two tactics: Lichbach's comparative statics of repression and accommodation.

The opposition wants concessions Y and can win them by nonviolent acts N and violent acts V, which replace one another
with elasticity sigma: Y = ((g_N N)**s + (g_V V)**s)**(1/s), s = 1 - 1 / sigma. An act costs c, which repression raises,
and wins g, which accommodation raises. With x = c / g, the cheapest concession costs
P = (x_N**(1 - sigma) + x_V**(1 - sigma))**(1 / (1 - sigma)), and Y = P**-epsilon of them are wanted at that price.
So N = P**(sigma - epsilon) x_N**-sigma / g_N, and V likewise.
"""

from __future__ import annotations

from typing import NamedTuple

from groundswell.theory.analytic.solving import finite, require


class Dissent(NamedTuple):
    """The optimal acts of either kind, and the share of its effort that the opposition puts into nonviolence."""

    nonviolent: float
    violent: float
    share: float

    @property
    def total(self) -> float:
        """Acts of both kinds."""
        return self.nonviolent + self.violent


def _check(cost_n: float, cost_v: float, gain_n: float, gain_v: float, elasticity: float, demand: float) -> None:
    finite(cost_n=cost_n, cost_v=cost_v, gain_n=gain_n, gain_v=gain_v, elasticity=elasticity, demand=demand)
    require(min(cost_n, cost_v, gain_n, gain_v) > 0, "a cost or gain of 0 or less", "numbers > 0")
    require(elasticity > 1, f"elasticity = {elasticity}", "sigma > 1: either tactic can do without the other")
    require(demand > 0, f"demand = {demand}", "epsilon > 0")


def optimal_dissent(
    cost_n: float, cost_v: float, gain_n: float, gain_v: float, elasticity: float, demand: float
) -> Dissent:
    """The acts by which the opposition wins the concessions that it wants most cheaply.

    Parameters
    ----------
    cost_n, cost_v : > 0, what a nonviolent and a violent act costs (repression raises it).
    gain_n, gain_v : > 0, what it wins (accommodation raises it).
    elasticity : sigma > 1, how readily one tactic replaces the other.
    demand : epsilon > 0, the elasticity of the demand for concessions with respect to their cost.
    """
    _check(cost_n, cost_v, gain_n, gain_v, elasticity, demand)
    x, y = cost_n / gain_n, cost_v / gain_v
    ease_n, ease_v = x ** (1 - elasticity), y ** (1 - elasticity)
    price = (ease_n + ease_v) ** (1 / (1 - elasticity))
    wanted = price ** (elasticity - demand)
    return Dissent(wanted * x**-elasticity / gain_n, wanted * y**-elasticity / gain_v, ease_n / (ease_n + ease_v))


def escalation_share(cost_n: float, cost_v: float, elasticity: float, demand: float) -> float:
    """The share of effort in nonviolence below which repressing nonviolence raises all dissent; 0 if none does.

    w* = (q - sigma / (sigma - epsilon)) / (q - 1), q = cost_n / cost_v. Lichbach's second proposition: the balance
    depends on accommodation, which sets w. Total dissent can rise only where nonviolence is already so much more
    repressed than violence that one nonviolent act given up frees the means for more than one violent act.
    """
    _check(cost_n, cost_v, 1.0, 1.0, elasticity, demand)
    if elasticity <= demand:
        return 0.0
    ratio = cost_n / cost_v
    least = elasticity / (elasticity - demand)
    return (ratio - least) / (ratio - 1) if ratio > least else 0.0
