"""What tests share: where the shared data lie, populations that show specific bugs, a package of no replications."""

from __future__ import annotations

import gc
import os
import sys

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # tests run side by side: threads of tiny queries only wait for a core

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from groundswell import replications as package
from groundswell.app import verification
from groundswell.population.generate import barabasi_albert, erdos_renyi, planted_partition
from groundswell.population.population import Population, tied, well_mixed

settings.register_profile("groundswell", derandomize=True, deadline=None)  # the same examples in every run
settings.load_profile("groundswell")


@pytest.fixture(autouse=True)
def verified_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """`verify` makes results again in this process, which has compiled its kernels already, but in tests `afresh`."""

    def make(again: verification._Again, _: Path) -> tuple[str | None, list[str]]:
        return verification._AGAIN[again.manifest["kind"]](again), again.notes

    if request.node.get_closest_marker("afresh") is None:
        monkeypatch.setattr(verification, "_make", make)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without looking for garbage, which took a third of the time; what was collected stays to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of shared data; the test is skipped where there is none."""
    root = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("GROUNDSWELL_DATA") or root.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no shared data: set GROUNDSWELL_DATA to their folder")
    return folder


@pytest.fixture
def no_replications(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of replications that is empty, but for what a test writes there."""
    import groundswell.replications.register
    import groundswell.replications.run  # noqa: F401 - the machinery is loaded while the package still lies where it is

    place = tmp_path / "replications"
    place.mkdir()
    monkeypatch.setattr(package, "__path__", [str(place)])
    before = set(sys.modules)
    yield place
    for name in set(sys.modules) - before:
        if name.startswith("groundswell.replications."):
            del sys.modules[name]
            if hasattr(package, name.rpartition(".")[2]):
                delattr(package, name.rpartition(".")[2])


def _populations() -> dict[str, Population]:
    sparse = tied(erdos_renyi(280, 3, seed=11))  # more than one block of people
    assert sparse.network is not None
    assert (sparse.network.degree == 0).any()
    skewed = tied(barabasi_albert(270, 2, seed=12))
    assert skewed.network is not None
    assert skewed.network.degree.max() > 8 * skewed.network.mean_degree / 2
    network, region = planted_partition(290, 5, 3, 0.2, seed=13)
    return {
        "sparse": sparse,
        "skewed": skewed,
        "regions": Population(network.people, network, region, 3),
        "mixed": well_mixed(275),
    }


POPULATIONS = ("sparse", "skewed", "regions", "mixed")


@pytest.fixture(scope="session")
def populations() -> dict[str, Population]:
    """Small populations: people without ties, skewed degrees, three regions, and everyone seeing everyone."""
    return _populations()


@pytest.fixture(params=POPULATIONS)
def population(request: pytest.FixtureRequest, populations: dict[str, Population]) -> Population:
    """Each of `populations` in turn."""
    return populations[request.param]
