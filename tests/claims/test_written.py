"""Claims that a study writes in TOML: what they say of records with a known answer, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.claims.calls import RISES, SETTING, THEORY, WEEKS, weekly, write_study
from typer.testing import CliRunner

from groundswell.claims import written
from groundswell.claims.adjudicate import adjudicate
from groundswell.claims.asked import asked_of
from groundswell.claims.lazy import LazyEnsemble
from groundswell.claims.material import read_record
from groundswell.claims.seen import seen_as
from groundswell.claims.selection import change_around, choose_periods, lived_again
from groundswell.claims.weighing import Sample, Scales, statistic
from groundswell.claims.written import written_register
from groundswell.cli import app
from groundswell.engine.worlds import Pulse
from groundswell.errors import GroundswellError
from groundswell.estimators.core import Estimate
from groundswell.estimators.named import named_estimator
from groundswell.experiment.arms import Arm
from groundswell.experiment.ensemble import Design
from groundswell.experiment.schema import ObserveTable
from groundswell.experiment.study_file import parse_study
from groundswell.population.population import well_mixed
from groundswell.records.series import Series
from groundswell.theory.registry import load_theory

STUDY = (
    SETTING
    + RISES
    + """asserting = [{ account = "draws_out" }]
denying = [
  { account = "keeps_home" },
  { closed = ["push"] },
  { no_effect = true, selected = { trend = "rising", window = 2 } },
]
[adjudication]
draws = 12
"""
)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "weekly.csv").write_text(weekly(1.0))
    return tmp_path


@pytest.mark.parametrize(("push", "verdict"), [(1.0, "supported"), (-0.5, "contradicted")])
def test_a_written_claim_is_judged_by_the_record(tmp_path: Path, push: float, verdict: str) -> None:
    (tmp_path / "weekly.csv").write_text(weekly(push))
    found = adjudicate(parse_study(STUDY, origin="calls.toml", folder=tmp_path), threads=1)
    [judged] = found.verdicts
    assert judged.verdict == verdict, judged.reason
    assert judged.account == "draws_out"
    assert [s.name for s in judged.tests[0].power.scenarios] == [
        "draws_out", "keeps_home", "draws_out or keeps_home, without push",
        "draws_out or keeps_home, call where march is rising over 2 periods, no effect of call",
    ]  # fmt: skip
    assert found.data[0]["name"] == "marches"
    assert len(found.data[0]["sha256"]) == 64
    again = adjudicate(parse_study(STUDY, origin="calls.toml", folder=tmp_path), threads=2)
    assert again.to_dict() == found.to_dict()


MEMORY = """[claims.memory]
text = "Marches are remembered."
record = "marches"
estimator = "persistence"
settings = { kind = "march" }
expects = "above"
asserting = [{ account = "draws_out" }]
denying = [{ shuffled = true }]
[adjudication]"""


def test_a_second_claim_of_a_record_leaves_the_first_as_it_was(here: Path) -> None:
    """All claims of a record share its simulation, in which the calls are felt whatever the last claim is about."""
    alone = parse_study(STUDY, origin="calls.toml", folder=here)
    both = parse_study(STUDY.replace("[adjudication]", MEMORY), origin="calls.toml", folder=here)
    first, second = ([x.arms for x in written_register(study).simulated(study)] for study in (alone, both))
    assert len(first[0]["as it is"].interventions) == (weekly(1.0).count(",1\n"))
    assert first == second
    assert adjudicate(both, threads=1).verdicts[0].to_dict() == adjudicate(alone, threads=1).verdicts[0].to_dict()


def test_acts_that_no_claim_is_about_are_felt(here: Path) -> None:
    start = STUDY.index("[claims.rises]")
    study = parse_study(STUDY[:start] + MEMORY + "\ndraws = 12\n", origin="calls.toml", folder=here)
    [simulation] = written_register(study).simulated(study)
    assert len(simulation.arms["as it is"].interventions) == weekly(1.0).count(",1\n")


def test_scenarios_that_differ_have_names_that_differ(here: Path) -> None:
    given = ["window = 2", "odds = 5", "window = 2, odds = 5"]
    chosen = [f'{{ no_effect = true, selected = {{ trend = "rising", {x} }} }}' for x in given]
    assert chosen[0] in STUDY
    held = [f"{{ params = {{ base = 0.123456{x} }} }}" for x in (7, 8)]
    text = STUDY.replace(chosen[0], ", ".join(chosen + held))
    [claim] = written_register(parse_study(text, origin="calls.toml", folder=here)).claims
    names = [s.name for s in claim.tests[0].denying]
    assert len(set(names)) == len(names) == 7


@pytest.mark.parametrize("name", ["draws_out", "keeps_home"])
def test_two_scenarios_of_one_name_are_refused(here: Path, name: str) -> None:
    text = STUDY.replace('{ closed = ["push"] }', f'{{ closed = ["push"], name = "{name}" }}')
    with pytest.raises(GroundswellError, match=rf"calls.toml, table \[claims.rises\] has two scenarios named '{name}'"):
        asked_of(parse_study(text, origin="calls.toml", folder=here))


def test_one_name_of_two_arms_is_refused(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundswell.claims.written._arm_name", lambda *given: "one")
    with pytest.raises(GroundswellError, match="another arm 'one'"):
        written_register(parse_study(STUDY, origin="calls.toml", folder=here))


WRONG = {
    "record": ('record = "marches"', 'record = "marchs"', "did you mean 'marches'?"),
    "estimator": ('"difference"', '"diference"', "did you mean 'difference'?"),
    "setting": ("lag = 0", "lagg = 0", "did you mean 'lag'?"),
    "setting out of range": ("lag = 0", "lag = 99", "lag = 99"),
    "observable": ('of = "turnout"', 'of = "turnuot"', "did you mean 'turnout'?"),
    "shock": ('shock = "call"', 'shock = "calls"', "did you mean 'call'?"),
    "account": ('account = "draws_out"', 'account = "draws"', "names the account 'draws'"),
    "arm": ('{ account = "draws_out" }', '{ arm = "silense" }', "did you mean 'silence'?"),
    "channel": ('closed = ["push"]', 'closed = ["pusj"]', "did you mean 'push'?"),
    "kind without an observable": ('outcome = "march"', 'outcome = "marchs"', "[observe] marchs"),
    "kind that the record lacks": (', call = "call" }\nunit', " }\nunit", "the record holds no 'call'"),
    "column": ('march = "march"', 'march = "marsh"', "did you mean 'march'?"),
    "file": ('"weekly.csv"', '"weakly.csv"', "did you mean 'weekly.csv'?"),
    "no source": ('file = "weekly.csv"\n', "", "exactly one of file, data and case"),
    "data set": ('file = "weekly.csv"\ntime = "week"\ncounts = { march = "march", call = "call" }', 'data = "navco"',
                 "navco3"),
    "its own negation": ('denying = [\n  { account = "keeps_home" }', 'denying = [\n  { account = "draws_out" }',
                         "the same as asserting 1"),
    "its own negation, under another arm": (
        'asserting = [{ account = "draws_out" }]',
        'asserting = [{ closed = ["push"], arm = "silence", shuffled = false }]',
        "denying 2 is the same as asserting 1",
    ),
    "its own negation, by parameters that come to the same": (
        '{ account = "draws_out" }]\ndenying = [\n  { account = "keeps_home" }',
        '{ account = "draws_out" }]\ndenying = [\n  { account = "draws_out", params = { base = 0.05 } }',
        "denying 1 is the same as asserting 1",
    ),
    "no denying": (STUDY[STUDY.index("denying") : STUDY.index("[adjudication]")], "", "denying scenarios"),
    "no such key": ("expects =", "expcts =", "did you mean 'expects'?"),
    "no such direction": ('"above"', '"up"', "'above', 'below'"),
    "scenario key": ('{ account = "draws_out" }', '{ acount = "draws_out" }', "did you mean 'account'?"),
    "a step that is longer": ('unit = "week"', 'unit = "day"', 'unit = "week"'),
    "kind of one": ('estimator = "difference"\nsettings = { acts = "call", outcome = "march", lag = 0 }',
                    'estimator = "growth"\nsettings = { kind = "march" }', "names no kind for it"),
    "test": ("draws = 12", 'draws = 12\ntest = ["rise"]', "did you mean 'rises'?"),
    "evidence": ("[adjudication]", '[evidence]\nrecords = ["navco3"]\n[adjudication]', 'write records = ["navco3"]'),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_claim_that_cannot_be_used_is_refused_and_leaves_nothing(
    here: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv("GROUNDSWELL_DATA", raising=False)
    old, new, words = WRONG[name]
    assert old in STUDY
    text = STUDY.replace(old, new)
    with pytest.raises(GroundswellError, match=re.escape(words)) as refused:
        asked_of(parse_study(text, origin="calls.toml", folder=here))
    assert str(refused.value).startswith("calls.toml") or name in ("test",), str(refused.value)
    if name in ("estimator", "kind that the record lacks"):  # the command line says the same, and leaves nothing
        monkeypatch.chdir(here)
        write_study(here, text)
        result = CliRunner().invoke(app, ["run", "calls.toml"])
        assert result.exit_code == 2
        assert words in result.stderr
        assert {p.name for p in here.iterdir()} == {"calls.toml", "push.py", "weekly.csv"}


def test_scenarios_that_give_the_same_records_are_refused(here: Path) -> None:
    """What no file shows, only the simulation: a call that does next to nothing denies nothing."""
    text = STUDY.replace('asserting = [{ account = "draws_out" }]', 'asserting = [{ params = { push = 0 } }]').replace(
        '{ account = "keeps_home" },\n  { closed = ["push"] }', '{ params = { push = 1e-15 } }'
    )  # fmt: skip
    with pytest.raises(GroundswellError, match=r"equals what is denied under .* in every draw"):
        adjudicate(parse_study(text, origin="calls.toml", folder=here), threads=1)


def weeks_of(folder: Path, kinds: list[str], start: str = "") -> Series:
    given = f'unit = "week"\nfrom = "{start}"' if start else 'unit = "week"'
    study = parse_study(STUDY.replace('unit = "week"', given), origin="calls.toml", folder=folder)
    return read_record(study, "marches", kinds).series


def test_an_empty_cell_is_a_period_that_nobody_watched(tmp_path: Path) -> None:
    """In whichever column it stands; a claim about another column alone is not touched by it."""
    rows = ["week,march,call", "2001-01-01,3,1", "2001-01-08,,0", "2001-01-15,4,", "2001-01-29,0,0", "2001-02-05,2,0",
            "2001-02-06,,0"]  # fmt: skip
    (tmp_path / "weekly.csv").write_text("\n".join(rows) + "\n")
    for kinds, known in (
        (["march", "call"], [1, 0, 0, 0, 1, 0]), (["march"], [1, 0, 1, 0, 1, 0]), (["call"], [1, 1, 0, 0, 1, 1]),
    ):  # fmt: skip
        assert weeks_of(tmp_path, kinds).watched.tolist() == [bool(x) for x in known], kinds
    assert weeks_of(tmp_path, ["march"]).counts[:, 0].tolist() == [3, 0, 4, 0, 0, 0]


def test_a_record_from_the_middle_of_a_week_holds_that_week(here: Path) -> None:
    assert weeks_of(here, ["march"], "2001-01-10").start == date(2001, 1, 8)
    assert weeks_of(here, ["march"], "2001-01-08").start == date(2001, 1, 8)


# -- a claim about places ----------------------------------------------------------------------------------------------

PLACES = [f"district_{k}" for k in range(36)]
WAVE = f"""
[study]
name = "wave"
title = "Does protest travel along the coast?"
theory = "{THEORY.with_name("wave.py").as_posix()}"
seed = 1
steps = 30
draws = 2
[population]
network = "planted_partition"
people = 360
communities = 36
mean_degree = 2
mix = 0.5
[arms.none]
[records.coast]
file = "coast.csv"
time = "day"
unit = "day"
counts = {{ {", ".join(f"{x} = '{x}'" for x in PLACES)} }}
[observe]
{chr(10).join(f"{x} = {{ of = '{x}', events = 8 }}" for x in PLACES)}
[claims.travels]
text = "Protest travels from district to district."
record = "coast"
estimator = "spread"
expects = "above"
asserting = [{{ account = "travels" }}]
denying = [{{ account = "everywhere" }}]
[claims.travels.settings]
draws = 59
places = {{ {", ".join(f"{x} = [{40 + 0.2 * k:.1f}, 5]" for k, x in enumerate(PLACES))} }}
[adjudication]
draws = 6
"""


def coast(travels: bool) -> str:
    """Each district for three days as the wave passes, or on three days drawn at random."""
    rng = np.random.default_rng(1)
    first = np.arange(36) // 1.2 + rng.integers(0, 2, 36)
    days = first + np.arange(3)[:, None] if travels else rng.integers(0, 36, (3, 36))
    counts = 4 if travels else 1
    rows = [
        f"{date(2020, 1, 1) + timedelta(t)},{','.join(str(counts * int((days[:, k] == t).any())) for k in range(36))}"
        for t in range(36)
    ]
    return "\n".join([f"day,{','.join(PLACES)}", *rows]) + "\n"


@pytest.mark.long
@pytest.mark.parametrize(("travels", "verdict"), [(True, "supported"), (False, "contradicted")])
def test_a_claim_about_places_is_judged_by_the_record(tmp_path: Path, travels: bool, verdict: str) -> None:
    (tmp_path / "coast.csv").write_text(coast(travels))
    found = adjudicate(parse_study(WAVE, origin="wave.toml", folder=tmp_path), threads=1)
    [judged] = found.verdicts
    assert judged.verdict == verdict, judged.reason
    assert "36 places" in judged.tests[0].estimator


def test_a_claim_about_places_counts_each_place_as_a_kind(tmp_path: Path) -> None:
    """Its record is asked as the study states it: a planted wave is found, and an unknown place is refused."""
    (tmp_path / "coast.csv").write_text(coast(True))
    [claim] = written_register(parse_study(WAVE, origin="wave.toml", folder=tmp_path)).claims
    found = claim.tests[0].observe(1)
    assert found.value is not None
    assert found.n == 36
    assert found.low is not None
    assert 0 < found.low < found.value
    unknown = WAVE.replace("places = {", "places = { atlantis = [0, 0],")
    few = re.sub(r"(?m)^places = .*$", "places = { district_0 = [40, 5] }", WAVE)
    for text, words in ((unknown, "needs 'atlantis' in a simulated record"), (few, "at least 30 items")):
        with pytest.raises(GroundswellError, match=words):
            written_register(parse_study(text, origin="wave.toml", folder=tmp_path))


# -- how a history becomes a record ------------------------------------------------------------------------------------


def like(counts: list[int]) -> Series:
    return Series(date(2001, 1, 1), "week", ("march",), np.array(counts)[:, None])


def seen(table: dict, path: np.ndarray, record: Series, people: int = 1, draws: int = 400) -> np.ndarray:
    observe, rng = {"march": ObserveTable.model_validate({"of": "turnout", **table})}, np.random.default_rng(1)
    made = [seen_as(record, observe, {"turnout": path}, {}, rng, people) for _ in range(draws)]
    return np.array([m.counts[:, 0] for m in made], float)


def test_a_series_that_falls_silent_has_an_estimate_that_is_weighed() -> None:
    """On either side of the date; with one event it is less extreme, and a scenario of silence makes it likelier."""
    estimator = named_estimator("interrupted")

    def estimate(after: list[int], backwards: bool = False) -> Estimate:
        counts = [20, 21, 19, 22, 18] * 8 + after
        settings = estimator.settings.of(None, {"kind": "march", "at": "2001-05-17" if backwards else "2001-10-04"})
        return estimator.apply(like(counts[::-1] if backwards else counts), settings, 1)

    silent, one = estimate([0] * 20), estimate([1] + [0] * 19)
    assert silent.low == -np.inf
    assert silent.value is not None
    assert one.value is not None
    assert -np.inf < silent.value < one.value < 0
    assert silent.value == pytest.approx(np.log(0.5 / (float(silent.checks["expected"]) + 0.5)))
    before = estimate([0] * 20, backwards=True).value
    assert before is not None
    assert 0 < before < np.inf
    silence = [estimate([0] * 20).value] * 20
    scales = Scales([Sample("yes", True, np.array(silence), 20), Sample("no", False, np.linspace(-0.1, 0.1, 20), 20)])
    weighed = scales.weigh(statistic(silent, "below"))
    assert weighed.above(3)
    assert weighed.fitting == ["yes"]


def test_the_share_reported_is_the_share_seen() -> None:
    """The mean over records is share times what happened, within five standard errors, in each way of seeing it."""
    path, record = np.full((10, 2), 0.5), like([3] * 10)
    for table, mean, people in (
        ({}, 1.0, 1), ({"share": 0.25}, 0.25, 1), ({"events": 30.0}, 15.0, 1), ({"events": 30.0, "share": 0.2}, 3.0, 1),
        ({"events": "matched"}, 3.0, 1), ({"events": "people", "share": 0.5}, 10.0, 20),
        ({"share": [0.2, 0.6]}, 0.4, 1),
    ):  # fmt: skip
        found = seen(table, path, record, people)
        error = max(found.mean(axis=1).std(ddof=1) / 20, 1e-9)
        assert abs(found.mean() - mean) < 5 * error, table


def test_whole_numbers_are_seen_as_they_are() -> None:
    path = np.array([[2.0, 1.0], [0.0, 0.0], [4.0, 1.0]])
    assert (seen({}, path, like([1, 1, 1]), draws=3) == [3, 0, 5]).all()


def test_what_is_matched_is_what_was_watched() -> None:
    """Periods that nobody watched count in neither mean, of events as of people."""
    watched = np.array([True] * 5 + [False] * 5)
    path = np.repeat([0.5, 0.1], 5)[:, None]
    record = replace(like([6] * 5 + [0] * 5), watched=watched, coverage=np.arange(10.0))
    found = seen({"events": "matched"}, path, record)[:, :5]
    assert abs(found.mean() - 6) < 5 * found.mean(axis=1).std(ddof=1) / 20
    observe = {"march": ObserveTable.model_validate({"of": "turnout", "people": "matched", "error": 0})}
    sized = replace(record, sizes=np.where(watched, 60.0, 7.0)[:, None])
    made = seen_as(sized, observe, {"turnout": path}, {}, np.random.default_rng(1))
    assert made.sizes is not None
    assert made.sizes[watched, 0] == pytest.approx(60)
    assert np.array_equal(made.coverage, record.coverage)
    with pytest.raises(GroundswellError, match="to match the record"):
        seen_as(replace(sized, watched=~watched & watched), observe, {"turnout": path}, {}, np.random.default_rng(1))


def test_a_random_order_leaves_gaps_and_coverage_where_they_are() -> None:
    watched = np.array([True, True, False, True, False, True])
    record = replace(like([1, 2, 0, 3, 0, 4]), watched=watched, coverage=np.arange(6.0))
    orders = {tuple(written._shuffled(record, np.random.default_rng(k)).counts[watched, 0]) for k in range(40)}
    assert len(orders) > 10
    assert {tuple(sorted(x)) for x in orders} == {(1, 2, 3, 4)}
    made = written._shuffled(record, np.random.default_rng(1))
    assert np.array_equal(made.watched, watched)
    assert np.array_equal(made.coverage, record.coverage)


def test_selected_acts_fall_where_somebody_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record with as many acts as half of its periods, the other half unwatched: all dates are among the first."""
    rows = [f"{np.datetime64('2001-01-01') + 7 * t},{5 if t % 2 else ''},{t % 4 // 2}" for t in range(WEEKS)]
    (tmp_path / "weekly.csv").write_text("\n".join(["week,march,call", *rows]) + "\n")
    changes = []

    def chosen(change: np.ndarray, *given: Any) -> np.ndarray:
        changes.append(np.isfinite(change))
        return choose_periods(change, *given)

    monkeypatch.setattr(written, "choose_periods", chosen)
    text = STUDY.replace('estimator = "difference"', 'estimator = "mean"').replace(
        'settings = { acts = "call", outcome = "march", lag = 0 }', 'settings = { kind = "march" }'
    ).replace("no_effect = true, ", "").replace("window = 2", 'window = 2, kind = "call", by = "march"')  # fmt: skip
    adjudicate(parse_study(text, origin="calls.toml", folder=tmp_path), threads=1)
    assert changes
    assert not np.array(changes)[:, ::2].any()
    assert np.array(changes)[:, 3:-3:2].all()


def test_dates_follow_the_trend_that_they_are_given() -> None:
    y = np.ones(200)
    y[100:] = 10.0
    change = change_around(y, 6, 6)
    assert int(np.nanargmax(change)) == 100
    rng = np.random.default_rng(1)
    trend = np.concatenate([np.linspace(-2, 2, 200), [np.nan]])
    for rising, sign in ((True, 1), (False, -1)):
        means = [trend[choose_periods(trend, 20, rising, rng)].mean() for _ in range(200)]
        assert sign * np.mean(means) / (np.std(means) / np.sqrt(200)) > 5
    assert choose_periods(trend, 500, True, rng).sum() == 200


def test_lived_again_is_the_twin_of_the_first_pass() -> None:
    """Nothing added gives the same histories to the last bit, whichever society a draw lives in; a pulse changes
    nothing before its week."""
    theory = load_theory(THEORY)
    design = Design(
        theory=theory, population=well_mixed(200), population_seed=1, steps=30, accounts=theory.accounts,
        arms={"silence": Arm("silence")}, draws=3, seed=5, more_societies=((well_mixed(150), 2),),
    )  # fmt: skip
    first = LazyEnsemble(design, threads=1)
    before = first.arm("draws_out", "silence")
    assert np.array_equal(lived_again(first, "draws_out", "silence", [[], [], []], threads=1), before)
    after = lived_again(first, "draws_out", "silence", [[], [Pulse("call", 1.0, 12)], []], threads=1)
    assert np.array_equal(after[[0, 2]], before[[0, 2]])
    assert np.array_equal(after[1, :12], before[1, :12])
    assert after[1, 12, 0] > before[1, 12, 0]
    with pytest.raises(GroundswellError, match="one list for each of 3 draws"):
        lived_again(first, "draws_out", "silence", [[]])
