"""What the engine of rules will do in a step: which kernels it chooses, and the bytes and draws that they take."""

from __future__ import annotations

from groundswell.engine.form import Job, StepWork
from groundswell.engine.layout import Layout, layout
from groundswell.engine.network import batches, by_world
from groundswell.engine.sight import SWEEP, by_rows


def work_of(job: Job) -> StepWork:
    """Batches and kernels as `run_batches` chooses them, and what a step takes if everyone is looked at.

    Draws of a rule of ties are not counted: they are as many as the ties that it meets.
    """
    lay = layout(job.theory)
    members = batches(job.theory, job.params, job.run.batch)
    taken = sum(_bytes(job, lay, len(batch)) for batch in members)
    draws = len(job.theory.acting().streams) * job.population.people * len(job.worlds)
    return StepWork(members, [_kernels(job, lay, len(batch)) for batch in members], float(taken), float(draws))


def _kernels(job: Job, lay: Layout, worlds: int) -> tuple[str, ...]:
    """What is done in a step of a batch of so many worlds, in words."""
    theory, tied = job.theory, job.population.network is not None
    if theory.order != "together":
        return ("one person after another, threads over worlds", "counts read from ties when a person acts")
    words = ["lanes are worlds" if by_world(worlds) else "lanes are people"]
    sweep = "bytes of all worlds at a tie" if by_rows(worlds) else "states packed to bits"
    if lay.seen_bools and tied:
        words.append(f"counts pushed where at most {SWEEP:.0%} changed, else swept over ties ({sweep})")
    elif lay.seen_bools:
        words.append("counts from totals")
    if lay.seen_floats:
        words.append("means pulled along ties" if tied else "means from totals")
    if lay.seen_sums:
        words.append("sums by weight swept over ties" if tied else "sums by weight from totals")
    if lay.summaries:
        words.append("summaries swept over ties")
    if "tie" in theory.rules:
        words.append("ties changed, world by world")
    words.append("only people whose inputs changed" if lay.luckless else "everyone, each step")
    return tuple(words)


def _bytes(job: Job, lay: Layout, worlds: int) -> int:
    """Bytes that a step of a batch reads and writes."""
    people, network = job.population.people, job.population.network
    per_person = 8 * len(lay.traits) * (1 if by_world(worlds) else worlds) + 10
    per_world = 2 * len(lay.bools) + 16 * len(lay.floats) + 9 * len(lay.seen_bools)
    per_world += 16 * (len(lay.seen_floats) + len(lay.sights))
    taken = people * (per_person + worlds * per_world)
    sees = len(lay.seen_bools) + len(lay.seen_floats) + len(lay.sights)
    if network is None or not sees:
        return taken
    floats = 8 * worlds * (len(lay.seen_floats) + len(lay.sights))
    bools = len(lay.seen_bools) * (worlds if by_rows(worlds) else 0)  # bits stay in cache
    along = 4 + (0 if network.weights is None or not lay.seen_sums else 8)
    return taken + 8 * people + network.indices.size * (along + floats + bools)


__all__ = ["work_of"]
