"""The population of a study, as its TOML table states it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator

from groundswell.draws import derive_seed
from groundswell.errors import MemoryRefusedError, PopulationError
from groundswell.population import generate
from groundswell.population.dated import DatedTies
from groundswell.population.dress import dressed
from groundswell.population.network import MOST_PEOPLE, Network, rows_of
from groundswell.population.places import geometric, random_points, reach_for, read_points
from groundswell.population.population import Population, layered, on_grid, tied, well_mixed
from groundswell.population.read import count_rows, read_edges, read_graphml

NetworkName = Literal[
    "well_mixed",
    "erdos_renyi",
    "configuration",
    "barabasi_albert",
    "watts_strogatz",
    "planted_partition",
    "village",
    "opinion_leader",
    "hierarchy",
    "ring",
    "moore",
    "grid",
    "geometric",
    "layers",
    "edges",
]


@dataclass(frozen=True)
class _Keys:
    """The keys of one kind of network: those required, groups of which exactly one is required, and those allowed."""

    needs: tuple[str, ...]
    one_of: tuple[tuple[str, ...], ...] = ()
    may: tuple[str, ...] = ()

    @property
    def all(self) -> list[str]:
        return [*self.needs, *(key for group in self.one_of for key in group), *self.may]

    def words(self) -> str:
        text = ", ".join(self.needs)
        if self.one_of:
            text += "; either " + " or ".join(" with ".join(group) for group in self.one_of)
        if self.may:
            text += "; and if wanted " + ", ".join(self.may)
        return text


_POWER_LAW = ("degree_exponent", "minimum_degree", "maximum_degree")
_KEYS: dict[str, _Keys] = {
    "well_mixed": _Keys(("people",)),
    "erdos_renyi": _Keys(("people", "mean_degree")),
    "configuration": _Keys(("people",), (("degrees",), _POWER_LAW)),
    "barabasi_albert": _Keys(("people", "ties_per_newcomer")),
    "watts_strogatz": _Keys(("people", "neighbours", "rewiring")),
    "planted_partition": _Keys(("people", "mean_degree", "mix"), (("communities",), ("sizes",))),
    "village": _Keys(("people", "village_size", "far")),
    "opinion_leader": _Keys(("people", "degree_exponent"), may=("minimum_degree", "maximum_degree")),
    "hierarchy": _Keys(("people", "expansion"), may=("level_ties",)),
    "ring": _Keys(("people", "neighbours"), may=("rewiring",)),
    "moore": _Keys(("rows", "columns"), may=("radius", "torus", "rewiring")),
    "grid": _Keys(("rows", "columns")),
    "geometric": _Keys((), (("people", "mean_degree"), ("path", "reach"))),
    "layers": _Keys(("layers",)),
    "edges": _Keys(("path",), may=("delimiter", "header", "ends", "directed", "weight", "layer", "first", "until")),
}

_DRESS = ("directed", "weights", "negative")
for _name in set(_KEYS) - {"well_mixed", "grid", "layers", "edges"}:
    _KEYS[_name] = dataclasses.replace(_KEYS[_name], may=(*_KEYS[_name].may, *_DRESS))

_Count = Annotated[int, Field(ge=1, le=MOST_PEOPLE)]
_Degree = Annotated[int, Field(ge=0, le=MOST_PEOPLE)]
_Share = Annotated[float, Field(ge=0, le=1)]


class PopulationSpecification(BaseModel):
    """The population that a study asks for; keys that do not belong to the chosen network are refused.

    Parameters
    ----------
    network : the kind of network, see `groundswell.population.generate` for each; "well_mixed" has none: everyone
        sees everyone else; "grid" is a torus of sites for theories of movement, and "edges" is read from a file by
        `groundswell.population.read.read_edges`.
    people : N, in 1..2**31 - 1. Not for "moore", "grid" and "edges", which know their own.
    mean_degree : expected ties of a person (erdos_renyi, planted_partition).
    communities, sizes : how many communities, of equal size, or the size of each (planted_partition). They become
        the regions of the population; villages do too, and every other kind has one region.
    mix : share of the ties that leave their community, in [0, 1] (planted_partition).
    neighbours : even (watts_strogatz, ring).
    rewiring : probability that a tie moves, in [0, 1] (watts_strogatz; and ring and moore, where everyone keeps their
        number of ties, 0 where left out).
    ties_per_newcomer : (barabasi_albert).
    degrees : a degree for each person (configuration).
    degree_exponent, minimum_degree, maximum_degree : a power law from which degrees are drawn (configuration,
        opinion_leader; 1 and people - 1 where the last two are left out of an opinion_leader).
    village_size, far : people in a village, who all know one another, and the probability that two people of different
        villages are tied (village). Villages become the regions.
    expansion, level_ties : followers of each person, and the probability that two people of one level are tied, 0
        where left out (hierarchy).
    rows, columns : the sites (moore, grid).
    radius, torus : 1 and true where left out (moore).
    path, delimiter, header, ends : the file, and the two columns that hold the ends of a tie (edges). A file whose name
        ends in ".graphml" is read as GraphML.
    directed, weight : whether the first end of a tie sees the second only, and the column of its weight (edges).
    layer : the column that names the layer of a tie (edges).
    first, until : the columns of the first step in which a tie holds, and of the first in which it no longer does.
    reach : the largest distance of a tie, in the units of the points x, y of the file (geometric; with people and
        mean_degree the points are drawn on the torus of the unit square).
    weights : [low, high] of weights drawn for the ties of a generated network, 1 where left out; `directed` then draws
        the direction of each tie.
    negative : the probability that the weight of a generated tie is negative, or "between" for ties between regions.
    layers : a table like this one for each layer, by name (layers); people of files are matched by their labels.

    Raises
    ------
    PopulationError : on a key that is missing or does not belong, or a value outside its support.

    >>> PopulationSpecification(people=10000, network="erdos_renyi", mean_degree=10).build(seed=1).people
    10000
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    network: NetworkName
    people: _Count | None = None
    mean_degree: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    communities: _Count | None = None
    sizes: list[_Count] | None = None
    mix: _Share | None = None
    neighbours: _Degree | None = None
    rewiring: _Share | None = None
    ties_per_newcomer: _Count | None = None
    degrees: list[_Degree] | None = None
    degree_exponent: Annotated[float, Field(allow_inf_nan=False)] | None = None
    minimum_degree: _Count | None = None
    maximum_degree: _Count | None = None
    village_size: _Count | None = None
    far: _Share | None = None
    expansion: _Count | None = None
    level_ties: _Share | None = None
    rows: _Count | None = None
    columns: _Count | None = None
    radius: _Degree | None = None
    torus: bool | None = None
    path: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    ends: Annotated[list[int | str], Field(min_length=2, max_length=2)] | None = None
    directed: bool | None = None
    weight: int | str | None = None
    layer: int | str | None = None
    first: int | str | None = None
    until: int | str | None = None
    reach: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    weights: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    negative: Annotated[float, Field(ge=0, le=1)] | Literal["between"] | None = None
    layers: dict[str, PopulationSpecification] | None = None

    @property
    def own_keys(self) -> tuple[str, ...]:
        """The keys that this kind of network takes."""
        return tuple(_KEYS[self.network].all)

    @model_validator(mode="wrap")
    @classmethod
    def _tell(cls, given: Any, handler: ModelWrapValidatorHandler[PopulationSpecification]) -> PopulationSpecification:
        if isinstance(given, Mapping):
            _refuse_wrong_keys({key: value for key, value in given.items() if value is not None})
        try:
            return handler(given)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(["population", *(str(part) for part in first["loc"])])
            words = first["msg"][:1].lower() + first["msg"][1:]
            raise PopulationError(
                f"{where} = {first['input']!r}", expected=f"a value in its support: {words}"
            ) from None

    @model_validator(mode="after")
    def _fit_together(self) -> PopulationSpecification:
        if self.degrees is not None and len(self.degrees) != self.people:
            raise PopulationError(
                f"population.degrees has {len(self.degrees)} entries", expected=f"one for each of {self.people} people"
            )
        if self.sizes is not None and sum(self.sizes) != self.people:
            raise PopulationError(
                f"population.sizes add up to {sum(self.sizes)}", expected=f"the number of people, {self.people}"
            )
        return self

    def build(
        self,
        seed: int,
        *,
        folder: str | Path | None = None,
        threads: int | None = None,
        memory_limit: int | None = None,
    ) -> Population:
        """Build the population; the same seed gives the same population, whatever the number of threads.

        Parameters
        ----------
        seed : in 0..2**64 - 1.
        folder : where a relative `path` begins (None: the working directory).
        threads : how many to use (None: every core).
        memory_limit : bytes that building may take (None: no limit).

        Raises
        ------
        PopulationError : where the values do not fit together, such as a mean degree above the number of people.
        MemoryRefusedError : where the estimate exceeds the limit, before anything is built.
        """
        peak = self.estimate_peak_bytes(folder=folder)
        if memory_limit is not None and peak > memory_limit:
            raise MemoryRefusedError(
                f"building this {self.network} population takes about {peak / 1e9:.3g} GB",
                expected=f"at most {memory_limit / 1e9:.3g} GB",
                instead="fewer people or ties, or a larger limit",
            )
        values = {key: value for key in _KEYS[self.network].all if (value := getattr(self, key)) is not None}
        if self.network == "well_mixed":
            return well_mixed(values["people"])
        if self.network == "grid":
            return on_grid(values["rows"], values["columns"])
        if self.network == "edges":
            ends = values.pop("ends", (0, 1))
            path = Path(folder or ".") / values.pop("path")
            if path.suffix == ".graphml":
                read = read_graphml(path, **({"weight": str(values["weight"])} if "weight" in values else {}))
            else:
                read = read_edges(path, columns=(ends[0], ends[1]), **values)
            return read.population()
        if self.network == "layers":
            return _join(
                {
                    name: of.build(derive_seed(seed, "layer", name), folder=folder, threads=threads)
                    for name, of in values["layers"].items()
                }
            )
        dress = {key: values.pop(key) for key in _DRESS if key in values}
        made = self._generated(values, seed, threads, folder)
        if not dress or made.network is None:
            return made
        network = dressed(made.network, derive_seed(seed, "ties"), **dress, region=made.region)
        return dataclasses.replace(made, network=network)

    def _generated(
        self, values: dict[str, Any], seed: int, threads: int | None, folder: str | Path | None
    ) -> Population:
        """The population of a generator, with each tie in both directions."""
        if self.network == "geometric":
            if "path" in values:
                points, labels = read_points(Path(folder or ".") / values["path"])
                return geometric(points, values["reach"], labels=labels)
            people, degree = values["people"], values["mean_degree"]
            return geometric(random_points(people, seed), reach_for(degree, people), torus=True)
        if self.network in ("planted_partition", "village"):
            network, region = getattr(generate, self.network)(**values, seed=seed, threads=threads)
            return Population(network.people, network, region, int(region[-1]) + 1)
        if self.network == "configuration":
            degrees = values.get("degrees")
            if degrees is None:
                exponent, minimum, maximum = (values[key] for key in _POWER_LAW)
                degrees = generate.power_law_degrees(values["people"], exponent, minimum, maximum, seed=seed)
            return tied(generate.configuration(degrees, seed=seed, threads=threads))
        generator = getattr(generate, self.network)  # the names in `NetworkName` are the generators' names
        return tied(generator(**values, seed=seed, threads=threads))

    def estimate_bytes(self, *, folder: str | Path | None = None) -> int:
        """About how many bytes the population will hold, before traits: an upper bound for "edges".

        ``8 (N + 1) + 8 ties`` for the network and ``4 N`` for the regions.
        """
        people, ties = self._expected(folder)
        network = 0 if self.network in ("well_mixed", "grid") else 8 * (people + 1) + 8 * ties
        return round(network + 4 * people)

    def estimate_peak_bytes(self, *, folder: str | Path | None = None) -> int:
        """An estimate of the most bytes that building it takes, beyond what Python itself needs.

        Generated ties take 4 bytes once before they are listed in both rows, with 12 bytes of offsets and counts per
        person; matching half-ties takes 4 bytes twice. A file's rows pass through Python's lists, at some 200 bytes per
        row.
        """
        people, ties = self._expected(folder)
        extra = {
            "well_mixed": 0,
            "grid": 0,
            "moore": 8 * people,
            "configuration": 8 * ties + 48 * people,
            "opinion_leader": 8 * ties + 48 * people,
            "hierarchy": 8 * ties + 60 * people,
            "edges": 200 * ties,
            "barabasi_albert": 4 * ties + 20 * people,
        }.get(self.network, 4 * ties + 12 * people)
        if self.network in ("ring", "moore") and self.rewiring:
            extra += 16 * ties  # all half-ties, and the rows from before
        return round(self.estimate_bytes(folder=folder) + extra)

    def _expected(self, folder: str | Path | None) -> tuple[int, float]:
        """The number of people, and the expected number of ties."""
        if self.layers is not None:
            parts = [of._expected(folder) for of in self.layers.values()]
            return max(people for people, _ in parts), 2 * sum(ties for _, ties in parts)
        if self.reach is not None:
            rows = count_rows(Path(folder or ".") / (self.path or ""))
            return rows, 10.0 * rows
        if self.network == "grid":
            return (self.rows or 0) * (self.columns or 0), 0.0
        if self.network == "moore":
            people = (self.rows or 0) * (self.columns or 0)
            radius = 1 if self.radius is None else self.radius
            return people, people * ((2 * radius + 1) ** 2 - 1) / 2
        if self.network == "edges":
            rows = count_rows(Path(folder or ".") / (self.path or ""))
            return 2 * rows, rows
        people = self.people or 0
        if self.degree_exponent is not None:
            support = np.arange(self.minimum_degree or 1, (self.maximum_degree or people - 1) + 1, dtype=np.float64)
            weight = (support / support[0]) ** -(self.degree_exponent or 0.0)
            return people, people * float((support * weight).sum() / weight.sum()) / 2
        if self.degrees is not None:
            return people, sum(self.degrees) / 2
        if self.village_size is not None:
            size, villages = min(self.village_size, people), people // min(self.village_size, people)
            last = people - villages * size
            within = (villages * size * (size - 1) + last * (last - 1)) / 2
            return people, within + (self.far or 0.0) * (people * (people - 1) / 2 - within)
        if self.expansion is not None:
            size = generate.level_sizes(people, self.expansion).astype(np.float64)
            return people, people - 1 + (self.level_ties or 0.0) * float((size * (size - 1)).sum()) / 2
        per_person = (self.mean_degree or 0) / 2 + (self.neighbours or 0) / 2 + (self.ties_per_newcomer or 0)
        return people, people * per_person


def _join(parts: Mapping[str, Population]) -> Population:
    """One population from layers that were built separately: labelled people are matched by label, others by number."""
    lacking = [name for name, part in parts.items() if part.network is None or part.layers]
    if lacking:
        raise PopulationError(
            f"population.layers.{lacking[0]} has no ties of its own", expected="a network without layers"
        )
    named = {label for part in parts.values() for label in part.labels or ()}
    if not named:
        return layered(labels=None, **{name: x for name, part in parts.items() if (x := part.dated or part.network)})
    whole = all(str(label).removeprefix("-").isdigit() for label in named)
    labels = sorted(named, key=lambda x: (int(str(x)) if whole else 0, str(x)))
    place = {label: k for k, label in enumerate(labels)}
    layers: dict[str, Network | DatedTies] = {}
    for name, part in parts.items():
        network = part.network
        assert network is not None
        if part.labels is None and part.people != len(labels):
            raise PopulationError(
                f"population.layers.{name} has {part.people} people without labels",
                expected=f"{len(labels)} people, as the files name",
            )
        where = np.arange(part.people) if part.labels is None else np.array([place[x] for x in part.labels])
        if part.dated is not None:
            layers[name] = part.dated.among(len(labels), where)
            continue
        person = np.repeat(np.arange(part.people), np.diff(network.indptr))
        once = np.ones(person.size, bool) if network.directed else network.indices > person
        ends = np.column_stack([where[person], where[network.indices]])[once]
        weights = None if network.weights is None else network.weights[once]
        layers[name] = rows_of(len(labels), ends.astype(np.int64), weights, network.directed)
    return layered(labels=labels, **layers)


def _refuse_wrong_keys(given: Mapping[str, Any]) -> None:
    """Check that the keys are those of the chosen network, and that none is missing."""
    network = given.get("network")
    if not isinstance(network, str) or network not in _KEYS:
        words = "population.network is missing" if network is None else f"population.network = {network!r}"
        raise PopulationError(words, expected=f"one of {', '.join(_KEYS)}")
    keys, article = _KEYS[network], "an" if network[0] in "aeiou" else "a"
    foreign = [str(key) for key in given if key != "network" and key not in keys.all]
    if foreign:
        raise PopulationError(
            f"{article} {network} population has no key {', '.join(map(repr, foreign))}",
            expected=f"its keys: {keys.words()}",
        )
    missing = [key for key in keys.needs if key not in given]
    if missing:
        raise PopulationError(
            f"{article} {network} population lacks {', '.join(map(repr, missing))}",
            expected=f"its keys: {keys.words()}",
        )
    if keys.one_of:
        begun = [group for group in keys.one_of if any(key in given for key in group)]
        if len(begun) != 1 or not all(key in given for key in begun[0]):
            has = [key for group in begun for key in group if key in given]
            raise PopulationError(
                f"{article} {network} population with {', '.join(has) or 'none of its alternatives'}",
                expected=f"exactly one of its alternatives in full: {keys.words()}",
            )
