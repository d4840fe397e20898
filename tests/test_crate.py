"""Every result is an RO-Crate, which an independent validator accepts, and which breaks where it is broken."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from groundswell.crate import CRATE, crate_of
from groundswell.manifest import manifest_of
from groundswell.output import Output

ABOUT: dict[str, dict[str, Any]] = {
    "study": {"study": {"name": "small"}, "data": {"marches": "ab" * 32}, "command": ["groundswell", "run", "small"]},
    "record": {"input": [{"file": "a/b/marches.csv", "sha256": "cd" * 32}], "asked": {"questions": []}},
    "replication": {"replications": ["granovetter"]},
    "fit": {},
}


def written(folder: Path, kind: Any) -> dict[str, Any]:
    """A folder of results of one kind, and its crate."""
    with Output(folder, {"seed": 1}, kind=kind) as output:
        output.write_text("page.html", "<p>results</p>")
        output.write_json("results.json", {"a": 1})
        output.commit(manifest_of(kind, title="A result", seed=1, about=ABOUT[kind]))
    return json.loads((folder / CRATE).read_text())


@pytest.mark.parametrize("kind", sorted(ABOUT))
def test_the_crate_names_every_file_with_its_size_and_hash(tmp_path: Path, kind: str) -> None:
    crate = written(tmp_path / "out", kind)
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    assert len(entities) == len(crate["@graph"])
    for name in ("page.html", "results.json"):
        data = (tmp_path / "out" / name).read_bytes()
        assert entities[name]["sha256"] == hashlib.sha256(data).hexdigest()
        assert entities[name]["contentSize"] == str(len(data))
    named = {reference["@id"] for reference in [*entities["#run"]["object"], *entities["#run"]["result"]]}
    assert named | {reference["@id"] for reference in entities["./"]["hasPart"]} <= set(entities)
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert CRATE in manifest["files"]


def test_equal_results_give_equal_crates_and_inputs_are_named_without_their_folder(tmp_path: Path) -> None:
    first, second = written(tmp_path / "one", "record"), written(tmp_path / "two", "record")
    assert first == second
    (given,) = [entity for entity in first["@graph"] if entity["@id"] == "#input-0"]
    assert given["name"] == "marches.csv"
    assert given["sha256"] == "cd" * 32


# -- the validator of the RO-Crate community, with the contexts that it would fetch -----------------------------------


def problems(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the validator holds against a crate; the texts of w3id.org come from the package `rocrate`."""
    services = pytest.importorskip("rocrate_validator.services", reason="the extra `crates` is not installed")
    rocrate = pytest.importorskip("rocrate", reason="the extra `crates` is not installed")
    import requests
    from rocrate_validator.utils.http import HttpRequester

    context = json.loads((Path(rocrate.__file__).parent / "data/ro-crate.jsonld").read_text())["@context"]
    terms = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}

    def answer(self: Any, url: str, **_: Any) -> requests.Response:
        response = requests.Response()
        response.status_code, response.url = 200, url
        response.headers["Content-Type"] = "application/ld+json"
        response._content = json.dumps({"@context": terms if "workflow-run" in url else context}).encode()
        return response

    for name in ("get", "head", "fetch_fresh"):
        monkeypatch.setattr(HttpRequester, name, answer, raising=False)
    settings = services.ValidationSettings(rocrate_uri=str(folder), profile_identifier="process-run-crate-0.5")
    result = services.validate(settings)
    return [f"{issue.check.name}: {issue.message}" for issue in result.get_issues()]


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", sorted(ABOUT))
def test_the_validator_accepts_it(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "out", kind)
    assert problems(tmp_path / "out", monkeypatch) == []


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_the_validator_sees_what_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crate = written(tmp_path / "out", "study")
    for entity in crate["@graph"]:
        if entity["@id"] == "#run":
            del entity["instrument"]
    (tmp_path / "out" / CRATE).write_text(json.dumps(crate))
    assert problems(tmp_path / "out", monkeypatch) != []


def test_a_crate_states_no_clock(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("x")
    manifest = manifest_of("fit", title="", seed=None, about={})
    crate = crate_of(manifest, {"page.html": "0" * 64}, tmp_path)
    assert crate == crate_of(manifest, {"page.html": "0" * 64}, tmp_path)
    assert "endTime" not in json.dumps(crate)
