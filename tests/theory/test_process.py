"""What a process refuses when it is stated or run: each slip is given with its line and what to write instead."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from groundswell.engine.reference import simulate_reference
from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import World
from groundswell.errors import GroundswellError, RuleError, TheoryError
from groundswell.population.population import well_mixed
from groundswell.theory.registry import load_theory

HEAD = '''
import random
import numpy as np
from groundswell.theory import Observable, Param, Process, Share, Society, State, Stream, Trait, Uniform
from groundswell.theory.compiled import below, compiled, uniform

class Mine(Process):
    """Mine."""
    opinion = State(bool, initial=Share(0.5))
    taste = Trait(Uniform(0.0, 1.0))
    rate = Param(0.1, "[0, 1]")
    total = Society()
    who = Stream("who")
    size = 3
    yes = Observable("people.opinion")
'''
LINE = HEAD.count("\n") + 2  # the first within a function


def stated(body: str, folder: Path) -> str:
    """A theory file with this body of the class; the first function has one line."""
    path = folder / "mine.py"
    path.write_text(HEAD + body, encoding="utf-8")
    return str(path)


def run(body: str, folder: Path) -> None:
    simulate(load_theory(stated(body, folder)), well_mixed(10), [World(1)], 1, threads=1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("people.opinion[0] = p.rat > 0", "Mine.step uses p.rat; .* Instead: p.rate"),
        ("society.totl = 1.0", "Mine.step uses society.totl; .* Instead: society.total"),
        ("people.opinoin[0] = True", "Mine.step uses people.opinoin; .* Instead: people.opinion"),
        ("i = below(luck.whom, 0, 10)", "Mine.step uses luck.whom; .* Instead: luck.who"),
        ("i = luck.uniform('x')", r"Instead: uniform\(luck.NAME, i, ...\)"),
        ("k = ties.index[0]", "ties.index; .*: indices, indptr"),
        ("p.rate = 0.5", "writes p.rate; expected parameters to be read only"),
        ("p.rate *= 0.5", "writes p.rate; expected parameters to be read only"),
        ("people.opinion = ~people.opinion", r"replaces people.opinion with another array; .* people.opinion\[:\] = "),
        ("i = np.random.randint(10)", "draws from np.random; expected addressed draws"),
        ("i = random.choice([1, 2])", "draws from random; expected addressed draws"),
    ],
)
def test_a_slip_is_told_when_the_class_is_defined(text: str, found: str, tmp_path: Path) -> None:
    path = stated(f"    def step(people, society, p, luck, ties):\n        {text}\n", tmp_path)
    with pytest.raises(RuleError, match=rf"^{re.escape(path)}:{LINE}: .*{found}"):
        load_theory(path)


def test_a_function_beside_the_class_draws_from_no_other_luck(tmp_path: Path) -> None:
    body = "    def step(people):\n        toss()\n\n@compiled\ndef toss():\n    return np.random.random()\n"
    with pytest.raises(RuleError, match=rf":{LINE + 4}: toss draws from np.random"):
        load_theory(stated(body, tmp_path))


def test_names_that_only_look_like_luck_are_let_through(tmp_path: Path) -> None:
    body = (
        "    random = Stream()\n    def step(people, luck):\n        people.opinion[below(luck.random, 0, 10)] = True\n"
    )
    run(body, tmp_path)


def test_the_function_of_another_form_is_not_passed_over(tmp_path: Path) -> None:
    body = "    def step(people):\n        pass\n    def person(me):\n        pass\n"
    with pytest.raises(TheoryError, match=r"has a person function; .* class Mine\(Theory\)"):
        load_theory(stated(body, tmp_path))


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ("{'q': [0, 1]}", "returned 'q': list; expected NumPy arrays of numbers"),
        ("{'q': np.array([None])}", "returned 'q': array of object"),
        ("{'opinion': np.zeros(3)}", "returned 'opinion': .* taken are region, taste, opinion"),
        ("np.zeros(3)", "returned ndarray; expected arrays by name"),
        ("{'q': np.zeros(population.poeple)}", rf"mine.py:{LINE}: AttributeError: .*'poeple'"),
    ],
)
def test_what_arrays_returns_is_checked(made: str, found: str, tmp_path: Path) -> None:
    with pytest.raises(TheoryError, match=found):
        run(f"    def arrays(population):\n        return {made}\n    def step(people):\n        pass\n", tmp_path)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("i = uniform(who, 0)", "name 'who' is not defined.* Instead: luck.who, with luck among"),
        ("i = size", "name 'size' is not defined.* Instead: size = ... next to the class"),
        ("helper(people)", "helper.*functions marked @compiled"),
        ("people.opinion[0] = lookup(p)", "KeyError: 'rat'"),  # raised by the compiler, though no error of its own
    ],
)
def test_the_compilers_refusals_are_told(text: str, found: str, tmp_path: Path) -> None:
    beside = (
        "\ndef helper(people):\n    return 1\n\n@compiled\ndef lookup(p):\n    return p.rat > 0\n"  # a name not checked
    )
    with pytest.raises(GroundswellError, match=f"the compiler refuses the process mine: .*{found}"):
        run(f"    def step(people, p):\n        {text}\n{beside}", tmp_path)


def test_an_array_cannot_be_observed(tmp_path: Path) -> None:
    body = "    mean = Observable('people.q')\n    def step(people):\n        pass\n"
    with pytest.raises(TheoryError, match=r"because an array of arrays\(\) has no mean until step\(\) writes one"):
        load_theory(stated(body, tmp_path))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            "    def step(people):\n        people.opinion[people.opinion.size + 3] = True\n",
            rf":{LINE}: IndexError: index 13 ",
        ),
        (
            "    def step(people):\n        spoil(people.opinion)\n\n@compiled\ndef spoil(a):\n    a[a.size] = True\n",
            f":{LINE}: IndexError",
        ),
    ],
)
def test_an_index_beyond_an_array_is_told_with_its_line_where_bounds_are_checked(
    body: str, found: str, tmp_path: Path
) -> None:
    call = [sys.executable, "-m", "groundswell", "simulate", stated(body, tmp_path), "--check"]
    done = subprocess.run([*call, "--people", "10", "--steps", "2"], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert re.search(found, done.stderr), done.stderr
    assert "Traceback" not in done.stderr


def test_a_step_that_raises_is_told_in_one_sentence_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(TheoryError, match=rf"the process mine failed: .*mine.py:{LINE}: ValueError: no people"):
        run("    def step(people):\n        raise ValueError('no people')\n", tmp_path)


def test_a_declaration_with_the_name_of_a_function_is_told(tmp_path: Path) -> None:
    with pytest.raises(TheoryError, match=r"Mine.start is a Param; .* Instead: start_value = Param"):
        load_theory(stated('    start = Param(0.5, "[0, 1]")\n    def step(people):\n        pass\n', tmp_path))


def test_a_draw_that_was_not_imported_is_told(tmp_path: Path) -> None:
    with pytest.raises(TheoryError, match=r"Instead: from groundswell\.theory\.compiled import chance"):
        run("    def step(people, luck):\n        people.opinion[0] = chance(luck.who, 0, 0.5)\n", tmp_path)


def test_plain_python_divides_and_overflows_as_compiled_code_does(tmp_path: Path) -> None:
    body = "    def step(people, society, p):\n        society.total = people.taste[0] / (p.rate - p.rate)\n"
    body += "        society.total = p.rate / society.total + 1e300 * (p.rate * 1e300)\n"
    theory = load_theory(stated(body + '    left = Observable("society.total")\n', tmp_path))
    fast, slow = (run(theory, well_mixed(2), [World(1)], 1)["left"] for run in (simulate, simulate_reference))
    assert fast[1, 0] == slow[1, 0] == float("inf")
