"""The page engine: a theory's kernels as WebAssembly, for a page that needs no server.

The fourth engine. Its kernels are those of the network, process and flow engines, compiled for another machine
(see `groundswell.engine.retarget`); the Python code around them is written once more in web/src/engine, and the
conformance suite requires equal bytes. This module compiles the kernels, and tells the page where everything lies.

Functions that a kernel takes from the C library (`pow`, `erfc`, `hypot`), a page takes from its own library: such a
theory runs, but its last digits may differ, and `PageProgram.exact` is False.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from groundswell.engine import retarget
from groundswell.engine.kernels import kernel_text
from groundswell.engine.written import cache_folder, theory_digest
from groundswell.errors import TheoryError
from groundswell.theory import Flow, Process, Setting, Theory

HOST = {  # what a page provides to the kernels, and computes exactly as the C library does
    "NRT_MemInfo_alloc_aligned", "NRT_MemInfo_alloc_safe_aligned", "NRT_MemInfo_alloc", "NRT_MemInfo_call_dtor",
    "NRT_Allocate", "NRT_Free", "NRT_incref", "NRT_decref", "sqrt", "floor", "ceil", "trunc", "fabs", "memset",
    "memcpy", "memmove", "rint", "fmod", "NRT_MemInfo_new_varsize_dtor", "NRT_MemInfo_new_varsize",
    "NRT_MemInfo_varsize_alloc", "NRT_MemInfo_varsize_realloc", "NRT_MemInfo_varsize_free",
}  # fmt: skip
APPROXIMATE = {
    "pow", "exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "atan2",
    "sinh", "cosh", "tanh", "erf", "erfc", "hypot", "lgamma", "tgamma", "cbrt", "exp2",
}  # fmt: skip
_SECONDS = 600.0

_RULE_TYPES = {  # of the kernels' arguments, by name; the page knows no others
    **dict.fromkeys(("first", "last", "people", "worlds", "step", "regions"), "int64"),
    **dict.fromkeys(("key0", "key1"), "uint64[1]"),
    **dict.fromkeys(("bools",), "uint8[3]"),
    **dict.fromkeys(("floats", "means", "here", "parts", "handed"), "float64[3]"),
    **dict.fromkeys(("traits", "table", "running"), "float64[2]"),
    **dict.fromkeys(("region", "degree", "indices"), "int32[1]"),
    "counts": "int32[3]",
    "deltas": "int8[3]",
    "flags": "uint8[1]",
    "dirty": "uint8[1]",
    "bad": "uint8[2]",
    "changes": "int64[3]",
    "totals": "int64[2]",
    "mixed": "boolean",
    "indptr": "int64[1]",
    "queue": "int32[2]",
}
_FLOW_TYPES = {
    **dict.fromkeys(("first", "last", "substeps"), "int64"),
    **dict.fromkeys(("y", "shock", "p"), "float64[1]"),
    "values": "float64[2]",
}
_START = '''"""The draws before the first step, and those of interventions, written by groundswell.engine.page."""
import numba as nb
import numpy as np
from groundswell.draws import uniform
from groundswell.theory.compiled import exp, log, normal_quantile


@nb.njit(nogil=True, error_model="numpy", cache=CACHE)
def fill(seed, stream, step, out):
    for i in range(out.size):
        out[i] = uniform(seed, stream, step, np.uint64(i))


@nb.njit(nogil=True, error_model="numpy", cache=CACHE)
def normals(out):
    for i in range(out.size):
        out[i] = normal_quantile(max(out[i], 5.551115123125783e-17))


@nb.njit(nogil=True, error_model="numpy", cache=CACHE)
def exps(out):
    for i in range(out.size):
        out[i] = exp(out[i])
'''
_NETWORKS = '''"""The kernels of the network generators, written by groundswell.engine.page."""
import numba as nb
from groundswell.population import circles, growth, pairs


@nb.njit(nogil=True, cache=CACHE)
def draw_pairs(seed, stream_within, stream_between, low, high, end, within, between, counts, heads, out):
    out[0] = pairs.draw_pairs(
        seed, stream_within, stream_between, low, high, end, within, between, counts, heads
    )


@nb.njit(nogil=True, cache=CACHE)
def small_world(seed, stream_moves, stream_places, rewiring, own):
    circles.small_world(seed, stream_moves, stream_places, rewiring, own)


@nb.njit(nogil=True, cache=CACHE)
def grow(seed, stream, m, start, heads):
    growth.grow(seed, stream, m, start, heads)
'''
_NETWORK_FUNCTIONS = {
    "draw_pairs": ["draw_pairs", ["uint64", "int64", "int64", "int64", "int64", "int64[1]", "float64[1]", "float64",
                                  "int64[1]", "int32[1]", "int64[1]"]],
    "small_world": ["small_world", ["uint64", "int64", "int64", "float64", "int32[2]"]],
    "grow": ["grow", ["uint64", "int64", "int64", "int64[1]", "int32[1]"]],
}  # fmt: skip
_SETTINGS = {  # for a process that states none: any size will do, since only the types of arrays matter
    **dict.fromkeys(("any", "well_mixed"), Setting(1, {"network": "well_mixed", "people": 100})),
    "network": Setting(1, {"network": "ring", "people": 100, "neighbours": 4}),
    "grid": Setting(1, {"network": "grid", "rows": 40, "columns": 40}),
}
_START_FUNCTIONS = {
    "fill": ["fill", ["uint64", "uint64", "uint64", "float64[1]"]],
    "normals": ["normals", ["float64[1]"]],
    "exps": ["exps", ["float64[1]"]],
}


@dataclass(frozen=True)
class PageProgram:
    """A theory's kernels as one WebAssembly module.

    Parameters
    ----------
    kind : "together" or "turns" (rules), "flow" or "process".
    wasm : the module; it imports its memory, and the functions in `imports`.
    arguments : for each function that it exports, how its arguments are passed (see `retarget.leaves`).
    data_end : the first byte of memory that is free.
    imports : the functions that it expects.
    errors : what its functions may raise, by number (see `retarget.without_pickles`).
    exact : whether the page computes the bytes of the other engines.
    """

    kind: str
    wasm: bytes
    arguments: Mapping[str, list[dict[str, Any]]]
    data_end: int
    imports: tuple[str, ...]
    errors: tuple[dict[str, Any], ...] = ()

    @property
    def approximate(self) -> tuple[str, ...]:
        """The functions that the page takes from its own library, whose last digits may differ."""
        return tuple(x for x in self.imports if x in APPROXIMATE)

    @property
    def exact(self) -> bool:
        """Whether the page computes the bytes of the other engines."""
        return not self.approximate


def _typed(text: str, function: str, types: Mapping[str, str], theory: type[Theory]) -> list[Any]:
    """[function, types of its arguments], read from its text."""
    import ast

    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            names = [a.arg for a in node.args.args]
            if not types.keys() >= set(names):
                beyond = "layers, weights, signs, conditions or traits along ties, or meetings"
                raise _refused(theory, f"its rule sees {beyond}, which pages do not support")
            return [function, [types[x] for x in names]]
    raise _refused(theory, f"it has no kernel {function}")


def _refused(theory: type[Theory], why: str) -> TheoryError:
    return TheoryError(
        f"theory {theory.name} cannot be compiled for a page",
        expected="a theory whose kernels use arithmetic, draws and the functions of groundswell.theory",
        why=why,
        instead="groundswell explore, which simulates it next to the page",
    )


def _job(theory: type[Theory]) -> tuple[str, dict[str, Any]]:
    """The kind of a theory's program, and what the child process is asked to compile."""
    start = {"text": _START, "functions": _START_FUNCTIONS}
    if issubclass(theory, Flow):
        from groundswell.engine.flow import flow_text

        text = flow_text(cast("type[Flow]", theory))
        return "flow", {
            "modules": [start, {"text": text, "functions": {"run": _typed(text, "run", _FLOW_TYPES, theory)}}]
        }
    if issubclass(theory, Process):
        table = theory.setting or _SETTINGS[theory.space]
        place = _place_of(cast("type[Process]", theory))
        population, params = dict(table.population), dict(table.params)
        return "process", {"modules": [start], "theory": place, "population": population, "params": params}
    text = kernel_text(theory)
    together = theory.order == "together"
    wanted = {"person": "person_people" if together else "person_turns"}
    wanted |= {name: name for name in ("society", "region") if name in theory.rules}
    functions = {name: _typed(text, function, _RULE_TYPES, theory) for name, function in wanted.items()}
    return "together" if together else "turns", {"modules": [start, {"text": text, "functions": functions}]}


def _place_of(theory: type[Process]) -> str:
    """The name by which `load_theory` finds a process, in another operating-system process."""
    import inspect

    if theory.__module__.startswith("groundswell.theories."):
        return theory.name
    try:
        path = Path(inspect.getfile(theory))
    except (TypeError, OSError):
        path = Path()
    if path.suffix == ".py" and path.is_file() and theory.__module__.startswith("groundswell_theory_"):
        return str(path.resolve())
    raise _refused(theory, "a process must be in its own .py file, which another process can load")


@dataclass(frozen=True)
class _Wanted:
    """A program that a page needs: its kind, what the child process is asked for, and the file that keeps it."""

    kind: str
    job: dict[str, Any]
    digest: str
    kept: Path | None

    def made(self) -> dict[str, Any] | None:
        """What was compiled earlier, in this process or another."""
        return _MADE.get(self.digest) or _read(self.kept)

    def keep(self, done: dict[str, Any]) -> None:
        if self.kept is None:
            _MADE[self.digest] = done
        else:
            _write(self.kept, done)


_MADE: dict[str, dict[str, Any]] = {}  # kept in no folder


def _wanted(kind: str, job: dict[str, Any], name: str, depends: bytes) -> _Wanted:
    digest = hashlib.blake2s(json.dumps(job, sort_keys=True).encode() + depends, digest_size=16)
    digest.update(Path(retarget.__file__).read_bytes())
    home = cache_folder()
    kept = home.parent / "pages" / f"{name}_{digest.hexdigest()}.json" if home is not None else None
    return _Wanted(kind, job, digest.hexdigest(), kept)


def _wanted_of(theory: type[Theory]) -> _Wanted:
    kind, job = _job(theory)
    depends = theory_digest().encode()
    if "theory" in job:
        import inspect

        depends += Path(inspect.getfile(theory)).read_bytes() + (Path(__file__).parent / "process.py").read_bytes()
    return _wanted(kind, job, theory.name, depends)


@functools.lru_cache(maxsize=64)
def compile_page(theory: type[Theory]) -> PageProgram:
    """Compile a theory for the page; the result is kept in the user's cache.

    Raises
    ------
    TheoryError : where the theory cannot be compiled for a page, with the reason.
    """
    try:
        return _program(_wanted_of(theory))
    except _CompilerError as error:
        raise _refused(theory, str(error)) from None


def compile_pages(theories: Iterable[type[Theory]], processes: int = 1) -> None:
    """Compile many theories ahead of `compile_page`, several in each process: what they share is compiled once.

    Parameters
    ----------
    theories : those that cannot be compiled are left to `compile_page`, which gives the reason.
    processes : how many at a time.
    """
    from concurrent.futures import ThreadPoolExecutor

    wanted: list[_Wanted] = []
    for theory in theories:
        with contextlib.suppress(TheoryError):
            one = _wanted_of(theory)
            if one.made() is None:
                wanted.append(one)

    def make(part: list[_Wanted]) -> None:
        for one, answer in zip(part, _compile([one.job for one in part]), strict=False):
            if "error" not in answer:
                one.keep(answer)

    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(make, [part for k in range(processes) if (part := wanted[k::processes])]))


@functools.lru_cache(maxsize=1)
def compile_networks() -> PageProgram:
    """Compile the kernels that draw networks, so that a page can make its own people.

    The logarithm is the page's own: where it differs from the platform's in its last bit, a tie in some 10**15 moves.
    """
    from groundswell.population import circles, growth, pairs

    job = {"modules": [{"text": _NETWORKS, "functions": _NETWORK_FUNCTIONS}]}
    generators = b"".join(Path(str(of.__file__)).read_bytes() for of in (circles, growth, pairs))
    depends = generators + theory_digest().encode()
    try:
        return _program(_wanted("networks", job, "networks", depends))
    except _CompilerError as error:  # pragma: no cover - the kernels are the package's own
        raise TheoryError(f"the generators of networks: {error}", expected="kernels that a page can run") from None


class _CompilerError(Exception):
    """What the child process found."""


def _program(wanted: _Wanted) -> PageProgram:
    done = wanted.made()
    if done is None:
        (done,) = _compile([wanted.job])
        if "error" in done:
            raise _CompilerError(done["error"])
        wanted.keep(done)
    unknown = [x for x in done["imports"] if x not in HOST and x not in APPROXIMATE]
    if unknown:
        raise _CompilerError(f"it calls {unknown[0]}, which a page does not have")
    wasm = base64.b64decode(done["wasm"])
    return PageProgram(
        wanted.kind, wasm, done["arguments"], int(done["data_end"]), tuple(done["imports"]), tuple(done["errors"])
    )


def _read(path: Path | None) -> dict[str, Any] | None:
    """What was stored, unless it is damaged."""
    if path is None or not path.is_file():
        return None
    try:
        digest, _, text = path.read_text(encoding="utf-8").partition("\n")
        if hashlib.blake2s(text.encode()).hexdigest() == digest:
            return json.loads(text)
    except (OSError, ValueError):
        pass
    return None


def _write(path: Path, done: Mapping[str, Any]) -> None:
    text = json.dumps(done)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        draft.write_text(hashlib.blake2s(text.encode()).hexdigest() + "\n" + text, encoding="utf-8")
        draft.replace(path)
    except OSError:
        pass  # a full or read-only disk costs the time to compile again, and nothing else


def _compile(jobs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the child process makes of each job, or an "error" where one fails; none after the process itself ends."""
    home = cache_folder()
    with tempfile.TemporaryDirectory() as scratch:
        settings = {
            "NUMBA_OPT": "0",
            "NUMBA_CPU_NAME": "generic",
            "NUMBA_CPU_FEATURES": "",
            "NUMBA_BOUNDSCHECK": "0",
            "GROUNDSWELL_CACHE": scratch,  # functions loaded from a cache no longer have an intermediate representation
            "NUMBA_CACHE_DIR": str(home.parent / "pages" / "numba") if home is not None else scratch,
        }
        done = subprocess.run(
            [sys.executable, "-P", "-m", "groundswell.engine.page_compiler"],  # -P: no imports from the current folder
            input=json.dumps(jobs),
            capture_output=True,
            text=True,
            env={**os.environ, **settings},
            timeout=_SECONDS * len(jobs),
            check=False,
        )
    answers: list[dict[str, Any]] = []
    for line in done.stdout.splitlines():
        with contextlib.suppress(ValueError):  # a user's file may print something
            answer = json.loads(line)
            answers += [answer] if isinstance(answer, dict) and answer.keys() & {"wasm", "error"} else []
    if not answers:
        lines = done.stderr.strip().splitlines() or [f"the compiler ended with code {done.returncode}"]
        answers.append({"error": lines[-1]})
    return answers


__all__ = ["APPROXIMATE", "PageProgram", "compile_networks", "compile_page", "compile_pages"]
