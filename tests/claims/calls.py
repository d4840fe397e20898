"""The study of calls to turn out, and its weekly record, that several tests of claims put to the proof."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

THEORY = Path(__file__).parent / "theories" / "push.py"
WEEKS = 60

SETTING = f"""
[study]
name = "calls"
title = "Do calls bring people out?"
theory = "{THEORY.as_posix()}"
seed = 3
steps = 20
draws = 2
[population]
network = "well_mixed"
people = 300
[arms.silence]
[records.marches]
file = "weekly.csv"
time = "week"
counts = {{ march = "march", call = "call" }}
unit = "week"
[observe]
march = {{ of = "turnout", events = 400 }}
call = {{ shock = "call" }}
"""
RISES = """[claims.rises]
text = "After a call more people march."
record = "marches"
estimator = "difference"
settings = { acts = "call", outcome = "march", lag = 0 }
expects = "above"
"""


def weekly(push: float, seed: int = 5, level: float = 20, memory: float = 0.5) -> str:
    """Marches and calls by week, as CSV: a call changes turnout by a factor of 1 + push, and `memory` of that stays."""
    rng = np.random.default_rng(seed)
    calls = (rng.random(WEEKS) < 0.2).astype(int)
    momentum, rows = 0.0, ["week,march,call"]
    for t in range(WEEKS):
        momentum = min(1.0, memory * momentum + calls[t])
        day = np.datetime64("2001-01-01") + 7 * t
        rows.append(f"{day},{rng.poisson(level * (1 + push * momentum))},{calls[t]}")
    return "\n".join(rows) + "\n"


def write_study(folder: Path, text: str, theory: Path = THEORY) -> Path:
    """A study as a file with its theory beside it, since a file executes nothing outside its own folder."""
    shutil.copy(theory, folder)
    path = folder / "calls.toml"
    path.write_text(text.replace(theory.as_posix(), theory.name))
    return path
