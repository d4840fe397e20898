"""CAMEO codes of events as kinds, for the codebooks of data that are coded by machine from news."""

from __future__ import annotations

import polars as pl

from groundswell.records.codebooks._base import cases

_STATE = ("state", "military", "police")


def cameo(code: pl.Expr, root: pl.Expr, known: pl.Expr, sides: list[pl.Expr], abroad: pl.Expr) -> dict[str, pl.Expr]:
    """The columns of a draft that follow from a code and from who acted: kind, detail, actor, target and refused.

    Parameters
    ----------
    code, root : the code as text, and its root as a number.
    known : whether it is a code at all; others are refused.
    sides : the categories of who acted and of whom they acted on.
    abroad : whether the two are of different countries; null counts as no.

    Source: Schrodt, P. A. (2012). CAMEO: Conflict and Mediation Event Observations, Event and Actor Codebook.
    """
    state, abroad = sides[0].is_in(_STATE).fill_null(False), abroad.fill_null(False)
    force = root.is_between(18, 20)
    kind = cases(
        (code.str.starts_with("143"), "strike"),
        (code.str.starts_with("145"), "violence"),
        (root == 14, "protest"),
        ((root == 8) & ~abroad, "concession"),
        (((root == 17) | (force & state)) & ~abroad, "repression"),
        (force & ~state, "violence"),
        otherwise="other",
    )
    refused = pl.when(~known.fill_null(False)).then(pl.lit("not a CAMEO code, so no kind can be coded"))
    return {
        "kind": kind, "detail": pl.lit("cameo ") + code, "actor": sides[0], "target": sides[1], "refused": refused,
    }  # fmt: skip
