"""Rules in plain Python, one person of one world at a time. Slow; the oracle of the compiled kernels.

It executes the very text of a theory's rules, with objects instead of arrays and no optimisation: every neighbour is
looked at again in every step. The compiled engine must agree with it exactly.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from groundswell.draws import derive_seed, stream_id, uniform_reference
from groundswell.engine.form import Job, Run
from groundswell.engine.guards import every_guard, guarded
from groundswell.engine.pairs import alone
from groundswell.engine.plain_rule import GuardError, Luck, expression_of, function_of
from groundswell.engine.plain_ties import entries, network_of, pairs, stranger
from groundswell.engine.saved import Saved
from groundswell.engine.setup import (
    draw_traits,
    held,
    number,
    observe_special,
    seeded,
    start_of,
    ties_after,
    ties_at_start,
)
from groundswell.engine.worlds import Cap, Histories, Pulse, Seed, World, failures
from groundswell.population.network import Network
from groundswell.population.population import Population
from groundswell.theory import Theory
from groundswell.theory.declare import ORDER
from groundswell.theory.rule import Sight

_BLOCK = 256  # sums over people are made within blocks of this many, then over blocks


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
        self.network, self.layers = ties_at_start(theory, population)
        network = self.network
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
        self.begun = 0
        if world.begin is not None:
            self.go_on(world.begin)
        self.guarded = guarded(theory)
        self.guards = every_guard(theory)
        self.rules = {name: function_of(of) for name, of in self.guarded.items()}
        self.faults: list[int] = []
        self.sights = [
            (s, *(expression_of(x) for x in (s.value, s.where or ast.Constant(True), alone(s.value))))
            for s in theory.acting().sights
        ]
        self.owners: list[int] = []
        if annealed and network is not None:  # people are met in proportion to the ties that lead to them
            whom = network.indices.tolist()
            self.owners = whom if network.directed else [i for i in range(n) for _ in range(self.degree[i])]

    def go_on(self, saved: Saved) -> None:
        """Take over what a saved world holds besides the states of people."""
        self.begun = saved.step
        for name, value in saved.arrays.items():
            root, _, leaf = name.partition(".")
            if root == "here":
                for here, x in zip(self.here, value.tolist(), strict=True):
                    setattr(here, leaf, x)
            elif root != "state":
                setattr(self.society if root == "society" else self.mean, leaf, float(value))
        after, self.layers = ties_after(self.theory, self.population, self.layers, saved.step + 1, saved.network)
        self.network = self.network if after is None else after
        self.count_ties()

    def save(self, step: int) -> Saved:
        """The world in its current state."""
        arrays = {f"state.{s}": np.array([float(getattr(me, s)) for me in self.people]) for s in self.theory.states}
        for root, place in (("society", self.society), ("people", self.mean)):
            arrays |= {f"{root}.{name}": np.array(float(x)) for name, x in vars(place).items()}
        arrays |= {f"here.{x}": np.array([getattr(h, x) for h in self.here]) for x in self.theory.regionals}
        ties = self.own_ties() if "tie" in self.theory.rules else None
        return Saved(self.theory.name, step, self.world.seed, self.base, arrays, ties)

    def own_ties(self) -> Network | None:
        """The ties that the theory's rule changes."""
        layer = self.theory.changing_layer()
        return self.layers[layer] if layer else self.network

    def note(self, run: Run, w: int, step: int) -> None:
        """Let the recorder of persons see the world after a step of the record."""
        if run.recorder is not None:
            run.recorder.note(w, step, self.column)

    def column(self, state: str) -> np.ndarray:
        """A state or trait of all people."""
        return np.array([getattr(me, state) for me in self.people])

    def count_ties(self) -> None:
        """Bring everybody's number of ties up to date."""
        if self.network is not None:
            self.degree = self.network.degree.tolist()
            for me, degree in zip(self.people, self.degree, strict=True):
                me.degree = float(degree)

    def average_states(self) -> None:
        for s in self.theory.states:
            values = [getattr(me, s) for me in self.people]
            total = sum(values) if s in self.bools else _blocked_sum(values)
            setattr(self.mean, s, total / (len(self.people) if s == self.theory.presence else self.there(self.people)))

    def there(self, people: list[SimpleNamespace]) -> int:
        """The number of these people over whom means are taken: those who are present, or 1 if nobody is."""
        presence = self.theory.presence
        return max(sum(getattr(me, presence) for me in people) if presence else len(people), 1)

    def along(self, i: int, layer: str) -> list[tuple[SimpleNamespace, float]]:
        """Those whom person i sees in a layer, each with the weight of the tie."""
        network = self.layers[layer] if layer else self.network
        if network is None:
            return [(x, 1.0) for x in self.people[:i] + self.people[i + 1 :]]
        row = slice(network.indptr[i], network.indptr[i + 1])
        heavy = [1.0] * len(network.indices[row]) if network.weights is None else network.weights[row].tolist()
        return [(self.people[j], w) for j, w in zip(network.indices[row], heavy, strict=True)]

    def summary(self, i: int, sight: Sight, value: Callable, where: Callable, own: Callable) -> float:
        """One summary of those whom person i sees."""
        me, p = self.people[i], self.p
        seen = [(x, SimpleNamespace(weight=w)) for x, w in self.along(i, sight.layer)]
        values = [(float(value(me, x, tie, p)), tie.weight) for x, tie in seen if where(me, x, tie, p)]
        alone_ = 0.0 if sight.truth else float(own(me, me, None, p))
        match sight.kind:
            case "share":
                return _total([v for v, _ in values]) / max(len(values), 1)
            case "count":
                return _total([v for v, _ in values])
            case "sum":
                return _total([w * v for v, w in values])
            case "mean":
                return _total([v for v, _ in values]) / len(values) if values else alone_
            case "weighted":
                heavy = _total([w for _, w in values])
                return _total([w * v for v, w in values]) / heavy if heavy > 0 else alone_
            case "spread":
                mean = squares = 0.0
                for n, (v, _) in enumerate(values, start=1):
                    off = v - mean
                    mean += off / n
                    squares += off * (v - mean)
                return math.sqrt(squares / len(values)) if values else 0.0
        best = min if sight.kind == "least" else max
        return best(v for v, _ in values) if values else alone_

    def neighbours(self, i: int, t: int) -> list[SimpleNamespace]:
        network = self.network
        if network is None:
            return self.people[:i] + self.people[i + 1 :]
        if self.annealed:
            seed, stream = derive_seed(self.population_seed, "annealed"), stream_id("annealed:meet")
            us = [uniform_reference(seed, stream, t, (d << 40) | i) for d in range(self.degree[i])]
            return [self.people[self.owners[int(u * len(self.owners))]] for u in us]
        return [self.people[j] for j in network.indices[network.indptr[i] : network.indptr[i + 1]]]

    def seen(self, i: int, t: int) -> SimpleNamespace:
        """What person i sees of the others, each looked at again."""
        reads, me = self.theory.acting().reads, self.people[i]
        if self.network is None:
            return self.seen_of_all(i)
        around = self.neighbours(i, t) if any(r.startswith("seen.") for r in reads) else []
        k, network = self.degree[i], self.network
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
            at=self.summaries(i),
        )

    def summaries(self, i: int) -> SimpleNamespace:
        """Every summary that the rule takes of those whom person i sees."""
        return SimpleNamespace(**{s.name: self.summary(i, s, *made) for s, *made in self.sights})

    def seen_of_all(self, i: int) -> SimpleNamespace:
        """Where everyone sees everyone: the sum over all minus the person's own, divided by the number of others."""
        reads, me, others = self.theory.acting().reads, self.people[i], len(self.people) - 1
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
            at=self.summaries(i),
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
        """Run a rule for one person, region or society, and record the first guard that fails."""
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
                        there = theory.presence in (None, state) or getattr(me, str(theory.presence))
                        setattr(me, state, getattr(me, state) or bool(chosen and there))
                    self.average_states()
        in_turn = theory.order != "together"
        seen = [] if in_turn else [self.seen(i, t) for i in range(len(self.people))]
        self.society.step = float(t)
        macro = {"society": self.society, "people": self.mean, "p": self.p}
        if "society" in theory.rules:
            self.call("society", luck=Luck(world.seed, t, 0), **macro)
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
                    means[s] = total / (max(len(members), 1) if s == theory.presence else self.there(members))
                given = {**macro, "people": SimpleNamespace(**means)}
                self.call("region", here=here, luck=Luck(world.seed, t, r), **given)
        if self.faults:
            return
        if "meet" in theory.rules:
            self.meetings(t, macro)
        else:
            self.act(t, macro, seen)
        if not self.faults:
            self.change_ties(t, macro)

    def act(self, t: int, macro: dict[str, Any], seen: list[SimpleNamespace]) -> None:
        """Run the rule of each person, on what they saw or, one after another, on what they see."""
        world, theory, in_turn = self.world, self.theory, self.theory.order != "together"
        n = len(self.people)
        tallies = {name: [0.0] * n for name in theory.tallies}
        reads = theory.acting().reads
        seen_of_others = {x for root in ("seen.mean", "seen.weighted", "seen.sum") for x in reads.get(root, ())}
        floats = sorted(seen_of_others & set(theory.states) - self.bools)
        self.running = {s: _blocked_sum([getattr(x, s) for x in self.people]) for s in floats}
        for turn, i in enumerate(self.order(t) if in_turn else range(n)):
            me = self.people[i]
            before = {s: getattr(me, s) for s in floats}
            tally = SimpleNamespace(**dict.fromkeys(theory.tallies, 0.0))
            here = self.here[int(me.region)]
            now = self.seen(i, t) if in_turn else seen[i]
            luck = Luck(world.seed, t, turn if theory.order == "drawn" else i)
            self.call("person", me=me, seen=now, other=None, tie=None, here=here, luck=luck, tally=tally, **macro)
            if self.faults and in_turn:
                return
            self.settle(me)
            for name, values in tallies.items():
                values[i] = float(getattr(tally, name))
            if in_turn:
                for s in floats:
                    self.running[s] += getattr(me, s) - before[s]
        self.average_states()
        for name, values in tallies.items():
            setattr(self.mean, name, _blocked_sum(values) / self.there(self.people))

    def settle(self, me: SimpleNamespace) -> None:
        """Convert states to their declared types, whatever a rule has assigned."""
        for s in self.theory.states:
            setattr(me, s, bool(getattr(me, s)) if s in self.bools else float(getattr(me, s)))

    def meetings(self, t: int, macro: dict[str, Any]) -> None:
        """Pairs who meet one after another."""
        theory = self.theory
        for turn, (i, j, weight) in enumerate(pairs(theory, self.network, len(self.people), self.world.seed, t)):
            presence, two = theory.presence, (self.people[i], self.people[j])
            if i == j or (presence is not None and not all(getattr(x, presence) for x in two)):
                continue
            luck, tie = Luck(self.world.seed, t, turn), SimpleNamespace(weight=weight)
            self.call("meet", me=two[0], other=two[1], tie=tie, luck=luck, **macro)
            if self.faults:
                return
            for x in two:
                self.settle(x)
        self.average_states()

    def change_ties(self, t: int, macro: dict[str, Any]) -> None:
        """Form and break ties at the end of a step."""
        network = own = self.own_ties()
        if "tie" in self.theory.rules and network is not None:
            now: dict[tuple[int, int], float] = {}
            rows = [network.neighbours(i).tolist() for i in range(len(self.people))]
            for i, e in entries(network):
                j = int(network.indices[e])
                weight = 1.0 if network.weights is None else float(network.weights[e])
                self.decide(now, t, (i, j), SimpleNamespace(exists=True, weight=weight), macro)
            formed: dict[tuple[int, int], float] = {}
            for i in range(len(self.people)):
                j = stranger(self.theory, rows, self.world.seed, t, i)
                pair = (i, j) if network.directed or i < j else (j, i)
                if j in (-1, i) or pair in formed or pair[1] in rows[pair[0]]:
                    continue
                self.decide(formed, t, pair, SimpleNamespace(exists=False, weight=1.0), macro)
            own = network_of(now | formed, network)
        after, self.layers = ties_after(self.theory, self.population, self.layers, t + 1, own)
        if after is not None and after is not self.network:
            self.network = after
            self.count_ties()

    def decide(self, ties: dict, t: int, pair: tuple[int, int], tie: SimpleNamespace, macro: dict[str, Any]) -> None:
        """Run the rule of one tie, and record the tie if it exists afterwards."""
        luck = Luck(self.world.seed, t, (pair[0] << 32) | pair[1])
        self.call("tie", me=self.people[pair[0]], other=self.people[pair[1]], tie=tie, luck=luck, **macro)
        if tie.exists:
            ties[pair] = float(tie.weight)

    def observe(self) -> np.ndarray:
        places = {"people": self.mean, "society": self.society}
        out = np.array([float(getattr(places[o.of.split(".")[0]], o.of.split(".")[1]))
                        for o in self.theory.observables.values()])  # fmt: skip
        observe_special(self.theory, self.column, out)
        return out


def run_plain(job: Job) -> Histories:
    """Simulate worlds in plain Python."""
    theory, population, worlds, params = job.theory, job.population, job.worlds, job.params
    steps, run = job.steps, job.run
    values = np.empty((steps + 1, len(worlds), len(theory.observables)))
    sums = {name: np.zeros((population.people, len(worlds))) for name in run.totals}
    failed: list[tuple[int, int, str]] = []
    saved: list[Saved] = []
    for w, world in enumerate(worlds):
        state = PlainWorld(theory, population, world, dict(params[w]), run.population_seed, run.annealed)
        values[0, w] = state.observe()
        state.note(run, w, 0)
        for t in range(1, steps + 1):
            state.step(state.begun + t)
            state.note(run, w, t)
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
        if run.keep:
            saved.append(state.save(state.begun + steps))
    return Histories(tuple(theory.observables), values, sums, failures(values, theory, failed), saved=tuple(saved))


__all__ = ["PlainWorld", "run_plain"]
