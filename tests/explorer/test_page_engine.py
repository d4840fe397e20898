"""The page engine: equal bytes, in Node where there is one, and what it refuses."""

from __future__ import annotations

import json
import shutil

import pytest
from page_oracle import Case, described, differences, in_node, truth

from groundswell import (
    Cap,
    Observable,
    Param,
    Process,
    Pulse,
    Seed,
    Set,
    Share,
    Shock,
    Society,
    State,
    Theory,
    Trait,
    Uniform,
    load_theory,
)  # fmt: skip
from groundswell.engine import page, retarget
from groundswell.engine.page import PageProgram, compile_page, compile_pages
from groundswell.errors import TheoryError
from groundswell.explorer.bundle import make_bundle
from groundswell.theory import Normal, Setting, Tally

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")


PEOPLE = {"network": "planted_partition", "people": 700, "mean_degree": 8, "communities": 3, "mix": 0.2}


class Everything(Theory):
    """What a rule may do, all at once."""

    title = "Everything"
    setting = Setting(
        12, {"network": "planted_partition", "people": 700, "mean_degree": 8, "communities": 3, "mix": 0.2}
    )
    boldness = Trait(Normal("bold", 1.0))
    luckless = Trait(Uniform(0.0, 1.0))
    bold = Param(0.2, "any")
    rate = Param(0.1, "[0, 1]")
    fade = Param(0.9, "[0, 1]")
    acts = State(bool, initial=Share("rate"))
    mood = State(float, initial="rate")
    heat = Society(initial=0.1)
    act = Shock(harm=True)
    noise = Tally()
    turnout = Observable("people.acts")
    spirit = Observable("people.mood")
    warmth = Observable("society.heat")
    struck = Observable("society.act", harm=True)
    loud = Observable("people.noise")

    def person(me, seen, society, p, luck, tally):
        push = seen.share.acts + 0.3 * seen.mean.mood + society.heat - me.luckless
        me.mood = p.fade * me.mood + 0.1 * luck.normal("mood")
        tally.noise = abs(me.mood) ** 1.5
        me.acts = luck.chance("act", p.rate) or push + 0.1 * me.boldness > 0.8

    def society(society, people, p):
        society.heat = p.fade * society.heat + 0.1 * people.acts + society.act


CHANGES = (Pulse("act", 0.7, 3), Set("rate", 0.0, 4, 8), Cap("heat", 0.35, 5), Seed("acts", 0.3, 9))
CASES = {
    Everything: (Case(12), Case(12, seed=9, params={"bold": -1.0, "fade": 0.5}), Case(12, interventions=CHANGES)),
    load_theory("sis"): (
        Case(8, table={"people": 900}, people_seed=77),
        Case(6, table={"people": 300, "mean_degree": 4.5}, people_seed=2**63 + 5),
    ),
    load_theory("voter"): (Case(4), Case(4, seed=3, interventions=(Seed("favours", 0.5, 2),))),
    load_theory("burbeck"): (Case(20), Case(20, interventions=(Pulse("trigger", 0.4, 5), Cap("active", 0.02, 9)))),
    load_theory("riot_sites"): (Case(6), Case(6, seed=4, interventions=(Pulse("trigger", 2.0, 3),))),
}


@pytest.fixture(scope="module")
def page_runs() -> list[dict]:
    jobs = []
    for theory, cases in CASES.items():
        bundle = json.loads(make_bundle(theory).to_json())
        jobs.append({"bundle": bundle, "cases": [described(theory, case) for case in cases]})
    return in_node(jobs)


@needs_node
@pytest.mark.parametrize("k", range(len(CASES)), ids=[theory.name for theory in CASES])
def test_the_page_makes_the_bytes_of_the_other_engines(page_runs: list[dict], k: int) -> None:
    theory, cases = list(CASES.items())[k]
    assert "error" not in page_runs[k]
    assert differences(page_runs[k]["done"], [truth(theory, case) for case in cases]) == []


@needs_node
def test_another_world_would_be_found(page_runs: list[dict]) -> None:
    """The comparison fails where it should: on another seed, and another intervention."""
    of = truth(Everything, Case(12, seed=2))
    wrong = differences(page_runs[0]["done"][:1], [of])
    assert any("observables" in x for x in wrong)
    assert any("acts" in x for x in wrong)


def test_what_a_page_takes_from_its_own_library_is_said() -> None:
    program = PageProgram("process", b"", {}, 0, ("sqrt", "pow", "erfc"))
    assert program.approximate == ("pow", "erfc")
    assert not program.exact
    assert PageProgram("process", b"", {}, 0, ("sqrt",)).exact


class Homeless(Process):
    """A process that no other process can load."""

    yes = State(bool)
    share = Observable("people.yes")

    def step(people):
        people.yes[0] = True


def test_a_process_without_a_file_of_its_own_is_refused() -> None:
    with pytest.raises(TheoryError, match=r"Homeless|homeless.*\.py file"):
        compile_page(Homeless)


@pytest.mark.long
def test_many_compiled_in_one_process_are_those_compiled_alone(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """One that cannot be compiled, or was before, is passed over."""
    monkeypatch.setenv("GROUNDSWELL_CACHE", str(tmp_path))
    asked, compiler = [], page._compile
    monkeypatch.setattr(page, "_compile", lambda jobs: asked.append(len(jobs)) or compiler(jobs))
    flow, rule = load_theory("lang_de_sterck"), load_theory("granovetter")
    compile_pages([flow, Homeless, rule])
    (alone,) = compiler([page._wanted_of(rule).job])
    assert page._wanted_of(rule).made() == alone
    compile_pages([rule, flow])
    assert asked == [2]


def test_a_kernel_with_an_unknown_argument_is_refused() -> None:
    with pytest.raises(TheoryError, match="sees layers, weights"):
        page._typed("def f(first, weights):\n    pass\n", "f", page._RULE_TYPES, Everything)


def test_a_damaged_entry_of_the_cache_is_compiled_anew(tmp_path) -> None:
    path = tmp_path / "x.json"
    page._write(path, {"wasm": "AA=="})
    assert page._read(path) == {"wasm": "AA=="}
    path.write_text(path.read_text()[:-3] + 'B"}')
    assert page._read(path) is None
    path.write_bytes(b"\xff\xfe")
    assert page._read(path) is None


@pytest.mark.parametrize("number", [0, 127, 128, 300, 2**31])
def test_numbers_of_a_module_are_read_as_they_were_written(number: int) -> None:
    assert retarget.read_leb(retarget.leb(number) + b"\x7f", 0) == (number, len(retarget.leb(number)))
