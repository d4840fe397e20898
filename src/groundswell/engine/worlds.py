"""Worlds, their interventions, and the histories that simulating them produces."""

from __future__ import annotations

import html
import os
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from groundswell.charts import Chart
from groundswell.errors import MemoryRefusedError, OutputError, PopulationError, TheoryError, nearest
from groundswell.population.population import Population
from groundswell.results import Result
from groundswell.settings import require_known
from groundswell.theory import Theory

if TYPE_CHECKING:
    import polars as pl

    from groundswell.engine.persons import Recorder
    from groundswell.engine.saved import Saved

_FEW = 12  # worlds up to this many are drawn one by one


@dataclass(frozen=True)
class Set:
    """Hold a parameter at a value from step `start` up to, not including, step `end` (0 closes a channel)."""

    param: str
    value: float
    start: int = 1
    end: int | None = None


@dataclass(frozen=True)
class Pulse:
    """Give a shock of society this amount at one step (one act)."""

    shock: str
    amount: float
    at: int


@dataclass(frozen=True)
class Cap:
    """Hold a macro variable at or below a level from step `start` up to, not including, step `end`."""

    society: str
    most: float
    start: int = 1
    end: int | None = None


@dataclass(frozen=True)
class Seed:
    """Make a bool state true at one step for a random share of people (organisation seeded)."""

    state: str
    share: float
    at: int

    @property
    def stream(self) -> str:
        """The stream of its draws."""
        return f"intervention:{self.state}"


Intervention = Set | Pulse | Cap | Seed


@dataclass(frozen=True)
class World:
    """One history to simulate: its run seed, its parameters (the rest are defaults) and its interventions.

    Two worlds with the same seed are twins: they share every draw. Arguments are copied: changing a mapping afterwards
    changes no world. NumPy numbers are accepted.

    `start` sets bool states at the start, instead of what the theory draws: the numbers of the people for whom a state
    is true, and nobody else; or their labels, where the population has labels. `Population.most` finds
    those with the most ties, or the largest trait: ``World(1, start={"acts": population.most("degree", 10)})``.

    `begin` is the saved world from which this one continues (see `Saved.branch`).
    """

    seed: int
    params: Mapping[str, float] = field(default_factory=dict)
    interventions: tuple[Intervention, ...] = ()
    start: Mapping[str, Sequence[Hashable]] = field(default_factory=dict)
    begin: Saved | None = None

    def __post_init__(self) -> None:
        if not is_whole(self.seed):
            raise TheoryError(f"run seed {self.seed!r}", expected="a whole number from 0 to 2**64 - 1")
        if not isinstance(self.params, Mapping):
            raise TheoryError(f"parameters {self.params!r} of a world", expected='a mapping, such as {"sd": 0.2}')
        given = self.interventions if isinstance(self.interventions, tuple | list) else (None,)
        if not all(isinstance(x, Intervention) for x in given):
            raise TheoryError(
                f"interventions {self.interventions!r} of a world", expected="a list of Set, Pulse, Cap and Seed"
            )
        object.__setattr__(self, "seed", int(self.seed))
        object.__setattr__(self, "params", {name: _plain(value) for name, value in self.params.items()})
        object.__setattr__(self, "interventions", tuple(self.interventions))
        if not isinstance(self.start, Mapping) or any(isinstance(who, str) for who in self.start.values()):
            raise TheoryError(f"start = {self.start!r} of a world", expected='people by state: {"acts": [3, 5]}')
        object.__setattr__(self, "start", {s: tuple(_plain(x) for x in who) for s, who in self.start.items()})


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


@dataclass(frozen=True)
class Histories(Result):
    """What was observed: `values[step, world, observable]`, step 0 being the start.

    `totals[name][person, world]` counts, for each requested state, the steps at which it was true (or its sum).
    `failed` lists (world, first step, reason) of worlds in which a rule left its domain (with its line) or an
    observable stopped being a finite number. From that step on their values are NaN, and so are their totals.
    `first` is the step of the first row: 0, or that of the saved worlds from which these continue.
    `stopped` gives for each world the step at which `until` held, or None; its values stay there from then on.
    `saved` holds the worlds after the last step, if `keep` requested them.
    `alike` says that the theory draws nothing, so that worlds with the same parameters are identical.

    `worlds` holds the worlds with all their parameters, and `theory` is what was simulated; they label the frame and
    the pictures. `dict(histories)` gives each observable's series, shape (steps + 1, worlds).
    """

    left_out: ClassVar[tuple[str, ...]] = ("theory", "worlds", "saved", "persons")

    observables: tuple[str, ...]
    values: NDArray[np.float64]
    totals: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    failed: tuple[tuple[int, int, str], ...] = ()
    worlds: tuple[World, ...] = ()
    theory: type[Theory] | None = None
    alike: bool = False
    first: int = 0
    stopped: tuple[int | None, ...] = ()
    saved: tuple[Saved, ...] = ()
    persons: Recorder | None = None

    def people(self, step: int) -> pl.DataFrame:
        """The persons who were recorded after a step: world, person, and their states.

        Raises
        ------
        TheoryError : where no persons, or not those of this step, were recorded.
        """
        if self.persons is None:
            raise TheoryError(
                "persons of histories without a record of them",
                expected="simulate(..., persons=Persons(...))",
                instead="persons=True, to record all states of every person at every step",
            )
        return self.persons.at(step)

    def first_times(self, state: str) -> NDArray[np.int32]:
        """The first step at which a bool state was true, int32[recorded persons, worlds]; -1 for never.

        Raises
        ------
        TheoryError : a state for which it was not recorded.
        """
        known = {} if self.persons is None else self.persons.first
        if state not in known:
            raise TheoryError(
                f"the first step of {state!r}", expected=f"one of {', '.join(known) or 'none'}",
                instead=f"persons=Persons(first=({state!r},))",
            )  # fmt: skip
        return known[state]

    def __repr__(self) -> str:
        steps, worlds, _ = self.values.shape
        text = f"Histories(steps={steps - 1}, worlds={worlds}, observables={self.observables}"
        if self.failed:
            text += f", failed={len(self.failed)}: world {self.failed[0][0]} at step {self.failed[0][1]}: "
            text += self.failed[0][2]
        if self.alike and worlds > 1:
            text += ", no luck: worlds with the same parameters are one run"
        return text + ")"

    def keys(self) -> tuple[str, ...]:
        """The names of the observables."""
        return self.observables

    def __iter__(self) -> Iterator[str]:
        return iter(self.observables)

    def __len__(self) -> int:
        return len(self.observables)

    def __contains__(self, name: object) -> bool:
        return name in self.observables

    def __getitem__(self, observable: str) -> NDArray[np.float64]:
        """The series of one observable, shape (steps + 1, worlds)."""
        require_known(observable, self.observables, TheoryError, f"observable {observable!r} was requested")
        return self.values[:, :, self.observables.index(observable)]

    def labels(self) -> tuple[str, ...]:
        """A name for each world, from the parameters and interventions in which worlds differ; equal ones share it."""
        if not self.worlds:
            return ("",) * self.values.shape[1]
        first = self.worlds[0]
        differ = [name for name in first.params if len({world.params[name] for world in self.worlds}) > 1]
        acts = len({world.interventions for world in self.worlds}) > 1

        def label(world: World) -> str:
            parts = [f"{name} {world.params[name]:g}" for name in differ]
            if acts:
                parts.append("; ".join(map(str, world.interventions)) or "no intervention")
            return ", ".join(parts)

        return tuple(label(world) for world in self.worlds)

    def to_frame(self) -> pl.DataFrame:
        """A row for each world and step: step, world, seed, its parameters, its interventions, and each observable.

        A parameter with the same name as an observable becomes `param.NAME`; interventions are a column where any world
        has one.
        """
        import polars as pl

        times, worlds, _ = self.values.shape
        columns: dict[str, Any] = {
            "step": np.tile(np.arange(self.first, self.first + times), worlds),
            "world": np.repeat(np.arange(worlds), times),
        }
        if self.worlds:
            columns["seed"] = np.repeat(np.array([world.seed for world in self.worlds], np.uint64), times)
            for name in self.worlds[0].params:
                given = np.array([world.params[name] for world in self.worlds])
                columns[f"param.{name}" if name in {*self.observables, *columns} else name] = np.repeat(given, times)
            if any(world.interventions for world in self.worlds):
                acts = ["; ".join(map(str, world.interventions)) for world in self.worlds]
                columns["interventions"] = [text for text in acts for _ in range(times)]
        for o, name in enumerate(self.observables):
            columns[name] = self.values[:, :, o].T.ravel()
        return pl.DataFrame(columns)

    def to_xarray(self) -> Any:
        """An `xarray.Dataset`: each observable over (step, world), with its unit and meaning.

        Its coordinates match `to_frame`: seed, each parameter and the interventions, by world.

        Raises
        ------
        OutputError : xarray is not installed.
        """
        try:
            import xarray
        except ImportError as error:
            raise OutputError(
                "to_xarray() without xarray", expected="the package xarray", instead="pip install xarray"
            ) from error
        shown = {} if self.theory is None else self.theory.observables
        times, worlds, _ = self.values.shape
        by_world = self.to_frame()[::times].drop("step", "world", *self.observables)
        return xarray.Dataset(
            {
                name: (("step", "world"), self[name], {"units": shown[name].unit, "long_name": shown[name].meaning})
                if name in shown
                else (("step", "world"), self[name])
                for name in self.observables
            },
            coords={
                "step": np.arange(self.first, self.first + times),
                "world": np.arange(worlds),
                **{column.name: ("world", column.to_numpy()) for column in by_world},
            },
            attrs={} if self.theory is None else {"theory": self.theory.name},
        )

    def charts(self) -> list[Chart]:
        """One picture, with a panel for each observable: the mean of worlds that share a setting, and their range."""
        import polars as pl

        units = {} if self.theory is None else {name: x.unit for name, x in self.theory.observables.items()}
        labels = self.labels()
        lost = {world for world, _, _ in self.failed}
        few = len(labels) <= _FEW
        rows: list[dict[str, Any]] = []
        steps = np.unique(np.linspace(0, len(self.values) - 1, min(len(self.values), 400)).round().astype(int))
        for o, name in enumerate(self.observables):
            panel = f"{name} ({units[name]})" if units.get(name) else name
            for label in dict.fromkeys(labels):
                alike = [w for w, own in enumerate(labels) if own == label and w not in lost]
                if not alike:
                    continue
                series = self.values[:, alike, o]
                mean, low, high = series.mean(axis=1), series.min(axis=1), series.max(axis=1)
                of = {"series": label, "panel": panel, "trace": None}
                if few and len(alike) > 1:
                    rows += [
                        {"x": int(t), "y": float(one[t]), "low": None, "high": None, **of, "trace": w}
                        for w, one in zip(alike, series.T, strict=True)
                        for t in steps
                    ]
                    low = high = np.full(len(mean), np.nan)
                rows += [
                    {"x": int(t), "y": float(mean[t]), "low": float(low[t]), "high": float(high[t]), **of}
                    for t in steps
                ]
        if not rows:
            return []
        frame = pl.DataFrame(rows, infer_schema_length=None)
        if len(set(labels)) == 1:
            frame = frame.drop("series")
        many = len(labels) > len(set(labels))
        frame = frame.drop("low", "high") if few or not many else frame.drop("trace")
        title = "Observables over time" if self.theory is None else self.theory.title
        caption = "Line: mean over worlds; band: from the least to the greatest." if many else ""
        if few and many:
            caption = "Thin: each world; thick: their mean."
        return [Chart("lines", frame, title, "step", caption=caption)]

    def _repr_html_(self) -> str:
        """What a notebook shows: what was simulated, and the last step of every world."""
        times, worlds, _ = self.values.shape
        name = "" if self.theory is None else f"{html.escape(self.theory.title)}: "
        lost = f"; {len(self.failed)} failed" if self.failed else ""
        frame = self.to_frame()
        last = frame.filter(frame["step"] == self.first + times - 1)
        head = f"<p><strong>{name}{worlds} worlds of {times - 1} steps{lost}</strong>; the last step:</p>"
        return head + last._repr_html_()


def check_kinds(theory: object, population: object, worlds: object, steps: object) -> None:
    """Refuse arguments of the wrong type for `simulate`.

    Raises
    ------
    TheoryError, PopulationError : with what to write instead.
    """
    if not (isinstance(theory, type) and issubclass(theory, Theory)):
        instead = f"load_theory({theory!r})" if isinstance(theory, str) else None
        raise TheoryError(f"theory {theory!r}", expected="a class of Theory", instead=instead)
    if not isinstance(population, Population):
        raise PopulationError(
            f"a population that is {type(population).__name__}",
            expected="a Population",
            instead=".build(seed=1) of the specification" if hasattr(population, "build") else "well_mixed(1000)",
        )
    if not isinstance(worlds, Sequence) or not all(isinstance(world, World) for world in worlds):
        raise TheoryError(f"worlds {worlds!r:.100}", expected="a list of World", instead="[World(seed=1)]")
    if not is_whole(steps):
        raise TheoryError(f"{steps!r} steps", expected="a whole number of steps")


def check_worlds(theory: type[Theory], worlds: Sequence[World], steps: int) -> list[dict[str, float]]:
    """Check every world against the theory; return each world's full parameters.

    Raises
    ------
    TheoryError : for an unknown parameter, shock, variable or state, or a value or time that makes no sense.
    """
    if not worlds:
        raise TheoryError("no worlds to simulate", expected="at least one World")
    if steps < 0:
        raise TheoryError(f"{steps} steps", expected="a number of steps >= 0")
    begun = {world.begin.step if world.begin is not None else 0 for world in worlds}
    if len(begun) > 1:
        raise TheoryError(
            f"worlds that begin at the steps {', '.join(map(str, sorted(begun)))}", expected="one step for all"
        )
    params = []
    for world in worlds:
        if not 0 <= world.seed < 2**64:
            raise TheoryError(f"run seed {world.seed}", expected="a whole number from 0 to 2**64 - 1")
        params.append(theory.parameters(world.params))
        for state in world.start:
            if state not in theory.states or theory.states[state].kind is not bool:
                bools = [name for name, of in theory.states.items() if of.kind is bool]
                raise TheoryError(
                    f"the start of {state!r} in a world of theory {theory.name}",
                    expected="a bool state: " + (", ".join(bools) or "it has none"),
                    instead=nearest(state, bools),
                )
        for intervention in world.interventions:
            _check_intervention(theory, intervention, steps, min(begun))
        if world.begin is not None and world.begin.theory != theory.name:
            raise TheoryError(f"a saved world of {world.begin.theory} for {theory.name}", expected="the same theory")
    return params


def _check_intervention(theory: type[Theory], intervention: Intervention, steps: int, begun: int = 0) -> None:
    def known(name: str, group: Mapping[str, object], what: str) -> None:
        if name not in group:
            raise TheoryError(
                f"{intervention} on theory {theory.name}",
                expected=f"the name of a {what}: " + (", ".join(group) or "the theory has none"),
                instead=nearest(name, group),
            )

    _check_times(intervention, steps + begun)
    match intervention:
        case Set(param, value):
            theory.parameters({param: value})
            if param in theory.before_the_start():
                raise TheoryError(
                    f"{intervention} on theory {theory.name}",
                    expected="a parameter that the rules read",
                    why="it matters only before the first step, when traits and initial states are drawn",
                    instead="set it in the arm's parameters",
                )
        case Pulse(shock, amount):
            known(shock, theory.shocks, "shock")
            if not _is_number(amount) or amount < 0:
                raise TheoryError(f"{intervention}", expected="a finite amount >= 0")
        case Cap(society, most):
            known(society, theory.societies, "society variable")
            if not _is_number(most):
                raise TheoryError(f"{intervention}", expected="a finite level")
        case Seed(state, share):
            known(state, {s: 1 for s, d in theory.states.items() if d.kind is bool}, "bool state")
            if not _is_number(share) or not 0 <= share <= 1:
                raise TheoryError(f"{intervention}", expected="a share in [0, 1]")


def is_whole(value: object) -> bool:
    """Whether this is a whole number, of Python or of NumPy; a truth value is none."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and bool(np.isfinite(value))


def _check_times(intervention: Intervention, steps: int) -> None:
    """Refuse times that are not steps, a span without a step, and a beginning after the last step."""
    first = "at" if isinstance(intervention, Pulse | Seed) else "start"
    times = {first: getattr(intervention, first)}
    if getattr(intervention, "end", None) is not None:
        times["end"] = intervention.end  # type: ignore[union-attr]
    for name, time in times.items():
        if not is_whole(time):
            raise TheoryError(f"{name} = {time!r} of {intervention}", expected="a whole number of steps")
    if times[first] < 1 or times[first] > steps:
        raise TheoryError(
            f"{first} = {times[first]} of {intervention} in a run of {steps} steps",
            expected=f"a step from 1 to {steps}",
            why="it would do nothing" if times[first] > steps else "step 0 is the start",
        )
    if "end" in times and times["end"] <= times["start"]:
        raise TheoryError(
            f"{intervention} ends before it does anything",
            expected="end > start",
            why="it lasts from step start until just before step end",
        )


def available_memory() -> int:
    """Bytes that this process may still take: the machine's available memory, or the control group's if smaller."""
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        with open("/proc/meminfo") as lines:
            free = next(int(x.split()[1]) * 1024 for x in lines if x.startswith("MemAvailable"))
    except (OSError, StopIteration):
        pass
    try:
        with open("/sys/fs/cgroup/memory.max") as limit, open("/sys/fs/cgroup/memory.current") as used:
            free = min(free, int(limit.read()) - int(used.read()))
    except (OSError, ValueError):
        pass
    return free


def require_memory(needed: int, what: str, instead: str = "fewer people, or fewer worlds in a batch") -> None:
    """Refuse a run that would not fit.

    Raises
    ------
    MemoryRefusedError : when `needed` bytes exceed what is available.
    """
    free = available_memory()
    if needed > free:
        raise MemoryRefusedError(
            f"{what} needs about {needed / 2**30:.1f} GiB",
            expected=f"at most the {free / 2**30:.1f} GiB that are free",
            instead=instead,
        )


def check_people(theory: type[Theory], population: Population) -> None:
    """Refuse a population on which the theory cannot run."""
    if population.people < 1:
        raise PopulationError(f"a population of {population.people} people", expected="at least one person")
    given = "grid" if population.grid else "network" if population.network is not None else "well_mixed"
    if theory.space not in ("any", given):
        raise PopulationError(
            f"the {given.replace('_', '-')} population of a study of {theory.name}",
            expected=f"one with space = {theory.space!r}",
            instead={
                "grid": 'network = "grid" with rows and columns',
                "network": "a network, such as erdos_renyi",
                "well_mixed": 'network = "well_mixed"',
            }[theory.space],
        )
    if given == "grid" and {"person", "meet"} & set(theory.rules):  # a rule that sees neighbours would see everyone
        raise PopulationError(
            f"a grid of sites without ties for {theory.name}",
            expected="people who see one another",
            instead='network = "moore" for neighbours on a grid, or "well_mixed"',
        )
    unknown = set(population.traits) - set(theory.traits)
    if unknown:
        raise PopulationError(
            f"the population carries the traits {', '.join(sorted(unknown))}",
            expected=f"traits of theory {theory.name}: " + (", ".join(theory.traits) or "none"),
        )


def check_totals(theory: type[Theory], totals: Sequence[str]) -> None:
    """Refuse totals of anything but a state of the theory."""
    unknown = [x for x in totals if x not in theory.states]
    if unknown:
        raise TheoryError(f"totals of {unknown[0]!r}", expected="states: " + (", ".join(theory.states) or "none"))


def failures(
    values: NDArray[np.float64], theory: type[Theory], known: Sequence[tuple[int, int, str]] = ()
) -> tuple[tuple[int, int, str], ...]:
    """Worlds that failed, by world: those already known, and those whose observables stopped being finite.

    Each as (world, first such step, reason).
    """
    found = {w: (w, step, reason) for w, step, reason in known}
    finite = np.isfinite(values)
    bad = ~np.asarray(finite.all(axis=2))
    for w in np.flatnonzero(bad.any(axis=0)).tolist():
        step = int(bad[:, w].argmax())
        name, observable = list(theory.observables.items())[int(finite[step, w].argmin())]
        found.setdefault(w, (w, step, f"the observable {name}, {observable.of}, is not a finite number"))
    return tuple(found[w] for w in sorted(found))
