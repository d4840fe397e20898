"""The published tables on attempts on leaders, to their last digit; and a small record made by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from groundswell.errors import RecordError
from groundswell.estimators.attempts.comparison import compare_attempts
from groundswell.estimators.attempts.jones_olken import (
    _country_years,
    jones_olken,
    jones_olken_tables,
    leader_attempts,
)

# (table, column, group): coefficient, error, parametric p, nonparametric p, as printed; and below, N and R²
PUBLISHED = {
    ("5a", 1, "all"): ("0.0907", "0.0471", "0.0572", "0.0343"),
    ("5a", 2, "all"): ("0.0790", "0.0508", "0.124", "0.0162"),
    ("5a", 3, "all"): ("0.111", "0.0573", "0.0575", "0.178"),
    ("5b", 1, "autocracies"): ("0.131", "0.0550", "0.0193", "0.00852"),
    ("5b", 1, "democracies"): ("-0.0117", "0.0826", "0.888", "1"),
    ("5b", 2, "autocracies"): ("0.191", "0.0853", "0.0296", "0.0461"),
    ("5b", 2, "democracies"): ("0.0344", "0.0429", "0.426", "0.956"),
    ("7a", 1, "all"): ("-0.0723", "0.0684", "0.293", "0.570"),
    ("7a", 2, "all"): ("0.0413", "0.0926", "0.657", "0.831"),
    ("7a", 3, "all"): ("0.162", "0.0706", "0.0249", "0.0294"),
    ("7b", 1, "war"): ("-0.255", "0.144", "0.0794", "0.133"),
    ("7b", 1, "no war"): ("-0.0236", "0.0680", "0.729", "0.620"),
    ("7b", 2, "war"): ("-0.103", "0.257", "0.690", "1"),
    ("7b", 2, "no war"): ("0.0197", "0.0855", "0.819", "0.709"),
    ("7b", 3, "intense"): ("-0.110", "0.294", "0.709", "0.688"),
    ("7b", 3, "moderate"): ("0.334", "0.163", "0.0452", "0.126"),
    ("7b", 3, "no war"): ("0.0700", "0.0567", "0.222", "0.208"),
}
SIZES = {
    ("5a", 1): (221, "0.030"), ("5a", 2): (221, "0.032"), ("5a", 3): (138, "0.072"), ("5b", 1): (221, "0.112"),
    ("5b", 2): (133, "0.210"), ("7a", 1): (223, "0.030"), ("7a", 2): (116, "0.014"), ("7a", 3): (116, "0.053"),
    ("7b", 1): (223, "0.327"), ("7b", 2): (116, "0.260"), ("7b", 3): (116, "0.243"),
}  # fmt: skip


def rounds_to(value: float, printed: str) -> bool:
    """Whether a number is one that would be printed so."""
    digits = len(printed.split(".")[1]) if "." in printed else 0
    return abs(value - float(printed)) <= 0.5 * 10.0**-digits + 1e-9


@pytest.fixture(scope="module")
def folder(shared_data):
    leaders = shared_data / "jones_olken_assassinations"
    if not leaders.is_dir():
        pytest.skip("the record jones_olken_assassinations is not there")
    return leaders


@pytest.fixture(scope="module")
def tables(folder):
    return jones_olken_tables(folder)


@pytest.mark.parametrize("key", list(PUBLISHED), ids=lambda key: " ".join(map(str, key)))
def test_published_numbers_to_their_last_digit(tables, key):
    value, error, p, exact = PUBLISHED[key]
    column = tables[key[:2]]
    found = column.estimates[key[2]]
    assert rounds_to(found.value, value)
    assert rounds_to(found.checks["standard_error"], error)
    assert rounds_to(found.p, p)
    assert rounds_to(column.exact_p[key[2]], exact)


@pytest.mark.parametrize("key", list(SIZES), ids=lambda key: " ".join(map(str, key)))
def test_published_sizes(tables, key):
    n, r_squared = SIZES[key]
    assert tables[key].n == n
    assert rounds_to(tables[key].r_squared, r_squared)
    assert str(key[1]) in tables[key].answer


def test_the_four_that_claims_use_are_those_of_the_table(folder, tables):
    four = jones_olken(folder)
    assert four["change"].value == tables["5a", 2].estimates["all"].value
    assert four["change_in_autocracies"].p == tables["5b", 1].estimates["autocracies"].p
    e = four["change_in_autocracies"]
    error, free = e.checks["standard_error"], e.checks["clusters"] - 1
    assert (e.high - e.low) / 2 == pytest.approx(stats.t.ppf(0.975, free) * error)


def test_no_attempt_is_lost(folder):
    sample = jones_olken(folder)["change"].checks["sample"]
    assert sample["serious_attempts"] - sample["without_polity_before_or_after"] == 221
    table = leader_attempts(folder)
    assert table.select("cowcode", "year").is_duplicated().sum() == 0
    assert table.filter(table["success"] & ~table["serious"]).height == 0


def test_the_general_comparison_gives_the_published_number(folder, tables):
    serious = leader_attempts(folder).filter("serious")
    found = compare_attempts(
        serious, success="success", outcome="change", factors=["weapon", "attempts"], cluster="cowcode",
        before=["democracy_before", "war_before", "log_energy_before", "age_before", "tenure_before"],
        placebo=["democracy_trend", "war_trend"], by="autocracy", draws=2000,
    )  # fmt: skip
    published = tables["5a", 2].estimates["all"]
    assert found.effect.value == pytest.approx(published.value, abs=1e-12)
    assert found.effect.high == pytest.approx(published.high, abs=1e-12)
    assert found.subgroups["1"].value == pytest.approx(tables["5b", 1].estimates["autocracies"].value, abs=1e-12)
    assert found.exact.p == pytest.approx(tables["5a", 2].exact_p["all"])
    assert found.passed
    assert found.answer.startswith("No effect on the mean was found")
    assert found.subgroups["1"].checks["permutation_p"] < 0.05


def rows_of_leaders() -> pl.DataFrame:
    """Two leaders of one country, one killed in 1950; and a year in which both ruled."""
    years = [1948, 1949, 1950, 1950, 1951, 1952]
    base = {
        "cowcode": ["AAA"] * 6, "year": years, "obsid": ["AAA-1"] * 3 + ["AAA-2"] * 3,
        "result": [None, None, 11, None, None, None], "weapon1": [None, None, 1, None, None, None],
        "polity2": [-5, -5, -5, -5, 3, 3], "numseriousattemptsleaderyear": [None, None, 1, None, None, None],
        "exit": [4.0] * 3 + [1.0] * 3, "sumten": [200, 565, 700, 100, 465, 830],
        "enddate": ["01/06/1950"] * 3 + ["20/12/1952"] * 3, "age": [50, 51, 52, 40, 41, 42],
        "energy": [0, 10, 10, 10, 10, 10], "tpop": [5] * 6,
    }  # fmt: skip
    wars = {"zGledCivil": [0, 0, 1, 1, 1, None], "zGledInter": [0] * 6, "zGledExt": [0] * 6}
    prio = {
        "prioconflictextrastate": [0] * 6, "prioconflictinterstate": [0] * 6,
        "prioconflictinternal": [0, 0, 1, 1, 1, 0], "prioconflictintinternal": [0, 0, 0, 0, 2, 0],
    }  # fmt: skip
    return pl.DataFrame(base | wars | prio)


def test_country_years_by_hand():
    years = _country_years(rows_of_leaders()).sort("year")
    assert years["year"].to_list() == [1948, 1949, 1950, 1951, 1952]
    assert years["success"].to_list() == [False, False, True, False, False]
    assert years["serious"].to_list() == [False, False, True, False, False]
    assert years["conflict"].to_list() == [0.0, 0.0, 0.5, 1.0, None]  # no war list in 1952, so no common sample
    assert years["war"].to_list() == [0.0, 0.0, 1.0, 1.0, None]
    assert years["irregular"].to_list() == [0, 0, 1, 0, 0]
    assert years["regular"].to_list() == [0, 0, 0, 0, 1]
    assert years["tenure"].to_list() == [1.0, 2.0, 2.0, 2.0, 3.0]
    assert years["log_energy"][0] is None
    assert years["regular_exits"].null_count() == 5  # 20 years ahead are not known
    assert years["age"].to_list() == [50, 51, 52, 41, 42]  # of the leader with the attempt, where there are two


def test_exits_are_counted_over_twenty_years_and_without_the_present_leader():
    n = 24
    rows = pl.DataFrame({
        "cowcode": ["AAA"] * n, "year": np.arange(1900, 1900 + n), "out_year": [1902] * 3 + [1910] * 8 + [1930] * 13,
        "regular": [0, 0, 1] + [0] * 7 + [0] * 14, "irregular": [0] * 10 + [1] + [0] * 13,
    })  # fmt: skip
    from groundswell.estimators.attempts.jones_olken import _regular_exits

    shares = _regular_exits(rows)
    assert shares[0] == 0.0  # the regular exit of 1902 is the present leader's own; that of 1910 was irregular
    assert shares[3] is None  # of 1903, whose leader leaves in 1910: nobody leaves later
    assert shares[4] is None  # not 20 years ahead
    assert shares[2] == 0.0


def test_a_file_that_is_not_there_or_lacks_columns_is_refused(tmp_path):
    with pytest.raises(RecordError):
        jones_olken("nowhere")
    with pytest.raises(RecordError, match="openICPSR"):
        leader_attempts(tmp_path)
