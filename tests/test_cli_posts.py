"""The command posts: response, stance and reach from files, and what cannot be asked in one sentence."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from groundswell.cli import app
from groundswell.estimators.attention.spectacle import HourlyPosts


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    rng = np.random.default_rng(2)
    start, shock = datetime(2024, 1, 1), 96
    lines = ["hour_utc,posts,mayor_against,mayor_neutral,mayor_in_favour"]
    for t in range(14 * 24):
        level = 40 + (400 * (t - shock + 1) ** -0.7 if t >= shock else 0)
        n = int(rng.poisson(level))
        for_, against = int(rng.binomial(n, 0.3 if t < shock else 0.45)), 0
        lines.append(f"{start + timedelta(hours=t)},{n},{against},{n - for_},{for_}")
    posts, edges = tmp_path / "posts.csv", tmp_path / "edges.csv"
    posts.write_text("\n".join(lines), encoding="utf-8")
    pairs = {(int(s), int(t)) for s, t in zip(rng.zipf(1.8, 900) % 60, rng.integers(100, 600, 900), strict=True)}
    rows = [f"{s},{t},{int(rng.integers(1, 6))}" for s, t in sorted(pairs)]
    edges.write_text("\n".join(["Source_Id,Target_Id,Weight", *rows]), encoding="utf-8")
    return str(posts), str(edges)


def call(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["posts", *arguments])
    return done.exit_code, " ".join((done.output + done.stderr).split())


def test_posts_and_edges_are_asked(files: tuple[str, str]) -> None:
    code, text = call(files[0], "--at", "act=2024-01-05T00:00", "--edges", files[1])
    assert code == 0, text
    assert "response" in text
    assert "stance on mayor" in text
    assert "reach" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "neither posts nor edges"),
        (("POSTS",), "posts without a shock"),
        (("POSTS", "--at", "act"), "a name and a moment"),
        (("POSTS", "--at", "act=2031-01-01"), "expected a time from"),
        (("POSTS", "--at", "act=2024-01-05", "--at", "act=2024-01-06"), "two shocks with the name 'act'"),
        (("POSTS", "--at", "act=0001-01-01T00:00+05:00"), "the years 1 to 9999"),
        (("POSTS", "--at", "act=2024-01-05", "--depth", "deep"), "quick or full"),
        (("EDGES", "--at", "act=2024-01-05"), "lacks the columns hour_utc, posts"),
    ],
)
def test_what_cannot_be_asked(files: tuple[str, str], arguments: tuple[str, ...], words: str) -> None:
    named = {"POSTS": files[0], "EDGES": files[1]}
    code, text = call(*(named.get(a, a) for a in arguments))
    assert code == 2
    assert words in text


@pytest.mark.long
def test_a_zone_that_is_stated_counts(files: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[datetime] = []
    step = HourlyPosts.step
    monkeypatch.setattr(HourlyPosts, "step", lambda posts, when: (asked.append(when), step(posts, when))[1])
    texts = [call(files[0], "--at", f"act={moment}") for moment in ("2024-01-05T11:44-05:00", "2024-01-05T16:44")]
    assert texts[0] == texts[1]
    assert texts[0][0] == 0, texts[0]
    assert set(asked) == {datetime(2024, 1, 5, 16, 44)}
