"""Reference tables: draws from a prior with their histories and effects, kept in blocks, extended and reused.

A table has a key of what it was made from: theory (its text), prior, population, length, estimands and seed. A
block of `BLOCK` draws is a pure function of that key and its number, with its own population. So blocks are
the same on any number of threads, a run that was killed resumes after its last whole block, and a larger table begins
with the smaller one. Reporting is not part of the table: any number of reports can be made from one.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.calibrate.estimand import Estimand
from groundswell.calibrate.priors import draw_parameters, wide_prior
from groundswell.calibrate.timed import RecordedActs, TimedActs
from groundswell.draws import derive_seed
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Histories, Intervention, World, available_memory
from groundswell.errors import EstimationError, OutputError, PopulationError, TheoryError
from groundswell.files import check_writable, write_bytes
from groundswell.population.population import Population
from groundswell.population.specification import PopulationSpecification
from groundswell.records.registry import cache_folder
from groundswell.theory import Account, Fixed, Theory
from groundswell.theory.distributions import Distribution
from groundswell.theory.registry import load_theory

Floats = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

BLOCK = 64  # draws in a block: wide enough for vector code, narrow enough to hold out blocks from a small budget
_FORMAT = 1
_SHIPPED = ("values", "effects", "failed")


@dataclass(frozen=True)
class ReferenceDraws:
    """What a reference table is made from.

    Parameters
    ----------
    theory : of any form.
    population : the keys of a study's table [population].
    observables : whose histories are kept, in order.
    steps : number of steps that the record spans, >= 1.
    before : steps that are simulated before the record begins; with 0 the record begins at the start.
    account : one of the theory's accounts or "prior", or an account itself (such as that of a fit).
    priors, fixed : departures from `wide_prior`: distributions, and parameters held at a value.
    estimands : computed from `pairs` pairs of twins in every draw.
    pulses : interventions in every world: recorded acts on which the fit is conditional.
    seed : all draws, luck and people follow from it.
    timed : acts that follow the tide and replace the theory's own; a rival.
    recorded : acts at the record's dates, applied in every world; their series is the last of `observables`.
    """

    theory: type[Theory]
    population: Mapping[str, Any]
    observables: tuple[str, ...]
    steps: int
    before: int = 0
    account: str | Account = "prior"
    priors: Mapping[str, Distribution] = field(default_factory=dict)
    fixed: Mapping[str, float] = field(default_factory=dict)
    estimands: tuple[Estimand, ...] = ()
    pairs: int = 2
    pulses: tuple[Intervention, ...] = ()
    seed: int = 1
    timed: TimedActs | None = None
    recorded: RecordedActs | None = None

    def __getstate__(self) -> dict[str, Any]:
        """For a worker: a theory that is defined in a file is passed as the path of the file."""
        kept = {f.name: getattr(self, f.name) for f in fields(self)}
        name = self.theory.name
        known = self.theory.__module__.startswith("groundswell.theories.")
        try:
            kept["theory"] = name if known else str(Path(inspect.getfile(self.theory)).resolve())
        except (OSError, TypeError) as error:
            raise EstimationError(
                f"theory {name} is defined in no file, so workers could not read it",
                expected="a theory of the library, or one in its own file",
                instead=f"{name}.py",
            ) from error
        return kept

    def __setstate__(self, kept: Mapping[str, Any]) -> None:
        vars(self).update(kept, theory=load_theory(str(kept["theory"])))

    @cached_property
    def all_priors(self) -> dict[str, Distribution]:
        """The prior of every parameter, `Fixed` for those that are held."""
        stated = self.account if isinstance(self.account, Account) else self.theory.accounts.get(self.account)
        found = {}
        for name in self.theory.params:
            if name in self.fixed:
                found[name] = Fixed(float(self.fixed[name]))
            elif stated is not None and name in stated.priors:
                found[name] = stated.priors[name]
            else:
                found[name] = self.priors.get(name) or wide_prior(self.theory, name)
        return found

    @property
    def free(self) -> tuple[str, ...]:
        """The parameters that are drawn."""
        return tuple(name for name, prior in self.all_priors.items() if not isinstance(prior, Fixed))

    @cached_property
    def key(self) -> str:
        """A key that changes with everything the draws depend on except their number."""
        from groundswell.version import __version__

        content = {
            "format": [_FORMAT, BLOCK, __version__],
            "theory": [self.theory.name, _text(self.theory)],
            "population": dict(self.population),
            "observables": self.observables,
            "steps": [self.before, self.steps],
            "account": self.account if isinstance(self.account, str) else "fitted",
            "joint": _joint_digest(self.account),
            "priors": {name: repr(prior) for name, prior in self.all_priors.items()},
            "estimands": [repr(e) for e in self.estimands],
            "pairs": self.pairs if self.estimands else 0,
            "pulses": [repr(x) for x in self.pulses],
            "seed": self.seed,
        }
        content |= {k: repr(x) for k, x in (("timed", self.timed), ("recorded", self.recorded)) if x is not None}
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:24]

    def parameters(self, block: int, count: int = BLOCK) -> list[dict[str, float]]:
        """The parameter sets of a block."""
        priors = {name: prior for name, prior in self.all_priors.items() if name not in self.fixed}
        sets = draw_parameters(
            self.theory,
            count,
            self.seed,
            account=self.account,
            stratified=False,
            fixed=self.fixed,
            first=block * BLOCK,
            priors=priors,
        )
        whole = [name for name in self.free if self.theory.params[name].whole]
        return [params | {name: float(round(params[name])) for name in whole} for params in sets]


def _text(theory: type[Theory]) -> str:
    """A digest of the file that defines the theory, without comments and prose: rewording changes nothing."""
    try:
        text = Path(inspect.getfile(theory)).read_bytes()
    except (OSError, TypeError):
        text = repr(sorted(vars(theory).items(), key=lambda x: x[0])).encode()
    else:
        text = _dumped(_WithoutProse().visit(ast.parse(text))).encode()
    return hashlib.sha256(text).hexdigest()


def _dumped(node: object) -> str:
    """A syntax tree as text that is the same in every Python version, unlike `ast.dump`: empty fields are left out."""
    if isinstance(node, list):
        return "[" + " ".join(map(_dumped, node)) + "]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = ((name, getattr(node, name, None)) for name in node._fields)
    return f"({type(node).__name__}" + "".join(f" {k}={_dumped(x)}" for k, x in fields if x not in (None, [])) + ")"


class _WithoutProse(ast.NodeTransformer):
    """Leaves out strings of several words that are no expression, except in rules, where they name draws."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant("") if isinstance(node.value, str) and _is_prose(node.value) else node


def _is_prose(text: str) -> bool:
    if " " not in text.strip():
        return False
    try:
        ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return True
    return False


def _joint_digest(account: str | Account) -> str:
    joint = getattr(account, "joint", None) or {}
    digest = hashlib.sha256()
    for name, values in joint.items():
        digest.update(name.encode() + np.ascontiguousarray(values, float).tobytes())
    return digest.hexdigest() if joint else ""


@dataclass(frozen=True)
class Block:
    """One block of a table.

    parameters : float64[draws, free].
    values : float32[draws, periods + 1, observables], from step `before` on: the first row is the state before the
        record's first step.
    effects : float64[draws, estimands].
    failed : bool[draws], worlds whose observables stopped being finite numbers.
    """

    parameters: Floats
    values: NDArray[np.float32]
    effects: Floats
    failed: NDArray[np.bool_]


def simulate_block(draws: ReferenceDraws, block: int, sets: list[dict[str, float]] | None = None) -> Block:
    """The block of that number, or worlds with given parameter sets and the luck and people of that number."""
    given = sets is not None
    sets = draws.parameters(block) if sets is None else sets
    own = derive_seed(draws.seed, "fit people", block)
    population = PopulationSpecification.model_validate(dict(draws.population)).build(
        own, threads=1, memory_limit=available_memory()
    )
    seeds = [derive_seed(draws.seed, "fit world", block * BLOCK + i) for i in range(len(sets))]
    pulses = draws.pulses
    if draws.recorded is not None and draws.timed is None:
        pulses = (*pulses, *draws.recorded.pulses())
    worlds = [World(seed, params, pulses) for seed, params in zip(seeds, sets, strict=True)]
    total = draws.before + draws.steps
    if draws.timed is not None:
        worlds = draws.timed.first_pass(worlds)
    histories = _simulated(draws.theory, population, worlds, total, own)
    acts = None if draws.recorded is None else draws.recorded.series(total, len(worlds))
    if draws.timed is not None:
        acts = draws.timed.times(np.nan_to_num(histories[draws.timed.by]), own, draws.recorded)
        if draws.timed.effect:
            worlds = draws.timed.second_pass(worlds, acts)
            histories = _simulated(draws.theory, population, worlds, total, own)
    named = draws.timed.acts if draws.timed is not None else "" if draws.recorded is None else draws.recorded.name
    alive = 0.0 * histories.values[:, :, 0]  # NaN in a world that failed, whatever acts it was given
    series = {o: acts + alive if acts is not None and o == named else histories[o] for o in draws.observables}
    values = np.stack([series[o][draws.before :].T for o in draws.observables], axis=2).astype(np.float32)
    failed = ~np.isfinite(values).all(axis=(1, 2))
    effects = np.zeros((len(sets), 0))
    if draws.estimands and not given:
        effects = np.stack([_effects(draws, e, sets, seeds, population, own) for e in draws.estimands], axis=1)
        failed |= ~np.isfinite(effects).all(axis=1)
    return Block(_parameters(draws, sets), values, effects, np.asarray(failed))


def _parameters(draws: ReferenceDraws, sets: list[dict[str, float]]) -> Floats:
    return np.array([[params[name] for name in draws.free] for params in sets]).reshape(len(sets), -1)


def _simulated(theory: type[Theory], population: Population, worlds: list[World], steps: int, own: int) -> Histories:
    """The histories of worlds; if the theory refuses a parameter set, that world fails, not the whole block."""
    try:
        return simulate(theory, population, worlds, steps, population_seed=own, threads=1)
    except (TheoryError, PopulationError):
        names = tuple(theory.observables)
        values = np.full((steps + 1, len(worlds), len(names)), np.nan)
        refused = None
        for w, world in enumerate(worlds):
            try:
                one = simulate(theory, population, [world], steps, population_seed=own, threads=1)
            except (TheoryError, PopulationError) as error:
                refused = error
                continue
            values[:, w] = one.values[:, 0]
        if refused is not None and np.isnan(values).all():
            raise refused from None
        return Histories(names, values)


def _effects(
    draws: ReferenceDraws, estimand: Estimand, sets: list, seeds: list[int], population: Any, own: int
) -> Floats:
    worlds = [w for params, seed in zip(sets, seeds, strict=True) for w in estimand.worlds(params, seed, draws.pairs)]
    histories = _simulated(draws.theory, population, worlds, estimand.at + estimand.over, own)
    values = histories[estimand.observable].reshape(-1, len(sets), draws.pairs, 2)
    without, with_arm = values[..., 0], values[..., 1]
    each = estimand.of(
        draws.theory,
        without.reshape(len(values), -1),
        with_arm.reshape(len(values), -1),
        population.people,
    )
    return each.reshape(len(sets), draws.pairs).mean(axis=1)


class ReferenceTable:
    """The blocks of a table, in a folder or, without one, in memory.

    Parameters
    ----------
    draws : what the table is made from.
    folder : under which tables are kept, each in a folder named by its key; None keeps it in memory.
    shipped : a folder of tables as `ship` writes them, whose blocks need not be simulated; or None.
    """

    def __init__(self, draws: ReferenceDraws, folder: Path | None = None, shipped: Path | None = None) -> None:
        self.draws = draws
        self.folder = None if folder is None else Path(folder) / f"{draws.theory.name}-{draws.key}"
        self._held: dict[str, dict[str, np.ndarray]] = {}
        self.from_shipped = 0 if shipped is None else self._unpack(shipped / self.shipped_name)

    @property
    def shipped_name(self) -> str:
        """The name of the file in which the table ships."""
        return f"{self.draws.key}.npz"

    def _unpack(self, file: Path) -> int:
        """Take the blocks of a shipped table; return their number. Parameters follow from the key, and do not ship."""
        if not file.is_file():
            return 0
        with np.load(file, allow_pickle=False) as arrays:
            values, effects, failed = (arrays[name] for name in _SHIPPED)
        count = len(values) // BLOCK
        for b in range(count):
            rows = slice(b * BLOCK, (b + 1) * BLOCK)
            parameters = _parameters(self.draws, self.draws.parameters(b))
            self._held[_name(b)] = vars(Block(parameters, values[rows], effects[rows], failed[rows]))
        return count

    def ship(self, folder: Path, blocks: int) -> Path:
        """Write the first blocks as a table to ship; equal tables give equal bytes."""
        made = list(self.blocks(blocks))
        arrays = {name: np.concatenate([getattr(block, name) for block in made]) for name in _SHIPPED}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        write_bytes(folder / self.shipped_name, buffer.getvalue())
        return folder / self.shipped_name

    def spot_check(self, block: int) -> bool:
        """Whether a block equals a new simulation bit for bit."""
        again = simulate_block(self.draws, block)
        held = self.block(block)
        return all(np.array_equal(getattr(held, name), getattr(again, name), equal_nan=True) for name in vars(held))

    def made(self, blocks: int) -> int:
        """The number of the first `blocks` blocks that exist."""
        return sum(self._has(_name(b)) for b in range(blocks))

    def extend(self, blocks: int, *, threads: int = 1, progress: Progress | None = None) -> None:
        """Simulate the blocks that are missing among the first `blocks`."""
        missing = self.lacking(blocks)
        done = blocks - len(missing)
        if not missing:
            return

        def make(b: int) -> None:
            made = simulate_block(self.draws, b)
            self.keep(_name(b), vars(made))

        make(missing[0])  # compiles once, and fails once, on this thread
        done += 1
        if progress is not None:
            progress("drawing", done, blocks)
        with ThreadPoolExecutor(threads) as pool:
            try:
                for _ in pool.map(make, missing[1:]):
                    done += 1
                    if progress is not None:
                        progress("drawing", done, blocks)
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def block(self, number: int) -> Block:
        """A block that already exists."""
        found = self.load(_name(number))
        if found is None:
            raise EstimationError(
                f"block {number} of a reference table is missing", expected="a table that was extended"
            )
        return Block(**found)

    def blocks(self, count: int) -> Iterator[Block]:
        """The first `count` blocks, one at a time."""
        for b in range(count):
            yield self.block(b)

    # -- blocks that are made elsewhere (`groundswell.experiment.shards`) ----------------------------------------------

    def lacking(self, blocks: int) -> list[int]:
        """Which of the first `blocks` blocks are missing or damaged."""
        return [b for b in range(blocks) if not self._has(_name(b)) or self.load(_name(b)) is None]

    def take(self, block: int, data: bytes) -> None:
        """Store a block that `Blocks` made."""
        if self.folder is not None:
            write_bytes(self.folder / f"{_name(block)}.npz", data)

    # -- named arrays, stored whole or not at all ---------------------------------------------------------------------

    def _has(self, name: str) -> bool:
        return name in self._held or (self.folder is not None and (self.folder / f"{name}.npz").is_file())

    def keep(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Store arrays under a name; equal arrays give equal bytes."""
        if self.folder is None:
            self._held[name] = dict(arrays)
            return
        write_bytes(self.folder / f"{name}.npz", _encoded(arrays))

    def load(self, name: str) -> dict[str, np.ndarray] | None:
        """The arrays under a name; None if there are none, or if the file is damaged and must be made again."""
        if name in self._held:
            return self._held[name]
        if self.folder is None or not (self.folder / f"{name}.npz").is_file():
            return None
        try:
            data = io.BytesIO((self.folder / f"{name}.npz").read_bytes())
            with np.load(data, allow_pickle=False) as file:
                return {k: file[k] for k in file.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, KeyError):
            return None


@dataclass(frozen=True)
class Blocks:
    """The first `count` blocks of a table, as a source of shards."""

    draws: ReferenceDraws
    count: int

    def lanes(self) -> Sequence[tuple[str, int]]:
        """The numbers of the blocks, without an account."""
        return [("", block) for block in range(self.count)]

    def made(
        self, lanes: Sequence[tuple[str, int]], threads: int | None, progress: Progress | None
    ) -> Iterator[Mapping[tuple[str, int], bytes]]:
        """Blocks as their files hold them."""

        def make(lane: tuple[str, int]) -> dict[tuple[str, int], bytes]:
            return {lane: _encoded(vars(simulate_block(self.draws, lane[1])))}

        yield from (make(lane) for lane in lanes[:1])  # compiles once, and fails once
        with ThreadPoolExecutor(threads or 1) as pool:
            for done, part in enumerate(pool.map(make, lanes[1:]), 2):
                if progress is not None:
                    progress("drawing", done, len(lanes))
                yield part


def _encoded(arrays: Mapping[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **{k: np.asarray(v) for k, v in arrays.items()})
    return buffer.getvalue()


def tables_folder(given: str | Path | None = "cache") -> Path | None:
    """Where reference tables are kept: in the cache, in a folder, or nowhere, as when the cache is read-only."""
    if given != "cache":
        return None if given is None else Path(given)
    folder = cache_folder() / "tables"
    try:
        check_writable(folder)
    except OutputError:
        return None
    return folder


def _name(block: int) -> str:
    return f"block_{block:05}"


__all__ = [
    "BLOCK", "Block", "Blocks", "Progress", "ReferenceDraws", "ReferenceTable", "simulate_block", "tables_folder",
]  # fmt: skip
