"""A user's process is compiled once: what was kept is used again, unless something that it depends on has changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from groundswell.engine.process import _digest_of_file
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.population.population import well_mixed
from groundswell.theory import Process
from groundswell.theory.registry import load_theory

FILE = '''
from __future__ import annotations
import math
import numpy as np
from groundswell.theory import Observable, Process, Society
from groundswell.theory.compiled import compiled, exp

SIZE = 1.0
STEPS = ((0, 1), (1, 0))

class Kept(Process):
    """Counts."""
    total = Society()
    sum = Observable("society.total")

    def step(society):
        society.total += more(SIZE)

@compiled
def more(x):
    return x + STEPS[0][1]
'''


def total(path: Path) -> float:
    return float(simulate(load_theory(path), well_mixed(2), [World(1)], 3, threads=1)["sum"][-1, 0])  # type: ignore[arg-type]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GROUNDSWELL_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "kept.py"
    path.write_text(FILE, encoding="utf-8")
    return path


def modules(path: Path) -> int:
    return len(list((path.parent / "cache" / "groundswell" / "kernels").glob("groundswell_process_kept_*.py")))


def test_an_unchanged_file_is_compiled_once_and_an_edited_one_anew(kept: Path) -> None:
    assert total(kept) == total(kept) == 6.0
    assert modules(kept) == 1
    kept.write_text(kept.read_text(encoding="utf-8").replace("x + STEPS", "x + 1 + STEPS"), encoding="utf-8")
    assert total(kept) == 9.0
    assert modules(kept) == 2


def test_a_constant_counts_by_its_value(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    theory = load_theory(kept)
    assert issubclass(theory, Process)
    scope = vars(sys.modules[theory.__module__])
    seen = {_digest_of_file(theory)}
    for value in (2.0, (1, (2, 3)), np.arange(5000), np.arange(5000) + (np.arange(5000) == 2500)):
        monkeypatch.setitem(scope, "SIZE", value)
        seen.add(_digest_of_file(theory))
    assert None not in seen
    assert len(seen) == 5


@pytest.mark.parametrize(
    "line", ["import scipy", "from scipy.special import expit", "from pathlib import Path", "TABLE = [1, 2]",
             "TABLE = np.zeros(3, [('a', float)])", "TABLE = np.int32(4)", "TABLE = (np.zeros(3),)", "import os",
             "from groundswell.theories.axelrod import in_common"],
)  # fmt: skip
def test_what_may_change_without_the_file_is_not_kept(line: str, kept: Path) -> None:
    kept.write_text(kept.read_text(encoding="utf-8").replace("SIZE =", f"{line}\nSIZE ="), encoding="utf-8")
    theory = load_theory(kept)
    assert issubclass(theory, Process)
    assert _digest_of_file(theory) is None
