"""Where each variable of a theory lies in an engine's arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundswell.engine.setup import number
from groundswell.theory import Theory
from groundswell.theory.rule import Sight


def _rows(names: Iterable[str]) -> dict[str, int]:
    return {name: k for k, name in enumerate(names)}


@dataclass(frozen=True)
class Layout:
    """Row numbers of a theory's names in the arrays of an engine.

    bools, floats : states, in `bool_states[row, person, world]` (uint8) and `float_states[row, person, world]`.
    seen_bools, seen_floats : states that the rule sees of neighbours, in `counts[row, person, world]` and `means[...]`.
    seen_sums : "weighted.NAME" and "sum.NAME" of states seen along weighted ties, in `sights[row, person, world]`.
    summaries : the theory's sights by row of `sights`, after those of `seen_sums`; `layers` lists the layers they use.
    seen_fixed : "weight", and "mean.NAME", "weighted.NAME", "sum.NAME" of neighbours' traits, in `fixed[row, person]`.
    table : per-world numbers in `table[row, world]`: parameters, society, shocks, means over people, and the step.
    regionals : regional variables, then regional means, in `here[row, region, world]`.
    sums : float states and tallies whose mean over people is wanted, in `parts[block, row, world]`.
    """

    theory: type[Theory]
    bools: Mapping[str, int]
    floats: Mapping[str, int]
    traits: Mapping[str, int]
    seen_bools: Mapping[str, int]
    seen_floats: Mapping[str, int]
    seen_sums: Mapping[str, int]
    summaries: Mapping[int, Sight]
    layers: tuple[str, ...]
    seen_fixed: Mapping[str, int]
    table: Mapping[str, int]
    regionals: Mapping[str, int]
    sums: Mapping[str, int]

    @property
    def sights(self) -> Mapping[str, int]:
        """Everything in `sights`, by the name that a kernel gives it."""
        return {**self.seen_sums, **{f"at.{sight.name}": row for row, sight in self.summaries.items()}}

    @property
    def along(self) -> bool:
        """Whether ties matter beyond their number: weights, traits of neighbours, summaries, pairs, change."""
        theory = self.theory
        own = "meet" in theory.rules or "tie" in theory.rules or theory.presence is not None
        own = own or any(observable.special for observable in theory.observables.values())
        return bool(self.seen_sums or self.summaries or self.seen_fixed or own)

    @property
    def luckless(self) -> bool:
        """Whether a person whose inputs did not change cannot change: no luck, nothing of society, no sums.

        False for a rule that writes float states: only changes of bools are tracked, and a float may drift.
        """
        rule = self.theory.acting()
        reads = set(rule.reads) - {"me", "seen", "seen.share", "seen.count", "p"}
        creeps = rule.writes.get("me", frozenset()) & set(self.floats)
        return (
            not rule.streams
            and not reads
            and not self.sums
            and not self.seen_floats
            and not self.seen_sums
            and not creeps
        )

    @property
    def regional_people(self) -> tuple[str, ...]:
        """The states whose mean over each region the region rule reads."""
        rule = self.theory.rules.get("region")
        return tuple(sorted(rule.reads.get("people", ()))) if rule else ()


def layout(theory: type[Theory]) -> Layout:
    """Lay a theory out."""
    person, society, region = theory.acting(), theory.rules.get("society"), theory.rules.get("region")
    reads = person.reads
    seen = {root: set(reads.get(root, ())) for root in ("seen.share", "seen.count", "seen.mean")}
    along = [f"{kind}.{x}" for kind in ("weighted", "sum") for x in sorted(reads.get(f"seen.{kind}", ()))]
    means = [f"mean.{x}" for x in sorted(reads.get("seen.mean", ())) if x in theory.traits]
    fixed = ["weight"] if "weight" in reads.get("seen", ()) else []
    fixed += [x for x in [*along, *means] if x.partition(".")[2] in theory.traits]
    # where everyone sees everyone, people who act in turn keep a running sum of whatever is seen
    in_turn, summed = theory.order != "together", {x.partition(".")[2] for x in along}
    wanted = {o.of.removeprefix("people.") for o in theory.observables.values() if o.of.startswith("people.")}
    for rule in (person, society, theory.rules.get("tie")):
        wanted |= set(rule.reads.get("people", ())) if rule else set()
    bools = [s for s, d in theory.states.items() if d.kind is bool]
    floats = [s for s, d in theory.states.items() if d.kind is float]
    regional = sorted(region.reads.get("people", ())) if region else []
    return Layout(
        theory=theory,
        bools=_rows(bools),
        floats=_rows(floats),
        traits=_rows(theory.traits),
        seen_bools=_rows(s for s in bools if s in seen["seen.share"] | seen["seen.count"]),
        seen_floats=_rows(s for s in floats if s in seen["seen.mean"] or (in_turn and s in summed)),
        seen_sums=_rows(sums := [x for x in along if x not in fixed]),
        summaries={len(sums) + k: sight for k, sight in enumerate(person.sights)},
        layers=tuple(sorted({sight.layer for sight in person.sights})),
        seen_fixed=_rows(fixed),
        table=_rows(
            [f"p.{x}" for x in theory.params]
            + [f"society.{x}" for x in [*theory.societies, *theory.shocks, "step"]]
            + [f"people.{x}" for x in [*theory.states, *theory.tallies]]
        ),
        regionals=_rows([*theory.regionals, *(f"people.{x}" for x in regional)]),
        sums=_rows([*(s for s in floats if s in wanted), *(t for t in theory.tallies if t in wanted)]),
    )


def start_table(lay: Layout, params: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
    """The per-world numbers before the first step (means over people are filled in by the engine)."""
    theory = lay.theory
    table = np.zeros((len(lay.table), len(params)))
    for w, values in enumerate(params):
        for name, value in values.items():
            table[lay.table[f"p.{name}"], w] = value
        for name, variable in theory.societies.items():
            table[lay.table[f"society.{name}"], w] = number(variable.initial, values)
        for name, tally in theory.tallies.items():
            table[lay.table[f"people.{name}"], w] = number(tally.initial, values)
    return table


def start_here(lay: Layout, params: Sequence[Mapping[str, float]], regions: int) -> NDArray[np.float64]:
    """The regional variables before the first step, shape (variables, regions, worlds)."""
    here = np.zeros((len(lay.regionals), regions, len(params)))
    for w, values in enumerate(params):
        for name, variable in lay.theory.regionals.items():
            here[lay.regionals[name], :, w] = number(variable.initial, values)
    return here
