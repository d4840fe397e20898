"""Modules that the engines write: loaded once, and whole, whichever thread asks first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from groundswell.engine.written import load_written

SLOW = "import time\n\ntime.sleep(0.2)\nlast = 1\n"


def test_no_thread_finds_a_module_before_it_has_been_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_CACHE", str(tmp_path))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: load_written(SLOW, "slow").get("last"), range(4)))
    assert found == [1] * 4
