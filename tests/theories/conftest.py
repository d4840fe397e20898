"""What tests of theories share: a look at a process's own arrays, and its compiled functions as plain Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, cast

import pytest

from groundswell.theory import Process
from groundswell.theory.registry import theories


@pytest.fixture
def make_plain(monkeypatch: pytest.MonkeyPatch) -> Callable[[ModuleType], None]:
    """Make what a module has compiled beside its theory plain Python, until the test ends.

    Run the compiled engine before: what compiles later would compile against plain functions.
    """

    def make(module: ModuleType) -> None:
        for name, function in list(vars(module).items()):
            if getattr(function, "__module__", "") == module.__name__ and hasattr(function, "py_func"):
                monkeypatch.setattr(module, name, function.py_func)

    return make


@pytest.fixture(scope="module")
def last_arrays(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """The arrays of the world made last, of the theory that the file of tests is named after."""
    theory = cast("type[Process]", theories()[request.path.stem.removeprefix("test_")])
    made: dict[str, Any] = {}
    plain = theory.functions["arrays"]

    def arrays(population, p):
        made.clear()
        made.update(plain(population, p))
        return made

    theory.functions["arrays"] = arrays
    yield made
    theory.functions["arrays"] = plain
