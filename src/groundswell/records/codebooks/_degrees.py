"""Reads degrees of latitude and longitude as people type them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from groundswell.records.codebooks._unknown import is_unknown

NOT_DEGREES = "not a number of degrees (write -33.92, 33.92 S or 33°55'12\"S)"
NO_SUCH_DEGREES = "outside the range of degrees"
NO_SUCH_MINUTES = "60 or more minutes or seconds of a degree"
AN_O = 'an O, which is west in French and Spanish and east in German (language = "es" says it; or write W or E)'
TWO_SIGNS = "a minus and a letter, or two letters (write -33.92 or 33.92 S)"
_MARKS = (("[º˚]", "°"), ("[′’‘ʹ]", "'"), ("[″”“]|''", '"'), ("−", "-"))  # as people and programs write them
_FIGURE = r"\d{1,2}(?:[.,]\d*)?"
HALF_A_PLACE = "one of latitude and longitude without the other"
NULL_ISLAND = "0, 0 stands for an unknown place"


_EAST, _WEST = {"pt": "L", "de": "O"}, {"fr": "O", "es": "O", "pt": "O", "it": "O"}  # leste, Ost; ouest, oeste, ovest


def read_coordinates(latitudes: pl.Series, longitudes: pl.Series, language: Sequence[str] = ()) -> pl.DataFrame:
    """Read two columns of degrees into `latitude`, `longitude` (Float64) and the problem of each (null if read).

    Forms: -33.92, 33,92 (a decimal comma), 33.92 S, S33.92; degrees and minutes, 33°55.2'S, 33:55:12, 33 55 12 S. A
    place has both or neither: where one cannot be read, the other is given up as well. Exactly 0, 0 is what programs
    write for a place that they do not know, and is set aside. An O is west or east, depending on the stated languages.
    """
    east, west = ({of[code] for code in language if code in of} for of in (_EAST, _WEST))
    sides = dict.fromkeys(sorted(east - west), "E") | dict.fromkeys(sorted(west - east), "W")
    frame = pl.DataFrame(
        {
            name: part
            for axis, texts, most, letters in (
                ("latitude", latitudes, 90.0, "NnSs"),
                ("longitude", longitudes, 180.0, "EeWw"),
            )
            for name, part in _degrees(axis, _lettered(texts.cast(pl.String), axis, sides), most, letters).items()
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


def _lettered(texts: pl.Series, axis: str, sides: Mapping[str, str]) -> pl.Series:
    """Longitudes with E and W for the letters of other languages."""
    for letter, side in sides.items() if axis == "longitude" else ():
        either = f"[{letter}{letter.lower()}]"
        texts = texts.str.replace(rf"^\s*{either}\s*(\d)", side + "${1}").str.replace(
            rf"(\d\W*){either}\s*$", "${1}" + side
        )
    return texts


def _degrees(axis: str, texts: pl.Series, most: float, letters: str) -> dict[str, pl.Series]:
    """Degrees of one axis, and their problems; other forms than plain numbers are read once for each distinct text."""
    degrees = texts.cast(pl.Float64, strict=False)
    degrees = degrees.set(~degrees.is_finite(), None)
    odd = texts.filter(degrees.is_null() & texts.is_not_null()).unique()
    problem = pl.Series([None], dtype=pl.String).new_from_index(0, texts.len())
    if odd.len():
        read = _written(odd, letters)
        joined = pl.DataFrame({"text": texts}).join(read, on="text", how="left", maintain_order="left")
        degrees, problem = degrees.fill_null(joined["found"]), joined["problem"]
    beyond = (degrees.abs() > most).fill_null(False)
    if beyond.any():
        problem = problem.set(beyond, NO_SUCH_DEGREES)
        degrees = degrees.set(beyond, None)
    return {f"_{axis}": degrees, f"{axis}_problem": problem}


def _written(odd: pl.Series, letters: str) -> pl.DataFrame:
    """Distinct texts that are not plain numbers: the degrees `found`, and the `problem` of those that state none."""
    text = pl.col("text").str.strip_chars()
    for mark, ours in _MARKS:
        text = text.str.replace_all(mark, ours)
    hemisphere = rf"([{letters}])?"
    after = rf"\s*(?:({_FIGURE})\s*\"?)?"  # seconds, which may be missing
    forms = (
        rf"^{hemisphere}\s*([-+])?\s*(\d{{1,3}}(?:[.,]\d*)?)\s*°?()()\s*{hemisphere}$",
        rf"^{hemisphere}\s*([-+])?\s*(\d{{1,3}})\s*[°:]\s*({_FIGURE})\s*[':]?{after}\s*{hemisphere}$",
        rf"^{hemisphere}\s*()(\d{{1,3}})\s+({_FIGURE}){after.replace('*', '+', 1)}\s*{hemisphere}$",
    )
    parts = pl.DataFrame({"text": odd}).with_columns(
        pl.coalesce(*(pl.when(text.str.contains(form)).then(text.str.extract(form, i)) for form in forms))
        .fill_null("")
        .alias(name)
        for i, name in enumerate(("_before", "_sign", "_degrees", "_minutes", "_seconds", "_after"), start=1)
    )
    degrees, minutes, seconds = (
        pl.col(name).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        for name in ("_degrees", "_minutes", "_seconds")
    )
    before, after_it, sign = pl.col("_before"), pl.col("_after"), pl.col("_sign")
    signs = (before != "").cast(pl.Int8) + (after_it != "").cast(pl.Int8) + (sign == "-").cast(pl.Int8)
    letter = (before + after_it).str.to_uppercase()
    bare = (minutes.is_not_null() & (letter == "")) & ~text.str.contains("[°:]")  # "45 30" may be anything
    broken = seconds.is_not_null() & (minutes != minutes.floor())  # "45°30.5'20"
    figure = degrees + minutes.fill_null(0.0) / 60 + seconds.fill_null(0.0) / 3600
    return parts.select(
        "text",
        found=pl.when((sign == "-") | letter.is_in(["S", "W"])).then(-figure).otherwise(figure),
        problem=pl.when(is_unknown(pl.col("text")))
        .then(None)
        .when(text.str.contains(r"^[Oo]\s*\d|\d\W*[Oo]$") & pl.lit("W" in letters))
        .then(pl.lit(AN_O))
        .when(degrees.is_null() | bare | broken.fill_null(False))
        .then(pl.lit(NOT_DEGREES))
        .when((minutes >= 60).fill_null(False) | (seconds >= 60).fill_null(False))
        .then(pl.lit(NO_SUCH_MINUTES))
        .when(signs > 1)
        .then(pl.lit(TWO_SIGNS)),
    ).with_columns(found=pl.when(pl.col("problem").is_null()).then("found"))
