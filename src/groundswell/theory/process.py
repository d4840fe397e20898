"""The process form of a theory: a model that is not one rule for one person, in its own natural form."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

from groundswell.errors import TheoryError
from groundswell.theory.declare import Theory

ARGUMENTS = {  # what each function of a process may take, by name
    "arrays": ("population", "p"),
    "start": ("people", "society", "p", "luck", "ties", "grid"),
    "step": ("people", "society", "p", "luck", "ties", "grid"),
}


class Process(Theory, form="process"):
    """Base of theories with a natural form of their own: movement, one after another, matrices, games.

        class Voter(Process):
            '''Copy a neighbour chosen at random, one person after another.'''
            space = "network"
            yes = State(bool, initial=Share("start"))
            start_share = Param(0.5, "[0, 1]")
            who, whom = Stream("who acts next"), Stream("whom they copy")
            share = Observable("people.yes")

            def step(people, luck, ties):
                for turn in range(people.yes.size):
                    i = below(luck.who, turn, people.yes.size)
                    j = ties.indptr[i] + below(luck.whom, turn, ties.indptr[i + 1] - ties.indptr[i])
                    people.yes[i] = people.yes[ties.indices[j]]

    Functions, each a plain function in the class that takes those it uses of the arguments named:

    arrays(population, p) : optional; plain Python, once for each world. Returns further arrays by name.
    start(people, society, p, luck, ties, grid) : optional; compiled. Step 0, after traits and initial states.
    step(people, society, p, luck, ties, grid) : compiled. One step of one world, changing arrays and society in place.

    people : `people.NAME` is an array over people: traits (float64, read-only), states (bool or float64), `region`
        (int32), and what `arrays` returned.
    society, p : `society.NAME` and `p.NAME` are numbers; `society.step` is the step. Society's can be written.
    luck : `luck.NAME` of each declared `Stream`, for the draws of `groundswell.theory.compiled`.
    ties : `ties.indptr` and `ties.indices`, the neighbours of i being indices[indptr[i]:indptr[i + 1]].
    grid : `grid.rows` and `grid.columns` of a population on a grid (a torus), where people are sites.

    Class attributes
    ----------------
    space : the population it needs: "any", "well_mixed", "network" or "grid".
    fixed : parameters that matter only before the first step; an intervention on one is refused.
    makes_arrays : False promises that no function makes an array; the compiler then leaves out the counting of
        references to them altogether, which matters where a turn takes a tenth of a microsecond.
    """

    makes_arrays: ClassVar[bool] = True
    functions: ClassVar[dict[str, Callable[..., Any]]]

    @classmethod
    def _read(cls) -> None:
        for group, what, instead in (
            (cls.regionals, "a Regional", "an array over regions, from arrays(population, p)"),
            (cls.tallies, "a Tally", "a Society variable that step() writes"),
        ):
            cls._refuse("a process", group, what, instead)
        cls.functions = {}
        for name, known in ARGUMENTS.items():
            function = cls.__dict__.get(name)
            if isinstance(function, staticmethod):
                function = function.__func__
            if function is None:
                continue
            if not inspect.isfunction(function):
                raise TheoryError(
                    f"{cls.__name__}.{name} is {function!r}",
                    expected=f"a plain function: def {name}({', '.join(known)})",
                )
            for argument, stated in inspect.signature(function).parameters.items():
                if argument not in known or stated.kind is not stated.POSITIONAL_OR_KEYWORD:
                    raise TheoryError(
                        f"{cls.__name__}.{name} takes the argument {str(stated)!r}",
                        expected=f"some of {', '.join(known)}",
                    )
            cls.functions[name] = function
        if "step" not in cls.functions:
            raise TheoryError(
                f"the process {cls.__name__} has no step",
                expected="def step(people, society, p, luck) inside the class",
            )

    @classmethod
    def arguments(cls, name: str) -> tuple[str, ...]:
        """The arguments that one of the theory's functions takes, in order."""
        return tuple(inspect.signature(cls.functions[name]).parameters)
