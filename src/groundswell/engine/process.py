"""The process engine: worlds of a theory in its own form, each on one thread, many side by side.

The loop over steps is written for each theory (its streams, its observables) and compiled around the theory's own
`step`, so that a step costs only what the theory does. Between interventions the loop does not return
to Python. The reference engine runs the same loop, and the theory's functions, as plain Python.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import os
import re
import sys
import traceback
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from groundswell.draws import stream_id
from groundswell.engine.form import Frame, Job, Page, Run, StepWork, refuse_annealed, refuse_saving, register
from groundswell.engine.setup import changes_at, draw_traits, held, number, seeded, start_of, trait_parameters
from groundswell.engine.worlds import (
    Cap,
    Histories,
    Pulse,
    Seed,
    World,
    check_people,
    check_totals,
    check_worlds,
    failures,
    require_memory,
)
from groundswell.engine.written import load_written
from groundswell.errors import GroundswellError, PopulationError, TheoryError
from groundswell.population.population import Population
from groundswell.theory import Process, Theory

_ASIDE = 64  # steps between two reports of progress
_RETOLD = 1_000_000  # person-steps up to which a failure is run again as plain Python, to find its line


class Ties(NamedTuple):
    """The neighbours of person i are indices[indptr[i]:indptr[i + 1]]; without a network nobody has any."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]


class Grid(NamedTuple):
    """The sites of a torus, row by row; 0 by 0 where the population has no grid."""

    rows: int
    columns: int


class Loop(NamedTuple):
    """The loop of a theory, its start, and what records a step: compiled, or plain Python."""

    start: Callable[..., None]
    run: Callable[..., None]
    observe: Callable[..., None]


def loop_text(theory: type[Process], fields: Sequence[str], totals: Sequence[str]) -> str:
    """The Python source of the loop that is compiled around a theory's step."""
    people = [o.of.removeprefix("people.") for o in theory.observables.values() if o.of.startswith("people.")]
    rows = []
    for k, observable in enumerate(theory.observables.values()):
        root, _, leaf = observable.of.partition(".")
        rows.append(f"values[{k}] = mean(people.{leaf})" if root == "people" else f"values[{k}] = society.{leaf}")
    luck = ", ".join(f"Draws(seed, np.uint64({stream_id(s)}), word)" for s in theory.draws)
    named = " ".join(theory.draws)
    lines = [
        f'"""The loop of the process {theory.name}, written by groundswell.engine.process; do not edit."""',
        "from collections import namedtuple",
        "import numba as nb",
        "import numpy as np",
        "from groundswell.engine.compiled import borrowed",
        "from groundswell.engine.process import Ties",
        "from groundswell.theory.compiled import Draws",
        f"Luck = namedtuple('Luck', {named!r})",
        f"People = namedtuple('People', {' '.join(fields)!r})",
    ]
    counting = "" if theory.makes_arrays else ", _nrt=False"
    step = f"@nb.njit(nogil=True, error_model='numpy', cache=CACHE{counting})"
    if people:
        lines += [
            step, "def mean(values):", "    total = 0.0",
            "    for i in range(values.size):", "        total += values[i]", "    return total / values.size",
        ]  # fmt: skip
    every = ("people", "society", "p", "luck", "ties", "grid")
    lines += [step, "def observe(people, society, values):", *(f"    {row}" for row in rows), "    return"]
    begin = [step, "def start(people, society, p, ties, grid, seed, values):"]
    if "start" in theory.functions:
        begin += ["    word = np.uint64(0)", f"    luck = Luck({luck})"]
        begin += ["    start_(" + ", ".join(a for a in theory.arguments("start") if a in every) + ")"]
    lines += [*begin, "    observe(people, society, values)"]
    lines += [step, "def run(people, society, p, ties, grid, seed, first, last, values, totals):"]
    lines += [f"    people = People({', '.join(f'borrowed(people.{x})' for x in fields)})"]
    lines += ["    ties = Ties(borrowed(ties.indptr), borrowed(ties.indices))"]
    lines += ["    for t in range(first, last):", "        society.step = t", "        word = np.uint64(t)"]
    lines += [f"        luck = Luck({luck})", f"        step_({', '.join(theory.arguments('step'))})"]
    lines += ["        observe(people, society, values[t])"]
    for k, state in enumerate(totals):
        lines += ["        for i in range(totals.shape[1]):", f"            totals[{k}, i] += people.{state}[i]"]
    return "\n".join(lines) + "\n"


def _digest_of_file(theory: type[Process]) -> str | None:
    """What the compiled functions of a theory's file depend on, or None where that cannot be determined.

    A file of the package takes things from the package only. Of a user's file, the name of its module contains a digest
    of its text (see `groundswell.theory.registry`). Constants are compiled in, so their values count too; anything else
    that the file took from elsewhere may change without notice.
    """
    if theory.__module__.startswith("groundswell.theories."):
        return hashlib.blake2s(Path(inspect.getfile(theory)).read_bytes(), digest_size=8).hexdigest()
    if not theory.__module__.startswith("groundswell_theory_"):
        return None
    digest = hashlib.blake2s(theory.__module__.encode(), digest_size=8)
    for name, value in sorted(vars(sys.modules[theory.__module__]).items()):
        if name.startswith("__"):
            continue
        if _is_plain(value):
            digest.update(f"{name}={value!r};".encode())
        elif isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
            digest.update(f"{name}={value.dtype}{value.shape};".encode() + value.tobytes())
        elif isinstance(value, types.ModuleType) or callable(value):
            home = value.__name__ if isinstance(value, types.ModuleType) else str(getattr(value, "__module__", None))
            known = home in (theory.__module__, "math") or home.partition(".")[0] in ("groundswell", "numpy")
            if not known or home.startswith("groundswell.theories."):  # another theory's file may change
                return None
        elif type(value).__module__ != "__future__":
            return None
    return digest.hexdigest()


def _is_plain(value: Any) -> bool:
    """Whether the text of a constant states it in full."""
    return isinstance(value, bool | int | float | str) or (isinstance(value, tuple) and all(map(_is_plain, value)))


@functools.lru_cache(maxsize=256)
def _loop(theory: type[Process], fields: tuple[str, ...], totals: tuple[str, ...], plain: bool) -> tuple[Loop, Any]:
    text = loop_text(theory, fields, totals)
    path = Path(inspect.getfile(theory))
    if plain:
        text = "\n".join(x for x in text.splitlines() if not x.startswith("@nb.njit") and "borrowed" not in x) + "\n"
        scope = load_written(
            text, theory.name, given=[(f"{n}_", f) for n, f in theory.functions.items()]
        )  # fmt: skip
    elif (digest := _digest_of_file(theory)) is not None:
        head = [f"# {path.name} {digest}", "import sys"]
        head += [f"theory = sys.modules[{theory.__module__!r}].{theory.__qualname__}"]
        head += ["from groundswell.theory.compiled import compiled"]
        head += [f"{n}_ = compiled(theory.functions[{n!r}])" for n in theory.functions if n != "arrays"]
        scope = load_written(text + "".join(f"{line}\n" for line in head), f"process_{theory.name}")
    else:
        from groundswell.theory.compiled import compiled

        given = [(f"{n}_", compiled(f)) for n, f in theory.functions.items() if n != "arrays"]
        scope = load_written(text, f"process_{theory.name}", keep=False, given=given)
    return Loop(scope["start"], scope["run"], scope["observe"]), scope["People"]


class Fields(np.record):  # pyright: ignore[reportIncompatibleVariableOverride]
    """A record whose fields take precedence: plain Python would take `mean` or `size` for NumPy's methods."""

    def __getattribute__(self, name: str) -> Any:
        if name[0] != "_" and name != "dtype" and name in object.__getattribute__(self, "dtype").names:
            return self[name]
        return super().__getattribute__(name)

    def __setattr__(self, name: str, value: Any, /) -> None:
        self[name] = value


def _record(names: Sequence[str], values: Mapping[str, float]) -> Any:
    """A record of float64 fields that is changed in place; an empty one has a field that no code can name."""
    made = np.zeros(1, np.dtype((Fields, [(name, np.float64) for name in names] or [("-", np.float64)])))
    for name, value in values.items():
        made[name] = value
    return made[0]


class _World:
    """One world: its arrays, its numbers, and the loop that moves it."""

    def __init__(
        self,
        theory: type[Process],
        population: Population,
        world: World,
        params: Mapping[str, float],
        traits: Mapping[str, NDArray[np.float64]],
        totals: tuple[str, ...],
        plain: bool,
    ) -> None:
        self.theory, self.world, self.params = theory, world, dict(params)
        n = population.people
        arrays: dict[str, NDArray] = {"region": _fixed(population.region), **{k: _fixed(v) for k, v in traits.items()}}
        for name, state in theory.states.items():
            arrays[name] = start_of(theory, name, population, params, world).astype(state.kind)
        self.p = _record(list(theory.params), params)
        for name, array in self.more(population).items():
            numbers = isinstance(array, np.ndarray) and array.dtype.kind in "biufV"  # V: records
            if name in arrays or not str(name).isidentifier() or not numbers:
                kind = f"array of {array.dtype}" if isinstance(array, np.ndarray) else type(array).__name__
                raise TheoryError(
                    f"arrays() of {theory.name} returned {name!r}: {kind}",
                    expected="NumPy arrays of numbers, bools or records of them, under their own names",
                    instead=f'return {{"queue": np.zeros(population.people, np.int32)}}; taken are {", ".join(arrays)}',
                )
            arrays[name] = array
        society = {name: number(v.initial, params) for name, v in theory.societies.items()}
        self.society = _record([*theory.societies, *theory.shocks, "step"], society)
        self.loop, people = _loop(theory, tuple(arrays), totals, plain)
        self.people = people(**arrays)
        network = population.network
        empty = np.zeros(0, np.int32)
        self.ties = Ties(_fixed(np.zeros(n + 1, np.int64)), _fixed(empty))
        if network is not None:
            self.ties = Ties(network.indptr, network.indices)
        self.grid = Grid(*(population.grid or (0, 0)))
        self.seed = np.uint64(world.seed)
        self.bytes = sum(a.nbytes for a in arrays.values())

    def more(self, population: Population) -> dict[str, NDArray]:
        """The arrays that the theory makes itself."""
        arrays = self.theory.functions.get("arrays")
        if arrays is None:
            return {}
        given = {"population": population, "p": self.p}
        where = f"arrays() of {self.theory.name}"
        try:
            made = arrays(*(given[a] for a in self.theory.arguments("arrays")))
        except GroundswellError:
            raise
        except Exception as error:
            file = arrays.__code__.co_filename
            lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
            raise TheoryError(
                f"{where} failed: {file}:{lines[-1] if lines else 0}: {type(error).__name__}: {error}",
                expected="arrays by name",
            ) from error
        if not isinstance(made, Mapping):
            raise TheoryError(
                f"{where} returned {type(made).__name__}", expected="arrays by name", instead='return {"queue": queue}'
            )
        return dict(made)

    def run(self, steps: int, totals: NDArray[np.float64], run: Run, number: int) -> NDArray[np.float64]:
        """All steps: values of shape (steps + 1, observables). Persons are recorded as those of world `number`."""
        recorder, progress = run.recorder, run.progress
        values = np.full((steps + 1, len(self.theory.observables)), np.nan)
        self.loop.start(self.people, self.society, self.p, self.ties, self.grid, self.seed, values[0])
        capped = any(isinstance(x, Cap) for x in self.world.interventions)
        changes = {t for t in changes_at(self.world.interventions) if 1 <= t <= steps}
        noted = set() if recorder is None or recorder.steps is None else {t + 1 for t in recorder.steps}
        pace = 1 if capped or (recorder is not None and recorder.every) else _ASIDE
        stops = sorted(changes | noted | {t + 1 for t in changes} | set(range(1, steps + 1, pace)) | {1})
        if recorder is not None:
            recorder.note(number, 0, self.column)
        for first, last in zip(stops, [*stops[1:], steps + 1], strict=True):
            if first > steps:
                break
            self.intervene(first)
            args = (self.people, self.society, self.p, self.ties, self.grid, self.seed)
            self.loop.run(*args, first, last, values, totals)
            if capped:  # steps then run one at a time: what a step raised above a cap is cut before it is recorded
                self.cap(first)
                self.loop.observe(self.people, self.society, values[first])
            if recorder is not None:
                recorder.note(number, last - 1, self.column)
            if progress is not None:
                progress(last - first)
        return values

    def column(self, state: str) -> NDArray:
        """A state of all people."""
        return getattr(self.people, state)

    def intervene(self, t: int) -> None:
        """Apply what interventions do before step t."""
        interventions = self.world.interventions
        for name in self.theory.shocks:
            self.society[name] = 0.0
        for name, value in held(interventions, t, self.params).items():
            self.p[name] = value
        for x in interventions:
            match x:
                case Pulse(shock, amount, at) if t == at:
                    self.society[shock] += amount
                case Seed(state, _, at) if t == at:
                    array = getattr(self.people, state)
                    array |= seeded(x, array.size, self.world.seed)
                case _:
                    pass
        self.cap(t)

    def cap(self, t: int) -> None:
        """Cut variables of society down to the caps of step t."""
        for x in self.world.interventions:
            if isinstance(x, Cap) and t >= x.start and (x.end is None or t < x.end):
                self.society[x.society] = min(self.society[x.society], x.most)


def process_world(
    theory: type[Process], population: Population, world: World, steps: int, population_seed: int = 0
) -> _World:
    """One world of a process before its start, for engines that move it step by step."""
    params = check_worlds(theory, [world], steps)[0]
    traits = draw_traits(theory, population, params, population_seed)
    return _World(theory, population, world, params, traits, (), False)


def _fixed(array: NDArray) -> NDArray:
    """A view that nobody can write to: traits are shared by worlds."""
    view = array.view()
    view.flags.writeable = False
    return view


class ProcessForm:
    """Theories in their own form: each world runs on one thread, several side by side."""

    def check(self, theory: type[Theory], population: Population, run: Run) -> None:
        """Refuse unknown totals and populations other than the theory needs."""
        check_people(theory, population)
        refuse_annealed(theory, run)
        if population.dated is not None or population.dated_layers:
            raise PopulationError(
                f"the process {theory.name} on dated ties",
                expected="ties that stay",
                why="a process is given the ties of the first step",
                instead="a theory of rules, or dates as arrays that `arrays` makes",
            )
        check_totals(theory, run.totals)

    def estimate_bytes(self, theory: type[Theory], population: Population, worlds: int) -> int:
        """States and traits, without what `arrays` makes (checked when it is made)."""
        at_once = min(worlds, os.cpu_count() or 1)
        states = sum(1 if s.kind is bool else 8 for s in theory.states.values())
        return population.people * (8 * len(theory.traits) + states * at_once)

    def work(self, job: Job) -> StepWork:
        """World by world; what a step of its own draws and looks up along ties cannot be known beforehand."""
        n, people, states = len(job.worlds), job.population.people, job.theory.states.values()
        each = 8 * len(job.theory.traits) + sum(2 if s.kind is bool else 16 for s in states)
        words = ("the theory's own step, compiled", "one world to a thread")
        return StepWork([[w] for w in range(n)], [words] * n, float(n * people * each))

    def run(self, job: Job) -> Histories:
        """Compiled, or plain Python (functions that the theory compiles outside its class stay compiled)."""
        refuse_saving(job)
        of, people = cast("type[Process]", job.theory), job.population.people
        needed = self.estimate_bytes(of, job.population, len(job.worlds))
        require_memory(needed, f"{len(job.worlds)} worlds of {people:,} people")
        try:
            return _run_worlds(job)
        except GroundswellError:
            raise
        except Exception as error:
            if _is_the_compilers(error):
                raise TheoryError(
                    f"the compiler refuses the process {of.name}: {_described(error)}",
                    expected="functions that Numba can compile: numbers, arrays, loops, and functions marked @compiled",
                    instead=_meant(of, error),
                ) from error
            if isinstance(error, IndexError) and not job.run.plain and job.steps * people <= _RETOLD:
                # compiled code cannot report the line
                self.run(replace(job, run=replace(job.run, threads=1, plain=True, progress=None)))
            raise TheoryError(
                f"the process {of.name} failed: {_where(of, error)}", expected="steps that run to their end"
            ) from error

    def frames(self, job: Job) -> Iterator[Frame]:
        """The arrays that the step sees; interventions and caps apply where `run` puts them."""
        [world], steps = job.worlds, job.steps
        of = cast("type[Process]", job.theory)
        moved = process_world(of, job.population, world, steps, job.run.population_seed)
        values, totals = np.full((steps + 1, len(of.observables)), np.nan), np.zeros((0, job.population.people))
        given = (moved.people, moved.society, moved.p, moved.ties, moved.grid, moved.seed)
        capped = any(isinstance(x, Cap) for x in world.interventions)
        people = moved.people._asdict()
        try:
            moved.loop.start(*given, values[0])
            yield values[0], people
            for t in range(1, steps + 1):
                moved.intervene(t)
                moved.loop.run(*given, t, t + 1, values, totals)
                if capped:
                    moved.cap(t)
                    moved.loop.observe(moved.people, moved.society, values[t])
                yield values[t], people
        except (ArithmeticError, IndexError, ValueError) as error:
            raise TheoryError(
                f"the process {of.name} failed: {type(error).__name__}: {error}",
                expected="steps that run to their end",
            ) from error

    def page(self, theory: type[Theory], population: Population, world: World, population_seed: int) -> Page:
        """The arrays as the step sees them, before the start."""
        moved = process_world(cast("type[Process]", theory), population, world, 1, population_seed)
        fields, arrays = [], {}
        for name, array in moved.people._asdict().items():
            home = "region" if name == "region" else "trait" if name in theory.traits else "state"
            if home == "state" and name not in theory.states:
                home = "data"
                arrays[name] = np.ascontiguousarray(array).tobytes()
            kind = array.dtype.name if array.dtype.names is None else str(array.dtype.itemsize)
            fields.append({"name": name, "dtype": kind, "shape": list(array.shape), "from": home})
        return Page(fields=fields, arrays=arrays)


def _run_worlds(job: Job) -> Histories:
    theory, population, worlds, params = cast("type[Process]", job.theory), job.population, job.worlds, job.params
    steps, run = job.steps, job.run
    held_traits = {trait_parameters(theory, values): values for values in params}
    traits = {key: draw_traits(theory, population, values, run.population_seed) for key, values in held_traits.items()}
    values = np.empty((steps + 1, len(worlds), len(theory.observables)))
    sums = np.zeros((len(run.totals), len(worlds), population.people))
    at_once = min(run.threads or os.cpu_count() or 1, len(worlds))

    def one(w: int) -> None:
        mine = traits[trait_parameters(theory, params[w])]
        world = _World(theory, population, worlds[w], params[w], mine, tuple(run.totals), run.plain)
        if w == 0 and at_once > 1:
            require_memory(world.bytes * (at_once - 1), f"{at_once} worlds of {population.people:,} people at once")
        with np.errstate(all="ignore"):  # plain Python divides and overflows as compiled code does: without warnings
            values[:, w] = world.run(steps, sums[:, w], run, w)

    one(0)  # alone: it compiles, and it shows how much memory a world takes
    if at_once > 1:
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(one, range(1, len(worlds))))
    else:
        for w in range(1, len(worlds)):
            one(w)
    totals = {name: sums[k].T for k, name in enumerate(run.totals)}
    return Histories(tuple(theory.observables), values, totals, failures(values, theory))


def _is_the_compilers(error: Exception) -> bool:
    """Whether the compiler raised it; some errors that it raises are not its own."""
    frames = traceback.extract_tb(error.__traceback__)
    return type(error).__module__.startswith("numba") or any("numba" in Path(f.filename).parts for f in frames)


def _where(theory: type[Process], error: Exception) -> str:
    """What was raised, and the last line of the theory's file that led to it, where one is known."""
    file = inspect.getfile(theory)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return (f"{file}:{lines[-1]}: " if lines else "") + f"{type(error).__name__}: {error}"


def _meant(theory: type[Process], error: Exception) -> str | None:
    """What to write in place of a name of the class that a function uses without a prefix."""
    found = re.search(r"name '(\w+)' is not defined", str(error))
    name = found[1] if found else ""
    roots = {"luck": theory.draws, "p": theory.params, "society": {**theory.societies, **theory.shocks}}
    roots["people"] = {**theory.states, **theory.traits}
    root = next((root for root, group in roots.items() if name in group), None)
    if root is None:
        if name in vars(sys.modules["groundswell.theory.compiled"]):
            return f"from groundswell.theory.compiled import {name}"
        return f"{name} = ... next to the class, not in it" if hasattr(theory, name) else None
    return f"{root}.{name}, with {root} among the function's arguments"


def _described(error: Exception) -> str:
    """What the compiler found, in its own words, and the line of the theory at which it stopped."""
    if not type(error).__module__.startswith("numba"):
        return f"{type(error).__name__}: {error}"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    words = next((line for line in lines if not line.startswith("Failed in")), type(error).__name__)
    words = next((line for line in lines if re.match(r"\w*Error: ", line)), words)
    marks = [k for k, line in enumerate(lines) if line == "^"]
    places = [(next((x for x in lines[at::-1] if x.startswith('File "')), ""), at) for at in marks]
    places = [(place, at) for place, at in places if "groundswell_process_" not in place]  # the loop around the step
    place, at = places[0] if places else ("", 0)
    return f"{words} ({place.rstrip(':')}: {lines[at - 1]})" if place else words


register(Process, ProcessForm())

__all__ = ["Grid", "ProcessForm", "Ties", "loop_text"]
