"""The ODD text of flows, processes, and people who act one after another."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundswell.theory.odd import odd_text
from groundswell.theory.registry import load_theory

PROCESS = '''
import numpy as np
from groundswell.theory import Observable, Param, Process, Setting, Share, Society, State, Stream
from groundswell.theory.compiled import below, chance, compiled
from groundswell.theory.lattice import holds

LEVEL = 0.25
UNUSED = 7.0

class Walk(Process):
    """Walk and talk."""
    space = "grid"
    setting = Setting(50, {"network": "grid", "rows": 8, "columns": 9}, params={"chatty": 0.5})
    talks = State(bool, initial=Share("begin"))
    begin = Param(0.1, "[0, 1]")
    chatty = Param(0.2, "[0, 1]")
    loud = Society(meaning="talk of the step")
    calm = Society("chatty")
    who, whether = Stream("who moves"), Stream("whether they talk")
    fixed = ("begin",)
    talk = Observable("society.loud")

    def arrays(population, p):
        return {"place": np.zeros(population.people, np.int32)}

    def step(people, society, p, luck, grid):
        society.loud = 0.0
        where = people.place
        for turn in range(grid.rows):
            i = below(luck.who, turn, people.talks.size)
            where[i] = turn
            if chance(luck.whether, i, p.chatty * LEVEL):
                speak(people, society, i)

@compiled
def speak(people, society, i):
    people.talks[i] = True
    society.loud += 1.0 - society.calm

@compiled
def unused(x):
    return x
'''
IN_TURN = '''
from groundswell import Observable, Share, State, Theory

class Turns(Theory):
    """Copy whom one sees, one after another."""
    order = "random"
    on = State(bool, initial=Share(0.5))
    share = Observable("people.on")

    def person(me, seen):
        me.on = seen.share.on > 0.5
'''


@pytest.fixture(scope="module")
def walk(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("walk") / "walk.py"
    path.write_text(PROCESS)
    return odd_text(load_theory(path))


@pytest.mark.parametrize(
    "found",
    [
        "(a process in its own form)",
        "Space is a grid of sites",
        "**Setting of the source.** 50 steps; grid (rows 8, columns 9); `chatty` = 0.5.",
        "Further arrays that the theory makes itself: `place`.",
        "Only before the first step, so that no intervention sets them: `begin`.",
        "The step is run, in the order that its text states (Submodels).",
        "The step changes, of people: `place`, `talks`; of society: `loud`.",
        "The step reads, of people: `place`, `talks`; of society: `calm`.",
        "Through `grid`, as the text of the step states.",
        "| `who` | who moves | a whole number below a bound |",
        "| `whether` | whether they talk | true with a probability |",
        "Before the first step: `initial:talks`.",
        "### What is made for each world before the start",
        "### One step",
        "### `speak`",
        "    society.loud += 1.0 - society.calm",
        "Numbers of its file: `LEVEL` = 0.25.",
        "Then `arrays` of the theory set the rest (Submodels).",
    ],
)
def test_a_process_is_told_from_its_declarations_and_its_text(walk: str, found: str) -> None:
    assert found in walk


def test_what_the_step_does_not_use_is_left_out(walk: str) -> None:
    for absent in ("unused", "UNUSED", "lattice", "The start", "synchronous"):
        assert absent not in walk


def test_a_flow_has_no_people() -> None:
    text = odd_text(load_theory("lang_de_sterck"))
    assert "There are no people: the one entity is society." in text
    assert "Runge-Kutta method of order 4, in 100 equal parts" in text
    assert "### The rates of change" in text
    assert "of people is the study's" not in text
    assert "**People**" not in text
    assert "Only before the first step, so that no intervention sets them: `start`." in text


def test_people_who_act_one_after_another(tmp_path: Path) -> None:
    (tmp_path / "turns.py").write_text(IN_TURN)
    text = odd_text(load_theory(tmp_path / "turns.py"))
    assert "for one person after another, in a new random order" in text
    assert "Updating is asynchronous" in text
    assert "synchronous: what people see" not in text
    assert "Each person's view of others is taken" not in text
    assert "| `order` | the order in which people act | uniform on [0, 1) |" in text
