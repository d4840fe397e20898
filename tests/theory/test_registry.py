"""Finding theories by name, by entry point and by file, and saying clearly what is wrong with one."""

from __future__ import annotations

import importlib.metadata
import pickle
import pkgutil

import pytest

from groundswell import theories as package
from groundswell.errors import RuleError, TheoryError
from groundswell.theory import Theory
from groundswell.theory.registry import load_theory, theories

GOOD = '''
from groundswell.theory import Observable, Param, Share, State, Theory

class Lamp(Theory):
    """Light up."""
    lit = State(bool, initial=Share("seed"))
    seed = Param(0.1, "[0, 1]")
    share_lit = Observable("people.lit")
    def person(me):
        me.lit = not me.lit
'''


def write(folder, text, name="lamp.py"):
    path = folder / name
    path.write_text(text)
    return path


def test_every_file_is_a_theory_and_every_theory_a_file():
    files = {info.name for info in pkgutil.iter_modules(package.__path__) if not info.name.startswith("_")}
    found = theories()
    assert list(found) == sorted(found)
    assert {t.__module__.rpartition(".")[2] for t in found.values()} == files
    assert len(found) == len(files) >= 4
    for name, theory in found.items():
        assert issubclass(theory, Theory)
        assert theory.name == name
        assert load_theory(name) is theory


@pytest.mark.parametrize(
    ("given", "near"), [("granoveter", "granovetter"), ("Watts", "watts"), ("ku-ran", "kuran"), ("DEED", "deed")]
)
def test_a_near_match_is_offered(given, near):
    with pytest.raises(TheoryError, match=f"Instead: {near}"):
        load_theory(given)


def test_an_unknown_name_lists_what_there_is():
    expected = r"'zzzzzz'; expected .* ends in .py, or one of awareness, axelrod, .* and \d+ more"
    with pytest.raises(TheoryError, match=expected):
        load_theory("zzzzzz")


def test_a_users_file_is_loaded_and_is_the_same_class_again(tmp_path):
    path = write(tmp_path, GOOD)
    theory = load_theory(path)
    assert theory.name == "lamp"
    assert load_theory(str(path)) is theory
    assert pickle.loads(pickle.dumps(theory)) is theory


def test_an_edited_file_is_a_new_theory(tmp_path):
    path = write(tmp_path, GOOD)
    first = load_theory(path)
    path.write_text(GOOD.replace("0.1,", "0.2,"))  # the same size and, it may be, the same time stamp
    second = load_theory(path)
    assert (first.params["seed"].default, second.params["seed"].default) == (0.1, 0.2)
    assert not list(tmp_path.glob("__pycache__")), "a user's folder is left as it was"


def test_an_imported_theory_does_not_count(tmp_path):
    path = write(tmp_path, "from groundswell.theories.watts import Watts\n" + GOOD)
    assert load_theory(path).name == "lamp"
    with pytest.raises(TheoryError, match="states no theory"):
        load_theory(write(tmp_path, "from groundswell.theories.watts import Watts\n", "none.py"))


def test_a_second_name_for_one_class_is_no_second_theory(tmp_path):
    assert load_theory(write(tmp_path, GOOD + "\nAlias = Lamp\n")).name == "lamp"


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("x = 1\n", "lamp.py states no theory; expected exactly one subclass"),
        (GOOD + GOOD.replace("Lamp", "Torch"), r"lamp.py states several theories \(Lamp, Torch\)"),
        ("x = 1\nimport nowhere_to_be_found\n", r"lamp.py:2: ModuleNotFoundError: No module named 'nowhere"),
        ("x = 1\n\ny = 1 / 0\n", r"lamp.py:3: ZeroDivisionError: division by zero"),
        ("def f(:\n    pass\n", r"lamp.py:1: SyntaxError: "),
        ("def f():\n    return 1 / 0\n\nf()\n", r"lamp.py:2: ZeroDivisionError"),
        (GOOD.replace("0.1", "7.0"), r"lamp.py:4: Lamp.seed has default 7.0; expected a number in its support"),
        ("x = 'a\x00b'\n", r"lamp.py:\d+: SyntaxError|lamp.py:1: ValueError"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_line(tmp_path, text, content):
    with pytest.raises(TheoryError, match=content) as caught:
        load_theory(write(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_refused_rule_is_told_with_its_line(tmp_path):
    with pytest.raises(RuleError, match=r"lamp.py:10: `me.lit = me.lamp`.*me.lamp"):
        load_theory(write(tmp_path, GOOD.replace("not me.lit", "me.lamp")))


def test_a_failed_file_is_tried_again(tmp_path):
    path = write(tmp_path, "raise RuntimeError('no')\n")
    for _ in range(2):
        with pytest.raises(TheoryError, match="RuntimeError: no"):
            load_theory(path)


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(TheoryError, match=r"nowhere.py cannot be read: No such file"):
        load_theory(tmp_path / "nowhere.py")
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(TheoryError, match=r"folder.py is a folder"):
        load_theory(str(tmp_path / "folder.py"))


@pytest.fixture
def announce(monkeypatch):
    def announced(value):
        point = importlib.metadata.EntryPoint("theirs", value, "groundswell.theories")
        monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [point] * (group == point.group))

    return announced


def test_entry_points_are_found(announce, tmp_path, monkeypatch):
    write(tmp_path, GOOD, "their_lamp.py")
    monkeypatch.syspath_prepend(tmp_path)
    announce("their_lamp:Lamp")
    assert theories()["lamp"].__module__ == "their_lamp"
    assert load_theory("lamp").name == "lamp"
    announce("their_lamp")
    assert theories()["lamp"].__module__ == "their_lamp"


@pytest.mark.parametrize(
    ("value", "content"),
    [
        ("not_installed_at_all:X", "cannot be loaded: ModuleNotFoundError"),
        ("groundswell.errors:TheoryError", "is <class"),
        ("groundswell.errors", "states no theory"),
    ],
)
def test_a_broken_entry_point_is_told(announce, value, content):
    announce(value)
    with pytest.raises(TheoryError, match=content):
        theories()


def test_two_theories_of_one_name_are_refused(announce, tmp_path, monkeypatch):
    write(tmp_path, GOOD.replace("Lamp", "Watts"), "their_watts.py")
    monkeypatch.syspath_prepend(tmp_path)
    announce("their_watts:Watts")
    with pytest.raises(TheoryError, match="both state a theory named 'watts'"):
        theories()
