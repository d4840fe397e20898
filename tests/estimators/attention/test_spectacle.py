"""The reader of hourly posts and of the graph, on files made by hand and on the record where it is at hand."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from groundswell.errors import RecordError
from groundswell.estimators.attention.reach import measure_reach
from groundswell.estimators.attention.spectacle import read_posts, read_retweets
from groundswell.estimators.attention.stance import stance_change

SUBJECTS = ("accused", "victim", "company")
HEAD = "hour_utc,posts," + ",".join(f"{s}_{x}" for s in SUBJECTS for x in ("against", "neutral", "in_favour"))
ROWS = [
    "2031-05-01 10:00:00,6,1,4,1,0,6,0,2,4,0",
    "2031-05-01 12:00:00,3,0,3,0,0,3,0,0,3,0",
    "2031-05-01 11:00:00,4,1,2,1,1,3,0,0,4,0",
    "2031-05-01 14:00:00,5,0,2,3,0,5,0,1,4,0",
]


def written(folder: Path, rows: list[str], head: str = HEAD, name: str = "posts_hourly.csv") -> Path:
    path = folder / name
    text = "\n".join([head, *rows]) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["posts_hourly.csv", "posts_hourly.csv.gz"])
def test_hours_are_sorted_and_gaps_are_no_zeros(tmp_path, name):
    found = read_posts(written(tmp_path, ROWS, name=name))
    assert found.start == datetime(2031, 5, 1, 10)
    np.testing.assert_array_equal(found.posts, [6, 4, 3, np.nan, 5])
    assert found.missing == (datetime(2031, 5, 1, 13),)
    np.testing.assert_array_equal(found.stance["accused"], [[1, 4, 1], [1, 2, 1], [0, 3, 0], [0, 0, 0], [0, 2, 3]])
    assert found.step(datetime(2031, 5, 1, 12, 59)) == 2
    with pytest.raises(RecordError):
        found.step(datetime(2031, 5, 2))


@pytest.mark.parametrize(
    ("rows", "head", "said"),
    [
        (ROWS, HEAD.replace("posts", "post"), "lacks the columns posts"),
        ([*ROWS, ROWS[0]], HEAD, "occurs twice"),
        ([ROWS[0].replace(",6,1", ",-6,1")], HEAD, "negative"),
        ([ROWS[0].replace(",6,1", ",7,1")], HEAD, "do not add"),
        ([ROWS[0].replace("2031-05-01", "May")], HEAD, "not an hour or a count"),
        ([], HEAD, "no rows"),
    ],
)
def test_bad_files_of_posts_are_refused(tmp_path, rows, head, said):
    with pytest.raises(RecordError, match=said):
        read_posts(written(tmp_path, rows, head))


def test_one_hour_of_many_may_not_add(tmp_path):
    rows = [f"2031-05-{1 + k // 24:02d} {k % 24:02d}:00:00,1,0,1,0,0,1,0,0,1,0" for k in range(150)]
    rows[7] = rows[7].replace(",1,0,1,0,0,1", ",1,0,1,1,0,1")
    found = read_posts(written(tmp_path, rows))
    assert found.unequal == (("accused", datetime(2031, 5, 1, 7)),)


def test_the_graph(tmp_path):
    head = "Source_Id,Target_Id,Type,Weight"
    found = read_retweets(written(tmp_path, ["1,2,Directed,3", "2,2,Directed,2"], head, "retweet_edges.csv.gz"))
    assert found.rows() == [(1, 2, 3), (2, 2, 2)]
    for rows, said in (
        (["1,2,Directed,0"], "below 1"),
        (["1,,Directed,2"], "empty cell"),
        (["1,2,Directed,2", "1,2,Directed,2"], "occurs twice"),
        (["1,b,Directed,2"], "whole number"),
    ):
        with pytest.raises(RecordError, match=said):
            read_retweets(written(tmp_path, rows, head, "edges.csv"))
    with pytest.raises(RecordError, match="lacks the columns Weight"):
        read_retweets(written(tmp_path, ["1,2"], "Source_Id,Target_Id", "edges.csv"))


@pytest.fixture(scope="module")
def folder(shared_data):
    found = shared_data / "spectacle_2024"
    if not found.is_dir():
        pytest.skip("the record spectacle_2024 is not there")
    return found


def test_the_record_is_what_its_provenance_says(folder):
    found = read_posts(folder / "posts_hourly.csv")
    assert int(np.nansum(found.posts)) == 71_674
    assert found.posts.size - len(found.missing) == 641
    assert len(found.unequal) == 3
    accused = found.stance["accused"].sum(axis=0)
    assert accused[2] / accused.sum() == pytest.approx(0.209, abs=0.0005)
    graph = read_retweets(folder / "retweet_edges.csv.gz")
    assert graph.height == 50_000
    assert graph["weight"].min() == 2


def test_what_the_record_says_of_stance_and_reach(folder):
    posts = read_posts(folder / "posts_hourly.csv")
    shocks = {"the act": posts.step(datetime(2024, 12, 4, 14)), "the arrest": posts.step(datetime(2024, 12, 9, 18))}
    found = stance_change(posts.stance["accused"], shocks)
    assert found.changes["the arrest"].low > 0
    assert found.from_first.low > 0  # no disillusion among those who still post
    graph = measure_reach(read_retweets(folder / "retweet_edges.csv.gz"), bootstrap=20, null_draws=2)
    assert 0.3 < graph.top_share.value < 0.5
    assert graph.own == 150
