"""A theory of one's own, and two twin worlds that differ in one number: python examples/weariness.py"""

from groundswell import Normal, Observable, Param, PopulationSpecification, Share, State, Theory, Trait, World, simulate


class Weariness(Theory):
    """Take part while the share of friends who do, less one's own fatigue, reaches one's threshold."""

    threshold = Trait(Normal("mean", 0.1), meaning="share of friends at which one joins")
    acts = State(bool, initial=Share("start"), meaning="takes part")
    fatigue = State(float, initial=0.0, unit="share of friends", meaning="raises the bar for taking part")
    mean = Param(0.25, "[0, 1]", meaning="mean threshold")
    start = Param(0.05, "[0, 1]", meaning="share who act at the start")
    weariness = Param(0.05, ">= 0", unit="per step of action", meaning="fatigue gained")
    turnout = Observable("people.acts", unit="share of people")

    def person(me, seen, p):
        me.acts = seen.share.acts - me.fatigue >= me.threshold
        me.fatigue += (p.weariness if me.acts else 0.0) - 0.1 * me.fatigue


if __name__ == "__main__":
    people = PopulationSpecification(network="erdos_renyi", people=10_000, mean_degree=10).build(seed=1)
    twins = [World(seed=1, params={"weariness": 0.0}), World(seed=1, params={"weariness": 0.05})]
    turnout = simulate(Weariness, people, twins, steps=20)["turnout"]
    for step in range(0, 21, 5):
        print(f"step {step:2}   tireless {turnout[step, 0]:6.1%}   wearying {turnout[step, 1]:6.1%}")
