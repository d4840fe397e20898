"""Attempts on national leaders, 1875-2004: the tables of Jones & Olken, from the record."""

from __future__ import annotations

from groundswell.errors import RecordError
from groundswell.estimators.attempts.jones_olken import TableColumn, jones_olken_tables
from groundswell.estimators.statistics.association import Estimate as Association
from groundswell.records.registry import find_data
from groundswell.replications.replication import Course, Figure, Found, Measured, Missing, Replication, Target

RECORD = "jones_olken"
NEEDS = "the record jones_olken (openICPSR 114047)"

# As printed: (table, column, group): the outcome, and the coefficient of success. Only printed numbers are listed here;
# ours come from the record by the regressions that the paper describes. All other numbers of both tables are checked
# in the tests of `groundswell.estimators.attempts`; those listed suffice to show that the record is read correctly.
PRINTED = {
    ("5a", 1, "all"): ("any change of institutions", "0.0907"),
    ("5a", 2, "all"): ("change towards democracy", "0.0790"),
    ("5a", 3, "all"): ("share of later exits that are regular, over 20 years", "0.111"),
    ("5b", 1, "autocracies"): ("change towards democracy, autocrats", "0.131"),
    ("5b", 1, "democracies"): ("change towards democracy, democrats", "-0.0117"),
    ("5b", 2, "autocracies"): ("share of regular exits, autocrats", "0.191"),
    ("5b", 2, "democracies"): ("share of regular exits, democrats", "0.0344"),
    ("7a", 1, "all"): ("change in war", "-0.0723"),
    ("7a", 2, "all"): ("change in war, recent years", "0.0413"),
    ("7a", 3, "all"): ("change in armed conflict", "0.162"),
}
AUTOCRATS = ("5b", 1, "autocracies")  # the paper's best-known finding
OF_AUTOCRATS = {
    "autocrats_error": ("its standard error", "0.0550"),
    "autocrats_p": ("its p-value", "0.0193"),
    "autocrats_exact_p": ("its nonparametric p-value", "0.00852"),
}
SIZE = "221"


def half_a_digit(printed: str) -> float:
    """Half a unit in the last digit of a printed number."""
    return 0.5 * 10.0 ** -len(printed.partition(".")[2])


def _name(table: str, column: int, group: str) -> str:
    return f"t{table}_{column}_{group}"


def _target(name: str, claim: str, printed: str, table: str, column: int) -> Target:
    source = f"Jones & Olken 2009, Table {table.upper()}, column {column}"
    tolerance = half_a_digit(printed) if "." in printed else 0.0
    return Target(name, claim, float(printed), tolerance, certainty="R", source=source, needs=NEEDS)


def _targets() -> tuple[Target, ...]:
    of_success = [
        _target(_name(*key), f"The effect of success on {says}", printed, *key[:2])
        for key, (says, printed) in PRINTED.items()
    ]
    of_autocrats = [
        _target(name, f"The effect on autocracies: {says}", printed, *AUTOCRATS[:2])
        for name, (says, printed) in OF_AUTOCRATS.items()
    ]
    return *of_success, *of_autocrats, _target("attempts", "Serious attempts in the sample", SIZE, *AUTOCRATS[:2])


def measure(threads: int | None = None) -> Measured:
    """Estimate the tables from the record; without it, everything is missing."""
    try:
        tables = jones_olken_tables(find_data(RECORD))
    except RecordError as error:
        return Measured({target.name: Missing(f"The record is not available: {error}") for target in _targets()})
    found: dict[str, Found | Missing] = {}
    for key in PRINTED:
        found[_name(*key)] = Found(_coefficient(tables, key).value)  # type: ignore[arg-type]
    column = tables[AUTOCRATS[:2]]
    autocrats = column.estimates[AUTOCRATS[2]]
    found["autocrats_error"] = Found(autocrats.checks["standard_error"])  # type: ignore[arg-type]
    found["autocrats_p"] = Found(autocrats.p)  # type: ignore[arg-type]
    found["autocrats_exact_p"] = Found(column.exact_p[AUTOCRATS[2]])
    found["attempts"] = Found(column.n)
    return Measured(found, figures=(_figure(tables),))


def _coefficient(tables: dict[tuple[str, int], TableColumn], key: tuple[str, int, str]) -> Association:
    return tables[key[:2]].estimates[key[2]]


def _figure(tables: dict[tuple[str, int], TableColumn]) -> Figure:
    """Our coefficients with their intervals, and the printed ones, which the paper gives in tables."""
    rows = [key for key in PRINTED if key[0].startswith("5")]
    ours = [_coefficient(tables, key) for key in rows]
    at = range(1, len(rows) + 1)
    said = "; ".join(f"{place}, {PRINTED[key][0]}" for place, key in zip(at, rows, strict=True))
    return Figure(
        "coefficients",
        "What follows the death of a leader, compared with a failed attempt",
        f"Table 5 of the paper, its coefficients of success: {said}.",
        x="coefficient of Table 5",
        y="coefficient of success",
        curves=(
            Course("ours", [k - 0.12 for k in at], [e.value for e in ours], low=[e.low for e in ours],  # type: ignore[misc]
                  high=[e.high for e in ours], mark="points"),  # type: ignore[misc]
            Course("printed", [k + 0.12 for k in at], [float(PRINTED[key][1]) for key in rows], mark="points"),
        ),
    )  # fmt: skip


REPLICATION = Replication(
    "attempts",
    "Jones & Olken 2009",
    targets=_targets(),
    measure=measure,
    source="Jones, B. F. and Olken, B. A. (2009). Hit or Miss? The Effect of Assassinations on Institutions and War. "
    "American Economic Journal: Macroeconomics 1(2), 55-87. doi:10.1257/mac.1.2.55",
    equations="y(after) - y(before) = success + weapon + number of serious attempts + error, over serious attempts; "
    "errors clustered by country; the nonparametric p-value from the comparison without controls.",
    limits=(
        "This is the same record and the same regressions: it shows that our reader and estimators are right, not that "
        "the finding would hold in another record.",
        "Success among serious attempts is as good as random only conditional on weapon and number of attempts.",
        "The record is not shipped: it is openICPSR 114047, located through GROUNDSWELL_DATA or downloaded from there.",
    ),
)
