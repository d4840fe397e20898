"""The register of claims: one file each in `groundswell.registers.deed`, found without a list to edit."""

from __future__ import annotations

import importlib
import pkgutil
import re

from groundswell.claims.claim import Claim
from groundswell.errors import StudyError
from groundswell.registers import deed as entries


def claims() -> dict[str, Claim]:
    """All claims by id, substitution first, then catalysis, then those of both: S1..S14, C1..C9, X1, X2."""
    found: dict[str, Claim] = {}
    for module in pkgutil.iter_modules(entries.__path__):
        if re.fullmatch(r"[a-z]\d+", module.name):
            claim = importlib.import_module(f"{entries.__name__}.{module.name}").CLAIM
            found[claim.id] = claim
    return {k: found[k] for k in sorted(found, key=lambda k: ("SCX".index(k[0]), int(k[1:])))}


def chosen(names: str | list[str]) -> dict[str, Claim]:
    """The claims that a study asks for: "all", or a list of ids.

    Raises
    ------
    StudyError : for an unknown id.
    """
    register = claims()
    if names == "all":
        return register
    unknown = [n for n in names if n not in register]
    if unknown:
        raise StudyError(
            f"the study tests the claim {unknown[0]!r}", expected='"all" or ids among ' + ", ".join(register)
        )
    return {n: register[n] for n in register if n in names}
