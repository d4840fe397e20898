"""The ODD text of every theory: its headings, and nothing declared that it leaves out."""

from __future__ import annotations

import pytest

from groundswell.theory.odd import odd_text
from groundswell.theory.parts import NO_SOURCE
from groundswell.theory.registry import load_theory, theories

HEADINGS = [
    "Purpose and patterns",
    "Entities, state variables and scales",
    "Process overview and scheduling",
    "Design concepts",
    "Initialization",
    "Input data",
    "Submodels",
]

MINIMAL = '''
from groundswell.theory import Param, State, Theory, Observable

LEVEL = 0.5

class Minimal(Theory):
    """Do nothing | much."""
    lit = State(bool, initial=True)
    q = Param(1.0, meaning="a | b")
    seen_lit = Observable("people.lit")
    def person(me, p):
        me.lit = p.q > LEVEL
'''


@pytest.fixture(params=theories())
def theory(request):
    return theories()[request.param]


def test_the_headings_of_the_protocol_are_there_in_order(theory):
    text = odd_text(theory)
    assert [x for x in text.splitlines() if x.startswith("## ")] == [
        *(f"## {k}. {heading}" for k, heading in enumerate(HEADINGS, 1)),
        "## References",
    ]
    assert text.startswith(f"# {theory.title}\n")


def test_everything_that_is_declared_is_told(theory):
    text = odd_text(theory)
    for group in (
        theory.params, theory.traits, theory.states, theory.societies, theory.regionals, theory.shocks,
        theory.tallies, theory.observables, theory.accounts,
    ):  # fmt: skip
        for name in group:
            assert f"`{name}`" in text or f"**{name}**" in text, name
    for stream in theory.streams:
        assert f"| `{stream}` |" in text
    for name, param in theory.params.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}` | ") and param.source in line)
        assert param.support in row
        assert param.belief.describe() in row
        assert f"{param.default:g}" in row
    for found in (*theory.deviations, *theory.limits, *theory.references):
        assert found in text
    for rule in theory.rules.values():
        for line in rule.source.splitlines():
            assert line.strip() in text


def test_parameters_without_a_source_are_named(theory):
    text = odd_text(theory)
    without = [f"`{n}`" for n, p in theory.params.items() if p.source == NO_SOURCE]
    if without:
        assert f"Without a source ({len(without)} of {len(theory.params)}): {', '.join(without)}." in text
    else:
        assert "Without a source" not in text


def test_the_tables_are_whole(theory):
    """Every row of a table has as many cells as its heading, whatever the declarations hold."""
    cells = 0
    for line in odd_text(theory).splitlines():
        if not line.startswith("| "):
            cells = 0
            continue
        count = line.replace("\\|", "").count("|")
        assert cells in (0, count), line
        cells = count


def test_a_theory_that_declares_little(tmp_path):
    path = tmp_path / "minimal.py"
    path.write_text(MINIMAL)
    text = odd_text(load_theory(path))
    assert "# Do nothing | much." in text
    assert "a \\| b" in text
    assert "Numbers of its file: `LEVEL` = 0.5." in text
    assert "In the steps nothing is drawn." in text
    assert "**Interaction.** None." in text
    assert "None is declared." in text
    assert "Without a source (1 of 1): `q`." in text
    assert "None: the theory has no exogenous shocks." in text


def test_the_schedule_names_only_the_rules_that_there_are():
    known = theories()
    assert "rule of society" not in odd_text(known["watts"])
    assert "The rule of a region is run for each region." in odd_text(known["deed"])
    assert "`act`" in odd_text(known["deed"]).split("## 6.")[1].split("## 7.")[0]


def test_draws_are_told_with_their_kind():
    text = odd_text(theories()["deed"])
    assert "| `violence A` | society | Poisson with a mean |" in text
    assert "| `act` | person | true with a probability |" in text
