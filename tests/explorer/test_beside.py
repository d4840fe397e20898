"""A record beside the histories, people on a map, and what a page says where a theory fails."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from page_oracle import Case, described, in_node

from groundswell import Observable, Param, Share, State, Theory, load_theory
from groundswell.calibrate.reporting import Reporting
from groundswell.errors import GroundswellError, OutputError, PopulationError
from groundswell.explorer import bundle as bundles
from groundswell.explorer.bundle import make_bundle
from groundswell.explorer.subject import subject_of
from groundswell.theory import Setting

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
SIS = load_theory("sis")


# -- how a history becomes a record ------------------------------------------------------------------------------------

T = np.arange(60)
HISTORIES = {
    "marches": 40 + 30 * np.sin(T / 6),
    "acts": np.rint(6 + 5 * np.cos(T / 9)),
    "mood": 0.5 + 0.4 * np.sin(T / 11),
}
MODELS = {
    "counts": Reporting.of(None, {"series": {"marches": {"form": "counts", "scale": {"uniform": [0.5, 2]},
        "dispersion": {"uniform": [1, 20]}, "zeros": {"fixed": [0.1]}, "shift": 1, "flow": {"uniform": [0, 0.5]}}}}),
    "events": Reporting.of(None, {"series": {"acts": {"form": "events", "scale": {"uniform": [0.3, 0.7]},
        "date_block": 4, "date_share": {"fixed": [0.4]}, "tide": {"by": "marches", "strength": {"fixed": [0.3]}}},
        "marches": {"form": "counts"}}}),
    "effort": Reporting.of(None, {"effort": {"sd": {"uniform": [0.2, 0.5]}, "life": {"uniform": [2, 9]}},
        "coverage": {"jumps": 2}, "series": {"marches": {"form": "counts"},
        "mood": {"form": "noisy", "noise": {"fixed": [0.2]}, "scale": {"fixed": [3]}, "digits": 2, "shared": False}}}),
    "large": Reporting.of(None, {"series": {"marches": {"form": "counts", "scale": {"fixed": [1000]}}}}),
}  # fmt: skip
WORLDS = 1500


@pytest.fixture(scope="module")
def reported() -> dict[str, dict]:
    jobs = []
    for model in MODELS.values():
        drawn = {name: x.tolist() for name, x in model.draw(WORLDS, 5).items()}
        given = {name: x.tolist() for name, x in HISTORIES.items() if name in model.series}
        jobs.append({"model": model.to_dict(), "histories": given, "drawn": drawn, "count": WORLDS})
    return dict(zip(MODELS, in_node(jobs), strict=True))


@needs_node
@pytest.mark.parametrize("name", MODELS)
def test_the_page_reports_as_python_does(reported: dict[str, dict], name: str) -> None:
    """Means and second moments of each period, over reports with the same draws of the model and other luck."""
    model = MODELS[name]
    given = {n: np.broadcast_to(x, (WORLDS, x.size)) for n, x in HISTORIES.items() if n in model.series}
    theirs = model.report(given, model.draw(WORLDS, 5), 77)
    for series, y in theirs.items():
        mine = {key: np.array(x) / WORLDS for key, x in reported[name]["done"][series].items()}
        for power, key in ((1, "sum"), (2, "squares")):
            error = np.sqrt(2 * (y**power).var(axis=0) / WORLDS) + 1e-12
            z = (mine[key] - (y**power).mean(axis=0)) / error
            assert np.abs(z).max() < 5, (series, key)
            assert abs(z.mean()) < 5  # effort ties periods together, so that their mean is no sum of independent ones
            assert np.sqrt((z**2).mean()) < 2


# -- records and fits --------------------------------------------------------------------------------------------------


def refuse(theory: object) -> None:
    from groundswell.errors import TheoryError

    raise TheoryError("no compiler", expected="one", why="this test needs none")


def test_a_record_is_placed_at_its_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "compile_page", refuse)
    record = tmp_path / "record.csv"
    record.write_text("date,share\n2011-01-03,4\n2011-01-10,\n2011-01-17,9\n")
    subject = subject_of(
        "sis", people=50, record=str(record), observe=["prevalence=share"], reporting="counts", every=2
    )
    made = subject.bundle()
    beside = made.meta["beside"]
    assert beside["series"] == {"prevalence": [4.0, None, 9.0]}
    assert beside["dates"] == ["2011-01-03", "2011-01-10", "2011-01-17"]
    assert (beside["first"], beside["every"], made.meta["steps"]) == (1, 2, 6)
    assert beside["reporting"]["series"]["prevalence"]["form"] == "counts"
    assert len(made.arrays["drawn"]) == 8 * 200 * len(beside["names"])


def test_a_fit_is_shown_at_its_medians_with_its_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import polars as pl

    monkeypatch.setattr(bundles, "compile_page", refuse)
    model = Reporting.of(None, {"series": {"prevalence": {"form": "counts", "scale": {"uniform": [10, 90]}}}})
    margins = {n: {"median": v} for n, v in {"start": 0.05, "contagion": 0.04}.items()}
    said = {
        "theory": "sis", "record": "a record", "passed": True, "parameters": margins,
        "reporting": {"prevalence.scale": {"median": 50.0}},
        "simulated": {"population": {"network": "well_mixed", "people": 40}, "steps": 5, "first": 3, "every": 1,
                      "held": {"dropping": 0.2}, "reporting": model.to_dict(), "pulses": []},
    }  # fmt: skip
    draws = {"start": [0.04, 0.06], "contagion": [0.03, 0.05], "prevalence.scale": [40.0, 60.0]}
    rows = [
        {"panel": "prevalence", "series": "record", "x": str(t), "y": float(t), "low": None, "high": None}
        for t in range(3)
    ]
    pl.DataFrame(draws).write_parquet(tmp_path / "posterior.parquet")
    pl.DataFrame(rows).write_parquet(tmp_path / "bands.parquet")
    (tmp_path / "fit.json").write_text(json.dumps(said))
    subject = subject_of(None, fit=tmp_path)
    assert dict(subject.setting.params) == {"dropping": 0.2, "start": 0.05, "contagion": 0.04}
    made = subject.bundle()
    assert made.meta["steps"] == 5
    assert made.meta["beside"]["posterior"] == ["start", "contagion"]
    assert np.frombuffer(made.arrays["drawn"]).reshape(3, 2).tolist() == list(draws.values())
    (tmp_path / "fit.json").write_text(json.dumps({**said, "passed": False, "answer": "No interval is shown."}))
    with pytest.raises(GroundswellError, match=r"failed a gate.*No interval"):
        subject_of(None, fit=tmp_path)
    (tmp_path / "fit.json").write_text(json.dumps(said))
    with pytest.raises(GroundswellError, match="a fit of sis"):
        subject_of("voter", fit=tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"record": "nothing.csv"}, "nothing.csv"),
        ({"fit": "nowhere"}, "holds no fit"),
        ({"record": "x.csv", "fit": "nowhere"}, "no fit|one of them"),
        ({"every": 2}, "every without a record"),
        ({"fit": "nowhere", "people": 3}, "its own population"),
    ],
)
def test_what_cannot_stand_beside_is_refused(options: dict, message: str) -> None:
    with pytest.raises(GroundswellError, match=message):
        subject_of("sis", **options)


# -- the map -----------------------------------------------------------------------------------------------------------

REGIONS = Setting(3, {"network": "planted_partition", "people": 60, "mean_degree": 4, "communities": 3, "mix": 0.2})
ROWS = "region,longitude,latitude\n0,36.8,-1.3\n1,39.7,-4.1\n2,34.8,-0.1\n"


def test_regions_stand_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "compile_page", refuse)
    places = tmp_path / "places.csv"
    places.write_text(ROWS)
    made = make_bundle(SIS, setting=REGIONS, places=places)
    at = np.frombuffer(made.arrays["places"], "<f4").reshape(3, 2)
    assert ((at > 0) & (at < 1)).all()
    assert at[:, 0].argsort().tolist() == [2, 0, 1]  # from west to east
    assert at[:, 1].argsort().tolist() == [2, 0, 1]  # from north to south
    assert made.meta["places"]["of"] == "region"
    assert made.meta["places"]["land"]
    assert all(len(ring) % 2 == 0 for ring in made.meta["places"]["land"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ROWS.replace("2,34.8,-0.1\n", ""), "region 2 too"),
        (ROWS.replace("2,34.8", "1,34.8"), "a second time"),
        (ROWS.replace("2,34.8", "7,34.8"), "from 0 to 2"),
        (ROWS.replace("36.8", "368"), "line 2: longitude '368'"),
        (ROWS.replace("-1.3", "south"), "line 2: latitude 'south'"),
        (ROWS.replace("longitude", "lon"), "columns region, lon, latitude"),
        ("", "none"),
    ],
)
def test_places_that_are_none_are_refused(tmp_path: Path, text: str, message: str) -> None:
    places = tmp_path / "places.csv"
    places.write_text(text)
    with pytest.raises(PopulationError, match=message):
        make_bundle(SIS, setting=REGIONS, places=places)


# -- where a theory fails ----------------------------------------------------------------------------------------------


class Divides(Theory):
    """Everyone joins, and then the share who have not is divided by."""

    setting = Setting(9, {"network": "well_mixed", "people": 30})
    acts = State(bool, initial=Share("start"))
    mood = State(float, initial=0.0)
    start = Param(0.5, "[0, 1]")
    turnout = Observable("people.acts")
    spirit = Observable("people.mood")

    def person(me, people, p):
        me.mood = p.start / (1.0 - people.acts)
        me.acts = True


RAISES = '''
from groundswell import Observable, Param, Process, State

class Raises(Process):
    """One more acts at each step, until there are too many."""
    space = "any"
    acts = State(bool, initial=False)
    most = Param(3.0, ">= 0")
    turnout = Observable("people.acts")

    def step(people, p):
        count = 0
        for i in range(people.acts.size):
            count += people.acts[i]
        if count >= p.most:
            raise ValueError("too many people act")
        people.acts[count] = True
'''


@needs_node
def test_a_failure_is_a_sentence_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "raises.py"
    path.write_text(RAISES)
    raises = load_theory(path)
    jobs = [
        {"bundle": json.loads(make_bundle(t, setting=s).to_json()), "cases": [described(t, Case(9))]}
        for t, s in ((Divides, Divides.setting), (raises, Setting(9, {"network": "well_mixed", "people": 20})))
    ]
    first, second = (run["error"] for run in in_node(jobs))
    line = RAISES.splitlines().index('            raise ValueError("too many people act")') + 1
    assert f"raises.py:{line}: ValueError: too many people act" in second
    assert "test_beside.py:" in first
    assert "divides by zero" in first
    assert str(tmp_path) not in json.dumps(jobs)  # nobody's folders


def test_an_unwritable_page_of_a_fit_says_so(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="holds no fit"):
        subject_of(None, fit=tmp_path)
