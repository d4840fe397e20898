"""The flow form of a theory: ordinary differential equations of society's variables."""

from __future__ import annotations

from typing import ClassVar

from groundswell.errors import TheoryError
from groundswell.theory.declare import Theory
from groundswell.theory.reading import read_rule

_ARGUMENTS = ("society", "p", "rate")


class Flow(Theory, form="flow"):
    """Base of theories that are differential equations: `flow` states how fast each variable of society changes.

        class Logistic(Flow):
            '''Those who act win over those who do not.'''
            acting = Society("start")
            start = Param(0.01, "[0, 1]")
            contact = Param(0.5, ">= 0")
            turnout = Observable("society.acting")

            def flow(society, p, rate):
                rate.acting = p.contact * society.acting * (1.0 - society.acting)

    A rate is per step; one that is not assigned is zero. The equations are integrated by the classical Runge-Kutta
    method of order 4 with `substeps` equal steps per recorded step. A shock pulsed at step t acts from t - 1 to t.

    Known limits: where a rate jumps (a threshold), the method loses its order there and errs by about 1 / substeps.
    """

    in_words: ClassVar[str] = "differential equations of society's variables"
    peopled: ClassVar[bool] = False
    orders: ClassVar[tuple[str, ...]] = ("together",)
    substeps: ClassVar[int] = 100

    @classmethod
    def _read(cls) -> None:
        for group, what in (
            (cls.traits, "a Trait"),
            (cls.states, "a State"),
            (cls.regionals, "a Regional"),
            (cls.tallies, "a Tally"),
            (cls.draws, "a Stream"),
        ):
            cls._refuse("a flow, which has no people", group, what, "a Society variable, or class X(Process)")
        if not isinstance(cls.substeps, int) or cls.substeps < 1:
            raise TheoryError(f"{cls.__name__}.substeps = {cls.substeps!r}", expected="a whole number >= 1")
        function = cls.__dict__.get("flow")
        if function is None or not cls.societies:
            raise TheoryError(
                f"the flow {cls.__name__} has no {'flow rule' if function is None else 'variable of society'}",
                expected="a Society variable and def flow(society, p, rate) inside the class",
            )
        variables = set(cls.societies)
        words = {
            "society": {"read": {*variables, *cls.shocks, "step"}, "write": set()},
            "p": {"read": set(cls.params), "write": set()},
            "rate": {"read": variables, "write": variables},
            "seen.share": {"read": set(), "write": set()},
        }
        cls.rules["flow"] = read_rule(function, "flow", _ARGUMENTS, words, owner=cls.__name__)
