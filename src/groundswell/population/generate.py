"""Networks generated from a seed: compiled, and the same bytes for any number of threads.

Every random decision is a draw addressed by (seed, stream, attempt, person), see `groundswell.draws`. The logarithm
is the platform's: where two platforms' logarithms differ in the last bit, a tie in some 10**15 can move.
"""

from groundswell.population.circles import ring, ring_of, watts_strogatz
from groundswell.population.degrees import configuration, is_graphical, power_law_degrees
from groundswell.population.grids import moore
from groundswell.population.growth import barabasi_albert
from groundswell.population.pairs import community_sizes, erdos_renyi, pairs_of, planted_partition
from groundswell.population.rewiring import rewired
from groundswell.population.siegel import hierarchy, level_sizes, opinion_leader, village

__all__ = [
    "barabasi_albert",
    "community_sizes",
    "configuration",
    "erdos_renyi",
    "hierarchy",
    "is_graphical",
    "level_sizes",
    "moore",
    "opinion_leader",
    "pairs_of",
    "planted_partition",
    "power_law_degrees",
    "rewired",
    "ring",
    "ring_of",
    "village",
    "watts_strogatz",
]
