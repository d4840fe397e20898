"""Records of posts: what followed dated shocks, and who reached whom."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from groundswell.errors import EstimationError

if TYPE_CHECKING:
    from datetime import datetime

    from groundswell.inquiry.posts import PostsAnswer


def ask_posts(
    posts: str | Path | None,
    shocks: Mapping[str, datetime],
    *,
    edges: str | Path | None = None,
    depth: str = "quick",
    seed: int = 0,
) -> PostsAnswer:
    """What followed dated shocks in posts by hour, and how concentrated reach is in a graph of who spread whom.

    Parameters
    ----------
    posts, edges : files; see `groundswell.estimators.attention.spectacle`. Either may be None.
    shocks : moment of each by name, in UTC where it states no zone, dated from outside the record.
    depth : "quick" or "full".
    seed : of everything drawn.

    Raises
    ------
    RecordError, EstimationError : a file that cannot be read, a shock outside the record, or nothing to ask.
    """
    from groundswell.estimators.attention.spectacle import read_posts, read_retweets
    from groundswell.inquiry.posts import ask_posts as ask_of

    if depth not in ("quick", "full"):
        raise EstimationError(f"depth {depth!r}", expected="quick or full")
    return ask_of(
        None if posts is None else read_posts(posts),
        shocks,
        None if edges is None else read_retweets(edges),
        depth="full" if depth == "full" else "quick",
        seed=seed,
    )
