"""The registry: finds files where it says it looks, knows whole from damaged ones, and fetches only what it may."""

from __future__ import annotations

import functools
import gzip
import hashlib
import http.server
import importlib.util
import os
import sys
import threading
from pathlib import Path

import pytest

from groundswell.errors import RecordError
from groundswell.records import registry
from groundswell.records.codebooks.library import codebooks
from groundswell.records.registry import (
    DataFile,
    DataSet,
    cache_folder,
    check_data,
    data_sets,
    find_data,
    get,
    list_data,
)

DATA = Path(os.environ.get("GROUNDSWELL_DATA", Path(__file__).parents[2] / "../shared/data"))
CONTENT = b"date,kind\n2011-01-01,protest\n"


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A data folder and a cache folder, both empty."""
    named, cache = tmp_path / "data", tmp_path / "cache"
    named.mkdir()
    monkeypatch.setenv("GROUNDSWELL_DATA", str(named))
    monkeypatch.setenv("GROUNDSWELL_CACHE", str(cache))
    return named, cache


def toy(monkeypatch: pytest.MonkeyPatch, url: str = "", sha256: str | None = None) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest() if sha256 is None else sha256
    of = DataSet("toy", "A toy", "Nobody", "https://example.org/toy", "CC0", True, "csv", "toys", (
        DataFile("toy.csv", digest, url),
    ))  # fmt: skip
    monkeypatch.setattr(registry, "data_sets", lambda: {"toy": of})


def test_every_data_set_is_complete():
    for of in data_sets().values():
        assert of.title, of.name
        assert of.citation, of.name
        assert of.page.startswith("https://"), of.name
        assert of.licence, of.name
        assert of.codebook == "" or of.codebook in codebooks(), of.name
        names = [file.name for file in of.files]
        assert len(set(names)) == len(names), of.name
        for file in of.files:
            assert file.sha256 == "" or (len(file.sha256) == 64 and int(file.sha256, 16) >= 0), file
            # a program fetches only what may be redistributed, and always checks it
            assert not file.url or (of.redistribution and file.sha256), file
    assert {"navco3", "mass_mobilization", "icews", "blm_2020", "police_2020", "fmcs", "turchin"} <= set(data_sets())


def test_files_are_found_in_the_named_folder_before_the_cache(folders, monkeypatch: pytest.MonkeyPatch):
    named, cache = folders
    toy(monkeypatch)
    with pytest.raises(RecordError, match=r"toy is not on this machine; expected toy.csv in the folder 'toys'"):
        find_data("toy")
    (cache / "toys").mkdir(parents=True)
    (cache / "toys" / "toy.csv").write_bytes(CONTENT)
    assert find_data("toy") == cache / "toys" / "toy.csv"
    (named / "toy.csv.gz").write_bytes(gzip.compress(CONTENT))
    assert find_data("toy") == named / "toy.csv.gz"
    assert find_data("toy", "toy.csv.gz") == named / "toy.csv.gz"
    with pytest.raises(RecordError, match=r"expected one of toy\.csv"):
        find_data("toy", "other.csv")
    with pytest.raises(RecordError, match=r"expected one of toy.*did you mean toy"):
        find_data("tyo")


def test_a_named_folder_that_does_not_exist_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(RecordError, match="GROUNDSWELL_DATA="):
        find_data("fmcs")


def test_whole_damaged_and_missing_files_are_told_apart(folders, monkeypatch: pytest.MonkeyPatch):
    named, _ = folders
    toy(monkeypatch)
    assert check_data("toy")["status"].to_list() == ["missing"]
    (named / "toy.csv.gz").write_bytes(gzip.compress(CONTENT))
    assert check_data("toy")["status"].to_list() == ["whole"]
    (named / "toy.csv.gz").write_bytes(gzip.compress(CONTENT[:-1]))
    assert check_data("toy")["status"].to_list() == ["differs"]
    (named / "toy.csv.gz").write_bytes(gzip.compress(CONTENT)[:-5])
    assert check_data("toy")["status"].to_list() == ["differs"]
    toy(monkeypatch, sha256="")
    assert check_data("toy")["status"].to_list() == ["present"]


def test_what_may_not_be_fetched_says_where_to_get_it(folders):
    for name in ("navco3", "acled"):
        with pytest.raises(RecordError, match="cannot be fetched by a program") as error:
            get(name)
        assert data_sets()[name].page in str(error.value)
        assert str(cache_folder()) in str(error.value)


def test_what_is_there_is_not_fetched_again(folders, monkeypatch: pytest.MonkeyPatch):
    named, _ = folders
    toy(monkeypatch, url="http://127.0.0.1:9/never")
    (named / "toy.csv").write_bytes(CONTENT)
    assert get("toy") == [named / "toy.csv"]


def test_without_pooch_the_extra_is_named(folders, monkeypatch: pytest.MonkeyPatch):
    toy(monkeypatch, url="http://127.0.0.1:9/never")
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(RecordError, match=r"\[data\]"):
        get("toy")


@pytest.fixture
def server(tmp_path: Path):
    """A publisher on this machine."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "toy.csv").write_bytes(CONTENT)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(tmp_path / "site"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as publisher:
        thread = threading.Thread(target=publisher.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{publisher.server_address[1]}"
        publisher.shutdown()
        thread.join()


@pytest.mark.skipif(importlib.util.find_spec("pooch") is None, reason="the extra 'data' (pooch) is not installed")
def test_downloads_are_checked_against_the_registry(folders, server: str, monkeypatch: pytest.MonkeyPatch):
    _, cache = folders
    toy(monkeypatch, url=f"{server}/toy.csv")
    assert get("toy") == [cache / "toys" / "toy.csv"]
    assert find_data("toy").read_bytes() == CONTENT
    (cache / "toys" / "toy.csv").unlink()
    toy(monkeypatch, url=f"{server}/toy.csv", sha256="0" * 64)
    with pytest.raises(RecordError, match="does not give the file of the registry"):
        get("toy")
    assert not (cache / "toys" / "toy.csv").exists()
    toy(monkeypatch, url=f"{server}/none.csv")
    with pytest.raises(RecordError, match="cannot be fetched"):
        get("toy")


@pytest.mark.skipif(importlib.util.find_spec("pooch") is None, reason="the extra 'data' (pooch) is not installed")
def test_a_damaged_copy_in_the_cache_is_fetched_again(folders, server: str, monkeypatch: pytest.MonkeyPatch):
    _, cache = folders
    toy(monkeypatch, url=f"{server}/toy.csv")
    (cache / "toys").mkdir(parents=True)
    (cache / "toys" / "toy.csv").write_bytes(CONTENT[:5])
    assert get("toy") == [cache / "toys" / "toy.csv"]
    assert check_data("toy")["status"].to_list() == ["whole"]


def test_the_list_counts_what_is_here(folders):
    frame = list_data()
    assert frame["found"].sum() == 0
    assert frame["name"].to_list() == list(data_sets())


@pytest.mark.parametrize(
    "name",
    [
        "mass_mobilization",
        "icews",
        "blm_2020",
        "police_2020",
        "fmcs",
        "turchin",
        "navco3",
        "navco2",
        "navco1",
        "attempts",
    ],
)
def test_the_files_in_use_are_whole(name: str, monkeypatch: pytest.MonkeyPatch):
    if not DATA.is_dir():
        pytest.skip("the shared data sets are not here; set GROUNDSWELL_DATA to their folder")
    monkeypatch.setenv("GROUNDSWELL_DATA", str(DATA))
    found = check_data(name)
    assert "whole" in found["status"].to_list()
    assert "differs" not in found["status"].to_list()
    assert find_data(name).is_file()
