"""A small study of the theory deed, and theories whose runs fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from groundswell.experiment.ensemble import Ensemble
from groundswell.experiment.study import Study
from groundswell.experiment.study_file import parse_study

SMALL = """
[study]
name = "small"
title = "A small study"
theory = "deed"
seed = 7
steps = 30
draws = 4

[population]
people = 120
network = "planted_partition"
mean_degree = 6
communities = 2
mix = 0.2

[arms.quiet]
[arms.act]
interventions = [{ pulse = "act", amount = 3, at = 8 }]
[arms.act_again]
interventions = [{ pulse = "act", amount = 3, at = 8 }]
[arms.act_without_media]
interventions = [{ pulse = "act", amount = 3, at = 8 }, { set = "alpha", value = 0, from = 8 }]

[effects]
act = ["act", "quiet"]
nothing = ["act", "act_again"]
media = ["act", "act_without_media"]
"""

# x doubles at each step where a > 0.5, and leaves the numbers after some steps where a is large.
OVERFLOWS = '''
from groundswell import Observable, Param, Society, State, Theory, Uniform

class Overflows(Theory):
    """A society whose number overflows for some of its parameters."""
    on = State(bool, initial=False)
    x = Society(initial=1e300)
    a = Param(1.0, "> 0", Uniform(0.5, 100))
    seen_x = Observable("society.x")
    share_on = Observable("people.on")

    def society(society, p):
        society.x = society.x * p.a

    def person(me, society, luck):
        me.on = luck.chance("on", 0.5)
'''

CROWDED = '''
from groundswell import Exactly, Observable, Param, State, Theory, Uniform

class Crowded(Theory):
    """A theory whose prior may start more people than there are."""
    on = State(bool, initial=Exactly("starters"))
    starters = Param(1.0, ">= 0", Uniform({low}, 20))
    share_on = Observable("people.on")

    def person(me):
        me.on = me.on
'''


@pytest.fixture
def small() -> Callable[..., Study]:
    """Make the small study, with texts replaced."""

    def make(*replacements: tuple[str, str], text: str = SMALL, folder: Path | None = None) -> Study:
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        return parse_study(text, origin="small.toml", folder=folder or Path())

    return make


@pytest.fixture
def overflowing(tmp_path: Path, small: Callable[..., Study]) -> Study:
    """A study some of whose runs fail after a few steps."""
    (tmp_path / "overflows.py").write_text(OVERFLOWS)
    text = """
[study]
name = "overflowing"
title = "Runs that fail"
theory = "overflows.py"
seed = 3
steps = 6
draws = 12
[population]
people = 20
network = "well_mixed"
[arms.plain]
[arms.held]
params = { a = 1.0 }
[effects]
held = ["held", "plain"]
"""
    return small(text=text, folder=tmp_path)


@pytest.fixture
def crowded(tmp_path: Path, small: Callable[..., Study]) -> Callable[[int], Study]:
    """A study some (low = 0) or all (low = 15) of whose runs cannot begin."""

    def make(low: int) -> Study:
        (tmp_path / "crowded.py").write_text(CROWDED.replace("{low}", str(low)))
        text = """
[study]
name = "crowded"
title = "Runs that cannot begin"
theory = "crowded.py"
seed = 3
steps = 4
draws = 12
[population]
people = 10
network = "well_mixed"
[arms.plain]
"""
        return small(text=text, folder=tmp_path)

    return make


@pytest.fixture
def adjudicate() -> Callable[..., dict[str, Any]]:
    """A stand-in for adjudication that depends on the whole ensemble, and so shows any change in it."""

    def make(study: Study, ensemble: Ensemble, *, threads: int | None, progress: Any) -> dict[str, Any]:
        sums = {a: float(np.cbrt(values[~np.isnan(values)]).sum()) for a, values in ensemble.values.items()}
        frame = pl.DataFrame({"account": list(sums), "sum": list(sums.values())})
        return {"sums": sums, "nothing": float("nan"), "verdicts": [], "tables": {"sums": frame}}

    return make


@pytest.fixture
def dossier() -> Callable[..., str | None]:
    """A stand-in for the dossier, which writes none."""

    def page(verdicts: dict[str, Any], study: Study, manifest: dict[str, Any], folder: Path) -> None:
        assert "tables" not in verdicts
        assert {f"tables/{path.name}" for path in (folder / "tables").iterdir()} < manifest["files"].keys()

    return page
