"""One world over several ranks: the bytes of one process, and a run that lost a rank goes on from what it kept."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from groundswell import Observable, Param, Share, State, Theory, Trait
from groundswell.engine import ranks as module
from groundswell.engine.ranks import Across, Ranks, Together, check_divisible, range_of
from groundswell.errors import OutputError, TheoryError
from groundswell.experiment.setting import Divided, live
from groundswell.population.ranges import build_range, cut
from groundswell.population.specification import PopulationSpecification
from groundswell.theory import Setting, Uniform
from groundswell.theory.registry import load_theory

PEOPLE = 1500


class Moods(Theory):
    """People who see two states and the mean of a number, with luck, a trait, and a society that answers."""

    acts = State(bool, initial=Share("start"))
    tired = State(bool, initial=False)
    mood = State(float, initial=Uniform(0.0, 1.0))
    nerve = Trait(Uniform(0.2, 0.9))
    start = Param(0.2, "[0, 1]")
    turnout = Observable("people.acts")
    mean_mood = Observable("people.mood")

    def person(me, seen, people, luck):
        me.mood = 0.9 * seen.mean.mood + 0.1 * luck.uniform("mood")
        me.acts = (seen.share.acts + me.mood > me.nerve) and not me.tired and people.acts < 0.8
        me.tired = seen.count.tired > 3 or luck.chance("tires", 0.05)


def whole_and_divided(theory: Any, table: dict[str, Any], size: int, steps: int = 8) -> tuple[bytes, list[bytes]]:
    setting = Setting(steps, table)
    one = live(theory, setting, worlds=1, seed=5, threads=1).values.tobytes()
    got = Together(size).run(
        lambda ranks: live(theory, setting, worlds=1, seed=5, threads=1, across=Divided(ranks)).values.tobytes()
    )
    return one, got


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize(
    "table",
    [
        {"network": "erdos_renyi", "people": PEOPLE, "mean_degree": 8.0},
        {"network": "watts_strogatz", "people": PEOPLE, "neighbours": 6, "rewiring": 0.2},
    ],
    ids=["random", "small world"],
)
def test_one_world_over_ranks_has_the_bytes_of_one_process(table: dict[str, Any], size: int) -> None:
    one, got = whole_and_divided(Moods, table, size)
    assert got == [one] * size


@pytest.mark.parametrize("name", ["watts", "granovetter"])
def test_shipped_theories_over_ranks(name: str) -> None:
    table = {"network": "well_mixed", "people": PEOPLE} if name == "granovetter" else {
        "network": "ring", "people": PEOPLE, "neighbours": 4
    }  # fmt: skip
    one, got = whole_and_divided(load_theory(name), table, 3)
    assert got == [one] * 3


@pytest.mark.parametrize(
    "table",
    [
        {"network": "erdos_renyi", "people": PEOPLE, "mean_degree": 8.0},
        {"network": "ring", "people": PEOPLE, "neighbours": 6},
        {"network": "barabasi_albert", "people": PEOPLE, "ties_per_newcomer": 3},
    ],
    ids=["random", "ring", "growth"],
)
def test_each_rank_has_the_rows_of_its_people(table: dict[str, Any]) -> None:
    stated = PopulationSpecification.model_validate(table)
    whole, ranges = stated.build(7), [range_of(PEOPLE, r, 3) for r in range(3)]
    assert whole.network is not None
    assert ranges[0][0] == 0
    assert ranges[-1][1] == PEOPLE
    parts = Together(3).run(lambda ranks: build_range(stated, 7, ranges, ranks.rank, ranks.swap))
    for (first, last), part in zip(ranges, parts, strict=True):
        expected = cut(whole, first, last).network
        assert expected is not None
        assert part.network is not None
        assert np.array_equal(part.network.indptr[first : last + 1], expected.indptr[first : last + 1])
        assert np.array_equal(part.network.indices, expected.indices)
        start, seers = part.network.seen_by
        assert all(
            np.array_equal(
                seers[start[j] : start[j + 1]], [i for i in whole.network.neighbours(j) if first <= i < last]
            )
            for j in range(0, PEOPLE, 50)
        )


def test_only_what_changed_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[list[int]] = []
    close = Across.close
    monkeypatch.setattr(Across, "close", lambda self: (sent.append(self.sent), close(self)))
    whole_and_divided(load_theory("watts"), {"network": "ring", "people": PEOPLE, "neighbours": 4}, 2)
    most = 2 * 5 + 4  # a ring is seen across by four people, of whom one byte holds the bits
    assert all(step <= most for rank in sent for step in rank)


class _LostError(Exception):
    """A rank that dies."""


def test_a_run_that_lost_a_rank_goes_on_with_any_number_of_them(tmp_path: Path) -> None:
    setting = Setting(8, {"network": "erdos_renyi", "people": PEOPLE, "mean_degree": 8.0})
    one = live(Moods, setting, worlds=1, seed=5, threads=1).values.tobytes()

    def dying(ranks: Ranks) -> Any:
        divided = Divided(ranks, tmp_path, every=0.0)
        after = Across.after

        def die(self: Across, batch: Any, values: Any, t: int) -> None:
            if t == 6 and ranks.rank == 1:
                raise _LostError
            after(self, batch, values, t)

        patched = type("Dying", (Across,), {"after": die})
        mine = Divided.part

        def part(self: Divided, *given: Any) -> Any:
            population, run = mine(self, *given)
            assert self.last is not None
            self.last.__class__ = patched
            return population, run

        return live(
            Moods, setting, worlds=1, seed=5, threads=1, across=type("D", (Divided,), {"part": part})(**vars(divided))
        )

    with pytest.raises((_LostError, threading.BrokenBarrierError)):
        Together(2).run(dying)
    steps: list[int] = []
    true = module._Kept.load

    def load(self: Any, *given: Any) -> int:
        steps.append(true(self, *given))
        return steps[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module._Kept, "load", load)
        got = Together(3).run(
            lambda ranks: live(Moods, setting, worlds=1, seed=5, threads=1, across=Divided(ranks, tmp_path)).values
        )
    assert steps == [5, 5, 5]
    assert [x.tobytes() for x in got] == [one] * 3
    (kept,) = tmp_path.iterdir()
    for path in kept.glob("*.npz"):
        path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(OutputError, match="is damaged"):
        Together(1).run(lambda ranks: live(Moods, setting, worlds=1, seed=5, across=Divided(ranks, tmp_path)))


@pytest.mark.parametrize(
    ("name", "why"),
    [("vanguard", "act together"), ("awareness", "more than counts"), ("signed_consensus", "more than")],
)
def test_what_cannot_be_divided_is_refused(name: str, why: str) -> None:
    with pytest.raises(TheoryError, match=why):
        check_divisible(load_theory(name))
