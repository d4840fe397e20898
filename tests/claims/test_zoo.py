"""A zoo of planted faults: each is refused or named by the check that is meant for it, and by no other.

Every fault has three tests: the study with the fault in it, its healthy twin, which gets the right verdict, and the
study again with the check broken on purpose, in which the fault goes unnoticed. All are of a theory of two parameters
and of records whose answer is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.claims.test_registers import STUDY as REGISTERED
from tests.claims.test_registers import THEORY as PUSH
from tests.claims.test_registers import folder_of

from groundswell.calibrate.priors import Empirical, FittedAccount
from groundswell.claims import likeness
from groundswell.claims.adjudicate import adjudicate
from groundswell.claims.fitted import FittedTest
from groundswell.claims.sides import turned
from groundswell.claims.written import written_register
from groundswell.errors import GroundswellError
from groundswell.experiment.study import Study
from groundswell.experiment.study_file import parse_study
from groundswell.records.series import Series

THEORY = Path(__file__).parent / "theories" / "swell.py"
PEOPLE = 300
MONDAY = np.datetime64("2001-01-01")


def study(claims: str, record: str = "", params: str = "", draws: int = 12, people: int = PEOPLE) -> str:
    """A study of one record by week, in which 400 marches are counted where all turn out."""
    return f"""
[study]
name = "zoo"
title = "Do calls bring people out?"
theory = "{THEORY.as_posix()}"
seed = 3
steps = 20
draws = 2
[params]
{params}
[population]
network = "well_mixed"
people = {people}
[arms.silence]
[records.marches]
{record or RECORD}
[observe]
march = {{ of = "turnout", events = 400 }}
call = {{ shock = "call" }}
{claims}
[adjudication]
draws = {draws}
"""


RECORD = """file = "weekly.csv"
time = "week"
counts = { march = "march", call = "call" }
unit = "week"
"""


def claim(more: str, name: str = "rises", expects: str = "above", text: str = "After a call more people march.") -> str:
    return f"""
[claims.{name}]
text = "{text}"
record = "marches"
estimator = "difference"
settings = {{ acts = "call", outcome = "march", lag = 0 }}
expects = "{expects}"
{more}
"""


RISES = claim('asserting = [{ account = "draws_out" }]\ndenying = [{ account = "keeps_home" }, { closed = ["push"] }]')


@dataclass(frozen=True)
class World:
    """A record whose answer is known: what a call does, what the tide does, and when calls come."""

    push: float = 0.0
    swell: float = 0.0
    weeks: int = 60
    calls: float = 0.2
    follow: float = 0.0  # by how many standard deviations of the coming change calls follow the tide
    seed: int = 5
    base: float = 0.05
    people: int = PEOPLE

    def numbers(self) -> tuple[np.ndarray, np.ndarray]:
        """Marches and calls by week, of as many people as in the simulated society."""
        rng = np.random.default_rng([self.seed, 11])
        tide = np.zeros(self.weeks + 8)
        for t in range(1, tide.size):
            tide[t] = 0.9 * tide[t - 1] + np.sqrt(1 - 0.81) * rng.standard_normal()
        coming = np.array([tide[t : t + 4].mean() - tide[max(t - 4, 0) : max(t, 1)].mean() for t in range(self.weeks)])
        odds = np.exp(self.follow * (coming - coming.mean()) / coming.std())
        calls = np.zeros(self.weeks, int)
        chosen = rng.choice(self.weeks, int(self.calls * self.weeks), replace=False, p=odds / odds.sum())
        calls[chosen] = 1
        momentum, chance = 0.0, np.zeros(self.weeks)
        for t in range(self.weeks):
            momentum = min(1.0, 0.5 * momentum + calls[t])
            chance[t] = self.base * (1 + self.push * momentum) * np.exp(self.swell * tide[t])
        turnout = rng.binomial(self.people, np.minimum(chance, 1)) / self.people
        return rng.poisson(400 * turnout), calls


def table(march: Any, call: Any, every: int = 7) -> str:
    rows = [f"{MONDAY + every * t},{m},{c}" for t, (m, c) in enumerate(zip(march, call, strict=True))]
    return "\n".join(["week,march,call", *rows]) + "\n"


@dataclass(frozen=True)
class Fault:
    """One fault of the zoo.

    Parameters
    ----------
    text, record : the study and its record, with the fault in them.
    said : what adjudication must say, a pattern of `outcome`.
    broken : breaks the check that is meant for the fault.
    blind : how the outcome then begins: with a verdict that is wrong, or without the name of the fault.
    healthy, healthy_record, right : the twin without the fault, and how its outcome begins.
    alter : what Python makes of the study, with the fault and without.
    """

    text: str
    record: str
    said: str
    broken: Callable[[pytest.MonkeyPatch], object]
    blind: str
    healthy: str
    healthy_record: str
    right: str
    alter: Callable[[Study], Study] = lambda study: study
    healthy_alter: Callable[[Study], Study] = lambda study: study


def outcome(folder: Path, text: str, record: str, alter: Callable[[Study], Study] = lambda study: study) -> str:
    """What adjudication says of the first claim: its verdict, what explains it, why, and notes; or why it refuses."""
    (folder / "weekly.csv").write_text(record)
    try:
        parsed = alter(parse_study(text, origin="zoo.toml", folder=folder))
        found = adjudicate(parsed, threads=1).verdicts
    except GroundswellError as error:
        return f"refused: {error}"
    explained = found[0].tests[0].explained_by if found[0].tests else ""
    notes = " ".join(x for v in found for x in v.notes)
    return f"{found[0].verdict}, explained by {explained}. {found[0].reason} {notes}"


# -- the records and claims of each fault ------------------------------------------------------------------------------

LEVEL_CLAIM = """
[claims.many]
text = "More than {least} march a week."
record = "marches"
estimator = "mean"
settings = {{ kind = "march", less = {least} }}
expects = "above"
asserting = [{{ params = {{ base = {base} }} }}]
denying = [{{}}]
"""
MEMORY = """
[claims.memory]
text = "Marches are remembered."
record = "marches"
estimator = "{estimator}"
settings = {{ {settings} }}
expects = "above"
asserting = [{{ params = {{ swell = 0.6 }} }}]
denying = [{{}}]
"""
REMEMBERED = study(MEMORY.format(estimator="persistence", settings='kind = "march"'), params="push = 0")
EXCITED = study(
    MEMORY.format(estimator="excitation", settings='source = "march", target = "march"'), params="push = 0", draws=6
)


def record(**world: Any) -> str:
    return table(*World(**world).numbers())


def uncollected(gap: int, **world: Any) -> str:
    """A record in which some weeks that nobody collected stand as zeros."""
    march, call = World(**world).numbers()
    march[30 : 30 + gap] = call[30 : 30 + gap] = 0
    return table(march, call)


def doubled(**world: Any) -> str:
    """A record of which twice as much is reported after the first fifth."""
    march, call = World(**world).numbers()
    return table(np.where(np.arange(march.size) < march.size // 5, march, 2 * march), call)


def relabelled(**world: Any) -> str:
    """A record whose calls stand at other dates than those at which they were made."""
    march, call = World(**world).numbers()
    return table(march, np.random.default_rng(world["seed"]).permutation(call))


def monthly(**world: Any) -> str:
    march, call = (x[:240].reshape(60, 4) for x in World(weeks=240, **world).numbers())
    rows = zip(march.sum(axis=1), call.max(axis=1), strict=True)
    months = [f"{2001 + k // 12}-{k % 12 + 1:02d}-01,{m},{c}" for k, (m, c) in enumerate(rows)]
    return "\n".join(["week,march,call", *months]) + "\n"


def appended(**world: Any) -> str:
    """A record that was appended to itself, its rows in another order."""
    head, *rows = record(**world).splitlines()
    return "\n".join([head, *rows, *np.random.default_rng(1).permutation(rows)]) + "\n"


def thousands(by: int, **world: Any) -> str:
    march, call = World(**world).numbers()
    return table(march / by, call)


def fitted_to(text: str, found: float) -> Callable[[Study], Study]:
    """The account that makes the claim, as it would be after a fit to a record that found some push."""
    numbers = {row.split(",")[0]: float(row.split(",")[1]) / 400 for row in text.splitlines()[1:]}
    push = np.random.default_rng(2).normal(found, 0.05, 200)
    account = FittedAccount(
        "Swell as fitted to weekly.csv", {"push": Empirical(tuple(float(x) for x in np.sort(push)))}, {"push": push},
        {"turnout": numbers},
    )  # fmt: skip
    return lambda given: replace(given, accounts={**given.accounts, "draws_out": account})


TIDE = study(RISES.replace("lag = 0", "lag = 0, change = true"), params="swell = 0.6", draws=24)
BIG = study(RISES, params="base = 0.15", people=2000)
BUSY = {"weeks": 104, "calls": 0.1, "base": 0.15, "people": 2000}
SHORT = {"weeks": 30, "calls": 0.1}
SIZES = study(
    RISES.replace("lag = 0", 'lag = 0, measure = "people"'),
    RECORD.replace('{ march = "march", call = "call" }', '{ call = "call" }\nsizes = { march = "march" }'),
).replace("events = 400", "people = 400, error = 0.2")
FEWER = claim(
    'asserting = [{ params = { push = -0.5 } }]\ndenying = [{ closed = ["push"] }]',
    expects="below",
    text="After a call fewer people march.",
)
MORE = claim('asserting = [{ account = "draws_out" }]\ndenying = [{ closed = ["push"] }]')
TURNED = claim('asserting = [{ closed = ["push"] }]\ndenying = [{ account = "draws_out" }]')
AT_RANDOM = claim('tide = false\nasserting = [{ account = "draws_out" }]\ndenying = [{ closed = ["push"] }]')
CHANCE = record(seed=61)  # a call does nothing, and the interval lies above 0 by chance


def at(path: str, value: Any) -> Callable[[pytest.MonkeyPatch], object]:
    return lambda patch: patch.setattr(f"groundswell.{path}", value)


def never(what: str) -> Callable[[pytest.MonkeyPatch], object]:
    """A bar that no record passes."""
    return lambda patch: patch.setitem(likeness._FACTOR, what, np.inf)


def unsuspecting(patch: pytest.MonkeyPatch) -> None:
    """No gap is suspected, by the estimator or by what simulated records hold."""
    patch.setattr("groundswell.estimators.excitation.tide_fit._suspects", lambda *_: [])
    never(likeness.SILENCE)(patch)


ZOO = {
    "tide": Fault(
        TIDE, record(swell=0.6, follow=3, seed=7, weeks=104, calls=0.15),
        "^balanced, explained by the rising tide alone", at("claims.written._with_tide", lambda stated, *_: stated),
        "supported", TIDE, record(swell=0.6, push=1.3, weeks=156, calls=0.15), "supported",
    ),
    "coverage": Fault(
        REMEMBERED, uncollected(10, weeks=104), "^not tested.*coverage is in doubt: march is 0 for 10 periods",
        never(likeness.SILENCE), "supported", REMEMBERED, record(weeks=104, swell=0.6), "supported",
    ),
    "coverage that doubles": Fault(
        study(LEVEL_CLAIM.format(least=30, base=0.1)), doubled(), "^model misfits.*as if coverage had changed",
        never(likeness.JUMP), "supported", study(LEVEL_CLAIM.format(least=30, base=0.1)), record(), "contradicted",
    ),
    "coverage, by the estimator": Fault(
        EXCITED, uncollected(20, weeks=104), r"^not tested.*checks fail on this record \(march: no gap\)",
        unsuspecting, "contradicted", EXCITED, record(weeks=104), "contradicted",
    ),
    "relabelled acts": Fault(
        BIG, relabelled(push=1.2, seed=5, **BUSY),
        "^model misfits, explained by draws_out, acts at other dates than those recorded",
        never(likeness.SURGES), "contradicted", BIG, record(push=1.2, seed=5, **BUSY), "supported",
    ),
    "wrong unit: months as weeks": Fault(
        study(LEVEL_CLAIM.format(least=40, base=0.2)), monthly(), 'rows a month apart.*Instead: unit = "month"',
        at("claims.material.refuse_coarser", lambda *_: None), "supported",
        study(LEVEL_CLAIM.format(least=40, base=0.2)), record(), "contradicted",
    ),
    "wrong unit: thousands": Fault(
        SIZES, thousands(1000, push=1.0), "^model misfits.*march is 0.0278 a period in the record and 27.1 in theirs",
        never(likeness.LEVEL), "supported", SIZES, thousands(1, push=1.0), "supported",
    ),
    "leaked prior": Fault(
        study(AT_RANDOM), CHANCE, "'draws_out' was fitted to march of the record marches.*always fits",
        at("claims.written.refuse_circular", lambda *_: None), "supported", study(AT_RANDOM), record(push=1.0),
        "supported", fitted_to(CHANCE, 0.3), fitted_to(record(push=1.0, seed=9), 1.0),
    ),
    "wrong sign": Fault(
        study(FEWER.replace("-0.5", "0.5"), draws=24), record(push=-0.5, seed=8, **SHORT),
        "expects an estimate below 0.*the sign is wrong", at("claims.sides.wrong_sign", lambda *_: ""), "contradicted",
        study(FEWER, draws=24), record(push=-0.5), "supported",
    ),
    "swapped arms": Fault(
        study(TURNED, draws=24), record(push=1.0, seed=26, **SHORT), "asserting and denying are swapped",
        at("claims.sides.swapped", lambda *_: ""), "contradicted", study(MORE, draws=24), record(push=1.0), "supported",
    ),
    "double-counted record": Fault(
        study(LEVEL_CLAIM.format(least=30, base=0.1)), appended(), "120 rows, of which 60 differ: each appears 2 times",
        at("claims.material.refuse_doubled", lambda *_: None), "supported",
        study(LEVEL_CLAIM.format(least=30, base=0.1)), record(), "contradicted",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ZOO)
def test_a_planted_fault_is_refused_or_named(tmp_path: Path, name: str) -> None:
    fault = ZOO[name]
    said = outcome(tmp_path, fault.text, fault.record, fault.alter)
    assert re.search(fault.said, said), said


@pytest.mark.parametrize("name", ZOO)
def test_without_its_check_the_fault_goes_unnoticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """So that nothing but the check refuses it, and the fault is one that misleads."""
    fault = ZOO[name]
    fault.broken(monkeypatch)
    said = outcome(tmp_path, fault.text, fault.record, fault.alter)
    assert said.startswith(fault.blind), said
    assert not re.search(fault.said, said), said


@pytest.mark.parametrize("name", ZOO)
def test_a_healthy_twin_gets_its_right_verdict(tmp_path: Path, name: str) -> None:
    fault = ZOO[name]
    said = outcome(tmp_path, fault.healthy, fault.healthy_record, fault.healthy_alter)
    assert said.startswith(f"{fault.right}, "), said


# -- a record that is counted twice, under two names -------------------------------------------------------------------

COPY = RECORD.replace("weekly", "copy")
POOLED = study(
    """
[fits.both]
record = ["marches", "again"]
effect = "turnout:call=1:4"
draws = 448
[claims.rises]
text = "After a call more people march."
fit = "both"
estimator = "difference"
settings = { acts = "call", outcome = "march", lag = 0 }
expects = "above"
""",
    f"{RECORD}[records.again]\n{COPY}",
)
TWO_CLAIMS = study(
    RISES
    + claim('record = "again"\n' + RISES[RISES.index("asserting") :], name="again").replace(
        'record = "marches"', "", 1
    ),
    f"{RECORD}[records.again]\n{COPY}",
)


def left_out(folder: Path, text: str, copy: str) -> list[str]:
    """Why each of the records of a pooled fit is not counted."""
    (folder / "weekly.csv").write_text(record(push=1.0))
    (folder / "copy.csv").write_text(copy)
    parsed = parse_study(text, origin="zoo.toml", folder=folder)
    [test] = written_register(parsed).claims[0].tests
    assert isinstance(test, FittedTest)
    return [x.left_out for x in test.prepare(parsed).values()]


def another_order(text: str) -> str:
    head, *rows = text.splitlines()
    return "\n".join([head, *rows[::-1]]) + "\n"


def test_a_copy_in_another_order_counts_once_in_a_pooled_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy, later = another_order(record(push=1.0)), "\n".join(record(push=1.0).splitlines()[:40]) + "\n"
    once = "it holds the same events as marches, which count once"
    assert left_out(tmp_path, POOLED, copy) == ["", once]
    assert left_out(tmp_path, POOLED, later) == ["", once], "a part of the window is a copy too"
    assert left_out(tmp_path, POOLED, record(push=1.0, seed=6)) == ["", ""], "another record is none"
    monkeypatch.setattr("groundswell.claims.written_fits.copies", lambda records: {})
    assert left_out(tmp_path, POOLED, copy) == ["", ""]


def test_two_claims_on_one_record_of_two_names_are_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "The record again holds the same events as marches"
    (tmp_path / "copy.csv").write_text(another_order(record(push=1.0)))
    assert said in outcome(tmp_path, TWO_CLAIMS, record(push=1.0))
    assert said not in outcome(tmp_path, TWO_CLAIMS, record(push=1.0, seed=6))
    monkeypatch.setattr("groundswell.claims.written.copies", lambda records: {})
    assert said not in outcome(tmp_path, TWO_CLAIMS, record(push=1.0))


@pytest.mark.long
def test_a_copy_adds_no_weight_to_a_pooled_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same odds with a copy as the pool has of one record; counted twice, the weight grows."""
    monkeypatch.setenv("GROUNDSWELL_CACHE", str(tmp_path / "cache"))
    (tmp_path / "weekly.csv").write_text(record(push=1.0))
    (tmp_path / "copy.csv").write_text(record(push=1.0))
    parsed = parse_study(POOLED, origin="zoo.toml", folder=tmp_path)
    [once] = adjudicate(parsed, threads=1).verdicts
    odds = once.tests[0].fitted
    assert odds is not None
    assert [(w.record, w.weight is None, w.excluded) for w in odds.records] == [
        ("marches", False, ""), ("again", True, "it holds the same events as marches, which count once"),
    ]  # fmt: skip
    monkeypatch.setattr("groundswell.claims.written_fits.copies", lambda records: {})
    [twice] = adjudicate(parsed, threads=1).verdicts
    weights = [v.tests[0].weight for v in (once, twice)]
    assert weights[0] is not None
    assert weights[1] is not None
    assert weights[1] > 1.3 * weights[0]


# -- days as weeks, events that stand twice, and what the checks leave alone -------------------------------------------


def test_days_are_refused_by_a_theory_of_weeks(tmp_path: Path) -> None:
    days = study(RISES, RECORD.replace('unit = "week"', 'unit = "day"'))
    said = outcome(tmp_path, days, table(*World(push=1.0).numbers(), every=1))
    assert re.search('by day, and a step of the theory is a week.*Instead: unit = "week"', said), said


def test_events_that_were_appended_are_refused(tmp_path: Path) -> None:
    march, call = World(push=1.0).numbers()
    counts = [("march", t, k) for t, k in enumerate(march)] + [("call", t, k) for t, k in enumerate(call)]
    rows = [f"{MONDAY + 7 * t},{kind},{n}" for kind, t, k in counts for n in range(k)]
    (tmp_path / "map.toml").write_text(EVENTS)
    text = study(RISES, 'file = "weekly.csv"\nmapping = "map.toml"\nunit = "week"\n')
    assert outcome(tmp_path, text, "\n".join(["day,what,number", *rows]) + "\n").startswith("supported")
    said = outcome(tmp_path, text, "\n".join(["day,what,number", *rows, *rows]) + "\n")
    assert re.search("each appears 2 times", said), said


EVENTS = """
title = "Invented"
columns = { date = "day", kind = "what" }
[kinds]
march = "march"
call = "call"
"""


@pytest.mark.parametrize(
    ("x", "what"),
    [
        ({"level": 6.0}, {"level"}), ({"level": 8.0}, set()), ({"surges": 0.7}, {"surges"}), ({"surges": 0.05}, set()),
        ({"silence": 12}, {"silence"}), ({"silence": 5}, set()),
    ],
)  # fmt: skip
def test_bars_of_likeness(x: dict[str, float], what: set[str]) -> None:
    """Simulated records have a mean of 20 and a coefficient of variation of 0.3, and no week without marches."""
    rng = np.random.default_rng(1)

    def summed(level: float = 20.0, surges: float = 0.3, silence: float = 0.0) -> dict[tuple[str, str], float]:
        return {("march", "level"): np.log(level), ("march", "surges"): np.log(surges),
                ("march", "silence"): np.log1p(silence)}  # fmt: skip

    simulated = [summed(20 * rng.normal(1, 0.05), 0.3 * rng.normal(1, 0.07)) for _ in range(24)]
    assert {found.what for found in likeness.unlike(summed(**x), simulated)} == what
    assert likeness.unlike(summed(**x), simulated[:3]) == []


def test_people_are_compared_only_where_the_theory_is_seen_in_them() -> None:
    counts, sizes = np.array([[2], [0], [0], [4]]), np.array([[500.0], [0.0], [0.0], [900.0]])
    held = Series(date(2001, 1, 1), "week", ("march",), counts, sizes, watched=np.array([True, True, False, True]))
    for in_people, mean in ((False, 2.0), (True, 1400 / 3)):
        found = likeness.summaries_of(held, {"march": in_people})
        assert np.exp(found["march", "level"]) == pytest.approx(mean)
        assert np.expm1(found["march", "silence"]) == pytest.approx(1), "a week that nobody watched ends a silence"


def test_sides_are_turned_one_time_in_700_where_they_are_alike() -> None:
    rng = np.random.default_rng(3)
    wrong = sum(bool(turned("above", *rng.normal(size=(2, 24)))) for _ in range(4000))
    assert wrong < 4000 / 700 + 5 * np.sqrt(4000 / 700)
    assert "swapped" in turned("above", rng.normal(0, 1, 24), rng.normal(2, 1, 24))
    assert "sign" in turned("below", rng.normal(1, 0.3, 24), rng.normal(0, 0.3, 24))
    assert turned("below", rng.normal(-1, 0.3, 24), rng.normal(0, 0.3, 24)) == ""
    assert turned("none", rng.normal(0, 1, 24), rng.normal(2, 1, 24)) == ""


def test_a_register_with_swapped_arms_has_a_note(tmp_path: Path) -> None:
    """A register in Python is not refused: its author may know better, and a note warns its reader."""
    folder = folder_of(tmp_path, 1.0, 1)
    text = (folder / "register.py").read_text()
    swapped = text.replace("asserting=(Scenario(cls.own, (cls.own,)", "asserting=(Scenario(cls.rival, (cls.rival,)")
    swapped = swapped.replace("denying=(Scenario(cls.rival, (cls.rival,)", "denying=(Scenario(cls.own, (cls.own,)")
    found = {}
    for name, register in (("sound", text), ("swapped", swapped)):
        (folder / "register.py").write_text(register)
        asked = parse_study(REGISTERED.format(seed=1, theory=PUSH), origin="calls.toml", folder=folder)
        found[name] = [" ".join(v.notes) for v in adjudicate(asked, threads=1).verdicts]
    assert all("asserting and denying are swapped" in notes for notes in found["swapped"])
    assert not any("swapped" in notes for notes in found["sound"])


def test_one_of_many_places_is_not_found_by_luck() -> None:
    """The same departure is found in a record of one place, and not in one place of forty."""

    def records(places: int) -> list[dict[tuple[str, str], float]]:
        return [{(f"p{k}", likeness.LEVEL): x for k in range(places)} for x in np.linspace(-0.5, 0.5, 12)]

    def found(odd: float, places: int) -> list[str]:
        record = {(f"p{k}", likeness.LEVEL): odd if k == 0 else 0.0 for k in range(places)}
        return [x.kind for x in likeness.unlike(record, records(places))]

    assert found(1.3, 1) == ["p0"]
    assert found(1.3, 40) == []
    assert found(4.0, 40) == ["p0"]
