"""The register finds every file that holds a replication, and tells which cannot be loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundswell.errors import ReplicationError
from groundswell.replications.register import chosen, find, load_replication, replications

GOOD = """
from groundswell.replications.replication import Found, Measured, Replication, Target

TARGETS = (Target("two", "One and one is two", 2.0, certainty="C", source="arithmetic"),)
REPLICATION = Replication(
    "{name}", "Sum", targets=TARGETS, measure=lambda threads=None: Measured({{"two": Found(1.0 + 1.0)}}), source="-"
)
"""


def test_every_shipped_file_loads() -> None:
    assert find()[1] == {}


def test_a_file_is_found_and_machinery_is_none(folder: Path) -> None:
    (folder / "summing.py").write_text(GOOD.format(name="summing"))
    (folder / "helper.py").write_text("x = 1\n")
    assert list(replications()) == ["summing"]
    assert load_replication("summing").title == "Sum"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.format(name="other"), "the name of its file"),
        ("REPLICATION = 3\n", "a Replication"),
        ("import no_such_module\n", "ModuleNotFoundError"),
        ("def (\n", "SyntaxError"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_told_and_hides_no_other(folder: Path, text: str, says: str) -> None:
    (folder / "fine.py").write_text(GOOD.format(name="fine"))
    (folder / "wrong.py").write_text(text)
    found, broken = find()
    assert list(found) == ["fine"]
    assert says in broken["wrong"]
    with pytest.raises(ReplicationError, match=r"wrong\.py"):
        replications()


def test_names_are_chosen_once_and_near_ones_offered() -> None:
    known = ["granovetter", "watts"]
    assert chosen(None, known) == known
    assert chosen(["watts", "granovetter", "watts"], known) == known
    with pytest.raises(ReplicationError, match="Instead: granovetter"):
        chosen(["Granoveter"], known)
