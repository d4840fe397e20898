"""What tests of replications share: an empty package of replications, and the shipped ones, each run once."""

from __future__ import annotations

import fcntl
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from groundswell import replications as package
from groundswell.files import write_json
from groundswell.replications.register import load_replication
from groundswell.replications.run import replicate, tell


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of replications that is empty, but for what a test writes there."""
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


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[[str], dict[str, Any]]:
    """What a shipped replication tells, by name. It is run once, whichever test and whichever worker asks first."""
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "replications"
    shared.mkdir(exist_ok=True)

    def tell_of(name: str) -> dict[str, Any]:
        path = shared / f"{name}.json"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                write_json(path, tell([replicate(load_replication(name))]))
        return json.loads(path.read_text(encoding="utf-8"))

    return tell_of
