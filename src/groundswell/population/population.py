"""A population: people, the ties between them, the regions they live in and the traits they have."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import hashlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.errors import PopulationError
from groundswell.population.dated import DatedTies
from groundswell.population.network import MOST_PEOPLE, Network, kept, union


@dataclass(frozen=True, eq=False)
class Population:
    """People with their ties, regions and traits: everything that is fixed before a world begins.

    Populations are compared by `digest`; the arrays are read-only copies of the arguments. The network is checked
    once.

    Parameters
    ----------
    people : N, in 1..2**31 - 1.
    network : the ties, or None for a well-mixed population, where everyone sees everyone else.
    region : int32 of shape (people,); the region each person lives in, in 0..regions - 1.
    regions : how many regions there are; a region may be empty.
    traits : float64 of shape (people,) by name; finite.
    grid : (rows, columns) of a torus whose sites, row by row, are the people; None without one.
    labels : the name of each person in the source of the data, all different; None where they have none.
    layers : ties by the name of their layer; `network` then holds the ties of all (see `layered`).
    points : float64 of shape (people, 2); where each person is. None: nowhere.
    dated : ties that come and go at given steps; `network` then holds those of the first step.
    dated_layers : the layers whose ties come and go at given steps; `layers` then holds those of the first step.

    Raises
    ------
    PopulationError : on parts that do not fit together, a region out of range, or a trait that is not finite.

    >>> well_mixed(100).region.max()
    np.int32(0)
    """

    people: int
    network: Network | None
    region: NDArray[np.int32]
    regions: int
    traits: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    grid: tuple[int, int] | None = None
    labels: tuple[Hashable, ...] | None = None
    layers: Mapping[str, Network] = field(default_factory=dict)
    points: NDArray[np.float64] | None = None
    dated: DatedTies | None = None
    dated_layers: Mapping[str, DatedTies] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, number in (("people", self.people), ("regions", self.regions)):
            if isinstance(number, bool) or not isinstance(number, int | np.integer) or not 1 <= number <= MOST_PEOPLE:
                raise PopulationError(f"{name} = {number!r}", expected=f"a whole number in 1..{MOST_PEOPLE}")
            object.__setattr__(self, name, int(number))
        if self.network is not None and self.network.people != self.people:
            raise PopulationError(
                f"a network of {self.network.people} people in a population of {self.people}",
                expected="one number of people",
            )
        if self.network is not None:
            self.network.check()
        for name, layer in self.layers.items():
            if layer.people != self.people:
                raise PopulationError(
                    f"a layer {name} of {layer.people} people in a population of {self.people}",
                    expected="one number of people",
                )
            layer.check()
        object.__setattr__(self, "layers", dict(self.layers))
        object.__setattr__(self, "dated_layers", dict(self.dated_layers))
        for name in self.dated_layers:
            if name not in self.layers:
                raise PopulationError(
                    f"dated ties of a layer {name!r}",
                    expected="one of the layers: " + (", ".join(self.layers) or "none"),
                )
        if self.points is not None:
            points = np.asarray(self.points, np.float64)
            if points.shape != (self.people, 2) or not np.isfinite(points).all():
                raise PopulationError(
                    f"points of shape {points.shape}", expected=f"finite numbers of shape ({self.people}, 2)"
                )
            object.__setattr__(self, "points", kept(points, np.float64))
        if self.labels is not None:
            object.__setattr__(self, "labels", tuple(self.labels))
            if len(self.labels) != self.people or len(set(self.labels)) != self.people:
                raise PopulationError(
                    f"{len(self.labels)} labels, {len(set(self.labels))} of them different",
                    expected=f"{self.people}, one for each person",
                )
        if self.grid is not None and (min(self.grid) < 1 or self.grid[0] * self.grid[1] != self.people):
            raise PopulationError(
                f"a grid of {self.grid[0]} by {self.grid[1]} sites in a population of {self.people}",
                expected="a person for each site",
            )
        region = self._column("region", self.region, np.int32)
        if region.min() < 0 or region.max() >= self.regions:
            person = int(np.flatnonzero((region < 0) | (region >= self.regions))[0])
            raise PopulationError(
                f"person {person} lives in region {region[person]}", expected=f"a region in 0..{self.regions - 1}"
            )
        object.__setattr__(self, "region", region)
        traits = {}
        for name, values in self.traits.items():
            trait = traits[name] = self._column(f"trait {name!r}", values, np.float64)
            if not np.isfinite(trait).all():
                person = int(np.flatnonzero(~np.isfinite(trait))[0])
                raise PopulationError(f"trait {name!r} of person {person} is {trait[person]}", expected="a number")
        object.__setattr__(self, "traits", traits)

    def _column(self, name: str, values: object, kind: type[np.generic]) -> NDArray:
        if not isinstance(values, np.ndarray) or values.dtype != kind or values.shape != (self.people,):
            given = (
                f"{values.dtype} of shape {values.shape}" if isinstance(values, np.ndarray) else type(values).__name__
            )
            raise PopulationError(
                f"{name} is {given}",
                expected=f"{np.dtype(kind).name} of shape ({self.people},), a value for each person",
            )
        return kept(cast("NDArray", values), kind)

    def person(self, label: Hashable) -> int:
        """The number of the person with this label.

        Raises
        ------
        PopulationError : nobody has it; the nearest one is named.
        """
        if self.labels is None or label not in self._numbers:
            near = difflib.get_close_matches(str(label), [str(x) for x in self.labels or ()], n=1)
            raise PopulationError(
                f"the label {label!r}",
                expected="the label of a person" if self.labels else "a population whose people have labels",
                instead=near[0] if near else None,
            )
        return self._numbers[label]

    def most(self, of: str, count: int) -> tuple[Hashable, ...]:
        """The people with the most ties (`of` = "degree") or the largest trait, by label if any, or number.

        Among equals, the lower number comes first; `count` is at most `people`.

        Raises
        ------
        PopulationError : for anything that the population does not hold about people, or more people than there are.
        """
        if of == "degree" and self.network is not None:
            values: NDArray = self.network.degree
        elif of in self.traits:
            values = self.traits[of]
        else:
            known = [*(["degree"] if self.network is not None else []), *self.traits]
            raise PopulationError(f"the people with the most {of!r}", expected="one of " + (", ".join(known) or "none"))
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 0 <= count <= self.people:
            raise PopulationError(f"the {count!r} people with the most {of}", expected=f"0..{self.people} of them")
        first = np.argsort(-values.astype(np.float64), kind="stable")[:count].tolist()
        return tuple(first) if self.labels is None else tuple(self.labels[i] for i in first)

    def nearest(self, x: float, y: float, count: int) -> tuple[Hashable, ...]:
        """The people nearest to a point, by label if any, or number; among equals, the lower number comes first.

        Raises
        ------
        PopulationError : a population without points, or more people than there are.
        """
        if self.points is None:
            raise PopulationError(f"the people nearest to ({x:g}, {y:g})", expected="a population with points")
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 0 <= count <= self.people:
            raise PopulationError(f"the {count!r} nearest people", expected=f"0..{self.people} of them")
        first = np.argsort(((self.points - (x, y)) ** 2).sum(axis=1), kind="stable")[:count].tolist()
        return tuple(first) if self.labels is None else tuple(self.labels[i] for i in first)

    @functools.cached_property
    def _numbers(self) -> dict[Hashable, int]:
        return {label: i for i, label in enumerate(self.labels or ())}

    def memory_bytes(self) -> int:
        """Bytes held by the arrays."""
        networks = [*([self.network] if self.network is not None else []), *self.layers.values()]
        network = sum(x.memory_bytes() for x in networks) + (0 if self.points is None else self.points.nbytes)
        return network + self.region.nbytes + sum(trait.nbytes for trait in self.traits.values())

    def digest(self) -> str:
        """SHA-256 of everything in the population, in hexadecimal; traits count in the order of their names."""
        network = self.network.digest() if self.network is not None else "well mixed"
        if self.grid is not None:
            network += f" grid {self.grid[0]} {self.grid[1]}"
        content = hashlib.sha256(f"population {self.people} {self.regions} {network} region:<i4\n".encode())
        content.update(self.region.astype("<i4", copy=False).data)
        for name in sorted(self.traits):
            content.update(f"trait {len(name.encode())} {name}:<f8\n".encode())
            content.update(self.traits[name].astype("<f8", copy=False).data)
        if self.labels is not None:
            content.update(f"labels {self.labels!r}\n".encode())
        for name in sorted(self.layers):
            content.update(f"layer {len(name.encode())} {name} {self.layers[name].digest()}\n".encode())
        if self.points is not None:
            content.update(b"points:<f8\n" + self.points.astype("<f8", copy=False).tobytes())
        if self.dated is not None:
            content.update(f"dated {self.dated.digest()}\n".encode())
        for name in sorted(self.dated_layers):
            content.update(f"dated {len(name.encode())} {name} {self.dated_layers[name].digest()}\n".encode())
        return content.hexdigest()

    def layers_at(self, step: int, layers: Mapping[str, Network]) -> dict[str, Network]:
        """These layers, where layers with dates hold their ties of one step."""
        return {**layers, **{name: ties.at(step) for name, ties in self.dated_layers.items()}}


def well_mixed(people: int, /, **traits: ArrayLike) -> Population:
    """A population of one region in which everyone sees everyone else; traits are arrays of shape (people,).

    >>> well_mixed(3, threshold=[0, 1, 2]).traits["threshold"]
    array([0., 1., 2.])
    """
    if isinstance(people, bool) or not isinstance(people, int | np.integer) or not 1 <= people <= MOST_PEOPLE:
        raise PopulationError(f"people = {people!r}", expected=f"a whole number in 1..{MOST_PEOPLE}")
    return Population(int(people), None, np.zeros(people, dtype=np.int32), 1, _floats(traits))


def tied(network: Network, /, *, labels: Sequence[Hashable] | None = None, **traits: ArrayLike) -> Population:
    """A population of one region with these ties; traits are arrays of shape (people,), or mappings by label.

    Parameters
    ----------
    network : the ties; checked here.
    labels : the name of each person, such as `Reading.labels`; None: they have none.
    traits : a number for each person, in the order of the people; or, where people have labels, a mapping from label to
        number that names everyone.

    Raises
    ------
    PopulationError : see `Population`; a mapping that leaves someone out or names someone who does not exist.

    >>> pair = Network(np.array([0, 1, 2]), np.array([1, 0], dtype=np.int32))
    >>> tied(pair, labels=("anna", "berta"), age={"berta": 31, "anna": 52}).traits["age"]
    array([52., 31.])
    """
    people = network.people
    bare = Population(people, network, np.zeros(people, np.int32), 1, labels=None if labels is None else tuple(labels))
    by_person = {n: _by_label(bare, n, v) if isinstance(v, Mapping) else v for n, v in traits.items()}
    return dataclasses.replace(bare, traits=_floats(by_person))


def layered(*, labels: Sequence[Hashable] | None = None, **layers: Network | DatedTies) -> Population:
    """A population with ties in named layers; `seen` without a layer looks along the ties of all of them.

    There, a tie in several layers is one tie, with the sum of its weights in all of them; where any layer is directed,
    ties lead one way, and those of undirected layers lead both ways. A layer may hold `DatedTies`.

    Raises
    ------
    PopulationError : no layer, or layers with different numbers of people.

    >>> ring = Network(np.array([0, 1, 2]), np.array([1, 0], dtype=np.int32))
    >>> layered(family=ring, online=ring).network.ties
    1
    """
    if not layers:
        raise PopulationError("a population of no layers", expected="at least one, by name: family=network")
    people = next(iter(layers.values())).people
    for name, layer in layers.items():
        if layer.people != people:
            raise PopulationError(f"a layer {name} of {layer.people} people", expected=f"{people}, as the first has")
    first = {name: layer.at(1) if isinstance(layer, DatedTies) else layer for name, layer in layers.items()}
    dated = {name: layer for name, layer in layers.items() if isinstance(layer, DatedTies)}
    names, region = None if labels is None else tuple(labels), np.zeros(people, np.int32)
    return Population(people, all_ties(first), region, 1, labels=names, layers=first, dated_layers=dated)


def all_ties(layers: Mapping[str, Network]) -> Network:
    """The ties of all layers, each once: what people see without naming a layer."""
    networks = list(layers.values())
    return networks[0] if len(networks) == 1 else union(networks)


def _by_label(population: Population, name: str, values: Mapping[Hashable, float]) -> list[float]:
    """The values of a trait in the order of the people."""
    for label in values:
        population.person(label)
    missing = [label for label in population.labels or () if label not in values]
    if missing:
        raise PopulationError(
            f"the trait {name!r} for {len(values)} of {population.people} people",
            expected="a number for everyone",
            instead=f"a value for {missing[0]!r} too",
        )
    return [values[label] for label in population.labels or ()]


def _floats(traits: Mapping[str, ArrayLike]) -> dict[str, NDArray[np.float64]]:
    try:
        return {name: np.asarray(values, np.float64) for name, values in traits.items()}
    except (TypeError, ValueError) as error:
        raise PopulationError(f"traits {', '.join(traits)}: {error}", expected="numbers, one for each person") from None


def on_grid(rows: int, columns: int) -> Population:
    """A torus of rows x columns sites, as theories of movement need it: each site is a place for one person."""
    for name, count in (("rows", rows), ("columns", columns)):
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 1 <= count <= MOST_PEOPLE:
            raise PopulationError(f"{name} = {count!r}", expected=f"a whole number in 1..{MOST_PEOPLE}")
    people = int(rows) * int(columns)
    if people > MOST_PEOPLE:
        raise PopulationError(f"a grid of {rows} by {columns} sites", expected=f"at most {MOST_PEOPLE} sites")
    return Population(people, None, np.zeros(people, dtype=np.int32), 1, grid=(int(rows), int(columns)))
