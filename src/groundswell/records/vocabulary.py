"""The user's own words: kinds with their roles, and probable typing errors among them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

import polars as pl

from groundswell.errors import RecordError, nearest
from groundswell.records.schema import ROLE_OF, ROLES, held
from groundswell.settings import require_known

MOST_KINDS = 200
"""Kinds that a record may have; a column with more values holds texts, not kinds."""
_SLIP = 0.85  # similarity above which the rarer of two kinds may be a typing error
_RARE = 0.05  # of the frequency of the other


def check_roles(roles: Mapping[str, str], where: str, known: set[str] | None = None) -> None:
    """Refuse an unknown role, or one for a kind that the mapping does not have.

    Raises
    ------
    RecordError : with the nearest role or kind.
    """
    for kind, role in roles.items():
        require_known(role, ROLES, RecordError, f"{where}: the role {role!r} of {kind!r}")
        if known is not None and kind not in known:
            raise RecordError(
                f"{where}: the role of {kind!r}, a kind that the mapping does not have",
                expected=f"one of {', '.join(sorted(known))}",
                instead=nearest(kind, known),
            )


def check_kinds(events: pl.DataFrame, roles: Mapping[str, str], column: str, path: str) -> list[str]:
    """Notes on the kinds of a record: which have no role, and which may be typing errors.

    Raises
    ------
    RecordError : there are more than `MOST_KINDS` kinds.
    """
    found = held(events)
    if len(found) > MOST_KINDS:
        shown = ", ".join(repr(kind[:30]) for kind in list(found)[:3])
        raise RecordError(
            f"{path} has {len(found):,} different kinds in its column {column!r} ({shown} ...)",
            expected=f"at most {MOST_KINDS}",
            why="a question is about kinds, not about single texts",
            instead='group them under [kinds] in a mapping file, with "*" = "other" for all the rest',
        )
    notes = []
    bare = [kind for kind in found if kind not in ROLE_OF and kind not in roles]
    if "role" in events.columns:
        stated = set(events.select("kind", "role").unique().filter(pl.col("role") != "other")["kind"])
        bare = [kind for kind in bare if kind not in stated]
    if bare:
        shown = ", ".join(f"{kind} ({found[kind]:,})" for kind in bare[:8])
        more = f" and {len(bare) - 8} more" if len(bare) > 8 else ""
        notes.append(
            f"Kinds without a role: {shown}{more}. Questions about violence, mobilisation or repression ignore them "
            f'until [roles] in a mapping file says what they are, such as {_key(bare[0])} = "mobilisation".'
        )
    for kind in bare:
        if (near := slip_for(kind, found)) is not None:
            notes.append(f"The kind {kind!r} ({found[kind]:,}) may be a slip for {near!r} ({found[near]:,}).")
    return notes


def slip_for(kind: str, found: Mapping[str, int]) -> str | None:
    """The far more frequent kind of a record that this one may be misspelt for; None where none is as close."""
    near = difflib.get_close_matches(kind, [k for k in found if k != kind], n=1, cutoff=_SLIP)
    return near[0] if near and found[kind] <= _RARE * found[near[0]] else None


def _key(kind: str) -> str:
    return kind if kind.isascii() and kind.replace("-", "").replace("_", "").isalnum() else f'"{kind}"'
