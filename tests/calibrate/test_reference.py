"""Reference tables: the same bytes for any threads and after a kill, extended, reused, and remade where damaged."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from groundswell.calibrate.estimand import default_estimands, parse_estimand
from groundswell.calibrate.fit import FitSettings, kinship
from groundswell.calibrate.observed import of_arrays
from groundswell.calibrate.posterior import Kinship, rows_of
from groundswell.calibrate.priors import LogUniform, draw_parameters, wide_prior
from groundswell.calibrate.reference import BLOCK, Blocks, ReferenceDraws, ReferenceTable
from groundswell.engine.worlds import Pulse
from groundswell.errors import EstimationError
from groundswell.theories.coevolving_opinions import CoevolvingOpinions
from groundswell.theories.deed import Deed
from groundswell.theories.lang_de_sterck import LangDeSterck
from groundswell.theories.sis import Sis
from groundswell.theory import Fixed, Uniform

FLOW = ReferenceDraws(LangDeSterck, {"network": "well_mixed", "people": 1}, ("turnout",), 20)


def files(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.rglob("*.npz"))}


def test_bytes_depend_on_no_thread_and_no_interruption(tmp_path: Path) -> None:
    one, two = ReferenceTable(FLOW, tmp_path / "one"), ReferenceTable(FLOW, tmp_path / "two")
    one.extend(4, threads=1)

    class KilledError(Exception):
        pass

    def kill(stage: str, done: int, total: int) -> None:
        if done == 2:
            raise KilledError

    with pytest.raises(KilledError):
        two.extend(4, threads=2, progress=kill)
    assert 0 < two.made(4) <= 4
    ReferenceTable(FLOW, tmp_path / "two").extend(4, threads=2)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert len(files(tmp_path / "one")) == 4


def test_a_table_is_extended_and_a_damaged_block_remade(tmp_path: Path) -> None:
    table = ReferenceTable(FLOW, tmp_path)
    table.extend(2)
    before = files(tmp_path)
    table.extend(3)
    after = files(tmp_path)
    assert before.items() <= after.items()
    assert len(after) == 3
    (damaged,) = tmp_path.rglob("block_00001.npz")
    damaged.write_bytes(damaged.read_bytes()[:50])
    table.extend(3)
    assert files(tmp_path) == after


def test_rows_are_kept_with_the_table(tmp_path: Path) -> None:
    kin = kinship(
        LangDeSterck, of_arrays({"turnout": np.zeros(20)}), FLOW.population, settings=FitSettings(), reporting="counts"
    )
    table = ReferenceTable(kin.draws, tmp_path)
    table.extend(2)
    found = rows_of(table, kin, 2)
    again = rows_of(ReferenceTable(kin.draws, tmp_path), kin, 2)
    assert np.array_equal(found.summaries, again.summaries)
    assert len(found.draw) == 3 * 2 * BLOCK  # three reports of each world, at no cost
    first, second = (found.summaries[(found.copy == c) & (found.draw == 5)] for c in (0, 1))
    assert not np.array_equal(first, second)
    other = Kinship(kin.draws, kin.reporting, kin.watched, offsets=(1,))
    assert other.key != kin.key


@pytest.mark.parametrize(
    "change",
    [{"seed": 2}, {"steps": 21}, {"before": 3}, {"priors": {"start": Uniform(0, 0.1)}}, {"fixed": {"start": 0.1}}],
)
def test_the_key_holds_what_draws_depend_on(change: dict) -> None:
    priors_of = {"start": next(iter(LangDeSterck.params))}
    change = {
        k: {priors_of.get(n, n): x for n, x in v.items()} if isinstance(v, dict) else v for k, v in change.items()
    }
    assert replace(FLOW, **change).key != FLOW.key


def test_default_priors_follow_the_support() -> None:
    assert wide_prior(Sis, "start") == Uniform(0.0, 1.0)
    assert wide_prior(Sis, "contagion") == LogUniform(0.02 / 5, 0.1)
    assert wide_prior(Deed, "mu") == Deed.params["mu"].prior
    assert isinstance(wide_prior(Deed, "kappa"), Fixed)
    assert LogUniform(0.122 / 5, 0.122 * 5).describe() == "LogUniform(0.0244, 0.61)"
    drawn = draw_parameters(Sis, 200, 1, priors={n: wide_prior(Sis, n) for n in Sis.params})
    assert all(Sis.supports[n].holds(v) for row in drawn for n, v in row.items())


def test_estimands_are_read_and_refused() -> None:
    found = parse_estimand("turnout:act=1:6", Deed, 200)
    assert found.intervention == Pulse("act", 1.0, 60)
    assert found.over == 6
    assert [e.name for e in default_estimands(Deed, ("turnout", "violence"), 200)] == ["turnout after act 1 over 12"]
    for text, says in (
        ("turnout", "expected"),
        ("turnot:act=1", "turnout"),
        ("turnout:akt=1", "act"),
        ("turnout:act=x", "amount"),
    ):
        with pytest.raises(EstimationError, match=says):
            parse_estimand(text, Deed, 200)


def test_an_effect_is_the_contrast_of_twins() -> None:
    found = parse_estimand("turnout:act=1:2", Deed, 4)
    assert found.at == 2
    without = np.full((5, 2), 0.1)
    with_arm = without.copy()
    with_arm[3:] = 0.2
    assert np.allclose(found.of(Deed, without, with_arm, 1000), np.log(0.2005 / 0.1005))
    people = parse_estimand("violence:act=1:2", Deed, 4)
    assert np.allclose(people.of(Deed, without, with_arm, 1000), 0.1)


def test_blocks_made_elsewhere_are_those_of_the_table(tmp_path: Path) -> None:
    here, there = ReferenceTable(FLOW, tmp_path / "here"), ReferenceTable(FLOW, tmp_path / "there")
    here.extend(3)
    source = Blocks(pickle.loads(pickle.dumps(FLOW)), 3)
    for part in source.made(list(reversed(source.lanes())), 2, None):
        for (_, block), data in part.items():
            there.take(block, data)
    assert there.lacking(4) == [3]
    assert files(tmp_path / "here") == files(tmp_path / "there")


def test_parameters_that_are_whole_numbers_are_drawn_as_such() -> None:
    draws = ReferenceDraws(
        CoevolvingOpinions, {"network": "erdos_renyi", "people": 60, "mean_degree": 4.0}, ("opinions",), 12
    )
    sharing = [params["sharing"] for params in draws.parameters(0)]
    assert sharing == [round(x) for x in sharing]
    assert len(set(sharing)) > 10


def test_a_table_that_ships_is_taken_as_it_is_and_a_changed_one_is_found(tmp_path: Path) -> None:
    made = ReferenceTable(FLOW)
    made.extend(2)
    file = made.ship(tmp_path, 2)
    assert made.ship(tmp_path / "again", 2).read_bytes() == file.read_bytes()
    shipped = ReferenceTable(FLOW, None, tmp_path)
    assert shipped.from_shipped == shipped.made(2) == 2
    for b in range(2):
        for name, x in vars(made.block(b)).items():
            assert np.array_equal(getattr(shipped.block(b), name), x, equal_nan=True), name
        assert shipped.spot_check(b)
    with np.load(file) as arrays:
        changed = {name: arrays[name].copy() for name in arrays.files}
    changed["values"][BLOCK + 3, -1, 0] += 1
    np.savez_compressed(file, allow_pickle=False, **changed)
    edited = ReferenceTable(FLOW, None, tmp_path)
    assert edited.spot_check(0)
    assert not edited.spot_check(1)
    assert ReferenceTable(replace(FLOW, seed=99), None, tmp_path).from_shipped == 0


def test_another_wording_draws_the_same_and_another_rule_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that tables that ship, or lie in a cache, outlive an edited sentence."""
    stated = (
        'class T:\n    """One sentence."""\n    a = Param(1.0, ">= 0", meaning="rate of joining")  # why\n'
        '    b = State(float, initial="2 * a")\n'
        '    def person(me, luck):\n        me.x = luck.chance("hub struck", 0.5)\n'
    )
    file = tmp_path / "t.py"
    monkeypatch.setattr("groundswell.calibrate.reference.inspect.getfile", lambda theory: str(file))

    def key(old: str = "", new: str = "") -> str:
        file.write_text(stated.replace(old, new) if old else stated)
        return replace(FLOW).key

    assert key() == key("One sentence", "Another one") == key("rate of joining", "how fast people join")
    assert key() == key("  # why")
    for old, new in (("1.0", "1.1"), ("2 * a", "3 * a"), ("hub struck", "hub lost"), ("0.5", "0.4")):
        assert key() != key(old, new), new
