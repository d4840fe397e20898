"""Finds replications: every file of `groundswell.replications` that holds a REPLICATION."""

from __future__ import annotations

import difflib
import importlib
import pkgutil

from groundswell import replications as package
from groundswell.errors import GroundswellError, ReplicationError
from groundswell.replications.replication import Replication


def find() -> tuple[dict[str, Replication], dict[str, str]]:
    """The replications by name in alphabetical order, and the files that cannot be loaded, with the reason.

    A file without REPLICATION is part of the machinery. Nothing is cached between calls.
    """
    found: dict[str, Replication] = {}
    broken: dict[str, str] = {}
    for name in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
        try:
            stated = getattr(importlib.import_module(f"{package.__name__}.{name}"), "REPLICATION", None)
            if stated is not None:
                found[name] = _checked(stated, name)
        except GroundswellError as error:
            broken[name] = str(error)
        except Exception as error:
            broken[name] = f"{type(error).__name__}: {error}"
    return found, broken


def replications() -> dict[str, Replication]:
    """All replications by name, in alphabetical order.

    Raises
    ------
    ReplicationError : a file cannot be loaded, or its replication has a different name.
    """
    found, broken = find()
    for name, reason in broken.items():
        raise ReplicationError(f"the replication {name}.py cannot be loaded: {reason}", expected="a file that can be")
    return found


def chosen(names: list[str] | None, known: list[str]) -> list[str]:
    """The requested names, each once, in alphabetical order; all of them if none was requested.

    Raises
    ------
    ReplicationError : there is no such replication; a near match is suggested.
    """
    for name in names or ():
        if name not in known:
            plain = name.strip().lower().replace("-", "_").replace(" ", "_")
            near = difflib.get_close_matches(plain, known, n=1, cutoff=0.5)
            raise ReplicationError(
                f"replication {name!r}", expected="one of " + ", ".join(known), instead=near[0] if near else None
            )
    return sorted(set(names or known))


def load_replication(name: str) -> Replication:
    """The replication with that name.

    Raises
    ------
    ReplicationError : there is no such replication; a near match is suggested.
    """
    known = replications()
    return known[chosen([name], list(known))[0]]


def _checked(stated: object, name: str) -> Replication:
    if not isinstance(stated, Replication):
        raise ReplicationError(f"REPLICATION of {name}.py is {stated!r}", expected="a Replication")
    if stated.name != name:
        raise ReplicationError(
            f"the replication in {name}.py is named {stated.name!r}",
            expected="the name of its file",
            instead=repr(name),
        )
    return stated
