"""Reads degrees of latitude and longitude as people type them."""

from __future__ import annotations

import polars as pl

from groundswell.records.codebooks._unknown import is_unknown

NOT_DEGREES = "not a number of degrees"
NO_SUCH_DEGREES = "outside the range of degrees"
HALF_A_PLACE = "one of latitude and longitude without the other"
NULL_ISLAND = "0, 0 stands for a place that is not known"


def read_coordinates(latitudes: pl.Series, longitudes: pl.Series) -> pl.DataFrame:
    """Read two columns of degrees into `latitude`, `longitude` (Float64) and the problem of each (null if read).

    Forms: -33.92, 33,92 (a decimal comma), 33.92 S. A place has both or neither: where one cannot be read, the other
    is given up as well. Exactly 0, 0 is what programs write for a place that they do not know, and is set aside.
    """
    frame = pl.DataFrame(
        {
            name: part
            for axis, texts, most, letters in (
                ("latitude", latitudes, 90.0, "NnSs"),
                ("longitude", longitudes, 180.0, "EeWw"),
            )
            for name, part in _degrees(axis, texts.cast(pl.String), most, letters).items()
        }
    )
    ours, other = pl.col("_latitude"), pl.col("_longitude")
    whole = (ours.is_not_null() & other.is_not_null()) & ~((ours == 0) & (other == 0)).fill_null(False)
    half = [
        pl.when(pl.col(f"{name}_problem").is_not_null())
        .then(pl.col(f"{name}_problem"))
        .when((ours == 0) & (other == 0))
        .then(pl.lit(NULL_ISLAND))
        .when(pl.col(f"_{name}").is_not_null() & ~whole & pl.col(f"{rest}_problem").is_null())
        .then(pl.lit(HALF_A_PLACE))
        .alias(f"{name}_problem")
        for name, rest in (("latitude", "longitude"), ("longitude", "latitude"))
    ]
    return frame.select(
        pl.when(whole).then(ours).alias("latitude"), pl.when(whole).then(other).alias("longitude"), *half
    )


def _degrees(axis: str, texts: pl.Series, most: float, letters: str) -> dict[str, pl.Series]:
    """Degrees of one axis, and their problems; forms other than plain numbers are looked at one distinct text each."""
    degrees = texts.cast(pl.Float64, strict=False)
    degrees = degrees.set(~degrees.is_finite(), None)
    odd = texts.filter(degrees.is_null() & texts.is_not_null()).unique()
    problem = pl.Series([None], dtype=pl.String).new_from_index(0, texts.len())
    if odd.len():
        # an O is refused, not guessed: it is west in French and Spanish, and east in German
        form = rf"^([-+]?)(\d{{1,3}}(?:[.,]\d*)?)\s*°?\s*([{letters}]?)$"
        text = pl.col("text").str.strip_chars().str.replace("−", "-", literal=True)
        figure = text.str.extract(form, 2).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        away = (text.str.extract(form, 1) == "-") != text.str.extract(form, 3).str.to_uppercase().is_in(["S", "W"])
        read = pl.DataFrame({"text": odd}).select(
            "text",
            found=pl.when(away).then(-figure).otherwise(figure),
            problem=pl.when(~is_unknown(pl.col("text")) & figure.is_null()).then(pl.lit(NOT_DEGREES)),
        )
        joined = pl.DataFrame({"text": texts}).join(read, on="text", how="left", maintain_order="left")
        degrees, problem = degrees.fill_null(joined["found"]), joined["problem"]
    beyond = (degrees.abs() > most).fill_null(False)
    if beyond.any():
        problem = problem.set(beyond, NO_SUCH_DEGREES)
        degrees = degrees.set(beyond, None)
    return {f"_{axis}": degrees, f"{axis}_problem": problem}
