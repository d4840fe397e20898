"""The program of the child process that compiles a theory for the page.

Numba's defaults (optimisation, the processor's own instructions) are fixed when it is first imported, so the
kernels are compiled in a separate process, which `groundswell.engine.page` starts: jobs as a JSON list on the
standard input, and for each a line on the standard output, with the module. What is compiled for one job serves all.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, cast

from groundswell.engine.retarget import data_end, imports, leaves, to_wasm
from groundswell.theory import Process


def process_arguments(
    place: str, population: Mapping[str, Any], params: Mapping[str, float]
) -> tuple[Any, dict[str, tuple[Any, ...]]]:
    """The loop of a process, and what its functions are called with (in the child process)."""
    import numpy as np

    from groundswell.engine.process import process_world
    from groundswell.engine.worlds import World
    from groundswell.population.specification import PopulationSpecification
    from groundswell.theory.registry import load_theory

    theory = cast("type[Process]", load_theory(place))
    people = PopulationSpecification.model_validate(dict(population)).build(1, threads=1)
    world = process_world(theory, people, World(1, params), 1)
    values, totals = np.zeros((2, len(theory.observables))), np.zeros((0, people.people))
    given = (world.people, world.society, world.p, world.ties, world.grid, world.seed)
    return world.loop, {
        "start": (*given, values[0]),
        "run": (*given, 1, 2, values, totals),
        "observe": (world.people, world.society, values[0]),
    }


def compile_job(job: Mapping[str, Any]) -> dict[str, Any]:
    """What the child process does.

    Parameters
    ----------
    job : "modules": texts, each with "functions": {name: [function, [types of its arguments]]}; and, for a process,
        "theory" (as `load_theory` takes it), "population" (a table), "params"; the process's own loop is then compiled.
    """
    import inspect

    import numba
    from numba.core import types

    functions: dict[str, tuple[Any, Any]] = {}
    arguments: dict[str, list[dict[str, Any]]] = {}

    def add(name: str, dispatcher: Any, kinds: Sequence[Any]) -> None:
        signature = tuple(kinds)
        dispatcher.compile(signature)
        functions[name] = (dispatcher, signature)
        named = inspect.signature(dispatcher.py_func).parameters
        arguments[name] = [leaf for n, kind in zip(named, signature, strict=True) for leaf in leaves(kind, n)]

    known = {name: getattr(types, name) for name in ("int64", "uint64", "float64", "boolean")}

    def kind_of(text: str) -> Any:
        base, _, dims = text.partition("[")
        kind = known.get(base) or getattr(types, base)
        return types.Array(kind, int(dims.rstrip("]")), "C") if dims else kind

    for module in job["modules"]:
        scope: dict[str, Any] = {"__name__": "groundswell_page"}
        exec(compile(module["text"].replace("cache=CACHE", "cache=False"), "page", "exec"), scope)
        for name, (function, kinds) in module["functions"].items():
            add(name, scope[function], [kind_of(k) for k in kinds])
    if "theory" in job:
        loop, given = process_arguments(job["theory"], job["population"], job["params"])
        for name, values in given.items():
            add(name, getattr(loop, name), [numba.typeof(value) for value in values])
    module, raised = to_wasm(functions)
    return {
        "wasm": base64.b64encode(module).decode(),
        "arguments": arguments,
        "data_end": data_end(module),
        "imports": imports(module),
        "errors": raised,
    }


def main() -> None:
    """Read jobs from the standard input, and write the outcome of each."""
    import gc
    import warnings

    gc.disable()  # a process this short needs no garbage collection, which took a tenth of the time
    warnings.simplefilter("ignore")
    for job in json.load(sys.stdin):
        try:
            done = compile_job(job)
        except Exception as error:  # the parent reports whatever LLVM or Numba says about a theory, in its own words
            words = " ".join(str(error).split())
            done = {"error": f"{type(error).__name__}: {words[:400]}"}
        print(json.dumps(done), flush=True)
        gc.collect()


if __name__ == "__main__":
    main()
