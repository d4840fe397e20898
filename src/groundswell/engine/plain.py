"""Rules in plain Python, one person of one world at a time. Slow; the oracle of the compiled kernels.

It executes the very text of a theory's rules, with objects in place of arrays and no cleverness: every neighbour is
looked at afresh at every step. The compiled engine must agree with it exactly.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from groundswell.draws import derive_seed, stream_id, uniform_reference
from groundswell.engine.form import Run
from groundswell.engine.guards import Guard, Guarded, every_guard, guarded
from groundswell.engine.setup import draw_traits, held, number, seeded, start_of
from groundswell.engine.worlds import Cap, Histories, Pulse, Seed, World, failures
from groundswell.population.population import Population
from groundswell.theory import Theory
from groundswell.theory.declare import ORDER
from groundswell.theory.functions import RULE_FUNCTIONS, normal_quantile, poisson_quantile

_BLOCK = 256  # sums over people are made within blocks of this many, then over blocks


class GuardError(Exception):
    """A guard does not hold: raised by the place of a rule that it watches."""

    def __init__(self, guard: Guard) -> None:
        super().__init__(guard.reason)
        self.guard = guard


class _Guarding(ast.NodeTransformer):
    """Has each watched value looked at where it is evaluated."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if (guard := getattr(node, "guard", None)) is not None:
            node.right = _looked_at(guard, node.right)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if (guard := getattr(node, "guard", None)) is not None:
            node.args[1] = _looked_at(guard, node.args[1])
        return node


def _looked_at(guard: str, value: ast.expr) -> ast.expr:
    call = ast.Call(ast.Name("guard_", ast.Load()), [ast.Constant(guard), value], [])
    return ast.fix_missing_locations(ast.copy_location(call, value))


def _function(of: Guarded) -> Callable[..., None]:
    """The rule as an ordinary Python function of its own arguments; line numbers are those of its file."""
    rule, known = of.rule, {guard.name: guard for guard in of.guards}

    def guard_(name: str, value: float) -> float:
        if not known[name].holds(value):
            raise GuardError(known[name])
        return value

    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg(a) for a in rule.arguments], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    body = [_Guarding().visit(copy.deepcopy(s)) for s in of.body] or [ast.Pass()]
    definition = ast.FunctionDef(rule.name, arguments, body, decorator_list=[])
    module = ast.fix_missing_locations(ast.Module([definition], []))
    scope: dict[str, Any] = {**RULE_FUNCTIONS, **rule.constants, "guard_": guard_}
    exec(compile(module, rule.filename, "exec"), scope)
    return scope[rule.name]


class _Luck:
    """Draws of one decision maker (a person, a region or society) in one step of one world."""

    def __init__(self, seed: int, step: int, who: int) -> None:
        self.seed, self.step, self.who = seed, step, who

    def uniform(self, name: str) -> float:
        return uniform_reference(self.seed, stream_id(name), self.step, self.who)

    def normal(self, name: str) -> float:
        return normal_quantile(self.uniform(name))

    def chance(self, name: str, probability: float) -> bool:
        return self.uniform(name) < probability

    def poisson(self, name: str, mean: float) -> float:
        return poisson_quantile(self.uniform(name), mean)


def _blocked_sum(values: list[float]) -> float:
    total = 0.0
    for start in range(0, len(values), _BLOCK):
        part = 0.0
        for x in values[start : start + _BLOCK]:
            part += x
        total += part
    return total


def _total(values: Sequence[float]) -> float:
    out = 0.0
    for x in values:
        out += x
    return out


class PlainWorld:
    """One world, in objects."""

    def __init__(
        self,
        theory: type[Theory],
        population: Population,
        world: World,
        params: dict[str, float],
        seed: int,
        annealed: bool,
    ) -> None:
        self.theory, self.population, self.world, self.annealed = theory, population, world, annealed
        self.population_seed = seed
        self.base = dict(params)
        self.p = SimpleNamespace(**params)
        n = population.people
        network = population.network
        traits = {k: v.tolist() for k, v in draw_traits(theory, population, params, seed).items()}
        starts = {s: start_of(theory, s, population, params, world).tolist() for s in theory.states}
        self.bools = {s for s, d in theory.states.items() if d.kind is bool}
        self.degree = network.degree.tolist() if network is not None else [max(n - 1, 0)] * n
        self.people = []
        for i in range(n):
            me = SimpleNamespace(region=float(population.region[i]), degree=float(self.degree[i]))
            for name, column in traits.items():
                setattr(me, name, column[i])
            for s, column in starts.items():
                setattr(me, s, bool(column[i]) if s in self.bools else column[i])
            self.people.append(me)
        self.society = SimpleNamespace(step=0.0, **dict.fromkeys(theory.shocks, 0.0))
        for name, variable in theory.societies.items():
            setattr(self.society, name, number(variable.initial, params))
        self.here = [
            SimpleNamespace(index=float(r), **{k: number(v.initial, params) for k, v in theory.regionals.items()})
            for r in range(population.regions)
        ]
        self.mean = SimpleNamespace(**{k: number(v.initial, params) for k, v in theory.tallies.items()})
        self.average_states()
        self.guarded = guarded(theory)
        self.guards = every_guard(theory)
        self.rules = {name: _function(of) for name, of in self.guarded.items()}
        self.faults: list[int] = []
        self.owners: list[int] = []
        if annealed and network is not None:  # whoever is met is met in proportion to the ties that lead to them
            whom = network.indices.tolist()
            self.owners = whom if network.directed else [i for i in range(n) for _ in range(self.degree[i])]

    def average_states(self) -> None:
        for s in self.theory.states:
            values = [getattr(me, s) for me in self.people]
            total = sum(values) if s in self.bools else _blocked_sum(values)
            setattr(self.mean, s, total / len(self.people))

    def neighbours(self, i: int, t: int) -> list[SimpleNamespace]:
        network = self.population.network
        if network is None:
            return self.people[:i] + self.people[i + 1 :]
        if self.annealed:
            seed, stream = derive_seed(self.population_seed, "annealed"), stream_id("annealed:meet")
            us = [uniform_reference(seed, stream, t, (d << 40) | i) for d in range(self.degree[i])]
            return [self.people[self.owners[int(u * len(self.owners))]] for u in us]
        return [self.people[j] for j in network.indices[network.indptr[i] : network.indptr[i + 1]]]

    def seen(self, i: int, t: int) -> SimpleNamespace:
        """What person i sees of the others, each looked at afresh."""
        reads, me = self.theory.rules["person"].reads, self.people[i]
        if self.population.network is None:
            return self.seen_of_all(i)
        around = self.neighbours(i, t) if any(r.startswith("seen.") for r in reads) else []
        k, network = self.degree[i], self.population.network
        heavy = [1.0] * k
        if network.weights is not None:
            heavy = network.weights[network.indptr[i] : network.indptr[i + 1]].tolist()
        weight = _total(heavy)

        def over(root: str, make: Callable[[str, list[float]], float]) -> SimpleNamespace:
            return SimpleNamespace(**{s: make(s, [getattr(x, s) for x in around]) for s in reads.get(root, ())})

        def along(values: list[float]) -> float:
            return _total([w * x for w, x in zip(heavy, values, strict=True)])

        def weighted(name: str, values: list[float]) -> float:
            own = 0.0 if name in self.bools else getattr(me, name)
            return along(values) / weight if weight > 0 else own

        return SimpleNamespace(
            degree=float(k),
            weight=weight,
            share=over("seen.share", lambda _, v: _total(v) / max(k, 1)),
            count=over("seen.count", lambda _, v: _total(v)),
            mean=over("seen.mean", lambda s, v: _total(v) / k if k else getattr(me, s)),
            weighted=over("seen.weighted", weighted),
            sum=over("seen.sum", lambda _, v: along(v)),
        )

    def seen_of_all(self, i: int) -> SimpleNamespace:
        """Where everyone sees everyone: the sum over all less one's own, and that over the number of others."""
        reads, me, others = self.theory.rules["person"].reads, self.people[i], len(self.people) - 1
        in_turn = self.theory.order != "together"

        def rest(name: str) -> float:
            if name in self.bools:
                return float(sum(getattr(x, name) for x in self.people) - getattr(me, name))
            kept = in_turn and name in self.running
            total = self.running[name] if kept else _blocked_sum([getattr(x, name) for x in self.people])
            return total - getattr(me, name)

        def over(root: str, make: Callable[[str], float]) -> SimpleNamespace:
            return SimpleNamespace(**{s: make(s) for s in reads.get(root, ())})

        def average(name: str) -> float:
            return rest(name) / others if others else 0.0 if name in self.bools else getattr(me, name)

        return SimpleNamespace(
            degree=float(others),
            weight=float(others),
            share=over("seen.share", lambda s: rest(s) / max(others, 1)),
            count=over("seen.count", rest),
            mean=over("seen.mean", average),
            weighted=over("seen.weighted", average),
            sum=over("seen.sum", rest),
        )

    def order(self, t: int) -> list[int]:
        """The order in which people act: a shuffle by Fisher and Yates, or as many draws as there are people."""
        queue = list(range(len(self.people)))
        if self.theory.order == "drawn":
            return [int(uniform_reference(self.world.seed, stream_id(ORDER), t, i) * len(queue)) for i in queue]
        for i in range(len(queue) - 1, 0, -1):
            j = int(uniform_reference(self.world.seed, stream_id(ORDER), t, i) * (i + 1))
            queue[i], queue[j] = queue[j], queue[i]
        return queue

    def call(self, name: str, **given: Any) -> None:
        """Run a rule for one of whom it is about, and note the first guard that does not hold."""
        of = self.guarded[name]
        try:
            self.rules[name](**{a: given[a] for a in of.rule.arguments})
        except GuardError as fault:
            self.faults.append(self.guards.index(fault.guard))
            return
        for guard in of.guards:
            if guard.kind == "number":
                root, _, leaf = guard.name.partition(".")
                if not guard.holds(float(getattr(given[root], leaf))):
                    self.faults.append(self.guards.index(guard))
                    return

    def step(self, t: int) -> None:
        world, theory = self.world, self.theory
        for name in theory.shocks:
            setattr(self.society, name, 0.0)
        for param, value in held(world.interventions, t, self.base).items():
            setattr(self.p, param, value)
        for x in world.interventions:
            match x:
                case Pulse(shock, amount, at) if t == at:
                    setattr(self.society, shock, getattr(self.society, shock) + amount)
                case Seed(state, _, at) if t == at:
                    for me, chosen in zip(self.people, seeded(x, len(self.people), world.seed), strict=True):
                        setattr(me, state, getattr(me, state) or bool(chosen))
                    self.average_states()
        in_turn = theory.order != "together"
        seen = [] if in_turn else [self.seen(i, t) for i in range(len(self.people))]
        self.society.step = float(t)
        macro = {"society": self.society, "people": self.mean, "p": self.p}
        if "society" in theory.rules:
            self.call("society", luck=_Luck(world.seed, t, 0), **macro)
            if self.faults:
                return
        for x in world.interventions:
            if isinstance(x, Cap) and t >= x.start and (x.end is None or t < x.end):
                setattr(self.society, x.society, min(getattr(self.society, x.society), x.most))
        if "region" in theory.rules:
            for r, here in enumerate(self.here):
                members = [me for me, g in zip(self.people, self.population.region, strict=True) if g == r]
                means = {}
                for s in theory.rules["region"].reads.get("people", ()):
                    total = 0.0
                    for me in members:
                        total += getattr(me, s)
                    means[s] = total / max(len(members), 1)
                given = {**macro, "people": SimpleNamespace(**means)}
                self.call("region", here=here, luck=_Luck(world.seed, t, r), **given)
        if self.faults:
            return
        n = len(self.people)
        tallies = {name: [0.0] * n for name in theory.tallies}
        reads = theory.rules["person"].reads
        seen_of_others = {x for root in ("seen.mean", "seen.weighted", "seen.sum") for x in reads.get(root, ())}
        floats = sorted(seen_of_others & set(theory.states) - self.bools)
        self.running = {s: _blocked_sum([getattr(x, s) for x in self.people]) for s in floats}
        for turn, i in enumerate(self.order(t) if in_turn else range(n)):
            me = self.people[i]
            before = {s: getattr(me, s) for s in floats}
            tally = SimpleNamespace(**dict.fromkeys(theory.tallies, 0.0))
            here = self.here[int(me.region)]
            now = self.seen(i, t) if in_turn else seen[i]
            luck = _Luck(world.seed, t, turn if theory.order == "drawn" else i)
            self.call("person", me=me, seen=now, here=here, luck=luck, tally=tally, **macro)
            if self.faults and in_turn:
                return
            for s in theory.states:
                value = getattr(me, s)
                setattr(me, s, bool(value) if s in self.bools else float(value))
            for name, values in tallies.items():
                values[i] = float(getattr(tally, name))
            if in_turn:
                for s in floats:
                    self.running[s] += getattr(me, s) - before[s]
        self.average_states()
        for name, values in tallies.items():
            setattr(self.mean, name, _blocked_sum(values) / len(self.people))

    def observe(self) -> list[float]:
        places = {"people": self.mean, "society": self.society}
        return [
            float(getattr(places[o.of.split(".")[0]], o.of.split(".")[1])) for o in self.theory.observables.values()
        ]


def run_plain(
    theory: type[Theory],
    population: Population,
    worlds: Sequence[World],
    params: Sequence[Mapping[str, float]],
    steps: int,
    run: Run,
) -> Histories:
    """Simulate checked worlds in plain Python."""
    values = np.empty((steps + 1, len(worlds), len(theory.observables)))
    sums = {name: np.zeros((population.people, len(worlds))) for name in run.totals}
    failed: list[tuple[int, int, str]] = []
    for w, world in enumerate(worlds):
        state = PlainWorld(theory, population, world, dict(params[w]), run.population_seed, run.annealed)
        values[0, w] = state.observe()
        for t in range(1, steps + 1):
            state.step(t)
            if state.faults:
                failed.append((w, t, state.guards[min(state.faults)].reason))
                values[t:, w] = np.nan
                for sum_ in sums.values():
                    sum_[:, w] = np.nan
                break
            values[t, w] = state.observe()
            for name, sum_ in sums.items():
                sum_[:, w] += [float(getattr(me, name)) for me in state.people]
            if run.progress is not None:
                run.progress(1)
    return Histories(tuple(theory.observables), values, sums, failures(values, failed))


__all__ = ["PlainWorld", "run_plain"]
