"""One act of violence in the theory `deed`, against the same world without it: python examples/one_act.py

Under each account, parameters sit in the middle of that account's prior. The twins share every draw, so the
difference in turnout and organisation is what the act caused, and nothing else.
"""

import numpy as np

from groundswell import PopulationSpecification, Pulse, World, simulate
from groundswell.theories.deed import Deed

ACT, STEPS, WORLDS = 80, 160, 8


def middle(account: str) -> dict[str, float]:
    """The median of each prior by which this account departs from the theory."""
    half = np.array([0.5])
    return {name: float(prior.quantile(half)[0]) for name, prior in Deed.accounts[account].priors.items()}


def main() -> None:
    people = PopulationSpecification(
        network="planted_partition", people=2000, mean_degree=10, communities=4, mix=0.1
    ).build(seed=1)
    for account in Deed.accounts:
        params = middle(account)
        quiet = [World(seed, params) for seed in range(WORLDS)]
        act = [World(seed, params, (Pulse("act", 1, at=ACT),)) for seed in range(WORLDS)]
        histories = simulate(Deed, people, quiet + act, STEPS)
        print(f"{account}: effect of one act in week {ACT}, mean of {WORLDS} pairs of twins")
        for observable in ("turnout", "organisation", "repression_level"):
            series = histories[observable]
            effect = (series[:, WORLDS:] - series[:, :WORLDS]).mean(axis=1)
            weeks = "  ".join(f"+{w:2} {effect[ACT + w]:+.4f}" for w in (0, 4, 12, 52))
            print(f"  {observable:<17} weeks {weeks}")


if __name__ == "__main__":
    main()
