"""Declarations: supports, what is refused with a clear word, parameters, and distributions as they are sampled."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from groundswell.errors import TheoryError
from groundswell.theories.watts import Watts
from groundswell.theory import Bernoulli, Beta, Fixed, Listed, LogNormal, Normal, Ranked, Uniform
from groundswell.theory.parts import Support
from groundswell.theory.registry import load_theory

# Supports


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("any", [-1e300, 0.0, 1e300], [math.inf, -math.inf, math.nan]),
        ("> 0", [1e-300, 5.0], [0.0, -1.0, math.inf, math.nan]),
        (">= 0", [0.0, 5.0], [-1e-300]),
        ("< 1", [0.999, -5.0], [1.0]),
        ("<= 1", [1.0], [1.0001]),
        ("[0, 1]", [0.0, 1.0], [-1e-12, 1.0000001]),
        ("(0, 1)", [0.5], [0.0, 1.0]),
        ("(0, 4]", [4.0], [0.0]),
        ("[-1.5e1, .5)", [-15.0, 0.49], [0.5, -15.1]),
    ],
)
def test_supports_hold_what_they_say(text, inside, outside):
    support = Support(text)
    assert all(support.holds(x) for x in inside)
    assert not any(support.holds(x) for x in outside)


@pytest.mark.parametrize("text", ["", "0..1", "[0, 1", "> zero", "[0; 1]", "positive"])
def test_supports_that_cannot_be_read_are_refused(text):
    with pytest.raises(TheoryError, match=r"support .*expected an interval such as"):
        Support(text)


# Declarations

FILE = '''
from groundswell.theory import *

class Probe(Theory):
    """Probe."""
    t = Trait(Normal("mean", 1))
    a = State(bool, initial=Share("seed"))
    f = State(float)
    mean = Param(0.0)
    seed = Param(0.5, "[0, 1]")
    of = Observable("people.a")
    extra
    def person(me):
        pass
'''


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('"mean", 1', '"maen", 1', "Probe.t refers to 'maen'.*did you mean 'mean'"),
        ('Share("seed")', 'Share("sede")', "Probe.a refers to 'sede'.*did you mean 'seed'"),
        ("State(float)", "State(int)", "Probe.f is a State of <class 'int'>; expected bool or float"),
        ("State(float)", "State(float, initial=Share(0.5))", "expected a number or a parameter"),
        (
            'Share("seed")',
            "0.5",
            r"Probe.a starts as 0.5, for everyone; .* Instead: a = State\(bool, initial=Share\(0.5",
        ),
        ('Param(0.5, "[0, 1]")', 'Param(1.5, "[0, 1]")', "Probe.seed has default 1.5"),
        ("Param(0.0)", 'Param(0.0, "around 0")', "support 'around 0'"),
        ("Param(0.0)", 'Param(float("nan"))', "has default nan"),
        ('"people.a"', '"people.b"', "Probe.of observes 'people.b'.*did you mean 'people"),
        ('"people.a"', '"a"', "observes 'a'; expected people.NAME of a state or tally, or society.NAME"),
        ("extra", "degree = Trait(Fixed(1.0))", "expected a public name other than region and degree"),
        ("extra", "_hidden = Param(1.0)", "Probe._hidden; expected a public name"),
        ("extra", "here_too = Regional()", "declares regional variables but has no region rule"),
        ("extra", 'acc = Account("x", {"sede": Fixed(1.0)})', r"Probe.acc \(account\) refers to 'sede'"),
        ("extra", "person = None", "has no person rule"),
    ],
)
def test_wrong_declarations_are_refused(tmp_path, old, new, found):
    text = FILE.replace(old, new).replace("    extra\n", "")
    if new == "person = None":
        text = text[: text.index("    def person")]
    path = tmp_path / "probe.py"
    path.write_text(text)
    with pytest.raises(TheoryError, match=found):
        load_theory(path)


def test_the_probe_itself_is_sound(tmp_path):
    path = tmp_path / "probe.py"
    path.write_text(FILE.replace("    extra\n", ""))
    theory = load_theory(path)
    assert theory.parameters() == {"mean": 0.0, "seed": 0.5}
    assert theory.initial_streams() == ["trait:t", "initial:a"]
    assert theory.name == "probe"
    assert theory.title == "Probe."


def test_parameters_are_defaults_overridden():
    assert Watts.parameters({"phi": 1}) == {"phi": 1.0, "phi_sd": 0.0, "seeds": 1.0}
    assert Watts.parameters({"phi": np.float64(0.3)})["phi"] == 0.3
    for wrong in ({"fi": 0.1}, {"phi": math.nan}, {"phi_sd": -0.1}, {"phi": None}, {"phi": True}, {"phi": "0.1"}):
        with pytest.raises(TheoryError):
            Watts.parameters(wrong)


# Distributions

U = st.lists(st.integers(0, 2**53 - 1).map(lambda k: k * 2.0**-53), min_size=1, max_size=20).map(np.array)  # as drawn


@given(U)
@settings(max_examples=100, deadline=None)
def test_quantiles_invert_their_distribution(u):
    for ours, theirs in (
        (Uniform(-1, 3), stats.uniform(-1, 4)),
        (Normal(2, 0.5), stats.norm(2, 0.5)),
        (LogNormal(0.1, 0.7), stats.lognorm(0.7, scale=math.exp(0.1))),
        (Beta(5, 3), stats.beta(5, 3)),
    ):
        x = ours.quantile(u)
        assert x.shape == u.shape
        assert np.isfinite(x).all()
        assert np.allclose(theirs.cdf(x), u, rtol=1e-9, atol=1e-12)
    assert np.array_equal(Bernoulli(0.3).quantile(u), (u < 0.3).astype(float))
    assert (Fixed(7.0).quantile(u) == 7.0).all()


@pytest.mark.parametrize(("a", "b"), [(5, 3), (1, 1), (2, 8), (0.5, 0.5)])
def test_the_interpolated_beta_of_large_populations(a, b):
    """The bound that the code states, tails included; and of values, but in tails that hold a millionth."""
    rng = np.random.default_rng(3)
    u = np.concatenate([rng.uniform(0, 1, 200_001), 10 ** rng.uniform(-12, -3, 50_000)])
    x = Beta(a, b).quantile(u)
    assert np.abs(stats.beta(a, b).cdf(x) - u).max() < 2e-10
    body = (u > 1e-6) & (u < 1 - 1e-6)
    assert np.abs(x - stats.beta(a, b).ppf(u))[body].max() < 1e-6


def test_arguments_may_be_parameters():
    assert Normal("m", "s").names() == ("m", "s")
    assert Normal("m", "s").quantile(np.array([0.5]), {"m": 3.0, "s": 2.0}) == 3.0
    assert Normal("m", 2).describe() == "Normal(m, 2)"


def test_listed_and_ranked_draw_no_luck():
    u = np.random.default_rng(1).uniform(0, 1, 4)
    assert Listed((3.0, 1.0, 2.0, 9.0)).quantile(u).tolist() == [3.0, 1.0, 2.0, 9.0]
    assert Ranked(np.square).quantile(u).tolist() == [0.125**2, 0.375**2, 0.625**2, 0.875**2]
    with pytest.raises(TheoryError, match="a population of 4 people for a trait that lists 2 values"):
        Listed((1.0, 2.0)).quantile(u)


@pytest.mark.parametrize("wrong", [Uniform(2, 1), Normal(0, -1), Beta(0, 1), Bernoulli(1.5), LogNormal(0, -1)])
def test_arguments_out_of_support_are_refused(wrong):
    with pytest.raises(TheoryError):
        wrong.quantile(np.array([0.5]))
