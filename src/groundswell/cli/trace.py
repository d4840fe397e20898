"""The command that follows one person through a world."""

from __future__ import annotations

from typing import Annotated

import typer

from groundswell.cli._shared import THEORIES
from groundswell.cli.simulate import assignments

_FEW = 400  # people by default where the source has more: plain Python looks at each of them


def trace(
    name: Annotated[
        str,
        typer.Argument(help="A theory of rules by name, or the path of a .py file.", autocompletion=THEORIES),
    ],
    person: Annotated[int, typer.Option(min=0, help="The person to follow, numbered from 0.")] = 0,
    steps: Annotated[int, typer.Option(min=1, help="The number of steps.")] = 5,
    people: Annotated[int | None, typer.Option(min=1, help=f"People; by default the source's, at most {_FEW}.")] = None,
    values: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter's value; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="As for `groundswell simulate`, whose first world this is.")] = 1,
    network: Annotated[str | None, typer.Option(help="Another kind of network, such as erdos_renyi.")] = None,
) -> None:
    """Print step by step what one person saw, drew and did.

    Example: groundswell trace deed --person 7 --steps 3
    """
    from groundswell.draws import derive_seed
    from groundswell.engine.trace import trace as follow
    from groundswell.engine.worlds import World
    from groundswell.errors import TheoryError
    from groundswell.experiment.setting import scaled, setting_of
    from groundswell.population.specification import PopulationSpecification
    from groundswell.theory.registry import load_theory

    theory = load_theory(name)
    if "person" not in theory.rules:
        raise TheoryError(f"a trace of {theory.name}", expected="a theory of rules, which is about one person")
    if people is None and setting_of(theory).population.get("people", 0) > _FEW:
        people = _FEW
    setting = scaled(theory, people=people, network=network)
    params = theory.parameters({**setting.params, **assignments(values or [])})
    own = derive_seed(seed, "people", 0)
    population = PopulationSpecification.model_validate(dict(setting.population)).build(own)
    world = World(derive_seed(seed, "world", 0), params)
    print(follow(theory, population, world, steps, person=person, population_seed=own))
