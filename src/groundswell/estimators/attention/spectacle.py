"""The record spectacle_2024: posts by hour with the stance of each, and a graph of who spread whom.

Both files are of anonymised platform data around a killing in December 2024. They are separate by design: users cannot
be joined to stance, no text is kept, and nothing here names or singles out a user.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.errors import RecordError
from groundswell.records.registry import find_data

STANCES = ("against", "neutral", "in_favour")
_POSTS = ("hour_utc", "posts")
_UNEQUAL = 0.01  # share of hours in which the labels of one post may be missing or double
_EDGES = ("Source_Id", "Target_Id", "Weight")


@dataclass(frozen=True)
class HourlyPosts:
    """Posts by hour, without a gap in time.

    Parameters
    ----------
    start : the first hour, UTC.
    posts : shape (T,); NaN in hours for which the record has no row.
    stance : per subject, shape (T, 3): posts against, neutral, in favour; 0 in hours without a row.
    missing : hours without a row.
    unequal : (subject, hour) where the stances do not add to the posts; kept as published.
    """

    start: datetime
    posts: NDArray[np.float64]
    stance: dict[str, NDArray[np.int64]]
    missing: tuple[datetime, ...]
    unequal: tuple[tuple[str, datetime], ...] = ()

    def step(self, when: datetime) -> int:
        """The index of the hour that holds a moment (UTC)."""
        at = int((when - self.start) // timedelta(hours=1))
        if not 0 <= at < self.posts.size:
            raise RecordError(f"{when}", expected=f"a time from {self.start} over {self.posts.size} hours")
        return at


def read_posts(path: str | Path | None = None) -> HourlyPosts:
    """Posts by hour and their stance towards some subjects, from a file such as ``posts_hourly.csv`` (or gzipped).

    The file has the columns `hour_utc` and `posts`, and for each subject SUBJECT the columns `SUBJECT_against`,
    `SUBJECT_neutral` and `SUBJECT_in_favour`; it may have no subject.

    Hours without a row are gaps, not zeros: whether nobody posted or nothing was collected is not known.

    Parameters
    ----------
    path : the file; by default that of the data set `spectacle_2024` on this machine.

    Raises
    ------
    RecordError : the file is missing, lacks a column, holds an hour twice or a negative count, or the stances do not
        add to the posts in more than one hour of a hundred.

    Known limits: stance labels came from a language model (see `groundswell.estimators.attention.stance.stance_change`
    for how wrong they would have to be); posts are those that matched the subject on one platform.
    """
    frame = _table(path, "posts_hourly.csv", _POSTS)
    subjects = [name.removesuffix("_against") for name in frame.columns if name.endswith("_against")]
    columns = ["posts", *(f"{subject}_{stance}" for subject in subjects for stance in STANCES)]
    lacking = [name for name in columns if name not in frame.columns]
    if lacking:
        raise RecordError(
            f"the column {lacking[0].rsplit('_', 1)[0]}_against without {lacking[0]}",
            expected="against, neutral and in_favour for each subject",
        )
    try:
        hours = frame["hour_utc"].str.to_datetime(strict=True)
        frame = frame.with_columns(hours, *(pl.col(c).cast(pl.Int64) for c in columns)).sort("hour_utc")
    except pl.exceptions.PolarsError as error:
        raise RecordError(
            f"a cell that is not an hour or a count ({error})", expected="hours and whole numbers"
        ) from error
    if frame["hour_utc"].is_duplicated().any():
        twice = frame.filter(pl.col("hour_utc").is_duplicated())["hour_utc"][0]
        raise RecordError(f"the hour {twice} occurs twice", expected="one row per hour")
    if frame.select(pl.any_horizontal(pl.col(c) < 0 for c in columns).any()).item():
        raise RecordError("a negative count", expected="counts of posts")
    unequal: list[tuple[str, datetime]] = []
    for subject in subjects:
        sums = frame.select(pl.sum_horizontal(f"{subject}_{stance}" for stance in STANCES)).to_series()
        unequal += [(subject, hour) for hour in frame.filter(sums != frame["posts"])["hour_utc"]]
    if len(unequal) > _UNEQUAL * frame.height:
        raise RecordError(
            f"stances towards the {unequal[0][0]} that do not add to the posts at {unequal[0][1]}, and in "
            f"{len(unequal) - 1} hours more",
            expected="against + neutral + in favour = posts",
        )
    start, end = frame["hour_utc"][0], frame["hour_utc"][-1]
    every = pl.DataFrame({"hour_utc": pl.datetime_range(start, end, "1h", eager=True)})
    whole = every.join(frame, on="hour_utc", how="left", maintain_order="left")
    return HourlyPosts(
        start=start,
        posts=whole["posts"].cast(pl.Float64).fill_null(float("nan")).to_numpy(),
        stance={
            subject: whole.select(pl.col(f"{subject}_{stance}").fill_null(0) for stance in STANCES).to_numpy()
            for subject in subjects
        },
        missing=tuple(whole.filter(pl.col("posts").is_null())["hour_utc"].to_list()),
        unequal=tuple(unequal),
    )


def read_retweets(path: str | Path | None = None) -> pl.DataFrame:
    """Who spread whom and how often, from ``retweet_edges.csv`` (or gzipped).

    Parameters
    ----------
    path : the file; by default that of the data set `spectacle_2024` on this machine.

    Returns
    -------
    Columns ``source`` (whose posts were spread), ``target`` (who spread them), ``weight`` (times); users are
    arbitrary numbers, in no order.

    Raises
    ------
    RecordError : the file is missing, lacks a column, or holds a weight below 1 or a pair twice.

    Known limits: the publisher kept 50,000 pairs, the heaviest; the cut falls among pairs of weight 2, so even these
    are not complete, and pairs of weight 1 are absent. That the source is the one who was spread is read off the data
    (3,643 sources, 40,133 targets), not stated by the publisher.
    """
    frame = _table(path, "retweet_edges.csv", _EDGES)
    try:
        edges = frame.select(
            source=pl.col("Source_Id").cast(pl.Int64),
            target=pl.col("Target_Id").cast(pl.Int64),
            weight=pl.col("Weight").cast(pl.Int64),
        )
    except pl.exceptions.PolarsError as error:
        raise RecordError(f"a cell that is not a whole number ({error})", expected="whole numbers") from error
    if edges.null_count().sum_horizontal().item():
        raise RecordError("an empty cell", expected="source, target and weight in every row")
    if (edges["weight"] < 1).any():
        raise RecordError("a weight below 1", expected="how often it was spread")
    if edges.select("source", "target").is_duplicated().any():
        raise RecordError("a pair of users occurs twice", expected="one row per pair", instead="sum the weights")
    return edges


def _table(path: str | Path | None, name: str, columns: tuple[str, ...]) -> pl.DataFrame:
    file = find_data("spectacle_2024", name) if path is None else Path(path)
    try:
        frame = pl.read_csv(file, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise RecordError(
            f"{file.name!r} cannot be read ({type(error).__name__})", expected=f"the file {name}"
        ) from error
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise RecordError(f"{file.name!r} lacks the columns {', '.join(missing)}", expected=", ".join(columns))
    if frame.height == 0:
        raise RecordError(f"{file.name!r} holds no rows", expected="at least one")
    return frame
