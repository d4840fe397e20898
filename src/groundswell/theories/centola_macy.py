"""Centola and Macy's complex contagions on lattices with rewired ties."""

from groundswell.theory import Exactly, Observable, Param, Setting, State, Theory


class CentolaMacy(Theory):
    """Adopt for good once a fixed number of neighbours have adopted.

    If one neighbour is enough, the contagion is simple and long ties speed it; otherwise it is complex, and needs bridges wide
    enough to carry reinforcement from several sources at once.
    """

    title = "Complex contagions and the weakness of long ties"
    source = (
        "Centola, D. & Macy, M. (2007). Complex contagions and the weakness of long ties. American Journal of Sociology "
        "113, 702-734."
    )
    references = (
        source,
        "Centola, D., Eguíluz, V. M. & Macy, M. W. (2007). Cascade dynamics of complex propagation. Physica A 374, 449-456.",
        "Eckles, D., Mossel, E., Rahimian, M. A. & Sen, S. (2024). Long ties accelerate noisy threshold-based contagions. "
        "Nature Human Behaviour, doi:10.1038/s41562-024-01865-0.",
    )
    time_step = "round of decisions"
    equations = """
s_i becomes 1 when (active neighbours of i) >= a;  s_i = 1 is absorbing.  Below a, but with one active neighbour or more,
s_i becomes 1 with probability q in each round.  One person is active at first; in the first rounds (seeding) a = 1.
A straight front on a Moore lattice of radius r advances while a <= r (2r + 1), a share (2r + 1) / (4 (r + 1)) of neighbours.
"""
    deviations = (
        "The neighbours of the first person become active in round 1, because a is 1 in that round only; the "
        "paper starts with a person and all neighbours active. From round 1 on, the two are the same (tested).",
        "All people decide at once. Without noise the final state is the same for any order: adoption is permanent (tested).",
        "Noise is not in the paper; it is that of Eckles et al., and is zero by default (tested).",
        "The population rewires ties: the ends of all chosen ties are rewired at once, so that everyone keeps their "
        "number of ties (tested with the population).",
    )
    limits = (
        "The outcome turns on whether any place lets the contagion through, so where spreading is neither certain nor "
        "impossible, the share of runs that spread depends on the size of the lattice.",
        "With any noise, everyone in a connected network eventually adopts; noise changes only how long that takes.",
    )
    setting = Setting(steps=200, population={"network": "moore", "rows": 100, "columns": 100, "rewiring": 0.1})
    space = "network"

    active = State(bool, initial=Exactly("seeds"), meaning="has adopted")

    required = Param(2.0, "> 0", unit="neighbours", meaning="active neighbours required (a)", source="Centola & Macy 2007")
    seeds = Param(1.0, ">= 0", unit="people", meaning="people active at the start", source="Centola & Macy 2007")
    seeding = Param(
        1.0, ">= 0", unit="rounds", meaning="rounds at the start in which one active neighbour is enough: 1 starts from a person and "
        "the neighbours, 0 the person alone", source="Centola & Macy 2007 for 1",
    )  # fmt: skip
    noise = Param(
        0.0, "[0, 1]", unit="probability", meaning="of adopting below the required number, with one active neighbour or more (q)",
        source="Eckles et al. 2024",
    )  # fmt: skip

    adopted = Observable("people.active", unit="share of people", meaning="share who have adopted")

    def person(me, seen, society, p, luck):
        needed = 1.0 if society.step <= p.seeding else p.required
        nudged = seen.count.active > 0 and luck.chance("noise", p.noise)
        me.active = me.active or seen.count.active >= needed or nudged
