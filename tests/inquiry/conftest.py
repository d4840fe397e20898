"""Makes `records` importable from the tests beside it."""

from __future__ import annotations

from types import ModuleType

import pytest
from tests.programs import program


@pytest.fixture(scope="session")
def records() -> ModuleType:
    return program("tests/inquiry/records.py")
