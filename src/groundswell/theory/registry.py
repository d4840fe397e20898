"""Finds theories: the files of `groundswell.theories`, those announced by installed packages, and a user's file."""

from __future__ import annotations

import difflib
import hashlib
import importlib
import importlib.metadata
import pkgutil
import sys
import threading
import traceback
from pathlib import Path
from types import ModuleType

from groundswell.errors import GroundswellError, RuleError, TheoryError
from groundswell.files import check_regular, nearest_file
from groundswell.theory.declare import Theory

_SLOW = 10.0  # seconds after which a message says that a file is still running: it may never end
ENTRY_POINTS = "groundswell.theories"  # the entry-point group under which other packages announce their theories


def theories() -> dict[str, type[Theory]]:
    """All theories by name, in alphabetical order: one per file of `groundswell.theories`, and one per entry point.

    Files whose names begin with an underscore are ignored. Nothing is cached between calls.

    Raises
    ------
    TheoryError : when a file states no theory or several, two share a name, or an entry point cannot be loaded.

    >>> "granovetter" in theories()
    True
    """
    from groundswell import theories as package

    found: dict[str, type[Theory]] = {}
    for name in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
        if not name.startswith("_"):
            _add(found, _only_theory(importlib.import_module(f"{package.__name__}.{name}"), name + ".py"))
    for point in sorted(importlib.metadata.entry_points(group=ENTRY_POINTS), key=lambda p: (p.name, p.value)):
        where = f"entry point {point.name} = {point.value}"
        try:
            loaded = point.load()
        except GroundswellError:
            raise
        except (Exception, SystemExit) as error:
            raise TheoryError(
                f"the {where} cannot be loaded: {type(error).__name__}: {error}",
                expected="a Theory subclass, or a module that states one",
                instead="repair or remove the package that announces it",
            ) from error
        if isinstance(loaded, ModuleType):
            loaded = _only_theory(loaded, where)
        if not (isinstance(loaded, type) and issubclass(loaded, Theory) and loaded is not Theory):
            raise TheoryError(f"the {where} is {loaded!r}", expected="a Theory subclass, or a module that states one")
        _add(found, loaded)
    return dict(sorted(found.items()))


def load_theory(name_or_path: str | Path) -> type[Theory]:
    """The theory with that name, or the one stated in a user's ``.py`` file.

    Parameters
    ----------
    name_or_path : a name among `theories()`, or a path that ends in ``.py``. The file is run, as any import is.

    Returns
    -------
    The theory class. A file that has not changed since it was loaded gives the same class again.

    Raises
    ------
    TheoryError : there is no such name (a near match is suggested) or file; the file fails while it is run (with the
        line), or holds no theory or several. RuleError : its rule is refused (with file and line).

    >>> load_theory("granovetter").title
    'Threshold model of collective behaviour'
    """
    if isinstance(name_or_path, Path) or name_or_path.endswith(".py"):
        return _from_file(Path(name_or_path))
    from groundswell import theories as package

    if any(info.name == name_or_path for info in pkgutil.iter_modules(package.__path__)):  # avoids loading the others
        own = _only_theory(importlib.import_module(f"{package.__name__}.{name_or_path}"), name_or_path + ".py")
        if own.name == name_or_path:
            return own
    known = theories()
    if name_or_path in known:
        return known[name_or_path]
    plain = name_or_path.strip().lower().replace("-", "_").replace(" ", "_")
    near = difflib.get_close_matches(plain, known, n=1, cutoff=0.5)
    raise TheoryError(
        f"theory {name_or_path!r}",
        expected="the path of a file that ends in .py, or one of " + ", ".join(known),
        instead=near[0] if near else None,
    )


def _add(found: dict[str, type[Theory]], theory: type[Theory]) -> None:
    other = found.get(theory.name)
    if other is not None and other is not theory:
        raise TheoryError(
            f"{other.__module__} and {theory.__module__} both state a theory named {theory.name!r}",
            expected="one theory per name",
            instead='name = "another_name"  # inside one of the classes',
        )
    found[theory.name] = theory


def _only_theory(module: ModuleType, where: str) -> type[Theory]:
    """The one theory that a module itself states; imported theories do not count."""
    stated = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Theory) and value.__module__ == module.__name__
    ]
    stated = list(dict.fromkeys(stated))  # a second name for the same class is not a second theory
    if len(stated) != 1:
        names = ", ".join(t.__name__ for t in stated)
        raise TheoryError(
            f"{where} states {f'several theories ({names})' if stated else 'no theory'}",
            expected="exactly one subclass of groundswell.theory.Theory in a file",
            instead="one file for each theory" if stated else "class MyTheory(Theory): ...",
        )
    return stated[0]


def _from_file(path: Path) -> type[Theory]:
    check_regular(path, TheoryError, "a Python file")
    try:
        text = path.read_bytes()
    except OSError as error:
        raise TheoryError(
            f"the theory file {path} cannot be read: {error.strerror or error}",
            expected="a Python file",
            instead=nearest_file(path) if isinstance(error, FileNotFoundError) else None,
        ) from error
    # The name encodes path and content: an edited file is a new theory, an unchanged one gives the same class again.
    digest = hashlib.blake2s(str(path.resolve()).encode() + b"\0" + text, digest_size=8).hexdigest()
    name = f"groundswell_theory_{path.stem.replace('.', '_')}_{digest}"
    module = sys.modules.get(name)
    if module is None:
        module = _run(path, text, name)
    return _only_theory(module, str(path))


def _run(path: Path, text: bytes, name: str) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module  # so that the class can be found again by its module, as pickle does
    slow = threading.Timer(_SLOW, _say_slow, [path])
    slow.daemon = True
    slow.start()
    try:
        exec(compile(text, str(path), "exec"), vars(module))  # not the import system: it might take a stale .pyc
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, SystemExit):
            raise TheoryError(
                f"{path} ends the program with sys.exit({error.code!r}) when it is run",
                expected="a Python file that can be imported",
                instead='put what it does under: if __name__ == "__main__":',
            ) from error
        if isinstance(error, RuleError) or not isinstance(error, Exception):
            raise
        line = _line_of(error, path)
        if isinstance(error, GroundswellError):
            raise error.at(f"{path}:{line}", type(error)) from error
        raise TheoryError(
            f"{path}:{line}: {type(error).__name__}: {getattr(error, 'msg', None) or error}",
            expected="a Python file that can be imported",
        ) from error
    finally:
        slow.cancel()
    return module


def _say_slow(path: Path) -> None:
    print(f"groundswell: {path} has been running for {_SLOW:g} seconds; a theory file states a theory", file=sys.stderr)


def _line_of(error: Exception, path: Path) -> int:
    """The last line of the file that was being run when the error was raised."""
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename) == path:
        return error.lineno or 1
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if Path(f.filename) == path]
    return next((line for line in reversed(lines) if line), 1)
