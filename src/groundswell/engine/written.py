"""Modules that the engines write: their text is kept in the user's cache, so that it is compiled once."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import groundswell
from groundswell import cache
from groundswell.engine.verified import verify_compiled
from groundswell.errors import RuleError

_COMPILES = (
    "numba",
    "@compiled",
    "theory.functions",
)  # a file that names none of these contributes nothing to the compiled code
_ONE_AT_A_TIME = threading.RLock()  # another thread must not find a module that has not finished running


def cache_folder() -> Path | None:
    """Where written modules are kept, or None where none can be."""
    folder = cache.cache_folder()
    folder = folder / "kernels" if folder.name == "groundswell" else folder / "groundswell" / "kernels"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return folder if os.access(folder, os.W_OK) else None
    except OSError:
        return None


@functools.lru_cache(maxsize=1)
def theory_digest() -> str:
    """A digest of everything that the compiler may link into a written module; any change forces recompilation."""
    import numba
    import numpy

    root = Path(groundswell.__file__).parent
    digest = hashlib.blake2s(f"{numba.__version__} {numpy.__version__}".encode())
    for path in [root / "draws.py", root / "engine" / "lanes.py", *sorted((root / "theory").rglob("*.py"))]:
        text = path.read_text(encoding="utf-8")
        if path.name == "functions.py" or any(word in text for word in _COMPILES):
            digest.update(text.encode())
    return digest.hexdigest()


def _holds(path: Path, text: str) -> bool:
    """Whether a file still holds the text that was written to it; one that was edited or damaged is rewritten."""
    try:
        return path.read_bytes() == text.encode()
    except OSError:
        return False


def load_written(text: str, name: str, *, keep: bool = True, given: Sequence[tuple[str, Any]] = ()) -> dict[str, Any]:
    """Run the text of a module, and return its namespace.

    Parameters
    ----------
    text : Python in which `cache=CACHE` stands wherever a function is compiled.
    name : what the module is to be called, before its digest.
    keep : whether it may be kept on disk; a module that depends on files outside the package may not.
    given : (name, object) put into the module before it is run; not kept on disk.

    Raises
    ------
    RuleError : the text is not valid Python.
    """
    from numba.core import config

    # NUMBA_BOUNDSCHECK=1, or `groundswell simulate --check`
    bounds = "bounds checked" if getattr(config, "BOUNDSCHECK", None) else ""
    digest = hashlib.blake2s((text + theory_digest() + bounds).encode(), digest_size=10).hexdigest()
    name = f"groundswell_{name}_{digest}"
    folder = cache_folder() if keep and not given else None
    try:
        if folder is None:
            scope: dict[str, Any] = {"__name__": name, **dict(given)}
            exec(compile(text.replace("cache=CACHE", "cache=False"), name, "exec"), scope)
            return scope
        path = folder / f"{name}.py"
        written = text.replace("cache=CACHE", "cache=True")
        with _ONE_AT_A_TIME:
            if not _holds(path, written):
                draft = path.with_suffix(f".{os.getpid()}.tmp")
                draft.write_text(written, encoding="utf-8")
                draft.replace(path)
            if name in sys.modules:
                return vars(sys.modules[name])
            spec = importlib.util.spec_from_file_location(name, path)
            assert spec is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module  # the compiler's cache identifies a function by its module
            exec(compile(written, str(path), "exec"), vars(module))  # neither from the file nor from a .pyc next to it
            verify_compiled(vars(module))
            return vars(module)
    except SyntaxError as error:  # pragma: no cover - the reader lets only known syntax through
        raise RuleError(f"the text written for {name} is not valid Python: {error}", expected="a rule") from error
