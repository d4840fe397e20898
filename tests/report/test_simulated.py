"""Dossiers of studies without claims of the register: courses, effects, sweep and stated claims, for every form."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from groundswell.app import run
from groundswell.experiment.description import describe
from groundswell.experiment.study import Study
from groundswell.experiment.study_file import parse_study
from groundswell.report.dossier import render
from groundswell.report.simulated import SHOWN, read_tables, simulation, stated_rows

PROCESS = '''
from groundswell.theory import Observable, Param, Process, Share, State, Stream
from groundswell.theory.compiled import chance

class Flicker(Process):
    """People switch on and off."""
    on = State(bool, initial=Share("begin"))
    begin = Param(0.5, "[0, 1]", meaning="on at the start")
    rate = Param(0.1, "[0, 1]", meaning="chance to switch")
    fixed = ("begin",)
    who = Stream("who switches")
    lit = Observable("people.on", "share of people", "on", harm=True)

    def step(people, p, luck):
        for i in range(people.on.size):
            if chance(luck.who, i, p.rate):
                people.on[i] = not people.on[i]
'''
FLOW = '''
from groundswell.theory import Flow, Observable, Param, Shock, Society

class Logistic(Flow):
    """Those who act win over those who do not."""
    equations = "a' = c a (1 - a)"
    deviations = ("None of the paper's <thresholds>.",)
    acting = Society("start")
    start = Param(0.01, "[0, 1]")
    contact = Param(0.5, ">= 0", meaning="contacts")
    push = Shock()
    turnout = Observable("society.acting", "share of people")

    def flow(society, p, rate):
        rate.acting = (p.contact * society.acting + society.push) * (1.0 - society.acting)
'''
STUDIES = {
    "process": """
[study]
name = "flicker"
title = "Flicker"
theory = "theory.py"
seed = 1
steps = 12
draws = 4
[population]
network = "grid"
rows = 6
columns = 5
[arms.slow]
[arms.fast]
interventions = [{ set = "rate", value = 0.6, from = 4, until = 9 }]
[arms.faster]
params = { begin = 0.1 }
[arms.a]
[arms.b]
[effects]
speed = ["fast", "slow"]
[sweep]
worlds = 2
arms = ["slow", "faster"]
over.rate = [0.0, 0.5, 1.0]
[claims.falls]
text = "Light <falls>."
effect = "speed"
observable = "lit"
expects = "none"
margin = 0.9
from = 4
""",
    "flow": """
[study]
name = "logistic"
title = "Logistic"
theory = "theory.py"
seed = 1
steps = 20
draws = 2
[population]
network = "well_mixed"
people = 1
[arms.quiet]
[arms.pushed]
interventions = [{ pulse = "push", amount = 0.2, at = 3 }]
[effects]
push = ["pushed", "quiet"]
[sweep]
worlds = 1
summary = { time_to_reach = 0.5 }
over.contact = { from = 0.0, to = 1.0, count = 3 }
over.start = [0.01, 0.02]
""",
}


@pytest.fixture(scope="module", params=STUDIES)
def finished(request, tmp_path_factory) -> tuple[str, Study, Path]:
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "theory.py").write_text(PROCESS if request.param == "process" else FLOW)
    study = parse_study(STUDIES[request.param], origin="s.toml", folder=folder)
    run(study, folder / "out", threads=1)
    return request.param, study, folder / "out"


def test_the_page_is_whole_and_shows_courses_effects_and_sweep(finished, read) -> None:
    form, study, out = finished
    page = read((out / "dossier.html").read_text(encoding="utf-8"))
    assert page.broken == []
    text = (out / "dossier.html").read_text(encoding="utf-8")
    name = next(iter(study.theory.observables))
    effect = next(iter(study.effects))
    for figure in (f'id="course-{name}-prior"', f'id="effect-{effect}-{name}"', f'id="sweep-{name}'):
        assert figure in text
    headings = ("The trajectory of each arm", "What the arms changed", "Sweep over", "What was simulated", "Limits")
    for heading in headings:
        assert heading in text
    assert "How a verdict is reached" not in text  # that is about the register
    assert 'id="verdicts"' not in text
    assert ("Claims stated by this study" in text) == (form == "process")


def test_the_theory_is_told(finished) -> None:
    form, study, out = finished
    text = (out / "dossier.html").read_text(encoding="utf-8")
    for name, param in study.theory.params.items():
        assert f"<code>{name}</code>" in text
        assert param.meaning in text
    if form == "flow":
        assert "a&#39; = c a (1 - a)" in text
        assert "None of the paper&#39;s &lt;thresholds&gt;." in text
        assert "differential equations" in text
        assert "push of 0.2 at step 3" in text
        assert "This study states no claim. At the end turnout is" in text
    else:
        assert "Light &lt;falls&gt;." in text
        assert "rate held at 0.6 from step 4, before step 9" in text
        assert "It counts harm and is never a lever." in text


def test_numbers_of_the_plots_are_those_of_the_tables(finished) -> None:
    _, study, out = finished
    tables = read_tables(out)
    content = simulation(describe(study), tables, register=False, draw=False)
    assert content is not None
    name = next(iter(study.theory.observables))
    effect = next(iter(study.effects))
    [figure, *_] = content["effects"][0]["figures"]
    rows = tables["effect_summary"].filter((pl.col("effect") == effect) & (pl.col("observable") == name))
    last = rows.sort("step")["mean"][-1]
    shown = [float(x) for x in re.findall(r'value="([^"]+)"', str(figure.table.rows[-1][-1]))]
    assert shown[0] == pytest.approx(last, abs=0)
    trajectories = tables["trajectories"].join(tables["runs"], on="run")
    arm = next(iter(study.effects.values()))[1]
    mean = trajectories.filter((pl.col("arm") == arm) & (pl.col("step") == study.steps))[name].mean()
    course = content["courses"][0]["figures"][0].table.rows
    mine = [row for row in course if row[0] == arm]
    assert float(re.findall(r'value="([^"]+)"', str(mine[-1][-1]))[0]) == pytest.approx(mean, rel=1e-14)


def test_at_most_as_many_arms_are_drawn_as_colours_stay_apart(finished) -> None:
    form, study, out = finished
    content = simulation(describe(study), read_tables(out), register=False, draw=False)
    assert content is not None
    legend = [name for _, name in content["courses"][0]["figures"][0].legend]
    assert legend[:2] == list(reversed(next(iter(study.effects.values()))))
    assert len(legend) == min(SHOWN, len(study.arms))
    assert content["course_note"] == ("Not drawn, and in the table of trajectories: b." if form == "process" else "")


def test_a_level_that_is_never_reached_is_counted_in_the_caption(finished) -> None:
    form, study, out = finished
    content = simulation(describe(study), read_tables(out), register=False, draw=True)
    assert content is not None
    captions = " ".join(figure.caption for figure in content["sweep"]["figures"])
    if form == "flow":  # contact 0 moves nobody but by the push
        assert "4 of 12 runs never reach it" in captions
        assert "Darker means more" in captions
        assert len(content["sweep"]["figures"]) == 2  # a map for each arm
    else:
        assert "never reach it" not in captions
        assert "band: 5% to 95%" in captions


def test_claims_of_the_register_keep_their_own_plots(finished) -> None:
    _, study, out = finished
    content = simulation(describe(study), read_tables(out), register=True, draw=False)
    assert content is not None
    assert content["courses"] == content["effects"] == []
    assert content["sweep"] is not None


def test_without_tables_the_theory_is_still_told(finished, read) -> None:
    _, study, _ = finished
    page = read(render({"verdicts": []}, describe(study), {}))
    assert page.broken == []
    assert "The trajectory of each arm" not in render({"verdicts": []}, describe(study), {})


def test_failed_runs_are_told(finished) -> None:
    _, study, out = finished
    tables = read_tables(out)
    lost = tables["runs"].with_columns(
        status=pl.when(pl.col("run") == 1).then(pl.lit("failed")).otherwise("status"),
        reason=pl.when(pl.col("run") == 1).then(pl.lit("why")).otherwise("reason"),
    )
    content = simulation(describe(study), {**tables, "runs": lost}, register=False, draw=False)
    assert content is not None
    assert content["lost"].startswith(f"1 of {lost.height} runs failed")
    assert content["lost"].endswith("why")


def test_stated_rows_say_where_and_what_is_expected() -> None:
    row = {"claim": "c", "expects": "none", "margin": 0.01, "from": 3, "until": 3, "unit": None}
    [content] = stated_rows({"stated": [row]})
    assert (content["expected"], content["steps"], content["unit"]) == ("no effect within 0.01", "step 3", "")
    [content] = stated_rows({"stated": [{**row, "expects": "rise", "margin": 0.0, "until": 9}]})
    assert (content["expected"], content["steps"]) == ("a rise", "steps 3 to 9")
