"""What every engine starts from: traits and initial states, drawn by address and so the same in every engine."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from groundswell.draws import stream_id, uniforms
from groundswell.engine.worlds import Intervention, Seed, Set, World
from groundswell.errors import PopulationError, TheoryError
from groundswell.population.network import Network
from groundswell.population.population import Population, all_ties
from groundswell.theory import Exactly, Share, Theory
from groundswell.theory.distributions import Distribution


def number(value: float | str | bool, params: Mapping[str, float]) -> float:
    """A declared value as a number: itself, or the parameter that it names."""
    return float(params[value]) if isinstance(value, str) else float(value)


def draw_traits(
    theory: type[Theory],
    population: Population,
    params: Mapping[str, float],
    seed: int,
    first: int = 0,
    last: int | None = None,
) -> dict[str, NDArray[np.float64]]:
    """The traits of the people first..last-1, by default all.

    They come from the population's measured columns, or by inverse transform.
    """
    traits = {}
    for name, trait in theory.traits.items():
        if name in population.traits:
            traits[name] = np.ascontiguousarray(population.traits[name][first:last], float)
        else:
            count = (population.people if last is None else last) - first
            u = uniforms(seed, stream_id(f"trait:{name}"), 0, count, first)
            traits[name] = trait.distribution.quantile(u, params)
        if not np.isfinite(traits[name]).all():
            raise TheoryError(f"trait {name} of theory {theory.name} is not finite for some people", expected="numbers")
    return traits


def trait_parameters(theory: type[Theory], params: Mapping[str, float]) -> tuple[float, ...]:
    """The parameters of the distributions of traits; worlds that differ in them cannot share a batch."""
    names = sorted({n for t in theory.traits.values() for n in t.distribution.names()})
    return tuple(params[n] for n in names)


def initial_state(
    theory: type[Theory],
    state: str,
    people: int,
    params: Mapping[str, float],
    seed: int,
    first: int = 0,
    last: int | None = None,
) -> NDArray[np.float64]:
    """The state of the people first..last-1, by default all, before the first step; bools are 0.0 or 1.0."""
    count = (people if last is None else last) - first
    initial = theory.states[state].initial
    if isinstance(initial, Share):
        share = number(initial.of, params)
        if not 0 <= share <= 1:
            raise TheoryError(
                f"{state} of theory {theory.name} starts true for the share {initial.of} = {share:g}",
                expected="a share in [0, 1]",
            )
        return (uniforms(seed, stream_id(f"initial:{state}"), 0, count, first) < share).astype(float)
    if isinstance(initial, Exactly):
        k = round(number(initial.people, params))
        if k < 0:
            raise TheoryError(f"{state} starts true for {k} people", expected="a number >= 0")
        if k > people:
            raise TheoryError(f"{state} starts true for {k} people", expected=f"at most the {people} of the population")
        out = np.zeros(people)
        if k:
            u = uniforms(seed, stream_id(f"initial:{state}"), 0, people)
            chosen = np.argpartition(u, k - 1)[:k] if k < people else np.arange(people)
            out[chosen] = 1.0
        return out[first:last]
    if isinstance(initial, Distribution):
        drawn = initial.quantile(uniforms(seed, stream_id(f"initial:{state}"), 0, count, first), params)
        if not np.isfinite(drawn).all():
            raise TheoryError(f"{state} of theory {theory.name} starts as {initial.describe()}", expected="numbers")
        return drawn
    start = number(initial, params)
    if theory.states[state].kind is bool and start not in (0.0, 1.0):
        raise TheoryError(
            f"{state} of theory {theory.name} starts as {initial} = {start:g}, for everyone",
            expected="0 or 1 (bool state)",
            instead=f"{state} = State(bool, initial=Share({initial!r})), for a share of people",
        )
    return np.full(count, start)


def start_of(
    theory: type[Theory],
    state: str,
    population: Population,
    params: Mapping[str, float],
    world: World,
    first: int = 0,
    last: int | None = None,
) -> NDArray[np.float64]:
    """A state of the people first..last-1, by default all, before the first step.

    It is true for the people whom the world names, or else is drawn.

    Raises
    ------
    PopulationError : a world names someone who does not exist.
    """
    if world.begin is not None:
        return np.array(world.begin.arrays[f"state.{state}"][first:last])
    if theory.presence not in (None, state):  # a state is never true for someone who is absent
        there = start_of(theory, str(theory.presence), population, params, world, first, last)
        return there * _start_of(theory, state, population, params, world, first, last)
    return _start_of(theory, state, population, params, world, first, last)


def _start_of(
    theory: type[Theory],
    state: str,
    population: Population,
    params: Mapping[str, float],
    world: World,
    first: int,
    last: int | None,
) -> NDArray[np.float64]:
    if state not in world.start:
        return initial_state(theory, state, population.people, params, world.seed, first, last)
    out = np.zeros(population.people)
    for who in world.start[state]:
        if population.labels is not None:
            out[population.person(who)] = 1.0
        elif isinstance(who, int) and not isinstance(who, bool) and 0 <= who < population.people:
            out[who] = 1.0
        else:
            raise PopulationError(
                f"{state} starts true for {who!r}", expected=f"a person in 0..{population.people - 1}"
            )
    return out[first:last]


def ties_at_start(theory: type[Theory], population: Population) -> tuple[Network | None, dict[str, Network]]:
    """The ties that people see and those of each layer, in the first step; weighted where a rule sets weights."""
    network, layers, layer = population.network, dict(population.layers), theory.changing_layer()
    own = layers.get(layer) if layer else network
    if own is None or own.weights is not None or "tie" not in theory.rules:
        return network, layers
    if "weight" not in theory.rules["tie"].writes.get("tie", ()):
        return network, layers
    own = dataclasses.replace(own, weights=np.ones(own.indices.size))
    if not layer:
        return own, layers
    layers[layer] = own
    return all_ties(layers), layers


def ties_after(
    theory: type[Theory], population: Population, layers: dict[str, Network], step: int, own: Network | None
) -> tuple[Network | None, dict[str, Network]]:
    """The ties that people see and those of each layer in a step; `own` are those that the theory's rule has made.

    Layers that have not changed are the objects that were given; where none has changed, the ties of all are None.
    """
    layer = theory.changing_layer()
    if not layers:
        return own if population.dated is None else population.dated.at(step), layers
    now = population.layers_at(step, layers)
    if layer and own is not None:
        now[layer] = own
    if all(now[name] is layers[name] for name in layers):
        return None, layers
    return all_ties(now), now


def observe_special(theory: type[Theory], column: Callable[[str], NDArray], out: NDArray[np.float64]) -> None:
    """Fill in the observables that are not plain means: `column` gives a state or trait of all people."""
    for k, observable in enumerate(theory.observables.values()):
        if not observable.special:
            continue
        values = np.ascontiguousarray(column(observable.of.partition(".")[2]), np.float64)
        if theory.presence is not None:
            values = values[column(theory.presence) != 0]
        if observable.where is not None:
            name, value = observable.where if isinstance(observable.where, tuple) else (observable.where, None)
            mark = column(name)
            mark = mark if theory.presence is None else mark[column(theory.presence) != 0]
            values = values[mark != 0 if value is None else mark == value]
        out[k] = 0.0 if not values.size else values.mean() if observable.kind == "mean" else values.std()


def seeded(intervention: Seed, people: int, seed: int) -> NDArray[np.bool_]:
    """For whom an intervention that seeds a state makes it true, shape (people,)."""
    return uniforms(seed, stream_id(intervention.stream), intervention.at, people) < intervention.share


def held(interventions: tuple[Intervention, ...], t: int, params: Mapping[str, float]) -> dict[str, float]:
    """The values at step t of parameters that interventions set; if two apply at once, the last one listed wins."""
    values = {x.param: params[x.param] for x in interventions if isinstance(x, Set)}
    for x in interventions:
        if isinstance(x, Set) and x.start <= t and (x.end is None or t < x.end):
            values[x.param] = float(x.value)
    return values


def changes_at(interventions: tuple[Intervention, ...]) -> set[int]:
    """The steps at which some intervention begins, acts or ends."""
    times: set[int] = set()
    for x in interventions:
        times |= {t for t in (getattr(x, "at", None), getattr(x, "start", None), getattr(x, "end", None)) if t}
    return times
