"""The theory deed: its three regimes, the separatrix, its channels, and what was mended of the prototype."""

from __future__ import annotations

import hashlib
import inspect

import numpy as np
import pytest

from groundswell.engine.simulate import simulate
from groundswell.engine.worlds import Cap, Pulse, Seed, Set, World
from groundswell.population.generate import erdos_renyi, planted_partition
from groundswell.population.network import Network
from groundswell.population.population import Population, tied
from groundswell.theories.deed import Deed

ACT = 60
QUIET_WORLD = {"mu": 0.0, "mu_b": 0.0}  # no violence but the act
SUBSTITUTION = {
    "alpha": 1.0, "tau_m": 1.5, "rho_v": 0.45, "iota": 1.0, "gamma0": 3.0, "phi": 1.5, "nu": 0.05, "eta": 0.25,
    "alignment": -0.1, "distance": 0.15, "hope_share": 0.15, "r_c": 0.05, "r_h": 0.0, "outlet": 0.2,
}  # fmt: skip
CATALYSIS = {
    "alpha": 3.0, "rho_v": 0.05, "iota": 0.25, "gamma0": 0.25, "phi": 0.15, "nu": 0.65, "eta": 1.3, "alignment": 0.55,
    "hope_share": 0.85, "r_c": 1.75, "r_h": 1.75, "n_ab": 0.0, "n_ba": 0.0, "c_b": 0.0, "outlet": 0.6,
}  # fmt: skip
ACCOUNTS = ("substitution", "catalysis")
NO_CONVERSATION = {"r_c": 0.0, "r_h": 0.0}


def society(people: int, seed: int = 1, communities: int = 1) -> Population:
    if communities > 1:
        network, region = planted_partition(people, 10.0, communities, mix=0.05, seed=seed)
        return Population(people, network, region, communities)
    return tied(erdos_renyi(people, 10.0, seed=seed))


def twins(params, interventions=(), seeds=range(3)):
    """Worlds without and with one act, alternating."""
    act = (Pulse("act", 1.0, ACT),)
    return [World(s, params, (*interventions, *x)) for s in seeds for x in ((), act)]


@pytest.mark.long
@pytest.mark.slow
def test_three_regimes_of_one_act():
    """Backfire, flash, catalysis at N = 20,000: one society, one act; only what the accounts differ in is changed."""
    base = {**QUIET_WORLD, "theta0": 7.7}
    worlds = [
        *twins({**base, **SUBSTITUTION}),
        *twins({**base, **CATALYSIS, **NO_CONVERSATION}),
        *twins({**base, **CATALYSIS}),
    ]
    turnout = simulate(Deed, society(20_000), worlds, 260)["turnout"].reshape(261, 3, 3, 2)
    quiet, act = turnout[..., 0], turnout[..., 1]
    soon = slice(ACT, ACT + 13)
    late = slice(-30, None)
    # backfire: turnout dips in every world, and never rises above that of the quiet twin by more than a tenth
    assert (act[soon, 0].mean(0) < 0.75 * quiet[soon, 0].mean(0)).all()
    assert (act[ACT:, 0].mean(0) < quiet[ACT:, 0].mean(0)).all()
    # flash: at least tenfold excitement, then decay to within a fifth of the level that the quiet twin has
    assert (act[soon, 1].max(0) > 10 * quiet[soon, 1].max(0)).all()
    assert (act[late, 1].mean(0) < 0.15 * act[soon, 1].max(0)).all()
    # catalysis: excitement that lasts
    assert (act[soon, 2].max(0) > 10 * quiet[soon, 2].max(0)).all()
    assert (act[late, 2].mean(0) > 5 * quiet[late, 2].mean(0)).all()


@pytest.mark.long
@pytest.mark.slow
def test_separatrix_in_prior_organisation():
    """Without acts, the same society settles low or high by how much of it was organised; the threshold rises with theta0."""
    shares = [0.0, 0.1, 0.2, 0.3, 0.4]
    barriers = [7.6, 7.8]
    calm = {**QUIET_WORLD, "k0": 0.0, "rho_x": 0.0}
    worlds = [World(3, {**calm, "theta0": b, "prior_organisation": m}) for b in barriers for m in shares]
    end = simulate(Deed, society(8_000), worlds, 300)["turnout"][-20:].mean(0).reshape(2, len(shares))
    thresholds = []
    for row in end:
        assert row[0] < 0.02, "without organisation turnout must stay low"
        assert row[-1] > 0.1, "with much organisation it must stay high"
        assert (np.diff(row) > -0.005).all(), "more organisation never means less turnout, up to noise"
        thresholds.append(shares[int(np.argmax(row > 0.05))])
    assert 0.0 < thresholds[0] < thresholds[1] <= 0.4
    jump = np.diff(end[1]).max()
    assert jump > 0.4 * (end[1][-1] - end[1][0]), "a threshold, not a slope"


@pytest.mark.long
def test_each_channel_closed_cancels_what_it_carries():
    """From the catalysis point: the lasting effect needs attention, alignment, talk, conversation and membership."""
    base = {**QUIET_WORLD, "theta0": 7.7, **CATALYSIS}
    closed = {
        "open": {},
        "no attention": {"alpha": 0.0},
        "no alignment": {"alignment": -0.5},
        "no talk": {"nu": 0.0},
        "no conversation": NO_CONVERSATION,
        "no membership effect": {"b_m": 0.0},
        "product only, and no hope": {"r_c": 0.0, "hope_share": 0.0},
    }
    worlds = [w for change in closed.values() for w in twins({**base, **change}, seeds=range(4))]
    turnout = simulate(Deed, society(10_000), worlds, 220)["turnout"][-30:].mean(0).reshape(len(closed), 4, 2)
    lasting = (turnout[..., 1] - turnout[..., 0]).mean(1)
    assert lasting[0] > 0.05
    for name, value in zip(list(closed)[1:], lasting[1:], strict=True):
        assert value < 0.4 * lasting[0], name


def test_violence_falls_where_organisation_gives_an_outlet():
    params = {"mu": 0.6, "outlet": 0.2, "n_a": 0.2, "rho_v": 0.0}
    worlds = [World(s, params, x) for s in range(24) for x in ((), (Seed("member", 0.5, 2),))]
    violence = simulate(Deed, society(2_000), worlds, 100)["violence"][5:].sum(0).reshape(24, 2)
    fall = violence[:, 0] - violence[:, 1]
    assert fall.mean() / (fall.std(ddof=1) / np.sqrt(24)) > 5


def test_act_in_one_community_reaches_it_first():
    """S11: where the act is legible in one community only, spectacle is a quarter of what it is if legible to all."""
    worlds = [World(1, {**QUIET_WORLD, "legibility": x}, (Pulse("act", 1.0, 5),)) for x in (1.0, 0.0)]
    media = simulate(Deed, society(4_000, communities=4), worlds, 5)["media"][5]
    assert media[1] == pytest.approx(media[0] / 4, rel=1e-12)


def test_concessions_saturate():
    """Mended: the prototype conceded 20 to 30 times in 300 weeks of mobilisation; what can be conceded runs out."""
    mobilised = {**QUIET_WORLD, "theta0": 7.3, "prior_organisation": 0.4, "concession_relief": 0.0}
    worlds = [World(s, {**mobilised, "concession_share": share}) for s in range(16) for share in (0.25, 0.0)]
    given = simulate(Deed, society(3_000), worlds, 300)["concessions"].sum(0).reshape(16, 2)
    assert given[:, 0].mean() < 20
    assert (given[:, 0] < given[:, 1]).all()


def test_approval_can_backfire_though_alignment_is_positive():
    params = {**QUIET_WORLD, "alignment": 0.2, "aversion": 2.0, "approval_gain": 2.0}
    worlds = [World(1, params, x) for x in ((), (Pulse("act", 1.0, 5),))]
    approving = simulate(Deed, society(3_000), worlds, 6)["approving"][5]
    assert approving[1] < approving[0]


def test_hub_and_mesh_lose_the_same_in_expectation():
    """C8: with joining off and repression held, expected membership decays alike; losses of a hub come in strikes."""
    params = {
        **QUIET_WORLD, "r_x": 0.0, "r_n": 0.0, "r_c": 0.0, "r_h": 0.0, "prior_organisation": 1.0, "theta0": 20.0,
        "delta_r": 4.0, "rho_v": 1.0, "tau_r": 1e6, "q_c": 0.0,
    }  # fmt: skip
    act = (Pulse("act", 1.0, 1),)
    n = 64
    worlds = [World(s, {**params, "hub": h}, act) for h in (0.0, 1.0) for s in range(n)]
    member = simulate(Deed, society(1_000, communities=4), worlds, 40)["organisation"][40].reshape(2, n)
    difference = member[0].mean() - member[1].mean()
    se = np.sqrt(member.var(axis=1, ddof=1).sum() / n)
    # a hub loses at most the same: its 25% strikes and the 1% decay compound, which costs less than one sum of both
    assert abs(difference) < 5 * se + 0.01
    assert member[1].std() > 3 * member[0].std()


def test_intervention_kinds_act_on_deed():
    population = society(2_000)
    noisy = {"mu": 0.6, "rho_v": 0.6, "rho_x": 0.0}
    worlds = [World(5, noisy), World(5, noisy, (Cap("repression", 0.05, 1),)), World(5, noisy, (Set("rho_v", 0.0, 1),))]
    histories = simulate(Deed, population, worlds, 80)
    repression = histories["repression_level"]
    assert repression[:, 0].max() > 0.3
    assert repression[:, 1].max() == 0.05
    assert repression[:, 2].max() == 0.0


def test_every_claim_of_the_accounts_has_a_parameter_with_prior_and_source():
    """Support, unit, prior and source (or "no source") for every parameter; claims named in their meanings."""
    for name, param in Deed.params.items():
        assert param.meaning, name
        assert param.source, name
        belief = param.belief.quantile(np.array([0.0, 0.5, 1 - 1e-12]))
        assert all(Deed.supports[name].holds(float(x)) for x in belief), name
    text = " ".join([p.meaning for p in Deed.params.values()] + [x.meaning for x in Deed.tallies.values()])
    text += " ".join([x.meaning for x in Deed.traits.values()]) + " ".join(Deed.deviations)
    for claim in [*(f"S{k}" for k in (*range(1, 14), *range(15, 19))), *(f"C{k}" for k in range(1, 12))]:
        assert claim in text, claim


UNHEARD = {"k0": 0.0, "prior_organisation": 0.0}  # nothing won, nobody organised
SIX = {
    "opening": ("counter_violence", {"opening": 4.0, **UNHEARD}, UNHEARD),
    "cooptation": ("organisation", {"cooptation": 0.5, "k0": 0.3}, {"k0": 0.3}),
    "projects": ("concessions", {"projects": 6.0}, {}),
    "learned": ("turnout", {"learned": 0.03}, {}),
    "variety": ("turnout", {"variety": 0.6}, {}),
}
UP = {"opening": 1, "cooptation": -1, "projects": -1, "learned": 1, "variety": 1}


@pytest.mark.parametrize("term", SIX)
def test_each_of_the_six_terms_moves_what_its_claim_is_about(term):
    """Twins after weeks of mass action in an organised society, with the term and without: z above 5 in its direction."""
    observable, on, off = SIX[term]
    base = {**QUIET_WORLD, "prior_organisation": 0.3, "theta0": 7.6}
    crowd = tuple(Seed(state, 0.2, 20 + k) for k in range(8) for state in ("acts", "visible"))
    worlds = [World(s, {**base, **x}, crowd) for s in range(24) for x in (on, off)]
    found = simulate(Deed, society(1_000), worlds, 90)[observable][21:].mean(0).reshape(24, 2)
    change = UP[term] * (found[:, 0] - found[:, 1])
    assert change.mean() / (change.std(ddof=1) / np.sqrt(24)) > 5


def middle_of(account):
    """The terms of the six that an account has on, at the middle of its prior."""
    priors = getattr(Deed, account).priors
    return {x: float(priors[x].quantile(np.array([0.5]))[0]) for x in (*SIX, "nearness", "local")}


def test_each_account_has_on_what_it_claims_and_not_what_the_other_claims():
    """S15, S16 and S18 are of substitution, C10 and C11 of catalysis; projects and near acts are circumstances (S17)."""
    on = {account: {k for k, x in middle_of(account).items() if x != Deed.params[k].default} for account in ACCOUNTS}
    assert on == {"substitution": {"opening", "cooptation", "learned"}, "catalysis": {"variety", "nearness"}}
    texts = [getattr(Deed, account).meaning for account in ACCOUNTS]
    assert abs(len(texts[0]) - len(texts[1])) < 0.1 * len(texts[0])


def test_repression_in_its_own_week_moves_with_the_act_and_a_slow_state_clumps_violence():
    """What records of events ask for (NAVCO 3.0: same-week correlation, years of violence and of quiet)."""
    base = {"mu": 2.0, "rho_v": 0.3, "rho_x": 0.0, "backlash": 0.0, "deterrence": 0.0}
    terms = ({}, {"prompt": 1.0}, {"campaign_sd": 1.2, "tau_c": 26.0})
    worlds = [World(s, {**base, **x}) for s in range(16) for x in terms]
    found = simulate(Deed, society(500), worlds, 400)
    violence, repression = (found[x][50:].reshape(351, 16, 3) for x in ("violence", "repression_level"))
    rises = np.diff(repression, axis=0)
    same = np.array([[np.corrcoef(violence[1:, s, k], rises[:, s, k])[0, 1] for k in range(3)] for s in range(16)])
    change = same[:, 1] - same[:, 0]
    assert change.mean() / (change.std(ddof=1) / 4) > 5
    quarters = violence[: 13 * 27].reshape(27, 13, 16, 3).sum(axis=1)
    fano = quarters.var(axis=0, ddof=1) / np.maximum(quarters.mean(axis=0), 1)
    clumped = np.log(fano[:, 2]) - np.log(fano[:, 0])
    assert clumped.mean() / (clumped.std(ddof=1) / 4) > 4


def test_repression_in_the_week_of_the_act_leaves_backfire_as_it_is():
    """What the six terms do to the regimes and to the separatrix at 100,000 people is in tests/benchmarks/test_six_terms.py."""
    worlds = twins({**QUIET_WORLD, "theta0": 7.7, **SUBSTITUTION, "prompt": 1.0})
    turnout = simulate(Deed, society(20_000), worlds, ACT + 13)["turnout"].reshape(ACT + 14, 3, 2)
    soon = turnout[ACT:].mean(0)
    assert (soon[:, 1] < 0.75 * soon[:, 0]).all()


def test_the_rule_for_a_person_stays_one_page():
    """A page holds sixty lines; where a term would not fit, fold one that no record can see (r_c, gamma0, alpha)."""
    lines = inspect.getsource(Deed).partition("    def person(")[2].rstrip().splitlines()
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 120


def test_many_small_acts_near_by_open_talk_that_one_act_does_not():
    """C11, at the same attention: with small acts nearby people talk whatever they think of the act."""
    base = {**QUIET_WORLD, "alignment": -0.4, "legibility": 1.0}
    worlds = [
        World(s, {**base, **x}, (Pulse("act", 1.0, 10),))
        for s in range(24)
        for x in ({"local": 1.0, "nearness": 0.3}, {})
    ]
    talk = simulate(Deed, society(1_000, communities=4), worlds, 30)["talk"][11:].mean(0).reshape(24, 2)
    change = talk[:, 0] - talk[:, 1]
    assert change.mean() / (change.std(ddof=1) / np.sqrt(24)) > 5


WON = {"nu": 0.0, "hope_share": 0.8, "r_c": 0.0, "r_h": 0.0, "r_x": 0.0, "r_n": 0.0, "prior_organisation": 0.0}
ACTS = tuple(Pulse("act", 2.0, 20 + 4 * k) for k in range(4))
OTHERS = {  # observable, with the term, without it, what happens, direction
    "revealing": ("turnout", {"revealing": 10.0}, {}, "crowd", 1),
    "vanguard": ("violence", {"vanguard": 1.0}, {}, "crowd", 1),
    "r_a": ("organisation", {"r_a": 0.1, **WON}, WON, "acts", 1),
    "defection": ("repression_level", {"defection": 0.5, "rho_v": 0.4}, {"rho_v": 0.4}, "acts", -1),
}


@pytest.mark.parametrize("term", OTHERS)
def test_each_term_of_other_authors_moves_what_it_is_about(term):
    """Twins after a crowd's weeks, or after acts, with the term and without: z above 5 in its direction."""
    observable, on, off, after, sign = OTHERS[term]
    crowd = tuple(Seed(state, 0.2, 20 + k) for k in range(8) for state in ("acts", "visible"))
    base = {**QUIET_WORLD, "theta0": 7.6}
    worlds = [World(s, {**base, **x}, crowd if after == "crowd" else ACTS) for s in range(24) for x in (on, off)]
    found = simulate(Deed, society(1_000), worlds, 60)[observable][21:].mean(0).reshape(24, 2)
    change = sign * (found[:, 0] - found[:, 1])
    assert change.mean() / (change.std(ddof=1) / np.sqrt(24)) > 5


def test_what_is_heard_of_hubs_and_of_the_periphery():
    """Where hubs dissent and the many who see only a hub do not, hubs heard at large raise belief, the periphery lowers it.

    Forty hubs of 25 people each: one in 26 dissents, and all others see dissent in everybody that they know.
    """
    people, hub = 40 * 26, np.arange(40 * 26) // 26 * 26
    leaf = np.arange(people) != hub
    tails, heads = np.concatenate([hub[leaf], np.flatnonzero(leaf)]), np.concatenate([np.flatnonzero(leaf), hub[leaf]])
    order = np.argsort(tails, kind="stable")
    ties = Network(np.concatenate([[0], np.bincount(tails).cumsum()]), heads[order].astype(np.int32))
    stars = tied(ties, barrier_z=np.where(leaf, 6.0, -12.0))
    worlds = [World(1, {**QUIET_WORLD, "hubs": x, "far_sight": 0.6}) for x in (1.0, 0.0, -1.0)]
    heard, plain, periphery = simulate(Deed, stars, worlds, 30)["perceived"][-10:].mean(axis=0)
    assert heard > 1.1 * plain
    assert periphery < plain


def test_with_the_six_terms_off_the_theory_gives_the_bytes_that_it_gave_before_them():
    """The digest is of the text of the theory before S15 to S18, C10 and C11 became terms of it."""
    communities = planted_partition(2_000, 10.0, 4, mix=0.1, seed=1)
    people = Population(2_000, *communities, 4)
    base = {"mu": 0.3, "rho_v": 0.3, "legibility": 0.4, "mu_b": 0.05}
    hub = {"hub": 1.0, "alignment": 0.6, "hope_share": 0.9, "r_c": 2.0}
    worlds = [World(s, {**base, **x}, (Pulse("act", 1.0, 20),)) for s in range(3) for x in ({}, hub)]
    histories = simulate(Deed, people, worlds, 80)
    digest = hashlib.sha256()
    for name in (
        "turnout", "organisation", "talk", "perceived", "true_discontent", "dissent", "violence", "counter_violence",
        "repression_level", "concessions", "pressure_level", "media", "approving", "approving_young", "students",
        "workers", "aligned_turnout", "joined_alone",
    ):  # fmt: skip
        digest.update(np.ascontiguousarray(histories[name]).tobytes())
    assert digest.hexdigest() == "cb55eca0b044e09ce7f9bd6db58f42f902f06cc1c4d33d883914ae77080548f1"


def test_accounts_stay_within_the_supports():
    for account in (Deed.substitution, Deed.catalysis):
        for name, prior in account.priors.items():
            for x in prior.quantile(np.array([0.0, 0.5, 1 - 1e-12])):
                assert Deed.supports[name].holds(float(x)), name
