"""Errors are one sentence that a person reads: whatever was given, the text stays short, and the parts stay whole."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from groundswell.errors import LONGEST, EstimationError, GroundswellError, RecordError, TheoryError
from groundswell.experiment.study_file import load_study
from groundswell.population.read import read_edges
from groundswell.records.events import read_events
from groundswell.theory.registry import load_theory


@pytest.mark.parametrize("part", ["given", "expected", "why", "instead"])
@pytest.mark.parametrize("text", ["x" * 5000, ", ".join(f"name_{i}" for i in range(400)), "word " * 900])
def test_a_long_part_is_shortened_and_the_others_stay_whole(part: str, text: str) -> None:
    parts = {"given": "seed = -1", "expected": "a number from 0", "why": "seeds count up", "instead": "seed = 1"}
    error = GroundswellError(**(parts | {part: text}))
    assert len(str(error)) <= LONGEST
    assert getattr(error, part) == text
    for name in set(parts) - {part}:
        assert parts[name] in str(error)


def test_a_long_list_says_how_many_it_leaves_out() -> None:
    names = [f"theory_{i}" for i in range(200)]
    text = str(TheoryError("theory 'x'", expected="one of " + ", ".join(names), instead="did you mean 'theory_3'?"))
    shown = text.split("one of ")[1].split(" and ")[0].split(", ")
    assert shown == names[: len(shown)]
    assert f"and {200 - len(shown)} more. Instead: did you mean 'theory_3'?" in text


def test_a_short_text_is_as_it_was_given() -> None:
    error = GroundswellError("a", expected="b", why="c", instead="d")
    assert str(error) == "a; expected b, because c. Instead: d"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_all_parts_long_at_once() -> None:
    error = GroundswellError("g" * 900, expected="e" * 900, why="w" * 900, instead="i" * 900)
    assert len(str(error)) <= LONGEST


@pytest.mark.parametrize("way", ["direct", "of"])
def test_settings_raise_the_error_of_the_house_however_they_are_made(way: str) -> None:
    from groundswell.calibrate.reporting import Reported
    from groundswell.estimators.waves.diffusion import SpreadSettings

    def made(kind: type, **options: object) -> object:
        return kind(**options) if way == "direct" else kind.of(None, options)  # type: ignore[attr-defined]

    with pytest.raises(EstimationError, match=r"the option 'bootstrp'.*did you mean 'bootstrap'\?"):
        made(SpreadSettings, bootstrp=9)
    with pytest.raises(EstimationError, match=r"kernel = 'exponental'.*did you mean 'exponential'\?"):
        made(SpreadSettings, kernel="exponental")
    with pytest.raises(EstimationError, match=r"level = 1.5; expected less than 1 \(coverage of the intervals\)"):
        made(SpreadSettings, level=1.5)
    with pytest.raises(RecordError, match=r"form = 'count'.*did you mean 'counts'\?"):
        made(Reported, form="count")


@pytest.mark.parametrize(
    ("read", "there", "given"),
    [
        (load_study, "study.toml", "stdy.toml"),
        (load_theory, "fatigue.py", "fatique.py"),
        (read_events, "events.csv", "event.csv"),
        (read_edges, "ties.txt", "tie.txt"),
        (read_edges, "ties.parquet", "ties.parqet"),
    ],
)
def test_a_mistyped_file_is_told_with_the_one_that_was_meant(
    tmp_path: Path, read: Callable[[Path], Any], there: str, given: str
) -> None:
    (tmp_path / there).touch()
    with pytest.raises(GroundswellError, match=rf"did you mean .*{there}"):
        read(tmp_path / given)
    with pytest.raises(GroundswellError) as error:
        read(tmp_path / ("zzzzzzzzzzzz" + Path(given).suffix))
    assert "did you mean" not in str(error.value)
