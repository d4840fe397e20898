"""Watts's model of global cascades on random networks."""

from groundswell.theory import Exactly, Normal, Observable, Param, Setting, State, Theory, Trait


class Watts(Theory):
    """Become active for good once the share of active neighbours reaches the person's own threshold."""

    title = "Global cascades on random networks"
    source = "Watts, D. J. (2002). A simple model of global cascades on random networks. PNAS 99, 5766-5771."
    references = (
        source,
        "Gleeson, J. P. & Cahalane, D. J. (2007). Seed size strongly affects cascades on random networks. "
        "Physical Review E 75, 056103.",
    )
    time_step = "sweep"
    equations = "s_i becomes 1 when (active neighbours of i) / k_i >= phi_i; s_i = 1 is absorbing."
    deviations = (
        "All people are updated at once instead of in random order; since activation is absorbing and monotone, the "
        "final state is the same for any order (tested).",
        "Nobody becomes active without an active neighbour, not even at a threshold of 0 or less; in Gleeson and Cahalane's "
        "extension such people are active from the start (tested).",
    )

    limits = (
        "Nobody ever stops being active, and ties and thresholds are given: the model describes how far a cascade goes, not "
        "how it ends.",
    )
    setting = Setting(steps=100, population={"network": "erdos_renyi", "people": 10_000, "mean_degree": 4})

    threshold = Trait(Normal("phi", "phi_sd"), unit="share of neighbours", meaning="threshold phi")
    active = State(bool, initial=Exactly("seeds"), meaning="active")

    phi = Param(0.18, "any", unit="share of neighbours", meaning="mean threshold", source="Watts 2002")
    phi_sd = Param(0.0, ">= 0", unit="share of neighbours", meaning="spread of thresholds", source="Watts 2002")
    seeds = Param(1.0, ">= 0", unit="people", meaning="people active at the start", source="Watts 2002")

    activity = Observable("people.active", unit="share of people", meaning="share active")

    def person(me, seen):
        me.active = me.active or (seen.count.active > 0 and seen.share.active >= me.threshold)
