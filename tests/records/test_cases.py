"""Cases: every identity holds as printed, and no digit of any table can change without a check failing."""

from __future__ import annotations

import os
import re
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest

from groundswell.errors import RecordError
from groundswell.records.cases.library import CONFIDENCES, cases, load_case, parse_case

DATA = Path(os.environ.get("GROUNDSWELL_DATA", Path(__file__).parents[2] / "../shared/data"))
NAMES = [
    "attention_december_2024",
    "leipzig_1989",
    "published_shares",
    "russia_acts_1895_1912",
    "russia_concessions_1905_1907",
    "russia_quarters_1905_1907",
    "russia_strikes_1895_1912",
    "us_major_stoppages_1970_2010",
]


def text_of(name: str) -> str:
    return files("groundswell.records.cases").joinpath(f"{name}.toml").read_text(encoding="utf-8")


def test_the_cases_are_found():
    assert cases() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_check_of_a_case_holds(name: str):
    case = load_case(name)
    assert case.confidence in CONFIDENCES
    assert case.citation
    assert case.licence
    assert [column.name for column in case.columns] == case.frame.columns
    assert case.frame.null_count().sum_horizontal().item() == 0
    results = case.check()
    assert [check.says for check in results if not check.holds] == []
    assert len(results) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_no_digit_can_change_without_a_check_failing(name: str):
    text = text_of(name)
    start = text.index('table = """') + len('table = """')
    end = text.index('"""', start)
    digits = [match.start() for match in re.finditer(r"\d", text[start:end])]
    assert len(digits) > 7
    for at in digits:
        i = start + at
        changed = text[:i] + str((int(text[i]) + 1) % 10) + text[i + 1 :]
        try:
            case = parse_case(name, changed)
        except RecordError:
            continue  # the digit made a date impossible
        assert not all(check.holds for check in case.check()), f"digit {at} of {name}"


def failing(name: str, old: str, new: str) -> set[str]:
    """What the arithmetic checks (all but the fingerprint) say of a table with one slip."""
    text = text_of(name)
    assert text.count(old) == 1
    case = parse_case(name, text.replace(old, new))
    return {check.says for check in case.check() if not check.holds} - {"every cell is as typed"}


def test_the_printed_identities_fail_by_themselves():
    # a slip of a thousand strikers in 1903 breaks the printed sum of 1895-1904 (and the exact one)
    assert "strikers of 1895-1904 sum to 431 thousand, as printed" in failing(
        "russia_strikes_1895_1912", "1903 | 550 | 86832 | 86832 | 86832", "1903 | 550 | 87832 | 86832 | 87832"
    )
    assert any("345.4" in says for says in failing(
        "russia_strikes_1895_1912", "1905 | 13995 | 2863173 | 2863173 | 2863173",
        "1905 | 13995 | 2865173 | 2863173 | 2865173"))  # fmt: skip
    assert {
        "economic and political strikers sum to the total in every quarter",
        "the quarters of 1905 sum to 2,862 thousand (printed for the year: 2,863)",
    } == failing("russia_quarters_1905_1907", "1905 | 1 | 810 |", "1905 | 1 | 811 |")
    assert "the low figure is at most the high one" in failing("leipzig_1989", "1000 | 1000 |", "2000 | 1000 |")


def test_the_figures_are_those_of_the_sources():
    strikes = load_case("russia_strikes_1895_1912").frame
    first = strikes.filter(pl.col("year") <= 1904)["strikers"].sum()
    assert round(first / 1000) == 431
    assert strikes["strikers"].mean() == pytest.approx(345_400, abs=50)
    assert strikes.filter(pl.col("year") == 1912).row(0) == (1912, 1918, 683000, 550000, 1000000)
    quarters = load_case("russia_quarters_1905_1907").frame
    assert quarters.group_by("year", maintain_order=True).agg(pl.col("total").sum())["total"].to_list() == [
        2862,
        1107,
        739,
    ]
    assert (quarters["economic"] + quarters["political"] == quarters["total"]).all()
    # the years of the two Russian cases agree within the rounding of the source (one thousand)
    by_year = strikes.filter(pl.col("year").is_between(1905, 1907))["strikers"].to_list()
    assert [abs(a / 1000 - b) < 1.5 for a, b in zip(by_year, [2862, 1107, 739], strict=True)] == [True] * 3
    stoppages = load_case("us_major_stoppages_1970_2010").frame
    assert stoppages.row(0) == (1970, 381, 2468)
    assert stoppages.row(-1) == (2010, 11, 45)
    shares = load_case("published_shares").frame
    assert shares.filter(pl.col("name") == "approve_under_30")["low"].item() == 41
    assert set(shares.filter(pl.col("name").is_in(["approve_all", "respondents"]))["confidence"]) == {"compiled"}


def test_each_concession_stands_in_its_quarter():
    frame = load_case("russia_concessions_1905_1907").frame
    assert frame["quarter_start"].equals(frame["date"].dt.truncate("1q").alias("quarter_start"))
    assert frame["date"].is_sorted()
    quarters = set(load_case("russia_quarters_1905_1907").frame["start"])
    assert set(frame["quarter_start"]) <= quarters
    assert frame["direction"].value_counts().sort("direction").rows() == [("concession", 10), ("withdrawal", 5)]


def test_acts_lie_in_the_years_of_the_strikes():
    acts = load_case("russia_acts_1895_1912").frame
    assert acts["year"].is_between(1895, 1912).all()
    assert acts["month"].is_between(1, 12).all()


def test_attention_is_the_daily_sum_of_the_hourly_record():
    path = DATA / "spectacle_2024" / "posts_hourly.csv"
    if not path.exists():
        pytest.skip("the shared data sets are not here; set GROUNDSWELL_DATA to their folder")
    daily = (
        pl.read_csv(path, infer_schema=False)
        .group_by(date=pl.col("hour_utc").str.slice(0, 10).str.to_date())
        .agg(pl.col("posts").cast(pl.Int64).sum())
        .sort("date")
    )
    case = load_case("attention_december_2024").frame
    assert daily.head(case.height).equals(case)


def test_an_unknown_case_lists_the_known_ones():
    with pytest.raises(RecordError, match="leipzig_1989, published_shares"):
        load_case("leipzig_1990")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("title =", "titel =", "lacks"),
        ('confidence = "sources differ"', 'confidence = "sure"', "confidence"),
        ("1989-09-04", "1989-09-99", "does not fit its columns"),
        ("date | low | high", "date | low | top", "does not fit its columns"),
        ('rule = "order"', 'rule = "vibes"', "the rule 'vibes'"),
        ("title =", "title", "is not TOML"),
    ],
)
def test_malformed_cases_are_refused(old: str, new: str, says: str):
    with pytest.raises(RecordError, match=says):
        parse_case("mine", text_of("leipzig_1989").replace(old, new, 1)).check()
