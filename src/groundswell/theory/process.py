"""The process form of a theory: a model in its own natural form rather than one rule for one person."""

from __future__ import annotations

import ast
import difflib
import dis
import inspect
import random
import textwrap
import types
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from groundswell.errors import RuleError, TheoryError
from groundswell.theory.declare import Theory
from groundswell.theory.parts import Param, Society, State, Trait

ARGUMENTS = {  # the arguments that each function of a process may take
    "arrays": ("population", "p"),
    "start": ("people", "society", "p", "luck", "ties", "grid"),
    "step": ("people", "society", "p", "luck", "ties", "grid"),
}
DRAWS = ("uniform", "chance", "below", "normal", "poisson", "bits")
OTHER_FORMS = {"person": "Theory", "flow": "Flow"}  # functions that would be silently ignored


class Process(Theory, form="process"):
    """Base of theories with their own natural form: movement, sequences, matrices, games.

        class Voter(Process):
            '''Copy a neighbour chosen at random, one person after another.'''
            space = "network"
            yes = State(bool, initial=Share("start_share"))
            start_share = Param(0.5, "[0, 1]")
            who, whom = Stream("who acts next"), Stream("whom they copy")
            share = Observable("people.yes")

            def step(people, luck, ties):
                for turn in range(people.yes.size):
                    i = below(luck.who, turn, people.yes.size)
                    neighbours = ties.indices[ties.indptr[i] : ties.indptr[i + 1]]
                    if neighbours.size > 0:
                        people.yes[i] = people.yes[neighbours[below(luck.whom, turn, neighbours.size)]]

    Functions, each a plain function in the class that takes whichever of the named arguments it uses:

    arrays(population, p) : optional; plain Python, once for each world. Returns further arrays by name.
    start(people, society, p, luck, ties, grid) : optional; compiled. Step 0, after traits and initial states.
    step(people, society, p, luck, ties, grid) : compiled. One step of one world, changing arrays and society in place.

    people : `people.NAME` is an array over people: traits (float64, read-only), states (bool or float64), `region`
        (int32), and what `arrays` returned.
    society, p : `society.NAME` and `p.NAME` are numbers; `society.step` is the step. Society's can be written.
    luck : `luck.NAME` of each declared `Stream`, for the draws of `groundswell.theory.compiled`; no other luck.
    ties : `ties.indptr` and `ties.indices`, the neighbours of i being indices[indptr[i]:indptr[i + 1]].
    grid : `grid.rows` and `grid.columns` of a population on a grid (a torus), where people are sites.

    Unknown names, writes to parameters and other random numbers are refused when the class is defined. Compiled code
    does not check whether an index is within bounds, unless NUMBA_BOUNDSCHECK=1 is in the environment, as with
    `groundswell simulate --check`; `simulate_reference` checks too, outside functions marked `@compiled`.

    Class attributes
    ----------------
    space : the population it needs: "any", "well_mixed", "network" or "grid".
    fixed : parameters that matter only before the first step; an intervention on one is refused.
    shown : arrays of whole numbers, one or a row for each person, by which people are coloured in a page or an
        animation; by default every array with a row for each person.
    makes_arrays : False promises that no function makes an array; the compiler then omits reference
        counting altogether, which matters when a turn takes a tenth of a microsecond.
    """

    in_words: ClassVar[str] = "a process in its own form"
    orders: ClassVar[tuple[str, ...]] = ("together",)
    unobserved: ClassVar[str | None] = "an array of arrays() has no mean until step() writes one to society"
    makes_arrays: ClassVar[bool] = True
    shown: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def stated(cls) -> dict[str, Callable[..., Any]]:
        """`start` and `step`."""
        return {name: function for name, function in cls.functions.items() if name != "arrays"}

    @classmethod
    def _read(cls) -> None:
        for group, what, instead in (
            (cls.regionals, "a Regional", "an array over regions, from arrays(population, p)"),
            (cls.tallies, "a Tally", "a Society variable that step() writes"),
        ):
            cls._refuse("a process", group, what, instead)
        for name, form in OTHER_FORMS.items():
            if name in cls.__dict__:
                raise TheoryError(
                    f"the process {cls.__name__} has a {name} function",
                    expected="def step(people, society, p, luck)",
                    instead=f"class {cls.__name__}({form}) for a theory that is stated by {name}",
                )
        cls.functions = {}
        for name, known in ARGUMENTS.items():
            function = cls.__dict__.get(name)
            if isinstance(function, staticmethod):
                function = function.__func__
            if function is None:
                continue
            if isinstance(function, Param | Society | State | Trait):
                raise TheoryError(
                    f"{cls.__name__}.{name} is a {type(function).__name__}",
                    expected=f"another name for it, because {name} is the name of a function of a process",
                    instead=f"{name}_value = {type(function).__name__}(...)",
                )
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
            refuse_other_luck(function)
        for name, function in cls.functions.items():
            cls._check_names(name, function)
        if "step" not in cls.functions:
            raise TheoryError(
                f"the process {cls.__name__} has no step",
                expected="def step(people, society, p, luck) inside the class",
            )

    @classmethod
    def _check_names(cls, name: str, function: Callable[..., Any]) -> None:
        """Refuse what the compiler would report only much later, or not at all: unknown names, and lost writes."""
        try:
            lines, first = inspect.getsourcelines(function)
        except OSError:  # typed at a prompt: the compiler checks it anyway
            return
        known = {
            "p": set(cls.params),
            "society": {*cls.societies, *cls.shocks, "step"},
            "luck": set(cls.draws),
            "ties": {"indptr", "indices"},
            "grid": {"rows", "columns"},
        }
        if "arrays" not in cls.functions:  # otherwise its names are known only after it has run
            known["people"] = {*cls.traits, *cls.states, "region"}
        tree = ast.parse(textwrap.dedent("".join(lines)))
        stored = {x.value for x in ast.walk(tree) if isinstance(x, ast.Subscript) and isinstance(x.ctx, ast.Store)}
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
                continue
            root, leaf = node.value.id, node.attr
            if root not in cls.arguments(name):
                continue
            where = f"{inspect.getfile(function)}:{first + node.lineno - 1}: {cls.__name__}.{name}"
            if leaf not in known.get(root, {leaf}):
                near = [f"{root}.{x}" for x in difflib.get_close_matches(leaf, known[root], n=1)]
                if root == "luck" and leaf in DRAWS:  # the form in which rules draw
                    near = [f"{leaf}(luck.NAME, i, ...), with NAME = Stream() in the class"]
                raise RuleError(
                    f"{where} uses {root}.{leaf}",
                    expected=f"{root}.NAME, with NAME declared: {', '.join(sorted(known[root])) or 'none'}",
                    instead=near[0] if near else None,
                )
            if root in ("ties", "grid") and (not isinstance(node.ctx, ast.Load) or node in stored):
                raise RuleError(
                    f"{where} writes {root}.{leaf}",
                    expected=f"{root} to be read only",
                    why="all worlds share the population",
                    instead="an array of the theory's own, from arrays(population, p)",
                )
            if not isinstance(node.ctx, ast.Load):
                if root == "p":
                    raise RuleError(
                        f"{where} writes p.{leaf}",
                        expected="parameters to be read only",
                        why="they belong to the user of the theory",
                        instead=f"{leaf}_now = Society({leaf!r}), and society.{leaf}_now = ...",
                    )
                if root == "people":
                    raise RuleError(
                        f"{where} replaces people.{leaf} with another array",
                        expected="a change of the array's contents",
                        instead=f"people.{leaf}[:] = ..., or people.{leaf}[i] = ... in a loop",
                    )

    @classmethod
    def arguments(cls, name: str) -> tuple[str, ...]:
        """The arguments that one of the theory's functions takes, in order."""
        return tuple(inspect.signature(cls.functions[name]).parameters)


def refuse_other_luck(function: Callable[..., Any]) -> None:
    """Refuse a function that draws from Python's or NumPy's random numbers, which no seed of a world reaches.

    Raises
    ------
    RuleError : with file and line.
    """
    for line, name in _foreign_draws(function):
        raise RuleError(
            f"{function.__code__.co_filename}:{line}: {function.__name__} draws from {name}",
            expected="addressed draws",
            why="its numbers depend on what was drawn before, on other threads too: no run could be repeated, and no "
            "two worlds would be twins",
            instead='who = Stream("who acts next") in the class, and below(luck.who, turn, 100) in the step',
        )


def _foreign_draws(function: Callable[..., Any]) -> Iterator[tuple[int, str]]:
    line, before = function.__code__.co_firstlineno, None
    for instruction in dis.get_instructions(function):
        line = instruction.starts_line or line
        name = instruction.argval
        if instruction.opname == "LOAD_GLOBAL":
            value = function.__globals__.get(name)
            if value is random or isinstance(getattr(value, "__self__", None), random.Random):
                yield line, name
            before = value
            continue
        if name == "random" and isinstance(before, types.ModuleType) and before.__name__ == "numpy":
            yield line, "np.random"
        before = None
