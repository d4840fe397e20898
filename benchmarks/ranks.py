"""One world over two ranks against one process: time, memory, and the bytes that the ranks exchange.

    mpiexec -n 2 python benchmarks/ranks.py 1000000      (or without mpiexec: one process)

Bytes depend on the network and on how its people are numbered: as the generator numbers them, shuffled, and shuffled
and then reordered for locality (reverse Cuthill-McKee).
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import reverse_cuthill_mckee

from groundswell.engine.form import Run
from groundswell.engine.mpi import MPIRanks
from groundswell.engine.ranks import Across
from groundswell.engine.simulate import run_worlds
from groundswell.engine.worlds import World
from groundswell.population.network import Network
from groundswell.population.population import Population, tied
from groundswell.population.ranges import cut
from groundswell.population.specification import PopulationSpecification
from groundswell.theory.registry import load_theory

NETWORKS = {
    "ring": {"network": "ring", "neighbours": 10},
    "small world (1% moved)": {"network": "watts_strogatz", "neighbours": 10, "rewiring": 0.01},
    "random": {"network": "erdos_renyi", "mean_degree": 10},
}
THEORIES = {  # a cascade, where few change at a time; and a disease, where many do
    "watts": ({"phi": 0.08, "seeds": 300.0}, 20),
    "sis": ({"start": 0.1, "contagion": 0.05, "dropping": 0.2}, 20),
}


def renumbered(network: Network, order: np.ndarray) -> Population:
    """The same ties, person order[k] being number k."""
    people = network.people
    place = np.empty(people, np.int64)
    place[order] = np.arange(people)
    tails = place[np.repeat(np.arange(people), np.diff(network.indptr))]
    heads = place[network.indices]
    rows = np.lexsort((heads, tails))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(tails, minlength=people))])
    return tied(Network.sound(indptr, heads[rows].astype(np.int32)))


def numberings(network: Network) -> dict[str, Population]:
    """The network as it is, shuffled, and shuffled and reordered."""
    shuffled = renumbered(network, np.random.default_rng(1).permutation(network.people))
    own = shuffled.network
    assert own is not None
    matrix = csr_array((np.ones(own.indices.size, np.int8), own.indices, own.indptr))
    found = renumbered(own, reverse_cuthill_mckee(matrix, symmetric_mode=True))
    return {"as given": tied(network), "shuffled": shuffled, "reordered": found}


def main() -> None:
    """Print a row for each network, numbering and theory."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    ranks = MPIRanks()
    if ranks.rank == 0:
        print(f"{people:,} people, mean degree 10, {ranks.size} ranks; bytes are those of one rank, per step")
        print("| network | numbering | theory | net change a step | seen across | bytes | most | of sums | s | CPU s |")
    for name, table in NETWORKS.items():
        whole = PopulationSpecification.model_validate({**table, "people": people}).build(1)
        assert whole.network is not None
        for numbering, population in numberings(whole.network).items():
            for theory_name, (params, steps) in THEORIES.items():
                theory = load_theory(theory_name)
                known = {k: v for k, v in params.items() if k in theory.params}
                across = Across(ranks, people, 1)
                part = cut(population, *across.own) if ranks.size > 1 else population
                run = Run(3, 1, across=across, own=across.own) if ranks.size > 1 else Run(3, 1)
                run_worlds(theory, part, [World(5, known)], 1, run)
                across.sent, across.summed = [], 0
                ranks.swap([b""] * ranks.size)
                begun, cpu = time.perf_counter(), time.process_time()
                found = run_worlds(theory, part, [World(5, known)], steps, run)
                took, cpu = time.perf_counter() - begun, time.process_time() - cpu
                moved = np.abs(np.diff(found.values[:, 0, 0])).mean() * people
                if ranks.rank == 0:
                    seen = sum(ids.size for ids in across.shown) if ranks.size > 1 else 0
                    sent = across.sent or [0]
                    print(
                        f"| {name} | {numbering} | {theory_name} | {moved:,.0f} | {seen:,} | {np.mean(sent):,.0f} "
                        f"| {max(sent):,} | {across.summed / steps:,.0f} | {took:.2f} | {cpu:.2f} |",
                        flush=True,
                    )
    if ranks.rank == 0:
        print(f"most memory of a rank: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:,.0f} MB")


if __name__ == "__main__":
    main()
