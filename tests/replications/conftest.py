"""What tests of replications share: the shipped ones, each run once."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from groundswell.files import write_json
from groundswell.replications.register import load_replication
from groundswell.replications.run import collect, replicate


@pytest.fixture
def folder(no_replications: Path) -> Path:
    return no_replications


@pytest.fixture(scope="session")
def content(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[[str], dict[str, Any]]:
    """What a shipped replication tells, by name. It is run once, whichever test and whichever worker asks first."""
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "replications"
    shared.mkdir(exist_ok=True)

    def tell_of(name: str) -> dict[str, Any]:
        path = shared / f"{name}.json"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                write_json(path, collect([replicate(load_replication(name))]).to_dict())
        return json.loads(path.read_text(encoding="utf-8"))

    return tell_of
