"""What followed dated shocks in a record of posts: the class of the response, stance before and after, and reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import polars as pl

from groundswell.charts import Chart
from groundswell.errors import EstimationError
from groundswell.estimators.attention.reach import Reach, measure_reach
from groundswell.estimators.attention.response_classes import ResponseClass, classify_response
from groundswell.estimators.attention.spectacle import HourlyPosts
from groundswell.estimators.attention.stance import StanceOverTime, stance_change
from groundswell.results import Result


@dataclass(frozen=True)
class PostsAnswer(Result):
    """What a record of posts says about the shocks, and what a graph of who spread whom says about reach.

    Parameters
    ----------
    response : the class of the response after each shock; None without posts or shocks.
    stance : share in favour before and after, by subject, or the reason why there is none.
    reach : concentration and reach of the graph; None without one.
    posts : the record.
    """

    response: ResponseClass | None
    stance: Mapping[str, StanceOverTime | str]
    reach: Reach | None
    posts: HourlyPosts | None

    derived = ("answer",)
    left_out = ("posts",)

    @property
    def answer(self) -> str:
        """The findings, one sentence or two for each."""
        return " ".join(f"{name}: {text}" for name, text in self.sentences())

    def sentences(self) -> list[tuple[str, str]]:
        """(what was asked, answer)."""
        found = [] if self.response is None else [("response", self.response.answer)]
        found += [
            (f"stance on {subject}", of if isinstance(of, str) else of.answer) for subject, of in self.stance.items()
        ]
        return found if self.reach is None else [*found, ("reach", self.reach.answer)]

    def rows(self) -> Sequence[Mapping[str, Any]]:
        return [{"asked": name, "answer": text} for name, text in self.sentences()]

    def charts(self) -> Sequence[Chart]:
        """Posts by day."""
        if self.posts is None:
            return ()
        days = self.posts.posts[: self.posts.posts.size // 24 * 24].reshape(-1, 24)
        frame = pl.DataFrame({"x": list(range(len(days))), "y": [float(day[day == day].sum()) for day in days]})
        return (Chart("lines", frame, "Posts by day", f"days since {self.posts.start:%Y-%m-%d %H:%M} UTC", "posts"),)


def ask_posts(
    posts: HourlyPosts | None,
    shocks: Mapping[str, datetime],
    edges: pl.DataFrame | None = None,
    *,
    depth: Literal["quick", "full"] = "quick",
    seed: int = 0,
) -> PostsAnswer:
    """Ask posts by hour what followed dated shocks, and a graph who reached whom.

    Parameters
    ----------
    posts : from `groundswell.estimators.attention.spectacle.read_posts`, or None.
    shocks : moment of each by name, in UTC where it states no zone, dated from outside the record: peaks picked from
        it look endogenous.
    edges : from `read_retweets`, or None.
    depth : "full" simulates more records for power and more graphs.
    seed : of everything drawn.

    Raises
    ------
    EstimationError : neither posts nor edges, or posts without a shock.
    RecordError : a shock outside the record.
    """
    if posts is None and edges is None:
        raise EstimationError("neither posts nor edges", expected="a file of posts by hour, or one of who spread whom")
    if posts is not None and not shocks:
        raise EstimationError(
            "posts without a shock", expected="at least one, with its moment", instead="--at act=DATE"
        )
    draws = 64 if depth == "full" else 16
    response, stance = None, {}
    if posts is not None:
        moments = {name: _in_utc(when) for name, when in shocks.items()}
        steps = {name: posts.step(when) for name, when in sorted(moments.items(), key=lambda pair: pair[1])}
        response = classify_response(posts.posts, steps, power_draws=draws, seed=seed)
        for subject, counts in posts.stance.items():
            try:
                stance[subject] = stance_change(counts, steps)
            except EstimationError as error:
                stance[subject] = f"Not asked: {error}"
    reach = None if edges is None else measure_reach(edges, null_draws=32 if depth == "full" else 8, seed=seed)
    return PostsAnswer(response, stance, reach, posts)


def _in_utc(when: datetime) -> datetime:
    """A moment in UTC and without its zone, as the hours of a record are."""
    if when.tzinfo is None:
        return when
    try:
        return when.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise EstimationError(f"the moment {when}", expected="one in the years 1 to 9999 in UTC") from None


__all__ = ["PostsAnswer", "ask_posts"]
