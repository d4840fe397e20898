"""The page and its server: what is in a file, what is answered to whom, and what moves without a browser."""

from __future__ import annotations

import base64
import http.client
import json
import re
import struct
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import numpy as np
import pytest

from groundswell import animate, explore, export_page, load_theory, simulate
from groundswell.app import gallery
from groundswell.cli import app
from groundswell.draws import derive_seed
from groundswell.engine.setup import draw_traits
from groundswell.engine.worlds import Seed, World
from groundswell.errors import GroundswellError, OutputError, StudyError, TheoryError
from groundswell.explorer import bundle as bundles
from groundswell.explorer.animation import lzw
from groundswell.explorer.bundle import leb128, make_bundle
from groundswell.explorer.film import _coder, film
from groundswell.explorer.page import inset, module, page, style
from groundswell.explorer.places import places_of
from groundswell.explorer.server import Explorer, intervention_of, open_server
from groundswell.explorer.shelf import Shelf
from groundswell.explorer.standing import LAND, OUTLINE, WATER, standing
from groundswell.explorer.subject import subject_of
from groundswell.explorer.widget import moved
from groundswell.population.population import well_mixed
from groundswell.population.specification import PopulationSpecification
from groundswell.report.dossier import render
from groundswell.text import hash_of

GRANOVETTER = load_theory("granovetter")
VOTER = {"people": 60, "network": "erdos_renyi", "mean_degree": 4}


def inflated(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text), -15)


# -- one file ----------------------------------------------------------------------------------------------------------


def test_a_page_loads_nothing_and_holds_its_theory(tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    assert export_page("granovetter", out) == out.stat().st_size < 400_000
    text = out.read_text(encoding="utf-8")
    assert "connect-src 'none'" in text
    assert "'unsafe-inline'" not in text
    stripped = re.sub(r'<script type="module">.*?</script>|<style>.*?</style>', "", text, flags=re.S)
    assert not re.search(r'(src|href)="', stripped)
    packed = json.loads(re.search(r'id="bundle">(.*?)</script>', text, re.S)[1])  # type: ignore[index]
    assert packed["meta"]["theory"]["title"] == GRANOVETTER.title
    assert inflated(packed["arrays"]["wasm"])[:4] == b"\0asm"


def test_a_gallery_holds_its_pages_and_an_index(tmp_path: Path) -> None:
    written = gallery(tmp_path / "all", ["granovetter"])
    assert written == {"granovetter": tmp_path / "all" / "granovetter.html"}
    assert "connect-src 'none'" in written["granovetter"].read_text(encoding="utf-8")
    assert 'href="granovetter.html"' in (tmp_path / "all" / "index.html").read_text(encoding="utf-8")


def test_a_dossier_holds_the_page_as_it_is_and_admits_its_scripts() -> None:
    made = inset(make_bundle(GRANOVETTER), "A note with <b>.")
    details = {"format": 2, "study": "s", "answer": "", "verdicts": []}
    text = render(details, None, {}, play=made)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1].replace("&#39;", "'")  # type: ignore[index]
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", text, re.S)
    data = [made["bundle"], made["style"]]
    assert len(scripts) == 5
    assert all(hash_of(x) in policy for x in scripts if x not in data)  # every byte, control characters too
    assert all(x in scripts for x in data)
    assert "A note with &lt;b&gt;." in text
    assert "wasm-unsafe-eval" not in render(details, None, {})


def test_of_too_many_people_a_sample_is_shown_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from groundswell.explorer import subject as subjects

    monkeypatch.setattr(bundles, "compile_page", refuse)
    monkeypatch.setattr(subjects, "MOST_PEOPLE", 500)
    subject = subject_of("granovetter", people=3_000_000)
    assert subject.setting.population["people"] == 500
    made = subject.bundle()
    assert made.meta["population"]["people"] == 500
    assert "the 3,000,000 requested" in made.meta["note"]
    assert subject_of("granovetter", people=400).note == ""


def test_bars_in_a_notebook_escape_and_count() -> None:
    from groundswell.app.progress import _Bars, shown

    bars = _Bars()
    bars.stages = {"<worlds>": (3, 12), "claims": (0, 0)}
    assert bars.to_html().count("<progress") == 1
    assert "&lt;worlds&gt;" in bars.to_html()
    assert "3 of 12" in bars.to_html()
    assert shown(None) is None  # no notebook
    assert shown(print) is print


def test_words_of_a_theory_cannot_end_the_script_that_holds_them() -> None:
    made = make_bundle(GRANOVETTER)
    made.meta["theory"]["title"] = "</script><script>alert(1)</script>"
    text = page(made)
    assert "<script>alert" not in text


def test_the_build_speaks_to_nobody() -> None:
    """The front end names no address but those of namespaces."""
    found = set(re.findall(r"https?://[^\s\"'`)<]+", module() + style()))
    assert {x for x in found if not x.startswith(("http://www.w3.org/", "https://anywidget.dev"))} == set()


def test_the_page_has_the_colours_of_the_dossier() -> None:
    """One visual language: the palettes of the page and of the dossiers agree, in light and dark."""
    root = Path(bundles.__file__).parents[1]
    dossier = (root / "report" / "templates" / "dossier.css").read_text(encoding="utf-8").lower()
    mine = dict.fromkeys(re.findall(r"--(paper|ink|line|muted|account-\d):\s*(#[0-9a-f]{6})", dossier))
    ours = (root.parents[1] / "web" / "src" / "styles.css").read_text(encoding="utf-8").lower()
    theirs = set(re.findall(r"--(paper|ink|line|muted|account-\d):\s*(#[0-9a-f]{6})", ours))
    assert mine
    assert set(mine) <= theirs


@pytest.mark.filterwarnings("error")
def test_a_colour_is_found_for_every_number() -> None:
    code = _coder(well_mixed(6), {"kind": "float", "of": ["x"]})
    assert code({"x": np.array([0.0, 0.5, 1.0, np.nan, 1e308, -np.inf])}).tolist() == [0, 0, 0, 0, 255, 0]
    assert code({"x": np.array([1e308, 5e307, np.inf, np.nan, 0.0, -1e308])}).tolist() == [255, 127, 255, 0, 0, 0]
    wide = _coder(well_mixed(3), {"kind": "float", "of": ["x"]})
    assert wide({"x": np.array([-1e308, 0.0, 1e308])}).tolist() == [0, 127, 255]


def test_the_same_row_has_the_same_colour_at_every_step() -> None:
    code = _coder(well_mixed(4), {"kind": "kinds", "of": ["row"]})
    rows = np.arange(20, dtype=np.int16).reshape(4, 5)
    assert code({"row": rows}).tolist() == [2, 2, 12, 1]  # those of the page, from web/src/worker.ts
    assert code({"row": rows[[3, 3, 0, 1]]}).tolist() == [1, 1, 2, 2]
    assert code({"row": np.array([0, 1, 319, -1])}).tolist() == [12, 11, 9, 9]


def test_a_process_names_the_arrays_that_people_are_coloured_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "compile_page", refuse)
    theory = load_theory("axelrod")
    assert [v["name"] for v in make_bundle(theory).meta["views"]] == ["traits"]
    monkeypatch.setattr(theory, "shown", ())
    assert [v["name"] for v in make_bundle(theory).meta["views"]] == ["traits", "near"]
    monkeypatch.setattr(theory, "shown", ("cultures",))
    with pytest.raises(TheoryError, match="shows 'cultures'"):
        make_bundle(theory)


def test_numbers_are_packed_in_as_few_bytes_as_they_need() -> None:
    numbers = np.array([0, 127, 128, 16383, 16384, 2**31 - 1])
    data, found, at = leb128(numbers), [], 0
    while at < len(data):
        value = shift = 0
        while True:
            byte = data[at]
            at, value, shift = at + 1, value | (byte & 127) << shift, shift + 7
            if byte < 128:
                break
        found.append(value)
    assert found == numbers.tolist()
    assert len(data) == 1 + 1 + 2 + 2 + 3 + 5


@pytest.mark.parametrize(
    ("what", "options", "message"),
    [
        ("granoveter", {}, "granovetter"),
        ("granovetter", {"params": {"sd": -1.0}}, "sd"),
        ("granovetter", {"steps": 0}, "step"),
        ("threshold", {"people": 10}, r"\[population\]"),
        ("predator_prey", {"people": 10}, "people"),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(tmp_path: Path, what: str, options: dict, message: str) -> None:
    with pytest.raises(GroundswellError, match=message):
        export_page(what, tmp_path / "x.html", **options)
    assert list(tmp_path.iterdir()) == []


def test_a_study_is_shown_at_its_setting() -> None:
    subject = subject_of("threshold", params={"sd": 0.2})
    assert subject.theory is GRANOVETTER
    assert subject.setting.params["sd"] == 0.2
    with pytest.raises(StudyError):
        subject_of("no_such_study.toml")


# -- histories made in Python ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "table"), [("voter", VOTER), ("riot_sites", None), ("sis", {**VOTER})])
def test_a_film_is_what_simulate_says(name: str, table: dict | None) -> None:
    theory = load_theory(name)
    people = PopulationSpecification.model_validate(table or dict(theory.setting.population)).build(3)  # type: ignore[union-attr]
    bools = [s for s, d in theory.states.items() if d.kind is bool]
    world = World(5, {}, (Seed(bools[0], 0.2, 2),))
    view = {"kind": "bool", "of": bools[:1]}
    frames = list(film(theory, people, world, 5, view, 3))
    truth = simulate(theory, people, [world], 5, population_seed=3, threads=1)
    assert np.array([f.values for f in frames]).tobytes() == truth.values[:, 0].tobytes()
    assert {*np.unique(np.array([f.codes for f in frames]))} <= {0, 1}


def refuse(theory: object) -> None:
    raise TheoryError("this theory", expected="another", why="it calls LAPACK")


def test_boards_are_read_as_the_theory_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "compile_page", refuse)  # which would take seconds, and is not asked here
    theory = load_theory("epstein")
    made = make_bundle(theory)
    people = PopulationSpecification.model_validate(dict(theory.setting.population)).build(1)  # type: ignore[union-attr]
    frames = list(film(theory, people, World(1, dict(theory.setting.params)), 3, made.meta["views"][0]))  # type: ignore[union-attr]
    rebels, police = list(theory.observables).index("rebels"), list(theory.observables).index("police")
    for frame in frames:
        assert (frame.codes == 2).sum() == frame.values[rebels]
        assert (frame.codes == 3).sum() == frame.values[police]


def test_what_no_page_can_run_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "compile_page", refuse)
    export_page("riot_sites", tmp_path / "x.html", steps=4)
    text = (tmp_path / "x.html").read_text(encoding="utf-8")
    packed = json.loads(re.search(r'id="bundle">(.*?)</script>', text, re.S)[1])  # type: ignore[index]
    recorded = packed["meta"]["engine"]["recorded"]
    assert packed["meta"]["engine"]["why"] == "it calls LAPACK"
    assert len(recorded["values"]) > 1
    moved = load_theory("riot_sites")
    people = PopulationSpecification.model_validate(dict(moved.setting.population)).build(derive_seed(1, "people", 0))  # type: ignore[union-attr]
    for j, value in enumerate(recorded["values"]):
        world = World(derive_seed(1, "world", 0), {**moved.setting.params, recorded["param"]: value})  # type: ignore[union-attr]
        truth = simulate(moved, people, [world], 4, population_seed=derive_seed(1, "people", 0), threads=1)
        assert inflated(packed["arrays"][f"values.{j}"]) == truth.values[:, 0].tobytes()
    assert [p["name"] for p in packed["meta"]["params"] if not p["fixed"]] == [recorded["param"]]
    assert len(recorded["bounds"]) == len(recorded["values"])
    size = draw_traits(moved, people, moved.parameters({}), derive_seed(1, "people", 0))["size"]
    assert inflated(packed["arrays"]["trait.size"]) == size.tobytes()


# -- pictures that move ------------------------------------------------------------------------------------------------


def unpacked(data: bytes, bits: int) -> list[int]:
    """What an LZW stream of a GIF holds, by the book."""
    clear, end = 1 << bits, (1 << bits) + 1
    table: list[list[int]] = []
    width, at, out, last = bits + 1, 0, [], None
    value = int.from_bytes(data, "little")
    while True:
        code = (value >> at) & ((1 << width) - 1)
        at += width
        if code == end:
            return out
        if code == clear:
            table = [[i] for i in range(clear)] + [[], []]
            width, last = bits + 1, None
            continue
        entry = table[code] if code < len(table) else [*last, last[0]]  # type: ignore[misc, index]
        out += entry
        if last is not None and len(table) < 4096:
            table.append([*last, entry[0]])
            if len(table) == 1 << width and width < 12:
                width += 1
        last = entry


@pytest.mark.parametrize("size", [1, 50, 20_000])
def test_pixels_come_back_out_of_a_gif(size: int) -> None:
    pixels = np.random.default_rng(size).integers(0, 4, size).astype(np.uint8)
    assert unpacked(lzw(pixels, 2), 2) == pixels.tolist()


def test_a_world_as_gif_and_svg(tmp_path: Path) -> None:
    animate("granovetter", tmp_path / "x.gif", steps=5, size=80)
    data = (tmp_path / "x.gif").read_bytes()
    assert data[:6] == b"GIF89a"
    assert struct.unpack("<HH", data[6:10]) == (80, 80)
    assert data.count(b"\x21\xf9\x04") == 6
    animate("granovetter", tmp_path / "x.svg", steps=5)
    root = ElementTree.parse(tmp_path / "x.svg").getroot()
    assert len(root.findall("{http://www.w3.org/2000/svg}circle")) == 100


@pytest.mark.long
def test_a_picture_that_moves_has_the_map_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_text(
        "region,longitude,latitude\n0,36.8,-1.3\n1,39.7,-4.1\n2,34.8,-0.1\n3,35.3,0.5\n", encoding="utf-8"
    )
    given = {"people": 400, "steps": 3, "size": 120, "places": tmp_path / "places.csv"}
    animate("deed", tmp_path / "map.svg", **given)
    animate("deed", tmp_path / "map.gif", **given)
    drawn = ElementTree.parse(tmp_path / "map.svg")
    assert len(drawn.findall(".//{*}path")) > 1  # land and borders
    spots = np.array([[float(x.get(k, "")) for k in ("cx", "cy")] for x in drawn.findall(".//{*}circle")])
    people = PopulationSpecification.model_validate(
        {**load_theory("deed").setting.population, "people": 400}  # type: ignore[union-attr]
    ).build(derive_seed(1, "people", 0))
    middles = np.array([spots[people.region == k].mean(axis=0) for k in range(4)])
    assert middles[1, 0] > middles[0, 0] > middles[3, 0] > middles[2, 0]  # east to west
    assert middles[1, 1] > middles[0, 1] > middles[2, 1] > middles[3, 1]  # south to north, downwards
    assert (tmp_path / "map.gif").read_bytes()[:6] == b"GIF89a"
    ground = standing(people, {}, places_of(people, tmp_path / "places.csv")).ground(60)
    assert set(np.unique(ground)) == {WATER, LAND, OUTLINE}  # the coast of Kenya
    assert ground[30, 5] == LAND
    assert ground[58, 58] == WATER


@pytest.mark.parametrize(
    ("what", "name", "options", "message"),
    [
        ("granovetter", "x.png", {}, r"\.gif"),
        ("predator_prey", "x.gif", {}, "theory of people"),
        ("granovetter", "x.gif", {"view": "actz"}, "acts"),
        ("sis", "x.svg", {}, "at most 4,000"),
    ],
)
def test_pictures_that_cannot_be_are_refused(tmp_path: Path, what: str, name: str, options: dict, message: str) -> None:
    with pytest.raises(GroundswellError, match=message):
        animate(what, tmp_path / name, **options)
    assert list(tmp_path.iterdir()) == []


# -- on loopback -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    shelf = Shelf({"granovetter": GRANOVETTER, "riot_sites": load_theory("riot_sites")}, Explorer)
    server, address = open_server(shelf)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield address
    server.shutdown()
    server.server_close()


def asked(
    address: str, path: str, body: object = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes, http.client.HTTPResponse]:
    url = urlsplit(address)
    connection = http.client.HTTPConnection(url.hostname or "", url.port)
    data = None if body is None else json.dumps(body)
    connection.request("POST" if data else "GET", path, data, headers or {})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content, answer


def test_the_page_is_served_under_its_token_only(served: str) -> None:
    path = urlsplit(served).path
    status, text, answer = asked(served, path + "granovetter/")
    assert status == 200
    assert b"data-base" in text
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert asked(served, path)[0] == 200
    assert asked(served, "/")[0] == 403
    assert asked(served, "/wrong-token/granovetter/")[0] == 403
    assert asked(served, path + "granovetter/../../etc/passwd")[0] == 404
    assert asked(served, path + "nothing/")[0] == 404


def test_strangers_are_refused(served: str) -> None:
    path = urlsplit(served).path + "granovetter/bundle"
    assert asked(served, path, {}, {"Origin": "https://example.org"})[0] == 403
    assert asked(served, path, {}, {"Host": "example.org"})[0] == 403
    assert asked(served, path, {}, {"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert asked(served, path, {}, {"Origin": served.partition("/" + path.split("/")[1])[0]})[0] == 200


def test_other_people_are_made_when_asked_for(served: str) -> None:
    path = urlsplit(served).path + "granovetter/bundle"
    status, text, _ = asked(served, path, {"table": {"network": "well_mixed", "people": 37}, "seed": "4"})
    assert status == 200
    assert json.loads(text)["meta"]["population"]["people"] == 37
    for wrong in ({"params": {"sd": -1}}, {"params": {"sd": "x"}}, {"seed": -1}, {"table": {"people": 3}}, []):
        status, text, _ = asked(served, path, wrong or [1])
        assert status == 422
        assert b"expected" in text


def test_worlds_are_streamed_with_their_twins(served: str) -> None:
    path = urlsplit(served).path + "riot_sites/run"
    twin = [{"kind": "pulse", "name": "trigger", "amount": 1.0, "at": 2}]
    status, data, _ = asked(served, path, {"steps": 3, "interventions": twin, "view": 0})
    assert status == 200
    people, low, high = struct.unpack("<Idd", data[:20])
    assert low < high
    frame = 1 + 8 * len(load_theory("riot_sites").observables) + people
    assert len(data) == 20 + 4 * 2 * frame
    frames = [data[20 + k * frame : 20 + (k + 1) * frame] for k in range(8)]
    assert frames[0] == frames[1]
    assert frames[6] != frames[7]
    moved = asked(served, path, {"steps": 3, "interventions": [], "other": {"omega": 0.5}})[1]
    assert moved[20 + 6 * frame : 20 + 7 * frame] != moved[20 + 7 * frame :]
    assert asked(served, path, {"steps": 3, "interventions": [], "other": {"omega": -1}})[0] == 422
    assert asked(served, path, {"steps": 3, "interventions": [{"kind": "pulse", "name": "triger"}]})[0] == 422
    assert asked(served, path, {"steps": 10**9})[0] == 422


def test_a_port_in_use_is_a_sentence(served: str) -> None:
    with pytest.raises(OutputError, match="in use"):
        open_server(Shelf({}, Explorer), urlsplit(served).port or 0)


@pytest.mark.parametrize("given", [None, {}, {"kind": "set"}, {"kind": "bomb", "name": "x"}])
def test_an_intervention_that_is_none_is_refused(given: object) -> None:
    with pytest.raises(TheoryError, match="expected"):
        intervention_of(given)


def test_the_commands_refuse_in_one_sentence(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    for line in (["explore", "granoveter"], ["export", "sis", "--html", str(tmp_path)],
                 ["animate", "sis", "--out", str(tmp_path / "x.bmp")], ["explore", "--people", "3"]):  # fmt: skip
        done = CliRunner().invoke(app, line)
        assert done.exit_code == 2, line
    assert list(tmp_path.iterdir()) == []


# -- in a notebook -----------------------------------------------------------------------------------------------------


def test_the_widget_holds_the_page_and_its_values() -> None:
    pytest.importorskip("anywidget", reason="the extra notebook is not installed")
    from groundswell.explorer.widget import widget

    shown = widget(make_bundle(GRANOVETTER, params={"sd": 0.2}))
    assert shown.params == {"mean": 0.25, "sd": 0.2}
    assert json.loads(shown.bundle)["meta"]["theory"]["name"] == "granovetter"
    shown.params = {"mean": 0.3, "sd": 0.1}
    assert shown.params["mean"] == 0.3


def test_the_widget_of_what_no_page_can_run_holds_recorded_histories(monkeypatch: pytest.MonkeyPatch) -> None:
    from groundswell.explorer import recorded
    from groundswell.explorer import widget as widgets

    monkeypatch.setattr(widgets, "in_notebook", lambda: True)
    monkeypatch.setattr(widgets, "widget", lambda bundle: bundle)
    monkeypatch.setattr(recorded, "shown_without_server", lambda subject, bundle, seed: ("recorded", seed))
    assert explore("granovetter", people=20, seed=3) == ("recorded", 3)


def test_outside_a_notebook_there_is_no_widget() -> None:
    from groundswell.explorer.widget import in_notebook

    assert not in_notebook()


def test_values_given_to_a_widget_are_checked() -> None:
    values = {"mean": 0.25, "sd": 0.12}
    assert moved(values, {"sd": 0.2}) == {"mean": 0.25, "sd": 0.2}
    with pytest.raises(TheoryError, match="did you mean 'mean'"):
        moved(values, {"maen": 1})
    for wrong in (True, "1", float("nan"), None):
        with pytest.raises(TheoryError, match="a finite number"):
            moved(values, {"sd": wrong})
