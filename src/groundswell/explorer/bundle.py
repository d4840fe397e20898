"""What a page needs of a theory: its declarations, its compiled kernels, and the arrays that the page cannot make.

The page (web/src) draws people, their ties and their luck itself, from the same addresses as the other engines. The
bundle ships only the arrays that a theory makes in Python, ties of networks whose generator the page lacks, and
corrections of the last digits of traits, where SciPy's quantiles and the page's own differ.
"""

from __future__ import annotations

import ast
import base64
import inspect
import json
import re
import textwrap
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.draws import derive_seed, stream_id, uniforms
from groundswell.engine.page import PageProgram, compile_networks, compile_page
from groundswell.engine.setup import initial_state
from groundswell.engine.simulate import form_of
from groundswell.engine.worlds import World, available_memory, check_people
from groundswell.errors import TheoryError
from groundswell.experiment.setting import setting_of
from groundswell.explorer.beside import Beside
from groundswell.explorer.places import places_of
from groundswell.population import circles, growth, pairs, siegel
from groundswell.population.population import Population
from groundswell.population.specification import PopulationSpecification
from groundswell.theory import Beta, Exactly, LogNormal, Normal, Process, Setting, Share, Theory
from groundswell.theory.distributions import Distribution
from groundswell.theory.parts import Param, Support
from groundswell.version import __version__

MADE_IN_PAGE = (
    "well_mixed", "erdos_renyi", "planted_partition", "village", "watts_strogatz", "barabasi_albert", "ring", "moore",
    "grid",
)  # fmt: skip
_PATH = re.compile(r"^(?:.*?[/\\\\])?(?=[^/\\\\]*?\.py:\d)")  # of a theory's file, before its name
_QUANTILES = 2049  # of a Beta trait, for people whom the page redraws: linear between these, errors under 1e-5


@dataclass(frozen=True)
class Bundle:
    """A description for the page, and its arrays.

    Parameters
    ----------
    meta : plain data; see web/src/engine/bundle.ts.
    arrays : by name; their bytes as in memory.
    """

    meta: dict[str, Any]
    arrays: Mapping[str, bytes] = field(default_factory=dict)

    def to_json(self) -> str:
        """The bundle as text: arrays deflated, in base64."""
        packed = {name: _deflated(data) for name, data in self.arrays.items()}
        return json.dumps({"meta": self.meta, "arrays": packed}, separators=(",", ":"), allow_nan=False)


def _deflated(data: bytes) -> str:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(squeeze.compress(data) + squeeze.flush()).decode()


def make_bundle(
    theory: type[Theory],
    *,
    setting: Setting | None = None,
    params: Mapping[str, float] | None = None,
    steps: int | None = None,
    seed: int = 1,
    folder: str | Path | None = None,
    threads: int | None = None,
    places: str | Path | None = None,
    beside: Beside | None = None,
    note: str = "",
) -> Bundle:
    """Everything that the page needs of a theory at a setting.

    The page's first world is world 0 of `groundswell simulate THEORY --seed SEED`: the same people, the same luck.

    Parameters
    ----------
    theory : of any form.
    setting : by default the theory's own.
    params : values that replace those of the setting.
    steps : >= 1; by default those of the setting.
    seed : in 0..2**63 - 1.
    folder : where a relative path of the population begins.
    places : a CSV of coordinates of people or regions; see `groundswell.explorer.places`.
    beside : a record that is drawn next to the histories.
    note : a note at the top of the page.

    Raises
    ------
    TheoryError, PopulationError, MemoryRefusedError : before anything is compiled.
    """
    setting = setting or setting_of(theory)
    values = theory.parameters({**setting.params, **(params or {})})
    steps = setting.steps if steps is None else steps
    if steps < 1:
        raise TheoryError(f"{steps} steps", expected="at least one")
    if not 0 <= seed < 2**63:
        raise TheoryError(f"seed {seed}", expected="a whole number from 0 to 2**63 - 1")
    table = PopulationSpecification.model_validate(dict(setting.population))
    people_seed = derive_seed(seed, "people", 0)
    population = table.build(people_seed, folder=folder, threads=threads, memory_limit=available_memory())
    check_people(theory, population)
    why, program = "", None
    try:
        program = compile_page(theory)
    except TheoryError as error:
        why = error.why or str(error)
    arrays: dict[str, bytes] = {}
    meta: dict[str, Any] = {
        "format": 1,
        "version": __version__,
        "theory": _described(theory),
        "params": [_param(theory, name, p, values[name]) for name, p in theory.params.items()],
        "states": [_state(theory, name) for name in theory.states],
        "traits": [_trait(theory, name, population) for name in theory.traits],
        "seed": str(seed),
        "steps": steps,
        "note": note,
    }
    for group in ("societies", "shocks", "regionals", "tallies", "observables"):
        meta[group] = [_named(name, x) for name, x in getattr(theory, group).items()]
    where = places_of(population, places)
    if where is not None:
        meta["places"], arrays["places"] = where.drawn()
    if beside is not None:
        meta["beside"], arrays["drawn"] = beside.meta(), beside.array()
    dealt = bool(table.rewiring) and table.network in ("ring", "moore")
    made = program is not None and table.network in MADE_IN_PAGE and not dealt
    meta["population"] = _population(setting, population, people_seed, made)
    if not made:
        arrays |= _ties(population)
    world = World(derive_seed(seed, "world", 0), values)
    _traits(theory, population, values, people_seed, arrays)
    _starts(theory, population.people, values, world.seed, arrays)
    meta["engine"] = _engine(theory, population, world, people_seed, program, why, arrays)
    meta["views"] = _views(theory, meta["engine"]["fields"], population)
    if program is not None:
        arrays["wasm"] = program.wasm
        if made and table.network not in ("well_mixed", "grid", "moore", "ring"):
            networks = compile_networks()
            arrays["networks"] = networks.wasm
            meta["engine"]["networks"] = {"arguments": networks.arguments, "dataEnd": networks.data_end}
    return Bundle(meta, arrays)


# -- what is declared --------------------------------------------------------------------------------------------------


def _described(theory: type[Theory]) -> dict[str, Any]:
    rules = []
    for name, function in theory.stated().items():
        try:
            lines, first = inspect.getsourcelines(function)
        except (OSError, TypeError):  # typed at a prompt
            rules.append({"name": name, "text": getattr(theory.rules.get(name), "source", ""), "file": "", "line": 1})
            continue
        where = inspect.getsourcefile(function) or ""
        text = textwrap.dedent("".join(lines)).rstrip()
        rules.append({"name": name, "text": text, "file": where.replace("\\", "/").rpartition("/")[2], "line": first})
    return {
        "name": theory.name,
        "title": theory.title,
        "summary": inspect.cleandoc(theory.__doc__ or "").split("\n\n")[0].replace("\n", " "),
        "source": theory.source,
        "form": theory.form,
        "order": theory.order,
        "timeStep": theory.time_step,
        "equations": theory.equations,
        "deviations": list(theory.deviations),
        "limits": list(theory.limits),
        "rules": rules,
    }


def _named(name: str, declared: Any) -> dict[str, Any]:
    out = {"name": name, "unit": declared.unit, "meaning": declared.meaning}
    for key in ("initial", "harm", "of"):
        if hasattr(declared, key):
            out[key] = getattr(declared, key)
    return out


def _range(param: Param, support: Support, value: float) -> tuple[float, float]:
    """Where a slider begins and ends: the support where it is bounded, else the prior's bulk, else around the value."""
    low, high = support.low, support.high
    if np.isfinite(low) and np.isfinite(high) and high - low <= 1000 * max(abs(param.default), 1e-3):
        return low, high
    if param.prior is not None:
        bulk = np.asarray(param.prior.quantile(np.array([0.005, 0.995])), float)
        if np.isfinite(bulk).all() and bulk[1] > bulk[0]:
            return float(max(min(bulk[0], value), low)), float(min(max(bulk[1], value), high))
    size = max(abs(param.default), abs(value)) or 1.0
    start = low if np.isfinite(low) else min(param.default - 2 * size, value)
    end = max(4 * size, value) if np.isfinite(low) else max(param.default + 2 * size, value)
    return float(start), float(min(end, high))


def _read_by_arrays(theory: type[Theory]) -> set[str]:
    """The parameters that a process reads in Python, before its first step."""
    made = theory.functions.get("arrays")
    if made is None:
        return set()
    tree = ast.parse(textwrap.dedent(inspect.getsource(made)))
    read = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "p"
    }
    inside = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    whole = any(isinstance(n, ast.Name) and n.id == "p" and id(n) not in inside for n in ast.walk(tree))
    return set(theory.params) if whole else read & set(theory.params)


def _param(theory: type[Theory], name: str, param: Param, value: float) -> dict[str, Any]:
    support = theory.supports[name]
    low, high = _range(param, support, value)
    drawn = [t for t, x in theory.traits.items() if name in x.distribution.names()]
    beta = any(isinstance(theory.traits[t].distribution, Beta) for t in drawn)
    fixed = ""
    if name in _read_by_arrays(theory):
        fixed = "what it controls is made in Python before the first step"
    elif beta:
        fixed = "the trait that it shapes is drawn in Python"
    whole = param.unit in ("people", "sites", "persons") and float(value).is_integer()
    finite = np.isfinite
    return {
        "name": name, "value": value, "default": param.default, "support": param.support,
        "low": support.low if finite(support.low) else None, "high": support.high if finite(support.high) else None,
        "lowOpen": support.low_open, "highOpen": support.high_open, "from": low, "to": high, "whole": whole,
        "unit": param.unit, "meaning": param.meaning, "source": param.source, "fixed": fixed,
        "early": name in theory.before_the_start(),
    }  # fmt: skip


def _state(theory: type[Theory], name: str) -> dict[str, Any]:
    state = theory.states[name]
    initial: dict[str, Any]
    if isinstance(state.initial, Share):
        initial = {"kind": "share", "of": state.initial.of}
    elif isinstance(state.initial, Exactly):
        initial = {"kind": "exactly", "of": state.initial.people}
    elif isinstance(state.initial, Distribution):
        initial = {"kind": "drawn", "of": 0.0, "drawn": _drawn(state.initial)}
    else:
        of = state.initial
        initial = {"kind": "number", "of": of if isinstance(of, str) else float(of)}
    return {
        "name": name, "kind": "bool" if state.kind is bool else "float", "unit": state.unit, "meaning": state.meaning,
        "initial": initial, "stream": str(stream_id(f"initial:{name}")),
        "seeded": str(stream_id(f"intervention:{name}")),
    }  # fmt: skip


def _trait(theory: type[Theory], name: str, population: Population) -> dict[str, Any]:
    trait = theory.traits[name]
    drawn = {"kind": "measured", "args": []} if name in population.traits else _drawn(trait.distribution)
    return {
        "name": name, "unit": trait.unit, "meaning": trait.meaning, **drawn,
        "stream": str(stream_id(f"trait:{name}")), "source": trait.source,
    }  # fmt: skip


def _drawn(of: Distribution) -> dict[str, Any]:
    """A distribution: its kind, and its arguments where these are numbers or parameters."""
    kind = type(of).__name__
    listed = kind in ("Listed", "Ranked")
    args = [] if listed else [v if isinstance(v, str) else float(v) for v in vars(of).values()]
    return {"kind": kind, "args": args}


# -- people --------------------------------------------------------------------------------------------------------


def _population(setting: Setting, population: Population, seed: int, made: bool) -> dict[str, Any]:
    table = dict(setting.population)
    rows, columns = population.grid or (int(table.get("rows", 0)), int(table.get("columns", 0)))
    return {
        "network": table["network"],
        "table": {**{k: v for k, v in table.items() if k != "path"}, "seed": str(seed)},
        "people": population.people,
        "regions": population.regions,
        "rows": rows,
        "columns": columns,
        "grid": population.grid is not None,
        "directed": population.network is not None and population.network.directed,
        "made": made,
        "streams": {
            "within": pairs.WITHIN,
            "between": pairs.BETWEEN,
            "pairs": pairs.PAIRS,
            "preference": growth.PREFERENCE,
            "moves": circles.MOVES,
            "places": circles.PLACES,
            "clique": siegel.CLIQUE,
            "far": siegel.FAR,
        },
    }


def pack_ties(indptr: NDArray[np.int64], indices: NDArray[np.int32]) -> bytes:
    """Ties in few bytes: for each person the number of neighbours above them, and the gaps between these (LEB128)."""
    people = indptr.size - 1
    owner = np.repeat(np.arange(people), np.diff(indptr))
    up = indices > owner
    owner, head = owner[up], indices[up].astype(np.int64)
    count = np.bincount(owner, minlength=people)
    first = np.concatenate([[True], owner[1:] != owner[:-1]]) if owner.size else np.zeros(0, bool)
    gap = head - np.where(first, owner, np.concatenate([[0], head[:-1]]) if head.size else head)
    # a person's count comes before their gaps
    at = np.arange(gap.size) + owner + 1
    numbers = np.empty(gap.size + people, np.int64)
    numbers[at] = gap
    numbers[np.concatenate([[0], np.cumsum(count)[:-1]]) + np.arange(people)] = count
    return leb128(numbers)


def leb128(numbers: NDArray[np.int64]) -> bytes:
    """Whole numbers from 0 to 2**35 - 1, each in as few bytes as it needs."""
    parts = np.stack([(numbers >> shift) & 127 for shift in (0, 7, 14, 21, 28)], axis=1)
    size = 1 + np.sum([numbers >> shift > 0 for shift in (7, 14, 21, 28)], axis=0)
    more = np.arange(5) < (size - 1)[:, None]
    kept = np.arange(5) < size[:, None]
    return (parts | (more << 7)).astype(np.uint8)[kept].tobytes()


def _ties(population: Population) -> dict[str, bytes]:
    arrays = {}
    if population.regions > 1:
        arrays["region"] = population.region.astype("<i4").tobytes()
    network = population.network
    if network is not None and network.simple and not network.directed:
        arrays["ties"] = pack_ties(network.indptr, network.indices)
    elif network is not None:
        arrays["indptr"] = network.indptr.astype("<i4").tobytes()
        arrays["indices"] = network.indices.astype("<i4").tobytes()
    return arrays


def _units(exact: NDArray[np.float64], own: NDArray[np.float64]) -> bytes | None:
    """By how many units in the last place exact values differ from the page's, or None if by more than a few."""
    apart = exact.view(np.int64) - own.view(np.int64)
    return apart.astype("<i2").tobytes() if np.abs(apart).max(initial=0) < 2**15 else None


def _traits(
    theory: type[Theory], population: Population, params: Mapping[str, float], seed: int, arrays: dict[str, bytes]
) -> None:
    """Traits that the page cannot draw to the last bit, and corrections for those that it nearly can."""
    from groundswell.engine.setup import draw_traits
    from groundswell.theory.compiled import normal_quantile

    values = draw_traits(theory, population, params, seed)
    for name, trait in theory.traits.items():
        of = trait.distribution
        u = uniforms(seed, stream_id(f"trait:{name}"), 0, population.people)
        if name in population.traits or type(of).__name__ in ("Listed", "Ranked"):
            arrays[f"trait.{name}"] = values[name].tobytes()
        elif isinstance(of, Normal | LogNormal):
            own = np.array([normal_quantile(max(x, 2.0**-54)) for x in u])
            apart = _units(Normal(0.0, 1.0).quantile(u), own)
            if apart is None or isinstance(of, LogNormal):
                arrays[f"trait.{name}"] = values[name].tobytes()
            if apart is not None and any(apart):
                arrays[f"units.{name}"] = apart
        elif isinstance(of, Beta):
            arrays[f"trait.{name}"] = values[name].tobytes()
            arrays[f"quantiles.{name}"] = _quantiles(of, params)


def _quantiles(of: Distribution, params: Mapping[str, float]) -> bytes:
    """A distribution on a grid that is denser in the tails, for people whom the page redraws."""
    grid = (1.0 - np.cos(np.linspace(0.0, np.pi, _QUANTILES))) / 2.0
    return np.asarray(of.quantile(grid, params), float).tobytes()


def _starts(
    theory: type[Theory], people: int, params: Mapping[str, float], seed: int, arrays: dict[str, bytes]
) -> None:
    """States whose start is drawn, for the world that is shown first; the page draws those of other worlds itself."""
    for name, state in theory.states.items():
        if isinstance(state.initial, Distribution):
            arrays[f"trait.{name}"] = initial_state(theory, name, people, params, seed).tobytes()
            if isinstance(state.initial, Beta):
                arrays[f"quantiles.{name}"] = _quantiles(state.initial, params)


# -- the engine --------------------------------------------------------------------------------------------------------


def _engine(
    theory: type[Theory],
    population: Population,
    world: World,
    people_seed: int,
    program: PageProgram | None,
    why: str,
    arrays: dict[str, bytes],
) -> dict[str, Any]:
    page = form_of(theory).page(theory, population, world, people_seed)
    arrays |= {f"array.{name}": data for name, data in page.arrays.items()}
    return {
        "kind": program.kind if program else "none",
        "exact": program.exact if program else False,
        "approximate": list(program.approximate) if program else [],
        "why": why,
        "arguments": program.arguments if program else {},
        "dataEnd": program.data_end if program else 0,
        "networks": {"arguments": {}, "dataEnd": 0},
        "layout": dict(page.layout),
        "fields": list(page.fields),
        "substeps": page.substeps,
        "errors": list(program.errors) if program else [],
        "guards": [_PATH.sub("", reason) for reason in page.guards],
    }


def _reach_of(shape: tuple[int, ...], population: Population) -> int | None:
    """The reach of the torus whose boards have this shape (see `groundswell.theory.lattice.board`), or None."""
    from groundswell.theory.lattice import LANES, STRIP

    if population.grid is None or len(shape) < 2:
        return None
    rows, columns = population.grid
    for reach in range(1, min(rows, columns) // 2 + 1):
        lanes = LANES * -(-(2 * reach + 1) // LANES)
        if tuple(shape[-2:]) == ((columns + 2 * reach - 1) // STRIP + 2, rows + 2 * reach + lanes):
            return reach
    return None


def _views(theory: type[Theory], fields: list[dict[str, Any]], population: Population) -> list[dict[str, Any]]:
    """The views by which people can be coloured; the first is shown first."""
    views: list[dict[str, Any]] = []
    boards, reach = [], None
    for f in fields:
        if f["from"] == "data" and f["dtype"] == "uint32" and len(f["shape"]) == 2:
            found = _reach_of(tuple(f["shape"]), population)
            if found is not None:
                boards.append(f["name"])
                reach = found
    if boards:
        views.append(
            {"name": "sites", "label": "who is where", "kind": "boards", "of": boards, "reach": reach, "meaning": ""}
        )
    observed = [o.of.removeprefix("people.") for o in theory.observables.values() if o.of.startswith("people.")]
    ranked = sorted(theory.states, key=lambda s: observed.index(s) if s in observed else len(observed))
    ranked.sort(key=lambda s: theory.states[s].kind is not bool)
    for name in ranked:
        state = theory.states[name]
        kind = "bool" if state.kind is bool else "float"
        views.append({"name": name, "label": _words(name), "kind": kind, "of": [name], "meaning": state.meaning})
    for name in _shown(theory, fields, population):
        views.append({"name": name, "label": _words(name), "kind": "kinds", "of": [name], "meaning": ""})
    for name, trait in theory.traits.items():
        views.append({"name": name, "label": _words(name), "kind": "float", "of": [name], "meaning": trait.meaning})
    return views


def _shown(theory: type[Theory], fields: list[dict[str, Any]], population: Population) -> list[str]:
    """The arrays of a process by which people differ: those that it names, or else all with a row for each person."""
    rows = {f["name"]: len(f["shape"]) for f in fields if f["from"] == "data" and f["shape"][0] == population.people}
    named = theory.shown if issubclass(theory, Process) else ()
    for name in named:
        if name not in rows:
            raise TheoryError(
                f"theory {theory.name} shows {name!r}",
                expected="an array of arrays() with a number or a row for each person",
            )
    return list(named) or [name for name, dims in rows.items() if dims == 2]


def _words(name: str) -> str:
    return name.replace("_", " ")


__all__ = ["Bundle", "make_bundle", "pack_ties"]
