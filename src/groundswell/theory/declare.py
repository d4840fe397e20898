"""How a theory is stated: traits, states, society, parameters and one rule, declared once in one class.

    class Threshold(Theory):
        '''Act once the share of active neighbours reaches the person's own threshold.'''
        threshold = Trait(Normal("mean", "sd"))
        active = State(bool, initial=Share("seed"))
        mean = Param(0.25, support="[0, 1]")
        sd = Param(0.122, support="> 0")
        seed = Param(0.001, support="[0, 1]")

        def person(me, seen):
            me.active = me.active or seen.share.active >= me.threshold

A theory class is never instantiated: its rules are scalar functions of what one person (or society) is, sees, and
draws. Declarations drive validation, priors, documentation and the engines.
"""

from __future__ import annotations

import difflib
import numbers
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, cast

import numpy as np

from groundswell.errors import TheoryError
from groundswell.theory.distributions import Distribution
from groundswell.theory.parts import (
    NO_SOURCE,
    Account,
    Exactly,
    Layer,
    Observable,
    Param,
    Presence,
    Regional,
    Setting,
    Share,
    Shock,
    Society,
    State,
    Stream,
    Support,
    Tally,
    Trait,
)
from groundswell.theory.reading import read_rule
from groundswell.theory.rule import Rule, with_newcomers

_KINDS = (Param, Trait, State, Society, Regional, Shock, Tally, Observable, Account, Stream, Layer)
_RULES = {
    "person": ("me", "seen", "other", "tie", "here", "society", "people", "p", "luck", "tally"),
    "newcomer": ("me", "here", "society", "people", "p", "luck"),
    "meet": ("me", "other", "tie", "society", "people", "p", "luck"),
    "tie": ("me", "other", "tie", "society", "people", "p", "luck"),
    "society": ("society", "people", "p", "luck"),
    "region": ("here", "society", "people", "p", "luck"),
}
ORDER = "order"  # the stream of the order in which people act one after another
MEETING = "meeting"  # the streams of whom the person drawn meets, and of which of the two is `me`
STRANGER = "stranger"  # the stream of the stranger to whom a person might form a tie
STRANGERS = ("anyone", "friends of friends")
SPACES = ("any", "well_mixed", "network", "grid")
RESERVED = {"region", "degree"}  # known for every person from the population


class Theory:
    """Base of every theory: subclasses declare entities and write a `person` rule (and `society`, `region`).

    All people act at once, each on the state the last step left. With `order = "random"` they act one after another in
    each step, in a new random order, and see what those before them have just done (means over all people stay those of
    the last step). With `order = "drawn"` the next person to act is drawn from all people, as many times as there are
    people: in a step some act twice or more, and about a third do not act.

    A rule `meet(me, other, ...)` instead of `person` is run for two at a time, and may change both. With
    `order = "drawn"` a person is drawn, and then one whom that person sees, as many times as there are people; with
    `order = "random"` the two ends of every tie meet once, in a new random order (without ties, all people in pairs).

    A rule `tie(me, other, tie, ...)` changes ties at the end of each step: it is run for every tie, and for every
    person with one stranger, drawn from all people or (`strangers = "friends of friends"`) from those who are tied to
    the person's neighbours. It forms and breaks ties by setting `tie.exists`, and may set `tie.weight`.
    In a population with layers it changes the one declared as `Layer(changes=True)`.

    This is the rule form. A theory that is not one rule for one person takes another: `Flow` (differential equations
    of society's variables) or `Process` (plain compiled functions: movement, sequences, games).
    """

    name: ClassVar[str]
    title: ClassVar[str]
    source: ClassVar[str] = NO_SOURCE
    time_step: ClassVar[str] = "step"
    deviations: ClassVar[tuple[str, ...]] = ()
    equations: ClassVar[str] = ""
    limits: ClassVar[tuple[str, ...]] = ()
    references: ClassVar[tuple[str, ...]] = ()
    setting: ClassVar[Setting | None] = None
    form: ClassVar[str] = "rule"
    in_words: ClassVar[str] = "rules of one person, of society and of regions"
    peopled: ClassVar[bool] = True
    orders: ClassVar[tuple[str, ...]] = ("together", "random", "drawn")
    unobserved: ClassVar[str | None] = None
    order: ClassVar[str] = "together"
    strangers: ClassVar[str] = "anyone"
    space: ClassVar[str] = "any"
    fixed: ClassVar[tuple[str, ...]] = ()

    params: ClassVar[dict[str, Param]]
    traits: ClassVar[dict[str, Trait]]
    states: ClassVar[dict[str, State]]
    societies: ClassVar[dict[str, Society]]
    regionals: ClassVar[dict[str, Regional]]
    shocks: ClassVar[dict[str, Shock]]
    tallies: ClassVar[dict[str, Tally]]
    observables: ClassVar[dict[str, Observable]]
    accounts: ClassVar[dict[str, Account]]
    draws: ClassVar[dict[str, Stream]]
    layers: ClassVar[dict[str, Layer]]
    presence: ClassVar[str | None]
    supports: ClassVar[dict[str, Support]]
    rules: ClassVar[dict[str, Rule]]
    streams: ClassVar[tuple[str, ...]]
    functions: ClassVar[dict[str, Callable[..., Any]]] = {}

    def __init_subclass__(cls, *, form: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if form is not None:  # a form of theory, not a theory
            cls.form = form
            return
        cls.name = cls.__dict__.get("name", _snake(cls.__name__))
        cls.title = cls.__dict__.get("title", (cls.__doc__ or cls.__name__).strip().splitlines()[0])
        declared: dict[type, dict[str, Any]] = {kind: {} for kind in _KINDS}
        for attribute, value in list(cls.__dict__.items()):
            for kind in _KINDS:
                if isinstance(value, kind):
                    if attribute.startswith("_") or attribute in RESERVED:
                        raise TheoryError(
                            f"{cls.__name__}.{attribute}", expected="a public name other than region and degree"
                        )
                    declared[kind][attribute] = value
        cls.params, cls.traits, cls.states = declared[Param], declared[Trait], declared[State]
        cls.societies, cls.regionals, cls.shocks = declared[Society], declared[Regional], declared[Shock]
        cls.tallies, cls.observables, cls.accounts = declared[Tally], declared[Observable], declared[Account]
        cls.draws, cls.layers = declared[Stream], declared[Layer]
        cls.presence = next((name for name, state in cls.states.items() if isinstance(state, Presence)), None)
        cls.supports = {name: Support(param.support) for name, param in cls.params.items()}
        cls._check_declarations()
        cls.rules = {}
        cls._read()
        cls.streams = (*(s for rule in cls.rules.values() for s in rule.streams), *cls.draws)
        from groundswell.draws import streams

        cls._check_order()
        cls._check_layers()
        order = [] if cls.order == "together" else [ORDER]
        order += [MEETING] if "meet" in cls.rules else []
        order += [STRANGER, f"{STRANGER} again"] if "tie" in cls.rules else []
        streams([*cls.streams, *order, *cls.initial_streams()], f"theory {cls.__name__}")
        cls._check_observables()

    @classmethod
    def stated(cls) -> dict[str, Callable[..., Any]]:
        """The functions that state what happens in a step, by name, as a reader is shown them."""
        return {name: cls.__dict__[name] for name in cls.rules if name in cls.__dict__}

    @classmethod
    def _read(cls) -> None:
        """Read what drives the theory; each form has its own way."""
        cls._refuse("a theory of rules", cls.draws, "a Stream", 'luck.uniform("name of the decision") in the rule')
        vocabulary = cls._vocabulary()
        for rule, arguments in _RULES.items():
            function = cls.__dict__.get(rule)
            if function is not None:  # whatever has this name must be a rule: nothing is silently ignored
                words = vocabulary
                if rule == "region":  # the means of states over a region; tallies are summed over all people only
                    words = {**vocabulary, "people": {"read": set(cls.states), "write": set()}}
                if rule == "meet":  # both may change
                    words = {**vocabulary, "other": {**vocabulary["other"], "write": set(cls.states)}}
                if rule == "tie":  # only the tie changes
                    words = {
                        **vocabulary,
                        "me": {**vocabulary["me"], "write": set()},
                        "tie": {"read": {"exists", "weight"}, "write": {"exists", "weight"}},
                    }
                cls.rules[rule] = read_rule(function, rule, arguments, words, owner=cls.__name__)
        if ("newcomer" in cls.rules) != (cls.presence is not None):
            raise TheoryError(
                f"theory {cls.__name__} has "
                + ("a newcomer rule but no Presence" if cls.presence is None else "a Presence but no newcomer rule"),
                expected="both, where people enter and leave",
                instead="here_now = Presence(initial=Share(0.5)) and def newcomer(me, ...): me.here_now = ...",
            )
        if cls.presence is not None and "person" in cls.rules:
            newcomer = cls.rules.pop("newcomer")
            cls.rules["person"] = with_newcomers(cls.rules["person"], newcomer, cls.presence, cls.states)
        if "meet" in cls.rules:
            if "person" in cls.rules or cls.order == "together" or cls.tallies:
                raise TheoryError(
                    f"theory {cls.__name__}, whose people meet in pairs, has "
                    + ("a person rule" if "person" in cls.rules else "tallies" if cls.tallies else "no order"),
                    expected='a meet rule alone, with order = "drawn" (pairs drawn one after another, as many as there '
                    'are people) or order = "random" (every tie once, in a new random order), and no Tally',
                )
        elif "person" not in cls.rules:
            raise TheoryError(
                f"theory {cls.__name__} has no person rule",
                expected="def person(me, seen, ...) inside the class, or def meet(me, other, ...) for pairs",
                why="a theory is the rule of one person",
                instead="class X(Flow) for differential equations, class X(Process) for a model of another form",
            )
        if cls.regionals and "region" not in cls.rules:
            raise TheoryError(
                f"theory {cls.__name__} declares regional variables but has no region rule",
                expected="def region(here, ...) inside the class",
            )

    @classmethod
    def acting(cls) -> Rule:
        """The rule by which people change: that of a person, or of two who meet."""
        return cls.rules["meet"] if "meet" in cls.rules else cls.rules["person"]

    @classmethod
    def changing_layer(cls) -> str:
        """The layer whose ties the rule `tie` changes; an empty name where it changes those of a single network."""
        return next((name for name, layer in cls.layers.items() if layer.changes), "")

    @classmethod
    def _check_layers(cls) -> None:
        changing = [name for name, layer in cls.layers.items() if layer.changes]
        if len(changing) > 1 or (changing and "tie" not in cls.rules):
            raise TheoryError(
                f"theory {cls.__name__} has "
                + (
                    f"{len(changing)} layers that change"
                    if len(changing) > 1
                    else "a layer that changes and no tie rule"
                ),
                expected="one Layer(changes=True), and def tie(me, other, tie, ...) that changes it",
                instead=None if len(changing) > 1 else f"{changing[0]} = Layer(), for ties that stay or have dates",
            )

    @classmethod
    def _check_order(cls) -> None:
        if cls.strangers not in STRANGERS:
            raise TheoryError(
                f"{cls.__name__}.strangers = {cls.strangers!r}", expected="one of " + ", ".join(STRANGERS)
            )
        if cls.order not in cls.orders:
            raise TheoryError(
                f"{cls.__name__}.order = {cls.order!r}",
                expected="one of " + ", ".join(cls.orders),
                why=None if len(cls.orders) > 1 else f"a {cls.form} has its own order",
            )
        if cls.order == "drawn":
            cls._refuse("a theory whose people are drawn", cls.tallies, "a Tally", "a float State, whose mean is known")

    @classmethod
    def _refuse(cls, form: str, group: Mapping[str, object], what: str, instead: str) -> None:
        """Raise an error for a declaration that this form does not use."""
        if group:
            raise TheoryError(
                f"{cls.__name__}.{next(iter(group))} is {what}", expected=f"none in {form}", instead=instead
            )

    @classmethod
    def before_the_start(cls) -> frozenset[str]:
        """The parameters that matter only before the first step, which an intervention therefore cannot set."""
        drawn = {n for t in cls.traits.values() for n in t.distribution.names()}
        initial = {v.initial for g in (cls.societies, cls.regionals, cls.tallies) for v in g.values()}
        for state in cls.states.values():
            of = state.initial
            if isinstance(of, Distribution):
                drawn |= set(of.names())
                continue
            initial.add(of.of if isinstance(of, Share) else of.people if isinstance(of, Exactly) else of)
        read = {name for rule in cls.rules.values() for name in rule.reads.get("p", ())}
        named = {x for x in initial if isinstance(x, str)}
        return frozenset(drawn | set(cls.fixed) | (named - read if cls.rules else set()))

    @classmethod
    def initial_streams(cls) -> list[str]:
        """The streams of the draws before the first step: one per trait and per randomly started state."""
        return [f"trait:{t}" for t in cls.traits] + [
            f"initial:{s}"
            for s, state in cls.states.items()
            if isinstance(state.initial, Share | Exactly | Distribution)
        ]

    @classmethod
    def draws_nothing(cls) -> bool:
        """Whether worlds draw no random numbers, either in the steps or at the start."""
        started = any(isinstance(s.initial, Share | Exactly | Distribution) for s in cls.states.values())
        return not cls.streams and not started and cls.order == "together"

    @classmethod
    def _vocabulary(cls) -> dict[str, dict[str, Any]]:
        floats = {s for s, state in cls.states.items() if state.kind is float}
        bools = {s for s, state in cls.states.items() if state.kind is bool}
        averaged = {*cls.states, *cls.tallies}
        return {
            "me": {"read": {*cls.traits, *cls.states, *RESERVED}, "write": set(cls.states)},
            "seen.share": {"read": bools, "write": set()},
            "seen.count": {"read": bools, "write": set()},
            "seen.mean": {"read": {*floats, *cls.traits}, "write": set()},
            "seen.weighted": {"read": {*bools, *floats, *cls.traits}, "write": set()},
            "seen.sum": {"read": {*bools, *floats, *cls.traits}, "write": set()},
            "seen": {
                "read": {"degree", "weight"},
                "write": set(),
                "layers": set(cls.layers),
                "present": {cls.presence} - {None},
            },
            "other": {"read": {*cls.traits, *cls.states, *RESERVED}, "write": set()},
            "tie": {"read": {"weight"}, "write": set()},
            "here": {"read": {*cls.regionals, "index"}, "write": set(cls.regionals)},
            "society": {"read": {*cls.societies, *cls.shocks, "step"}, "write": set(cls.societies)},
            "people": {"read": averaged, "write": set()},
            "p": {"read": set(cls.params), "write": set()},
            "tally": {"read": set(), "write": set(cls.tallies)},
        }

    @classmethod
    def _check_declarations(cls) -> None:
        def known(where: str, value: Any) -> None:
            if isinstance(value, str) and value not in cls.params:
                raise TheoryError(
                    f"{cls.__name__}.{where} refers to {value!r}",
                    expected="the name of a declared Param",
                    instead=_suggest(value, cls.params),
                )

        for name, trait in cls.traits.items():
            for parameter in trait.distribution.names():
                known(name, parameter)
        for name, state in cls.states.items():
            if state.kind not in (bool, float):
                raise TheoryError(
                    f"{cls.__name__}.{name} is a State of {state.kind!r}",
                    expected="bool or float",
                    instead=f"{name} = State(float, initial=0.0)",
                )
            initial = state.initial
            if isinstance(initial, Share | Exactly):
                if state.kind is not bool:
                    raise TheoryError(
                        f"{cls.__name__}.{name} starts as {initial}", expected="a number or a parameter (float state)"
                    )
                known(name, initial.of if isinstance(initial, Share) else initial.people)
                _check_start(f"{cls.__name__}.{name} starts as {initial}", initial)
            elif isinstance(initial, Distribution):
                if state.kind is not float:
                    raise TheoryError(
                        f"{cls.__name__}.{name} starts as {initial.describe()}",
                        expected="Share, Exactly or a truth (bool state)",
                        instead=f"{name} = State(bool, initial=Share(0.5))",
                    )
                for parameter in initial.names():
                    known(name, parameter)
            else:
                if state.kind is bool and not isinstance(initial, str) and initial not in (0, 1):
                    raise TheoryError(
                        f"{cls.__name__}.{name} starts as {initial!r}, for everyone",
                        expected="True or False (bool state)",
                        instead=f"{name} = State(bool, initial=Share({initial!r}))",
                    )
                known(name, initial)
                if not isinstance(initial, str) and not _is_finite(initial):
                    raise TheoryError(
                        f"{cls.__name__}.{name} starts as {initial!r}",
                        expected="a finite number, a parameter or a distribution",
                    )
        for group in (cls.societies, cls.regionals, cls.tallies):
            for name, variable in group.items():
                known(name, variable.initial)
                if not isinstance(variable.initial, str) and not _is_finite(variable.initial):
                    raise TheoryError(
                        f"{cls.__name__}.{name} starts as {variable.initial!r}",
                        expected="a finite number or a parameter",
                    )
        for name, param in cls.params.items():
            if not (_is_finite(param.default) and cls.supports[name].holds(param.default)):
                raise TheoryError(
                    f"{cls.__name__}.{name} has default {param.default!r}",
                    expected=f"a number in its support {param.support}",
                )
            drawn = [] if param.prior is None or param.prior.names() else param.prior.quantile(np.array([0.1, 0.6]))
            if param.whole and any(float(x) % 1 for x in [param.default, *drawn]):
                raise TheoryError(
                    f"{cls.__name__}.{name}, a whole number, with default {param.default} and prior "
                    + ("none" if param.prior is None else param.prior.describe()),
                    expected="whole numbers",
                    instead="prior=WholeUniform(1, 10)",
                )
        for name, account in cls.accounts.items():
            for parameter in account.priors:
                known(f"{name} (account)", parameter)
        for parameter in cls.fixed:
            known("fixed", parameter)
        for parameter in cls.setting.params if cls.setting is not None else ():
            known("setting", parameter)
        if cls.space not in SPACES:
            raise TheoryError(f"{cls.__name__}.space = {cls.space!r}", expected="one of " + ", ".join(SPACES))

    @classmethod
    def _check_observables(cls) -> None:
        people = {*cls.states, *cls.tallies}
        society = {*cls.societies, *cls.shocks}
        for name, observable in cls.observables.items():
            root, _, leaf = observable.of.partition(".")
            choices = {"people": people, "society": society}.get(root, set())
            named = observable.where[0] if isinstance(observable.where, tuple) else observable.where
            if observable.special and (
                not cls.rules
                or observable.kind not in ("mean", "spread")
                or root != "people"
                or leaf not in cls.states
                or named not in (None, *cls.states, *cls.traits)
            ):
                raise TheoryError(
                    f"{cls.__name__}.{name} observes {observable.of!r}, {observable.kind} where {observable.where!r}",
                    expected='the "mean" or "spread" of a state of people of a rule, where a trait or state holds',
                )
            if leaf not in choices:
                raise TheoryError(
                    f"{cls.__name__}.{name} observes {observable.of!r}",
                    expected="people.NAME of a state or tally, or society.NAME",
                    why=cls.unobserved,
                    instead=_suggest(
                        observable.of, [f"people.{x}" for x in people] + [f"society.{x}" for x in society]
                    ),
                )

    @classmethod
    def parameters(cls, given: Mapping[str, float] | None = None) -> dict[str, float]:
        """All parameters as numbers: the defaults, overridden by `given`.

        Raises
        ------
        TheoryError : for an unknown name, or a value that is not a number or lies outside the support.
        """
        values = {name: float(param.default) for name, param in cls.params.items()}
        for name, value in (given or {}).items():
            if name not in cls.params:
                raise TheoryError(
                    f"theory {cls.name} was given the parameter {name!r}",
                    expected="one of its declared parameters",
                    instead=_suggest(name, cls.params),
                )
            if isinstance(value, bool) or not isinstance(value, numbers.Real) or not cls.supports[name].holds(value):
                raise TheoryError(
                    f"parameter {name} of theory {cls.name} was given {value!r}",
                    expected=f"a number in its support {cls.params[name].support}",
                    why=cls.params[name].meaning or None,
                )
            if cls.params[name].whole and float(value) % 1:
                raise TheoryError(
                    f"parameter {name} of theory {cls.name} was given {value!r}",
                    expected="a whole number",
                    why=cls.params[name].meaning or None,
                )
            values[name] = float(value)
        return values


def _is_finite(value: object) -> bool:
    return (
        isinstance(value, numbers.Real) and abs(cast("float", value)) <= sys.float_info.max
    )  # not float(), which fails for 10**400


def _check_start(where: str, initial: Share | Exactly) -> None:
    """Raise an error for a share outside [0, 1], or an invalid number of people."""
    value = initial.of if isinstance(initial, Share) else initial.people
    if isinstance(value, str):
        return
    if isinstance(initial, Share) and not (_is_finite(value) and 0 <= value <= 1):
        raise TheoryError(where, expected="a share in [0, 1]")
    if isinstance(initial, Exactly) and not (_is_finite(value) and value >= 0 and value == int(value)):
        raise TheoryError(where, expected="a whole number of people >= 0")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _suggest(word: str, choices: Any) -> str:
    near = difflib.get_close_matches(word, list(choices), n=1, cutoff=0.5)
    if near:
        return f"did you mean {near[0]!r}?"
    return "it has " + (", ".join(sorted(choices)) or "none") + "."
