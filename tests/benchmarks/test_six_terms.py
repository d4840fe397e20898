"""What six terms of deed do to the regimes of one act and to the separatrix at 100,000 people is as in the docs."""

from __future__ import annotations

from types import ModuleType

import pytest
from tests.programs import program

NAMES = ("none", "opening", "cooptation", "projects", "learned", "variety", "near", "substitution", "catalysis")


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    return program("benchmarks/six_terms.py")


@pytest.fixture(scope="module")
def kept(maker: ModuleType) -> dict[str, list[float]]:
    """The numbers of the table in the documentation, by term; a separatrix above a half is 1."""
    lines = maker.TABLE.read_text(encoding="utf-8").splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    by_title = {row[0]: [1.0 if x.startswith("above") else float(x) for x in row[1:]] for row in rows}
    return {name: by_title[title] for name, (title, _) in maker.TERMS.items()}


def test_every_term_has_a_row_and_is_off_without_it(maker: ModuleType, kept: dict[str, list[float]]) -> None:
    assert set(kept) == set(maker.TERMS) == set(NAMES)
    assert all(len(row) == 6 for row in kept.values())
    on = {name for _, term in maker.TERMS.values() for name in term}
    off = {name: maker.Deed.params[name].default for name in on}
    assert off == {
        "opening": 0, "cooptation": 0, "projects": 1, "learned": 0, "variety": 0, "local": 0, "nearness": 0,
    }  # fmt: skip


def test_what_the_table_says_of_regimes_and_separatrix(kept: dict[str, list[float]]) -> None:
    """Backfire stays backfire and catalysis a rise; only power learned in struggle makes a flash last."""
    for name, (back, peak, end, lasting, quiet, _) in kept.items():
        assert back < 1, name
        assert lasting > 2 * quiet, name
        assert (end > 0.3 * peak) == (name in ("learned", "substitution")), name
    line = {name: row[-1] for name, row in kept.items()}
    assert line["learned"] < line["none"] < line["projects"] < line["cooptation"]
    assert line["opening"] == line["variety"] == line["near"] == line["none"]


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_the_table_is_what_the_theory_does(maker: ModuleType, kept: dict[str, list[float]], name: str) -> None:
    """Each number to its last digit in the table, and one in fifty besides for other machines' arithmetic."""
    found = maker.regimes(maker.TERMS[name][1])
    back, peak, end, lasting, quiet, line = kept[name]
    for now, said, digit in (
        (found.backfire, back, 0.01), (found.flash_peak, peak, 0.001), (found.flash_end, end, 1e-4),
        (found.lasting, lasting, 0.001), (found.lasting_quiet, quiet, 1e-4),
    ):  # fmt: skip
        assert now == pytest.approx(said, rel=0.02, abs=digit)
    assert found.separatrix == pytest.approx(line, abs=1e-3)
